package linkage

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
)

// Three registers, of which the third holds other people: of its pairs with the others nine in ten agree on two fields that say nothing of a person. In all pairs together
// EM takes these for the matches; it must find those of the first two registers, and none with the third.
func TestARegisterOfOtherPeople(t *testing.T) {
	d, matches := emPlanted(4, 40_000, .005)
	d.names, d.within = []string{"x", "y", "z"}, false
	rng := rand.New(rand.NewPCG(7, 7))
	for typ, p := range []PairType{{A: 0, B: 2, Possible: 40_000}, {A: 1, B: 2, Possible: 40_000}} {
		d.types, d.most = append(d.types, p), append(d.most, 200)
		counts := map[Pattern]float64{}
		for range p.Possible {
			var pattern Pattern
			other := rng.Float64() < .9
			for s, u := range plantedU {
				l := len(u) - 1
				if x := rng.Float64(); other && (s == 2 || s == 4) {
					l = 0
				} else if other && x < .98 {
					l = len(u) - 1
				} else if !other {
					for l = 0; l < len(u)-1 && x > u[l]; l++ {
						x -= u[l]
					}
				}
				pattern = pattern.With(s, l)
			}
			counts[pattern]++
		}
		for _, row := range emRows(counts) {
			row.typ = int32(typ + 1)
			d.rows = append(d.rows, row)
		}
	}
	for s := range d.slots {
		d.slots[s].identity = s == 0 || s == 3
	}
	all, err := learn(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if all.best != nil {
		t.Fatal("EM finds the matches in all pairs: the case shows nothing")
	}
	m, err := fitEM(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Types[0].Matches(); n < .9*float64(matches) || n > 1.1*float64(matches) {
		t.Errorf("%.1f matches of x and y, %d are there", n, matches)
	}
	for _, p := range m.Types[1:] {
		if p.Matches() > 5 || p.Aside {
			t.Errorf("%+v: there are no matches", p)
		}
	}
	judged := 0
	for _, w := range m.Fit.Warnings {
		if w.Code == "pairs-judged-by-others" {
			judged++
			if !slices.Contains(w.Lists, "z") || !strings.Contains(w.Text, " and z: ") {
				t.Errorf("%+v", w)
			}
		}
	}
	if judged != 2 {
		t.Errorf("%d pairs are said to be judged by the others: %+v", judged, m.Fit.Warnings)
	}
}

// A register that has but one weak field in common with the others, or none, gets no links, whatever the prior of the draws would make of it; one with an exact
// key in common does.
func TestTooLittleInCommon(t *testing.T) {
	for _, c := range []struct {
		name  string
		known []int // fields of the third register
		aside bool
		what  string
	}{{"none", nil, true, "no field in common"}, {"weak", []int{4}, true, "compared by e alone"}, {"enough", []int{0, 1, 3}, false, ""}} {
		d, _ := emPlanted(4, 40_000, .005)
		d.names = []string{"x", "y", "z"}
		other, _ := emPlanted(5, 40_000, .005)
		d.types, d.most = append(d.types, PairType{A: 1, B: 2, Possible: 40_000}), append(d.most, 200)
		counts := map[Pattern]float64{}
		for _, row := range other.rows {
			var p Pattern
			for s := range d.slots {
				p = p.With(s, Missing)
				if slices.Contains(c.known, s) {
					p = p.With(s, row.pattern.Level(s))
				}
			}
			counts[p] += row.count
		}
		for _, row := range emRows(counts) {
			row.typ = 1
			d.rows = append(d.rows, row)
		}
		m, err := fitEM(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		warned := slices.ContainsFunc(m.Fit.Warnings, func(w estimators.Warning) bool {
			return w.Code == "registers-not-comparable" && strings.HasPrefix(w.Text, "y and z: "+c.what)
		})
		if m.Types[1].Aside != c.aside || warned != c.aside {
			t.Errorf("%s: aside %v, warnings %+v", c.name, m.Types[1].Aside, m.Fit.Warnings)
		}
		if m.Types[0].Aside || c.aside && m.Types[1].Matches() > 1e-6 {
			t.Errorf("%s: %+v", c.name, m.Types)
		}
		if w := newPairWeights(m); c.aside && w.odds(0, 1) > -1e300 {
			t.Errorf("%s: pairs of registers that are set aside have odds %v", c.name, w.odds(0, 1))
		}
	}
}
