package report

import (
	"math"
	"slices"

	"darkfigure/estimators"
)

// answerSection is the first screen: the headline with its doubt.
func (p *page) answerSection() {
	p.el("section", at{"id", "answer", "class", "answer", "aria-labelledby", "answer-h"}, func() {
		g := p.total()
		var a answer
		if g != nil {
			a = p.answer(*g)
		}
		p.el("div", at{"class", "lead"}, func() {
			p.el("h1", at{"id", "answer-h"}, p.mainHead())
			if s := p.mainLead(); s != "" {
				p.p("stand", s)
			}
		})
		if g != nil && a.estimate != nil {
			p.viewPicture(a)
			p.hero(*g, a)
			p.keyNumbers(a)
			p.p("foot", p.footOf(a))
		}
		if len(p.strata()) > 0 {
			p.strataFigure()
		}
	})
	p.WriteString("\n")
}

// mainLead is the paragraph under the line at the top.
func (v *view) mainLead() prose {
	switch {
	case v.total() != nil:
		return v.lead(*v.total(), v.answer(*v.total()))
	case len(v.groups) > 0:
		return v.say("strata-no-sum")
	case len(v.r.Models) > 0:
		return v.modelsLead()
	case v.r.Description != nil:
		return v.say("describe-lead")
	}
	return ""
}

// footOf says what the ranges of the row of numbers allow for, and how they are rounded.
func (v *view) footOf(a answer) prose {
	i := a.span()
	if i == nil {
		return v.say("foot-rounding")
	}
	if a.bySource() != nil {
		return v.say("foot-sources") + " " + v.say("foot-rounding")
	}
	if a.wide != nil {
		return v.say("foot-wide", v.holds(a)) + " " + v.say("foot-rounding")
	}
	if a.allows() {
		out := v.say("foot-choice", v.level(i.Level), v.kindName(i.Kind))
		if a.second != nil {
			out += " " + v.say("foot-second", capital(v.assuming(a, *a.second)), v.limits(*a.second), v.kind(*a.second))
		}
		return out + " " + v.say("foot-rounding")
	}
	return v.say("foot-own", v.level(i.Level), v.kindName(i.Kind)) + " " + v.say("foot-rounding")
}

// keyNumbers are the four numbers with their ranges.
func (p *page) keyNumbers(a answer) {
	e := a.estimate
	cell := func(label, value, below prose) {
		p.el("div", nil, func() {
			p.el("dt", nil, label)
			p.el("dd", nil, value)
			p.el("dd", at{"class", "r"}, below)
		})
	}
	hidden, total, share := prose(""), prose(""), prose("")
	if i := a.span(); i != nil {
		h := *i
		h.Lower, h.Upper = math.Max(significant(i.Lower-float64(a.observed), 2, math.Floor), 0), significant(i.Upper-float64(a.observed), 2, math.Ceil)
		hidden, total = prose(p.limits(h)), prose(p.rounded(*i, a.observed))
		_, lower, upper := a.visible()
		share = p.shareLimits(lower, upper)
	}
	s, _, upper := a.visible()
	seen, head := prose(p.percent(s)), p.headTotal(a)
	unseen := p.say("about", p.whole(significant(e.Hidden, 2, math.Round)))
	if a.onlyAtLeast() {
		least := e.Hidden
		if a.own != nil && a.own.Unbounded() {
			least = a.own.Lower - float64(a.observed)
		}
		unseen = p.say("at-least", p.whole(significant(least, 2, math.Floor)))
		seen, share = p.say("at-most", p.percent(math.Min(1, math.Ceil(upper*100-1e-9)/100))), ""
		if a.own != nil && a.own.Unbounded() {
			hidden, total = "", ""
		}
	}
	if i := a.bySource(); i != nil {
		h := outward(estimators.Interval{Lower: i.Lower, Upper: i.Upper}, a.observed)
		h.Lower, h.Upper = h.Lower-float64(a.observed), h.Upper-float64(a.observed)
		unseen, seen, hidden, total, share = prose(p.limits(h)), prose(p.percentRange(s, upper)), "", "", ""
	}
	p.el("dl", at{"class", "key"}, func() {
		cell(p.say("seen"), prose(p.count(a.observed)), p.say("on-any"+form(len(p.lists)), p.spelled(len(p.lists))))
		cell(p.say("not-seen"), unseen, hidden)
		cell(p.say("total"), head, total)
		cell(p.say("visibility"), seen, share)
	})
}

