package visibility_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/report"
	"darkfigure/internal/tableio"
	"darkfigure/internal/visibility"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// cells are people of two lists: only on a, only on b, on both.
type cells struct {
	levels  []string
	a, b, n int64
}

// made is a table of two lists with a breakdown: hidden people by group, and replicates that scatter about them.
func made(t *testing.T, by []string, groups []cells, hidden []float64, replicates int) (*estimators.Table, estimators.Breakdown) {
	t.Helper()
	var all []estimators.Cell
	for _, g := range groups {
		for p, n := range map[estimators.Pattern]int64{1: g.a, 2: g.b, 3: g.n} {
			all = append(all, estimators.Cell{Pattern: p, Levels: g.levels, Count: n})
		}
	}
	table, err := estimators.NewTable([]string{"police", "chat"}, by, all)
	if err != nil {
		t.Fatal(err)
	}
	b := estimators.Breakdown{By: by, Scheme: "nonparametric"}
	strata, err := table.Stratify(by...)
	if err != nil {
		t.Fatal(err)
	}
	for s, x := range strata {
		h := hidden[s]
		b.Strata = append(b.Strata, estimators.Estimate{Method: "loglinear", Stratum: x.Labels, Observed: x.Table.Observed(), Hidden: h, Population: float64(x.Table.Observed()) + h, Status: estimators.OK})
		b.Total.Hidden += h
		b.Total.Observed += x.Table.Observed()
	}
	b.Total.Population, b.Total.Status = b.Total.Hidden+float64(b.Total.Observed), estimators.OK
	for r := range replicates {
		rng := rand.New(rand.NewPCG(uint64(r), 3))
		h, seen := make([]float64, len(strata)), make([]float64, len(strata))
		for s, x := range strata {
			h[s], seen[s] = hidden[s]*math.Exp(0.2*rng.NormFloat64()), float64(x.Table.Observed())
		}
		b.Hidden, b.Seen = append(b.Hidden, h), append(b.Seen, seen)
	}
	return table, b
}

var years = []cells{
	{[]string{"2018", "f"}, 300, 410, 41}, {[]string{"2018", "m"}, 80, 90, 11},
	{[]string{"2019", "f"}, 330, 400, 45}, {[]string{"2019", "m"}, 75, 95, 12},
	{[]string{"2020", "f"}, 360, 700, 60}, {[]string{"2020", "m"}, 85, 99, 15},
}

func TestGroupsAddUp(t *testing.T) {
	table, b := made(t, []string{"year", "sex"}, years, []float64{2000, 700, 2100, 650, 2300, 600}, 400)
	r, err := visibility.New(b, table, visibility.Options{Year: "year"})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 1+3+2+6 || r.Period != "2018-2020" || len(r.Total().Stratum) != 0 {
		t.Fatalf("%d rows of %q", len(r.Rows), r.Period)
	}
	for _, names := range [][]string{{"year"}, {"sex"}, {"sex", "year"}} {
		n, population := int64(0), 0.0
		lists := make([]int64, 2)
		for _, g := range r.Rows {
			var have []string
			for _, l := range g.Stratum {
				have = append(have, l.Name)
			}
			if slices.Sort(have); !slices.Equal(have, names) {
				continue
			}
			n, population = n+g.Observed, population+g.Population
			for i, l := range g.Lists {
				lists[i] += l.Observed
			}
			if !(g.Interval.Lower <= g.Population && g.Population <= g.Interval.Upper) {
				t.Errorf("%v: %v lies outside %v", g.Stratum, g.Population, g.Interval)
			}
			near(t, "share", g.Visibility.Value, float64(g.Observed)/g.Population, 1e-12)
			near(t, "lower", g.Visibility.Lower, float64(g.Observed)/g.Interval.Upper, 1e-12)
			near(t, "upper", g.Visibility.Upper, float64(g.Observed)/g.Interval.Lower, 1e-12)
		}
		total := r.Total()
		near(t, "people", population, total.Population, 1e-12)
		if n != total.Observed || lists[0] != total.Lists[0].Observed || lists[1] != total.Lists[1].Observed {
			t.Errorf("%v: %d people, lists %v; in all %d, %v", names, n, lists, total.Observed, total.Lists)
		}
	}
}

