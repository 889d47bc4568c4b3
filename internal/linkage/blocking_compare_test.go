package linkage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// A compareRow is a record of the tests of comparisons.
type compareRow struct {
	register, id string
	values       []string
}

// compareRows are records of registers that share half of their people, a tenth of the values misspelt.
func compareRows(seed uint64, registers []string, people int) []compareRow {
	rng := rand.New(rand.NewPCG(seed, 1))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "aeioubdfghklmnprst"[rng.IntN(18)]
		}
		return string(b)
	}
	given, surname := make([]string, 80), make([]string, 400)
	for i := range given {
		given[i] = word(4 + rng.IntN(4))
	}
	for i := range surname {
		surname[i] = word(5 + rng.IntN(5))
	}
	var rows []compareRow
	for p := range people {
		g, s := given[int(80*rng.Float64()*rng.Float64())], surname[int(400*rng.Float64()*rng.Float64())]
		date := []int{1990 + rng.IntN(20), 1 + rng.IntN(12), 1 + rng.IntN(28)}
		sex := string("mv"[rng.IntN(2)])
		for _, r := range registers {
			if rng.IntN(2) == 0 {
				continue
			}
			typo := func(s string) string {
				if rng.IntN(10) > 0 {
					return s
				}
				at := rng.IntN(len(s))
				return s[:at] + "x" + s[at+1:]
			}
			day := date[2]
			if rng.IntN(10) == 0 {
				day = 1 + rng.IntN(28)
			}
			rows = append(rows, compareRow{r, r + strconv.Itoa(p), []string{typo(g), typo(s), fmt.Sprintf("%d-%02d-%02d", date[0], date[1], day), sex}})
		}
	}
	return rows
}

func compareRecords(t *testing.T, registers, columns []string, rows []compareRow) *Records {
	t.Helper()
	b, err := NewBuilder(FieldsFor(columns), registers)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := b.Add(slices.Index(registers, row.register), row.id, row.values); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Records()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compared is what a comparison says, without the numbers of records and registers.
func compared(t *testing.T, r *Records, o Options) (pairs []string, model *Model) {
	t.Helper()
	g, model, err := Compare(context.Background(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range g.Pairs {
		a, b := r.ID(int(p.A)), r.ID(int(p.B))
		typ := model.Type(r.Register(int(p.A)), r.Register(int(p.B)))
		pairs = append(pairs, fmt.Sprintf("%s %s %x %v", min(a, b), max(a, b), uint64(p.Pattern), model.MatchWeight(p.Pattern, typ)))
	}
	slices.Sort(pairs)
	return pairs, model
}

var compareColumns = []string{"given_name", "surname", "birth_date", "sex"}

// The order of files and rows, and the number of workers, change nothing: not a bit.
func TestCompareIsInvariant(t *testing.T) {
	registers := []string{"police", "care", "chat"}
	rows := compareRows(3, registers, 600)
	for _, o := range []Options{{}, {Rules: joinRules, Only: true}, {Rules: joinRules, Only: true, MaxPairs: 300_000}} {
		o.Workers = 1
		want, model := compared(t, compareRecords(t, registers, compareColumns, rows), o)
		if len(want) < 100 {
			t.Fatalf("%d pairs", len(want))
		}
		rng := rand.New(rand.NewPCG(8, 8))
		for range 3 {
			shuffled, others := slices.Clone(rows), slices.Clone(registers)
			rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			rng.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
			o.Workers = 2
			got, other := compared(t, compareRecords(t, others, compareColumns, shuffled), o)
			if !slices.Equal(got, want) {
				t.Fatalf("other pairs, or other weights, in another order: %d and %d", len(got), len(want))
			}
			for ty, p := range model.Types {
				if q := other.Types[ty]; p.Beyond != q.Beyond || p.Compared != q.Compared || p.Possible != q.Possible {
					t.Errorf("type %d: %v and %v", ty, p, q)
				}
			}
		}
	}
}

// A field that is the same for everybody says nothing, and one that is for nearly all next to nothing.
func TestConstantFieldChangesNothing(t *testing.T) {
	registers := []string{"a", "b"}
	rows := compareRows(5, registers, 150)
	want, model := compared(t, compareRecords(t, registers, compareColumns, rows), Options{})
	for _, c := range []struct {
		field, value string
		other        int // one record in so many has another value
		matches      float64
		weight       float64
		pairs        int
	}{{"nationality", "NL", 0, .01, .02, 0}, {"place", "utrecht", 0, .01, .02, 0}, {"place", "utrecht", 50, .5, .1, 4}} {
		with := slices.Clone(rows)
		for i := range with {
			value := c.value
			if c.other > 0 && i%c.other == 0 {
				value = "soest"
			}
			with[i].values = append(slices.Clone(with[i].values), value)
		}
		r := compareRecords(t, registers, append(slices.Clone(compareColumns), c.field), with)
		got, other := compared(t, r, Options{})
		if d := other.Types[0].Matches() - model.Types[0].Matches(); math.Abs(d) > c.matches {
			t.Errorf("%+v: %v matches instead of %v", c, other.Types[0].Matches(), model.Types[0].Matches())
		}
		if d := len(got) - len(want); d < -c.pairs || d > c.pairs {
			t.Errorf("%+v: %d pairs instead of %d", c, len(got), len(want))
		}
		if w := other.Comparisons[4].Weight(0); math.Abs(w) > c.weight {
			t.Errorf("%+v: agreement weighs %v", c, w)
		}
	}
}

// Equal registers match record by record, disjoint ones hardly at all.
func TestCompareExtremes(t *testing.T) {
	rows := compareRows(6, []string{"a"}, 700)
	double := slices.Clone(rows)
	for _, row := range rows {
		double = append(double, compareRow{"b", row.id, row.values})
	}
	r := compareRecords(t, []string{"a", "b"}, compareColumns, double)
	_, model, err := Compare(context.Background(), r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, n := model.Types[0].Matches(), float64(len(rows)); got < .98*n || got > 1.05*n {
		t.Errorf("%.1f matches of %v equal records", got, n)
	}
	other := compareRows(60, []string{"b"}, 700)
	r = compareRecords(t, []string{"a", "b"}, compareColumns, append(slices.Clone(rows), other...))
	if _, model, err = Compare(context.Background(), r, Options{}); err != nil {
		return // refused: there is no class of matches
	}
	if got := model.Types[0].Matches(); got > 5 {
		t.Errorf("%.1f matches of registers without a person in common", got)
	}
	found := false
	for _, w := range model.Fit.Warnings {
		found = found || w.Code == "register-alone"
	}
	if !found {
		t.Errorf("no warning: %v", model.Fit.Warnings)
	}
}

// However few pairs there are, more than are allowed are not all compared.
func TestMaxPairsBlocks(t *testing.T) {
	registers := []string{"a", "b"}
	r := compareRecords(t, registers, compareColumns, compareRows(4, registers, 200))
	all, err := NewPlan(context.Background(), r, Options{})
	if err != nil || !all.All {
		t.Fatalf("%+v, %v", all, err)
	}
	p, err := NewPlan(context.Background(), r, Options{MaxPairs: all.Possible - 1})
	if err != nil || p.All || len(p.Rules) == 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = NewPlan(context.Background(), r, Options{MaxPairs: 3}); err == nil {
		t.Errorf("3 pairs allowed: %+v", p)
	}
}
