package sensitivity_test

import (
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/sensitivity"
)

// Two lists with 40 and 50 people on one only and 10 on both: 100 + θ·200 people, 500 to 1,100 for θ from 2 to 5. The estimate, at θ = 1, is
// outside the range given and no part of it.
func TestWithinLeavesTheEstimateOut(t *testing.T) {
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 40, 50, 10})
	if err != nil {
		t.Fatal(err)
	}
	s := analyse(t, sensitivity.Analysis{Estimator: method(t, "petersen").New(estimators.Options{}), From: 2, To: 5, Planned: []sensitivity.Plan{}}, table)
	m := s.Summary
	if !m.Within || math.Abs(m.Estimates.Lower-500) > 1e-9 || math.Abs(float64(m.Estimates.Upper)-1100) > 1e-9 {
		t.Errorf("from 2 to 5: %+v", m)
	}
	if c := curveOf(t, s, "odds-ratio", "A", "B"); m.Union != *c.Union {
		t.Errorf("the union %v is not that of the curve, %v", m.Union, *c.Union)
	}
	for _, w := range s.Swings {
		if w.Assumption == "odds-ratio" && (w.Low.Population < 499 || w.Interval != m.Union) {
			t.Errorf("the bar reaches out of the range: %+v", w)
		}
	}
}

// The bar of a pair whose odds ratio the estimate found at 2.4 ends where the range given ends, as its curve does.
func TestWithinOfAPairInTheModel(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}, From: 0.67, To: 1.5, Planned: []sensitivity.Plan{}, Methods: nil}, published(t, "uk5"))
	c := curveOf(t, s, "pair", "PFNCA", "GO")
	if b := float64(c.Base.Value); b < c.To {
		t.Fatalf("the odds ratio of the estimate is %g", b)
	}
	for _, w := range s.Swings {
		if w.Assumption == "pair" && w.Lists[0] == "PFNCA" && w.Lists[1] == "GO" && (w.High.Amount != c.To || w.Interval != *c.Union) {
			t.Errorf("%+v, not to %g over %v", w, c.To, *c.Union)
		}
	}
	for _, w := range s.Swings {
		if w.About == estimators.AboutAssumption && (w.Interval.Lower < s.Summary.Union.Lower || w.Interval.Upper > s.Summary.Union.Upper) {
			t.Errorf("the union %v does not hold %v", s.Summary.Union, w.Interval)
		}
	}
}

// A tipping point is the same whatever the values at which the curve is drawn.
func TestTippingPointWithoutGrid(t *testing.T) {
	table := published(t, "uk5")
	at := func(o sensitivity.Options) float64 {
		o.Claims = []sensitivity.Claim{claimMore(9000)}
		c, err := sensitivity.HighestOrder(t.Context(), table, o)
		if err != nil {
			t.Fatal(err)
		}
		return tipping(t, c, sensitivity.OfInterval).Value
	}
	near(t, "on another grid", at(sensitivity.Options{From: 0.25, To: 4, Steps: 5}), at(sensitivity.Options{}), 1e-6)
}

// From an odds ratio found to be 0 a tipping point is approached, not taken from the first value of the curve.
func TestTippingPointFromZero(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}, Planned: []sensitivity.Plan{}, Claims: []sensitivity.Claim{{Quantity: sensitivity.Population, Value: 115000}}}, published(t, "nl6"))
	found := false
	for _, c := range s.Curves {
		if c.Assumption != "pair" || c.Base.Value > 1e-3 {
			continue
		}
		for _, tip := range c.Tipping {
			if tip.State == "tips" {
				found = true
				if tip.Value == c.From {
					t.Errorf("%s fails at %g, the first value drawn", c.Name, tip.Value)
				}
			}
		}
	}
	if !found {
		t.Error("no claim fails from an odds ratio of 0")
	}
}

// Two lists with 40 and 50 people on one only and 10 on both have 50·(5ψ − 1) people hidden at a risk ratio of ψ: 10 of them at 0.24, near 0.2, where nobody can
// be and below which there is no estimate.
func TestTippingPointNearNoEstimate(t *testing.T) {
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 40, 50, 10})
	if err != nil {
		t.Fatal(err)
	}
	c, err := sensitivity.RiskRatio(t.Context(), table, sensitivity.Options{Claims: []sensitivity.Claim{claimMore(110)}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ψ at 110", tipping(t, c, sensitivity.OfEstimate).Value, 0.24, 1e-6)
}
