package sensitivity_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"
	"darkfigure/internal/sensitivity"
)

func near(t failer, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s: %.12g, not %.12g", what, got, want)
	}
}

// printed compares with a number as it was printed, to half a unit of its last digit.
func printed(t failer, what string, got, want, unit float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 0.5*unit+1e-9) {
		t.Errorf("%s: %.6f, printed as %g", what, got, want)
	}
}

func at(t testing.TB, c *sensitivity.Curve, value float64) sensitivity.Point {
	t.Helper()
	for _, p := range c.Points {
		if math.Abs(p.Value-value) < 1e-9*value {
			return p
		}
	}
	t.Fatalf("%s has no point at %g: %v", c.Name, value, c.Points)
	return sensitivity.Point{}
}

func claimMore(n float64) sensitivity.Claim {
	return sensitivity.Claim{Quantity: sensitivity.Population, Above: true, Value: n}
}

func tipping(t testing.TB, c *sensitivity.Curve, of sensitivity.Of) sensitivity.TippingPoint {
	t.Helper()
	for _, p := range c.Tipping {
		if p.Of == of {
			return p
		}
	}
	t.Fatalf("%s has no tipping point of the %s", c.Name, of)
	return sensitivity.TippingPoint{}
}

// Kosovo (Ball and others 2002) with all interactions but the highest, as in Aleshin-Guendel, Sadinle and Wakefield (2024), section 6,
// with the counts in the place of their posterior: n̂0 = Π odd/(ξ·Π even), computed in R.
func TestKosovo(t *testing.T) {
	table := reference.Table(t, "kosovo")
	m := loglinear.AllUpTo(4, 3)
	o := sensitivity.Options{Estimator: loglinear.LogLinear{Model: &m, Kind: estimators.LogNormal}, Claims: []sensitivity.Claim{claimMore(14000)}}
	for _, c := range []struct{ xi, population float64 }{{1, 16941.88}, {0.5, 29483.76}, {2.0 / 3, 23212.82}, {1.5, 12761.25}, {2, 10670.94}} {
		o.From, o.To, o.Steps = 0.5, 2, 3
		if c.xi == 2.0/3 || c.xi == 1.5 {
			o.From, o.To = 2.0/3, 1.5
		}
		curve, err := sensitivity.HighestOrder(t.Context(), table, o)
		if err != nil {
			t.Fatal(err)
		}
		p := at(t, curve, c.xi)
		printed(t, fmt.Sprintf("N at ξ = %.3g", c.xi), p.Population, c.population, 0.01)
		// The log-normal interval of n̂0/ξ with the standard error for a known ξ: √(n̂0 + n̂0²·var β), var β from SE 5937.58 at ξ = 1.
		hidden := p.Population - 4400
		variance := (5937.58*5937.58 - 12541.88) / (12541.88 * 12541.88)
		factor := math.Exp(1.959963985 * math.Sqrt(math.Log1p(1/hidden+variance)))
		near(t, "lower", p.Lower, 4400+hidden/factor, 1e-5)
		near(t, "upper", p.Upper, 4400+hidden*factor, 1e-5)
		// The claim "more than 14,000" fails where n̂0/ξ = 9,600.
		tip := tipping(t, curve, sensitivity.OfEstimate)
		if tip.State != sensitivity.Tips {
			t.Fatalf("%+v", tip)
		}
		near(t, "tipping point", tip.Value, 12541.88/9600, 2e-4)
		near(t, "departure", tip.Departure, 12541.88/9600, 2e-4)
	}
}

