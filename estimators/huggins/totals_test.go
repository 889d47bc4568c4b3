package huggins_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/huggins"
	"darkfigure/internal/formula"
)

// Totals of groups add up to that of everybody, and so do their covariances, whatever the form.
func TestTotalsAddUp(t *testing.T) {
	d := deermice(t)
	for _, form := range []string{"h", "t", "b", "tb"} {
		f, err := model(t, form, "~ sex + weight").Fit(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range [][]string{{"sex"}, {"sex", "age"}, {}} {
			g, err := f.Totals(by...)
			if err != nil {
				t.Fatal(err)
			}
			people, n, variance := int64(0), 0.0, 0.0
			for i, s := range g.Totals {
				people, n = people+s.Observed, n+s.Population
				for _, v := range g.Covariance[i] {
					variance += v
				}
			}
			if people != 38 || math.Abs(n-f.Population) > 1e-9 || math.Abs(math.Sqrt(variance)-f.SE) > 1e-9 {
				t.Errorf("%s by %v: %d people, N %v, SE %v; in all %v, %v", form, by, people, n, math.Sqrt(variance), f.Population, f.SE)
			}
		}
		if _, err := f.Totals("colour"); err == nil {
			t.Error("a covariate that is not there")
		}
	}
}

// With a factor of its own for each group and lists alike, a group is estimated as if it stood alone, and groups do not go up and down together.
func TestTotalsOfGroupsAlone(t *testing.T) {
	d := deermice(t)
	about, err := formula.Parse("~ factor(sex)")
	if err != nil {
		t.Fatal(err)
	}
	e, err := (huggins.Huggins{Model: huggins.Model{Formula: about}}).Estimate(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Groups) != 1 || len(e.Groups[0].Totals) != 2 {
		t.Fatalf("%+v", e.Groups)
	}
	g := e.Groups[0]
	strata, err := d.Stratify("sex")
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range strata {
		alone, err := (huggins.Huggins{}).Estimate(context.Background(), s.Table)
		if err != nil {
			t.Fatal(err)
		}
		total := g.Totals[i]
		if total.Stratum[0] != (estimators.Label{Name: "sex", Level: s.Labels[0].Level}) || total.Observed != alone.Observed ||
			math.Abs(total.Population-alone.Population) > 1e-6 || math.Abs(total.SE-alone.SE) > 1e-6 || math.Abs(total.Intervals[0].Upper-alone.Intervals[0].Upper) > 1e-5 {
			t.Errorf("%+v, alone %v (%v)", total, alone.Population, alone.SE)
		}
	}
	if math.Abs(g.Covariance[0][1]) > 1e-8 {
		t.Errorf("covariance %v", g.Covariance[0][1])
	}
}

// Groups by a covariate outside the formula are alike by assumption, which is said; by one inside it they are not.
func TestGroupsOutsideTheFormula(t *testing.T) {
	for _, by := range []string{"sex", "age"} {
		e, err := huggins.Huggins{Model: model(t, "h", "~ sex"), By: [][]string{{by}}}.Estimate(context.Background(), deermice(t))
		if err != nil {
			t.Fatal(err)
		}
		alike := slices.ContainsFunc(e.Warnings, func(w estimators.Warning) bool { return w.Code == "groups-alike" })
		if alike != (by == "age") {
			t.Errorf("by %s: %v", by, e.Warnings)
		}
	}
}
