package reference

import (
	"math"
	"strconv"
	"testing"
)

// A Model is one hierarchical log-linear model as two programs see it.
type Model struct {
	Name string // such as "[12,3]", lists numbered from 1

	// From MultipleSystemsEstimation 1.2.0, which fits the extended MLE.
	Status        int // 0 exists and is identifiable, 1 no MLE, 2 not identifiable, 3 both; -1 of order 4, which it leaves out
	N             float64
	BIC, AIC      float64
	Deviance      float64
	MinusInfinity int // parameters at −infinity; BIC and AIC count them

	// From Rcapture 1.4-4, which makes no existence check; only where Status is 0 or -1.
	Rcapture *Fit
}

// AllModels returns every hierarchical model of a table, up to order 3 with its
// existence. There are files for artificial3, hav, hiv, korea, kosovo and uk5; for
// artificial3 from one program only.
func AllModels(t testing.TB, table string) []Model {
	t.Helper()
	_, rows := records(t, "reference", "models", table+".csv")
	number := func(s string) float64 {
		if s == "" {
			return 0
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(v) {
			t.Fatalf("models/%s.csv: %q is not a number", table, s)
		}
		return v
	}
	out := make([]Model, 0, len(rows))
	for _, r := range rows {
		m := Model{Name: r[0], Status: -1, N: number(r[2]), BIC: number(r[3]), AIC: number(r[4]), Deviance: number(r[5]), MinusInfinity: int(number(r[6]))}
		if r[1] != "" {
			m.Status = int(number(r[1]))
		}
		if r[7] != "" {
			m.Rcapture = &Fit{Source: Source{Program: "Rcapture", Version: "1.4-4"}, Table: table, Model: m.Name,
				N: number(r[7]), SE: number(r[8]), Deviance: number(r[9]), DF: int(number(r[10])),
				AIC: number(r[11]), BIC: number(r[12]), Info: int(number(r[13])), Bias: number(r[14])}
		}
		out = append(out, m)
	}
	return out
}

// A Ranked is a model with its place among all models by BIC.
type Ranked struct {
	Source   Source `json:"-"`
	Function string // MultipleSystemsEstimation: "bic"
	Table    string
	Call     string
	MaxOrder int    `json:"max_order"`
	Models   int    // in the class; of MultipleSystemsEstimation, those with an identifiable MLE
	Rank     int    // from 1
	Model    string // lists numbered from 1

	N        float64 `json:"population"`
	SE       float64 // Rcapture only, as the rest but BIC
	Deviance float64
	DF       int
	AIC, BIC float64
	Info     int
	Bias     float64

	Acceleration float64 // MultipleSystemsEstimation, "main" only: a of the BCa interval
}

// BestModels returns the twenty models of least BIC of Rcapture's closedpMS.t, in files
// where AllModels has no full list: nl5 and western (MaxOrder 2 and 4), uk5 (MaxOrder 2).
// It makes no existence check: models may be there whose MLE does not exist.
func BestModels(t testing.TB, table string) []Ranked {
	t.Helper()
	src, out := load(t, "rcapture-best.json", func(r Ranked) bool { return table == Every || r.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// BIC returns the models of least BIC, at most twenty, of MultipleSystemsEstimation among models
// that exist and are identifiable: korea, artificial3 and kosovo up to order k−1; uk5,
// western and nl5 up to order 2. Rank 1 is its choice.
func BIC(t testing.TB, table string) []Ranked {
	t.Helper()
	src, out := load(t, "mse.json", func(r Ranked) bool { return r.Function == "bic" && (table == Every || r.Table == table) })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// MSEPoint returns the point estimates of MultipleSystemsEstimation whose Function is "stepwise"
// (threshold 0.02; N only) or "main" (independence; N, AIC, BIC, acceleration).
func MSEPoint(t testing.TB, table string) []Ranked {
	t.Helper()
	src, out := load(t, "mse.json", func(r Ranked) bool { return r.Function != "bic" && (table == Every || r.Table == table) })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A ModelCount is how many hierarchical models with all main effects there are.
type ModelCount struct {
	Lists    int
	MaxOrder int `json:"max_order"`
	Models   int
}

// ModelCounts returns the numbers of models for two to six lists.
func ModelCounts(t testing.TB) []ModelCount {
	t.Helper()
	_, out := load(t, "rcapture-counts.json", func(ModelCount) bool { return true })
	return out
}
