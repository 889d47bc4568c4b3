package report

import (
	"math"
	"slices"
	"strconv"

	"darkfigure/estimators"
)

// pairDot stands between the names of registers; a line may break after it rather than within a name.
const pairDot = "·\u200b"

// linksSection shows what the doubt about the links does to the answer: the estimate of every drawn linkage, what a threshold
// would have given, how many links are false or missed, and how far the overlaps are known.
func (p *page) linksSection() {
	l := p.r.Linkage
	e := p.pooled()
	p.section("links", "", p.say("links-title"), func() {
		p.p("", p.say("links-side", p.registerNames(), p.whole(l.Persons.Value), p.rangeWords(l.Persons)))
		if e != nil && !p.linksCertain() {
			p.p("", p.linksShare(*e.Pooled))
		}
		p.p("how", p.linksHow())
	}, func() {
		if e != nil && len(e.Pooled.Each) > 1 {
			p.drawsFigure(*e)
		}
		if len(l.Curve) > 1 {
			p.thresholdFigure(e)
		}
		if !p.linksCertain() {
			p.linkRates()
		}
		if len(l.Overlaps) > 0 {
			p.overlapRanges()
		}
	})
}

// pooled is the estimate of the headline when it is pooled over drawn linkages; nil otherwise.
func (v *view) pooled() *estimators.Estimate {
	g := v.total()
	if g == nil {
		return nil
	}
	if e := g.main(); e != nil && e.Pooled != nil {
		return e
	}
	return nil
}

// registerNames lists the registers that were linked.
func (v *view) registerNames() prose {
	var names []prose
	for _, r := range v.r.Linkage.Registers {
		if !r.Anonymous {
			names = append(names, name(r.Name))
		}
	}
	return v.and(names)
}

// rangeWords is the range of a whole number over the draws: "1,200 to 1,240".
func (v *view) rangeWords(r estimators.LinkRange) prose {
	return v.say("from-to", v.whole(math.Floor(r.Lower)), v.whole(math.Ceil(r.Upper)))
}

// linksShare is the share of the uncertainty that the links make.
func (v *view) linksShare(q estimators.Pooled) prose {
	out := v.say("links-share", v.percent(q.Share))
	if q.Refused > 0 {
		out += " " + v.plural("links-refused", q.Refused, v.count(int64(q.Draws)))
	}
	if len(q.Models) > 0 {
		out += " " + v.pooledModels(q)
	}
	return out
}

// pooledModels names the model that most of the drawn tables chose.
func (v *view) pooledModels(q estimators.Pooled) prose {
	return v.say("pooled-models", v.percent(float64(q.Models[0].Count)/math.Max(float64(q.Draws-q.Refused), 1)), name(q.Models[0].Model))
}

// linksCertain says whether another program gave the links without match probabilities, so that there is one linkage to
// estimate from and nothing is known of its errors.
func (v *view) linksCertain() bool {
	c := v.r.Linkage.Chains
	return c.Source != "" && c.Draws == 1
}

// linksHow says how the linkages came about.
func (v *view) linksHow() prose {
	c := v.r.Linkage.Chains
	if v.linksCertain() {
		return v.say("links-certain", name(c.Source))
	}
	if c.Source != "" {
		return v.say("links-from", name(c.Source), v.count(int64(c.Draws)))
	}
	out := v.say("links-drawn", v.count(int64(c.Draws)), v.count(int64(c.Chains)))
	if c.Extended {
		out += " " + v.say("links-extended")
	}
	return out
}

