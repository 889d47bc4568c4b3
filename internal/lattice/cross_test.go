package lattice_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/internal/lattice"
)

// aCross is a random cross with the columns of main effects and pairs of two or three items and one factor of up to four levels, in
// two parts: its own dense design beside it.
type aCross struct {
	k, groups int
	columns   []lattice.CrossColumn
	y         []float64
	gone      []bool
	model     []int32
	known     []float64 // offset by mask; nil: none
}

func drawCross(t *rapid.T) aCross {
	c := aCross{k: rapid.IntRange(2, 3).Draw(t, "k"), groups: rapid.IntRange(1, 4).Draw(t, "groups")}
	ones := make([]float64, c.groups)
	for g := range ones {
		ones[g] = 1
	}
	var codes [][]float64
	for l := 1; l < c.groups; l++ {
		v := make([]float64, c.groups)
		v[l] = 1
		if rapid.Bool().Draw(t, "polynomial") {
			for g := range v {
				v[g] = math.Pow(float64(g)-1.5, float64(l))
			}
		}
		codes = append(codes, v)
	}
	for w := range uint32(1) << c.k {
		if w != 0 && w&(w-1) != 0 && (w == 1<<c.k-1 && c.k > 2 || c.k == 2) {
			continue
		}
		c.columns = append(c.columns, lattice.CrossColumn{Mask: w, Value: ones})
		if w&(w-1) == 0 {
			for _, v := range codes {
				c.columns = append(c.columns, lattice.CrossColumn{Mask: w, Value: v})
			}
		}
	}
	m := 1 << c.k
	c.y, c.gone = make([]float64, c.groups*m), make([]bool, c.groups*m)
	for i := range c.y {
		if i%m != 0 {
			c.y[i] = float64(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5, 12}).Draw(t, "count"))
			if rapid.IntRange(0, 9).Draw(t, "excluded") == 0 {
				c.gone[i], c.y[i] = true, 0
			}
		}
	}
	if rapid.Bool().Draw(t, "offset") {
		c.known = make([]float64, m)
		for w := range c.known {
			c.known[w] = rapid.SampledFrom([]float64{0, 0, 0.5, -1, 1.3}).Draw(t, "known")
		}
	}
	for j, col := range c.columns {
		if col.Mask == 0 && j == 0 || rapid.IntRange(0, 3).Draw(t, "in") > 0 {
			c.model = append(c.model, int32(j))
		}
	}
	return c
}

func (c aCross) cross() *lattice.Cross {
	m := 1 << c.k
	return lattice.NewCross(c.k, c.groups, c.columns, func(g int, w uint32) bool { return c.gone[g*m+int(w)] })
}

// row is the row of the design of a cell.
func (c aCross) row(i int) []float64 {
	m := 1 << c.k
	out := make([]float64, len(c.model))
	for l, j := range c.model {
		if mask := c.columns[j].Mask; uint32(i%m)&mask == mask {
			out[l] = c.columns[j].Value[i/m]
		}
	}
	return out
}

// The fit and the verdict are those of a regression with a dense design.
func TestCrossIsADenseRegression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCross(t)
		m := 1 << c.k
		var design, counts []float64
		var kept []bool
		for i := range c.y {
			design = append(design, c.row(i)...)
			counts = append(counts, c.y[i])
			kept = append(kept, i%m != 0 && !c.gone[i])
		}
		total := 0.0
		for _, v := range counts {
			total += v
		}
		if total == 0 {
			t.Skip("nobody")
		}
		var known []float64
		for i := range c.y {
			if c.known != nil {
				known = append(known, c.known[i%m])
			}
		}
		dense := lattice.NewRegression(design, len(c.model), counts, known, kept)
		want, err := dense.Examine(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		f := c.cross().NewFitter(c.y)
		f.SetOffset(c.known)
		got, err := f.Examine(context.Background(), c.model)
		if err != nil {
			t.Fatal(err)
		}
		var empty []int
		for _, i := range got.Empty {
			empty = append(empty, int(i))
		}
		if !slices.Equal(empty, want.Impossible) {
			t.Fatalf("emptied %v, want %v", empty, want.Impossible)
		}
		if (got.Rank < len(c.model)) != (want.Status == lattice.NotIdentifiable || want.Status == lattice.NoMLENotIdentifiable) || got.Rank != f.Rank(c.model) {
			t.Fatalf("rank %d of %d and %d, %v", got.Rank, len(c.model), f.Rank(c.model), want.Status)
		}
		out := f.Fit(c.model, nil, got)
		if out.Status != lattice.Fitted {
			t.Fatalf("not fitted: %+v", out)
		}
		search := f.Search(c.model, nil)
		if math.Abs(search.LogLik-out.LogLik) > 1e-4 {
			t.Fatalf("a search finds %v, the fit %v", search.LogLik, out.LogLik)
		}
		if want.Status != lattice.Fitted {
			return
		}
		if s, err := dense.Fit(context.Background()); err != nil || s != lattice.Fitted {
			t.Skip("the dense regression calls its columns collinear") // polynomials of one person or two
		}
		f.Fit(c.model, nil, got)
		means, wanted := f.Means(), dense.Means(nil)
		for i := range means {
			if kept[i] && math.Abs(means[i]-wanted[i]) > 1e-6*(1+wanted[i]) {
				t.Fatalf("cell %d: %v, want %v", i, means[i], wanted[i])
			}
		}
		for g, l := range got.Unseen {
			if l != lattice.Finite {
				t.Fatalf("group %d has no limit though the estimate exists", g)
			}
		}
		// Standard errors of the parameters.
		info, cov := f.Information(), dense.Covariance()
		for l, j := range c.model {
			half := info.Half([]int32{j}, []float64{1})
			v := 0.0
			for _, x := range half {
				v += x * x
			}
			if math.Abs(v-cov[l][l]) > 1e-6*cov[l][l] {
				t.Fatalf("variance of %d: %v, want %v", j, v, cov[l][l])
			}
		}
	})
}

