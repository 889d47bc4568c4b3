package tableio

import (
	"fmt"
	"strconv"
	"strings"
)

// A SyntaxError is a bad table: what is wrong, where, and what to do about it. Of
// Line, Row and Cell the one is set that fits the kind of file.
type SyntaxError struct {
	File   string // base name, "-" for standard input
	Line   int    // of a text file, from 1
	Row    int    // of a Parquet or Arrow file, from 1
	Cell   string // of an Excel sheet, as in "Sheet1!B7"
	Column string // name of the column concerned, or its number when it has none; "" for a whole row
	Msg    string
}

// Error is the position and the message, as in `uk.csv:7: column "NG": …`.
func (e *SyntaxError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.File == "-" {
		b.Reset()
		b.WriteString("standard input")
	}
	if e.Line > 0 {
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(e.Line))
	}
	b.WriteString(": ")
	switch {
	case e.Cell != "":
		fmt.Fprintf(&b, "cell %s: ", e.Cell)
	case e.Row > 0:
		fmt.Fprintf(&b, "row %d: ", e.Row)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, "column %s: ", quote(e.Column))
	}
	b.WriteString(e.Msg)
	return b.String()
}

// quote shows a value from a file within a message: quoted, control characters
// escaped, and cut when it is long.
func quote[T string | []byte](v T) string {
	s := string(v)
	if len(s) > 60 {
		s = s[:57] + "…"
	}
	return strconv.Quote(strings.ToValidUTF8(s, "�"))
}
