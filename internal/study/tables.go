package study

import (
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/linkage/text"
	"darkfigure/internal/resample"
)

// A crowd is all records that are linked, one register after the other in the order of the study file, with what
// tables of the linked persons need to know of them.
type crowd struct {
	lists  []string
	by     []string
	period string
	list   []uint8      // of every record
	levels [][]string   // of every record and covariate; "" is missing
	rank   []int32      // of every record: an order that is not that of the rows
	when   []int        // the covariates of by that say when somebody was seen
	absent [][][]string // of every list and covariate: the levels at which it did not run, nil for any; no covariates when it ran everywhere
}

// newCrowd puts the records of the linked registers one after the other, in no order yet: see [crowd.sort].
func newCrowd(s *Study, all []*Records) (*crowd, error) {
	c := &crowd{by: slices.Concat(s.Estimate.By, s.Estimate.Covariates), period: s.Population.Period.String()}
	for _, r := range all {
		at := make([]int, len(c.by))
		for j, f := range c.by {
			at[j] = slices.Index(r.Fields, f)
		}
		c.absent = append(c.absent, c.absences(r.Register))
		var there tally
		for i, values := range r.Values {
			c.list = append(c.list, uint8(len(c.lists)))
			levels := make([]string, len(at))
			for j, k := range at {
				if k >= 0 {
					levels[j] = level(c.by[j], values[k])
				}
			}
			c.levels = append(c.levels, levels)
			if c.impossible(1<<len(c.lists), levels) {
				there.add(r.lines[i])
			}
		}
		if there.count > 0 {
			path := "registers." + r.Register.Name + ".absent"
			return nil, s.Fail(path, fmt.Sprintf("%s: the register did not run there, but has %s there: %s", path, countRecords(there.count), there.where(r.Flow.File)))
		}
		c.lists = append(c.lists, r.Register.Name)
	}
	for j, f := range c.by {
		if !slices.ContainsFunc(c.levels, func(l []string) bool { return l[j] != "" }) {
			var fields []string
			for _, r := range all {
				for _, name := range r.Fields {
					if !slices.Contains(fields, name) {
						fields = append(fields, name)
					}
				}
			}
			return nil, s.Fail("estimate.by", fmt.Sprintf("estimate.by: no register has the field %s%s", f, suggestion(f, fields)))
		}
	}
	c.findPeriods()
	return c, c.known(s, all)
}

// sort ranks the records by a hash, an order that does not depend on that of the rows.
func (c *crowd) sort(hash func(i int) uint64) {
	order := make([]int32, len(c.list))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		if x, y := hash(int(a)), hash(int(b)); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return 0
	})
	c.rank = make([]int32, len(order))
	for r, i := range order {
		c.rank[i] = int32(r)
	}
}

// absences are where a register did not run, by covariate; nil when it ran everywhere.
func (c *crowd) absences(r Register) [][]string {
	if len(r.Absent) == 0 {
		return nil
	}
	out := make([][]string, len(c.by))
	for _, a := range r.Absent {
		j := slices.Index(c.by, a.Field)
		for _, l := range a.Levels {
			out[j] = append(out[j], level(a.Field, l))
		}
	}
	return out
}

// known refuses levels of absent that no record has, which are most likely misspelt.
func (c *crowd) known(s *Study, all []*Records) error {
	for a, where := range c.absent {
		for j, levels := range where {
			var there []string
			for _, l := range c.levels {
				if !slices.Contains(there, l[j]) {
					there = append(there, l[j])
				}
			}
			slices.Sort(there)
			for k, l := range levels {
				if l == "" || !slices.Contains(there, l) {
					path := "registers." + all[a].Register.Name + ".absent." + c.by[j]
					i := slices.IndexFunc(all[a].Register.Absent, func(x Absent) bool { return x.Field == c.by[j] })
					said := all[a].Register.Absent[i].Levels[k]
					return s.Fail(path, fmt.Sprintf("%s: no record has the %s %s%s", path, c.by[j], said, suggestion(said, there)))
				}
			}
		}
	}
	return nil
}

// impossible says whether somebody of these levels cannot be on these lists, because one of them did not run there.
func (c *crowd) impossible(on estimators.Pattern, levels []string) bool {
	for a, where := range c.absent {
		if where != nil && on.Has(a) && didNotRun(where, levels) {
			return true
		}
	}
	return false
}

