package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// results runs a command with --format json and returns what it wrote.
func results(t *testing.T, args ...string) map[string]any {
	t.Helper()
	status, out, stderr := call(t, append(args, "--format", "json")...)
	if status != exitDone {
		t.Fatalf("%v: exit status %d: %s", args, status, stderr)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return v
}

// at walks into a JSON value: names are fields, numbers places in an array.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for i, p := range path {
		switch p := p.(type) {
		case string:
			object, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v: not an object", path[:i])
			}
			if v, ok = object[p]; !ok {
				t.Fatalf("%v: the field is missing", path[:i+1])
			}
		case int:
			array, ok := v.([]any)
			if !ok || p >= len(array) {
				t.Fatalf("%v: no such element", path[:i+1])
			}
			v = array[p]
		}
	}
	return v
}

func near(t *testing.T, name string, got any, want, tolerance float64) {
	t.Helper()
	x, ok := got.(float64)
	if !ok || math.Abs(x-want) > tolerance*math.Abs(want) {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

func has(t *testing.T, name string, got any, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

// TestEstimateContract holds the JSON of estimate to what is promised to notebooks and other programs, field by
// field. The fit of the selected model [123,25,34] is that of Rcapture 1.4-4 (testdata/reference/models/uk5.csv); the limits
// are those of the exact multinomial profile to the digits printed.
func TestEstimateContract(t *testing.T) {
	r := results(t, "estimate", table("uk5.csv"), "--boot", "0")
	has(t, "schema", at(t, r, "schema"), "darkfigure/estimates/v1")

	has(t, "source", at(t, r, "data", "source"), "uk5.csv")
	if sum := at(t, r, "data", "sha256").(string); len(sum) != 64 {
		t.Errorf("sha256 = %q", sum)
	}
	has(t, "lists", at(t, r, "data", "lists"), []any{"LA", "NG", "PFNCA", "GO", "GP"})
	has(t, "observed", at(t, r, "data", "observed"), 2744)
	has(t, "cells", at(t, r, "data", "cells"), 31)
	has(t, "occupied", at(t, r, "data", "occupied"), 18)

	if n := len(at(t, r, "estimates").([]any)); n != 1 {
		t.Fatalf("%d estimates", n)
	}
	e := at(t, r, "estimates", 0)
	has(t, "method", at(t, e, "method"), "loglinear")
	has(t, "model", at(t, e, "model"), "[LA*NG*PFNCA,NG*GP,PFNCA*GO]")
	has(t, "stratum", at(t, e, "stratum"), map[string]any{})
	has(t, "observed", at(t, e, "observed"), 2744)
	near(t, "population", at(t, e, "population"), 25311.2906125325, 1e-8)
	near(t, "hidden", at(t, e, "hidden"), 25311.2906125325-2744, 1e-8)
	near(t, "se", at(t, e, "se"), 3638.30111484191, 1e-6)

	for _, i := range []any{at(t, e, "interval"), at(t, e, "intervals", 0)} {
		has(t, "kind", at(t, i, "kind"), "profile")
		has(t, "level", at(t, i, "level"), 0.95)
		near(t, "lower", at(t, i, "lower"), 19389.3, 1e-5)
		near(t, "upper", at(t, i, "upper"), 34111.0, 1e-5)
	}
	near(t, "share", at(t, e, "visibility", "share"), 2744/25311.2906125325, 1e-8)
	near(t, "visibility.lower", at(t, e, "visibility", "lower"), 2744/34111.0, 1e-5)
	near(t, "visibility.upper", at(t, e, "visibility", "upper"), 2744/19389.3, 1e-5)

	has(t, "parameters", at(t, e, "fit", "parameters"), 12)
	has(t, "df", at(t, e, "fit", "df"), 19)
	near(t, "deviance", at(t, e, "fit", "deviance"), 13.6257946047022, 1e-8)
	near(t, "aic", at(t, e, "fit", "aic"), 124.873041778065, 1e-8)
	near(t, "bic", at(t, e, "fit", "bic"), 195.879105644214, 1e-8)
	near(t, "loglik", at(t, e, "fit", "loglik"), (2*12-124.873041778065)/2, 1e-8)

	has(t, "status", at(t, e, "status"), "warning")
	var codes []string
	for _, w := range at(t, e, "warnings").([]any) {
		codes = append(codes, at(t, w, "code").(string))
		if at(t, w, "text").(string) == "" {
			t.Error("a warning without text")
		}
	}
	if !slices.Contains(codes, "near-tied-models") {
		t.Errorf("warnings %v lack near-tied-models", codes)
	}
	has(t, "version", at(t, r, "run", "version"), "v0.0.0-test")
	has(t, "command", at(t, r, "run", "command"), []any{"darkfigure", "estimate", "uk5.csv", "--boot", "0"})
	has(t, "seed", at(t, r, "run", "seed"), 1)

	// What the report draws is there, so that it can be made from this file.
	for _, path := range [][]any{{"description", "pairs", 9}, {"cards", 0, "assumes"}, {"estimates", 0, "profile", 0},
		{"estimates", 0, "residuals", 30}, {"estimates", 0, "selection", "candidates", 13}, {"data", "counts", 17}} {
		at(t, r, path...)
	}
}

// TestRefusedContract: a refused estimate has no numbers and a reason.
func TestRefusedContract(t *testing.T) {
	if testing.Short() {
		t.Skip("every method is run")
	}
	r := results(t, "compare", table("uk5.csv"))
	estimates := at(t, r, "estimates").([]any)
	refused := 0
	for _, e := range estimates {
		if at(t, e, "status") != "refused" {
			if refused > 0 {
				t.Errorf("%v stands behind a refusal", at(t, e, "method"))
			}
			continue
		}
		refused++
		for _, field := range []string{"population", "hidden", "se", "interval", "visibility"} {
			if v := at(t, e, field); v != nil {
				t.Errorf("%v: %s = %v, want null", at(t, e, "method"), field, v)
			}
		}
		if at(t, e, "reason", "code").(string) == "" || at(t, e, "reason", "text").(string) == "" {
			t.Errorf("%v: a refusal without code or text", at(t, e, "method"))
		}
	}
	if refused == 0 {
		t.Error("coverage-high is refused on a coverage of 19%, and the behavioural models without --ordered")
	}
}

// TestLevelsContract: every level asked for is in intervals, and the first is interval.
func TestLevelsContract(t *testing.T) {
	e := at(t, results(t, "estimate", table("uk5.csv"), "--level", "80%", "--level", "0.95", "--boot", "0"), "estimates", 0)
	has(t, "level", at(t, e, "interval", "level"), 0.8)
	has(t, "first level", at(t, e, "intervals", 0, "level"), 0.8)
	has(t, "second level", at(t, e, "intervals", 1, "level"), 0.95)
	if len(at(t, e, "intervals").([]any)) != 2 {
		t.Error("not two intervals")
	}
}

// TestModelsContract: the fields of an estimate per model, and its weight.
func TestModelsContract(t *testing.T) {
	r := results(t, "models", table("uk5.csv"), "--within", "6")
	has(t, "schema", at(t, r, "schema"), "darkfigure/models/v1")
	models := at(t, r, "models").([]any)
	if len(models) != 14 {
		t.Errorf("%d models within 6 BIC units, want 14", len(models))
	}
	total := 0.0
	for i, m := range models {
		total += at(t, m, "weight").(float64)
		if i > 0 && at(t, m, "fit", "bic").(float64) < at(t, models[i-1], "fit", "bic").(float64) {
			t.Errorf("model %d is better than the one before", i)
		}
	}
	near(t, "sum of weights", total, 1, 1e-9)
	has(t, "best", at(t, models[0], "model"), "[LA*NG*PFNCA,NG*GP,PFNCA*GO]")
	at(t, r, "data", "lists")
	at(t, r, "run", "command")
}

// TestDescribeContract holds describe to its schema.
func TestDescribeContract(t *testing.T) {
	r := results(t, "describe", table("uk5.csv"))
	has(t, "schema", at(t, r, "schema"), "darkfigure/describe/v1")
	at(t, r, "data", "sha256")
	at(t, r, "run", "version")
	d := at(t, r, "description")
	has(t, "total of LA", at(t, d, "lists", 0, "total"), 94)
	has(t, "f1", at(t, d, "captures", 0, "f"), 2523)
	has(t, "pairs", len(at(t, d, "pairs").([]any)), 10)
}

// TestTidyContract: one row per estimate, with the columns promised.
func TestTidyContract(t *testing.T) {
	const columns = "method,model,observed,hidden,population,se,lower,upper,level,interval,visibility,visibility_lower,visibility_upper,parameters,df,deviance,loglik,aic,bic,status,reason,seed"
	const added = ",bound,warnings,near_lower,near_upper,source,sha256" // fields are only ever added
	for _, c := range []struct{ command, header string }{{"estimate", columns + added}, {"compare", columns + added}, {"models", columns + ",weight" + added}} {
		_, out, _ := call(t, c.command, table("korea.csv"), "--format", "csv")
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(rows[0], ","); got != c.header {
			t.Errorf("%s: columns %s", c.command, got)
		}
	}
}

// TestLinkageContract holds the JSON of link, which is linkage.json too, to its schema.
func TestLinkageContract(t *testing.T) {
	r := results(t, "link", "../../testdata/registers/study.yaml", "--quiet")
	has(t, "schema", at(t, r, "schema"), "darkfigure/linkage/v1")
	for _, path := range [][]any{{"study"}, {"population"}, {"threshold"}, {"fields", 0, "name"}, {"fields", 0, "levels", 0, "m_probability"}, {"fields", 0, "levels", 0, "u_probability"},
		{"fields", 0, "levels", 0, "match_weight"}, {"blocking", "all_pairs"}, {"blocking", "possible"}, {"blocking", "compared"}, {"weights", "edges", 1}, {"weights", "accepted", 0},
		{"weights", "other", 0}, {"weights", "matches", 0}, {"weights", "threshold"}, {"overlaps", 6, "lists", 2}, {"overlaps", 6, "point"}, {"overlaps", 6, "draws", "lower"},
		{"persons", "value"}, {"chains", "draws"}, {"chains", "r_hat"}, {"hardest", 0, "cluster"}, {"run", "version"}, {"run", "seed"}} {
		at(t, r, path...)
	}
	has(t, "command", at(t, r, "run", "command"), []any{"darkfigure", "link", "study.yaml"})
	registers := at(t, r, "registers").([]any)
	if len(registers) != 4 {
		t.Fatalf("%d registers", len(registers))
	}
	has(t, "anonymous", at(t, registers[0], "anonymous"), true)
	for _, x := range registers[1:] {
		for _, field := range []string{"name", "file", "sha256", "read", "records", "persons", "duplicates", "missing", "unlinkable"} {
			at(t, x, field)
		}
	}
	for _, field := range []string{"reason", "field", "text", "count"} {
		at(t, registers[1], "altered", 0, field)
	}
	pairs := at(t, r, "pairs").([]any)
	if len(pairs) != 6 {
		t.Fatalf("%d pairs of registers", len(pairs))
	}
	for _, p := range pairs {
		for _, field := range []string{"a", "b", "possible", "compared", "em_matches", "accepted", "links", "false_match_rate", "missed_match_rate", "beyond"} {
			at(t, p, field)
		}
	}
}
