package report_test

import (
	"os"

	"darkfigure/estimators"
	"darkfigure/internal/report"
)

func ExampleText() {
	table, err := estimators.FromCounts([]string{"Police", "Care"}, []int64{0, 52, 41, 13})
	if err != nil {
		panic(err)
	}
	estimate := estimators.Estimate{Method: "chapman", Observed: 106, Population: 258.9, Hidden: 152.9, Status: estimators.OK,
		Intervals: []estimators.Interval{{Kind: estimators.Waring, Level: .95, Lower: 196, Upper: 412}}}
	results := estimators.Results{Data: estimators.DataOf(table, "two.csv"), Estimates: []estimators.Estimate{estimate}, Run: estimators.RunInfo{Version: "1.0.0", Seed: 1}}
	if err := report.Text(os.Stdout, results, report.Options{Width: 80}); err != nil {
		panic(err)
	}
	// Output:
	// About 260 people, of whom 106 were seen
	//
	// If the assumptions of the method (chapman) hold, the total lies between 190 and
	// 420 (95% interval). Two lists cannot show whether being on one makes people more
	// likely, or less, to be on the other; the number assumes that it does neither.
	//
	// Estimate    259  (196 to 412; 95%, generalised Waring)
	// Not seen    153  (90 to 306)
	// Seen        106  on at least one of two lists: Police, Care
	// Visibility  41% (25 to 55%)
	// Method      chapman
	//
	// darkfigure 1.0.0, seed 1, two.csv (SHA-256 of the table a791ae5e8855…)
}
