package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// A ledger is a table of the page on sensitivity, in all three forms.
type ledger struct {
	id    string
	title prose // states the finding
	drawn prose // says what is in it
	heads []prose
	right string // l or r for each column
	rows  [][]prose
	foot  prose
}

// overlapRows is the number of overlaps that are listed, those of the greatest influence.
const overlapRows = 8

// word says a key made from a name of the data model, or the name itself where a later version has a new one.
func (v *view) word(key, name string, args ...any) prose {
	if _, ok := catalogue[key+name]; !ok {
		return prose(clean(name))
	}
	return v.say(key+name, args...)
}

// sensitivityHead is the headline of the analysis alone.
func (v *view) sensitivityHead() prose {
	b := v.r.Sensitivity.Base
	total := v.say("about", v.whole(about(b.Population, b.Observed)))
	if i, ok := b.Interval(); b.AtLeast || ok && i.Unbounded() {
		least := b.Population
		if ok && i.Unbounded() {
			least = b.Lower
		}
		total = v.say("at-least", v.whole(downward(least, 2, b.Observed)))
	}
	return v.say("head"+form(int(min(b.Observed, 2))), capital(total), v.count(b.Observed))
}

// sensitivitySentences say what the answer depends on most, within which range it stays, and what data would narrow it most.
func (v *view) sensitivitySentences() []prose {
	s := v.r.Sensitivity
	var out []prose
	rests, how := v.unvaried(), v.bound()
	if rests != "" {
		rests, how = rests+" ", "-rest"
	}
	switch s.Base.Against {
	case "":
	case "poor-fit":
		rests = v.say("lead-poor-fit") + " " + rests
	default:
		rests = v.say("sens-against", v.because(s.Base.Against)) + " " + rests
	}
	if len(s.Swings) > 0 && s.Summary.Depends != "" {
		w := s.Swings[0]
		out = append(out, rests+v.say("sens-depends"+how, v.matter(w)+v.asMuch("sens-as-much", s.Summary.AsMuch), prose(v.whole(w.Low.Population))+v.where(w.Low), prose(v.whole(w.High.Population))+v.where(w.High)))
	} else {
		out = append(out, rests+v.say("sens-depends-none"))
	}
	m := s.Summary
	i := estimators.Interval{Lower: m.Union.Lower, Upper: float64(m.Union.Upper), Level: m.Level, Kind: estimators.Union}
	least := v.whole(downward(i.Lower, 2, min(s.Base.Observed, int64(i.Lower))))
	stays := v.between(estimators.Interval{Lower: m.Estimates.Lower, Upper: float64(m.Estimates.Upper)}, min(s.Base.Observed, int64(m.Estimates.Lower)))
	switch {
	case m.Within && i.Unbounded():
		out = append(out, v.say("sens-stays-within-unbounded", v.parameter(s.Within.Lower), v.parameter(float64(s.Within.Upper)), stays, v.level(m.Level), least, v.unlimited()+v.without()))
	case m.Within:
		out = append(out, v.say("sens-stays-within", v.parameter(s.Within.Lower), v.parameter(float64(s.Within.Upper)), stays, v.level(m.Level), v.between(i, min(s.Base.Observed, int64(i.Lower))))+v.without())
	case s.Base.AtLeast:
		out = append(out, v.say("sens-stays-bound", stays, v.level(m.Level), least)+v.without())
	case math.IsInf(float64(m.Estimates.Upper), 1):
		lowest := v.whole(downward(m.Estimates.Lower, 2, min(s.Base.Observed, int64(m.Estimates.Lower))))
		out = append(out, v.say("sens-stays-endless", lowest, v.level(m.Level), least, v.unlimited()+v.without()))
	case i.Unbounded():
		out = append(out, v.say("sens-stays-unbounded", stays, v.level(m.Level), least, v.unlimited()+v.without()))
	default:
		out = append(out, v.say("sens-stays", stays, v.level(m.Level), v.between(i, min(s.Base.Observed, int64(i.Lower))))+v.without())
	}
	var known, planned prose
	for _, n := range m.Narrows {
		switch {
		case n.About == estimators.AboutPlanned && planned == "" && n.Ratio > 0:
			planned = v.plannedWords(n)
		case n.About != estimators.AboutPlanned && known == "":
			known = v.say("sens-narrow"+v.bound(), v.knowing(n)+v.asMuch("sens-narrows-as-much", n.AsMuch), v.whole(n.Settles.Lower), v.whole(float64(n.Settles.Upper)))
		}
	}
	if planned == "" {
		planned = v.plannedFailed()
	}
	switch {
	case known != "" && planned != "":
		out = append(out, known+"; "+planned+".")
	case known != "":
		out = append(out, known+".")
	case planned != "":
		out = append(out, sentence(planned))
	default:
		out = append(out, v.say("sens-narrow-none"))
	}
	return out
}

// asMuch says in brackets how many others matter as much; nothing when none does.
func (v *view) asMuch(key string, n int) prose {
	if n == 0 {
		return ""
	}
	return " (" + v.plural(key, n) + ")"
}

