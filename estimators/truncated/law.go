package truncated

import "math"

// A law is the distribution of contacts before anything is cut off or inflated, with mean λ: predictor 0 is log λ, and
// predictor 1 of the negative binomial law is log α.
type law int

const (
	poisson   law = iota // variance λ
	geometric            // variance λ(1+λ)
	negbin               // variance λ(1+αλ): NB2
)

var lawNames = [...]string{"poisson", "geom", "negbin"}

// logProbability is log P(Y = k) at the predictors eta, with lambda = e^eta[0].
func (l law) logProbability(k int, eta *[3]float64, lambda float64) jet {
	y := float64(k)
	out := jet{}
	switch l {
	case poisson:
		out.v = y*eta[0] - lambda - logFactorial(k)
		out.g[0] = y - lambda
		out.h[0] = -lambda
	case geometric: // λ^k / (1+λ)^(k+1)
		q := lambda / (1 + lambda)
		out.v = y*eta[0] - (y+1)*math.Log1p(lambda)
		out.g[0] = y - (y+1)*q
		out.h[0] = -(y + 1) * q * (1 - q)
	case negbin: // Γ(k+r)/(Γ(r)k!)·(1+αλ)^(−r)·(αλ/(1+αλ))^k with r = 1/α, the ratio of gammas written as α^(−k)·Π(1+αj)
		alpha := math.Exp(eta[1])
		u := alpha * lambda
		q, big := u/(1+u), math.Log1p(u)
		r := 1 / alpha
		out.v = y*eta[0] - (r+y)*big - logFactorial(k)
		sum, squares := 0.0, 0.0
		for j := 1; j < k; j++ {
			a := alpha * float64(j)
			out.v += math.Log1p(a)
			sum += a / (1 + a)
			squares += a / ((1 + a) * (1 + a))
		}
		bend := (r + y) * q * (1 - q)
		out.g[0] = y - (r+y)*q
		out.g[1] = sum + r*big - (r+y)*q
		out.h[0] = -bend
		out.h[1] = r*q - bend
		out.h[3] = squares - r*big + 2*r*q - bend
	}
	return out
}

// moments are mean and mean square of the law.
func (l law) moments(eta *[3]float64) (mean, square float64) {
	mean = math.Exp(eta[0])
	switch l {
	case poisson:
		square = mean + mean*mean
	case geometric:
		square = mean + 2*mean*mean
	case negbin:
		square = mean + (1+math.Exp(eta[1]))*mean*mean
	}
	return mean, square
}

var factorials = func() (out [64]float64) {
	for k := 2; k < len(out); k++ {
		out[k] = out[k-1] + math.Log(float64(k))
	}
	return out
}()

func logFactorial(k int) float64 {
	if k < len(factorials) {
		return factorials[k]
	}
	x, _ := math.Lgamma(float64(k) + 1)
	return x
}
