package incomplete_test

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// No level of X1 is recorded of the people on B only: the limits of its levels with their size fixed reach beyond those with it random,
// which is said.
func TestLimitsThatReachTooFar(t *testing.T) {
	data := table(t, "afghans")
	for _, c := range []struct {
		model string
		rough bool
	}{{"[A*X1,B*X1,X1*X2]", true}, {"[A*X2,B*X1,X1*X2]", false}} {
		e, err := options(t, data, c.model).Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(e.Notes, func(n string) bool { return strings.Contains(n, "reach further") }); got != c.rough {
			t.Errorf("%s: %v; %v", c.model, e.Notes, e.Groups[0].Totals)
		}
	}
}
