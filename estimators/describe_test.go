package estimators_test

import (
	"fmt"
	"slices"
	"testing"

	"darkfigure/estimators"
)

// A table small enough to count by hand.
func TestDescribe(t *testing.T) {
	// 10 on A only, 4 on B only, 3 on A and B, 2 on all three.
	table, err := estimators.NewTable([]string{"A", "B", "C"}, nil, []estimators.Cell{
		{Pattern: 0b001, Count: 10}, {Pattern: 0b010, Count: 4}, {Pattern: 0b011, Count: 3}, {Pattern: 0b111, Count: 2}})
	if err != nil {
		t.Fatal(err)
	}
	d := estimators.Describe(table)
	want := []estimators.CaptureRow{{I: 1, F: 14, U: 15, V: 10, N: 15}, {I: 2, F: 3, U: 4, V: 7, N: 9}, {I: 3, F: 2, U: 0, V: 2, N: 2}}
	if !slices.Equal(d.Captures, want) {
		t.Errorf("captures %v, want %v", d.Captures, want)
	}
	if got, want := d.Lists[0], (estimators.ListSummary{Name: "A", Total: 15, Only: 10, Shared: 5, Of: 15.0 / 19}); got != want {
		t.Errorf("list %v, want %v", got, want)
	}
	if d.Observed != 19 || len(d.EmptyPairs) != 0 || len(d.Warnings) != 0 {
		t.Errorf("observed %d, empty pairs %v, warnings %v", d.Observed, d.EmptyPairs, d.Warnings)
	}
}

func TestDescribeListsWithoutInformation(t *testing.T) {
	// A and B hold the same two people, C nobody, D everybody, E the others.
	table, err := estimators.NewTable([]string{"A", "B", "C", "D", "E"}, nil, []estimators.Cell{{Pattern: 0b01011, Count: 2}, {Pattern: 0b11000, Count: 5}})
	if err != nil {
		t.Fatal(err)
	}
	d := estimators.Describe(table)
	var got []string
	for _, w := range d.Warnings {
		got = append(got, fmt.Sprint(w.Code, w.Lists))
	}
	if want := []string{"duplicate-list[A B]", "empty-list[C]", "covers-everybody[D]"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if want := []estimators.Pattern{0b10001, 0b10010}; !slices.Equal(d.EmptyPairs, want) {
		t.Errorf("empty pairs %b, want %b", d.EmptyPairs, want)
	}
}

// A pair that cannot occur by design is not an empty overlap.
func TestDescribeImpossiblePair(t *testing.T) {
	table, err := estimators.NewTable([]string{"A", "B", "C"}, nil, []estimators.Cell{{Pattern: 0b001, Count: 9}, {Pattern: 0b010, Count: 9},
		{Pattern: 0b101, Count: 3}, {Pattern: 0b011, StructuralZero: true}, {Pattern: 0b111, StructuralZero: true}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := estimators.Describe(table).EmptyPairs, []estimators.Pattern{0b110}; !slices.Equal(got, want) {
		t.Errorf("empty pairs %b, want %b", got, want)
	}
}
