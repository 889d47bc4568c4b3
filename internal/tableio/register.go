package tableio

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// RegisterOptions say what to read of a register.
type RegisterOptions struct {
	Columns []string // names in the file's header, in the order in which rows give their values; one may come twice
	Missing []string // values that stand for a missing one, whatever their case
	Format  Format   // of the file; Auto recognises it by content and name
}

// RegisterInfo is what was read of a register, and how.
type RegisterInfo struct {
	Source  string // base name of the file, or "-"
	Format  Format // as recognised
	Sheet   string // of an Excel file
	SHA256  string // of the file, in hexadecimal
	Rows    int64  // records; rows without any value are none
	Missing []int64
	// From1904 says that dates in an Excel file that are numbers count from 1 January 1904.
	From1904 bool
	// Decoded values were not UTF-8 and were read as Windows-1252; Accented ones hold letters beyond ASCII in UTF-8.
	// A file that has both was put together from several.
	Decoded, Accented int64
	Notes             []string // for the reader: the sheet that was read, and what is odd about the text
}

// Where names the place of a record, for an exclusion or a message: police.csv:17, and for files
// without lines police.parquet, row 17.
func (r RegisterInfo) Where(line int) string {
	name := r.Source
	if name == "-" {
		name = "standard input"
	}
	switch r.Format {
	case CSV, TSV:
		return fmt.Sprintf("%s:%d", name, line)
	case Excel:
		return fmt.Sprintf("%s, sheet %s, row %d", name, r.Sheet, line)
	}
	return fmt.Sprintf("%s, row %d", name, line)
}

// ReadRegister calls row for every record of a register, in order, with the values of the columns asked for: text as it
// stands there without blanks around it, empty when it is missing. line is that of a text file on which the record starts,
// the row of an Excel sheet, and else the number of the record. values are overwritten by the next record; the strings
// are not. An error of row ends the reading and is returned as it is.
//
// Delimiters, byte order marks, line ends and encodings are recognised as [ReadTable] does; text that is not UTF-8
// is read as Windows-1252. Memory does not grow with the number of rows of a text file, and no value is longer than 1 MB. A
// column that is not there, a row of another length than the header, a second header, a zero byte, and a file without
// records are a [*SyntaxError] with file and line: no record is passed over in silence.
func ReadRegister(ctx context.Context, src Source, o RegisterOptions, row func(line int, values []string) error) (RegisterInfo, error) {
	var r *register
	if err := ctx.Err(); err != nil {
		return RegisterInfo{}, err
	}
	if len(o.Columns) == 0 {
		return RegisterInfo{}, fmt.Errorf("no column of the register is asked for")
	}
	err := src.open(func(in input) error {
		digest := sha256.New()
		all := io.TeeReader(in.r, digest)
		in.r = all
		rows, format, err := in.registerRecords(ctx, o.Format)
		if err != nil {
			return err
		}
		r = &register{rows: rows, o: o, info: RegisterInfo{Source: in.name, Format: format, Missing: make([]int64, len(o.Columns))}}
		if err := r.read(ctx, row); err != nil {
			return err
		}
		// What was read elsewhere, or not at all, is part of the file too.
		if _, err := io.Copy(io.Discard, &cancelled{ctx, all}); err != nil {
			return err
		}
		r.info.SHA256 = hex.EncodeToString(digest.Sum(nil))
		return nil
	})
	if err != nil {
		return RegisterInfo{}, err
	}
	return r.info, nil
}

// RegisterHeader returns the names of the columns of a register.
func RegisterHeader(ctx context.Context, src Source, format Format) ([]string, error) {
	var names []string
	err := src.open(func(in input) error {
		rows, _, err := in.registerRecords(ctx, format)
		if err == nil {
			names = rows.header()
		}
		return err
	})
	return names, err
}

// registerRecords is records for a register, which is no file of program MARK.
func (in input) registerRecords(ctx context.Context, format Format) (records, Format, error) {
	if format == MARK || format == JSON {
		return nil, format, fmt.Errorf("%s: registers are not read from the format %q: use csv, tsv, parquet, arrow or xlsx", in.name, format)
	}
	in.register = true
	rows, format, err := in.records(ctx, format)
	if t, ok := rows.(*textReader); ok && err == nil {
		t.strict = true
	}
	return rows, format, err
}

// A register is being read.
type register struct {
	rows    records
	o       RegisterOptions
	info    RegisterInfo
	columns []int // in the file, of each asked for
	shared  []sharing
	odd     int64 // values that do not look like Windows-1252 either
	oddRow  int
	oddAt   int
}

func (r *register) read(ctx context.Context, row func(int, []string) error) error {
	if err := r.find(); err != nil {
		return err
	}
	if x, ok := r.rows.(*excelReader); ok {
		r.info.Sheet, r.info.From1904 = x.sheet, x.from1904
		if note := x.sheetNote(); note != "" {
			r.info.Notes = append(r.info.Notes, note)
		}
	}
	names := r.rows.header()
	values := make([]string, len(r.columns))
	r.shared = make([]sharing, len(r.columns))
	for {
		if r.info.Rows&0xfff == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		fields, err := r.rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		at := r.rows.row()
		if r.repeatsHeader(names, fields) {
			return r.rows.fail(at, -1, "the row repeats the names of the columns: remove it, a register has one header")
		}
		for i, j := range r.columns {
			if values[i], err = r.value(at, i, j, fields[j]); err != nil {
				return err
			}
		}
		r.info.Rows++
		if err := row(at, values); err != nil {
			return err
		}
	}
	if r.info.Rows == 0 {
		return r.rows.fail(0, -1, "the register has a header but no records")
	}
	if 2*r.odd > r.info.Decoded {
		return r.rows.fail(r.oddRow, r.oddAt, "the value does not look like text in Windows-1252, nor is it UTF-8: the file may come from DOS (code page 850) or an old Macintosh; save it in UTF-8")
	}
	if r.info.Decoded > 0 {
		note := fmt.Sprintf("%d values are not UTF-8 and were read as Windows-1252", r.info.Decoded)
		if r.info.Accented > 0 {
			note += fmt.Sprintf("; %d others are UTF-8, so that the file seems to be put together from several", r.info.Accented)
		}
		r.info.Notes = append(r.info.Notes, note)
	}
	return nil
}

