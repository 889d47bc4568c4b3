package loglinear

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// A Fitted is a log-linear model fitted to a table by extended maximum likelihood. It is
// complete and immutable.
type Fitted struct {
	Model        Model
	Observed     int64
	Hidden       float64 // n̂0 = exp of the intercept
	Population   float64 // N̂ = n + n̂0
	SE           float64 // of N̂ for a Poisson population: √(n̂0 + n̂0²·var β̂∅), Rivest and Lévesque 2001, eq. 5
	LogHiddenVar float64 // var β̂∅, from the inverse information
	Fit          estimators.Fit
	Infinite     []estimators.Pattern // interactions at −∞: nobody is in their overlap

	problem   *problem
	parameter []float64 // by mask
	means     []float64 // by mask
	residuals []estimators.Residual
}

// Fit fits a fixed model to a table, collapsed over covariates. Interactions with an empty
// margin are put at −∞ and their cells removed (extended maximum likelihood; Chan,
// Silverman and Vincent 2021); they are counted as parameters. The error is an
// *estimators.Refusal when no estimate exists or it is not determined.
func Fit(t *estimators.Table, m Model) (*Fitted, error) {
	p, err := newProblem(t)
	if err != nil {
		return nil, err
	}
	return p.fit(m)
}

func (p *problem) fit(m Model) (*Fitted, error) {
	if m.k != p.k {
		return nil, fmt.Errorf("a model of %d lists for a table of %d", m.k, p.k)
	}
	for _, t := range m.terms {
		if !p.possible(uint32(t)) {
			return nil, p.refusal(m)
		}
	}
	out := p.fitter.Fit(p.terms(m), nil)
	switch out.Status {
	case lattice.Fitted:
	case lattice.NotConverged:
		return nil, estimators.Refuse("not-converged", "the fit of %s did not converge in %d iterations", m.Format(p.lists), out.Iterations)
	default:
		return nil, p.refusal(m)
	}
	f := &Fitted{Model: m, Observed: p.table.Observed(), problem: p,
		Hidden: math.Exp(out.Intercept), LogHiddenVar: out.Variance,
		Infinite: patterns(p.fitter.Infinite()), parameter: p.fitter.Parameters(nil)}
	if p.offset.Pair != 0 {
		f.parameter[p.offset.Pair] = p.offset.LogOdds
	}
	f.Population = p.n + f.Hidden
	f.SE = standardError(f.Hidden, f.LogHiddenVar)
	if math.IsInf(f.Population, 0) || math.IsInf(f.SE, 0) {
		return nil, estimators.Refuse("unbounded", "the estimate under %s is too large to write down", m.Format(p.lists))
	}
	f.means = p.fitter.Means(nil)
	f.Fit = p.statistics(out)
	f.judge()
	return f, nil
}

func standardError(hidden, logVar float64) float64 {
	return math.Sqrt(hidden + hidden*hidden*logVar)
}

// statistics computes the likelihood statistics of an outcome.
func (p *problem) statistics(out lattice.Outcome) estimators.Fit {
	s := estimators.Fit{Parameters: out.Parameters, MinusInfinity: out.Infinite, DF: p.fitter.Cells() - out.Parameters,
		Deviance: math.Max(0, 2*(p.fitter.Saturated()-out.LogLik)), LogLik: out.LogLik - p.constant}
	s.AIC, s.BIC, s.AICc, s.AICcUndefined = criteria(s.LogLik, out.Parameters, p.n)
	return s
}

// criteria computes AIC, BIC with the logarithm of the persons, and AICc with the number
// of persons as sample size.
func criteria(logLik float64, parameters int, n float64) (aic, bic, aicc float64, undefined bool) {
	q := float64(parameters)
	aic = -2*logLik + 2*q
	bic = -2*logLik + q*math.Log(n)
	if n-q-1 <= 0 {
		return aic, bic, 0, true
	}
	return aic, bic, aic + 2*q*(q+1)/(n-q-1), false
}

