package report

import (
	"html"
	"strings"
	"unicode"

	"darkfigure/estimators"
)

// A markdown lays results out as Markdown with pipe tables, in the order of the page.
type markdown struct {
	*view
	strings.Builder
}

// markdownSpecial are the characters that mean something in Markdown.
const markdownSpecial = "\\`*_{}[]()#+!|~<>-=."

// md writes prose as Markdown: stress and code become its marks, everything else is literal. A
// backslash stands before what could be read as a mark, and < and & are entities, because Markdown lets HTML through.
func md(p prose) string {
	var b strings.Builder
	inCode := false
	var line strings.Builder
	for _, r := range string(p) {
		switch s := string(r); {
		case s == boldOn || s == boldOff:
			b.WriteString("**")
		case s == codeOn:
			inCode = true
			line.Reset()
		case s == codeOff:
			inCode = false
			b.WriteString(mdCode(line.String()))
		case s == nameOn || s == nameOff:
		case inCode:
			line.WriteString(s)
		case r == '<' || r == '>' || r == '&':
			b.WriteString(html.EscapeString(s))
		case r == '.' || r == '-' || r == '+' || r == '=' || r == '#' || r == '(' || r == ')' || r == '{' || r == '}' || r == '!':
			b.WriteString(s) // these mean something at the start of a line or behind ] only
		case strings.ContainsRune(markdownSpecial, r):
			b.WriteString("\\" + s)
		default:
			b.WriteString(s)
		}
	}
	return b.String()
}

// mdCode is a code span, its pipes made harmless for tables; text with a backquote is written as plain text.
func mdCode(s string) string {
	if strings.Contains(s, "`") {
		return md(prose(s))
	}
	return "`" + strings.ReplaceAll(s, "|", "\\|") + "`"
}

// mdModel is a model as code when its names are plain, else as literal text.
func mdModel(model string) prose {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("[]*,_-. ", r)
	}
	if strings.ContainsFunc(model, func(r rune) bool { return !plain(r) }) {
		return name(model)
	}
	return code(model)
}

func (m *markdown) heading(level int, p prose) {
	if !strings.HasSuffix(m.String(), "\n\n") {
		m.WriteString("\n")
	}
	m.WriteString(strings.Repeat("#", level) + " " + md(p) + "\n\n")
}

// para writes a paragraph; a first character that would make it a list, a heading or a quotation is escaped.
func (m *markdown) para(p prose) {
	s := strings.TrimSpace(md(p))
	if s == "" {
		return
	}
	if strings.ContainsAny(s[:1], "-+=#") {
		s = "\\" + s
	}
	m.WriteString(s + "\n\n")
}

func (m *markdown) bullet(p prose) { m.WriteString("- " + strings.TrimSpace(md(p)) + "\n") }

// table writes a pipe table; the columns named in right are set to the right.
func (m *markdown) table(heads []prose, right string, rows [][]prose) {
	line := func(cells []prose) {
		m.WriteString("|")
		for _, c := range cells {
			m.WriteString(" " + md(c) + " |")
		}
		m.WriteString("\n")
	}
	line(heads)
	m.WriteString("|")
	for i := range heads {
		if right[i] == 'r' {
			m.WriteString(" ---: |")
		} else {
			m.WriteString(" --- |")
		}
	}
	m.WriteString("\n")
	for _, r := range rows {
		line(r)
	}
	m.WriteString("\n")
}

