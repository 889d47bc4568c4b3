package loglinear_test

import (
	"errors"
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"
)

func firth(t testing.TB, table, s string) (estimators.Estimate, error) {
	t.Helper()
	tab := reference.Table(t, table)
	return loglinear.LogLinear{Firth: true, Model: model(t, tab, s)}.Estimate(t.Context(), tab)
}

// Penalised estimates of the western table, computed by an independent solution of
// X'(y + h/2 − μ) = 0; maximum likelihood gives 2007.141757 and 2483.38392 (Rcapture 1.4-4).
func TestFirthGolden(t *testing.T) {
	for s, want := range map[string]float64{"[]": 1982.163773, "[15]": 2438.38582} {
		e, err := firth(t, "western", s)
		if err != nil || !reference.Close(e.Population, want, 1e-8) {
			t.Errorf("%s: %.9g, not %.9g (%v)", s, e.Population, want, err)
		}
	}
}

// Two lists are saturated, so that every leverage is 1 and half a person is added to every
// cell: n̂0 = (b+½)(c+½)/(m+½). The penalised profile is then that of independence with those
// counts, in closed form: with T = n + 3/2 + n0, means are products of margins over T.
func TestFirthTwoLists(t *testing.T) {
	for _, y := range [][3]float64{{86, 73, 49}, {12, 7, 1}, {40, 30, 2}} {
		b, c, m := y[0], y[1], y[2]
		tab, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, int64(b), int64(c), int64(m)})
		if err != nil {
			t.Fatal(err)
		}
		e, err := loglinear.LogLinear{Firth: true}.Estimate(t.Context(), tab)
		if err != nil {
			t.Fatal(err)
		}
		if want := (b + .5) * (c + .5) / (m + .5); !reference.Close(e.Hidden, want, 1e-9) {
			t.Errorf("%v: hidden %v, not %v", y, e.Hidden, want)
		}
		n := b + c + m
		ell := func(n0 float64) float64 {
			total := n + 1.5 + n0
			r, k := b+m+1, c+m+1
			s := 0.0
			for _, cell := range [][2]float64{{b + .5, r * (total - k) / total}, {c + .5, (total - r) * k / total}, {m + .5, r * k / total}, {n0, (total - r) * (total - k) / total}} {
				s += cell[0]*math.Log(cell[1]) - cell[1]
			}
			p, _ := math.Lgamma(n0 + 1)
			q, _ := math.Lgamma(n + n0 + 1)
			return s - p + q - (n+n0)*math.Log(n+n0) + n + n0
		}
		best := math.Inf(-1)
		for x := -5.0; x < 20; x += 1e-4 {
			best = math.Max(best, ell(math.Exp(x)))
		}
		i := e.Intervals[0]
		if i.Kind != estimators.Penalised {
			t.Errorf("kind %q", i.Kind)
		}
		for _, limit := range []float64{i.Lower, i.Upper} {
			if math.IsInf(limit, 1) {
				if drop := best - ell(1e9); drop > 1.92 {
					t.Errorf("%v: unbounded, but the log-likelihood falls by %v", y, drop)
				}
			} else if drop := best - ell(limit-n); math.Abs(drop-1.920729410347062) > 1e-6 {
				t.Errorf("%v: at %v the log-likelihood has fallen by %v", y, limit, drop)
			}
		}
	}
}

// Where no maximum likelihood estimate exists there is a penalised one: list C of the made-up
// table of Chan, Silverman and Vincent (2021, Table 2) overlaps with no other list.
func TestFirthAnswersWhereMaximumLikelihoodCannot(t *testing.T) {
	tab := reference.Table(t, "artificial3")
	m := model(t, tab, "[12,3]")
	if _, err := loglinear.Fit(tab, *m); !errors.Is(err, &estimators.Refusal{Code: "no-mle"}) {
		t.Fatalf("maximum likelihood: %v", err)
	}
	e, err := loglinear.LogLinear{Firth: true, Model: m}.Estimate(t.Context(), tab)
	if err != nil || !(e.Population > 96) || !(e.SE > 0) {
		t.Errorf("%v (%v), %v", e.Population, e.SE, err)
	}
	// [12,13,23] has as many parameters as cells: half a person in each.
	e, err = loglinear.LogLinear{Firth: true, Model: model(t, tab, "[12,13,23]")}.Estimate(t.Context(), tab)
	if want := 0.5 * 40.5 * 30.5 * 20.5 / (6.5 * 0.5 * 0.5); err != nil || !reference.Close(e.Hidden, want, 1e-8) {
		t.Errorf("hidden %v, not %v (%v)", e.Hidden, want, err)
	}
	if e.Fit.MinusInfinity != 0 {
		t.Errorf("%d parameters at −∞: the penalty makes all finite", e.Fit.MinusInfinity)
	}
}

// Too many parameters for the cells are refused: nothing is penalised into existence.
func TestFirthRefuses(t *testing.T) {
	tab := estimatortest.Table("A B C", "100:40 010:30 001:20 110:8 101:6 011:5 111:-")
	_, err := loglinear.LogLinear{Firth: true, Model: model(t, tab, "[12,13,23]")}.Estimate(t.Context(), tab)
	if !errors.Is(err, &estimators.Refusal{Code: "not-identifiable"}) {
		t.Errorf("seven parameters, six cells: %v", err)
	}
	for cells, code := range map[string]string{"10:412 01:233": "no-overlap", "11:30": "saturated"} {
		if _, err := (loglinear.LogLinear{Firth: true}).Estimate(t.Context(), estimatortest.Table("A B", cells)); !errors.Is(err, &estimators.Refusal{Code: code}) {
			t.Errorf("%s: %v, want %s", cells, err, code)
		}
	}
}

func TestFirthLaws(t *testing.T) {
	make := func(o estimators.Options) estimators.Estimator {
		return loglinear.LogLinear{Firth: true, Levels: o.Levels, Kind: o.Kind}
	}
	estimatortest.Run(t, make(estimators.Options{}), estimatortest.Options{New: make})
}

func BenchmarkFirth(b *testing.B) {
	for table, s := range map[string]string{"western": "[15]", "uk6": "[12,13,24,25,35,36,45]"} {
		b.Run(table, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := firth(b, table, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
