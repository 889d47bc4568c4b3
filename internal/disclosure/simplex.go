package disclosure

import (
	"math"
	"slices"
)

// A program is a linear program over the differences d between another table that fits the relations and the true one: R·d = 0 and
// low ≤ d ≤ high, with 0 always between the limits, so that there is no first phase. Each relation is solved for one of its cells,
// which makes the first basis; cells outside the basis may lie between their limits until they have been in it.
type program struct {
	a         [][]float64 // the tableau: a row says by how much its basic cell goes down when the others go up by one
	basis     []int       // cell of a row
	in        []bool      // cells in the basis
	low, high []float64
	value     []float64 // d of every cell
	steps     int       // since the tableau was made
	stops     []stop    // of the step that is being made
}

const (
	tiny  = 1e-9 // of a person, or of the worth of one
	slack = 1e-7 // of a person, by which a limit may be passed
	small = 1e-7 // entries of the tableau below it are rounding errors of 0: true ones are ratios of small whole numbers
)

// newProgram solves the relations of a release for as many cells. Nothing may move yet.
func newProgram(r Release) *program {
	n := len(r.Cells)
	p := &program{in: make([]bool, n), low: make([]float64, n), high: make([]float64, n), value: make([]float64, n)}
	for _, rel := range r.Relations {
		row := make([]float64, n)
		for _, t := range rel {
			row[t.Cell] += float64(t.Coefficient)
		}
		for i, b := range p.basis { // put what is solved already into the relation
			if f := row[b]; f != 0 {
				for k, x := range p.a[i] {
					row[k] -= f * x
				}
				row[b] = 0
			}
		}
		// Derived cells are in no other relation; a total is the first cell of its own.
		solve := -1
		for _, t := range rel {
			if row[t.Cell] != 0 && (solve < 0 || r.Cells[t.Cell].Derived && !r.Cells[solve].Derived) {
				solve = t.Cell
			}
		}
		if solve < 0 {
			solve = slices.IndexFunc(row, func(x float64) bool { return x != 0 })
		}
		if solve < 0 { // it follows from the others
			continue
		}
		p.a, p.basis = append(p.a, row), append(p.basis, solve)
		p.in[solve] = true
		p.pivot(len(p.a)-1, solve)
	}
	return p
}

// clone is the same program, to be changed.
func (p *program) clone() *program {
	q := &program{basis: slices.Clone(p.basis), in: slices.Clone(p.in), low: slices.Clone(p.low), high: slices.Clone(p.high),
		value: slices.Clone(p.value), a: make([][]float64, len(p.a))}
	flat := make([]float64, len(p.a)*len(p.in))
	for i, row := range p.a {
		q.a[i] = flat[i*len(row) : (i+1)*len(row)]
		copy(q.a[i], row)
	}
	return q
}

// fits reports whether the differences keep to the relations and their limits, but for a millionth of a person.
func (p *program) fits(r Release) bool {
	for j, d := range p.value {
		if d < p.low[j]-1e-6 || d > p.high[j]+1e-6 {
			return false
		}
	}
	for _, rel := range r.Relations {
		sum := 0.0
		for _, t := range rel {
			sum += float64(t.Coefficient) * p.value[t.Cell]
		}
		if math.Abs(sum) > 1e-6 {
			return false
		}
	}
	return true
}

// reach takes cell target as far in a direction (1 or −1) as it goes, or until it has gone enough, and returns how far; +Inf when
// nothing stops it. It starts from where the last call ended.
func (p *program) reach(target int, direction, enough float64) float64 {
	n := len(p.in)
	// z is what one unit of a cell outside the basis takes from the target through the basis.
	z := make([]float64, n)
	for i, b := range p.basis {
		if b == target {
			for k, x := range p.a[i] {
				z[k] += direction * x
			}
		}
	}
	still := 0 // steps without progress
	for direction*p.value[target] < enough && still < 5_000 {
		p.steps++
		enter, dir, best := -1, 0.0, tiny
		for k := range n {
			j := k
			if still > 50 { // begin elsewhere each time and take what comes: that does not go round in circles for long
				j = (k + p.steps*7919) % n
			}
			if p.in[j] {
				continue
			}
			worth := -z[j]
			if j == target {
				worth += direction
			}
			if p.value[j] < p.high[j]-tiny && worth > best {
				enter, dir, best = j, 1, worth
			}
			if p.value[j] > p.low[j]+tiny && -worth > best {
				enter, dir, best = j, -1, -worth
			}
			if enter >= 0 && still > 50 {
				break
			}
		}
		if enter < 0 {
			return direction * p.value[target]
		}
		p.stops = p.stops[:0]
		p.stop(-1, enter, dir)
		for i, b := range p.basis {
			if x := -dir * p.a[i][enter]; math.Abs(x) > small {
				p.stop(i, b, x)
			}
		}
		if len(p.stops) == 0 {
			return math.Inf(1)
		}
		end := p.stops[0]
		for _, s := range p.stops[1:] {
			if s.at < end.at {
				end = s
			}
		}
		// Of the cells that could stop it within a ten-millionth of a person, the one that moves the most (Harris 1973).
		for _, s := range p.stops {
			if s.at <= end.at+slack && s.rate > end.rate && s.row >= 0 && end.row >= 0 {
				end = s
				break
			}
		}
		if best*end.at > tiny {
			still = 0
		} else {
			still++
		}
		p.value[enter] += dir * end.at
		for i, b := range p.basis {
			if x := p.a[i][enter]; x != 0 {
				p.value[b] -= dir * end.at * x
			}
		}
		if end.row < 0 {
			p.value[enter] = end.to
			continue
		}
		out := p.basis[end.row]
		p.value[out], p.in[out] = end.to, false
		p.basis[end.row], p.in[enter] = enter, true
		change := -z[enter]
		if enter == target {
			change += direction
		}
		for _, k := range p.pivot(end.row, enter) {
			z[k] += change * p.a[end.row][k]
		}
	}
	return direction * p.value[target]
}

// A stop is where a cell comes to a limit.
type stop struct {
	row  int     // −1: the cell that enters the basis
	at   float64 // so far on the way
	to   float64 // the value it has there
	rate float64 // how fast it goes there, without sign
}

// stop adds that of cell j, which goes at rate x.
func (p *program) stop(row, j int, x float64) {
	limit := p.high[j]
	if x < 0 {
		limit = p.low[j]
	}
	if !math.IsInf(limit, 0) {
		p.stops = append(p.stops, stop{row, math.Max((limit-p.value[j])/x, 0), limit, math.Abs(x)})
	}
}

// pivot makes the column of cell e the unit vector of row r, and returns where the row is not 0.
func (p *program) pivot(r, e int) []int {
	row := p.a[r]
	f := 1 / row[e]
	var at []int
	for k, x := range row {
		if x == 0 {
			continue
		}
		if row[k] = x * f; math.Abs(row[k]) < small*1e-2 {
			row[k] = 0
			continue
		}
		at = append(at, k)
	}
	row[e] = 1
	for i, other := range p.a {
		if f := other[e]; i != r && f != 0 {
			for _, k := range at {
				if other[k] -= f * row[k]; math.Abs(other[k]) < small*1e-2 {
					other[k] = 0
				}
			}
			other[e] = 0
		}
	}
	return at
}
