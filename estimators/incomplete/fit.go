package incomplete

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Tolerances of the fit. The decrement g'I⁻¹g is the squared length of the next step in standard errors; the second is what rounding leaves
// of it for a person.
const (
	decrementTolerance = 1e-16
	decrementRounding  = 1e-26
	largestCondition   = 1e14
	mostSteps          = 1000
	longestStep        = 10.0 // of a predictor, in one step
	drift              = 0.25 // of a predictor in the last step, that says it runs away
)

// An outcome is how a fit ended.
type outcome int

const (
	fitted   outcome = iota
	drifting         // the likelihood has come to rest, but some predictors run to −∞
	singular
	unfinished
)

// A fitter holds the likelihood of one table at one place. Its workspace is its own.
type fitter struct {
	p       *problem
	counts  []float64 // of the rows
	kept    []bool    // cells that can have people
	face    *face
	live    []int // the columns in use
	at      []int // the place of each column among them, −1 for none
	beta    []float64
	eta, mu []float64 // of the cells; 0 where not kept
	sum     []float64 // Σ μ of the rows
	full    []float64 // the completed counts of the cells that can be seen
	grad    []float64
	step    []float64
	scale   []float64
	info    *mat.SymDense
	chol    mat.Cholesky
	trial   []float64
	mean    []float64 // of the columns in a row
	weight  []float64 // of the cells in the information
	touched []int
	steps   int // taken in all
}

func newFitter(p *problem) *fitter {
	f := &fitter{p: p, counts: make([]float64, len(p.rows)), kept: make([]bool, len(p.cells)), at: make([]int, len(p.columns)),
		eta: make([]float64, len(p.cells)), mu: make([]float64, len(p.cells)), sum: make([]float64, len(p.rows)), full: make([]float64, len(p.cells)),
		weight: make([]float64, len(p.cells))}
	for i, r := range p.rows {
		f.counts[i] = r.count
	}
	for i := range p.cells {
		f.kept[i] = !p.cells[i].impossible
	}
	all := make([]int, len(p.columns))
	for j := range all {
		all[j] = j
	}
	f.use(all)
	return f
}

// use sets the columns of the model and makes their coefficients 0.
func (f *fitter) use(columns []int) {
	f.live = columns
	n := len(columns)
	for j := range f.at {
		f.at[j] = -1
	}
	for i, j := range columns {
		f.at[j] = i
	}
	f.beta = make([]float64, n)
	f.grad, f.step, f.scale, f.trial, f.mean = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	f.info = mat.NewSymDense(n, nil)
}

// evaluate sets the means at beta and returns the log-likelihood without constants, less the penalty.
func (f *fitter) evaluate(beta []float64) float64 {
	ll := -f.held(beta)
	for i := range f.p.cells {
		c := &f.p.cells[i]
		f.mu[i], f.eta[i] = 0, math.Inf(-1)
		if !f.kept[i] {
			continue
		}
		eta := c.offset
		for _, j := range c.columns {
			if a := f.at[j]; a >= 0 {
				eta += beta[a]
			}
		}
		f.eta[i], f.mu[i] = eta, math.Exp(eta)
		if c.seen != 0 {
			ll -= f.mu[i]
		}
	}
	for i := range f.p.rows {
		s := 0.0
		for _, c := range f.p.rows[i].cells {
			s += f.mu[c]
		}
		f.sum[i] = s
		if f.counts[i] > 0 {
			ll += f.counts[i] * math.Log(s)
		}
	}
	return ll
}

// complete is the E-step: the people of each row in proportion to the means of its cells.
func (f *fitter) complete() {
	clear(f.full)
	for i := range f.p.rows {
		if f.counts[i] == 0 {
			continue
		}
		share := f.counts[i] / f.sum[i]
		for _, c := range f.p.rows[i].cells {
			f.full[c] += share * f.mu[c]
		}
	}
}

