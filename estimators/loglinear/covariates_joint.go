package loglinear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// Joint estimates a table with covariates by one log-linear model of the full cross of histories and levels: Poisson counts
// with
//
//	log μ = main effects + interactions of pairs of lists, of lists with covariates, and of covariates,
//
// from which every combination of levels has a hidden number of its own, and any part of the population is a sum of them. Combinations
// without people are part of the likelihood. Patterns impossible by design, as where a list did not run in a year, are left out of the
// fit and of the estimate, and are not evidence of absence.
//
// A coefficient at −∞ with finite hidden numbers is an extended maximum likelihood estimate, and is kept; a model under which a
// hidden number runs to infinity, or is not determined, is refused.
//
// The zero value takes all covariates of the table as factors and searches both ways by BIC.
type Joint struct {
	// As is the name the estimate goes by; "" is "loglinear".
	As string
	// Covariates are those that enter the model; the table is summed over others. Empty: all with two levels or more.
	Covariates []string
	// Trends are the covariates among them that enter as polynomials.
	Trends []Trend
	// Versus are other codings to compare the answer with, one at a time; Degree 0 is a factor.
	Versus []Trend
	// By are covariates whose combinations are shown as groups, beside the levels of each covariate.
	By []string
	// Model is a fixed model, as in [R1*X1,R2*R4]; "" selects one, or takes all pairs when Ridge is given.
	Model string
	// Select is the criterion that chooses among the models of the path: BIC (default), AIC or AICc.
	Select Criterion
	// Ridge penalises the coefficients; the zero value does not.
	Ridge Ridge
	// Offset assumes what a model does not estimate, alike in all groups: the odds ratio of two lists, or how many times more people
	// are hidden.
	Offset Offset
	// Kind is the kind of the headline interval: lognormal, wald, or percentile with a Bootstrap; "" is percentile with a
	// Bootstrap and lognormal without.
	Kind estimators.IntervalKind
	// Levels of the intervals, the headline first; empty is 95 %.
	Levels []float64
	// Bootstrap, when not nil, draws whole tables. Its Scheme is Semiparametric when "", as in the published procedure; Top,
	// Downhill and Inner do not apply.
	Bootstrap *Bootstrap
	// Keep makes replicates keep the selected model. Without it they repeat the search unless that is too much work, which is then
	// said; Bootstrap.Exact repeats it whatever it takes.
	Keep bool

	choiceAlone bool // of the path nothing is shown but what is chosen from it
}

var _ estimators.Estimator = Joint{}

// Name is the name the estimate goes by.
func (e Joint) Name() string {
	if e.As == "" {
		return "loglinear"
	}
	return e.As
}

func (e Joint) levels() []float64 { return estimators.Options{Levels: e.Levels}.LevelsOr95() }

func (e Joint) check(k int) error {
	switch e.Select {
	case Auto, BIC, AIC, AICc:
	default:
		return fmt.Errorf("models with covariates are not selected by %q: bic, aic, aicc", e.Select)
	}
	switch e.Kind {
	case "", estimators.LogNormal, estimators.Wald:
	case estimators.Percentile:
		if e.Bootstrap == nil {
			return errors.New("a percentile interval needs bootstrap replicates")
		}
	default:
		return fmt.Errorf("models with covariates have no %s interval: lognormal, wald, percentile", e.Kind)
	}
	if e.Ridge.Lambda < 0 || math.IsNaN(e.Ridge.Lambda) || math.IsInf(e.Ridge.Lambda, 0) {
		return fmt.Errorf("a ridge penalty of %g: it is a number of at least 0", e.Ridge.Lambda)
	}
	if e.Model != "" && e.Select != Auto {
		return errors.New("a model is either given or selected")
	}
	if b := e.Bootstrap; b != nil && (b.Top > 0 || b.Downhill || b.Inner > 0) {
		return errors.New("replicates of models with covariates repeat the search, or keep the model; they have no top models, downhill search or inner replicates")
	}
	for _, l := range e.Levels {
		if !(l > 0 && l < 1) {
			return fmt.Errorf("level %g is not between 0 and 1", l)
		}
	}
	return e.Offset.check(k)
}

// covariates of the model.
func (e Joint) covariates(t *estimators.Table) []string {
	if len(e.Covariates) > 0 {
		return e.Covariates
	}
	var out []string
	for _, c := range t.Covariates() {
		if len(c.Levels) > 1 {
			out = append(out, c.Name)
		}
	}
	return out
}

