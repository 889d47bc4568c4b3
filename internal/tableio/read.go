package tableio

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"darkfigure/estimators"
)

// A Source is where a table is read from.
type Source struct {
	Path  string    // of a file, for Excel with #Sheet behind it for another than the first sheet; "-" reads Stdin
	Stdin io.Reader // read when Path is "-"
}

// Options say how to read a table where that cannot, or should not, be recognised.
type Options struct {
	Lists  []string // columns that are lists, in this order; for histories in one column, the names of the lists
	Count  string   // column that holds the number of persons
	Ignore []string // columns to leave out
	// Covariates are columns that are covariates whatever their values look like: of 0 and 1, or different for everybody.
	Covariates []string
	// Absent declares patterns impossible by design. "NG:year=2013" says that the list NG did not run
	// at that level of the covariate, so that every pattern with NG is a structural zero there; several
	// conditions are joined by commas. "A*B" says that nobody can be on both lists, so that every pattern with
	// both is a structural zero; it may have conditions too.
	Absent []string
	Period string // what the counts are about, as in "2013"
	Format Format // of the file; Auto recognises it by content and name
}

// Read is a table that was read, and what was made of it.
type Read struct {
	Table    *estimators.Table
	Source   string    // base name of the file, or "-"
	Format   Format    // as recognised
	Persons  bool      // every row was one person: there is no count column
	Rows     int64     // rows of data
	Notes    []string  // what was recognised, added up and ignored, for the reader
	Identity *Identity // the column that tells persons apart; nil when none was found
}

// An Identity is what a column that tells persons apart says. It is no covariate of the table.
type Identity struct {
	Column string
	Again  int64 // rows whose person stands in an earlier row
	Same   int64 // of these, rows with the same levels of all covariates as an earlier row of the person
}

// ReadTable reads a capture-history table in any of the formats and conventions
// described in the package comment. A bad table is a [*SyntaxError]; a cancelled context
// returns its error. A table with one list is returned as it is.
func ReadTable(ctx context.Context, src Source, opts Options) (*Read, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var read *Read
	err := src.open(func(in input) error {
		rows, format, err := in.records(ctx, opts.Format)
		if err != nil {
			return err
		}
		if read, err = readRecords(ctx, rows, opts); err != nil {
			return err
		}
		read.Source, read.Format = in.name, format
		return nil
	})
	if err != nil {
		return nil, err
	}
	return read, nil
}

// An input is an open file or stream.
type input struct {
	r           io.Reader
	at          io.ReaderAt // not nil for a file of a known size
	size        int64
	name, sheet string
	register    bool // of records: it may look like a file of program MARK, and is none
}

