package linkageerror_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/linkageerror"
	"darkfigure/internal/resample"

	"pgregory.net/rapid"
)

func table(t testing.TB, counts ...int64) *estimators.Table {
	t.Helper()
	names := []string{"A", "B", "C", "D", "E"}
	k := 0
	for 1<<k < len(counts) {
		k++
	}
	out, err := estimators.FromCounts(names[:k], counts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %.10g, not %.10g", what, got, want)
	}
}

// The formula of Ding and Fienberg at N = 1000, p = 0.4 and 0.3, α = 0.9, β = 0.01: m = 120, E m* = 0.9·120 + 0.01·(400 − 120) = 110.8, so that
// Petersen gives 400·300/110.8 = 1083.03 and the correction 1000. Counts are whole, hence a hundred times as many: m* = 11080, n1 = 40000, n2 = 30000,
// N = 100000, and Petersen gives 108303.
func TestDingFienberg(t *testing.T) {
	o := linkageerror.TwoLists{MissedMatch: linkageerror.Rate{Mean: 0.1}, FalseLink: linkageerror.Rate{Mean: 0.01}, Base: linkageerror.First,
		Resampling: linkageerror.Resampling{Replicates: 20}}
	tab := table(t, 0, 40000-11080, 30000-11080, 11080)
	c, err := o.Correct(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "N", c.Population, 100000, 1e-12)
	near(t, "uncorrected", c.Uncorrected, 108303.249, 1e-8)
	near(t, "matches", c.Cells[3], 12000, 1e-12)
	near(t, "observed", c.Observed, 58000, 1e-12)
	near(t, "hidden", c.Hidden, 42000, 1e-12)
	// Other bases, by hand: min and n2 are 30000, m = (11080 − 300)/0.89, both is 35000, m = (11080 − 350)/0.89.
	for base, m := range map[linkageerror.Base]float64{linkageerror.Second: 10780 / 0.89, linkageerror.Smaller: 10780 / 0.89, linkageerror.Both: 10730 / 0.89, "": 10730 / 0.89} {
		o.Base = base
		c, err := o.Correct(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(base), c.Population, 40000*30000/m, 1e-12)
	}
}

// With the share of false links instead of β, N is n1·n2·α/(m*(1−FMR)) for every base, and the β that goes with a base gives the same N in the other form.
func TestFormsAgree(t *testing.T) {
	tab := table(t, 0, 300, 200, 120)
	for _, base := range []linkageerror.Base{linkageerror.First, linkageerror.Second, linkageerror.Smaller, linkageerror.Both} {
		o := linkageerror.TwoLists{MissedMatch: linkageerror.Rate{Mean: .08}, FalseMatch: linkageerror.Rate{Mean: .05}, Base: base, Resampling: linkageerror.Resampling{Replicates: 10}}
		c, err := o.Correct(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(base), c.Population, 420*320*.92/(120*.95), 1e-12)
		o.FalseLink, o.FalseMatch = linkageerror.Rate{Mean: c.FalseLink}, linkageerror.Rate{}
		back, err := o.Correct(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(base)+" by β", back.Population, c.Population, 1e-12)
	}
}

// Two lists in the transition form are the two-list formula: exact in both directions.
func TestTwoRoutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n10, n01 := rapid.Int64Range(50, 900).Draw(t, "n10"), rapid.Int64Range(50, 900).Draw(t, "n01")
		n11 := rapid.Int64Range(10, 500).Draw(t, "n11")
		missed, falsely := rapid.Float64Range(0, .3).Draw(t, "missed"), rapid.Float64Range(0, .2).Draw(t, "false")
		m := float64(n11) * (1 - falsely) / (1 - missed)
		if m >= .97*float64(n11+min(n10, n01)) {
			t.Skip("more matches than records")
		}
		tab, _ := estimators.FromCounts([]string{"A", "B"}, []int64{0, n10, n01, n11})
		resampling := linkageerror.Resampling{Replicates: 1}
		two, err := linkageerror.TwoLists{MissedMatch: linkageerror.Rate{Mean: missed}, FalseMatch: linkageerror.Rate{Mean: falsely}, Resampling: resampling}.Correct(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		lists, err := linkageerror.Lists{Rates: []linkageerror.PairRates{{A: 1, B: 0, MissedMatch: linkageerror.Rate{Mean: missed}, FalseMatch: linkageerror.Rate{Mean: falsely}}}, Resampling: resampling}.Correct(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(two.Population-lists.Population) > 1e-6*two.Population {
			t.Fatalf("%v by the formula, %v by the transition", two.Population, lists.Population)
		}
	})
}

