package disclosure

import (
	"errors"
	"fmt"
	"slices"
)

// Counts are people by groups and by lists, of which some tables are to be published: how many people there are in each group,
// and how many of them are on each list. Several tables of the same people are linked: a sum that two of them have in common is one cell.
type Counts struct {
	Cross     Cross   // of all classifications of all tables
	Tables    [][]int // classifications of each table, which is published with all its margins; none: one table of all
	People    []int64 // by cell of Cross
	Lists     [][]int64
	Threshold int64 // counts from 1 to Threshold−1 are small; at least 2
}

// check reports what makes no sense.
func (c Counts) check() error {
	if c.Threshold < 2 {
		return fmt.Errorf("threshold %d: with less than 2 no count is small", c.Threshold)
	}
	for t, table := range c.Tables {
		for _, d := range table {
			if d < 0 || d >= len(c.Cross) {
				return fmt.Errorf("table %d: there is no classification %d", t, d)
			}
		}
	}
	for m, counts := range append([][]int64{c.People}, c.Lists...) {
		if len(counts) != c.Cross.Size() {
			return fmt.Errorf("list %d: %d counts for %d cells", m, len(counts), c.Cross.Size())
		}
		again := slices.Clone(counts)
		c.Cross.Fill(again)
		for i, v := range counts {
			switch {
			case v < 0 || v > 1<<40:
				return fmt.Errorf("list %d, cell %d: %d is not a number of persons from 0 to 2^40", m, i, v)
			case v != again[i]:
				return fmt.Errorf("list %d, cell %d: %d is not the sum of its parts, %d", m, i, v, again[i])
			case v > c.People[i]:
				return errors.New("there are more people on a list than there are in all")
			}
		}
	}
	if len(c.Lists) > 0 {
		for i, n := range c.People {
			for _, l := range c.Lists {
				n -= l[i]
			}
			if n > 0 {
				return fmt.Errorf("cell %d: %d people are on no list", i, n)
			}
		}
	}
	return nil
}

// tables are the classifications of every table, no table that is a margin of another being left out.
func (c Counts) tables() [][]int {
	if len(c.Tables) > 0 {
		return c.Tables
	}
	all := make([]int, len(c.Cross))
	for d := range all {
		all[d] = d
	}
	return [][]int{all}
}

// Published reports whether cell i is in a table that is published.
func (c Counts) Published(i int) bool {
	at := c.Cross.At(i)
	return slices.ContainsFunc(c.tables(), func(table []int) bool { return within(at, table) })
}

// within reports whether a place is the sum over all classifications but some.
func within(at, table []int) bool {
	for d, x := range at {
		if x != All && !slices.Contains(table, d) {
			return false
		}
	}
	return true
}

// Quantities by which an attacker knows a group: the people, those on each list, those not on each list, and how often people were
// seen more than once. With two lists these are all there is to know; of more lists, what else there is does not follow from what is
// published.
func (c Counts) quantities() int {
	if len(c.Lists) == 0 {
		return 1
	}
	return 2 + 2*len(c.Lists)
}

func (c Counts) value(q, i int) int64 {
	k := len(c.Lists)
	switch {
	case q == 0:
		return c.People[i]
	case q <= k:
		return c.Lists[q-1][i]
	case q <= 2*k:
		return c.People[i] - c.Lists[q-k-1][i]
	}
	again := -c.People[i]
	for _, l := range c.Lists {
		again += l[i]
	}
	return again
}

// Release is everything an attacker can work with: the quantities of every group, in the order of the groups, the people first.
// Quantities of groups in no table are Derived, and so are those that follow from counts of people and lists.
func (c Counts) Release() Release {
	out := Release{Threshold: c.Threshold}
	size, k := c.Cross.Size(), len(c.Lists)
	for q := range c.quantities() {
		for i := range size {
			out.Cells = append(out.Cells, Cell{Value: c.value(q, i), Derived: q > k || !c.Published(i)})
		}
		if q <= k {
			out.Relations = append(out.Relations, c.Cross.Relations(q*size)...)
		}
	}
	if k == 0 {
		return out
	}
	for i := range size {
		again := Relation{{i, -1}, {(1+2*k)*size + i, -1}}
		for j := range k {
			out.Relations = append(out.Relations, Sum(i, (1+j)*size+i, (1+k+j)*size+i))
			again = append(again, Term{(1+j)*size + i, 1})
		}
		out.Relations = append(out.Relations, again)
	}
	return out
}
