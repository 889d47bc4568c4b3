package resample

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// BiasCorrection is z0 of the BCa interval: the normal quantile of the share of replicates
// below the estimate. A replicate equal to the estimate counts half, or not at all when strict is
// true, as some programs have it. It is ±Inf when all replicates lie on one side.
//
// Reference: B. Efron (1987). Better bootstrap confidence intervals. Journal of the American
// Statistical Association 82, 171–185. doi:10.1080/01621459.1987.10478410
func BiasCorrection(replicates []float64, estimate float64, strict bool) float64 {
	below := 0.0
	for _, r := range replicates {
		switch {
		case r < estimate:
			below++
		case r == estimate && !strict:
			below += 0.5
		}
	}
	return distuv.UnitNormal.Quantile(below / float64(len(replicates)))
}

// Acceleration is a of the BCa interval from delete-one estimates in groups: weight[j]
// items would each give value[j] when left out (Efron 1987; with groups, Σ w d³ /
// (6 (Σ w d²)^1.5) with d the weighted mean less the value). It is 0 when all values are
// equal. ok is false when a value is not finite.
func Acceleration(value, weight []float64) (a float64, ok bool) {
	var mean, total float64
	for j, v := range value {
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return 0, false
		}
		mean += weight[j] * v
		total += weight[j]
	}
	mean /= total
	var cube, square float64
	for j, v := range value {
		d := mean - v
		square += weight[j] * d * d
		cube += weight[j] * d * d * d
	}
	if square <= 1e-24*mean*mean*total {
		return 0, true
	}
	return cube / (6 * math.Pow(square, 1.5)), true
}

// BCaLevel is the level at which the distribution of the replicates is read for the
// nominal level p: Φ(z0 + (z0+z_p)/(1 − a(z0+z_p))). With an infinite z0 it is p itself, the
// percentile interval; where the denominator is not positive the level is 0 or 1. The
// levels 0 and 1, the extremes of the replicates, remain what they are.
func BCaLevel(p, z0, a float64) float64 {
	if math.IsInf(z0, 0) || p <= 0 || p >= 1 {
		return p
	}
	s := z0 + distuv.UnitNormal.Quantile(p)
	d := 1 - a*s
	if d <= 0 {
		if s > 0 {
			return 1
		}
		return 0
	}
	return distuv.UnitNormal.CDF(z0 + s/d)
}

// Sorted returns the values in ascending order.
func Sorted(values []float64) []float64 {
	out := slices.Clone(values)
	slices.Sort(out)
	return out
}
