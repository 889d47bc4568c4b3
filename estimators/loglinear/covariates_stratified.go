package loglinear

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"sync/atomic"

	"darkfigure/estimators"
)

// Stratified estimates every stratum of a table by itself: each has its own model, chosen from its own counts, so that
// strata may differ in any way, and small ones are estimated from few people. The total is the sum of the strata. The zero
// value selects as [LogLinear] does and draws 1,000 replicates.
type Stratified struct {
	// LogLinear is the way each stratum is estimated; a nil Bootstrap is 1,000 nonparametric replicates. Averages,
	// heterogeneity terms and Firth's penalty have no bootstrap and are refused.
	LogLinear LogLinear
}

// Breakdown estimates the strata of t by the named covariates, and their total.
//
// Replicate r draws every stratum by itself, from random numbers that depend on the seed, r and the stratum's name alone;
// the choice of the model is repeated in each. In the nonparametric scheme the observed people of each stratum are fixed.
// Strata are independent, so that the variance of the total is the sum of theirs. A list that could
// hold nobody in a stratum by design is left out there.
//
// A stratum without an estimate has status Refused with its reason; its hidden number is +Inf in every replicate, and the
// total is then refused too. Errors: an unknown covariate, options without a bootstrap, a cancelled context.
func (s Stratified) Breakdown(ctx context.Context, t *estimators.Table, by []string) (estimators.Breakdown, error) {
	e := s.LogLinear
	if e.Averaged || e.Heterogeneity != "" || e.Firth {
		return estimators.Breakdown{}, errors.New("strata need bootstrap replicates, and averages, heterogeneity terms and Firth's penalty have none")
	}
	var boot Bootstrap
	if e.Bootstrap != nil {
		boot = *e.Bootstrap
	}
	if boot.Replicates == 0 {
		boot.Replicates = DefaultReplicates
	}
	strata, err := t.Stratify(by...)
	if err != nil {
		return estimators.Breakdown{}, err
	}
	if len(strata) == 0 {
		return estimators.Breakdown{}, estimators.Refuse("empty-table", "nobody is in the table")
	}
	b := estimators.Breakdown{By: append([]string(nil), by...), Scheme: string(boot.scheme())}
	b.Hidden, b.Seen = make([][]float64, boot.Replicates), make([][]float64, boot.Replicates)
	for r := range b.Hidden {
		b.Hidden[r], b.Seen[r] = make([]float64, len(strata)), make([]float64, len(strata))
	}
	whole := boot.Replicates * len(strata)
	var done atomic.Int64
	for j, stratum := range strata {
		one := e
		own := boot
		own.Seed = stratumSeed(boot.Seed, stratum.Labels)
		if boot.Progress != nil {
			own.Progress = func(int, int) { boot.Progress(int(done.Add(1)), whole) }
		}
		one.Bootstrap = &own
		est, replicates, err := one.stratum(ctx, stratum)
		if err != nil {
			return estimators.Breakdown{}, fmt.Errorf("%s: %w", labelled(stratum.Labels), err)
		}
		for r := range b.Hidden {
			b.Hidden[r][j], b.Seen[r][j] = math.Inf(1), float64(stratum.Table.Observed())
			if replicates != nil {
				b.Hidden[r][j], b.Seen[r][j] = replicates.Values[r]-replicates.Seen[r], replicates.Seen[r]
			}
		}
		b.Strata = append(b.Strata, est)
		ran, _ := ranIn(stratum.Table)
		b.Chosen = b.Chosen || e.Chooses(ran.K())
	}
	if err := ctx.Err(); err != nil {
		return estimators.Breakdown{}, err
	}
	b.Total = sumOfStrata(b, e.Name(), e.levels())
	return b, e.compareWhole(ctx, t, &b.Total)
}

// Chooses reports whether the model for a table of so many lists is selected from the counts, so that replicates repeat a selection: with
// two lists there is none but their independence.
func (e LogLinear) Chooses(lists int) bool {
	return lists >= 3 && e.Model == nil && !e.Averaged && !e.Firth && e.Heterogeneity == ""
}

// compareWhole says what one model of all strata as one table gives: another number where strata differ in how well lists reach them.
func (e LogLinear) compareWhole(ctx context.Context, t *estimators.Table, total *estimators.Estimate) error {
	if total.Status == estimators.Refused || t.PartialStructuralZeros() {
		return nil // as one table it would count as possible what was not
	}
	e.Bootstrap, e.Kind, e.Window = nil, "", -1
	f, err := e.Fit(ctx, t.Collapse())
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		total.Notes = append(total.Notes, "as one table the strata have no estimate")
		return nil
	}
	if err != nil {
		return err
	}
	total.Notes = append(total.Notes, "all strata as one table give "+estimators.People(f.Population))
	return nil
}

