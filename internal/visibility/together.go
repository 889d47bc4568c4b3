package visibility

import (
	"context"
	"errors"
	"fmt"
	"math"

	"darkfigure/estimators"
)

// AsOne estimates the whole table at once and puts it into r.Together, as a check on the sum of its groups: lists that reach some groups
// better than others make people look as if they avoided, or sought, several lists at once, and the estimate of all together is then wrong.
// Where there is no sum, because some groups have no estimate, it is the total, with a warning. There is none when the estimator
// refuses, or when some patterns are impossible in part of the groups only.
//
// Error: that of the estimator, but for a refusal.
func AsOne(ctx context.Context, e estimators.Estimator, t *estimators.Table, r *Result) error {
	if t.PartialStructuralZeros() {
		return nil
	}
	x, err := e.Estimate(ctx, t.Collapse())
	var refused *estimators.Refusal
	switch {
	case errors.As(err, &refused):
		return nil
	case err != nil:
		return fmt.Errorf("the groups as one: %w", err)
	}
	r.Whole(x)
	return nil
}

// Whole takes in an estimate of the whole table; see AsOne.
func (r *Result) Whole(x estimators.Estimate) {
	i := intervalAt(&x, r.Level)
	if i == nil || x.Status == estimators.Refused {
		return
	}
	r.Together = &Together{Model: x.Model, Population: x.Population, Interval: *i}
	sum := r.Total()
	if sum.Status != estimators.Refused {
		r.Together.Apart = sum.Population < i.Lower || sum.Population > i.Upper
		return
	}
	sum.AsOne, sum.Reason, sum.Model = true, nil, x.Model
	sum.Population, sum.Interval = math.Max(x.Population, float64(sum.Observed)), *i
	sum.Hidden = sum.Population - float64(sum.Observed)
	sum.Status, sum.Warnings = estimators.Warned, append([]estimators.Warning{{Code: "total-as-one", Text: "some groups have no estimate: the total is that of all people taken as one, and not the sum of the groups"}}, x.Warnings...)
	sum.Visibility = seen(sum.Observed, sum.Population, sum.Interval)
	for k := range sum.Lists {
		sum.Lists[k].Visibility = seen(sum.Lists[k].Observed, sum.Population, sum.Interval)
	}
	sum.rate()
	r.Together = nil // it is the total
}
