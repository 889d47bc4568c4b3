package linkage

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"darkfigure/internal/resample"
)

// few are records made by hand.
type few struct {
	registers int
	register  []int
	hash      []uint64
	pattern   func(i, j int) Pattern
}

func (f few) Len() int                 { return len(f.register) }
func (f few) Registers() int           { return f.registers }
func (f few) Register(i int) int       { return f.register[i] }
func (f few) Hash(i int) uint64        { return f.hash[i] }
func (f few) Pattern(i, j int) Pattern { return f.pattern(i, j) }

// randomModel has weights of the size of doubt, so that no partition is certain.
func randomModel(registers, fields int, rng *rand.Rand) *Model {
	m := &Model{}
	for range fields {
		c := Comparison{M: make([]float64, 4), U: make([]float64, 4)}
		for _, p := range [][]float64{c.M, c.U} {
			sum := 0.0
			for l := range p {
				p[l] = 0.2 + rng.Float64()
				sum += p[l]
			}
			for l := range p {
				p[l] /= sum
			}
		}
		m.Comparisons = append(m.Comparisons, c)
	}
	for a := range registers {
		for b := a + 1; b < registers; b++ {
			m.Types = append(m.Types, PairType{A: a, B: b, Lambda: 0.1})
		}
	}
	return m
}

// small is a case of a few records with random patterns; a share of the possible edges is in the graph.
func small(register []int, registers, fields int, edges float64, rng *rand.Rand) (few, *Graph, *Model) {
	n := len(register)
	patterns := make([]Pattern, n*n)
	hash := make([]uint64, n)
	for i := range n {
		hash[i] = rng.Uint64()
		for j := i + 1; j < n; j++ {
			for f := range fields {
				l := rng.IntN(5)
				if l == 4 {
					l = Missing
				}
				patterns[i*n+j] = patterns[i*n+j].With(f, l)
			}
			patterns[j*n+i] = patterns[i*n+j]
		}
	}
	p := few{registers, register, hash, func(i, j int) Pattern { return patterns[i*n+j] }}
	g := &Graph{}
	for i := range n {
		for j := i + 1; j < n; j++ {
			if register[i] != register[j] && rng.Float64() < edges {
				g.Pairs = append(g.Pairs, Pair{int32(i), int32(j), p.Pattern(i, j)})
			}
		}
	}
	return p, g, randomModel(registers, fields, rng)
}

// everyPartition calls f with the labels of each partition of units with one of a register per cluster.
func everyPartition(g *unitGraph, f func(label []int32, masks []uint32)) {
	label := make([]int32, len(g.register))
	var walk func(i int, masks []uint32)
	walk = func(i int, masks []uint32) {
		if i == len(label) {
			f(label, masks)
			return
		}
		for c, m := range masks {
			if m&g.bit[i] == 0 {
				masks[c] |= g.bit[i]
				label[i] = int32(c)
				walk(i+1, masks)
				masks[c] = m
			}
		}
		label[i] = int32(len(masks))
		walk(i+1, append(slices.Clone(masks), g.bit[i]))
	}
	walk(0, nil)
}