// drawsFigure draws the estimate of every drawn linkage with its own interval, and the pooled one below.
func (p *page) drawsFigure(e estimators.Estimate) {
	draws := slices.Clone(e.Pooled.Each)
	slices.SortStableFunc(draws, func(a, b estimators.Drawn) int { return cmpFloat(a.Population, b.Population) })
	top := 0.0
	for _, d := range draws {
		top = math.Max(top, d.Population)
		if d.Upper > 0 {
			top = math.Max(top, math.Min(d.Upper, 4*d.Population))
		}
	}
	own, has := e.Interval()
	if has && !own.Unbounded() {
		top = math.Max(top, math.Min(own.Upper, 4*e.Population))
	}
	s := roundScale(top)
	lower, upper := draws[0].Population, draws[len(draws)-1].Population
	finding := p.say("draws-finding", p.whole(lower), p.whole(upper), p.percent(e.Pooled.Share))
	drawn := p.say("draws-drawn", p.count(int64(len(draws))))
	pitch := math.Min(5, math.Max(2, 260/float64(len(draws))))
	base := 8 + pitch*float64(len(draws))
	p.figure("", finding, drawn, func() {
		p.picture("plot", base+64, finding, drawn, func() {
			p.grid(s, 0, base+30)
			p.el("rect", at{"class", "seenline", "x", pct(s.at(e.Pooled.Observed.Value)), "y", "0", "width", "1", "height", px(base + 30)})
			for i, d := range draws {
				y := px(8 + pitch*(float64(i)+.5))
				if d.Lower > 0 {
					end := s.max
					if d.Upper > 0 {
						end = d.Upper
					}
					p.el("line", at{"class", "drawn", "x1", pct(s.at(d.Lower)), "x2", pct(s.at(end)), "y1", y, "y2", y})
				}
				p.el("circle", at{"class", "drawnat", "cx", pct(s.at(d.Population)), "cy", y, "r", px(math.Min(2.2, pitch/2))})
			}
			if has {
				end := own.Upper
				if own.Unbounded() {
					end = s.max
				}
				p.el("rect", at{"class", "pooledbar", "x", pct(s.at(own.Lower)), "width", pct(s.at(end) - s.at(own.Lower)), "y", px(base + 10), "height", "10"})
			}
			p.el("rect", at{"class", "pt", "x", pct(s.at(e.Population)), "transform", "translate(-1.5,0)", "y", px(base + 7), "width", "3", "height", "16"})
			p.el("line", at{"class", "base", "x1", "0", "x2", "100%", "y1", px(base + 30), "y2", px(base + 30)})
			p.axis(s, base+49)
		})
		foot := p.say("draws-foot")
		if e.Selection != nil && e.Selection.Criterion != "fixed" && has && own.AllowsForChoice() {
			foot += " " + p.say("draws-choice")
		}
		p.p("foot", foot)
	})
}

