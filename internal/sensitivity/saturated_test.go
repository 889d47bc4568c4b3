package sensitivity_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"darkfigure/estimators"
	"darkfigure/internal/sensitivity"
)

// Kosovo without a model: the estimates are those of the log-linear model with all interactions but the highest, computed in R, at every ξ. The logarithm of
// the mean of the hidden number has, in the posterior, the mean Σ ±ψ(n_ω+1) + ψ(n) and the variance Σ ψ'(n_ω+1) + ψ'(n), because a
// Dirichlet vector is gamma variables over their sum; it is nearly normal, and the Poisson variance is small beside it.
func TestSaturatedKosovo(t *testing.T) {
	table := published(t, "kosovo")
	c, err := sensitivity.Saturated(t.Context(), table, 1, sensitivity.Options{From: 0.5, To: 2, Steps: 3})
	if err != nil {
		t.Fatal(err)
	}
	mean, variance := mathext.Digamma(4400), trigamma(4400)
	total := 0.0
	for w, n := range table.Counts() {
		if w == 0 {
			continue
		}
		s := -1.0
		if estimators.Pattern(w).Size()%2 == 1 {
			s = 1
		}
		mean += s * mathext.Digamma(float64(n)+1)
		variance += trigamma(float64(n) + 1)
		total += float64(n) + 1
	}
	mean -= mathext.Digamma(total) // the sum of the shares is 1
	for _, x := range []struct{ xi, population float64 }{{0.5, 29483.76}, {1, 16941.88}, {2, 10670.94}} {
		p := at(t, c, x.xi)
		printed(t, "N", p.Population, x.population, 0.01)
		sd := math.Sqrt(variance)
		near(t, "lower limit", math.Log(p.Lower-4400), mean-math.Log(x.xi)-1.96*sd, 0.01)
		near(t, "upper limit", math.Log(p.Upper-4400), mean-math.Log(x.xi)+1.96*sd, 0.01)
	}
	if c.Kind != estimators.Credible {
		t.Errorf("the interval is %s", c.Kind)
	}
	again, err := sensitivity.Saturated(t.Context(), table, 1, sensitivity.Options{From: 0.5, To: 2, Steps: 3})
	if err != nil || at(t, again, 1) != at(t, c, 1) {
		t.Errorf("%v the second time, %v", at(t, again, 1), err)
	}
}

// trigamma is the derivative of ψ, by differences.
func trigamma(x float64) float64 {
	const h = 1e-3
	return (mathext.Digamma(x+h) - mathext.Digamma(x-h)) / (2 * h)
}

func TestSaturatedRefused(t *testing.T) {
	c, err := sensitivity.Saturated(t.Context(), published(t, "korea"), 1, sensitivity.Options{})
	if err != nil || c.Status != estimators.Refused || !errors.Is(c.Reason, &estimators.Refusal{Code: "no-mle"}) {
		t.Errorf("%v %v", c.Reason, err)
	}
}
