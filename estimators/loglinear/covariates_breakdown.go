package loglinear

import (
	"fmt"
	"math"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// replicateInterval is the percentile interval (quantiles of type 8) of replicates of N, of which values without an
// estimate are +Inf and the largest; no limit is below the number observed.
func replicateInterval(values []float64, observed, level float64) estimators.Interval {
	sorted := resample.Sorted(values)
	i := estimators.Interval{Kind: estimators.Percentile, Level: level,
		Lower: resample.Quantile(sorted, 0.5-level/2, resample.Type8), Upper: resample.Quantile(sorted, 0.5+level/2, resample.Type8)}
	if math.IsInf(i.Lower, 1) {
		i.Lower = observed // even the lower limit rests on replicates without an estimate
	}
	i.Lower = math.Max(observed, i.Lower)
	i.Upper = math.Max(i.Upper, i.Lower)
	return i
}

// replicateTotals adds up the strata of every replicate.
func replicateTotals(hidden, seen [][]float64) []float64 {
	out := make([]float64, len(hidden))
	for r := range hidden {
		for s := range hidden[r] {
			out[r] += hidden[r][s] + seen[r][s]
		}
	}
	return out
}

// warnReplicates says what is wrong with the replicates of a total or a stratum.
func warnReplicates(est *estimators.Estimate, values []float64) {
	failed := 0
	for _, v := range values {
		if math.IsInf(v, 1) {
			failed++
		}
	}
	i, ok := est.Interval()
	if !ok {
		return
	}
	unwarn(est)
	if failed > 0 {
		where := "; the upper limit does not rest on them"
		if i.Unbounded() {
			where = "; the upper limit rests on them and is therefore none"
		}
		est.Warn(estimators.Warning{Code: "unestimable-replicates", Text: fmt.Sprintf("%d of %d bootstrap replicates have no estimate%s", failed, len(values), where)})
	}
	switch {
	case i.Unbounded():
		est.Warn(estimators.Warning{Code: "unbounded-upper", Text: fmt.Sprintf("the %s interval has no upper limit", i.Kind)})
	case i.Upper > 10*i.Lower:
		est.Warn(estimators.Warning{Code: "wide-interval", Text: fmt.Sprintf("the %.0f%% interval, which allows for the choice of the model, runs from %s to %s", 100*i.Level, estimators.People(math.Floor(i.Lower)), estimators.People(math.Ceil(i.Upper)))})
	}
	if len(values) < enough {
		est.Warn(estimators.Warning{Code: "few-replicates", Text: fmt.Sprintf("%d bootstrap replicates", len(values))})
	}
}

// replicateQuantiles are the 201 quantiles that a report draws.
func replicateQuantiles(values []float64) []float64 {
	const points = 201
	sorted := resample.Sorted(values)
	out := make([]float64, points)
	for i := range out {
		out[i] = resample.Quantile(sorted, float64(i)/(points-1), resample.Type8)
	}
	return out
}

// labelled writes a stratum for a reader: year 2013, sex f.
func labelled(labels []estimators.Label) string {
	parts := make([]string, len(labels))
	for i, l := range labels {
		level := l.Level
		if level == "" {
			level = "missing"
		}
		parts[i] = l.Name + " " + level
	}
	return strings.Join(parts, ", ")
}
