package linkage

import "math"

// Matches is the number of matches EM expects of the pair type: λ times the possible pairs.
func (t PairType) Matches() float64 { return t.Lambda * float64(t.Possible) }

// Weight of a pattern: log2 of how much more often it occurs in pairs of one person than in pairs of two. Missing
// fields add nothing.
func (m *Model) Weight(p Pattern) float64 {
	sum := 0.0
	for s := range m.Comparisons {
		sum += m.Comparisons[s].Weight(p.Level(s))
	}
	return sum + m.Dependence(p)/math.Ln2
}

// Dependence is what dependent fields take from the weight of a pattern, or add to it: the sum of log U of their levels over U
// given the level of the field they depend on, in nats.
func (m *Model) Dependence(p Pattern) float64 {
	return newDependences(m).at(p)
}

// dependences are the terms of Dependence, by level of a field and of the one it depends on.
type dependences []struct {
	field, on int
	table     [64]float64
}

func newDependences(m *Model) dependences {
	out := make(dependences, len(m.Dependent))
	for i, d := range m.Dependent {
		out[i].field, out[i].on = 3*d.Field, 3*d.On
		for q, levels := range d.U {
			for l, u := range levels {
				out[i].table[q<<3|l] = math.Log(m.Comparisons[d.Field].U[l] / u)
			}
		}
	}
	return out
}

func (d dependences) at(p Pattern) float64 {
	sum := 0.0
	for i := range d {
		sum += d[i].table[p>>d[i].on&7<<3|p>>d[i].field&7]
	}
	return sum
}

// MatchWeight is log2 of the odds that a pair of a type is a match, and MatchProbability the probability: λ/(1−λ) times the
// ratios of all fields. They take the pair alone; what else is known of its records only a linkage says.
func (m *Model) MatchWeight(p Pattern, typ int) float64 {
	l := m.Types[typ].Lambda
	return math.Log2(l) - math.Log1p(-l)/math.Ln2 + m.Weight(p)
}

// MatchProbability is the probability of a match that belongs to MatchWeight.
func (m *Model) MatchProbability(p Pattern, typ int) float64 {
	return 1 / (1 + math.Exp2(-m.MatchWeight(p, typ)))
}

// Weight of a level: log2 m/u, 0 when it is missing.
func (c *Comparison) Weight(level int) float64 {
	if level >= len(c.M) {
		return 0
	}
	return math.Log2(c.M[level] / c.U[level])
}

// Gamma is the level as columns gamma_<field> have it elsewhere: −1 missing, 0 different, the highest number full agreement.
func (c *Comparison) Gamma(level int) int {
	if level >= len(c.M) {
		return -1
	}
	return len(c.M) - 1 - level
}

// Meaning of a level in words.
func (c *Comparison) Meaning(level int) string {
	if level >= len(c.Levels) {
		return "missing"
	}
	return c.Levels[level]
}

// Evidence is what one comparison says of a pair.
type Evidence struct {
	Field   string // a frequency is tf_<field>
	Level   int
	Gamma   int
	Meaning string
	M, U    float64 // 1 when the field is missing; U given the level of the field it depends on, if any
	Weight  float64 // log2 M/U
}

// Explain gives what each comparison says of a pattern, in the order of the comparisons. Their weights, with log2 of the prior odds of
// the pair type, add up to MatchWeight. A frequency follows only when two records are equal, and sex says nothing when
// equal given names have said it.
func (m *Model) Explain(p Pattern) []Evidence {
	out := make([]Evidence, len(m.Comparisons))
	for s := range m.Comparisons {
		c := &m.Comparisons[s]
		l := p.Level(s)
		out[s] = Evidence{Field: c.Field, Level: l, Gamma: c.Gamma(l), Meaning: c.Meaning(l), M: 1, U: 1}
		if l < len(c.M) {
			out[s].M, out[s].U, out[s].Weight = c.M[l], c.U[l], c.Weight(l)
		}
	}
	for _, d := range m.Dependent {
		e := &out[d.Field]
		if u := d.U[p.Level(d.On)]; e.Level < len(u) {
			e.U, e.Weight = u[e.Level], math.Log2(e.M/u[e.Level])
		}
	}
	return out
}
