package tableio_test

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// read reads a table from bytes, as from standard input.
func read(b []byte, opts tableio.Options) (*tableio.Read, error) {
	return tableio.ReadTable(context.Background(), tableio.Source{Path: "-", Stdin: bytes.NewReader(b)}, opts)
}

func drawTable(t *rapid.T) *estimators.Table {
	name := label.Filter(func(s string) bool {
		l := strings.ToLower(s)
		return !slices.Contains([]string{"n", "ch", "count", "counts", "freq"}, l) && !strings.HasPrefix(l, "in_") && strings.TrimSpace(s) == s
	})
	level := rapid.OneOf(rapid.SampledFrom([]string{"=1+1", "-1", "-x", "'=a", "a,b", "a;b\nc", `"q"`, "é<b>", "2013", "1.50", "@x"}), label).Filter(func(s string) bool {
		return strings.TrimSpace(s) == s && s != "NA" && s != ""
	})
	names := rapid.SliceOfNDistinct(name, 1, 6, rapid.ID).Draw(t, "names")
	k := rapid.IntRange(1, len(names)).Draw(t, "k")
	lists, covariates := names[:k], names[k:]
	cells := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) estimators.Cell {
		c := estimators.Cell{Pattern: estimators.Pattern(rapid.Uint32Range(1, uint32(estimators.FullPattern(k))).Draw(t, "p")), Count: rapid.Int64Range(0, 1<<40).Draw(t, "n")}
		for range covariates {
			l := level.Draw(t, "level")
			if rapid.IntRange(0, 4).Draw(t, "missing") == 0 {
				l = ""
			}
			c.Levels = append(c.Levels, l)
		}
		return c
	}), 1, 8).Draw(t, "cells")
	seen := map[string]bool{}
	for i := range cells { // structural zeros where nobody is
		key := cells[i].Pattern.History(k) + strings.Join(cells[i].Levels, "\x00")
		if cells[i].Count == 0 && !seen[key] && rapid.Bool().Draw(t, "structural") {
			cells[i].StructuralZero = !slices.ContainsFunc(cells, func(c estimators.Cell) bool {
				return c.Count > 0 && c.Pattern.History(k)+strings.Join(c.Levels, "\x00") == key
			})
		}
		seen[key] = true
	}
	table, err := estimators.NewTable(lists, covariates, cells)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTableRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawTable(t)
		for _, format := range tabular {
			var b, again bytes.Buffer
			if err := tableio.WriteTable(&b, format, want); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if err := tableio.WriteTable(&again, format, want); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
				t.Fatalf("%s: written twice, the bytes differ (%v)", format, err)
			}
			got, err := read(b.Bytes(), tableio.Options{Lists: want.Lists()})
			if len(want.Cells()) == 0 && len(want.Covariates()) == 0 {
				if err == nil {
					t.Fatalf("%s: a table without rows was read", format)
				}
				continue
			}
			if err != nil {
				if strings.Contains(err.Error(), "header but no rows") && len(want.Cells()) == 0 {
					continue
				}
				t.Fatalf("%s: %v\n%q", format, err, b.Bytes())
			}
			if got.Format != format && format != tableio.TSV {
				t.Errorf("%s was taken for %s", format, got.Format)
			}
			if d := cmp.Diff(want.Covariates(), got.Table.Covariates()); d != "" {
				t.Fatalf("%s: %s", format, d)
			}
			if want.SHA256() != got.Table.SHA256() {
				t.Fatalf("%s: %s", format, cmp.Diff(want.Cells(), got.Table.Cells()))
			}
		}
	})
}