// A jointFit is a model with the fitter that made it and how it was found.
type jointFit struct {
	*crossFit
	fitter    *lattice.CrossFitter
	selection *estimators.Selection
	work      int // fits times cells
	edf       float64
}

// fit fits the given model, or selects one.
func (e Joint) fit(ctx context.Context, t *estimators.Table) (*jointFit, error) {
	p, err := newCrossProblem(t, e.covariates(t), e.Trends, e.Offset)
	if err != nil {
		return nil, err
	}
	out := &jointFit{fitter: p.newFitter()}
	out.fitter.Penalty = p.penalty(e.Ridge)
	set := make(termSet, len(p.pairs))
	switch {
	case e.Model != "":
		if set, err = p.parse(e.Model); err != nil {
			return nil, err
		}
		out.selection = &estimators.Selection{Criterion: "fixed", MaxOrder: 2, Why: "the model was given"}
	case out.fitter.Penalty != nil:
		for i := range set {
			set[i] = true
		}
		out.selection = &estimators.Selection{Criterion: "fixed", MaxOrder: 2, Why: "all pairs, held by the ridge penalty; no model is selected"}
	default:
		if set, err = e.search(ctx, p, out); err != nil {
			return out, err
		}
	}
	c, refusal, err := p.fitOn(ctx, out.fitter, set, nil)
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		out.crossFit = &crossFit{problem: p, set: set}
		return out, refusal
	}
	out.crossFit = c
	c.complete(out.fitter)
	if out.fitter.Penalty != nil {
		out.edf = c.penalised(out.fitter)
	}
	return out, nil
}

// search walks the published path and chooses from it.
func (e Joint) search(ctx context.Context, p *crossProblem, out *jointFit) (termSet, error) {
	w := &walk{problem: p, fitter: out.fitter}
	for range e.workers(len(p.pairs)) - 1 {
		w.helpers = append(w.helpers, p.newFitter())
	}
	criterion := e.criterion()
	out.selection = &estimators.Selection{Criterion: string(criterion), Search: "both-ways", MaxOrder: 2}
	phases := p.phases()
	if e.choiceAlone {
		phases = p.choosing(criterion)
	}
	_, err := w.run(ctx, phases)
	out.selection.Path, out.selection.Fitted = w.steps, w.fits
	out.work = w.fits * p.cross.Cells()
	if err != nil {
		return nil, err
	}
	at := chosenStep(w.steps, criterion)
	w.steps[at].Chosen = true
	for _, s := range w.steps {
		if s.Status == estimators.Refused {
			out.selection.Refused++
		}
	}
	models := "1 model"
	if n := len(w.steps) - out.selection.Refused; n != 1 {
		models = fmt.Sprintf("%d models", n)
	}
	out.selection.Why = fmt.Sprintf("least %s on a path of %s, both ways by BIC with the logarithm of the persons, then forward by AIC and by one unit a parameter", criterionName(criterion), models)
	return w.sets[at], nil
}

func (e Joint) workers(most int) int {
	n := 0
	if e.Bootstrap != nil {
		n = e.Bootstrap.Workers
	}
	if n == 0 {
		n = defaultWorkers()
	}
	return max(1, min(n, most))
}

func (e Joint) criterion() Criterion {
	if e.Select == Auto {
		return BIC
	}
	return e.Select
}

// mostWork is the work of a search, in fits times cells, up to which replicates repeat it by default.
const mostWork = 5_000_000

// repeats reports whether replicates repeat the search.
func (e Joint) repeats(f *jointFit) bool {
	return f.selection.Search != "" && !e.Keep && (f.work <= mostWork || e.Bootstrap.Exact)
}

// replicates draws the tables of the bootstrap.
func (e Joint) replicates(ctx context.Context, f *jointFit) (*crossReplicates, Bootstrap, error) {
	b := *e.Bootstrap
	if b.Scheme == "" {
		b.Scheme = Semiparametric
	}
	if b.Replicates == 0 {
		b.Replicates = DefaultReplicates
	}
	if !e.repeats(f) {
		r, err := f.replicate(ctx, b, f.fitter.Penalty, nil)
		return r, b, err
	}
	criterion := e.criterion()
	r, err := f.replicate(ctx, b, nil, func(ctx context.Context, p *crossProblem, fitter *lattice.CrossFitter) (*crossFit, error) {
		w := &walk{problem: p, fitter: fitter, screened: true}
		last, err := w.run(ctx, p.choosing(criterion))
		var refusal *estimators.Refusal
		if errors.As(err, &refusal) {
			return last, nil
		}
		if err != nil {
			return nil, err
		}
		at := chosenStep(w.steps, criterion)
		if at == len(w.steps)-1 {
			return last, nil
		}
		got, _, err := p.fitOn(ctx, fitter, w.sets[at], nil)
		return got, err
	})
	return r, b, err
}

