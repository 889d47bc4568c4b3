package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// PointOptions are those of [LinkPoint].
type PointOptions struct {
	// Threshold is the match probability above which two records of an otherwise undisputed pair are
	// joined; 0 is 0.5, with which the linkage is the most probable one.
	Threshold float64
}

// A PointLinkage is one linkage, for tables people look at. It says nothing of the doubt about
// the links: intervals use draws.
type PointLinkage struct {
	Partition Partition
	Clusters  int
	Links     []Pair  // all pairs within clusters, by A and then B
	Objective float64 // sum of the scores of the clusters, in nats above "no links"
	// Ties counts pairs of records that would have been joined had the order of the contents' hashes
	// been another: of equally good choices that exclude each other, the first by hash was taken.
	Ties int
	// How the groups of records that candidate pairs connect were solved: certainly best
	// (Exact, which counts groups of two too), or by local search from the greedy linkage (Local).
	Exact, Local int
	Largest      int // records in the largest group
}

// componentCut is the match probability from which on a pair connects its records to a group
// that is solved together, and exactComponent the size up to which all partitions are examined.
const (
	componentCut   = .05
	exactComponent = 8
)

// LinkPoint joins records to clusters that hold at most one record of a register. The objective
// is the sum over clusters of their score (a blend of its heaviest spanning tree and its mean, of the log posterior odds of the pairs, less
// those of the threshold).
//
// Pairs above the threshold are first joined greedily, the heaviest first. Then the groups of records that pairs
// with a match probability of at least 0.05 connect are improved: groups of two registers are solved
// exactly as an assignment problem, those of up to eight records exactly by examining all partitions, others
// by moves, exchanges, unions and divisions until none improves.
//
// The answer depends on the records' contents alone: equal choices are decided by the order of the hashes.
// Errors: a threshold outside (0, 1); more than 64 registers; a cancelled context.
func LinkPoint(ctx context.Context, persons Persons, g *Graph, m *Model, o PointOptions) (*PointLinkage, error) {
	if persons.Registers() > 64 {
		return nil, fmt.Errorf("%d registers: at most 64 can be linked", persons.Registers())
	}
	p, out, err := linkPoint(ctx, persons, g, m, o, false)
	if err != nil {
		return nil, err
	}
	out.Partition, out.Clusters = p.partition()
	out.Links = clusterPairs(out.Partition, persons)
	return out, nil
}

// linkPoint is LinkPoint, or its like for duplicates within registers.
func linkPoint(ctx context.Context, persons Persons, g *Graph, m *Model, o PointOptions, within bool) (*pointLinker, *PointLinkage, error) {
	if o.Threshold == 0 {
		o.Threshold = .5
	}
	if !(o.Threshold > 0 && o.Threshold < 1) {
		return nil, nil, fmt.Errorf("threshold %v is not a probability between 0 and 1", o.Threshold)
	}
	p := &pointLinker{
		persons: persons,
		within:  within,
		score:   clusterScore,
		odds:    newPairOdds(m, persons.Registers()),
		shift:   logit(o.Threshold),
	}
	p.between = p.logOdds
	if err := p.candidates(ctx, g, logit(min(componentCut, o.Threshold))); err != nil {
		return nil, nil, err
	}
	out := &PointLinkage{}
	if within {
		p.of = identity(len(p.order))
	} else {
		p.greedy(out)
	}
	return p, out, p.improve(ctx, out)
}

func logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

// pairOdds gives the log posterior odds of a pair by itself: the sum of log(m/u) over the fields and what dependent fields change,
// plus log(λ/(1−λ)) of its pair type. Four fields share a table.
type pairOdds struct {
	joint  dependences
	tables [][]float64
	prior  [][]float64 // per register and register
}

// impossible stands for odds that no evidence outweighs, where a level or a pair type has probability 0.
const impossible = 1e3

