package incomplete

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// The ways in which replicates are drawn. In all of them strata have random sizes: another replicate has other people.
const (
	// SemiParametric draws a population of N people over the rows of the table and those not seen, in the proportions observed and estimated (the hybrid
	// bootstrap of van der Heijden and others 2022).
	SemiParametric = "semiparametric"
	// Parametric draws N people over the cells of the complete table in the proportions fitted; what is recorded of those seen is what was recorded of
	// people with their pattern, at random.
	Parametric = "parametric"
	// NonParametric draws as many people as were seen from the rows of the table.
	NonParametric = "nonparametric"
)

// Schemes are the ways in which replicates are drawn, the default first.
func Schemes() []string { return []string{SemiParametric, Parametric, NonParametric} }

// Bootstrap says how replicates are made. The model is refitted in each, and not chosen again.
type Bootstrap struct {
	Replicates int    // at least 2
	Scheme     string // "": SemiParametric
	Seed       uint64
	Workers    int // goroutines; 0: as many as there are processors. Never changes an answer
}

// Replicates are the estimates from the replicates, in their order. One without an estimate has +Inf hidden people, in total and in every
// stratum: it counts as the largest.
type Replicates struct {
	Scheme string
	Failed int
	Why    []estimators.Frequency // the codes of the refusals of those that failed, most often first
	// Seen and Hidden are people by replicate; of each grouping asked for by replicate and stratum, those seen expected from what was recorded.
	Seen, Hidden             []float64
	GroupsSeen, GroupsHidden [][][]float64
}

// Populations are seen and hidden people together.
func (r *Replicates) Populations() []float64 { return sums(r.Seen, r.Hidden) }

// Group returns the estimates of stratum s of grouping g.
func (r *Replicates) Group(g, s int) []float64 {
	out := make([]float64, len(r.Seen))
	for i := range out {
		out[i] = r.GroupsSeen[g][i][s] + r.GroupsHidden[g][i][s]
	}
	return out
}

