package linkage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"

	"darkfigure/internal/chain"
	"darkfigure/internal/resample"
)

// Rows is what a drawn linkage must know of the records: [Persons] without the comparisons.
type Rows interface {
	Len() int
	Registers() int
	Register(i int) int
	Hash(i int) uint64
}

// DrawOptions says how linkages are drawn. The zero value is the default.
type DrawOptions struct {
	Seed    uint64
	Draws   int // K; 0: 60
	BurnIn  int // sweeps of every chain before anything is used; 0: 100, of large files 30
	Thin    int // sweeps from one draw to the next; 0: 5, of large files 2
	Chains  int // 0: 4. At least 2: every other one starts with nobody joined
	Workers int // 0: one for each processor; changes nothing but the time

	// Held lets all matches have the m of the model, which is not redrawn: where brothers and sisters are among the pairs, who are like matches of poor records, it
	// would follow them.
	Held bool

	// Start is the linkage from which every other chain starts; nil: pairs joined by descending weight while a
	// match is more probable than not.
	Start Partition

	// Groups says which records of one register are taken for one person in draw d = 0 … K−1:
	// records with the same number, from 0 to Len()−1, and every record has one. nil: each record is a person. See [Draw].
	Groups func(d int) Partition
	// Recalibrate gives shift a and slope b for draw d, by which the score of a cluster becomes b·score + a per
	// member beyond the first: what a review by people says of the weights, drawn from its posterior. nil: 0 and 1.
	Recalibrate func(d int) (shift, slope float64)
	// Kept is the share of the links of records a and b that are left in draw d, the others being taken apart at random: what a
	// review by people says of links that are sure by their weights. nil: 1. See [Review.Kept].
	Kept func(d int, a, b int32) float64
	// Settle is how many sweeps a chain has to follow when Groups or Recalibrate change with the draw; 0: 10.
	Settle int

	aside int // pairs that can be set aside for it to be done; 0: asideFrom

	// Progress is told how many sweeps of how many are done, never by two goroutines at once. The total grows when chains
	// are extended.
	Progress func(done, total int)
}

func (o DrawOptions) withDefaults() DrawOptions {
	o.Draws = cmp.Or(o.Draws, 60)
	o.Chains = cmp.Or(o.Chains, 4)
	o.Settle = cmp.Or(o.Settle, 10)
	o.aside = cmp.Or(o.aside, asideFrom)
	return o
}

// sweeps are the defaults of BurnIn and Thin. What is set aside is drawn anew in every sweep and so soon forgets where it was.
func (o DrawOptions) sweeps(u *unitGraph) DrawOptions {
	burnIn, thin := 100, 5
	if len(u.aside.kinds) > 0 {
		burnIn, thin = 30, 2
	}
	o.BurnIn, o.Thin = cmp.Or(o.BurnIn, burnIn), cmp.Or(o.Thin, thin)
	return o
}

const (
	// agreement is the split R-hat of every overlap above which chains are extended.
	agreement = 1.05
	// extension is how many times as long extended chains run.
	extension = 4
	// leastSweeps is how many sweeps a chain is judged by at the least.
	leastSweeps = 40
)

// Draws are K linkages drawn from their posterior distribution: what is left of the doubt
// about who is who. Estimates made from each of their tables and pooled carry that doubt.
//
// A history is the set of registers with a record of a person, as a mask: bit r for register r.
// Pairs of registers a < b are in the order (0,1), (0,2), …, (1,2), …; see [RegisterPair].
type Draws struct {
	// Tables holds the number of persons by history, for each draw: 2^k numbers, the first 0. Matches
	// that no pair of the graph can hold are in it.
	Tables [][]int64
	// Linked holds, for each draw and pair of registers, the persons joined in both through the graph; Beyond those added because
	// their pair was blocked away or fell below the bound. The persons of both registers in Tables are their sum.
	Linked, Beyond [][]int64
	// Parameters of matches for each draw; nil when the links were not drawn by this program.
	Parameters []MatchParameters
	// Chains says whether the draws can be relied on.
	Chains ChainReport

	rows    Rows
	order   []int32
	pairs   []Pair
	joined  [][]uint64 // by draw: bit e says whether the records of pair e are together
	groups  func(d int) Partition
	workers int
}

