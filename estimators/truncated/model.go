package truncated

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/formula"
	"darkfigure/internal/lattice"
)

// A Model is a family with a formula for each of its parameters. The zero value is ztpoisson without covariates.
type Model struct {
	Family     Family
	Formula    formula.Formula // of log λ, the mean number of contacts before anything is cut off
	Dispersion formula.Formula // of log α in negative binomial families
	Ones       formula.Formula // of logit ω or logit π in families for additional people seen once
}

// String writes the family and the formulas, as in "ztpoisson ~ sex + age".
func (m Model) String() string {
	out := m.Family.Name() + " " + m.Formula.String()
	if len(m.Dispersion.Terms) > 0 {
		out += "; alpha " + m.Dispersion.String()
	}
	if len(m.Ones.Terms) > 0 {
		out += "; " + m.onesName() + " " + m.Ones.String()
	}
	return out
}

func (m Model) onesName() string {
	if m.Family.hurdle() {
		return "pi"
	}
	return "omega"
}

// A Fit is a model at its maximum likelihood estimate. Immutable.
type Fit struct {
	Model        Model
	Coefficients []estimators.Coefficient // of log λ by the names of the columns; of the others with "log alpha: " and so on before them
	Covariance   []float64                // of the coefficients, row-major: the inverse of the observed information
	LogLik       float64                  // conditional on being in the fit, with all constants
	// Reduced says that a parameter of the family is at its limit, ω = 0 or α = 0: the estimate is that of this simpler
	// family, and the family asked for fits no better.
	Reduced *Family

	data    *Data
	problem *problem // whose maximum the estimate is: that of a simpler family when Reduced is set
	asked   *problem // of the family asked for
	beta    []float64
	designs [3]*formula.Design
}

// Fit fits the model. It returns a [*estimators.Refusal] when there is no estimate: empty-table; no-repeats; no-mle, when people of some
// kind were never seen again; not-identifiable; unbounded, when the rates are so unequal that the number of people never seen has no limit;
// not-converged. Other errors: a covariate that is not there or is missing for some people.
func (m Model) Fit(ctx context.Context, d *Data) (*Fit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := m.prepare(d)
	if err != nil {
		return nil, err
	}
	if err := f.exists(ctx); err != nil {
		return nil, err
	}
	n, reached, refusal := f.climb()
	asked := f.problem
	// At a limit of α or ω the family is a simpler one, which may fit as well as anything inside.
	for _, alpha := range []bool{true, false} {
		if alpha && !(m.Family.HasDispersion() && len(m.Dispersion.Terms) == 0) || !alpha && !(m.Family.HasOnes() && !m.Family.hurdle() && len(m.Ones.Terms) == 0) {
			continue
		}
		simpler := Model{Family: m.Family.simpler(alpha), Formula: m.Formula, Dispersion: m.Dispersion, Ones: m.Ones}
		if alpha {
			simpler.Dispersion = formula.Formula{}
		} else {
			simpler.Ones = formula.Formula{}
		}
		s, err := simpler.Fit(ctx, d)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue
		}
		if refusal != nil && refusal.Code == "unbounded" || reached > s.LogLik+1e-6 {
			continue
		}
		if f.Reduced == nil || s.LogLik > f.LogLik {
			reduced := *s
			reduced.Model, reduced.asked = m, asked
			if s.Reduced == nil {
				reduced.Reduced = &simpler.Family
			}
			f = &reduced
			n = nil
			refusal = nil
			name := "log alpha: intercept"
			if !alpha {
				name = "logit omega: intercept"
			}
			f.Coefficients = append(slices.Clone(s.Coefficients), estimators.Coefficient{Name: name, Estimate: math.Inf(-1)})
		}
	}
	if refusal != nil {
		return nil, refusal
	}
	if f.Reduced == nil {
		f.finish(n)
	}
	return f, nil
}