// thresholdFigure draws what a threshold for links, or an exact key, would have made of the estimate; the
// pooled one and its interval stand behind as a band.
func (p *page) thresholdFigure(e *estimators.Estimate) {
	var curve []estimators.LinkCurve
	var exact *estimators.LinkCurve
	top := 0.0
	for _, c := range p.r.Linkage.Curve {
		if c.Population <= 0 {
			continue
		}
		if c.Exact {
			exact = &c
			continue
		}
		top = math.Max(top, c.Population)
		curve = append(curve, c)
	}
	if len(curve) < 2 {
		return
	}
	var own estimators.Interval
	has := false
	if e != nil {
		own, has = e.Interval()
		if has && !own.Unbounded() {
			top = math.Max(top, math.Min(own.Upper, 3*e.Population))
		}
	}
	// An exact key may give many times as many people: drawn to scale it would leave the thresholds on one line.
	beyond := exact != nil && exact.Population > 1.5*top
	if exact != nil && !beyond {
		top = math.Max(top, exact.Population)
	}
	s := roundScale(top)
	first, last := curve[0], curve[len(curve)-1]
	finding := p.say("curve-finding", p.whole(first.Population), p.whole(last.Population))
	if exact != nil {
		finding = p.say("curve-finding-exact", p.whole(first.Population), p.whole(last.Population), p.whole(exact.Population))
	}
	drawn := p.say("curve-drawn")
	if beyond {
		drawn += " " + p.say("curve-beyond")
	}
	const height = 220.0
	down := func(n float64) float64 { return 10 + height*(1-s.at(n)/100) }
	p.figure("", finding, drawn, func() {
		p.picture("plot", height+56, finding, drawn, func() {
			for _, t := range s.ticks() {
				p.el("line", at{"class", "grid", "x1", "0", "x2", "100%", "y1", px(down(t)), "y2", px(down(t))})
				p.el("text", at{"class", "axt", "x", "0", "y", px(down(t) - 4)}, p.whole(t))
			}
			left, right := 12.0, 84.0 // the exact key stands to the right of all thresholds
			x := func(threshold float64) float64 { return left + (right-left)*threshold }
			if has {
				end := s.max
				if !own.Unbounded() {
					end = own.Upper
				}
				p.el("rect", at{"class", "bandfill", "x", pct(left), "width", pct(100 - left), "y", px(down(end)), "height", px(down(own.Lower) - down(end))})
				p.el("line", at{"class", "mk b", "x1", pct(left), "x2", "100%", "y1", px(down(e.Population)), "y2", px(down(e.Population))})
				p.el("text", at{"class", "b strong halo", "x", pct(left), "dx", "4", "y", px(down(end) - 5)}, p.say("curve-pooled", p.whole(e.Population)))
			}
			for i, c := range curve {
				if i > 0 {
					p.el("line", at{"class", "curveline", "x1", pct(x(curve[i-1].Threshold)), "x2", pct(x(c.Threshold)), "y1", px(down(curve[i-1].Population)), "y2", px(down(c.Population))})
				}
				p.el("circle", at{"class", "curvedot", "cx", pct(x(c.Threshold)), "cy", px(down(c.Population)), "r", "3"})
			}
			switch {
			case beyond:
				p.el("svg", at{"x", "94%", "y", "0", "overflow", "visible"}, func() {
					p.el("path", at{"class", "fk", "d", "M-6,11 L0,1 L6,11 Z"})
					p.el("line", at{"class", "br k", "x1", "0", "x2", "0", "y1", "11", "y2", "24"})
				})
				p.el("text", at{"class", "k strong halo", "x", "94%", "y", "39", "text-anchor", "middle"}, p.whole(exact.Population))
			case exact != nil:
				p.el("circle", at{"class", "curvedot", "cx", "94%", "cy", px(down(exact.Population)), "r", "4"})
				p.el("text", at{"class", "k halo", "x", "94%", "y", px(down(exact.Population) + 17), "text-anchor", "middle"}, p.whole(exact.Population))
			}
			if exact != nil {
				p.el("text", at{"class", "axt", "x", "100%", "y", px(height + 48), "text-anchor", "end"}, p.say("exact-key"))
			}
			p.el("line", at{"class", "base", "x1", pct(left), "x2", "100%", "y1", px(down(0)), "y2", px(down(0))})
			for _, t := range []float64{.05, .25, .5, .75, .99} {
				p.el("text", at{"class", "axt", "x", pct(x(t)), "y", px(height + 28), "text-anchor", "middle"}, p.fixed(t, 2))
			}
			p.el("text", at{"class", "axt", "x", pct((left + right) / 2), "y", px(height + 48), "text-anchor", "middle"}, p.say("threshold-axis"))
		})
	})
}

// linkRates is the table of false and missed links between registers.
func (p *page) linkRates() {
	var rows []estimators.LinkPair
	wrong, missed := 0.0, 0.0 // the upper limits
	for _, r := range p.r.Linkage.Pairs {
		if r.A != r.B && !r.NotComparable { // the others are in a warning
			rows = append(rows, r)
			wrong, missed = math.Max(wrong, r.FalseMatch.Upper), math.Max(missed, r.MissedMatch.Upper)
		}
	}
	if len(rows) == 0 {
		return
	}
	p.figure("", p.say("rates-finding", p.percent(wrong), p.percent(missed)), p.say("rates-drawn"), func() {
		p.el("table", at{"class", "plain links"}, func() {
			p.heads("rates-pair", "", "links-count", "num", "rates-false", "num", "rates-missed", "num", "rates-em", "num")
			p.el("tbody", nil, func() {
				for _, r := range rows {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, name(r.A)+pairDot+name(r.B))
						p.el("td", at{"class", "num"}, p.whole(r.Links.Value), func() { p.el("small", nil, " ", p.rangeWords(r.Links)) })
						p.rateCell(r.FalseMatch)
						p.rateCell(r.MissedMatch)
						p.el("td", at{"class", "num"}, p.whole(r.EM))
					})
				}
			})
		})
		foot := p.say("rates-foot")
		if r := p.r.Linkage.Review; r != nil && r.Used {
			foot += " " + p.say("rates-reviewed")
		}
		p.p("foot", foot)
	})
}

