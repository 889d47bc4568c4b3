// Package layout checks that the source tree keeps to its map: which folder may
// import what, that libraries do not print, that the kernels do not know what they
// compute for, and that no file names the machine it was written on. Its test runs the
// checks over the module; nothing but that test imports it.
//
// When a line of code fits nowhere, the map is wrong: change the map here, and in
// CONTRIBUTING.md, in the same commit.
package layout

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const module = "darkfigure"

// folders are the top-level folders, besides those whose names start with a dot.
var folders = []string{"cmd", "estimators", "internal", "notebooks", "testdata"}

// A room is a folder with rules. A package belongs to the room with the longest path above it.
type room struct {
	path   string
	own    []string // packages of the module it may import, with those below them
	others []string // modules it may import
	free   bool     // it may import anything that belongs to nobody else
	kernel bool
	tests  bool // only tests import it
}

var (
	kernels = []string{"internal/lattice", "internal/resample", "internal/chain", "internal/formula", "internal/ordinal"}
	gonum   = "gonum.org/v1/gonum"
)

var rooms = []room{
	{path: "cmd", free: true},
	{path: "estimators"},
	{path: "estimators/*", own: append([]string{"estimators"}, kernels...), others: []string{gonum}},
	{path: "internal/lattice", others: []string{gonum}, kernel: true},
	{path: "internal/resample", others: []string{gonum}, kernel: true},
	{path: "internal/chain", others: []string{gonum}, kernel: true},
	{path: "internal/formula", kernel: true},
	{path: "internal/ordinal", kernel: true},
	{path: "internal/tableio", own: []string{"estimators"}, others: []string{"github.com/apache/arrow", "github.com/xuri/excelize"}},
	{path: "internal/linkage", own: append([]string{"estimators", "internal/tableio", "internal/linkage/text"}, kernels...)},
	{path: "internal/linkage/text", others: []string{"golang.org/x/text"}},
	{path: "internal/visibility", own: []string{"estimators", "internal/disclosure", "internal/ordinal", "internal/resample", "internal/tableio"}},
	{path: "internal/report", own: []string{"estimators", "internal/visibility"}, others: []string{"gonum.org/v1/plot", "github.com/jedib0t/go-pretty"}},
	{path: "internal/scenario", own: append([]string{"estimators"}, kernels...), others: []string{"github.com/goccy/go-yaml"}},
	{path: "internal/disclosure"},
	{path: "internal/study", free: true},
	{path: "internal/sensitivity", free: true},
	{path: "internal/reference", own: []string{"estimators"}, tests: true},
	{path: "internal/estimatortest", own: []string{"estimators"}, others: []string{"pgregory.net/rapid"}, tests: true},
	{path: "internal/layout", tests: true},
}

// owned are the modules that belong to some rooms alone, even where anything may be
// imported: what they do is done in one place.
var owned = map[string][]string{
	"github.com/apache/arrow":      {"internal/tableio"},
	"github.com/xuri/excelize":     {"internal/tableio"},
	"github.com/jedib0t/go-pretty": {"internal/report"},
	"gonum.org/v1/plot":            {"internal/report"},
	"github.com/urfave/cli":        {"cmd"},
	"github.com/vbauerster/mpb":    {"cmd"},
}

var (
	badFolder = []string{"utils", "util", "common", "types", "helpers", "helper", "misc"}

	// Methods and kernels know no files, flags or logs.
	notInMethods = []string{"bufio", "flag", "io/fs", "log", "log/slog", "net", "net/http", "os", "os/exec", "path/filepath"}

	// What the numbers stand for is no business of a kernel.
	kernelWord = regexp.MustCompile(`(?i)person|people|victim|register|police|filename|csv`)

	// Traces of a place: folders of a machine, folders beside the project, and hosts that
	// serve packages.
	traces = regexp.MustCompile(`(^|[^\w.])/(home|root|work|Users|mnt)/|\.\./shared\b|\b(proxy|sum)\.golang\.[o]rg|\bpypi\.[o]rg/simple|\bregistry\.npmjs\b|\bGO[P]ROXY=http|\bindex-[u]rl\b`)
)

