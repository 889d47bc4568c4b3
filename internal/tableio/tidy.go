package tableio

import (
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// tidy is one row per estimate, or per model; the totals of its groups follow an estimate.
func tidy(r estimators.Results) *frame {
	models := r.Models != nil
	var estimates []estimators.Estimate
	bounds := map[int]bool{}    // rows of people in view, which have no share in view
	placed := map[int]float64{} // of the totals of groups, people seen who are in them by the model
	for _, e := range r.Estimates {
		estimates = append(estimates, e)
		for _, g := range e.Groups {
			for _, t := range g.Totals {
				part := subtotal(t)
				part.Method, part.Model, part.LowerBound, part.Status = e.Method, e.Model, e.LowerBound, e.Status
				part.Stratum = slices.Concat(e.Stratum, t.Stratum)
				if t.Unrecorded > 0 {
					placed[len(estimates)] = t.Unrecorded
				}
				estimates = append(estimates, part)
			}
		}
		if v := e.InView; v != nil { // a row of its own: those registered, and visitors whom nobody else knows
			bounds[len(estimates)] = true
			estimates = append(estimates, estimators.Estimate{Method: "in-view", Stratum: e.Stratum, Observed: v.Registered, Hidden: v.New, Population: v.AtLeast, LowerBound: true,
				Status: e.Status, Intervals: []estimators.Interval{{Kind: estimators.Credible, Level: v.Level, Lower: v.Lower, Upper: v.Upper}}})
		}
	}
	if models {
		estimates = r.Models
	}
	f := &frame{}
	method, model := f.column("method", text), f.column("model", text)
	var strata []string
	for _, e := range estimates {
		for _, l := range e.Stratum {
			if !slices.Contains(strata, l.Name) {
				strata = append(strata, l.Name)
			}
		}
	}
	stratum := make([]*series, len(strata))
	for i := range strata {
		stratum[i] = f.column("", text) // named below, when the names of the other columns are known
	}
	observed, hidden, population, se := f.column("observed", whole), f.column("hidden", real), f.column("population", real), f.column("se", real)
	lower, upper, level, interval := f.column("lower", real), f.column("upper", real), f.column("level", real), f.column("interval", text)
	visibility, visibilityLower, visibilityUpper := f.column("visibility", real), f.column("visibility_lower", real), f.column("visibility_upper", real)
	parameters, df, deviance, loglik, aic, bic := f.column("parameters", whole), f.column("df", whole), f.column("deviance", real), f.column("loglik", real), f.column("aic", real), f.column("bic", real)
	status, reason, seed := f.column("status", text), f.column("reason", text), f.column("seed", whole)
	var weight *series
	if models {
		weight = f.column("weight", real)
	}
	bound, warnings, nearLower, nearUpper := f.column("bound", text), f.column("warnings", text), f.column("near_lower", real), f.column("near_upper", real)
	of := originColumns(f, r.Data)
	var unrecorded *series
	if len(placed) > 0 && !models {
		unrecorded = f.column("unrecorded", real)
	}
	nameStrata(f, stratum, strata)
	for i, e := range estimates {
		method.putText(e.Method)
		if e.Model != "" {
			model.putText(e.Model)
		}
		for _, l := range e.Stratum {
			if l.Level != "" {
				stratum[slices.Index(strata, l.Name)].putText(l.Level)
			}
		}
		observed.putWhole(e.Observed)
		if e.Status != estimators.Refused {
			hidden.putReal(e.Hidden)
			population.putReal(e.Population)
			if e.HasSE {
				se.putReal(e.SE)
			}
			if v, low, high, ok := e.Visibility(); ok && placed[i] == 0 && !bounds[i] {
				visibility.putReal(v)
				visibilityLower.putReal(low)
				visibilityUpper.putReal(high)
			}
		}
		if x, ok := e.Interval(); ok {
			lower.putReal(x.Lower)
			if !x.Unbounded() {
				upper.putReal(x.Upper)
			}
			level.putReal(x.Level)
			interval.putText(string(x.Kind))
		}
		if e.Fit != nil {
			parameters.putWhole(int64(e.Fit.Parameters))
			df.putWhole(int64(e.Fit.DF))
			deviance.putReal(e.Fit.Deviance)
			loglik.putReal(e.Fit.LogLik)
			aic.putReal(e.Fit.AIC)
			bic.putReal(e.Fit.BIC)
		}
		status.putText(string(e.Status))
		if e.Reason != nil {
			reason.putText(e.Reason.Code)
		}
		if r.Run.Seed <= math.MaxInt64 {
			seed.putWhole(int64(r.Run.Seed))
		}
		if models && i < len(r.Weights) {
			weight.putReal(r.Weights[i])
		}
		if e.LowerBound {
			bound.putText("at least")
		}
		if codes := codesOf(e.Warnings); codes != "" {
			warnings.putText(codes)
		}
		if low, high, ok := nearTied(e.Selection); ok && e.Status != estimators.Refused {
			nearLower.putReal(low)
			nearUpper.putReal(high)
		}
		of.put(r.Data)
		if unrecorded != nil && placed[i] > 0 {
			unrecorded.putReal(placed[i])
		}
		f.end()
	}
	return f
}

// An origin is the columns that say what table a row is about, and who is counted when, where that is known.
type origin struct{ source, sha256, period, definition *series }

func originColumns(f *frame, d estimators.Data) origin {
	o := origin{source: f.column("source", text), sha256: f.column("sha256", text)}
	if d.Period != "" {
		o.period = f.column("period", text)
	}
	if d.Definition != "" {
		o.definition = f.column("definition", text)
	}
	return o
}

func (o origin) put(d estimators.Data) {
	if d.Source != "" {
		o.source.putText(d.Source)
	}
	if d.SHA256 != "" {
		o.sha256.putText(d.SHA256)
	}
	if o.period != nil {
		o.period.putText(d.Period)
	}
	if o.definition != nil {
		o.definition.putText(d.Definition)
	}
}

// codesOf joins the codes of warnings by spaces, each once.
func codesOf(warnings []estimators.Warning) string {
	var codes []string
	for _, w := range warnings {
		if !slices.Contains(codes, w.Code) {
			codes = append(codes, w.Code)
		}
	}
	return strings.Join(codes, " ")
}

// nearTied is the range of the estimates of the models that fit about as well; ok is false when there are no two.
func nearTied(s *estimators.Selection) (low, high float64, ok bool) {
	if s == nil {
		return 0, 0, false
	}
	n := 0
	for _, c := range s.Candidates {
		if c.Weight <= 0 && !c.Chosen {
			continue
		}
		if n++; n == 1 {
			low, high = c.Population, c.Population
		}
		low, high = min(low, c.Population), max(high, c.Population)
	}
	return low, high, n > 1
}

// nameStrata names the columns of the strata by their covariates. One that is called like another
// column of the table becomes stratum_NAME.
func nameStrata(f *frame, columns []*series, names []string) {
	taken := map[string]bool{}
	for _, s := range f.columns {
		taken[s.name] = true
	}
	for i, s := range columns {
		name := names[i]
		for taken[name] {
			name = "stratum_" + name
		}
		taken[name] = true
		s.name = name
	}
}

// overlaps is a description as one tidy table: a row per list, then a row per pair of lists.
func overlaps(r estimators.Results) *frame {
	d, lists := r.Description, encoder{len(r.Data.Lists), r.Data.Lists}
	f := &frame{}
	what, a, b := f.column("what", text), f.column("list", text), f.column("other", text)
	persons, only, shared, share := f.column("persons", whole), f.column("only", whole), f.column("shared", whole), f.column("share_of_observed", real)
	expected, odds := f.column("expected", real), f.column("odds_ratio", real)
	population, se, lower, upper, level, interval := f.column("population", real), f.column("se", real), f.column("lower", real), f.column("upper", real), f.column("level", real), f.column("interval", text)
	status, reason := f.column("status", text), f.column("reason", text)
	warnings, of := f.column("warnings", text), originColumns(f, r.Data)
	end := func(about func(estimators.Warning) bool) {
		if codes := codesOf(slices.DeleteFunc(slices.Clone(d.Warnings), func(w estimators.Warning) bool { return !about(w) })); codes != "" {
			warnings.putText(codes)
		}
		of.put(r.Data)
		f.end()
	}
	for _, l := range d.Lists {
		what.putText("list")
		a.putText(l.Name)
		persons.putWhole(l.Total)
		only.putWhole(l.Only)
		shared.putWhole(l.Shared)
		share.putReal(l.Of)
		end(func(w estimators.Warning) bool { return len(w.Lists) == 1 && w.Lists[0] == l.Name })
	}
	for _, p := range d.Pairs {
		what.putText("pair")
		a.putText(lists.list(p.A))
		b.putText(lists.list(p.B))
		persons.putWhole(p.Both)
		expected.putReal(p.Expected)
		if p.HasOdds {
			odds.putReal(p.OddsRatio)
		}
		if p.Status != estimators.Refused {
			population.putReal(p.Population)
			se.putReal(p.SE)
			lower.putReal(p.Interval.Lower)
			if !p.Interval.Unbounded() {
				upper.putReal(p.Interval.Upper)
			}
			level.putReal(p.Interval.Level)
			interval.putText(string(p.Interval.Kind))
		}
		status.putText(string(p.Status))
		if p.Reason != nil {
			reason.putText(p.Reason.Code)
		}
		both := []string{lists.list(p.A), lists.list(p.B)}
		end(func(w estimators.Warning) bool { return slices.Equal(w.Lists, both) })
	}
	return f
}