// rateCell is a rate with its range over the draws.
func (p *page) rateCell(r estimators.LinkRange) {
	p.el("td", at{"class", "num"}, p.rate(r.Value), func() { p.el("small", nil, " ", p.say("from-to", p.rate(r.Lower), p.rate(r.Upper))) })
}

// rate writes a rate of error: one decimal under ten per cent.
func (l *language) rate(x float64) string {
	if x < .1 {
		return l.fixed(100*x, 1) + "%"
	}
	return l.fixed(100*x, 0) + "%"
}

// heads writes the head of a table: keys of words and classes in turn.
func (p *page) heads(keys ...string) {
	p.el("thead", nil, func() {
		p.el("tr", nil, func() {
			for i := 0; i+1 < len(keys); i += 2 {
				p.el("th", at{"scope", "col", "class", keys[i+1]}, p.say(keys[i]))
			}
		})
	})
}

// overlapRanges shows how far the number of people with each history is known.
func (p *page) overlapRanges() {
	var rows []estimators.LinkOverlap
	for _, o := range p.r.Linkage.Overlaps {
		if len(o.Lists) > 1 {
			rows = append(rows, o)
		}
	}
	if len(rows) == 0 {
		return
	}
	slices.SortStableFunc(rows, func(a, b estimators.LinkOverlap) int { return cmpFloat(b.Draws.Value, a.Draws.Value) })
	rows = rows[:min(len(rows), mostPatterns)]
	top := 0.0
	for _, o := range rows {
		top = math.Max(top, math.Max(o.Draws.Upper, float64(o.Point)))
	}
	s := roundScale(top)
	p.figure("", p.say("overlaps-finding"), p.say("overlaps-drawn"), func() {
		p.el("table", at{"class", "plain links ranges"}, func() {
			p.el("thead", nil, func() {
				p.el("tr", nil, func() {
					p.el("th", at{"scope", "col"}, p.say("history"))
					p.el("th", at{"scope", "col", "class", "fx"}, func() { p.axisHead(s) })
					p.el("th", at{"scope", "col", "class", "num"}, p.say("overlaps-mean"))
					p.el("th", at{"scope", "col", "class", "num"}, p.say("overlaps-range"))
					p.el("th", at{"scope", "col", "class", "num"}, p.say("overlaps-point"))
				})
			})
			p.el("tbody", nil, func() {
				for _, o := range rows {
					var names []prose
					for _, n := range o.Lists {
						names = append(names, name(n))
					}
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, join(names, pairDot))
						p.el("td", at{"class", "fx"}, func() {
							p.graphic("row", "100%", 20, func() {
								p.grid(s, 0, 20)
								p.el("rect", at{"class", "pooledbar", "x", pct(s.at(o.Draws.Lower)), "width", pct(math.Max(s.at(o.Draws.Upper)-s.at(o.Draws.Lower), .3)), "y", "6", "height", "8"})
								p.el("rect", at{"class", "pt", "x", pct(s.at(o.Draws.Value)), "transform", "translate(-1.5,0)", "y", "3", "width", "3", "height", "14"})
							})
						})
						p.el("td", at{"class", "num"}, p.fixed(o.Draws.Value, 1))
						p.el("td", at{"class", "num"}, p.rangeWords(o.Draws))
						p.el("td", at{"class", "num"}, p.count(o.Point))
					})
				}
			})
		})
	})
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// linkingSection shows how the records were compared and linked, as GUILD asks (Gilbert and others 2018).
func (p *page) linkingSection() {
	l := p.r.Linkage
	p.section("linking", "", p.say("linking-title"), func() {
		p.p("", p.say("linking-side"))
		if l.Target != "" {
			p.p("how", sentence(prose(clean(l.Target))))
		}
		p.p("how", p.say("linking-safe"))
	}, func() {
		p.flowFigure()
		if len(l.Weights.Edges) > 1 {
			p.weightsFigure()
		}
		if len(l.Fields) > 0 {
			p.evidenceFigure()
		}
		p.dependenceFigure()
		if !l.Blocking.AllPairs && len(l.Blocking.Rules) > 0 {
			p.blockingFigure()
		}
		p.tracesFigure()
		p.reviewFigure()
		p.linkChecks()
		p.hardestFigure()
	})
}

