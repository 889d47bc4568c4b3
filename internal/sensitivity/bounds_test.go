package sensitivity_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"
	"darkfigure/internal/sensitivity"
)

// |λ| ≤ log Γ: from n + n̂0/Γ to n + Γ·n̂0, with the interval of each end. Kosovo with all interactions but the highest, Γ = 2: the numbers of
// TestKosovo at ξ = 2 and ½.
func TestHighestOrderWithin(t *testing.T) {
	table := reference.Table(t, "kosovo")
	m := loglinear.AllUpTo(4, 3)
	o := sensitivity.Options{Estimator: loglinear.LogLinear{Model: &m}}
	b, err := sensitivity.HighestOrderWithin(t.Context(), table, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	printed(t, "lower", b.Lower, 10670.94, 0.01)
	printed(t, "upper", b.Upper, 29483.76, 0.01)
	for _, end := range []struct{ xi, limit float64 }{{2, b.Interval.Lower}, {0.5, b.Interval.Upper}} {
		f, err := loglinear.LogLinear{Model: &m, Offset: loglinear.Offset{LogHidden: -math.Log(end.xi)}}.Fit(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		i, err := f.ProfileIntervals(t.Context(), []float64{0.95})
		if err != nil {
			t.Fatal(err)
		}
		want := i[0].Lower
		if end.xi < 1 {
			want = i[0].Upper
		}
		near(t, "limit", end.limit, want, 1e-12)
	}
	if b.Interval.Kind != estimators.Union {
		t.Errorf("an interval of kind %s", b.Interval.Kind)
	}
	// Nothing granted, it is the estimate.
	if b, err = sensitivity.HighestOrderWithin(t.Context(), table, 1, o); err != nil {
		t.Fatal(err)
	}
	near(t, "Γ = 1", b.Lower, 16941.88, 1e-6)
	near(t, "Γ = 1", b.Upper, 16941.88, 1e-6)
}

// The people who inject drugs in Brussels of Sun, Van Baelen, Plettinckx and Crawford (2020, arXiv:2008.00127): fieldwork study, low threshold, crisis
// intervention. Bounds by hand from the three two-by-two tables: with n1, n2 on two lists and m on both, N lies from n1 + n2 − m + θ·bc/m at
// the least odds ratio to the same at the greatest.
func brussels() *estimators.Table {
	return estimatortest.Table("F L C", "100:89 110:24 010:103 111:27 101:29 011:13 001:21")
}

func TestPairDependence(t *testing.T) {
	table := brussels()
	// On both, on the first only, on the second only: F and L 51, 118, 116; F and C 56, 113, 34; L and C 40, 127, 50.
	fl := func(odds float64) float64 { return 285 + odds*118*116/51 }
	fc := func(odds float64) float64 { return 203 + odds*113*34/56 }
	lc := func(odds float64) float64 { return 217 + odds*127*50/40 }
	ds := []sensitivity.Dependence{{Pair: 0b011, From: 1, To: 10}, {Pair: 0b101, From: 1, To: 10}, {Pair: 0b110, From: 1, To: 10}}
	b, err := sensitivity.PairDependence(table, ds, sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lower", b.Lower, fl(1), 1e-12)
	near(t, "upper", b.Upper, math.Min(fl(10), math.Min(fc(10), lc(10))), 1e-12)
	// Six limits, each at 0.05/6.
	level := 1 - 2*0.05/6
	near(t, "lower limit", b.Interval.Lower, math.Max(306, math.Max(sensitivity.OddsLimits(51, 118, 116, 1, level)[0], math.Max(sensitivity.OddsLimits(56, 113, 34, 1, level)[0], sensitivity.OddsLimits(40, 127, 50, 1, level)[0]))), 1e-12)
	near(t, "upper limit", b.Interval.Upper, math.Min(sensitivity.OddsLimits(51, 118, 116, 10, level)[1], math.Min(sensitivity.OddsLimits(56, 113, 34, 10, level)[1], sensitivity.OddsLimits(40, 127, 50, 10, level)[1])), 1e-12)
	// With odds ratios from 1 to 5, as in the example of the authors' program, F and L say at least 553 and F and C at most 546: no N does
	// at the observed shares, some do within sampling error.
	for i := range ds {
		ds[i].To = 5
	}
	if b, err = sensitivity.PairDependence(table, ds, sensitivity.Options{}); err != nil {
		t.Fatal(err)
	}
	if !b.Empty || b.Status != estimators.Warned || b.Lower != 0 || b.Upper != 0 || !(b.Interval.Lower < 546 && b.Interval.Upper > 553) {
		t.Errorf("%+v", b)
	}
	// Without an upper bound there is none, however many data there are; with three limits instead of six each is at 0.05/3.
	for i := range ds {
		ds[i].To = math.Inf(1)
	}
	if b, err = sensitivity.PairDependence(table, ds, sensitivity.Options{}); err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(b.Upper, 1) || !b.Interval.Unbounded() {
		t.Errorf("%+v", b)
	}
	every, some, err := sensitivity.PositiveDependence(table, sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "every pair", every.Interval.Lower, b.Interval.Lower, 1e-12)
	near(t, "every pair", every.Lower, b.Lower, 1e-12)
	if !strings.Contains(every.Meaning, "F and L") || every.Status != estimators.OK {
		t.Errorf("%+v", every)
	}
	near(t, "one pair", some.Lower, math.Max(306, math.Min(fl(1), math.Min(fc(1), lc(1)))), 1e-12)
	if !some.Interval.Unbounded() || some.Interval.Lower > every.Interval.Lower {
		t.Errorf("%+v", some)
	}
}

// Two lists: under positive dependence alone the limit is Sadinle's one-sided one, and there is no upper limit.
func TestPositiveDependenceOfTwoLists(t *testing.T) {
	every, some, err := sensitivity.PositiveDependence(two(86, 73, 49), sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := sensitivity.OddsLimits(49, 86, 73, 1, 0.90)[0] // two-sided 90 % is one-sided 95 %
	for _, b := range []*sensitivity.Bound{every, some} {
		near(t, "Petersen", b.Lower, 336.122449, 1e-8)
		near(t, "one-sided limit", b.Interval.Lower, want, 1e-12)
		if !math.IsInf(b.Upper, 1) || !b.Interval.Unbounded() {
			t.Errorf("%+v", b)
		}
	}
}

// Bounds that no N satisfies are refused, and the pairs in the way are named: in the Netherlands (2010–2015, Silverman 2020) K and P share 44
// people where P and the other lists would give a tenth as many.
func TestBoundsContradict(t *testing.T) {
	b, err := sensitivity.Bounds(t.Context(), reference.Table(t, "nl5"), sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range b {
		if x.Assumption != "pair-dependence" {
			continue
		}
		if x.Status != estimators.Refused || x.Reason.Code != "bounds-contradict" || !strings.Contains(x.Reason.Text, "K·P") || !strings.Contains(x.Reason.Text, "IO·Z") {
			t.Errorf("%+v %v", x, x.Reason)
		}
		return
	}
	t.Error("no bound on pairs")
}

// The share of everybody that is on two lists at once: with x people on them, N is from x/most to x/least, and the limits are where the binomial
// probability of so many, or so few, reaches the level.
func TestPairCapture(t *testing.T) {
	table := brussels()
	b, err := sensitivity.PairCapture(table, []sensitivity.Capture{{Lists: 0b011, Least: 0.01, Most: 0.1}}, sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lower", b.Lower, 510, 1e-12)
	near(t, "upper", b.Upper, 5100, 1e-12)
	atLeast := func(n float64) float64 { return distuv.Binomial{N: n, P: 0.1}.Survival(50) } // 51 or more
	atMost := func(n float64) float64 { return distuv.Binomial{N: n, P: 0.01}.CDF(51) }
	if l := b.Interval.Lower; !(atLeast(l+1) >= 0.025 && atLeast(l-1) < 0.025) {
		t.Errorf("lower limit %g: probability %g", l, atLeast(l))
	}
	if u := b.Interval.Upper; !(atMost(u-1) >= 0.025 && atMost(u+1) < 0.025) {
		t.Errorf("upper limit %g: probability %g", u, atMost(u))
	}
	// One side only: no fake limit on the other, and the whole of 5 % on this one.
	if b, err = sensitivity.PairCapture(table, []sensitivity.Capture{{Lists: 0b011, Most: 0.1}}, sensitivity.Options{}); err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(b.Upper, 1) || !b.Interval.Unbounded() {
		t.Errorf("%+v", b)
	}
	if l := b.Interval.Lower; !(atLeast(l+1) >= 0.05 && atLeast(l-1) < 0.05) {
		t.Errorf("lower limit %g: probability %g", l, atLeast(l))
	}
	// With nobody on both lists, fewer than all must be.
	none := estimatortest.Table("A B C", "100:40 010:30 001:20 101:4")
	if b, err = sensitivity.PairCapture(none, []sensitivity.Capture{{Lists: 0b011, Least: 0.01, Most: 1}}, sensitivity.Options{}); err != nil {
		t.Fatal(err)
	}
	if want := math.Ceil(math.Log(0.05) / math.Log(0.99)); math.Abs(b.Interval.Upper-want) > 1 {
		t.Errorf("nobody on both lists: at most %g, by hand %g", b.Interval.Upper, want)
	}
	for name, c := range map[string]sensitivity.Capture{"backwards": {Lists: 3, Least: 0.5, Most: 0.1}, "above one": {Lists: 3, Most: 1.5}, "no lists": {Most: 0.5}, "nothing": {Lists: 3}} {
		if _, err := sensitivity.PairCapture(table, []sensitivity.Capture{c}, sensitivity.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// More people were observed than the share granted allows for: 66 of the 123 are on b and c, whom 90% of everybody would be on only of 73, and of no more than 80 within
// sampling error: by the sum of the binomial law at 0.9, 66 or fewer have probability 0.027 among 80 and 0.014 among 81, and the level is 0.025. Likewise where the odds ratio leaves fewer people than were observed: b and c
// hold 82 people, and an odds ratio of nearly 0 adds nobody.
func TestBoundsBelowTheObserved(t *testing.T) {
	korea := published(t, "korea")
	for _, least := range []float64{0.9, 0.7} {
		b, err := sensitivity.PairCapture(korea, []sensitivity.Capture{{Lists: 0b011, Least: least, Most: 0.95}}, sensitivity.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if b.Status != estimators.Refused || b.Reason.Code != "bounds-contradict" {
			t.Errorf("%g: %+v", least, b)
		}
		if least == 0.9 && !strings.Contains(b.Reason.Text, "123 people were observed, and b·c says at most 81") {
			t.Error(b.Reason.Text)
		}
	}
	b, err := sensitivity.PairDependence(korea, []sensitivity.Dependence{{Pair: 0b011, From: 0.001, To: 0.002}}, sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if b.Status != estimators.Refused || b.Reason.Code != "bounds-contradict" {
		t.Errorf("%+v", b)
	}
	// At 60% the 123 are 74 on both in the mean, and 66 are not too few.
	if b, err = sensitivity.PairCapture(korea, []sensitivity.Capture{{Lists: 0b011, Least: 0.6, Most: 1}}, sensitivity.Options{}); err != nil {
		t.Fatal(err)
	}
	if p := (distuv.Binomial{N: 123, P: 0.6}).CDF(66); p < 0.05 || b.Status != estimators.Warned || !b.Empty || b.Interval.Upper < 123 {
		t.Errorf("%g: %+v", p, b)
	}
}

// Coverage of the bounds by simulation, 2,000 tables each: the bound on the odds ratios of all pairs holds N at least as often as the level says when
// they are in the range, also at its edge, and the bound on the share on two lists likewise.
func TestBoundsCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("simulation")
	}
	const replicates = 2000
	for _, c := range []struct {
		what        string
		odds        float64
		least, most float64
	}{
		{"every pair within ½ to 2", 1, 0.95, 1},
		{"every pair within ½ to 2", 2, 0.94, 1},
		{"every pair within ½ to 2", 12, 0, 0.5},
	} {
		// Without an interaction of all lists and with the third list independent, the odds ratio of the first two is the same over everybody.
		d := loglinearDesign(1500, c.odds, 1, -1, -0.8, -1.2)
		var ds []sensitivity.Dependence
		for _, pair := range []estimators.Pattern{0b011, 0b101, 0b110} {
			ds = append(ds, sensitivity.Dependence{Pair: pair, From: 0.5, To: 2})
		}
		covered, _ := d.coverage(t, 23, replicates, func(table *estimators.Table) (float64, float64, bool) {
			b, err := sensitivity.PairDependence(table, ds, sensitivity.Options{})
			if err != nil {
				t.Error(err)
			}
			return b.Interval.Lower, b.Interval.Upper, b.Status != estimators.Refused
		})
		t.Logf("%s, odds ratio %g: %.4f", c.what, c.odds, covered)
		if covered < c.least || covered > c.most {
			t.Errorf("%s, odds ratio %g: covers %.4f, not %g to %g", c.what, c.odds, covered, c.least, c.most)
		}
		positive, _ := d.coverage(t, 29, replicates, func(table *estimators.Table) (float64, float64, bool) {
			every, _, err := sensitivity.PositiveDependence(table, sensitivity.Options{})
			if err != nil {
				t.Error(err)
			}
			return every.Interval.Lower, every.Interval.Upper, true
		})
		t.Logf("positive dependence, odds ratio %g: %.4f", c.odds, positive)
		if positive < 0.94 {
			t.Errorf("positive dependence, odds ratio %g: covers %.4f", c.odds, positive)
		}
	}
	negative, _ := loglinearDesign(1500, 0.2, 1, -1, -0.8, -1.2).coverage(t, 29, replicates, func(table *estimators.Table) (float64, float64, bool) {
		every, _, err := sensitivity.PositiveDependence(table, sensitivity.Options{})
		if err != nil {
			t.Error(err)
		}
		return every.Interval.Lower, every.Interval.Upper, true
	})
	if t.Logf("positive dependence where two lists avoid each other: %.4f", negative); negative > 0.5 {
		t.Errorf("positive dependence covers %.4f where two lists avoid each other", negative)
	}
}
