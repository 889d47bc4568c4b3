package tableio

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// An Excel file is a zip archive of XML. It is read as a stream, so that a sheet of any length takes the memory of
// one row and of the table of shared texts; the limits below keep an archive that was made to explode from doing so.
const (
	maxParts       = 10_000    // files in the archive
	maxSheet       = 1 << 30   // bytes of a sheet, uncompressed
	maxShared      = 256 << 20 // bytes of the shared texts, uncompressed
	maxSharedText  = 64 << 20  // bytes of their text alone
	maxSharedCount = 2 << 20
	maxRatio       = 250      // of compression, for what is larger than
	innocent       = 64 << 20 // this
	maxToken       = 4 << 20  // bytes of one piece of XML
	maxCellText    = 1 << 20
)

var errBomb = errors.New("it unpacks to far more than a table would, like a zip bomb; save the table as CSV")

// An excelReader reads one sheet.
type excelReader struct {
	file, sheet string
	others      []string // sheets that are not read
	close       func()
	xml         *xmlTokens
	shared      []string
	names       []string
	from1904    bool // dates are counted from 1 January 1904
	first       int  // column in which the header starts
	at          int  // row
	cells       []excelCell
	fields      [][]byte
	numbers     []bool
}

type excelCell struct {
	column int
	value  string
	number bool
}

func newExcelReader(r io.ReaderAt, size int64, file, sheet string) (*excelReader, error) {
	x := &excelReader{file: file, sheet: sheet}
	refuse := func(err error) error {
		return x.fail(0, -1, "the Excel file cannot be read: %v", err)
	}
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, refuse(fmt.Errorf("%w; open it in Excel and save it again as .xlsx", err))
	}
	if len(archive.File) > maxParts {
		return nil, refuse(fmt.Errorf("it has %d parts; save the table as CSV", len(archive.File)))
	}
	parts := map[string]*zip.File{}
	for _, f := range archive.File {
		parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	target, err := x.findSheet(parts)
	if err != nil {
		return nil, err
	}
	if f := parts["xl/sharedStrings.xml"]; f != nil {
		if err := x.readShared(f); err != nil {
			return nil, refuse(fmt.Errorf("its texts: %w", err))
		}
	}
	tokens, closer, err := openPart(target, maxSheet)
	if err != nil {
		return nil, refuse(err)
	}
	x.xml, x.close = tokens, func() { closer.Close() }
	for {
		err := x.readRow()
		if err == io.EOF {
			return nil, x.fail(0, -1, "the sheet is empty: a table has a header row with the names of the lists, and at least one row")
		}
		if err != nil {
			return nil, err
		}
		if len(x.cells) > 0 {
			break
		}
	}
	x.first = x.cells[0].column
	last := x.cells[len(x.cells)-1].column
	if last-x.first >= maxColumns {
		return nil, x.fail(x.at, -1, "the header has more than %d columns: keep the lists, the count and the covariates only", maxColumns)
	}
	x.names = make([]string, last-x.first+1)
	for _, c := range x.cells {
		x.names[c.column-x.first] = strings.TrimSpace(c.value)
	}
	x.fields, x.numbers = make([][]byte, len(x.names)), make([]bool, len(x.names))
	return x, nil
}

// findSheet returns the part of the sheet that was asked for, else of the first one.
func (x *excelReader) findSheet(parts map[string]*zip.File) (*zip.File, error) {
	unusual := func(what string) error {
		return x.fail(0, -1, "this is a zip archive but not an Excel file (%s): save the table as .xlsx or CSV", what)
	}
	workbook := parts["xl/workbook.xml"]
	relations := parts["xl/_rels/workbook.xml.rels"]
	if workbook == nil || relations == nil {
		return nil, unusual("it has no workbook")
	}
	targets := map[string]string{}
	err := scanPart(relations, func(e xml.StartElement) {
		if e.Name.Local == "Relationship" && strings.HasSuffix(attribute(e, "Type"), "/worksheet") {
			targets[attribute(e, "Id")] = attribute(e, "Target")
		}
	})
	if err != nil {
		return nil, unusual(err.Error())
	}
	var names []string
	var found string
	err = scanPart(workbook, func(e xml.StartElement) {
		if e.Name.Local == "workbookPr" {
			x.from1904 = attribute(e, "date1904") == "1" || attribute(e, "date1904") == "true"
		}
		if e.Name.Local != "sheet" || len(names) == 1000 {
			return
		}
		target, ok := targets[attribute(e, "id")]
		if !ok { // a sheet of charts
			return
		}
		name := attribute(e, "name")
		if x.sheet == "" || x.sheet == name {
			x.sheet, found = name, target
		}
		names = append(names, name)
	})
	if err != nil {
		return nil, unusual(err.Error())
	}
	if found == "" {
		if x.sheet == "" {
			return nil, unusual("it has no sheet")
		}
		sheet := x.sheet
		x.sheet = ""
		return nil, x.fail(0, -1, "there is no sheet %s%s", quote(sheet), suggest(sheet, names))
	}
	x.others = slices.DeleteFunc(names, func(n string) bool { return n == x.sheet })
	if strings.HasPrefix(found, "/") {
		found = found[1:]
	} else {
		found = path.Join("xl", found)
	}
	if parts[found] == nil {
		return nil, unusual("its sheet is missing")
	}
	return parts[found], nil
}

