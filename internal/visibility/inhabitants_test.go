package visibility_test

import (
	"strings"
	"testing"

	"darkfigure/internal/visibility"
)

// The inhabitants of 2018, 2019 and 2020 are 100, 200 and 400 men and ten times as many women: hand values.
func TestInhabitantsAddUpAsPeopleDo(t *testing.T) {
	read, _ := made(t, []string{"year", "sex"}, years, []float64{2000, 700, 2100, 650, 2300, 600}, 2)
	each := &visibility.Denominators{By: []string{"year", "sex"}}
	for i, y := range []string{"2018", "2019", "2020"} {
		n := float64(int(100) << i)
		each.Entries = append(each.Entries, visibility.Denominator{Levels: []string{y, "m"}, Persons: n}, visibility.Denominator{Levels: []string{y, "f"}, Persons: 10 * n})
	}
	once := &visibility.Denominators{By: []string{"sex"}, Entries: []visibility.Denominator{{Levels: []string{"m"}, Persons: 100}, {Levels: []string{"f"}, Persons: 1000}, {Levels: []string{"x"}, Persons: 5}}}
	merged := visibility.Merges{{Covariate: "year", Levels: []string{"2018", "2019"}, Into: "2018"}}
	for _, c := range []struct {
		name   string
		given  *visibility.Denominators
		by     []string
		merged visibility.Merges
		want   map[string]float64
	}{
		{"summed over the sexes", each, []string{"year"}, nil, map[string]float64{"2018": 1100, "2019": 2200, "2020": 4400}},
		{"merged", each, []string{"year"}, merged, map[string]float64{"2018": 3300, "2020": 4400}},
		{"summed over years", each, []string{"sex"}, nil, map[string]float64{"m": 700, "f": 7000}},
		{"the same in each year", once, []string{"sex"}, nil, map[string]float64{"m": 300, "f": 3000}},
		{"the same in each year, years told apart", once, []string{"year", "sex"}, merged, map[string]float64{"m 2018": 200, "f 2018": 2000, "m 2020": 100, "f 2020": 1000}},
	} {
		d, err := c.given.Fit(read, c.by, c.merged)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := map[string]float64{}
		for _, e := range d.Entries {
			got[strings.Join(e.Levels, " ")] += e.Persons
		}
		for k, want := range c.want {
			if got[k] != want {
				t.Errorf("%s: %v for %s, want %v", c.name, got[k], k, want)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	each.Entries = each.Entries[1:]
	if _, err := each.Fit(read, []string{"year"}, nil); err == nil || !strings.Contains(err.Error(), "no population is given for year 2018, sex m") {
		t.Errorf("inhabitants left out: %v", err)
	}
	once.Entries = append(once.Entries, once.Entries[0])
	if _, err := once.Fit(read, []string{"sex"}, nil); err == nil || !strings.Contains(err.Error(), "given twice") {
		t.Errorf("inhabitants given twice: %v", err)
	}
	whole := &visibility.Denominators{By: []string{"year"}, Entries: []visibility.Denominator{{Levels: []string{"early"}, Persons: 1}, {Levels: []string{"2020"}, Persons: 1}}}
	if _, err := whole.Fit(read, []string{"year"}, visibility.Merges{{Covariate: "year", Levels: []string{"2018", "2019"}, Into: "early"}}); err == nil {
		t.Error("one number for two years is taken")
	}
}

func TestNoRateAboveEverybody(t *testing.T) {
	table, b := made(t, []string{"year", "sex"}, years, []float64{2000, 700, 2100, 650, 2300, 600}, 50)
	for persons, reason := range map[float64]string{1000: visibility.MoreThanInhabitants, 20000: ""} {
		d := &visibility.Denominators{By: []string{"year"}}
		for _, y := range []string{"2018", "2019", "2020"} {
			d.Entries = append(d.Entries, visibility.Denominator{Levels: []string{y}, Persons: persons})
		}
		r, err := visibility.New(b, table, visibility.Options{Year: "year", Persons: d})
		if err != nil {
			t.Fatal(err)
		}
		if g := r.Total(); g.NoRate != reason || (g.Rate == visibility.Limits{}) != (reason != "") {
			t.Errorf("%v inhabitants: %q, %v", persons, g.NoRate, g.Rate)
		}
		write(t, r)
	}
}
