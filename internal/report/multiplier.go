package report

import (
	"math"
	"slices"

	"darkfigure/estimators"
)

// sourcesGrid is the table of the sources that an estimate combines, each with its own answer.
func (v *view) sourcesGrid(e estimators.Estimate) grid {
	c := e.Combination
	g := grid{title: v.say("sources-title"), heads: []prose{v.say("source"), v.say("counted"), v.say("share-in-it"), "N", v.say("interval"), v.say("weight"), v.say("n-without")}}
	for _, s := range v.r.Estimates {
		if s.Multiplied == nil || s.LowerBound || !slices.Equal(s.Stratum, e.Stratum) {
			continue
		}
		of := s.Multiplied
		row := []prose{name(of.Source), prose(v.count(of.Benchmark)), prose(v.percent(of.Corrected)), prose(v.whole(s.Population)), v.limitsOf(s.Intervals), "", ""}
		if i := slices.Index(c.Sources, of.Source); i >= 0 {
			row[5], row[6] = prose(v.percent(c.Weights[i])), prose(v.whole(c.Without[i]))
		}
		g.rows = append(g.rows, row)
	}
	for _, s := range v.r.Estimates { // those without an estimate
		if s.Status == estimators.Refused && s.Method == "multiplier" && slices.Equal(s.Stratum, e.Stratum) {
			g.rows = append(g.rows, []prose{name(s.Model), prose(v.count(s.Observed)), "", v.say("refused"), "", "", ""})
		}
	}
	g.notes = append(g.notes, v.say("sources-spread", v.fixed(c.Q, 1), v.plural("degrees", c.DF), v.pvalue(c.P), v.percent(c.I2), v.fixed(c.Tau, 2), v.fixed(math.Exp(c.Tau), 2)))
	return g
}

// bounded are the estimates with a bound of how many are in view.
func (v *view) bounded() []estimators.Estimate {
	return slices.DeleteFunc(slices.Clone(v.r.Estimates), func(e estimators.Estimate) bool { return e.InView == nil })
}

// elsewhere are the estimates by a share of people known to any body.
func (v *view) elsewhere() []estimators.Estimate {
	return slices.DeleteFunc(slices.Clone(v.r.Estimates), func(e estimators.Estimate) bool {
		return e.Multiplied == nil || !e.LowerBound || e.Status == estimators.Refused
	})
}

// inViewGrid says how many are in view at least, by period, and why the division gives no total; ok is false where nobody was asked who knows them.
func (v *view) inViewGrid() (g grid, ok bool) {
	naive := v.elsewhere()
	if len(naive) == 0 {
		return g, false
	}
	first := naive[0]
	g.title = v.say("elsewhere-title")
	say := func(key string, args ...any) { g.notes = append(g.notes, v.say(key, args...)) }
	say("elsewhere-why", v.percent(first.Multiplied.Corrected), v.count(first.Multiplied.Benchmark), v.whole(first.Population))
	all := v.bounded()
	if len(all) > 0 {
		g.title = v.say("in-view-title")
		g.heads = []prose{v.say("period"), v.say("registered"), v.say("visitors"), v.say("known-to-nobody"), v.say("in-view-least"), v.say("interval"), v.say("a-year")}
	}
	years := false
	for _, e := range all {
		b := e.InView
		period := v.periodOf(e)
		share := v.percent(1 - b.Known)
		row := []prose{period, prose(v.count(b.Registered)), prose(v.count(b.Visitors)), prose(v.fixed(b.New, 1) + " (" + share + ")"), bold(prose(v.fixed(b.AtLeast, 1))),
			prose(v.limits(estimators.Interval{Lower: b.Lower, Upper: b.Upper, Level: b.Level})), ""}
		if b.Years > 1 {
			row[6], years = prose(v.whole(b.PerYear)), true
		}
		g.rows = append(g.rows, row)
		if b.Against > 0 {
			if b.Years > 1 {
				say("elsewhere-against-years", v.whole(b.Against), v.count(int64(b.Years)), v.whole(b.Needed), period, v.count(b.Registered), v.percent(b.Held))
			} else {
				say("elsewhere-against", v.whole(b.Against), v.whole(b.Needed), v.percent(b.Known), v.count(b.Registered), v.percent(b.Held))
			}
			years := float64(max(b.Years, 1))
			i := v.limits(estimators.Interval{Lower: b.Lower / years, Upper: b.Upper / years, Level: b.Level})
			switch {
			case b.Against < b.Lower/years:
				say("elsewhere-below", v.whole(b.Against), v.fixed(b.PerYear, 1), i)
			case b.Against < b.PerYear:
				say("elsewhere-below-chance", v.whole(b.Against), v.fixed(b.PerYear, 1), i)
			}
		}
	}
	if len(all) > 0 {
		if !years {
			g.heads = g.heads[:6]
			for i := range g.rows {
				g.rows[i] = g.rows[i][:6]
			}
		}
		say("in-view-holds")
		say("in-view-if", v.whole(first.Multiplied.Respondents))
	}
	say("elsewhere-ask")
	return g, true
}

// periodOf is the period an estimate is about.
func (v *view) periodOf(e estimators.Estimate) prose {
	for _, l := range e.Stratum {
		if l.Name == "period" {
			return name(l.Level)
		}
	}
	if v.r.Data.Period != "" {
		return name(v.r.Data.Period)
	}
	return "–"
}

// leadSources adds to the sentence at the top what several sources, or a share of people known elsewhere, mean for it.
func (v *view) leadSources(e estimators.Estimate) prose {
	switch {
	case e.Combination != nil && !warns(e, "sources-disagree"):
		return v.say("lead-sources", v.whole(e.Combination.Smallest), v.whole(e.Combination.Largest))
	case e.InView != nil:
		return v.say("lead-elsewhere") + " " + v.say("lead-in-view", v.fixed(e.InView.AtLeast, 1))
	case e.Multiplied != nil && e.LowerBound:
		return v.say("lead-elsewhere")
	}
	return ""
}

// bySource is the range of sources that differ by more than chance: what stands in place of their mean.
func (a answer) bySource() *estimators.Interval {
	if c := a.estimate.Combination; c != nil && warns(*a.estimate, "sources-disagree") {
		return &estimators.Interval{Lower: math.Round(c.Smallest), Upper: math.Round(c.Largest)}
	}
	return nil
}

func (t *terminal) inView() {
	if g, ok := t.inViewGrid(); ok {
		t.gridTable(g)
	}
}

func (m *markdown) inView() {
	if g, ok := m.inViewGrid(); ok {
		m.gridTable(g, 2)
	}
}
