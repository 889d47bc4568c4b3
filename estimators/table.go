package estimators

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// MaxObserved is the largest number of persons in a Table: above it counts are no
// longer exact in the arithmetic of the estimators.
const MaxObserved = int64(1) << 53

// A Covariate is something recorded about every person: its name and the levels
// met, in their natural order (numbers by value, else as text).
type Covariate struct {
	Name   string
	Levels []string
}

// A Cell is the number of persons with one pattern at one combination of covariate
// levels. Level j of Levels belongs to covariate j of the table; "" is a missing
// level. A structural zero is a pattern that was impossible by design, for example
// because a list did not run there; it holds no persons and is not evidence of absence.
type Cell struct {
	Pattern        Pattern
	Levels         []string
	Count          int64
	StructuralZero bool
}

// A Table counts persons by capture history within the levels of covariates.
// A pattern that is not there has count 0. A Table is immutable.
type Table struct {
	lists      []string
	covariates []Covariate
	cells      []Cell // sorted by levels, then pattern; count > 0 or structural zero
	observed   int64
	period     string
}

// NewTable makes a table from cells in any order. Cells of the same pattern and
// levels are added up; cells with count 0 only declare their covariate levels.
// Levels are compared as text.
//
// Errors: no list or more than MaxLists; an empty or repeated name among lists and
// covariates; a pattern outside the lists; the empty pattern with a positive count; a
// negative count; a structural zero with persons in it; more than MaxObserved persons.
func NewTable(lists []string, covariates []string, cells []Cell) (*Table, error) {
	if len(lists) == 0 {
		return nil, errors.New("a table needs at least one list")
	}
	if len(lists) > MaxLists {
		return nil, fmt.Errorf("%d lists: a table has at most %d", len(lists), MaxLists)
	}
	seen := map[string]bool{}
	for _, name := range slices.Concat(lists, covariates) {
		if strings.TrimSpace(name) == "" {
			return nil, errors.New("a list or covariate has an empty name")
		}
		if seen[name] {
			return nil, fmt.Errorf("the name %q is used twice among lists and covariates", name)
		}
		seen[name] = true
	}
	full := FullPattern(len(lists))
	index := map[string]int{}
	t := &Table{lists: slices.Clone(lists)}
	levels := make([]map[string]bool, len(covariates))
	for j := range levels {
		levels[j] = map[string]bool{}
	}
	for _, c := range cells {
		if c.Pattern&^full != 0 {
			return nil, fmt.Errorf("pattern %b lies outside the %d lists", c.Pattern, len(lists))
		}
		if len(c.Levels) != len(covariates) {
			return nil, fmt.Errorf("history %s has %d covariate levels, the table %d covariates", c.Pattern.History(len(lists)), len(c.Levels), len(covariates))
		}
		if c.Count < 0 {
			return nil, fmt.Errorf("history %s has the negative count %d", c.Pattern.History(len(lists)), c.Count)
		}
		if c.Pattern == 0 && c.Count > 0 {
			return nil, fmt.Errorf("history %s (on no list) has count %d: nobody can have counted the people on no list", c.Pattern.History(len(lists)), c.Count)
		}
		if c.Count > MaxObserved-t.observed {
			return nil, fmt.Errorf("more than %d persons", MaxObserved)
		}
		for j, l := range c.Levels {
			if l != "" {
				levels[j][l] = true
			}
		}
		if c.Pattern == 0 || c.Count == 0 && !c.StructuralZero {
			continue
		}
		t.observed += c.Count
		key := strings.Join(c.Levels, "\x00") + "\x00" + strconv.FormatUint(uint64(c.Pattern), 36)
		if i, ok := index[key]; ok {
			t.cells[i].Count += c.Count
			t.cells[i].StructuralZero = t.cells[i].StructuralZero || c.StructuralZero
		} else {
			index[key] = len(t.cells)
			c.Levels = slices.Clone(c.Levels)
			t.cells = append(t.cells, c)
		}
	}
	for _, c := range t.cells {
		if c.StructuralZero && c.Count > 0 {
			return nil, fmt.Errorf("history %s is declared impossible (a structural zero) but %d persons have it", c.Pattern.History(len(lists)), c.Count)
		}
	}
	for j, name := range covariates {
		t.covariates = append(t.covariates, Covariate{Name: name, Levels: sortedLevels(levels[j])})
	}
	t.sortCells()
	return t, nil
}

