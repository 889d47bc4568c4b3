package lowerbound

import (
	"context"
	"math"

	"darkfigure/estimators"
)

// The variances below are those of Chao (1987): the frequencies f_j are multinomial given N,
// and the delta method gives, for a hidden number h that is homogeneous of degree 1 in
// them,
//
//	V = Σ f_j (∂N̂/∂f_j)² − N̂ = h + Σ f_j (∂h/∂f_j)²

// Chao is the lower bound n + f1²/(2f2), with a factor (t−1)/t when there are t
// occasions. It is refused when nobody was seen exactly twice.
type Chao struct {
	Levels   []float64               // of the intervals, the headline first; empty: 0.95
	Interval estimators.IntervalKind // LogNormal (also "") or Wald
}

// ChaoBC is the bias-corrected form n + (t−1)/t·f1(f1−1)/(2(f2+1)) of [Chao]. It is
// defined when nobody was seen exactly twice, and refused when nobody was seen more than once: its number
// is then that of the formula alone.
type ChaoBC struct {
	Levels   []float64
	Interval estimators.IntervalKind
}

// Zelterman fits a Poisson law (continuous time) or a binomial law (t occasions) to those
// seen once and twice only, and divides n by the probability of being seen: n/(1−exp(−2f2/f1)).
// It is robust against what happens to people seen often, but not a lower bound.
type Zelterman struct {
	Levels   []float64
	Interval estimators.IntervalKind
}

// Turing divides n by the Good–Turing estimate of the probability of being seen, 1 − f1/S
// with S all sightings; with t occasions, 1 − (f1/S)^(t/(t−1)). Exact for people who are alike, a
// lower bound for people who differ.
type Turing struct {
	Levels   []float64
	Interval estimators.IntervalKind
}

// IChao is the improved lower bound of Chiu et al. (2014), which adds to [Chao] what those
// seen three and four times say. It needs four occasions and somebody seen exactly four times.
type IChao struct {
	Levels   []float64
	Interval estimators.IntervalKind
}

// LanumteangBohning extends [Chao] by those seen three times: n + 3f1³f3/(4f2³), with a
// factor (t−1)²/(t(t−2)) for t occasions. It extrapolates, and is not a lower bound.
type LanumteangBohning struct {
	Levels   []float64
	Interval estimators.IntervalKind
}

var (
	_ estimators.Estimator = Chao{}
	_ estimators.Estimator = ChaoBC{}
	_ estimators.Estimator = Zelterman{}
	_ estimators.Estimator = Turing{}
	_ estimators.Estimator = IChao{}
	_ estimators.Estimator = LanumteangBohning{}
)

func noRepeats(times string) *estimators.Refusal {
	return estimators.Refuse("no-repeats", "nobody was seen %s", times)
}

var chao = formula{"chao", true, 2, func(d sightings) (float64, float64, *estimators.Refusal) {
	f1, f2 := d.f[1], d.f[2]
	if f2 == 0 {
		return 0, 0, noRepeats("exactly twice")
	}
	h := d.factor * f1 / (2 * f2) * f1
	return h, h + h*h*(4/f1+1/f2), nil
}}

// The variance is that of Rivest and Lévesque (2001) for the corrected frequencies.
var chaoBC = formula{"chao-bc", true, 2, func(d sightings) (float64, float64, *estimators.Refusal) {
	f1, f2 := d.f[1], d.f[2]
	h := d.factor * f1 / (2 * (f2 + 1)) * (f1 - 1)
	return h, h + d.factor*h*((f1*f1+4*f1*f2+3*f1-6*f2-6)/(2*(f2+1)*(f2+2))), nil
}}

// The variance in continuous time is that of Böhning (2008); with occasions the same
// derivation for the odds 2f2/((t−1)f1) of a capture.
var zelterman = formula{"zelterman", false, 2, func(d sightings) (float64, float64, *estimators.Refusal) {
	f1, f2 := d.f[1], d.f[2]
	if f2 == 0 {
		return 0, 0, noRepeats("exactly twice")
	}
	logNever := 2 * f2 / f1 // −log of the probability never to be seen
	slope := logNever       // its derivative by the logarithm of the parameter
	if !math.IsInf(d.t, 1) {
		odds := 2 * f2 / ((d.t - 1) * f1)
		logNever, slope = d.t*math.Log1p(odds), d.t*odds/(1+odds)
	}
	o := 1 / math.Expm1(logNever) // hidden over observed
	h := d.n * o
	a := h * (1 + o) * slope
	return h, h*(1+o) + a*a*(1/f1+1/f2), nil
}}

var turing = formula{"turing", true, 2, func(d sightings) (float64, float64, *estimators.Refusal) {
	f1 := d.f[1]
	if d.s == f1 {
		return 0, 0, noRepeats("twice or more often")
	}
	power := 1 / d.factor
	o := 1 / math.Expm1(power*math.Log(d.s/f1))
	h := d.n * o
	a := h * (1 + o) * power
	return h, h*(1+o) + a*a*(1/f1-2/d.s+d.s2/d.s/d.s), nil
}}

