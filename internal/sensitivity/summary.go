package sensitivity

import (
	"cmp"
	"math"
	"slices"

	"darkfigure/estimators"
)

// swung are the matters of which the alternatives make one bar each, in the order in which bars of the same width stand. Those of pairs alone and of the largest lists are not
// among them: they leave out more than one list at a time.
var swung = []string{estimators.AboutModel, estimators.AboutMethod, estimators.AboutDrop, estimators.AboutMerge, estimators.AboutOverlap, estimators.AboutMissed,
	estimators.AboutFalse, estimators.AboutOverCoverage}

// matters name what the alternatives are about.
var matters = map[string]string{estimators.AboutModel: "the choice among models that fit about as well", estimators.AboutMethod: "the choice of the method", estimators.AboutDrop: "which lists are counted",
	estimators.AboutMerge: "which lists are taken as one", estimators.AboutOverlap: "one person more or less in a single overlap", estimators.AboutMissed: "links that were missed",
	estimators.AboutFalse: "links that are false", estimators.AboutOverCoverage: "people on a list who are not of the population"}

// summarise makes the bars of the tornado chart, and says what the answer depends on, what remains of it, and what would help.
func (r *run) summarise() {
	for _, about := range swung {
		s, nobody := estimators.Swing{About: about}, 0
		for _, a := range r.out.Alternatives {
			switch {
			case a.About != about || !r.comparable(a):
			case untried(a):
				nobody++
			case about == estimators.AboutMethod && a.Against != "":
				s.Rejected++ // what the data reject is no choice
			default:
				extend(&s, r.base, a)
			}
		}
		if s.Tried > s.Refused {
			r.out.Swings = append(r.out.Swings, s)
		} else if s.Refused > 0 && s.Rejected == 0 {
			r.note("%s could not be tried: every one of the %d estimates is refused", matters[about], s.Refused)
		} else if s.Rejected > 0 {
			r.note("the choice of the method has no row: the data reject what the other methods suppose")
		} else if nobody > 0 {
			r.note("%s could not be tried: the lists are so small that the shares come to nobody (--over-coverage sets the share)", matters[about])
		}
	}
	for _, c := range r.out.Curves {
		if s, ok := r.curveSwing(c); ok {
			r.out.Swings = append(r.out.Swings, s)
		}
	}
	slices.SortStableFunc(r.out.Swings, func(a, b estimators.Swing) int { return cmp.Compare(b.Width(), a.Width()) })
	r.mild()
	r.helps()
}

// comparable reports whether an alternative estimates what the base does: N, or, for a lower bound, a lower bound.
func (r *run) comparable(a estimators.Alternative) bool {
	return a.AtLeast == r.base.AtLeast || r.base.AtLeast && a.Method == r.base.Method || a.Status == estimators.Refused
}

// untried reports whether an alternative would have changed nothing in the data.
func untried(a estimators.Alternative) bool {
	return a.Status == estimators.Refused && a.Reason != nil && a.Reason.Code == nobodyRemoved
}

// extend puts an alternative into a swing, which begins at the base, or at its first alternative where the base is none of them.
func extend(s *estimators.Swing, base, a estimators.Alternative) {
	if s.Tried == 0 {
		s.Low, s.High, s.Mild = base, base, true
		s.Interval = estimators.Range{Lower: base.Lower, Upper: base.Upper}
	}
	s.Tried++
	s.Mild = s.Mild && a.Mild
	if a.Status == estimators.Refused {
		s.Refused++
		if limitless(base, a) {
			s.Endless, s.Interval.Upper = true, estimators.Limit(math.Inf(1))
		}
		return
	}
	if a.Population < s.Low.Population {
		s.Low = a
	}
	if a.Population > s.High.Population {
		s.High = a
	}
	s.Interval = joined(s.Interval, a.Lower, a.Upper)
}

// endless are the reasons of a refusal for which no number of people would be too large: the data left do not say that there is an overlap, or what it is.
var endless = []string{"no-overlap", "no-repeats", "no-mle", "not-identifiable", "unbounded"}

// limitless reports whether an alternative is refused because nothing bounds it from above. A lower bound has no upper limit to lose, and what another method or
// model cannot estimate from the same data says nothing of the number of people.
func limitless(base, a estimators.Alternative) bool {
	return a.Status == estimators.Refused && !base.AtLeast && a.About != estimators.AboutMethod && a.About != estimators.AboutModel && a.Reason != nil && slices.Contains(endless, a.Reason.Code)
}

func joined(r estimators.Range, lower float64, upper estimators.Limit) estimators.Range {
	return estimators.Range{Lower: math.Min(r.Lower, lower), Upper: max(r.Upper, upper)}
}

// curveSwing is a swing over the range of an assumption.
func (r *run) curveSwing(c estimators.AssumptionCurve) (s estimators.Swing, ok bool) {
	if c.Status == estimators.Refused || slices.Contains([]string{"risk-ratio", "marginal", "saturated"}, c.Assumption) {
		return s, false // these vary what another curve varies, by another parameter or for another estimate
	}
	s = estimators.Swing{About: estimators.AboutAssumption, Assumption: c.Assumption, Lists: c.Lists, Parameter: c.Parameter, From: c.From, To: c.To}
	var as []estimators.Alternative
	for _, p := range c.Points {
		a := estimators.Alternative{About: estimators.AboutAssumption, Lists: c.Lists, Amount: float64(p.Value), Method: r.found.Method, Model: p.Model,
			Observed: r.table.Observed(), Population: p.Population, Lower: p.Lower, Upper: p.Upper, Kind: c.Kind, Level: c.Level, Mild: true, Status: p.Status, Reason: p.Reason}
		as = append(as, r.influenced(a))
	}
	start := r.base
	if b := float64(c.Base.Value); r.ranged && (b < c.From || b > c.To) { // the estimate is not in the range given
		i := slices.IndexFunc(as, func(a estimators.Alternative) bool { return a.Status != estimators.Refused })
		if i < 0 {
			return s, false
		}
		start = as[i]
	}
	for _, a := range as {
		extend(&s, start, a)
	}
	return s, s.Tried > s.Refused
}

