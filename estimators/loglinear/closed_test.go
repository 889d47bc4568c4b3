package loglinear_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/reference"

	"pgregory.net/rapid"
)

// closedTables are those to which Rcapture fitted the closed-population models.
var closedTables = []string{"hare", "hiv", "uk5", "uk6", "kosovo", "western", "nl5", "korea", "hav"}

// glmSE is how well standard errors can agree with Rcapture's: glm() takes the covariance
// from the weights of its last but one step, where N has two to four digits
// less than at the end. Its closedp.0 and closedp.t, which have the same estimate, differ by as much.
const glmSE = 5e-4

func closedNamed(t testing.TB, name string) loglinear.Closed {
	t.Helper()
	c := loglinear.Closed{Time: strings.HasPrefix(name, "Mt")}
	if _, form, ok := strings.Cut(name, "-"); ok {
		h, err := loglinear.ParseHeterogeneity(form)
		if err != nil {
			t.Fatal(err)
		}
		c.Heterogeneity = h
	}
	if c.Name() != name {
		t.Fatalf("%s is called %s", name, c.Name())
	}
	return c
}

func coefficient(e estimators.Estimate, name string) (estimators.Coefficient, bool) {
	i := slices.IndexFunc(e.Coefficients, func(c estimators.Coefficient) bool { return c.Name == name })
	if i < 0 {
		return estimators.Coefficient{}, false
	}
	return e.Coefficients[i], true
}

func warned(e estimators.Estimate, code string) bool {
	return slices.ContainsFunc(e.Warnings, func(w estimators.Warning) bool { return w.Code == code })
}

// All models of closedp.t on all tables: N, deviance, AIC and BIC to 1e-6 (they agree to
// 1e-7 and 1e-13), degrees of freedom, terms set to zero, and the warning about bias.
func TestClosedAgreesWithRcapture(t *testing.T) {
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		for _, want := range reference.Closedp(t, table) {
			if strings.HasPrefix(want.Model, "Mb") {
				continue
			}
			t.Run(table+"/"+want.Model, func(t *testing.T) {
				got, err := closedNamed(t, want.Model).Estimate(t.Context(), tab)
				if err != nil {
					t.Fatal(err)
				}
				compareFit(t, got, want, glmSE)
				var dropped []string
				for _, c := range got.Coefficients {
					if strings.HasPrefix(c.Name, "eta") && c.Estimate == 0 {
						dropped = append(dropped, c.Name)
					}
				}
				if !slices.Equal(dropped, want.Dropped) {
					t.Errorf("set to zero: %v, not %v", dropped, want.Dropped)
				}
				if warned(got, "negative-terms") != (len(want.Dropped) > 0) {
					t.Errorf("warnings %v", got.Warnings)
				}
				if warned(got, "asymptotic-bias") != (want.Info == 1) {
					t.Errorf("warnings %v; Rcapture's bias is %v", got.Warnings, want.Bias)
				}
			})
		}
	}
}

func compareFit(t *testing.T, got estimators.Estimate, want reference.Fit, tolerance float64) {
	t.Helper()
	for _, c := range []struct {
		what      string
		got, want float64
		tolerance float64
	}{
		{"N", got.Population, want.N, want.Source.Tolerance},
		{"SE", got.SE, want.SE, tolerance},
		{"deviance", got.Fit.Deviance, want.Deviance, want.Source.Tolerance},
		{"AIC", got.Fit.AIC, want.AIC, want.Source.Tolerance},
		{"BIC", got.Fit.BIC, want.BIC, want.Source.Tolerance},
	} {
		if !reference.Close(c.got, c.want, c.tolerance) {
			t.Errorf("%s: %s is %.10g, %s gives %.10g", want.Call, c.what, c.got, want.Source.Program, c.want)
		}
	}
	if got.Fit.DF != want.DF {
		t.Errorf("%s: df %d, not %d", want.Call, got.Fit.DF, want.DF)
	}
}

// That Rcapture's standard errors differ from ours only because glm() takes its covariance one
// step early: taken there, ours are the same to 1e-6.
func TestStandardErrorsOneStepEarlyAreRcaptures(t *testing.T) {
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		for _, want := range reference.Closedp(t, table) {
			if strings.HasPrefix(want.Model, "Mb") {
				continue
			}
			se, err := closedNamed(t, want.Model).ReweightedSE(t.Context(), tab)
			if err != nil || !reference.Close(se, want.SE, 1e-6) {
				t.Errorf("%s %s: %.10g, not %.10g (%v)", want.Call, want.Model, se, want.SE, err)
			}
		}
	}
}

