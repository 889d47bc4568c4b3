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
