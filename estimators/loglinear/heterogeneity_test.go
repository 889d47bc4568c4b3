package loglinear_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"
)

var forms = []loglinear.Heterogeneity{loglinear.Chao, loglinear.Poisson, loglinear.Darroch, loglinear.Gamma}

func model(t testing.TB, tab *estimators.Table, s string) *loglinear.Model {
	t.Helper()
	m, err := loglinear.ParseModel(s, tab.Lists())
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

func TestParseHeterogeneity(t *testing.T) {
	for _, s := range []string{"", "chao", "poisson", "darroch", "gamma"} {
		if h, err := loglinear.ParseHeterogeneity(s); err != nil || string(h) != s {
			t.Errorf("%q: %q, %v", s, h, err)
		}
	}
	if h, err := loglinear.ParseHeterogeneity("none"); err != nil || h != loglinear.Homogeneous {
		t.Errorf("none: %q, %v", h, err)
	}
	if _, err := loglinear.ParseHeterogeneity("normal"); err == nil {
		t.Error("normal is accepted")
	}
}

// Without interactions the models are the Mth of the closed-population family.
func TestHeterogeneityOfIndependenceIsMth(t *testing.T) {
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		for _, h := range forms {
			a, err := loglinear.LogLinear{Model: model(t, tab, "[]"), Heterogeneity: h}.Estimate(t.Context(), tab)
			if err != nil {
				t.Fatal(err)
			}
			b, err := loglinear.Closed{Time: true, Heterogeneity: h}.Estimate(t.Context(), tab)
			if err != nil {
				t.Fatal(err)
			}
			if a.Population != b.Population || a.SE != b.SE || *a.Fit != *b.Fit || a.Intervals[0] != b.Intervals[0] || a.LowerBound != b.LowerBound || a.LowerBound != (h == loglinear.Chao && !warned(a, "poor-fit")) {
				t.Errorf("%s %s: %v and %v", table, h, a.Population, b.Population)
			}
		}
	}
}

// Three lists, [12,13] and a heterogeneity column h have as many parameters as cells, and
// solving for them gives, with hⱼ the column for a person on j lists,
//
//	τ = log(n₁₁₁·n₁₀₀ / (n₁₁₀·n₁₀₁)) / (h₃ − 2h₂ + h₁),
//	log n̂₀ = log(n₀₁₀·n₀₀₁ / n₀₁₁) + τ·(h₂ − 2h₁).
func TestHeterogeneityWithInteractionsInClosedForm(t *testing.T) {
	tab := reference.Table(t, "hav") // 001:63 010:55 011:18 100:69 101:17 110:21 111:28
	column := map[loglinear.Heterogeneity]func(j float64) float64{
		loglinear.Poisson: func(j float64) float64 { return math.Pow(2, j) - 1 },
		loglinear.Darroch: func(j float64) float64 { return j * j / 2 },
		loglinear.Gamma:   func(j float64) float64 { return -math.Log(3.5+j) + math.Log(3.5) },
		loglinear.Chao:    func(j float64) float64 { return math.Max(j-2, 0) },
	}
	for h, f := range column {
		tau := math.Log(28.0*69/(21*17)) / (f(3) - 2*f(2) + f(1))
		want := 55.0 * 63 / 18 * math.Exp(tau*(f(2)-2*f(1)))
		e, err := loglinear.LogLinear{Model: model(t, tab, "[12,13]"), Heterogeneity: h}.Estimate(t.Context(), tab)
		if err != nil {
			t.Fatalf("%s: %v", h, err)
		}
		if !reference.Close(e.Hidden, want, 1e-10) || math.Abs(e.Fit.Deviance) > 1e-10 || e.Fit.DF != 0 || e.Fit.Parameters != 7 {
			t.Errorf("%s: hidden %v, not %v; %+v", h, e.Hidden, want, *e.Fit)
		}
		name := "tau"
		if h == loglinear.Chao {
			name = "eta3"
		}
		if c, ok := coefficient(e, name); !ok || !reference.Close(c.Estimate, tau, 1e-9) {
			t.Errorf("%s: %+v, not %v", h, c, tau)
		}
		if !strings.Contains(e.Model, "P*Q") {
			t.Errorf("model %q", e.Model)
		}
	}
}

