package incomplete

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
	"darkfigure/internal/resample"
)

// rankTolerance is the part of a column, squared, that columns before it must leave for it to be a column of its own.
const rankTolerance = 1e-10

// A span says which columns of a design its rows tell apart.
type span struct {
	live []int       // columns that are not combinations of columns before them
	null [][]float64 // of every other column: the combination of columns that is 0 in all rows, 1 for the column itself
	gone []int       // the other columns
}

// spanOf finds the columns that are linearly independent, in their order, from the matrix of their products.
func spanOf(gram []float64, n int) span {
	var s span
	factor := make([][]float64, 0, n) // rows of the Cholesky factor of the live columns
	for j := range n {
		size := gram[j*n+j]
		l := make([]float64, 0, len(s.live)+1)
		rest := size
		for a, i := range s.live {
			v := gram[j*n+i]
			for b, x := range factor[a][:a] {
				v -= x * l[b]
			}
			v /= factor[a][a]
			l = append(l, v)
			rest -= v * v
		}
		if size > 0 && rest > rankTolerance*size {
			factor = append(factor, append(l, math.Sqrt(rest)))
			s.live = append(s.live, j)
			continue
		}
		null := make([]float64, n)
		null[j] = 1
		if size > 0 {
			for a := len(l) - 1; a >= 0; a-- { // coefficients of the live columns: L'⁻¹l
				v := l[a]
				for b := a + 1; b < len(l); b++ {
					v += factor[b][a] * null[s.live[b]] // which are negative
				}
				null[s.live[a]] = -v / factor[a][a]
			}
		}
		s.null, s.gone = append(s.null, null), append(s.gone, j)
	}
	return s
}

// at is the value at a cell of each combination that is 0 in all rows.
func (s span) at(c *cell) []float64 {
	out := make([]float64, len(s.null))
	for i, null := range s.null {
		for _, j := range c.columns {
			out[i] += null[j]
		}
		if math.Abs(out[i]) < 1e-6 {
			out[i] = 0
		}
	}
	return out
}

// outside returns the combinations that are 0 in all rows but not at a cell.
func (s span) outside(c *cell) [][]float64 {
	var out [][]float64
	for i, v := range s.at(c) {
		if v != 0 {
			out = append(out, s.null[i])
		}
	}
	return out
}

// cellSpan is that of the cells that use says to use.
func (p *problem) cellSpan(use func(i int) bool) span {
	n := len(p.columns)
	gram := make([]float64, n*n)
	for i := range p.cells {
		if use(i) {
			for _, a := range p.cells[i].columns {
				for _, b := range p.cells[i].columns {
					gram[int(a)*n+int(b)]++
				}
			}
		}
	}
	return spanOf(gram, n)
}

// namesOf names the terms of columns that appear in combinations: their products that are not part of larger ones, which a simpler model could do without; when there are only main effects, these.
func (p *problem) namesOf(nulls [][]float64) []string {
	set := map[term]bool{}
	for _, null := range nulls {
		for j, v := range null {
			if math.Abs(v) > 1e-6 && p.of[j] != 0 {
				set[p.of[j]] = true
			}
		}
	}
	all := canonical(set)
	products := slices.DeleteFunc(slices.Clone(all), func(t term) bool {
		return bits.OnesCount64(uint64(t)) < 2 || slices.ContainsFunc(all, func(u term) bool { return u != t && u&t == t })
	})
	if len(products) > 0 {
		all = products
	}
	var out []string
	for _, t := range all {
		out = append(out, t.join(p.variables))
	}
	return out
}

// undetermined refuses a model some of whose cells the rows say nothing about, or whose rows do not determine its parameters at an arbitrary point, and returns the columns
// that the cells that can be seen tell apart.
func (p *problem) undetermined() (span, error) {
	seen := p.cellSpan(func(i int) bool { return p.cells[i].observable() })
	var nulls [][]float64
	for i := range p.cells {
		if c := &p.cells[i]; !c.impossible && c.seen == 0 {
			nulls = append(nulls, seen.outside(c)...)
		}
	}
	if len(nulls) == 0 {
		nulls = p.flat(seen)
	}
	if len(nulls) == 0 {
		return seen, nil
	}
	return seen, p.notIdentifiable(nulls, "")
}