// The inversion finds the table that was put in, and keeps the sizes of the lists, which linkage does not change.
func TestInversionRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 4).Draw(t, "k")
		pairs := k * (k - 1) / 2
		mu := make([]float64, 1<<k)
		for w := 1; w < len(mu); w++ {
			mu[w] = rapid.Float64Range(5, 400).Draw(t, "μ")
		}
		missed, falsely := make([]float64, pairs), make([]float64, pairs)
		loose := make([]float64, k)
		for a := range loose {
			loose[a] = rapid.Float64Range(0, .15).Draw(t, "δ")
		}
		i := 0
		for a := range k {
			for b := a + 1; b < k; b++ {
				missed[i] = 1 - (1-loose[a])*(1-loose[b])
				falsely[i] = rapid.Float64Range(0, .03).Draw(t, "false")
				i++
			}
		}
		y, delta := linkageerror.Expect(k, mu, missed, falsely)
		if k > 2 {
			for a := range loose {
				if math.Abs(delta[a]-loose[a]) > 1e-9 {
					t.Fatalf("δ %v, not %v", delta, loose)
				}
			}
		}
		for a := range k {
			was, is := 0.0, 0.0
			for w := range mu {
				if w>>a&1 == 1 {
					was += mu[w]
					is += y[w]
				}
			}
			if math.Abs(was-is) > 1e-9*was {
				t.Fatalf("list %d: %v records, then %v", a, was, is)
			}
		}
		got, ok := linkageerror.Invert(k, y, missed, falsely)
		if !ok {
			t.Fatal("not inverted")
		}
		for w := 1; w < len(mu); w++ {
			if math.Abs(got[w]-mu[w]) > 1e-5*(1+mu[w]) {
				t.Fatalf("cell %b: %v, not %v", w, got[w], mu[w])
			}
		}
	})
}

// Without errors nothing is corrected: N is that of the independence model, which for this table is the root of Darroch (1958), here by the
// identity Π(1 − n_i/N) = 1 − n/N.
func TestNoErrorsNoCorrection(t *testing.T) {
	tab := table(t, 0, 120, 90, 30, 150, 45, 25, 12)
	c, err := linkageerror.Lists{Rates: noErrors(3), Resampling: linkageerror.Resampling{Replicates: 5}}.Correct(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "corrected", c.Population, c.Uncorrected, 1e-9)
	product := 1.0
	for _, size := range tab.Totals() {
		product *= 1 - float64(size)/c.Population
	}
	near(t, "Darroch", product, 1-float64(tab.Observed())/c.Population, 1e-10)
}

func noErrors(k int) (out []linkageerror.PairRates) {
	for a := range k {
		for b := a + 1; b < k; b++ {
			out = append(out, linkageerror.PairRates{A: a, B: b})
		}
	}
	return out
}

// world makes lists of a population of people with names of its own, independent of the formulas under test: each record of a person comes loose with probability
// loose, and false links are made one by one between records that are not of one person.
type world struct {
	people       int
	capture      []float64
	loose, wrong float64 // wrong: false links per link
}