// With negative terms kept, as closedp.t(neg=FALSE) does, wherever the maximum exists.
func TestClosedKeepsNegativeTerms(t *testing.T) {
	compared := 0
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		for _, want := range reference.ClosedpNegative(t, table) {
			if !strings.HasSuffix(want.Model, "chao") {
				continue
			}
			c := closedNamed(t, want.Model)
			c.KeepNegative = true
			got, err := c.Estimate(t.Context(), tab)
			var r *estimators.Refusal
			if errors.As(err, &r) && r.Is(&estimators.Refusal{Code: "no-mle"}) {
				continue // nobody is on so many lists: the term runs away, and glm() stops on the way
			}
			if err != nil {
				t.Fatalf("%s %s: %v", table, want.Model, err)
			}
			compareFit(t, got, want, glmSE)
			compared++
		}
	}
	if compared < 6 {
		t.Errorf("only %d models were compared", compared)
	}
}

// Mb and Mbh. For Mbh Rcapture's standard error is not compared: it is not that of the
// removal method, which the next test derives in closed form, and is larger by up to a factor of 3
// (hare: 14.6 against 4.65; its own bias-corrected version, with which we agree, has 3.9).
func TestBehaviourAgreesWithRcapture(t *testing.T) {
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		for _, want := range reference.Closedp(t, table) {
			if !strings.HasPrefix(want.Model, "Mb") {
				continue
			}
			got, err := loglinear.Behaviour{FirstDiffers: want.Model == "Mbh"}.Estimate(t.Context(), tab)
			if want.N < float64(tab.Observed()) {
				if !errors.Is(err, &estimators.Refusal{Code: "below-observed"}) {
					t.Errorf("%s: N = %v there, but the error is %v", want.Call, want.N, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", want.Call, err)
			}
			if !warned(got, "order-matters") {
				t.Errorf("%s: no warning that the order matters", table)
			}
			if want.Model == "Mbh" {
				want.SE = got.SE
			}
			compareFit(t, got, want, glmSE)
		}
	}
}

// The asymptotic variance of the removal method with s occasions (Zippin 1956; Seber 1982,
// section 7.2), in closed form: N(1−q^s)q^s / ((1−q^s)² − (ps)²q^(s−1)). Mbh applies it to
// the people not met on the first occasion. The log-linear variance agrees with it exactly for Mb, and
// for Mbh, because the recaptures add nothing.
func TestBehaviourStandardErrorIsThatOfRemoval(t *testing.T) {
	for _, table := range []string{"hare", "hiv", "kosovo", "western"} {
		tab := reference.Table(t, table)
		for _, first := range []bool{false, true} {
			e, err := loglinear.Behaviour{FirstDiffers: first}.Estimate(t.Context(), tab)
			if err != nil {
				t.Fatal(err)
			}
			s, n, met := float64(tab.K()), e.Population, float64(tab.Observed())
			if first {
				u := float64(tab.Totals()[0])
				s, n, met = s-1, n-u, met-u
			}
			qs := 1 - met/n
			q := math.Pow(qs, 1/s)
			p := 1 - q
			want := math.Sqrt(n * (1 - qs) * qs / ((1-qs)*(1-qs) - (p*s)*(p*s)*math.Pow(q, s-1)))
			if !reference.Close(e.SE, want, 1e-6) {
				t.Errorf("%s, first occasion apart %v: SE %v, removal %v", table, first, e.SE, want)
			}
		}
	}
}

// The snowshoe hares as Rcapture 1.4-4 prints them, to one decimal: closedp.t(hare), and
// closedpCI.t(hare, m="Mth", h="Poisson"), where the interval is 71.8 to 93.8.
func TestHares(t *testing.T) {
	tab := reference.Table(t, "hare")
	for name, want := range map[string][2]float64{
		"M0": {75.4, 3.5}, "Mt": {75.1, 3.4}, "Mh-chao": {79.8, 6.4}, "Mh-poisson": {81.5, 5.7}, "Mh-darroch": {90.4, 11.6},
		"Mth-chao": {79.6, 6.3}, "Mth-poisson": {81.1, 5.6}, "Mth-darroch": {90.5, 11.7}, "Mb": {81.1, 8.3},
		"Mh-gamma": {100.6, 21.7}, "Mth-gamma": {101.6, 22.4},
	} {
		e, err := card(t, name).New(estimators.Options{}).Estimate(t.Context(), tab)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(e.Population-want[0]) > 0.0501 || math.Abs(e.SE-want[1]) > 0.0501 {
			t.Errorf("%s: %.2f (%.2f), not %v", name, e.Population, e.SE, want)
		}
		if name == "Mth-poisson" {
			if i := e.Intervals[0]; math.Abs(i.Lower-71.8) > 0.05 || math.Abs(i.Upper-93.8) > 0.05 {
				t.Errorf("Mth-poisson: %+v", i)
			}
		}
	}
}

// Profile limits: within the tolerance stated there of closedpCI's, which stop early. Where
// Rcapture stopped searching at three times N, ours lies beyond.
func TestProfilesAgreeWithRcapture(t *testing.T) {
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		for _, want := range slices.Concat(reference.Profiles(t, table), reference.Profiles0(t, table)) {
			c := closedNamed(t, want.Model)
			c.Levels = []float64{want.Profile.Level}
			got, err := c.Estimate(t.Context(), tab)
			if err != nil {
				t.Fatalf("%s: %v", want.Call, err)
			}
			i := got.Intervals[0]
			if i.Kind != estimators.Profile || i.Level != want.Profile.Level {
				t.Errorf("%s: %+v", want.Call, i)
			}
			if !reference.Close(i.Lower, want.Profile.Lower, want.Source.Tolerance) {
				t.Errorf("%s: lower limit %v, not %v", want.Call, i.Lower, want.Profile.Lower)
			}
			switch {
			case want.Profile.Upper == 0:
				if i.Upper < want.Profile.Above {
					t.Errorf("%s: upper limit %v, not above %v", want.Call, i.Upper, want.Profile.Above)
				}
			case !reference.Close(i.Upper, want.Profile.Upper, want.Source.Tolerance):
				t.Errorf("%s: upper limit %v, not %v", want.Call, i.Upper, want.Profile.Upper)
			}
			best := slices.MaxFunc(got.Profile, func(a, b estimators.Point) int {
				if a.Y < b.Y {
					return -1
				}
				return 1
			})
			if math.Abs(best.X-want.Profile.N) > 0.1*(want.Profile.N) {
				t.Errorf("%s: the profile is highest at %v, Rcapture's at %v", want.Call, best.X, want.Profile.N)
			}
		}
	}
}

