package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadme runs the commands of the README: every command of its ```sh blocks that is darkfigure, alone or
// through go run, has to work.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("the commands of the README run whole studies")
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	text, err := os.ReadFile("../../README.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no README yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	commands := readmeCommands(string(text))
	if len(commands) == 0 {
		t.Fatal("the README has no sh block with a darkfigure command")
	}
	dir := t.TempDir()
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(testdata, filepath.Join(dir, "testdata")); err != nil {
		t.Skip(err)
	}
	for _, command := range commands {
		c := exec.CommandContext(t.Context(), "sh", "-c", command)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s\n%v\n%s", command, err, out)
		}
	}
}

// readmeCommands returns the darkfigure commands of the sh blocks of a Markdown text, in order. A prompt $ is taken off, a line that
// ends in \ goes on in the next one, and go run ./cmd/darkfigure, ./darkfigure and darkfigure are the same.
func readmeCommands(text string) []string {
	var out []string
	inside := false
	open := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			language := strings.TrimSpace(line[3:])
			inside = !inside && slices.Contains([]string{"sh", "bash", "shell", "console"}, language)
			continue
		}
		if !inside {
			continue
		}
		line = open + strings.TrimPrefix(line, "$ ")
		if rest, more := strings.CutSuffix(line, `\`); more {
			open = rest
			continue
		}
		open = ""
		for _, prefix := range []string{"go run ./cmd/darkfigure ", "./darkfigure ", "darkfigure "} {
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				out = append(out, "darkfigure "+rest)
				break
			}
		}
	}
	return out
}

func TestReadmeCommands(t *testing.T) {
	text := "# A\n\n```sh\ngit clone x\n$ go run ./cmd/darkfigure estimate a.csv \\\n    --seed 9\ndarkfigure methods # all\n```\n\n```\ndarkfigure not this\n```\n~~~\n```go\ndarkfigure nor this\n```\n```bash\n./darkfigure --version\n```\n"
	want := []string{"darkfigure estimate a.csv --seed 9", "darkfigure methods # all", "darkfigure --version"}
	if got := readmeCommands(text); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The table of the README has every command of the program, and no other.
func TestReadmeTable(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "\n| command | answers |\n")
	if !ok {
		t.Fatal("the README has no table of commands")
	}
	var listed []string
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "`"); ok {
			listed = append(listed, name)
		}
	}
	commands := commandNames((&program{}).app())
	slices.Sort(listed)
	slices.Sort(commands)
	if !slices.Equal(listed, commands) {
		t.Errorf("the README has %q, the program %q", listed, commands)
	}
}
