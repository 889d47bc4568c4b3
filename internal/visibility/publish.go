package visibility

import (
	"context"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/disclosure"
)

// Protection says how small counts are protected in a result.
type Protection struct {
	Threshold int64 // counts from 1 to Threshold−1 are withheld
	Base      int64 // all others are rounded to multiples of it; 0: they are exact
	Withheld  int   // counts withheld, small or not
	Counts    int   // counts in all, zeros included
	Rows      int   // rows withheld
	Off       int64 // the most that the rounding of a sum is off
	Tables    int   // tables that were protected together, by their counts
	// Changed are counts of margins that are withheld for the sake of the groups within them: published alone, these margins would show them.
	Changed int
	// LeftOut are covariates that only some lists record: their groups are not published, since they leave out the people whom the other
	// lists see, and since who knows this can work counts of the people out from those of the lists.
	LeftOut []string
}

// Publish is the result as it can be published. Small counts are withheld, and others from which they could be worked out: of each that
// is, it is proved that it can lie anywhere within the threshold at least (disclosure.Suppress). The choice depends on the counts and on the
// names of groups and lists, not on the order in which they are given. Where the people are withheld, nothing is left of the estimate, which
// is never below the count, and the visibility, which would give it away. An estimate rests on what each list holds: where one of these is
// withheld, so is the
// estimate, since few people seen twice make it large. Withheld counts never stand alone in a sum, and so withheld estimates do not either. All other numbers are made anew from what is published: estimates are rounded to two
// significant figures, and to more where two would change the hidden number by more than a tenth; their limits outward; shares and
// visibility follow from the rounded numbers. What could confirm a guess is left out: the hash of the table, and the warnings and
// refusals of groups, which come from small counts: a group without an estimate looks like one whose estimate is withheld. Estimates were
// made from the exact counts.
//
// Errors: a threshold below 1 or base below 0; that of the context.
func (r *Result) Publish(ctx context.Context, threshold, base int64) (*Result, error) {
	out, err := Publish(ctx, nil, []*Result{r}, threshold, base)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// Publish is several results of the same table as they can be published together: sums that they have in common are one count, which is
// published in all of them or in none, and is rounded in the same way. The table is needed when there is more than one; it has all their
// covariates.
//
// Errors: those of the method; results that are not of the table.
func Publish(ctx context.Context, t *estimators.Table, results []*Result, threshold, base int64) ([]*Result, error) {
	if threshold < 1 || base < 0 {
		return nil, fmt.Errorf("threshold %d and base %d: the first is at least 1, the second at least 0", threshold, base)
	}
	results = slices.Clone(results)
	left := make([][]string, len(results))
	for i, r := range results {
		for _, name := range r.By {
			if slices.Contains(r.Partly, name) || r.byOneList(name) {
				left[i] = append(left[i], name)
			}
		}
		for _, name := range left[i] {
			results[i] = results[i].without(name)
		}
	}
	results, left = distinct(results, left)
	c, err := newCounted(t, results)
	if err != nil {
		return nil, err
	}
	if err := c.withhold(ctx, threshold); err != nil {
		return nil, err
	}
	if base > 0 {
		if err := c.round(base); err != nil {
			return nil, err
		}
	}
	out := make([]*Result, len(results))
	for i, r := range results {
		out[i] = c.publish(r, i, threshold, base)
		out[i].Protection.LeftOut = left[i]
	}
	return out, nil
}

// distinct leaves out a table that became one of the others when covariates were left out of it, or of which nothing but the total is left, which the
// others have too.
func distinct(results []*Result, left [][]string) (kept []*Result, of [][]string) {
	groups := func(r *Result) []string { return slices.Sorted(slices.Values(r.By)) }
	alike := make([]int, len(results)) // the table that stands for each
	for i := range results {
		alike[i] = i
	}
	for i, r := range results {
		for j, o := range results {
			if len(left[i]) > 0 && alike[j] == j && j != i && (len(left[j]) == 0 || j < i) && slices.Equal(groups(o), groups(r)) {
				alike[i] = j
				break
			}
		}
	}
	divided := slices.IndexFunc(results, func(r *Result) bool { return len(r.By) > 0 }) // a table with groups, which stands for itself or for one like it
	for i, r := range results {
		if divided >= 0 && len(r.By) == 0 && len(left[i]) > 0 {
			alike[i] = alike[divided]
		}
	}
	for i, r := range results {
		if alike[i] != i {
			continue
		}
		var names []string
		for j := range results {
			if alike[j] == i {
				names = append(names, left[j]...)
			}
		}
		slices.Sort(names)
		kept, of = append(kept, r), append(of, slices.Compact(names))
	}
	return kept, of
}

// byOneList reports whether one list alone records a covariate: everybody whose level is known is on it, and of some people it is missing.
func (r *Result) byOneList(name string) bool {
	missing := false
	all := make([]bool, len(r.Lists)) // whether everybody whose level is known is on a list
	for j := range all {
		all[j] = true
	}
	for _, g := range r.Rows {
		switch {
		case len(g.Stratum) != 1 || g.Stratum[0].Name != name:
		case g.Stratum[0].Level == "":
			missing = true
		default:
			for j, l := range g.Lists {
				all[j] = all[j] && l.Observed == g.Observed
			}
		}
	}
	return missing && slices.Contains(all, true)
}

// without is the result without the groups of a covariate.
func (r *Result) without(name string) *Result {
	of := func(labels []estimators.Label) bool {
		return slices.ContainsFunc(labels, func(l estimators.Label) bool { return l.Name == name })
	}
	out := *r
	out.By = slices.DeleteFunc(slices.Clone(r.By), func(n string) bool { return n == name })
	out.Rows = slices.DeleteFunc(slices.Clone(r.Rows), func(g Row) bool { return of(g.Stratum) })
	out.Partly = slices.DeleteFunc(slices.Clone(r.Partly), func(n string) bool { return n == name })
	out.dropped(name)
	if r.Year == name {
		out.Year = ""
	}
	return &out
}

// dropped takes away what compares the groups of a covariate.
func (r *Result) dropped(name string) {
	of := func(labels []estimators.Label) bool {
		return slices.ContainsFunc(labels, func(l estimators.Label) bool { return l.Name == name })
	}
	r.Changes = slices.DeleteFunc(slices.Clone(r.Changes), func(c Change) bool { return of(c.Stratum) })
	r.Trends = slices.DeleteFunc(slices.Clone(r.Trends), func(t Trend) bool { return of(t.Stratum) })
	r.LeftOut = slices.DeleteFunc(slices.Clone(r.LeftOut), func(t LeftOut) bool { return of(t.Stratum) })
	r.Shares = slices.DeleteFunc(slices.Clone(r.Shares), func(s Share) bool { return s.Of.Name == name })
	if r.Year == name {
		r.Changes, r.Trends, r.LeftOut = nil, nil, nil
		r.Shares = slices.DeleteFunc(r.Shares, func(s Share) bool { return s.Period != "" })
	}
}

func (c *counted) publish(r *Result, table int, threshold, base int64) *Result {
	out := *r
	out.Rows, out.Changes, out.Trends, out.LeftOut, out.Shares, out.Together, out.Notes = nil, nil, nil, nil, nil, nil, nil
	out.Protection = &Protection{Threshold: threshold, Base: base, Off: c.off, Tables: len(c.tables), Changed: c.changed}
	p := &publisher{from: r, out: &out, base: base, counted: c, cells: c.rows[table]}
	p.rows()
	p.changes()
	p.trends()
	p.shares()
	if t := r.Together; t != nil {
		n := out.Total()
		if n.Estimated() {
			x := *t
			x.Population, x.Interval = p.estimate(t.Population, t.Interval, n.Observed)
			out.Together = &x
		}
	}
	out.Data = estimators.Data{Source: r.Data.Source, Lists: r.Data.Lists, Period: r.Data.Period}
	if n := out.Total(); !n.Withheld {
		out.Data.Observed = n.Observed
	}
	return &out
}

// A publisher makes one result.
type publisher struct {
	*counted
	from, out *Result
	base      int64
	cells     []int // of every row
}

// estimate rounds an estimate and its interval outward; n is the count as it is published. Beside rounded counts it is never
// finer than the base, since a limit is never below the exact count and may be equal to it.
func (p *publisher) estimate(x float64, i estimators.Interval, n int64) (float64, estimators.Interval) {
	least := float64(n)
	near := func(x float64, round func(float64) float64) float64 {
		if math.IsInf(x, 1) {
			return x
		}
		unit := 1.0
		if p.base > 0 {
			unit = float64(p.base)
		}
		for figures := 2; figures < 16; figures++ {
			r := disclosure.Rounding(x, figures, round)
			if u := math.Pow10(int(math.Floor(math.Log10(math.Max(x, 1)))) - figures + 1); u < unit {
				break // finer than people, or than the base
			}
			if r >= least && math.Abs(r-x) <= .1*math.Max(x-least, 0)+unit {
				return r
			}
		}
		return math.Max(unit*round(x/unit), least)
	}
	i.Lower, i.Upper = near(i.Lower, math.Floor), near(i.Upper, math.Ceil)
	x = near(x, math.Round)
	return math.Min(math.Max(x, i.Lower), i.Upper), i
}

func (p *publisher) rows() {
	p.out.Rows = make([]Row, len(p.from.Rows))
	for k, from := range p.from.Rows {
		i := p.cells[k]
		g := Row{Stratum: from.Stratum, Period: from.Period, Status: from.Status, Persons: from.Persons, Unknown: from.Unknown, Withheld: p.withheld[0][i]}
		for m := range p.withheld {
			p.out.Protection.Counts++
			if p.withheld[m][i] {
				p.out.Protection.Withheld++
				g.Kept = true
			}
		}
		// That there is no estimate, and why, would tell which group is small: it looks like any that is withheld.
		g.Kept = !g.Withheld && (g.Kept || from.Status == estimators.Refused)
		switch {
		case g.Withheld:
			p.out.Protection.Rows++
			g.Status = ""
		case g.Kept:
			g.Status = ""
		case len(from.Stratum) > 0:
			g.Status = estimators.OK
		}
		if !g.Withheld {
			g.Observed = p.counts[0][i]
		}
		if g.Estimated() {
			g.Model, g.AsOne = from.Model, from.AsOne
			if len(from.Stratum) == 0 {
				for _, w := range from.Warnings {
					g.Warnings = append(g.Warnings, estimators.Warning{Code: w.Code, Text: meaning(w.Code)})
				}
			}
			g.Population, g.Interval = p.estimate(from.Population, from.Interval, g.Observed)
			g.Hidden = math.Max(g.Population-float64(g.Observed), 0)
			g.Visibility = seen(min(g.Observed, int64(g.Population)), g.Population, g.Interval)
		}
		for _, l := range from.Lists {
			m := p.layer(l.Name)
			l = ListRow{Name: l.Name, Absent: l.Absent, Withheld: p.withheld[m][i]}
			if !l.Withheld {
				l.Observed = p.counts[m][i]
				if g.Estimated() {
					l.Visibility = seen(min(l.Observed, int64(g.Population)), g.Population, g.Interval)
				}
			}
			g.Lists = append(g.Lists, l)
		}
		g.rate()
		p.out.Rows[k] = g
	}
}

// meaning is what a code says, without the numbers of the case.
func meaning(code string) string {
	c, _ := estimators.LookupCode(code)
	return c.Meaning
}

// when is the row of a group in a period, nil when it is withheld.
func (p *publisher) when(stratum []estimators.Label, year string) *Row {
	g := p.out.row(append(slices.Clone(stratum), estimators.Label{Name: p.from.Year, Level: year}))
	if g == nil || g.Withheld {
		return nil
	}
	return g
}

// around puts limits about another value, at the same distances in ratio, and rounds them outward to three figures.
func around(l Limits, value float64) Limits {
	f := 1.0
	if l.Value > 0 {
		f = value / l.Value
	}
	low, high := disclosure.Outward(l.Lower*f, l.Upper*f, 3)
	return Limits{disclosure.Figures(value, 3), low, high}
}

func (p *publisher) changes() {
	for _, c := range p.from.Changes {
		a, b := p.when(c.Stratum, c.From), p.when(c.Stratum, c.To)
		if a == nil || b == nil {
			continue
		}
		switch {
		case c.What != Observed && (!a.Estimated() || !b.Estimated()):
			continue
		case c.Equal && c.What == Visibility: // of the model, whatever the counts
		case c.What == Population && a.Population > 0:
			c.Ratio = around(c.Ratio, b.Population/a.Population)
			if d := c.Difference; d != nil { // of the numbers that are published
				value := b.Population - a.Population
				low, high := disclosure.Outward(value+d.Lower-d.Value, value+d.Upper-d.Value, 2)
				c.Difference = &Limits{value, low, high}
			}
		case a.Observed == 0 || b.Observed == 0: // rounded to nothing
			continue
		case c.What == Observed:
			r := countRatio(b.Observed, a.Observed, p.from.Level)
			c.Ratio = around(r, r.Value)
		case c.What == Visibility && a.Visibility.Value > 0:
			c.Ratio = around(c.Ratio, b.Visibility.Value/a.Visibility.Value)
		default:
			continue
		}
		c.Equal = c.Equal && c.What == Visibility
		c.Beyond = c.Ratio.Lower > 1 || c.Ratio.Upper < 1
		p.out.Changes = append(p.out.Changes, c)
	}
}

func (p *publisher) trends() {
	published := func(stratum []estimators.Label) bool {
		for _, l := range p.names[slices.Index(p.by, p.from.Year)] {
			if g := p.when(stratum, l); l != "" && (g == nil || !g.Estimated()) {
				return false
			}
		}
		return true
	}
	for _, t := range p.from.LeftOut {
		if published(t.Stratum) { // else the years are withheld, and why is not told
			t.Without = 0
			p.out.LeftOut = append(p.out.LeftOut, t)
		}
	}
	for _, t := range p.from.Trends {
		if !published(t.Stratum) {
			continue
		}
		t.Without = 0
		// To whole per cent: a line through all years tells nothing about one of them.
		t.PerYear = Limits{math.Round(100*t.PerYear.Value) / 100, math.Floor(100*t.PerYear.Lower) / 100, math.Ceil(100*t.PerYear.Upper) / 100}
		t.Overdispersion = disclosure.Figures(t.Overdispersion, 2)
		t.Beyond = t.PerYear.Lower > 1 || t.PerYear.Upper < 1
		p.out.Trends = append(p.out.Trends, t)
	}
}

// percents rounds limits of a share, or of a difference of shares, outward to whole per cent.
func percents(l Limits) Limits {
	return Limits{math.Round(100*l.Value) / 100, math.Floor(100*l.Lower+1e-9) / 100, math.Ceil(100*l.Upper-1e-9) / 100}
}

func (p *publisher) shares() {
	at := func(of *estimators.Label, period string) *Row {
		var labels []estimators.Label
		if of != nil {
			labels = append(labels, *of)
		}
		if period != "" {
			return p.when(labels, period)
		}
		if g := p.out.row(labels); g != nil && !g.Withheld {
			return g
		}
		return nil
	}
	for _, s := range p.from.Shares {
		part, all := at(&s.Of, s.Period), at(nil, s.Period)
		if part == nil || all == nil || all.Observed == 0 {
			continue
		}
		k := min(part.Observed, all.Observed)
		s.Observed = percents(wilson(k, all.Observed, p.from.Level))
		s.Estimated = percents(s.Estimated)
		if !part.Estimated() || !all.Estimated() {
			s.Refused, s.Estimated = true, Limits{}
		}
		if s.Since != nil {
			before, beforeAll := at(&s.Of, s.Since.From), at(nil, s.Since.From)
			c := *s.Since
			s.Since = &c
			if before == nil || beforeAll == nil || beforeAll.Observed == 0 {
				s.Since = nil
			} else {
				c.Observed = percents(newcombe(k, all.Observed, min(before.Observed, beforeAll.Observed), beforeAll.Observed, p.from.Level))
				c.Estimated = percents(c.Estimated)
				if s.Refused || !before.Estimated() || !beforeAll.Estimated() {
					c.Estimated, c.Equal = Limits{}, false
				}
				c.ObservedBeyond = c.Observed.Lower > 0 || c.Observed.Upper < 0
				c.EstimatedBeyond = !(c.Estimated == Limits{}) && (c.Estimated.Lower > 0 || c.Estimated.Upper < 0)
				s.Since = &c
			}
		}
		p.out.Shares = append(p.out.Shares, s)
	}
}
