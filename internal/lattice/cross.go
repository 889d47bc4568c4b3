package lattice

import (
	"math"
	"slices"
)

// A Cross is the cross of the lattice of subsets of k items with a number of groups: the cells are pairs (g, w) of a
// group and a mask, numbered g·2^k + w, of which (g, 0) is not observed. A column of its design has, in cell (g, w), the value
// Value[g] when Mask is a submask of w, and 0 elsewhere. Predictors are then one sum over submasks per group; and the
// information of columns a and b is Σ_g a(g)·b(g)·M_g(mask a | mask b), with M_g the sum of the means of group g over supermasks. No
// design matrix is built: a fit costs, per group, the square of the number of columns that are not zero there.
//
// A Cross is immutable and may be shared.
type Cross struct {
	k, m, groups int
	columns      []CrossColumn
	cells        []int32 // observable, ascending
	sign         []bool  // column is nowhere negative
}

// A CrossColumn is a column of the design of a [Cross].
type CrossColumn struct {
	Mask  uint32
	Value []float64 // by group
}

// NewCross makes the cross of k items with groups. Columns are ordered by their masks, ascending, so that those of one mask
// stand together. Excluded reports the cells that are no data; nil excludes none but the masks 0. It panics when columns are not in
// order or do not have a value for each group.
func NewCross(k, groups int, columns []CrossColumn, excluded func(group int, mask uint32) bool) *Cross {
	c := &Cross{k: k, m: 1 << uint(k), groups: groups, columns: columns, sign: make([]bool, len(columns))}
	for j, col := range columns {
		if len(col.Value) != groups || j > 0 && col.Mask < columns[j-1].Mask {
			panic("lattice: columns of a cross have a value for each group, and ascending masks")
		}
		c.sign[j] = !slices.ContainsFunc(col.Value, func(v float64) bool { return v < 0 })
	}
	for g := range groups {
		for w := 1; w < c.m; w++ {
			if excluded == nil || !excluded(g, uint32(w)) {
				c.cells = append(c.cells, int32(g*c.m+w))
			}
		}
	}
	return c
}

// Cells is the number of observable cells.
func (c *Cross) Cells() int { return len(c.cells) }

// Observable lists the observable cells, ascending.
func (c *Cross) Observable() []int32 { return c.cells }

// CrossOutcome is what a fit on a cross found. LogLik leaves out the constant Σ log y!, and any penalty.
type CrossOutcome struct {
	Status     Status // Fitted or NotConverged
	LogLik     float64
	Iterations int
}

// A CrossFitter fits Poisson regressions to counts on a cross. It owns its workspace; fits of a size met before allocate
// nothing. It must not be used by two goroutines at once.
type CrossFitter struct {
	*Cross
	// Penalty, when not nil, is taken off the log-likelihood: Σ Penalty[j]·β_j² over the columns.
	Penalty []float64

	y        []float64 // by cell
	positive []int32   // observable cells with a positive count
	total    float64
	saturate float64
	sums     []float64 // Σ y·x by column
	known    []float64 // added to the predictors, by mask; nil: nothing
	knownLL  float64   // Σ y·known

	// The model compiled last.
	model  []int32 // columns, ascending
	masks  []uint32
	offset []int32   // of (group, block) in index; groups·blocks + 1 of them
	index  []int32   // places in model of the columns that are not zero there
	value  []float64 // their values
	kept   []int32   // cells in the fit, ascending
	begin  []int32   // of each group in kept
	drop   []bool    // by cell, scratch

	beta      []float64 // by place in model
	mu        []float64 // by cell
	eta, up   []float64 // by mask
	step, old []float64
	hess      []float64
	frozen    int // parameters that the cells kept do not determine
}

// NewFitter makes a fitter for counts y by cell; counts in cells that are not observable are ignored.
func (c *Cross) NewFitter(y []float64) *CrossFitter {
	f := &CrossFitter{Cross: c, y: make([]float64, c.groups*c.m), mu: make([]float64, c.groups*c.m), sums: make([]float64, len(c.columns)),
		eta: make([]float64, c.m), up: make([]float64, c.m), begin: make([]int32, c.groups+1), drop: make([]bool, c.groups*c.m)}
	f.SetCounts(y)
	return f
}

