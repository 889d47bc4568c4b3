package linkage

import (
	"cmp"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"darkfigure/internal/resample"
)

const (
	// asideFrom is how many pairs can be set aside at the least for it to be done.
	asideFrom = 20_000
	// asideMost is how many pairs a component that is set aside has at the most.
	asideMost = 8
)

// aside is what a graph of large files mostly consists of: small components of two registers. A chain need not
// walk there. Given the table alone they depend on each other, through the prior; but with one positive number for each history,
//
//	p(Z) ∝ n!/Γ(n+α0) Π_h Γ(t_h+1) = ∫ Π_h λ_h^{t_h} dF(λ),   λ = s·θ,
//
// for s^n e^{−s} integrates to n!, and Π θ_h^{t_h} over the simplex to the rest. Given the partition s is Gamma(n+1) and θ
// Dirichlet(t+1); given λ clusters are independent. In a component of two registers a
// partition is a matching, a set of pairs without a record in common, and its weight the product of the odds exp(score)·λ_ab/(λ_a·λ_b)
// of its pairs. A sweep draws λ, then a matching of every component, and forgets λ. Of single pairs with equal odds only the
// number joined is drawn, which is binomial.
type aside struct {
	kinds      []asideKind
	patterns   []Pattern // by kind
	components []asideComponent
	pairs      []asidePair // of the components
	shapes     [][]asideMatching
}

// asideKind is pairs with the same odds.
type asideKind struct {
	pattern int32   // its number
	a, b    uint32  // histories of the two records
	single  []int32 // pairs of the graph that are components on their own, in the order of the hashes of their records
}

// asideComponent is the pairs first, first+1, … of a component with the matchings of a shape.
type asideComponent struct{ first, shape int32 }

type asidePair struct{ pair, kind int32 }

// asideMatching is a matching: an earlier one of its shape and one pair more. Those of a shape begin with the empty one.
type asideMatching struct {
	pairs       uint8 // as bits
	than, added uint8
}

// each calls f with every pair of the graph that is aside.
func (a *aside) each(f func(pair int32)) {
	for _, k := range a.kinds {
		for _, p := range k.single {
			f(p)
		}
	}
	for _, p := range a.pairs {
		f(p.pair)
	}
}

// asideFinder puts pairs aside.
type asideFinder struct {
	p     Persons
	g     *Graph
	label func(int32) int32
	at    []int32 // by label: its number among those with a pair, −1 for others
	rank  []int32 // by number: the place of its record by hash
	out   aside
	kinds map[asideKey]int32
	shape map[[asideMost]uint8]int32
}

type asideKey struct {
	pattern Pattern
	a, b    int
}

// setAside finds the components of the graph that can be set aside; none if they have too few pairs. Records that are one of
// several of a person are in none.
func setAside(p Persons, g *Graph, label func(int32) int32, order []int32, least int) aside {
	at := make([]int32, p.Len())
	for i := range at {
		at[i] = -1
	}
	var parent Partition // by number
	number := func(i int32) int32 {
		l := label(i)
		if at[l] < 0 {
			at[l] = int32(len(parent))
			parent = append(parent, at[l])
		}
		return at[l]
	}
	for _, e := range g.Pairs {
		x, y := parent.root(number(e.A)), parent.root(number(e.B))
		parent[x] = y
	}
	root := func(i int32) int32 { return parent.root(at[label(i)]) }
	rank := slices.Repeat([]int32{-1}, len(parent))
	size := make([]int32, len(parent))       // by root: pairs
	registers := make([]uint32, len(parent)) // by root
	for r, i := range order {
		if x := at[label(i)]; x >= 0 {
			if rank[x] >= 0 { // one of several
				size[parent.root(x)] = math.MaxInt32 / 2
			}
			rank[x] = int32(r)
		}
	}
	for _, e := range g.Pairs {
		r := root(e.A)
		size[r] = min(size[r]+1, math.MaxInt32/2)
		registers[r] |= 1<<p.Register(int(e.A)) | 1<<p.Register(int(e.B))
	}
	fits := func(e Pair) bool {
		r := root(e.A)
		return size[r] <= asideMost && bits.OnesCount32(registers[r]) == 2
	}
	var found []int32
	for i, e := range g.Pairs {
		if fits(e) {
			found = append(found, int32(i))
		}
	}
	if len(found) == 0 || len(found) < least {
		return aside{}
	}
	f := asideFinder{p: p, g: g, label: label, at: at, rank: rank, kinds: map[asideKey]int32{}, shape: map[[asideMost]uint8]int32{}}
	first := slices.Repeat([]int32{math.MaxInt32}, len(parent)) // by root: the rank of its first record
	for _, i := range found {
		r := root(g.Pairs[i].A)
		low, _ := f.ranks(i)
		first[r] = min(first[r], low)
	}
	of := func(i int32) int32 { return first[root(g.Pairs[i].A)] }
	slices.SortFunc(found, func(x, y int32) int {
		xl, xh := f.ranks(x)
		yl, yh := f.ranks(y)
		return cmp.Or(cmp.Compare(of(x), of(y)), cmp.Compare(xl, yl), cmp.Compare(xh, yh))
	})
	for len(found) > 0 {
		n := size[root(g.Pairs[found[0]].A)]
		f.add(found[:n])
		found = found[n:]
	}
	return f.out
}

