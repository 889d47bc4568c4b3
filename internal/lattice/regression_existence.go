package lattice

import (
	"context"
	"math"
)

// A RegressionExamination is the verdict on a regression before it is fitted.
type RegressionExamination struct {
	// Status is [Fitted] when the maximum likelihood estimate exists and is determined,
	// [NoMLE], [NotIdentifiable] or [NoMLENotIdentifiable] when not, and [NotConverged] when
	// rounding kept the question open.
	Status Status
	// Impossible holds the rows kept whose mean no estimate can make positive: the
	// certificate that there is no estimate. Their count is zero.
	Impossible []int
	// Undetermined holds the columns whose parameters the rows kept do not determine.
	Undetermined []int
}

// Tolerances of the examination. Columns are scaled to unit length on the rows with a
// positive count and rows to a largest entry of one before anything is compared.
const (
	rankTolerance = 1e-10
	signTolerance = 1e-9
)

// Examine decides whether the maximum likelihood estimate exists and is determined.
//
// There is no maximum if and only if some direction c has (Xc)ᵢ = 0 in all rows with a
// positive count and (Xc)ᵢ ≥ 0 in the kept rows with count zero, and not 0 in all of
// these: the likelihood increases along −c for ever (Haberman 1974; Fienberg and Rinaldo
// 2012, Ann. Statist. 40:996). If the rows with positive counts have full rank there is
// none. Else let the columns of Z span the directions orthogonal to them; a linear programme in
// as many variables as Z has columns, mostly one to three,
//
//	maximise Σ (XZu)ᵢ subject to (XZu)ᵢ ≥ 0 in the rows with count zero, Σ (XZu)ᵢ ≤ 1,
//
// has the value 0 when the estimate exists and 1 when not, and its solution names rows that cannot
// have a positive mean. It is solved by the simplex method with Bland's rule, in floating
// point because columns are real numbers; [Fitter.Examine] does the same in integers.
// The error is that of the context.
func (r *Regression) Examine(ctx context.Context) (RegressionExamination, error) {
	p := r.cols
	var positive, zero []int
	for i := range r.rows {
		switch {
		case !r.kept[i]:
		case r.y[i] > 0:
			positive = append(positive, i)
		default:
			zero = append(zero, i)
		}
	}
	scale := r.columnScales(positive, zero)
	rows := newMatrix(len(positive), p)
	for a, i := range positive {
		rows.setScaled(a, r.row(i), scale)
	}
	null := rows.nullSpace()
	if len(null) == 0 {
		return RegressionExamination{Status: Fitted}, nil
	}
	if err := ctx.Err(); err != nil {
		return RegressionExamination{Status: NotConverged}, err
	}
	d := len(null)
	v := newMatrix(len(zero), d)
	x := newMatrix(1, p)
	for a, i := range zero {
		x.setScaled(0, r.row(i), scale)
		for j, z := range null {
			sum, size := 0.0, 0.0
			for l, xl := range x.row(0) {
				sum += xl * z[l]
				size += math.Abs(xl * z[l])
			}
			if math.Abs(sum) > rankTolerance*size {
				v.row(a)[j] = sum
			}
		}
	}
	out := RegressionExamination{}
	loose := v.clone().nullSpace()
	for j := range p {
		for _, u := range loose {
			s, size := 0.0, 0.0
			for l, z := range null {
				s += z[j] * u[l]
				size += math.Abs(z[j] * u[l])
			}
			if size > 0 && math.Abs(s) > signTolerance*math.Max(1, size) {
				out.Undetermined = append(out.Undetermined, j)
				break
			}
		}
	}
	// Every solution names some rows; what remains is solved again until nothing is
	// found, so that the certificate is complete: a direction that is negative in rows
	// found before becomes admissible by adding enough of theirs.
	found := make([]bool, len(zero))
	for {
		var live []int
		for a := range zero {
			if !found[a] && v.rowSize(a) > 0 {
				live = append(live, a)
			}
		}
		cone := newMatrix(len(live), d)
		for b, a := range live {
			cone.setScaled(b, v.row(a), nil)
		}
		more, ok, err := cone.recede(ctx)
		if err != nil {
			return RegressionExamination{Status: NotConverged}, err
		}
		if !ok {
			return RegressionExamination{Status: NotConverged}, nil
		}
		if len(more) == 0 {
			break
		}
		for _, b := range more {
			found[live[b]] = true
		}
	}
	for a, i := range zero {
		if found[a] {
			out.Impossible = append(out.Impossible, i)
		}
	}
	switch {
	case len(out.Impossible) > 0 && len(loose) > 0:
		out.Status = NoMLENotIdentifiable
	case len(out.Impossible) > 0:
		out.Status = NoMLE
	case len(loose) > 0:
		out.Status = NotIdentifiable
	default:
		out.Status = Fitted
	}
	return out, nil
}

