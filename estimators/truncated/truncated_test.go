package truncated_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/truncated"
	"darkfigure/internal/reference"

	"pgregory.net/rapid"
)

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

// TestPublished: illegal immigrants in four Dutch cities, 1995 (van der Heijden, Bustami, Cruyff, Engbersen and van Houwelingen 2003, Statistical
// Modelling 3, 305–322): estimates of the zero-truncated Poisson regression with ever more covariates, standard errors and 95 % intervals, and
// the AIC of the likelihood without its factorials.
func TestPublished(t *testing.T) {
	d := immigrants(t)
	factorials := 0.0
	for y, n := range d.Frequencies() {
		x, _ := math.Lgamma(float64(y) + 1)
		factorials += float64(n) * x
	}
	for _, c := range []struct {
		formula                          string
		n, se, lower, upper, tol, kernel float64
	}{
		{"~ 1", 7079.9, 365.75, 6363, 7797, 0.5, 1314.26},
		{"~ gender", 7319.16, 415.95, 0, 0, 0.005, 0},
		{"~ gender + age", 7807.19, 597.14, 0, 0, 0.005, 0},
		{"~ gender + age + nation", 12690.35, 2808.17, 7186, 18194, 0.5, 1221.26},
		{"~ gender + age + nation + reason", 12691.45, 2809.5, 7185, 18198, 0.5, 0},
	} {
		f := fit(t, model(t, "ztpoisson", c.formula), d)
		n := f.Population()
		i, _ := n.Interval(estimators.Wald, 0.95)
		within(t, c.formula+" N", n.Population, c.n, 0.05)
		within(t, c.formula+" SE", n.SE, c.se, 0.05)
		if c.lower > 0 {
			within(t, c.formula+" lower", i.Lower, c.lower, 0.5)
			within(t, c.formula+" upper", i.Upper, c.upper, 0.5)
		}
		if c.kernel > 0 {
			within(t, c.formula+" AIC", 2*float64(len(f.Coefficients))-2*(f.LogLik+factorials), c.kernel, 0.005)
		}
	}
	null := fit(t, model(t, "ztpoisson", "~ 1"), d)
	within(t, "λ", math.Exp(null.Coefficients[0].Estimate), 0.308618, 1e-6) // its digits are cut off, not rounded
	within(t, "Zelterman", fit(t, model(t, "zelterman", "~ 1"), d).Population().Population, 9424.56, 0.005)
	chao := fit(t, model(t, "chao", "~ 1"), d).Population()
	i, _ := chao.Interval(estimators.LogNormal, 0.95)
	within(t, "Chao", chao.Population, 9273.51, 0.005)
	within(t, "its SE", chao.SE, 662.6, 0.05)
	within(t, "its lower limit", i.Lower, 8084.7, 0.05)
	within(t, "its upper limit", i.Upper, 10690.1, 0.05)
	totals, _, err := fit(t, model(t, "ztpoisson", "~ gender + age + nation"), d).Totals("gender")
	if err != nil {
		t.Fatal(err)
	}
	within(t, "women", totals[0].Population, 3811.1, 0.05)
	within(t, "men", totals[1].Population, 8879.3, 0.05)
}

// Without covariates people seen once say nothing about λ in the one-inflated and hurdle forms, whose N is then that of the
// zero-one-truncated form, or that of its conditional form: each N and SE by three roads.
func TestSameModelOtherParameters(t *testing.T) {
	d := immigrants(t)
	for _, law := range []string{"poisson", "geom"} {
		want := fit(t, model(t, "zot"+law, "~ 1"), d).Population()
		for _, form := range []string{"oizt", "Hurdlezt"} {
			got := fit(t, model(t, form+law, "~ 1"), d).Population()
			within(t, form+law+" N", got.Population, want.Population, 1e-6*want.Population)
			within(t, form+law+" SE", got.SE, want.SE, 1e-6*want.SE)
		}
	}
}