func newPairOdds(m *Model, registers int) *pairOdds {
	o := &pairOdds{joint: newDependences(m)}
	for first := 0; first < len(m.Comparisons); first += 4 {
		table := make([]float64, 1<<12)
		for key := range table {
			for f := first; f < min(first+4, len(m.Comparisons)); f++ {
				table[key] += m.Comparisons[f].logRatio(key >> (3 * (f - first)) & 7)
			}
		}
		o.tables = append(o.tables, table)
	}
	o.prior = make([][]float64, registers)
	for a := range o.prior {
		o.prior[a] = make([]float64, registers)
		for b := range o.prior[a] {
			o.prior[a][b] = -impossible
			if t := m.Type(a, b); t >= 0 {
				o.prior[a][b] = max(-impossible, min(impossible, logit(m.Types[t].Lambda)))
			}
		}
	}
	return o
}

// logRatio is log(m/u) of a level, in nats; 0 for Missing.
func (c *Comparison) logRatio(level int) float64 {
	switch {
	case level >= len(c.M) || level >= len(c.U) || c.M[level] == c.U[level]:
		return 0
	case c.M[level] <= 0:
		return -impossible
	case c.U[level] <= 0:
		return impossible
	}
	return math.Log(c.M[level] / c.U[level])
}

func (o *pairOdds) weight(p Pattern) (w float64) {
	w = o.joint.at(p)
	for _, t := range o.tables {
		w += t[p&0xfff]
		p >>= 12
	}
	return w
}

func (o *pairOdds) at(p Pattern, a, b int) float64 { return o.weight(p) + o.prior[a][b] }

// A pointPair is a candidate: odds are those above the threshold.
type pointPair struct {
	first, second int32 // ranks of the records by hash, first < second
	odds          float64
}

type pointLinker struct {
	persons     Persons
	within      bool // duplicates are sought: pairs of one register, clusters of any size
	odds        *pairOdds
	shift       float64
	between     func(r, s int32) float64                         // what joining two records is worth
	score       func(n int, pair func(i, j int) float64) float64 // of a cluster of n records, from its pairs
	order, rank []int32                                          // of the records that candidates connect, and −1 for others; of all if order was given
	pairs       []pointPair
	groups      disjointSets // of records that candidates connect
	of          []int32      // cluster of each rank
}

func (p *pointLinker) register(rank int32) int { return p.persons.Register(int(p.order[rank])) }

// logOdds of two records above the threshold.
func (p *pointLinker) logOdds(r, s int32) float64 {
	i, j := int(p.order[r]), int(p.order[s])
	return p.odds.at(p.persons.Pattern(i, j), p.persons.Register(i), p.persons.Register(j)) - p.shift
}

func (p *pointLinker) candidates(ctx context.Context, g *Graph, cut float64) error {
	kept := 0
	connected := make([]bool, p.persons.Len())
	for _, pair := range g.Pairs {
		a, b := p.persons.Register(int(pair.A)), p.persons.Register(int(pair.B))
		if (a == b) == p.within && p.odds.at(pair.Pattern, a, b) >= cut {
			kept++
			connected[pair.A], connected[pair.B] = true, true
		}
	}
	if p.order == nil {
		p.number(connected)
	}
	p.groups = newDisjointSets(len(p.order))
	p.pairs = make([]pointPair, 0, kept)
	for k, pair := range g.Pairs {
		if k&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		a, b := p.persons.Register(int(pair.A)), p.persons.Register(int(pair.B))
		if (a == b) != p.within {
			continue
		}
		odds := p.odds.at(pair.Pattern, a, b)
		if odds < cut {
			continue
		}
		first, second := p.rank[pair.A], p.rank[pair.B]
		p.groups.join(first, second)
		p.pairs = append(p.pairs, pointPair{min(first, second), max(first, second), odds - p.shift})
	}
	slices.SortFunc(p.pairs, func(x, y pointPair) int {
		return cmp.Or(cmp.Compare(y.odds, x.odds), cmp.Compare(x.first, y.first), cmp.Compare(x.second, y.second))
	})
	return ctx.Err()
}

