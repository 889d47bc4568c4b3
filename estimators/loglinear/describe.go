package loglinear

import (
	"context"
	"fmt"
	"strings"

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
	add := func(name string, m Model) {
		e := estimators.Estimable{Model: name, Status: estimators.OK}
		if r := p.refusal(m); r != nil {
			r.Text = strings.TrimPrefix(r.Text, m.Format(p.lists)+": ")
			e.Status, e.Reason = estimators.Refused, r
		}
		out = append(out, e)
	}
	add("independence", Independence(p.k))
	if p.k < 3 {
		return out, nil
	}
	for _, pair := range AllUpTo(p.k, 2).terms {
		if p.fitter.Above(uint32(pair)) == 0 {
			m, err := NewModel(p.k, pair)
			if err != nil {
				return nil, err
			}
			add("["+pair.Join(p.lists, "*")+"]", m)
		}
	}
	for order := 2; order < p.k && order <= 3; order++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		name := "all pairs"
		if order > 2 {
			name = fmt.Sprintf("all terms of at most %d lists", order)
		}
		add(name, AllUpTo(p.k, order))
	}
	return out, nil
}
