package visibility_test

import (
	"math"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/visibility"
)

// Of 200 replicates, 4 (2%) without an estimate of one year leave a trend: they count at both ends, where 2.5% of the replicates lie
// beyond each limit, so that the limits exist and lie outside those without them. With 8 (4%) there are no limits, and with 11 (5.5%)
// there is no trend, which is said.
func TestTrendsOfReplicatesWithoutAnEstimate(t *testing.T) {
	var whole visibility.Trend
	for _, lost := range []int{0, 4, 8, 11} {
		table, b := made(t, []string{"year", "sex"}, years, []float64{2000, 700, 2100, 650, 2300, 600}, 200)
		for r := range lost {
			b.Hidden[17*r][1] = math.Inf(1) // 2018, m
		}
		v, err := visibility.New(b, table, visibility.Options{Year: "year"})
		if err != nil {
			t.Fatal(err)
		}
		of := func(level string) func(visibility.Trend) bool {
			return func(x visibility.Trend) bool {
				return x.What == visibility.Population && len(x.Stratum) == 1 && x.Stratum[0].Level == level
			}
		}
		if i := slices.IndexFunc(v.Trends, of("f")); i < 0 || v.Trends[i].Without != 0 {
			t.Errorf("%d lost: the trend of f: %+v", lost, v.Trends)
		}
		i := slices.IndexFunc(v.Trends, of("m"))
		if lost == 11 {
			if i >= 0 || !slices.ContainsFunc(v.LeftOut, func(x visibility.LeftOut) bool {
				return len(x.Stratum) == 1 && x.Stratum[0].Level == "m" && x.Reason == visibility.FewReplicates && x.Without == 11
			}) {
				t.Errorf("11 of 200 lost: %+v, %+v", v.Trends, v.LeftOut)
			}
			continue
		}
		if i < 0 || len(v.LeftOut) != 0 || v.Trends[i].Without != lost {
			t.Fatalf("%d lost: %+v, %+v", lost, v.Trends, v.LeftOut)
		}
		switch got := v.Trends[i]; lost {
		case 0:
			whole = got
		case 4:
			if !(got.PerYear.Lower < whole.PerYear.Lower && got.PerYear.Upper > whole.PerYear.Upper) || math.IsInf(got.PerYear.Upper, 1) {
				t.Errorf("4 lost: %v, and %v with all", got.PerYear, whole.PerYear)
			}
		case 8:
			if got.PerYear.Lower != 0 || !math.IsInf(got.PerYear.Upper, 1) || got.Beyond {
				t.Errorf("8 lost: %v", got.PerYear)
			}
		}
	}
}

// A year in which nobody of a group was seen has no trend, and says so.
func TestTrendOfAYearWithNobody(t *testing.T) {
	groups := slices.Clone(years)
	groups[3] = cells{levels: []string{"2019", "m"}}
	table, b := made(t, []string{"year", "sex"}, groups, []float64{2000, 700, 2100, 650, 2300, 600}, 50)
	v, err := visibility.New(b, table, visibility.Options{Year: "year"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, x := range v.LeftOut {
		if x.Reason == visibility.NobodySeen && x.Period == "2019" && x.Stratum[0].Level == "m" {
			n++
		}
	}
	if n != 2 || len(v.LeftOut) != 2 {
		t.Errorf("left out: %+v", v.LeftOut)
	}
}

// A group that no list met, and in which no replicate has anybody, is no number: neither 0 nor an interval from 0 to 0. The sums of
// the other groups do not change.
func TestNobodySeenIsNoNumber(t *testing.T) {
	groups := slices.Clone(years)
	groups[3] = cells{levels: []string{"2019", "m"}}
	table, b := made(t, []string{"year", "sex"}, groups, []float64{2000, 700, 2100, 0, 2300, 600}, 50)
	b.Model = "[police,chat,year*sex]"
	if len(b.Strata) == 5 { // strata of the people seen alone: a model of all groups has the others too
		empty := estimators.Estimate{Method: "loglinear", Status: estimators.OK, Stratum: []estimators.Label{{Name: "year", Level: "2019"}, {Name: "sex", Level: "m"}}}
		b.Strata = slices.Insert(b.Strata, 3, empty)
		for r := range b.Hidden {
			b.Hidden[r], b.Seen[r] = slices.Insert(b.Hidden[r], 3, 0), slices.Insert(b.Seen[r], 3, 0)
		}
	}
	v, err := visibility.New(b, table, visibility.Options{Year: "year"})
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, g := range v.Rows {
		if g.Observed > 0 {
			if g.Status == estimators.Refused {
				t.Errorf("%v refused", g.Stratum)
			}
			continue
		}
		refused++
		if g.Status != estimators.Refused || g.Reason.Code != "nobody-seen" || g.Visibility != (visibility.Limits{}) {
			t.Errorf("%v: %v, %v", g.Stratum, g.Status, g.Visibility)
		}
	}
	if refused != 1 {
		t.Errorf("%d rows of nobody", refused)
	}
}

// Where one model has no term for a difference, all replicates of a ratio are 1: equal by the model, which is not knowledge either.
func TestEqualByTheModel(t *testing.T) {
	table, b := made(t, []string{"year"}, []cells{{[]string{"2018"}, 60, 30, 10}, {[]string{"2019"}, 80, 50, 20}}, []float64{200, 300}, 50)
	for r := range b.Hidden {
		b.Hidden[r] = []float64{2 * b.Hidden[r][0], 3 * b.Hidden[r][0]}
	}
	b.Strata[0].Hidden, b.Strata[1].Hidden = 200, 300
	for _, model := range []string{"", "[police,chat,year]"} {
		b.Model = model
		v, err := visibility.New(b, table, visibility.Options{Year: "year"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Changes {
			if c.Equal != (model != "" && c.What == visibility.Visibility) {
				t.Errorf("model %q, %s: %+v", model, c.What, c)
			}
		}
	}
}
