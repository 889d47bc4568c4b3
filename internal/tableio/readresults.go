package tableio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// maxResults is the largest results file that is read, in bytes.
const maxResults = 256 << 20

// ReadResults reads what [WriteResults] wrote as JSON, complete: a report can be drawn from it alone. Fields
// that are not known are skipped, because later versions add some. Results that are not what
// they say (another schema, a history outside the lists, a limit below what was observed) are a [*SyntaxError].
func ReadResults(r io.Reader) (estimators.Results, error) {
	var none estimators.Results
	src, err := io.ReadAll(io.LimitReader(r, maxResults+1))
	if err != nil {
		return none, err
	}
	const file = "results"
	fail := func(line int, format string, args ...any) error {
		return &SyntaxError{File: file, Line: line, Msg: fmt.Sprintf(format, args...)}
	}
	if len(src) > maxResults {
		return none, fail(0, "larger than %d MB: these are not results of darkfigure", maxResults>>20)
	}
	src = bytes.TrimPrefix(src, utf8BOM)
	if len(bytes.TrimSpace(src)) == 0 {
		return none, fail(0, "the file is empty: write results with --format json")
	}
	var in resultsJSON
	if err := json.Unmarshal(src, &in); err != nil {
		var syntax *json.SyntaxError
		var typ *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			return none, fail(lineAt(src, syntax.Offset), "not valid JSON (%v): results are written with --format json", syntax)
		case errors.As(err, &typ):
			return none, fail(lineAt(src, typ.Offset), "the field %s holds a %s: these are not results of darkfigure", quote(typ.Field), typ.Value)
		}
		return none, fail(0, "%v", err)
	}
	known := []string{estimatesSchema, modelsSchema, describeSchema, sensitivitySchema}
	if !slices.Contains(known, in.Schema) {
		if in.Schema == "" {
			return none, fail(0, "the field \"schema\" is missing: these are not results of darkfigure")
		}
		return none, fail(0, "the schema %s is not one that is read here; there are %s", quote(in.Schema), strings.Join(known, ", "))
	}
	d := decoder{lists: in.Data.Lists}
	out := d.results(in)
	if d.err != nil {
		return none, fail(0, "%v", d.err)
	}
	return out, nil
}

// lineAt is the line, from 1, of a byte offset.
func lineAt(src []byte, offset int64) int {
	return 1 + bytes.Count(src[:min(max(offset, 0), int64(len(src)))], []byte{'\n'})
}

