package report_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/estimators"
	"darkfigure/internal/report"
)

// quantilesOf are the 201 quantiles of a mixture of log-normal distributions of the hidden number, by bisection.
func quantilesOf(n float64, parts ...[3]float64) []float64 {
	cdf := func(z float64) float64 {
		sum := 0.0
		for _, p := range parts { // weight, hidden number, standard deviation of its logarithm
			sum += p[0] * (1 + math.Erf((z-math.Log(p[1]))/p[2]/math.Sqrt2)) / 2
		}
		return sum
	}
	var out []float64
	for i := range 201 {
		p := math.Min(math.Max(float64(i)/200, .0005), .9995)
		lo, hi := 0.0, 20.0
		for range 60 {
			if mid := (lo + hi) / 2; cdf(mid) < p {
				lo = mid
			} else {
				hi = mid
			}
		}
		out = append(out, n+math.Exp(lo))
	}
	return out
}

func TestHumps(t *testing.T) {
	for name, c := range map[string]struct {
		parts  [][3]float64
		tables int
		want   []float64
	}{
		"one":             {[][3]float64{{1, 9000, .2}}, 1000, []float64{9000}},
		"two":             {[][3]float64{{.4, 9000, .12}, {.6, 23000, .2}}, 1000, []float64{9000, 23000}},
		"a speck":         {[][3]float64{{.05, 3000, .1}, {.95, 23000, .2}}, 1000, []float64{23000}},
		"too close":       {[][3]float64{{.5, 9000, .3}, {.5, 13000, .3}}, 1000, []float64{10800}},
		"too few tables":  {[][3]float64{{.4, 9000, .12}, {.6, 23000, .2}}, 199, nil},
		"a fifth divided": {[][3]float64{{.6, 23000, .1}, {.13, 3000, .1}, {.13, 1000, .1}, {.14, 300, .1}}, 1000, nil},
	} {
		got, ok := report.Humps(&estimators.Resampling{Replicates: c.tables, Quantiles: quantilesOf(2744, c.parts...)}, 2744)
		if !ok || len(got) != len(c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
			continue
		}
		for i := range got {
			if hidden := got[i] - 2744; math.Abs(hidden/c.want[i]-1) > .06 {
				t.Errorf("%s: a hump at %.0f hidden, not %.0f", name, hidden, c.want[i])
			}
		}
	}
}

// Bars, what lies beyond the axis, and tables without an estimate are together all tables.
func TestBarsAreAllTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 5000).Draw(t, "observed")
		q := rapid.SliceOfN(rapid.Float64Range(float64(n), 50*float64(n)), 201, 201).Draw(t, "estimates")
		if rapid.Bool().Draw(t, "few values") {
			for i := range q {
				q[i] = float64(n) * math.Ceil(q[i]/float64(n)/10) * 10
			}
		}
		slices.Sort(q)
		failed := rapid.IntRange(0, 190).Draw(t, "failed")
		for i := 201 - failed; i < 201; i++ {
			q[i] = math.Inf(1)
		}
		r := &estimators.Resampling{Replicates: 200, Failed: failed, Quantiles: q}
		bins, sum := report.Bins(r, n, rapid.Float64Range(4, 60*float64(n)).Draw(t, "top"))
		sum += float64(failed) / 200
		for _, share := range bins {
			if share < -1e-12 || math.IsNaN(share) {
				t.Fatalf("a bar of %g", share)
			}
			sum += share
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("%g of the tables are drawn", sum)
		}
		report.Humps(r, n)
	})
}

func TestNothingToDraw(t *testing.T) {
	inf := math.Inf(1)
	for _, q := range [][]float64{nil, {5}, {inf, inf, inf}, {5, inf, inf}} {
		if _, ok := report.Humps(&estimators.Resampling{Replicates: 1000, Failed: 900, Quantiles: q}, 5); ok {
			t.Errorf("%v can be drawn", q)
		}
	}
}

// An interval that repeats the choice of the model is never said to hold if the model is right, and the interval of the one
// model is never shown without saying so.
func TestIntervalsSayWhatTheyAssume(t *testing.T) {
	for _, r := range []estimators.Results{uk5Boot(), failing()} {
		var text, markdown, page bytes.Buffer
		for _, err := range []error{report.Text(&text, r, report.Options{Width: 120}), report.Markdown(&markdown, r, report.Options{}), report.HTML(&page, r, report.Options{})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		limits := "11,144 to 60,906"
		if r.Estimates[0].Selection.Split == nil {
			limits = "12,000 to 34,000"
		}
		for name, s := range map[string]string{"text": text.String(), "markdown": markdown.String()} {
			for _, want := range []string{limits + " (95%, BCa), allowing for the choice of the model", "19,389 to 34,111 (95%, profile), if the chosen model is right"} {
				if !strings.Contains(s, want) {
					t.Errorf("%s does not say: %s", name, want)
				}
			}
		}
		for name, s := range map[string]string{"text": text.String(), "markdown": markdown.String(), "page": page.String()} {
			for _, never := range []string{"BCa), if the model is right", "If the chosen model is right, the total lies between", "cannot tell that model"} {
				if strings.Contains(s, never) {
					t.Errorf("%s says: %s", name, never)
				}
			}
		}
		if r.Estimates[0].Selection.Split == nil && !strings.Contains(page.String(), "no estimate: 13%") {
			t.Error("the tables without an estimate are not named in the picture")
		}
	}
}