// unvaried says that what two lists that share nobody take for granted could not be varied.
func (v *view) unvaried() prose {
	if v.bound() != "" {
		return "" // a lower bound does not rest on it
	}
	for _, c := range v.r.Sensitivity.Curves {
		if c.Assumption == "odds-ratio" && c.Reason != nil && c.Reason.Code == "no-overlap" {
			return v.say("sens-unvaried", v.assumption(c.Assumption, c.Lists))
		}
	}
	return ""
}

// bound is the end of the key of words about a lower bound; "" when the base is none.
func (v *view) bound() string {
	if v.r.Sensitivity.Base.AtLeast {
		return "-bound"
	}
	return ""
}

// without says which mild departures have no estimate, and why the first of them has none.
func (v *view) without() (out prose) {
	s := v.r.Sensitivity
	if n := len(s.Summary.Refused); n > 0 {
		a, why := s.Summary.Refused[0], prose("")
		if a.Reason != nil {
			why = " (" + v.because(a.Reason.Code) + ")"
		}
		out = " " + v.say("sens-no-estimate"+form(n), v.count(int64(n)), v.departs(a), why)
	}
	for _, w := range s.Swings {
		if w.About == estimators.AboutAssumption && w.Refused > 0 {
			out += " " + v.say("sens-no-estimate-part", v.assumption(w.Assumption, w.Lists), v.parameter(w.From), v.parameter(w.To))
		}
	}
	return out
}

// unlimited says whose interval has no upper limit, and why.
func (v *view) unlimited() prose {
	a := v.r.Sensitivity.Summary.Unlimited
	switch {
	case a == nil:
		return ""
	case a.Failed > 0:
		return " " + v.say("sens-unlimited-failed", v.departs(*a), v.count(int64(a.Failed)), v.count(int64(a.Replicates)), v.because(a.Why))
	case a.About == estimators.AboutBase:
		return " " + v.say("sens-unlimited-base")
	}
	return " " + v.say("sens-unlimited", v.departs(*a))
}

// because is what a code says, to be put behind "because".
func (v *view) because(code string) prose {
	m, _ := v.meaning(code)
	return m
}

// plannedWords say what a planned list would do to the interval.
func (v *view) plannedWords(n estimators.Narrowing) prose {
	if len(n.Lists) > 0 {
		return v.say("sens-planned-with", v.percent(n.Coverage), name(n.Lists[0]), v.percent(n.Ratio))
	}
	return v.say("sens-planned", v.percent(n.Coverage), v.percent(n.Ratio))
}

// plannedFailed says that too many of the tables that were simulated of a planned list have no estimate; nothing when they have.
func (v *view) plannedFailed() prose {
	for _, p := range v.r.Sensitivity.Planned {
		if p.Unreliable() {
			return v.say("sens-planned-failed", v.count(int64(p.Failed)), v.count(int64(p.Replicates)))
		}
	}
	return ""
}

// matter names what a swing is about, as in "which lists are counted".
func (v *view) matter(w estimators.Swing) prose {
	if w.About != estimators.AboutAssumption {
		return v.word("means-matter-", w.About)
	}
	return v.assumption(w.Assumption, w.Lists)
}

// assumption names the parameter of an assumption.
func (v *view) assumption(kind string, lists []string) prose {
	var names []prose
	for _, l := range lists {
		names = append(names, name(l))
	}
	if len(names) == 0 {
		return v.word("means-assumption-", kind)
	}
	return v.word("means-assumption-of-", kind, v.and(names))
}

// knowing names the data that would settle a matter.
func (v *view) knowing(n estimators.Narrowing) prose {
	if len(n.Lists) == 0 {
		return v.word("means-knowing-", n.About)
	}
	if n.About == estimators.AboutModel && len(n.Lists) > 2 { // one interaction of all of them, and not of every two
		if len(n.Lists) == 3 {
			return v.say("sens-knowing-three", v.listed(n.Lists))
		}
		return v.say("sens-knowing-several", v.listed(n.Lists))
	}
	return v.word("means-knowing-of-", n.About, v.listed(n.Lists))
}

func (v *view) listed(lists []string) prose {
	var names []prose
	for _, l := range lists {
		names = append(names, name(l))
	}
	return v.and(names)
}

// where says in brackets which alternative an estimate is of; nothing for the base.
func (v *view) where(a estimators.Alternative) prose {
	w := v.departs(a)
	switch {
	case w == "":
		return ""
	case v.belowSeen(a):
		return " (" + w + "; " + v.say("sens-fewer-than-seen", v.count(v.r.Sensitivity.Base.Observed)) + ")"
	}
	return " (" + w + ")"
}

// belowSeen reports whether an estimate from some of the lists is below the number of people whom all of them have seen, and so cannot be right.
func (v *view) belowSeen(a estimators.Alternative) bool {
	return slices.Contains([]string{estimators.AboutDrop, estimators.AboutLargest, estimators.AboutPair}, a.About) &&
		a.Status != estimators.Refused && math.Round(a.Population) < float64(v.r.Sensitivity.Base.Observed)
}

