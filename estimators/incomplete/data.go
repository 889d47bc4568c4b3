package incomplete

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Absence says what it means that a list ran in part of the population only: that all its patterns are structural zeros at some levels.
type Absence string

// The two readings. They agree when the list is in no term with another list.
const (
	// MissingByDesign, the zero value: people there have a place on the list or not as people elsewhere do, but it was not recorded. The people who
	// would have been on it alone are among the hidden.
	MissingByDesign Absence = ""
	// Impossible: nobody there is on the list, and the terms of the list compare people elsewhere with those who are not on it.
	Impossible Absence = "impossible"
)

// An OddsRatio assumes the value of a term that the data do not determine: the odds ratio of two variables, or of more the ratio of
// odds ratios, between their first level and any other, is fixed at Value instead of being 1 where the model leaves the term out
// (Gerritse, van der Heijden & Bakker 2015, JOS 31:357).
type OddsRatio struct {
	Of    []string // names of lists and covariates
	Value float64  // above 0
}

// maxCells and maxEntries bound the complete table and its design.
const (
	maxCells   = 1 << 20
	maxEntries = 1 << 26
)

// A cell is one pattern at one combination of levels.
type cell struct {
	pattern    estimators.Pattern // of the lists a person is on, or by design would be on
	seen       estimators.Pattern // what of it is recorded; 0: nobody sees these people
	levels     []int
	columns    []int32 // of the design that are 1 here, ascending
	offset     float64
	impossible bool
}

func (c *cell) observable() bool { return c.seen != 0 && !c.impossible }

// A row is something that can be observed: a pattern with some levels known. People in it are in one of its cells.
type row struct {
	pattern estimators.Pattern
	known   uint64 // bit j: the level of covariate j is recorded
	levels  []int  // −1 where not known
	cells   []int32
	count   float64
}

// A problem is a table and a model, laid out for the fit.
type problem struct {
	penalty    []float64 // of the columns; nil: none
	table      *estimators.Table
	variables  []string
	covariates []estimators.Covariate
	terms      []term // without the constant
	columns    []string
	of         []term // the term of each column; 0 for the constant
	cells      []cell
	rows       []row
	total      float64
}

func newProblem(t *estimators.Table, m Model, absence Absence, ratios []OddsRatio) (*problem, error) {
	p := &problem{table: t, variables: variablesOf(t), covariates: t.Covariates(), total: float64(t.Observed())}
	switch {
	case t.Observed() == 0:
		return nil, estimators.Refuse("empty-table", "nobody is on any list")
	case t.K() < 2:
		return nil, estimators.Refuse("too-few-lists", "one list: nobody can be seen twice")
	case len(p.variables) > 60:
		return nil, fmt.Errorf("%d lists and covariates: at most 60", len(p.variables))
	}
	size := 1 << uint(t.K())
	for _, c := range p.covariates {
		if len(c.Levels) == 0 {
			return nil, estimators.Refuse("not-identifiable", "the level of %s is recorded for nobody: leave it out", c.Name)
		}
		if size *= len(c.Levels); size > maxCells {
			return nil, estimators.Refuse("too-large", "lists and covariates make more than %d cells: leave covariates out, or merge levels", maxCells)
		}
	}
	var err error
	if p.terms, err = m.terms(p.variables); err != nil {
		return nil, err
	}
	if err := p.design(size, ratios); err != nil {
		return nil, err
	}
	if err := p.zeros(absence); err != nil {
		return nil, err
	}
	p.observations()
	placed := 0.0
	for _, r := range p.rows {
		placed += r.count
	}
	if placed != p.total {
		return nil, estimators.Refuse("impossible-patterns", "%s have a pattern that is declared impossible at every level they could have", estimators.Persons(p.total-placed))
	}
	return p, nil
}

// level is the level of variable v in a cell: of a list 1 when it holds the person.
func (p *problem) level(c *cell, v int) int {
	if k := p.table.K(); v >= k {
		return c.levels[v-k]
	}
	return int(c.pattern >> uint(v) & 1)
}

