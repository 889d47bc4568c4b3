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

// A Searcher looks for models in a space. It must not be used by two goroutines at once.
type Searcher struct {
	Space   *Space
	Penalty Penalty
	MaxFits int // 0: no limit

	fitter *Fitter
	terms  []uint32
	fits   int
	refuse int

	// Of branch and bound.
	order     []int       // in which optional terms are decided
	starts    [][]float64 // parameters of the maximal model, by level
	buffers   [3][]float64
	incumbent float64
	delta     float64
	limit     int
	best      Model
	found     []Model // nil: only the best is wanted
	all       bool
}

// NewSearcher makes a searcher over a space that uses the given fitter.
func NewSearcher(s *Space, f *Fitter, penalty Penalty) *Searcher {
	return &Searcher{Space: s, Penalty: penalty, fitter: f, starts: make([][]float64, len(s.Optional)+2)}
}

// Fits is the number of models fitted so far.
func (s *Searcher) Fits() int { return s.fits }

// Refused is the number of models met so far that have no estimate.
func (s *Searcher) Refused() int { return s.refuse }

// Fit fits one model of the space.
func (s *Searcher) Fit(set uint64, start Start) Model {
	return s.fit(set, start, finalTolerance, math.Inf(-1))
}

// FitBelow fits a model as a candidate: it gives up early when the criterion cannot come
// below the bound, which leaves it infinite.
func (s *Searcher) FitBelow(set uint64, start Start, bound float64) Model {
	return s.fit(set, start, searchTolerance, (s.Penalty(1+s.Space.K+bits.OnesCount64(set))-bound)/2)
}

// fit stops early when the log-likelihood cannot reach floor; the model then has an infinite
// criterion and an upper bound of its log-likelihood below floor.
func (s *Searcher) fit(set uint64, start Start, tolerance, floor float64) Model {
	s.terms = s.Space.Terms(s.terms[:0], set)
	s.fitter.floor = floor
	out := s.fitter.fit(s.terms, start, tolerance)
	s.fitter.floor = math.Inf(-1)
	s.fits++
	m := Model{Set: set, Outcome: out, Criterion: math.Inf(1)}
	switch {
	case out.hopeless:
	case out.Status == Fitted:
		m.Criterion = -2*out.LogLik + s.Penalty(out.Parameters)
	default:
		s.refuse++
	}
	return m
}

// All fits every hierarchical model of the space, in a fixed order, and calls visit with
// each. It stops with the error of visit, of the context, or ErrTooLarge.
func (s *Searcher) All(ctx context.Context, visit func(Model) error) error {
	depth := len(s.Space.Optional)
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
		if err := s.allowed(ctx); err != nil {
			return err
		}
		smaller := maximal &^ bit
		child := s.Fit(smaller, s.starts[level])
		s.keep(level + 1)
		return walk(i+1, level+1, smaller, forced, child)
	}
	root := s.Fit(s.Space.Full(), nil)
	s.keep(0)
	return walk(0, 0, s.Space.Full(), 0, root)
}

// keep stores the parameters of the last fit as the start of a level.
func (s *Searcher) keep(level int) { s.starts[level] = s.fitter.Parameters(s.starts[level][:0]) }

// allowed says whether the search may go on.
func (s *Searcher) allowed(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.MaxFits > 0 && s.fits >= s.MaxFits {
		return fmt.Errorf("%w: more than %d models to fit", ErrTooLarge, s.MaxFits)
	}
	return nil
}

