package twolist

import (
	"math"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// sadinle is the transformed logit interval of Sadinle (2009): ½ is added to every cell,
// and the limits are symmetric in the logarithm of the odds. The formula's
// lower limit can be below n by up to ½; it is then n.
func (d counts) sadinle(level float64) estimators.Interval {
	m, b, c := d.m+0.5, d.b+0.5, d.c+0.5
	sigma := math.Sqrt(1/m + 1/b + 1/c + m/b/c)
	odds, factor := b/m*c, math.Exp(normalQuantile(level)*sigma)
	return estimators.Interval{Kind: estimators.Sadinle, Level: level,
		Lower: math.Max(d.n, d.n-0.5+odds/factor), Upper: d.n - 0.5 + odds*factor}
}

// logNormal is the interval that takes the hidden number as log-normal with the standard
// error of the estimate (Chao 1987, formula 12; Burnham): n + f/C to n + f·C.
//
// With nobody estimated to be hidden it degenerates to n. Then the upper limit is from
// the rule for a count of zero: an empty cell is compatible with a mean of up to
// −log(α/2), 3.69 at 95%. That mean is taken for the hidden people and for each empty
// cell of those on one list only in bc/m, and the larger of the two is added to n.
func (d counts) logNormal(level, hidden, variance float64) estimators.Interval {
	i := estimators.Interval{Kind: estimators.LogNormal, Level: level}
	if hidden > 0 {
		factor := math.Exp(normalQuantile(level) * math.Sqrt(math.Log1p(variance/hidden/hidden)))
		i.Lower, i.Upper = d.n+hidden/factor, d.n+hidden*factor
		return i
	}
	zero := -math.Log((1 - level) / 2)
	i.Lower, i.Upper = d.n, d.n+math.Max(zero, math.Max(d.b, zero)/math.Max(d.m, 1)*math.Max(d.c, zero))
	return i
}

// wald is the estimate ± z standard errors, cut at n.
func (d counts) wald(level, hidden, variance float64) estimators.Interval {
	half := normalQuantile(level) * math.Sqrt(variance)
	return estimators.Interval{Kind: estimators.Wald, Level: level,
		Lower: d.n + math.Max(0, hidden-half), Upper: d.n + hidden + half}
}

// normalQuantile is z with P(|Z| ≤ z) = level.
func normalQuantile(level float64) float64 { return distuv.UnitNormal.Quantile(0.5 + level/2) }
