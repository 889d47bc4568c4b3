package report

import (
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// Checklists of reporting standards, filled in from the results as far as these know: GATHER for estimates (Stevens and others 2016,
// PLoS Medicine 13, e1002056), and GUILD for linked registers (Gilbert and others 2018, Journal of Public Health 40, 191–198). Items are
// in our words.

// A filling says how far the results answer an item.
type filling int

const (
	filled  filling = iota // all of it
	partial                // a person has to complete it
	open                   // a person has to write it
)

// An item of a checklist.
type item struct {
	number string
	what   prose
	state  filling
	says   []prose
}

// gather is the checklist for estimates.
func (v *view) gather() []item {
	var out []item
	add := func(state filling, says ...prose) {
		n := strconv.Itoa(len(out) + 1)
		says = slices.DeleteFunc(says, func(p prose) bool { return p == "" })
		out = append(out, item{n, v.say("gather-" + n), state, says})
	}
	l := v.r.Linkage
	run := v.protected != nil // registers were linked, and their counts are not shown
	var e *estimators.Estimate
	for _, g := range v.groups {
		if e = g.main(); e != nil {
			break
		}
	}

	// 1: who, where and when.
	var who prose
	if l != nil && l.Target != "" {
		who = sentence(prose(clean(l.Target)))
	} else if d := v.r.Data.Definition; d != "" {
		who = v.say("vis-definition", name(d))
	}
	var when prose
	if p := v.r.Data.Period; p != "" {
		when = v.say("vis-period", name(p))
	}
	var groups prose
	if len(v.strata()) > 0 {
		var names []prose
		for _, g := range v.strata() {
			for _, x := range g.labels {
				if n := name(x.Name); !slices.Contains(names, n) {
					names = append(names, n)
				}
			}
		}
		groups = v.say("std-groups", v.and(names))
	}
	state := partial
	if who != "" && when != "" {
		state = filled
	}
	add(state, v.say("std-indicator"), who, when, groups)
	add(open) // 2: funding
	add(open) // 3: how data were found and made accessible

	// 4 to 6: which data went in.
	if l != nil {
		add(partial, append(v.flowLines(), v.say("std-adhoc"))...)
	} else if run {
		add(partial, v.say("std-rules-withheld", v.sourceName()))
	} else {
		add(open, v.say("std-table-given", v.sourceName()))
	}
	add(partial, append(v.sourceLines(), v.say("std-sources-rest"))...)
	add(partial, v.codeLine("std-warned"), v.say("std-biases"))
	add(partial, v.covariateLine())

	// 8: the data themselves.
	if l != nil {
		add(filled, v.say("std-data-run"))
	} else if run {
		add(filled, v.say("std-data-withheld"))
	} else {
		add(filled, v.say("std-data-table", v.sourceName()))
	}

	// 9 to 12: the analysis.
	how := []prose{}
	if l != nil || run {
		how = append(how, v.say("std-overview-links"))
	}
	add(filled, append(how, v.say("std-overview"))...)
	add(filled, v.say("std-steps"))
	if e != nil && e.Selection != nil {
		why, _ := v.why(e.Selection)
		near := v.say("std-near", len(candidates(e.Selection)))
		add(filled, why, near)
	} else if v.chosen != "" {
		add(partial, v.chosen)
	} else {
		add(partial, v.say("std-no-selection"))
	}
	tried := 0
	if g := v.total(); g != nil {
		tried = len(g.estimates)
	}
	var compared, curve prose
	if tried > 1 {
		compared = v.say("std-compared", tried)
	}
	if l != nil && len(l.Curve) > 1 {
		curve = v.say("std-curve")
	}
	add(partial, compared, curve, v.say("std-sensitivity"))

	// 13 to 16: uncertainty, code, numbers.
	if e != nil && len(e.Intervals) > 0 {
		i := e.Intervals[0]
		within := v.say("std-interval-fit")
		switch {
		case e.Pooled != nil && !v.linksCertain():
			within = v.say("std-interval-links")
		case i.AllowsForChoice():
			within = v.say("std-interval-choice")
		}
		add(filled, v.say("std-interval", v.kind(i)), within, v.say("std-interval-not"))
	} else {
		add(partial, v.say("std-interval-none"))
	}
	add(partial, v.say("std-code", clean(v.r.Run.Version)))
	if l != nil {
		add(filled, v.say("std-files-run"))
	} else if run {
		add(filled, v.say("std-files-published"))
	} else {
		add(filled, v.say("std-files"))
	}
	if e != nil && len(e.Intervals) > 0 {
		add(filled, v.say("std-each"))
	} else {
		add(partial, v.say("std-interval-none"))
	}

	// 17 and 18: what it means.
	add(open)
	add(partial, v.say("std-limits"), v.codeLine("std-warned"))
	return out
}

// flowLines say what became of the records of each register.
func (v *view) flowLines() []prose {
	var out []prose
	for _, r := range v.r.Linkage.Registers {
		line := v.say("std-flow", name(r.Name), v.count(r.Read), v.count(r.Records))
		var left []prose
		for _, x := range r.Excluded {
			left = append(left, prose(v.count(x.Count))+" "+v.exclusion(x))
		}
		if len(left) > 0 {
			line += " (" + join(left, "; ") + ")"
		}
		for _, x := range r.Altered {
			line += "; " + prose(v.count(x.Count)) + ": " + v.alteration(x)
		}
		out = append(out, line+".")
	}
	return out
}

// exclusion is the reason why records were left out, in the language.
func (v *view) exclusion(x estimators.LinkExcluded) prose {
	said, _ := v.fact(x.Text)
	return said
}

// sourceLines are the registers, or the lists of a table, and their sizes.
func (v *view) sourceLines() []prose {
	var out []prose
	if l := v.r.Linkage; l != nil {
		for _, r := range l.Registers {
			if r.Anonymous {
				out = append(out, v.say("std-source-anonymous", name(r.Name), name(r.File), v.count(r.Records)))
				continue
			}
			out = append(out, v.say("std-source", name(r.Name), name(r.File), v.count(r.Records), v.count(r.Persons)))
		}
		return out
	}
	if d := v.r.Description; d != nil {
		for _, x := range d.Lists {
			out = append(out, v.say("std-list", name(x.Name), v.count(x.Total)))
		}
		return out
	}
	return []prose{v.say("std-lists", v.listWords())}
}

// codeLine lists the warnings that are more than notes.
func (v *view) codeLine(key string) prose {
	var codes []prose
	for _, w := range v.warnings(v.groups) {
		if severityOf(w.code) != estimators.Note {
			codes = append(codes, code(w.code))
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return v.say(key, v.and(codes))
}

func (v *view) covariateLine() prose {
	no := v.say("std-no-covariates")
	switch {
	case v.r.Linkage != nil || v.protected != nil:
		no = v.say("std-covariates-run")
	case v.inhabitants:
		no = v.say("std-covariates-persons")
	}
	if len(v.r.Data.Covariates) == 0 {
		return no
	}
	return v.say("std-covariates", v.covariates()) + " " + no
}

// guild is the checklist for linked registers, step by step.
func (v *view) guild() []item {
	l := v.r.Linkage
	var out []item
	add := func(step, key string, state filling, says ...prose) {
		says = slices.DeleteFunc(says, func(p prose) bool { return p == "" })
		out = append(out, item{step, v.say(key), state, says})
	}
	add("1", "guild-population", open, v.say("guild-registers", v.registerNames()))
	add("1", "guild-origin", open)
	var missing []prose
	for _, r := range l.Registers {
		var parts []prose
		for i, x := range r.Missing {
			if i < len(l.Fields) && x > 0 {
				parts = append(parts, name(l.Fields[i].Name)+" "+prose(v.percent(x)))
			}
		}
		if len(parts) > 0 {
			missing = append(missing, v.say("guild-missing", name(r.Name), join(parts, ", ")))
		}
	}
	add("1", "guild-quality", partial, missing...)
	add("1", "guild-extracted", partial, v.flowLines()...)
	add("1", "guild-cleaned", filled, v.say("guild-cleaned-how"))

	add("2", "guild-who", open)
	var fields []prose
	for _, f := range l.Fields {
		if !strings.HasPrefix(f.Name, "tf_") { // how rare a value is, of a field that is there already
			fields = append(fields, name(f.Name))
		}
	}
	compared := v.say("guild-all-pairs", v.count(l.Blocking.Compared))
	if !l.Blocking.AllPairs {
		compared = v.say("guild-blocked", v.count(l.Blocking.Compared), v.count(l.Blocking.Possible), len(l.Blocking.Rules))
	}
	method := v.say("guild-method", clean(v.r.Run.Version))
	if s := l.Chains.Source; s != "" {
		method, compared = v.say("guild-method-given", name(s)), ""
	}
	var on prose
	if len(fields) > 0 {
		on = v.say("guild-fields", v.and(fields))
	}
	add("2", "guild-how", filled, method, on, compared)
	var rates []prose
	if !v.linksCertain() {
		for _, p := range l.Pairs {
			if p.A != p.B && !p.NotComparable {
				rates = append(rates, v.say("guild-rates", name(p.A)+"·"+name(p.B), v.percentRange(p.FalseMatch.Lower, p.FalseMatch.Upper), v.percentRange(p.MissedMatch.Lower, p.MissedMatch.Upper)))
			}
		}
	}
	review := v.say("guild-not-reviewed")
	state := partial
	if l.Review != nil {
		review, state = v.say("guild-reviewed", v.count(l.Review.Reviewed)), filled
	}
	add("2", "guild-error", state, append(rates, review)...)
	add("2", "guild-groups", open)

	var pooled *estimators.Pooled
	for _, g := range v.groups {
		if e := g.main(); e != nil && e.Pooled != nil && pooled == nil {
			pooled = e.Pooled
		}
	}
	switch {
	case pooled != nil && !v.linksCertain() && v.pooled() != nil:
		add("3", "guild-doubt", filled, v.say("guild-pooled", pooled.Draws, v.percent(pooled.Share)))
	case pooled != nil && !v.linksCertain():
		add("3", "guild-doubt", filled, v.say("guild-pooled-groups", pooled.Draws))
	default:
		add("3", "guild-doubt", partial, v.say("guild-certain"))
	}
	add("3", "guild-sensitive", partial, v.say("guild-curve"))
	add("4", "guild-report", filled, v.say("guild-here"))
	add("4", "guild-access", open)
	return out
}

// guildWithheld is the checklist for linked registers whose counts are not shown: what was done, in words.
func (v *view) guildWithheld() []item {
	l := v.protected
	var out []item
	add := func(step, key string, state filling, says ...prose) {
		out = append(out, item{step, v.say(key), state, says})
	}
	kept := v.say("guild-withheld")
	var names, fields []prose
	for _, r := range l.Registers {
		if !r.Anonymous {
			names = append(names, name(r.Name))
		}
	}
	for _, f := range l.Fields {
		if !strings.HasPrefix(f.Name, "tf_") {
			fields = append(fields, name(f.Name))
		}
	}
	add("1", "guild-population", open, v.say("guild-registers", v.and(names)))
	add("1", "guild-origin", open)
	add("1", "guild-quality", partial, kept)
	add("1", "guild-extracted", partial, v.say("std-rules-withheld", v.sourceName()))
	add("1", "guild-cleaned", filled, v.say("guild-cleaned-how"))
	add("2", "guild-who", open)
	how := []prose{v.say("guild-method", clean(v.r.Run.Version))}
	if s := l.Chains.Source; s != "" {
		how[0] = v.say("guild-method-given", name(s))
	}
	if len(fields) > 0 {
		how = append(how, v.say("guild-fields", v.and(fields)))
	}
	add("2", "guild-how", filled, how...)
	review := v.say("guild-not-reviewed")
	if l.Review != nil {
		review = v.say("guild-reviewed-withheld")
	}
	add("2", "guild-error", partial, review, kept)
	add("2", "guild-groups", open)
	add("3", "guild-doubt", partial, v.say("guild-doubt-withheld"))
	add("3", "guild-sensitive", partial, kept)
	add("4", "guild-report", partial, kept)
	add("4", "guild-access", open)
	return out
}

// standard is a checklist with its heading.
type standard struct {
	id, key, numbers string
	items            []item
}

// standards are the checklists of these results.
func (v *view) standards() []standard {
	if len(v.groups) == 0 {
		return nil
	}
	out := []standard{{"gather", "gather", "std-item", v.gather()}}
	if v.r.Linkage != nil {
		out = append(out, standard{"guild", "guild", "std-step", v.guild()})
	}
	if v.protected != nil {
		out = append(out, standard{"guild", "guild", "std-step", v.guildWithheld()})
	}
	return out
}

// counts of items by how far they are filled in.
func (s standard) todo() (n int) {
	for _, x := range s.items {
		if x.state != filled {
			n++
		}
	}
	return n
}

func (v *view) stateOf(x item) prose {
	return v.say(map[filling]string{filled: "std-filled", partial: "std-partial", open: "std-open"}[x.state])
}

// contents of an item: what the results say, and that the rest is to be written.
func (v *view) contents(x item) []prose {
	if x.state == open {
		return append(slices.Clone(x.says), v.say("std-write"))
	}
	if x.state == partial {
		return append(slices.Clone(x.says), v.say("std-complete"))
	}
	return x.says
}

func (p *page) standardSection(s standard) {
	title := p.say(s.key + "-title")
	p.section(s.id, "", title, func() {
		p.p("", p.say(s.key+"-side"))
		p.p("how", p.plural("std-todo", s.todo()))
	}, func() {
		p.el("div", at{"class", "scroll"}, func() {
			p.el("table", at{"class", "plain std"}, func() {
				p.heads(s.numbers, "", "std-what", "", "std-state", "", "std-says", "")
				p.el("tbody", nil, func() {
					for _, x := range s.items {
						class := map[filling]string{filled: "note", partial: "mind", open: "serious"}[x.state]
						p.el("tr", nil, func() {
							p.el("th", at{"scope", "row"}, x.number)
							p.el("td", nil, x.what)
							p.el("td", nil, func() { p.el("span", at{"class", "tag " + class}, p.stateOf(x)) })
							p.el("td", nil, func() {
								for i, line := range p.contents(x) {
									if i > 0 {
										p.el("br", nil)
									}
									p.prose(line)
								}
							})
						})
					}
				})
			})
		})
	})
}

func (m *markdown) standards() {
	for _, s := range m.view.standards() {
		m.heading(2, m.say(s.key+"-title"))
		m.para(m.say(s.key+"-side") + " " + m.plural("std-todo", s.todo()))
		var rows [][]prose
		for _, x := range s.items {
			rows = append(rows, []prose{prose(x.number), x.what, m.stateOf(x), prose(strings.ReplaceAll(string(join(m.contents(x), " ")), "\n", " "))})
		}
		m.table([]prose{m.say(s.numbers), m.say("std-what"), m.say("std-state"), m.say("std-says")}, "llll", rows)
	}
}
