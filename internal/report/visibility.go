package report

import (
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/visibility"
)

// VisibilityText writes who is in view for a terminal; more are further tables of the same people, which follow.
//
// Error: an unknown language, or what w returns.
func VisibilityText(w io.Writer, r *visibility.Result, opt Options, more ...*visibility.Result) error {
	if opt.Width == 0 {
		opt.Width = 100
	}
	var groups []group // of all tables: what they warn of alike is said once
	for i, r := range append([]*visibility.Result{r}, more...) {
		s, err := newSight(r, opt)
		if err != nil {
			return err
		}
		s.several = len(more) > 0
		t := &terminal{view: s.view, width: max(opt.Width, 76), colour: opt.Colour}
		if i > 0 {
			t.WriteByte('\n')
		}
		t.head(s.headline())
		t.WriteByte('\n')
		t.para(s.lead(), 0)
		for _, x := range s.sheets() {
			t.section(x.title)
			if x.about != "" {
				t.para(x.about, 2)
				t.WriteByte('\n')
			}
			cols := make([]column, len(x.heads))
			for i, h := range x.heads {
				cols[i] = column{head: h, right: i >= x.labels && i < len(x.heads)-x.words, flexible: i < x.labels || i >= len(x.heads)-x.words}
			}
			t.table(cols, x.rows)
		}
		t.section(s.say("vis-how"))
		for _, n := range s.how() {
			t.para(n, 2)
		}
		if groups = append(groups, t.groups...); i == len(more) {
			t.warned(groups)
			t.refused(groups)
			t.notes()
			t.colophon()
		}
		if _, err := io.WriteString(w, t.String()); err != nil {
			return err
		}
	}
	return nil
}

// VisibilityMarkdown writes who is in view as Markdown with pipe tables; more are further tables of the same people, which follow.
//
// Error: an unknown language, or what w returns.
func VisibilityMarkdown(w io.Writer, r *visibility.Result, opt Options, more ...*visibility.Result) error {
	var groups []group
	for i, r := range append([]*visibility.Result{r}, more...) {
		s, err := newSight(r, opt)
		if err != nil {
			return err
		}
		s.several = len(more) > 0
		m := &markdown{view: s.view}
		if i > 0 {
			m.WriteByte('\n')
		}
		m.WriteString("# " + md(s.headline()) + "\n\n")
		m.para(s.lead())
		for _, x := range s.sheets() {
			m.heading(2, x.title)
			m.para(x.about)
			m.table(x.heads, strings.Repeat("l", x.labels)+strings.Repeat("r", len(x.heads)-x.labels-x.words)+strings.Repeat("l", x.words), x.rows)
		}
		m.heading(2, s.say("vis-how"))
		for _, n := range s.how() {
			m.bullet(n)
		}
		if groups = append(groups, m.groups...); i == len(more) {
			m.groups = groups
			m.ending()
		}
		if _, err := io.WriteString(w, m.String()); err != nil {
			return err
		}
	}
	return nil
}

// VisibilityHTML writes who is in view as one page with its charts; more are further tables of the same people, whose charts and tables
// follow those of the first.
//
// Error: an unknown language, or what w returns.
func VisibilityHTML(w io.Writer, r *visibility.Result, opt Options, more ...*visibility.Result) error {
	s, err := newSight(r, opt)
	if err != nil {
		return err
	}
	s.several = len(more) > 0
	p := &page{view: s.view}
	var others []*sight
	for _, r := range more {
		x, err := newSight(r, opt)
		if err != nil {
			return err
		}
		x.several = true
		others = append(others, x)
	}
	p.document(s.headline()+": "+s.title, func() { p.sightBody(s, others) })
	_, err = io.WriteString(w, p.String())
	return err
}

// A sight is a view of the visibility of groups.
type sight struct {
	*view
	v       *visibility.Result
	several bool // it is one of several tables of the same people
	linked  bool // from registers
}

