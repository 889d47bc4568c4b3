package loglinear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A Pooling is what the strata of a table have in common.
type Pooling string

// The poolings.
const (
	// Shared: lists reach the same share of every stratum, which differ in size only.
	Shared Pooling = "shared"
	// Shrunk: how well each list reaches each stratum is drawn towards the average over strata, as far as the strata are
	// alike: log-odds differ by normal deviations, whose standard deviation is estimated. A small stratum borrows from the others, a
	// large one hardly does.
	Shrunk Pooling = "shrunk"
	// Separate: how well lists reach a stratum is estimated from the stratum alone.
	Separate Pooling = "separate"
)

// Pooled estimates the strata of a table by one log-linear model in which the interactions of lists are common to all strata, and the
// effects of lists are shared, shrunk or separate. It is for strata too small for a model of their own: the hidden number of a stratum
// goes with 1/Π odds, so that noise in the effects of lists inflates it.
//
// With shrinkage the deviation u of list i in stratum s has the penalty u²/2σ², and σ maximises the likelihood with u and the
// other parameters integrated out by Laplace's approximation (restricted likelihood: Breslow and Clayton 1993, Journal of the American
// Statistical Association 88:9). Standard errors and limits take σ as known.
//
// The zero value shrinks, with the interactions of the model that is selected for the table summed over strata.
type Pooled struct {
	As      string
	Pooling Pooling // "" is Shrunk
	// Model holds the interactions of lists; nil takes those selected by BIC, pairs only, for the collapsed table.
	Model  *Model
	Levels []float64 // of intervals; empty is 95 %
	// Bootstrap draws whole tables and estimates σ anew in each; nil is 1,000 semiparametric replicates. Top, Downhill, Exact and
	// Inner do not apply: the interactions are kept.
	Bootstrap *Bootstrap
}

// Name is the name the estimate goes by.
func (e Pooled) Name() string {
	if e.As == "" {
		return "loglinear"
	}
	return e.As
}

func (e Pooled) pooling() Pooling {
	if e.Pooling == "" {
		return Shrunk
	}
	return e.Pooling
}

// pooledProblem is a table by strata with the columns of shrinkage beside the usual ones.
type pooledProblem struct {
	*crossProblem
	set      termSet // interactions of lists
	model    Model
	alike    []int32 // columns of the shared model
	separate []int32 // with list × stratum, as differences from the first stratum
	shrunk   []int32 // the shared model with deviations of every stratum
	free     []bool  // by column: it is a deviation
}

