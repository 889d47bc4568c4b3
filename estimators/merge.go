package estimators

import (
	"fmt"
	"slices"
	"strings"
)

// Merge returns the table with some levels of a covariate made into one, called into. A pattern is a structural zero there where it was one at all of
// the levels; lost reports whether some pattern was one at part of them, which is then taken as possible for everybody.
//
// Errors: no such covariate or level; fewer than two levels, or one named twice; an empty new name, or that of a level that is not merged.
func (t *Table) Merge(covariate string, levels []string, into string) (merged *Table, lost bool, err error) {
	at := slices.IndexFunc(t.covariates, func(c Covariate) bool { return c.Name == covariate })
	if at < 0 {
		return nil, false, fmt.Errorf("the table has no covariate %s", covariate)
	}
	have := t.covariates[at].Levels
	for i, l := range levels {
		switch {
		case !slices.Contains(have, l):
			return nil, false, fmt.Errorf("%s has no level %s: its levels are %s", covariate, l, strings.Join(have, ", "))
		case slices.Contains(levels[:i], l):
			return nil, false, fmt.Errorf("the level %s of %s is named twice", l, covariate)
		}
	}
	switch {
	case len(levels) < 2:
		return nil, false, fmt.Errorf("one level of %s: two or more are merged", covariate)
	case into == "":
		return nil, false, fmt.Errorf("the merged level of %s has no name", covariate)
	case slices.Contains(have, into) && !slices.Contains(levels, into):
		return nil, false, fmt.Errorf("%s has another level %s: name it too, or choose another name", covariate, into)
	}
	names := make([]string, len(t.covariates))
	var cells []Cell
	for j, c := range t.covariates {
		names[j] = c.Name
		if j != at {
			for _, l := range c.Levels {
				declared := make([]string, len(t.covariates))
				declared[j] = l
				cells = append(cells, Cell{Levels: declared})
			}
		}
	}
	zeros := map[string]int{}
	key := func(c Cell) string { return strings.Join(c.Levels, "\x00") + "\x00" + c.Pattern.History(len(t.lists)) }
	for _, c := range t.cells {
		in := slices.Contains(levels, c.Levels[at])
		c.Levels = slices.Clone(c.Levels)
		if in {
			c.Levels[at] = into
			if c.StructuralZero {
				zeros[key(c)]++
				if zeros[key(c)] < len(levels) {
					continue
				}
			}
		}
		cells = append(cells, c)
	}
	for _, n := range zeros {
		lost = lost || n < len(levels)
	}
	merged, err = NewTable(t.lists, names, cells)
	if err != nil {
		return nil, false, err
	}
	merged.period = t.period
	return merged, lost, nil
}
