package incomplete

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// Incomplete estimates a population from a table with partially observed covariates.
type Incomplete struct {
	Model      *Model      // nil: that of [Pairs]
	Absence    Absence     // "": MissingByDesign
	OddsRatios []OddsRatio // assumed, of terms the model leaves out
	Ridge      Ridge       // penalises coefficients; the zero value does not
	Levels     []float64   // of the intervals; empty: 0.95
	// Interval is LogNormal (the zero value), Wald, or with a bootstrap Percentile (then the zero value).
	Interval  estimators.IntervalKind
	Bootstrap *Bootstrap // nil: none
	// By are the groups whose totals are asked for, each a combination of covariates that the model has as a term; empty: the levels of each covariate.
	By [][]string
}

var _ estimators.Estimator = Incomplete{}

// Name is "incomplete".
func (Incomplete) Name() string { return "incomplete" }

// Kinds are the kinds of interval of this package, the default first.
func Kinds() []estimators.IntervalKind {
	return []estimators.IntervalKind{estimators.LogNormal, estimators.Wald, estimators.Percentile}
}

const (
	fewAgain  = 7     // people on two lists, below which the estimate is warned about
	fewOfTerm = 5     // people on two lists with a level recorded
	poorFit   = 0.01  // p-value of the deviance
	enough    = 500   // replicates
	mostCells = 20000 // of the complete table that an estimate carries
)

func (o Incomplete) kind() (estimators.IntervalKind, error) {
	kind := o.Interval
	if kind == "" {
		kind = estimators.LogNormal
		if o.Bootstrap != nil {
			kind = estimators.Percentile
		}
	}
	switch {
	case !slices.Contains(Kinds(), kind):
		return kind, fmt.Errorf("there is no %s interval here; choose one of %v", kind, Kinds())
	case kind == estimators.Percentile && o.Bootstrap == nil:
		return kind, errors.New("a percentile interval needs bootstrap replicates")
	}
	return kind, nil
}

// Estimate fits the model to the table with its covariates, which are not collapsed over. The totals of groups have intervals for the people there are (sizes
// fixed: log-normal or Wald) and, after these, for a number that would differ in a repetition with other people (sizes random: log-normal
// of the Poisson mean, or bootstrap percentiles).
func (o Incomplete) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	e, _, err := o.estimate(ctx, t)
	return e, err
}

func (o Incomplete) estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, *Replicates, error) {
	kind, err := o.kind()
	if err != nil {
		return estimators.Estimate{}, nil, err
	}
	levels := (estimators.Options{Levels: o.Levels}).LevelsOr95()
	for _, l := range levels {
		if !(l > 0 && l < 1) {
			return estimators.Estimate{}, nil, fmt.Errorf("the level of an interval is %v, not between 0 and 1", l)
		}
	}
	e := estimators.Estimate{Method: o.Name(), Observed: t.Observed(), Status: estimators.OK}
	if o.Model != nil {
		e.Model = o.Model.String()
	}
	f, err := o.Fit(ctx, t)
	if err != nil {
		return e, nil, err
	}
	// Beyond this the number is arithmetic about a fit at the edge of having none.
	if !(f.Population < float64(estimators.MaxObserved)) || !(f.SE < float64(estimators.MaxObserved)) {
		return e, nil, estimators.Refuse("unbounded", "the estimate is too large to mean anything")
	}
	e.Model, e.Population, e.Hidden, e.SE, e.HasSE = f.Model, f.Population, f.Hidden, f.SE, true
	e.Coefficients, e.Residuals = slices.Clone(f.Coefficients), f.residuals()
	var df int
	e.Fit, df = f.statistics()
	by := o.By
	if len(by) == 0 {
		for _, c := range f.p.covariates {
			if len(c.Levels) > 1 {
				by = append(by, []string{c.Name})
			}
		}
	}
	var r *Replicates
	if o.Bootstrap != nil {
		if r, err = f.Bootstrap(ctx, *o.Bootstrap, by...); err != nil {
			return e, nil, err
		}
		e.Bootstrap = r.resampling()
	}
	n := float64(f.Observed)
	for _, level := range levels {
		i := estimators.Interval{Kind: kind, Level: level}
		if kind == estimators.Percentile {
			i.Lower, i.Upper = limits(r.Populations(), level)
			if math.IsInf(i.Lower, 1) {
				i.Lower = n
			}
		} else {
			i = analytic(kind, level, n, f.Population, f.SE)
		}
		i.Lower = math.Max(i.Lower, n)
		i.Upper = math.Max(i.Upper, i.Lower)
		e.Intervals = append(e.Intervals, i)
	}
	for g, names := range by {
		group, err := f.grouping(names, kind, levels, r, g)
		if err != nil {
			return e, nil, err
		}
		e.Groups = append(e.Groups, group)
	}
	f.completed(&e)
	o.notes(&e, f)
	f.warn(&e, df, r)
	return e, r, nil
}

