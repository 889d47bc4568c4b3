package truncated

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Repeats estimates a population from one register with repeat contacts: a model with its intervals.
type Repeats struct {
	Model  Model
	Levels []float64 // empty: 0.95
	// Interval is LogNormal (the zero value), Wald, or with a bootstrap Percentile (then the zero value), Basic, Bootstrap or BootWald.
	Interval  estimators.IntervalKind
	Bootstrap *Bootstrap // nil: none
	// Diagnostics adds how often people were seen beside what the model expects, and the people who matter most.
	Diagnostics bool
	// By are the groups whose totals are asked for, each a combination of covariates; empty: the levels of each factor in the formula.
	By [][]string
}

var (
	analytic  = []estimators.IntervalKind{estimators.LogNormal, estimators.Wald}
	resampled = []estimators.IntervalKind{estimators.Percentile, estimators.Basic, estimators.Bootstrap, estimators.BootWald}
)

// Kinds are the kinds of interval of this package.
func Kinds() []estimators.IntervalKind { return slices.Concat(analytic, resampled) }

const (
	fewRepeats = 7    // people seen again, below which the estimate is warned about
	fewOfLevel = 5    // people of one level seen again
	enough     = 500  // replicates
	doubt      = 0.01 // p below which the tests of the model warn
)

// Estimate fits the model and reduces it to what all methods share. A refusal is returned as an estimate of that status; other
// errors are those of [Model.Fit].
func (r Repeats) Estimate(ctx context.Context, d *Data) (estimators.Estimate, error) {
	kind := r.Interval
	if kind == "" {
		kind = estimators.LogNormal
		if r.Bootstrap != nil {
			kind = estimators.Percentile
		}
	}
	switch {
	case slices.Contains(analytic, kind):
	case !slices.Contains(resampled, kind):
		return estimators.Estimate{}, fmt.Errorf("there is no %s interval here; choose one of %v", kind, Kinds())
	case r.Bootstrap == nil:
		return estimators.Estimate{}, fmt.Errorf("a %s interval needs bootstrap replicates", kind)
	}
	e := estimators.Estimate{Method: r.Model.Family.Name(), Model: r.Model.formulas(), Observed: d.Observed(), LowerBound: r.Model.Family.LowerBound()}
	f, err := r.Model.Fit(ctx, d)
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		e.Status, e.Reason = estimators.Refused, refusal
		return e, nil
	}
	if err != nil {
		return e, err
	}
	total := f.Population()
	// Beyond this the number is arithmetic about a fit at the edge of having none.
	if !(total.Population < float64(estimators.MaxObserved)) || !(total.SE < float64(estimators.MaxObserved)) {
		e.Status, e.Reason = estimators.Refused, estimators.Refuse("unbounded", "the estimate is too large to mean anything: somebody like some of those seen is hardly ever seen")
		return e, nil
	}
	e.Status = estimators.OK
	e.Population, e.Hidden, e.SE, e.HasSE = total.Population, math.Max(0, total.Hidden()), total.SE, true
	e.Coefficients = slices.Clone(f.Coefficients)
	e.Fit = f.statistics()
	levels := (estimators.Options{Levels: r.Levels}).LevelsOr95()
	by := r.By
	if len(by) == 0 {
		for _, v := range f.designs[0].Factors {
			by = append(by, []string{v.Name})
		}
	}
	var replicates *Replicates
	if r.Bootstrap != nil {
		b := *r.Bootstrap
		b.By = by
		if replicates, err = f.Bootstrap(ctx, b); err != nil {
			return e, err
		}
		e.Bootstrap = replicates.resampling()
	}
	for _, level := range levels {
		var i estimators.Interval
		if slices.Contains(analytic, kind) {
			i, err = total.Interval(kind, level)
		} else {
			i, err = replicates.Interval(total, kind, level)
		}
		if err != nil {
			return e, err
		}
		e.Intervals = append(e.Intervals, i)
	}
	if err := groups(&e, f, by, replicates, kind, levels); err != nil {
		return e, err
	}
	if r.Diagnostics {
		e.Contacts = f.contacts()
	}
	r.warn(&e, f, replicates)
	if err := r.test(ctx, &e, f); err != nil {
		return e, err
	}
	e.WarnFew()
	return e, nil
}

// formulas are the model without its family.
func (m Model) formulas() string { return m.String()[len(m.Family.Name())+1:] }

// statistics are conditional on the people in the fit. DF is their number less the parameters; BIC takes the logarithm of
// the number of all people observed.
func (f *Fit) statistics() *estimators.Fit {
	k := float64(f.parameters())
	people := 0.0
	out := &estimators.Fit{Parameters: f.parameters(), LogLik: f.LogLik}
	for _, c := range f.Coefficients {
		if math.IsInf(c.Estimate, -1) {
			out.MinusInfinity++
		}
	}
	for _, c := range f.Cases() {
		n := float64(c.Count)
		people += n
		out.Deviance += n * c.Deviance * c.Deviance
		out.Pearson += n * c.Pearson * c.Pearson
	}
	out.DF = int(people - k)
	out.AIC = -2*f.LogLik + 2*k
	out.BIC = -2*f.LogLik + k*math.Log(float64(f.data.observed))
	if rest := people - k - 1; rest > 0 {
		out.AICc = out.AIC + 2*k*(k+1)/rest
	} else {
		out.AICcUndefined = true
	}
	return out
}

