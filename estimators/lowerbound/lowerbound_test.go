package lowerbound_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/lowerbound"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"

	"pgregory.net/rapid"
)

// byFrequencies is an estimator that also takes frequencies.
type byFrequencies interface {
	estimators.Estimator
	EstimateFrequencies(context.Context, *estimators.Frequencies) (estimators.Estimate, error)
}

func ofFrequencies(t testing.TB, e byFrequencies, occasions int, counts ...int64) estimators.Estimate {
	t.Helper()
	f, err := estimators.NewFrequencies(counts, occasions)
	if err != nil {
		t.Fatal(err)
	}
	est, err := e.EstimateFrequencies(context.Background(), f)
	if err != nil {
		t.Fatalf("%s: %v", e.Name(), err)
	}
	return est
}

func estimate(t testing.TB, e estimators.Estimator, table *estimators.Table) estimators.Estimate {
	t.Helper()
	est, err := estimators.Run(context.Background(), e, table)
	if err != nil {
		t.Fatal(err)
	}
	return est
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// immigrants are repeat contacts: van der Heijden, Cruyff and van Houwelingen (2003)
// Statistica Neerlandica 57:289.
var immigrants = []int64{1645, 183, 37, 13, 1, 1}

// singleRcapture 0.2.3 (R 4.2.2), estimatePopsize(formula = capture ~ 1, data =
// netherlandsimmigrant, model = chao or zelterman, method = "IRLS", popVar = "analytic"): estimate, SE and
// log-normal limits. The SE of its Chao model is 662.6008 against 662.59999 from closedp.0 of Rcapture and
// from the formula of Chao (1987): its fit stops at 1e-5.
func TestContinuousTimeAgainstSingleRcapture(t *testing.T) {
	chao := ofFrequencies(t, lowerbound.Chao{}, 0, immigrants...)
	near(t, "Chao", chao.Population, 9273.51092896146, 1e-9)
	near(t, "its SE", chao.SE, 662.600817947, 2e-5)
	near(t, "its lower limit", chao.Intervals[0].Lower, 8084.6772166377, 5e-6)
	near(t, "its upper limit", chao.Intervals[0].Upper, 10690.1285446554, 5e-6)
	wald := ofFrequencies(t, lowerbound.Chao{Interval: estimators.Wald}, 0, immigrants...).Intervals[0]
	near(t, "Wald lower limit", wald.Lower, 7974.83718965856, 5e-6)
	near(t, "Wald upper limit", wald.Upper, 10572.1846682644, 5e-6)
	zelterman := ofFrequencies(t, lowerbound.Zelterman{}, 0, immigrants...)
	near(t, "Zelterman", zelterman.Population, 9424.55519385813, 1e-8)
	near(t, "its SE", zelterman.SE, 683.970605135485, 2e-5)
	near(t, "its lower limit", zelterman.Intervals[0].Lower, 8198.64098465766, 2e-6)
	near(t, "its upper limit", zelterman.Intervals[0].Upper, 10888.3157456454, 2e-6)
	for _, f := range reference.Closedp0(t, "immigrants") {
		if f.Model == "Mh-chao" {
			near(t, "Chao (Rcapture)", chao.Population, f.N, 1e-9)
			near(t, "its SE (Rcapture)", chao.SE, f.SE, 2e-5)
		}
	}
}

// Rcapture's Mh with Chao's terms is this estimator when negative terms are kept, and so
// is its corrected version. (With negative terms set to zero it uses the higher
// frequencies too, and differs.)
func TestOccasionsAgainstRcapture(t *testing.T) {
	compared := 0
	for _, f := range reference.ClosedpNegative(t, reference.Every) {
		if f.Model == "Mh-chao" {
			compared++
			est := estimate(t, lowerbound.Chao{}, reference.Table(t, f.Table))
			near(t, f.Table+" Chao", est.Population, f.N, 1e-9)
			near(t, f.Table+" its SE", est.SE, f.SE, 1e-5) // where R's glm stops: its working weights are one step old
		}
	}
	for _, f := range reference.Corrected(t, reference.Every) {
		if f.Model == "Mh-chao" && f.Error == "" {
			compared++
			est := estimate(t, lowerbound.ChaoBC{}, reference.Table(t, f.Table))
			near(t, f.Table+" corrected Chao", est.Population, f.N, 1e-10)
			near(t, f.Table+" its SE", est.SE, f.SE, 1e-10)
		}
	}
	if compared < 15 {
		t.Errorf("only %d comparisons", compared)
	}
}

// By hand: f = 40, 20, 10, 5 in continuous time, and on 6 occasions.
func TestByHand(t *testing.T) {
	for _, c := range []struct {
		e         byFrequencies
		occasions int
		hidden    float64
	}{
		{lowerbound.Chao{}, 0, 40},
		{lowerbound.Chao{}, 6, 40 * 5 / 6.},
		{lowerbound.ChaoBC{}, 0, 40 * 39 / 42.},
		{lowerbound.Zelterman{}, 0, 75 / (math.E - 1)},             // λ = 1
		{lowerbound.Zelterman{}, 6, 75 / (math.Pow(1.2, 6) - 1)},   // odds 2·20/(5·40) = 0.2
		{lowerbound.Turing{}, 0, 75 * (40 / 130.) / (1 - 40/130.)}, // 130 sightings
		{lowerbound.Turing{}, 6, 75 / (math.Pow(130/40., 1.2) - 1)},
		{lowerbound.IChao{}, 0, 40 + 10/20.*(40-20*10/10.)},
		{lowerbound.IChao{}, 6, 40*5/6. + 0.5*0.5*(40-0.6*20*10/10.)},
		{lowerbound.LanumteangBohning{}, 0, 3 * 64000 * 10 / (4 * 8000.)},
		{lowerbound.LanumteangBohning{}, 6, 3 * 64000 * 10 / (4 * 8000.) * 25 / 24},
	} {
		est := ofFrequencies(t, c.e, c.occasions, 40, 20, 10, 5)
		near(t, fmt.Sprintf("%s on %d occasions", c.e.Name(), c.occasions), est.Hidden, c.hidden, 1e-12)
	}
}

// The delta-method standard errors agree with numerical derivatives of the estimate in the
// frequencies: V = Σ f_j (∂N̂/∂f_j)² − N̂ for multinomial frequencies.
func TestStandardErrorsByNumericalDerivatives(t *testing.T) {
	base := []int64{40_000, 21_000, 9_000, 5_000, 300}
	for _, e := range []byFrequencies{lowerbound.Chao{}, lowerbound.Zelterman{}, lowerbound.Turing{}, lowerbound.IChao{}, lowerbound.LanumteangBohning{}} {
		for _, occasions := range []int{0, 6} {
			est := ofFrequencies(t, e, occasions, base...)
			variance := -est.Population
			for j := range base {
				up, down := slices.Clone(base), slices.Clone(base)
				up[j]++
				down[j]--
				g := (ofFrequencies(t, e, occasions, up...).Population - ofFrequencies(t, e, occasions, down...).Population) / 2
				variance += float64(base[j]) * g * g
			}
			near(t, fmt.Sprintf("SE of %s on %d occasions", e.Name(), occasions), est.SE, math.Sqrt(variance), 1e-5)
		}
	}
}

// Point estimates of sample coverage, of all three forms, on eight tables.
func TestCoverageAgainstCARE1(t *testing.T) {
	for _, want := range reference.CARE1(t, reference.Every) {
		table := reference.Table(t, want.Table)
		name := func(what string) string {
			return fmt.Sprintf("%s %s (%s %s)", want.Table, what, want.Source.Program, want.Source.Version)
		}
		share, err := lowerbound.SampleCoverage(table)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name("coverage"), share, want.Coverage, want.Source.Tolerance)
		near(t, name("independence"), estimate(t, lowerbound.CoverageIndependence{Replicates: 10}, table).Population, want.Independence, want.Source.Tolerance)
		near(t, name("low coverage"), estimate(t, lowerbound.CoverageLow{Replicates: 10}, table).Population, want.Low, want.Source.Tolerance)
		high := estimate(t, lowerbound.CoverageHigh{Replicates: 10, Force: true}, table)
		if want.High == float64(want.Observed) {
			// The other program silently answers that nobody is hidden.
			if high.Status != estimators.Refused || high.Reason.Code != "below-observed" {
				t.Errorf("%s: %+v", name("high coverage"), high)
			}
		} else {
			near(t, name("high coverage"), high.Population, want.High, want.Source.Tolerance)
		}
		unforced := estimate(t, lowerbound.CoverageHigh{Replicates: 10}, table)
		if refused := unforced.Status == estimators.Refused; refused != (want.Coverage < 0.55) || refused && unforced.Reason.Code != "low-coverage" {
			t.Errorf("%s: coverage %v, %+v", name("high coverage, not forced"), want.Coverage, unforced.Reason)
		}
	}
}

