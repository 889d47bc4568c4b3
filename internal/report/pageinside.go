package report

import (
	"cmp"
	"math"
	"slices"

	"darkfigure/estimators"
)

// hasInside reports whether there are curves, residuals or resampled tables to show.
func (v *view) hasInside(a answer, fs []featured) bool {
	return a.estimate != nil && a.estimate.Bootstrap != nil || slices.ContainsFunc(fs, func(f featured) bool { return len(f.Profile) > 1 || len(f.Residuals) > 0 })
}

// insideSection shows how sure each model is of itself, and what it gets wrong.
func (p *page) insideSection(id string, g group, a answer, fs []featured) {
	s := p.scale(g, a)
	p.section(id, "", p.say("inside-title"), func() {
		if len(fs) > 1 && slices.ContainsFunc(fs, func(f featured) bool { return f.tone == "o" }) {
			p.p("", p.say("inside-split"))
		}
		if slices.ContainsFunc(fs, func(f featured) bool { return len(f.Residuals) > 0 }) {
			p.p("how", p.say("inside-how"))
		}
		if f := a.estimate.Fit; f != nil {
			fit := p.plural("inside-fit", f.DF, p.fixed(f.Deviance, 1))
			if f.HasGoodnessOfFit {
				fit += " (" + prose(p.pvalue(f.GoodnessOfFit)) + ")"
			}
			p.p("how", fit+".")
		}
	}, func() { p.insideFigures(s, a, fs) })
}

func (p *page) insideFigures(s scale, a answer, fs []featured) {
	var curves, residuals []featured
	for _, f := range fs {
		if len(f.Profile) > 1 {
			curves = append(curves, f)
		}
		if saturated := a.estimate.Fit != nil && a.estimate.Fit.DF == 0 && f.Chosen; len(f.Residuals) > 0 && !saturated {
			residuals = append(residuals, f)
		}
	}
	if len(curves) > 0 {
		p.profileFigure(s, a, curves)
	}
	if len(residuals) > 0 {
		p.residualFigure(a, residuals)
	}
	if a.estimate.Bootstrap != nil {
		p.resampledFigure(s, a)
	}
}

// profileFigure draws the relative profile likelihood of the total for each featured model, with its limits.
func (p *page) profileFigure(s scale, a answer, fs []featured) {
	level := .95
	if i := a.modelInterval(); i != nil && i.Kind == estimators.Profile {
		level = i.Level
	}
	z := normal(level)
	cut := math.Exp(-z * z / 2)
	const base, room = 210.0, 200.0
	y := func(h float64) float64 { return base - room*h }
	var peaks []prose
	for _, f := range fs {
		peaks = append(peaks, prose(p.whole(f.Population)))
	}
	finding := p.plural("profile-finding", len(fs))
	drawn := p.say("profile-drawn", p.level(level))
	p.figure("", finding, drawn, func() {
		p.picture("plot", base+46, p.say("profile-title"), p.plural("profile-desc", len(fs), p.and(peaks)), func() {
			p.grid(s, 0, base)
			p.el("line", at{"class", "cut", "x1", "0", "x2", "100%", "y1", px(y(cut)), "y2", px(y(cut))})
			p.el("text", at{"class", "lab2", "x", "2", "y", px(y(cut) - 6)}, p.say("limit-label", p.level(level)))
			p.el("line", at{"class", "base", "x1", "0", "x2", "100%", "y1", px(base), "y2", px(base)})
			p.el("svg", at{"x", "0", "y", "0", "width", "100%", "height", px(base + 4), "viewBox", "0 0 1000 " + px(base+4), "preserveAspectRatio", "none"}, func() {
				for i := range fs {
					f := fs[len(fs)-1-i]
					if points := trace(s, heights(f.Profile), 1, base, room); len(points) > 1 {
						p.el("path", at{"class", "pc " + f.tone, "d", curve(s, points, false, base)})
					}
				}
			})
			for _, f := range fs {
				if len(f.Intervals) > 0 && f.Intervals[0].Kind == estimators.Profile {
					for _, x := range []float64{f.Intervals[0].Lower, f.Intervals[0].Upper} {
						if x <= s.max && x > float64(a.observed) {
							p.el("circle", at{"class", "pcd " + f.tone, "cx", pct(s.at(x)), "cy", px(y(cut)), "r", "4"})
						}
					}
				}
			}
			p.profileLabels(s, fs)
			p.axis(s, base+22)
		})
	})
}

// profileLabels name the curves on the side where there is most room.
func (p *page) profileLabels(s scale, fs []featured) {
	order := slices.Clone(fs)
	slices.SortFunc(order, func(a, b featured) int { return cmp.Compare(a.Population, b.Population) })
	for i, f := range order {
		if f.Population > s.max {
			continue
		}
		x := s.at(f.Population)
		anchor, dx := "end", -26.0
		if i == len(order)-1 && len(order) > 1 || x < 14 {
			anchor, dx = "start", 26
		}
		if x > 84 {
			anchor, dx = "end", -26
		}
		p.el("text", at{"class", f.tone + " strong halo", "x", pct(x), "dx", px(dx), "y", px(20 + 18*crowd(order, i, s)), "text-anchor", anchor}, p.whole(f.Population))
	}
}

// crowd is how many lines a label moves down to stay clear of its neighbours.
func crowd(order []featured, i int, s scale) float64 {
	n := 0.0
	for j := range i {
		if math.Abs(s.at(order[i].Population)-s.at(order[j].Population)) < 14 && !(i == len(order)-1) {
			n++
		}
	}
	return n
}

// mostResiduals is how many cells the figure of residuals has.
const mostResiduals = 22

