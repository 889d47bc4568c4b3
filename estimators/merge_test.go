package estimators_test

import (
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
)

func TestMerge(t *testing.T) {
	cell := func(history, year, sex string, n int64, zero bool) estimators.Cell {
		p, err := estimators.ParseHistory(history)
		if err != nil {
			t.Fatal(err)
		}
		return estimators.Cell{Pattern: p, Levels: []string{year, sex}, Count: n, StructuralZero: zero}
	}
	table, err := estimators.NewTable([]string{"A", "B"}, []string{"year", "sex"}, []estimators.Cell{
		cell("10", "1", "f", 4, false), cell("10", "2", "f", 5, false), cell("10", "3", "f", 6, false), cell("11", "3", "f", 2, false),
		cell("01", "1", "f", 0, true), cell("11", "1", "f", 0, true), cell("01", "2", "f", 0, true), cell("11", "2", "f", 1, false), cell("10", "1", "m", 7, false)})
	if err != nil {
		t.Fatal(err)
	}
	got, lost, err := table.WithPeriod("2010").Merge("year", []string{"2", "1"}, "early")
	if err != nil {
		t.Fatal(err)
	}
	if !lost {
		t.Error("a pattern that was impossible in one of the years is possible now, and this is not said")
	}
	var text []string
	for _, c := range got.Cells() {
		text = append(text, c.Pattern.History(2)+" "+strings.Join(c.Levels, " ")+" "+map[bool]string{true: "impossible", false: ""}[c.StructuralZero]+string(rune('0'+c.Count)))
	}
	slices.Sort(text)
	want := []string{"01 early f impossible0", "10 3 f 6", "10 early f 9", "10 early m 7", "11 3 f 2", "11 early f 1"}
	if !slices.Equal(text, want) {
		t.Errorf("%q, want %q", text, want)
	}
	if got.Observed() != table.Observed() || got.Period() != "2010" || !slices.Equal(got.Covariates()[0].Levels, []string{"3", "early"}) || len(table.Covariates()[0].Levels) != 3 {
		t.Errorf("%d seen, %s, %v", got.Observed(), got.Period(), got.Covariates())
	}
	if _, lost, err := table.Merge("sex", []string{"f", "m"}, "f"); err != nil || !lost {
		t.Errorf("%v %v", lost, err)
	}
	for _, c := range []struct {
		covariate string
		levels    []string
		into      string
	}{{"age", []string{"1", "2"}, "x"}, {"year", []string{"1", "4"}, "x"}, {"year", []string{"1"}, "x"}, {"year", []string{"1", "1"}, "x"}, {"year", []string{"1", "2"}, "3"}, {"year", []string{"1", "2"}, ""}} {
		if _, _, err := table.Merge(c.covariate, c.levels, c.into); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}