// For Mt the multinomial profile is known in closed form, n_i/N being the probabilities:
// ℓ(N) = log Γ(N+1) − log Γ(N−n+1) + Σ n_i log n_i/N + (N−n_i) log(1−n_i/N). The limits solve it to 1e-9.
func TestProfileOfIndependenceInClosedForm(t *testing.T) {
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		n := float64(tab.Observed())
		ell := func(N float64) float64 {
			a, _ := math.Lgamma(N + 1)
			b, _ := math.Lgamma(N - n + 1)
			s := a - b
			for _, c := range tab.Totals() {
				x := float64(c)
				s += x*math.Log(x/N) + (N-x)*math.Log1p(-x/N)
			}
			return s
		}
		// The maximum, by golden section.
		lo, hi := n*(1+1e-9), 100*n
		for range 300 {
			a, b := lo+0.382*(hi-lo), lo+0.618*(hi-lo)
			if ell(a) > ell(b) {
				hi = b
			} else {
				lo = a
			}
		}
		best := ell(lo)
		solve := func(in, out float64) float64 {
			const half = 1.920729410347062 // half the 95% quantile of χ² with one degree of freedom
			for range 200 {
				m := (in + out) / 2
				if ell(m) > best-half {
					in = m
				} else {
					out = m
				}
			}
			return in
		}
		e, err := loglinear.Closed{Time: true}.Estimate(t.Context(), tab)
		if err != nil {
			t.Fatal(err)
		}
		i := e.Intervals[0]
		if l, u := solve(lo, n), solve(lo, 100*n); !reference.Close(i.Lower, l, 1e-6) || !reference.Close(i.Upper, u, 1e-6) {
			t.Errorf("%s: %v to %v, closed form %v to %v", table, i.Lower, i.Upper, l, u)
		}
	}
}

