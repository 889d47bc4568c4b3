package study_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"darkfigure/internal/study"
)

func says(name, text string) study.File {
	return study.File{Name: name, Write: func(w io.Writer) error { _, err := io.WriteString(w, text); return err }}
}

// holds asks for all that is in a folder, hidden or not.
func holds(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %v, want %v", filepath.Base(folder), got, want)
	}
}

func TestWriteFolder(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := study.WriteFolder(t.Context(), out, []study.File{says("table.csv", "1"), says("manifest.json", "{}")}); err != nil {
		t.Fatal(err)
	}
	holds(t, out, "manifest.json", "table.csv")

	// A second time replaces the first, whatever files it had.
	if err := study.WriteFolder(t.Context(), out, []study.File{says("table.csv", "2")}); err != nil {
		t.Fatal(err)
	}
	holds(t, out, "table.csv")
	holds(t, dir, "out")
	if b, _ := os.ReadFile(filepath.Join(out, "table.csv")); string(b) != "2" {
		t.Errorf("%q", b)
	}
}

// TestNothingHalf: what fails, is cancelled or was killed leaves what was there.
func TestNothingHalf(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := study.WriteFolder(t.Context(), out, []study.File{says("table.csv", "1")}); err != nil {
		t.Fatal(err)
	}
	disk := errors.New("disk full")
	err := study.WriteFolder(t.Context(), out, []study.File{says("table.csv", "2"), {Name: "linkage.json", Write: func(io.Writer) error { return disk }}})
	if !errors.Is(err, disk) || strings.Contains(err.Error(), "partial") {
		t.Error(err)
	}
	holds(t, dir, "out")
	ctx, cancel := context.WithCancel(t.Context())
	err = study.WriteFolder(ctx, out, []study.File{{Name: "table.csv", Write: func(io.Writer) error { cancel(); return nil }}})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	holds(t, dir, "out")
	if b, _ := os.ReadFile(filepath.Join(out, "table.csv")); string(b) != "1" {
		t.Errorf("%q", b)
	}

	// Left by a run that was killed: hidden, and gone after the next one.
	if err := os.Mkdir(filepath.Join(dir, ".out.partial"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := study.WriteFolder(t.Context(), out, []study.File{says("table.csv", "3")}); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "out")
}

func TestCheckFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o666)
	mine := filepath.Join(dir, "mine")
	os.Mkdir(mine, 0o777)
	os.WriteFile(filepath.Join(mine, "thesis.doc"), nil, 0o666)
	os.Symlink(mine, filepath.Join(dir, "link"))
	for folder, want := range map[string]string{file: "this is a file", mine: "thesis.doc in it is not one of the results", filepath.Join(dir, "no", "out"): "there is no folder", filepath.Join(dir, "link"): "this is a link"} {
		err := study.WriteFolder(t.Context(), folder, []study.File{says("table.csv", "1")})
		var e *study.FolderError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", folder, err)
		}
	}
	holds(t, mine, "thesis.doc")
	empty := filepath.Join(dir, "empty")
	os.Mkdir(empty, 0o777)
	for _, linkage := range []bool{false, true} {
		if err := study.CheckFolder(empty, linkage); err != nil {
			t.Error(err)
		}
	}

	// A linkage alone does not take the place of estimates; estimates replace both.
	run := []study.File{says("estimates.json", "{}"), says("linkage.json", "{}")}
	for range 2 {
		if err := study.WriteFolder(t.Context(), empty, run); err != nil {
			t.Fatal(err)
		}
	}
	if err := study.WriteFolder(t.Context(), empty, run[1:]); err == nil || !strings.Contains(err.Error(), "would be lost") {
		t.Error(err)
	}
	holds(t, empty, "estimates.json", "linkage.json")
}