func TestChangesAndShares(t *testing.T) {
	table, b := made(t, []string{"year", "sex"}, years, []float64{2000, 700, 2100, 650, 2300, 600}, 400)
	r, err := visibility.New(b, table, visibility.Options{Year: "year"})
	if err != nil {
		t.Fatal(err)
	}
	// By hand: of 932 seen and 3632 in all in 2018, and 1319 of 4219 in 2020.
	for _, c := range r.Changes {
		if len(c.Stratum) > 0 || c.From != "2018" || c.To != "2020" {
			continue
		}
		want := map[string]float64{visibility.Observed: 1319. / 932, visibility.Population: 4219. / 3632, visibility.Visibility: (1319. / 4219) / (932. / 3632)}[c.What]
		near(t, c.What, c.Ratio.Value, want, 1e-12)
		if !(c.Ratio.Lower < want && want < c.Ratio.Upper) || c.Beyond != (c.Ratio.Lower > 1 || c.Ratio.Upper < 1) {
			t.Errorf("%s: %v", c.What, c)
		}
		if d := c.Difference; (d != nil) != (c.What == visibility.Population) {
			t.Errorf("%s: a difference %v", c.What, d)
		} else if d != nil {
			near(t, "difference in people", d.Value, 4219-3632, 1e-12)
			if !(d.Lower < d.Value && d.Value < d.Upper) || (d.Lower > 0 || d.Upper < 0) != c.Beyond {
				t.Errorf("difference %v, ratio %v", d, c.Ratio)
			}
		}
	}
	shares := 0
	for _, s := range r.Shares {
		if s.Of.Level != "m" || s.Period != "2019" {
			continue
		}
		shares++
		near(t, "share of those seen", s.Observed.Value, 182./957, 1e-12)
		near(t, "share of all", s.Estimated.Value, 832./(832+2875), 1e-12)
		near(t, "difference", s.Since.Observed.Value, 182./957-181./932, 1e-12)
		if s.Since.ObservedBeyond || s.Since.EstimatedBeyond {
			t.Error("no such difference is more than noise")
		}
	}
	if shares != 1 || len(r.Trends) == 0 {
		t.Errorf("%d shares, %d trends", shares, len(r.Trends))
	}
}

func TestScoreIntervals(t *testing.T) {
	// Newcombe 1998, Statistics in Medicine 17, 857–872, table I: 81 of 263, score method; and 17, 873–890, table II:
	// 56/70 − 48/80, method 10.
	w := visibility.Wilson(81, 263, 0.95)
	near(t, "lower", w.Lower, 0.2553, 5e-5)
	near(t, "upper", w.Upper, 0.3662, 5e-5)
	d := visibility.Newcombe(56, 70, 48, 80, 0.95)
	near(t, "difference", d.Value, 0.2, 1e-12)
	near(t, "lower", d.Lower, 0.0524, 5e-5)
	near(t, "upper", d.Upper, 0.3339, 5e-5)
	// The people who named a parent to a chat line, about 7 % of 299 in 2019 and 15 % of 250 in 2020: 21 and 37 people. The
	// difference is more than noise, this program says.
	if d := visibility.Newcombe(37, 250, 21, 299, 0.95); d.Lower <= 0 {
		t.Errorf("%v", d)
	}
}

// Visibility from an interval of N: Scottish people who inject drugs, the total and two of the groups of the minimum-BIC model
// (King and others 2014, in package mse 1.0 under R 4.2.2); N and its log-normal limits by glm and the delta method, visibility from them.
func TestVisibilityOfAnInterval(t *testing.T) {
	for _, c := range []struct {
		n                                      int64
		hidden, lower, upper, share, low, high float64
	}{
		{5670, 26875.6725781399, 27645.5590255467, 38538.414209063, 0.174216709960033, 0.147125929189546, 0.205096232445887},
		{1498, 9611.33248821473, 9246.34203470625, 13420.2553399469, 0.134841584909727, 0.111622317314711, 0.162010013730537},
		{1589, 6813.77746447546, 7120.75006665437, 9981.92498322745, 0.18910413928226, 0.159187732092756, 0.223150649176847},
	} {
		table, b := made(t, []string{"g"}, []cells{{[]string{"x"}, c.n, 0, 0}}, []float64{c.hidden}, 10)
		b.Total.Intervals = []estimators.Interval{{Kind: estimators.LogNormal, Level: 0.95, Lower: c.lower, Upper: c.upper}}
		r, err := visibility.New(b, table, visibility.Options{})
		if err != nil {
			t.Fatal(err)
		}
		v := r.Total().Visibility
		near(t, "share", v.Value, c.share, 1e-6)
		near(t, "lower", v.Lower, c.low, 1e-6)
		near(t, "upper", v.Upper, c.high, 1e-6)
	}
}

