package loglinear

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// Closed is the closed-population family of Otis et al. (1978, Wildlife Monographs 62) in
// its log-linear form (Cormack 1989, Biometrics 45:395; Rivest and Lévesque 2001, Canad. J.
// Statist. 29:555): lists are independent given how easy a person is to list.
//
//	M0      log μ = γ + β·j              all lists equally likely, all people alike
//	Mt      log μ = γ + Σ β_i            each list its own rate
//	Mh-…    M0 with heterogeneity between people
//	Mth-…   Mt with heterogeneity between people
//
// for persons on j lists, the sum being over the lists a person is on. N = n + exp(γ), with
// variance exp(γ) + exp(2γ)·Var(γ). Fit statistics are those of the full table of 2^k − 1 cells.
//
// The zero value is M0 with a 95% profile likelihood interval.
type Closed struct {
	Time          bool                    // each list has its own rate: Mt, Mth
	Heterogeneity Heterogeneity           // of people: Mh, Mth
	Theta         float64                 // θ of the Poisson and gamma forms; 0: 2 and 3.5
	KeepNegative  bool                    // Chao's form: keep terms that are estimated as negative
	Levels        []float64               // of the intervals, the headline first; empty: 0.95
	Interval      estimators.IntervalKind // profile (the default), lognormal or wald
}

var _ estimators.Estimator = Closed{}

// Name is "M0", "Mt", "Mh-chao", "Mth-gamma" and so on.
func (c Closed) Name() string {
	name := "M"
	if c.Time {
		name += "t"
	}
	if c.Heterogeneity == Homogeneous {
		if !c.Time {
			name += "0"
		}
		return name
	}
	return name + "h-" + string(c.Heterogeneity)
}

// Estimate fits the model to a table of two lists or more; with heterogeneity three are
// needed, but for Mh-chao. Refusals: too-few-lists, empty-table, no-overlap, no-repeats (fewer than 5 people
// with Chao's form), saturated, no-mle, not-identifiable, not-converged, too-large.
func (c Closed) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	t = t.Collapse()
	if err := checkLists(t, 2); err != nil {
		return estimators.Estimate{}, err
	}
	if c.Heterogeneity == Chao {
		if err := checkFewest(t); err != nil {
			return estimators.Estimate{}, err
		}
	}
	d, err := c.fit(ctx, t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	e, err := d.estimate(ctx, c.Name(), "", c.Levels, c.Interval)
	if err == nil && !c.Time {
		warnUnequal(&e, t)
	}
	return e, err
}

