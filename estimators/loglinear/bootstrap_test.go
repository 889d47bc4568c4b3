package loglinear_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"
	"darkfigure/internal/resample"
)

// Quantiles of 1,000 replicates with stepwise selection (SparseMSE 2.0.1, estimatepopulation(…,
// nboot=1000, pthresh=0.02, iseed=1234), component bootreps at 10, 25, 50, 75 and 90 %). Theirs and ours
// come from different random numbers; a quantile of 1,000 has a standard error of a few per cent.
// The published BCa limits (1293 for Western, for one) are the extremes of such replicates, and
// move with their number.
func TestReplicatesAreDistributedAsSparseMSEs(t *testing.T) {
	for table, want := range map[string][]float64{
		"western": {2086.7, 2399.2, 2828.6, 3552.2, 4689.4},
		"uk6":     {10598.1, 11273.6, 12217.9, 13502.0, 16581.2},
		"kosovo":  {13173.8, 13726.5, 14355.1, 15028.8, 15690.2},
		"korea":   {123.36, 203, 249, 285.35, 327.29},
	} {
		r, err := loglinear.Bootstrap{Replicates: 4000, Seed: 7}.Run(t.Context(), reference.Table(t, table), loglinear.LogLinear{Select: loglinear.Stepwise})
		if err != nil {
			t.Fatal(err)
		}
		for j, level := range []float64{0.8, 0.5} {
			i, err := r.Interval(estimators.Percentile, level)
			if err != nil {
				t.Fatal(err)
			}
			near(t, table+" lower", i.Lower, want[j], 0.04)
			near(t, table+" upper", i.Upper, want[4-j], 0.04)
		}
	}
}

// Published 95 % BCa intervals of 1,000 replicates: stepwise selection and main effects on New Orleans, stepwise on its
// five lists and on the western United States (vignette of SparseMSE 2.0.1). Their limits rest on a few extreme
// replicates and so differ between seeds by a fifth; each must lie among those of sixty of ours.
func TestPublishedIntervalsLieAmongThoseOfOtherSeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("240 bootstraps")
	}
	for _, c := range []struct {
		table        string
		threshold    float64
		lower, upper float64
	}{{"neworleans", 0, 717, 1657}, {"neworleans", -1, 644, 1618}, {"neworleans5", 0, 589, 1703}, {"western", 0, 1293, 3670}} {
		table := reference.Table(t, c.table)
		var lower, upper []float64
		for seed := range uint64(60) {
			r, err := loglinear.Bootstrap{Seed: seed + 1}.Run(t.Context(), table, loglinear.LogLinear{Select: loglinear.Stepwise, Threshold: c.threshold})
			if err != nil {
				t.Fatal(err)
			}
			i, err := r.Interval(estimators.BCa, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			lower, upper = append(lower, i.Lower), append(upper, i.Upper)
		}
		if c.lower < slices.Min(lower) || c.lower > slices.Max(lower) || c.upper < slices.Min(upper) || c.upper > slices.Max(upper) {
			t.Errorf("%s, threshold %g: published %g to %g; ours %.0f…%.0f to %.0f…%.0f", c.table, c.threshold, c.lower, c.upper,
				slices.Min(lower), slices.Max(lower), slices.Min(upper), slices.Max(upper))
		}
	}
}

