package linkage

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
)

// Of two registers that share people, a tenth of whose values are misspelt, the true share of the matches that no rule finds is counted by hand: the
// model is near it, for records that are all equally good. What rules find, and their overlap, are as the true matches have them.
func TestBlockingMissed(t *testing.T) {
	registers := []string{"police", "care"}
	rows := compareRows(11, registers, 3000)
	r := compareRecords(t, registers, compareColumns, rows)
	rules := [][]string{{"birth_date"}, {"surname", "given_name"}, {"surname", "birth_day_month"}}
	_, m, err := Compare(context.Background(), r, Options{Rules: rules, Only: true, Workers: 2, MaxPairs: 1_000_000}) // fewer than there are
	if err != nil {
		t.Fatal(err)
	}
	of := map[string][]string{} // values of the police, by person
	for _, row := range rows {
		if person, ok := strings.CutPrefix(row.id, "police"); ok {
			of[person] = row.values
		}
	}
	matches, lost := 0.0, 0.0
	var times [4]float64
	found, shared := make([]float64, 3), make([]float64, 3)
	for _, row := range rows {
		person, ok := strings.CutPrefix(row.id, "care")
		x, y := of[person], row.values
		if !ok || x == nil {
			continue
		}
		by := []bool{x[2] == y[2], x[0] == y[0] && x[1] == y[1], x[1] == y[1] && x[2][5:] == y[2][5:]}
		k := 0
		for _, b := range by {
			if b {
				k++
			}
		}
		matches++
		times[k]++
		if k == 0 {
			lost++
		}
		for i, b := range by {
			if b {
				found[i]++
				if k > 1 {
					shared[i]++
				}
			}
		}
	}
	plan := m.Fit.Plan
	truth := lost / matches
	if math.Abs(plan.Missed.Model-truth) > .02 {
		t.Errorf("the model says %.4f are missed, %.4f are", plan.Missed.Model, truth)
	}
	none := 2. / 3 * times[1] * (times[1] - 1) / (2 * (times[2] + 1))
	if want := none / (matches - lost + none); math.Abs(plan.Missed.Overlap-want) > .03 {
		t.Errorf("the overlap says %.4f are missed; that of the true matches %.4f", plan.Missed.Overlap, want)
	}
	for i, p := range plan.Rules {
		if math.Abs(p.Found-found[i]/(matches-lost)) > .05 || math.Abs(p.Shared-shared[i]/found[i]) > .05 {
			t.Errorf("%s: found %.3f and shared %.3f, truly %.3f and %.3f", p.Name, p.Found, p.Shared, found[i]/(matches-lost), shared[i]/found[i])
		}
	}
	if warned := slices.ContainsFunc(m.Fit.Warnings, func(w estimators.Warning) bool { return w.Code == "blocking-misses" }); !warned {
		t.Errorf("%.4f missed, warning %v", plan.Missed.Model, warned)
	}
	t.Logf("missed: %.4f by the model, %.4f by the overlap, %.4f truly", plan.Missed.Model, plan.Missed.Overlap, truth)

	// The patterns of all pairs counted: the model knows it.
	_, m, err = Compare(context.Background(), r, Options{Rules: rules, Only: true, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Fit.Plan.Missed; !got.Counted || math.Abs(got.Model-truth) > .02 || m.Types[0].Beyond < got.Model {
		t.Errorf("of all pairs %+v, with the cut %.4f; %.4f are missed", got, m.Types[0].Beyond, truth)
	}

	// All pairs compared: nothing is said.
	if _, m, err = Compare(context.Background(), r, Options{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	if m.Fit.Plan.Missed != (BlockingMissed{}) {
		t.Errorf("all pairs compared: %+v", m.Fit.Plan.Missed)
	}
}
