package report

import (
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// A grid is a table with its heading; all columns but the first hold numbers.
type grid struct {
	title prose
	heads []prose
	rows  [][]prose
	notes []prose // below it
}

// grids are what an estimate with covariates says besides its total: the totals of groups, and the coefficients of its formula.
func (v *view) grids(e estimators.Estimate) []grid {
	var out []grid
	for _, g := range e.Groups {
		var by []prose
		for _, n := range g.By {
			by = append(by, name(n))
		}
		t := grid{title: v.say("groups-title", v.and(by)), heads: []prose{v.say("group"), v.say("seen"), "N", v.say("interval"), v.say("visibility")}}
		partly := slices.ContainsFunc(g.Totals, func(s estimators.Subtotal) bool { return s.Unrecorded > 0 })
		for _, s := range g.Totals {
			fixed, random := kindsOf(s.Intervals)
			part := estimators.Estimate{Status: e.Status, Observed: s.Observed, Population: s.Population, Intervals: fixed}
			row := []prose{v.label(group{labels: s.Stratum}), prose(v.count(s.Observed)), prose(v.whole(s.Population)), v.limitsOf(fixed), ""}
			if e.LowerBound {
				row[2] = v.say("at-least", v.whole(s.Population))
			}
			switch share, lower, upper, ok := part.Visibility(); {
			case partly && s.Hidden == 0 && len(fixed) > 0 && fixed[0].Unbounded(): // nobody hidden is what the model can only say
				row[4] = v.say("at-most", v.percent(1))
			case partly && s.Population > 0: // the limits would be those of people who were seen, too
				row[4] = prose(v.percent(1 - s.Hidden/s.Population))
			case ok:
				row[4] = prose(v.percent(share)) + " (" + v.shareLimits(lower, upper) + ")"
			}
			if partly {
				row = slices.Insert(row, 2, prose(v.whole(s.Unrecorded)))
			}
			if len(random) > 0 {
				row = slices.Insert(row, len(row)-1, v.limitsOf(random))
			}
			t.rows = append(t.rows, row)
		}
		if len(t.rows) > 0 && len(g.Totals[0].Intervals) > 0 {
			fixed, random := kindsOf(g.Totals[0].Intervals)
			switch {
			case len(random) > 0 && (fixed[0].Kind == estimators.Percentile || fixed[0].Kind == estimators.OneModel):
				t.heads = slices.Insert(t.heads, 4, v.say("groups-model")+prose(" ("+v.kind(random[0])+")"))
			case len(random) > 0:
				t.heads[3] = v.say("groups-fixed")
				t.heads = slices.Insert(t.heads, 4, v.say("groups-random")+prose(" ("+v.kind(random[0])+")"))
			}
			t.heads[3] += prose(" (" + v.kind(fixed[0]) + ")")
		}
		if partly {
			t.heads = slices.Insert(t.heads, 2, v.say("groups-unrecorded"))
		}
		out = append(out, t)
	}
	if e.Combination != nil {
		out = append(out, v.sourcesGrid(e))
	}
	if e.Selection != nil && len(e.Selection.Path) > 0 {
		out = append(out, v.pathGrid(e.Selection.Path))
	}
	// Models of lists are written in brackets, and their coefficients are in the JSON.
	if strings.HasPrefix(e.Model, "~") && len(e.Coefficients) > 0 && e.Status != estimators.Refused {
		t := grid{title: v.say("coefficients-title"), heads: []prose{v.say("coefficient"), v.say("estimate"), v.say("se-head")}}
		for _, c := range e.Coefficients {
			row := []prose{name(c.Name), "−∞", ""}
			if c.SE > 0 {
				row[1], row[2] = prose(v.fixed(c.Estimate, 3)), prose(v.fixed(c.SE, 3))
			} else if c.Estimate > 0 {
				row[1] = "+∞"
			}
			t.rows = append(t.rows, row)
		}
		out = append(out, t)
	}
	if e.Contacts != nil {
		out = append(out, v.contactGrids(e)...)
	}
	return out
}

// contactGrids are the diagnostics of a model of repeat contacts.
func (v *view) contactGrids(e estimators.Estimate) []grid {
	c := e.Contacts
	t := grid{title: v.say("contacts-title"), heads: []prose{v.say("contacts-times"), v.say("seen"), v.say("contacts-expected")}}
	for _, s := range c.Seen {
		times := prose(v.count(int64(s.Contacts)))
		if s.OrMore {
			times = v.say("contacts-or-more", v.count(int64(s.Contacts)))
		}
		t.rows = append(t.rows, []prose{times, prose(v.count(s.Observed)), prose(v.fixed(s.Expected, 1))})
	}
	if c.Classes > 1 {
		p := v.fixed(c.P, 3)
		if c.P < 0.001 {
			p = v.fixed(0.001, 3)
		}
		t.notes = append(t.notes, v.say("contacts-test", v.fixed(c.ChiSquared, 1), v.fixed(c.G, 1), v.count(int64(c.Classes)), p))
	}
	out := []grid{t}
	if len(c.Influence) == 0 {
		return out
	}
	t = grid{title: v.say("influence-title"), heads: []prose{v.say("group"), v.say("contacts-times"), v.say("contacts-people"), v.say("contacts-expected"), v.say("contacts-residual"), v.say("contacts-leverage"), v.say("contacts-change")},
		notes: []prose{v.say("influence-note")}}
	for _, x := range c.Influence {
		change := v.whole(math.Abs(x.Change))
		switch {
		case x.Change <= -0.5:
			change = "−" + change
		case x.Change >= 0.5:
			change = "+" + change
		}
		who := v.say("contacts-everybody")
		if len(x.Stratum) > 0 {
			who = v.label(group{labels: x.Stratum})
		}
		t.rows = append(t.rows, []prose{who, prose(v.count(int64(x.Contacts))), prose(v.count(x.Count)), prose(v.fixed(x.Mean, 2)), prose(v.fixed(x.Pearson, 1)), prose(v.fixed(x.Leverage, 3)), prose(change)})
	}
	return append(out, t)
}

// kindsOf divides intervals into those of the first kind and those of another.
func kindsOf(all []estimators.Interval) (first, second []estimators.Interval) {
	for _, i := range all {
		if i.Kind == all[0].Kind {
			first = append(first, i)
		} else {
			second = append(second, i)
		}
	}
	return first, second
}

func (t *terminal) groupTotals(e estimators.Estimate) {
	for _, g := range t.grids(e) {
		t.gridTable(g)
	}
}

func (t *terminal) gridTable(g grid) {
	t.section(g.title)
	cols := make([]column, len(g.heads))
	for i, h := range g.heads {
		cols[i] = column{head: h, right: i > 0, flexible: i == 0}
	}
	if len(g.rows) > 0 {
		t.table(cols, g.rows)
	}
	for i, n := range g.notes {
		if i > 0 || len(g.rows) > 0 && len(g.notes) > 1 {
			t.WriteByte('\n')
		}
		t.para(n, 2)
	}
}

func (m *markdown) groupTotals(e estimators.Estimate, level int) {
	for _, g := range m.grids(e) {
		m.gridTable(g, level)
	}
}

func (m *markdown) gridTable(g grid, level int) {
	m.heading(level, g.title)
	if len(g.rows) > 0 {
		m.table(g.heads, "l"+strings.Repeat("r", len(g.heads)-1), g.rows)
	}
	for _, n := range g.notes {
		m.para(n)
	}
}

func (p *page) groupTotals(g grid, id string) {
	p.section(id, "", g.title, nil, func() { p.gridTable(g) })
}

func (p *page) gridTable(g grid) {
	if len(g.rows) > 0 {
		p.gridRows(g)
	}
	for _, n := range g.notes {
		p.p("foot", n)
	}
}

func (p *page) gridRows(g grid) {
	p.el("table", at{"class", "plain totals"}, func() {
		p.el("thead", nil, func() {
			p.el("tr", nil, func() {
				for i, h := range g.heads {
					class := "num"
					if i == 0 {
						class = ""
					}
					p.el("th", at{"scope", "col", "class", class}, h)
				}
			})
		})
		p.el("tbody", nil, func() {
			for _, r := range g.rows {
				p.el("tr", nil, func() {
					p.el("th", at{"scope", "row"}, r[0])
					for _, c := range r[1:] {
						p.el("td", at{"class", "num"}, c)
					}
				})
			}
		})
	})
}
