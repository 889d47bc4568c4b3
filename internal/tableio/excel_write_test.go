package tableio_test

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"
)

// A workbook holds neither the moment it was made nor a formula.
func TestExcelIsInert(t *testing.T) {
	table, err := estimators.NewTable([]string{"=A", "+B"}, []string{"@c"}, []estimators.Cell{{Pattern: 1, Levels: []string{"=HYPERLINK(\"x\")"}, Count: 3}, {Pattern: 2, Levels: []string{"<b>&"}, Count: 4}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := tableio.WriteTable(&b, tableio.Excel, table); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if !f.Modified.IsZero() && f.Modified.Year() != 1979 && f.Modified.Year() != 1980 {
			t.Errorf("%s was modified %v", f.Name, f.Modified)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "<f>") {
			t.Errorf("%s holds a formula", f.Name)
		}
		if f.Name == "docProps/core.xml" && strings.Count(string(content), "2006-01-02T15:04:05Z") != 2 {
			t.Errorf("core properties: %s", content)
		}
	}
}

// The second sheet says what the codes of the first one mean and where the results come from; a table in a file of several
// sheets says which was read.
func TestExcelAbout(t *testing.T) {
	var b bytes.Buffer
	if err := tableio.WriteResults(&b, tableio.Excel, small()); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("About")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range rows {
		all = append(all, strings.Join(r, "|"))
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"what|code|method|text|what_to_do",
		`warning|unbounded-upper|chapman, year 2013|the data set no upper limit|Say "at least" with the lower limit, and do not publish an upper one.`,
		"refusal|no-overlap|petersen, year 2013|nobody is on both lists|Use lists that overlap",
		"source|||uk.csv", "sha256|||00", "command|||estimate uk.csv", "version|||v0", "seed|||1"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}

	table := excelize.NewFile()
	for cell, v := range map[string]any{"A1": "A", "B1": "B", "C1": "count", "A2": 1, "B2": 0, "C2": 3, "A3": 0, "B3": 1, "C3": 4} {
		if err := table.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := table.NewSheet("Notes"); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	r, err := read(b.Bytes(), tableio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "read from the sheet Sheet1, and not from Notes; name another one as FILE.xlsx#SHEET"; !slices.Contains(r.Notes, want) {
		t.Errorf("notes %q lack %q", r.Notes, want)
	}
}
