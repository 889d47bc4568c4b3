package study

import (
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/visibility"
)

// A person may be seen in several periods. Who is who is settled over all records at once; but where the table is by the time of a contact, a person
// has one history for each period in which some record of theirs lies, and is on a register in a period when a record there lies in it.

// saysWhen reports whether a covariate says when somebody was seen, rather than who it was: a date of contact, or a field that is called a year or another period
// and has nothing else in it.
func saysWhen(field string, levels []string) bool {
	if strings.HasPrefix(field, "birth_") || len(levels) == 0 {
		return false
	}
	if isDate(field) || visibility.SaysWhen(estimators.Covariate{Name: field, Levels: levels}) {
		return true
	}
	called := slices.ContainsFunc([]string{"year", "jaar", "period", "quarter", "kwartaal", "month", "maand"}, func(p string) bool { return strings.Contains(field, p) })
	return called && !slices.ContainsFunc(levels, func(l string) bool {
		p, ok := ParsePeriod(l)
		return !ok || p.From.Year < 1900 || p.To.Year > 2200
	})
}

// findPeriods finds the covariates that say when.
func (c *crowd) findPeriods() {
	for j, f := range c.by {
		there := map[string]bool{}
		for _, l := range c.levels {
			if l[j] != "" {
				there[l[j]] = true
			}
		}
		var levels []string
		for l := range there {
			levels = append(levels, l)
		}
		if saysWhen(f, levels) {
			c.when = append(c.when, j)
		}
	}
}

// whenNames are the covariates that say when, in words.
func (c *crowd) whenNames() string {
	var out []string
	for _, j := range c.when {
		out = append(out, c.by[j])
	}
	return strings.Join(out, " and ")
}

// periods divides the records of a person by when they were made, the periods in order. Of a record that does not say when, the period is that of the others where they have one, or
// one in which its register holds the person anyway; else it is in a period that is not known.
func (c *crowd) periods(members []int32) [][]int32 {
	key := func(i int32) string {
		var k []string
		for _, j := range c.when {
			if c.levels[i][j] == "" {
				return ""
			}
			k = append(k, c.levels[i][j])
		}
		return strings.Join(k, "\x00")
	}
	of := map[string][]int32{}
	var keys []string
	for _, i := range members {
		k := key(i)
		if of[k] == nil && k != "" {
			keys = append(keys, k)
		}
		of[k] = append(of[k], i)
	}
	slices.Sort(keys)
	unknown := of[""]
	if len(keys) > 0 {
		unknown = nil
		for _, i := range of[""] {
			at := slices.IndexFunc(keys, func(k string) bool {
				return slices.ContainsFunc(of[k], func(m int32) bool { return c.list[m] == c.list[i] })
			})
			switch {
			case at >= 0:
				of[keys[at]] = append(of[keys[at]], i)
			case len(keys) == 1 && !c.impossible(1<<c.list[i], c.levels[of[keys[0]][0]]):
				of[keys[0]] = append(of[keys[0]], i)
			default:
				unknown = append(unknown, i)
			}
		}
	}
	var out [][]int32
	for _, k := range keys {
		out = append(out, of[k])
	}
	if len(unknown) > 0 {
		out = append(out, unknown)
	}
	return out
}

// stays are how the people of a linkage are spread over periods and registers.
type stays struct {
	people, periods int64 // persons, and their histories
	several         int64 // persons on several registers
	apart           int64 // of these, persons who are in several periods
	parted          int64 // and persons whom no period has on several registers
	again           int64 // persons whom one register has in several periods
}

func (c *crowd) stays(persons []person) (s stays) {
	for _, p := range persons {
		s.people++
		s.periods += int64(len(p.histories))
		var once, again estimators.Pattern
		overlap := false
		for _, h := range p.histories {
			again |= once & h.pattern
			once |= h.pattern
			overlap = overlap || h.pattern.Size() > 1
		}
		if again != 0 {
			s.again++
		}
		if p.on.Size() < 2 {
			continue
		}
		s.several++
		if len(p.histories) > 1 {
			s.apart++
		}
		if !overlap {
			s.parted++
		}
	}
	return s
}

// The shares above which people are said to be divided badly.
const (
	manyApart    = 0.05 // of the people on several registers
	rarelyAgain  = 0.05 // of the people in several periods
	manyDisagree = 0.05 // of the people on several registers that say
)

// periodWarnings says that the groups of a table add up to person-periods, where they do, and that the dates look like those of a first contact alone.
func (c *crowd) periodWarnings(s stays, by []string) (out []estimators.Warning) {
	if len(c.when) == 0 || s.periods == s.people {
		return nil
	}
	names := c.whenNames()
	if slices.ContainsFunc(c.when, func(j int) bool { return !slices.Contains(by, c.by[j]) }) {
		out = append(out, estimators.Warning{Code: "person-periods", Text: fmt.Sprintf("a person counts once in each %s: %s people in the best linkage are %s person-periods", names, estimators.People(float64(s.people)), estimators.People(float64(s.periods)))})
	}
	if float64(s.apart) > manyApart*float64(s.several) && float64(s.again) < rarelyAgain*float64(s.apart) {
		again := "no register holds anybody in more than one"
		if s.again > 0 {
			again = fmt.Sprintf("registers hold only %s in more than one", estimators.Persons(float64(s.again)))
		}
		out = append(out, estimators.Warning{Code: "one-period-each", Text: fmt.Sprintf("of %s on several registers %s have records in more than one %s, but %s: if that is the date of a first contact, people are missing from the periods after it", estimators.Persons(float64(s.several)), estimators.People(float64(s.apart)), names, again)})
	}
	return out
}

