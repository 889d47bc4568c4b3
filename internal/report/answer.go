package report

import (
	"math"
	"slices"

	"darkfigure/estimators"
)

// An answer is what the headline says about one group of people.
type answer struct {
	estimate *estimators.Estimate // nil when nothing could be estimated, or not by the usual method
	some     bool                 // some method has an estimate
	observed int64
	own      *estimators.Interval   // of the estimate
	second   *estimators.Interval   // of the other kind: of the chosen model alone beside one that allows for the choice, or the reverse
	near     []estimators.Candidate // the near-tied models, and the model of the headline when it is not one of them
	averaged *estimators.Average
	wide     *estimators.Interval // the range to publish, when it is wider than own; its kind is recommended
}

func (v *view) answer(g group) answer {
	a := answer{estimate: g.main(), observed: v.r.Data.Observed}
	if a.estimate == nil {
		if len(g.estimates) > 0 {
			a.observed = g.estimates[0].Observed
		}
		a.some = slices.ContainsFunc(g.estimates, func(e estimators.Estimate) bool { return e.Status != estimators.Refused })
		return a
	}
	a.observed = a.estimate.Observed
	if i, ok := a.estimate.Interval(); ok {
		a.own = &i
	}
	if a.own != nil && a.chosen() {
		for _, i := range a.estimate.Intervals[1:] {
			if math.Abs(i.Level-a.own.Level) < 1e-9 && i.AllowsForChoice() != a.own.AllowsForChoice() {
				a.second = &i
				break
			}
		}
	}
	s := a.estimate.Selection
	if s == nil {
		return a
	}
	a.near = candidates(s)
	if len(a.near) > 1 && s.Averaged != nil {
		a.averaged = s.Averaged
	}
	a.wide = a.recommend()
	return a
}

// recommended is the kind of a range that holds several intervals and estimates.
const recommended estimators.IntervalKind = "recommended"

// recommend is the range to publish when the headline's own interval does not hold everything that the near-tied models
// say: it holds that interval, the interval of the average over these models and all their estimates. An interval that repeats the choice
// of the model has met those models: it is widened only to hold their estimates, or by an average without upper limit.
func (a answer) recommend() *estimators.Interval {
	var average *estimators.Interval
	if a.averaged != nil && len(a.averaged.Intervals) > 0 {
		average = &a.averaged.Intervals[0]
	}
	if a.own == nil && average == nil || len(a.near) < 2 {
		return nil
	}
	w := estimators.Interval{Lower: math.Inf(1), Kind: recommended}
	hold := func(i estimators.Interval) {
		w.Level, w.Lower, w.Upper = i.Level, math.Min(w.Lower, i.Lower), math.Max(w.Upper, i.Upper)
	}
	if average != nil && (!a.allows() || average.Unbounded()) {
		hold(*average)
	}
	if a.own != nil {
		hold(*a.own)
	}
	for _, c := range a.near {
		w.Lower, w.Upper = math.Min(w.Lower, c.Population), math.Max(w.Upper, c.Population)
	}
	if a.own != nil && w.Lower == a.own.Lower && w.Upper == a.own.Upper {
		return nil
	}
	return &w
}

// tiedModels are the near-tied models alone.
func (a answer) tiedModels() []estimators.Candidate {
	return slices.DeleteFunc(slices.Clone(a.near), func(c estimators.Candidate) bool { return c.Weight <= 0 })
}

// chosen reports whether the model was chosen by the data, rather than given.
func (a answer) chosen() bool {
	return a.estimate.Selection != nil && a.estimate.Selection.Criterion != "fixed"
}

// mark is the word for the model of the headline among others: chosen, or given.
func (v *view) mark(a answer) prose {
	if a.chosen() {
		return v.say("chosen")
	}
	return v.say("given")
}

// allows reports whether the headline's interval allows for the choice of the model.
func (a answer) allows() bool { return a.own != nil && a.chosen() && a.own.AllowsForChoice() }

// modelIntervals are the intervals of the one model, those that allow for its choice left out.
func (a answer) modelIntervals() []estimators.Interval {
	if !a.chosen() {
		return a.estimate.Intervals
	}
	return slices.DeleteFunc(slices.Clone(a.estimate.Intervals), estimators.Interval.AllowsForChoice)
}

