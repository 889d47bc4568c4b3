package loglinear

import (
	"context"

	"darkfigure/estimators"
)

// SampleModel samples the posterior of a given model, without thresholding.
func SampleModel(ctx context.Context, e ThresholdBayes, t *estimators.Table, interactions ...estimators.Pattern) (*ThresholdFit, error) {
	e, err := e.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := e.prepare(t)
	if err != nil {
		return nil, err
	}
	var inside []uint32
	for _, u := range interactions {
		inside = append(inside, uint32(s.inside(u)))
	}
	c, infinite, err := s.sample(ctx, 0, inside, nil, 0)
	if err != nil {
		return nil, err
	}
	f := &ThresholdFit{Observed: t.Observed(), options: e, problem: s.outer}
	return f, s.finish(f, c, infinite)
}

// ThresholdMethods describes Bayesian thresholding.
var ThresholdMethods = thresholdMethods
