package lattice

import (
	"fmt"
	"math"
	"math/bits"
)

// Status says how a fit ended.
type Status uint8

// How a fit can end.
const (
	// Fitted: the extended maximum likelihood estimate exists, is determined, and was found.
	Fitted Status = iota
	// NoMLE: no maximum likelihood estimate exists; the likelihood grows towards a
	// boundary on which more means are zero than empty margins explain.
	NoMLE
	// NotIdentifiable: the estimate exists but the parameters are not determined.
	NotIdentifiable
	// NoMLENotIdentifiable: both of these.
	NoMLENotIdentifiable
	// NotConverged: Newton's method gave up.
	NotConverged
)

func (s Status) String() string {
	switch s {
	case Fitted:
		return "fitted"
	case NoMLE:
		return "no-mle"
	case NotIdentifiable:
		return "not-identifiable"
	case NoMLENotIdentifiable:
		return "no-mle,not-identifiable"
	case NotConverged:
		return "not-converged"
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// Outcome is what a fit found. LogLik leaves out the constant Σ log y!.
type Outcome struct {
	Status     Status
	LogLik     float64 // maximum of Σ y·η − μ over the cells kept; the supremum when there is no MLE
	Intercept  float64 // logarithm of the mean of cell 0
	Variance   float64 // of the intercept, from the inverse information
	Parameters int     // all of them, those at −∞ included
	Infinite   int     // parameters at −∞
	Iterations int
	hopeless   bool // stopped early: the likelihood cannot reach the floor
}

// Tolerances of the Newton decrement g'H⁻¹g (twice the log-likelihood still to be
// gained). The step that follows it is still taken, so the error left is of the order
// of its square.
const (
	searchTolerance = 1e-6
	finalTolerance  = 1e-13
	maxIterations   = 200
	// nearEnough is the decrement from which on twice the predicted gain, which is half the
	// decrement, safely bounds the true one.
	nearEnough = 0.05
)

// A Fitter fits hierarchical Poisson log-linear models to one vector of counts. It
// owns its workspace, so that fits allocate nothing; it must not be used by two
// goroutines at once.
type Fitter struct {
	k, m     int
	y        []float64 // counts by mask; y[0] = 0
	observed []int32   // cells with data: every mask but 0 and the excluded ones
	positive []int32   // those with a positive count
	above    []float64 // sum of y over supermasks
	total    float64
	saturate float64   // Σ y log y − y, the log-likelihood of the saturated model
	offset   []float64 // by mask, added to the predictors; nil: none
	shift    float64   // Σ y·offset

	// Of the model last examined.
	terms    []uint32 // finite terms, intercept last
	infinite []uint32 // terms at −∞
	cells    []int32  // cells kept

	beta, eta, mu, up []float64 // by mask
	step, old         []float64 // by term
	hess              []float64 // packed rows of the lower triangle, then its Cholesky factor
	rows              []uint64
	exam              examiner
	floor             float64 // a fit that cannot reach this log-likelihood stops early
}

// NewFitter makes a fitter for counts y indexed by mask of k bits; y[0] is ignored.
// Excluded cells are not part of the data: they carry neither a count nor evidence of
// absence. It panics when len(y) is not 2^k.
func NewFitter(k int, y []float64, excluded []uint32) *Fitter {
	m := 1 << uint(k)
	if len(y) != m {
		panic("lattice: the length of the counts is not 2^k")
	}
	f := &Fitter{k: k, m: m, y: make([]float64, m), above: make([]float64, m),
		beta: make([]float64, m), eta: make([]float64, m), mu: make([]float64, m), up: make([]float64, m), floor: math.Inf(-1)}
	out := make([]bool, m)
	for _, w := range excluded {
		out[w] = true
	}
	for w := 1; w < m; w++ {
		if !out[w] {
			f.observed = append(f.observed, int32(w))
		}
	}
	f.SetCounts(y)
	return f
}

// SetCounts replaces the counts; the excluded cells remain the same. y[0] and counts
// in excluded cells are ignored.
func (f *Fitter) SetCounts(y []float64) {
	clear(f.y)
	f.positive = f.positive[:0]
	f.total, f.saturate = 0, 0
	for _, w := range f.observed {
		v := y[w]
		f.y[w] = v
		if v > 0 {
			f.positive = append(f.positive, w)
			f.total += v
			f.saturate += v*math.Log(v) - v
		}
	}
	copy(f.above, f.y)
	SumSupersets(f.above, f.k)
	f.weigh()
}

// SetOffset adds known numbers to the predictors of all fits from now on, by mask; that of mask 0 moves the
// mean of the unobserved cell alone. nil takes them away. It panics when there are not 2^k, and they must be finite.
func (f *Fitter) SetOffset(offset []float64) {
	if offset == nil {
		f.offset, f.shift = nil, 0
		return
	}
	if len(offset) != f.m {
		panic("lattice: the length of the offset is not 2^k")
	}
	f.offset = append(f.offset[:0], offset...)
	f.weigh()
}

// weigh computes what the offset adds to every log-likelihood.
func (f *Fitter) weigh() {
	f.shift = 0
	if f.offset == nil {
		return
	}
	for _, w := range f.positive {
		f.shift += f.y[w] * f.offset[w]
	}
}

// unobserved is the predictor of cell 0.
func (f *Fitter) unobserved() float64 {
	if f.offset == nil {
		return f.beta[0]
	}
	return f.beta[0] + f.offset[0]
}

// Total is the sum of the counts.
func (f *Fitter) Total() float64 { return f.total }

// Saturated is the log-likelihood of the saturated model without the constant Σ log y!;
// the deviance of a model is 2·(Saturated − LogLik).
func (f *Fitter) Saturated() float64 { return f.saturate }

// Above is the sum of the counts over the supermasks of t.
func (f *Fitter) Above(t uint32) float64 { return f.above[t] }

// Cells is the number of cells with data.
func (f *Fitter) Cells() int { return len(f.observed) }

// prepare splits the terms of a model, which must contain 0 and be hierarchical, into
// finite ones (intercept last) and those at −∞, and removes the cells that the latter
// fit by exactly zero (the extended maximum likelihood estimate).
func (f *Fitter) prepare(terms []uint32) {
	f.terms, f.infinite, f.cells = f.terms[:0], f.infinite[:0], f.cells[:0]
	for _, t := range terms {
		switch {
		case t == 0:
		case f.above[t] == 0:
			f.infinite = append(f.infinite, t)
		default:
			f.terms = append(f.terms, t)
		}
	}
	f.terms = append(f.terms, 0)
	if len(f.infinite) == 0 {
		f.cells = append(f.cells, f.observed...)
	} else {
		for _, w := range f.observed {
			kept := true
			for _, t := range f.infinite {
				if uint32(w)&t == t {
					kept = false
					break
				}
			}
			if kept {
				f.cells = append(f.cells, w)
			}
		}
	}
}

// independent fills beta with a start: independent items with a third of the total seen.
func (f *Fitter) independent() {
	clear(f.beta)
	size := 3 * f.total
	if size == 0 {
		size = 1
	}
	f.beta[0] = math.Log(size)
	for _, t := range f.terms {
		if bits.OnesCount32(t) == 1 {
			p := math.Min(f.above[t]/size, 0.9)
			f.beta[t] = math.Log(p / (1 - p))
			f.beta[0] += math.Log(1 - p)
		}
	}
}

// A Start is where Newton's method begins: the parameters by mask, of this model or of
// one like it; nil is a start from independence.
type Start []float64

// Fit fits the model with the given terms, which must contain 0 and be hierarchical. A
// model without an estimate gets the status that says so, and the supremum of its
// likelihood. Excluded terms are an error of the caller.
func (f *Fitter) Fit(terms []uint32, start Start) Outcome {
	return f.fit(terms, start, finalTolerance)
}

func (f *Fitter) fit(terms []uint32, start Start, tolerance float64) Outcome {
	f.prepare(terms)
	out := Outcome{Parameters: len(f.terms) + len(f.infinite), Infinite: len(f.infinite)}
	out.Status = f.examine()
	f.begin(start)
	f.newton(&out, tolerance, 0)
	return out
}

// begin sets beta from start, with 0 for terms that are not in the model.
func (f *Fitter) begin(start Start) {
	if start == nil {
		f.independent()
		return
	}
	if &start[0] == &f.beta[0] {
		copy(f.eta, f.beta)
		start = f.eta
	}
	clear(f.beta)
	for _, t := range f.terms {
		f.beta[t] = start[t]
	}
}

// newton maximises the Poisson likelihood over the cells kept, and cell 0 with the
// count zero when that is positive (a pseudo-count for the unobserved cell).
// Parameters that the cells do not determine stay where they are, which leaves
// the likelihood at its maximum.
func (f *Fitter) newton(out *Outcome, tolerance, zero float64) {
	p := len(f.terms)
	if cap(f.step) < p {
		f.step, f.old = make([]float64, p+8), make([]float64, p+8)
		f.hess = make([]float64, (p+8)*(p+8))
	}
	step, old := f.step[:p], f.old[:p]
	ll := math.Inf(-1)
	halved := 0
	gain := 0.0
	for out.Iterations = 1; out.Iterations <= maxIterations; out.Iterations++ {
		now := f.evaluate(zero)
		if math.IsNaN(now) || now < ll-1e-11*(1+math.Abs(ll)) {
			// Too long a step: go back half of it.
			halved++
			if halved > 60 {
				break
			}
			for i, t := range f.terms {
				step[i] /= 2
				f.beta[t] = old[i] + step[i]
			}
			continue
		}
		halved = 0
		ll = now
		copy(f.up, f.mu)
		SumSupersets(f.up, f.k)
		for i, t := range f.terms {
			g := f.above[t] - f.up[t]
			if t == 0 {
				g += zero
			}
			step[i] = g
		}
		var unbound bool
		gain, unbound = f.solve(step, out)
		if gain < tolerance || gain < 1e-15*f.total {
			for i, t := range f.terms {
				f.beta[t] += step[i]
			}
			out.LogLik = ll + gain/2
			out.Intercept = f.unobserved()
			if unbound && out.Status == Fitted {
				out.Status = NotConverged
			}
			return
		}
		if gain < nearEnough && ll+gain < f.floor {
			out.LogLik = ll + gain
			out.hopeless = true
			return
		}
		for i, t := range f.terms {
			old[i] = f.beta[t]
			f.beta[t] += step[i]
		}
	}
	out.LogLik = ll
	out.Intercept = f.unobserved()
	if out.Status == Fitted {
		out.Status = NotConverged
	}
}

// evaluate computes predictors and means at beta and returns the log-likelihood.
func (f *Fitter) evaluate(zero float64) float64 {
	copy(f.eta, f.beta)
	SumSubsets(f.eta, f.k)
	for w, o := range f.offset {
		f.eta[w] += o
	}
	ll := f.shift
	if len(f.cells) < len(f.mu)-1 {
		clear(f.mu)
	}
	f.mu[0] = 0
	for _, w := range f.cells {
		mu := math.Exp(f.eta[w])
		f.mu[w] = mu
		ll -= mu
	}
	if zero > 0 {
		f.mu[0] = math.Exp(f.eta[0])
		ll += zero*f.eta[0] - f.mu[0]
	}
	for _, t := range f.terms {
		ll += f.above[t] * f.beta[t]
	}
	return ll
}

// solve turns the score in step into the Newton step and returns the Newton
// decrement. Directions without information get no step; unbound says there were some.
func (f *Fitter) solve(step []float64, out *Outcome) (decrement float64, unbound bool) {
	p := len(step)
	h := f.hess[:p*p]
	up := f.up
	for i, s := range f.terms {
		row := h[i*p : i*p+i+1]
		for j := range row {
			row[j] = up[s|f.terms[j]]
		}
	}
	for i := range p {
		ri := h[i*p : i*p+i+1]
		for j := 0; j < i; j++ {
			rj := h[j*p : j*p+j+1]
			s := ri[j]
			for l, v := range rj[:j] {
				s -= ri[l] * v
			}
			ri[j] = s * rj[j] // the diagonal holds reciprocals
		}
		d := ri[i]
		s := d
		for _, v := range ri[:i] {
			s -= v * v
		}
		if s <= 1e-11*d || s <= 0 {
			ri[i] = 0
			unbound = true
		} else {
			ri[i] = 1 / math.Sqrt(s)
		}
	}
	for i := range p {
		ri := h[i*p : i*p+i+1]
		s := step[i]
		for j, v := range ri[:i] {
			s -= v * step[j]
		}
		s *= ri[i]
		step[i] = s
		decrement += s * s
	}
	r := h[p*p-1]
	out.Variance = r * r
	for i := p - 1; i >= 0; i-- {
		s := step[i] * h[i*p+i]
		step[i] = s
		for j, v := range h[i*p : i*p+i] {
			step[j] -= v * s
		}
	}
	return decrement, unbound
}

// Parameters appends to dst the parameters of the last fit by mask: a Start for
// the next one. Terms at −∞ and absent terms have 0.
func (f *Fitter) Parameters(dst []float64) []float64 { return append(dst, f.beta...) }

// Infinite returns the terms of the last model that are at −∞.
func (f *Fitter) Infinite() []uint32 { return append([]uint32(nil), f.infinite...) }

// Means appends to dst the fitted means of the last fit by mask: 0 in cells fitted by
// exactly 0 and in excluded cells, and the estimate of the unobserved cell at mask 0.
func (f *Fitter) Means(dst []float64) []float64 {
	f.evaluate(0)
	at := len(dst)
	dst = append(dst, f.mu...)
	dst[at] = math.Exp(f.unobserved())
	return dst
}

// Covariance returns the inverse information of the finite parameters of the last fit,
// and the terms its rows belong to.
func (f *Fitter) Covariance() ([][]float64, []uint32) {
	f.evaluate(0)
	copy(f.up, f.mu)
	SumSupersets(f.up, f.k)
	p := len(f.terms)
	cov := make([][]float64, p)
	var out Outcome
	for i := range cov {
		cov[i] = make([]float64, p)
		cov[i][i] = 1
		f.solve(cov[i], &out)
	}
	return cov, append([]uint32(nil), f.terms...)
}

// FitWithZero refits the model of the last fit with a count for cell 0, from the
// parameters of that fit; the next call starts from these in turn. It returns Σ y·η over
// the observed cells, the sum of their means, and the predictor of cell 0, from which a profile
// likelihood in the count of cell 0 follows without cancellation. At the maximum the means of all
// cells add up to all counts. ok is false when Newton's method failed.
func (f *Fitter) FitWithZero(zero float64) (predicted, means, intercept float64, ok bool) {
	out := Outcome{}
	f.newton(&out, finalTolerance, zero)
	if out.Status != Fitted {
		return 0, 0, 0, false
	}
	f.evaluate(0)
	predicted = f.shift
	for _, t := range f.terms {
		predicted += f.above[t] * f.beta[t]
	}
	for _, w := range f.cells {
		means += f.mu[w]
	}
	return predicted, means, f.unobserved(), true
}
