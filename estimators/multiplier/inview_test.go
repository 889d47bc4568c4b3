package multiplier_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/multiplier"

	"gonum.org/v1/gonum/stat/distuv"
)

// The Netherlands, by press reports on the chat line of CKM and Fier and the register of CoMensha. 2020: 68 registered minors, about 150 minor visitors who were victims,
// 35 % of 250 victims of all ages known elsewhere. In view are at least 68 + 0.65·150 = 165.5. 2019 to 2023: 373 registered, about 600 visitors: 373 + 0.65·600 = 763,
// 152.6 a year. For the published 1,300 (of 2010 to 2015, a year) bodies would have to know 1,300·0.35 = 455 in 2020, of whom 68 or 14.9 % were registered.
func TestInView(t *testing.T) {
	for _, c := range []struct {
		benchmark, visitors        int64
		years                      int
		n, least, year, needed, of float64
		wantYears                  int
	}{
		{68, 150, 0, 194.2857, 165.5, 165.5, 455, .1495, 0},
		{373, 600, 5, 1065.7143, 763, 152.6, 2275, .1640, 5},
	} {
		m := multiplier.Multiplier{Share: .35, Respondents: 250, Elsewhere: true, Chat: &multiplier.Chat{Visitors: c.visitors, Years: c.years, Against: 1300}}
		e, err := m.Estimate(context.Background(), benchmark(t, c.benchmark))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "N", e.Population, c.n, 1e-6)
		if !e.LowerBound || !slices.Contains(codes(e), "known-elsewhere") {
			t.Errorf("it is not said to be a bound: %q", codes(e))
		}
		v := e.InView
		near(t, "at least", v.AtLeast, c.least, 1e-12)
		near(t, "a year", v.PerYear, c.year, 1e-12)
		near(t, "needed", v.Needed, c.needed, 1e-12)
		near(t, "held", v.Held, c.of, 1e-3)
		// The law of the share is Beta(88, 163).
		law := distuv.Beta{Alpha: 88, Beta: 163}
		near(t, "lower", v.Lower, float64(c.benchmark)+(1-law.Quantile(.975))*float64(c.visitors), 1e-12)
		near(t, "upper", v.Upper, float64(c.benchmark)+(1-law.Quantile(.025))*float64(c.visitors), 1e-12)
	}
	// The published interval of the naive estimate is the log-normal one, which the credible one equals to the person.
	for _, kind := range []estimators.IntervalKind{estimators.LogNormal, estimators.Credible} {
		e, err := multiplier.Multiplier{Share: .35, Respondents: 250, Elsewhere: true, Interval: kind}.Estimate(context.Background(), benchmark(t, 68))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lower", e.Intervals[0].Lower, 145, 3e-3)
		near(t, "upper", e.Intervals[0].Upper, 260, 3e-3)
	}
	if _, err := (multiplier.Multiplier{Share: .35, Respondents: 250, Chat: &multiplier.Chat{Visitors: 150}}).Estimate(context.Background(), benchmark(t, 68)); err == nil {
		t.Error("a chat whose visitors were not asked who knows them")
	}
}

// 68 registered and 97.5 of 150 visitors are 165.5 people, with limits of 156 and 175: another figure below them is named, and one above is not.
func TestAgainstBelowInView(t *testing.T) {
	for _, c := range []struct {
		against float64
		years   int
		text    string
	}{{150, 0, "both cannot be right"}, {160, 0, "chance in the share may explain"}, {170, 0, ""}, {80, 2, "chance in the share may explain"}, {90, 2, ""}} {
		e, err := multiplier.Multiplier{Share: .35, Respondents: 250, Elsewhere: true, Chat: &multiplier.Chat{Visitors: 150, Years: c.years, Against: c.against}}.Estimate(context.Background(), benchmark(t, 68))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.Index(codes(e), "below-in-view")
		if i >= 0 != (c.text != "") || i >= 0 && !strings.Contains(e.Warnings[i].Text, c.text) {
			t.Errorf("%g in %d years: %+v", c.against, c.years, e.Warnings)
		}
	}
}