func (w world) table(rng *rand.Rand) (counts []int64, missed, falsely []float64) {
	k := len(w.capture)
	counts = make([]int64, 1<<k)
	var clusters []int // pattern of each cluster
	found, matches := make([]float64, k*k), make([]float64, k*k)
	for range w.people {
		on := 0
		for l, p := range w.capture {
			if rng.Float64() < p {
				on |= 1 << l
			}
		}
		kept := on
		if on&(on-1) != 0 {
			for l := range k {
				if on>>l&1 == 1 && rng.Float64() < w.loose {
					kept &^= 1 << l
					clusters = append(clusters, 1<<l)
				}
			}
		}
		if kept != 0 {
			clusters = append(clusters, kept)
		}
		for a := range k {
			for b := a + 1; b < k; b++ {
				if on>>a&1 == 1 && on>>b&1 == 1 {
					matches[a*k+b]++
					if kept>>a&1 == 1 && kept>>b&1 == 1 {
						found[a*k+b]++
					}
				}
			}
		}
	}
	links := 0.0
	for _, f := range found {
		links += f
	}
	falseLinks := make([]float64, k*k)
	for made := 0.0; made < w.wrong*links; {
		i, j := rng.IntN(len(clusters)), rng.IntN(len(clusters))
		h, g := clusters[i], clusters[j]
		if i == j || h&g != 0 || h == 0 || g == 0 {
			continue
		}
		for a := range k {
			for b := range k {
				if h>>a&1 == 1 && g>>b&1 == 1 {
					falseLinks[min(a, b)*k+max(a, b)]++
					made++
				}
			}
		}
		clusters[i], clusters[j] = h|g, 0
	}
	for _, c := range clusters {
		counts[c]++
	}
	counts[0] = 0
	for a := range k {
		for b := a + 1; b < k; b++ {
			missed = append(missed, 1-found[a*k+b]/matches[a*k+b])
			falsely = append(falsely, falseLinks[a*k+b]/(found[a*k+b]+falseLinks[a*k+b]))
		}
	}
	return counts, missed, falsely
}

// Lists made wrong record by record: corrected with the rates that were realised the estimate is right, without correction it is not.
// Figures are of this program.
func TestCorrectionOfMadeErrors(t *testing.T) {
	studies := 60
	if testing.Short() {
		studies = 10
	}
	w := world{people: 20000, capture: []float64{.3, .25, .2}, loose: .06, wrong: .04}
	var plain, corrected float64
	for s := range studies {
		counts, missed, falsely := w.table(resample.Stream(11, uint64(s)))
		rates := noErrors(3)
		for i := range rates {
			rates[i].MissedMatch.Mean, rates[i].FalseMatch.Mean = missed[i], falsely[i]
		}
		c, err := linkageerror.Lists{Rates: rates, Resampling: linkageerror.Resampling{Replicates: 1}}.Correct(context.Background(), table(t, counts...))
		if err != nil {
			t.Fatal(err)
		}
		plain += c.Uncorrected / float64(w.people) / float64(studies)
		corrected += c.Population / float64(w.people) / float64(studies)
	}
	t.Logf("N uncorrected %.4f, corrected %.4f of the truth", plain, corrected)
	if math.Abs(plain-1) < .03 || math.Abs(corrected-1) > .006 {
		t.Errorf("uncorrected %.4f, corrected %.4f of the truth", plain, corrected)
	}
}

// The interval contains N as often as it says, in a population of 1,300 with rates known from 200 reviewed pairs each.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	const studies, reviewed = 300, 200
	w := world{people: 1300, capture: []float64{.35, .3, .25}, loose: .05, wrong: .03}
	covered, naive := 0, 0
	for s := range studies {
		rng := resample.Stream(5, uint64(s))
		counts, missed, falsely := w.table(rng)
		rates := noErrors(3)
		for i := range rates {
			review := func(share float64) linkageerror.Rate {
				x := float64(resample.Binomial(reviewed, share, rng))
				return linkageerror.Rate{Mean: (x + .5) / (reviewed + 1), Size: reviewed + 1}
			}
			rates[i].MissedMatch, rates[i].FalseMatch = review(missed[i]), review(falsely[i])
		}
		interval := func(r []linkageerror.PairRates) bool {
			c, err := linkageerror.Lists{Rates: r, Resampling: linkageerror.Resampling{Replicates: 200, Seed: uint64(s)}}.Correct(context.Background(), table(t, counts...))
			if err != nil {
				t.Fatal(err)
			}
			i := c.Intervals[0]
			return i.Lower <= 1300 && (i.Unbounded || 1300 <= i.Upper)
		}
		if interval(rates) {
			covered++
		}
		if interval(noErrors(3)) {
			naive++
		}
	}
	t.Logf("coverage %.3f, uncorrected %.3f", float64(covered)/studies, float64(naive)/studies)
	if float64(covered)/studies < .92 {
		t.Errorf("coverage %.3f", float64(covered)/studies)
	}
}

