package report

import (
	"cmp"
	"math"
	"slices"

	"darkfigure/estimators"
)

// mostPatterns is how many patterns of two lists or more have a row, mostPairs how many pairs.
const (
	mostPatterns = 24
	mostPairs    = 45
)

// overlapSection shows who is on which lists together, and what each pair of lists says.
func (p *page) overlapSection() {
	var once, more, impossible []estimators.Cell
	for _, c := range p.r.Data.Counts {
		switch {
		case c.StructuralZero:
			impossible = append(impossible, c)
		case c.Count > 0 && c.Pattern.Size() == 1:
			once = append(once, c)
		case c.Count > 0:
			more = append(more, c)
		}
	}
	sum := func(cs []estimators.Cell) (n int64) {
		for _, c := range cs {
			n += c.Count
		}
		return n
	}
	nOnce, nMore := sum(once), sum(more)
	all := math.Max(float64(nOnce+nMore), 1)
	p.section("overlap", "", p.say("overlap-title"), func() {
		if nMore == 0 {
			p.p("", p.say("overlap-nobody"))
		} else {
			p.p("", p.say("overlap-side", p.percent(float64(nOnce)/all), p.persons(nMore)))
		}
		p.listNames()
		if d := p.r.Description; d != nil && d.Coverage != nil {
			p.p("how", p.coverage())
		}
		if len(impossible) > 0 {
			p.p("how", p.plural("impossible", len(impossible)))
		}
	}, func() {
		pairs := p.r.Description != nil && len(p.r.Description.Pairs) > 1
		write := func() {
			p.upset(once, more, nOnce, nMore, len(impossible))
			if pairs {
				p.pairsFigure()
			}
		}
		if pairs {
			p.el("div", at{"class", "two"}, write)
		} else {
			write()
		}
		if d := p.r.Description; d != nil && len(p.groups) == 0 && len(d.Estimable) > 0 {
			p.estimableFigure(d.Estimable)
		}
	})
}

// listNames explains the lists once: the name in the figures, the name in the data, and the people on each.
func (p *page) listNames() {
	p.el("dl", at{"class", "lists"}, func() {
		for i, l := range p.lists {
			p.el("div", nil, func() {
				p.el("dt", nil, name(p.short[i]))
				p.el("dd", at{"class", "long"}, func() {
					if p.short[i] != clean(l) {
						p.prose(name(l))
					}
				})
				p.el("dd", at{"class", "num"}, p.count(p.both(i, i)))
			})
		}
	})
}

// dotsOf draws a pattern: a dot for each list, filled and joined when it belongs.
func (p *page) dotsOf(q estimators.Pattern) {
	pitch, r := p.pitch()
	w := pitch * float64(len(p.lists))
	p.el("svg", at{"class", "dots", "width", px(w), "height", "22", "viewBox", "0 0 " + px(w) + " 22", "aria-hidden", "true"}, func() {
		in := q.Lists()
		if len(in) > 1 {
			p.el("line", at{"class", "dl", "x1", px((float64(in[0]) + .5) * pitch), "x2", px((float64(in[len(in)-1]) + .5) * pitch), "y1", "11", "y2", "11"})
		}
		for i := range p.lists {
			class, radius := "doff", r*.7
			if q.Has(i) {
				class, radius = "don", r
			}
			p.el("circle", at{"class", class, "cx", px((float64(i) + .5) * pitch), "cy", "11", "r", px(radius)})
		}
	})
}

// dotHeads are the names of the lists over their columns of dots, written upwards; numbers when there
// is no room.
func (p *page) dotHeads() {
	pitch, _ := p.pitch()
	longest := 0
	for _, s := range p.short {
		longest = max(longest, width(s))
	}
	height := float64(longest)*7.4 + 14
	w := pitch * float64(len(p.lists))
	p.el("svg", at{"class", "dots hd", "width", px(w), "height", px(height), "viewBox", "0 0 " + px(w) + " " + px(height), "aria-hidden", "true"}, func() {
		for i, s := range p.short {
			p.el("text", at{"transform", "translate(" + px((float64(i)+.5)*pitch+4) + "," + px(height-4) + ") rotate(-90)"}, name(s))
		}
	})
}

