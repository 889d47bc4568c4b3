package tableio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"

	"darkfigure/estimators"
)

// The schemas of results in JSON. Fields are only ever added.
const (
	estimatesSchema   = "darkfigure/estimates/v1"
	modelsSchema      = "darkfigure/models/v1"
	describeSchema    = "darkfigure/describe/v1"
	sensitivitySchema = "darkfigure/sensitivity/v1"
)

// The types below are the JSON contract: the order of fields is the order in the file. A
// capture history is written as in the table, "0101", the first list leftmost. A limit without
// bound is null, with a warning beside it; so are the numbers of a refused estimate.

type resultsJSON struct {
	Schema      string                  `json:"schema"`
	Data        dataJSON                `json:"data"`
	Description *descriptionJSON        `json:"description,omitempty"`
	Estimates   []estimateJSON          `json:"estimates,omitzero"`
	Models      []modelJSON             `json:"models,omitzero"`
	Path        []stepJSON              `json:"path,omitempty"` // of models with covariates
	Ranking     string                  `json:"ranking,omitempty"`
	Linkage     *estimators.Linkage     `json:"linkage,omitempty"`
	Sensitivity *estimators.Sensitivity `json:"sensitivity,omitempty"`
	Cards       []cardJSON              `json:"cards,omitempty"`
	Run         runJSON                 `json:"run"`
}

type dataJSON struct {
	Source     string          `json:"source"`
	SHA256     string          `json:"sha256"`
	Lists      []string        `json:"lists"`
	Covariates []covariateJSON `json:"covariates,omitempty"`
	Observed   int64           `json:"observed"`
	Cells      int             `json:"cells"`
	Occupied   int             `json:"occupied"`
	Period     string          `json:"period,omitempty"`
	Definition string          `json:"definition,omitempty"`
	Counts     []cellJSON      `json:"counts,omitempty"`
	Notes      []string        `json:"notes,omitempty"`
}

type covariateJSON struct {
	Name   string   `json:"name"`
	Levels []string `json:"levels"`
}

type cellJSON struct {
	History        string   `json:"history"`
	Levels         []string `json:"levels,omitempty"`
	Count          int64    `json:"count"`
	StructuralZero bool     `json:"structural_zero,omitempty"`
}

type runJSON struct {
	Version string   `json:"version"`
	Command []string `json:"command"`
	Seed    uint64   `json:"seed"`
}

type estimateJSON struct {
	Method       string             `json:"method"`
	Model        string             `json:"model"`
	Stratum      stratumJSON        `json:"stratum"`
	Observed     int64              `json:"observed"`
	Hidden       *float64           `json:"hidden"`
	Population   *float64           `json:"population"`
	SE           *float64           `json:"se"`
	LowerBound   bool               `json:"lower_bound,omitempty"`
	OddsRatio    float64            `json:"odds_ratio,omitempty"`
	Interval     *intervalJSON      `json:"interval"`
	Intervals    []intervalJSON     `json:"intervals"`
	Visibility   *visibilityJSON    `json:"visibility"`
	Fit          *fitJSON           `json:"fit"`
	Status       string             `json:"status"`
	Reason       *reasonJSON        `json:"reason,omitempty"`
	Warnings     []reasonJSON       `json:"warnings"`
	Notes        []string           `json:"notes,omitempty"`
	Coefficients []coefficientJSON  `json:"coefficients,omitempty"`
	Groups       []groupingJSON     `json:"groups,omitempty"`
	Completed    []completedJSON    `json:"completed,omitempty"`
	Contacts     *contactsJSON      `json:"contacts,omitempty"`
	Residuals    []residualJSON     `json:"residuals,omitempty"`
	Profile      []pointJSON        `json:"profile,omitempty"`
	Selection    *selectionJSON     `json:"selection,omitempty"`
	Bootstrap    *bootstrapJSON     `json:"bootstrap,omitempty"`
	Pooled       *estimators.Pooled `json:"pooled,omitempty"`

	Multiplied  *estimators.Multiplied  `json:"multiplied,omitempty"`
	Combination *estimators.Combination `json:"combination,omitempty"`
	InView      *estimators.InView      `json:"in_view,omitempty"`
}