// Two lists of n1 and n2 persons with m on both: 95% limits of the multinomial
// profile, from an independent solution of the closed form above; N is n1·n2/m.
func TestProfileOfTwoLists(t *testing.T) {
	for _, c := range []struct{ n1, n2, m, lower, upper float64 }{
		{135, 122, 49, 286.3870, 404.8315},
		{15, 10, 5, 20.4343, 56.4997},
		{50, 60, 10, 192.4145, 534.7692},
		{500, 300, 20, 5107.1230, 11760.4143},
		{30, 25, 1, 185.9167, 12219.3346},
	} {
		tab, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, int64(c.n1 - c.m), int64(c.n2 - c.m), int64(c.m)})
		if err != nil {
			t.Fatal(err)
		}
		e, err := loglinear.Closed{Time: true}.Estimate(t.Context(), tab)
		if err != nil {
			t.Fatal(err)
		}
		if i := e.Intervals[0]; !reference.Close(e.Population, c.n1*c.n2/c.m, 1e-12) || math.Abs(i.Lower-c.lower) > 1e-4 || math.Abs(i.Upper-c.upper) > 1e-4 {
			t.Errorf("%v: %v, %v to %v", c, e.Population, i.Lower, i.Upper)
		}
	}
}

// The profile of Mb against the multinomial likelihood of the first captures written out.
func TestProfileOfRemoval(t *testing.T) {
	tab := reference.Table(t, "hare")
	u := reference.Descriptive(t, "hare")[0].U
	n := float64(tab.Observed())
	for _, first := range []bool{false, true} {
		ell := func(N float64) float64 {
			a, _ := math.Lgamma(N + 1)
			b, _ := math.Lgamma(N - n + 1)
			s := a - b
			left, met, waits := N, 0.0, 0.0
			for i, c := range u {
				x := float64(c)
				if first && i == 0 {
					s += x*math.Log(x/N) + (N-x)*math.Log(1-x/N)
				} else {
					met += x
					waits += left - x
				}
				left -= x
			}
			p := met / (met + waits)
			return s + met*math.Log(p) + waits*math.Log(1-p)
		}
		e, err := loglinear.Behaviour{FirstDiffers: first}.Estimate(t.Context(), tab)
		if err != nil {
			t.Fatal(err)
		}
		i := e.Intervals[0]
		best := math.Inf(-1)
		for N := n + 1e-6; N < 3*n; N += 0.001 {
			best = math.Max(best, ell(N))
		}
		for _, limit := range []float64{i.Lower, i.Upper} {
			if limit == n {
				if best-ell(n+1e-9) > 1.920729410347062 {
					t.Errorf("the lower limit is n, but ℓ falls by %v there", best-ell(n+1e-9))
				}
				continue
			}
			if drop := best - ell(limit); math.Abs(drop-1.920729410347062) > 1e-6 {
				t.Errorf("first occasion apart %v: at %v the log-likelihood has fallen by %v", first, limit, drop)
			}
		}
	}
}

// Bias-corrected versions against closedp.bc.
func TestCorrectedAgreesWithRcapture(t *testing.T) {
	compared := 0
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		for _, want := range reference.Corrected(t, table) {
			got, err := loglinear.Corrected{Model: want.Model}.Estimate(t.Context(), tab)
			switch {
			case want.Error != "":
				if !errors.Is(err, &estimators.Refusal{Code: "too-few-lists"}) {
					t.Errorf("%s: refused there, but the error is %v", want.Call, err)
				}
				continue
			case want.N < float64(tab.Observed()):
				if !errors.Is(err, &estimators.Refusal{Code: "below-observed"}) {
					t.Errorf("%s: N = %v there, but the error is %v", want.Call, want.N, err)
				}
				continue
			case err != nil:
				t.Fatalf("%s: %v", want.Call, err)
			}
			if !reference.Close(got.Population, want.N, want.Source.Tolerance) || !reference.Close(got.SE, want.SE, glmSE) {
				t.Errorf("%s: %.9g (%.9g), not %.9g (%.9g)", want.Call, got.Population, got.SE, want.N, want.SE)
			}
			if got.Fit != nil || got.Method != want.Model+"-bc" {
				t.Errorf("%s: method %s, fit %v", want.Call, got.Method, got.Fit)
			}
			compared++
		}
	}
	if compared < 90 {
		t.Errorf("only %d models were compared", compared)
	}
}

