package sensitivity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/resample"
)

// A Plan is a list that there is not yet.
type Plan struct {
	Coverage float64 // share of the population that it would hold
	With     string  // the list it depends on; "": none
	Odds     float64 // odds ratio of being on it and on that list; 0: 1
}

// DefaultPlans is one independent list that reaches a tenth of the population.
func DefaultPlans() []Plan { return []Plan{{Coverage: 0.1}} }

// PlanReplicates is the number of tables that are simulated of a planned list.
const PlanReplicates = 200

func (p Plan) check(lists []string) error {
	switch {
	case !(p.Coverage > 0 && p.Coverage < 1):
		return fmt.Errorf("a planned list that holds a share of %g of the population: the share must lie between 0 and 1", p.Coverage)
	case p.With != "" && !slices.Contains(lists, p.With):
		return fmt.Errorf("a planned list that depends on %q, which is not one of the lists", p.With)
	case p.Odds != 0 && !(p.Odds >= 1e-3 && p.Odds <= 1e3):
		return fmt.Errorf("a planned list with the odds ratio %g: it must lie between a thousandth and a thousand", p.Odds)
	case p.With == "" && p.Odds != 0 && p.Odds != 1:
		return fmt.Errorf("a planned list with an odds ratio of %g, but not with which list", p.Odds)
	}
	return nil
}

// planned simulates what each planned list would do.
func (r *run) planned() {
	if len(r.Planned) == 0 {
		return
	}
	if r.model == nil {
		r.note("planned lists are not simulated: that needs a log-linear model %s", r.modelless())
		return
	}
	if r.table.K() >= 12 {
		r.note("planned lists are not simulated: there are %d lists", r.table.K())
		return
	}
	out, reasons := make([]*estimators.PlannedList, len(r.Planned)), make([]*estimators.Refusal, len(r.Planned))
	for i, p := range r.Planned {
		r.jobs = append(r.jobs, func(ctx context.Context) error {
			var err error
			out[i], reasons[i], err = simulatePlan(ctx, r.table, *r.model, p, PlanReplicates, r.Seed^uint64(i+1)<<32, r.Level)
			return err
		})
	}
	r.after = append(r.after, func() {
		for i, p := range out {
			if p != nil {
				r.out.Planned = append(r.out.Planned, *p)
			} else {
				r.note("a planned list is not simulated: %s", reasons[i].Text)
			}
		}
	})
}