// spread reads back what a tabular format holds, through the reader of tables: every tidy column is a covariate but
// one that plays a list.
func TestTidyRows(t *testing.T) {
	r := small()
	r.Run.Seed = 7
	r.Data.Definition = "all, but one"
	r.Estimates[0].LowerBound = true
	r.Estimates[0].Warnings = append(r.Estimates[0].Warnings, r.Estimates[0].Warnings...) // a code is said once
	r.Estimates[0].Selection = &estimators.Selection{Candidates: []estimators.Candidate{{Population: 40.5, Weight: 0.6, Chosen: true}, {Population: 81.25, Weight: 0.3}, {Population: 30.5, Weight: 0.1}, {Population: 900}}}
	want := `method,model,year,observed,hidden,population,se,lower,upper,level,interval,visibility,visibility_lower,visibility_upper,parameters,df,deviance,loglik,aic,bic,status,reason,seed,bound,warnings,near_lower,near_upper,source,sha256,period,definition
chapman,,2013,30,10.5,40.5,2.25,32,,0.95,waring,0.7407407407407407,0,0.9375,,,,,,,warning,,7,at least,unbounded-upper,30.5,81.25,uk.csv,00,2013,"all, but one"
petersen,,2013,30,,,,,,,,,,,,,,,,,refused,no-overlap,7,,,,,uk.csv,00,2013,"all, but one"
`
	var b strings.Builder
	if err := tableio.WriteResults(&b, tableio.CSV, r); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	// Strata called like a column get a prefix; models add their weight; what is not known of the data has no column.
	r.Data.Period, r.Data.Definition = "", ""
	r.Models, r.Weights, r.Estimates = r.Estimates, []float64{0.75, 0}, nil
	r.Models[0].Stratum = []estimators.Label{{Name: "level", Level: "=1"}}
	r.Models[0].Model = "[LA*NG]"
	r.Models[0].Fit = &estimators.Fit{Parameters: 3, DF: 0, Deviance: 1e-9, LogLik: -5.5, AIC: 17, BIC: 1e22}
	b.Reset()
	if err := tableio.WriteResults(&b, tableio.CSV, r); err != nil {
		t.Fatal(err)
	}
	want = `method,model,stratum_level,year,observed,hidden,population,se,lower,upper,level,interval,visibility,visibility_lower,visibility_upper,parameters,df,deviance,loglik,aic,bic,status,reason,seed,weight,bound,warnings,near_lower,near_upper,source,sha256
chapman,[LA*NG],'=1,,30,10.5,40.5,2.25,32,,0.95,waring,0.7407407407407407,0,0.9375,3,0,1e-09,-5.5,17,1e+22,warning,,7,0.75,at least,unbounded-upper,30.5,81.25,uk.csv,00
petersen,,,2013,30,,,,,,,,,,,,,,,,,refused,no-overlap,7,0,,,,,uk.csv,00
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestResultsInEveryFormat(t *testing.T) {
	r := small()
	for _, format := range append(slices.Clone(tabular), tableio.JSON) {
		var a, b bytes.Buffer
		if err := tableio.WriteResults(&a, format, r); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if err := tableio.WriteResults(&b, format, r); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: written twice, the bytes differ (%v)", format, err)
		}
		r.Estimates[0].SE = math.Inf(1)
		if err := tableio.WriteResults(&b, format, r); err == nil {
			t.Errorf("%s: an infinite standard error was written", format)
		}
		r.Estimates[0].SE = 2.25
		if format == tableio.JSON {
			continue
		}
		// The same rows come back from every format: read them as a table whose list is a made-up column.
		if _, err := read(a.Bytes(), tableio.Options{}); err == nil || !strings.Contains(err.Error(), "this is a file of results, not a table: give the table they were made from, uk.csv") {
			t.Errorf("%s: taken for a table: %v", format, err)
		}
		got, err := read(a.Bytes(), tableio.Options{Lists: []string{"seed"}, Count: "observed"})
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if n := got.Table.Observed(); n != 60 {
			t.Errorf("%s: %d observed in two rows of 30", format, n)
		}
		for _, c := range got.Table.Cells() {
			if c.Levels[0] == "petersen" && c.Levels[3] != "" {
				t.Errorf("%s: a refused population reads %q", format, c.Levels[3])
			}
		}
	}
	if err := tableio.WriteResults(&bytes.Buffer{}, "markdown", r); err == nil {
		t.Error("markdown was written")
	}
}

func TestDescriptionRows(t *testing.T) {
	r := estimators.Results{Data: estimators.Data{Source: "uk.csv", SHA256: "00", Lists: []string{"LA", "NG"}}, Description: &estimators.Description{
		Warnings: []estimators.Warning{{Code: "covers-everybody", Lists: []string{"LA"}}, {Code: "no-overlap-pair", Lists: []string{"LA", "NG"}}},
		Lists:    []estimators.ListSummary{{Name: "LA", Total: 30, Only: 20, Shared: 10, Of: 1}, {Name: "NG", Total: 10, Only: 0, Shared: 10, Of: 0.25}},
		Pairs:    []estimators.Pair{{A: 0, B: 1, Both: 10, Expected: 10, Population: 40.5, SE: 2, Status: estimators.OK, Interval: estimators.Interval{Kind: estimators.Waring, Level: 0.95, Lower: 32, Upper: math.Inf(1)}}}}}
	var b strings.Builder
	if err := tableio.WriteResults(&b, tableio.CSV, r); err != nil {
		t.Fatal(err)
	}
	want := `what,list,other,persons,only,shared,share_of_observed,expected,odds_ratio,population,se,lower,upper,level,interval,status,reason,warnings,source,sha256
list,LA,,30,20,10,1,,,,,,,,,,,covers-everybody,uk.csv,00
list,NG,,10,0,10,0.25,,,,,,,,,,,,uk.csv,00
pair,LA,NG,10,,,,10,,40.5,2,32,,0.95,waring,ok,,no-overlap-pair,uk.csv,00
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

// A writer that fails must give its error, whatever the library in between does.
func TestWritersReportFailure(t *testing.T) {
	for _, format := range append(slices.Clone(tabular), tableio.JSON) {
		for _, after := range []int{0, 3, 100} {
			if err := tableio.WriteResults(&failing{after}, format, small()); err == nil {
				t.Errorf("%s: a full disk after %d bytes went unnoticed", format, after)
			}
		}
	}
}
