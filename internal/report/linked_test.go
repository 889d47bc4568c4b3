package report_test

import (
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/report"
)

// The figures about links say what they hold: an exact key far above all thresholds is an arrow and does not flatten them; what the pooled bar holds beyond the lines is
// said, and under the headline it is called an interval; the near-tied models have the figures of their table.
func TestLinkedFigures(t *testing.T) {
	r := linked()
	e := &r.Estimates[0]
	e.Selection = &estimators.Selection{Criterion: "bic", Search: "exact", Window: 6, Ranking: "bic", Considered: 8, MaxOrder: 2, Candidates: []estimators.Candidate{
		{Model: "[police,care,youth protection]", Population: 1291, BIC: 79, Weight: .8, Chosen: true}, {Model: "[police*care,youth protection]", Population: 1373, BIC: 82, Weight: .2}}}
	last := len(r.Linkage.Curve) - 1
	for exact, beyond := range map[float64]bool{1600: false, 7412: true} {
		r.Linkage.Curve[last].Population = exact
		page := forms(t, r, report.Options{})["page"]
		if strings.Contains(page, "beyond the figure") != beyond {
			t.Errorf("an exact key of %v is said to lie beyond the figure: %v", exact, !beyond)
		}
		for _, want := range []string{"also holds the doubt about the model", "1,291 to 1,373", "95% interval</text>"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page", want)
			}
		}
		if strings.Contains(page, "the 2 models</text>") {
			t.Error("the pooled interval is called by its models")
		}
	}
}

// What to do about a covariate that is not known of some is for a study file what can be done there.
func TestAdviceForStudies(t *testing.T) {
	r := linked()
	r.Estimates = []estimators.Estimate{{Method: "loglinear", Observed: 732, Status: estimators.Refused, Reason: estimators.Refuse("missing-covariate", "sex of 5 people is not known")}}
	for _, s := range forms(t, r, report.Options{}) {
		if !strings.Contains(s, "Leave joint out of the study file") || strings.Contains(s, "which takes these people in") {
			t.Errorf("advice for a table in\n%.2000s", s)
		}
	}
}
