package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// A featured model is one of the two or three that stand for the near-tied ones: the chosen one, the next
// best on its side, and the best on the other side.
type featured struct {
	estimators.Candidate
	tone string // b, g (dashed) or o
}

func (v *view) featured(a answer) []featured {
	if a.estimate == nil {
		return nil
	}
	var out []featured
	split := a.splitOf()
	for _, c := range a.near {
		if c.Chosen {
			out = append(out, featured{c, "b"})
			break
		}
	}
	if len(out) == 0 {
		e := a.estimate
		c := estimators.Candidate{Model: e.Model, Population: e.Population, Intervals: a.modelIntervals(), Profile: e.Profile, Residuals: e.Residuals, Chosen: true}
		if f := e.Fit; f != nil {
			c.BIC, c.AIC, c.AICc = f.BIC, f.AIC, f.AICc
		}
		return []featured{{c, "b"}}
	}
	if out[0].Profile == nil {
		out[0].Profile = a.estimate.Profile
	}
	if out[0].Residuals == nil {
		out[0].Residuals = a.estimate.Residuals
	}
	if len(out[0].Intervals) == 0 {
		out[0].Intervals = a.modelIntervals()
	}
	next := func(tone string, ok func(estimators.Candidate) bool) {
		for _, c := range a.near {
			if !c.Chosen && ok(c) && !slices.ContainsFunc(out, func(f featured) bool { return f.Model == c.Model }) {
				out = append(out, featured{c, tone})
				return
			}
		}
	}
	same := func(c estimators.Candidate) bool {
		return split == nil || hasTerm(c, split.Term) == hasTerm(out[0].Candidate, split.Term)
	}
	next("g", same)
	if split != nil {
		next("o", func(c estimators.Candidate) bool { return !same(c) })
	}
	return out
}

// toneOf is the colour of a near-tied model: blue on the chosen model's side of the split.
func (p *page) toneOf(a answer, c estimators.Candidate) string {
	split := a.splitOf()
	if split == nil {
		return "b"
	}
	with, without := p.tones(a)
	if hasTerm(c, split.Term) {
		return with
	}
	return without
}

// changeSection says what decides the number: the near-tied models and what separates them.
func (p *page) changeSection(id string, g group, a answer) {
	s := p.scale(g, a)
	sel := a.estimate.Selection
	p.section(id, "", p.say("change-title"), func() {
		lower, upper := rangeOf(a.tiedModels())
		if split := a.splitOf(); split != nil {
			what, with, without := p.decides(a, split)
			p.p("", p.say("split", what, with, without))
			p.p("", p.splitWeights(split))
		} else {
			p.p("", p.say("change-none"+form(len(a.tiedModels())), len(a.tiedModels()), p.whole(lower), p.whole(upper)))
		}
		if why, foreign := p.why(sel); why != "" {
			lang := ""
			if foreign {
				lang = "en"
			}
			p.el("p", at{"class", "how"}, bold(p.say("chosen-why")), " ", func() { p.el("span", at{"lang", lang}, why) })
		}
		key := "change-how"
		if !slices.ContainsFunc(a.near, func(c estimators.Candidate) bool { return len(c.Signs) > 0 }) {
			key = "change-how-plain"
		}
		p.p("how", p.say(key, criterionName(sel.Ranking)))
	}, func() {
		p.choices(a)
		p.candidateTable(s, a)
		p.scatter(s, a)
	})
}

