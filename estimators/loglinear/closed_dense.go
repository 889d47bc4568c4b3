package loglinear

import (
	"context"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A column is one parameter of a model of cell means.
type column struct {
	name        string
	term        estimators.Pattern // the lists of a main effect or interaction; 0 otherwise
	constrained bool               // the parameter must not be negative
	value       func(estimators.Pattern) float64
}

func intercept() column {
	return column{name: "intercept", value: func(estimators.Pattern) float64 { return 1 }}
}

// term is the column of a main effect or interaction in corner-point coding: 1 for the
// persons on all lists of q.
func term(q estimators.Pattern, lists []string) column {
	return column{name: q.Join(lists, "*"), term: q, value: func(p estimators.Pattern) float64 {
		if p.Contains(q) {
			return 1
		}
		return 0
	}}
}

// largestDense is the number of entries of a design matrix above which a fit is refused:
// 17 lists with their main effects.
const largestDense = 1 << 22

// A denseFit is a Poisson model of the counts by pattern with arbitrary columns, the
// first of which is the intercept, fitted by maximum likelihood. The intercept is the
// logarithm of the expected number of hidden people, so that N = n + exp(intercept).
//
// Cells whose rows of the design are equal are fitted as one (a multiple of their
// mean), which changes neither the estimate nor its standard error; fit statistics are those of
// all cells.
type denseFit struct {
	// The model and the data.
	table        *estimators.Table
	columns      []column
	key          func(estimators.Pattern) int     // cells with equal keys have equal rows; nil: all differ
	correction   func(estimators.Pattern) float64 // added to the count of each cell, cut at 0; nil: none
	keepNegative bool
	lowerBound   bool
	counts       []int64
	impossible   []bool // structural zeros
	n            float64

	// What was found.
	reg      *lattice.Regression
	used     []column  // columns with a finite parameter
	infinite []column  // terms at −∞
	dropped  []string  // constrained terms set to zero
	removed  []bool    // cells outside the fit: structural zeros, and those of infinite terms
	group    []int32   // row of each cell; −1 for cells outside the fit
	size     []float64 // cells in each row
	logMean  []float64 // logarithm of the fitted mean of a single cell, by row
	cov      [][]float64
	beta     []float64
	hidden   float64
	se       float64
	fitted   estimators.Fit
	bias     float64 // asymptotic bias of N
	kept     int     // cells in the fit
}

func newDense(t *estimators.Table) *denseFit {
	d := &denseFit{table: t, counts: t.Counts(), n: float64(t.Observed())}
	d.impossible = make([]bool, len(d.counts))
	for _, p := range t.StructuralZeros() {
		d.impossible[p] = true
	}
	return d
}

// possible reports whether some pattern with all lists of q is not a structural zero.
func (d *denseFit) possible(q estimators.Pattern) bool {
	for w, zero := range d.impossible {
		if !zero && estimators.Pattern(w).Contains(q) {
			return true
		}
	}
	return false
}

// checkTerms refuses terms that only concern structural zeros, and prepares the cells.
func (d *denseFit) checkTerms() error {
	for _, c := range d.columns {
		if c.term != 0 && !d.possible(c.term) {
			r := estimators.Refuse("not-identifiable", "the term %s only concerns patterns that are declared impossible (structural zeros)", c.name)
			r.Cells = []estimators.Pattern{c.term}
			return r
		}
	}
	d.removed = slices.Clone(d.impossible)
	d.removed[0] = true
	return nil
}

// fit finds the maximum likelihood estimate of the model over the possible cells.
func (d *denseFit) fit(ctx context.Context) error {
	if d.table.Observed() == 0 {
		return estimators.Refuse("empty-table", "nobody is in the table")
	}
	if err := d.checkTerms(); err != nil {
		return err
	}
	for _, c := range d.columns {
		if c.term == 0 || d.table.Overlap(c.term) > 0 {
			d.used = append(d.used, c)
			continue
		}
		d.infinite = append(d.infinite, c)
		for p := range d.removed {
			if estimators.Pattern(p).Contains(c.term) {
				d.removed[p] = true
			}
		}
	}
	if err := d.arrange(); err != nil {
		return err
	}
	for {
		d.build(0)
		x, err := d.reg.Examine(ctx)
		if err != nil {
			return err
		}
		drop, err := d.toDrop(ctx, x)
		if err != nil {
			return err
		}
		if drop >= 0 {
			d.dropped = append(d.dropped, d.used[drop].name)
			d.used = slices.Delete(d.used, drop, drop+1)
			continue
		}
		if x.Status != lattice.Fitted {
			return d.refuse(x)
		}
		break
	}
	status, err := d.reg.Fit(ctx)
	if err != nil {
		return err
	}
	if status != lattice.Fitted {
		return estimators.Refuse("not-converged", "the fit did not converge")
	}
	return d.summarise()
}

// arrange puts the cells that remain into groups with equal rows, and refuses more of
// them than can be computed.
func (d *denseFit) arrange() error {
	d.group = make([]int32, len(d.counts))
	d.size = nil
	rows := map[int]int32{}
	for p := range d.counts {
		d.group[p] = -1
		if d.removed[p] {
			continue
		}
		if d.key == nil {
			d.group[p] = int32(len(d.size))
			d.size = append(d.size, 1)
		} else {
			key := d.key(estimators.Pattern(p))
			row, ok := rows[key]
			if !ok {
				row = int32(len(d.size))
				rows[key] = row
				d.size = append(d.size, 0)
			}
			d.group[p] = row
			d.size[row]++
		}
		d.kept++
	}
	if int64(len(d.size))*int64(len(d.used)) > largestDense {
		return estimators.Refuse("too-large", "%d cells with %d parameters are more than this method computes", len(d.size), len(d.used))
	}
	return nil
}

// build makes the regression of the used columns, with a small count added to rows
// without persons.
func (d *denseFit) build(little float64) {
	design, counts, offset := d.rowsOf(d.used)
	for i, y := range counts {
		if y == 0 {
			counts[i] = little
		}
	}
	d.reg = lattice.NewRegression(design, len(d.used), counts, offset, nil)
}

// rowsOf is the design of the given columns, the counts, and the logarithms of the number
// of cells, by row.
func (d *denseFit) rowsOf(columns []column) (design, counts, offset []float64) {
	p := len(columns)
	design = make([]float64, len(d.size)*p)
	counts = make([]float64, len(d.size))
	offset = make([]float64, len(d.size))
	seen := make([]bool, len(d.size))
	for w, g := range d.group {
		if g < 0 {
			continue
		}
		y := float64(d.counts[w])
		if d.correction != nil {
			y = math.Max(0, y+d.correction(estimators.Pattern(w)))
		}
		counts[g] += y
		if seen[g] {
			continue
		}
		seen[g] = true
		offset[g] = math.Log(d.size[g])
		for j, c := range columns {
			design[int(g)*p+j] = c.value(estimators.Pattern(w))
		}
	}
	return design, counts, offset
}

// toDrop returns the index among the used columns of the first constrained term that
// is estimated as negative, or cannot be estimated, else −1. When a maximum does not exist,
// signs are those of the fit with a little in every empty cell, so that terms that tend
// to minus infinity come out as negative: 1e-8 persons, or more when rounding does not allow as
// little. Dropping the first one and fitting again, until none is negative, is the rule of
// Rcapture; on rare tables its end is not the maximum under the constraints, because
// a term dropped early would come out as positive at last.
func (d *denseFit) toDrop(ctx context.Context, x lattice.RegressionExamination) (int, error) {
	if d.keepNegative || !slices.ContainsFunc(d.used, func(c column) bool { return c.constrained }) {
		return -1, nil
	}
	for _, j := range slices.Backward(x.Undetermined) {
		if d.used[j].constrained {
			return j, nil
		}
	}
	design, _, _ := d.rowsOf(d.used)
	amounts := []float64{0}
	if x.Status != lattice.Fitted {
		amounts = []float64{1e-8, 1e-6, 1e-4, 1e-2}
	}
	for _, little := range amounts {
		d.build(little)
		status, err := d.reg.Fit(ctx)
		if err != nil {
			return -1, err
		}
		if status != lattice.Fitted {
			continue
		}
		for j, b := range d.reg.Beta(nil) {
			if d.used[j].constrained && b < 0 {
				return j, nil
			}
		}
		break
	}
	// A term that tends to minus infinity may fit so little by a mean below that amount: then
	// the last one in the cells that can only be fitted by zero is the one that does.
	for j, c := range slices.Backward(d.used) {
		if c.constrained && slices.ContainsFunc(x.Impossible, func(row int) bool { return design[row*len(d.used)+j] > 0 }) {
			return j, nil
		}
	}
	return -1, nil
}

// refuse says why the model has no estimate.
func (d *denseFit) refuse(x lattice.RegressionExamination) error {
	var cells []estimators.Pattern
	for _, row := range x.Impossible {
		for w, g := range d.group {
			if int(g) == row {
				cells = append(cells, estimators.Pattern(w))
			}
		}
	}
	slices.Sort(cells)
	var facts []string
	if len(cells) > 0 {
		facts = append(facts, "no maximum likelihood estimate exists, because "+d.people(cells)+" can only be fitted by zero")
	}
	if len(x.Undetermined) > 0 {
		var names []string
		for _, j := range x.Undetermined {
			names = append(names, d.used[j].name)
		}
		facts = append(facts, "the data do not determine "+strings.Join(names, ", "))
	}
	if len(facts) == 0 {
		return estimators.Refuse("not-converged", "rounding kept open whether the estimate exists")
	}
	return &estimators.Refusal{Code: x.Status.String(), Text: strings.Join(facts, "; and "), Cells: cells}
}

// people writes a few cells for a reader, by the names of their lists.
func (d *denseFit) people(cells []estimators.Pattern) string {
	const most = 10
	lists := d.table.Lists()
	var names []string
	for _, c := range cells[:min(most, len(cells))] {
		names = append(names, c.Join(lists, "·"))
	}
	if len(cells) > most {
		names = append(names, "and others")
	}
	if len(cells) == 1 {
		return "the cell " + names[0]
	}
	return "the cells " + strings.Join(names, ", ")
}

// summarise computes what is reported of a converged fit.
//
// Var(N) = exp(β₀) + exp(2β₀)·Var(β₀) (Rivest and Lévesque 2001, Canad. J. Statist. 29:555,
// equation 5); the log-likelihood is that of all possible cells.
func (d *denseFit) summarise() error {
	d.beta = d.reg.Beta(nil)
	d.cov = d.reg.Covariance()
	d.hidden = math.Exp(d.beta[0])
	d.se = math.Sqrt(d.hidden + d.hidden*d.hidden*d.cov[0][0])
	if math.IsInf(d.se, 0) || math.IsNaN(d.se) {
		return estimators.Refuse("unbounded", "the estimate is infinite")
	}
	d.logMean = make([]float64, len(d.size))
	for i, size := range d.size {
		d.logMean[i] = d.reg.Predictor(i) - math.Log(size)
	}
	f := &d.fitted
	f.MinusInfinity = len(d.infinite)
	f.Parameters = len(d.used) + len(d.infinite)
	cells := 0
	for w := 1; w < len(d.counts); w++ {
		if d.impossible[w] {
			continue
		}
		cells++
		g := d.group[w]
		if g < 0 {
			continue
		}
		y, m := float64(d.counts[w]), math.Exp(d.logMean[g])
		f.Deviance += lattice.PoissonDeviance(y, d.logMean[g])
		pearson := pearsonResidual(y, d.logMean[g])
		f.Pearson += pearson * pearson
		f.LogLik -= m
		if y > 0 {
			c, _ := math.Lgamma(y + 1)
			f.LogLik += y*d.logMean[g] - c
		}
	}
	f.DF = cells - f.Parameters
	f.AIC, f.BIC, f.AICc, f.AICcUndefined = criteria(f.LogLik, f.Parameters, d.n)
	if df := d.kept - len(d.used); df > 0 {
		f.GoodnessOfFit, f.HasGoodnessOfFit = distuv.ChiSquared{K: float64(df)}.Survival(f.Deviance), true
	}
	// Second-order bias of N (Cordeiro and McCullagh 1991 for generalised linear
	// models): ½·exp(β₀) times the intercept of I⁻¹(e₀ − X'h), h the leverages, that is
	// the bias of β₀ and of the exponential together.
	h := d.reg.Leverages(nil)
	design, _, _ := d.rowsOf(d.used)
	p := len(d.used)
	s := d.cov[0][0]
	for i := range h {
		for j := range p {
			s -= d.cov[0][j] * design[i*p+j] * h[i]
		}
	}
	d.bias = d.hidden * s / 2
	return nil
}

// coefficients lists the parameters in the order of the model.
func (d *denseFit) coefficients() []estimators.Coefficient {
	out := make([]estimators.Coefficient, 0, len(d.columns))
	for _, c := range d.columns {
		if j := slices.IndexFunc(d.used, func(u column) bool { return u.name == c.name }); j >= 0 {
			out = append(out, estimators.Coefficient{Name: c.name, Estimate: d.beta[j], SE: math.Sqrt(d.cov[j][j])})
		} else if slices.ContainsFunc(d.infinite, func(u column) bool { return u.name == c.name }) {
			out = append(out, estimators.Coefficient{Name: c.name, Estimate: math.Inf(-1)})
		} else {
			out = append(out, estimators.Coefficient{Name: c.name}) // set to zero
		}
	}
	return out
}

// mostResiduals is the number of lists up to which every cell gets a residual.
const mostResiduals = 12

// residuals compares every cell with its fitted mean; nil for more lists than a reader
// can look at.
func (d *denseFit) residuals() []estimators.Residual {
	if d.table.K() > mostResiduals {
		return nil
	}
	out := make([]estimators.Residual, 0, len(d.counts)-1)
	for w := 1; w < len(d.counts); w++ {
		r := estimators.Residual{Pattern: estimators.Pattern(w), Observed: d.counts[w], Removed: d.group[w] < 0}
		if !r.Removed {
			y, logMean := float64(r.Observed), d.logMean[d.group[w]]
			r.Fitted = math.Exp(logMean)
			r.Deviance = math.Copysign(math.Sqrt(math.Max(0, lattice.PoissonDeviance(y, logMean))), y-r.Fitted)
			r.Pearson = pearsonResidual(y, logMean)
		}
		out = append(out, r)
	}
	return out
}

// pearsonResidual is (y − μ)/√μ. A mean too small to be divided by gives the largest
// number whose square can be written down.
func pearsonResidual(y, logMean float64) float64 {
	return math.Min(y*math.Exp(-logMean/2), 1e150) - math.Exp(logMean/2)
}