// mild is what is left of the estimate under the departures that nobody could rule out, one at a time; where a range of ratios was given, over that range alone.
func (r *run) mild() {
	m := &r.out.Summary
	m.Level = r.Level
	if r.ranged && !r.base.AtLeast {
		for _, s := range r.out.Swings {
			if s.About != estimators.AboutAssumption {
				continue
			}
			if !m.Within {
				m.Within, m.Estimates, m.Union = true, estimators.Range{Lower: s.Low.Population, Upper: estimators.Limit(s.High.Population)}, s.Interval
			}
			m.Estimates = joined(m.Estimates, s.Low.Population, estimators.Limit(s.High.Population))
			m.Union = joined(m.Union, s.Interval.Lower, s.Interval.Upper)
			if math.IsInf(float64(s.Interval.Upper), 1) && !s.Endless && m.Unlimited == nil {
				m.Unlimited = &s.High
			}
		}
		if m.Within {
			return
		}
	}
	switch {
	case r.ranged && r.base.AtLeast:
		r.note("the range given bounds the odds ratios of two lists over everybody, and no more: a lower bound takes none for granted, so that what it stays between is over the other departures")
	case r.ranged:
		r.note("the range given is not that of what the answer stays between: no odds ratio and no ξ can be varied here")
	}
	m.Estimates = estimators.Range{Lower: r.base.Population, Upper: estimators.Limit(r.base.Population)}
	m.Union = estimators.Range{Lower: r.base.Lower, Upper: r.base.Upper}
	unlimited := func(a estimators.Alternative) {
		if math.IsInf(float64(a.Upper), 1) && m.Unlimited == nil {
			m.Unlimited = &a
		}
	}
	unlimited(r.base)
	take := func(a estimators.Alternative) {
		if !a.Mild || !r.comparable(a) || untried(a) {
			return
		}
		if a.Status == estimators.Refused {
			m.Refused = append(m.Refused, a)
			if limitless(r.base, a) {
				m.Estimates.Upper, m.Union.Upper = estimators.Limit(math.Inf(1)), estimators.Limit(math.Inf(1))
			}
			return
		}
		unlimited(a)
		m.Estimates = joined(m.Estimates, a.Population, estimators.Limit(a.Population))
		m.Union = joined(m.Union, a.Lower, a.Upper)
	}
	for _, a := range r.out.Alternatives {
		take(a)
	}
	for _, s := range r.out.Swings {
		if s.About == estimators.AboutAssumption {
			take(s.Low)
			take(s.High)
			m.Union = joined(m.Union, s.Interval.Lower, s.Interval.Upper)
			if s.Endless {
				m.Estimates.Upper = estimators.Limit(math.Inf(1))
			}
			if math.IsInf(float64(s.Interval.Upper), 1) && !s.Endless && m.Unlimited == nil {
				m.Unlimited = &s.High
			}
		}
	}
}

// settled are the matters that more data could settle: whether lists share people beyond chance, who is on both, which links are wrong, who is not of the population. Which lists and
// which method to take is the analyst's choice.
var settled = []string{estimators.AboutModel, estimators.AboutOverlap, estimators.AboutMissed, estimators.AboutFalse, estimators.AboutOverCoverage, estimators.AboutAssumption}

// settles reports whether data could settle a swing.
func settles(s estimators.Swing) bool {
	return slices.Contains(settled, s.About) && s.Assumption != "highest-order"
}

// asWide is the number of other swings of some kind that are as wide as one.
func (r *run) asWide(s estimators.Swing, of func(estimators.Swing) bool) int {
	n := -1
	for _, x := range r.out.Swings {
		if of(x) && x.Width() == s.Width() {
			n++
		}
	}
	return n
}

// helps finds the widest swing, and the data that would settle the widest ones that data can settle; the interaction of all lists is none of them, but a
// planned list may be.
func (r *run) helps() {
	m := &r.out.Summary
	for i, s := range r.out.Swings {
		if i == 0 && s.Width() > 0 {
			m.Depends, m.Lists = s.About, s.Lists
			m.AsMuch = r.asWide(s, func(estimators.Swing) bool { return true })
		}
		if s.Width() <= 0.01 || !settles(s) || len(m.Narrows) >= 3 {
			continue
		}
		var lists []string
		switch {
		case s.About == estimators.AboutModel:
			lists = r.deciding
		case s.Low.Influence < -s.High.Influence:
			lists = s.Low.Lists
		default:
			lists = s.High.Lists
		}
		m.Narrows = append(m.Narrows, estimators.Narrowing{About: s.About, Lists: lists, Settles: estimators.Range{Lower: s.Low.Population, Upper: estimators.Limit(s.High.Population)}, AsMuch: r.asWide(s, settles)})
	}
	for _, p := range r.out.Planned {
		if p.Unreliable() {
			continue // nothing is recommended of which so many tables have no estimate
		}
		n := estimators.Narrowing{About: estimators.AboutPlanned, Coverage: p.Coverage, Ratio: p.Ratio, Settles: estimators.Range{Lower: r.base.Lower, Upper: r.base.Upper}}
		if p.With != "" {
			n.Lists = []string{p.With}
		}
		m.Narrows = append(m.Narrows, n)
	}
}
