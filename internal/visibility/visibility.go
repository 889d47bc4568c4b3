// Package visibility makes the table that says how many people of each kind are in view: observed, estimated, hidden and the share
// of the two, for every group, for every list, over years, with intervals from replicates that all groups share, so that groups add up
// to the total in every replicate; and makes it fit to be published.
//
// The visibility of a group is n/N, with the interval from n/upper to n/lower of that of N. Sums over groups, ratios between years and
// shares of a subgroup have percentile intervals of the same sums, ratios and shares in every replicate. What it means depends on the
// scheme of the replicates: in the nonparametric one the people observed are fixed, in the others they are drawn.
package visibility

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// An Estimator gives the estimates of all groups of a table with their replicates.
type Estimator interface {
	Breakdown(ctx context.Context, t *estimators.Table, by []string) (estimators.Breakdown, error)
}

// Options say what the table is about. The zero value has intervals of 95% and knows no period.
type Options struct {
	Level      float64        // of all intervals; 0: 0.95
	Year       string         // the covariate among those of the breakdown that says when; "": none
	Definition string         // who is counted, as printed with every number
	Persons    *Denominators  // how many people live where, for rates; nil: none
	Lengths    map[string]int // of the periods, where levels were made one (Merges.Lengths); nil: what their names say
}

// A Result is the visibility of all groups.
type Result struct {
	By         []string
	Year       string // the covariate that says when; "" for none
	Lists      []string
	Definition string
	Period     string // of all rows together
	Level      float64
	Method     string   // of the groups
	Model      string   // "" when each group is estimated by itself
	Chosen     bool     // the model of each group was selected, and is selected anew in every replicate
	Notes      []string // plain facts about the sum of all groups
	Scheme     string
	Replicates int
	// Partly are the covariates whose level is known or missing according to the lists that people are on (estimators.Table.RecordedByList):
	// every group of them leaves out the people whose level is not known, and is refused.
	Partly     []string
	Same       []string       // covariates that say when, and for which one number of inhabitants was given that is taken for each of their levels
	Lengths    map[string]int // of the periods, when they are unequal: those of other lengths are not compared, and there is no trend; else nil
	NotWhen    string         // a covariate that could say when, but for its name or its levels, so that no periods are compared
	NotCounted []string       // whose inhabitants are in no rate, since the table has nothing of them
	Failed     int            // replicates in which some group that has an estimate has none; they count as the largest values
	Rows       []Row
	Changes    []Change
	Trends     []Trend
	LeftOut    []LeftOut // trends that there are not
	Shares     []Share
	// Together is the estimate of all groups as one, a check on their sum: groups that differ in how they come to be
	// listed make it too low as a rule. It is nil when it was not made, or is refused.
	Together   *Together
	Protection *Protection // how small counts are protected; nil when they are not
	Data       estimators.Data
	Run        estimators.RunInfo
}

// Limits are a number with its interval. Upper is +Inf when there is no limit.
type Limits struct{ Value, Lower, Upper float64 }

// A Row is a group, or a sum of groups; the total has no Stratum.
type Row struct {
	Stratum  []estimators.Label
	Period   string
	Status   estimators.Status
	Withheld bool // not published, with all that depends on it
	// AsOne says that the estimate is that of the whole table taken as one, as some groups have none: it is not their sum.
	AsOne bool
	// Kept says that the estimate is not published, though the count is: it would tell what a list that is withheld holds, or there is
	// none.
	Kept     bool
	Observed int64
	// AtLeast says that more of the people who were seen may belong to the group: its covariate is one of Partly.
	AtLeast    bool
	Lists      []ListRow
	Hidden     float64
	Population float64
	Interval   estimators.Interval
	Visibility Limits
	Persons    float64 // people who live there; 0 when not known
	Unknown    string  // a part of the group whose inhabitants are not known
	Rate       Limits  // estimated people per 100,000 of Persons; an upper limit above 100,000 is 100,000
	NoRate     string  // MoreThanInhabitants or InhabitantsUnknown: why there is no rate; else ""
	Model      string
	Reason     *estimators.Refusal // when Status is Refused
	Warnings   []estimators.Warning

	strata []int // of the breakdown
}

