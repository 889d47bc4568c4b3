package formula_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"darkfigure/internal/formula"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"~ 1":                  "~ 1",
		"~sex+age":             "~ sex + age",
		"~ sex * age":          "~ sex + age + sex:age",
		"~ a*b*c":              "~ a + b + c + a:b + a:c + b:c + a:b:c",
		"~ a + b + a:b + b:a":  "~ a + b + a:b",
		"~ `home town` + a1.b": "~ `home town` + a1.b",
		"~ factor(year) + 1":   "~ factor(year)",
		" ~ leeftijd + één ":   "~ leeftijd + één",
		"~ a:a":                "~ a",
	} {
		f, err := formula.Parse(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		} else if got := f.String(); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"":                  "position 1: a formula starts with ~",
		"sex":               "starts with ~",
		"y ~ sex":           "starts with ~",
		"~":                 "missing at the end",
		"~ a +":             "missing at the end",
		"~ a b":             "'b' stands between terms",
		"~ a - 1":           "the constant is always in",
		"~ 0 + a":           "backticks",
		"~ log(x)":          "position 3: log(…) is no function",
		"~ factor(a":        "closing",
		"~ factor()":        "where a variable should be",
		"~ `a":              "no end",
		"~ a:b":             "needs a as a term of its own",
		"~ a + a:b":         "needs b as a term",
		"~ a+factor(a)":     "both as it is and as a factor",
		"~ \xff":            "not UTF-8",
		"~ a*b*c*d*e*f*g*h": "more than 7",
	} {
		_, err := formula.Parse(in)
		var syntax *formula.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

func TestDesign(t *testing.T) {
	columns := []formula.Column{
		formula.NewColumn("sex", []string{"m", "f", "m"}),
		formula.NewColumn("age", []string{"10", "9", "-1.5"}),
	}
	if l := columns[1].Levels; !slices.Equal(l, []string{"-1.5", "9", "10"}) {
		t.Errorf("levels %v", l)
	}
	f, _ := formula.Parse("~ sex * age")
	d, err := f.Design(columns, 3)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"intercept", "sex=m", "age", "sex=m:age"}; !slices.Equal(d.Names, want) {
		t.Errorf("%v, want %v", d.Names, want)
	}
	if want := []float64{1, 1, 10, 10, 1, 0, 9, 0, 1, 1, -1.5, -1.5}; !slices.Equal(d.X, want) {
		t.Errorf("%v, want %v", d.X, want)
	}
	f, _ = formula.Parse("~ sex * factor(age)")
	d, _ = f.Design(columns, 3)
	if want := []string{"intercept", "sex=m", "age=9", "age=10", "sex=m:age=9", "sex=m:age=10"}; !slices.Equal(d.Names, want) {
		t.Errorf("%v, want %v", d.Names, want)
	}
	if want := []float64{1, 1, 0, 1, 0, 1}; !slices.Equal(d.X[:6], want) {
		t.Errorf("%v, want %v", d.X[:6], want)
	}
	for in, want := range map[string]string{"~ town": "no such column", "~ one": "same everywhere"} {
		f, _ := formula.Parse(in)
		if _, err := f.Design(append(columns, formula.NewColumn("one", []string{"a", "a", "a"})), 3); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// What is written is read again as the same formula.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching("[a-zé_.][a-z0-9 .+:]{0,4}"), 1, 4).Draw(t, "names")
		parts := make([]string, len(names))
		for i, n := range names {
			parts[i] = formula.Variable{Name: n}.String()
		}
		f, err := formula.Parse("~" + strings.Join(parts, rapid.SampledFrom([]string{"+", "*"}).Draw(t, "joined")))
		if err != nil {
			t.Fatal(err)
		}
		again, err := formula.Parse(f.String())
		if err != nil || again.String() != f.String() {
			t.Fatalf("%q is read as %q: %v", f, again, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"~ 1", "~ a*b:`c d`", "~ factor(x) + y", "~ é", "~ a +"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := formula.Parse(s)
		if err != nil {
			_ = err.Error()
			return
		}
		again, err := formula.Parse(parsed.String())
		if err != nil || again.String() != parsed.String() {
			t.Fatalf("%q is read as %q, and that as %q: %v", s, parsed, again, err)
		}
	})
}
