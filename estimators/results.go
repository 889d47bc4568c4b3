package estimators

// Results is what one run on one table found: enough to print it, to draw it and to
// reproduce it.
type Results struct {
	Data        Data
	Description *Description // what `describe` found; nil when not computed
	Estimates   []Estimate   // of `estimate` and `compare`, in the order to be shown
	Models      []Estimate   // of `models`; each has Model, Fit and Status; see Weights
	Weights     []float64    // of Models, same length; 0 for refused ones
	Path        []Step       // of `models` with covariates: the steps Models are those of
	Ranking     string       // the criterion Models are ordered and weighted by
	Linkage     *Linkage     // how the table came from registers; nil when it was given
	Sensitivity *Sensitivity // what the assumptions do to the answer; nil when not computed
	Cards       []Method     // the methods used, for the report; New is nil
	Run         RunInfo
}

// Data says what table the results are about.
type Data struct {
	Source     string // base name of the file, or "-"
	SHA256     string // of the canonical table, not of the file
	Lists      []string
	Covariates []Covariate // those collapsed over or stratified by
	Observed   int64
	Cells      int // 2^k − 1
	Occupied   int
	Period     string
	Definition string   // who is counted, in words; "" when it was not said
	Counts     []Cell   // the collapsed table: cells with persons and structural zeros
	Notes      []string // what was recognised, collapsed, ignored
}

// DataOf describes a table.
func DataOf(t *Table, source string) Data {
	c := t.Collapse()
	d := Data{Source: source, SHA256: t.SHA256(), Lists: t.Lists(), Covariates: t.Covariates(), Observed: t.Observed(),
		Cells: 1<<uint(t.K()) - 1, Period: t.Period(), Counts: c.Cells()}
	for _, cell := range d.Counts {
		if cell.Count > 0 {
			d.Occupied++
		}
	}
	return d
}

// RunInfo says how results were made; nothing in it depends on the machine or the moment.
type RunInfo struct {
	Version string
	Command []string // canonical: flags sorted, base names, without what cannot change a number
	Seed    uint64
}

// A Description is what a table says before anything is estimated from it.
type Description struct {
	Observed   int64
	Lists      []ListSummary
	Captures   []CaptureRow
	Pairs      []Pair
	EmptyPairs []Pattern // pairs of lists that share nobody
	Coverage   *Coverage // estimated sample coverage; nil when it cannot be estimated
	Warnings   []Warning // lists that carry no information, empty overlaps and what they make unestimable
	Estimable  []Estimable
}

// A ListSummary is a list and how it stands to the others.
type ListSummary struct {
	Name   string
	Total  int64   // persons on it
	Only   int64   // persons on no other
	Shared int64   // persons on at least one other
	Of     float64 // share of the observed persons it holds
}

// A CaptureRow holds the usual statistics by capture frequency or occasion i = 1…k:
// F persons on exactly i lists, U persons first seen on list i, V persons last seen on
// list i, N persons on list i. U and V depend on the order of the lists.
type CaptureRow struct{ I, F, U, V, N int64 }

// A Pair is what two lists alone say.
type Pair struct {
	A, B       int // indices of the lists
	Both       int64
	Expected   float64 // persons on both by chance: under the independence model of all lists; 0 when that cannot be fitted
	OddsRatio  float64 // among the observed persons; those on neither are on another list. See HasOdds
	HasOdds    bool    // false when a cell of the two-by-two table is empty
	Population float64 // Chapman's estimate from the pair alone
	SE         float64
	Interval   Interval
	Status     Status
	Reason     *Refusal
}

// Coverage is the estimated sample coverage: the share of the population, weighted by
// how easily people are seen, that stands on the lists.
type Coverage struct{ Share float64 }

// Estimable says whether a class of models has a finite, determined estimate.
type Estimable struct {
	Model  string
	Status Status
	Reason *Refusal
}
