package study_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/estimators/lowerbound"
	"darkfigure/estimators/twolist"
	"darkfigure/internal/resample"
	"darkfigure/internal/study"
)

func named(t testing.TB, name string) estimators.Estimator {
	t.Helper()
	for _, m := range slices.Concat(twolist.Methods(), loglinear.Methods(), lowerbound.Methods()) {
		if m.Name == name {
			return m.New(estimators.Options{})
		}
	}
	t.Fatalf("there is no method %s", name)
	return nil
}

// two is a table of two lists with counts by mask, three one of three.
func two(t testing.TB, counts ...int64) *estimators.Table {
	return lists(t, []string{"a", "b"}, counts)
}

func three(t testing.TB, counts ...int64) *estimators.Table {
	return lists(t, []string{"a", "b", "c"}, counts)
}

func lists(t testing.TB, names []string, counts []int64) *estimators.Table {
	t.Helper()
	var cells []estimators.Cell
	for i, c := range counts {
		cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(i + 1), Count: c})
	}
	table, err := estimators.NewTable(names, nil, cells)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func repeated(table *estimators.Table, k int) []*estimators.Table {
	out := make([]*estimators.Table, k)
	for i := range out {
		out[i] = table
	}
	return out
}

// TestCertainLinks: linkages that all give one table add nothing. Rubin's interval is then the log-normal one, and the
// mixture's differs from it by the noise of 6,000 draws.
func TestCertainLinks(t *testing.T) {
	table := three(t, 250, 200, 60, 150, 50, 40, 15)
	e := named(t, "independence")
	one, err := estimators.Run(t.Context(), e, table)
	if err != nil {
		t.Fatal(err)
	}
	got, err := study.Pool(t.Context(), repeated(table, 100), e, study.Pooling{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Population-one.Population) > 1e-9*one.Population || got.Observed != one.Observed || got.Pooled.Share != 0 || got.Pooled.Refused != 0 {
		t.Errorf("%v (share %v), want %v", got.Population, got.Pooled.Share, one.Population)
	}
	c := math.Exp(1.959963984540054 * math.Sqrt(one.LogVariance()))
	lower, upper := float64(one.Observed)+one.Hidden/c, float64(one.Observed)+one.Hidden*c
	rubin := got.Intervals[1]
	if got.Intervals[0].Kind != estimators.Mixture || rubin.Kind != estimators.Rubin || math.Abs(rubin.Lower-lower) > 1e-6 || math.Abs(rubin.Upper-upper) > 1e-6 {
		t.Errorf("%v, want %v to %v", got.Intervals, lower, upper)
	}
	if m := got.Intervals[0]; math.Abs(m.Lower-lower) > 0.02*one.Hidden || math.Abs(m.Upper-upper) > 0.04*one.Hidden {
		t.Errorf("mixture %v, want about %v to %v", m, lower, upper)
	}
}

// TestPoolByHand: two draws; Q̄, B and T of Rubin (1987) by hand from the two estimates.
func TestPoolByHand(t *testing.T) {
	e := named(t, "independence")
	tables := []*estimators.Table{three(t, 250, 200, 60, 150, 50, 40, 15), three(t, 256, 206, 54, 155, 45, 36, 14)}
	var q, w []float64
	n := 0.0
	for _, table := range tables {
		one, err := estimators.Run(t.Context(), e, table)
		if err != nil {
			t.Fatal(err)
		}
		q, w, n = append(q, math.Log(one.Hidden)), append(w, one.LogVariance()), n+float64(one.Observed)/2
	}
	got, err := study.Pool(t.Context(), tables, e, study.Pooling{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	mean, b := (q[0]+q[1])/2, (q[0]-q[1])*(q[0]-q[1])/2
	total := (w[0]+w[1])/2 + 1.5*b
	if want := math.Round(n) + math.Exp(mean); math.Abs(got.Population-want) > 1e-9*want {
		t.Errorf("N = %v, want %v", got.Population, want)
	}
	if want := 1.5 * b / total; math.Abs(got.Pooled.Share-want) > 1e-12 {
		t.Errorf("share %v, want %v", got.Pooled.Share, want)
	}
	if want := math.Exp(mean) * math.Sqrt(total); math.Abs(got.SE-want) > 1e-9*want {
		t.Errorf("SE %v, want %v", got.SE, want)
	}
	if got.Pooled.Observed.Value != n || len(got.Pooled.Each) != 2 {
		t.Errorf("%+v", got.Pooled)
	}
}

// TestRefusedDraws: some are counted, more than one in twenty are too many.
func TestRefusedDraws(t *testing.T) {
	good, none := three(t, 250, 200, 60, 150, 50, 40, 15), three(t, 250, 200, 0, 150, 0, 0, 0)
	e := named(t, "independence")
	tables := repeated(good, 60)
	tables[3], tables[40] = none, none
	got, err := study.Pool(t.Context(), tables, e, study.Pooling{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status == estimators.Refused || got.Pooled.Refused != 2 || len(got.Pooled.Each) != 58 {
		t.Errorf("%+v", got.Pooled)
	}
	if !slices.ContainsFunc(got.Warnings, func(w estimators.Warning) bool { return w.Code == "refused-draws" }) {
		t.Errorf("warnings %v", got.Warnings)
	}
	tables[5], tables[6] = none, nil
	got, err = study.Pool(t.Context(), tables, e, study.Pooling{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != estimators.Refused || got.Reason == nil || got.Reason.Code != "no-overlap" {
		t.Errorf("%s %v", got.Status, got.Reason)
	}
}

// TestPoolOfSelected: the choice of the model is repeated, whatever the number of workers, and the answer is cancelled
// with the context.
func TestPoolOfSelected(t *testing.T) {
	tables := make([]*estimators.Table, 40)
	rng := resample.Stream(9, 0)
	for i := range tables {
		counts := make([]int64, 7)
		for j, c := range []int64{250, 200, 60, 150, 50, 40, 15} {
			counts[j] = c + rng.Int64N(11) - 5
		}
		tables[i] = three(t, counts...)
	}
	var last estimators.Estimate
	for _, workers := range []int{1, 8} {
		got, err := study.Pool(t.Context(), tables, named(t, "loglinear"), study.Pooling{Seed: 1, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if workers > 1 && (got.Population != last.Population || !slices.Equal(got.Intervals, last.Intervals)) {
			t.Errorf("%v and %v", got, last)
		}
		last = got
	}
	if i := last.Intervals[0]; !(i.Lower < last.Population && last.Population < i.Upper) || last.Pooled.Share <= 0 || len(last.Pooled.Models) == 0 {
		t.Errorf("%+v", last)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := study.Pool(ctx, tables, named(t, "loglinear"), study.Pooling{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNoUpperLimit: where the method sets no upper limit in more than one draw of twenty, the pooled interval has none, whatever its
// standard error says.
func TestNoUpperLimit(t *testing.T) {
	two := func(a, b, both int64) *estimators.Table {
		table, err := estimators.NewTable([]string{"a", "b"}, nil, []estimators.Cell{{Pattern: 1, Count: a}, {Pattern: 2, Count: b}, {Pattern: 3, Count: both}})
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	for _, c := range []struct {
		without   int // draws in which nobody is on both
		unbounded bool
	}{{1, false}, {10, true}, {40, true}} {
		tables := repeated(two(120, 100, 12), 40)
		for i := range c.without {
			tables[i] = two(132, 112, 0)
		}
		got, err := study.Pool(t.Context(), tables, named(t, "chapman"), study.Pooling{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if i, _ := got.Interval(); i.Unbounded() != c.unbounded || (len(got.Intervals) == 1) != c.unbounded {
			t.Errorf("%d draws of 40 without a limit: %v", c.without, got.Intervals)
		}
	}
}

func BenchmarkPool(b *testing.B) {
	table := three(b, 250, 200, 60, 150, 50, 40, 15)
	tables := repeated(table, 60)
	for _, m := range slices.Concat(twolist.Methods(), loglinear.Methods(), lowerbound.Methods()) {
		if m.MinLists > 3 || m.MaxLists > 0 && m.MaxLists < 3 {
			continue
		}
		b.Run("method="+m.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := study.Pool(b.Context(), tables, m.New(estimators.Options{}), study.Pooling{Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Where everybody on one list is on the other too, Chapman says that nobody is hidden, and its own interval how many there may be all the same: the
// pooled one says so too, within the noise of 6,000 draws.
func TestNobodyHiddenIsNotCertain(t *testing.T) {
	table := two(t, 0, 10, 20)
	e := named(t, "chapman")
	one, err := estimators.Run(t.Context(), e, table)
	if err != nil {
		t.Fatal(err)
	}
	own, _ := one.Interval()
	got, err := study.Pool(t.Context(), repeated(table, 100), e, study.Pooling{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	pooled, ok := got.Interval()
	if !ok || one.Hidden != 0 || own.Upper <= 30 || math.Abs(pooled.Upper-own.Upper) > .1*(own.Upper-30) || pooled.Lower < 30 {
		t.Errorf("pooled %v, %v by itself, with %v hidden", pooled, own, one.Hidden)
	}
}

// TestReplicates: however few the linkages, the mixture is of 1,000 values at least; of many, 60 each. The limits from one linkage are then much the same whatever the seed.
func TestReplicates(t *testing.T) {
	table := three(t, 250, 200, 60, 150, 50, 40, 15)
	for draws, want := range map[int]int{1: 1000, 12: 84, 16: 63, 17: 60, 60: 60, 200: 60} {
		got, err := study.Pool(t.Context(), repeated(table, draws), named(t, "independence"), study.Pooling{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		said := slices.ContainsFunc(got.Notes, func(n string) bool { return n == "the interval is of 1,000 replicates of the one linkage" })
		if got.Pooled.Replicates != want || said != (draws == 1) {
			t.Errorf("%d draws: %d replicates, want %d; notes %q", draws, got.Pooled.Replicates, want, got.Notes)
		}
	}
	least, most := math.Inf(1), math.Inf(-1)
	for seed := range uint64(5) {
		got, err := study.Pool(t.Context(), repeated(table, 1), named(t, "loglinear"), study.Pooling{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		least, most = math.Min(least, got.Intervals[0].Lower), math.Max(most, got.Intervals[0].Lower)
	}
	if hidden := least - float64(table.Observed()); most-least > 0.1*hidden {
		t.Errorf("lower limits from %v to %v, %v above those seen", least, most, hidden)
	}
}

// TestAtLeastTakenBack: where in most draws the model does not fit, the bound that it gives is not "at least", as from one table.
func TestAtLeastTakenBack(t *testing.T) {
	fits, not := three(t, 250, 200, 60, 150, 50, 40, 15), three(t, 250, 200, 150, 150, 5, 5, 15)
	e := named(t, "Mth-chao")
	for table, want := range map[*estimators.Table]bool{fits: true, not: false} {
		one, err := estimators.Run(t.Context(), e, table)
		if err != nil || one.LowerBound != want {
			t.Fatalf("one table: at least %v, want %v (%v)", one.LowerBound, want, err)
		}
	}
	for n, want := range map[int]bool{0: true, 4: true, 6: false, 10: false} {
		tables := repeated(fits, 10)
		for i := range n {
			tables[9-i] = not
		}
		got, err := study.Pool(t.Context(), tables, e, study.Pooling{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got.LowerBound != want || warned(got, "poor-fit") == want {
			t.Errorf("%d of 10 do not fit: at least %v, want %v; %v", n, got.LowerBound, want, got.Warnings)
		}
	}
}

// TestPooledKeepsSkewness: where few people are on both lists the interval of a method is longer above than any symmetrical one, and so is that
// of linkages that all give its table. The mixture has 12,000 draws: its limits lie within 5 % of the hidden number's.
func TestPooledKeepsSkewness(t *testing.T) {
	table := two(t, 9, 5, 1)
	e := named(t, "chapman")
	one, err := estimators.Run(t.Context(), e, table)
	if err != nil {
		t.Fatal(err)
	}
	got, err := study.Pool(t.Context(), repeated(table, 200), e, study.Pooling{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	want, mixture := one.Intervals[0], got.Intervals[0]
	seen := float64(one.Observed)
	for _, limit := range [][2]float64{{mixture.Lower, want.Lower}, {mixture.Upper, want.Upper}} {
		if math.Abs((limit[0]-seen)/(limit[1]-seen)-1) > .05 {
			t.Errorf("%v to %v, the method's own interval %v to %v", mixture.Lower, mixture.Upper, want.Lower, want.Upper)
			break
		}
	}
}