// With two lists Mt-bc is Chapman's estimator (Seber 1982): n1 = 135, n2 = 122, m = 49 give
// 333.56 with standard error 28.699714.
func TestCorrectedMtOfTwoListsIsChapman(t *testing.T) {
	e, err := loglinear.Corrected{Model: "Mt"}.Estimate(t.Context(), estimatortest.Table("P Q", "10:86 01:73 11:49"))
	if err != nil || math.Abs(e.Population-333.56) > 1e-9 || math.Abs(e.SE-28.699714) > 1e-6 {
		t.Errorf("%v (%v), %v", e.Population, e.SE, err)
	}
}

// Mt is the log-linear model without interactions, fitted by another route.
func TestMtIsIndependence(t *testing.T) {
	for _, table := range closedTables {
		tab := reference.Table(t, table)
		e, err := loglinear.Closed{Time: true}.Estimate(t.Context(), tab)
		if err != nil {
			t.Fatal(err)
		}
		f, err := loglinear.Fit(tab, loglinear.Independence(tab.K()))
		if err != nil {
			t.Fatal(err)
		}
		if !reference.Close(e.Population, f.Population, 1e-10) || !reference.Close(e.SE, f.SE, 1e-7) || !reference.Close(e.Fit.Deviance, f.Fit.Deviance, 1e-9) {
			t.Errorf("%s: %v %v %v, lattice %v %v %v", table, e.Population, e.SE, e.Fit.Deviance, f.Population, f.SE, f.Fit.Deviance)
		}
	}
}

// Structural zeros leave the likelihood: M0 of two lists with history 11 impossible has
// nothing to go on, and with three lists and 111 impossible the closed form of counts by
// number of lists holds: log-linear in 0, 1, 2 with 3, 3 cells gives n̂0 = (f₁/3)²/(f₂/3).
func TestClosedStructuralZeros(t *testing.T) {
	tab := estimatortest.Table("A B C", "100:40 010:30 001:20 110:8 101:6 011:5 111:-")
	e, err := loglinear.Closed{}.Estimate(t.Context(), tab)
	if err != nil || !reference.Close(e.Hidden, (90.0/3)*(90.0/3)/(19.0/3), 1e-12) {
		t.Errorf("%v, %v", e.Hidden, err)
	}
	if e.Fit.DF != 6-2 {
		t.Errorf("df %d", e.Fit.DF)
	}
	for _, name := range []string{"Mb", "Mbh", "Mt-bc", "Mh-chao-bc"} {
		_, err := card(t, name).New(estimators.Options{}).Estimate(t.Context(), tab)
		if !errors.Is(err, &estimators.Refusal{Code: "impossible-patterns"}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Fitting counts by number of lists, with the cells of each number as one, is fitting all
// cells: M0 and Mh equal Mt and Mth with all lists of the same size.
func TestMergedCellsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(3, 5).Draw(t, "lists")
		f := make([]int64, k+1)
		for j := 1; j <= k; j++ {
			f[j] = rapid.Int64Range(1, 50).Draw(t, "persons per history") / int64(j)
		}
		names := strings.Split("ABCDE", "")[:k]
		counts := make([]int64, 1<<k)
		for w := 1; w < len(counts); w++ {
			counts[w] = f[estimators.Pattern(w).Size()]
		}
		tab, err := estimators.FromCounts(names, counts)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range []loglinear.Heterogeneity{loglinear.Homogeneous, loglinear.Darroch, loglinear.Gamma} {
			a, errA := loglinear.Closed{Heterogeneity: h}.Estimate(t.Context(), tab)
			b, errB := loglinear.Closed{Heterogeneity: h, Time: true}.Estimate(t.Context(), tab)
			if (errA == nil) != (errB == nil) {
				t.Fatalf("%v, %v", errA, errB)
			}
			if errA != nil {
				continue
			}
			if !reference.Close(a.Population, b.Population, 1e-8) || !reference.Close(a.Fit.Deviance, b.Fit.Deviance, 1e-8) || !reference.Close(a.Fit.Pearson, b.Fit.Pearson, 1e-8) ||
				!reference.Close(a.SE, b.SE, 1e-7) || a.Fit.DF != b.Fit.DF+k-1 {
				t.Fatalf("%v (%v) and %v (%v): %+v %+v", a.Population, a.SE, b.Population, b.SE, a.Fit, b.Fit)
			}
		}
	})
}

