package resample_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"darkfigure/internal/reference"
	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// The quantiles of SparseMSE from its own replicates and acceleration. What is left of the difference is
// the 15 digits in which they were written.
//
// Where an adjusted level lies beyond the outermost replicates, the quantile is the smallest or the
// largest of them, here as there: 0.025 and 0.05 of Western, 0.95 and 0.975 of the Netherlands with six
// lists, 0.975 with five.
func TestBCaAgreesWithSparseMSE(t *testing.T) {
	beyond := map[string]int{"western": 2, "nl6": 2, "nl5": 1}
	for _, want := range reference.BCaIntervals(t, reference.Every) {
		replicates := slices.Clone(want.Replicates)
		if want.Table == "korea" {
			replicates = tieBelow(t, replicates, want.N)
		}
		z0 := resample.BiasCorrection(replicates, want.N, true)
		if math.Abs(z0-want.BiasCorrection) > 1e-12 {
			t.Errorf("%s: z0 is %v, not %v", want.Call, z0, want.BiasCorrection)
		}
		sorted := resample.Sorted(want.Replicates)
		extremes := 0
		for _, q := range want.BCa {
			level, quantile := q[0], q[1]
			if quantile == sorted[0] || quantile == sorted[len(sorted)-1] {
				extremes++
			}
			got := resample.Quantile(sorted, resample.BCaLevel(level, z0, want.Acceleration), resample.Type8)
			if !reference.Close(got, quantile, 1e-12) {
				t.Errorf("%s: BCa quantile %v is %v, not %v", want.Call, level, got, quantile)
			}
		}
		if extremes != beyond[want.Table] {
			t.Errorf("%s: %d quantiles are the smallest or largest replicate", want.Call, extremes)
		}
		for _, q := range want.Plain {
			if got := resample.Quantile(sorted, q[0], resample.Type7); !reference.Close(got, q[1], 1e-12) {
				t.Errorf("%s: quantile %v is %v, not %v", want.Call, q[0], got, q[1])
			}
		}
	}
}

// tieBelow puts one replicate that equals the estimate below it. On the Korean table seven replicates
// chose the model of the estimate and have its sufficient statistics: they are the estimate, apart from the end of an
// iteration. SparseMSE counts four of them as below, three of which are so in the digits written and the
// fourth in a later digit. That is why a tie counts half by default.
func tieBelow(t *testing.T, replicates []float64, estimate float64) []float64 {
	t.Helper()
	var below, equal, tied int
	for _, r := range replicates {
		if r < estimate {
			below++
		}
		if r == estimate {
			equal++
		}
		if math.Abs(r-estimate) < 1e-8 {
			tied++
		}
	}
	if below != 640 || equal != 3 || tied != 7 {
		t.Errorf("%d replicates below the estimate, %d equal to it, %d within 1e-8", below, equal, tied)
	}
	replicates[slices.Index(replicates, estimate)] = math.Nextafter(estimate, 0)
	return replicates
}

// The test of spatial perception of 26 children by A. Efron and Tibshirani (1993), An Introduction to the
// Bootstrap, Table 14.1 and section 14.3: the variance is 171.5, a = 0.061, and with z0 = 0.146 the
// levels 0.05 and 0.95 become 0.110 and 0.985.
var spatial = []float64{48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41}

func variance(x []float64) float64 {
	var mean, square float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x))
	}
	return square
}

func ones(n int) []float64 { return slices.Repeat([]float64{1}, n) }

func TestTextbookBCa(t *testing.T) {
	if got := variance(spatial); math.Abs(got-171.5) > 0.05 {
		t.Errorf("variance %v, want 171.5", got)
	}
	var without []float64
	for i := range spatial {
		without = append(without, variance(slices.Delete(slices.Clone(spatial), i, i+1)))
	}
	a, ok := resample.Acceleration(without, ones(len(without)))
	if !ok || math.Abs(a-0.061) > 0.0005 {
		t.Errorf("acceleration %v, want 0.061", a)
	}
	for p, want := range map[float64]float64{0.05: 0.110, 0.95: 0.985} {
		if got := resample.BCaLevel(p, 0.146, a); math.Abs(got-want) > 0.001 {
			t.Errorf("level %v becomes %v, want %v", p, got, want)
		}
	}
}

