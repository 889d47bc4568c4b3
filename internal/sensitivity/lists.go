package sensitivity

import (
	"cmp"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/estimators/twolist"
)

// A version is the table with other lists: one left out, or two taken as one.
type version struct {
	world
	table   *estimators.Table
	project func(estimators.Pattern) estimators.Pattern
}

// asItIs is the table with the lists that it has.
func asItIs(t *estimators.Table) version {
	return version{world{about: estimators.AboutBase}, t, func(p estimators.Pattern) estimators.Pattern { return p }}
}

// without leaves a list out.
func without(t *estimators.Table, j int) version {
	all := estimators.FullPattern(t.K())
	keep := all &^ (1 << uint(j))
	return version{world{about: estimators.AboutDrop, lists: []string{t.Lists()[j]}}, t.Keep(keep), selecting(keep)}
}

// selecting maps patterns to those of the lists in keep alone.
func selecting(keep estimators.Pattern) func(estimators.Pattern) estimators.Pattern {
	at := keep.Lists()
	return func(p estimators.Pattern) (out estimators.Pattern) {
		for i, j := range at {
			if p.Has(j) {
				out |= 1 << uint(i)
			}
		}
		return out
	}
}

// merged takes list j as part of list i < j: whoever is on one of them is on the list i+j. A pattern of the new lists is impossible when all
// those it stands for are.
func merged(t *estimators.Table, i, j int) version {
	names := t.Lists()
	lists := slices.Delete(slices.Clone(names), j, j+1)
	lists[i] = names[i] + "+" + names[j]
	for slices.Contains(names, lists[i]) {
		lists[i] += "'" // a list may itself be called A+B
	}
	project := func(p estimators.Pattern) estimators.Pattern {
		low := p & (1<<uint(j) - 1)
		high := p >> uint(j+1)
		out := low | high<<uint(j)
		if p.Has(j) {
			out |= 1 << uint(i)
		}
		return out
	}
	zero := map[estimators.Pattern]bool{}
	for _, p := range t.StructuralZeros() {
		zero[p] = true
	}
	possible := map[estimators.Pattern]bool{}
	var cells []estimators.Cell
	for _, c := range t.Collapse().Cells() {
		if c.Count > 0 {
			cells = append(cells, estimators.Cell{Pattern: project(c.Pattern), Count: c.Count})
		}
	}
	if len(zero) > 0 {
		for p := estimators.Pattern(1); p <= estimators.FullPattern(len(names)); p++ {
			if !zero[p] {
				possible[project(p)] = true
			}
		}
		for p := estimators.Pattern(1); p <= estimators.FullPattern(len(lists)); p++ {
			if !possible[p] {
				cells = append(cells, estimators.Cell{Pattern: p, StructuralZero: true})
			}
		}
	}
	table, err := estimators.NewTable(lists, nil, cells)
	if err != nil {
		panic("sensitivity: a valid table gave an invalid one: " + err.Error())
	}
	return version{world{about: estimators.AboutMerge, lists: []string{names[i], names[j]}}, table.WithPeriod(t.Period()), project}
}

// versions are all tables with one list left out and with two lists merged; none for two lists, of which one would remain.
func versions(t *estimators.Table) (out []version) {
	if t.K() < 3 {
		return nil
	}
	for j := range t.K() {
		out = append(out, without(t, j))
	}
	for i := range t.K() {
		for j := i + 1; j < t.K(); j++ {
			out = append(out, merged(t, i, j))
		}
	}
	return out
}

// lists estimates without each list, with each pair merged, from the largest lists alone and from every pair.
func (r *run) lists() {
	k := r.table.K()
	if k < 3 {
		r.note("lists are not left out or merged: of two lists one would remain")
		return
	}
	names := r.table.Lists()
	var drops, merges []*estimators.Alternative
	for _, v := range versions(r.table) {
		a := r.versionOf(v)
		if v.about == estimators.AboutDrop {
			drops = append(drops, a)
		} else {
			merges = append(merges, a)
		}
	}
	r.keep(drops...)
	r.keep(merges...)
	r.largest()
	r.pairsAlone()
	r.after = append(r.after, func() { r.out.Influence = r.influence(names, drops, merges) })
}

