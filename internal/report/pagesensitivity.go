package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// mostCurves is the number of assumptions that are drawn.
const mostCurves = 9

// secondPage is the page on sensitivity; alone says that it is the only one.
func (p *page) secondPage(alone bool) {
	s := p.r.Sensitivity
	axis := p.swingScale()
	class, tag := "answer second", "h2"
	if alone {
		class, tag = "answer", "h1"
	}
	p.el("section", at{"id", "sensitivity", "class", class, "aria-labelledby", "sensitivity-h"}, func() {
		p.el("div", at{"class", "lead"}, func() {
			if !alone {
				p.el("p", at{"class", "brand"}, bold(p.say("sens-page")))
			}
			head := p.say("sens-title")
			if alone {
				head = p.sensitivityHead()
			}
			p.el(tag, at{"id", "sensitivity-h", "class", "h-page"}, head)
			for _, x := range p.sensitivitySentences() {
				p.p("stand", x)
			}
		})
		p.el("div", at{"class", "view"}, func() { p.p("how", p.say("sens-side-why")) })
		p.sensitivityKey()
		p.p("foot", p.baseWords()+" "+p.mildWords())
	})
	p.WriteString("\n")
	p.el("section", at{"id", "swings", "class", "wide", "aria-labelledby", "swings-h"}, func() {
		p.el("div", at{"class", "side"}, func() { p.el("h2", at{"id", "swings-h"}, p.say("sens-swings-title")) })
		p.el("div", at{"class", "main"}, func() { p.tornado(axis) })
	})
	p.WriteString("\n")
	sheets := map[string]ledger{}
	for _, x := range p.sensitivitySheets() {
		sheets[x.id] = x
	}
	part := func(id, title, why string, extra func() bool, ids ...string) {
		has := extra != nil
		for _, x := range ids {
			has = has || len(sheets[x].rows) > 0
		}
		if !has {
			return
		}
		p.section(id, "", p.say(title), func() { p.p("how", p.say(why)) }, func() {
			if extra != nil {
				extra()
			}
			for _, x := range ids {
				p.ledger(sheets[x])
			}
		})
	}
	var curves, universe func() bool
	if len(p.drawnCurves()) > 0 {
		curves = func() bool { p.curves(); return true }
	}
	if m := s.Multiverse; m != nil && m.Estimated > 1 {
		universe = func() bool { p.specifications(); return true }
	}
	part("assumptions", "sens-assumptions-side", "sens-assumptions-how", curves, "tipping", "bounds", "prior")
	part("lists-used", "sens-lists-side", "sens-lists-side-why", nil, "influence", "versions", "pairs-alone", "planned")
	part("data-doubt", "sens-data-side", "sens-data-side-why", nil, "doubt")
	part("methods-test", "sens-methods-side", "sens-methods-side-why", universe, "consistency", "changes")
	if len(s.Notes) > 0 {
		p.section("left-out", "", p.say("sens-notes"), nil, func() {
			for _, n := range s.Notes {
				said, foreign := p.fact(n)
				lang := ""
				if foreign {
					lang = p.foreign()
				}
				p.el("p", at{"class", "foot", "lang", lang}, sentence(said))
			}
		})
	}
}

// sensitivityKey are the four ranges in large type.
func (p *page) sensitivityKey() {
	s := p.r.Sensitivity
	cell := func(label, value, below prose) {
		p.el("div", nil, func() {
			p.el("dt", nil, label)
			p.el("dd", nil, value)
			p.el("dd", at{"class", "r"}, below)
		})
	}
	b := s.Base
	label, size := p.say("sens-key-base"), prose(p.whole(about(b.Population, b.Observed)))
	if b.AtLeast { // as in the headline
		label, size = p.say("sens-key-bound"), prose(p.whole(downward(b.Population, 2, b.Observed)))
	}
	p.el("dl", at{"class", "key ranges-key"}, func() {
		below := prose("")
		if i, ok := b.Interval(); ok {
			below = prose(p.rounded(i, b.Observed))
		}
		if differs := p.notHeadline(); differs != "" && !b.AtLeast {
			label = p.say("sens-key-" + differs)
			if below != "" {
				below += "; "
			}
			below += p.say("sens-key-below-" + differs)
		}
		cell(label, size, below)
		m := s.Summary
		mild := p.say("sens-key-mild")
		if m.Within {
			mild = p.say("sens-key-within", p.parameter(s.Within.Lower), p.parameter(float64(s.Within.Upper)))
		}
		cell(mild, prose(p.rounded(estimators.Interval{Lower: m.Estimates.Lower, Upper: float64(m.Estimates.Upper)}, min(b.Observed, int64(m.Estimates.Lower)))), "")
		cell(p.say("sens-key-union"), prose(p.rounded(estimators.Interval{Lower: m.Union.Lower, Upper: float64(m.Union.Upper)}, min(b.Observed, int64(m.Union.Lower)))), "")
		if v := s.Multiverse; v != nil && v.Counted >= leastQuantiles {
			cell(p.say("sens-key-multiverse"), prose(p.rounded(estimators.Interval{Lower: v.Lower, Upper: v.Upper}, 0)), "")
		}
	})
}