// flowFigure is what became of the records of each register.
func (p *page) flowFigure() {
	var read, kept int64
	for _, r := range p.r.Linkage.Registers {
		read += r.Read
		kept += r.Records
	}
	p.figure("", p.say("flow-finding", p.count(read), p.count(kept)), p.say("flow-drawn"), func() {
		p.el("table", at{"class", "plain links flow"}, func() {
			p.heads("flow-register", "", "flow-read", "num", "flow-excluded", "", "flow-records", "num", "flow-persons", "num", "flow-unlinkable", "num")
			p.el("tbody", nil, func() {
				for _, r := range p.r.Linkage.Registers {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, name(r.Name), func() { p.el("code", nil, r.File) })
						p.el("td", at{"class", "num"}, p.count(r.Read))
						p.el("td", nil, func() {
							if len(r.Excluded) == 0 {
								p.prose(p.say("none"))
							}
							for i, x := range r.Excluded {
								if i > 0 {
									p.el("br", nil)
								}
								p.prose(prose(p.count(x.Count)) + ": " + p.exclusion(x))
							}
						})
						p.el("td", at{"class", "num"}, p.count(r.Records))
						if r.Anonymous {
							p.el("td", at{"class", "num"}, p.say("flow-anonymous"))
							p.el("td", at{"class", "num"}, "–")
							return
						}
						p.el("td", at{"class", "num"}, p.count(r.Persons))
						p.el("td", at{"class", "num"}, p.rate(r.Unlinkable))
					})
				}
			})
		})
		p.p("foot", p.say("flow-foot"))
		p.altered()
	})
}

// altered is what was used although it was not read as it is written, or although nobody can tell whether it belongs.
func (p *page) altered() {
	if !slices.ContainsFunc(p.r.Linkage.Registers, func(r estimators.LinkRegister) bool { return len(r.Altered) > 0 }) {
		return
	}
	p.p("foot", p.say("altered-drawn"))
	p.el("table", at{"class", "plain links altered"}, func() {
		p.heads("flow-register", "", "altered-count", "num", "altered-what", "")
		p.el("tbody", nil, func() {
			for _, r := range p.r.Linkage.Registers {
				for i, x := range r.Altered {
					p.el("tr", nil, func() {
						of := prose("")
						if i == 0 {
							of = name(r.Name)
						}
						p.el("th", at{"scope", "row"}, of)
						p.el("td", at{"class", "num"}, p.count(x.Count))
						p.el("td", nil, p.alteration(x))
					})
				}
			}
		})
	})
}

// alteration says how records were used otherwise than they are written, in the language, behind the field that it is about.
func (v *view) alteration(x estimators.LinkAltered) prose {
	said := v.said(x.Text)
	if x.Field != "" {
		return name(x.Field) + ": " + said
	}
	return said
}