// prepare makes the matrices.
func (m Model) prepare(d *Data) (*Fit, error) {
	switch {
	case d.observed == 0:
		return nil, estimators.Refuse("empty-table", "nobody is in the register")
	case len(m.Dispersion.Terms) > 0 && !m.Family.HasDispersion():
		return nil, fmt.Errorf("%s has no dispersion parameter for the formula %s", m.Family.Name(), m.Dispersion)
	case len(m.Ones.Terms) > 0 && !m.Family.HasOnes():
		return nil, fmt.Errorf("%s has no parameter for additional people seen once, for the formula %s", m.Family.Name(), m.Ones)
	}
	p := &problem{family: m.Family, groups: d.Groups(), start: d.start, captures: d.captures, counts: d.counts}
	f := &Fit{Model: m, data: d, problem: p, asked: p}
	formulas := []formula.Formula{m.Formula}
	if m.Family.HasDispersion() {
		formulas = append(formulas, m.Dispersion)
	}
	if m.Family.HasOnes() {
		formulas = append(formulas, m.Ones)
	}
	for k, name := range m.Family.predictors() {
		for _, v := range formulas[k].Names() {
			if missing := d.Missing(v); missing > 0 {
				return nil, fmt.Errorf("%s is missing for %s: fill it in, or write a word such as unknown, which is then a level", v, estimators.Persons(float64(missing)))
			}
		}
		design, err := formulas[k].Design(d.columns, p.groups)
		if err != nil {
			return nil, err
		}
		f.designs[k] = design
		p.x[k], p.columns[k] = design.X, len(design.Names)
		for _, c := range design.Names {
			if k > 0 {
				c = name + ": " + c
			}
			f.Coefficients = append(f.Coefficients, estimators.Coefficient{Name: c})
		}
	}
	return f, nil
}

// exists decides, before anything is fitted, whether the coefficients of log λ have an estimate: people seen the least
// number of times are fitted best by λ = 0, so that some kind of people of whom nobody was seen more often would have it. The question is
// that of a Poisson regression on the number of further contacts, whose examination is exact.
func (f *Fit) exists(ctx context.Context) error {
	p, family := f.problem, f.Model.Family
	if f.data.repeats() == 0 {
		return estimators.Refuse("no-repeats", "all %s were seen once: nothing tells how many were never seen", estimators.Persons(float64(f.data.observed)))
	}
	least := family.least()
	if family.binary() && f.seen(2, 2) == 0 {
		return estimators.Refuse("no-repeats", "nobody was seen exactly twice")
	}
	if least == 2 && f.seen(3, MaxCaptures) == 0 {
		return estimators.Refuse("no-repeats", "nobody was seen more than twice, and %s learns from those alone", family.Name())
	}
	if family.binary() && f.seen(1, 1) == 0 || family.hurdle() && f.seen(1, 1) == 0 {
		return estimators.Refuse("no-mle", "nobody was seen once: %s has no estimate", family.Name())
	}
	cols := p.columns[0]
	design := slices.Clone(p.x[0])
	counts := make([]float64, p.groups)
	kept := make([]bool, p.groups)
	for g := range p.groups {
		ones, twos := 0.0, 0.0
		for i := p.start[g]; i < p.start[g+1]; i++ {
			switch y := p.captures[i]; {
			case family.binary() && y == 1:
				ones += p.counts[i]
				kept[g] = true
			case family.binary() && y == 2:
				twos += p.counts[i]
				kept[g] = true
			case !family.binary() && y >= least:
				kept[g] = true
				counts[g] += p.counts[i] * float64(y-least)
			}
		}
		if family.binary() && twos > 0 {
			if ones > 0 {
				counts[g] = twos
			} else { // people seen twice only would have λ without limit
				for j := range cols {
					design[g*cols+j] *= -1
				}
			}
		}
	}
	e, err := lattice.NewRegression(design, cols, counts, nil, kept).Examine(ctx)
	if err != nil {
		return err
	}
	switch e.Status {
	case lattice.Fitted:
		return nil
	case lattice.NotIdentifiable:
		var names []string
		for _, j := range e.Undetermined {
			names = append(names, f.designs[0].Names[j])
		}
		return estimators.Refuse("not-identifiable", "the people in the fit do not determine the coefficients of %s: columns are sums of others, or only people outside the fit have them", strings.Join(names, ", "))
	case lattice.NoMLE, lattice.NoMLENotIdentifiable:
		code := "no-mle"
		if e.Status == lattice.NoMLENotIdentifiable {
			code += ",not-identifiable"
		}
		return estimators.Refuse(code, "%s", f.separated(e.Impossible))
	}
	return estimators.Refuse("not-converged", "rounding leaves open whether an estimate exists")
}

// seen is the number of people seen from so many to so many times.
func (f *Fit) seen(from, to int) int64 {
	n := 0.0
	for i, y := range f.data.captures {
		if y >= from && y <= to {
			n += f.data.counts[i]
		}
	}
	return int64(n)
}

