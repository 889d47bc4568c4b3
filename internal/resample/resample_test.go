package resample_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// chiSquareP is the p-value of draws of a binomial law against its probabilities, with cells
// pooled until at least 10 are expected.
func chiSquareP(n int64, p float64, draws []int64) float64 {
	var law interface {
		CDF(float64) float64
		Prob(float64) float64
	} = distuv.Binomial{N: float64(n), P: p}
	if n > 1e9 && p < 1e-8 {
		law = distuv.Poisson{Lambda: float64(n) * p} // within p of the binomial law, and free of its cancellation
	}
	counts := map[int64]float64{}
	for _, d := range draws {
		counts[d]++
	}
	lo, hi := slices.Min(draws), slices.Max(draws)
	total := float64(len(draws))
	var statistic float64
	cells := 0
	seen, expected := 0.0, total*law.CDF(float64(lo)-1)
	usedSeen, usedExpected := 0.0, 0.0
	for k := lo; k <= hi; k++ {
		seen += counts[k]
		expected += total * law.Prob(float64(k))
		if expected >= 10 && total-usedExpected-expected >= 10 {
			statistic += (seen - expected) * (seen - expected) / expected
			usedSeen += seen
			usedExpected += expected
			seen, expected = 0, 0
			cells++
		}
	}
	seen, expected = total-usedSeen, total-usedExpected
	statistic += (seen - expected) * (seen - expected) / expected
	return 1 - distuv.ChiSquared{K: float64(cells)}.CDF(statistic)
}

func TestBinomialFollowsItsLaw(t *testing.T) {
	for _, c := range []struct {
		n int64
		p float64
	}{
		{1, 0.3}, {7, 0.5}, {20, 0.02}, {40, 0.2}, {99, 0.1}, // inversion
		{20, 0.5}, {100, 0.1}, {100, 0.37}, {1000, 0.02}, {1000, 0.98}, {50000, 0.3}, {1000000, 0.5}, // rejection
		{1e15, 5e-15}, {1e15, 2e-14}, {1e12, 1e-9}, // rare among very many
	} {
		rng := resample.Stream(1, uint64(c.n))
		draws := make([]int64, 200_000)
		for i := range draws {
			draws[i] = resample.Binomial(c.n, c.p, rng)
		}
		if p := chiSquareP(c.n, c.p, draws); p < 1e-4 {
			t.Errorf("n=%d p=%v: chi-square p-value %v", c.n, c.p, p)
		}
	}
}

// Mean and variance of very large draws, with four standard errors of room.
func TestBinomialOfVeryLargeCounts(t *testing.T) {
	for _, c := range []struct {
		n int64
		p float64
	}{{1e9, 0.3}, {1e10, 0.4}, {1e12, 1e-3}, {1e15, 1e-6}, {1e15, 9e-6}, {1e15, 0.5}, {9e15, 0.01}, {9e15, 0.999}} {
		rng := resample.Stream(2, uint64(c.n))
		const draws = 100_000
		mean, variance := float64(c.n)*c.p, float64(c.n)*c.p*(1-c.p)
		var sum, squares float64
		for range draws {
			x := resample.Binomial(c.n, c.p, rng)
			if x < 0 || x > c.n {
				t.Fatalf("n=%d p=%v: drew %d", c.n, c.p, x)
			}
			z := (float64(x) - mean) / math.Sqrt(variance)
			sum += z
			squares += z * z
		}
		if z := sum / math.Sqrt(draws); math.Abs(z) > 4 {
			t.Errorf("n=%d p=%v: the mean is %v standard errors off", c.n, c.p, z)
		}
		if z := (squares/draws - 1) / math.Sqrt(2.0/draws); math.Abs(z) > 4 {
			t.Errorf("n=%d p=%v: the variance is %v standard errors off", c.n, c.p, z)
		}
	}
}