// logTarget is log p(Z)·exp Σ score(C), written anew: nothing of the sampler but the weights of its patterns.
func logTarget(p Persons, g *unitGraph, s *scorer, label []int32, masks []uint32) (float64, bool) {
	table := make([]float64, 1<<g.registers)
	for r, n := range g.alone {
		table[1<<r] += float64(n)
	}
	total := 0.0
	for c, m := range masks {
		table[m]++
		var in []int32
		for i, l := range label {
			if int(l) == c {
				in = append(in, int32(i))
			}
		}
		w := func(a, b int) float64 {
			return s.weight[s.index[p.Pattern(int(g.atom[g.first[in[a]]]), int(g.atom[g.first[in[b]]]))]]
		}
		edge := func(a, b int) bool {
			for e := g.row[in[a]]; e < g.row[in[a]+1]; e++ {
				if g.to[e] == in[b] {
					return true
				}
			}
			return false
		}
		n := len(in)
		if n == 1 {
			continue
		}
		// The best tree among all sets of n−1 pairs that connect; whether the edges connect.
		var pairs [][2]int
		sum := 0.0
		for a := range n {
			for b := a + 1; b < n; b++ {
				pairs = append(pairs, [2]int{a, b})
				sum += w(a, b)
			}
		}
		connects := func(use func(k int) bool) bool {
			group := make([]int, n)
			for i := range group {
				group[i] = i
			}
			for range n {
				for k, x := range pairs {
					if use(k) {
						low := min(group[x[0]], group[x[1]])
						group[x[0]], group[x[1]] = low, low
					}
				}
			}
			return slices.Max(group) == 0
		}
		if !connects(func(k int) bool { return edge(pairs[k][0], pairs[k][1]) }) {
			return 0, false
		}
		tree := math.Inf(-1)
		for set := range 1 << len(pairs) {
			if !connects(func(k int) bool { return set>>k&1 == 1 }) {
				continue
			}
			x, size := 0.0, 0
			for k, q := range pairs {
				if set>>k&1 == 1 {
					x += w(q[0], q[1])
					size++
				}
			}
			if size == n-1 {
				tree = max(tree, x)
			}
		}
		total += s.slope*(treeShare*tree+(1-treeShare)*2/float64(n)*sum) + s.shift*float64(n-1)
	}
	persons, cells := 0.0, float64(len(table)-1)
	for _, t := range table[1:] {
		persons += t
		x, _ := math.Lgamma(t + 1)
		total += x
	}
	a, _ := math.Lgamma(persons + 1)
	b, _ := math.Lgamma(persons + cells)
	return total + a - b, true
}

func key(label []int32) string {
	first := map[int32]int{}
	out := make([]byte, len(label))
	for i, l := range label {
		if _, ok := first[l]; !ok {
			first[l] = len(first)
		}
		out[i] = byte('a' + first[l])
	}
	return string(out)
}