// Estimate fits or selects the model. Standard errors take the sizes of strata as fixed; Groups has the totals over each covariate
// with their covariance; Selection.Path every model that was met. A replicate whose hidden number has no limit counts as
// the largest.
func (e Joint) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	b, err := e.breakdown(ctx, t, nil)
	return b.Total, err
}

// Breakdown estimates the strata of t by the named covariates, which must be among those of the model, and their total. All come
// from one model and from the same replicates, so that strata add up to the total in each. A nil Bootstrap is 1,000 semiparametric
// replicates.
//
// The error is a Refusal when the model has no estimate.
func (e Joint) Breakdown(ctx context.Context, t *estimators.Table, by []string) (estimators.Breakdown, error) {
	if e.Bootstrap == nil {
		e.Bootstrap = &Bootstrap{}
	}
	return e.breakdown(ctx, t, by)
}

func (e Joint) breakdown(ctx context.Context, t *estimators.Table, by []string) (b estimators.Breakdown, err error) {
	if err := ctx.Err(); err != nil {
		return b, err
	}
	if err := e.check(t.K()); err != nil {
		return b, err
	}
	f, err := e.fit(ctx, t)
	if err != nil {
		b.Total = estimators.Estimate{Method: e.Name()}
		if f != nil {
			b.Total.Selection = f.selection
			if f.crossFit != nil {
				b.Total.Model = f.problem.format(f.set)
			}
		}
		return b, err
	}
	p := f.problem
	places, err := p.places(by)
	if err != nil {
		return b, err
	}
	total := e.summary(f)
	var replicates *crossReplicates
	if e.Bootstrap != nil {
		var boot Bootstrap
		if replicates, boot, err = e.replicates(ctx, f); err != nil {
			return b, err
		}
		b.Scheme = string(boot.Scheme)
		e.addReplicates(f, replicates, &total, nil)
		total.Bootstrap.Scheme = b.Scheme
		if f.selection.Search != "" && !e.repeats(f) {
			total.Warn(estimators.Warning{Code: "choice-not-repeated", Text: fmt.Sprintf("the %d replicates keep the model that was selected", boot.Replicates)})
		}
	}
	for j := range p.covariates {
		g := f.grouping([]int{j}, e.levels())
		if replicates != nil {
			e.groupReplicates(f, replicates, &g, []int{j})
		}
		p.inOrder(j, &g)
		total.Groups = append(total.Groups, g)
	}
	if len(e.By) > 1 {
		of, err := p.places(e.By)
		if err != nil {
			return b, err
		}
		g := f.grouping(of, e.levels())
		if replicates != nil {
			e.groupReplicates(f, replicates, &g, of)
		}
		total.Groups = append(total.Groups, g)
	}
	if err := e.compareCodings(ctx, t, f, &total); err != nil {
		return b, err
	}
	total.WarnFew()
	b.By, b.Model, b.Total = by, total.Model, total
	if len(by) == 0 || replicates == nil {
		return b, nil
	}
	at, strata := f.strata(places)
	b.Hidden, b.Seen = totals(replicates.hidden, at, strata), totals(replicates.seen, at, strata)
	if b.Chances, err = f.chances(replicates); err != nil {
		return b, err
	}
	g := f.grouping(places, e.levels())
	for s, sub := range g.Totals {
		est := estimators.Estimate{Method: e.Name(), Model: total.Model, Stratum: sub.Stratum, Observed: sub.Observed, Hidden: sub.Hidden, Population: sub.Population,
			SE: sub.SE, HasSE: true, Intervals: sub.Intervals, Status: estimators.OK}
		values := make([]float64, len(b.Hidden))
		for r := range values {
			values[r] = b.Hidden[r][s] + b.Seen[r][s]
		}
		est.Intervals = e.intervals(f, values, est.Intervals, float64(est.Observed))
		est.WarnFew()
		warnReplicates(&est, values)
		b.Strata = append(b.Strata, est)
	}
	return b, nil
}

// places finds covariates of the model by their names.
func (p *crossProblem) places(names []string) ([]int, error) {
	out := make([]int, len(names))
	for i, name := range names {
		if out[i] = slices.IndexFunc(p.covariates, func(c estimators.Covariate) bool { return c.Name == name }); out[i] < 0 {
			return nil, fmt.Errorf("%s is not a covariate of the model", name)
		}
	}
	return out, nil
}

