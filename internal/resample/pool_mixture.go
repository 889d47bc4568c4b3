package resample

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A Mixture is the equal mixture of what several analyses say about one quantity: each is given by values drawn
// from its law (replicates, draws from a posterior, or [LogNormal] draws), and weighs the same however many
// values it has.
type Mixture struct {
	values   []float64 // ascending
	position []float64 // of each value, as a level; nil when all weights are equal
	parts    int
	empty    int
}

// NewMixture makes a mixture of the values of each analysis, in any order. Values may be ±Inf, not NaN. An analysis without
// values is left out and counted.
func NewMixture(analyses [][]float64) *Mixture {
	m := &Mixture{}
	size, equal := 0, true
	for _, values := range analyses {
		if len(values) == 0 {
			m.empty++
			continue
		}
		m.parts++
		equal = equal && (size == 0 || len(values) == size)
		size = len(values)
		m.values = append(m.values, values...)
	}
	for _, v := range m.values {
		if math.IsNaN(v) {
			panic("resample: a mixture of NaN")
		}
	}
	if equal {
		slices.Sort(m.values)
		return m
	}
	type weighted struct{ value, weight float64 }
	n := float64(len(m.values))
	all := make([]weighted, 0, len(m.values))
	for _, values := range analyses {
		for _, v := range values {
			all = append(all, weighted{v, n / (float64(m.parts) * float64(len(values)))}) // 1 on average
		}
	}
	slices.SortFunc(all, func(a, b weighted) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		case a.weight < b.weight:
			return -1
		case a.weight > b.weight:
			return 1
		}
		return 0
	})
	m.position = make([]float64, len(all))
	below := 0.0
	for i, v := range all {
		// Type 8 puts value i of n at (i − ⅓)/(n + ⅓); value i is its own weight's middle, ½ and ⅙ from there.
		m.position[i] = (below + v.weight/2 + 1.0/6) / (n + 1.0/3)
		m.values[i] = v.value
		below += v.weight
	}
	return m
}

// Analyses is the number of analyses with values, Empty that of those without.
func (m *Mixture) Analyses() int { return m.parts }

// Empty is the number of analyses without values.
func (m *Mixture) Empty() int { return m.empty }

// Len is the number of values.
func (m *Mixture) Len() int { return len(m.values) }

// Quantile is the quantile of level p (clamped to 0…1) of the mixture: with equally many values of each analysis that of
// [Quantile] with [Type8] of all values, else the same with values weighed so that every analysis counts once.
// Infinite values are taken as by [Quantile]. It panics when there are no values.
func (m *Mixture) Quantile(p float64) float64 {
	if m.position == nil {
		return Quantile(m.values, p, Type8)
	}
	p = math.Max(0, math.Min(1, p))
	j, exact := slices.BinarySearch(m.position, p)
	switch {
	case exact || j == 0:
		return m.values[j]
	case j == len(m.values):
		return m.values[j-1]
	}
	low, high := m.values[j-1], m.values[j]
	switch {
	case low == high:
		return low
	case math.IsInf(high, 0):
		return high
	case math.IsInf(low, 0):
		return low
	}
	return low + (high-low)*(p-m.position[j-1])/(m.position[j]-m.position[j-1])
}

// Interval are the quantiles that leave (1−level)/2 on either side.
func (m *Mixture) Interval(level float64) (lower, upper float64) {
	return m.Quantile((1 - level) / 2), m.Quantile((1 + level) / 2)
}

// LogNormal fills dst with shift + exp(mean + √variance·z), z standard normal draws: the values of an analysis that
// gives a normal law on the scale of the logarithm. mean may be −Inf, for which every value is shift. It panics when variance is
// negative or not finite, or mean is NaN or +Inf.
func LogNormal(dst []float64, shift, mean, variance float64, rng *rand.Rand) {
	if !(variance >= 0) || math.IsInf(variance, 1) || math.IsNaN(mean) || math.IsInf(mean, 1) {
		panic("resample: a log-normal law without a mean or variance")
	}
	sd := math.Sqrt(variance)
	for i := range dst {
		dst[i] = shift + math.Exp(mean+sd*rng.NormFloat64())
	}
}