// MatchParameters are what a match looks like in one draw: M[c][f][l] is the probability of level l of
// field f in class c (good, poor), Share the share of good ones.
type MatchParameters struct {
	Share float64
	M     [][][]float64
}

// A ChainReport says how chains ran and whether they agree.
type ChainReport struct {
	Chains int // 0: the draws are independent
	BurnIn int // sweeps of each chain before the first that counts
	Sweeps int // sweeps of each chain that were judged
	Thin   int // sweeps between draws
	// RHat is the rank-normalised split R-hat of the overlap of every pair of registers; +Inf when chains do not move and disagree.
	RHat     []float64
	Extended bool
	Agree    bool // every RHat is below 1.05; otherwise the draws need a warning
	// Trace holds the overlap, without Beyond, by pair of registers, chain and sweep.
	Trace [][][]float64
}

// Worst is the largest R-hat; 1 when there is none.
func (c ChainReport) Worst() float64 { return slices.Max(append(slices.Clone(c.RHat), 1)) }

// RegisterPair is the place of the pair a < b among the pairs of k registers.
func RegisterPair(a, b, k int) int { return a*(2*k-a-1)/2 + b - a - 1 }

// Draw draws linkages from their posterior distribution by Markov chains on partitions.
//
// The law of a linkage Z is p(Z)·exp Σ score(C) over its clusters: see overlapPrior and scorer in this package for the two
// factors. Weights are log likelihood ratios with u as in the model and m redrawn together with Z, with two
// kinds of matches, good and poor. Only clusters that are connected in the graph are drawn, so that a pair without an
// edge is joined when a third record joins them, and a linkage is the set of edges within its clusters. A sweep moves each record once by Gibbs sampling and by
// two kinds of exchange. Sadinle (2014), Detecting duplicates in a homicide registry, Ann. Appl. Stat. 8:2404,
// doi:10.1214/14-AOAS779, is the root of the method.
//
// Chains start by turns from a linkage and from nobody joined. If the overlaps of every pair of registers do
// not agree (split R-hat below 1.05), everything so far becomes burn-in and all run four times as long; if
// they still do not, the report says so. R-hat is computed from every sweep that counts; draws are every
// Thin-th of them, in the order of the chains.
//
// In large files, with 20,000 pairs or more in small components of two registers, those components are not walked on but drawn
// whole, given rates of the histories that are drawn from the table; the law is the same.
//
// Matches that the graph cannot hold are added to each table: for a pair of registers with L persons in both and a share
// q of matches beyond the graph (PairType.Beyond), Poisson(Γ(L+1)·q/(1−q)) pairs of persons who can be one
// are joined at random. It is not known who they are, so [Draws.Partition] does not show them.
//
// With Groups, draw d is made given the persons within registers in that draw: doubt about duplicates within
// registers feeds the linkage, but the linkage says nothing back (a cut, not a joint posterior). Chains are run and judged as above given the groups of draw 0; then each follows the changes
// from draw to draw with Settle sweeps each. Records in a group are compared by their best level in
// every field, which agrees by chance a little more often than the model's u says.
//
// Registers must be numbered the same way whatever the order of files (by name, say), hashes
// must not depend on the order of rows, and Persons.Pattern must bear calls from several goroutines. Then the draws are
// the same whatever the order of files and rows and the number of workers. A pair of the graph must be of
// two registers that the model compares. Draws of 16 registers at most.
func Draw(ctx context.Context, p Persons, g *Graph, m *Model, o DrawOptions) (*Draws, error) {
	o = o.withDefaults()
	if err := checkDraw(p, g, m, o); err != nil {
		return nil, err
	}
	order := hashOrder(p)
	var groups Partition
	if o.Groups != nil {
		groups = o.Groups(0)
	}
	base, err := newUnitGraph(p, g, order, groups, o.aside)
	if err != nil {
		return nil, err
	}
	o = o.sweeps(base)
	run := &drawRun{persons: p, graph: g, model: m, o: o, order: order, base: base}
	if err := run.start(ctx); err != nil {
		return nil, err
	}
	sweeps := max((o.Draws+o.Chains-1)/o.Chains*o.Thin, leastSweeps)
	if err := run.judge(ctx, sweeps, o.Thin, o.BurnIn); err != nil {
		return nil, err
	}
	if !run.report.Agree {
		if err := run.judge(ctx, extension*sweeps, extension*o.Thin, o.BurnIn+sweeps); err != nil {
			return nil, err
		}
		run.report.Extended = true
	}
	if o.Groups != nil || o.Recalibrate != nil {
		if err := run.follow(ctx); err != nil {
			return nil, err
		}
	}
	d := run.draws()
	if o.Kept != nil {
		d.takeApart(o.Kept, o.Seed)
	}
	return d, nil
}