// swingScale is the axis of the tornado chart: it holds all estimates, and of the intervals what reaches little further.
func (p *page) swingScale() scale {
	s := p.r.Sensitivity
	top := s.Base.Population
	for _, w := range s.Swings {
		top = math.Max(top, w.High.Population)
	}
	reach := top
	take := func(u estimators.Limit) {
		if x := float64(u); !math.IsInf(x, 1) {
			reach = math.Max(reach, math.Min(x, 1.5*top))
		}
	}
	take(s.Base.Upper)
	for _, w := range s.Swings {
		take(w.Interval.Upper)
	}
	return roundScale(math.Min(reach, 20*s.Base.Population))
}

// tornado draws a bar for each matter, the widest first, under that of chance.
func (p *page) tornado(x scale) {
	s := p.r.Sensitivity
	b := s.Base
	finding := p.say("sens-swings-title")
	if len(s.Swings) > 0 && s.Summary.Depends != "" {
		finding = p.say("sens-tornado-finding", capital(p.matter(s.Swings[0]))+p.asMuch("sens-as-much", s.Summary.AsMuch))
	}
	row := func(title, sub prose, tone string, low, high float64, interval estimators.Range) {
		p.el("tr", at{"class", "fr", "role", "row"}, func() {
			p.forestTitle(forestLine{title: title, sub: sub})
			p.el("td", at{"class", "fx", "role", "cell"}, func() {
				p.hidden(p.say("sens-bar-words", p.whole(low), p.whole(high), p.limitsRange(interval)))
				p.graphic("row", "100%", 34, func() {
					p.grid(x, 0, 34)
					p.el("rect", at{"class", "seenline", "x", pct(x.at(float64(b.Observed))), "y", "0", "width", "1", "height", "34"})
					from, to := x.at(interval.Lower), x.at(float64(interval.Upper))
					p.el("rect", at{"class", tone + " b50", "x", pct(from), "width", pct(to - from), "y", "15.5", "height", "3"})
					from, to = x.at(low), x.at(high)
					p.el("rect", at{"class", tone + " swing", "x", pct(from), "width", pct(math.Max(to-from, .15)), "y", "9", "height", "16"})
					p.el("rect", at{"class", "pt", "x", pct(x.at(b.Population)), "transform", "translate(-1,0)", "y", "4", "width", "2", "height", "26"})
					if math.Max(high, float64(interval.Upper)) > x.max*(1+1e-9) {
						p.el("svg", at{"x", "100%", "y", "17", "overflow", "visible"}, func() {
							p.el("path", at{"class", tone, "d", "M-9,-6 L0,0 L-9,6 Z"})
						})
					}
				})
			})
			p.el("td", at{"class", "num N", "role", "cell"}, func() {
				if low == high {
					p.prose(prose(p.whole(low)))
				} else {
					p.prose(p.say("from-to", p.whole(low), p.whole(high)))
				}
			})
			p.el("td", at{"class", "num ci", "role", "cell"}, func() { p.el("span", nil, p.limitsRange(interval)) })
		})
	}
	p.figure("", finding, p.say("sens-tornado-drawn", p.whole(b.Population)), func() {
		p.el("table", at{"class", "forest tornado", "role", "table"}, func() {
			p.el("thead", at{"role", "rowgroup"}, func() {
				p.el("tr", at{"class", "fr fhd", "role", "row"}, func() {
					p.el("th", at{"role", "columnheader", "scope", "col"}, p.say("sens-matter"))
					p.el("th", at{"class", "fx", "role", "columnheader", "scope", "col"}, func() { p.axisHead(x) })
					p.el("th", at{"class", "num N", "role", "columnheader", "scope", "col"}, p.say("sens-estimates"))
					p.el("th", at{"class", "num ci", "role", "columnheader", "scope", "col"}, p.say("sens-union"))
				})
			})
			p.el("tbody", at{"role", "rowgroup"}, func() {
				row(p.say("sens-chance"), "", "fb", b.Population, b.Population, estimators.Range{Lower: b.Lower, Upper: b.Upper})
				for _, w := range s.Swings {
					tone := "fk"
					if w.Mild {
						tone = "fb"
					}
					low, high := p.ends(w)
					if w.Rejected > 0 {
						high = join(slices.DeleteFunc([]prose{high, p.plural("sens-rejected", w.Rejected)}, func(x prose) bool { return x == "" }), "; ")
					}
					sub := join(slices.DeleteFunc([]prose{low, high}, func(x prose) bool { return x == "" }), " … ")
					row(capital(p.matter(w)), sub, tone, w.Low.Population, w.High.Population, w.Interval)
				}
			})
		})
	})
}