// choices is what one would say with each of the models that stand for the others.
func (p *page) choices(a answer) {
	fs := p.featured(a)
	sel := a.estimate.Selection
	p.el("table", at{"class", "plain three"}, func() {
		p.el("caption", at{"class", "vh"}, p.say("choices-caption"))
		p.el("thead", nil, func() {
			p.el("tr", nil, func() {
				p.el("th", at{"scope", "col"}, p.say("if-you-choose"))
				p.el("th", at{"scope", "col", "class", "num"}, p.say("estimate-low"))
				p.el("th", at{"scope", "col", "class", "num"}, p.intervalHead(a.near))
				p.el("th", at{"scope", "col", "class", "num"}, criterionName(sel.Ranking))
				p.el("th", at{"scope", "col", "class", "num"}, p.say("in-view-head"))
			})
		})
		p.el("tbody", nil, func() {
			for i, f := range fs {
				p.el("tr", at{"class", "t-" + f.tone}, func() {
					p.el("th", at{"scope", "row"}, p.difference(a, i, fs), func() { p.el("code", nil, p.model(f.Model)) })
					p.el("td", at{"class", "num big"}, p.whole(f.Population))
					p.el("td", at{"class", "num"}, p.limitsOf(f.Intervals))
					p.el("td", at{"class", "num", "data-label", criterionName(sel.Ranking)}, p.fixed(criterionOf(f.Candidate, sel.Ranking), 1))
					p.el("td", at{"class", "num"}, p.percent(float64(a.observed)/math.Max(f.Population, float64(a.observed))))
				})
			}
		})
	})
}

func (v *view) limitsOf(is []estimators.Interval) prose {
	if len(is) == 0 {
		return ""
	}
	return prose(v.limits(is[0]))
}

// intervalHead heads a column of intervals of candidates with their level and kind.
func (v *view) intervalHead(cs []estimators.Candidate) prose {
	for _, c := range cs {
		if len(c.Intervals) > 0 {
			return v.say("interval-head", v.level(c.Intervals[0].Level), v.kindName(c.Intervals[0].Kind))
		}
	}
	return v.say("interval")
}

// difference names a model by what sets it apart from the chosen one.
func (v *view) difference(a answer, i int, fs []featured) prose {
	if i == 0 {
		if c := a.estimate.Selection.Criterion; c == "stepwise" {
			return v.say("chosen-stepwise")
		} else if c == "fixed" {
			return v.say("chosen-fixed")
		}
		return v.say("chosen-by", criterionName(a.estimate.Selection.Criterion))
	}
	chosen, c := fs[0], fs[i]
	var less, more []prose
	for _, t := range chosen.Terms {
		if !hasTerm(c.Candidate, t) {
			less = append(less, term(t, v.short))
		}
	}
	for _, t := range c.Terms {
		if !hasTerm(chosen.Candidate, t) {
			more = append(more, term(t, v.short))
		}
	}
	split := a.splitOf()
	switch {
	case len(less)+len(more) == 0:
		return v.say("other-model")
	case len(less) <= 2 && len(more) == 0:
		return v.say("leave-out", v.and(less))
	case len(more) <= 2 && len(less) == 0:
		return v.say("add", v.and(more))
	case len(less) == 1 && len(more) == 1:
		return v.say("instead-of", more[0], less[0])
	case split != nil && c.tone == "o" && hasTerm(chosen.Candidate, split.Term):
		return v.say("best-without", v.shortTerm(split.Term))
	case split != nil && c.tone == "o":
		return v.say("best-with", v.shortTerm(split.Term))
	}
	return v.plural("terms-differ", len(less)+len(more))
}

// mostRows is how many near-tied models are shown.
const mostRows = 40

// mostColumns is how many terms have room for a column of dots.
const mostColumns = 16