// The interval of a bootstrap is that of the replicates, divided by ξ as the estimate is; and any method's estimate can be varied.
func TestScaled(t *testing.T) {
	table := reference.Table(t, "korea")
	e := loglinear.LogLinear{Bootstrap: &loglinear.Bootstrap{Replicates: 200, Seed: 3}}
	curve, err := sensitivity.HighestOrder(t.Context(), table, sensitivity.Options{Estimator: e})
	if err != nil {
		t.Fatal(err)
	}
	est, err := e.Estimate(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	i, _ := est.Interval()
	if curve.Kind != estimators.Percentile {
		t.Errorf("intervals of kind %s", curve.Kind)
	}
	for _, p := range curve.Points {
		near(t, "N", p.Population, 123+est.Hidden/p.Value, 1e-12)
		near(t, "lower", p.Lower, 123+(i.Lower-123)/p.Value, 1e-12)
		near(t, "upper", p.Upper, 123+(i.Upper-123)/p.Value, 1e-12)
	}
	again, err := sensitivity.ScaledHidden(t.Context(), est, sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Points, curve.Points) {
		t.Errorf("%v is not %v", again.Points, curve.Points)
	}
}

// The marginal assumption with ξ as published: t = π10·π01/π11 of the two lists among those observed, u = t − ξ·π00, and u/(ξ+u) of the population
// is on no list; ξ is one over the odds ratio.
func TestMarginal(t *testing.T) {
	table := reference.Table(t, "kosovo")
	n := float64(table.Observed())
	for _, pair := range []estimators.Pattern{0b0011, 0b0101, 0b1010} {
		c, err := sensitivity.Marginal(t.Context(), table, pair, sensitivity.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var cell [4]float64
		for _, y := range table.Cells() {
			i := 0
			for j, list := range pair.Lists() {
				if y.Pattern.Has(list) {
					i |= 1 << j
				}
			}
			cell[i] += float64(y.Count) / n
		}
		for _, p := range c.Points {
			xi := 1 / p.Value
			u := cell[1]*cell[2]/cell[3] - xi*cell[0]
			if p.Status == estimators.Refused {
				if u > 0 {
					t.Errorf("refused at %g with u = %g", p.Value, u)
				}
				continue
			}
			near(t, "N", p.Population, n/(1-u/(xi+u)), 1e-9)
		}
	}
}

// A claim that is true everywhere in the range never fails, one that is false at the base does not hold there, and the claim of the interval
// fails before that of the estimate. A share in view below v is a population above n/v.
func TestTippingStates(t *testing.T) {
	table := reference.Table(t, "kosovo")
	run := func(c sensitivity.Claim) *sensitivity.Curve {
		curve, err := sensitivity.HighestOrder(t.Context(), table, sensitivity.Options{Claims: []sensitivity.Claim{c}})
		if err != nil {
			t.Fatal(err)
		}
		return curve
	}
	for _, c := range []struct {
		claim              sensitivity.Claim
		estimate, interval sensitivity.TippingState
	}{
		{claimMore(4400), sensitivity.NeverTips, sensitivity.NeverTips}, // the people observed
		{claimMore(5000), sensitivity.Tips, sensitivity.Tips},
		{claimMore(8500), sensitivity.Tips, sensitivity.Tips},
		{claimMore(10000), sensitivity.Tips, sensitivity.FailsAtBase},
		{claimMore(20000), sensitivity.FailsAtBase, sensitivity.FailsAtBase},
		{sensitivity.Claim{Quantity: sensitivity.Visibility, Value: 0.45}, sensitivity.Tips, sensitivity.FailsAtBase},
		{sensitivity.Claim{Quantity: sensitivity.Visibility, Above: true, Value: 0.2}, sensitivity.Tips, sensitivity.Tips},
		{sensitivity.Claim{Quantity: sensitivity.Population, Value: 14000}, sensitivity.Tips, sensitivity.Tips},
	} {
		curve := run(c.claim)
		e, i := tipping(t, curve, sensitivity.OfEstimate), tipping(t, curve, sensitivity.OfInterval)
		if e.State != c.estimate || i.State != c.interval {
			t.Errorf("%s: %s and %s, not %s and %s", c.claim, e.State, i.State, c.estimate, c.interval)
		}
		if e.State == sensitivity.Tips && i.State == sensitivity.Tips && !(i.Departure < e.Departure) {
			t.Errorf("%s: the interval fails at %g, the estimate at %g", c.claim, i.Departure, e.Departure)
		}
	}
	// n̂0 people are hidden at 1, so that more than x are in the population up to ξ = n̂0/(x−n), which lies far beyond the range for 5,000.
	curve := run(claimMore(5000))
	far := tipping(t, curve, sensitivity.OfEstimate)
	near(t, "ξ at 5,000", far.Value, (curve.Base.Population-4400)/600, 1e-6)
	if !far.Beyond || tipping(t, run(claimMore(8500)), sensitivity.OfEstimate).Beyond {
		t.Errorf("outside the range of ½ to 2: %+v", far)
	}
	if never := tipping(t, run(claimMore(4300)), sensitivity.OfEstimate); never.State != sensitivity.NeverTips || never.From != 0.01 || never.To != 100 {
		t.Errorf("searched and held: %+v", never)
	}
	same := run(sensitivity.Claim{Quantity: sensitivity.Visibility, Value: 0.5})
	near(t, "half in view", tipping(t, same, sensitivity.OfEstimate).Value, tipping(t, run(claimMore(8800)), sensitivity.OfEstimate).Value, 1e-9)
}

// With a log-normal prior of ξ the logarithm of the hidden number is normal with the two variances added.
func TestPriorByHand(t *testing.T) {
	table := reference.Table(t, "kosovo")
	m := loglinear.AllUpTo(4, 3)
	o := sensitivity.Options{Estimator: loglinear.LogLinear{Model: &m, Kind: estimators.LogNormal}, Prior: &sensitivity.Prior{Law: sensitivity.LogNormalLaw, Lower: 0.5, Upper: 2}}
	c, err := sensitivity.HighestOrder(t.Context(), table, o)
	if err != nil {
		t.Fatal(err)
	}
	own := math.Sqrt(math.Log1p(5937.58 * 5937.58 / (12541.88 * 12541.88)))
	prior := math.Log(2) / 1.959963985
	sd := math.Hypot(own, prior)
	near(t, "median", c.Prior.Population, 16941.88, 1e-4)
	near(t, "lower", c.Prior.Interval.Lower, 4400+12541.88*math.Exp(-1.959963985*sd), 1e-4)
	near(t, "upper", c.Prior.Interval.Upper, 4400+12541.88*math.Exp(1.959963985*sd), 1e-4)
	if c.Prior.Failed != 0 || c.Prior.Interval.Kind != estimators.Mixture {
		t.Errorf("%+v", c.Prior)
	}
	// All of a log-uniform prior lies within its limits: the interval is inside the union over them, and wider than the estimate's own.
	o.Prior.Law = sensitivity.LogUniformLaw
	if c, err = sensitivity.HighestOrder(t.Context(), table, o); err != nil {
		t.Fatal(err)
	}
	if i, u := c.Prior.Interval, c.Union.Interval; !(i.Lower > u.Lower && i.Upper < u.Upper && i.Lower < c.Base.Lower && i.Upper > c.Base.Upper) {
		t.Errorf("prior %v, union %v, base %v", i, u, c.Base)
	}
}

// That an odds ratio is not known never makes the interval shorter: with the odds ratio of A and C known to be 1 the profile interval of Australia's domestic
// violence table is 3,129 to 17,580, and the mixture of the profile laws over ½ to 2 has the quantiles 3,079 and 18,460 (computed apart, in numpy,
// from the profile likelihoods).
func TestPriorIsNoShorterThanKnown(t *testing.T) {
	table := reference.Table(t, "australia")
	prior := sensitivity.Prior{Law: sensitivity.LogUniformLaw, Lower: 0.5, Upper: 2}
	s := analyse(t, sensitivity.Analysis{Estimator: loglinear.LogLinear{}, Prior: &prior}, table)
	for _, c := range s.Curves {
		if c.Assumption == "pair" && slices.Equal(c.Lists, []string{"A", "C"}) {
			i := c.Prior.Interval
			near(t, "lower", i.Lower, 3079, 0.01)
			near(t, "upper", float64(i.Upper), 18460, 0.03)
			if i.Lower > c.Base.Lower || i.Upper < c.Base.Upper {
				t.Errorf("not known: %v; known: %v to %v", i, c.Base.Lower, c.Base.Upper)
			}
			return
		}
	}
	t.Error("no curve")
}

// Whatever the table, there are curves or reasons, and every number is a number.
func TestAssumeAnyTable(t *testing.T) {
	for _, n := range estimatortest.Tables() {
		if n.Table.K() > 6 {
			continue // a hundred curves; nothing that fewer lists do not show
		}
		o := sensitivity.Options{Steps: 3, Claims: []sensitivity.Claim{claimMore(1000)}, Prior: &sensitivity.Prior{Law: sensitivity.LogNormalLaw, Lower: 0.5, Upper: 2}}
		a, err := sensitivity.Assume(t.Context(), n.Table, o)
		if err != nil {
			t.Errorf("%s: %v", n.Name, err)
			continue
		}
		checkAll(t, n.Name, n.Table, a)
	}
}

func TestAssumeSparseTables(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := estimatortest.Sparse(rt, 4)
		a, err := sensitivity.Assume(t.Context(), table, sensitivity.Options{Steps: 3, Reselect: rapid.Bool().Draw(rt, "reselect"), Claims: []sensitivity.Claim{claimMore(100)}})
		if err != nil {
			rt.Fatal(err)
		}
		checkAll(rt, "sparse", table, a)
	})
}