// shareLimits is the range of a share; without an upper limit of the total its lower one is unknown.
func (v *view) shareLimits(lower, upper float64) prose {
	if lower == 0 {
		return v.say("at-most", v.percent(math.Min(1, math.Ceil(upper*100-1e-9)/100)))
	}
	return prose(v.percentRange(lower, upper))
}

// viewPicture is the visibility in plain words with a picture of a hundred dots, or a thousand when
// few are seen.
func (p *page) viewPicture(a answer) {
	share, lower, upper := a.visible()
	of, columns, pitch := 100, 20, 10.0
	if share < .015 {
		of, columns, pitch = 1000, 50, 4
	}
	low := int(math.Floor(lower*float64(of) + 1e-9))
	mid := max(int(math.Round(share*float64(of))), low)
	high := max(int(math.Ceil(upper*float64(of)-1e-9)), mid)
	if i := a.span(); a.bySource() != nil {
		mid = low
	} else if i == nil {
		low, high = mid, mid
	} else if i.Unbounded() {
		low = 0
	}
	p.el("div", at{"class", "view"}, func() {
		p.el("h2", at{"class", "h-small"}, p.inView(a))
		rows := of / columns
		p.ids++
		words := p.say("dots", of, mid)
		if a.span() != nil {
			words = p.say("dots-limits", of, mid, low, high)
		}
		if a.onlyAtLeast() {
			words = p.say("dots-most", of, high)
		}
		if a.bySource() != nil {
			words = p.say("dots-by-source", of, low, high)
		}
		p.el("svg", at{"class", "waffle", "viewBox", "0 0 200 " + px(float64(rows)*pitch+2), "width", "100%", "role", "img", "aria-labelledby", "dots-t"}, func() {
			p.el("title", at{"id", "dots-t"}, words)
			for i := range of {
				class, r := "w0", .34*pitch
				switch {
				case i < low:
					class, r = "w1", .39*pitch
				case i < mid && !a.onlyAtLeast():
					class, r = "w2", .39*pitch
				case i < high:
					class, r = "w3", .39*pitch
				}
				p.el("circle", at{"class", class, "cx", px((float64(i/rows) + .5) * pitch), "cy", px((float64(i%rows)+.5)*pitch + 1), "r", px(r)})
			}
		})
		p.el("ul", at{"class", "leg"}, func() {
			line := func(class string, s prose) {
				p.el("li", nil, func() { p.el("i", at{"class", class}); p.prose(s) })
			}
			i := a.span()
			if i == nil {
				line("k2", p.say("dots-estimate", mid))
				return
			}
			if a.bySource() != nil {
				line("k1", p.say("dots-sources", low))
				line("k3", p.say("dots-sources-other", high))
				return
			}
			limit := prose(p.level(i.Level)) + " " + p.say("limit-of-interval")
			if a.wide != nil {
				limit = p.say("limit-of-range")
			}
			if !a.onlyAtLeast() && !i.Unbounded() {
				fewest := prose(p.count(int64(low)))
				if low == 0 {
					fewest = p.say("under", "1")
				}
				line("k1", p.say("dots-lower", fewest, limit))
			}
			if !a.onlyAtLeast() {
				line("k2", p.say("dots-estimate", mid))
			}
			line("k3", p.say("dots-upper", high, limit))
		})
	})
}

// hero draws how the evidence is spread over possible totals: the density of a mixture, so that two
// humps stay two humps; else the profile likelihood; else stepped bands.
func (p *page) hero(g group, a answer) {
	s := p.scale(g, a)
	split := a.splitOf()
	finding, drawn := p.heroWords(a)
	if a.hasCurve() && a.allows() {
		drawn += ". " + p.say("hero-choice")
	}
	title := p.say("hero-title")
	desc := p.headline(a) + ". " + p.lead(g, a)
	base := 190.0
	if !a.hasCurve() {
		base = 120 // bars alone need less room
	}
	height := base + 26
	brackets := a.brackets(p, false)
	for _, b := range brackets {
		height += b.height(s)
	}
	p.figure("full", finding, drawn, func() {
		p.picture("hero", height, title, desc, func() {
			top, low := p.heroCurves(s, a, base), base
			p.el("rect", at{"class", "seen", "x", "0", "width", pct(s.at(float64(a.observed))), "y", px(low - 34), "height", "34"})
			p.el("line", at{"class", "base", "x1", "0", "x2", "100%", "y1", px(low), "y2", px(low)})
			if s.at(float64(a.observed)) < 86 {
				p.el("text", at{"class", "lab2 strong", "x", "4", "y", px(low - 42)}, p.say("seen-word"))
			}
			p.heroMarks(s, a, split, top, low)
			for _, t := range s.ticks() {
				p.el("line", at{"class", "tick", "x1", pct(s.at(t)), "x2", pct(s.at(t)), "y1", px(low), "y2", px(low + 5)})
			}
			p.axis(s, low+19)
			y := low + 25
			for _, b := range brackets {
				y += b.height(s)
				p.bracket(s, b, y-11)
			}
		})
	})
}