func TestRefusals(t *testing.T) {
	ctx := context.Background()
	rate := func(m float64) linkageerror.Rate { return linkageerror.Rate{Mean: m} }
	refused := func(what, code string, c *linkageerror.Correction, err error) {
		t.Helper()
		if c != nil || !errors.Is(err, &estimators.Refusal{Code: code}) {
			t.Errorf("%s: %v, %v", what, c, err)
		}
		var r *estimators.Refusal
		if errors.As(err, &r) {
			if _, known := estimators.LookupCode(r.Code); !known {
				t.Errorf("%s: the code %s is not known", what, r.Code)
			}
		}
	}
	// 20 links where 0.05·400 = 20 are expected without a match.
	c, err := linkageerror.TwoLists{FalseLink: rate(.05), Base: linkageerror.First}.Correct(ctx, table(t, 0, 380, 300, 20))
	refused("m* = β·base", "links-below-chance", c, err)
	c, err = linkageerror.TwoLists{MissedMatch: rate(.995), FalseLink: rate(.01)}.Correct(ctx, table(t, 0, 380, 300, 20))
	refused("α < β", "links-below-chance", c, err)
	c, err = linkageerror.TwoLists{}.Correct(ctx, table(t, 0, 380, 300, 0))
	refused("no links", "links-below-chance", c, err)
	c, err = linkageerror.TwoLists{MissedMatch: rate(.9)}.Correct(ctx, table(t, 0, 38, 30, 20))
	refused("more matches than records", "below-observed", c, err)
	c, err = linkageerror.TwoLists{}.Correct(ctx, table(t, 0, 0, 0, 0))
	refused("nobody", "empty-table", c, err)
	c, err = linkageerror.TwoLists{}.Correct(ctx, table(t, 0, 1, 2, 3, 4, 5, 6, 7))
	refused("three lists", "not-two-lists", c, err)
	c, err = linkageerror.Lists{Rates: noErrors(3)}.Correct(ctx, table(t, 0, 100, 90, 0, 80, 0, 0, 0))
	refused("no overlap", "no-overlap", c, err)
	rates := noErrors(3)
	rates[1].FalseMatch = rate(1)
	c, err = linkageerror.Lists{Rates: rates}.Correct(ctx, table(t, 0, 100, 90, 9, 80, 7, 5, 2))
	refused("all links false", "links-below-chance", c, err)
	c, err = linkageerror.Lists{Rates: noErrors(2), Model: []estimators.Pattern{0b11}}.Correct(ctx, table(t, 0, 100, 90, 9))
	refused("saturated", "not-identifiable", c, err)
	for what, o := range map[string]linkageerror.Lists{
		"missing pair": {Rates: noErrors(3)[:2]},
		"twice":        {Rates: append(noErrors(3), linkageerror.PairRates{A: 2, B: 0})},
		"no such list": {Rates: []linkageerror.PairRates{{A: 0, B: 3}}},
		"not a share":  {Rates: []linkageerror.PairRates{{A: 0, B: 1, MissedMatch: rate(1.2)}}},
	} {
		var r *estimators.Refusal
		if _, err := o.Correct(ctx, table(t, 0, 100, 90, 9, 80, 7, 5, 2)); err == nil || errors.As(err, &r) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := (linkageerror.TwoLists{Base: "n3"}).Correct(ctx, table(t, 0, 100, 90, 9)); err == nil {
		t.Error("an unknown base")
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := (linkageerror.TwoLists{}).Correct(stopped, table(t, 0, 100, 90, 9)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Workers change nothing, and nothing is ever NaN or without limits that are said.
func TestResultsAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := make([]int64, 8)
		for w := 1; w < 8; w++ {
			counts[w] = rapid.Int64Range(0, 60).Draw(t, "count")
		}
		tab, err := estimators.FromCounts([]string{"A", "B", "C"}, counts)
		if err != nil {
			t.Fatal(err)
		}
		rates := noErrors(3)
		for i := range rates {
			rates[i].MissedMatch = linkageerror.Rate{Mean: rapid.Float64Range(0, .6).Draw(t, "missed"), Size: 20}
			rates[i].FalseMatch = linkageerror.Rate{Mean: rapid.Float64Range(0, .6).Draw(t, "false"), Size: 20}
		}
		o := linkageerror.Lists{Rates: rates, Resampling: linkageerror.Resampling{Replicates: 12, Workers: 1, Levels: []float64{.8, .95}}}
		c, err := o.Correct(context.Background(), tab)
		var r *estimators.Refusal
		if err != nil {
			if !errors.As(err, &r) {
				t.Fatal(err)
			}
			return
		}
		o.Workers = 3
		again, err := o.Correct(context.Background(), tab)
		if err != nil || again.Population != c.Population || again.Intervals[0] != c.Intervals[0] || again.Failed != c.Failed {
			t.Fatalf("%+v with one worker, %+v with three, %v", c, again, err)
		}
		for _, x := range []float64{c.Population, c.Hidden, c.Observed, c.Uncorrected, c.Intervals[0].Lower, c.Intervals[1].Upper} {
			if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
				t.Fatalf("%+v", c)
			}
		}
		if len(c.Intervals) != 2 || !c.Intervals[1].Unbounded && c.Intervals[1].Upper < c.Intervals[1].Lower {
			t.Fatalf("%+v", c)
		}
	})
}

