package truncated

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
)

// The ways in which replicates are drawn.
const (
	SemiParametric = "semiparametric" // a population of N people of whom each is seen with probability n/N; those seen are drawn from the data
	Parametric     = "parametric"     // N people with covariates in their estimated proportions, each with contacts drawn from the fitted law
	NonParametric  = "nonparametric"  // n people drawn from the data: the number seen is held fixed
)

// Schemes are the ways in which replicates are drawn, the default first.
func Schemes() []string { return []string{SemiParametric, Parametric, NonParametric} }

// Bootstrap says how replicates are made.
type Bootstrap struct {
	Replicates int    // at least 2
	Scheme     string // "": SemiParametric, the scheme that allows for chance in who is seen without trusting the law
	Seed       uint64
	Workers    int // goroutines; 0: as many as there are processors. Never changes an answer
	// By are groupings by covariates, as in [Fit.Totals], whose totals are kept of each replicate.
	By [][]string
}

// Replicates are the estimates of N from the replicates, in their order. A replicate without a finite estimate, because
// people of some kind were never seen again in it, is +Inf.
type Replicates struct {
	Scheme string
	Values []float64
	Failed int
	Seen   []int64 // people in each replicate
	// Groups are the replicates of each total of each grouping asked for, in the order of [Fit.Totals]; +Inf in all groups where there is no estimate.
	Groups [][]*Replicates
}

// A redrawer owns what one worker needs.
type redrawer struct {
	refit   *refit
	counts  []int64
	drawn   []float64
	start   []int
	cells   []int
	groups  []int64
	streams resample.Streams
}

// A refit is a likelihood with its workspace, and those of the families at a limit of its own.
type refit struct {
	problem problem
	newton  *newton
	start   []float64
	simpler []*refit
	each    []float64 // people of each group at the last estimate; where it is +Inf they are not set
}

