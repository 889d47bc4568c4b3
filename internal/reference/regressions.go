package reference

import (
	"slices"
	"testing"

	"darkfigure/estimators"
)

// A CountFit is a zero-truncated regression of singleRcapture.
type CountFit struct {
	Source            Source `json:"-"`
	Table, Call       string
	Family, Formula   string
	Ones              string // formula of omega or pi
	Method            string // IRLS or optim
	Coefficients      []estimators.Coefficient
	LogLik, AIC, BIC  float64
	Deviance          float64
	Population, SE    float64
	Normal, Lognormal [2]float64 // 95 %
	Warnings          []string
}

// CountFits returns the regressions of the table immigrants-covariates.
func CountFits(t testing.TB, table string) []CountFit {
	t.Helper()
	src, out := load(t, "singlercapture.json", func(f CountFit) bool { return table == Every || f.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A CountStratum is a subgroup total of a [CountFit].
type CountStratum struct {
	Source         Source `json:"-"`
	Table, Call    string
	Stratum        map[string]string
	Observed       int64
	Population, SE float64
	Lognormal      [2]float64
}

// CountStrata returns the subgroup totals of ztpoisson ~ gender + age + nation.
func CountStrata(t testing.TB, table string) []CountStratum {
	t.Helper()
	src, out := load(t, "singlercapture-strata.json", func(s CountStratum) bool { return table == Every || s.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A CountBootstrap holds variance and quantiles of 500 replicates of ztpoisson.
type CountBootstrap struct {
	Source               Source `json:"-"`
	Table, Call          string
	Scheme, Formula      string
	Population, Variance float64
	Quantiles            [7]float64 // at 0, 2.5, 25, 50, 75, 97.5 and 100 %
}

// CountBootstraps returns the bootstrap distributions.
func CountBootstraps(t testing.TB, table string) []CountBootstrap {
	t.Helper()
	src, out := load(t, "singlercapture-bootstrap.json", func(b CountBootstrap) bool { return table == Every || b.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// Persons returns the rows of testdata/tables/NAME.csv as text under the names of its columns.
func Persons(t testing.TB, name string) (header []string, rows [][]string) {
	t.Helper()
	return records(t, "tables", name+".csv")
}

// Column returns the column of a table of [Persons].
func Column(t testing.TB, header []string, name string) int {
	t.Helper()
	i := slices.Index(header, name)
	if i < 0 {
		t.Fatalf("there is no column %q among %v", name, header)
	}
	return i
}

// A ConditionalFit is a model of the conditional likelihood of Huggins and Alho.
type ConditionalFit struct {
	Source         Source `json:"-"`
	Table, Call    string
	Form, Formula  string // form: h, t, t-by-list, b, tb
	Coefficients   []float64
	Covariance     [][]float64
	LogLik         float64
	Population, SE float64
}

// ConditionalFits returns the models of VGAM. Tables: deermice.
func ConditionalFits(t testing.TB, table string) []ConditionalFit {
	t.Helper()
	src, out := load(t, "vgam.json", func(f ConditionalFit) bool { return table == Every || f.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}
