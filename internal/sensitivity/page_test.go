package sensitivity_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/estimators/lowerbound"
	"darkfigure/estimators/twolist"
	"darkfigure/internal/sensitivity"
)

func curveOf(t testing.TB, s *estimators.Sensitivity, assumption string, lists ...string) estimators.AssumptionCurve {
	t.Helper()
	for _, c := range s.Curves {
		if c.Assumption == assumption && slices.Equal(c.Lists, lists) {
			return c
		}
	}
	t.Fatalf("no curve %s of %v", assumption, lists)
	return estimators.AssumptionCurve{}
}

// What the library draws is on the page: the prior of every curve, two lists alone, the bounds asked for.
func TestPageHasWhatWasAsked(t *testing.T) {
	table := published(t, "hav")
	prior := sensitivity.LogNormal(0, 0.35)
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}, Prior: &prior,
		Dependence: []sensitivity.Dependence{{Pair: 0b011, From: 1, To: 3}}, Capture: []sensitivity.Capture{{Lists: 0b101, Least: 0.05, Most: 0.2}}}, table)
	o := sensitivity.Options{Prior: &prior, Estimator: loglinear.LogLinear{Model: modelOf(t, s.Base.Model, table.Lists()), Window: -1}}
	c, err := sensitivity.HighestOrder(t.Context(), table, o)
	if err != nil {
		t.Fatal(err)
	}
	got := curveOf(t, s, "highest-order").Prior
	if got == nil || got.Law != "lognormal" || got.Population != c.Prior.Population || float64(got.Interval.Upper) != c.Prior.Interval.Upper {
		t.Errorf("%+v, want %+v", got, c.Prior)
	}
	// exp(±1.96·0.35)
	near(t, "lower", got.Lower, 0.5036, 1e-3)
	near(t, "upper", got.Upper, 1.9858, 1e-3)
	// HAV (Chao and others 1997): P and Q hold 135 and 122 people, 49 both: 135·122/49.
	m := curveOf(t, s, "marginal", "P", "Q")
	i := slices.IndexFunc(m.Points, func(p estimators.AssumptionPoint) bool { return p.Value == 1 })
	if i < 0 {
		t.Fatal("the curve of P and Q has no point at 1")
	}
	near(t, "P and Q", m.Points[i].Population, 135.0*122/49, 1e-9)
	var own []estimators.AssumptionBound
	for _, b := range s.Bounds {
		if len(b.Granted) == 1 && len(b.Granted[0].Lists) == 2 {
			own = append(own, b)
		}
	}
	if len(own) != 2 || own[0].Assumption != "pair-dependence" || own[1].Assumption != "pair-capture" {
		t.Fatalf("bounds of one's own: %+v", own)
	}
	// P and E share 45 people: 45/0.2 is fewer than the 271 seen, 45/0.05 is 900.
	near(t, "most", float64(own[1].Estimates.Upper), float64(table.Overlap(0b101))/0.05, 1e-9)
}

func modelOf(t testing.TB, s string, lists []string) *loglinear.Model {
	t.Helper()
	m, err := loglinear.ParseModel(s, lists)
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// Table 2 of van der Heijden, Smith, Cruyff and Bakker (2018) is on the page of their table.
func TestPageHasOffsetsOfCovariates(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: twolist.Chapman{}, From: 1 / 1.5, To: 1.5}, afghans(t))
	for _, x := range []struct {
		lists        []string
		below, above float64
	}{{[]string{"A", "B"}, 31711, 36858}, {[]string{"A", "X1"}, 34330, 33305}, {[]string{"B", "X2"}, 33730, 33814}} {
		c := curveOf(t, s, "covariate", x.lists...)
		printed(t, "N at 0.67", c.Points[0].Population, x.below, 1)
		printed(t, "N at 1.5", c.Points[len(c.Points)-1].Population, x.above, 1)
	}
}

// Of a lower bound only lower bounds are compared, and of a method without a model there are bounds all the same.
func TestLowerBoundAsBase(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: lowerbound.Chao{}, Methods: methods()}, published(t, "hav"))
	if !s.Base.AtLeast || len(s.Swings) == 0 {
		t.Fatalf("%+v", s.Base)
	}
	for _, w := range s.Swings {
		for _, a := range []estimators.Alternative{w.Low, w.High} {
			if !a.AtLeast && a.Method != s.Base.Method {
				t.Errorf("%s: %s estimates N", w.About, a.Method)
			}
		}
		if w.About == estimators.AboutAssumption {
			t.Errorf("%s is varied", w.Assumption)
		}
	}
	for _, b := range []string{"pair-dependence", "positive-dependence", "worst-case"} {
		if !slices.ContainsFunc(s.Bounds, func(x estimators.AssumptionBound) bool { return x.Assumption == b }) {
			t.Errorf("no bound %s", b)
		}
	}
}

