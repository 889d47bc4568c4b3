package loglinear

import (
	"context"
	"fmt"
	"math"

	"darkfigure/estimators"
)

// averaged makes the average over the near-tied models the estimate: N is the weighted
// mean, the interval the mixture's, and the standard error its standard deviation, which
// holds the doubt within models and between them.
func (e LogLinear) averaged(ctx context.Context, p *problem) (estimators.Estimate, error) {
	if p.k < 3 {
		return estimators.Estimate{}, estimators.Refuse("too-few-lists", "from %d lists there is one model only, and nothing to average", p.k)
	}
	order := e.order(p.k)
	sel := &estimators.Selection{Criterion: string(e.ranking()), Search: "exact", MaxOrder: order}
	if e.Kind != "" && e.Kind != estimators.Mixture {
		return estimators.Estimate{}, fmt.Errorf("an average over models has a mixture interval, not a %s one", e.Kind)
	}
	if err := p.window(ctx, sel, e.ranking(), order, e.window(), nil, e.levels(), someFits, e.Outline); err != nil {
		return estimators.Estimate{Selection: sel}, err
	}
	sel.Why = fmt.Sprintf("the %d models within %g %s units of the best, weighted by exp(−½·difference)", len(sel.Candidates), e.window(), criterionName(e.ranking()))
	a := sel.Averaged
	est := estimators.Estimate{Method: e.Name(), Observed: p.table.Observed(), Population: a.Population, Hidden: a.Population - p.n,
		SE: math.Sqrt(mixtureVariance(sel.Candidates, a.Population)), HasSE: true, Intervals: a.Intervals, Status: estimators.OK, Selection: sel}
	est.Notes = e.Offset.notes(p.lists)
	warnTied(&est, sel)
	return est, nil
}
