package lowerbound

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// EnoughCoverage is the estimated sample coverage from which Chao et al. (2001) advise the
// form for high coverage. Below it [CoverageHigh] refuses.
const EnoughCoverage = 0.55

// DefaultReplicates is the number of bootstrap samples when none is asked for.
const DefaultReplicates = 1000

// CoverageIndependence divides D, the number observed less the mean number on one list
// only, by the estimated sample coverage: N̂ = D/Ĉ. It is right for independent lists, and
// for two lists it equals Petersen.
type CoverageIndependence struct {
	Levels     []float64               // of the intervals, the headline first; empty: 0.95
	Interval   estimators.IntervalKind // Bootstrap (also ""): log-normal with the bootstrap standard error; or Percentile
	Seed       uint64
	Replicates int // 0: 1000
	Workers    int // 0: one for each processor; never changes an answer
}

// CoverageHigh is the form of Chao and Tsay (1998) that corrects for dependence between lists and needs
// a high coverage. It is refused when the coverage is below [EnoughCoverage], where it varies
// wildly, unless Force is set, and when its formula degenerates.
type CoverageHigh struct {
	Levels     []float64               // of the intervals, the headline first; empty: 0.95
	Interval   estimators.IntervalKind // Bootstrap (also "") or Percentile
	Seed       uint64
	Replicates int // 0: 1000
	Workers    int // 0: one for each processor; never changes an answer
	Force      bool
}

// CoverageLow is the one-step form for low coverage. For lists that depend positively on
// each other it is a lower bound.
type CoverageLow struct {
	Levels     []float64               // of the intervals, the headline first; empty: 0.95
	Interval   estimators.IntervalKind // Bootstrap (also "") or Percentile
	Seed       uint64
	Replicates int // 0: 1000
	Workers    int // 0: one for each processor; never changes an answer
}

var (
	_ estimators.Estimator = CoverageIndependence{}
	_ estimators.Estimator = CoverageHigh{}
	_ estimators.Estimator = CoverageLow{}
)

// Name is "coverage-independence".
func (CoverageIndependence) Name() string { return "coverage-independence" }

// Name is "coverage-high".
func (CoverageHigh) Name() string { return "coverage-high" }

// Name is "coverage-low".
func (CoverageLow) Name() string { return "coverage-low" }

// Estimate gives D/Ĉ. Needs two lists.
func (c CoverageIndependence) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return coverageMethod{c.Name(), 2, 0, false, (*overlaps).independence}.estimate(ctx, t, c.Levels, c.Interval, c.Seed, c.Replicates, c.Workers)
}

// Estimate gives the form for high coverage. Needs three lists.
func (c CoverageHigh) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	least := EnoughCoverage
	if c.Force {
		least = 0
	}
	return coverageMethod{c.Name(), 3, least, false, (*overlaps).high}.estimate(ctx, t, c.Levels, c.Interval, c.Seed, c.Replicates, c.Workers)
}

// Estimate gives the form for low coverage. Needs three lists.
func (c CoverageLow) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return coverageMethod{c.Name(), 3, 0, true, (*overlaps).low}.estimate(ctx, t, c.Levels, c.Interval, c.Seed, c.Replicates, c.Workers)
}

// SampleCoverage is the estimated sample coverage Ĉ of Chao and Tsay (1998): one less the
// mean over lists of the share of a list that is on no other. It estimates the
// share of the population, each weighted by how easily they are listed, that
// stands on the lists. Lists that hold nobody are left out. It is a [*estimators.Refusal] with
// fewer than two lists that hold anybody.
func SampleCoverage(t *estimators.Table) (float64, error) {
	w, _, err := newWorld(t, 2)
	if err != nil {
		return 0, err
	}
	s := w.scratch()
	s.count(w.cells, w.counts)
	return s.coverage, nil
}

// A world is the collapsed table in a form that does not depend on the order of its lists, so that
// neither do the bootstrap samples: lists by name, empty ones left out.
type world struct {
	k      int
	cells  []estimators.Pattern
	counts []int64
}

