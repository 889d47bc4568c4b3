package chain_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"darkfigure/internal/chain"

	"gonum.org/v1/gonum/stat/distuv"
)

// normal has independent normal coordinates with the given standard deviations.
type normal []float64

func (d normal) LogDensity(x, gradient []float64) float64 {
	log := 0.0
	for i, s := range d {
		z := x[i] / s
		log -= z * z / 2
		gradient[i] = -z / s
	}
	return log
}

// gamma is the law of log G for G with a gamma law: skew, with an exponential tail on the left.
type gamma float64

func (a gamma) LogDensity(x, gradient []float64) float64 {
	e := math.Exp(x[0])
	gradient[0] = float64(a) - e
	return float64(a)*x[0] - e
}

func run(t testing.TB, target func() chain.Target, dim, chains, warm, draws int) [][][]float64 {
	t.Helper()
	out := make([][][]float64, dim)
	for c := range chains {
		rng := rand.New(rand.NewPCG(11, uint64(c)))
		start := make([]float64, dim)
		for i := range start {
			start[i] = 2 * rng.NormFloat64()
		}
		s := chain.NewNUTS(target(), start, rng)
		if err := s.Warm(context.Background(), warm); err != nil {
			t.Fatal(err)
		}
		for i := range out {
			out[i] = append(out[i], nil)
		}
		if err := s.Sample(context.Background(), draws, func(x []float64) {
			for i, v := range x {
				out[i][c] = append(out[i][c], v)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if s.Divergences() > draws/1000 { // a long step into the double exponential tail of log gamma can be one
			t.Errorf("%d divergences", s.Divergences())
		}
	}
	return out
}

// The moments of a target must come back within five Monte-Carlo standard errors, which are estimates themselves.
func within(t *testing.T, what string, chains [][]float64, want float64) {
	t.Helper()
	if r := chain.Judge(chains).RHat; r > 1.01 {
		t.Errorf("%s: R-hat %v", what, r)
	}
	mean, _ := chain.Moments(chains)
	if se := chain.MeanSE(chains); math.Abs(mean-want) > 5*se {
		t.Errorf("%s: mean %v, want %v ± %v", what, mean, want, se)
	}
}

func mapped(chains [][]float64, f func(float64) float64) [][]float64 {
	out := make([][]float64, len(chains))
	for c, chain := range chains {
		for _, v := range chain {
			out[c] = append(out[c], f(v))
		}
	}
	return out
}

func TestNUTSDrawsFromTheTarget(t *testing.T) {
	sd := normal{1, 0.5, 3, 1, 1, 0.2, 1, 1, 2, 1}
	for i, chains := range run(t, func() chain.Target { return sd }, len(sd), 4, 500, 4000) {
		within(t, fmt.Sprintf("coordinate %d", i), chains, 0)
		within(t, fmt.Sprintf("square of coordinate %d", i), mapped(chains, func(v float64) float64 { return v * v }), sd[i]*sd[i])
		within(t, fmt.Sprintf("tail of coordinate %d", i), mapped(chains, func(v float64) float64 {
			if v > 1.96*sd[i] {
				return 1
			}
			return 0
		}), 1-distuv.UnitNormal.CDF(1.96))
	}
	for _, shape := range []float64{1, 4, 60} {
		chains := run(t, func() chain.Target { return gamma(shape) }, 1, 4, 500, 4000)[0]
		within(t, "log gamma", chains, digamma(shape))
		g := mapped(chains, math.Exp)
		within(t, "gamma", g, shape)
		low := distuv.Gamma{Alpha: shape, Beta: 1}.Quantile(0.05)
		within(t, "gamma, lower tail", mapped(g, func(v float64) float64 {
			if v < low {
				return 1
			}
			return 0
		}), 0.05)
	}
}

// digamma by the difference of log Γ, to about eight digits.
func digamma(x float64) float64 {
	const h = 1e-4
	up, _ := math.Lgamma(x + h)
	down, _ := math.Lgamma(x - h)
	return (up - down) / (2 * h)
}

// Chains that were started apart agree on a target in its own scale, and are worth about as many
// independent draws as they have.
func TestNUTSIsEfficientOnAStandardNormal(t *testing.T) {
	sd := make(normal, 20)
	for i := range sd {
		sd[i] = 1
	}
	for i, chains := range run(t, func() chain.Target { return sd }, 20, 4, 300, 1000) {
		if b, tail := chain.Judge(chains).BulkESS, chain.Judge(chains).TailESS; b < 2000 || tail < 1000 {
			t.Errorf("coordinate %d: effective sample sizes %.0f and %.0f of 4,000 draws", i, b, tail)
		}
	}
}

func TestChainsThatDisagreeAreFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	noise := func(n int, mean, sd float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = mean + sd*rng.NormFloat64()
		}
		return out
	}
	good := [][]float64{noise(1000, 0, 1), noise(1000, 0, 1), noise(1000, 0, 1), noise(1000, 0, 1)}
	if r := chain.Judge(good).RHat; r > 1.01 {
		t.Errorf("independent draws: R-hat %v", r)
	}
	if e := chain.Judge(good).BulkESS; e < 3000 || e > 5500 {
		t.Errorf("4,000 independent draws: effective sample size %v", e)
	}
	for what, bad := range map[string][][]float64{
		"another place":  {good[0], good[1], good[2], noise(1000, 1, 1)},
		"another spread": {good[0], good[1], good[2], noise(1000, 0, 4)}, // only the folded draws show it
		"a trend":        {slices.Sorted(slices.Values(good[0])), slices.Sorted(slices.Values(good[1]))},
		"stuck":          {make([]float64, 1000), slices.Repeat([]float64{1}, 1000)},
		"not a number":   {good[0], slices.Repeat([]float64{math.NaN()}, 1000)},
		"infinite":       {good[0], slices.Repeat([]float64{math.Inf(1)}, 1000)},
		"too short":      {{1, 2, 3}, {2, 3, 1}},
	} {
		if r := chain.Judge(bad).RHat; !(r > 1.01) {
			t.Errorf("%s: R-hat %v", what, r)
		}
		if math.IsNaN(chain.Judge(bad).BulkESS) || math.IsNaN(chain.Judge(bad).TailESS) || math.IsNaN(chain.MeanESS(bad)) {
			t.Errorf("%s: an effective sample size is not a number", what)
		}
	}
	constant := [][]float64{{2, 2, 2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2, 2, 2}}
	if r, e := chain.Judge(constant).RHat, chain.Judge(constant).BulkESS; r != 1 || e != 16 {
		t.Errorf("constant draws: R-hat %v, effective sample size %v", r, e)
	}
}

func TestJudgementsLeaveTheDrawsAlone(t *testing.T) {
	w := waves()
	chain.Judge(w)
	chain.MeanESS(w)
	for c, chain := range waves() {
		if !slices.Equal(chain, w[c]) {
			t.Fatalf("chain %d was changed", c)
		}
	}
}

func TestNUTSRepeats(t *testing.T) {
	sample := func() []float64 {
		s := chain.NewNUTS(normal{1, 1, 1}, []float64{1, 2, 3}, rand.New(rand.NewPCG(5, 6)))
		var out []float64
		if err := errors.Join(s.Warm(context.Background(), 50), s.Sample(context.Background(), 50, func(x []float64) { out = append(out, x...) })); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if !slices.Equal(sample(), sample()) {
		t.Error("the same stream gave other draws")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := chain.NewNUTS(normal{1}, []float64{0}, rand.New(rand.NewPCG(5, 6)))
	if err := s.Sample(ctx, 10, func([]float64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, but the error is %v", err)
	}
}

// poissonRegression is the posterior of x ~ N(0, I) given counts with means exp(a + design·x).
type poissonRegression struct {
	design [][]float64
	counts []float64
}

func (d poissonRegression) LogDensity(x, gradient []float64) float64 {
	log := 0.0
	for i, v := range x {
		gradient[i] = -v
		log -= v * v / 2
	}
	for r, row := range d.design {
		eta := 0.5
		for i, v := range x {
			eta += row[i] * v
		}
		mu := math.Exp(eta)
		log += d.counts[r]*eta - mu
		for i, v := range row {
			gradient[i] += (d.counts[r] - mu) * v
		}
	}
	return log
}

// Simulation-based calibration (Talts et al. 2018, arXiv:1804.06788): when parameters are drawn from the prior and
// counts from them, the rank of a parameter among its posterior draws is uniform.
func TestNUTSIsCalibrated(t *testing.T) {
	if testing.Short() {
		t.Skip("simulation")
	}
	const replicates, kept, thin, bins = 1000, 99, 4, 20
	design := [][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 0}, {1, 0, -1}}
	var ranks [3][bins]int
	for r := range replicates {
		rng := rand.New(rand.NewPCG(2024, uint64(r)))
		truth := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		d := poissonRegression{design: design}
		for _, row := range design {
			eta := 0.5
			for i, v := range truth {
				eta += row[i] * v
			}
			d.counts = append(d.counts, distuv.Poisson{Lambda: math.Exp(eta), Src: rng}.Rand())
		}
		s := chain.NewNUTS(d, make([]float64, 3), rng)
		if err := s.Warm(context.Background(), 200); err != nil {
			t.Fatal(err)
		}
		below, i := [3]int{}, 0
		if err := s.Sample(context.Background(), kept*thin, func(x []float64) {
			if i++; i%thin == 0 {
				for j, v := range x {
					if v < truth[j] {
						below[j]++
					}
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		for j, b := range below {
			ranks[j][b*bins/(kept+1)]++
		}
	}
	for j, r := range ranks {
		chi := 0.0
		for _, n := range r {
			d := float64(n) - replicates/bins
			chi += d * d / (replicates / bins)
		}
		if p := (distuv.ChiSquared{K: bins - 1}).Survival(chi); p < 1e-4 {
			t.Errorf("parameter %d: ranks %v are not uniform (p = %.2g)", j, r, p)
		}
	}
}

func TestNUTSAllocatesNothing(t *testing.T) {
	s := chain.NewNUTS(normal{1, 1, 1, 1}, make([]float64, 4), rand.New(rand.NewPCG(1, 2)))
	ctx := context.Background()
	visit := func([]float64) {}
	if err := s.Warm(ctx, 500); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = s.Sample(ctx, 10, visit) }); n > 0 {
		t.Errorf("%v allocations in ten draws", n)
	}
}

func BenchmarkNUTS(b *testing.B) {
	for _, n := range []int{4, 16, 64} {
		b.Run(fmt.Sprintf("parameters=%d", n), func(b *testing.B) {
			sd := make(normal, n)
			for i := range sd {
				sd[i] = 1
			}
			s := chain.NewNUTS(sd, make([]float64, n), rand.New(rand.NewPCG(1, 2)))
			ctx := context.Background()
			if err := s.Warm(ctx, 300); err != nil {
				b.Fatal(err)
			}
			visit := func([]float64) {}
			b.ReportAllocs()
			for b.Loop() {
				_ = s.Sample(ctx, 1, visit)
			}
		})
	}
}

func BenchmarkJudge(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	chains := make([][]float64, 4)
	for c := range chains {
		for range 2000 {
			chains[c] = append(chains[c], rng.NormFloat64())
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		chain.Judge(chains)
	}
}

func ExampleJudge() {
	rng := rand.New(rand.NewPCG(1, 2))
	var chains [][]float64
	for c := range uint64(4) {
		s := chain.NewNUTS(normal{1, 1}, []float64{float64(c), 0}, rng)
		if err := s.Warm(context.Background(), 200); err != nil {
			fmt.Println(err)
			return
		}
		var draws []float64
		if err := s.Sample(context.Background(), 1000, func(x []float64) { draws = append(draws, x[0]) }); err != nil {
			fmt.Println(err)
			return
		}
		chains = append(chains, draws)
	}
	fmt.Println(chain.Judge(chains).Good())
	// Output: true
}