// Two independent lists of very different size: the common-rate models put the hidden
// people far too high, and must not be called "at least".
func TestUnequalLists(t *testing.T) {
	tab := estimatortest.Table("A B", "10:475 01:25 11:25") // 500 × 50 / 25 = 1000
	for _, name := range []string{"M0", "Mh-chao", "Mh-chao-bc", "M0-bc"} {
		e, err := card(t, name).New(estimators.Options{}).Estimate(t.Context(), tab)
		if err != nil || e.Population < 1500 || e.LowerBound || !warned(e, "unequal-lists") {
			t.Errorf("%s: %v, at least %v, %v, %v", name, e.Population, e.LowerBound, e.Warnings, err)
		}
	}
	e, err := loglinear.Closed{Time: true, Heterogeneity: loglinear.Chao}.Estimate(t.Context(), tab)
	if err != nil || !reference.Close(e.Population, 1000, 1e-9) || !e.LowerBound || warned(e, "unequal-lists") {
		t.Errorf("Mth-chao: %+v, %v", e, err)
	}
}

// Chao's form is a lower bound under its model only. A and B share far more people than that allows, whatever the
// people are like, so that neither it nor its corrected version may be called "at least".
func TestNoLowerBoundUnderPoorFit(t *testing.T) {
	tab := estimatortest.Table("A B C D", "1000:300 0100:310 0010:290 0001:305 1100:200 0011:4 1010:30 0101:28 1001:31 0110:33 1110:9 0111:3 1011:4 1101:8 1111:2")
	for _, name := range []string{"Mth-chao", "Mth-chao-bc", "Mh-chao", "Mh-chao-bc"} {
		e, err := card(t, name).New(estimators.Options{}).Estimate(t.Context(), tab)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(e.Warnings, func(w estimators.Warning) bool { return w.Code == "poor-fit" })
		if e.LowerBound || i < 0 || !strings.HasSuffix(e.Warnings[i].Text, "not \"at least\"") {
			t.Errorf("%s: at least %v, %+v", name, e.LowerBound, e.Warnings)
		}
	}
	e, err := loglinear.Corrected{Model: "Mth-chao"}.Estimate(t.Context(), reference.Table(t, "hare"))
	if err != nil || !e.LowerBound || warned(e, "poor-fit") {
		t.Errorf("hares: at least %v, %+v, %v", e.LowerBound, e.Warnings, err)
	}
}

// Corrections and penalties must not make up a number where nobody is on two lists, where everybody is on all, or
// from a handful of people.
func TestClosedRefusesWhatOnlyCorrectionsAnswer(t *testing.T) {
	tables := map[string][]*estimators.Table{
		"no-overlap": {estimatortest.Table("A B", "10:412 01:233"), estimatortest.Table("A B C D", "1000:41 0100:23 0010:9 0001:30")},
		"saturated":  {estimatortest.Table("A B", "11:30"), estimatortest.Table("A B C D", "1111:30")},
		"no-repeats": {estimatortest.Table("A B", "10:2 01:1 11:1"), estimatortest.Table("A B C D", "1000:1 0110:1 1101:1")},
	}
	for _, m := range loglinear.Methods() {
		if m.Family != "Closed-population models" {
			continue
		}
		for code, tabs := range tables {
			if code == "no-repeats" && !strings.HasSuffix(m.Name, "-bc") && !strings.HasSuffix(m.Name, "chao") {
				continue
			}
			for _, tab := range tabs {
				if tab.K() < m.MinLists {
					continue
				}
				if _, err := m.New(estimators.Options{}).Estimate(t.Context(), tab); !errors.Is(err, &estimators.Refusal{Code: code}) {
					t.Errorf("%s on %d lists: %v, want %s", m.Name, tab.K(), err, code)
				}
			}
		}
	}
}

