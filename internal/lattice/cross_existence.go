package lattice

import (
	"context"
	"errors"
	"math"
	"slices"
)

// ErrUnsettled is returned when rounding keeps the question of existence open.
var ErrUnsettled = errors.New("lattice: the simplex method did not end")

// A Limit is where something goes as the likelihood grows to its supremum.
type Limit uint8

// The limits.
const (
	Finite       Limit = iota // it has one finite value
	Falls                     // to −∞; a mean to 0
	Grows                     // to +∞
	Undetermined              // the data do not say
)

// A CrossExamination is the verdict on a model of a [Cross]. When the maximum of the likelihood does not exist, its supremum is
// approached as the cells Empty go to zero; what matters is whether the unobserved cells have a limit then.
type CrossExamination struct {
	// Empty holds the observable cells whose means go to zero though nothing excludes them, ascending. Their counts are zero.
	Empty []int32
	// Unseen says, by group, where the mean of mask 0 goes.
	Unseen []Limit
	// Columns says where the parameter of each column of the model goes, in its order.
	Columns []Limit
	// Rank is the number of parameters that the observable cells could determine, whatever is counted in them.
	Rank int
}

// Worst is the worst of the limits of the unobserved cells, Finite and Falls being equally good.
func (x *CrossExamination) Worst() Limit {
	worst := Finite
	for _, l := range x.Unseen {
		if l > Falls && l > worst {
			worst = l
		}
	}
	return worst
}