// pitch is the room of a list among the dots, and the radius of a dot.
func (v *view) pitch() (pitch, r float64) {
	pitch = math.Min(20, math.Max(12, 140/math.Max(float64(len(v.lists)), 1)))
	return pitch, math.Min(5.2, pitch*.32)
}

// upset is the picture of the overlap: patterns as rows, one scale for all, every count printed.
func (p *page) upset(once, more []estimators.Cell, nOnce, nMore int64, impossible int) {
	byCount := func(a, b estimators.Cell) int {
		if c := cmp.Compare(b.Count, a.Count); c != 0 {
			return c
		}
		return cmp.Compare(a.Pattern, b.Pattern)
	}
	slices.SortFunc(once, byCount)
	slices.SortFunc(more, byCount)
	left := more[min(len(more), mostPatterns):]
	more = more[:len(more)-len(left)]
	most := int64(1)
	for _, c := range slices.Concat(once, more) {
		most = max(most, c.Count)
	}
	all := math.Max(float64(nOnce+nMore), 1)
	finding := p.say("upset-more")
	if nOnce > nMore {
		finding = p.say("upset-once")
	}
	drawn := p.say("upset-drawn")
	if empty := p.r.Data.Cells - p.r.Data.Occupied - impossible; empty > 0 {
		drawn += " " + p.plural("upset-empty", empty, p.count(int64(p.r.Data.Cells)))
	}
	p.figure("", finding, drawn, func() {
		pitch, _ := p.pitch()
		dots := math.Max(pitch*float64(len(p.lists)), 60)
		p.el("table", at{"class", "upset", "role", "table", "style", "--dots:" + px(dots) + "px"}, func() {
			p.el("caption", at{"class", "vh"}, p.say("upset-caption"))
			p.el("thead", at{"role", "rowgroup"}, func() {
				p.el("tr", at{"class", "ur uhead", "role", "row"}, func() {
					p.el("th", at{"role", "columnheader", "scope", "col"}, func() { p.hidden(p.say("on-lists-head")); p.dotHeads() })
					p.el("th", at{"role", "columnheader", "scope", "col"}, func() { p.hidden(p.say("people")) })
				})
			})
			rows := func(key string, n int64, cells []estimators.Cell, class string) {
				if len(cells) == 0 {
					return
				}
				p.el("tbody", at{"role", "rowgroup"}, func() {
					p.el("tr", at{"class", "uh", "role", "row"}, func() {
						p.el("th", at{"role", "rowheader", "scope", "rowgroup", "colspan", "2"}, bold(p.say(key)), " ", p.say("people-share", p.persons(n), p.percent(float64(n)/all)))
					})
					for _, c := range cells {
						p.el("tr", at{"class", "ur", "role", "row"}, func() {
							p.el("th", at{"role", "rowheader", "scope", "row"}, func() { p.hidden(p.listsInWords(c.Pattern)); p.dotsOf(c.Pattern) })
							p.el("td", at{"role", "cell"}, func() {
								p.el("span", at{"class", "bar " + class, "style", "--w:" + px(math.Round(1e4*float64(c.Count)/float64(most))/1e4)})
								p.el("span", at{"class", "bl"}, p.count(c.Count))
							})
						})
					}
				})
			}
			rows("upset-one", nOnce, once, "one")
			rows("upset-two", nMore, more, "multi")
		})
		if len(left) > 0 {
			var n int64
			for _, c := range left {
				n += c.Count
			}
			p.p("foot", p.plural("upset-left", len(left), p.persons(n)))
		}
	})
}

// listsInWords names a pattern for those who hear the page.
func (v *view) listsInWords(q estimators.Pattern) prose {
	var names []prose
	for _, i := range q.Lists() {
		names = append(names, name(v.lists[i]))
	}
	if len(names) == 1 {
		return v.say("only", names[0])
	}
	return v.and(names)
}

// ratio of the people a pair shares to those it would share by chance.
func ratio(x estimators.Pair) float64 {
	if x.Expected <= 0 {
		return math.NaN()
	}
	return float64(x.Both) / x.Expected
}