func (p *problem) notIdentifiable(nulls [][]float64, here string) *estimators.Refusal {
	names := p.namesOf(nulls)
	if len(names) == 0 {
		return estimators.Refuse("not-identifiable", "the rows of the table do not determine how many people there are%s", here)
	}
	which := "the term "
	if len(names) > 1 {
		which = "all of the terms "
	}
	return estimators.Refuse("not-identifiable", "the data do not determine %s%s%s; different values fit equally well", which, strings.Join(names, ", "), here)
}

// flat returns the combinations of the columns of s along which the means of the rows do not change, at an arbitrary point: the null space of the Jacobian of the
// means of the rows by the coefficients. Rank is least at special points, so that the best of a few points decides.
func (p *problem) flat(s span) [][]float64 {
	var least [][]float64
	for point := range 3 {
		rng := resample.Stream(1, uint64(point))
		beta := make([]float64, len(p.columns))
		for _, j := range s.live[1:] {
			beta[j] = 2*rng.Float64() - 1
		}
		nulls := p.jacobianSpan(s, func(i int) float64 {
			eta := p.cells[i].offset
			for _, j := range p.cells[i].columns {
				eta += beta[j]
			}
			return math.Exp(eta)
		})
		if len(nulls) == 0 {
			return nil
		}
		if point == 0 || len(nulls) < len(least) {
			least = nulls
		}
	}
	return least
}

// jacobianSpan returns the combinations of the live columns of s along which no row changes at the means given.
func (p *problem) jacobianSpan(s span, mean func(cell int) float64) [][]float64 {
	n := len(s.live)
	at := make([]int, len(p.columns))
	for j := range at {
		at[j] = -1
	}
	for a, j := range s.live {
		at[j] = a
	}
	gram := make([]float64, n*n)
	row := make([]float64, n)
	var touched []int
	for i := range p.rows {
		sum := 0.0
		touched = touched[:0]
		for _, c := range p.rows[i].cells {
			mu := mean(int(c))
			sum += mu
			if mu == 0 {
				continue
			}
			for _, j := range p.cells[c].columns {
				if a := at[j]; a >= 0 {
					if row[a] == 0 {
						touched = append(touched, a)
					}
					row[a] += mu
				}
			}
		}
		for _, a := range touched { // nothing when the sum is 0
			for _, b := range touched {
				gram[a*n+b] += row[a] * row[b] / sum
			}
		}
		for _, a := range touched {
			row[a] = 0
		}
	}
	small := spanOf(gram, n)
	var out [][]float64
	for _, null := range small.null {
		whole := make([]float64, len(p.columns))
		for a, v := range null {
			whole[s.live[a]] = v
		}
		out = append(out, whole)
	}
	return out
}

// A face is what a set of cells with nobody in them makes of the model: the cells that the maximum of the likelihood then empties (Fienberg & Rinaldo 2012), and the
// columns that are left to tell the others apart.
type face struct {
	span    span
	removed []int // cells that can be seen and are fitted by 0
	without []int // hidden cells fitted by 0 with them
}

