package linkageerror

import (
	"context"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
	"darkfigure/internal/resample"
)

// A PairRates holds the error rates of the links between two lists, given by their indices in the table.
type PairRates struct {
	A, B        int
	MissedMatch Rate // share of the matches that are not linked
	FalseMatch  Rate // share of the links that are not matches
}

// Lists corrects a log-linear estimate from two or more lists. The expected table is F·D·μ, μ being the table without errors:
//
//   - D: every record of a person on two lists or more comes loose with a probability of its list, δ_k, and is then a person of its own; the
//     others remain together. The δ follow from the missed-match rates of the pairs, 1 − MMR_ab = (1−δ_a)(1−δ_b), by least
//     squares of the logarithms.
//   - F: two clusters h and g without a list in common are joined in the expected number φ·ν_h·ν_g, where ν = D·μ and φ is the mean over a
//     in h and b in g of φ_ab = FMR_ab·links_ab / Σ ν_h·ν_g, the sum being over those with a in h and b in g.
//
// μ ≥ 0 maximises the Poisson likelihood of the table, by the iteration of Richardson (1972) and Lucy (1974). Up to cells that would be
// negative it is the inverse, and with two lists it is [TwoLists] with a share of false links.
//
// The model is fixed: independence and the interactions in Model, every subset of a term being in the model with it.
type Lists struct {
	Rates []PairRates          // of every pair of lists
	Model []estimators.Pattern // its interactions; empty: independence
	Resampling
}

// maxLists bounds the number of pairs of patterns, 3^k.
const maxLists = 10

// Correct applies the correction to a table, collapsed over covariates. Refusals: those of the model on the corrected table (no-overlap,
// no-mle, not-identifiable), links-below-chance when more links are said to be false than clusters could have been joined,
// impossible-patterns, too-large above ten lists.
func (o Lists) Correct(ctx context.Context, t *estimators.Table) (*Correction, error) {
	k, lists := t.K(), t.Lists()
	counts := t.Counts()
	switch {
	case k < 2:
		return nil, estimators.Refuse("too-few-lists", "the table has one list, %s", lists[0])
	case k > maxLists:
		return nil, estimators.Refuse("too-large", "the table has %d lists; linkage error is corrected for at most %d", k, maxLists)
	case t.Observed() == 0:
		return nil, estimators.Refuse("empty-table", "nobody is in the table")
	case len(t.StructuralZeros()) > 0:
		r := estimators.Refuse("impossible-patterns", "%d patterns are impossible by design, and wrong links could still have filled them", len(t.StructuralZeros()))
		r.Cells = t.StructuralZeros()
		return nil, r
	}
	missed, falsely, err := o.pairs(lists)
	if err != nil {
		return nil, err
	}
	terms, err := o.terms(k)
	if err != nil {
		return nil, err
	}
	y := reals(counts)
	mean := func(r Rate) float64 { return r.Mean }
	c := &Correction{}
	x := newTransition(k)
	c.Detached = x.rates(missed, falsely, mean)
	mu, code := x.invert(y)
	switch code {
	case inverted:
	case overfull:
		return nil, estimators.Refuse("links-below-chance", "more links are said to be false than there are people to be joined by them: the rates are not those of this table")
	default:
		return nil, estimators.Refuse("not-converged", "the table without linkage error was not found in %d iterations: the rates are too large", invertIterations)
	}
	fitter := lattice.NewFitter(k, y, nil)
	if out := fitter.Fit(terms, nil); overlaps(y) && out.Status == lattice.Fitted && out.Intercept < hugeLog {
		c.Uncorrected, c.HasPlain = float64(t.Observed())+math.Exp(out.Intercept), true
	}
	if !overlaps(mu) {
		return nil, estimators.Refuse("no-overlap", "no overlap is left when the links that are false are taken away")
	}
	fitter.SetCounts(mu)
	out := fitter.Fit(terms, nil)
	if out.Status != lattice.Fitted || out.Intercept >= hugeLog {
		return nil, refuseFit(fitter, terms, out, lists)
	}
	c.Cells = mu
	for _, v := range mu {
		c.Observed += v
	}
	c.Hidden = math.Exp(out.Intercept)
	c.Population = c.Observed + c.Hidden
	start := lattice.Start(fitter.Parameters(nil))
	return c, o.run(ctx, c, counts, func() func([]int64, int) (float64, string) {
		x, fitter := newTransition(k), lattice.NewFitter(k, y, nil)
		cells := make([]float64, len(y))
		var streams resample.Streams
		return func(drawn []int64, i int) (float64, string) {
			rng := streams.At(o.Seed, o.rates(i))
			x.rates(missed, falsely, func(r Rate) float64 { return r.draw(rng) })
			for w, n := range drawn {
				cells[w] = float64(n)
			}
			mu, code := x.invert(cells)
			switch {
			case code == overfull:
				return math.Inf(1), "links-below-chance"
			case code != inverted:
				return float64(fewest(drawn)), "not-converged"
			case !overlaps(mu):
				return math.Inf(1), "no-overlap"
			}
			fitter.SetCounts(mu)
			out := fitter.Fit(terms, start)
			switch {
			case out.Status != lattice.Fitted:
				return fitter.Total(), out.Status.String()
			case out.Intercept >= hugeLog:
				return math.Inf(1), "unbounded"
			}
			return fitter.Total() + math.Exp(out.Intercept), ""
		}
	})
}