// ranks are those of the records of a pair, ascending.
func (f *asideFinder) ranks(i int32) (low, high int32) {
	a, b := f.rank[f.at[f.label(f.g.Pairs[i].A)]], f.rank[f.at[f.label(f.g.Pairs[i].B)]]
	return min(a, b), max(a, b)
}

// add puts the pairs of a component aside.
func (f *asideFinder) add(pairs []int32) {
	if len(pairs) == 1 {
		k := f.kind(pairs[0])
		f.out.kinds[k].single = append(f.out.kinds[k].single, pairs[0])
		return
	}
	var records []int32
	number := func(r int32) uint8 {
		at := slices.Index(records, r)
		if at < 0 {
			at = len(records)
			records = append(records, r)
		}
		return uint8(at)
	}
	var ends [asideMost]uint8 // two numbers of records in each, from 1; 0 beyond the last pair
	first := int32(len(f.out.pairs))
	for j, i := range pairs {
		low, high := f.ranks(i)
		ends[j] = (number(low)+1)<<4 | (number(high) + 1)
		f.out.pairs = append(f.out.pairs, asidePair{pair: i, kind: f.kind(i)})
	}
	shape, ok := f.shape[ends]
	if !ok {
		shape = int32(len(f.out.shapes))
		f.shape[ends] = shape
		f.out.shapes = append(f.out.shapes, asideMatchings(ends[:len(pairs)]))
	}
	f.out.components = append(f.out.components, asideComponent{first, shape})
}

func (f *asideFinder) kind(i int32) int32 {
	e := f.g.Pairs[i]
	a, b := f.p.Register(int(e.A)), f.p.Register(int(e.B))
	key := asideKey{e.Pattern, min(a, b), max(a, b)}
	k, ok := f.kinds[key]
	if !ok {
		k = int32(len(f.out.kinds))
		f.kinds[key] = k
		f.out.patterns = append(f.out.patterns, e.Pattern)
		f.out.kinds = append(f.out.kinds, asideKind{a: 1 << key.a, b: 1 << key.b})
	}
	return k
}

// asideMatchings lists the matchings of pairs whose records are numbered.
func asideMatchings(ends []uint8) []asideMatching {
	out := []asideMatching{{}}
	taken := []uint16{0} // by matching: its records
	for e, x := range ends {
		records := uint16(1)<<(x>>4) | uint16(1)<<(x&15)
		for than := range len(out) {
			if taken[than]&records == 0 {
				out = append(out, asideMatching{pairs: out[than].pairs | 1<<e, than: uint8(than), added: uint8(e)})
				taken = append(taken, taken[than]|records)
			}
		}
	}
	return out
}

// asideState is how a chain has joined what is aside.
type asideState struct {
	singles  []int64   // by kind: how many single pairs are joined
	matching []uint8   // by component: its pairs that are joined
	joined   []int64   // by kind: pairs joined, in components too
	odds     []float64 // by kind
	logRate  []float64 // by history: log λ as the last sweep drew it
}

// useAside starts from nobody joined.
func (c *gibbs) useAside() {
	a, s := &c.g.aside, &c.away
	s.singles, s.joined, s.odds = make([]int64, len(a.kinds)), make([]int64, len(a.kinds)), make([]float64, len(a.kinds))
	s.matching = make([]uint8, len(a.components))
}

