package report_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/estimators"
	"darkfigure/internal/report"
)

func TestNumbersByLanguage(t *testing.T) {
	en, nl := report.Numbers("en"), report.Numbers("nl")
	profile := estimators.Interval{Kind: estimators.Profile, Level: .95, Lower: 19389.4, Upper: 34110.6}
	for _, c := range []struct{ got, want string }{
		{en.Whole(25311.2), "25,311"}, {nl.Whole(25311.2), "25.311"}, {en.Whole(999.4), "999"}, {en.Whole(1e15), "1,000,000,000,000,000"},
		{en.Whole(-3763), "−3,763"}, {nl.Whole(-3763), "−3.763"}, {en.Whole(-.2), "0"},
		{en.Fixed(195.94, 1), "195.9"}, {nl.Fixed(195.94, 1), "195,9"}, {en.Fixed(-1234.5, 1), "−1,234.5"}, {en.Fixed(-.04, 1), "0.0"}, {en.Fixed(-.9746, 2), "−0.97"},
		{en.Percent(.1084), "11%"}, {en.Percent(.004), "0.4%"}, {nl.Percent(.004), "0,4%"}, {en.Percent(.9999), ">99%"}, {en.Percent(1), "100%"}, {en.Percent(0), "0%"}, {en.Percent(1e-9), "<0.1%"},
		{en.PercentRange(.0759, .2561), "7 to 26%"}, {nl.PercentRange(.0759, .2561), "7 tot 26%"}, {en.PercentRange(.001, .0042), "0.1 to 0.5%"}, {en.PercentRange(.9, 1), "90 to 100%"},
		{en.Parameter(0.5), "0.50"}, {en.Parameter(2), "2"}, {en.Parameter(12.34), "12.3"}, {en.Parameter(9.999), "10.0"}, {en.Parameter(133.4), "133"}, {nl.Parameter(1234.6), "1.235"}, {en.Parameter(0.0123), "0.012"}, {en.Parameter(0.00001), "0.00001"}, {en.Parameter(0), "0"},
		{en.Limits(profile), "19,389 to 34,111"}, {nl.Limits(profile), "19.389 tot 34.111"},
		{en.Limits(estimators.Interval{Lower: 8785, Upper: math.Inf(1)}), "at least 8,785"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// Headline numbers have two significant figures, and more where two would fall below what was seen.
func TestHeadlineRounding(t *testing.T) {
	for _, c := range []struct {
		x    float64
		n    int64
		want float64
	}{{25311, 2744, 25000}, {2790, 2744, 2790}, {2746, 2744, 2746}, {2744, 2744, 2744}, {258.9, 106, 260}, {12.4, 9, 12}, {1.2, 1, 1}, {143603, 8234, 140000}} {
		if got := report.About(c.x, c.n); got != c.want {
			t.Errorf("about %v of %d: %v, want %v", c.x, c.n, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 1e7).Draw(t, "n")
		lower := float64(n) * (1 + rapid.Float64Range(0, 3).Draw(t, "lower"))
		x := lower * (1 + rapid.Float64Range(0, 3).Draw(t, "x"))
		upper := x * (1 + rapid.Float64Range(0, 30).Draw(t, "upper"))
		a, b := report.Outward(estimators.Interval{Lower: lower, Upper: upper}, n)
		about := report.About(x, n)
		if a > lower || b < upper || a < float64(n) || about < float64(n) || about > b || about < a {
			t.Fatalf("%d seen, %v (%v to %v) became %v (%v to %v)", n, x, lower, upper, about, a, b)
		}
		if math.Abs(about-x) > .051*x+.5 {
			t.Fatalf("%v became %v", x, about)
		}
	})
}

// The bands follow from the 95% limits, log-normal in the hidden number, each side apart. By hand for
// n = 100, N = 200 and 95% limits 150 and 400: the side below has ratio (50/100)^(1.2816/1.9600), so
// 100 + 100·0.6357 = 163.6 at 80%, and the side above 100 + 100·3^0.6539 = 305.1.
func TestBands(t *testing.T) {
	got := report.Bands(200, 100, interval(estimators.Profile, 150, 400))
	want := [][3]float64{{.95, 150, 400}, {.8, 163.56, 305.1}, {.5, 178.78, 245.94}}
	for i := range want {
		for j := range 3 {
			if math.Abs(got[i][j]-want[i][j]) > .05 {
				t.Errorf("band %v, want %v", got[i], want[i])
			}
		}
	}
	if got := report.Bands(200, 100, []estimators.Interval{{Kind: estimators.BCa, Level: .95, Lower: 150, Upper: 400}, {Kind: estimators.BCa, Level: .8, Lower: 160, Upper: 333}}); got[1] != [3]float64{.8, 160, 333} {
		t.Errorf("a limit that was computed was not used: %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1e6).Draw(t, "n")
		lower := float64(n) + rapid.Float64Range(0, 1e6).Draw(t, "lower")
		x := lower + rapid.Float64Range(0, 1e6).Draw(t, "x")
		upper := x + rapid.Float64Range(0, 1e7).Draw(t, "upper")
		if rapid.Bool().Draw(t, "unbounded") {
			upper = math.Inf(1)
		}
		bs := report.Bands(x, n, interval(estimators.Profile, lower, upper))
		for i, b := range bs {
			if math.IsNaN(b[1]) || math.IsNaN(b[2]) || b[1] > x+1e-6 || b[2] < x-1e-6 || b[1] < float64(n)-1e-6 || i > 0 && (b[1] < bs[i-1][1]-1e-6 || b[2] > bs[i-1][2]+1e-6) {
				t.Fatalf("bands %v around %v", bs, x)
			}
		}
	})
}

// An axis has four to six labels, all whole and round, and holds what it is for.
func TestScale(t *testing.T) {
	for top, want := range map[float64]float64{48955: 50000, 27: 30, 412: 500, 143603: 150000, 3: 4, 7: 8, 1: 4} {
		if got, _ := report.RoundScale(top); got != want {
			t.Errorf("an axis up to %v ends at %v, want %v", top, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		top := rapid.Float64Range(0, 1e12).Draw(t, "top")
		end, step := report.RoundScale(top)
		if n := end / step; end < top*(1-1e-9) || n < 3.99 || n > 6.01 || step != math.Trunc(step) || end > 1.7*math.Max(top, 4) {
			t.Fatalf("an axis up to %v ends at %v in steps of %v", top, end, step)
		}
	})
}