// residualFigure shows the deviance residuals of the featured models side by side.
func (p *page) residualFigure(a answer, fs []featured) {
	type cell struct {
		pattern  estimators.Pattern
		observed int64
		fitted   float64
		worst    float64
		removed  bool
		r        []float64
	}
	var cells []cell
	for _, r := range fs[0].Residuals {
		c := cell{pattern: r.Pattern, observed: r.Observed, fitted: r.Fitted, removed: r.Removed}
		for _, f := range fs {
			x := math.NaN()
			for _, q := range f.Residuals {
				if q.Pattern == r.Pattern && !q.Removed {
					x = q.Deviance
					c.worst = math.Max(c.worst, math.Abs(x))
				}
			}
			c.r = append(c.r, x)
		}
		cells = append(cells, c)
	}
	slices.SortStableFunc(cells, func(a, b cell) int {
		if out := cmp.Compare(btoi(b.worst > 2), btoi(a.worst > 2)); out != 0 {
			return out
		}
		if two := cmp.Compare(btoi(b.pattern.Size() > 1), btoi(a.pattern.Size() > 1)); two != 0 {
			return two
		}
		if c := cmp.Compare(b.observed, a.observed); c != 0 {
			return c
		}
		return cmp.Compare(b.worst, a.worst)
	})
	total, outside := len(cells), 0
	for _, c := range cells {
		outside += btoi(c.worst > 2)
	}
	shown := cells[:min(len(cells), max(mostResiduals, min(outside, 2*mostResiduals)))]
	keep := shown[:0:0]
	for _, c := range shown {
		if c.worst > 2 || c.pattern.Size() > 1 && (c.observed > 0 || c.worst >= .5) {
			keep = append(keep, c)
		}
	}
	slices.SortStableFunc(keep, func(a, b cell) int {
		if c := cmp.Compare(b.observed, a.observed); c != 0 {
			return c
		}
		return cmp.Compare(a.pattern, b.pattern)
	})
	reach := 3.4
	for _, c := range keep {
		reach = math.Max(reach, c.worst*1.08)
	}
	x := func(r float64) float64 { return 50 + 50*r/reach }
	finding := p.say("residual-none")
	if outside > 0 {
		finding = p.plural("residual-some", outside)
	}
	drawn := p.say("residual-drawn")
	if q := a.estimate.Pooled; q != nil && q.Draws > 1 {
		drawn += " " + p.say("residual-of-draw")
	}
	if left := total - len(keep); left > 0 {
		drawn += " " + p.plural("residual-left", left)
	}
	if len(keep) == 0 {
		return
	}
	p.figure("", finding, drawn, func() {
		pitch, _ := p.pitch()
		p.el("table", at{"class", "resid", "role", "table", "style", "--dots:" + px(math.Max(pitch*float64(len(p.lists)), 60)) + "px;--k:" + px(float64(len(fs)))}, func() {
			p.el("caption", at{"class", "vh"}, drawn)
			p.el("thead", at{"role", "rowgroup"}, func() {
				p.el("tr", at{"class", "rr rhead", "role", "row"}, func() {
					p.el("th", at{"role", "columnheader", "scope", "col"}, func() { p.hidden(p.say("on-lists-head")); p.dotHeads() })
					p.el("th", at{"role", "columnheader", "scope", "col", "class", "num ob"}, p.say("seen-word"))
					p.el("th", at{"role", "columnheader", "scope", "col", "class", "num ex"}, p.say("fitted"))
					for _, f := range fs {
						p.el("th", at{"role", "columnheader", "scope", "col", "class", "rp " + f.tone}, p.whole(f.Population), func() {
							if f.Chosen && len(fs) > 1 {
								p.el("small", nil, p.mark(a))
							}
						})
					}
				})
			})
			p.el("tbody", at{"role", "rowgroup"}, func() {
				for _, c := range keep {
					p.el("tr", at{"class", "rr", "role", "row"}, func() {
						p.el("th", at{"role", "rowheader", "scope", "row"}, func() { p.hidden(p.listsInWords(c.pattern)); p.dotsOf(c.pattern) })
						p.el("td", at{"class", "num ob", "role", "cell"}, p.count(c.observed))
						p.el("td", at{"class", "num ex", "role", "cell"}, p.fixed(c.fitted, 1))
						for i, f := range fs {
							p.el("td", at{"class", "rp", "role", "cell"}, func() { p.residual(c.r[i], f.tone, x) })
						}
					})
				}
			})
		})
	})
}

// residual is one residual: a dot on a line from zero, over the band of ordinary noise.
func (p *page) residual(r float64, tone string, x func(float64) float64) {
	if math.IsNaN(r) {
		p.hidden(p.say("cell-removed"))
	} else {
		p.hidden(prose(p.fixed(r, 1)))
	}
	p.graphic("row", "100%", 22, func() {
		p.el("rect", at{"class", "zone", "x", pct(x(-2)), "width", pct(x(2) - x(-2)), "y", "0", "height", "22"})
		p.el("line", at{"class", "grid", "x1", "50%", "x2", "50%", "y1", "0", "y2", "22"})
		if math.IsNaN(r) {
			return
		}
		big, radius := "", 3.0
		if math.Abs(r) > 2 {
			big, radius = " big", 4.5
		}
		p.el("line", at{"class", "rl " + tone + big, "x1", pct(math.Min(50, x(r))), "x2", pct(math.Max(50, x(r))), "y1", "11", "y2", "11"})
		p.el("circle", at{"class", "rd " + tone + big, "cx", pct(x(r)), "cy", "11", "r", px(radius)})
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