// number gives ranks to the records that are connected: of large files most are not.
func (p *pointLinker) number(connected []bool) {
	p.rank = make([]int32, len(connected))
	for _, i := range hashOrder(p.persons) {
		p.rank[i] = -1
		if connected[i] {
			p.rank[i] = int32(len(p.order))
			p.order = append(p.order, i)
		}
	}
}

// greedy joins the clusters of the records of each pair in turn where no register would occur
// twice, and counts the pairs that an equally heavy one prevented.
func (p *pointLinker) greedy(out *PointLinkage) {
	n := len(p.order)
	sets := newDisjointSets(n)
	mask := make([]uint64, n)
	for r := range mask {
		mask[r] = 1 << p.register(int32(r))
	}
	var open []bool
	for start := 0; start < len(p.pairs) && p.pairs[start].odds > 0; {
		end := start
		open = open[:0]
		for ; end < len(p.pairs) && p.pairs[end].odds == p.pairs[start].odds; end++ {
			open = append(open, mask[sets.find(p.pairs[end].first)]&mask[sets.find(p.pairs[end].second)] == 0)
		}
		for k, pair := range p.pairs[start:end] {
			x, y := sets.find(pair.first), sets.find(pair.second)
			if mask[x]&mask[y] == 0 {
				z := sets.join(x, y)
				mask[z] = mask[x] | mask[y]
			} else if x != y && open[k] {
				out.Ties++
			}
		}
		start = end
	}
	p.of = make([]int32, n)
	for r := range p.of {
		p.of[r] = sets.find(int32(r))
	}
}

// improve solves or searches every group of connected records.
func (p *pointLinker) improve(ctx context.Context, out *PointLinkage) error {
	n := len(p.of)
	size := make([]int32, n)
	for r := range n {
		size[p.groups.find(int32(r))]++
	}
	// Pairs by group; groups in the order of their heaviest pair, which does not depend on the order of input.
	index := make([]int32, n)
	var begins []int32
	for r := range index {
		index[r] = -1
	}
	for _, pair := range p.pairs {
		if g := p.groups.find(pair.first); index[g] < 0 {
			index[g] = int32(len(begins))
			begins = append(begins, 0)
		}
	}
	begins = append(begins, 0)
	for _, pair := range p.pairs {
		begins[index[p.groups.find(pair.first)]+1]++
	}
	for g := 1; g < len(begins); g++ {
		begins[g] += begins[g-1]
	}
	sorted := make([]pointPair, len(p.pairs))
	next := slices.Clone(begins)
	for _, pair := range p.pairs {
		g := index[p.groups.find(pair.first)]
		sorted[next[g]] = pair
		next[g]++
	}
	local := make([]int32, n) // rank to place in the group
	out.Largest = min(p.persons.Len(), 1)
	c := &component{linker: p}
	for g := range len(begins) - 1 {
		if g&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		pairs := sorted[begins[g]:begins[g+1]]
		if x := pairs[0]; len(pairs) == 1 {
			out.Exact++
			out.Largest = max(out.Largest, 2)
			if x.odds > 0 {
				out.Objective += x.odds
				p.of[x.second] = p.of[x.first]
			}
			continue
		}
		if gain, ok := p.undisputed(pairs); ok {
			out.Exact++
			out.Largest = max(out.Largest, int(size[p.groups.find(pairs[0].first)]))
			out.Objective += gain
			continue
		}
		c.reset(pairs, local)
		out.Largest = max(out.Largest, len(c.records))
		before := c.objective()
		switch {
		case !p.within && c.twoRegisters():
			out.Exact++
			c.solveAssignment()
		case len(c.records) <= exactComponent:
			out.Exact++
			c.solvePartitions()
		default:
			out.Local++
			if p.within {
				c.agglomerate()
			}
			if err := c.search(ctx); err != nil {
				return err
			}
		}
		after := c.objective()
		if after <= before+improvement { // of equals the greedy linkage, whose choices have an order
			out.Objective += before
			continue
		}
		out.Objective += after
		for i, r := range c.records {
			p.of[r] = c.records[c.leader(c.of[i])]
		}
	}
	return nil
}