// Texts hold whole people and no names of parameters alone.
func TestClosedTexts(t *testing.T) {
	for _, name := range []string{"uk5", "nl5", "western", "hare", "korea", "kosovo"} {
		tab := reference.Table(t, name)
		for _, m := range loglinear.Methods() {
			if m.Family != "Closed-population models" {
				continue
			}
			e, err := estimators.Run(t.Context(), m.New(estimators.Options{}), tab)
			if err != nil {
				t.Fatal(err)
			}
			texts := []string{}
			if e.Reason != nil {
				texts = append(texts, e.Reason.Text)
			}
			for _, w := range e.Warnings {
				texts = append(texts, w.Text)
				if w.Code == "negative-terms" && !strings.HasPrefix(w.Text, "set to zero: the heterogeneity term") {
					t.Errorf("%s %s: %q", name, m.Name, w.Text)
				}
			}
			for _, text := range texts {
				if strings.Contains(text, "e+") || strings.Contains(text, "persons") || strings.Contains(text, " 1 degrees") {
					t.Errorf("%s %s: %q", name, m.Name, text)
				}
			}
		}
	}
}

// With many lists and nobody on more than a few of them, all terms beyond run away to minus
// infinity and are set to zero, whatever their number: the bound is that of the fewest lists, by
// Chao's formula n + (t−1)/(2t)·f₁²/f₂ when f₁, f₂ and f₃ alone fit convexly.
func TestChaoWithManyEmptyCounts(t *testing.T) {
	for _, k := range []int{6, 9, 12, 15} {
		names := make([]string, k)
		for i := range names {
			names[i] = string(rune('A' + i))
		}
		for _, scale := range []int64{1, 1000, 1000000} {
			counts := make([]int64, 1<<k)
			counts[0b1], counts[0b11], counts[0b111], counts[0b1111] = 900*scale, 100*scale, 15*scale, 3*scale
			tab, err := estimators.FromCounts(names, counts)
			if err != nil {
				t.Fatal(err)
			}
			e, err := loglinear.Closed{Heterogeneity: loglinear.Chao}.Estimate(t.Context(), tab)
			if err != nil {
				t.Errorf("%d lists, times %d: %v", k, scale, err)
				continue
			}
			for j := 5; j <= k; j++ {
				if c, ok := coefficient(e, fmt.Sprintf("eta%d", j)); !ok || c.Estimate != 0 {
					t.Errorf("%d lists, times %d: %+v", k, scale, c)
				}
			}
			if want := float64(k-1) / float64(2*k) * 900 * 900 / 100 * float64(scale); !reference.Close(e.Hidden, want, 1e-9) {
				t.Errorf("%d lists, times %d: hidden %v, not %v", k, scale, e.Hidden, want)
			}
		}
	}
}

func TestClosedOptions(t *testing.T) {
	tab := reference.Table(t, "hare")
	for _, e := range []estimators.Estimator{
		loglinear.Closed{Levels: []float64{1.5}},
		loglinear.Closed{Interval: estimators.Waring},
		loglinear.Closed{Theta: 3},
		loglinear.Closed{Heterogeneity: loglinear.Poisson, Theta: 1},
		loglinear.Closed{Heterogeneity: loglinear.Gamma, Theta: -1},
		loglinear.Closed{Heterogeneity: "normal"},
		loglinear.Behaviour{Interval: estimators.Sadinle},
		loglinear.Corrected{Model: "Mth-gamma"},
		loglinear.Corrected{Model: "M0", Interval: estimators.BCa},
	} {
		_, err := e.Estimate(t.Context(), tab)
		var r *estimators.Refusal
		if err == nil || errors.As(err, &r) {
			t.Errorf("%+v: %v", e, err)
		}
	}
	// θ = 2 and 3.5 are the defaults; the limit of the Poisson form for θ near 1 is θ^j − 1 ≈ j log θ,
	// which M0 holds already, so that other values give other numbers.
	base, _ := loglinear.Closed{Heterogeneity: loglinear.Poisson}.Estimate(t.Context(), tab)
	same, _ := loglinear.Closed{Heterogeneity: loglinear.Poisson, Theta: 2}.Estimate(t.Context(), tab)
	other, err := loglinear.Closed{Heterogeneity: loglinear.Poisson, Theta: 3}.Estimate(t.Context(), tab)
	if err != nil || base.Population != same.Population || math.Abs(other.Population-base.Population) < 0.5 {
		t.Errorf("%v, %v, %v, %v", base.Population, same.Population, other.Population, err)
	}
	bc, err := loglinear.Corrected{Model: "M0", Interval: estimators.Profile}.Estimate(t.Context(), tab)
	if err != nil || bc.Intervals[0].Kind != estimators.LogNormal || len(bc.Notes) == 0 {
		t.Errorf("%+v, %v", bc, err)
	}
}

