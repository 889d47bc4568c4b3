package loglinear_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
)

// twoGroups puts published tables beside each other as groups of a covariate.
func twoGroups(t *testing.T, lists []string, groups map[string]*estimators.Table) *estimators.Table {
	t.Helper()
	var cells []estimators.Cell
	for name, table := range groups {
		for _, c := range table.Cells() {
			cells = append(cells, estimators.Cell{Pattern: c.Pattern, Count: c.Count, Levels: []string{name}, StructuralZero: c.StructuralZero})
		}
	}
	out, err := estimators.NewTable(lists, []string{"group"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStratifiedIsTheSumOfItsStrata(t *testing.T) {
	western, neworleans := reference.Table(t, "western"), reference.Table(t, "neworleans5")
	table := twoGroups(t, western.Lists(), map[string]*estimators.Table{"w": western, "n": neworleans})
	s := loglinear.Stratified{LogLinear: loglinear.LogLinear{Bootstrap: &loglinear.Bootstrap{Replicates: 60, Seed: 3}, Levels: []float64{0.9, 0.5}}}
	b, err := s.Breakdown(t.Context(), table, []string{"group"})
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range []*estimators.Table{neworleans, western} {
		want, err := loglinear.LogLinear{}.Estimate(t.Context(), part)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Strata[i]; got.Population != want.Population || got.SE != want.SE || got.Intervals[0].Kind != estimators.Percentile {
			t.Errorf("%v: N %v, SE %v, %v; by itself %v, %v", got.Stratum, got.Population, got.SE, got.Intervals, want.Population, want.SE)
		}
	}
	near(t, "total", b.Total.Population, b.Strata[0].Population+b.Strata[1].Population, 1e-12)
	near(t, "SE of the total", b.Total.SE, math.Hypot(b.Strata[0].SE, b.Strata[1].SE), 1e-12)
	if len(b.Hidden) != 60 || b.Scheme != "nonparametric" || b.Model != "" || len(b.Total.Intervals) != 2 || b.Total.Observed != table.Observed() {
		t.Errorf("%d replicates, %q, %q, %v", len(b.Hidden), b.Scheme, b.Model, b.Total)
	}
	for r := range b.Seen {
		if b.Seen[r][0] != float64(neworleans.Observed()) || b.Seen[r][1] != float64(western.Observed()) {
			t.Fatalf("replicate %d sees %v: the nonparametric scheme keeps the size of strata", r, b.Seen[r])
		}
	}
	// The replicates of a stratum do not depend on the other strata, nor on the workers.
	alone := twoGroups(t, western.Lists(), map[string]*estimators.Table{"w": western})
	s.LogLinear.Bootstrap.Workers = 1
	again, err := s.Breakdown(t.Context(), alone, []string{"group"})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Strata[0], b.Strata[1]) {
		t.Errorf("western by itself: %v; beside New Orleans: %v", again.Strata[0], b.Strata[1])
	}
}

func TestStratumWithoutEstimateLeavesNoTotal(t *testing.T) {
	western := reference.Table(t, "western")
	none, err := estimators.NewTable(western.Lists(), nil, []estimators.Cell{{Pattern: 1, Count: 12}, {Pattern: 2, Count: 9}})
	if err != nil {
		t.Fatal(err)
	}
	table := twoGroups(t, western.Lists(), map[string]*estimators.Table{"a": western, "b": none})
	b, err := loglinear.Stratified{LogLinear: loglinear.LogLinear{Bootstrap: &loglinear.Bootstrap{Replicates: 20}}}.Breakdown(t.Context(), table, []string{"group"})
	if err != nil {
		t.Fatal(err)
	}
	if b.Strata[1].Status != estimators.Refused || !errors.Is(b.Strata[1].Reason, &estimators.Refusal{Code: "no-overlap"}) || b.Strata[1].Observed != 21 {
		t.Errorf("%+v", b.Strata[1])
	}
	if b.Total.Status != estimators.Refused || b.Total.Reason.Code != "no-overlap" || b.Total.Observed != table.Observed() {
		t.Errorf("%+v", b.Total)
	}
	if !math.IsInf(b.Hidden[7][1], 1) || b.Seen[7][1] != 21 || math.IsInf(b.Hidden[7][0], 1) {
		t.Errorf("%v %v", b.Hidden[7], b.Seen[7])
	}
}

// A list that did not run in a stratum is left out there: the answer is that of the other lists.
func TestStratumLeavesOutListsThatDidNotRun(t *testing.T) {
	western := reference.Table(t, "western")
	var cells []estimators.Cell
	for p := estimators.Pattern(1); p < 32; p++ {
		cells = append(cells, estimators.Cell{Pattern: p, StructuralZero: p.Has(4)})
	}
	cells = append(cells, western.Keep(15).Cells()...)
	without, err := estimators.NewTable(western.Lists(), nil, cells)
	if err != nil {
		t.Fatal(err)
	}
	table := twoGroups(t, western.Lists(), map[string]*estimators.Table{"1": western, "2": without})
	b, err := loglinear.Stratified{LogLinear: loglinear.LogLinear{Bootstrap: &loglinear.Bootstrap{Replicates: 50}}}.Breakdown(t.Context(), table, []string{"group"})
	if err != nil {
		t.Fatal(err)
	}
	want, err := loglinear.LogLinear{}.Estimate(t.Context(), western.Keep(15))
	if err != nil {
		t.Fatal(err)
	}
	if b.Strata[1].Population != want.Population || len(b.Strata[1].Notes) == 0 {
		t.Errorf("N %v, want %v; %v", b.Strata[1].Population, want.Population, b.Strata[1].Notes)
	}
}

func TestStratifiedRefusesWhatHasNoBootstrap(t *testing.T) {
	western := reference.Table(t, "western")
	table := twoGroups(t, western.Lists(), map[string]*estimators.Table{"w": western})
	if _, err := (loglinear.Stratified{LogLinear: loglinear.LogLinear{Averaged: true}}).Breakdown(t.Context(), table, []string{"group"}); err == nil {
		t.Error("an average has no bootstrap")
	}
	if _, err := (loglinear.Stratified{}).Breakdown(t.Context(), table, []string{"sex"}); err == nil {
		t.Error("there is no covariate sex")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (loglinear.Stratified{}).Breakdown(ctx, table, []string{"group"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
