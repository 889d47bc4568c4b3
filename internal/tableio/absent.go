package tableio

import (
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// patterns is the number of different patterns among the structural zeros of cells.
func patterns(cells []estimators.Cell) int {
	seen := map[estimators.Pattern]bool{}
	for _, c := range cells {
		if c.StructuralZero {
			seen[c.Pattern] = true
		}
	}
	return len(seen)
}

// impossible is the note about so many patterns that are impossible by design, and who says so.
func (t *tally) impossible(n int, by string) string {
	return fmt.Sprintf("impossible by design: %d of the %d patterns, by %s", n, estimators.FullPattern(len(t.roles.names)), by)
}

// A declaration is one value of [Options.Absent]: lists that could share nobody, or a single list that could hold
// nobody, where covariates have the levels asked for ("": any).
type declaration struct {
	text  string
	lists estimators.Pattern
	at    []string
	where bool // there are conditions
}

// absent makes the structural zeros of declarations such as "NG:year=2013" and "A*B", and counts the patterns of each.
func (t *tally) absent(declared []string, cells []estimators.Cell) (counts []int, out []estimators.Cell, err error) {
	parsed := make([]declaration, len(declared))
	for i, d := range declared {
		if parsed[i], err = t.declaration(d); err != nil {
			return nil, nil, err
		}
	}
	counts = make([]int, len(declared))
	add := func(i int, groups [][]string) error {
		made, err := t.structural(parsed[i], groups, cells, len(out))
		counts[i], out = patterns(made), append(out, made...)
		return err
	}
	// Declarations with conditions hold in the full cross of levels: a combination without persons is part of the table
	// too. Those without hold in all combinations that the table then has.
	for i, d := range parsed {
		if !d.where {
			continue
		}
		groups, err := t.cross(d, len(out))
		if err == nil {
			err = add(i, groups)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	var all [][]string
	seen := map[string]bool{}
	for _, c := range slices.Concat(cells, out) {
		key := strings.Join(c.Levels, "\x00")
		if !seen[key] {
			seen[key] = true
			all = append(all, c.Levels)
		}
	}
	for i, d := range parsed {
		if d.where {
			continue
		}
		if err := add(i, all); err != nil {
			return nil, nil, err
		}
	}
	return counts, out, nil
}

func (t *tally) refuse(format string, args ...any) error { return t.rows.fail(0, -1, format, args...) }

func (t *tally) declaration(text string) (declaration, error) {
	r := t.roles
	d := declaration{text: text, at: make([]string, len(r.labels))}
	names, conditions, where := strings.Cut(text, ":")
	d.where = where
	members := strings.Split(names, "*")
	if slices.Contains(r.names, names) { // a name may hold a star
		members = []string{names}
	}
	for _, name := range members {
		i := slices.Index(r.names, strings.TrimSpace(name))
		if i < 0 {
			return d, t.refuse("--absent %s: there is no list %s%s", quote(text), quote(name), suggest(name, r.names))
		}
		if d.lists.Has(i) {
			return d, t.refuse("--absent %s: the list %s is named twice", quote(text), quote(name))
		}
		d.lists |= 1 << uint(i)
	}
	if !where {
		if len(members) == 1 {
			return d, t.refuse("--absent %s: write LIST:covariate=level for a list that did not run there, as in NG:year=2013, or A*B for lists that cannot share anybody", quote(text))
		}
		return d, nil
	}
	for c := range strings.SplitSeq(conditions, ",") {
		label, level, ok := strings.Cut(c, "=")
		i := slices.Index(r.labels, label)
		switch {
		case !ok || level == "":
			return d, t.refuse("--absent %s: %s is not covariate=level, as in year=2013", quote(text), quote(c))
		case i < 0:
			return d, t.refuse("--absent %s: there is no covariate %s%s", quote(text), quote(label), suggest(label, r.labels))
		case !slices.Contains(t.levels[i].values, level):
			return d, t.refuse("--absent %s: %s has no level %s%s", quote(text), quote(label), quote(level), suggest(level, t.levels[i].values))
		}
		d.at[i] = level
	}
	return d, nil
}

// cross is every combination of levels that fits a declaration; so many structural zeros were made before.
func (t *tally) cross(d declaration, before int) ([][]string, error) {
	groups := [][]string{nil}
	for i := range t.roles.labels {
		choices := []string{d.at[i]}
		if d.at[i] == "" {
			choices = t.levels[i].values
			if t.levels[i].missing > 0 {
				choices = append(slices.Clone(choices), "")
			}
		}
		if err := t.room(d, len(groups)*len(choices), before); err != nil {
			return nil, err
		}
		var next [][]string
		for _, g := range groups {
			for _, l := range choices {
				next = append(next, append(slices.Clone(g), l))
			}
		}
		groups = next
	}
	return groups, nil
}

// room refuses more structural zeros than a table may have cells.
func (t *tally) room(d declaration, groups, before int) error {
	if groups<<uint(len(t.roles.names)-d.lists.Size()) > MaxCells-before {
		return t.refuse("--absent %s makes more than %d structural zeros: leave out covariates with --ignore", quote(d.text), MaxCells)
	}
	return nil
}

// structural makes the structural zeros of a declaration in groups.
func (t *tally) structural(d declaration, groups [][]string, cells []estimators.Cell, before int) ([]estimators.Cell, error) {
	if err := t.room(d, len(groups), before); err != nil {
		return nil, err
	}
	var persons int64
	for _, c := range cells {
		if c.Pattern.Contains(d.lists) && fits(c.Levels, d.at) {
			persons += c.Count
		}
	}
	switch {
	case persons > 0 && d.lists.Size() == 1:
		return nil, t.refuse("--absent %s says the list cannot have seen anybody there, but %d persons are on it", quote(d.text), persons)
	case persons > 0:
		return nil, t.refuse("--absent %s says that nobody can be on these lists together, but %d persons are", quote(d.text), persons)
	}
	var out []estimators.Cell
	for p := estimators.Pattern(1); p <= estimators.FullPattern(len(t.roles.names)); p++ {
		if p.Contains(d.lists) {
			for _, g := range groups {
				out = append(out, estimators.Cell{Pattern: p, Levels: g, StructuralZero: true})
			}
		}
	}
	return out, nil
}