// A ListRow is what one list saw of a group.
type ListRow struct {
	Name       string
	Withheld   bool
	Absent     bool // the list did not run in this group
	Observed   int64
	Visibility Limits
}

// Quantities that change.
const (
	Observed   = "observed"
	Population = "population"
	Visibility = "visibility"
)

// A Change is the ratio of a quantity in two periods.
type Change struct {
	Stratum  []estimators.Label // without the period
	What     string             // Observed, Population or Visibility
	From, To string
	Ratio    Limits
	// Difference is how many people there are more in the later period, with the limits of that in the same replicates;
	// of Population only. Limits that there are not are −Inf and +Inf.
	Difference *Limits
	Beyond     bool // the interval of the ratio leaves out 1: more than noise
	Equal      bool // the ratio is 1 in every replicate, because the one model of all groups has no term for a difference
}

// A Trend is the change per year over all periods: the factor by which a quantity grew each year, from a line through the logarithms,
// weighted by their replicates.
type Trend struct {
	Stratum []estimators.Label
	What    string
	Years   int
	PerYear Limits
	// Overdispersion is the scatter of the years about the line over that of the replicates, at least 1; the interval is widened by
	// its root.
	Overdispersion float64
	Beyond         bool
	Equal          bool // there is no change in any replicate, because the one model of all groups has no term for one
	// Without counts the replicates without an estimate of some year: their line could have any slope, and they count at both ends of
	// the interval. There is no trend when they are more than a twentieth.
	Without int
}

// Reasons why there is no trend.
const (
	NoEstimate     = "no-estimate"     // of some period
	NobodySeen     = "nobody-seen"     // in some period
	FewReplicates  = "few-replicates"  // have an estimate of every period: fewer than 19 in 20
	SameReplicates = "same-replicates" // all replicates of some period are alike, and say nothing about its doubt
)

// LeftOut is a trend that there is not.
type LeftOut struct {
	Stratum []estimators.Label
	What    string
	Reason  string // NoEstimate, NobodySeen, FewReplicates or SameReplicates
	Period  string // that the reason is about; "" for FewReplicates
	Without int    // replicates without an estimate of some period

	at int // of the period
}

// A Share is that of a subgroup among all, or among those of one period.
type Share struct {
	Of        estimators.Label
	Period    string // "": of all rows together
	Observed  Limits // Wilson's interval, the people observed being a sample of those who could be
	Estimated Limits
	Refused   bool // there is no estimated share
	// Since compares it with the period before, in shares (0.08 is eight percentage points); nil for the first.
	Since *ShareChange
}

// A ShareChange is the difference of a share from that of the period before.
type ShareChange struct {
	From            string
	Observed        Limits // Newcombe's interval
	ObservedBeyond  bool   // it leaves out 0
	Estimated       Limits
	EstimatedBeyond bool
	Equal           bool // the estimated shares are equal in every replicate, because of the one model of all groups
}

// Together is an estimate of the whole table at once.
type Together struct {
	Model      string
	Population float64
	Interval   estimators.Interval
	Apart      bool // the sum of the groups lies outside its interval
}

