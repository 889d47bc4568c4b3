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

// LogLinear estimates N by a log-linear model, given or selected. The zero value selects by BIC
// up to five lists and stepwise from six, with the profile likelihood interval at 95 %,
// and lists the models within 6 units of BIC.
type LogLinear struct {
	// As is the name the estimate goes by; "" is "loglinear".
	As string
	// Model is the model to fit; nil selects one.
	Model *Model
	// Select is the way to select.
	Select Criterion
	// MaxOrder is the largest interaction a selected model may have; 0 is DefaultMaxOrder.
	MaxOrder int
	// Threshold is the p-value of stepwise selection; 0 is DefaultThreshold, a negative
	// value selects nothing.
	Threshold float64
	// Heterogeneity adds a term for persons who differ in how easily they are listed. It needs a Model.
	Heterogeneity Heterogeneity
	// Firth maximises the likelihood penalised by Jeffreys' prior; it needs a Model, or fits independence.
	Firth bool
	// Kind is the kind of interval: profile (default), lognormal, wald.
	Kind estimators.IntervalKind
	// Levels of the intervals, the headline first; empty is 95 %.
	Levels []float64
	// Window lists models within this many units of the best; 0 is DefaultWindow, a
	// negative value lists none.
	Window float64
	// Outline gives near-tied models log-normal intervals, without curves, in place of profile ones: for estimates from many tables of which
	// few are shown.
	Outline bool
	// Bootstrap, when not nil, adds intervals that repeat the choice of the model in every replicate, of
	// the kind Kind: percentile (default), bca, basic, studentised, calibrated; they are the headline, and the profile
	// interval of the one model follows them.
	Bootstrap *Bootstrap
	// Averaged makes the average over the near-tied models the estimate instead of one model's.
	Averaged bool
	// Offset puts assumed numbers in the place of what the model takes for granted or would estimate.
	Offset Offset
}

var _ estimators.Estimator = LogLinear{}

// Name is the name the estimate goes by.
func (e LogLinear) Name() string {
	if e.As == "" {
		return "loglinear"
	}
	return e.As
}

// Estimate fits or selects the model. The standard error is that of Rivest and Lévesque
// (2001, eq. 5); the profile interval is that of the multinomial likelihood (Cormack
// 1992) for the model as if it had been known beforehand. What the choice of the model adds is in
// Selection: the near-tied models, their average, and the term that parts them.
func (e LogLinear) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	est, _, err := e.estimate(ctx, t)
	return est, err
}

// estimate is Estimate with the bootstrap replicates, nil when there are none.
func (e LogLinear) estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, *Replicates, error) {
	if err := ctx.Err(); err != nil {
		return estimators.Estimate{}, nil, err
	}
	if err := e.check(t.K()); err != nil {
		return estimators.Estimate{}, nil, err
	}
	if e.Heterogeneity != "" || e.Firth {
		est, err := e.special(ctx, t)
		return est, nil, err
	}
	p, err := e.problem(t)
	if err != nil {
		return estimators.Estimate{}, nil, err
	}
	if e.Averaged {
		est, err := e.averaged(ctx, p)
		return est, nil, err
	}
	m, sel, err := e.model(ctx, p)
	if err != nil {
		return estimators.Estimate{Selection: sel}, nil, err
	}
	f, err := p.fit(m)
	if err != nil {
		return estimators.Estimate{Model: m.Format(p.lists), Selection: sel}, nil, err
	}
	kind := e.Kind
	if resampled(kind) {
		kind = estimators.Profile
	}
	est, err := f.Estimate(ctx, e.Name(), kind, e.levels())
	if err != nil {
		return est, nil, err
	}
	est.Selection = sel
	est.Notes = append(est.Notes, e.Offset.notes(p.lists)...)
	est.OddsRatio = e.Offset.ofTwo(p.k)
	var r *Replicates
	if e.Bootstrap != nil {
		if r, err = e.resample(ctx, p, f, sel, &est); err != nil {
			return estimators.Estimate{Model: est.Model, Selection: sel}, nil, err
		}
	}
	if e.Window >= 0 {
		est.Notes = append(est.Notes, e.explore(ctx, p, f, sel)...)
		if err := ctx.Err(); err != nil {
			return estimators.Estimate{}, nil, err
		}
		warnTied(&est, sel)
	}
	return est, r, nil
}

