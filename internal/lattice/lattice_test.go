package lattice_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/internal/lattice"
)

// Sums over submasks and supermasks agree with their definitions, and Differences undoes
// the former.
func TestTransformsAgreeWithDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 7).Draw(t, "k")
		m := 1 << k
		a := rapid.SliceOfN(rapid.Float64Range(-9, 9), m, m).Draw(t, "a")
		down := append([]float64(nil), a...)
		up := append([]float64(nil), a...)
		lattice.SumSubsets(down, k)
		lattice.SumSupersets(up, k)
		for w := range m {
			var sub, super float64
			for v := range m {
				if v&w == v {
					sub += a[v]
				}
				if v&w == w {
					super += a[v]
				}
			}
			if math.Abs(sub-down[w]) > 1e-9 || math.Abs(super-up[w]) > 1e-9 {
				t.Fatalf("mask %b: %v and %v, not %v and %v", w, down[w], up[w], sub, super)
			}
		}
		lattice.Differences(down, k)
		for w := range m {
			if math.Abs(down[w]-a[w]) > 1e-9 {
				t.Fatalf("mask %b: %v comes back as %v", w, a[w], down[w])
			}
		}
	})
}

// sparse draws counts with many zeros.
func sparse(t *rapid.T, k int) []float64 {
	y := make([]float64, 1<<k)
	for w := 1; w < len(y); w++ {
		y[w] = float64(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5, 40}).Draw(t, "count"))
	}
	return y
}

// hierarchical draws a hierarchical model without the interaction of all bits.
func hierarchical(t *rapid.T, k int) []uint32 {
	in := map[uint32]bool{}
	for range rapid.IntRange(0, 4).Draw(t, "generators") {
		g := rapid.Uint32Range(1, 1<<k-2).Draw(t, "generator")
		for s := g; s != 0; s = (s - 1) & g {
			in[s] = true
		}
	}
	terms := []uint32{0}
	for w := uint32(1); w < 1<<k; w++ {
		if in[w] || w&(w-1) == 0 {
			terms = append(terms, w)
		}
	}
	return terms
}

// The examination in int64 gives the verdict, and the certificate, of the one in rationals.
func TestExaminationInIntegersAgreesWithRationals(t *testing.T) {
	agree := func(f *lattice.Fitter, terms []uint32) (lattice.Status, bool) {
		got, want := f.Examine(terms), f.ExamineInRationals(terms)
		return got.Status, got.Status == want.Status && sameMasks(got.Impossible, want.Impossible) && sameMasks(got.Undetermined, want.Undetermined)
	}
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 5).Draw(t, "k")
		f := lattice.NewFitter(k, sparse(t, k), nil)
		terms := hierarchical(t, k)
		if _, same := agree(f, terms); !same {
			t.Fatalf("%v: %+v in integers, %+v in rationals", terms, f.Examine(terms), f.ExamineInRationals(terms))
		}
	})
	// Every verdict occurs: of three items with 40, 30, 20 alone and 6 with the first two, as in
	// Chan, Silverman and Vincent (2021, Table 2); and of four with two alone.
	three, four := make([]float64, 8), make([]float64, 16)
	three[1], three[2], three[4], three[3] = 40, 30, 20, 6
	four[1], four[2], four[3], four[12] = 5, 4, 3, 1
	for _, c := range []struct {
		k     int
		y     []float64
		terms []uint32
		want  lattice.Status
	}{
		{3, three, []uint32{0, 1, 2, 4, 5, 6}, lattice.Fitted},
		{3, three, []uint32{0, 1, 2, 4, 3}, lattice.NoMLE},
		{3, three, []uint32{0, 1, 2, 4, 3, 5, 6}, lattice.NotIdentifiable},
		{4, four, []uint32{0, 1, 2, 4, 8, 3, 5, 9, 6, 10, 12}, lattice.NoMLENotIdentifiable},
	} {
		if got, same := agree(lattice.NewFitter(c.k, c.y, nil), c.terms); got != c.want || !same {
			t.Errorf("%v: %v, not %v", c.terms, got, c.want)
		}
	}
}

func sameMasks(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	in := map[uint32]bool{}
	for _, x := range a {
		in[x] = true
	}
	for _, x := range b {
		if !in[x] {
			return false
		}
	}
	return true
}

// Where an estimate exists the score is zero: fitted and observed sums over every term
// agree (Birch's theorem), and the means of the cells kept are positive.
func TestFitSatisfiesTheLikelihoodEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "k")
		y := sparse(t, k)
		f := lattice.NewFitter(k, y, nil)
		terms := hierarchical(t, k)
		out := f.Fit(terms, nil)
		if f.Total() == 0 {
			return
		}
		if out.Status != lattice.Fitted {
			if x := f.Examine(terms); x.Status != out.Status {
				t.Fatalf("status %v, examined as %v", out.Status, x.Status)
			}
			return
		}
		means := f.Means(nil)
		means[0] = 0
		lattice.SumSupersets(means, k)
		for _, term := range terms {
			if d := math.Abs(means[term] - f.Above(term)); d > 1e-6*(1+f.Total()) {
				t.Fatalf("term %b: fitted %v, observed %v", term, means[term], f.Above(term))
			}
		}
	})
}

