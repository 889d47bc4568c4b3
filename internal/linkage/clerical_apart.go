package linkage

import (
	"math"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// apartStream is that of draw 0; see [Draws.takeApart].
const apartStream = 1 << 41

// sureFrom is the probability from which the linkage is sure of a pair; no shift or slope of weights reaches those.
var sureFrom = reviewBands[len(reviewBands)-1]

// Apart reports whether people found links of which the linkage was sure to be of two persons, so often that it is not
// chance: see [Review.Kept].
func (r *Review) Apart() bool { return len(r.apart) > 0 }

// TakenApart is the number of sure links that draws are without because people found some to be of two persons, of how many in the strata where they did.
func (r *Review) TakenApart() (sure int64, apart estimators.LinkRange) {
	var without []float64
	for h, b := range r.Bands {
		held := r.apart[h]
		if held == nil {
			continue
		}
		sure += b.Pairs
		if without == nil {
			without = make([]float64, len(held))
		}
		for k, share := range held {
			without[k] += float64(b.Pairs) * (1 - share)
		}
	}
	if without == nil {
		return 0, estimators.LinkRange{}
	}
	return sure, rangeOf(reviewMean(without), without)
}

// Kept is the share of the sure links of the stratum of records a and b that hold, drawn from its posterior distribution for draw d;
// 1 where the review leaves sure links as they are.
func (r *Review) Kept(d int, a, b int32) float64 {
	h, ok := r.sure[[2]int32{min(a, b), max(a, b)}]
	if shares := r.apart[h]; ok && shares != nil {
		return shares[d*997%len(shares)] // replays stand in blocks of one error rate of reviewers
	}
	return 1
}

// takeApart takes links out of every draw at random, so that the share kept of those of a and b is left: which ones are wrong, a
// review of a sample does not tell. The records of one register leave their cluster with probability 1 − √kept, the geometric mean over
// their links, each register by itself: then both of a pair stay with probability kept, in clusters of two and of more.
// What is added beyond the graph is as many as before.
func (d *Draws) takeApart(kept func(d int, a, b int32) float64, seed uint64) {
	k := d.rows.Registers()
	type group struct {
		cluster  int32
		register int
	}
	type links struct{ log, n int64 } // whole numbers, 10⁻⁹ of a logarithm: their sum does not depend on the order
	for i := range d.Len() {
		of := d.Partition(i)
		groups := map[group]links{}
		at := func(record int32) group { return group{of[record], d.rows.Register(int(record))} }
		touched := false
		for e, p := range d.pairs {
			if d.Together(i, e) {
				share := kept(i, p.A, p.B)
				touched = touched || share < 1
				log := int64(1e9 * math.Log(min(1, max(1e-9, share))))
				for _, g := range []group{at(p.A), at(p.B)} {
					l := groups[g]
					groups[g] = links{l.log + log, l.n + 1}
				}
			}
		}
		if !touched {
			continue
		}
		rng := resample.Stream(seed, apartStream+uint64(i))
		leaves := map[group]bool{}
		for _, r := range d.order {
			g := at(r)
			if l, ok := groups[g]; ok {
				if _, done := leaves[g]; !done {
					leaves[g] = rng.Float64() >= math.Exp(float64(l.log)/float64(l.n)/2e9)
				}
			}
		}
		for e, p := range d.pairs {
			if d.Together(i, e) && (leaves[at(p.A)] || leaves[at(p.B)]) {
				d.joined[i][e/64] &^= 1 << (e % 64)
			}
		}
		masks := map[int32]int{}
		for r, c := range d.Partition(i) {
			masks[c] |= 1 << d.rows.Register(r)
		}
		clear(d.Tables[i])
		for _, h := range masks {
			d.Tables[i][h]++
		}
		countOverlaps(d.Linked[i], d.Tables[i], k)
		d.Beyond[i] = addBeyond(d.Tables[i], d.Beyond[i], k, rng)
	}
}
