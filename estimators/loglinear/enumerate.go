package loglinear

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// Enumeration lists models of a table with what each says.
type Enumeration struct {
	MaxOrder  int                     // largest interaction; 0 is DefaultMaxOrder
	Criterion Criterion               // of order and weight: bic (default), aic, aicc
	Within    float64                 // only models within so many units of the best, found by exact search; 0: all
	Top       int                     // only the best so many, found by exact search; 0: all
	Kind      estimators.IntervalKind // lognormal (default), profile, wald
	Levels    []float64
}

// maxModels is the largest number of models that is listed one by one.
const maxModels = 1_000_000

// Models is the answer: models best first, those without an estimate last in canonical order, and
// weights that are normalised over the models shown.
type Models struct {
	Models  []estimators.Estimate
	Weights []float64
	Ranking Criterion
	// Considered is the number of models in the class, 0 when it was not counted; Refused of those
	// met have no estimate.
	Considered float64
	Refused    int
}

// Run lists the models. Without Within and Top every hierarchical model up to MaxOrder is
// fitted, which the code for five lists does in a fraction of a second; the number of models grows doubly exponentially,
// and above a million the answer is a refusal.
func (e Enumeration) Run(ctx context.Context, t *estimators.Table) (*Models, error) {
	switch e.Criterion {
	case Auto:
		e.Criterion = BIC
	case BIC, AIC, AICc:
	default:
		return nil, fmt.Errorf("models are not ranked by %q: bic, aic, aicc", e.Criterion)
	}
	if k := max(t.K(), 2); e.MaxOrder < 0 || e.MaxOrder >= k {
		return nil, fmt.Errorf("maximal order %d: interactions of 1 to %d lists can be estimated from %d lists", e.MaxOrder, k-1, t.K())
	}
	p, err := newProblem(t)
	if err != nil {
		return nil, err
	}
	order := e.MaxOrder
	if order == 0 {
		order = DefaultMaxOrder(p.k)
	}
	if e.Within > 0 || e.Top > 0 {
		return e.best(ctx, p, order)
	}
	return e.all(ctx, p, order)
}

// best lists near-tied models by exact search.
func (e Enumeration) best(ctx context.Context, p *problem, order int) (*Models, error) {
	found, s, err := e.found(ctx, p, order)
	if err != nil {
		return nil, err
	}
	out := &Models{Ranking: e.Criterion, Considered: max(0, countModels(s.Space)), Refused: s.Refused(), Weights: akaike(found)}
	for _, m := range found {
		est, err := p.listed(ctx, s, m, e)
		if err != nil {
			return nil, err
		}
		out.Models = append(out.Models, est)
	}
	return out, nil
}

// found searches for the models within the window, or for the best so many; for these the window is widened until
// it holds them, or every model that has an estimate.
func (e Enumeration) found(ctx context.Context, p *problem, order int) ([]lattice.Model, *lattice.Searcher, error) {
	delta := e.Within
	if delta == 0 {
		delta = 4
	}
	for {
		found, s, err := p.search(ctx, e.Criterion, order, delta, maxModels, maxFits)
		if err != nil {
			return nil, nil, err
		}
		if e.Within == 0 && len(found) < e.Top && delta < 1e6 {
			delta *= 2
			continue
		}
		if e.Top > 0 && len(found) > e.Top {
			found = found[:e.Top]
		}
		return found, s, nil
	}
}

// sets are the optional terms of the best models.
func (e Enumeration) sets(ctx context.Context, p *problem) ([]uint64, error) {
	found, _, err := e.found(ctx, p, e.MaxOrder)
	if err != nil {
		return nil, err
	}
	out := make([]uint64, len(found))
	for i, m := range found {
		out[i] = m.Set
	}
	return out, nil
}

