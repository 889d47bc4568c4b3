package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary answer to the name darkfigure, in scripts and on the PATH.
func TestMain(m *testing.M) {
	version = "v0.0.0-test"
	testscript.Main(m, map[string]func(){"darkfigure": main})
}

// TestScript runs the scripts, one behaviour each. $TABLES is the folder of published tables,
// $REGISTERS that of synthetic registers;
// `exits 2 darkfigure …` runs a command and asks for its exit status.
func TestScript(t *testing.T) {
	tables, err := filepath.Abs("../../testdata/tables")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TABLES", tables)
			e.Setenv("REGISTERS", filepath.Join(filepath.Dir(tables), "registers"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status command args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// call runs the program in this process.
func call(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &err}
	status = p.run(t.Context(), args)
	return status, out.String(), err.String()
}

func table(name string) string {
	return filepath.Join("..", "..", "testdata", "tables", name)
}

// BenchmarkEstimate is the work of `estimate` on a five-list table without the start of the
// process; BenchmarkProcess is with it.
func BenchmarkEstimate(b *testing.B) {
	for b.Loop() {
		p := &program{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}
		if status := p.run(b.Context(), []string{"estimate", table("uk5.csv"), "--boot", "0"}); status != 0 {
			b.Fatal(status)
		}
	}
}

func BenchmarkProcess(b *testing.B) {
	path, err := exec.LookPath("darkfigure")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := exec.Command(path, "estimate", table("uk5.csv"), "--boot", "0")
		c.Stderr = os.Stderr
		if err := c.Run(); err != nil {
			b.Fatal(err)
		}
	}
}
