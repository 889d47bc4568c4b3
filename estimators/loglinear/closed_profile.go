package loglinear

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A likelihoodOfN is a profile likelihood of the population size N = n + n0, as a
// function of a continuous n0 > 0: up to a constant its logarithm, and the derivative of that
// with respect to n0. ok is false when it could not be computed.
type likelihoodOfN interface {
	at(ctx context.Context, n0 float64) (ll, slope float64, ok bool, err error)
}

// A denseProfile is the profile likelihood of a dense model.
type denseProfile struct {
	reg       *lattice.Regression // row 0: the hidden people
	n         float64
	penalised bool // with Jeffreys' penalty of the observed cells
}

// at is the multinomial profile (Cormack 1992, Biometrics 48:567): the model is
// fitted as a Poisson model to all cells, with n0 persons in that of the hidden people, and
//
//	ℓ(N) = −½·deviance + s(N) − s(n0),  s(x) = log Γ(x+1) − x log x + x,
//
// up to a constant. By the envelope theorem, with the predictor η₀ of the hidden cell,
//
//	dℓ/dN = η₀ − log n0 + (ψ(N+1) − log N) − (ψ(n0+1) − log n0).
//
// Deviance and brackets are computed without cancellation. With a penalty that of the
// observed cells is added to the likelihood.
func (p *denseProfile) at(ctx context.Context, n0 float64) (ll, slope float64, ok bool, err error) {
	p.reg.SetCount(0, n0)
	var status lattice.Status
	if p.penalised {
		status, err = p.reg.FitPenalised(ctx, 0)
	} else {
		status, err = p.reg.Fit(ctx)
	}
	if err != nil || status != lattice.Fitted {
		return 0, 0, false, err
	}
	size := p.n + n0
	ll = -p.reg.Deviance()/2 + stirlingExcess(size) - stirlingExcess(n0)
	if p.penalised {
		ll += p.reg.Penalty()
	}
	slope = p.reg.Predictor(0) - math.Log(n0) + digammaLess(size) - digammaLess(n0)
	return ll, slope, true, nil
}

// stirlingExcess is s(x) = log Γ(x+1) − x log x + x.
func stirlingExcess(x float64) float64 {
	if x >= 20 {
		r := 1 / (x * x)
		return math.Log(2*math.Pi*x)/2 + (1.0/12-r*(1.0/360-r*(1.0/1260-r/1680)))/x
	}
	if x == 0 {
		return 0
	}
	g, _ := math.Lgamma(x + 1)
	return g - x*math.Log(x) + x
}

// digammaLess is ψ(x+1) − log x.
func digammaLess(x float64) float64 {
	if x >= 20 {
		r := 1 / (x * x)
		return 1/(2*x) - r*(1.0/12-r*(1.0/120-r*(1.0/252-r/240)))
	}
	return mathext.Digamma(x+1) - math.Log(x)
}

// A curve is a profile likelihood with its maximum.
type curve struct {
	likelihoodOfN
	n     float64
	floor float64 // hidden people below which a lower limit is the number observed
	top   float64 // n0 at the maximum
	best  float64 // its value there
}

// farthest is how many times the population at the maximum the search for an upper
// limit goes before it is declared not to exist.
const farthest = 1e6