type modelJSON struct {
	estimateJSON
	Weight float64 `json:"weight"`
}

type intervalJSON struct {
	Kind  string   `json:"kind"`
	Level float64  `json:"level"`
	Lower float64  `json:"lower"`
	Upper *float64 `json:"upper"` // null: no upper limit
}

type visibilityJSON struct {
	Share float64 `json:"share"`
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

type fitJSON struct {
	Parameters    int      `json:"parameters"`
	MinusInfinity int      `json:"minus_infinity,omitempty"`
	DF            int      `json:"df"`
	Deviance      float64  `json:"deviance"`
	Pearson       float64  `json:"pearson"`
	LogLik        float64  `json:"loglik"`
	AIC           float64  `json:"aic"`
	AICc          *float64 `json:"aicc"` // null: undefined
	BIC           float64  `json:"bic"`
	GoodnessOfFit *float64 `json:"goodness_of_fit"` // p-value; null: not defined
}

// reasonJSON is a warning or a refusal.
type reasonJSON struct {
	Code  string   `json:"code"`
	Text  string   `json:"text"`
	Cells []string `json:"cells,omitempty"`
	Lists []string `json:"lists,omitempty"`
}

type coefficientJSON struct {
	Name     string   `json:"name"`
	Estimate *float64 `json:"estimate"`
	At       string   `json:"at,omitempty"` // "-inf" or "+inf" where the estimate is null
	SE       float64  `json:"se"`
}

// groupingJSON divides an estimate over the levels of covariates; covariance is that of its totals, in their order.
type groupingJSON struct {
	By         []string       `json:"by"`
	Totals     []subtotalJSON `json:"totals"`
	Covariance [][]float64    `json:"covariance"`
}

type subtotalJSON struct {
	Stratum    stratumJSON     `json:"stratum"`
	Observed   int64           `json:"observed"`
	Unrecorded float64         `json:"unrecorded,omitempty"` // seen, of the group by the model; there is then no visibility
	Hidden     float64         `json:"hidden"`
	Population float64         `json:"population"`
	SE         float64         `json:"se"`
	Interval   *intervalJSON   `json:"interval"`
	Intervals  []intervalJSON  `json:"intervals"`
	Visibility *visibilityJSON `json:"visibility"`
}

type completedJSON struct {
	History  string      `json:"history"`
	Levels   stratumJSON `json:"levels"`
	Expected float64     `json:"expected"`
	Fitted   float64     `json:"fitted"`
	Hidden   bool        `json:"hidden,omitempty"`
}

// contactsJSON are the diagnostics of a model of repeat contacts.
type contactsJSON struct {
	Seen       []contactClassJSON `json:"seen"`
	ChiSquared float64            `json:"chi_squared"`
	G          float64            `json:"g"`
	P          float64            `json:"p"`
	Classes    int                `json:"classes"`
	Influence  []contactCaseJSON  `json:"influence"`
}

type contactClassJSON struct {
	Contacts int     `json:"contacts"`
	OrMore   bool    `json:"or_more,omitempty"`
	Observed int64   `json:"observed"`
	Expected float64 `json:"expected"`
}

type contactCaseJSON struct {
	Stratum  stratumJSON `json:"stratum"`
	Contacts int         `json:"contacts"`
	Count    int64       `json:"count"`
	Mean     float64     `json:"mean"`
	Pearson  float64     `json:"pearson"`
	Leverage float64     `json:"leverage"`
	Change   float64     `json:"change"`
}

func contacts(c *estimators.Contacts) *contactsJSON {
	if c == nil {
		return nil
	}
	return &contactsJSON{ChiSquared: c.ChiSquared, G: c.G, P: c.P, Classes: c.Classes,
		Seen: orEmpty(each(c.Seen, func(s estimators.ContactClass) contactClassJSON { return contactClassJSON(s) })),
		Influence: orEmpty(each(c.Influence, func(x estimators.ContactCase) contactCaseJSON {
			return contactCaseJSON{stratumJSON(x.Stratum), x.Contacts, x.Count, x.Mean, x.Pearson, x.Leverage, x.Change}
		}))}
}

func uncontacts(c *contactsJSON) *estimators.Contacts {
	if c == nil {
		return nil
	}
	return &estimators.Contacts{ChiSquared: c.ChiSquared, G: c.G, P: c.P, Classes: c.Classes,
		Seen: each(c.Seen, func(s contactClassJSON) estimators.ContactClass { return estimators.ContactClass(s) }),
		Influence: each(c.Influence, func(x contactCaseJSON) estimators.ContactCase {
			return estimators.ContactCase{Stratum: x.Stratum, Contacts: x.Contacts, Count: x.Count, Mean: x.Mean, Pearson: x.Pearson, Leverage: x.Leverage, Change: x.Change}
		})}
}

type residualJSON struct {
	History  string  `json:"history"`
	Observed int64   `json:"observed"`
	Fitted   float64 `json:"fitted"`
	Deviance float64 `json:"deviance"`
	Pearson  float64 `json:"pearson"`
	Removed  bool    `json:"removed,omitempty"`
}

// pointJSON is a point [x, y] of a curve.
type pointJSON [2]float64

type selectionJSON struct {
	Criterion  string          `json:"criterion"`
	Search     string          `json:"search"`
	MaxOrder   int             `json:"max_order"`
	Window     float64         `json:"window"`
	Ranking    string          `json:"ranking"`
	Considered float64         `json:"considered"`
	Fitted     int             `json:"fitted"`
	Refused    int             `json:"refused"`
	Why        string          `json:"why"`
	Candidates []candidateJSON `json:"candidates,omitempty"`
	Averaged   *averageJSON    `json:"averaged,omitempty"`
	Split      *splitJSON      `json:"split,omitempty"`
	Path       []stepJSON      `json:"path,omitempty"`
}

type candidateJSON struct {
	Model      string         `json:"model"`
	Terms      []string       `json:"terms,omitempty"`
	Signs      []*float64     `json:"signs,omitempty"` // coefficients of the terms; null: −∞
	Population float64        `json:"population"`
	SE         float64        `json:"se"`
	Intervals  []intervalJSON `json:"intervals,omitempty"`
	BIC        float64        `json:"bic"`
	AIC        float64        `json:"aic"`
	AICc       *float64       `json:"aicc"` // null: undefined
	Deviance   float64        `json:"deviance"`
	DF         int            `json:"df"`
	Parameters int            `json:"parameters"`
	Weight     float64        `json:"weight"`
	Chosen     bool           `json:"chosen,omitempty"`
	Profile    []pointJSON    `json:"profile,omitempty"`
	Residuals  []residualJSON `json:"residuals,omitempty"`
	Warnings   []reasonJSON   `json:"warnings,omitempty"`
}

type bootstrapJSON struct {
	Scheme         string          `json:"scheme"`
	Replicates     int             `json:"replicates"`
	Failed         int             `json:"failed"`
	Inner          int             `json:"inner,omitempty"`
	Top            int             `json:"top_models,omitempty"`
	Distinct       int             `json:"distinct_models"`
	Models         []frequencyJSON `json:"models"`
	WidthShare     *float64        `json:"width_share"` // null: not defined
	Bagged         *float64        `json:"bagged"`      // null: not defined
	BaggedSE       *float64        `json:"bagged_se"`
	Acceleration   float64         `json:"acceleration"`
	BiasCorrection *float64        `json:"bias_correction"`
	BiasAt         string          `json:"bias_correction_at,omitempty"` // "inf" or "-inf" where it is null
	Quantiles      []*float64      `json:"quantiles"`                    // at equal steps from 0 to 1; null: +∞
}

type frequencyJSON struct {
	Model string `json:"model"`
	Count int    `json:"count"`
}

type averageJSON struct {
	Population float64        `json:"population"`
	Intervals  []intervalJSON `json:"intervals,omitempty"`
	Density    []pointJSON    `json:"density,omitempty"`
}

type splitJSON struct {
	Term    string    `json:"term"`
	With    groupJSON `json:"with"`
	Without groupJSON `json:"without"`
}

type groupJSON struct {
	Models  int         `json:"models"`
	Weight  float64     `json:"weight"`
	Lower   float64     `json:"lower"`
	Upper   float64     `json:"upper"`
	Density []pointJSON `json:"density,omitempty"`
}

type descriptionJSON struct {
	Observed   int64           `json:"observed"`
	Lists      []listJSON      `json:"lists"`
	Captures   []captureJSON   `json:"captures"`
	Pairs      []pairJSON      `json:"pairs"`
	EmptyPairs []string        `json:"empty_pairs"`
	Coverage   *float64        `json:"coverage"` // estimated sample coverage; null: cannot be estimated
	Warnings   []reasonJSON    `json:"warnings"`
	Estimable  []estimableJSON `json:"estimable,omitempty"`
}

type listJSON struct {
	Name   string  `json:"name"`
	Total  int64   `json:"total"`
	Only   int64   `json:"only"`
	Shared int64   `json:"shared"`
	Of     float64 `json:"share_of_observed"`
}

type captureJSON struct {
	I int64 `json:"i"`
	F int64 `json:"f"`
	U int64 `json:"u"`
	V int64 `json:"v"`
	N int64 `json:"n"`
}

type pairJSON struct {
	A          string        `json:"a"`
	B          string        `json:"b"`
	Both       int64         `json:"both"`
	Expected   float64       `json:"expected"`
	OddsRatio  *float64      `json:"odds_ratio"` // null: not defined
	Population *float64      `json:"population"`
	SE         *float64      `json:"se"`
	Interval   *intervalJSON `json:"interval"`
	Status     string        `json:"status"`
	Reason     *reasonJSON   `json:"reason,omitempty"`
}

type estimableJSON struct {
	Model  string      `json:"model"`
	Status string      `json:"status"`
	Reason *reasonJSON `json:"reason,omitempty"`
}

type cardJSON struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	Family     string   `json:"family"`
	Estimates  string   `json:"estimates"`
	Assumes    []string `json:"assumes,omitempty"`
	Distrust   []string `json:"distrust,omitempty"`
	References []string `json:"references,omitempty"`
	MinLists   int      `json:"min_lists"`
	MaxLists   int      `json:"max_lists,omitempty"`
	LowerBound bool     `json:"lower_bound,omitempty"`
}

