package chain

import (
	"context"
	"math"
	"math/rand/v2"
)

// A Target is a density on ℝᵖ, known up to a factor. LogDensity returns its logarithm at x and
// writes the gradient; it may return −Inf or NaN where the density cannot be computed, and
// a chain never goes there. A Target may own workspace: it belongs to one chain.
type Target interface {
	LogDensity(x, gradient []float64) float64
}

const (
	acceptance = 0.8  // mean probability of acceptance that the step length is adapted to
	maxDepth   = 9    // a trajectory has at most 2⁹ − 1 steps
	lost       = 1000 // an energy error of so much is a divergence
)

// A NUTS is a chain of the no-U-turn sampler in its multinomial form: a trajectory of Hamiltonian
// dynamics with unit mass is doubled, forwards or backwards in time, until it turns round, and the next draw is
// chosen among its points by their density, with a preference for the newer half (Hoffman and Gelman
// 2014; Betancourt 2017, appendix A). The sub-trajectories of each doubling are examined for turns too, also
// across the seam between them.
//
// It allocates nothing after its first doublings. It must not be used by two goroutines at once.
type NUTS struct {
	target Target
	rng    *rand.Rand
	step   float64

	now         point // the current draw
	ahead, back point // the ends of the trajectory
	sum         []float64
	inner       []float64 // momentum of the old trajectory where the branch begins
	added       branch
	levels      []*level

	energy      float64 // log joint density at the start
	accepted    float64 // Σ of the probabilities to accept the points of a trajectory
	points      int
	divergent   bool
	divergences int

	adapt averaging
}

// A point of a trajectory.
type point struct {
	x, p, gradient []float64
	density        float64
}

// A branch is a sub-trajectory: its momenta at the first and last point, their sum, its total weight, and the point
// chosen from it.
type branch struct {
	first, last, sum []float64
	weight           float64 // logarithm
	chosen           point   // without a momentum
}

// A level holds the two halves of a branch of one depth.
type level struct{ a, b branch }

// averaging is Nesterov's dual averaging of the log step length (Hoffman and Gelman 2014, section 3.2).
type averaging struct {
	centre, error, mean float64
	count               float64
}

// NewNUTS makes a chain that starts at start, where the density must be finite and positive.
func NewNUTS(target Target, start []float64, rng *rand.Rand) *NUTS {
	n := len(start)
	c := &NUTS{target: target, rng: rng, now: newPoint(n), ahead: newPoint(n), back: newPoint(n),
		sum: make([]float64, n), inner: make([]float64, n), added: newBranch(n)}
	copy(c.now.x, start)
	c.now.density = target.LogDensity(c.now.x, c.now.gradient)
	if !finite(c.now.density) {
		panic("chain: the density is not positive and finite at the start")
	}
	c.step = math.Pow(float64(n), -0.25)
	c.adapt.centre = math.Log(2 * c.step)
	return c
}

func newPoint(n int) point {
	return point{x: make([]float64, n), p: make([]float64, n), gradient: make([]float64, n)}
}

func newBranch(n int) branch {
	return branch{first: make([]float64, n), last: make([]float64, n), sum: make([]float64, n), chosen: newPoint(n)}
}

func (a *point) set(b *point) {
	copy(a.x, b.x)
	copy(a.p, b.p)
	copy(a.gradient, b.gradient)
	a.density = b.density
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Warm makes n transitions, whose draws are thrown away, and adapts the step length to them.
func (c *NUTS) Warm(ctx context.Context, n int) error {
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.transition()
		c.adapted(c.accepted / float64(max(1, c.points)))
	}
	if c.adapt.count > 0 {
		c.step = math.Exp(c.adapt.mean)
	}
	c.divergences = 0
	return nil
}

// adapted moves the step length after a transition with the given mean acceptance.
func (c *NUTS) adapted(accept float64) {
	const shrink, delay, forget = 0.05, 10, 0.75
	a := &c.adapt
	a.count++
	eta := 1 / (a.count + delay)
	a.error = (1-eta)*a.error + eta*(acceptance-accept)
	log := a.centre - math.Sqrt(a.count)/shrink*a.error
	w := math.Pow(a.count, -forget)
	a.mean = w*log + (1-w)*a.mean
	c.step = math.Exp(log)
}

// Sample makes n transitions and hands each draw to visit, which must not keep it.
func (c *NUTS) Sample(ctx context.Context, n int, visit func(x []float64)) error {
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.transition()
		visit(c.now.x)
	}
	return nil
}