// score sets the gradient, that of the completed counts, and returns its scale.
func (f *fitter) score() (size float64) {
	clear(f.grad)
	for i := range f.p.cells {
		c := &f.p.cells[i]
		if c.seen == 0 || !f.kept[i] {
			continue
		}
		d := f.full[i] - f.mu[i]
		size += f.full[i] + f.mu[i]
		for _, j := range c.columns {
			if a := f.at[j]; a >= 0 {
				f.grad[a] += d
			}
		}
	}
	if f.p.penalty != nil {
		for a, j := range f.live {
			f.grad[a] -= 2 * f.p.penalty[j] * f.beta[a]
		}
	}
	return size
}

// information factorises, scaled to a unit diagonal, the information of the completed counts less the share (1 − t) of what is missing: the
// observed information at t = 0 (Louis 1982, JRSS-B 44:226), that of EM at t = 1. It reports whether it is positive definite.
func (f *fitter) information(t float64) bool {
	n := len(f.live)
	raw := f.info.RawSymmetric()
	clear(raw.Data)
	add := func(a, b int, v float64) {
		if a > b {
			a, b = b, a
		}
		raw.Data[a*raw.Stride+b] += v
	}
	weight := f.weight
	copy(weight, f.mu)
	for i := range f.p.rows {
		r := &f.p.rows[i]
		if f.counts[i] == 0 || len(r.cells) == 1 || t == 1 {
			continue
		}
		f.touched = f.touched[:0]
		for _, c := range r.cells {
			if !f.kept[c] {
				continue
			}
			share := f.mu[c] / f.sum[i]
			weight[c] -= (1 - t) * f.counts[i] * share
			for _, j := range f.p.cells[c].columns {
				if a := f.at[j]; a >= 0 {
					if f.mean[a] == 0 {
						f.touched = append(f.touched, a)
					}
					f.mean[a] += share
				}
			}
		}
		for x, a := range f.touched {
			for _, b := range f.touched[:x+1] {
				add(a, b, (1-t)*f.counts[i]*f.mean[a]*f.mean[b])
			}
		}
		for _, a := range f.touched {
			f.mean[a] = 0
		}
	}
	for i := range f.p.cells {
		c := &f.p.cells[i]
		if c.seen == 0 || !f.kept[i] || weight[i] == 0 {
			continue
		}
		// Columns are ascending, and so are their places: the upper triangle.
		w := weight[i]
		for x, j := range c.columns {
			a := f.at[j]
			if a < 0 {
				continue
			}
			into := raw.Data[a*raw.Stride : a*raw.Stride+n]
			for _, l := range c.columns[x:] {
				if b := f.at[l]; b >= 0 {
					into[b] += w
				}
			}
		}
	}
	if f.p.penalty != nil {
		for a, j := range f.live {
			raw.Data[a*raw.Stride+a] += 2 * f.p.penalty[j]
		}
	}
	for a := range n {
		d := raw.Data[a*raw.Stride+a]
		if !(d > 0) || math.IsInf(d, 0) {
			return false
		}
		f.scale[a] = 1 / math.Sqrt(d)
	}
	for a := range n {
		for b := a; b < n; b++ {
			raw.Data[a*raw.Stride+b] *= f.scale[a] * f.scale[b]
		}
	}
	return f.chol.Factorize(f.info) && f.chol.Cond() < largestCondition
}

// solve sets dst = I⁻¹v.
func (f *fitter) solve(dst, v []float64) {
	for a := range v {
		dst[a] = v[a] * f.scale[a]
	}
	d := mat.NewVecDense(len(dst), dst)
	// The condition was bounded when it was factorised.
	_ = f.chol.SolveVecTo(d, d)
	for a := range dst {
		dst[a] *= f.scale[a]
	}
}

