package tableio

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// A frame is a table by columns, ready to be written in any tabular format.
type frame struct {
	columns []*series
	rows    int
	err     error // the first number that is not finite
}

// A series is one column; exactly one of its slices of values is used, and present says
// which values are not null.
type series struct {
	name    string
	kind    kind
	text    []string
	whole   []int64
	real    []float64
	present []bool
}

type kind int

const (
	text kind = iota
	whole
	real
)

// column adds a column to a frame without rows.
func (f *frame) column(name string, k kind) *series {
	s := &series{name: name, kind: k}
	f.columns = append(f.columns, s)
	return s
}

// end closes a row: columns without a value are null in it.
func (f *frame) end() {
	f.rows++
	for _, s := range f.columns {
		if len(s.present) == f.rows {
			if s.kind == real && s.present[f.rows-1] {
				if x := s.real[f.rows-1]; f.err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
					f.err = fmt.Errorf("%s in row %d is %v, not a finite number", s.name, f.rows, x)
				}
			}
			continue
		}
		s.present = append(s.present, false)
		switch s.kind {
		case text:
			s.text = append(s.text, "")
		case whole:
			s.whole = append(s.whole, 0)
		case real:
			s.real = append(s.real, 0)
		}
	}
}

func (s *series) putText(v string) { s.text, s.present = append(s.text, v), append(s.present, true) }
func (s *series) putWhole(v int64) { s.whole, s.present = append(s.whole, v), append(s.present, true) }
func (s *series) putReal(v float64) {
	s.real, s.present = append(s.real, v), append(s.present, true)
}

// write writes the frame in a tabular format.
func (f *frame) write(w io.Writer, format Format) error {
	if f.err != nil {
		return f.err
	}
	switch format {
	case CSV:
		return f.writeText(w, ',')
	case TSV:
		return f.writeText(w, '\t')
	case Parquet:
		return f.writeParquet(w)
	case Arrow:
		return f.writeArrow(w)
	case Excel:
		return writeExcel(w, f)
	}
	return fmt.Errorf("tables are not written in the format %q: use csv, tsv, parquet, arrow or xlsx", format)
}

// writeText writes delimited text; null is empty, text is inert.
func (f *frame) writeText(w io.Writer, delimiter rune) error {
	out := csv.NewWriter(w)
	out.Comma = delimiter
	record := make([]string, len(f.columns))
	for j, s := range f.columns {
		record[j] = inert(s.name)
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for i := range f.rows {
		for j, s := range f.columns {
			record[j] = ""
			if !s.present[i] {
				continue
			}
			switch s.kind {
			case text:
				record[j] = inert(s.text[i])
			case whole:
				record[j] = strconv.FormatInt(s.whole[i], 10)
			case real:
				record[j] = formatReal(s.real[i])
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formatReal is the shortest text that reads back as the same number, as in JSON.
func formatReal(x float64) string {
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
