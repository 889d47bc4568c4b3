package study_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"darkfigure/internal/study"
)

const whole = `study: minors-2020
population: {definition: "minors sexually exploited", period: 2020, region: NL, age_below: 18, reference_date: 2020-07-01}
registers:
  police: {file: police.csv, id: bvh, columns: &names {given_name: voornaam, surname: achternaam, birth_date: geboren}}
  care:
    file: care.parquet
    id: dossier
    columns: *names
    missing: ["", onbekend, 9999, 007]
    include:
      period: datum
      region: land
      where: {soort: [SG, onbekend]}
  helpline: {file: helpline.csv, anonymous: true, known_to: {police: bekend_politie, school: {column: bekend_school, registers: []}}}
linkage:
  blocking: [[surname_sound, birth_year], [birth_date]]
  compare: {given_name: name, birth_date: date}
  threshold: 0.6
  draws: 40
  max_pairs: 1e6
estimate: {by: [sex], methods: [auto], level: 0.9}
output: {folder: out}
`

func TestParse(t *testing.T) {
	s, err := study.Parse([]byte(whole), "a/minors.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "minors-2020" || s.File != "minors.yaml" || s.Folder != "out" || len(s.Registers) != 3 || len(s.Linked()) != 2 {
		t.Errorf("%+v", s)
	}
	p := s.Population
	if p.AgeBelow != 18 || p.Reference.String() != "2020-07-01" || p.Period.From.String() != "2020-01-01" || p.Period.To.String() != "2020-12-31" || p.Words() != "minors sexually exploited; NL; 2020" {
		t.Errorf("%+v", p)
	}
	care := s.Registers[1]
	if !reflect.DeepEqual(care.Columns, s.Registers[0].Columns) || len(care.Columns) != 3 {
		t.Errorf("the repeated columns are %v", care.Columns)
	}
	if !slices.Equal(care.Missing, []string{"", "onbekend", "9999", "007"}) {
		t.Errorf("missing codes %q: they keep their digits", care.Missing)
	}
	if care.Include.Period != "datum" || care.Include.Where[0].Column != "soort" || len(care.Include.Where[0].Values) != 2 {
		t.Errorf("include %+v", care.Include)
	}
	h := s.Registers[2]
	if len(h.Known) != 2 || h.Known[0].Column != "bekend_politie" || len(h.Known[1].Registers) != 0 || h.Known[0].Registers[0] != "police" {
		t.Errorf("known %+v", h.Known)
	}
	l := s.Linking
	if l.Threshold != .6 || l.Draws != 40 || l.MaxPairs != 1e6 || l.BlockingOnly || len(l.Blocking) != 2 || len(l.Compare) != 2 {
		t.Errorf("%+v", l)
	}
	if len(s.Estimate.Methods) != 0 || s.Estimate.Levels[0] != .9 {
		t.Errorf("%+v", s.Estimate)
	}
}

