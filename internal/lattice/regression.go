package lattice

import (
	"context"
	"math"
)

// A Regression is a Poisson regression with any dense columns: the mean of row i is
//
//	μᵢ = exp(offsetᵢ + xᵢ'β),
//
// and β maximises Σ yᵢ·log μᵢ − μᵢ over the rows kept. Counts y are not negative and
// need not be whole. It serves the models that do not live on the lattice alone, and
// owns its workspace: refits allocate nothing, and one Regression must not be used by
// two goroutines at once.
//
// Columns may differ in size by any factor; the information matrix is scaled to a unit
// diagonal before it is factorised.
type Regression struct {
	rows, cols int
	x          []float64 // row-major
	y, offset  []float64
	kept       []bool

	beta, eta, mu []float64
	grad, step    []float64
	trial         []float64
	scale         []float64 // 1/√ of the diagonal of the information
	chol          []float64 // lower Cholesky factor of the scaled information
	work          []float64
	lever         []float64
	started       bool
}

// Tolerances of the Newton decrement g'I⁻¹g, the squared length of the coming step in
// standard errors. The step that meets the first one is still taken, which squares the
// error; the second is what rounding leaves of a score of counts of this size.
const (
	decrementTolerance = 1e-16
	decrementRounding  = 1e-26 // per unit of Σμ
	armijo             = 1e-4
	smallestPivot      = 1e-14 // of the scaled information
)

// NewRegression makes a regression of counts on the rows of design, which holds
// len(counts) rows of the given number of columns one after the other. A nil offset is
// zero, a nil kept keeps every row. The slices are copied. It panics when their lengths
// do not agree.
func NewRegression(design []float64, columns int, counts, offset []float64, kept []bool) *Regression {
	n := len(counts)
	if len(design) != n*columns || offset != nil && len(offset) != n || kept != nil && len(kept) != n {
		panic("lattice: the lengths of design, counts, offset and kept do not agree")
	}
	r := &Regression{
		rows: n, cols: columns,
		x: append([]float64(nil), design...), y: append([]float64(nil), counts...),
		offset: make([]float64, n), kept: make([]bool, n),
		beta: make([]float64, columns), eta: make([]float64, n), mu: make([]float64, n),
		grad: make([]float64, columns), step: make([]float64, columns), trial: make([]float64, columns),
		scale: make([]float64, columns), chol: make([]float64, columns*columns),
		work: make([]float64, columns), lever: make([]float64, n),
	}
	copy(r.offset, offset)
	for i := range r.kept {
		r.kept[i] = kept == nil || kept[i]
	}
	return r
}

// SetCount changes the count of one row. The next fit starts from the parameters of
// the last.
func (r *Regression) SetCount(row int, y float64) { r.y[row] = y }

// Start makes the next fit begin at beta instead of at a weighted least squares fit of
// the logarithms of the counts.
func (r *Regression) Start(beta []float64) {
	copy(r.beta, beta)
	r.started = true
}

func (r *Regression) row(i int) []float64 { return r.x[i*r.cols : (i+1)*r.cols] }