func (c Closed) fit(ctx context.Context, t *estimators.Table) (*denseFit, error) {
	if c.Time {
		return fitHeterogeneous(ctx, t, Independence(t.K()), c.Heterogeneity, heterogeneousOptions{theta: c.Theta, keepNegative: c.KeepNegative})
	}
	theta, err := c.Heterogeneity.theta(c.Theta)
	if err != nil {
		return nil, err
	}
	d := newDense(t)
	d.keepNegative = c.KeepNegative
	d.lowerBound = c.Heterogeneity == Chao
	d.key = estimators.Pattern.Size
	d.columns = append([]column{intercept(), captures()}, c.Heterogeneity.columns(t.K(), theta)...)
	if err := d.fit(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// captures is the common rate of all lists: the number of lists a person is on.
func captures() column {
	return column{name: "lists", value: func(p estimators.Pattern) float64 { return float64(p.Size()) }}
}

// fewest is the number of people below whom Chao's forms and corrections for bias, which count on how many were seen
// once and twice, say nothing.
const fewest = 5

// checkFewest refuses fewer people than that.
func checkFewest(t *estimators.Table) error {
	if n := t.Observed(); n < fewest {
		is := "are"
		if n == 1 {
			is = "is"
		}
		return estimators.Refuse("no-repeats", "only %s %s in the table: too few for how often they were seen to say anything about others", estimators.Persons(float64(n)), is)
	}
	return nil
}

// checkLists refuses tables that no closed-population model can be fitted to.
func checkLists(t *estimators.Table, least int) error {
	if t.K() < least {
		return estimators.Refuse("too-few-lists", "the table has %d of the %d lists this method needs", t.K(), least)
	}
	if t.Observed() == 0 {
		return estimators.Refuse("empty-table", "nobody is in the table")
	}
	f := t.Frequencies()
	if f.Most() < 2 {
		return estimators.Refuse("no-overlap", "nobody is on more than one list: from people seen once nothing can be learnt about those not seen")
	}
	if f.Seen(t.K()) == f.Observed() {
		return estimators.Refuse("saturated", "everybody is on every list")
	}
	return nil
}

// unequal is how much independent lists of different sizes may inflate the number of hidden
// people under a model that takes them to be alike before that is said.
const unequal = 1.05

// warnUnequal warns when lists differ too much for a model that takes them to be alike ([estimators.Unequal]),
// and takes back that the estimate is a lower bound.
func warnUnequal(e *estimators.Estimate, t *estimators.Table) {
	if estimators.Unequal(t) <= unequal {
		return
	}
	totals := t.Totals()
	e.LowerBound = false
	e.Warn(estimators.Warning{Code: "unequal-lists", Lists: t.Lists(),
		Text: fmt.Sprintf("the lists hold from %s to %s, and the model takes them to be alike: that alone makes the estimate too high", estimators.People(float64(slices.Min(totals))), estimators.Persons(float64(slices.Max(totals))))})
}

// checkIntervals looks at the options about intervals.
func checkIntervals(levels []float64, kind estimators.IntervalKind, likelihood estimators.IntervalKind) error {
	for _, l := range levels {
		if !(l > 0 && l < 1) {
			return fmt.Errorf("the level of an interval is %v, not between 0 and 1", l)
		}
	}
	allowed := []estimators.IntervalKind{likelihood, estimators.LogNormal, estimators.Wald}
	if likelihood == "" {
		allowed = allowed[1:]
	}
	if kind != "" && !slices.Contains(allowed, kind) {
		return fmt.Errorf("this method has no interval of kind %q; choose one of %v", kind, allowed)
	}
	return nil
}

// estimate reduces a fit to what all methods share. An empty kind is the profile
// likelihood interval; the others are lognormal and wald.
func (d *denseFit) estimate(ctx context.Context, method, model string, levels []float64, kind estimators.IntervalKind) (estimators.Estimate, error) {
	if err := checkIntervals(levels, kind, estimators.Profile); err != nil {
		return estimators.Estimate{}, err
	}
	if kind == "" {
		kind = estimators.Profile
	}
	e := d.common(method, model)
	if err := addIntervals(ctx, &e, d.likelihood(), levels, kind); err != nil {
		return estimators.Estimate{}, err
	}
	d.warn(&e)
	return e, nil
}

// common is the estimate without its intervals and warnings.
func (d *denseFit) common(method, model string) estimators.Estimate {
	fitted := d.fitted
	return estimators.Estimate{Method: method, Model: model, Observed: d.table.Observed(), Hidden: d.hidden, Population: d.n + d.hidden,
		SE: d.se, HasSE: true, LowerBound: d.lowerBound, Fit: &fitted, Status: estimators.OK,
		Coefficients: d.coefficients(), Residuals: d.residuals()}
}

// addIntervals adds the intervals of one kind, and the curve of the likelihood. A kind
// other than lognormal and wald is made from the likelihood.
func addIntervals(ctx context.Context, e *estimators.Estimate, l likelihoodOfN, levels []float64, kind estimators.IntervalKind) error {
	top, ok, err := addLimits(ctx, e, l, levels, kind)
	if err == nil && ok {
		e.Profile, err = top.points(ctx)
	}
	return err
}

// addLimits is addIntervals without the curve, of which it returns the likelihood; ok is false when that could not be computed
// and was not needed.
func addLimits(ctx context.Context, e *estimators.Estimate, l likelihoodOfN, levels []float64, kind estimators.IntervalKind) (top *curve, ok bool, err error) {
	n := float64(e.Observed)
	fromLikelihood := kind != estimators.LogNormal && kind != estimators.Wald
	if top, ok, err = newCurve(ctx, l, n, e.Hidden); err != nil {
		return nil, false, err
	}
	if !ok && fromLikelihood {
		return nil, false, estimators.Refuse("not-converged", "the profile likelihood could not be computed; --interval lognormal does without it")
	}
	flat := false
	for _, level := range (estimators.Options{Levels: levels}).LevelsOr95() {
		i := estimators.Interval{Kind: kind, Level: level}
		switch kind {
		case estimators.LogNormal:
			i = LogNormal(n, e.Hidden, e.SE, level)
		case estimators.Wald:
			i = Wald(n, e.Hidden, e.SE, level)
		default:
			if i.Lower, i.Upper, ok, err = top.interval(ctx, level); err != nil {
				return nil, false, err
			}
			if !ok {
				return nil, false, estimators.Refuse("not-converged", "the %s interval could not be computed; --interval lognormal does without it", kind)
			}
			if i.Lower > e.Population || i.Upper < e.Population {
				// The estimate maximises the Poisson likelihood, the interval is the multinomial one's. They
				// differ by ½ log n0, which moves the maximum far where the likelihood says next to nothing.
				i.Lower, i.Upper = math.Min(i.Lower, e.Population), math.Max(i.Upper, e.Population)
				flat = true
			}
		}
		e.Intervals = append(e.Intervals, i)
	}
	if flat {
		e.Warn(estimators.Warning{Code: "flat-likelihood", Text: "the likelihood of the population size is all but flat"})
	}
	return top, ok, nil
}

// likelihood is the multinomial profile likelihood of the fitted model. Constraints hold at
// every N, so that terms set to zero in the fit are free to become positive at another;
// where the rule by which terms were set to zero has not ended at the maximum under the
// constraints, those terms stay at zero.
func (d *denseFit) likelihood() likelihoodOfN {
	if d.keepNegative || !slices.ContainsFunc(d.columns, func(c column) bool { return c.constrained }) {
		return d.withHidden(d.used)
	}
	p := newConstrainedProfile(d)
	if p.pressing(d.reg.Means(nil)) >= 0 {
		return d.withHidden(d.used)
	}
	return p
}

// withHidden is the multinomial profile likelihood of a model of the given columns: its
// regression with the hidden people as the first row.
func (d *denseFit) withHidden(used []column) *denseProfile {
	design, counts, offset := d.rowsOf(used)
	first := make([]float64, len(used))
	for j, c := range used {
		first[j] = c.value(0)
	}
	r := lattice.NewRegression(slices.Concat(first, design), len(used), slices.Concat([]float64{d.hidden}, counts), slices.Concat([]float64{0}, offset), nil)
	if len(used) == len(d.beta) {
		r.Start(d.beta)
	}
	return &denseProfile{reg: r, n: d.n}
}

// warn adds what a reader of the estimate has to know.
func (d *denseFit) warn(e *estimators.Estimate) {
	if len(d.dropped) > 0 {
		e.Warn(negativeTerms(d.dropped))
	}
	for _, c := range d.infinite {
		w := estimators.Warning{Code: "boundary", Cells: []estimators.Pattern{c.term}, Lists: listsOf(c.term, d.table.Lists()),
			Text: "nobody is on " + c.term.Join(d.table.Lists(), "·") + " together, and the model takes that at face value"}
		if c.term.Size() == 1 {
			w.Code, w.Text = "empty-list", fmt.Sprintf("list %s holds nobody", c.name)
		}
		e.Warn(w)
	}
	if math.Abs(d.bias) > biasShare*e.Population {
		e.Warn(estimators.Warning{Code: "asymptotic-bias", Text: fmt.Sprintf("the asymptotic bias of the estimate is about %s", estimators.Persons(d.bias))})
	}
	d.warnFit(e)
	warnOverlap(e, d.table)
	warnInterval(e, d.table)
}

func listsOf(q estimators.Pattern, lists []string) []string {
	var out []string
	for _, i := range q.Lists() {
		out = append(out, lists[i])
	}
	return out
}

// negativeTerms says which of Chao's terms were set to zero.
func negativeTerms(dropped []string) estimators.Warning {
	lists := make([]string, len(dropped))
	for i, name := range dropped {
		lists[i] = strings.TrimPrefix(name, "eta")
	}
	terms := "term"
	if len(dropped) > 1 {
		terms = "terms"
	}
	return estimators.Warning{Code: "negative-terms", Text: fmt.Sprintf("set to zero: the heterogeneity %s of people on %s lists or more (%s)",
		terms, strings.Join(lists, ", "), strings.Join(dropped, ", "))}
}

// warnFit warns when the model does not fit, and takes back that the estimate is a lower bound: that is a
// property of the model.
func (d *denseFit) warnFit(e *estimators.Estimate) {
	f := d.fitted
	if !f.HasGoodnessOfFit || f.GoodnessOfFit >= poorFit {
		return
	}
	df, degrees := d.kept-len(d.used), "degrees"
	if df == 1 {
		degrees = "degree"
	}
	text := fmt.Sprintf("deviance %.1f on %d %s of freedom (p %s)", f.Deviance, df, degrees, pValue(f.GoodnessOfFit))
	if e.LowerBound {
		text += "; the bound is one under this model only, so that the estimate is not \"at least\""
		e.LowerBound = false
	}
	e.Warn(estimators.Warning{Code: "poor-fit", Text: text})
}

// warnOverlap warns when the estimate rests on few people seen twice.
func warnOverlap(e *estimators.Estimate, t *estimators.Table) {
	f := t.Frequencies()
	if repeats := f.Observed() - f.Seen(1); repeats < fewRepeats {
		is := "are"
		if repeats == 1 {
			is = "is"
		}
		e.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("%d of the %s %s on two lists or more", repeats, estimators.Persons(float64(f.Observed())), is)})
	}
}

// warnInterval adds the warnings about how much the interval says, and about the table.
func warnInterval(e *estimators.Estimate, t *estimators.Table) {
	i := e.Intervals[0]
	if slices.ContainsFunc(e.Intervals, estimators.Interval.Unbounded) {
		e.Warn(estimators.Warning{Code: "unbounded-upper", Text: "no number of hidden people, however large, is ruled out"})
	}
	if !i.Unbounded() && i.Upper > 10*i.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	if e.Hidden < 0.5 {
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: "the model says that nobody is hidden"})
	}
	if t.PartialStructuralZeros() {
		e.Warn(estimators.Warning{Code: "collapsed-structural-zeros", Text: "a pattern is impossible in some groups and possible in others, and the groups were summed"})
	}
}
