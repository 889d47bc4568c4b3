package linkageerror

import (
	"math"
	"math/bits"
	"slices"
)

// A transition is what linkage error does to the table of k lists, F·D, with workspace for its inversion. It belongs to one goroutine.
type transition struct {
	k, m     int
	detached []float64 // δ per list
	falsely  []float64 // share of false links per pair of lists
	split    []part    // D: entries (to, from)
	joins    []join    // pairs of disjoint patterns, h < g
	member   []int     // pairs of lists of the joins, one after the other
	anyFalse bool

	mu, nu, expected, ratio, back, column []float64
	rate                                  []float64 // φ of the joins
	at, phi, wanted                       []float64 // per pair of lists
	lost                                  []float64 // per pattern, the share of clusters joined to another
}

type part struct {
	to, from int
	share    float64
}

type join struct {
	h, g       int
	first, end int // of member
}

func newTransition(k int) *transition {
	m := 1 << uint(k)
	pairs := k * (k - 1) / 2
	x := &transition{k: k, m: m, detached: make([]float64, k), falsely: make([]float64, pairs),
		mu: make([]float64, m), nu: make([]float64, m), expected: make([]float64, m), ratio: make([]float64, m), back: make([]float64, m), column: make([]float64, m),
		at: make([]float64, pairs), phi: make([]float64, pairs), wanted: make([]float64, pairs), lost: make([]float64, m)}
	for h := 1; h < m; h++ {
		rest := (m - 1) &^ h
		for g := rest; g > h; g = (g - 1) & rest {
			j := join{h: h, g: g, first: len(x.member)}
			for a := range k {
				for b := range k {
					if h>>uint(a)&1 == 1 && g>>uint(b)&1 == 1 {
						x.member = append(x.member, pairIndex(min(a, b), max(a, b), k))
					}
				}
			}
			j.end = len(x.member)
			x.joins = append(x.joins, j)
		}
	}
	x.rate = make([]float64, len(x.joins))
	return x
}

// rates sets D and F to the rates that value gives for those of the pairs of lists, and returns δ.
func (x *transition) rates(missed, falsely []Rate, value func(Rate) float64) (detached []float64) {
	logs := x.at
	for i := range missed {
		logs[i] = math.Log1p(-math.Min(value(missed[i]), 1-1e-9))
	}
	x.detach(logs)
	x.anyFalse = false
	for i := range falsely {
		x.falsely[i] = math.Min(value(falsely[i]), 1)
		x.anyFalse = x.anyFalse || x.falsely[i] > 0
	}
	x.split = x.split[:0]
	for from := 1; from < x.m; from++ {
		if from&(from-1) == 0 {
			x.split = append(x.split, part{from, from, 1})
			continue
		}
		for s := from; s > 0; s = (s - 1) & from {
			p := 1.0
			for l := range x.k {
				switch {
				case s>>uint(l)&1 == 1:
					p *= 1 - x.detached[l]
				case from>>uint(l)&1 == 1:
					p *= x.detached[l]
				}
			}
			if s&(s-1) == 0 { // the last one left, or this one come loose
				p += x.detached[bits.TrailingZeros(uint(s))]
			}
			if p > 0 {
				x.split = append(x.split, part{s, from, p})
			}
		}
	}
	return slices.Clone(x.detached)
}

// detach solves logs_ab = log(1−δ_a) + log(1−δ_b) by least squares under δ ≥ 0, by coordinates from the mean of each list: with
// two lists, which do not determine it, both have the same δ.
func (x *transition) detach(logs []float64) {
	kept := x.detached // log(1−δ) until the end
	for a := range x.k {
		kept[a] = x.others(logs, nil, a) / 2
	}
	for range 1000 {
		moved := 0.0
		for a := range x.k {
			next := math.Min(0, x.others(logs, kept, a))
			moved = math.Max(moved, math.Abs(next-kept[a]))
			kept[a] = next
		}
		if moved < 1e-14 {
			break
		}
	}
	for a, v := range kept {
		kept[a] = -math.Expm1(v)
	}
}

// others is the mean over b of logs_ab − kept_b.
func (x *transition) others(logs, kept []float64, a int) float64 {
	s := 0.0
	for b := range x.k {
		if b != a {
			s += logs[pairIndex(min(a, b), max(a, b), x.k)]
			if kept != nil {
				s -= kept[b]
			}
		}
	}
	return s / float64(x.k-1)
}

// How an inversion can end.
type inversion int

const (
	inverted inversion = iota
	overfull           // more is joined than there is
	notConverged
)

