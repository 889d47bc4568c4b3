package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jedib0t/go-pretty/v6/text"

	"darkfigure/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

// golden compares with a file of testdata, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (run with -update to accept):\n%s", path, d)
	}
}

func TestTextGolden(t *testing.T) {
	for _, f := range fixtures() {
		for _, opt := range []report.Options{{}, {Width: 80}, {Language: "nl", Width: 120}} {
			name := f.name
			if opt.Width != 0 {
				name += map[int]string{80: "-80", 120: "-nl-120"}[opt.Width]
			}
			if f.name == "ten-lists" && opt.Width != 0 {
				continue
			}
			var b bytes.Buffer
			if err := report.Text(&b, f.r, opt); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", b.Bytes())
		}
	}
}

// No line is wider than the terminal, whatever the names, and nothing from the data
// commands the terminal.
func TestTextFits(t *testing.T) {
	for _, f := range fixtures() {
		for _, w := range []int{76, 80, 100, 120, 200} {
			var b bytes.Buffer
			if err := report.Text(&b, f.r, report.Options{Width: w}); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsFunc(b.String(), func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("%s: a control character reached the terminal", f.name)
			}
			for line := range strings.Lines(b.String()) {
				if n := text.StringWidthWithoutEscSequences(strings.TrimSuffix(line, "\n")); n > w {
					t.Errorf("%s at %d: %d columns: %s", f.name, w, n, line)
				}
			}
		}
	}
}
