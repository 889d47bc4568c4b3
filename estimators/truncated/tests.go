package truncated

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Test asks whether the data contradict the model in one direction.
type Test struct {
	Statistic float64 // z of the overdispersion test, likelihood ratio of the test of one-inflation
	P         float64 // one-sided
}

// Overdispersion is the Lagrange multiplier test of ztpoisson against ztnegbin: whether contacts vary more between people
// with the same covariates than the Poisson law allows (Gurmu 1991; van der Heijden and others 2003). The statistic is the score of
// α at 0 by its standard error; large values mean unequal rates, with which N is underestimated. It needs a fit of ztpoisson.
//
// With a = (y − λ)² − y, p = e^−λ, c = λ²p/(1 − p) and m = λ/(1 − p), the score is ½Σ(a + c), its variance before β is
// allowed for ¼Σ[(2λ² − pλ⁴)/(1 − p) − c²], and its covariance with the score of β is ½Σ c·m·x.
func (f *Fit) Overdispersion() (Test, error) {
	p := f.problem
	if p.family != (Family{zeroTruncated, poisson}) {
		return Test{}, fmt.Errorf("the overdispersion test is about ztpoisson, not %s", p.family.Name())
	}
	size := len(f.beta)
	score, variance := 0.0, 0.0
	cross := make([]float64, size)
	var eta [3]float64
	for g := range p.groups {
		p.predict(g, f.beta, &eta)
		lambda := math.Exp(eta[0])
		seen, zero := -math.Expm1(-lambda), math.Exp(-lambda)
		c, m := lambda*lambda*zero/seen, lambda/seen
		for i := p.start[g]; i < p.start[g+1]; i++ {
			y, n := float64(p.captures[i]), p.counts[i]
			score += n * ((y-lambda)*(y-lambda) - y + c) / 2
			variance += n * ((2*lambda*lambda-zero*lambda*lambda*lambda*lambda)/seen - c*c) / 4
			for j, x := range p.x[0][g*size : (g+1)*size] {
				cross[j] += n * c * m * x / 2
			}
		}
	}
	for i := range size {
		for j := range size {
			variance -= cross[i] * f.Covariance[i*size+j] * cross[j]
		}
	}
	if !(variance > 0) {
		return Test{}, fmt.Errorf("the people seen again are too few for the overdispersion test")
	}
	z := score / math.Sqrt(variance)
	return Test{Statistic: z, P: distuv.UnitNormal.Survival(z)}, nil
}

// OneInflation is the likelihood ratio test of ω = 0: whether more people were seen exactly once than the zero-truncated law
// allows. ω cannot be negative, so that the statistic is 0 or χ² with one degree of freedom, each with probability ½. It needs a fit of
// a zero-truncated family; the other fit, of its ztoi form, is returned with it.
func (f *Fit) OneInflation(ctx context.Context) (Test, *Fit, error) {
	family := f.Model.Family
	if family.form != zeroTruncated {
		return Test{}, nil, fmt.Errorf("the test of one-inflation is about a zero-truncated family, not %s", family.Name())
	}
	m := f.Model
	m.Family.form = oneInflatedAfter
	other, err := m.Fit(ctx, f.data)
	if err != nil {
		return Test{}, nil, err
	}
	t := Test{Statistic: math.Max(0, 2*(other.LogLik-f.LogLik))}
	t.P = distuv.ChiSquared{K: 1}.Survival(t.Statistic) / 2
	if t.Statistic == 0 {
		t.P = 1
	}
	return t, other, nil
}
