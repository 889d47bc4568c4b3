package twolist

import "darkfigure/estimators"

// IntervalOf makes an interval from the cells, also for tables that an estimator refuses,
// around Chapman's estimate.
func IntervalOf(kind estimators.IntervalKind, level, m, b, c float64) estimators.Interval {
	d := counts{n1: m + b, n2: m + c, m: m, b: b, c: c, n: m + b + c}
	hidden, variance := d.chapman()
	i, err := d.interval(kind, level, hidden, variance)
	if err != nil {
		panic(err)
	}
	return i
}

// WaringCDF is the distribution function of the generalised Waring law.
func WaringCDF(a, k, rho, x float64) float64 { return generalisedWaring{a, k, rho}.cdf(x) }

// MostLikely is the maximum of the profile likelihood of N.
func MostLikely(m, b, c float64) float64 {
	d := counts{n1: m + b, n2: m + c, m: m, b: b, c: c, n: m + b + c}
	return d.n + d.mostLikely()
}
