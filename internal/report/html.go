package report

import (
	_ "embed"
	"html"
	"math"
	"strconv"
	"strings"
)

//go:embed style.css
var stylesheet string

// A page writes HTML. Elements are closed by construction, and all text and attributes are
// escaped here and nowhere else.
type page struct {
	*view
	strings.Builder
	ids      int
	groupsOf []*sight // the visibility of groups, of every table
}

// at is the attributes of an element: names and values in turn.
type at []string

// el writes an element. Its content is text, prose, or functions that write more.
func (p *page) el(tag string, attributes at, content ...any) {
	p.WriteString("<" + tag)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] == "" && attributes[i] != "alt" {
			continue
		}
		p.WriteString(" " + attributes[i] + `="` + html.EscapeString(clean(attributes[i+1])) + `"`)
	}
	switch tag {
	case "meta", "br", "wbr":
		p.WriteString(">")
		return
	case "line", "rect", "circle", "path", "stop":
		p.WriteString("/>")
		return
	}
	p.WriteString(">")
	for _, c := range content {
		switch c := c.(type) {
		case func():
			c()
		case prose:
			if tag == "text" || tag == "title" || tag == "desc" { // they hold no elements
				p.WriteString(html.EscapeString(c.plain()))
				continue
			}
			p.prose(c)
		case string:
			p.WriteString(html.EscapeString(clean(c)))
		}
	}
	p.WriteString("</" + tag + ">")
}

// prose writes text with its marks as elements; names get their own direction of writing.
func (p *page) prose(s prose) {
	tags := map[byte]string{1: "<b>", 2: "</b>", 3: "<code>", 4: "</code>", 5: "<bdi>", 6: "</bdi>"}
	rest := string(s)
	for rest != "" {
		i := strings.IndexAny(rest, "\x01\x02\x03\x04\x05\x06")
		if i < 0 {
			p.WriteString(html.EscapeString(rest))
			return
		}
		p.WriteString(html.EscapeString(rest[:i]))
		p.WriteString(tags[rest[i]])
		rest = rest[i+1:]
	}
}

// model writes a model in brackets, which may be broken behind its commas and asterisks.
func (p *page) model(m string) func() {
	return func() {
		p.WriteString("<bdi>")
		for _, part := range strings.SplitAfter(clean(m), ",") {
			p.WriteString(html.EscapeString(part))
			if strings.HasSuffix(part, ",") {
				p.WriteString("<wbr>")
			}
		}
		p.WriteString("</bdi>")
	}
}

// hidden writes text for those who hear the page.
func (p *page) hidden(s prose) { p.el("span", at{"class", "vh"}, s) }

// picture writes an svg with a name and a description that state the finding. Its x is in per cent
// and its y in pixels, so that text keeps its size.
func (p *page) picture(class string, height float64, title, desc prose, content func()) {
	p.ids++
	id := "pic" + strconv.Itoa(p.ids)
	p.el("svg", at{"class", class, "width", "100%", "height", px(height), "role", "img", "aria-labelledby", id + "t " + id + "d"}, func() {
		p.el("title", at{"id", id + "t"}, title)
		p.el("desc", at{"id", id + "d"}, desc)
		content()
	})
}

// graphic writes an svg inside a cell of a table that says the same in hidden text.
func (p *page) graphic(class, width string, height float64, content func()) {
	p.el("svg", at{"class", class, "width", width, "height", px(height), "aria-hidden", "true"}, content)
}

// figure writes a figure whose caption states the finding and then says what is drawn.
func (p *page) figure(class string, finding, drawn prose, content func()) {
	p.el("figure", at{"class", class}, func() {
		p.el("figcaption", nil, func() {
			p.el("b", nil, finding)
			p.WriteString(" ")
			p.prose(drawn)
		})
		content()
	})
}

// section writes a section with its margin column and its main column.
func (p *page) section(id, class string, heading prose, side, body func()) {
	p.el("section", at{"id", id, "class", class, "aria-labelledby", id + "-h"}, func() {
		p.el("div", at{"class", "side"}, func() {
			p.el("h2", at{"id", id + "-h"}, heading)
			if side != nil {
				side()
			}
		})
		p.el("div", at{"class", "main"}, body)
	})
	p.WriteString("\n")
}