// size is an estimate; one that cannot be right is marked.
func (v *view) size(a estimators.Alternative) prose {
	out := prose(v.whole(a.Population))
	if a.AtLeast {
		out = v.say("at-least", v.whole(a.Population))
	}
	if v.belowSeen(a) {
		out += " (" + v.say("sens-fewer", v.count(v.r.Sensitivity.Base.Observed)) + ")"
	}
	return out
}

// departs says what an alternative changes, as in "without GO".
func (v *view) departs(a estimators.Alternative) prose {
	switch a.About {
	case estimators.AboutBase:
		return ""
	case estimators.AboutDrop:
		return v.say("sens-without", v.listed(a.Lists))
	case estimators.AboutMerge:
		return v.say("sens-as-one", v.listed(a.Lists))
	case estimators.AboutLargest, estimators.AboutPair:
		return v.say("sens-only", v.listed(a.Lists))
	case estimators.AboutOverlap:
		if a.Amount < 0 {
			return v.say("sens-one-fewer", v.listed(a.Lists))
		}
		return v.say("sens-one-more", v.listed(a.Lists))
	case estimators.AboutMissed:
		return v.say("sens-missed", v.share(a.Amount))
	case estimators.AboutFalse:
		return v.say("sens-false", v.share(a.Amount))
	case estimators.AboutOverCoverage:
		return v.say("sens-over", v.share(a.Amount), v.listed(a.Lists))
	case estimators.AboutMisreported:
		switch {
		case a.Amount > 0:
			return v.say("sens-denied", v.listed(a.Lists), v.share(a.Amount))
		case a.Amount < 0:
			return v.say("sens-claimed", v.listed(a.Lists), v.share(-a.Amount))
		}
		return v.say("sens-right", v.listed(a.Lists))
	case estimators.AboutModel:
		return name(a.Model)
	case estimators.AboutMethod:
		return v.titleOf(a.Method)
	case estimators.AboutAssumption:
		return v.say("sens-at", v.parameter(a.Amount))
	}
	return prose(clean(a.About))
}

// share writes a rate with as many decimals as it needs, at most one.
func (v *view) share(x float64) string {
	if r := 100 * x; math.Abs(r-math.Round(r)) < 0.05 {
		return v.fixed(r, 0) + "%"
	}
	return v.fixed(100*x, 1) + "%"
}

// parameter writes a ratio: with two decimals, below 0.1 with as many as it needs, and from 100 on with none.
func (l *language) parameter(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "∞"
	case x > 0 && x < 0.1:
		return l.fixed(x, min(9, max(3, int(math.Ceil(-math.Log10(x))))))
	case x >= 99.95 || math.Abs(x-math.Round(x)) < 1e-9:
		return l.fixed(x, 0)
	case x >= 9.995:
		return l.fixed(x, 1)
	}
	return l.fixed(x, 2)
}

// titleOf is the name of a method as printed.
func (v *view) titleOf(method string) prose {
	if method == "loglinear-tied" {
		return v.say("sens-tied")
	}
	return v.methodTitle(estimators.Estimate{Method: method})
}

// moved writes how far an estimate lies from that of the base, as +23%.
func (v *view) moved(influence float64) prose {
	x := math.Expm1(influence)
	s := v.fixed(100*x, 0)
	if s == "0" && math.Abs(x) >= 0.0005 {
		s = v.fixed(100*x, 1)
	}
	if x > 0 && s != "0" {
		s = "+" + s
	}
	return prose(s + "%")
}

// alternativeRow is an estimate with its interval and its distance from the base.
func (v *view) alternativeRow(what prose, a estimators.Alternative) []prose {
	if a.Status == estimators.Refused {
		if a.Reason != nil {
			what += " (" + v.because(a.Reason.Code) + ")"
		}
		return []prose{what, v.say("refused"), "", ""}
	}
	row := []prose{what, v.size(a), "", v.moved(a.Influence)}
	if i, ok := a.Interval(); ok {
		row[2] = prose(v.limits(i))
		var aside []prose
		if i.Kind != v.r.Sensitivity.Base.Kind && a.About != estimators.AboutPair {
			aside = append(aside, prose(v.kindName(i.Kind)))
		}
		if a.Failed > 0 {
			aside = append(aside, v.say("sens-failed", v.count(int64(a.Failed)), v.count(int64(a.Replicates))))
		}
		if len(aside) > 0 {
			row[2] += " (" + join(aside, "; ") + ")"
		}
	}
	return row
}

// footOfRows explains what is marked in a table of alternatives.
func (v *view) footOfRows(as []estimators.Alternative) prose {
	var out []prose
	if slices.ContainsFunc(as, v.belowSeen) {
		out = append(out, v.say("sens-fewer-foot", v.count(v.r.Sensitivity.Base.Observed)))
	}
	var why []string
	for _, a := range as {
		if a.Failed > 0 && !slices.Contains(why, a.Why) {
			why = append(why, a.Why)
		}
	}
	for _, w := range why {
		out = append(out, v.say("sens-failed-foot", v.because(w)))
	}
	return join(out, " ")
}

func (v *view) limitsRange(r estimators.Range) prose {
	return prose(v.limits(estimators.Interval{Lower: r.Lower, Upper: float64(r.Upper)}))
}

