package visibility

import (
	"context"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/disclosure"
)

// Protection says how small counts are protected in a result.
type Protection struct {
	Threshold int64 // counts from 1 to Threshold−1 are withheld
	Base      int64 // all others are rounded to multiples of it; 0: they are exact
	Withheld  int   // counts withheld, small or not
	Rows      int   // rows withheld
	Off       int64 // the most that the rounding of a sum is off
}

// Publish is the result as it can be published. Small counts are withheld, and others from which they could be worked out; an attack
// by linear programming has tried. Of a group that is withheld nothing is left but its name: its estimate is never below its count, and
// its visibility would give the count away. An estimate rests on what each list holds: where one of these is withheld, so is the
// estimate, since few people seen twice make it large. Withheld counts never stand alone in a sum, and so withheld estimates do not either. All other numbers are made anew from what is published: estimates are rounded to two
// significant figures, and to more where two would change the hidden number by more than a tenth; their limits outward; shares and
// visibility follow from the rounded numbers. What could confirm a guess is left out: the hash of the table, and the texts of warnings and
// refusals, which name counts. Estimates were made from the exact counts.
//
// Errors: a threshold below 1 or base below 0; disclosure.ErrUnprotected; that of the context.
func (r *Result) Publish(ctx context.Context, threshold, base int64) (*Result, error) {
	p := &publisher{from: r, base: base}
	p.levels()
	out := *r
	out.Rows, out.Changes, out.Trends, out.Shares, out.Together = nil, nil, nil, nil, nil
	out.Protection = &Protection{Threshold: threshold, Base: base}
	p.out = &out
	if err := p.withhold(ctx, threshold); err != nil {
		return nil, err
	}
	if base > 0 {
		if err := p.round(); err != nil {
			return nil, err
		}
	}
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
	return &out, nil
}

type publisher struct {
	from, out *Result
	base      int64
	names     [][]string // levels of each covariate
	cross     disclosure.Cross
	cells     []int     // row of a cell, −1 for a group in which nobody was seen
	counts    [][]int64 // of all people and of each list, by cell
	withheld  [][]bool
}

// levels numbers the levels of the covariates, and finds the rows of all cells.
func (p *publisher) levels() {
	p.names = make([][]string, len(p.from.By))
	for _, g := range p.from.Rows {
		for _, l := range g.Stratum {
			d := slices.Index(p.from.By, l.Name)
			if !slices.Contains(p.names[d], l.Level) {
				p.names[d] = append(p.names[d], l.Level)
			}
		}
	}
	for _, n := range p.names {
		p.cross = append(p.cross, len(n))
	}
	p.cells = make([]int, p.cross.Size())
	p.counts, p.withheld = make([][]int64, 1+len(p.from.Lists)), make([][]bool, 1+len(p.from.Lists))
	for m := range p.counts {
		p.counts[m], p.withheld[m] = make([]int64, p.cross.Size()), make([]bool, p.cross.Size())
	}
	for i := range p.cells {
		p.cells[i] = -1
	}
	for k, g := range p.from.Rows {
		at := make([]int, len(p.cross))
		for d := range at {
			at[d] = disclosure.All
		}
		for _, l := range g.Stratum {
			d := slices.Index(p.from.By, l.Name)
			at[d] = slices.Index(p.names[d], l.Level)
		}
		i := p.cross.Index(at)
		p.cells[i] = k
		p.counts[0][i] = g.Observed
		for j, l := range g.Lists {
			p.counts[1+j][i] = l.Observed
		}
	}
}

// withhold chooses what is not published. The people counted and those on each list are tables by the same groups; the people who are not
// on a list, and how often people were seen more than once, follow from them and are protected too. With two lists these
// are all the cells there are.
func (p *publisher) withhold(ctx context.Context, threshold int64) error {
	if threshold < 2 {
		return nil
	}
	release := disclosure.Release{Threshold: threshold}
	size, k := p.cross.Size(), len(p.from.Lists)
	for m, counts := range p.counts {
		release.Relations = append(release.Relations, p.cross.Relations(m*size)...)
		for i, v := range counts {
			// A sum is worth as much as its parts; all people three times as much as those on one list.
			cost := float64(len(p.cross.Parts(i)))
			if m == 0 {
				cost *= 3
			}
			release.Cells = append(release.Cells, disclosure.Cell{Value: v, Cost: cost})
		}
	}
	for i := range size {
		again := disclosure.Relation{{Cell: i, Coefficient: -1}}
		more := -p.counts[0][i]
		for j := range k {
			release.Cells = append(release.Cells, disclosure.Cell{Value: p.counts[0][i] - p.counts[1+j][i], Derived: true})
			release.Relations = append(release.Relations, disclosure.Sum(i, (1+j)*size+i, len(release.Cells)-1))
			again = append(again, disclosure.Term{Cell: (1+j)*size + i, Coefficient: 1})
			more += p.counts[1+j][i]
		}
		release.Cells = append(release.Cells, disclosure.Cell{Value: more, Derived: true})
		release.Relations = append(release.Relations, append(again, disclosure.Term{Cell: len(release.Cells) - 1, Coefficient: -1}))
	}
	s, err := disclosure.Suppress(ctx, release)
	if err != nil {
		return err
	}
	for m := range p.withheld {
		copy(p.withheld[m], s.Withheld[m*size:])
	}
	return nil
}

