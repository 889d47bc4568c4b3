package lattice_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"darkfigure/internal/lattice"

	"pgregory.net/rapid"
)

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))
}

func fit(t testing.TB, r *lattice.Regression) {
	t.Helper()
	if status, err := r.Fit(t.Context()); err != nil || status != lattice.Fitted {
		t.Fatalf("status %v, error %v", status, err)
	}
}

// With one row, or with a column per row, the means are the counts, the deviance is 0 and
// Var(log μ) = 1/y.
func TestRegressionSaturated(t *testing.T) {
	r := lattice.NewRegression([]float64{1, 0, 1, 1}, 2, []float64{8, 2.5}, []float64{0.3, -1}, nil)
	fit(t, r)
	b := r.Beta(nil)
	if !near(b[0], math.Log(8)-0.3, 1e-14) || !near(b[0]+b[1], math.Log(2.5)+1, 1e-14) {
		t.Errorf("parameters %v", b)
	}
	if d := r.Deviance(); math.Abs(d) > 1e-25 {
		t.Errorf("deviance %v", d)
	}
	if v := r.Covariance()[0][0]; !near(v, 1.0/8, 1e-13) {
		t.Errorf("variance %v", v)
	}
	if v := r.Covariance(); !near(v[0][0]+2*v[0][1]+v[1][1], 1/2.5, 1e-13) {
		t.Errorf("covariance %v", v)
	}
	if h := r.Leverages(nil); !near(h[0], 1, 1e-13) || !near(h[1], 1, 1e-13) {
		t.Errorf("leverages %v", h)
	}
	g8, _ := math.Lgamma(9)
	g2, _ := math.Lgamma(3.5)
	if want := 8*math.Log(8) - 8 - g8 + 2.5*math.Log(2.5) - 2.5 - g2; !near(r.LogLik(), want, 1e-14) {
		t.Errorf("log-likelihood %v, not %v", r.LogLik(), want)
	}
}

// At the maximum the score X'(y − μ) is 0, leverages add up to the columns, a row that is
// not kept changes nothing, and rows merged with the logarithm of their number as offset give
// the same parameters and covariance.
func TestRegressionProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(1, 4).Draw(t, "columns")
		groups := p + rapid.IntRange(0, 4).Draw(t, "more rows")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var merged, split rows
		for range groups {
			x := []float64{1}
			for range p - 1 {
				x = append(x, random.NormFloat64()*2)
			}
			size := 1 + random.IntN(3)
			total := 0.0
			for range size {
				y := math.Floor(random.ExpFloat64() * 20)
				total += y
				split.add(x, y, 0, true)
			}
			total += 0.25
			split.y[len(split.y)-1] += 0.25
			merged.add(x, total, math.Log(float64(size)), true)
		}
		split.add(make([]float64, p), 1e9, 0, false)
		a, b := merged.regression(p), split.regression(p)
		for _, r := range []*lattice.Regression{a, b} {
			if status, err := r.Fit(context.Background()); err != nil || status != lattice.Fitted {
				t.Fatalf("status %v, error %v", status, err)
			}
		}
		ba, bb := a.Beta(nil), b.Beta(nil)
		va, vb := a.Covariance(), b.Covariance()
		if va[0][0] > 1e4 {
			t.Skip("nearly collinear: rounding is all there is to see")
		}
		for j := range p {
			if !near(ba[j], bb[j], 1e-8) || !near(va[j][j], vb[j][j], 1e-7) {
				t.Fatalf("merged %v %v, split %v %v", ba, va, bb, vb)
			}
		}
		mu := b.Means(nil)
		for j := range p {
			score, size := 0.0, 1.0
			for i := range mu[:len(mu)-1] {
				score += split.x[i*p+j] * (split.y[i] - mu[i])
				size += math.Abs(split.x[i*p+j]) * split.y[i]
			}
			if math.Abs(score) > 1e-9*size {
				t.Fatalf("score of column %d is %v", j, score)
			}
		}
		sum := 0.0
		for _, h := range b.Leverages(nil) {
			sum += h
		}
		if !near(sum, float64(p), 1e-6) {
			t.Fatalf("leverages add up to %v", sum)
		}
	})
}

type rows struct {
	x, y, offset []float64
	kept         []bool
}

func (l *rows) add(x []float64, y, offset float64, kept bool) {
	l.x, l.y, l.offset, l.kept = append(l.x, x...), append(l.y, y), append(l.offset, offset), append(l.kept, kept)
}

