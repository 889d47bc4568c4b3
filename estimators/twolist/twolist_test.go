package twolist_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/twolist"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func table(t testing.TB, n1, n2, m int64) *estimators.Table {
	t.Helper()
	out, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, n1 - m, n2 - m, m})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func estimate(t testing.TB, e estimators.Estimator, table *estimators.Table) estimators.Estimate {
	t.Helper()
	out, err := estimators.Run(context.Background(), e, table)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

// The first row is the pair of lists 1 and 2 of the hepatitis A data, whose Chapman
// figures CARE1 1.1.0 prints (estN.pair(HAV)); the Sadinle limits of 15, 10, 5 are the worked
// example of Sadinle (2009), 22–65. The other figures were computed in R 4.2.2 from
// the formulas in the documentation of this package, the profile with lgamma and optimize, the
// exact limits with phyper, and are given to the digits printed there; but where optimize stops short of the
// maximum of the profile (first and fourth row) it was solved for in 40 digits.
func TestGoldenNumbers(t *testing.T) {
	for _, c := range []struct {
		n1, n2, m                                                                            int64
		petersen, petersenSE, chapman, chapmanSE, lower, upper, bailey, baileySE             float64
		sadinleLower, sadinleUpper, mode, profileLower, profileUpper, exactLower, exactUpper float64
	}{
		{135, 122, 49, 336.122449, 29.645811, 333.560000, 28.699714, 288.6791, 403.4078, 332.1, 35.825533,
			289.2434, 409.3106, 334.00125140, 286.3870, 404.8315, 286, 412},
		{15, 10, 5, 30, 7.745967, 28.333333, 5.909368, 22.3853, 49.1140, 27.5, 7.007649,
			21.9410, 64.6661, 28.0106, 20.4343, 56.4997, 21, 73},
		{50, 60, 10, 300, 77.459667, 281.818182, 65.460858, 191.7201, 460.4209, 277.272727, 72.466388,
			191.8804, 510.2092, 295.0049, 192.4145, 534.7692, 189, 577},
		{500, 300, 20, 7500, 1587.450787, 7180, 1445.343621, 4913.6573, 10688.9008, 7166.666667, 1473.674717,
			4938.7379, 11172.2632, 7480.50084365, 5107.1230, 11760.4143, 4998, 12055},
		{30, 25, 1, 750, 722.495675, 402, 216.212858, 167.5667, 1120.3687, 390, 216.333077,
			142.4114, 2664.6770, 723.0122, 185.9167, 12219.3346, 158, 29650},
	} {
		t.Run(fmt.Sprint(c.n1, c.n2, c.m), func(t *testing.T) {
			two := table(t, c.n1, c.n2, c.m)
			e := estimate(t, twolist.Petersen{}, two)
			within(t, "Petersen", e.Population, c.petersen, 5e-7)
			within(t, "its SE", e.SE, c.petersenSE, 5e-7)
			e = estimate(t, twolist.Chapman{Interval: estimators.LogNormal}, two)
			within(t, "Chapman", e.Population, c.chapman, 5e-7)
			within(t, "its SE", e.SE, c.chapmanSE, 5e-7)
			within(t, "log-normal lower", e.Intervals[0].Lower, c.lower, 5e-5)
			within(t, "log-normal upper", e.Intervals[0].Upper, c.upper, 5e-5)
			e = estimate(t, twolist.Bailey{}, two)
			within(t, "Bailey", e.Population, c.bailey, 5e-7)
			within(t, "its SE", e.SE, c.baileySE, 5e-7)
			for _, k := range []struct {
				kind                    estimators.IntervalKind
				lower, upper, tolerance float64
			}{
				{estimators.Sadinle, c.sadinleLower, c.sadinleUpper, 5e-5},
				{estimators.Profile, c.profileLower, c.profileUpper, 5e-5},
				{estimators.Exact, c.exactLower, c.exactUpper, 0},
			} {
				i := estimate(t, twolist.Petersen{Interval: k.kind}, two).Intervals[0]
				within(t, string(k.kind)+" lower", i.Lower, k.lower, k.tolerance)
				within(t, string(k.kind)+" upper", i.Upper, k.upper, k.tolerance)
			}
			m := float64(c.m)
			within(t, "profile maximum", twolist.MostLikely(m, float64(c.n1)-m, float64(c.n2)-m), c.mode, 5e-5)
		})
	}
}

// All pairs of lists of eight tables as CARE1 computes them.
func TestAgainstCARE1(t *testing.T) {
	for _, want := range reference.CARE1(t, reference.Every) {
		all := reference.Table(t, want.Table)
		pairs := twolist.Pairs(all)
		for i, p := range want.Pairs {
			name := fmt.Sprintf("%s lists %v (%s %s)", want.Table, p.Lists, want.Source.Program, want.Source.Version)
			a, b := p.Lists[0]-1, p.Lists[1]-1
			two := all.Keep(1<<uint(a) | 1<<uint(b))
			petersen := estimate(t, twolist.Petersen{}, two)
			if p.Petersen == 0 != (petersen.Status == estimators.Refused) {
				t.Errorf("%s: Petersen is %v there, %s here", name, p.Petersen, petersen.Status)
			}
			chapman := estimate(t, twolist.Chapman{Interval: estimators.LogNormal}, two)
			upper := p.Upper
			if p.Petersen == 0 {
				upper = math.Inf(1) // without overlap the other program prints what the formula gives
			}
			for _, x := range []struct {
				what      string
				got, want float64
			}{
				{"Petersen", petersen.Population, p.Petersen}, {"Chapman", chapman.Population, p.Chapman}, {"SE", chapman.SE, p.SE},
				{"lower", chapman.Intervals[0].Lower, p.Lower}, {"upper", chapman.Intervals[0].Upper, upper},
			} {
				if x.got != x.want && !reference.Close(x.got, x.want, want.Source.Tolerance) {
					t.Errorf("%s: %s is %v, want %v", name, x.what, x.got, x.want)
				}
			}
			// Pairs come in another order there.
			found := false
			for _, q := range pairs {
				if q.A == a && q.B == b {
					found = true
					if q.Population != chapman.Population || q.SE != chapman.SE || q.Both != all.Overlap(1<<uint(a)|1<<uint(b)) {
						t.Errorf("%s: Pairs says %+v", name, q)
					}
				}
			}
			if !found || len(pairs) != len(want.Pairs) {
				t.Errorf("%s: pair %d is not among the %d", name, i, len(pairs))
			}
		}
	}
}

func TestLaws(t *testing.T) {
	for _, m := range twolist.Methods() {
		for _, kind := range twolist.Kinds() {
			if m.Name == "bailey" && kind == estimators.Profile {
				continue
			}
			t.Run(m.Name+" "+string(kind), func(t *testing.T) {
				estimatortest.Run(t, m.New(estimators.Options{Kind: kind}), estimatortest.Options{
					New: func(o estimators.Options) estimators.Estimator {
						o.Kind = kind
						return m.New(o)
					},
					OrderMatters: m.Name == "bailey",
					MaxLists:     3,
				})
			})
		}
	}
}

func TestMethodsSayWhatTheyDo(t *testing.T) {
	for _, m := range twolist.Methods() {
		if m.New(estimators.Options{}).Name() != m.Name || m.Title == "" || m.Estimates == "" || len(m.Assumes) == 0 || len(m.Distrust) == 0 || len(m.References) == 0 {
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
		{"A B", "10:4 01:3", twolist.Petersen{}, "no-overlap"},
		{"A B", "10:4 01:3 11:-", twolist.Chapman{}, "no-overlap"},
		{"A B", "10:4 11:3 01:-", twolist.Chapman{}, "not-identifiable"},
		{"A B", "10:4", twolist.Chapman{}, "too-few-lists"},
		{"A", "1:4", twolist.Bailey{}, "too-few-lists"},
		{"A B C", "110:4", twolist.Chapman{}, "not-two-lists"},
		{"A B", "", twolist.Chapman{}, "empty-table"},
		{"A B", "01:9 11:30", twolist.Bailey{}, "below-observed"},
		{"A B", "11:30", twolist.Chapman{}, "saturated"},
		{"A B", "11:1", twolist.Petersen{}, "saturated"},
		{"A B", "11:30", twolist.Bailey{}, "saturated"},
	} {
		_, err := c.e.Estimate(context.Background(), estimatortest.Table(c.lists, c.cells))
		if !errors.Is(err, &estimators.Refusal{Code: c.code}) {
			t.Errorf("%s of %s: %v, want the refusal %s", c.e.Name(), c.cells, err, c.code)
		}
	}
}

func TestOptionsThatCannotBeKept(t *testing.T) {
	two := table(t, 15, 10, 5)
	for _, e := range []estimators.Estimator{twolist.Chapman{Interval: estimators.BCa}, twolist.Bailey{Interval: estimators.Profile}, twolist.Chapman{Levels: []float64{95}}, twolist.Petersen{Levels: []float64{math.NaN()}}} {
		_, err := e.Estimate(context.Background(), two)
		var refusal *estimators.Refusal
		if err == nil || errors.As(err, &refusal) {
			t.Errorf("%+v: error %v", e, err)
		}
	}
}

// Without overlap the formulas still answer, and must say what that is worth: no kind of interval has an upper limit,
// at any level, and the lower one of three kinds is near n + bc/3.69, that of the exact test for long lists.
func TestNoOverlapHasNoUpperLimit(t *testing.T) {
	two := table(t, 412, 233, 0)
	for _, kind := range twolist.Kinds() {
		for _, e := range []estimators.Estimator{twolist.Chapman{Interval: kind, Levels: []float64{0.95, 0.5}}, twolist.Bailey{Interval: kind, Levels: []float64{0.95, 0.5}}} {
			if e.Name() == "bailey" && kind == estimators.Profile {
				continue
			}
			est := estimate(t, e, two)
			if est.Status != estimators.Warned || est.Warnings[0].Code != "unbounded-upper" || strings.Contains(est.Warnings[0].Text, "e+") {
				t.Errorf("%+v: %+v", e, est.Warnings)
			}
			for _, i := range est.Intervals {
				if !i.Unbounded() {
					t.Errorf("%s: %+v", e.Name(), i)
				}
			}
			if kind == estimators.Waring || kind == estimators.Exact || kind == estimators.LogNormal {
				within(t, string(kind)+" lower", est.Intervals[0].Lower, 645+412*233/3.69, 0.12*645+0.12*412*233/3.69)
			}
		}
	}
	if est := estimate(t, twolist.Chapman{}, two); est.Population != 413*234-1 { // as CARE1 computes it
		t.Errorf("%v", est.Population)
	}
	p := twolist.Pairs(two)[0]
	if !p.Interval.Unbounded() || p.Status != estimators.Warned {
		t.Errorf("%+v", p)
	}
}

// Everybody on the first list is on the second, which has a few more: nobody is estimated to be
// hidden, and the upper limit that the advice asks to report must lie above the number seen.
func TestNobodyHiddenHasAnUpperLimitAboveTheSeen(t *testing.T) {
	for _, kind := range twolist.Kinds() {
		est := estimate(t, twolist.Chapman{Interval: kind}, table(t, 1000, 1005, 1000))
		if i := est.Intervals[0]; est.Hidden != 0 || i.Lower != 1005 || i.Upper < 1005+3.68 {
			t.Errorf("%s: %+v", kind, i)
		}
	}
}

// Numbers in texts are whole people, with the limits rounded outwards.
func TestTextsHoldWholePeople(t *testing.T) {
	est := estimate(t, twolist.Chapman{Interval: estimators.Exact}, table(t, 3000, 2500, 1))
	texts := []string{}
	for _, w := range est.Warnings {
		texts = append(texts, w.Code+": "+w.Text)
	}
	want := []string{"small-overlap: 1 person is on both A and B", "wide-interval: the interval runs from " + est.Intervals[0].Range()}
	if !slices.Equal(texts, want) {
		t.Errorf("%q, want %q", texts, want)
	}
	est = estimate(t, twolist.Bailey{}, table(t, 3000, 2500, 1))
	if !strings.HasSuffix(est.Notes[0], "the formula gives 3,751,250") { // n2(n1+1)/(m+1)
		t.Errorf("%q", est.Notes)
	}
}

func TestFewPersons(t *testing.T) {
	est := estimate(t, twolist.Chapman{}, table(t, 10, 12, 7))
	if !slices.ContainsFunc(est.Warnings, func(w estimators.Warning) bool {
		return w.Code == "few-persons" && w.Text == "only 15 people were seen"
	}) {
		t.Errorf("%+v", est.Warnings)
	}
}

// The distribution function by the closed form is the sum of the probabilities, and the
// law with a flat weight, (c+1, b+1; m−1), is the hypergeometric likelihood.
func TestWaringLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := float64(rapid.IntRange(1, 60).Draw(t, "a"))
		k := float64(rapid.IntRange(1, 60).Draw(t, "k"))
		rho := float64(rapid.IntRange(1, 30).Draw(t, "rho"))
		x := rapid.IntRange(0, 200).Draw(t, "x")
		lg := func(z float64) float64 { l, _ := math.Lgamma(z); return l }
		p := math.Exp(lg(a+rho) + lg(k+rho) - lg(a+k+rho) - lg(rho))
		sum := p
		for i := range x {
			p *= (a + float64(i)) * (k + float64(i)) / ((a + k + rho + float64(i)) * float64(i+1))
			sum += p
		}
		if got := twolist.WaringCDF(a, k, rho, float64(x)); math.Abs(got-sum) > 1e-11 {
			t.Fatalf("P(X ≤ %d) for (%v, %v; %v) is %v, the sum is %v", x, a, k, rho, got, sum)
		}
	})
}

