package report

import (
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"darkfigure/estimators"
)

// A terminal lays results out in columns of characters.
type terminal struct {
	*view
	strings.Builder
	width  int
	colour bool
}

func (t *terminal) results() {
	switch {
	case len(t.r.Estimates) > 0:
		t.estimates()
	case len(t.r.Models) > 0:
		t.titled(t.modelsHead())
		t.WriteByte('\n')
		t.models()
	case t.r.Sensitivity != nil:
		t.titled(t.sensitivityHead())
		t.sensitivity()
	case t.r.Description != nil:
		t.titled(t.describeHead())
		t.describe()
	default:
		t.head(t.say("no-results"))
	}
	if t.r.Sensitivity != nil && !t.aboutSensitivity() {
		t.section(t.say("sens-title"))
		t.sensitivity()
	}
	t.notes()
	t.colophon()
}

// head writes the first line of an answer.
func (t *terminal) head(p prose) {
	t.lines(t.styled("1", p.plain()), 0)
}

// titled writes the first line of an answer, and below it who is counted, and when.
func (t *terminal) titled(p prose) {
	t.head(p)
	if s := t.stamp(); s != "" {
		t.para(s, 0)
	}
}

func (t *terminal) styled(sgr, s string) string {
	if !t.colour || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

// section writes a heading between two blank lines.
func (t *terminal) section(p prose) {
	t.WriteByte('\n')
	t.lines(t.styled("1", p.plain()), 0)
}

func (t *terminal) para(p prose, indent int) { t.lines(p.plain(), indent) }

// lines writes text wrapped to the width.
func (t *terminal) lines(s string, indent int) {
	pad := strings.Repeat(" ", indent)
	for _, line := range wrap(s, min(t.width, 100)-indent) {
		t.WriteString(pad + line + "\n")
	}
}

// fields writes pairs of a word and its text, the texts aligned.
func (t *terminal) fields(rows [][2]prose) {
	w := 0
	for _, r := range rows {
		w = max(w, width(r[0].plain()))
	}
	w = min(w, t.width/3) + 2
	for _, r := range rows {
		for i, line := range wrap(r[1].plain(), min(t.width, 100)-w) {
			label := ""
			if i == 0 {
				label = r[0].plain()
			}
			t.WriteString(strings.TrimRight(padRight(label, w)+line, " ") + "\n")
		}
	}
}

func (t *terminal) estimates() {
	if len(t.strata()) > 0 {
		t.byStrata()
		return
	}
	g := *t.total()
	a := t.answer(g)
	t.titled(t.headline(a))
	t.WriteByte('\n')
	t.para(t.lead(g, a), 0)
	if a.estimate != nil {
		t.WriteByte('\n')
		t.numbers(g, a)
		t.nearTied(a)
		t.groupTotals(*a.estimate)
	}
	t.inView()
	if !g.isOne() {
		t.compare(g, a)
	}
	t.warned(t.groups)
	t.refused(t.groups)
}

// numbers are the figures of the headline to the last person.
func (t *terminal) numbers(g group, a answer) {
	e := *a.estimate
	var rows [][2]prose
	add := func(label, value prose) { rows = append(rows, [2]prose{label, value}) }
	estimate := prose(t.whole(e.Population))
	hidden := prose(t.whole(e.Hidden))
	if e.LowerBound {
		estimate, hidden = t.say("at-least", t.whole(e.Population)), t.say("at-least", t.whole(e.Hidden))
	}
	apart := a.allows() || a.second != nil // intervals that mean different things stand on lines of their own
	if a.own != nil && !apart {
		estimate += prose("  (" + t.limits(*a.own) + "; " + t.kind(*a.own) + ")")
	}
	if i := a.span(); i != nil {
		h := *i
		h.Lower, h.Upper = h.Lower-float64(e.Observed), h.Upper-float64(e.Observed)
		hidden += prose("  (" + t.limits(h) + ")")
	}
	if i := a.bySource(); i != nil {
		estimate = t.say("sources-mean", t.limits(*i), t.whole(e.Population), t.limits(*a.own), t.kind(*a.own))
		hidden = prose(t.limits(estimators.Interval{Lower: i.Lower - float64(e.Observed), Upper: i.Upper - float64(e.Observed)}))
	}
	add(t.say("estimate"), estimate)
	if apart {
		label := t.say("interval")
		for _, line := range t.intervalLines(a) {
			add(label, line)
			label = ""
		}
	}
	if a.wide != nil {
		add(t.say("to-publish"), prose(t.limits(*a.wide))+", "+t.holds(a))
	}
	add(t.say("not-seen"), hidden)
	add(t.say("seen"), prose(t.count(e.Observed))+"  "+t.onLists())
	add(t.say("visibility"), t.seenShare(a))
	if a.averaged != nil && len(a.averaged.Intervals) > 0 {
		i := a.averaged.Intervals[0]
		add(t.say("averaged"), prose(t.whole(a.averaged.Population)+"  ("+t.limits(i)+"; "+t.kind(i)+")"))
	}
	add(t.say("method"), t.methodTitle(e))
	if e.Model != "" {
		add(t.say("model"), name(e.Model))
	}
	if why, _ := t.why(e.Selection); why != "" {
		add(t.say("why"), why)
	}
	if f := t.fitLine(e); f != "" {
		add(t.say("fit"), f)
	}
	if e.Bootstrap != nil {
		add(t.say("resampling"), t.resampledLine(t.scale(g, a), a))
	}
	if q := e.Pooled; q != nil && q.Draws == 1 {
		add(t.say("links-label"), t.say("pooled-certain"))
	} else if q != nil {
		add(t.say("links-label"), t.say("pooled-over", t.count(int64(q.Draws)), t.percent(q.Share)))
		if len(q.Models) > 0 && q.Draws > 1 {
			add("", t.pooledModels(*q))
		}
	}
	for _, n := range e.Notes {
		said, _ := t.fact(n)
		add(t.say("note-label"), sentence(said))
	}
	t.fields(rows)
}

// fitLine is standard error, criteria and goodness of fit in one line.
func (v *view) fitLine(e estimators.Estimate) prose {
	var parts []prose
	if e.HasSE {
		parts = append(parts, v.say("se", v.whole(e.SE)))
	}
	if f := e.Fit; f != nil {
		parts = append(parts, v.plural("deviance-df", f.DF, v.fixed(f.Deviance, 1)))
		if f.HasGoodnessOfFit {
			parts[len(parts)-1] += prose(" (" + v.pvalue(f.GoodnessOfFit) + ")")
		}
		parts = append(parts, prose("AIC "+v.fixed(f.AIC, 1)), prose("BIC "+v.fixed(f.BIC, 1)))
	}
	return join(parts, "; ")
}

// onLists says on how many lists the observed people were seen.
func (v *view) onLists() prose {
	var names []prose
	for _, n := range v.lists {
		names = append(names, name(n))
	}
	return v.say("on-lists"+form(len(v.lists)), v.spelled(len(v.lists)), join(names, ", "))
}

// nearTied is the table of models that fit about as well as the chosen one.
func (t *terminal) nearTied(a answer) {
	if len(a.near) < 2 {
		return
	}
	s := a.estimate.Selection
	models := a.tiedModels()
	lower, upper := rangeOf(models)
	interval := t.say("interval")
	if a.allows() {
		interval = t.intervalHead(a.near) // of another kind than the headline's
	}
	t.section(t.say("near-tied-head", len(models), t.fixed(s.Window, 0), criterionName(s.Ranking), t.whole(lower), t.whole(upper)))
	cols := []column{{head: "#", right: true}, {head: t.say("model"), flexible: true}, {head: "N", right: true}, {head: interval, right: true}, {head: prose(criterionName(s.Ranking)), right: true}, {head: t.say("weight"), right: true}}
	var rows [][]prose
	shown := min(len(a.near), 20)
	for i, c := range a.near[:shown] {
		rows = append(rows, t.candidateRow(a, i, c))
	}
	t.table(cols, rows)
	if n := len(a.near) - shown; n > 0 {
		t.para(t.plural("models-left-out", n), 2)
	}
	if sp := a.splitOf(); sp != nil {
		what, with, without := t.decides(a, sp)
		t.WriteByte('\n')
		t.para(t.say("split", what, with, without)+" "+t.splitWeights(sp), 0)
	}
}

func (v *view) candidateRow(a answer, i int, c estimators.Candidate) []prose {
	model := name(c.Model)
	if c.Chosen {
		model += " ← " + v.mark(a)
	}
	limits := prose("")
	if len(c.Intervals) > 0 {
		limits = prose(v.limits(c.Intervals[0]))
	}
	return []prose{v.rank(i, c), model, prose(v.whole(c.Population)), limits, prose(v.fixed(criterionOf(c, a.estimate.Selection.Ranking), 1)), v.weight(c)}
}

// rank and weight are empty for a model that is not one of the near-tied ones.
func (v *view) rank(i int, c estimators.Candidate) prose {
	if c.Weight <= 0 {
		return ""
	}
	return prose(v.count(int64(i + 1)))
}

func (v *view) weight(c estimators.Candidate) prose {
	if c.Weight <= 0 {
		return ""
	}
	return prose(v.percent(c.Weight))
}

// splitWeights says how the weight divides over the two sides of a split.
func (v *view) splitWeights(s *estimators.Split) prose {
	first, second := math.Round(100*s.With.Weight), math.Round(100*s.Without.Weight)
	if first == second {
		return v.say("prefer-neither")
	}
	if first < second {
		return v.say("prefer-without", v.whole(second), v.whole(first))
	}
	return v.say("prefer-with", v.whole(first), v.whole(second))
}

// compare is the table of every method with a small plot of the intervals.
func (t *terminal) compare(g group, a answer) {
	if t.countRows(g, a) == 0 {
		return
	}
	t.section(t.say("methods-head"))
	scale := t.scale(g, a)
	cols := []column{{head: t.say("method"), flexible: true}, {head: "N", right: true}, {head: t.say("interval"), right: true}}
	if t.width >= 96 {
		cols = append(cols, column{head: t.say("kind")})
	}
	fixed := 0
	var rows [][]prose
	var drawn []estimators.Estimate
	for i, e := range g.estimates {
		if e.Status == estimators.Refused {
			continue
		}
		what := t.methodTitle(e)
		if e.LowerBound {
			what += " (" + t.say("lower-bound") + ")"
		}
		if e.Model != "" {
			what += " " + name(e.Model)
		}
		if i == g.head && a.bySource() == nil {
			what += " ← " + t.say("headline-mark")
		}
		row := []prose{what, prose(t.whole(e.Population)), "", ""}
		if iv, ok := e.Interval(); ok {
			row[2], row[3] = prose(t.limits(iv)), prose(t.kindName(iv.Kind))
		}
		rows = append(rows, row[:len(cols)])
		drawn = append(drawn, e)
	}
	for c := 1; c < len(cols); c++ {
		w := width(cols[c].head.plain())
		for _, r := range rows {
			w = max(w, width(r[c].plain()))
		}
		fixed += w + 2
	}
	if plot := min(t.width-fixed-max(26, t.width*34/100)-2, 60); plot >= 16 {
		cols = append(cols, column{head: prose(axisLine(t.view, scale, plot)), min: plot})
		for i := range rows {
			rows[i] = append(rows[i], prose(plotLine(drawn[i], scale, plot)))
		}
	}
	t.table(cols, rows)
	if len(t.lists) == 2 && len(rows) > 1 {
		t.para(t.say("methods-three-counts"), 2)
	}
}

// axisLine labels the ends and the middle of an axis of w characters.
func axisLine(v *view, s scale, w int) string {
	line := []rune(strings.Repeat(" ", w))
	put := func(at int, s string) {
		for i, r := range s {
			if at+i >= 0 && at+i < w {
				line[at+i] = r
			}
		}
	}
	end, middle := v.whole(s.max), v.whole(s.max/2)
	put(0, "0")
	if w > len(end)+len(middle)+6 {
		put(w/2-len(middle)/2, middle)
	}
	put(w-len(end), end)
	return string(line)
}

// plotLine draws an interval and its estimate in w characters.
func plotLine(e estimators.Estimate, s scale, w int) string {
	line := []rune(strings.Repeat(" ", w))
	at := func(x float64) int { return min(max(int(math.Round(x/s.max*float64(w-1))), 0), w-1) }
	if i, ok := e.Interval(); ok {
		lo, hi := at(i.Lower), w-1
		if !i.Unbounded() {
			hi = at(i.Upper)
		}
		for x := lo; x <= hi; x++ {
			line[x] = '─'
		}
		line[lo], line[hi] = '├', '┤'
		if i.Unbounded() || i.Upper > s.max {
			line[hi] = '>'
		}
	}
	if e.Population <= s.max {
		line[at(e.Population)] = 'o'
	}
	return string(line)
}

// warned lists every warning with what to do about it.
func (t *terminal) warned(groups []group) {
	ws := t.warnings(groups)
	if len(ws) == 0 {
		return
	}
	t.section(t.plural("warnings-head", len(ws)))
	for i, w := range ws {
		if i > 0 {
			t.WriteByte('\n')
		}
		s := severityOf(w.code)
		sgr := map[estimators.Severity]string{estimators.Serious: "1;31", estimators.TakeCare: "33", estimators.Note: "2"}[s]
		t.WriteString("  " + t.styled(sgr, t.tag(s).plain()) + "  " + clean(w.code) + "\n")
		if w.english() {
			m, _ := t.meaning(w.code)
			t.para(sentence(m), 4)
		}
		for _, f := range w.facts {
			t.para(t.factOf(f), 4)
		}
		if do, _ := t.advice(w.code); do != "" {
			t.para(t.say("what-to-do")+": "+do, 4)
		}
	}
}

// factOf is a fact with the methods it is about.
func (v *view) factOf(f fact) prose {
	if about := f.of.words(); about != "" {
		return about + ": " + f.text
	}
	return f.text
}

// refused lists what could not be estimated, why, and what to do instead.
func (t *terminal) refused(groups []group) {
	rs := t.refusals(groups)
	if len(rs) == 0 {
		return
	}
	t.section(t.plural("refused-head", len(rs)))
	for i, r := range rs {
		if i > 0 {
			t.WriteByte('\n')
		}
		what := r.of.words()
		if r.model != "" {
			what += " " + name(r.model)
		}
		t.para(what+"  "+prose(clean(r.code)), 2)
		if m, english := t.meaning(r.code); r.foreign && !english {
			t.para(sentence(m), 4)
		}
		t.para(r.why, 4)
		if do, _ := t.advice(r.code); do != "" {
			t.para(t.say("instead")+": "+do, 4)
		}
	}
}

// notes are the facts about how the table was read.
func (t *terminal) notes() {
	if len(t.r.Data.Notes) == 0 {
		return
	}
	t.section(t.say("table-read"))
	for _, n := range t.r.Data.Notes {
		said, _ := t.fact(n)
		t.para(sentence(said), 2)
	}
}

// colophon says what reproduces the result.
func (t *terminal) colophon() {
	t.WriteByte('\n')
	t.para(t.reproduce(), 0)
}

// reproduce is version, seed and table in one line.
func (v *view) reproduce() prose {
	source := v.sourceName()
	if p := v.r.Data.Period; p != "" {
		source += ", " + name(p)
	}
	if sha := v.r.Data.SHA256; sha != "" {
		source = v.say("source-hash", source, clean(sha[:min(12, len(sha))]))
	}
	return v.say("made-by", clean(v.r.Run.Version), v.count(int64(v.r.Run.Seed)), source)
}

// byStrata shows groups of people apart: a line for each in one table, then the details of each.
func (t *terminal) byStrata() {
	strata := t.strata()
	if g := t.total(); g != nil {
		a := t.answer(*g)
		t.titled(t.headline(a))
		t.WriteByte('\n')
		t.para(t.lead(*g, a), 0)
	} else {
		t.titled(t.strataHead())
		t.WriteByte('\n')
		t.para(t.say("strata-no-sum"), 0)
	}
	t.WriteByte('\n')
	cols := []column{{head: t.say("group"), flexible: true}, {head: t.say("seen"), right: true}, {head: "N", right: true}, {head: t.say("interval"), right: true}, {head: t.say("visibility"), right: true}, {head: t.say("method"), flexible: true}}
	var rows [][]prose
	for _, g := range strata {
		rows = append(rows, t.stratumRow(g))
	}
	t.table(cols, rows)
	t.inView()
	for _, s := range t.stands() {
		g := s[0]
		a := t.answer(g)
		t.section(t.standing(s))
		t.para(t.standHead(s)+". "+t.lead(g, a), 0)
		if a.estimate == nil {
			t.compare(g, a)
			continue
		}
		t.WriteByte('\n')
		t.numbers(g, a)
		t.nearTied(a)
		if !g.isOne() {
			t.compare(g, a)
		}
	}
	t.warned(t.groups)
	t.refused(t.groups)
}

func (v *view) stratumRow(g group) []prose {
	a := v.answer(g)
	row := []prose{v.label(g), v.seenBy(g, a), v.say("refused"), "", "", ""}
	if e := a.estimate; e != nil {
		share, _, _, _ := e.Visibility()
		row[2], row[4], row[5] = prose(v.whole(e.Population)), prose(v.percent(share)), v.methodTitle(*e)
		if e.LowerBound {
			row[2] = v.say("at-least", v.whole(e.Population))
		}
		if i := a.span(); i != nil {
			row[3] = prose(v.limits(*i))
		}
		if i := a.bySource(); i != nil {
			row[2], row[4] = prose(v.limits(*i)), v.seenShare(a)
		}
	}
	return row
}

// strataHead says that there is one estimate for each group, and of what.
// seenBy is how many people of a group were seen: at least so many where only some lists record whether people belong to it.
func (v *view) seenBy(g group, a answer) prose {
	known := !slices.ContainsFunc(g.labels, func(l estimators.Label) bool { return l.Level == "" })
	if known && slices.ContainsFunc(g.estimates, func(e estimators.Estimate) bool { return e.Reason != nil && e.Reason.Code == "recorded-by-list" }) {
		return v.say("at-least", v.count(a.observed))
	}
	return prose(v.count(a.observed))
}

func (v *view) strataHead() prose {
	var names []prose
	for _, g := range v.strata() {
		for _, l := range g.labels {
			if n := name(l.Name); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return v.plural("strata-head", len(v.strata()), v.and(names), v.persons(v.r.Data.Observed))
}

// A column of a table of text.
type column struct {
	head     prose
	right    bool
	flexible bool // gives way when the table is too wide, and wraps
	min      int
}

// table writes rows under their heads, the flexible column wrapped to the width.
func (t *terminal) table(cols []column, rows [][]prose) {
	const gap = 2
	widths := make([]int, len(cols))
	used := 0
	for c, col := range cols {
		widths[c] = max(width(col.head.plain()), col.min)
		for _, r := range rows {
			widths[c] = max(widths[c], width(r[c].plain()))
		}
		used += widths[c]
	}
	used += gap * len(cols)
	for used > t.width {
		widest := -1
		for c, col := range cols {
			if col.flexible && widths[c] > 12 && (widest < 0 || widths[c] > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		used--
	}
	line := func(cells []string) {
		var b strings.Builder
		for c := range cols {
			b.WriteString("  ")
			if cols[c].right {
				b.WriteString(strings.Repeat(" ", max(widths[c]-width(cells[c]), 0)) + cells[c])
			} else {
				b.WriteString(padRight(cells[c], widths[c]))
			}
		}
		t.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	heads := make([]string, len(cols))
	for c := range cols {
		heads[c] = cols[c].head.plain()
	}
	line(heads)
	for _, r := range rows {
		cells := make([][]string, len(cols))
		height := 1
		for c := range cols {
			cells[c] = []string{r[c].plain()}
			if cols[c].flexible {
				cells[c] = wrap(cells[c][0], widths[c])
			}
			height = max(height, len(cells[c]))
		}
		for i := range height {
			out := make([]string, len(cols))
			for c := range cols {
				if i < len(cells[c]) {
					out[c] = cells[c][i]
				}
			}
			line(out)
		}
	}
}

func width(s string) int { return text.StringWidthWithoutEscSequences(s) }

func padRight(s string, w int) string { return s + strings.Repeat(" ", max(w-width(s), 0)) }

// wrap breaks text at spaces and behind commas, else behind an asterisk, else anywhere, so that
// no line is wider than w.
func wrap(s string, w int) []string {
	w = max(w, 8)
	var out []string
	line := ""
	flush := func() {
		out = append(out, strings.TrimRight(line, " "))
		line = ""
	}
	for _, word := range pieces(s) {
		if width(strings.TrimRight(line+word, " ")) > w && line != "" {
			flush()
		}
		for width(strings.TrimRight(word, " ")) > w {
			cut, soft := 0, 0
			for i := range word {
				if width(word[:i]) > w {
					break
				}
				cut = i
				if i > 0 && word[i-1] == '*' {
					soft = i
				}
			}
			if soft > 0 {
				cut = soft
			}
			line = word[:cut]
			flush()
			word = word[cut:]
		}
		line += word
	}
	if line != "" || len(out) == 0 {
		flush()
	}
	return out
}

// pieces cuts text where a line may end: behind a space, and behind a comma within a long word.
func pieces(s string) []string {
	var out []string
	for _, word := range strings.SplitAfter(s, " ") {
		if len(word) < 12 || strings.Trim(word, "0123456789,.();:*% ") == "" { // a number stays whole
			out = append(out, word)
			continue
		}
		for word != "" {
			i := strings.IndexByte(word, ',')
			if i < 0 {
				break
			}
			out = append(out, word[:i+1])
			word = word[i+1:]
		}
		if word != "" {
			out = append(out, word)
		}
	}
	return out
}
