package multiplier

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// CombinedName is the name of the method of [Combine].
const CombinedName = "multipliers"

// disagree is the p-value of Q below which sources are said to disagree; with few sources Q finds little.
const disagree = 0.1

// Combine makes one estimate of those of several sources, about the same people: y = log N with variances v that hold chance within
// sources, and a variance τ² between them, by Paule and Mandel (1982), the root of Σ(y−μ)²/(v+τ²) = k−1, or 0. Limits are μ ± t·(Σ 1/(v+τ²))^(-½), with the
// t law of k−1 degrees of freedom: those of Hartung and Knapp (2001), never narrower than without their factor, which is 1 where τ² > 0 (Röver,
// Knapp, Friede 2015).
//
// Sources that are refused, or have no upper limit, whose error is then not that of a normal law, or the upper limit of which lies below the largest
// benchmark, which cannot be, are left out, with a warning. It is refused with fewer than two others (too-few-sources, or benchmarks-contradict where
// benchmarks leave too few), when one is a lower bound or without standard error (not-comparable), and when it lies below the largest benchmark (benchmarks-contradict).
func Combine(sources []estimators.Estimate, levels []float64) (estimators.Estimate, error) {
	e := estimators.Estimate{Method: CombinedName, Status: estimators.OK, HasSE: true}
	c := &estimators.Combination{Smallest: math.Inf(1)}
	var y, v []float64
	var left []estimators.Warning
	names := map[string]bool{}
	var counter string
	e.Observed, counter = largest(sources)
	var impossible []string
	for _, s := range sources {
		name := nameOf(s)
		if names[name] {
			return e, fmt.Errorf("there are two sources called %q", name)
		}
		names[name] = true
		switch {
		case s.Status == estimators.Refused:
			left = append(left, estimators.Warning{Code: "source-left-out", Text: fmt.Sprintf("there is no estimate from %s: %s", name, s.Reason.Text)})
			continue
		case s.LowerBound || !s.HasSE:
			return e, estimators.Refuse("not-comparable", "%s is a lower bound, or has no standard error, and cannot be combined with others", name)
		}
		c.Smallest, c.Largest = math.Min(c.Smallest, math.Max(s.Population, float64(e.Observed))), math.Max(c.Largest, s.Population)
		if i, ok := s.Interval(); s.Population < float64(e.Observed) && !(ok && i.Upper >= float64(e.Observed)) {
			left = append(left, belowBenchmark(s, e.Observed, counter))
			impossible = append(impossible, name)
			continue
		}
		if slices.ContainsFunc(s.Intervals, estimators.Interval.Unbounded) {
			left = append(left, estimators.Warning{Code: "source-left-out", Text: fmt.Sprintf("there is no upper limit from %s, whose estimate is %s", name, estimators.People(s.Population))})
			continue
		}
		c.Sources = append(c.Sources, name)
		y, v = append(y, math.Log(s.Population)), append(v, s.SE*s.SE/(s.Population*s.Population))
	}
	k := len(y)
	if k < 2 && len(impossible) > 0 {
		return e, estimators.Refuse("benchmarks-contradict", "by %s there are fewer people than the %s whom %s counted: either the shares or that count must be wrong, and fewer than two other sources are left", strings.Join(impossible, ", "), estimators.People(float64(e.Observed)), counter)
	}
	if k < 2 {
		return e, estimators.Refuse("too-few-sources", "%d of the %d sources has an estimate with an upper limit", k, len(sources))
	}
	_, _, q := pooled(y, v, 0)
	c.Q, c.DF = q, k-1
	c.P = distuv.ChiSquared{K: float64(k - 1)}.Survival(q)
	c.I2 = math.Max(0, (q-float64(k-1))/q)
	if q == 0 {
		c.I2 = 0
	}
	tau2 := pauleMandel(y, v)
	c.Tau = math.Sqrt(tau2)
	mu, total, _ := pooled(y, v, tau2)
	for i := range y {
		c.Weights = append(c.Weights, 1/(v[i]+tau2)/total)
		var yy, vv []float64
		for j := range y {
			if j != i {
				yy, vv = append(yy, y[j]), append(vv, v[j])
			}
		}
		without, _, _ := pooled(yy, vv, pauleMandel(yy, vv))
		c.Without = append(c.Without, math.Exp(without))
	}
	e.Population = math.Exp(mu)
	if e.Population < float64(e.Observed) {
		return e, estimators.Refuse("benchmarks-contradict", "together the sources say %s, fewer than the %s whom one of them counted", estimators.People(e.Population), estimators.People(float64(e.Observed)))
	}
	se := 1 / math.Sqrt(total)
	e.Hidden, e.SE, e.Combination = e.Population-float64(e.Observed), e.Population*se, c
	for _, level := range (estimators.Options{Levels: levels}).LevelsOr95() {
		if !(level > 0 && level < 1) {
			return e, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
		}
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(k - 1)}.Quantile(0.5 + level/2)
		i := estimators.Interval{Kind: estimators.RandomEffects, Level: level, Lower: math.Max(float64(e.Observed), math.Exp(mu-t*se)), Upper: math.Exp(mu + t*se)}
		e.Intervals = append(e.Intervals, i)
	}
	e.Notes = append(e.Notes, fmt.Sprintf("combined: %s; seen is the largest benchmark, because how far they overlap is not known", strings.Join(c.Sources, ", ")))
	for _, w := range left {
		e.Warn(w)
	}
	if c.P < disagree {
		e.Warn(estimators.Warning{Code: "sources-disagree", Text: fmt.Sprintf("the sources run from %s to %s, further apart than chance explains (Q = %.3g, I² = %.0f%%, τ = %.2g)", estimators.People(c.Smallest), estimators.People(c.Largest), c.Q, 100*c.I2, c.Tau)})
	}
	if k < 5 {
		e.Warn(estimators.Warning{Code: "few-sources", Text: fmt.Sprintf("%d sources were combined", k)})
	}
	if i := e.Intervals[0]; i.Upper > 10*i.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	return e, nil
}