// The diabetes data of Chao et al. (2001): CARE1 1.1.0, estN(Diabetes, method = "Indep",
// "HSC", "LSC"), to the digits printed; its bootstrap standard error of the second is 83.5.
func TestCoverageOfTheDiabetesData(t *testing.T) {
	table := reference.Table(t, "diabetes")
	near(t, "independence", estimate(t, lowerbound.CoverageIndependence{}, table).Population, 2271.689, 1e-6)
	high := estimate(t, lowerbound.CoverageHigh{Seed: 1}, table)
	near(t, "high coverage", high.Population, 2609.03, 1e-5)
	near(t, "its SE", high.SE, 83.5, 0.12) // both from random samples
	near(t, "low coverage", estimate(t, lowerbound.CoverageLow{}, table).Population, 2457.969, 1e-6)
}

// Bootstrap standard errors against those of CARE1 from 200 samples, good to about
// 1/√(2·200) = 5%, at four times that. Entries from 20 samples and heavy-tailed ones (coverage below
// 55%, high-coverage form) are not compared.
func TestCoverageStandardErrors(t *testing.T) {
	for _, name := range []string{"hav", "congenital"} {
		table := reference.Table(t, name)
		for _, want := range reference.CARE1(t, name) {
			near(t, name+" independence", estimate(t, lowerbound.CoverageIndependence{Seed: 1}, table).SE, want.Bootstrap["independence"].SE, 0.2)
			near(t, name+" low", estimate(t, lowerbound.CoverageLow{Seed: 1}, table).SE, want.Bootstrap["low_coverage"].SE, 0.2)
			if want.Coverage > 0.55 {
				near(t, name+" high", estimate(t, lowerbound.CoverageHigh{Seed: 1}, table).SE, want.Bootstrap["high_coverage"].SE, 0.2)
			}
		}
	}
}