// along is the change of the predictor of a cell by a change of the coefficients.
func (f *fitter) along(i int, step []float64) float64 {
	d := 0.0
	for _, j := range f.p.cells[i].columns {
		if a := f.at[j]; a >= 0 {
			d += step[a]
		}
	}
	return d
}

// maximise goes from beta to a maximum. Steps are of EM until the observed information is positive definite, at least first of them.
func (f *fitter) maximise(ctx context.Context, first int) (outcome, error) {
	ll := f.evaluate(f.beta)
	last := math.Inf(1)
	for n := range mostSteps {
		if err := ctx.Err(); err != nil {
			return unfinished, err
		}
		if math.IsNaN(ll) || math.IsInf(ll, 0) {
			return unfinished, nil
		}
		f.steps++
		f.complete()
		size := f.score()
		newton, found := false, false
		for _, t := range []float64{0, 0.05, 0.3, 1} {
			if t == 0 && n < first && f.p.incomplete() {
				continue
			}
			if f.information(t) {
				newton, found = t == 0, true
				break
			}
		}
		if !found {
			return singular, nil
		}
		f.solve(f.step, f.grad)
		decrement := 0.0
		for a, g := range f.grad {
			decrement += g * f.step[a]
		}
		if math.IsNaN(decrement) {
			return unfinished, nil
		}
		largest := 0.0
		for i := range f.p.cells {
			if f.kept[i] {
				largest = math.Max(largest, math.Abs(f.along(i, f.step)))
			}
		}
		at := 1e-6
		if f.p.penalty != nil {
			at = 1e-13 // what it holds comes to rest far out
		}
		if newton && decrement < at && largest > drift {
			return drifting, nil
		}
		if newton && (decrement <= decrementTolerance+decrementRounding*size || decrement < 1e-9 && decrement >= last/2) {
			for a := range f.beta {
				f.beta[a] += f.step[a]
			}
			f.evaluate(f.beta)
			f.complete()
			f.score()
			if !f.information(0) {
				return singular, nil
			}
			return fitted, nil
		}
		if newton {
			last = decrement
		}
		length := math.Min(1, longestStep/largest)
		noise := 1e-13 * (math.Abs(ll) + size)
		for ; length > 1e-12; length /= 2 {
			for a := range f.beta {
				f.trial[a] = f.beta[a] + length*f.step[a]
			}
			if now := f.evaluate(f.trial); now >= ll+1e-4*length*decrement-noise {
				ll = now
				break
			}
		}
		if length <= 1e-12 {
			return unfinished, nil
		}
		copy(f.beta, f.trial)
	}
	return unfinished, nil
}

// begin sets beta to the weighted least squares fit of log(full + ½) to the completed counts, the first step of a fit to them.
func (f *fitter) begin() bool {
	for i := range f.p.cells {
		f.mu[i] = 0
		if f.kept[i] && f.p.cells[i].seen != 0 {
			f.mu[i] = f.full[i] + 0.5
		}
	}
	if !f.information(1) {
		return false
	}
	clear(f.grad)
	for i := range f.p.cells {
		c := &f.p.cells[i]
		if f.mu[i] == 0 {
			continue
		}
		z := f.mu[i] * (math.Log(f.mu[i]) - c.offset)
		for _, j := range c.columns {
			if a := f.at[j]; a >= 0 {
				f.grad[a] += z
			}
		}
	}
	f.solve(f.beta, f.grad)
	return true
}

// split shares the people of each row over its cells kept in proportion to weight.
func (f *fitter) split(weight func(cell int) float64) {
	clear(f.full)
	for i := range f.p.rows {
		if f.counts[i] == 0 {
			continue
		}
		s := 0.0
		for _, c := range f.p.rows[i].cells {
			if f.kept[c] {
				s += weight(int(c))
			}
		}
		for _, c := range f.p.rows[i].cells {
			if f.kept[c] && s > 0 {
				f.full[c] += f.counts[i] * weight(int(c)) / s
			}
		}
	}
}
