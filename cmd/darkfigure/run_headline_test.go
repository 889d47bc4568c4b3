package main

import (
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
)

// TestOthers: beside the usual method one other has a number, several have a range.
func TestOthers(t *testing.T) {
	of := func(method string, n float64) estimators.Estimate {
		return estimators.Estimate{Method: method, Status: estimators.OK, Population: n}
	}
	r := estimators.Results{Data: estimators.Data{Lists: []string{"a", "b", "c"}}, Estimates: []estimators.Estimate{of("loglinear", 3300), of("M0", 3376)}}
	for _, want := range []string{"1 other method estimates 3,376 people: ", "2 other methods estimate from 2,900 to 3,376 people: "} {
		got := headline(r)
		if len(got.Estimates) != 1 || !slices.ContainsFunc(got.Data.Notes, func(n string) bool { return strings.HasPrefix(n, want) }) {
			t.Errorf("%q, want %q", got.Data.Notes, want)
		}
		r.Estimates = append(r.Estimates, of("Mt", 2900))
	}
}
