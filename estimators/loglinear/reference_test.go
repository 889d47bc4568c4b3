package loglinear_test

import (
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
)

// The tables on which every hierarchical model was fitted by other programs.
var enumerated = []string{"artificial3", "korea", "hav", "hiv", "kosovo", "uk5"}

// Every hierarchical model: the verdict on existence and identifiability is that of
// MultipleSystemsEstimation's linear programme, and N, BIC, AIC and deviance are its and
// Rcapture's, whose own convergence (glm's default, a relative change of deviance below 1e-8)
// limits the agreement of N and SE.
func TestEveryModelAgreesWithOtherPrograms(t *testing.T) {
	for _, name := range enumerated {
		t.Run(name, func(t *testing.T) {
			table := reference.Table(t, name)
			order := table.K() - 1
			if testing.Short() {
				order = min(order, 3)
			}
			all, err := loglinear.Enumeration{MaxOrder: order}.Run(t.Context(), table)
			if err != nil {
				t.Fatal(err)
			}
			ours := map[string]estimators.Estimate{}
			for _, m := range all.Models {
				ours[m.Model] = m
			}
			codes := []string{"", "no-mle", "not-identifiable", "no-mle,not-identifiable"}
			compared := 0
			for _, want := range reference.AllModels(t, name) {
				model, err := loglinear.NewModel(table.K(), reference.Terms(t, want.Name)...)
				if err != nil {
					t.Fatal(err)
				}
				if model.Order() > order {
					continue
				}
				got, ok := ours[model.Format(table.Lists())]
				if !ok {
					t.Errorf("%s is not among our models", want.Name)
					continue
				}
				compared++
				if want.Status >= 0 {
					code := ""
					if got.Reason != nil {
						code = got.Reason.Code
					}
					if code != codes[want.Status] {
						t.Errorf("%s: %q, not %q", want.Name, code, codes[want.Status])
					}
				}
				if got.Status == estimators.Refused {
					continue
				}
				if want.Status == 0 {
					near(t, want.Name+" N", got.Population, want.N, 1e-6)
					near(t, want.Name+" BIC", got.Fit.BIC, want.BIC, 1e-9)
					near(t, want.Name+" AIC", got.Fit.AIC, want.AIC, 1e-9)
					nearAbs(t, want.Name+" deviance", got.Fit.Deviance, want.Deviance, 1e-6)
					if got.Fit.MinusInfinity != want.MinusInfinity {
						t.Errorf("%s: %d parameters at −∞, not %d", want.Name, got.Fit.MinusInfinity, want.MinusInfinity)
					}
				}
				if r := want.Rcapture; r != nil && r.Info == 0 && got.Fit.MinusInfinity == 0 {
					near(t, want.Name+" N (Rcapture)", got.Population, r.N, 1e-5)
					near(t, want.Name+" SE (Rcapture)", got.SE, r.SE, 1e-4) // weights of glm's last iteration but one
					near(t, want.Name+" BIC (Rcapture)", got.Fit.BIC, r.BIC, 1e-6)
					near(t, want.Name+" AIC (Rcapture)", got.Fit.AIC, r.AIC, 1e-6)
					nearAbs(t, want.Name+" deviance (Rcapture)", got.Fit.Deviance, r.Deviance, 1e-5)
					if got.Fit.DF != r.DF {
						t.Errorf("%s: df %d, not %d", want.Name, got.Fit.DF, r.DF)
					}
				}
			}
			t.Logf("%d models compared", compared)
		})
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: %.12g, not %.12g (relative difference %.2g)", what, got, want, math.Abs(got-want)/math.Abs(want))
	}
}

func nearAbs(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s: %.12g, not %.12g", what, got, want)
	}
}

