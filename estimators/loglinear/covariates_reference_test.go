package loglinear_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
)

var listsOf = map[string]int{"simdat": 4, "scotland": 4, "spina-ethnicity": 3, "late-list": 5, "six-lists": 6}

func trendsOf(m map[string]int) (out []loglinear.Trend) {
	for name, degree := range m {
		out = append(out, loglinear.Trend{Covariate: name, Degree: degree})
	}
	return out
}

// The published search, step by step: what is added and taken out, deviance, criteria and N, up to the step at which the estimate of
// the other program runs away (simdat, step 32: 1,743,204,456), which is refused here.
func TestPathOfThePublishedSearch(t *testing.T) {
	for _, want := range reference.CovariatePaths(t, reference.Every) {
		if want.Table == "simdat" && testing.Short() {
			continue // a thousand fits, slow under the race detector
		}
		table := reference.WithCovariates(t, want.Table, listsOf[want.Table])
		est, err := loglinear.Joint{Covariates: want.Covariates, Trends: trendsOf(want.Trends)}.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		least := math.Inf(1)
		for i, w := range want.Steps {
			got := est.Selection.Path[i]
			sameTerm := func() bool {
				a, b := strings.Fields(got.Term), strings.Fields(w.Term)
				if len(a) != len(b) || len(a) == 0 {
					return len(a) == len(b)
				}
				x, y := strings.Split(a[1], "*"), strings.Split(b[1], "*")
				slices.Sort(x)
				slices.Sort(y)
				return a[0] == b[0] && slices.Equal(x, y)
			}
			if !sameTerm() || got.Phase != w.Phase || got.Fit.Parameters != w.Parameters || got.Fit.DF != w.DF {
				t.Fatalf("%s step %d: %s %s, %d parameters, df %d, want %+v (%s)", want.Table, i+1, got.Phase, got.Term, got.Fit.Parameters, got.Fit.DF, w, want.Call)
			}
			// Deviances of other models along the path are at most 1e-5 above those at the limit.
			if d := w.Deviance - got.Fit.Deviance; d < -1e-6 || d > 2e-5 {
				t.Errorf("%s step %d: deviance %v, want %v", want.Table, i+1, got.Fit.Deviance, w.Deviance)
			}
			near(t, want.Table+" AIC", got.Fit.AIC, w.AIC, want.Source.Tolerance)
			near(t, want.Table+" AICc", got.Fit.AICc, w.AICc, want.Source.Tolerance)
			near(t, want.Table+" BIC", got.Fit.BIC, w.BIC, want.Source.Tolerance)
			if w.Population > 1e6 {
				if got.Status != estimators.Refused || got.Reason.Code != "unbounded" || !strings.Contains(got.Reason.Text, "X4 2") {
					t.Errorf("%s step %d: %v %v, want a refusal that names X4 2", want.Table, i+1, got.Status, got.Reason)
				}
				break
			}
			near(t, want.Table+" N of "+got.Model, got.Population, w.Population, want.Source.Tolerance)
			if got.Chosen && w.BIC > least {
				t.Errorf("%s step %d is chosen and has not the least BIC", want.Table, i+1)
			}
			least = math.Min(least, w.BIC)
		}
	}
}

