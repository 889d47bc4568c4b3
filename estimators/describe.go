package estimators

import (
	"fmt"
	"strings"
)

// Describe counts what a table says by itself, collapsed over covariates: the lists, the capture
// statistics, the pairs of lists that share nobody, and warnings about lists that carry no information
// (empty-list, covers-everybody, duplicate-list). What needs a method is left empty: Pairs, Coverage, Estimable.
//
// The statistics f, u, v and n are those of Rivest and Baillargeon's R package Rcapture
// (Journal of Statistical Software 19(5), 2007, section 2).
func Describe(t *Table) *Description {
	k := t.K()
	counts := t.Counts()
	d := &Description{Observed: t.Observed()}
	totals := t.Totals()
	only, first, last, often := make([]int64, k), make([]int64, k), make([]int64, k), make([]int64, k)
	for w, n := range counts {
		lists := Pattern(w).Lists()
		if n == 0 || len(lists) == 0 {
			continue
		}
		if len(lists) == 1 {
			only[lists[0]] += n
		}
		first[lists[0]] += n
		last[lists[len(lists)-1]] += n
		often[len(lists)-1] += n
	}
	for i, name := range t.Lists() {
		l := ListSummary{Name: name, Total: totals[i], Only: only[i], Shared: totals[i] - only[i]}
		if d.Observed > 0 {
			l.Of = float64(l.Total) / float64(d.Observed)
		}
		d.Lists = append(d.Lists, l)
		d.Captures = append(d.Captures, CaptureRow{I: int64(i + 1), F: often[i], U: first[i], V: last[i], N: totals[i]})
	}
	d.findEmptyPairs(t)
	d.judgeLists(t)
	return d
}

// findEmptyPairs leaves out pairs that are impossible by design, and lists that hold nobody, which have a
// warning of their own.
func (d *Description) findEmptyPairs(t *Table) {
	impossible := t.StructuralZeros()
	for i := range t.K() {
		for j := i + 1; j < t.K(); j++ {
			q := Pattern(1)<<uint(i) | 1<<uint(j)
			if d.Lists[i].Total == 0 || d.Lists[j].Total == 0 || t.Overlap(q) > 0 {
				continue
			}
			byDesign := 0
			for _, w := range impossible {
				if w.Contains(q) {
					byDesign++
				}
			}
			if byDesign < 1<<uint(t.K()-2) {
				d.EmptyPairs = append(d.EmptyPairs, q)
			}
		}
	}
}

func (d *Description) judgeLists(t *Table) {
	warn := func(code, text string, lists ...string) {
		d.Warnings = append(d.Warnings, Warning{Code: code, Text: text, Lists: lists})
	}
	names := t.Lists()
	said := make([]bool, len(names))
	for i, l := range d.Lists {
		switch {
		case l.Total == 0:
			warn("empty-list", fmt.Sprintf("list %s holds nobody", l.Name), l.Name)
			continue
		case l.Total == d.Observed && len(names) > 1:
			warn("covers-everybody", fmt.Sprintf("list %s holds all %d people observed", l.Name, l.Total), l.Name)
		}
		if said[i] {
			continue
		}
		same := []string{l.Name}
		for j := i + 1; j < len(names); j++ {
			if d.Lists[j].Total == l.Total && l.Total == t.Overlap(1<<uint(i)|1<<uint(j)) {
				same = append(same, names[j])
				said[j] = true
			}
		}
		if len(same) > 1 {
			warn("duplicate-list", fmt.Sprintf("lists %s hold exactly the same people", strings.Join(same, " and ")), same...)
		}
	}
}
