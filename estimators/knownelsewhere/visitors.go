package knownelsewhere

import (
	"math"
	"math/bits"

	"darkfigure/estimators"
)

// visitors is the likelihood of the answers given the people there are. People are of 2^J classes: bit j of a class says that body j knows them.
// Of the size[u] people of class u, visitors are the share p_u, logit p_u = a + Σ_{j∈u} b_j, with a such that they are as many as came; visitors of class
// u are then the share κ_u = size[u]·p_u/number, and an answer v to the questions q has probability Σ_u κ_u·Π_{j∈q} P(v_j | u_j).
//
// Rates of wrong answers are constants, or, after doubt, parameters too: their Beta laws are then a factor of the likelihood, taken as densities of
// the logit, so that a rate of which the answers say nothing stays at its mean.
//
// size[0] holds the hidden people as well, and changes between calls. One goroutine owns it.
type visitors struct {
	bodies int
	size   []float64 // by class
	base   float64   // of class 0: people on lists of which nobody was asked
	number float64   // n_C
	asked  []question
	s, c   []float64
	laws   []Beta // of s, then of c; nil: constants
	rates  []int  // the parameters among s and c, counted after b

	a          float64   // of the last evaluation
	at         []float64 // b, logit s, logit c, where the last fit ended and the next begins
	eta, odd   []float64 // Σ b_j and e to minus that, by class
	p, kap     []float64
	slope      []float64 // dκ_u/db_j, by j then u
	grad, step []float64
	info       []float64
	trial      []float64
	free       []int
}

// A question is a set of bodies asked about together, with the visitors by their answers.
type question struct {
	total   float64
	place   []int       // of each body among the bits of an answer, −1 for one not asked about
	count   []float64   // by answer
	chance  [][]float64 // by answer and class
	derived []float64   // by parameter
}

// classes counts the people on lists by class.
func classes(t *estimators.Table, lists []estimators.Pattern) []float64 {
	out := make([]float64, 1<<uint(len(lists)))
	for w, n := range t.Counts() {
		out[classOf(estimators.Pattern(w), lists)] += float64(n)
	}
	return out
}

func classOf(w estimators.Pattern, lists []estimators.Pattern) int {
	u := 0
	for j, l := range lists {
		if w&l != 0 {
			u |= 1 << uint(j)
		}
	}
	return u
}

// newVisitors makes the likelihood of answers over the bodies with a list only; true answers are said with probability s, false ones not said with c.
func newVisitors(size []float64, number float64, answers []Answers, s, c []float64) *visitors {
	k, m := len(s), len(size)
	v := &visitors{bodies: k, size: append([]float64(nil), size...), base: size[0], number: number, s: append([]float64(nil), s...), c: append([]float64(nil), c...),
		at: make([]float64, 3*k), eta: make([]float64, m), odd: make([]float64, m), p: make([]float64, m), kap: make([]float64, m), slope: make([]float64, k*m),
		grad: make([]float64, 3*k), step: make([]float64, 3*k), info: make([]float64, 9*k*k), trial: make([]float64, 3*k)}
	found := map[uint]int{}
	for _, a := range answers {
		if a.Asked == 0 || a.Count == 0 {
			continue
		}
		i, ok := found[a.Asked]
		if !ok {
			i = len(v.asked)
			found[a.Asked] = i
			v.asked = append(v.asked, newQuestion(a.Asked, k))
		}
		v.asked[i].count[squeeze(a.Known, a.Asked)] += float64(a.Count)
		v.asked[i].total += float64(a.Count)
	}
	v.chances()
	return v
}

func newQuestion(asked uint, bodies int) question {
	n := bits.OnesCount(asked)
	q := question{count: make([]float64, 1<<uint(n)), chance: make([][]float64, 1<<uint(n)), derived: make([]float64, 3*bodies)}
	for v := range q.chance {
		q.chance[v] = make([]float64, 1<<uint(bodies))
	}
	n = 0
	for j := range bodies {
		q.place = append(q.place, -1)
		if asked>>uint(j)&1 == 1 {
			q.place[j] = n
			n++
		}
	}
	return q
}

// doubt makes the rates parameters that have laws, those that are known exactly apart.
func (v *visitors) doubt(s, c []Beta) {
	v.laws = append(append([]Beta(nil), s...), c...)
	for i, law := range v.laws {
		if law.known() {
			continue
		}
		v.rates = append(v.rates, v.bodies+i)
		v.at[v.bodies+i] = math.Log(law.A / law.B)
	}
}