// simulatePlan draws populations of the size of the fitted model, with the lists there are and the planned one, and estimates N by the model with and without
// it: the model is taken for right, and with the planned list has that as a main effect and, when it is dependent, its
// interaction with the list it depends on. People with pattern ω are on the planned list with probability logistic(a + log(odds)·[With ∈ ω]), a being such that it holds
// its share of everybody: that is the log-linear model just named.
func simulatePlan(ctx context.Context, t *estimators.Table, m loglinear.Model, p Plan, replicates int, seed uint64, level float64) (*estimators.PlannedList, *estimators.Refusal, error) {
	k := t.K()
	f, err := loglinear.Fit(t, m)
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		return nil, refusal, nil
	}
	if err != nil {
		return nil, nil, err
	}
	est, err := f.Estimate(ctx, "loglinear", estimators.LogNormal, []float64{level})
	if err != nil {
		return nil, nil, err
	}
	means := make([]float64, 1<<uint(k))
	means[0] = est.Hidden
	for _, x := range est.Residuals {
		means[x.Pattern] = x.Fitted
	}
	total := 0.0
	for _, mu := range means {
		total += mu
	}
	odds, with := p.Odds, -1
	if odds == 0 {
		odds = 1
	}
	if odds != 1 {
		with = slices.Index(t.Lists(), p.With)
	}
	on := func(a float64, w int) float64 {
		if with >= 0 && estimators.Pattern(w).Has(with) {
			a += math.Log(odds)
		}
		return 1 / (1 + math.Exp(-a))
	}
	low, high := -40.0, 40.0
	for range 200 { // the share held is increasing in a
		a, held := (low+high)/2, 0.0
		for w, mu := range means {
			held += mu * on(a, w)
		}
		if held < p.Coverage*total {
			low = a
		} else {
			high = a
		}
	}
	probabilities := make([]float64, 2<<uint(k))
	for w, mu := range means {
		q := on((low+high)/2, w)
		probabilities[w] = mu * (1 - q) / total
		probabilities[w|1<<uint(k)] = mu * q / total
	}
	terms := m.Terms()
	if with >= 0 {
		terms = append(terms, 1<<uint(with)|1<<uint(k))
	}
	larger, err := loglinear.NewModel(k+1, terms...)
	if err != nil {
		return nil, nil, err
	}
	planned := "planned"
	for slices.Contains(t.Lists(), planned) {
		planned += "'"
	}
	lists := append(t.Lists(), planned)
	var impossible []estimators.Cell
	for _, z := range t.StructuralZeros() {
		impossible = append(impossible, estimators.Cell{Pattern: z, StructuralZero: true}, estimators.Cell{Pattern: z | 1<<uint(k), StructuralZero: true})
	}
	out := &estimators.PlannedList{Coverage: p.Coverage, Odds: odds, Replicates: replicates}
	if with >= 0 {
		out.With = p.With
	}
	people := math.Round(total)
	out.People = people
	var before, after, widthBefore, widthAfter, ratio []float64
	counts := make([]int64, len(probabilities))
	for b := range replicates {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		resample.Multinomial(counts, int64(people), probabilities, resample.Stream(seed, uint64(b)))
		cells := slices.Clone(impossible)
		for w := 1; w < len(counts); w++ {
			if counts[w] > 0 {
				cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(w), Count: counts[w]})
			}
		}
		drawn, err := estimators.NewTable(lists, nil, cells)
		if err != nil {
			return nil, nil, err
		}
		x, okX, err := planInterval(drawn.Keep(estimators.FullPattern(k)), m, level)
		if err != nil {
			return nil, nil, err
		}
		y, okY, err := planInterval(drawn, larger, level)
		if err != nil {
			return nil, nil, err
		}
		if !okX || !okY {
			out.Failed++
			continue
		}
		before, after = append(before, x.population), append(after, y.population)
		wx, wy := math.Log(x.upper/x.lower), math.Log(y.upper/y.lower)
		widthBefore, widthAfter = append(widthBefore, wx), append(widthAfter, wy)
		ratio = append(ratio, wy/wx)
		if x.lower <= people && people <= x.upper {
			out.CoveredBefore++
		}
		if y.lower <= people && people <= y.upper {
			out.CoveredAfter++
		}
	}
	n := len(before)
	if n == 0 {
		return nil, estimators.Refuse("no-mle", "none of the simulated tables has an estimate"), nil
	}
	out.Before, out.After = median(before), median(after)
	out.WidthBefore, out.WidthAfter, out.Ratio = median(widthBefore), median(widthAfter), median(ratio)
	out.CoveredBefore /= float64(n)
	out.CoveredAfter /= float64(n)
	return out, nil, nil
}

type simulated struct{ population, lower, upper float64 }

// planInterval is the log-normal interval of a model; ok is false when it has no estimate, or nobody is hidden.
func planInterval(t *estimators.Table, m loglinear.Model, level float64) (s simulated, ok bool, err error) {
	f, err := loglinear.Fit(t, m)
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	i := loglinear.LogNormal(float64(f.Observed), f.Hidden, f.SE, level)
	if !(i.Upper > i.Lower) || math.IsInf(i.Upper, 1) || !(i.Lower > 0) {
		return s, false, nil
	}
	return simulated{f.Population, i.Lower, i.Upper}, true, nil
}

func median(x []float64) float64 { return resample.Quantile(resample.Sorted(x), 0.5, resample.Type7) }