func checkDraw(p Persons, g *Graph, m *Model, o DrawOptions) error {
	k := p.Registers()
	switch {
	case k < 2 || k > maxRegisters:
		return fmt.Errorf("%d registers: linkages are drawn between 2 and %d", k, maxRegisters)
	case o.Draws < 1 || o.BurnIn < 0 || o.Thin < 0 || o.Settle < 1:
		return fmt.Errorf("%d draws, %d sweeps of burn-in, %d between draws, %d to settle: they must be positive", o.Draws, o.BurnIn, o.Thin, o.Settle)
	case o.Chains < 2:
		return errors.New("one chain: whether chains agree needs two at least")
	case o.Start != nil && len(o.Start) != p.Len():
		return fmt.Errorf("the linkage to start from has %d records, there are %d", len(o.Start), p.Len())
	}
	if err := checkModel(m); err != nil {
		return err
	}
	for _, t := range m.Types {
		if t.A != t.B && !(t.Beyond >= 0 && t.Beyond < 1) {
			return fmt.Errorf("registers %d and %d: a share of %v of the matches beyond the graph; it must be at least 0 and below 1", t.A, t.B, t.Beyond)
		}
	}
	known := make([]bool, k*k)
	for a := range k {
		for b := range k {
			if t := m.Type(a, b); a != b && t >= 0 {
				lambda := m.Types[t].Lambda
				if !(lambda > 0 && lambda < 1) {
					return fmt.Errorf("registers %d and %d: a share of %v matches among the pairs; it must be between 0 and 1", a, b, lambda)
				}
				known[a*k+b] = true
			}
		}
	}
	for _, e := range g.Pairs {
		if e.A < 0 || int(e.A) >= p.Len() || e.B < 0 || int(e.B) >= p.Len() {
			return fmt.Errorf("a pair of records %d and %d; there are %d", e.A, e.B, p.Len())
		}
		a, b := p.Register(int(e.A)), p.Register(int(e.B))
		if a == b {
			return fmt.Errorf("a pair of two records of register %d, %d and %d: linkages are drawn between registers", a, e.A, e.B)
		}
		if !known[a*k+b] {
			return fmt.Errorf("records %d and %d are of registers %d and %d, which the model does not compare", e.A, e.B, a, b)
		}
		for f, c := range m.Comparisons {
			if l := e.Pattern.Level(f); l != Missing && l >= len(c.M) {
				return fmt.Errorf("records %d and %d: level %d of field %q, which has %d", e.A, e.B, l, c.Field, len(c.M))
			}
		}
	}
	return nil
}

// drawRun is one call of Draw.
type drawRun struct {
	persons Persons
	graph   *Graph
	model   *Model
	o       DrawOptions
	order   []int32
	base    *unitGraph
	chains  []*drawChain
	report  ChainReport

	mutex       sync.Mutex
	done, total int
}

// A drawChain is a chain and what it has drawn.
type drawChain struct {
	*gibbs
	trace [][]float64 // by pair of registers
	drawn []drawn
}

type drawn struct {
	table          []int64
	linked, beyond []int64
	joined         []uint64
	parameters     MatchParameters
}

