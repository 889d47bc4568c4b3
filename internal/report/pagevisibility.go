package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/visibility"
)

// sightBody is the page of a visibility: the answer, its charts, the tables, and the small print.
func (p *page) sightBody(s *sight, more []*sight) {
	p.el("a", at{"class", "skip", "href", "#answer"}, p.say("skip"))
	p.el("header", nil, func() {
		p.el("p", at{"class", "brand"}, bold("darkfigure"), " ", p.say("vis-brand"))
		p.el("p", at{"class", "study"}, p.title)
	})
	p.WriteString("\n")
	p.el("main", nil, func() {
		p.el("section", at{"id", "answer", "class", "answer", "aria-labelledby", "answer-h"}, func() {
			p.el("div", at{"class", "lead"}, func() {
				p.el("h1", at{"id", "answer-h"}, s.headline())
				p.p("stand", s.lead())
			})
			if g := p.total(); g != nil && len(g.labels) == 0 {
				if a := p.answer(*g); a.estimate != nil {
					p.viewPicture(a)
					p.keyNumbers(a)
				}
			}
		})
		p.WriteString("\n")
		parts := p.sightParts(s, more)
		p.el("nav", at{"aria-label", p.say("contents").plain()}, func() {
			p.el("ol", nil, func() {
				for _, x := range parts {
					p.el("li", nil, func() { p.el("a", at{"href", "#" + x.id}, prose(x.title)) })
				}
			})
		})
		p.WriteString("\n")
		for _, x := range parts {
			x.write()
		}
	})
}

func (p *page) sightParts(s *sight, more []*sight) []part {
	out := p.sightTables(s, "")
	for k, x := range more {
		out = append(out, p.sightTables(x, fmt.Sprintf("table-%d-", k+2))...)
	}
	add := func(id string, title prose, write func()) { out = append(out, part{id, string(title), write}) }
	add("how", p.say("vis-how"), func() {
		p.section("how", "", p.say("vis-how"), nil, func() {
			for _, n := range s.how() {
				p.p("", n)
			}
		})
	})
	groups := p.groups
	for _, x := range more {
		groups = slices.Concat(groups, x.view.groups)
	}
	if ws := p.warnings(groups); len(ws) > 0 {
		add("warnings", p.plural("warnings-nav", len(ws)), func() { p.warningsSection(ws) })
	}
	if rs := p.refusals(groups); len(rs) > 0 {
		add("refused", p.plural("refused-head", len(rs)), func() { p.refusedSection(rs) })
	}
	for _, x := range p.standards() {
		add(x.id, p.say(x.key+"-title"), func() { p.standardSection(x) })
	}
	add("reproduce", p.say("reproduce-title"), p.reproduceSection)
	return out
}

// sightTables are the charts and the tables of a visibility; prefix keeps their places on a page apart from others.
func (p *page) sightTables(s *sight, prefix string) []part {
	var out []part
	if len(s.over()) > 1 {
		out = append(out, part{prefix + "time", string(p.say("vis-time")), func() { p.timeSection(s, prefix+"time") }})
	}
	for _, x := range s.sheets() {
		out = append(out, part{prefix + x.id, string(x.title), func() { p.sheet(s, x, prefix+x.id) }})
	}
	return out
}

// sheet writes a table; groups have a picture of their visibility.
func (p *page) sheet(s *sight, x sheet, id string) {
	class := ""
	if len(x.heads) > 6 {
		class = "wide"
	}
	top := s.top()
	p.section(id, class, x.title, func() {
		if x.about != "" {
			p.p("", x.about)
		}
	}, func() {
		p.el("div", at{"class", "scroll"}, func() {
			p.el("table", at{"class", "plain sight"}, func() {
				number := func(i int) string {
					if i >= x.labels && i < len(x.heads)-x.words {
						return "num"
					}
					return ""
				}
				p.el("thead", nil, func() {
					p.el("tr", nil, func() {
						for i, h := range x.heads {
							p.el("th", at{"scope", "col", "class", number(i)}, h)
						}
						if x.bars != nil {
							p.el("th", at{"scope", "col", "class", "fx"}, func() { p.hidden(p.say("visibility")); p.shareAxis(top) })
						}
					})
				})
				p.el("tbody", nil, func() {
					for k, r := range x.rows {
						p.el("tr", nil, func() {
							for i, c := range r {
								if i == 0 {
									p.el("th", at{"scope", "row"}, c)
								} else {
									p.el("td", at{"class", number(i)}, c)
								}
							}
							if x.bars != nil {
								p.el("td", at{"class", "fx"}, func() { p.shareBar(x.bars[k], top) })
							}
						})
					}
				})
			})
		})
	})
}

