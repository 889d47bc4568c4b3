package huggins_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/huggins"
	"darkfigure/internal/formula"
	"darkfigure/internal/reference"

	"pgregory.net/rapid"
)

func deermice(t testing.TB) *estimators.Table {
	t.Helper()
	head, rows := reference.Persons(t, "deermice")
	var cells []estimators.Cell
	for _, r := range rows {
		p, err := estimators.ParseHistory(strings.Join(r[:6], ""))
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, estimators.Cell{Pattern: p, Count: 1, Levels: r[6:]})
	}
	table, err := estimators.NewTable(head[:6], head[6:], cells)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func model(t testing.TB, form, about string) huggins.Model {
	t.Helper()
	f, err := formula.Parse(about)
	if err != nil {
		t.Fatal(err)
	}
	return huggins.Model{Formula: f, Time: strings.HasPrefix(form, "t"), Behaviour: strings.HasSuffix(form, "b"), ByList: strings.HasSuffix(form, "-by-list")}
}

// TestVGAM: every form, against VGAM. Its Fisher scoring stops early (behaviour: coefficients to four digits), and its covariance is that of the
// iterate before; so the exact comparison is at its own coefficients: log-likelihood, N, and the standard error of N with its
// covariance. The estimates are compared as closely as it has them; ours are the more likely ones.
func TestVGAM(t *testing.T) {
	d := deermice(t)
	for _, want := range reference.ConditionalFits(t, "deermice") {
		t.Run(want.Form+want.Formula, func(t *testing.T) {
			near := func(what string, got, wanted, tolerance float64) {
				t.Helper()
				if !(math.Abs(got-wanted) <= tolerance*math.Max(1, math.Abs(wanted))) {
					t.Errorf("%s is %.12g, there %.12g (%.1e)", what, got, wanted, got/wanted-1)
				}
			}
			m := model(t, want.Form, want.Formula)
			ll, _, n, se, err := m.At(d, want.Coefficients, want.Covariance)
			if err != nil {
				t.Fatal(err)
			}
			const exact = 1e-9
			near("log-likelihood there", ll, want.LogLik, exact)
			near("N there", n, want.Population, exact)
			near("SE there", se, want.SE, exact)
			got, err := m.Fit(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			coefficients, covariance := want.Source.Tolerance, 5e-5
			if m.Behaviour {
				coefficients, covariance = 2e-4, 5e-3
			}
			for i, c := range want.Coefficients {
				near(got.Coefficients[i].Name, got.Coefficients[i].Estimate, c, coefficients)
				for j, v := range want.Covariance[i] {
					near(fmt.Sprint("covariance ", i, j), got.Covariance[i*len(want.Coefficients)+j], v, covariance)
				}
			}
			near("N", got.Population, want.Population, coefficients)
			near("SE", got.SE, want.SE, 10*coefficients)
			if got.LogLik < want.LogLik-1e-9 {
				t.Errorf("log-likelihood %v, there %v", got.LogLik, want.LogLik)
			}
			theta := make([]float64, len(got.Coefficients))
			for i, c := range got.Coefficients {
				theta[i] = c.Estimate
			}
			_, score, _, _, _ := m.At(d, theta, nil)
			for i, s := range score {
				near("score of "+got.Coefficients[i].Name, s, 0, 1e-7)
			}
		})
	}
}

// The observed information is the second difference of the log-likelihood; without behaviour the expected one is the same.
func TestInformation(t *testing.T) {
	d := deermice(t)
	for _, form := range []string{"h", "t", "b", "tb", "t-by-list"} {
		m := model(t, form, "~ sex + weight")
		f, err := m.Fit(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		theta := make([]float64, len(f.Coefficients))
		for i, c := range f.Coefficients {
			theta[i] = c.Estimate
		}
		observed, _ := m.Information(d, theta, false)
		expected, _ := m.Information(d, theta, true)
		for i := range theta {
			const h = 1e-5
			up, down := slices.Clone(theta), slices.Clone(theta)
			up[i] += h
			down[i] -= h
			_, a, _, _, _ := m.At(d, up, nil)
			_, b, _, _, _ := m.At(d, down, nil)
			for j := range theta {
				scale := math.Sqrt(observed[i][i] * observed[j][j])
				if second := -(a[j] - b[j]) / (2 * h); math.Abs(second-observed[i][j]) > 1e-6*scale {
					t.Errorf("%s: information %d %d is %v, by differences %v", form, i, j, observed[i][j], second)
				}
				if !m.Behaviour && math.Abs(expected[i][j]-observed[i][j]) > 1e-9*scale {
					t.Errorf("%s: expected information %d %d is %v, observed %v", form, i, j, expected[i][j], observed[i][j])
				}
			}
		}
	}
}

// Two lists without covariates and constants of their own: p_j is m/n of the other list, and N that of Lincoln and Petersen with the
// variance n1·n2·(n1 − m)(n2 − m)/m³ (Seber 1982, section 3.1).
func TestTwoLists(t *testing.T) {
	d, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 150, 80, 50})
	if err != nil {
		t.Fatal(err)
	}
	f, err := huggins.Model{Time: true}.Fit(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if want := 200. * 130 / 50; math.Abs(f.Population-want) > 1e-8*want {
		t.Errorf("N is %v, not %v", f.Population, want)
	}
	if want := math.Sqrt(200. * 130 * 150 * 80 / (50 * 50 * 50)); math.Abs(f.SE-want) > 1e-8*want {
		t.Errorf("SE is %v, not %v", f.SE, want)
	}
}

func TestRefusals(t *testing.T) {
	cells := func(cells ...estimators.Cell) *estimators.Table {
		d, err := estimators.NewTable([]string{"A", "B", "C"}, []string{"sex"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	cell := func(p estimators.Pattern, n int64, sex string) estimators.Cell {
		return estimators.Cell{Pattern: p, Count: n, Levels: []string{sex}}
	}
	for _, c := range []struct {
		form, formula string
		d             *estimators.Table
		code          string
	}{
		{"h", "~ 1", cells(), "empty-table"},
		{"h", "~ 1", cells(cell(1, 5, "f"), cell(2, 5, "f"), cell(4, 5, "m")), "no-repeats"},
		{"h", "~ sex", cells(cell(1, 5, "f"), cell(3, 5, "f"), cell(4, 5, "m"), cell(1, 2, "m")), "no-mle"},
		{"t", "~ 1", cells(cell(1, 5, "f"), cell(3, 5, "f"), cell(2, 5, "m")), "no-mle"},
		{"h", "~ 1", cells(cell(1, 5, "f"), cell(3, 5, "f"), estimators.Cell{Pattern: 6, Levels: []string{"f"}, StructuralZero: true}), "impossible-patterns"},
		{"b", "~ 1", cells(cell(1, 5, "f"), cell(3, 1, "f"), cell(2, 5, "f"), cell(4, 9, "f")), "no-mle"},
	} {
		_, err := model(t, c.form, c.formula).Fit(context.Background(), c.d)
		if !errors.Is(err, &estimators.Refusal{Code: c.code}) {
			t.Errorf("%s %s: %v, want %s", c.form, c.formula, err, c.code)
		} else {
			t.Log(err)
		}
	}
	if _, err := (huggins.Model{ByList: true}).Fit(context.Background(), deermice(t)); err == nil {
		t.Error("covariates by list without constants by list")
	}
}

// Random tables never give NaN, nor fewer people than were seen.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 4).Draw(t, "lists")
		lists := []string{"A", "B", "C", "D"}[:k]
		var cells []estimators.Cell
		for w := estimators.Pattern(1); w <= estimators.FullPattern(k); w++ {
			for _, x := range []string{"1", "2", "3.5"} {
				cells = append(cells, estimators.Cell{Pattern: w, Levels: []string{x}, Count: rapid.SampledFrom([]int64{0, 0, 1, 3, 20}).Draw(t, "count")})
			}
		}
		d, err := estimators.NewTable(lists, []string{"x"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := formula.Parse(rapid.SampledFrom([]string{"~ 1", "~ x", "~ factor(x)"}).Draw(t, "formula"))
		m := huggins.Model{Formula: f, Time: rapid.Bool().Draw(t, "time"), Behaviour: rapid.Bool().Draw(t, "behaviour")}
		m.ByList = m.Time && rapid.Bool().Draw(t, "by list")
		e, err := estimators.Run(context.Background(), huggins.Huggins{Model: m}, d)
		if err != nil {
			if strings.Contains(err.Error(), "same everywhere") {
				return
			}
			t.Fatal(err)
		}
		if e.Status == estimators.Refused {
			return
		}
		for _, c := range e.Coefficients {
			if math.IsNaN(c.Estimate) || math.IsNaN(c.SE) || math.IsInf(c.Estimate, 0) {
				t.Fatalf("%+v", c)
			}
		}
	})
}

func ExampleHuggins() {
	d, err := estimators.FromCounts([]string{"police", "care"}, []int64{0, 150, 80, 50})
	if err != nil {
		panic(err)
	}
	e, err := estimators.Run(context.Background(), huggins.Huggins{Model: huggins.Model{Time: true}}, d)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.0f, SE %.0f, %s\n", e.Population, e.SE, e.Intervals[0].Range())
	// Output: 520, SE 50, 440 to 640
}