// versionOf estimates from a version of the table.
func (r *run) versionOf(v version) *estimators.Alternative {
	e, err := over(r.Estimator, v.table.K(), v.project)
	if err != nil {
		a := refused(v.world, r.found.Method, v.table.Observed(), estimators.Refuse("not-identifiable", "%s", err))
		return &a
	}
	return r.again(v.world, e, v.table)
}

// largest keeps the m largest lists, for every m from all but two to two: the lists of at least a given size. Of lists of the same size the
// first counts as the larger. To keep all but one is to leave one out, which is there already.
func (r *run) largest() {
	totals := r.table.Totals()
	order := make([]int, len(totals))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(totals[b], totals[a]) })
	var out []*estimators.Alternative
	for m := len(order) - 2; m >= 2; m-- {
		var keep estimators.Pattern
		for _, j := range order[:m] {
			keep |= 1 << uint(j)
		}
		t := r.table.Keep(keep)
		out = append(out, r.versionOf(version{world{about: estimators.AboutLargest, lists: t.Lists(), amount: float64(m)}, t, selecting(keep)}))
	}
	r.keep(out...)
}

// pairsAlone are the estimates of Lincoln and Petersen from every two lists.
func (r *run) pairsAlone() {
	var out []*estimators.Alternative
	names := r.table.Lists()
	totals := r.table.Totals()
	for _, q := range pairs(r.table.K()) {
		at := q.Lists()
		if empty := slices.IndexFunc(at, func(j int) bool { return totals[j] == 0 }); empty >= 0 {
			a := refused(world{about: estimators.AboutPair, lists: []string{names[at[0]], names[at[1]]}}, twolist.Petersen{}.Name(), r.table.Keep(q).Observed(), estimators.Refuse("empty-list", "nobody is on %s", names[at[empty]]))
			out = append(out, &a)
			continue
		}
		out = append(out, r.again(world{about: estimators.AboutPair, lists: []string{names[at[0]], names[at[1]]}},
			twolist.Petersen{Levels: []float64{r.Level}}, r.table.Keep(q)))
	}
	r.keep(out...)
}

// influence sums up what the estimate owes to each list.
func (r *run) influence(names []string, drops, merges []*estimators.Alternative) []estimators.ListInfluence {
	only := make([]int64, len(names))
	for p, n := range r.table.Counts() {
		if q := estimators.Pattern(p); q.Size() == 1 {
			only[q.Lists()[0]] = n
		}
	}
	totals := r.table.Totals()
	out := make([]estimators.ListInfluence, len(names))
	for i, name := range names {
		l := estimators.ListInfluence{List: name, Total: totals[i], Only: only[i]}
		if d := drops[i]; d.Status == estimators.Refused {
			l.Refused = true
		} else {
			l.Dropped = d.Influence
			if w, v := width(*d), width(r.base); v > 0 && !math.IsInf(w, 1) && !math.IsInf(v, 1) {
				l.Remaining = w / v
			}
		}
		for _, m := range merges {
			if at := slices.Index(m.Lists, name); at >= 0 && m.Status != estimators.Refused && math.Abs(m.Influence) > math.Abs(l.Merged) {
				l.Merged, l.With = m.Influence, m.Lists[1-at]
			}
		}
		out[i] = l
	}
	return out
}

// width of an interval on the logarithmic scale; 0 without one.
func width(a estimators.Alternative) float64 {
	if a.Kind == "" || a.Status == estimators.Refused || !(a.Lower > 0) {
		return 0
	}
	return math.Log(float64(a.Upper) / a.Lower)
}
