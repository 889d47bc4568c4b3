package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onTerminal runs the program as on a terminal of so many columns.
func onTerminal(t *testing.T, columns int, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &err, terminal: true, width: columns, colour: true}
	status = p.run(t.Context(), args)
	return status, out.String(), err.String()
}

func TestNothingBinaryOnATerminal(t *testing.T) {
	for _, format := range []string{"xlsx", "parquet", "arrow"} {
		status, out, stderr := onTerminal(t, 80, "estimate", table("korea.csv"), "--format", format)
		if status != exitUsage || out != "" || !strings.Contains(stderr, format+" is not for a terminal") || !strings.Contains(stderr, "--output FILE") {
			t.Errorf("%s: exit status %d, %d bytes, %s", format, status, len(out), stderr)
		}
	}
}

// TestWidth: no line is wider than the terminal, in results and in help.
func TestWidth(t *testing.T) {
	for _, columns := range []int{80, 120} {
		for _, args := range [][]string{{"estimate", table("uk5.csv"), "--boot", "50"}, {"describe", table("uk5.csv")}, {"compare", table("korea.csv")}, {"methods"}, {"methods", "chapman"},
			{"methods", "--codes"}, {"help"}, {"help", "tables"}, {"help", "scenario"}, {"help", "exit"},
			{"simulate", scenarioFile(t)}, {"simulate", scenarioFile(t), "--plan"}} {
			_, out, _ := onTerminal(t, columns, args...)
			for line := range strings.Lines(plain(out)) {
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > columns {
					t.Errorf("%v at %d columns: %d wide: %s", args, columns, n, line)
				}
			}
		}
	}
}

// scenarioFile is a scenario with intervals of long names.
func scenarioFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.yaml")
	src := "population: {size: 300, lists: {a: 0.2, b: 0.15, a list with a long name: 0.3}}\nreplicates: 10\nlevels: [0.975]\nmethods: [--method all-pairs --interval lognormal, --method loglinear --interval percentile --boot 50]\n"
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// plain takes colours out.
func plain(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(rest, "m")
	}
}

// TestColour: colours are for terminals.
func TestColour(t *testing.T) {
	if _, out, _ := onTerminal(t, 80, "estimate", table("korea.csv")); !strings.Contains(out, "\x1b[") {
		t.Error("no colours on a terminal")
	}
	if _, out, _ := call(t, "estimate", table("korea.csv")); strings.Contains(out, "\x1b[") {
		t.Error("colours in a pipe")
	}
}
