package loglinear_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
	"darkfigure/internal/resample"
)

// Strata of two covariates: hidden numbers, standard errors and log-normal limits of the model of least BIC of the Scottish table.
func TestBreakdownOfTwoCovariates(t *testing.T) {
	table := reference.WithCovariates(t, "scotland", 4)
	for _, want := range reference.CovariateFits(t, "scotland") {
		if len(want.Within) > 0 {
			continue // of one level alone
		}
		for _, by := range [][]string{{"Region", "Gender"}, {"Gender", "Age"}, {"Region", "Gender", "Age"}} {
			b, err := loglinear.Joint{Model: want.Model, Kind: estimators.LogNormal, Bootstrap: &loglinear.Bootstrap{Replicates: 2}}.Breakdown(t.Context(), table, by)
			if err != nil {
				t.Fatal(err)
			}
			compared := 0
			for _, s := range want.Strata {
				if !slices.Equal(s.By, by) {
					continue
				}
				i := slices.IndexFunc(b.Strata, func(e estimators.Estimate) bool {
					for l, label := range e.Stratum {
						if label.Level != s.Levels[l] {
							return false
						}
					}
					return true
				})
				got := b.Strata[i]
				compared++
				if got.Observed != s.Observed {
					t.Errorf("%v: %d observed, want %d", s.Levels, got.Observed, s.Observed)
				}
				near(t, "hidden", got.Hidden, s.Hidden, 1e-7)
				near(t, "SE", got.SE, s.SE, 1e-6)
				near(t, "lower", got.Intervals[0].Lower, s.LogNormal[0], 1e-6)
				near(t, "upper", got.Intervals[0].Upper, s.LogNormal[1], 1e-6)
			}
			if compared != len(b.Strata) {
				t.Errorf("%v: %d strata compared of %d", by, compared, len(b.Strata))
			}
		}
	}
}

// Bootstraps of other programs, whose random numbers are others: the same model refitted, and the search repeated (200 replicates there). Means,
// standard deviations and quantiles of N and of the visibility, in total and for all combinations of covariates, and of the ratios of years,
// which come from the same replicates.
func TestReplicatesOfWholeTablesAreDistributedAsOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of fits")
	}
	for _, want := range reference.CovariateBootstraps(t, reference.Every) {
		table := reference.WithCovariates(t, want.Table, listsOf[want.Table])
		replicates := 1000
		if want.Model == "" {
			replicates = 600
		}
		e := loglinear.Joint{Covariates: want.Covariates, Trends: trendsOf(want.Trends), Model: want.Model, Bootstrap: &loglinear.Bootstrap{Replicates: replicates, Seed: 6}}
		b, err := e.Breakdown(t.Context(), table, want.Covariates)
		if err != nil {
			t.Fatal(err)
		}
		// sums are N and those seen, by replicate, of the combinations with the levels named.
		sums := func(by, levels []string) (population, seen []float64, observed int64) {
			population, seen = make([]float64, replicates), make([]float64, replicates)
			for i, s := range b.Strata {
				in := true
				for j, name := range by {
					in = in && s.Stratum[slices.Index(want.Covariates, name)].Level == levels[j]
				}
				if !in {
					continue
				}
				observed += s.Observed
				for r := range population {
					population[r] += b.Hidden[r][i] + b.Seen[r][i]
					seen[r] += b.Seen[r][i]
				}
			}
			return population, seen, observed
		}
		// Two random distributions: quantiles to some standard errors of their difference, which for the p-quantile of a normal law is about
		// sd·√(p(1−p)/B)/φ(z), and twice that far out, where laws have long tails; a few people less or more beside that, for N there is a sum of
		// fitted means.
		compare := func(what string, values []float64, quantiles map[string]float64) {
			t.Helper()
			values = slices.Sorted(slices.Values(values))
			spread := (quantiles["90"] - quantiles["10"]) / 2.56
			if quantiles["90"] == 0 {
				spread = (quantiles["75"] - quantiles["25"]) / 1.35
			}
			slack := 4.5 * spread * math.Sqrt(1/float64(replicates)+1/float64(want.Replicates))
			for level, errors := range map[string]float64{"2.5": 5.4, "10": 1.8, "25": 1.4, "50": 1.3, "75": 1.4, "90": 1.8, "97.5": 5.4} {
				q, ok := quantiles[level]
				if !ok {
					continue
				}
				var p float64
				fmt.Sscan(level, &p)
				if got := resample.Quantile(values, p/100, resample.Type7); math.Abs(got-q) > slack*errors+0.01*q {
					t.Errorf("%s %s, %s %%: %v, want %v to %.2g (%s)", want.Table, what, level, got, q, slack*errors, want.Call)
				}
			}
		}
		for _, s := range want.Strata {
			values, seen, observed := sums(s.By, s.Levels)
			if observed < 30 {
				continue // the law of so few people is not normal
			}
			what := strings.Join(s.By, ",") + " " + strings.Join(s.Levels, ",")
			compare(what, values, s.Quantiles)
			if v := s.Visibility; v.Fixed != nil {
				fixed, paired := make([]float64, replicates), make([]float64, replicates)
				for r, n := range values {
					fixed[r], paired[r] = float64(observed)/n, seen[r]/n
				}
				compare(what+" visibility with the seen fixed", fixed, v.Fixed)
				compare(what+" visibility", paired, v.Paired)
			}
		}
		for years, quantiles := range want.Ratios {
			above, below, _ := strings.Cut(years, "/")
			a, _, _ := sums([]string{"Y"}, []string{above[1:]})
			c, _, _ := sums([]string{"Y"}, []string{below[1:]})
			for r := range a {
				a[r] /= c[r]
			}
			compare("ratio "+years, a, quantiles)
		}
	}
}

