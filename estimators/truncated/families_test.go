package truncated_test

import (
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/truncated"
)

// The first estimate that is no bound is warned when another is outside its interval; a bound below it is no disagreement, one above it is.
func TestFamiliesDisagree(t *testing.T) {
	of := func(name string, n, lower, upper float64, bound bool) estimators.Estimate {
		return estimators.Estimate{Method: name, Population: n, LowerBound: bound, Intervals: []estimators.Interval{{Level: .95, Lower: lower, Upper: upper}}}
	}
	head, near, far := of("ztpoisson", 1000, 900, 1100, false), of("ztnegbin", 1090, 900, 1300, false), of("ztgeom", 2000, 1800, 2300, false)
	low, high := of("chao-regression", 700, 600, 800, true), of("chao-regression", 1500, 1300, 1700, true)
	for _, c := range []struct {
		all  []estimators.Estimate
		text string
	}{
		{[]estimators.Estimate{head}, ""},
		{[]estimators.Estimate{low, head, near}, ""},
		{[]estimators.Estimate{{Status: estimators.Refused}, low, head, far}, "the families run from 1,000 (ztpoisson) to 2,000 (ztgeom), beyond the interval given"},
		{[]estimators.Estimate{high, head}, "the families run from 1,000 (ztpoisson) to 1,500 (chao-regression), beyond the interval given"},
	} {
		truncated.WarnFamilies(c.all)
		got := ""
		for _, e := range c.all {
			for _, w := range e.Warnings {
				got += w.Text
			}
		}
		if got != c.text {
			t.Errorf("%q, not %q", got, c.text)
		}
	}
}
