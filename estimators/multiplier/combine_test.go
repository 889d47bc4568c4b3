package multiplier_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/multiplier"
	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
)

// source is an estimate whose logarithm is y with variance v.
func source(name string, y, v float64) estimators.Estimate {
	n := math.Exp(y)
	return estimators.Estimate{Method: "multiplier", Population: n, SE: n * math.Sqrt(v), HasSE: true, Status: estimators.OK, Multiplied: &estimators.Multiplied{Source: name}}
}

func codes(e estimators.Estimate) (out []string) {
	for _, w := range e.Warnings {
		out = append(out, w.Code)
	}
	return out
}

// Thirteen trials of BCG vaccine (Colditz and others 1994; the table dat.bcg of R package metafor): log risk ratios. metafor's documentation of rma.uni prints
// Q(df = 12) = 152.2330 for them. The variance by Paule and Mandel, the mean and its error are those of a second program of twelve lines in
// Python 3.11, which finds 0.3088 for DerSimonian and Laird's, as metafor prints it.
func TestCombineAgainstMetafor(t *testing.T) {
	trials := [][4]float64{{4, 119, 11, 128}, {6, 300, 29, 274}, {3, 228, 11, 209}, {62, 13536, 248, 12619}, {33, 5036, 47, 5761}, {180, 1361, 372, 1079}, {8, 2537, 10, 619},
		{505, 87886, 499, 87892}, {29, 7470, 45, 7232}, {17, 1699, 65, 1600}, {186, 50448, 141, 27197}, {5, 2493, 3, 2338}, {27, 16886, 29, 17825}}
	var sources []estimators.Estimate
	for i, c := range trials {
		a, b, x, y := c[0], c[1], c[2], c[3]
		sources = append(sources, source(string(rune('a'+i)), math.Log(a/(a+b)/(x/(x+y))), 1/a-1/(a+b)+1/x-1/(x+y)))
	}
	e, err := multiplier.Combine(sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := e.Combination
	near(t, "Q", c.Q, 152.2330, 1e-6)
	near(t, "tau²", c.Tau*c.Tau, 0.3180684522, 1e-8)
	near(t, "mean", math.Log(e.Population), -0.7149681535, 1e-8)
	near(t, "se", e.SE/e.Population, 0.1808921915, 1e-8)
	// t of 12 degrees of freedom at 0.975 is 2.178813 (tables).
	near(t, "upper", math.Log(e.Intervals[0].Upper), -0.7149681535+2.178813*0.1808921915, 1e-6)
	near(t, "I²", c.I2, (152.2330-12)/152.2330, 1e-6)
	if got := codes(e); len(got) != 1 || got[0] != "sources-disagree" {
		t.Errorf("warnings %q", got)
	}
	total := 0.0
	for _, w := range c.Weights {
		total += w
	}
	near(t, "weights", total, 1, 1e-12)
}

// Sources that say the same: the mean is theirs, and the weights are those of chance alone.
func TestCombineAgreeing(t *testing.T) {
	e, err := multiplier.Combine([]estimators.Estimate{source("a", math.Log(500), .01), source("b", math.Log(500), .04)}, []float64{.95, .8})
	if err != nil {
		t.Fatal(err)
	}
	c := e.Combination
	near(t, "N", e.Population, 500, 1e-9)
	near(t, "weight", c.Weights[0], .8, 1e-9)
	near(t, "left out", c.Without[0], 500, 1e-9)
	if c.Tau != 0 || c.Q > 1e-12 || c.I2 != 0 || c.P < 1-1e-9 {
		t.Errorf("%+v", c)
	}
	// t of one degree of freedom at 0.975 is 12.7062; the standard error √(1/125).
	near(t, "upper", e.Intervals[0].Upper, 500*math.Exp(12.7062047*math.Sqrt(1./125)), 1e-6)
	if e.Intervals[1].Upper >= e.Intervals[0].Upper {
		t.Error("80 % is wider than 95 %")
	}
}

func TestCombineRefuses(t *testing.T) {
	refused := estimators.Estimate{Status: estimators.Refused, Reason: estimators.Refuse("unbounded", "none"), Multiplied: &estimators.Multiplied{Source: "c"}}
	bound := source("d", 6, .1)
	bound.LowerBound = true
	large := source("e", 3, .1)
	large.Observed = 15
	for _, c := range []struct {
		code    string
		sources []estimators.Estimate
	}{
		{"too-few-sources", []estimators.Estimate{source("a", 6, .1), refused}},
		{"not-comparable", []estimators.Estimate{source("a", 6, .1), bound}},
		{"benchmarks-contradict", []estimators.Estimate{source("a", 2, .1), large}},
		{"", []estimators.Estimate{source("a", 6, .1), source("a", 6, .1)}},
	} {
		_, err := multiplier.Combine(c.sources, nil)
		var r *estimators.Refusal
		if err == nil || errors.As(err, &r) != (c.code != "") || r != nil && r.Code != c.code {
			t.Errorf("%s: %v", c.code, err)
		}
	}
	e, err := multiplier.Combine([]estimators.Estimate{source("a", 6, .1), source("b", 6, .1), refused}, nil)
	if err != nil || len(e.Warnings) == 0 || e.Warnings[0].Code != "source-left-out" {
		t.Errorf("%v, %v", e.Warnings, err)
	}
}

// Somewhere 300 people were counted. The sources a (upper limit 260) and b are impossible, c is below by chance: a and b are left out of the mean
// and of the range, and are named; d and e are far enough apart to disagree.
func TestBelowBenchmark(t *testing.T) {
	at := func(name string, n, upper float64, observed int64) estimators.Estimate {
		e := source(name, math.Log(n), .01)
		e.Observed, e.Intervals = observed, []estimators.Interval{{Level: .95, Lower: n / 2, Upper: upper}}
		return e
	}
	all := []estimators.Estimate{at("a", 194, 260, 68), at("b", 229, 288, 110), at("c", 290, 350, 100), at("d", 1500, 1992, 300), at("e", 700, 900, 90)}
	e, err := multiplier.Combine(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := e.Combination; c.Smallest != 300 || math.Abs(c.Largest-1500) > 1e-6 || !slices.Equal(c.Sources, []string{"c", "d", "e"}) {
		t.Errorf("%+v", c)
	}
	if got := codes(e); !slices.Equal(got[:3], []string{"below-benchmark", "below-benchmark", "sources-disagree"}) {
		t.Errorf("%q", got)
	}
	multiplier.WarnBelow(all)
	for i, s := range all {
		if (i < 3) != slices.Contains(codes(s), "below-benchmark") {
			t.Errorf("%s: %q", s.Multiplied.Source, codes(s))
		}
	}
	_, err = multiplier.Combine([]estimators.Estimate{all[0], all[1], all[3]}, nil)
	var r *estimators.Refusal
	if !errors.As(err, &r) || r.Code != "benchmarks-contradict" || !strings.HasPrefix(r.Text, "by a, b there are fewer people than the 300 whom d counted") {
		t.Error(err)
	}
}

// Five sources, each biased by a factor with a standard deviation of 0.3 on the log scale, whose truth is 2,000: the interval holds it in 94 to 97 % of
// 2,000 experiments, and in no fewer where nothing is biased. That of chance alone holds it in far fewer than 95 %.
func TestCombineCoverage(t *testing.T) {
	const truth, runs = 2000.0, 2000
	for _, tau := range []float64{0, .3} {
		held, alone := 0, 0
		for r := range runs {
			rng := resample.Stream(7, uint64(r))
			var sources []estimators.Estimate
			most := int64(0)
			for i, q := range []float64{.1, .15, .2, .25, .3} {
				share := q * math.Exp(tau*rand.New(rng).NormFloat64())
				m := multiplier.Multiplier{Source: string(rune('a' + i)), Respondents: 250, Interval: estimators.LogNormal,
					Share: distuv.Binomial{N: 250, P: min(share, 1), Src: rng}.Rand() / 250}
				n := int64(distuv.Poisson{Lambda: truth * q, Src: rng}.Rand())
				most = max(most, n)
				e, err := m.Estimate(context.Background(), benchmark(t, n))
				if err != nil {
					t.Fatal(err)
				}
				sources = append(sources, e)
			}
			e, err := multiplier.Combine(sources, nil)
			if err != nil {
				t.Fatal(err)
			}
			if i := e.Intervals[0]; i.Lower <= truth && truth <= i.Upper {
				held++
			}
			mean, total := 0.0, 0.0
			for _, s := range sources {
				w := s.Population * s.Population / (s.SE * s.SE)
				mean, total = mean+w*math.Log(s.Population), total+w
			}
			if math.Abs(mean/total-math.Log(truth)) <= 1.96/math.Sqrt(total) {
				alone++
			}
		}
		t.Logf("tau %g: %.3f, by chance alone %.3f", tau, float64(held)/runs, float64(alone)/runs)
		if share := float64(held) / runs; share < .935 || tau > 0 && share > .975 {
			t.Errorf("tau %g: covers %.3f", tau, share)
		}
		if share := float64(alone) / runs; tau > 0 && share > .75 {
			t.Errorf("tau %g: chance alone covers %.3f", tau, share)
		}
	}
}
