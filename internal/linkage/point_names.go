package linkage

import (
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Links whose given names differ outright are worth a word from so many on, and from this share of the links on; from half of it where both are names that others
// have too, for a misspelt name is nobody else's: with one typo in ten names, one link in a hundred is between two spellings that have nothing in common. A number that agrees
// and weighs so many bits is that of a person, which twins do not share.
const (
	leastOtherNames = 3
	otherNamesOfAll = .015
	personNumber    = 10
)

// otherNames warns of accepted links between records with the same surname and date of birth whose given names differ outright. One person now and then has two
// given names; twins who are told apart by nothing else look the same, EM takes them for matches, and then nothing in the fit says that they are not.
func (l *Linked) otherNames() {
	type count struct{ differ, ordinary, links int64 }
	var total count
	var said []string
	tell := func(r *Records, m *Model, links []Pair, of string, in func(p Pair) bool) {
		given, surname, birth := -1, -1, -1
		for f, field := range r.Fields() {
			for kind, at := range map[Kind]*int{Given: &given, Surname: &surname, Date: &birth} {
				if field.Kind == kind && *at < 0 {
					*at = f
				}
			}
		}
		if m == nil || given < 0 || surname < 0 || birth < 0 {
			return
		}
		other := len(m.Comparisons[given].M) - 1
		numbered := func(p Pattern) bool {
			for f, field := range r.Fields() {
				if (field.Kind == Number || field.Kind == Exact || field.Kind == Keys) && p.Level(f) == levelEqual && m.Comparisons[f].Weight(levelEqual) >= personNumber {
					return true
				}
			}
			return false
		}
		var n count
		var apart []Pair
		for _, p := range links {
			if !in(p) {
				continue
			}
			n.links++
			if p.Pattern.Level(surname) <= levelSound && p.Pattern.Level(birth) == levelEqual && p.Pattern.Level(given) == other && !numbered(p.Pattern) {
				apart = append(apart, p)
			}
		}
		n.differ = int64(len(apart))
		if n.differ > 0 {
			names := func(i int32) (out []string) {
				for _, row := range r.Rows(int(i)) {
					out = append(out, l.Records.columns[given].names(int(row))...)
				}
				return out
			}
			wanted := map[string]bool{}
			for _, p := range apart {
				for _, name := range slices.Concat(names(p.A), names(p.B)) {
					wanted[name] = true
				}
			}
			several := l.borneBySeveral(given, wanted)
			ordinary := func(i int32) bool {
				return slices.ContainsFunc(names(i), func(name string) bool { return several[name] })
			}
			for _, p := range apart {
				if ordinary(p.A) && ordinary(p.B) {
					n.ordinary++
				}
			}
		}
		total = count{total.differ + n.differ, total.ordinary + n.ordinary, total.links + n.links}
		if n.differ > 0 {
			said = append(said, fmt.Sprintf("%s: %d of %d", of, n.differ, n.links))
		}
	}
	name := l.Records.RegisterName
	if l.Duplicates != nil {
		for a := range l.Records.Registers() {
			tell(l.Records, l.Within, l.Duplicates.Links, "repeats in "+name(a), func(p Pair) bool { return l.Records.Register(int(p.A)) == a })
		}
	}
	if l.Point != nil {
		for a := range l.Records.Registers() {
			for b := a + 1; b < l.Records.Registers(); b++ {
				tell(l.Persons, l.Model, l.Point.Links, name(a)+" and "+name(b), func(p Pair) bool {
					x, y := l.Persons.Register(int(p.A)), l.Persons.Register(int(p.B))
					return min(x, y) == a && max(x, y) == b
				})
			}
		}
	}
	many := func(n int64, share float64) bool {
		return n >= leastOtherNames && float64(n) >= share*float64(total.links)
	}
	if !many(total.differ, otherNamesOfAll) && !many(total.ordinary, otherNamesOfAll/2) {
		return
	}
	l.Warnings = append(l.Warnings, estimators.Warning{Code: "given-names-differ",
		Text: fmt.Sprintf("links accepted although the given names have nothing in common, because surname and date of birth agree: %s. So look brothers, sisters and twins, and the stated false-match rates may not hold them", strings.Join(said, "; "))})
}

// borneBySeveral are those of some given names that more than one person of the point linkage has.
func (l *Linked) borneBySeveral(given int, wanted map[string]bool) map[string]bool {
	c := l.Records.columns[given]
	name := make([]string, len(c.text)) // of each value, when it is wanted
	for v, text := range c.text {
		if first, _, _ := strings.Cut(text, " "); wanted[first] {
			name[v] = first
		}
	}
	bearer, several := map[string]int32{}, map[string]bool{}
	for i, person := range l.Clusters(-1) {
		for _, v := range c.values(c.value[i]) {
			if name[v] == "" || several[name[v]] {
				continue
			}
			if other, ok := bearer[name[v]]; ok && other != person {
				several[name[v]] = true
			}
			bearer[name[v]] = person
		}
	}
	return several
}

// names are the first words of the values of record i.
func (c *column) names(i int) (out []string) {
	for _, v := range c.values(c.value[i]) {
		name, _, _ := strings.Cut(c.text[v], " ")
		out = append(out, name)
	}
	return out
}
