package incomplete

import (
	"context"
	"slices"

	"darkfigure/estimators"
)

// Breakdown estimates every stratum and the total from replicates in common; by names covariates that the model must have as a term together. Without a Bootstrap there
// are 1000 replicates. The intervals of strata treat their sizes as random. Seen holds those seen that are expected to be of the stratum, whether recorded or not.
func (o Incomplete) Breakdown(ctx context.Context, t *estimators.Table, by []string) (estimators.Breakdown, error) {
	var out estimators.Breakdown
	b := Bootstrap{Replicates: 1000}
	if o.Bootstrap != nil {
		b = *o.Bootstrap
	}
	o.Bootstrap, o.By, o.Interval = &b, [][]string{by}, estimators.Percentile
	total, r, err := o.estimate(ctx, t)
	if err != nil {
		return out, err
	}
	out = estimators.Breakdown{By: slices.Clone(by), Model: total.Model, Scheme: r.Scheme, Total: total, Hidden: r.GroupsHidden[0], Seen: r.GroupsSeen[0]}
	for _, s := range total.Groups[0].Totals {
		e := estimators.Estimate{Method: total.Method, Model: total.Model, Stratum: s.Stratum, Observed: s.Observed, Hidden: s.Population - float64(s.Observed), Population: s.Population,
			SE: s.SE, HasSE: true, Status: total.Status}
		for _, i := range s.Intervals {
			if i.Kind == estimators.Percentile {
				e.Intervals = append(e.Intervals, i)
			}
		}
		out.Strata = append(out.Strata, e)
	}
	return out, nil
}
