package twolist

import (
	"math"

	"darkfigure/estimators"
)

// Pairs compares every two lists of a table of two or more as if there were no others:
// their overlap, their odds ratio, and Chapman's estimate with its generalised Waring
// interval, in the order of the lists. A pair that shares nobody has no upper limit. The level of the interval is the first of
// levels, 0.95 when there is none; a level that is not between 0 and 1 panics.
//
// Each estimate is for the same population, so that pairs that differ by more than their
// intervals show that some lists are not independent: dependent pairs estimate too
// low, avoiding ones too high.
//
// The odds ratio is that of the two-by-two table of the observed persons, those on neither
// list being on some other; it has no value with two lists and when a cell is empty.
// Expected is left 0: it needs a model of all lists.
func Pairs(t *estimators.Table, levels ...float64) []estimators.Pair {
	level := (estimators.Options{Levels: levels}).LevelsOr95()[0]
	if !(level > 0 && level < 1) {
		panic("twolist: the level of an interval is not between 0 and 1")
	}
	t = t.Collapse()
	var out []estimators.Pair
	for i := range t.K() {
		for j := i + 1; j < t.K(); j++ {
			out = append(out, pair(t, i, j, level))
		}
	}
	return out
}

func pair(t *estimators.Table, i, j int, level float64) estimators.Pair {
	two := t.Keep(1<<uint(i) | 1<<uint(j))
	p := estimators.Pair{A: i, B: j, Both: two.Overlap(0b11)}
	d, err := read(two)
	if err != nil {
		p.Status, p.Reason = estimators.Refused, err.(*estimators.Refusal)
		return p
	}
	neither := float64(t.Observed() - two.Observed())
	if d.m > 0 && d.b > 0 && d.c > 0 && neither > 0 {
		p.OddsRatio, p.HasOdds = d.m/d.b*(neither/d.c), true
	}
	hidden, variance := d.chapman()
	p.Population, p.SE = d.n+hidden, math.Sqrt(variance)
	if p.Interval, err = d.interval(estimators.Waring, level, hidden, variance); err != nil {
		panic(err) // the level was checked
	}
	p.Status = estimators.OK
	if d.m < smallOverlap || hidden == 0 {
		p.Status = estimators.Warned
	}
	return p
}
