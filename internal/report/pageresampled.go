package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// manyFailed is the share of tables without an estimate from which on that is the finding.
const manyFailed = .05

// resampledLine says what repeating the estimate on resampled tables showed.
func (v *view) resampledLine(axis scale, a answer) prose {
	r := a.estimate.Bootstrap
	out := []prose{v.resampledHow(r)}
	s, ok := spreadOf(r, a.observed)
	if ok && s.failed < manyFailed {
		humps := s.humps()
		out = append(out, sentence(v.spreadFinding(axis, s, humps, s.cutOf(a.splitOf(), humps))))
	}
	if ok {
		out = append(out, v.atTheEdge(a, s))
	}
	out = append(out, v.resampledFound(r, a.estimate.Model))
	return join(slices.DeleteFunc(out, func(p prose) bool { return p == "" }), " ")
}

// resampledHow says how the estimate was repeated, and how often that gave none.
func (v *view) resampledHow(r *estimators.Resampling) prose {
	out := []prose{v.say("resampled", v.count(int64(r.Replicates)), v.scheme(r.Scheme))}
	if r.Top > 0 {
		out = append(out, v.say("resampled-top", v.count(int64(r.Top))))
	}
	if r.Failed > 0 {
		out = append(out, v.plural("resampled-failed", r.Failed))
	}
	return join(out, " ")
}

// resampledFound says which models were chosen, and how far the estimates lie apart.
func (v *view) resampledFound(r *estimators.Resampling, model string) prose {
	var out []prose
	if r.Distinct > 1 {
		out = append(out, v.say("resampled-models", v.count(int64(r.Distinct)), v.chosenShare(r, model)))
	}
	if r.HasWidthShare {
		out = append(out, v.say("resampled-width", v.percent(math.Min(math.Max(r.WidthShare, 0), 1))))
	}
	if r.HasBagged && r.Failed > 0 {
		out = append(out, v.say("resampled-mean-of", v.whole(r.Bagged), v.whole(r.BaggedSE)))
	} else if r.HasBagged {
		out = append(out, v.say("resampled-mean", v.whole(r.Bagged), v.whole(r.BaggedSE)))
	}
	return join(out, " ")
}

// chosenShare is the share of the tables that chose a model. One that is not among those counted was chosen no
// more often than the last of them.
func (v *view) chosenShare(r *estimators.Resampling, model string) prose {
	last := 0
	for _, m := range r.Models {
		last = m.Count
		if m.Model == model {
			return prose(v.percent(float64(m.Count) / math.Max(float64(r.Replicates), 1)))
		}
	}
	if r.Distinct > len(r.Models) {
		return v.say("at-most", v.percent(float64(last)/math.Max(float64(r.Replicates), 1)))
	}
	return v.say("none")
}

// scheme names how tables were drawn.
func (v *view) scheme(s string) prose {
	if _, ok := catalogue["scheme-"+s]; ok {
		return v.say("scheme-" + s)
	}
	return prose(clean(s))
}

// mostChosen is how many models the figure of resampled tables shows.
const mostChosen = 10

// resampledFigure shows how the estimates of resampled tables are spread, and how often each model was chosen when
// the choice was repeated.
func (p *page) resampledFigure(axis scale, a answer) {
	r := a.estimate.Bootstrap
	s, ok := spreadOf(r, a.observed)
	if !ok {
		finding := p.say("resampled-finding")
		if !a.chosen() {
			finding = p.say("resampled-finding-fixed")
		}
		p.figure("", finding, p.resampledLine(axis, a), func() { p.chosenModels(r, a.estimate.Model) })
		return
	}
	humps := s.humps()
	c := s.cutOf(a.splitOf(), humps)
	finding := p.spreadFinding(axis, s, humps, c)
	drawn := p.resampledHow(r) + " " + p.spreadDrawn(axis, a, s, c)
	p.figure("", finding, drawn, func() {
		p.spreadPicture(axis, a, s, c, finding, drawn)
		p.p("foot", p.resampledFound(r, a.estimate.Model))
		p.chosenModels(r, a.estimate.Model)
	})
}

// spreadFinding says whether the tables agree: how many have no estimate when that is many, how many humps there are, and
// how many lie on each side of what parts them.
func (v *view) spreadFinding(axis scale, s spread, humps []hump, c *cut) prose {
	switch {
	case s.failed >= manyFailed:
		return v.say("spread-failed", v.percent(s.failed))
	case c != nil:
		key := "spread-sides"
		if len(humps) == 2 && humps[0].peak < c.at && c.at < humps[1].peak {
			key = "spread-two"
		} else if len(humps) == 1 && !ragged(s.bins(axis)) {
			key = "spread-one-sides"
		}
		return v.say(key, v.percent(c.fewer), v.whole(c.at), v.percent(c.more))
	}
	lower, upper, ok := s.middleHalf()
	if !ok {
		return v.say("spread-failed", v.percent(s.failed))
	}
	key := "spread-half"
	if len(humps) == 1 && !ragged(s.bins(axis)) {
		key = "spread-one"
	}
	return v.say(key, v.whole(lower), v.whole(upper))
}

