package huggins

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/formula"

	"gonum.org/v1/gonum/mat"
)

// A Model says what the probability of being on a list depends on. The zero value is M_0: nothing.
type Model struct {
	Formula   formula.Formula // of the covariates of the table
	Time      bool            // each list has a constant of its own
	ByList    bool            // and each covariate an effect of its own on each list; needs Time
	Behaviour bool            // people who were on an earlier list have another chance
}

// Name is huggins-h, huggins-t, huggins-b or huggins-tb.
func (m Model) Name() string {
	switch {
	case m.Time && m.Behaviour:
		return "huggins-tb"
	case m.Time:
		return "huggins-t"
	case m.Behaviour:
		return "huggins-b"
	}
	return "huggins-h"
}

// A Fit is a model at its maximum likelihood estimate. Immutable.
type Fit struct {
	Model        Model
	Coefficients []estimators.Coefficient // of logit p: intercept, or one for each list; behaviour; the columns of the formula
	Covariance   []float64                // of the coefficients, row-major
	LogLik       float64                  // given that people were seen
	Observed     int64
	Population   float64
	SE           float64
	Least        float64 // the smallest probability of being seen among those seen

	likelihood *likelihood
}

// A likelihood holds people alike together: a row of covariates, and how many have each history.
type likelihood struct {
	model   Model
	lists   int
	columns int // of the formula, without the constant
	size    int // coefficients
	x       []float64
	people  []estimators.Cell
	names   []string         // of the covariates of the table
	factors []formula.Factor // of the formula
}

// Fit fits the model to a table, of which each cell is people with one history and one combination of covariates. It returns a
// [*estimators.Refusal] when there is no estimate: empty-table; too-few-lists; impossible-patterns; no-repeats, when nobody is on two lists; no-mle, when a
// probability runs to 0 or 1; missing-covariate; not-identifiable; not-converged. Other errors: a covariate that is not there; ByList without Time.
func (m Model) Fit(ctx context.Context, t *estimators.Table) (*Fit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, names, err := m.likelihood(t)
	if err != nil {
		return nil, err
	}
	theta := make([]float64, l.size)
	ll, grad, info, _ := l.derivatives(theta, false)
	step := mat.NewVecDense(l.size, nil)
	var chol mat.Cholesky
	for range 100 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		// Damped until the information is positive definite: behaviour makes the likelihood bend both ways.
		positive := true
		for damping := 1e-8; !chol.Factorize(info); damping *= 10 {
			positive = false
			if damping > 1e8 {
				return nil, estimators.Refuse("not-converged", "the fit of %s did not converge", m.Name())
			}
			for i := range l.size {
				info.SetSym(i, i, info.At(i, i)+damping*(1+math.Abs(info.At(i, i))))
			}
		}
		if positive && chol.Cond() > 1e13 {
			return nil, estimators.Refuse("not-identifiable", "the histories do not determine the coefficients of %s: columns of the formula are sums of others, or lists say the same", m.Name())
		}
		if err := chol.SolveVecTo(step, mat.NewVecDense(l.size, grad)); err != nil {
			return nil, estimators.Refuse("not-identifiable", "the histories do not determine the coefficients of %s", m.Name())
		}
		decrement, change := 0.0, l.change(step.RawVector().Data)
		for i, s := range step.RawVector().Data {
			decrement += s * grad[i]
		}
		if positive && decrement < 1e-14 && change < 1e-6 {
			for i, s := range step.RawVector().Data {
				theta[i] += s
			}
			return l.finish(t, names, theta)
		}
		length, moved := math.Min(1, 4/change), false
		trial := make([]float64, l.size)
		for range 40 {
			for i, s := range step.RawVector().Data {
				trial[i] = theta[i] + length*s
			}
			next, g, h, _ := l.derivatives(trial, false)
			if next >= ll+1e-4*length*decrement || decrement < 1e-8 && next >= ll-1e-11*(1+math.Abs(ll)) {
				theta, ll, grad, info, moved = slices.Clone(trial), next, g, h, true
				break
			}
			length /= 2
		}
		if !moved {
			return nil, estimators.Refuse("not-converged", "the fit of %s did not converge", m.Name())
		}
		if l.change(theta) > 15 { // odds of three million: running to 0 or infinity
			return nil, l.runaway(names, theta)
		}
	}
	return nil, estimators.Refuse("not-converged", "the fit of %s did not converge", m.Name())
}

