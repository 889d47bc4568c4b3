package sensitivity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/resample"
)

// An Analysis estimates the same population again and again, under one departure at a time.
type Analysis struct {
	// Estimator is the one whose answer is examined. Its bootstrap and its list of near-tied models are left out of the estimates that are made again,
	// and a model that it selects is selected anew each time, by the criterion it has for the table as it is.
	Estimator estimators.Estimator
	// Methods are those of the multiverse and of the internal consistency, besides Estimator. Those that take lists as ordered in time do not
	// belong there.
	Methods []estimators.Method
	// Level of all intervals; 0: 0.95.
	Level float64
	// From and To bound every ratio of an assumption; 0 and 0: DefaultFrom to DefaultTo times what the estimate takes for granted, or found.
	From, To float64
	// Claims about N, for tipping points.
	Claims []Claim
	// Prior, when not nil, is that of the ratio of every parameter to the value that the estimate takes for granted, or found.
	Prior *Prior
	// Dependence and Capture are bounds to be granted besides those that are always tried.
	Dependence []Dependence
	Capture    []Capture
	// MissedLinks and FalseLinks are the rates of errors of the links to be tried; empty: DefaultMissed and DefaultFalse.
	MissedLinks, FalseLinks []float64
	// OverCoverage is the share of a list that is not of the population, tried for each list without an audit; 0: DefaultOverCoverage, negative: none.
	OverCoverage float64
	Audits       []Audit
	// Planned are lists that there are not yet; nil: DefaultPlans.
	Planned []Plan
	// Period is the covariate whose levels follow each other in time; "": none.
	Period string
	Seed   uint64
	// Workers is the number of goroutines; 0: as many as there are processors. It changes no answer.
	Workers int
	// Progress, when not nil, is told how many of the computations are done. It may be called by several goroutines.
	Progress func(done, total int)

	ranged bool // From and To were given
}

// The defaults.
const (
	DefaultFrom         = 0.5
	DefaultTo           = 2
	DefaultOverCoverage = 0.05
)

// DefaultMissed and DefaultFalse are rates that careful linkage of registers reaches, and worse ones.
var (
	DefaultMissed = []float64{0.02, 0.05, 0.1}
	DefaultFalse  = []float64{0.01, 0.02, 0.05}
)

// repeatedLists is the number of lists up to which a slow method is examined, which means to ask it hundreds of times.
const repeatedLists = 7

// Rates up to these count as mild.
const (
	mildMissed = 0.05
	mildFalse  = 0.02
)

// A run is an analysis of one table.
type run struct {
	Analysis
	table    *estimators.Table // collapsed
	whole    *estimators.Table // with its covariates
	base     estimators.Alternative
	found    estimators.Estimate // of the base, with its model
	deciding []string            // lists of the term that separates the near-tied models; nil when there is none
	model    *loglinear.Model    // the log-linear model of the base, or of independence; nil: none can be fitted
	out      *estimators.Sensitivity
	jobs     []func(ctx context.Context) error
	after    []func() // what is put together when all jobs are done
}

// Run makes the analysis. A table that the estimator refuses is refused with its reason. What is estimated again and refused has the
// status refused among the alternatives; what cannot be done for this table at all is said in the notes.
func (a Analysis) Run(ctx context.Context, t *estimators.Table) (*estimators.Sensitivity, error) {
	r, err := a.start(ctx, t)
	if err != nil {
		return nil, err
	}
	r.lists()
	r.doubt()
	r.planned()
	r.consistency()
	r.multiverse()
	r.changes()
	r.assumptions()
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	r.summarise()
	return r.out, nil
}

// Consistency is the part of the analysis that lets every method estimate the size of each list.
func (a Analysis) Consistency(ctx context.Context, t *estimators.Table) (*estimators.Consistency, error) {
	r, err := a.start(ctx, t)
	if err != nil {
		return nil, err
	}
	r.consistency()
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	if r.out.Consistency == nil {
		return nil, estimators.Refuse("too-few-lists", "internal consistency needs three lists, and there are %d: the people on one are estimated from the others", t.K())
	}
	return r.out.Consistency, nil
}

