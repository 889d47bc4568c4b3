package study

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/estimators/linkageerror"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/linkage"
	"darkfigure/internal/resample"
	"darkfigure/internal/tableio"
	"darkfigure/internal/visibility"
)

// An Answer is what a study found: estimates pooled over the drawn linkages.
type Answer struct {
	Table      *estimators.Table // of the point linkage
	Results    estimators.Results
	Visibility []*visibility.Result // of every table of groups of the study file; none without groups, or without an estimate of any

	sizes *estimators.Table                                 // the people seen, of whom the visibility is
	said  func(table, groups []string) []estimators.Warning // of the groups of a table; of its total without groups
	why   func(table []string, r *estimators.Refusal) *estimators.Refusal
}

// comparable refuses registers between which nobody can be told to be on both: their overlap is unknown, not empty, and every estimate rests on it.
func (l *Linked) comparable() error {
	for _, p := range l.Linkage.Pairs {
		if p.NotComparable && p.A != p.B {
			r := estimators.Refuse("linkage-not-identified", "who is in both %s and %s is not known, as they have too few fields in common, and without it the number of people on neither cannot be estimated; name more of their columns, or leave one of the two out of the study", p.A, p.B)
			r.Lists = []string{p.A, p.B}
			return r
		}
	}
	return nil
}

// Estimate estimates from every drawn linkage by every method of the job and pools the estimates, then makes the checks: the threshold
// curve and the corrections for linkage error, which are never the answer.
func (j *Job) Estimate(ctx context.Context, l *Linked) (*Answer, error) {
	if err := l.comparable(); err != nil {
		return nil, err
	}
	c := l.crowd
	ties := map[int]int{}
	persons := c.persons(l.point, ties)
	l.spread = c.stays(persons)
	disagree := c.disagreements(l.point)
	point, err := c.table(persons)
	if err != nil {
		return nil, err
	}
	draws, err := l.drawnTables(ctx)
	if err != nil {
		return nil, err
	}
	a := &Answer{Table: point}
	a.Results = estimators.Results{Data: estimators.DataOf(point, j.Study.File), Linkage: l.Linkage, Run: j.Run}
	a.Results.Data.Definition = j.Study.Population.Definition
	a.Results.Data.Notes = l.notes(ties)
	people := "people"
	if l.spread.periods != l.spread.people {
		people = "person-periods"
		a.Results.Data.Notes = append(a.Results.Data.Notes, fmt.Sprintf("people are counted once in each %s", c.whenNames()))
	}
	if remark := counted(point, draws, people); remark != "" {
		a.Results.Data.Notes = append(a.Results.Data.Notes, remark)
	}
	by := j.Study.Estimate.By
	if a.sizes, err = meanTable(point, draws, by); err != nil {
		return nil, err
	}
	a.Results.Data.Notes = append(a.Results.Data.Notes, a.sizes.UnrecordedNotes(by...)...)
	a.said = func(table, groups []string) []estimators.Warning {
		out := slices.Concat(a.sizes.Unrecorded(table...), c.periodWarnings(l.spread, groups))
		for _, name := range table {
			if w, ok := disagree[name]; ok {
				out = append(out, w)
			}
		}
		return out
	}
	a.why = func(table []string, r *estimators.Refusal) *estimators.Refusal { return c.why(l.spread, table, r) }
	tables := j.Study.Estimate.Tables
	if len(tables) == 0 {
		tables = [][]string{nil}
	}
	all := make([][]stratum, len(tables))
	steps := 0
	for i, by := range tables {
		if all[i], err = stratify(point, draws, by); err != nil {
			return nil, err
		}
		steps += len(all[i]) * len(j.Methods)
	}
	step := func() {
		if j.Progress != nil {
			j.Progress("estimates from every linkage", int64(len(a.Results.Estimates)), int64(steps))
		}
	}
	step()
	var sums []*breakdown
	for i, by := range tables {
		together, err := j.estimateBy(ctx, l, a, by, all[i], draws, step)
		if err != nil {
			return nil, err
		}
		sums = append(sums, together)
	}
	if (len(by) > 0 || j.Publish.On) && len(sums[0].strata) > 0 {
		usual := j.usual(point.K())
		whole, err := j.whole(ctx, Pooling{Levels: j.Study.Estimate.Levels, Workers: j.Workers}, point, draws, usual)
		if err != nil {
			return nil, err
		}
		for _, together := range sums {
			if err := j.visible(a, together, usual, whole); err != nil {
				return nil, err
			}
		}
		visibility.SamePeriod(a.Visibility)
	}
	if len(by) == 0 && len(l.All) > 1 {
		if err := l.checks(ctx, a); err != nil {
			return nil, err
		}
	}
	if err := l.anonymous(ctx, a, draws); err != nil {
		return nil, err
	}
	return a, nil
}