// A decoder undoes an encoder and keeps the first thing that is wrong.
type decoder struct {
	lists []string
	err   error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

func (d *decoder) results(in resultsJSON) estimators.Results {
	if len(in.Data.Lists) > estimators.MaxLists {
		d.fail("%d lists: at most %d", len(in.Data.Lists), estimators.MaxLists)
		return estimators.Results{}
	}
	out := estimators.Results{
		Data:    d.data(in.Data),
		Ranking: in.Ranking, Path: d.path(in.Path),
		Linkage:     in.Linkage,
		Sensitivity: d.sensitivity(in.Sensitivity),
		Run:         estimators.RunInfo{Version: in.Run.Version, Command: notEmpty(in.Run.Command), Seed: in.Run.Seed},
	}
	if in.Description != nil {
		x := d.description(*in.Description)
		out.Description = &x
	}
	if in.Estimates != nil {
		out.Estimates = orEmpty(each(in.Estimates, d.estimate))
	}
	if in.Schema == modelsSchema {
		out.Models = []estimators.Estimate{}
	}
	for _, m := range in.Models {
		out.Models = append(out.Models, d.estimate(m.estimateJSON))
		out.Weights = append(out.Weights, m.Weight)
	}
	for _, m := range in.Cards {
		out.Cards = append(out.Cards, estimators.Method{Name: m.Name, Title: m.Title, Family: m.Family, Estimates: m.Estimates, Assumes: m.Assumes, Distrust: m.Distrust,
			References: m.References, MinLists: m.MinLists, MaxLists: m.MaxLists, LowerBound: m.LowerBound})
	}
	return out
}

func notEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

func (d *decoder) pattern(history string) estimators.Pattern {
	if history == "" {
		return 0
	}
	p, err := estimators.ParseHistory(history)
	if err != nil {
		d.fail("%v", err)
	}
	if p&^estimators.FullPattern(len(d.lists)) != 0 {
		d.fail("the history %s has more lists than the %d of the data", quote(history), len(d.lists))
		return 0
	}
	return p
}

func (d *decoder) data(in dataJSON) estimators.Data {
	return estimators.Data{
		Source: in.Source, SHA256: in.SHA256, Lists: notEmpty(in.Lists), Observed: in.Observed, Cells: in.Cells, Occupied: in.Occupied, Period: in.Period, Definition: in.Definition, Notes: notEmpty(in.Notes),
		Covariates: each(in.Covariates, func(c covariateJSON) estimators.Covariate {
			return estimators.Covariate{Name: c.Name, Levels: notEmpty(c.Levels)}
		}),
		Counts: each(in.Counts, func(c cellJSON) estimators.Cell {
			if c.Count < 0 {
				d.fail("the history %s has the negative count %d", quote(c.History), c.Count)
			}
			return estimators.Cell{Pattern: d.pattern(c.History), Levels: notEmpty(c.Levels), Count: c.Count, StructuralZero: c.StructuralZero}
		}),
	}
}

func (d *decoder) interval(in intervalJSON) estimators.Interval {
	out := estimators.Interval{Kind: estimators.IntervalKind(in.Kind), Level: in.Level, Lower: in.Lower, Upper: unlimited(in.Upper)}
	if out.Lower > out.Upper {
		d.fail("the %s interval runs from %v down to %v", quote(in.Kind), out.Lower, out.Upper)
	}
	return out
}

func (d *decoder) warning(in reasonJSON) estimators.Warning {
	return estimators.Warning{Code: in.Code, Text: in.Text, Cells: each(in.Cells, d.pattern), Lists: notEmpty(in.Lists)}
}

func (d *decoder) refusal(in *reasonJSON) *estimators.Refusal {
	if in == nil {
		return nil
	}
	return &estimators.Refusal{Code: in.Code, Text: in.Text, Cells: each(in.Cells, d.pattern), Lists: notEmpty(in.Lists)}
}

func unpoint(p pointJSON) estimators.Point { return estimators.Point{X: p[0], Y: p[1]} }

func (d *decoder) residual(in residualJSON) estimators.Residual {
	return estimators.Residual{Pattern: d.pattern(in.History), Observed: in.Observed, Fitted: in.Fitted, Deviance: in.Deviance, Pearson: in.Pearson, Removed: in.Removed}
}

func (d *decoder) status(s string, reason *estimators.Refusal) estimators.Status {
	switch status := estimators.Status(s); status {
	case estimators.OK, estimators.Warned:
		return status
	case estimators.Refused:
		if reason == nil {
			d.fail("a refused answer has no reason")
		}
		return status
	}
	d.fail("the status %s is none of ok, warning, refused", quote(s))
	return ""
}

func (d *decoder) estimate(in estimateJSON) estimators.Estimate {
	out := estimators.Estimate{
		Method: in.Method, Model: in.Model, Stratum: in.Stratum, Observed: in.Observed, LowerBound: in.LowerBound, OddsRatio: math.Max(0, in.OddsRatio),
		Intervals: each(in.Intervals, d.interval), Reason: d.refusal(in.Reason), Warnings: each(in.Warnings, d.warning), Notes: notEmpty(in.Notes),
		Residuals: each(in.Residuals, d.residual), Profile: each(in.Profile, unpoint), Selection: d.selection(in.Selection), Bootstrap: unbootstrap(in.Bootstrap), Pooled: in.Pooled, Contacts: uncontacts(in.Contacts),
		Coefficients: each(in.Coefficients, func(c coefficientJSON) estimators.Coefficient {
			switch {
			case c.Estimate != nil:
				return estimators.Coefficient{Name: c.Name, Estimate: *c.Estimate, SE: c.SE}
			case c.At == "+inf":
				return estimators.Coefficient{Name: c.Name, Estimate: math.Inf(1), SE: c.SE}
			case c.At != "-inf":
				d.fail("the coefficient %s has no estimate", quote(c.Name))
			}
			return estimators.Coefficient{Name: c.Name, Estimate: math.Inf(-1), SE: c.SE}
		}),
		Groups: each(in.Groups, func(g groupingJSON) estimators.Grouping {
			return estimators.Grouping{By: g.By, Covariance: g.Covariance, Totals: each(g.Totals, func(t subtotalJSON) estimators.Subtotal {
				if !(t.Population >= float64(t.Observed)*(1-1e-12)) {
					d.fail("the total %v of a group lies below the %d observed", t.Population, t.Observed)
				}
				return estimators.Subtotal{Stratum: t.Stratum, Observed: t.Observed, Unrecorded: t.Unrecorded, Hidden: t.Hidden, Population: t.Population, SE: t.SE, Intervals: each(t.Intervals, d.interval)}
			})}
		}),
		Completed: each(in.Completed, func(c completedJSON) estimators.Completed {
			return estimators.Completed{Pattern: d.pattern(c.History), Levels: c.Levels, Expected: c.Expected, Fitted: c.Fitted, Hidden: c.Hidden}
		}),
	}
	out.Multiplied, out.Combination, out.InView = in.Multiplied, d.combination(in.Combination), in.InView
	out.Status = d.status(in.Status, out.Reason)
	if out.Status != estimators.Refused {
		if in.Population == nil || in.Hidden == nil {
			d.fail("the estimate of %s has no population", quote(in.Method))
			return out
		}
		out.Hidden, out.Population = *in.Hidden, *in.Population
		if out.Population < float64(out.Observed)*(1-1e-12) {
			d.fail("the estimate %v of %s lies below the %d observed", out.Population, quote(in.Method), out.Observed)
		}
		if in.SE != nil {
			out.SE, out.HasSE = *in.SE, true
		}
	}
	if f := in.Fit; f != nil {
		j := unfit(*f)
		out.Fit = &j
	}
	return out
}

func (d *decoder) combination(in *estimators.Combination) *estimators.Combination {
	if in != nil && (len(in.Weights) != len(in.Sources) || len(in.Without) != len(in.Sources)) {
		d.fail("a combination of %d sources has %d weights and %d estimates without one", len(in.Sources), len(in.Weights), len(in.Without))
		return nil
	}
	return in
}

func (d *decoder) selection(in *selectionJSON) *estimators.Selection {
	if in == nil {
		return nil
	}
	out := &estimators.Selection{
		Criterion: in.Criterion, Search: in.Search, MaxOrder: in.MaxOrder, Window: in.Window, Ranking: in.Ranking, Considered: in.Considered, Fitted: in.Fitted, Refused: in.Refused, Why: in.Why,
		Candidates: each(in.Candidates, func(c candidateJSON) estimators.Candidate {
			return estimators.Candidate{
				Model: c.Model, Terms: each(c.Terms, d.pattern), Signs: each(c.Signs, or(math.Inf(-1))), Population: c.Population, SE: c.SE, Intervals: each(c.Intervals, d.interval),
				BIC: c.BIC, AIC: c.AIC, AICc: unlimited(c.AICc), Deviance: c.Deviance, DF: c.DF, Parameters: c.Parameters, Weight: c.Weight, Chosen: c.Chosen,
				Profile: each(c.Profile, unpoint), Residuals: each(c.Residuals, d.residual), Warnings: each(c.Warnings, d.warning),
			}
		}),
	}
	out.Path = d.path(in.Path)
	if a := in.Averaged; a != nil {
		out.Averaged = &estimators.Average{Population: a.Population, Intervals: each(a.Intervals, d.interval), Density: each(a.Density, unpoint)}
	}
	if p := in.Split; p != nil {
		group := func(g groupJSON) estimators.Group {
			return estimators.Group{Models: g.Models, Weight: g.Weight, Lower: g.Lower, Upper: g.Upper, Density: each(g.Density, unpoint)}
		}
		out.Split = &estimators.Split{Term: d.pattern(p.Term), With: group(p.With), Without: group(p.Without)}
	}
	return out
}

// or reads a number that is the given one where it is null.
func or(instead float64) func(*float64) float64 {
	return func(x *float64) float64 {
		if x == nil {
			return instead
		}
		return *x
	}
}

// unlimited reads a limit, which is +∞ where it is null.
var unlimited = or(math.Inf(1))

func unbootstrap(in *bootstrapJSON) *estimators.Resampling {
	if in == nil {
		return nil
	}
	out := &estimators.Resampling{Scheme: in.Scheme, Replicates: in.Replicates, Failed: in.Failed, Inner: in.Inner, Top: in.Top, Distinct: in.Distinct, Acceleration: in.Acceleration,
		Models:    each(in.Models, func(f frequencyJSON) estimators.Frequency { return estimators.Frequency(f) }),
		Quantiles: each(in.Quantiles, unlimited), BiasCorrection: unlimited(in.BiasCorrection)}
	if in.BiasAt == "-inf" {
		out.BiasCorrection = math.Inf(-1)
	}
	if in.WidthShare != nil {
		out.WidthShare, out.HasWidthShare = *in.WidthShare, true
	}
	if in.Bagged != nil && in.BaggedSE != nil {
		out.Bagged, out.BaggedSE, out.HasBagged = *in.Bagged, *in.BaggedSE, true
	}
	return out
}

func (d *decoder) description(in descriptionJSON) estimators.Description {
	out := estimators.Description{
		Observed: in.Observed,
		Lists: each(in.Lists, func(l listJSON) estimators.ListSummary {
			return estimators.ListSummary{Name: l.Name, Total: l.Total, Only: l.Only, Shared: l.Shared, Of: l.Of}
		}),
		Captures:   each(in.Captures, func(c captureJSON) estimators.CaptureRow { return estimators.CaptureRow(c) }),
		EmptyPairs: each(in.EmptyPairs, d.pattern),
		Warnings:   each(in.Warnings, d.warning),
	}
	if in.Coverage != nil {
		out.Coverage = &estimators.Coverage{Share: *in.Coverage}
	}
	for _, e := range in.Estimable {
		reason := d.refusal(e.Reason)
		out.Estimable = append(out.Estimable, estimators.Estimable{Model: e.Model, Status: d.status(e.Status, reason), Reason: reason})
	}
	for _, j := range in.Pairs {
		p := estimators.Pair{A: slices.Index(d.lists, j.A), B: slices.Index(d.lists, j.B), Both: j.Both, Expected: j.Expected, Reason: d.refusal(j.Reason)}
		if p.A < 0 || p.B < 0 {
			d.fail("the pair %s and %s is not among the lists of the data", quote(j.A), quote(j.B))
		}
		if j.OddsRatio != nil {
			p.OddsRatio, p.HasOdds = *j.OddsRatio, true
		}
		p.Status = d.status(j.Status, p.Reason)
		if p.Status != estimators.Refused {
			if j.Population == nil || j.SE == nil || j.Interval == nil {
				d.fail("the pair %s and %s has no estimate", quote(j.A), quote(j.B))
				continue
			}
			p.Population, p.SE, p.Interval = *j.Population, *j.SE, d.interval(*j.Interval)
		}
		out.Pairs = append(out.Pairs, p)
	}
	return out
}