// Greedy walks downhill from a model: in every round to the best neighbour that has one
// term more or one fewer, until there is none better. It ends in a local optimum, which may be
// far from the best model of the space; it serves as the incumbent of Best and Within. The
// set must be hierarchical.
func (s *Searcher) Greedy(ctx context.Context, set uint64, start Start) (Model, error) {
	best := s.fit(set, start, searchTolerance, math.Inf(-1))
	at, next := 0, 1
	s.buffers[at] = s.fitter.Parameters(s.buffers[at][:0])
	for {
		from := best
		for i := range s.Space.Optional {
			bit := uint64(1) << uint(i)
			var neighbour uint64
			if from.Set&bit != 0 {
				if from.Set&s.Space.over[i] != bit {
					continue
				}
				neighbour = from.Set &^ bit
			} else {
				if s.Space.below[i]&^from.Set != bit {
					continue
				}
				neighbour = from.Set | bit
			}
			if err := s.allowed(ctx); err != nil {
				return Model{}, err
			}
			floor := (s.Penalty(1+s.Space.K+bits.OnesCount64(neighbour)) - best.Criterion) / 2
			m := s.fit(neighbour, s.buffers[at], searchTolerance, floor)
			if m.Criterion < best.Criterion-1e-9 {
				best = m
				s.buffers[next] = s.fitter.Parameters(s.buffers[next][:0])
			}
		}
		if best.Set == from.Set {
			return best, nil
		}
		at, next = next, at
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
	s.delta, s.limit, s.all, s.found = delta, limit, true, nil
	s.order = nil
	s.incumbent = math.Inf(1)
	for _, from := range []uint64{0, s.Space.Full()} {
		m, err := s.Greedy(ctx, from, nil)
		if err != nil {
			return nil, err
		}
		s.incumbent = math.Min(s.incumbent, m.Criterion)
	}
	if err := s.search(ctx, nil); err != nil {
		return nil, err
	}
	s.trim()
	if limit > 0 && len(s.found) > limit {
		return nil, fmt.Errorf("%w: more than %d models within %g of the best", ErrTooLarge, limit, delta)
	}
	Sort(s.found)
	return s.found, nil
}

// Best finds the model of least criterion, exactly, as Within does with delta 0, but
// allocates nothing after its first call. The search begins from the model from (which must be
// hierarchical) and its start; a good guess saves much of the work. Among models that are equal but for
// rounding it may return any. ok is false when no model has an estimate.
func (s *Searcher) Best(ctx context.Context, from uint64, start Start) (best Model, ok bool, err error) {
	s.delta, s.all = 0, false
	if s.best, err = s.Greedy(ctx, from, start); err != nil {
		return Model{}, false, err
	}
	s.incumbent = s.best.Criterion
	if err := s.search(ctx, start); err != nil {
		return Model{}, false, err
	}
	return s.best, !math.IsInf(s.best.Criterion, 1), nil
}

// Prepare fixes the order in which Best decides terms, from the counts in the fitter. The
// order does not change what is found.
func (s *Searcher) Prepare() {
	root := s.fit(s.Space.Full(), nil, searchTolerance, math.Inf(-1))
	s.keep(0)
	s.order = s.decisions(root, s.starts[0])
}

// Decisions takes over the order that another searcher of the same space has prepared.
func (s *Searcher) Decisions(from *Searcher) { s.order = from.order }

// search runs branch and bound from the full model.
func (s *Searcher) search(ctx context.Context, start Start) error {
	root := s.fit(s.Space.Full(), start, searchTolerance, math.Inf(-1))
	s.keep(0)
	s.consider(root)
	if s.order == nil {
		s.order = s.decisions(root, s.starts[0])
	}
	return s.branch(ctx, 0, 0, s.Space.Full(), 0, root)
}

// consider lowers the incumbent.
func (s *Searcher) consider(m Model) {
	if m.Criterion < s.incumbent {
		s.incumbent = m.Criterion
		if !s.all {
			s.best = m
		}
	}
}

// bound is the criterion above which a model is of no interest.
func (s *Searcher) bound() float64 {
	if s.all {
		return s.incumbent + s.delta + tie
	}
	return s.incumbent - 1e-9
}

func (s *Searcher) branch(ctx context.Context, at, level int, maximal, forced uint64, m Model) error {
	least := s.Penalty(1 + s.Space.K + bits.OnesCount64(forced))
	if -2*m.Outcome.LogLik+least > s.bound() {
		return nil
	}
	open := maximal &^ forced
	if open == 0 {
		return s.record(m)
	}
	for open>>uint(s.order[at])&1 == 0 {
		at++
	}
	i := s.order[at]
	if err := s.allowed(ctx); err != nil {
		return err
	}
	smaller := maximal &^ (1 << uint(i))
	child := s.fit(smaller, s.starts[level], searchTolerance, (least-s.bound())/2)
	if !child.Outcome.hopeless {
		s.keep(level + 1)
		s.consider(child)
		if err := s.branch(ctx, at+1, level+1, smaller, forced, child); err != nil {
			return err
		}
	}
	return s.branch(ctx, at+1, level, maximal, forced|s.Space.below[i], m)
}

// record keeps a model that is completely decided.
func (s *Searcher) record(m Model) error {
	if m.Outcome.Status != Fitted || m.Criterion > s.bound() || !s.all {
		return nil
	}
	s.found = append(s.found, m)
	if s.limit > 0 && len(s.found) > 2*s.limit {
		if s.trim(); len(s.found) > s.limit {
			return fmt.Errorf("%w: more than %d models within %g of the best", ErrTooLarge, s.limit, s.delta)
		}
	}
	return nil
}

// trim drops what the incumbent has left behind since it was recorded.
func (s *Searcher) trim() {
	s.found = slices.DeleteFunc(s.found, func(m Model) bool { return m.Criterion > s.bound() })
}

// decisions returns the order in which terms are decided: larger terms first, and
// among terms of one size first those whose loss costs the maximal model most, since
// excluding them soon exceeds the bound.
func (s *Searcher) decisions(root Model, start Start) []int {
	n := len(s.Space.Optional)
	loss := make([]float64, n)
	order := make([]int, n)
	for i := range n {
		order[i] = i
		m := s.fit(s.Space.Full()&^s.Space.over[i], start, searchTolerance, math.Inf(-1))
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
