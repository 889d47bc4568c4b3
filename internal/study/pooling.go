package study

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/resample"
)

// Pooling says how estimates from drawn linkages are pooled.
type Pooling struct {
	Levels     []float64 // of the intervals, the headline first; empty: 0.95
	Replicates int       // values of N drawn within every linkage; 0: 60, or so many more that there are 1,000 in all
	Seed       uint64
	Workers    int // never changes the answer
}

// WithinDraw is the number of values of N that every drawn linkage adds to the mixture.
const WithinDraw = 60

// OverDraws is the number of values of N that the mixture of few linkages has at least, that of one linkage above all: a 95 % interval rests on the outer 50.
const OverDraws = 1000

// MostRefused is the share of draws without an estimate above which the pooled estimate is refused.
const MostRefused = 0.05

// Pool estimates from the table of every drawn linkage, the choice of a model repeated on each, and pools
// the estimates. The point is Rubin's: the mean over the draws of the logarithm of the hidden number, added to the mean
// number of persons seen. The interval is of the mixture over draws of what each draw says about N, which holds the
// doubt about links, models and sampling at once; Rubin's interval follows it. Within a draw the values are
// bootstrap replicates that repeat the choice of the model where one is chosen, else draws from a law with the limits of the
// method's own interval, normal in the logarithm of the hidden number on either side of the estimate, or, where it says that nobody is hidden, from the exponential law with its upper limit.
//
// Model, fit and what else describes one fit are those of the draw that lies nearest to the pooled
// estimate, among the draws that chose the most frequent model. A draw that refuses is counted; when more than 5 % do, the
// answer is refused with the reason they gave most often.
func Pool(ctx context.Context, tables []*estimators.Table, e estimators.Estimator, o Pooling) (estimators.Estimate, error) {
	out, _, err := o.pooled(ctx, tables, e)
	return out, err
}

// pooled is the same with what every draw gave.
func (o Pooling) pooled(ctx context.Context, tables []*estimators.Table, e estimators.Estimator) (estimators.Estimate, []drawn, error) {
	o.Replicates = o.replicates(len(tables))
	brief := e
	l, ok := e.(loglinear.LogLinear)
	if ok {
		l.Outline = true
		brief = l
	}
	draws := make([]drawn, len(tables))
	err := resample.Each(ctx, len(tables), o.Workers, func(d int) error {
		var err error
		draws[d], err = o.draw(ctx, tables[d], brief, d, len(tables))
		return err
	})
	if err != nil {
		return estimators.Estimate{}, nil, err
	}
	out, shown := o.pool(e.Name(), draws)
	if ok && shown >= 0 && out.Selection != nil { // the near-tied models of the draw that is described, in full
		full, err := estimators.Run(ctx, e, tables[shown])
		if err != nil {
			return estimators.Estimate{}, nil, err
		}
		out.Selection = full.Selection
	}
	return out, draws, nil
}

// A drawn estimate is that from one table.
type drawn struct {
	estimators.Estimate
	log, variance float64   // of the hidden number; log is −Inf when nobody is hidden
	values        []float64 // of N
	unbounded     bool      // the method's own interval has no upper limit
	draw          int
}

// replicates is the number of values of N within each of so many draws.
func (o Pooling) replicates(draws int) int {
	if o.Replicates == 0 {
		return max(WithinDraw, (OverDraws+draws-1)/max(draws, 1))
	}
	return o.Replicates
}