// When there is no estimate the log-likelihood reported is its supremum: larger than that
// of every point tried, and approached along the direction of recession.
func TestSupremumBoundsSubmodels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 5).Draw(t, "k")
		y := sparse(t, k)
		f := lattice.NewFitter(k, y, nil)
		if f.Total() == 0 {
			return
		}
		terms := hierarchical(t, k)
		whole := f.Fit(terms, nil)
		for i, t0 := range terms {
			if t0&(t0-1) == 0 { // intercept or main effect
				continue
			}
			larger := false
			for _, u := range terms {
				larger = larger || u != t0 && u&t0 == t0
			}
			if larger {
				continue
			}
			part := append(append([]uint32(nil), terms[:i]...), terms[i+1:]...)
			if sub := f.Fit(part, nil); sub.LogLik > whole.LogLik+1e-5*(1+math.Abs(whole.LogLik)) {
				t.Fatalf("without %b the log-likelihood is %v, with it %v (%v)", t0, sub.LogLik, whole.LogLik, whole.Status)
			}
		}
	})
}

// Branch and bound finds what enumeration finds.
func TestWithinEqualsEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 4).Draw(t, "k")
		y := sparse(t, k)
		n := 0.0
		for _, c := range y {
			n += c
		}
		if n < 2 {
			return
		}
		var optional []uint32
		for w := uint32(1); w < 1<<k-1; w++ {
			if w&(w-1) != 0 {
				optional = append(optional, w)
			}
		}
		space, err := lattice.NewSpace(k, optional)
		if err != nil {
			t.Fatal(err)
		}
		s := lattice.NewSearcher(space, lattice.NewFitter(k, y, nil), func(p int) float64 { return float64(p) * math.Log(n) })
		var all []lattice.Model
		if err := s.All(t.Context(), func(m lattice.Model) error {
			if m.Outcome.Status == lattice.Fitted {
				all = append(all, m)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		lattice.Sort(all)
		delta := rapid.Float64Range(0, 8).Draw(t, "delta")
		found, err := s.Within(t.Context(), delta, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 0 {
			if len(found) != 0 {
				t.Fatalf("%d models found where none has an estimate", len(found))
			}
			return
		}
		got := map[uint64]bool{}
		for _, m := range found {
			got[m.Set] = true
		}
		for _, m := range all {
			d := m.Criterion - all[0].Criterion
			if d < delta-1e-4 && !got[m.Set] || d > delta+1e-4 && got[m.Set] {
				t.Fatalf("model %b at %v from the best, window %v: found %v", m.Set, d, delta, got[m.Set])
			}
		}
		if len(found) != 0 && math.Abs(found[0].Criterion-all[0].Criterion) > 1e-4 {
			t.Fatalf("best %v, not %v", found[0].Criterion, all[0].Criterion)
		}
	})
}

// Without the terms that all have, there are 1, 8, 113 and 6893 hierarchical models of 2 to 5 items
// below the largest interaction (Dedekind numbers; OEIS A000372).
func TestAllVisitsEveryModelOnce(t *testing.T) {
	for k, want := range map[int]int{2: 1, 3: 8, 4: 113, 5: 6893} {
		y := make([]float64, 1<<k)
		rng := rand.New(rand.NewPCG(1, 1))
		for w := range y {
			y[w] = float64(1 + rng.IntN(50))
		}
		var optional []uint32
		for w := uint32(1); w < 1<<k-1; w++ {
			if w&(w-1) != 0 {
				optional = append(optional, w)
			}
		}
		space, err := lattice.NewSpace(k, optional)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[uint64]bool{}
		s := lattice.NewSearcher(space, lattice.NewFitter(k, y, nil), func(p int) float64 { return 2 * float64(p) })
		if err := s.All(t.Context(), func(m lattice.Model) error {
			if seen[m.Set] || !space.Hierarchical(m.Set) || m.Outcome.Status != lattice.Fitted {
				t.Errorf("k=%d: set %b seen before, not hierarchical, or %v", k, m.Set, m.Outcome.Status)
			}
			seen[m.Set] = true
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(seen) != want {
			t.Errorf("k=%d: %d models, not %d", k, len(seen), want)
		}
	}
}

func TestFitAllocatesNothing(t *testing.T) {
	y, terms := six()
	f := lattice.NewFitter(6, y, nil)
	f.Fit(terms, nil)
	start := f.Parameters(nil)
	if n := testing.AllocsPerRun(100, func() { f.Fit(terms, start) }); n != 0 {
		t.Errorf("%v allocations per fit", n)
	}
}

// six is the UK table of six lists (testdata/tables/uk6.csv) and its best model by BIC,
// [12,13,25,35,36,45], of 13 parameters.
func six() ([]float64, []uint32) {
	y := make([]float64, 64)
	for w, n := range map[int]float64{1: 54, 2: 463, 4: 907, 8: 695, 16: 316, 32: 57, 3: 15, 5: 19, 9: 3, 6: 56, 10: 19, 18: 1, 34: 3,
		12: 69, 20: 10, 36: 31, 24: 8, 40: 6, 48: 1, 7: 1, 11: 1, 14: 4, 38: 3, 44: 1, 15: 1} {
		y[w] = n
	}
	return y, []uint32{1, 2, 4, 8, 16, 32, 3, 5, 18, 20, 36, 24, 0}
}

func BenchmarkFit(b *testing.B) {
	y, terms := six()
	f := lattice.NewFitter(6, y, nil)
	f.Fit(terms, nil)
	warm := f.Parameters(nil)
	for i := range warm {
		warm[i] *= 1.02 // the parameters of a neighbouring table
	}
	b.Run("lists=6/parameters=13/warm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.Fit(terms, warm)
		}
	})
	b.Run("lists=6/parameters=13/cold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.Fit(terms, nil)
		}
	})
}