// stratum estimates one stratum; a refusal becomes an estimate of status Refused without replicates.
func (e LogLinear) stratum(ctx context.Context, s estimators.Stratum) (estimators.Estimate, *Replicates, error) {
	t, absent := ranIn(s.Table)
	e.Offset = e.Offset.among(s.Table.Lists(), t.Lists())
	var replicates *Replicates
	est, err := estimators.Run(ctx, kept{e, &replicates}, t)
	if err != nil {
		return est, nil, err
	}
	est.Stratum = s.Labels
	if len(absent) > 0 {
		est.Notes = append(est.Notes, fmt.Sprintf("%s could not hold anybody here: the answer is from %s", strings.Join(absent, ", "), strings.Join(t.Lists(), ", ")))
	}
	if est.Status == estimators.Refused {
		replicates = nil
	}
	return est, replicates, nil
}

// kept is a LogLinear whose replicates are kept.
type kept struct {
	LogLinear
	replicates **Replicates
}

func (k kept) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	est, r, err := k.estimate(ctx, t)
	*k.replicates = r
	return est, err
}

// ranIn takes out the lists all of whose patterns are structural zeros, unless no list is left.
func ranIn(t *estimators.Table) (left *estimators.Table, absent []string) {
	impossible := map[estimators.Pattern]bool{}
	for _, w := range t.StructuralZeros() {
		impossible[w] = true
	}
	if len(impossible) == 0 {
		return t, nil
	}
	var keep estimators.Pattern
	for i, name := range t.Lists() {
		possible := false
		for w := estimators.Pattern(1); !possible && w <= estimators.FullPattern(t.K()); w++ {
			possible = w.Has(i) && !impossible[w]
		}
		if possible {
			keep |= 1 << uint(i)
		} else {
			absent = append(absent, name)
		}
	}
	if keep == 0 || len(absent) == 0 {
		return t, nil
	}
	return t.Keep(keep), absent
}

// stratumSeed gives every stratum random numbers of its own, whatever other strata there are.
func stratumSeed(seed uint64, labels []estimators.Label) uint64 {
	h := fnv.New64a()
	for _, l := range labels {
		fmt.Fprintf(h, "%q=%q,", l.Name, l.Level)
	}
	return seed ^ h.Sum64()
}

// sumOfStrata is the total of independent strata, with percentile intervals of the replicates' sums.
func sumOfStrata(b estimators.Breakdown, method string, levels []float64) estimators.Estimate {
	total := estimators.Estimate{Method: method, HasSE: true, Status: estimators.OK}
	group := estimators.Grouping{By: b.By}
	var without []string
	var first *estimators.Refusal
	for i, s := range b.Strata {
		total.Observed += s.Observed
		if s.Status == estimators.Refused {
			without = append(without, labelled(s.Stratum))
			if first == nil {
				first = s.Reason
			}
			continue
		}
		total.Hidden += s.Hidden
		total.SE = math.Hypot(total.SE, s.SE)
		group.Totals = append(group.Totals, estimators.Subtotal{Stratum: s.Stratum, Observed: s.Observed, Hidden: s.Hidden, Population: s.Population, SE: s.SE, Intervals: s.Intervals})
		row := make([]float64, len(b.Strata))
		row[i] = s.SE * s.SE
		group.Covariance = append(group.Covariance, row)
	}
	if len(without) > 0 {
		noun := "stratum"
		if len(without) > 1 {
			noun = "strata"
		}
		return estimators.Estimate{Method: method, Observed: total.Observed, Status: estimators.Refused,
			Reason: estimators.Refuse(first.Code, "there is no estimate for the %s %s, and so none for the sum of all: %s", noun, strings.Join(without, "; "), first.Text)}
	}
	total.Population = float64(total.Observed) + total.Hidden
	total.Groups = []estimators.Grouping{group}
	values := replicateTotals(b.Hidden, b.Seen)
	failed := 0
	for _, v := range values {
		if math.IsInf(v, 1) {
			failed++
		}
	}
	for _, level := range levels {
		total.Intervals = append(total.Intervals, replicateInterval(values, float64(total.Observed), level))
	}
	total.Bootstrap = &estimators.Resampling{Scheme: b.Scheme, Replicates: len(values), Failed: failed, Quantiles: replicateQuantiles(values)}
	total.Notes = []string{"the sum of the strata, each with a model of its own"}
	warnReplicates(&total, values)
	total.WarnFew()
	return total
}