func TestStrataAddUpInEveryReplicate(t *testing.T) {
	table := reference.WithCovariates(t, "scotland", 4)
	for _, scheme := range []loglinear.Scheme{loglinear.Nonparametric, loglinear.Semiparametric, loglinear.Parametric} {
		e := loglinear.Joint{Model: "[S1*S3,S2*S4,S3*Region,S3*Age]", Bootstrap: &loglinear.Bootstrap{Replicates: 5, Seed: 4, Scheme: scheme}}
		one, err := e.Breakdown(t.Context(), table, []string{"Region"})
		if err != nil {
			t.Fatal(err)
		}
		two, err := e.Breakdown(t.Context(), table, []string{"Age", "Region"})
		if err != nil {
			t.Fatal(err)
		}
		if one.Scheme != string(scheme) || len(one.Hidden) != 5 || len(two.Strata) != 4 {
			t.Fatalf("%s: %d replicates, %d strata", one.Scheme, len(one.Hidden), len(two.Strata))
		}
		observed := int64(0)
		for _, s := range two.Strata {
			observed += s.Observed
		}
		if observed != table.Observed() {
			t.Errorf("the strata observe %d, the table %d", observed, table.Observed())
		}
		for r := range one.Hidden {
			a, b, seen := 0.0, 0.0, 0.0
			for s := range one.Hidden[r] {
				a += one.Hidden[r][s]
				seen += one.Seen[r][s]
			}
			for _, h := range two.Hidden[r] {
				b += h
			}
			near(t, "hidden in a replicate", a, b, 1e-12)
			if scheme == loglinear.Nonparametric && seen != float64(table.Observed()) {
				t.Errorf("replicate %d sees %v", r, seen)
			}
		}
		// The covariance of strata gives the standard error of their total.
		sum := 0.0
		for _, row := range one.Total.Groups[0].Covariance {
			for _, v := range row {
				sum += v
			}
		}
		near(t, "SE of the total", math.Sqrt(sum), one.Total.SE, 1e-9)
	}
}