func (m *markdown) results() {
	m.WriteString("# " + md(m.mainHead()) + "\n\n")
	m.para(m.study())
	if m.aboutSensitivity() { // the answer first; who overlaps with whom follows
		m.sensitivity(2)
	} else {
		m.para(m.mainLead())
	}
	if g := m.total(); g != nil {
		m.estimate(*g, 2)
	}
	m.inView()
	if strata := m.strata(); len(strata) > 0 {
		var rows [][]prose
		for _, g := range strata {
			rows = append(rows, m.stratumRow(g))
		}
		m.table([]prose{m.say("group"), m.say("seen"), "N", m.say("interval"), m.say("visibility"), m.say("method")}, "lrrrrl", rows)
		for _, s := range m.stands() {
			g := s[0]
			m.heading(2, m.standing(s))
			a := m.answer(g)
			m.para(bold(m.standHead(s)) + ". " + m.lead(g, a))
			m.estimate(g, 3)
		}
	}
	if len(m.groups) == 0 && m.namesModels() {
		m.models()
	}
	if m.r.Description != nil {
		m.describe()
	}
	if m.r.Sensitivity != nil && !m.aboutSensitivity() {
		m.heading(2, m.say("sens-title"))
		m.sensitivity(3)
	}
	m.ending()
}

// estimate writes the numbers, the near-tied models and the methods of one group of people.
func (m *markdown) estimate(g group, level int) {
	a := m.answer(g)
	if a.estimate == nil {
		if a.some {
			m.methods(g, level)
		}
		return
	}
	e := *a.estimate
	cell := func(i *estimators.Interval) (limits, kind prose) {
		if i == nil {
			return m.say("no-interval"), ""
		}
		return prose(m.limits(*i)), prose(m.kind(*i))
	}
	limits, kind := cell(a.own)
	rows := [][]prose{{m.methodTitle(e), mdModel(e.Model), prose(m.whole(e.Population)), limits, kind, m.seenShare(a)}}
	if e.LowerBound {
		rows[0][2] = m.say("at-least", m.whole(e.Population))
	}
	if v := a.averaged; v != nil && len(v.Intervals) > 0 {
		limits, kind := cell(&v.Intervals[0])
		rows = append(rows, []prose{m.plural("average-title", len(a.tiedModels())), "", prose(m.whole(v.Population)), limits, kind, prose(m.percent(float64(a.observed) / max(v.Population, 1)))})
	}
	m.table([]prose{m.say("method"), m.say("model"), "N", m.say("interval"), m.say("kind"), m.say("visibility")}, "llrrlr", rows)
	if a.allows() || a.second != nil {
		m.para(bold(m.say("interval")) + ": " + join(m.intervalLines(a), "; ") + ".")
	}
	if a.wide != nil {
		m.para(bold(m.say("to-publish")) + ": " + prose(m.limits(*a.wide)) + ", " + m.holds(a))
	}
	if why, _ := m.why(e.Selection); why != "" {
		m.para(bold(m.say("chosen-why")) + " " + why)
	}
	m.para(m.fitLine(e))
	if e.Bootstrap != nil {
		m.para(m.resampledLine(m.scale(g, a), a))
	}
	if len(a.near) > 1 {
		s := e.Selection
		models := a.tiedModels()
		lower, upper := rangeOf(models)
		m.heading(level, m.say("change-title"))
		if split := a.splitOf(); split != nil {
			what, with, without := m.decides(a, split)
			m.para(m.say("split", what, with, without) + " " + m.splitWeights(split))
		}
		m.para(m.say("near-tied-head", len(models), m.fixed(s.Window, 0), criterionName(s.Ranking), m.whole(lower), m.whole(upper)) + ".")
		var rows [][]prose
		shown := a.near[:min(len(a.near), mostRows)]
		for i, c := range shown {
			row := m.candidateRow(a, i, c)
			if row[1] = mdModel(c.Model); c.Chosen {
				row[1] += " " + bold(m.mark(a))
			}
			rows = append(rows, row)
		}
		m.table([]prose{"#", m.say("model"), "N", m.intervalHead(a.near), prose(criterionName(s.Ranking)), m.say("weight")}, "rlrrrr", rows)
		if n := len(a.near) - len(shown); n > 0 {
			m.para(sentence(m.plural("models-left-out", n)))
		}
	}
	m.groupTotals(e, level)
	if !g.isOne() {
		m.methods(g, level)
	}
}