// Divergences is how many transitions since the end of the warm-up met a point where the numerical trajectory left the true
// one: a sign that the draws miss a part of the density.
func (c *NUTS) Divergences() int { return c.divergences }

// transition replaces the current draw by the next one.
func (c *NUTS) transition() {
	square := 0.0
	for i := range c.now.p {
		v := c.rng.NormFloat64()
		c.now.p[i] = v
		square += v * v
	}
	c.energy = c.now.density - square/2
	c.ahead.set(&c.now)
	c.back.set(&c.now)
	copy(c.sum, c.now.p)
	c.accepted, c.points, c.divergent = 0, 0, false
	weight := 0.0 // log of the total weight of the trajectory, relative to its start
	for depth := range maxDepth {
		forwards := c.rng.Uint64()&1 == 1
		end, other, direction := &c.ahead, &c.back, 1.0
		if !forwards {
			end, other, direction = &c.back, &c.ahead, -1
		}
		copy(c.inner, end.p)
		whole := c.grow(depth, end, direction, &c.added)
		if c.divergent {
			c.divergences++
		}
		if !whole {
			return
		}
		if d := c.added.weight - weight; d >= 0 || c.rng.Float64() < math.Exp(d) {
			copy(c.now.x, c.added.chosen.x)
			copy(c.now.gradient, c.added.chosen.gradient)
			c.now.density = c.added.chosen.density
		}
		weight = logAdd(weight, c.added.weight)
		turned := c.turned(other.p, c.added.first, c.sum, c.added.first) || c.turned(c.inner, end.p, c.added.sum, c.inner)
		for i, v := range c.added.sum {
			c.sum[i] += v
		}
		if turned || c.turned(other.p, end.p, c.sum, nil) {
			return
		}
	}
}

// grow appends 2^depth points to the trajectory at its end. false: the branch turned round or
// diverged, and is not part of the trajectory.
func (c *NUTS) grow(depth int, end *point, direction float64, out *branch) bool {
	if depth == 0 {
		return c.leap(end, direction, out)
	}
	for len(c.levels) < depth {
		n := len(c.now.x)
		c.levels = append(c.levels, &level{newBranch(n), newBranch(n)})
	}
	a, b := &c.levels[depth-1].a, &c.levels[depth-1].b
	if !c.grow(depth-1, end, direction, a) || !c.grow(depth-1, end, direction, b) {
		return false
	}
	out.weight = logAdd(a.weight, b.weight)
	from := &a.chosen
	if c.rng.Float64() < math.Exp(b.weight-out.weight) {
		from = &b.chosen
	}
	copy(out.chosen.x, from.x)
	copy(out.chosen.gradient, from.gradient)
	out.chosen.density = from.density
	copy(out.first, a.first)
	copy(out.last, b.last)
	for i := range out.sum {
		out.sum[i] = a.sum[i] + b.sum[i]
	}
	return !c.turned(a.first, b.last, out.sum, nil) &&
		!c.turned(a.first, b.first, a.sum, b.first) &&
		!c.turned(a.last, b.last, b.sum, a.last)
}

// leap makes one step of the leapfrog integrator.
func (c *NUTS) leap(end *point, direction float64, out *branch) bool {
	h := direction * c.step
	for i, g := range end.gradient {
		end.p[i] += h / 2 * g
		end.x[i] += h * end.p[i]
	}
	end.density = c.target.LogDensity(end.x, end.gradient)
	square := 0.0
	for i, g := range end.gradient {
		end.p[i] += h / 2 * g
		square += end.p[i] * end.p[i]
	}
	c.points++
	gain := end.density - square/2 - c.energy
	if math.IsNaN(gain) || gain < -lost {
		c.divergent = true
		return false
	}
	c.accepted += math.Min(1, math.Exp(gain))
	out.weight = gain
	copy(out.first, end.p)
	copy(out.last, end.p)
	copy(out.sum, end.p)
	copy(out.chosen.x, end.x)
	copy(out.chosen.gradient, end.gradient)
	out.chosen.density = end.density
	return true
}

// turned reports whether a trajectory with momenta p at one end and q at the other, and the sum of all
// momenta sum + more, has turned round (Betancourt 2017, appendix A.4.2).
func (c *NUTS) turned(p, q, sum, more []float64) bool {
	atP, atQ := 0.0, 0.0
	if more == nil {
		for i, s := range sum {
			atP += p[i] * s
			atQ += q[i] * s
		}
	} else {
		for i, s := range sum {
			s += more[i]
			atP += p[i] * s
			atQ += q[i] * s
		}
	}
	return !(atP > 0 && atQ > 0)
}

// logAdd is log(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}