// Check returns what is wrong with the files, each as "file:line: what"; files are
// slash-separated paths in fsys, and those that are not there are passed over.
func Check(fsys fs.FS, files []string) ([]string, error) {
	c := &checker{fset: token.NewFileSet(), documented: map[string]bool{}, dirs: map[string]bool{}}
	files = slices.Sorted(slices.Values(files))
	for _, name := range files {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			if _, gone := fs.Stat(fsys, name); gone != nil {
				continue
			}
			return nil, err
		}
		c.folder(name)
		if !bytes.ContainsRune(src, 0) {
			c.text(name, src)
		}
		if strings.HasSuffix(name, ".go") && !slices.Contains(strings.Split(name, "/"), "testdata") {
			if err := c.code(name, src); err != nil {
				return nil, err
			}
		}
	}
	for dir, ok := range c.documented {
		if !ok {
			c.report(dir, 0, "no file has a package comment that starts with \"Package %s\"", path.Base(dir))
		}
	}
	for _, want := range folders {
		if !c.dirs[want] {
			c.report(want, 0, "the top-level folder is missing")
		}
	}
	slices.Sort(c.found)
	return slices.Compact(c.found), nil
}

type checker struct {
	fset       *token.FileSet
	documented map[string]bool // by folder of a package
	dirs       map[string]bool // top-level folders met
	found      []string
}

func (c *checker) report(file string, line int, format string, args ...any) {
	where := file
	if line > 0 {
		where = fmt.Sprintf("%s:%d", file, line)
	}
	c.found = append(c.found, where+": "+fmt.Sprintf(format, args...))
}

// folder checks where a file lies.
func (c *checker) folder(name string) {
	parts := strings.Split(name, "/")
	parts = parts[:len(parts)-1]
	if len(parts) == 0 {
		return
	}
	c.dirs[parts[0]] = true
	if !strings.HasPrefix(parts[0], ".") && !slices.Contains(folders, parts[0]) {
		c.report(name, 0, "%s is not one of the top-level folders %s", parts[0], strings.Join(folders, ", "))
	}
	for _, p := range parts {
		if slices.Contains(badFolder, p) {
			c.report(name, 0, "a folder named %s says nothing about what is in it", p)
		}
	}
}

// text checks what may stand in no file at all.
func (c *checker) text(name string, src []byte) {
	for i, line := range bytes.Split(src, []byte("\n")) {
		if m := traces.Find(line); m != nil {
			c.report(name, i+1, "%q names a machine or a host that is none of the project's", bytes.TrimSpace(m))
		}
	}
}

// code checks a Go file.
func (c *checker) code(name string, src []byte) error {
	f, err := parser.ParseFile(c.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir, test := path.Dir(name), strings.HasSuffix(name, "_test.go")
	r, ok := roomOf(dir)
	if !ok {
		c.report(name, 0, "%s is on no map: give it a room in internal/layout and CONTRIBUTING.md", dir)
		return nil
	}
	names := map[string]string{} // what an import is called in this file
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		line := c.fset.Position(spec.Pos()).Line
		base := path.Base(p)
		if spec.Name != nil {
			base = spec.Name.Name
		}
		names[base] = p
		if why := forbidden(r, dir, p, test); why != "" {
			c.report(name, line, "imports %s: %s", p, why)
		}
	}
	if test {
		return nil
	}
	if f.Doc != nil && (f.Name.Name == "main" || strings.HasPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ")) {
		c.documented[dir] = true
	} else if !c.documented[dir] {
		c.documented[dir] = false
	}
	if r.path != "cmd" {
		c.silent(name, f, names)
	}
	if r.kernel {
		c.nameless(name, f)
	}
	return nil
}