// New makes the table of a breakdown; t is the table that it is of. Groups of a covariate that is known or missing according to the lists are
// refused, whatever the breakdown says of them (see estimators.Table.RecordedByList).
//
// Errors: a breakdown that does not belong to the table; covariates that are not in it; denominators that leave a group out.
func New(b estimators.Breakdown, t *estimators.Table, o Options) (*Result, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	strata, err := t.Stratify(b.By...)
	if err != nil {
		return nil, err
	}
	// A breakdown may have groups in which nobody was seen.
	tables := make([]*estimators.Table, len(b.Strata))
	found := 0
	for i, e := range b.Strata {
		for _, x := range strata {
			if slices.Equal(x.Labels, e.Stratum) {
				tables[i] = x.Table
				found++
			}
		}
	}
	if found != len(strata) {
		return nil, fmt.Errorf("the breakdown is not of this table: %d of its %d groups are not in it", len(strata)-found, len(strata))
	}
	if reason := t.RecordedByList(b.By...); reason != nil {
		b.Strata = slices.Clone(b.Strata)
		for i, e := range b.Strata {
			b.Strata[i] = estimators.Estimate{Method: e.Method, Observed: e.Observed, Stratum: e.Stratum, Status: estimators.Refused, Reason: reason}
		}
	}
	r := &Result{By: b.By, Year: o.Year, Lists: t.Lists(), Definition: o.Definition, Level: o.Level, Method: methodOf(b), Model: b.Model, Chosen: b.Chosen, Notes: b.Total.Notes, Scheme: b.Scheme, Replicates: len(b.Hidden)}
	if o.Year != "" && !slices.Contains(b.By, o.Year) {
		return nil, fmt.Errorf("the covariate %s that says when is not among those of the groups", o.Year)
	}
	for _, h := range b.Hidden {
		for s, x := range h {
			if math.IsInf(x, 1) && b.Strata[s].Status != estimators.Refused {
				r.Failed++
				break
			}
		}
	}
	for _, name := range b.By {
		if t.RecordedByList(name) != nil {
			r.Partly = append(r.Partly, name)
		}
	}
	years := r.years(b)
	r.Period = t.Period()
	if r.Period == "" && len(years) > 0 {
		r.Period = span(years)
	}
	m := &maker{Result: r, b: b, tables: tables}
	for _, names := range subsets(b.By) {
		m.rows(names)
	}
	if o.Persons != nil {
		if err := m.rates(o.Persons); err != nil {
			return nil, err
		}
	}
	if o.Year == "" {
		r.NotWhen = NotWhen(t, b.By)
	}
	lengths := map[string]int{}
	for _, y := range years {
		if lengths[y] = length(y); o.Lengths != nil {
			lengths[y] = o.Lengths[y]
		}
		if lengths[y] != lengths[years[0]] {
			r.Lengths = lengths
		}
	}
	m.changes(years)
	m.trends(years)
	m.shares(years)
	for _, name := range r.Partly { // the groups are no parts of the people who were seen
		r.dropped(name)
	}
	return r, nil
}

// methodOf is the method of a breakdown.
func methodOf(b estimators.Breakdown) string {
	for _, e := range b.Strata {
		if e.Method != "" {
			return e.Method
		}
	}
	return b.Total.Method
}

// SamePeriod gives tables of the same people that do not know their period, since none of their groups is of one, that of those that do.
func SamePeriod(all []*Result) {
	for _, r := range all {
		for _, other := range all {
			r.Period = cmp.Or(r.Period, other.Period)
		}
		for i := range r.Rows {
			r.Rows[i].Period = cmp.Or(r.Rows[i].Period, r.Period)
		}
	}
}

// years are the periods met, in their order.
func (r *Result) years(b estimators.Breakdown) []string {
	var out []string
	for _, s := range b.Strata {
		for _, l := range s.Stratum {
			if l.Name == r.Year && r.Year != "" && l.Level != "" && !slices.Contains(out, l.Level) {
				out = append(out, l.Level)
			}
		}
	}
	inOrder(out)
	return out
}

func span(years []string) string {
	if len(years) == 1 {
		return years[0]
	}
	from, to := years[0], years[len(years)-1]
	if first, _, ok := yearsOf(from); ok {
		from = strconv.Itoa(first)
	}
	if _, last, ok := yearsOf(to); ok {
		to = strconv.Itoa(last)
	}
	return from + "-" + to
}

