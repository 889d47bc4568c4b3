package reference

import "testing"

// A Thresholded is an estimate of MultipleSystemsEstimation by Bayesian thresholding of interactions.
type Thresholded struct {
	Source    Source `json:"-"`
	Table     string
	Call      string
	Prior     string // of the interactions: normal (variance 1) or flat
	Threshold float64
	MaxOrder  int `json:"max_order"`

	N                                  float64 `json:"population"` // posterior median of n + exp(intercept)
	Lower95, Lower80, Upper80, Upper95 float64
	Kept                               [][]int // lists from 1
	Infinite                           [][]int // interactions at −infinity, also in the model
	Ratios                             []ThresholdRatio
}

// A ThresholdRatio is |posterior mean|/sd of an interaction before thresholding.
type ThresholdRatio struct {
	Term  []int // lists from 1
	Ratio float64
}

// Threshold returns the estimates by Bayesian thresholding, for kosovo, nl5, uk5 and western.
func Threshold(t testing.TB, table string) []Thresholded {
	t.Helper()
	src, out := load(t, "mse-threshold.json", func(r Thresholded) bool { return table == Every || r.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}
