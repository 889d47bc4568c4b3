package reference

import (
	"testing"

	"darkfigure/estimators"
)

// A Resampled is what SparseMSE makes of explicit tables drawn from a published one, and of that
// table with one person left out: stepwise selection at the threshold 0.02 throughout.
type Resampled struct {
	Source       Source `json:"-"`
	Table        string
	Call         string
	Cells        []string  // the occupied histories, in the order of Jackknife and of every Counts
	Jackknife    []float64 // N without one person of each cell, the selection included
	Acceleration float64   // a of the BCa interval, from Jackknife
	Resamples    []Resample
}

// A Resample is the estimate from one drawn table.
type Resample struct {
	Counts   []int64
	N        float64  `json:"population"`
	Model    string   // lists numbered from 1
	Terms    [][2]int // finite interactions in the order of entry
	Empty    [][2]int // interactions at −infinity
	Deviance float64
	AIC      float64 // counts the parameters at −infinity
}

// Patterns returns the occupied histories as patterns.
func (r Resampled) Patterns(t testing.TB) []estimators.Pattern {
	t.Helper()
	var out []estimators.Pattern
	for _, h := range r.Cells {
		p, err := estimators.ParseHistory(h)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// With returns the table of these counts over the lists of the published one.
func (r Resampled) With(t testing.TB, counts []int64) *estimators.Table {
	t.Helper()
	patterns := r.Patterns(t)
	if len(counts) != len(patterns) {
		t.Fatalf("%s: %d counts of %d cells", r.Table, len(counts), len(patterns))
	}
	var cells []estimators.Cell
	for i, p := range patterns {
		cells = append(cells, estimators.Cell{Pattern: p, Count: counts[i]})
	}
	table, err := estimators.NewTable(Table(t, r.Table).Lists(), nil, cells)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Resamples returns the explicit resampled and jackknife tables of SparseMSE, for uk6, uk5, nl6,
// nl5, western and kosovo.
func Resamples(t testing.TB, table string) []Resampled {
	t.Helper()
	src, out := load(t, "sparsemse-resamples.json", func(r Resampled) bool { return table == Every || r.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A BCa is a BCa interval of SparseMSE with the replicates it was read from.
type BCa struct {
	Source         Source `json:"-"`
	Table          string
	Call           string
	N              float64      `json:"population"`
	Acceleration   float64      // a
	BiasCorrection float64      `json:"bias_correction"` // z0, ties not counted as below
	BCa            [][2]float64 // level and quantile of the replicates at the adjusted level, of type 8
	Plain          [][2]float64 // level and quantile of the replicates, of type 7
	Replicates     []float64    // N̂, in their order
}

// BCaIntervals returns the BCa intervals of SparseMSE with stepwise selection in every replicate, for
// the tables of [Resamples] and korea.
func BCaIntervals(t testing.TB, table string) []BCa {
	t.Helper()
	src, out := load(t, "sparsemse-bca.json", func(b BCa) bool { return table == Every || b.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}
