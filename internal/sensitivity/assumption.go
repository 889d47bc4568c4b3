package sensitivity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/resample"
)

// Options say which assumptions are looked at, and how far. The zero value varies every ratio from half to twice what the
// estimate takes for granted, at nine values, with 95 % intervals.
type Options struct {
	// Estimator is the log-linear estimator whose assumptions are varied. Its model is chosen once, and held, unless
	// Reselect is set. Intervals are profile likelihood intervals, log-normal or Wald ones when they are its Kind, or those of its
	// Bootstrap when that is not nil; replicates repeat the choice of the model in [HighestOrder], and with Reselect in [Pair].
	Estimator loglinear.LogLinear
	// Reselect chooses the model again at every value of a pair's odds ratio; intervals are then those of the model chosen there as if it
	// had been known, unless there is a Bootstrap. It has no effect on other curves: the model
	// of the people observed is the same whatever is assumed of the others.
	Reselect bool
	// From and To are the range of every ratio; both 0: ½ to 2 times the base of the curve.
	From, To float64
	// Steps is the number of values, evenly spaced in the logarithm; 0: 9. The base is always among them when it is in the range.
	Steps int
	Level float64 // of the intervals; 0: 0.95
	// Claims are looked at for their tipping points.
	Claims []Claim
	// Prior, when not nil, is that of the ratio to the base of each curve; estimates are integrated over it.
	Prior *Prior
	// Dependence and Capture are bounds for [Bounds], besides those it always has.
	Dependence []Dependence
	Capture    []Capture
	Workers    int // 0: one per processor; never changes an answer
}

// Defaults of the range of a ratio, as a factor, and of the number of values.
const (
	defaultFactor = 2.0
	defaultSteps  = 9
	maxSteps      = 1001
)

func (o Options) level() float64 {
	if o.Level == 0 {
		return 0.95
	}
	return o.Level
}

func (o Options) steps() int {
	if o.Steps == 0 {
		return defaultSteps
	}
	return o.Steps
}

// span is the range of a curve with the given base.
func (o Options) span(base float64) (from, to float64) {
	if o.From != 0 || o.To != 0 {
		return o.From, o.To
	}
	if !(base > 0) || math.IsInf(base, 1) {
		base = 1
	}
	return base / defaultFactor, base * defaultFactor
}

// Check says what is wrong with the options.
func (o Options) Check() error {
	switch {
	case (o.From != 0 || o.To != 0) && !(o.From > 0 && o.To > o.From && o.To <= 1e6 && o.From >= 1e-6):
		return fmt.Errorf("the range %g to %g of a ratio: two numbers from a millionth to a million, the smaller first", o.From, o.To)
	case o.Steps != 0 && (o.Steps < 2 || o.Steps > maxSteps):
		return fmt.Errorf("%d values of an assumption: 2 to %d are possible", o.Steps, maxSteps)
	case o.Level != 0 && !(o.Level > 0 && o.Level < 1):
		return fmt.Errorf("level %g is not between 0 and 1", o.Level)
	}
	for _, c := range o.Claims {
		if err := c.Check(); err != nil {
			return err
		}
	}
	if o.Prior != nil {
		return o.Prior.check()
	}
	return nil
}

// logLinear is the estimator without what these curves do not use.
func (o Options) logLinear() loglinear.LogLinear {
	e := o.Estimator
	e.Levels, e.Window = []float64{o.level()}, -1
	if e.Bootstrap == nil && e.Kind != estimators.LogNormal && e.Kind != estimators.Wald {
		e.Kind = "" // kinds that rest on replicates or on an average
	}
	return e
}

// A law is what is known of the people hidden at one value of a parameter.
type law struct {
	hidden       float64
	lower, upper float64 // limits of N
	model        string
	against      float64
	hasAgainst   bool
}

// An assumption is N as a function of its parameter. A *estimators.Refusal says that there is no estimate at a value.
type assumption struct {
	n        float64 // people observed
	base     float64 // the value that the estimate takes for granted, or found; 0 where it found that
	own      *law    // that of the estimate itself, where it is not the one at the base taken for known
	at       func(ctx context.Context, value float64) (law, error)
	accuracy float64 // relative accuracy of a tipping point
}

// exact is the accuracy of tipping points where an evaluation costs next to nothing, searched where each is a search for a
// model, coarse where each is a bootstrap.
const (
	exact    = 1e-9
	fine     = 1e-7
	searched = 1e-3
	coarse   = 1e-2
)