func (l *rows) regression(p int) *lattice.Regression {
	return lattice.NewRegression(l.x, p, l.y, l.offset, l.kept)
}

// Counts of 10^15 are fitted to the last digits: independence of two items in closed form.
func TestRegressionHugeCounts(t *testing.T) {
	y := []float64{4e15, 1e15, 3e15}
	r := lattice.NewRegression([]float64{1, 1, 0, 1, 0, 1, 1, 1, 1}, 3, y, nil, nil)
	fit(t, r)
	if got, want := math.Exp(r.Beta(nil)[0]), y[0]*y[1]/y[2]; !near(got/want, 1, 1e-12) {
		t.Errorf("intercept %v, not %v", got, want)
	}
}

func TestRegressionCollinear(t *testing.T) {
	x := []float64{1, 1, 2, 1, 2, 3, 1, 3, 4, 1, 5, 6} // the third column is the sum of the others
	r := lattice.NewRegression(x, 3, []float64{3, 4, 5, 6}, nil, nil)
	if status, err := r.Fit(t.Context()); err != nil || status != lattice.NotIdentifiable {
		t.Errorf("status %v, error %v", status, err)
	}
	e, err := r.Examine(t.Context())
	if err != nil || e.Status != lattice.NotIdentifiable || len(e.Impossible) != 0 || !slices.Equal(e.Undetermined, []int{0, 1, 2}) {
		t.Errorf("examination %+v, error %v", e, err)
	}
}

func TestRegressionCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := lattice.NewRegression([]float64{1, 0, 1, 1}, 2, []float64{8, 0}, nil, nil)
	if _, err := r.Fit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Fit: %v", err)
	}
	if _, err := r.FitPenalised(ctx, -1); !errors.Is(err, context.Canceled) {
		t.Errorf("FitPenalised: %v", err)
	}
	if _, err := r.Examine(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Examine: %v", err)
	}
}

func TestRegressionPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for a design of the wrong length")
		}
	}()
	lattice.NewRegression([]float64{1, 2, 3}, 2, []float64{1, 2}, nil, nil)
}

// The deviance of distant counts is 2·(7·log 3.5 − 5), that of close ones by the series
// y·d²·(1 − 2d/3 + d²/2) with d = 10⁻⁶.
func TestPoissonDeviance(t *testing.T) {
	for _, c := range []struct{ y, mu, want float64 }{
		{7, 2, 7.538681558935153},
		{1e6, 1000001, 9.99999333333833e-07},
		{0, 3, 6},
		{5, 5, 0},
	} {
		if got := lattice.PoissonDeviance(c.y, math.Log(c.mu)); math.Abs(got-c.want) > 1e-8*c.want {
			t.Errorf("deviance(%v, %v) = %v, not %v", c.y, c.mu, got, c.want)
		}
	}
	if got := lattice.PoissonDeviance(1, -900); !near(got, 1798, 1e-12) {
		t.Errorf("deviance of a mean that is 0 in floating point: %v", got)
	}
}

// One count y alone: h = 1, so that μ = y + ½ (Firth 1993), also for y = 0.
func TestPenalisedOneRow(t *testing.T) {
	for _, y := range []float64{0, 1, 12} {
		r := lattice.NewRegression([]float64{1}, 1, []float64{y}, nil, nil)
		if status, err := r.FitPenalised(t.Context(), -1); err != nil || status != lattice.Fitted {
			t.Fatalf("status %v, error %v", status, err)
		}
		if mu := r.Means(nil)[0]; !near(mu, y+0.5, 1e-11) {
			t.Errorf("y = %v: μ = %v", y, mu)
		}
	}
}

