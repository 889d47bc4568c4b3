package sensitivity_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"darkfigure/estimators"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/sensitivity"
)

func two(b, c, m int64) *estimators.Table {
	return estimatortest.Table("A B", fmt.Sprintf("10:%d 01:%d 11:%d", b, c, m))
}

// At an odds ratio of 1 the estimate is that of Petersen and the interval that of Sadinle (2009), whose worked example is n1 = 15, n2 = 10, m = 5: 22
// to 65. The other rows are from its formula, in R. Between, n̂0 = θ·bc/m.
func TestOddsRatio(t *testing.T) {
	for _, c := range []struct {
		n1, n2, m        int64
		petersen         float64
		lower, upper     float64
		digits, interval float64
	}{
		{135, 122, 49, 336.122449, 289.2434, 409.3106, 1e-6, 1e-4},
		{15, 10, 5, 30, 21.9410, 64.6661, 1e-6, 1e-4},
		{50, 60, 10, 300, 191.8804, 510.2092, 1e-6, 1e-4},
		{500, 300, 20, 7500, 4938.7379, 11172.2632, 1e-6, 1e-4},
		{30, 25, 1, 750, 142.4114, 2664.6770, 1e-6, 1e-4},
	} {
		b, cc := c.n1-c.m, c.n2-c.m
		target := c.petersen * 1.2
		curve, err := sensitivity.OddsRatio(t.Context(), two(b, cc, c.m), sensitivity.Options{Claims: []sensitivity.Claim{{Quantity: sensitivity.Population, Value: target}}})
		if err != nil {
			t.Fatal(err)
		}
		p := at(t, curve, 1)
		printed(t, "Petersen", p.Population, c.petersen, c.digits)
		printed(t, "lower", p.Lower, c.lower, c.interval)
		printed(t, "upper", p.Upper, c.upper, c.interval)
		n := float64(b + cc + c.m)
		for _, p := range curve.Points {
			near(t, "N", p.Population, n+p.Value*float64(b)*float64(cc)/float64(c.m), 1e-12)
		}
		// The tipping point by hand: θ* = (N* − n)·m/(bc).
		want := (target - n) * float64(c.m) / (float64(b) * float64(cc))
		if tip := tipping(t, curve, sensitivity.OfEstimate); want <= 2 && tip.State == sensitivity.Tips {
			near(t, "θ*", tip.Value, want, 1e-8)
		} else {
			t.Errorf("θ* = %g, found %+v", want, tip)
		}
	}
}

// The fewer people are hidden, the less the upper limit can be: it never falls as the odds ratio grows, however near 0 it begins, and below 1 that of a risk ratio
// is at most the one at 1.
func TestUpperLimitsNearNobodyHidden(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := two(rapid.Int64Range(1, 60).Draw(rt, "b"), rapid.Int64Range(1, 60).Draw(rt, "c"), rapid.Int64Range(1, 400).Draw(rt, "m"))
		o := sensitivity.Options{From: 1e-6, To: 1}
		odds, err := sensitivity.OddsRatio(t.Context(), table, o)
		if err != nil {
			rt.Fatal(err)
		}
		for i, p := range odds.Points[1:] {
			if before := odds.Points[i]; p.Upper < before.Upper*(1-1e-12) || p.Upper < p.Population {
				rt.Errorf("at %g the upper limit is %g, at %g it is %g", before.Value, before.Upper, p.Value, p.Upper)
			}
		}
		risk, err := sensitivity.RiskRatio(t.Context(), table, o)
		if err != nil {
			rt.Fatal(err)
		}
		for _, p := range risk.Points {
			if p.Status != estimators.Refused && p.Upper > risk.Base.Upper*(1+1e-12) {
				rt.Errorf("at a risk ratio of %g the upper limit is %g, at 1 it is %g", p.Value, p.Upper, risk.Base.Upper)
			}
		}
	})
}

