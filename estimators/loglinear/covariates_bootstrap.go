package loglinear

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
	"darkfigure/internal/resample"
)

// crossReplicates are bootstrap replicates of a whole table.
type crossReplicates struct {
	hidden, seen [][]float64 // by replicate, by group
	models       map[string]int
	names        []string // of the models, by replicate; "" without an estimate
	failed       int
}

// crossDraws draws whole tables.
type crossDraws struct {
	scheme Scheme
	cells  []int
	p      []float64
	total  int64
}

func (c *crossFit) draws(s Scheme) (*crossDraws, error) {
	p := c.problem
	m := 1 << uint(p.k)
	d := &crossDraws{scheme: s}
	add := func(i int, v float64) {
		if v > 0 {
			d.cells, d.p = append(d.cells, i), append(d.p, v)
		}
	}
	switch s {
	case Nonparametric:
		for i, v := range p.y {
			add(i, v)
		}
		d.total = int64(p.n)
	case Semiparametric, Parametric:
		hidden := 0.0
		for _, h := range c.hidden {
			hidden += h
		}
		for i, v := range c.means {
			if i%m != 0 || s == Semiparametric {
				add(i, v)
			}
		}
		d.total = int64(math.Round(p.n + hidden))
	default:
		return nil, fmt.Errorf("no bootstrap is called %q: nonparametric, semiparametric, parametric", s)
	}
	d.sort(p)
	return d, nil
}

// sort puts the cells into an order that does not depend on the order of lists and covariates.
func (d *crossDraws) sort(p *crossProblem) {
	m := 1 << uint(p.k)
	names := p.variables()
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(names[a], names[b]) })
	key := func(i int) (k int) {
		for _, v := range order {
			if v < p.k {
				k = k*2 + i%m>>uint(v)&1
			} else {
				k = k*len(p.covariates[v-p.k].Levels) + p.level[v-p.k][i/m]
			}
		}
		return k
	}
	at := make([]int, len(d.cells))
	for i := range at {
		at[i] = i
	}
	keys := make([]int, len(d.cells))
	for i, c := range d.cells {
		keys[i] = key(c)
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	cells, q := make([]int, len(at)), make([]float64, len(at))
	for i, j := range at {
		cells[i], q[i] = d.cells[j], d.p[j]
	}
	d.cells, d.p = cells, q
}

// crossScratch is the workspace of a worker.
type crossScratch struct {
	fitter  *lattice.CrossFitter
	y       []float64
	counts  []int64
	streams resample.Streams
}

// replicate draws whole tables and repeats the choice of the model in each, or fits the one model when choose is nil.
func (c *crossFit) replicate(ctx context.Context, b Bootstrap, penalty []float64, choose func(ctx context.Context, p *crossProblem, f *lattice.CrossFitter) (*crossFit, error)) (*crossReplicates, error) {
	p := c.problem
	if b.Replicates < 2 {
		return nil, fmt.Errorf("%d bootstrap replicates: at least 2 are needed, and 1,000 for a 95 %% interval", b.Replicates)
	}
	d, err := c.draws(b.Scheme)
	if err != nil {
		return nil, err
	}
	m := 1 << uint(p.k)
	out := &crossReplicates{hidden: make([][]float64, b.Replicates), seen: make([][]float64, b.Replicates), models: map[string]int{}, names: make([]string, b.Replicates)}
	var done atomic.Int64
	work := func() *crossScratch {
		s := &crossScratch{fitter: p.newFitter(), y: make([]float64, len(p.y)), counts: make([]int64, len(d.cells))}
		s.fitter.Penalty = penalty
		return s
	}
	err = resample.EachWith(ctx, b.Replicates, b.Workers, work, func(s *crossScratch, r int) error {
		rng := s.streams.At(b.Seed, uint64(r))
		if d.scheme == Parametric {
			for j, mu := range d.p {
				s.counts[j] = int64(distuv.Poisson{Lambda: mu, Src: rng}.Rand())
			}
		} else {
			resample.Multinomial(s.counts, d.total, d.p, rng)
		}
		clear(s.y)
		seen := make([]float64, p.groups)
		for j, i := range d.cells {
			if i%m != 0 {
				s.y[i] = float64(s.counts[j])
				seen[i/m] += s.y[i]
			}
		}
		s.fitter.SetCounts(s.y)
		out.seen[r] = seen
		q := p.drawn(s.y)
		var got *crossFit
		if choose != nil {
			var err error
			if got, err = choose(ctx, q, s.fitter); err != nil {
				return err
			}
		} else {
			var err error
			if got, _, err = q.fitOn(ctx, s.fitter, c.set, c.parameter); err != nil {
				return err
			}
		}
		if got == nil || got.hidden == nil {
			out.hidden[r] = make([]float64, p.groups)
			for g := range out.hidden[r] {
				out.hidden[r][g] = math.Inf(1)
			}
		} else {
			out.hidden[r], out.names[r] = got.hidden, p.format(got.set)
		}
		if b.Progress != nil {
			b.Progress(int(done.Add(1)), b.Replicates)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for r, h := range out.hidden {
		if slices.ContainsFunc(h, func(v float64) bool { return math.IsInf(v, 1) }) {
			out.failed++
		} else {
			out.models[out.names[r]]++
		}
	}
	return out, nil
}

// drawn is the same problem with other counts.
func (p *crossProblem) drawn(y []float64) *crossProblem {
	q := *p
	q.n, q.constant = 0, 0
	for _, v := range y {
		q.n += v
		if v > 1 {
			lg, _ := math.Lgamma(v + 1)
			q.constant += lg
		}
	}
	q.y = y
	return &q
}

// totals adds up groups: at[g] is the stratum of each.
func totals(by [][]float64, at []int, strata int) [][]float64 {
	out := make([][]float64, len(by))
	for r, groups := range by {
		out[r] = make([]float64, strata)
		for g, v := range groups {
			out[r][at[g]] += v
		}
	}
	return out
}

// frequencies are the models that replicates chose, most often first.
func (r *crossReplicates) frequencies() []estimators.Frequency {
	const most = 20
	var out []estimators.Frequency
	for m, n := range r.models {
		out = append(out, estimators.Frequency{Model: m, Count: n})
	}
	slices.SortFunc(out, func(a, b estimators.Frequency) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(len(a.Model), len(b.Model)), cmp.Compare(a.Model, b.Model))
	})
	return out[:min(most, len(out))]
}
