package tableio_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

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
