package loglinear

import (
	"context"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// FitDense estimates a log-linear model by the dense regression, without heterogeneity,
// with profile intervals at 95% and 80%.
func FitDense(ctx context.Context, t *estimators.Table, m Model) (estimators.Estimate, error) {
	d, err := fitHeterogeneous(ctx, t, m, Homogeneous, heterogeneousOptions{})
	if err != nil {
		return estimators.Estimate{}, err
	}
	return d.estimate(ctx, "dense", m.Format(t.Lists()), []float64{0.95, 0.8}, "")
}

// ContinuousTime fits the columns of M0 and Mh to counts of persons by number of times
// they were met, without the terms named, and returns the number of hidden people and the
// standard error of N.
func ContinuousTime(ctx context.Context, f *estimators.Frequencies, h Heterogeneity, dropped []string) (hidden, se float64, err error) {
	theta, err := h.theta(0)
	if err != nil {
		return 0, 0, err
	}
	columns := append([]column{intercept(), captures()}, h.columns(f.Most(), theta)...)
	columns = slices.DeleteFunc(columns, func(c column) bool { return slices.Contains(dropped, c.name) })
	var x, y, offset []float64
	for j := 1; j <= f.Most(); j++ {
		for _, c := range columns {
			x = append(x, c.value(estimators.FullPattern(j)))
		}
		g, _ := math.Lgamma(float64(j) + 1)
		y, offset = append(y, float64(f.Seen(j))), append(offset, -g)
	}
	r := lattice.NewRegression(x, len(columns), y, offset, nil)
	status, err := r.Fit(ctx)
	if err != nil || status != lattice.Fitted {
		return 0, 0, fmt.Errorf("status %v, error %v", status, err)
	}
	hidden = math.Exp(r.Beta(nil)[0])
	return hidden, math.Sqrt(hidden + hidden*hidden*r.Covariance()[0][0]), nil
}

// ReweightedSE fits the columns of a fitted model to all its cells by iteratively reweighted
// least squares as it is commonly programmed: from means y + 0.1, until the deviance
// changes by less than 1e-8 of itself, with the covariance of the last least squares problem, whose
// weights are the means before that step. It returns the standard error of N this gives.
func (c Closed) ReweightedSE(ctx context.Context, t *estimators.Table) (float64, error) {
	d, err := c.fit(ctx, t.Collapse())
	if err != nil {
		return 0, err
	}
	p := len(d.used)
	var x, y, mu []float64
	for w := 1; w < len(d.counts); w++ {
		if d.group[w] < 0 {
			continue
		}
		for _, col := range d.used {
			x = append(x, col.value(estimators.Pattern(w)))
		}
		y = append(y, float64(d.counts[w]))
		mu = append(mu, float64(d.counts[w])+0.1)
	}
	deviance := func() float64 {
		s := 0.0
		for i := range y {
			s += lattice.PoissonDeviance(y[i], math.Log(mu[i]))
		}
		return s
	}
	last := deviance()
	for range 50 {
		// Normal equations [X'WX | X'Wz | I], solved by Gauss and Jordan.
		a := make([][]float64, p)
		for j := range a {
			a[j] = make([]float64, 2*p+1)
			a[j][p+1+j] = 1
		}
		for i := range y {
			row := x[i*p : i*p+p]
			z := math.Log(mu[i]) + (y[i]-mu[i])/mu[i]
			for j := range p {
				for k := range p {
					a[j][k] += mu[i] * row[j] * row[k]
				}
				a[j][p] += mu[i] * row[j] * z
			}
		}
		for j := range p {
			pivot := a[j][j]
			for k := range a[j] {
				a[j][k] /= pivot
			}
			for i := range p {
				if f := a[i][j]; i != j && f != 0 {
					for k := range a[i] {
						a[i][k] -= f * a[j][k]
					}
				}
			}
		}
		for i := range y {
			eta := 0.0
			for j := range p {
				eta += x[i*p+j] * a[j][p]
			}
			mu[i] = math.Exp(eta)
		}
		now := deviance()
		if math.Abs(now-last)/(math.Abs(now)+0.1) < 1e-8 {
			hidden := math.Exp(a[0][p])
			return math.Sqrt(hidden + hidden*hidden*a[0][p+1]), nil
		}
		last = now
	}
	return 0, fmt.Errorf("no convergence in 50 steps")
}