// Models are those of the path, in its order, refused ones among them, and the steps they were met in. The error is a Refusal when
// main effects alone have no estimate.
func (e Joint) Models(ctx context.Context, t *estimators.Table) ([]estimators.Estimate, []estimators.Step, error) {
	if err := e.check(t.K()); err != nil {
		return nil, nil, err
	}
	if e.Model != "" || e.Ridge.Lambda > 0 {
		return nil, nil, errors.New("there is a path only where a model is selected")
	}
	f, err := e.fit(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	var out []estimators.Estimate
	for _, s := range f.selection.Path {
		fit := s.Fit
		est := estimators.Estimate{Method: e.Name(), Model: s.Model, Observed: t.Observed(), Fit: &fit, Status: s.Status, Reason: s.Reason}
		if s.Status != estimators.Refused {
			est.Hidden, est.Population, est.SE, est.HasSE = s.Hidden, s.Population, s.SE, true
			kind := estimators.LogNormal
			if e.Kind == estimators.Wald {
				kind = e.Kind
			}
			for _, level := range e.levels() {
				est.Intervals = append(est.Intervals, hiddenInterval(kind, float64(est.Observed), est.Hidden, est.SE, level))
			}
		}
		out = append(out, est)
	}
	return out, f.selection.Path, nil
}

// strata gives each group its stratum by covariates at these places, in the order of the levels.
func (c *crossFit) strata(places []int) (at []int, strata int) {
	p := c.problem
	strata = 1
	at = make([]int, p.groups)
	for _, j := range places {
		n := len(p.covariates[j].Levels)
		strata *= n
		for g := range at {
			at[g] = at[g]*n + p.level[j][g]
		}
	}
	return at, strata
}

// summary is the estimate of the total without replicates.
func (e Joint) summary(f *jointFit) estimators.Estimate {
	p := f.problem
	whole := f.grouping(nil, e.levels()).Totals[0]
	est := estimators.Estimate{Method: e.Name(), Model: p.format(f.set), Observed: whole.Observed, Hidden: whole.Hidden, Population: whole.Population,
		SE: whole.SE, HasSE: true, Status: estimators.OK, Selection: f.selection, Coefficients: f.coefficients()}
	kind := e.Kind
	if kind != estimators.Wald {
		kind = estimators.LogNormal
	}
	for _, level := range e.levels() {
		est.Intervals = append(est.Intervals, hiddenInterval(kind, float64(est.Observed), est.Hidden, est.SE, level))
	}
	fit := f.crossFit.fit
	est.Fit = &fit
	est.Notes = append(est.Notes, "standard errors and log-normal limits take the observed numbers of strata as fixed")
	est.Notes = append(est.Notes, p.trendNotes()...)
	est.Notes = append(est.Notes, e.Offset.notes(p.lists)...)
	est.OddsRatio = e.Offset.ofTwo(p.k)
	if f.fitter.Penalty != nil {
		what := "interactions only"
		if e.Ridge.MainEffects {
			what = "all coefficients but the constant"
			est.Warn(estimators.Warning{Code: "main-effects-penalised", Text: "the ridge penalty draws main effects towards none too, so that lists seem to see half of everybody: the number is too low when they see fewer, and the interval leaves that out"})
		}
		est.Notes = append(est.Notes, fmt.Sprintf("fitted with a ridge penalty of %g on %s; %.2f effective parameters, which AIC and BIC count", e.Ridge.Lambda, what, f.edf))
	}
	f.warn(&est)
	return est
}

// addReplicates puts percentile intervals first, unless another kind was asked for.
func (e Joint) addReplicates(f *jointFit, r *crossReplicates, est *estimators.Estimate, places []int) {
	at, strata := f.strata(places)
	values := replicateTotals(totals(r.hidden, at, strata), totals(r.seen, at, strata))
	est.Intervals = e.intervals(f, values, est.Intervals, float64(est.Observed))
	est.Bootstrap = &estimators.Resampling{Replicates: len(values), Failed: r.failed, Quantiles: replicateQuantiles(values), Models: r.frequencies(), Distinct: len(r.models)}
	warnReplicates(est, values)
}

// intervals adds percentile intervals to those of the one model.
func (e Joint) intervals(f *jointFit, values []float64, have []estimators.Interval, observed float64) []estimators.Interval {
	var out []estimators.Interval
	for _, level := range e.levels() {
		i := replicateInterval(values, observed, level)
		if f.selection.Search != "" && !e.repeats(f) {
			i.Kind = estimators.OneModel
		}
		out = append(out, i)
	}
	if e.Kind == "" || e.Kind == estimators.Percentile {
		return append(out, have...)
	}
	return append(slices.Clone(have), out...)
}

func (e Joint) groupReplicates(f *jointFit, r *crossReplicates, g *estimators.Grouping, places []int) {
	at, strata := f.strata(places)
	hidden, seen := totals(r.hidden, at, strata), totals(r.seen, at, strata)
	values := make([]float64, len(hidden))
	for s := range g.Totals {
		for i := range values {
			values[i] = hidden[i][s] + seen[i][s]
		}
		g.Totals[s].Intervals = e.intervals(f, values, g.Totals[s].Intervals, float64(g.Totals[s].Observed))
	}
}

// warn says what a reader has to know about the fit.
func (f *jointFit) warn(est *estimators.Estimate) {
	p := f.problem
	var terms []string
	for t, q := range p.pairs {
		if f.set[t] && slices.ContainsFunc(q.columns, func(j int32) bool {
			l := f.limits[slices.Index(f.columns, j)]
			return l == lattice.Falls || l == lattice.Grows
		}) {
			terms = append(terms, p.termName(t))
		}
	}
	if f.crossFit.fit.MinusInfinity > 0 {
		in := "main effects"
		if len(terms) > 0 {
			in = strings.Join(terms, ", ")
		}
		text := "a coefficient of " + in + " is"
		if n := f.crossFit.fit.MinusInfinity; n > 1 {
			text = fmt.Sprintf("%d coefficients of %s are", n, in)
		}
		est.Warn(estimators.Warning{Code: "boundary", Text: text + " at infinity, because nobody seen has what this concerns; every hidden number is finite all the same"})
	}
	var none []int
	for g, h := range f.hidden {
		if h == 0 && p.observed[g] > 0 {
			none = append(none, g)
		}
	}
	if len(none) > 0 {
		est.Warn(estimators.Warning{Code: "zero-hidden", Text: "the model says that nobody is hidden among " + p.common(none)})
	}
	if f.crossFit.fit.HasGoodnessOfFit && f.crossFit.fit.GoodnessOfFit < poorFit && p.n >= 5*float64(p.cross.Cells()) {
		est.Warn(estimators.Warning{Code: "poor-fit", Text: fmt.Sprintf("deviance %.1f on %d degrees of freedom (p %s)", f.crossFit.fit.Deviance, f.crossFit.fit.DF, pValue(f.crossFit.fit.GoodnessOfFit))})
	}
	repeats := 0.0
	m := 1 << uint(p.k)
	for i, v := range p.y {
		if estimators.Pattern(i%m).Size() > 1 {
			repeats += v
		}
	}
	if repeats < fewRepeats {
		est.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("only %.0f %s on two lists or more", repeats, map[bool]string{true: "person is", false: "people are"}[repeats == 1])})
	}
	if i, ok := est.Interval(); ok && i.Upper > 10*i.Lower {
		est.Warn(estimators.Warning{Code: "wide-interval", Text: fmt.Sprintf("the %.0f%% interval runs from %s to %s", 100*i.Level, estimators.People(math.Floor(i.Lower)), estimators.People(math.Ceil(i.Upper)))})
	}
	f.warnPath(est)
}