// Two independent routes: for two lists the coverage estimate is n1·n2/m.
func TestCoverageOfTwoListsIsPetersen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.Int64Range(1, 500).Draw(t, "m")
		b := rapid.Int64Range(4, 500).Draw(t, "b") // fewer than 5 people, and two lists of the same people, are refused
		c := rapid.Int64Range(0, 500).Draw(t, "c")
		table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, b, c, m})
		if err != nil {
			t.Fatal(err)
		}
		est, err := lowerbound.CoverageIndependence{Replicates: 2}.Estimate(context.Background(), table)
		if err != nil {
			t.Fatal(err)
		}
		if want := float64(m+b) * float64(m+c) / float64(m); math.Abs(est.Population-want) > 1e-9*want {
			t.Fatalf("%v, Petersen %v", est.Population, want)
		}
	})
}

// What is called a lower bound is one: with exact expected frequencies from a mixture of two kinds
// of people, Turing ≤ Chao ≤ iChao ≤ N.
func TestLowerBoundsLieBelow(t *testing.T) {
	const population = 1e12
	for _, occasions := range []int{0, 6} {
		for _, rates := range [][2]float64{{0.3, 1.5}, {0.05, 0.9}, {0.5, 0.5}} {
			counts := make([]int64, 6)
			for _, rate := range rates {
				for j := range counts {
					p := math.Exp(float64(j+1)*math.Log(rate) - rate)
					for i := 2; i <= j+1; i++ {
						p /= float64(i)
					}
					if occasions > 0 {
						q := rate / 6 // per occasion
						p = math.Pow(q, float64(j+1)) * math.Pow(1-q, float64(5-j)) * []float64{6, 15, 20, 15, 6, 1}[j]
					}
					counts[j] += int64(math.Round(population / 2 * p))
				}
			}
			last := 0.0
			for _, e := range []byFrequencies{lowerbound.Turing{}, lowerbound.Chao{}, lowerbound.IChao{}} {
				est := ofFrequencies(t, e, occasions, counts...)
				// 0.1% for those seen more than six times in continuous time.
				if est.Population < last*(1-1e-3) || est.Population > population*(1+1e-3) || !est.LowerBound {
					t.Errorf("%s, rates %v, %d occasions: %v after %v", e.Name(), rates, occasions, est.Population, last)
				}
				last = est.Population
			}
		}
	}
}