func roomOf(dir string) (room, bool) {
	best, ok := room{}, false
	for _, r := range rooms {
		if base, families := strings.CutSuffix(r.path, "/*"); families && strings.HasPrefix(dir, base+"/") || within(dir, r.path) {
			if !ok || len(r.path) > len(best.path) {
				best, ok = r, true
			}
		}
	}
	return best, ok
}

// within reports whether p is q or lies below it; a version suffix counts as below.
func within(p, q string) bool { return p == q || strings.HasPrefix(p, q+"/") }

// family is the folder of an estimator family, "" elsewhere.
func family(dir string) string {
	parts := strings.Split(dir, "/")
	if len(parts) < 2 || parts[0] != "estimators" {
		return ""
	}
	return strings.Join(parts[:2], "/")
}

// forbidden says why a package in dir may not import p, or "".
func forbidden(r room, dir, p string, test bool) string {
	if p == "math/rand" {
		return "its streams are not reproducible here: use math/rand/v2 with an explicit seed"
	}
	inner, ours := strings.CutPrefix(p, module+"/")
	switch {
	case ours && within(inner, "cmd"):
		return "nothing imports a command"
	case test:
		// A test may compare families, read tables and use whatever a test needs, except what one room keeps to itself.
		for m, owners := range owned {
			if within(p, m) && !slices.Contains(append(owners, "cmd", "internal/study"), r.path) {
				return "only " + strings.Join(owners, " and ") + " does that"
			}
		}
		return ""
	case ours:
		dest, _ := roomOf(inner)
		switch sameRoom := dest.path == r.path && family(inner) == family(dir); {
		case dest.tests && !sameRoom:
			return "it is for tests"
		case r.free || sameRoom:
			return ""
		}
		for _, own := range r.own {
			if inner == own || own != "estimators" && within(inner, own) {
				return ""
			}
		}
		return r.path + " may not know it"
	case !strings.Contains(strings.Split(p, "/")[0], "."): // the standard library
		if (r.kernel || within(dir, "estimators")) && slices.Contains(notInMethods, p) {
			return "a method knows no files, flags or logs"
		}
		if r.path != "cmd" && (p == "log" || p == "log/slog") {
			return "libraries never print"
		}
		return ""
	}
	for m, owners := range owned {
		if within(p, m) && !slices.Contains(owners, r.path) {
			return "only " + strings.Join(owners, " and ") + " does that"
		}
	}
	if r.free || slices.ContainsFunc(r.others, func(m string) bool { return within(p, m) }) {
		return ""
	}
	return r.path + " may not use it"
}

// silent checks that a library does not print.
func (c *checker) silent(name string, f *ast.File, names map[string]string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			s := n.Sel.Name
			switch p := names[x.Name]; {
			case p == "fmt" && (s == "Print" || s == "Printf" || s == "Println"), p == "os" && (s == "Stdout" || s == "Stderr" || s == "Exit"):
				c.report(name, c.fset.Position(n.Pos()).Line, "%s.%s: libraries never print or exit", x.Name, s)
			}
		case *ast.CallExpr:
			if x, ok := n.Fun.(*ast.Ident); ok && (x.Name == "print" || x.Name == "println") {
				c.report(name, c.fset.Position(n.Pos()).Line, "%s: libraries never print", x.Name)
			}
		}
		return true
	})
}

// nameless checks that a kernel speaks of vectors and masks, not of what they stand for.
func (c *checker) nameless(name string, f *ast.File) {
	for _, g := range f.Comments {
		for _, k := range g.List {
			if m := kernelWord.FindString(k.Text); m != "" {
				c.report(name, c.fset.Position(k.Pos()).Line, "a kernel does not mention %q", m)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if x, ok := n.(*ast.Ident); ok {
			if m := kernelWord.FindString(x.Name); m != "" {
				c.report(name, c.fset.Position(x.Pos()).Line, "a kernel does not mention %q (%s)", m, x.Name)
			}
		}
		return true
	})
}