// didNotRun says whether levels are those at which a list did not run.
func didNotRun(where [][]string, levels []string) bool {
	for j, l := range levels {
		if where[j] != nil && !slices.Contains(where[j], l) {
			return false
		}
	}
	return true
}

// level of a covariate, under one name however the register writes it.
func level(field, value string) string {
	switch field {
	case "sex":
		switch s, _ := text.SexOf(value); s {
		case text.Female:
			return "female"
		case text.Male:
			return "male"
		}
		return ""
	case "place":
		value, _ = text.Place(value)
	}
	if isDate(field) { // the year
		value, _, _ = strings.Cut(value, "-")
		if value == "0000" {
			return ""
		}
	}
	return value
}

// A cell of persons: on some lists, of some levels.
type personCell struct {
	pattern estimators.Pattern
	levels  string // joined by \x00
}

// A person is on some lists, with one history; where a covariate says when, with one for each period.
type person struct {
	on        estimators.Pattern
	histories []personCell
}

// persons are the clusters of a partition of the records, in the order of their first record by rank. count, when it is not nil, is told of how many
// the records disagree evenly about a covariate.
func (c *crowd) persons(p linkage.Partition, count map[int]int) []person {
	clusters := 0
	for _, k := range p {
		clusters = max(clusters, int(k)+1)
	}
	members := make([][]int32, clusters)
	for i, k := range p {
		members[k] = append(members[k], int32(i))
	}
	members = slices.DeleteFunc(members, func(m []int32) bool { return len(m) == 0 })
	for _, m := range members {
		slices.SortFunc(m, func(a, b int32) int { return int(c.rank[a] - c.rank[b]) })
	}
	slices.SortFunc(members, func(a, b []int32) int { return int(c.rank[a[0]] - c.rank[b[0]]) })
	out := make([]person, len(members))
	histories := make([]personCell, 0, len(members))
	ties := make([]bool, len(c.by))
	for k, m := range members {
		for _, i := range m {
			out[k].on |= 1 << c.list[i]
		}
		clear(ties)
		first := len(histories)
		if len(c.when) == 0 {
			histories = append(histories, c.history(m, m, ties))
		} else {
			for _, part := range c.periods(m) {
				histories = append(histories, c.history(part, m, ties))
			}
		}
		out[k].histories = histories[first:len(histories):len(histories)]
		for j, tie := range ties {
			if tie && count != nil {
				count[j]++
			}
		}
	}
	return out
}

// history is what some records of a person say, those of a period; what these do not say, all of the person's do, but not when.
func (c *crowd) history(records, all []int32, ties []bool) personCell {
	var out personCell
	levels := make([]string, len(c.by))
	for _, i := range records {
		out.pattern |= 1 << c.list[i]
	}
	for j := range c.by {
		var tie bool
		if levels[j], tie = c.majority(records, j); levels[j] == "" && len(records) < len(all) && !slices.Contains(c.when, j) {
			levels[j], tie = c.majority(all, j)
		}
		ties[j] = ties[j] || tie
	}
	c.possible(records, out.pattern, levels)
	out.levels = strings.Join(levels, "\x00")
	return out
}

// possible changes levels at which a list that holds the person did not run to those of the record on that list, which knows better. Where
// the records contradict each other all the same, the levels are not known.
func (c *crowd) possible(members []int32, on estimators.Pattern, levels []string) {
	if !c.impossible(on, levels) {
		return
	}
	for a, where := range c.absent {
		if where == nil || !on.Has(a) || !didNotRun(where, levels) {
			continue
		}
		own := members[slices.IndexFunc(members, func(i int32) bool { return int(c.list[i]) == a })]
		for j := range where {
			if where[j] != nil {
				levels[j] = c.levels[own][j]
			}
		}
	}
	if c.impossible(on, levels) {
		clear(levels)
	}
}

// majority is the level that most records of a person have; of levels that as many have, that of the register named first,
// within a register the first by name. tie says that the records disagree evenly.
func (c *crowd) majority(members []int32, j int) (level string, tie bool) {
	type found struct {
		n    int
		list uint8
	}
	counts := map[string]found{}
	for _, i := range members {
		l := c.levels[i][j]
		if l == "" {
			continue
		}
		f, again := counts[l]
		if !again || c.list[i] < f.list {
			f.list = c.list[i]
		}
		f.n++
		counts[l] = f
	}
	best := found{}
	for l, f := range counts {
		switch {
		case f.n > best.n:
			level, best, tie = l, f, false
		case f.n == best.n:
			tie = true
			if f.list < best.list || f.list == best.list && l < level {
				level, best = l, f
			}
		}
	}
	return level, tie
}

