package loglinear

import (
	"context"

	"darkfigure/estimators"
)

// fixedFor fits the model that a rule gives for the number of lists.
type fixedFor struct {
	name   string
	kind   estimators.IntervalKind
	levels []float64
	model  func(k int) Model
}

var _ estimators.Estimator = fixedFor{}

func (e fixedFor) Name() string { return e.name }

func (e fixedFor) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	if t.K() < 2 {
		return estimators.Estimate{}, estimators.Refuse("too-few-lists", "the table has one list: log-linear models need two or more")
	}
	m := e.model(t.K())
	return LogLinear{As: e.name, Model: &m, Kind: e.kind, Levels: e.levels, Window: -1}.Estimate(ctx, t)
}
