package loglinear

import (
	"context"
	"fmt"
	"math"

	"darkfigure/estimators"
)

// Heterogeneity is how much harder some people are to list than others: a term added to
// a log-linear model that is a function of the number j of lists a person is on. Every form fits
// a different guess of what the hidden people are like, and the data hardly tell them apart: the
// form alone can move the estimate by a factor of four. See the constants.
//
// Source: Rivest and Baillargeon (2007), Applications and extensions of Chao's moment
// estimator for the size of a closed population, Biometrics 63:999; Baillargeon and
// Rivest (2007), Rcapture, J. Stat. Software 19(5), section 2.
type Heterogeneity string

// The forms of heterogeneity, with the columns they add for a person on j lists of k.
const (
	// Homogeneous adds nothing: given the lists' own rates, all people are alike.
	Homogeneous Heterogeneity = ""
	// Chao adds η_i·max(j−i+1, 0) for i = 3…k with η_i ≥ 0. It assumes no form, and
	// estimates a lower bound (Chao 1987).
	Chao Heterogeneity = "chao"
	// Poisson adds τ·(θ^j − 1), by default with θ = 2: the log-odds of being listed vary as
	// a Poisson count.
	Poisson Heterogeneity = "poisson"
	// Darroch adds τ·j²/2: the log-odds of being listed vary as a normal
	// distribution among those not seen (Darroch et al. 1993).
	Darroch Heterogeneity = "darroch"
	// Gamma adds −τ·log(1 + j/θ), by default with θ = 3.5: the log-odds vary as minus a
	// gamma distribution, so that some people are nearly impossible to list.
	Gamma Heterogeneity = "gamma"
)

// ParseHeterogeneity reads a form as given to --heterogeneity; "" and "none" are
// [Homogeneous].
func ParseHeterogeneity(s string) (Heterogeneity, error) {
	switch h := Heterogeneity(s); h {
	case Homogeneous, Chao, Poisson, Darroch, Gamma:
		return h, nil
	case "none":
		return Homogeneous, nil
	}
	return "", fmt.Errorf("heterogeneity %q is not one of chao, poisson, darroch, gamma", s)
}

// The defaults of the parameter θ, those of Rcapture.
const (
	defaultPoissonTheta = 2
	defaultGammaTheta   = 3.5
)

// theta returns the parameter to use for θ = t, where 0 means the default.
func (h Heterogeneity) theta(t float64) (float64, error) {
	switch h {
	case Poisson:
		if t == 0 {
			t = defaultPoissonTheta
		}
		if !(t > 1) || math.IsInf(t, 0) {
			return 0, fmt.Errorf("θ = %v of Poisson heterogeneity is not a number above 1", t)
		}
	case Gamma:
		if t == 0 {
			t = defaultGammaTheta
		}
		if !(t > 0) || math.IsInf(t, 0) {
			return 0, fmt.Errorf("θ = %v of gamma heterogeneity is not a positive number", t)
		}
	default:
		if _, err := ParseHeterogeneity(string(h)); err != nil {
			return 0, err
		}
		if t != 0 {
			return 0, fmt.Errorf("heterogeneity %q has no parameter θ", h)
		}
	}
	return t, nil
}

// value is the column of the parametric forms for a person on j lists; it is 0 for the
// hidden people, j = 0, so that the intercept remains the logarithm of their number.
func (h Heterogeneity) value(j, theta float64) float64 {
	switch h {
	case Poisson:
		return math.Pow(theta, j) - 1
	case Darroch:
		return j * j / 2
	case Gamma:
		return -math.Log1p(j / theta)
	}
	return 0
}

// columns are the columns of the form for k lists with θ (already resolved).
func (h Heterogeneity) columns(k int, theta float64) []column {
	switch h {
	case Homogeneous:
		return nil
	case Chao:
		var out []column
		for i := 3; i <= k; i++ {
			out = append(out, column{name: fmt.Sprintf("eta%d", i), constrained: true, value: func(p estimators.Pattern) float64 {
				return float64(max(p.Size()-i+1, 0))
			}})
		}
		return out
	}
	return []column{{name: "tau", value: func(p estimators.Pattern) float64 { return h.value(float64(p.Size()), theta) }}}
}

// heterogeneousOptions are the options of [fitHeterogeneous].
type heterogeneousOptions struct {
	theta        float64 // θ of the Poisson and gamma forms; 0: 2 and 3.5
	keepNegative bool    // Chao: keep terms that are estimated as negative
}

// fitHeterogeneous fits a log-linear model with a heterogeneity term to a table. Terms of
// the model whose overlap is empty are at −infinity, as in any extended maximum
// likelihood estimate: they count as parameters, and their cells leave the fit. Terms of Chao's
// form that are estimated as negative are set to zero one at a time, the first first.
//
// Refusals: too-few-lists, empty-table, no-overlap, no-repeats (fewer than 5 people with Chao's form),
// saturated, no-mle, not-identifiable, not-converged, too-large.
func fitHeterogeneous(ctx context.Context, t *estimators.Table, m Model, h Heterogeneity, o heterogeneousOptions) (*denseFit, error) {
	t = t.Collapse()
	if m.K() != t.K() {
		return nil, fmt.Errorf("a model of %d lists for a table of %d", m.K(), t.K())
	}
	theta, err := h.theta(o.theta)
	if err != nil {
		return nil, err
	}
	if err := checkLists(t, 2); err != nil {
		return nil, err
	}
	if h == Chao {
		if err := checkFewest(t); err != nil {
			return nil, err
		}
	}
	d := newDense(t)
	d.keepNegative = o.keepNegative
	d.lowerBound = h == Chao
	d.columns = append(modelColumns(m, t.Lists()), h.columns(t.K(), theta)...)
	if err := d.fit(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// modelColumns are the intercept, the main effects and the interactions of a model.
func modelColumns(m Model, lists []string) []column {
	out := []column{intercept()}
	for i := range lists {
		out = append(out, term(1<<uint(i), lists))
	}
	for _, q := range m.terms {
		out = append(out, term(q, lists))
	}
	return out
}
