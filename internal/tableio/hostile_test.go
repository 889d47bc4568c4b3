package tableio_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"

	"darkfigure/internal/tableio"
)

// refuse reads a hostile file and checks that it is refused with a clear error, with little memory.
func refuse(t *testing.T, name string, r io.Reader, opts tableio.Options, most uint64, want string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, err := tableio.ReadTable(context.Background(), tableio.Source{Path: "-", Stdin: r}, opts)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Errorf("%s: read as %s", name, describe(got.Table))
		return
	}
	var syntax *tableio.SyntaxError
	if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > most {
		t.Errorf("%s: %d bytes were allocated before it was refused (%v)", name, used, err)
	}
}

// endless repeats a text up to a length.
type endless struct {
	text string
	left int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && e.left > 0 {
		k := copy(p[n:], e.text)
		n += k
		e.left -= int64(k)
	}
	return n, nil
}

func TestHostileText(t *testing.T) {
	const mb = 1 << 20
	refuse(t, "a line of 1 GB", &endless{"aaaaaaaaaaaaaaaa", 1 << 30}, tableio.Options{}, 8*mb, "the row is longer than")
	refuse(t, "a value of 1 GB", io.MultiReader(strings.NewReader("A,B,count\n1,0,\""), &endless{"aaaa,\naaaaaaaaaa", 1 << 30}), tableio.Options{}, 8*mb, `standard input:2: column "count": the row is longer than`)
	refuse(t, "a million columns", io.MultiReader(strings.NewReader("A,B"), &endless{",c", 2 << 20}, strings.NewReader("\n1,0\n")), tableio.Options{}, 8*mb, "the row is longer than")
	refuse(t, "five thousand columns", strings.NewReader("A"+strings.Repeat(",c", 5000)+"\n"), tableio.Options{}, 8*mb, "more than 4096 columns")
	refuse(t, "a MARK record of 1 GB", io.MultiReader(strings.NewReader("01 1;\n01"), &endless{" 1 1 1 1 1 1 1 1", 1 << 30}), tableio.Options{Format: tableio.MARK}, 32*mb, "the record is longer than")
	refuse(t, "an endless comment", io.MultiReader(strings.NewReader("01 1;\n/*"), &endless{"a", 64 << 20}), tableio.Options{Format: tableio.MARK}, 8*mb, "a comment is opened")
	repeated := strings.NewReader("A,B,x\n1,0,0\n1,0,0\n") // not a column of identifiers, which would be ignored
	refuse(t, "a measurement as covariate", io.MultiReader(repeated, &numbered{left: 1 << 20}), tableio.Options{}, 64*mb, "more than 65535 different values: this looks like an identifier or a measurement")
}