// hasCurve reports whether there is a density or a likelihood to draw, rather than bars.
func (a answer) hasCurve() bool {
	return a.averaged != nil && len(a.averaged.Density) > 1 || len(a.estimate.Profile) > 1
}

// heroWords are the finding of the first figure and what it draws.
func (v *view) heroWords(a answer) (finding, drawn prose) {
	split := a.splitOf()
	switch {
	case split != nil && a.averaged != nil && (split.With.Lower > split.Without.Upper || split.Without.Lower > split.With.Upper):
		return v.say("hero-two"), v.say("hero-split", term(split.Term, v.lists))
	case a.averaged != nil && len(a.averaged.Density) > 1:
		return v.say("hero-one"), v.plural("hero-mixture", len(a.tiedModels()))
	case len(a.estimate.Profile) > 1:
		return v.say("hero-one"), v.say("hero-profile")
	case a.own == nil:
		return v.say("hero-one"), v.say("hero-point")
	}
	return v.say("hero-one"), v.say("hero-bands", v.level(a.own.Level), v.kindName(a.own.Kind))
}

// heroCurves draws the curves and returns how high they reach.
func (p *page) heroCurves(s scale, a answer, base float64) (top float64) {
	type area struct {
		tone   string
		points []estimators.Point
	}
	var areas []area
	split := a.splitOf()
	switch {
	case split != nil && len(split.With.Density) > 1 && len(split.Without.Density) > 1:
		with, without := p.tones(a)
		areas = []area{{with, split.With.Density}, {without, split.Without.Density}}
	case a.averaged != nil && len(a.averaged.Density) > 1:
		areas = []area{{"b", a.averaged.Density}}
	case len(a.estimate.Profile) > 1:
		areas = []area{{"b", heights(a.estimate.Profile)}}
	default:
		p.bar(s, "fb", a.estimate.Population, a.observed, a.estimate.Intervals, base-42, 44)
		return base - 64
	}
	most := 0.0
	for _, x := range areas {
		for _, q := range x.points {
			most = math.Max(most, q.Y)
		}
	}
	if most <= 0 {
		return base
	}
	const room = 120.0
	p.el("svg", at{"x", "0", "y", "0", "width", "100%", "height", px(base), "viewBox", "0 0 1000 " + px(base), "preserveAspectRatio", "none"}, func() {
		for _, x := range areas {
			points := trace(s, x.points, most, base-1, room)
			if len(points) < 2 {
				continue
			}
			p.el("path", at{"class", "area f" + x.tone, "d", curve(s, points, true, base)})
			p.el("path", at{"class", "outline " + x.tone, "d", curve(s, points, false, base)})
		}
	})
	return base - room
}

// trace puts a curve on the page, without the tails that lie on the axis.
func trace(s scale, points []estimators.Point, most, base, room float64) []point {
	var out []point
	for i, q := range points {
		tail := q.Y < .003*most && (i == 0 || points[i-1].Y < .003*most) && (i+1 == len(points) || points[i+1].Y < .003*most)
		if q.X <= s.max && !tail {
			out = append(out, point{q.X, base - room*q.Y/most})
		}
	}
	return out
}

// heights turns a relative profile log-likelihood into heights of at most 1.
func heights(profile []estimators.Point) []estimators.Point {
	out := make([]estimators.Point, len(profile))
	for i, q := range profile {
		out[i] = estimators.Point{X: q.X, Y: math.Exp(math.Min(q.Y, 0))}
	}
	return out
}

// tones are the colours of the models with and without the term that separates them: blue is
// the side of the chosen model.
func (p *page) tones(a answer) (with, without string) {
	split := a.splitOf()
	for _, c := range a.near {
		if c.Chosen && !hasTerm(c, split.Term) {
			return "o", "b"
		}
	}
	return "b", "o"
}