// Where sums have too many terms an integral takes over; both must give the same limits as the normal
// law that then holds.
func TestLargeCounts(t *testing.T) {
	for _, c := range []struct{ n1, n2, m int64 }{{3e6, 2e6, 1e6}, {3e9, 2e9, 1e9}, {3e15, 2e15, 1e15}, {1e15, 1e15, 1e7}} {
		two := table(t, c.n1, c.n2, c.m)
		sadinle := estimate(t, twolist.Chapman{Interval: estimators.Sadinle}, two).Intervals[0]
		for _, kind := range twolist.Kinds() {
			i := estimate(t, twolist.Chapman{Interval: kind}, two).Intervals[0]
			width := sadinle.Upper - sadinle.Lower
			if math.Abs(i.Lower-sadinle.Lower) > 2e-3*width || math.Abs(i.Upper-sadinle.Upper) > 2e-3*width {
				t.Errorf("%v %s: %v to %v, Sadinle's %v to %v", c, kind, i.Lower, i.Upper, sadinle.Lower, sadinle.Upper)
			}
		}
	}
}

// One person on two lists of 10¹⁵: the overlap is nearly Poisson with mean n1·n2/N, so
// that the exact limits are n1·n2 over the limits of a Poisson mean.
func TestOneOverlapOfHugeLists(t *testing.T) {
	two := table(t, 1e15, 2e15, 1)
	i := estimate(t, twolist.Chapman{Interval: estimators.Exact}, two).Intervals[0]
	upper, lower := 2e30/(distuv.Gamma{Alpha: 1, Beta: 1}.Quantile(0.025)), 2e30/(distuv.Gamma{Alpha: 2, Beta: 1}.Quantile(0.975))
	if math.Abs(i.Lower/lower-1) > 1e-9 || math.Abs(i.Upper/upper-1) > 1e-9 {
		t.Errorf("%v to %v, want %v to %v", i.Lower, i.Upper, lower, upper)
	}
}

