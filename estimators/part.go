package estimators

import (
	"fmt"
	"slices"
	"strings"
)

// A Part is a table without the lists that could hold nobody in it by design, because they did not run there. Its
// estimates are about the lists left; patterns in them are put back into the order of the whole table.
type Part struct {
	Table  *Table
	Absent []string // lists left out
	kept   []int    // index in the whole table of each list left
}

// PartOf takes out lists all of whose patterns are structural zeros.
func PartOf(t *Table) Part {
	impossible := map[Pattern]bool{}
	for _, w := range t.StructuralZeros() {
		impossible[w] = true
	}
	p := Part{Table: t}
	var keep Pattern
	for i, name := range t.Lists() {
		possible := len(impossible) == 0
		for w := Pattern(1); !possible && w <= FullPattern(t.K()); w++ {
			possible = w.Has(i) && !impossible[w]
		}
		if !possible {
			p.Absent = append(p.Absent, name)
			continue
		}
		p.kept = append(p.kept, i)
		keep |= 1 << uint(i)
	}
	if len(p.Absent) > 0 && len(p.kept) > 0 {
		p.Table = t.Keep(keep)
	}
	return p
}

// Restore rewrites an estimate of the part in terms of the whole table.
func (p Part) Restore(e *Estimate) {
	if len(p.Absent) == 0 || len(p.kept) == 0 {
		return
	}
	did := fmt.Sprintf("%s could not hold anybody here: the answer is from %s", strings.Join(p.Absent, ", "), strings.Join(p.Table.Lists(), ", "))
	if e.Status != Refused {
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

func (p Part) pattern(w Pattern) Pattern {
	var out Pattern
	for i, at := range p.kept {
		if w.Has(i) {
			out |= 1 << uint(at)
		}
	}
	return out
}

func (p Part) patterns(in []Pattern) []Pattern {
	out := slices.Clone(in)
	for i := range out {
		out[i] = p.pattern(out[i])
	}
	return out
}

func (p Part) residuals(in []Residual) []Residual {
	out := slices.Clone(in)
	for i := range out {
		out[i].Pattern = p.pattern(out[i].Pattern)
	}
	return out
}

func (p Part) warnings(in []Warning) []Warning {
	out := slices.Clone(in)
	for i := range out {
		out[i].Cells = p.patterns(out[i].Cells)
	}
	return out
}
