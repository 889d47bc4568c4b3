package loglinear_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"
)

func TestLaws(t *testing.T) {
	for name, e := range map[string]loglinear.LogLinear{
		"selected":     {},
		"aic":          {Select: loglinear.AIC, Window: -1},
		"stepwise":     {Select: loglinear.Stepwise, Window: -1},
		"averaged":     {Averaged: true},
		"lognormal":    {Kind: estimators.LogNormal, Window: -1},
		"independence": {Select: loglinear.Stepwise, Threshold: -1, Window: -1},
	} {
		if testing.Short() && name != "selected" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			estimatortest.Run(t, e, estimatortest.Options{New: func(o estimators.Options) estimators.Estimator {
				e := e
				e.Levels = o.Levels
				if o.Kind != "" && !e.Averaged {
					e.Kind = o.Kind
				}
				return e
			}})
		})
	}
}

// Estimates, standard errors and criteria computed in R with Rcapture 1.4-4 and SparseMSE
// 2.0.1, and re-fitted with glm, on the tables of testdata/tables. The profile columns are Rcapture's
// closedpCI, whose search stops within 0.5 % of the exact limits.
func TestFixedModels(t *testing.T) {
	for _, c := range []struct {
		table, model           string
		n, se, dev             float64
		df                     int
		aic, bic               float64
		profile, lower, higher float64
	}{
		{"western", "[]", 2007.1418, 371.4816, 40.9631, 25, 104.2184, 127.2797, 2000.005, 1430.773, 2964.607},
		{"western", "[15]", 2483.38392, 534.8914755, 26.5842264, 24, 91.83950374, 118.7443147, 2474.089, 1680.613, 3928.081},
		{"uk5", "[]", 13444.1312, 806.9297, 118.5316, 25, 217.7789, 253.2819, 13437.92, 11985.12, 15165.9},
		{"uk5", "[12,13,25,35,45]", 12262.4124, 824.6322, 23.1588, 20, 132.4061, 197.4950, 12254.42, 10789.43, 14046.04},
		{"kosovo", "[123,14,34]", 10356.5190, 785.9022, 9.3227, 4, 132.7467, 203.0296, 10334.5, 8994.257, 12110.41},
		{"kosovo", "[12,13,14,23,34]", 14341.6638, 1018.2864, 39.8936, 5, 161.3176, 225.2112, 14325.66, 12525.19, 16542.84},
		{"nl5", "[]", 52923.8943, 2332.9510, 398.1871, 25, 505.6346, 547.7307, 52914.42, 48612.91, 57784.8},
		{"hiv", "[12,3,4]", 12318.5, 1188.7, 7.614, 9, 86.650, 119.935, 12308, 10266, 14992.3},
		{"hiv", "[]", 11124.6, 904.8, 13.026, 10, 90.062, 117.800, 11117, 9531.7, 13114.1},
	} {
		table := reference.Table(t, c.table)
		m, err := loglinear.ParseModel(c.model, table.Lists())
		if err != nil {
			t.Fatal(err)
		}
		f, err := loglinear.Fit(table, m)
		if err != nil {
			t.Fatal(err)
		}
		at := c.table + " " + c.model
		nearAbs(t, at+" N", f.Population, c.n, 5e-6)
		near(t, at+" SE", f.SE, c.se, 1e-4)
		nearAbs(t, at+" deviance", f.Fit.Deviance, c.dev, 5e-5)
		nearAbs(t, at+" AIC", f.Fit.AIC, c.aic, 1e-5)
		nearAbs(t, at+" BIC", f.Fit.BIC, c.bic, 1e-5)
		if f.Fit.DF != c.df {
			t.Errorf("%s: df %d, not %d", at, f.Fit.DF, c.df)
		}
		top, err := f.ProfileMaximum(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		near(t, at+" profile", top, c.profile, 2e-5)
		is, err := f.ProfileIntervals(t.Context(), []float64{0.95})
		if err != nil {
			t.Fatal(err)
		}
		near(t, at+" lower", is[0].Lower, c.lower, 2e-5)
		near(t, at+" upper", is[0].Upper, c.higher, 2e-5)
	}
}

// The asymptotic bias is the one Rcapture prints: 112.5064 for [15] on the Western table
// (closedpCI.t of Rcapture 1.4-4).
func TestAsymptoticBias(t *testing.T) {
	table := reference.Table(t, "western")
	m, _ := loglinear.ParseModel("[15]", table.Lists())
	f, err := loglinear.Fit(table, m)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "bias", f.AsymptoticBias(), 112.5064, 1e-5)
}

