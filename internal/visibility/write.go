package visibility

import (
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"
)

// schema of the JSON. Fields are only ever added.
const schema = "darkfigure/visibility/v1"

// The types below are the JSON contract: the order of fields is the order in the file. A number that was not estimated or is not
// published is null, and so is a limit that does not exist.

type resultJSON struct {
	Schema     string          `json:"schema"`
	Data       dataJSON        `json:"data"`
	By         []string        `json:"by"`
	Definition string          `json:"definition,omitempty"`
	Period     string          `json:"period,omitempty"`
	Level      float64         `json:"level"`
	Method     string          `json:"method,omitempty"`
	Model      string          `json:"model,omitempty"`
	Replicates replicatesJSON  `json:"replicates"`
	Published  *protectionJSON `json:"published,omitempty"`
	Rows       []rowJSON       `json:"rows"`
	Changes    []changeJSON    `json:"changes"`
	Trends     []trendJSON     `json:"trends"`
	LeftOut    []leftOutJSON   `json:"trends_left_out,omitempty"`
	Lengths    map[string]int  `json:"unequal_periods,omitempty"`         // which are not compared
	NotWhen    string          `json:"not_a_period,omitempty"`            // a covariate that is not read as saying when
	Same       []string        `json:"same_inhabitants_each,omitempty"`   // period, of which the inhabitants were given once
	NotCounted []string        `json:"inhabitants_not_counted,omitempty"` // of levels that the table does not have
	Shares     []shareJSON     `json:"shares"`
	Together   *togetherJSON   `json:"together,omitempty"`
	Notes      []string        `json:"notes,omitempty"` // about the sum of the groups
	Run        runJSON         `json:"run"`
}

// tablesSchema of the JSON of several results.
const tablesSchema = "darkfigure/visibility-tables/v1"

type tablesJSON struct {
	Schema string       `json:"schema"`
	Tables []resultJSON `json:"tables"`
}

type dataJSON struct {
	Source   string   `json:"source"`
	SHA256   string   `json:"sha256,omitempty"` // not of a result that is published: it would confirm a guess
	Lists    []string `json:"lists"`
	Observed *int64   `json:"observed"`
	Notes    []string `json:"notes,omitempty"`
}

type replicatesJSON struct {
	Scheme string `json:"scheme"`
	Number int    `json:"number"`
	Failed *int   `json:"failed,omitempty"`
}

type protectionJSON struct {
	Threshold int64    `json:"threshold"`
	Base      int64    `json:"round,omitempty"`
	Withheld  int      `json:"withheld"`
	Counts    int      `json:"counts"` // in all, zeros included
	Rows      int      `json:"rows_withheld"`
	Tables    int      `json:"tables"`                    // protected together
	Changed   int      `json:"sums_for_groups,omitempty"` // sums withheld for the sake of the groups within them
	LeftOut   []string `json:"covariates_left_out,omitempty"`
}

type rowJSON struct {
	Stratum    map[string]*string `json:"stratum"`
	Period     string             `json:"period,omitempty"`
	Status     string             `json:"status"` // ok, warning, refused; withheld
	Observed   *int64             `json:"observed"`
	Hidden     *float64           `json:"hidden"`
	Population *float64           `json:"population"`
	Interval   *intervalJSON      `json:"interval"`
	Visibility *limitsJSON        `json:"visibility"`
	Lists      []listJSON         `json:"lists"`
	Persons    *float64           `json:"persons,omitempty"`
	Rate       *limitsJSON        `json:"rate,omitempty"`    // per 100,000
	NoRate     string             `json:"no_rate,omitempty"` // why there is none
	Model      string             `json:"model,omitempty"`
	AtLeast    bool               `json:"observed_at_least,omitempty"` // more of the people seen may belong to the group: only some lists record its covariate
	AsOne      bool               `json:"as_one,omitempty"`            // of the whole table: not the sum of the groups, some of which have no estimate
	Reason     *codeJSON          `json:"reason,omitempty"`
	Warnings   []codeJSON         `json:"warnings,omitempty"`
}

type intervalJSON struct {
	Kind  string   `json:"kind"`
	Level float64  `json:"level"`
	Lower float64  `json:"lower"`
	Upper *float64 `json:"upper"`
}

type limitsJSON struct {
	Value float64  `json:"value"`
	Lower float64  `json:"lower"`
	Upper *float64 `json:"upper"`
}

type listJSON struct {
	List       string      `json:"list"`
	Absent     bool        `json:"absent,omitempty"` // it did not run in this group
	Observed   *int64      `json:"observed"`
	Visibility *limitsJSON `json:"visibility"`
}

