package loglinear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A crossFit is a model of pairs fitted to the full cross.
type crossFit struct {
	problem   *crossProblem
	set       termSet
	hidden    []float64 // by group
	parameter []float64 // by column
	limits    []lattice.Limit
	columns   []int32
	means     []float64 // by cell
	empty     []int32   // cells fitted by zero
	fit       estimators.Fit
	info      *lattice.Information
}

// parameters is the number of parameters that a criterion counts: all that the cells could determine, those at −∞ included. Only
// structural zeros can make it less than the number of columns.
func (p *crossProblem) parameters(f *lattice.CrossFitter, columns []int32) int {
	if !p.gaps {
		return len(columns)
	}
	return f.Rank(columns)
}

// statistics of a model with so many parameters and this kernel log-likelihood.
func (p *crossProblem) statistics(f *lattice.CrossFitter, logLik float64, parameters int) estimators.Fit {
	s := estimators.Fit{Parameters: parameters, DF: p.cross.Cells() - parameters, Deviance: math.Max(0, 2*(f.Saturated()-logLik)), LogLik: logLik - p.constant}
	s.AIC, s.BIC, s.AICc, s.AICcUndefined = criteria(s.LogLik, parameters, p.n)
	return s
}

// fitOn fits a model to the counts of a fitter. A model whose hidden cells have no limit is refused; the statistics are then those its
// likelihood tends to, and hidden numbers without a limit are +Inf.
func (p *crossProblem) fitOn(ctx context.Context, f *lattice.CrossFitter, set termSet, start []float64) (*crossFit, *estimators.Refusal, error) {
	columns := p.columns(set)
	examined := columns
	if f.Penalty != nil {
		examined = p.unpenalised(columns, f.Penalty) // the penalty holds the others
	}
	x, err := f.Examine(ctx, examined)
	if errors.Is(err, lattice.ErrUnsettled) {
		return nil, estimators.Refuse("not-converged", "%s: it could not be settled whether the estimate exists", p.format(set)), nil
	}
	if err != nil {
		return nil, nil, err
	}
	if f.Penalty != nil {
		x.Columns, x.Empty = make([]lattice.Limit, len(columns)), nil
	}
	parameters := p.parameters(f, columns)
	out := f.Fit(columns, start, x)
	if out.Status != lattice.Fitted && start != nil {
		out = f.Fit(columns, nil, x)
	}
	c := &crossFit{problem: p, set: set, columns: columns, limits: x.Columns, empty: x.Empty, fit: p.statistics(f, out.LogLik, parameters)}
	c.parameter = f.Parameters(nil)
	for _, l := range x.Columns {
		if l == lattice.Falls || l == lattice.Grows {
			c.fit.MinusInfinity++
		}
	}
	if out.Status != lattice.Fitted {
		return c, estimators.Refuse("not-converged", "the fit of %s did not converge in %d iterations", p.format(set), out.Iterations), nil
	}
	c.hidden = f.Unseen(nil)
	large := false
	for g, l := range x.Unseen {
		switch {
		case l == lattice.Falls:
			c.hidden[g] = 0
		case l != lattice.Finite:
			c.hidden[g] = math.Inf(1)
		case c.hidden[g] > float64(estimators.MaxObserved):
			c.hidden[g], large = math.Inf(1), true
		}
	}
	if x.Worst() != lattice.Finite {
		return c, p.refusal(set, x), nil
	}
	if !slices.ContainsFunc(c.hidden, func(h float64) bool { return h > 0 }) {
		return c, estimators.Refuse("no-mle", "%s: no maximum likelihood estimate exists: what was seen fits best when nobody at all is hidden", p.format(set)), nil
	}
	if large {
		return c, estimators.Refuse("unbounded", "the estimate under %s is too large to write down", p.format(set)), nil
	}
	return c, nil, nil
}

// complete adds what a reader sees of a fit, from the state of the fitter that made it.
func (c *crossFit) complete(f *lattice.CrossFitter) {
	c.info = f.Information()
	c.means = f.Means()
	m := 1 << uint(c.problem.k)
	for _, i := range c.problem.cross.Observable() {
		if mu := c.means[i]; mu > 0 {
			d := c.problem.y[i] - mu
			c.fit.Pearson += d * d / mu
		}
	}
	for g := range c.hidden {
		c.means[g*m] = c.hidden[g]
	}
	c.goodness()
}

// refusal says which hidden numbers have no limit, and why.
func (p *crossProblem) refusal(set termSet, x *lattice.CrossExamination) *estimators.Refusal {
	worst := x.Worst()
	var groups []int
	for g, l := range x.Unseen {
		if l == worst {
			groups = append(groups, g)
		}
	}
	who := p.common(groups)
	if worst == lattice.Grows {
		return estimators.Refuse("unbounded", "%s: the hidden number of %s grows without limit as the likelihood does: what was seen of them fits best when nobody is ever seen twice", p.format(set), who)
	}
	return estimators.Refuse("not-identifiable", "%s: the data do not determine the hidden number of %s: several numbers fit equally well", p.format(set), who)
}

