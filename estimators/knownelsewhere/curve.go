package knownelsewhere

import (
	"math"
	"slices"
)

// A curve is a profile likelihood in the number of hidden people, kept as its signed root r(x) = sign(x − top)·√(2(ℓ_top − ℓ(x))) in
// x = log(hidden − least). Where r is z the likelihood is as far from its top as a normal one is z standard deviations away.
type curve struct {
	ll     func(hidden float64) float64
	least  float64   // no fewer are hidden: every visitor is somebody
	x, r   []float64 // ascending
	top    float64   // the largest ℓ
	best   float64   // x at the top
	ending ending
	open   bool // ℓ does not fall to the farthest of r on the right
	begins bool // nor on the left
}

type ending int

const (
	peaked  ending = iota
	rising         // ℓ rises as far as one can count: no best number
	flat           // ℓ does not depend on the number hidden
	nowhere        // no number of hidden people has a likelihood
)

const (
	rootEnd    = 5.2 // signed roots beyond this are not asked for
	flatWithin = 1e-7
	// A number of people whose signed root is so near to that of infinitely many cannot be told from infinity: in every number of
	// studies worth making the answers would come out the same. With 80 visitors and a list of 300 it is some 200,000 people.
	rootFlat = 0.05
)

// newCurve scans the hidden numbers from e^−16 to e^16 times scale above least, narrows the maximum down, and takes 40 points around it.
func newCurve(ll func(hidden float64) float64, least, scale float64) *curve {
	c := &curve{ll: ll, least: least}
	const steps = 48
	from, to := math.Log(scale)-16, math.Log(scale)+16
	xs, ls := make([]float64, steps+1), make([]float64, steps+1)
	at, lowest := 0, math.Inf(1)
	for i := range xs {
		xs[i] = from + (to-from)*float64(i)/steps
		ls[i] = c.at(xs[i])
		if ls[i] > ls[at] {
			at = i
		}
		lowest = math.Min(lowest, ls[i])
	}
	c.top, c.best = ls[at], xs[at]
	switch {
	case math.IsInf(c.top, -1):
		c.ending = nowhere
		return c
	case c.top-lowest < flatWithin:
		c.ending = flat
		return c
	}
	if at > 0 && at < steps {
		c.best, c.top = golden(c.at, xs[at-1], xs[at+1], xs[at], ls[at])
	}
	// Where the likelihood does not fall again, its top has no place.
	if c.top-ls[steps] < flatWithin {
		c.ending, c.best, c.top = rising, xs[steps], math.Max(c.top, ls[steps])
	}
	left, right := from, to
	c.begins, c.open = true, true
	for i := steps; i >= 0; i-- {
		if xs[i] < c.best && c.drop(ls[i]) > rootEnd {
			left, c.begins = c.cross(xs[i], c.best), false
			break
		}
	}
	for i := range xs {
		if xs[i] > c.best && c.drop(ls[i]) > rootEnd {
			right, c.open = c.cross(xs[i], c.best), false
			break
		}
	}
	// Outwards from the top: the inner maximisation starts where it ended last, and one that jumps from the top to the far end may end beside
	// its maximum.
	const points = 20
	add := func(end float64, sign float64) {
		for i := range points {
			x := c.best + (end-c.best)*float64(i+1)/points
			c.x, c.r = append(c.x, x), append(c.r, sign*c.drop(c.at(x)))
		}
	}
	add(left, -1)
	slices.Reverse(c.x)
	slices.Reverse(c.r)
	middle := len(c.x)
	c.x, c.r = append(c.x, c.best), append(c.r, 0)
	if c.ending != rising {
		add(right, 1)
	}
	// A ripple of the inner maximisation must not turn the curve back. It can only make ℓ too small, and a drop too large: no drop is
	// larger than one farther out.
	for i := 1; i < middle; i++ {
		c.r[i] = math.Max(c.r[i], c.r[i-1])
	}
	for i := len(c.r) - 2; i > middle; i-- {
		c.r[i] = math.Min(c.r[i], c.r[i+1])
	}
	return c
}

func (c *curve) at(x float64) float64 { return c.ll(c.least + math.Exp(x)) }

// drop is |r|.
func (c *curve) drop(ll float64) float64 { return math.Sqrt(2 * math.Max(0, c.top-ll)) }

// fall is how far ℓ lies below its top at the largest numbers.
func (c *curve) fall() float64 { r := c.r[len(c.r)-1]; return r * r / 2 }

// most is the largest signed root at which there is a number; where ℓ does not fall to infinity there is none near the end.
func (c *curve) most() float64 {
	switch {
	case c.ending == rising:
		return 0
	case c.open:
		return c.r[len(c.r)-1] - rootFlat
	}
	return math.Inf(1)
}

// cross finds where |r| is rootEnd, between a place far beyond it and one within.
func (c *curve) cross(far, near float64) float64 {
	for range 18 {
		mid := (far + near) / 2
		if c.drop(c.at(mid)) > rootEnd {
			far = mid
		} else {
			near = mid
		}
	}
	return far
}

// golden narrows a maximum between a and b, of which m is known to be the best place so far.
func golden(f func(float64) float64, a, b, m, fm float64) (x, fx float64) {
	const ratio = 0.3819660112501051
	for range 60 {
		if b-a < 1e-7 {
			break
		}
		var t float64
		if b-m > m-a {
			t = m + ratio*(b-m)
		} else {
			t = m - ratio*(m-a)
		}
		ft := f(t)
		switch {
		case ft >= fm && t > m:
			a, m, fm = m, t, ft
		case ft >= fm:
			b, m, fm = m, t, ft
		case t > m:
			b = t
		default:
			a = t
		}
	}
	return m, fm
}

// hidden is the number at which the signed root is z; +Inf beyond what the likelihood tells apart from infinity.
func (c *curve) hidden(z float64) float64 {
	n := len(c.x)
	switch {
	case z <= c.r[0] && c.begins:
		return c.least
	case z <= c.r[0]:
		return c.least + math.Exp(c.x[0])
	case z >= c.most():
		return math.Inf(1)
	case z > c.r[n-1]:
		return c.least + math.Exp(c.x[n-1])
	}
	i, _ := slices.BinarySearch(c.r, z)
	x := c.x[i]
	if c.r[i] > c.r[i-1] {
		x = c.x[i-1] + (c.x[i]-c.x[i-1])*(z-c.r[i-1])/(c.r[i]-c.r[i-1])
	}
	return c.least + math.Exp(x)
}

// limits of the profile likelihood at a level, in hidden people, by bisection.
func (c *curve) limits(level float64) (lower, upper float64) {
	z := rootOf(level)
	find := func(outer float64) float64 {
		in, out := c.best, outer
		for range 80 {
			mid := (in + out) / 2
			if c.drop(c.at(mid)) > z {
				out = mid
			} else {
				in = mid
			}
		}
		return c.least + math.Exp(out)
	}
	n := len(c.x)
	lower, upper = c.least, math.Inf(1)
	if c.r[0] < -z {
		lower = find(c.x[0])
	}
	if z < c.most() {
		upper = find(c.x[n-1])
	}
	return lower, upper
}