func (p *page) p(class string, s prose) { p.el("p", at{"class", class}, s) }

// px and pct print coordinates: pixels with at most two decimals, and per cent with two.
func px(x float64) string {
	s := strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

func pct(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) + "%" }

// curve is the path of a function drawn on a grid of 1,000 by height.
func curve(s scale, points []point, close bool, height float64) string {
	var b strings.Builder
	for i, q := range points {
		b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		b.WriteString(strconv.FormatFloat(10*s.at(q.x), 'f', 1, 64) + "," + strconv.FormatFloat(q.y, 'f', 1, 64) + " ")
	}
	if close && len(points) > 0 {
		b.WriteString("L" + strconv.FormatFloat(10*s.at(points[len(points)-1].x), 'f', 1, 64) + "," + px(height) + " L" + strconv.FormatFloat(10*s.at(points[0].x), 'f', 1, 64) + "," + px(height) + " Z")
	}
	return strings.TrimSpace(b.String())
}

// A point of a curve: people across, pixels down.
type point struct{ x, y float64 }

// axis writes the labels of a people axis at height y; every other one may be left out on a phone.
func (p *page) axis(s scale, y float64) {
	ticks := s.ticks()
	for i, t := range ticks {
		anchor := "middle"
		if i == 0 {
			anchor = "start"
		} else if i == len(ticks)-1 {
			anchor = "end"
		}
		class := "axt"
		if i%2 == 1 {
			class = "axt alt"
		}
		p.el("text", at{"class", class, "x", pct(s.at(t)), "y", px(y), "text-anchor", anchor}, p.whole(t))
	}
}

// grid writes the vertical lines of a people axis, and n as a line.
func (p *page) grid(s scale, y1, y2 float64) {
	for _, t := range s.ticks() {
		p.el("line", at{"class", "grid", "x1", pct(s.at(t)), "x2", pct(s.at(t)), "y1", px(y1), "y2", px(y2)})
	}
}

// axisHead is the axis as the head of a column of charts.
func (p *page) axisHead(s scale) {
	p.graphic("ax", "100%", 22, func() { p.axis(s, 15) })
}

// results writes the page.
func (p *page) results() { p.document(p.pageTitle(), p.body) }

// document writes a page with a title and a body.
func (p *page) document(title prose, body func()) {
	p.WriteString("<!doctype html>\n")
	p.el("html", at{"lang", p.language.code}, func() {
		p.el("head", nil, func() {
			p.el("meta", at{"charset", "utf-8"})
			p.el("meta", at{"name", "viewport", "content", "width=device-width,initial-scale=1"})
			p.el("meta", at{"name", "color-scheme", "content", "light dark"})
			p.el("title", nil, title)
			p.WriteString("\n<style>\n" + stylesheet + "</style>")
		})
		p.WriteString("\n")
		p.el("body", nil, body)
	})
	p.WriteString("\n")
}

// pageTitle is the answer and what it is about.
func (p *page) pageTitle() prose {
	return p.mainHead() + ": " + p.title
}

// mainHead is the one line at the top.
func (v *view) mainHead() prose {
	switch {
	case v.total() != nil:
		return v.headline(v.answer(*v.total()))
	case len(v.groups) > 0:
		return v.strataHead()
	case len(v.r.Models) > 0:
		return v.modelsHead()
	case v.r.Sensitivity != nil:
		return v.sensitivityHead()
	case v.r.Description != nil:
		return v.describeHead()
	}
	return v.say("no-results")
}

// study says what the page is about.
func (v *view) study() prose {
	if len(v.lists) == 0 {
		return v.title
	}
	seen := v.r.Data.Observed
	if e := v.pooled(); e != nil {
		seen = e.Observed // as in the headline
	}
	words := v.title + ". " + capital(v.say("study", v.say("n-lists"+form(len(v.lists)), v.spelled(len(v.lists))), v.persons(seen)))
	if d := v.r.Data.Definition; d != "" {
		words += ". " + v.say("vis-definition", name(d))
	}
	return words
}

// A part of the page, reached from the line of contents.
type part struct {
	id, title string
	write     func()
}