// weightsFigure is the histogram of match weights: accepted pairs over the others, on a square-root scale, with the
// number of true matches expected in each bin.
func (p *page) weightsFigure() {
	h := p.r.Linkage.Weights
	n := min(len(h.Edges)-1, len(h.Accepted), len(h.Other))
	if n < 1 {
		return
	}
	most := 0.0
	var accepted, doubtful int64
	for i := range n {
		most = math.Max(most, float64(h.Accepted[i]+h.Other[i]))
		accepted += h.Accepted[i]
		if math.Abs((h.Edges[i]+h.Edges[i+1])/2-h.Threshold) <= 4 {
			doubtful += h.Accepted[i] + h.Other[i]
		}
	}
	const height = 150.0
	root := func(c float64) float64 { return 16 + height*(1-math.Sqrt(c/math.Max(most, 1))) }
	lo, hi := h.Edges[0], h.Edges[n]
	x := func(w float64) float64 { return 100 * (w - lo) / (hi - lo) }
	finding := p.say("weights-finding", p.count(accepted), p.count(doubtful))
	drawn := p.say("weights-drawn")
	p.figure("", finding, drawn, func() {
		p.picture("plot", height+58, finding, drawn, func() {
			base := root(0)
			for i := range n {
				left, width := x(h.Edges[i]), math.Max(x(h.Edges[i+1])-x(h.Edges[i])-.15, .1)
				if h.Other[i] > 0 {
					p.el("rect", at{"class", "wother", "x", pct(left), "width", pct(width), "y", px(root(float64(h.Other[i] + h.Accepted[i]))), "height", px(base - root(float64(h.Other[i]+h.Accepted[i])))})
				}
				if h.Accepted[i] > 0 {
					p.el("rect", at{"class", "waccepted", "x", pct(left), "width", pct(width), "y", px(root(float64(h.Accepted[i]))), "height", px(base - root(float64(h.Accepted[i])))})
				}
				if i < len(h.Matches) && h.Matches[i] >= .05 {
					y := px(root(h.Matches[i]))
					p.el("line", at{"class", "wmatch", "x1", pct(left), "x2", pct(left + width), "y1", y, "y2", y})
				}
			}
			p.el("line", at{"class", "parts", "x1", pct(x(h.Threshold)), "x2", pct(x(h.Threshold)), "y1", "14", "y2", px(base)})
			p.el("text", at{"class", "k strong halo", "x", pct(x(h.Threshold)), "y", "11", "text-anchor", "middle"}, p.say("weights-threshold", p.fixed(p.r.Linkage.Threshold, 2)))
			p.el("line", at{"class", "base", "x1", "0", "x2", "100%", "y1", px(base), "y2", px(base)})
			step := 5.0
			for (hi-lo)/step > 9 {
				step *= 2
			}
			for w := math.Ceil(lo/step) * step; w <= hi; w += step {
				p.el("text", at{"class", "axt", "x", pct(x(w)), "y", px(base + 18), "text-anchor", "middle"}, p.signed(w))
			}
			p.el("text", at{"class", "axt", "x", "50%", "y", px(base + 38), "text-anchor", "middle"}, p.say("weights-axis"))
		})
	})
}

// signed writes a whole number with the sign of print.
func (l *language) signed(x float64) string {
	return l.grouped(strconv.FormatFloat(math.Round(x), 'f', 0, 64))
}

// bits writes a match weight with its sign and one decimal.
func (l *language) bits(x float64) string {
	if x > 0 {
		return "+" + l.fixed(x, 1)
	}
	if s := l.fixed(-x, 1); x < 0 && s != "0"+l.decimal+"0" {
		return minus + s
	}
	return l.fixed(0, 1)
}

