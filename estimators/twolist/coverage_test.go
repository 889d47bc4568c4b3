package twolist_test

import (
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/twolist"
)

// coverage is the exact probability that a 95% interval contains N, and the mean of
// log(upper/lower) over the outcomes with overlap, for two independent lists: the sum over all outcomes of the
// multinomial law but the rarest (below 10⁻⁹ each), scaled to 1.
func coverage(kind estimators.IntervalKind, population int, p1, p2 float64) (covered, width float64) {
	n := float64(population)
	logs := [4]float64{math.Log(p1 * p2), math.Log(p1 * (1 - p2)), math.Log((1 - p1) * p2), math.Log((1 - p1) * (1 - p2))}
	factorial := func(k int) float64 { l, _ := math.Lgamma(float64(k) + 1); return l }
	var mass, withOverlap float64
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
				if m > 0 {
					withOverlap += p
					width += p * math.Log(i.Upper/i.Lower)
				}
			}
		}
	}
	return covered / mass, width / withOverlap
}

// The figures are those of an enumeration made independently of this package (Python 3, probabilities of the Waring law
// added up one by one), with the same two rules, no upper limit without overlap and one above n when nobody is
// estimated to be hidden.
func TestCoverage(t *testing.T) {
	type figures struct{ coverage, width float64 }
	for _, c := range []struct {
		population                       int
		p1, p2                           float64
		wald, logNormal, sadinle, waring figures
	}{
		{50, .1, .1, figures{.6696, 1.113}, figures{.7591, 1.298}, figures{.9737, 2.327}, figures{.9579, 2.316}},
		{50, .3, .3, figures{.8266, 1.037}, figures{.9153, 1.001}, figures{.9775, 1.359}, figures{.9576, 1.365}},
		{100, .1, .2, figures{.7354, 1.515}, figures{.8674, 1.369}, figures{.9724, 2.014}, figures{.9649, 2.062}},
		{100, .2, .2, figures{.8189, 1.408}, figures{.9049, 1.183}, figures{.9732, 1.568}, figures{.9564, 1.597}},
		{100, .3, .5, figures{.9036, .587}, figures{.9399, .556}, figures{.9580, .631}, figures{.9546, .623}},
		{200, .1, .1, figures{.7363, 1.902}, figures{.8627, 1.503}, figures{.9594, 2.139}, figures{.9626, 2.188}},
		{200, .2, .3, figures{.8962, .852}, figures{.9362, .768}, figures{.9589, .861}, figures{.9529, .867}},
		{200, .5, .5, figures{.9363, .275}, figures{.9477, .272}, figures{.9536, .286}, figures{.9537, .282}},
	} {
		if testing.Short() && c.population > 50 {
			continue
		}
		for kind, want := range map[estimators.IntervalKind]figures{
			estimators.Wald: c.wald, estimators.LogNormal: c.logNormal, estimators.Sadinle: c.sadinle, estimators.Waring: c.waring,
		} {
			covered, width := coverage(kind, c.population, c.p1, c.p2)
			if math.Abs(covered-want.coverage) > 1e-4 || math.Abs(width-want.width) > 1e-3 {
				t.Errorf("N=%d p=%v,%v %s: coverage %.4f, width %.3f; want %.4f, %.3f", c.population, c.p1, c.p2, kind, covered, width, want.coverage, want.width)
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