// analytic is N ± z·SE, or log-normal in what lies above the number certain: certain + rest/C to certain + rest·C, C = exp(z·√log(1 + SE²/rest²)).
func analytic(kind estimators.IntervalKind, level, certain, population, se float64) estimators.Interval {
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	i := estimators.Interval{Kind: kind, Level: level, Lower: math.Max(certain, population-z*se), Upper: population + z*se}
	if rest := population - certain; kind != estimators.Wald {
		i.Lower, i.Upper = certain, certain
		if rest > 0 {
			c := math.Exp(z * math.Sqrt(math.Log1p(se*se/(rest*rest))))
			i.Lower, i.Upper = certain+rest/c, certain+rest*c
		}
	}
	return i
}

func (f *Fit) grouping(names []string, kind estimators.IntervalKind, levels []float64, r *Replicates, g int) (estimators.Grouping, error) {
	strata, covariance, err := f.Strata(names...)
	if err != nil {
		return estimators.Grouping{}, err
	}
	fixed := kind
	if fixed == estimators.Percentile {
		fixed = estimators.LogNormal
	}
	out := estimators.Grouping{By: slices.Clone(names), Covariance: covariance}
	for k, s := range strata {
		total := estimators.Subtotal{Stratum: s.Labels, Observed: s.Recorded, Unrecorded: s.Unrecorded, Hidden: s.Hidden, Population: s.Population, SE: s.SE}
		for _, level := range levels {
			i := analytic(fixed, level, float64(s.Recorded), s.Population, s.SE)
			if f.noneHidden(total) {
				i.Upper = math.Inf(1) // a standard error of what is held at 0 says nothing
			}
			total.Intervals = append(total.Intervals, i)
		}
		for _, level := range levels {
			if r != nil {
				i := estimators.Interval{Kind: estimators.Percentile, Level: level}
				if i.Lower, i.Upper = limits(r.Group(g, k), level); math.IsInf(i.Lower, 1) {
					i.Lower = 0
				}
				total.Intervals = append(total.Intervals, i)
				continue
			}
			i := analytic(estimators.LogNormal, level, 0, s.Population, s.SEPoisson)
			i.Kind = estimators.RandomSize
			total.Intervals = append(total.Intervals, i)
		}
		out.Totals = append(out.Totals, total)
	}
	return out, nil
}

// noneHidden reports whether nobody of a group is hidden only because cells are empty.
func (f *Fit) noneHidden(t estimators.Subtotal) bool {
	return t.Hidden == 0 && len(f.state.face.without) > 0
}

// completed carries the complete table over, unless it is so large that nobody would read it.
func (f *Fit) completed(e *estimators.Estimate) {
	cells := f.Cells()
	if len(cells) > mostCells {
		e.Notes = append(e.Notes, fmt.Sprintf("the complete table of %s cells is left out of the output", estimators.People(float64(len(cells)))))
		return
	}
	for _, c := range cells {
		out := estimators.Completed{Pattern: c.Pattern, Hidden: c.Hidden, Expected: c.Expected, Fitted: c.Fitted}
		for j, l := range c.Levels {
			out.Levels = append(out.Levels, estimators.Label{Name: f.p.covariates[j].Name, Level: l})
		}
		e.Completed = append(e.Completed, out)
	}
}