// evidenceFigure is what each level of agreement says: how often it is found in the same person and in two, and its weight.
func (p *page) evidenceFigure() {
	most := 1.0
	for _, f := range p.r.Linkage.Fields {
		for _, l := range f.Levels {
			if !math.IsInf(l.Weight, 0) {
				most = math.Max(most, math.Abs(l.Weight))
			}
		}
	}
	p.figure("long-figure", p.say("evidence-finding"), p.say("evidence-drawn"), func() {
		p.el("table", at{"class", "plain links evidence"}, func() {
			p.heads("evidence-level", "", "evidence-m", "num", "evidence-u", "num", "evidence-weight", "num", "evidence-bar", "fx")
			for _, f := range p.r.Linkage.Fields {
				p.el("tbody", nil, func() {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "rowgroup", "colspan", "5"}, bold(name(f.Name)))
					})
					for _, l := range f.Levels {
						p.el("tr", nil, func() {
							label, _ := p.fact(l.Meaning)
							if l.Untrained {
								label += " (" + p.say("untrained") + ")"
							}
							p.el("th", at{"scope", "row", "class", "lv"}, label)
							p.el("td", at{"class", "num"}, p.chance(l.M))
							p.el("td", at{"class", "num"}, p.chance(l.U))
							p.el("td", at{"class", "num"}, p.bits(l.Weight))
							p.el("td", at{"class", "fx"}, func() {
								p.graphic("row", "100%", 14, func() {
									share := 50 * math.Min(math.Abs(l.Weight), most) / most
									x, class := 50.0, "wplus"
									if l.Weight < 0 {
										x, class = 50-share, "wminus"
									}
									p.el("line", at{"class", "grid", "x1", "50%", "x2", "50%", "y1", "0", "y2", "14"})
									p.el("rect", at{"class", class, "x", pct(x), "width", pct(share), "y", "2", "height", "10"})
								})
							})
						})
					}
				})
			}
		})
	})
}

// chance writes a probability: per cent with one decimal, small ones with what they need.
func (l *language) chance(x float64) string {
	switch {
	case x <= 0:
		return "0%"
	case x < .00001:
		return "<" + l.fixed(.001, 3) + "%"
	case x < .001:
		return l.fixed(100*x, 3) + "%"
	}
	return l.fixed(100*x, 1) + "%"
}

// blockingFigure is which pairs were compared.
func (p *page) blockingFigure() {
	b := p.r.Linkage.Blocking
	p.figure("", p.say("blocking-finding", p.count(b.Compared), p.count(b.Possible)), p.say("blocking-drawn"), func() {
		p.el("table", at{"class", "plain links"}, func() {
			p.heads("blocking-rule", "", "blocking-predicted", "num", "blocking-new", "num", "blocking-largest", "num", "blocking-missing", "num")
			p.el("tbody", nil, func() {
				for _, r := range b.Rules {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, name(r.Rule))
						for _, n := range []int64{r.Predicted, r.New, r.Largest} {
							p.el("td", at{"class", "num"}, p.count(n))
						}
						p.el("td", at{"class", "num"}, p.percent(r.Missing))
					})
				}
			})
		})
		if b.Counted {
			p.p("foot", p.say("blocking-counted", p.rate(b.Missed)))
			return
		}
		p.p("foot", p.say("blocking-foot", p.rate(b.Missed), p.rate(b.MissedOverlap)))
	})
}