// candidateTable shows every near-tied model: its terms, its bar, and its weight.
func (p *page) candidateTable(s scale, a answer) {
	sel, split := a.estimate.Selection, a.splitOf()
	shown := a.near[:min(len(a.near), mostRows)]
	columns, common := modelTerms(shown, split)
	finding, drawn := p.say("models-finding"), p.plural("models-drawn", len(a.tiedModels()), p.fixed(sel.Window, 0), criterionName(sel.Ranking))
	if sel.Fitted > 0 && float64(sel.Fitted) <= sel.Considered { // a search may fit a model more than once
		drawn = p.plural("models-drawn-of", len(a.tiedModels()), p.fixed(sel.Window, 0), criterionName(sel.Ranking), sel.Fitted)
	}
	if split != nil {
		finding = p.say("models-finding-split", term(split.Term, p.lists))
	}
	if len(common) > 0 {
		var names []prose
		for _, t := range common {
			names = append(names, term(t, p.lists))
		}
		drawn += " " + p.say("models-common", join(names, ", "))
	}
	dots := len(columns) <= mostColumns
	p.figure("", finding, drawn, func() {
		p.el("table", at{"class", "models" + map[bool]string{false: " formula"}[dots], "role", "table", "style", "--tw:" + px(20*float64(max(len(columns), 4))) + "px"}, func() {
			p.el("caption", at{"class", "vh"}, drawn)
			p.el("thead", at{"role", "rowgroup"}, func() {
				p.el("tr", at{"class", "mr mh", "role", "row"}, func() {
					p.el("th", at{"class", "rk", "role", "columnheader", "scope", "col"}, p.say("rank"))
					p.el("th", at{"class", "tmc", "role", "columnheader", "scope", "col"}, func() {
						if !dots {
							p.prose(p.say("apart-head"))
							return
						}
						p.hidden(p.say("terms-head"))
						p.termHeads(columns, split)
					})
					p.el("th", at{"class", "num N", "role", "columnheader", "scope", "col"}, p.say("estimate-low"))
					p.el("th", at{"class", "fx", "role", "columnheader", "scope", "col"}, func() {
						p.hidden(p.say("interval"))
						p.axisHead(s)
					})
					p.el("th", at{"class", "num bic", "role", "columnheader", "scope", "col"}, criterionName(sel.Ranking))
					p.el("th", at{"class", "num wt", "role", "columnheader", "scope", "col"}, p.say("weight-low"))
				})
			})
			p.candidateRows(s, a, shown, columns, dots)
		})
		if n := len(a.near) - len(shown); n > 0 {
			p.p("foot", sentence(p.plural("models-left-out", n)))
		}
	})
}

func (p *page) candidateRows(s scale, a answer, shown []estimators.Candidate, columns []estimators.Pattern, dots bool) {
	sel, split := a.estimate.Selection, a.splitOf()
	stands := map[string]bool{}
	for _, f := range p.featured(a) {
		stands[f.Model] = true
	}
	rows := func(tone string, keep func(estimators.Candidate) bool) {
		for i, c := range shown {
			if !keep(c) {
				continue
			}
			class := "mr t-" + tone
			if stands[c.Model] {
				class += " hl"
			}
			p.el("tr", at{"class", class, "role", "row"}, func() {
				p.el("td", at{"class", "rk num", "role", "cell"}, p.rank(i, c))
				p.el("th", at{"class", "tmc", "role", "rowheader", "scope", "row"}, func() {
					if !dots {
						p.prose(p.apart(a, c))
						return
					}
					p.hidden(p.termWords(c))
					p.termDots(c, columns)
				})
				p.el("td", at{"class", "num N", "role", "cell"}, p.whole(c.Population))
				p.el("td", at{"class", "fx", "role", "cell"}, func() {
					p.row(s, "f"+tone, c.Population, a.observed, c.Intervals, 24, 10)
				})
				p.el("td", at{"class", "num bic", "role", "cell"}, p.fixed(criterionOf(c, sel.Ranking), 1))
				p.el("td", at{"class", "num wt", "role", "cell"}, p.weight(c))
			})
		}
	}
	if split == nil {
		p.el("tbody", at{"role", "rowgroup"}, func() { rows("b", func(estimators.Candidate) bool { return true }) })
		return
	}
	t := term(split.Term, p.lists)
	side := func(tone, key string, g estimators.Group, has bool) {
		p.el("tbody", at{"role", "rowgroup"}, func() {
			p.el("tr", at{"class", "gh t-" + tone, "role", "row"}, func() {
				p.el("th", at{"role", "rowheader", "scope", "rowgroup", "colspan", "6"}, func() {
					p.el("b", nil, p.say(key, t))
					p.WriteString(" ")
					if g.Models == 1 {
						p.prose(prose(p.whole(g.Lower)))
					} else {
						lower, upper := a.roundedGroup(g)
						p.prose(p.say("from-to", p.whole(lower), p.whole(upper)))
					}
					p.WriteString(" ")
					p.el("span", nil, p.plural("group-weight", g.Models, p.percent(g.Weight)))
				})
			})
			rows(tone, func(c estimators.Candidate) bool { return hasTerm(c, split.Term) == has })
		})
	}
	with, without := p.tones(a)
	if with == "b" {
		side(with, "with-term", split.With, true)
		side(without, "without-it", split.Without, false)
	} else {
		side(without, "without-term", split.Without, false)
		side(with, "with-it", split.With, true)
	}
}

