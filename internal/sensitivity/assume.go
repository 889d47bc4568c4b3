package sensitivity

import (
	"context"
	"math"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// neutral is a curve as a report draws it.
func (c *Curve) neutral() estimators.AssumptionCurve {
	out := estimators.AssumptionCurve{Assumption: c.Assumption, Lists: c.Lists, Name: c.Name, Parameter: c.Parameter, Model: c.Model, Meaning: c.Meaning, Reselected: c.Reselected,
		Base: c.Base.neutral(), From: c.From, To: c.To, Kind: c.Kind, Level: c.Level, Status: c.Status, Reason: c.Reason}
	if out.Status == "" {
		out.Status = estimators.OK
	}
	for _, p := range c.Points {
		out.Points = append(out.Points, p.neutral())
	}
	if c.Union != nil && !math.IsInf(c.Union.Interval.Lower, 1) {
		out.Union = &estimators.Range{Lower: c.Union.Interval.Lower, Upper: estimators.Limit(c.Union.Interval.Upper)}
	}
	for _, t := range c.Tipping {
		x := estimators.Tipping{Claim: t.Claim.String(), Quantity: string(t.Claim.Quantity), Above: t.Claim.Above, Threshold: t.Claim.Value, Of: string(t.Of), State: string(t.State)}
		if t.State == Tips {
			x.Value, x.Departure = t.Value, t.Departure
			if math.IsInf(x.Departure, 1) { // from a base of 0
				x.Departure = 0
			}
		}
		out.Tipping = append(out.Tipping, x)
	}
	return out
}

func (p Point) neutral() estimators.AssumptionPoint {
	out := estimators.AssumptionPoint{Value: estimators.Limit(p.Value), Population: p.Population, Lower: p.Lower, Upper: estimators.Limit(p.Upper), Model: p.Model, Status: p.Status, Reason: p.Reason}
	if p.HasAgainst {
		out.PValue = &p.Against
	}
	return out
}

// neutral is a bound as a report shows it.
func (b *Bound) neutral() estimators.AssumptionBound {
	out := estimators.AssumptionBound{Assumption: b.Assumption, Name: b.Name, Meaning: b.Meaning, Status: b.Status, Reason: b.Reason}
	if out.Status == "" {
		out.Status = estimators.OK
	}
	if b.Status != estimators.Refused {
		out.Empty = b.Empty
		out.Estimates = estimators.Range{Lower: b.Lower, Upper: estimators.Limit(b.Upper)}
		out.Interval = estimators.Range{Lower: b.Interval.Lower, Upper: estimators.Limit(b.Interval.Upper)}
		out.Kind, out.Level = b.Interval.Kind, b.Interval.Level
	}
	return out
}

// assumptions varies what no data on these lists can test, around the base and its model. Of a method without a log-linear model the interaction of
// all lists alone can be varied.
func (r *run) assumptions() {
	o := Options{Level: r.Level, Claims: r.Claims, Workers: 1}
	if r.ranged {
		o.From, o.To = r.From, r.To
	}
	var curves []*Curve
	draw := func(f func(ctx context.Context) (*Curve, error)) {
		i := len(curves)
		curves = append(curves, nil)
		r.jobs = append(r.jobs, func(ctx context.Context) (err error) {
			curves[i], err = f(ctx)
			return err
		})
	}
	var bounds []*Bound
	switch {
	case r.table.K() == 2:
		draw(func(ctx context.Context) (*Curve, error) { return OddsRatio(ctx, r.table, o) })
		draw(func(ctx context.Context) (*Curve, error) { return RiskRatio(ctx, r.table, o) })
	case r.model == nil:
		draw(func(ctx context.Context) (*Curve, error) { return ScaledHidden(ctx, r.found, o) })
	default:
		o.Estimator = loglinear.LogLinear{Model: r.model, Window: -1}
		if l, ok := r.Estimator.(loglinear.LogLinear); ok {
			o.Estimator.Kind = l.Kind
		}
		draw(func(ctx context.Context) (*Curve, error) { return HighestOrder(ctx, r.table, o) })
		for _, q := range pairs(r.table.K()) {
			draw(func(ctx context.Context) (*Curve, error) { return Pair(ctx, r.table, q, o) })
		}
	}
	if r.table.K() == 2 || r.model != nil {
		r.jobs = append(r.jobs, func(ctx context.Context) (err error) {
			bounds, err = Bounds(ctx, r.table, o)
			return err
		})
	}
	r.after = append(r.after, func() {
		for _, c := range curves {
			r.out.Curves = append(r.out.Curves, c.neutral())
		}
		for _, b := range bounds {
			r.out.Bounds = append(r.out.Bounds, b.neutral())
		}
	})
}