// Stepwise selection at every threshold, and fixed models of pairs, as SparseMSE has them. Its
// plain interval is n + exp(β ± z·se) without the Poisson variance of the hidden number, and its AIC leaves
// out parameters at −∞; those are not compared.
func TestStepwiseAndPairsAgreeWithSparseMSE(t *testing.T) {
	for _, want := range reference.Stepwise(t, reference.Every) {
		table := reference.Table(t, want.Table)
		threshold := want.Threshold
		if threshold == 0 {
			threshold = -1
		}
		e := loglinear.LogLinear{Select: loglinear.Stepwise, Threshold: threshold, Window: -1}
		got, err := estimators.Run(t.Context(), e, table)
		if err != nil {
			t.Errorf("%s: %v", want.Call, err)
			continue
		}
		compareSparse(t, want, got, table)
	}
	for _, want := range reference.Pairs(t, reference.Every) {
		table := reference.Table(t, want.Table)
		model, err := loglinear.NewModel(table.K(), reference.Terms(t, want.Model)...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := estimators.Run(t.Context(), loglinear.LogLinear{Model: &model, Window: -1}, table)
		if err != nil {
			t.Errorf("%s: %v", want.Call, err)
			continue
		}
		compareSparse(t, want, got, table)
	}
}

func compareSparse(t *testing.T, want reference.Sparse, got estimators.Estimate, table *estimators.Table) {
	t.Helper()
	if want.Refused {
		if got.Status != estimators.Refused {
			t.Errorf("%s: %v, not refused", want.Call, got.Population)
		}
		return
	}
	if got.Status == estimators.Refused {
		t.Errorf("%s: refused: %v", want.Call, got.Reason)
		return
	}
	model, err := loglinear.NewModel(table.K(), reference.Terms(t, want.Model)...)
	if err != nil {
		t.Fatal(err)
	}
	if name := model.Format(table.Lists()); got.Model != name {
		t.Errorf("%s: model %s, not %s", want.Call, got.Model, name)
		return
	}
	near(t, want.Call+" N", got.Population, want.N, 1e-6)
	if want.Cells > 0 {
		nearAbs(t, want.Call+" deviance", got.Fit.Deviance, want.Deviance, 1e-6)
	}
	if want.VarIntercept > 0 {
		// R's glm takes the information at the weights of the iteration before its last,
		// which leaves its variance off by up to the fourth digit.
		n0 := got.Hidden
		near(t, want.Call+" variance", (got.SE*got.SE-n0)/(n0*n0), want.VarIntercept, 2e-4)
	}
}

// Existence over all models of pairs: the number without an estimate is SparseMSE's.
func TestExistenceOverPairsAgreesWithSparseMSE(t *testing.T) {
	for _, want := range reference.Existence(t, reference.Every) {
		table := reference.Table(t, want.Table)
		code := func(m loglinear.Model) int {
			got, err := estimators.Run(t.Context(), loglinear.LogLinear{Model: &m, Window: -1}, table)
			if err != nil {
				t.Fatal(err)
			}
			if got.Reason == nil {
				return 0
			}
			switch got.Reason.Code {
			case "no-mle":
				return 1
			case "not-identifiable":
				return 2
			case "no-mle,not-identifiable":
				return 3
			}
			t.Errorf("%s: %s", want.Table, got.Reason.Code)
			return -1
		}
		if got := code(loglinear.AllUpTo(table.K(), 2)); got != want.AllPairs {
			t.Errorf("%s, all pairs: status %d, not %d", want.Table, got, want.AllPairs)
		}
		if got := code(loglinear.Independence(table.K())); got != want.Main {
			t.Errorf("%s, main effects: status %d, not %d", want.Table, got, want.Main)
		}
		for _, name := range want.WithoutMLE {
			m, err := loglinear.NewModel(table.K(), reference.Terms(t, name)...)
			if err != nil {
				t.Fatal(err)
			}
			if got := code(m); got == 0 {
				t.Errorf("%s, %s: has an estimate", want.Table, name)
			}
		}
	}
}

// The models of least BIC, in order, as MultipleSystemsEstimation's and Rcapture's full
// enumerations rank them.
func TestBestModelsAgreeWithOtherPrograms(t *testing.T) {
	for _, want := range append(reference.BIC(t, reference.Every), reference.BestModels(t, reference.Every)...) {
		table := reference.Table(t, want.Table)
		model, err := loglinear.NewModel(table.K(), reference.Terms(t, want.Model)...)
		if err != nil {
			t.Fatal(err)
		}
		f, err := loglinear.Fit(table, model)
		if err != nil {
			continue // Rcapture ranks models that have no estimate
		}
		if len(f.Infinite) > 0 && want.SE > 0 {
			continue // Rcapture fits cells that the extended estimate removes
		}
		near(t, want.Call+" "+want.Model+" N", f.Population, want.N, 1e-5)
		near(t, want.Call+" "+want.Model+" BIC", f.Fit.BIC, want.BIC, 1e-6)
	}
}

// Chosen log-linear models: estimate, and the profile interval of Rcapture's closedpCI, whose search
// for limits stops early, within 0.5 %.
func TestProfileAgreesWithRcapture(t *testing.T) {
	compared := 0
	for _, want := range reference.Interactions(t, reference.Every) {
		if want.Model == "" || want.Model[0] != '[' || want.Profile == nil || want.Error != "" {
			continue
		}
		table := reference.Table(t, want.Table)
		model, err := loglinear.ParseModel(want.Model, table.Lists())
		if err != nil {
			continue // with a heterogeneity term
		}
		f, err := loglinear.Fit(table, model)
		if err != nil || len(f.Infinite) > 0 {
			continue
		}
		compared++
		near(t, want.Call+" N", f.Population, want.N, 1e-5)
		near(t, want.Call+" SE", f.SE, want.SE, 1e-4)
		p := want.Profile
		top, err := f.ProfileMaximum(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		near(t, want.Call+" profile maximum", top, p.N, 1e-3)
		is, err := f.ProfileIntervals(t.Context(), []float64{p.Level})
		if err != nil {
			t.Fatal(err)
		}
		near(t, want.Call+" lower", is[0].Lower, p.Lower, 0.005)
		if p.Upper > 0 {
			near(t, want.Call+" upper", is[0].Upper, p.Upper, 0.005)
		} else if is[0].Upper < p.Above*(1-0.005) {
			t.Errorf("%s: upper limit %v, Rcapture's search stopped at %v", want.Call, is[0].Upper, p.Above)
		}
	}
	if compared < 9 {
		t.Errorf("only %d models compared", compared)
	}
}
