package lattice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// MaxTerms is the largest number of optional terms a search can handle.
const MaxTerms = 64

// ErrTooLarge is returned when a search would need more fits, or find more models, than it
// was allowed.
var ErrTooLarge = errors.New("lattice: the search is too large")

// A Space is the class of hierarchical models over k bits with every main effect and any
// subset of the optional terms that is hierarchical. Bit i of a set of terms stands for
// Optional[i].
type Space struct {
	K        int
	Optional []uint32 // larger terms first, so that a term comes before its submasks
	below    []uint64 // of each optional term, the optional terms that are its submasks, itself included
	over     []uint64 // of each optional term, the optional terms that are its supermasks, itself included
}

// NewSpace makes a space from optional terms; with a term all its submasks of two or more
// bits must be there. More than MaxTerms is ErrTooLarge.
func NewSpace(k int, optional []uint32) (*Space, error) {
	if len(optional) > MaxTerms {
		return nil, fmt.Errorf("%w: %d optional terms, at most %d", ErrTooLarge, len(optional), MaxTerms)
	}
	s := &Space{K: k, Optional: slices.Clone(optional)}
	slices.SortStableFunc(s.Optional, func(a, b uint32) int {
		if c := cmp.Compare(bits.OnesCount32(b), bits.OnesCount32(a)); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	s.link()
	return s, nil
}

func (s *Space) link() {
	s.below = make([]uint64, len(s.Optional))
	s.over = make([]uint64, len(s.Optional))
	for i, t := range s.Optional {
		for j, u := range s.Optional {
			if t&u == u {
				s.below[i] |= 1 << uint(j)
			}
			if t&u == t {
				s.over[i] |= 1 << uint(j)
			}
		}
	}
}

// Full is the set of all optional terms.
func (s *Space) Full() uint64 {
	if len(s.Optional) == 64 {
		return math.MaxUint64
	}
	return 1<<uint(len(s.Optional)) - 1
}

// Terms appends to dst every term of the model with the given optional terms: those, the
// main effects, and 0.
func (s *Space) Terms(dst []uint32, set uint64) []uint32 {
	for i := range s.K {
		dst = append(dst, 1<<uint(i))
	}
	for b := set; b != 0; b &= b - 1 {
		dst = append(dst, s.Optional[bits.TrailingZeros64(b)])
	}
	return append(dst, 0)
}

// Set is the set of optional terms among terms; ok is false when a term of two or more
// bits is not optional.
func (s *Space) Set(terms []uint32) (set uint64, ok bool) {
	for _, t := range terms {
		if bits.OnesCount32(t) < 2 {
			continue
		}
		i := slices.Index(s.Optional, t)
		if i < 0 {
			return 0, false
		}
		set |= 1 << uint(i)
	}
	return set, true
}

// Hierarchical reports whether with every term of the set its submasks are in it.
func (s *Space) Hierarchical(set uint64) bool {
	for b := set; b != 0; b &= b - 1 {
		if s.below[bits.TrailingZeros64(b)]&^set != 0 {
			return false
		}
	}
	return true
}

// A Model is a fitted model of a Space.
type Model struct {
	Set       uint64
	Outcome   Outcome
	Criterion float64 // −2·LogLik + penalty; +Inf for a model without an estimate
}

// A Penalty is what a criterion adds to −2·LogLik for p parameters. It must not decrease.
type Penalty func(p int) float64

// A Searcher looks for models in a space.
type Searcher struct {
	Space   *Space
	Penalty Penalty
	MaxFits int // 0: no limit

	fitter *Fitter
	terms  []uint32
	fits   int
	refuse int
}

// NewSearcher makes a searcher over a space that uses the given fitter.
func NewSearcher(s *Space, f *Fitter, penalty Penalty) *Searcher {
	return &Searcher{Space: s, Penalty: penalty, fitter: f}
}

// Fits is the number of models fitted so far.
func (s *Searcher) Fits() int { return s.fits }

// Refused is the number of models met so far that have no estimate.
func (s *Searcher) Refused() int { return s.refuse }

// Fit fits one model of the space.
func (s *Searcher) Fit(set uint64, start Start) Model {
	return s.fit(set, start, finalTolerance)
}

func (s *Searcher) fit(set uint64, start Start, tolerance float64) Model {
	s.terms = s.Space.Terms(s.terms[:0], set)
	out := s.fitter.fit(s.terms, start, tolerance)
	s.fits++
	m := Model{Set: set, Outcome: out, Criterion: math.Inf(1)}
	if out.Status == Fitted {
		m.Criterion = -2*out.LogLik + s.Penalty(out.Parameters)
	} else {
		s.refuse++
	}
	return m
}

// All fits every hierarchical model of the space, in a fixed order, and calls visit with
// each. It stops with the error of visit, of the context, or ErrTooLarge.
func (s *Searcher) All(ctx context.Context, visit func(Model) error) error {
	if s.Space.K > len(s.fitter.observed) {
		return ErrTooLarge
	}
	depth := len(s.Space.Optional)
	starts := make([][]float64, depth+2)
	var walk func(i, level int, maximal, forced uint64, m Model) error
	walk = func(i, level int, maximal, forced uint64, m Model) error {
		for i < depth && (forced>>uint(i)&1 == 1 || maximal>>uint(i)&1 == 0) {
			i++
		}
		if i == depth {
			return visit(m)
		}
		bit := uint64(1) << uint(i)
		// With term i: no new fit.
		if err := walk(i+1, level, maximal, forced|s.Space.below[i], m); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.MaxFits > 0 && s.fits >= s.MaxFits {
			return ErrTooLarge
		}
		smaller := maximal &^ bit
		child := s.fit(smaller, starts[level], finalTolerance)
		starts[level+1] = s.fitter.Parameters(starts[level+1][:0])
		return walk(i+1, level+1, smaller, forced, child)
	}
	root := s.Fit(s.Space.Full(), nil)
	starts[0] = s.fitter.Parameters(nil)
	return walk(0, 0, s.Space.Full(), 0, root)
}

// Greedy walks downhill from a model: in every round to the best neighbour that has one
// term more or one fewer, until there is none better. It ends in a local optimum; it
// serves as the incumbent of Within. The start must be hierarchical.
func (s *Searcher) Greedy(ctx context.Context, set uint64) (Model, error) {
	best := s.fit(set, nil, searchTolerance)
	start := s.fitter.Parameters(nil)
	var next []float64
	for {
		at := best
		for i := range s.Space.Optional {
			bit := uint64(1) << uint(i)
			var neighbour uint64
			if at.Set&bit != 0 {
				if at.Set&s.Space.over[i] != bit {
					continue
				}
				neighbour = at.Set &^ bit
			} else {
				if s.Space.below[i]&^at.Set != bit {
					continue
				}
				neighbour = at.Set | bit
			}
			if err := ctx.Err(); err != nil {
				return Model{}, err
			}
			m := s.fit(neighbour, start, searchTolerance)
			if m.Criterion < best.Criterion-1e-9 {
				best = m
				next = s.fitter.Parameters(next[:0])
			}
		}
		if best.Set == at.Set {
			return best, nil
		}
		start, next = next, start
	}
}

// tie is the difference of two criteria below which they are equal but for rounding.
const tie = 1e-6

// Within returns every model whose criterion is within delta of the least of all, best
// first; equal ones in the order of fewer parameters, then of their sets. The result is
// exact: branch and bound over the whole space, not a greedy search. At least one model
// is returned unless none has an estimate. When more than limit models (0: no limit) are
// within delta, or MaxFits is reached, the error is ErrTooLarge.
//
// A state of the search is a maximal model and the terms forced into it. Every model
// between has at most the likelihood of the maximal one and at least the parameters of
// the forced ones, which bounds its criterion from below (Furnival and Wilson 1974,
// carried over to hierarchical models: terms are decided from the largest down, so that
// excluding one keeps the model hierarchical, and forcing one forces its submasks). A
// maximal model without an estimate contributes the supremum of its likelihood.
func (s *Searcher) Within(ctx context.Context, delta float64, limit int) ([]Model, error) {
	// The incumbent: the better of two local optima.
	incumbent := math.Inf(1)
	for _, from := range []uint64{0, s.Space.Full()} {
		m, err := s.Greedy(ctx, from)
		if err != nil {
			return nil, err
		}
		incumbent = math.Min(incumbent, m.Criterion)
	}
	var found []Model
	record := func(m Model) error {
		if m.Outcome.Status != Fitted || m.Criterion > incumbent+delta+tie {
			return nil
		}
		incumbent = math.Min(incumbent, m.Criterion)
		found = append(found, m)
		if limit > 0 && len(found) > 2*limit {
			found = slices.DeleteFunc(found, func(m Model) bool { return m.Criterion > incumbent+delta+tie })
			if len(found) > limit {
				return fmt.Errorf("%w: more than %d models within %g of the best", ErrTooLarge, limit, delta)
			}
		}
		return nil
	}
	n := len(s.Space.Optional)
	base := 1 + s.Space.K
	starts := make([][]float64, n+2)
	var order []int
	var walk func(at, level int, maximal, forced uint64, m Model) error
	walk = func(at, level int, maximal, forced uint64, m Model) error {
		open := maximal &^ forced
		if -2*m.Outcome.LogLik+s.Penalty(base+bits.OnesCount64(forced)) > incumbent+delta+tie {
			return nil
		}
		if open == 0 {
			return record(m)
		}
		for open>>uint(order[at])&1 == 0 {
			at++
		}
		i := order[at]
		bit := uint64(1) << uint(i)
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.MaxFits > 0 && s.fits >= s.MaxFits {
			return fmt.Errorf("%w: more than %d models to fit", ErrTooLarge, s.MaxFits)
		}
		smaller := maximal &^ bit
		child := s.fit(smaller, starts[level], searchTolerance)
		starts[level+1] = s.fitter.Parameters(starts[level+1][:0])
		incumbent = math.Min(incumbent, child.Criterion)
		if err := walk(at+1, level+1, smaller, forced, child); err != nil {
			return err
		}
		return walk(at+1, level, maximal, forced|s.Space.below[i], m)
	}
	root := s.fit(s.Space.Full(), nil, searchTolerance)
	starts[0] = s.fitter.Parameters(nil)
	incumbent = math.Min(incumbent, root.Criterion)
	order = s.decisions(root, starts[0])
	if err := walk(0, 0, s.Space.Full(), 0, root); err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(m Model) bool { return !(m.Criterion <= incumbent+delta+tie) })
	if limit > 0 && len(found) > limit {
		return nil, fmt.Errorf("%w: more than %d models within %g of the best", ErrTooLarge, limit, delta)
	}
	Sort(found)
	return found, nil
}

// decisions returns the order in which Within decides terms: larger terms first, and
// among terms of one size first those whose loss costs the maximal model most, since
// excluding them soon exceeds the bound.
func (s *Searcher) decisions(root Model, start Start) []int {
	n := len(s.Space.Optional)
	loss := make([]float64, n)
	order := make([]int, n)
	for i := range n {
		order[i] = i
		m := s.fit(s.Space.Full()&^s.Space.over[i], start, searchTolerance)
		loss[i] = root.Outcome.LogLik - m.Outcome.LogLik
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if c := cmp.Compare(bits.OnesCount32(s.Space.Optional[b]), bits.OnesCount32(s.Space.Optional[a])); c != 0 {
			return c
		}
		return cmp.Compare(loss[b], loss[a])
	})
	return order
}

// Sort orders models by criterion, models without an estimate last.
func Sort(ms []Model) {
	slices.SortFunc(ms, func(a, b Model) int {
		switch d := a.Criterion - b.Criterion; {
		case d < -tie:
			return -1
		case d > tie:
			return 1
		}
		if c := cmp.Compare(a.Outcome.Parameters, b.Outcome.Parameters); c != 0 {
			return c
		}
		return cmp.Compare(a.Set, b.Set)
	})
}