func (o Incomplete) notes(e *estimators.Estimate, f *Fit) {
	if o.Model == nil {
		e.Notes = append(e.Notes, "the model has every pair of lists and covariates that the rows determine")
	}
	if len(e.Groups) > 0 {
		e.Notes = append(e.Notes, "total of a group: with its size fixed the interval is about the people there are; with its size random also about others who could have been there in their place")
	}
	if at := wider(e); len(at) > 0 {
		e.Notes = append(e.Notes, fmt.Sprintf("with its size fixed the limits of %s reach further than with its size random: they come from a standard error so large that they are rough, and do not know how far the rows bound the group", strings.Join(at, ", ")))
	}
	for _, r := range o.OddsRatios {
		e.Notes = append(e.Notes, fmt.Sprintf("the odds ratio of %s is assumed to be %.4g", strings.Join(r.Of, " and "), r.Value))
		if lists := f.p.table.Lists(); len(lists) == 2 && len(r.Of) == 2 && slices.Contains(r.Of, lists[0]) && slices.Contains(r.Of, lists[1]) {
			e.OddsRatio = r.Value
		}
	}
	if o.Ridge.Lambda > 0 {
		e.Notes = append(e.Notes, fmt.Sprintf("fitted with a ridge penalty of %g on %s; %.2f effective parameters, which AIC and BIC count", o.Ridge.Lambda, o.Ridge.what(), f.effective()))
	}
	absent := map[estimators.Pattern]bool{}
	for i := range f.p.cells {
		c := &f.p.cells[i]
		if gone := c.pattern &^ c.seen; gone.Size() == 1 && !absent[gone] {
			absent[gone] = true
			e.Notes = append(e.Notes, fmt.Sprintf("where %s did not run, people whom it alone would have held are among those not seen", gone.Join(f.p.table.Lists(), "")))
		}
	}
	slices.Sort(e.Notes)
}

// wider are the groups whose first interval, with their size fixed, reaches above the one with their size random. That of a size that is fixed is the narrower one
// wherever both are good approximations.
func wider(e *estimators.Estimate) []string {
	var out []string
	for _, g := range e.Groups {
		for _, t := range g.Totals {
			half := len(t.Intervals) / 2
			if half == 0 || math.IsInf(t.Intervals[0].Upper, 1) || t.Intervals[0].Upper <= 1.1*t.Intervals[half].Upper {
				continue
			}
			var at []string
			for _, l := range t.Stratum {
				at = append(at, l.Name+"="+l.Level)
			}
			out = append(out, strings.Join(at, " and "))
		}
	}
	return out
}

// residuals compare the people of each pattern with those fitted.
func (f *Fit) residuals() []estimators.Residual {
	observed, fitted := map[estimators.Pattern]float64{}, map[estimators.Pattern]float64{}
	var patterns []estimators.Pattern
	for i := range f.p.cells {
		c := &f.p.cells[i]
		if c.seen == 0 || c.impossible {
			continue
		}
		if _, ok := fitted[c.seen]; !ok {
			patterns = append(patterns, c.seen)
		}
		fitted[c.seen] += f.state.mu[i]
	}
	for i, r := range f.p.rows {
		observed[r.pattern] += f.state.counts[i]
	}
	slices.Sort(patterns)
	var out []estimators.Residual
	for _, w := range patterns {
		n, mu := observed[w], fitted[w]
		r := estimators.Residual{Pattern: w, Observed: int64(n), Fitted: mu, Removed: mu == 0}
		if mu > 0 {
			d := 2 * (mu - n)
			if n > 0 {
				d = 2 * (n*math.Log(n/mu) - n + mu)
			}
			r.Deviance = math.Copysign(math.Sqrt(math.Max(0, d)), n-mu)
			r.Pearson = (n - mu) / math.Sqrt(mu)
		}
		out = append(out, r)
	}
	return out
}

