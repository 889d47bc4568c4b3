package loglinear

import (
	"math"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// problem is a table made ready for the lattice kernel.
type problem struct {
	table    *estimators.Table // collapsed
	k        int
	lists    []string
	counts   []int64
	y        []float64 // the same, for the kernel
	zeros    []uint32  // structural zeros
	n        float64
	constant float64 // Σ log n_ω!, which turns the kernel's log-likelihood into the Poisson one
	fitter   *lattice.Fitter
	offset   Offset
}

// newProblem checks what every log-linear model needs: somebody in the table, two lists
// or more, and lists that could hold somebody.
func newProblem(t *estimators.Table) (*problem, error) {
	t = t.Collapse()
	p := &problem{table: t, k: t.K(), lists: t.Lists(), counts: t.Counts(), n: float64(t.Observed())}
	if p.k < 2 {
		return nil, estimators.Refuse("too-few-lists", "the table has one list, %s: log-linear models need two or more", p.lists[0])
	}
	if p.n == 0 {
		return nil, estimators.Refuse("empty-table", "nobody is in the table")
	}
	repeats := false
	for w, c := range p.counts {
		repeats = repeats || c > 0 && estimators.Pattern(w).Size() > 1
	}
	if !repeats {
		return nil, estimators.Refuse("no-overlap", "none of the %s people is on two lists: from people seen once nothing can be learnt about those not seen", estimators.People(p.n))
	}
	p.y = make([]float64, len(p.counts))
	for w, c := range p.counts {
		p.y[w] = float64(c)
		if c > 1 {
			lg, _ := math.Lgamma(float64(c) + 1)
			p.constant += lg
		}
	}
	for _, w := range t.StructuralZeros() {
		p.zeros = append(p.zeros, uint32(w))
	}
	for i, name := range p.lists {
		if !p.possible(1 << uint(i)) {
			r := estimators.Refuse("not-identifiable", "list %s could not hold anybody: all its patterns are structural zeros; leave it out with --lists", name)
			r.Lists = []string{name}
			return nil, r
		}
	}
	p.fitter = lattice.NewFitter(p.k, p.y, p.zeros)
	return p, nil
}

// possible reports whether some pattern with all lists of t is not a structural zero.
func (p *problem) possible(t uint32) bool {
	if len(p.zeros) == 0 {
		return true
	}
	impossible := 0
	for _, w := range p.zeros {
		if w&t == t {
			impossible++
		}
	}
	return impossible < 1<<uint(p.k-estimators.Pattern(t).Size())
}

// terms lists the terms of a model for the kernel: main effects, interactions but one that is assumed, intercept.
func (p *problem) terms(m Model) []uint32 {
	out := make([]uint32, 0, m.Parameters())
	for i := range p.k {
		out = append(out, 1<<uint(i))
	}
	for _, t := range m.terms {
		if !p.offset.fixes(t) {
			out = append(out, uint32(t))
		}
	}
	return append(out, 0)
}

// optional lists the interactions of at most the given order that the data could speak
// about: not that of all lists, nor those inside structural zeros, nor those of a list that holds
// nobody, which would all give the same estimate.
func (p *problem) optional(order int) []uint32 {
	var empty estimators.Pattern
	for i, n := range p.table.Totals() {
		if n == 0 {
			empty |= 1 << uint(i)
		}
	}
	var out []uint32
	for _, t := range AllUpTo(p.k, order).terms {
		if t&empty == 0 && p.possible(uint32(t)) && !p.offset.fixes(t) {
			out = append(out, uint32(t))
		}
	}
	return out
}

// people writes a pattern for a reader: the names of its lists, as in LA·NG.
func (p *problem) people(w estimators.Pattern) string { return w.Join(p.lists, "·") }

// enumerate writes patterns for a reader, at most ten of them.
func (p *problem) enumerate(ws []estimators.Pattern) string {
	parts := make([]string, 0, 10)
	for i, w := range ws {
		if i == 10 {
			parts = append(parts, "and others")
			break
		}
		parts = append(parts, p.people(w))
	}
	return strings.Join(parts, ", ")
}

func patterns(ws []uint32) []estimators.Pattern {
	out := make([]estimators.Pattern, len(ws))
	for i, w := range ws {
		out[i] = estimators.Pattern(w)
	}
	return out
}

// refusal says why a model has no estimate, with its certificate.
func (p *problem) refusal(m Model) *estimators.Refusal {
	for _, t := range m.terms {
		if !p.possible(uint32(t)) {
			r := estimators.Refuse("not-identifiable", "the term %s of %s only concerns patterns that are declared impossible (structural zeros)", p.people(t), m.Format(p.lists))
			r.Cells = []estimators.Pattern{t}
			return r
		}
	}
	x := p.fitter.Examine(p.terms(m))
	if x.Status == lattice.Fitted {
		return nil
	}
	var text strings.Builder
	text.WriteString(m.Format(p.lists) + ": ")
	cells := patterns(x.Impossible)
	if len(x.Impossible) > 0 {
		what := "the cells "
		if len(x.Impossible) == 1 {
			what = "the cell "
		}
		text.WriteString("no maximum likelihood estimate exists, because " + what + p.enumerate(cells) + " can only be fitted by zero")
	}
	if len(x.Undetermined) > 0 {
		if len(x.Impossible) > 0 {
			text.WriteString("; and ")
		}
		var names []string
		terms := patterns(x.Undetermined)
		for i, t := range terms {
			if t == 0 {
				names = append(names, "the hidden number")
			} else {
				names = append(names, p.people(t))
				cells = append(cells, t)
			}
			if i == 9 && len(terms) > 10 {
				names = append(names, "and others")
				break
			}
		}
		text.WriteString("the data do not determine the terms " + strings.Join(names, ", "))
	}
	return &estimators.Refusal{Code: x.Status.String(), Text: text.String(), Cells: cells}
}
