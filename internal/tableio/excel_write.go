package tableio

import (
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Limits of a sheet.
const (
	sheetRows    = 1 << 20
	sheetColumns = 1 << 14
	sheetText    = 32767 // characters of a cell
)

// writeExcel writes frames as sheets. Text is stored as text, never as a formula; null is an empty cell.
func writeExcel(w io.Writer, sheets ...*frame) (err error) {
	defer rescue(&err, "writing Excel")
	book := excelize.NewFile()
	defer book.Close()
	const never = "2006-01-02T15:04:05Z" // the moment of writing is no part of a result
	if err := book.SetDocProps(&excelize.DocProperties{Creator: "darkfigure", LastModifiedBy: "darkfigure", Created: never, Modified: never}); err != nil {
		return fmt.Errorf("writing Excel: %w", err)
	}
	for i, f := range sheets {
		if f.err != nil {
			return f.err
		}
		name := fmt.Sprintf("Sheet%d", i+1)
		if i > 0 {
			name = "About"
			if _, err := book.NewSheet(name); err != nil {
				return fmt.Errorf("writing Excel: %w", err)
			}
		}
		// The library writes sheets that are streamed in random order: only the first one, which may be long, is.
		set, flush := func(cell string, row []any) error { return book.SetSheetRow(name, cell, &row) }, func() error { return nil }
		if i == 0 {
			out, err := book.NewStreamWriter(name)
			if err != nil {
				return fmt.Errorf("writing Excel: %w", err)
			}
			set, flush = func(cell string, row []any) error { return out.SetRow(cell, row) }, out.Flush
		}
		if err := f.writeSheet(set); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return fmt.Errorf("writing Excel: %w", err)
		}
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("writing Excel: %w", err)
	}
	return nil
}

// writeSheet hands the header and the rows to set, with the first cell of each.
func (f *frame) writeSheet(set func(cell string, row []any) error) error {
	if f.rows+1 > sheetRows || len(f.columns) > sheetColumns {
		return fmt.Errorf("%d rows of %d columns are more than an Excel sheet holds (%d and %d): write csv or parquet", f.rows, len(f.columns), sheetRows-1, sheetColumns)
	}
	row := make([]any, len(f.columns))
	for j, s := range f.columns {
		row[j] = s.name
	}
	for i := -1; i < f.rows; i++ {
		if i >= 0 {
			for j, s := range f.columns {
				row[j] = nil
				if !s.present[i] {
					continue
				}
				switch s.kind {
				case text:
					if utf8.RuneCountInString(s.text[i]) > sheetText {
						return fmt.Errorf("%s in row %d is longer than the %d characters of an Excel cell: write csv or parquet", s.name, i+1, sheetText)
					}
					row[j] = s.text[i]
				case whole:
					row[j] = s.whole[i]
				case real:
					row[j] = s.real[i]
				}
			}
		}
		if err := set(fmt.Sprintf("A%d", i+2), row); err != nil {
			return fmt.Errorf("writing Excel: %w", err)
		}
	}
	return nil
}
