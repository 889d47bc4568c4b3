package reference

import "testing"

// A Coverage holds the sample coverage estimates of CARE1 for one table.
type Coverage struct {
	Source       Source `json:"-"`
	Table        string
	Call         string
	Observed     int64
	MeanOverlap  float64 `json:"mean_overlap"` // D
	Coverage     float64 // C
	Singles      []int64 // persons on list i alone
	N            []int64 // persons on list i
	Independence float64 // estimates of the population size
	High         float64 `json:"high_coverage"`
	Low          float64 `json:"low_coverage"`
	Pairs        []CoveragePair
	Dependence   map[string]map[string]float64 // by form: u1 …, r12 …
	Bootstrap    map[string]CoverageBootstrap  // by form; from a random generator, good to two digits at most
}

// A CoveragePair is the estimate from two of the lists.
type CoveragePair struct {
	Lists        [2]int  // from 1
	Petersen     float64 // 0 when infinite
	Chapman      float64
	SE           float64 // of Chapman
	Lower, Upper float64 // 95 %, log-normal
}

// A CoverageBootstrap is a bootstrap standard error with log-normal 95 % limits.
type CoverageBootstrap struct {
	Call         string
	SE           float64
	Lower, Upper float64
}

// CARE1 returns the sample coverage estimates. Tables: hav congenital uk5 kosovo hiv
// korea western nl5. It returns Observed for a form that is degenerate.
func CARE1(t testing.TB, table string) []Coverage {
	t.Helper()
	src, out := load(t, "care1.json", func(c Coverage) bool { return table == Every || c.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}
