package main

import (
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// A part is a table without the lists that could hold nobody in it by design, because they did not run there. Its
// estimates are about the lists left; patterns in them are put back into the order of the whole table.
type part struct {
	table  *estimators.Table
	kept   []int // index in the whole table of each list left
	absent []string
}

// partOf takes out lists all of whose patterns are structural zeros.
func partOf(t *estimators.Table) part {
	impossible := map[estimators.Pattern]bool{}
	for _, w := range t.StructuralZeros() {
		impossible[w] = true
	}
	p := part{table: t}
	var keep estimators.Pattern
	for i, name := range t.Lists() {
		possible := len(impossible) == 0
		for w := estimators.Pattern(1); !possible && w <= estimators.FullPattern(t.K()); w++ {
			possible = w.Has(i) && !impossible[w]
		}
		if !possible {
			p.absent = append(p.absent, name)
			continue
		}
		p.kept = append(p.kept, i)
		keep |= 1 << uint(i)
	}
	if len(p.absent) > 0 && len(p.kept) > 0 {
		p.table = t.Keep(keep)
	}
	return p
}

// restore rewrites an estimate of the part in terms of the whole table.
func (p part) restore(e *estimators.Estimate) {
	if len(p.absent) == 0 || len(p.kept) == 0 {
		return
	}
	did := fmt.Sprintf("%s could not hold anybody here: the answer is from %s", strings.Join(p.absent, ", "), strings.Join(p.table.Lists(), ", "))
	if e.Status != estimators.Refused {
		e.Notes = append(slices.Clone(e.Notes), did)
	}
	e.Warnings = p.warnings(e.Warnings)
	e.Residuals = p.residuals(e.Residuals)
	if e.Reason != nil {
		r := *e.Reason
		r.Cells = p.patterns(r.Cells)
		r.Text += " (" + did + ")"
		e.Reason = &r
	}
	if e.Selection == nil {
		return
	}
	s := *e.Selection
	s.Candidates = slices.Clone(s.Candidates)
	for i := range s.Candidates {
		c := &s.Candidates[i]
		c.Terms, c.Residuals, c.Warnings = p.patterns(c.Terms), p.residuals(c.Residuals), p.warnings(c.Warnings)
	}
	if s.Split != nil {
		split := *s.Split
		split.Term = p.pattern(split.Term)
		s.Split = &split
	}
	e.Selection = &s
}

func (p part) pattern(w estimators.Pattern) estimators.Pattern {
	var out estimators.Pattern
	for i, at := range p.kept {
		if w.Has(i) {
			out |= 1 << uint(at)
		}
	}
	return out
}

func (p part) patterns(in []estimators.Pattern) []estimators.Pattern {
	out := slices.Clone(in)
	for i := range out {
		out[i] = p.pattern(out[i])
	}
	return out
}

func (p part) residuals(in []estimators.Residual) []estimators.Residual {
	out := slices.Clone(in)
	for i := range out {
		out[i].Pattern = p.pattern(out[i].Pattern)
	}
	return out
}

func (p part) warnings(in []estimators.Warning) []estimators.Warning {
	out := slices.Clone(in)
	for i := range out {
		out[i].Cells = p.patterns(out[i].Cells)
	}
	return out
}