// estimates writes a range of estimates to the nearest person, as tables give each of them.
func (v *view) estimates(r estimators.Range) prose {
	if math.IsInf(float64(r.Upper), 1) {
		return v.say("at-least", v.whole(r.Lower))
	}
	return v.say("from-to", v.whole(r.Lower), v.whole(float64(r.Upper)))
}

// about returns the alternatives about one of the matters.
func (v *view) alternatives(about ...string) (out []estimators.Alternative) {
	for _, a := range v.r.Sensitivity.Alternatives {
		if slices.Contains(about, a.About) {
			out = append(out, a)
		}
	}
	return out
}

// swingSheet is the tornado chart in numbers.
func (v *view) swingSheet() ledger {
	s := ledger{id: "swings", title: v.say("sens-swings-title"), drawn: v.say("sens-swings-drawn"), right: "lrlrlr",
		heads: []prose{v.say("sens-matter"), v.say("sens-least"), "", v.say("sens-greatest"), "", v.say("sens-union")}}
	var ends []estimators.Alternative
	for _, w := range v.r.Sensitivity.Swings {
		s.rows = append(s.rows, []prose{capital(v.matter(w)), prose(v.whole(w.Low.Population)), v.endOrNone(w), prose(v.whole(w.High.Population)), v.end(w.High), v.limitsRange(w.Interval)})
		ends = append(ends, w.Low, w.High)
	}
	s.foot = join(slices.DeleteFunc([]prose{v.rejectedWords(), v.footOfRows(ends)}, func(x prose) bool { return x == "" }), " ")
	return s
}

// end says of which alternative an end of a swing is, and whether it cannot be right.
func (v *view) end(a estimators.Alternative) prose {
	if v.belowSeen(a) {
		return v.departs(a) + ", " + v.say("sens-fewer", v.count(v.r.Sensitivity.Base.Observed))
	}
	return v.departs(a)
}

// endOrNone is the lower end of a swing, or says that there is none.
func (v *view) endOrNone(w estimators.Swing) prose {
	if w.Width() == 0 {
		return v.say("sens-unmoved")
	}
	return v.end(w.Low)
}

// rejectedWords say how many methods are left out of the chart.
func (v *view) rejectedWords() prose {
	for _, w := range v.r.Sensitivity.Swings {
		if w.Rejected > 0 {
			return v.plural("sens-rejected", w.Rejected)
		}
	}
	return ""
}

func (v *view) versionHeads(first string) []prose {
	kind := v.say("interval")
	if b, ok := v.r.Sensitivity.Base.Interval(); ok {
		kind = v.say("interval-head", v.level(b.Level), v.kindName(b.Kind))
	}
	return []prose{v.say(first), v.say("estimate"), kind, v.say("sens-change")}
}

// sensitivitySheets are the tables, in the order of the page.
func (v *view) sensitivitySheets() []ledger {
	s := v.r.Sensitivity
	var out []ledger
	add := func(x ledger) {
		if len(x.rows) > 0 {
			out = append(out, x)
		}
	}
	add(v.tippingSheet())
	x := ledger{id: "influence", title: v.say("sens-influence-title"), drawn: v.say("sens-influence-drawn"), right: "lrrrrl",
		heads: []prose{v.say("sens-list"), v.say("sens-on-it"), v.say("sens-alone"), v.say("sens-dropped"), v.say("sens-merged"), v.say("sens-merged-with")}}
	for _, l := range s.Influence {
		dropped := v.moved(l.Dropped)
		if l.Refused {
			dropped = v.say("refused")
		}
		row := []prose{name(l.List), prose(v.count(l.Total)), prose(v.count(l.Only)), dropped, "", ""}
		if l.With != "" {
			row[4], row[5] = v.moved(l.Merged), name(l.With)
		}
		x.rows = append(x.rows, row)
	}
	add(x)
	x = ledger{id: "versions", title: v.say("sens-versions-title"), drawn: v.versionsDrawn(), right: "lrrr", heads: v.versionHeads("sens-lists-used")}
	versions := v.alternatives(estimators.AboutDrop, estimators.AboutMerge, estimators.AboutLargest)
	for _, a := range versions {
		x.rows = append(x.rows, v.alternativeRow(capital(v.departs(a)), a))
	}
	x.foot = v.footOfRows(versions)
	add(x)
	add(v.pairSheet())
	add(v.doubtSheet())
	add(v.boundSheet())
	add(v.priorSheet())
	x = ledger{id: "planned", title: v.say("sens-planned-title"), drawn: v.say("sens-planned-drawn"), right: "lrrrrr",
		heads: []prose{v.say("sens-planned-list"), v.say("sens-planned-people"), v.say("sens-before"), v.say("sens-after"), v.say("sens-ratio"), v.say("sens-covered")}}
	for _, p := range s.Planned {
		what := v.say("sens-plan", v.share(p.Coverage))
		if p.With != "" {
			what = v.say("sens-plan-with", v.share(p.Coverage), name(p.With)) + " " + prose(v.parameter(p.Odds))
		}
		if p.Failed > 0 {
			what += " (" + v.say("sens-failed", v.count(int64(p.Failed)), v.count(int64(p.Replicates))) + ")"
			x.foot = v.say("sens-planned-failed-foot")
		}
		x.rows = append(x.rows, []prose{what, prose(v.whole(p.People)), prose(v.whole(p.Before)), prose(v.whole(p.After)), prose(v.percent(p.Ratio)), prose(v.percent(p.CoveredAfter))})
	}
	add(x)
	add(v.consistencySheet())
	add(v.changeSheet())
	return out
}

