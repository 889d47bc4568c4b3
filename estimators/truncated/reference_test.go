package truncated_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/truncated"
	"darkfigure/internal/formula"
	"darkfigure/internal/reference"
)

func immigrants(t testing.TB) *truncated.Data {
	t.Helper()
	head, rows := reference.Persons(t, "immigrants-covariates")
	captures, count := reference.Column(t, head, "captures"), reference.Column(t, head, "count")
	names := []string{"gender", "age", "reason", "nation"}
	var in []truncated.Row
	for _, r := range rows {
		row := truncated.Row{}
		row.Captures, _ = strconv.Atoi(r[captures])
		row.Count, _ = strconv.ParseInt(r[count], 10, 64)
		for _, n := range names {
			row.Values = append(row.Values, r[reference.Column(t, head, n)])
		}
		in = append(in, row)
	}
	d, err := truncated.NewData(names, in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func parse(t testing.TB, s string) formula.Formula {
	t.Helper()
	f, err := formula.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func parseText(s string) (formula.Formula, error) { return formula.Parse(s) }

func model(t testing.TB, family, about string) truncated.Model {
	t.Helper()
	f, err := truncated.FamilyNamed(family)
	if err != nil {
		t.Fatal(err)
	}
	return truncated.Model{Family: f, Formula: parse(t, about)}
}

func fit(t testing.TB, m truncated.Model, d *truncated.Data) *truncated.Fit {
	t.Helper()
	f, err := m.Fit(context.Background(), d)
	if err != nil {
		t.Fatalf("%s: %v", m, err)
	}
	return f
}

// otherVariance names fits of which singleRcapture 0.2.3 has the same coefficients, log-likelihood and N, and other standard errors.
//
// Of Hurdleztgeom with covariates, and oiztgeom with ω by age, it does not use the observed information (of the second it
// says so): TestInformation compares ours with second differences of the log-likelihood. Of zotpoisson, zotgeom and oiztgeom the variance of N
// differs: on ~ 1 these are the same model as their Hurdlezt form, of which it prints our number
// (TestSameModelOtherParameters), so that there it disagrees with itself.
func otherVariance(family, formula, ones string) (coefficients, n bool) {
	switch {
	case family == "Hurdleztgeom" && formula != "~ 1", ones == "~ age":
		return true, true
	case family == "zotpoisson", family == "zotgeom", family == "oiztgeom":
		return false, true
	}
	return false, false
}

// TestSingleRcapture compares every fit of singleRcapture that is at a maximum. Those that are not are refused here, or
// reach a greater likelihood: fits by optim, and those of which it says that they did not converge.
func TestSingleRcapture(t *testing.T) {
	d := immigrants(t)
	compared, refused, better := 0, 0, 0
	for _, want := range reference.CountFits(t, "immigrants-covariates") {
		m := model(t, want.Family, want.Formula)
		if want.Ones != "" {
			m.Ones = parse(t, want.Ones)
		}
		t.Run(m.String(), func(t *testing.T) {
			got, err := m.Fit(context.Background(), d)
			var refusal *estimators.Refusal
			if errors.As(err, &refusal) {
				refused++
				t.Logf("refused %s: %s (there: N = %g, %v)", refusal.Code, refusal.Text, want.Population, want.Warnings)
				if want.Population < 1e5 && want.Method == "IRLS" && !strings.Contains(strings.Join(want.Warnings, " "), "not converged") {
					t.Errorf("refused, and there N = %v", want.Population)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.LogLik > want.LogLik+1e-6*math.Abs(want.LogLik) || strings.Contains(strings.Join(want.Warnings, " "), "not converged") || want.Method == "optim" {
				better++
				t.Logf("log-likelihood %v, there %v; N = %v, there %v %v", got.LogLik, want.LogLik, got.Population().Population, want.Population, want.Warnings)
				if got.LogLik < want.LogLik-1e-6 {
					t.Errorf("less likely")
				}
				return
			}
			compared++
			near := func(what string, got, wanted float64) {
				t.Helper()
				if !reference.Close(got, wanted, want.Source.Tolerance) {
					t.Errorf("%s is %.12g, there %.12g (%.1e)", what, got, wanted, got/wanted-1)
				}
			}
			skipCoefficients, skipN := otherVariance(want.Family, want.Formula, want.Ones)
			for i, c := range want.Coefficients {
				if got.Coefficients[i].Name != c.Name {
					t.Fatalf("coefficient %d is %s, there %s", i, got.Coefficients[i].Name, c.Name)
				}
				near(c.Name, got.Coefficients[i].Estimate, c.Estimate)
				if !skipCoefficients {
					near("se of "+c.Name, got.Coefficients[i].SE, c.SE)
				}
			}
			near("log-likelihood", got.LogLik, want.LogLik)
			n := got.Population()
			near("N", n.Population, want.Population)
			if skipN {
				return
			}
			near("SE", n.SE, want.SE)
			for kind, limits := range map[estimators.IntervalKind][2]float64{estimators.Wald: want.Normal, estimators.LogNormal: want.Lognormal} {
				i, err := n.Interval(kind, 0.95)
				if err != nil {
					t.Fatal(err)
				}
				near(string(kind)+" lower limit", i.Lower, limits[0])
				near(string(kind)+" upper limit", i.Upper, limits[1])
			}
		})
	}
	if compared != 35 || refused != 10 || better != 4 {
		t.Errorf("%d compared, %d refused, %d more likely here", compared, refused, better)
	}
}

// TestStrata compares subgroup totals; the normal lower limits of singleRcapture can lie below the number seen, ours not.
func TestStrata(t *testing.T) {
	f := fit(t, model(t, "ztpoisson", "~ gender + age + nation"), immigrants(t))
	for _, want := range reference.CountStrata(t, "immigrants-covariates") {
		by := []string{"gender"}
		if want.Stratum["age"] != "" {
			by = append(by, "age")
		}
		totals, _, err := f.Totals(by...)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, got := range totals {
			same := true
			for _, l := range got.Stratum {
				same = same && want.Stratum[l.Name] == l.Level
			}
			if !same {
				continue
			}
			found = true
			i, _ := got.Interval(estimators.LogNormal, 0.95)
			for _, c := range [][2]float64{{got.Population, want.Population}, {got.SE, want.SE}, {i.Lower, want.Lognormal[0]}, {i.Upper, want.Lognormal[1]}} {
				if !reference.Close(c[0], c[1], want.Source.Tolerance) {
					t.Errorf("%v: %v, there %v", want.Stratum, c[0], c[1])
				}
			}
			if got.Observed != want.Observed {
				t.Errorf("%v: %d seen, there %d", want.Stratum, got.Observed, want.Observed)
			}
		}
		if !found {
			t.Errorf("%v is missing", want.Stratum)
		}
	}
}

// TestBootstrapDistribution compares replicates with those of singleRcapture, whose random numbers are others.
func TestBootstrapDistribution(t *testing.T) {
	d := immigrants(t)
	for _, want := range reference.CountBootstraps(t, "immigrants-covariates") {
		f := fit(t, model(t, "ztpoisson", want.Formula), d)
		r, err := f.Bootstrap(context.Background(), truncated.Bootstrap{Replicates: 2000, Scheme: want.Scheme, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if r.Failed > 0 {
			t.Errorf("%s: %d failed", want.Call, r.Failed)
		}
		mean, square := 0.0, 0.0
		for _, v := range r.Values {
			mean += v / 2000
		}
		for _, v := range r.Values {
			square += (v - mean) * (v - mean) / 1999
		}
		sd := math.Sqrt(want.Variance)
		t.Logf("%s %s: sd %.0f, there %.0f", want.Scheme, want.Formula, math.Sqrt(square), sd)
		if got := math.Sqrt(square); math.Abs(got/sd-1) > want.Source.Tolerance {
			t.Errorf("%s %s: standard deviation %.1f, there %.1f", want.Scheme, want.Formula, got, sd)
		}
		i, _ := r.Interval(f.Population(), estimators.Percentile, 0.95)
		for _, c := range [][2]float64{{i.Lower, want.Quantiles[1]}, {i.Upper, want.Quantiles[5]}} {
			if math.Abs(c[0]-c[1]) > sd/3 {
				t.Errorf("%s %s: limit %.0f, there %.0f", want.Scheme, want.Formula, c[0], c[1])
			}
		}
	}
}
