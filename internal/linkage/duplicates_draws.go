package linkage

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"darkfigure/internal/chain"
	"darkfigure/internal/resample"
)

const (
	duplicateCut    = 1e-4 // match probability of a pair by itself below which it is not a candidate
	duplicateLikely = .01  // and below which no union or division of clusters is tried for it
	duplicateExact  = 5    // records up to which a group's partitions are drawn exactly: there are 52 of five
	duplicateSizes  = 16   // sizes of clusters whose number has a rate of its own; each further one has half the rate of the one before
	duplicateDense  = 1024 // records up to which a group's weights are kept in a table
	burnExact       = 20   // sweeps before the first draw, where all groups are drawn exactly given the rates
	burnSweeps      = 100  // and otherwise
	thinSweeps      = 5    // sweeps per draw, unless all groups are drawn exactly
)

// duplicateDraws are drawn partitions of the records that could be duplicates; the others are alone in all of them.
type duplicateDraws struct {
	units  *duplicateUnits
	chains int
	order  []int32
	active []int32   // units that some candidate pair connects with another
	of     [][]int32 // per draw and active unit: the active unit after which its cluster is named
	// together holds, for pairs of units named by their ranks by hash, the posterior probability that they are
	// of one person: the mean over all sweeps, not only those that gave a draw.
	together map[[2]int32]float64
	rhat     float64 // the largest over the registers of that of the number of persons, from every sweep that counts; 0 when none differs
}

func (d *duplicateDraws) partition(k int) []int32 {
	of := make([]int32, d.units.Len())
	for i := range of {
		of[i] = int32(i)
	}
	for x, unit := range d.active {
		of[unit] = d.active[d.of[k][x]]
	}
	return of
}

// chainOf is the chain that draw k came from: chains have consecutive draws, the first chains one more when they
// cannot all have as many.
func (d *duplicateDraws) chainOf(k int) int {
	n := len(d.of)
	for c := range d.chains {
		if k -= (n + d.chains - 1 - c) / d.chains; k < 0 {
			return c
		}
	}
	return d.chains - 1
}

// A duplicateGroup is a set of units that candidate pairs connect. Units have places 0, 1, … by hash.
type duplicateGroup struct {
	register int
	first    int     // place of its first unit among all active ones
	pairs    int     // place of its first pair among those of all small groups
	ranks    []int32 // of its units, by hash
	units    []int32 // by hash
	near     [][]int32
	edges    [][2]int32
	likely   [][2]int32 // those worth a try at a union or division
	dense    []float32  // weights of all pairs, for all but the largest groups
	scores   []float64  // of each partition, when the group is small
	odds     []float64  // their exponentials, divided by the largest
}

func drawDuplicates(ctx context.Context, u *duplicateUnits, point []int32, o DuplicateOptions) (*duplicateDraws, error) {
	groups, err := duplicateGroups(ctx, u)
	if err != nil {
		return nil, err
	}
	d := &duplicateDraws{units: u, chains: min(o.Chains, o.Draws), of: make([][]int32, o.Draws)}
	burn, thin := burnExact, 1
	for _, g := range groups {
		d.active = append(d.active, g.units...)
		if g.scores == nil {
			burn, thin = burnSweeps, thinSweeps
		}
	}
	samplers := make([]*duplicateSampler, d.chains)
	for c := range samplers {
		samplers[c] = newDuplicateSampler(u, groups, resample.Stream(o.Seed, uint64(c)))
		if c%2 == 0 {
			samplers[c].start(point)
		}
	}
	// Chains that do not agree run once more, and longer; everything before becomes burn-in.
	for _, longer := range []int{1, extension} {
		if err := d.run(ctx, samplers, burn, thin*longer, o.Workers); err != nil {
			return nil, err
		}
		if d.rhat = duplicatesRHat(samplers); d.rhat <= agreement {
			break
		}
		burn = 0
	}
	d.together = duplicatesTogether(groups, samplers)
	return d, nil
}

