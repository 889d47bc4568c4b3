package resample_test

import (
	"math"
	"slices"
	"testing"

	"darkfigure/internal/resample"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got == want {
		return
	}
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %.12g, not %.12g", what, got, want)
	}
}

// By hand from Rubin (1987), 3.1.2–3.1.6: Q̄ = 2, W̄ = 0.02, B = ((−1)²+0+1²)/2·0.01 = 0.01, T = 0.02 + 4/3·0.01 = 0.1/3,
// share = 0.4, df = 2/0.16 = 12.5 and t(0.975; 12.5) = 2.169 between t(12) = 2.1788 and t(13) = 2.1604 of any table. With ν₀ = 10
// (Barnard and Rubin 1999): ν_obs = 10·11/13·0.6 = 66/13, df = 1/(1/12.5 + 13/66) = 3.6108….
func TestPoolByHand(t *testing.T) {
	q, w := []float64{1.9, 2, 2.1}, []float64{0.01, 0.02, 0.03}
	p, ok := resample.Pool(q, w, math.Inf(1))
	if !ok || p.Analyses != 3 {
		t.Fatal(p, ok)
	}
	near(t, "estimate", p.Estimate, 2, 1e-15)
	near(t, "within", p.Within, 0.02, 1e-15)
	near(t, "between", p.Between, 0.01, 1e-14)
	near(t, "total", p.Total, 0.1/3, 1e-14)
	near(t, "share", p.Share, 0.4, 1e-14)
	near(t, "df", p.DF, 12.5, 1e-12)
	lower, upper := p.Limits(0.95)
	if half := (upper - lower) / 2 / math.Sqrt(p.Total); !(half > 2.1604 && half < 2.1788) {
		t.Errorf("t(0.975; 12.5) is %v", half)
	}
	near(t, "middle", lower+upper, 4, 1e-14)
	p, _ = resample.Pool(q, w, 10)
	near(t, "Barnard–Rubin", p.DF, 1/(0.08+13.0/66), 1e-12)
}

// Quantiles of Student's law from Abramowitz and Stegun, table 26.10, through analyses whose degrees of freedom are
// K−1 because no analysis has a variance of its own: t(0.975; 1) = 12.706, t(0.995; 4) = 4.604, t(0.975; 30) = 2.042.
func TestPoolStudent(t *testing.T) {
	for _, c := range []struct {
		k           int
		level, want float64
	}{{2, .95, 12.706}, {5, .99, 4.604}, {31, .95, 2.042}} {
		q := make([]float64, c.k)
		for i := range q {
			q[i] = float64(i)
		}
		p, _ := resample.Pool(q, make([]float64, c.k), math.Inf(1))
		near(t, "share", p.Share, 1, 1e-15)
		near(t, "df", p.DF, float64(c.k-1), 1e-12)
		_, upper := p.Limits(c.level)
		near(t, "t", (upper-p.Estimate)/math.Sqrt(p.Total), c.want, 5e-4)
		finite, _ := resample.Pool(q, make([]float64, c.k), 7)
		if finite.DF != p.DF {
			t.Errorf("without variances the degrees of freedom are %v with 7 of one analysis, %v without", finite.DF, p.DF)
		}
	}
	// The two formulas for the quantile meet.
	var at [2]float64
	for i, df := range []float64{9999.999, 10000.001} {
		p := resample.Pooled{Total: 1, DF: df}
		_, at[i] = p.Limits(0.99)
	}
	near(t, "t(10⁴)", at[0], at[1], 1e-9)
}

