package loglinear

import (
	"cmp"
	"context"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
	"darkfigure/internal/resample"
)

// A walk is a search that adds and takes out pairs one at a time, from main effects alone.
//
// Both ways by BIC with the logarithm of the persons; then, from the model that ends this, forward by AIC; then forward at one unit
// for each parameter. This is the procedure of the Dutch estimates of human trafficking (van Dijk, Cruyff, van der Heijden and
// Kragten-Heerdink 2017), as their program mse has it, with two differences: a step to a model whose hidden numbers have no limit is
// not taken, and is shown as refused; and a model with parameters at −∞ is judged by the supremum of its likelihood.
type walk struct {
	problem *crossProblem
	fitter  *lattice.CrossFitter
	helpers []*lattice.CrossFitter // of further workers; empty for one
	// screened leaves out candidates that score and Wald statistics show to be far from the best; only replicates do so.
	screened bool

	fits    int
	steps   []estimators.Step
	sets    []termSet
	refused map[string]bool
	// around are the fits of the neighbours of a model, by the term that they have more or less: the model that ends one phase begins the next.
	around   map[int]neighbour
	aroundOf *crossFit
}

// A neighbour is a model one pair away: what its criterion follows from.
type neighbour struct {
	logLik     float64
	parameters int
}

// least is what a step must lower the criterion by.
const least = 1e-7

// A criterion of a search: what is added to −2 log-likelihood for each parameter.
type phase struct {
	name     string
	cost     float64
	backward bool
}

// phases of the published procedure.
func (p *crossProblem) phases() []phase {
	return []phase{{"bic", math.Log(p.n), true}, {"aic", 2, false}, {"k=1", 1, false}}
}

// choosing are the phases of a search of which nothing but the choice by a criterion is shown: what follows the first has a larger BIC, or is
// not reached by BIC.
func (p *crossProblem) choosing(c Criterion) []phase {
	if c == BIC {
		return p.phases()[:1]
	}
	return p.phases()
}

// run walks through the phases and returns the last fit. When main effects alone have no estimate the error is a Refusal, and the fit
// says which hidden numbers have no limit.
func (w *walk) run(ctx context.Context, phases []phase) (current *crossFit, err error) {
	p := w.problem
	w.refused = map[string]bool{}
	set := make(termSet, len(p.pairs))
	current, refusal, err := p.fitOn(ctx, w.fitter, set, nil)
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		return current, refusal
	}
	w.fits++
	w.record(phases[0].name, "", current, nil)
	for _, ph := range phases {
		for {
			next, term, err := w.step(ctx, current, ph)
			if err != nil {
				return nil, err
			}
			if next == nil {
				break
			}
			current = next
			w.record(ph.name, term, current, nil)
		}
	}
	return current, nil
}

// record puts the model that was fitted last on the path.
func (w *walk) record(phase, term string, c *crossFit, refusal *estimators.Refusal) {
	if !w.screened {
		c.complete(w.fitter)
	}
	s := estimators.Step{Phase: phase, Term: term, Model: w.problem.format(c.set), Fit: c.fit, Status: estimators.OK}
	if refusal != nil {
		s.Status, s.Reason = estimators.Refused, refusal
	} else {
		for _, h := range c.hidden {
			s.Hidden += h
		}
		s.Population = w.problem.n + s.Hidden
		if !w.screened {
			s.SE = c.totalSE(s.Hidden)
		}
	}
	w.steps = append(w.steps, s)
	w.sets = append(w.sets, c.set)
}

// totalSE is the standard error of the total of a complete fit.
func (c *crossFit) totalSE(hidden float64) float64 {
	var columns []int32
	var gradient []float64
	for _, j := range c.columns {
		if c.problem.cross.Mask(j) != 0 {
			continue
		}
		s := 0.0
		for g, h := range c.hidden {
			if h > 0 {
				s += h * c.problem.cross.Value(j, g)
			}
		}
		columns, gradient = append(columns, j), append(gradient, s)
	}
	half := c.info.Half(columns, gradient)
	return math.Sqrt(hidden + dot(half, half))
}

// a candidate is a model one pair away.
type candidate struct {
	term  int
	add   bool
	value float64 // of the criterion
}