// run makes every draw, each chain its own.
func (d *duplicateDraws) run(ctx context.Context, samplers []*duplicateSampler, burn, thin, workers int) error {
	return resample.Each(ctx, d.chains, workers, func(c int) error {
		s := samplers[c]
		s.forget()
		for range burn {
			if err := s.sweep(ctx, false); err != nil {
				return err
			}
		}
		for k := range d.of {
			if d.chainOf(k) != c {
				continue
			}
			for range thin {
				if err := s.sweep(ctx, true); err != nil {
					return err
				}
			}
			d.of[k] = s.partition(len(d.active))
		}
		return nil
	})
}

// duplicatesRHat is the largest R-hat, over the registers, of the number of persons.
func duplicatesRHat(samplers []*duplicateSampler) float64 {
	worst := 0.0
	for r := range samplers[0].trace {
		n := len(samplers[0].trace[r])
		for _, s := range samplers {
			n = min(n, len(s.trace[r]))
		}
		var chains [][]float64
		least, most := math.Inf(1), math.Inf(-1)
		for _, s := range samplers {
			x := s.trace[r][:n]
			chains = append(chains, x)
			for _, persons := range x {
				least, most = min(least, persons), max(most, persons)
			}
		}
		if n < 4 || least == most { // two in each half
			continue
		}
		worst = max(worst, chain.Judge(chains).RHat)
	}
	return worst
}

// duplicatesTogether is the mean over all counted sweeps of all chains.
func duplicatesTogether(groups []*duplicateGroup, samplers []*duplicateSampler) map[[2]int32]float64 {
	var sweeps float64
	for _, s := range samplers {
		sweeps += float64(s.counted)
	}
	together := make(map[[2]int32]float64)
	for x, g := range groups {
		if g.scores == nil {
			for _, s := range samplers {
				for key, n := range s.large[x].together {
					together[[2]int32{g.ranks[key[0]], g.ranks[key[1]]}] += float64(n) / sweeps
				}
			}
			continue
		}
		at := g.pairs
		for j := range g.ranks {
			for i := range j {
				var sum float64
				for _, s := range samplers {
					sum += s.pairs[at]
				}
				together[[2]int32{g.ranks[i], g.ranks[j]}] = sum / sweeps
				at++
			}
		}
	}
	return together
}

func duplicateGroups(ctx context.Context, u *duplicateUnits) ([]*duplicateGroup, error) {
	p := &pointLinker{persons: u, within: true, odds: u.odds}
	p.order = hashOrder(u)
	p.rank = ranks(p.order)
	if err := p.candidates(ctx, u.graph, logit(duplicateCut)); err != nil {
		return nil, err
	}
	slices.SortFunc(p.pairs, func(x, y pointPair) int {
		return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.second, y.second))
	})
	var groups []*duplicateGroup
	group := make(map[int32]*duplicateGroup)
	place := make([]int32, u.Len())
	connected := make([]bool, u.Len())
	for _, x := range p.pairs {
		connected[x.first], connected[x.second] = true, true
	}
	for r := range p.order {
		if !connected[r] {
			continue
		}
		root := p.groups.find(int32(r))
		g := group[root]
		if g == nil {
			g = &duplicateGroup{register: p.register(int32(r))}
			group[root] = g
			groups = append(groups, g)
		}
		place[r] = int32(len(g.units))
		g.units = append(g.units, p.order[r])
		g.ranks = append(g.ranks, int32(r))
	}
	for _, x := range p.pairs {
		g := group[p.groups.find(x.first)]
		e := [2]int32{place[x.first], place[x.second]}
		g.edges = append(g.edges, e)
		if x.odds > logit(duplicateLikely) {
			g.likely = append(g.likely, e)
		}
	}
	active, pairs := 0, 0
	for _, g := range groups {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		g.first = active
		n := len(g.units)
		active += n
		g.near = make([][]int32, n)
		for _, e := range g.edges {
			g.near[e[0]] = append(g.near[e[0]], e[1])
			g.near[e[1]] = append(g.near[e[1]], e[0])
		}
		if n <= duplicateDense {
			g.dense = make([]float32, n*n)
			for i := range n {
				for j := range i {
					w := float32(u.odds.weight(u.Pattern(int(g.units[i]), int(g.units[j]))))
					g.dense[i*n+j], g.dense[j*n+i] = w, w
				}
			}
		}
		if n <= duplicateExact {
			g.pairs = pairs
			pairs += n * (n - 1) / 2
			for _, partition := range setPartitions[n] {
				var score float64
				for _, members := range partition {
					score += clusterScore(len(members), func(i, j int) float64 {
						return float64(g.dense[int(members[i])*n+int(members[j])])
					})
				}
				g.scores = append(g.scores, score)
			}
			top := slices.Max(g.scores)
			for _, score := range g.scores {
				g.odds = append(g.odds, math.Exp(score-top))
			}
		}
	}
	return groups, nil
}