// groups adds subgroup totals, whose intervals are of the same kind as that of the total, by the same replicates.
func groups(e *estimators.Estimate, f *Fit, by [][]string, replicates *Replicates, kind estimators.IntervalKind, levels []float64) error {
	for j, names := range by {
		totals, covariance, err := f.Totals(names...)
		if err != nil {
			return err
		}
		g := estimators.Grouping{By: names, Covariance: covariance}
		for k, t := range totals {
			s := estimators.Subtotal{Stratum: t.Stratum, Observed: t.Observed, Hidden: math.Max(0, t.Hidden()), Population: t.Population, SE: t.SE}
			for _, level := range levels {
				var i estimators.Interval
				if slices.Contains(analytic, kind) {
					i, err = t.Interval(kind, level)
				} else {
					i, err = replicates.Groups[j][k].Interval(t, kind, level)
				}
				if err != nil {
					return err
				}
				s.Intervals = append(s.Intervals, i)
			}
			g.Totals = append(g.Totals, s)
		}
		e.Groups = append(e.Groups, g)
	}
	return nil
}

func (r Repeats) warn(e *estimators.Estimate, f *Fit, replicates *Replicates) {
	d := f.data
	repeats := d.repeats()
	if repeats < fewRepeats {
		e.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("only %s seen more than once", were(repeats))})
	}
	if least := d.leastOnce(); d.Frequencies()[1] == 0 && least >= leastExpected {
		e.Warn(estimators.Warning{Code: "nobody-seen-once", Text: fmt.Sprintf("nobody was seen exactly once, where %s and more are expected beside those seen twice and three times", estimators.Persons(math.Round(least)))})
	}
	for _, v := range f.designs[0].Factors {
		c := d.columns[slices.Index(d.names, v.Name)]
		for l, level := range c.Levels {
			again, people := 0.0, 0.0
			for g := range d.Groups() {
				if c.Index[g] != l {
					continue
				}
				for i := d.start[g]; i < d.start[g+1]; i++ {
					people += d.counts[i]
					if d.captures[i] > 1 {
						again += d.counts[i]
					}
				}
			}
			if again < fewOfLevel && repeats >= fewRepeats {
				e.Warn(estimators.Warning{Code: "term-on-few-people", Text: fmt.Sprintf("%s=%s rests on %s seen more than once among %s", v.Name, level, estimators.Persons(again), estimators.People(people))})
			}
		}
	}
	if f.Reduced != nil {
		e.Warn(estimators.Warning{Code: "family-at-limit", Text: fmt.Sprintf("%s fits no better than %s, whose estimate this is", f.Model.Family.Name(), f.Reduced.Name())})
	}
	if replicates != nil {
		if replicates.Failed > 0 {
			e.Warn(estimators.Warning{Code: "unestimable-replicates", Text: fmt.Sprintf("%d of %d bootstrap replicates have no estimate", replicates.Failed, len(replicates.Values))})
		}
		if len(replicates.Values) < enough {
			e.Warn(estimators.Warning{Code: "few-replicates", Text: fmt.Sprintf("%d bootstrap replicates", len(replicates.Values))})
		}
	}
	if i := e.Intervals[0]; i.Unbounded() {
		e.Warn(estimators.Warning{Code: "unbounded-upper", Text: fmt.Sprintf("the %s interval has no upper limit", i.Kind)})
	} else if i.Upper > 10*i.Lower {
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	if e.Hidden < 0.5 {
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: "the model says that nobody is hidden"})
	}
}

func were(n int64) string {
	if n == 1 {
		return "1 person was"
	}
	return estimators.People(float64(n)) + " people were"
}

// test adds what the data say against a zero-truncated family.
func (r Repeats) test(ctx context.Context, e *estimators.Estimate, f *Fit) error {
	if f.Reduced != nil {
		return nil
	}
	family := f.Model.Family
	if family == (Family{zeroTruncated, poisson}) {
		if t, err := f.Overdispersion(); err == nil {
			e.Notes = append(e.Notes, fmt.Sprintf("overdispersion (Lagrange multiplier): z = %s, one-sided p %s", strings.Replace(fmt.Sprintf("%.2f", t.Statistic), "-", "−", 1), probability(t.P)))
			if t.P < doubt {
				e.Warn(estimators.Warning{Code: "overdispersion", Text: fmt.Sprintf("contacts vary more between people alike than the model allows (z = %.1f): it gives too few people, if nothing else is wrong", t.Statistic)})
			}
			if 1-t.P < doubt {
				e.Warn(estimators.Warning{Code: "underdispersion", Text: fmt.Sprintf("contacts vary less between people alike than the model allows (z = −%.1f)", -t.Statistic)})
			}
		}
	}
	if family.form == zeroTruncated && family.law != negbin {
		t, other, err := f.OneInflation(ctx)
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			return nil
		case err != nil:
			return err
		}
		e.Notes = append(e.Notes, fmt.Sprintf("one-inflation (likelihood ratio): %.2f, p %s", t.Statistic, probability(t.P)))
		if t.P < doubt {
			e.Warn(estimators.Warning{Code: "one-inflation", Text: fmt.Sprintf("more people were seen exactly once than the model expects; if some never come back by nature, %s gives %s", other.Model.Family.Name(), estimators.Persons(other.Population().Population))})
		}
	}
	return nil
}

func probability(p float64) string {
	switch {
	case p < 0.001:
		return "< 0.001"
	case p > 0.999:
		return "> 0.999"
	}
	return fmt.Sprintf("= %.3f", p)
}