// draw evaluates an assumption over its range and completes the curve.
func (o Options) draw(ctx context.Context, c *Curve, a assumption) (*Curve, error) {
	c.Level = o.level()
	c.From, c.To = o.span(a.base)
	var err error
	if a.own != nil {
		c.Base = a.described(a.base, *a.own)
	} else if c.Base, err = a.point(ctx, a.base); err != nil {
		return nil, err
	}
	for _, v := range o.values(c.From, c.To, a.base) {
		p := c.Base
		if v != a.base || a.own != nil {
			if p, err = a.point(ctx, v); err != nil {
				return nil, err
			}
		}
		c.Points = append(c.Points, p)
	}
	c.Status = estimators.OK
	possible := 0
	for _, p := range c.Points {
		switch p.Status {
		case estimators.Refused:
			c.Status = estimators.Warned
		case estimators.Warned:
			c.Status, possible = estimators.Warned, possible+1
		default:
			possible++
		}
	}
	if possible == 0 {
		c.Status, c.Reason = estimators.Refused, c.Points[0].Reason
		if c.Base.Reason != nil {
			c.Reason = c.Base.Reason
		}
		return c, nil
	}
	if c.Model == "" {
		c.Model = c.Base.Model
	}
	c.Union = c.union()
	far := map[float64]Point{}
	for _, claim := range o.Claims {
		for _, of := range []Of{OfEstimate, OfInterval} {
			t, err := a.tipping(ctx, c, claim, of, far)
			if err != nil {
				return nil, err
			}
			c.Tipping = append(c.Tipping, t)
		}
	}
	if o.Prior != nil {
		if c.Prior, err = a.integrate(ctx, *o.Prior, o.level()); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// values are evenly spaced in the logarithm, with the base among them when it lies between.
func (o Options) values(from, to, base float64) []float64 {
	steps := o.steps()
	out := make([]float64, steps)
	for i := range out {
		out[i] = from * math.Pow(to/from, float64(i)/float64(steps-1))
	}
	out[0], out[steps-1] = from, to
	if base < from || base > to {
		return out
	}
	for i, v := range out {
		if math.Abs(v-base) <= 1e-9*base {
			out[i] = base
			return out
		}
	}
	out = append(out, base)
	slices.Sort(out)
	return out
}

// point evaluates the assumption at a value.
func (a assumption) point(ctx context.Context, v float64) (Point, error) {
	l, err := a.at(ctx, v)
	var refusal *estimators.Refusal
	switch {
	case errors.As(err, &refusal):
		return Point{Value: v, Status: estimators.Refused, Reason: refusal}, nil
	case err != nil:
		return Point{}, err
	}
	return a.described(v, l), nil
}

func (a assumption) described(v float64, l law) Point {
	p := Point{Value: v, Population: a.n + l.hidden, Lower: l.lower, Upper: l.upper, Model: l.model, Status: estimators.OK,
		Against: l.against, HasAgainst: l.hasAgainst}
	if l.hasAgainst && l.against < against {
		p.Status = estimators.Warned
	}
	return p
}

// against is the p-value below which the data are said to speak against a value.
const against = 0.05

// union is what is left of the estimate over the whole range: the least and the greatest estimate, and the union of
// the intervals, which holds N with at least the level of each wherever in the range the truth lies, when all else that the estimate
// takes for granted is true.
func (c *Curve) union() *Bound {
	b := &Bound{Assumption: "within", Name: fmt.Sprintf("%s between %.3g and %.3g", c.Name, c.From, c.To), Status: estimators.OK,
		Lower: math.Inf(1), Interval: estimators.Interval{Kind: estimators.Union, Level: c.Level, Lower: math.Inf(1)},
		Meaning: fmt.Sprintf("Wherever between %.3g and %.3g the %s lies, this range holds N at least as often as each of the intervals it is made of, when all else that the estimate takes for granted is true.", c.From, c.To, c.Parameter)}
	for _, p := range c.Points {
		if p.Status == estimators.Refused {
			b.Status = estimators.Warned // values without an estimate are no part of the range
			continue
		}
		b.Lower, b.Upper = math.Min(b.Lower, p.Population), math.Max(b.Upper, p.Population)
		b.Interval.Lower, b.Interval.Upper = math.Min(b.Interval.Lower, p.Lower), math.Max(b.Interval.Upper, p.Upper)
	}
	return b
}

// fitted is the law of a fitted model.
func (o Options) fitted(ctx context.Context, e loglinear.LogLinear, f *loglinear.Fitted) (law, error) {
	l := law{hidden: f.Hidden}
	n, level := float64(f.Observed), o.level()
	var i estimators.Interval
	switch e.Kind {
	case estimators.LogNormal:
		i = loglinear.LogNormal(n, f.Hidden, f.SE, level)
	case estimators.Wald:
		i = loglinear.Wald(n, f.Hidden, f.SE, level)
	default:
		all, err := f.ProfileIntervals(ctx, []float64{level})
		if err != nil {
			return law{}, err
		}
		i = all[0]
	}
	l.lower, l.upper = i.Lower, i.Upper
	return l, nil
}

// kind is that of the intervals of a log-linear curve.
func (o Options) kind() estimators.IntervalKind {
	e := o.logLinear()
	switch {
	case e.Bootstrap != nil && e.Kind == "":
		return loglinear.DefaultKind
	case e.Kind == "":
		return estimators.Profile
	}
	return e.Kind
}

// scaled is the law of an estimate when all of its hidden people are multiplied.
func scaled(e estimators.Estimate, i estimators.Interval, factor float64) law {
	n := float64(e.Observed)
	return law{hidden: e.Hidden * factor, lower: n + (i.Lower-n)*factor, upper: n + (i.Upper-n)*factor, model: e.Model}
}

// HighestOrder varies the assumption that identifies N in every log-linear model: that the interaction of all lists is
// absent. With ξ the people hidden are 1/ξ times those that the model of the people observed extrapolates to; ξ is exp of
// the interaction of all lists, or of minus it when the number of lists is even, and 1 is the usual assumption. No data
// can speak for or against any value (Aleshin-Guendel, Sadinle and Wakefield 2024, arXiv:2101.09304; with all interactions but the highest in the model, n̂0 = Π odd cells/(ξ·Π even cells)).
func HighestOrder(ctx context.Context, t *estimators.Table, o Options) (*Curve, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	e := o.logLinear()
	c := &Curve{Assumption: "highest-order", Name: "ξ, the interaction of all lists", Parameter: "ξ", Unit: "ratio", Kind: o.kind(),
		Meaning: "At ξ = ½ twice as many people are hidden as the model extrapolates to, at ξ = 2 half as many; no data on these lists can show which."}
	a := assumption{n: float64(t.Observed()), base: 1, accuracy: fine}
	if e.Bootstrap != nil || e.Averaged || e.Heterogeneity != "" || e.Firth {
		base, err := e.Estimate(ctx, t)
		if err != nil {
			return c.refused(err)
		}
		i, _ := base.Interval()
		c.Kind, a.accuracy = i.Kind, exact
		a.at = func(_ context.Context, xi float64) (law, error) { return scaled(base, i, 1/xi), nil }
		return o.draw(ctx, c, a)
	}
	f, err := e.Fit(ctx, t)
	if err != nil {
		return c.refused(err)
	}
	e.Model = &f.Model
	c.Model = f.Model.Format(t.Lists())
	log := e.Offset.LogHidden
	a.at = func(ctx context.Context, xi float64) (law, error) {
		e := e
		e.Offset.LogHidden = log - math.Log(xi)
		f, err := e.Fit(ctx, t)
		if err != nil {
			return law{}, err
		}
		l, err := o.fitted(ctx, e, f)
		l.model = c.Model
		return l, err
	}
	return o.draw(ctx, c, a)
}

// refused turns a refusal into a curve that says so; other errors are passed on.
func (c *Curve) refused(err error) (*Curve, error) {
	var r *estimators.Refusal
	if !errors.As(err, &r) {
		return nil, err
	}
	c.Status, c.Reason = estimators.Refused, r
	return c, nil
}

// ScaledHidden is [HighestOrder] for an estimate by any method: its hidden people, and the limits of its first interval,
// are divided by ξ.
func ScaledHidden(ctx context.Context, est estimators.Estimate, o Options) (*Curve, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	c := &Curve{Assumption: "highest-order", Name: "ξ, the people hidden against those extrapolated to", Parameter: "ξ", Unit: "ratio", Model: est.Model,
		Meaning: "At ξ = ½ twice as many people are hidden as the method extrapolates to, at ξ = 2 half as many; no data on these lists can show which."}
	i, ok := est.Interval()
	switch {
	case est.Status == estimators.Refused:
		c.Status, c.Reason = estimators.Refused, est.Reason
		return c, nil
	case !ok:
		return nil, fmt.Errorf("the estimate by %s has no interval that could be varied", est.Method)
	}
	o.Level, c.Kind = i.Level, i.Kind
	return o.draw(ctx, c, assumption{n: float64(est.Observed), base: 1, accuracy: exact,
		at: func(_ context.Context, xi float64) (law, error) { return scaled(est, i, 1/xi), nil }})
}

// Marginal varies the assumption that two of the lists are independent whatever the other lists do: N then follows from these
// two alone. The odds ratio of the two lists is over the whole population, the people hidden included; it is 1/ξ of the
// marginal no-highest-order assumption of Aleshin-Guendel, Sadinle and Wakefield (2024). Values at which fewer people would be in the population
// than were observed are refused.
func Marginal(ctx context.Context, t *estimators.Table, pair estimators.Pattern, o Options) (*Curve, error) {
	if err := o.checkPair(t, pair); err != nil {
		return nil, err
	}
	two := t.Keep(pair)
	c := &Curve{Assumption: "marginal", Lists: two.Lists(), Name: "odds ratio of " + two.Lists()[0] + " and " + two.Lists()[1] + " over everybody",
		Parameter: "odds ratio", Unit: "ratio", Kind: estimators.Sadinle,
		Meaning: fmt.Sprintf("At an odds ratio of 2 being on %s doubles the odds of being on %s, whoever else has seen the person; N follows from these two lists alone.", two.Lists()[0], two.Lists()[1])}
	d, err := fourfoldOf(two)
	if err != nil {
		return c.refused(err)
	}
	n := float64(t.Observed())
	elsewhere := n - d.observed()
	z := distuv.UnitNormal.Quantile(0.5 + o.level()/2)
	at := func(_ context.Context, odds float64) (law, error) {
		l := d.withOdds(odds, z)
		if l.hidden -= elsewhere; !(l.hidden > 0) {
			return law{}, estimators.Refuse("below-observed", "at an odds ratio of %.3g these two lists say that there are %s people, fewer than the %s observed",
				odds, estimators.People(n+l.hidden), estimators.People(n))
		}
		l.lower, l.upper = math.Max(n, l.lower), math.Max(n, l.upper)
		return l, nil
	}
	return o.draw(ctx, c, assumption{n: n, base: 1, at: at, accuracy: exact})
}

func (o Options) checkPair(t *estimators.Table, pair estimators.Pattern) error {
	if pair.Size() != 2 || pair&^estimators.FullPattern(t.K()) != 0 {
		return fmt.Errorf("%b is not two of the %d lists", pair, t.K())
	}
	return o.Check()
}

// pairs are all pairs of k lists, in the order 12, 13, …, 23, ….
func pairs(k int) (out []estimators.Pattern) {
	for i := range k {
		for j := i + 1; j < k; j++ {
			out = append(out, 1<<uint(i)|1<<uint(j))
		}
	}
	return out
}

// Assumptions are all curves and bounds of a table.
type Assumptions struct {
	Curves []*Curve
	Bounds []*Bound
}

// Assume varies every assumption that the estimate rests on: of two lists their odds ratio and their risk ratio, and those with
// covariates that only one of them records; of more the
// interaction of all lists, the odds ratio of every pair in the model, and that of every pair over everybody. Bounds
// follow, from the mildest assumption to the worst case. Curves that cannot be drawn are there with the reason.
func Assume(ctx context.Context, t *estimators.Table, o Options) (*Assumptions, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	var covariates []*Curve
	if _, err := crossedOf(t); err == nil {
		if covariates, err = Covariates(ctx, t, o); err != nil {
			return nil, err
		}
	}
	t = t.Collapse()
	var jobs []func() (*Curve, error)
	if t.K() == 2 {
		jobs = append(jobs, func() (*Curve, error) { return OddsRatio(ctx, t, o) }, func() (*Curve, error) { return RiskRatio(ctx, t, o) })
	} else {
		jobs = append(jobs, func() (*Curve, error) { return HighestOrder(ctx, t, o) })
		for _, pair := range pairs(t.K()) {
			jobs = append(jobs, func() (*Curve, error) { return Pair(ctx, t, pair, o) })
		}
		for _, pair := range pairs(t.K()) {
			jobs = append(jobs, func() (*Curve, error) { return Marginal(ctx, t, pair, o) })
		}
	}
	out := &Assumptions{Curves: make([]*Curve, len(jobs))}
	err := resample.Each(ctx, len(jobs), o.Workers, func(i int) error {
		c, err := jobs[i]()
		out.Curves[i] = c
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Curves = append(out.Curves, covariates...)
	out.Bounds, err = Bounds(ctx, t, o)
	return out, err
}