// ends say at which alternatives the ends of a swing are; models have names too long for that.
func (v *view) ends(w estimators.Swing) (low, high prose) {
	switch {
	case w.Width() == 0:
		return v.say("sens-unmoved"), ""
	case w.About == estimators.AboutModel:
		return "", ""
	case w.About == estimators.AboutAssumption:
		return v.say("from-to", v.parameter(w.From), v.parameter(w.To)), ""
	}
	return v.end(w.Low), v.end(w.High)
}

// ledger writes a table of the page.
func (p *page) ledger(s ledger) {
	if len(s.rows) == 0 {
		return
	}
	p.figure("long-figure", s.title, s.drawn, func() {
		p.el("div", at{"class", "scroll", "tabindex", "0", "role", "region", "aria-label", s.title.plain()}, func() {
			p.el("table", at{"class", "plain tight sheet"}, func() {
				p.el("thead", nil, func() {
					p.el("tr", nil, func() {
						for i, h := range s.heads {
							p.el("th", at{"scope", "col", "class", columnClass(s.right[i])}, h)
						}
					})
				})
				p.el("tbody", nil, func() {
					for _, r := range s.rows {
						p.el("tr", nil, func() {
							for i, c := range r {
								if i == 0 {
									p.el("th", at{"scope", "row"}, c)
								} else {
									p.el("td", at{"class", columnClass(s.right[i])}, c)
								}
							}
						})
					}
				})
			})
		})
		if s.foot != "" {
			p.p("foot", s.foot)
		}
	})
}

func columnClass(side byte) string {
	if side == 'r' {
		return "num"
	}
	return ""
}

// drawnCurves are the curves with an estimate at two values or more, the widest first.
func (v *view) drawnCurves() []estimators.AssumptionCurve {
	reach := func(c estimators.AssumptionCurve) float64 {
		low, high := math.Inf(1), 0.0
		for _, q := range c.Points {
			if q.Status != estimators.Refused {
				low, high = math.Min(low, q.Population), math.Max(high, q.Population)
			}
		}
		if high == 0 {
			return 0
		}
		return math.Log(high / low)
	}
	out := slices.DeleteFunc(slices.Clone(v.r.Sensitivity.Curves), func(c estimators.AssumptionCurve) bool {
		n := 0
		for _, q := range c.Points {
			if q.Status != estimators.Refused {
				n++
			}
		}
		return n < 2 || c.Status == estimators.Refused || c.Assumption == "marginal" || // those stand in the table of pairs
			!(c.From > 0) || !(c.To > c.From)
	})
	slices.SortStableFunc(out, func(a, b estimators.AssumptionCurve) int { return cmpFloat(reach(b), reach(a)) })
	return out
}