// newWorld refuses tables with fewer lists that hold somebody than are needed. It also returns the
// names of the lists that hold nobody.
func newWorld(t *estimators.Table, needed int) (world, []string, error) {
	names, totals := t.Lists(), t.Totals()
	var order []int
	var empty []string
	for i := range names {
		if totals[i] > 0 {
			order = append(order, i)
		} else {
			empty = append(empty, names[i])
		}
	}
	switch {
	case t.K() < needed:
		return world{}, nil, tooFewLists(t, needed)
	case t.Observed() == 0:
		return world{}, nil, estimators.Refuse("empty-table", "nobody is in the table")
	case len(order) < needed:
		r := estimators.Refuse("too-few-lists", "nobody is on %s, which leaves %d of the %d lists this method needs", strings.Join(empty, ", "), len(order), needed)
		r.Lists = empty
		return world{}, nil, r
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(names[a], names[b]) })
	w := world{k: len(order)}
	byPattern := map[estimators.Pattern]int64{}
	for _, c := range t.Cells() {
		var p estimators.Pattern
		for to, from := range order {
			if c.Pattern.Has(from) {
				p |= 1 << uint(to)
			}
		}
		if c.Count > 0 {
			if _, ok := byPattern[p]; !ok {
				w.cells = append(w.cells, p)
			}
			byPattern[p] += c.Count
		}
	}
	slices.Sort(w.cells)
	for _, p := range w.cells {
		w.counts = append(w.counts, byPattern[p])
	}
	return w, empty, nil
}

// overlaps are the statistics of Chao and Tsay for one table. Pairs i < j are at i·k + j.
type overlaps struct {
	k        int
	n        float64
	single   []float64 // on list i alone
	size     []float64 // on list i
	a        []float64 // A_ij: alone on i, alone on j, and twice those on i and j alone
	both     []float64 // B_ij: on i and j, whatever else
	d        float64   // D, n less the mean of single
	coverage float64   // Ĉ
}

func (w world) scratch() *overlaps {
	return &overlaps{k: w.k, single: make([]float64, w.k), size: make([]float64, w.k), a: make([]float64, w.k*w.k), both: make([]float64, w.k*w.k)}
}

// count fills the statistics; false when a list is empty.
func (s *overlaps) count(cells []estimators.Pattern, counts []int64) bool {
	s.n = 0
	clear(s.single)
	clear(s.size)
	clear(s.a)
	clear(s.both)
	for c, p := range cells {
		x := float64(counts[c])
		if x == 0 {
			continue
		}
		s.n += x
		members := p.Size()
		for i := range s.k {
			if !p.Has(i) {
				continue
			}
			s.size[i] += x
			if members == 1 {
				s.single[i] += x
			}
			for j := i + 1; j < s.k; j++ {
				if p.Has(j) {
					s.both[i*s.k+j] += x
					if members == 2 {
						s.a[i*s.k+j] += 2 * x
					}
				}
			}
		}
	}
	var single, share float64
	for i := range s.k {
		if s.size[i] == 0 {
			return false
		}
		single += s.single[i]
		share += s.single[i] / s.size[i]
		for j := i + 1; j < s.k; j++ {
			s.a[i*s.k+j] += s.single[i] + s.single[j]
		}
	}
	s.d = s.n - single/float64(s.k)
	s.coverage = 1 - share/float64(s.k)
	if single == s.n {
		s.coverage = 0 // exactly: nobody is on two lists
	}
	return true
}

// pairs sums A_ij and A_ij·B_ij/(n_i·n_j) over pairs.
func (s *overlaps) pairs() (a, ab float64) {
	for i := range s.k {
		for j := i + 1; j < s.k; j++ {
			x := s.a[i*s.k+j]
			a += x
			ab += x * (s.both[i*s.k+j] / s.size[i] / s.size[j])
		}
	}
	return a, ab
}