type failer interface {
	Helper()
	Errorf(string, ...any)
}

func checkAll(t failer, name string, table *estimators.Table, a *sensitivity.Assumptions) {
	n := float64(table.Observed()) * (1 - 1e-9)
	for _, c := range a.Curves {
		where := name + ", " + c.Assumption + " " + c.Name
		if c.Status == estimators.Refused {
			if c.Reason == nil || c.Reason.Text == "" {
				t.Errorf("%s: refused without a reason", where)
			}
			continue
		}
		if c.Meaning == "" || c.Parameter == "" || c.Kind == "" || c.Level != 0.95 || c.Union == nil {
			t.Errorf("%s: not complete: %+v", where, c)
		}
		for i, p := range append([]sensitivity.Point{c.Base}, c.Points...) {
			if i > 1 && p.Value <= c.Points[i-2].Value {
				t.Errorf("%s: the values do not ascend", where)
			}
			if p.Status == estimators.Refused {
				if p.Reason == nil || p.Population != 0 {
					t.Errorf("%s at %g: %+v", where, p.Value, p)
				}
				continue
			}
			if !(p.Lower >= n && p.Lower <= p.Upper && p.Population >= n && !math.IsInf(p.Population, 0) && !math.IsInf(p.Lower, 0)) {
				t.Errorf("%s at %g: %+v", where, p.Value, p)
			}
			if i > 0 && !(c.Union.Interval.Lower <= p.Lower && c.Union.Interval.Upper >= p.Upper && c.Union.Lower <= p.Population && c.Union.Upper >= p.Population) {
				t.Errorf("%s at %g: %+v is not within the union %+v", where, p.Value, p, c.Union)
			}
		}
		for _, p := range c.Tipping {
			if p.State == sensitivity.Tips && !(p.Value > 0 && p.Departure >= 1) {
				t.Errorf("%s: %+v", where, p)
			}
		}
		if p := c.Prior; p != nil && !(p.Interval.Lower >= n && p.Interval.Lower <= p.Population && p.Population <= p.Interval.Upper) {
			t.Errorf("%s: %+v", where, p)
		}
	}
	for _, b := range a.Bounds {
		where := name + ", " + b.Name
		switch {
		case b.Status == estimators.Refused:
			if b.Reason == nil {
				t.Errorf("%s: refused without a reason", where)
			}
		case !(b.Interval.Lower >= n && b.Interval.Lower <= b.Interval.Upper && !math.IsInf(b.Interval.Lower, 0)):
			t.Errorf("%s: %+v", where, b)
		case !b.Empty && !(b.Lower >= n && b.Lower <= b.Upper):
			t.Errorf("%s: %+v", where, b)
		}
	}
	if last := a.Bounds[len(a.Bounds)-1]; last.Assumption != "worst-case" || !last.Interval.Unbounded() || !math.IsInf(last.Upper, 1) {
		t.Errorf("%s: the last bound is %+v", name, last)
	}
}