// warnPath warns when models on the path that are nearly as good by the criterion disagree by more than a quarter of the hidden number.
func (f *jointFit) warnPath(est *estimators.Estimate) {
	value := func(s estimators.Step) float64 {
		switch Criterion(f.selection.Criterion) {
		case AIC:
			return s.Fit.AIC
		case AICc:
			return s.Fit.AICc
		}
		return s.Fit.BIC
	}
	at := slices.IndexFunc(f.selection.Path, func(s estimators.Step) bool { return s.Chosen })
	if at < 0 {
		return
	}
	near, low, high := 0, math.Inf(1), 0.0
	for _, s := range f.selection.Path {
		if s.Status != estimators.Refused && value(s) <= value(f.selection.Path[at])+DefaultWindow {
			near++
			low, high = math.Min(low, s.Hidden), math.Max(high, s.Hidden)
		}
	}
	n := float64(est.Observed)
	if near > 1 && high > 1.25*low {
		est.Warn(estimators.Warning{Code: "near-tied-models", Text: fmt.Sprintf("%d models on the path are within %d %s units of the chosen one, and their estimates run from %s to %s",
			near, int(DefaultWindow), criterionName(Criterion(f.selection.Criterion)), estimators.People(n+low), estimators.People(n+high))})
	}
}
