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
	release Release
	base    *program // at the true table
	program *program
}

// NewAttacker is the attacker on a release of which the withheld cells are not published. It starts from the true table, which saves
// looking for a table that fits; what it finds does not depend on it.
//
// Error: that of a release that makes no sense.
func NewAttacker(r Release, withheld []bool) (*Attacker, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	a := newAttacker(r, newProgram(r))
	for i, w := range withheld {
		if w {
			a.withhold(i)
		}
	}
	return a, nil
}

func newAttacker(r Release, p *program) *Attacker {
	a := &Attacker{r, p, p.clone()}
	for i, c := range r.Cells {
		if c.Derived {
			a.withhold(i)
		}
	}
	return a
}

// withhold tells the attacker no longer what cell i is.
func (a *Attacker) withhold(i int) {
	c := a.release.Cells[i]
	for _, p := range []*program{a.base, a.program} {
		p.low[i], p.high[i] = -float64(c.Value-floor(c)), math.Inf(1)
	}
}

// reach is how far cell i can go in a direction, or enough. The table it is then in has been checked, so that a rounding error cannot
// make an attack look weaker than it is: that would be found, and the way gone again from the true table.
func (a *Attacker) reach(i int, direction, enough float64) float64 {
	if a.program.steps > 500 { // rounding errors add up
		a.program = a.base.clone()
	}
	got := a.program.reach(i, direction, 1, enough)
	if got >= 0 && a.program.fits(a.release) {
		return got
	}
	a.program = a.base.clone()
	if got = a.program.reach(i, direction, 1, enough); a.program.fits(a.release) {
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
	v := float64(a.release.Cells[i].Value)
	return Bounds{v - a.reach(i, -1, math.Inf(1)), v + a.reach(i, 1, math.Inf(1))}
}

// protects reports whether the bounds of cell i are at least width apart. A millionth of a person is left to rounding errors.
func (a *Attacker) protects(i int, width float64) bool {
	up := a.reach(i, 1, width)
	return up >= width-1e-6 || up+a.reach(i, -1, width-up) >= width-1e-6
}

// exposed are the small cells, in their order, that can be narrowed down to less than the threshold.
func (a *Attacker) exposed(ctx context.Context) ([]int, error) {
	var out []int
	for i := range a.release.Cells {
		if !a.release.small(i) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !a.protects(i, float64(a.release.Threshold)) {
			out = append(out, i)
		}
	}
	return out, nil
}

// Exposed are the small cells, in their order, that the attacker can narrow down to less than the threshold.
//
// Error: that of a release that makes no sense, or of the context.
func Exposed(ctx context.Context, r Release, withheld []bool) ([]int, error) {
	a, err := NewAttacker(r, withheld)
	if err != nil {
		return nil, err
	}
	return a.exposed(ctx)
}
