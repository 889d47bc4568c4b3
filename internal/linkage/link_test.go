package linkage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A madeRow is a record of a made-up person.
type madeRow struct {
	register int
	id       string
	values   []string
	who      int
}

// madeRows are records of n people in three registers. Some are in a register twice; fields go missing or wrong.
func madeRows(n int, seed uint64) (rows []madeRow) {
	rng := rand.New(rand.NewPCG(seed, 0))
	word := func(k int) string {
		out := make([]byte, k)
		for i := range out {
			out[i] = "abdefghiklmnoprstuvw"[rng.IntN(20)]
		}
		return string(out)
	}
	for who := range n {
		person := []string{word(5), word(8), fmt.Sprintf("%04d-%02d-%02d", 2003+rng.IntN(12), 1+rng.IntN(12), 1+rng.IntN(28)), []string{"v", "m"}[rng.IntN(2)], word(3)}
		for r, share := range []float64{.45, .4, .35} {
			if rng.Float64() > share {
				continue
			}
			times := 1
			if rng.Float64() < .08 {
				times = 2
			}
			for range times {
				v := slices.Clone(person)
				for f := range v {
					switch u := rng.Float64(); {
					case u < .05:
						v[f] = ""
					case u < .12 && f != 3:
						b := []byte(v[f])
						b[len(b)-1] = "13579"[rng.IntN(5)]
						if f != 2 {
							b[len(b)-1] = "aeiou"[rng.IntN(5)]
						}
						v[f] = string(b)
					}
				}
				rows = append(rows, madeRow{r, fmt.Sprint(r, "-", len(rows)), v, who})
			}
		}
	}
	return rows
}

// readRows makes records of rows.
func readRows(t testing.TB, rows []madeRow, registers ...string) (*Records, []int) {
	t.Helper()
	b, err := NewBuilder(FieldsFor([]string{"given_name", "surname", "birth_date", "sex", "place"}), registers)
	if err != nil {
		t.Fatal(err)
	}
	var who []int
	for _, r := range rows {
		if err := b.Add(r.register, r.id, r.values); err != nil {
			t.Fatal(err)
		}
		who = append(who, r.who)
	}
	records, err := b.Records()
	if err != nil {
		t.Fatal(err)
	}
	return records, who
}

func linked(t testing.TB, r *Records, o LinkOptions) *Linked {
	t.Helper()
	l, err := LinkRecords(context.Background(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// From records to draws: the truth lies within the draws, every record is told, and counts add up.
func TestLinkRecords(t *testing.T) {
	r, who := readRows(t, madeRows(260, 3), "care", "police", "youth")
	l := linked(t, r, LinkOptions{Seed: 1, Draws: 20})
	truth := make([]int64, 8)
	masks := map[int]int{}
	for i, w := range who {
		masks[w] |= 1 << r.Register(i)
	}
	for _, m := range masks {
		truth[m]++
	}
	d := l.Describe(0)
	if d.Threshold != .5 || len(d.Pairs) != 6 || len(d.Overlaps) != 7 || len(d.Fields) < 5 {
		t.Errorf("described as %d pairs of registers, %d histories, %d fields, threshold %v", len(d.Pairs), len(d.Overlaps), len(d.Fields), d.Threshold)
	}
	for h, o := range d.Overlaps {
		if slack := 6.0; o.Draws.Lower-slack > float64(truth[h+1]) || o.Draws.Upper+slack < float64(truth[h+1]) {
			t.Errorf("%v: %d people, the draws say %v to %v", o.Lists, truth[h+1], o.Draws.Lower, o.Draws.Upper)
		}
	}
	records := int64(0)
	for _, x := range d.Registers {
		records += x.Records
		if x.Persons > x.Records {
			t.Errorf("%s: %d people of %d records", x.Name, x.Persons, x.Records)
		}
	}
	if records != int64(r.Len()) {
		t.Errorf("%d records of %d are told", records, r.Len())
	}
	for k := -1; k < 20; k++ {
		if c := l.Clusters(k); len(c) != r.Len() {
			t.Fatalf("draw %d tells %d records of %d", k, len(c), r.Len())
		}
	}
	joined := 0
	for _, x := range d.Weights.Accepted {
		joined += int(x)
	}
	if joined == 0 {
		t.Error("the histogram has no accepted pair")
	}
}

// The order of rows and the number of workers change neither the linkage nor a draw.
func TestLinkRecordsDoesNotDependOnOrder(t *testing.T) {
	rows := madeRows(160, 5)
	r, _ := readRows(t, rows, "care", "police", "youth")
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	s, _ := readRows(t, rows, "care", "police", "youth")
	a := linked(t, r, LinkOptions{Seed: 2, Draws: 8, Workers: 1})
	b := linked(t, s, LinkOptions{Seed: 2, Draws: 8, Workers: 8})
	for k := range 8 {
		if !slices.Equal(a.Draws.Tables[k], b.Draws.Tables[k]) {
			t.Fatalf("draw %d: %v, in another order %v", k, a.Draws.Tables[k], b.Draws.Tables[k])
		}
	}
	if !slices.Equal(a.Table(), b.Table()) {
		t.Errorf("point linkage: %v, in another order %v", a.Table(), b.Table())
	}
}

// A study of one register is a search for duplicates.
func TestLinkRecordsOfOneRegister(t *testing.T) {
	rows := madeRows(300, 7)
	for i := range rows {
		rows[i].register = 0
	}
	one, who := readRows(t, rows, "care")
	l := linked(t, one, LinkOptions{Seed: 1, Draws: 10})
	if l.Model != nil || l.Draws != nil {
		t.Error("one register was linked with others")
	}
	c := l.Clusters(-1)
	right, said, all := 0, 0, 0
	for i := range c {
		for j := range i {
			if c[i] == c[j] {
				said++
			}
			if who[i] == who[j] {
				all++
				if c[i] == c[j] {
					right++
				}
			}
		}
	}
	if float64(right) < .9*float64(all) || float64(right) < .95*float64(said) {
		t.Errorf("%d of %d pairs found, %d of them right", right, all, said)
	}
	d := l.Describe(0)
	if len(d.Pairs) != 1 || d.Registers[0].Persons >= d.Registers[0].Records {
		t.Errorf("described as %+v", d.Registers)
	}
	var accepted int64
	expected := 0.0
	for i, n := range d.Weights.Accepted {
		accepted += n
		expected += d.Weights.Matches[i]
	}
	if len(d.Weights.Edges) < 2 || accepted != d.Pairs[0].Accepted || math.Abs(expected-float64(all)) > .1*float64(all) {
		t.Errorf("the histogram has %d pairs of one person, %d were joined; it expects %.1f, and there are %d", accepted, d.Pairs[0].Accepted, expected, all)
	}
}