// Examine decides which cells the supremum of the likelihood fits by zero, and what becomes of parameters and unobserved cells.
//
// Let X be the design on the observable cells. A direction c with (Xc) = 0 where something was counted and (Xc) ≥ 0 elsewhere is
// one along whose opposite the likelihood never falls (Haberman 1974; Fienberg and Rinaldo 2012). The cells with (Xc) > 0 for
// some such c are fitted by zero. A linear function x of the parameters, one of them or the predictor of an unobserved cell, is
// finite when it does not change along any direction that the other cells leave free; where it does, x·c is positive for all such
// c (x falls), negative for all (it grows), or neither (it is not determined). Linear programmes in the few free directions decide it;
// when the counted cells have full rank there are none. The error is that of the context.
func (f *CrossFitter) Examine(ctx context.Context, model []int32) (*CrossExamination, error) {
	f.compile(model)
	p := len(model)
	out := &CrossExamination{Unseen: make([]Limit, f.groups), Columns: make([]Limit, p), Rank: p}
	clear(f.mu)
	for _, i := range f.positive {
		f.mu[i] = 1
	}
	penalty := f.Penalty
	f.Penalty = nil
	f.assemble()
	f.Penalty = penalty
	gram := newMatrix(p, p)
	scale := make([]float64, p)
	for i := range p {
		scale[i] = 1
		if d := f.hess[i*p+i]; d > 0 {
			scale[i] = 1 / math.Sqrt(d)
		}
	}
	for i := range p {
		for j := range i + 1 {
			v := f.hess[i*p+j] * scale[i] * scale[j]
			gram.a[i*p+j], gram.a[j*p+i] = v, v
		}
	}
	if factorise(slices.Clone(gram.a), p, 1e-9) == 0 {
		return out, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	null := gram.nullSpace()
	d := len(null)
	if d == 0 {
		return out, nil
	}
	for _, z := range null {
		for i := range z {
			z[i] *= scale[i]
		}
		largest := 0.0
		for _, v := range z {
			largest = math.Max(largest, math.Abs(v))
		}
		for i := range z {
			if z[i] /= largest; math.Abs(z[i]) < 1e-9 {
				z[i] = 0
			}
		}
	}
	// v holds (Xz) of the cells without a count, one row for each set of equal ones.
	unseen := newMatrix(f.groups, d)
	at := map[string]int{}
	var rows [][]float64
	cells := [][]int32{}
	by := make([]float64, f.groups*f.m*d)
	for l, z := range null {
		for g := range f.groups {
			eta := f.predict(g, z)
			for w, v := range eta {
				if math.Abs(v) < 1e-8 {
					v = 0
				}
				by[(g*f.m+w)*d+l] = v
			}
		}
	}
	next := 0
	for _, i := range f.cells {
		if next < len(f.positive) && f.positive[next] == i {
			next++
			continue
		}
		row := by[int(i)*d : int(i)*d+d]
		size := 0.0
		for _, v := range row {
			size = math.Max(size, math.Abs(v))
		}
		if size == 0 {
			continue
		}
		key := make([]byte, 0, 8*d)
		for _, v := range row {
			q := int64(math.Round(v / size * 1e7))
			for range 4 {
				key = append(key, byte(q))
				q >>= 8
			}
		}
		r, ok := at[string(key)]
		if !ok {
			r = len(rows)
			at[string(key)] = r
			unit := make([]float64, d)
			for l, v := range row {
				unit[l] = v / size
			}
			rows, cells = append(rows, unit), append(cells, nil)
		}
		cells[r] = append(cells[r], i)
	}
	for g := range f.groups {
		copy(unseen.row(g), by[g*f.m*d:g*f.m*d+d])
	}
	all := matrixOf(rows, d)
	loose := all.clone().nullSpace()
	out.Rank = p - len(loose)
	forced, err := strictlyPositive(ctx, rows, d)
	if err != nil {
		return nil, err
	}
	// Directions that the cells which are not emptied leave free, in the coordinates of null.
	var firm, emptied [][]float64
	for r, row := range rows {
		if forced[r] {
			emptied = append(emptied, row)
			out.Empty = append(out.Empty, cells[r]...)
		} else {
			firm = append(firm, row)
		}
	}
	slices.Sort(out.Empty)
	free := matrixOf(firm, d).nullSpace()
	if len(firm) == 0 {
		free = nil
		for l := range d {
			e := make([]float64, d)
			e[l] = 1
			free = append(free, e)
		}
	}
	if len(free) == 0 {
		return out, nil
	}
	judge := &limits{d: len(free), cones: restrict(emptied, free)}
	judge.loose = matrixOf(judge.cones, judge.d).nullSpace()
	if len(judge.cones) == 0 {
		judge.loose = nil
		for l := range judge.d {
			e := make([]float64, judge.d)
			e[l] = 1
			judge.loose = append(judge.loose, e)
		}
	}
	for g := range f.groups {
		if out.Unseen[g], err = judge.of(ctx, restrict([][]float64{unseen.row(g)}, free)[0]); err != nil {
			return nil, err
		}
	}
	for j := range p {
		e := make([]float64, d)
		for l, z := range null {
			e[l] = z[j]
		}
		if out.Columns[j], err = judge.of(ctx, restrict([][]float64{e}, free)[0]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func matrixOf(rows [][]float64, d int) *matrix {
	x := newMatrix(len(rows), d)
	for i, r := range rows {
		copy(x.row(i), r)
	}
	return x
}

// restrict writes rows in the coordinates of a subspace; entries that only rounding keeps from zero become zero.
func restrict(rows, basis [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i, r := range rows {
		out[i] = make([]float64, len(basis))
		for l, z := range basis {
			s, size := 0.0, 0.0
			for j, v := range r {
				s += v * z[j]
				size += math.Abs(v * z[j])
			}
			if math.Abs(s) > 1e-8*math.Max(1, size) {
				out[i][l] = s
			}
		}
	}
	return out
}

// strictlyPositive reports which rows can be positive while none is negative.
func strictlyPositive(ctx context.Context, rows [][]float64, d int) ([]bool, error) {
	found := make([]bool, len(rows))
	for {
		var live []int
		for r, row := range rows {
			if !found[r] && slices.ContainsFunc(row, func(v float64) bool { return v != 0 }) {
				live = append(live, r)
			}
		}
		cone := newMatrix(len(live), d)
		for b, r := range live {
			cone.setScaled(b, rows[r], nil)
		}
		more, ok, err := cone.recede(ctx)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, ErrUnsettled
		}
		if len(more) == 0 {
			return found, nil
		}
		for _, b := range more {
			found[live[b]] = true
		}
	}
}

// limits judges linear functions of the free directions.
type limits struct {
	d     int
	cones [][]float64 // of the emptied cells: directions have these ≥ 0
	loose [][]float64 // directions in which these do not change
}

func (j *limits) of(ctx context.Context, w []float64) (Limit, error) {
	largest := 0.0
	for _, v := range w {
		largest = math.Max(largest, math.Abs(v))
	}
	if largest == 0 {
		return Finite, nil
	}
	for _, z := range j.loose {
		s := 0.0
		for l, v := range w {
			s += v * z[l]
		}
		if math.Abs(s) > 1e-8*largest {
			return Undetermined, nil
		}
	}
	can := func(sign float64) (bool, error) {
		row := make([]float64, j.d)
		for l, v := range w {
			row[l] = sign * v
		}
		found, err := strictlyPositive(ctx, append(slices.Clone(j.cones), row), j.d)
		if err != nil {
			return false, err
		}
		return found[len(j.cones)], nil
	}
	falls, err := can(1)
	if err != nil {
		return Undetermined, err
	}
	grows, err := can(-1)
	if err != nil {
		return Undetermined, err
	}
	switch {
	case falls && !grows:
		return Falls, nil
	case grows && !falls:
		return Grows, nil
	}
	return Undetermined, nil
}

// Fit fits a model on the cells that the supremum of the likelihood does not fit by zero, to full accuracy. Parameters that
// these cells do not determine stay at 0.
func (f *CrossFitter) Fit(model []int32, start []float64, x *CrossExamination) CrossOutcome {
	f.compile(model)
	if x != nil && len(x.Empty) > 0 {
		clear(f.drop)
		for _, i := range x.Empty {
			f.drop[i] = true
		}
		f.keep(f.drop)
	}
	f.starting(start)
	return f.newton(finalTolerance)
}
