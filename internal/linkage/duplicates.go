package linkage

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// DuplicateOptions are those of [Deduplicate].
type DuplicateOptions struct {
	// Threshold is the probability of being together above which two records are joined; 0: 0.5.
	Threshold float64
	// Same holds for each record a number ≥ 0 shared by the records of one register that carry the same
	// administrative key, or a negative one: these are of one person, without doubt. nil: there are none.
	Same    []int32
	Draws   int // how many partitions to draw; 0: 60
	Chains  int // 0: 4
	Seed    uint64
	Workers int // 0: one for each processor; changes nothing in the answer
}

// Duplicates says which records of a register are of the same person: at best, and in draws from the posterior distribution.
type Duplicates struct {
	Partition []int32 // cluster of every record, of any size, within one register; numbered by first record by hash
	Clusters  int
	Links     []Pair // all pairs within clusters, by A and then B
	Registers []RegisterDuplicates
	// RHat is the largest R-hat over the registers of the number of persons, from every sweep that counts; 0 without draws, or when none differs. Chains
	// with one above 1.05 have run four times as long, and still disagree.
	RHat  float64
	draws *duplicateDraws
}

// RegisterDuplicates counts the records of a register that repeat a person of it. The ranges are over the draws.
type RegisterDuplicates struct {
	Records, Persons int
	Repeats          estimators.LinkRange // records less persons
	False            estimators.LinkRange // share of the pairs joined by the point linkage that are of two persons
	Beyond           float64              // pairs of one person that are expected beyond the graph, in the mean: nobody joins them, and they are not in Repeats
	Missed           estimators.LinkRange // share of the pairs that are of one person that the point linkage does not have, those that were not compared included
}

// Deduplicate finds the records of each register that are of the same person, from pairs of the graph
// within registers and the pair types A = B of the model; other pairs are left alone, and a register
// without such a type has no duplicates.
//
// Partitions are drawn from their posterior distribution, see [Duplicates.Draw], and the point linkage is made from them:
// it has the largest sum, over pairs within clusters, of the probability of being together less the threshold. At 0.5
// fewest pairs are expected to be wrong (Binder 1978, Bayesian cluster analysis, Biometrika 65, 31–38, doi:10.1093/biomet/65.1.31).
//
// Errors: options out of range, an administrative key in two registers, a cancelled context.
func Deduplicate(ctx context.Context, persons Persons, g *Graph, m *Model, o DuplicateOptions) (*Duplicates, error) {
	if o.Same != nil && len(o.Same) != persons.Len() {
		return nil, fmt.Errorf("%d administrative keys for %d records", len(o.Same), persons.Len())
	}
	if o.Threshold == 0 {
		o.Threshold = .5
	}
	if !(o.Threshold > 0 && o.Threshold < 1) {
		return nil, fmt.Errorf("threshold %v is not a probability between 0 and 1", o.Threshold)
	}
	if o.Draws < 0 || o.Chains < 0 {
		return nil, fmt.Errorf("%d draws from %d chains: neither can be negative", o.Draws, o.Chains)
	}
	if o.Draws == 0 {
		o.Draws = 60
	}
	if o.Chains == 0 {
		o.Chains = 4
	}
	units, err := newDuplicateUnits(persons, g, m, o.Same)
	if err != nil {
		return nil, err
	}
	start, _, err := linkPoint(ctx, units, units.graph, m, PointOptions{}, true)
	if err != nil {
		return nil, err
	}
	d := &Duplicates{Registers: make([]RegisterDuplicates, persons.Registers())}
	from, _ := start.partition()
	if d.draws, err = drawDuplicates(ctx, units, from, o); err != nil {
		return nil, err
	}
	point, err := duplicatePoint(ctx, units, d.draws, o.Threshold)
	if err != nil {
		return nil, err
	}
	order := hashOrder(persons)
	d.draws.order = order
	d.Partition, d.Clusters = numberedByHash(units.expand(point), order)
	d.Links = clusterPairs(d.Partition, persons)
	seen := make([]bool, d.Clusters)
	for i, c := range d.Partition {
		r := &d.Registers[persons.Register(i)]
		r.Records++
		if !seen[c] {
			seen[c] = true
			r.Persons++
		}
	}
	return d, d.judge(ctx, persons, m, o.Workers)
}