type codeJSON struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type changeJSON struct {
	Stratum map[string]*string `json:"stratum"`
	What    string             `json:"what"`
	From    string             `json:"from"`
	To      string             `json:"to"`
	Ratio   limitsJSON         `json:"ratio"`
	// Difference in people; a limit is null where there is none.
	Difference *differenceJSON `json:"difference,omitempty"`
	Beyond     bool            `json:"beyond_noise"`
	Equal      bool            `json:"equal_by_model,omitempty"`
}

type differenceJSON struct {
	Value float64  `json:"value"`
	Lower *float64 `json:"lower"`
	Upper *float64 `json:"upper"`
}

type trendJSON struct {
	Stratum        map[string]*string `json:"stratum"`
	What           string             `json:"what"`
	Periods        int                `json:"periods"`
	PerYear        limitsJSON         `json:"per_year"`
	Overdispersion float64            `json:"overdispersion"`
	Beyond         bool               `json:"beyond_noise"`
	Equal          bool               `json:"equal_by_model,omitempty"`
	Without        int                `json:"replicates_without,omitempty"` // at both ends of the interval
}

type leftOutJSON struct {
	Stratum map[string]*string `json:"stratum"`
	What    string             `json:"what"`
	Reason  string             `json:"reason"`
	Period  string             `json:"period,omitempty"`
	Without int                `json:"replicates_without,omitempty"`
}

type shareJSON struct {
	Of        map[string]*string `json:"of"`
	Period    string             `json:"period,omitempty"`
	Observed  limitsJSON         `json:"observed"`
	Estimated *limitsJSON        `json:"estimated"`
	Since     *sinceJSON         `json:"since,omitempty"`
}

type sinceJSON struct {
	From            string      `json:"from"`
	Observed        limitsJSON  `json:"observed"`
	ObservedBeyond  bool        `json:"observed_beyond_noise"`
	Estimated       *limitsJSON `json:"estimated"`
	EstimatedBeyond bool        `json:"estimated_beyond_noise"`
}

type togetherJSON struct {
	Model      string       `json:"model"`
	Population float64      `json:"population"`
	Interval   intervalJSON `json:"interval"`
	Apart      bool         `json:"apart"`
}

type runJSON struct {
	Version string   `json:"version"`
	Command []string `json:"command"`
	Seed    uint64   `json:"seed"`
}

func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

func limitsOf(l Limits) limitsJSON { return limitsJSON{l.Value, l.Lower, finite(l.Upper)} }

func intervalOf(i estimators.Interval) intervalJSON {
	return intervalJSON{string(i.Kind), i.Level, i.Lower, finite(i.Upper)}
}

func stratumOf(labels []estimators.Label) map[string]*string {
	out := map[string]*string{}
	for _, l := range labels {
		if out[l.Name] = nil; l.Level != "" {
			out[l.Name] = &l.Level
		}
	}
	return out
}

// StatusOf is the status of a row, or that it is withheld.
func (g Row) StatusOf() string {
	if g.Withheld || g.Kept {
		return "withheld"
	}
	return string(g.Status)
}

func (g Row) json() rowJSON {
	out := rowJSON{Stratum: stratumOf(g.Stratum), Period: g.Period, Status: g.StatusOf(), Model: g.Model, NoRate: g.NoRate, AtLeast: g.AtLeast, AsOne: g.AsOne, Lists: []listJSON{}}
	if g.Persons > 0 {
		out.Persons = &g.Persons
	}
	estimated := g.Estimated()
	if !g.Withheld {
		out.Observed = &g.Observed
	}
	if estimated {
		out.Hidden, out.Population = &g.Hidden, &g.Population
		i, v := intervalOf(g.Interval), limitsOf(g.Visibility)
		out.Interval, out.Visibility = &i, &v
		if g.Persons > 0 && g.NoRate == "" {
			r := limitsOf(g.Rate)
			out.Rate = &r
		}
	}
	for _, l := range g.Lists {
		x := listJSON{List: l.Name, Absent: l.Absent}
		if !l.Withheld {
			x.Observed = &l.Observed
			if estimated {
				v := limitsOf(l.Visibility)
				x.Visibility = &v
			}
		}
		out.Lists = append(out.Lists, x)
	}
	if g.Reason != nil {
		out.Reason = &codeJSON{g.Reason.Code, g.Reason.Text}
	}
	for _, w := range g.Warnings {
		out.Warnings = append(out.Warnings, codeJSON{w.Code, w.Text})
	}
	return out
}

// JSON writes the result (darkfigure/visibility/v1).
func (r *Result) JSON(w io.Writer) error { return writeJSON(w, r.json()) }

