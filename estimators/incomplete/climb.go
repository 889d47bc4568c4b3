package incomplete

import (
	"context"
	"fmt"
	"math"

	"darkfigure/estimators"
)

// mostFaces is how often a fit may come to rest against empty cells.
const mostFaces = 20

// climb goes to a maximum of the likelihood, from the completed counts that weights of the cells make of the rows. Cells that run to 0 are left out
// of the model when nothing prevents it: the estimate is then an extended one.
func (f *fitter) climb(ctx context.Context, whole span, weight func(cell int) float64, first int) (logLik float64, err error) {
	empty := make([]bool, len(f.p.cells))
	for i := range f.p.cells {
		empty[i] = f.p.cells[i].observable() && f.p.penalty == nil // which keeps every cell above 0
	}
	for i := range f.p.rows {
		if f.counts[i] > 0 {
			for _, c := range f.p.rows[i].cells {
				empty[c] = false
			}
		}
	}
	if err := f.restrict(ctx, whole, empty); err != nil {
		return 0, err
	}
	f.split(weight)
	if !f.begin() {
		return 0, f.stuck()
	}
	for range mostFaces {
		end, err := f.maximise(ctx, first)
		if err != nil {
			return 0, err
		}
		switch end {
		case fitted:
			if !f.supported() {
				return 0, estimators.Refuse("not-converged", "the fit came to rest with cells at 0 that fit better above it")
			}
			return f.evaluate(f.beta), nil
		case singular, unfinished:
			return 0, f.stuck()
		}
		if f.p.penalty != nil {
			return 0, estimators.Refuse("no-mle", "no estimate exists: empty cells take main effects to infinity, and the penalty is on interactions")
		}
		more := false
		for i := range f.p.cells {
			if f.kept[i] && f.p.cells[i].seen != 0 && f.along(i, f.step) < -drift {
				empty[i], more = true, true
			}
		}
		before := len(f.face.removed)
		start := append([]float64(nil), f.eta...)
		if more {
			if err := f.restrict(ctx, whole, empty); err != nil {
				return 0, err
			}
		}
		if len(f.face.removed) == before {
			return 0, f.stuck()
		}
		f.resume(start)
	}
	return 0, f.stuck()
}

// restrict leaves out what the empty cells take with them.
func (f *fitter) restrict(ctx context.Context, whole span, empty []bool) error {
	face, err := f.p.faceOf(ctx, whole, func(i int) bool { return empty[i] })
	if err != nil {
		return err
	}
	f.face = face
	for i := range f.p.cells {
		f.kept[i] = !f.p.cells[i].impossible
	}
	for _, i := range face.removed {
		f.kept[i] = false
	}
	for _, i := range face.without {
		f.kept[i] = false
	}
	f.use(face.span.live)
	return nil
}

// resume sets the coefficients of the columns now in use from the predictors that the cells had, which these reproduce in the cells kept.
func (f *fitter) resume(eta []float64) {
	for i := range f.p.cells {
		f.mu[i] = 0
		if f.kept[i] && f.p.cells[i].seen != 0 {
			f.mu[i] = 1
		}
	}
	// Least squares with equal weights: the fit is exact.
	f.information(1)
	clear(f.grad)
	for i := range f.p.cells {
		if f.mu[i] == 0 {
			continue
		}
		for _, j := range f.p.cells[i].columns {
			if a := f.at[j]; a >= 0 {
				f.grad[a] += eta[i] - f.p.cells[i].offset
			}
		}
	}
	f.solve(f.beta, f.grad)
}

// supported reports whether the likelihood falls as cells that were left out come back. Those with the same values of the combinations of columns that
// the cells kept leave open come back together, in the proportions of the other columns: the derivative by their common scale, Σ μ·(Σ n_r/m_r − 1), must not be positive.
func (f *fitter) supported() bool {
	rise := make([]float64, len(f.p.cells))
	for i := range f.p.rows {
		if f.counts[i] == 0 {
			continue
		}
		for _, c := range f.p.rows[i].cells {
			rise[c] += f.counts[i] / f.sum[i]
		}
	}
	slope, size := map[string]float64{}, map[string]float64{}
	for _, i := range f.face.removed {
		c := &f.p.cells[i]
		eta := c.offset
		for _, j := range c.columns {
			if a := f.at[j]; a >= 0 {
				eta += f.beta[a]
			}
		}
		mu := math.Exp(eta)
		key := fmt.Sprintf("%.4f", f.face.span.at(c))
		slope[key] += mu * (rise[i] - 1)
		size[key] += mu * (rise[i] + 1)
	}
	for key, s := range slope {
		if s > 1e-6*size[key] {
			return false
		}
	}
	return true
}

// stuck says why a fit did not end: the rows do not determine the model at this place, or steps have become too small.
func (f *fitter) stuck() error {
	nulls := f.p.jacobianSpan(f.face.span, func(i int) float64 {
		if !f.kept[i] || math.IsNaN(f.mu[i]) || math.IsInf(f.mu[i], 0) {
			return 0
		}
		return f.mu[i]
	})
	if len(nulls) > 0 {
		return f.p.notIdentifiable(nulls, " in this table")
	}
	return estimators.Refuse("not-converged", "the fit did not converge in %d steps", mostSteps)
}