// versionsDrawn says what is in the table of other lists, and what becomes of the model.
func (v *view) versionsDrawn() prose {
	if v.r.Sensitivity.Selected {
		return v.say("sens-versions-drawn") + " " + v.say("sens-versions-anew")
	}
	return v.say("sens-versions-drawn") + " " + v.say("sens-versions-held")
}

// pairSheet is what every two lists say alone: if they are independent, and at the ends of the range of their odds ratio over everybody.
func (v *view) pairSheet() ledger {
	x := ledger{id: "pairs-alone", title: v.say("sens-pairs-title"), drawn: v.say("sens-pairs-drawn"), right: "lrrr", heads: v.versionHeads("sens-lists-used")}
	x.heads[2] = v.say("interval")
	ends := map[string]estimators.AssumptionCurve{}
	for _, c := range v.r.Sensitivity.Curves {
		if c.Assumption == "marginal" && len(c.Points) > 1 {
			ends[strings.Join(c.Lists, "\x00")] = c
			if len(ends) == 1 {
				x.heads = append(x.heads, v.say("sens-at-odds", v.parameter(c.From)), v.say("sens-at-odds", v.parameter(c.To)))
				x.right += "rr"
			}
		}
	}
	at := func(p estimators.AssumptionPoint) prose {
		if p.Status == estimators.Refused {
			return v.say("sens-fewer", v.count(v.r.Sensitivity.Base.Observed))
		}
		return prose(v.whole(p.Population))
	}
	pairs := v.alternatives(estimators.AboutPair)
	for _, a := range pairs {
		row := v.alternativeRow(v.listed(a.Lists), a)
		if len(ends) > 0 {
			row = append(row, "", "")
			if c, ok := ends[strings.Join(a.Lists, "\x00")]; ok {
				row[4], row[5] = at(c.Points[0]), at(c.Points[len(c.Points)-1])
			}
		}
		x.rows = append(x.rows, row)
	}
	x.foot = v.footOfRows(pairs)
	return x
}

// boundSheet is what is left of the estimate when less is assumed.
func (v *view) boundSheet() ledger {
	x := ledger{id: "bounds", title: v.say("sens-bounds-title"), drawn: v.say("sens-bounds-drawn"), right: "lrr", heads: []prose{v.say("sens-granted"), v.say("estimate"), v.say("interval")}}
	for _, b := range v.r.Sensitivity.Bounds {
		row := []prose{v.granted(b) + v.exclusive(b), v.say("refused"), ""}
		switch {
		case b.Status != estimators.Refused:
			row[1], row[2] = v.estimates(b.Estimates), v.limitsRange(b.Interval)
			if b.Empty {
				row[1] = v.say("sens-empty")
			}
		case b.Reason != nil:
			said, _ := v.fact(b.Reason.Text)
			row[0] += " (" + said + ")"
		}
		x.rows = append(x.rows, row)
		if len(b.SetBy) > 0 && b.Assumption == "positive-dependence" {
			x.foot = v.unsetting(b)
		}
	}
	return x
}

// exclusive says in brackets which pairs a bound leaves out, because nobody can be on both.
func (v *view) exclusive(b estimators.AssumptionBound) prose {
	var pairs []prose
	for _, p := range b.Exclusive {
		pairs = append(pairs, v.listed(p))
	}
	if len(pairs) == 0 {
		return ""
	}
	return " (" + v.say("sens-exclusive", join(pairs, "; ")) + ")"
}

// unsetting says which pairs do not set the bound of positive dependence although their estimates are greater, and how many bound nothing.
func (v *view) unsetting(b estimators.AssumptionBound) prose {
	var out []prose
	var greatest estimators.Alternative
	above, without := 0, 0
	for _, a := range v.alternatives(estimators.AboutPair) {
		switch {
		case a.Status == estimators.Refused:
			without++
		case math.Round(a.Population) > math.Round(b.Estimates.Lower):
			if above++; a.Population > greatest.Population {
				greatest = a
			}
		}
	}
	if above > 0 {
		out = append(out, v.say("sens-set-by-above"+form(above), v.count(int64(above)), v.listed(greatest.Lists), v.whole(greatest.Population)))
	}
	if without > 0 {
		out = append(out, v.plural("sens-set-by-none", without))
	}
	return join(out, " ")
}

