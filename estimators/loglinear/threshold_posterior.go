package loglinear

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/internal/chain"
	"darkfigure/internal/lattice"
	"darkfigure/internal/resample"
)

// A posterior is that of the parameters β of a log-linear model given Poisson counts, with a flat prior on the intercept and
// the main effects and independent normal priors with mean 0, or flat ones, on the interactions.
//
// Everything is computed relative to a base point, which [posterior.climb] puts at the mode: with d the change of the
// predictor of a cell from there, the log posterior changes by Σ (y − μ)·d − μ·(eᵈ − 1 − d) and the prior's part. Nothing
// cancels in that, however large the counts. The sampler sees coordinates z with change of β = R⁻¹z, in which the
// posterior is nearly a standard normal one: R is the triangular factor of the design weighted by √μ, with
// the prior's rows below it.
type posterior struct {
	k         int
	terms     []uint32 // intercept, main effects, interactions
	cells     []uint32
	precision []float64 // of the prior, by term; 0 is flat
	y         []float64 // by cell, as mu and residual
	base      []float64 // by term
	mu        []float64
	residual  []float64
	scale     []float64 // R⁻¹ by rows; nil is the identity

	change, slope []float64 // workspace, by term
	d, g          []float64 // workspace, by mask
}

// newPosterior is the posterior of a model with the interactions given, all of them finite. Cells inside removed terms, which
// are at −∞, are left out.
func (p *problem) newPosterior(interactions, removed []uint32, precision float64) *posterior {
	t := &posterior{k: p.k, terms: []uint32{0}}
	for i := range p.k {
		t.terms = append(t.terms, 1<<uint(i))
	}
	t.precision = make([]float64, 1+p.k+len(interactions))
	for i, u := range interactions {
		t.terms = append(t.terms, u)
		t.precision[1+p.k+i] = precision
	}
	m := uint32(1) << uint(p.k)
	for w := uint32(1); w < m; w++ {
		if !slices.Contains(p.zeros, w) && !slices.ContainsFunc(removed, func(u uint32) bool { return w&u == u }) {
			t.cells = append(t.cells, w)
			t.y = append(t.y, p.y[w])
		}
	}
	t.base = make([]float64, len(t.terms))
	t.mu, t.residual = make([]float64, len(t.cells)), make([]float64, len(t.cells))
	t.workspace()
	return t
}

func (t *posterior) workspace() {
	t.change, t.slope = make([]float64, len(t.terms)), make([]float64, len(t.terms))
	t.d, t.g = make([]float64, 1<<uint(t.k)), make([]float64, 1<<uint(t.k))
}

// copy is the same posterior with workspace of its own.
func (t *posterior) copy() *posterior {
	c := *t
	c.workspace()
	return &c
}

// means writes the means of the cells at β.
func (t *posterior) means(beta, mu []float64) {
	clear(t.d)
	for i, u := range t.terms {
		t.d[u] = beta[i]
	}
	lattice.SumSubsets(t.d, t.k)
	for c, w := range t.cells {
		mu[c] = math.Exp(t.d[w])
	}
}

// rebase makes β the base point.
func (t *posterior) rebase(beta []float64) {
	copy(t.base, beta)
	t.means(t.base, t.mu)
	for c, y := range t.y {
		t.residual[c] = y - t.mu[c]
	}
}

// toChange turns coordinates into the change of β from the base point.
func (t *posterior) toChange(z, change []float64) {
	if t.scale == nil {
		copy(change, z)
		return
	}
	p := len(z)
	for i := range change {
		s := 0.0
		row := t.scale[i*p : (i+1)*p]
		for j := i; j < p; j++ {
			s += row[j] * z[j]
		}
		change[i] = s
	}
}

// LogDensity is the log posterior relative to the base point.
func (t *posterior) LogDensity(z, gradient []float64) float64 {
	t.toChange(z, t.change)
	clear(t.d)
	clear(t.g)
	for i, u := range t.terms {
		t.d[u] = t.change[i]
	}
	lattice.SumSubsets(t.d, t.k)
	log := 0.0
	for c, w := range t.cells {
		d, mu, r := t.d[w], t.mu[c], t.residual[c]
		e := math.Exp(d) - 1
		if mu > 1e6 { // the rounding of eᵈ would be seen; below, it is of the order of 1e-10
			e = math.Expm1(d)
		}
		log += r*d - mu*(e-d)
		t.g[w] = r - mu*e
	}
	lattice.SumSupersets(t.g, t.k)
	for i, u := range t.terms {
		log -= t.precision[i] * t.change[i] * (t.base[i] + t.change[i]/2)
		t.slope[i] = t.g[u] - t.precision[i]*(t.base[i]+t.change[i])
	}
	if t.scale == nil {
		copy(gradient, t.slope)
		return log
	}
	p := len(z)
	clear(gradient)
	for i, s := range t.slope {
		row := t.scale[i*p : (i+1)*p]
		for j := i; j < p; j++ {
			gradient[j] += row[j] * s
		}
	}
	return log
}