// The score equations Σ (y − μ)·column = 0 hold for every column, on every form and several models.
func TestHeterogeneityScores(t *testing.T) {
	column := map[string]func(j float64) float64{
		"poisson": func(j float64) float64 { return math.Pow(2, j) - 1 },
		"darroch": func(j float64) float64 { return j * j / 2 },
		"gamma":   func(j float64) float64 { return -math.Log(1 + j/3.5) },
	}
	for table, s := range map[string]string{"hiv": "[12,34]", "kosovo": "[123,14,34]", "uk6": "[12,13,24,25,35,36,45]", "western": "[15]"} {
		tab := reference.Table(t, table)
		m := model(t, tab, s)
		for form, f := range column {
			e, err := loglinear.LogLinear{Model: m, Heterogeneity: loglinear.Heterogeneity(form)}.Estimate(t.Context(), tab)
			if err != nil {
				t.Errorf("%s %s: %v", table, form, err)
				continue
			}
			check := func(what string, value func(p estimators.Pattern) float64) {
				sum := 0.0
				for _, r := range e.Residuals {
					if !r.Removed {
						sum += (float64(r.Observed) - r.Fitted) * value(r.Pattern)
					}
				}
				if math.Abs(sum) > 1e-6 {
					t.Errorf("%s %s: the score of %s is %v", table, form, what, sum)
				}
			}
			check("the form", func(p estimators.Pattern) float64 { return f(float64(p.Size())) })
			for _, q := range append(m.Terms(), 0, 1) {
				check(q.History(tab.K()), func(p estimators.Pattern) float64 {
					if p.Contains(q) {
						return 1
					}
					return 0
				})
			}
			if e.Fit.Parameters != m.Parameters()+1 || e.Fit.DF != 1<<tab.K()-1-e.Fit.Parameters {
				t.Errorf("%s %s: %+v", table, form, *e.Fit)
			}
		}
	}
}

// The dense fit without heterogeneity is the fit on the lattice, also with parameters at −∞.
func TestDenseIsLattice(t *testing.T) {
	for table, s := range map[string]string{"hiv": "[12,34]", "kosovo": "[123,14,34]", "uk5": "[12,13,14,15,23,24,25,34,35,45]", "uk6": "[12,13,24,25,35,36,45]", "nl6": "[346,25,45,16]", "korea": "[12,3]"} {
		tab := reference.Table(t, table)
		m := model(t, tab, s)
		f, err := loglinear.Fit(tab, *m)
		if err != nil {
			t.Fatal(err)
		}
		d, err := loglinear.FitDense(t.Context(), tab, *m)
		if err != nil {
			t.Fatal(err)
		}
		if !reference.Close(d.Population, f.Population, 1e-9) || !reference.Close(d.SE, f.SE, 1e-6) || !reference.Close(d.Fit.BIC, f.Fit.BIC, 1e-10) ||
			d.Fit.DF != f.Fit.DF || d.Fit.MinusInfinity != f.Fit.MinusInfinity || !reference.Close(d.Fit.GoodnessOfFit, f.Fit.GoodnessOfFit, 1e-7) {
			t.Errorf("%s %s: dense %v (%v) %+v, lattice %v (%v) %+v", table, s, d.Population, d.SE, *d.Fit, f.Population, f.SE, f.Fit)
		}
		e, err := f.Estimate(t.Context(), "loglinear", "", []float64{0.95, 0.8})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range e.Intervals {
			if got := d.Intervals[i]; !reference.Close(got.Lower, want.Lower, 1e-6) || !reference.Close(got.Upper, want.Upper, 1e-6) {
				t.Errorf("%s %s: dense %+v, lattice %+v", table, s, got, want)
			}
		}
	}
}

