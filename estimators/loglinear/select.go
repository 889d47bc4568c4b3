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

// penalty is what a criterion adds to −2 log-likelihood on this table.
func (p *problem) penalty(c Criterion) lattice.Penalty {
	return func(q int) float64 { return penaltyOf(c, q, p.n) }
}

// space is the class of hierarchical models with interactions of at most the given order.
func (p *problem) space(order int) (*lattice.Space, error) {
	s, err := lattice.NewSpace(p.k, p.optional(order))
	if errors.Is(err, lattice.ErrTooLarge) {
		return nil, estimators.Refuse("too-large", "%d lists have %d interactions of at most %d lists, and models are selected among at most %d: lower --max-order, name a model with --model, or use --method independence or Mth-chao", p.k, len(p.optional(order)), order, lattice.MaxTerms)
	}
	return s, err
}

// An exact search is bounded by the number of models it fits: one that was asked for, which then takes
// minutes, and one that comes along with an estimate, which takes seconds.
const (
	maxFits  = 3_000_000
	someFits = 60_000
)

// search returns the models within delta of the least criterion, exactly, best first.
func (p *problem) search(ctx context.Context, c Criterion, order int, delta float64, limit, fits int) ([]lattice.Model, *lattice.Searcher, error) {
	space, err := p.space(order)
	if err != nil {
		return nil, nil, err
	}
	s := lattice.NewSearcher(space, p.fitter, p.penalty(c))
	s.MaxFits = fits
	found, err := s.Within(ctx, delta, limit)
	if errors.Is(err, lattice.ErrTooLarge) {
		return nil, s, estimators.Refuse("too-large", "the exact search over models with interactions of at most %d lists needs more than %d fits, or finds more than %d models: lower --max-order or the window, or name a model", order, fits, limit)
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

// poissonTail is the smaller of P(X ≤ n) and P(X ≥ n) for X Poisson with mean mu. A value
// that is certainly not below bound is returned as 1.
func poissonTail(n, mu, bound float64) float64 {
	if mu <= 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	if n > 0 {
		// Both tails contain P(X = n), and about half the distribution lies on either side of the mean:
		// within one deviation of it neither tail is below a tenth (the least is 0.13 for a normal law).
		if d := n - mu; bound <= 0.05 && d*d < mu && mu > 5 {
			return 1
		}
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
		sel.Search, sel.MaxOrder = "forward", min(order, 2, p.k-1)
		r, err := p.newRule(Stepwise, order, threshold)
		if err != nil {
			return Model{}, sel, err
		}
		got, err := p.newChooser(r).choose(ctx, p.y)
		if err != nil {
			return Model{}, sel, err
		}
		if math.IsInf(got.hidden, 1) {
			return Model{}, sel, estimators.Refuse("no-mle", "the model of independence, where stepwise selection begins, has no estimate: %s", p.refusalText(Independence(p.k)))
		}
		m := r.model(got.set)
		sel.Why = fmt.Sprintf("stepwise: pairs were added while the smallest p-value was below %g; %d of %d pairs", threshold, len(m.terms), len(r.pairs))
		return m, sel, nil
	}
	found, s, err := p.search(ctx, c, order, 0, 0, maxFits)
	if err != nil {
		return Model{}, sel, err
	}
	sel.Fitted, sel.Refused = s.Fits(), s.Refused()
	sel.Considered = max(0, countModels(s.Space))
	return modelOf(s.Space, found[0].Set), sel, nil
}
