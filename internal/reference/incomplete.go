package reference

import (
	"slices"
	"strconv"
	"testing"

	"darkfigure/estimators"
)

// CovariateTable returns the table in testdata/tables/NAME.csv with columns of 0 and 1 for the lists named, count, maybe structural_zero, and a
// covariate in every other column, empty where it is not recorded.
func CovariateTable(t testing.TB, name string, lists ...string) *estimators.Table {
	t.Helper()
	head, rows := records(t, "tables", name+".csv")
	var covariates []string
	for _, h := range head {
		if h != "count" && h != "structural_zero" && !slices.Contains(lists, h) {
			covariates = append(covariates, h)
		}
	}
	var cells []estimators.Cell
	for _, row := range rows {
		var c estimators.Cell
		for j, h := range head {
			var err error
			switch i := slices.Index(lists, h); {
			case i >= 0:
				if row[j] == "1" {
					c.Pattern |= 1 << uint(i)
				}
			case h == "count":
				c.Count, err = strconv.ParseInt(row[j], 10, 64)
			case h == "structural_zero":
				c.StructuralZero = row[j] == "1"
			default:
				c.Levels = append(c.Levels, row[j])
			}
			if err != nil {
				t.Fatalf("%s: row %v: %v", name, row, err)
			}
		}
		cells = append(cells, c)
	}
	out, err := estimators.NewTable(lists, covariates, cells)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// An IncompleteFit is a log-linear model of lists and partly recorded covariates.
type IncompleteFit struct {
	Source             Source `json:"-"`
	Table, Call        string
	Model, Absence     string
	Of                 []string // an assumed odds ratio
	OddsRatio          float64
	Population, Hidden float64
	SEFixed, SEPoisson float64
	Parameters         int
	Kernel             float64
	Deviance           float64
	DF                 int
	Coefficients       []estimators.Coefficient
	Strata             []IncompleteStratum
	Cells              []IncompleteCell
}

// An IncompleteStratum is the total of some levels; numbers that were not given are 0.
type IncompleteStratum struct {
	By, Levels         []string
	Population, Hidden float64
	SEFixed, SEPoisson float64
}

// An IncompleteCell is a fitted mean.
type IncompleteCell struct {
	History string
	Levels  []string
	Fitted  float64
}

// IncompleteFits returns the models by EM.
func IncompleteFits(t testing.TB, table string) []IncompleteFit {
	t.Helper()
	src, out := load(t, "incomplete.json", func(f IncompleteFit) bool { return table == Every || f.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// An IncompletePackage is what a package gives, whose EM stops early.
type IncompletePackage struct {
	Source       Source `json:"-"`
	Table        string
	Program      string
	Call         string
	Model        string
	Lambda       float64 // ridge penalty of all coefficients but the constant; 0: none
	Population   float64
	LogLik       float64 // of the multinomial of what was observed; 0: not given
	Iterations   int
	Coefficients map[string]float64
	SE           map[string]float64
	Totals       map[string]map[string]float64 // by covariate and level
}

// IncompletePackages returns the results of the packages of Cruyff.
func IncompletePackages(t testing.TB, table string) []IncompletePackage {
	t.Helper()
	src, out := load(t, "incomplete-packages.json", func(f IncompletePackage) bool { return table == Every || f.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// An IncompleteBootstrap is the distribution of N, or of the total of some levels, over replicates.
type IncompleteBootstrap struct {
	Source                 Source `json:"-"`
	Table, Call            string
	Model, Scheme          string
	Replicates             int
	By, Levels             []string
	Mean, SD, Lower, Upper float64
	Median                 float64
}

// IncompleteBootstraps returns the bootstrap distributions.
func IncompleteBootstraps(t testing.TB, table string) []IncompleteBootstrap {
	t.Helper()
	src, out := load(t, "incomplete-bootstrap.json", func(b IncompleteBootstrap) bool { return table == Every || b.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}