// setPartitions[n] are all partitions of the places 0 … n−1.
var setPartitions = func() (all [duplicateExact + 1][][][]int32) {
	all[0] = [][][]int32{nil}
	for n := 1; n <= duplicateExact; n++ {
		for _, p := range all[n-1] {
			for c := range len(p) + 1 {
				q := make([][]int32, max(len(p), c+1))
				for x := range p {
					q[x] = slices.Clone(p[x])
				}
				q[c] = append(q[c], int32(n-1))
				all[n] = append(all[n], q)
			}
		}
	}
	return all
}()

// duplicateSampler is one chain.
type duplicateSampler struct {
	units  *duplicateUnits
	groups []*duplicateGroup
	rng    *rand.Rand
	alone  []int       // units of each register that are in no group
	rates  [][]float64 // log(ν_s s!) by register and size
	// factors are ν_s s!/ν_1^s for the sizes of small groups: what a cluster of s records is worth against s of one
	factors [][duplicateExact + 1]float64
	small   []int32 // index of the partition of each small group
	large   []*duplicateState
	sizes   [][]int // clusters by register and size
	weight  []float64
	counted int         // sweeps
	pairs   []float64   // of small groups: sums of the probabilities of being together
	trace   [][]float64 // by register: clusters before every counted sweep
}

func newDuplicateSampler(u *duplicateUnits, groups []*duplicateGroup, rng *rand.Rand) *duplicateSampler {
	s := &duplicateSampler{units: u, groups: groups, rng: rng}
	k := u.Registers()
	s.alone = make([]int, k)
	for i := range u.Len() {
		s.alone[u.Register(i)]++
	}
	s.small = make([]int32, len(groups))
	s.large = make([]*duplicateState, len(groups))
	for x, g := range groups {
		s.alone[g.register] -= len(g.units)
		if g.scores != nil {
			s.pairs = append(s.pairs, make([]float64, len(g.units)*(len(g.units)-1)/2)...)
		}
		if g.scores == nil {
			s.large[x] = newDuplicateState(u, g)
		} else {
			s.small[x] = int32(len(g.scores) - 1) // all alone
		}
	}
	s.sizes, s.rates, s.factors = make([][]int, k), make([][]float64, k), make([][duplicateExact + 1]float64, k)
	for r := range k {
		s.sizes[r] = make([]int, duplicateSizes+1)
		s.rates[r] = make([]float64, duplicateSizes+1)
	}
	return s
}

// forget the sweeps that were counted.
func (s *duplicateSampler) forget() {
	s.counted = 0
	clear(s.pairs)
	s.trace = make([][]float64, len(s.sizes))
	for _, t := range s.large {
		if t != nil {
			clear(t.together)
		}
	}
}

