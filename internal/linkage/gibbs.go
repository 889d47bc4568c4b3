package linkage

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// maxRegisters is how many registers the sampler joins: it keeps a count for each of their 2^k histories.
const maxRegisters = 16

// unitGraph is the graph the sampler walks on. Its vertices, units, are the person-records: a record
// with an edge, or several of one register that are taken for one person. They are numbered by
// the hashes of their contents. Records without an edge are only counted; see aside for
// those of large files that are neighbours of few.
type unitGraph struct {
	registers int
	unit      []int32  // by record; −1 when no edge touches it or it is set aside
	register  []uint8  // by unit
	bit       []uint32 // by unit: 1 << register
	first     []int32  // unit i has the atoms atom[first[i]:first[i+1]]
	atom      []int32  // records
	row       []int64  // unit i has the edges row[i]:row[i+1]
	to        []int32  // by edge: the other unit, ascending within a row
	pattern   []int32  // by edge: number of its pattern
	patterns  []Pattern
	alone     []int64 // by register: person-records without an edge
	aside     aside   // components that are not on the graph
}

// newUnitGraph makes the graph of the records as they are (groups nil) or of those joined in groups. From so many pairs on, those of small components
// are set aside.
func newUnitGraph(p Persons, g *Graph, order []int32, groups Partition, least int) (*unitGraph, error) {
	n := p.Len()
	if groups != nil {
		if err := checkGroups(p, groups); err != nil {
			return nil, err
		}
	}
	label := func(i int32) int32 {
		if groups == nil {
			return i
		}
		return groups[i]
	}
	const untouched, touched = -2, -1
	unitOf := make([]int32, n) // by label
	for i := range unitOf {
		unitOf[i] = untouched
	}
	for _, e := range g.Pairs {
		unitOf[label(e.A)], unitOf[label(e.B)] = touched, touched
	}
	u := &unitGraph{registers: p.Registers(), unit: make([]int32, n), alone: make([]int64, p.Registers())}
	var size []int32
	const counted = -3
	u.aside = setAside(p, g, label, order, least)
	u.aside.each(func(pair int32) {
		unitOf[label(g.Pairs[pair].A)], unitOf[label(g.Pairs[pair].B)] = untouched, untouched
	})
	for _, i := range order {
		l := label(i)
		switch unitOf[l] {
		case untouched:
			u.alone[p.Register(int(i))]++
			unitOf[l] = counted
		case touched:
			unitOf[l] = int32(len(u.register))
			u.register = append(u.register, uint8(p.Register(int(i))))
			u.bit = append(u.bit, 1<<p.Register(int(i)))
			size = append(size, 0)
		}
		u.unit[i] = max(unitOf[l], -1)
		if u.unit[i] >= 0 {
			size[u.unit[i]]++
		}
	}
	units := len(u.register)
	u.first = make([]int32, units+1)
	for i, s := range size {
		u.first[i+1] = u.first[i] + s
	}
	u.atom = make([]int32, u.first[units])
	at := slices.Clone(u.first[:units])
	for _, i := range order {
		if x := u.unit[i]; x >= 0 {
			u.atom[at[x]] = i
			at[x]++
		}
	}
	u.connect(p, g)
	return u, nil
}

func checkGroups(p Persons, groups Partition) error {
	if len(groups) != p.Len() {
		return fmt.Errorf("%d records in groups of one person, there are %d", len(groups), p.Len())
	}
	register := make([]int32, p.Len())
	for i := range register {
		register[i] = -1
	}
	for i, l := range groups {
		if l < 0 || int(l) >= p.Len() {
			return fmt.Errorf("record %d: group %d of %d", i, l, p.Len())
		}
		if r := int32(p.Register(i)); register[l] < 0 {
			register[l] = r
		} else if register[l] != r {
			return fmt.Errorf("record %d: group %d holds records of two registers; a group is one person of one register", i, l)
		}
	}
	return nil
}