func (o Pooling) draw(ctx context.Context, t *estimators.Table, e estimators.Estimator, d, of int) (drawn, error) {
	if t == nil || t.Observed() == 0 {
		return drawn{Estimate: estimators.Estimate{Status: estimators.Refused, Reason: estimators.Refuse("empty-table", "nobody is in the table")}}, nil
	}
	est, err := estimators.Run(ctx, e, t)
	if err != nil || est.Status == estimators.Refused {
		return drawn{Estimate: est}, err
	}
	out := drawn{Estimate: est, log: math.Log(max(est.Hidden, 0)), values: make([]float64, o.Replicates), draw: d}
	// Streams of draws must not be those of the replicates of one draw: the seed is mixed with d.
	seed := o.Seed ^ 0x9e3779b97f4a7c15*uint64(d+1)
	l, ok := e.(loglinear.LogLinear)
	if ok && l.Chooses(t.K()) {
		l.Levels = nil
		workers := 1
		if of == 1 {
			workers = o.Workers
		}
		r, err := loglinear.Bootstrap{Replicates: o.Replicates, Seed: seed, Workers: workers}.Run(ctx, t, l)
		if err != nil {
			return drawn{}, err
		}
		copy(out.values, r.Values)
		logs := make([]float64, len(r.Values))
		for i, v := range r.Values {
			logs[i] = math.Log(max(v-float64(est.Observed), 0))
		}
		if out.variance = resample.NormalVariance(logs); math.IsInf(out.variance, 1) {
			out.variance = est.LogVariance()
		}
		return out, nil
	}
	if out.variance = est.LogVariance(); !math.IsInf(out.variance, 1) {
		down, up := spread(est, math.Sqrt(out.variance))
		rng := resample.Stream(seed, 0)
		for k := range out.values {
			sd, z := up, rng.NormFloat64()
			if z < 0 {
				sd = down
			}
			out.values[k] = float64(est.Observed) + math.Exp(out.log+sd*z)
		}
	}
	if i, ok := est.Interval(); ok && est.Hidden <= 0 && i.Upper > float64(est.Observed) && !i.Unbounded() {
		// The log-normal law of nobody is nobody, whatever the doubt. The method's own upper limit leaves so much above it, as the exponential
		// law does that falls from nobody on.
		mean := (i.Upper - float64(est.Observed)) / -math.Log((1-i.Level)/2)
		rng := resample.Stream(seed, 0)
		for k := range out.values {
			out.values[k] = float64(est.Observed) + mean*rng.ExpFloat64()
		}
	}
	if i, ok := est.Interval(); ok && i.Unbounded() {
		out.unbounded = true
		for k, v := range out.values { // the method's own interval says that the data set no limit above
			if v > est.Population {
				out.values[k] = math.Inf(1)
			}
		}
	}
	return out, nil
}

// spread is the standard deviation of the logarithm of the hidden number below and above the estimate: half of the values on either side, and
// between the limits of the method's own interval what its level says. Where that has no such limit it is that of the estimate.
func spread(e estimators.Estimate, sd float64) (down, up float64) {
	down, up = sd, sd
	i, ok := e.Interval()
	if !ok || !(e.Hidden > 0) {
		return down, up
	}
	n, z := float64(e.Observed), math.Sqrt2*math.Erfinv(i.Level)
	if i.Lower > n && i.Lower < e.Population {
		down = math.Log(e.Hidden/(i.Lower-n)) / z
	}
	if !i.Unbounded() && i.Upper > e.Population {
		up = math.Log((i.Upper-n)/e.Hidden) / z
	}
	return down, up
}

