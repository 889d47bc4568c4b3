package visibility

import (
	"context"
	"fmt"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/disclosure"
)

// counted are the counts of results of the same table: of the people and of every list, by group of all their covariates. Covariates,
// levels and lists stand in the order of their names, so that nothing depends on the order in which they came.
type counted struct {
	by       []string
	names    [][]string // levels of each covariate
	lists    []string
	tables   [][]int // covariates of each result
	cross    disclosure.Cross
	rows     [][]int   // cell of every row of each result
	counts   [][]int64 // of the people, and of every list, by cell
	withheld [][]bool
	changed  int
	off      int64
}

// layer is the place of a list among the counts.
func (c *counted) layer(list string) int { return 1 + slices.Index(c.lists, list) }

func newCounted(t *estimators.Table, results []*Result) (*counted, error) {
	c := &counted{lists: slices.Sorted(slices.Values(results[0].Lists))}
	for _, r := range results {
		c.by = append(c.by, r.By...)
	}
	slices.Sort(c.by)
	c.by = slices.Compact(c.by)
	c.names = make([][]string, len(c.by))
	for _, r := range results {
		for _, g := range r.Rows {
			for _, l := range g.Stratum {
				if d := slices.Index(c.by, l.Name); !slices.Contains(c.names[d], l.Level) {
					c.names[d] = append(c.names[d], l.Level)
				}
			}
		}
	}
	for _, n := range c.names {
		slices.Sort(n)
		c.cross = append(c.cross, len(n))
	}
	c.counts, c.withheld = make([][]int64, 1+len(c.lists)), make([][]bool, 1+len(c.lists))
	for m := range c.counts {
		c.counts[m], c.withheld[m] = make([]int64, c.cross.Size()), make([]bool, c.cross.Size())
	}
	for _, r := range results {
		var table, cells []int
		for _, n := range r.By {
			table = append(table, slices.Index(c.by, n))
		}
		slices.Sort(table)
		for _, g := range r.Rows {
			i := c.cell(g.Stratum)
			cells = append(cells, i)
			if len(results) == 1 {
				c.counts[0][i] = g.Observed
				for _, l := range g.Lists {
					c.counts[c.layer(l.Name)][i] = l.Observed
				}
			}
		}
		c.tables, c.rows = append(c.tables, table), append(c.rows, cells)
	}
	if len(results) == 1 {
		return c, nil
	}
	strata, err := t.Stratify(c.by...)
	if err != nil {
		return nil, err
	}
	for _, s := range strata {
		i := c.cell(s.Labels)
		c.counts[0][i] = s.Table.Observed()
		for j, n := range s.Table.Totals() {
			c.counts[c.layer(s.Table.Lists()[j])][i] = n
		}
	}
	for m := range c.counts {
		c.cross.Fill(c.counts[m])
	}
	for x, r := range results {
		for k, g := range r.Rows {
			if n := c.counts[0][c.rows[x][k]]; n != g.Observed {
				return nil, fmt.Errorf("%s has %d people in the visibility and %d in the table", named(g.Stratum), g.Observed, n)
			}
		}
	}
	return c, nil
}

// cell is that of a group.
func (c *counted) cell(labels []estimators.Label) int {
	at := make([]int, len(c.cross))
	for d := range at {
		at[d] = disclosure.All
	}
	for _, l := range labels {
		d := slices.Index(c.by, l.Name)
		at[d] = slices.Index(c.names[d], l.Level)
	}
	return c.cross.Index(at)
}

// withhold chooses what is not published.
func (c *counted) withhold(ctx context.Context, threshold int64) error {
	if threshold < 2 {
		return nil
	}
	s, err := disclosure.Suppress(ctx, disclosure.Counts{Cross: c.cross, Tables: c.tables, People: c.counts[0], Lists: c.counts[1:], Threshold: threshold})
	if err != nil {
		return err
	}
	c.withheld, c.changed = s.Withheld, s.Changed
	return nil
}

// round rounds the people and those of each list, so that the groups of each still add up, in all tables alike.
func (c *counted) round(base int64) error {
	inner := c.cross.Inner()
	place := map[int]int{}
	for k, i := range inner {
		place[i] = k
	}
	of := disclosure.Counts{Cross: c.cross, Tables: c.tables}
	var margins [][]int
	var at []int
	for i := range c.cross.Size() {
		if _, ok := place[i]; ok || !of.Published(i) {
			continue
		}
		var parts []int
		for _, p := range c.cross.Parts(i) {
			parts = append(parts, place[p])
		}
		margins, at = append(margins, parts), append(at, i)
	}
	for m, counts := range c.counts {
		cells := make([]int64, len(inner))
		for k, i := range inner {
			cells[k] = counts[i]
		}
		out, err := disclosure.Round(cells, margins, base)
		if err != nil {
			return err
		}
		for k, i := range inner {
			c.counts[m][i] = out.Cells[k]
		}
		for k, i := range at {
			c.counts[m][i] = out.Margins[k]
		}
		c.off = max(c.off, out.Off)
	}
	return nil
}