// chances sets P(answer | class) at the rates.
func (v *visitors) chances() {
	for _, q := range v.asked {
		for a := range q.chance {
			for u := range v.size {
				p := 1.0
				for j, i := range q.place {
					if i < 0 {
						continue
					}
					says, is := a>>uint(i)&1 == 1, u>>uint(j)&1 == 1
					switch {
					case is && says:
						p *= v.s[j]
					case is:
						p *= 1 - v.s[j]
					case says:
						p *= 1 - v.c[j]
					default:
						p *= v.c[j]
					}
				}
				q.chance[a][u] = p
			}
		}
	}
}

// rate is the value of parameter i, a rate, at its logit.
func (v *visitors) rate(i int, logit float64) float64 {
	x := 1 / (1 + math.Exp(-logit))
	if i -= v.bodies; i < v.bodies {
		v.s[i] = x
	} else {
		v.c[i-v.bodies] = x
	}
	return x
}

// squeeze numbers an answer among those to a question: the bits of asked one after the other.
func squeeze(known, asked uint) int {
	out, i := 0, 0
	for ; asked > 0; asked &= asked - 1 {
		if known&(asked&-asked) != 0 {
			out |= 1 << uint(i)
		}
		i++
	}
	return out
}

// evaluate is the log-likelihood at the parameters, −Inf where it has none.
func (v *visitors) evaluate(at []float64) float64 {
	people, ll := 0.0, 0.0
	for u := range v.eta {
		v.eta[u] = 0
		for j := range v.bodies {
			if u>>uint(j)&1 == 1 {
				v.eta[u] += at[j]
			}
		}
		people += v.size[u]
	}
	if !(people > v.number) {
		return math.Inf(-1)
	}
	for _, i := range v.rates {
		x, law := v.rate(i, at[i]), v.laws[i-v.bodies]
		ll += law.A*math.Log(x/law.Mean()) + law.B*math.Log((1-x)/(1-law.Mean())) // 0 at its top
	}
	if len(v.rates) > 0 {
		v.chances()
	}
	v.level()
	for _, q := range v.asked {
		for i, n := range q.count {
			if n == 0 {
				continue
			}
			p := 0.0
			for u, k := range v.kap {
				p += k * q.chance[i][u]
			}
			ll += n * math.Log(p)
		}
	}
	return ll
}

// level finds a, with Σ size·p = number, by Newton's method within a bracket, and sets p and κ.
func (v *visitors) level() {
	lo, hi := math.Inf(1), math.Inf(-1)
	people := 0.0
	for u, e := range v.eta {
		if v.size[u] > 0 {
			lo, hi = math.Min(lo, -e), math.Max(hi, -e)
		}
		people += v.size[u]
		v.odd[u] = math.Exp(-e)
	}
	share := math.Log(v.number / (people - v.number))
	lo, hi = lo+share, hi+share // all p would be share at most, at least
	a := v.a
	if !(a > lo && a < hi) {
		a = (lo + hi) / 2
	}
	for range 200 {
		sum, derivative, odd := -v.number, 0.0, math.Exp(-a)
		for u, o := range v.odd {
			x := 1 / (1 + odd*o)
			v.p[u] = x
			sum += v.size[u] * x
			derivative += v.size[u] * x * (1 - x)
		}
		if sum > 0 {
			hi = a
		} else {
			lo = a
		}
		if math.Abs(sum) <= 1e-13*v.number || hi-lo <= 1e-15*(1+math.Abs(a)) {
			break
		}
		next := a - sum/derivative
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		a = next
	}
	v.a = a
	for u := range v.kap {
		v.kap[u] = v.size[u] * v.p[u] / v.number
	}
}

// derive sets the score and the expected information of the parameters in free at the point last evaluated.
func (v *visitors) derive() {
	m, n := len(v.size), len(v.free)
	spread := 0.0
	for u, p := range v.p {
		spread += v.size[u] * p * (1 - p)
	}
	clear(v.grad[:n])
	clear(v.info[:n*n])
	for i, j := range v.free {
		if j >= v.bodies {
			x, law := v.s, v.laws[j-v.bodies]
			at := j - v.bodies
			if at >= v.bodies {
				x, at = v.c, at-v.bodies
			}
			v.grad[i] = law.A*(1-x[at]) - law.B*x[at]
			v.info[i*n+i] = (law.A + law.B) * x[at] * (1 - x[at])
			continue
		}
		with := 0.0
		for u, p := range v.p {
			if u>>uint(j)&1 == 1 {
				with += v.size[u] * p * (1 - p)
			}
		}
		for u, p := range v.p {
			d := -with / spread
			if u>>uint(j)&1 == 1 {
				d++
			}
			v.slope[j*m+u] = v.size[u] * p * (1 - p) / v.number * d
		}
	}
	for _, q := range v.asked {
		for a, count := range q.count {
			p := 0.0
			for u, k := range v.kap {
				p += k * q.chance[a][u]
			}
			if p <= 0 {
				continue
			}
			for i, j := range v.free {
				d := v.derivative(&q, a, j)
				q.derived[i] = d
				v.grad[i] += count * d / p
				for l := range i + 1 {
					v.info[i*n+l] += q.total * d * q.derived[l] / p
				}
			}
		}
	}
}