// pool is the pooled estimate, and the draw that describes it; −1 when it is refused.
func (o Pooling) pool(method string, draws []drawn) (estimators.Estimate, int) {
	var good []drawn
	reasons := map[string]*estimators.Refusal{}
	often := map[string]int{}
	for _, d := range draws {
		switch {
		case d.Status == estimators.Refused:
			reasons[d.Reason.Code] = cmpOr(reasons[d.Reason.Code], d.Reason)
			often[d.Reason.Code]++
		case math.IsInf(d.variance, 1):
			r := estimators.Refuse("no-spread", "%s says nothing about its own precision, without which linkages cannot be pooled", method)
			reasons[r.Code] = r
			often[r.Code]++
		default:
			good = append(good, d)
		}
	}
	refused := len(draws) - len(good)
	mean, lower, upper := seen(draws)
	out := estimators.Estimate{Method: method, Observed: int64(math.Round(mean))}
	pooled := &estimators.Pooled{Draws: len(draws), Refused: refused, Replicates: o.replicates(len(draws)), Observed: estimators.LinkRange{Value: mean, Lower: lower, Upper: upper}}
	if len(draws) == 0 || float64(refused) > MostRefused*float64(len(draws)) {
		var codes []string
		for c := range often {
			codes = append(codes, c)
		}
		slices.SortFunc(codes, func(a, b string) int { return cmp.Or(often[b]-often[a], cmp.Compare(a, b)) })
		reason := estimators.Refuse("empty-table", "there is no linkage")
		if len(codes) > 0 {
			r := *reasons[codes[0]]
			reason = &r
			if refused < len(draws) || len(codes) > 1 {
				reason.Text = fmt.Sprintf("%s (so in %d of %d drawn linkages; %d have no estimate)", r.Text, often[codes[0]], len(draws), refused)
			}
		}
		out.Status, out.Reason = estimators.Refused, reason
		return out, -1
	}

	logs, variances, values := make([]float64, len(good)), make([]float64, len(good)), make([][]float64, len(good))
	for i, d := range good {
		logs[i], variances[i], values[i] = d.log, d.variance, d.values
		each := estimators.Drawn{Observed: d.Observed, Population: d.Population, Model: d.Model}
		if iv, ok := d.Interval(); ok {
			each.Lower = iv.Lower
			if !iv.Unbounded() {
				each.Upper = iv.Upper
			}
		}
		pooled.Each = append(pooled.Each, each)
	}
	at, models := centre(good)
	pooled.Models = models
	rubin, ok := resample.Pool(logs, variances, math.Inf(1))
	if !ok { // in some draw nobody is hidden
		hidden := 0.0
		for _, d := range good {
			hidden += d.Hidden / float64(len(good))
		}
		rubin.Estimate = math.Log(hidden)
	}
	shown := good[nearest(good, at, rubin.Estimate)]
	base := shown.Estimate
	observed := out.Observed
	out = base
	out.Method, out.Observed, out.Pooled = method, observed, pooled
	out.Hidden = math.Exp(rubin.Estimate)
	out.Population = float64(observed) + out.Hidden
	out.Intervals, out.HasSE, out.SE, out.Bootstrap, out.Profile = nil, false, 0, nil, nil
	if ok {
		out.HasSE, out.SE = true, out.Hidden*math.Sqrt(rubin.Total)
		pooled.Share = rubin.Share
		if !math.IsInf(rubin.DF, 1) {
			pooled.DF = rubin.DF
		}
	}
	mixture := resample.NewMixture(values)
	for _, level := range (estimators.Options{Levels: o.Levels}).LevelsOr95() {
		l, u := mixture.Interval(level)
		// A limit is no lower than the number seen, which in single draws may be a little less.
		out.Intervals = append(out.Intervals, estimators.Interval{Kind: estimators.Mixture, Level: level, Lower: max(l, float64(observed)), Upper: u})
	}
	unbounded := 0
	for _, d := range good {
		if d.unbounded {
			unbounded++
		}
	}
	if ok && float64(unbounded) <= MostRefused*float64(len(good)) {
		for _, level := range (estimators.Options{Levels: o.Levels}).LevelsOr95() {
			l, u := rubin.Limits(level)
			out.Intervals = append(out.Intervals, estimators.Interval{Kind: estimators.Rubin, Level: level, Lower: float64(observed) + math.Exp(l), Upper: float64(observed) + math.Exp(u)})
		}
	}
	least := 0
	for _, d := range good {
		if d.LowerBound {
			least++
		}
	}
	out.LowerBound = 2*least > len(good) // a draw in which the model does not fit takes it back
	warn(&out, good)
	if i, _ := out.Interval(); i.Unbounded() && !slices.ContainsFunc(out.Warnings, func(w estimators.Warning) bool { return w.Code == "unbounded-upper" }) {
		out.Warn(estimators.Warning{Code: "unbounded-upper", Text: "the pooled interval has no upper limit: too many replicates have no estimate"})
	}
	out.Notes = slices.Clone(base.Notes)
	switch {
	case len(draws) == 1:
		out.Notes = append(out.Notes, fmt.Sprintf("the interval is of %s replicates of the one linkage", estimators.People(float64(o.replicates(1)))))
	default:
		out.Notes = append(out.Notes, fmt.Sprintf("pooled over %d drawn linkages; what describes one fit is that of the draw nearest to the pooled estimate", len(good)))
	}
	if refused > 0 {
		out.Warn(estimators.Warning{Code: "refused-draws", Text: fmt.Sprintf("%d of %d drawn linkages have no estimate and were left out", refused, len(draws))})
	}
	return out, shown.draw
}

