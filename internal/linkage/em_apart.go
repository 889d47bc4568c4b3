package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Pairs of registers of which EM cannot learn are left out of its data, and the model of the others judges them: what makes two records one person is the same
// there. Only their λ is learnt then.
//
// They are those with fewer than emFields fields in common, for which two classes of pairs are not identified (Allman, Matias and Rhodes 2009), and, when EM finds
// no matches in all pairs together, those with which it does not: a register of other people can look like a class of its own.

// recognised is the share of its matches that a pair of registers with few fields in common must be able to recognise; below it, what the draws would
// say of the overlap comes from their prior alone.
const recognised = 0.5

// common are, by pair type, the fields that both registers have, as slots.
func (d *emData) common() [][]int {
	known := make([][]bool, len(d.types))
	for t := range known {
		known[t] = make([]bool, len(d.slots))
		if d.missing != nil {
			for s := range d.slots {
				known[t][s] = d.missing[t][s] < 1
			}
		}
	}
	if d.missing == nil {
		for _, row := range d.rows {
			for s, p := 0, row.pattern; s < len(d.slots); s, p = s+1, p>>3 {
				if p&7 != Missing {
					known[row.typ][s] = true
				}
			}
		}
	}
	out := make([][]int, len(d.types))
	for t := range out {
		for s, slot := range d.slots {
			// The sex, which equal given names say already, counts for pairs that differ.
			if known[t][s] && !slot.frequency {
				out[t] = append(out[t], s)
			}
		}
	}
	return out
}

// only is the data of some of the pair types.
func (d *emData) only(keep []bool) *emData {
	if !slices.Contains(keep, false) {
		return d
	}
	out := *d
	out.types, out.most, out.rows, out.missing = nil, nil, nil, nil
	to := make([]int32, len(d.types))
	for t, k := range keep {
		to[t] = int32(len(out.types))
		if !k {
			continue
		}
		out.types, out.most = append(out.types, d.types[t]), append(out.most, d.most[t])
		if d.missing != nil {
			out.missing = append(out.missing, d.missing[t])
		}
	}
	for _, row := range d.rows {
		if keep[row.typ] {
			row.typ = to[row.typ]
			out.rows = append(out.rows, row)
		}
	}
	return &out
}

// teaching are the pair types to learn from: those with enough fields in common, all of them when none has.
func (d *emData) teaching(common [][]int) (keep []bool) {
	keep = make([]bool, len(d.types))
	for t := range keep {
		keep[t] = len(common[t]) >= emFields
	}
	if !slices.Contains(keep, true) {
		return slices.Repeat([]bool{true}, len(keep))
	}
	return keep
}

// learnable are the pair types, among those kept, from which EM can learn together, for when it cannot from all: each by itself first, then one after the other those
// with the most matches. nil when there are none.
func (d *emData) learnable(ctx context.Context, keep []bool) ([]bool, *learnt, error) {
	type alone struct {
		typ     int
		matches float64
	}
	var candidates []alone
	one := make([]bool, len(d.types))
	for t, k := range keep {
		if !k {
			continue
		}
		clear(one)
		one[t] = true
		only := d.only(one)
		if informative(only) != nil {
			continue
		}
		l, err := learn(ctx, only)
		if err != nil {
			return nil, nil, err
		}
		// Where EM finds no match there is nothing to learn.
		if l.best != nil && l.best.state.lambda[0]*float64(d.types[t].Possible) >= emNone {
			candidates = append(candidates, alone{t, l.best.state.lambda[0] * float64(d.types[t].Possible)})
		}
	}
	slices.SortStableFunc(candidates, func(a, b alone) int { return cmp.Compare(b.matches, a.matches) })
	some := make([]bool, len(d.types))
	var best *learnt
	for _, c := range candidates {
		some[c.typ] = true
		l, err := learn(ctx, d.only(some))
		if err != nil {
			return nil, nil, err
		}
		if l.best == nil {
			some[c.typ] = false
			continue
		}
		best = l
	}
	if best == nil {
		return nil, nil, nil
	}
	return some, best, nil
}

