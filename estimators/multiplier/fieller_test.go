package multiplier_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/multiplier"
	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
)

// The limits are the two N at which (68 − N·p)² = z²(68 + N²·Var p), p = 0.35 of 250; by hand N = (23.8 ± √(566.44 − 0.119004·4362.78))/0.119004 with
// z² = 3.841459, Var p = 0.00091, p² − z²Var p = 0.119004 and 68² − z²·68 = 4362.78. At those limits the test is exactly at its level.
func TestFieller(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		m := multiplier.Multiplier{Share: .35, Respondents: 250, Fixed: fixed, Interval: estimators.Fieller, Levels: []float64{.95, .5}}
		e, err := m.Estimate(context.Background(), benchmark(t, 68))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range e.Intervals {
			z := distuv.UnitNormal.Quantile(.5 + i.Level/2)
			vb := 68.
			if fixed {
				vb = 0
			}
			for _, n := range []float64{i.Lower, i.Upper} {
				near(t, "the test at a limit", math.Abs(68-n*.35), z*math.Sqrt(vb+n*n*.35*.65/250), 1e-9)
			}
		}
		if !fixed {
			near(t, "lower", e.Intervals[0].Lower, (23.8-math.Sqrt(566.44-.119004*4362.78))/.119004, 1e-4)
			near(t, "upper", e.Intervals[0].Upper, (23.8+math.Sqrt(566.44-.119004*4362.78))/.119004, 1e-4)
		}
	}
}

// Three of 250 say yes: 0.012² < z²·0.012·0.988/250, and every N from some number on is in the set.
func TestFiellerUnbounded(t *testing.T) {
	for _, n := range []int64{68, 2} { // two do not differ from 0 either: then every N is in it
		e, err := multiplier.Multiplier{Share: .012, Respondents: 250, Interval: estimators.Fieller}.Estimate(context.Background(), benchmark(t, n))
		if err != nil {
			t.Fatal(err)
		}
		i := e.Intervals[0]
		if !i.Unbounded() || i.Lower < float64(n) || !slices.Contains(codes(e), "unbounded-upper") {
			t.Errorf("%+v, %q", i, codes(e))
		}
		if n == 68 {
			v := 0.012 * .988 / 250
			near(t, "the test at the lower limit", math.Abs(68-i.Lower*.012), 1.959964*math.Sqrt(68+i.Lower*i.Lower*v), 1e-6)
		}
		if n == 2 && i.Lower != 2 {
			t.Errorf("the lower limit of everything is %v", i.Lower)
		}
	}
}

// A thousand people, of whom a service counts about 200 and a survey of 250 finds about 50: the interval holds them in about 95 % of 4,000 experiments.
func TestFiellerCoverage(t *testing.T) {
	const truth, runs = 1000.0, 4000
	held := 0
	for r := range runs {
		rng := resample.Stream(11, uint64(r))
		share := distuv.Binomial{N: 250, P: .2, Src: rng}.Rand() / 250
		n := int64(distuv.Poisson{Lambda: 200, Src: rng}.Rand())
		e, err := multiplier.Multiplier{Share: share, Respondents: 250, Interval: estimators.Fieller}.Estimate(context.Background(), benchmark(t, n))
		if err != nil {
			t.Fatal(err)
		}
		if i := e.Intervals[0]; i.Lower <= truth && truth <= i.Upper {
			held++
		}
	}
	if share := float64(held) / runs; share < .94 || share > .965 {
		t.Errorf("covers %.4f", share)
	}
}