// newSight makes the rows estimates, for what all pages have in common: warnings, refusals, what reproduces them.
func newSight(r *visibility.Result, opt Options) (*sight, error) {
	results := estimators.Results{Data: r.Data, Run: r.Run}
	for _, g := range r.Rows {
		if g.Withheld || g.Kept {
			continue
		}
		e := estimators.Estimate{Method: r.Method, Model: g.Model, Stratum: g.Stratum, Observed: g.Observed, Hidden: g.Hidden, Population: g.Population,
			Status: g.Status, Reason: g.Reason, Warnings: g.Warnings}
		if g.Status != estimators.Refused {
			e.Intervals = []estimators.Interval{g.Interval}
		}
		results.Estimates = append(results.Estimates, e)
	}
	v, err := newView(results, opt)
	if err != nil {
		return nil, err
	}
	s := &sight{view: v, v: r, linked: opt.Linked != nil}
	if r.Model != "" || r.Chosen {
		v.chosen = s.how()[0]
	}
	v.inhabitants = slices.ContainsFunc(r.Rows, func(g visibility.Row) bool { return g.Persons > 0 })
	if r.Protection != nil {
		v.protected = opt.Linked
	}
	return s, nil
}

// by lists the covariates of the groups.
func (s *sight) by() prose { return s.named(s.v.By) }

func (s *sight) named(all []string) prose {
	var names []prose
	for _, n := range all {
		names = append(names, name(n))
	}
	return s.and(names)
}

func (s *sight) headline() prose {
	t := s.v.Total()
	if !t.Estimated() || t.Population <= 0 {
		return s.say("vis-head", s.by())
	}
	n := s.count(t.Observed)
	if s.ofPeriods() {
		return s.say("head-periods", capital(s.say("about", s.whole(about(t.Population, t.Observed)))), n)
	}
	if t.Observed == 1 {
		return capital(s.say("head.one", s.say("about", s.whole(about(t.Population, t.Observed))), n))
	}
	return capital(s.say("head.many", s.say("about", s.whole(about(t.Population, t.Observed))), n))
}

// ofPeriods reports whether the total counts people once in each period, which is known where persons are linked over all periods.
func (s *sight) ofPeriods() bool {
	return s.linked && slices.ContainsFunc(s.r.Estimates, func(e estimators.Estimate) bool { return warns(e, "person-periods") })
}

// lead is what the total is about, and how sure it is.
func (s *sight) lead() prose {
	t := s.v.Total()
	var parts []prose
	if s.ofPeriods() && t.Estimated() {
		parts = append(parts, s.say("lead-periods"))
	}
	switch {
	case t.Withheld || t.Kept:
		parts = append(parts, s.say("vis-lead-withheld"))
	case t.Status == estimators.Refused:
		parts = append(parts, s.say("vis-lead-refused"))
	case t.Interval.Unbounded() && t.AsOne:
		parts = append(parts, s.say("vis-lead", s.percent(t.Visibility.Value), s.shareLimits(t.Visibility.Lower, t.Visibility.Upper), s.kind(t.Interval)),
			s.say("vis-lead-as-one-open", s.whole(outward(t.Interval, t.Observed).Lower)))
	case t.Interval.Unbounded():
		parts = append(parts, s.say("vis-lead-open", s.percent(t.Visibility.Value), s.shareLimits(t.Visibility.Lower, t.Visibility.Upper), s.kind(t.Interval), s.limits(outward(t.Interval, t.Observed))))
	default:
		between := "vis-lead-between"
		if t.AsOne {
			between = "vis-lead-as-one"
		}
		parts = append(parts, s.say("vis-lead", s.percent(t.Visibility.Value), s.shareLimits(t.Visibility.Lower, t.Visibility.Upper), s.kind(t.Interval)),
			s.say(between, s.between(t.Interval, t.Observed)))
	}
	if s.v.Definition != "" {
		parts = append(parts, s.say("vis-definition", name(s.v.Definition)))
	}
	if t.Period != "" {
		parts = append(parts, s.say("vis-period", name(t.Period)))
	}
	return join(parts, " ")
}