// A risk ratio ψ and the odds ratio of the fourfold table that it leads to give the same N; at 1 the intervals are the same too. The table that it
// leads to has the risk ratio asked for.
func TestRiskRatio(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b, c, m := rapid.Int64Range(1, 400).Draw(rt, "b"), rapid.Int64Range(1, 400).Draw(rt, "c"), rapid.Int64Range(1, 400).Draw(rt, "m")
		table := two(b, c, m)
		risk, err := sensitivity.RiskRatio(t.Context(), table, sensitivity.Options{From: 0.25, To: 4})
		if err != nil {
			rt.Fatal(err)
		}
		odds, err := sensitivity.OddsRatio(t.Context(), table, sensitivity.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		near(rt, "lower at 1", risk.Base.Lower, odds.Base.Lower, 1e-10)
		near(rt, "upper at 1", risk.Base.Upper, odds.Base.Upper, 1e-10)
		share := float64(m) / float64(m+b)
		for _, p := range risk.Points {
			if p.Status == estimators.Refused {
				if p.Value > share*(1+1e-9) {
					rt.Errorf("refused at %g, where %g is the least", p.Value, share)
				}
				continue
			}
			hidden := p.Population - float64(b+c+m)
			near(rt, "the risk ratio of the whole table", share/(float64(c)/(float64(c)+hidden)), p.Value, 1e-9)
		}
	})
}

func TestTwoListsRefused(t *testing.T) {
	for want, table := range map[string]*estimators.Table{
		"no-overlap":       two(40, 30, 0),
		"saturated":        two(40, 0, 12),
		"empty-table":      two(0, 0, 0),
		"not-identifiable": estimatortest.Table("A B", "10:40 01:30 11:-"),
	} {
		if want == "not-identifiable" {
			var err error
			if table, err = estimators.NewTable([]string{"A", "B"}, nil, []estimators.Cell{{Pattern: 1, Count: 40}, {Pattern: 2, Count: 30}, {Pattern: 3, StructuralZero: true}}); err != nil {
				t.Fatal(err)
			}
		}
		c, err := sensitivity.OddsRatio(t.Context(), table, sensitivity.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if c.Status != estimators.Refused || c.Reason.Code != want {
			t.Errorf("%s: %+v", want, c.Reason)
		}
	}
	if _, err := sensitivity.OddsRatio(t.Context(), estimatortest.Table("A B C", "100:4 010:3 001:3 111:2"), sensitivity.Options{}); err == nil {
		t.Error("three lists: no error")
	}
}

// Coverage summed exactly over all outcomes of two lists, N being multinomial over the four cells with the odds ratio that holds: the interval at that
// odds ratio has the nominal level, that for independence has not, and the union over a range has at least the nominal level
// where the truth is in the range and fails outside. Tables without overlap, or with one list inside the other, have no curve: they count as covered, for the
// answer is then that nothing bounds N, and are less than 1 in 10,000 here.
func TestTwoListCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("a few seconds of enumeration")
	}
	const size, p1, p2 = 200, 0.3, 0.4
	for _, c := range []struct {
		odds                       float64
		known, independence, union [2]float64 // least and greatest coverage
	}{
		{1, [2]float64{0.945, 0.97}, [2]float64{0.945, 0.97}, [2]float64{0.99, 1}},
		{0.5, [2]float64{0.945, 0.97}, [2]float64{0, 0.7}, [2]float64{0.95, 1}},
		{2, [2]float64{0.945, 0.97}, [2]float64{0, 0.7}, [2]float64{0.95, 1}},
		{1.5, [2]float64{0.945, 0.97}, [2]float64{0, 0.85}, [2]float64{0.98, 1}},
		{5, [2]float64{0.945, 0.97}, [2]float64{0, 0.05}, [2]float64{0, 0.5}},
		{0.2, [2]float64{0.945, 0.975}, [2]float64{0, 0.2}, [2]float64{0, 0.8}},
	} {
		known, independence, union, missed := twoListCoverage(t, size, p1, p2, c.odds)
		t.Logf("odds ratio %g: known %.4f, taken to be 1 %.4f, union over ½ to 2 %.4f; without a curve %.2g", c.odds, known, independence, union, missed)
		for _, x := range []struct {
			what string
			got  float64
			want [2]float64
		}{{"known", known, c.known}, {"taken to be 1", independence, c.independence}, {"union", union, c.union}} {
			if x.got < x.want[0] || x.got > x.want[1] {
				t.Errorf("odds ratio %g: %s covers %.4f, not between %g and %g", c.odds, x.what, x.got, x.want[0], x.want[1])
			}
		}
		if missed > 1e-3 {
			t.Errorf("odds ratio %g: without a curve %g", c.odds, missed)
		}
	}
}

