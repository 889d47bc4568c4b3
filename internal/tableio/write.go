package tableio

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// WriteResults writes results: as JSON the whole (see [ReadResults]), in the other formats
// one tidy row per estimate, per model, per departure of a sensitivity analysis, or per list and pair of lists. An Excel file has a second sheet with
// the text of the warnings, what to do about them, and where the results come from. The same results give the same bytes.
//
// Names and levels from the data are inert in all formats: no HTML in JSON, no spreadsheet formulas
// in CSV and Excel. A number that is not finite and has no meaning (NaN) is an error.
func WriteResults(w io.Writer, format Format, r estimators.Results) error {
	switch format {
	case JSON:
		return writeJSON(w, r)
	case CSV, TSV, Parquet, Arrow, Excel:
		f := tidy
		switch {
		case r.Models != nil || r.Estimates != nil:
		case r.Sensitivity != nil:
			f = departures
		case r.Description != nil:
			f = overlaps
		}
		if format == Excel {
			return writeExcel(w, f(r), about(r))
		}
		return f(r).write(w, format)
	}
	return fmt.Errorf("results are not written in the format %q: use json, csv, tsv, parquet, arrow or xlsx", format)
}

// WriteTable writes a capture-history table: one 0/1 column per list, the covariates, count and, when there
// are any, structural_zero, one row per cell. [ReadTable] gives the same table back, except its period; a covariate that is
// itself 0/1 needs [Options.Lists] then. A level that no cell has is kept by a row with count 0.
func WriteTable(w io.Writer, format Format, t *estimators.Table) error {
	f := &frame{}
	lists, covariates, cells := t.Lists(), t.Covariates(), t.Cells()
	names := slices.Clone(lists)
	on := make([]*series, len(lists))
	for i, name := range lists {
		on[i] = f.column(name, whole)
	}
	levels := make([]*series, len(covariates))
	unmet := make([][]string, len(covariates)) // levels without a cell
	for j, c := range covariates {
		levels[j] = f.column(c.Name, text)
		names = append(names, c.Name)
		met := map[string]bool{}
		for _, cell := range cells {
			met[cell.Levels[j]] = true
		}
		for _, l := range c.Levels {
			if !met[l] {
				unmet[j] = append(unmet[j], l)
			}
		}
	}
	for _, name := range names {
		if slices.Contains(reservedNames, strings.ToLower(name)) {
			return fmt.Errorf("a list or covariate is called %q, which is the name of another column of a table: rename it", name)
		}
	}
	count := f.column("count", whole)
	var zero *series
	if slices.ContainsFunc(cells, func(c estimators.Cell) bool { return c.StructuralZero }) {
		zero = f.column("structural_zero", whole)
	}
	row := func(p estimators.Pattern, n int64, structural bool) {
		for i := range lists {
			on[i].putWhole(int64(p >> uint(i) & 1))
		}
		count.putWhole(n)
		if zero != nil {
			zero.putWhole(int64(bit(structural)))
		}
		f.end()
	}
	for _, c := range cells {
		for j, l := range c.Levels {
			if l != "" {
				levels[j].putText(l)
			}
		}
		row(c.Pattern, c.Count, c.StructuralZero)
	}
	for j := range covariates {
		for _, l := range unmet[j] {
			levels[j].putText(l)
			row(1, 0, false)
		}
	}
	return f.write(w, format)
}

// reservedNames have a meaning of their own in a table.
var reservedNames = []string{"count", "structural_zero", ""}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
