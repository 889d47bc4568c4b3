package multiplier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// Multiplier estimates a population as a benchmark divided by a share. The benchmark is the number of people in the table, usually of
// one list: the service that counted them.
type Multiplier struct {
	Source       string  // the name of the service or register, printed with the answer; may be empty
	Share        float64 // of the respondents who say that they are in the benchmark; above 0, at most 1
	Respondents  float64 // those who answered
	DesignEffect float64 // of the survey: its variance is so many times that of a simple random sample; 0: 1
	Fixed        bool    // the benchmark is exact; else it is a Poisson count
	Sensitivity  *Rate   // of people in the benchmark, those who say yes; nil: all
	Specificity  *Rate   // of people not in it, those who say no; nil: all
	// Elsewhere says that respondents told whether any body knows them, not whether the benchmark does. The estimate is then a lower bound, if they
	// represent the population: the benchmark holds fewer people than bodies know.
	Elsewhere bool
	Chat      *Chat // of whom respondents were visitors, with Elsewhere; bounds how many people are in view
	Levels    []float64
	Interval  estimators.IntervalKind // Credible (the zero value), LogNormal, Wald, Fieller
}

var _ estimators.Estimator = Multiplier{}

var kinds = []estimators.IntervalKind{estimators.Credible, estimators.LogNormal, estimators.Wald, estimators.Fieller}

// Kinds returns the kinds of interval of this package, the default first.
func Kinds() []estimators.IntervalKind { return slices.Clone(kinds) }

// Name is "multiplier".
func (Multiplier) Name() string { return "multiplier" }

// fewYes is the number of respondents in the benchmark, divided by the design effect, below which the estimate is warned about.
const fewYes = 7

// answers are the survey as it counts: so many answers, of which a share Share is yes, and the share in the benchmark behind them.
type answers struct {
	size, p, variance float64 // variance of p
	corrected         bool
}

func (m Multiplier) answers() (a answers, err error) {
	if !(m.Share >= 0 && m.Share <= 1) {
		return a, fmt.Errorf("the share %v does not lie between 0 and 1", m.Share)
	}
	if !(m.Respondents >= 1) || math.IsInf(m.Respondents, 1) {
		return a, fmt.Errorf("%v respondents: give how many answered", m.Respondents)
	}
	if effect := m.effect(); !(effect > 0) || math.IsInf(effect, 1) {
		return a, fmt.Errorf("the design effect %v is not a positive number", m.DesignEffect)
	}
	if err := errors.Join(m.Sensitivity.valid("sensitivity"), m.Specificity.valid("specificity")); err != nil {
		return a, err
	}
	if m.Chat != nil && !m.Elsewhere {
		return a, errors.New("visitors of a chat are counted only when they were asked who knows them: set Elsewhere")
	}
	a.size, a.corrected = m.Respondents/m.effect(), m.Sensitivity != nil || m.Specificity != nil
	a.p, a.variance, err = m.corrected(a.size)
	return a, err
}

func (m Multiplier) effect() float64 {
	if m.DesignEffect == 0 {
		return 1
	}
	return m.DesignEffect
}

// Estimate divides the benchmark by the share. It is refused when nobody is in the benchmark (empty-table), when no respondent is in it, or none but by wrong answers (unbounded, with the lower limit), when
// rates of wrong answers contradict the answers by more than chance, one-sided 97.5 % (misreports-infeasible), and, but for the credible interval, when all answers are alike (equal-answers).
func (m Multiplier) Estimate(_ context.Context, t *estimators.Table) (estimators.Estimate, error) {
	a, err := m.answers()
	if err != nil {
		return estimators.Estimate{}, err
	}
	kind := m.Interval
	if kind == "" {
		kind = estimators.Credible
	}
	benchmark := float64(t.Observed())
	switch {
	case benchmark == 0:
		return estimators.Estimate{}, estimators.Refuse("empty-table", "nobody is in the benchmark")
	case a.p == 0:
		return estimators.Estimate{}, m.unbounded(benchmark, a)
	case a.variance == 0 && kind != estimators.Credible && slices.Contains(kinds, kind):
		return estimators.Estimate{}, estimators.Refuse("equal-answers", "all %s respondents gave the same answer, and by that formula an answer without spread has no error", estimators.People(m.Respondents))
	}
	n := benchmark / a.p
	relative := a.variance / (a.p * a.p)
	ofBenchmark := 0.0
	if !m.Fixed {
		ofBenchmark = benchmark
		relative += 1 / benchmark
	}
	e := estimators.Estimate{Method: m.Name(), Observed: t.Observed(), Hidden: n - benchmark, Population: n, SE: n * math.Sqrt(relative), HasSE: relative > 0, LowerBound: m.Elsewhere, Status: estimators.OK}
	var law *quotient
	for _, level := range (estimators.Options{Levels: m.Levels}).LevelsOr95() {
		if !(level > 0 && level < 1) {
			return estimators.Estimate{}, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
		}
		i := estimators.Interval{Kind: kind, Level: level}
		z := distuv.UnitNormal.Quantile(0.5 + level/2)
		switch kind {
		case estimators.Credible:
			if law == nil {
				law = m.law(benchmark, a)
			}
			i.Lower, i.Upper = law.quantile(0.5-level/2), law.quantile(0.5+level/2)
		case estimators.LogNormal:
			f := math.Exp(z * math.Sqrt(relative))
			i.Lower, i.Upper = n/f, n*f
		case estimators.Wald:
			i.Lower, i.Upper = n-z*e.SE, n+z*e.SE
		case estimators.Fieller:
			i.Lower, i.Upper = fieller(benchmark, ofBenchmark, a.p, a.variance, z)
		default:
			return estimators.Estimate{}, fmt.Errorf("the multiplier has no interval of kind %q; choose one of %v", kind, kinds)
		}
		// Where the yes answers may all be false ones, an upper limit comes from the formula or the prior, not from the data.
		if a.corrected && a.p*a.p <= z*z*a.variance {
			i.Upper = math.Inf(1)
		}
		i.Lower = math.Max(i.Lower, benchmark)
		i.Upper = math.Max(i.Upper, i.Lower)
		e.Intervals = append(e.Intervals, i)
	}
	m.tell(&e, a)
	return e, nil
}

