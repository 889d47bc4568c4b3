package loglinear

import (
	"context"

	"darkfigure/estimators"
)

// special fits the models that the lattice kernel does not: with a heterogeneity term, or
// with Firth's penalty. They are not searched over; without a Model they are fitted to
// independence of the lists.
func (e LogLinear) special(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	m := Independence(t.K())
	if e.Model != nil {
		m = *e.Model
	}
	name := m.Format(t.Lists())
	var est estimators.Estimate
	if e.Firth {
		d, err := fitFirth(ctx, t, m)
		if err != nil {
			return estimators.Estimate{Model: name}, err
		}
		est, err = d.estimate(ctx, e.Name(), name, e.Levels, e.Kind)
		if err != nil {
			return estimators.Estimate{Model: name}, err
		}
	} else {
		name += " + " + string(e.Heterogeneity)
		d, err := fitHeterogeneous(ctx, t, m, e.Heterogeneity, heterogeneousOptions{})
		if err != nil {
			return estimators.Estimate{Model: name}, err
		}
		est, err = d.estimate(ctx, e.Name(), name, e.Levels, e.Kind)
		if err != nil {
			return estimators.Estimate{Model: name}, err
		}
	}
	why := "the model was given"
	if e.Model == nil {
		why = "no model was given, so that independence of the lists was taken; these models are not searched over"
	}
	est.Selection = &estimators.Selection{Criterion: "fixed", MaxOrder: m.Order(), Why: why}
	return est, nil
}