// subsets of the covariates: none, each, each pair, …
func subsets(by []string) [][]string {
	var out [][]string
	for mask := range 1 << len(by) {
		var s []string
		for i, n := range by {
			if mask>>i&1 == 1 {
				s = append(s, n)
			}
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	return out
}

type maker struct {
	*Result
	b      estimators.Breakdown
	tables []*estimators.Table // of the groups; nil where nobody was seen
}

// rows adds the groups of some of the covariates.
func (m *maker) rows(names []string) {
	var order []string
	groups := map[string]*Row{}
	for s, e := range m.b.Strata {
		var labels []estimators.Label
		for _, l := range e.Stratum {
			if slices.Contains(names, l.Name) {
				labels = append(labels, l)
			}
		}
		key := fmt.Sprintf("%q", labels)
		g, ok := groups[key]
		if !ok {
			g = &Row{Stratum: labels, Period: m.Period}
			for _, l := range labels {
				if l.Name == m.Year {
					g.Period = l.Level
				}
				g.AtLeast = g.AtLeast || l.Level != "" && slices.Contains(m.Partly, l.Name)
			}
			groups[key] = g
			order = append(order, key)
		}
		g.strata = append(g.strata, s)
	}
	for _, key := range order {
		g := groups[key]
		m.fill(g)
		m.Rows = append(m.Rows, *g)
	}
}

// absent reports whether a list ran in none of the strata: every pattern with it is impossible by design.
func (m *maker) absent(list int, strata []int) bool {
	met := false
	for _, s := range strata {
		t := m.tables[s]
		if t == nil {
			continue
		}
		met = true
		with := 0
		for _, p := range t.StructuralZeros() {
			if p.Has(list) {
				with++
			}
		}
		if with < 1<<(t.K()-1) {
			return false
		}
	}
	return met
}

// fill estimates a row.
func (m *maker) fill(g *Row) {
	g.Status = estimators.OK
	totals := make([]int64, len(m.Lists))
	var without []string
	for _, s := range g.strata {
		e := m.b.Strata[s]
		g.Observed += e.Observed
		if t := m.tables[s]; t != nil {
			for i, n := range t.Totals() {
				totals[i] += n
			}
		}
		if e.Status == estimators.Refused {
			without = append(without, named(e.Stratum))
			g.Reason = e.Reason
			continue
		}
		g.Hidden += e.Hidden
	}
	for i, name := range m.Lists {
		g.Lists = append(g.Lists, ListRow{Name: name, Observed: totals[i], Absent: m.absent(i, g.strata)})
	}
	if len(without) > 0 {
		g.Status, g.Hidden = estimators.Refused, 0
		if len(g.strata) > 1 && g.Reason.Code != "recorded-by-list" { // which is about all groups
			g.Reason = estimators.Refuse(g.Reason.Code, "there is no estimate for %s, and so none for the sum: %s", strings.Join(without, "; "), g.Reason.Text)
		}
		return
	}
	g.Population = float64(g.Observed) + g.Hidden
	if m.nobody(g) {
		g.Status, g.Hidden, g.Population = estimators.Refused, 0, 0
		g.Reason = estimators.Refuse("nobody-seen", "nobody was seen, and the model says the same of those who are hidden")
		return
	}
	var own *estimators.Estimate
	switch {
	case len(g.Stratum) == 0:
		own = &m.b.Total
	case len(g.strata) == 1:
		own = &m.b.Strata[g.strata[0]]
	}
	if own != nil {
		g.Status, g.Warnings = own.Status, own.Warnings
		g.Model = own.Model
	}
	if i := intervalAt(own, m.Level); i != nil {
		g.Interval = *i
	} else {
		g.Interval = m.percentile(g)
	}
	if own == nil && math.IsInf(g.Interval.Upper, 1) {
		g.Status = estimators.Warned
		g.Warnings = append(g.Warnings, estimators.Warning{Code: "unbounded-upper", Text: "too many replicates have no estimate for one of the groups: there is no upper limit"})
	}
	g.Visibility = seen(g.Observed, g.Population, g.Interval)
	for i := range g.Lists {
		g.Lists[i].Visibility = seen(g.Lists[i].Observed, g.Population, g.Interval)
	}
}

// nobody reports that nobody of a group was seen, and that no replicate has anybody hidden in it: a level that a model of all groups has
// met nowhere gets no people, without any doubt, which is not knowledge.
func (m *maker) nobody(g *Row) bool {
	if g.Observed > 0 || g.Population >= 0.5 {
		return false
	}
	population, _ := m.sums(g)
	return !slices.ContainsFunc(population, func(x float64) bool { return x >= 0.5 })
}

// intervalAt is the interval of an estimate with a level, nil without one.
func intervalAt(e *estimators.Estimate, level float64) *estimators.Interval {
	if e == nil {
		return nil
	}
	for _, i := range e.Intervals {
		if math.Abs(i.Level-level) < 1e-9 {
			return &i
		}
	}
	return nil
}

// seen is a share of the population that was counted.
func seen(n int64, population float64, i estimators.Interval) Limits {
	if population <= 0 {
		return Limits{}
	}
	v := Limits{Value: math.Min(1, float64(n)/population), Upper: 1} // with drawn linkages the people of a group are a mean, and a list may hold a few more
	if !math.IsInf(i.Upper, 1) && i.Upper > 0 {
		v.Lower = math.Min(1, float64(n)/i.Upper)
	}
	if i.Lower > 0 {
		v.Upper = math.Min(1, float64(n)/i.Lower)
	}
	return v
}

// sums are those of a row in every replicate: people, hidden included, and people observed.
func (m *maker) sums(g *Row) (population, observed []float64) {
	population, observed = make([]float64, len(m.b.Hidden)), make([]float64, len(m.b.Hidden))
	for r := range population {
		for _, s := range g.strata {
			observed[r] += m.b.Seen[r][s]
			population[r] += m.b.Hidden[r][s] + m.b.Seen[r][s]
		}
	}
	return population, observed
}

func (m *maker) percentile(g *Row) estimators.Interval {
	population, _ := m.sums(g)
	l := percentiles(population, population, m.Level)
	n := float64(g.Observed)
	if math.IsInf(l.Lower, 1) {
		l.Lower = n // even the lower limit rests on replicates without an estimate
	}
	i := estimators.Interval{Kind: estimators.Percentile, Level: m.Level, Lower: math.Max(l.Lower, n)}
	i.Upper = math.Max(l.Upper, i.Lower)
	return i
}

// percentiles are the limits that hold the level of the replicates, the lower one of low and the upper one of high, which differ where
// a replicate says nothing.
func percentiles(low, high []float64, level float64) Limits {
	return Limits{Lower: resample.Quantile(resample.Sorted(low), 0.5-level/2, resample.Type8), Upper: resample.Quantile(resample.Sorted(high), 0.5+level/2, resample.Type8)}
}

// named is a group in words.
func named(labels []estimators.Label) string {
	var parts []string
	for _, l := range labels {
		level := l.Level
		if level == "" {
			level = "not known"
		}
		parts = append(parts, l.Name+" "+level)
	}
	return strings.Join(parts, ", ")
}

// row finds the row of labels, in any order; nil when there is none.
func (r *Result) row(labels []estimators.Label) *Row {
	for i := range r.Rows {
		s := r.Rows[i].Stratum
		if len(s) == len(labels) && !slices.ContainsFunc(labels, func(l estimators.Label) bool { return !slices.Contains(s, l) }) {
			return &r.Rows[i]
		}
	}
	return nil
}

// Estimated reports whether the row has an estimate to be shown.
func (g Row) Estimated() bool {
	return !g.Withheld && !g.Kept && g.Status != estimators.Refused
}

// Total is the row of all groups together.
func (r *Result) Total() *Row { return r.row(nil) }