// unbounded says that nobody may be in the benchmark, and what the answers still say: how many people there are at least, by the credible law.
func (m Multiplier) unbounded(benchmark float64, a answers) error {
	why := "none of the " + estimators.People(m.Respondents) + " respondents is in the benchmark"
	if a.corrected {
		sp, _ := m.Specificity.moments()
		why = fmt.Sprintf("of %s respondents %.3g%% say yes, no more than the %.3g%% who would if nobody were in the benchmark", estimators.People(m.Respondents), 100*m.Share, 100*(1-sp))
	}
	level := (estimators.Options{Levels: m.Levels}).LevelsOr95()[0]
	if !(level > 0 && level < 1) {
		return fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
	}
	least := math.Max(benchmark, m.law(benchmark, a).quantile(0.5-level/2))
	return estimators.Refuse("unbounded", "%s: the survey sets no upper limit, and says that there are at least %s people (lower limit of the %.3g%% credible interval)", why, estimators.People(least), 100*level)
}

// tell adds what the estimate was made of, and what a reader must know.
func (m Multiplier) tell(e *estimators.Estimate, a answers) {
	se, _ := m.Sensitivity.moments()
	sp, _ := m.Specificity.moments()
	of := &estimators.Multiplied{Source: m.Source, Benchmark: e.Observed, Fixed: m.Fixed, Share: m.Share, Respondents: m.Respondents, DesignEffect: m.effect(), Sensitivity: se, Specificity: sp, Corrected: a.p}
	if m.Sensitivity != nil {
		of.SensitivityChecked = m.Sensitivity.Checked
	}
	if m.Specificity != nil {
		of.SpecificityChecked = m.Specificity.Checked
	}
	e.Multiplied = of
	if a.corrected {
		e.Notes = append(e.Notes, fmt.Sprintf("%s divided by %.3g%%: of %s respondents %.3g%% say yes, with a sensitivity of %.3g%% and a specificity of %.3g%%", estimators.People(float64(e.Observed)), 100*a.p, estimators.People(m.Respondents), 100*m.Share, 100*se, 100*sp))
	} else {
		e.Notes = append(e.Notes, fmt.Sprintf("%s divided by %.3g%% of %s respondents", estimators.People(float64(e.Observed)), 100*m.Share, estimators.People(m.Respondents)))
	}
	if m.effect() != 1 {
		e.Notes = append(e.Notes, fmt.Sprintf("with a design effect of %g the survey counts for %s answers", m.effect(), estimators.People(a.size)))
	}
	if m.Elsewhere {
		e.Warn(estimators.Warning{Code: "known-elsewhere", Text: fmt.Sprintf("%.3g%% of the respondents are known to some body; the benchmark of %s is the register of one", 100*a.p, estimators.People(float64(e.Observed)))})
	}
	e.Warn(estimators.Warning{Code: "multiplier-assumption", Text: "the estimate rests on the survey representing the population, and on respondents meaning the very benchmark that was counted"})
	if yes := m.Share * a.size; yes < fewYes {
		e.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("the share rests on %.2g respondents who said yes, the design effect allowed for", yes)})
	}
	if e.Hidden == 0 {
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: "every respondent is in the benchmark"})
	}
	if i := slices.IndexFunc(e.Intervals, estimators.Interval.Unbounded); i >= 0 {
		why := "the share does not differ from 0 by more than chance"
		if a.corrected {
			why = "the respondents who say yes may all do so wrongly"
		}
		e.Warn(estimators.Warning{Code: "unbounded-upper", Text: fmt.Sprintf("at %.3g%% %s", 100*e.Intervals[i].Level, why)})
	}
	if i := e.Intervals[0]; !i.Unbounded() && i.Upper > 10*i.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	if m.Chat != nil {
		e.InView = m.inView(e, a)
	}
}

// A quotient is the law of λ/p: p has a Beta law or that of a posterior, λ a Gamma law or is exact.
type quotient struct {
	share     interface{ Quantile(float64) float64 }
	benchmark distuv.Gamma
	exact     float64   // λ; 0 for the Gamma law
	p         []float64 // quantiles of the share, evenly apart
}

const shares = 256

func (m Multiplier) share(a answers) interface{ Quantile(float64) float64 } {
	if a.corrected {
		return newPosterior(m.Share*a.size, a.size, m.Sensitivity, m.Specificity)
	}
	return distuv.Beta{Alpha: m.Share*a.size + 0.5, Beta: (1-m.Share)*a.size + 0.5}
}

func (m Multiplier) law(benchmark float64, a answers) *quotient {
	q := &quotient{share: m.share(a)}
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