// The interval at the risk ratio that holds has the nominal level too, summed in the same way.
func TestRiskCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("a few seconds of enumeration")
	}
	const size, p1, q = 200, 0.3, 0.35 // of being on the second list when not on the first
	for _, risk := range []float64{0.5, 0.8, 1.5, 2} {
		covered, total := 0.0, 0.0
		for n1 := 1; n1 < size; n1++ {
			pn := distuv.Binomial{N: size, P: p1}.Prob(float64(n1))
			if pn < 1e-6 {
				continue
			}
			for m := 1; m < n1; m++ {
				pm := pn * distuv.Binomial{N: float64(n1), P: q * risk}.Prob(float64(m))
				if pm < 1e-8 {
					continue
				}
				for c := 1; c <= size-n1; c++ {
					pc := pm * distuv.Binomial{N: float64(size - n1), P: q}.Prob(float64(c))
					limits, ok := sensitivity.RiskLimits(m, n1-m, c, risk, 0.95)
					if total += pc; !ok || limits[0] <= size && size <= limits[1] {
						covered += pc
					}
				}
			}
		}
		t.Logf("risk ratio %g: %.4f", risk, covered/total)
		if share := covered / total; share < 0.945 || share > 0.985 {
			t.Errorf("risk ratio %g: covers %.4f", risk, share)
		}
	}
}

func twoListCoverage(t *testing.T, size int, p1, p2, odds float64) (known, independence, union, missed float64) {
	// The cell of both lists for these margins and odds ratio.
	low, high := math.Max(0, p1+p2-1), math.Min(p1, p2)
	for range 100 {
		x := (low + high) / 2
		if x*(1-p1-p2+x) < odds*(p1-x)*(p2-x) {
			low = x
		} else {
			high = x
		}
	}
	both := (low + high) / 2
	total := 0.0
	// m is binomial; b given m, and c given both, too.
	for m := 0; m <= size; m++ {
		pm := distuv.Binomial{N: float64(size), P: both}.Prob(float64(m))
		if pm < 1e-6 {
			continue
		}
		for b := 0; b <= size-m; b++ {
			pb := pm * distuv.Binomial{N: float64(size - m), P: (p1 - both) / (1 - both)}.Prob(float64(b))
			if pb < 1e-8 {
				continue
			}
			for c := 0; c <= size-m-b; c++ {
				pc := pb * distuv.Binomial{N: float64(size - m - b), P: (p2 - both) / (1 - p1)}.Prob(float64(c))
				if pc < 1e-9 {
					continue
				}
				total += pc
				n := float64(size)
				if m == 0 || b == 0 || c == 0 {
					missed += pc
					known, independence, union = known+pc, independence+pc, union+pc
					continue
				}
				in := func(from, to float64) bool {
					l, u := sensitivity.OddsLimits(m, b, c, from, 0.95), sensitivity.OddsLimits(m, b, c, to, 0.95)
					return l[0] <= n && n <= u[1]
				}
				if in(odds, odds) {
					known += pc
				}
				if in(1, 1) {
					independence += pc
				}
				if in(0.5, 2) {
					union += pc
				}
			}
		}
	}
	return known / total, independence / total, union / total, missed / total
}