// heroMarks are the lines and words of the estimates: the chosen one, and the best of the other side.
func (p *page) heroMarks(s scale, a answer, split *estimators.Split, top, low float64) {
	type mark struct {
		x           float64
		tone        string
		first, next prose
	}
	total := a.estimate.Population
	marks := []mark{{s.at(total), "b", prose(p.whole(total)), ""}}
	if a.others() > 0 {
		marks[0].first += ", " + p.mark(a)
	}
	if a.bySource() != nil {
		marks[0].first += ", " + p.say("mean-of-sources")
	}
	if split != nil {
		with, _ := p.tones(a)
		share := func(g estimators.Group, key string) prose { return p.say(key, p.percent(g.Weight)) }
		t := p.shortTerm(split.Term)
		own, other := split.With, split.Without
		marks[0].next = p.say("hero-with", p.percent(own.Weight), t)
		key := "hero-without"
		if with == "o" {
			own, other = other, own
			marks[0].next, key = p.say("hero-without-term", p.percent(own.Weight), t), "hero-with-it"
		}
		for _, c := range a.near {
			if hasTerm(c, split.Term) != (with == "b") && c.Population <= s.max {
				marks = append(marks, mark{s.at(c.Population), "o", prose(p.whole(c.Population)), share(other, key)})
				break
			}
		}
	}
	if total > s.max {
		marks = marks[1:]
	}
	y := 12.0
	if len(marks) == 1 {
		y = math.Max(top-24, 12)
		if marks[0].next == "" {
			y = math.Max(top-12, 12)
		}
	}
	for i, m := range marks {
		anchor := "middle"
		if m.x < 22 {
			anchor = "start"
		} else if m.x > 78 {
			anchor = "end"
		}
		stacked := len(marks) == 2 && math.Abs(marks[0].x-marks[1].x) < 34
		at0 := y
		if stacked && i == 0 {
			at0 = y + 34
		}
		if stacked {
			left := (m.x < marks[1-i].x)
			if left && m.x > 36 {
				anchor = "end"
			} else if !left && m.x < 64 {
				anchor = "start"
			}
		}
		from := at0 + 6
		p.el("text", at{"class", m.tone + " strong", "x", pct(m.x), "y", px(at0), "text-anchor", anchor}, m.first)
		if m.next != "" {
			p.el("text", at{"class", m.tone, "x", pct(m.x), "y", px(at0 + 16), "text-anchor", anchor}, m.next)
			from += 16
		}
		p.el("line", at{"class", "mk " + m.tone, "x1", pct(m.x), "x2", pct(m.x), "y1", px(from), "y2", px(low)})
	}
}

// shortTerm names a term where room is scarce.
func (v *view) shortTerm(t estimators.Pattern) prose {
	s := term(t, v.short)
	if width(s.plain()) > 18 {
		return v.say("the-term")
	}
	return s
}

// A bracket is an interval under the axis with its name.
type bracket struct {
	tone  string
	i     estimators.Interval
	label prose
}

// side is where the name of a bracket has room on the narrowest page, 358 px wide: right of it, left of
// it, or over it. A letter takes about 8 px.
func (b bracket) side(s scale) string {
	need := (8*float64(width(b.label.plain())) - 8) / 3.58
	switch {
	case 100-s.at(b.i.Upper) >= need:
		return "start"
	case s.at(b.i.Lower) >= need:
		return "end"
	}
	return "middle"
}

// brackets are the intervals under a figure: over near-tied models where that is the wider one, the headline's, and that of the
// other kind; with kinds, those of the estimate alone, named by how they were made.
func (a answer) brackets(p *page, kinds bool) []bracket {
	var out []bracket
	if a.wide != nil && !kinds {
		out = append(out, bracket{"k", *a.wide, p.say("to-publish-low")})
	}
	for _, i := range []*estimators.Interval{a.own, a.second} {
		if i == nil {
			continue
		}
		b := bracket{"b", *i, p.say("chosen-model")}
		if !a.chosen() {
			b.label = p.say("given-model")
		}
		if i.AllowsForChoice() && a.chosen() {
			b.tone, b.label = "k", p.say("choice-repeated")
			switch {
			case a.estimate.Pooled != nil:
				b.label = prose(p.level(i.Level)) + " " + p.say("interval-word")
			case i.Kind == estimators.Mixture:
				b.label = p.plural("all-models", len(a.tiedModels()))
			}
		} else if len(out) == 0 && a.second == nil {
			b.label = prose(p.level(i.Level)) + " " + p.say("interval-word")
		}
		if kinds {
			b.label = prose(p.kind(*i))
		}
		out = append(out, b)
	}
	return out
}

