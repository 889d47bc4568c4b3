package twolist

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
)

// counts are the four figures of two lists. n1 and n2 are the sizes of the lists, m
// are the persons on both, b and c those on the first and the second only, n all.
type counts struct{ n1, n2, m, b, c, n float64 }

// kinds are the kinds of interval of this package.
var kinds = []estimators.IntervalKind{estimators.Waring, estimators.Sadinle, estimators.LogNormal, estimators.Exact,
	estimators.MidP, estimators.Profile, estimators.Wald}

// smallOverlap is the overlap below which Chapman's estimator may be biased by 2% or more,
// and every two-list estimate rests on a handful of people.
const smallOverlap = 7

// Petersen is the Lincoln–Petersen estimator n1·n2/m. It is the maximum likelihood
// estimate of two independent lists, and infinite (refused) when nobody is on both.
type Petersen struct {
	Levels   []float64               // of the intervals, the headline first; empty: 0.95
	Interval estimators.IntervalKind // "": Waring
}

// Chapman is the estimator (n1+1)(n2+1)/(m+1) − 1, unbiased when n1 + n2 ≥ N and else
// biased downwards by a share of about exp(−n1·n2/N).
type Chapman struct {
	Levels   []float64               // of the intervals, the headline first; empty: 0.95
	Interval estimators.IntervalKind // "": Waring
}

// Bailey is the estimator n1(n2+1)/(m+1), for a second list that is a sample drawn with
// replacement, so that it is not symmetric in the lists: the first list marks people,
// the second one draws. It is refused when it lies below the number observed. It has
// no profile interval: the likelihood of this package is that of two lists on which a person is
// at most once, and its interval need not contain Bailey's estimate.
type Bailey struct {
	Levels   []float64               // of the intervals, the headline first; empty: 0.95
	Interval estimators.IntervalKind // "": Waring
}

var (
	_ estimators.Estimator = Petersen{}
	_ estimators.Estimator = Chapman{}
	_ estimators.Estimator = Bailey{}
)

// Name is "petersen".
func (Petersen) Name() string { return "petersen" }

// Name is "chapman".
func (Chapman) Name() string { return "chapman" }

// Name is "bailey".
func (Bailey) Name() string { return "bailey" }

