package twolist

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// This file holds the arithmetic that the interval kinds share: probabilities of a
// fourfold table with given margins, at any size of count.
//
// With cells m, b, c, f and total T, m!·b!·c!·f!·T! against the factorials of the four margins
// loses every digit when taken as differences of log-gammas of large numbers. Written
// with Stirling's formula it becomes −G²/2, where G² is the likelihood ratio statistic of
// independence, plus small terms; and G² depends on the data through mf − bc alone.

// logHypergeometric is the logarithm of the hypergeometric probability of the fourfold
// table m, b / c, f given its margins. The cells need not be whole numbers.
func logHypergeometric(m, b, c, f float64) float64 {
	total := m + b + c + f
	return -halfG2(m, b, c, f) +
		stirling(m+b) + stirling(c+f) + stirling(m+c) + stirling(b+f) -
		stirling(total) - stirling(m) - stirling(b) - stirling(c) - stirling(f)
}

// halfG2 is Σ cell·log(cell·T/(row·column)), half the likelihood ratio statistic of independence.
func halfG2(m, b, c, f float64) float64 {
	// d = mf − bc, with the rounding error of bc put back.
	bc := b * c
	d := math.FMA(m, f, -bc) - math.FMA(b, c, -bc)
	total := m + b + c + f
	term := func(cell, row, column, d float64) float64 {
		if cell == 0 {
			return 0
		}
		if r := d / (row * column); math.Abs(r) < 0.5 {
			return cell * math.Log1p(r)
		}
		return cell * math.Log(cell/row*(total/column))
	}
	return math.Max(0, term(m, m+b, m+c, d)+term(f, c+f, b+f, d)+term(b, m+b, b+f, -d)+term(c, c+f, m+c, -d))
}

// stirling is log z! − (z·log z − z); 0 at z = 0.
func stirling(z float64) float64 {
	if z == 0 {
		return 0
	}
	if z < 15 {
		l, _ := math.Lgamma(z + 1)
		return l - z*math.Log(z) + z
	}
	q := 1 / (z * z)
	return 0.5*math.Log(2*math.Pi*z) + (1.0/12-q*(1.0/360-q*(1.0/1260-q/1680)))/z
}

// A law is a unimodal law on the whole numbers.
type law struct {
	log   func(i float64) float64 // log-probability; defined between whole numbers too
	ratio func(i float64) float64 // probability of i+1 over that of i
}

// maxTerms is how many probabilities are added one by one. A law with more that matter is
// so smooth that an integral gives its sums to ten digits.
const maxTerms = 20_000

// sum adds up the probabilities of lo, lo+1, …, hi. mode is where the law peaks.
func (l law) sum(lo, hi, mode float64) float64 {
	if hi < lo {
		return 0
	}
	mode = math.Max(lo, math.Min(hi, mode))
	peak := math.Exp(l.log(mode))
	if peak == 0 {
		return 0
	}
	const negligible = 1e-18
	total, terms := peak, 0
	for i, p := mode, peak; i < hi && p >= negligible*total && terms < maxTerms; i++ {
		p *= l.ratio(i)
		total += p
		terms++
	}
	for i, p := mode, peak; i > lo && p >= negligible*total && terms < maxTerms; i-- {
		p /= l.ratio(i - 1)
		total += p
		terms++
	}
	if terms == maxTerms {
		return l.integral(lo, hi, mode)
	}
	return math.Min(1, total)
}

// integral is sum by the Euler–Maclaurin formula over the part of lo…hi that matters.
func (l law) integral(lo, hi, mode float64) float64 {
	floor := l.log(mode) - 42 // e⁻⁴² is 6·10⁻¹⁹
	edge := func(far float64) float64 {
		if l.log(far) >= floor {
			return far
		}
		in, out := mode, far
		for math.Abs(in-out) > 1 {
			mid := math.Floor((in + out) / 2)
			if mid == math.Min(in, out) {
				break
			}
			if l.log(mid) >= floor {
				in = mid
			} else {
				out = mid
			}
		}
		return in
	}
	p := func(i float64) float64 { return math.Exp(l.log(i)) }
	left, right := edge(lo), edge(hi)
	total := (p(left) + p(right)) / 2
	if right > left {
		total += ((p(right) - p(right-1)) - (p(left+1) - p(left))) / 12
	}
	const panels, nodes = 24, 16
	for _, side := range [2][2]float64{{left, mode}, {mode, right}} {
		width := (side[1] - side[0]) / panels
		for j := range panels {
			if width > 0 {
				total += quad.Fixed(p, side[0]+float64(j)*width, side[0]+float64(j+1)*width, nodes, quad.Legendre{}, 1)
			}
		}
	}
	return math.Max(0, math.Min(1, total))
}

// smallest is the smallest whole number x ≥ 0 at which an increasing condition holds, near
// a guess. It returns +Inf when the condition does not hold at any number a float64 can hold.
func smallest(guess float64, holds func(x float64) bool) float64 {
	if holds(0) {
		return 0
	}
	lo, hi := 0.0, math.Max(1, math.Floor(guess))
	for !holds(hi) {
		lo = hi
		if hi *= 2; math.IsInf(hi, 1) {
			return hi
		}
	}
	for hi-lo > 1 {
		mid := math.Floor(lo + (hi-lo)/2)
		if mid <= lo || mid >= hi {
			break // neighbouring float64
		}
		if holds(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}
