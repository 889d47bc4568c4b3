package reference

import (
	"testing"

	"darkfigure/estimators"
)

// A Sparse is one estimate of SparseMSE: an extended MLE of a model of pairs.
type Sparse struct {
	Source    Source `json:"-"`
	Function  string // stepwise, main, all-pairs, fixed, single-pair
	Table     string
	Call      string
	Threshold float64 // of stepwise
	Model     string  // lists numbered from 1; for stepwise the model chosen
	Refused   bool    // no MLE, or not identifiable
	Status    int     // of a refused single pair: 1 no MLE, 2 not identifiable, 3 both

	N        float64 `json:"population"`
	Deviance float64
	DF       int     // cells fitted less finite parameters; 0 of a single pair: not reported
	AIC      float64 `json:"aic_finite"` // does not count the parameters at −infinity
	Cells    int     // cells left in the fit; 0 of a single pair: not reported

	// Limits n + exp(b0 ± z·se), without the Poisson variance of the hidden cell.
	Lower95, Upper95, Lower80, Upper80, Lower50, Upper50 float64
	VarIntercept                                         float64 `json:"var_intercept"`

	Terms        [][2]int // finite interactions in the order of entry
	Empty        [][2]int // interactions at −infinity
	Coefficients []SparseCoefficient
}

// A SparseCoefficient is a finite parameter; Term lists the lists from 1.
type SparseCoefficient struct {
	Term  []int
	Value float64
}

// Pair returns a term as a Pattern.
func Pair(p [2]int) estimators.Pattern {
	return 1<<uint(p[0]-1) | 1<<uint(p[1]-1)
}

func sparse(t testing.TB, table string, stepwise bool) []Sparse {
	t.Helper()
	src, out := load(t, "sparsemse.json", func(s Sparse) bool {
		return (s.Function == "stepwise") == stepwise && (table == Every || s.Table == table)
	})
	for i := range out {
		out[i].Source = src
	}
	return out
}

// Stepwise returns the stepwise estimates at the thresholds 0.02, 0.05, 0.1, 0.001, 0 and
// 1e-4. Tables: uk6 uk5 nl6 nl5 neworleans kosovo western korea artificial3 hav hiv.
func Stepwise(t testing.TB, table string) []Sparse {
	t.Helper()
	return sparse(t, table, true)
}

// Pairs returns the estimates of main effects, all pairs, each single pair and chosen pairs,
// for the tables of [Stepwise].
func Pairs(t testing.TB, table string) []Sparse {
	t.Helper()
	return sparse(t, table, false)
}

// A PairsExistence says which models of pairs have an extended MLE that is identifiable.
type PairsExistence struct {
	Table         string
	Call          string
	AllPairs      int     `json:"all_pairs_status"` // status of the model of all pairs: 0 good, 1 no MLE, 2 not identifiable, 3 both
	Main          int     `json:"main_status"`      // of main effects
	LinearProgram float64 `json:"linear_program"`   // greatest s with fitted cells all ≥ s; 0: no MLE

	Empty                   [][2]int `json:"empty_pairs"` // pairs of lists without overlap
	Checked                 bool     // every model of pairs was examined
	CheckCall               string   `json:"pairs_models_call"`
	Bad                     int      `json:"pairs_models_bad"` // how many of them have no MLE
	WithoutMLE              []string `json:"pairs_models_without_mle"`
	AllPairsNotIdentifiable bool     `json:"all_pairs_not_identifiable"`
}

// Existence returns what SparseMSE says about existence, for the tables of [Stepwise].
func Existence(t testing.TB, table string) []PairsExistence {
	t.Helper()
	_, out := load(t, "sparsemse-existence.json", func(p PairsExistence) bool { return table == Every || p.Table == table })
	return out
}
