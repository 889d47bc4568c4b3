package report

import (
	"math"

	"darkfigure/estimators"
)

// describeHead is the finding of `describe` in one line.
func (v *view) describeHead() prose {
	d := v.r.Description
	twice := prose(v.count(v.seenTwice()))
	if twice == "0" {
		twice = v.say("nobody")
	}
	return v.say("describe-head", v.peopleOn(d.Observed), twice)
}

// peopleOn is a number of persons on the lists: "2,744 people on five lists".
func (v *view) peopleOn(n int64) prose {
	return v.persons(n) + " " + v.say("on-n-lists"+form(len(v.lists)), v.spelled(len(v.lists)))
}

// coverage says what share of the population the lists cover; when nobody was seen twice that cannot be told.
func (v *view) coverage() prose {
	if c := v.r.Description.Coverage; c.Share > 0 && v.seenTwice() > 0 {
		return v.say("coverage", v.percent(c.Share))
	}
	return v.say("coverage-none")
}

// seenTwice is the number of people on two lists or more.
func (v *view) seenTwice() int64 {
	var n int64
	for _, c := range v.r.Data.Counts {
		if c.Pattern.Size() > 1 {
			n += c.Count
		}
	}
	return n
}

// both is the number of people on two lists, whatever else they are on; the total of a list when
// they are the same.
func (v *view) both(i, j int) int64 {
	q := estimators.Pattern(1)<<uint(i) | estimators.Pattern(1)<<uint(j)
	var n int64
	for _, c := range v.r.Data.Counts {
		if c.Pattern.Contains(q) {
			n += c.Count
		}
	}
	return n
}