// newCurve finds the maximum of a profile likelihood near the given number of hidden
// people. ok is false when the likelihood could not be computed.
func newCurve(ctx context.Context, l likelihoodOfN, n, hidden float64) (c *curve, ok bool, err error) {
	c = &curve{likelihoodOfN: l, n: n, floor: 1e-7 * math.Max(1, n)}
	x := math.Log(math.Max(hidden, c.floor))
	slopeAt := func(x float64) (float64, bool) {
		var s float64
		c.top = math.Exp(x)
		c.best, s, ok, err = l.at(ctx, c.top)
		return s * c.top, ok && err == nil
	}
	s, fine := slopeAt(x)
	if !fine {
		return nil, false, err
	}
	// Bracket the root of the slope in log n0, then close in.
	low, high := x, x
	sLow, sHigh := s, s
	bottom, ceiling := math.Log(c.floor), math.Log(farthest*(n+hidden))
	for step := 0.1; sHigh > 0; step *= 2 {
		if low, sLow = high, sHigh; high >= ceiling {
			return c, true, nil // it rises for ever: the maximum is as good as here
		}
		high = math.Min(high+step, ceiling)
		if sHigh, fine = slopeAt(high); !fine {
			return nil, false, err
		}
	}
	for step := 0.1; sLow < 0; step *= 2 {
		if high, sHigh = low, sLow; low <= bottom {
			return c, true, nil // it falls from n0 = 0 on
		}
		low = math.Max(low-step, bottom)
		if sLow, fine = slopeAt(low); !fine {
			return nil, false, err
		}
	}
	for range 200 {
		if high-low <= 1e-13*(1+math.Abs(high)) || sLow == 0 || sHigh == 0 {
			break
		}
		// Illinois: regula falsi that halves the weight of an end that stays.
		x = (low*sHigh - high*sLow) / (sHigh - sLow)
		if !(x > low && x < high) {
			x = low + (high-low)/2
		}
		if s, fine = slopeAt(x); !fine {
			return nil, false, err
		}
		switch {
		case math.Abs(s) < 1e-10:
			return c, true, nil
		case s > 0:
			if low = x; sLow > 0 && s > sLow/2 {
				sHigh /= 2
			}
			sLow = s
		default:
			if high = x; sHigh < 0 && s < sHigh/2 {
				sLow /= 2
			}
			sHigh = s
		}
	}
	if _, fine = slopeAt(low + (high-low)/2); !fine {
		return nil, false, err
	}
	return c, true, nil
}

// interval is the set of N whose log-likelihood lies less than half the quantile of χ²
// with one degree of freedom below the maximum. The lower limit is n when the
// likelihood does not fall that far, the upper one +Inf when it does not within a million
// times the estimate.
func (c *curve) interval(ctx context.Context, level float64) (lower, upper float64, ok bool, err error) {
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	target := c.best - z*z/2
	if lower, ok, err = c.limit(ctx, target, -1); !ok || err != nil {
		return 0, 0, false, err
	}
	if upper, ok, err = c.limit(ctx, target, 1); !ok || err != nil {
		return 0, 0, false, err
	}
	return c.n + lower, c.n + upper, true, nil
}

// limit finds n0 on one side of the maximum where the likelihood is target: 0 or +Inf when
// there is none.
func (c *curve) limit(ctx context.Context, target, direction float64) (n0 float64, ok bool, err error) {
	end, none := math.Log(c.floor), 0.0
	if direction > 0 {
		end, none = math.Log(farthest*(c.n+c.top)), math.Inf(1)
	}
	in := math.Log(c.top)
	if (in-end)*direction >= 0 {
		return none, true, nil
	}
	out := in
	var ll, slope float64
	for step := 0.2; ; step *= 2 {
		if out = in + direction*step; (out-end)*direction > 0 {
			out = end
		}
		if ll, slope, ok, err = c.at(ctx, math.Exp(out)); !ok || err != nil {
			return 0, false, err
		}
		if ll <= target {
			break
		}
		if in = out; out == end {
			return none, true, nil
		}
	}
	x := out
	for range 200 {
		miss := ll - target
		if miss > 0 {
			in = x
		} else {
			out = x
		}
		if math.Abs(miss) < 1e-11 || math.Abs(out-in) < 1e-14*(1+math.Abs(x)) {
			break
		}
		// Newton in log n0, or the middle when that leaves the bracket.
		next := x - miss/(slope*math.Exp(x))
		if !(next > math.Min(in, out) && next < math.Max(in, out)) {
			next = in + (out-in)/2
		}
		x = next
		if ll, slope, ok, err = c.at(ctx, math.Exp(x)); !ok || err != nil {
			return 0, false, err
		}
	}
	return math.Exp(x), true, nil
}

