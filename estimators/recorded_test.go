package estimators_test

import (
	"strings"
	"testing"

	"darkfigure/estimators"
)

// By hand: of 100 people each on police alone and care alone, and 20 on both, the police record the nationality of all and care of none;
// then the police of all and care of half; then each of nine in ten; then it is missing of one person, whom the police happen not to know.
func TestRecordedByList(t *testing.T) {
	for _, x := range []struct {
		what   string
		known  [4]int64 // by pattern: police is 1, care 2
		of     [4]int64
		want   string
		silent bool // nothing is missing
	}{
		{"police alone", [4]int64{0, 100, 0, 20}, [4]int64{0, 100, 100, 20}, "only police records nationality", false},
		{"police alone, not always", [4]int64{0, 90, 0, 18}, [4]int64{0, 100, 100, 20}, "only police records nationality", false},
		{"police always, care sometimes", [4]int64{0, 100, 50, 20}, [4]int64{0, 100, 100, 20}, "missing of nobody on police", false},
		{"each mostly", [4]int64{0, 90, 90, 19}, [4]int64{0, 100, 100, 20}, "", false},
		{"one person", [4]int64{0, 100, 99, 20}, [4]int64{0, 100, 100, 20}, "", false},
		{"all", [4]int64{0, 100, 100, 20}, [4]int64{0, 100, 100, 20}, "", true},
	} {
		var cells []estimators.Cell
		for p := estimators.Pattern(1); p < 4; p++ {
			cells = append(cells, estimators.Cell{Pattern: p, Levels: []string{"NL"}, Count: x.known[p]}, estimators.Cell{Pattern: p, Levels: []string{""}, Count: x.of[p] - x.known[p]})
		}
		table, err := estimators.NewTable([]string{"police", "care"}, []string{"nationality"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if r := table.RecordedByList("nationality"); r != nil {
			got = r.Text
		}
		if x.want == "" && got != "" || !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, want %q", x.what, got, x.want)
		}
		if w := table.Unrecorded("nationality"); (len(w) == 0) != x.silent {
			t.Errorf("%s: warnings %v", x.what, w)
		}
		if table.RecordedByList("sex") != nil || table.Unrecorded("sex") != nil {
			t.Errorf("%s: a covariate that is not asked for is judged", x.what)
		}
	}
}