// runaway names the coefficient that has gone furthest.
func (l *likelihood) runaway(names []string, theta []float64) error {
	worst := 0
	for i := range theta {
		if math.Abs(theta[i]) > math.Abs(theta[worst]) {
			worst = i
		}
	}
	return estimators.Refuse("no-mle", "%s has no finite estimate: the more extreme %s is, the better the histories are fitted", l.model.Name(), names[worst])
}

func (m Model) likelihood(t *estimators.Table) (*likelihood, []string, error) {
	k := t.K()
	switch {
	case m.ByList && !m.Time:
		return nil, nil, errors.New("covariates by list need a constant for each list: set Time")
	case t.Observed() == 0:
		return nil, nil, estimators.Refuse("empty-table", "nobody is on any list")
	case k < 2:
		return nil, nil, estimators.Refuse("too-few-lists", "one list: nobody can be seen twice")
	case len(t.StructuralZeros()) > 0 || t.PartialStructuralZeros():
		return nil, nil, estimators.Refuse("impossible-patterns", "some patterns are impossible by design, and %s takes every one to be possible", m.Name())
	}
	l := &likelihood{model: m, lists: k}
	twice := false
	for _, c := range t.Cells() {
		if c.Count > 0 {
			l.people = append(l.people, c)
			twice = twice || c.Pattern.Size() > 1
		}
	}
	if !twice {
		return nil, nil, estimators.Refuse("no-repeats", "nobody is on two lists")
	}
	var columns []formula.Column
	for j, c := range t.Covariates() {
		values := make([]string, len(l.people))
		missing := int64(0)
		for i, p := range l.people {
			if values[i] = p.Levels[j]; values[i] == "" {
				missing += p.Count
			}
		}
		if missing > 0 && slices.Contains(m.Formula.Names(), c.Name) {
			return nil, nil, estimators.Refuse("missing-covariate", "%s is missing for %s: fill it in, or leave it out of the formula; as a level of their own they would be a group of no meaning where one list alone records it", c.Name, estimators.Persons(float64(missing)))
		}
		columns = append(columns, formula.NewColumn(c.Name, values))
	}
	d, err := m.Formula.Design(columns, len(l.people))
	if err != nil {
		return nil, nil, err
	}
	l.columns, l.factors = len(d.Names)-1, d.Factors
	for _, c := range columns {
		l.names = append(l.names, c.Name)
	}
	for i := range l.people {
		l.x = append(l.x, d.X[i*(l.columns+1)+1:(i+1)*(l.columns+1)]...)
	}
	names := []string{"intercept"}
	if m.Time {
		names = nil
		for _, n := range t.Lists() {
			names = append(names, "intercept: "+n)
		}
	}
	if m.Behaviour {
		names = append(names, "behaviour")
	}
	for _, n := range d.Names[1:] {
		if !m.ByList {
			names = append(names, n)
			continue
		}
		for _, list := range t.Lists() {
			names = append(names, n+": "+list)
		}
	}
	l.size = len(names)
	return l, names, nil
}

// row writes the row of the design for list j: before says that the person was on an earlier list.
func (l *likelihood) row(i, j int, before bool, z []float64) {
	clear(z)
	at := 1
	if l.model.Time {
		z[j] = 1
		at = l.lists
	} else {
		z[0] = 1
	}
	if l.model.Behaviour {
		if before {
			z[at] = 1
		}
		at++
	}
	for c, x := range l.x[i*l.columns : (i+1)*l.columns] {
		if l.model.ByList {
			z[at+c*l.lists+j] = x
		} else {
			z[at+c] = x
		}
	}
}