// granted says what a bound takes for granted.
func (v *view) granted(b estimators.AssumptionBound) prose {
	out := v.word("means-bound-", b.Assumption)
	if len(b.SetBy) > 0 {
		return out + " (" + v.say("sens-set-by", v.listed(b.SetBy), v.persons(b.Shared)) + ")"
	}
	var parts []prose
	for _, g := range b.Granted {
		from, to := v.parameter(g.From), v.parameter(float64(g.To))
		switch {
		case b.Assumption == "pair-capture":
			parts = append(parts, v.say("sens-granted-share", v.share(g.From), v.share(float64(g.To)), v.listed(g.Lists)))
		case len(g.Lists) > 0 && math.IsInf(float64(g.To), 1):
			parts = append(parts, v.say("sens-granted-odds-least", v.listed(g.Lists), from))
		case len(g.Lists) > 0:
			parts = append(parts, v.say("sens-granted-odds", v.listed(g.Lists), from, to))
		default:
			return out + " " + v.say("from-to", from, to)
		}
	}
	if len(parts) > 0 {
		return capital(join(parts, "; "))
	}
	return out
}

// priorSheet is the estimate when the parameter of each assumption has a prior.
func (v *view) priorSheet() ledger {
	x := ledger{id: "prior", title: v.say("sens-prior-title"), right: "lrrr"}
	failed := false
	var found []prose
	for _, c := range v.r.Sensitivity.Curves {
		p := c.Prior
		if p == nil || c.Assumption == "marginal" { // two lists alone are another estimate
			continue
		}
		if x.heads == nil {
			law := v.word("means-prior-", p.Law, v.parameter(p.Lower), v.parameter(p.Upper))
			x.drawn = v.say("sens-prior-drawn", law)
			x.heads = []prose{v.say("sens-assumption"), v.say("sens-prior-median"), v.say("interval-head", v.level(c.Level), v.say("sens-prior-kind")), v.say("sens-prior-failed")}
		}
		row := []prose{capital(v.assumption(c.Assumption, c.Lists)), prose(v.whole(p.Population)), v.limitsRange(p.Interval), ""}
		if p.Failed > 0 {
			row[3], failed = prose(v.percent(p.Failed)), true
		}
		if c.Assumption == "pair" && float64(c.Base.Value) != 1 { // in the model, which found another value
			found = append(found, v.listed(c.Lists))
		}
		x.rows = append(x.rows, row)
	}
	if len(found) > 0 {
		x.foot = v.say("sens-prior-found", join(found, "; "))
	}
	if !failed && x.heads != nil {
		x.heads, x.right = x.heads[:3], "lrr"
		for i := range x.rows {
			x.rows[i] = x.rows[i][:3]
		}
	}
	return x
}

// doubtSheet are the errors in the data, of the overlaps those that move the estimate most.
func (v *view) doubtSheet() ledger {
	x := ledger{id: "doubt", title: v.say("sens-doubt-title"), drawn: v.say("sens-doubt-drawn"), right: "lrrr", heads: v.versionHeads("sens-if")}
	overlaps := v.alternatives(estimators.AboutOverlap)
	slices.SortStableFunc(overlaps, func(a, b estimators.Alternative) int {
		return cmp.Compare(math.Abs(b.Influence), math.Abs(a.Influence))
	})
	if n := len(overlaps); n > overlapRows {
		fall, rise := 0.0, 0.0
		for _, a := range overlaps[overlapRows:] {
			fall, rise = math.Min(fall, a.Influence), math.Max(rise, a.Influence)
		}
		x.foot = v.say("sens-overlaps-left", v.count(int64(n-overlapRows)), v.moved(fall), v.moved(rise))
		overlaps = overlaps[:overlapRows]
	}
	rest := v.alternatives(estimators.AboutMissed, estimators.AboutFalse, estimators.AboutOverCoverage, estimators.AboutMisreported)
	x.foot = join(slices.DeleteFunc([]prose{x.foot, v.footOfRows(rest)}, func(x prose) bool { return x == "" }), " ")
	for _, a := range slices.Concat(overlaps, rest) {
		x.rows = append(x.rows, v.alternativeRow(capital(v.departs(a)), a))
	}
	return x
}

// tippingSheet says at which departure each claim fails: a row for each assumption, under each claim.
func (v *view) tippingSheet() ledger {
	x := ledger{id: "tipping", title: v.say("sens-tipping-title"), drawn: v.say("sens-tipping-drawn"), right: "llrr", heads: []prose{v.say("sens-claim"), v.say("sens-assumption"), v.say("sens-by-estimate"), v.say("sens-by-interval")}}
	var claims []prose
	rows := map[prose][][]prose{}
	for _, c := range v.r.Sensitivity.Curves {
		if c.Assumption == "marginal" { // the claim is not about what two lists say alone
			continue
		}
		at := map[prose]int{}
		for _, t := range c.Tipping {
			claim := v.claim(t)
			if !slices.Contains(claims, claim) {
				claims = append(claims, claim)
			}
			if _, ok := at[claim]; !ok {
				at[claim] = len(rows[claim])
				rows[claim] = append(rows[claim], []prose{claim, capital(v.assumption(c.Assumption, c.Lists)), "", ""})
			}
			place := 2
			if t.Of == "interval" {
				place = 3
			}
			rows[claim][at[claim]][place] = v.tips(t)
		}
	}
	for _, c := range claims {
		x.rows = append(x.rows, rows[c]...)
	}
	return x
}