// table counts persons, those with several histories once in each.
func (c *crowd) table(persons []person) (*estimators.Table, error) {
	counts := map[personCell]int64{}
	groups := map[string]bool{}
	for _, p := range persons {
		for _, h := range p.histories {
			counts[h]++
			groups[h.levels] = true
		}
	}
	var cells []estimators.Cell
	for p, n := range counts {
		cell := estimators.Cell{Pattern: p.pattern, Count: n}
		if len(c.by) > 0 {
			cell.Levels = strings.Split(p.levels, "\x00")
		}
		cells = append(cells, cell)
	}
	for g := range groups {
		levels := strings.Split(g, "\x00")
		for p := estimators.Pattern(1); len(c.by) > 0 && p <= estimators.FullPattern(len(c.lists)); p++ {
			if c.impossible(p, levels) {
				cells = append(cells, estimators.Cell{Pattern: p, Levels: levels, StructuralZero: true})
			}
		}
	}
	t, err := estimators.NewTable(c.lists, c.by, cells)
	if err != nil {
		return nil, err
	}
	return t.WithPeriod(c.period), nil
}

// plain is the table of persons by the lists they are on, without covariates.
func (c *crowd) plain(counts []int64) (*estimators.Table, error) {
	var cells []estimators.Cell
	for p, n := range counts {
		if n > 0 {
			cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(p), Count: n})
		}
	}
	t, err := estimators.NewTable(c.lists, nil, cells)
	if err != nil {
		return nil, err
	}
	return t.WithPeriod(c.period), nil
}

// tries is how many persons are looked at for one with the same levels of all covariates.
const tries = 20

// join merges so many pairs of persons of whom one is on list a and the other on b, and who can be one person: matches
// that were not compared. Persons with the same levels of all covariates are preferred; of covariates that say when, those who share a period as often as
// the persons do who are linked between the two lists.
func (c *crowd) join(persons []person, beyond []int64, seed, draw uint64) []person {
	rng := resample.Stream(seed^0x6c696e6b73, draw)
	k := len(c.lists)
	of := make([][]person, 1<<k) // by the lists they are on
	for _, p := range persons {
		of[p.on] = append(of[p.on], p)
	}
	// pick draws a person among the patterns that suit.
	pick := func(suits func(p estimators.Pattern) bool) (p estimators.Pattern, at int, ok bool) {
		total := 0
		for q := range of {
			if suits(estimators.Pattern(q)) {
				total += len(of[q])
			}
		}
		if total == 0 {
			return 0, 0, false
		}
		at = rng.IntN(total)
		for q := range of {
			if suits(estimators.Pattern(q)) {
				if at < len(of[q]) {
					return estimators.Pattern(q), at, true
				}
				at -= len(of[q])
			}
		}
		panic("study: a person was not found again")
	}
	take := func(p estimators.Pattern, at int) {
		last := len(of[p]) - 1
		of[p][at] = of[p][last]
		of[p] = of[p][:last]
	}
	for a := range k {
		for b := a + 1; b < k; b++ {
			share := c.sharing(persons, a, b)
			for range beyond[linkage.RegisterPair(a, b, k)] {
				left, at, ok := pick(func(p estimators.Pattern) bool { return p.Has(a) && !p.Has(b) })
				if !ok {
					break
				}
				shared := len(c.when) > 0 && rng.Float64() < share
				var right estimators.Pattern
				var other int
				for range tries {
					right, other, ok = pick(func(p estimators.Pattern) bool { return p.Has(b) && p&left == 0 })
					if !ok || c.alike(of[left][at], of[right][other], shared) {
						break
					}
				}
				if !ok {
					continue
				}
				both, ok := c.merge(of[left][at], of[right][other])
				if !ok {
					continue
				}
				take(right, other)
				take(left, at)
				of[left|right] = append(of[left|right], both)
			}
		}
	}
	persons = persons[:0]
	for _, all := range of {
		persons = append(persons, all...)
	}
	return persons
}
