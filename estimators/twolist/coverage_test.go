package twolist_test

import (
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/twolist"
)

// coverage is the exact probability that a 95% interval contains N, and the mean of
// log(upper/lower), for two independent lists: the sum over all outcomes of the
// multinomial law but the rarest (below 10⁻⁹ each), scaled to 1.
func coverage(kind estimators.IntervalKind, population int, p1, p2 float64) (covered, width float64) {
	n := float64(population)
	logs := [4]float64{math.Log(p1 * p2), math.Log(p1 * (1 - p2)), math.Log((1 - p1) * p2), math.Log((1 - p1) * (1 - p2))}
	factorial := func(k int) float64 { l, _ := math.Lgamma(float64(k) + 1); return l }
	var mass float64
	for m := range population + 1 {
		for b := range population - m + 1 {
			for c := range population - m - b + 1 {
				hidden := population - m - b - c
				p := math.Exp(factorial(population) - factorial(m) - factorial(b) - factorial(c) - factorial(hidden) +
					float64(m)*logs[0] + float64(b)*logs[1] + float64(c)*logs[2] + float64(hidden)*logs[3])
				if p < 1e-9 {
					continue
				}
				i := twolist.IntervalOf(kind, 0.95, float64(m), float64(b), float64(c))
				mass += p
				if i.Lower <= n && n <= i.Upper {
					covered += p
				}
				width += p * math.Log(math.Max(i.Upper, 1)/math.Max(i.Lower, 1))
			}
		}
	}
	return covered / mass, width / mass
}

// The figures are those of an enumeration made independently of this package, with another cut of
// rare outcomes and no rule for an empty cell; hence two units in the third decimal of
// coverage, and 0.04 in the width of the log-normal interval, where that rule acts.
func TestCoverage(t *testing.T) {
	type figures struct{ coverage, width float64 }
	for _, c := range []struct {
		population                       int
		p1, p2                           float64
		wald, logNormal, sadinle, waring figures
	}{
		{50, .1, .1, figures{.414, 1.54}, figures{.640, 1.63}, figures{.974, 3.67}, figures{.958, 3.65}},
		{50, .3, .3, figures{.827, 1.05}, figures{.915, 1.01}, figures{.978, 1.39}, figures{.958, 1.40}},
		{100, .1, .2, figures{.735, 1.67}, figures{.867, 1.48}, figures{.973, 2.39}, figures{.965, 2.42}},
		{100, .2, .2, figures{.819, 1.44}, figures{.905, 1.20}, figures{.973, 1.63}, figures{.957, 1.65}},
		{100, .3, .5, figures{.904, .59}, figures{.940, .56}, figures{.958, .63}, figures{.955, .62}},
		{200, .1, .1, figures{.736, 2.06}, figures{.863, 1.61}, figures{.959, 2.53}, figures{.963, 2.54}},
		{200, .2, .3, figures{.896, .85}, figures{.936, .77}, figures{.959, .86}, figures{.953, .87}},
		{200, .5, .5, figures{.937, .28}, figures{.948, .27}, figures{.954, .29}, figures{.954, .28}},
	} {
		if testing.Short() && c.population > 50 {
			continue
		}
		for kind, want := range map[estimators.IntervalKind]figures{
			estimators.Wald: c.wald, estimators.LogNormal: c.logNormal, estimators.Sadinle: c.sadinle, estimators.Waring: c.waring,
		} {
			covered, width := coverage(kind, c.population, c.p1, c.p2)
			if math.Abs(covered-want.coverage) > 0.002 || math.Abs(width-want.width) > 0.04 {
				t.Errorf("N=%d p=%v,%v %s: coverage %.4f, width %.3f; want %.3f, %.2f", c.population, c.p1, c.p2, kind, covered, width, want.coverage, want.width)
			}
			if kind == estimators.Waring && covered < 0.95 {
				t.Errorf("N=%d p=%v,%v: the default interval covers %.4f, below its level", c.population, c.p1, c.p2, covered)
			}
		}
		// A test inversion is conservative by construction.
		if covered, _ := coverage(estimators.Exact, c.population, c.p1, c.p2); covered < 0.95 {
			t.Errorf("N=%d p=%v,%v: the exact interval covers %.4f", c.population, c.p1, c.p2, covered)
		}
	}
}