func TestMultinomialMoments(t *testing.T) {
	p := []float64{3, 0, 10, 0.5, 6.5, 0} // not normalised: the sum is 20
	const n, draws = 500, 50_000
	rng := resample.Stream(3, 0)
	dst := make([]int64, len(p))
	sum, cross := make([]float64, len(p)), 0.0
	for range draws {
		resample.Multinomial(dst, n, p, rng)
		for i, x := range dst {
			sum[i] += float64(x)
		}
		cross += (float64(dst[0]) - n*3/20.) * (float64(dst[2]) - n*10/20.)
	}
	for i := range p {
		q := p[i] / 20
		se := math.Sqrt(n * q * (1 - q) / draws)
		if math.Abs(sum[i]/draws-n*q) > 4*se {
			t.Errorf("class %d: mean %v, want %v", i, sum[i]/draws, n*q)
		}
	}
	// Covariance −n·p0·p2 = −37.5; its standard error is about √(var0·var2)/√draws = 0.4.
	if got := cross / draws; math.Abs(got+37.5) > 1.6 {
		t.Errorf("covariance %v, want −37.5", got)
	}
}

func TestMultinomialAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<53).Draw(t, "n")
		p := rapid.SliceOfN(rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1e-9), rapid.Float64Range(0, 1e6)), 1, 40).Draw(t, "p")
		p[rapid.IntRange(0, len(p)-1).Draw(t, "positive")] = 1
		dst := make([]int64, len(p))
		resample.Multinomial(dst, n, p, resample.Stream(rapid.Uint64().Draw(t, "seed"), 0))
		var sum int64
		for i, x := range dst {
			if x < 0 || p[i] == 0 && x != 0 {
				t.Fatalf("class %d with probability %v holds %d", i, p[i], x)
			}
			sum += x
		}
		if sum != n {
			t.Fatalf("%d drawn of %d", sum, n)
		}
	})
}

func TestMultinomialAllocatesNothing(t *testing.T) {
	p := make([]float64, 63)
	for i := range p {
		p[i] = float64(i % 7)
	}
	dst := make([]int64, len(p))
	rng := resample.Stream(4, 0)
	if a := testing.AllocsPerRun(100, func() { resample.Multinomial(dst, 2744, p, rng) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestMultinomialRejectsWhatIsNoProbability(t *testing.T) {
	for _, p := range [][]float64{{-1, 2}, {math.NaN(), 1}, {math.Inf(1), 1}, {0, 0}, {1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v accepted", p)
				}
			}()
			resample.Multinomial(make([]int64, 2), 5, p, resample.Stream(1, 1))
		}()
	}
}

func TestStreamsAreFixedAndUnrelated(t *testing.T) {
	a, b := resample.Stream(5, 6), resample.Stream(5, 6)
	for range 100 {
		if a.Uint64() != b.Uint64() {
			t.Fatal("equal streams differ")
		}
	}
	// First numbers of neighbouring streams: uniform, and uncorrelated with the next one.
	const streams = 200_000
	x := make([]float64, streams)
	for i := range x {
		x[i] = resample.Stream(1, uint64(i)).Float64() - 0.5
	}
	var mean, square, neighbour float64
	for i := range x {
		mean += x[i]
		square += x[i] * x[i]
		neighbour += x[i] * x[(i+1)%streams]
	}
	if z := mean / math.Sqrt(streams/12.0); math.Abs(z) > 4 {
		t.Errorf("mean is %v standard errors off", z)
	}
	if z := (square - streams/12.0) / math.Sqrt(streams/180.0); math.Abs(z) > 4 {
		t.Errorf("variance is %v standard errors off", z)
	}
	if z := neighbour / math.Sqrt(streams/144.0); math.Abs(z) > 4 {
		t.Errorf("neighbouring streams correlate: %v standard errors", z)
	}
}

func TestQuantile(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		x    []float64
		p    float64
		t    resample.QuantileType
		want float64
	}{
		// By hand: type 7 of 1…4 at ¼ is 1+3/4, type 8 is 1/3+13/12 = 17/12.
		{[]float64{1, 2, 3, 4}, 0.25, resample.Type7, 1.75},
		{[]float64{1, 2, 3, 4}, 0.25, resample.Type8, 17.0 / 12},
		{[]float64{1, 2, 3, 4}, 0.5, resample.Type8, 2.5},
		{[]float64{1, 2, 3, 4}, 0, resample.Type8, 1},
		{[]float64{1, 2, 3, 4}, 1, resample.Type8, 4},
		{[]float64{7}, 0.3, resample.Type7, 7},
		{[]float64{1, 2, 3, inf}, 0.5, resample.Type7, 2.5},
		{[]float64{1, 2, 3, inf}, 2.0 / 3, resample.Type7, 3}, // on the third value exactly
		{[]float64{1, 2, 3, inf}, 0.7, resample.Type7, inf},
		{[]float64{-inf, 2, 3}, 0.25, resample.Type7, -inf},
		{[]float64{1, inf, inf}, 0.9, resample.Type8, inf},
	} {
		if got := resample.Quantile(c.x, c.p, c.t); got != c.want && !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("type %d quantile %v of %v is %v, want %v", c.t, c.p, c.x, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 30).Draw(t, "x")
		slices.Sort(x)
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(p, 1).Draw(t, "q")
		for _, kind := range []resample.QuantileType{resample.Type7, resample.Type8} {
			a, b := resample.Quantile(x, p, kind), resample.Quantile(x, q, kind)
			if a > b+1e-6 || a < x[0] || b > x[len(x)-1] {
				t.Fatalf("quantiles %v and %v of %v", a, b, x)
			}
		}
	})
}