// sheetNote says which of several sheets was read.
func (x *excelReader) sheetNote() string {
	if len(x.others) == 0 {
		return ""
	}
	shown := x.others[:min(len(x.others), 5)]
	note := fmt.Sprintf("read from the sheet %s, and not from %s", x.sheet, strings.Join(shown, ", "))
	if n := len(x.others) - len(shown); n > 0 {
		note += fmt.Sprintf(" and %d more", n)
	}
	return note + "; name another one as FILE.xlsx#SHEET"
}

// openPart opens a part whose declared size is within bounds; the zip reader holds it to what it declares.
func openPart(f *zip.File, most uint64) (*xmlTokens, io.Closer, error) {
	if f.UncompressedSize64 > most || f.UncompressedSize64 > innocent && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
		return nil, nil, errBomb
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	counted := &metered{r: io.LimitReader(r, int64(most))}
	return &xmlTokens{d: xml.NewDecoder(counted), meter: counted}, r, nil
}

// xmlTokens are the raw tokens of a part: no nesting is kept, so none can grow.
type xmlTokens struct {
	d     *xml.Decoder
	meter *metered
}

func (t *xmlTokens) next() (xml.Token, error) {
	t.meter.n = 0
	return t.d.RawToken()
}

// metered stops a single piece of XML from growing without bound.
type metered struct {
	r io.Reader
	n int
}

func (m *metered) Read(p []byte) (int, error) {
	if m.n > maxToken {
		return 0, errBomb
	}
	n, err := m.r.Read(p)
	m.n += n
	return n, err
}

// scanPart calls f for every element of a small part.
func scanPart(p *zip.File, f func(xml.StartElement)) error {
	tokens, closer, err := openPart(p, innocent)
	if err != nil {
		return err
	}
	defer closer.Close()
	for {
		token, err := tokens.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			f(e)
		}
	}
}

// attribute returns an attribute whatever its namespace, "" when it is not there.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readShared reads the texts that cells refer to by number.
func (x *excelReader) readShared(f *zip.File) error {
	tokens, closer, err := openPart(f, maxShared)
	if err != nil {
		return err
	}
	defer closer.Close()
	var b strings.Builder
	total, inText, phonetic := 0, false, false
	for {
		token, err := tokens.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "si":
				b.Reset()
			case "t":
				inText = !phonetic
			case "rPh": // how to pronounce the text
				phonetic = true
			}
		case xml.CharData:
			if inText {
				if total += len(e); total > maxSharedText {
					return errBomb
				}
				b.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "rPh":
				phonetic = false
			case "si":
				if len(x.shared) == maxSharedCount {
					return errBomb
				}
				x.shared = append(x.shared, b.String())
			}
		}
	}
}