// Once a worker is at work, replicates allocate nothing: twice as many make no more allocations per replicate than the
// rounding of the few that grow with the size of the answer.
func TestReplicatesAllocateNothing(t *testing.T) {
	table := reference.Table(t, "uk6")
	allocations := func(n int) float64 {
		return testing.AllocsPerRun(1, func() {
			if _, err := (loglinear.Bootstrap{Replicates: n, Workers: 1}).Run(t.Context(), table, loglinear.LogLinear{Select: loglinear.Stepwise}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if extra := (allocations(2000) - allocations(1000)) / 1000; extra > 0.5 {
		t.Errorf("%.2f allocations for each replicate more", extra)
	}
}

// The 95 % BCa interval of the least BIC on the Korean table (MultipleSystemsEstimation 1.2.0, seed
// 1234: 128.3 to 349.7).
func TestPublishedInterval(t *testing.T) {
	r, err := loglinear.Bootstrap{Replicates: 4000, Seed: 7}.Run(t.Context(), reference.Table(t, "korea"), loglinear.LogLinear{})
	if err != nil {
		t.Fatal(err)
	}
	i, err := r.Interval(estimators.BCa, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lower", i.Lower, 128.3, 0.03)
	near(t, "upper", i.Upper, 349.7, 0.05)
}

func TestBootstrapDoesNotDependOnWorkers(t *testing.T) {
	table := reference.Table(t, "uk5")
	var first *loglinear.Replicates
	for _, workers := range []int{1, 2, 7} {
		r, err := loglinear.Bootstrap{Replicates: 60, Seed: 3, Workers: workers, Inner: 5}.Run(t.Context(), table, loglinear.LogLinear{})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = r
			continue
		}
		if !slices.Equal(r.Values, first.Values) || !slices.Equal(r.Fixed, first.Fixed) || r.Acceleration != first.Acceleration {
			t.Fatalf("%d workers give other replicates", workers)
		}
		a, _ := r.Interval(estimators.Calibrated, 0.95)
		b, _ := first.Interval(estimators.Calibrated, 0.95)
		if a != b {
			t.Fatalf("%d workers give %v, one gives %v", workers, a, b)
		}
	}
}

// The search within replicates is exact: the same models as enumerating all of them.
func TestReplicatesChooseWhatEnumerationChooses(t *testing.T) {
	table := reference.Table(t, "kosovo")
	r, err := loglinear.Bootstrap{Replicates: 40, Seed: 11}.Run(t.Context(), table, loglinear.LogLinear{})
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int64, 16)
	weights := make([]float64, 0, 15)
	occupied := []int{}
	// Cells are drawn in the order of patterns over the lists by name: ABA EXH HRW OSCE.
	for w := range 16 {
		mask := w&1<<1 | w>>1&1 | w>>2&1<<3 | w>>3&1<<2
		if c := table.Counts()[mask]; c > 0 {
			occupied, weights = append(occupied, mask), append(weights, float64(c))
		}
	}
	drawn := make([]int64, len(occupied))
	for i, want := range r.Values {
		resample.Multinomial(drawn, table.Observed(), weights, resample.Stream(11, uint64(i)))
		clear(counts)
		for j, w := range occupied {
			counts[w] = drawn[j]
		}
		sample, err := estimators.FromCounts(table.Lists(), counts)
		if err != nil {
			t.Fatal(err)
		}
		all, err := loglinear.Enumeration{}.Run(t.Context(), sample)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "replicate", want, all.Models[0].Population, 1e-8)
	}
}

func TestBootstrapLaws(t *testing.T) {
	for name, e := range map[string]loglinear.LogLinear{
		"bca":         {Bootstrap: &loglinear.Bootstrap{Replicates: 5}, Window: -1, Select: loglinear.Stepwise},
		"percentile":  {Bootstrap: &loglinear.Bootstrap{Replicates: 5, Scheme: loglinear.Semiparametric}, Window: -1, Kind: estimators.Percentile, Select: loglinear.Stepwise},
		"studentised": {Bootstrap: &loglinear.Bootstrap{Replicates: 5, Scheme: loglinear.Parametric}, Window: -1, Kind: estimators.Studentised, Select: loglinear.Stepwise},
	} {
		t.Run(name, func(t *testing.T) {
			estimatortest.Run(t, e, estimatortest.Options{MaxLists: 6, New: func(o estimators.Options) estimators.Estimator {
				e := e
				b := *e.Bootstrap
				b.Seed, b.Workers = o.Seed, o.Workers
				e.Bootstrap, e.Levels = &b, o.Levels
				if o.Kind != "" {
					e.Kind = o.Kind
				}
				return e
			}})
		})
	}
}

// Failed replicates are the largest order statistics.
func TestFailedReplicatesMakeTheLimitInfinite(t *testing.T) {
	// One person in the overlap: about a third of the replicates have none, and no estimate.
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 20, 15, 1})
	if err != nil {
		t.Fatal(err)
	}
	r, err := loglinear.Bootstrap{Replicates: 1000, Seed: 1}.Run(t.Context(), table, loglinear.LogLinear{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed < 300 || r.Failed > 440 { // (1−1/36)^36 = 0.363
		t.Errorf("%d of 1000 replicates failed, not about 363", r.Failed)
	}
	i, err := r.Interval(estimators.Percentile, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(i.Upper, 1) {
		t.Errorf("upper limit %v, not infinite", i.Upper)
	}
}

func TestBootstrapStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := loglinear.Bootstrap{Replicates: 1_000_000, Progress: func(done, _ int) {
		if done == 20 {
			cancel()
		}
	}}
	if _, err := b.Run(ctx, reference.Table(t, "uk5"), loglinear.LogLinear{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, not cancelled", err)
	}
}

// The calls of a bootstrap that the project is judged by: see CONTRIBUTING for the figures.
func BenchmarkBootstrap(b *testing.B) {
	for _, c := range []struct {
		name, table string
		e           loglinear.LogLinear
		boot        loglinear.Bootstrap
	}{
		{"stepwise/lists=6/replicates=1000", "uk6", loglinear.LogLinear{Select: loglinear.Stepwise}, loglinear.Bootstrap{}},
		{"exact-pairs/lists=6/replicates=10000", "uk6", loglinear.LogLinear{Select: loglinear.BIC}, loglinear.Bootstrap{Replicates: 10000}},
		{"downhill/lists=6/replicates=10000", "uk6", loglinear.LogLinear{Select: loglinear.BIC}, loglinear.Bootstrap{Replicates: 10000, Downhill: true}},
		{"top=100/lists=5/replicates=10000", "uk5", loglinear.LogLinear{}, loglinear.Bootstrap{Replicates: 10000, Top: 100}},
		{"exact/lists=5/replicates=1000", "uk5", loglinear.LogLinear{}, loglinear.Bootstrap{}},
		{"stepwise-double/lists=5/replicates=1000x200", "uk5", loglinear.LogLinear{Select: loglinear.Stepwise}, loglinear.Bootstrap{Inner: 200}},
	} {
		table := reference.Table(b, c.table)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.boot.Run(b.Context(), table, c.e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A warning about the width is about the interval that is shown, which is that of the replicates, and not about the one it replaces: of
// two people on both lists the model's own interval runs from 33 to 382, and that of the replicates has no upper limit.
func TestWidthIsThatOfTheIntervalShown(t *testing.T) {
	var cells []estimators.Cell
	for p, n := range []int64{0, 14, 8, 2} {
		if n > 0 {
			cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(p), Levels: []string{"m"}, Count: n})
		}
	}
	for p, n := range []int64{0, 28, 31, 7} {
		if n > 0 {
			cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(p), Levels: []string{"f"}, Count: n})
		}
	}
	table, err := estimators.NewTable([]string{"A", "B"}, []string{"sex"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	b, err := loglinear.Stratified{LogLinear: loglinear.LogLinear{Bootstrap: &loglinear.Bootstrap{Replicates: 200, Seed: 1}}}.Breakdown(t.Context(), table, []string{"sex"})
	if err != nil {
		t.Fatal(err)
	}
	m := b.Strata[1]
	i, _ := m.Interval()
	if !i.Unbounded() {
		t.Fatalf("the interval of %v is %v", m.Stratum, i)
	}
	unbounded := 0
	for _, w := range m.Warnings {
		if w.Code == "wide-interval" {
			t.Errorf("an interval without an upper limit is said to have one: %s", w.Text)
		}
		if w.Code == "unbounded-upper" {
			unbounded++
		}
	}
	if unbounded != 1 {
		t.Errorf("%d warnings that there is no upper limit, want 1", unbounded)
	}
}
