package loglinear

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
	"darkfigure/internal/resample"
)

// A Scheme is how bootstrap tables are drawn.
type Scheme string

// The schemes.
const (
	// Nonparametric draws n persons from the occupied cells: what was observed stays observed,
	// and n is taken as fixed.
	Nonparametric Scheme = "nonparametric"
	// Semiparametric draws N̂ persons from the fitted cells and the hidden one, and drops
	// the hidden: n varies too (Buckland and Garthwaite 1991).
	Semiparametric Scheme = "semiparametric"
	// Parametric draws every observed cell as Poisson with its fitted mean.
	Parametric Scheme = "parametric"
)

// DefaultReplicates is the number of bootstrap replicates: with fewer the tails of a 95 %
// interval rest on a handful of them.
const DefaultReplicates = 1000

// A Bootstrap repeats the choice of the model in every replicate. The zero value draws 1,000
// nonparametric replicates with seed 0.
type Bootstrap struct {
	Scheme     Scheme // "" is Nonparametric
	Replicates int    // 0 is DefaultReplicates
	Seed       uint64
	Workers    int // 0: one per processor; never changes the answer
	// Top, when positive, restricts the choice in each replicate to so many best models of
	// the original table (by exact search).
	Top int
	// Downhill searches each replicate from the model of the original table to a local optimum
	// instead of exactly.
	Downhill bool
	// Exact searches each replicate exactly whatever it takes. Without it, and without Top and Downhill,
	// the search of a replicate is exact while that of the original table needs at most 2,000 fits, and else among its
	// 100 best models (Silverman, Chan and Vincent 2024 restrict it so from five lists, and find little difference).
	Exact bool
	// Inner, when positive, draws so many replicates within every replicate, which the
	// calibrated interval needs.
	Inner int
	// Progress, when not nil, is told how many replicates are done, from any goroutine.
	Progress func(done, total int)
}

// A ModelShare is how often a model was chosen.
type ModelShare struct {
	Model Model
	Count int
}

// A LeftOut is the estimate without one person of a cell.
type LeftOut struct {
	Pattern    estimators.Pattern
	Count      int64   // persons in the cell
	Population float64 // +Inf when there is no estimate
}

// Replicates is what a bootstrap found. It is complete and immutable.
type Replicates struct {
	Observed   int64
	Population float64   // the estimate from the table itself
	LogSE      float64   // of its hidden number, SE/n̂0
	Values     []float64 // N̂ by replicate; +Inf where there was no estimate
	Seen       []float64 // persons observed in each replicate
	Failed     int       // replicates without one
	Models     []ModelShare
	// Fixed holds N̂ by replicate under the model of the original table: what is left of the
	// spread when the choice of the model is left out.
	Fixed []float64
	// Jackknife, Acceleration and BiasCorrection are those of the BCa interval. Steady is false when a
	// jackknife estimate does not exist; Acceleration is then 0.
	Jackknife      []LeftOut
	Acceleration   float64
	BiasCorrection float64
	Steady         bool
	// Bagged is the mean of the finite replicates, and BaggedSE its standard error by the infinitesimal
	// jackknife (Efron 2014); only for the nonparametric scheme.
	Bagged, BaggedSE float64

	sorted    []float64
	logSE     []float64 // by replicate
	top       int       // models that each replicate chose among; 0: all
	inner     []float64 // sorted: per replicate the share of inner replicates at most the estimate
	innerSize int
}

// tables draws bootstrap tables.
type tables struct {
	scheme Scheme
	cells  []int
	p      []float64 // weights, or Poisson means
	total  int64
}

func (p *problem) tables(s Scheme, f *Fitted) (*tables, error) {
	t := &tables{scheme: s}
	switch s {
	case Nonparametric:
		for w, c := range p.counts {
			if c > 0 {
				t.cells, t.p = append(t.cells, w), append(t.p, float64(c))
			}
		}
		t.total = p.table.Observed()
	case Semiparametric, Parametric:
		for w := 1; w < len(f.means); w++ {
			if f.means[w] > 0 {
				t.cells, t.p = append(t.cells, w), append(t.p, f.means[w])
			}
		}
		t.total = int64(math.Round(f.Population))
		if s == Semiparametric {
			t.cells, t.p = append(t.cells, 0), append(t.p, f.Hidden)
		}
	default:
		return nil, fmt.Errorf("no bootstrap is called %q: nonparametric, semiparametric, parametric", s)
	}
	t.sort(p.lists)
	return t, nil
}

