package lattice

import (
	"math"
	"math/big"
	"math/bits"
)

// Existence of the maximum likelihood estimate (Fienberg and Rinaldo 2012; for
// models with empty margins Chan, Silverman and Vincent 2021).
//
// Write X for the cells kept × finite terms, with X[w,t] = 1 when t is a submask of w.
// The likelihood has no maximum if and only if there is a direction c with (Xc)[w] = 0
// in all cells with a positive count, (Xc)[w] ≥ 0 in the kept cells with count zero, and
// not all of them zero: along −c the likelihood increases for ever. So
//
//  1. if the rows of the positive cells have full rank there is no such c: the
//     estimate exists and is determined. This settles most models, and arithmetic
//     modulo 2 can show it, since a determinant that is odd is not zero;
//  2. else let the columns of Z span the directions orthogonal to the positive rows, and let
//     v[w] = (XZ)[w] for the cells with count zero. The parameters are determined if
//     and only if the v span everything; and by Stiemke's theorem the estimate
//     exists if and only if some strictly positive combination of the v is zero,
//     which is a linear programme with as many rows as Z has columns: one to three as a rule.
//
// All of it is done in integers: exact, and with a certificate, the cells of which no
// fitted mean can be positive.

// examiner is the workspace of the test.
type examiner struct {
	basis  []int64 // reduced rows, each of length p
	row    []int64
	lead   []int
	null   []int64 // basis of the null space, each of length p
	v      []int64 // per zero cell, its d coordinates
	zero   []int32 // zero cells with v ≠ 0
	tab    []int64
	bas    []int
	forced []int32 // certificate
	loose  []uint32
}

// Examination is the verdict on a model before it is fitted.
type Examination struct {
	Status Status
	// Impossible holds the cells whose mean no estimate can make positive though the
	// data have not declared them empty: the certificate that there is no MLE.
	Impossible []uint32
	// Undetermined holds the terms whose parameters the data do not determine.
	Undetermined []uint32
	// Infinite holds the terms with an empty margin, whose parameters are at −∞.
	Infinite []uint32
}

// Examine decides whether the model with the given terms has an extended maximum
// likelihood estimate and whether its parameters are determined.
func (f *Fitter) Examine(terms []uint32) Examination {
	f.prepare(terms)
	x := Examination{Status: f.examine(), Infinite: append([]uint32(nil), f.infinite...)}
	if x.Status == NoMLE || x.Status == NoMLENotIdentifiable {
		for _, w := range f.exam.forced {
			x.Impossible = append(x.Impossible, uint32(w))
		}
	}
	if x.Status == NotIdentifiable || x.Status == NoMLENotIdentifiable {
		x.Undetermined = append(x.Undetermined, f.exam.loose...)
	}
	return x
}

// examine tests the prepared model, and removes the cells of the certificate so that a fit finds
// the supremum of the likelihood.
func (f *Fitter) examine() Status {
	if f.fullRankModTwo() {
		return Fitted
	}
	status, ok := f.examineIntegers()
	if !ok {
		status = f.examineBig()
	}
	if len(f.exam.forced) > 0 {
		f.dropForced()
	}
	return status
}

func (f *Fitter) dropForced() {
	out := f.cells[:0]
	for _, w := range f.cells {
		drop := false
		for _, z := range f.exam.forced {
			if z == w {
				drop = true
				break
			}
		}
		if !drop {
			out = append(out, w)
		}
	}
	f.cells = out
}

// fullRankModTwo reports whether the positive rows have full rank modulo 2, which
// implies full rank.
func (f *Fitter) fullRankModTwo() bool {
	p := len(f.terms)
	if p > 64 || len(f.positive) < p {
		return false
	}
	var pivots [64]uint64
	rank := 0
	for _, w := range f.positive {
		var row uint64
		for i, t := range f.terms {
			if uint32(w)&t == t {
				row |= 1 << uint(i)
			}
		}
		for row != 0 {
			b := bits.TrailingZeros64(row)
			if pivots[b] == 0 {
				pivots[b] = row
				rank++
				break
			}
			row ^= pivots[b]
		}
		if rank == p {
			return true
		}
	}
	return false
}

// limit keeps products of two entries, and the difference of two products, within int64.
const limit = 1 << 30