func cmpOr(a, b *estimators.Refusal) *estimators.Refusal {
	if a != nil {
		return a
	}
	return b
}

// seen is the number of persons seen: its mean over the draws, and the range that holds 95 % of them.
func seen(draws []drawn) (mean, lower, upper float64) {
	if len(draws) == 0 {
		return 0, 0, 0
	}
	var n []float64
	for _, d := range draws {
		n = append(n, float64(d.Observed))
		mean += float64(d.Observed) / float64(len(draws))
	}
	n = resample.Sorted(n)
	return mean, resample.Quantile(n, 0.025, resample.Type8), resample.Quantile(n, 0.975, resample.Type8)
}

// centre counts the models and returns the draws that chose the most frequent one. Methods that choose none have all draws.
func centre(draws []drawn) (at []int, models []estimators.Frequency) {
	count := map[string]int{}
	for _, d := range draws {
		count[d.Model]++
	}
	for m, n := range count {
		models = append(models, estimators.Frequency{Model: m, Count: n})
	}
	slices.SortFunc(models, func(a, b estimators.Frequency) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Model, b.Model))
	})
	for i, d := range draws {
		if d.Model == models[0].Model {
			at = append(at, i)
		}
	}
	if len(models) == 1 && (models[0].Model == "" || draws[0].Selection == nil || draws[0].Selection.Criterion == "fixed") {
		models = nil
	}
	return at, models
}

// nearest is the draw, of those at, whose hidden number is nearest to exp(log) on the scale of the logarithm.
func nearest(draws []drawn, at []int, log float64) int {
	best, least := at[0], math.Inf(1)
	for _, i := range at {
		if d := math.Abs(draws[i].log - log); d < least {
			best, least = i, d
		}
	}
	return best
}

// warn gives the estimate the warnings that most draws have, or, where it is serious, any tenth of them; the text is that of the
// draw that is described, or else of the first draw.
func warn(out *estimators.Estimate, draws []drawn) {
	type found struct {
		warning   estimators.Warning
		draws     int
		described bool // the draw that is described has it
	}
	var all []found
	note := func(w estimators.Warning, n int) {
		key := func(w estimators.Warning) string { return fmt.Sprint(w.Code, w.Lists) }
		i := slices.IndexFunc(all, func(f found) bool { return key(f.warning) == key(w) })
		if i < 0 {
			all = append(all, found{w, 0, n == 0})
			i = len(all) - 1
		}
		all[i].draws += n
	}
	for _, w := range out.Warnings {
		note(w, 0)
	}
	for _, d := range draws {
		for _, w := range d.Warnings {
			note(w, 1)
		}
	}
	out.Warnings, out.Status = nil, estimators.OK
	for _, f := range all {
		least := 0.5
		if c, ok := estimators.LookupCode(f.warning.Code); ok && c.Severity == estimators.Serious {
			least = 0.1
		}
		share := float64(f.draws) / float64(len(draws))
		if share < least {
			continue
		}
		w := f.warning
		if f.draws < len(draws) {
			of := ""
			if !f.described {
				of = ", with the figures of the first of them"
			}
			w.Text = fmt.Sprintf("%s (so in %d of %d drawn linkages%s)", w.Text, f.draws, len(draws), of)
		}
		out.Warn(w)
	}
}