// top is the end of the axis of shares, a round per cent that all limits reach up to.
func (s *sight) top() float64 {
	most := 0.0
	for _, g := range s.v.Rows {
		most = math.Max(most, g.Visibility.Value)
		if g.Visibility.Value > 0 {
			most = math.Max(most, math.Min(g.Visibility.Upper, 4*g.Visibility.Value))
		}
	}
	for _, t := range []float64{.02, .04, .08, .1, .2, .4, .6, .8} {
		if most <= t {
			return t
		}
	}
	return 1
}

func (p *page) shareAxis(top float64) {
	p.graphic("ax", "100%", 22, func() {
		for i := range 5 {
			anchor := map[int]string{0: "start", 4: "end"}[i]
			if anchor == "" {
				anchor = "middle"
			}
			if i%2 == 0 {
				p.el("text", at{"class", "axt", "x", pct(25 * float64(i)), "y", "15", "text-anchor", anchor}, p.fixed(100*top*float64(i)/4, 0)+"%")
			}
		}
	})
}

// shareBar draws a share with its limits; what lies beyond the axis is cut.
func (p *page) shareBar(l visibility.Limits, top float64) {
	x := func(v float64) float64 { return math.Min(math.Max(100*v/top, 0), 100) }
	p.graphic("row", "100%", 24, func() {
		for i := range 5 {
			p.el("line", at{"class", "grid", "x1", pct(25 * float64(i)), "x2", pct(25 * float64(i)), "y1", "0", "y2", "24"})
		}
		if l == (visibility.Limits{}) {
			return
		}
		p.el("rect", at{"class", "fb b80", "x", pct(x(l.Lower)), "width", pct(x(l.Upper) - x(l.Lower)), "y", "7", "height", "10"})
		p.el("rect", at{"class", "fb", "x", pct(x(l.Lower)), "width", pct(x(l.Upper) - x(l.Lower)), "y", "11.25", "height", "1.5"})
		if l.Value <= top {
			p.el("rect", at{"class", "pt", "x", pct(x(l.Value)), "transform", "translate(-1.5,0)", "y", "4", "width", "3", "height", "16"})
		}
	})
}

// A moment is the visibility of a group in one period; known is false when there is none.
type moment struct {
	period string
	l      visibility.Limits
	known  bool
}

// over are the periods of the total, in their order; none when no covariate says when.
func (s *sight) over() []moment { return s.overOf(nil) }

// overOf are those of a group.
func (s *sight) overOf(of *estimators.Label) []moment {
	if s.v.Year == "" {
		return nil
	}
	want := 1
	if of != nil {
		want = 2
	}
	periods := []string{}
	found := map[string]moment{}
	for _, g := range s.v.Rows {
		when, fits := "", of == nil
		for _, l := range g.Stratum {
			if l.Name == s.v.Year {
				when = l.Level
			}
			fits = fits || *of == l
		}
		if when == "" {
			continue
		}
		if len(g.Stratum) == 1 {
			periods = append(periods, when)
		}
		if fits && len(g.Stratum) == want {
			found[when] = moment{when, g.Visibility, g.Estimated() && g.Population > 0}
		}
	}
	var out []moment
	for _, y := range periods {
		m := found[y]
		m.period = y
		out = append(out, m)
	}
	return out
}

// timeSection draws the visibility over time: of all, and of the groups of each other covariate side by side.
func (p *page) timeSection(s *sight, id string) {
	top := s.top()
	p.section(id, "", p.say("vis-time"), func() { p.p("", p.say("vis-time-side", p.level(s.v.Level))) }, func() {
		all := s.over()
		p.figure("", s.timeFinding(all), p.say("vis-time-drawn"), func() {
			p.timeChart(all, top, 240, s.timeFinding(all), true)
		})
		for _, n := range s.v.By {
			if n == s.v.Year {
				continue
			}
			var groups []estimators.Label
			for _, g := range s.v.Rows {
				if len(g.Stratum) == 1 && g.Stratum[0].Name == n {
					groups = append(groups, g.Stratum[0])
				}
			}
			p.figure("", p.say("vis-multiples", name(n)), p.say("vis-multiples-drawn"), func() {
				p.el("div", at{"class", "multiples"}, func() {
					for _, l := range groups {
						p.el("div", nil, func() {
							p.el("h3", at{"class", "h-small"}, s.group([]estimators.Label{l}))
							m := s.overOf(&l)
							p.timeChart(m, top, 130, s.group([]estimators.Label{l})+": "+s.timeFinding(m), false)
						})
					}
				})
			})
		}
	})
}