// modelInterval is the first of them, nil when there is none.
func (a answer) modelInterval() *estimators.Interval {
	if is := a.modelIntervals(); len(is) > 0 {
		return &is[0]
	}
	return nil
}

// assuming says what an interval of the estimate takes for granted.
func (v *view) assuming(a answer, i estimators.Interval) prose {
	switch {
	case a.estimate.Pooled != nil && i.AllowsForChoice():
		if a.estimate.Pooled.Draws == 1 {
			return v.say("allowing-certain")
		}
		return v.say("allowing-for-links")
	case a.chosen() && i.AllowsForChoice():
		return v.say("allowing-for-choice")
	case a.chosen():
		return v.say("if-chosen")
	case a.estimate.Model != "":
		return v.say("if-model")
	}
	return v.say("if-method", v.methodTitle(*a.estimate))
}

// intervalLines are the intervals of the estimate with what each takes for granted.
func (v *view) intervalLines(a answer) []prose {
	var out []prose
	for _, i := range []*estimators.Interval{a.own, a.second} {
		if i != nil {
			out = append(out, v.say("interval-line", v.limits(*i), v.kind(*i), v.assuming(a, *i)))
		}
	}
	return out
}

// holds says what the range to publish holds.
func (v *view) holds(a answer) prose {
	n := len(a.tiedModels())
	if a.averaged == nil || a.allows() && !a.wide.Unbounded() {
		return v.plural("holds-estimates", n)
	}
	return v.plural("holds-average", n)
}

// why says how the model was chosen; foreign says that it is English in a text of another language.
func (v *view) why(s *estimators.Selection) (why prose, foreign bool) {
	switch {
	case s == nil || s.Why == "":
		return "", false
	case s.Search == "exact" && s.Considered == 1:
		return v.say("why-only", criterionName(s.Criterion)), false
	case s.Search == "exact" && s.Considered > 1 && s.Criterion != "stepwise" && s.Criterion != "fixed" && s.MaxOrder > 1:
		return v.say("why-least", criterionName(s.Criterion), v.whole(s.Considered), s.MaxOrder), false
	case s.Criterion == "fixed" && s.Why == "the model was given":
		return v.say("why-given"), false
	}
	why, foreign = v.fact(s.Why)
	return sentence(why), foreign
}

// span is the range to publish: the wider one when the near-tied models disagree.
func (a answer) span() *estimators.Interval {
	if a.wide != nil {
		return a.wide
	}
	return a.own
}

// tied reports whether the chosen model is itself among the near-tied ones. A model chosen stepwise may
// fit much worse than they do.
func (a answer) tied() bool {
	return slices.ContainsFunc(a.near, func(c estimators.Candidate) bool { return c.Chosen && c.Weight > 0 })
}

// others is the number of models that fit about as well as the chosen one, or better.
func (a answer) others() int {
	n := 0
	for _, c := range a.near {
		if !c.Chosen {
			n++
		}
	}
	return n
}

// onlyAtLeast reports whether nothing but a lower limit may be said.
func (a answer) onlyAtLeast() bool {
	return a.estimate.LowerBound || a.own != nil && a.own.Unbounded()
}

// total is the estimate as the headline gives it, as in "about 25,000" or "at least 8,700".
func (v *view) headTotal(a answer) prose {
	if a.onlyAtLeast() {
		least := a.estimate.Population
		if a.own != nil && a.own.Unbounded() {
			least = a.own.Lower
		}
		return v.say("at-least", v.whole(downward(least, 2, a.observed)))
	}
	if i := a.bySource(); i != nil {
		return prose(v.rounded(*i, a.observed))
	}
	return v.say("about", v.whole(about(a.estimate.Population, a.observed)))
}

// ofPeriods reports whether the answer counts people once in each period, which is known where persons are linked over all periods.
func (v *view) ofPeriods(a answer) bool {
	return v.r.Linkage != nil && warns(*a.estimate, "person-periods")
}

// headline is the answer in one line.
func (v *view) headline(a answer) prose {
	switch {
	case a.estimate == nil && a.some:
		return v.say("head-usual-refused", v.people(a.observed))
	case a.estimate == nil:
		return v.say("head-refused", v.people(a.observed))
	}
	if v.ofPeriods(a) {
		return v.say("head-periods", capital(v.headTotal(a)), v.count(a.observed))
	}
	if a.observed == 1 && !a.onlyAtLeast() && about(a.estimate.Population, 1) == 1 {
		return v.say("head-single")
	}
	return v.say("head"+form(int(min(a.observed, 2))), capital(v.headTotal(a)), v.count(a.observed))
}

