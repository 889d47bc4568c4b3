package multiplier_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/multiplier"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
)

func benchmark(t testing.TB, n int64) *estimators.Table {
	t.Helper()
	out, err := estimators.FromCounts([]string{"register"}, []int64{0, n})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: %.8g, not %.8g", what, got, want)
	}
}

// The Netherlands, 2020: 68 registered minors, 35 % of 250 visitors of a chat known to a body. N = 68/0.35 = 194.29. By the delta method an exact benchmark gives se =
// 194.29·√(0.65/(250·0.35)) = 16.75 and 161 to 227; a Poisson one √(0.65/87.5 + 1/68)·194.29 = 28.9, and 145 to 260 on the log scale.
func TestByHand(t *testing.T) {
	m := multiplier.Multiplier{Share: .35, Respondents: 250, Fixed: true, Interval: estimators.Wald}
	e, err := m.Estimate(context.Background(), benchmark(t, 68))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "N", e.Population, 194.285714, 1e-8)
	near(t, "se", e.SE, 16.75, 1e-3)
	near(t, "lower", e.Intervals[0].Lower, 161.5, 2e-3)
	near(t, "upper", e.Intervals[0].Upper, 227.1, 2e-3)
	m.Fixed, m.Interval = false, estimators.LogNormal
	if e, err = m.Estimate(context.Background(), benchmark(t, 68)); err != nil {
		t.Fatal(err)
	}
	near(t, "se", e.SE, 28.9, 1e-3)
	near(t, "lower", e.Intervals[0].Lower, 145, 3e-3)
	near(t, "upper", e.Intervals[0].Upper, 260, 3e-3)
	m.DesignEffect = 2 // half as many answers
	twice, _ := m.Estimate(context.Background(), benchmark(t, 68))
	m.DesignEffect, m.Respondents = 0, 125
	half, _ := m.Estimate(context.Background(), benchmark(t, 68))
	near(t, "design effect", twice.SE, half.SE, 1e-12)
}

// The credible interval is that of its law by 200,000 draws.
func TestCredible(t *testing.T) {
	for _, fixed := range []bool{true, false} {
		m := multiplier.Multiplier{Share: .2, Respondents: 60, DesignEffect: 1.5, Fixed: fixed, Levels: []float64{.95, .8}}
		e, err := m.Estimate(context.Background(), benchmark(t, 40))
		if err != nil {
			t.Fatal(err)
		}
		rng := resample.Stream(1, 1)
		p := distuv.Beta{Alpha: 8.5, Beta: 32.5, Src: rng}
		b := distuv.Gamma{Alpha: 40.5, Beta: 1, Src: rng}
		draws := make([]float64, 200000)
		for i := range draws {
			if draws[i] = 40 / p.Rand(); !fixed {
				draws[i] *= b.Rand() / 40
			}
		}
		slices.Sort(draws)
		for _, i := range e.Intervals {
			near(t, "lower", i.Lower, resample.Quantile(draws, .5-i.Level/2, resample.Type8), .01)
			near(t, "upper", i.Upper, resample.Quantile(draws, .5+i.Level/2, resample.Type8), .01)
		}
	}
}

func TestRefusals(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		m    multiplier.Multiplier
		n    int64
		code string
	}{
		{multiplier.Multiplier{Share: .3, Respondents: 10}, 0, "empty-table"},
		{multiplier.Multiplier{Share: 0, Respondents: 10}, 5, "unbounded"},
		{multiplier.Multiplier{Share: 1.2, Respondents: 10}, 5, ""},
		{multiplier.Multiplier{Share: math.NaN(), Respondents: 10}, 5, ""},
		{multiplier.Multiplier{Share: .2}, 5, ""},
		{multiplier.Multiplier{Share: .2, Respondents: 5, DesignEffect: -1}, 5, ""},
		{multiplier.Multiplier{Share: .2, Respondents: 5, Levels: []float64{95}}, 5, ""},
		{multiplier.Multiplier{Share: .2, Respondents: 5, Interval: estimators.Waring}, 5, ""},
	} {
		_, err := c.m.Estimate(ctx, benchmark(t, c.n))
		var r *estimators.Refusal
		if err == nil || errors.As(err, &r) != (c.code != "") || r != nil && r.Code != c.code {
			t.Errorf("%+v: %v", c.m, err)
		}
	}
	e, err := multiplier.Multiplier{Share: 1, Respondents: 9}.Estimate(ctx, benchmark(t, 30))
	if err != nil || e.Hidden != 0 || e.Intervals[0].Upper <= 30 {
		t.Errorf("all in the benchmark: %+v, %v", e, err)
	}
}

func TestLaws(t *testing.T) {
	estimatortest.Run(t, multiplier.Multiplier{Share: .4, Respondents: 50}, estimatortest.Options{})
}

func ExampleMultiplier() {
	t, _ := estimators.FromCounts([]string{"register"}, []int64{0, 68})
	e, _ := multiplier.Multiplier{Share: 0.35, Respondents: 250}.Estimate(context.Background(), t)
	fmt.Printf("%.0f (%.0f to %.0f)\n", e.Population, e.Intervals[0].Lower, e.Intervals[0].Upper)
	// Output: 194 (145 to 260)
}