// Long runs agree with the enumeration of all partitions: with the prior alone, with random weights, with matches of two kinds, on
// graphs that lack edges, with a record that has none, and with four registers.
func TestSamplerAgreesWithEnumeration(t *testing.T) {
	sweeps, most := 200_000, 0.02
	if testing.Short() {
		sweeps, most = 20_000, 0.06
	}
	three := []int{0, 0, 0, 1, 1, 2, 2}
	for n, c := range []struct {
		what      string
		register  []int
		registers int
		classes   int
		flat      bool
		edges     float64
		aside     bool
	}{
		{"the prior alone", three, 3, 1, true, 1, false},
		{"random weights", three, 3, 1, false, 1, false},
		{"two kinds of matches", three, 3, 2, false, 1, false},
		{"two kinds, half of the edges", three, 3, 2, false, 0.5, false},
		{"two registers", []int{0, 0, 0, 1, 1, 1, 1}, 2, 2, false, 0.7, false},
		{"four registers", []int{0, 0, 1, 1, 2, 3, 3}, 4, 2, false, 0.8, false},
		{"five registers", []int{0, 1, 1, 2, 3, 4}, 5, 2, false, 0.9, false},
		{"few edges", three, 3, 2, false, 0.25, false},
		{"two registers, components aside", []int{0, 0, 0, 1, 1, 1, 1}, 2, 2, false, 0.3, true},
		{"three registers, components aside", []int{0, 0, 0, 1, 1, 2, 2}, 3, 2, false, 0.2, true},
		{"the prior alone, components aside", []int{0, 0, 0, 1, 1, 1, 2}, 3, 1, true, 0.2, true},
	} {
		rng := resample.Stream(20, uint64(n))
		p, g, m := small(c.register, c.registers, 3, c.edges, rng)
		if c.flat {
			for f := range m.Comparisons {
				m.Comparisons[f].U = m.Comparisons[f].M
			}
		}
		u, err := newUnitGraph(p, g, hashOrder(p), nil, asideFrom)
		if err != nil {
			t.Fatal(err)
		}
		s := newScorer(m, c.classes, u.patterns)
		if n%2 == 1 {
			s.slope, s.shift = 0.8, 0.3 // recalibrated, too
		}
		for i := range p.Len() {
			for j := range i {
				s.intern(p.Pattern(i, j))
			}
		}
		exact := map[string]float64{}
		total := 0.0
		everyPartition(u, func(label []int32, masks []uint32) {
			if l, ok := logTarget(p, u, s, label, masks); ok {
				exact[key(label)] = math.Exp(l)
				total += math.Exp(l)
			}
		})
		walked, least := u, asideFrom
		if c.aside {
			least = 1
			if walked, err = newUnitGraph(p, g, hashOrder(p), nil, least); err != nil {
				t.Fatal(err)
			}
			for i, q := range walked.aside.patterns {
				walked.aside.kinds[i].pattern = s.intern(q)
			}
			for e, q := range walked.pattern {
				walked.pattern[e] = s.intern(walked.patterns[q])
			}
			if len(walked.register) == len(u.register) {
				t.Errorf("%s: nothing is aside", c.what)
			}
			t.Logf("%s: %d of %d units walked, %d kinds, %d components", c.what, len(walked.register), len(u.register), len(walked.aside.kinds), len(walked.aside.components))
		}
		chain := newGibbs(p, walked, s, newOverlapPrior(p.Registers(), p.Len()), rng)
		seen := map[string]float64{}
		sweeps := sweeps
		if !c.flat {
			sweeps = sweeps * 3 / 5 // fewer partitions are probable
		}
		for range sweeps {
			chain.sweep()
			seen[key(unitLabels(chain, g, u))]++
		}
		distance := 0.0
		for k, e := range exact {
			distance += math.Abs(seen[k]/float64(sweeps)-e/total) / 2
		}
		for k := range seen {
			if exact[k] == 0 {
				t.Errorf("%s: partition %s is not allowed", c.what, k)
			}
		}
		t.Logf("%s: %d partitions, total variation %.4f", c.what, len(exact), distance)
		if distance > most {
			t.Errorf("%s: total variation %.4f from enumeration", c.what, distance)
		}
		if got, want := fmt.Sprint(chain.prior.t), fmt.Sprint(tableOf(chain)); got != want {
			t.Errorf("%s: the table is kept as %s and is %s", c.what, got, want)
		}
	}
}

// unitLabels tells in which cluster the units of a graph are, those that are aside for the chain too.
func unitLabels(c *gibbs, g *Graph, u *unitGraph) []int32 {
	if u == c.g {
		return c.cluster
	}
	label := make([]int32, len(u.register))
	for i := range label {
		label[i] = int32(len(label) + i)
		if w := c.g.unit[u.atom[u.first[i]]]; w >= 0 {
			label[i] = c.cluster[w]
		}
	}
	c.joinedAside(func(e int32) { label[u.unit[g.Pairs[e].A]] = label[u.unit[g.Pairs[e].B]] })
	return label
}

func tableOf(c *gibbs) []int64 {
	t := make([]int64, 1<<c.g.registers)
	for r, n := range c.g.alone {
		t[1<<r] += n
	}
	for _, m := range c.mask {
		if m != 0 {
			t[m]++
		}
	}
	for i, n := range c.away.joined {
		k := &c.g.aside.kinds[i]
		t[k.a|k.b] += n
		t[k.a] -= n
		t[k.b] -= n
	}
	return t
}