// points draws the log-likelihood relative to its maximum, to where it has fallen by 4 on
// either side; nil when it cannot be computed there.
func (c *curve) points(ctx context.Context) ([]estimators.Point, error) {
	const count = 61
	low, ok, err := c.limit(ctx, c.best-4, -1)
	if err != nil || !ok {
		return nil, err
	}
	high, ok, err := c.limit(ctx, c.best-4, 1)
	if err != nil || !ok {
		return nil, err
	}
	if low = math.Max(low, c.top/1e3); math.IsInf(high, 1) {
		high = 100 * (c.n + c.top)
	}
	low = math.Max(low, c.floor)
	var out []estimators.Point
	for i := range count {
		n0 := low * math.Pow(high/low, float64(i)/(count-1))
		ll, _, ok, err := c.at(ctx, n0)
		if err != nil || !ok {
			return nil, err
		}
		out = append(out, estimators.Point{X: c.n + n0, Y: math.Min(0, ll-c.best)})
	}
	return out, nil
}

// A constrainedProfile is the profile likelihood of a model some of whose parameters must
// not be negative: at every N the likelihood is maximised under the constraints. It
// solves the conditions of Karush, Kuhn and Tucker by an active set that starts where the last
// evaluation ended: a parameter below zero is set to zero, and one at zero whose score is positive
// is let go.
type constrainedProfile struct {
	d      *denseFit
	all    []column // the intercept first
	set    uint64   // constrained columns at zero
	bySet  map[uint64]*denseProfile
	design []float64 // of all columns
	counts []float64
	beta   []float64
	means  []float64
}

func newConstrainedProfile(d *denseFit) *constrainedProfile {
	p := &constrainedProfile{d: d, bySet: map[uint64]*denseProfile{}}
	for _, c := range d.columns {
		if slices.ContainsFunc(d.infinite, func(u column) bool { return u.name == c.name }) {
			continue
		}
		if slices.Contains(d.dropped, c.name) {
			p.set |= 1 << uint(len(p.all))
		}
		p.all = append(p.all, c)
	}
	p.design, p.counts, _ = d.rowsOf(p.all)
	return p
}

func (c *constrainedProfile) at(ctx context.Context, n0 float64) (ll, slope float64, ok bool, err error) {
	for range 10 * len(c.all) {
		p := c.profile()
		if ll, slope, ok, err = p.at(ctx, n0); !ok || err != nil {
			return 0, 0, ok, err
		}
		change := c.violated(p)
		if change < 0 {
			return ll, slope, true, nil
		}
		c.set ^= 1 << uint(change)
	}
	return 0, 0, false, nil
}

// profile is that of the columns not at zero.
func (c *constrainedProfile) profile() *denseProfile {
	if p, ok := c.bySet[c.set]; ok {
		return p
	}
	var used []column
	for j, col := range c.all {
		if c.set>>uint(j)&1 == 0 {
			used = append(used, col)
		}
	}
	p := c.d.withHidden(used)
	c.bySet[c.set] = p
	return p
}

// violated returns the index of a column to be set to zero or let go, or −1.
func (c *constrainedProfile) violated(p *denseProfile) int {
	c.beta = p.reg.Beta(c.beta[:0])
	i := 0
	for j, col := range c.all {
		if c.set>>uint(j)&1 == 1 {
			continue
		}
		if col.constrained && c.beta[i] < 0 {
			return j
		}
		i++
	}
	c.means = p.reg.Means(c.means[:0])
	return c.pressing(c.means[1:])
}

// pressing returns the index of the column set to zero whose score is the largest at the
// given means, or −1 when none is positive.
func (c *constrainedProfile) pressing(means []float64) int {
	worst, at := 1e-9*c.d.n, -1
	for j := range c.all {
		if c.set>>uint(j)&1 == 0 {
			continue
		}
		score := 0.0
		for g, m := range means {
			score += c.design[g*len(c.all)+j] * (c.counts[g] - m)
		}
		if score > worst {
			worst, at = score, j
		}
	}
	return at
}