// SetOffset adds known numbers, by mask, to the predictors of every group; nil adds nothing.
func (f *CrossFitter) SetOffset(known []float64) {
	if known != nil && len(known) != f.m {
		panic("lattice: the length of the offset is not 2^k")
	}
	f.known, f.knownLL = known, 0
	if known != nil {
		for _, i := range f.positive {
			f.knownLL += f.y[i] * known[int(i)%f.m]
		}
	}
}

// SetCounts replaces the counts.
func (f *CrossFitter) SetCounts(y []float64) {
	if len(y) != len(f.y) {
		panic("lattice: the length of the counts is not groups·2^k")
	}
	clear(f.y)
	clear(f.sums)
	f.positive = f.positive[:0]
	f.total, f.saturate, f.knownLL = 0, 0, 0
	for _, i := range f.cells {
		if v := y[i]; v > 0 {
			f.y[i] = v
			f.positive = append(f.positive, i)
			f.total += v
			f.saturate += v*math.Log(v) - v
			if f.known != nil {
				f.knownLL += v * f.known[int(i)%f.m]
			}
		}
	}
	// Column sums by the same transform as the score.
	at := 0
	for g := range f.groups {
		clear(f.up)
		any := false
		for ; at < len(f.positive) && int(f.positive[at]) < (g+1)*f.m; at++ {
			f.up[int(f.positive[at])-g*f.m] = f.y[f.positive[at]]
			any = true
		}
		if !any {
			continue
		}
		SumSupersets(f.up, f.k)
		for j := range f.columns {
			if v := f.columns[j].Value[g]; v != 0 {
				f.sums[j] += v * f.up[f.columns[j].Mask]
			}
		}
	}
}

// Total is the sum of the counts.
func (f *CrossFitter) Total() float64 { return f.total }

// Saturated is the log-likelihood of the saturated model without the constant Σ log y!.
func (f *CrossFitter) Saturated() float64 { return f.saturate }

// compile makes the columns of a model ready, all cells kept.
func (f *CrossFitter) compile(model []int32) {
	f.model = append(f.model[:0], model...)
	f.masks, f.offset, f.index, f.value = f.masks[:0], f.offset[:0], f.index[:0], f.value[:0]
	var starts []int
	for place, j := range f.model {
		if place == 0 || f.columns[j].Mask != f.masks[len(f.masks)-1] {
			f.masks = append(f.masks, f.columns[j].Mask)
			starts = append(starts, place)
		}
	}
	starts = append(starts, len(f.model))
	for g := range f.groups {
		for b := range f.masks {
			f.offset = append(f.offset, int32(len(f.index)))
			for place := starts[b]; place < starts[b+1]; place++ {
				if v := f.columns[f.model[place]].Value[g]; v != 0 {
					f.index, f.value = append(f.index, int32(place)), append(f.value, v)
				}
			}
		}
	}
	f.offset = append(f.offset, int32(len(f.index)))
	f.keep(nil)
	p := len(f.model)
	if cap(f.beta) < p {
		f.beta, f.step, f.old = make([]float64, p+16), make([]float64, p+16), make([]float64, p+16)
		f.hess = make([]float64, (p+16)*(p+16))
	}
	f.beta, f.step, f.old, f.hess = f.beta[:p], f.step[:p], f.old[:p], f.hess[:p*p]
}

// keep keeps the observable cells but those dropped; nil drops none.
func (f *CrossFitter) keep(dropped []bool) {
	f.kept = f.kept[:0]
	g := 0
	f.begin[0] = 0
	for _, i := range f.cells {
		for int(i) >= (g+1)*f.m {
			g++
			f.begin[g] = int32(len(f.kept))
		}
		if dropped == nil || !dropped[i] {
			f.kept = append(f.kept, i)
		}
	}
	for g++; g <= f.groups; g++ {
		f.begin[g] = int32(len(f.kept))
	}
}

