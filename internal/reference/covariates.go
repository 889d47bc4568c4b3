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
	Coefficients map[string][2]float64 // estimate and standard error (0: not given)
	Criteria     []float64             // AIC, AICc (0: not given), BIC
	Strata       []CovariateStratum
	Order        map[string][]string // levels, the first of which is the one that coefficients compare others with
	Within       map[string]string   // the people of one level alone
	Zeros        string              // "counted": patterns impossible by design are counts of zero; "empty": combinations without people are left out
	Chosen       bool                // stepwise selection by BIC chose the model
}

// On is the table of the fit: of the people of one level, with the zeros as they were there, and with levels that sort in the order of that
// program behind a number, as in "1 Male".
func (f CovariateFit) On(t testing.TB, table *estimators.Table) *estimators.Table {
	t.Helper()
	people := map[string]int64{}
	for _, c := range table.Cells() {
		people[strings.Join(c.Levels, "|")] += c.Count
	}
	var cells []estimators.Cell
	for _, c := range table.Cells() {
		outside := false
		for j, v := range table.Covariates() {
			level, ok := f.Within[v.Name]
			outside = outside || ok && c.Levels[j] != level
		}
		if outside {
			continue
		}
		if f.Zeros == "counted" {
			c.StructuralZero = false
		}
		cells = append(cells, c)
	}
	names, levels := []string{}, [][]string{}
	for _, c := range table.Covariates() {
		names, levels = append(names, c.Name), append(levels, c.Levels)
	}
	if f.Zeros == "empty" {
		each(levels, func(combination []string) {
			if people[strings.Join(combination, "|")] > 0 {
				return
			}
			for w := estimators.Pattern(1); w <= estimators.FullPattern(table.K()); w++ {
				cells = append(cells, estimators.Cell{Pattern: w, Levels: slices.Clone(combination), StructuralZero: true})
			}
		})
	}
	for i := range cells {
		cells[i].Levels = slices.Clone(cells[i].Levels)
		for j, name := range names {
			cells[i].Levels[j] = f.Level(name, cells[i].Levels[j])
		}
	}
	out, err := estimators.NewTable(table.Lists(), names, cells)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Level is what a level is called in the table of [CovariateFit.On].
func (f CovariateFit) Level(covariate, level string) string {
	if i := slices.Index(f.Order[covariate], level); i >= 0 {
		return strconv.Itoa(i+1) + " " + level
	}
	return level
}

// each goes through all combinations of levels.
func each(levels [][]string, visit func([]string)) {
	if len(levels) == 0 {
		visit(nil)
		return
	}
	each(levels[:len(levels)-1], func(before []string) {
		for _, l := range levels[len(levels)-1] {
			visit(append(slices.Clone(before), l))
		}
	})
}

// A CovariateStratum is the part of a population at some levels.
type CovariateStratum struct {
	By, Levels []string // none: the total
	Observed   int64
	Hidden     float64
	Population float64 // sum of fitted means, where given
	SE         float64
	LogNormal  []float64
	Normal     []float64
	Visibility Visible            // n/N
	Mean, SD   float64            // of a bootstrap
	Quantiles  map[string]float64 // of a bootstrap, by per cent
}

// Visible is a visibility: the share, its standard error and its limits from the log-normal ones of N; or, of a bootstrap, quantiles by
// per cent of n/N* with the people seen fixed and of n*/N* with those of each replicate.
type Visible struct {
	Share, SE     float64
	LogNormal     [2]float64
	Fixed, Paired map[string]float64
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
	LogLik       float64 // of the multinomial without its constant, and so AIC and BIC, which count effective parameters
	AIC, BIC     float64
	Totals       map[string]map[string]float64 // sums of fitted means by covariate and level
	Effective    float64                       // parameters
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