// connect fills the rows.
func (u *unitGraph) connect(p Persons, g *Graph) {
	type edge struct {
		to      int32
		pattern Pattern
	}
	units := len(u.register)
	u.row = make([]int64, units+1)
	for _, e := range g.Pairs {
		if u.unit[e.A] >= 0 {
			u.row[u.unit[e.A]+1]++
			u.row[u.unit[e.B]+1]++
		}
	}
	for i := range units {
		u.row[i+1] += u.row[i]
	}
	edges := make([]edge, u.row[units])
	at := slices.Clone(u.row[:units])
	for _, e := range g.Pairs {
		a, b := u.unit[e.A], u.unit[e.B]
		if a < 0 {
			continue
		}
		edges[at[a]] = edge{b, e.Pattern}
		edges[at[b]] = edge{a, e.Pattern}
		at[a]++
		at[b]++
	}
	// Each row ascending and, when records are joined, without repetitions.
	kept := int64(0)
	number := make(map[Pattern]int32)
	for i := range units {
		row := edges[u.row[i]:u.row[i+1]]
		slices.SortFunc(row, func(a, b edge) int { return cmp.Compare(a.to, b.to) })
		u.row[i] = kept
		for j, e := range row {
			if j > 0 && e.to == row[j-1].to {
				continue
			}
			if u.size(int32(i)) > 1 || u.size(e.to) > 1 {
				e.pattern = u.compare(p, int32(i), e.to)
			}
			number[e.pattern] = 0
			edges[kept] = e
			kept++
		}
	}
	u.row[units] = kept
	u.aside.each(func(pair int32) { number[g.Pairs[pair].Pattern] = 0 })
	for q := range number {
		u.patterns = append(u.patterns, q)
	}
	slices.Sort(u.patterns)
	for i, q := range u.patterns {
		number[q] = int32(i)
	}
	for i, q := range u.aside.patterns {
		u.aside.kinds[i].pattern = number[q]
	}
	u.to = make([]int32, kept)
	u.pattern = make([]int32, kept)
	for i, e := range edges[:kept] {
		u.to[i], u.pattern[i] = e.to, number[e.pattern]
	}
}

func (u *unitGraph) size(i int32) int32 { return u.first[i+1] - u.first[i] }

// compare is the pattern of two units: in every field the best level over their records.
func (u *unitGraph) compare(p Persons, i, j int32) Pattern {
	best := ^Pattern(0)
	for _, a := range u.atom[u.first[i]:u.first[i+1]] {
		for _, b := range u.atom[u.first[j]:u.first[j+1]] {
			best = bestLevels(best, p.Pattern(int(a), int(b)))
		}
	}
	return best
}

// bestLevels takes the better level of every field: the smaller, for Missing is the largest.
func bestLevels(p, q Pattern) Pattern {
	var out Pattern
	for f := range MaxFields {
		out |= Pattern(min(p.Level(f), q.Level(f))) << (3 * f)
	}
	return out
}

// edge is the number of the edge from i to j; −1 when there is none.
func (u *unitGraph) edge(i, j int32) int64 {
	if u.row[i+1]-u.row[i] > u.row[j+1]-u.row[j] {
		i, j = j, i
	}
	lo, hi := u.row[i], u.row[i+1]
	for hi-lo > 8 {
		if mid := (lo + hi) / 2; u.to[mid] <= j {
			lo = mid
		} else {
			hi = mid
		}
	}
	for ; lo < hi; lo++ {
		if u.to[lo] == j {
			return lo
		}
	}
	return -1
}

// pairMemory is how many pairs without an edge a chain remembers the pattern of.
const pairMemory = 1 << 13

// gibbs is a chain on the partitions of the units of a graph, with at most one unit of a
// register in a cluster and every cluster connected in the graph. Its stationary law is
//
//	p(Z | m) ∝ p(Z) · exp Σ score(C),
//
// with p(Z) of overlapPrior and the score of scorer, jointly with m when sweeps redraw it. After
// its first sweeps it allocates nothing but room for patterns it has not met.
type gibbs struct {
	persons Persons
	g       *unitGraph
	s       *scorer
	prior   *overlapPrior
	rng     *rand.Rand

	cluster []int32   // by unit
	slot    []int32   // by cluster and register: the unit there, or −1
	mask    []uint32  // by cluster: its registers
	score   []float64 // by cluster
	free    []int32   // clusters without a member

	away asideState

	stamp        []int64 // by cluster: the visit that last considered it
	tick         int64
	option       []int32
	optionScore  []float64
	optionWeight []float64

	weight   [maxRegisters][maxRegisters]float64
	members  [maxRegisters]int32
	pairKey  [pairMemory]uint64
	pairNote [pairMemory]int32
}

