package visibility

import (
	"context"
	"errors"
	"fmt"

	"darkfigure/estimators"
)

// AsOne estimates the whole table at once, as a check on the sum of its groups: lists that reach some groups better than others make
// people look as if they avoided, or sought, several lists at once, and the estimate of all together is then wrong. It is nil when
// there is no such estimate, and when some patterns are impossible in part of the groups only.
//
// Error: that of the estimator, but for a refusal.
func AsOne(ctx context.Context, e estimators.Estimator, t *estimators.Table, r *Result) (*Together, error) {
	if t.PartialStructuralZeros() {
		return nil, nil
	}
	x, err := e.Estimate(ctx, t.Collapse())
	var refused *estimators.Refusal
	switch {
	case errors.As(err, &refused):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("the groups as one: %w", err)
	}
	i, ok := x.Interval()
	if !ok || x.Status == estimators.Refused {
		return nil, nil
	}
	out := &Together{Model: x.Model, Population: x.Population, Interval: i}
	if sum := r.Total(); sum.Status != estimators.Refused {
		out.Apart = sum.Population < i.Lower || sum.Population > i.Upper
	}
	return out, nil
}
