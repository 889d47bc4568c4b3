package loglinear_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
	"darkfigure/internal/resample"
)

// Strata that are alike share their list effects: shrinkage finds no deviation, and the total is that of the collapsed table.
func TestPooledStrataThatAreAlike(t *testing.T) {
	western := reference.Table(t, "western")
	table := twoGroups(t, western.Lists(), map[string]*estimators.Table{"a": western, "b": western})
	want, err := loglinear.LogLinear{MaxOrder: 2, Window: -1}.Estimate(t.Context(), table.Collapse())
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []loglinear.Pooling{loglinear.Shared, loglinear.Shrunk} {
		b, err := loglinear.Pooled{Pooling: how, Bootstrap: &loglinear.Bootstrap{Replicates: 10}}.Breakdown(t.Context(), table, []string{"group"})
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(how)+" total", b.Total.Population, want.Population, 1e-4)
		near(t, string(how)+" stratum", b.Strata[0].Population, want.Population/2, 1e-4)
		if b.Total.Model != want.Model || len(b.Total.Warnings) == 0 {
			t.Errorf("%s: model %s, want %s; %v", how, b.Total.Model, want.Model, b.Total.Warnings)
		}
	}
}

// Separate list effects are the model with every interaction of a list and the stratum; shared ones the model without.
func TestPoolingIsBetweenSharedAndSeparate(t *testing.T) {
	table := reference.WithCovariates(t, "scotland", 4)
	m, err := loglinear.ParseModel("[13,24]", table.Lists())
	if err != nil {
		t.Fatal(err)
	}
	got := map[loglinear.Pooling]estimators.Breakdown{}
	for _, how := range []loglinear.Pooling{loglinear.Shared, loglinear.Shrunk, loglinear.Separate} {
		b, err := loglinear.Pooled{Pooling: how, Model: &m, Bootstrap: &loglinear.Bootstrap{Replicates: 20, Seed: 2}}.Breakdown(t.Context(), table, []string{"Region"})
		if err != nil {
			t.Fatal(err)
		}
		got[how] = b
		for r := range b.Hidden {
			if len(b.Hidden[r]) != 2 || b.Seen[r][0] <= 0 {
				t.Fatalf("replicate %d: %v %v", r, b.Hidden[r], b.Seen[r])
			}
		}
	}
	for how, model := range map[loglinear.Pooling]string{loglinear.Shared: "[S1*S3,S2*S4]", loglinear.Separate: "[S1*S3,S2*S4,S1*Region,S2*Region,S3*Region,S4*Region]"} {
		want, err := loglinear.Joint{Covariates: []string{"Region"}, Model: model}.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(how)+" total", got[how].Total.Population, want.Population, 1e-8)
		near(t, string(how)+" SE", got[how].Total.SE, want.SE, 1e-6)
		for s := range 2 {
			near(t, string(how)+" stratum", got[how].Strata[s].Population, want.Groups[0].Totals[s].Population, 1e-8)
		}
	}
	for s := range 2 {
		a, x, z := got[loglinear.Shared].Strata[s].Population, got[loglinear.Shrunk].Strata[s].Population, got[loglinear.Separate].Strata[s].Population
		if x < math.Min(a, z) || x > math.Max(a, z) {
			t.Errorf("%v: shrunk %v does not lie between %v and %v", got[loglinear.Shared].Strata[s].Stratum, x, a, z)
		}
	}
	notes := strings.Join(got[loglinear.Shared].Total.Notes, "\n")
	if !strings.Contains(notes, "effects that all strata share fit worse") || !strings.Contains(notes, "with list effects separate by stratum the total is") {
		t.Error(notes)
	}
	// The sum of the strata, each fitted by itself with the two interactions.
	sum := 0.0
	strata, err := table.Stratify("Region")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range strata {
		f, err := loglinear.LogLinear{Model: &m}.Fit(t.Context(), s.Table)
		if err != nil {
			t.Fatal(err)
		}
		sum += f.Population
	}
	if want := "with every stratum by itself, its interactions its own, the total is " + estimators.People(sum); !strings.Contains(notes, want) {
		t.Errorf("%q is not among the notes %s", want, notes)
	}
	if !slices.ContainsFunc(got[loglinear.Shrunk].Total.Notes, func(n string) bool { return strings.Contains(n, "standard deviation of 0.") }) {
		t.Error(got[loglinear.Shrunk].Total.Notes)
	}
}

func TestPooledRefuses(t *testing.T) {
	western := reference.Table(t, "western")
	one := twoGroups(t, western.Lists(), map[string]*estimators.Table{"a": western})
	if _, err := (loglinear.Pooled{}).Breakdown(t.Context(), one, []string{"group"}); !errors.Is(err, &estimators.Refusal{Code: "too-few-strata"}) {
		t.Errorf("one stratum: %v", err)
	}
	two := twoGroups(t, western.Lists(), map[string]*estimators.Table{"a": western, "b": western})
	if _, err := (loglinear.Pooled{Pooling: "a little"}).Breakdown(t.Context(), two, []string{"group"}); err == nil {
		t.Error("pooling a little is accepted")
	}
	three, err := loglinear.ParseModel("[123]", western.Lists())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (loglinear.Pooled{Model: &three}).Breakdown(t.Context(), two, []string{"group"}); err == nil {
		t.Error("an interaction of three lists is accepted")
	}
}

// In small strata whose lists reach people differently, shrinkage has smaller errors than either extreme: 12 strata of 150 people, three
// lists, log-odds that differ with a standard deviation of 0.4 (the program's own numbers).
func TestShrinkageHasTheSmallestErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	const strata, people, sets = 12, 150, 12
	squares := map[loglinear.Pooling]float64{}
	m := loglinear.Independence(3)
	for set := range sets {
		rng := resample.Stream(77, uint64(set))
		var cells []estimators.Cell
		hidden := make([]float64, strata)
		for s := range strata {
			var odds [3]float64
			for i := range odds {
				odds[i] = -1.1 + 0.4*rng.NormFloat64()
			}
			for range people {
				var p estimators.Pattern
				for i := range odds {
					if rng.Float64() < 1/(1+math.Exp(-odds[i])) {
						p |= 1 << uint(i)
					}
				}
				if p == 0 {
					hidden[s]++
				} else {
					cells = append(cells, estimators.Cell{Pattern: p, Count: 1, Levels: []string{fmt.Sprintf("%02d", s)}})
				}
			}
		}
		table, err := estimators.NewTable([]string{"A", "B", "C"}, []string{"s"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		for _, how := range []loglinear.Pooling{loglinear.Shared, loglinear.Shrunk, loglinear.Separate} {
			b, err := loglinear.Pooled{Pooling: how, Model: &m, Bootstrap: &loglinear.Bootstrap{Replicates: 2}}.Breakdown(t.Context(), table, []string{"s"})
			if err != nil {
				t.Fatal(err)
			}
			for s, e := range b.Strata {
				d := math.Log(e.Hidden / hidden[s])
				squares[how] += d * d
			}
		}
	}
	for how, sum := range squares {
		t.Logf("%s: root mean square of the log of the ratio %.3f", how, math.Sqrt(sum/strata/sets))
	}
	if squares[loglinear.Shrunk] >= squares[loglinear.Shared] || squares[loglinear.Shrunk] >= squares[loglinear.Separate] {
		t.Errorf("%v", squares)
	}
}