func TestLeast(t *testing.T) {
	s, err := study.Parse([]byte("registers: {a: {file: a.csv}}\n"), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "x" || s.Linking.Threshold != .5 || s.Linking.Draws != 60 || s.Linking.MaxPairs != 5e8 || s.Estimate.Levels[0] != .95 {
		t.Errorf("%+v", s)
	}
	only, err := study.Parse([]byte("registers: {a: {file: a.csv}}\nlinkage: {blocking: {only: [[birth_date]]}}\n"), "x.yaml")
	if err != nil || !only.Linking.BlockingOnly || only.Linking.Blocking[0][0] != "birth_date" {
		t.Errorf("%v, %+v", err, only)
	}
}

// TestErrors: every error has the line and says what to do.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"", "x.yaml: the file is empty"},
		{"# only words\n", "x.yaml: the file is empty"},
		{"registers: {a: {file: a.csv}}\n---\nregisters: {}\n", "more than one YAML document"},
		{"study: a\nregistres:\n  a: {file: a.csv}\n", `x.yaml:2: unknown key "registres": did you mean registers?`},
		{"registers:\n  a:\n    file: a.csv\n    identifier: nr\n", `x.yaml:4: unknown key "identifier" in registers.a`},
		{"registers:\n  a:\n    file: a.csv\n    fil: nr\n", `x.yaml:4: unknown key "fil" in registers.a: did you mean file?`},
		{"registers:\n  a: {file: a.csv}\n  A: {file: b.csv}\n", "x.yaml:3: two registers are called A"},
		{"registers:\n  a: {id: nr}\n", "x.yaml:2: registers.a.file: a register has a file"},
		{"registers:\n  a:\n", "x.yaml:2: registers.a: give at least its file"},
		{"registers:\n  a*b: {file: a.csv}\n", "cannot be the name of a register"},
		{"registers: [a.csv]\n", `x.yaml:1: registers: a group of "key: value" lines is expected here, not a list`},
		{"registers:\n  a: {file: [a.csv, b.csv]}\n", "registers.a.file: text is expected here, not a list"},
		{"registers:\n  a: {file: a.csv, columns: {surnam: x}}\n", "registers.a.columns.surnam: unknown field: did you mean surname?"},
		{"registers:\n  a: {file: a.csv, columns: {birthdate: x}}\n", "did you mean birth_date?"},
		{"registers:\n  a: {file: a.csv, columns: {surname: x, given_name: x}}\n", `the column "x" is surname already`},
		{"registers:\n  a: {file: a.csv, columns: {key: [x, y], other: y}}\n", `registers.a.columns.other: the column "y" is key already`},
		{"registers:\n  a: {file: a.csv, columns: {key: [x, x]}}\n", `the column "x" is named twice`},
		{"registers:\n  a: {file: a.csv, columns: {key: []}}\n", "no column is named"},
		{"registers:\n  a: {file: a.csv, columns: {surname: [x, y]}}\n", "registers.a.columns.surname: several columns are of a field that is compared by keys"},
		{"registers:\n  a: {file: a.csv, columns: {birth_date: x, birth_year: y}}\n", "in one column (birth_date) or in parts"},
		{"population:\n  age_below: 18\nregisters:\n  a: {file: a.csv}\n", "x.yaml:2: population.age_below: people have an age on a date: add reference_date"},
		{"population:\n  reference_date: 2020-02-31\nregisters:\n  a: {file: a.csv}\n", `x.yaml:2: population.reference_date: "2020-02-31" is not a date`},
		{"population: {period: lately}\nregisters:\n  a: {file: a.csv}\n", "is not a period"},
		{"registers:\n  a: {file: a.csv, include: {period: d}}\n", "the study has no period"},
		{"registers:\n  a: {file: a.csv, known_to: {b: c}}\n", "this is for a register with anonymous: true"},
		{"registers:\n  a: {file: a.csv, anonymous: true}\n", "needs known_to"},
		{"registers:\n  police: {file: a.csv}\n  b:\n    file: b.csv\n    anonymous: true\n    known_to: {polise: c}\n", "x.yaml:6: registers.b.known_to.polise: there is no register polise that is linked: did you mean police?"},
		{"registers: {a: {file: a.csv}}\nlinkage:\n  threshold: 1.5\n", `x.yaml:3: linkage.threshold: "1.5" is not a number between 0 and 1`},
		{"registers: {a: {file: a.csv}}\nlinkage:\n  draws: many\n", "not a whole number"},
		{"registers: {a: {file: a.csv}}\nlinkage:\n  blocking: [birth_date]\n", "every rule is a list of its own"},
		{"registers: {a: {file: a.csv}}\nlinkage:\n  blocking: none\n", "a list of lists is expected here"},
		{"registers: {a: {file: a.csv, columns: {surname: s}}}\nlinkage:\n  compare: {surnames: name}\n", "no register has the field surnames: did you mean surname?"},
		{"registers: {a: {file: a.csv}}\nlinkage:\n  compare: {surname: nam}\n", `"nam" is not known: did you mean name?`},
		{"registers: {a: {file: a.csv}}\nlinkage: {linked: c.csv, compare: {surname: name}}\n", "the registers are linked already"},
		{"registers: {a: {file: *x}}\n", "no value is marked &x"},
		{"registers: {a: &x {file: a.csv, columns: *x}}\n", ""},
		{"registers: {a: {file: a.csv, file: b.csv}}\n", `already defined`},
	} {
		_, err := study.Parse([]byte(c.src), "x.yaml")
		var syntax *study.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.src, err, c.want)
		}
	}
}

func TestFail(t *testing.T) {
	s, err := study.Parse([]byte(whole), "minors.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"registers.care.id": "minors.yaml:7: x", "registers.care.include.where.soort": "minors.yaml:13: x", "registers.care.nothing": "minors.yaml:5: x", "nothing": "minors.yaml: x"} {
		if got := s.Fail(path, "x").Error(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("registers: {a: &x {file: a.csv, columns: *x}}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := study.Parse(src, "x.yaml")
		var syntax *study.SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Fatalf("%T %v", err, err)
		}
		if err == nil && len(s.Linked()) == 0 {
			t.Fatal("a study without registers")
		}
	})
}
