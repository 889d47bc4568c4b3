package multiplier

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Rate is how often respondents answer rightly.
type Rate struct {
	Right   float64 // share of right answers, between 0 and 1
	Checked float64 // people of whom the truth is known, from whom Right was found; 0: Right is exact
}

// moments are the rate and its variance: that of the law Beta(x+½, n−x+½) after x of n right answers, which is not 0 when all were right.
func (r *Rate) moments() (right, variance float64) {
	if r == nil {
		return 1, 0
	}
	if r.Checked == 0 {
		return r.Right, 0
	}
	a, b := r.beta()
	return r.Right, a * b / ((a + b) * (a + b) * (a + b + 1))
}

func (r *Rate) beta() (a, b float64) {
	return r.Right*r.Checked + 0.5, (1-r.Right)*r.Checked + 0.5
}

func (r *Rate) valid(what string) error {
	switch {
	case r == nil:
	case !(r.Right >= 0 && r.Right <= 1):
		return fmt.Errorf("the %s %v does not lie between 0 and 1", what, r.Right)
	case !(r.Checked >= 0) || math.IsInf(r.Checked, 1):
		return fmt.Errorf("the %s rests on %v people", what, r.Checked)
	}
	return nil
}

// A node is a value that stands for part of a law, with the logarithm of its weight.
type node struct{ value, weight float64 }

// nodes stand for the law of the rate: midpoints in θ with value sin²θ, in which the densities of Beta laws with parameters of ½ and more are
// smooth and so few midpoints are as good as many.
func (r *Rate) nodes() []node {
	const n, tail = 16, 1e-6
	switch {
	case r == nil:
		return []node{{1, 0}}
	case r.Checked == 0:
		return []node{{r.Right, 0}}
	}
	a, b := r.beta()
	law := distuv.Beta{Alpha: a, Beta: b}
	lo, hi := math.Asin(math.Sqrt(law.Quantile(tail))), math.Asin(math.Sqrt(law.Quantile(1-tail)))
	out := make([]node, n)
	for i := range out {
		sin, cos := math.Sincos(lo + (hi-lo)*(float64(i)+0.5)/n)
		out[i] = node{sin * sin, (2*a-1)*math.Log(sin) + (2*b-1)*math.Log(cos)}
	}
	return out
}

// corrected is the share in the benchmark behind a share of yes answers, p = (P + sp − 1)/(se + sp − 1), with its variance by the delta method,
// (Var P + p²·Var se + (1−p)²·Var sp)/(se + sp − 1)² (Rogan and Gladen 1978).
// Between 0 and 1 it is taken: where chance alone can have put the answers beyond them, that is no contradiction.
func (m Multiplier) corrected(size float64) (p, v float64, err error) {
	se, vse := m.Sensitivity.moments()
	sp, vsp := m.Specificity.moments()
	j := se + sp - 1
	percent := func(x float64) string { return fmt.Sprintf("%.3g%%", 100*x) }
	switch {
	case j <= 1e-9:
		return 0, 0, estimators.Refuse("misreports-infeasible", "with a sensitivity of %s and a specificity of %s, those in the benchmark say yes no more often than others: the answers say nothing", percent(se), percent(sp))
	case m.Share < 1-sp && atMost(m.Share*size, size, m.Specificity) < noise:
		return 0, 0, estimators.Refuse("misreports-infeasible", "%s say yes, fewer than the %s who would if nobody were in the benchmark, and not by chance alone: the answers and a specificity of %s contradict each other", percent(m.Share), percent(1-sp), percent(sp))
	case m.Share > se && atMost((1-m.Share)*size, size, m.Sensitivity) < noise:
		return 0, 0, estimators.Refuse("misreports-infeasible", "%s say yes, more than the %s who would if everybody were in the benchmark, and not by chance alone: the answers and that sensitivity contradict each other", percent(m.Share), percent(se))
	}
	p = min(max((m.Share+sp-1)/j, 0), 1)
	return p, (m.Share*(1-m.Share)/size + p*p*vse + (1-p)*(1-p)*vsp) / (j * j), nil
}

