// Package disclosure protects tables of counts that are to be published: it withholds small counts, and others where the
// small ones could be worked out from them; it rounds counts so that they still add up, and limits outward; and it attacks its
// own work by linear programming, so that nothing is published on trust.
//
// A release is a set of non-negative cells and the linear relations between them: margins and their parts, in as many directions
// and as many linked tables as there are. Cells that nobody means to publish, such as the people who are on no other list, are part
// of it when they are a sum or a difference of published ones. An attacker knows the relations, the published cells, that no cell is
// negative and, since zeros are told, that a withheld cell is at least 1. The least and the greatest value a cell can then have are
// the bounds of a linear program; a cell from 1 to the threshold less 1 is protected when they are at least the threshold apart,
// so that the attacker cannot even tell that the cell is small. The rule and the complementary suppression by a linear program of
// least cost are those of Fischetti and Salazar-González, Management Science 47 (2001), 1008–1027, and of the heuristic of Kelly,
// Golden and Assad, Networks 22 (1992), 397–417, with one protection level for both sides.
package disclosure

import (
	"errors"
	"fmt"
	"math"
)

// A Cell is a count that is published, or that follows from what is published.
type Cell struct {
	Value int64
	// Cost is what withholding the cell costs, against other cells: at least 0. It is not used for a Derived cell.
	Cost float64
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

// Suppression says what is withheld.
type Suppression struct {
	Withheld      []bool // by cell; false for derived cells
	Primary       int    // cells withheld because they are small
	Complementary int    // cells withheld for the sake of others
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
		if math.IsNaN(c.Cost) || math.IsInf(c.Cost, 0) || c.Cost < 0 {
			return fmt.Errorf("cell %d: the cost %v is not a number of at least 0", i, c.Cost)
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

// ErrUnprotected is the error when no choice of cells protects the small ones.
var ErrUnprotected = errors.New("the small counts cannot be protected: publish a table with fewer groups")