// dropEmpty takes out the cells of columns that are nowhere negative and sum to zero over the counts: their parameters are at −∞.
func (f *CrossFitter) dropEmpty() {
	any := false
	for _, j := range f.model {
		if !f.sign[j] || f.sums[j] != 0 {
			continue
		}
		if !any {
			clear(f.drop)
			any = true
		}
		mask := int(f.columns[j].Mask)
		for g, v := range f.columns[j].Value {
			if v > 0 {
				for w := mask; w < f.m; w = (w + 1) | mask {
					f.drop[g*f.m+w] = true
				}
			}
		}
	}
	if any {
		f.keep(f.drop)
	}
}

// Search fits a model to the accuracy that a comparison needs, without asking whether its estimate exists: the log-likelihood
// of a model without one is close to its supremum. Model lists columns, ascending; start has the parameters by column, nil for
// none.
func (f *CrossFitter) Search(model []int32, start []float64) CrossOutcome {
	f.compile(model)
	if f.Penalty == nil {
		f.dropEmpty()
	}
	f.starting(start)
	return f.newton(searchTolerance)
}

func (f *CrossFitter) starting(start []float64) {
	clear(f.beta)
	if start != nil {
		for place, j := range f.model {
			f.beta[place] = start[j]
		}
		return
	}
	// Equal means, three times as many as were seen, each item held by its share.
	if len(f.model) == 0 || f.total == 0 {
		return
	}
	f.beta[0] = math.Log(3 * f.total / float64(f.groups))
	for place, j := range f.model {
		mask := f.columns[j].Mask
		if mask != 0 && mask&(mask-1) == 0 && (place == 0 || f.columns[f.model[place-1]].Mask != mask) {
			p := math.Min(math.Max(f.sums[j], 0.5)/(3*f.total), 0.9)
			f.beta[place] = math.Log(p / (1 - p))
			f.beta[0] += math.Log(1 - p)
		}
	}
}

// newton maximises the likelihood over the cells kept, from beta.
func (f *CrossFitter) newton(tolerance float64) (out CrossOutcome) {
	ll := math.Inf(-1)
	halved := 0
	for out.Iterations = 1; out.Iterations <= maxIterations; out.Iterations++ {
		now := f.evaluate()
		if math.IsNaN(now) || now < ll-1e-11*(1+math.Abs(ll)) {
			if halved++; halved > 60 {
				break
			}
			for i := range f.step {
				f.step[i] /= 2
				f.beta[i] = f.old[i] + f.step[i]
			}
			continue
		}
		halved = 0
		ll = now
		f.assemble()
		gain := f.solve(f.step)
		if gain < tolerance || gain < 1e-15*f.total {
			for i, s := range f.step {
				f.beta[i] += s
			}
			out.LogLik = ll + gain/2
			if f.Penalty != nil {
				for i, j := range f.model {
					out.LogLik += f.Penalty[j] * f.beta[i] * f.beta[i]
				}
			}
			return out
		}
		copy(f.old, f.beta)
		for i, s := range f.step {
			f.beta[i] += s
		}
	}
	out.LogLik, out.Status = ll, NotConverged
	return out
}

// predict sets eta to the predictors of group g.
func (f *CrossFitter) predict(g int, beta []float64) []float64 {
	eta := f.eta
	clear(eta)
	blocks := len(f.masks)
	at := f.offset[g*blocks : (g+1)*blocks+1]
	for b, mask := range f.masks {
		s := 0.0
		for l := at[b]; l < at[b+1]; l++ {
			s += f.value[l] * beta[f.index[l]]
		}
		eta[mask] = s
	}
	SumSubsets(eta, f.k)
	return eta
}

