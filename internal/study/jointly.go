package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/resample"
	"darkfigure/internal/visibility"
)

// jointly estimates all groups of a table by one model in every drawn linkage, when the study file asks for it: of every group, what each draw
// gives. It is nil when it does not.
func (j *Job) jointly(ctx context.Context, o Pooling, by []string, strata []stratum, draws []*estimators.Table) ([][]drawn, error) {
	e := j.Study.Estimate
	if !e.Together() {
		return nil, nil
	}
	out := make([][]drawn, len(strata))
	for i := range out {
		out[i] = make([]drawn, len(draws))
	}
	err := resample.Each(ctx, len(draws), o.Workers, func(d int) error {
		// Streams of draws must not be those of the replicates of one draw: the seed is mixed with d.
		boot := &loglinear.Bootstrap{Replicates: o.Replicates, Seed: j.Seed ^ 0x9e3779b97f4a7c15*uint64(d+1), Workers: 1}
		var model visibility.Estimator = loglinear.Pooled{Pooling: e.Pool, Levels: o.Levels, Bootstrap: boot}
		if e.Joint {
			model = loglinear.Joint{Covariates: slices.Concat(e.By, e.Covariates), Trends: e.Trends, Levels: o.Levels, Bootstrap: boot}
		}
		b, err := model.Breakdown(ctx, draws[d], by)
		var refused *estimators.Refusal
		if err != nil && !errors.As(err, &refused) {
			return fmt.Errorf("one model for all groups: %w", err)
		}
		for i, s := range strata {
			at := slices.IndexFunc(b.Strata, func(x estimators.Estimate) bool { return slices.Equal(x.Stratum, s.labels) })
			switch {
			case refused != nil:
				out[i][d] = drawn{Estimate: estimators.Estimate{Status: estimators.Refused, Reason: refused}, draw: d}
				if t := s.draws[d]; t != nil {
					out[i][d].Observed = t.Observed()
				}
			case at < 0:
				out[i][d] = drawn{Estimate: estimators.Estimate{Status: estimators.Refused, Reason: estimators.Refuse("empty-table", "nobody is in the table")}, draw: d}
			default:
				out[i][d] = drawnOf(b, at, d)
			}
		}
		return nil
	})
	return out, err
}

// drawnOf is what draw d says about a group of a breakdown.
func drawnOf(b estimators.Breakdown, at, d int) drawn {
	e := b.Strata[at]
	out := drawn{Estimate: e, draw: d}
	if e.Status == estimators.Refused {
		return out
	}
	out.Model = b.Model
	out.Warnings = slices.DeleteFunc(slices.Clone(e.Warnings), func(w estimators.Warning) bool {
		return w.Code == "few-replicates" // those of all draws make the interval
	})
	out.log = math.Log(max(e.Hidden, 0))
	logs := make([]float64, len(b.Hidden))
	for r := range b.Hidden {
		out.values = append(out.values, b.Hidden[r][at]+b.Seen[r][at])
		logs[r] = math.Log(max(b.Hidden[r][at], 0))
	}
	if out.variance = resample.NormalVariance(logs); math.IsInf(out.variance, 1) {
		out.variance = e.LogVariance()
	}
	return out
}
