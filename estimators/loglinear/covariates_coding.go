package loglinear

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"darkfigure/estimators"
)

func defaultWorkers() int { return runtime.GOMAXPROCS(0) }

// compareCodings repeats the estimate with each other coding that was asked for, says what both give, and warns when they disagree on
// whether the population grew from the first level to the last.
func (e Joint) compareCodings(ctx context.Context, t *estimators.Table, f *jointFit, est *estimators.Estimate) error {
	for _, other := range e.Versus {
		alternative := e
		alternative.Versus, alternative.Bootstrap, alternative.choiceAlone = nil, nil, true
		if e.Bootstrap != nil {
			alternative.Bootstrap = &Bootstrap{Workers: e.Bootstrap.Workers}
		}
		alternative.Trends = slices.DeleteFunc(slices.Clone(e.Trends), func(t Trend) bool { return t.Covariate == other.Covariate })
		if other.Degree > 0 {
			alternative.Trends = append(alternative.Trends, other)
		}
		j := slices.IndexFunc(f.problem.covariates, func(c estimators.Covariate) bool { return c.Name == other.Covariate })
		if j < 0 {
			return fmt.Errorf("%s is not a covariate of the model", other.Covariate)
		}
		g, err := alternative.fit(ctx, t)
		var refusal *estimators.Refusal
		if errors.As(err, &refusal) {
			est.Notes = append(est.Notes, fmt.Sprintf("with %s %s there is no estimate: %s", other.Covariate, coding(other.Degree), refusal.Text))
			continue
		}
		if err != nil {
			return err
		}
		one, two := f.grouping([]int{j}, nil), g.grouping([]int{j}, nil)
		for _, p := range []*crossProblem{f.problem, g.problem} { // one of them has the polynomial
			p.inOrder(j, &one)
			p.inOrder(j, &two)
		}
		est.Notes = append(est.Notes, fmt.Sprintf("%s %s: %s; %s: %s", other.Covariate, coding(f.problem.trends[j]), f.coded(e.criterion(), one), coding(other.Degree), g.coded(e.criterion(), two)))
		last := len(one.Totals) - 1
		if up(one) != up(two) {
			est.Warn(estimators.Warning{Code: "codings-disagree", Text: fmt.Sprintf("from %s %s to %s the estimate goes from %s to %s with %s %s, and from %s to %s with it %s", other.Covariate,
				one.Totals[0].Stratum[0].Level, one.Totals[last].Stratum[0].Level,
				estimators.People(one.Totals[0].Population), estimators.People(one.Totals[last].Population), other.Covariate, coding(f.problem.trends[j]),
				estimators.People(two.Totals[0].Population), estimators.People(two.Totals[last].Population), coding(other.Degree))})
		}
	}
	return nil
}

func up(g estimators.Grouping) bool {
	return g.Totals[len(g.Totals)-1].Population > g.Totals[0].Population
}

func coding(degree int) string {
	if degree == 0 {
		return "as a factor"
	}
	return fmt.Sprintf("as a polynomial of degree %d", degree)
}

// coded is what one coding gives: the criterion, the total, and the levels.
func (f *jointFit) coded(c Criterion, g estimators.Grouping) string {
	value := f.crossFit.fit.BIC
	switch c {
	case AIC:
		value = f.crossFit.fit.AIC
	case AICc:
		value = f.crossFit.fit.AICc
	}
	n := 0.0
	var parts []string
	for _, s := range g.Totals {
		n += s.Population
		parts = append(parts, s.Stratum[0].Level+": "+estimators.People(s.Population))
	}
	return fmt.Sprintf("%s %.1f, N %s (%s)", criterionName(c), value, estimators.People(n), strings.Join(parts, "; "))
}
