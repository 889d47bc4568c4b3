// Package reference gives tests the results of other programs and the published
// tables they belong to. Nothing but tests imports it.
//
// The numbers are in testdata/reference, in files of one form: program, version,
// platform, a tolerance with its reason, what the entries mean, and one result a line with the
// exact call that made it. testdata/README.md lists the files.
//
// Every function takes the name of a table in testdata/tables, such as "uk5", and fails
// the test when there is no result for it; the name [Every] gives the results for all
// tables. A result says where it comes from with its Source, for use in a failure message.
//
//	Table(t, "uk5")            the published table
//	Repeats(t, "immigrants")   a published table of repeat counts, in continuous time
//	AllModels(t, "uk5")        every hierarchical model: existence, N, SE, deviance, AIC, BIC
//	BestModels(t, "western")   Rcapture: the twenty models of least BIC
//	ModelCounts(t)             how many hierarchical models there are
//	Closedp(t, "hiv")          Rcapture closedp.t, twelve models M0 to Mbh
//	Closedp0(t, "hiv")         Rcapture closedp.0, from the counts by number of captures
//	ClosedpNegative(t, "hiv")  Rcapture closedp.t(neg=FALSE)
//	Corrected(t, "hiv")        Rcapture closedp.bc
//	Profiles(t, "hiv")         Rcapture closedpCI.t, with the profile interval
//	Profiles0(t, "hiv")        Rcapture closedpCI.0
//	Interactions(t, "hiv")     Rcapture closedpCI.t(mX=…): chosen log-linear models
//	Descriptive(t, "hiv")      Rcapture descriptive: f, u, v and n
//	Stepwise(t, "uk6")         SparseMSE, stepwise at six thresholds
//	Pairs(t, "uk6")            SparseMSE, main effects, all pairs, single pairs, chosen pairs
//	Existence(t, "uk6")        SparseMSE, existence over the models of pairs
//	Resamples(t, "uk6")        SparseMSE, stepwise on explicit resampled and jackknife tables
//	BCaIntervals(t, "uk6")     SparseMSE, BCa quantiles with the replicates they come from
//	BIC(t, "nl5")              MultipleSystemsEstimation, the models of least BIC
//	MSEPoint(t, "nl6")         MultipleSystemsEstimation, stepwise and main effects
//	Threshold(t, "uk5")        MultipleSystemsEstimation, Bayesian thresholding of interactions
//	CountFits(t, "immigrants-covariates")  singleRcapture: zero-truncated regressions; CountStrata, CountBootstraps
//	ConditionalFits(t, "deermice")  VGAM: conditional likelihood of Huggins and Alho
//	Persons(t, "deermice")     the rows of a table, as text
//	IncompleteFits(t, "afghans")  EM: models of partly recorded covariates; IncompleteBootstraps; CovariateTable, their tables
//	CARE1(t, "hav")            CARE1: sample coverage, and all pairs of lists
//
// Models number the lists from 1 in the order of the table, "[12,3]"; [Terms] reads them.
// [Close] compares to a relative tolerance.
package reference

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"darkfigure/estimators"
)

// Every stands for all tables of a file.
const Every = ""

// A Source says where numbers come from and how well they can be expected to agree.
type Source struct {
	Program, Version, Platform string
	Tolerance                  float64 // relative
	Reason                     string  // of the tolerance
	About                      string
}

// path finds a file below testdata from the folder of any test of the module.
func path(t testing.TB, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(append([]string{dir, "testdata"}, elem...)...)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the folder of the test")
		}
		dir = parent
	}
}

func read(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(path(t, elem...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// load reads the results of one file that keep says to keep. Unknown fields are
// errors: a number that no test can see is not a reference.
func load[T any](t testing.TB, file string, keep func(T) bool) (Source, []T) {
	t.Helper()
	var in struct {
		Source
		Results []T
	}
	d := json.NewDecoder(bytes.NewReader(read(t, "reference", file)))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	out := slices.DeleteFunc(in.Results, func(r T) bool { return !keep(r) })
	if len(out) == 0 {
		t.Fatalf("%s has no such result", file)
	}
	return in.Source, out
}

// records reads a CSV file of testdata with # comments: its header, and its rows.
func records(t testing.TB, elem ...string) ([]string, [][]string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(read(t, elem...)))
	r.Comment = '#'
	all, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", filepath.Join(elem...), err)
	}
	if len(all) == 0 {
		t.Fatalf("%s is empty", filepath.Join(elem...))
	}
	return all[0], all[1:]
}

// Table returns the published table in testdata/tables/NAME.csv: 0/1 columns and count.
func Table(t testing.TB, name string) *estimators.Table {
	t.Helper()
	head, rows := records(t, "tables", name+".csv")
	k := len(head) - 1
	if head[k] != "count" {
		t.Fatalf("%s: the last column is %q, not count", name, head[k])
	}
	var cells []estimators.Cell
	for _, row := range rows {
		p, err := estimators.ParseHistory(strings.Join(row[:k], ""))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n, err := strconv.ParseInt(row[k], 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cells = append(cells, estimators.Cell{Pattern: p, Count: n})
	}
	table, err := estimators.NewTable(head[:k], nil, cells)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return table
}

// Repeats returns the published repeat counts in testdata/tables/NAME.csv, in
// continuous time.
func Repeats(t testing.TB, name string) *estimators.Frequencies {
	t.Helper()
	head, rows := records(t, "tables", name+".csv")
	if len(head) != 2 || head[1] != "count" {
		t.Fatalf("%s: columns %v, not a number of captures and count", name, head)
	}
	var counts []int64
	for _, row := range rows {
		j, err1 := strconv.Atoi(row[0])
		n, err2 := strconv.ParseInt(row[1], 10, 64)
		if err1 != nil || err2 != nil || j < 1 {
			t.Fatalf("%s: row %v", name, row)
		}
		for len(counts) < j {
			counts = append(counts, 0)
		}
		counts[j-1] += n
	}
	f, err := estimators.NewFrequencies(counts, 0)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// Terms reads a model such as "[123,14]" over at most nine lists as its generators.
func Terms(t testing.TB, model string) []estimators.Pattern {
	t.Helper()
	inner, ok := strings.CutPrefix(model, "[")
	inner, ok2 := strings.CutSuffix(inner, "]")
	if !ok || !ok2 {
		t.Fatalf("model %q has no brackets", model)
	}
	var out []estimators.Pattern
	for g := range strings.SplitSeq(inner, ",") {
		out = append(out, pattern(t, g))
	}
	return out
}

func pattern(t testing.TB, digits string) estimators.Pattern {
	t.Helper()
	var p estimators.Pattern
	for _, c := range digits {
		if c < '1' || c > '9' {
			t.Fatalf("%q is not a set of lists 1 to 9", digits)
		}
		p |= 1 << uint(c-'1')
	}
	return p
}

// Close reports whether got agrees with want to a relative tolerance; below 1 the
// tolerance is absolute, for deviances that are zero but for rounding.
func Close(got, want, tolerance float64) bool {
	if math.IsNaN(got) || math.IsNaN(want) {
		return false
	}
	return got == want || math.Abs(got-want) <= tolerance*max(1, math.Abs(want))
}