// step finds the best neighbour that lowers the criterion and whose hidden numbers have limits; nil when there is none.
func (w *walk) step(ctx context.Context, current *crossFit, ph phase) (*crossFit, string, error) {
	p := w.problem
	now := -2*(current.fit.LogLik+p.constant) + ph.cost*float64(current.fit.Parameters)
	var all []candidate
	for t, in := range current.set {
		if !in || ph.backward {
			all = append(all, candidate{term: t, add: !in, value: math.Inf(1)})
		}
	}
	if err := w.evaluate(ctx, current, all, ph, now); err != nil {
		return nil, "", err
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	for _, c := range all {
		if c.value >= now-least {
			break
		}
		sign := "− "
		if c.add {
			sign = "+ "
		}
		next, refusal, err := p.fitOn(ctx, w.fitter, current.set.with(c.term, c.add), current.parameter)
		if err != nil {
			return nil, "", err
		}
		w.fits++
		if refusal == nil {
			return next, sign + p.termName(c.term), nil
		}
		if key := sign + p.termName(c.term); next != nil && !w.refused[key] && !w.screened {
			w.refused[key] = true
			w.record(ph.name, key, next, refusal)
		}
	}
	return nil, "", nil
}

// evaluate fits the candidates to the accuracy of a comparison.
func (w *walk) evaluate(ctx context.Context, current *crossFit, all []candidate, ph phase, now float64) error {
	p := w.problem
	if w.aroundOf != current {
		w.around, w.aroundOf = map[int]neighbour{}, current
	}
	value := func(n neighbour) float64 { return -2*n.logLik + ph.cost*float64(n.parameters) }
	fits := make([]neighbour, len(all))
	one := func(f *lattice.CrossFitter, c *candidate) neighbour {
		columns := p.columns(current.set.with(c.term, c.add))
		q := p.parameters(f, columns)
		out := f.Search(columns, current.parameter)
		if out.Status != lattice.Fitted {
			out = f.Search(columns, nil)
		}
		return neighbour{out.LogLik, q}
	}
	if w.screened {
		return w.screen(ctx, current, all, ph, now, func(f *lattice.CrossFitter, c *candidate) { c.value = value(one(f, c)) })
	}
	w.fits += len(all)
	idle := make(chan *lattice.CrossFitter, len(w.helpers)+1)
	idle <- w.fitter
	for _, h := range w.helpers {
		idle <- h
	}
	err := resample.Each(ctx, len(all), len(w.helpers)+1, func(i int) error {
		if n, known := w.around[all[i].term]; known {
			fits[i] = n
			return nil
		}
		f := <-idle
		fits[i] = one(f, &all[i])
		idle <- f
		return nil
	})
	if err != nil {
		return err
	}
	for i := range all {
		w.around[all[i].term], all[i].value = fits[i], value(fits[i])
	}
	return nil
}

// screen fits candidates in the order of what score and Wald statistics promise, and leaves out those that could not be the best if
// their likelihood ratio were twice (and four more) what the statistic says, for terms added, or a quarter of it, for terms taken out. For one
// cell the ratio is at most twice the score statistic, and Wald's at most four times the ratio while its count differs from its mean by less
// than a factor of several hundred.
func (w *walk) screen(ctx context.Context, current *crossFit, all []candidate, ph phase, now float64, one func(*lattice.CrossFitter, *candidate)) error {
	p := w.problem
	sets := make([][]int32, len(all))
	for i, c := range all {
		sets[i] = p.pairs[c.term].columns
	}
	promise := w.fitter.Promises(current.columns, current.parameter, current.empty, sets, func(j int32) bool {
		return current.limits[slices.Index(current.columns, j)] != lattice.Finite
	})
	hope, order := make([]float64, len(all)), make([]int, len(all))
	for i, c := range all {
		cost := ph.cost * float64(len(sets[i]))
		if c.add {
			hope[i] = now + cost - 2*promise[i] - 4
		} else {
			hope[i] = now - cost + promise[i]/4
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(hope[a], hope[b]) })
	best := now - least
	for _, i := range order {
		if hope[i] >= best {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		one(w.fitter, &all[i])
		w.fits++
		best = math.Min(best, all[i].value)
	}
	return nil
}

// chosenStep is the step of the path that is least by a criterion among those taken.
func chosenStep(steps []estimators.Step, c Criterion) int {
	best := -1
	value := func(s estimators.Step) float64 {
		switch c {
		case AIC:
			return s.Fit.AIC
		case AICc:
			if s.Fit.AICcUndefined {
				return math.Inf(1)
			}
			return s.Fit.AICc
		}
		return s.Fit.BIC
	}
	for i, s := range steps {
		if s.Status != estimators.Refused && (best < 0 || value(s) < value(steps[best])) {
			best = i
		}
	}
	return best
}