// greedyAside joins the single pairs that are matches more probably than not.
func (c *gibbs) greedyAside(m *Model) {
	for i := range c.g.aside.kinds {
		k := &c.g.aside.kinds[i]
		lambda := m.Types[m.Type(bits.TrailingZeros32(k.a), bits.TrailingZeros32(k.b))].Lambda
		if c.s.weight[k.pattern]+math.Log(lambda)-math.Log1p(-lambda) > 0 {
			c.away.singles[i] = int64(len(k.single))
			c.joinMore(k, c.away.singles[i])
		}
	}
}

// joinMore tells the prior that n pairs more are joined.
func (c *gibbs) joinMore(k *asideKind, n int64) {
	c.prior.t[k.a|k.b] += n
	c.prior.t[k.a] -= n
	c.prior.t[k.b] -= n
	c.prior.n -= n
}

// sweepAside redraws what is aside, given the table.
func (c *gibbs) sweepAside() {
	a, s := &c.g.aside, &c.away
	if len(a.kinds) == 0 {
		return
	}
	c.prior.rates(s.logRate, c.rng)
	for i := range a.kinds {
		k := &a.kinds[i]
		odds := math.Exp(c.s.slope*c.s.weight[k.pattern] + c.s.shift + s.logRate[k.a|k.b] - s.logRate[k.a] - s.logRate[k.b])
		s.odds[i] = min(odds, 1e60) // so that the product of as many as there can be in a matching is finite
		was := s.singles[i]
		s.singles[i] = resample.Binomial(int64(len(k.single)), 1/(1+1/odds), c.rng)
		s.joined[i] = s.singles[i]
		c.joinMore(k, s.singles[i]-was)
	}
	var weight [1 << asideMost]float64 // running sum
	var each [1 << asideMost]float64
	for i, x := range a.components {
		pairs, shape := a.pairs[x.first:], a.shapes[x.shape]
		each[0], weight[0] = 1, 1
		for j := 1; j < len(shape); j++ {
			each[j] = each[shape[j].than] * s.odds[pairs[shape[j].added].kind]
			weight[j] = weight[j-1] + each[j]
		}
		u := c.rng.Float64() * weight[len(shape)-1]
		j := 0
		for j < len(shape)-1 && u >= weight[j] {
			j++
		}
		for m := s.matching[i]; m != 0; m &= m - 1 {
			c.joinMore(&a.kinds[pairs[bits.TrailingZeros8(m)].kind], -1)
		}
		s.matching[i] = shape[j].pairs
		for m := s.matching[i]; m != 0; m &= m - 1 {
			k := pairs[bits.TrailingZeros8(m)].kind
			s.joined[k]++
			c.joinMore(&a.kinds[k], 1)
		}
	}
}

// rates draws log λ of every history given the table.
func (p *overlapPrior) rates(log []float64, rng *rand.Rand) {
	sum := 0.0
	for h := 1; h < len(p.t); h++ {
		// A gamma draw of shape 1 or more is 0 in floating point hardly ever; its logarithm must not be infinite.
		g := max(gammaDraw(float64(p.t[h])+1, rng), math.SmallestNonzeroFloat64)
		sum += g
		log[h] = math.Log(g)
	}
	scale := math.Log(gammaDraw(float64(p.n)+1, rng)) - math.Log(sum)
	for h := 1; h < len(p.t); h++ {
		log[h] += scale
	}
}

// learnAside counts the pairs aside that are joined, as learn does.
func (c *gibbs) learnAside() {
	for i, n := range c.away.joined {
		if n == 0 {
			continue
		}
		p := c.g.aside.kinds[i].pattern
		good := n
		if c.s.classes > 1 {
			good = resample.Binomial(n, min(math.Exp(c.s.class[0][p]-c.s.weight[p]), 1), c.rng)
			c.s.count[1][p] += float64(n - good)
		}
		c.s.count[0][p] += float64(good)
	}
}

// joinedAside tells which pairs of the graph are joined. Of single pairs of a kind any are as probable (Knuth's algorithm S).
func (c *gibbs) joinedAside(join func(pair int32)) {
	a := &c.g.aside
	for i, wanted := range c.away.singles {
		pairs := a.kinds[i].single
		for j := 0; wanted > 0; j++ {
			if c.rng.Int64N(int64(len(pairs)-j)) < wanted {
				join(pairs[j])
				wanted--
			}
		}
	}
	for i, x := range a.components {
		for m := c.away.matching[i]; m != 0; m &= m - 1 {
			join(a.pairs[x.first+int32(bits.TrailingZeros8(m))].pair)
		}
	}
}