// extend gives the fit of some pair types to all: m and u stand, and λ of the others is learnt.
func (f *fitter) extend(ctx context.Context, d *emData, common [][]int, keep []bool) (*fitter, error) {
	all := newFitter(d, f.on)
	all.cond, all.centre, all.fixed, all.families = f.cond, f.centre, true, f.families
	all.start(emStarts[0])
	all.state.m, all.state.u, all.cond = f.state.m, f.state.u, f.cond
	from := 0
	for t, k := range keep {
		if k {
			all.state.lambda[t] = f.state.lambda[from]
			from++
		}
	}
	if _, _, err := all.run(ctx); err != nil {
		return nil, err
	}
	for t, k := range keep {
		if !k && len(common[t]) >= emFields && all.state.lambda[t] >= .5 {
			return nil, estimators.Refuse("linkage-not-identified", "%s: more than half of all pairs would be matches", d.pairName(t))
		}
	}
	return all, nil
}

// apart warns of the pair types from which nothing was learnt, and sets those apart whose matches could not be recognised.
func (f *fitter) apart(common [][]int, keep []bool, types []PairType, warn func(lists []string, code, format string, args ...any)) {
	d := f.d
	for t, p := range d.types {
		if p.Possible == 0 {
			continue
		}
		wanted := p.A == p.B == d.within // else EM only learns from them
		if len(common[t]) < emFields && f.recognisable(t, common[t]) < recognised {
			types[t].Aside, types[t].Lambda = true, 1e-9/float64(p.Possible)
			if !wanted {
				continue
			}
			code := "registers-not-comparable"
			what := "which of their records are of one person cannot be told, and no link between them is made"
			if p.A == p.B {
				code, what = "no-duplicates-found", "which of its records are of one person cannot be told, and each is taken for a person"
			}
			warn(d.registers(t), code, "%s: %s; %s", d.pairName(t), d.inCommon(common[t], p.A == p.B), what)
			continue
		}
		if !keep[t] && wanted {
			warn(d.registers(t), "pairs-judged-by-others", "%s: what matches look like cannot be learnt from these pairs, and they are judged by what was learnt from the others", d.pairName(t))
		}
	}
}

// recognisable is the share of the matches of a pair type that would be taken for one, were they as many as EM first supposes.
func (f *fitter) recognisable(t int, common []int) float64 {
	d := f.d
	least := math.Log(float64(d.types[t].Possible)/max(emStarts[0]*d.most[t], 1) - 1)
	type outcome struct{ share, ratio float64 }
	outcomes := []outcome{{1, 0}}
	for _, s := range common {
		var next []outcome
		frequency := slices.IndexFunc(d.slots, func(x patternSlot) bool { return x.frequency && x.column == s })
		for l, m := range f.state.m[s] {
			ratio := math.Log(m / f.state.u[s][l])
			for _, o := range outcomes {
				if l != levelEqual || frequency < 0 {
					next = append(next, outcome{o.share * m, o.ratio + ratio})
					continue
				}
				for b, mb := range f.state.m[frequency] {
					next = append(next, outcome{o.share * m * mb, o.ratio + ratio + math.Log(mb/f.state.u[frequency][b])})
				}
			}
		}
		outcomes = next
	}
	sum := 0.0
	for _, o := range outcomes {
		if o.ratio > least {
			sum += o.share
		}
	}
	return sum
}

func (d *emData) registers(t int) []string {
	if p := d.types[t]; p.A != p.B {
		return []string{d.names[p.A], d.names[p.B]}
	}
	return []string{d.names[d.types[t].A]}
}

func (d *emData) pairName(t int) string { return strings.Join(d.registers(t), " and ") }

// inCommon says what two registers have in common to be compared by.
func (d *emData) inCommon(slots []int, within bool) string {
	var names []string
	for _, s := range slots {
		names = append(names, d.slots[s].name)
	}
	what := "compared by " + strings.Join(names, " and ") + " alone"
	switch {
	case len(names) == 0 && within:
		return "no field to compare"
	case len(names) == 0:
		return "no field in common"
	}
	return what
}

// learnt is what EM made of some data: the best of its ends, nil when none can be of matches.
type learnt struct {
	best  *fitter
	fit   Fit
	agree []string // the fields that agree in most of what would be matches from the first start
}

func (l *learnt) refusal() error {
	text := "no two classes of pairs are found that could be those of one person and those of two: " + l.fit.Optima[0].Rejected
	if len(l.agree) > 1 {
		names := strings.Join(l.agree, " and ")
		text += fmt.Sprintf(", while %s agree, as in families: compare a further field that tells brothers and sisters apart, or leave some of %s out (linkage.compare)", names, names)
	}
	return estimators.Refuse("linkage-not-identified", "%s", text)
}