func gcd(a, b int64) int64 {
	if a < 0 {
		a = -a
	}
	if b < 0 {
		b = -b
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// shrink divides a row by the greatest common divisor of its entries; ok is false
// when an entry is still too large.
func shrink(row []int64) (ok bool) {
	var g int64
	for _, v := range row {
		if v != 0 {
			g = gcd(g, v)
			if g == 1 {
				break
			}
		}
	}
	if g > 1 {
		for i := range row {
			row[i] /= g
		}
	}
	for _, v := range row {
		if v >= limit || v <= -limit {
			return false
		}
	}
	return true
}

// examineIntegers does steps 1 and 2 in int64; ok is false on overflow.
func (f *Fitter) examineIntegers() (status Status, ok bool) {
	e := &f.exam
	p := len(f.terms)
	e.forced, e.loose = e.forced[:0], e.loose[:0]
	// Reduced row echelon form of the positive rows.
	e.basis, e.lead = e.basis[:0], e.lead[:0]
	if cap(e.row) < p {
		e.row = make([]int64, p)
	}
	row := e.row[:p]
	rank := 0
	for _, w := range f.positive {
		if rank == p {
			break
		}
		for i, t := range f.terms {
			row[i] = 0
			if uint32(w)&t == t {
				row[i] = 1
			}
		}
		for r := range rank {
			b := e.basis[r*p : r*p+p]
			c := e.lead[r]
			if row[c] == 0 {
				continue
			}
			x, y := b[c], row[c]
			for j := range row {
				row[j] = row[j]*x - b[j]*y
			}
			if !shrink(row) {
				return 0, false
			}
		}
		lead := -1
		for j, v := range row {
			if v != 0 {
				lead = j
				break
			}
		}
		if lead < 0 {
			continue
		}
		for r := range rank {
			b := e.basis[r*p : r*p+p]
			if b[lead] == 0 {
				continue
			}
			x, y := row[lead], b[lead]
			for j := range b {
				b[j] = b[j]*x - row[j]*y
			}
			if !shrink(b) {
				return 0, false
			}
		}
		e.basis = append(e.basis, row...)
		e.lead = append(e.lead, lead)
		rank++
	}
	d := p - rank
	if d == 0 {
		return Fitted, true
	}
	// Null space: one vector per column that leads no row.
	e.null = e.null[:0]
	isLead := uint64s(&f.rows, p)
	for _, c := range e.lead {
		isLead[c/64] |= 1 << uint(c%64)
	}
	for c := range p {
		if isLead[c/64]>>uint(c%64)&1 == 1 {
			continue
		}
		at := len(e.null)
		e.null = append(e.null, make([]int64, p)...)
		z := e.null[at:]
		z[c] = 1
		for r := range rank {
			b := e.basis[r*p : r*p+p]
			if b[c] == 0 {
				continue
			}
			// b[lead]·z[lead] + b[c]·z[c] = 0: scale z so that it divides.
			den := b[e.lead[r]] / gcd(b[e.lead[r]], b[c]*z[c])
			if den < 0 {
				den = -den
			}
			if den != 1 {
				for j := range z {
					z[j] *= den
				}
			}
			z[e.lead[r]] = -b[c] * z[c] / b[e.lead[r]]
			if !shrink(z) {
				return 0, false
			}
		}
	}
	// v of the zero cells.
	e.v, e.zero = e.v[:0], e.zero[:0]
	for _, w := range f.cells {
		if f.y[w] > 0 {
			continue
		}
		at := len(e.v)
		any := false
		for i := range d {
			var s int64
			z := e.null[i*p : i*p+p]
			for j, t := range f.terms {
				if uint32(w)&t == t {
					s += z[j]
				}
			}
			if s >= limit || s <= -limit {
				return 0, false
			}
			any = any || s != 0
			e.v = append(e.v, s)
		}
		if any {
			e.zero = append(e.zero, w)
		} else {
			e.v = e.v[:at]
		}
	}
	identifiable := true
	if r, good := rankInt(e.v, d); !good {
		return 0, false
	} else if r < d {
		identifiable = false
		if !f.looseTerms(d) {
			return 0, false
		}
	}
	exists := true
	for len(e.zero) > 0 {
		u, feasible, good := e.stiemke(d)
		if !good {
			return 0, false
		}
		if feasible {
			break
		}
		exists = false
		if !e.force(u, d) {
			return 0, false
		}
	}
	switch {
	case exists && identifiable:
		return Fitted, true
	case exists:
		return NotIdentifiable, true
	case identifiable:
		return NoMLE, true
	}
	return NoMLENotIdentifiable, true
}

func uint64s(buf *[]uint64, p int) []uint64 {
	n := (p + 63) / 64
	if cap(*buf) < n {
		*buf = make([]uint64, n)
	}
	out := (*buf)[:n]
	clear(out)
	return out
}

// rankInt is the rank of rows of length d.
func rankInt(v []int64, d int) (rank int, ok bool) {
	var basis [][]int64
	var lead []int
	for at := 0; at < len(v) && rank < d; at += d {
		row := append([]int64(nil), v[at:at+d]...)
		for r, b := range basis {
			if c := lead[r]; row[c] != 0 {
				x, y := b[c], row[c]
				for j := range row {
					row[j] = row[j]*x - b[j]*y
				}
				if !shrink(row) {
					return 0, false
				}
			}
		}
		for j, x := range row {
			if x != 0 {
				basis, lead = append(basis, row), append(lead, j)
				rank++
				break
			}
		}
	}
	return rank, true
}

// looseTerms finds the terms that some direction c with Xc = 0 in all cells kept moves.
func (f *Fitter) looseTerms(d int) bool {
	e := &f.exam
	// Null space of v, in the coordinates of the null vectors.
	rows, lead := make([][]int64, 0, d), make([]int, 0, d)
	for at := 0; at < len(e.v); at += d {
		row := append([]int64(nil), e.v[at:at+d]...)
		for r, b := range rows {
			if c := lead[r]; row[c] != 0 {
				x, y := b[c], row[c]
				for j := range row {
					row[j] = row[j]*x - b[j]*y
				}
				if !shrink(row) {
					return false
				}
			}
		}
		l := -1
		for j, x := range row {
			if x != 0 {
				l = j
				break
			}
		}
		if l < 0 {
			continue
		}
		for r, b := range rows {
			if b[l] != 0 {
				x, y := row[l], b[l]
				for j := range b {
					b[j] = b[j]*x - row[j]*y
				}
				if !shrink(b) {
					return false
				}
				rows[r] = b
			}
		}
		rows, lead = append(rows, row), append(lead, l)
	}
	p := len(f.terms)
	moved := make([]bool, p)
	for c := range d {
		isLead := false
		for _, l := range lead {
			isLead = isLead || l == c
		}
		if isLead {
			continue
		}
		// coef[c] = 1, coef[lead r] = −rows[r][c]/rows[r][lead]; combine over a common denominator.
		sum := make([]float64, p)
		exact := make([]int64, d)
		var den int64 = 1
		for r, b := range rows {
			den = den / gcd(den, b[lead[r]]) * b[lead[r]]
			if den >= limit || den <= -limit {
				return false
			}
		}
		exact[c] = den
		for r, b := range rows {
			exact[lead[r]] = -b[c] * (den / b[lead[r]])
			if exact[lead[r]] >= limit || exact[lead[r]] <= -limit {
				return false
			}
		}
		for i := range d {
			for j := range p {
				sum[j] += float64(exact[i]) * float64(e.null[i*p+j])
			}
		}
		for j := range sum {
			// Entries are integers below 2^60 in magnitude: a sum that is not 0 is at least 1.
			if math.Abs(sum[j]) > 0.5 {
				moved[j] = true
			}
		}
	}
	for j, t := range f.terms {
		if moved[j] {
			e.loose = append(e.loose, t)
		}
	}
	return true
}

// force moves the zero cells with v·u > 0 to the certificate.
func (e *examiner) force(u []int64, d int) bool {
	n := 0
	for i, w := range e.zero {
		var s int64
		for j := range d {
			s += e.v[i*d+j] * u[j]
		}
		if s > 0 {
			e.forced = append(e.forced, w)
			continue
		}
		e.zero[n] = w
		copy(e.v[n*d:n*d+d], e.v[i*d:i*d+d])
		n++
	}
	done := n < len(e.zero)
	e.zero, e.v = e.zero[:n], e.v[:n*d]
	// Cells whose v became irrelevant stay; a cell with v = 0 never entered.
	return done
}

// stiemke looks for λ ≥ 1 with Σ λ[w]·v[w] = 0. When there is none it returns u with
// v[w]·u ≥ 0 for all w, not all zero. It is phase 1 of the simplex method with Bland's
// rule on μ = λ − 1 ≥ 0, Σ μ v = −Σ v, with integer pivoting (every entry is a minor of
// the start tableau, so divisions are exact). ok is false on overflow.
func (e *examiner) stiemke(d int) (u []int64, feasible, ok bool) {
	n := len(e.zero)
	cols := n + d + 1 // cells, artificial variables, right-hand side
	size := (d + 1) * cols
	if cap(e.tab) < size {
		e.tab = make([]int64, size)
	}
	if cap(e.bas) < d {
		e.bas = make([]int, d)
	}
	tab, bas := e.tab[:size], e.bas[:d]
	clear(tab)
	obj := tab[d*cols:]
	flip := make([]int64, d)
	for i := range d {
		row := tab[i*cols : (i+1)*cols]
		var b int64
		for w := range n {
			row[w] = e.v[w*d+i]
			b -= row[w]
		}
		flip[i] = 1
		if b < 0 {
			flip[i] = -1
			b = -b
			for w := range n {
				row[w] = -row[w]
			}
		}
		row[cols-1] = b
		row[n+i] = 1
		bas[i] = n + i
		// Reduced costs of minimising the sum of the artificial variables.
		for w := range n {
			obj[w] -= row[w]
		}
		obj[cols-1] -= b
		if b >= limit {
			return nil, false, false
		}
	}
	var prev int64 = 1
	for {
		enter := -1
		for c := range n {
			if obj[c] < 0 {
				enter = c
				break
			}
		}
		if enter < 0 {
			break
		}
		leave := -1
		for i := range d {
			a := tab[i*cols+enter]
			if a <= 0 {
				continue
			}
			if leave < 0 {
				leave = i
				continue
			}
			l := tab[leave*cols+enter]
			x, y := tab[i*cols+cols-1]*l, tab[leave*cols+cols-1]*a
			if x < y || x == y && bas[i] < bas[leave] {
				leave = i
			}
		}
		if leave < 0 {
			return nil, false, false // cannot happen: the objective is bounded by 0
		}
		pr := tab[leave*cols : (leave+1)*cols]
		piv := pr[enter]
		for i := range d + 1 {
			if i == leave {
				continue
			}
			row := tab[i*cols : (i+1)*cols]
			a := row[enter]
			for j := range row {
				row[j] = (row[j]*piv - a*pr[j]) / prev
				if row[j] >= limit || row[j] <= -limit {
					return nil, false, false
				}
			}
		}
		prev = piv
		bas[leave] = enter
	}
	if obj[cols-1] == 0 {
		return nil, true, true
	}
	// The reduced cost of artificial i is 1 − y[i] (scaled by prev); y is the dual solution,
	// and u = −y up to the sign with which the row entered.
	u = make([]int64, d)
	for i := range d {
		y := prev - obj[n+i]
		u[i] = -y * flip[i]
	}
	if !shrink(u) {
		return nil, false, false
	}
	return u, false, true
}

// examineBig is examineIntegers in rational numbers of any size: the way out when
// int64 overflows, and the oracle of the tests.
func (f *Fitter) examineBig() Status {
	e := &f.exam
	e.forced, e.loose = e.forced[:0], e.loose[:0]
	p := len(f.terms)
	indicator := func(w int32) []*big.Rat {
		row := make([]*big.Rat, p)
		for i, t := range f.terms {
			row[i] = new(big.Rat)
			if uint32(w)&t == t {
				row[i].SetInt64(1)
			}
		}
		return row
	}
	var rows [][]*big.Rat
	for _, w := range f.positive {
		rows = append(rows, indicator(w))
	}
	null := nullSpace(rows, p)
	d := len(null)
	if d == 0 {
		return Fitted
	}
	var v [][]*big.Rat
	var zero []int32
	for _, w := range f.cells {
		if f.y[w] > 0 {
			continue
		}
		x := make([]*big.Rat, d)
		any := false
		for i, z := range null {
			x[i] = dot(indicator(w), z)
			any = any || x[i].Sign() != 0
		}
		if any {
			v, zero = append(v, x), append(zero, w)
		}
	}
	status := Fitted
	if free := nullSpace(v, d); len(free) > 0 {
		status = NotIdentifiable
		for j, t := range f.terms {
			for _, c := range free {
				s := new(big.Rat)
				for i := range d {
					s.Add(s, new(big.Rat).Mul(c[i], null[i][j]))
				}
				if s.Sign() != 0 {
					e.loose = append(e.loose, t)
					break
				}
			}
		}
	}
	for len(v) > 0 {
		u := stiemkeBig(v, d)
		if u == nil {
			break
		}
		if status == Fitted {
			status = NoMLE
		} else if status == NotIdentifiable {
			status = NoMLENotIdentifiable
		}
		var nv [][]*big.Rat
		var nz []int32
		for i, x := range v {
			if dot(x, u).Sign() > 0 {
				e.forced = append(e.forced, zero[i])
			} else {
				nv, nz = append(nv, x), append(nz, zero[i])
			}
		}
		v, zero = nv, nz
	}
	return status
}

func dot(a, b []*big.Rat) *big.Rat {
	s := new(big.Rat)
	for i := range a {
		if a[i].Sign() != 0 && b[i].Sign() != 0 {
			s.Add(s, new(big.Rat).Mul(a[i], b[i]))
		}
	}
	return s
}

// nullSpace returns a basis of the vectors of length p orthogonal to all rows.
func nullSpace(rows [][]*big.Rat, p int) [][]*big.Rat {
	var basis [][]*big.Rat
	var lead []int
	for _, src := range rows {
		row := make([]*big.Rat, p)
		for j := range row {
			row[j] = new(big.Rat).Set(src[j])
		}
		for r, b := range basis {
			eliminate(row, b, lead[r])
		}
		l := -1
		for j, x := range row {
			if x.Sign() != 0 {
				l = j
				break
			}
		}
		if l < 0 {
			continue
		}
		inv := new(big.Rat).Inv(row[l])
		for j := range row {
			row[j].Mul(row[j], inv)
		}
		for _, b := range basis {
			eliminate(b, row, l)
		}
		basis, lead = append(basis, row), append(lead, l)
	}
	isLead := make([]bool, p)
	for _, l := range lead {
		isLead[l] = true
	}
	var null [][]*big.Rat
	for c := range p {
		if isLead[c] {
			continue
		}
		z := make([]*big.Rat, p)
		for j := range z {
			z[j] = new(big.Rat)
		}
		z[c].SetInt64(1)
		for r, b := range basis {
			z[lead[r]].Neg(b[c])
		}
		null = append(null, z)
	}
	return null
}

// eliminate subtracts from row the multiple of b, whose entry c is 1, that makes its entry c zero.
func eliminate(row, b []*big.Rat, c int) {
	if row[c].Sign() == 0 {
		return
	}
	x := new(big.Rat).Set(row[c])
	for j := range row {
		if b[j].Sign() != 0 {
			row[j].Sub(row[j], new(big.Rat).Mul(x, b[j]))
		}
	}
}

// stiemkeBig is stiemke in rationals; nil when a positive combination is zero.
func stiemkeBig(v [][]*big.Rat, d int) []*big.Rat {
	n := len(v)
	cols := n + d + 1
	tab := make([][]*big.Rat, d+1)
	for i := range tab {
		tab[i] = make([]*big.Rat, cols)
		for j := range tab[i] {
			tab[i][j] = new(big.Rat)
		}
	}
	bas := make([]int, d)
	flip := make([]bool, d)
	for i := range d {
		row := tab[i]
		for w := range n {
			row[w].Set(v[w][i])
			row[cols-1].Sub(row[cols-1], v[w][i])
		}
		if row[cols-1].Sign() < 0 {
			flip[i] = true
			for j := range row {
				row[j].Neg(row[j])
			}
		}
		row[n+i].SetInt64(1)
		bas[i] = n + i
		for j := range cols {
			if j < n || j == cols-1 {
				tab[d][j].Sub(tab[d][j], row[j])
			}
		}
	}
	for {
		enter := -1
		for c := range n {
			if tab[d][c].Sign() < 0 {
				enter = c
				break
			}
		}
		if enter < 0 {
			break
		}
		leave := -1
		var best *big.Rat
		for i := range d {
			if tab[i][enter].Sign() <= 0 {
				continue
			}
			ratio := new(big.Rat).Quo(tab[i][cols-1], tab[i][enter])
			if leave < 0 || ratio.Cmp(best) < 0 || ratio.Cmp(best) == 0 && bas[i] < bas[leave] {
				leave, best = i, ratio
			}
		}
		inv := new(big.Rat).Inv(tab[leave][enter])
		for j := range cols {
			tab[leave][j].Mul(tab[leave][j], inv)
		}
		for i := range d + 1 {
			if i != leave {
				eliminate(tab[i], tab[leave], enter)
			}
		}
		bas[leave] = enter
	}
	if tab[d][cols-1].Sign() == 0 {
		return nil
	}
	u := make([]*big.Rat, d)
	for i := range d {
		u[i] = new(big.Rat).Sub(tab[d][n+i], big.NewRat(1, 1))
		if flip[i] {
			u[i].Neg(u[i])
		}
	}
	return u
}

// Estimable reports whether the model with the given terms has an extended maximum likelihood
// estimate with determined parameters: Examine without the certificate.
func (f *Fitter) Estimable(terms []uint32) bool {
	f.prepare(terms)
	return f.examine() == Fitted
}