// apart says what sets a model apart from the chosen one, when there are too many terms for dots.
func (v *view) apart(a answer, c estimators.Candidate) prose {
	if c.Chosen {
		return bold(v.mark(a))
	}
	var more, less []prose
	for _, f := range a.near {
		if !f.Chosen {
			continue
		}
		for _, t := range c.Terms {
			if !hasTerm(f, t) {
				more = append(more, term(t, v.short))
			}
		}
		for _, t := range f.Terms {
			if !hasTerm(c, t) {
				less = append(less, term(t, v.short))
			}
		}
	}
	var out []prose
	switch {
	case len(more)+len(less) > 8:
		return v.plural("terms-differ", len(more)+len(less))
	case len(more)+len(less) == 0:
		return v.say("other-model")
	}
	if len(more) > 0 {
		out = append(out, v.say("apart-more", join(more, ", ")))
	}
	if len(less) > 0 {
		out = append(out, v.say("apart-less", join(less, ", ")))
	}
	return join(out, "; ")
}

// modelTerms are the terms that have a column: the deciding one first, then by the weight of the models
// that have them. When there are too many, those in every model are named in words instead.
func modelTerms(cs []estimators.Candidate, split *estimators.Split) (columns, common []estimators.Pattern) {
	weight, count := map[estimators.Pattern]float64{}, map[estimators.Pattern]int{}
	for _, c := range cs {
		for _, t := range c.Terms {
			if count[t] == 0 {
				columns = append(columns, t)
			}
			weight[t] += c.Weight
			count[t]++
		}
	}
	slices.SortFunc(columns, func(a, b estimators.Pattern) int {
		if split != nil && (a == split.Term) != (b == split.Term) {
			if a == split.Term {
				return -1
			}
			return 1
		}
		if c := cmp.Compare(math.Round(weight[b]*1e6), math.Round(weight[a]*1e6)); c != 0 {
			return c
		}
		if c := cmp.Compare(a.Size(), b.Size()); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	if len(columns) > 12 {
		columns = slices.DeleteFunc(columns, func(t estimators.Pattern) bool {
			all := count[t] == len(cs)
			if all {
				common = append(common, t)
			}
			return all
		})
	}
	return columns, common
}

// termHeads are the names of the terms, written upwards.
func (p *page) termHeads(columns []estimators.Pattern, split *estimators.Split) {
	longest := 0
	names := make([]string, len(columns))
	for i, t := range columns {
		names[i] = term(t, p.short).plain()
		longest = max(longest, width(names[i]))
	}
	height := math.Min(float64(longest)*7+12, 240)
	w := 20 * float64(len(columns))
	p.el("svg", at{"class", "tm th", "width", "100%", "height", px(height), "viewBox", "0 0 " + px(w) + " " + px(height), "preserveAspectRatio", "xMinYMax meet", "aria-hidden", "true"}, func() {
		for i, t := range columns {
			class := ""
			if split != nil && t == split.Term {
				class = "strong"
			}
			p.el("text", at{"class", class, "transform", "translate(" + px(20*float64(i)+14) + "," + px(height-4) + ") rotate(-90)"}, term(t, p.short))
		}
	})
}

// termDots are the terms of one model: a filled dot when the lists share more people than chance, a ring
// when fewer, a speck when the term is not in the model.
func (p *page) termDots(c estimators.Candidate, columns []estimators.Pattern) {
	w := 20 * float64(len(columns))
	p.el("svg", at{"class", "tm", "width", "100%", "height", "24", "viewBox", "0 0 " + px(w) + " 24", "preserveAspectRatio", "xMinYMid meet", "aria-hidden", "true"}, func() {
		for i, t := range columns {
			class, r := "doff", 2.0
			if hasTerm(c, t) {
				class, r = "pos", 6
				if sign(c, t) < 0 {
					class, r = "neg", 5.2
				}
			}
			p.el("circle", at{"class", class, "cx", px(20*float64(i) + 10), "cy", "12", "r", px(r)})
		}
	})
}

// termWords says the same in words.
func (v *view) termWords(c estimators.Candidate) prose {
	var more, fewer, unsigned []prose
	for _, t := range c.Terms {
		switch n := term(t, v.lists); sign(c, t) {
		case 1:
			more = append(more, n)
		case -1:
			fewer = append(fewer, n)
		default:
			unsigned = append(unsigned, n)
		}
	}
	var out []prose
	if len(more) > 0 {
		out = append(out, v.say("terms-more", join(more, ", ")))
	}
	if len(fewer) > 0 {
		out = append(out, v.say("terms-fewer", join(fewer, ", ")))
	}
	if len(unsigned) > 0 {
		out = append(out, v.say("terms-in", join(unsigned, ", ")))
	}
	if len(out) == 0 {
		return v.say("terms-none")
	}
	return join(out, "; ")
}

// A dot of the scatter: a model by its estimate and how much worse than the best it fits.
type dot struct {
	population, delta, weight float64
	tone                      string // "" outside the window
	label                     bool
}

// scatter draws estimates against fit: the best on top, the window shaded, area by weight.
func (p *page) scatter(s scale, a answer) {
	sel := a.estimate.Selection
	best := math.Inf(1)
	for _, c := range a.near {
		best = math.Min(best, criterionOf(c, sel.Ranking))
	}
	seen := map[string]bool{}
	stands := map[string]bool{}
	for _, f := range p.featured(a) {
		stands[f.Model] = true
	}
	var dots []dot
	for _, c := range a.near {
		seen[c.Model] = true
		dots = append(dots, dot{c.Population, criterionOf(c, sel.Ranking) - best, c.Weight, p.toneOf(a, c), stands[c.Model]})
	}
	for _, c := range sel.Candidates {
		if !seen[c.Model] && c.Population > 0 {
			seen[c.Model] = true
			dots = append(dots, dot{population: c.Population, delta: criterionOf(c, sel.Ranking) - best})
		}
	}
	for _, m := range p.r.Models {
		if m.Status != estimators.Refused && m.Fit != nil && !seen[m.Model] {
			dots = append(dots, dot{population: m.Population, delta: fitCriterion(m.Fit, sel.Ranking) - best})
		}
	}
	if len(dots) < 3 {
		return
	}
	p.scatterFigure(s, dots, sel.Window, sel.Ranking, a.splitOf() != nil)
}

// mostDots is how many models a scatter has, so that a page stays light.
const mostDots = 1500

// scatterFigure draws the dots of the best models; those more than 20 units from the best are left out.
func (p *page) scatterFigure(s scale, dots []dot, window float64, ranking string, split bool) {
	dots = slices.DeleteFunc(dots, func(d dot) bool { return d.delta > 20 || d.delta < -1e-9 })
	slices.SortStableFunc(dots, func(a, b dot) int { return cmp.Compare(a.delta, b.delta) })
	dots = dots[:min(len(dots), mostDots)]
	reach := window
	for _, d := range dots {
		reach = math.Max(reach, d.delta)
	}
	steps := []float64{0, 2, 6, 10, 20}
	for _, x := range steps {
		if x >= reach {
			reach = x
			break
		}
	}
	unit := 254 / math.Max(reach, 10)
	y := func(delta float64) float64 { return 26 + unit*delta }
	height := y(reach) + 16
	beyond := 0
	for _, d := range dots {
		if d.population > s.max {
			beyond++
		}
	}
	name := criterionName(ranking)
	drawn := p.plural("scatter-drawn", len(dots), name)
	if window > 0 {
		drawn += " " + p.say("scatter-window", p.fixed(window, 0))
	}
	if beyond > 0 {
		drawn += " " + p.plural("scatter-beyond", beyond, p.whole(s.max))
	}
	finding := p.say("scatter-finding", name)
	if split {
		finding = p.say("scatter-finding-split")
	}
	p.figure("", finding, drawn, func() {
		p.p("yl", p.say("scatter-axis", name))
		p.picture("plot", height+24, finding, drawn, func() {
			if window > 0 {
				p.el("rect", at{"class", "zone", "x", "0", "width", "100%", "y", "0", "height", px(y(window))})
			}
			p.grid(s, 0, height)
			for _, d := range steps {
				if d <= reach {
					p.el("line", at{"class", "grid", "x1", "0", "x2", "100%", "y1", px(y(d)), "y2", px(y(d))})
				}
			}
			for _, d := range dots {
				if d.tone == "" && d.population <= s.max {
					p.el("circle", at{"class", "cl", "cx", pct(s.at(d.population)), "cy", px(y(d.delta)), "r", "2.6"})
				}
			}
			for _, d := range dots {
				if d.tone != "" && d.population <= s.max {
					p.el("circle", at{"class", "f" + d.tone + " big", "cx", pct(s.at(d.population)), "cy", px(y(d.delta)), "r", px(3.5 + 8*math.Sqrt(d.weight))})
				}
			}
			for _, d := range steps {
				if d <= reach {
					label := p.say("best")
					if d > 0 {
						label = prose("+" + p.fixed(d, 0))
					}
					p.el("text", at{"class", "axt halo", "x", "2", "y", px(y(d) + 4)}, label)
				}
			}
			p.scatterLabels(s, dots, y)
			p.axis(s, height+14)
		})
	})
}

// scatterLabels name the models that stand for the others, away from each other and from the edges.
func (p *page) scatterLabels(s scale, dots []dot, y func(float64) float64) {
	n := 0
	for _, d := range dots {
		if !d.label || d.population > s.max {
			continue
		}
		r := 3.5 + 8*math.Sqrt(d.weight)
		x, dx, dy, anchor := s.at(d.population), r+4, 4.0, "start"
		switch {
		case n == 0:
			dx, dy, anchor = 0, -r-4, "middle"
		case d.tone == "o" && x > 12 || x > 88:
			dx, anchor = -r-4, "end"
		}
		p.el("text", at{"class", d.tone + " strong halo", "x", pct(x), "dx", px(dx), "y", px(y(d.delta) + dy), "text-anchor", anchor}, p.whole(d.population))
		n++
	}
}

// modelsSection is the results of `models`: the scatter and the table, the best first.
func (p *page) modelsSection() {
	ranking := p.r.Ranking
	best, top := math.Inf(1), float64(p.r.Data.Observed)
	for _, m := range p.r.Models {
		if m.Status != estimators.Refused && m.Fit != nil {
			best = math.Min(best, fitCriterion(m.Fit, ranking))
		}
	}
	var dots []dot
	for i, m := range p.r.Models {
		if m.Status == estimators.Refused || m.Fit == nil {
			continue
		}
		d := dot{population: m.Population, delta: fitCriterion(m.Fit, ranking) - best}
		if d.delta <= 6 && i < len(p.r.Weights) {
			d.tone, d.weight, d.label = "b", p.r.Weights[i], len(dots) == 0
		}
		if d.delta <= 20 {
			top = math.Max(top, m.Population)
		}
		dots = append(dots, d)
	}
	p.section("models", "", p.say("models-title"), func() {
		p.p("how", p.say("models-how", criterionName(ranking)))
	}, func() {
		if len(dots) > 2 {
			p.scatterFigure(roundScale(top), dots, 6, ranking, false)
		}
		if len(p.r.Path) > 0 {
			p.gridTable(p.pathGrid(p.r.Path))
			return
		}
		p.modelTable()
	})
}

// mostModels is how many models the page lists.
const mostModels = 200

func (p *page) modelTable() {
	shown := p.r.Models[:min(len(p.r.Models), mostModels)]
	ranking := p.r.Ranking
	p.figure("", p.say("models-table"), p.plural("models-table-drawn", len(p.r.Models), len(shown)), func() {
		p.el("div", at{"class", "scroll", "tabindex", "0", "role", "region", "aria-label", p.say("models-table").plain()}, func() {
			p.el("table", at{"class", "plain tight"}, func() {
				p.el("thead", nil, func() {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "col"}, p.say("model"))
						for _, h := range []prose{"N", p.say("interval"), prose(criterionName(ranking)), "df", p.say("deviance"), p.say("weight"), p.say("status")} {
							p.el("th", at{"scope", "col", "class", "num"}, h)
						}
					})
				})
				p.el("tbody", nil, func() {
					for i, m := range shown {
						p.el("tr", nil, func() {
							p.el("th", at{"scope", "row"}, func() { p.el("code", nil, p.model(m.Model)) })
							cells := make([]prose, 6)
							if m.Status != estimators.Refused {
								cells[0] = prose(p.whole(m.Population))
								cells[1] = p.limitsOf(m.Intervals)
								if f := m.Fit; f != nil {
									cells[2], cells[3], cells[4] = prose(p.fixed(fitCriterion(f, ranking), 1)), prose(p.count(int64(f.DF))), prose(p.fixed(f.Deviance, 1))
								}
								if i < len(p.r.Weights) {
									cells[5] = prose(p.percent(p.r.Weights[i]))
								}
							}
							for _, c := range cells {
								p.el("td", at{"class", "num"}, c)
							}
							p.el("td", at{"class", "num"}, p.statusWords(m))
						})
					}
				})
			})
		})
		codes, count := p.modelCodes()
		for _, c := range codes {
			m, _ := p.meaning(c)
			do, _ := p.advice(c)
			p.p("foot", code(c)+": "+p.plural("models-with", count[c])+". "+sentence(m)+" "+bold(p.say("what-to-do"))+": "+do)
		}
	})
}