func TestBiasCorrection(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		replicates []float64
		strict     bool
		want       float64
	}{
		{[]float64{1, 2, 4, 5}, false, 0},
		{[]float64{1, 2, 4, 5}, true, 0},
		{[]float64{1, 3, 5}, false, 0},                        // a tie counts half
		{[]float64{1, 2, 3, 5}, true, 0},                      // or not
		{[]float64{1, 2, 3, 5}, false, 0.318639363964375},     // Φ⁻¹(5/8)
		{[]float64{1, 2, 2, 2, 9}, true, 0.841621233572914},   // Φ⁻¹(4/5)
		{[]float64{4, 5, 6, 7, 1}, true, -0.841621233572914},  // Φ⁻¹(1/5)
		{[]float64{4, inf, inf, inf, 1}, true, -0.8416212335}, // a replicate without an estimate is above
		{[]float64{1, 2}, false, inf},
		{[]float64{4, inf}, false, -inf},
		{[]float64{3, 3}, true, -inf},
		{[]float64{3, 3}, false, 0},
	} {
		if got := resample.BiasCorrection(c.replicates, 3, c.strict); got != c.want && !(math.Abs(got-c.want) < 1e-9) {
			t.Errorf("z0 of %v about 3, strict %v: %v, want %v", c.replicates, c.strict, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		// Whole numbers, so that there are ties.
		whole := rapid.Map(rapid.IntRange(-5, 5), func(i int) float64 { return float64(i) })
		x := rapid.SliceOfN(whole, 1, 40).Draw(t, "x")
		estimate := whole.Draw(t, "estimate")
		z0 := resample.BiasCorrection(x, estimate, false)
		if strict := resample.BiasCorrection(x, estimate, true); strict > z0 {
			t.Fatalf("ties left out give %v, above %v", strict, z0)
		}
		if more := resample.BiasCorrection(x, estimate+1, false); more < z0 {
			t.Fatalf("z0 falls from %v to %v with a larger estimate", z0, more)
		}
		mirrored := make([]float64, len(x))
		for i, v := range x {
			mirrored[i] = -v
		}
		if m := resample.BiasCorrection(mirrored, -estimate, false); m != -z0 && !(math.Abs(m+z0) < 1e-12) {
			t.Fatalf("%v and %v do not mirror each other", z0, m)
		}
		// Whatever is increasing leaves it alone.
		for i, v := range x {
			mirrored[i] = math.Exp(v)
		}
		if e := resample.BiasCorrection(mirrored, math.Exp(estimate), false); e != z0 {
			t.Fatalf("%v on the scale of exp, %v before", e, z0)
		}
	})
}

func TestAcceleration(t *testing.T) {
	// By hand: values 0, 0, 3 with mean 1; d = 1, 1, −2, so that Σd³ = −6, Σd² = 6.
	want := -6 / (6 * math.Pow(6, 1.5))
	for _, c := range []struct{ value, weight []float64 }{
		{[]float64{0, 0, 3}, []float64{1, 1, 1}},
		{[]float64{0, 3}, []float64{2, 1}},
	} {
		if a, ok := resample.Acceleration(c.value, c.weight); !ok || math.Abs(a-want) > 1e-15 {
			t.Errorf("values %v, weights %v: %v, want %v", c.value, c.weight, a, want)
		}
	}
	for _, equal := range [][]float64{{5}, {5, 5, 5}, {0, 0}, {0.1, 0.1, 0.1, 0.1}} {
		if a, ok := resample.Acceleration(equal, ones(len(equal))); a != 0 || !ok {
			t.Errorf("equal values %v: %v %v, want 0", equal, a, ok)
		}
	}
	for _, bad := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		if a, ok := resample.Acceleration([]float64{1, bad, 2}, ones(3)); a != 0 || ok {
			t.Errorf("with %v: %v %v, want 0 and false", bad, a, ok)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SliceOfNDistinct(rapid.Float64Range(-100, 100), 2, 12, func(x float64) int { return int(math.Round(x)) }).Draw(t, "value")
		weight := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 5), func(i int) float64 { return float64(i) }), len(value), len(value)).Draw(t, "weight")
		a, ok := resample.Acceleration(value, weight)
		// Σ|w d³| ≤ (Σ w d²)^1.5 for weights of at least one.
		if !ok || math.Abs(a) > 1.0/6+1e-12 {
			t.Fatalf("a = %v %v is beyond a sixth", a, ok)
		}
		var single, shifted, mirrored []float64
		for i, v := range value {
			single = append(single, slices.Repeat([]float64{v}, int(weight[i]))...)
			shifted = append(shifted, 700+3*v)
			mirrored = append(mirrored, -v)
		}
		for _, c := range []struct {
			what          string
			value, weight []float64
			want          float64
		}{
			{"everybody singly", single, ones(len(single)), a},
			{"in other units", shifted, weight, a},
			{"mirrored", mirrored, weight, -a},
		} {
			if got, ok := resample.Acceleration(c.value, c.weight); !ok || math.Abs(got-c.want) > 1e-9 {
				t.Fatalf("%s: %v %v, not %v", c.what, got, ok, c.want)
			}
		}
	})
}