// timeFinding says what a chart over time shows: the first and the last share.
func (s *sight) timeFinding(ms []moment) prose {
	var known []moment
	for _, m := range ms {
		if m.known {
			known = append(known, m)
		}
	}
	switch len(known) {
	case 0:
		return s.say("vis-time-none")
	case 1:
		return s.say("vis-time-one", s.percent(known[0].l.Value), known[0].period)
	}
	a, b := known[0], known[len(known)-1]
	return s.say("vis-time-two", s.say("vis-in-year", s.percent(a.l.Value), name(a.period)), s.say("vis-in-year", s.percent(b.l.Value), name(b.period)))
}

// timeChart draws shares with their bands over periods.
func (p *page) timeChart(ms []moment, top, height float64, finding prose, labels bool) {
	const head, foot, left = 18.0, 22.0, 9.0
	base := height - foot
	y := func(v float64) float64 { return base - (base-head)*math.Min(v/top, 1) }
	x := func(i int) float64 { return left + (100-2*left)*float64(i)/math.Max(float64(len(ms)-1), 1) }
	var words []prose
	for _, m := range ms {
		if m.known {
			words = append(words, name(m.period)+": "+prose(p.percent(m.l.Value))+" ("+p.shareLimits(m.l.Lower, m.l.Upper)+")")
		}
	}
	p.picture("plot", height, finding, join(words, "; "), func() {
		for i := range 3 {
			v := top * float64(i) / 2
			class := "grid"
			if i == 0 {
				class = "base"
			}
			p.el("line", at{"class", class, "x1", "0", "x2", "100%", "y1", px(y(v)), "y2", px(y(v))})
			if i > 0 {
				p.el("text", at{"class", "axt", "x", "0", "y", px(y(v) - 3)}, p.fixed(100*v, 0)+"%")
			}
		}
		p.el("svg", at{"x", "0", "y", "0", "width", "100%", "height", px(height), "viewBox", "0 0 1000 " + px(height), "preserveAspectRatio", "none"}, func() {
			for from := 0; from < len(ms); {
				if !ms[from].known {
					from++
					continue
				}
				to := from
				for to+1 < len(ms) && ms[to+1].known {
					to++
				}
				if to > from {
					var up, down, middle strings.Builder
					for i := from; i <= to; i++ {
						letter := "L"
						if i == from {
							letter = "M"
						}
						fmt.Fprintf(&up, "%s%s,%s ", letter, strconv.FormatFloat(10*x(i), 'f', 1, 64), px(y(ms[i].l.Upper)))
						fmt.Fprintf(&middle, "%s%s,%s ", letter, strconv.FormatFloat(10*x(i), 'f', 1, 64), px(y(ms[i].l.Value)))
					}
					for i := to; i >= from; i-- {
						fmt.Fprintf(&down, "L%s,%s ", strconv.FormatFloat(10*x(i), 'f', 1, 64), px(y(ms[i].l.Lower)))
					}
					p.el("path", at{"class", "bandfill", "d", up.String() + down.String() + "Z"})
					p.el("path", at{"class", "pc b", "d", strings.TrimSpace(middle.String())})
				}
				from = to + 1
			}
		})
		for i, m := range ms {
			anchor := "middle"
			class := "axt"
			if len(ms) > 6 && i%2 == 1 {
				class = "axt alt"
			}
			if labels || i == 0 || i == len(ms)-1 {
				p.el("text", at{"class", class, "x", pct(x(i)), "y", px(height - 6), "text-anchor", anchor}, prose(clean(m.period)))
			}
			if !m.known {
				continue
			}
			p.el("line", at{"class", "br b", "x1", pct(x(i)), "x2", pct(x(i)), "y1", px(y(m.l.Upper)), "y2", px(y(m.l.Lower))})
			p.el("circle", at{"class", "pcd b", "cx", pct(x(i)), "cy", px(y(m.l.Value)), "r", "4.5"})
			if labels || i == 0 || i == len(ms)-1 {
				p.el("text", at{"class", "halo k strong", "x", pct(x(i)), "y", px(y(m.l.Value) - 9), "text-anchor", anchor}, p.percent(m.l.Value))
			}
		}
	})
}