// Fit finds the maximum likelihood estimate by Newton's method with step-halving. It
// returns [Fitted], [NotIdentifiable] when the columns are collinear over the rows kept,
// or [NotConverged]; whether a maximum exists is for [Regression.Examine] to say first.
// The error is that of the context.
func (r *Regression) Fit(ctx context.Context) (Status, error) {
	if err := ctx.Err(); err != nil {
		return NotConverged, err
	}
	if !r.started && !r.leastSquares() {
		return NotIdentifiable, nil
	}
	r.started = true
	ll := r.evaluate(r.beta)
	if math.IsNaN(ll) || math.IsInf(ll, 0) {
		// The start is out of reach of the exponential: begin at equal means.
		clear(r.beta)
		ll = r.evaluate(r.beta)
	}
	last := math.Inf(1)
	for range maxIterations {
		if err := ctx.Err(); err != nil {
			return NotConverged, err
		}
		sum := r.score(nil)
		if !r.factorise(-1) {
			return NotIdentifiable, nil
		}
		decrement := r.newtonStep()
		if math.IsNaN(decrement) {
			return NotConverged, nil
		}
		if decrement <= decrementTolerance+decrementRounding*sum || decrement < 1e-9 && decrement >= last/2 {
			r.move(1)
			r.evaluate(r.trial)
			copy(r.beta, r.trial)
			r.factorise(-1)
			return Fitted, nil
		}
		last = decrement
		noise := 1e-13 * (math.Abs(ll) + sum)
		t := 1.0
		for ; t > 1e-12; t /= 2 {
			r.move(t)
			if now := r.evaluate(r.trial); now >= ll+armijo*t*decrement-noise {
				ll = now
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

// leastSquares starts from the weighted least squares fit of log(y + ½), the first step
// of iteratively reweighted least squares.
func (r *Regression) leastSquares() bool {
	clear(r.beta)
	clear(r.mu)
	clear(r.grad)
	for i := range r.rows {
		if !r.kept[i] {
			continue
		}
		w := r.y[i] + 0.5
		r.mu[i] = w
		z := w * (math.Log(w) - r.offset[i])
		for j, x := range r.row(i) {
			r.grad[j] += x * z
		}
	}
	if !r.factorise(-1) {
		return false
	}
	r.newtonStep()
	copy(r.beta, r.step)
	return true
}

// evaluate sets predictors and means at beta and returns Σ yη − μ.
func (r *Regression) evaluate(beta []float64) float64 {
	ll := 0.0
	for i := range r.rows {
		if !r.kept[i] {
			r.mu[i] = 0
			continue
		}
		eta := r.offset[i]
		for j, x := range r.row(i) {
			eta += x * beta[j]
		}
		mu := math.Exp(eta)
		r.eta[i], r.mu[i] = eta, mu
		if r.y[i] > 0 {
			ll += r.y[i] * eta
		}
		ll -= mu
	}
	return ll
}

// score sets grad = X'(y + extra − μ) and returns Σ y + μ.
func (r *Regression) score(extra []float64) (sum float64) {
	clear(r.grad)
	for i := range r.rows {
		if !r.kept[i] {
			continue
		}
		d := r.y[i] - r.mu[i]
		if extra != nil {
			d += extra[i]
		}
		sum += r.y[i] + r.mu[i]
		for j, x := range r.row(i) {
			r.grad[j] += x * d
		}
	}
	return sum
}

// factorise puts the Cholesky factor of the scaled information X'diag(μ)X, without the
// row except, in chol. It reports whether the information is positive definite.
func (r *Regression) factorise(except int) bool {
	p := r.cols
	h := r.chol
	clear(h)
	for i := range r.rows {
		mu := r.mu[i]
		if mu == 0 || !r.kept[i] || i == except {
			continue
		}
		x := r.row(i)
		for a, xa := range x {
			if xa == 0 {
				continue
			}
			v := mu * xa
			ha := h[a*p : a*p+a+1]
			for b := range ha {
				ha[b] += v * x[b]
			}
		}
	}
	for a := range p {
		d := h[a*p+a]
		if !(d > 0) || math.IsInf(d, 0) {
			return false
		}
		r.scale[a] = 1 / math.Sqrt(d)
	}
	for a := range p {
		ha := h[a*p : a*p+a+1]
		for b := range ha {
			ha[b] *= r.scale[a] * r.scale[b]
		}
	}
	for a := range p {
		ha := h[a*p : a*p+a+1]
		for b := range a {
			hb := h[b*p : b*p+b+1]
			s := ha[b]
			for l, v := range hb[:b] {
				s -= ha[l] * v
			}
			ha[b] = s / hb[b]
		}
		s := ha[a]
		for _, v := range ha[:a] {
			s -= v * v
		}
		if !(s > smallestPivot) {
			return false
		}
		ha[a] = math.Sqrt(s)
	}
	return true
}

// solve replaces v by I⁻¹v.
func (r *Regression) solve(v []float64) {
	p := r.cols
	for a := range p {
		ha := r.chol[a*p : a*p+a+1]
		s := v[a] * r.scale[a]
		for l, x := range ha[:a] {
			s -= x * v[l]
		}
		v[a] = s / ha[a]
	}
	for a := p - 1; a >= 0; a-- {
		s := v[a]
		for b := a + 1; b < p; b++ {
			s -= r.chol[b*p+a] * v[b]
		}
		v[a] = s / r.chol[a*p+a]
	}
	for a := range p {
		v[a] *= r.scale[a]
	}
}

// newtonStep sets step = I⁻¹grad and returns grad'step.
func (r *Regression) newtonStep() (decrement float64) {
	copy(r.step, r.grad)
	r.solve(r.step)
	for j, g := range r.grad {
		decrement += g * r.step[j]
	}
	return decrement
}

func (r *Regression) move(t float64) {
	for j, b := range r.beta {
		r.trial[j] = b + t*r.step[j]
	}
}

// Beta appends the parameters of the last fit to dst.
func (r *Regression) Beta(dst []float64) []float64 { return append(dst, r.beta...) }

// Means appends the fitted means of the last fit to dst, 0 in rows that are not kept.
func (r *Regression) Means(dst []float64) []float64 { return append(dst, r.mu...) }

// Predictor is the linear predictor, offset included, of a row at the last fit, kept or not.
func (r *Regression) Predictor(row int) float64 {
	eta := r.offset[row]
	for j, x := range r.row(row) {
		eta += x * r.beta[j]
	}
	return eta
}

// Covariance returns I⁻¹ at the last fit, row by row.
func (r *Regression) Covariance() [][]float64 {
	out := make([][]float64, r.cols)
	for j := range out {
		out[j] = make([]float64, r.cols)
		out[j][j] = 1
		r.solve(out[j])
	}
	return out
}

// Leverages appends hᵢ = μᵢ·xᵢ'I⁻¹xᵢ of the last fit to dst, 0 in rows that are not kept.
// Their sum is the number of columns.
func (r *Regression) Leverages(dst []float64) []float64 {
	r.leverages(-1)
	return append(dst, r.lever...)
}

// leverages fills lever from the factorised information, 0 for the row except.
func (r *Regression) leverages(except int) {
	p := r.cols
	for i := range r.rows {
		r.lever[i] = 0
		if !r.kept[i] || r.mu[i] == 0 || i == except {
			continue
		}
		x := r.row(i)
		h := 0.0
		for a := range p { // h = |L⁻¹Dx|²
			ha := r.chol[a*p : a*p+a+1]
			s := x[a] * r.scale[a]
			for l, v := range ha[:a] {
				s -= v * r.work[l]
			}
			s /= ha[a]
			r.work[a] = s
			h += s * s
		}
		r.lever[i] = h * r.mu[i]
	}
}

// LogLik is the Poisson log-likelihood of the rows kept at the last fit with its
// constants, Σ y·log μ − μ − log Γ(y+1).
func (r *Regression) LogLik() float64 {
	ll := 0.0
	for i := range r.rows {
		if !r.kept[i] {
			continue
		}
		ll -= r.mu[i]
		if r.y[i] > 0 {
			g, _ := math.Lgamma(r.y[i] + 1)
			ll += r.y[i]*r.eta[i] - g
		}
	}
	return ll
}

// Deviance is twice the difference of the log-likelihoods of the saturated model and
// of the last fit over the rows kept, summed from terms that are not negative.
func (r *Regression) Deviance() float64 {
	d := 0.0
	for i := range r.rows {
		if r.kept[i] {
			d += PoissonDeviance(r.y[i], r.eta[i])
		}
	}
	return d
}

// PoissonDeviance is the deviance 2·(y·log(y/μ) − y + μ) of a count y with mean
// μ = exp(logMean), without cancellation when they are close. It is 2μ when y is 0.
func PoissonDeviance(y, logMean float64) float64 {
	mu := math.Exp(logMean)
	if y <= 0 {
		return 2 * mu
	}
	d := (mu - y) / y
	if math.Abs(d) < 1e-3 {
		// d − log(1+d) = d²/2 − d³/3 + d⁴/4 − …
		return 2 * y * d * d * (1.0/2 - d*(1.0/3-d*(1.0/4-d*(1.0/5-d*(1.0/6-d/7)))))
	}
	return 2 * (y*(math.Log(y)-logMean) - (y - mu))
}
