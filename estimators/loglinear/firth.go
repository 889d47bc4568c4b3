package loglinear

import (
	"context"
	"fmt"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A firthFit is a log-linear model fitted with Jeffreys' penalty.
type firthFit struct{ *denseFit }

// fitFirth fits a log-linear model to a table by maximising the Poisson likelihood with
// Jeffreys' penalty, ℓ + ½ log det I (Firth 1993, Biometrika 80:27): the score is
// X'(y + h/2 − μ), as if half the leverage h were added to every count. To first order this
// removes the bias of the parameters, the logarithm of the number of hidden people among
// them; the estimate is smaller than that of maximum likelihood.
//
// All possible cells stay in the fit, also those of terms whose overlap is empty: the
// penalty makes their parameters finite. There is an estimate whenever the columns are
// independent over the possible cells, even where no maximum likelihood estimate exists, as long as somebody is on two
// lists: without that the number would be the penalty's. Refusals: too-few-lists, empty-table, no-overlap, saturated,
// not-identifiable, not-converged, unbounded, too-large.
//
// The standard error is that of [Closed] with the inverse of the unpenalised information at the
// estimate. Deviance, log-likelihood, AIC and BIC are those of the unpenalised likelihood at the
// estimate, which is not their maximum.
func fitFirth(ctx context.Context, t *estimators.Table, m Model) (*firthFit, error) {
	t = t.Collapse()
	if m.K() != t.K() {
		return nil, fmt.Errorf("a model of %d lists for a table of %d", m.K(), t.K())
	}
	d := newDense(t)
	d.columns = modelColumns(m, t.Lists())
	if err := checkLists(t, 2); err != nil {
		return nil, err // the penalty would make up a number
	}
	if err := d.checkTerms(); err != nil {
		return nil, err
	}
	d.used = append(d.used, d.columns...)
	if err := d.arrange(); err != nil {
		return nil, err
	}
	d.build(0)
	status, err := d.reg.FitPenalised(ctx, -1)
	if err != nil {
		return nil, err
	}
	switch status {
	case lattice.Fitted:
	case lattice.NotIdentifiable:
		x, err := d.reg.Examine(ctx)
		if err != nil {
			return nil, err
		}
		x.Status, x.Impossible = lattice.NotIdentifiable, nil
		return nil, d.refuse(x)
	default:
		return nil, estimators.Refuse("not-converged", "the penalised fit did not converge")
	}
	if err := d.summarise(); err != nil {
		return nil, err
	}
	return &firthFit{d}, nil
}

// estimate reduces the fit to what all methods share. An empty kind, and profile, are the profile of the
// penalised likelihood: with the hidden people as a further cell that carries n0 = N − n
// persons but no penalty, the log-likelihood of N is the largest
//
//	ℓ(β; n, n0) + ½ log det I(β) + log Γ(N+1) − N log N + N
//
// over β, with I the information of the observed cells. The other kinds are lognormal and wald.
func (f *firthFit) estimate(ctx context.Context, method, model string, levels []float64, kind estimators.IntervalKind) (estimators.Estimate, error) {
	if kind == "" || kind == estimators.Profile {
		kind = estimators.Penalised
	}
	if err := checkIntervals(levels, kind, estimators.Penalised); err != nil {
		return estimators.Estimate{}, err
	}
	e := f.common(method, model)
	e.Notes = append(e.Notes, "fitted with Firth's penalty; deviance, log-likelihood, AIC and BIC are those of the likelihood without it, and not comparable with those of maximum likelihood")
	l := f.withHidden(f.used)
	l.penalised = true
	if err := addIntervals(ctx, &e, l, levels, kind); err != nil {
		return estimators.Estimate{}, err
	}
	f.warn(&e)
	return e, nil
}
