package disclosure

import (
	"fmt"
	"math"
	"slices"
)

// Rounded is a table with all its cells and margins rounded to multiples of a base, so that the margins are still the sums of
// their cells.
type Rounded struct {
	Cells   []int64 // of the table, without margins
	Margins []int64
	// Off is the largest difference between a margin and its true value; less than the base whenever a table with that
	// property was found, as there always is for tables with up to two classifications (Bacharach 1966).
	Off int64
}

// Round rounds cells to one of the two multiples of base next to them, and never away from a multiple (zero-restricted controlled
// rounding: Cox and Ernst, INFOR 20 (1982), 423–432); margins holds the cells of each margin. It starts from rounding each cell to the
// nearest and turns single cells and pairs of cells over as long as that brings the margins nearer to the truth. The result is the same
// for the same table, and draws nothing at random.
//
// Error: a base below 2, a negative count, a margin with a cell that is not there.
func Round(cells []int64, margins [][]int, base int64) (Rounded, error) {
	if base < 2 {
		return Rounded{}, fmt.Errorf("base %d: counts are rounded to multiples of 2 or more", base)
	}
	of := make([][]int, len(cells)) // margins of a cell
	for m, parts := range margins {
		for _, c := range parts {
			if c < 0 || c >= len(cells) {
				return Rounded{}, fmt.Errorf("margin %d: there is no cell %d", m, c)
			}
			of[c] = append(of[c], m)
		}
	}
	up := make([]bool, len(cells))
	off := make([]int64, len(margins)) // rounded margin less true one
	var free []int                     // cells that are no multiples
	for c, x := range cells {
		if x < 0 {
			return Rounded{}, fmt.Errorf("cell %d: %d is negative", c, x)
		}
		rest := x % base
		if rest == 0 {
			continue
		}
		free = append(free, c)
		d := -rest
		if up[c] = 2*rest >= base; up[c] {
			d += base
		}
		for _, m := range of[c] {
			off[m] += d
		}
	}
	// Past base−1 a margin is no longer next to its true value: that counts for most.
	penalty := func(d int64) float64 {
		x := math.Abs(float64(d))
		beyond := math.Max(0, x-float64(base-1))
		return 1e6*beyond*beyond + x*x
	}
	turn := func(c int) {
		d := base
		if up[c] {
			d = -base
		}
		up[c] = !up[c]
		for _, m := range of[c] {
			off[m] += d
		}
	}
	// worth is by how much turning over cells lessens the penalty.
	worth := func(turned ...int) float64 {
		touched := map[int]int64{}
		for _, c := range turned {
			d := base
			if up[c] {
				d = -base
			}
			for _, m := range of[c] {
				touched[m] += d
			}
		}
		w := 0.0
		for _, m := range sortedKeys(touched) {
			w += penalty(off[m]) - penalty(off[m]+touched[m])
		}
		return w
	}
	beyond := func() bool {
		return slices.ContainsFunc(off, func(d int64) bool { return d >= base || -d >= base })
	}
	for better := true; better; {
		better = false
		for _, c := range free {
			if worth(c) > 1e-9 {
				turn(c)
				better = true
			}
		}
		if better || !beyond() {
			continue
		}
		for x, a := range free {
			for _, b := range free[x+1:] {
				if up[a] != up[b] && worth(a, b) > 1e-9 {
					turn(a)
					turn(b)
					better = true
				}
			}
		}
		// Around a rectangle: a pair that leaves one margin alone, and another that undoes what it does to a second one.
		if better || !beyond() {
			continue
		}
		better = chain(free, of, off, up, base, turn)
	}
	out := Rounded{Cells: make([]int64, len(cells)), Margins: make([]int64, len(margins))}
	for c, x := range cells {
		out.Cells[c] = x - x%base
		if up[c] {
			out.Cells[c] += base
		}
	}
	for m, parts := range margins {
		truth := int64(0)
		for _, c := range parts {
			out.Margins[m] += out.Cells[c]
			truth += cells[c]
		}
		out.Off = max(out.Off, out.Margins[m]-truth, truth-out.Margins[m])
	}
	return out, nil
}

func sortedKeys(m map[int]int64) []int {
	out := make([]int, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// chain looks for a path of cells, turned over in turn up and down, from a margin that is beyond its neighbours to ones that are not:
// each cell undoes what the one before did to a margin. It is a breadth-first search over margins, and finds a way whenever the
// margins are of two classifications.
func chain(free []int, of [][]int, off []int64, up []bool, base int64, turn func(int)) bool {
	in := map[int][]int{} // free cells of a margin
	for _, c := range free {
		for _, m := range of[c] {
			in[m] = append(in[m], c)
		}
	}
	for from := range off {
		if off[from] < base && -off[from] < base {
			continue
		}
		sign := int64(1)
		if off[from] < 0 {
			sign = -1
		}
		type place struct {
			margin int
			down   bool // the margin has too much here: a cell of it must go down
		}
		start := place{from, sign > 0}
		came := map[place]struct {
			from place
			cell int
		}{}
		queue := []place{start}
		seen := map[place]bool{start: true}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			for _, c := range in[at.margin] {
				if up[c] != at.down {
					continue
				}
				for _, m := range of[c] {
					// Turning c moves m too. It is the end of the way if m has room, else m must be put right by another cell.
					if m == at.margin {
						continue
					}
					next := place{m, !at.down}
					if seen[next] {
						continue
					}
					seen[next] = true
					came[next] = struct {
						from place
						cell int
					}{at, c}
					moved := off[m] - base
					if !at.down {
						moved = off[m] + base
					}
					if moved < base && -moved < base {
						before := worst(off, base)
						var turned []int
						for p := next; p != start; p = came[p].from {
							turned = append(turned, came[p].cell)
						}
						for _, c := range turned {
							turn(c)
						}
						if worst(off, base) < before {
							return true
						}
						for _, c := range turned {
							turn(c)
						}
					}
					queue = append(queue, next)
				}
			}
		}
	}
	return false
}

// worst is by how much margins are beyond the multiples next to their true values, in all.
func worst(off []int64, base int64) int64 {
	sum := int64(0)
	for _, d := range off {
		sum += max(0, d-base+1, -d-base+1)
	}
	return sum
}