// hugeLog is the logarithm of a hidden number that is out of reach of counting.
var hugeLog = math.Log(float64(estimators.MaxObserved))

// pairs puts the rates in the order of the pairs (0,1), (0,2), …, (1,2), ….
func (o Lists) pairs(lists []string) (missed, falsely []Rate, err error) {
	k := len(lists)
	missed, falsely = make([]Rate, k*(k-1)/2), make([]Rate, k*(k-1)/2)
	seen := make([]bool, len(missed))
	for _, r := range o.Rates {
		a, b := min(r.A, r.B), max(r.A, r.B)
		if a < 0 || b >= k || a == b {
			return nil, nil, fmt.Errorf("error rates are given for lists %d and %d of %d", r.A, r.B, k)
		}
		i := pairIndex(a, b, k)
		if seen[i] {
			return nil, nil, fmt.Errorf("error rates are given twice for %s and %s", lists[a], lists[b])
		}
		seen[i] = true
		if err := r.MissedMatch.check(fmt.Sprintf("missed-match rate of %s and %s", lists[a], lists[b])); err != nil {
			return nil, nil, err
		}
		if err := r.FalseMatch.check(fmt.Sprintf("false-match rate of %s and %s", lists[a], lists[b])); err != nil {
			return nil, nil, err
		}
		if r.MissedMatch.Mean >= 1 || r.FalseMatch.Mean >= 1 {
			return nil, nil, estimators.Refuse("links-below-chance", "every match between %s and %s is said to be missed, or every link false: nothing is left to correct", lists[a], lists[b])
		}
		missed[i], falsely[i] = r.MissedMatch, r.FalseMatch
	}
	if i := slices.Index(seen, false); i >= 0 {
		for a := range k {
			for b := a + 1; b < k; b++ {
				if pairIndex(a, b, k) == i {
					return nil, nil, fmt.Errorf("error rates of %s and %s are missing: give those of every pair of lists", lists[a], lists[b])
				}
			}
		}
	}
	return missed, falsely, nil
}

// pairIndex numbers the pairs a < b of k lists in their order.
func pairIndex(a, b, k int) int { return a*(2*k-a-1)/2 + b - a - 1 }

// terms are those of the model for the kernel: main effects, interactions with their subsets, intercept.
func (o Lists) terms(k int) ([]uint32, error) {
	in := map[uint32]bool{}
	for _, t := range o.Model {
		if t&^estimators.FullPattern(k) != 0 {
			return nil, fmt.Errorf("the term %b of the model is not one of %d lists", t, k)
		}
		for s := t; s > 0; s = (s - 1) & t {
			if s.Size() > 1 {
				in[uint32(s)] = true
			}
		}
	}
	var out []uint32
	for i := range k {
		out = append(out, 1<<uint(i))
	}
	for t := uint32(1); t < 1<<uint(k); t++ {
		if in[t] {
			out = append(out, t)
		}
	}
	return append(out, 0), nil
}

// fewest is the least number of people that a table can be of, whatever its links: those on its largest list.
func fewest(counts []int64) int64 {
	var on [maxLists]int64
	for w, n := range counts {
		for _, j := range estimators.Pattern(w).Lists() {
			on[j] += n
		}
	}
	return slices.Max(on[:])
}

// overlaps reports whether anybody is on two lists.
func overlaps(y []float64) bool {
	for w, v := range y {
		if v > 0 && estimators.Pattern(w).Size() > 1 {
			return true
		}
	}
	return false
}

func reals(counts []int64) []float64 {
	out := make([]float64, len(counts))
	for w, n := range counts {
		out[w] = float64(n)
	}
	return out
}

func refuseFit(f *lattice.Fitter, terms []uint32, out lattice.Outcome, lists []string) *estimators.Refusal {
	if out.Status == lattice.Fitted {
		return estimators.Refuse("unbounded", "the corrected table puts no bound on the number of hidden people")
	}
	r := estimators.Refuse(out.Status.String(), "the model has no estimate on the corrected table (%s)", out.Status)
	for _, w := range f.Examine(terms).Impossible {
		r.Cells = append(r.Cells, estimators.Pattern(w))
	}
	if len(r.Cells) > 0 {
		names := make([]string, 0, len(r.Cells))
		for _, w := range r.Cells {
			names = append(names, w.Join(lists, "·"))
		}
		r.Text += fmt.Sprintf(", because the cells %v can only be fitted by zero", names)
	}
	return r
}