func (e LogLinear) check(k int) error {
	if e.Heterogeneity != "" && e.Firth {
		return errors.New("heterogeneity terms and Firth's penalty cannot be combined")
	}
	if e.Averaged && (e.Model != nil || e.Select == Stepwise || e.Window < 0) {
		return errors.New("an average over near-tied models needs a criterion, a window and no fixed model")
	}
	if e.MaxOrder < 0 || e.MaxOrder >= max(k, 2) {
		return fmt.Errorf("maximal order %d: interactions of 1 to %d lists can be estimated from %d lists", e.MaxOrder, max(1, k-1), k)
	}
	switch e.Select {
	case Auto, BIC, AIC, AICc, Stepwise:
	default:
		return fmt.Errorf("no way to select a model is called %q: bic, aic, aicc, stepwise", e.Select)
	}
	switch e.Kind {
	case "", estimators.Profile, estimators.LogNormal, estimators.Wald, estimators.Penalised, estimators.Mixture:
	default:
		if !resampled(e.Kind) {
			return fmt.Errorf("log-linear models have no %s interval: profile, lognormal, wald, bca, percentile, basic, studentised, calibrated", e.Kind)
		}
		if e.Bootstrap == nil {
			return fmt.Errorf("a %s interval needs bootstrap replicates", e.Kind)
		}
	}
	if e.Bootstrap != nil && (e.Heterogeneity != "" || e.Firth || e.Averaged) {
		return errors.New("the bootstrap repeats the choice of a log-linear model; there is none for heterogeneity terms, Firth's penalty or averages")
	}
	for _, l := range e.Levels {
		if !(l > 0 && l < 1) {
			return fmt.Errorf("level %g is not between 0 and 1", l)
		}
	}
	if e.Offset != (Offset{}) && (e.Heterogeneity != "" || e.Firth) {
		return errors.New("an assumed odds ratio cannot be combined with heterogeneity terms or Firth's penalty")
	}
	return e.Offset.check(k)
}

func (e LogLinear) levels() []float64 { return estimators.Options{Levels: e.Levels}.LevelsOr95() }

func (e LogLinear) window() float64 {
	if e.Window == 0 {
		return DefaultWindow
	}
	return e.Window
}

func (e LogLinear) order(k int) int {
	if e.MaxOrder == 0 {
		return DefaultMaxOrder(k)
	}
	return e.MaxOrder
}

// ranking is the criterion near-tied models are ranked by.
func (e LogLinear) ranking() Criterion {
	if e.Select == AIC || e.Select == AICc {
		return e.Select
	}
	return BIC
}

// model is the given model, or the selected one, and how it came about.
func (e LogLinear) model(ctx context.Context, p *problem) (Model, *estimators.Selection, error) {
	if e.Model != nil {
		sel := &estimators.Selection{Criterion: "fixed", MaxOrder: e.order(p.k), Why: "the model was given"}
		return *e.Model, sel, nil
	}
	c, why := e.Select, ""
	if c == Auto {
		if c = BIC; p.k >= 6 {
			c = Stepwise
			why = "; the default from six lists"
		} else {
			why = "; the default up to five lists"
		}
	}
	threshold := e.Threshold
	if threshold == 0 {
		threshold = DefaultThreshold
	}
	order := e.order(p.k)
	m, sel, err := p.choose(ctx, c, order, threshold)
	if err != nil {
		return m, sel, err
	}
	if c != Stepwise {
		of := "all hierarchical models"
		if sel.Considered > 0 {
			of = fmt.Sprintf("all %s hierarchical models", estimators.People(sel.Considered))
		}
		sel.Why = fmt.Sprintf("least %s of %s with interactions of at most %d lists (exact search)", criterionName(c), of, order)
	}
	sel.Why += why
	return m, sel, nil
}

