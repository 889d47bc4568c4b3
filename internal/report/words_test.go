package report_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/report"
)

var verb = regexp.MustCompile(`%[s12]`)

// No key misses in either language, and both take the same arguments.
func TestNoWordMisses(t *testing.T) {
	for key, words := range report.Catalogue {
		if words[0] == "" || words[1] == "" {
			t.Errorf("%s misses in English or Dutch", key)
		}
		if a, b := len(verb.FindAllString(words[0], -1)), len(verb.FindAllString(words[1], -1)); a != b {
			t.Errorf("%s takes %d arguments in English and %d in Dutch", key, a, b)
		}
		for _, w := range words {
			if strings.Count(w, "**")%2 != 0 || strings.Count(w, "`")%2 != 0 {
				t.Errorf("%s: a mark is not closed: %s", key, w)
			}
			if strings.Contains(w, "±2") == false && strings.Contains(w, "±") {
				t.Errorf("%s: an interval is never written with ±", key)
			}
		}
	}
}

// Every key that the code says is in the catalogue, and every key of the catalogue is said.
func TestEveryWordIsUsed(t *testing.T) {
	said := map[string]bool{}
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatal("no source files", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || name == "words.go" {
			continue
		}
		source, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					s, _ := strconv.Unquote(n.Value)
					said[s] = true
				}
			case *ast.CallExpr:
				for _, k := range keysOf(n) {
					if _, ok := report.Catalogue[k]; !ok {
						t.Errorf("%s: no words for %q", files.Position(n.Pos()), k)
					}
				}
			}
			return true
		})
	}
	for key := range report.Catalogue {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".many"), "-better")
		prefix := strings.HasPrefix(key, "interval-") || strings.HasPrefix(key, "word-") || strings.HasPrefix(key, "means-") || strings.HasPrefix(key, "scheme-")
		if !said[base] && !prefix {
			t.Errorf("nobody says %q", key)
		}
	}
}

// keysOf are the keys that a call of say or plural with a literal key needs.
func keysOf(call *ast.CallExpr) []string {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return nil
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return nil
	}
	key, _ := strconv.Unquote(literal.Value)
	switch method.Sel.Name {
	case "say":
		return []string{key}
	case "plural":
		return []string{key + ".one", key + ".many"}
	}
	return nil
}

// Every code of a warning or a refusal, and every kind of interval, has words in Dutch.
func TestCodesInDutch(t *testing.T) {
	dutch := report.DutchCodes()
	var known []string
	for _, c := range estimators.Codes() {
		known = append(known, c.Code)
		if d := dutch[c.Code]; d[0] == "" || d[1] == "" {
			t.Errorf("the code %s has no words in Dutch: add them to words.go", c.Code)
		}
	}
	for c := range dutch {
		if !slices.Contains(known, c) {
			t.Errorf("the code %s has words in Dutch but does not exist", c)
		}
	}
	for _, k := range []estimators.IntervalKind{estimators.Profile, estimators.LogNormal, estimators.Wald, estimators.Waring, estimators.Sadinle, estimators.Exact, estimators.MidP, estimators.Percentile,
		estimators.Basic, estimators.Studentised, estimators.BCa, estimators.Calibrated, estimators.Mixture, estimators.Bootstrap, estimators.BootWald, estimators.Penalised} {
		if _, ok := report.Catalogue["interval-"+string(k)]; !ok {
			t.Errorf("the interval %s has no name", k)
		}
	}
}

func TestShortNames(t *testing.T) {
	lists := []string{"LA", "police and border guard", "police and others guard", "Register 10", "Register 11", "قائمة الشرطة الوطنية", ""}
	short := report.ShortNames(lists)
	seen := map[string]bool{}
	for i, s := range short {
		if seen[s] || len([]rune(s)) > 12 {
			t.Errorf("%q became %q", lists[i], s)
		}
		seen[s] = true
	}
	if short[0] != "LA" {
		t.Errorf("LA became %q", short[0])
	}
}