// A sheet is a table of the page: so many columns of labels first, and so many of words last.
type sheet struct {
	id, kind      string
	title, about  prose
	heads         []prose
	rows          [][]prose
	labels, words int
	bars          []visibility.Limits // of the visibility of each row, for a picture; nil without any
}

// places are the rows of the groups of the same covariates, in the order of the result.
func (s *sight) places() [][]visibility.Row {
	var out [][]visibility.Row
	var last []string
	for _, g := range s.v.Rows {
		var names []string
		for _, l := range g.Stratum {
			names = append(names, l.Name)
		}
		if len(out) == 0 || !slices.Equal(names, last) {
			out, last = append(out, nil), names
		}
		out[len(out)-1] = append(out[len(out)-1], g)
	}
	return out
}

// levels are the labels of a row, each in a cell.
func (s *sight) levels(labels []estimators.Label) []prose {
	var out []prose
	for _, l := range labels {
		if l.Level == "" {
			out = append(out, s.say("missing"))
		} else {
			out = append(out, name(l.Level))
		}
	}
	return out
}

// group names a row in one cell.
func (s *sight) group(labels []estimators.Label) prose {
	if len(labels) == 0 {
		return s.say("vis-all")
	}
	return s.label(group{labels: labels})
}

// seenOf is a count of people of a group who were seen.
func (s *sight) seenOf(g visibility.Row, n int64) prose {
	if g.AtLeast {
		return s.say("at-least", s.count(n))
	}
	return prose(s.count(n))
}

func (s *sight) withheld() prose { return s.say("vis-withheld") }

// shareOf writes a share with its limits.
func (s *sight) shareOf(l visibility.Limits) prose {
	return prose(s.percent(l.Value)) + " (" + s.shareLimits(l.Lower, l.Upper) + ")"
}

func (s *sight) sheets() []sheet {
	out := s.tables()
	if s.several { // the sums of two tables differ, and which is which has to be seen
		for i := range out {
			out[i].title += " (" + s.say("vis-table-by", s.by()) + ")"
		}
		out[0].about = prose(strings.TrimSpace(string(s.say("vis-several") + " " + out[0].about)))
	}
	for _, x := range out {
		for i, h := range x.heads {
			if !strings.HasPrefix(string(h), nameOn) {
				x.heads[i] = capital(h)
			}
		}
	}
	return out
}

