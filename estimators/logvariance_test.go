package estimators_test

import (
	"math"
	"testing"

	"darkfigure/estimators"
)

// TestLogVariance: Chao's log-normal interval is n + n0/C to n + n0·C with C = exp(1.96·√log(1 + (SE/n0)²)); the variance read
// from its limits is that from the standard error.
func TestLogVariance(t *testing.T) {
	e := estimators.Estimate{Observed: 100, Hidden: 50, Population: 150, SE: 20, HasSE: true}
	want := math.Log(1 + 0.16)
	if got := e.LogVariance(); math.Abs(got-want) > 1e-15 {
		t.Errorf("%v, want %v", got, want)
	}
	c := math.Exp(1.959963984540054 * math.Sqrt(want))
	e.HasSE, e.Intervals = false, []estimators.Interval{{Kind: estimators.LogNormal, Level: 0.95, Lower: 100 + 50/c, Upper: 100 + 50*c}}
	if got := e.LogVariance(); math.Abs(got-want) > 1e-12 {
		t.Errorf("from the limits %v, want %v", got, want)
	}
	for _, e := range []estimators.Estimate{
		{Observed: 100, Hidden: 50},
		{Observed: 100, Hidden: 50, Status: estimators.Refused, HasSE: true, SE: 1},
		{Observed: 100, Hidden: 50, Intervals: []estimators.Interval{{Level: 0.95, Lower: 100, Upper: 200}}},
		{Observed: 100, Hidden: 50, Intervals: []estimators.Interval{{Level: 0.95, Lower: 120, Upper: math.Inf(1)}}},
	} {
		if got := e.LogVariance(); !math.IsInf(got, 1) {
			t.Errorf("%+v has the variance %v", e, got)
		}
	}
	if got := (estimators.Estimate{Observed: 100, HasSE: true}).LogVariance(); got != 0 {
		t.Errorf("nobody hidden: %v", got)
	}
}
