package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"

	"darkfigure/internal/resample"
)

// A Link is a pair of records and the probability that they are of one person, as another program gives it.
type Link struct {
	A, B        int32
	Probability float64
}

// DrawGiven draws linkages from the match probabilities of another program. In each draw every link exists with its
// probability, independently; those that exist are joined in the order of descending probability, then
// of the hashes of their records, and a link is left out when it would put two records of one register into a cluster, unless links within that register
// have made them one. Links within registers are joined first.
//
// Pairs that the other program did not list count as no match: what its blocking missed is not in the
// draws. Where three or more registers meet, the probabilities of pairs say nothing of one another, and a person's
// pairs are drawn one by one; an independent draw has a few more errors than one from the posterior. Draw d has the random
// stream d; Seed, Draws and Workers of the options are used. Links that are given twice, or join a record with itself, are errors.
func DrawGiven(ctx context.Context, rows Rows, links []Link, o DrawOptions) (*Draws, error) {
	o = o.withDefaults()
	if k := rows.Registers(); k < 1 || k > maxRegisters {
		return nil, fmt.Errorf("%d registers: linkages are drawn of %d at most", k, maxRegisters)
	}
	if o.Draws < 1 {
		return nil, fmt.Errorf("%d draws: one at least", o.Draws)
	}
	d := &Draws{rows: rows, order: hashOrder(rows), workers: o.Workers}
	rank := ranks(d.order)
	sorted, err := sortedLinks(rows, links, rank)
	if err != nil {
		return nil, err
	}
	d.pairs = make([]Pair, len(sorted))
	for e, l := range sorted {
		d.pairs[e] = Pair{A: l.A, B: l.B}
	}
	k := rows.Registers()
	d.Tables = make([][]int64, o.Draws)
	d.Linked = make([][]int64, o.Draws)
	d.Beyond = make([][]int64, o.Draws)
	d.joined = make([][]uint64, o.Draws)
	d.Chains = ChainReport{Agree: true}
	err = resample.EachWith(ctx, o.Draws, o.Workers, func() *givenScratch { return newGivenScratch(rows.Len()) }, func(s *givenScratch, i int) error {
		d.joined[i] = s.draw(rows, sorted, o.Seed, uint64(i))
		d.Tables[i] = make([]int64, 1<<k)
		for r := range s.parent {
			if s.parent[r] == int32(r) {
				d.Tables[i][s.mask[r]]++
			}
		}
		d.Linked[i] = make([]int64, k*(k-1)/2)
		d.Beyond[i] = make([]int64, k*(k-1)/2)
		countOverlaps(d.Linked[i], d.Tables[i], k)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// sortedLinks checks the links and puts them in the order in which they are joined.
func sortedLinks(rows Rows, links []Link, rank []int32) ([]Link, error) {
	out := slices.Clone(links)
	within := func(l Link) int {
		if rows.Register(int(l.A)) == rows.Register(int(l.B)) {
			return 0
		}
		return 1
	}
	for i, l := range out {
		switch n := int32(rows.Len()); {
		case l.A < 0 || l.A >= n || l.B < 0 || l.B >= n:
			return nil, fmt.Errorf("link %d: records %d and %d, there are %d", i+1, l.A, l.B, n)
		case l.A == l.B:
			return nil, fmt.Errorf("link %d: record %d with itself", i+1, l.A)
		case !(l.Probability >= 0 && l.Probability <= 1):
			return nil, fmt.Errorf("link %d: a match probability of %v", i+1, l.Probability)
		}
		if rank[l.A] > rank[l.B] {
			out[i].A, out[i].B = l.B, l.A
		}
	}
	slices.SortFunc(out, func(a, b Link) int {
		return cmp.Or(cmp.Compare(within(a), within(b)), cmp.Compare(b.Probability, a.Probability), cmp.Compare(rank[a.A], rank[b.A]), cmp.Compare(rank[a.B], rank[b.B]))
	})
	seen := make(map[[2]int32]bool, len(out))
	for _, l := range out {
		if seen[[2]int32{l.A, l.B}] {
			return nil, fmt.Errorf("records %d and %d are linked twice", l.A, l.B)
		}
		seen[[2]int32{l.A, l.B}] = true
	}
	return out, nil
}

type givenScratch struct {
	parent Partition
	mask   []uint32
	stream resample.Streams
}

func newGivenScratch(n int) *givenScratch {
	return &givenScratch{parent: make(Partition, n), mask: make([]uint32, n)}
}

// draw joins what one draw joins and returns the links within its clusters.
func (s *givenScratch) draw(rows Rows, links []Link, seed, i uint64) []uint64 {
	for r := range s.parent {
		s.parent[r], s.mask[r] = int32(r), 1<<rows.Register(r)
	}
	rng := s.stream.At(seed, i)
	for _, l := range links {
		if rng.Float64() >= l.Probability {
			continue
		}
		a, b := s.parent.root(l.A), s.parent.root(l.B)
		same := s.mask[a] == s.mask[b] && bits.OnesCount32(s.mask[a]) == 1
		if a != b && (same || s.mask[a]&s.mask[b] == 0) {
			s.parent[b] = a
			s.mask[a] |= s.mask[b]
		}
	}
	joined := make([]uint64, (len(links)+63)/64)
	for e, l := range links {
		if s.parent.root(l.A) == s.parent.root(l.B) {
			joined[e/64] |= 1 << (e % 64)
		}
	}
	return joined
}