// Every family: the log-likelihood is at a maximum, and its second differences are the inverse of the covariance; the
// gradient of N is that of its differences.
func TestInformation(t *testing.T) {
	d := immigrants(t)
	for _, family := range truncated.Families() {
		m := truncated.Model{Family: family, Formula: parse(t, "~ gender")}
		if family.HasOnes() {
			m.Ones = parse(t, "~ gender")
		}
		f, err := m.Fit(context.Background(), d)
		var refusal *estimators.Refusal
		if errors.As(err, &refusal) {
			t.Logf("%s: %v", m, err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		size := len(f.Coefficients)
		if len(f.Covariance) != size*size {
			t.Logf("%s is at a limit", m)
			continue
		}
		beta := make([]float64, size)
		const h = 1e-4
		at := func(i int, a float64, j int, b float64) float64 {
			for k, c := range f.Coefficients {
				beta[k] = c.Estimate
			}
			beta[i] += a
			beta[j] += b
			return f.LogLikAt(beta)
		}
		for i := range size {
			slope := (at(i, h, i, 0) - at(i, -h, i, 0)) / (2 * h)
			within(t, fmt.Sprintf("%s: slope %d", m, i), slope*f.Coefficients[i].SE, 0, 1e-5)
			for j := range size {
				// information·covariance is the identity
				sum := 0.0
				for k := range size {
					second := (at(i, h, k, h) - at(i, h, k, -h) - at(i, -h, k, h) + at(i, -h, k, -h)) / (4 * h * h)
					sum -= second * f.Covariance[k*size+j]
				}
				want := 0.0
				if i == j {
					want = 1
				}
				within(t, fmt.Sprintf("%s: information·covariance %d %d", m, i, j), sum, want, 5e-3*math.Max(1, f.Coefficients[j].SE/f.Coefficients[i].SE))
			}
		}
		// The delta method by differences of N.
		variance := 0.0
		gradient := make([]float64, size)
		for i := range size {
			up, down := slices.Clone(beta), slices.Clone(beta)
			for k, c := range f.Coefficients {
				up[k], down[k] = c.Estimate, c.Estimate
			}
			up[i] += h
			down[i] -= h
			gradient[i] = (f.PopulationAt(up) - f.PopulationAt(down)) / (2 * h)
		}
		for i := range size {
			for j := range size {
				variance += gradient[i] * gradient[j] * f.Covariance[i*size+j]
			}
		}
		n := f.Population()
		if chance := n.SE*n.SE - variance; !(chance > 0 && chance < n.SE*n.SE) {
			t.Errorf("%s: of the variance %v, %v is that of the coefficients", m, n.SE*n.SE, variance)
		}
	}
}

// The short way of ztpoisson is that of all families.
func TestPoissonShort(t *testing.T) {
	f := fit(t, model(t, "ztpoisson", "~ gender + age + nation"), immigrants(t))
	for _, c := range []float64{0, -0.7, 1.3} {
		beta := make([]float64, len(f.Coefficients))
		for i, x := range f.Coefficients {
			beta[i] = x.Estimate + c*float64(i%3)
		}
		within(t, "log-likelihood", f.LogLikAt(beta), f.LogLikByCases(beta), 1e-9*math.Abs(f.LogLik))
	}
}

// Groups add up to the total, and so do their covariances.
func TestTotalsAddUp(t *testing.T) {
	d := immigrants(t)
	for _, name := range []string{"ztpoisson", "ztgeom", "oiztpoisson", "ztoigeom", "chao", "zelterman"} {
		f := fit(t, model(t, name, "~ gender + nation"), d)
		all := f.Population()
		for _, by := range [][]string{{"gender"}, {"nation"}, {"reason", "age"}, nil} {
			totals, covariance, err := f.Totals(by...)
			if err != nil {
				t.Fatal(err)
			}
			sum, seen, variance := 0.0, int64(0), 0.0
			for a, x := range totals {
				sum += x.Population
				seen += x.Observed
				for b := range totals {
					variance += covariance[a][b]
				}
			}
			within(t, name+" sum", sum, all.Population, 1e-9*all.Population)
			within(t, name+" variance", variance, all.SE*all.SE, 1e-9*all.SE*all.SE)
			if seen != all.Observed {
				t.Errorf("%s: %d seen of %d", name, seen, all.Observed)
			}
		}
	}
}

func data(t testing.TB, names []string, rows ...truncated.Row) *truncated.Data {
	t.Helper()
	d, err := truncated.NewData(names, rows)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What has no estimate is refused with a reason.
func TestRefusals(t *testing.T) {
	sex := []string{"sex"}
	row := func(y int, n int64, s string) truncated.Row {
		return truncated.Row{Captures: y, Count: n, Values: []string{s}}
	}
	for _, c := range []struct {
		family, formula string
		d               *truncated.Data
		code            string
	}{
		{"ztpoisson", "~ 1", data(t, sex), "empty-table"},
		{"ztpoisson", "~ 1", data(t, sex, row(1, 9, "m")), "no-repeats"},
		{"zotpoisson", "~ 1", data(t, sex, row(1, 9, "m"), row(2, 5, "m")), "no-repeats"},
		{"chao", "~ 1", data(t, sex, row(1, 9, "m"), row(3, 5, "m")), "no-repeats"},
		{"chao", "~ 1", data(t, sex, row(2, 9, "m"), row(3, 5, "m")), "no-mle"},
		{"ztpoisson", "~ sex", data(t, sex, row(1, 9, "m"), row(2, 5, "m"), row(1, 6, "f")), "no-mle"},
		{"ztgeom", "~ sex", data(t, sex, row(1, 9, "f"), row(2, 5, "f"), row(1, 6, "m")), "no-mle"},
		{"zelterman", "~ sex", data(t, sex, row(1, 9, "f"), row(2, 5, "f"), row(2, 6, "m")), "no-mle"},
		{"ztHurdlepoisson", "~ 1", data(t, sex, row(2, 9, "f"), row(3, 5, "f")), "no-mle"},
	} {
		_, err := model(t, c.family, c.formula).Fit(context.Background(), c.d)
		if !errors.Is(err, &estimators.Refusal{Code: c.code}) {
			t.Errorf("%s %s: %v, want %s", c.family, c.formula, err, c.code)
		} else {
			t.Log(err)
		}
	}
	twice := data(t, []string{"a", "b"}, truncated.Row{Captures: 1, Count: 5, Values: []string{"x", "1"}}, truncated.Row{Captures: 2, Count: 5, Values: []string{"x", "1"}},
		truncated.Row{Captures: 1, Count: 5, Values: []string{"y", "2"}}, truncated.Row{Captures: 3, Count: 5, Values: []string{"y", "2"}})
	if _, err := model(t, "ztpoisson", "~ a + b").Fit(context.Background(), twice); !errors.Is(err, &estimators.Refusal{Code: "not-identifiable"}) {
		t.Errorf("collinear: %v", err)
	}
	missing := data(t, sex, row(1, 9, "m"), row(2, 5, ""))
	if _, err := model(t, "ztpoisson", "~ sex").Fit(context.Background(), missing); err == nil || err.Error() != "sex is missing for 5 people: fill it in, or write a word such as unknown, which is then a level" {
		t.Errorf("missing: %v", err)
	}
}

// Poisson counts are fitted by ω = 0 and α = 0 about every second time: the estimate is then that of the simpler family.
func TestLimits(t *testing.T) {
	rows := []truncated.Row{{Captures: 1, Count: 300}, {Captures: 2, Count: 190}, {Captures: 3, Count: 60}, {Captures: 4, Count: 10}}
	d := data(t, nil, rows...)
	want := fit(t, model(t, "ztpoisson", "~ 1"), d).Population()
	for _, name := range []string{"ztnegbin", "oiztpoisson", "ztoipoisson", "ztoinegbin", "oiztnegbin"} {
		f := fit(t, model(t, name, "~ 1"), d)
		if f.Reduced == nil || f.Reduced.Name() != "ztpoisson" {
			t.Errorf("%s: %v", name, f.Reduced)
			continue
		}
		within(t, name, f.Population().Population, want.Population, 1e-9*want.Population)
		e, err := truncated.Repeats{Model: model(t, name, "~ 1")}.Estimate(context.Background(), d)
		if err != nil || e.Status != estimators.Warned || e.Fit.MinusInfinity == 0 {
			t.Errorf("%s: %v %+v", name, err, e.Status)
		}
	}
}

// Replicates of a fit at a limit are refitted with the family asked for: one-inflation then appears in some of them, and lowers N.
func TestLimitReplicates(t *testing.T) {
	d := data(t, nil, truncated.Row{Captures: 1, Count: 318}, truncated.Row{Captures: 2, Count: 170}, truncated.Row{Captures: 3, Count: 60}, truncated.Row{Captures: 4, Count: 17})
	b := truncated.Bootstrap{Replicates: 400, Seed: 1}
	limits := map[string]estimators.Interval{}
	for _, name := range []string{"ztpoisson", "oiztpoisson", "oiztnegbin"} {
		f := fit(t, model(t, name, "~ 1"), d)
		if (f.Reduced == nil) != (name == "ztpoisson") {
			t.Fatalf("%s: %v", name, f.Reduced)
		}
		r, err := f.Bootstrap(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		limits[name], _ = r.Interval(f.Population(), estimators.Percentile, 0.95)
	}
	t.Log(limits)
	plain, inflated := limits["ztpoisson"], limits["oiztpoisson"]
	if !(inflated.Lower < plain.Lower-10) || inflated.Upper > plain.Upper+1 {
		t.Errorf("%v and %v", plain, inflated)
	}
}

// Random data never give NaN, nor fewer people than were seen, nor an answer that depends on the order of rows or the number of workers.
func TestLaws(t *testing.T) {
	families := truncated.Families()
	rapid.Check(t, func(t *rapid.T) {
		var rows []truncated.Row
		for _, sex := range []string{"f", "m"} {
			for y := 1; y <= 6; y++ {
				n := rapid.Int64Range(0, 40>>(y-1)).Draw(t, "n")
				rows = append(rows, truncated.Row{Captures: y, Count: n, Values: []string{sex, strconv.Itoa(int(n % 3))}})
			}
		}
		d, err := truncated.NewData([]string{"sex", "x"}, rows)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(rows)
		other, _ := truncated.NewData([]string{"sex", "x"}, rows)
		if d.SHA256() != other.SHA256() {
			t.Fatal("the order of rows leaves a trace")
		}
		r := truncated.Repeats{Model: truncated.Model{Family: rapid.SampledFrom(families).Draw(t, "family")}}
		r.Model.Formula, _ = parseText(rapid.SampledFrom([]string{"~ 1", "~ sex", "~ sex + x"}).Draw(t, "formula"))
		if rapid.Bool().Draw(t, "bootstrap") {
			r.Bootstrap = &truncated.Bootstrap{Replicates: 8, Scheme: rapid.SampledFrom(truncated.Schemes()).Draw(t, "scheme"), Seed: 3, Workers: 1}
			r.Interval = rapid.SampledFrom(truncated.Kinds()).Draw(t, "kind")
		}
		e, err := r.Estimate(context.Background(), d)
		if err != nil {
			if len(r.Model.Formula.Terms) > 0 || d.Observed() == 0 {
				return // x is the same everywhere
			}
			t.Fatal(err)
		}
		if e.Status == estimators.Refused {
			if e.Reason == nil || e.Reason.Text == "" {
				t.Fatal("refused without a reason")
			}
			return
		}
		n := float64(e.Observed)
		for _, v := range []float64{e.Population, e.SE, e.Hidden, e.Fit.AIC, e.Fit.BIC, e.Fit.Deviance, e.Fit.Pearson} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%s: %+v", e.Method, e)
			}
		}
		for _, c := range e.Coefficients {
			if math.IsNaN(c.Estimate) || math.IsNaN(c.SE) {
				t.Fatalf("%s: %+v", e.Method, c)
			}
		}
		for _, i := range e.Intervals {
			if math.IsNaN(i.Lower) || math.IsNaN(i.Upper) || i.Lower < n || i.Upper < i.Lower || math.IsInf(i.Lower, 0) {
				t.Fatalf("%s: %+v of %v", e.Method, i, n)
			}
		}
		if e.Population < n*(1-1e-12) {
			t.Fatalf("%s: %v of %v", e.Method, e.Population, n)
		}
		if r.Bootstrap != nil {
			r.Bootstrap.Workers = 3
		}
		again, err := r.Estimate(context.Background(), other)
		if err != nil || fmt.Sprintf("%+v", again.Intervals) != fmt.Sprintf("%+v", e.Intervals) || again.Population != e.Population {
			t.Fatalf("%+v and %+v: %v", e.Intervals, again.Intervals, err)
		}
	})
}

// TestCases: leverages add up to the number of parameters, scores to 0 and the deviance is that of singleRcapture.
func TestCases(t *testing.T) {
	d := immigrants(t)
	for _, want := range reference.CountFits(t, "immigrants-covariates") {
		if want.Formula != "~ gender + age + nation" || want.Family != "ztpoisson" && want.Family != "ztgeom" && want.Family != "chao" {
			continue
		}
		f := fit(t, model(t, want.Family, want.Formula), d)
		deviance, leverage := 0.0, 0.0
		for _, c := range f.Cases() {
			deviance += float64(c.Count) * c.Deviance * c.Deviance
			leverage += float64(c.Count) * c.Leverage
		}
		within(t, want.Family+" deviance", deviance, want.Deviance, 1e-4)
		within(t, want.Family+" leverage", leverage, float64(len(f.Coefficients)), 1e-6)
	}
}

// TestDFBeta compares the first-order change with leaving a person out.
func TestDFBeta(t *testing.T) {
	rows := []truncated.Row{{Captures: 1, Count: 300}, {Captures: 2, Count: 120}, {Captures: 3, Count: 40}, {Captures: 7, Count: 1}}
	f := fit(t, model(t, "ztpoisson", "~ 1"), data(t, nil, rows...))
	for i, c := range f.Cases() {
		rest := slices.Clone(rows)
		rest[i].Count--
		g := fit(t, model(t, "ztpoisson", "~ 1"), data(t, nil, rest...))
		change := f.Coefficients[0].Estimate - g.Coefficients[0].Estimate
		within(t, fmt.Sprint("DFBeta of ", c.Captures), c.DFBeta[0], change, 0.05*math.Abs(change)+1e-5)
		moved := f.Population().Population - g.Population().Population
		within(t, fmt.Sprint("DFN of ", c.Captures), c.DFN, moved, 0.05*math.Abs(moved)+0.05)
	}
}

// TestMarginals: with the constant in, a zero-truncated Poisson regression gives the observed mean number of contacts.
// Totals of groups have percentiles of the same replicates, in which they add up to the total.
func TestGroupReplicates(t *testing.T) {
	d := immigrants(t)
	m := model(t, "ztpoisson", "~ gender + age")
	for _, scheme := range truncated.Schemes() {
		r, err := fit(t, m, d).Bootstrap(context.Background(), truncated.Bootstrap{Replicates: 60, Scheme: scheme, Seed: 5, By: [][]string{{"gender"}, {"gender", "age"}}})
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range r.Values {
			for j, totals := range r.Groups {
				sum := 0.0
				for _, g := range totals {
					sum += g.Values[i]
				}
				if !math.IsInf(n, 1) || !math.IsInf(sum, 1) {
					within(t, fmt.Sprintf("%s: replicate %d, grouping %d", scheme, i, j), sum, n, 1e-6*n)
				}
			}
		}
	}
	boot := &truncated.Bootstrap{Replicates: 60, Seed: 5}
	e, err := truncated.Repeats{Model: m, Bootstrap: boot}.Estimate(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	b := *boot
	b.By = [][]string{{"gender"}, {"age"}}
	r, err := fit(t, m, d).Bootstrap(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	for j, g := range e.Groups {
		for k, s := range g.Totals {
			want, err := r.Groups[j][k].Interval(truncated.Total{Observed: s.Observed, Population: s.Population}, estimators.Percentile, .95)
			if err != nil || s.Intervals[0] != want {
				t.Errorf("%v: %+v, %v", s.Stratum, s.Intervals[0], err)
			}
		}
	}
}

// Fifty people seen twice, ten three times and nobody once: too regular for any mixture of Poisson laws, which would have 2·50²/(3·10) = 167 people
// seen once at least. A hundred people with a rate of 6, of whom 1.5 are expected once, are no reason to warn when nobody is.
func TestTooRegular(t *testing.T) {
	warned := func(rows ...truncated.Row) (out []string) {
		e, err := truncated.Repeats{Model: model(t, "ztpoisson", "~ 1")}.Estimate(context.Background(), data(t, nil, rows...))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range e.Warnings {
			out = append(out, w.Code)
		}
		return out
	}
	if got := warned(truncated.Row{Captures: 2, Count: 50}, truncated.Row{Captures: 3, Count: 10}); !slices.Contains(got, "nobody-seen-once") || !slices.Contains(got, "underdispersion") {
		t.Errorf("%q", got)
	}
	var rows []truncated.Row
	for y, n := range []int64{0, 0, 4, 9, 13, 16, 16, 14, 10, 7, 4, 2, 1} {
		if n > 0 {
			rows = append(rows, truncated.Row{Captures: y, Count: n})
		}
	}
	if got := warned(rows...); slices.Contains(got, "nobody-seen-once") || slices.Contains(got, "underdispersion") {
		t.Errorf("%q", got)
	}
}

// The kinds of interval from replicates: log-normal and normal ones have the standard deviation of the replicates.
func TestReplicateIntervals(t *testing.T) {
	f := fit(t, model(t, "ztpoisson", "~ 1"), immigrants(t))
	n := f.Population()
	r, err := f.Bootstrap(context.Background(), truncated.Bootstrap{Replicates: 400, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	mean, square := 0.0, 0.0
	for _, v := range r.Values {
		mean += v / 400
	}
	for _, v := range r.Values {
		square += (v - mean) * (v - mean) / 399
	}
	normal, err := r.Interval(n, estimators.BootWald, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	logNormal, err := r.Interval(n, estimators.Bootstrap, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	const z = 1.959963984540054
	within(t, "normal lower", normal.Lower, n.Population-z*math.Sqrt(square), 1e-6)
	within(t, "normal upper", normal.Upper, n.Population+z*math.Sqrt(square), 1e-6)
	c := math.Exp(z * math.Sqrt(math.Log1p(square/(n.Hidden()*n.Hidden()))))
	within(t, "log-normal lower", logNormal.Lower, 1880+n.Hidden()/c, 1e-6)
	within(t, "log-normal upper", logNormal.Upper, 1880+n.Hidden()*c, 1e-6)
}

// summary(marginalFreq(…), df = 1, "group") of singleRcapture 0.2.3 for ztpoisson ~ gender + age + nation: X² 50.06, G 34.31, with all classes
// of which fewer than five are expected taken together, even where that makes fewer than five; a report here asks for five.
func TestMarginalTest(t *testing.T) {
	m := model(t, "ztpoisson", "~ gender + age + nation")
	e, err := truncated.Repeats{Model: m, Diagnostics: true}.Estimate(context.Background(), immigrants(t))
	if err != nil {
		t.Fatal(err)
	}
	x, g, small := 0.0, 0.0, [2]float64{}
	add := func(observed, expected float64) {
		x += (observed - expected) * (observed - expected) / expected
		g += 2 * observed * math.Log(observed/expected)
	}
	people := 0.0
	for _, c := range e.Contacts.Seen {
		people += c.Expected
		switch {
		case c.OrMore:
			continue // there it ends with the most contacts that anybody had
		case c.Expected < 5:
			small[0], small[1] = small[0]+float64(c.Observed), small[1]+c.Expected
			continue
		}
		add(float64(c.Observed), c.Expected)
	}
	add(small[0], small[1])
	within(t, "X²", x, 50.06, 0.005)
	within(t, "G", g, 34.31, 0.005)
	within(t, "people expected", people, 1880, 1e-6)
	// Classes here: once, twice, three times or more.
	within(t, "X² of three classes", e.Contacts.ChiSquared, 21.6066, 1e-4) // by hand from the same numbers
	if e.Contacts.Classes != 3 {
		t.Errorf("%d classes", e.Contacts.Classes)
	}
	// Without the one man of Surinam who was seen twice there would be no estimate at all.
	most := e.Contacts.Influence[0]
	if most.Stratum[len(most.Stratum)-1].Level != "Surinam" || most.Contacts != 2 || most.Count != 1 {
		t.Errorf("the most influential are %+v", most)
	}
}

func TestMarginals(t *testing.T) {
	f := fit(t, model(t, "ztpoisson", "~ gender + age + nation"), immigrants(t))
	observed, expected, people := 0.0, 0.0, 0.0
	for _, m := range f.Marginals(60) {
		observed += float64(m.Observed) * float64(m.Captures)
		expected += m.Expected * float64(m.Captures)
		people += m.Expected
	}
	within(t, "contacts", expected, observed, 1e-6*observed)
	within(t, "people", people, 1880, 1e-6)
}

// TestOverdispersion: the score is the derivative of the negative binomial log-likelihood at α = 0, and under the model its z is standard normal.
func TestOverdispersion(t *testing.T) {
	f := fit(t, model(t, "ztpoisson", "~ gender + age + nation"), immigrants(t))
	test, err := f.Overdispersion()
	if err != nil {
		t.Fatal(err)
	}
	if !(test.Statistic > 3) || !(test.P < 0.001) {
		t.Errorf("%+v", test)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	sum, square := 0.0, 0.0
	const runs = 200
	for range runs {
		counts := map[int]int64{}
		for range 3000 {
			y, p, u := 0, math.Exp(-0.8), rng.Float64()
			for u > p && y < 60 {
				u -= p
				y++
				p *= 0.8 / float64(y)
			}
			if y > 0 {
				counts[y]++
			}
		}
		var rows []truncated.Row
		for y, n := range counts {
			rows = append(rows, truncated.Row{Captures: y, Count: n})
		}
		test, err := fit(t, model(t, "ztpoisson", "~ 1"), data(t, nil, rows...)).Overdispersion()
		if err != nil {
			t.Fatal(err)
		}
		sum += test.Statistic / runs
		square += test.Statistic * test.Statistic / runs
	}
	within(t, "mean of z", sum, 0, 0.25)
	within(t, "mean square of z", square, 1, 0.35)
}

// TestCoverage: the log-normal interval of ztpoisson covers, and bootstrap intervals do.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	const runs, population = 150, 1000
	covered := map[string]int{}
	for run := range runs {
		counts := map[[2]int]int64{}
		for i := range population {
			lambda := []float64{0.5, 1.2}[i%2]
			y, p, u := 0, math.Exp(-lambda), rng.Float64()
			for u > p && y < 60 {
				u -= p
				y++
				p *= lambda / float64(y)
			}
			if y > 0 {
				counts[[2]int{i % 2, y}]++
			}
		}
		var rows []truncated.Row
		for k, n := range counts {
			rows = append(rows, truncated.Row{Captures: k[1], Count: n, Values: []string{[]string{"a", "b"}[k[0]]}})
		}
		f := fit(t, model(t, "ztpoisson", "~ sex"), data(t, []string{"sex"}, rows...))
		n := f.Population()
		for _, kind := range []estimators.IntervalKind{estimators.LogNormal, estimators.Wald} {
			if i, _ := n.Interval(kind, 0.95); i.Lower <= population && population <= i.Upper {
				covered[string(kind)]++
			}
		}
		for _, scheme := range truncated.Schemes()[:2] {
			r, err := f.Bootstrap(context.Background(), truncated.Bootstrap{Replicates: 80, Scheme: scheme, Seed: uint64(run)})
			if err != nil {
				t.Fatal(err)
			}
			if i, _ := r.Interval(n, estimators.Percentile, 0.95); i.Lower <= population && population <= i.Upper {
				covered[scheme]++
			}
		}
	}
	for kind, c := range covered {
		share := float64(c) / runs
		t.Logf("%s covers in %.3f", kind, share)
		if share < 0.9 {
			t.Errorf("%s covers in %.3f of %d populations", kind, share, runs)
		}
	}
}

func ExampleRepeats() {
	// Illegal immigrants in four Dutch cities in 1995, by the number of times the police met them (van der Heijden and others 2003).
	var rows []truncated.Row
	for i, n := range []int64{1645, 183, 37, 13, 1, 1} {
		rows = append(rows, truncated.Row{Captures: i + 1, Count: n})
	}
	d, err := truncated.NewData(nil, rows)
	if err != nil {
		panic(err)
	}
	e, err := truncated.Repeats{}.Estimate(context.Background(), d)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.0f, SE %.0f, %s\n", e.Population, e.SE, e.Intervals[0].Range())
	// Output: 7080, SE 366, 6,411 to 7,848
}

// continuous are 12,000 people with three covariates, all different.
func continuous(b *testing.B) *truncated.Data {
	rng := rand.New(rand.NewPCG(1, 2))
	var rows []truncated.Row
	for len(rows) < 12000 {
		size, distance, kind := rng.NormFloat64(), rng.NormFloat64(), rng.IntN(2)
		lambda := math.Exp(-0.3 + 0.5*size - 0.2*distance + 0.4*float64(kind))
		y, p, u := 0, math.Exp(-lambda), rng.Float64()
		for u > p && y < 100 {
			u -= p
			y++
			p *= lambda / float64(y)
		}
		if y > 0 {
			rows = append(rows, truncated.Row{Captures: y, Count: 1, Values: []string{fmt.Sprint(size), fmt.Sprint(distance), []string{"beef", "dairy"}[kind]}})
		}
	}
	return data(b, []string{"size", "distance", "kind"}, rows...)
}

func BenchmarkFit(b *testing.B) {
	for _, family := range []string{"ztpoisson", "ztgeom", "oiztpoisson"} {
		b.Run("people=12000/groups=12000/"+family, func(b *testing.B) {
			d, m := continuous(b), model(b, family, "~ size + distance + kind")
			b.ReportAllocs()
			for b.Loop() {
				fit(b, m, d)
			}
		})
	}
	b.Run("immigrants/ztpoisson", func(b *testing.B) {
		d, m := immigrants(b), model(b, "ztpoisson", "~ gender + age + nation")
		b.ReportAllocs()
		for b.Loop() {
			fit(b, m, d)
		}
	})
}

func BenchmarkBootstrap(b *testing.B) {
	for _, scheme := range truncated.Schemes() {
		b.Run("immigrants/replicates=500/"+scheme, func(b *testing.B) {
			f := fit(b, model(b, "ztpoisson", "~ gender + age + nation"), immigrants(b))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Bootstrap(context.Background(), truncated.Bootstrap{Replicates: 500, Scheme: scheme, Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