// curves draws N against each assumption, as small multiples with one axis of people.
func (p *page) curves() {
	cs := p.drawnCurves()
	left := max(0, len(cs)-mostCurves)
	cs = cs[:len(cs)-left]
	without := 0
	for _, c := range p.r.Sensitivity.Curves {
		byDesign := c.Reason != nil && c.Reason.Code == "not-identifiable" && c.Assumption == "pair" // which the notes say
		if c.Status == estimators.Refused && c.Assumption != "marginal" && c.Assumption != "saturated" && !byDesign {
			without++
		}
	}
	top, reach := 0.0, 0.0
	for _, c := range cs {
		for _, q := range c.Points {
			top = math.Max(top, q.Population)
			if u := float64(q.Upper); !math.IsInf(u, 1) {
				reach = math.Max(reach, u)
			}
		}
	}
	s := roundScale(math.Max(top, math.Min(reach, 1.5*top)))
	p.figure("", p.say("sens-curves-title"), p.say("sens-curves-drawn", p.whole(s.max)), func() {
		p.el("div", at{"class", "many"}, func() {
			for i, c := range cs {
				p.curveFigure(s, c, i)
			}
		})
		if left > 0 {
			p.p("foot", p.plural("sens-curves-left", left))
		}
		if without > 0 {
			p.p("foot", p.plural("sens-curves-refused", without))
		}
	})
}

func (p *page) curveFigure(s scale, c estimators.AssumptionCurve, i int) {
	const top, base = 8.0, 138.0
	y := func(n float64) float64 { return base - (base-top)*s.at(n)/100 }
	span := math.Log(c.To / c.From)
	x := func(v float64) float64 { return 100 * math.Log(v/c.From) / span }
	var line, upper, lower []string
	var first, last estimators.AssumptionPoint
	for _, q := range c.Points {
		if q.Status == estimators.Refused {
			continue
		}
		if len(line) == 0 {
			first = q
		}
		last = q
		at := strconv.FormatFloat(10*x(float64(q.Value)), 'f', 1, 64)
		line = append(line, at+","+px(y(q.Population)))
		upper = append(upper, at+","+px(y(float64(q.Upper))))
		lower = append([]string{at + "," + px(y(q.Lower))}, lower...)
	}
	p.el("div", nil, func() {
		p.el("h3", nil, capital(p.assumption(c.Assumption, c.Lists)))
		desc := p.say("sens-curve-desc", p.whole(first.Population), p.parameter(float64(first.Value)), p.whole(last.Population), p.parameter(float64(last.Value)))
		p.picture("plot", base+24, p.assumption(c.Assumption, c.Lists), desc, func() {
			for _, t := range s.ticks() {
				p.el("line", at{"class", "grid", "x1", "0", "x2", "100%", "y1", px(y(t)), "y2", px(y(t))})
			}
			p.el("svg", at{"x", "0", "y", "0", "width", "100%", "height", px(base + 1), "viewBox", "0 0 1000 " + px(base+1), "preserveAspectRatio", "none"}, func() {
				p.el("path", at{"class", "area fb", "d", "M" + strings.Join(upper, " L") + " L" + strings.Join(lower, " L") + " Z"})
				p.el("path", at{"class", "pc b", "d", "M" + strings.Join(line, " L")})
			})
			p.el("line", at{"class", "base", "x1", "0", "x2", "100%", "y1", px(base), "y2", px(base)})
			if v := float64(c.Base.Value); c.Base.Status != estimators.Refused && v >= c.From*(1-1e-9) && v <= c.To*(1+1e-9) {
				p.el("circle", at{"class", "pcd b", "cx", pct(x(v)), "cy", px(y(c.Base.Population)), "r", "5"})
				p.el("text", at{"class", "axt", "x", pct(x(v)), "y", px(base + 18), "text-anchor", "middle"}, p.parameter(v))
			}
			p.el("text", at{"class", "axt", "x", "0", "y", px(base + 18), "text-anchor", "start"}, p.parameter(c.From))
			p.el("text", at{"class", "axt", "x", "100%", "y", px(base + 18), "text-anchor", "end"}, p.parameter(c.To))
			p.el("text", at{"class", "b strong halo", "x", "0", "y", px(clear(y(first.Population))), "text-anchor", "start"}, p.whole(first.Population))
			p.el("text", at{"class", "b strong halo", "x", "100%", "y", px(clear(y(last.Population))), "text-anchor", "end"}, p.whole(last.Population))
		})
	})
}

// clear keeps a label above its line and within the picture.
func clear(y float64) float64 { return math.Max(y-6, 14) }