func TestRefusedGroups(t *testing.T) {
	table, b := made(t, []string{"year", "sex"}, years, []float64{2000, 700, 2100, 650, 2300, 600}, 50)
	b.Strata[3].Status, b.Strata[3].Reason = estimators.Refused, estimators.Refuse("no-overlap", "nobody is on both")
	b.Total.Status, b.Total.Reason = estimators.Refused, b.Strata[3].Reason
	for r := range b.Hidden {
		b.Hidden[r][3] = math.Inf(1)
	}
	r, err := visibility.New(b, table, visibility.Options{Year: "year"})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Rows {
		year, sex := "", ""
		for _, l := range g.Stratum {
			if l.Name == "year" {
				year = l.Level
			} else {
				sex = l.Level
			}
		}
		holds := (year == "" || year == "2019") && (sex == "" || sex == "m")
		if holds != (g.Status == estimators.Refused) || holds != (g.Reason != nil) {
			t.Errorf("%v: %s, %v", g.Stratum, g.Status, g.Reason)
		}
	}
	if r.Failed != 0 {
		t.Errorf("%d replicates failed, though the group without an estimate has none anyway", r.Failed)
	}
	write(t, r)
}

func TestRates(t *testing.T) {
	table, b := made(t, []string{"year", "sex"}, years, []float64{2000, 700, 2100, 650, 2300, 600}, 50)
	d := &visibility.Denominators{By: []string{"year"}, Entries: []visibility.Denominator{{Levels: []string{"2018"}, Persons: 1e6}, {Levels: []string{"2019"}, Persons: 2e6}, {Levels: []string{"2020"}, Persons: 1e6}}}
	r, err := visibility.New(b, table, visibility.Options{Year: "year", Persons: d})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Rows {
		switch {
		case len(g.Stratum) == 0:
			near(t, "rate", g.Rate.Value, g.Population/40, 1e-12)
		case len(g.Stratum) == 1 && g.Stratum[0].Level == "2019":
			near(t, "rate", g.Rate.Value, g.Population/20, 1e-12)
		case slices.ContainsFunc(g.Stratum, func(l estimators.Label) bool { return l.Name == "sex" }) && g.Persons != 0:
			t.Errorf("%v has %v inhabitants, but nobody said how many are of each sex", g.Stratum, g.Persons)
		}
	}
	d.Entries = d.Entries[:2]
	if _, err := visibility.New(b, table, visibility.Options{Persons: d}); err == nil {
		t.Error("a year without inhabitants is taken")
	}
}

// write is everything that is written of a result, in all formats and languages.
func write(t *testing.T, r *visibility.Result) string {
	t.Helper()
	var b bytes.Buffer
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	fail(r.JSON(&b))
	var any map[string]any
	fail(json.Unmarshal(b.Bytes(), &any))
	fail(r.Write(&b, tableio.CSV))
	for _, language := range []string{"en", "nl"} {
		o := report.Options{Language: language}
		fail(report.VisibilityText(&b, r, o))
		fail(report.VisibilityMarkdown(&b, r, o))
		fail(report.VisibilityHTML(&b, r, o))
	}
	return b.String()
}

// Two tables that differ in withheld counts alone are published by the same bytes: whatever is written, nothing of them is in it.
func TestWithheldCountsLeaveNoTrace(t *testing.T) {
	hidden := []float64{300, 400, 500, 600}
	publish := func(shift int64) string {
		groups := []cells{
			{[]string{"n", "f"}, 1 + shift, 1, 1}, {[]string{"n", "m"}, 51 - shift, 31, 20},
			{[]string{"s", "f"}, 61 - shift, 42, 21}, {[]string{"s", "m"}, 77 + shift, 52, 29},
		}
		table, b := made(t, []string{"region", "sex"}, groups, hidden, 200)
		r, err := visibility.New(b, table, visibility.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r.Data = estimators.DataOf(table, "x.csv")
		r.Data.Notes = []string{"3 people"}
		p, err := r.Publish(t.Context(), 5, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range p.Rows {
			if len(g.Stratum) == 2 && !g.Withheld {
				t.Errorf("%v is published", g.Stratum)
			}
			if g.Estimated() && slices.ContainsFunc(g.Lists, func(l visibility.ListRow) bool { return l.Withheld }) {
				t.Errorf("%v has an estimate, which tells what a list holds that is withheld", g.Stratum)
			}
		}
		return write(t, p)
	}
	// The estimates of the groups do not change with the counts here: what is published of the sums is the same.
	if a, b := publish(0), publish(1); a != b {
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("they differ:\n%s\n%s", a[max(0, i-200):i+50], b[max(0, i-200):i+50])
			}
		}
	}
}