// evaluate computes the means of the cells kept, and returns the log-likelihood, less the penalty.
func (f *CrossFitter) evaluate() float64 {
	ll := f.knownLL
	clear(f.mu)
	for g := range f.groups {
		from, to := f.begin[g], f.begin[g+1]
		if from == to {
			continue
		}
		eta := f.predict(g, f.beta)
		for w, v := range f.known {
			eta[w] += v
		}
		base := int32(g * f.m)
		sum := 0.0
		for _, i := range f.kept[from:to] {
			v := math.Exp(eta[i-base])
			f.mu[i] = v
			sum += v
		}
		ll -= sum
	}
	for i, j := range f.model {
		if f.sums[j] != 0 {
			ll += f.sums[j] * f.beta[i]
		}
		if f.Penalty != nil {
			ll -= f.Penalty[j] * f.beta[i] * f.beta[i]
		}
	}
	return ll
}

// assemble sets step to the score and hess to the lower triangle of the information, both of the means.
func (f *CrossFitter) assemble() {
	p := len(f.model)
	for i, j := range f.model {
		f.step[i] = f.sums[j]
	}
	clear(f.hess)
	blocks := len(f.masks)
	up := f.up
	for g := range f.groups {
		if f.begin[g] == f.begin[g+1] {
			continue
		}
		copy(up, f.mu[g*f.m:(g+1)*f.m])
		SumSupersets(up, f.k)
		at := f.offset[g*blocks : (g+1)*blocks+1]
		for a, mask := range f.masks {
			from, to := at[a], at[a+1]
			if from == to {
				continue
			}
			index, value := f.index[from:to], f.value[from:to]
			w := up[mask]
			for l, i := range index {
				f.step[i] -= value[l] * w
			}
			for b, other := range f.masks[:a] {
				w := up[mask|other]
				second, with := f.index[at[b]:at[b+1]], f.value[at[b]:at[b+1]]
				if w == 0 || len(second) == 0 {
					continue
				}
				for l, i := range index {
					v := value[l] * w
					row := f.hess[int(i)*p : int(i)*p+p]
					for n, c := range second {
						row[c] += v * with[n]
					}
				}
			}
			for l, i := range index {
				v := value[l] * w
				row := f.hess[int(i)*p : int(i)*p+p]
				for n, c := range index[:l+1] {
					row[c] += v * value[n]
				}
			}
		}
	}
	if f.Penalty != nil {
		for i, j := range f.model {
			f.step[i] -= 2 * f.Penalty[j] * f.beta[i]
			f.hess[i*p+i] += 2 * f.Penalty[j]
		}
	}
}

// solve factorises hess and turns v into hess⁻¹v; it returns v'·hess⁻¹·v. Directions without information get no step.
func (f *CrossFitter) solve(v []float64) (decrement float64) {
	f.frozen = factorise(f.hess, len(f.model), 1e-11)
	return substitute(f.hess, v)
}

// factorise puts the Cholesky factor of a matrix in the place of its lower triangle, with reciprocals on the diagonal, and 0
// there when what is left of it is less than tolerance times what it was. It returns how many these are.
func factorise(h []float64, p int, tolerance float64) (frozen int) {
	for i := range p {
		ri := h[i*p : i*p+i+1]
		for j := 0; j < i; j++ {
			rj := h[j*p : j*p+j+1]
			d := rj[j]
			if d == 0 {
				ri[j] = 0
				continue
			}
			s := ri[j]
			for l, v := range rj[:j] {
				s -= ri[l] * v
			}
			ri[j] = s * d
		}
		d := ri[i]
		s := d
		for _, v := range ri[:i] {
			s -= v * v
		}
		if s <= tolerance*d || !(s > 0) {
			ri[i] = 0
			frozen++
		} else {
			ri[i] = 1 / math.Sqrt(s)
		}
	}
	return frozen
}