// spreadDrawn says what the picture of the spread shows, and what it cannot.
func (v *view) spreadDrawn(axis scale, a answer, s spread, c *cut) prose {
	out := v.say("spread-drawn", v.count(a.observed))
	if c != nil && c.betweenSplit {
		out += " " + v.say("spread-cut-split")
	} else if c != nil {
		out += " " + v.say("spread-cut-humps")
	}
	if beyond := 1 - s.failed - s.upTo(axis.max); beyond > 1e-9 {
		out += " " + v.say("spread-beyond", v.percent(beyond), v.whole(axis.max))
	}
	if edge := v.atTheEdge(a, s); edge != "" {
		out += " " + edge
	}
	return out
}

// atTheEdge says so when a limit of a bootstrap interval rests on the few most extreme tables.
func (v *view) atTheEdge(a answer, s spread) prose {
	i := a.own
	if i == nil || len(s.finite) < 3 || i.Kind != estimators.BCa && i.Kind != estimators.Percentile {
		return ""
	}
	lower := i.Lower <= s.finite[1]
	upper := s.failed == 0 && i.Upper >= s.finite[len(s.finite)-2]
	switch {
	case lower && upper:
		return v.say("spread-edge-both")
	case lower:
		return v.say("spread-edge-lower")
	case upper:
		return v.say("spread-edge-upper")
	}
	return ""
}

// spreadPicture draws the share of the tables at each total, on the axis of all figures.
func (p *page) spreadPicture(axis scale, a answer, s spread, c *cut, finding, drawn prose) {
	const room = 120.0
	head := 24.0 // room for words over the bars
	if c != nil {
		head = 60
	}
	base := head + room
	tone := "b"
	if a.splitOf() != nil {
		tone = "k" // the tables are of both groups of models
	}
	brackets := a.brackets(p, true)
	height := base + 26
	for _, b := range brackets {
		height += b.height(axis)
	}
	bins := s.bins(axis)
	most := 0.0
	for _, share := range bins {
		most = math.Max(most, share)
	}
	p.picture("plot", height, finding, drawn, func() {
		p.grid(axis, head, base)
		p.el("rect", at{"class", "seenline", "x", pct(axis.at(float64(a.observed))), "y", px(head), "width", "1", "height", px(room)})
		p.failedBlock(bins, most, s.failed, room, base)
		if most > 0 {
			p.el("svg", at{"width", "100%", "height", px(base), "viewBox", "0 0 1000 " + px(base), "preserveAspectRatio", "none"}, func() {
				p.el("path", at{"class", "hist f" + tone, "d", steps(bins, most, room, base)})
			})
		}
		p.el("line", at{"class", "base", "x1", "0", "x2", "100%", "y1", px(base), "y2", px(base)})
		y := base + 25
		for i, b := range brackets {
			y += b.height(axis)
			for _, x := range []float64{b.i.Lower, b.i.Upper} {
				if i == 0 && x <= axis.max {
					p.el("line", at{"class", "cut", "x1", pct(axis.at(x)), "x2", pct(axis.at(x)), "y1", px(base - room/2), "y2", px(base + 5)})
				}
			}
			p.bracket(axis, b, y-11)
		}
		p.spreadMarks(axis, a, c, base)
		p.failedWords(bins, most, s.failed, room, base)
		p.axis(axis, base+19)
	})
}

