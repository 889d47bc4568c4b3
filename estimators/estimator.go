package estimators

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// An Estimator estimates the size of the population behind a table. Its value
// holds the options; the zero value of every option is its documented default.
//
// Estimate collapses the table over its covariates. It returns a [*Refusal] when
// the table cannot be estimated by this method, the error of the context when that
// was cancelled, and any other error only when something went wrong. It does not change
// the table, and the same options and table give the same answer.
type Estimator interface {
	Name() string // as in "chapman"
	Estimate(ctx context.Context, t *Table) (Estimate, error)
}

// Run asks an estimator and turns a refusal into an estimate of status Refused with
// its reason, so that it can stand in a table next to the others. It also holds
// every estimator to what is promised to readers: finite, and never below what was observed.
func Run(ctx context.Context, e Estimator, t *Table) (Estimate, error) {
	est, err := e.Estimate(ctx, t)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return Estimate{Method: e.Name(), Model: est.Model, Observed: t.Observed(), Status: Refused, Reason: refusal, Selection: est.Selection}, nil
	case err != nil:
		return Estimate{}, fmt.Errorf("%s: %w", e.Name(), err)
	}
	if math.IsNaN(est.Population) || math.IsInf(est.Population, 0) || math.IsNaN(est.SE) || math.IsInf(est.SE, 0) {
		return Estimate{}, fmt.Errorf("%s: internal error: the estimate is not finite (N = %v, SE = %v)", e.Name(), est.Population, est.SE)
	}
	if est.Population < float64(est.Observed)*(1-1e-12) {
		return Estimate{}, fmt.Errorf("%s: internal error: the estimate %v lies below the %d observed", e.Name(), est.Population, est.Observed)
	}
	for _, i := range est.Intervals {
		if math.IsNaN(i.Lower) || math.IsNaN(i.Upper) || math.IsInf(i.Lower, 0) || i.Lower > i.Upper || i.Lower < float64(est.Observed)*(1-1e-12) {
			return Estimate{}, fmt.Errorf("%s: internal error: the %s interval %v to %v is not an interval above the %d observed", e.Name(), i.Kind, i.Lower, i.Upper, est.Observed)
		}
	}
	if est.Status == "" {
		est.Status = OK
	}
	est.WarnFew()
	return est, nil
}

// fewPersons is the number of people seen below which every estimate is warned about.
const fewPersons = 20

// WarnFew adds the warning few-persons to an estimate from fewer than 20 people that does not have it.
// [Run] does so for every method.
func (e *Estimate) WarnFew() {
	if e.Status == Refused || e.Observed >= fewPersons || slices.ContainsFunc(e.Warnings, func(w Warning) bool { return w.Code == "few-persons" }) {
		return
	}
	verb := "were"
	if e.Observed == 1 {
		verb = "was"
	}
	e.Warn(Warning{Code: "few-persons", Text: fmt.Sprintf("only %s %s seen", Persons(float64(e.Observed)), verb)})
}

// A Method describes an estimator to a reader who has to decide whether to use it.
type Method struct {
	Name       string   // as given to --method
	Title      string   // as printed, for example "Chapman"
	Family     string   // heading under which methods are grouped
	Estimates  string   // what it estimates, in one sentence
	Assumes    []string // what must be true
	Distrust   []string // when not to trust it
	References []string
	MinLists   int
	MaxLists   int  // 0: no limit
	LowerBound bool // it estimates "at least"
	New        func(Options) Estimator
}

// Options are those options of a run that every method understands.
type Options struct {
	Levels  []float64    // levels of intervals, the headline first; empty: 0.95
	Kind    IntervalKind // the kind of interval asked for; "": the method's default
	Seed    uint64
	Workers int // goroutines; 0: as many as there are processors. Never changes an answer
}

// LevelsOr95 returns the levels, or {0.95} when none were given.
func (o Options) LevelsOr95() []float64 {
	if len(o.Levels) == 0 {
		return []float64{0.95}
	}
	return o.Levels
}