// substitute solves with a factor of factorise.
func substitute(h []float64, v []float64) (decrement float64) {
	p := len(v)
	for i := range p {
		ri := h[i*p : i*p+i+1]
		s := v[i]
		for j, r := range ri[:i] {
			s -= r * v[j]
		}
		s *= ri[i]
		v[i] = s
		decrement += s * s
	}
	for i := p - 1; i >= 0; i-- {
		s := v[i] * h[i*p+i]
		v[i] = s
		for j, r := range h[i*p : i*p+i] {
			v[j] -= r * s
		}
	}
	return decrement
}

// Parameters sets dst, by column of the cross, to the parameters of the last fit, 0 for columns that are not in it or that
// the cells kept do not determine.
func (f *CrossFitter) Parameters(dst []float64) []float64 {
	if len(dst) != len(f.columns) {
		dst = make([]float64, len(f.columns))
	}
	clear(dst)
	for i, j := range f.model {
		dst[j] = f.beta[i]
	}
	return dst
}

// Means returns the fitted means of the last fit by cell: 0 in cells that are not observable, or fitted by exactly 0, and at
// mask 0 of each group the exponential of its predictor.
func (f *CrossFitter) Means() []float64 {
	f.evaluate()
	out := slices.Clone(f.mu)
	for g, v := range f.Unseen(nil) {
		out[g*f.m] = v
	}
	return out
}

// Unseen appends to dst the exponential of the predictor of mask 0 of each group.
func (f *CrossFitter) Unseen(dst []float64) []float64 {
	blocks := len(f.masks)
	known := 0.0
	if f.known != nil {
		known = f.known[0]
	}
	for g := range f.groups {
		s := known
		if blocks > 0 && f.masks[0] == 0 {
			for l := f.offset[g*blocks]; l < f.offset[g*blocks+1]; l++ {
				s += f.value[l] * f.beta[f.index[l]]
			}
		}
		dst = append(dst, math.Exp(s))
	}
	return dst
}

// An Information is the factor of the information of a fit.
type Information struct {
	model []int32
	h     []float64
	at    map[int32]int
	// Determined is the number of parameters that the cells kept determine.
	Determined int
}

// Information returns that of the last fit at its parameters.
func (f *CrossFitter) Information() *Information {
	f.evaluate()
	f.assemble()
	h := slices.Clone(f.hess)
	frozen := factorise(h, len(f.model), 1e-11)
	in := &Information{model: slices.Clone(f.model), h: h, at: map[int32]int{}, Determined: len(f.model) - frozen}
	for i, j := range f.model {
		in.at[j] = i
	}
	return in
}

// Half returns L⁻¹v, whose inner products are the covariances of linear combinations of the parameters, for a combination given by
// column. Columns that are not in the model are ignored.
func (in *Information) Half(columns []int32, weights []float64) []float64 {
	p := len(in.model)
	v := make([]float64, p)
	for l, j := range columns {
		if i, ok := in.at[j]; ok {
			v[i] = weights[l]
		}
	}
	for i := range p {
		ri := in.h[i*p : i*p+i+1]
		s := v[i]
		for j, r := range ri[:i] {
			s -= r * v[j]
		}
		v[i] = s * ri[i]
	}
	return v
}

// Rank is the number of parameters of a model that the observable cells could determine, whatever is counted in them.
func (f *CrossFitter) Rank(model []int32) int {
	f.compile(model)
	clear(f.mu)
	for _, i := range f.cells {
		f.mu[i] = 1
	}
	penalty := f.Penalty
	f.Penalty = nil
	f.assemble()
	f.Penalty = penalty
	return len(model) - factorise(f.hess, len(model), 1e-9)
}

// Mask is the mask of a column.
func (c *Cross) Mask(column int32) uint32 { return c.columns[column].Mask }

// Value is the value of a column in a group.
func (c *Cross) Value(column int32, group int) float64 { return c.columns[column].Value[group] }

// LogDeterminant is the logarithm of the determinant of the information, over the parameters that are determined.
func (in *Information) LogDeterminant() float64 {
	p := len(in.model)
	s := 0.0
	for i := range p {
		if d := in.h[i*p+i]; d > 0 {
			s -= 2 * math.Log(d)
		}
	}
	return s
}
