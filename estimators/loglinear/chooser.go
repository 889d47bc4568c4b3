package loglinear

import (
	"context"
	"math"
	"math/bits"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A rule is how a model is chosen, made ready to be applied to many tables with the same lists:
// to one table, to bootstrap replicates, to simulated tables.
type rule struct {
	criterion Criterion // bic, aic, aicc, stepwise, or fixed
	downhill  bool      // by local search instead of exact search
	threshold float64   // of stepwise
	space     *lattice.Space
	pairs     []uint64    // stepwise: the optional terms in the order of ties
	guess     uint64      // where a search begins; the model itself when fixed
	start     []float64   // parameters to start from; nil: independence
	top       []uint64    // choose among these only
	tops      [][]float64 // their parameters on the original table
	decided   *lattice.Searcher
}

const fixed Criterion = "fixed"

// newRule makes the rule for a problem. Stepwise selection is of pairs, whatever the order above 1.
func (p *problem) newRule(c Criterion, order int, threshold float64) (*rule, error) {
	if c == Stepwise {
		order = min(order, 2, p.k-1)
	}
	space, err := p.space(order)
	if err != nil {
		return nil, err
	}
	r := &rule{criterion: c, threshold: threshold, space: space}
	if c == Stepwise {
		for _, t := range AllUpTo(p.k, order).terms {
			if set, ok := space.Set([]uint32{uint32(t)}); ok {
				r.pairs = append(r.pairs, set)
			}
		}
	}
	return r, nil
}

// fixedRule applies one model.
func (p *problem) fixedRule(m Model) (*rule, error) {
	space, err := p.space(max(m.Order(), 1))
	if err != nil {
		return nil, err
	}
	set, ok := space.Set(p.terms(m))
	if !ok {
		return nil, p.refusal(m)
	}
	return &rule{criterion: fixed, space: space, guess: set}, nil
}

// A chosen is the outcome of a rule on one table.
type chosen struct {
	set    uint64
	hidden float64 // +Inf when there is no estimate
	logVar float64
}

// A chooser applies a rule. It owns its workspace, allocates nothing after its first use, and its
// answer to a table does not depend on the tables before.
type chooser struct {
	*rule
	fitter   *lattice.Fitter
	searcher *lattice.Searcher
	n        float64
	terms    []uint32
	overlap  []float64
}

func (p *problem) newChooser(r *rule) *chooser {
	c := &chooser{rule: r, fitter: lattice.NewFitter(p.k, make([]float64, 1<<uint(p.k)), p.zeros)}
	c.fitter.SetOffset(p.offset.vector(p.k))
	c.searcher = lattice.NewSearcher(r.space, c.fitter, c.penalty())
	if r.decided != nil {
		c.searcher.Decisions(r.decided)
	}
	return c
}

// penalty follows the number of persons of the current table.
func (c *chooser) penalty() lattice.Penalty {
	return func(q int) float64 { return penaltyOf(c.criterion, q, c.n) }
}

// penaltyOf is what a criterion adds to −2 log-likelihood for q parameters and n persons.
func penaltyOf(c Criterion, q int, n float64) float64 {
	switch c {
	case AIC:
		return 2 * float64(q)
	case AICc:
		d := n - float64(q) - 1
		if d <= 0 {
			return math.Inf(1)
		}
		return 2 * float64(q) * (1 + float64(q+1)/d)
	}
	return float64(q) * math.Log(n)
}

// choose applies the rule to counts by mask.
func (c *chooser) choose(ctx context.Context, y []float64) (chosen, error) {
	c.fitter.SetCounts(y)
	c.n = c.fitter.Total()
	none := chosen{hidden: math.Inf(1)}
	if c.n == 0 {
		return none, nil
	}
	set, ok := c.guess, true
	var err error
	switch {
	case c.criterion == fixed:
	case c.criterion == Stepwise:
		set, ok, err = c.stepwise(ctx)
	case c.top != nil:
		set, ok = c.among()
	case c.downhill:
		var m lattice.Model
		m, err = c.searcher.Greedy(ctx, c.guess, c.start)
		set, ok = m.Set, !math.IsInf(m.Criterion, 1)
	default:
		var m lattice.Model
		m, ok, err = c.searcher.Best(ctx, c.guess, c.start)
		set = m.Set
	}
	if err != nil || !ok {
		return none, err
	}
	return c.fit(set), nil
}

func (c *chooser) fit(set uint64) chosen {
	m := c.searcher.Fit(set, c.start)
	hidden := math.Exp(m.Outcome.Intercept)
	if m.Outcome.Status != lattice.Fitted || math.IsInf(hidden, 0) || math.IsNaN(hidden) {
		return chosen{set: set, hidden: math.Inf(1)}
	}
	return chosen{set, hidden, m.Outcome.Variance}
}

// among chooses the best of a given list of models.
func (c *chooser) among() (uint64, bool) {
	best := lattice.Model{Criterion: math.Inf(1)}
	for i, set := range c.top {
		if m := c.searcher.FitBelow(set, c.tops[i], best.Criterion); m.Criterion < best.Criterion {
			best = m
		}
	}
	return best.Set, !math.IsInf(best.Criterion, 1)
}

// stepwise selects pairs forward. In every round, for each pair not yet in, the fitted
// mean μ of its overlap gives p = min(P(X ≤ n), P(X ≥ n)) with X Poisson of mean μ and n
// the persons on both lists; one tail, not doubled. A pair whose model has no estimate
// or an undetermined one gets p = 1. The smallest p below threshold is added, ties to
// the first pair in the order 12, 13, …, 23, …. (Chan, Silverman and Vincent 2021, section 2.3.)
func (c *chooser) stepwise(ctx context.Context) (set uint64, ok bool, err error) {
	if m := c.searcher.Fit(0, nil); m.Outcome.Status != lattice.Fitted {
		return 0, false, nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
		c.overlap = c.fitter.Means(c.overlap[:0])
		c.overlap[0] = 0
		lattice.SumSupersets(c.overlap, c.space.K)
		best, added := c.threshold, uint64(0)
		for _, pair := range c.pairs {
			if set&pair != 0 {
				continue
			}
			t := c.space.Optional[bits.TrailingZeros64(pair)]
			if pv := poissonTail(c.fitter.Above(t), c.overlap[t], best); pv < best {
				c.terms = c.space.Terms(c.terms[:0], set|pair)
				if c.fitter.Estimable(c.terms) {
					best, added = pv, pair
				}
			}
		}
		if added == 0 {
			return set, true, nil
		}
		set |= added
		// Fit from independence: each round's start is then the same whatever came before.
		if m := c.searcher.Fit(set, nil); m.Outcome.Status != lattice.Fitted {
			return 0, false, nil
		}
	}
}

// model turns a set of optional terms into a Model.
func (r *rule) model(set uint64) Model { return modelOf(r.space, set) }

func modelOf(s *lattice.Space, set uint64) Model {
	var terms []estimators.Pattern
	for b := set; b != 0; b &= b - 1 {
		terms = append(terms, estimators.Pattern(s.Optional[bits.TrailingZeros64(b)]))
	}
	m, err := NewModel(s.K, terms...)
	if err != nil {
		panic("loglinear: " + err.Error())
	}
	return m
}
