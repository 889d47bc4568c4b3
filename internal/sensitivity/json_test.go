package sensitivity_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"darkfigure/estimators"
	"darkfigure/internal/sensitivity"
	"darkfigure/internal/tableio"
)

// fewOf are tables of few people, on which much is refused: lists that share nobody, and one that nobody is on.
func fewOf(t *testing.T) map[string]*estimators.Table {
	out := map[string]*estimators.Table{"two lists that share nobody": two(40, 50, 0)}
	for name, counts := range map[string][]int64{"one overlap": {0, 30, 25, 1, 20, 0, 0, 0}, "eleven people": {0, 5, 3, 1, 2, 0, 0, 0}, "an empty list": {0, 50, 40, 8, 0, 0, 0, 0}} {
		table, err := estimators.FromCounts([]string{"A", "B", "C"}, counts)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = table
	}
	return out
}

// What was refused is no number in JSON: 0 would be read as nobody. Reading it back gives the same, but for the cells of a refusal or a warning, which its text names.
func TestRefusedIsNull(t *testing.T) {
	for name, table := range fewOf(t) {
		s := analyse(t, sensitivity.Analysis{Estimator: method(t, map[bool]string{true: "chapman", false: "independence"}[table.K() == 2]).New(estimators.Options{}), Methods: methods()}, table)
		r := estimators.Results{Data: estimators.Data{Lists: table.Lists(), Observed: table.Observed()}, Sensitivity: s}
		var b bytes.Buffer
		if err := tableio.WriteResults(&b, tableio.JSON, r); err != nil {
			t.Fatal(err)
		}
		var raw struct{ Sensitivity any }
		if err := json.Unmarshal(b.Bytes(), &raw); err != nil {
			t.Fatal(err)
		}
		refused := 0
		zeros(raw.Sensitivity, name, &refused, t)
		if refused == 0 {
			t.Errorf("%s: nothing is refused", name)
		}
		back, err := tableio.ReadResults(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s, back.Sensitivity, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(estimators.Refusal{}, "Cells"), cmpopts.IgnoreFields(estimators.Warning{}, "Cells")); d != "" {
			t.Errorf("%s, read again:\n%s", name, d)
		}
		tidyRefused(t, name, r)
	}
}

// zeros looks for numbers of people, and of what follows from them, that are 0.
func zeros(x any, path string, refused *int, t *testing.T) {
	switch x := x.(type) {
	case []any:
		for i, v := range x {
			zeros(v, fmt.Sprintf("%s[%d]", path, i), refused, t)
		}
	case map[string]any:
		if x["status"] == "refused" || x["refused"] == true {
			*refused++
			for _, key := range []string{"population", "lower", "upper", "dropped", "remaining", "before", "after", "ratio", "estimates"} {
				if v, ok := x[key]; ok && v != nil {
					t.Errorf("%s is refused and has the %s %v", path, key, v)
				}
			}
		}
		if found, ok := x["found"].(map[string]any); ok && found["status"] == "refused" && x["lrb"] != nil {
			t.Errorf("%s: the bias of what is refused is %v", path, x["lrb"])
		}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if people := []string{"population", "lower", "upper", "level", "least", "median", "greatest"}; slices.Contains(people, key) && x[key] == 0.0 {
				t.Errorf("%s.%s is 0", path, key)
			}
			zeros(x[key], path+"."+key, refused, t)
		}
	}
}

// tidyRefused looks for numbers in the rows of what is refused.
func tidyRefused(t *testing.T, name string, r estimators.Results) {
	var b bytes.Buffer
	if err := tableio.WriteResults(&b, tableio.CSV, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(column string) int { return slices.Index(rows[0], column) }
	for _, row := range rows[1:] {
		for _, c := range []string{"population", "lower", "upper", "influence", "ratio"} {
			switch {
			case row[at("status")] == "refused" && row[at(c)] != "":
				t.Errorf("%s: a refused row has the %s %s: %v", name, c, row[at(c)], row)
			case c != "influence" && c != "ratio" && row[at(c)] == "0":
				t.Errorf("%s: the %s is 0: %v", name, c, row)
			}
		}
	}
}