// why adds to a refusal of a group of a table that the periods leave no overlap, where that is so.
func (c *crowd) why(s stays, by []string, r *estimators.Refusal) *estimators.Refusal {
	if !slices.ContainsFunc(c.when, func(j int) bool { return slices.Contains(by, c.by[j]) }) || float64(s.parted) <= manyApart*float64(s.several) {
		return r
	}
	out := *r
	out.Text += fmt.Sprintf("; people are counted by %s, and of %s on several registers %s are never on two in the same one: leave %s out of estimate.by to count everybody once over the whole period", c.whenNames(), estimators.Persons(float64(s.several)), estimators.People(float64(s.parted)), c.whenNames())
	return &out
}

// disagreements are serious where a covariate divides people whose records do not agree about it: the majority of the records decides, and groups exchange people. They are of the
// linkage p, by covariate; a covariate that says when has none.
func (c *crowd) disagreements(p linkage.Partition) map[string]estimators.Warning {
	out := map[string]estimators.Warning{}
	for j, f := range c.by {
		if slices.Contains(c.when, j) {
			continue
		}
		type said struct {
			level string
			on    estimators.Pattern // the registers that say
			other bool               // another level too
		}
		of := map[int32]said{}
		for i, k := range p {
			l := c.levels[i][j]
			if l == "" {
				continue
			}
			s := of[k]
			s.other = s.other || s.on != 0 && s.level != l
			s.level, s.on = l, s.on|1<<c.list[i]
			of[k] = s
		}
		several, differ := 0, 0
		for _, s := range of {
			if s.on.Size() < 2 {
				continue
			}
			several++
			if s.other {
				differ++
			}
		}
		if float64(differ) > manyDisagree*float64(several) {
			out[f] = estimators.Warning{Code: "groups-disagree", Text: fmt.Sprintf("%s: the records of %s disagree, of %s of whom several registers say it; most of the records decide, and of as many the register named first", f, estimators.Persons(float64(differ)), estimators.People(float64(several)))}
		}
	}
	return out
}

// sharing is the share of the persons on both lists who are on both in one period.
func (c *crowd) sharing(persons []person, a, b int) float64 {
	if len(c.when) == 0 {
		return 0
	}
	both, shared := 0, 0
	for _, p := range persons {
		if !p.on.Has(a) || !p.on.Has(b) {
			continue
		}
		both++
		if slices.ContainsFunc(p.histories, func(h personCell) bool { return h.pattern.Has(a) && h.pattern.Has(b) }) {
			shared++
		}
	}
	return part1(int64(shared), int64(both))
}

// whenAndWho divides the levels of a history into those that say when and the others.
func (c *crowd) whenAndWho(h personCell) (when, who string) {
	for j, l := range strings.Split(h.levels, "\x00") {
		if slices.Contains(c.when, j) {
			when += l + "\x00"
		} else {
			who += l + "\x00"
		}
	}
	return when, who
}

// sameTime is the history of p in the period of h; −1: none.
func (c *crowd) sameTime(p person, h personCell) int {
	when, _ := c.whenAndWho(h)
	return slices.IndexFunc(p.histories, func(x personCell) bool {
		other, _ := c.whenAndWho(x)
		return other == when
	})
}

// alike reports whether two persons have the same levels of all covariates, but for those that say when: of these whether they share a period, or share none, as is asked.
func (c *crowd) alike(p, q person, shared bool) bool {
	if len(c.when) == 0 {
		return p.histories[0].levels == q.histories[0].levels
	}
	_, a := c.whenAndWho(p.histories[0])
	_, b := c.whenAndWho(q.histories[0])
	share := slices.ContainsFunc(p.histories, func(h personCell) bool { return c.sameTime(q, h) >= 0 })
	return a == b && share == shared
}

// merge makes one person of two: of their histories those in one period become one, with the levels of the first person, or where a list did not run
// there those of the second. ok is false when a list ran at neither.
func (c *crowd) merge(p, q person) (both person, ok bool) {
	both = person{on: p.on | q.on, histories: slices.Clone(q.histories)}
	ok = true
	for _, h := range p.histories {
		at := 0
		if len(c.when) > 0 {
			if at = c.sameTime(both, h); at < 0 {
				both.histories = append(both.histories, h)
				continue
			}
		}
		x := &both.histories[at]
		x.pattern |= h.pattern
		for _, levels := range []string{h.levels, x.levels} {
			x.levels = levels
			if ok = len(c.by) == 0 || !c.impossible(x.pattern, strings.Split(levels, "\x00")); ok {
				break
			}
		}
		if !ok {
			return person{}, false
		}
	}
	slices.SortFunc(both.histories, func(a, b personCell) int { return strings.Compare(a.levels, b.levels) })
	return both, true
}
