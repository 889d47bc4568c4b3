package estimators

import "math"

// LogVariance is the variance of the logarithm of the hidden number: with a standard error log(1 + (SE/n0)²), that of
// the log-normal interval (Burnham and others 1987, Chao 1987); without one, that of the log-normal law whose limits are those of
// the estimate's headline interval. It is +Inf when the estimate has neither, and 0 when nobody is hidden and
// there is a standard error.
func (e Estimate) LogVariance() float64 {
	if e.Status == Refused {
		return math.Inf(1)
	}
	n := float64(e.Observed)
	if e.HasSE {
		if e.Hidden <= 0 {
			return 0
		}
		r := e.SE / e.Hidden
		return math.Log1p(r * r)
	}
	i, ok := e.Interval()
	if !ok || i.Unbounded() || i.Lower <= n || i.Upper < i.Lower {
		return math.Inf(1)
	}
	z := math.Sqrt2 * math.Erfinv(i.Level) // the normal quantile of (1 + level)/2
	sd := (math.Log(i.Upper-n) - math.Log(i.Lower-n)) / (2 * z)
	return sd * sd
}