// sortedLevels puts levels in their natural order: by value when all are numbers,
// else as text.
func sortedLevels(set map[string]bool) []string {
	out := slices.Collect(maps.Keys(set))
	numeric := true
	value := map[string]float64{}
	for _, l := range out {
		v, err := strconv.ParseFloat(l, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			numeric = false
			break
		}
		value[l] = v
	}
	slices.SortFunc(out, func(a, b string) int {
		if numeric {
			if c := cmp.Compare(value[a], value[b]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	})
	return out
}

func (t *Table) sortCells() {
	rank := make([]map[string]int, len(t.covariates))
	for j, c := range t.covariates {
		rank[j] = map[string]int{"": len(c.Levels)}
		for i, l := range c.Levels {
			rank[j][l] = i
		}
	}
	slices.SortFunc(t.cells, func(a, b Cell) int {
		for j := range rank {
			if c := cmp.Compare(rank[j][a.Levels[j]], rank[j][b.Levels[j]]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.Pattern, b.Pattern)
	})
}

// FromCounts makes a table without covariates from a dense vector of 2^k counts
// indexed by Pattern; entry 0 must be 0.
func FromCounts(lists []string, counts []int64) (*Table, error) {
	if len(lists) > MaxLists || len(counts) != 1<<uint(len(lists)) {
		return nil, fmt.Errorf("%d counts for %d lists, not 2^%d", len(counts), len(lists), len(lists))
	}
	cells := make([]Cell, 0, len(counts))
	for p, n := range counts {
		if n != 0 {
			cells = append(cells, Cell{Pattern: Pattern(p), Count: n})
		}
	}
	return NewTable(lists, nil, cells)
}

// WithPeriod returns the same table with the period its counts are about, for
// example "2013", as it appears in results.
func (t *Table) WithPeriod(period string) *Table {
	c := *t
	c.period = period
	return &c
}

// Period is what WithPeriod set, else "".
func (t *Table) Period() string { return t.period }

// K is the number of lists.
func (t *Table) K() int { return len(t.lists) }

// Lists returns the names of the lists.
func (t *Table) Lists() []string { return slices.Clone(t.lists) }

// Covariates returns the covariates with their levels.
func (t *Table) Covariates() []Covariate {
	out := make([]Covariate, len(t.covariates))
	for i, c := range t.covariates {
		out[i] = Covariate{Name: c.Name, Levels: slices.Clone(c.Levels)}
	}
	return out
}

// Observed is the number n of persons on at least one list.
func (t *Table) Observed() int64 { return t.observed }

// Cells returns the cells that hold persons or are structural zeros, ordered by
// covariate levels and then by pattern.
func (t *Table) Cells() []Cell {
	out := slices.Clone(t.cells)
	for i := range out {
		out[i].Levels = slices.Clone(out[i].Levels)
	}
	return out
}

// Counts returns the persons by pattern, collapsed over covariates: a dense vector
// of length 2^k indexed by Pattern, entry 0 being 0.
func (t *Table) Counts() []int64 {
	out := make([]int64, 1<<uint(len(t.lists)))
	for _, c := range t.cells {
		out[c.Pattern] += c.Count
	}
	return out
}

// StructuralZeros returns the patterns that are structural zeros at every
// combination of covariate levels present in the table, ascending: the only ones
// that are still structural zeros when the table is collapsed.
func (t *Table) StructuralZeros() []Pattern {
	groups := map[string]bool{}
	zeros := map[Pattern]int{}
	for _, c := range t.cells {
		groups[strings.Join(c.Levels, "\x00")] = true
		if c.StructuralZero {
			zeros[c.Pattern]++
		}
	}
	var out []Pattern
	for p, n := range zeros {
		if n == len(groups) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// PartialStructuralZeros reports whether some pattern is a structural zero at some
// covariate levels but not at all of them, so that collapsing loses this knowledge.
func (t *Table) PartialStructuralZeros() bool {
	whole := map[Pattern]bool{}
	for _, p := range t.StructuralZeros() {
		whole[p] = true
	}
	return slices.ContainsFunc(t.cells, func(c Cell) bool { return c.StructuralZero && !whole[c.Pattern] })
}

// Totals returns the number of persons on each list.
func (t *Table) Totals() []int64 {
	out := make([]int64, len(t.lists))
	for _, c := range t.cells {
		for _, i := range c.Pattern.Lists() {
			out[i] += c.Count
		}
	}
	return out
}

// Overlap returns the number of persons who are on all lists of q, whatever else
// they are on.
func (t *Table) Overlap(q Pattern) int64 {
	var n int64
	for _, c := range t.cells {
		if c.Pattern.Contains(q) {
			n += c.Count
		}
	}
	return n
}

// Collapse returns the table summed over all covariates.
func (t *Table) Collapse() *Table {
	if len(t.covariates) == 0 {
		return t
	}
	zeros := map[Pattern]bool{}
	for _, p := range t.StructuralZeros() {
		zeros[p] = true
	}
	var cells []Cell
	for _, c := range t.cells {
		if c.Count > 0 || zeros[c.Pattern] {
			cells = append(cells, Cell{Pattern: c.Pattern, Count: c.Count, StructuralZero: zeros[c.Pattern]})
		}
	}
	return t.derived(t.lists, cells)
}

// derived makes a table from cells that are known to be valid.
func (t *Table) derived(lists []string, cells []Cell) *Table {
	out, err := NewTable(lists, nil, cells)
	if err != nil {
		panic("estimators: a valid table gave an invalid one: " + err.Error())
	}
	out.period = t.period
	return out
}

// A Label is one covariate at one level.
type Label struct{ Name, Level string }

// A Stratum is the part of a table at given levels of some covariates.
type Stratum struct {
	Labels []Label
	Table  *Table
}

// Stratify splits the table by the levels of the named covariates and collapses
// over the others. Strata come in the order of the levels, a missing level last and
// named ""; combinations without persons or structural zeros are left out.
func (t *Table) Stratify(names ...string) ([]Stratum, error) {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = slices.IndexFunc(t.covariates, func(c Covariate) bool { return c.Name == name })
		if at[i] < 0 {
			return nil, fmt.Errorf("no covariate %q in the table", name)
		}
	}
	groups := map[string][]Cell{}
	var order []string
	for _, c := range t.cells {
		levels := make([]string, len(at))
		for i, j := range at {
			levels[i] = c.Levels[j]
		}
		key := strings.Join(levels, "\x00")
		if _, ok := groups[key]; !ok {
			order = append(order, key)
		}
		groups[key] = append(groups[key], c)
	}
	rank := func(key string) []int {
		r := make([]int, len(at))
		for i, l := range strings.Split(key, "\x00") {
			if r[i] = slices.Index(t.covariates[at[i]].Levels, l); r[i] < 0 {
				r[i] = math.MaxInt
			}
		}
		return r
	}
	if len(at) > 0 {
		sort.SliceStable(order, func(i, j int) bool { return slices.Compare(rank(order[i]), rank(order[j])) < 0 })
	}
	var out []Stratum
	for _, key := range order {
		cells := groups[key]
		labels := make([]Label, len(names))
		for i, j := range at {
			labels[i] = Label{names[i], cells[0].Levels[j]}
		}
		sub := &Table{lists: t.lists, covariates: t.covariates, cells: cells, period: t.period}
		for _, c := range cells {
			sub.observed += c.Count
		}
		out = append(out, Stratum{labels, sub.Collapse()})
	}
	return out, nil
}

// Over returns the table over these covariates alone, in this order, summed over the others. A pattern is a structural zero where
// it was one at every combination of the others.
func (t *Table) Over(names ...string) (*Table, error) {
	strata, err := t.Stratify(names...)
	if err != nil {
		return nil, err
	}
	var cells []Cell
	for _, s := range strata {
		levels := make([]string, len(s.Labels))
		for i, l := range s.Labels {
			levels[i] = l.Level
		}
		for _, c := range s.Table.cells {
			c.Levels = levels
			cells = append(cells, c)
		}
	}
	out, err := NewTable(t.lists, names, cells)
	if err != nil {
		return nil, err
	}
	out.period = t.period
	return out, nil
}

// Keep returns the collapsed table of the lists in q alone. Persons on none of them
// are no longer observed.
func (t *Table) Keep(q Pattern) *Table {
	at := q.Lists()
	lists := make([]string, len(at))
	for i, j := range at {
		lists[i] = t.lists[j]
	}
	possible := map[Pattern]bool{}
	zero := map[Pattern]bool{}
	project := func(p Pattern) Pattern {
		var r Pattern
		for i, j := range at {
			if p.Has(j) {
				r |= 1 << uint(i)
			}
		}
		return r
	}
	for _, p := range t.StructuralZeros() {
		zero[p] = true
	}
	var cells []Cell
	for _, c := range t.Collapse().cells {
		if c.Count > 0 {
			cells = append(cells, Cell{Pattern: project(c.Pattern), Count: c.Count})
		}
	}
	cells = slices.DeleteFunc(cells, func(c Cell) bool { return c.Pattern == 0 })
	if len(zero) > 0 {
		// A pattern of the kept lists stays impossible when all its extensions are.
		for p := Pattern(1); p <= FullPattern(len(t.lists)); p++ {
			if !zero[p] {
				possible[project(p)] = true
			}
		}
		for r := Pattern(1); r <= FullPattern(len(at)); r++ {
			if !possible[r] {
				cells = append(cells, Cell{Pattern: r, StructuralZero: true})
			}
		}
	}
	return t.derived(lists, cells)
}

// Frequencies counts the persons by the number of lists they are on, with the lists
// as capture occasions.
func (t *Table) Frequencies() *Frequencies {
	counts := make([]int64, len(t.lists))
	for _, c := range t.cells {
		counts[c.Pattern.Size()-1] += c.Count
	}
	return &Frequencies{counts: counts, occasions: len(t.lists), observed: t.observed}
}

// SHA256 is the hash, in hexadecimal, of the canonical form of the table: lists,
// covariates and cells, whatever the file they came from and its order of rows.
func (t *Table) SHA256() string {
	h := sha256.New()
	put := func(s string) { fmt.Fprintf(h, "%d:%s,", len(s), s) }
	put("darkfigure/table/v1")
	for _, l := range t.lists {
		put("list")
		put(l)
	}
	for _, c := range t.covariates {
		put("covariate")
		put(c.Name)
	}
	for _, c := range t.cells {
		put(c.Pattern.History(len(t.lists)))
		for _, l := range c.Levels {
			put(l)
		}
		put(strconv.FormatInt(c.Count, 10))
		put(strconv.FormatBool(c.StructuralZero))
	}
	return hex.EncodeToString(h.Sum(nil))
}