const (
	invertIterations = 5000
	invertTolerance  = 1e-10 // change of an iteration, as a share of everybody
	negligible       = 1e-6  // a cell below this is on its way to zero
	mostJoined       = 0.95  // the largest share of the clusters of a pattern that may be joined falsely
)

// invert finds μ ≥ 0 with F·D·μ = y, or nearest to it in likelihood. The slice belongs to the transition.
func (x *transition) invert(y []float64) (mu []float64, end inversion) {
	total := 0.0
	for w := 1; w < x.m; w++ {
		x.mu[w] = y[w] + 0.5 // a cell that is 0 would remain 0
		total += y[w]
	}
	for i := range x.wanted {
		x.wanted[i] = 0
	}
	for w, v := range y {
		for a := range x.k {
			for b := a + 1; b < x.k; b++ {
				if w>>uint(a)&1 == 1 && w>>uint(b)&1 == 1 {
					i := pairIndex(a, b, x.k)
					x.wanted[i] += v * x.falsely[i] // false links
				}
			}
		}
	}
	full := false
	for range invertIterations {
		x.splitUp()
		full = x.joinUp()
		for w := 1; w < x.m; w++ {
			if x.ratio[w] = 0; y[w] > 0 {
				x.ratio[w] = y[w] / x.expected[w]
			}
			x.back[w] = 1
		}
		x.transpose(x.ratio)
		x.transpose(x.back)
		change := 0.0
		for w := 1; w < x.m; w++ {
			next := x.mu[w] * x.ratio[w] / x.back[w]
			change += math.Abs(next - x.mu[w])
			x.mu[w] = next
		}
		if change <= invertTolerance*total {
			for w, v := range x.mu {
				if v < negligible {
					x.mu[w] = 0
				}
			}
			if full {
				return nil, overfull
			}
			x.mu[0] = 0
			return slices.Clone(x.mu), inverted
		}
	}
	if full {
		return nil, overfull
	}
	return nil, notConverged
}

// splitUp sets ν = D·μ.
func (x *transition) splitUp() {
	clear(x.nu)
	for _, p := range x.split {
		x.nu[p.to] += p.share * x.mu[p.from]
	}
}

// joinUp sets the rates of F at ν, so that the false links of every pair of lists are as many as wanted, and expected = F·ν. full says that
// rates had to be lowered because more would be joined than there is.
func (x *transition) joinUp() (full bool) {
	copy(x.expected, x.nu)
	clear(x.lost)
	if !x.anyFalse {
		return false
	}
	clear(x.at)
	for _, j := range x.joins {
		v := x.nu[j.h] * x.nu[j.g]
		for _, i := range x.member[j.first:j.end] {
			x.at[i] += v
		}
	}
	for i, v := range x.at {
		if x.phi[i] = 0; v > 0 {
			x.phi[i] = x.wanted[i] / v
		} else if x.wanted[i] > 0 {
			full = true
		}
	}
	for n, j := range x.joins {
		s := 0.0
		for _, i := range x.member[j.first:j.end] {
			s += x.phi[i]
		}
		x.rate[n] = s / float64(j.end-j.first)
		x.lost[j.h] += x.rate[n] * x.nu[j.g]
		x.lost[j.g] += x.rate[n] * x.nu[j.h]
	}
	most := slices.Max(x.lost)
	if most > mostJoined {
		full = true
		for n := range x.rate {
			x.rate[n] *= mostJoined / most
		}
		for w := range x.lost {
			x.lost[w] *= mostJoined / most
		}
	}
	for n, j := range x.joins {
		v := x.rate[n] * x.nu[j.h] * x.nu[j.g]
		x.expected[j.h] -= v
		x.expected[j.g] -= v
		x.expected[j.h|j.g] += v
	}
	return full
}

// transpose replaces v by (F·D)ᵀv. A cluster of h is joined to one of g at the rate φ·ν_g, and is half of what results.
func (x *transition) transpose(v []float64) {
	if x.anyFalse {
		t := x.column
		for w := range v {
			t[w] = (1 - x.lost[w]) * v[w]
		}
		for n, j := range x.joins {
			t[j.h] += x.rate[n] * x.nu[j.g] * v[j.h|j.g] / 2
			t[j.g] += x.rate[n] * x.nu[j.h] * v[j.h|j.g] / 2
		}
		copy(v, t)
	}
	t := x.column
	clear(t)
	for _, p := range x.split {
		t[p.from] += p.share * v[p.to]
	}
	copy(v, t)
}