// tracesFigure shows that the chains agree about the number of links: one small picture for each pair of registers.
func (p *page) tracesFigure() {
	var rows []estimators.LinkPair
	for _, r := range p.r.Linkage.Pairs {
		if r.A != r.B && len(r.Trace) > 0 && len(r.Trace[0]) > 1 {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return
	}
	key := "traces-finding"
	if p.r.Linkage.Chains.RHat > 1.05 {
		key = "traces-finding-not"
	}
	p.figure("", p.say(key, p.fixed(p.r.Linkage.Chains.RHat, 2)), p.say("traces-drawn"), func() {
		p.el("div", at{"class", "traces"}, func() {
			for _, r := range rows {
				lo, hi, longest := math.Inf(1), math.Inf(-1), 2
				for _, c := range r.Trace {
					longest = max(longest, len(c))
					for _, v := range c {
						lo, hi = math.Min(lo, float64(v)), math.Max(hi, float64(v))
					}
				}
				if hi == lo {
					hi = lo + 1
				}
				title := name(r.A) + pairDot + name(r.B)
				desc := p.say("from-to", p.whole(lo), p.whole(hi))
				p.el("div", nil, func() {
					p.p("foot", bold(title)+" "+desc)
					p.picture("plot", 60, title, desc, func() {
						for i, c := range r.Trace {
							var points []point
							for k, v := range c {
								points = append(points, point{100 * float64(k) / float64(longest-1), 4 + 52*(hi-float64(v))/(hi-lo)})
							}
							p.el("svg", at{"width", "100%", "height", "60", "viewBox", "0 0 1000 60", "preserveAspectRatio", "none"}, func() {
								p.el("path", at{"class", "trace t" + strconv.Itoa(i%4), "d", curve(scale{max: 100}, points, false, 60)})
							})
						}
					})
				})
			}
		})
	})
}

// linkChecks are the second opinions.
func (p *page) linkChecks() {
	l := p.r.Linkage
	if len(l.Checks) == 0 {
		return
	}
	p.figure("", p.say("link-checks-finding"), p.say("link-checks-drawn"), func() {
		p.el("table", at{"class", "plain links checks"}, func() {
			p.heads("check", "", "estimate", "num", "interval", "num", "check-what", "")
			p.el("tbody", nil, func() {
				for _, c := range l.Checks {
					p.el("tr", nil, func() {
						what, text := p.checkWords(c)
						p.el("th", at{"scope", "row"}, what)
						if c.Population <= 0 {
							p.el("td", at{"class", "num"}, p.say("none"))
							p.el("td", nil)
						} else {
							p.el("td", at{"class", "num"}, p.whole(c.Population))
							switch {
							case c.Upper > 0:
								p.el("td", at{"class", "num"}, p.say("from-to", p.whole(math.Floor(c.Lower)), p.whole(math.Ceil(c.Upper))))
							case c.Lower > 0:
								p.el("td", at{"class", "num"}, p.say("at-least", p.whole(math.Floor(c.Lower))))
							default:
								p.el("td", nil)
							}
						}
						if t := c.Contradicted; t != nil {
							text = bold(p.say("check-contradicted", p.pvalue(t.P))) + " " + text
						}
						if c.Reason != nil {
							why, _ := p.fact(c.Reason.Text)
							text += " " + sentence(why)
						}
						p.el("td", nil, text)
					})
				}
			})
		})
	})
}

// checkWords are the name of a check and what it does.
func (v *view) checkWords(c estimators.LinkCheck) (what, text prose) {
	key := "check." + c.Name
	if _, ok := catalogue[key]; !ok {
		return v.text(c.Name), sentence(v.text(c.Text))
	}
	var args []any
	if c.Register != "" {
		args = append(args, name(c.Register))
	}
	switch {
	case c.Name == "odds-ratio":
		args = append(args, v.fixed(c.OddsRatio, 1), name(c.Body))
	case c.Body != "":
		args = append(args, name(c.Body))
	}
	what = v.say(key, args...)
	switch {
	case c.Register == "" && c.Model == "":
		text = v.say("check-text." + c.Name)
	case c.Register == "":
		text = v.say("check-text."+c.Name, name(c.Model))
	default:
		text = v.say("check-never-linked")
		if c.Name == "dependent-on-each" {
			text += " " + v.say("check-each")
		}
		if c.Model != "" {
			text += " " + v.say("check-and-model", name(c.Model))
		}
	}
	return what, text
}

// hardestFigure lists the clusters about which the draws disagree most.
func (p *page) hardestFigure() {
	hard := p.r.Linkage.Hardest
	if len(hard) == 0 {
		return
	}
	p.figure("", p.plural("hardest-finding", len(hard)), p.say("hardest-drawn"), func() {
		p.el("table", at{"class", "plain links"}, func() {
			p.heads("hardest-cluster", "", "hardest-registers", "", "hardest-probability", "num")
			p.el("tbody", nil, func() {
				for _, c := range hard {
					var names []prose
					for _, r := range c.Registers {
						names = append(names, name(r))
					}
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, func() { p.el("code", nil, c.Cluster) })
						p.el("td", nil, join(names, pairDot))
						p.el("td", at{"class", "num"}, p.percent(c.Probability))
					})
				}
			})
		})
	})
}