// tips says where a claim fails.
func (v *view) tips(t estimators.Tipping) prose {
	switch {
	case t.State == "never" && t.To > 0:
		return v.say("sens-tips-never", v.parameter(t.From), v.parameter(float64(t.To)))
	case t.State != "tips":
		return v.word("means-tipping-", t.State)
	case t.Departure > 0 && t.Beyond:
		return v.say("sens-tips-beyond", v.parameter(t.Value), v.parameter(t.Departure))
	case t.Departure > 0:
		return v.say("sens-tips", v.parameter(t.Value), v.parameter(t.Departure))
	case t.Beyond:
		return v.say("sens-tips-beyond-zero", v.parameter(t.Value))
	}
	return v.say("sens-tips-zero", v.parameter(t.Value))
}

// claim writes a claim in the language.
func (v *view) claim(t estimators.Tipping) prose {
	key := "means-claim-fewer"
	value := v.whole(t.Threshold)
	if t.Quantity == "visibility" {
		key, value = "means-claim-below", v.fixed(100*t.Threshold, 2)
		value = strings.TrimSuffix(strings.TrimRight(value, "0"), v.decimal) + "%"
	}
	if t.Above {
		key = map[string]string{"means-claim-fewer": "means-claim-more", "means-claim-below": "means-claim-above"}[key]
	}
	return v.say(key, value)
}

// consistencySheet is how well every method estimates what is known.
func (v *view) consistencySheet() ledger {
	c := v.r.Sensitivity.Consistency
	if c == nil {
		return ledger{}
	}
	x := ledger{id: "consistency", title: v.consistencyTitle(), drawn: v.say("sens-consistency-drawn", v.count(c.Least)), right: "lrrrrr",
		heads: []prose{v.say("method"), v.say("sens-scored"), v.say("sens-bias"), v.say("sens-rmse"), v.say("sens-coverage"), v.say("sens-too-low")}}
	for _, s := range c.Scores {
		if s.Lists == 0 {
			continue
		}
		row := []prose{v.titleOf(s.Method), prose(v.count(int64(s.Lists))), v.moved(s.Mean), prose(v.fixed(s.RMSE, 2)), "–", "–"}
		if s.Intervals > 0 {
			row[4], row[5] = prose(v.percent(s.Coverage)), prose(v.percent(1-s.Below))
		}
		if s.Method == v.r.Sensitivity.Method {
			row[0] = row[0] + " ← " + v.say("headline-mark")
		}
		x.rows = append(x.rows, row)
	}
	return x
}

// consistencyTitle is the finding about the method of the headline.
func (v *view) consistencyTitle() prose {
	s := v.r.Sensitivity
	for _, c := range s.Consistency.Scores {
		if c.Method == s.Method && c.Lists > 0 {
			if s.Base.AtLeast {
				return v.say("sens-consistency-bound"+form(c.Lists), v.count(int64(c.Lists)), v.moved(c.Mean))
			}
			return v.say("sens-consistency-title"+form(c.Lists), v.count(int64(c.Lists)), v.moved(c.Mean))
		}
	}
	return v.say("sens-consistency-none")
}

// changeSheet says whether the sign of a change between periods holds.
func (v *view) changeSheet() ledger {
	x := ledger{id: "changes", title: v.say("sens-change-title"), drawn: v.say("sens-change-drawn"), right: "lrrrrr", heads: []prose{v.say("sens-from-to"), v.say("sens-change-base"), v.say("sens-up"), v.say("sens-down"), v.say("sens-not-counted"), v.say("sens-refused")}}
	for _, c := range v.r.Sensitivity.Changes {
		base := v.say("refused")
		if c.Base.Reason != nil {
			base += " (" + v.because(c.Base.Reason.Code) + ")"
		}
		if !c.Base.Refused {
			base = v.moved(math.Log(c.Base.Ratio))
		}
		x.rows = append(x.rows, []prose{name(c.Covariate) + " " + v.say("from-to", name(c.From), name(c.To)), base, prose(v.count(int64(c.Up))), prose(v.count(int64(c.Down))), prose(v.count(int64(c.Rejected + c.Bounds))), prose(v.count(int64(c.Refused)))})
	}
	x.foot = v.say("sens-change-foot" + v.bound())
	return x
}

// leastQuantiles is the number of estimates from which nine in ten of them mean anything.
const leastQuantiles = 10

// multiverseWords say how the specifications spread.
func (v *view) multiverseWords() prose {
	m := v.r.Sensitivity.Multiverse
	if m == nil || m.Estimated == 0 {
		return ""
	}
	out := v.say("sens-multiverse", v.count(int64(m.Estimated)), v.count(int64(m.Rejected)), v.count(int64(m.Bounds)))
	if m.Counted >= leastQuantiles {
		out += " " + v.say("sens-multiverse-spread", v.count(int64(m.Counted)), v.whole(m.Lower), v.whole(m.Upper), v.whole(m.Median))
		if !v.r.Sensitivity.Base.AtLeast {
			out += " " + v.say("sens-multiverse-inside", v.percent(m.Inside))
		}
	}
	return out + " " + v.say("sens-multiverse-no-chances")
}