// estimateBy estimates the groups of a table by every method of the job; it returns what the groups add up to by the usual one. step is told after
// each estimate.
func (j *Job) estimateBy(ctx context.Context, l *Linked, a *Answer, by []string, strata []stratum, draws []*estimators.Table, step func()) (*breakdown, error) {
	o := Pooling{Levels: j.Study.Estimate.Levels, Seed: j.Seed, Workers: j.Workers}
	o.Replicates = o.replicates(len(draws))
	usual := j.usual(a.Table.K())
	together := &breakdown{by: by, sizes: a.sizes, levels: o.Levels, replicates: o.Replicates}
	refused := a.sizes.RecordedByList(by...)
	var jointly [][]drawn
	if refused == nil {
		var err error
		if jointly, err = j.jointly(ctx, o, by, strata, draws); err != nil {
			return nil, err
		}
	}
	said := a.said(by, by)
	for i, s := range strata {
		// Groups draw from random numbers of their own: their replicates are added up.
		o.Seed = j.Seed ^ seedOf(s.labels)
		for _, m := range j.Methods {
			var e estimators.Estimate
			var each []drawn
			var err error
			switch {
			case refused != nil:
				each = refuse(s.draws, refused)
				e, _ = o.pool(m.Name, each)
			case m.Name == usual && jointly != nil:
				each = jointly[i]
				e, _ = o.pool(usual, each)
			default:
				if e, each, err = o.pooled(ctx, s.draws, m.New(estimators.Options{Levels: o.Levels, Seed: o.Seed, Workers: 1})); err != nil {
					return nil, err
				}
				s.part.Restore(&e)
			}
			e.Stratum = s.labels
			if e.Status == estimators.Refused && refused == nil {
				e.Reason = a.why(by, e.Reason)
			}
			if len(by) > 0 {
				together.size(&e)
			}
			if m.Name == usual {
				together.add(e, each)
			}
			if e.Status != estimators.Refused {
				for _, w := range l.Linkage.Warnings {
					if c, ok := estimators.LookupCode(w.Code); ok && c.Severity != estimators.Note {
						e.Warn(w)
					}
				}
				for _, w := range said {
					e.Warn(w)
				}
			}
			a.Results.Estimates = append(a.Results.Estimates, e)
			step()
		}
	}
	return together, nil
}

// refuse is a refusal of a group in every drawn linkage; a draw without anybody in it is nil.
func refuse(tables []*estimators.Table, reason *estimators.Refusal) []drawn {
	out := make([]drawn, len(tables))
	for d, t := range tables {
		out[d] = drawn{Estimate: estimators.Estimate{Status: estimators.Refused, Reason: reason}, draw: d}
		if t != nil {
			out[d].Observed = t.Observed()
		}
	}
	return out
}

// drawnTables is the table of every draw; that of the point linkage when there are no draws.
func (l *Linked) drawnTables(ctx context.Context) ([]*estimators.Table, error) {
	c := l.crowd
	if l.draws == 0 {
		t, err := c.table(c.persons(l.point, nil))
		return []*estimators.Table{t}, err
	}
	out := make([]*estimators.Table, l.draws)
	_, counts := l.tables()
	err := resample.Each(ctx, l.draws, l.Job.Workers, func(d int) error {
		var err error
		if len(c.by) == 0 {
			out[d], err = c.plain(counts[d])
			return err
		}
		persons := c.persons(l.partition(d), nil)
		if k := l.drawn(); k != nil {
			persons = c.join(persons, l.beyond(k.Beyond[d]), l.Job.Seed, uint64(d))
		}
		out[d], err = c.table(persons)
		return err
	})
	return out, err
}

