package truncated

import "math"

// A jet is a function of the (up to three) linear predictors of a family at one point: its value, its gradient, and its second
// derivatives in the order 00, 01, 02, 11, 12, 22. Sums and compositions of jets carry exact derivatives along, so that
// every family gives the observed information from its log-probability alone.
type jet struct {
	v float64
	g [3]float64
	h [6]float64
}

// pairs are the indices of the second derivatives.
var pairs = [6][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}}

func (a jet) plus(b jet) jet {
	a.v += b.v
	for i := range a.g {
		a.g[i] += b.g[i]
	}
	for i := range a.h {
		a.h[i] += b.h[i]
	}
	return a
}

func (a jet) minus(b jet) jet {
	a.v -= b.v
	for i := range a.g {
		a.g[i] -= b.g[i]
	}
	for i := range a.h {
		a.h[i] -= b.h[i]
	}
	return a
}

// chain is f(a), from f and its first and second derivative at a.
func (a jet) chain(f, first, second float64) jet {
	out := jet{v: f}
	for i := range a.g {
		out.g[i] = first * a.g[i]
	}
	for i, p := range pairs {
		out.h[i] = first*a.h[i] + second*a.g[p[0]]*a.g[p[1]]
	}
	return out
}

// complement is log(1 − exp(a)) for a < 0.
func (a jet) complement() jet {
	t := -math.Expm1(a.v) // 1 − e^a
	first := (t - 1) / t
	return a.chain(math.Log(t), first, first*(1-first))
}

// exp is e^a.
func (a jet) exp() jet {
	e := math.Exp(a.v)
	return a.chain(e, e, e)
}

// scaled is c·a.
func (a jet) scaled(c float64) jet { return a.chain(c*a.v, c, 0) }

// either is log(e^a + e^b).
func (a jet) either(b jet) jet {
	e := math.Exp(-math.Abs(a.v - b.v))
	out := jet{v: math.Max(a.v, b.v) + math.Log1p(e)}
	w, u := 1/(1+e), e/(1+e)
	if a.v < b.v {
		w, u = u, w
	}
	for i := range out.g {
		out.g[i] = w*a.g[i] + u*b.g[i]
	}
	for i, p := range pairs {
		out.h[i] = w*a.h[i] + u*b.h[i] + w*u*(a.g[p[0]]-b.g[p[0]])*(a.g[p[1]]-b.g[p[1]])
	}
	return out
}

// logShare is log ω, and logRest log(1 − ω), of a share whose logit is predictor i with the value x.
func logShare(i int, x float64) jet {
	q := 1 / (1 + math.Exp(x)) // 1 − ω
	out := jet{v: -softplus(-x)}
	out.g[i] = q
	out.h[diagonal[i]] = -q * (1 - q)
	return out
}

func logRest(i int, x float64) jet {
	q := 1 / (1 + math.Exp(-x)) // ω
	out := jet{v: -softplus(x)}
	out.g[i] = -q
	out.h[diagonal[i]] = -q * (1 - q)
	return out
}

// diagonal[i] is the place of the second derivative by predictor i.
var diagonal = [3]int{0, 3, 5}

// softplus is log(1 + e^x).
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