// judge compares the means with the counts: residuals, Pearson's statistic, and the
// p-value of the deviance. The p-value leaves out the cells that are fitted by exactly
// zero and the parameters at −∞.
func (f *Fitted) judge() {
	p := f.problem
	excluded := make([]bool, len(f.means))
	for _, w := range p.zeros {
		excluded[w] = true
	}
	kept := 0
	for w := 1; w < len(f.means); w++ {
		r := estimators.Residual{Pattern: estimators.Pattern(w), Observed: p.counts[w], Fitted: f.means[w]}
		y, mu := float64(p.counts[w]), f.means[w]
		if excluded[w] || mu == 0 {
			r.Removed = true
			f.residuals = append(f.residuals, r)
			continue
		}
		kept++
		r.Pearson = (y - mu) / math.Sqrt(mu)
		d := mu - y
		if y > 0 {
			d += y * math.Log(y/mu)
		}
		r.Deviance = math.Copysign(math.Sqrt(math.Max(0, 2*d)), y-mu)
		f.Fit.Pearson += r.Pearson * r.Pearson
		f.residuals = append(f.residuals, r)
	}
	if df := kept - (f.Fit.Parameters - f.Fit.MinusInfinity); df > 0 {
		f.Fit.GoodnessOfFit = distuv.ChiSquared{K: float64(df)}.Survival(f.Fit.Deviance)
		f.Fit.HasGoodnessOfFit = true
	}
}

// coefficients lists the parameters in corner-point coding, and the covariance of the
// finite ones.
func (f *Fitted) coefficients() ([]estimators.Coefficient, [][]float64, []uint32) {
	p := f.problem
	p.fitter.Fit(p.terms(f.Model), lattice.Start(f.parameter))
	cov, terms := p.fitter.Covariance()
	at := map[uint32]int{}
	for i, t := range terms {
		at[t] = i
	}
	one := func(name string, t uint32) estimators.Coefficient {
		i, finite := at[t]
		if p.offset.fixes(estimators.Pattern(t)) {
			return estimators.Coefficient{Name: name, Estimate: p.offset.LogOdds}
		}
		if !finite {
			return estimators.Coefficient{Name: name, Estimate: math.Inf(-1)}
		}
		return estimators.Coefficient{Name: name, Estimate: f.parameter[t], SE: math.Sqrt(cov[i][i])}
	}
	out := []estimators.Coefficient{one("intercept", 0)}
	for i, name := range p.lists {
		out = append(out, one(name, 1<<uint(i)))
	}
	for _, t := range f.Model.terms {
		out = append(out, one(t.Join(p.lists, "*"), uint32(t)))
	}
	return out, cov, terms
}

// AsymptoticBias is the estimated bias of N̂ to first order, a diagnostic for how far the
// usual approximations can be trusted; it is not subtracted. With leverages
// h = diag(X I⁻¹ X') per unit of mean, it is n̂0/2 · (I⁻¹ (1 at the intercept − X' μh))
// at the intercept (Rivest and Lévesque 2001; Rcapture prints the same).
func (f *Fitted) AsymptoticBias() float64 {
	_, cov, terms := f.coefficients()
	means := f.means
	p := len(terms)
	psi := make([]float64, p)
	in := make([]int, 0, p)
	for w := 1; w < len(means); w++ {
		if means[w] == 0 {
			continue
		}
		in = in[:0]
		for i, t := range terms {
			if uint32(w)&t == t {
				in = append(in, i)
			}
		}
		h := 0.0
		for _, i := range in {
			for _, j := range in {
				h += cov[i][j]
			}
		}
		for _, i := range in {
			psi[i] += means[w] * h
		}
	}
	last := p - 1 // the intercept
	psi[last]--
	s := 0.0
	for i := range psi {
		s -= cov[last][i] * psi[i]
	}
	return f.Hidden / 2 * s
}

// LogNormal is the interval of Chao (1987) and Burnham: log-normal in the hidden
// number, [n + n̂0/C, n + n̂0·C] with C = exp(z √log(1 + SE²/n̂0²)).
func LogNormal(observed, hidden, se, level float64) estimators.Interval {
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	c := math.Exp(z * math.Sqrt(math.Log1p(se*se/(hidden*hidden))))
	return estimators.Interval{Kind: estimators.LogNormal, Level: level, Lower: observed + hidden/c, Upper: observed + hidden*c}
}

// Wald is N̂ ± z·SE, cut off at the observed number.
func Wald(observed, hidden, se, level float64) estimators.Interval {
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	return estimators.Interval{Kind: estimators.Wald, Level: level, Lower: math.Max(observed, observed+hidden-z*se), Upper: observed + hidden + z*se}
}