func criterionName(c Criterion) string {
	switch c {
	case AIC:
		return "AIC"
	case AICc:
		return "AICc"
	}
	return "BIC"
}

// explore fills the selection with the near-tied models. When the search for them is too large that
// is said, and the estimate stands.
func (e LogLinear) explore(ctx context.Context, p *problem, f *Fitted, sel *estimators.Selection) (notes []string) {
	err := p.window(ctx, sel, e.ranking(), e.order(p.k), e.window(), f, e.levels(), someFits, e.Outline)
	var r *estimators.Refusal
	switch {
	case err == nil || ctx.Err() != nil:
		return nil
	case errors.As(err, &r):
		return []string{fmt.Sprintf("near-tied models are not listed: %s. To list them however long it takes: models --within %g", r.Text, e.window())}
	}
	return []string{"near-tied models are not listed: " + err.Error()}
}

// warnTied warns when near-tied models disagree by more than a quarter of the hidden number.
func warnTied(est *estimators.Estimate, sel *estimators.Selection) {
	lower, upper := spread(sel.Candidates)
	n := float64(est.Observed)
	models := 0
	for _, c := range sel.Candidates {
		if c.Weight > 0 {
			models++
		}
	}
	if models < 2 || upper-n <= 1.25*(lower-n) {
		return
	}
	est.Warn(estimators.Warning{Code: "near-tied-models", Text: fmt.Sprintf("%d models are within %g %s units of the best, and their estimates run from %s to %s",
		models, sel.Window, criterionName(Criterion(sel.Ranking)), estimators.People(lower), estimators.People(upper))})
}

// Estimate reduces the fit to the common form: estimate, intervals of the given kind
// (profile when ""), fit statistics, coefficients, residuals, profile curve and warnings.
func (f *Fitted) Estimate(ctx context.Context, method string, kind estimators.IntervalKind, levels []float64) (estimators.Estimate, error) {
	p := f.problem
	est := estimators.Estimate{Method: method, Model: f.Model.Format(p.lists), Observed: f.Observed,
		Hidden: f.Hidden, Population: f.Population, SE: f.SE, HasSE: true, Status: estimators.OK, Residuals: f.residuals}
	fit := f.Fit
	est.Fit = &fit
	if err := checkIntervals(levels, kind, estimators.Profile); err != nil {
		return est, err
	}
	if kind == "" {
		kind = estimators.Profile
	}
	if err := addIntervals(ctx, &est, f.likelihood(), levels, kind); err != nil {
		return est, err
	}
	est.Coefficients, _, _ = f.coefficients()
	f.warn(&est)
	return est, nil
}

// Thresholds of the warnings.
const (
	poorFit     = 0.01 // p-value of the deviance
	fewPeople   = 4    // a term on at most so many people rests on a handful
	fewRepeats  = 10   // people on two lists or more
	biasShare   = 0.1  // of the estimate
	avoidFactor = 3    // fewer than chance by this factor
	avoidLeast  = 5    // when chance would give at least so many
)

