package loglinear

import (
	"math"
	"math/bits"

	"darkfigure/internal/lattice"
)

// countModels counts the hierarchical models of a space, for the report of a search: the
// down-sets of its optional terms. When only pairs are optional that is 2^pairs. Else they are
// counted over the sets of pairs, with the larger terms each allows, as long as that is cheap; a negative number
// means they were not counted.
func countModels(s *lattice.Space) float64 {
	var pairs, larger []uint32
	for _, t := range s.Optional {
		switch bits.OnesCount32(t) {
		case 2:
			pairs = append(pairs, t)
		default:
			larger = append(larger, t)
		}
	}
	if len(larger) == 0 {
		return math.Exp2(float64(len(pairs)))
	}
	if len(pairs) > 15 || bits.OnesCount32(larger[0]) > 3 && len(pairs) > 10 {
		return -1
	}
	index := map[uint32]int{}
	for i, t := range pairs {
		index[t] = i
	}
	total := 0.0
	for set := range uint32(1) << uint(len(pairs)) {
		var allowed []uint32
		for _, t := range larger {
			ok := true
			for a := t; a != 0 && ok; a &= a - 1 {
				for b := a & (a - 1); b != 0; b &= b - 1 {
					pair := a&-a | b&-b
					if i, has := index[pair]; !has || set>>uint(i)&1 == 0 {
						ok = false
						break
					}
				}
			}
			if ok {
				allowed = append(allowed, t)
			}
		}
		total += downSets(allowed)
	}
	return total
}

// downSets counts the down-sets of terms (largest first) under inclusion among themselves.
func downSets(terms []uint32) float64 {
	if len(terms) == 0 {
		return 1
	}
	if bits.OnesCount32(terms[0]) == bits.OnesCount32(terms[len(terms)-1]) {
		return math.Exp2(float64(len(terms))) // an antichain
	}
	t := terms[0]
	var without, rest []uint32
	for _, u := range terms[1:] {
		without = append(without, u)
		if t&u != u {
			rest = append(rest, u)
		}
	}
	return downSets(without) + downSets(rest)
}
