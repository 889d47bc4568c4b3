package linkage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// TestOtherGivenNames: twins of one sex at one address, one in each register, are linked, for nothing but the given name tells them apart; that is said with their number.
// Without twins, and where a number that people do not share agrees, nothing is.
func TestOtherGivenNames(t *testing.T) {
	given := []string{"emma", "sanne", "lotte", "fatima", "noa", "iris", "eva", "roos", "daan", "bram", "koen", "tim", "lars", "ruben", "bilal", "max"}
	for _, c := range []struct {
		twins, renamed int // of two people; of one person, with one number
		warned         bool
	}{{0, 0, false}, {8, 0, true}, {0, 8, false}} {
		fields := []Field{{"given_name", Given, []Column{{0, Whole}}}, {"surname", Surname, []Column{{1, Whole}}}, {"birth_date", Date, []Column{{2, Whole}}}, {"sex", Sex, []Column{{3, Whole}}}, {"place", Place, []Column{{4, Whole}}}}
		if c.renamed > 0 {
			fields = append(fields, Field{"number", Number, []Column{{5, Whole}}})
		}
		b, err := NewBuilder(fields, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		rng := resample.Stream(5, 0)
		word := func() string {
			w := make([]byte, 7)
			for i := range w {
				w[i] = []string{"bdgklmnprst", "aeiou"}[i%2][rng.IntN(11-6*(i%2))]
			}
			return string(w)
		}
		add := func(register int, id string, values ...string) {
			if err := b.Add(register, id, values); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 400 {
			p := []string{given[rng.IntN(16)], word(), fmt.Sprintf("%d-%02d-%02d", 2003+rng.IntN(8), 1+rng.IntN(12), 1+rng.IntN(28)), []string{"m", "v"}[rng.IntN(2)], word(), fmt.Sprint(100000000 + rng.IntN(900000000))}
			other := slices.Clone(p)
			other[0] = given[(slices.Index(given, p[0])+1)%16]
			id := fmt.Sprint(i)
			switch {
			case i < c.twins+c.renamed:
				add(0, id, p...)
				add(1, id, other...)
			case i < 150:
				add(0, id, p...)
				if i%10 == 0 { // a register is never without mistakes
					p[1] = p[1][:2] + "z" + p[1][3:]
				}
				add(1, id, p...)
			default:
				add(i%2, id, p...)
			}
		}
		r, err := b.Records()
		if err != nil {
			t.Fatal(err)
		}
		l, err := LinkRecords(t.Context(), r, LinkOptions{Distinct: true, Draws: -1})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(l.Warnings, func(w estimators.Warning) bool { return w.Code == "given-names-differ" })
		if at >= 0 != c.warned {
			t.Errorf("%+v: %v", c, l.Warnings)
		}
		if at >= 0 && !strings.Contains(l.Warnings[at].Text, fmt.Sprintf("a and b: %d of ", c.twins)) {
			t.Errorf("%+v: %s", c, l.Warnings[at].Text)
		}
	}
}
