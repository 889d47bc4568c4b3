package linkage

import (
	"math"
	"slices"
)

// beyondStep is the width of the classes of weights by which their distribution is added up, in nats.
const beyondStep = 1.0 / 64

// beyond is the share of the matches of a pair type that no kept pair can hold: no blocking rule finds them, or their
// log odds of a match are not above the cut. Fields are independent given a match, so that the distribution of the weight, together
// with the set of rules still satisfied, is a convolution over fields; missing values occur as often as among all pairs. What dependent
// fields take from a weight is left out.
func beyond(model *Model, d *emData, typ int, cut float64) float64 {
	least := cut - newPairWeights(model).prior[typ]
	rules := d.rules
	states := 1 << len(rules)
	type outcome struct {
		p    float64
		step int
		keep int
	}
	var missing []float64
	if d.missing != nil {
		missing = d.missing[typ]
	}
	frequency := make([]int, len(d.slots)) // the slot of the frequency of a slot's field; −1
	for s := range frequency {
		frequency[s] = slices.IndexFunc(d.slots, func(x patternSlot) bool { return x.frequency && x.column == s })
	}
	// distribution[state][class]: classes count from low.
	distribution := make([][]float64, states)
	distribution[states-1] = []float64{1}
	low := 0
	a := &away{d: d}
	for s, slot := range d.slots {
		if slot.frequency {
			continue
		}
		c := &model.Comparisons[s]
		absent := 0.0
		if missing != nil {
			absent = missing[s]
		}
		var outcomes []outcome
		add := func(p, weight float64, level int) {
			if p > 0 {
				outcomes = append(outcomes, outcome{p, int(math.Round(weight / beyondStep)), a.satisfied(s, level)})
			}
		}
		add(absent, 0, Missing)
		for l, m := range c.M {
			weight := math.Log(m / c.U[l])
			if l == levelEqual && frequency[s] >= 0 {
				f := &model.Comparisons[frequency[s]]
				for b, mb := range f.M {
					add((1-absent)*m*mb, weight+math.Log(mb/f.U[b]), l)
				}
				continue
			}
			add((1-absent)*m, weight, l)
		}
		first, last := 0, 0
		for _, o := range outcomes {
			first, last = min(first, o.step), max(last, o.step)
		}
		next := make([][]float64, states)
		for state, classes := range distribution {
			if classes == nil {
				continue
			}
			for _, o := range outcomes {
				to := state & o.keep
				if rules == nil {
					to = state
				}
				if next[to] == nil {
					next[to] = make([]float64, len(classes)+last-first)
				}
				if n := len(classes) + last - first; len(next[to]) < n {
					next[to] = append(next[to], make([]float64, n-len(next[to]))...)
				}
				into := next[to][o.step-first:]
				for k, p := range classes {
					into[k] += p * o.p
				}
			}
		}
		distribution = next
		low += first
	}
	kept := 0.0
	for state, classes := range distribution {
		if rules != nil && state == 0 {
			continue
		}
		for k, p := range classes {
			if float64(low+k)*beyondStep > least {
				kept += p
			}
		}
	}
	return min(1, max(0, 1-kept))
}
