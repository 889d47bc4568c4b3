package twolist

import (
	"math"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// logLikelihood is the logarithm of the multinomial likelihood of independent lists with f
// people hidden, maximised over the probabilities of being on each list, up to a constant:
//
//	log N! − log f! + Σ_i n_i·log(n_i/N) + (N−n_i)·log(1−n_i/N)
//
// written so that large counts keep their digits. It tends to 0 as f grows when m = 0.
func (d counts) logLikelihood(f float64) float64 {
	return -halfG2(d.m, d.b, d.c, f) + stirling(d.n+f) - stirling(f)
}

// slope is the derivative of logLikelihood, Σ_i log(1−n_i/N) + ψ(N+1) − ψ(f+1).
func (d counts) slope(f float64) float64 {
	n := d.n + f
	lists := math.Log1p(-d.n1/n) + math.Log1p(-d.n2/n)
	if f > 1e6 {
		// ψ(z+1) is log z + 1/2z − 1/12z²…: as a difference of logarithms it keeps its digits.
		return lists + math.Log1p(d.n/f) + 0.5/n - 0.5/f
	}
	return lists + mathext.Digamma(n+1) - mathext.Digamma(f+1)
}

// mostLikely is the hidden number at which the likelihood is largest, not rounded; +Inf
// without overlap.
func (d counts) mostLikely() float64 {
	switch {
	case d.m == 0:
		return math.Inf(1)
	case d.b == 0 || d.c == 0 || d.slope(0) <= 0:
		return 0
	}
	hi := d.b * d.c / d.m
	for d.slope(hi) > 0 {
		hi *= 2
	}
	return bisect(0, hi, func(f float64) bool { return d.slope(f) <= 0 })
}

// profile keeps every N whose log-likelihood is within ½·χ²(level; 1) of the largest. N is not
// rounded. The lower limit is n when even n is kept; the upper one is infinite without
// overlap.
func (d counts) profile(level float64) estimators.Interval {
	drop := distuv.ChiSquared{K: 1}.Quantile(level) / 2
	best := d.mostLikely()
	i := estimators.Interval{Kind: estimators.Profile, Level: level, Lower: d.n, Upper: math.Inf(1)}
	top, from := 0.0, best
	if d.m == 0 {
		for from = d.n; d.logLikelihood(from) < -drop; {
			from *= 2
		}
	} else {
		top = d.logLikelihood(best)
	}
	kept := func(f float64) bool { return top-d.logLikelihood(f) <= drop }
	if !kept(0) {
		i.Lower = d.n + bisect(0, from, kept)
	}
	if d.m > 0 {
		hi := math.Max(1, 2*best)
		for kept(hi) {
			hi *= 2
		}
		i.Upper = d.n + bisect(best, hi, func(f float64) bool { return !kept(f) })
	}
	return i
}

// curve samples the profile likelihood relative to its largest value, evenly in the logarithm
// of the hidden number, from one limit of an interval to the other. It is empty when an end is infinite.
func (d counts) curve(i estimators.Interval) []estimators.Point {
	if i.Unbounded() {
		return nil
	}
	const points = 81
	lo, hi := math.Log1p(i.Lower-d.n), math.Log1p(i.Upper-d.n)
	top := d.logLikelihood(d.mostLikely())
	out := make([]estimators.Point, points)
	for j := range out {
		f := math.Expm1(lo + (hi-lo)*float64(j)/(points-1))
		out[j] = estimators.Point{X: d.n + f, Y: math.Min(0, d.logLikelihood(f)-top)}
	}
	return out
}

// bisect returns where a condition that fails at lo and holds at hi begins to hold.
func bisect(lo, hi float64, holds func(x float64) bool) float64 {
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			break
		}
		if holds(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}