// specifications draws the specification curve.
func (p *page) specifications() {
	m := p.r.Sensitivity.Multiverse
	var all []estimators.Alternative
	for _, a := range m.Specifications {
		if a.Status != estimators.Refused {
			all = append(all, a)
		}
	}
	if len(all) < 2 {
		return
	}
	b := p.r.Sensitivity.Base
	s := roundScale(math.Max(1.25*m.Upper, math.Min(float64(b.Upper), 2*b.Population)))
	const top, base = 10.0, 230.0
	y := func(n float64) float64 { return base - (base-top)*s.at(n)/100 }
	x := func(i int) float64 { return 10 * (1 + 98*float64(i)/float64(len(all)-1)) }
	var families []string
	family := func(a estimators.Alternative) string {
		method := a.Method
		if method == "loglinear-tied" {
			method = "loglinear"
		}
		if f := p.cards[method].Family; f != "" {
			return f
		}
		return ""
	}
	beyond := 0
	var bars, dots strings.Builder
	marks := map[string]*strings.Builder{}
	mark := func(key string, i int) {
		if marks[key] == nil {
			marks[key] = &strings.Builder{}
		}
		marks[key].WriteString("M" + strconv.FormatFloat(x(i), 'f', 1, 64) + ",1V11")
	}
	for i, a := range all {
		at := strconv.FormatFloat(x(i), 'f', 1, 64)
		if a.Population > s.max {
			beyond++
		}
		if a.Kind != "" {
			bars.WriteString("M" + at + "," + px(y(a.Lower)) + "V" + px(y(float64(a.Upper))))
		}
		dots.WriteString("M" + at + "," + px(y(a.Population)) + "h0")
		mark(a.About, i)
		if a.Against != "" {
			mark("rejected", i)
		}
		f := family(a)
		if !slices.Contains(families, f) {
			families = append(families, f)
		}
		mark("family "+f, i)
	}
	slices.Sort(families)
	cut := p.say("sens-none-cut")
	if beyond > 0 {
		cut = p.say("sens-cut", p.whole(s.max))
	}
	drawn := p.say("sens-spec-drawn", capital(cut))
	p.figure("", p.say("sens-multiverse-title"), drawn, func() {
		p.picture("plot", base+8, p.say("sens-multiverse-title"), p.multiverseWords(), func() {
			for _, t := range s.ticks() {
				p.el("line", at{"class", "grid", "x1", "0", "x2", "100%", "y1", px(y(t)), "y2", px(y(t))})
			}
			p.el("rect", at{"class", "zone", "x", "0", "width", "100%", "y", px(y(float64(b.Upper))), "height", px(y(b.Lower) - y(float64(b.Upper)))})
			p.el("svg", at{"x", "0", "y", "0", "width", "100%", "height", px(base + 8), "viewBox", "0 0 1000 " + px(base+8), "preserveAspectRatio", "none"}, func() {
				p.el("path", at{"class", "specbars", "d", bars.String()})
				p.el("path", at{"class", "specdots", "d", dots.String()})
			})
			p.el("line", at{"class", "parts", "x1", "0", "x2", "100%", "y1", px(y(b.Population)), "y2", px(y(b.Population))})
			for _, t := range s.ticks()[1:] {
				p.el("text", at{"class", "axt halo", "x", "0", "y", px(y(t) + 4), "text-anchor", "start"}, p.whole(t))
			}
		})
		p.el("table", at{"class", "specs"}, func() {
			row := func(title prose, key string) {
				if marks[key] == nil {
					return
				}
				p.el("tr", nil, func() {
					p.el("th", at{"scope", "row"}, title)
					p.el("td", nil, func() {
						p.el("svg", at{"class", "row", "width", "100%", "height", "12", "viewBox", "0 0 1000 12", "preserveAspectRatio", "none", "aria-hidden", "true"}, func() {
							p.el("path", at{"class", "specmarks", "d", marks[key].String()})
						})
					})
				})
			}
			row(p.say("sens-as-it-is"), estimators.AboutBase)
			row(p.say("sens-one-left"), estimators.AboutDrop)
			row(p.say("sens-two-merged"), estimators.AboutMerge)
			row(p.say("sens-data-reject"), "rejected")
			for _, f := range families {
				title, _ := p.fact(f)
				if f == "" {
					title = p.say("sens-families-other")
				}
				row(title, "family "+f)
			}
		})
		p.p("foot", p.multiverseWords())
	})
}
