package loglinear

import (
	"context"

	"darkfigure/estimators"
)

// ChanceOverlaps returns, by pattern, how many persons the independence model of all lists
// would put on those lists together, whatever else they are on; nil when that model has no
// estimate.
func ChanceOverlaps(t *estimators.Table) []float64 {
	p, err := newProblem(t)
	if err != nil {
		return nil
	}
	return p.byChance()
}

// EstimableClasses says of the usual models of a table whether they have an estimate: no
// interactions, each single pair of lists that shares nobody, and all interactions up to each
// order. Its refusals name the cells or terms in the way.
func EstimableClasses(ctx context.Context, t *estimators.Table) ([]estimators.Estimable, error) {
	p, err := newProblem(t)
	if err != nil {
		return nil, err
	}
	var out []estimators.Estimable
	add := func(m Model) {
		e := estimators.Estimable{Model: m.Format(p.lists), Status: estimators.OK}
		if r := p.refusal(m); r != nil {
			e.Status, e.Reason = estimators.Refused, r
		}
		out = append(out, e)
	}
	add(Independence(p.k))
	if p.k < 3 {
		return out, nil
	}
	for _, pair := range AllUpTo(p.k, 2).terms {
		if p.fitter.Above(uint32(pair)) == 0 {
			m, err := NewModel(p.k, pair)
			if err != nil {
				return nil, err
			}
			add(m)
		}
	}
	for order := 2; order < p.k && order <= 3; order++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		add(AllUpTo(p.k, order))
	}
	return out, nil
}
