package tableio

import (
	"math"
	"slices"

	"darkfigure/estimators"
)

// tidy is one row per estimate, or per model.
func tidy(r estimators.Results) *frame {
	estimates, models := r.Estimates, r.Models != nil
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
			if v, low, high, ok := e.Visibility(); ok {
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
		f.end()
	}
	return f
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
	for _, l := range d.Lists {
		what.putText("list")
		a.putText(l.Name)
		persons.putWhole(l.Total)
		only.putWhole(l.Only)
		shared.putWhole(l.Shared)
		share.putReal(l.Of)
		f.end()
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
		f.end()
	}
	return f
}