func TestJointDoesNotDependOnWorkersRowsOrTheOrderOfLists(t *testing.T) {
	table := reference.WithCovariates(t, "scotland", 4)
	e := loglinear.Joint{Bootstrap: &loglinear.Bootstrap{Replicates: 8, Seed: 9, Workers: 1}}
	want, err := e.Breakdown(t.Context(), table, []string{"Gender"})
	if err != nil {
		t.Fatal(err)
	}
	e.Bootstrap = &loglinear.Bootstrap{Replicates: 8, Seed: 9, Workers: 3}
	again, err := e.Breakdown(t.Context(), table, []string{"Gender"})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, again) {
		t.Error("three workers give another answer than one")
	}
	lists := table.Lists()
	slices.Reverse(lists)
	var cells []estimators.Cell
	for _, c := range table.Cells() {
		var p estimators.Pattern
		for i := range lists {
			if c.Pattern.Has(i) {
				p |= 1 << uint(len(lists)-1-i)
			}
		}
		cells = append(cells, estimators.Cell{Pattern: p, Count: c.Count, Levels: []string{c.Levels[2], c.Levels[0], c.Levels[1]}})
	}
	turned, err := estimators.NewTable(lists, []string{"Age", "Region", "Gender"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	other, err := e.Breakdown(t.Context(), turned, []string{"Gender"})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "N with lists and covariates turned round", other.Total.Population, want.Total.Population, 1e-9)
	for r := range want.Hidden {
		for s := range want.Hidden[r] {
			near(t, "a replicate with lists and covariates turned round", other.Hidden[r][s], want.Hidden[r][s], 1e-6)
		}
	}
}