func TestEach(t *testing.T) {
	ctx := context.Background()
	for _, workers := range []int{0, 1, 3, 50} {
		out := make([]int, 200)
		err := resample.EachWith(ctx, len(out), workers, func() *rand.Rand { return resample.Stream(1, 1) }, func(_ *rand.Rand, i int) error {
			out[i] = i * i
			return nil
		})
		if err != nil || out[199] != 199*199 || out[1] != 1 {
			t.Errorf("workers %d: %v, error %v", workers, out[:5], err)
		}
		err = resample.Each(ctx, 1000, workers, func(i int) error {
			if i >= 37 && i%2 == 1 {
				return fmt.Errorf("replicate %d", i)
			}
			return nil
		})
		if err == nil || err.Error() != "replicate 37" {
			t.Errorf("workers %d: error %v, want that of replicate 37", workers, err)
		}
	}
	if err := resample.Each(ctx, 0, 4, func(int) error { return errors.New("called") }); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	err := resample.Each(ctx, 1<<40, 2, func(i int) error {
		if i == 100 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func ExampleMultinomial() {
	dst := make([]int64, 3)
	resample.Multinomial(dst, 1000, []float64{1, 2, 7}, resample.Stream(1, 0))
	fmt.Println(dst[0] + dst[1] + dst[2])
	// Output: 1000
}

func BenchmarkMultinomial(b *testing.B) {
	for _, cells := range []int{7, 31, 63} {
		for _, n := range []int64{123, 2744, 100_000} {
			b.Run(fmt.Sprintf("cells=%d/n=%d", cells, n), func(b *testing.B) {
				p := make([]float64, cells)
				for i := range p {
					p[i] = 1 / float64(1+i)
				}
				dst := make([]int64, cells)
				rng := resample.Stream(1, 0)
				b.ReportAllocs()
				for b.Loop() {
					resample.Multinomial(dst, n, p, rng)
				}
			})
		}
	}
}

func BenchmarkStream(b *testing.B) {
	b.ReportAllocs()
	var i uint64
	for b.Loop() {
		i++
		_ = resample.Stream(1, i).Uint64()
	}
}