// Residuals: squares of Pearson's add up to the statistic, those of the deviance to the
// deviance; fitted means add up to n.
func TestClosedResiduals(t *testing.T) {
	e, err := loglinear.Closed{Time: true, Heterogeneity: loglinear.Darroch}.Estimate(t.Context(), reference.Table(t, "uk6"))
	if err != nil {
		t.Fatal(err)
	}
	var d, p, m float64
	for _, r := range e.Residuals {
		d, p, m = d+r.Deviance*r.Deviance, p+r.Pearson*r.Pearson, m+r.Fitted
	}
	if len(e.Residuals) != 63 || !reference.Close(d, e.Fit.Deviance, 1e-9) || !reference.Close(p, e.Fit.Pearson, 1e-9) || !reference.Close(m, 2744, 1e-9) {
		t.Errorf("%d residuals: %v, %v, %v; %+v", len(e.Residuals), d, p, m, e.Fit)
	}
	if c, ok := coefficient(e, "intercept"); !ok || !reference.Close(math.Exp(c.Estimate), e.Hidden, 1e-12) {
		t.Errorf("intercept %+v, hidden %v", c, e.Hidden)
	}
}

// Every method has a card that is fit to be read.
func TestClosedCards(t *testing.T) {
	for _, name := range closedFamily {
		m := card(t, name)
		if m.Title == "" || m.Estimates == "" || len(m.Assumes) < 3 || len(m.Distrust) < 1 || len(m.References) < 1 || m.MinLists < 2 {
			t.Errorf("%s: %+v", name, m)
		}
		if got := m.New(estimators.Options{}).Name(); got != name {
			t.Errorf("%s makes %s", name, got)
		}
		// One list fewer than the card says is refused.
		cells := map[int]string{1: "1:5", 2: "10:20 01:15 11:4", 3: "100:40 010:30 001:22 110:8 101:6 011:5 111:2"}[m.MinLists-1]
		_, err := m.New(estimators.Options{}).Estimate(t.Context(), estimatortest.Table([]string{"", "A", "A B", "A B C"}[m.MinLists-1], cells))
		if _, ok := errors.AsType[*estimators.Refusal](err); !ok {
			t.Errorf("%s with %d lists: %v", name, m.MinLists-1, err)
		}
	}
}

// Persons met in continuous time, E f_j = exp(γ + β·j + τ·h(j))/j!, as closedp.0(t=Inf) fits
// the police contacts of illegal immigrants (van der Heijden et al. 2003), with t0 = 6 counts: the
// kernel and the columns are those of the models of lists.
func TestColumnsInContinuousTime(t *testing.T) {
	f := reference.Repeats(t, "immigrants")
	for _, want := range reference.Closedp0(t, "immigrants") {
		n0, se, err := loglinear.ContinuousTime(t.Context(), f, closedNamed(t, want.Model).Heterogeneity, want.Dropped)
		if err != nil {
			t.Fatal(err)
		}
		if !reference.Close(float64(f.Observed())+n0, want.N, want.Source.Tolerance) || !reference.Close(se, want.SE, glmSE) {
			t.Errorf("%s %s: %v (%v), not %v (%v)", want.Call, want.Model, float64(f.Observed())+n0, se, want.N, want.SE)
		}
	}
}

func BenchmarkClosed(b *testing.B) {
	for _, table := range []string{"hare", "uk5"} {
		tab := reference.Table(b, table)
		for _, name := range []string{"M0", "Mth-chao", "Mth-gamma", "Mb", "Mth-darroch-bc"} {
			e := card(b, name).New(estimators.Options{})
			b.Run(table+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					if _, err := e.Estimate(b.Context(), tab); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
