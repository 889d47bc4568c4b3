package layout_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"darkfigure/internal/layout"
)

// The tree of this module keeps to its map.
func TestModule(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	fsys := os.DirFS(root)
	found, err := layout.Check(fsys, files(t, root, fsys))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// files are those that git tracks or would track; outside a repository (a source
// archive) all there are. The folders are read in either case, so that go test does not
// answer from its cache when there is a new file.
func files(t *testing.T, root string, fsys fs.FS) []string {
	var all []string
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == ".git" || path == "dist") {
			return fs.SkipDir
		}
		if !d.IsDir() {
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	git := exec.Command("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	if out, err := git.Output(); err == nil && len(out) > 0 {
		return strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	}
	return all
}

// good is a small tree that keeps to every rule.
func good() map[string]string {
	return map[string]string{
		"README.md":                            "read me",
		".ci/run":                              "#!/bin/bash\n",
		"cmd/darkfigure/main.go":               "// Darkfigure is a command.\npackage main\n\nimport (\n\t\"os\"\n\t\"github.com/urfave/cli/v2\"\n\t\"darkfigure/internal/tableio\"\n)\n\nvar _ = os.Stdout\n",
		"estimators/doc.go":                    "// Package estimators is words.\npackage estimators\n\nimport \"errors\"\n",
		"estimators/twolist/twolist.go":        "// Package twolist is a family.\npackage twolist\n\nimport (\n\t\"gonum.org/v1/gonum/stat/distuv\"\n\t\"darkfigure/estimators\"\n\t\"darkfigure/internal/lattice\"\n)\n",
		"estimators/loglinear/fit.go":          "// Package loglinear is a family.\npackage loglinear\n",
		"estimators/loglinear/fit_test.go":     "package loglinear_test\n\nimport (\n\t\"os\"\n\t\"darkfigure/estimators/twolist\"\n\t\"darkfigure/internal/reference\"\n\t\"pgregory.net/rapid\"\n)\n",
		"internal/lattice/lattice.go":          "// Package lattice transforms vectors.\npackage lattice\n\n// Up sums over supersets.\nfunc Up(values []float64, k int) {}\n",
		"internal/reference/reference.go":      "// Package reference reads numbers.\npackage reference\n\nimport \"os\"\n",
		"internal/tableio/read.go":             "// Package tableio reads.\npackage tableio\n\nimport (\n\t\"fmt\"\n\t\"io\"\n\t\"github.com/apache/arrow/go/v15/parquet\"\n)\n\nfunc p(w io.Writer) { fmt.Fprintln(w) }\n",
		"internal/report/report.go":            "// Package report draws.\npackage report\n\nimport (\n\t\"gonum.org/v1/plot/vg\"\n\t\"github.com/jedib0t/go-pretty/v6/table\"\n)\n",
		"notebooks/README.md":                  "none",
		"testdata/tables/a.csv":                "A,B,count\n",
		"cmd/darkfigure/testdata/generator.go": "package broken\n\nimport \"math/rand\"\n",
	}
}

func check(t *testing.T, tree map[string]string) []string {
	t.Helper()
	fsys := fstest.MapFS{}
	var names []string
	for name, text := range tree {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		names = append(names, name)
	}
	found, err := layout.Check(fsys, append(names, "deleted/but/tracked.go"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGoodTree(t *testing.T) {
	if found := check(t, good()); len(found) > 0 {
		t.Errorf("a good tree is refused:\n%s", strings.Join(found, "\n"))
	}
}

// Every rule can fail.
func TestRules(t *testing.T) {
	slash := "/" // so that this file passes the check of traces itself
	family := "// Package twolist is a family.\npackage twolist\n\n"
	kernel := "// Package lattice transforms vectors.\npackage lattice\n\n"
	report := "// Package report draws.\npackage report\n\n"
	for _, c := range []struct{ what, file, text, want string }{
		{"the vocabulary imports a module", "estimators/doc.go", "// Package estimators is words.\npackage estimators\n\nimport \"gonum.org/v1/gonum/mat\"\n", "estimators may not use it"},
		{"the vocabulary imports a family", "estimators/doc.go", "// Package estimators is words.\npackage estimators\n\nimport \"darkfigure/estimators/twolist\"\n", "may not know it"},
		{"a family imports another", "estimators/twolist/twolist.go", family + "import \"darkfigure/estimators/loglinear\"\n", "may not know it"},
		{"a family imports tableio", "estimators/twolist/twolist.go", family + "import \"darkfigure/internal/tableio\"\n", "may not know it"},
		{"a family opens files", "estimators/twolist/twolist.go", family + "import \"os\"\n", "knows no files"},
		{"a family imports a module", "estimators/twolist/twolist.go", family + "import \"golang.org/x/text/width\"\n", "may not use it"},
		{"a family imports what is for tests", "estimators/twolist/twolist.go", family + "import \"darkfigure/internal/reference\"\n", "for tests"},
		{"a kernel imports the vocabulary", "internal/lattice/lattice.go", kernel + "import \"darkfigure/estimators\"\n", "may not know it"},
		{"a kernel names people in an identifier", "internal/lattice/lattice.go", kernel + "func f(nPersons int) {}\n", "does not mention \"Person\""},
		{"a kernel names people in a comment", "internal/lattice/lattice.go", kernel + "// f counts the people.\nfunc f() {}\n", "does not mention \"people\""},
		{"somebody else reads Arrow", "internal/report/report.go", report + "import \"github.com/apache/arrow/go/v15/arrow\"\n", "only internal/tableio"},
		{"a test reads Excel elsewhere", "internal/report/report_test.go", "package report_test\n\nimport \"github.com/xuri/excelize/v2\"\n", "only internal/tableio"},
		{"the command draws", "cmd/darkfigure/main.go", "// Darkfigure is a command.\npackage main\n\nimport \"gonum.org/v1/plot\"\n", "only internal/report"},
		{"a library takes flags", "internal/report/report.go", report + "import \"github.com/urfave/cli/v2\"\n", "only cmd"},
		{"report imports tableio", "internal/report/report.go", report + "import \"darkfigure/internal/tableio\"\n", "may not know it"},
		{"a library prints", "internal/report/report.go", report + "import \"fmt\"\n\nfunc f() { fmt.Println() }\n", "never print"},
		{"a library prints under another name", "internal/report/report.go", report + "import say \"fmt\"\n\nfunc f() { say.Printf(\"\") }\n", "never print"},
		{"a library writes to standard error", "internal/report/report.go", report + "import \"os\"\n\nvar w = os.Stderr\n", "never print"},
		{"a library uses println", "internal/report/report.go", report + "func f() { println() }\n", "never print"},
		{"a library logs", "internal/report/report.go", report + "import \"log/slog\"\n", "never print"},
		{"the first math/rand", "internal/report/report_test.go", "package report_test\n\nimport \"math/rand\"\n", "math/rand/v2"},
		{"the command is imported", "internal/report/report_test.go", "package report_test\n\nimport \"darkfigure/cmd/darkfigure\"\n", "nothing imports a command"},
		{"no package comment", "internal/report/report.go", "package report\n", "package comment"},
		{"a package comment of another form", "internal/report/report.go", "// This draws.\npackage report\n", "package comment"},
		{"a folder on no map", "internal/magic/magic.go", "// Package magic is new.\npackage magic\n", "on no map"},
		{"a folder that says nothing", "internal/report/helpers/x.md", "", "says nothing"},
		{"another top-level folder", "docs/x.md", "", "not one of the top-level folders"},
		{"a path of a machine", "README.md", "see " + slash + "home" + slash + "me" + slash + "x", "names a machine"},
		{"a folder beside the project", "README.md", "see .." + slash + "shared" + slash + "x", "names a machine"},
		{"a host of packages", ".ci/run", "curl https:" + slash + slash + "pypi." + "org" + slash + "simple", "names a machine"},
	} {
		tree := good()
		tree[c.file] = c.text
		found := check(t, tree)
		if len(found) != 1 || !strings.Contains(found[0], c.want) {
			t.Errorf("%s: found %q, want one with %q", c.what, found, c.want)
		}
	}
	tree := good()
	delete(tree, "notebooks/README.md")
	if found := check(t, tree); len(found) != 1 || !strings.Contains(found[0], "missing") {
		t.Errorf("without notebooks: %q", found)
	}
}