// start from given clusters instead of single records. Small groups need none: they are drawn
// whole.
func (s *duplicateSampler) start(of []int32) {
	for x, g := range s.groups {
		if t := s.large[x]; t != nil {
			first := make(map[int32]int32)
			for i, unit := range g.units {
				to, known := first[of[unit]]
				if !known {
					first[of[unit]] = int32(i)
				} else {
					t.move(int32(i), to)
				}
			}
		} else {
			for k, partition := range setPartitions[len(g.units)] {
				if duplicateEqual(partition, g.units, of) {
					s.small[x] = int32(k)
				}
			}
		}
	}
}

// duplicateEqual says whether the clusters of the units are the partition.
func duplicateEqual(partition [][]int32, units, of []int32) bool {
	var seen []int32
	for _, members := range partition {
		c := of[units[members[0]]]
		if slices.Contains(seen, c) {
			return false
		}
		seen = append(seen, c)
		for _, i := range members {
			if of[units[i]] != c {
				return false
			}
		}
	}
	return true
}

// partition names the cluster of every active unit after one of its units.
func (s *duplicateSampler) partition(active int) []int32 {
	out := make([]int32, active)
	for x, g := range s.groups {
		if t := s.large[x]; t != nil {
			for i := range g.units {
				out[g.first+i] = int32(g.first) + t.members[t.of[i]][0]
			}
			continue
		}
		for _, members := range setPartitions[len(g.units)][s.small[x]] {
			for _, i := range members {
				out[g.first+int(i)] = int32(g.first) + members[0]
			}
		}
	}
	return out
}

// sweep draws the rates given the partition, and the partition given the rates. If it counts, it adds up which units are
// together: in small groups their probabilities given the rates.
func (s *duplicateSampler) sweep(ctx context.Context, counts bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.drawRates()
	for x, g := range s.groups {
		rates := s.rates[g.register]
		if t := s.large[x]; t != nil {
			if err := t.sweep(ctx, rates, s.rng); err != nil {
				return err
			}
			continue
		}
		total := s.weigh(g)
		if counts {
			s.countSmall(g, total)
		}
		left := s.rng.Float64() * total
		k := 0
		for ; k < len(s.weight)-1; k++ {
			if left -= s.weight[k]; left < 0 {
				break
			}
		}
		s.small[x] = int32(k)
	}
	if counts {
		s.counted++
		for r, sizes := range s.sizes {
			persons := 0
			for _, n := range sizes {
				persons += n
			}
			s.trace[r] = append(s.trace[r], float64(persons))
		}
		for _, t := range s.large {
			if t != nil {
				t.count()
			}
		}
	}
	return nil
}

// weigh fills weight with the posterior of every partition of a small group, given the rates, up to a factor, and returns
// their sum.
func (s *duplicateSampler) weigh(g *duplicateGroup) (total float64) {
	partitions, factors := setPartitions[len(g.units)], s.factors[g.register]
	s.weight = s.weight[:0]
	for k, partition := range partitions {
		w := g.odds[k]
		for _, members := range partition {
			w *= factors[len(members)]
		}
		total += w
		s.weight = append(s.weight, w)
	}
	if total > 1e-300 && !math.IsInf(total, 1) {
		return total
	}
	// Beyond the range of floating point: by logarithms.
	rates := s.rates[g.register]
	top := math.Inf(-1)
	for k, partition := range partitions {
		w := g.scores[k]
		for _, members := range partition {
			w += rates[len(members)]
		}
		top = max(top, w)
		s.weight[k] = w
	}
	total = 0
	for k, w := range s.weight {
		s.weight[k] = math.Exp(w - top)
		total += s.weight[k]
	}
	return total
}

// countSmall adds the probabilities that the units of a small group are together.
func (s *duplicateSampler) countSmall(g *duplicateGroup, total float64) {
	for k, partition := range setPartitions[len(g.units)] {
		for _, members := range partition {
			for y, j := range members {
				for _, i := range members[:y] {
					s.pairs[g.pairs+int(j*(j-1)/2+i)] += s.weight[k] / total
				}
			}
		}
	}
}