// What becomes of a hidden cell is what a vanishing ridge makes of it: as the penalty falls by a factor of a thousand, a cell that
// grows grows, one that falls falls, and a finite one stays.
func TestLimitsAreThoseOfAVanishingPenalty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCross(t)
		f := c.cross().NewFitter(c.y)
		if f.Total() == 0 {
			t.Skip("nobody")
		}
		x, err := f.Examine(context.Background(), c.model)
		if err != nil {
			t.Fatal(err)
		}
		if out := f.Fit(c.model, nil, x); out.Status != lattice.Fitted {
			t.Fatalf("not fitted: %+v", out)
		}
		fitted := f.Unseen(nil)
		at := func(lambda float64) []float64 {
			f.Penalty = make([]float64, len(c.columns))
			for j := range f.Penalty {
				f.Penalty[j] = lambda
			}
			if out := f.Fit(c.model, nil, nil); out.Status != lattice.Fitted {
				t.Skip("the penalised fit does not converge")
			}
			return f.Unseen(nil)
		}
		before, after := at(1e-6), at(1e-9)
		for g, l := range x.Unseen {
			ratio := math.Log(after[g] / before[g])
			switch {
			case l == lattice.Finite && fitted[g] > 1e-3 && fitted[g] < 1e4 && math.Abs(math.Log(after[g]/fitted[g])) > 0.1:
				t.Fatalf("group %d is called finite at %v and goes from %v to %v", g, fitted[g], before[g], after[g])
			case l == lattice.Falls && ratio > -0.01 && after[g] > 1e-6:
				t.Fatalf("group %d is said to fall and goes from %v to %v", g, before[g], after[g])
			case l == lattice.Grows && ratio < 0.01:
				t.Fatalf("group %d is said to grow and goes from %v to %v", g, before[g], after[g])
			}
		}
	})
}

// Nobody is counted with both items in the second group: its hidden cell grows when the items may depend on the group, and is finite
// when they may not.
func TestHiddenCellOfAGroupWithoutOverlap(t *testing.T) {
	ones, second := []float64{1, 1}, []float64{0, 1}
	columns := []lattice.CrossColumn{{Mask: 0, Value: ones}, {Mask: 0, Value: second}, {Mask: 1, Value: ones}, {Mask: 1, Value: second}, {Mask: 2, Value: ones}, {Mask: 2, Value: second}}
	c := lattice.NewCross(2, 2, columns, nil)
	f := c.NewFitter([]float64{0, 30, 20, 10, 0, 9, 8, 0})
	for model, want := range map[string]lattice.Limit{"\x00\x01\x02\x03\x04\x05": lattice.Grows, "\x00\x01\x02\x04": lattice.Finite} {
		var columns []int32
		for _, j := range []byte(model) {
			columns = append(columns, int32(j))
		}
		x, err := f.Examine(t.Context(), columns)
		if err != nil {
			t.Fatal(err)
		}
		if x.Unseen[0] != lattice.Finite || x.Unseen[1] != want || x.Worst() != want {
			t.Errorf("%v: %v, want %v", columns, x.Unseen, want)
		}
	}
}