// find looks for the columns in the header.
func (r *register) find() error {
	names := r.rows.header()
	for _, name := range r.o.Columns {
		at := -1
		for j, n := range names {
			if n != name {
				continue
			}
			if at >= 0 {
				return r.rows.fail(0, j, "the columns %d and %d have the same name: rename one", at+1, j+1)
			}
			at = j
		}
		if at < 0 {
			if line, err := r.headerBelow(); err != nil {
				return err
			} else if line > 0 {
				return r.rows.fail(line, -1, "the names of the columns stand here and not in the first row: remove what is above")
			}
			var named []string
			for _, n := range names {
				if n != "" {
					named = append(named, n)
				}
			}
			return r.rows.fail(0, -1, "there is no column %s%s", quote(name), suggest(name, named))
		}
		r.columns = append(r.columns, at)
	}
	return nil
}

// headerBelow looks in the next rows for one that has all names, below a title or a first header; 0 when there is none.
// It returns no errors but those of reading: the rows are not of the register yet.
func (r *register) headerBelow() (int, error) {
	for range 10 {
		line := ""
		switch rows := r.rows.(type) {
		case *textReader:
			fields, err := rows.record()
			if err != nil {
				return 0, nil
			}
			line = string(bytes.Join(fields, []byte{rows.delim}))
		case *excelReader:
			if rows.readRow() != nil {
				return 0, nil
			}
			for _, c := range rows.cells {
				line += c.value + "\n"
			}
		default:
			return 0, nil
		}
		all := true
		for _, name := range r.o.Columns {
			all = all && strings.Contains(line, name)
		}
		if all && len(r.o.Columns) > 1 {
			return r.rows.row(), nil
		}
	}
	return 0, nil
}

// repeatsHeader recognises the header of a file that was put behind another, and a second one.
func (r *register) repeatsHeader(names []string, fields [][]byte) bool {
	for _, j := range r.columns {
		if len(fields[j]) != len(names[j]) || !strings.EqualFold(string(fields[j]), names[j]) {
			return false
		}
	}
	return true
}

// value decodes the value of a column.
func (r *register) value(at, i, j int, v []byte) (string, error) {
	if len(v) > maxCellText {
		return "", r.rows.fail(at, j, "the value has %d bytes, more than the %d a register may have", len(v), maxCellText)
	}
	ascii := true
	for _, c := range v {
		if c == 0 {
			return "", r.rows.fail(at, j, "the value holds a zero byte: the file is damaged, or not text")
		}
		ascii = ascii && c < 0x80
	}
	if v = bytes.TrimSpace(v); len(v) == 0 {
		r.info.Missing[i]++
		return "", nil
	}
	for _, code := range r.o.Missing {
		if len(code) == len(v) && bytes.EqualFold(v, []byte(code)) {
			r.info.Missing[i]++
			return "", nil
		}
	}
	if !ascii {
		if utf8.Valid(v) {
			r.info.Accented++
		} else {
			s, _, ok := decodeLabel(v)
			if !ok {
				return "", r.rows.fail(at, j, "the value is text in neither UTF-8 nor Windows-1252: save the file in UTF-8")
			}
			r.info.Decoded++
			if oddAccents(s) {
				if r.odd == 0 {
					r.oddRow, r.oddAt = at, j
				}
				r.odd++
			}
			v = []byte(s)
		}
	}
	if _, text := r.rows.(*textReader); text && v[0] == '\'' {
		return plain(string(v)), nil
	}
	return r.shared[i].get(v), nil
}

// oddAccents tells text that was written in another code page than Windows-1252: it has punctuation where
// accented letters belong, and capitals within words.
func oddAccents(s string) bool {
	before := rune(0)
	for i, c := range s {
		_, n := utf8.DecodeRuneInString(s[i:])
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		if unicode.IsLetter(before) {
			switch {
			case strings.ContainsRune("‚ƒˆ‰", c), unicode.IsLower(before) && strings.ContainsRune("ŠŽŸŒ", c):
				return true
			case unicode.IsLetter(next) && strings.ContainsRune("„†‡‹“”•˜™›", c):
				return true
			}
		}
		before = c
	}
	return false
}

// sharing gives equal values of a column one string, as long as that saves memory.
type sharing struct {
	known       map[string]string
	asked, same int
}

const (
	maxShareds     = 1 << 16 // values
	maxSharedValue = 64      // bytes
)

func (s *sharing) get(v []byte) string {
	if len(v) > maxSharedValue || s.asked >= 4096 && 2*s.same < s.asked {
		return string(v)
	}
	s.asked++
	if x, ok := s.known[string(v)]; ok {
		s.same++
		return x
	}
	x := string(v)
	if s.known == nil {
		s.known = map[string]string{}
	}
	if len(s.known) < maxShareds {
		s.known[x] = x
	}
	return x
}