// undisputed says whether the pairs are between two registers and the greedy linkage joined all that are
// worth joining, so that nothing can be better; gain is their worth.
func (p *pointLinker) undisputed(pairs []pointPair) (gain float64, ok bool) {
	var mask uint64
	for _, x := range pairs {
		mask |= 1<<p.register(x.first) | 1<<p.register(x.second)
		if x.odds > 0 {
			if p.of[x.first] != p.of[x.second] {
				return 0, false
			}
			gain += x.odds
		}
	}
	return gain, !p.within && bits.OnesCount64(mask) == 2
}

// partition numbers the clusters by their first record.
func (p *pointLinker) partition() (Partition, int) {
	number := make([]int32, len(p.of))
	for r := range number {
		number[r] = -1
	}
	out := make(Partition, p.persons.Len())
	var clusters int32
	for _, i := range hashOrder(p.persons) {
		if r := p.rank[i]; r < 0 {
			out[i] = clusters
			clusters++
		} else {
			c := p.of[r]
			if number[c] < 0 {
				number[c] = clusters
				clusters++
			}
			out[i] = number[c]
		}
	}
	return out, int(clusters)
}

// clusterPairs are all pairs within clusters, by A and then B.
func clusterPairs(of []int32, persons Persons) []Pair {
	clusters := newMembers(persons, of)
	var pairs []Pair
	for a, c := range of {
		for _, b := range clusters.of(c) {
			if int(b) > a {
				pairs = append(pairs, Pair{int32(a), b, persons.Pattern(a, int(b))})
			}
		}
	}
	return pairs
}

// disjointSets is a forest of sets; halving paths, joined by size.
type disjointSets struct {
	parent []int32 // −size for a root
}

func newDisjointSets(n int) disjointSets {
	d := disjointSets{make([]int32, n)}
	for i := range d.parent {
		d.parent[i] = -1
	}
	return d
}

func (d disjointSets) find(i int32) int32 {
	for d.parent[i] >= 0 {
		if up := d.parent[i]; d.parent[up] >= 0 {
			d.parent[i] = d.parent[up]
		}
		i = d.parent[i]
	}
	return i
}

func (d disjointSets) join(i, j int32) int32 {
	i, j = d.find(i), d.find(j)
	if i == j {
		return i
	}
	if d.parent[i] > d.parent[j] {
		i, j = j, i
	}
	d.parent[i] += d.parent[j]
	d.parent[j] = i
	return i
}

// A component is a group of records that candidate pairs connect, and a division of it into
// clusters. Records have places 0, 1, … by hash; a cluster is known by the place of any member that
// had it first.
type component struct {
	linker  *pointLinker
	records []int32 // ranks, ascending
	pairs   []pointPair
	near    [][]int32 // places that candidates connect with each
	of      []int32   // cluster of each place
	members [][]int32 // places in each cluster, ascending; empty when the cluster is gone
	dense   []float64 // worth of pairs that were asked for, NaN for others; for small components
	cache   map[uint64]float64
	first   []int32
}

// denseComponent is the number of records up to which the worth of pairs is kept in a table.
const denseComponent = 32

// reset makes c the component of the given pairs. place is scratch, by rank.
func (c *component) reset(pairs []pointPair, place []int32) {
	c.pairs, c.records = pairs, c.records[:0]
	for _, x := range pairs {
		c.records = append(c.records, x.first, x.second)
	}
	slices.Sort(c.records)
	c.records = slices.Compact(c.records)
	n := len(c.records)
	c.near, c.members = truncated(c.near, n), truncated(c.members, n)
	c.of, c.first, c.dense, c.cache = c.of[:0], c.first[:0], c.dense[:0], nil
	for i, r := range c.records {
		place[r] = int32(i)
		c.first = append(c.first, -1)
	}
	if n <= denseComponent {
		for range n * n {
			c.dense = append(c.dense, math.NaN())
		}
	} else {
		c.cache = make(map[uint64]float64, len(pairs))
	}
	for _, x := range pairs {
		i, j := place[x.first], place[x.second]
		c.near[i] = append(c.near[i], j)
		c.near[j] = append(c.near[j], i)
		if c.cache == nil {
			c.dense[int(i)*n+int(j)] = x.odds
		} else {
			c.cache[uint64(i)<<32|uint64(j)] = x.odds
		}
	}
	for i := range c.near {
		slices.Sort(c.near[i])
	}
	// The clusters of the linkage so far, which no other component shares; the record a cluster is named after is in it.
	for i, r := range c.records {
		k := &c.first[place[c.linker.of[r]]]
		if *k < 0 {
			*k = int32(i)
		}
		c.of = append(c.of, *k)
		c.members[*k] = append(c.members[*k], int32(i))
	}
}