// JSON writes several results of the same table (darkfigure/visibility-tables/v1); one is written by itself (darkfigure/visibility/v1).
func JSON(w io.Writer, results []*Result) error {
	if len(results) == 1 {
		return results[0].JSON(w)
	}
	out := tablesJSON{Schema: tablesSchema}
	for _, r := range results {
		out.Tables = append(out.Tables, r.json())
	}
	return writeJSON(w, out)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (r *Result) json() resultJSON {
	out := resultJSON{Schema: schema, By: r.By, Definition: r.Definition, Period: r.Period, Level: r.Level, Method: r.Method, Model: r.Model, Notes: r.Notes, Same: r.Same, NotCounted: r.NotCounted, Lengths: r.Lengths, NotWhen: r.NotWhen,
		Data:       dataJSON{Source: r.Data.Source, SHA256: r.Data.SHA256, Lists: r.Lists, Notes: r.Data.Notes},
		Replicates: replicatesJSON{Scheme: r.Scheme, Number: r.Replicates},
		Rows:       []rowJSON{}, Changes: []changeJSON{}, Trends: []trendJSON{}, Shares: []shareJSON{},
		Run: runJSON{r.Run.Version, r.Run.Command, r.Run.Seed}}
	if p := r.Protection; p != nil {
		out.Published = &protectionJSON{p.Threshold, p.Base, p.Withheld, p.Counts, p.Rows, p.Tables, p.Changed, p.LeftOut}
	} else {
		out.Replicates.Failed = &r.Failed
	}
	if t := r.Total(); t != nil && !t.Withheld {
		out.Data.Observed = &t.Observed
	}
	for _, g := range r.Rows {
		out.Rows = append(out.Rows, g.json())
	}
	for _, c := range r.Changes {
		x := changeJSON{Stratum: stratumOf(c.Stratum), What: c.What, From: c.From, To: c.To, Ratio: limitsOf(c.Ratio), Beyond: c.Beyond, Equal: c.Equal}
		if d := c.Difference; d != nil {
			x.Difference = &differenceJSON{d.Value, finite(d.Lower), finite(d.Upper)}
		}
		out.Changes = append(out.Changes, x)
	}
	for _, t := range r.Trends {
		out.Trends = append(out.Trends, trendJSON{stratumOf(t.Stratum), t.What, t.Years, limitsOf(t.PerYear), t.Overdispersion, t.Beyond, t.Equal, t.Without})
	}
	for _, t := range r.LeftOut {
		out.LeftOut = append(out.LeftOut, leftOutJSON{stratumOf(t.Stratum), t.What, t.Reason, t.Period, t.Without})
	}
	for _, s := range r.Shares {
		x := shareJSON{Of: stratumOf([]estimators.Label{s.Of}), Period: s.Period, Observed: limitsOf(s.Observed)}
		if !s.Refused {
			e := limitsOf(s.Estimated)
			x.Estimated = &e
		}
		if c := s.Since; c != nil {
			x.Since = &sinceJSON{From: c.From, Observed: limitsOf(c.Observed), ObservedBeyond: c.ObservedBeyond, EstimatedBeyond: c.EstimatedBeyond}
			if c.Estimated != (Limits{}) {
				e := limitsOf(c.Estimated)
				x.Since.Estimated = &e
			}
		}
		out.Shares = append(out.Shares, x)
	}
	if t := r.Together; t != nil {
		out.Together = &togetherJSON{t.Model, t.Population, intervalOf(t.Interval), t.Apart}
	}
	return out
}

// Write writes the rows as a tidy table in one of the tabular formats: one row per group, and one per group and list. Of several
// results of the same table, a column says to which a row belongs.
func Write(w io.Writer, format tableio.Format, results []*Result) error {
	type line struct {
		r *Result
		g Row
		l *ListRow
	}
	var lines []line
	var covariates []string
	for _, r := range results {
		for _, n := range r.By {
			if !slices.Contains(covariates, n) {
				covariates = append(covariates, n)
			}
		}
		for _, g := range r.Rows {
			lines = append(lines, line{r: r, g: g})
			for i := range g.Lists {
				lines = append(lines, line{r, g, &g.Lists[i]})
			}
		}
	}
	var columns []tableio.Column
	text := func(name string, of func(x line) string) {
		c := tableio.Column{Name: name, Text: make([]string, len(lines)), Null: make([]bool, len(lines))}
		for i, x := range lines {
			c.Text[i] = of(x)
			c.Null[i] = c.Text[i] == ""
		}
		columns = append(columns, c)
	}
	real := func(name string, of func(x line) *float64) {
		c := tableio.Column{Name: name, Real: make([]float64, len(lines)), Null: make([]bool, len(lines))}
		for i, x := range lines {
			if v := of(x); v != nil {
				c.Real[i] = *v
			} else {
				c.Null[i] = true
			}
		}
		columns = append(columns, c)
	}
	used := []string{"list", "period", "observed", "hidden", "population", "lower", "upper", "level", "interval", "visibility", "visibility_lower", "visibility_upper",
		"persons", "rate", "rate_lower", "rate_upper", "status", "reason", "warnings", "definition", "seed", "of", "table"}
	var names []string
	for _, by := range covariates {
		name := by
		for slices.Contains(used, name) || slices.Contains(names, name) {
			name = "stratum_" + name
		}
		names = append(names, name)
		text(name, func(x line) string {
			for _, l := range x.g.Stratum {
				if l.Name == by {
					return l.Level
				}
			}
			return ""
		})
	}
	if len(results) > 1 {
		text("table", func(x line) string { return strings.Join(x.r.By, ",") })
	}
	text("of", func(x line) string { // which columns divide: an empty level is not known, or is all levels together
		s := ""
		for _, l := range x.g.Stratum {
			if s != "" {
				s += ","
			}
			s += l.Name
		}
		if s == "" {
			s = "total"
		}
		return s
	})
	text("period", func(x line) string { return x.g.Period })
	text("list", func(x line) string {
		if x.l == nil {
			return ""
		}
		return x.l.Name
	})
	whole := tableio.Column{Name: "observed", Whole: make([]int64, len(lines)), Null: make([]bool, len(lines))}
	for i, x := range lines {
		switch {
		case x.l != nil && !x.l.Withheld:
			whole.Whole[i] = x.l.Observed
		case x.l == nil && !x.g.Withheld:
			whole.Whole[i] = x.g.Observed
		default:
			whole.Null[i] = true
		}
	}
	columns = append(columns, whole)
	// Numbers of a group are not repeated for its lists.
	of := func(f func(g Row) float64) func(line) *float64 {
		return func(x line) *float64 {
			if x.l != nil || !x.g.Estimated() {
				return nil
			}
			return finite(f(x.g))
		}
	}
	real("hidden", of(func(g Row) float64 { return g.Hidden }))
	real("population", of(func(g Row) float64 { return g.Population }))
	real("lower", of(func(g Row) float64 { return g.Interval.Lower }))
	real("upper", of(func(g Row) float64 { return g.Interval.Upper }))
	real("level", of(func(Row) float64 { return results[0].Level }))
	text("interval", func(x line) string {
		if x.l != nil || !x.g.Estimated() {
			return ""
		}
		return string(x.g.Interval.Kind)
	})
	share := func(f func(v Limits) float64) func(line) *float64 {
		return func(x line) *float64 {
			switch {
			case !x.g.Estimated() || x.l != nil && x.l.Withheld:
				return nil
			case x.l != nil:
				return finite(f(x.l.Visibility))
			}
			return finite(f(x.g.Visibility))
		}
	}
	real("visibility", share(func(v Limits) float64 { return v.Value }))
	real("visibility_lower", share(func(v Limits) float64 { return v.Lower }))
	real("visibility_upper", share(func(v Limits) float64 { return v.Upper }))
	rate := func(f func(g Row) float64) func(line) *float64 {
		return of(func(g Row) float64 {
			if g.Persons == 0 || g.NoRate != "" {
				return math.Inf(1)
			}
			return f(g)
		})
	}
	real("persons", of(func(g Row) float64 {
		if g.Persons == 0 {
			return math.Inf(1)
		}
		return g.Persons
	}))
	real("rate", rate(func(g Row) float64 { return g.Rate.Value }))
	real("rate_lower", rate(func(g Row) float64 { return g.Rate.Lower }))
	real("rate_upper", rate(func(g Row) float64 { return g.Rate.Upper }))
	text("status", func(x line) string {
		if x.l != nil && x.l.Withheld {
			return "withheld"
		}
		return x.g.StatusOf()
	})
	text("reason", func(x line) string {
		if x.g.Reason == nil {
			return ""
		}
		return x.g.Reason.Code
	})
	text("warnings", func(x line) string {
		s := ""
		for _, w := range x.g.Warnings {
			if s != "" {
				s += " "
			}
			s += w.Code
		}
		return s
	})
	text("definition", func(x line) string { return x.r.Definition })
	if r := results[0]; r.Run.Seed <= math.MaxInt64 {
		seed := tableio.Column{Name: "seed", Whole: make([]int64, len(lines))}
		for i := range lines {
			seed.Whole[i] = int64(r.Run.Seed)
		}
		columns = append(columns, seed)
	}
	return tableio.WriteColumns(w, format, columns)
}

// Write writes the rows as a tidy table in one of the tabular formats.
func (r *Result) Write(w io.Writer, format tableio.Format) error {
	return Write(w, format, []*Result{r})
}
