package linkage

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Two names that sketches call different are at the last level when they are looked at, and not near enough to be exchanged;
// most pairs of random names are told so.
func TestSketchAgreesWithNames(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	letters := "abdeijnorstv3'"
	word := func() string {
		b := make([]byte, 1+rng.IntN(11))
		if rng.IntN(20) == 0 {
			b = make([]byte, 20+rng.IntN(8)) // too long for one
		}
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return string(b)
	}
	names := []string{"xaver", "ksafer", "jan", "johannes", "hans", "liesbeth", "elisabeth", "betty"}
	for range 250 {
		s := word()
		names = append(names, s)
		switch at := rng.IntN(len(s)); rng.IntN(6) { // and what is like it
		case 0:
			names = append(names, s[:at]+s[at+1:]+"x")
		case 1:
			names = append(names, s[:at]+"e"+s[at:])
		case 2:
			names = append(names, s+word())
		case 3:
			names = append(names, s+" "+word())
		case 4:
			names = append(names, s+"|"+word())
		case 5:
			r := []byte(s)
			rng.Shuffle(len(r), func(i, j int) { r[i], r[j] = r[j], r[i] })
			names = append(names, string(r))
		}
	}
	b, err := NewBuilder(FieldsFor([]string{"given_name", "surname"}), []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range names {
		if err := b.Add(i%2, fmt.Sprint(i), []string{s, names[len(names)-1-i]}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Records()
	if err != nil {
		t.Fatal(err)
	}
	given, surname := r.columns[r.given], r.columns[r.surname]
	m := matcher{r: r}
	total, said, far := 0, 0, 0
	for _, c := range []*column{given, surname} {
		for v := range uint32(len(c.text)) {
			for w := range v {
				x, y := c.sketch(v), c.sketch(w)
				if v == 0 || w == 0 {
					if x.n == 0 || y.n == 0 {
						continue
					}
					t.Fatal("a missing value has a sketch")
				}
				total++
				last := len(kindLevels[c.kind]) - 1
				level := c.nameLevel(v, w)
				if level == last {
					far++
				}
				if x.below(&y, leastSimilar) {
					said++
					if level != last {
						t.Errorf("%q and %q are at level %d, and their sketches say different", c.text[v], c.text[w], level)
					}
				}
			}
		}
	}
	if said < far/2 {
		t.Errorf("sketches tell %d of %d different pairs of names", said, far)
	}
	t.Logf("%d pairs, %d different, %d told by sketches", total, far, said)
	for v := range uint32(len(given.text)) {
		for w := range uint32(len(surname.text)) {
			if v == 0 || w == 0 {
				continue
			}
			x, y := given.sketch(v), surname.sketch(w)
			if x.below(&y, leastNear) && m.nearly(v, w) {
				t.Errorf("%q and %q are near, and their sketches say that they are not", given.text[v], surname.text[w])
			}
		}
	}
	if !strings.Contains(strings.Join(given.text, ";"), "|") {
		t.Error("no name written in two ways")
	}
}