// truncated is n empty slices, with the room that they had.
func truncated(s [][]int32, n int) [][]int32 {
	for len(s) < n {
		s = append(s, nil)
	}
	s = s[:n]
	for i := range s {
		s[i] = s[i][:0]
	}
	return s
}

func (c *component) leader(cluster int32) int32 { return c.members[cluster][0] }

func (c *component) register(place int32) int { return c.linker.register(c.records[place]) }

// between is what joining two places is worth.
func (c *component) between(i, j int32) float64 {
	i, j = min(i, j), max(i, j)
	if c.cache == nil {
		odds := &c.dense[int(i)*len(c.records)+int(j)]
		if math.IsNaN(*odds) {
			*odds = c.linker.between(c.records[i], c.records[j])
		}
		return *odds
	}
	key := uint64(i)<<32 | uint64(j)
	odds, ok := c.cache[key]
	if !ok {
		odds = c.linker.between(c.records[i], c.records[j])
		c.cache[key] = odds
	}
	return odds
}

// score of a set of places as a cluster.
func (c *component) score(members []int32) float64 {
	switch len(members) {
	case 0, 1:
		return 0
	case 2:
		return c.between(members[0], members[1])
	}
	return c.linker.score(len(members), func(i, j int) float64 { return c.between(members[i], members[j]) })
}

func (c *component) objective() (sum float64) {
	for _, m := range c.members {
		sum += c.score(m)
	}
	return sum
}

func (c *component) mask(members []int32) (mask uint64) {
	for _, i := range members {
		mask |= 1 << c.register(i)
	}
	return mask
}

func (c *component) twoRegisters() bool {
	var mask uint64
	for i := range c.records {
		mask |= 1 << c.register(int32(i))
	}
	return bits.OnesCount64(mask) == 2
}

// put replaces the division into clusters.
func (c *component) put(clusters [][]int32) {
	clear(c.members)
	for _, m := range clusters {
		k := m[0]
		c.members[k] = m
		for _, i := range m {
			c.of[i] = k
		}
	}
}

func (c *component) solveAssignment() {
	side := c.register(0)
	var left, right []int32
	column := make([]int32, len(c.records))
	for i := range c.records {
		if c.register(int32(i)) == side {
			left = append(left, int32(i))
		} else {
			column[i] = int32(len(right))
			right = append(right, int32(i))
		}
	}
	rows := make([][]assignmentEdge, len(left))
	for x, i := range left {
		for _, j := range c.near[i] {
			if w := c.between(i, j); w > 0 {
				rows[x] = append(rows[x], assignmentEdge{column[j], w})
			}
		}
	}
	var clusters [][]int32
	taken := make([]bool, len(right))
	for x, y := range assign(rows, len(right)) {
		if y < 0 {
			clusters = append(clusters, []int32{left[x]})
			continue
		}
		taken[y] = true
		clusters = append(clusters, []int32{min(left[x], right[y]), max(left[x], right[y])})
	}
	for y, j := range right {
		if !taken[y] {
			clusters = append(clusters, []int32{j})
		}
	}
	c.put(clusters)
}