// separated says of whom nobody was seen again.
func (f *Fit) separated(groups []int) string {
	times := "more than once"
	if f.Model.Family.least() == 2 {
		times = "more than twice"
	}
	if f.Model.Family.binary() {
		times = "both once and twice"
	}
	bad := map[int]bool{}
	for _, g := range groups {
		bad[g] = true
	}
	var parts []string
	// Levels all of whose people in the fit are in these groups say it best.
	for _, v := range f.designs[0].Factors {
		c := f.data.columns[slices.IndexFunc(f.data.columns, func(c formula.Column) bool { return c.Name == v.Name })]
		for l, level := range c.Levels {
			people, all := 0.0, true
			for g := range f.data.Groups() {
				if c.Index[g] == l {
					people += f.data.people(g)
					all = all && (bad[g] || !f.inFit(g))
				}
			}
			if all && people > 0 {
				parts = append(parts, fmt.Sprintf("none of the %s with %s=%s was seen %s", estimators.Persons(people), v.Name, level, times))
			}
		}
	}
	if len(parts) == 0 {
		people := 0.0
		for _, g := range groups {
			people += f.data.people(g)
		}
		var values []string
		for _, name := range f.Model.Formula.Names() {
			c := f.data.columns[slices.IndexFunc(f.data.columns, func(c formula.Column) bool { return c.Name == name })]
			values = append(values, name+"="+c.Levels[c.Index[groups[0]]])
		}
		parts = append(parts, fmt.Sprintf("%s, such as those with %s, were not seen %s", estimators.Persons(people), strings.Join(values, ", "), times))
	}
	return strings.Join(parts, "; ") + ": the estimate of their number runs to infinity, or cannot be told from others; leave the covariate out or join levels"
}

// inFit reports whether somebody of a group enters the likelihood of λ.
func (f *Fit) inFit(g int) bool {
	for i := f.data.start[g]; i < f.data.start[g+1]; i++ {
		y := f.data.captures[i]
		if f.Model.Family.binary() && y <= 2 || !f.Model.Family.binary() && y >= f.Model.Family.least() {
			return true
		}
	}
	return false
}

// climb finds the best of the maxima that are reached from several starts. reached is the greatest log-likelihood met, at a maximum or on the way
// to a limit.
func (f *Fit) climb() (best *newton, reached float64, refusal *estimators.Refusal) {
	p := f.problem
	further, people := 0.0, 0.0
	for i, y := range p.captures {
		if p.family.enters(y) {
			further += p.counts[i] * float64(y-p.family.least())
			people += p.counts[i]
		}
	}
	log := math.Log(math.Max(2*further/people, 1e-3))
	if p.family.binary() {
		log = math.Log(float64(f.seen(2, 2)) / float64(f.seen(1, 1)))
	}
	once := float64(f.seen(1, 1)) / float64(f.data.observed)
	alphas, shares := []float64{0}, []float64{0}
	if p.family.HasDispersion() {
		alphas = []float64{-1, 1}
	}
	if p.family.hurdle() {
		shares = []float64{math.Log(once / (1 - once))}
	} else if p.family.HasOnes() {
		shares = []float64{-2, 0, 1.5}
	}
	reached = math.Inf(-1)
	var ran *newton
	for _, a := range alphas {
		for _, s := range shares {
			n := newNewton(p.parameters())
			n.beta[0] = log
			second := p.columns[0]
			if p.family.HasDispersion() {
				n.beta[second] = a
				second += p.columns[1]
			}
			if p.family.HasOnes() {
				n.beta[second] = s
			}
			converged := n.fit(p)
			if !math.IsNaN(n.logLik) {
				reached = math.Max(reached, n.logLik)
			}
			if converged {
				if best == nil || n.logLik > best.logLik+1e-9 {
					best = n
				}
			} else if !math.IsNaN(n.logLik) && (ran == nil || n.logLik > ran.logLik) {
				ran = n
			}
		}
	}
	if ran != nil && (best == nil || ran.logLik > best.logLik+1e-6) && p.family.HasDispersion() {
		var eta [3]float64
		for g := range p.groups {
			p.predict(g, ran.beta, &eta)
			if eta[1] > 5 && eta[0] < -5 {
				return nil, reached, estimators.Refuse("unbounded", "the more unequal the rates of contact are taken to be, the better %s fits: the number of people never seen has no upper limit", p.family.Name())
			}
		}
	}
	if best == nil {
		return nil, reached, estimators.Refuse("not-converged", "the fit of %s did not converge", f.Model)
	}
	return best, reached, nil
}

// finish takes the estimate over.
func (f *Fit) finish(n *newton) {
	f.beta = slices.Clone(n.beta)
	f.LogLik = n.logLik
	f.Covariance = n.covariance()
	for i := range f.Coefficients {
		f.Coefficients[i].Estimate = f.beta[i]
		f.Coefficients[i].SE = math.Sqrt(f.Covariance[i*len(f.beta)+i])
	}
}

// parameters is the number of parameters, one at a limit included.
func (f *Fit) parameters() int { return len(f.Coefficients) }