// drawRates draws ν_s ~ Gamma(t_s + 2^(1−s), 1) for every register and size.
func (s *duplicateSampler) drawRates() {
	for r := range s.sizes {
		clear(s.sizes[r])
		s.sizes[r][1] = s.alone[r]
	}
	for x, g := range s.groups {
		sizes := s.sizes[g.register]
		count := func(members []int32) {
			if len(members) > 0 {
				sizes[min(len(members), duplicateSizes)]++
			}
		}
		if t := s.large[x]; t != nil {
			for _, members := range t.members {
				count(members)
			}
		} else {
			for _, members := range setPartitions[len(g.units)][s.small[x]] {
				count(members)
			}
		}
	}
	for r, sizes := range s.sizes {
		var factorial float64
		for size := 1; size <= duplicateSizes; size++ {
			factorial += math.Log(float64(size))
			s.rates[r][size] = logGammaDraw(float64(sizes[size])+math.Pow(2, float64(1-size)), s.rng) + factorial
		}
		for size := 1; size <= duplicateExact; size++ {
			s.factors[r][size] = math.Exp(s.rates[r][size] - float64(size)*s.rates[r][1])
		}
	}
}

// logGammaDraw draws the logarithm of a gamma variable of scale 1, which for a small shape is too small for a
// float64 (Marsaglia and Tsang 2000, A simple method for generating gamma variables, ACM Transactions on
// Mathematical Software 26, 363–372, doi:10.1145/358407.358414; shapes below 1 by their section 6).
func logGammaDraw(shape float64, rng *rand.Rand) float64 {
	if shape < 1 {
		return logGammaDraw(shape+1, rng) + math.Log(1-rng.Float64())/shape
	}
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return math.Log(d * v)
		}
	}
}

// drawLog draws an index with probability proportional to exp(weight); top is the largest weight.
func drawLog(weight []float64, top float64, rng *rand.Rand) int {
	var total float64
	for _, w := range weight {
		total += math.Exp(w - top)
	}
	left := rng.Float64() * total
	for k, w := range weight {
		if left -= math.Exp(w - top); left < 0 {
			return k
		}
	}
	return slices.Index(weight, top)
}

// duplicateScore is what the score of a cluster of size records is made of.
type duplicateScore struct {
	size  int
	tree  float64 // weight of the heaviest spanning tree
	least float64 // its lightest edge
	sum   float64 // weight of all pairs
}

func (s duplicateScore) value() float64 {
	if s.size < 2 {
		return 0
	}
	return treeShare*s.tree + (1-treeShare)*2/float64(s.size)*s.sum
}

// duplicateState is the division of a large group into clusters in one chain.
type duplicateState struct {
	units    *duplicateUnits
	group    *duplicateGroup
	of       []int32
	members  [][]int32
	score    []duplicateScore
	cache    map[uint64]float64
	free     []int32 // numbers of empty clusters
	stamp    []int   // visit at which a cluster was last seen as an option
	visit    int
	options  []int32
	scores   []duplicateScore // of the options, with the record that moves
	weight   []float64
	one, two []int32
	order    []int32
	together map[[2]int32]int32 // sweeps in which two places were in a cluster
	reach    []float64
	inside   []bool
	with     []int32
}

func newDuplicateState(u *duplicateUnits, g *duplicateGroup) *duplicateState {
	n := len(g.units)
	t := &duplicateState{
		units: u, group: g,
		of: make([]int32, n), members: make([][]int32, n), score: make([]duplicateScore, n), stamp: make([]int, n),
		together: make(map[[2]int32]int32),
	}
	if g.dense == nil {
		t.cache = make(map[uint64]float64, len(g.edges))
	}
	for i := range t.of {
		t.of[i], t.members[i] = int32(i), []int32{int32(i)}
		t.score[i] = alone
	}
	return t
}

// alone is a cluster of one record.
var alone = duplicateScore{size: 1, least: math.Inf(1)}