func (p *page) body() {
	p.el("a", at{"class", "skip", "href", "#answer"}, p.say("skip"))
	p.el("header", nil, func() {
		p.el("p", at{"class", "brand"}, bold("darkfigure"), " ", p.say("report"))
		p.el("p", at{"class", "study"}, p.study())
	})
	p.WriteString("\n")
	p.el("main", nil, func() {
		parts := p.parts()
		if p.aboutSensitivity() {
			p.secondPage(true)
		} else {
			p.answerSection()
		}
		if len(parts) > 1 {
			p.el("nav", at{"aria-label", p.say("contents").plain()}, func() {
				p.el("ol", nil, func() {
					for _, x := range parts {
						p.el("li", nil, func() { p.el("a", at{"href", "#" + x.id}, prose(x.title)) })
					}
					if p.r.Sensitivity != nil && !p.aboutSensitivity() {
						p.el("li", nil, func() { p.el("a", at{"href", "#sensitivity"}, p.say("sens-title")) })
					}
				})
			})
			p.WriteString("\n")
		}
		for _, x := range parts {
			x.write()
		}
		if p.r.Sensitivity != nil && !p.aboutSensitivity() {
			p.secondPage(false)
		}
	})
}

// aboutSensitivity reports whether the results are a sensitivity analysis alone.
func (v *view) aboutSensitivity() bool {
	return v.r.Sensitivity != nil && len(v.r.Estimates) == 0 && len(v.r.Models) == 0
}

// parts are the sections that these results have, in their order.
func (p *page) parts() []part {
	var out []part
	add := func(id string, title prose, write func()) {
		out = append(out, part{id, string(title), write})
	}
	if g := p.total(); g != nil {
		a := p.answer(*g)
		if len(a.near) > 1 {
			add("change", p.say("change-title"), func() { p.changeSection("change", *g, a) })
		}
		if a.estimate != nil {
			for i, t := range p.grids(*a.estimate) {
				id := "totals-" + strconv.Itoa(i+1)
				add(id, t.title, func() { p.groupTotals(t, id) })
			}
		}
	}
	if t, ok := p.inViewGrid(); ok {
		add("in-view", t.title, func() { p.groupTotals(t, "in-view") })
	}
	for i, s := range p.groupsOf {
		prefix := "groups-"
		if i > 0 {
			prefix = "groups-" + strconv.Itoa(i+1) + "-"
		}
		out = append(out, p.sightTables(s, prefix)...)
	}
	if p.r.Linkage != nil {
		add("links", p.say("links-title"), p.linksSection)
	}
	for i, s := range p.stands() {
		id := "group-" + strconv.Itoa(i+1)
		add(id, p.standing(s), func() { p.stratumSection(id, s) })
	}
	if len(p.groups) == 0 && p.namesModels() {
		add("models", p.say("models-title"), p.modelsSection)
	}
	if len(p.r.Data.Counts) > 0 {
		add("overlap", p.say("overlap-title"), p.overlapSection)
	}
	if g := p.total(); g != nil {
		a := p.answer(*g)
		if p.countRows(*g, a) > 1 {
			add("methods", p.say("methods-title"), func() { p.methodsSection(*g, a) })
		}
		if fs := p.featured(a); p.hasInside(a, fs) {
			add("inside", p.say("inside-title"), func() { p.insideSection("inside", *g, a, fs) })
		}
	}
	if p.r.Linkage != nil {
		add("linking", p.say("linking-title"), p.linkingSection)
	}
	if ws := p.warnings(p.groups); len(ws) > 0 {
		add("warnings", p.plural("warnings-nav", len(ws)), func() { p.warningsSection(ws) })
	}
	if rs := p.refusals(p.groups); len(rs) > 0 {
		add("refused", p.plural("refused-head", len(rs)), func() { p.refusedSection(rs) })
	}
	if len(p.shownCards()) > 0 {
		add("cards", p.say("cards-title"), p.cardsSection)
	}
	for _, s := range p.standards() {
		add(s.id, p.say(s.key+"-title"), func() { p.standardSection(s) })
	}
	add("reproduce", p.say("reproduce-title"), p.reproduceSection)
	return out
}