// solvePartitions finds the best partition of a small component: the best of a set of places is
// the best, over the clusters of its first place, of that cluster and the best of the rest.
func (c *component) solvePartitions() {
	n := len(c.records)
	full := 1<<n - 1
	score := make([]float64, full+1)
	valid := make([]bool, full+1)
	var members []int32
	for set := 1; set <= full; set++ {
		members = members[:0]
		for i := range n {
			if set>>i&1 == 1 {
				members = append(members, int32(i))
			}
		}
		if c.linker.within || bits.OnesCount64(c.mask(members)) == len(members) {
			valid[set] = true
			score[set] = c.score(members)
		}
	}
	best := make([]float64, full+1)
	choice := make([]int, full+1)
	for set := 1; set <= full; set++ {
		first := set & -set
		rest := set ^ first
		best[set] = math.Inf(-1)
		for sub := rest; ; sub = (sub - 1) & rest {
			if k := sub | first; valid[k] {
				if total := score[k] + best[set^k]; total >= best[set] { // of equals the smallest cluster
					best[set], choice[set] = total, k
				}
			}
			if sub == 0 {
				break
			}
		}
	}
	var clusters [][]int32
	for set := full; set != 0; set ^= choice[set] {
		var m []int32
		for i := range n {
			if choice[set]>>i&1 == 1 {
				m = append(m, int32(i))
			}
		}
		clusters = append(clusters, m)
	}
	c.put(clusters)
}

// improvement is what a step of the local search must gain: less is rounding.
const improvement = 1e-9

// search improves the clusters step by step until no move of one record, exchange of two records
// of a register, union of two clusters or division of one gains anything.
func (c *component) search(ctx context.Context) error {
	for changed := true; changed; {
		changed = false
		for i := range c.records {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			for c.step(int32(i)) {
				changed = true
			}
		}
	}
	return nil
}

// step makes the best change that record i takes part in; false when none gains.
func (c *component) step(i int32) bool {
	var (
		home    = c.members[c.of[i]]
		rest    = without(home, i)
		have    = c.score(home)
		leaving = have - c.score(rest) // lost when i leaves
		best    = improvement
		after   [][]int32 // the clusters that replace those of their members
		tried   = []int32{c.of[i]}
	)
	try := func(gain float64, clusters ...[]int32) {
		if gain > best {
			best = gain
			after = clusters
		}
	}
	if len(home) > 1 {
		try(-leaving, rest, []int32{i})
	}
	if len(home) > 2 && len(home) <= exactComponent {
		for set := 1; set < 1<<len(rest)-1; set++ { // what stays with i, besides it
			one, two := []int32{i}, []int32(nil)
			for x, j := range rest {
				if set>>x&1 == 1 {
					one = append(one, j)
				} else {
					two = append(two, j)
				}
			}
			slices.Sort(one)
			try(c.score(one)+c.score(two)-have, one, two)
		}
	}
	for _, j := range c.near[i] {
		k := c.of[j]
		if slices.Contains(tried, k) {
			continue
		}
		tried = append(tried, k)
		other := c.members[k]
		there := c.score(other)
		at := slices.IndexFunc(other, func(o int32) bool { return !c.linker.within && c.register(o) == c.register(i) })
		if at < 0 {
			moved := with(other, i)
			try(c.score(moved)-there-leaving, moved, rest)
		} else {
			o := other[at]
			moved, back := with(without(other, o), i), with(rest, o)
			try(c.score(moved)+c.score(back)-there-have, moved, back)
			try(c.score(moved)-there-leaving, moved, rest, []int32{o})
		}
		if c.linker.within || c.mask(home)&c.mask(other) == 0 {
			union := slices.Concat(home, other)
			slices.Sort(union)
			try(c.score(union)-have-there, union)
		}
	}
	if after == nil {
		return false
	}
	for _, m := range after {
		for _, j := range m {
			c.members[c.of[j]] = nil
		}
	}
	for _, m := range after {
		if len(m) == 0 {
			continue
		}
		c.members[m[0]] = m
		for _, j := range m {
			c.of[j] = m[0]
		}
	}
	return true
}

func without(members []int32, i int32) []int32 {
	out := make([]int32, 0, len(members))
	for _, j := range members {
		if j != i {
			out = append(out, j)
		}
	}
	return out
}

func with(members []int32, i int32) []int32 {
	out := append(slices.Clone(members), i)
	slices.Sort(out)
	return out
}
