package disclosure

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Suppress withholds the small cells and as many others, at little cost, as it takes to protect them, and checks by an attack that
// it does. Zeros are published.
//
// Error: that of a release that makes no sense, ErrUnprotected, or that of the context.
func Suppress(ctx context.Context, r Release) (Suppression, error) {
	if err := r.check(); err != nil {
		return Suppression{}, err
	}
	s := &suppressor{r: r, base: newProgram(r), Suppression: Suppression{Withheld: make([]bool, len(r.Cells))}}
	s.attacker = newAttacker(r, s.base.clone())
	var small []int
	for i, c := range r.Cells {
		if r.small(i) {
			small = append(small, i)
			if !c.Derived {
				s.withhold(i)
				s.Primary++
			}
		}
	}
	// The smallest first: what protects them protects much else.
	slices.SortStableFunc(small, func(i, j int) int { return cmp.Compare(r.Cells[i].Value, r.Cells[j].Value) })
	for _, i := range small {
		if err := ctx.Err(); err != nil {
			return Suppression{}, err
		}
		if !s.attacker.protects(i, float64(r.Threshold)) && !s.protect(i) {
			return Suppression{}, ErrUnprotected
		}
	}
	// The attack anew: from the true table, and not from where it stood.
	a := newAttacker(r, s.base)
	for i, w := range s.Withheld {
		if w {
			a.withhold(i)
		}
	}
	exposed, err := a.exposed(ctx)
	if err == nil && len(exposed) > 0 {
		err = ErrUnprotected
	}
	return s.Suppression, err
}

type suppressor struct {
	Suppression
	r        Release
	base     *program // as it starts
	attacker *Attacker
}

func (s *suppressor) withhold(i int) {
	s.Withheld[i] = true
	s.attacker.withhold(i)
}

// protect withholds the cells of another table that fits the relations, in which cell i is smaller, and of one in which it is
// larger, so that the two are the threshold apart. Both are as close to the true table as they can be, in the cost of the cells
// that differ.
func (s *suppressor) protect(i int) bool {
	width := float64(s.r.Threshold)
	down := float64(s.r.Cells[i].Value - floor(s.r.Cells[i]))
	got := s.move(i, -1, math.Min(down, width))
	return got+s.move(i, 1, width-got) >= width-1e-6
}

// move finds the cheapest table in which cell i differs by so much in a direction, withholds what differs, and returns by how much
// the cell can differ.
func (s *suppressor) move(i int, direction, by float64) float64 {
	if by <= 0 {
		return 0
	}
	p := s.base.clone()
	all := 1.0
	for j, c := range s.r.Cells {
		p.low[j], p.high[j] = -float64(c.Value-floor(c)), math.Inf(1)
		if !c.Derived && !s.Withheld[j] {
			if c.Value == 0 {
				p.high[j] = 0 // zeros are published
			}
			p.price[j] = c.Cost + 1e-3
			all += p.price[j]
		}
	}
	if p.low[i], p.high[i] = 0, by; direction < 0 {
		p.low[i], p.high[i] = -by, 0
	}
	got := p.reach(i, direction, 10*all, math.Inf(1)) // worth more than all the rest
	if !p.fits(s.r) {
		return 0
	}
	for j, c := range s.r.Cells {
		if !c.Derived && !s.Withheld[j] && math.Abs(p.value[j]) > 1e-5 {
			s.withhold(j)
			s.Complementary++
		}
	}
	return got
}