var regions = []cells{
	{[]string{"n", "f"}, 2, 1, 1}, {[]string{"n", "m"}, 51, 31, 20}, {[]string{"o", "f"}, 40, 21, 11}, {[]string{"o", "m"}, 41, 20, 12},
	{[]string{"s", "f"}, 61, 42, 21}, {[]string{"s", "m"}, 77, 52, 29},
}

// What is withheld does not depend on the order of the covariates, and neither does the rounding: two such tables could be subtracted.
func TestOrderOfCovariatesIsNothing(t *testing.T) {
	published := func(by []string) map[string]int64 {
		groups := slices.Clone(regions)
		if by[0] == "sex" {
			for i, g := range groups {
				groups[i].levels = []string{g.levels[1], g.levels[0]}
			}
		}
		table, b := made(t, by, groups, []float64{20, 400, 300, 300, 500, 600}, 50)
		r, err := visibility.New(b, table, visibility.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Publish(t.Context(), 5, 5)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]int64{}
		for _, g := range p.Rows {
			key := ""
			for _, n := range []string{"region", "sex"} {
				for _, l := range g.Stratum {
					if l.Name == n {
						key += n + l.Level
					}
				}
			}
			if out[key] = g.Observed; g.Withheld {
				out[key] = -1
			}
			for _, l := range g.Lists {
				if out[key+l.Name] = l.Observed; l.Withheld {
					out[key+l.Name] = -1
				}
			}
		}
		return out
	}
	a, b := published([]string{"region", "sex"}), published([]string{"sex", "region"})
	for k, n := range a {
		if b[k] != n {
			t.Errorf("%s: %d, and %d with the covariates turned round", k, n, b[k])
		}
	}
	if a["regionnsexf"] != -1 {
		t.Error("the small group is published")
	}
}