// beyond puts numbers by pair of registers, numbered by name, into the order of the study file.
func (l *Linked) beyond(by []int64) []int64 {
	k := len(l.All)
	out := make([]int64, len(by))
	for a := range k {
		for b := a + 1; b < k; b++ {
			x, y := l.place(a), l.place(b)
			out[linkage.RegisterPair(a, b, k)] = by[linkage.RegisterPair(min(x, y), max(x, y), k)]
		}
	}
	return out
}

// A stratum is a group of persons, in every draw; nil where a draw has nobody in it.
type stratum struct {
	labels []estimators.Label
	draws  []*estimators.Table // without the lists that did not run there
	part   estimators.Part
}

func stratify(point *estimators.Table, draws []*estimators.Table, by []string) ([]stratum, error) {
	if len(by) == 0 {
		return []stratum{{draws: draws, part: estimators.Part{Table: point}}}, nil
	}
	groups, err := point.Stratify(by...)
	if err != nil {
		return nil, err
	}
	out := make([]stratum, len(groups))
	for i, g := range groups {
		out[i] = stratum{g.Labels, make([]*estimators.Table, len(draws)), estimators.PartOf(g.Table)}
	}
	for d, t := range draws {
		parts, err := t.Stratify(by...)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			if i := slices.IndexFunc(out, func(s stratum) bool { return slices.Equal(s.labels, p.Labels) }); i >= 0 {
				out[i].draws[d] = estimators.PartOf(p.Table).Table
			}
		}
	}
	return out, nil
}

// notes are plain facts about the table.
func (l *Linked) notes(ties map[int]int) []string {
	var fields []string
	for _, f := range l.fields {
		fields = append(fields, f.Name)
	}
	out := []string{"the table is that of the best linkage; estimates are pooled over the linkages drawn"}
	if len(fields) > 0 {
		out = append(out, "compared: "+strings.Join(fields, ", "))
	}
	for j, f := range l.crowd.by {
		if n := ties[j]; n > 0 {
			out = append(out, fmt.Sprintf("%s: the records of %s disagree evenly; the register named first decides", f, estimators.Persons(float64(n))))
		}
	}
	for _, by := range l.Job.Study.Estimate.Tables {
		out = append(out, "one estimate for each group of "+strings.Join(by, ", "))
	}
	if n := len(l.Job.Study.Estimate.Tables); n > 1 {
		out = append(out, "the total is the sum of the groups of "+strings.Join(l.Job.Study.Estimate.Tables[0], ", ")+", unless they have none")
	}
	return out
}

// checks fills in the threshold curve and the corrections for linkage error. They are about the first method that has an answer.
func (l *Linked) checks(ctx context.Context, a *Answer) error {
	j := l.Job
	var m estimators.Method
	var e estimators.Estimate
	for i, x := range a.Results.Estimates {
		if x.Status == estimators.Refused || x.LowerBound {
			continue
		}
		if better := x.Method == "loglinear" || e.Method == ""; better {
			m, e = j.Methods[i], x
		}
	}
	if e.Method == "" {
		return nil
	}
	estimate := m.New(estimators.Options{Levels: j.Study.Estimate.Levels, Seed: j.Seed, Workers: j.Workers})
	if err := l.curve(ctx, estimate); err != nil {
		return err
	}
	return l.corrections(ctx, a)
}

// curve estimates as if the links at each threshold were true, and those of the exact key.
func (l *Linked) curve(ctx context.Context, e estimators.Estimator) error {
	points, err := l.curvePoints(ctx)
	if err != nil {
		return err
	}
	out := make([]estimators.LinkCurve, len(points))
	err = resample.Each(ctx, len(points), l.Job.Workers, func(i int) error {
		p := points[i]
		var cells []estimators.Cell
		for mask, n := range p.Table {
			if n > 0 {
				cells = append(cells, estimators.Cell{Pattern: l.pattern(mask), Count: n})
			}
		}
		t, err := estimators.NewTable(l.crowd.lists, nil, cells)
		if err != nil {
			return err
		}
		x, err := estimators.Run(ctx, e, t)
		if err != nil {
			return err
		}
		c := estimators.LinkCurve{Threshold: p.Threshold, Exact: p.Exact, Observed: t.Observed()}
		if x.Status == estimators.Refused {
			c.Reason = x.Reason
		} else {
			c.Population = x.Population
			if iv, ok := x.Interval(); ok {
				c.Lower = iv.Lower
				if !iv.Unbounded() {
					c.Upper = iv.Upper
				}
			}
		}
		out[i] = c
		return nil
	})
	l.Linkage.Curve = out
	return err
}

