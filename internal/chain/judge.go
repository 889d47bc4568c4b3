package chain

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Verdict says what several chains of one quantity are good for.
type Verdict struct {
	// RHat is the rank-normalised split R-hat, the greater of that of the draws and that of their distances from the
	// median (Vehtari et al. 2021, sections 3.1 and 4). 1 is agreement; above 1.01 the chains have not found the same
	// distribution. It is +Inf for draws that are not finite, fewer than four a chain, or constant in every chain but
	// not the same.
	RHat float64
	// BulkESS is how many independent draws the chains are worth for the middle of the distribution: the effective
	// sample size of the rank-normalised split chains (section 4.1). It is 0 when nothing can be said.
	BulkESS float64
	// TailESS is how many they are worth for the 5 % or the 95 % quantile, whichever is fewer (section 4.3).
	TailESS float64
}

// Good reports whether the draws may be used: R-hat at most 1.01 and both effective sample sizes at least 400.
func (v Verdict) Good() bool { return v.RHat <= 1.01 && v.BulkESS >= 400 && v.TailESS >= 400 }

// Judge judges chains of equal length of one quantity.
func Judge(chains [][]float64) Verdict {
	halves := split(chains)
	if halves == nil {
		return Verdict{RHat: math.Inf(1)}
	}
	all := sorted(halves)
	scores := normalScores(len(all))
	scored := copied(halves)
	rank(all, scores, scored)
	v := Verdict{RHat: ratio(scored), BulkESS: effective(scored), TailESS: math.Inf(1)}
	for _, p := range []float64{0.05, 0.95} {
		q := all.quantile(p)
		for c, h := range halves {
			for i, x := range h {
				scored[c][i] = 0
				if x <= q {
					scored[c][i] = 1
				}
			}
		}
		v.TailESS = math.Min(v.TailESS, effective(scored))
	}
	rank(all.folded(), scores, scored)
	v.RHat = math.Max(v.RHat, ratio(scored))
	return v
}

// MeanESS is how many independent draws the chains are worth for the mean.
func MeanESS(chains [][]float64) float64 {
	halves := split(chains)
	if halves == nil {
		return 0
	}
	return effective(halves)
}

// MeanSE is the Monte-Carlo standard error of the mean of all draws, √(variance/MeanESS).
func MeanSE(chains [][]float64) float64 {
	_, sd := Moments(chains)
	return sd / math.Sqrt(MeanESS(chains))
}

// Moments returns the mean and the standard deviation (with n−1) of all draws.
func Moments(chains [][]float64) (mean, sd float64) {
	n := 0
	for _, c := range chains {
		for _, v := range c {
			mean += v
		}
		n += len(c)
	}
	mean /= float64(n)
	for _, c := range chains {
		for _, v := range c {
			sd += (v - mean) * (v - mean)
		}
	}
	return mean, math.Sqrt(sd / float64(n-1))
}

// split cuts every chain in two halves, without the middle draw when there is one. nil: nothing to judge.
func split(chains [][]float64) [][]float64 {
	var out [][]float64
	for _, c := range chains {
		if len(c) != len(chains[0]) {
			panic("chain: chains of different lengths")
		}
		if len(c) < 4 || slices.ContainsFunc(c, func(v float64) bool { return !finite(v) }) {
			return nil
		}
		half := len(c) / 2
		out = append(out, c[:half], c[len(c)-half:])
	}
	return out
}

func copied(chains [][]float64) [][]float64 {
	out := make([][]float64, len(chains))
	for i, c := range chains {
		out[i] = slices.Clone(c)
	}
	return out
}

// An order is all draws of several chains, ascending.
type order []place

// A place is a value and where it stands.
type place struct {
	value    float64
	chain, i int32
}

