package report

import (
	"regexp"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// warningsSection lists every warning with what to do about it, the most serious first.
func (p *page) warningsSection(ws []warned) {
	title := capital(p.say("warnings-title"+form(len(ws)), p.spelled(len(ws))))
	p.section("warnings", "", title, func() { p.p("", p.say("warnings-side")) }, func() {
		p.el("ol", at{"class", "warn"}, func() {
			for _, w := range ws {
				class := map[estimators.Severity]string{estimators.Serious: "serious", estimators.TakeCare: "mind", estimators.Note: "note"}[severityOf(w.code)]
				p.el("li", at{"class", "w"}, func() {
					p.el("div", at{"class", "wl"}, func() {
						p.el("span", at{"class", "tag " + class}, p.tag(severityOf(w.code)))
						p.el("code", nil, w.code)
					})
					p.el("div", at{"class", "wb"}, func() { p.warningBody(w) })
				})
			}
		})
	})
}

func (p *page) warningBody(w warned) {
	translated := false
	if m, english := p.meaning(w.code); w.english() && m != "" && !english {
		translated = true
		p.p("wt", sentence(m))
	}
	for _, f := range w.facts {
		class := "wt"
		about := f.of.words()
		if about != "" || translated {
			class = "wt other"
		}
		lang := ""
		if f.foreign {
			lang = p.foreign()
		}
		p.el("p", at{"class", class, "lang", lang}, func() {
			if about != "" {
				p.el("b", nil, about+":")
				p.WriteString(" ")
			}
			p.prose(f.text)
		})
	}
	p.doing("wd", "what-to-do", w.code)
}

// foreign is the language of sentences that come with the results, when it is another than the page's:
// facts, reasons and method cards are English.
func (v *view) foreign() string {
	if v.language.code == "en" {
		return ""
	}
	return "en"
}

// doing is what to do about a code.
func (p *page) doing(class, key, codes string) {
	do, foreign := p.advice(codes)
	if do == "" {
		return
	}
	p.el("p", at{"class", class}, func() {
		p.el("span", at{"class", "lbl"}, p.say(key))
		p.WriteString(" ")
		lang := ""
		if foreign {
			lang = "en"
		}
		p.el("span", at{"lang", lang}, do)
	})
}

// refusedSection lists what could not be estimated, why, and what to do instead.
func (p *page) refusedSection(rs []refused) {
	p.section("refused", "", p.say("refused-title"), func() { p.p("", p.say("refused-side")) }, func() {
		p.el("table", at{"class", "plain refs"}, func() {
			p.el("thead", nil, func() {
				p.el("tr", nil, func() {
					for _, h := range []string{"method-low", "why-refused", "what-instead"} {
						p.el("th", at{"scope", "col"}, p.say(h))
					}
				})
			})
			p.el("tbody", nil, func() {
				for _, r := range rs {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, r.of.words(), func() {
							if r.model != "" {
								p.el("code", nil, p.model(r.model))
							}
							p.el("code", nil, strings.ReplaceAll(r.code, ",", ", "))
						})
						p.el("td", nil, func() {
							lang := ""
							if r.foreign {
								lang = p.foreign()
							}
							if m, english := p.meaning(r.code); r.foreign && m != "" && !english {
								p.prose(sentence(m))
								p.WriteString(" ")
							}
							p.el("span", at{"lang", lang}, r.why)
						})
						do, _ := p.advice(r.code)
						p.el("td", nil, do)
					})
				}
			})
		})
	})
}

// shownCards are those of the methods that are asked for, not of those that a sensitivity analysis tries besides.
func (v *view) shownCards() []estimators.Method {
	if v.r.Sensitivity == nil {
		return v.r.Cards
	}
	return slices.DeleteFunc(slices.Clone(v.r.Cards), func(c estimators.Method) bool {
		return c.Name != v.r.Sensitivity.Method && !slices.ContainsFunc(v.r.Estimates, func(e estimators.Estimate) bool { return e.Method == c.Name })
	})
}

// cardsSection says what each method estimates, what it takes for granted, and when to leave it.
func (p *page) cardsSection() {
	p.section("cards", "wide", p.say("cards-title"), func() { p.p("", p.say("cards-side")) }, func() {
		lang := p.foreign()
		p.el("div", at{"class", "cards"}, func() {
			for _, c := range p.shownCards() {
				p.el("article", at{"class", "card"}, func() {
					title := c.Title
					if title == "" {
						title = c.Name
					}
					said, foreign := p.fact(title)
					p.el("h3", at{"lang", p.langOf(foreign)}, said)
					p.el("dl", nil, func() {
						p.fieldOf("estimates", []string{c.Estimates})
						p.fieldOf("assumes", c.Assumes)
						p.fieldOf("distrust", c.Distrust)
					})
					if len(c.References) > 0 {
						p.el("ul", at{"class", "cite", "lang", lang}, func() {
							for _, r := range c.References {
								p.el("li", nil, func() { p.reference(r) })
							}
						})
					}
				})
			}
		})
	})
}

// langOf is the language of a sentence, "" for that of the page.
func (v *view) langOf(foreign bool) string {
	if foreign {
		return v.foreign()
	}
	return ""
}