// Coefficients, criteria, hidden numbers, standard errors, limits and visibility of fixed models, and deviances; also of one level alone, with the
// impossible cells of a list that did not run counted as zeros (3,388 where 4,200 people are: the answer that structural zeros are there to
// prevent), and without the combinations of covariates that nobody has.
func TestModelsWithCovariatesAgree(t *testing.T) {
	for _, want := range reference.CovariateFits(t, reference.Every) {
		if want.Table == "six-lists" && testing.Short() {
			continue // 75,600 cells, slow under the race detector
		}
		table := want.On(t, reference.WithCovariates(t, want.Table, listsOf[want.Table]))
		what := want.Table + " " + want.Model
		if len(want.Model) > 80 {
			what = want.Table + " " + want.Model[:80] + "…"
		}
		e := loglinear.Joint{Covariates: want.Covariates, Trends: trendsOf(want.Trends), Model: want.Model}
		if want.Zeros == "empty" {
			e.By = want.Covariates
		}
		est, err := e.Estimate(t.Context(), table)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		// N is the observed plus the hidden; with the main effects in the model that is the sum of the fitted means.
		population := est.Population
		if want.Zeros == "empty" { // people of combinations that are left out are not counted there
			for _, s := range est.Groups[len(est.Groups)-1].Totals {
				if s.Observed == 0 {
					population -= s.Hidden
				}
			}
		}
		near(t, what+": N", population, want.Population, want.Source.Tolerance)
		if want.Chosen {
			e.Model = ""
			chosen, err := e.Estimate(t.Context(), table)
			if err != nil {
				t.Fatal(err)
			}
			near(t, what+": N of the model that is selected, "+chosen.Model, chosen.Population, want.Population, want.Source.Tolerance)
		}
		if want.Deviance == 0 {
			continue
		}
		boundary := est.Fit.MinusInfinity > 0
		if d := want.Deviance - est.Fit.Deviance; d < -1e-6*want.Deviance || d > 2e-5 {
			t.Errorf("%s: deviance %v, want %v", what, est.Fit.Deviance, want.Deviance)
		}
		for i, got := range []float64{est.Fit.AIC, est.Fit.AICc, est.Fit.BIC} {
			if len(want.Criteria) > 0 && want.Criteria[i] != 0 {
				near(t, what+[]string{" AIC", " AICc", " BIC"}[i], got, want.Criteria[i], 1e-6)
			}
		}
		for name, c := range want.Coefficients {
			if math.Abs(c[0]) > 20 && c[1] > 1e3 {
				continue // on its way to infinity
			}
			i := slices.IndexFunc(est.Coefficients, func(c estimators.Coefficient) bool { return sameName(withoutOrder(c.Name), name) })
			if i < 0 {
				t.Fatalf("%s: no coefficient %s among %v", what, name, est.Coefficients)
			}
			got := est.Coefficients[i]
			if math.IsInf(got.Estimate, 0) {
				if math.Abs(c[0]) < 20 {
					t.Errorf("%s: %s is %v, want %v", what, name, got.Estimate, c[0])
				}
				continue
			}
			scale := 1.0
			if strings.Contains(name, "^") {
				scale = math.Sqrt(384) // their polynomials have length one over 1,536 rows, 384 to a level; ours over the levels
			}
			if math.Abs(got.Estimate*scale-c[0]) > 1e-5*math.Max(1, math.Abs(c[0])) || c[1] > 0 && math.Abs(got.SE*scale-c[1]) > 1e-5*c[1] {
				t.Errorf("%s: %s is %v ± %v, want %v", what, name, got.Estimate*scale, got.SE*scale, c)
			}
		}
		by := map[string]estimators.Estimate{"": est}
		for _, s := range want.Strata {
			key := strings.Join(s.By, ",")
			if _, ok := by[key]; !ok && len(s.By) > 1 {
				e.By = s.By
				if by[key], err = e.Estimate(t.Context(), table); err != nil {
					t.Fatal(err)
				}
			}
			from := est
			if len(s.By) > 1 {
				from = by[key]
			}
			got, ok := stratumOf(from, s, want.Level)
			name := what + " " + key + " " + strings.Join(s.Levels, ",")
			if !ok {
				t.Errorf("%s: no such stratum", name)
				continue
			}
			if got.Observed != s.Observed {
				t.Errorf("%s: %d observed, want %d", name, got.Observed, s.Observed)
			}
			// The other program stops on the way to zero.
			if s.Hidden <= 0 || boundary && (s.Hidden < 1e-3 || s.SE > 1e3*s.Hidden) {
				continue
			}
			near(t, name+" hidden", got.Hidden, s.Hidden, 2e-7)
			if boundary {
				continue
			}
			if s.SE > 0 {
				near(t, name+" SE", got.SE, s.SE, 1e-6)
			}
			if len(s.LogNormal) == 2 {
				near(t, name+" lower", got.Intervals[0].Lower, s.LogNormal[0], 1e-6)
				near(t, name+" upper", got.Intervals[0].Upper, s.LogNormal[1], 1e-6)
			}
			if len(s.Normal) == 2 {
				// Their normal limits are not cut at the people seen, and stand about the sum of the fitted means.
				i := loglinear.Wald(float64(got.Observed), got.Hidden, got.SE, 0.95)
				near(t, name+" normal lower", i.Lower, math.Max(s.Normal[0], float64(got.Observed)), 1e-6)
				near(t, name+" normal upper", i.Upper, s.Normal[1], 1e-6)
			}
			if v := s.Visibility; v.Share > 0 {
				share, low, high, _ := estimators.Estimate{Observed: got.Observed, Population: got.Population, Intervals: got.Intervals}.Visibility()
				near(t, name+" visibility", share, v.Share, 1e-6)
				near(t, name+" its SE by the delta method", share*got.SE/got.Population, v.SE, 1e-6)
				near(t, name+" visibility, lower", low, v.LogNormal[0], 1e-6)
				near(t, name+" visibility, upper", high, v.LogNormal[1], 1e-6)
			}
		}
	}
}

// withoutOrder takes the numbers off levels, as in S1*Gender=2 Female.
func withoutOrder(name string) string { return ordered.ReplaceAllString(name, "=") }

var ordered = regexp.MustCompile(`=\d+ `)

