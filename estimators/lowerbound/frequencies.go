package lowerbound

import (
	"context"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

const (
	fewRepeats = 7    // persons seen twice, below which a warning is given
	fewest     = 5    // persons below whom frequencies say nothing
	unequal    = 1.05 // the inflation by unequal lists from which an estimate is no lower bound
)

// sightings are what the formulas of this package use.
type sightings struct {
	n      float64    // persons
	f      [5]float64 // f[j]: seen exactly j times; f[0] is not used
	s, s2  float64    // Σ j·f_j and Σ j²·f_j
	t      float64    // occasions, +Inf in continuous time
	factor float64    // (t−1)/t
}

func sightingsOf(f *estimators.Frequencies) sightings {
	d := sightings{n: float64(f.Observed()), t: math.Inf(1), factor: 1}
	for j := 1; j <= f.Most(); j++ {
		x := float64(f.Seen(j))
		if j < len(d.f) {
			d.f[j] = x
		}
		d.s += float64(j) * x
		d.s2 += float64(j) * float64(j) * x
	}
	if f.Occasions() > 0 {
		d.t = float64(f.Occasions())
		d.factor = (d.t - 1) / d.t
	}
	return d
}

// A formula estimates the hidden number, with its variance, from frequencies. It is asked
// only when some people were seen once.
type formula struct {
	name       string
	lowerBound bool
	occasions  int // the fewest it needs
	hidden     func(d sightings) (hidden, variance float64, refusal *estimators.Refusal)
}

// fromTable applies a formula to the table with its lists as occasions.
func (m formula) fromTable(ctx context.Context, t *estimators.Table, levels []float64, kind estimators.IntervalKind) (estimators.Estimate, error) {
	if t.K() < m.occasions {
		return estimators.Estimate{}, tooFewLists(t, m.occasions)
	}
	e, err := m.estimate(ctx, sightingsOf(t.Frequencies()), t.Observed(), levels, kind)
	if err != nil {
		return e, err
	}
	if spread := estimators.Unequal(t); spread > unequal {
		e.LowerBound = false
		totals := t.Totals()
		text := fmt.Sprintf("the lists hold from %s to %s; ", estimators.People(float64(slices.Min(totals))), estimators.Persons(float64(slices.Max(totals))))
		if math.IsInf(spread, 1) {
			text += "lists so unequal leave hardly anybody hidden if they are independent, and this alone may make the hidden number far too high"
		} else if spread >= 3 {
			text += fmt.Sprintf("for independent lists this alone makes the hidden number about %s times too high", estimators.People(spread))
		} else {
			text += fmt.Sprintf("for independent lists this alone makes the hidden number about %.0f%% too high", 100*(spread-1))
		}
		e.Warn(estimators.Warning{Code: "unequal-lists", Lists: t.Lists(), Text: text})
	}
	warnStructural(&e, t)
	return e, nil
}

func tooFewLists(t *estimators.Table, needed int) *estimators.Refusal {
	return estimators.Refuse("too-few-lists", "the table has %d of the %d lists this method needs", t.K(), needed)
}

// warnStructural says what became of impossible patterns.
func warnStructural(e *estimators.Estimate, t *estimators.Table) {
	if zeros := t.StructuralZeros(); len(zeros) > 0 {
		e.Warn(estimators.Warning{Code: "structural-zeros-ignored", Text: fmt.Sprintf("patterns that are impossible by design were counted as possible: %d", len(zeros)), Cells: zeros})
	}
	if t.PartialStructuralZeros() {
		e.Warn(estimators.Warning{Code: "collapsed-structural-zeros", Text: "a pattern is impossible in some groups and possible in others, and the groups were summed"})
	}
}

// fromFrequencies applies a formula to frequencies.
func (m formula) fromFrequencies(ctx context.Context, f *estimators.Frequencies, levels []float64, kind estimators.IntervalKind) (estimators.Estimate, error) {
	if f.Occasions() > 0 && f.Occasions() < m.occasions {
		return estimators.Estimate{}, estimators.Refuse("too-few-lists", "there are %d of the %d occasions this method needs", f.Occasions(), m.occasions)
	}
	return m.estimate(ctx, sightingsOf(f), f.Observed(), levels, kind)
}

func (m formula) estimate(ctx context.Context, d sightings, observed int64, levels []float64, kind estimators.IntervalKind) (estimators.Estimate, error) {
	if err := ctx.Err(); err != nil {
		return estimators.Estimate{}, err
	}
	if observed == 0 {
		return estimators.Estimate{}, estimators.Refuse("empty-table", "nobody is in the table")
	}
	switch {
	case d.s == d.n:
		return estimators.Estimate{}, noRepeats("twice or more often")
	case d.n < fewest:
		return estimators.Estimate{}, estimators.Refuse("no-repeats", "only %s in the table: too few for how often they were seen to say anything about others", isOrAre(d.n))
	case d.s == d.n*d.t:
		return estimators.Estimate{}, estimators.Refuse("saturated", "everybody was seen on each of the %.0f occasions", d.t)
	}
	var hidden, variance float64
	if d.f[1] > 0 {
		var refusal *estimators.Refusal
		if hidden, variance, refusal = m.hidden(d); refusal != nil {
			return estimators.Estimate{}, refusal
		}
	}
	e := estimators.Estimate{Method: m.name, Observed: observed, Hidden: hidden, Population: d.n + hidden,
		SE: math.Sqrt(variance), HasSE: true, LowerBound: m.lowerBound, Status: estimators.OK}
	for _, level := range (estimators.Options{Levels: levels}).LevelsOr95() {
		if !(level > 0 && level < 1) {
			return estimators.Estimate{}, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
		}
		switch kind {
		case "", estimators.LogNormal:
			e.Intervals = append(e.Intervals, logNormal(estimators.LogNormal, level, d.n, hidden, variance))
		case estimators.Wald:
			half := normalQuantile(level) * math.Sqrt(variance)
			e.Intervals = append(e.Intervals, estimators.Interval{Kind: kind, Level: level, Lower: d.n + math.Max(0, hidden-half), Upper: d.n + hidden + half})
		default:
			return estimators.Estimate{}, fmt.Errorf("%s has no interval of kind %q; choose lognormal or wald", m.name, kind)
		}
	}
	if math.IsInf(d.t, 1) {
		e.Notes = append(e.Notes, "continuous time: people can be seen any number of times")
	} else {
		e.Notes = append(e.Notes, fmt.Sprintf("%.0f occasions, so that the factor (t−1)/t is %.4g", d.t, d.factor))
	}
	if d.f[2] < fewRepeats && d.f[1] > 0 {
		text := "nobody was seen exactly twice"
		switch d.f[2] {
		case 0:
		case 1:
			text = "1 person was seen exactly twice"
		default:
			text = fmt.Sprintf("%.0f people were seen exactly twice", d.f[2])
		}
		e.Warn(estimators.Warning{Code: "small-overlap", Text: text})
	}
	warnCommon(&e)
	return e, nil
}

func isOrAre(n float64) string {
	if n == 1 {
		return "1 person is"
	}
	return estimators.Persons(n) + " are"
}

// warnCommon gives the warnings that follow from the estimate alone. Where nobody is estimated to be
// hidden it sees to it that the upper limit lies above n, as in [logNormal].
func warnCommon(e *estimators.Estimate) {
	if e.Hidden == 0 {
		for j, i := range e.Intervals {
			e.Intervals[j].Upper = math.Max(i.Upper, float64(e.Observed)+compatible(i.Level))
		}
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: "the formula finds nobody hidden"})
	}
	if i := e.Intervals[0]; !i.Unbounded() && i.Upper > 10*i.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	e.WarnFew()
}

// compatible is the mean that a count of zero is still compatible with, −log(α/2), which is 3.69 at
// 95%.
func compatible(level float64) float64 { return -math.Log((1 - level) / 2) }

// logNormal takes the hidden number as log-normal (Chao 1987, formula 12; Burnham). With nobody
// hidden, the upper limit is n plus the mean that a count of zero is still compatible with.
func logNormal(kind estimators.IntervalKind, level, n, hidden, variance float64) estimators.Interval {
	i := estimators.Interval{Kind: kind, Level: level, Lower: n, Upper: n + compatible(level)}
	if hidden > 0 {
		factor := math.Exp(normalQuantile(level) * math.Sqrt(math.Log1p(variance/hidden/hidden)))
		i.Lower, i.Upper = n+hidden/factor, n+hidden*factor
	}
	return i
}

// normalQuantile is z with P(|Z| ≤ z) = level.
func normalQuantile(level float64) float64 { return distuv.UnitNormal.Quantile(0.5 + level/2) }
