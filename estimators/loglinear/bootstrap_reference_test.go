package loglinear_test

import (
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
)

var stepwise = loglinear.LogLinear{Select: loglinear.Stepwise, Window: -1} // at the threshold 0.02

// Stepwise selection on tables that SparseMSE drew and wrote down: no random generator stands between
// the two programs, so the model, its empty overlaps and the estimate must be the same.
func TestResampledTablesAgreeWithSparseMSE(t *testing.T) {
	for _, r := range reference.Resamples(t, reference.Every) {
		for i, want := range r.Resamples {
			table := r.With(t, want.Counts)
			got, err := estimators.Run(t.Context(), stepwise, table)
			if err != nil {
				t.Fatal(err)
			}
			model, err := loglinear.NewModel(table.K(), reference.Terms(t, want.Model)...)
			if err != nil {
				t.Fatal(err)
			}
			if name := model.Format(table.Lists()); got.Model != name {
				t.Errorf("%s, resample %d: model %s, not %s", r.Table, i+1, got.Model, name)
				continue
			}
			near(t, r.Table+" N", got.Population, want.N, 1e-6)
			nearAbs(t, r.Table+" deviance", got.Fit.Deviance, want.Deviance, 1e-6)
			near(t, r.Table+" AIC", got.Fit.AIC, want.AIC, 1e-9)
			f, err := loglinear.Fit(table, model)
			if err != nil {
				t.Fatal(err)
			}
			var empty []estimators.Pattern
			for _, p := range want.Empty {
				empty = append(empty, reference.Pair(p))
			}
			slices.Sort(empty)
			if infinite := slices.Sorted(slices.Values(f.Infinite)); !slices.Equal(infinite, empty) {
				t.Errorf("%s, resample %d: at −∞ are %v, not %v", r.Table, i+1, infinite, empty)
			}
		}
	}
}

// leftOut runs the jackknife of a stepwise estimate; its replicates are not looked at.
func leftOut(t *testing.T, table *estimators.Table, e loglinear.LogLinear) *loglinear.Replicates {
	t.Helper()
	r, err := loglinear.Bootstrap{Replicates: 2}.Run(t.Context(), table, e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func without(t *testing.T, r *loglinear.Replicates, p estimators.Pattern) float64 {
	t.Helper()
	i := slices.IndexFunc(r.Jackknife, func(l loglinear.LeftOut) bool { return l.Pattern == p })
	if i < 0 {
		t.Fatalf("nobody of %b was left out", p)
	}
	return r.Jackknife[i].Population
}

// The estimates without one person of each cell, the selection of the model included, and the
// acceleration that follows.
func TestJackknifeAgreesWithSparseMSE(t *testing.T) {
	for _, want := range reference.Resamples(t, reference.Every) {
		got := leftOut(t, reference.Table(t, want.Table), stepwise)
		if len(got.Jackknife) != len(want.Jackknife) || !got.Steady {
			t.Errorf("%s: %d values, steady %v", want.Table, len(got.Jackknife), got.Steady)
		}
		for i, p := range want.Patterns(t) {
			near(t, want.Table+" without one of "+want.Cells[i], without(t, got, p), want.Jackknife[i], 1e-6)
		}
		near(t, want.Table+" acceleration", got.Acceleration, want.Acceleration, 1e-6)
	}
}

// Replicates are estimated by a faster route than a table by itself: each starts at what was
// fitted to the original table. The jackknife takes that route too, so that a resampled table with
// one person more, without that person, leads it to the estimate of the resample.
func TestReplicatesAgreeWithSparseMSE(t *testing.T) {
	for _, r := range reference.Resamples(t, reference.Every) {
		patterns := r.Patterns(t)
		for i, want := range r.Resamples {
			for _, j := range []int{slices.Index(want.Counts, slices.Max(want.Counts)), slices.Index(want.Counts, slices.Min(want.Counts))} {
				more := slices.Clone(want.Counts)
				more[j]++
				got := without(t, leftOut(t, r.With(t, more), stepwise), patterns[j])
				if !reference.Close(got, want.N, 1e-6) {
					t.Errorf("%s, resample %d from one more of %s: %v, not %v", r.Table, i+1, r.Cells[j], got, want.N)
				}
			}
		}
	}
}

// No other program has written out the choice by BIC on drawn tables. On the same tables the exact search,
// from the table itself and from one person more, finds what enumerating all models of pairs finds.
func TestResampledTablesChooseWhatEnumerationChooses(t *testing.T) {
	for _, r := range reference.Resamples(t, reference.Every) {
		patterns := r.Patterns(t)
		for i, s := range r.Resamples {
			table := r.With(t, s.Counts)
			if table.K() > 5 {
				break // 32,768 models each
			}
			all, err := loglinear.Enumeration{MaxOrder: 2}.Run(t.Context(), table)
			if err != nil {
				t.Fatal(err)
			}
			want := all.Models[0]
			e := loglinear.LogLinear{MaxOrder: 2, Window: -1}
			got, err := estimators.Run(t.Context(), e, table)
			if err != nil {
				t.Fatal(err)
			}
			if got.Model != want.Model {
				t.Errorf("%s, resample %d: model %s, not %s", r.Table, i+1, got.Model, want.Model)
			}
			near(t, r.Table+" N", got.Population, want.Population, 1e-8)
			more := slices.Clone(s.Counts)
			more[0]++
			near(t, r.Table+" N from one more person", without(t, leftOut(t, r.With(t, more), e), patterns[0]), want.Population, 1e-8)
		}
	}
}

// The acceleration under independence, where nothing is selected, against
// MultipleSystemsEstimation; and with stepwise selection for the table whose single jackknife
// values SparseMSE was not asked for.
func TestAccelerationAgreesWithOtherPrograms(t *testing.T) {
	compared := 0
	for _, want := range reference.MSEPoint(t, reference.Every) {
		if want.Function != "main" {
			continue
		}
		compared++
		table := reference.Table(t, want.Table)
		model := loglinear.Independence(table.K())
		got := leftOut(t, table, loglinear.LogLinear{Model: &model, Window: -1})
		near(t, want.Call+" acceleration", got.Acceleration, want.Acceleration, 1e-6)
	}
	if compared != 4 {
		t.Errorf("%d tables, not 4", compared)
	}
	for _, want := range reference.BCaIntervals(t, reference.Every) {
		got := leftOut(t, reference.Table(t, want.Table), stepwise)
		near(t, want.Call+" N", got.Population, want.N, 1e-6)
		near(t, want.Call+" acceleration", got.Acceleration, want.Acceleration, 1e-6)
	}
}