func (b bracket) height(s scale) float64 {
	if b.side(s) == "middle" {
		return 38
	}
	return 22
}

// bracket draws a bracket at height y.
func (p *page) bracket(s scale, b bracket, y float64) {
	from, to := s.at(b.i.Lower), s.at(b.i.Upper)
	tick := func(x float64) {
		p.el("line", at{"class", "br " + b.tone, "x1", pct(x), "x2", pct(x), "y1", px(y - 5), "y2", px(y + 5)})
	}
	p.el("line", at{"class", "br " + b.tone, "x1", pct(from), "x2", pct(to), "y1", px(y), "y2", px(y)})
	tick(from)
	if b.i.Upper > s.max {
		p.el("svg", at{"x", "100%", "y", px(y), "overflow", "visible"}, func() {
			p.el("path", at{"class", "f" + b.tone, "d", "M-9,-6 L0,0 L-9,6 Z"})
		})
	} else {
		tick(to)
	}
	x, dx, dy := to, "8", 4.0
	switch b.side(s) {
	case "end":
		x, dx = from, "-8"
	case "middle":
		x, dx, dy = (from+to)/2, "0", -9
	}
	p.el("text", at{"class", b.tone + " strong", "x", pct(x), "dx", dx, "y", px(y + dy), "text-anchor", b.side(s)}, b.label)
}

// strataFigure is a row for each group of people.
func (p *page) strataFigure() {
	strata := p.strata()
	s := p.strataScale()
	finding := p.plural("strata-finding", len(strata))
	drawn := p.say("strata-drawn")
	if slices.ContainsFunc(strata, func(g group) bool { a := p.answer(g); return a.estimate != nil && a.allows() }) {
		drawn = p.say("strata-drawn-choice")
	}
	p.figure("full", finding, drawn, func() {
		p.el("table", at{"class", "forest", "role", "table"}, func() {
			p.forestHead(p.say("group-low"), s)
			p.el("tbody", at{"role", "rowgroup"}, func() {
				for _, g := range strata {
					a := p.answer(g)
					sub := p.say("seen-count", p.seenBy(g, a))
					if a.estimate == nil {
						p.forestEmpty(p.label(g), sub, p.say("refused"))
						continue
					}
					share, lower, upper := a.visible()
					i := a.span()
					sub += "; " + p.say("view-share", p.percent(share))
					if i != nil {
						sub += prose(" (") + p.shareLimits(lower, upper) + ")"
					}
					var is []estimators.Interval
					if i != nil {
						is = []estimators.Interval{*i}
					}
					p.forestRow(s, forestLine{title: p.label(g), sub: sub, tone: "fb", population: a.estimate.Population, observed: a.observed, intervals: is, atLeast: a.estimate.LowerBound})
				}
			})
		})
	})
}

// strataScale is the axis that holds all groups of people.
func (p *page) strataScale() scale {
	top := 0.0
	for _, g := range p.strata() {
		if a := p.answer(g); a.estimate != nil {
			top = math.Max(top, a.estimate.Population*1.1)
			if i := a.span(); i != nil && !i.Unbounded() {
				top = math.Max(top, math.Min(i.Upper, 4*a.estimate.Population))
			}
		}
	}
	return roundScale(top)
}

// stratumSection is the answer about one group of people, with its near-tied models and its methods.
func (p *page) stratumSection(id string, s stand) {
	g := s[0]
	a := p.answer(g)
	p.section(id, "", p.standing(s), func() {
		p.p("", bold(p.standHead(s))+".")
		p.p("", p.lead(g, a))
	}, func() {
		if a.estimate == nil {
			if a.some {
				p.methodsFigure(p.scale(g, a), g, a)
			} else {
				p.p("none", p.say("group-none"))
			}
			return
		}
		s := p.scale(g, a)
		p.hero(g, a)
		p.keyNumbers(a)
		if len(a.near) > 1 {
			p.candidateTable(s, a)
		}
		if p.countRows(g, a) > 1 {
			p.methodsFigure(s, g, a)
		}
		if fs := p.featured(a); p.hasInside(a, fs) {
			p.insideFigures(s, a, fs)
		}
	})
}
