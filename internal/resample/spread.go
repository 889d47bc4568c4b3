package resample

import "math"

// NormalVariance is the variance of the normal law with the quantiles at one standard deviation below and above its
// mean (levels 15.9 % and 84.1 %) that the values have: a variance that a few values in the tails, infinite ones included, do
// not change. It is +Inf when one of the two quantiles is infinite, and panics without values.
func NormalVariance(values []float64) float64 {
	below := math.Erfc(math.Sqrt2/2) / 2
	sorted := Sorted(values)
	lower, upper := Quantile(sorted, below, Type8), Quantile(sorted, 1-below, Type8)
	if math.IsInf(lower, 0) || math.IsInf(upper, 0) {
		return math.Inf(1)
	}
	half := (upper - lower) / 2
	return half * half
}