// Year as a polynomial and as a factor turn the trend around in simdat: 5,655 to 1,835 against 1,517 to 3,127.
func TestCodingsThatDisagreeAreSaidTo(t *testing.T) {
	if testing.Short() {
		t.Skip("two searches")
	}
	table := reference.WithCovariates(t, "simdat", 4)
	est, err := loglinear.Joint{Trends: []loglinear.Trend{{Covariate: "Y", Degree: 2}}, Versus: []loglinear.Trend{{Covariate: "Y"}}}.Estimate(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(est.Warnings, func(w estimators.Warning) bool { return w.Code == "codings-disagree" }) {
		t.Errorf("%v", est.Warnings)
	}
	if !slices.ContainsFunc(est.Notes, func(n string) bool {
		return strings.Contains(n, "as a factor: BIC 1692.6") && strings.Contains(n, "degree 2: BIC 1733.3")
	}) {
		t.Errorf("%q", est.Notes)
	}
}

// The coefficient of R4*X4 at level 2 is at −∞ in the published model of least BIC, and kept.
func TestCoefficientAtMinusInfinityIsKept(t *testing.T) {
	table := reference.WithCovariates(t, "simdat", 4)
	est, err := loglinear.Joint{Trends: []loglinear.Trend{{Covariate: "Y", Degree: 2}}, Model: "[R1*R4,R1*X1,R1*X2,R1*X4,R2*R4,R2*X2,R3*X1,R3*X2,R3*Y,R4*X3,R4*X4,R4*Y,X1*X2,X1*X3,X1*X4,X1*Y,X2*X3,X2*X4,X2*Y,X3*X4,X3*Y,X4*Y]"}.Estimate(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(est.Coefficients, func(c estimators.Coefficient) bool { return c.Name == "R4*X4=2" })
	if !math.IsInf(est.Coefficients[i].Estimate, -1) || est.Coefficients[i].SE != 0 || est.Fit.MinusInfinity != 1 {
		t.Errorf("%+v, %d at infinity", est.Coefficients[i], est.Fit.MinusInfinity)
	}
	if est.Status != estimators.Warned || est.Warnings[0].Code != "boundary" || !strings.Contains(est.Warnings[0].Text, "R4*X4") {
		t.Errorf("%v", est.Warnings)
	}
}

func TestJointRefuses(t *testing.T) {
	table := reference.WithCovariates(t, "simdat", 4)
	codes := func(e loglinear.Joint, table *estimators.Table) string {
		t.Helper()
		_, err := e.Estimate(t.Context(), table)
		var r *estimators.Refusal
		if !errors.As(err, &r) {
			t.Fatalf("%v is not a refusal", err)
		}
		return r.Code
	}
	pairs := "R1*R4,R1*X1,R1*X2,R1*X4,R2*R4,R2*X1,R2*X2,R2*X3,R2*X4,R3*R4,R3*X1,R3*X2,R3*X4,R3*Y,R4*X3,R4*X4,R4*Y,X1*X2,X1*X3,X1*X4,X1*Y,X2*X3,X2*X4,X2*Y,X3*X4,X3*Y,X4*Y"
	if c := codes(loglinear.Joint{Trends: []loglinear.Trend{{Covariate: "Y", Degree: 2}}, Model: pairs}, table); c != "unbounded" {
		t.Errorf("step 32 of the published path: %s", c)
	}
	cell := func(p estimators.Pattern, n int64, level string) estimators.Cell {
		return estimators.Cell{Pattern: p, Count: n, Levels: []string{level}}
	}
	make := func(cells ...estimators.Cell) *estimators.Table {
		out, err := estimators.NewTable([]string{"A", "B"}, []string{"sex"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	// Women are never seen twice: with A*sex and B*sex their hidden number has a pair of its own, nobody in it.
	if c := codes(loglinear.Joint{Model: "[A*sex,B*sex]"}, make(cell(1, 30, "m"), cell(2, 20, "m"), cell(3, 10, "m"), cell(1, 9, "f"), cell(2, 8, "f"))); c != "unbounded" {
		t.Errorf("women never seen twice: %s", c)
	}
	if c := codes(loglinear.Joint{}, make(cell(1, 30, "m"), cell(2, 20, "f"))); c != "no-overlap" {
		t.Errorf("nobody seen twice: %s", c)
	}
	if c := codes(loglinear.Joint{}, make(cell(1, 30, "m"), cell(2, 20, "f"), cell(3, 2, "f"), cell(1, 2, ""))); c != "missing-covariate" {
		t.Errorf("sex of two people unknown: %s", c)
	}
	for what, e := range map[string]loglinear.Joint{"a covariate that is not there": {Covariates: []string{"year"}}, "stepwise": {Select: loglinear.Stepwise},
		"three of a kind": {Model: "[R1*R2*X1]"}, "a degree too high": {Trends: []loglinear.Trend{{Covariate: "Y", Degree: 4}}}, "profile": {Kind: estimators.Profile}} {
		if _, err := e.Estimate(t.Context(), table); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (loglinear.Joint{}).Breakdown(ctx, table, []string{"Y"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Without covariates in the model the answer is that of the lattice fit of the same pairs.
func TestJointOfOneCovariateThatMattersToNoListIsTheCollapsedModel(t *testing.T) {
	western := reference.Table(t, "western")
	var cells []estimators.Cell
	for _, c := range western.Cells() {
		cells = append(cells, estimators.Cell{Pattern: c.Pattern, Count: c.Count, Levels: []string{"a"}}, estimators.Cell{Pattern: c.Pattern, Count: c.Count, Levels: []string{"b"}})
	}
	double, err := estimators.NewTable(western.Lists(), []string{"half"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	m, err := loglinear.ParseModel("[15]", western.Lists())
	if err != nil {
		t.Fatal(err)
	}
	want, err := loglinear.Fit(double.Collapse(), m)
	if err != nil {
		t.Fatal(err)
	}
	l := western.Lists()
	got, err := loglinear.Joint{Model: "[" + l[0] + "*" + l[4] + "]"}.Estimate(t.Context(), double)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "N", got.Population, want.Population, 1e-10)
	near(t, "SE", got.SE, want.SE, 1e-9)
	near(t, "half", got.Groups[0].Totals[0].Population, want.Population/2, 1e-10)
}

// An assumed odds ratio of two lists, alike in all groups. With two lists and all their interactions with a covariate every group is a
// table of its own, in which θ·bc/m are hidden; with covariates that no list depends on, three lists are the summed table, which has the
// same offset and model; and what is assumed is no parameter, wherever a model names it.
func TestJointWithAnOddsRatio(t *testing.T) {
	table, err := estimators.NewTable([]string{"A", "B"}, []string{"sex"}, []estimators.Cell{
		{Pattern: 0b01, Levels: []string{"f"}, Count: 86}, {Pattern: 0b10, Levels: []string{"f"}, Count: 73}, {Pattern: 0b11, Levels: []string{"f"}, Count: 49},
		{Pattern: 0b01, Levels: []string{"m"}, Count: 31}, {Pattern: 0b10, Levels: []string{"m"}, Count: 112}, {Pattern: 0b11, Levels: []string{"m"}, Count: 17}})
	if err != nil {
		t.Fatal(err)
	}
	for _, odds := range []float64{0.5, 1, 3} {
		est, err := loglinear.Joint{Model: "[A*sex,B*sex]", Offset: assuming(0b11, odds), Bootstrap: &loglinear.Bootstrap{Replicates: 20}}.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "women hidden", est.Groups[0].Totals[0].Hidden, odds*86*73/49, 1e-9)
		near(t, "men hidden", est.Groups[0].Totals[1].Hidden, odds*31*112/17, 1e-9)
		if i := est.Intervals[0]; i.Lower > est.Population || i.Upper < est.Population {
			t.Errorf("the interval of replicates, %v to %v, is not about %v", i.Lower, i.Upper, est.Population)
		}
		byHidden, err := loglinear.Joint{Model: "[A*sex,B*sex]", Offset: loglinear.Offset{LogHidden: math.Log(odds)}}.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "hidden, by the factor", byHidden.Hidden, est.Hidden, 1e-9)
	}
	scotland := reference.WithCovariates(t, "scotland", 4)
	for _, odds := range []float64{0.4, 2.5} {
		o := loglinear.Offset{Pair: 0b0101, LogOdds: math.Log(odds), LogHidden: 0.3}
		collapsed, err := scotland.Over()
		if err != nil {
			t.Fatal(err)
		}
		m, err := loglinear.ParseModel("[S2*S4]", scotland.Lists())
		if err != nil {
			t.Fatal(err)
		}
		want, err := loglinear.LogLinear{Model: &m, Offset: o}.Fit(t.Context(), collapsed)
		if err != nil {
			t.Fatal(err)
		}
		for _, model := range []string{"[S2*S4,Region*Age]", "[S2*S4,S1*S3,Region*Age]"} {
			got, err := loglinear.Joint{Model: model, Offset: o}.Estimate(t.Context(), scotland)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "hidden", got.Hidden, want.Hidden, 1e-8)
			near(t, "SE", got.SE, want.SE, 1e-6)
		}
	}
	// An offset of 0 is a term left out, in a search too, and of its estimate the same fit.
	plain, err := loglinear.Joint{Model: "[S1*S3,S2*Age]"}.Estimate(t.Context(), scotland)
	if err != nil {
		t.Fatal(err)
	}
	var estimated float64
	for _, c := range plain.Coefficients {
		if c.Name == "S1*S3" {
			estimated = c.Estimate
		}
	}
	same, err := loglinear.Joint{Model: "[S2*Age]", Offset: loglinear.Offset{Pair: 0b0101, LogOdds: estimated}}.Estimate(t.Context(), scotland)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "deviance", same.Fit.Deviance, plain.Fit.Deviance, 1e-9)
	near(t, "hidden", same.Hidden, plain.Hidden, 1e-8)
	if same.Fit.Parameters != plain.Fit.Parameters-1 {
		t.Errorf("%d parameters, want %d", same.Fit.Parameters, plain.Fit.Parameters-1)
	}
	searched, err := loglinear.Joint{Offset: assuming(0b0101, 1)}.Estimate(t.Context(), scotland)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(searched.Model, "S1*S3") || len(searched.Selection.Path) < 5 {
		t.Errorf("the search found %s in %d steps", searched.Model, len(searched.Selection.Path))
	}
	if _, err := (loglinear.Joint{Offset: assuming(0b10001, 2)}).Estimate(t.Context(), scotland); err == nil {
		t.Error("an odds ratio of a list that the table does not have is accepted")
	}
}

// Four levels are the same numbers whatever they are called. As the years 2010, 2011, 2015 and 2020 the line is through these, and not through their
// ranks. Totals by Fisher scoring of the Poisson regression with the level as a number, written out in Python 3.11 for this test (columns 1, A, B, C, x,
// A·B, C·x).
func TestTrendFollowsWhatLevelsSay(t *testing.T) {
	counts := [][]int64{{64, 92, 53, 66, 12, 13, 4}, {74, 83, 49, 54, 11, 14, 10}, {72, 86, 48, 74, 12, 28, 16}, {67, 77, 34, 100, 11, 18, 7}}
	model := func(levels []string) (loglinear.Joint, *estimators.Table) {
		var cells []estimators.Cell
		for i, l := range levels {
			for p, n := range counts[i] {
				cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(p + 1), Levels: []string{l}, Count: n})
			}
		}
		table, err := estimators.NewTable([]string{"A", "B", "C"}, []string{"when"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		return loglinear.Joint{Model: "[A*B,C*when]", Trends: []loglinear.Trend{{Covariate: "when", Degree: 1}}}, table
	}
	for _, c := range []struct {
		levels []string
		want   []float64
	}{
		{[]string{"2010", "2011", "2015", "2020"}, []float64{703, 688, 706, 658}},
		{[]string{"2017", "2018", "2019", "2020"}, []float64{707, 680, 703, 665}},
		{[]string{"5-9", "10-14", "15-19", "20-24"}, []float64{707, 680, 703, 665}},
		{[]string{"jan", "feb", "mar", "apr"}, []float64{707, 680, 703, 665}},
		{[]string{"1-before", "2-during", "3-after", "4-late"}, []float64{707, 680, 703, 665}},
	} {
		e, table := model(c.levels)
		est, err := e.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range est.Groups[0].Totals {
			if g.Stratum[0].Level != c.levels[i] || math.Abs(g.Population-c.want[i]) > 0.5 {
				t.Errorf("%v: %s %.2f, want %v", c.levels, g.Stratum[0].Level, g.Population, c.want[i])
			}
			if math.Abs(est.Groups[0].Covariance[i][i]-g.SE*g.SE) > 1e-6*g.SE*g.SE {
				t.Errorf("%v: the covariance of %s is of another level", c.levels, g.Stratum[0].Level)
			}
		}
		if !slices.ContainsFunc(est.Notes, func(n string) bool { return strings.Contains(n, strings.Join(c.levels, ", ")) }) {
			t.Errorf("%v: the order is not said: %q", c.levels, est.Notes)
		}
	}
	e, table := model([]string{"before", "during", "after", "later"})
	if _, err := e.Estimate(t.Context(), table); err == nil || !strings.Contains(err.Error(), "do not say their order") {
		t.Errorf("levels without an order: %v", err)
	}
}

// Where no path of terms leads from a covariate to a list, but through those that are held fixed, people are as likely to be seen at each of its levels.
func TestAlikeWhereNoTermSaysOtherwise(t *testing.T) {
	table := reference.WithCovariates(t, "simdat", 4)
	for model, want := range map[string][3]bool{ // nothing fixed; X1 fixed; X2 fixed
		"[R1*R2,R1*X1]":           {true, true, true},
		"[R1*R2,R3*Y]":            {false, false, false},
		"[R1*R2,R1*X1,X1*Y]":      {false, true, false},
		"[R1*X1,X1*X2,X2*Y]":      {false, true, true},
		"[R1*X1,X1*Y,R2*X2,X2*Y]": {false, false, false},
	} {
		b, err := loglinear.Joint{Model: model, Trends: []loglinear.Trend{{Covariate: "Y", Degree: 2}}, Bootstrap: &loglinear.Bootstrap{Replicates: 3}}.Breakdown(t.Context(), table, []string{"Y"})
		if err != nil {
			t.Fatal(err)
		}
		for i, given := range [][]string{nil, {"X1"}, {"X2"}} {
			one, replicates := b.Chances.Alike("Y", given)
			if one != want[i] || len(replicates) != 3 || slices.Contains(replicates, !want[i]) {
				t.Errorf("%s given %v: %v, %v", model, given, one, replicates)
			}
		}
	}
}