// share is the draws of chain c: from, to.
func (r *drawRun) share(c int) (from, to int) {
	return c * r.o.Draws / r.o.Chains, (c + 1) * r.o.Draws / r.o.Chains
}

func (r *drawRun) each(ctx context.Context, sweeps int, f func(ctx context.Context, c int) error) error {
	r.mutex.Lock()
	r.total += sweeps * r.o.Chains
	r.mutex.Unlock()
	return resample.Each(ctx, r.o.Chains, r.o.Workers, func(c int) error { return f(ctx, c) })
}

// sweep is a sweep of one chain, with m redrawn unless it is held.
func (r *drawRun) sweep(ctx context.Context, c *drawChain) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.sweep()
	if !r.o.Held {
		c.relearn()
	}
	if r.o.Progress != nil {
		r.mutex.Lock()
		r.done++
		r.o.Progress(r.done, r.total)
		r.mutex.Unlock()
	}
	return nil
}

// start makes the chains and lets them burn in.
func (r *drawRun) start(ctx context.Context) error {
	r.chains = make([]*drawChain, r.o.Chains)
	classes := matchClasses
	if r.o.Held {
		classes = 1
	}
	prior := newOverlapPrior(r.base.registers, r.persons.Len())
	return r.each(ctx, r.o.BurnIn, func(ctx context.Context, c int) error {
		s := newScorer(r.model, classes, r.base.patterns)
		if r.o.Recalibrate != nil {
			if err := s.recalibrate(r.o.Recalibrate(0)); err != nil {
				return err
			}
		}
		ch := &drawChain{gibbs: newGibbs(r.persons, r.base, s, prior.another(), resample.Stream(r.o.Seed, uint64(c)))}
		r.chains[c] = ch
		if c%2 == 0 {
			if r.o.Start != nil {
				labels := make([]int32, len(r.base.register))
				for i := range labels {
					labels[i] = r.o.Start[r.base.atom[r.base.first[i]]]
				}
				ch.use(r.base, labels)
				ch.greedyAside(r.model)
			} else {
				ch.greedy(r.model)
			}
		}
		for range r.o.BurnIn {
			if err := r.sweep(ctx, ch); err != nil {
				return err
			}
		}
		return nil
	})
}

