package tableio

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	maxRecord  = 1 << 20 // bytes of one record of a text file
	maxColumns = 4096    // of any file
)

// A textReader reads delimited text: fields separated by a comma, a semicolon, a tab, a bar or
// blanks, optionally in double quotes as in RFC 4180. It allocates nothing per record.
type textReader struct {
	file   string
	r      io.Reader
	buf    []byte
	pos    int // of the first byte not yet handed out
	end    int
	eof    bool
	lines  int // line breaks passed
	at     int // line on which the current record starts
	delim  byte
	names  []string
	fields [][]byte
	begun  bool // a row was read
	strict bool // the rows have as many values as the header, without names of rows
	latin  bool // some text was not UTF-8
}

// newTextReader reads the header. format TSV fixes the delimiter.
func newTextReader(r io.Reader, file string, format Format) (*textReader, error) {
	t := &textReader{file: file, r: r, buf: make([]byte, 64<<10)}
	if err := t.chooseDelimiter(format); err != nil {
		return nil, err
	}
	header, err := t.record()
	for err == nil && blank(header) {
		header, err = t.record()
	}
	if err == io.EOF {
		return nil, t.fail(0, -1, "the file is empty: the first line names the columns, and at least one row follows")
	}
	if err != nil {
		return nil, err
	}
	for j, h := range header {
		name, changed, ok := decodeLabel(h)
		if !ok {
			return nil, t.fail(t.at, -1, "the name of column %d holds bytes that are not text: is this a text file? Save it as CSV in UTF-8", j+1)
		}
		t.latin = t.latin || changed
		t.names = append(t.names, plain(strings.TrimSpace(name)))
	}
	return t, nil
}

// chooseDelimiter looks at the header and the first row, outside quotes. An Excel line "sep=;"
// decides, and is skipped.
func (t *textReader) chooseDelimiter(format Format) error {
	for t.end < len(t.buf) && !t.eof {
		if err := t.fill(); err != nil {
			return err
		}
	}
	head := t.buf[:t.end]
	if bytes.IndexByte(head, 0) >= 0 {
		return t.fail(0, -1, "the file holds zero bytes, so it is not text: tables are CSV, Parquet, Arrow, Excel or MARK files")
	}
	if rest, ok := bytes.CutPrefix(head, []byte("sep=")); ok && len(rest) >= 2 && (rest[1] == '\n' || rest[1] == '\r') {
		t.delim = rest[0]
		t.lines++
		t.pos = bytes.IndexByte(head, '\n') + 1
		return nil
	}
	if format == TSV {
		t.delim = '\t'
		return nil
	}
	var counts [2]map[byte]int
	line := 0
	counts[0] = map[byte]int{}
	inside := false
	for i, c := range head {
		switch {
		case c == '"':
			inside = !inside
		case inside:
		case c == '\n':
			if len(bytes.TrimSpace(head[:i])) == 0 {
				continue // leading blank lines
			}
			line++
			if line < 2 {
				counts[line] = map[byte]int{}
			}
		default:
			counts[line][c]++
		}
		if line == 2 {
			break
		}
	}
	best := 0
	for _, d := range []byte{',', ';', '\t', '|'} {
		// The header's count decides; a delimiter that the first row repeats as often wins over one it does not.
		score := 2 * counts[0][d]
		if counts[1] != nil && counts[1][d] == counts[0][d] {
			score++
		}
		if counts[0][d] > 0 && score > best {
			t.delim, best = d, score
		}
	}
	if best == 0 {
		t.delim = ','
		if counts[0][' '] > 0 && counts[1] != nil && counts[1][' '] > 0 {
			t.delim = ' '
		}
	}
	return nil
}

// fill reads more text into the buffer, making room first.
func (t *textReader) fill() error {
	if t.pos > 0 {
		t.end = copy(t.buf, t.buf[t.pos:t.end])
		t.pos = 0
	}
	if t.end == len(t.buf) {
		if len(t.buf) >= maxRecord {
			return t.fail(t.lines+1, t.columnAtEnd(), "the row is longer than %d bytes within this value: is a quote (\") left open, or is this not a table?", maxRecord)
		}
		t.buf = append(t.buf, make([]byte, len(t.buf))...)
	}
	for tries := 0; ; tries++ {
		n, err := t.r.Read(t.buf[t.end:])
		t.end += n
		if err == io.EOF {
			t.eof = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.file, err)
		}
		if n > 0 {
			return nil
		}
		if tries == 100 {
			return fmt.Errorf("%s: %w", t.file, io.ErrNoProgress)
		}
	}
}

// columnAtEnd is the column that the end of the buffer lies in.
func (t *textReader) columnAtEnd() int {
	column, inside := 0, false
	for _, c := range t.buf[t.pos:t.end] {
		switch {
		case c == '"':
			inside = !inside
		case c == t.delim && !inside:
			column++
		}
	}
	return column
}

// record returns the fields of the next record, which are valid until the next call;
// io.EOF after the last one.
func (t *textReader) record() ([][]byte, error) {
	scanned, quotes, breaks := 0, 0, 0
	for {
		rest := t.buf[t.pos+scanned : t.end]
		i := bytes.IndexByte(rest, '\n')
		if i < 0 && !t.eof {
			if i = len(rest); i > 0 {
				quotes += bytes.Count(rest, []byte{'"'})
				scanned += i
			}
			if err := t.fill(); err != nil {
				return nil, err
			}
			continue
		}
		if i < 0 {
			i = len(rest)
		}
		quotes += bytes.Count(rest[:i], []byte{'"'})
		scanned += i
		last := t.pos+scanned >= t.end
		if quotes%2 == 1 {
			if last {
				return nil, t.fail(t.lines+1, -1, "a quote (\") is opened in this row and never closed")
			}
			scanned++ // the line break belongs to a quoted field
			breaks++
			continue
		}
		if last && scanned == 0 {
			return nil, io.EOF
		}
		line := t.buf[t.pos : t.pos+scanned]
		t.pos += scanned
		t.at = t.lines + 1
		if !last {
			t.pos++
			t.lines++
		}
		t.lines += breaks
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		t.fields = t.fields[:0]
		err := t.split(line, quotes > 0)
		return t.fields, err
	}
}