// A method that the data reject is no choice: HAV's table warns of poor-fit under independence.
func TestRejectedMethodsAreNoChoice(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}, Methods: methods()}, published(t, "hav"))
	i := slices.IndexFunc(s.Swings, func(w estimators.Swing) bool { return w.About == estimators.AboutMethod })
	if i < 0 {
		t.Fatal("no row of the methods")
	}
	w := s.Swings[i]
	if w.Rejected == 0 || w.Low.Against != "" || w.High.Against != "" {
		t.Errorf("%d rejected; from %s (%s) to %s (%s)", w.Rejected, w.Low.Method, w.Low.Against, w.High.Method, w.High.Against)
	}
	m := s.Multiverse
	if m.Counted+m.Bounds+m.Rejected != m.Estimated || m.Rejected == 0 {
		t.Errorf("%d counted, %d bounds, %d rejected of %d", m.Counted, m.Bounds, m.Rejected, m.Estimated)
	}
}

// Where the interval has no upper limit because replicates failed, that is told. In Korea's table five people are on b alone, and drawn tables with fewer lose them all
// to the correction.
func TestFailedReplicatesAreTold(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}}, published(t, "korea"))
	u := s.Summary.Unlimited
	if u == nil || u.About != estimators.AboutMissed || u.Failed == 0 || u.Replicates == 0 || u.Why != "no-mle" {
		t.Fatalf("%+v", u)
	}
	if !math.IsInf(float64(s.Summary.Union.Upper), 1) {
		t.Errorf("the union ends at %g", float64(s.Summary.Union.Upper))
	}
}

// The pair that sets the bound of positive dependence is named.
func TestPositiveDependenceNamesThePair(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}}, published(t, "uk5"))
	for _, b := range s.Bounds {
		if b.Assumption == "positive-dependence" && (!slices.Equal(b.SetBy, []string{"PFNCA", "GP"}) || b.Shared != 11) {
			t.Errorf("set by %v, who share %d", b.SetBy, b.Shared)
		}
	}
}

// A list that did not run in a period takes no part in the estimates of it, and the change is that of the lists which ran in each.
func TestChangeWithALateList(t *testing.T) {
	table := published(t, "late-list")
	e := loglinear.LogLinear{Select: loglinear.Stepwise, Window: -1}
	s := analyse(t, sensitivity.Analysis{Estimator: e, Period: "year"}, table)
	strata, err := table.Stratify("year")
	if err != nil {
		t.Fatal(err)
	}
	four, err := e.Estimate(t.Context(), strata[0].Table.Keep(0b01111))
	if err != nil {
		t.Fatal(err)
	}
	five, err := e.Estimate(t.Context(), strata[2].Table)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Changes[0]
	near(t, "before", c.Base.Before, four.Population, 1e-9)
	near(t, "after", c.Base.After, five.Population, 1e-9)
	if c.Refused != 0 {
		t.Errorf("%d specifications refused", c.Refused)
	}
	if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "GP could hold nobody where year is 1") }) {
		t.Errorf("notes: %q", s.Notes)
	}
}

// People whose period is not known are in none, and are counted in a note.
func TestUnknownPeriodIsTold(t *testing.T) {
	var cells []estimators.Cell
	for i, year := range []string{"2015", "2016", ""} {
		for p, n := range []int64{0, 30, 25, 9, 20, 5, 6, 2} {
			if p > 0 {
				cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(p), Levels: []string{year}, Count: n + int64(i)})
			}
		}
	}
	table, err := estimators.NewTable([]string{"A", "B", "C"}, []string{"year"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	s := analyse(t, sensitivity.Analysis{Estimator: method(t, "independence").New(estimators.Options{}), Period: "year"}, table)
	if len(s.Changes) != 1 || !slices.Contains(s.Notes, "people whose year is not known are in no period (111)") { // 97 + 7·2
		t.Errorf("%d changes, notes %q", len(s.Changes), s.Notes)
	}
}

// From some of the lists of Korea the models give fewer people than the 123 whom all of them have seen: that is no opinion about N, and none of the quantiles are below it.
func TestFewerThanSeenAreNotCounted(t *testing.T) {
	m := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}, Methods: methods()}, published(t, "korea")).Multiverse
	fewer := 0
	for _, a := range m.Specifications {
		if a.Against == "below-observed" {
			fewer++
		}
	}
	if fewer == 0 || m.Least < 122.5 || m.Counted+m.Rejected+m.Bounds != m.Estimated {
		t.Errorf("%d fewer than seen, the least counted is %g; %d counted, %d rejected and %d bounds of %d", fewer, m.Least, m.Counted, m.Rejected, m.Bounds, m.Estimated)
	}
}