// newPooled makes the strata of the named covariates the levels of one.
func (e Pooled) problem(ctx context.Context, t *estimators.Table, by []string) (*pooledProblem, []estimators.Stratum, error) {
	strata, err := t.Stratify(by...)
	if err != nil {
		return nil, nil, err
	}
	var cells []estimators.Cell
	level := func(s int) string { return fmt.Sprintf("%06d", s) }
	for s, stratum := range strata {
		for _, c := range stratum.Table.Cells() {
			cells = append(cells, estimators.Cell{Pattern: c.Pattern, Count: c.Count, StructuralZero: c.StructuralZero, Levels: []string{level(s)}})
		}
	}
	name := "stratum"
	for slices.Contains(t.Lists(), name) {
		name += "'"
	}
	one, err := estimators.NewTable(t.Lists(), []string{name}, cells)
	if err != nil {
		return nil, nil, err
	}
	if len(strata) < 2 {
		return nil, nil, estimators.Refuse("too-few-strata", "there is one stratum, and nothing to pool it with")
	}
	p, err := newCrossProblem(one, []string{name}, nil, Offset{})
	if err != nil {
		return nil, nil, err
	}
	m := e.Model
	if m == nil {
		est := LogLinear{Select: BIC, MaxOrder: min(2, max(1, t.K()-1)), Window: -1}
		q, err := newProblem(t)
		if err != nil {
			return nil, nil, err
		}
		chosen, _, err := est.model(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		m = &chosen
	}
	if m.Order() > 2 {
		return nil, nil, fmt.Errorf("the model %s has an interaction of more than two lists: pooled strata share pairs", m.Format(t.Lists()))
	}
	for s, stratum := range strata {
		p.covariates[0].Levels[s] = labelled(stratum.Labels)
	}
	out := &pooledProblem{crossProblem: p, model: *m, set: make(termSet, len(p.pairs))}
	for i, q := range p.pairs {
		if q.b < p.k && m.Has(1<<uint(q.a)|1<<uint(q.b)) {
			out.set[i] = true
		}
	}
	out.extend()
	return out, strata, nil
}

// extend adds a column for the deviation of each list in each stratum.
func (p *pooledProblem) extend() {
	type column struct {
		lattice.CrossColumn
		name string
		old  int32
	}
	var columns []column
	for j, name := range p.names {
		v := make([]float64, p.groups)
		for g := range v {
			v[g] = p.cross.Value(int32(j), g)
		}
		columns = append(columns, column{lattice.CrossColumn{Mask: p.cross.Mask(int32(j)), Value: v}, name, int32(j)})
	}
	for i, list := range p.lists {
		for s := range p.groups {
			v := make([]float64, p.groups)
			v[s] = 1
			columns = append(columns, column{lattice.CrossColumn{Mask: 1 << uint(i), Value: v}, fmt.Sprintf("%s in stratum %d", list, s+1), -1})
		}
	}
	slices.SortStableFunc(columns, func(a, b column) int { return int(a.Mask) - int(b.Mask) })
	at := map[int32]int32{}
	kernel := make([]lattice.CrossColumn, len(columns))
	p.names, p.free = nil, make([]bool, len(columns))
	for i, c := range columns {
		kernel[i] = c.CrossColumn
		p.names = append(p.names, c.name)
		if c.old >= 0 {
			at[c.old] = int32(i)
		} else {
			p.free[i] = true
			p.shrunk = append(p.shrunk, int32(i))
		}
	}
	move := func(columns []int32) {
		for i, j := range columns {
			columns[i] = at[j]
		}
	}
	move(p.main)
	for _, q := range p.pairs {
		move(q.columns)
	}
	observable := map[int32]bool{}
	for _, i := range p.cross.Observable() {
		observable[i] = true
	}
	m := 1 << uint(p.k)
	p.cross = lattice.NewCross(p.k, p.groups, kernel, func(g int, w uint32) bool { return !observable[int32(g*m+int(w))] })
	p.alike = p.columns(p.set)
	each := slices.Clone(p.set)
	for i, q := range p.pairs {
		if q.a < p.k && q.b >= p.k {
			each[i] = true
		}
	}
	p.separate = p.columns(each)
	p.shrunk = append(p.shrunk, p.alike...)
	slices.Sort(p.shrunk)
}

// A pooledFit is one pooling fitted to the counts of a fitter.
type pooledFit struct {
	hidden  []float64
	sigma   float64
	columns []int32
	logLik  float64
	rank    int
	means   []float64
	info    *lattice.Information
}

// fit fits one pooling; a refusal says which strata have no hidden number.
func (p *pooledProblem) fit(ctx context.Context, f *lattice.CrossFitter, how Pooling) (*pooledFit, *estimators.Refusal, error) {
	f.Penalty = nil
	out := &pooledFit{columns: p.alike}
	if how == Separate {
		out.columns = p.separate
	}
	x, err := f.Examine(ctx, out.columns)
	if err != nil {
		return nil, nil, err
	}
	if worst := x.Worst(); worst != lattice.Finite {
		return nil, p.refusal(p.set, x), nil
	}
	if how == Shrunk {
		out.columns = p.shrunk
		if out.sigma, err = p.deviation(ctx, f, x); err != nil {
			return nil, nil, err
		}
		f.Penalty = p.penaltyOf(out.sigma)
	}
	got := f.Fit(out.columns, nil, x)
	if got.Status != lattice.Fitted {
		return nil, estimators.Refuse("not-converged", "the fit of pooled strata did not converge in %d iterations", got.Iterations), nil
	}
	out.logLik, out.rank = got.LogLik, x.Rank
	out.hidden = f.Unseen(nil)
	for g, l := range x.Unseen {
		if l == lattice.Falls {
			out.hidden[g] = 0
		}
	}
	return out, nil, nil
}

func (p *pooledProblem) penaltyOf(sigma float64) []float64 {
	out := make([]float64, len(p.free))
	for j, free := range p.free {
		if free {
			out[j] = 1 / (2 * sigma * sigma)
		}
	}
	return out
}

// The deviations of strata are looked for between these: with less, strata are alike; with more, they have nothing to do with each other.
const leastDeviation, mostDeviation = 1e-3, 10

// deviation is the σ of greatest restricted likelihood, by golden section on its logarithm to a hundredth of itself.
func (p *pooledProblem) deviation(ctx context.Context, f *lattice.CrossFitter, x *lattice.CrossExamination) (float64, error) {
	at := func(logSigma float64) float64 {
		sigma := math.Exp(logSigma)
		f.Penalty = p.penaltyOf(sigma)
		got := f.Fit(p.shrunk, nil, x)
		if got.Status != lattice.Fitted {
			return math.Inf(-1)
		}
		parameters := f.Parameters(nil)
		v := got.LogLik
		for j, free := range p.free {
			if free {
				v -= parameters[j]*parameters[j]/(2*sigma*sigma) + logSigma
			}
		}
		return v - f.Information().LogDeterminant()/2
	}
	lo, hi := math.Log(leastDeviation), math.Log(mostDeviation)
	ratio := (math.Sqrt(5) - 1) / 2
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := at(a), at(b)
	for hi-lo > 0.01 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if fa >= fb {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa = at(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + ratio*(hi-lo)
			fb = at(b)
		}
	}
	return math.Exp((lo + hi) / 2), nil
}

// Breakdown estimates the strata of t by the named covariates, and their total, which it checks against the total of strata whose
// list effects are separate, and against the sum of strata that share nothing, interactions included: a total that pooling moves out of its own
// interval is warned about. Shared and separate effects are
// compared by their likelihoods.
//
// The error is a Refusal when the pooled model has no estimate.
func (e Pooled) Breakdown(ctx context.Context, t *estimators.Table, by []string) (b estimators.Breakdown, err error) {
	how := e.pooling()
	if !slices.Contains([]Pooling{Shared, Shrunk, Separate}, how) {
		return b, fmt.Errorf("strata are not pooled by %q: shared, shrunk, separate", how)
	}
	p, strata, err := e.problem(ctx, t, by)
	if err != nil {
		return b, err
	}
	f := p.newFitter()
	fit, refusal, err := p.fit(ctx, f, how)
	if err != nil {
		return b, err
	}
	if refusal != nil {
		return b, refusal
	}
	fit.info, fit.means = f.Information(), f.Means()
	total := estimators.Estimate{Method: e.Name(), Model: p.model.Format(t.Lists()), Observed: t.Observed(), HasSE: true, Status: estimators.OK}
	levels := estimators.Options{Levels: e.Levels}.LevelsOr95()
	c := &crossFit{problem: p.crossProblem, set: p.set, columns: fit.columns, hidden: fit.hidden, info: fit.info, means: fit.means}
	group := c.grouping([]int{0}, levels)
	for s := range group.Totals {
		group.Totals[s].Stratum = strata[s].Labels
	}
	group.By = slices.Clone(by)
	whole := c.grouping(nil, levels).Totals[0]
	total.Hidden, total.Population, total.SE = whole.Hidden, whole.Population, whole.SE
	boot := Bootstrap{}
	if e.Bootstrap != nil {
		boot = *e.Bootstrap
	}
	if boot.Top > 0 || boot.Downhill || boot.Exact || boot.Inner > 0 {
		return b, errors.New("replicates of pooled strata keep the interactions of lists")
	}
	if boot.Scheme == "" {
		boot.Scheme = Semiparametric
	}
	if boot.Replicates == 0 {
		boot.Replicates = DefaultReplicates
	}
	replicates, err := c.replicate(ctx, boot, nil, func(ctx context.Context, q *crossProblem, f *lattice.CrossFitter) (*crossFit, error) {
		again := *p
		again.crossProblem = q
		got, refusal, err := again.fit(ctx, f, how)
		f.Penalty = nil
		if err != nil || refusal != nil {
			return nil, err
		}
		return &crossFit{problem: q, set: p.set, hidden: got.hidden}, nil
	})
	if err != nil {
		return b, err
	}
	b = estimators.Breakdown{By: slices.Clone(by), Model: total.Model, Scheme: string(boot.Scheme), Hidden: replicates.hidden, Seen: replicates.seen}
	interval := func(values []float64, observed float64, have []estimators.Interval) (out []estimators.Interval) {
		for _, level := range levels {
			i := replicateInterval(values, observed, level)
			i.Kind = estimators.OneModel
			out = append(out, i)
		}
		return append(out, have...)
	}
	for s, sub := range group.Totals {
		values := make([]float64, len(b.Hidden))
		for r := range values {
			values[r] = b.Hidden[r][s] + b.Seen[r][s]
		}
		group.Totals[s].Intervals = interval(values, float64(sub.Observed), sub.Intervals)
		est := estimators.Estimate{Method: e.Name(), Model: total.Model, Stratum: sub.Stratum, Observed: sub.Observed, Hidden: sub.Hidden, Population: sub.Population,
			SE: sub.SE, HasSE: true, Intervals: group.Totals[s].Intervals, Status: estimators.OK}
		est.WarnFew()
		warnReplicates(&est, values)
		b.Strata = append(b.Strata, est)
	}
	values := replicateTotals(b.Hidden, b.Seen)
	total.Intervals = interval(values, float64(total.Observed), whole.Intervals)
	total.Bootstrap = &estimators.Resampling{Scheme: b.Scheme, Replicates: len(values), Failed: replicates.failed, Quantiles: replicateQuantiles(values)}
	total.Groups = []estimators.Grouping{group}
	warnReplicates(&total, values)
	total.Notes = append(total.Notes, p.describe(how, fit))
	if err := p.check(ctx, f, how, fit, &total); err != nil {
		return b, err
	}
	if err := checkApart(ctx, strata, p.model, &total); err != nil {
		return b, err
	}
	total.WarnFew()
	b.Total = total
	return b, nil
}

// describe says what the strata share.
func (p *pooledProblem) describe(how Pooling, fit *pooledFit) string {
	switch how {
	case Shared:
		return "lists are taken to reach the same share of every stratum"
	case Separate:
		return "the effect of each list is estimated from each stratum alone; interactions of lists are shared"
	}
	size := fmt.Sprintf("deviations with a standard deviation of %.2f, estimated", fit.sigma)
	switch {
	case fit.sigma < 1.05*leastDeviation:
		size = "the strata are so much alike that the effects are shared"
	case fit.sigma > mostDeviation/1.05:
		size = "the strata are so different that the effects are separate"
	}
	return "the effects of lists (log-odds) are drawn towards their average over strata: " + size
}

// check compares the total with that of separate list effects, and the likelihoods of shared and separate ones.
func (p *pooledProblem) check(ctx context.Context, f *lattice.CrossFitter, how Pooling, fit *pooledFit, total *estimators.Estimate) error {
	separate, refusal, err := p.fit(ctx, f, Separate)
	if err != nil {
		return err
	}
	if refusal != nil {
		if how != Separate {
			total.Notes = append(total.Notes, "without pooling there is no estimate: "+refusal.Text)
		}
		return nil
	}
	shared, refusal, err := p.fit(ctx, f, Shared)
	if err != nil || refusal != nil {
		return err
	}
	n := p.n
	for _, h := range separate.hidden {
		n += h
	}
	df := separate.rank - shared.rank
	ratio := math.Max(0, 2*(separate.logLik-shared.logLik))
	note := fmt.Sprintf("with list effects separate by stratum the total is %s", estimators.People(n))
	if df > 0 {
		note += fmt.Sprintf("; effects that all strata share fit %s (likelihood ratio %.1f on %d degrees of freedom, p %s)",
			map[bool]string{true: "worse", false: "no worse"}[distuv.ChiSquared{K: float64(df)}.Survival(ratio) < 0.05], ratio, df, pValue(distuv.ChiSquared{K: float64(df)}.Survival(ratio)))
	}
	total.Notes = append(total.Notes, note)
	if i, ok := total.Interval(); ok && how != Separate && (n < i.Lower || n > i.Upper) {
		total.Warn(estimators.Warning{Code: "pooling-moves-total", Text: fmt.Sprintf("pooled, the total is %s; with list effects separate by stratum it is %s, outside the %.0f%% interval",
			estimators.People(total.Population), estimators.People(n), 100*i.Level)})
	}
	return nil
}

// mostNamed strata are named in a note.
const mostNamed = 5

// checkApart compares the total with the sum of the strata each by itself, with a model of the same interactions of its own.
func checkApart(ctx context.Context, strata []estimators.Stratum, m Model, total *estimators.Estimate) error {
	n := 0.0
	var without []string
	for _, s := range strata {
		t, _ := ranIn(s.Table)
		var terms []estimators.Pattern
		for _, w := range m.Terms() {
			var among estimators.Pattern
			for i, name := range t.Lists() {
				if w.Has(slices.Index(s.Table.Lists(), name)) {
					among |= 1 << uint(i)
				}
			}
			if among.Size() == w.Size() {
				terms = append(terms, among)
			}
		}
		own, err := NewModel(t.K(), terms...)
		if err != nil { // of two lists that are left, the interaction of both
			own = Independence(t.K())
		}
		f, err := LogLinear{Model: &own, Window: -1}.Fit(ctx, t)
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			without = append(without, labelled(s.Labels))
			continue
		case err != nil:
			return err
		}
		n += f.Population
	}
	if len(without) > 0 {
		names := strings.Join(without[:min(mostNamed, len(without))], "; ")
		if len(without) > mostNamed {
			names += "; …"
		}
		total.Notes = append(total.Notes, fmt.Sprintf("by themselves, with the same interactions, %d of %d strata have no estimate: %s", len(without), len(strata), names))
		return nil
	}
	total.Notes = append(total.Notes, fmt.Sprintf("with every stratum by itself, its interactions its own, the total is %s", estimators.People(n)))
	warned := slices.ContainsFunc(total.Warnings, func(w estimators.Warning) bool { return w.Code == "pooling-moves-total" })
	if i, ok := total.Interval(); ok && !warned && (n < i.Lower || n > i.Upper) {
		total.Warn(estimators.Warning{Code: "pooling-moves-total", Text: fmt.Sprintf("pooled, the total is %s; with every stratum by itself it is %s, outside the %.0f%% interval",
			estimators.People(total.Population), estimators.People(n), 100*i.Level)})
	}
	return nil
}
