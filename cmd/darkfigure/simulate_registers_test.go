package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"darkfigure/internal/study"
)

// TestShippedRegisters makes testdata/registers again from its scenario: every byte is the same, and the study file
// can be read.
func TestShippedRegisters(t *testing.T) {
	const shipped = "../../testdata/registers"
	made := t.TempDir()
	var stderr bytes.Buffer
	p := &program{stdin: bytes.NewReader(nil), stdout: &stderr, stderr: &stderr}
	if status := p.run(t.Context(), []string{"simulate", filepath.Join(shipped, "registers.yaml"), "--output", made, "--quiet"}); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	n := 0
	err := filepath.WalkDir(made, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		name, err := filepath.Rel(made, path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join(shipped, name))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s is not what the scenario makes", name)
		}
		return err
	})
	if err != nil || n != 7 {
		t.Errorf("%d files: %v", n, err)
	}
	src, err := os.ReadFile(filepath.Join(shipped, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := study.Parse(src, "study.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Linked()) != 3 || len(s.Registers) != 4 {
		t.Errorf("%d registers, %d of them linked", len(s.Registers), len(s.Linked()))
	}
}