// sort puts the cells into an order that does not depend on the order of the lists, so that random
// numbers fall on the same patterns of people whichever list comes first.
func (t *tables) sort(lists []string) {
	rank := make([]int, len(lists)) // of each list by name
	for i, a := range lists {
		for _, b := range lists {
			if b < a {
				rank[i]++
			}
		}
	}
	key := func(w int) (k int) {
		for i, r := range rank {
			k |= w >> uint(i) & 1 << uint(r)
		}
		return k
	}
	order := make([]int, len(t.cells))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return key(t.cells[a]) - key(t.cells[b]) })
	cells, p := make([]int, len(order)), make([]float64, len(order))
	for i, j := range order {
		cells[i], p[i] = t.cells[j], t.p[j]
	}
	t.cells, t.p = cells, p
}

// draw fills y with one table. counts is workspace of the length of cells.
func (t *tables) draw(y []float64, counts []int64, rng *rand.Rand) {
	if t.scheme == Parametric {
		for j, mu := range t.p {
			counts[j] = int64(distuv.Poisson{Lambda: mu, Src: rng}.Rand())
		}
	} else {
		resample.Multinomial(counts, t.total, t.p, rng)
	}
	clear(y)
	for j, w := range t.cells {
		y[w] = float64(counts[j])
	}
	y[0] = 0
}

// Run bootstraps the estimate of a LogLinear by repeating its choice of model.
func (b Bootstrap) Run(ctx context.Context, t *estimators.Table, e LogLinear) (*Replicates, error) {
	e.Bootstrap = &b
	if err := e.check(t.K()); err != nil {
		return nil, err
	}
	p, err := e.problem(t)
	if err != nil {
		return nil, err
	}
	m, sel, err := e.model(ctx, p)
	if err != nil {
		return nil, err
	}
	f, err := p.fit(m)
	if err != nil {
		return nil, err
	}
	return e.replicates(ctx, p, f, sel)
}

