package truncated

import "math"

// A problem is a likelihood: a family, a matrix for each of its linear predictors with a row for each group, and the cells.
type problem struct {
	family   Family
	x        [3][]float64 // row-major, groups × columns
	columns  [3]int
	groups   int
	start    []int
	captures []int
	counts   []float64
}

// parameters is the number of columns of all predictors.
func (p *problem) parameters() int { return p.columns[0] + p.columns[1] + p.columns[2] }

// predict writes the linear predictors of a group.
func (p *problem) predict(g int, beta []float64, eta *[3]float64) {
	at := 0
	for k, n := range p.columns {
		eta[k] = 0
		for j, x := range p.x[k][g*n : (g+1)*n] {
			eta[k] += x * beta[at+j]
		}
		at += n
	}
}

// A newton owns the workspace of fits of one problem and allocates nothing after it is made.
type newton struct {
	beta, trial, grad, step []float64
	info, chol              []float64 // observed information, and its Cholesky factor scaled to a unit diagonal
	scale                   []float64
	logLik                  float64
}

func newNewton(p int) *newton {
	return &newton{beta: make([]float64, p), trial: make([]float64, p), grad: make([]float64, p), step: make([]float64, p),
		info: make([]float64, p*p), chol: make([]float64, p*p), scale: make([]float64, p)}
}

// derivatives computes log-likelihood, score and observed information at beta.
func (n *newton) derivatives(p *problem, beta []float64) {
	size := len(n.beta)
	clear(n.grad)
	clear(n.info)
	n.logLik = 0
	var eta [3]float64
	var at point
	var offset [3]int
	offset[1], offset[2] = p.columns[0], p.columns[0]+p.columns[1]
	for g := range p.groups {
		if p.start[g] == p.start[g+1] {
			continue
		}
		p.predict(g, beta, &eta)
		if p.family == (Family{zeroTruncated, poisson}) {
			n.poisson(p, g, eta[0])
			continue
		}
		p.family.at(&eta, &at)
		var sum jet
		for i := p.start[g]; i < p.start[g+1]; i++ {
			c := p.counts[i]
			if c <= 0 || !p.family.enters(p.captures[i]) {
				continue
			}
			l := at.logProbability(p.captures[i])
			sum.v += c * l.v
			for k := range sum.g {
				sum.g[k] += c * l.g[k]
			}
			for k := range sum.h {
				sum.h[k] += c * l.h[k]
			}
		}
		n.logLik += sum.v
		for k, q := range pairs {
			a, b := q[0], q[1]
			if p.columns[b] == 0 {
				continue
			}
			xa, xb := p.x[a][g*p.columns[a]:(g+1)*p.columns[a]], p.x[b][g*p.columns[b]:(g+1)*p.columns[b]]
			for i, u := range xa {
				if u == 0 {
					continue
				}
				u *= -sum.h[k]
				row := n.info[(offset[a]+i)*size+offset[b]:]
				for j, v := range xb {
					row[j] += u * v
				}
			}
		}
		for a, c := range p.columns {
			for i, u := range p.x[a][g*c : (g+1)*c] {
				n.grad[offset[a]+i] += u * sum.g[a]
			}
		}
	}
	// Pairs of one predictor fill both triangles, those of two only the upper one.
	for i := range size {
		for j := range i {
			n.info[i*size+j] = n.info[j*size+i]
		}
	}
}

// poisson adds a group to the derivatives of ztpoisson, the family that is fitted most: with m = λ/(1 − e^−λ) the mean of those seen, the
// score is x(y − m) and the information xx'm(1 + λ − m).
func (n *newton) poisson(p *problem, g int, eta float64) {
	lambda := math.Exp(eta)
	seen := -math.Expm1(-lambda)
	m, base := lambda/seen, -lambda-math.Log(seen)
	people, score := 0.0, 0.0
	for i := p.start[g]; i < p.start[g+1]; i++ {
		c, y := p.counts[i], float64(p.captures[i])
		if c > 0 {
			people += c
			score += c * (y - m)
			n.logLik += c * (base + y*eta - logFactorial(p.captures[i]))
		}
	}
	size := len(n.beta)
	x := p.x[0][g*size : (g+1)*size]
	variance := people * m * (1 + lambda - m)
	for i, u := range x {
		if u == 0 {
			continue
		}
		n.grad[i] += u * score
		u *= variance
		row := n.info[i*size : (i+1)*size]
		for j, v := range x {
			row[j] += u * v
		}
	}
}

// factorise makes the Cholesky factor of the information with damping added to its diagonal; ok is false when it is not
// positive definite.
func (n *newton) factorise(damping float64) (ok bool) {
	size := len(n.beta)
	for i := range size {
		d := math.Abs(n.info[i*size+i])
		if !(d > 0) || math.IsInf(d, 1) {
			return false
		}
		n.scale[i] = 1 / math.Sqrt(d)
	}
	for i := range size {
		for j := 0; j <= i; j++ {
			sum := n.info[i*size+j] * n.scale[i] * n.scale[j]
			if i == j {
				sum += damping
			}
			for k := range j {
				sum -= n.chol[i*size+k] * n.chol[j*size+k]
			}
			if i > j {
				n.chol[i*size+j] = sum / n.chol[j*size+j]
				continue
			}
			if !(sum > 1e-13) {
				return false
			}
			n.chol[i*size+i] = math.Sqrt(sum)
		}
	}
	return true
}

