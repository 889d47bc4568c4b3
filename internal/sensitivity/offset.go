package sensitivity

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// Pair varies the odds ratio of two lists in a log-linear model, which is 1 where the model does not name the pair and else
// what it found, taken for known; the rest of the model is held, or chosen again at every value (Gerritse, van der Heijden and Bakker 2015,
// Journal of Official Statistics 31:357). From three lists on the data themselves speak about most such values: each comes
// with the p-value of its test against a free odds ratio, where that can be estimated. With two lists they cannot, and the
// curve is that of [OddsRatio] with profile likelihood intervals.
func Pair(ctx context.Context, t *estimators.Table, pair estimators.Pattern, o Options) (*Curve, error) {
	if err := o.checkPair(t, pair); err != nil {
		return nil, err
	}
	t = t.Collapse()
	names := []string{t.Lists()[pair.Lists()[0]], t.Lists()[pair.Lists()[1]]}
	c := &Curve{Assumption: "pair", Lists: names, Name: "odds ratio of " + names[0] + " and " + names[1], Parameter: "odds ratio", Unit: "ratio", Kind: o.kind(),
		Meaning: fmt.Sprintf("At an odds ratio of 2 people on %s have twice the odds of being on %s that the other lists alone give them; at ½, half.", names[0], names[1])}
	if why := exclusive(t, pair); why != nil {
		return c.refused(why)
	}
	e := o.logLinear()
	if e.Averaged || e.Heterogeneity != "" || e.Firth {
		return nil, fmt.Errorf("the odds ratio of two lists is varied in log-linear models; not with averages, heterogeneity terms or Firth's penalty")
	}
	base, err := e.Fit(ctx, t)
	if err != nil {
		return c.refused(err)
	}
	c.Model = base.Model.Format(t.Lists())
	c.Reselected = o.Reselect && e.Model == nil
	free := withPair(t, e, base, pair)
	a := assumption{n: float64(t.Observed()), base: 1, accuracy: fine}
	if base.Model.Has(pair) {
		own, err := o.own(ctx, t, e, c.Reselected, base)
		if err != nil {
			return c.refused(err)
		}
		a.base, a.own = math.Exp(base.Interaction(pair)), &own
	}
	switch {
	case e.Bootstrap != nil:
		a.accuracy = coarse
	case c.Reselected:
		a.accuracy = searched
	default:
		e.Model = &base.Model
	}
	a.at = func(ctx context.Context, odds float64) (law, error) {
		e := e
		e.Offset.Pair, e.Offset.LogOdds = pair, math.Log(odds)
		if odds == a.base && a.own == nil {
			e.Offset.Pair, e.Offset.LogOdds = 0, 0 // the estimate itself, however its model was chosen
		}
		if e.Bootstrap != nil {
			return o.bootstrapped(ctx, t, e, c.Reselected, base)
		}
		f, err := e.Fit(ctx, t)
		if err != nil {
			return law{}, err
		}
		l, err := o.fitted(ctx, e, f)
		if err != nil {
			return law{}, err
		}
		l.model = f.Model.Format(t.Lists())
		compare := free
		if c.Reselected {
			compare = withPair(t, e, f, pair)
		}
		if compare != nil {
			l.against = distuv.ChiSquared{K: 1}.Survival(math.Max(0, f.Fit.Deviance-compare.Fit.Deviance))
			l.hasAgainst = true
		}
		return l, nil
	}
	return o.draw(ctx, c, a)
}

// exclusive is the refusal of an odds ratio of two lists on both of which, by design, nobody can be: it is 0, and there is nothing to vary; nil for other pairs.
func exclusive(t *estimators.Table, pair estimators.Pattern) *estimators.Refusal {
	two := t.Keep(pair)
	if !slices.Contains(two.StructuralZeros(), 0b11) {
		return nil
	}
	r := estimators.Refuse("not-identifiable", "by design nobody can be on both %s, so that their odds ratio is 0 and says nothing about N", estimators.Pattern(0b11).Join(two.Lists(), " and "))
	r.Lists = two.Lists()
	return r
}

// own is the law of the estimate itself, with the odds ratio of the pair as it found it; the data agree with that as well as they can.
func (o Options) own(ctx context.Context, t *estimators.Table, e loglinear.LogLinear, reselect bool, base *loglinear.Fitted) (l law, err error) {
	if e.Bootstrap != nil {
		l, err = o.bootstrapped(ctx, t, e, reselect, base)
	} else {
		l, err = o.fitted(ctx, e, base)
		l.model = base.Model.Format(t.Lists())
	}
	l.against, l.hasAgainst = 1, true
	return l, err
}

// withPair fits the model with the odds ratio of the pair free; nil when that has no estimate.
func withPair(t *estimators.Table, e loglinear.LogLinear, f *loglinear.Fitted, pair estimators.Pattern) *loglinear.Fitted {
	m, err := loglinear.NewModel(t.K(), append(f.Model.Terms(), pair)...)
	if err != nil {
		return nil
	}
	e.Offset.Pair, e.Offset.LogOdds, e.Model, e.Bootstrap = 0, 0, &m, nil
	free, err := e.Fit(context.Background(), t)
	if err != nil {
		return nil // the data cannot speak about this pair
	}
	return free
}

// bootstrapped is the law from replicates: under the model of the estimate, or with the choice repeated.
func (o Options) bootstrapped(ctx context.Context, t *estimators.Table, e loglinear.LogLinear, reselect bool, base *loglinear.Fitted) (law, error) {
	if !reselect {
		e.Model = &base.Model
	}
	est, err := e.Estimate(ctx, t)
	if err != nil {
		return law{}, err
	}
	i, _ := est.Interval()
	return scaled(est, i, 1), nil
}

// Pairs varies the odds ratio of every pair of lists in turn.
func Pairs(ctx context.Context, t *estimators.Table, o Options) ([]*Curve, error) {
	var out []*Curve
	for _, pair := range pairs(t.K()) {
		c, err := Pair(ctx, t, pair, o)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