var iChao = formula{"ichao", true, 4, func(d sightings) (float64, float64, *estimators.Refusal) {
	f1, f2, f3, f4 := d.f[1], d.f[2], d.f[3], d.f[4]
	switch {
	case f2 == 0:
		return 0, 0, noRepeats("exactly twice")
	case f4 == 0:
		return 0, 0, noRepeats("exactly four times")
	}
	h := d.factor * f1 / (2 * f2) * f1
	g1, g2, g3, g4 := 2*h/f1, -h/f2, 0.0, 0.0
	p, q := 1.0, 1.0 // (t−3)/t and (t−3)/(t−1)
	if !math.IsInf(d.t, 1) {
		p, q = (d.t-3)/d.t, (d.t-3)/(d.t-1)
	}
	r := f3 / f4
	if gain := f1 - q*f2*r/2; gain > 0 {
		h += p * r / 4 * gain
		g1 += p * r / 4
		g2 -= p * q * r * r / 8
		g3 = p / (4 * f4) * (f1 - q*f2*r)
		g4 = -p * r / (4 * f4) * (f1 - q*f2*r)
	}
	return h, h + f1*g1*g1 + f2*g2*g2 + f3*g3*g3 + f4*g4*g4, nil
}}

// With r_j = (j+1)f_{j+1}/f_j the ratios of neighbouring frequencies, the hidden number is f1/r_0, and
// r_0 is extrapolated as r_1²/r_2. With t occasions r_j is divided by t−j.
var lanumteangBohning = formula{"lanumteang-bohning", false, 3, func(d sightings) (float64, float64, *estimators.Refusal) {
	f1, f2, f3 := d.f[1], d.f[2], d.f[3]
	switch {
	case f2 == 0:
		return 0, 0, noRepeats("exactly twice")
	case f3 == 0:
		return 0, 0, noRepeats("exactly three times")
	}
	h := 0.75 * (f1 / f2) * (f1 / f2) * (f1 / f2) * f3
	if !math.IsInf(d.t, 1) {
		h *= (d.t - 1) / d.t * ((d.t - 1) / (d.t - 2))
	}
	return h, h + h*h*(9/f1+9/f2+1/f3), nil
}}

// Name is "chao".
func (Chao) Name() string { return chao.name }

// Name is "chao-bc".
func (ChaoBC) Name() string { return chaoBC.name }

// Name is "zelterman".
func (Zelterman) Name() string { return zelterman.name }

// Name is "turing".
func (Turing) Name() string { return turing.name }

// Name is "ichao".
func (IChao) Name() string { return iChao.name }

// Name is "lanumteang-bohning".
func (LanumteangBohning) Name() string { return lanumteangBohning.name }

// Estimate takes the lists of the table as occasions.
func (c Chao) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return chao.fromTable(ctx, t, c.Levels, c.Interval)
}

// Estimate takes the lists of the table as occasions.
func (c ChaoBC) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return chaoBC.fromTable(ctx, t, c.Levels, c.Interval)
}

// Estimate takes the lists of the table as occasions.
func (z Zelterman) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return zelterman.fromTable(ctx, t, z.Levels, z.Interval)
}

// Estimate takes the lists of the table as occasions.
func (g Turing) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return turing.fromTable(ctx, t, g.Levels, g.Interval)
}

// Estimate takes the lists of the table as occasions.
func (c IChao) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return iChao.fromTable(ctx, t, c.Levels, c.Interval)
}

// Estimate takes the lists of the table as occasions.
func (l LanumteangBohning) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return lanumteangBohning.fromTable(ctx, t, l.Levels, l.Interval)
}

// EstimateFrequencies uses the form for the occasions of f, or for continuous time.
func (c Chao) EstimateFrequencies(ctx context.Context, f *estimators.Frequencies) (estimators.Estimate, error) {
	return chao.fromFrequencies(ctx, f, c.Levels, c.Interval)
}

// EstimateFrequencies uses the form for the occasions of f, or for continuous time.
func (c ChaoBC) EstimateFrequencies(ctx context.Context, f *estimators.Frequencies) (estimators.Estimate, error) {
	return chaoBC.fromFrequencies(ctx, f, c.Levels, c.Interval)
}

// EstimateFrequencies uses the form for the occasions of f, or for continuous time.
func (z Zelterman) EstimateFrequencies(ctx context.Context, f *estimators.Frequencies) (estimators.Estimate, error) {
	return zelterman.fromFrequencies(ctx, f, z.Levels, z.Interval)
}

// EstimateFrequencies uses the form for the occasions of f, or for continuous time.
func (g Turing) EstimateFrequencies(ctx context.Context, f *estimators.Frequencies) (estimators.Estimate, error) {
	return turing.fromFrequencies(ctx, f, g.Levels, g.Interval)
}

// EstimateFrequencies uses the form for the occasions of f, or for continuous time.
func (c IChao) EstimateFrequencies(ctx context.Context, f *estimators.Frequencies) (estimators.Estimate, error) {
	return iChao.fromFrequencies(ctx, f, c.Levels, c.Interval)
}

// EstimateFrequencies uses the form for the occasions of f, or for continuous time.
func (l LanumteangBohning) EstimateFrequencies(ctx context.Context, f *estimators.Frequencies) (estimators.Estimate, error) {
	return lanumteangBohning.fromFrequencies(ctx, f, l.Levels, l.Interval)
}
