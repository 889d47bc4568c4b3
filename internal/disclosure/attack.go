package disclosure

import (
	"context"
	"math"
)

// Bounds are the least and the greatest value that a cell can have for somebody who knows what is published. They are those of the
// linear program; whole numbers may leave less room, never more.
type Bounds struct{ Lower, Upper float64 } // Upper is +Inf when there is no limit

// An Attacker works out what the published cells say about the withheld ones.
type Attacker struct {
	release  Release // of the cells that can differ
	original Release
	place    []int // of every cell of the original in the release; −1: it cannot differ
	withheld []bool
	base     *program // at the true table
	program  *program
}

// NewAttacker is the attacker on a release of which the withheld cells are not published. It starts from the true table, which saves
// looking for a table that fits; what it finds does not depend on it. Cells that are published, or follow at once from such, are
// left out of the program.
//
// Error: that of a release that makes no sense.
func NewAttacker(r Release, withheld []bool) (*Attacker, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	free := make([]bool, len(r.Cells))
	for i, c := range r.Cells {
		free[i] = withheld[i] || c.Derived
	}
	for again := true; again; {
		again = false
		for _, rel := range r.Relations {
			n, last := 0, 0
			for _, t := range rel {
				if free[t.Cell] {
					n, last = n+1, t.Cell
				}
			}
			if n == 1 {
				free[last], again = false, true
			}
		}
	}
	a := &Attacker{original: r, withheld: withheld, place: make([]int, len(r.Cells))}
	a.release.Threshold = r.Threshold
	for i, c := range r.Cells {
		if a.place[i] = -1; free[i] {
			a.place[i] = len(a.release.Cells)
			a.release.Cells = append(a.release.Cells, c)
		}
	}
	for _, rel := range r.Relations {
		var left Relation
		for _, t := range rel {
			if free[t.Cell] {
				left = append(left, Term{a.place[t.Cell], t.Coefficient})
			}
		}
		if len(left) > 0 {
			a.release.Relations = append(a.release.Relations, left)
		}
	}
	a.base = newProgram(a.release)
	for i, c := range a.release.Cells {
		a.base.low[i], a.base.high[i] = -float64(c.Value-floor(c)), math.Inf(1)
	}
	a.program = a.base.clone()
	return a, nil
}

// reach is how far cell i can go in a direction, or enough. The table it is then in has been checked, so that a rounding error cannot
// make an attack look weaker than it is: that would be found, and the way gone again from the true table.
func (a *Attacker) reach(i int, direction, enough float64) float64 {
	i = a.place[i]
	if i < 0 {
		return 0
	}
	if a.program.steps > 500 { // rounding errors add up
		a.program = a.base.clone()
	}
	got := a.program.reach(i, direction, enough)
	if got >= 0 && a.program.fits(a.release) {
		return got
	}
	a.program = a.base.clone()
	if got = a.program.reach(i, direction, enough); a.program.fits(a.release) {
		return got
	}
	a.program = a.base.clone()
	return 0
}

// floor is the least value of a cell that is not known: zeros are told, so that a withheld cell is at least 1.
func floor(c Cell) int64 {
	if c.Derived {
		return 0
	}
	return min(c.Value, 1)
}

// Bounds are those of cell i.
func (a *Attacker) Bounds(i int) Bounds {
	v := float64(a.original.Cells[i].Value)
	return Bounds{v - a.reach(i, -1, math.Inf(1)), v + a.reach(i, 1, math.Inf(1))}
}

// protects reports whether the bounds of cell i are at least width apart. A millionth of a person is left to rounding errors.
func (a *Attacker) protects(i int, width float64) bool {
	up := a.reach(i, 1, width)
	return up >= width-1e-6 || up+a.reach(i, -1, width-up) >= width-1e-6
}

// Exposed are the small cells and the withheld ones, in their order, that the attacker can narrow down to less than the threshold.
//
// Error: that of a release that makes no sense, or of the context.
func Exposed(ctx context.Context, r Release, withheld []bool) ([]int, error) {
	a, err := NewAttacker(r, withheld)
	if err != nil {
		return nil, err
	}
	var out []int
	for i := range r.Cells {
		if !r.small(i) && !withheld[i] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !a.protects(i, float64(r.Threshold)) {
			out = append(out, i)
		}
	}
	return out, nil
}