// newGibbs makes a chain in which nobody is joined.
func newGibbs(p Persons, g *unitGraph, s *scorer, prior *overlapPrior, rng *rand.Rand) *gibbs {
	c := &gibbs{persons: p, s: s, rng: rng, prior: prior}
	c.away.logRate = make([]float64, 1<<g.registers)
	c.use(g, nil)
	return c
}

// use starts the chain anew on a graph, with units joined that have the same label, or none when labels is nil. A second unit of
// a register in a cluster is left out of it, and clusters that are not connected are taken apart. The patterns of g have
// the numbers of the scorer.
func (c *gibbs) use(g *unitGraph, labels []int32) {
	units, k := len(g.register), g.registers
	c.g = g
	c.cluster = slices.Grow(c.cluster[:0], units)[:units]
	c.slot = slices.Grow(c.slot[:0], units*k)[:units*k]
	c.mask = slices.Grow(c.mask[:0], units)[:units]
	c.score = slices.Grow(c.score[:0], units)[:units]
	c.free = slices.Grow(c.free[:0], units)[:0]
	c.stamp = slices.Grow(c.stamp[:0], units)[:units]
	clear(c.stamp)
	c.tick = 0
	widest := int64(0)
	for i := range units {
		widest = max(widest, g.row[i+1]-g.row[i])
	}
	c.option = slices.Grow(c.option[:0], int(widest)+1)
	c.optionScore = slices.Grow(c.optionScore[:0], int(widest)+1)
	c.optionWeight = slices.Grow(c.optionWeight[:0], int(widest)+1)
	for i := range c.pairKey {
		c.pairKey[i] = math.MaxUint64
	}

	clear(c.prior.t)
	c.prior.n = 0
	for r, n := range g.alone {
		c.prior.t[1<<r] += n
		c.prior.n += n
	}
	c.useAside()
	for i := range c.slot {
		c.slot[i] = -1
	}
	for i := range units {
		c.cluster[i], c.mask[i], c.score[i] = int32(i), g.bit[i], 0
		c.slot[i*k+int(g.register[i])] = int32(i)
		c.prior.add(g.bit[i])
	}
	if labels == nil {
		return
	}
	// Joined along edges between units of one label, the clusters are connected by construction.
	for i := range int32(units) {
		for e := g.row[i]; e < g.row[i+1]; e++ {
			if j := g.to[e]; i < j && labels[i] == labels[j] && labels[i] >= 0 {
				c.merge(c.cluster[i], c.cluster[j])
			}
		}
	}
	c.rescore()
}

// merge joins two clusters if they can be joined; scores are left as they are.
func (c *gibbs) merge(a, b int32) {
	if a == b || c.mask[a]&c.mask[b] != 0 {
		return
	}
	k := int32(c.g.registers)
	c.prior.remove(c.mask[a])
	c.prior.remove(c.mask[b])
	for r := range k {
		if i := c.slot[b*k+r]; i >= 0 {
			c.slot[a*k+r], c.cluster[i], c.slot[b*k+r] = i, a, -1
		}
	}
	c.mask[a] |= c.mask[b]
	c.mask[b], c.score[b] = 0, 0
	c.free = append(c.free, b)
	c.prior.add(c.mask[a])
}

// greedy joins clusters by descending weight of edges, while a match is more probable than not.
func (c *gibbs) greedy(m *Model) {
	type link struct {
		weight float64
		i, j   int32
	}
	var links []link
	g := c.g
	for i := range int32(len(g.register)) {
		for e := g.row[i]; e < g.row[i+1]; e++ {
			if j := g.to[e]; i < j {
				lambda := m.Types[m.Type(int(g.register[i]), int(g.register[j]))].Lambda
				w := c.s.weight[g.pattern[e]] + math.Log(lambda) - math.Log1p(-lambda)
				if w > 0 {
					links = append(links, link{w, i, j})
				}
			}
		}
	}
	slices.SortStableFunc(links, func(a, b link) int { return cmp.Compare(b.weight, a.weight) })
	for _, l := range links {
		c.merge(c.cluster[l.i], c.cluster[l.j])
	}
	c.greedyAside(m)
	c.rescore()
}