// Two tables with a margin in common, published together: what the one withholds of it the other does too, and the tables cannot be
// subtracted.
func TestTablesPublishedTogether(t *testing.T) {
	groups := []cells{
		{[]string{"n", "f", "a"}, 2, 1, 1}, {[]string{"n", "m", "a"}, 21, 11, 10}, {[]string{"n", "m", "b"}, 30, 20, 10},
		{[]string{"o", "f", "a"}, 40, 21, 11}, {[]string{"o", "m", "a"}, 41, 20, 12}, {[]string{"o", "m", "b"}, 25, 20, 15}, {[]string{"s", "f", "a"}, 61, 42, 21}, {[]string{"s", "m", "b"}, 77, 52, 29},
	}
	var all []estimators.Cell
	for _, g := range groups {
		for p, n := range map[estimators.Pattern]int64{1: g.a, 2: g.b, 3: g.n} {
			all = append(all, estimators.Cell{Pattern: p, Levels: g.levels, Count: n})
		}
	}
	table, err := estimators.NewTable([]string{"police", "chat"}, []string{"region", "sex", "kind"}, all)
	if err != nil {
		t.Fatal(err)
	}
	var results []*visibility.Result
	for _, by := range [][]string{{"region", "sex"}, {"kind", "region"}} {
		strata, err := table.Stratify(by...)
		if err != nil {
			t.Fatal(err)
		}
		b := estimators.Breakdown{By: by, Scheme: "nonparametric", Hidden: make([][]float64, 3), Seen: make([][]float64, 3)}
		for _, x := range strata {
			n := x.Table.Observed()
			b.Strata = append(b.Strata, estimators.Estimate{Stratum: x.Labels, Observed: n, Hidden: 3 * float64(n), Population: 4 * float64(n), Status: estimators.OK})
			for r := range b.Hidden {
				b.Hidden[r], b.Seen[r] = append(b.Hidden[r], 3*float64(n)), append(b.Seen[r], float64(n))
			}
		}
		b.Total = estimators.Estimate{Observed: table.Observed(), Hidden: 3 * float64(table.Observed()), Population: 4 * float64(table.Observed()), Status: estimators.OK}
		r, err := visibility.New(b, table, visibility.Options{})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	out, err := visibility.Publish(t.Context(), table, results, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	common := 0
	for _, g := range out[0].Rows {
		for _, h := range out[1].Rows {
			if !slices.Equal(g.Stratum, h.Stratum) {
				continue
			}
			common++
			if g.Withheld != h.Withheld || g.Observed != h.Observed {
				t.Errorf("%v: %d people in the one, %d in the other", g.Stratum, g.Observed, h.Observed)
			}
			for i, l := range g.Lists {
				if l.Withheld != h.Lists[i].Withheld || l.Observed != h.Lists[i].Observed {
					t.Errorf("%v, %s: %d and %d", g.Stratum, l.Name, l.Observed, h.Lists[i].Observed)
				}
			}
		}
	}
	if common != 4 {
		t.Errorf("%d rows in common, want the total and three regions", common)
	}
}

func TestRoundedCountsAreNowhereExact(t *testing.T) {
	groups := []cells{{[]string{"2018"}, 1111, 1733, 304}, {[]string{"2019"}, 1217, 1919, 317}, {[]string{"2020"}, 1321, 2003, 333}}
	table, b := made(t, []string{"year"}, groups, []float64{12345, 13579, 14683}, 200)
	r, err := visibility.New(b, table, visibility.Options{Year: "year"})
	if err != nil {
		t.Fatal(err)
	}
	r.Data = estimators.DataOf(table, "x.csv")
	p, err := r.Publish(t.Context(), 5, 5)
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, g := range p.Rows {
		if g.Observed%5 != 0 || g.Lists[0].Observed%5 != 0 {
			t.Errorf("%v: %d people, %d of the first list", g.Stratum, g.Observed, g.Lists[0].Observed)
		}
		if len(g.Stratum) == 1 {
			sum += g.Observed
		}
	}
	if total := p.Total(); sum != total.Observed {
		t.Errorf("the years add up to %d, the total is %d", sum, total.Observed)
	}
	all := write(t, p)
	for _, g := range r.Rows {
		for _, n := range []int64{g.Observed, g.Lists[0].Observed, g.Lists[1].Observed} {
			for _, form := range forms(n) {
				if n%5 != 0 && strings.Contains(all, form) {
					t.Errorf("the exact count %s is in what is written", form)
				}
			}
		}
	}
	if strings.Contains(all, table.SHA256()[:12]) {
		t.Error("the hash of the table is in what is written")
	}
}

// forms are the ways in which a count is written.
func forms(n int64) []string {
	digits := []byte{}
	for x := n; x > 0; x /= 10 {
		digits = append([]byte{byte('0' + x%10)}, digits...)
	}
	s := string(digits)
	if len(s) < 4 {
		return nil
	}
	k := len(s) - 3
	return []string{s, s[:k] + "," + s[k:], s[:k] + "." + s[k:]}
}

// Of a covariate that one list alone records no group has an estimate, and none is published: for every level the people are those on that
// list, so that a count of people that is withheld would follow from that of the list.
func TestRecordedByOneList(t *testing.T) {
	groups := []cells{
		{[]string{"f", ""}, 0, 200, 0}, {[]string{"f", "BG"}, 6, 0, 2}, {[]string{"f", "NL"}, 90, 0, 30},
		{[]string{"m", ""}, 0, 110, 0}, {[]string{"m", "BG"}, 4, 0, 1}, {[]string{"m", "NL"}, 40, 0, 12},
	}
	table, b := made(t, []string{"sex", "nationality"}, groups, []float64{200, 20, 300, 100, 10, 150}, 50)
	r, err := visibility.New(b, table, visibility.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Rows {
		if g.Status != estimators.Refused || g.Reason == nil || g.Reason.Code != "recorded-by-list" || !strings.Contains(g.Reason.Text, "only police records nationality") {
			t.Errorf("%v: %s, %v", g.Stratum, g.Status, g.Reason)
		}
	}
	out, err := r.Publish(t.Context(), 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	if text := write(t, out); strings.Contains(text, "BG") || !slices.Equal(out.Protection.LeftOut, []string{"nationality"}) || !slices.Equal(out.By, []string{"sex"}) {
		t.Errorf("published by %v, without %v:\n%s", out.By, out.Protection.LeftOut, text)
	}
	if n := out.Total().Observed; n != 495 {
		t.Errorf("%d people in all, want 495", n)
	}
}

// Two of three lists record a covariate: whoever is on the third alone belongs to some group, nobody knows to which. The counts of the groups
// are at least what they are, nothing is said of their shares, and none of them is published.
func TestRecordedBySomeLists(t *testing.T) {
	var all []estimators.Cell
	for i, level := range []string{"BG", "NL"} {
		for p, n := range []int64{1: 20, 2: 15, 3: 10, 5: 6, 6: 4} {
			all = append(all, estimators.Cell{Pattern: estimators.Pattern(p), Levels: []string{level}, Count: n * int64(i+1)})
		}
	}
	all = append(all, estimators.Cell{Pattern: 4, Levels: []string{""}, Count: 60})
	table, err := estimators.NewTable([]string{"police", "care", "school"}, []string{"nationality"}, all)
	if err != nil {
		t.Fatal(err)
	}
	b := estimators.Breakdown{By: []string{"nationality"}, Total: estimators.Estimate{Status: estimators.OK}}
	for i, level := range []string{"BG", "NL", ""} {
		b.Strata = append(b.Strata, estimators.Estimate{Stratum: []estimators.Label{{Name: "nationality", Level: level}}, Status: estimators.OK, Observed: []int64{55, 110, 60}[i], Hidden: 50, Population: 105})
	}
	for range 10 {
		b.Hidden, b.Seen = append(b.Hidden, []float64{50, 50, 50}), append(b.Seen, []float64{55, 110, 60})
	}
	r, err := visibility.New(b, table, visibility.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Rows {
		known := len(g.Stratum) == 1 && g.Stratum[0].Level != ""
		if g.AtLeast != known || g.Status != estimators.Refused {
			t.Errorf("%v: at least: %v, %s", g.Stratum, g.AtLeast, g.Status)
		}
	}
	if len(r.Shares) > 0 || len(r.Changes) > 0 || !slices.Equal(r.Partly, []string{"nationality"}) {
		t.Errorf("shares %v, changes %v, partly %v", r.Shares, r.Changes, r.Partly)
	}
	out, err := r.Publish(t.Context(), 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	if text := write(t, out); strings.Contains(text, "BG") || len(out.Rows) != 1 || !slices.Equal(out.Protection.LeftOut, []string{"nationality"}) {
		t.Errorf("published:\n%s", text)
	}
}

// A table that without the covariates that are left out has the groups of another is not published twice; the other says what was left out.
func TestLeftOutIntoTheSameTable(t *testing.T) {
	groups := []cells{
		{[]string{"f", ""}, 0, 200, 0}, {[]string{"f", "BG"}, 60, 0, 20}, {[]string{"f", "NL"}, 90, 0, 30},
		{[]string{"m", ""}, 0, 110, 0}, {[]string{"m", "BG"}, 40, 0, 10}, {[]string{"m", "NL"}, 40, 0, 12},
	}
	table, b := made(t, []string{"sex", "nationality"}, groups, []float64{200, 20, 300, 100, 10, 150}, 50)
	both, err := visibility.New(b, table, visibility.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sexes := []cells{{[]string{"f"}, 150, 200, 50}, {[]string{"m"}, 80, 110, 22}}
	bySex, of := made(t, []string{"sex"}, sexes, []float64{300, 200}, 50)
	one, err := visibility.New(of, bySex, visibility.Options{})
	if err != nil {
		t.Fatal(err)
	}
	nations := []cells{{[]string{""}, 0, 310, 0}, {[]string{"BG"}, 100, 0, 30}, {[]string{"NL"}, 130, 0, 42}}
	byNation, of := made(t, []string{"nationality"}, nations, []float64{30, 450, 300}, 50)
	bare, err := visibility.New(of, byNation, visibility.Options{}) // nothing but its total is published
	if err != nil {
		t.Fatal(err)
	}
	for _, tables := range [][]*visibility.Result{{both, one}, {one, both}, {one, bare}, {bare, one}, {bare, both, one}} {
		out, err := visibility.Publish(t.Context(), table, tables, 5, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) != 1 || !slices.Equal(out[0].By, []string{"sex"}) || !slices.Equal(out[0].Protection.LeftOut, []string{"nationality"}) || !out[0].Rows[1].Estimated() {
			t.Errorf("%d tables are published: %+v", len(out), out[0].Protection)
		}
	}
}