func TestPairsWithAndWithoutAnAnswer(t *testing.T) {
	// Pairs: A and B share nobody by design, C is empty but for those shared with A.
	pairs := twolist.Pairs(estimatortest.Table("A B C", "100:40 010:30 001:20 101:6 011:5 110:- 111:-"))
	if len(pairs) != 3 || pairs[0].Status != estimators.Refused || pairs[0].Reason.Code != "no-overlap" {
		t.Fatalf("%+v", pairs)
	}
	// By hand, A and C: both 6, A only 40, C only 25, neither 30: odds ratio 6·30/(40·25).
	p := pairs[1]
	if !p.HasOdds || p.OddsRatio != 0.18 || p.Both != 6 || math.Abs(p.Population-(47*32/7.0-1)) > 1e-9 || p.Status != estimators.Warned || p.Interval.Kind != estimators.Waring || p.Interval.Level != 0.95 {
		t.Errorf("%+v", p)
	}
	if p := twolist.Pairs(table(t, 15, 10, 5), 0.8)[0]; p.HasOdds || p.Interval.Level != 0.8 {
		t.Errorf("%+v", p)
	}
}

func Example() {
	// Hepatitis A in a college in Taiwan: lists P and Q (Chao et al. 2001, Statistics in Medicine 20:3123).
	t, _ := estimators.FromCounts([]string{"P", "Q"}, []int64{0, 86, 73, 49})
	e, _ := estimators.Run(context.Background(), twolist.Chapman{}, t)
	i, _ := e.Interval()
	fmt.Printf("%.0f (%.0f%% interval %.0f to %.0f), %d seen\n", e.Population, 100*i.Level, i.Lower, i.Upper, e.Observed)
	// Output: 334 (95% interval 288 to 408), 208 seen
}

