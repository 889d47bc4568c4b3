package twolist

import (
	"math"

	"darkfigure/estimators"
)

// exact inverts the two one-sided hypergeometric tests: it keeps every N at which neither
// an overlap of m or more nor one of m or less has a probability below α/2. With mid-p
// values half the probability of m itself is taken off. The overlap shrinks
// stochastically as N grows, so both limits are found by bisection. Without
// overlap every large N is kept and the upper limit is infinite.
func (d counts) exact(level float64, kind estimators.IntervalKind) estimators.Interval {
	tail := (1 - level) / 2
	own := 0.0 // the part of P(M = m) that is taken off
	if kind == estimators.MidP {
		own = 0.5
	}
	guess := (d.b + 1) * (d.c + 1) / (d.m + 1)
	i := estimators.Interval{Kind: kind, Level: level, Upper: math.Inf(1)}
	i.Lower = d.n + smallest(guess, func(f float64) bool {
		atMost, _, equal := d.overlapTails(f)
		return atMost-own*equal >= tail
	})
	if d.m > 0 {
		// The first hidden number that is rejected, less one. 0 is never rejected: the mid-p
		// value of the largest possible overlap can be below α/2 only when m is not that large.
		rejected := smallest(guess, func(f float64) bool {
			_, atLeast, equal := d.overlapTails(f)
			return atLeast-own*equal < tail
		})
		i.Upper = math.Max(i.Lower, d.n+math.Max(0, rejected-1))
	}
	return i
}

// overlapTails returns P(M ≤ m), P(M ≥ m) and P(M = m) for the overlap M of the two lists
// when f people are hidden.
func (d counts) overlapTails(f float64) (atMost, atLeast, equal float64) {
	outside := f - d.m // hidden people at an overlap of 0, N − n1 − n2; may be negative
	l := law{
		log:   func(j float64) float64 { return logHypergeometric(j, d.n1-j, d.n2-j, outside+j) },
		ratio: func(j float64) float64 { return (d.n1 - j) / (j + 1) * ((d.n2 - j) / (outside + j + 1)) },
	}
	lowest, highest := math.Max(0, -outside), math.Min(d.n1, d.n2)
	mode := math.Floor((d.n1 + 1) * ((d.n2 + 1) / (d.n + f + 2)))
	return l.sum(lowest, d.m, mode), l.sum(d.m, highest, mode), math.Exp(l.log(d.m))
}