// statusWords is the status of a model with the codes of what is the matter.
func (v *view) statusWords(e estimators.Estimate) prose {
	if e.Reason != nil {
		return code(strings.ReplaceAll(e.Reason.Code, ",", ", "))
	}
	if len(e.Warnings) == 0 {
		return v.say("ok")
	}
	var codes []prose
	for _, w := range e.Warnings {
		codes = append(codes, code(w.Code))
	}
	return join(codes, ", ")
}

// modelsLead says which model is best and by how much.
func (v *view) modelsLead() prose {
	for i, m := range v.r.Models {
		if m.Status == estimators.Refused || len(v.r.Path) == len(v.r.Models) && !v.r.Path[i].Chosen {
			continue
		}
		out := v.say("models-lead", criterionName(v.r.Ranking), v.whole(about(m.Population, m.Observed)))
		if i, ok := m.Interval(); ok {
			out += " " + v.say("models-lead-interval", v.rounded(i, m.Observed), v.kind(i))
		}
		return out + " " + v.say("models-lead-more")
	}
	for _, m := range v.r.Models {
		if m.Reason != nil {
			do, _ := v.advice(m.Reason.Code)
			return sentence(v.said(m.Reason.Text)) + " " + do
		}
	}
	return ""
}

// namesModels reports whether there are models to list, rather than one reason why there are none.
func (v *view) namesModels() bool {
	return slices.ContainsFunc(v.r.Models, func(e estimators.Estimate) bool { return e.Model != "" })
}