// open opens the source for the time of a call of f.
func (src Source) open(f func(input) error) error {
	path, sheet := src.Path, ""
	if path == "-" {
		if src.Stdin == nil {
			return fmt.Errorf("standard input is not connected")
		}
		return f(input{r: src.Stdin, name: "-"})
	}
	info, err := os.Stat(path)
	if i := strings.LastIndexByte(path, '#'); err != nil && i > 0 {
		if again, err2 := os.Stat(path[:i]); err2 == nil {
			path, sheet, info, err = path[:i], path[i+1:], again, nil
		}
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder: name the file with the table", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	in := input{r: file, name: filepath.Base(path), sheet: sheet}
	if info.Mode().IsRegular() {
		in.at, in.size = file, info.Size()
	}
	return f(in)
}

// records are the rows of a table, whatever the file they come from.
type records interface {
	header() []string
	// next returns the next row, one value per column, valid until the call after; io.EOF at the end.
	// The first call may still change the header.
	next() ([][]byte, error)
	row() int               // position of the current row, for fail
	number(column int) bool // the current value was stored as a number, not as text
	// fail makes an error at a row (0: none) and a column (-1: none).
	fail(row, column int, format string, args ...any) *SyntaxError
}

// records recognises the format, unless it is given, and reads the header.
func (in input) records(ctx context.Context, format Format) (records, Format, error) {
	name := in.name
	buffered := bufio.NewReaderSize(&cancelled{ctx, in.r}, sniffLength)
	head, err := buffered.Peek(sniffLength)
	if err != nil && err != io.EOF {
		return nil, format, fmt.Errorf("%s: %w", name, err)
	}
	if format == Auto {
		if format, err = sniff(head, name); err != nil {
			return nil, format, &SyntaxError{File: name, Msg: "this is " + err.Error()}
		}
		if format == MARK && in.register {
			format = CSV
		}
	}
	if in.sheet != "" && format != Excel {
		return nil, format, &SyntaxError{File: name, Msg: fmt.Sprintf("#%s names a sheet, but this is not an Excel file", in.sheet)}
	}
	rows, err := in.reader(buffered, head, format)
	return rows, format, err
}

func (in input) reader(buffered *bufio.Reader, head []byte, format Format) (records, error) {
	switch format {
	case CSV, TSV, MARK:
		text, err := decodeText(buffered, head)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
		if format == MARK {
			return orNil(newMARKReader(text, in.name))
		}
		return orNil(newTextReader(text, in.name, format))
	case Arrow:
		if !bytes.HasPrefix(head, arrowMagic) {
			return orNil(newArrowReader(buffered, nil, in.size, in.name))
		}
		at, size, err := in.atOnce(buffered)
		if err != nil {
			return nil, err
		}
		return orNil(newArrowReader(buffered, at, size, in.name))
	case Parquet:
		at, size, err := in.atOnce(buffered)
		if err != nil {
			return nil, err
		}
		return orNil(newParquetReader(at, size, in.name))
	case Excel:
		at, size, err := in.atOnce(buffered)
		if err != nil {
			return nil, err
		}
		return orNil(newExcelReader(at, size, in.name, in.sheet))
	}
	return nil, fmt.Errorf("%s: tables are not read from the format %q: use csv, tsv, parquet, arrow, xlsx or mark", in.name, format)
}

// orNil keeps a failed reader from becoming an interface that is not nil.
func orNil[R records](rows R, err error) (records, error) {
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// maxStream is the largest file that is read from a stream into memory because its format has to be read
// from the end.
const maxStream = 512 << 20

// atOnce returns a file that can be read anywhere: the one there is, or the stream read into memory.
func (in input) atOnce(r io.Reader) (io.ReaderAt, int64, error) {
	if in.at != nil {
		return in.at, in.size, nil
	}
	all, err := io.ReadAll(io.LimitReader(r, maxStream+1))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", in.name, err)
	}
	if len(all) > maxStream {
		return nil, 0, &SyntaxError{File: in.name, Msg: fmt.Sprintf("more than %d MB from a stream, in a format that is read from its end: save it to a file and name that", maxStream>>20)}
	}
	return bytes.NewReader(all), int64(len(all)), nil
}

// cancelled is a reader that stops when its context does.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// A sampled row is kept while the roles of the columns are being decided.
type sampled struct {
	row    int
	values [][]byte
	number []bool
}

const (
	sampleRows  = 1000
	sampleBytes = 8 << 20
)

func readRecords(ctx context.Context, rows records, opts Options) (*Read, error) {
	var sample []sampled
	var end error
	for size := 0; len(sample) < sampleRows && size < sampleBytes; {
		values, err := rows.next()
		if err != nil {
			end = err
			break
		}
		s := sampled{row: rows.row(), values: make([][]byte, len(values)), number: make([]bool, len(values))}
		for j, v := range values {
			s.values[j] = bytes.Clone(v)
			s.number[j] = rows.number(j)
			size += len(v) + 32
		}
		sample = append(sample, s)
	}
	if end != nil && end != io.EOF {
		return nil, end
	}
	if len(sample) == 0 {
		return nil, rows.fail(0, -1, "the table has a header but no rows")
	}
	roles, err := recognise(rows, sample, opts)
	if err != nil {
		return nil, err
	}
	t := newTally(rows, roles)
	for _, s := range sample {
		if err := t.add(s.row, s.values, func(j int) bool { return s.number[j] }); err != nil {
			return nil, err
		}
	}
	sample = nil
	for n := 0; end == nil; n++ {
		if n&0xfff == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		values, err := rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := t.add(rows.row(), values, rows.number); err != nil {
			return nil, err
		}
	}
	return t.finish(opts)
}
