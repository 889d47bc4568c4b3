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
}

// Replicates are the estimates of N from the replicates, in their order. A replicate without a finite estimate, because
// people of some kind were never seen again in it, is +Inf.
type Replicates struct {
	Scheme string
	Values []float64
	Failed int
	Seen   []int64 // people in each replicate
}

// A redrawer owns what one worker needs.
type redrawer struct {
	problem problem
	newton  *newton
	simpler []*redrawer // families at a limit of this one
	counts  []int64
	drawn   []float64
	start   []int
	cells   []int
	law     []float64
	groups  []int64
	streams resample.Streams
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
	err := resample.EachWith(ctx, b.Replicates, b.Workers, func() *redrawer { return f.redrawer() }, func(w *redrawer, i int) error {
		r.Values[i], r.Seen[i] = f.redraw(w, b.Scheme, n, people, w.streams.At(b.Seed, uint64(i)))
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
	return r, nil
}

func (f *Fit) redrawer() *redrawer {
	w := &redrawer{problem: *f.problem, newton: newNewton(f.problem.parameters())}
	w.counts = make([]int64, len(f.problem.counts))
	w.drawn = make([]float64, len(f.problem.counts))
	w.groups = make([]int64, f.problem.groups)
	family := f.problem.family
	for _, alpha := range []bool{true, false} {
		at := 1
		if alpha && !(family.HasDispersion() && f.problem.columns[1] == 1) {
			continue
		}
		if !alpha {
			if !family.HasOnes() || family.hurdle() {
				continue
			}
			if family.HasDispersion() {
				at = 2
			}
			if f.problem.columns[at] != 1 {
				continue
			}
		}
		s := &redrawer{problem: *f.problem}
		s.problem.family = family.simpler(alpha)
		for k := at; k < 2; k++ {
			s.problem.x[k], s.problem.columns[k] = f.problem.x[k+1], f.problem.columns[k+1]
		}
		s.problem.x[2], s.problem.columns[2] = nil, 0
		s.newton = newNewton(s.problem.parameters())
		w.simpler = append(w.simpler, s)
	}
	return w
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
func (f *Fit) redraw(w *redrawer, scheme string, n float64, people []float64, rng *rand.Rand) (float64, int64) {
	p := &w.problem
	if scheme == Parametric {
		f.simulate(w, people, rng)
	} else {
		seen := f.data.observed
		if scheme == SemiParametric {
			total := whole(n, rng)
			seen = resample.Binomial(total, math.Min(1, float64(seen)/n), rng)
		}
		resample.Multinomial(w.counts, seen, f.problem.counts, rng)
		for i, c := range w.counts {
			w.drawn[i] = float64(c)
		}
		p.counts = w.drawn
	}
	var seen float64
	for _, c := range p.counts {
		seen += c
	}
	if seen == 0 {
		return math.Inf(1), 0
	}
	copy(w.newton.beta, f.beta)
	if w.newton.fit(p) {
		return p.population(w.newton.beta), int64(seen)
	}
	// Rates that grow more unequal without limit leave no estimate; α or ω going to 0 leaves that of the simpler family.
	if p.family.HasDispersion() && p.columns[1] == 1 && w.newton.beta[p.columns[0]] > 5 {
		return math.Inf(1), int64(seen)
	}
	best, found := math.Inf(-1), math.Inf(1)
	for _, s := range w.simpler {
		s.problem.counts, s.problem.start, s.problem.captures = p.counts, p.start, p.captures
		clear(s.newton.beta)
		copy(s.newton.beta, f.beta[:p.columns[0]])
		if s.newton.fit(&s.problem) && s.newton.logLik > best {
			best, found = s.newton.logLik, s.problem.population(s.newton.beta)
		}
	}
	return found, int64(seen)
}

// simulate draws contacts from the fitted law.
func (f *Fit) simulate(w *redrawer, people []float64, rng *rand.Rand) {
	p := &w.problem
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
	p.start, p.captures, p.counts = w.start, w.cells, w.drawn
}

// Interval is that of the replicates: percentile, basic (twice the estimate less the percentiles), or bootstrap, the
// log-normal interval with the standard deviation of the replicates. Replicates without an estimate are the largest ones.
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
	case estimators.Bootstrap:
		variance := resample.NormalVariance(r.Values)
		if r.Failed == 0 {
			variance = meanSquare(r.Values)
		}
		z := distuv.UnitNormal.Quantile(0.5 + level/2)
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