// The three forms return the estimate of N. It is not a number, infinite or below n where
// the form has none.

func (s *overlaps) independence() float64 { return s.d / s.coverage }

func (s *overlaps) high() float64 {
	t := float64(s.k)
	a, ab := s.pairs()
	top, bottom := t*s.d-a, t*s.coverage-ab
	if top <= 0 || bottom <= 1e-12 {
		return math.NaN()
	}
	return top / bottom
}

func (s *overlaps) low() float64 {
	t := float64(s.k)
	first := s.d / s.coverage
	a, ab := s.pairs()
	// r_ij = B_ij/(n_i·n_j)·N' − 1 with N' the same for all pairs.
	inner := first + (first*ab-a)/(t*s.coverage)
	return first + (ab*inner-a)/(t*s.coverage)
}

// A coverageMethod is one of the forms.
type coverageMethod struct {
	name       string
	lists      int
	least      float64 // coverage below which it is refused
	lowerBound bool
	form       func(*overlaps) float64
}

func (m coverageMethod) estimate(ctx context.Context, t *estimators.Table, levels []float64, kind estimators.IntervalKind, seed uint64, replicates, workers int) (estimators.Estimate, error) {
	if replicates == 0 {
		replicates = DefaultReplicates
	}
	if kind == "" {
		kind = estimators.Bootstrap
	}
	levels = (estimators.Options{Levels: levels}).LevelsOr95()
	switch {
	case kind != estimators.Bootstrap && kind != estimators.Percentile:
		return estimators.Estimate{}, fmt.Errorf("%s has no interval of kind %q; choose bootstrap or percentile", m.name, kind)
	case replicates < 2:
		return estimators.Estimate{}, fmt.Errorf("%d bootstrap samples: at least 2 are needed", replicates)
	case slices.ContainsFunc(levels, func(l float64) bool { return !(l > 0 && l < 1) }):
		return estimators.Estimate{}, fmt.Errorf("the levels of intervals %v are not all between 0 and 1", levels)
	}
	w, empty, err := newWorld(t, m.lists)
	if err != nil {
		return estimators.Estimate{}, err
	}
	s := w.scratch()
	s.count(w.cells, w.counts)
	switch {
	case s.coverage <= 0:
		r := estimators.Refuse("no-overlap", "nobody is on two lists")
		r.Lists = t.Lists()
		return estimators.Estimate{}, r
	case slices.Min(s.size) == s.n:
		return estimators.Estimate{}, estimators.Refuse("saturated", "everybody is on every list")
	case s.n < fewest:
		return estimators.Estimate{}, estimators.Refuse("no-repeats", "only %s in the table: too few for a sample coverage", isOrAre(s.n))
	case s.coverage < m.least:
		return estimators.Estimate{}, estimators.Refuse("low-coverage", "the estimated sample coverage is %.1f%%, below the %.0f%% that this form needs", 100*s.coverage, 100*m.least)
	}
	population := m.form(s)
	if population < s.n && population > s.n*(1-1e-9) {
		population = s.n // rounding
	}
	switch {
	case math.IsNaN(population) || math.IsInf(population, 0):
		return estimators.Estimate{}, estimators.Refuse("below-observed", "the form degenerates: its numerator or denominator is not positive, so that it gives no number of at least the %s observed", estimators.People(s.n))
	case population < s.n:
		return estimators.Estimate{}, estimators.Refuse("below-observed", "the formula gives %s, fewer than the %s observed", estimators.People(math.Floor(population)), estimators.People(s.n))
	case population > float64(estimators.MaxObserved):
		return estimators.Estimate{}, estimators.Refuse("too-large", "the formula gives %s, more people than can be resampled", estimators.People(population))
	}
	e := estimators.Estimate{Method: m.name, Observed: t.Observed(), Hidden: population - s.n, Population: population, LowerBound: m.lowerBound, Status: estimators.OK}
	sample, err := w.bootstrap(ctx, m.form, population, seed, replicates, workers)
	if err != nil {
		return estimators.Estimate{}, err
	}
	failed := replicates - len(sample)
	e.Notes = append(e.Notes,
		fmt.Sprintf("estimated sample coverage %.1f%%", 100*s.coverage),
		fmt.Sprintf("standard error from %d bootstrap samples of the estimated population, seed %d; %d of them gave no estimate", replicates, seed, failed))
	m.intervals(&e, sample, failed, levels, kind)
	if failed*20 > replicates {
		e.Warn(estimators.Warning{Code: "failed-replicates", Text: fmt.Sprintf("%d of %d bootstrap samples gave no estimate", failed, replicates)})
	}
	if s.coverage < EnoughCoverage {
		e.Warn(estimators.Warning{Code: "low-sample-coverage", Text: fmt.Sprintf("the estimated sample coverage is %.1f%%", 100*s.coverage)})
	}
	for _, list := range empty {
		e.Warn(estimators.Warning{Code: "empty-list", Text: fmt.Sprintf("nobody is on %s, which was left out", list), Lists: []string{list}})
	}
	warnCommon(&e)
	warnStructural(&e, t)
	return e, nil
}