func (t *duplicateState) between(i, j int32) float64 {
	if t.cache == nil {
		return float64(t.group.dense[int(i)*len(t.of)+int(j)])
	}
	key := uint64(min(i, j))<<32 | uint64(max(i, j))
	w, ok := t.cache[key]
	if !ok {
		w = t.units.odds.weight(t.units.Pattern(int(t.group.units[i]), int(t.group.units[j])))
		t.cache[key] = w
	}
	return w
}

// scoreOf computes the score of a set of places from nothing: Prim's algorithm.
func (t *duplicateState) scoreOf(members []int32) duplicateScore {
	if len(members) == 0 {
		return duplicateScore{}
	}
	s := alone
	s.size = len(members)
	t.reach, t.inside = t.reach[:0], t.inside[:0]
	for range members {
		t.reach, t.inside = append(t.reach, math.Inf(-1)), append(t.inside, false)
	}
	for last := 0; ; {
		t.inside[last] = true
		next := -1
		for j, place := range members {
			if t.inside[j] {
				continue
			}
			w := t.between(members[last], place)
			s.sum += w
			t.reach[j] = max(t.reach[j], w)
			if next < 0 || t.reach[j] > t.reach[next] {
				next = j
			}
		}
		if next < 0 {
			return s
		}
		s.tree += t.reach[next]
		s.least = min(s.least, t.reach[next])
		last = next
	}
}

// extended is the score of a cluster with one place more. Where the heaviest pair of the new place is
// no heavier than any edge of the tree, that pair is its only edge.
func (t *duplicateState) extended(s duplicateScore, members []int32, i int32) duplicateScore {
	top, sum := math.Inf(-1), 0.
	for _, j := range members {
		w := t.between(i, j)
		top = max(top, w)
		sum += w
	}
	if top <= s.least {
		return duplicateScore{s.size + 1, s.tree + top, top, s.sum + sum}
	}
	t.with = append(append(t.with[:0], members...), i)
	return t.scoreOf(t.with)
}

// duplicateRate is log(ν_s s!) of a cluster of s records.
func duplicateRate(rates []float64, size int) float64 {
	if size < len(rates) {
		return rates[size]
	}
	last := len(rates) - 1
	rate := rates[last] - float64(size-last)*math.Ln2
	for s := last + 1; s <= size; s++ {
		rate += math.Log(float64(s))
	}
	return rate
}

// leave takes a place out of its cluster.
func (t *duplicateState) leave(i int32) {
	c := t.of[i]
	t.members[c] = slices.DeleteFunc(t.members[c], func(j int32) bool { return j == i })
	t.score[c] = t.scoreOf(t.members[c])
	if len(t.members[c]) == 0 {
		t.free = append(t.free, c)
	}
}

// enter puts a place that is in no cluster into one with which it has the score given, −1 for a new one.
func (t *duplicateState) enter(i, c int32, score duplicateScore) {
	if c < 0 {
		c = t.free[len(t.free)-1]
		t.free = t.free[:len(t.free)-1]
	}
	t.members[c] = append(t.members[c], i)
	t.score[c] = score
	t.of[i] = c
}

// move puts a place into the cluster of another.
func (t *duplicateState) move(i, to int32) {
	t.leave(i)
	c := t.of[to]
	t.enter(i, c, t.extended(t.score[c], t.members[c], i))
}

func (t *duplicateState) count() {
	for _, members := range t.members {
		for x, i := range members {
			for _, j := range members[:x] {
				t.together[[2]int32{min(i, j), max(i, j)}]++
			}
		}
	}
}

func (t *duplicateState) sweep(ctx context.Context, rates []float64, rng *rand.Rand) error {
	for i := range int32(len(t.of)) {
		if i&0xff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t.gibbs(i, rates, rng)
	}
	for range min(len(t.of), len(t.group.likely)) / 2 {
		t.divideOrJoin(rates, rng)
	}
	return nil
}