// readRow reads the next row element into cells, those with a value only.
func (x *excelReader) readRow() error {
	x.cells = x.cells[:0]
	var cell excelCell
	var typ string
	var value strings.Builder
	inRow, inValue, phonetic := false, false, false
	column := -1
	for {
		token, err := x.xml.next()
		if err == io.EOF {
			return io.EOF
		}
		if err != nil {
			return x.fail(x.at+1, -1, "the sheet cannot be read beyond this row: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "row":
				inRow = true
				x.at++
				if r := attribute(e, "r"); r != "" {
					n, err := strconv.Atoi(r)
					if err != nil || n < x.at || n > sheetRows {
						return x.fail(x.at, -1, "the rows of the sheet are not numbered in order: open the file in Excel and save it again")
					}
					x.at = n
				}
			case "c":
				column++
				if ref := attribute(e, "r"); ref != "" {
					c := columnOf(ref)
					if c < column || c >= sheetColumns {
						return x.fail(x.at, -1, "the cells of the row are not in order (%s): open the file in Excel and save it again", quote(ref))
					}
					column = c
				} else if column >= sheetColumns {
					return x.fail(x.at, -1, "the row has more than %d cells", sheetColumns)
				}
				typ = attribute(e, "t")
				cell = excelCell{column: column}
				value.Reset()
			case "v":
				inValue = inRow
			case "t":
				inValue = inRow && !phonetic
			case "rPh":
				phonetic = true
			}
		case xml.CharData:
			if inValue {
				if value.Len()+len(e) > maxCellText {
					return x.fail(x.at, column-x.first, "the cell holds more than %d bytes of text", maxCellText)
				}
				value.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "v", "t":
				inValue = false
			case "rPh":
				phonetic = false
			case "c":
				if !inRow {
					continue
				}
				cell.value = strings.TrimSpace(value.String())
				switch typ {
				case "s":
					i, err := strconv.Atoi(cell.value)
					if err != nil || i < 0 || i >= len(x.shared) {
						return x.fail(x.at, column-x.first, "the cell refers to a text that is not in the file: open it in Excel and save it again")
					}
					cell.value = strings.TrimSpace(x.shared[i])
				case "b":
					switch cell.value {
					case "1":
						cell.value = "TRUE"
					case "0":
						cell.value = "FALSE"
					}
				case "e":
					return x.fail(x.at, column-x.first, "the cell holds the error %s: correct its formula", quote(cell.value))
				case "", "n":
					cell.number = true
				}
				if cell.value != "" {
					x.cells = append(x.cells, cell)
				}
			case "row":
				return nil
			}
		}
	}
}

// columnOf is the column, from 0, of a cell reference such as B7; -1 when it is none.
func columnOf(ref string) int {
	c := 0
	for i := 0; i < len(ref); i++ {
		switch {
		case ref[i] >= 'A' && ref[i] <= 'Z':
			if c = 26*c + int(ref[i]-'A') + 1; c > sheetColumns {
				return -1
			}
		case i > 0 && ref[i] >= '0' && ref[i] <= '9':
			return c - 1
		default:
			return -1
		}
	}
	return -1
}

// letters is the name of a column, from 0, as in B.
func letters(column int) string {
	s := ""
	for c := column + 1; c > 0; c = (c - 1) / 26 {
		s = string(rune('A'+(c-1)%26)) + s
	}
	return s
}

func (x *excelReader) header() []string { return x.names }

func (x *excelReader) next() ([][]byte, error) {
	for {
		if err := x.readRow(); err != nil {
			if err == io.EOF {
				x.close()
			}
			return nil, err
		}
		if len(x.cells) == 0 {
			continue
		}
		for j := range x.fields {
			x.fields[j], x.numbers[j] = nil, false
		}
		for _, c := range x.cells {
			j := c.column - x.first
			if j < 0 || j >= len(x.fields) {
				e := x.fail(x.at, -1, "the cell lies beside the table, whose header runs from column %s to %s: remove it, or give the column a name", letters(x.first), letters(x.first+len(x.names)-1))
				e.Cell = x.sheet + "!" + letters(c.column) + strconv.Itoa(x.at)
				return nil, e
			}
			x.fields[j], x.numbers[j] = []byte(c.value), c.number
		}
		return x.fields, nil
	}
}

func (x *excelReader) row() int               { return x.at }
func (x *excelReader) number(column int) bool { return x.numbers[column] }

func (x *excelReader) fail(row, column int, format string, args ...any) *SyntaxError {
	e := &SyntaxError{File: x.file, Column: columnName(x.names, column), Msg: fmt.Sprintf(format, args...)}
	switch {
	case row > 0 && column >= 0:
		e.Cell = x.sheet + "!" + letters(x.first+column) + strconv.Itoa(row)
	case row > 0:
		e.Cell = fmt.Sprintf("%s!%d:%d", x.sheet, row, row)
	}
	return e
}
