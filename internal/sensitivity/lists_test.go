package sensitivity_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/estimators/lowerbound"
	"darkfigure/estimators/twolist"
	"darkfigure/internal/sensitivity"
	"darkfigure/internal/tableio"
)

// published reads a table of testdata/tables.
func published(t testing.TB, name string) *estimators.Table {
	t.Helper()
	r, err := tableio.ReadTable(context.Background(), tableio.Source{Path: "../../testdata/tables/" + name + ".csv"}, tableio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Table
}

// methods are all that take lists side by side.
func methods() []estimators.Method {
	return slices.DeleteFunc(slices.Concat(twolist.Methods(), loglinear.Methods(), lowerbound.Methods()), func(m estimators.Method) bool { return strings.HasPrefix(m.Name, "Mb") })
}

func method(t testing.TB, name string) estimators.Method {
	t.Helper()
	for _, m := range methods() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no method %s", name)
	return estimators.Method{}
}

func analyse(t testing.TB, a sensitivity.Analysis, table *estimators.Table) *estimators.Sensitivity {
	t.Helper()
	s, err := a.Run(context.Background(), table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The Dutch table of 2010–2015 (Silverman 2020, JRSS-A 183:691, Table 2) with main effects, one list left out at a time: printed there are
// the estimates to one decimal and the people then observed, computed in R by glm; the pairs alone by n1·n2/m, to whole persons.
func TestDutchLists(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: method(t, "independence").New(estimators.Options{})}, published(t, "nl6"))
	if math.Abs(s.Base.Population-52823.46) > 0.005 {
		t.Errorf("all six lists: %.2f, want 52,823.46", s.Base.Population)
	}
	dropped := map[string]struct {
		size     float64
		observed int64
	}{"I": {51022.1, 7882}, "K": {35243.6, 6935}, "O": {62018.6, 7831}, "P": {54381.6, 3768}, "R": {50608.0, 7584}, "Z": {74769.8, 7602}}
	pairs := map[string]float64{"IP": 73661, "IO": 42666, "IZ": 16875, "OP": 35823, "OZ": 7102, "PR": 42006, "PZ": 29785, "KP": 147422, "KZ": 285776, "KO": 722528, "RZ": 209739, "IK": 0, "KR": 0}
	for _, a := range s.Alternatives {
		switch a.About {
		case estimators.AboutDrop:
			want, ok := dropped[a.Lists[0]]
			if !ok || math.Abs(a.Population-want.size) > 0.05 || a.Observed != want.observed {
				t.Errorf("without %s: %.1f of %d seen, want %v", a.Lists, a.Population, a.Observed, want)
			}
			delete(dropped, a.Lists[0])
		case estimators.AboutPair:
			name := strings.Join(a.Lists, "")
			want, ok := pairs[name]
			switch {
			case !ok: // I and R, O and R are not printed
			case want == 0 && (a.Status != estimators.Refused || a.Reason.Code != "no-overlap"):
				t.Errorf("%s share nobody, and have the estimate %.0f", name, a.Population)
			case want != 0 && math.Abs(a.Population-want) > 0.5:
				t.Errorf("%s alone: %.1f, want %.0f", name, a.Population, want)
			}
			delete(pairs, name)
		}
	}
	if len(dropped) > 0 || len(pairs) > 0 {
		t.Errorf("missing: %v, %v", dropped, pairs)
	}
}

// A list merged with another holds whoever is on one of them, and is left out of nothing else: the five-list Dutch table is the six-list one
// with I and O merged (both as published).
func TestMergedListsAreThePublishedOnes(t *testing.T) {
	six := analyse(t, sensitivity.Analysis{Estimator: method(t, "independence").New(estimators.Options{})}, published(t, "nl6"))
	five := analyse(t, sensitivity.Analysis{Estimator: method(t, "independence").New(estimators.Options{})}, published(t, "nl5"))
	for _, a := range six.Alternatives {
		if a.About == estimators.AboutMerge && slices.Equal(a.Lists, []string{"I", "O"}) {
			if math.Abs(a.Population-five.Base.Population) > 1e-6*a.Population || math.Abs(a.Population-52923.894) > 0.0005 {
				t.Errorf("I and O as one: %.3f, want 52,923.894", a.Population)
			}
			return
		}
	}
	t.Error("I and O were not merged")
}
