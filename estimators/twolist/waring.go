package twolist

import (
	"math"

	"darkfigure/estimators"
)

// waring is the equal-tailed interval from the generalised Waring law of the hidden
// number with parameters (c+1, b+1; m+1). Its limits are whole numbers: n plus the smallest
// integer at which the distribution function reaches the level.
//
// The hypergeometric likelihood of the hidden number is the kernel of such a law with
// parameters (c+1, b+1; m−1). These parameters correspond to the prior weight
// 1/((N+1)(N+2)), which makes the law proper for every m ≥ 0 and is close to a flat
// weight on N with uniform probabilities of being on each list. They are chosen for
// the coverage of the interval (see the package comment).
func (d counts) waring(level float64) estimators.Interval {
	w := generalisedWaring{a: d.c + 1, k: d.b + 1, rho: d.m + 1}
	tail := (1 - level) / 2
	return estimators.Interval{Kind: estimators.Waring, Level: level,
		Lower: d.n + w.quantile(tail), Upper: d.n + w.quantile(1-tail)}
}

// A generalisedWaring law GW(a, k; ρ) is that of a Poisson count whose rate is the product of
// gamma variables of shapes a and k over one of shape ρ. ρ is a whole number here.
type generalisedWaring struct{ a, k, rho float64 }

// cdf is the probability of at most x.
//
// P(X ≤ x) for GW(a,k;ρ) is the probability that one beta variable is below another,
// which for whole numbers is symmetric in x+1 and ρ: it equals P(Y ≤ ρ−1) for Y from
// GW(a,k;x+1). So the shorter of the two sums is taken: for a small overlap the
// quantile may lie at 10³⁰, but ρ terms suffice.
func (w generalisedWaring) cdf(x float64) float64 {
	a, k := w.a, w.k
	last, rho := math.Min(x, w.rho-1), math.Max(x+1, w.rho)
	l := law{
		log: func(i float64) float64 {
			t := a + k + rho + i
			return logHypergeometric(i, a, k, rho) + math.Log(a/(a+i)*(k/(k+i))*(rho/(a+rho))*(t/(k+rho)))
		},
		ratio: func(i float64) float64 { return (a + i) / (a + k + rho + i) * ((k + i) / (i + 1)) },
	}
	return l.sum(0, last, math.Floor((a-1)*((k-1)/(rho+1))))
}

// quantile is the smallest whole number at which the distribution function reaches p.
func (w generalisedWaring) quantile(p float64) float64 {
	return smallest(w.a*(w.k/w.rho), func(x float64) bool { return w.cdf(x) >= p })
}