// spreadMarks are the line of what parts the tables with the shares on each side, and the line of the estimate.
func (p *page) spreadMarks(axis scale, a answer, c *cut, base float64) {
	anchor := func(x float64) string {
		switch {
		case x < 10:
			return "start"
		case x > 90:
			return "end"
		}
		return "middle"
	}
	y := 14.0
	parted := c != nil && c.at <= axis.max
	if parted {
		x := axis.at(c.at)
		p.el("text", at{"class", "k strong", "x", pct(x), "y", "14", "text-anchor", anchor(x)}, p.whole(c.at))
		// Each side has room for its words, on a phone too.
		p.el("text", at{"class", "k", "x", pct(math.Min(math.Max(x, 23), 77)), "dx", "-8", "y", "32", "text-anchor", "end"}, p.say("spread-fewer", p.percent(c.fewer)))
		p.el("text", at{"class", "k", "x", pct(math.Min(math.Max(x, 23), 77)), "dx", "8", "y", "32", "text-anchor", "start"}, p.say("spread-more", p.percent(c.more)))
		p.el("line", at{"class", "parts", "x1", pct(x), "x2", pct(x), "y1", "20", "y2", px(base)})
		y = 50
	}
	if a.estimate.Population > axis.max {
		return
	}
	// The words stand on the side where they fit on a phone, without crossing the other line; else the number alone.
	x := axis.at(a.estimate.Population)
	left, right := x, 100-x
	if parted && c.at > a.estimate.Population {
		right = axis.at(c.at) - x
	} else if parted {
		left = x - axis.at(c.at)
	}
	label := p.say("spread-estimate", p.whole(a.estimate.Population))
	if need := (7.2*float64(width(label.plain())) + 4) / 3.58; right < need && left < need {
		label = prose(p.whole(a.estimate.Population))
	}
	side, dx := "start", "-1"
	if need := (7.2*float64(width(label.plain())) + 4) / 3.58; right < need && left > right {
		side, dx = "end", "1"
	}
	p.el("line", at{"class", "mk b", "x1", pct(x), "x2", pct(x), "y1", px(y + 6), "y2", px(base)})
	p.el("text", at{"class", "b strong halo", "x", pct(x), "dx", dx, "y", px(y), "text-anchor", side}, label)
}

// failedSize is the width, in bars, and the height of the tables without an estimate: next to the bars as large as their share.
func failedSize(bins []float64, most, failed, room float64) (width, height float64) {
	width = math.Min(math.Max(2, math.Ceil(failed/math.Max(most, 1e-9))), float64(len(bins)))
	return width, math.Max(2, room*failed/math.Max(most*width, failed))
}

// failedBlock draws the tables without an estimate as a block at the right edge.
func (p *page) failedBlock(bins []float64, most, failed, room, base float64) {
	if failed <= 0 {
		return
	}
	width, height := failedSize(bins, most, failed, room)
	part := 100 * width / float64(len(bins))
	p.el("rect", at{"class", "failed", "x", pct(100 - part), "width", pct(part), "y", px(base - height), "height", px(height)})
}

// failedWords names the block, above it and the bars next to it.
func (p *page) failedWords(bins []float64, most, failed, room, base float64) {
	if failed <= 0 {
		return
	}
	_, top := failedSize(bins, most, failed, room)
	for _, share := range bins[len(bins)*2/3:] {
		top = math.Max(top, room*share/math.Max(most, 1e-9))
	}
	p.el("text", at{"class", "k halo", "x", "100%", "y", px(base - top - 7), "text-anchor", "end"}, p.say("spread-none", p.percent(failed)))
}

// steps is the outline of bars on a grid of 1,000 by base.
func steps(bins []float64, most, room, base float64) string {
	var b strings.Builder
	b.WriteString("M0," + px(base))
	for i, share := range bins {
		b.WriteString(" V" + strconv.FormatFloat(base-room*share/most, 'f', 1, 64) + " H" + strconv.FormatFloat(1000*float64(i+1)/float64(len(bins)), 'f', 1, 64))
	}
	return b.String() + " V" + px(base) + " Z"
}

// chosenModels is how often each model was chosen.
func (p *page) chosenModels(r *estimators.Resampling, model string) {
	shown := r.Models[:min(len(r.Models), mostChosen)]
	if len(shown) < 2 {
		return
	}
	most := float64(shown[0].Count)
	p.el("table", at{"class", "plain chosen"}, func() {
		p.el("thead", nil, func() {
			p.el("tr", nil, func() {
				p.el("th", at{"scope", "col"}, p.say("model"))
				p.el("th", at{"scope", "col"}, p.say("chosen-in"))
			})
		})
		p.el("tbody", nil, func() {
			for _, m := range shown {
				p.el("tr", nil, func() {
					p.el("th", at{"scope", "row"}, func() { p.el("code", nil, p.model(m.Model)) })
					p.el("td", nil, func() {
						class := "bar"
						if m.Model == model {
							class = "bar own"
						}
						p.el("span", at{"class", class, "style", "--w:" + px(math.Round(1e4*float64(m.Count)/most)/1e4)})
						p.el("span", nil, p.percent(float64(m.Count)/math.Max(float64(r.Replicates), 1)))
					})
				})
			}
		})
	})
	if n := r.Distinct - len(shown); n > 0 {
		p.p("foot", sentence(p.plural("models-left-out", n)))
	}
}
