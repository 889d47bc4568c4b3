package report

import (
	"math"
	"slices"

	"darkfigure/estimators"
)

// dependentBits is the mutual information of two fields from which they are said to hang together, as linkage warns of.
const dependentBits = 0.02

// doubledBits is by how much the weight of pairs equal in both of two fields is too large for them to be said to hang together all the same.
const doubledBits = 1.0

// mostDependences is how many pairs of fields are shown.
const mostDependences = 10

// dependenceFigure shows how much every two fields have to do with each other in pairs of two people and of one: their weights suppose nothing.
func (p *page) dependenceFigure() {
	rows := slices.Clone(p.r.Linkage.Together)
	if len(rows) == 0 {
		return
	}
	most := func(t estimators.LinkTogether) float64 { return math.Max(t.NonMatches, t.Matches) }
	slices.SortStableFunc(rows, func(a, b estimators.LinkTogether) int {
		return cmpFloat(math.Max(most(b)/dependentBits, b.Twice/doubledBits), math.Max(most(a)/dependentBits, a.Twice/doubledBits))
	})
	var unknown []prose // above the limit, and not known to the model
	for _, t := range rows {
		if (t.NonMatches >= dependentBits || t.Twice >= doubledBits) && !t.Allowed {
			unknown = append(unknown, name(t.A)+" "+p.say("dependence-with", name(t.B)))
		}
	}
	finding := p.say("dependence-finding-none")
	if len(unknown) > 0 {
		finding = p.say("dependence-finding", p.and(unknown))
	}
	rows = rows[:min(len(rows), mostDependences)]
	top := 1.5 * dependentBits
	for _, t := range rows {
		top = math.Max(top, most(t))
	}
	p.figure("", finding, p.say("dependence-drawn", p.fixed(dependentBits, 2)), func() {
		p.el("table", at{"class", "plain links"}, func() {
			p.heads("dependence-fields", "", "dependence-bar", "fx", "evidence-u", "num", "evidence-m", "num", "dependence-equal", "num", "dependence-twice", "num")
			p.el("tbody", nil, func() {
				for _, t := range rows {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, name(t.A)+pairDot+name(t.B))
						p.el("td", at{"class", "fx"}, func() {
							p.graphic("row", "100%", 20, func() {
								if t.NonMatches >= .001 {
									p.el("rect", at{"class", "wminus", "x", "0", "width", pct(100 * t.NonMatches / top), "y", "3", "height", "6"})
								}
								if t.Matches > 0 {
									p.el("rect", at{"class", "wplus", "x", "0", "width", pct(100 * t.Matches / top), "y", "12", "height", "6"})
								}
								p.el("line", at{"class", "parts", "x1", pct(100 * dependentBits / top), "x2", pct(100 * dependentBits / top), "y1", "0", "y2", "11"})
							})
						})
						p.el("td", at{"class", "num"}, p.fixed(t.NonMatches, 3))
						p.el("td", at{"class", "num"}, p.fixed(t.Matches, 3))
						p.el("td", at{"class", "num"}, p.times(t.EqualU))
						twice := prose("–")
						switch {
						case t.Allowed:
							twice = p.say("dependence-allowed")
						case t.EqualU > 0:
							twice = prose(p.bits(t.Twice))
						}
						p.el("td", at{"class", "num"}, twice)
					})
				}
			})
		})
		p.p("foot", p.say("dependence-foot"))
	})
}

// times writes how many times as often; a dash where it is not known.
func (l *language) times(x float64) string {
	if x == 0 {
		return "–"
	}
	return l.fixed(x, 1) + "×"
}

// reviewFigure shows what was said of pairs beside what people found, band by band, and says what that changed.
func (p *page) reviewFigure() {
	r := p.r.Linkage.Review
	if r == nil {
		return
	}
	finding := p.say("review", p.count(r.Reviewed), p.rate(r.FalseMatch.Value), p.rate(r.MissedMatch.Value))
	p.figure("", finding, p.say("review-drawn"), func() {
		if len(r.Bands) > 0 {
			p.el("table", at{"class", "plain links ranges"}, func() {
				s := scale{max: 100, step: 25}
				p.el("thead", nil, func() {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "col"}, p.say("review-band"))
						p.el("th", at{"scope", "col", "class", "fx"}, func() { p.axisHead(s) })
						for _, key := range []string{"review-pairs", "review-said", "review-reviewed", "review-found"} {
							p.el("th", at{"scope", "col", "class", "num"}, p.say(key))
						}
					})
				})
				p.el("tbody", nil, func() {
					for _, b := range r.Bands {
						p.el("tr", nil, func() {
							p.el("th", at{"scope", "row"}, p.say("from-to", p.limit(b.Lower), p.limit(b.Upper)))
							p.el("td", at{"class", "fx"}, func() {
								p.graphic("row", "100%", 20, func() {
									p.grid(s, 0, 20)
									if b.Reviewed == 0 {
										p.el("line", at{"class", "mk o", "x1", pct(100 * b.Said), "x2", pct(100 * b.Said), "y1", "0", "y2", "20"})
										return
									}
									p.el("rect", at{"class", "pooledbar", "x", pct(100 * b.Found.Lower), "width", pct(math.Max(100*(b.Found.Upper-b.Found.Lower), .3)), "y", "6", "height", "8"})
									p.el("rect", at{"class", "pt", "x", pct(100 * b.Found.Value), "transform", "translate(-1.5,0)", "y", "3", "width", "3", "height", "14"})
									p.el("line", at{"class", "mk o", "x1", pct(100 * b.Said), "x2", pct(100 * b.Said), "y1", "0", "y2", "20"})
								})
							})
							p.el("td", at{"class", "num"}, p.count(b.Pairs))
							p.el("td", at{"class", "num"}, p.rate(b.Said))
							p.el("td", at{"class", "num"}, p.count(b.Reviewed))
							if b.Reviewed == 0 {
								p.el("td", at{"class", "num"}, "–")
								return
							}
							p.rateCell(b.Found)
						})
					}
				})
			})
		}
		p.p("foot", p.reviewWords(*r))
	})
}

// limit writes a limit of a band: 0.98, 0.2, 0.
func (l *language) limit(x float64) string {
	for digits := range 3 {
		if math.Abs(x*math.Pow10(digits)-math.Round(x*math.Pow10(digits))) < 1e-9 {
			return l.fixed(x, digits)
		}
	}
	return l.fixed(x, 3)
}

// reviewWords say what the review changed.
func (v *view) reviewWords(r estimators.LinkReview) prose {
	var out prose
	if r.CannotTell > 0 {
		out = v.say("review-cannot-tell", v.count(r.CannotTell)) + " "
	}
	if r.Twice > 0 {
		out += v.say("review-twice", v.count(r.Twice), v.fixed(r.Kappa, 2)) + " "
	}
	if !r.Used {
		return out + v.say("review-agrees")
	}
	if r.Slope != 0 {
		out += v.say("review-weights", v.fixed(r.Slope, 2), v.bits(r.Shift)) + " "
	}
	if r.Sure > 0 {
		out += v.say("review-apart", v.count(r.Sure), v.whole(r.Apart.Value), v.rangeWords(r.Apart)) + " "
	}
	return out + v.say("review-not")
}