// intervals sets the standard error and the intervals from the bootstrap estimates. When
// most samples failed they say nothing, and there is neither.
func (m coverageMethod) intervals(e *estimators.Estimate, sample []float64, failed int, levels []float64, kind estimators.IntervalKind) {
	n := float64(e.Observed)
	if failed >= len(sample) {
		for _, level := range levels {
			e.Intervals = append(e.Intervals, estimators.Interval{Kind: kind, Level: level, Lower: n, Upper: math.Inf(1)})
		}
		e.Warn(estimators.Warning{Code: "unbounded-upper", Text: "most bootstrap samples gave no estimate, so that there is no standard error and no limit"})
		return
	}
	var mean, squares float64
	for _, x := range sample {
		mean += x / float64(len(sample))
	}
	for _, x := range sample {
		squares += (x - mean) * (x - mean)
	}
	variance := squares / float64(len(sample)-1)
	e.SE, e.HasSE = math.Sqrt(variance), true
	sorted := slices.Sorted(slices.Values(sample))
	for _, level := range levels {
		if kind == estimators.Percentile {
			lower, upper := resample.Quantile(sorted, (1-level)/2, resample.Type8), resample.Quantile(sorted, (1+level)/2, resample.Type8)
			e.Intervals = append(e.Intervals, estimators.Interval{Kind: kind, Level: level, Lower: math.Max(n, lower), Upper: math.Max(n, upper)})
			continue
		}
		e.Intervals = append(e.Intervals, logNormal(kind, level, n, e.Hidden, variance))
	}
}

// bootstrap draws samples from a population of the estimated size whose seen part is as
// observed, and returns the estimates, in the order of the samples and without those that have none.
func (w world) bootstrap(ctx context.Context, form func(*overlaps) float64, population float64, seed uint64, replicates, workers int) ([]float64, error) {
	p := make([]float64, len(w.cells)+1)
	var n float64
	for i, x := range w.counts {
		p[i] = float64(x)
		n += float64(x)
	}
	p[len(w.cells)] = math.Max(0, population-n)
	size := int64(math.Round(population))
	out := make([]float64, replicates)
	type scratch struct {
		*overlaps
		draw []int64
	}
	err := resample.EachWith(ctx, replicates, workers, func() scratch { return scratch{w.scratch(), make([]int64, len(p))} }, func(s scratch, i int) error {
		resample.Multinomial(s.draw, size, p, resample.Stream(seed, uint64(i)))
		out[i] = math.NaN()
		if s.count(w.cells, s.draw[:len(w.cells)]) && s.coverage > 0 {
			if x := form(s.overlaps); x >= s.n*(1-1e-9) && !math.IsInf(x, 1) {
				out[i] = x
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, math.IsNaN), nil
}