// A change is asked of what the page itself takes for an opinion about N: not of methods whose suppositions the data reject, nor of lower bounds, and of the near-tied
// models too.
func TestChangeCountsWhatThePageCounts(t *testing.T) {
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{Select: loglinear.BIC, Window: -1}, Methods: methods(), Period: "year"}, published(t, "threeyears"))
	of := map[string]estimators.Alternative{}
	models := 0
	for _, a := range s.Alternatives {
		switch a.About {
		case estimators.AboutMethod:
			of[a.Method] = a
		case estimators.AboutModel:
			models++
		}
	}
	for _, c := range s.Changes {
		up, down, held := 0, 0, 0
		for _, x := range c.Specifications {
			a, other := of[x.Method]
			if x.About == estimators.AboutModel {
				held++
			}
			switch {
			case x.Refused:
			case x.About == estimators.AboutBase && other && (a.Against != "" || a.AtLeast):
				if !x.Rejected && !x.AtLeast {
					t.Errorf("%s to %s: %s is counted, which the page rejects (%s) or takes for a lower bound (%v)", c.From, c.To, x.Method, a.Against, a.AtLeast)
				}
			case x.Rejected || x.AtLeast:
			case x.Ratio > 1:
				up++
			case x.Ratio < 1:
				down++
			}
		}
		if up != c.Up || down != c.Down || c.Rejected == 0 || c.Bounds == 0 {
			t.Errorf("%s to %s: grew %d, shrank %d, by the specifications %d and %d; rejected %d, bounds %d", c.From, c.To, c.Up, c.Down, up, down, c.Rejected, c.Bounds)
		}
		if models == 0 || held != models {
			t.Errorf("%d near-tied models, of which %d are asked", models, held)
		}
	}
}

// What cannot be varied is told, and so is a range that was given and is not used.
func TestLeftOutIsTold(t *testing.T) {
	for _, c := range []struct {
		e       estimators.Estimator
		from    float64
		to      float64
		want    []string
		without string
	}{
		{loglinear.LogLinear{Firth: true}, 0, 0, []string{"the odds ratio of two lists, given the rest, is not varied", "fitted without Firth's penalty"}, "the range given"},
		{loglinear.LogLinear{Heterogeneity: "poisson"}, 0.5, 3, []string{"the odds ratio of two lists, given the rest, is not varied", "without a term for how people differ"}, "the range given"},
		{method(t, "chao").New(estimators.Options{}), 0.67, 1.5, []string{"the range given bounds the odds ratios of two lists over everybody, and no more"}, "given the rest"},
		{loglinear.LogLinear{}, 0.67, 1.5, nil, "given the rest"},
	} {
		s := analyse(t, sensitivity.Analysis{Estimator: c.e, From: c.from, To: c.to}, published(t, "hav"))
		all := strings.Join(s.Notes, "\n")
		for _, w := range c.want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %q is not among\n%s", s.Method, w, all)
			}
		}
		if strings.Contains(all, c.without) {
			t.Errorf("%s: %q is among\n%s", s.Method, c.without, all)
		}
	}
}

// Lists that are alike in everything are not told apart: the odds ratio of each two of them moves the answer as much as that of the others, which is said, and they stand
// in the order of the lists.
func TestTiesAreTold(t *testing.T) {
	table, err := estimators.FromCounts([]string{"A", "B", "C"}, []int64{0, 30, 30, 8, 30, 8, 8, 2})
	if err != nil {
		t.Fatal(err)
	}
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{Model: modelOf(t, "[A,B,C]", table.Lists())}}, table)
	var tied []string
	for _, w := range s.Swings {
		if w.Assumption == "pair" {
			tied = append(tied, strings.Join(w.Lists, "*"))
		}
	}
	if !slices.Equal(tied, []string{"A*B", "A*C", "B*C"}) {
		t.Errorf("in the order %v", tied)
	}
	if n := s.Summary.Narrows[0]; n.AsMuch != 2 || s.Summary.AsMuch != 0 {
		t.Errorf("%+v, as much as the widest: %d", n, s.Summary.AsMuch)
	}
}

// Methods that take minutes with ten lists are named and left out, and one that is slow itself is not examined.
func TestTenLists(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute under the race detector")
	}
	counts := make([]int64, 1<<10)
	lists := make([]string, 10)
	for i := range 10 {
		lists[i] = string(rune('A' + i))
		counts[1<<i] = int64(60 + 5*i)
		for j := range i {
			counts[1<<i|1<<j] = int64(4 + (i+2*j)%5)
		}
	}
	table, err := estimators.FromCounts(lists, counts)
	if err != nil {
		t.Fatal(err)
	}
	slow := []estimators.Method{method(t, "loglinear-aic"), method(t, "threshold-bayes"), method(t, "independence")}
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{Select: loglinear.Stepwise, Window: -1}, Methods: slow}, table)
	for _, name := range []string{"loglinear-aic", "threshold-bayes"} {
		if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "is not asked") && strings.Contains(n, name) }) {
			t.Errorf("%s is not named: %q", name, s.Notes)
		}
	}
	_, err = sensitivity.Analysis{Estimator: slow[0].New(estimators.Options{})}.Run(t.Context(), table)
	if !errors.Is(err, &estimators.Refusal{Code: "too-large"}) {
		t.Errorf("examining loglinear-aic: %v", err)
	}
}
