package tableio

import (
	"fmt"
	"io"
)

// A Column is a named column of a tidy table: one of Text, Whole and Real holds its values.
type Column struct {
	Name  string
	Text  []string
	Whole []int64
	Real  []float64
	Null  []bool // which values are missing; nil: none
}

// WriteColumns writes a table of columns of equal length in one of the tabular formats. Text is inert as in
// [WriteResults]; a number that is not finite is an error.
func WriteColumns(w io.Writer, format Format, columns []Column) error {
	f := &frame{}
	rows := -1
	series := make([]*series, len(columns))
	for j, c := range columns {
		k, n := text, len(c.Text)
		switch {
		case c.Whole != nil:
			k, n = whole, len(c.Whole)
		case c.Real != nil:
			k, n = real, len(c.Real)
		}
		if rows < 0 {
			rows = n
		}
		if n != rows || c.Null != nil && len(c.Null) != n {
			return fmt.Errorf("column %s has %d values for %d rows", c.Name, n, rows)
		}
		series[j] = f.column(c.Name, k)
	}
	for i := range max(rows, 0) {
		for j, s := range series {
			c := columns[j]
			if c.Null != nil && c.Null[i] {
				continue
			}
			switch s.kind {
			case text:
				s.putText(c.Text[i])
			case whole:
				s.putWhole(c.Whole[i])
			case real:
				s.putReal(c.Real[i])
			}
		}
		f.end()
	}
	return f.write(w, format)
}