// faceOf finds the face of the cells that are said to be empty. It refuses when a hidden cell runs to infinity, or is not determined, on it.
func (p *problem) faceOf(ctx context.Context, whole span, empty func(cell int) bool) (*face, error) {
	left := p.cellSpan(func(i int) bool { return p.cells[i].observable() && !empty(i) })
	if len(left.live) == len(whole.live) {
		return &face{span: whole}, nil
	}
	at := map[int]int{}
	for a, j := range whole.live {
		at[j] = a
	}
	var design, counts []float64
	var cells []int
	put := func(i int, sign, count float64) {
		row := make([]float64, len(whole.live))
		for _, j := range p.cells[i].columns {
			if a, ok := at[int(j)]; ok {
				row[a] = sign
			}
		}
		design, counts, cells = append(design, row...), append(counts, count), append(cells, i)
	}
	for i := range p.cells {
		switch {
		case !p.cells[i].observable():
		case empty(i):
			put(i, 1, 0)
		default:
			put(i, 1, 1)
		}
	}
	x, err := lattice.NewRegression(design, len(whole.live), counts, nil, nil).Examine(ctx)
	switch {
	case err != nil:
		return nil, err
	case x.Status == lattice.NotConverged:
		return nil, estimators.Refuse("not-converged", "rounding keeps open whether the model has an estimate")
	}
	f := &face{}
	gone := make([]bool, len(p.cells))
	for _, a := range x.Impossible {
		f.removed = append(f.removed, cells[a])
		gone[cells[a]] = true
	}
	f.span = whole
	if len(f.removed) == 0 {
		return f, nil
	}
	f.span = p.cellSpan(func(i int) bool { return p.cells[i].observable() && !gone[i] })
	// The likelihood grows along every direction that is 0 in the cells kept and not negative in those removed, against it. A hidden
	// cell follows the removed ones to 0 when no such direction is negative there.
	var values [][]float64 // of the removed cells
	for _, i := range f.removed {
		values = append(values, f.span.at(&p.cells[i]))
	}
	for i := range p.cells {
		c := &p.cells[i]
		if c.impossible || c.seen != 0 {
			continue
		}
		own := f.span.at(c)
		if !slices.ContainsFunc(own, func(v float64) bool { return v != 0 }) {
			continue
		}
		same := func(v []float64) bool {
			for a := range v {
				if math.Abs(v[a]-own[a]) > 1e-6 {
					return false
				}
			}
			return true
		}
		if slices.ContainsFunc(values, same) { // it goes where that one goes
			f.without = append(f.without, i)
			continue
		}
		design, counts, cells = design[:0], counts[:0], cells[:0]
		for l := range p.cells {
			if p.cells[l].observable() {
				count := 1.0
				if gone[l] {
					count = 0
				}
				put(l, 1, count)
			}
		}
		put(i, -1, 0)
		x, err := lattice.NewRegression(design, len(whole.live), counts, nil, nil).Examine(ctx)
		switch {
		case err != nil:
			return nil, err
		case x.Status == lattice.NotConverged:
			return nil, estimators.Refuse("not-converged", "rounding keeps open whether the model has an estimate")
		case slices.Contains(x.Impossible, len(cells)-1):
			return nil, p.unbounded(c, f.removed)
		}
		f.without = append(f.without, i)
	}
	hidden := 0
	for i := range p.cells {
		if c := &p.cells[i]; !c.impossible && c.seen == 0 {
			hidden++
		}
	}
	if hidden > 0 && len(f.without) == hidden {
		empty, patterns := p.named(f.removed)
		r := estimators.Refuse("no-mle", "the fit can only say that nobody is hidden, whatever their number: nobody is known to be on %s", empty)
		r.Cells = patterns
		return nil, r
	}
	return f, nil
}

// unbounded refuses because a hidden cell runs to infinity as cells are emptied.
func (p *problem) unbounded(c *cell, removed []int) *estimators.Refusal {
	whose := "the number of people on no list"
	if d := p.describe(c.levels); d != "" {
		whose += " with " + d
	}
	empty, patterns := p.named(removed)
	r := estimators.Refuse("no-mle", "%s has no finite estimate: nobody is known to be on %s, and the fit gets better the more people it supposes", whose, empty)
	r.Cells = patterns
	return r
}

// named are cells in words, the first three of them, and their patterns.
func (p *problem) named(cells []int) (text string, patterns []estimators.Pattern) {
	var empty []string
	for _, i := range cells {
		e := &p.cells[i]
		if !slices.Contains(patterns, e.seen) {
			patterns = append(patterns, e.seen)
		}
		if len(empty) < 3 {
			name := e.seen.Join(p.table.Lists(), " and ")
			if d := p.describe(e.levels); d != "" {
				name += " with " + d
			}
			empty = append(empty, name)
		}
	}
	text = strings.Join(empty, ", on ")
	if len(cells) > len(empty) {
		text += " and other combinations"
	}
	slices.Sort(patterns)
	return text, patterns
}