func TestPoolAtTheEdges(t *testing.T) {
	inf := math.Inf(1)
	one, ok := resample.Pool([]float64{3}, []float64{0.04}, inf)
	if want := (resample.Pooled{Analyses: 1, Estimate: 3, Within: 0.04, Total: 0.04, DF: inf}); !ok || one != want {
		t.Errorf("one analysis: %+v", one)
	}
	lower, upper := one.Limits(0.95)
	near(t, "normal lower", lower, 3-1.959963984540054*0.2, 1e-12)
	near(t, "normal upper", upper, 3+1.959963984540054*0.2, 1e-12)
	same, _ := resample.Pool([]float64{.1, .1, .1}, []float64{1, 1, 1}, 9)
	if same.Between != 0 || same.Share != 0 || same.Estimate != .1 {
		t.Errorf("equal analyses: %+v", same)
	}
	near(t, "df of equal analyses", same.DF, 9*10.0/12, 1e-12) // ν₀(ν₀+1)/(ν₀+3)
	nothing, ok := resample.Pool([]float64{5, 5}, []float64{0, 0}, inf)
	if lower, upper = nothing.Limits(.9); !ok || lower != 5 || upper != 5 || nothing.Share != 0 {
		t.Errorf("no variance at all: %+v, %v to %v", nothing, lower, upper)
	}
	for _, bad := range [][2][]float64{{{}, {}}, {{math.Inf(-1), 1}, {1, 1}}, {{1, 1}, {inf, 1}}, {{math.NaN()}, {1}}} {
		if p, ok := resample.Pool(bad[0], bad[1], inf); ok || p != (resample.Pooled{}) {
			t.Errorf("%v: %+v", bad, p)
		}
	}
}

// T, the share and Q̄ do what they say, whatever the order of the analyses, and nothing is ever NaN.
func TestPoolLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 12).Draw(t, "k")
		q := rapid.SliceOfN(rapid.Float64Range(-20, 20), k, k).Draw(t, "q")
		w := rapid.SliceOfN(rapid.Float64Range(0, 4), k, k).Draw(t, "w")
		complete := rapid.SampledFrom([]float64{math.Inf(1), 3, 50}).Draw(t, "complete")
		p, ok := resample.Pool(q, w, complete)
		lower, upper := p.Limits(0.95)
		for _, x := range []float64{p.Estimate, p.Within, p.Between, p.Total, p.Share, p.DF, lower, upper} {
			if math.IsNaN(x) {
				t.Fatalf("%+v, %v to %v", p, lower, upper)
			}
		}
		if !ok || p.Share < 0 || p.Share > 1 || p.Total < p.Within || lower > p.Estimate || upper < p.Estimate || !(p.DF > 0) {
			t.Fatalf("%+v, %v to %v", p, lower, upper)
		}
		slices.Reverse(q)
		slices.Reverse(w)
		r, _ := resample.Pool(q, w, complete)
		if math.Abs(r.Total-p.Total) > 1e-12*(1+p.Total) || math.Abs(r.Estimate-p.Estimate) > 1e-12*(1+math.Abs(p.Estimate)) {
			t.Fatalf("%+v in one order, %+v in the other", p, r)
		}
	})
}

func TestMixture(t *testing.T) {
	// Equal numbers: the quantile of all values.
	m := resample.NewMixture([][]float64{{1, 5, 3}, {}, {2, 6, 4}})
	if m.Analyses() != 2 || m.Empty() != 1 || m.Len() != 6 {
		t.Error(m)
	}
	for _, p := range []float64{0, .1, .25, .5, .9, 1} {
		if got, want := m.Quantile(p), resample.Quantile([]float64{1, 2, 3, 4, 5, 6}, p, resample.Type8); got != want {
			t.Errorf("quantile %v: %v, not %v", p, got, want)
		}
	}
	// Weights: one value in the first analysis is worth three in the second, so n = 4 values weigh 2, ⅔, ⅔, ⅔. With (S − w/2 + ⅙)/(4⅓) the
	// values 0, 10, 20, 30 lie at 7/26, 15/26, 19/26, 23/26, and the median at 6/8 of the way from 0 to 10.
	m = resample.NewMixture([][]float64{{0}, {30, 10, 20}})
	near(t, "weighted median", m.Quantile(.5), 7.5, 1e-12)
	near(t, "weighted lower", m.Quantile(.1), 0, 0)
	near(t, "weighted upper", m.Quantile(.99), 30, 0)
	near(t, "at a value", m.Quantile(19.0/26), 20, 1e-12)
	// Infinite replicates are the largest ones.
	m = resample.NewMixture([][]float64{{1, 2, 3, math.Inf(1)}})
	if lower, upper := m.Interval(.9); lower != 1 || !math.IsInf(upper, 1) {
		t.Errorf("%v to %v", lower, upper)
	}
	m = resample.NewMixture([][]float64{{1, 2}, {math.Inf(1)}})
	if got := m.Quantile(.9); !math.IsInf(got, 1) {
		t.Errorf("0.9 quantile with half infinite: %v", got)
	}
}