// lead is the paragraph under the headline: the interval if the model is right, the range that holds the
// near-tied models too, and what to publish.
func (v *view) lead(g group, a answer) prose {
	if a.estimate == nil {
		return v.leadRefused(g)
	}
	var out []prose
	say := func(key string, args ...any) { out = append(out, v.say(key, args...)) }
	switch {
	case a.own == nil:
		say("lead-no-interval")
	case a.own.Unbounded():
		say("lead-unbounded", v.whole(about(a.estimate.Population, a.observed)), v.level(a.own.Level))
	case a.bySource() != nil:
		c := a.estimate.Combination
		say("lead-sources-apart", v.whole(c.Smallest), v.whole(c.Largest), v.whole(a.estimate.Population), v.limits(*a.own), v.level(a.own.Level))
	case a.estimate.LowerBound:
		say("lead-lower-bound", v.methodTitle(*a.estimate), v.between(*a.own, a.observed), v.level(a.own.Level))
	default:
		say("lead-own", capital(v.assuming(a, *a.own)), v.between(*a.own, a.observed), v.level(a.own.Level))
	}
	if v.ofPeriods(a) {
		say("lead-periods")
	}
	if warns(*a.estimate, "families-disagree") {
		say("lead-families")
	}
	if warns(*a.estimate, "poor-fit") {
		say("lead-poor-fit")
	}
	n := a.others()
	switch {
	case a.wide != nil && a.wide.Unbounded():
		say(v.telling("lead-wide-unbounded", a)+form(n), v.spelled(n), v.whole(downward(a.wide.Lower, 2, a.observed)))
	case a.wide != nil && a.allows():
		say("lead-outside", v.between(*a.wide, a.observed))
	case a.wide != nil:
		say(v.telling("lead-wide", a)+form(n), v.spelled(n), v.between(*a.wide, a.observed))
	case n > 0:
		lower, upper := rangeOf(a.near)
		say(v.telling("lead-near", a)+form(n), capital(prose(v.spelled(n))), v.whole(lower), v.whole(upper)) // as in the table of models
		if a.own != nil && !a.own.Unbounded() {
			say("lead-near-within")
		}
	case a.chosen() && len(v.lists) > 2 && a.estimate.Selection.Window > 0:
		say("lead-alone")
	}
	if q := a.estimate.Pooled; q != nil && q.Draws == 1 {
		say("lead-certain")
	} else if q != nil {
		say("lead-links", v.percent(q.Share))
	}
	if said := v.leadSources(*a.estimate); said != "" {
		out = append(out, said)
	}
	if a.own != nil && a.chosen() && !a.allows() {
		say("lead-repeat")
	}
	switch two := len(v.lists) == 2 && len(v.strata()) == 0; {
	case two && a.estimate.OddsRatio > 0:
		say("lead-odds-ratio", v.fixed(a.estimate.OddsRatio, 2))
	case two:
		say("lead-two-lists")
	}
	return join(out, " ")
}

// telling is the key of a sentence about the near-tied models: another one when they fit better than the
// chosen model rather than about as well.
func (v *view) telling(key string, a answer) string {
	if !a.tied() {
		return key + "-better"
	}
	return key
}

// leadRefused says why there is no total, and what to do.
func (v *view) leadRefused(g group) prose {
	var first *estimators.Estimate
	answered := 0
	for i, e := range g.estimates {
		if e.Status != estimators.Refused {
			answered++
		} else if first == nil || e.Method == "loglinear" || e.Method == "chapman" {
			first = &g.estimates[i]
		}
	}
	if first == nil || first.Reason == nil {
		return ""
	}
	why, _ := v.fact(first.Reason.Text)
	why = sentence(why)
	if n := len(g.estimates); n > 1 && answered == 0 {
		why = v.say("all-refused", v.spelled(n)) + " " + why
	}
	do, _ := v.advice(first.Reason.Code)
	why += " " + do
	if answered > 0 {
		why += " " + v.say("others-answered"+form(answered), v.spelled(answered))
	}
	return why
}

// rounded is an interval as the headline gives it.
func (v *view) rounded(i estimators.Interval, observed int64) string {
	return v.limits(outward(i, observed))
}

