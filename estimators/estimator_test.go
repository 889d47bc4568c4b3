package estimators_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"darkfigure/estimators"
)

// fake is an estimator with a given answer.
type fake struct {
	est estimators.Estimate
	err error
}

func (f fake) Name() string { return "fake" }

func (f fake) Estimate(context.Context, *estimators.Table) (estimators.Estimate, error) {
	return f.est, f.err
}

func TestRunHoldsEstimatorsToTheirPromise(t *testing.T) {
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 8, 8, 4})
	if err != nil {
		t.Fatal(err)
	}
	good := estimators.Estimate{Observed: 20, Population: 22, Hidden: 2, Intervals: []estimators.Interval{{Kind: estimators.Profile, Level: 0.95, Lower: 20, Upper: math.Inf(1)}}}
	if got, err := estimators.Run(t.Context(), fake{est: good}, table); err != nil || got.Status != estimators.OK {
		t.Errorf("a good answer: %v, %v", got.Status, err)
	}
	few, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 0, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := estimators.Run(t.Context(), fake{est: estimators.Estimate{Observed: 1, Population: 1}}, few)
	if err != nil || got.Status != estimators.Warned || len(got.Warnings) != 1 || got.Warnings[0].Text != "only 1 person was seen" {
		t.Errorf("one person: %+v, %v", got, err)
	}
	for name, spoil := range map[string]func(*estimators.Estimate){
		"NaN":            func(e *estimators.Estimate) { e.Population = math.NaN() },
		"infinite":       func(e *estimators.Estimate) { e.Population = math.Inf(1) },
		"below observed": func(e *estimators.Estimate) { e.Population = 19 },
		"SE":             func(e *estimators.Estimate) { e.SE = math.NaN() },
		"crossed":        func(e *estimators.Estimate) { e.Intervals = []estimators.Interval{{Lower: 24, Upper: 22}} },
		"low":            func(e *estimators.Estimate) { e.Intervals = []estimators.Interval{{Lower: 18, Upper: 22}} },
	} {
		bad := good
		spoil(&bad)
		if _, err := estimators.Run(t.Context(), fake{est: bad}, table); err == nil || !strings.Contains(err.Error(), "internal error") {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err = estimators.Run(t.Context(), fake{err: estimators.Refuse("no-overlap", "nobody is on both")}, table)
	if err != nil || got.Status != estimators.Refused || got.Reason.Code != "no-overlap" || got.Observed != 20 {
		t.Errorf("a refusal: %+v, %v", got, err)
	}
}

func TestRefusalsAreFoundByCode(t *testing.T) {
	err := error(estimators.Refuse("no-mle,not-identifiable", "both"))
	for _, code := range []string{"no-mle", "not-identifiable", "no-mle,not-identifiable"} {
		if !errors.Is(err, &estimators.Refusal{Code: code}) {
			t.Errorf("%s is not found", code)
		}
	}
	if errors.Is(err, &estimators.Refusal{Code: "no-overlap"}) {
		t.Error("another code is found")
	}
}

func TestVisibility(t *testing.T) {
	e := estimators.Estimate{Observed: 100, Population: 400, Intervals: []estimators.Interval{{Lower: 200, Upper: math.Inf(1)}}}
	share, lower, upper, ok := e.Visibility()
	if !ok || share != 0.25 || lower != 0 || upper != 0.5 {
		t.Errorf("%v, %v to %v", share, lower, upper)
	}
	e.Status = estimators.Refused
	if _, _, _, ok := e.Visibility(); ok {
		t.Error("a refused estimate has a visibility")
	}
}

// Every code says what to do, and the catalogue is in its order.
func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	last, refusals := "", true
	for _, c := range estimators.Codes() {
		if seen[c.Code] || c.Meaning == "" || c.Do == "" {
			t.Errorf("%q stands twice or says nothing", c.Code)
		}
		seen[c.Code] = true
		if refusals && !c.Refusal {
			refusals, last = false, ""
		}
		if c.Refusal != refusals || c.Code < last {
			t.Errorf("%q is out of order, after %q", c.Code, last)
		}
		last = c.Code
		if strings.HasSuffix(c.Meaning, ".") || !strings.HasSuffix(c.Do, ".") || strings.ToUpper(c.Do[:1]) != c.Do[:1] {
			t.Errorf("%q: a meaning is a phrase, what to do a sentence", c.Code)
		}
	}
}

func TestPeople(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 999.4: "999", 1000: "1,000", 34083: "34,083", 1234567.6: "1,234,568", -3763: "−3,763", -0.2: "0"} {
		if got := estimators.People(x); got != want {
			t.Errorf("%v is written %q, not %q", x, got, want)
		}
	}
}