func (f *Fitted) warn(est *estimators.Estimate) {
	p := f.problem
	if i, ok := est.Interval(); ok {
		switch {
		case i.Unbounded():
			est.Warn(estimators.Warning{Code: "unbounded-upper", Text: fmt.Sprintf("the %s interval has no upper limit", i.Kind)})
		case i.Upper > 10*i.Lower:
			est.Warn(estimators.Warning{Code: "wide-interval", Text: fmt.Sprintf("the %.0f%% interval runs from %s to %s", 100*i.Level, estimators.People(math.Floor(i.Lower)), estimators.People(math.Ceil(i.Upper)))})
		}
	}
	chance := p.byChance()
	for _, t := range f.Model.terms {
		if f.Model.hasLarger(t) && t.Size() > 2 || p.offset.fixes(t) {
			continue
		}
		n := p.fitter.Above(uint32(t))
		expected := 0.0
		if t.Size() == 2 && chance != nil {
			expected = chance[t]
		}
		names := t.Join(p.lists, ",")
		w := estimators.Warning{Cells: []estimators.Pattern{t}, Lists: strings.Split(names, ",")}
		switch {
		case slices.Contains(f.Infinite, t):
			if slices.ContainsFunc(f.Infinite, func(u estimators.Pattern) bool { return u != t && t.Contains(u) }) {
				continue // its part says it
			}
			w.Code = "boundary"
			w.Text = fmt.Sprintf("nobody is on %s together%s, and the model takes that at face value", p.people(t), byChance(expected))
		case t.Size() == 2 && expected >= avoidLeast && n*avoidFactor < expected:
			w.Code = "avoiding-lists"
			w.Text = fmt.Sprintf("%s share %s %s%s", p.people(t), estimators.People(n), people(n), byChance(expected))
		case n <= fewPeople && !f.Model.hasLarger(t):
			w.Code = "term-on-few-people"
			w.Text = fmt.Sprintf("the term %s of the model rests on %.0f %s", p.people(t), n, people(n))
		default:
			continue
		}
		est.Warn(w)
	}
	repeats := int64(0)
	for w, c := range p.counts {
		if estimators.Pattern(w).Size() > 1 {
			repeats += c
		}
	}
	if repeats < fewRepeats {
		est.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("only %d %s on two lists or more", repeats, map[bool]string{true: "person is", false: "people are"}[repeats == 1])})
	}
	if f.Fit.HasGoodnessOfFit && f.Fit.GoodnessOfFit < poorFit {
		df := p.fitter.Cells() - f.removed() - (f.Fit.Parameters - f.Fit.MinusInfinity)
		text := fmt.Sprintf("deviance %.1f on %d degrees of freedom (p %s)", f.Fit.Deviance, df, pValue(f.Fit.GoodnessOfFit))
		if df != f.Fit.DF {
			text += ", without the cells that the model can only fit by zero"
		}
		est.Warn(estimators.Warning{Code: "poor-fit", Text: text})
	}
	if b := f.AsymptoticBias(); math.Abs(b) > biasShare*f.Population && !math.IsInf(b, 0) {
		est.Warn(estimators.Warning{Code: "asymptotic-bias", Text: fmt.Sprintf("the estimated bias of the usual approximation is %s people", estimators.People(b))})
	}
	for i, name := range p.lists {
		switch n := p.fitter.Above(1 << uint(i)); n {
		case 0:
			est.Warn(estimators.Warning{Code: "empty-list", Lists: []string{name}, Text: fmt.Sprintf("list %s holds nobody", name)})
		case p.n:
			est.Warn(estimators.Warning{Code: "covers-everybody", Lists: []string{name}, Text: fmt.Sprintf("list %s holds everybody observed (%s)", name, estimators.Persons(p.n))})
		}
	}
	if f.Hidden < 0.5 {
		est.Warn(estimators.Warning{Code: "zero-hidden", Text: "the model says that nobody is hidden"})
	}
}

// removed counts the cells fitted by exactly zero.
func (f *Fitted) removed() int {
	n := 0
	for _, r := range f.residuals {
		if r.Removed {
			n++
		}
	}
	return n - len(f.problem.zeros)
}

func people(n float64) string {
	if n == 1 {
		return "person"
	}
	return "people"
}

func byChance(expected float64) string {
	if expected == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.1f expected by chance)", expected)
}

func pValue(p float64) string {
	if p < 0.0001 {
		return "below 0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// byChance returns, by mask, the persons that independence of all lists would put on those
// lists together; nil when the independence model has no estimate.
func (p *problem) byChance() []float64 {
	f, err := p.fit(Independence(p.k))
	if err != nil {
		return nil
	}
	return f.overlaps()
}

// overlaps sums the fitted means of the observed cells over supermasks.
func (f *Fitted) overlaps() []float64 {
	out := slices.Clone(f.means)
	out[0] = 0
	lattice.SumSupersets(out, f.problem.k)
	return out
}