// Estimate applies the estimator to a table of two lists. The variance n1·n2·b·c/m³ is that of
// Seber (1982); it equals the variance under the Poisson model of two independent lists.
func (p Petersen) Estimate(_ context.Context, t *estimators.Table) (estimators.Estimate, error) {
	d, err := read(t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	if d.m == 0 {
		return estimators.Estimate{}, refuseNoOverlap(t, "so that n1·n2/m is infinite")
	}
	hidden := d.b / d.m * d.c
	return d.answer(t, p.Name(), p.Levels, p.Interval, hidden, (hidden/d.m)*(d.n1/d.m)*d.n2)
}

// Estimate applies the estimator to a table of two lists, with the variance
// (n1+1)(n2+1)bc/((m+1)²(m+2)) of Seber (1970) and Wittes (1972).
func (c Chapman) Estimate(_ context.Context, t *estimators.Table) (estimators.Estimate, error) {
	d, err := read(t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	hidden, variance := d.chapman()
	return d.answer(t, c.Name(), c.Levels, c.Interval, hidden, variance)
}

// chapman returns the hidden number bc/(m+1) and its variance.
func (d counts) chapman() (hidden, variance float64) {
	hidden = d.b / (d.m + 1) * d.c
	return hidden, hidden * ((d.n1 + 1) / (d.m + 1)) * ((d.n2 + 1) / (d.m + 2))
}

// Estimate applies the estimator to a table of two lists, with the variance
// n1²(n2+1)(n2−m)/((m+1)²(m+2)) of Bailey (1952).
func (b Bailey) Estimate(_ context.Context, t *estimators.Table) (estimators.Estimate, error) {
	if b.Interval == estimators.Profile {
		return estimators.Estimate{}, errors.New("bailey has no profile interval; choose another kind, or chapman or petersen")
	}
	d, err := read(t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	hidden := (d.b - 1) / (d.m + 1) * d.c
	if hidden < 0 {
		return estimators.Estimate{}, estimators.Refuse("below-observed",
			"Bailey's formula gives fewer people than the %s observed: everybody on %s is also on %s", estimators.People(d.n), t.Lists()[0], t.Lists()[1])
	}
	e, err := d.answer(t, b.Name(), b.Levels, b.Interval, hidden, (d.n1/(d.m+1))*(d.n1/(d.m+1))*((d.n2+1)/(d.m+2))*d.c)
	if err == nil {
		lists := t.Lists()
		other := d.n + (d.c-1)/(d.m+1)*d.b
		e.Notes = append(e.Notes, fmt.Sprintf("%s is taken to mark people and %s to draw from them with replacement; the other way round the formula gives %s", lists[0], lists[1], estimators.People(other)))
	}
	return e, err
}

// read takes the counts of a table that two-list methods can be used on.
func read(t *estimators.Table) (counts, error) {
	lists := t.Lists()
	switch {
	case len(lists) < 2:
		return counts{}, estimators.Refuse("too-few-lists", "the table has one list; this method compares two")
	case len(lists) > 2:
		return counts{}, estimators.Refuse("not-two-lists", "the table has %d lists; this method compares two", len(lists))
	case t.Observed() == 0:
		return counts{}, estimators.Refuse("empty-table", "nobody is in the table")
	}
	for _, p := range t.StructuralZeros() {
		switch p {
		case 0b11:
			r := estimators.Refuse("no-overlap", "by design nobody can be on both %s and %s, so the lists cannot be compared", lists[0], lists[1])
			r.Cells, r.Lists = []estimators.Pattern{p}, lists
			return counts{}, r
		default:
			i := p.Lists()[0]
			r := estimators.Refuse("not-identifiable", "by design nobody can be on %s alone, so it says nothing about the people whom %s misses", lists[i], lists[1-i])
			r.Cells, r.Lists = []estimators.Pattern{p}, lists[i:i+1]
			return counts{}, r
		}
	}
	y := t.Counts()
	d := counts{m: float64(y[0b11]), b: float64(y[0b01]), c: float64(y[0b10])}
	d.n1, d.n2, d.n = d.m+d.b, d.m+d.c, d.m+d.b+d.c
	for i, size := range []float64{d.n1, d.n2} {
		if size == 0 {
			r := estimators.Refuse("too-few-lists", "nobody is on %s, so there is one list only", lists[i])
			r.Lists = lists[i : i+1]
			return counts{}, r
		}
	}
	if d.b == 0 && d.c == 0 {
		r := estimators.Refuse("saturated", "%s and %s hold the same %s: neither shows whom the other misses", lists[0], lists[1], estimators.Persons(d.n))
		r.Cells, r.Lists = []estimators.Pattern{0b11}, lists
		return counts{}, r
	}
	return d, nil
}

func refuseNoOverlap(t *estimators.Table, consequence string) *estimators.Refusal {
	lists := t.Lists()
	r := estimators.Refuse("no-overlap", "nobody is on both %s and %s, %s", lists[0], lists[1], consequence)
	r.Cells, r.Lists = []estimators.Pattern{0b11}, lists
	return r
}

// answer completes an estimate with its intervals and warnings.
func (d counts) answer(t *estimators.Table, method string, levels []float64, kind estimators.IntervalKind, hidden, variance float64) (estimators.Estimate, error) {
	e := estimators.Estimate{Method: method, Observed: t.Observed(), Hidden: hidden, Population: d.n + hidden,
		SE: math.Sqrt(variance), HasSE: true, Status: estimators.OK}
	if kind == "" {
		kind = estimators.Waring
	}
	for _, level := range (estimators.Options{Levels: levels}).LevelsOr95() {
		i, err := d.interval(kind, level, hidden, variance)
		if err != nil {
			return estimators.Estimate{}, err
		}
		e.Intervals = append(e.Intervals, i)
	}
	if kind == estimators.Profile {
		e.Profile = d.curve(e.Intervals[0])
	}
	d.warn(&e, t)
	return e, nil
}

// interval makes an interval of a kind in kinds. Two rules hold for all kinds, and can only
// raise the coverage of an interval: without overlap there is no upper limit, whatever a formula gives; and where
// nobody is estimated to be hidden the upper limit lies above n, by at least −log(α/2) people, the
// mean that a count of zero is compatible with.
func (d counts) interval(kind estimators.IntervalKind, level, hidden, variance float64) (estimators.Interval, error) {
	i, err := d.formula(kind, level, hidden, variance)
	if hidden == 0 {
		i.Upper = math.Max(i.Upper, d.n-math.Log((1-level)/2))
	}
	if d.m == 0 {
		i.Upper = math.Inf(1)
	}
	return i, err
}

// formula makes an interval as its literature has it.
func (d counts) formula(kind estimators.IntervalKind, level, hidden, variance float64) (estimators.Interval, error) {
	if !(level > 0 && level < 1) {
		return estimators.Interval{}, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
	}
	switch kind {
	case estimators.Waring:
		return d.waring(level), nil
	case estimators.Sadinle:
		return d.sadinle(level), nil
	case estimators.LogNormal:
		return d.logNormal(level, hidden, variance), nil
	case estimators.Exact, estimators.MidP:
		return d.exact(level, kind), nil
	case estimators.Profile:
		return d.profile(level), nil
	case estimators.Wald:
		return d.wald(level, hidden, variance), nil
	}
	return estimators.Interval{}, fmt.Errorf("two lists have no interval of kind %q; choose one of %v", kind, kinds)
}

func (d counts) warn(e *estimators.Estimate, t *estimators.Table) {
	lists := t.Lists()
	first := e.Intervals[0]
	switch {
	case d.m == 0:
		e.Warn(estimators.Warning{Code: "unbounded-upper", Cells: []estimators.Pattern{0b11}, Lists: lists,
			Text: fmt.Sprintf("nobody is on both %s and %s: the data set no upper limit, and the estimate %s is what the formula says without data", lists[0], lists[1], estimators.People(e.Population))})
	case d.m < smallOverlap:
		verb := "are"
		if d.m == 1 {
			verb = "is"
		}
		e.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("%s %s on both %s and %s", estimators.Persons(d.m), verb, lists[0], lists[1]),
			Cells: []estimators.Pattern{0b11}, Lists: lists})
	}
	if e.Hidden == 0 {
		text := "the formula finds nobody hidden"
		if d.b == 0 {
			text = fmt.Sprintf("everybody on %s is also on %s", lists[0], lists[1])
		} else if d.c == 0 {
			text = fmt.Sprintf("everybody on %s is also on %s", lists[1], lists[0])
		}
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: text})
	}
	if !first.Unbounded() && first.Upper > 10*first.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + first.Range()})
	}
	if t.PartialStructuralZeros() {
		e.Warn(estimators.Warning{Code: "collapsed-structural-zeros", Text: "a pattern is impossible in some groups and possible in others, and the groups were summed"})
	}
}

// Kinds returns the kinds of interval of this package, the default first. Bailey has no profile interval,
// Chapman and Petersen have all.
func Kinds() []estimators.IntervalKind { return slices.Clone(kinds) }