// The order of the lists changes names and nothing else; neither does the number of workers.
func TestAssumeOrder(t *testing.T) {
	table := reference.Table(t, "kosovo")
	var cells []estimators.Cell
	lists := table.Lists()
	for _, c := range table.Cells() {
		var p estimators.Pattern
		for i := range lists {
			if c.Pattern.Has(i) {
				p |= 1 << uint(len(lists)-1-i)
			}
		}
		cells = append(cells, estimators.Cell{Pattern: p, Count: c.Count})
	}
	other, err := estimators.NewTable([]string{lists[3], lists[2], lists[1], lists[0]}, nil, cells)
	if err != nil {
		t.Fatal(err)
	}
	o := sensitivity.Options{Reselect: true, Steps: 3, Claims: []sensitivity.Claim{claimMore(9000)}, Workers: 1}
	a, err := sensitivity.Assume(t.Context(), table, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Workers = 3
	again, err := sensitivity.Assume(t.Context(), table, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, again) {
		t.Error("three workers give another answer than one")
	}
	b, err := sensitivity.Assume(t.Context(), other, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Curves {
		found := false
		for _, d := range b.Curves {
			same := d.Assumption == c.Assumption && len(d.Lists) == len(c.Lists) && (len(c.Lists) == 0 || d.Lists[0] == c.Lists[1] && d.Lists[1] == c.Lists[0])
			if !same {
				continue
			}
			found = true
			for i, p := range c.Points {
				near(t, c.Name, d.Points[i].Population, p.Population, 1e-6)
				near(t, c.Name+", lower", d.Points[i].Lower, p.Lower, 1e-6)
				near(t, c.Name+", upper", d.Points[i].Upper, p.Upper, 1e-6)
			}
		}
		if !found {
			t.Errorf("%s %v is not there with the lists turned round", c.Assumption, c.Lists)
		}
	}
}

func TestAssumeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sensitivity.Assume(ctx, reference.Table(t, "uk5"), sensitivity.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestOptionsChecked(t *testing.T) {
	table := reference.Table(t, "kosovo")
	for name, o := range map[string]sensitivity.Options{
		"backwards":       {From: 2, To: 0.5},
		"from nought":     {From: 0, To: 2},
		"not a number":    {From: math.NaN(), To: 2},
		"one value":       {Steps: 1},
		"level":           {Level: 95},
		"no such law":     {Prior: &sensitivity.Prior{Law: "flat", Lower: 1, Upper: 2}},
		"empty prior":     {Prior: &sensitivity.Prior{Law: sensitivity.LogNormalLaw}},
		"no such claim":   {Claims: []sensitivity.Claim{{Quantity: "deaths", Value: 3}}},
		"percent for one": {Claims: []sensitivity.Claim{{Quantity: sensitivity.Visibility, Value: 4}}},
		"no people":       {Claims: []sensitivity.Claim{{Quantity: sensitivity.Population}}},
	} {
		if _, err := sensitivity.Assume(t.Context(), table, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := sensitivity.Pair(t.Context(), table, 0b10011, sensitivity.Options{}); err == nil {
		t.Error("a pair of three lists: no error")
	}
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		claim sensitivity.Claim
		want  string
	}{
		{claimMore(1000), "more than 1,000 people"},
		{sensitivity.Claim{Quantity: sensitivity.Population, Value: 34000}, "fewer than 34,000 people"},
		{sensitivity.Claim{Quantity: sensitivity.Visibility, Value: 0.04}, "below 4 % in view"},
		{sensitivity.Claim{Quantity: sensitivity.Visibility, Above: true, Value: 0.125}, "above 12.5 % in view"},
	} {
		if got := c.claim.String(); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}

// All curves of five lists, with intervals, a prior and two claims.
func BenchmarkAssume(b *testing.B) {
	table := reference.Table(b, "uk5")
	for name, o := range map[string]sensitivity.Options{"held": {}, "reselected": {Reselect: true}} {
		o.Claims = []sensitivity.Claim{claimMore(20000), {Quantity: sensitivity.Visibility, Value: 0.15}}
		o.Prior = &sensitivity.Prior{Law: sensitivity.LogNormalLaw, Lower: 0.5, Upper: 2}
		b.Run("lists=5/model="+name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := sensitivity.Assume(b.Context(), table, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