// start makes the estimate that the others are compared with.
func (a Analysis) start(ctx context.Context, t *estimators.Table) (*run, error) {
	if err := a.complete(t); err != nil {
		return nil, err
	}
	r := &run{Analysis: a, table: t.Collapse(), whole: t}
	r.Estimator = a.plain(a.Estimator, t.K())
	if c := (contender{estimator: r.Estimator}); t.K() > repeatedLists && c.slow(t.K()) {
		return nil, estimators.Refuse("too-large", "the method would be asked hundreds of times, and with %d lists each time takes long: examine stepwise (--method stepwise), or a model that is held (--model)", t.K())
	}
	found, err := estimators.Run(ctx, r.Estimator, r.table)
	if err != nil {
		return nil, err
	}
	if found.Status == estimators.Refused {
		return nil, found.Reason
	}
	r.found = found
	r.out = &estimators.Sensitivity{Method: found.Method, Within: estimators.Range{Lower: r.From, Upper: estimators.Limit(r.To)}}
	r.out.Selected = selects(r.Estimator)
	r.out.Warnings = found.Warnings
	r.base = r.alternative(world{about: estimators.AboutBase}, found)
	r.out.Base = r.base
	r.model, err = r.logLinearModel()
	return r, err
}

// finish does all jobs, and puts together what they found.
func (r *run) finish(ctx context.Context) error {
	var done atomic.Int64
	err := resample.Each(ctx, len(r.jobs), r.Workers, func(i int) error {
		err := r.jobs[i](ctx)
		if n := int(done.Add(1)); r.Progress != nil && err == nil {
			r.Progress(n, len(r.jobs))
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range r.after {
		f()
	}
	return nil
}

// complete fills in the defaults and says what is wrong with what was asked.
func (a *Analysis) complete(t *estimators.Table) error {
	if a.Estimator == nil {
		return errors.New("no estimator to examine")
	}
	if a.Level == 0 {
		a.Level = 0.95
	}
	if !(a.Level > 0 && a.Level < 1) {
		return fmt.Errorf("level %g is not between 0 and 1", a.Level)
	}
	if a.ranged = a.From != 0 || a.To != 0; !a.ranged {
		a.From, a.To = DefaultFrom, DefaultTo
	}
	if !(a.From > 0 && a.To > a.From && a.To <= 1e6 && a.From >= 1e-6) {
		return fmt.Errorf("the range %g to %g of a ratio: two numbers from a millionth to a million, the smaller first", a.From, a.To)
	}
	for _, c := range a.Claims {
		if err := c.Check(); err != nil {
			return err
		}
	}
	if a.Prior != nil {
		if err := a.Prior.check(); err != nil {
			return err
		}
	}
	if len(a.MissedLinks) == 0 {
		a.MissedLinks = DefaultMissed
	}
	if len(a.FalseLinks) == 0 {
		a.FalseLinks = DefaultFalse
	}
	for _, rate := range slices.Concat(a.MissedLinks, a.FalseLinks) {
		if !(rate > 0 && rate < 1) {
			return fmt.Errorf("the rate %g of errors in links does not lie between 0 and 1", rate)
		}
	}
	if a.OverCoverage == 0 {
		a.OverCoverage = DefaultOverCoverage
	}
	if a.OverCoverage >= 1 {
		return fmt.Errorf("the share %g of a list that is not of the population is not below 1", a.OverCoverage)
	}
	for _, x := range a.Audits {
		if err := x.check(t.Lists()); err != nil {
			return err
		}
	}
	if a.Planned == nil {
		a.Planned = DefaultPlans()
	}
	for _, p := range a.Planned {
		if err := p.check(t.Lists()); err != nil {
			return err
		}
	}
	if a.Period != "" && !slices.ContainsFunc(t.Covariates(), func(c estimators.Covariate) bool { return c.Name == a.Period }) {
		return fmt.Errorf("no covariate %q in the table", a.Period)
	}
	return nil
}

// plain is an estimator without what costs time and is shown elsewhere. Its way of selecting is that for the table as it is, also where the
// number of lists changes.
func (a Analysis) plain(e estimators.Estimator, k int) estimators.Estimator {
	l, ok := e.(loglinear.LogLinear)
	if !ok {
		return e
	}
	l.Bootstrap = nil
	l.Levels = []float64{a.Level}
	if !l.Averaged {
		l.Window = -1
		switch l.Kind {
		case estimators.Profile, estimators.LogNormal, estimators.Wald, estimators.Penalised:
		default:
			l.Kind = ""
		}
	}
	if l.Model == nil && l.Select == loglinear.Auto && !l.Firth && l.Heterogeneity == "" {
		if l.Select = loglinear.BIC; k >= 6 {
			l.Select = loglinear.Stepwise
		}
		if l.Averaged {
			l.Select = loglinear.BIC
		}
		if l.MaxOrder == 0 {
			l.MaxOrder = loglinear.DefaultMaxOrder(k)
		}
	}
	return l
}

// selects reports whether an estimator chooses one model by the data.
func selects(e estimators.Estimator) bool {
	l, ok := e.(loglinear.LogLinear)
	return ok && l.Model == nil && !l.Firth && l.Heterogeneity == "" && !l.Averaged
}

// over is an estimator for a table with other lists: those of project, which maps every pattern of the old ones.
func over(e estimators.Estimator, k int, project func(estimators.Pattern) estimators.Pattern) (estimators.Estimator, error) {
	l, ok := e.(loglinear.LogLinear)
	if !ok {
		return e, nil
	}
	if l.MaxOrder > 0 {
		l.MaxOrder = max(1, min(l.MaxOrder, k-1))
	}
	if l.Model != nil {
		var terms []estimators.Pattern
		for _, q := range l.Model.Terms() {
			if p := project(q); p.Size() >= 2 && !slices.Contains(terms, p) {
				terms = append(terms, p)
			}
		}
		m, err := loglinear.NewModel(k, terms...)
		if err != nil {
			return nil, err
		}
		l.Model = &m
	}
	return l, nil
}

// A world is what an alternative changes.
type world struct {
	about  string
	lists  []string
	amount float64
	mild   bool
}

// alternative puts an estimate into the neutral form.
func (r *run) alternative(d world, e estimators.Estimate) estimators.Alternative {
	a := estimators.Alternative{About: d.about, Lists: d.lists, Amount: d.amount, Mild: d.mild, Method: e.Method, Model: e.Model, Observed: e.Observed, Status: e.Status, Reason: e.Reason, AtLeast: e.LowerBound}
	if e.Status == estimators.Refused {
		return a
	}
	for _, w := range e.Warnings {
		if a.Against == "" && (w.Code == "poor-fit" || w.Code == "unequal-lists") {
			a.Against = w.Code
		}
	}
	a.Population, a.Lower, a.Upper = e.Population, e.Population, estimators.Limit(e.Population)
	if i, ok := e.Interval(); ok {
		a.Lower, a.Upper, a.Kind, a.Level = i.Lower, estimators.Limit(i.Upper), i.Kind, i.Level
	}
	return r.influenced(a)
}

func (r *run) influenced(a estimators.Alternative) estimators.Alternative {
	if base := r.base.Population; a.Status != estimators.Refused && base > 0 && a.Population > 0 {
		a.Influence = math.Log(a.Population / base)
	}
	return a
}

// refused is an alternative without an estimate.
func refused(d world, method string, observed int64, why *estimators.Refusal) estimators.Alternative {
	return estimators.Alternative{About: d.about, Lists: d.lists, Amount: d.amount, Mild: d.mild, Method: method, Observed: observed, Status: estimators.Refused, Reason: why}
}

// again estimates one alternative from another table, in a job of its own.
func (r *run) again(d world, e estimators.Estimator, t *estimators.Table) *estimators.Alternative {
	out := new(estimators.Alternative)
	r.jobs = append(r.jobs, func(ctx context.Context) error {
		est, err := estimators.Run(ctx, e, t)
		if err != nil {
			return err
		}
		*out = r.alternative(d, est)
		return nil
	})
	return out
}

// keep adds alternatives to the result, in this order, when they are done.
func (r *run) keep(as ...*estimators.Alternative) {
	r.after = append(r.after, func() {
		for _, a := range as {
			r.out.Alternatives = append(r.out.Alternatives, *a)
		}
	})
}

// note says what was left out.
func (r *run) note(format string, args ...any) {
	r.out.Notes = append(r.out.Notes, fmt.Sprintf(format, args...))
}

// title is the name of a method as printed.
func (r *run) title(name string) string {
	for _, m := range r.Methods {
		if m.Name == name && m.Title != "" {
			return m.Title
		}
	}
	return name
}

// modelless says what kind of log-linear model is needed that the base is not.
func (r *run) modelless() string {
	if l, ok := r.Estimator.(loglinear.LogLinear); ok {
		switch {
		case l.Firth:
			return "fitted without Firth's penalty"
		case l.Heterogeneity != "":
			return "without a term for how people differ"
		}
	}
	return "in brackets, of which " + r.title(r.found.Method) + " has none"
}

// logLinearModel is the model behind the base, for what needs one: that of the base itself, or independence of two lists. Other methods have
// none.
func (r *run) logLinearModel() (*loglinear.Model, error) {
	k := r.table.K()
	l, ok := r.Estimator.(loglinear.LogLinear)
	ok = ok && !l.Firth && l.Heterogeneity == "" && !l.Averaged
	if ok || r.found.Method == "independence" || r.found.Method == "all-pairs" {
		m, err := loglinear.ParseModel(r.found.Model, r.table.Lists())
		return &m, err
	}
	if k == 2 {
		m := loglinear.Independence(2)
		return &m, nil
	}
	return nil, nil
}