// Quantiles rise with their level, whatever the order of the analyses, and neither tail is treated otherwise than the other.
func TestMixtureLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Different values: equal ones of different weight have no order that a mirror keeps.
		all := rapid.SliceOfNDistinct(rapid.Float64Range(0, 1000), 2, 40, func(x float64) float64 { return x }).Draw(t, "values")
		cut := rapid.IntRange(1, len(all)-1).Draw(t, "cut")
		a, b := all[:cut], all[cut:]
		m := resample.NewMixture([][]float64{a, b})
		r := resample.NewMixture([][]float64{b, a})
		mirrored := resample.NewMixture([][]float64{negative(a), negative(b)})
		last := math.Inf(-1)
		for p := 0.0; p <= 1; p += 1.0 / 64 {
			q := m.Quantile(p)
			if q < last-1e-9 || math.IsNaN(q) || math.Abs(r.Quantile(p)-q) > 1e-9 {
				t.Fatalf("quantile %v: %v after %v, %v in the other order", p, q, last, r.Quantile(p))
			}
			if other := -mirrored.Quantile(1 - p); math.Abs(other-q) > 1e-6 {
				t.Fatalf("quantile %v: %v, mirrored %v", p, q, other)
			}
			last = q
		}
	})
}

func negative(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = -x
	}
	return out
}

// The median is shift + exp(mean), and the outer quantiles are those of the normal law; with no variance all values are the
// median, with mean −Inf the shift. 20,000 draws leave an error of 0.0125·√(2π)·½ ≈ 0.01 in the logarithm of the median.
func TestLogNormal(t *testing.T) {
	v := make([]float64, 20000)
	resample.LogNormal(v, 100, 3, 0.25, resample.Stream(1, 0))
	m := resample.NewMixture([][]float64{v})
	near(t, "median", math.Log(m.Quantile(.5)-100), 3, 0.01)
	near(t, "upper", math.Log(m.Quantile(.975)-100), 3+1.96*.5, 0.01)
	resample.LogNormal(v[:3], 100, math.Log(7), 0, resample.Stream(1, 0))
	near(t, "no variance", v[1], 107, 1e-12)
	resample.LogNormal(v[:3], 100, math.Inf(-1), 1, resample.Stream(1, 0))
	if v[0] != 100 || v[2] != 100 {
		t.Error(v[:3])
	}
}

// The interval of pooled analyses contains the truth as often as it says: K = 5 draws of a quantity whose within and
// between variances are 1 and 1, 4,000 times; the standard error of the share is 0.0034.
func TestPoolCoverage(t *testing.T) {
	const studies, k = 4000, 5
	covered := 0
	q, w := make([]float64, k), make([]float64, k)
	for s := range studies {
		rng := resample.Stream(7, uint64(s))
		centre := rng.NormFloat64() * math.Sqrt(2) // what infinitely many draws would give: variance W + B
		for d := range k {
			q[d], w[d] = centre+rng.NormFloat64(), 1
		}
		p, _ := resample.Pool(q, w, math.Inf(1))
		if lower, upper := p.Limits(.95); lower <= 0 && 0 <= upper {
			covered++
		}
	}
	if c := float64(covered) / studies; c < .935 || c > .975 {
		t.Errorf("coverage %v", c)
	}
}
