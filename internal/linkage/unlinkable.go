package linkage

import (
	"fmt"
	"math"
)

// Unlinkable is, for each register, the share of its records that could not be linked to a record of another register
// even if that agreed with them in everything they have: the match probability of such a pair by itself is not
// above the threshold (0: 0.5), for any other register. They have too many missing fields, or too common values.
//
// Such records are not left out: they are counted as persons, some of them twice. It is a share of their number, 0 for
// a register without records. With one register, links to others of its own are meant.
func Unlinkable(persons Persons, m *Model, threshold float64) ([]float64, error) {
	if threshold == 0 {
		threshold = .5
	}
	if !(threshold > 0 && threshold < 1) {
		return nil, fmt.Errorf("threshold %v is not a probability between 0 and 1", threshold)
	}
	k := persons.Registers()
	odds := newPairOdds(m, k)
	prior := make([]float64, k)
	for a := range k {
		prior[a] = math.Inf(-1)
		for b := range k {
			if a != b || k == 1 {
				prior[a] = max(prior[a], odds.prior[a][b])
			}
		}
	}
	out, records := make([]float64, k), make([]float64, k)
	for i := range persons.Len() {
		a := persons.Register(i)
		records[a]++
		if odds.weight(persons.Pattern(i, i))+prior[a] <= logit(threshold) {
			out[a]++
		}
	}
	for a := range out {
		out[a] = ratio(out[a], records[a])
	}
	return out, nil
}
