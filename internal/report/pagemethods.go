package report

import (
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// countRows is how many rows the figure of methods has.
func (v *view) countRows(g group, a answer) int {
	n := 0
	for _, e := range g.estimates {
		if e.Status != estimators.Refused {
			n++
		}
	}
	if a.averaged != nil && len(a.averaged.Intervals) > 0 && !slices.ContainsFunc(g.estimates, func(e estimators.Estimate) bool { return isAverage(a, e) }) {
		n++
	}
	return n
}

// methodsSection shows every method side by side.
func (p *page) methodsSection(g group, a answer) {
	s := p.scale(g, a)
	p.section("methods", "wide", p.say("methods-title"), func() {
		if w := p.methodsWords(g, a); w != "" {
			p.p("", w)
		}
		p.p("how", p.say("methods-how", p.whole(s.max)))
	}, func() { p.methodsFigure(s, g, a) })
}

// methodsWords says how the methods compare, and, when one term separates the near-tied models, that those
// without it do not confirm each other.
func (p *page) methodsWords(g group, a answer) prose {
	var without, all int
	low, high := 0.0, 0.0
	for _, e := range g.estimates {
		if e.Status == estimators.Refused {
			continue
		}
		if all == 0 || e.Population < low {
			low = e.Population
		}
		high = max(high, e.Population)
		all++
		if p.methodTone(a, e) == p.toneWithout(a) {
			without++
		}
	}
	if all < 2 {
		return ""
	}
	out := p.say("methods-range", all, p.whole(low), p.whole(high))
	if len(p.lists) == 2 {
		return out + " " + p.say("methods-three-counts")
	}
	if split := a.splitOf(); split != nil && without > 1 {
		out += " " + p.say("methods-one-voice", capital(prose(p.spelled(without))), term(split.Term, p.lists))
	}
	return out
}

// toneWithout is the colour of what does not have the deciding term.
func (p *page) toneWithout(a answer) string {
	if a.splitOf() == nil {
		return ""
	}
	_, without := p.tones(a)
	return without
}

// methodTone is the colour of an estimate: its side of the term that separates the near-tied models. Methods
// without a model have no such term; a model that cannot be read is grey.
func (p *page) methodTone(a answer, e estimators.Estimate) string {
	split := a.splitOf()
	if split == nil {
		return "b"
	}
	with, without := p.tones(a)
	switch {
	case isAverage(a, e):
		return "k"
	case e.Model == "":
		return without
	}
	for _, c := range a.near {
		if c.Model == e.Model {
			return p.toneOf(a, c)
		}
	}
	terms, ok := generators(e.Model, p.lists)
	switch {
	case !ok:
		return "k"
	case slices.ContainsFunc(terms, func(t estimators.Pattern) bool { return t.Contains(split.Term) }):
		return with
	}
	return without
}

// generators reads a model in brackets, with the names of lists; ok is false when it is anything else.
func generators(model string, lists []string) (out []estimators.Pattern, ok bool) {
	inner, found := strings.CutPrefix(model, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !found || !closed {
		return nil, false
	}
	for g := range strings.SplitSeq(inner, ",") {
		var q estimators.Pattern
		for l := range strings.SplitSeq(g, "*") {
			i := slices.Index(lists, l)
			if i < 0 {
				return nil, false
			}
			q |= bit(i)
		}
		out = append(out, q)
	}
	return out, true
}

// methodsFigure draws a row for each method, in families, and one for the average over near-tied models.
func (p *page) methodsFigure(s scale, g group, a answer) {
	finding, drawn := p.say("methods-finding"), p.say("methods-drawn", p.count(a.observed))
	if split := a.splitOf(); split != nil {
		t := term(split.Term, p.lists)
		drawn = p.say("methods-drawn-split", t, p.count(a.observed))
		if with, _ := p.tones(a); with == "o" {
			drawn = p.say("methods-drawn-split-not", t, p.count(a.observed))
		}
		without := 0
		for _, e := range g.estimates {
			if e.Status != estimators.Refused && p.methodTone(a, e) == p.toneWithout(a) {
				without++
			}
		}
		if without > 1 {
			finding = p.say("methods-finding-split")
		}
	}
	var families []string
	rows := map[string][]estimators.Estimate{}
	for _, e := range g.estimates {
		if e.Status == estimators.Refused {
			continue
		}
		f := p.cards[e.Method].Family
		if rows[f] == nil {
			families = append(families, f)
		}
		rows[f] = append(rows[f], e)
	}
	head := g.main()
	p.figure("", finding, drawn, func() {
		p.el("table", at{"class", "forest", "role", "table"}, func() {
			p.forestHead(p.say("method-low"), s)
			for _, f := range families {
				p.el("tbody", at{"role", "rowgroup"}, func() {
					if f != "" && len(families) > 1 {
						p.el("tr", at{"class", "fgh", "role", "row"}, func() {
							p.el("th", at{"role", "rowheader", "scope", "rowgroup", "colspan", "4"}, prose(clean(f)))
						})
					}
					for _, e := range rows[f] {
						chosen := head != nil && e.Method == head.Method && e.Model == head.Model
						switch {
						case isAverage(a, e):
							p.averageRow(s, a, p.methodTitle(e))
						case chosen && !slices.ContainsFunc(g.estimates, func(e estimators.Estimate) bool { return isAverage(a, e) }):
							p.methodRow(s, a, e, chosen)
							p.averageRow(s, a, p.plural("average-title", len(a.tiedModels())))
						default:
							p.methodRow(s, a, e, chosen)
						}
					}
				})
			}
		})
	})
}

func (p *page) methodRow(s scale, a answer, e estimators.Estimate, chosen bool) {
	var marks []prose
	if chosen && a.bySource() == nil {
		marks = append(marks, p.say("headline-mark"))
	}
	if warns(e, "poor-fit") {
		marks = append(marks, p.say("poor-fit"))
	}
	p.forestRow(s, forestLine{title: p.methodTitle(e), model: e.Model, marks: marks, tone: "f" + p.methodTone(a, e), population: e.Population, observed: e.Observed, intervals: e.Intervals, atLeast: e.LowerBound})
}

// A forestLine is a row of bars.
type forestLine struct {
	title, sub prose
	model      string
	marks      []prose
	tone       string
	population float64
	observed   int64
	intervals  []estimators.Interval
	atLeast    bool
}

func (p *page) forestHead(first prose, s scale) {
	p.el("thead", at{"role", "rowgroup"}, func() {
		p.el("tr", at{"class", "fr fhd", "role", "row"}, func() {
			p.el("th", at{"role", "columnheader", "scope", "col"}, first)
			p.el("th", at{"class", "fx", "role", "columnheader", "scope", "col"}, func() { p.hidden(p.say("interval")); p.axisHead(s) })
			p.el("th", at{"class", "num N", "role", "columnheader", "scope", "col"}, p.say("estimate-low"))
			p.el("th", at{"class", "num ci", "role", "columnheader", "scope", "col"}, p.say("interval-low"))
		})
	})
}

func (p *page) forestRow(s scale, l forestLine) {
	p.el("tr", at{"class", "fr", "role", "row"}, func() {
		p.forestTitle(l)
		p.el("td", at{"class", "fx", "role", "cell"}, func() { p.row(s, l.tone, l.population, l.observed, l.intervals, 34, 12) })
		p.forestNumbers(l.population, l.intervals, l.atLeast)
	})
}

func (p *page) forestTitle(l forestLine) {
	p.el("th", at{"role", "rowheader", "scope", "row"}, func() {
		p.el("span", at{"class", "mn"}, l.title)
		if l.model == "" && l.sub == "" && len(l.marks) == 0 {
			return
		}
		p.el("span", at{"class", "ms"}, func() {
			first := true
			between := func() {
				if !first {
					p.WriteString(" · ")
				}
				first = false
			}
			if l.model != "" {
				between()
				p.model(l.model)()
			}
			if l.sub != "" {
				between()
				p.prose(l.sub)
			}
			for _, m := range l.marks {
				between()
				p.el("em", nil, m)
			}
		})
	})
}

func (p *page) forestNumbers(population float64, is []estimators.Interval, atLeast bool) {
	p.el("td", at{"class", "num N", "role", "cell"}, func() {
		if atLeast {
			p.el("small", nil, p.say("lower-bound"))
			p.WriteString(" ")
		}
		p.prose(prose(p.whole(population)))
	})
	p.el("td", at{"class", "num ci", "role", "cell"}, func() {
		if len(is) == 0 {
			p.el("small", nil, p.say("no-interval"))
			return
		}
		p.el("span", nil, p.limits(is[0]))
		p.el("small", nil, p.kind(is[0]))
	})
}

func (p *page) forestEmpty(title, sub, why prose) {
	p.el("tr", at{"class", "fr", "role", "row"}, func() {
		p.forestTitle(forestLine{title: title, sub: sub})
		p.el("td", at{"class", "fx", "role", "cell"})
		p.el("td", at{"class", "num N", "role", "cell"}, why)
		p.el("td", at{"class", "num ci", "role", "cell"})
	})
}

// isAverage reports whether an estimate is the average over the near-tied models itself.
func isAverage(a answer, e estimators.Estimate) bool {
	i, ok := e.Interval()
	return ok && i.Kind == estimators.Mixture && a.averaged != nil && math.Abs(e.Population-a.averaged.Population) < 1e-6*e.Population
}

// averageRow is the average over near-tied models, drawn as its density.
func (p *page) averageRow(s scale, a answer, title prose) {
	if a.averaged == nil || len(a.averaged.Intervals) == 0 {
		return
	}
	v := a.averaged
	tone := "b"
	if a.splitOf() != nil {
		tone = "k"
	}
	p.el("tr", at{"class", "fr", "role", "row"}, func() {
		p.forestTitle(forestLine{title: title, sub: p.plural("average-sub", len(a.tiedModels()), criterionName(a.estimate.Selection.Ranking))})
		p.el("td", at{"class", "fx", "role", "cell"}, func() {
			most := 0.0
			for _, q := range v.Density {
				most = max(most, q.Y)
			}
			if most <= 0 {
				p.row(s, "f"+tone, v.Population, a.observed, v.Intervals, 34, 12)
				return
			}
			p.hidden(p.barWords(v.Population, v.Intervals))
			p.graphic("row", "100%", 60, func() {
				p.grid(s, 0, 60)
				p.el("rect", at{"class", "seenline", "x", pct(s.at(float64(a.observed))), "y", "0", "width", "1", "height", "60"})
				p.el("svg", at{"width", "100%", "height", "42", "viewBox", "0 0 1000 42", "preserveAspectRatio", "none"}, func() {
					p.el("path", at{"class", "area f" + tone, "d", curve(s, trace(s, v.Density, most, 41, 38), true, 42)})
				})
				p.bar(s, "f"+tone, v.Population, a.observed, v.Intervals, 50, 8)
			})
		})
		p.forestNumbers(v.Population, v.Intervals, false)
	})
}
