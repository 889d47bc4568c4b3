package multiplier

import (
	"context"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// Multiplier estimates a population as a benchmark divided by a share. The benchmark is the number of people in the table, usually of
// one list: the service that counted them.
type Multiplier struct {
	Share        float64 // of the respondents who say that they are in the benchmark; above 0, at most 1
	Respondents  float64 // those who answered
	DesignEffect float64 // of the survey: its variance is so many times that of a simple random sample; 0: 1
	Fixed        bool    // the benchmark is exact; else it is a Poisson count
	Levels       []float64
	Interval     estimators.IntervalKind // Credible (the zero value), LogNormal, Wald
}

var _ estimators.Estimator = Multiplier{}

var kinds = []estimators.IntervalKind{estimators.Credible, estimators.LogNormal, estimators.Wald}

// Kinds returns the kinds of interval of this package, the default first.
func Kinds() []estimators.IntervalKind { return slices.Clone(kinds) }

// Name is "multiplier".
func (Multiplier) Name() string { return "multiplier" }

// fewYes is the number of respondents in the benchmark, divided by the design effect, below which the estimate is warned about.
const fewYes = 7

// Estimate divides the benchmark by the share. It is refused when nobody is in the benchmark (empty-table) and when no respondent is in it (unbounded).
func (m Multiplier) Estimate(_ context.Context, t *estimators.Table) (estimators.Estimate, error) {
	if !(m.Share >= 0 && m.Share <= 1) {
		return estimators.Estimate{}, fmt.Errorf("the share %v does not lie between 0 and 1", m.Share)
	}
	if !(m.Respondents >= 1) || math.IsInf(m.Respondents, 1) {
		return estimators.Estimate{}, fmt.Errorf("%v respondents: give how many answered", m.Respondents)
	}
	effect := m.DesignEffect
	if effect == 0 {
		effect = 1
	}
	if !(effect > 0) || math.IsInf(effect, 1) {
		return estimators.Estimate{}, fmt.Errorf("the design effect %v is not a positive number", m.DesignEffect)
	}
	benchmark := float64(t.Observed())
	switch {
	case benchmark == 0:
		return estimators.Estimate{}, estimators.Refuse("empty-table", "nobody is in the benchmark")
	case m.Share == 0:
		return estimators.Estimate{}, estimators.Refuse("unbounded", "none of the %s respondents is in the benchmark: the survey sets no upper limit", estimators.People(m.Respondents))
	}
	size := m.Respondents / effect
	n := benchmark / m.Share
	relative := (1 - m.Share) / (size * m.Share)
	if !m.Fixed {
		relative += 1 / benchmark
	}
	e := estimators.Estimate{Method: m.Name(), Observed: t.Observed(), Hidden: n - benchmark, Population: n, SE: n * math.Sqrt(relative), HasSE: true, Status: estimators.OK}
	kind := m.Interval
	if kind == "" {
		kind = estimators.Credible
	}
	for _, level := range (estimators.Options{Levels: m.Levels}).LevelsOr95() {
		if !(level > 0 && level < 1) {
			return estimators.Estimate{}, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
		}
		i := estimators.Interval{Kind: kind, Level: level}
		z := distuv.UnitNormal.Quantile(0.5 + level/2)
		switch kind {
		case estimators.Credible:
			law := m.law(benchmark, size)
			i.Lower, i.Upper = law.quantile(0.5-level/2), law.quantile(0.5+level/2)
		case estimators.LogNormal:
			f := math.Exp(z * math.Sqrt(relative))
			i.Lower, i.Upper = n/f, n*f
		case estimators.Wald:
			i.Lower, i.Upper = n-z*e.SE, n+z*e.SE
		default:
			return estimators.Estimate{}, fmt.Errorf("the multiplier has no interval of kind %q; choose one of %v", kind, kinds)
		}
		i.Lower = math.Max(i.Lower, benchmark)
		i.Upper = math.Max(i.Upper, i.Lower)
		e.Intervals = append(e.Intervals, i)
	}
	e.Notes = append(e.Notes, fmt.Sprintf("%s divided by %.3g%% of %s respondents", estimators.People(benchmark), 100*m.Share, estimators.People(m.Respondents)))
	if effect != 1 {
		e.Notes = append(e.Notes, fmt.Sprintf("with a design effect of %g the survey counts for %s answers", effect, estimators.People(size)))
	}
	e.Warn(estimators.Warning{Code: "multiplier-assumption", Text: "the estimate rests on the survey representing the population, and on respondents meaning the very benchmark that was counted"})
	if yes := m.Share * size; yes < fewYes {
		e.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("the share rests on %.2g respondents who said yes, the design effect allowed for", yes)})
	}
	if e.Hidden == 0 {
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: "every respondent is in the benchmark"})
	}
	if i := e.Intervals[0]; i.Upper > 10*i.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	return e, nil
}

// A quotient is the law of λ/p: p has a Beta law, λ a Gamma law or is exact.
type quotient struct {
	share     distuv.Beta
	benchmark distuv.Gamma
	exact     float64   // λ; 0 for the Gamma law
	p         []float64 // quantiles of the share, evenly apart
}

const shares = 256

func (m Multiplier) law(benchmark, size float64) *quotient {
	q := &quotient{share: distuv.Beta{Alpha: m.Share*size + 0.5, Beta: (1-m.Share)*size + 0.5}}
	if m.Fixed {
		q.exact = benchmark
		return q
	}
	q.benchmark = distuv.Gamma{Alpha: benchmark + 0.5, Beta: 1}
	q.p = make([]float64, shares)
	for i := range q.p {
		q.p[i] = q.share.Quantile((float64(i) + 0.5) / shares)
	}
	return q
}

// quantile is that of λ/p: B divided by the mirrored quantile of p for an exact benchmark; else the root of P(λ ≤ n·p) averaged over p.
func (q *quotient) quantile(level float64) float64 {
	if q.exact > 0 {
		return q.exact / q.share.Quantile(1-level)
	}
	mean := q.benchmark.Alpha
	lo, hi := mean/64, 2*mean
	cdf := func(n float64) float64 {
		s := 0.0
		for _, p := range q.p {
			s += q.benchmark.CDF(n * p)
		}
		return s / shares
	}
	for cdf(hi) < level {
		hi *= 2
	}
	for hi-lo > 1e-9*hi {
		if mid := (lo + hi) / 2; cdf(mid) < level {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// Card describes the method. It has no entry in --method, because it needs a survey beside the table.
func Card() estimators.Method {
	return estimators.Method{
		Name: "multiplier", Title: "Multiplier", Family: "Benchmark and survey",
		Estimates: "The size of the population as the number a service counted, divided by the share of a survey who say that they are among them.",
		Assumes: []string{
			"Benchmark and survey are about the same people: definition, area, period and age.",
			"The service counted each person once, and respondents mean that very service.",
			"Everybody in the population can be in the survey, whether or not they used the service.",
		},
		Distrust: []string{
			"Respondents were found through the service, or through people who use it: the estimate is too low.",
			"The question was about any body, and the benchmark is the register of one: the estimate is far too low.",
			"The share is small: a few answers decide.",
		},
		References: []string{
			"UNAIDS, WHO (2010), Guidelines on estimating the size of populations most at risk to HIV",
			"E. Fearon, S. T. Chabata, J. A. Thompson, F. M. Cowan, J. R. Hargreaves (2017), Sample size calculations for population size estimation studies using multiplier methods with respondent-driven sampling surveys, JMIR Public Health and Surveillance 3, e59",
		},
		MinLists: 1,
	}
}