// seenShare is the visibility with its limits.
func (v *view) seenShare(a answer) prose {
	share, lower, upper := a.visible()
	said := prose(v.percent(share))
	if a.estimate.LowerBound {
		said = v.say("at-most", said)
	}
	switch {
	case a.bySource() != nil:
		return prose(v.percentRange(lower, upper))
	case a.span() == nil:
		return said
	}
	return said + " (" + v.shareLimits(lower, upper) + ")"
}

func (m *markdown) methods(g group, level int) {
	m.heading(level, m.say("methods-title"))
	var rows [][]prose
	for i, e := range g.estimates {
		if e.Status == estimators.Refused {
			continue
		}
		title := m.methodTitle(e)
		if i == g.head && m.answer(g).bySource() == nil {
			title += " (" + m.say("headline-mark") + ")"
		}
		n, limits, kind := prose(m.whole(e.Population)), m.say("no-interval"), prose("")
		if e.LowerBound {
			n = m.say("at-least", m.whole(e.Population))
		}
		if i, ok := e.Interval(); ok {
			limits, kind = prose(m.limits(i)), prose(m.kind(i))
		}
		rows = append(rows, []prose{title, mdModel(e.Model), n, limits, kind})
	}
	m.table([]prose{m.say("method"), m.say("model"), "N", m.say("interval"), m.say("kind")}, "llrrl", rows)
	if len(m.lists) == 2 && len(rows) > 1 {
		m.para(m.say("methods-three-counts"))
	}
}

func (m *markdown) models() {
	if len(m.r.Path) > 0 {
		m.gridTable(m.pathGrid(m.r.Path), 2)
		m.modelReasons()
		return
	}
	m.heading(2, m.say("models-title"))
	var rows [][]prose
	for i, e := range m.r.Models {
		row := []prose{prose(m.count(int64(i + 1))), mdModel(e.Model), "", "", "", "", "", "", m.statusWords(e)}
		if e.Status != estimators.Refused {
			row[2], row[3] = prose(m.whole(e.Population)), m.limitsOf(e.Intervals)
			if f := e.Fit; f != nil {
				row[4], row[5], row[6] = prose(m.fixed(fitCriterion(f, m.r.Ranking), 1)), prose(m.count(int64(f.DF))), prose(m.fixed(f.Deviance, 1))
			}
			if i < len(m.r.Weights) {
				row[7] = prose(m.percent(m.r.Weights[i]))
			}
		}
		rows = append(rows, row)
	}
	m.table([]prose{"#", m.say("model"), "N", m.say("interval"), prose(criterionName(m.r.Ranking)), "df", m.say("deviance"), m.say("weight"), m.say("status")}, "rlrrrrrrl", rows)
	m.modelReasons()
}

// modelReasons explains the codes of the models.
func (m *markdown) modelReasons() {
	codes, count := m.modelCodes()
	for _, c := range codes {
		what, _ := m.meaning(c)
		do, _ := m.advice(c)
		m.bullet(code(c) + ": " + m.plural("models-with", count[c]) + ". " + sentence(what) + " " + bold(m.say("what-to-do")) + ": " + do)
	}
}

