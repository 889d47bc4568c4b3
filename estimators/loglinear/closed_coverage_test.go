package loglinear_test

import (
	"math/rand/v2"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// In populations drawn from the model, the intervals cover the true size about as often as
// they say. 1000 tables each, with fixed seeds; the Monte Carlo error of a coverage of 95% is
// 0.7 points.
func TestClosedCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("simulation")
	}
	const size, tables = 400, 1000
	rates := []float64{0.2, 0.3, 0.15, 0.25}
	independent := func(r *rand.Rand) estimators.Pattern {
		var p estimators.Pattern
		for i, rate := range rates {
			if r.Float64() < rate {
				p |= 1 << uint(i)
			}
		}
		return p
	}
	equal := func(r *rand.Rand) estimators.Pattern {
		var p estimators.Pattern
		for i := range rates {
			if r.Float64() < 0.22 {
				p |= 1 << uint(i)
			}
		}
		return p
	}
	shy := func(r *rand.Rand) estimators.Pattern { // met at 0.35 the first time, at 0.1 after
		var p estimators.Pattern
		for i := range rates {
			rate := 0.35
			if p != 0 {
				rate = 0.1
			}
			if r.Float64() < rate {
				p |= 1 << uint(i)
			}
		}
		return p
	}
	for _, c := range []struct {
		name        string
		e           estimators.Estimator
		draw        func(*rand.Rand) estimators.Pattern
		least, most float64
	}{
		{"M0", loglinear.Closed{}, equal, 0.93, 0.97},
		{"Mt", loglinear.Closed{Time: true}, independent, 0.93, 0.97},
		{"Mt lognormal", loglinear.Closed{Time: true, Interval: estimators.LogNormal}, independent, 0.93, 0.97},
		{"Mth-darroch, true model Mt", loglinear.Closed{Time: true, Heterogeneity: loglinear.Darroch}, independent, 0.93, 0.97},
		{"Mb", loglinear.Behaviour{}, shy, 0.93, 0.97},
		{"Firth", loglinear.LogLinear{Firth: true}, independent, 0.93, 0.97},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(20, 26))
			covered, answered := 0, 0
			for range tables {
				counts := make([]int64, 1<<len(rates))
				for range size {
					counts[c.draw(r)]++
				}
				counts[0] = 0
				tab, err := estimators.FromCounts([]string{"A", "B", "C", "D"}, counts)
				if err != nil {
					t.Fatal(err)
				}
				e, err := c.e.Estimate(t.Context(), tab)
				if err != nil {
					continue
				}
				answered++
				if i := e.Intervals[0]; i.Lower <= size && size <= i.Upper {
					covered++
				}
			}
			share := float64(covered) / float64(answered)
			t.Logf("coverage %.3f of %d tables", share, answered)
			if answered < tables*95/100 || share < c.least || share > c.most {
				t.Errorf("coverage %.3f of %d tables", share, answered)
			}
		})
	}
}