// pair is the number of the pattern of two units.
func (c *gibbs) pair(i, j int32) int32 {
	if e := c.g.edge(i, j); e >= 0 {
		return c.g.pattern[e]
	}
	if i > j {
		i, j = j, i
	}
	key := uint64(i)<<32 | uint64(j)
	at := (key * 0x9e3779b97f4a7c15) >> (64 - 13)
	if c.pairKey[at] != key {
		c.pairKey[at], c.pairNote[at] = key, c.s.intern(c.g.compare(c.persons, i, j))
	}
	return c.pairNote[at]
}

// scoreOf is the score of the units in the registers of mask of a cluster, with unit extra in its place when it is not
// negative.
func (c *gibbs) scoreOf(cluster int32, mask uint32, extra int32) float64 {
	return c.scoreMembers(c.gather(cluster, mask, extra))
}

// scoreMembers is the score of the units gathered.
func (c *gibbs) scoreMembers(n int) float64 {
	for a := range n {
		for b := a + 1; b < n; b++ {
			c.weight[a][b] = c.s.weight[c.pair(c.members[a], c.members[b])]
		}
	}
	return c.s.cluster(n, &c.weight)
}

// gather lists members in the order of their registers.
func (c *gibbs) gather(cluster int32, mask uint32, extra int32) int {
	if extra >= 0 {
		mask |= c.g.bit[extra]
	}
	k := int32(c.g.registers)
	n := 0
	for m := mask; m != 0; m &= m - 1 {
		r := int32(bits.TrailingZeros32(m))
		i := c.slot[cluster*k+r]
		if extra >= 0 && int32(c.g.register[extra]) == r {
			i = extra
		}
		c.members[n] = i
		n++
	}
	return n
}

// connected reports whether the units that scoreOf would score are connected in the graph.
func (c *gibbs) connected(cluster int32, mask uint32, extra int32) bool {
	n := c.gather(cluster, mask, extra)
	reached, todo := uint32(1), uint32(1)
	for todo != 0 {
		a := bits.TrailingZeros32(todo)
		todo &= todo - 1
		for b := range n {
			if reached>>b&1 == 0 && c.g.edge(c.members[a], c.members[b]) >= 0 {
				reached |= 1 << b
				todo |= 1 << b
			}
		}
	}
	return bits.OnesCount32(reached) == n
}

// rescore brings the scores of all clusters up to date.
func (c *gibbs) rescore() {
	for i := range c.mask {
		c.score[i] = 0
		if m := c.mask[i]; m&(m-1) != 0 {
			c.score[i] = c.scoreOf(int32(i), m, -1)
		}
	}
}

