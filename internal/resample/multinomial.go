package resample

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Multinomial fills dst with one draw of n items over len(p) classes with
// probabilities proportional to p, by a binomial draw for each class given what is left. It
// allocates nothing, and classes with p = 0 get none and use no random numbers.
//
// It panics when dst and p differ in length, when n is negative, when a p is negative or
// not finite, and when all p are 0 while n is not.
func Multinomial(dst []int64, n int64, p []float64, rng *rand.Rand) {
	if len(dst) != len(p) || n < 0 {
		panic(fmt.Sprintf("resample: %d items, %d classes, %d probabilities", n, len(dst), len(p)))
	}
	rest, last := 0.0, -1
	for i, x := range p {
		if !(x >= 0) || math.IsInf(x, 1) {
			panic(fmt.Sprintf("resample: probability %v", x))
		}
		if x > 0 {
			last = i
		}
		rest += x
	}
	if last < 0 && n > 0 {
		panic("resample: every probability is 0")
	}
	clear(dst)
	for i := 0; i <= last && n > 0; i++ {
		if i == last {
			// Not by the ratio p/rest, which rounding keeps from being exactly 1.
			dst[i] = n
			return
		}
		if p[i] == 0 {
			continue
		}
		dst[i] = Binomial(n, math.Min(1, p[i]/rest), rng)
		n -= dst[i]
		rest = math.Max(rest-p[i], math.SmallestNonzeroFloat64)
	}
}

const (
	// Below this mean the distribution function is summed, above it one rejection step is cheaper.
	inversionMean = 10
	// From this variance on the rounded normal law is used. The distribution functions then
	// differ by less than 1/√variance (Berry–Esseen), 10⁻⁵; and in the acceptance
	// test below the logarithms would begin to lose their digits.
	normalVariance = 1e10
)

// Binomial draws the number of successes in n trials of probability p. The draw is
// exact up to the rounding of float64 while the variance np(1−p) is below 10¹⁰: by
// inversion for a mean below 10, else by transformed rejection (algorithm BTRS of Hörmann
// 1993). Above, it is a rounded normal draw, whose distribution function is within
// 10⁻⁵ of the binomial one. It panics when n is negative or p is not a probability.
//
// Reference: W. Hörmann (1993). The generation of binomial random variates. Journal of
// Statistical Computation and Simulation 46, 101–110. doi:10.1080/00949659308811496
func Binomial(n int64, p float64, rng *rand.Rand) int64 {
	switch {
	case n < 0 || !(p >= 0 && p <= 1):
		panic(fmt.Sprintf("resample: binomial of %d trials with probability %v", n, p))
	case n == 0 || p == 0:
		return 0
	case p == 1:
		return n
	case p > 0.5:
		return n - Binomial(n, 1-p, rng)
	}
	mean := float64(n) * p
	switch {
	case mean < inversionMean:
		return binomialInversion(n, p, rng)
	case mean*(1-p) < normalVariance:
		return binomialRejection(n, p, rng)
	}
	x := math.Round(mean + math.Sqrt(mean*(1-p))*rng.NormFloat64())
	return int64(math.Max(0, math.Min(float64(n), x)))
}

// binomialInversion adds up the probabilities of 0, 1, 2, … until they pass a uniform number.
func binomialInversion(n int64, p float64, rng *rand.Rand) int64 {
	odds := p / (1 - p)
	start := math.Exp(float64(n) * math.Log1p(-p))
	for {
		u, f := rng.Float64(), start
		// With a mean below 10, 200 is out of reach but for a u that rounding put above the total.
		for k := int64(0); k <= n && k < 200; k++ {
			if u < f {
				return k
			}
			u -= f
			f *= odds * float64(n-k) / float64(k+1)
		}
	}
}

// binomialRejection is algorithm BTRS for p ≤ ½ and np ≥ 10.
func binomialRejection(trials int64, p float64, rng *rand.Rand) int64 {
	n := float64(trials)
	r := p / (1 - p)
	spread := math.Sqrt(n * p * (1 - p))
	b := 1.15 + 2.53*spread
	a := -0.0873 + 0.0248*b + 0.01*p
	c := n*p + 0.5
	vr := 0.92 - 4.2/b
	alpha := (2.83 + 5.1/b) * spread
	m := math.Floor((n + 1) * p)
	for {
		u := rng.Float64() - 0.5
		v := rng.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + c)
		if us >= 0.07 && v <= vr {
			return int64(k)
		}
		if !(k >= 0 && k <= n) {
			continue
		}
		// log of the ratio of the probabilities of k and the mode m, with Stirling's formula
		// for the factorials; log1p keeps the digits that a large n would cancel.
		ratio := (m+0.5)*math.Log((m+1)/(r*(n-m+1))) +
			(n+1)*math.Log1p((k-m)/(n-k+1)) +
			(k+0.5)*math.Log(r*(n-k+1)/(k+1)) +
			stirling(m) + stirling(n-m) - stirling(k) - stirling(n-k)
		if math.Log(v*alpha/(a/(us*us)+b)) <= ratio {
			return int64(k)
		}
	}
}

// stirling is log k! − (½·log 2π + (k+½)·log(k+1) − (k+1)), the error of Stirling's formula.
func stirling(k float64) float64 {
	if k < 10 {
		return stirlingSmall[int(k)]
	}
	k++
	return (1.0/12 - (1.0/360-1.0/1260/(k*k))/(k*k)) / k
}

var stirlingSmall = func() (out [10]float64) {
	factorial := 1.0
	for k := range out {
		if k > 0 {
			factorial *= float64(k)
		}
		x := float64(k)
		out[k] = math.Log(factorial) - (0.5*math.Log(2*math.Pi) + (x+0.5)*math.Log(x+1) - (x + 1))
	}
	return out
}()
