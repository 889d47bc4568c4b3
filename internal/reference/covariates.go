package reference

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"darkfigure/estimators"
)

// WithCovariates returns the table with covariates in testdata/tables/NAME.csv: so many lists of 0 and 1, covariates, perhaps a column
// structural_zero, and count.
func WithCovariates(t testing.TB, name string, lists int) *estimators.Table {
	t.Helper()
	head, rows := records(t, "tables", name+".csv")
	last := len(head) - 1
	zero := slices.Index(head, "structural_zero")
	covariates := last
	if zero >= 0 {
		covariates = zero
	}
	var cells []estimators.Cell
	for _, row := range rows {
		n, err := strconv.ParseInt(row[last], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		c := estimators.Cell{Levels: row[lists:covariates], Count: n, StructuralZero: zero >= 0 && row[zero] == "1"}
		for i, v := range row[:lists] {
			if v == "1" {
				c.Pattern |= 1 << uint(i)
			}
		}
		cells = append(cells, c)
	}
	out, err := estimators.NewTable(head[:lists], head[lists:covariates], cells)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A CovariatePath is the path of a search through models with covariates.
type CovariatePath struct {
	Source     Source `json:"-"`
	Table      string
	Call       string
	Covariates []string
	Trends     map[string]int // degree of the polynomial of a covariate
	Steps      []CovariateStep
}

// A CovariateStep is a model on the path.
type CovariateStep struct {
	Phase      string
	Term       string
	Deviance   float64
	DF         int
	Parameters int
	AIC        float64
	AICc       float64
	BIC        float64
	Population float64
}

// CovariatePaths returns the paths on simdat, scotland and spina-ethnicity.
func CovariatePaths(t testing.TB, table string) []CovariatePath {
	t.Helper()
	src, out := load(t, "covariates-paths.json", func(p CovariatePath) bool { return table == Every || p.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A CovariateFit is one model with covariates.
type CovariateFit struct {
	Source       Source `json:"-"`
	Table        string
	Call         string
	Covariates   []string
	Trends       map[string]int
	Model        string
	Deviance     float64
	Population   float64               // sum of the fitted means over all cells
	Coefficients map[string][2]float64 // estimate and standard error
	Strata       []CovariateStratum
}

// A CovariateStratum is the part of a population at some levels.
type CovariateStratum struct {
	By, Levels []string // none: the total
	Observed   int64
	Hidden     float64
	Population float64 // sum of fitted means, where given
	SE         float64
	LogNormal  []float64
	Quantiles  map[string]float64 // of a bootstrap, by per cent
}

// CovariateFits returns fixed models on simdat, scotland, spina-ethnicity, late-list and six-lists.
func CovariateFits(t testing.TB, table string) []CovariateFit {
	t.Helper()
	src, out := load(t, "covariates-fits.json", func(f CovariateFit) bool { return table == Every || f.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A CovariateRidge is a penalised fit.
type CovariateRidge struct {
	Source       Source `json:"-"`
	Table        string
	Call         string
	Lambda       float64
	Population   float64
	Deviance     float64
	Effective    float64 // parameters
	Coefficients map[string][2]float64
}

// CovariateRidges returns the penalised fits of simdat.
func CovariateRidges(t testing.TB) []CovariateRidge {
	t.Helper()
	src, out := load(t, "covariates-ridge.json", func(CovariateRidge) bool { return true })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A CovariateResample is one model on a drawn table.
type CovariateResample struct {
	Source     Source `json:"-"`
	Table      string
	Call       string
	Covariates []string
	Model      string
	Cells      map[string]int64 // by history and levels, joined by |
	Population float64
	Strata     []CovariateStratum
}

// With returns the drawn table, with the lists and levels of the original one.
func (r CovariateResample) With(t testing.TB, original *estimators.Table) *estimators.Table {
	t.Helper()
	var cells []estimators.Cell
	for _, c := range original.Cells() {
		cells = append(cells, estimators.Cell{Pattern: c.Pattern, Levels: c.Levels}) // declares the levels
	}
	for key, n := range r.Cells {
		history, levels, _ := strings.Cut(key, "|")
		p, err := estimators.ParseHistory(history)
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, estimators.Cell{Pattern: p, Levels: strings.Split(levels, "|"), Count: n})
	}
	out, err := estimators.NewTable(original.Lists(), r.Covariates, cells)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// CovariateResamples returns the drawn tables of scotland and spina-ethnicity.
func CovariateResamples(t testing.TB, table string) []CovariateResample {
	t.Helper()
	src, out := load(t, "covariates-resamples.json", func(r CovariateResample) bool { return table == Every || r.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// A CovariateBootstrap is what the replicates of another program look like.
type CovariateBootstrap struct {
	Source     Source `json:"-"`
	Table      string
	Call       string
	Covariates []string
	Trends     map[string]int
	Model      string // empty: the search is repeated
	Replicates int
	Strata     []CovariateStratum
	Ratios     map[string]map[string]float64 // of years, by per cent
}

// CovariateBootstraps returns the bootstraps of simdat, scotland and spina-ethnicity.
func CovariateBootstraps(t testing.TB, table string) []CovariateBootstrap {
	t.Helper()
	src, out := load(t, "covariates-bootstrap.json", func(b CovariateBootstrap) bool { return table == Every || b.Table == table })
	for i := range out {
		out[i].Source = src
	}
	return out
}