func (f *Fit) warn(e *estimators.Estimate, df int, r *Replicates) {
	if len(f.Lesser) > 0 {
		var at []string
		for _, n := range f.Lesser {
			at = append(at, estimators.People(n))
		}
		e.Warn(estimators.Warning{Code: "other-maximum", Text: fmt.Sprintf("EM also comes to rest at %s people, which fits less well", strings.Join(at, " and at "))})
	}
	again := 0.0
	for i, row := range f.p.rows {
		if row.pattern.Size() > 1 {
			again += f.state.counts[i]
		}
	}
	if again < fewAgain {
		e.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("only %s on two lists or more", map[bool]string{true: "1 person is", false: estimators.People(again) + " people are"}[again == 1])})
	}
	for j, c := range f.p.covariates {
		known, linked := 0.0, make([]float64, len(c.Levels))
		for i, row := range f.p.rows {
			if row.levels[j] >= 0 {
				known += f.state.counts[i]
				if row.pattern.Size() > 1 {
					linked[row.levels[j]] += f.state.counts[i]
				}
			}
		}
		if share := known / f.p.total; share < 0.5 {
			e.Warn(estimators.Warning{Code: "mostly-unrecorded", Text: fmt.Sprintf("%s is recorded for %.0f%% of the people seen; for the others it follows from the model", c.Name, 100*share)})
		}
		for l, n := range linked {
			if n < fewOfTerm && again >= fewAgain && len(c.Levels) > 1 {
				e.Warn(estimators.Warning{Code: "term-on-few-people", Text: fmt.Sprintf("%s=%s rests on %s who are on two lists and of whom it is recorded", c.Name, c.Levels[l], estimators.Persons(n))})
			}
		}
	}
	if _, infinite := f.Parameters(); infinite > 0 {
		var at []string
		for _, c := range f.Coefficients {
			if math.IsInf(c.Estimate, -1) {
				at = append(at, c.Name)
			}
		}
		text := fmt.Sprintf("%d of the parameters run to infinity, and some cells are fitted by 0", infinite)
		if len(at) > 0 && len(at) <= 5 {
			text = "nobody is known to be where these terms need people, and the model takes that at face value: " + strings.Join(at, ", ")
		}
		e.Warn(estimators.Warning{Code: "boundary", Text: text})
	}
	if s := e.Fit; s.HasGoodnessOfFit && s.GoodnessOfFit < poorFit {
		text := fmt.Sprintf("deviance %.1f on %d degrees of freedom (p %s)", s.Deviance, df, probability(s.GoodnessOfFit))
		if df != s.DF {
			text += ", without the cells that the model can only fit by zero"
		}
		e.Warn(estimators.Warning{Code: "poor-fit", Text: text})
	}
	if r != nil {
		if r.Failed > 0 {
			var why []string
			for _, w := range r.Why {
				why = append(why, fmt.Sprintf("%s in %d", w.Model, w.Count))
			}
			e.Warn(estimators.Warning{Code: "unestimable-replicates", Text: fmt.Sprintf("%d of %d bootstrap replicates have no estimate (%s)", r.Failed, len(r.Seen), strings.Join(why, ", "))})
		}
		if len(r.Seen) < enough {
			e.Warn(estimators.Warning{Code: "few-replicates", Text: fmt.Sprintf("%d bootstrap replicates", len(r.Seen))})
		}
	}
	unbounded := slices.ContainsFunc(e.Intervals, estimators.Interval.Unbounded)
	for _, g := range e.Groups {
		for _, t := range g.Totals {
			limited := t.Intervals
			if f.noneHidden(t) {
				limited = limited[len(e.Intervals):] // zero-hidden says so
			}
			unbounded = unbounded || slices.ContainsFunc(limited, estimators.Interval.Unbounded)
		}
	}
	switch i := e.Intervals[0]; {
	case unbounded:
		e.Warn(estimators.Warning{Code: "unbounded-upper", Text: fmt.Sprintf("some %s interval has no upper limit", i.Kind)})
	case i.Upper > 10*i.Lower:
		e.Warn(estimators.Warning{Code: "wide-interval", Text: "the interval runs from " + i.Range()})
	}
	for _, g := range e.Groups {
		for _, t := range g.Totals {
			if f.noneHidden(t) {
				var at []string
				for _, l := range t.Stratum {
					at = append(at, l.Name+"="+l.Level)
				}
				e.Warn(estimators.Warning{Code: "zero-hidden", Text: fmt.Sprintf("the model can only say that nobody with %s is hidden, because cells are empty: its size has no upper limit", strings.Join(at, " and "))})
			}
		}
	}
	if e.Hidden < 0.5 {
		e.Warn(estimators.Warning{Code: "zero-hidden", Text: "the model says that nobody is hidden"})
	}
}

func probability(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("= %.3f", p)
}
