package loglinear

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A Criterion is a way to choose a model.
type Criterion string

// The criteria. BIC uses the logarithm of the number of persons, AICc their number as
// sample size; parameters at −∞ are counted.
const (
	Auto     Criterion = ""         // BIC up to five lists, stepwise from six
	BIC      Criterion = "bic"      // least BIC over all hierarchical models up to the maximal order
	AIC      Criterion = "aic"      // the same by AIC
	AICc     Criterion = "aicc"     // the same by AICc
	Stepwise Criterion = "stepwise" // forward over pairs by p-value (Chan, Silverman and Vincent 2021)
)

// DefaultMaxOrder is the largest interaction that is considered by default: of three lists
// up to five lists, of two from six (as in Silverman, Chan and Vincent 2024), and never of
// all lists.
func DefaultMaxOrder(k int) int {
	if k >= 6 {
		return 2
	}
	return max(1, min(3, k-1))
}

// DefaultThreshold is the p-value below which stepwise selection adds a pair.
const DefaultThreshold = 0.02

// penalty is what a criterion adds to −2 log-likelihood for p parameters.
func (p *problem) penalty(c Criterion) lattice.Penalty {
	n := p.n
	switch c {
	case AIC:
		return func(q int) float64 { return 2 * float64(q) }
	case AICc:
		return func(q int) float64 {
			d := n - float64(q) - 1
			if d <= 0 {
				return math.Inf(1)
			}
			return 2 * float64(q) * (1 + float64(q+1)/d)
		}
	default:
		return func(q int) float64 { return float64(q) * math.Log(n) }
	}
}

// space is the class of hierarchical models with interactions of at most the given order.
func (p *problem) space(order int) (*lattice.Space, error) {
	s, err := lattice.NewSpace(p.k, p.optional(order))
	if errors.Is(err, lattice.ErrTooLarge) {
		return nil, estimators.Refuse("too-large", "%d lists have %d interactions of at most %d lists; an exact search handles %d: lower --max-order or name a model", p.k, len(p.optional(order)), order, lattice.MaxTerms)
	}
	return s, err
}

// model turns a set of optional terms of a space into a Model.
func (p *problem) model(s *lattice.Space, set uint64) Model {
	var terms []estimators.Pattern
	for _, t := range s.Terms(nil, set) {
		if estimators.Pattern(t).Size() > 1 {
			terms = append(terms, estimators.Pattern(t))
		}
	}
	m, err := NewModel(p.k, terms...)
	if err != nil {
		panic("loglinear: " + err.Error())
	}
	return m
}

// maxFits bounds an exact search; it is reached after minutes.
const maxFits = 3_000_000

// search returns the models within delta of the least criterion, exactly, best first.
func (p *problem) search(ctx context.Context, c Criterion, order int, delta float64, limit int) ([]lattice.Model, *lattice.Searcher, error) {
	space, err := p.space(order)
	if err != nil {
		return nil, nil, err
	}
	s := lattice.NewSearcher(space, p.fitter, p.penalty(c))
	s.MaxFits = maxFits
	found, err := s.Within(ctx, delta, limit)
	if errors.Is(err, lattice.ErrTooLarge) {
		return nil, s, estimators.Refuse("too-large", "the exact search over models with interactions of at most %d lists is too large: lower --max-order or the window, or name a model", order)
	}
	if err != nil {
		return nil, s, err
	}
	if len(found) == 0 {
		return nil, s, estimators.Refuse("no-mle", "none of the models has an estimate; that of independence: %s", p.refusalText(Independence(p.k)))
	}
	return found, s, nil
}

func (p *problem) refusalText(m Model) string {
	if r := p.refusal(m); r != nil {
		return r.Text
	}
	return "it exists"
}

// A Step is one addition of stepwise selection.
type Step struct {
	Added  estimators.Pattern
	PValue float64
}

// stepwise selects pairs forward. In every round, for each pair not yet in, the fitted
// mean μ of its overlap gives p = min(P(X ≤ n), P(X ≥ n)) with X Poisson of mean μ and n
// the persons on both lists; one tail, not doubled. A pair whose model has no estimate
// or an undetermined one gets p = 1. The smallest p below threshold is added, ties to
// the first pair in the order 12, 13, …, 23, …. (Chan, Silverman and Vincent 2021, section 2.3.)
func (p *problem) stepwise(ctx context.Context, threshold float64) (Model, []Step, error) {
	m := Independence(p.k)
	out := p.fitter.Fit(p.terms(m), nil)
	if out.Status != lattice.Fitted {
		if r := p.refusal(m); r != nil {
			return m, nil, r
		}
		return m, nil, estimators.Refuse("not-converged", "the independence model did not converge")
	}
	var steps []Step
	means := p.fitter.Means(nil)
	for {
		if err := ctx.Err(); err != nil {
			return m, nil, err
		}
		overlap := append([]float64(nil), means...)
		overlap[0] = 0
		lattice.SumSupersets(overlap, p.k)
		best := Step{PValue: threshold}
		var next Model
		for _, pair := range AllUpTo(p.k, 2).terms {
			if m.Has(pair) || !p.possible(uint32(pair)) {
				continue
			}
			pv := poissonTail(p.fitter.Above(uint32(pair)), overlap[pair])
			if pv >= best.PValue {
				continue
			}
			larger, err := NewModel(p.k, append(m.Terms(), pair)...)
			if err != nil {
				return m, nil, err
			}
			if p.fitter.Examine(p.terms(larger)).Status != lattice.Fitted {
				continue
			}
			best, next = Step{pair, pv}, larger
		}
		if best.Added == 0 {
			return m, steps, nil
		}
		if out := p.fitter.Fit(p.terms(next), nil); out.Status != lattice.Fitted {
			return m, nil, estimators.Refuse("not-converged", "the fit of %s did not converge", next.Format(p.lists))
		}
		m = next
		means = p.fitter.Means(means[:0])
		steps = append(steps, best)
	}
}

// poissonTail is the smaller of P(X ≤ n) and P(X ≥ n) for X Poisson with mean mu.
func poissonTail(n, mu float64) float64 {
	if mu <= 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	atMost := mathext.GammaIncRegComp(n+1, mu)
	atLeast := 1.0
	if n > 0 {
		atLeast = mathext.GammaIncReg(n, mu)
	}
	return math.Min(atMost, atLeast)
}

// choose selects a model by a criterion other than Auto, and says how.
func (p *problem) choose(ctx context.Context, c Criterion, order int, threshold float64) (Model, *estimators.Selection, error) {
	sel := &estimators.Selection{Criterion: string(c), MaxOrder: order, Search: "exact"}
	if c == Stepwise {
		sel.Search, sel.MaxOrder = "forward", min(2, p.k-1)
		m, steps, err := p.stepwise(ctx, threshold)
		if err != nil {
			return m, sel, err
		}
		sel.Why = fmt.Sprintf("stepwise: pairs were added while the smallest p-value was below %g; %d of %d pairs", threshold, len(steps), p.k*(p.k-1)/2)
		return m, sel, nil
	}
	found, s, err := p.search(ctx, c, order, 0, 0)
	if err != nil {
		return Model{}, sel, err
	}
	sel.Fitted, sel.Refused = s.Fits(), s.Refused()
	sel.Considered = max(0, countModels(s.Space))
	return p.model(s.Space, found[0].Set), sel, nil
}
