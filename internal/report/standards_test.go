package report_test

import (
	"bytes"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/report"
	"darkfigure/internal/visibility"
)

// The checklists of a published visibility say what was done with the registers, and no count of them; and that each group had a model chosen.
func TestStandardsOfPublishedLinkage(t *testing.T) {
	total := visibility.Row{Status: estimators.OK, Observed: 50, Hidden: 50, Population: 100, Interval: estimators.Interval{Kind: estimators.Mixture, Level: .95, Lower: 80, Upper: 140}}
	v := &visibility.Result{Level: .95, Method: "loglinear", Chosen: true, Scheme: "drawn linkages", Rows: []visibility.Row{total}, Protection: &visibility.Protection{Threshold: 5}, Data: estimators.Data{Source: "study.yaml", Lists: []string{"police", "care"}}}
	l := &estimators.Linkage{Registers: []estimators.LinkRegister{
		{Name: "police", Read: 7777, Records: 7773, Excluded: []estimators.LinkExcluded{{Reason: "period", Text: "outside the period", Count: 7774}}, Missing: []float64{.7775}, Persons: 7772, Altered: []estimators.LinkAltered{{Reason: "unknown", Text: "kept although it cannot be told whether the age is that of the population", Count: 7776}}}, {Name: "care", Records: 7771}},
		Fields: []estimators.LinkField{{Name: "birth_date"}}, Blocking: estimators.LinkBlocking{Compared: 7779, Possible: 7780}, Review: &estimators.LinkReview{Reviewed: 7778}}
	for language, chosen := range map[string]string{"en": "which is chosen anew in each replicate", "nl": "dat in elke replicatie opnieuw wordt gekozen"} {
		var b bytes.Buffer
		if err := report.VisibilityHTML(&b, v, report.Options{Language: language, Linked: l}); err != nil {
			t.Fatal(err)
		}
		_, page, _ := strings.Cut(b.String(), "<main") // behind the style
		for _, want := range []string{"GUILD", "birth_date", "police", "visibility.csv"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %s is not on the page", language, want)
			}
		}
		if n := strings.Count(page, chosen); n != 2 {
			t.Errorf("%s: %q stands %d times on the page, not among how the numbers were made and in item 11", language, chosen, n)
		}
		for _, not := range []string{"777", "7.77", "7,77", "was given; how its records", "No model was chosen among others", "The counts are those of", "is geen model uit andere gekozen", "De aantallen zijn die van",
			"No other data were used", "Andere gegevens zijn niet gebruikt", "same data and seed", "Dezelfde gegevens en seed"} {
			if strings.Contains(page, not) {
				t.Errorf("%s: the page says %q", language, not)
			}
		}
	}
}

// Groups that a method estimates which chooses no model are not said to have one chosen; what is true of the one model of all groups is said.
func TestHowGroupsWereEstimated(t *testing.T) {
	total := visibility.Row{Status: estimators.OK, Observed: 50, Hidden: 50, Population: 100, Interval: estimators.Interval{Kind: estimators.Mixture, Level: .95, Lower: 80, Upper: 140}}
	for _, x := range []struct {
		v         visibility.Result
		want, not string
	}{
		{visibility.Result{Method: "chapman"}, "by the method chapman; no model was chosen among others", "chosen anew"},
		{visibility.Result{Method: "loglinear", Chosen: true}, "with a model of its own, which is chosen anew in each replicate", "no model was chosen"},
		{visibility.Result{Method: "loglinear", Model: "[A,B,C]", Notes: []string{"lists are taken to reach the same share of every stratum"}}, "Lists are taken to reach the same share of every stratum.", "chosen anew"},
	} {
		x.v.Level, x.v.Rows, x.v.Data = .95, []visibility.Row{total}, estimators.Data{Lists: []string{"A", "B", "C"}}
		var b bytes.Buffer
		if err := report.VisibilityText(&b, &x.v, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(strings.Fields(b.String()), " "); !strings.Contains(text, x.want) || strings.Contains(text, x.not) {
			t.Errorf("%q is missing, or %q is said:\n%s", x.want, x.not, b.String())
		}
	}
}

// Where most of a table of many groups is withheld, the page says what would show more.
func TestMostOfATableIsWithheld(t *testing.T) {
	for _, x := range []struct {
		by       []string
		withheld int
		want     bool
	}{{[]string{"year", "sex", "age"}, 60, true}, {[]string{"year", "sex", "age"}, 40, false}, {[]string{"year", "sex"}, 60, false}} {
		v := &visibility.Result{By: x.by, Level: .95, Method: "loglinear", Rows: []visibility.Row{{Withheld: true}}, Protection: &visibility.Protection{Threshold: 5, Withheld: x.withheld, Counts: 100}, Data: estimators.Data{Lists: []string{"A", "B"}}}
		var b bytes.Buffer
		if err := report.VisibilityText(&b, v, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(strings.Fields(b.String()), " "), "Several tables of fewer covariates") != x.want {
			t.Errorf("%v with %d of 100 withheld: said %v, want %v", x.by, x.withheld, !x.want, x.want)
		}
	}
}
