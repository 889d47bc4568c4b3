package report_test

import (
	"bytes"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/report"
	"darkfigure/internal/visibility"
)

// TestHeadline: of everybody, the usual method wherever it stands; none where it was refused, or where there are groups alone.
func TestHeadline(t *testing.T) {
	usual := estimators.Estimate{Method: "loglinear", Status: estimators.OK, Population: 1200, Selection: &estimators.Selection{Criterion: "BIC"}}
	other := estimators.Estimate{Method: "M0", Status: estimators.OK, Population: 900}
	group := other
	group.Stratum = []estimators.Label{{Name: "sex", Level: "f"}}
	refused := estimators.Estimate{Method: "loglinear", Status: estimators.Refused, Reason: estimators.Refuse("no-mle", "none")}
	for _, c := range []struct {
		all  []estimators.Estimate
		want string
	}{
		{[]estimators.Estimate{other, usual}, "loglinear"}, {[]estimators.Estimate{group, usual, other}, "loglinear"}, {[]estimators.Estimate{other}, "M0"},
		{[]estimators.Estimate{other, refused}, ""}, {[]estimators.Estimate{group}, ""}, {nil, ""},
	} {
		e, ok := report.Headline(estimators.Results{Data: estimators.Data{Lists: []string{"a", "b", "c"}}, Estimates: c.all})
		if e.Method != c.want || ok != (c.want != "") {
			t.Errorf("%v: %q, want %q", c.all, e.Method, c.want)
		}
	}
}

// TestHeadlineOfPeriods: where linked people are counted once in each period, the headline does not call them people.
func TestHeadlineOfPeriods(t *testing.T) {
	r := linked()
	for _, want := range []string{"About 1,300 people, of whom 732 were seen", "About 1,300 person-periods, of which 732 were seen"} {
		var b bytes.Buffer
		if err := report.HTML(&b, r, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
		r.Estimates[0].Warn(estimators.Warning{Code: "person-periods", Text: "a person counts once in each year"})
	}
}

// TestVisibilityOfPeriods: the same of a table to be published, from registers; of a table that was given nobody knows whether people return.
func TestVisibilityOfPeriods(t *testing.T) {
	total := visibility.Row{Observed: 1086, Population: 1460, Hidden: 374,
		Interval: estimators.Interval{Kind: estimators.Mixture, Level: .95, Lower: 1400, Upper: 1800}, Status: estimators.OK,
		Warnings: []estimators.Warning{{Code: "person-periods", Text: "the table covers several periods"}}}
	v := &visibility.Result{By: []string{"year"}, Level: .95, Method: "loglinear", Rows: []visibility.Row{total}, Protection: &visibility.Protection{Threshold: 5}, Data: estimators.Data{Lists: []string{"A", "B", "C"}}}
	for _, c := range []struct {
		linked *estimators.Linkage
		want   string
	}{{nil, "people, of whom 1,086 were seen"}, {&estimators.Linkage{}, "About 1,460 person-periods, of which 1,086 were seen"}} {
		var b bytes.Buffer
		if err := report.VisibilityText(&b, v, report.Options{Linked: c.linked}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) {
			t.Errorf("%q is not in %.200s", c.want, b.String())
		}
	}
}

// TestResidualsOfADraw: where estimates are pooled, the residuals say that they are those of one draw; where they are not, nothing.
func TestResidualsOfADraw(t *testing.T) {
	r := linked()
	e := &r.Estimates[0]
	e.Model, e.Selection = "[police,care,youth protection]", &estimators.Selection{Criterion: "BIC"}
	e.Residuals = []estimators.Residual{{Pattern: 3, Observed: 72, Fitted: 90, Deviance: -2.1}, {Pattern: 5, Observed: 47, Fitted: 40, Deviance: 1.1}}
	for _, draws := range []int{60, 1} {
		e.Pooled.Draws = draws
		var b bytes.Buffer
		if err := report.HTML(&b, r, report.Options{}); err != nil {
			t.Fatal(err)
		}
		page := strings.Join(strings.Fields(b.String()), " ")
		if !strings.Contains(page, "Deviance residuals") {
			t.Fatal("there are no residuals on the page")
		}
		if strings.Contains(page, "those of the drawn linkage nearest to the pooled estimate") != (draws > 1) {
			t.Errorf("%d draws: the page says it wrongly", draws)
		}
	}
}
