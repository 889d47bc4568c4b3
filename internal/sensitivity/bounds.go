package sensitivity

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
)

// A Dependence bounds the odds ratio of two lists over everybody, the people hidden included.
type Dependence struct {
	Pair     estimators.Pattern
	From, To float64 // 0 and +Inf are no bounds
}

// A Capture bounds the probability that somebody of the population is on two lists, or more, at once.
type Capture struct {
	Lists       estimators.Pattern
	Least, Most float64 // 0 and 1 are no bounds
}

// Bounds are those of a table from the mildest assumption to the worst case: the interaction of all lists within a factor, the odds
// ratio of every pair within the range of the options, those of Options.Dependence and of Options.Capture, positive dependence of every
// pair and of one at least, and no assumption at all.
func Bounds(ctx context.Context, t *estimators.Table, o Options) ([]*Bound, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	t = t.Collapse()
	from, to := o.span(1)
	within, err := HighestOrderBetween(ctx, t, from, to, o)
	if err != nil {
		return nil, err
	}
	rest, err := PairBounds(t, o)
	return append([]*Bound{within}, rest...), err
}

// PairBounds are those of [Bounds] that need no model: they rest on every two lists by themselves.
func PairBounds(t *estimators.Table, o Options) ([]*Bound, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	t = t.Collapse()
	from, to := o.span(1)
	var out []*Bound
	var all []Dependence
	for _, pair := range pairs(t.K()) {
		all = append(all, Dependence{pair, from, to})
	}
	if t.K() > 1 {
		b, err := PairDependence(t, all, o)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	if len(o.Dependence) > 0 {
		b, err := PairDependence(t, o.Dependence, o)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	if len(o.Capture) > 0 {
		b, err := PairCapture(t, o.Capture, o)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	if t.K() > 1 {
		every, some, err := PositiveDependence(t, o)
		if err != nil {
			return nil, err
		}
		if out = append(out, every); t.K() > 2 {
			out = append(out, some)
		}
	}
	return append(out, WorstCase(t, o)), nil
}

// HighestOrderWithin is the range of N when the interaction of all lists is granted to lie within a factor Γ of 1 either way,
// |λ| ≤ log Γ: n + n̂0/Γ to n + Γ·n̂0, and the union of the intervals (Sun, Van Baelen, Plettinckx and Crawford 2020, arXiv:2008.00127).
func HighestOrderWithin(ctx context.Context, t *estimators.Table, factor float64, o Options) (*Bound, error) {
	if !(factor >= 1 && factor <= 1e6) {
		return nil, fmt.Errorf("a factor of %g: from 1 to a million are possible", factor)
	}
	b, err := HighestOrderBetween(ctx, t, 1/factor, factor, o)
	if err != nil {
		return nil, err
	}
	b.Name = fmt.Sprintf("the interaction of all lists within a factor %.3g", factor)
	b.Meaning = fmt.Sprintf("At most %.3g times as many people are hidden as the model extrapolates to, and at least that many times fewer.", factor)
	return b, nil
}

// HighestOrderBetween is the same with bounds for ξ that need not lie about 1: from n + n̂0/to to n + n̂0/from.
func HighestOrderBetween(ctx context.Context, t *estimators.Table, from, to float64, o Options) (*Bound, error) {
	o.From, o.To, o.Steps, o.Claims, o.Prior = from, to, 2, nil, nil
	if from == to {
		o.To = to + 1e-12 // nothing is granted: both ends are one estimate
	}
	c, err := HighestOrder(ctx, t, o)
	if err != nil {
		return nil, err
	}
	return c.bounded(from, to), nil
}

// bounded is what the curve of the interaction of all lists says when no more than its range is granted.
func (c *Curve) bounded(from, to float64) *Bound {
	b := &Bound{Assumption: "highest-order", Granted: []estimators.Granted{{From: from, To: estimators.Limit(to)}}, Name: fmt.Sprintf("the interaction of all lists, ξ, from %.3g to %.3g", from, to),
		Meaning: fmt.Sprintf("At most 1/%.3g times as many people are hidden as the model extrapolates to, and at least 1/%.3g times as many.", from, to),
		Status:  c.Status, Reason: c.Reason}
	if c.Status != estimators.Refused {
		b.Lower, b.Upper, b.Interval = c.Union.Lower, c.Union.Upper, c.Union.Interval
	}
	return b
}

// PairDependence is the range of N when the odds ratios of pairs of lists over everybody are granted to lie within bounds: each pair
// with b and c people on one of its lists only and m on both says that N is between n1 + n2 − m + From·bc/m and n1 + n2 − m + To·bc/m, and N
// satisfies them all (Sun, Van Baelen, Plettinckx and Crawford 2020). The limits of the interval are one-sided Sadinle limits, each at an equal share
// of 1 − level. Pairs that share nobody, or of which one list lies within the other, are left out: they bound
// nothing. Where no N is compatible with all bounds the answer is a refusal that says so.
func PairDependence(t *estimators.Table, ds []Dependence, o Options) (*Bound, error) {
	var said []string
	var granted []estimators.Granted
	sides := 0
	for _, d := range ds {
		if err := o.checkPair(t, d.Pair); err != nil {
			return nil, err
		}
		if !(d.From >= 0 && d.To > 0 && d.From <= d.To) || math.IsInf(d.From, 1) {
			return nil, fmt.Errorf("an odds ratio from %g to %g: two numbers from 0, the smaller first", d.From, d.To)
		}
		said = append(said, d.Pair.Join(t.Lists(), "·"))
		granted = append(granted, estimators.Granted{Lists: names(t, d.Pair), From: d.From, To: estimators.Limit(d.To)})
	}
	b := &Bound{Assumption: "pair-dependence", Granted: granted, Name: "the odds ratios of " + strings.Join(said, ", ") + " within bounds",
		Meaning: "The odds ratio of each pair of lists, over everybody, lies within its bounds; N is what satisfies all of them."}
	if len(ds) > 0 && len(ds) == len(pairs(t.K())) {
		if same := ds[0]; all(ds, func(d Dependence) bool { return d.From == same.From && d.To == same.To }) {
			b.Granted = []estimators.Granted{{From: same.From, To: estimators.Limit(same.To)}}
			b.Name = fmt.Sprintf("the odds ratio of every pair of lists between %.3g and %.3g", same.From, same.To)
			b.Meaning = fmt.Sprintf("Being on one list changes the odds of being on another by a factor between %.3g and %.3g, for every pair of lists and over everybody.", same.From, same.To)
		}
	}
	type usable struct {
		Dependence
		fourfold
		name string
	}
	var use []usable
	for i, d := range ds {
		if exclusive(t, d.Pair) != nil {
			b.Exclusive = append(b.Exclusive, names(t, d.Pair))
			continue
		}
		two, err := fourfoldOf(t.Keep(d.Pair))
		if err != nil {
			continue
		}
		if d.From > 0 {
			sides++
		}
		if !math.IsInf(d.To, 1) {
			sides++
		}
		use = append(use, usable{d, two, said[i]})
	}
	s := newSides(t, o)
	if sides > 0 {
		z := distuv.UnitNormal.Quantile(1 - (1-o.level())/float64(sides))
		for _, d := range use {
			if d.From > 0 {
				l := d.withOdds(d.From, z)
				s.atLeast(d.observed()+l.hidden, l.lower, d.name)
			}
			if !math.IsInf(d.To, 1) {
				l := d.withOdds(d.To, z)
				s.atMost(d.observed()+l.hidden, l.upper, d.name)
			}
		}
	}
	return s.bound(b, estimators.Sadinle), nil
}

func all[T any](xs []T, f func(T) bool) bool {
	for _, x := range xs {
		if !f(x) {
			return false
		}
	}
	return true
}

// fewShared is the overlap below which an estimate from two lists rests on a handful of people.
const fewShared = 7

// PositiveDependence is the least N when lists share at least as many people as by chance, over everybody: every pair of them, and one
// pair at least. N is then at least the Petersen estimate of each pair, or of one pair, and nothing bounds it from above. The first
// is a strong assumption: it is the pair with the greatest lower limit that sets it, which is named, and if these two lists avoid each
// other the bound is false; it is warned about when they share fewer than 7 people. The
// limits are one-sided Sadinle limits, for every pair at an equal share of 1 − level.
func PositiveDependence(t *estimators.Table, o Options) (every, some *Bound, err error) {
	if err := o.Check(); err != nil {
		return nil, nil, err
	}
	t = t.Collapse()
	every = &Bound{Assumption: "positive-dependence", Name: "every two lists share at least as many people as by chance", Status: estimators.OK,
		Meaning: "Being on one list never makes it less likely to be on another; nothing bounds N from above."}
	some = &Bound{Assumption: "positive-dependence-somewhere", Name: "at least one pair of lists shares as many people as by chance", Status: estimators.OK,
		Meaning: "There are two lists of which being on one does not make it less likely to be on the other; nothing bounds N from above."}
	n := float64(t.Observed())
	all := pairs(t.K())
	use := 0
	for _, pair := range all {
		if _, err := fourfoldOf(t.Keep(pair)); err == nil {
			use++
		}
	}
	strong := distuv.UnitNormal.Quantile(1 - (1-o.level())/math.Max(1, float64(use)))
	weak := distuv.UnitNormal.Quantile(o.level())
	e, s := [2]float64{n, n}, [2]float64{math.Inf(1), math.Inf(1)}
	setBy, share := "", 0.0
	for _, pair := range all {
		if exclusive(t, pair) != nil {
			every.Exclusive, some.Exclusive = append(every.Exclusive, names(t, pair)), append(some.Exclusive, names(t, pair))
			continue
		}
		d, err := fourfoldOf(t.Keep(pair))
		if err != nil {
			s = [2]float64{n, n} // it may be this pair, which says nothing
			continue
		}
		l, w := d.withOdds(1, strong), d.withOdds(1, weak)
		if l.lower > e[1] {
			setBy, share = pair.Join(t.Lists(), " and "), d.m
			every.SetBy, every.Shared = names(t, pair), int64(d.m)
			e = [2]float64{math.Max(n, d.observed()+l.hidden), l.lower}
		}
		s[0], s[1] = math.Min(s[0], math.Max(n, d.observed()+w.hidden)), math.Min(s[1], math.Max(n, w.lower))
	}
	if use == 0 {
		s = [2]float64{n, n}
	}
	if setBy != "" && t.K() > 2 {
		every.Meaning += fmt.Sprintf(" The bound is set by the pair with the greatest lower limit, %s, which share %s, whatever pair has the greatest estimate: if these avoid each other it is false.", setBy, estimators.Persons(share))
		if share < fewShared {
			every.Status = estimators.Warned
		}
	}
	for _, x := range []struct {
		b *Bound
		v [2]float64
	}{{every, e}, {some, s}} {
		x.b.Lower, x.b.Upper = x.v[0], math.Inf(1)
		x.b.Interval = estimators.Interval{Kind: estimators.Sadinle, Level: o.level(), Lower: x.v[1], Upper: math.Inf(1)}
	}
	return every, some, nil
}

// PairCapture is the range of N when the probability of being on two lists at once is granted to lie within bounds: with x people on both, N is
// between x/Most and x/Least. The limits of the interval invert the exact binomial tests, each at an equal share of 1 − level.
func PairCapture(t *estimators.Table, cs []Capture, o Options) (*Bound, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	t = t.Collapse()
	var said []string
	var granted []estimators.Granted
	sides := 0
	for _, c := range cs {
		if c.Lists == 0 || c.Lists&^estimators.FullPattern(t.K()) != 0 {
			return nil, fmt.Errorf("%b are not some of the %d lists", c.Lists, t.K())
		}
		if !(c.Least >= 0 && c.Most > 0 && c.Least <= c.Most && c.Most <= 1) {
			return nil, fmt.Errorf("a probability from %g to %g: two numbers between 0 and 1, the smaller first", c.Least, c.Most)
		}
		granted = append(granted, estimators.Granted{Lists: names(t, c.Lists), From: c.Least, To: estimators.Limit(c.Most)})
		said = append(said, fmt.Sprintf("%s between %.3g and %.3g", c.Lists.Join(t.Lists(), "·"), c.Least, c.Most))
		if c.Least > 0 {
			sides++
		}
		if c.Most < 1 {
			sides++
		}
	}
	b := &Bound{Assumption: "pair-capture", Granted: granted, Name: "the share of everybody that is on " + strings.Join(said, ", on "),
		Meaning: "The probability of being on these lists at once lies within its bounds; N is what makes the people counted on them as likely as that."}
	s := newSides(t, o)
	n := float64(t.Observed())
	alpha := (1 - o.level()) / math.Max(1, float64(sides))
	for _, c := range cs {
		x := float64(t.Overlap(c.Lists))
		name := c.Lists.Join(t.Lists(), "·")
		if c.Most < 1 {
			limit := n
			if x > 0 {
				// P(X ≥ x) for X binomial(N, p) is the regularised incomplete beta function I_p(x, N−x+1), which grows with N.
				limit = math.Floor(crossing(n, func(size float64) bool { return mathext.RegIncBeta(x, size-x+1, c.Most) >= alpha }))
			}
			s.atLeast(x/c.Most, limit, name)
		}
		if c.Least > 0 {
			tooMany := func(size float64) bool { return size > x && 1-mathext.RegIncBeta(x+1, size-x, c.Least) < alpha }
			limit := math.Ceil(crossing(n, tooMany))
			if tooMany(n) { // even the people observed are too many, and no N satisfies it
				limit = math.Min(math.Ceil(crossing(x, tooMany)), n-1)
			}
			s.atMost(x/c.Least, limit, name)
		}
	}
	return s.bound(b, estimators.Exact), nil
}

// crossing is the least size from n on at which a condition that then stays true is true.
func crossing(n float64, holds func(size float64) bool) float64 {
	if holds(n) {
		return n
	}
	low, high := n, 2*math.Max(n, 1)
	for !holds(high) {
		if low, high = high, 2*high; high > 1e18 {
			return math.Inf(1)
		}
	}
	for high-low > 1e-7*low && high-low > 0.01 {
		if middle := (low + high) / 2; holds(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// WorstCase is what is known without any assumption: the people observed, and no upper limit. That is no matter of how many data
// there are.
func WorstCase(t *estimators.Table, o Options) *Bound {
	n := float64(t.Observed())
	return &Bound{Assumption: "worst-case", Name: "no assumption", Lower: n, Upper: math.Inf(1), Status: estimators.OK,
		Interval: estimators.Interval{Kind: estimators.Union, Level: o.level(), Lower: n, Upper: math.Inf(1)},
		Meaning:  "Without an assumption about the people on no list there are at least as many people as were observed, and no upper limit."}
}

// sides collects bounds of N from below and above, with a test limit for each.
type sides struct {
	n            float64
	level        float64
	lower, upper [2]float64 // of N at the observed shares, and of the interval
	below, above string     // what sets the limits of the interval; "" below: the people observed
}

func newSides(t *estimators.Table, o Options) *sides {
	n := float64(t.Observed())
	return &sides{n: n, level: o.level(), lower: [2]float64{n, n}, upper: [2]float64{math.Inf(1), math.Inf(1)}}
}

func (s *sides) atLeast(v, limit float64, name string) {
	if s.lower[0] = math.Max(s.lower[0], v); limit > s.lower[1] {
		s.lower[1], s.below = limit, name
	}
}

func (s *sides) atMost(v, limit float64, name string) {
	if s.upper[0] = math.Min(s.upper[0], v); limit < s.upper[1] {
		s.upper[1], s.above = limit, name
	}
}

// bound completes a bound; where no N satisfies all it is refused, and where none does at the observed shares but some within
// sampling error it is warned about and has an interval only.
func (s *sides) bound(b *Bound, kind estimators.IntervalKind) *Bound {
	b.Status = estimators.OK
	b.Interval = estimators.Interval{Kind: kind, Level: s.level, Lower: s.lower[1], Upper: s.upper[1]}
	switch {
	case s.lower[1] > s.upper[1]:
		b.Status, b.Interval = estimators.Refused, estimators.Interval{}
		b.Reason = estimators.Refuse("bounds-contradict", "no N satisfies all bounds: %s says at least %s people, %s at most %s",
			s.below, estimators.People(math.Floor(s.lower[1])), s.above, estimators.People(math.Ceil(s.upper[1])))
		if s.below == "" {
			b.Reason.Text = fmt.Sprintf("no N satisfies all bounds: %s were observed, and %s says at most %s", estimators.Persons(s.n), s.above, estimators.People(math.Floor(s.upper[1])))
		}
	case s.lower[0] > s.upper[0]:
		b.Status, b.Empty = estimators.Warned, true
	default:
		b.Lower, b.Upper = s.lower[0], s.upper[0]
	}
	return b
}