// rule is the way the model was chosen, made ready for replicates.
func (b Bootstrap) rule(ctx context.Context, p *problem, e LogLinear, c Criterion, f *Fitted) (*rule, error) {
	if c == fixed {
		return p.fixedRule(f.Model)
	}
	threshold := e.Threshold
	if threshold == 0 {
		threshold = DefaultThreshold
	}
	r, err := p.newRule(c, e.order(p.k), threshold)
	if err != nil {
		return nil, err
	}
	r.downhill = b.Downhill
	r.start = f.parameter
	if c == Stepwise {
		return r, nil
	}
	var ok bool
	if r.guess, ok = r.space.Set(p.terms(f.Model)); !ok {
		return nil, fmt.Errorf("the model %s is not one that is searched over", f.Model)
	}
	if b.Top > 0 {
		best, err := Enumeration{MaxOrder: e.order(p.k), Criterion: c, Top: b.Top}.sets(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, set := range best {
			p.fitter.Fit(r.space.Terms(nil, set), nil)
			r.top, r.tops = append(r.top, set), append(r.tops, p.fitter.Parameters(nil))
		}
		return r, nil
	}
	if !b.Downhill {
		r.decided = lattice.NewSearcher(r.space, p.fitter, p.penalty(c))
		r.decided.Prepare()
	}
	return r, nil
}

// scratch is the workspace of one worker.
type scratch struct {
	*chooser
	y, inner []float64
	counts   []int64
	deeper   []int64
	weights  []float64
	streams  resample.Streams
}

func (b Bootstrap) replicate(ctx context.Context, p *problem, f *Fitted, r *rule) (*Replicates, error) {
	scheme := b.scheme()
	total := b.Replicates
	if total == 0 {
		total = DefaultReplicates
	}
	if total < 2 {
		return nil, fmt.Errorf("%d bootstrap replicates: at least 2 are needed, and 1,000 for a 95 %% interval", total)
	}
	draws, err := p.tables(scheme, f)
	if err != nil {
		return nil, err
	}
	original := r.guess
	if r.criterion == Stepwise {
		original, _ = r.space.Set(p.terms(f.Model))
	}
	out := &Replicates{top: len(r.top), Observed: f.Observed, Population: f.Population, LogSE: f.SE / f.Hidden,
		Values: make([]float64, total), Seen: make([]float64, total), Fixed: make([]float64, total), logSE: make([]float64, total)}
	sets := make([]uint64, total)
	size := len(draws.cells)
	drawn := make([]int32, total*size) // the tables, for the infinitesimal jackknife
	if b.Inner > 0 {
		out.inner, out.innerSize = make([]float64, total), b.Inner
	}
	var done atomic.Int64
	work := func() *scratch {
		return &scratch{chooser: p.newChooser(r), y: make([]float64, 1<<uint(p.k)), inner: make([]float64, 1<<uint(p.k)),
			counts: make([]int64, size), deeper: make([]int64, size), weights: make([]float64, size)}
	}
	err = resample.EachWith(ctx, total, b.Workers, work, func(s *scratch, i int) error {
		draws.draw(s.y, s.counts, s.streams.At(b.Seed, uint64(i)))
		n := 0.0
		for j, c := range s.counts {
			drawn[i*size+j] = int32(min(c, math.MaxInt32))
			if draws.cells[j] != 0 {
				n += float64(c)
			}
		}
		got, err := s.choose(ctx, s.y)
		if err != nil {
			return err
		}
		sets[i] = got.set
		out.Values[i], out.Seen[i] = n+got.hidden, n
		out.logSE[i] = math.Inf(1)
		if !math.IsInf(got.hidden, 1) {
			out.logSE[i] = standardError(got.hidden, got.logVar) / got.hidden
		}
		if got.set == original {
			out.Fixed[i] = out.Values[i]
		} else {
			out.Fixed[i] = n + s.fit(original).hidden
		}
		if b.Inner > 0 {
			if out.inner[i], err = s.nested(ctx, b, draws, i, f.Population, n); err != nil {
				return err
			}
		}
		if b.Progress != nil {
			b.Progress(int(done.Add(1)), total)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(out.inner)
	out.sorted = resample.Sorted(out.Values)
	out.shares(r, sets)
	if scheme == Nonparametric {
		out.bag(drawn, size)
	}
	out.BiasCorrection = resample.BiasCorrection(out.Values, out.Population, false)
	return out, out.jackknife(ctx, p, r, b.Workers)
}

// nested draws tables from a replicate's own counts, and returns the share of them with an
// estimate at most that of the original table.
func (s *scratch) nested(ctx context.Context, b Bootstrap, t *tables, i int, estimate, n float64) (float64, error) {
	for j, c := range s.counts {
		s.weights[j] = float64(c)
		if t.cells[j] == 0 {
			s.weights[j] = 0 // the hidden people of a replicate are not seen
		}
	}
	below := 0.0
	for k := range b.Inner {
		// Streams of inner replicates must not be those of outer ones: the seed is mixed with i.
		resample.Multinomial(s.deeper, int64(n), s.weights, s.streams.At(b.Seed^0x9e3779b97f4a7c15*(uint64(i)+1), uint64(k)))
		clear(s.inner)
		for j, w := range t.cells {
			s.inner[w] = float64(s.deeper[j])
		}
		got, err := s.choose(ctx, s.inner)
		if err != nil {
			return 0, err
		}
		switch v := n + got.hidden; {
		case v < estimate:
			below++
		case v == estimate:
			below += 0.5
		}
	}
	return below / float64(b.Inner), nil
}

// shares counts failures and how often each model was chosen.
func (r *Replicates) shares(rule *rule, sets []uint64) {
	count := map[uint64]int{}
	for i, v := range r.Values {
		if math.IsInf(v, 1) {
			r.Failed++
		} else {
			count[sets[i]]++
		}
	}
	for set, n := range count {
		r.Models = append(r.Models, ModelShare{rule.model(set), n})
	}
	slices.SortFunc(r.Models, func(a, b ModelShare) int {
		if c := b.Count - a.Count; c != 0 {
			return c
		}
		if c := len(a.Model.terms) - len(b.Model.terms); c != 0 {
			return c
		}
		return slices.CompareFunc(a.Model.terms, b.Model.terms, compareTerms)
	})
}

// bag computes the mean of the finite replicates and its infinitesimal-jackknife standard error,
// √Σ_j cov_j² with cov_j the covariance over replicates of the count of cell j, per
// person, and the estimate (Efron 2014, equation 7.14 with persons of one cell taken together:
// each of its n_j persons contributes (cov_j/n_j)², and there are n_j of them).
func (r *Replicates) bag(drawn []int32, cells int) {
	n, mean := 0.0, 0.0
	for _, v := range r.Values {
		if !math.IsInf(v, 1) {
			n++
			mean += v
		}
	}
	if n < 2 {
		return
	}
	mean /= n
	variance := 0.0
	for j := range cells {
		average := 0.0
		for i, v := range r.Values {
			if !math.IsInf(v, 1) {
				average += float64(drawn[i*cells+j])
			}
		}
		average /= n
		cov := 0.0
		for i, v := range r.Values {
			if !math.IsInf(v, 1) {
				cov += (float64(drawn[i*cells+j]) - average) * (v - mean)
			}
		}
		cov /= n
		if average > 0 {
			variance += cov * cov / average
		}
	}
	r.Bagged, r.BaggedSE = mean, math.Sqrt(variance)
}

// jackknife leaves out one person of each occupied cell in turn, the choice of the model included.
func (r *Replicates) jackknife(ctx context.Context, p *problem, rule *rule, workers int) error {
	for w, c := range p.counts {
		if c > 0 {
			r.Jackknife = append(r.Jackknife, LeftOut{Pattern: estimators.Pattern(w), Count: c})
		}
	}
	work := func() *scratch { return &scratch{chooser: p.newChooser(rule), y: make([]float64, len(p.y))} }
	err := resample.EachWith(ctx, len(r.Jackknife), workers, work, func(s *scratch, i int) error {
		copy(s.y, p.y)
		s.y[r.Jackknife[i].Pattern]--
		got, err := s.choose(ctx, s.y)
		r.Jackknife[i].Population = p.n - 1 + got.hidden
		return err
	})
	if err != nil {
		return err
	}
	values, weights := make([]float64, len(r.Jackknife)), make([]float64, len(r.Jackknife))
	for i, j := range r.Jackknife {
		values[i], weights[i] = j.Population, float64(j.Count)
	}
	r.Acceleration, r.Steady = resample.Acceleration(values, weights)
	return nil
}

// Interval reads an interval of a kind off the replicates: percentile, basic, studentised, bca, or
// calibrated (which needs inner replicates). Replicates without an estimate are the largest order
// statistics: an upper limit that rests on them is +Inf, a lower one the observed number. Quantiles are of type 8. Basic and
// studentised intervals are made on the logarithm of the hidden number. No limit is below the
// observed number.
func (r *Replicates) Interval(kind estimators.IntervalKind, level float64) (estimators.Interval, error) {
	lo, hi := 0.5-level/2, 0.5+level/2
	n := float64(r.Observed)
	at := func(p float64) float64 { return resample.Quantile(r.sorted, p, resample.Type8) }
	i := estimators.Interval{Kind: kind, Level: level}
	switch kind {
	case estimators.Percentile:
		i.Lower, i.Upper = at(lo), at(hi)
	case estimators.BCa:
		i.Lower = at(resample.BCaLevel(lo, r.BiasCorrection, r.Acceleration))
		i.Upper = at(resample.BCaLevel(hi, r.BiasCorrection, r.Acceleration))
	case estimators.Basic:
		hidden := r.Population - n
		reflect := func(q float64) float64 {
			if q <= n || hidden <= 0 {
				return math.Inf(1)
			}
			return n + hidden*hidden/(q-n)
		}
		i.Lower, i.Upper = reflect(at(hi)), reflect(at(lo))
	case estimators.Studentised:
		t := make([]float64, len(r.Values))
		for b, v := range r.Values {
			t[b] = math.Inf(1)
			if !math.IsInf(v, 1) {
				t[b] = math.Log((v-n)/(r.Population-n)) / r.logSE[b]
				if math.IsNaN(t[b]) || v <= n {
					t[b] = math.Inf(-1)
				}
			}
		}
		slices.Sort(t)
		limit := func(p float64) float64 {
			return n + math.Exp(math.Log(r.Population-n)-resample.Quantile(t, p, resample.Type8)*r.LogSE)
		}
		i.Lower, i.Upper = limit(hi), limit(lo)
		if math.IsNaN(i.Lower) || math.IsNaN(i.Upper) {
			i.Lower, i.Upper = n, math.Inf(1) // nobody hidden by the estimate: there is no logarithm to studentise
		}
	case estimators.Calibrated:
		if r.innerSize == 0 {
			return i, fmt.Errorf("a calibrated interval needs inner replicates")
		}
		i.Lower = at(resample.Quantile(r.inner, lo, resample.Type8))
		i.Upper = at(resample.Quantile(r.inner, hi, resample.Type8))
	default:
		return i, fmt.Errorf("the bootstrap has no %s interval: percentile, basic, studentised, bca, calibrated", kind)
	}
	if math.IsInf(i.Lower, 1) {
		i.Lower = n // even the lower limit rests on replicates without an estimate
	}
	i.Lower = math.Max(n, i.Lower)
	i.Upper = math.Max(i.Upper, i.Lower)
	return i, nil
}

// ModelShareOfWidth is the share of the width of the percentile interval, on the log scale of the
// hidden number, that is due to the choice of the model: one less the ratio of the width under the model
// of the original table to the width with the choice repeated; 0 when that ratio is above one. ok is
// false when a width is not finite.
func (r *Replicates) ModelShareOfWidth(level float64) (share float64, ok bool) {
	n := float64(r.Observed)
	width := func(sorted []float64) float64 {
		lo := resample.Quantile(sorted, 0.5-level/2, resample.Type8) - n
		hi := resample.Quantile(sorted, 0.5+level/2, resample.Type8) - n
		return math.Log(hi / lo)
	}
	whole, part := width(r.sorted), width(resample.Sorted(r.Fixed))
	if !(whole > 0) || math.IsInf(whole, 0) || math.IsNaN(part) || math.IsInf(part, 0) {
		return 0, false
	}
	return math.Max(0, 1-part/whole), true
}