// Bootstrap refits the model on replicates of the data.
func (f *Fit) Bootstrap(ctx context.Context, b Bootstrap) (*Replicates, error) {
	if b.Scheme == "" {
		b.Scheme = SemiParametric
	}
	switch {
	case b.Replicates < 2:
		return nil, fmt.Errorf("%d bootstrap replicates: at least 2 are needed", b.Replicates)
	case !slices.Contains(Schemes(), b.Scheme):
		return nil, fmt.Errorf("there is no bootstrap scheme %q; there are %v", b.Scheme, Schemes())
	}
	r := &Replicates{Scheme: b.Scheme, Values: make([]float64, b.Replicates), Seen: make([]int64, b.Replicates)}
	n := f.Population().Population
	people := f.perGroup()
	var of [][]int
	for _, by := range b.By {
		parts, keys, err := f.parts(by)
		if err != nil {
			return nil, err
		}
		totals := make([]*Replicates, len(keys))
		for k := range totals {
			totals[k] = &Replicates{Scheme: b.Scheme, Values: make([]float64, b.Replicates)}
		}
		of, r.Groups = append(of, parts), append(r.Groups, totals)
	}
	err := resample.EachWith(ctx, b.Replicates, b.Workers, func() *redrawer { return f.redrawer() }, func(w *redrawer, i int) error {
		r.Values[i], r.Seen[i] = f.redraw(w, b.Scheme, n, people, w.streams.At(b.Seed, uint64(i)))
		for j, totals := range r.Groups {
			for g, k := range of[j] {
				totals[k].Values[i] += w.refit.each[g]
			}
			if math.IsInf(r.Values[i], 1) {
				for _, t := range totals {
					t.Values[i] = r.Values[i]
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, v := range r.Values {
		if math.IsInf(v, 1) {
			r.Failed++
		}
	}
	for _, totals := range r.Groups {
		for _, t := range totals {
			t.Failed = r.Failed
		}
	}
	return r, nil
}

func (f *Fit) redrawer() *redrawer {
	w := &redrawer{refit: newRefit(*f.asked, f.beta[:f.problem.columns[0]])}
	if f.Reduced == nil {
		copy(w.refit.start, f.beta)
	}
	w.counts = make([]int64, len(f.problem.counts))
	w.drawn = make([]float64, len(f.problem.counts))
	w.groups = make([]int64, f.problem.groups)
	return w
}

// newRefit starts from the coefficients of log λ given, and from small α and ω.
func newRefit(p problem, rates []float64) *refit {
	r := &refit{problem: p, newton: newNewton(p.parameters()), start: make([]float64, p.parameters()), each: make([]float64, p.groups)}
	at := copy(r.start, rates)
	for _, n := range p.columns[1:] {
		if n > 0 {
			r.start[at] = -1
			at += n
		}
	}
	share := 1
	if p.family.HasDispersion() {
		share = 2
		if p.columns[1] == 1 {
			r.simpler = append(r.simpler, newRefit(p.without(1, p.family.simpler(true)), rates))
		}
	}
	if p.family.HasOnes() && !p.family.hurdle() && p.columns[share] == 1 {
		r.simpler = append(r.simpler, newRefit(p.without(share, p.family.simpler(false)), rates))
	}
	return r
}

// without is the likelihood of a simpler family, which has no predictor k.
func (p problem) without(k int, family Family) problem {
	p.family = family
	for ; k < 2; k++ {
		p.x[k], p.columns[k] = p.x[k+1], p.columns[k+1]
	}
	p.x[2], p.columns[2] = nil, 0
	return p
}

// estimate refits to other counts. Where α or ω goes to 0 the estimate is that of the simpler family; where rates grow more unequal without
// limit, or people of some kind were never seen again, it is +Inf.
func (r *refit) estimate(start, captures []int, counts []float64) (n, logLik float64) {
	p := &r.problem
	p.start, p.captures, p.counts = start, captures, counts
	copy(r.newton.beta, r.start)
	if r.newton.fit(p) {
		return p.population(r.newton.beta, r.each), r.newton.logLik
	}
	if p.family.HasDispersion() && p.columns[1] == 1 && r.newton.beta[p.columns[0]] > 5 {
		return math.Inf(1), math.Inf(1)
	}
	n, logLik = math.Inf(1), math.Inf(-1)
	for _, s := range r.simpler {
		if m, l := s.estimate(start, captures, counts); l > logLik {
			n, logLik = m, l
			copy(r.each, s.each)
		}
	}
	return n, logLik
}

// perGroup is the estimated number of people of each group who stand behind the weights.
func (f *Fit) perGroup() []float64 {
	out := make([]float64, f.problem.groups)
	p := f.problem
	var eta [3]float64
	var at point
	for g := range out {
		p.predict(g, f.beta, &eta)
		p.family.at(&eta, &at)
		for i := p.start[g]; i < p.start[g+1]; i++ {
			if p.family.counts(p.captures[i]) || p.family.binary() {
				out[g] += p.counts[i] * at.population().v
			}
		}
	}
	return out
}

// whole rounds a number of people up or down at random, without bias.
func whole(x float64, rng *rand.Rand) int64 {
	low := math.Floor(x)
	if rng.Float64() < x-low {
		low++
	}
	return int64(math.Min(low, float64(estimators.MaxObserved)))
}

// redraw makes one replicate and its estimate.
func (f *Fit) redraw(w *redrawer, scheme string, n float64, people []float64, rng *rand.Rand) (estimate float64, seen int64) {
	start, captures, counts := f.problem.start, f.problem.captures, w.drawn
	if scheme == Parametric {
		f.simulate(w, people, rng)
		start, captures, counts = w.start, w.cells, w.drawn
	} else {
		seen = f.data.observed
		if scheme == SemiParametric {
			seen = resample.Binomial(whole(n, rng), math.Min(1, float64(seen)/n), rng)
		}
		resample.Multinomial(w.counts, seen, f.problem.counts, rng)
		for i, c := range w.counts {
			w.drawn[i] = float64(c)
		}
	}
	total := 0.0
	for _, c := range counts {
		total += c
	}
	if total == 0 {
		return math.Inf(1), 0
	}
	estimate, _ = w.refit.estimate(start, captures, counts)
	return estimate, int64(total)
}

// simulate draws contacts from the fitted law.
func (f *Fit) simulate(w *redrawer, people []float64, rng *rand.Rand) {
	total := 0.0
	for _, x := range people {
		total += x
	}
	resample.Multinomial(w.groups, whole(total, rng), people, rng)
	w.start, w.cells, w.drawn = append(w.start[:0], 0), w.cells[:0], w.drawn[:0]
	var eta [3]float64
	var at point
	source := f.problem
	for g := range source.groups {
		source.predict(g, f.beta, &eta)
		source.family.at(&eta, &at)
		// People who stand for themselves alone stay as they are.
		for i := source.start[g]; i < source.start[g+1]; i++ {
			if !source.family.counts(source.captures[i]) && !source.family.binary() {
				w.cells, w.drawn = append(w.cells, source.captures[i]), append(w.drawn, source.counts[i])
			}
		}
		left, rest := w.groups[g], 1.0
		for y := 0; left > 0; y++ {
			q := at.unconditional(y)
			c := left
			if y < MaxCaptures && rest > 1e-14 {
				c = resample.Binomial(left, math.Max(0, math.Min(1, q/rest)), rng)
			}
			if rest -= q; c > 0 && y > 0 {
				w.cells, w.drawn = append(w.cells, y), append(w.drawn, float64(c))
			}
			left -= c
		}
		w.start = append(w.start, len(w.cells))
	}
}

// Interval is that of the replicates: percentile, basic (twice the estimate less the percentiles), bootstrap, the
// log-normal interval with the standard deviation of the replicates, or bootstrap-wald, the normal one. Replicates without an estimate are the largest ones.
func (r *Replicates) Interval(t Total, kind estimators.IntervalKind, level float64) (estimators.Interval, error) {
	if !(level > 0 && level < 1) {
		return estimators.Interval{}, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
	}
	sorted := resample.Sorted(r.Values)
	low, high := resample.Quantile(sorted, 0.5-level/2, resample.Type8), resample.Quantile(sorted, 0.5+level/2, resample.Type8)
	i := estimators.Interval{Kind: kind, Level: level}
	n := float64(t.Observed)
	switch kind {
	case estimators.Percentile:
		i.Lower, i.Upper = low, high
		if math.IsInf(low, 1) {
			i.Lower = n
		}
	case estimators.Basic:
		i.Lower, i.Upper = n, 2*t.Population-low
		if math.IsInf(low, 1) {
			i.Upper = math.Inf(1)
		}
		if !math.IsInf(high, 1) {
			i.Lower = 2*t.Population - high
		}
	case estimators.Bootstrap, estimators.BootWald:
		variance := resample.NormalVariance(r.Values)
		if r.Failed == 0 {
			variance = meanSquare(r.Values)
		}
		z := distuv.UnitNormal.Quantile(0.5 + level/2)
		if kind == estimators.BootWald {
			i.Lower, i.Upper = t.Population-z*math.Sqrt(variance), t.Population+z*math.Sqrt(variance)
			break
		}
		c := math.Exp(z * math.Sqrt(math.Log1p(variance/(t.Hidden()*t.Hidden()))))
		if t.Hidden() <= 0 || math.IsInf(c, 1) {
			i.Lower, i.Upper = n, math.Inf(1)
			break
		}
		i.Lower, i.Upper = n+t.Hidden()/c, n+t.Hidden()*c
	default:
		return i, fmt.Errorf("the bootstrap has no %s interval", kind)
	}
	i.Lower = math.Max(i.Lower, n)
	i.Upper = math.Max(i.Upper, i.Lower)
	return i, nil
}

// meanSquare is the variance of finite values.
func meanSquare(values []float64) float64 {
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	sum := 0.0
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(len(values)-1)
}

// resampling is what a report shows of replicates.
func (r *Replicates) resampling() *estimators.Resampling {
	out := &estimators.Resampling{Scheme: r.Scheme, Replicates: len(r.Values), Failed: r.Failed}
	sorted := resample.Sorted(r.Values)
	for i := range 201 {
		out.Quantiles = append(out.Quantiles, resample.Quantile(sorted, float64(i)/200, resample.Type8))
	}
	return out
}
