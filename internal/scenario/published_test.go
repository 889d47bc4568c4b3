package scenario_test

import (
	"math"
	"os"
	"strconv"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/scenario"
)

// TestPublishedCoverage repeats section 3.4 of Chan, Silverman and Vincent (2021): the stepwise model of the five-list UK table is the
// truth. They report for 500 tables that a nominal 95 % interval covers in 61.4 % when it is that of the model of least
// BIC as if it had been known beforehand (R package Rcapture, pairs of lists), and in 90 % for stepwise selection with the BCa
// interval of 1,000 replicates that repeat it. 200 tables and 300 replicates are enough to see that; with DARKFIGURE_STUDIES=500 it is that many and 1,000.
//
// The percentile interval of the same replicates has no published value: it is the one that reaches its
// nominal level here, and the test holds the program to that.
func TestPublishedCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	n, boot := 200, 300
	if v, err := strconv.Atoi(os.Getenv("DARKFIGURE_STUDIES")); err == nil && v > n {
		n, boot = v, 1000
	}
	s := parse(t, "population: {table: uk5, select: stepwise}\nmethods: [--method stepwise]\n")
	p, err := s.Population(t.Context(), models{"uk5": published(t, "uk5")}, 1)
	if err != nil {
		t.Fatal(err)
	}
	resampled := func(kind estimators.IntervalKind) scenario.Method {
		return scenario.Method{Name: string(kind), New: func(seed uint64) (estimators.Estimator, error) {
			return loglinear.LogLinear{Select: loglinear.Stepwise, Kind: kind, Window: -1, Bootstrap: &loglinear.Bootstrap{Replicates: boot, Seed: seed, Workers: 1}}, nil
		}}
	}
	study := &scenario.Study{Population: p, Seed: 1, Methods: []scenario.Method{
		method("conditional", loglinear.LogLinear{Select: loglinear.BIC, MaxOrder: 2, Kind: estimators.LogNormal, Window: -1}), resampled(estimators.BCa), resampled(estimators.Percentile)}}
	var all []scenario.Replicate
	if err := study.Run(t.Context(), scenario.Whole.Indices(n, nil), 0, func(r scenario.Replicate) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	scores := scenario.Scores(scenario.Identity{Population: p, Methods: []string{"conditional", "bca", "percentile"}}, all)
	for i, want := range []float64{0.614, 0.90, 0.95} {
		c := scores[i].Intervals[0].Coverage
		t.Logf("%s covers %.3f ± %.3f", scores[i].Method, c.Value, c.SE)
		// Theirs has a Monte-Carlo error too, that of 500 tables.
		if se := math.Hypot(c.SE, math.Sqrt(want*(1-want)/500)); math.Abs(c.Value-want) > 3*se {
			t.Errorf("%s covers %.3f ± %.3f, want %.3f", scores[i].Method, c.Value, c.SE, want)
		}
	}
}

// BenchmarkReplicate is one table of section 3.4 with stepwise selection and 1,000 replicates.
func BenchmarkReplicate(b *testing.B) {
	s, err := scenario.Parse([]byte("population: {table: uk5, select: stepwise}\nmethods: [--method stepwise]\n"), "b.yaml")
	if err != nil {
		b.Fatal(err)
	}
	p, err := s.Population(b.Context(), models{"uk5": published(b, "uk5")}, 1)
	if err != nil {
		b.Fatal(err)
	}
	study := &scenario.Study{Population: p, Seed: 1, Methods: []scenario.Method{{Name: "stepwise", New: func(seed uint64) (estimators.Estimator, error) {
		return loglinear.LogLinear{Select: loglinear.Stepwise, Kind: estimators.Percentile, Window: -1, Bootstrap: &loglinear.Bootstrap{Seed: seed, Workers: 1}}, nil
	}}}}
	for i := 0; b.Loop(); i++ {
		if _, err := study.Replicate(b.Context(), i); err != nil {
			b.Fatal(err)
		}
	}
}