// derivative of the probability of an answer: by b_j, or by the logit of a rate, for which that of s is s(1−s).
func (v *visitors) derivative(q *question, answer, j int) (d float64) {
	m := len(v.size)
	if j < v.bodies {
		for u, s := range v.slope[j*m : (j+1)*m] {
			d += s * q.chance[answer][u]
		}
		return d
	}
	j -= v.bodies
	ofKnown := j < v.bodies // s rather than c
	if !ofKnown {
		j -= v.bodies
	}
	if q.place[j] < 0 {
		return 0
	}
	says := answer>>uint(q.place[j])&1 == 1
	for u, k := range v.kap {
		if u>>uint(j)&1 == 1 != ofKnown {
			continue
		}
		switch x := k * q.chance[answer][u]; {
		case ofKnown && says:
			d += x * (1 - v.s[j])
		case ofKnown:
			d -= x * v.s[j]
		case says:
			d -= x * v.c[j]
		default:
			d += x * (1 - v.c[j])
		}
	}
	return d
}

const (
	farthest = 25.0 // |b| beyond which a share is 0 or 1 as far as anybody can count
	enough   = 1e-10
)

// fit maximises over the parameters b in free, and the rates in doubt, from where the last fit ended, by scoring with a damped step; the other b are as
// in fixed. Where the best share is 0 or 1 a parameter runs to ±25 and the likelihood to its supremum.
func (v *visitors) fit(hidden float64, fixed []float64, free []int) float64 {
	v.size[0] = v.base + hidden
	v.free = append(append(v.free[:0], free...), v.rates...)
	copy(v.trial, v.at)
	copy(v.trial, fixed)
	for _, j := range free {
		v.trial[j] = v.at[j]
	}
	copy(v.at, v.trial)
	ll := v.evaluate(v.at)
	if len(v.free) == 0 {
		return ll
	}
	if math.IsInf(ll, -1) {
		for _, j := range free {
			v.at[j] = 0
		}
		if ll = v.evaluate(v.at); math.IsInf(ll, -1) {
			return ll
		}
	}
	damping := 1e-9
	n := len(v.free)
	for range 500 {
		v.derive()
		gained := false
		for damping < 1e12 {
			if !v.solve(n, damping) {
				damping *= 10
				continue
			}
			copy(v.trial, v.at)
			gain := 0.0
			for i, j := range v.free {
				v.trial[j] = math.Max(-farthest, math.Min(farthest, v.at[j]+v.step[i]))
				gain += v.grad[i] * (v.trial[j] - v.at[j])
			}
			if math.Abs(gain) < enough {
				break
			}
			now := v.evaluate(v.trial)
			if now >= ll {
				gained = now-ll > enough/100
				ll = now
				copy(v.at, v.trial)
				damping = math.Max(1e-9, damping/10)
				break
			}
			damping *= 10
		}
		if !gained {
			break
		}
	}
	return v.evaluate(v.at)
}

// solve sets step to (I + damping·(diag I + ε))⁻¹·grad by Cholesky's method.
func (v *visitors) solve(n int, damping float64) bool {
	l := make([]float64, n*n)
	largest := 0.0
	for i := range n {
		largest = math.Max(largest, v.info[i*n+i])
	}
	if largest == 0 {
		return false
	}
	for i := range n {
		for j := range i + 1 {
			s := v.info[i*n+j]
			if i == j {
				s += damping * (s + 1e-6*largest)
			}
			for k := range j {
				s -= l[i*n+k] * l[j*n+k]
			}
			if i != j {
				l[i*n+j] = s / l[j*n+j]
			} else if s <= 0 {
				return false
			} else {
				l[i*n+i] = math.Sqrt(s)
			}
		}
	}
	for i := range n {
		s := v.grad[i]
		for k := range i {
			s -= l[i*n+k] * v.step[k]
		}
		v.step[i] = s / l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		s := v.step[i]
		for k := i + 1; k < n; k++ {
			s -= l[k*n+i] * v.step[k]
		}
		v.step[i] = s / l[i*n+i]
	}
	return true
}