// Models with chosen interactions and their profile limits against Rcapture, by the dense
// route.
func TestDenseAgreesWithRcapture(t *testing.T) {
	for _, want := range reference.Interactions(t, reference.Every) {
		tab := reference.Table(t, want.Table)
		m, err := loglinear.NewModel(tab.K(), reference.Terms(t, want.Model)...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := loglinear.FitDense(t.Context(), tab, m)
		if err != nil {
			t.Fatal(err)
		}
		n := want.Source.Tolerance
		if got.Fit.MinusInfinity == 0 {
			n = 1e-6
		}
		// With a parameter at −∞ glm() stops at a coefficient near −20: 1e-4.
		if !reference.Close(got.Population, want.N, math.Min(n, 1e-4)) || !reference.Close(got.Fit.BIC, want.BIC, 1e-6) || got.Fit.DF != want.DF {
			t.Errorf("%s: %v, BIC %v, df %d; there %v, %v, %d", want.Call, got.Population, got.Fit.BIC, got.Fit.DF, want.N, want.BIC, want.DF)
		}
		i := got.Intervals[0]
		if want.Profile.Level == 0.95 && (!reference.Close(i.Lower, want.Profile.Lower, 0.005) || !reference.Close(i.Upper, want.Profile.Upper, 0.005)) {
			t.Errorf("%s: %+v; there %v to %v", want.Call, i, want.Profile.Lower, want.Profile.Upper)
		}
	}
}

// A term with an empty overlap is at −∞: the estimate is that of the model without it
// when its cells are impossible by design; the term counts as a parameter, its cells as
// cells, and the goodness of fit is the same.
func TestHeterogeneityWithEmptyOverlap(t *testing.T) {
	empty := estimatortest.Table("A B C D", "1000:40 0100:30 0010:20 0001:35 1010:6 0110:7 1001:9 0101:4 0011:5 1011:3 0111:2")
	impossible := estimatortest.Table("A B C D", "1000:40 0100:30 0010:20 0001:35 1010:6 0110:7 1001:9 0101:4 0011:5 1011:3 0111:2 1100:- 1110:- 1101:- 1111:-")
	for _, h := range forms {
		a, err := loglinear.LogLinear{Model: model(t, empty, "[12,34]"), Heterogeneity: h}.Estimate(t.Context(), empty)
		if err != nil {
			t.Fatalf("%s: %v", h, err)
		}
		b, err := loglinear.LogLinear{Model: model(t, impossible, "[34]"), Heterogeneity: h}.Estimate(t.Context(), impossible)
		if err != nil {
			t.Fatalf("%s: %v", h, err)
		}
		if a.Population != b.Population || a.SE != b.SE || a.Intervals[0] != b.Intervals[0] || a.Fit.Deviance != b.Fit.Deviance || a.Fit.GoodnessOfFit != b.Fit.GoodnessOfFit {
			t.Errorf("%s: %v (%v) %+v and %v (%v) %+v", h, a.Population, a.SE, *a.Fit, b.Population, b.SE, *b.Fit)
		}
		if a.Fit.MinusInfinity != 1 || a.Fit.Parameters != b.Fit.Parameters+1 || a.Fit.DF != 15-a.Fit.Parameters || b.Fit.DF != 11-b.Fit.Parameters {
			t.Errorf("%s: %+v and %+v", h, *a.Fit, *b.Fit)
		}
		if c, ok := coefficient(a, "A*B"); !ok || !math.IsInf(c.Estimate, -1) || !warned(a, "boundary") {
			t.Errorf("%s: %+v, warnings %v", h, c, a.Warnings)
		}
	}
}

// Models that cannot be estimated are refused with the columns or cells that stand in the way.
func TestHeterogeneityRefusals(t *testing.T) {
	tab := reference.Table(t, "hav")
	_, err := loglinear.LogLinear{Model: model(t, tab, "[12,13,23]"), Heterogeneity: loglinear.Darroch}.Estimate(t.Context(), tab)
	r, ok := errors.AsType[*estimators.Refusal](err)
	if !ok || !r.Is(&estimators.Refusal{Code: "not-identifiable"}) || !strings.Contains(r.Text, "tau") {
		t.Errorf("eight parameters, seven cells: %v", err)
	}
	one := estimatortest.Table("A B C", "100:40 010:30 001:20 110:6")
	_, err = loglinear.LogLinear{Model: model(t, one, "[12,3]"), Heterogeneity: loglinear.Darroch}.Estimate(t.Context(), one)
	r, ok = errors.AsType[*estimators.Refusal](err)
	if !ok || !r.Is(&estimators.Refusal{Code: "no-mle"}) || len(r.Cells) == 0 {
		t.Errorf("list C overlaps with none: %v", err)
	}
}

func TestHeterogeneityLaws(t *testing.T) {
	for _, h := range forms {
		t.Run(string(h), func(t *testing.T) {
			make := func(o estimators.Options) estimators.Estimator {
				return loglinear.LogLinear{Heterogeneity: h, Levels: o.Levels, Kind: o.Kind}
			}
			estimatortest.Run(t, make(estimators.Options{}), estimatortest.Options{New: make})
		})
	}
}