// duplicatePoint is the point linkage of units, from the probabilities of being together.
func duplicatePoint(ctx context.Context, u *duplicateUnits, draws *duplicateDraws, threshold float64) ([]int32, error) {
	p := &pointLinker{persons: u, within: true}
	p.order = hashOrder(u)
	p.rank = ranks(p.order)
	p.groups = newDisjointSets(u.Len())
	for key, probability := range draws.together {
		if worth := probability - threshold; worth > 0 {
			p.pairs = append(p.pairs, pointPair{key[0], key[1], worth})
			p.groups.join(key[0], key[1])
		}
	}
	slices.SortFunc(p.pairs, func(x, y pointPair) int {
		return cmp.Or(cmp.Compare(y.odds, x.odds), cmp.Compare(x.first, y.first), cmp.Compare(x.second, y.second))
	})
	p.between = func(r, s int32) float64 { return draws.together[[2]int32{min(r, s), max(r, s)}] - threshold }
	p.score = func(n int, pair func(i, j int) float64) (sum float64) {
		for i := range n {
			for j := i + 1; j < n; j++ {
				sum += pair(i, j)
			}
		}
		return sum
	}
	p.of = identity(u.Len())
	if err := p.improve(ctx, &PointLinkage{}); err != nil {
		return nil, err
	}
	of, _ := p.partition()
	return of, nil
}

// Draws is how many partitions were drawn.
func (d *Duplicates) Draws() int {
	return len(d.draws.of)
}

// Draw returns partition k of those drawn, numbered like Partition.
//
// The target is p(Z) · exp Σ score(C), with the score of clusters that all linkage here has, and a prior that
// learns how many persons of each register have 1, 2, … records: there are t_s ~ Poisson(ν_s) clusters of
// s records, any partition with these numbers being as likely as any other, and ν_s ~ Gamma(2^(1−s), 0). With ν
// given, groups of records that no candidate pair connects are independent: small ones are drawn exactly, larger ones
// by moving single records (Gibbs) and by dividing and joining clusters (Dahl 2005, Sequentially-allocated
// merge–split sampler for conjugate and nonconjugate Dirichlet process mixture models, technical report, Texas A&M).
// Chains that do not agree about the number of persons (R-hat above 1.05) run once more, four times as long, as those of [Draw].
func (d *Duplicates) Draw(k int) []int32 {
	of, _ := numberedByHash(d.draws.units.expand(d.draws.partition(k)), d.draws.order)
	return of
}

// judge fills in what depends on the draws. They are counted in parallel, and added up in their order.
func (d *Duplicates) judge(ctx context.Context, persons Persons, m *Model, workers int) error {
	var (
		draws   = d.Draws()
		k       = len(d.Registers)
		repeats = make([][]float64, k)
		wrong   = make([][]float64, k)
		missed  = make([][]float64, k)
		said    = make([]float64, k)
		sums    = make([][3]float64, k) // links of the point linkage confirmed, links drawn, links beyond reach
	)
	for _, x := range d.Links {
		said[persons.Register(int(x.A))]++
	}
	type count struct{ links, both, repeats []float64 } // by register
	counts := make([]count, draws)
	err := resample.EachWith(ctx, draws, workers, func() []int32 { return make([]int32, persons.Len()) }, func(size []int32, draw int) error {
		of := d.Draw(draw)
		clear(size) // of clusters, so far
		links, both, reps := make([]float64, k), make([]float64, k), make([]float64, k)
		for i, c := range of {
			r := persons.Register(i)
			links[r] += float64(size[c])
			if size[c] > 0 {
				reps[r]++
			}
			size[c]++
		}
		for _, x := range d.Links {
			if of[x.A] == of[x.B] {
				both[persons.Register(int(x.A))]++
			}
		}
		counts[draw] = count{links, both, reps}
		return nil
	})
	if err != nil {
		return err
	}
	for _, n := range counts {
		links, both, reps := n.links, n.both, n.repeats
		for r := range k {
			var beyond float64
			if t := m.Type(r, r); t >= 0 && m.Types[t].Beyond < 1 {
				beyond = links[r] * m.Types[t].Beyond / (1 - m.Types[t].Beyond)
			}
			repeats[r] = append(repeats[r], reps[r])
			wrong[r] = append(wrong[r], ratio(said[r]-both[r], said[r]))
			missed[r] = append(missed[r], ratio(links[r]+beyond-both[r], links[r]+beyond))
			sums[r][0] += both[r]
			sums[r][1] += links[r]
			sums[r][2] += beyond
		}
	}
	for r := range k {
		reg, n := &d.Registers[r], float64(draws)
		reg.False = rangeOf(ratio(n*said[r]-sums[r][0], n*said[r]), wrong[r])
		reg.Beyond = sums[r][2] / n
		reg.Missed = rangeOf(ratio(sums[r][1]+sums[r][2]-sums[r][0], sums[r][1]+sums[r][2]), missed[r])
		var sum float64
		for _, x := range repeats[r] {
			sum += x
		}
		reg.Repeats = rangeOf(sum/n, slices.Clone(repeats[r]))
	}
	d.RHat = d.draws.rhat
	return nil
}