// visit draws the cluster of one unit given those of all others: a new one, or any that holds a neighbour
// and nobody of its register. A unit without which its cluster would fall apart stays.
func (c *gibbs) visit(i int32) {
	g, bit, k := c.g, c.g.bit[i], int32(c.g.registers)
	old := c.cluster[i]
	was := c.mask[old]
	rest := was &^ bit
	if rest&(rest-1) != 0 && !c.connected(old, rest, -1) {
		return
	}
	c.prior.remove(was)
	c.slot[old*k+int32(g.register[i])] = -1
	c.mask[old] = rest
	if rest == 0 {
		c.free = append(c.free, old)
	} else {
		c.prior.add(rest)
		if rest&(rest-1) == 0 {
			c.score[old] = 0
		} else {
			c.score[old] = c.scoreOf(old, rest, -1)
		}
	}

	c.tick++
	c.option, c.optionScore, c.optionWeight = c.option[:0], c.optionScore[:0], c.optionWeight[:0]
	highest := c.prior.alone(bit)
	alone := highest
	for e := g.row[i]; e < g.row[i+1]; e++ {
		at := c.cluster[g.to[e]]
		if c.stamp[at] == c.tick || c.mask[at]&bit != 0 {
			continue
		}
		c.stamp[at] = c.tick
		score := c.scoreOf(at, c.mask[at], i)
		w := score - c.score[at] + c.prior.join(c.mask[at], bit)
		highest = max(highest, w)
		c.option = append(c.option, at)
		c.optionScore = append(c.optionScore, score)
		c.optionWeight = append(c.optionWeight, w)
	}
	chosen := -1
	if len(c.option) > 0 {
		sum := 0.0
		for j, w := range c.optionWeight {
			sum += math.Exp(w - highest)
			c.optionWeight[j] = sum
		}
		x := c.rng.Float64() * (sum + math.Exp(alone-highest))
		for j, w := range c.optionWeight {
			if x < w {
				chosen = j
				break
			}
		}
	}
	var at int32
	if chosen >= 0 {
		at = c.option[chosen]
		c.prior.remove(c.mask[at])
		c.score[at] = c.optionScore[chosen]
	} else {
		at = c.free[len(c.free)-1]
		c.free = c.free[:len(c.free)-1]
		c.score[at] = 0
	}
	c.mask[at] |= bit
	c.slot[at*k+int32(g.register[i])] = i
	c.cluster[i] = at
	c.prior.add(c.mask[at])
}

// exchange proposes that two units of one register change places, with the given log ratio of the probabilities to propose
// the way back and the way there, and reports whether they did. The histories of the clusters, and so their prior, remain the same.
func (c *gibbs) exchange(i, o int32, ratio float64) bool {
	a, b := c.cluster[i], c.cluster[o]
	restA, restB := c.mask[a]&^c.g.bit[i], c.mask[b]&^c.g.bit[o]
	if restA == 0 && restB == 0 {
		return false
	}
	if restA != 0 && !c.connected(a, restA, o) || restB != 0 && !c.connected(b, restB, i) {
		return false
	}
	newA, newB := c.scoreOf(a, restA, o), c.scoreOf(b, restB, i)
	gain := newA + newB - c.score[a] - c.score[b] + ratio
	if gain < 0 && c.rng.Float64() >= math.Exp(gain) {
		return false
	}
	k, r := int32(c.g.registers), int32(c.g.register[i])
	c.slot[a*k+r], c.slot[b*k+r] = o, i
	c.cluster[i], c.cluster[o] = b, a
	c.score[a], c.score[b] = newA, newB
	return true
}

// swap lets unit i change places with the unit of its register in the cluster of one of its neighbours. There and back it is the
// neighbour that is chosen at random, so that the ratio is that of the numbers of i's
// neighbours in the old and in the new cluster; a unit that is alone cannot be swapped in this way.
func (c *gibbs) swap(i int32) {
	g, a := c.g, c.cluster[i]
	degree := g.row[i+1] - g.row[i]
	if degree < 2 || c.mask[a] == g.bit[i] {
		return
	}
	b := c.cluster[g.to[g.row[i]+c.rng.Int64N(degree)]]
	if a == b {
		return
	}
	o := c.slot[b*int32(g.registers)+int32(g.register[i])]
	if o < 0 {
		return
	}
	there, back := 0, 0
	for e := g.row[i]; e < g.row[i+1]; e++ {
		switch c.cluster[g.to[e]] {
		case a:
			back++
		case b:
			there++
		}
	}
	if back > 0 {
		c.exchange(i, o, math.Log(float64(back))-math.Log(float64(there)))
	}
}

// rivals lets two neighbours of unit b that are of one register change places, whether they are alone or not. They are
// chosen from the graph alone, so the proposal is symmetric.
func (c *gibbs) rivals(b int32) {
	g := c.g
	degree := g.row[b+1] - g.row[b]
	if degree < 2 {
		return
	}
	i := g.to[g.row[b]+c.rng.Int64N(degree)]
	n := int64(0)
	for e := g.row[b]; e < g.row[b+1]; e++ {
		if j := g.to[e]; j != i && g.register[j] == g.register[i] {
			n++
		}
	}
	if n == 0 {
		return
	}
	n = c.rng.Int64N(n)
	for e := g.row[b]; e < g.row[b+1]; e++ {
		if j := g.to[e]; j != i && g.register[j] == g.register[i] {
			if n == 0 {
				c.exchange(i, j, 0)
				return
			}
			n--
		}
	}
}

