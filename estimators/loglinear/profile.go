package loglinear

import (
	"context"
	"math"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// latticeProfile is the multinomial profile likelihood of N (Cormack 1992) of a
// hierarchical model: with n0 = N − n as a pseudo-count of the unobserved cell, the
// Poisson model is refitted on the lattice, and up to a constant
//
//	ℓ(N) = Σ n_ω η̂_ω + n0 (η̂_0 − log n0) − n + s(N) − s(n0),  s(x) = log Γ(x+1) − x log x + x.
//
// Fitted means add up to the counts, so that η̂_0 − log n0 = log(1 + (n − Σ μ̂_ω)/n0), which keeps
// its digits however large n0 is; where the model puts next to nobody in the unobserved cell the
// difference itself does. ℓ'(N) follows from the envelope
// theorem as in [denseProfile].
type latticeProfile struct {
	fitter *lattice.Fitter
	n      float64
}

var _ likelihoodOfN = latticeProfile{}

// at starts Newton's method from the previous point, which the search for a limit comes close to.
func (p latticeProfile) at(ctx context.Context, n0 float64) (ll, slope float64, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, false, err
	}
	predicted, means, intercept, ok := p.fitter.FitWithZero(n0)
	if !ok {
		return 0, 0, false, nil
	}
	rest := intercept - math.Log(n0)
	if excess := (p.n - means) / n0; math.Abs(excess) < 0.5 {
		rest = math.Log1p(excess)
	}
	size := p.n + n0
	ll = predicted + n0*rest - p.n + stirlingExcess(size) - stirlingExcess(n0)
	return ll, rest + digammaLess(size) - digammaLess(n0), true, nil
}

// likelihood is the profile likelihood of this model. The kernel serves it alone until the next fit.
func (f *Fitted) likelihood() latticeProfile {
	f.problem.fitter.Fit(f.problem.terms(f.Model), lattice.Start(f.parameter))
	return latticeProfile{f.problem.fitter, f.problem.n}
}

// profile finds the maximum of the profile likelihood.
func (f *Fitted) profile(ctx context.Context) (*curve, error) {
	c, ok, err := newCurve(ctx, f.likelihood(), f.problem.n, f.Hidden)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, estimators.Refuse("not-converged", "the profile likelihood of %s did not converge; --interval lognormal does without it", f.Model.Format(f.problem.lists))
	}
	return c, nil
}

// ProfileIntervals returns the profile likelihood intervals of N at the given levels.
func (f *Fitted) ProfileIntervals(ctx context.Context, levels []float64) ([]estimators.Interval, error) {
	e := estimators.Estimate{Observed: f.Observed, Hidden: f.Hidden, Population: f.Population, SE: f.SE}
	_, _, err := addLimits(ctx, &e, f.likelihood(), levels, estimators.Profile)
	return e.Intervals, err
}

// ProfileMaximum is the N of greatest multinomial likelihood. It lies a little below the
// Poisson estimate; Rcapture's closedpCI prints it as abundance.
func (f *Fitted) ProfileMaximum(ctx context.Context) (float64, error) {
	c, err := f.profile(ctx)
	if err != nil {
		return 0, err
	}
	return f.problem.n + c.top, nil
}