func (p *page) fieldOf(key string, lines []string) {
	lines = slices.DeleteFunc(slices.Clone(lines), func(s string) bool { return s == "" })
	if len(lines) == 0 {
		return
	}
	p.el("dt", nil, p.say(key))
	p.el("dd", nil, func() {
		for i, l := range lines {
			if i > 0 {
				p.WriteString(" ")
			}
			said, foreign := p.fact(l)
			if foreign {
				p.el("span", at{"lang", p.foreign()}, sentence(said))
			} else {
				p.prose(sentence(said))
			}
		}
	})
}

// A DOI in a reference is a link, the only kind that leads outside.
var doi = regexp.MustCompile(`\b(?:https://doi\.org/|doi:\s?)?(10\.\d{4,9}/[^\s"<>]*[^\s"<>.,;)])`)

func (p *page) reference(r string) {
	at0 := doi.FindStringSubmatchIndex(r)
	if at0 == nil {
		p.prose(prose(clean(r)))
		return
	}
	p.prose(prose(clean(r[:at0[0]])))
	p.el("a", at{"href", "https://doi.org/" + r[at0[2]:at0[3]]}, "doi:"+r[at0[2]:at0[3]])
	p.prose(prose(clean(r[at0[1]:])))
}

// reproduceSection has what makes the same numbers again, and the words of the report.
func (p *page) reproduceSection() {
	d, run := p.r.Data, p.r.Run
	from := "reproduce-side"
	if p.r.Linkage != nil || p.protected != nil {
		from = "reproduce-study"
	}
	p.section("reproduce", "", p.say("reproduce-title"), func() { p.p("", p.say(from)) }, func() {
		if len(run.Command) > 0 {
			p.el("pre", at{"class", "cmd", "tabindex", "0", "role", "region", "aria-label", p.say("command").plain()}, func() {
				p.el("code", nil, commandLine(run.Command))
			})
		}
		p.el("dl", at{"class", "meta"}, func() {
			field := func(key string, values ...prose) {
				values = slices.DeleteFunc(values, func(v prose) bool { return v == "" })
				if len(values) > 0 {
					p.el("div", nil, func() {
						p.el("dt", nil, p.say(key))
						p.el("dd", nil, func() {
							for i, v := range values {
								if i > 0 {
									p.el("br", nil)
								}
								p.prose(v)
							}
						})
					})
				}
			}
			if run.Version != "" {
				field("version", "darkfigure "+prose(clean(run.Version)))
			}
			field("seed", prose(p.count(int64(run.Seed))))
			if d.Cells > 0 && d.Source != "" {
				field("data", p.say("data-is", p.sourceName(), d.Cells, d.Occupied))
			}
			field("period", name(d.Period))
			field("definition", name(d.Definition))
			field("lists-word", p.listWords())
			field("covariates", p.covariates())
			if d.SHA256 != "" {
				field("sha", code(d.SHA256))
			}
			field("level", p.levelWords())
			if g := p.total(); g != nil || len(p.r.Models) > 0 {
				field("criterion", p.criterionWords())
			}
			field("table-read", p.sentences(d.Notes)...)
			var said []prose
			for _, g := range p.groups {
				if e := g.main(); e != nil {
					for _, n := range p.sentences(e.Notes) {
						if !slices.Contains(said, n) {
							said = append(said, n)
						}
					}
				}
			}
			field("note-label", said...)
		})
		p.el("h3", at{"class", "h-small"}, p.say("words-title"))
		p.el("dl", at{"class", "words"}, func() {
			for _, k := range []string{"list", "visibility", "interval", "near-tied", "by-chance", "lower-bound"} {
				p.el("div", nil, func() {
					p.el("dt", nil, p.say("word-"+k))
					p.el("dd", nil, p.say("means-"+k))
				})
			}
		})
	})
}

// sentences makes sentences of notes.
func (v *view) sentences(notes []string) []prose {
	out := make([]prose, len(notes))
	for i, n := range notes {
		said, _ := v.fact(n)
		out[i] = sentence(said)
	}
	return out
}

func (v *view) sourceName() prose {
	if v.r.Data.Source == "-" {
		return v.say("standard-input")
	}
	return name(v.r.Data.Source)
}

func (v *view) listWords() prose {
	var names []prose
	for _, l := range v.lists {
		names = append(names, name(l))
	}
	return join(names, ", ")
}

func (v *view) covariates() prose {
	var out []prose
	for _, c := range v.r.Data.Covariates {
		var levels []prose
		for _, l := range c.Levels {
			levels = append(levels, name(l))
		}
		out = append(out, name(c.Name)+" ("+join(levels, ", ")+")")
	}
	return join(out, "; ")
}

func (v *view) levelWords() prose {
	for _, g := range v.groups {
		if e := g.main(); e != nil && len(e.Intervals) > 0 {
			return v.say("level-is", v.level(e.Intervals[0].Level))
		}
	}
	return ""
}

func (v *view) criterionWords() prose {
	ranking := v.r.Ranking
	if g := v.total(); g != nil {
		e := g.main()
		if e == nil || e.Selection == nil && e.Fit == nil {
			return ""
		}
		if e.Selection != nil {
			ranking = e.Selection.Ranking
		}
	}
	return v.say("criterion-is", criterionName(ranking), v.count(v.r.Data.Observed))
}

// commandLine writes a command as it is typed into a shell.
func commandLine(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		a = clean(a)
		if a == "" || strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%") != "" {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		out[i] = a
	}
	return strings.Join(out, " ")
}