// Two covariates that are harmless alone make too many cells together.
func TestTooManyCells(t *testing.T) {
	if testing.Short() {
		t.Skip("fills the table of cells")
	}
	rows := &pairs{left: tableio.MaxCells + 10}
	_, err := tableio.ReadTable(context.Background(), tableio.Source{Path: "-", Stdin: rows}, tableio.Options{})
	want := fmt.Sprintf("more than %d different combinations of history and covariates; this column has the most values, 3000 so far: leave it out with --ignore y", tableio.MaxCells)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// pairs makes person rows with every combination of two covariates.
type pairs struct {
	left, i int
	buf     bytes.Buffer
}

func (n *pairs) Read(p []byte) (int, error) {
	if n.i == 0 {
		n.buf.WriteString("A,x,y\n")
	}
	for n.buf.Len() < len(p) && n.left > 0 {
		fmt.Fprintf(&n.buf, "1,a%d,b%d\n", n.i/3000, n.i%3000)
		n.i++
		n.left--
	}
	return n.buf.Read(p)
}

// numbered makes person rows with a number of their own.
type numbered struct {
	left, i int
	buf     bytes.Buffer
}

func (n *numbered) Read(p []byte) (int, error) {
	for n.buf.Len() < len(p) && n.left > 0 {
		fmt.Fprintf(&n.buf, "1,%d,%d.5\n", n.i&1, n.i)
		n.i++
		n.left--
	}
	return n.buf.Read(p)
}

// book makes an Excel file from its parts; those that are missing are added.
func book(t *testing.T, parts map[string]io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="x"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	} {
		if parts[name] == nil {
			parts[name] = strings.NewReader(content)
		}
	}
	for name, r := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const sheetPart = "xl/worksheets/sheet1.xml"

func sheet(rows string) map[string]io.Reader {
	return map[string]io.Reader{sheetPart: strings.NewReader("<worksheet><sheetData>" + rows + "</sheetData></worksheet>")}
}

// Cells of every kind, and where their errors are.
func TestExcelCells(t *testing.T) {
	inline := func(s string) string { return `<is><t>` + s + `</t></is>` }
	header := `<row r="3"><c r="B3" t="inlineStr">` + inline("A") + `</c><c r="C3" t="str"><v>B</v></c><c r="D3" t="s"><v>0</v></c></row>`
	shared := `<sst><si><r><t>cou</t></r><r><t>nt</t></r><rPh><t>x</t></rPh></si></sst>`
	for _, c := range []struct{ name, rows, want string }{
		{"numbers and booleans", `<row r="4"><c r="B4"><v>1</v></c><c r="C4" t="b"><v>0</v></c><c r="D4" t="n"><v>3</v></c></row>`, `mixes spellings|are not written the same way`},
		{"numbers", `<row r="4"><c r="B4"><v>1</v></c><c r="C4"><v>0</v></c><c r="D4"><v>1E2</v></c></row><row r="9"/><row r="10"><c r="B10" t="str"><v>0</v></c><c r="C10"><v>1</v></c><c r="D10"><v>4</v></c></row>`, "A B 10=100 01=4"},
		{"cells without references", `<row><c><v>9</v></c><c><v>1</v></c><c><v>0</v></c><c><v>3</v></c></row>`, "cell Data!A4: the cell lies beside the table"},
		{"a 2", `<row r="7"><c r="B7"><v>1</v></c><c r="C7"><v>0</v></c><c r="D7"><v>3</v></c></row><row r="8"><c r="B8"><v>2</v></c><c r="C8"><v>0</v></c><c r="D8"><v>3</v></c></row><row r="9"><c r="B9"><v>1</v></c><c r="C9"><v>0</v></c><c r="D9"><v>3</v></c></row>`, `standard input: cell Data!B8: column "A": "2" in a column of 0 and 1`},
		{"a formula without a value", `<row r="4"><c r="B4"><v>1</v></c><c r="C4"><v>0</v></c><c r="D4"><f>1+1</f></c></row>`, `cell Data!D4: column "count": "" is not a count`},
		{"an error", `<row r="4"><c r="B4" t="e"><v>#REF!</v></c></row>`, `cell Data!B4: column "A": the cell holds the error "#REF!"`},
		{"all-zero history", `<row r="4"><c r="B4"><v>0</v></c><c r="C4"><v>0</v></c><c r="D4"><v>4</v></c></row>`, `cell Data!4:4: the history 00 has count 4`},
		{"rows out of order", `<row r="2"/>`, "not numbered in order"},
		{"cells out of order", `<row r="4"><c r="C4"><v>1</v></c><c r="B4"><v>1</v></c></row>`, "not in order"},
		{"a missing shared text", `<row r="4"><c r="B4" t="s"><v>7</v></c></row>`, "refers to a text that is not in the file"},
		{"cut off", `<row r="4"><c r="B4"><v>1</v></c`, "cannot be read beyond"},
	} {
		parts := sheet(header + c.rows)
		parts["xl/sharedStrings.xml"] = strings.NewReader(shared)
		r, err := read(book(t, parts), tableio.Options{})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = describe(r.Table)
		}
		ok := false
		for want := range strings.SplitSeq(c.want, "|") {
			ok = ok || strings.Contains(got, want)
		}
		if !ok {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	// A history stored as a number has lost its zeros.
	parts := sheet(`<row><c t="str"><v>ch</v></c><c t="str"><v>count</v></c></row><row><c><v>101</v></c><c><v>3</v></c></row>`)
	if _, err := read(book(t, parts), tableio.Options{}); err == nil || !strings.Contains(err.Error(), "stored as a number, which has lost its leading zeros") {
		t.Errorf("a history stored as a number: %v", err)
	}
}

func TestHostileExcel(t *testing.T) {
	const mb = 1 << 20
	bomb := func(part, start string, size int64) []byte {
		parts := sheet("")
		parts[part] = io.MultiReader(strings.NewReader(start), &endless{strings.Repeat(" ", 4096), size})
		return book(t, parts)
	}
	refuse(t, "a sheet that unpacks to 80 MB of nothing", bytes.NewReader(bomb(sheetPart, "<worksheet>", 300<<20)), tableio.Options{}, 8*mb, "like a zip bomb")
	refuse(t, "texts that unpack to 80 MB of nothing", bytes.NewReader(bomb("xl/sharedStrings.xml", "<sst>", 300<<20)), tableio.Options{}, 8*mb, "like a zip bomb")
	refuse(t, "a workbook that unpacks to 80 MB of nothing", bytes.NewReader(bomb("xl/workbook.xml", "<workbook>", 300<<20)), tableio.Options{}, 8*mb, "like a zip bomb")
	refuse(t, "one piece of XML of 60 MB", bytes.NewReader(bomb(sheetPart, `<worksheet><sheetData><row><c t="str"><v>`, 60<<20)), tableio.Options{}, 64*mb, "the cell holds more than")
	refuse(t, "a cell of 3 MB", bytes.NewReader(bomb(sheetPart, `<worksheet><sheetData><row><c t="str"><v>`, 3<<20)), tableio.Options{}, 32*mb, "the cell holds more than")
	deep := sheet("")
	deep[sheetPart] = strings.NewReader(strings.Repeat("<a>", 2<<20))
	refuse(t, "two million levels of nesting", bytes.NewReader(book(t, deep)), tableio.Options{}, 1<<30, "the sheet is empty")

	// A part that declares less than it holds.
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, 9)
	io.Copy(w, &endless{"<row></row>     ", 40 << 20})
	w.Close()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{
		"xl/workbook.xml":            `<workbook><sheets><sheet name="Data" id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	} {
		p, _ := z.Create(name)
		io.WriteString(p, content)
	}
	p, err := z.CreateRaw(&zip.FileHeader{Name: sheetPart, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(nil), CompressedSize64: uint64(packed.Len()), UncompressedSize64: 1000})
	if err != nil {
		t.Fatal(err)
	}
	p.Write(packed.Bytes())
	z.Close()
	refuse(t, "a part that lies about its size", bytes.NewReader(b.Bytes()), tableio.Options{}, 32*mb, "cannot be read")

	refuse(t, "a zip that is no workbook", strings.NewReader("PK\x05\x06"+strings.Repeat("\x00", 18)), tableio.Options{}, 8*mb, "not an Excel file")
	refuse(t, "a cut zip", bytes.NewReader(b.Bytes()[:200]), tableio.Options{}, 8*mb, "cannot be read")
}
