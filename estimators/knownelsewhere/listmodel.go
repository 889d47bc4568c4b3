package knownelsewhere

import (
	"math"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// ownLists is the profile likelihood of the hidden number that the linked lists have by themselves, under a log-linear model (Cormack 1992):
// with f hidden, the Poisson model is fitted with the count f in the unobserved cell, and up to a constant
//
//	ℓ(f) = Σ n_ω η̂_ω + f·η̂_0 − N log N + log Γ(N+1) − log Γ(f+1),  N = n + f.
type ownLists struct {
	fitter   *lattice.Fitter
	observed float64
}

// newOwnLists refuses a table on which the model has no estimate.
func newOwnLists(t *estimators.Table, model []estimators.Pattern) (*ownLists, error) {
	k := t.K()
	if k < 2 {
		return nil, estimators.Refuse("too-few-lists", "the table has one list, %s, which says nothing by itself about those who are not on it", t.Lists()[0])
	}
	y := make([]float64, 1<<uint(k))
	repeats := false
	for w, n := range t.Counts() {
		y[w] = float64(n)
		repeats = repeats || n > 0 && estimators.Pattern(w).Size() > 1
	}
	if !repeats {
		return nil, estimators.Refuse("no-overlap", "none of the %s is on two lists", estimators.Persons(float64(t.Observed())))
	}
	var zeros []uint32
	for _, w := range t.StructuralZeros() {
		zeros = append(zeros, uint32(w))
	}
	fitter := lattice.NewFitter(k, y, zeros)
	if out := fitter.Fit(modelTerms(k, model), nil); out.Status != lattice.Fitted {
		return nil, estimators.Refuse(out.Status.String(), "the model of the lists has no estimate on their table (%s)", out.Status)
	}
	return &ownLists{fitter, fitter.Total()}, nil
}

// modelTerms are the terms of a model with every subset of its interactions, main effects first and the intercept last.
func modelTerms(k int, model []estimators.Pattern) []uint32 {
	in := make([]bool, 1<<uint(k))
	for _, t := range model {
		for s := t; s > 0; s = (s - 1) & t {
			in[s] = in[s] || s.Size() > 1
		}
	}
	var out []uint32
	for i := range k {
		out = append(out, 1<<uint(i))
	}
	for t, is := range in {
		if is {
			out = append(out, uint32(t))
		}
	}
	return append(out, 0)
}

// at is −Inf where Newton's method fails.
func (o *ownLists) at(f float64) float64 {
	predicted, means, intercept, ok := o.fitter.FitWithZero(f)
	if !ok {
		return math.Inf(-1)
	}
	// Means add up to counts, so that η̂_0 − log f = log(1 + (n − Σ μ̂_ω)/f), which keeps its digits for a large f; and with
	// s(x) = log Γ(x+1) − x·log x + x the logarithms of factorials do.
	rest := intercept - math.Log(f)
	if excess := (o.observed - means) / f; math.Abs(excess) < 0.5 {
		rest = math.Log1p(excess)
	}
	return predicted + f*rest - o.observed + stirlingExcess(o.observed+f) - stirlingExcess(f)
}

func stirlingExcess(x float64) float64 {
	if x <= 0 {
		return 0
	}
	if x > 1e5 {
		return 0.5*math.Log(2*math.Pi*x) + 1/(12*x)
	}
	l, _ := math.Lgamma(x + 1)
	return l - x*math.Log(x) + x
}
