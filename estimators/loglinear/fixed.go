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
	least  int // lists
}

var _ estimators.Estimator = fixedFor{}

func (e fixedFor) Name() string { return e.name }

func (e fixedFor) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	if least := max(2, e.least); t.K() < least {
		return estimators.Estimate{}, estimators.Refuse("too-few-lists", "the table has %d of the %d lists this method needs", t.K(), least)
	}
	m := e.model(t.K())
	return LogLinear{As: e.name, Model: &m, Kind: e.kind, Levels: e.levels, Window: -1}.Estimate(ctx, t)
}