// noise is the probability, on one side, of answers below which they are said to contradict the rates of wrong ones.
const noise = 0.025

// atMost is the probability of so many answers or fewer of a kind that is given only wrongly, by 1 less the rate of right ones, averaged over the law of
// that rate. By the incomplete beta function numbers of answers need not be whole, as they are not when a design effect divides them.
func atMost(answers, size float64, right *Rate) float64 {
	nodes := right.nodes()
	most := slices.MaxFunc(nodes, func(a, b node) int { return cmp.Compare(a.weight, b.weight) }).weight
	below, total := 0.0, 0.0
	for _, n := range nodes {
		w := math.Exp(n.weight - most)
		total += w
		if answers >= size {
			below += w
		} else {
			below += w * mathext.RegIncBeta(size-answers, answers+1, n.value)
		}
	}
	return below / total
}

// A posterior is the law of the share in the benchmark after answers of which some are wrong: p has the prior law Beta(½, ½), and of so many
// answers a share P = p·se + (1−p)(1−sp) is yes. It never leaves 0 to 1.
type posterior struct {
	p, below []float64 // shares, and the probability of less
}

func newPosterior(yes, size float64, sensitivity, specificity *Rate) *posterior {
	type rates struct{ slope, base, weight float64 }
	var nodes []rates
	for _, se := range sensitivity.nodes() {
		for _, sp := range specificity.nodes() {
			if se.value+sp.value > 1 {
				nodes = append(nodes, rates{se.value + sp.value - 1, 1 - sp.value, se.weight + sp.weight})
			}
		}
	}
	logs := make([]float64, len(nodes))
	weight := func(p float64) float64 { // its logarithm
		for i, n := range nodes {
			said := min(max(n.base+n.slope*p, 1e-300), 1)
			logs[i] = n.weight
			if yes > 0 {
				logs[i] += yes * math.Log(said)
			}
			if size > yes {
				logs[i] += (size - yes) * math.Log(max(1-said, 1e-300))
			}
		}
		most := slices.Max(logs)
		sum := 0.0
		for _, l := range logs {
			sum += math.Exp(l - most)
		}
		return most + math.Log(sum)
	}
	// In θ with p = sin²θ the prior is uniform. Narrow to where there is weight, then sum.
	lo, hi := 0.0, math.Pi/2
	const coarse, fine = 64, 512
	for range 20 {
		at, step := make([]float64, coarse), (hi-lo)/coarse
		for i := range at {
			s := math.Sin(lo + (float64(i)+0.5)*step)
			at[i] = weight(s * s)
		}
		most := slices.Max(at)
		first := slices.IndexFunc(at, func(w float64) bool { return w > most-40 })
		last := coarse - 1
		for at[last] <= most-40 {
			last--
		}
		lo, hi = max(lo, lo+float64(first-1)*step), min(hi, lo+float64(last+2)*step)
		if last-first > coarse/4 {
			break
		}
	}
	out := &posterior{p: make([]float64, fine+1), below: make([]float64, fine+1)}
	at, step := make([]float64, fine), (hi-lo)/fine
	for i := range at {
		s := math.Sin(lo + (float64(i)+0.5)*step)
		at[i] = weight(s * s)
	}
	most := slices.Max(at)
	for i := range out.p {
		s := math.Sin(lo + float64(i)*step)
		if out.p[i] = s * s; i < fine {
			out.below[i+1] = out.below[i] + math.Exp(at[i]-most)
		}
	}
	for i := range out.below {
		out.below[i] /= out.below[fine]
	}
	return out
}

// Quantile is that of the share.
func (d *posterior) Quantile(level float64) float64 {
	last := len(d.below) - 1
	i := min(max(slices.IndexFunc(d.below, func(b float64) bool { return b >= level }), 1), last)
	width := d.below[i] - d.below[i-1]
	if width <= 0 {
		return d.p[i]
	}
	return d.p[i-1] + (d.p[i]-d.p[i-1])*(level-d.below[i-1])/width
}