func (e Enumeration) all(ctx context.Context, p *problem, order int) (*Models, error) {
	space, err := p.space(order)
	if err != nil {
		return nil, err
	}
	s := lattice.NewSearcher(space, p.fitter, p.penalty(e.Criterion))
	s.MaxFits = maxModels
	var fitted, refused []lattice.Model
	err = s.All(ctx, func(m lattice.Model) error {
		if m.Outcome.Status == lattice.Fitted {
			fitted = append(fitted, m)
		} else {
			refused = append(refused, m)
		}
		return nil
	})
	if errors.Is(err, lattice.ErrTooLarge) {
		return nil, estimators.Refuse("too-large", "there are more than %d hierarchical models of %d lists with interactions of at most %d: list the best with --within 6 or --top 100, or lower --max-order", maxModels, p.k, order)
	}
	if err != nil {
		return nil, err
	}
	lattice.Sort(fitted)
	out := &Models{Ranking: e.Criterion, Considered: float64(len(fitted) + len(refused)), Refused: len(refused)}
	if len(fitted) > 0 {
		out.Weights = akaike(fitted)
	}
	for _, m := range fitted {
		est, err := p.listed(ctx, s, m, e)
		if err != nil {
			return nil, err
		}
		out.Models = append(out.Models, est)
	}
	models := make([]Model, len(refused))
	for i, m := range refused {
		models[i] = modelOf(space, m.Set)
	}
	slices.SortFunc(models, func(a, b Model) int {
		if c := cmp.Compare(len(a.terms), len(b.terms)); c != 0 {
			return c
		}
		return slices.CompareFunc(a.terms, b.terms, compareTerms)
	})
	for _, m := range models {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r := p.refusal(m)
		if r == nil {
			r = estimators.Refuse("not-converged", "%s: the fit did not converge", m.Format(p.lists))
		}
		out.Models = append(out.Models, estimators.Estimate{Method: "loglinear", Model: m.Format(p.lists), Observed: p.table.Observed(), Status: estimators.Refused, Reason: r})
		out.Weights = append(out.Weights, 0)
	}
	return out, nil
}

// listed turns a model of a search into an estimate with what a list of models shows.
// Models from Within were fitted just well enough to rank them, and are fitted again.
func (p *problem) listed(ctx context.Context, s *lattice.Searcher, m lattice.Model, e Enumeration) (estimators.Estimate, error) {
	model := modelOf(s.Space, m.Set)
	if e.Kind == estimators.Profile || e.Within > 0 || e.Top > 0 {
		f, err := p.fit(model)
		if err != nil {
			return estimators.Estimate{}, err
		}
		est := f.brief()
		if e.Kind == estimators.Profile {
			est.Intervals, err = f.ProfileIntervals(ctx, estimators.Options{Levels: e.Levels}.LevelsOr95())
			return est, err
		}
		return e.plain(est), nil
	}
	hidden := math.Exp(m.Outcome.Intercept)
	fit := p.statistics(m.Outcome)
	est := estimators.Estimate{Method: "loglinear", Model: model.Format(p.lists), Observed: p.table.Observed(), Hidden: hidden,
		Population: p.n + hidden, SE: standardError(hidden, m.Outcome.Variance), HasSE: true, Fit: &fit, Status: estimators.OK}
	return e.plain(est), nil
}

// brief is the estimate without what only a single model's report shows.
func (f *Fitted) brief() estimators.Estimate {
	fit := f.Fit
	return estimators.Estimate{Method: "loglinear", Model: f.Model.Format(f.problem.lists), Observed: f.Observed, Hidden: f.Hidden,
		Population: f.Population, SE: f.SE, HasSE: true, Fit: &fit, Status: estimators.OK}
}

// plain adds intervals that need no further fits.
func (e Enumeration) plain(est estimators.Estimate) estimators.Estimate {
	for _, l := range (estimators.Options{Levels: e.Levels}).LevelsOr95() {
		if e.Kind == estimators.Wald {
			est.Intervals = append(est.Intervals, Wald(float64(est.Observed), est.Hidden, est.SE, l))
		} else {
			est.Intervals = append(est.Intervals, LogNormal(float64(est.Observed), est.Hidden, est.SE, l))
		}
	}
	return est
}