func sorted(chains [][]float64) order {
	all := make(order, 0, len(chains)*len(chains[0]))
	for c, chain := range chains {
		for i, v := range chain {
			all = append(all, place{v, int32(c), int32(i)})
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	return all
}

// quantile interpolates linearly in (n−1)p (type 7 of Hyndman and Fan 1996).
func (o order) quantile(p float64) float64 {
	h := float64(len(o)-1) * p
	j := int(h)
	if j+1 >= len(o) {
		return o[len(o)-1].value
	}
	return o[j].value + (h-float64(j))*(o[j+1].value-o[j].value)
}

// folded is the order of the distances from the median: a merge of what lies below it, read backwards, with what lies above.
func (o order) folded() order {
	middle := o.quantile(0.5)
	distance := func(i int) float64 { return math.Abs(o[i].value - middle) }
	above := len(o) / 2
	below := above - 1
	out := make(order, 0, len(o))
	for below >= 0 || above < len(o) {
		i := above
		if above == len(o) || below >= 0 && distance(below) <= distance(above) {
			i = below
			below--
		} else {
			above++
		}
		out = append(out, place{distance(i), o[i].chain, o[i].i})
	}
	return out
}

// normalScores are Φ⁻¹((r − 3/8)/(n + 1/4)) for the ranks r = 1, 3/2, 2, …, n.
func normalScores(n int) []float64 {
	out := make([]float64, 2*n-1)
	for i := range n {
		z := distuv.UnitNormal.Quantile((float64(i)/2 + 0.625) / (float64(n) + 0.25))
		out[i], out[2*n-2-i] = z, -z
	}
	return out
}

// rank writes the normal score of the rank of every draw to its place; ties share their mean rank.
func rank(o order, scores []float64, out [][]float64) {
	for i := 0; i < len(o); {
		j := i + 1
		for j < len(o) && o[j].value == o[i].value {
			j++
		}
		z := scores[i+j-1]
		for ; i < j; i++ {
			out[o[i].chain][o[i].i] = z
		}
	}
}

// variances returns the mean variance within chains (with n−1), the variance of their means, and the variance of the
// distribution that the two together estimate.
func variances(chains [][]float64) (within, between, total float64) {
	n := float64(len(chains[0]))
	means := make([]float64, len(chains))
	for c, chain := range chains {
		var sd float64
		means[c], sd = Moments([][]float64{chain})
		within += sd * sd
	}
	within /= float64(len(chains))
	_, sd := Moments([][]float64{means})
	between = sd * sd
	return within, between, within*(n-1)/n + between
}

func ratio(chains [][]float64) float64 {
	within, between, total := variances(chains)
	switch {
	case within > 0:
		return math.Sqrt(total / within)
	case between > 0:
		return math.Inf(1)
	}
	return 1
}

// effective is the effective sample size by Geyer's (1992) initial monotone sequence: autocorrelations ρ are
// added up in pairs of lags while the pairs are positive, none larger than the one before. Autocovariances are averaged
// over chains, and between-chain variance counts as correlation at every lag (Vehtari et al. 2021, section 3.2). Constant
// draws are worth all of them. It never exceeds S·log₁₀ S for S draws.
//
// The autocovariances are summed lag by lag, as far as they are needed: chains worth judging need few lags.
func effective(chains [][]float64) float64 {
	n := len(chains[0])
	all := float64(n * len(chains))
	within, _, total := variances(chains)
	if total == 0 {
		return all
	}
	centred := copied(chains)
	for _, c := range centred {
		mean, _ := Moments([][]float64{c})
		for i := range c {
			c[i] -= mean
		}
	}
	rho := func(lag int) float64 {
		sum := 0.0
		for _, c := range centred {
			later := c[lag:]
			for i, v := range later {
				sum += c[i] * v
			}
		}
		return 1 - (within-sum/all)/total
	}
	tau := 0.0
	even, odd := 1.0, rho(1)
	previous := even + odd
	lag := 0
	for lag < n-5 && even+odd > 0 {
		pair := math.Min(previous, even+odd) // monotone
		tau += 2 * pair
		previous = pair
		lag += 2
		even, odd = rho(lag), rho(lag+1)
	}
	tau += math.Max(0, even) - 1 // an odd number of lags reduces the variance for antithetic chains
	return all / math.Max(tau, 1/math.Log10(all))
}