func (p *problem) levelsOf(v int) int {
	if k := p.table.K(); v >= k {
		return len(p.covariates[v-k].Levels)
	}
	return 2
}

// design makes the cells with their columns, which have treatment contrasts: a column of a term is 1 where every variable of it has one certain level other than its first.
func (p *problem) design(size int, ratios []OddsRatio) error {
	k := p.table.K()
	base := make([]int, len(p.terms))
	at := 1
	p.columns, p.of = []string{"intercept"}, []term{0}
	for i, t := range p.terms {
		base[i] = at
		names := []string{""}
		for _, v := range t.variables() {
			var next []string
			for _, n := range names {
				if n != "" {
					n += "*"
				}
				for l := 1; l < p.levelsOf(v); l++ {
					label := p.variables[v]
					if v >= k {
						label += "=" + p.covariates[v-k].Levels[l]
					}
					next = append(next, n+label)
				}
			}
			names = next
		}
		p.columns = append(p.columns, names...)
		for range names {
			p.of = append(p.of, t)
		}
		at += len(names)
	}
	var fixed []term
	var offsets []float64
	for _, r := range ratios {
		if !(r.Value > 0) || math.IsInf(r.Value, 1) || len(r.Of) < 2 {
			return fmt.Errorf("the odds ratio %v of %s: it must be above 0, and of two variables at least", r.Value, strings.Join(r.Of, "*"))
		}
		set, err := Model{[][]string{r.Of}}.terms(p.variables)
		if err != nil {
			return err
		}
		t := set[len(set)-1]
		if slices.Contains(p.terms, t) {
			return fmt.Errorf("the odds ratio of %s is both assumed and a term of the model", strings.Join(r.Of, "*"))
		}
		fixed, offsets = append(fixed, t), append(offsets, math.Log(r.Value))
	}
	p.cells = make([]cell, size)
	levels := make([]int, len(p.covariates))
	entries := 0
	for i := range p.cells {
		c := &p.cells[i]
		c.pattern = estimators.Pattern(i & (1<<uint(k) - 1))
		if c.pattern == 0 {
			rest := i >> uint(k)
			for j := len(levels) - 1; j >= 0; j-- {
				n := len(p.covariates[j].Levels)
				levels[j], rest = rest%n, rest/n
			}
			c.levels = slices.Clone(levels)
		} else {
			c.levels = p.cells[i-1].levels
		}
		c.columns = append(c.columns, 0)
	terms:
		for a, t := range p.terms {
			column := 0
			for _, v := range t.variables() {
				l := p.level(c, v)
				if l == 0 {
					continue terms
				}
				column = column*(p.levelsOf(v)-1) + l - 1
			}
			c.columns = append(c.columns, int32(base[a]+column))
		}
		if entries += len(c.columns); entries > maxEntries {
			return estimators.Refuse("too-large", "the model has too many terms for %d cells", size)
		}
	ratios:
		for a, t := range fixed {
			for _, v := range t.variables() {
				if p.level(c, v) == 0 {
					continue ratios
				}
			}
			c.offset += offsets[a]
		}
	}
	return nil
}

// zeros sets what is impossible by design, and what of a pattern is recorded.
func (p *problem) zeros(absence Absence) error {
	k := p.table.K()
	full := estimators.FullPattern(k)
	declared := make([]bool, len(p.cells))
	for _, z := range p.table.Cells() {
		if !z.StructuralZero {
			continue
		}
		for i := int(z.Pattern); i < len(declared); i += 1 << uint(k) {
			declared[i] = declared[i] || p.compatible(z.Levels, p.cells[i].levels)
		}
	}
	// A pattern that is impossible wherever all its lists ran is impossible where one did not run, too.
	ran, possible := make([]bool, 1<<uint(k)), make([]bool, 1<<uint(k))
	absent := make([]estimators.Pattern, len(p.cells)>>uint(k))
	for x := range absent {
		at := declared[x<<uint(k) : (x+1)<<uint(k)]
		if absence == MissingByDesign {
			for i := range k {
				gone := true
				for w := range at {
					gone = gone && (at[w] || !estimators.Pattern(w).Has(i))
				}
				if gone {
					absent[x] |= 1 << uint(i)
				}
			}
			if absent[x] == full {
				return estimators.Refuse("impossible-patterns", "no list ran where %s: leave these people out, or merge the level with another", p.describe(p.cells[x<<uint(k)].levels))
			}
		}
		for w := range at {
			if estimators.Pattern(w)&absent[x] == 0 {
				ran[w] = true
				possible[w] = possible[w] || !at[w]
			}
		}
	}
	for i := range p.cells {
		c := &p.cells[i]
		x := i >> uint(k)
		c.seen = c.pattern &^ absent[x]
		c.impossible = declared[x<<uint(k)|int(c.seen)] && c.seen != 0 || c.seen != c.pattern && ran[c.pattern] && !possible[c.pattern]
	}
	return nil
}