// ratio is a/b, and 0 of nothing.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// numberedByHash renumbers clusters by the order of their first record.
func numberedByHash(of, order []int32) ([]int32, int) {
	number := make([]int32, len(of))
	for i := range number {
		number[i] = -1
	}
	out := make([]int32, len(of))
	var clusters int32
	for _, i := range order {
		c := of[i]
		if number[c] < 0 {
			number[c] = clusters
			clusters++
		}
		out[i] = number[c]
	}
	return out, int(clusters)
}

// duplicateUnits are records joined by administrative keys, as the records of a smaller problem. Two
// units compare as the most alike of their records do.
type duplicateUnits struct {
	persons Persons
	odds    *pairOdds
	of      []int32   // unit of each record
	members [][]int32 // records of each unit, the first by hash first
	graph   *Graph
}

func newDuplicateUnits(persons Persons, g *Graph, m *Model, same []int32) (*duplicateUnits, error) {
	u := &duplicateUnits{persons: persons, odds: newPairOdds(m, persons.Registers()), graph: g}
	if same == nil {
		return u, nil
	}
	u.of = make([]int32, persons.Len())
	first := make(map[int32]int32)
	order := hashOrder(persons)
	for _, i := range order {
		key := same[i]
		unit, known := first[key]
		if key < 0 || !known {
			unit = int32(len(u.members))
			u.members = append(u.members, nil)
			if key >= 0 {
				first[key] = unit
			}
		} else if x := u.members[unit][0]; persons.Register(int(x)) != persons.Register(int(i)) {
			return nil, fmt.Errorf("records %d and %d have the same administrative key in different registers", x, i)
		}
		u.of[i] = unit
		u.members[unit] = append(u.members[unit], i)
	}
	u.graph = &Graph{}
	best := make(map[[2]int32]Pattern)
	var keys [][2]int32
	for _, x := range g.Pairs {
		a, b := u.of[x.A], u.of[x.B]
		if a == b || persons.Register(int(x.A)) != persons.Register(int(x.B)) {
			continue
		}
		key := [2]int32{min(a, b), max(a, b)}
		if _, ok := best[key]; !ok {
			keys = append(keys, key)
			best[key] = u.Pattern(int(key[0]), int(key[1]))
		}
	}
	slices.SortFunc(keys, func(x, y [2]int32) int { return slices.Compare(x[:], y[:]) })
	for _, key := range keys {
		u.graph.Pairs = append(u.graph.Pairs, Pair{key[0], key[1], best[key]})
	}
	return u, nil
}

func (u *duplicateUnits) Len() int {
	if u.of == nil {
		return u.persons.Len()
	}
	return len(u.members)
}

func (u *duplicateUnits) record(i int) int {
	if u.of == nil {
		return i
	}
	return int(u.members[i][0])
}

func (u *duplicateUnits) Registers() int     { return u.persons.Registers() }
func (u *duplicateUnits) Register(i int) int { return u.persons.Register(u.record(i)) }
func (u *duplicateUnits) Hash(i int) uint64  { return u.persons.Hash(u.record(i)) }

func (u *duplicateUnits) Pattern(i, j int) Pattern {
	if u.of == nil {
		return u.persons.Pattern(i, j)
	}
	var best Pattern
	for x, a := range u.members[i] {
		for y, b := range u.members[j] {
			p := u.persons.Pattern(int(a), int(b))
			if x+y == 0 || u.odds.weight(p) > u.odds.weight(best) {
				best = p
			}
		}
	}
	return best
}

// expand gives every record the cluster of its unit.
func (u *duplicateUnits) expand(of []int32) []int32 {
	if u.of == nil {
		return of
	}
	out := make([]int32, len(u.of))
	for i, unit := range u.of {
		out[i] = of[unit]
	}
	return out
}