func TestRateWithin(t *testing.T) {
	r, err := linkageerror.RateWithin(.02, .01, .03)
	if err != nil {
		t.Fatal(err)
	}
	// sd 0.02/3.92, size = 0.02·0.98/sd² − 1.
	near(t, "size", r.Size, .02*.98*3.92*3.92/(.02*.02)-1, 1e-12)
	if r, err = linkageerror.RateWithin(.02, .02, .02); err != nil || r != (linkageerror.Rate{Mean: .02}) {
		t.Error(r, err)
	}
	if r, err = linkageerror.RateWithin(.5, 0, 1); err != nil || r.Size < 1 {
		t.Error(r, err)
	}
	if _, err = linkageerror.RateWithin(.5, .9, .1); err == nil {
		t.Error("limits the wrong way round")
	}
}

// Women of the Korean "comfort stations" (Ball, Shin and Yang 2018) by the model [bc,cd]: the five on b alone are what the hidden number is multiplied from. Drawn
// tables in which the correction leaves none have no estimate. They count as the largest for the upper limit, and as the people they hold for the
// lower one, which therefore cannot lie above that of the replicates with an estimate.
func TestFailedReplicates(t *testing.T) {
	tab, err := estimators.FromCounts([]string{"b", "c", "d"}, []int64{0, 5, 5, 54, 41, 6, 0, 12})
	if err != nil {
		t.Fatal(err)
	}
	rates := noErrors(3)
	for i := range rates {
		rates[i].MissedMatch = linkageerror.Rate{Mean: .05}
	}
	o := linkageerror.Lists{Rates: rates, Model: []estimators.Pattern{0b011, 0b110}, Resampling: linkageerror.Resampling{Replicates: 400}}
	c, err := o.Correct(t.Context(), tab)
	if err != nil {
		t.Fatal(err)
	}
	i := c.Intervals[0]
	if c.Failed == 0 || c.Why != "no-mle" || !i.Unbounded || i.Upper != 0 {
		t.Errorf("%+v", c)
	}
	if !(i.Lower > 59 && i.Lower < c.Population) { // 59 people are on d alone or with others
		t.Errorf("the lower limit is %g", i.Lower)
	}
	for i := range rates {
		rates[i].MissedMatch = linkageerror.Rate{}
	}
	if c, err = o.Correct(t.Context(), tab); err != nil || c.Failed > 0 && c.Why == "" || c.Failed == 0 && c.Why != "" {
		t.Errorf("%+v %v", c, err)
	}
}
