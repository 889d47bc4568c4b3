package resample

import "math"

// A QuantileType says how a quantile is interpolated between order statistics, numbered as by
// Hyndman and Fan (1996), Sample quantiles in statistical packages, The American
// Statistician 50, 361–365. doi:10.1080/00031305.1996.10473566
type QuantileType int

// The types in use.
const (
	Type7 QuantileType = 7 // linear in (n−1)p
	Type8 QuantileType = 8 // approximately median-unbiased whatever the distribution
)

// Quantile returns the quantile of level p (clamped to 0…1) of ascending values.
// Infinite values are the outermost order statistics: a quantile that falls between a
// finite value and +Inf is +Inf, and between −Inf and a finite value −Inf. It panics
// without values, with a NaN at either end, and on an unknown type.
func Quantile(ascending []float64, p float64, t QuantileType) float64 {
	n := len(ascending)
	if n == 0 || math.IsNaN(ascending[0]) || math.IsNaN(ascending[n-1]) || math.IsNaN(p) {
		panic("resample: quantile of nothing or of NaN")
	}
	p = math.Max(0, math.Min(1, p))
	var h float64 // position, counted from 1
	switch t {
	case Type7:
		h = 1 + float64(n-1)*p
	case Type8:
		h = 1.0/3 + (float64(n)+1.0/3)*p
	default:
		panic("resample: unknown type of quantile")
	}
	// A position that is a whole number but for rounding is that whole number: else an
	// infinite neighbour would leak in with weight 10⁻¹⁶.
	const fuzz = 4 * 0x1p-52
	j := math.Floor(h + fuzz*math.Max(1, h))
	weight := h - j
	if math.Abs(weight) <= fuzz*math.Max(1, h) {
		weight = 0
	}
	at := func(i float64) float64 { return ascending[int(math.Max(1, math.Min(float64(n), i)))-1] }
	low, high := at(j), at(j+1)
	switch {
	case weight == 0 || low == high:
		return low
	case math.IsInf(high, 0):
		return high
	case math.IsInf(low, 0):
		return low
	}
	return low + weight*(high-low)
}