// Each of the exchanges alone leaves the target as it is: the flows between any two partitions agree, by simulation of the move
// at every partition, within five standard errors.
func TestExchangesAreInDetailedBalance(t *testing.T) {
	rng := resample.Stream(21, 0)
	p, g, m := small([]int{0, 0, 1, 2, 3}, 4, 3, 0.9, rng)
	u, err := newUnitGraph(p, g, hashOrder(p), nil, asideFrom)
	if err != nil {
		t.Fatal(err)
	}
	s := newScorer(m, 2, u.patterns)
	for i := range p.Len() {
		for j := range i {
			s.intern(p.Pattern(i, j))
		}
	}
	chain := newGibbs(p, u, s, newOverlapPrior(p.Registers(), p.Len()), rng)
	moved := map[string]int{}
	for name, move := range map[string]func(i int32){"swap": chain.swap, "rivals": chain.rivals, "unite": chain.unite} {
		for unit := range int32(p.Len()) {
			times := 800.0
			if testing.Short() {
				times = 200
			}
			steps := map[string]map[string]float64{} // counts from, to
			weight := map[string]float64{}
			everyPartition(u, func(label []int32, masks []uint32) {
				l, ok := logTarget(p, u, s, label, masks)
				if !ok {
					return
				}
				from := key(label)
				weight[from] = math.Exp(l)
				steps[from] = map[string]float64{}
				for range int(times) {
					chain.use(u, label)
					move(unit)
					steps[from][key(chain.cluster)]++
				}
			})
			for from := range steps {
				for to, n := range steps[from] {
					if from == to {
						continue
					}
					moved[name]++
					back := steps[to][from]
					flow, flowBack := weight[from]*n/times, weight[to]*back/times
					variance := weight[from]*weight[from]*(n+1)/times/times + weight[to]*weight[to]*(back+1)/times/times
					if math.Abs(flow-flowBack) > 5*math.Sqrt(variance) {
						t.Errorf("%s of unit %d: flow %.5g from %s to %s, %.5g back", name, unit, flow, from, to, flowBack)
					}
				}
			}
		}
	}
	if moved["swap"] < 8 || moved["rivals"] < 8 || moved["unite"] < 8 {
		t.Errorf("moves seen: %v", moved)
	}
}

// Of the partitions with one table there are Π_r size_r!/Π_h t_h!.
func TestPartitionsOfATable(t *testing.T) {
	register := []int{0, 0, 0, 1, 1, 2, 2}
	p, g, _ := small(register, 3, 1, 1, resample.Stream(22, 0))
	u, err := newUnitGraph(p, g, hashOrder(p), nil, asideFrom)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]float64{}
	want := map[string]float64{}
	everyPartition(u, func(_ []int32, masks []uint32) {
		table := make([]int, 8)
		for _, m := range masks {
			table[m]++
		}
		k := fmt.Sprint(table)
		count[k]++
		want[k] = 3 * 2 * 2 * 2
		for _, n := range table {
			want[k] /= math.Gamma(float64(n) + 1)
		}
	})
	for k := range want {
		if math.Abs(count[k]-want[k]) > 1e-9 {
			t.Errorf("table %s: %v partitions, the formula says %v", k, count[k], want[k])
		}
	}
}

// The conditional weights of the prior are the ratios of its law.
func TestPriorRatios(t *testing.T) {
	p := newOverlapPrior(3, 20)
	for _, h := range []uint32{1, 1, 2, 4, 3, 3, 7, 5} {
		p.add(h)
	}
	base := p.log()
	after := func(remove, add uint32) float64 {
		if remove > 0 {
			p.remove(remove)
			defer p.add(remove)
		}
		p.add(add)
		defer p.remove(add)
		return p.log() - base
	}
	for _, r := range []uint32{1, 2, 4} {
		want := after(0, r) - p.alone(r)
		for _, h := range []uint32{1, 2, 3, 4, 5} {
			if h&r == 0 {
				if got := after(h, h|r) - p.join(h, r); math.Abs(got-want) > 1e-12 {
					t.Errorf("register %b to history %b: off by %v", r, h, got-want)
				}
			}
		}
	}
}
