package sensitivity

import "gonum.org/v1/gonum/stat/distuv"

// OddsLimits are the limits of N at one odds ratio, for sums over many outcomes.
func OddsLimits(m, b, c int, odds, level float64) [2]float64 {
	l := fourfold{float64(m), float64(b), float64(c)}.withOdds(odds, distuv.UnitNormal.Quantile(0.5+level/2))
	return [2]float64{l.lower, l.upper}
}

// RiskLimits are the same at one risk ratio.
func RiskLimits(m, b, c int, risk, level float64) (limits [2]float64, ok bool) {
	l, ok := fourfold{float64(m), float64(b), float64(c)}.withRisk(risk, distuv.UnitNormal.Quantile(0.5+level/2))
	return [2]float64{l.lower, l.upper}, ok
}