// common describes groups by the levels that they share.
func (p *crossProblem) common(groups []int) string {
	if len(groups) == p.groups {
		return "everybody"
	}
	var shared []string
	for j, c := range p.covariates {
		same := true
		for _, g := range groups[1:] {
			same = same && p.level[j][g] == p.level[j][groups[0]]
		}
		if same {
			shared = append(shared, c.Name+" "+c.Levels[p.level[j][groups[0]]])
		}
	}
	of := fmt.Sprintf("%d of %d combinations of covariates", len(groups), p.groups)
	if len(shared) == 0 {
		return "the people in " + of
	}
	return "people of " + strings.Join(shared, ", ") + " (" + of + ")"
}

// coefficients lists the parameters; those at ±∞ have no standard error, those that nothing hidden depends on and the data do
// not determine are left out.
func (c *crossFit) coefficients() []estimators.Coefficient {
	var out []estimators.Coefficient
	order := slices.Clone(c.columns)
	rank := map[int32]int{}
	for _, j := range c.problem.main {
		rank[j] = len(rank)
	}
	for _, q := range c.problem.pairs {
		for _, j := range q.columns {
			rank[j] = len(rank)
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return rank[a] - rank[b] })
	for _, j := range order {
		one := estimators.Coefficient{Name: c.problem.names[j]}
		switch c.limits[slices.Index(c.columns, j)] {
		case lattice.Finite:
			one.Estimate = c.parameter[j]
			half := c.info.Half([]int32{j}, []float64{1})
			one.SE = math.Sqrt(dot(half, half))
		case lattice.Falls:
			one.Estimate = math.Inf(-1)
		case lattice.Grows:
			one.Estimate = math.Inf(1)
		default:
			continue
		}
		out = append(out, one)
	}
	return out
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// grouping divides the estimate over the levels of covariates given by their places; none is the total. With the sizes of strata
// fixed, the variance of a total is n̂0 + g'Vg with g the gradient of n̂0, and the covariance of two is g'Vh (Rivest and
// Lévesque 2001, equation 5, for several strata).
func (c *crossFit) grouping(of []int, levels []float64) estimators.Grouping {
	p := c.problem
	var out estimators.Grouping
	size := 1
	for _, j := range of {
		out.By = append(out.By, p.covariates[j].Name)
		size *= len(p.covariates[j].Levels)
	}
	at := func(g int) int {
		i := 0
		for _, j := range of {
			i = i*len(p.covariates[j].Levels) + p.level[j][g]
		}
		return i
	}
	out.Totals = make([]estimators.Subtotal, size)
	var constant []int32
	for _, j := range c.columns {
		if p.cross.Mask(j) == 0 {
			constant = append(constant, j)
		}
	}
	gradient := make([][]float64, size)
	for i := range gradient {
		gradient[i] = make([]float64, len(constant))
	}
	for g := range p.groups {
		i := at(g)
		t := &out.Totals[i]
		if t.Stratum == nil {
			t.Stratum = p.labels(g, of)
		}
		t.Observed += p.observed[g]
		t.Hidden += c.hidden[g]
		if c.hidden[g] > 0 {
			for l, j := range constant {
				if v := p.cross.Value(j, g); v != 0 {
					gradient[i][l] += c.hidden[g] * v
				}
			}
		}
	}
	half := make([][]float64, size)
	for i := range half {
		half[i] = c.info.Half(constant, gradient[i])
	}
	for i := range out.Totals {
		t := &out.Totals[i]
		row := make([]float64, size)
		for l := range row {
			row[l] = dot(half[i], half[l])
		}
		row[i] += t.Hidden
		out.Covariance = append(out.Covariance, row)
		t.Population = float64(t.Observed) + t.Hidden
		t.SE = math.Sqrt(row[i])
		for _, level := range levels {
			t.Intervals = append(t.Intervals, hiddenInterval(estimators.LogNormal, float64(t.Observed), t.Hidden, t.SE, level))
		}
	}
	return out
}

// hiddenInterval is the log-normal or Wald interval, or the number observed itself when nobody is hidden.
func hiddenInterval(kind estimators.IntervalKind, observed, hidden, se, level float64) estimators.Interval {
	switch {
	case hidden <= 0:
		return estimators.Interval{Kind: kind, Level: level, Lower: observed, Upper: observed}
	case kind == estimators.Wald:
		return Wald(observed, hidden, se, level)
	}
	return LogNormal(observed, hidden, se, level)
}

// goodness sets the p-value of the deviance, without the cells fitted by zero and the parameters only they would determine.
func (c *crossFit) goodness() {
	df := c.problem.cross.Cells() - len(c.empty) - c.info.Determined
	if df > 0 && c.fit.Pearson > 0 {
		c.fit.GoodnessOfFit = distuv.ChiSquared{K: float64(df)}.Survival(c.fit.Deviance)
		c.fit.HasGoodnessOfFit = true
	}
}
