package huggins

import (
	"math"

	"darkfigure/estimators"
)

// At evaluates a model at coefficients that are not its estimate: log-likelihood, score, N, and its standard error with a covariance
// of the coefficients.
func (m Model) At(t *estimators.Table, theta []float64, covariance [][]float64) (ll float64, score []float64, n, se float64, err error) {
	l, _, err := m.likelihood(t)
	if err != nil {
		return 0, nil, 0, 0, err
	}
	ll, score, _, h := l.derivatives(theta, false)
	variance := h.chance
	for i, row := range covariance {
		for j, v := range row {
			variance += h.gradient[i] * h.gradient[j] * v
		}
	}
	return ll, score, h.n, math.Sqrt(variance), nil
}

// Information is the observed or the expected information.
func (m Model) Information(t *estimators.Table, theta []float64, expected bool) ([][]float64, error) {
	l, _, err := m.likelihood(t)
	if err != nil {
		return nil, err
	}
	_, _, info, _ := l.derivatives(theta, expected)
	out := make([][]float64, len(theta))
	for i := range theta {
		for j := range theta {
			out[i] = append(out[i], info.At(i, j))
		}
	}
	return out, nil
}