// The penalised estimate is the maximum of ℓ + ½ log det I: no neighbour is higher, and
// the gradient by differences is 0.
func TestPenalisedIsAMaximum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(1, 4).Draw(t, "columns")
		n := p + rapid.IntRange(1, 6).Draw(t, "more rows")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		var l rows
		for range n {
			x := []float64{1}
			for range p - 1 {
				x = append(x, float64(random.IntN(2))+0.2*random.NormFloat64())
			}
			y := 0.0
			if random.IntN(2) == 0 {
				y = float64(random.IntN(12))
			}
			l.add(x, y, 0, true)
		}
		r := l.regression(p)
		status, err := r.FitPenalised(context.Background(), -1)
		if err != nil {
			t.Fatal(err)
		}
		if status != lattice.Fitted {
			if e, _ := r.Examine(context.Background()); e.Status == lattice.Fitted || e.Status == lattice.NoMLE {
				t.Skip("nearly collinear")
			}
			return
		}
		beta := r.Beta(nil)
		value := func(b []float64) float64 {
			info := make([][]float64, p)
			for j := range info {
				info[j] = make([]float64, p)
			}
			ll := 0.0
			for i := range n {
				x := l.x[i*p : i*p+p]
				eta := 0.0
				for j := range p {
					eta += x[j] * b[j]
				}
				mu := math.Exp(eta)
				ll += l.y[i]*eta - mu
				for j := range p {
					for k := range p {
						info[j][k] += mu * x[j] * x[k]
					}
				}
			}
			return ll + logDet(info)/2
		}
		mu := r.Means(nil)
		for j := range p {
			const step = 1e-5
			up, down := slices.Clone(beta), slices.Clone(beta)
			up[j] += step
			down[j] -= step
			size := 1.0
			for i := range n {
				size += mu[i] * l.x[i*p+j] * l.x[i*p+j]
			}
			if g := (value(up) - value(down)) / (2 * step); math.Abs(g) > 1e-5*size {
				t.Fatalf("gradient %v in column %d", g, j)
			}
		}
	})
}

// logDet is the logarithm of the determinant of a positive definite matrix, by elimination.
func logDet(a [][]float64) float64 {
	s := 0.0
	for j := range a {
		s += math.Log(a[j][j])
		for i := j + 1; i < len(a); i++ {
			c := a[i][j] / a[j][j]
			for k := j; k < len(a); k++ {
				a[i][k] -= c * a[j][k]
			}
		}
	}
	return s
}

// A design without a maximum, by hand: the second row, counted 0, alone holds the second
// column, which runs away to −∞.
func TestExamineCertificate(t *testing.T) {
	r := lattice.NewRegression([]float64{1, 0, 1, 1, 1, 0}, 2, []float64{5, 0, 3}, nil, nil)
	e, err := r.Examine(t.Context())
	if err != nil || e.Status != lattice.NoMLE || !slices.Equal(e.Impossible, []int{1}) {
		t.Errorf("%+v, %v", e, err)
	}
}

// The verdict and the certificate on hierarchical models are those of the exact test in
// integers.
func TestExamineAgreesWithTheLattice(t *testing.T) {
	verdicts := map[lattice.Status]int{}
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 5).Draw(t, "k")
		m := 1 << uint(k)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		density := random.Float64()
		y := make([]float64, m)
		var excluded []uint32
		for w := 1; w < m; w++ {
			if random.Float64() < density {
				y[w] = float64(1 + random.IntN(9))
			} else if random.IntN(10) == 0 {
				excluded = append(excluded, uint32(w))
			}
		}
		in := map[uint32]bool{0: true}
		for i := range k {
			in[1<<uint(i)] = true
		}
		for range random.IntN(6) {
			g := uint32(1 + random.IntN(m-2))
			for s := g; s != 0; s = (s - 1) & g {
				in[s] = true
			}
		}
		var terms []uint32
		for w := range uint32(m) {
			if in[w] {
				terms = append(terms, w)
			}
		}
		want := lattice.NewFitter(k, y, excluded).Examine(terms)
		// The same extended maximum likelihood problem, dense.
		var l rows
		finite := slices.DeleteFunc(slices.Clone(terms), func(s uint32) bool { return slices.Contains(want.Infinite, s) })
		var cells []uint32
		for w := uint32(1); w < uint32(m); w++ {
			if slices.Contains(excluded, w) || slices.ContainsFunc(want.Infinite, func(s uint32) bool { return w&s == s }) {
				continue
			}
			var x []float64
			for _, s := range finite {
				v := 0.0
				if w&s == s {
					v = 1
				}
				x = append(x, v)
			}
			l.add(x, y[w], 0, true)
			cells = append(cells, w)
		}
		got, err := l.regression(len(finite)).Examine(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		verdicts[want.Status]++
		if got.Status != want.Status {
			t.Fatalf("verdict %v, not %v", got.Status, want.Status)
		}
		var impossible []uint32
		for _, i := range got.Impossible {
			impossible = append(impossible, cells[i])
		}
		slices.Sort(want.Impossible)
		if !slices.Equal(impossible, want.Impossible) {
			t.Fatalf("certificate %v, not %v", impossible, want.Impossible)
		}
		var undetermined []uint32
		for _, j := range got.Undetermined {
			undetermined = append(undetermined, finite[j])
		}
		slices.Sort(want.Undetermined)
		if !slices.Equal(undetermined, want.Undetermined) {
			t.Fatalf("undetermined %v, not %v", undetermined, want.Undetermined)
		}
	})
	t.Log(verdicts)
}