func sums(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

// Bootstrap refits the model to replicates of the table; each of by is a grouping as in [Fit.Strata].
func (f *Fit) Bootstrap(ctx context.Context, b Bootstrap, by ...[]string) (*Replicates, error) {
	if b.Scheme == "" {
		b.Scheme = SemiParametric
	}
	switch {
	case b.Replicates < 2:
		return nil, fmt.Errorf("%d bootstrap replicates: at least 2 are needed", b.Replicates)
	case !slices.Contains(Schemes(), b.Scheme):
		return nil, fmt.Errorf("there is no bootstrap scheme %q; there are %v", b.Scheme, Schemes())
	}
	r := &Replicates{Scheme: b.Scheme, Seen: make([]float64, b.Replicates), Hidden: make([]float64, b.Replicates)}
	var index [][]int
	var sizes []int
	for _, names := range by {
		at, err := f.p.margin(names)
		if err != nil {
			return nil, err
		}
		index, sizes = append(index, f.p.strata(at)), append(sizes, len(f.p.combinations(at)))
		r.GroupsSeen, r.GroupsHidden = append(r.GroupsSeen, make([][]float64, b.Replicates)), append(r.GroupsHidden, make([][]float64, b.Replicates))
	}
	d := f.drawer(b.Scheme)
	codes := make([]string, b.Replicates)
	type scratch struct {
		state *fitter
		drawn []int64
	}
	err := resample.EachWith(ctx, b.Replicates, b.Workers, func() *scratch { return &scratch{newFitter(f.p), make([]int64, len(d.weights))} }, func(w *scratch, i int) error {
		d.draw(w.state.counts, w.drawn, resample.Stream(b.Seed, uint64(i)))
		_, err := w.state.climb(ctx, f.whole, func(c int) float64 { return f.state.mu[c] + 0.01 }, 1)
		var refusal *estimators.Refusal
		failed := errors.As(err, &refusal)
		switch {
		case failed:
			codes[i] = refusal.Code
		case err != nil:
			return err
		}
		r.Seen[i], r.Hidden[i] = w.state.seen(), math.Inf(1)
		if !failed {
			r.Hidden[i] = w.state.hidden()
			w.state.complete()
		}
		for g := range by {
			seen, hidden := make([]float64, sizes[g]), make([]float64, sizes[g])
			for s := range hidden {
				if failed {
					hidden[s] = math.Inf(1)
				}
			}
			if !failed {
				for c := range f.p.cells {
					if f.p.cells[c].seen == 0 {
						hidden[index[g][c]] += w.state.mu[c]
					} else {
						seen[index[g][c]] += w.state.full[c]
					}
				}
			}
			r.GroupsSeen[g][i], r.GroupsHidden[g][i] = seen, hidden
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	times := map[string]int{}
	for _, c := range codes {
		if c != "" {
			r.Failed++
			times[c]++
		}
	}
	for c, n := range times {
		r.Why = append(r.Why, estimators.Frequency{Model: c, Count: n})
	}
	slices.SortFunc(r.Why, func(a, b estimators.Frequency) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return slices.Compare([]byte(a.Model), []byte(b.Model))
	})
	return r, nil
}

// A drawer draws the counts of the rows.
type drawer struct {
	population float64   // people drawn
	weights    []float64 // of what is drawn from; the last is the hidden people, unless there are none
	rows       [][]int   // the rows that each may become
	shares     [][]float64
	exact      bool // what is drawn from are the rows themselves
}

func (f *Fit) drawer(scheme string) *drawer {
	p := f.p
	d := &drawer{population: f.Population}
	switch scheme {
	case NonParametric:
		d.exact, d.population = true, p.total
		d.weights = slices.Clone(f.state.counts)
	case SemiParametric:
		d.exact = true
		d.weights = append(slices.Clone(f.state.counts), f.Hidden)
	default:
		shares := p.shares(f.state.counts)
		d.weights = slices.Clone(f.state.mu)
		d.rows, d.shares = make([][]int, len(p.cells)), make([][]float64, len(p.cells))
		for i, r := range p.rows {
			for _, c := range r.cells {
				d.rows[c], d.shares[c] = append(d.rows[c], i), append(d.shares[c], shares[i])
			}
		}
	}
	return d
}

// draw fills counts with a replicate.
func (d *drawer) draw(counts []float64, drawn []int64, rng *rand.Rand) {
	n := math.Floor(d.population)
	if rng.Float64() < d.population-n {
		n++
	}
	resample.Multinomial(drawn, int64(n), d.weights, rng)
	if d.exact {
		for i := range counts {
			counts[i] = float64(drawn[i])
		}
		return
	}
	clear(counts)
	for c, people := range drawn {
		if people == 0 || len(d.rows[c]) == 0 {
			continue
		}
		if len(d.rows[c]) == 1 {
			counts[d.rows[c][0]] += float64(people)
			continue
		}
		into := make([]int64, len(d.rows[c]))
		resample.Multinomial(into, people, d.shares[c], rng)
		for a, m := range into {
			counts[d.rows[c][a]] += float64(m)
		}
	}
}

// limits are the quantiles of replicates, those without an estimate being the largest.
func limits(values []float64, level float64) (lower, upper float64) {
	sorted := resample.Sorted(values)
	return resample.Quantile(sorted, 0.5-level/2, resample.Type8), resample.Quantile(sorted, 0.5+level/2, resample.Type8)
}

// resampling is what a report shows of replicates.
func (r *Replicates) resampling() *estimators.Resampling {
	out := &estimators.Resampling{Scheme: r.Scheme, Replicates: len(r.Seen), Failed: r.Failed}
	sorted := resample.Sorted(r.Populations())
	for i := range 201 {
		out.Quantiles = append(out.Quantiles, resample.Quantile(sorted, float64(i)/200, resample.Type8))
	}
	return out
}