// stratumJSON is an object whose keys keep their order: covariates and their levels.
type stratumJSON []estimators.Label

func (s stratumJSON) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, l := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(l.Name)
		if err != nil {
			return nil, err
		}
		level, err := json.Marshal(l.Level)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(level)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (s *stratumJSON) UnmarshalJSON(b []byte) error {
	*s = nil
	if string(b) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("a stratum is an object of covariates and their levels")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		level, err := d.Token()
		if err != nil {
			return err
		}
		text, ok := level.(string)
		if !ok {
			return fmt.Errorf("the level of %v in a stratum is not text", name)
		}
		*s = append(*s, estimators.Label{Name: name.(string), Level: text})
	}
	return nil
}

func writeJSON(w io.Writer, r estimators.Results) error {
	compact, err := json.Marshal(encodeResults(r))
	if err != nil {
		return fmt.Errorf("results as JSON: %w", err)
	}
	_, err = w.Write(indentJSON(compact))
	return err
}

// indentJSON lays valid compact JSON out with two blanks per level, except that an array of
// numbers and strings, or of short arrays of them, keeps to one line: curves stay readable.
func indentJSON(src []byte) []byte {
	out := make([]byte, 0, len(src)+len(src)/2)
	depth := 0
	line := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, ' ', ' ')
		}
	}
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '"':
			end := stringEnd(src, i)
			out = append(out, src[i:end]...)
			i = end - 1
		case '[', '{':
			if end, flat := flatArray(src, i); flat {
				for ; i < end; i++ {
					if src[i] == '"' {
						e := stringEnd(src, i)
						out = append(out, src[i:e]...)
						i = e - 1
						continue
					}
					if out = append(out, src[i]); src[i] == ',' {
						out = append(out, ' ')
					}
				}
				i--
				continue
			}
			out = append(out, c)
			if src[i+1] == c+2 { // '[' + 2 == ']', '{' + 2 == '}'
				continue
			}
			depth++
			line()
		case ']', '}':
			if src[i-1] != c-2 {
				depth--
				line()
			}
			out = append(out, c)
		case ',':
			out = append(out, c)
			line()
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
	}
	return append(out, '\n')
}