// Independent lists of 500 and 50 among 1000: the hidden number is 500²/100 instead of 475, and must not be called
// "at least".
func TestUnequalListsAreNoLowerBound(t *testing.T) {
	est := estimate(t, lowerbound.Chao{}, estimatortest.Table("A B", "10:475 01:25 11:25"))
	if est.LowerBound || est.Population < 1000 || !slices.ContainsFunc(est.Warnings, func(w estimators.Warning) bool { return w.Code == "unequal-lists" }) {
		t.Errorf("%+v", est)
	}
	est = estimate(t, lowerbound.Chao{}, estimatortest.Table("A B", "10:250 01:240 11:250"))
	if !est.LowerBound || est.Status != estimators.OK {
		t.Errorf("%+v", est)
	}
}

// 412 and 233 people on one list only and 25 on both: Chao's hidden number, 645²/100 = 4160, is 8.3% above the
// 412·233/25 = 3840 of independent lists.
func TestUnequalListsAreMeasuredExactly(t *testing.T) {
	est := estimate(t, lowerbound.Chao{}, estimatortest.Table("A B", "10:412 01:233 11:25"))
	w := est.Warnings[0]
	if w.Code != "unequal-lists" || w.Text != "the lists hold from 258 to 437 people; for independent lists this alone makes the hidden number about 8% too high" {
		t.Errorf("%+v", est.Warnings)
	}
	est = estimate(t, lowerbound.Chao{}, estimatortest.Table("A B", "10:475 01:25 11:25")) // 2500 against 475
	if w := est.Warnings[0]; !strings.HasSuffix(w.Text, "makes the hidden number about 5 times too high") {
		t.Errorf("%+v", est.Warnings)
	}
	est = estimate(t, lowerbound.Chao{}, estimatortest.Table("A B", "01:40 11:25"))
	if est.LowerBound || est.Warnings[0].Code != "unequal-lists" || !strings.Contains(est.Warnings[0].Text, "far too high") {
		t.Errorf("%+v", est)
	}
}

// Nobody was seen once: nobody is estimated to be hidden, and the upper limit lies above those seen.
func TestNobodyHiddenHasAnUpperLimitAboveTheSeen(t *testing.T) {
	table := estimatortest.Table("A B C", "110:20 101:30 011:15 111:40")
	for _, e := range []estimators.Estimator{
		lowerbound.Chao{}, lowerbound.ChaoBC{Interval: estimators.Wald}, lowerbound.Turing{Interval: estimators.Wald},
		lowerbound.CoverageIndependence{}, lowerbound.CoverageIndependence{Interval: estimators.Percentile},
	} {
		est := estimate(t, e, table)
		if i := est.Intervals[0]; est.Hidden != 0 || i.Upper < 105+3.68 {
			t.Errorf("%s: %+v %+v", e.Name(), est.Reason, est.Intervals)
		}
	}
}

