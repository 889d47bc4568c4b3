package sensitivity

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
)

// OddsRatioOf is [OddsRatio] for an estimate from the two lists by any method: at an odds ratio of 1 it is that estimate with its first interval, and at θ its hidden people
// are multiplied by θ, as Petersen's are.
func OddsRatioOf(ctx context.Context, t *estimators.Table, est estimators.Estimate, o Options) (*Curve, error) {
	return o.varied(ctx, t, est, OddsRatio, func(d fourfold, odds float64) (float64, float64, error) { return odds, 0, nil })
}

// RiskRatioOf is [RiskRatio] for an estimate from the two lists by any method, in the same way: its hidden people are multiplied by (ψ·n1/m − 1)/(n1/m − 1).
func RiskRatioOf(ctx context.Context, t *estimators.Table, est estimators.Estimate, o Options) (*Curve, error) {
	return o.varied(ctx, t, est, RiskRatio, func(d fourfold, risk float64) (float64, float64, error) {
		hidden, variance := d.risk(risk)
		if !(hidden > 0) {
			return 0, 0, d.tooLow(t.Lists(), risk)
		}
		at1, variance1 := d.risk(1)
		return hidden / at1, variance - variance1, nil
	})
}

// varied draws a curve of two lists around an estimate. The factor of a value multiplies the people hidden; more is by how much the variance of the logarithm of that
// factor is greater than at 1.
func (o Options) varied(ctx context.Context, t *estimators.Table, est estimators.Estimate, as func(context.Context, *estimators.Table, Options) (*Curve, error),
	factor func(d fourfold, v float64) (factor, more float64, err error)) (*Curve, error) {
	i, ok := est.Interval()
	if !ok || est.Status == estimators.Refused {
		return nil, fmt.Errorf("the estimate by %s has no interval that could be varied", est.Method)
	}
	plain := o
	plain.Claims, plain.Prior, plain.Steps = nil, nil, 2
	c, err := as(ctx, t, plain) // its names, and whether the two lists can be varied
	if err != nil {
		return nil, err
	}
	d, err := fourfoldOf(t)
	if err != nil {
		return c, nil // refused, with this reason
	}
	c.Kind, c.Points, c.Model, o.Level = i.Kind, nil, est.Model, i.Level
	return o.draw(ctx, c, assumption{n: float64(est.Observed), base: 1, accuracy: exact, at: func(_ context.Context, v float64) (law, error) {
		f, more, err := factor(d, v)
		return around(est, i, f, more), err
	}})
}

// around is the law when the hidden people of an estimate are multiplied by a factor. On the scale of the logarithm the limits lie as far from it as those of the interval, and farther by what
// the variance there grows: by more, and, where fewer are hidden, by the chance of these few, 1/(factor·hidden) − 1/hidden (½ is added to the number hidden; Sadinle 2009). What is an upper limit at one factor is one at every lower factor, so that below 1 the
// least of those from the factor to 1 is taken, as in withOdds.
func around(est estimators.Estimate, i estimators.Interval, factor, more float64) law {
	n := float64(est.Observed)
	z := distuv.UnitNormal.Quantile(0.5 + i.Level/2)
	base := est.Hidden + 0.5
	out := law{hidden: factor * est.Hidden, model: est.Model}
	limit := func(at, of float64) float64 {
		distance := math.Log((of - n + 0.5) / base)
		variance := math.Max(0, more) + math.Max(0, 1/at-1/base)
		return n + math.Max(0, at*math.Exp(math.Copysign(math.Sqrt(distance*distance+z*z*variance), distance))-0.5)
	}
	at := factor * base
	out.lower = math.Min(n+out.hidden, limit(at, i.Lower))
	if factor < 1 {
		distance := math.Log((i.Upper - n + 0.5) / base)
		// log at + √(distance² + z²(1/at − 1/base)) is least here.
		least := z * z / (2 + 2*math.Sqrt(math.Max(0, 1+distance*distance-z*z/base)))
		at = math.Min(math.Max(at, least), base)
	}
	if out.upper = limit(at, i.Upper); factor < 1 {
		out.upper = math.Min(out.upper, i.Upper)
	}
	out.upper = math.Max(n+out.hidden, out.upper)
	return out
}

// twoListBounds are those of [PairBounds] for two lists, around an estimate: there is one pair, whose odds ratio within bounds is the interaction of all lists within theirs, and the interval is the union
// of those of the curve.
func twoListBounds(t *estimators.Table, est estimators.Estimate, from, to float64, o Options) ([]*Bound, error) {
	i, _ := est.Interval()
	n := float64(est.Observed)
	within := func(b *Bound, from, to float64) *Bound {
		b.Lower, b.Upper, b.Status = n, math.Inf(1), estimators.OK
		b.Interval = estimators.Interval{Kind: estimators.Union, Level: i.Level, Lower: n, Upper: math.Inf(1)}
		if from > 0 {
			l := around(est, i, from, 0)
			b.Lower, b.Interval.Lower = n+l.hidden, l.lower
		}
		if !math.IsInf(to, 1) {
			l := around(est, i, to, 0)
			b.Upper, b.Interval.Upper = n+l.hidden, l.upper
		}
		return b
	}
	all, err := PairBounds(t, o)
	if err != nil {
		return nil, err
	}
	least, most := 0.0, math.Inf(1)
	for _, d := range o.Dependence {
		least, most = math.Max(least, d.From), math.Min(most, d.To)
	}
	for j, b := range all {
		switch {
		case b.Assumption == "pair-dependence" && j == 0:
			b.Granted = []estimators.Granted{{From: from, To: estimators.Limit(to)}}
			within(b, from, to)
		case b.Assumption == "pair-dependence" && least <= most:
			within(b, least, most)
		case b.Assumption == "positive-dependence":
			within(b, 1, math.Inf(1))
		}
	}
	return all, nil
}