// Closed forms: with list 2 parting 1 and 3, n̂000 = n100·n001/n101; with 3 independent of
// the pair 12, n̂000 = n001·(n100+n010+n110)/(n101+n011+n111) (any text on decomposable
// models). On the Korean table 5·41/6 and 41·64/18.
func TestDecomposableModelsHaveClosedForms(t *testing.T) {
	table := reference.Table(t, "korea")
	for model, hidden := range map[string]float64{"[12,23]": 5.0 * 41 / 6, "[12,3]": 41.0 * 64 / 18} {
		m, _ := loglinear.ParseModel(model, table.Lists())
		f, err := loglinear.Fit(table, m)
		if err != nil {
			t.Fatal(err)
		}
		near(t, model, f.Hidden, hidden, 1e-12)
	}
}

// The profile limits satisfy their definition: half the χ² quantile below the maximum, checked
// with an independent computation of the multinomial likelihood for the independence model, whose
// maximum at fixed N is Π (n_i/N).
func TestProfileLimitsOfIndependenceMatchTheMultinomialLikelihood(t *testing.T) {
	for _, name := range []string{"uk5", "western", "korea", "nl6", "hare"} {
		table := reference.Table(t, name)
		f, err := loglinear.Fit(table, loglinear.Independence(table.K()))
		if err != nil {
			t.Fatal(err)
		}
		n := float64(table.Observed())
		ll := func(size float64) float64 {
			a, _ := math.Lgamma(size + 1)
			b, _ := math.Lgamma(size - n + 1)
			s := a - b
			for _, c := range table.Totals() {
				x := float64(c)
				s += x*math.Log(x/size) + (size-x)*math.Log1p(-x/size)
			}
			return s
		}
		top, err := f.ProfileMaximum(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		is, err := f.ProfileIntervals(t.Context(), []float64{0.95, 0.8})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range is {
			drop := map[float64]float64{0.95: 3.841458820694124, 0.8: 1.642374415149818}[i.Level] / 2 // qchisq(level, 1), R 4.2.2
			for _, limit := range []float64{i.Lower, i.Upper} {
				if d := ll(top) - ll(limit) - drop; math.Abs(d) > 1e-6 {
					t.Errorf("%s: the likelihood at %v is %.9f off its level", name, limit, d)
				}
			}
		}
	}
}

// Selection by exact search: the models and estimates that full enumeration in R (and for six
// lists a refit there) gives.
func TestSelection(t *testing.T) {
	for _, c := range []struct {
		table string
		e     loglinear.LogLinear
		model string
		n     float64
	}{
		{"korea", loglinear.LogLinear{}, "[12,23]", 157.166666667},
		{"kosovo", loglinear.LogLinear{}, "[123,14,34]", 10356.518957},
		{"kosovo", loglinear.LogLinear{MaxOrder: 2}, "[12,13,14,23,34]", 14341.6638},
		{"uk5", loglinear.LogLinear{}, "[123,25,34]", 25311.29061},
		{"uk5", loglinear.LogLinear{MaxOrder: 2}, "[12,13,23,25,34]", 22991.33131},
		{"nl5", loglinear.LogLinear{}, "[135,12,24,34]", 148788.75899},
		{"western", loglinear.LogLinear{}, "[15]", 2483.38392},
		{"uk6", loglinear.LogLinear{Select: loglinear.BIC}, "[12,13,25,35,36,45]", 12349.5870},
		{"uk6", loglinear.LogLinear{}, "[12,13,24,25,35,36,45]", 11417.991},
		{"nl6", loglinear.LogLinear{Select: loglinear.BIC}, "[12,16,25,34,36,45,46]", 116667.0182},
		{"nl6", loglinear.LogLinear{Select: loglinear.BIC, MaxOrder: 5}, "[346,25,45,16]", 143603.0233},
		{"nl6", loglinear.LogLinear{}, "[12,16,23,25,34,36,45,46]", 111139.371},
		{"neworleans", loglinear.LogLinear{}, "[45]", 1183.692},
		{"neworleans5", loglinear.LogLinear{Select: loglinear.Stepwise}, "[]", 1034.151},
	} {
		table := reference.Table(t, c.table)
		c.e.Window = -1
		got, err := c.e.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := loglinear.ParseModel(c.model, table.Lists())
		if want := m.Format(table.Lists()); got.Model != want {
			t.Errorf("%s: %s, not %s", c.table, got.Model, want)
		}
		nearAbs(t, c.table, got.Population, c.n, 1e-6)
	}
}

// The near-tied models of the UK table of five lists: 14 within 6 BIC units, parted by the
// term of lists 3 and 4 (enumeration with Rcapture 1.4-4 over all 6,212 models up to order 3).
func TestWindow(t *testing.T) {
	table := reference.Table(t, "uk5")
	got, err := loglinear.LogLinear{}.Estimate(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	sel := got.Selection
	if len(sel.Candidates) != 14 || sel.Considered != 6212 {
		t.Fatalf("%d near-tied of %v models, not 14 of 6212", len(sel.Candidates), sel.Considered)
	}
	if sel.Split == nil || sel.Split.Term != 0b01100 || sel.Split.With.Models != 8 || sel.Split.Without.Models != 6 {
		t.Errorf("split %+v, not lists 3 and 4 with 8 and 6 models", sel.Split)
	}
	sum := 0.0
	for _, c := range sel.Candidates {
		sum += c.Weight
	}
	near(t, "weights", sum, 1, 1e-12)
	area := 0.0
	d := sel.Averaged.Density
	for i := 1; i < len(d); i++ {
		area += (d[i].X - d[i-1].X) * (d[i].Y + d[i-1].Y) / 2
	}
	near(t, "area under the density", area, 1, 0.01)
}

// Near-tied models are all of the enumeration within the window, and no others.
func TestWindowEqualsEnumeration(t *testing.T) {
	for _, name := range []string{"korea", "hav", "hiv", "kosovo", "western", "neworleans5", "uk5", "nl5", "australia", "diabetes", "congenital"} {
		table := reference.Table(t, name)
		all, err := loglinear.Enumeration{}.Run(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		near, err := loglinear.Enumeration{Within: 6}.Run(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, m := range all.Models {
			if m.Status != estimators.Refused && m.Fit.BIC <= all.Models[0].Fit.BIC+6 {
				want[m.Model] = true
			}
		}
		if len(near.Models) != len(want) {
			t.Errorf("%s: %d near-tied models, not %d", name, len(near.Models), len(want))
		}
		for i, m := range near.Models {
			if !want[m.Model] || m.Model != all.Models[i].Model {
				t.Errorf("%s: place %d has %s, not %s", name, i, m.Model, all.Models[i].Model)
			}
		}
	}
}

// The identifiability examples of Chan, Silverman and Vincent (2021, Table 2): [12,13,23] is
// not identifiable, [12,3] has no estimate, [13,23] has one.
func TestRefusals(t *testing.T) {
	table := reference.Table(t, "artificial3")
	for model, code := range map[string]string{"[12,13,23]": "not-identifiable", "[12,3]": "no-mle", "[13,23]": ""} {
		m, _ := loglinear.ParseModel(model, table.Lists())
		_, err := loglinear.Fit(table, m)
		var r *estimators.Refusal
		errors.As(err, &r)
		if got := ""; r != nil && r.Code != code || r == nil && got != code {
			t.Errorf("%s: %v, not %q", model, err, code)
		}
		if code == "no-mle" && len(r.Cells) == 0 {
			t.Errorf("%s: the refusal names no cell", model)
		}
	}
}

func TestStructuralZerosLeaveTheFit(t *testing.T) {
	// Lists A and B cannot share anybody by design; without their joint cells the
	// independence model on A, B, C has the closed form below, from the conditional
	// independence of C: n̂000 = n001·(n100+n010)/(n101+n011) (derived by hand).
	cells := []estimators.Cell{{Pattern: 1, Count: 40}, {Pattern: 2, Count: 30}, {Pattern: 4, Count: 50}, {Pattern: 5, Count: 10}, {Pattern: 6, Count: 6},
		{Pattern: 3, StructuralZero: true}, {Pattern: 7, StructuralZero: true}}
	table, err := estimators.NewTable([]string{"A", "B", "C"}, nil, cells)
	if err != nil {
		t.Fatal(err)
	}
	f, err := loglinear.Fit(table, loglinear.Independence(3))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "hidden", f.Hidden, 50.0*70/16, 1e-9)
	m, _ := loglinear.ParseModel("[12]", table.Lists())
	if _, err := loglinear.Fit(table, m); !errors.Is(err, &estimators.Refusal{Code: "not-identifiable"}) {
		t.Errorf("a term inside structural zeros: %v", err)
	}
}

func TestCancelledSearchStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (loglinear.Enumeration{}).Run(ctx, reference.Table(t, "uk5")); !errors.Is(err, context.Canceled) {
		t.Errorf("enumeration: %v", err)
	}
}

func ExampleLogLinear() {
	// Potential victims of trafficking, United Kingdom 2013, five lists (Silverman 2020).
	counts := make([]int64, 32)
	for w, n := range map[estimators.Pattern]int64{1: 54, 2: 463, 4: 995, 8: 695, 16: 316, 3: 15, 5: 19, 9: 3, 6: 62, 10: 19, 18: 1,
		12: 76, 20: 11, 24: 8, 7: 1, 11: 1, 14: 4, 15: 1} {
		counts[w] = n
	}
	table, err := estimators.FromCounts([]string{"LA", "NG", "PFNCA", "GO", "GP"}, counts)
	if err != nil {
		panic(err)
	}
	e, err := loglinear.LogLinear{}.Estimate(context.Background(), table)
	if err != nil {
		panic(err)
	}
	i, _ := e.Interval()
	fmt.Printf("%s\n%.0f (%s %.0f%%: %.0f to %.0f), %d near-tied models\n", e.Model, e.Population, i.Kind, 100*i.Level, i.Lower, i.Upper, len(e.Selection.Candidates))
	// Output:
	// [LA*NG*PFNCA,NG*GP,PFNCA*GO]
	// 25311 (profile 95%: 19389 to 34111), 14 near-tied models
}