// unite proposes to join the cluster of unit i with that of a neighbour chosen at random or, when they are in one cluster, to divide it
// between the two, the others going with either. Only clusters of two units or more are joined or left, for a single
// unit moves by visit: from four registers on, that is. With c units the way back from a union is one of 2^(c−2) divisions.
func (c *gibbs) unite(i int32) {
	g := c.g
	degree := g.row[i+1] - g.row[i]
	a := c.cluster[i]
	if degree == 0 || c.mask[a] == g.bit[i] {
		return
	}
	j := g.to[g.row[i]+c.rng.Int64N(degree)]
	b := c.cluster[j]
	if a != b {
		g, h := c.mask[a], c.mask[b]
		if g&h != 0 || h&(h-1) == 0 {
			return
		}
		score := c.scoreUnion(a, b)
		gain := score - c.score[a] - c.score[b] + c.prior.union(g, h) - float64(bits.OnesCount32(g|h)-2)*math.Ln2
		if gain >= 0 || c.rng.Float64() < math.Exp(gain) {
			c.merge(a, b)
			c.score[a] = score
		}
		return
	}
	all := c.mask[a]
	if bits.OnesCount32(all) < 4 {
		return
	}
	// Those who go with j; of bits that are no register, none.
	with := uint32(c.rng.Uint64())&all&^g.bit[i] | g.bit[j]
	stay := all &^ with
	if with&(with-1) == 0 || stay&(stay-1) == 0 || !c.connected(a, with, -1) || !c.connected(a, stay, -1) {
		return
	}
	scoreWith, scoreStay := c.scoreOf(a, with, -1), c.scoreOf(a, stay, -1)
	c.prior.remove(all)
	c.prior.add(with)
	c.prior.add(stay)
	gain := scoreWith + scoreStay - c.score[a] - c.prior.union(with, stay) + float64(bits.OnesCount32(all)-2)*math.Ln2
	if gain < 0 && c.rng.Float64() >= math.Exp(gain) {
		c.prior.remove(with)
		c.prior.remove(stay)
		c.prior.add(all)
		return
	}
	n := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	k := int32(g.registers)
	for m := with; m != 0; m &= m - 1 {
		r := int32(bits.TrailingZeros32(m))
		u := c.slot[a*k+r]
		c.slot[n*k+r], c.slot[a*k+r], c.cluster[u] = u, -1, n
	}
	c.mask[a], c.mask[n] = stay, with
	c.score[a], c.score[n] = scoreStay, scoreWith
}

// scoreUnion is the score that two clusters would have as one.
func (c *gibbs) scoreUnion(a, b int32) float64 {
	n := c.gather(a, c.mask[a], -1)
	k := int32(c.g.registers)
	for m := c.mask[b]; m != 0; m &= m - 1 {
		c.members[n] = c.slot[b*k+int32(bits.TrailingZeros32(m))]
		n++
	}
	return c.scoreMembers(n)
}

// sweep moves every unit once in the order of their hashes by each of the moves, and redraws what is aside.
func (c *gibbs) sweep() {
	for i := range int32(len(c.cluster)) {
		c.visit(i)
	}
	for i := range int32(len(c.cluster)) {
		c.swap(i)
		c.rivals(i)
		if c.g.registers >= 4 {
			c.unite(i)
		}
	}
	c.sweepAside()
}

// relearn redraws the parameters of matches given the clusters: every pair in a cluster C counts 2/|C|, so that a cluster counts
// as its records less one.
func (c *gibbs) relearn() {
	c.s.forget()
	for at, mask := range c.mask {
		if mask&(mask-1) == 0 {
			continue
		}
		n := c.gather(int32(at), mask, -1)
		for a := range n {
			for b := a + 1; b < n; b++ {
				c.s.learn(c.pair(c.members[a], c.members[b]), 2/float64(n), c.rng)
			}
		}
	}
	c.learnAside()
	c.s.redraw(c.rng)
	c.rescore()
}
