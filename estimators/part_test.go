package estimators_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// TestPart: a list that could hold nobody changes nothing in the answer, and what the answer says about patterns is
// in terms of the whole table.
func TestPart(t *testing.T) {
	lists := []string{"A", "B", "C", "D"}
	var with, without []estimators.Cell
	for w, n := range map[estimators.Pattern]int64{0b0001: 90, 0b0100: 80, 0b1000: 70, 0b0101: 22, 0b1001: 9, 0b1100: 11, 0b1101: 4} {
		with = append(with, estimators.Cell{Pattern: w, Count: n})
		without = append(without, estimators.Cell{Pattern: w&1 | w>>1&^1, Count: n})
	}
	for w := estimators.Pattern(1); w <= estimators.FullPattern(4); w++ {
		if w.Has(1) {
			with = append(with, estimators.Cell{Pattern: w, StructuralZero: true})
		}
	}
	whole, err := estimators.NewTable(lists, nil, with)
	if err != nil {
		t.Fatal(err)
	}
	small, err := estimators.NewTable([]string{"A", "C", "D"}, nil, without)
	if err != nil {
		t.Fatal(err)
	}
	want, err := loglinear.LogLinear{}.Estimate(t.Context(), small)
	if err != nil {
		t.Fatal(err)
	}
	p := estimators.PartOf(whole)
	if !slices.Equal(p.Absent, []string{"B"}) || !slices.Equal(p.Table.Lists(), small.Lists()) {
		t.Fatalf("absent %v, left %v", p.Absent, p.Table.Lists())
	}
	got, err := loglinear.LogLinear{}.Estimate(t.Context(), p.Table)
	if err != nil {
		t.Fatal(err)
	}
	p.Restore(&got)
	if got.Model != want.Model || math.Abs(got.Population-want.Population) > 1e-9*want.Population {
		t.Errorf("%s %v, want %s %v", got.Model, got.Population, want.Model, want.Population)
	}
	if len(got.Notes) == 0 || !strings.Contains(got.Notes[len(got.Notes)-1], "B could not hold anybody here") {
		t.Errorf("notes %v", got.Notes)
	}
	counts := whole.Counts()
	for _, r := range got.Residuals {
		if r.Observed != counts[r.Pattern] {
			t.Errorf("residual of %s: %d counted, want %d", r.Pattern.History(4), r.Observed, counts[r.Pattern])
		}
	}
	for i, c := range got.Selection.Candidates {
		for j, term := range c.Terms {
			if a, b := term.Join(lists, "*"), want.Selection.Candidates[i].Terms[j].Join(small.Lists(), "*"); a != b {
				t.Errorf("%s: term %s, want %s", c.Model, a, b)
			}
		}
	}
}

func TestPartOfWholeTable(t *testing.T) {
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 5, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	if p := estimators.PartOf(table); p.Table != table || len(p.Absent) > 0 {
		t.Errorf("%v is taken out of a table without structural zeros", p.Absent)
	}
}