// curvePoints are the tables at each threshold.
func (l *Linked) curvePoints(ctx context.Context) ([]linkage.CurvePoint, error) {
	if k := l.linked; k != nil {
		return linkage.ThresholdCurve(ctx, k.Persons, k.Graph, k.Model, linkage.CurveThresholds())
	}
	g := l.given
	if g.Certain {
		return nil, nil
	}
	var out []linkage.CurvePoint
	rows := g.Rows()
	for _, t := range linkage.CurveThresholds() {
		of, err := g.Point(ctx, t)
		if err != nil {
			return nil, err
		}
		masks := map[int32]int{}
		for i, c := range of {
			masks[c] |= 1 << rows.Register(i)
		}
		p := linkage.CurvePoint{Threshold: t, Table: make([]int64, 1<<rows.Registers())}
		for _, m := range masks {
			p.Table[m]++
		}
		out = append(out, p)
	}
	return out, nil
}

// corrections are second opinions: estimates corrected for the error rates of the best linkage, and, from two registers, the number of
// matches that EM finds without linking anybody.
func (l *Linked) corrections(ctx context.Context, a *Answer) error {
	t := a.Table.Collapse()
	k := len(l.All)
	var rates []linkageerror.PairRates
	if l.given != nil {
		return nil // its probabilities are not checked by anything here
	}
	for _, r := range l.linked.Rates.Pairs {
		x, y := l.order(r.A), l.order(r.B)
		missed, err := rateOf(r.MissedMatch)
		if err != nil {
			return nil
		}
		falsely, err := rateOf(r.FalseMatch)
		if err != nil {
			return nil
		}
		rates = append(rates, linkageerror.PairRates{A: min(x, y), B: max(x, y), MissedMatch: missed, FalseMatch: falsely})
	}
	if len(rates) != k*(k-1)/2 {
		return nil
	}
	slices.SortFunc(rates, func(a, b linkageerror.PairRates) int { return cmp.Or(a.A-b.A, a.B-b.B) })
	lists := linkageerror.Lists{Rates: rates, Resampling: linkageerror.Resampling{Levels: l.Job.Study.Estimate.Levels, Seed: l.Job.Seed, Workers: l.Job.Workers, Replicates: 500}}
	model := "[" + strings.Join(t.Lists(), ",") + "]"
	for _, e := range a.Results.Estimates {
		if e.Method == "loglinear" && e.Selection != nil && e.Status != estimators.Refused {
			lists.Model = modelTerms(e.Model, t.Lists())
			model = e.Model
		}
	}
	add := func(name, text string, c *linkageerror.Correction, err error) error {
		check := estimators.LinkCheck{Name: name, Text: text}
		if name == "linkage-error" {
			check.Model = model
		}
		var r *estimators.Refusal
		switch {
		case errors.As(err, &r):
			check.Reason = r
		case err != nil:
			return err
		default:
			check.Population = c.Population
			if len(c.Intervals) > 0 {
				check.Lower, check.Upper = c.Intervals[0].Lower, c.Intervals[0].Upper
			}
		}
		l.Linkage.Checks = append(l.Linkage.Checks, check)
		return nil
	}
	c, err := lists.Correct(ctx, t)
	if err := add("linkage-error", "the best linkage corrected for its error rates; lists by "+model, c, err); err != nil {
		return err
	}
	if k == 2 {
		two := linkageerror.TwoLists{MissedMatch: rates[0].MissedMatch, FalseMatch: rates[0].FalseMatch, Resampling: lists.Resampling}
		c, err := two.Correct(ctx, t)
		if err := add("linkage-error-two-lists", "n1·n2/m with the number of matches corrected for the error rates", c, err); err != nil {
			return err
		}
		if em := l.linked.Rates.Pairs[0].EM; em >= 1 {
			totals := t.Totals()
			l.Linkage.Checks = append(l.Linkage.Checks, estimators.LinkCheck{Name: "em", Text: "n1·n2/m with the number of matches that EM expects, nobody being linked (Račinskij and others 2019)",
				Population: max(float64(t.Observed()), float64(totals[0])*float64(totals[1])/em)})
		}
	}
	return nil
}

