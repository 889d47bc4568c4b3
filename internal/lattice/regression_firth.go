package lattice

import (
	"context"
	"math"
)

// FitPenalised maximises the likelihood with Jeffreys' penalty,
//
//	ℓ(β) + ½ log det I(β),
//
// whose score is X'(y + h/2 − μ) with the leverages h (Firth 1993, Biometrika 80:27,
// section 3.1). The maximum is finite whenever the columns are independent over the rows
// kept, also where the likelihood itself has none. The row except carries a count but
// has no part in the penalty; −1 stands for no row. Covariance and leverages are then
// those of the unpenalised information at the penalised estimate, without that row.
//
// Statuses and error are those of [Regression.Fit].
func (r *Regression) FitPenalised(ctx context.Context, except int) (Status, error) {
	if err := ctx.Err(); err != nil {
		return NotConverged, err
	}
	if !r.started && !r.leastSquares() {
		return NotIdentifiable, nil
	}
	r.started = true
	value, ok := r.penalised(r.beta, except)
	if !ok {
		clear(r.beta)
		if value, ok = r.penalised(r.beta, except); !ok {
			return NotIdentifiable, nil
		}
	}
	last := math.Inf(1)
	// The step is that of Fisher's scoring: the derivative of h is left out, so that
	// convergence is linear with a small factor, and worth more iterations.
	for range 10 * maxIterations {
		if err := ctx.Err(); err != nil {
			return NotConverged, err
		}
		r.leverages(except)
		for i := range r.lever {
			r.lever[i] /= 2
		}
		sum := r.score(r.lever)
		if except >= 0 && r.kept[except] && !r.factorise(-1) {
			return NotIdentifiable, nil
		}
		decrement := r.newtonStep()
		if math.IsNaN(decrement) {
			return NotConverged, nil
		}
		if decrement <= 1e-26+decrementRounding*sum || decrement < 1e-20 && decrement >= last/2 {
			r.move(1)
			copy(r.beta, r.trial)
			_, ok := r.penalised(r.beta, except)
			if !ok {
				return NotIdentifiable, nil
			}
			return Fitted, nil
		}
		last = decrement
		noise := 1e-12 * (math.Abs(value) + sum)
		t := 1.0
		for ; t > 1e-12; t /= 2 {
			r.move(t)
			if now, ok := r.penalised(r.trial, except); ok && now >= value+armijo*t*decrement-noise {
				value = now
				break
			}
		}
		if t <= 1e-12 {
			return NotConverged, nil
		}
		copy(r.beta, r.trial)
	}
	return NotConverged, nil
}

// Penalty is ½ log det of the information at the last penalised fit.
func (r *Regression) Penalty() float64 {
	s := 0.0
	for j := range r.cols {
		s += math.Log(r.chol[j*r.cols+j]) - math.Log(r.scale[j])
	}
	return s
}

// penalised evaluates ℓ + ½ log det I at beta and leaves the information without the
// row except factorised; ok is false where that is not positive definite.
func (r *Regression) penalised(beta []float64, except int) (value float64, ok bool) {
	ll := r.evaluate(beta)
	if math.IsNaN(ll) || math.IsInf(ll, 0) || !r.factorise(except) {
		return 0, false
	}
	return ll + r.Penalty(), true
}