// solve puts the solution of information·dst = b into dst.
func (n *newton) solve(dst, b []float64) {
	size := len(n.beta)
	for i := range size {
		sum := b[i] * n.scale[i]
		for k := range i {
			sum -= n.chol[i*size+k] * dst[k]
		}
		dst[i] = sum / n.chol[i*size+i]
	}
	for i := size - 1; i >= 0; i-- {
		sum := dst[i]
		for k := i + 1; k < size; k++ {
			sum -= n.chol[k*size+i] * dst[k]
		}
		dst[i] = sum / n.chol[i*size+i]
	}
	for i := range size {
		dst[i] *= n.scale[i]
	}
}

// Tolerances of the fit. An estimate at infinity shows by steps that stay as long as they were while the likelihood no longer
// grows, so that both the Newton decrement and the change of the predictors have to vanish.
const (
	decrementTolerance = 1e-14
	changeTolerance    = 1e-6
	mostIterations     = 100
	leastLogLambda     = -25 // λ below 10⁻¹⁰ has run away to 0
	mostSecond         = 15  // and so have log α and the logit of a share beyond it
)

// fit climbs from beta to a maximum by Newton's method with the observed information, damped where that is not positive
// definite. It reports whether a maximum was reached; the factor of the undamped information is then in place.
func (n *newton) fit(p *problem) bool {
	damping := 0.0
	n.derivatives(p, n.beta)
	for range mostIterations {
		here := n.logLik
		if math.IsNaN(here) || math.IsInf(here, 0) {
			return false
		}
		used := damping
		for !n.factorise(used) {
			if used = math.Max(10*used, 1e-3); used > 1e6 {
				return false
			}
		}
		n.solve(n.step, n.grad)
		decrement := 0.0
		for i, s := range n.step {
			decrement += s * n.grad[i]
		}
		if !(decrement >= 0) {
			return false
		}
		change := n.change(p)
		if used == 0 && decrement <= decrementTolerance && change <= changeTolerance {
			for i, s := range n.step {
				n.beta[i] += s
			}
			n.derivatives(p, n.beta)
			return n.factorise(0)
		}
		// A step that moves a predictor by more than 5 is cut. Where the gain is less than rounding can show, the step is trusted.
		length := math.Min(1, 5/change)
		trusted := decrement < 1e-8*(1+1e-4*math.Abs(here))
		moved := false
		for range 40 {
			for i, s := range n.step {
				n.trial[i] = n.beta[i] + length*s
			}
			n.derivatives(p, n.trial)
			if n.logLik >= here+1e-4*length*decrement || trusted && n.logLik >= here-1e-11*(1+math.Abs(here)) {
				moved = true
				break
			}
			length /= 2
		}
		if !moved {
			if damping = math.Max(10*used, 1e-3); damping > 1e6 {
				return false
			}
			n.derivatives(p, n.beta)
			continue
		}
		copy(n.beta, n.trial)
		if damping = used / 10; damping < 1e-4 {
			damping = 0
		}
		if n.away(p) {
			return false
		}
	}
	return false
}

// change is the largest change of a linear predictor by the step.
func (n *newton) change(p *problem) float64 {
	var eta [3]float64
	most := 0.0
	for g := range p.groups {
		if p.start[g] < p.start[g+1] {
			p.predict(g, n.step, &eta)
			most = math.Max(most, math.Max(math.Abs(eta[0]), math.Max(math.Abs(eta[1]), math.Abs(eta[2]))))
		}
	}
	return most
}

// away reports whether a predictor of a group with people has run away.
func (n *newton) away(p *problem) bool {
	var eta [3]float64
	for g := range p.groups {
		if p.start[g] < p.start[g+1] {
			p.predict(g, n.beta, &eta)
			if eta[0] < leastLogLambda || math.Abs(eta[1]) > mostSecond || math.Abs(eta[2]) > mostSecond {
				return true
			}
		}
	}
	return false
}

// covariance writes the inverse of the factorised information.
func (n *newton) covariance() []float64 {
	size := len(n.beta)
	out := make([]float64, size*size)
	unit := make([]float64, size)
	column := make([]float64, size)
	for j := range size {
		clear(unit)
		unit[j] = 1
		n.solve(column, unit)
		for i := range size {
			out[i*size+j] = column[i]
		}
	}
	for i := range size {
		for j := range i {
			mean := (out[i*size+j] + out[j*size+i]) / 2
			out[i*size+j], out[j*size+i] = mean, mean
		}
	}
	return out
}