// describe shows who overlaps with whom, and what can be estimated from it.
func (t *terminal) describe() {
	d := t.r.Description
	t.section(t.say("lists-head"))
	var rows [][]prose
	for _, l := range d.Lists {
		rows = append(rows, []prose{name(l.Name), prose(t.count(l.Total)), prose(t.percent(l.Of)), prose(t.count(l.Only)), prose(t.count(l.Shared))})
	}
	t.table([]column{{head: t.say("list"), flexible: true}, {head: t.say("people"), right: true}, {head: t.say("of-seen"), right: true}, {head: t.say("nowhere-else"), right: true}, {head: t.say("elsewhere-too"), right: true}}, rows)

	k := len(t.lists)
	t.section(t.say("matrix-head"))
	rows = nil
	cols := []column{{head: "", flexible: true}}
	names := t.short
	if k*8 > t.width-16 {
		names = make([]string, k)
		for i := range names {
			names[i] = t.count(int64(i + 1))
		}
	}
	for i := range k {
		cols = append(cols, column{head: name(names[i]), right: true})
		label := name(t.lists[i])
		if names[i] != t.lists[i] {
			label = name(names[i]) + " " + label
		}
		row := []prose{label}
		for j := range k {
			cell := prose(t.count(t.both(i, j)))
			if j < i {
				cell = "."
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	t.table(cols, rows)

	if len(d.Captures) > 0 {
		t.section(t.say("captures-head"))
		rows = nil
		for _, c := range d.Captures {
			rows = append(rows, []prose{prose(t.count(c.I)), prose(t.count(c.F)), prose(t.count(c.U)), prose(t.count(c.V)), prose(t.count(c.N))})
		}
		t.table([]column{{head: "i", right: true}, {head: "f", right: true}, {head: "u", right: true}, {head: "v", right: true}, {head: "n", right: true}}, rows)
		t.para(t.say("captures-key"), 2)
	}

	if len(d.Pairs) > 0 {
		t.section(t.say("pairs-head"))
		rows = nil
		for _, p := range d.Pairs {
			rows = append(rows, t.pairRow(p))
		}
		t.table([]column{{head: t.say("pair"), flexible: true}, {head: t.say("shared"), right: true}, {head: t.say("by-chance"), right: true}, {head: t.say("ratio-head"), right: true}, {head: "Chapman", right: true}, {head: t.say("interval"), right: true}}, rows)
		t.para(t.say("pairs-key"), 2)
	}

	if len(d.EmptyPairs) > 0 {
		var names []prose
		for _, p := range d.EmptyPairs {
			names = append(names, term(p, t.lists))
		}
		t.section(t.plural("empty-head", len(d.EmptyPairs)))
		t.para(t.say("empty-pairs", join(names, ", ")), 2)
	}
	if len(d.Estimable) > 0 {
		t.section(t.say("estimable-head"))
		rows = nil
		for _, e := range d.Estimable {
			row := []prose{t.said(e.Model), t.say("yes"), ""}
			if e.Status == estimators.Refused && e.Reason != nil {
				row[1], row[2] = t.say("no"), prose(clean(e.Reason.Code))+": "+sentence(t.said(e.Reason.Text))
			}
			rows = append(rows, row)
		}
		t.table([]column{{head: t.say("model")}, {head: t.say("estimable")}, {head: t.say("why-not"), flexible: true}}, rows)
	}
	if d.Coverage != nil {
		t.section(t.say("coverage-head"))
		t.para(t.coverage(), 2)
	}
	t.warned(nil)
}

// pairRow is what two lists alone say.
func (v *view) pairRow(p estimators.Pair) []prose {
	row := []prose{v.pair(p), prose(v.count(p.Both)), "", "", v.say("refused"), ""}
	if p.Expected > 0 {
		row[2] = prose(v.fixed(p.Expected, 1))
	}
	if p.Expected > 0 {
		row[3] = v.ratioWords(p)
	}
	if p.Both == 0 {
		row[4] = v.say("none")
	} else if p.Status != estimators.Refused {
		row[4] = prose(v.whole(p.Population))
		if p.Interval.Upper > 0 {
			row[5] = prose(v.limits(p.Interval))
		}
	} else if p.Reason != nil {
		row[5] = prose(clean(p.Reason.Code))
	}
	return row
}

// modelsHead is the finding of `models` in one line.
func (v *view) modelsHead() prose {
	fitted, lower, upper := 0, 0.0, 0.0
	for _, m := range v.r.Models {
		if m.Status == estimators.Refused {
			continue
		}
		if fitted == 0 || m.Population < lower {
			lower = m.Population
		}
		upper = max(upper, m.Population)
		fitted++
	}
	if fitted == 0 {
		return v.say("models-none", v.people(v.r.Data.Observed))
	}
	n := v.r.Data.Observed
	if math.Round(lower) == math.Round(upper) {
		return v.plural("models-same", fitted, v.whole(lower), v.count(n))
	}
	return v.say("models-head", fitted, v.whole(downward(math.Round(lower), 2, n)), v.whole(upward(math.Round(upper), 2, n)), v.count(n))
}

// models is the table of models, the best first.
func (t *terminal) models() {
	t.para(t.modelsLead(), 0)
	if !t.namesModels() {
		return
	}
	if len(t.r.Path) > 0 {
		t.gridTable(t.pathGrid(t.r.Path))
		t.modelReasons()
		return
	}
	t.WriteByte('\n')
	wide, roomy := t.width >= 112, t.width >= 100 // where room is scarce the interval stays
	ranking := t.r.Ranking
	cols := []column{{head: "#", right: true}, {head: t.say("model"), flexible: true}, {head: "N", right: true}, {head: "SE", right: true}}
	intervals := false
	for _, m := range t.r.Models {
		intervals = intervals || len(m.Intervals) > 0
	}
	if intervals {
		cols[3] = column{head: t.say("interval"), right: true}
	}
	cols = append(cols, column{head: prose(criterionName(ranking)), right: true})
	if wide {
		other := prose("AIC")
		if ranking == "aic" {
			other = "BIC"
		}
		cols = append(cols, column{head: other, right: true})
	}
	if roomy {
		cols = append(cols, column{head: "df", right: true}, column{head: t.say("deviance"), right: true})
	}
	cols = append(cols, column{head: t.say("weight"), right: true}, column{head: t.say("status")})
	var rows [][]prose
	for i, m := range t.r.Models {
		row := []prose{prose(t.count(int64(i + 1))), name(m.Model), "", ""}
		if m.Status == estimators.Refused && m.Reason != nil {
			row[1] += " " + prose(clean(m.Reason.Code))
		}
		if m.Status != estimators.Refused {
			row[2] = prose(t.whole(m.Population))
			if m.HasSE {
				row[3] = prose(t.whole(m.SE))
			}
		}
		if intervals {
			row[3] = ""
			if iv, ok := m.Interval(); ok {
				row[3] = prose(t.limits(iv))
			}
		}
		fit := make([]prose, 4)
		if f := m.Fit; f != nil && m.Status != estimators.Refused {
			fit = []prose{prose(t.fixed(fitCriterion(f, ranking), 1)), prose(t.fixed(f.AIC, 1)), prose(t.count(int64(f.DF))), prose(t.fixed(f.Deviance, 1))}
			if ranking == "aic" {
				fit[1] = prose(t.fixed(f.BIC, 1))
			}
		}
		row = append(row, fit[0])
		if wide {
			row = append(row, fit[1])
		}
		weight := prose("")
		if i < len(t.r.Weights) && m.Status != estimators.Refused {
			weight = prose(t.percent(t.r.Weights[i]))
		}
		if roomy {
			row = append(row, fit[2], fit[3])
		}
		row = append(row, weight, t.statusOf(m))
		rows = append(rows, row)
	}
	t.table(cols, rows)
	t.modelReasons()
}

// statusOf is ok, or the codes of what is the matter.
func (v *view) statusOf(e estimators.Estimate) prose {
	switch {
	case e.Status == estimators.Refused:
		return v.say("refused")
	case len(e.Warnings) > 0:
		return v.say("warned")
	}
	return v.say("ok")
}

// modelReasons says what the codes in the column of statuses mean and what to do.
func (t *terminal) modelReasons() {
	codes, count := t.modelCodes()
	if len(codes) == 0 {
		return
	}
	t.section(t.say("codes-head"))
	for _, c := range codes {
		m, _ := t.meaning(c)
		do, _ := t.advice(c)
		t.para(prose(clean(c))+": "+t.plural("models-with", count[c])+". "+sentence(m)+" "+t.say("what-to-do")+": "+do, 2)
	}
}

// modelCodes are the codes of refusals and warnings among the models, in the order met.
func (v *view) modelCodes() (codes []string, count map[string]int) {
	count = map[string]int{}
	add := func(c string) {
		if count[c] == 0 {
			codes = append(codes, c)
		}
		count[c]++
	}
	for _, m := range v.r.Models {
		if m.Reason != nil {
			add(m.Reason.Code)
		}
		for _, w := range m.Warnings {
			add(w.Code)
		}
	}
	return codes, count
}