// largest is the largest benchmark, and the first of the sources that counted it.
func largest(sources []estimators.Estimate) (most int64, name string) {
	for _, s := range sources {
		if s.Observed > most || name == "" {
			most, name = s.Observed, nameOf(s)
		}
	}
	return most, name
}

// WarnBelow warns of each source that says fewer people than another one counted: there are at least so many (below-benchmark). Lower bounds may lie there.
func WarnBelow(sources []estimators.Estimate) {
	most, counter := largest(sources)
	for i := range sources {
		if s := &sources[i]; s.Status != estimators.Refused && !s.LowerBound && s.Population < float64(most) {
			s.Warn(belowBenchmark(*s, most, counter))
		}
	}
}

func belowBenchmark(s estimators.Estimate, most int64, counter string) estimators.Warning {
	return estimators.Warning{Code: "below-benchmark", Text: fmt.Sprintf("%s says %s, fewer than the %s whom %s counted", nameOf(s), estimators.People(s.Population), estimators.People(float64(most)), counter)}
}

func nameOf(e estimators.Estimate) string {
	if e.Multiplied != nil {
		return e.Multiplied.Source
	}
	return e.Model
}

// pooled is the weighted mean of y with weights 1/(v+τ²), their sum, and the weighted sum of squares about it.
func pooled(y, v []float64, tau2 float64) (mean, total, q float64) {
	for i := range y {
		w := 1 / (v[i] + tau2)
		mean += w * y[i]
		total += w
	}
	mean /= total
	for i := range y {
		q += (y[i] - mean) * (y[i] - mean) / (v[i] + tau2)
	}
	return mean, total, q
}

// pauleMandel is the variance between sources, by bisection: the weighted sum of squares falls with it.
func pauleMandel(y, v []float64) float64 {
	df := float64(len(y) - 1)
	above := func(tau2 float64) bool {
		_, _, q := pooled(y, v, tau2)
		return q > df
	}
	if df < 1 || !above(0) {
		return 0
	}
	lo, hi := 0.0, 1.0
	for above(hi) {
		hi *= 2
	}
	for hi-lo > 1e-12*hi {
		if mid := (lo + hi) / 2; above(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}