// change is the largest change of a logit that a change of the coefficients makes, for people seen before or not.
func (l *likelihood) change(theta []float64) float64 {
	z := make([]float64, l.size)
	most := 0.0
	for i := range l.people {
		for j := range l.lists {
			for _, before := range []bool{false, true} {
				if before && (!l.model.Behaviour || j == 0) {
					continue
				}
				l.row(i, j, before, z)
				most = math.Max(most, math.Abs(dot(z, theta)))
			}
		}
	}
	return most
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// softplus is log(1 + e^x).
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// A horvitz is N with its gradient, the variance by the chance of being seen, and the least probability of being seen.
type horvitz struct {
	n, chance, least float64
	gradient         []float64
}

// derivatives computes log-likelihood, score, information and N at theta.
//
// With z_j the row for people not seen before, q = Π(1 − p_j), s = Σ p_j·z_j and W = Σ p_j(1 − p_j)·z_j·z_j', the gradient of log π is (q/π)s and
// its second derivative (q/π)W − (q/π²)ss'. The expected information replaces the terms of the history by their means given that
// the person was seen: before list j somebody was seen with probability 1 − (Q_j − q)/π, Q_j = Π_{l<j}(1 − p_l).
func (l *likelihood) derivatives(theta []float64, expected bool) (ll float64, grad []float64, info *mat.SymDense, h horvitz) {
	size := l.size
	grad = make([]float64, size)
	a := make([]float64, size*size)
	first, again := make([]float64, l.lists*size), make([]float64, size)
	p := make([]float64, l.lists)
	s := make([]float64, size)
	h = horvitz{gradient: make([]float64, size), least: 1}
	add := func(weight float64, z []float64) {
		for i, u := range z {
			if u == 0 {
				continue
			}
			for j, v := range z {
				a[i*size+j] += weight * u * v
			}
		}
	}
	for i, person := range l.people {
		n := float64(person.Count)
		logq := 0.0
		clear(s)
		for j := range l.lists {
			z := first[j*size : (j+1)*size]
			l.row(i, j, false, z)
			eta := dot(z, theta)
			p[j] = expit(eta)
			logq -= softplus(eta)
			for c, v := range z {
				s[c] += p[j] * v
			}
		}
		q, seen := math.Exp(logq), -math.Expm1(logq)
		ll -= n * math.Log(seen)
		for c := range s {
			grad[c] -= n * q / seen * s[c]
			h.gradient[c] -= n * q / (seen * seen) * s[c]
		}
		h.n += n / seen
		h.chance += n * q / (seen * seen)
		h.least = math.Min(h.least, seen)
		add(-n*q/(seen*seen), s)
		before, earlier := false, 1.0
		for j := range l.lists {
			z := first[j*size : (j+1)*size]
			add(n*q/seen*p[j]*(1-p[j]), z)
			prob := p[j]
			row := z
			l.row(i, j, true, again)
			later := expit(dot(again, theta))
			if before && l.model.Behaviour {
				row, prob = again, later
			}
			eta := dot(row, theta)
			y := 0.0
			if person.Pattern.Has(j) {
				y = 1
			}
			ll += n * (y*eta - softplus(eta))
			for c, v := range row {
				grad[c] += n * (y - prob) * v
			}
			switch {
			case !expected || !l.model.Behaviour:
				add(n*prob*(1-prob), row)
			default:
				fresh := (earlier - q) / seen
				add(n*fresh*p[j]*(1-p[j]), z)
				add(n*(1-fresh)*later*(1-later), again)
			}
			earlier *= 1 - p[j]
			before = before || y == 1
		}
	}
	return ll, grad, mat.NewSymDense(size, a), h
}

func (l *likelihood) finish(t *estimators.Table, names []string, theta []float64) (*Fit, error) {
	ll, _, info, h := l.derivatives(theta, true)
	var chol mat.Cholesky
	if !chol.Factorize(info) {
		return nil, estimators.Refuse("not-identifiable", "the histories do not determine the coefficients of %s", l.model.Name())
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil, estimators.Refuse("not-identifiable", "the histories do not determine the coefficients of %s", l.model.Name())
	}
	f := &Fit{Model: l.model, LogLik: ll, Observed: t.Observed(), Population: h.n, Least: h.least, likelihood: l}
	variance := h.chance
	for i := range theta {
		f.Coefficients = append(f.Coefficients, estimators.Coefficient{Name: names[i], Estimate: theta[i], SE: math.Sqrt(inverse.At(i, i))})
		for j := range theta {
			f.Covariance = append(f.Covariance, inverse.At(i, j))
			variance += h.gradient[i] * h.gradient[j] * inverse.At(i, j)
		}
	}
	f.SE = math.Sqrt(variance)
	return f, nil
}

// Huggins estimates a population by a model.
type Huggins struct {
	Model    Model
	By       [][]string              // covariates to give the totals of; empty: each factor of the formula
	Levels   []float64               // empty: 0.95
	Interval estimators.IntervalKind // LogNormal (the zero value) or Wald
}

var _ estimators.Estimator = Huggins{}

// Kinds returns the kinds of interval of this package, the default first.
func Kinds() []estimators.IntervalKind {
	return []estimators.IntervalKind{estimators.LogNormal, estimators.Wald}
}

// Name is that of the model.
func (h Huggins) Name() string { return h.Model.Name() }

const (
	fewAgain = 7
	rare     = 0.05 // probability of being seen below which one person stands for more than twenty
)

// Estimate fits the model to the table with its covariates, which are not collapsed over.
func (h Huggins) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	kind := h.Interval
	if kind == "" {
		kind = estimators.LogNormal
	}
	if !slices.Contains(Kinds(), kind) {
		return estimators.Estimate{}, fmt.Errorf("there is no %s interval here; choose one of %v", kind, Kinds())
	}
	f, err := h.Model.Fit(ctx, t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	k := len(f.Coefficients)
	n := float64(f.Observed)
	e := estimators.Estimate{Method: h.Name(), Model: h.Model.Formula.String(), Observed: f.Observed, Population: f.Population, Hidden: math.Max(0, f.Population-n),
		SE: f.SE, HasSE: true, Coefficients: f.Coefficients, Status: estimators.OK}
	e.Fit = &estimators.Fit{Parameters: k, DF: int(f.Observed)*t.K() - k, LogLik: f.LogLik, Deviance: -2 * f.LogLik, AIC: -2*f.LogLik + 2*float64(k), BIC: -2*f.LogLik + float64(k)*math.Log(n)}
	if rest := n - float64(k) - 1; rest > 0 {
		e.Fit.AICc = e.Fit.AIC + 2*float64(k)*float64(k+1)/rest
	} else {
		e.Fit.AICcUndefined = true
	}
	for _, level := range (estimators.Options{Levels: h.Levels}).LevelsOr95() {
		if !(level > 0 && level < 1) {
			return estimators.Estimate{}, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
		}
		e.Intervals = append(e.Intervals, limits(kind, level, n, f.Population, f.SE))
	}
	if err := h.groups(&e, f, kind); err != nil {
		return estimators.Estimate{}, err
	}
	h.warn(&e, f, t)
	return e, nil
}

func (h Huggins) warn(e *estimators.Estimate, f *Fit, t *estimators.Table) {
	again := int64(0)
	for _, c := range t.Cells() {
		if c.Pattern.Size() > 1 {
			again += c.Count
		}
	}
	if again < fewAgain {
		e.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("%s on two lists or more", estimators.Persons(float64(again)))})
	}
	if h.Model.Behaviour {
		e.Warn(estimators.Warning{Code: "order-matters", Text: "the lists are taken in their order as following each other in time"})
	}
	if f.Least < rare {
		e.Warn(estimators.Warning{Code: "rarely-seen", Text: fmt.Sprintf("somebody seen had a chance of %.2g to be seen, and stands for %s", f.Least, estimators.Persons(1/f.Least))})
	}
	if i := e.Intervals[0]; i.Upper > 10*i.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	if e.Hidden < 0.5 {
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: "the model says that nobody is hidden"})
	}
}