// Warnings hold whole people, and few people are warned about without Run too.
func TestTexts(t *testing.T) {
	est := ofFrequencies(t, lowerbound.Chao{}, 0, 60_000, 1)
	texts := []string{}
	for _, w := range est.Warnings {
		texts = append(texts, w.Code+": "+w.Text)
	}
	want := []string{"small-overlap: 1 person was seen exactly twice", "wide-interval: the interval runs from " + est.Intervals[0].Range()}
	if !slices.Equal(texts, want) {
		t.Errorf("%q, want %q", texts, want)
	}
	est = ofFrequencies(t, lowerbound.Chao{}, 0, 7, 8)
	if w := est.Warnings[0]; w.Code != "few-persons" {
		t.Errorf("%+v", est.Warnings)
	}
}

func TestLaws(t *testing.T) {
	for _, m := range lowerbound.Methods() {
		kinds := []estimators.IntervalKind{"", estimators.Wald}
		if m.Family == "Sample coverage" {
			kinds = []estimators.IntervalKind{"", estimators.Percentile}
		}
		for _, kind := range kinds {
			t.Run(m.Name+" "+string(kind), func(t *testing.T) {
				estimatortest.Run(t, m.New(estimators.Options{Kind: kind, Seed: 1}), estimatortest.Options{
					New: func(o estimators.Options) estimators.Estimator {
						o.Kind = kind
						return m.New(o)
					},
				})
			})
		}
	}
	t.Run("coverage-high forced", func(t *testing.T) {
		estimatortest.Run(t, lowerbound.CoverageHigh{Force: true, Replicates: 100}, estimatortest.Options{})
	})
}