// mildWords say which departures count as mild.
func (v *view) mildWords() prose {
	w := v.r.Sensitivity.Within
	var out prose
	mild := []string{estimators.AboutOverlap, estimators.AboutMissed, estimators.AboutFalse, estimators.AboutOverCoverage} // of which the words speak
	switch {
	case v.bound() != "":
		out, mild = v.say("sens-mild-bound"), []string{estimators.AboutOverlap, estimators.AboutOverCoverage}
	case v.r.Sensitivity.Summary.Within:
		return v.say("sens-mild-within", v.parameter(w.Lower), v.parameter(float64(w.Upper)))
	case !slices.ContainsFunc(v.r.Sensitivity.Swings, func(s estimators.Swing) bool { return s.About == estimators.AboutAssumption }):
		out = v.say("sens-mild-data")
	default:
		out = v.say("sens-mild", v.parameter(w.Lower), v.parameter(float64(w.Upper)))
		if names := v.fromZero(); len(names) > 0 {
			out += " " + v.say("sens-mild-zero", v.and(names), v.parameter(w.Lower), v.parameter(float64(w.Upper)))
		}
	}
	var left []prose
	for _, about := range mild {
		if !slices.ContainsFunc(v.r.Sensitivity.Swings, func(s estimators.Swing) bool { return s.About == about }) {
			left = append(left, v.word("means-matter-", about))
		}
	}
	if len(left) > 0 {
		out += " " + v.say("sens-mild-left", v.and(left))
	}
	if s := v.r.Sensitivity; s.Summary.Union.Lower < float64(s.Base.Observed) {
		out += " " + v.say("sens-mild-fewer", v.count(s.Base.Observed))
	}
	return out
}

// fromZero names the parameters that the estimate found to be 0 (as good as), of which there is no multiple.
func (v *view) fromZero() (names []prose) {
	for _, c := range v.r.Sensitivity.Curves {
		if c.Assumption == "pair" && c.Status != estimators.Refused && float64(c.Base.Value) < c.From/1000 {
			names = append(names, v.assumption(c.Assumption, c.Lists))
		}
	}
	return names
}

// baseWords say what the others are compared with.
func (v *view) baseWords() prose {
	b := v.r.Sensitivity.Base
	out := v.say("sens-base", v.size(b), v.titleOf(b.Method))
	if i, ok := b.Interval(); ok {
		out = v.say("sens-base-interval", v.size(b), v.limits(i), v.kind(i), v.titleOf(b.Method))
	}
	switch differs := v.notHeadline(); differs {
	case "":
	case "point":
		out += " " + v.say("sens-base-point", v.count(b.Observed))
	default:
		out += " " + v.say("sens-base-"+differs)
	}
	return out
}

// notHeadline says in what the start of the page is not the answer of the headline: "point" when that pools linkages, "chosen" when it allows for the choice of the
// model, "known" when there is no headline and the model was chosen all the same; "" when they are one.
func (v *view) notHeadline() string {
	if v.pooled() != nil {
		return "point"
	}
	s := v.r.Sensitivity
	i, ok := s.Base.Interval()
	if !ok || !s.Selected {
		return ""
	}
	if v.aboutSensitivity() {
		return "known"
	}
	if g := v.total(); g != nil {
		if e := g.main(); e != nil && e.Method == s.Method {
			if own, ok := e.Interval(); ok && own.Kind != i.Kind {
				return "chosen"
			}
		}
	}
	return ""
}

// sensitivity in a terminal.
func (t *terminal) sensitivity() {
	for _, s := range t.sensitivitySentences() {
		t.WriteByte('\n')
		t.para(s, 0)
	}
	t.WriteByte('\n')
	t.para(t.baseWords()+" "+t.mildWords(), 0)
	for _, s := range append([]ledger{t.swingSheet()}, t.sensitivitySheets()...) {
		t.section(s.title)
		t.para(s.drawn, 0)
		cols := make([]column, len(s.heads))
		for i, h := range s.heads {
			cols[i] = column{head: h, right: s.right[i] == 'r', flexible: i == 0}
		}
		t.table(cols, s.rows)
		if s.foot != "" {
			t.para(s.foot, 2)
		}
	}
	if m := t.multiverseWords(); m != "" {
		t.section(t.say("sens-multiverse-title"))
		t.para(m, 0)
	}
	if t.aboutSensitivity() {
		t.warned(nil)
	}
	for _, n := range t.r.Sensitivity.Notes {
		t.WriteByte('\n')
		said, _ := t.fact(n)
		t.para(sentence(said), 0)
	}
}

// sensitivity in Markdown.
func (m *markdown) sensitivity(level int) {
	for _, s := range m.sensitivitySentences() {
		m.para(s)
	}
	m.para(m.baseWords() + " " + m.mildWords())
	for _, s := range append([]ledger{m.swingSheet()}, m.sensitivitySheets()...) {
		m.heading(level, s.title)
		m.para(s.drawn)
		m.table(s.heads, s.right, s.rows)
		if s.foot != "" {
			m.para(s.foot)
		}
	}
	if w := m.multiverseWords(); w != "" {
		m.heading(level, m.say("sens-multiverse-title"))
		m.para(w)
	}
	for _, n := range m.r.Sensitivity.Notes {
		said, _ := m.fact(n)
		m.bullet(sentence(said))
	}
}