func (t *textReader) split(line []byte, quotes bool) error {
	if quotes {
		return t.splitQuoted(line)
	}
	if t.delim == ' ' {
		t.fields = append(t.fields, bytes.Fields(line)...)
		return t.checkWidth()
	}
	for {
		i := bytes.IndexByte(line, t.delim)
		if i < 0 {
			t.fields = append(t.fields, trim(line))
			return t.checkWidth()
		}
		t.fields = append(t.fields, trim(line[:i]))
		line = line[i+1:]
		if len(t.fields) > maxColumns {
			return t.checkWidth()
		}
	}
}

func (t *textReader) checkWidth() error {
	if len(t.fields) > maxColumns {
		return t.fail(t.at, -1, "the row has more than %d columns: keep the lists, the count and the covariates only", maxColumns)
	}
	return nil
}

// splitQuoted splits a record with quotes, removing them in place.
func (t *textReader) splitQuoted(line []byte) error {
	for len(t.fields) <= maxColumns {
		if t.delim == ' ' || t.delim == '\t' {
			line = bytes.TrimLeft(line, " ")
		} else {
			line = bytes.TrimLeft(line, " \t")
		}
		if len(line) == 0 || line[0] != '"' {
			i := bytes.IndexByte(line, t.delim)
			field := line
			if i >= 0 {
				field = line[:i]
			}
			if bytes.IndexByte(field, '"') >= 0 {
				return t.fail(t.at, len(t.fields), "a quote (\") within an unquoted value: put the whole value in quotes and double the quote inside")
			}
			if t.delim != ' ' || i >= 0 || len(field) > 0 {
				t.fields = append(t.fields, trim(field))
			}
			if i < 0 {
				return t.checkWidth()
			}
			line = line[i+1:]
			continue
		}
		w := 0
		i := 1
		for {
			if i >= len(line) {
				return t.fail(t.at, len(t.fields), "a quote (\") is opened and never closed")
			}
			if line[i] == '"' {
				if i+1 < len(line) && line[i+1] == '"' {
					i++
				} else {
					break
				}
			}
			line[w] = line[i]
			w++
			i++
		}
		field := line[:w]
		rest := bytes.TrimLeft(line[i+1:], " ")
		t.fields = append(t.fields, trim(field))
		if len(rest) == 0 {
			return t.checkWidth()
		}
		if t.delim == ' ' {
			line = rest
			continue
		}
		if rest[0] != t.delim {
			return t.fail(t.at, len(t.fields)-1, "text after the closing quote (\"): double a quote that belongs to the value")
		}
		line = rest[1:]
	}
	return t.checkWidth()
}

// trim removes blanks around a value.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// blank reports whether all fields of a record are empty, as in the rows that spreadsheets
// leave below a table.
func blank(fields [][]byte) bool {
	for _, f := range fields {
		if len(f) > 0 {
			return false
		}
	}
	return true
}

func (t *textReader) header() []string { return t.names }

// next returns the next row with as many fields as the header has names.
func (t *textReader) next() ([][]byte, error) {
	for {
		fields, err := t.record()
		if err != nil {
			return nil, err
		}
		if blank(fields) {
			continue
		}
		if !t.begun && !t.strict && len(fields) == len(t.names)+1 {
			// R's write.table leaves out the name of the column of row names.
			t.names = append([]string{""}, t.names...)
		}
		t.begun = true
		if len(fields) != len(t.names) {
			return nil, t.fail(t.at, -1, "the row has %d values, the header %d: check for a missing or extra %s", len(fields), len(t.names), delimiterName(t.delim))
		}
		return fields, nil
	}
}

func (t *textReader) row() int        { return t.at }
func (t *textReader) number(int) bool { return false }
func (t *textReader) latin1() bool    { return t.latin }
func delimiterName(d byte) string {
	switch d {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case ' ':
		return "blank"
	}
	return strconv.QuoteRune(rune(d))
}

// fail makes an error about a line and a column; line 0 and column -1 mean none.
func (t *textReader) fail(line, column int, format string, args ...any) *SyntaxError {
	return &SyntaxError{File: t.file, Line: line, Column: columnName(t.names, column), Msg: fmt.Sprintf(format, args...)}
}

// columnName names a column in a message: by its name, else by its number.
func columnName(names []string, column int) string {
	if column < 0 {
		return ""
	}
	if column < len(names) && names[column] != "" {
		return names[column]
	}
	return "#" + strconv.Itoa(column+1)
}

// plain undoes what inert did to a label. See inert.
func plain(s string) string {
	rest := strings.TrimLeft(s, "'")
	if len(rest) < len(s) && startsFormula(rest) {
		return s[1:]
	}
	return s
}

// inert makes a label harmless to a spreadsheet that opens a CSV file: text that it would
// take for a formula gets an apostrophe in front, which spreadsheets read as "this is
// text". Numbers are left alone. plain undoes it.
func inert(s string) string {
	if strings.Trim(s, "0123456789.eE+-") == "" {
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return s
		}
	}
	if startsFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func startsFormula(s string) bool {
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}
