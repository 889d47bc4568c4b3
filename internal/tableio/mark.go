package tableio

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// looksLikeMARK reports whether text starts with a record of program MARK: a history and a
// frequency, ended by a semicolon.
func looksLikeMARK(text []byte) bool {
	for bytes.HasPrefix(text, []byte("/*")) {
		_, rest, ok := bytes.Cut(text, []byte("*/"))
		if !ok {
			return false
		}
		text = bytes.TrimLeft(rest, " \t\r\n")
	}
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	record, _, ended := bytes.Cut(line, []byte{';'})
	fields := bytes.Fields(record)
	return ended && len(fields) >= 2 && len(fields[0]) >= 2 && len(bytes.Trim(fields[0], "01.")) == 0
}

// A markReader reads the encounter histories of program MARK (.inp): records of a history and its frequency in one
// or more groups, each ended by a semicolon, with comments between /* and */. With several groups every
// record becomes one row per group.
type markReader struct {
	file   string
	r      *bufio.Reader
	line   int // of the next byte
	at     int // line of the current record
	groups int
	record [][]byte
	buf    []byte
	group  int // group of the next row of the record
	labels [][]byte
}

func newMARKReader(r io.Reader, file string) (*markReader, error) {
	m := &markReader{file: file, r: bufio.NewReaderSize(r, 64<<10), line: 1}
	err := m.read()
	if err == io.EOF {
		return nil, m.fail(0, -1, "the file is empty: a MARK file has records such as 0101 12;")
	}
	if err != nil {
		return nil, err
	}
	m.groups = len(m.record) - 1
	for g := range m.groups {
		m.labels = append(m.labels, []byte(strconv.Itoa(g+1)))
	}
	return m, nil
}

// read reads the next record into m.record.
func (m *markReader) read() error {
	m.buf = m.buf[:0]
	started := false
	for {
		c, err := m.r.ReadByte()
		switch {
		case err == io.EOF && started:
			return m.fail(m.at, -1, "the record is not ended by a semicolon")
		case err != nil:
			return err
		case c == '/':
			if next, _ := m.r.Peek(1); len(next) == 1 && next[0] == '*' {
				if err := m.comment(); err != nil {
					return err
				}
				m.buf = append(m.buf, ' ')
				continue
			}
		case c == '\n':
			m.line++
		case c == ';':
			m.record = bytes.Fields(m.buf)
			if len(m.record) == 0 {
				m.buf = m.buf[:0]
				continue
			}
			return m.check()
		}
		if !started && c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			started = true
			m.at = m.line
		}
		if len(m.buf) == maxRecord {
			return m.fail(m.at, -1, "the record is longer than %d bytes: is a semicolon missing, or is this not a MARK file?", maxRecord)
		}
		m.buf = append(m.buf, c)
	}
}

func (m *markReader) comment() error {
	from := m.line
	m.r.ReadByte() // the *
	for last := byte(0); ; {
		c, err := m.r.ReadByte()
		if err == io.EOF {
			return m.fail(from, -1, "a comment is opened with /* and never closed with */")
		}
		if err != nil {
			return err
		}
		if last == '*' && c == '/' {
			return nil
		}
		if c == '\n' {
			m.line++
		}
		last = c
	}
}

func (m *markReader) check() error {
	h := m.record[0]
	if len(bytes.Trim(h, "01")) > 0 {
		what := quote(h) + " is not a history: it has one 0 or 1 for every occasion"
		if len(bytes.Trim(h, "01.")) == 0 {
			what = "the history " + quote(h) + " has an occasion without effort (.): leave the list out, or declare what is impossible with --absent"
		}
		return m.fail(m.at, 0, "%s", what)
	}
	if len(m.record) == 1 {
		return m.fail(m.at, -1, "the history %s has no frequency: write %s 1;", quote(h), h)
	}
	if m.groups > 0 && len(m.record)-1 != m.groups {
		return m.fail(m.at, -1, "%d frequencies where the first record has %d", len(m.record)-1, m.groups)
	}
	if len(m.record) > maxColumns {
		return m.fail(m.at, -1, "more than %d groups", maxColumns)
	}
	for g, f := range m.record[1:] {
		n, problem := wholeNumber(f)
		switch {
		case problem != "":
			return m.fail(m.at, g+1, "%s is not a frequency: %s; individual covariates are not read from MARK files", quote(f), problem)
		case n < 0:
			return m.fail(m.at, g+1, "the frequency %d is negative, MARK's way to say that animals were lost on capture: a closed population has none; remove the sign only if they stayed in it", n)
		}
	}
	return nil
}

func (m *markReader) header() []string {
	if m.groups > 1 {
		return []string{"history", "group", "count"}
	}
	return []string{"history", "count"}
}

func (m *markReader) next() ([][]byte, error) {
	if m.group == m.groups {
		if err := m.read(); err != nil {
			return nil, err
		}
		m.group = 0
	}
	m.group++
	if m.groups > 1 {
		return [][]byte{m.record[0], m.labels[m.group-1], m.record[m.group]}, nil
	}
	return m.record, nil
}

func (m *markReader) row() int        { return m.at }
func (m *markReader) number(int) bool { return false }

func (m *markReader) fail(line, column int, format string, args ...any) *SyntaxError {
	name := ""
	switch {
	case column == 0:
		name = "history"
	case column > 0:
		name = strings.TrimSpace("frequency " + strconv.Itoa(column))
	}
	return &SyntaxError{File: m.file, Line: line, Column: name, Msg: fmt.Sprintf(format, args...)}
}