// columnScales returns one over the length of each column on the positive rows, or on
// the zero rows when it is 0 there.
func (r *Regression) columnScales(positive, zero []int) []float64 {
	scale := make([]float64, r.cols)
	for _, rows := range [][]int{positive, zero} {
		for j := range scale {
			if scale[j] > 0 {
				continue
			}
			largest := 0.0
			for _, i := range rows {
				largest = math.Max(largest, math.Abs(r.row(i)[j]))
			}
			if largest > 0 {
				scale[j] = 1 / largest
			}
		}
	}
	return scale
}

// A matrix is dense and row-major.
type matrix struct {
	m, n int
	a    []float64
}

func newMatrix(m, n int) *matrix { return &matrix{m, n, make([]float64, m*n)} }

func (x *matrix) row(i int) []float64 { return x.a[i*x.n : (i+1)*x.n] }

func (x *matrix) clone() *matrix { return &matrix{x.m, x.n, append([]float64(nil), x.a...)} }

func (x *matrix) rowSize(i int) float64 {
	size := 0.0
	for _, v := range x.row(i) {
		size = math.Max(size, math.Abs(v))
	}
	return size
}

// setScaled sets row i to v with its entries times scale, divided by the largest.
func (x *matrix) setScaled(i int, v, scale []float64) {
	row := x.row(i)
	for j := range row {
		row[j] = v[j]
		if scale != nil {
			row[j] *= scale[j]
		}
	}
	if size := x.rowSize(i); size > 0 {
		for j := range row {
			row[j] /= size
		}
	}
}

// reduce does column operations with complete pivoting until the pivot rows are unit
// vectors: row pivotRow[l] of the result is the unit vector of column pivotCol[l]. What is left in
// the other columns is zero. Rows must have a largest entry of one, or be zero.
func (x *matrix) reduce() (pivotRow, pivotCol []int) {
	usedRow, usedCol := make([]bool, x.m), make([]bool, x.n)
	for range min(x.m, x.n) {
		best, bi, bj := rankTolerance, -1, -1
		for i := range x.m {
			if usedRow[i] {
				continue
			}
			for j, v := range x.row(i) {
				if !usedCol[j] && math.Abs(v) > best {
					best, bi, bj = math.Abs(v), i, j
				}
			}
		}
		if bi < 0 {
			break
		}
		usedRow[bi], usedCol[bj] = true, true
		pivotRow, pivotCol = append(pivotRow, bi), append(pivotCol, bj)
		pivot := append([]float64(nil), x.row(bi)...)
		for i := range x.m {
			row := x.row(i)
			c := row[bj] / pivot[bj]
			if c == 0 {
				continue
			}
			for j, p := range pivot {
				if j != bj && p != 0 {
					v := row[j]
					row[j] = v - c*p
					if math.Abs(row[j]) < 1e-14*math.Abs(v) {
						row[j] = 0
					}
				}
			}
			row[bj] = c
		}
		unit := x.row(bi)
		clear(unit)
		unit[bj] = 1
	}
	return pivotRow, pivotCol
}