// pairsFigure is the table of pairs, those that share most in comparison with chance first.
func (p *page) pairsFigure() {
	pairs := slices.Clone(p.r.Description.Pairs)
	known := slices.ContainsFunc(pairs, func(x estimators.Pair) bool { return x.Expected > 0 })
	if known {
		slices.SortStableFunc(pairs, func(a, b estimators.Pair) int { return cmp.Compare(ratio(b), ratio(a)) })
	}
	left := 0
	if len(pairs) > mostPairs {
		left = len(pairs) - mostPairs
		pairs = slices.Concat(pairs[:mostPairs/2], pairs[len(pairs)-(mostPairs-mostPairs/2):])
	}
	lower, upper := math.Inf(1), 0.0
	for _, x := range pairs {
		if x.Status != estimators.Refused && x.Both > 0 {
			lower, upper = math.Min(lower, x.Population), math.Max(upper, x.Population)
		}
	}
	finding := p.say("pairs-finding")
	if upper > 2*lower {
		finding = p.say("pairs-finding-differ")
	}
	p.figure("", finding, p.say("pairs-drawn"), func() {
		p.el("table", at{"class", "plain pairs"}, func() {
			p.el("thead", nil, func() {
				p.el("tr", nil, func() {
					p.el("th", at{"scope", "col"}, p.say("pair-low"))
					p.el("th", at{"scope", "col", "class", "num"}, p.say("shared-low"))
					if known {
						p.el("th", at{"scope", "col", "class", "num"}, p.say("by-chance-low"))
						p.el("th", at{"scope", "col", "class", "num"}, p.say("ratio"))
					}
					p.el("th", at{"scope", "col", "class", "num"}, "Chapman")
				})
			})
			p.el("tbody", nil, func() {
				for _, x := range pairs {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, name(p.short[x.A])+pairDot+name(p.short[x.B]))
						p.el("td", at{"class", "num"}, p.count(x.Both))
						if known {
							p.pairRatio(x)
						}
						switch {
						case x.Both == 0:
							p.el("td", at{"class", "num"}, p.say("none"))
						case x.Status == estimators.Refused:
							p.el("td", at{"class", "num"}, p.say("refused"))
						default:
							p.el("td", at{"class", "num"}, p.whole(x.Population))
						}
					})
				}
			})
		})
		if left > 0 {
			p.p("foot", p.plural("pairs-left", left))
		}
		if upper > 2*lower {
			foot := p.say("pairs-foot", p.whole(lower), p.whole(upper))
			if known {
				foot = p.say("pairs-foot-ratio") + " " + foot
			}
			p.p("foot", foot)
		}
	})
}

// pairRatio is the people expected by chance and how the people shared compare with them.
func (p *page) pairRatio(x estimators.Pair) {
	if x.Expected <= 0 {
		p.el("td", at{"class", "num"})
		p.el("td", at{"class", "num"})
		return
	}
	decimals := 0
	if x.Expected < 10 {
		decimals = 1
	}
	p.el("td", at{"class", "num"}, p.fixed(x.Expected, decimals))
	r, class := ratio(x), "num"
	switch {
	case r >= 1.3:
		class = "num b"
	case r <= .75:
		class = "num o"
	}
	p.el("td", at{"class", class}, p.ratioWords(x))
}

// ratioWords is the ratio in print, as in "×4.5".
func (v *view) ratioWords(x estimators.Pair) prose {
	if x.Both == 0 {
		return v.say("none")
	}
	return prose("×" + v.fixed(ratio(x), 1))
}

func bit(i int) estimators.Pattern { return estimators.Pattern(1) << uint(i) }

// estimableFigure says which classes of models have an estimate on this table.
func (p *page) estimableFigure(es []estimators.Estimable) {
	p.figure("gap", p.say("estimable-head"), p.say("estimable-drawn"), func() {
		p.el("table", at{"class", "plain refs"}, func() {
			p.el("thead", nil, func() {
				p.el("tr", nil, func() {
					for _, h := range []string{"model", "estimable", "why-not"} {
						p.el("th", at{"scope", "col"}, p.say(h))
					}
				})
			})
			p.el("tbody", nil, func() {
				for _, e := range es {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, p.model(p.said(e.Model).plain()))
						if e.Status == estimators.Refused && e.Reason != nil {
							p.el("td", nil, p.say("no"))
							p.el("td", nil, code(e.Reason.Code), " ", sentence(p.said(e.Reason.Text)))
							return
						}
						p.el("td", nil, p.say("yes"))
						p.el("td", nil)
					})
				}
			})
		})
	})
}
