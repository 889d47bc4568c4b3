// Package disclosure protects tables of counts that are to be published: it withholds small counts, and others where the
// small ones could be worked out from them; it rounds counts so that they still add up, and limits outward; and it attacks its
// own work by linear programming, so that nothing is published on trust.
//
// An attacker knows all published tables, how their counts add up, that no count is negative and, since zeros are told, that a
// withheld count is at least 1. He knows too that nobody is on a list who is not among the people, and that all people are on some list.
// The least and the greatest value a count can then have are the bounds of a linear program. What has to be protected are all counts from 1
// to the threshold less 1, the people who are not on a list and how often people were seen more than once among them, although nobody
// publishes these, and every other count that is withheld. It is protected when its bounds are at least the threshold apart, so
// that the attacker cannot even tell that a small count is small. The rule is that of Fischetti and Salazar-González,
// Management Science 47 (2001), 1008–1027, with one protection level for both sides.
//
// A Release is what the attacker works with: cells and the linear relations between them, in as many linked tables as there are.
package disclosure

import "fmt"

// A Cell is a count that is published, or that follows from what is published.
type Cell struct {
	Value int64
	// Derived cells are not published themselves, but are protected like the others.
	Derived bool
}

// A Term is a cell of a relation, with its coefficient.
type Term struct {
	Cell        int
	Coefficient int
}

// A Relation says that the sum of its terms is 0.
type Relation []Term

// Sum is the relation of a total and its parts.
func Sum(total int, parts ...int) Relation {
	r := Relation{{total, -1}}
	for _, p := range parts {
		r = append(r, Term{p, 1})
	}
	return r
}

// A Release is what is to be published.
type Release struct {
	Cells     []Cell
	Relations []Relation
	Threshold int64 // cells from 1 to Threshold−1 are small; at least 2
}

// check reports what makes no sense in a release.
func (r Release) check() error {
	if r.Threshold < 2 {
		return fmt.Errorf("threshold %d: with less than 2 no count is small", r.Threshold)
	}
	for i, c := range r.Cells {
		if c.Value < 0 || c.Value > 1<<40 {
			return fmt.Errorf("cell %d: %d is not a number of persons from 0 to 2^40", i, c.Value)
		}
	}
	for i, rel := range r.Relations {
		sum := int64(0)
		for _, t := range rel {
			if t.Cell < 0 || t.Cell >= len(r.Cells) {
				return fmt.Errorf("relation %d: there is no cell %d", i, t.Cell)
			}
			sum += int64(t.Coefficient) * r.Cells[t.Cell].Value
		}
		if sum != 0 {
			return fmt.Errorf("relation %d does not hold: its terms add up to %d, not 0", i, sum)
		}
	}
	return nil
}

// small reports whether cell i has to be protected.
func (r Release) small(i int) bool {
	v := r.Cells[i].Value
	return v > 0 && v < r.Threshold
}