// nullSpace returns a basis of the vectors z with row·z = 0 for every row. The matrix
// is used up.
func (x *matrix) nullSpace() [][]float64 {
	n := x.n
	// Row operations on the matrix are column operations on its transpose: eliminate
	// with complete pivoting until the pivot columns are unit vectors.
	usedRow, usedCol := make([]bool, x.m), make([]bool, n)
	var pr, pc []int
	for range min(x.m, n) {
		best, bi, bj := rankTolerance, -1, -1
		for i := range x.m {
			if usedRow[i] {
				continue
			}
			for j, v := range x.row(i) {
				if !usedCol[j] && math.Abs(v) > best {
					best, bi, bj = math.Abs(v), i, j
				}
			}
		}
		if bi < 0 {
			break
		}
		usedRow[bi], usedCol[bj] = true, true
		pr, pc = append(pr, bi), append(pc, bj)
		pivot := x.row(bi)
		p := pivot[bj]
		for j := range pivot {
			pivot[j] /= p
		}
		for i := range x.m {
			if i == bi {
				continue
			}
			row := x.row(i)
			c := row[bj]
			if c == 0 {
				continue
			}
			for j, v := range pivot {
				row[j] -= c * v
			}
			row[bj] = 0
		}
	}
	var out [][]float64
	for j := range n {
		if usedCol[j] {
			continue
		}
		z := make([]float64, n)
		z[j] = 1
		for l, c := range pc {
			if v := -x.row(pr[l])[j]; math.Abs(v) > 1e-13 {
				z[c] = v
			}
		}
		out = append(out, z)
	}
	return out
}

// recede looks for u with row·u ≥ 0 for every row and > 0 for some, and returns the rows
// with > 0, or none when there is no such u. ok is false when the simplex method did not
// end. The matrix is used up; rows must not be zero.
func (x *matrix) recede(ctx context.Context) (rows []int, ok bool, err error) {
	if x.m == 0 {
		return nil, true, nil
	}
	basisRow, basisCol := x.reduce()
	r := len(basisRow)
	// In the coordinates s = (basis rows)·u ≥ 0 every other row is a combination T·s, a
	// basic variable that must not become negative; the last row is the bound 1 − Σ.
	label := make([]int, r) // variable of each column: a row of x, or x.m for the bound
	isBasis := make([]bool, x.m)
	for l, i := range basisRow {
		label[l] = i
		isBasis[i] = true
	}
	var basic []int
	for i := range x.m {
		if !isBasis[i] {
			basic = append(basic, i)
		}
	}
	basic = append(basic, x.m)
	m := len(basic)
	tab := newMatrix(m, r+1) // the last column is the constant
	bound := tab.row(m - 1)
	bound[r] = 1
	for a, i := range basic[:m-1] {
		for l, c := range basisCol {
			v := x.row(i)[c]
			if math.Abs(v) < signTolerance {
				v = 0
			}
			tab.row(a)[l] = v
			bound[l] -= v
		}
	}
	for l := range r {
		bound[l]--
	}
	// The objective is 1 − bound: while the bound is basic, its negated row holds the
	// objective's coefficients.
	for pivots := 0; pivots < 2000+50*(m+r); pivots++ {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		enter := -1
		for l := range r {
			if bound[l] < -signTolerance && (enter < 0 || label[l] < label[enter]) {
				enter = l
			}
		}
		if enter < 0 {
			return nil, true, nil
		}
		leave := -1
		least := math.Inf(1)
		for a := range m {
			c := tab.row(a)[enter]
			if c >= -signTolerance {
				continue
			}
			ratio := tab.row(a)[r] / -c
			if leave < 0 || ratio < least || ratio == least && basic[a] < basic[leave] {
				leave, least = a, ratio
			}
		}
		tab.exchange(leave, enter)
		label[enter], basic[leave] = basic[leave], label[enter]
		if leave == m-1 {
			for a := range m {
				if tab.row(a)[r] > signTolerance {
					rows = append(rows, basic[a])
				}
			}
			return rows, true, nil
		}
	}
	return nil, false, nil
}

// exchange makes the variable of column c basic in row a of a dictionary
// "basic = Σ entries·nonbasic + constant", and the variable of row a nonbasic.
func (x *matrix) exchange(a, c int) {
	pivot := x.row(a)
	p := pivot[c]
	for j := range pivot {
		pivot[j] /= -p
	}
	pivot[c] = 1 / p
	for i := range x.m {
		if i == a {
			continue
		}
		row := x.row(i)
		k := row[c]
		if k == 0 {
			continue
		}
		for j, v := range pivot {
			if j == c {
				row[j] = k * v
				continue
			}
			row[j] += k * v
			if math.Abs(row[j]) < 1e-13 {
				row[j] = 0
			}
		}
	}
}
