package visibility_test

import (
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/visibility"
)

func TestWhatSaysWhen(t *testing.T) {
	for _, c := range []struct {
		name   string
		levels []string
		want   bool
	}{
		{"year", []string{"2018", "2019"}, true},
		{"Period", []string{"2018-2019", "2020-2021"}, true},
		{"year", []string{"2017", "2018-2019", "2020/21"}, true},
		{"period", []string{"2018", "2018-2019"}, false}, // which is first?
		{"period", []string{"before", "after"}, false},
		{"year", []string{"2019-2018", "2020-2021"}, false},
		{"cohort", []string{"2018", "2019"}, false},
		{"month", []string{"2018-11", "2018-12"}, true},
		{"year", []string{"1", "2"}, true},
	} {
		if got := visibility.SaysWhen(estimators.Covariate{Name: c.name, Levels: c.levels}); got != c.want {
			t.Errorf("%s %q: %v", c.name, c.levels, got)
		}
	}
}

// Levels of several years are compared with those of as many, and not with others, whether they are named so or were merged.
func TestPeriodsOfUnequalLengthAreNotCompared(t *testing.T) {
	groups := func(levels ...string) (out []cells) {
		for _, l := range levels {
			out = append(out, cells{[]string{l}, 300, 400, 40})
		}
		return out
	}
	hidden := []float64{2000, 2100, 2200}
	for _, c := range []struct {
		levels  []string
		lengths map[string]int
		changes int // of people seen
		trends  int
	}{
		{[]string{"2018", "2019", "2020"}, nil, 3, 2},
		{[]string{"2018", "2019", "2020"}, map[string]int{"2018": 3, "2019": 1, "2020": 1}, 1, 0},
		{[]string{"2015-2016", "2017-2018", "2019-2020"}, nil, 3, 2},
		{[]string{"2015-2017", "2018-2019", "2020"}, nil, 0, 0},
	} {
		table, b := made(t, []string{"year"}, groups(c.levels...), hidden, 50)
		r, err := visibility.New(b, table, visibility.Options{Year: "year", Lengths: c.lengths})
		if err != nil {
			t.Fatal(err)
		}
		changes := 0
		for _, x := range r.Changes {
			if x.What == visibility.Observed {
				changes++
			}
		}
		if changes != c.changes || len(r.Trends) != c.trends || (r.Lengths != nil) != (c.trends == 0) {
			t.Errorf("%v %v: %d changes, %d trends, lengths %v", c.levels, c.lengths, changes, len(r.Trends), r.Lengths)
		}
		if r.Period != c.levels[0][:4]+"-"+c.levels[2][len(c.levels[2])-4:] {
			t.Errorf("%v are %s", c.levels, r.Period)
		}
		write(t, r)
	}
	table, _ := made(t, []string{"year"}, groups("2018", "2019", "2020"), hidden, 2)
	merged := visibility.Merges{{Covariate: "year", Levels: []string{"2018", "2019"}, Into: "a"}, {Covariate: "year", Levels: []string{"a", "2020"}, Into: "b"}}
	if got := merged.Lengths(table, "year"); got["b"] != 3 || len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := visibility.NotWhen(table, []string{"year"}); got != "" {
		t.Errorf("%s does not say when", got)
	}
}