// stringEnd returns the index behind the JSON string that starts at i.
func stringEnd(src []byte, i int) int {
	for i++; src[i] != '"'; i++ {
		if src[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// flatArray reports whether an array of scalars starts at i, and where it ends.
func flatArray(src []byte, i int) (end int, flat bool) {
	if src[i] != '[' || src[i+1] == ']' {
		return 0, false
	}
	for i++; ; i++ {
		switch src[i] {
		case '"':
			i = stringEnd(src, i) - 1
		case '[', '{':
			return 0, false
		case ']':
			return i + 1, true
		}
	}
}

// An encoder writes patterns as histories over k lists.
type encoder struct {
	k     int
	lists []string
}

func encodeResults(r estimators.Results) resultsJSON {
	e := encoder{len(r.Data.Lists), r.Data.Lists}
	out := resultsJSON{
		Schema:  estimatesSchema,
		Data:    e.data(r.Data),
		Ranking: r.Ranking, Path: e.path(r.Path),
		Linkage:     r.Linkage,
		Sensitivity: r.Sensitivity,
		Run:         runJSON{r.Run.Version, orEmpty(r.Run.Command), r.Run.Seed},
	}
	if r.Description != nil {
		d := e.description(*r.Description)
		out.Description = &d
	}
	if r.Estimates != nil {
		out.Estimates = orEmpty(each(r.Estimates, e.estimate))
	}
	switch {
	case r.Models != nil:
		out.Schema = modelsSchema
		out.Models = make([]modelJSON, len(r.Models))
		for i, m := range r.Models {
			out.Models[i].estimateJSON = e.estimate(m)
			if i < len(r.Weights) {
				out.Models[i].Weight = r.Weights[i]
			}
		}
	case r.Estimates == nil && r.Sensitivity != nil:
		out.Schema = sensitivitySchema
	case r.Estimates == nil && r.Description != nil:
		out.Schema = describeSchema
	case r.Estimates == nil:
		out.Estimates = []estimateJSON{}
	}
	for _, m := range r.Cards {
		out.Cards = append(out.Cards, cardJSON{m.Name, m.Title, m.Family, m.Estimates, m.Assumes, m.Distrust, m.References, m.MinLists, m.MaxLists, m.LowerBound})
	}
	return out
}

// each maps a slice; an empty one stays nil.
func each[A, B any](in []A, f func(A) B) []B {
	var out []B
	for _, a := range in {
		out = append(out, f(a))
	}
	return out
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (e encoder) history(p estimators.Pattern) string {
	return p.History(max(e.k, bits.Len32(uint32(p))))
}

func (e encoder) data(d estimators.Data) dataJSON {
	return dataJSON{
		Source: d.Source, SHA256: d.SHA256, Lists: orEmpty(d.Lists), Observed: d.Observed, Cells: d.Cells, Occupied: d.Occupied, Period: d.Period, Definition: d.Definition, Notes: d.Notes,
		Covariates: each(d.Covariates, func(c estimators.Covariate) covariateJSON { return covariateJSON{c.Name, orEmpty(c.Levels)} }),
		Counts: each(d.Counts, func(c estimators.Cell) cellJSON {
			return cellJSON{e.history(c.Pattern), c.Levels, c.Count, c.StructuralZero}
		}),
	}
}

// limit is a number that has no bound when infinite.
func limit(x float64) *float64 {
	if math.IsInf(x, 1) {
		return nil
	}
	return &x
}

// finite is a number, or nothing when it is infinite.
func finite(x float64) *float64 {
	if math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func bootstrap(b *estimators.Resampling) *bootstrapJSON {
	if b == nil {
		return nil
	}
	out := &bootstrapJSON{Scheme: b.Scheme, Replicates: b.Replicates, Failed: b.Failed, Inner: b.Inner, Top: b.Top, Distinct: b.Distinct, Acceleration: b.Acceleration,
		Models:    orEmpty(each(b.Models, func(f estimators.Frequency) frequencyJSON { return frequencyJSON(f) })),
		Quantiles: orEmpty(each(b.Quantiles, finite)), BiasCorrection: finite(b.BiasCorrection)}
	if b.HasWidthShare {
		out.WidthShare = &b.WidthShare
	}
	if b.HasBagged {
		out.Bagged, out.BaggedSE = &b.Bagged, &b.BaggedSE
	}
	if out.BiasCorrection == nil {
		out.BiasAt = "inf"
		if b.BiasCorrection < 0 {
			out.BiasAt = "-inf"
		}
	}
	return out
}

func (e encoder) interval(i estimators.Interval) intervalJSON {
	return intervalJSON{string(i.Kind), i.Level, i.Lower, limit(i.Upper)}
}

func (e encoder) warning(w estimators.Warning) reasonJSON {
	return reasonJSON{w.Code, w.Text, each(w.Cells, e.history), w.Lists}
}

func (e encoder) refusal(r *estimators.Refusal) *reasonJSON {
	if r == nil {
		return nil
	}
	return &reasonJSON{r.Code, r.Text, each(r.Cells, e.history), r.Lists}
}

func (e encoder) grouping(g estimators.Grouping) groupingJSON {
	return groupingJSON{By: g.By, Covariance: g.Covariance, Totals: each(g.Totals, func(t estimators.Subtotal) subtotalJSON {
		out := subtotalJSON{Stratum: stratumJSON(t.Stratum), Observed: t.Observed, Unrecorded: t.Unrecorded, Hidden: t.Hidden, Population: t.Population, SE: t.SE, Intervals: orEmpty(each(t.Intervals, e.interval))}
		if len(out.Intervals) > 0 {
			out.Interval = &out.Intervals[0]
		}
		if share, lower, upper, ok := subtotal(t).Visibility(); ok && t.Unrecorded == 0 {
			out.Visibility = &visibilityJSON{share, lower, upper}
		}
		return out
	})}
}

// subtotal is the total of a group as an estimate.
func subtotal(t estimators.Subtotal) estimators.Estimate {
	return estimators.Estimate{Stratum: t.Stratum, Observed: t.Observed, Hidden: t.Hidden, Population: t.Population, SE: t.SE, HasSE: true, Intervals: t.Intervals, Status: estimators.OK}
}

func point(p estimators.Point) pointJSON { return pointJSON{p.X, p.Y} }

func (e encoder) residual(r estimators.Residual) residualJSON {
	return residualJSON{e.history(r.Pattern), r.Observed, r.Fitted, r.Deviance, r.Pearson, r.Removed}
}

func (e encoder) estimate(x estimators.Estimate) estimateJSON {
	out := estimateJSON{
		Method: x.Method, Model: x.Model, Stratum: stratumJSON(x.Stratum), Observed: x.Observed, LowerBound: x.LowerBound, OddsRatio: x.OddsRatio,
		Intervals: orEmpty(each(x.Intervals, e.interval)), Status: string(x.Status), Reason: e.refusal(x.Reason),
		Warnings: orEmpty(each(x.Warnings, e.warning)), Notes: x.Notes,
		Residuals: each(x.Residuals, e.residual), Profile: each(x.Profile, point), Selection: e.selection(x.Selection), Bootstrap: bootstrap(x.Bootstrap), Pooled: x.Pooled, Contacts: contacts(x.Contacts),
		Coefficients: each(x.Coefficients, func(c estimators.Coefficient) coefficientJSON {
			switch {
			case math.IsInf(c.Estimate, -1):
				return coefficientJSON{Name: c.Name, At: "-inf", SE: c.SE}
			case math.IsInf(c.Estimate, 1):
				return coefficientJSON{Name: c.Name, At: "+inf", SE: c.SE}
			}
			return coefficientJSON{Name: c.Name, Estimate: &c.Estimate, SE: c.SE}
		}),
		Groups: each(x.Groups, e.grouping),
		Completed: each(x.Completed, func(c estimators.Completed) completedJSON {
			return completedJSON{e.history(c.Pattern), stratumJSON(c.Levels), c.Expected, c.Fitted, c.Hidden}
		}),
	}
	out.Multiplied, out.Combination, out.InView = x.Multiplied, x.Combination, x.InView
	if x.Status != estimators.Refused {
		out.Hidden, out.Population = &x.Hidden, &x.Population
		if x.HasSE {
			out.SE = &x.SE
		}
	}
	if len(out.Intervals) > 0 {
		out.Interval = &out.Intervals[0]
	}
	if share, lower, upper, ok := x.Visibility(); ok {
		out.Visibility = &visibilityJSON{share, lower, upper}
	}
	if f := x.Fit; f != nil {
		j := fit(*f)
		out.Fit = &j
	}
	return out
}

func (e encoder) selection(s *estimators.Selection) *selectionJSON {
	if s == nil {
		return nil
	}
	out := &selectionJSON{
		Criterion: s.Criterion, Search: s.Search, MaxOrder: s.MaxOrder, Window: s.Window, Ranking: s.Ranking, Considered: s.Considered, Fitted: s.Fitted, Refused: s.Refused, Why: s.Why,
		Candidates: each(s.Candidates, func(c estimators.Candidate) candidateJSON {
			return candidateJSON{
				Model: c.Model, Terms: each(c.Terms, e.history), Signs: each(c.Signs, finite), Population: c.Population, SE: c.SE, Intervals: each(c.Intervals, e.interval),
				BIC: c.BIC, AIC: c.AIC, AICc: limit(c.AICc), Deviance: c.Deviance, DF: c.DF, Parameters: c.Parameters, Weight: c.Weight, Chosen: c.Chosen,
				Profile: each(c.Profile, point), Residuals: each(c.Residuals, e.residual), Warnings: each(c.Warnings, e.warning),
			}
		}),
	}
	out.Path = e.path(s.Path)
	if a := s.Averaged; a != nil {
		out.Averaged = &averageJSON{a.Population, each(a.Intervals, e.interval), each(a.Density, point)}
	}
	if p := s.Split; p != nil {
		group := func(g estimators.Group) groupJSON {
			return groupJSON{g.Models, g.Weight, g.Lower, g.Upper, each(g.Density, point)}
		}
		out.Split = &splitJSON{e.history(p.Term), group(p.With), group(p.Without)}
	}
	return out
}

func (e encoder) description(d estimators.Description) descriptionJSON {
	out := descriptionJSON{
		Observed:   d.Observed,
		Lists:      orEmpty(each(d.Lists, func(l estimators.ListSummary) listJSON { return listJSON{l.Name, l.Total, l.Only, l.Shared, l.Of} })),
		Captures:   orEmpty(each(d.Captures, func(c estimators.CaptureRow) captureJSON { return captureJSON(c) })),
		Pairs:      []pairJSON{},
		EmptyPairs: orEmpty(each(d.EmptyPairs, e.history)),
		Warnings:   orEmpty(each(d.Warnings, e.warning)),
		Estimable: each(d.Estimable, func(x estimators.Estimable) estimableJSON {
			return estimableJSON{x.Model, string(x.Status), e.refusal(x.Reason)}
		}),
	}
	if d.Coverage != nil {
		out.Coverage = &d.Coverage.Share
	}
	for _, p := range d.Pairs {
		j := pairJSON{A: e.list(p.A), B: e.list(p.B), Both: p.Both, Expected: p.Expected, Status: string(p.Status), Reason: e.refusal(p.Reason)}
		if p.HasOdds {
			j.OddsRatio = &p.OddsRatio
		}
		if p.Status != estimators.Refused {
			i := e.interval(p.Interval)
			j.Population, j.SE, j.Interval = &p.Population, &p.SE, &i
		}
		out.Pairs = append(out.Pairs, j)
	}
	return out
}

func (e encoder) list(i int) string {
	if i < 0 || i >= len(e.lists) {
		return itoa(i)
	}
	return e.lists[i]
}