// climb goes from a start to the mode by Newton's method with step halving, each step a least squares problem, and sets the scale
// from the curvature there. The mode need not be exact: the draws are right from any base point.
func (t *posterior) climb(start []float64) bool {
	p, rows := len(t.terms), len(t.cells)
	prior := 0
	for _, v := range t.precision {
		if v > 0 {
			prior++
		}
	}
	if rows+prior < p {
		return false
	}
	a, b := mat.NewDense(rows+prior, p, nil), mat.NewVecDense(rows+prior, nil)
	var qr mat.QR
	var step mat.VecDense
	beta := slices.Clone(start)
	try, gradient := make([]float64, p), make([]float64, p)
	for range 200 {
		t.rebase(beta)
		a.Zero()
		for c, w := range t.cells {
			root := math.Sqrt(math.Max(t.mu[c], 1e-300))
			for i, u := range t.terms {
				if w&u == u {
					a.Set(c, i, root)
				}
			}
			b.SetVec(c, t.residual[c]/root)
		}
		at := rows
		for i, v := range t.precision {
			if v > 0 {
				a.Set(at, i, math.Sqrt(v))
				b.SetVec(at, -math.Sqrt(v)*t.base[i])
				at++
			}
		}
		qr.Factorize(a)
		if err := qr.SolveVecTo(&step, false, b); err != nil {
			if _, inexact := err.(mat.Condition); !inexact {
				return false
			}
		}
		t.LogDensity(make([]float64, p), gradient)
		gain := 0.0
		for i, g := range gradient {
			gain += g * step.AtVec(i)
		}
		length := 1.0
		for ; length > 1e-9; length /= 2 {
			for i := range try {
				try[i] = length * step.AtVec(i)
			}
			if up := t.LogDensity(try, gradient); up >= 1e-4*length*gain && !math.IsInf(up, 0) {
				break
			}
		}
		if gain > 1e-9 && length > 1e-9 {
			for i := range beta {
				beta[i] += try[i]
			}
			continue
		}
		var r mat.TriDense
		var full mat.Dense
		qr.RTo(&full)
		r = *mat.NewTriDense(p, mat.Upper, nil)
		for i := range p {
			for j := i; j < p; j++ {
				r.SetTri(i, j, full.At(i, j))
			}
		}
		var inverse mat.TriDense
		if err := inverse.InverseTri(&r); err != nil {
			if _, inexact := err.(mat.Condition); !inexact {
				return false
			}
		}
		t.scale = make([]float64, p*p)
		for i := range p {
			for j := i; j < p; j++ {
				v := inverse.At(i, j)
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return false
				}
				t.scale[i*p+j] = v
			}
		}
		return true
	}
	return false
}

// chains are the draws of a posterior so far.
type chains struct {
	*posterior
	runs    []*chain.NUTS
	draws   [][][]float64 // of β: by term, by chain
	verdict []chain.Verdict
}

const warmUp = 300 // transitions of each chain that are thrown away

// start begins chains apart from each other: two standard deviations from the mode in every direction, on average.
func (t *posterior) start(ctx context.Context, count, workers int, stream func(chain uint64) *rand.Rand) (*chains, error) {
	c := &chains{posterior: t, runs: make([]*chain.NUTS, count), draws: make([][][]float64, len(t.terms))}
	for i := range c.draws {
		c.draws[i] = make([][]float64, count)
	}
	return c, resample.Each(ctx, count, workers, func(i int) error {
		rng, own := stream(uint64(i)), t.copy()
		z, gradient := make([]float64, len(t.terms)), make([]float64, len(t.terms))
		for j := range z {
			z[j] = 2 * rng.NormFloat64()
		}
		for log := own.LogDensity(z, gradient); !(log > -1000); log = own.LogDensity(z, gradient) {
			for j := range z {
				z[j] /= 2
			}
		}
		c.runs[i] = chain.NewNUTS(own, z, rng)
		return c.runs[i].Warm(ctx, warmUp)
	})
}

// extend makes so many draws more in each chain, and judges all of them.
func (c *chains) extend(ctx context.Context, draws, workers int) error {
	err := resample.Each(ctx, len(c.runs), workers, func(i int) error {
		change := make([]float64, len(c.terms))
		for j := range c.draws {
			c.draws[j][i] = slices.Grow(c.draws[j][i], draws)
		}
		return c.runs[i].Sample(ctx, draws, func(z []float64) {
			c.toChange(z, change)
			for j, v := range change {
				c.draws[j][i] = append(c.draws[j][i], c.base[j]+v)
			}
		})
	})
	if err != nil {
		return err
	}
	c.verdict = make([]chain.Verdict, len(c.terms))
	return resample.Each(ctx, len(c.terms), workers, func(j int) error {
		c.verdict[j] = chain.Judge(c.draws[j])
		return nil
	})
}

// worst is the worst R-hat and the least effective sample sizes of all parameters.
func (c *chains) worst() chain.Verdict {
	w := c.verdict[0]
	for _, v := range c.verdict {
		w.RHat = math.Max(w.RHat, v.RHat)
		w.BulkESS = math.Min(w.BulkESS, v.BulkESS)
		w.TailESS = math.Min(w.TailESS, v.TailESS)
	}
	return w
}

func (c *chains) divergences() int {
	n := 0
	for _, r := range c.runs {
		n += r.Divergences()
	}
	return n
}

// poisson draws from the Poisson law; from a mean of 10⁹ on the rounded normal law, which is then the same to five digits of a
// standard deviation.
func poisson(mean float64, rng *rand.Rand) float64 {
	switch {
	case mean <= 0:
		return 0
	case mean >= 1e9:
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64()))
	}
	return distuv.Poisson{Lambda: mean, Src: rng}.Rand()
}