func (s *sight) tables() []sheet {
	var out []sheet
	for k, rows := range s.places() {
		if len(rows[0].Stratum) > 0 {
			out = append(out, s.groups(rows, k))
		}
	}
	out = append(out, s.lists())
	for _, x := range []sheet{s.changes(), s.trends(), s.shares(), s.rates()} {
		if len(x.rows) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// groups is the table of the groups of some covariates, with the total under it.
func (s *sight) groups(rows []visibility.Row, k int) sheet {
	var names []prose
	for _, l := range rows[0].Stratum {
		names = append(names, name(l.Name))
	}
	x := sheet{id: "by-" + string(rune('a'+k)), kind: "groups", title: s.say("vis-by", s.and(names)), heads: names, labels: len(names)}
	x.heads = append(slices.Clone(names), s.say("vis-seen"), s.say("vis-estimated"), s.say("interval"), s.say("vis-in-view"))
	for _, l := range rows[0].Stratum {
		if slices.Contains(s.v.Partly, l.Name) {
			x.about = s.say("vis-partly", name(l.Name))
		}
	}
	add := func(labels []prose, g visibility.Row) {
		row := slices.Clone(labels)
		switch {
		case g.Withheld:
			row = append(row, s.withheld(), "", "", "")
		case g.Kept:
			row = append(row, prose(s.count(g.Observed)), s.withheld(), "", "")
		case g.Status == estimators.Refused:
			row = append(row, s.seenOf(g, g.Observed), s.say("refused"), "", "")
		case g.Observed == 0 && !g.AsOne && s.v.Protection == nil: // people are estimated, and none of them seen
			row = append(row, prose(s.count(g.Observed)), prose(s.whole(g.Population)), prose(s.limits(g.Interval)), s.say("vis-nobody"))
		default:
			row = append(row, prose(s.count(g.Observed)), prose(s.whole(g.Population)), prose(s.limits(g.Interval)), s.shareOf(g.Visibility))
		}
		x.rows, x.bars = append(x.rows, row), append(x.bars, g.Visibility)
	}
	for _, g := range rows {
		add(s.levels(g.Stratum), g)
	}
	all := make([]prose, len(names))
	all[0] = bold(s.say("vis-all"))
	add(all, *s.v.Total())
	return x
}

// lists is what each list saw, of all and of the groups of each covariate.
func (s *sight) lists() sheet {
	x := sheet{id: "lists", title: s.say("vis-lists"), about: s.say("vis-lists-side"), labels: 1, heads: []prose{s.say("group"), s.say("vis-seen")}}
	for _, l := range s.v.Lists {
		x.heads = append(x.heads, name(l))
	}
	for _, g := range s.v.Rows {
		if len(g.Stratum) > 1 {
			continue
		}
		row := []prose{s.group(g.Stratum), s.seenOf(g, g.Observed)}
		if g.Withheld {
			row[1] = s.withheld()
		}
		for _, l := range g.Lists {
			switch {
			case l.Absent:
				row = append(row, s.say("vis-absent"))
			case l.Withheld:
				row = append(row, s.withheld())
			case !g.Estimated():
				row = append(row, s.seenOf(g, l.Observed))
			default:
				row = append(row, prose(s.count(l.Observed)+" ("+s.percent(l.Visibility.Value)+")"))
			}
		}
		x.rows = append(x.rows, row)
	}
	return x
}

// signed writes a factor as a change in per cent, rounded in the given way: to tenths under one per cent, so that what is not 0 does
// not look like it.
func (s *sight) signed(factor float64, round func(float64) float64) string {
	d, decimals := 100*(factor-1), 0
	if math.Abs(d) < 1 && math.Abs(d) > 1e-9 {
		decimals = 1
	}
	unit := math.Pow10(decimals)
	if x := d * unit; math.Abs(x-math.Round(x)) < 1e-7 {
		d = math.Round(x) / unit
	} else {
		d = round(x) / unit
	}
	if d > 0 {
		return "+" + s.fixed(d, decimals) + "%"
	}
	return s.fixed(d, decimals) + "%"
}

// signedLimits are the limits of a factor as changes in per cent.
func (s *sight) signedLimits(l visibility.Limits) prose {
	low, high := s.signed(l.Lower, math.Floor), ""
	if !math.IsInf(l.Upper, 1) {
		high = s.signed(l.Upper, math.Ceil)
	}
	switch {
	case high == "" && l.Lower <= 0:
		return s.say("vis-anything")
	case high == "":
		return s.say("or-more", low)
	case l.Lower <= 0:
		return s.say("at-most", high)
	}
	return s.say("from-to", low, high)
}

func (s *sight) verdict(beyond bool) prose {
	if beyond {
		return s.say("vis-beyond")
	}
	return s.say("vis-noise")
}

func (s *sight) quantity(what string) prose {
	switch what {
	case visibility.Observed:
		return s.say("vis-what-observed")
	case visibility.Population:
		return s.say("vis-what-population")
	}
	return s.say("vis-what-visibility")
}

func (s *sight) changes() sheet {
	x := sheet{id: "changes", title: s.say("vis-changes"), about: s.say("vis-changes-side"), labels: 3, words: 1,
		heads: []prose{s.say("group"), s.say("vis-from-to"), s.say("vis-what"), s.say("vis-change"), s.say("interval") + prose(" ("+s.level(s.v.Level)+")"), s.say("vis-verdict")}}
	if late := s.came(); len(late) > 0 {
		x.about += " " + s.say("vis-came", s.and(late))
	}
	for _, c := range s.v.Changes {
		if len(c.Stratum) > 1 {
			continue
		}
		row := []prose{s.group(c.Stratum), name(c.From) + " → " + name(c.To), s.quantity(c.What), prose(s.signed(c.Ratio.Value, math.Round)), s.signedLimits(c.Ratio), s.verdict(c.Beyond)}
		if c.Equal {
			row[3], row[4], row[5] = "", "", s.say("vis-equal")
		}
		x.rows = append(x.rows, row)
		if d := c.Difference; d != nil {
			x.rows = append(x.rows, []prose{"", "", s.say("vis-what-difference"), prose(s.more(d.Value, math.Round)), s.moreLimits(*d), ""})
		}
	}
	return x
}

// more is a difference in people, with its sign.
func (s *sight) more(d float64, round func(float64) float64) string {
	if d = round(d); d > 0 {
		return "+" + s.fixed(d, 0)
	}
	return s.fixed(d, 0)
}

func (s *sight) moreLimits(l visibility.Limits) prose {
	low, high := s.more(l.Lower, math.Floor), s.more(l.Upper, math.Ceil)
	switch {
	case math.IsInf(l.Lower, -1) && math.IsInf(l.Upper, 1):
		return s.say("vis-anything")
	case math.IsInf(l.Upper, 1):
		return s.say("or-more", low)
	case math.IsInf(l.Lower, -1):
		return s.say("at-most", high)
	}
	return s.say("from-to", low, high)
}

// came are the lists that ran in some periods only.
func (s *sight) came() []prose {
	absent, ran := map[string]bool{}, map[string]bool{}
	for _, g := range s.v.Rows {
		if len(g.Stratum) != 1 || g.Stratum[0].Name != s.v.Year {
			continue
		}
		for _, l := range g.Lists {
			if l.Absent {
				absent[l.Name] = true
			} else {
				ran[l.Name] = true
			}
		}
	}
	var out []prose
	for _, l := range s.v.Lists {
		if absent[l] && ran[l] {
			out = append(out, name(l))
		}
	}
	return out
}

func (s *sight) trends() sheet {
	x := sheet{id: "trends", title: s.say("vis-trends"), about: s.say("vis-trends-side"), labels: 2, words: 1,
		heads: []prose{s.say("group"), s.say("vis-what"), s.say("vis-per-year"), s.say("interval") + prose(" ("+s.level(s.v.Level)+")"), s.say("vis-scatter"), s.say("vis-verdict")}}
	without := 0
	for _, t := range s.v.Trends {
		if len(t.Stratum) > 1 {
			continue
		}
		row := []prose{s.group(t.Stratum), s.quantity(t.What), prose(s.signed(t.PerYear.Value, math.Round)), s.signedLimits(t.PerYear), prose(s.fixed(t.Overdispersion, 1)), s.verdict(t.Beyond)}
		if t.Equal {
			row[2], row[3], row[5] = "", "", s.say("vis-equal")
		}
		x.rows = append(x.rows, row)
		without = max(without, t.Without)
	}
	for _, t := range s.v.LeftOut {
		if len(t.Stratum) <= 1 {
			x.rows = append(x.rows, []prose{s.group(t.Stratum), s.quantity(t.What), s.say("vis-none"), "", "", s.noTrend(t)})
		}
	}
	if without > 0 {
		x.about += " " + s.say("vis-trends-without"+form(without), s.count(int64(without)))
	}
	return x
}

// noTrend says why there is no trend.
func (s *sight) noTrend(t visibility.LeftOut) prose {
	switch {
	case t.Reason == visibility.NobodySeen:
		return s.say("vis-no-trend-nobody", name(t.Period))
	case t.Reason == visibility.NoEstimate:
		return s.say("vis-no-trend-estimate", name(t.Period))
	case t.Reason == visibility.SameReplicates:
		return s.say("vis-no-trend-same", name(t.Period))
	case t.Without == 0: // published: how many is not told
		return s.say("vis-no-trend-many")
	}
	return s.say("vis-no-trend-replicates", s.count(int64(t.Without)), s.count(int64(s.v.Replicates)))
}

// points writes a difference of shares in percentage points.
func (s *sight) points(l visibility.Limits) prose {
	sign := func(x float64, round func(float64) float64) string {
		d := round(100 * x)
		if d > 0 {
			return "+" + s.fixed(d, 0)
		}
		return s.fixed(d, 0)
	}
	return s.say("vis-points", sign(l.Value, math.Round), sign(l.Lower+1e-11, math.Floor), sign(l.Upper-1e-11, math.Ceil))
}

func (s *sight) shares() sheet {
	x := sheet{id: "shares", title: s.say("vis-shares"), about: s.say("vis-shares-side"), labels: 2,
		heads: []prose{s.say("group"), s.say("period"), s.say("vis-of-seen"), s.say("vis-of-all")}}
	since := slices.ContainsFunc(s.v.Shares, func(h visibility.Share) bool { return h.Since != nil })
	if since {
		x.words = 1
		x.heads = append(x.heads, s.say("vis-since-seen"), s.say("vis-since-all"), s.say("vis-verdict"))
	}
	for _, h := range s.v.Shares {
		row := []prose{s.group([]estimators.Label{h.Of}), name(h.Period), s.shareOf(h.Observed), s.say("refused")}
		if s.v.Protection != nil {
			row[3] = s.say("vis-none")
		}
		if h.Period == "" {
			row[1] = s.say("vis-all-periods")
		}
		if !h.Refused {
			row[3] = s.shareOf(h.Estimated)
		}
		if since {
			row = append(row, "", "", "")
			if c := h.Since; c != nil {
				row[4] = s.points(c.Observed)
				verdict := c.ObservedBeyond
				if c.Estimated != (visibility.Limits{}) {
					row[5] = s.points(c.Estimated)
					verdict = c.EstimatedBeyond
				}
				if c.Equal {
					row[5] = s.say("vis-equal")
				}
				row[6] = s.verdict(verdict)
				if c.Estimated != (visibility.Limits{}) && c.ObservedBeyond != c.EstimatedBeyond {
					row[6] = s.say("vis-differ", s.verdict(c.ObservedBeyond), s.verdict(c.EstimatedBeyond))
				}
			}
		}
		x.rows = append(x.rows, row)
	}
	return x
}

func (s *sight) rates() sheet {
	x := sheet{id: "rates", title: s.say("vis-rates"), about: s.say("vis-rates-side"), labels: 1,
		heads: []prose{s.say("group"), s.say("vis-persons"), s.say("vis-rate"), s.say("interval") + prose(" ("+s.level(s.v.Level)+")")}}
	if len(s.v.Same) > 0 {
		x.about += " " + s.say("vis-rates-same", s.named(s.v.Same))
	}
	if len(s.v.NotCounted) > 0 {
		x.about += " " + s.say("vis-rates-not-counted", s.named(s.v.NotCounted))
	}
	if slices.ContainsFunc(s.v.Rows, func(g visibility.Row) bool { return g.NoRate == visibility.MoreThanInhabitants }) {
		x.about += " " + s.say("vis-rates-more")
	}
	for _, g := range s.v.Rows {
		if g.Unknown != "" {
			x.rows = append(x.rows, []prose{s.group(g.Stratum), s.say("missing"), s.say("vis-none"), s.say("vis-no-rate-unknown", name(g.Unknown))})
			continue
		}
		if g.Persons == 0 {
			continue
		}
		row := []prose{s.group(g.Stratum), prose(s.whole(g.Persons)), "", ""}
		decimals := 0
		if g.Rate.Value < 100 {
			decimals = 1
		}
		unit := math.Pow10(decimals)
		lower := s.fixed(math.Floor(g.Rate.Lower*unit+1e-9)/unit, decimals)
		switch {
		case g.Withheld || g.Kept:
			row[2] = s.withheld()
		case g.Status == estimators.Refused:
			row[2] = s.say("refused")
		case g.NoRate == visibility.MoreThanInhabitants:
			row[2], row[3] = s.say("vis-none"), s.say("vis-no-rate-more")
		case math.IsInf(g.Rate.Upper, 1):
			row[2], row[3] = prose(s.fixed(g.Rate.Value, decimals)), s.say("at-least", lower)
		default:
			row[2], row[3] = prose(s.fixed(g.Rate.Value, decimals)), s.say("from-to", lower, s.fixed(math.Ceil(g.Rate.Upper*unit-1e-9)/unit, decimals))
		}
		x.rows = append(x.rows, row)
	}
	return x
}

// how says where the numbers come from, and how they are protected.
func (s *sight) how() []prose {
	v := s.v
	var out []prose
	switch {
	case v.Model != "":
		out = append(out, s.say("vis-one-model", mdModel(v.Model)))
		if v.Protection == nil { // they have numbers
			out = append(out, s.sentences(v.Notes)...)
		}
	case v.Chosen:
		out = append(out, s.say("vis-apart-models"))
	default:
		out = append(out, s.say("vis-apart-method", code(v.Method)))
	}
	replicates := "vis-replicates"
	if v.Scheme == "drawn linkages" {
		replicates = "vis-drawn"
	}
	out = append(out, s.say(replicates, v.Replicates, s.level(v.Level)))
	if v.Lengths != nil {
		var periods []prose
		for _, y := range slices.Sorted(maps.Keys(v.Lengths)) {
			periods = append(periods, name(y)+prose(" ("+s.count(int64(v.Lengths[y]))+")"))
		}
		out = append(out, s.say("vis-unequal", name(v.Year), s.and(periods)))
	}
	if v.NotWhen != "" {
		out = append(out, s.say("vis-not-when", name(v.NotWhen)))
	}
	if v.Scheme == "nonparametric" {
		out = append(out, s.say("vis-fixed"))
	}
	if v.Failed > 0 && v.Protection == nil {
		out = append(out, s.say("vis-failed"+form(v.Failed), s.count(int64(v.Failed))))
	}
	if t := v.Together; t != nil {
		sum := s.say("vis-together", s.whole(t.Population), s.limits(t.Interval), s.kind(t.Interval))
		if t.Apart {
			sum += " " + s.say("vis-apart")
		}
		out = append(out, sum)
	}
	if p := v.Protection; p != nil {
		if p.Threshold > 1 {
			out = append(out, s.say("vis-protected", s.count(p.Threshold-1), s.count(int64(p.Withheld)), s.count(int64(p.Counts)), s.count(p.Threshold)))
			if 2*p.Withheld > p.Counts && len(v.By) > 2 {
				out = append(out, s.say("vis-fewer-groups"))
			}
			if p.Tables > 1 {
				out = append(out, s.say("vis-linked", s.count(int64(p.Tables))))
			}
			switch {
			case p.Changed > 0 || p.Base > 0:
				out = append(out, s.say("vis-other-tables"))
			default:
				out = append(out, s.say("vis-smaller-tables"))
			}
		}
		for _, c := range p.LeftOut {
			out = append(out, s.say("vis-left-out", name(c)))
		}
		if p.Base > 0 {
			out = append(out, s.say("vis-rounded", s.count(p.Base)))
		}
		out = append(out, s.say("vis-outward"))
	}
	return out
}