// between is the same as it stands behind the word between, as in "19,000 and 35,000".
func (v *view) between(i estimators.Interval, observed int64) prose {
	i = outward(i, observed)
	return v.and([]prose{prose(v.whole(i.Lower)), prose(v.whole(i.Upper))})
}

// visible is the share in view with its limits from the interval to publish.
func (a answer) visible() (share, lower, upper float64) {
	n := float64(a.observed)
	share, lower, upper = n/math.Max(a.estimate.Population, n), 0, 1
	if i := a.bySource(); i != nil {
		return n / i.Upper, n / i.Upper, math.Min(1, n/i.Lower)
	}
	if i := a.span(); i != nil {
		lower, upper = n/i.Upper, math.Min(1, n/i.Lower)
	}
	return share, lower, upper
}

// inView is the visibility in plain words: of every 100, or of every 1,000 when few are seen.
func (v *view) inView(a answer) prose {
	share, _, upper := a.visible()
	if a.onlyAtLeast() {
		return v.say("in-view-at-most", v.outOf(upper, func(x float64) float64 { return math.Ceil(x - 1e-9) }))
	}
	if a.bySource() != nil {
		return v.say("in-view-range", v.percentRange(share, upper))
	}
	if share >= 1 {
		return v.say("in-view-all")
	}
	if share*rarest < .5 {
		return v.say("in-view-fewer", v.whole(rarest))
	}
	return v.say("in-view", v.outOf(share, math.Round))
}

// rarest is the largest number of people a share is written of.
const rarest = 1e6

// outOf writes a share as "11 in every 100".
func (v *view) outOf(share float64, round func(float64) float64) prose {
	of := 100.0
	for of < rarest && share*of < 1.5 {
		of *= 10
	}
	n := round(share * of) // as the picture of dots does
	if share < 1 && n >= of {
		n = of - 1
		return v.say("more-than", v.say("in-every", v.whole(n), v.whole(of)))
	}
	return v.say("in-every", v.whole(n), v.whole(of))
}

func (v *view) pair(p estimators.Pair) prose {
	return term(estimators.Pattern(1)<<uint(p.A)|estimators.Pattern(1)<<uint(p.B), v.lists)
}

// decides says which term separates the near-tied models, and what each side says.
func (v *view) decides(a answer, s *estimators.Split) (what, with, without prose) {
	t := term(s.Term, v.lists)
	key := "split-term"
	if s.Term.Size() == 2 {
		more, fewer := true, true
		for _, c := range a.near {
			if hasTerm(c, s.Term) {
				more, fewer = more && sign(c, s.Term) > 0, fewer && sign(c, s.Term) < 0
			}
		}
		lists := v.and([]prose{name(v.lists[s.Term.Lists()[0]]), name(v.lists[s.Term.Lists()[1]])})
		switch {
		case more && !fewer:
			key, t = "split-more", lists
		case fewer && !more:
			key, t = "split-fewer", lists
		}
	}
	says := func(g, other estimators.Group) prose {
		lower, upper := a.roundedGroup(g)
		switch {
		case g.Models == 1:
			return v.say("about", v.whole(g.Lower))
		case g.Lower > other.Upper:
			return v.say("or-more", v.whole(lower))
		}
		return v.say("or-fewer", v.whole(upper))
	}
	return v.say(key, t), says(s.With, s.Without), says(s.Without, s.With)
}

// roundedGroup are the least and the greatest estimate of a group of models as they are printed.
func (a answer) roundedGroup(g estimators.Group) (lower, upper float64) {
	return downward(math.Round(g.Lower), 3, a.observed), upward(math.Round(g.Upper), 3, a.observed)
}

// splitOf is the split of the headline's near-tied models; nil when there is none, or when the two sides as they are
// printed overlap, so that the term does not decide.
func (a answer) splitOf() *estimators.Split {
	if a.estimate == nil || a.estimate.Selection == nil || a.estimate.Selection.Split == nil {
		return nil
	}
	s := a.estimate.Selection.Split
	withLower, withUpper := a.roundedGroup(s.With)
	withoutLower, withoutUpper := a.roundedGroup(s.Without)
	if withLower <= withoutUpper && withoutLower <= withUpper {
		return nil
	}
	return s
}

// capital makes the first letter a capital.
func capital(p prose) prose {
	s := sentence(p + "x.")
	return s[:len(s)-2]
}