// round rounds the table of all people and that of each list, so that the groups of each still add up.
func (p *publisher) round() error {
	inner := p.cross.Inner()
	place := map[int]int{}
	for k, i := range inner {
		place[i] = k
	}
	var margins [][]int
	var of []int
	for i := range p.cells {
		if _, ok := place[i]; ok {
			continue
		}
		var parts []int
		for _, c := range p.cross.Parts(i) {
			parts = append(parts, place[c])
		}
		margins, of = append(margins, parts), append(of, i)
	}
	for m, counts := range p.counts {
		cells := make([]int64, len(inner))
		for k, i := range inner {
			cells[k] = counts[i]
		}
		out, err := disclosure.Round(cells, margins, p.base)
		if err != nil {
			return err
		}
		for k, i := range inner {
			p.counts[m][i] = out.Cells[k]
		}
		for k, i := range of {
			p.counts[m][i] = out.Margins[k]
		}
		p.out.Protection.Off = max(p.out.Protection.Off, out.Off)
	}
	return nil
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

// meaning is what a code says, or several joined by commas, without the numbers of the case.
func meaning(codes string) string {
	var out []string
	for code := range strings.SplitSeq(codes, ",") {
		if c, ok := estimators.LookupCode(code); ok {
			out = append(out, c.Meaning)
		}
	}
	return strings.Join(out, "; ")
}

func (p *publisher) rows() {
	for i, k := range p.cells {
		if k < 0 {
			continue
		}
		for m := range p.withheld {
			if p.withheld[m][i] {
				p.out.Protection.Withheld++
			}
		}
	}
	p.out.Rows = make([]Row, len(p.from.Rows))
	for i, k := range p.cells {
		if k < 0 {
			continue
		}
		from := p.from.Rows[k]
		g := Row{Stratum: from.Stratum, Period: from.Period, Status: from.Status, Persons: from.Persons}
		if p.withheld[0][i] {
			g.Withheld, g.Status = true, ""
			for _, l := range from.Lists {
				g.Lists = append(g.Lists, ListRow{Name: l.Name, Withheld: true})
			}
			p.out.Protection.Rows++
			p.out.Rows[k] = g
			continue
		}
		g.Observed, g.Model = p.counts[0][i], from.Model
		if from.Reason != nil {
			g.Reason = &estimators.Refusal{Code: from.Reason.Code, Text: meaning(from.Reason.Code)}
		}
		for _, w := range from.Warnings {
			g.Warnings = append(g.Warnings, estimators.Warning{Code: w.Code, Text: meaning(w.Code)})
		}
		for m := range p.withheld {
			g.Kept = g.Kept || p.withheld[m][i]
		}
		if g.Kept {
			g.Status, g.Model, g.Reason, g.Warnings = "", "", nil, nil
		}
		if g.Estimated() {
			g.Population, g.Interval = p.estimate(from.Population, from.Interval, g.Observed)
			g.Hidden = math.Max(g.Population-float64(g.Observed), 0)
			g.Visibility = seen(min(g.Observed, int64(g.Population)), g.Population, g.Interval)
		}
		for j, l := range from.Lists {
			l = ListRow{Name: l.Name, Withheld: p.withheld[1+j][i]}
			if !l.Withheld {
				l.Observed = p.counts[1+j][i]
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
		case c.What == Population && a.Population > 0:
			c.Ratio = around(c.Ratio, b.Population/a.Population)
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
		c.Beyond = c.Ratio.Lower > 1 || c.Ratio.Upper < 1
		p.out.Changes = append(p.out.Changes, c)
	}
}

func (p *publisher) trends() {
	for _, t := range p.from.Trends {
		ok := true
		for _, l := range p.names[slices.Index(p.from.By, p.from.Year)] {
			g := p.when(t.Stratum, l)
			ok = ok && (l == "" || g != nil && g.Estimated())
		}
		if !ok {
			continue
		}
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
					c.Estimated = Limits{}
				}
				c.ObservedBeyond = c.Observed.Lower > 0 || c.Observed.Upper < 0
				c.EstimatedBeyond = !(c.Estimated == Limits{}) && (c.Estimated.Lower > 0 || c.Estimated.Upper < 0)
				s.Since = &c
			}
		}
		p.out.Shares = append(p.out.Shares, s)
	}
}
