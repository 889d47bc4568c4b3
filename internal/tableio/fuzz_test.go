package tableio_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// checkRead holds a reader to its promise on any input: a table that can be written and read again, or an error
// that says where.
func checkRead(t *testing.T, in []byte, format tableio.Format) {
	r, err := read(in, tableio.Options{Format: format})
	if err != nil {
		var syntax *tableio.SyntaxError
		if !errors.As(err, &syntax) && !strings.Contains(err.Error(), "UTF-16") {
			t.Errorf("%T: %v", err, err)
		}
		if strings.Contains(err.Error(), "runtime error") {
			t.Errorf("a panic reached the message: %v", err)
		}
		return
	}
	var b bytes.Buffer
	if err := tableio.WriteTable(&b, tableio.CSV, r.Table); err != nil {
		if strings.Contains(err.Error(), "rename it") {
			return
		}
		t.Fatal(err)
	}
	if len(r.Table.Cells()) == 0 {
		return
	}
	again, err := read(b.Bytes(), tableio.Options{Format: tableio.CSV, Lists: r.Table.Lists(), Count: "count"})
	if err != nil {
		t.Fatalf("%v\n%q", err, b.Bytes())
	}
	if r.Table.SHA256() != again.Table.SHA256() {
		t.Fatalf("%s\n%s", describe(r.Table), describe(again.Table))
	}
}

func FuzzReadText(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join(tables, "*.csv"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{"A;B;year;count\r\n1;0;2013;3\r\n", "\"\",\"A\",\"\"\n\"1\",1,2\n", "ch count\n01 2\n", "sep=|\nA|n\nTRUE|1e3\n", "\xff\xfeA\x00,\x00n\x00\n\x001\x00,\x002\x00", "in_A,in_B,x,structural_zero\n1,0,'=1,\n0,1,NA,0\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) { checkRead(t, in, tableio.CSV) })
}

func FuzzReadMARK(f *testing.F) {
	for _, s := range []string{"01 3;\n10 4;\n", "/* a */ 011 1 2; /* b\n */\n110 0 -4;", "0. 1;", "01"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) { checkRead(t, in, tableio.MARK) })
}

func FuzzReadExcel(f *testing.F) {
	f.Add([]byte(`<worksheet><row r="1"><c r="A1" t="s"><v>0</v></c><c t="str"><v>count</v></c></row><row><c><v>1</v></c><c><v>3</v></c></row></worksheet>`), []byte(`<sst><si><t>A</t></si></sst>`))
	f.Add([]byte(`<row><c t="inlineStr"><is><t>A</t></is></c></row><row><c t="b"><v>1</v></c></row>`), []byte(nil))
	f.Fuzz(func(t *testing.T, sheet, shared []byte) {
		parts := map[string]io.Reader{sheetPart: bytes.NewReader(sheet), "xl/sharedStrings.xml": bytes.NewReader(shared)}
		checkRead(t, book(t, parts), tableio.Excel)
	})
}

func FuzzReadWorkbook(f *testing.F) {
	var b bytes.Buffer
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 3, 4, 5})
	if err != nil {
		f.Fatal(err)
	}
	if err := tableio.WriteTable(&b, tableio.Excel, table); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) { checkRead(t, in, tableio.Excel) })
}

func FuzzReadResults(f *testing.F) {
	var b bytes.Buffer
	if err := tableio.WriteResults(&b, tableio.JSON, small()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":"darkfigure/models/v1","data":{"lists":["a","b"]},"models":[{"method":"x","observed":1,"population":2,"hidden":1,"status":"ok","coefficients":[{"name":"a","estimate":null,"at":"-inf","se":0}],"selection":{"candidates":[{"terms":["11"],"aicc":null}],"split":{"term":"11","with":{},"without":{}}},"weight":1}]}`))
	f.Add([]byte(`{"schema":"darkfigure/describe/v1","data":{"lists":["a","b"]},"description":{"pairs":[{"a":"a","b":"b","status":"refused","reason":{"code":"no-overlap","text":""}}]}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := tableio.ReadResults(bytes.NewReader(in))
		if err != nil {
			var syntax *tableio.SyntaxError
			if !errors.As(err, &syntax) {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		var b bytes.Buffer
		if err := tableio.WriteResults(&b, tableio.JSON, r); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := tableio.ReadResults(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, again, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(estimators.Method{}, "New")); d != "" {
			t.Fatal(d)
		}
		for _, format := range tabular { // and laid out in rows without a panic
			if err := tableio.WriteResults(io.Discard, format, r); err != nil && format == tableio.CSV {
				t.Fatal(err)
			}
		}
	})
}