// sameName compares names of interactions whatever comes first.
func sameName(a, b string) bool {
	x, y := strings.Split(a, "*"), strings.Split(b, "*")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// stratumOf finds the total, or that of levels, which the table calls as level says.
func stratumOf(est estimators.Estimate, s reference.CovariateStratum, level func(covariate, level string) string) (estimators.Subtotal, bool) {
	if len(s.By) == 0 {
		return estimators.Subtotal{Observed: est.Observed, Hidden: est.Hidden, Population: est.Population, SE: est.SE, Intervals: est.Intervals}, true
	}
	for _, g := range est.Groups {
		if !slices.Equal(g.By, s.By) {
			continue
		}
		for _, total := range g.Totals {
			same := true
			for i, l := range total.Stratum {
				same = same && l.Level == level(s.By[i], s.Levels[i])
			}
			if same {
				return total, true
			}
		}
	}
	return estimators.Subtotal{}, false
}

func asItIs(_, level string) string { return level }

func TestRidgeAgrees(t *testing.T) {
	table := reference.WithCovariates(t, "simdat", 4)
	// Their log-likelihood is that of a multinomial without its constant: Σ y log μ − n log n, where Σ μ = n.
	n := float64(table.Observed())
	constant := n - n*math.Log(n)
	for _, c := range table.Cells() {
		lg, _ := math.Lgamma(float64(c.Count) + 1)
		constant += lg
	}
	for _, want := range reference.CovariateRidges(t) {
		e := loglinear.Joint{Model: "[]", Ridge: loglinear.Ridge{Lambda: want.Lambda, MainEffects: true}}
		est, err := e.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		// Their N is the sum of fitted means, which a penalty on main effects keeps from adding up to those observed; ours is the
		// observed and the hidden. It follows from the coefficients.
		for name, c := range want.Coefficients {
			i := slices.IndexFunc(est.Coefficients, func(c estimators.Coefficient) bool { return c.Name == name })
			near(t, want.Call+" "+name, est.Coefficients[i].Estimate, c[0], 1e-8)
			near(t, want.Call+" SE "+name, est.Coefficients[i].SE, c[1], 1e-8)
		}
		near(t, want.Call+" deviance", est.Fit.Deviance, want.Deviance, 1e-9)
		near(t, want.Call+" log-likelihood", est.Fit.LogLik+constant, want.LogLik, 1e-9)
		near(t, want.Call+" AIC", est.Fit.AIC-2*constant, want.AIC, 1e-9)
		near(t, want.Call+" BIC", est.Fit.BIC-2*constant, want.BIC, 1e-9)
		// The model of main effects is a product, and so are its sums.
		sums, all := map[string]float64{}, map[string]map[string]float64{}
		product := 1.0
		for _, c := range est.Coefficients {
			name, level, _ := strings.Cut(c.Name, "=")
			switch {
			case c.Name == "intercept":
				product *= math.Exp(c.Estimate)
			case level == "":
				product *= 1 + math.Exp(c.Estimate)
			default:
				if all[name] == nil {
					all[name], sums[name] = map[string]float64{"1": 1}, 1
				}
				all[name][level] = math.Exp(c.Estimate)
				sums[name] += math.Exp(c.Estimate)
			}
		}
		for _, s := range sums {
			product *= s
		}
		near(t, want.Call+" sum of the fitted means", product, want.Population, 1e-8)
		for name, levels := range want.Totals {
			for level, total := range levels {
				near(t, want.Call+" "+name+" "+level, product*all[name][level]/sums[name], total, 1e-8)
			}
		}
		near(t, want.Call+" effective parameters", (est.Fit.AIC+2*est.Fit.LogLik)/2, want.Effective, 1e-8)
		// Interactions alone are penalised by default: the model of main effects is then as without.
		plain, err := loglinear.Joint{Model: "[]", Ridge: loglinear.Ridge{Lambda: want.Lambda}}.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "main effects with interactions penalised", plain.Population, 5972.92420220, 1e-9)
	}
}

// The same model on explicit drawn tables, free of random generators.
func TestModelsOfDrawnTablesAgree(t *testing.T) {
	for _, want := range reference.CovariateResamples(t, reference.Every) {
		table := want.With(t, reference.WithCovariates(t, want.Table, listsOf[want.Table]))
		est, err := loglinear.Joint{Covariates: want.Covariates, Model: want.Model}.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		near(t, want.Table+" N", est.Population, want.Population, want.Source.Tolerance)
		for _, s := range want.Strata {
			if got, ok := stratumOf(est, s, asItIs); ok && s.Population > 0.01 {
				near(t, want.Table+" "+s.Levels[0], got.Population, s.Population, 10*want.Source.Tolerance)
			}
		}
	}
}