// judge runs all chains, keeps their draws, and compares them.
func (r *drawRun) judge(ctx context.Context, sweeps, thin, before int) error {
	k := r.persons.Registers()
	types := k * (k - 1) / 2
	follow := r.o.Groups != nil || r.o.Recalibrate != nil
	err := r.each(ctx, sweeps, func(ctx context.Context, c int) error {
		ch := r.chains[c]
		ch.drawn = ch.drawn[:0]
		ch.trace = make([][]float64, types)
		for t := range ch.trace {
			ch.trace[t] = make([]float64, 0, sweeps)
		}
		from, to := r.share(c)
		overlap := make([]int64, types)
		for s := 1; s <= sweeps; s++ {
			if err := r.sweep(ctx, ch); err != nil {
				return err
			}
			countOverlaps(overlap, ch.prior.t, k)
			for t, n := range overlap {
				ch.trace[t] = append(ch.trace[t], float64(n))
			}
			if !follow && s%thin == 0 && len(ch.drawn) < to-from {
				if err := r.draw(ch); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	rep := ChainReport{Chains: r.o.Chains, BurnIn: before, Sweeps: sweeps, Thin: thin, Agree: true}
	for t := range types {
		var traces [][]float64
		for _, c := range r.chains {
			traces = append(traces, c.trace[t])
		}
		rhat := chain.Judge(traces).RHat
		rep.RHat = append(rep.RHat, rhat)
		rep.Trace = append(rep.Trace, traces)
		rep.Agree = rep.Agree && rhat < agreement
	}
	r.report = rep
	return nil
}

// follow makes the draws when groups or weights differ from one to the next.
func (r *drawRun) follow(ctx context.Context) error {
	per := (r.o.Draws + r.o.Chains - 1) / r.o.Chains
	return r.each(ctx, (per+4)*r.o.Settle, func(ctx context.Context, c int) error {
		ch := r.chains[c]
		from, to := r.share(c)
		for d := from; d < to; d++ {
			sweeps := r.o.Settle
			if d == from {
				sweeps *= 5 // from the groups of draw 0
			}
			if r.o.Recalibrate != nil {
				if err := ch.s.recalibrate(r.o.Recalibrate(d)); err != nil {
					return err
				}
			}
			if r.o.Groups != nil {
				if err := ch.regroup(r.graph, r.order, r.o.Groups(d), r.model, r.o.aside); err != nil {
					return fmt.Errorf("draw %d: %w", d, err)
				}
			}
			ch.rescore()
			for range sweeps {
				if err := r.sweep(ctx, ch); err != nil {
					return err
				}
			}
			if err := r.draw(ch); err != nil {
				return err
			}
		}
		return nil
	})
}

// recalibrate sets what is done to every score.
func (s *scorer) recalibrate(shift, slope float64) error {
	if math.IsNaN(shift) || math.IsInf(shift, 0) || !(slope > 0) || math.IsInf(slope, 0) {
		return fmt.Errorf("weights recalibrated by %v + %v·weight: the slope must be positive and both finite", shift, slope)
	}
	s.shift, s.slope = shift, slope
	return nil
}

// regroup puts the chain on the graph of other groups of records, with as much of its clusters as remains possible.
func (c *drawChain) regroup(g *Graph, order []int32, groups Partition, m *Model, aside int) error {
	u, err := newUnitGraph(c.persons, g, order, groups, aside)
	if err != nil {
		return err
	}
	number := make([]int32, len(u.patterns))
	for i, p := range u.patterns {
		number[i] = c.s.intern(p)
	}
	for e := range u.pattern {
		u.pattern[e] = number[u.pattern[e]]
	}
	for i := range u.aside.kinds {
		u.aside.kinds[i].pattern = number[u.aside.kinds[i].pattern]
	}
	labels := make([]int32, len(u.register))
	for i := range labels {
		labels[i] = -1
		for _, r := range u.atom[u.first[i]:u.first[i+1]] {
			if was := c.g.unit[r]; was >= 0 {
				labels[i] = c.cluster[was]
				break
			}
		}
	}
	c.use(u, labels)
	c.greedyAside(m)
	return nil
}

// countOverlaps counts the persons on both registers of every pair.
func countOverlaps(dst []int64, table []int64, k int) {
	clear(dst)
	for h, n := range table {
		if n == 0 {
			continue
		}
		for x := uint32(h); x != 0; x &= x - 1 {
			a := bits.TrailingZeros32(x)
			for y := x & (x - 1); y != 0; y &= y - 1 {
				dst[RegisterPair(a, bits.TrailingZeros32(y), k)] += n
			}
		}
	}
}

// draw notes the state of a chain.
func (r *drawRun) draw(c *drawChain) error {
	k := c.g.registers
	types := k * (k - 1) / 2
	d := drawn{table: slices.Clone(c.prior.t), linked: make([]int64, types), beyond: make([]int64, types),
		joined: make([]uint64, (len(r.graph.Pairs)+63)/64), parameters: c.s.parameters()}
	countOverlaps(d.linked, d.table, k)
	for e, p := range r.graph.Pairs {
		if u := c.g.unit[p.A]; u >= 0 && c.cluster[u] == c.cluster[c.g.unit[p.B]] {
			d.joined[e/64] |= 1 << (e % 64)
		}
	}
	c.joinedAside(func(e int32) { d.joined[e/64] |= 1 << (e % 64) })
	for a := range k {
		for b := a + 1; b < k; b++ {
			if t := r.model.Type(a, b); t >= 0 && r.model.Types[t].Beyond > 0 {
				q := r.model.Types[t].Beyond
				at := RegisterPair(a, b, k)
				d.beyond[at] = poissonDraw(gammaDraw(float64(d.linked[at])+1, c.rng)*q/(1-q), c.rng)
			}
		}
	}
	d.beyond = addBeyond(d.table, d.beyond, k, c.rng)
	c.drawn = append(c.drawn, d)
	return nil
}

// parameters copies what a match looks like now.
func (s *scorer) parameters() MatchParameters {
	p := MatchParameters{Share: s.share, M: make([][][]float64, s.classes)}
	for k := range s.classes {
		for f, n := range s.levels {
			p.M[k] = append(p.M[k], slices.Clone(s.m[k][8*f:8*f+n]))
		}
	}
	return p
}

// addBeyond adds to a table the matches that no pair of the graph holds, so many as are missed by pair of registers. Of the pairs that still
// miss some, one is chosen by their number; a cluster with a and without b and one with b and without a that share no
// register become one, chosen by the number of persons, which resolves as many pairs of registers as it brings
// together. If possible all of these still miss some. It ends early when nobody is left who can be joined. It returns
// how many pairs were resolved, and uses up missed.
func addBeyond(table, missed []int64, k int, rng *rand.Rand) []int64 {
	beyond := make([]int64, len(missed))
	total := int64(0)
	for _, n := range missed {
		total += n
	}
	for total > 0 {
		x := rng.Int64N(total)
		a, b := 0, 1
		for ; x >= missed[RegisterPair(a, b, k)]; b++ {
			x -= missed[RegisterPair(a, b, k)]
			if b == k-1 {
				a, b = a+1, a+1
			}
		}
		at := RegisterPair(a, b, k)
		g, h, ok := mergeable(table, 1<<a, 1<<b, missed, k, rng)
		if !ok {
			g, h, ok = mergeable(table, 1<<a, 1<<b, nil, k, rng)
		}
		if !ok {
			total -= missed[at]
			missed[at] = 0
			continue
		}
		table[g]--
		table[h]--
		table[g|h]++
		eachBetween(g, h, k, func(at int) {
			beyond[at]++
			if missed[at] > 0 {
				missed[at]--
				total--
			}
		})
	}
	return beyond
}

// eachBetween calls f with the place of every pair of a register of g and one of h.
func eachBetween(g, h uint32, k int, f func(at int)) {
	for x := g; x != 0; x &= x - 1 {
		for y := h; y != 0; y &= y - 1 {
			i, j := bits.TrailingZeros32(x), bits.TrailingZeros32(y)
			f(RegisterPair(min(i, j), max(i, j), k))
		}
	}
}

// mergeable draws two histories that can be of one person, one with a, the other with b, by the number of pairs of persons
// who have them. Unless missed is nil, all pairs of registers between them miss some.
func mergeable(table []int64, a, b uint32, missed []int64, k int, rng *rand.Rand) (g, h uint32, ok bool) {
	each := func(f func(g, h uint32, pairs float64)) {
		for i, n := range table {
			g := uint32(i)
			if n == 0 || g&a == 0 || g&b != 0 {
				continue
			}
			for j, n2 := range table {
				h := uint32(j)
				if n2 == 0 || h&b == 0 || h&g != 0 {
					continue
				}
				fits := true
				if missed != nil {
					eachBetween(g, h, k, func(at int) { fits = fits && missed[at] > 0 })
				}
				if fits {
					f(g, h, float64(n)*float64(n2))
				}
			}
		}
	}
	total := 0.0
	each(func(_, _ uint32, pairs float64) { total += pairs })
	if total == 0 {
		return 0, 0, false
	}
	x := rng.Float64() * total
	each(func(i, j uint32, pairs float64) {
		if x >= 0 {
			g, h = i, j
		}
		x -= pairs
	})
	return g, h, true
}

// poissonDraw draws from the Poisson law as the binomial one of 2⁴⁰ trials, from which it differs by less than mean/2⁴⁰ in
// total variation (Le Cam 1960).
func poissonDraw(mean float64, rng *rand.Rand) int64 {
	const trials = 1 << 40
	return resample.Binomial(trials, min(mean/trials, 1), rng)
}

// draws puts together what the chains have drawn.
func (r *drawRun) draws() *Draws {
	d := &Draws{Chains: r.report, rows: r.persons, order: r.order, pairs: r.graph.Pairs, groups: r.o.Groups, workers: r.o.Workers}
	for _, c := range r.chains {
		for _, x := range c.drawn {
			d.Tables = append(d.Tables, x.table)
			d.Linked = append(d.Linked, x.linked)
			d.Beyond = append(d.Beyond, x.beyond)
			d.Parameters = append(d.Parameters, x.parameters)
			d.joined = append(d.joined, x.joined)
		}
	}
	return d
}

// Len is the number of draws, K.
func (d *Draws) Len() int { return len(d.Tables) }

// Persons is the number of distinct persons in draw i.
func (d *Draws) Persons(i int) int64 {
	n := int64(0)
	for _, t := range d.Tables[i] {
		n += t
	}
	return n
}

// Together reports whether the records of pair e of the graph are of one person in draw i.
func (d *Draws) Together(i, e int) bool { return d.joined[i][e/64]>>(e%64)&1 == 1 }

// Shares are the shares of draws in which the records of each pair of the graph are of one person, in the order of its pairs.
func (d *Draws) Shares() []float64 {
	out := make([]float64, len(d.pairs))
	for e, n := range d.counts() {
		out[e] = float64(n) / float64(d.Len())
	}
	return out
}

// counts are the numbers of those draws.
func (d *Draws) counts() []int64 {
	out := make([]int64, len(d.pairs))
	for _, joined := range d.joined {
		for w, x := range joined {
			for ; x != 0; x &= x - 1 {
				out[64*w+bits.TrailingZeros64(x)]++
			}
		}
	}
	return out
}

// A PairShare is a pair of records of two registers, A < B, and the share of the draws in which they are of one person.
type PairShare struct {
	A, B  int32
	Share float64
}

// Joined are all pairs that are of one person in some draw, those without an edge between them included, by A and then B.
func (d *Draws) Joined() []PairShare {
	count := map[[2]int32]int{}
	for i := range d.Len() {
		newMembers(d.rows, d.Partition(i)).pairs(func(a, b int32, _ uint32) { count[[2]int32{min(a, b), max(a, b)}]++ })
	}
	out := make([]PairShare, 0, len(count))
	for p, n := range count {
		out = append(out, PairShare{p[0], p[1], float64(n) / float64(d.Len())})
	}
	slices.SortFunc(out, func(x, y PairShare) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return out
}

// Partition is the linkage of draw i: clusters are numbered in the order of their first record by hash. Matches beyond the graph are
// not in it, for it is not known who they are.
func (d *Draws) Partition(i int) Partition { return d.joinedIn(i).numbered(d.order) }

// roots labels the records of draw i: those of one cluster have the same label, from 0 to Len()−1.
func (d *Draws) roots(i int) Partition {
	p := d.joinedIn(i)
	for r := range p {
		p[r] = p.root(int32(r))
	}
	return p
}

// joinedIn has the parent of every record in draw i.
func (d *Draws) joinedIn(i int) Partition {
	parent := make(Partition, d.rows.Len())
	for r := range parent {
		parent[r] = int32(r)
	}
	if d.groups != nil {
		first := make(map[int32]int32)
		for r, l := range d.groups(i) {
			if f, ok := first[l]; ok {
				parent[r] = f
			} else {
				first[l] = int32(r)
			}
		}
	}
	for w, x := range d.joined[i] {
		for ; x != 0; x &= x - 1 {
			p := d.pairs[64*w+bits.TrailingZeros64(x)]
			parent[parent.root(p.A)] = parent.root(p.B)
		}
	}
	return parent
}

// root finds the representative of a record and halves the way to it.
func (p Partition) root(i int32) int32 {
	for p[i] != i {
		p[i] = p[p[i]]
		i = p[i]
	}
	return i
}

// numbered turns parents into clusters numbered in the given order.
func (p Partition) numbered(order []int32) Partition {
	number := make([]int32, len(p))
	out := make(Partition, len(p))
	next := int32(0)
	for _, i := range order {
		r := p.root(i)
		if number[r] == 0 {
			next++
			number[r] = next
		}
		out[i] = number[r] - 1
	}
	return out
}