func (m *markdown) describe() {
	d := m.r.Description
	m.heading(2, m.say("overlap-title"))
	var rows [][]prose
	for _, l := range d.Lists {
		rows = append(rows, []prose{name(l.Name), prose(m.count(l.Total)), prose(m.percent(l.Of)), prose(m.count(l.Only)), prose(m.count(l.Shared))})
	}
	m.table([]prose{m.say("list"), m.say("people"), m.say("of-seen"), m.say("nowhere-else"), m.say("elsewhere-too")}, "lrrrr", rows)
	if len(d.Captures) > 0 {
		rows = nil
		for _, c := range d.Captures {
			rows = append(rows, []prose{prose(m.count(c.I)), prose(m.count(c.F)), prose(m.count(c.U)), prose(m.count(c.V)), prose(m.count(c.N))})
		}
		m.table([]prose{"i", "f", "u", "v", "n"}, "rrrrr", rows)
		m.para(m.say("captures-key"))
	}
	if len(d.Pairs) > 0 {
		rows = nil
		for _, p := range d.Pairs {
			rows = append(rows, m.pairRow(p))
		}
		m.table([]prose{m.say("pair"), m.say("shared"), m.say("by-chance"), m.say("ratio-head"), "Chapman", m.say("interval")}, "lrrrrr", rows)
		m.para(m.say("pairs-key"))
	}
	if len(d.EmptyPairs) > 0 {
		var names []prose
		for _, q := range d.EmptyPairs {
			names = append(names, term(q, m.lists))
		}
		m.para(bold(m.plural("empty-head", len(d.EmptyPairs))) + ": " + m.say("empty-pairs", join(names, ", ")))
	}
	for _, e := range d.Estimable {
		if e.Status == estimators.Refused && e.Reason != nil {
			m.bullet(m.said(e.Model) + ": " + m.say("no") + ", " + code(e.Reason.Code) + ": " + sentence(m.said(e.Reason.Text)))
		} else {
			m.bullet(m.said(e.Model) + ": " + m.say("yes"))
		}
	}
	if d.Coverage != nil {
		m.WriteString("\n")
		m.para(m.coverage())
	}
}

// ending writes warnings, refusals, method cards and what reproduces the results.
func (m *markdown) ending() {
	if ws := m.warnings(m.groups); len(ws) > 0 {
		m.heading(2, m.plural("warnings-head", len(ws)))
		for _, w := range ws {
			line := bold(m.tag(severityOf(w.code))) + " " + code(w.code) + ": "
			if w.english() {
				what, _ := m.meaning(w.code)
				line += sentence(what) + " "
			}
			for _, f := range w.facts {
				line += m.factOf(f) + " "
			}
			do, _ := m.advice(w.code)
			m.bullet(line + bold(m.say("what-to-do")) + ": " + do)
		}
	}
	if rs := m.refusals(m.groups); len(rs) > 0 {
		m.heading(2, m.say("refused-title"))
		for _, r := range rs {
			what := r.of.words()
			if r.model != "" {
				what += " " + mdModel(r.model)
			}
			do, _ := m.advice(r.code)
			why := r.why
			if meaning, english := m.meaning(r.code); r.foreign && !english {
				why = sentence(meaning) + " " + why
			}
			m.bullet(bold(what) + " " + code(r.code) + ": " + why + " " + bold(m.say("instead")) + ": " + do)
		}
	}
	if len(m.shownCards()) > 0 {
		m.heading(2, m.say("cards-title"))
		for _, c := range m.shownCards() {
			title, _ := m.fact(c.Title)
			what, _ := m.fact(c.Estimates)
			line := bold(title) + ": " + sentence(what)
			for _, x := range []struct {
				key   string
				lines []string
			}{{"assumes", c.Assumes}, {"distrust", c.Distrust}} {
				if len(x.lines) > 0 {
					parts := make([]prose, len(x.lines))
					for i, l := range x.lines {
						parts[i], _ = m.fact(l)
					}
					line += " " + bold(m.say(x.key)) + ": " + join(parts, "; ") + "."
				}
			}
			m.bullet(line + " " + prose(clean(strings.Join(c.References, "; "))))
		}
	}
	m.standards()
	m.heading(2, m.say("reproduce-title"))
	if len(m.r.Run.Command) > 0 {
		m.WriteString("    " + commandLine(m.r.Run.Command) + "\n\n")
	}
	m.para(m.reproduce() + ".")
	for _, n := range m.r.Data.Notes {
		said, _ := m.fact(n)
		m.bullet(sentence(said))
	}
}
