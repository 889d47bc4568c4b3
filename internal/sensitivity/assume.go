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
	if p := c.Prior; p != nil {
		out.Prior = &estimators.AssumptionPrior{Law: string(p.Prior.Law), Lower: p.Prior.Lower, Upper: p.Prior.Upper, Population: p.Population,
			Interval: estimators.Range{Lower: p.Interval.Lower, Upper: estimators.Limit(p.Interval.Upper)}, Failed: p.Failed}
	}
	for _, t := range c.Tipping {
		x := estimators.Tipping{Claim: t.Claim.String(), Quantity: string(t.Claim.Quantity), Above: t.Claim.Above, Threshold: t.Claim.Value, Of: string(t.Of), State: string(t.State)}
		if t.State == Tips {
			x.Value, x.Departure, x.Beyond = t.Value, t.Departure, t.Beyond
			if math.IsInf(x.Departure, 1) { // from a base of 0
				x.Departure = 0
			}
		}
		if t.State == NeverTips {
			x.From, x.To = t.From, estimators.Limit(t.To)
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
	out := estimators.AssumptionBound{Assumption: b.Assumption, Name: b.Name, Granted: b.Granted, SetBy: b.SetBy, Shared: b.Shared, Exclusive: b.Exclusive, Meaning: b.Meaning, Status: b.Status, Reason: b.Reason}
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
// all lists and the odds ratio of every two lists over everybody can be varied; of a lower bound the latter alone, because it is one whatever the interaction
// of all lists is, as long as no lists avoid each other.
func (r *run) assumptions() {
	o := Options{Level: r.Level, Claims: r.Claims, Prior: r.Prior, Dependence: r.Dependence, Capture: r.Capture, Workers: 1}
	if r.ranged {
		o.From, o.To = r.From, r.To
	}
	var jobs []func(ctx context.Context) ([]*Curve, error)
	draw := func(f func(ctx context.Context) (*Curve, error)) {
		jobs = append(jobs, func(ctx context.Context) ([]*Curve, error) {
			c, err := f(ctx)
			return []*Curve{c}, err
		})
	}
	k := r.table.K()
	var within func(ctx context.Context) (*Bound, error)
	_, unvaried := fourfoldOf(r.table) // two lists that have no odds ratio to vary
	twoLists := k == 2 && !r.base.AtLeast && r.base.Kind != ""
	switch {
	case twoLists:
		draw(func(ctx context.Context) (*Curve, error) { return OddsRatioOf(ctx, r.table, r.found, o) })
		draw(func(ctx context.Context) (*Curve, error) { return RiskRatioOf(ctx, r.table, r.found, o) })
		if _, err := crossedOf(r.whole); err == nil {
			jobs = append(jobs, func(ctx context.Context) ([]*Curve, error) { return Covariates(ctx, r.whole, o) })
		}
	case r.base.AtLeast:
		r.note("the interaction of all lists is not varied: %s estimates a lower bound, which does not take its absence for granted", r.title(r.found.Method))
	case k == 2:
		r.note("the interaction of all lists is not varied: %s has no interval", r.title(r.found.Method))
	case r.model == nil:
		r.note("the odds ratio of two lists, given the rest, is not varied: that needs a log-linear model %s", r.modelless())
		if r.base.Kind == "" {
			r.note("the interaction of all lists is not varied: %s has no interval", r.title(r.found.Method))
			break
		}
		draw(func(ctx context.Context) (*Curve, error) { return ScaledHidden(ctx, r.found, o) })
		within = func(ctx context.Context) (*Bound, error) {
			o := o
			o.From, o.To, o.Claims, o.Prior = r.From, r.To, nil, nil
			c, err := ScaledHidden(ctx, r.found, o)
			if err != nil {
				return nil, err
			}
			return c.bounded(r.From, r.To), nil
		}
	default:
		o.Estimator = loglinear.LogLinear{Model: r.model, Window: -1}
		if l, ok := r.Estimator.(loglinear.LogLinear); ok {
			o.Estimator.Kind = l.Kind
		}
		draw(func(ctx context.Context) (*Curve, error) { return HighestOrder(ctx, r.table, o) })
		for _, q := range pairs(k) {
			draw(func(ctx context.Context) (*Curve, error) { return Pair(ctx, r.table, q, o) })
		}
		within = func(ctx context.Context) (*Bound, error) { return HighestOrderBetween(ctx, r.table, r.From, r.To, o) }
	}
	for _, q := range pairs(k) {
		if exclusive(r.table, q) != nil {
			r.note("the odds ratio of %s is not varied: by design nobody can be on both", q.Join(r.table.Lists(), " and "))
		}
	}
	if k > 2 {
		for _, q := range pairs(k) {
			draw(func(ctx context.Context) (*Curve, error) { return Marginal(ctx, r.table, q, o) })
		}
		if !r.base.AtLeast {
			draw(func(ctx context.Context) (*Curve, error) { return Saturated(ctx, r.table, r.Seed, o) })
		}
	}
	curves := make([][]*Curve, len(jobs))
	for i, f := range jobs {
		r.jobs = append(r.jobs, func(ctx context.Context) (err error) {
			curves[i], err = f(ctx)
			return err
		})
	}
	var bounds []*Bound
	r.jobs = append(r.jobs, func(ctx context.Context) error {
		if within != nil {
			b, err := within(ctx)
			if err != nil {
				return err
			}
			bounds = append(bounds, b)
		}
		if twoLists && unvaried == nil {
			var err error
			bounds, err = twoListBounds(r.table, r.found, r.From, r.To, o)
			return err
		}
		more, err := PairBounds(r.table, o)
		bounds = append(bounds, more...)
		return err
	})
	r.after = append(r.after, func() {
		for _, some := range curves {
			for _, c := range some {
				r.out.Curves = append(r.out.Curves, c.neutral())
			}
		}
		for _, b := range bounds {
			r.out.Bounds = append(r.out.Bounds, b.neutral())
		}
	})
}