// With real columns the verdict is that of trying every extreme direction: with full
// column rank the directions c with Xc = 0 on positive rows and Xc ≥ 0 on zero rows form a pointed
// cone, whose extreme rays are orthogonal to p − 1 independent rows.
func TestExamineBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(1, 3).Draw(t, "columns")
		n := rapid.IntRange(p, 7).Draw(t, "rows")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 4))
		var l rows
		for range n {
			x := []float64{1}
			for range p - 1 {
				x = append(x, math.Round(random.NormFloat64()*2)/3*math.Pow(10, float64(random.IntN(3))))
			}
			l.add(x, float64(random.IntN(2)*random.IntN(5)), 0, true)
		}
		row := func(i int) []float64 { return l.x[i*p : i*p+p] }
		got, err := l.regression(p).Examine(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Undetermined) > 0 {
			return
		}
		impossible := map[int]bool{}
		for _, c := range normals(n, p, row) {
			admissible := true
			var in []int
			for i := range n {
				v, size := 0.0, 0.0
				for j := range p {
					v += c[j] * row(i)[j]
					size += math.Abs(c[j] * row(i)[j])
				}
				switch {
				case math.Abs(v) <= 1e-9*size:
				case l.y[i] > 0 || v < 0:
					admissible = false
				default:
					in = append(in, i)
				}
			}
			if admissible {
				for _, i := range in {
					impossible[i] = true
				}
			}
		}
		if (len(impossible) > 0) != (got.Status == lattice.NoMLE) {
			t.Fatalf("verdict %v, brute force finds %v", got.Status, impossible)
		}
		for _, i := range got.Impossible {
			if !impossible[i] {
				t.Fatalf("row %d is not in the certificate %v", i, impossible)
			}
		}
		if len(got.Impossible) != len(impossible) {
			t.Fatalf("certificate %v, brute force %v", got.Impossible, impossible)
		}
	})
}

// normals returns the directions, with both signs, that are orthogonal to p − 1 rows.
func normals(n, p int, row func(int) []float64) [][]float64 {
	var out [][]float64
	both := func(c ...float64) {
		size := 0.0
		for _, v := range c {
			size += math.Abs(v)
		}
		if size < 1e-12 {
			return
		}
		minus := make([]float64, len(c))
		for j, v := range c {
			minus[j] = -v
		}
		out = append(out, c, minus)
	}
	switch p {
	case 1:
		both(1)
	case 2:
		for i := range n {
			both(row(i)[1], -row(i)[0])
		}
	case 3:
		for i := range n {
			for j := range i {
				a, b := row(i), row(j)
				both(a[1]*b[2]-a[2]*b[1], a[2]*b[0]-a[0]*b[2], a[0]*b[1]-a[1]*b[0])
			}
		}
	}
	return out
}

// A refit with an intercept, k indicators and a square of their sum, over all 2^k rows.
func BenchmarkRegression(b *testing.B) {
	for _, k := range []int{4, 6, 10} {
		r := withSquare(k)
		b.Run(fmt.Sprintf("rows=%d/refit", 1<<k), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				r.SetCount(0, float64(100+i%2))
				if status, err := r.Fit(b.Context()); status != lattice.Fitted || err != nil {
					b.Fatal(status, err)
				}
			}
		})
		b.Run(fmt.Sprintf("rows=%d/penalised", 1<<k), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				r.SetCount(0, float64(100+i%2))
				if status, err := r.FitPenalised(b.Context(), -1); status != lattice.Fitted || err != nil {
					b.Fatal(status, err)
				}
			}
		})
	}
}

func withSquare(k int) *lattice.Regression {
	random := rand.New(rand.NewPCG(1, 5))
	var l rows
	for w := range 1 << uint(k) {
		x := []float64{1}
		j := 0
		for i := range k {
			v := w >> uint(i) & 1
			j += v
			x = append(x, float64(v))
		}
		x = append(x, float64(j*j)/2)
		l.add(x, math.Floor(200*random.ExpFloat64()/float64(1+j*j)), 0, true)
	}
	return l.regression(k + 2)
}

func TestRefitsDoNotAllocate(t *testing.T) {
	r := withSquare(5)
	fit(t, r)
	ctx := t.Context()
	if n := testing.AllocsPerRun(10, func() { r.SetCount(0, 120); r.Fit(ctx); r.SetCount(0, 121); r.FitPenalised(ctx, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
