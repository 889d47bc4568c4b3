package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"darkfigure/internal/report"
)

// With REPORT_PAGES set to a folder, the pages of all fixtures are written there to be looked at.
func TestWritePages(t *testing.T) {
	dir := os.Getenv("REPORT_PAGES")
	if dir == "" {
		t.Skip("set REPORT_PAGES to a folder to write the pages there")
	}
	for _, f := range fixtures() {
		for _, lang := range []string{"en", "nl"} {
			var b bytes.Buffer
			if err := report.HTML(&b, f.r, report.Options{Language: lang}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, f.name+"."+lang+".html"), b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