// compatible reports whether levels with "" for the missing ones can be those of a cell.
func (p *problem) compatible(levels []string, of []int) bool {
	for j, l := range levels {
		if l != "" && p.covariates[j].Levels[of[j]] != l {
			return false
		}
	}
	return true
}

func (p *problem) describe(levels []int) string {
	var out []string
	for j, l := range levels {
		if l >= 0 {
			out = append(out, p.covariates[j].Name+"="+p.covariates[j].Levels[l])
		}
	}
	return strings.Join(out, ", ")
}

// observations makes the rows. What is recorded for people with a pattern is what is recorded for some of them: all combinations of levels of it
// can be observed, whether anybody has them or not. A pattern that nobody has is known to be empty at every level; of somebody with it would be recorded what is recorded of
// people on a part of its lists.
func (p *problem) observations() {
	type key struct {
		pattern estimators.Pattern
		known   uint64
		code    int
	}
	counts := map[key]float64{}
	kinds := map[estimators.Pattern][]uint64{}
	code := func(known uint64, levels []int) int {
		out := 0
		for j, c := range p.covariates {
			out *= len(c.Levels)
			if known>>uint(j)&1 == 1 {
				out += levels[j]
			}
		}
		return out
	}
	for _, c := range p.table.Cells() {
		if c.Count == 0 {
			continue
		}
		known, levels := uint64(0), make([]int, len(p.covariates))
		for j, l := range c.Levels {
			if l != "" {
				known |= 1 << uint(j)
				levels[j] = slices.Index(p.covariates[j].Levels, l)
			}
		}
		counts[key{c.Pattern, known, code(known, levels)}] += float64(c.Count)
		if !slices.Contains(kinds[c.Pattern], known) {
			kinds[c.Pattern] = append(kinds[c.Pattern], known)
		}
	}
	for w := range kinds {
		slices.Sort(kinds[w])
	}
	unmet := func(w estimators.Pattern) []uint64 {
		var known uint64
		for part, of := range kinds {
			if w.Contains(part) {
				for _, k := range of {
					known |= k
				}
			}
		}
		if every := uint64(1)<<uint(len(p.covariates)) - 1; known != every {
			return []uint64{known, every}
		}
		return []uint64{known}
	}
	index := map[key]int{}
	for i := range p.cells {
		c := &p.cells[i]
		if !c.observable() {
			continue
		}
		of := kinds[c.seen]
		if len(of) == 0 {
			of = unmet(c.seen)
		}
		for _, known := range of {
			k := key{c.seen, known, code(known, c.levels)}
			r, ok := index[k]
			if !ok {
				r = len(p.rows)
				index[k] = r
				levels := slices.Clone(c.levels)
				for j := range levels {
					if known>>uint(j)&1 == 0 {
						levels[j] = -1
					}
				}
				p.rows = append(p.rows, row{pattern: c.seen, known: known, levels: levels, count: counts[k]})
			}
			p.rows[r].cells = append(p.rows[r].cells, int32(i))
		}
	}
}

// incomplete reports whether some people could be in several cells.
func (p *problem) incomplete() bool {
	return slices.ContainsFunc(p.rows, func(r row) bool { return r.count > 0 && len(r.cells) > 1 })
}