func TestMethodsSayWhatTheyDo(t *testing.T) {
	for _, m := range lowerbound.Methods() {
		if m.New(estimators.Options{}).Name() != m.Name || m.Title == "" || m.Estimates == "" || len(m.Assumes) == 0 || len(m.Distrust) == 0 || len(m.References) == 0 || m.MinLists < 2 {
			t.Errorf("%s: incomplete", m.Name)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		lists, cells string
		e            estimators.Estimator
		code         string
	}{
		{"A B", "10:4 01:3", lowerbound.Chao{}, "no-repeats"},
		{"A B", "10:4 01:3", lowerbound.Turing{}, "no-repeats"},
		{"A B", "10:412 01:233", lowerbound.ChaoBC{}, "no-repeats"},
		{"A B", "10:412 01:233", lowerbound.CoverageIndependence{}, "no-overlap"},
		{"A B", "10:1", lowerbound.ChaoBC{}, "no-repeats"},
		{"A B", "11:1", lowerbound.Chao{}, "no-repeats"},
		{"A B", "10:2 01:1 11:1", lowerbound.ChaoBC{}, "no-repeats"},
		{"A B", "10:2 01:1 11:1", lowerbound.CoverageIndependence{}, "no-repeats"},
		{"A B", "11:30", lowerbound.Chao{}, "saturated"},
		{"A B C", "111:30", lowerbound.Zelterman{}, "saturated"},
		{"A B C", "111:30", lowerbound.CoverageLow{}, "saturated"},
		{"A B C", "100:4 110:3", lowerbound.IChao{}, "too-few-lists"},
		{"A B C D", "1000:4 1100:3 1110:2", lowerbound.IChao{}, "no-repeats"},
		{"A B C", "100:4 110:3", lowerbound.LanumteangBohning{}, "no-repeats"},
		{"A", "1:4", lowerbound.ChaoBC{}, "too-few-lists"},
		{"A B", "", lowerbound.Zelterman{}, "empty-table"},
		{"A B C", "100:4 010:3 001:2", lowerbound.CoverageLow{}, "no-overlap"},
		{"A B C", "100:4 110:3", lowerbound.CoverageLow{}, "too-few-lists"},
		{"A B", "10:4 11:3", lowerbound.CoverageHigh{}, "too-few-lists"},
		{"A B", "", lowerbound.CoverageIndependence{}, "empty-table"},
	} {
		_, err := c.e.Estimate(context.Background(), estimatortest.Table(c.lists, c.cells))
		if !errors.Is(err, &estimators.Refusal{Code: c.code}) {
			t.Errorf("%s of %s: %v, want the refusal %s", c.e.Name(), c.cells, err, c.code)
		}
	}
	one, err := estimators.NewFrequencies([]int64{5}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (lowerbound.ChaoBC{}).EstimateFrequencies(context.Background(), one); !errors.Is(err, &estimators.Refusal{Code: "too-few-lists"}) {
		t.Error(err)
	}
}

func TestOptionsThatCannotBeKept(t *testing.T) {
	table := reference.Table(t, "hav")
	for _, e := range []estimators.Estimator{
		lowerbound.Chao{Interval: estimators.Waring}, lowerbound.Turing{Levels: []float64{95}},
		lowerbound.CoverageLow{Interval: estimators.Profile}, lowerbound.CoverageLow{Levels: []float64{0}}, lowerbound.CoverageLow{Replicates: 1},
	} {
		_, err := e.Estimate(context.Background(), table)
		var refusal *estimators.Refusal
		if err == nil || errors.As(err, &refusal) {
			t.Errorf("%+v: error %v", e, err)
		}
	}
}

func TestCancelledBootstrapReturnsTheError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := lowerbound.CoverageLow{}.Estimate(ctx, reference.Table(t, "hav"))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func ExampleChao() {
	// Illegal immigrants by how often the police met them (van der Heijden et al. 2003).
	f, _ := estimators.NewFrequencies([]int64{1645, 183, 37, 13, 1, 1}, 0)
	e, _ := lowerbound.Chao{}.EstimateFrequencies(context.Background(), f)
	i, _ := e.Interval()
	fmt.Printf("at least %.0f (%.0f to %.0f)\n", e.Population, i.Lower, i.Upper)
	// Output: at least 9274 (8085 to 10690)
}

func ExampleCoverageHigh() {
	// Hepatitis A in Taiwan (Chao et al. 2001): the sample coverage is 51%, too low.
	t, _ := estimators.FromCounts([]string{"P", "Q", "E"}, []int64{0, 69, 55, 21, 63, 17, 18, 28})
	e, _ := estimators.Run(context.Background(), lowerbound.CoverageHigh{Seed: 1}, t)
	fmt.Println(e.Status, e.Reason.Code)
	low, _ := estimators.Run(context.Background(), lowerbound.CoverageLow{Seed: 1}, t)
	fmt.Printf("at least %.0f\n", low.Population)
	// Output:
	// refused low-coverage
	// at least 508
}

func ExampleSampleCoverage() {
	t, _ := estimators.FromCounts([]string{"P", "Q", "E"}, []int64{0, 69, 55, 21, 63, 17, 18, 28})
	c, _ := lowerbound.SampleCoverage(t)
	fmt.Printf("%.1f%%\n", 100*c)
	// Output: 51.3%
}

func BenchmarkChao(b *testing.B) {
	table := reference.Table(b, "uk5")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (lowerbound.Chao{}).Estimate(context.Background(), table); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCoverageLow(b *testing.B) {
	for _, name := range []string{"hav", "uk5", "uk6"} {
		table := reference.Table(b, name)
		b.Run(fmt.Sprintf("lists=%d/replicates=%d", table.K(), lowerbound.DefaultReplicates), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (lowerbound.CoverageLow{}).Estimate(context.Background(), table); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