// modelTerms are the interactions of a model as it is printed.
func modelTerms(model string, lists []string) []estimators.Pattern {
	m, err := loglinear.ParseModel(model, lists)
	if err != nil {
		return nil
	}
	return m.Terms()
}

// order is the place in All of register a of the linkage.
func (l *Linked) order(a int) int {
	for i := range l.All {
		if l.place(i) == a {
			return i
		}
	}
	return -1
}

func rateOf(r estimators.LinkRange) (linkageerror.Rate, error) {
	return linkageerror.RateWithin(math.Min(math.Max(r.Value, 0), 1), math.Max(r.Lower, 0), math.Min(r.Upper, 1))
}

// LinkFiles are the files of link.
func (j *Job) LinkFiles(l *Linked) ([]File, error) {
	files := []File{{"linkage.json", func(w io.Writer) error { return l.Write(w) }}}
	if j.WriteLinked {
		files = append(files, l.personFiles()...)
	}
	return withManifest(files, j.Study, l.inputs, l.Linkage, j.Run, j.Flags)
}

// personFiles are those with a row for each record or pair of records: numbers of the registers, no names.
func (l *Linked) personFiles() []File {
	files := []File{{"linked.csv", func(w io.Writer) error { return WriteLinked(w, l.Records()) }}}
	if l.linked != nil {
		files = append(files, File{"pairs.csv", func(w io.Writer) error { return WritePairs(w, l.linked) }})
	}
	return files
}

// Published is the visibility as it can be published; several tables are protected together.
func (j *Job) Published(ctx context.Context, a *Answer) ([]*visibility.Result, error) {
	for _, v := range a.Visibility {
		v.Data, v.Run = a.Results.Data, j.Run
	}
	return visibility.Publish(ctx, a.sizes, a.Visibility, j.Publish.Threshold, j.Publish.Base)
}

// visibilityFiles are those of the visibility of one or several tables.
func visibilityFiles(all []*visibility.Result) []File {
	return []File{
		{"visibility.json", func(w io.Writer) error { return visibility.JSON(w, all) }},
		{"visibility.csv", func(w io.Writer) error { return visibility.Write(w, tableio.CSV, all) }},
	}
}

// PublishedFiles are the files of run for results that are published: the visibility, protected, and nothing else that holds counts. page
// writes the report.
func (j *Job) PublishedFiles(l *Linked, all []*visibility.Result, page func(io.Writer) error) ([]File, error) {
	files := append(visibilityFiles(all), File{"report.html", page})
	return withManifest(files, j.Study, l.inputs, nil, j.Run, j.Flags)
}

// RunFiles are the files of run; page writes the report.
func (j *Job) RunFiles(l *Linked, a *Answer, r estimators.Results, page func(io.Writer) error) ([]File, error) {
	files := []File{
		{"table.csv", func(w io.Writer) error { return tableio.WriteTable(w, tableio.CSV, a.Table) }},
		{"estimates.json", func(w io.Writer) error { return tableio.WriteResults(w, tableio.JSON, r) }},
		{"estimates.csv", func(w io.Writer) error { return tableio.WriteResults(w, tableio.CSV, r) }},
		{"linkage.json", func(w io.Writer) error { return l.Write(w) }},
		{"report.html", page},
	}
	for _, v := range a.Visibility {
		v.Data, v.Run = r.Data, r.Run
	}
	if len(a.Visibility) > 0 {
		files = append(files, visibilityFiles(a.Visibility)...)
	}
	if j.WriteLinked {
		files = append(files, l.personFiles()...)
	}
	return withManifest(files, j.Study, l.inputs, l.Linkage, j.Run, j.Flags)
}

// WriteJSON writes a value as indented JSON.
func WriteJSON(w io.Writer, v any) error { return writeJSON(w, v) }