func ExamplePetersen() {
	t, _ := estimators.FromCounts([]string{"A", "B"}, []int64{0, 40, 30, 0})
	e, _ := estimators.Run(context.Background(), twolist.Petersen{}, t)
	fmt.Println(e.Status, e.Reason.Code)
	// Output: refused no-overlap
}

func ExampleBailey() {
	t, _ := estimators.FromCounts([]string{"P", "Q"}, []int64{0, 86, 73, 49})
	e, _ := estimators.Run(context.Background(), twolist.Bailey{}, t)
	fmt.Printf("%.1f\n", e.Population)
	// Output: 332.1
}

func ExamplePairs() {
	// Korean women of the "comfort stations" in Palembang: Ball, Shin and Yang (2018).
	t, _ := estimators.FromCounts([]string{"b", "c", "d"}, []int64{0, 5, 5, 54, 41, 6, 0, 12})
	for _, p := range twolist.Pairs(t) {
		fmt.Printf("%s and %s share %d: %.0f (%.0f to %.0f)\n", t.Lists()[p.A], t.Lists()[p.B], p.Both, p.Population, p.Interval.Lower, p.Interval.Upper)
	}
	// Output:
	// b and c share 66: 83 (82 to 86)
	// b and d share 18: 245 (188 to 368)
	// c and d share 12: 331 (233 to 574)
}

func BenchmarkChapman(b *testing.B) {
	for _, kind := range twolist.Kinds() {
		b.Run("interval="+string(kind), func(b *testing.B) {
			two := table(b, 135, 122, 49)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (twolist.Chapman{Interval: kind}).Estimate(context.Background(), two); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