// gibbs moves one record to a cluster of a neighbour, or to one of its own.
func (t *duplicateState) gibbs(i int32, rates []float64, rng *rand.Rand) {
	t.leave(i)
	t.visit++
	t.options = append(t.options[:0], -1)
	t.scores = append(t.scores[:0], alone)
	t.weight = append(t.weight[:0], duplicateRate(rates, 1))
	top := t.weight[0]
	for _, j := range t.group.near[i] {
		c := t.of[j]
		if t.stamp[c] == t.visit {
			continue
		}
		t.stamp[c] = t.visit
		score := t.extended(t.score[c], t.members[c], i)
		w := score.value() - t.score[c].value() + duplicateRate(rates, score.size) - duplicateRate(rates, score.size-1)
		t.options = append(t.options, c)
		t.scores = append(t.scores, score)
		t.weight = append(t.weight, w)
		top = max(top, w)
	}
	k := drawLog(t.weight, top, rng)
	t.enter(i, t.options[k], t.scores[k])
}

// divideOrJoin picks a candidate pair. If it is in one cluster, a division of it between the two is proposed, to
// which the other members are assigned one after another in random order with the probabilities of Gibbs; if it is in
// two, their union. Proposals are accepted by the rule of Metropolis and Hastings.
func (t *duplicateState) divideOrJoin(rates []float64, rng *rand.Rand) {
	e := t.group.likely[rng.IntN(len(t.group.likely))]
	a, b := t.of[e[0]], t.of[e[1]]
	joined := a == b
	t.order = t.order[:0]
	for _, c := range []int32{a, b} {
		for _, i := range t.members[c] {
			if i != e[0] && i != e[1] {
				t.order = append(t.order, i)
			}
		}
		if joined {
			break
		}
	}
	rng.Shuffle(len(t.order), func(x, y int) { t.order[x], t.order[y] = t.order[y], t.order[x] })
	t.one, t.two = append(t.one[:0], e[0]), append(t.two[:0], e[1])
	one, two := alone, alone
	var proposal float64 // log probability of this division
	for _, i := range t.order {
		withOne, withTwo := t.extended(one, t.one, i), t.extended(two, t.two, i)
		toOne := withOne.value() - one.value() + duplicateRate(rates, withOne.size) - duplicateRate(rates, one.size)
		toTwo := withTwo.value() - two.value() + duplicateRate(rates, withTwo.size) - duplicateRate(rates, two.size)
		first := t.of[i] == a // where the reverse of a union would put it
		if joined {
			first = rng.Float64() < 1/(1+math.Exp(toTwo-toOne))
		}
		if first {
			t.one, one = append(t.one, i), withOne
			proposal -= softplus(toTwo - toOne)
		} else {
			t.two, two = append(t.two, i), withTwo
			proposal -= softplus(toOne - toTwo)
		}
	}
	apart := one.value() + two.value() + duplicateRate(rates, one.size) + duplicateRate(rates, two.size)
	t.order = append(append(t.order[:0], t.one...), t.two...)
	union := t.scoreOf(t.order)
	accept := apart - union.value() - duplicateRate(rates, union.size) - proposal
	if !joined {
		accept = -accept
	}
	if math.Log(1-rng.Float64()) >= accept {
		return
	}
	if joined {
		c := t.free[len(t.free)-1]
		t.free = t.free[:len(t.free)-1]
		t.members[a] = append(t.members[a][:0], t.one...)
		t.members[c] = append(t.members[c][:0], t.two...)
		t.score[a], t.score[c] = one, two
		for _, i := range t.two {
			t.of[i] = c
		}
		return
	}
	t.members[a] = append(t.members[a][:0], t.order...)
	t.members[b] = t.members[b][:0]
	t.score[a], t.score[b] = union, duplicateScore{}
	for _, i := range t.two {
		t.of[i] = a
	}
	t.free = append(t.free, b)
}

// softplus is log(1 + e^x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