func TestBCaLevel(t *testing.T) {
	inf := math.Inf(1)
	phi := distuv.UnitNormal.CDF
	for _, c := range []struct {
		p, z0, a, want float64
	}{
		{0.025, 0, 0, 0.025}, // no correction
		{0.5, 0, 0.1, 0.5},   // the median moves with z0 alone
		{0.5, 0.3, 0, phi(0.6)},
		{0.025, 0.3, 0, phi(0.6 - 1.959963984540054)}, // BC: Φ(2 z0 + z_p)
		{0.5, 0.3, 0.1, phi(0.3 + 0.3/0.97)},
		{0.975, 0, 0.5, phi(1.959963984540054 / (1 - 0.5*1.959963984540054))},
		{0.1, inf, 0.05, 0.1}, // all replicates on one side: percentile
		{0.9, -inf, 0.05, 0.9},
		{0.975, 0, 1, 1}, // 1 − a·1.96 < 0: the formula would turn round
		{0.025, 0, -1, 0},
		{0.5, 2, 0.5, 1}, // 1 − a·z0 = 0
		{0.5, -2, -0.5, 0},
		{0, 0.2, 0.1, 0},
		{1, 0.2, -0.1, 1},
	} {
		if got := resample.BCaLevel(c.p, c.z0, c.a); !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("level of %v with z0 %v and a %v: %v, want %v", c.p, c.z0, c.a, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		z0 := rapid.Float64Range(-4, 4).Draw(t, "z0")
		a := rapid.Float64Range(-1, 1).Draw(t, "a")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(p, 1).Draw(t, "q")
		x, y := resample.BCaLevel(p, z0, a), resample.BCaLevel(q, z0, a)
		if !(0 <= x && x <= y && y <= 1) {
			t.Fatalf("levels %v and %v of %v and %v", x, y, p, q)
		}
		// The mirrored problem has the mirrored level. (Near 0, 1−p loses the digits of p.)
		if m := resample.BCaLevel(1-p, -z0, -a); p > 1e-4 && math.Abs(1-m-x) > 1e-9 {
			t.Fatalf("%v, mirrored %v", x, 1-m)
		}
		if plain := resample.BCaLevel(p, 0, 0); math.Abs(plain-p) > 1e-12 {
			t.Fatalf("without correction %v becomes %v", p, plain)
		}
	})
}

// Replicates without an estimate are +Inf: the largest order statistics. A BCa limit is
// finite as long as it does not rest on them, and they push no other quantile.
func TestBCaWithInfiniteReplicates(t *testing.T) {
	const n, estimate = 999, 400.5
	replicates := make([]float64, n)
	for i := range replicates {
		replicates[i] = float64(i + 1)
	}
	z0 := resample.BiasCorrection(replicates, estimate, true)
	full := resample.Sorted(replicates)
	for _, infinite := range []int{0, 1, 10, 24, 25, 26, 300, 598} {
		some := slices.Clone(replicates)
		for i := range infinite {
			some[n-1-i] = math.Inf(1)
		}
		if got := resample.BiasCorrection(some, estimate, true); got != z0 {
			t.Errorf("%d infinite: z0 %v, not %v", infinite, got, z0)
		}
		sorted := resample.Sorted(some)
		for _, p := range []float64{0.001, 0.025, 0.1, 0.5, 0.9, 0.975, 0.999} {
			level := resample.BCaLevel(p, z0, 0.03)
			want := resample.Quantile(full, level, resample.Type8)
			if want > float64(n-infinite) {
				want = math.Inf(1)
			}
			if got := resample.Quantile(sorted, level, resample.Type8); got != want {
				t.Errorf("%d infinite: quantile %v is %v, want %v", infinite, p, got, want)
			}
		}
	}
}

// A bootstrap distribution whose median is below the estimate, and a skewed estimator: the
// interval is read at higher levels than 0.05 and 0.95.
func ExampleBCaLevel() {
	const z0, a = 0.146, 0.061
	fmt.Printf("%.2f %.2f\n", resample.BCaLevel(0.05, z0, a), resample.BCaLevel(0.95, z0, a))
	// Output: 0.11 0.98
}
