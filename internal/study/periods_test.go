package study_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/study"
)

// linkedStudy links registers by clusters that are given: rows of register, number, year, sex and person.
func linkedStudy(t *testing.T, estimate string, absent map[string]string, rows [][5]string) *study.Linked {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	clusters := "source_dataset,unique_id,cluster_id\n"
	for _, r := range rows {
		if files[r[0]] == "" {
			files[r[0]] = "nr,contact,sex\n"
		}
		files[r[0]] += strings.Join(r[1:4], ",") + "\n"
		clusters += r[0] + "," + r[1] + "," + r[4] + "\n"
	}
	yaml := "registers:\n"
	for _, name := range []string{"a", "b", "c"} {
		if files[name] == "" {
			continue
		}
		yaml += "  " + name + ": {file: " + name + ".csv, id: nr, dates: ymd, columns: {first_contact: contact, sex: sex}" + absent[name] + "}\n"
		if err := os.WriteFile(filepath.Join(dir, name+".csv"), []byte(files[name]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "clusters.csv"), []byte(clusters), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := study.Parse([]byte(yaml+"linkage: {linked: clusters.csv, draws: 2}\nestimate: "+estimate+"\n"), "study.yaml")
	if err != nil {
		t.Fatal(err)
	}
	method := estimators.Method{Name: "independence", New: func(estimators.Options) estimators.Estimator { return named(t, "independence") }}
	l, err := (&study.Job{Study: s, Folder: dir, Seed: 1, Methods: []estimators.Method{method}}).Link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// cells are the counts of a table by levels and pattern.
func cells(table *estimators.Table) (out []string) {
	for _, c := range table.Cells() {
		if c.Count > 0 || c.StructuralZero {
			out = append(out, fmt.Sprintf("%v%d %d", c.Levels, c.Pattern, c.Count))
		}
	}
	slices.Sort(out)
	return out
}

func warned(e estimators.Estimate, code string) bool {
	return slices.ContainsFunc(e.Warnings, func(w estimators.Warning) bool { return w.Code == code })
}

// TestPeriods: by year a person has a history for every year. By hand: person 1 is on a and b in 2018 and on a in 2019, person 2 on a in 2018 and on b in 2019; of
// person 3 b does not say when, and a says 2019; of person 4 nobody says when; of person 5 both a and b say, and b once more without a date.
func TestPeriods(t *testing.T) {
	l := linkedStudy(t, "{by: [first_contact]}", nil, [][5]string{
		{"a", "1", "2018-03-01", "f", "p1"}, {"b", "1", "2018-11-30", "f", "p1"}, {"a", "2", "2019-01-01", "f", "p1"}, {"a", "3", "2019-02-01", "f", "p1"},
		{"a", "4", "2018-03-01", "m", "p2"}, {"b", "2", "2019-03-01", "m", "p2"},
		{"a", "5", "2019-03-01", "f", "p3"}, {"b", "3", "", "f", "p3"},
		{"b", "4", "", "f", "p4"},
		{"a", "6", "2018-05-01", "f", "p5"}, {"b", "5", "2019-05-01", "f", "p5"}, {"b", "6", "", "f", "p5"},
	})
	a, err := l.Job.Estimate(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[2018]1 2", "[2018]3 1", "[2019]1 1", "[2019]2 2", "[2019]3 1", "[]2 1"}
	if got := cells(a.Table); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if n := l.Linkage.Persons.Value; n != 5 {
		t.Errorf("%v persons, want 5", n)
	}
}

// TestPersonPeriods: 60 people whom a and b see in both years, some by one of them alone: the groups are those of one year each, their sum says that it is of
// person-periods, and a table by another field does too. The table of one year alone is the same.
func TestPersonPeriods(t *testing.T) {
	var both, one [][5]string
	n := 0
	for p := range 60 {
		for y, year := range []string{"2018", "2019"} {
			for r, name := range []string{"a", "b"} {
				if (p+y)%3 == r { // of three people, a leaves one out and b another
					continue
				}
				n++
				row := [5]string{name, fmt.Sprint(n), year + "-06-01", []string{"f", "m"}[p%2], fmt.Sprint("p", p)}
				if both = append(both, row); y == 0 {
					one = append(one, row)
				}
			}
		}
	}
	l := linkedStudy(t, "{by: [[first_contact], [sex]]}", nil, both)
	a, err := l.Job.Estimate(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Results.Estimates {
		byYear := len(e.Stratum) > 0 && e.Stratum[0].Name == "first_contact"
		if warned(e, "person-periods") == byYear {
			t.Errorf("%v: warnings %v", e.Stratum, e.Warnings)
		}
		if warned(e, "one-period-each") || warned(e, "groups-disagree") {
			t.Errorf("%v: warnings %v", e.Stratum, e.Warnings)
		}
		if byYear && e.Observed != 60 || len(e.Stratum) == 0 && e.Observed != 120 {
			t.Errorf("%v: %d seen", e.Stratum, e.Observed)
		}
	}
	alone := linkedStudy(t, "{by: [first_contact]}", nil, one)
	b, err := alone.Job.Estimate(t.Context(), alone)
	if err != nil {
		t.Fatal(err)
	}
	group := func(a *study.Answer) estimators.Estimate {
		i := slices.IndexFunc(a.Results.Estimates, func(e estimators.Estimate) bool { return len(e.Stratum) > 0 && e.Stratum[0].Level == "2018" })
		return a.Results.Estimates[i]
	}
	if x, y := group(a), group(b); x.Population != y.Population || x.Observed != y.Observed {
		t.Errorf("2018 of two years: %v of %v; of one: %v of %v", x.Observed, x.Population, y.Observed, y.Population)
	}
	if total := b.Results.Estimates[0]; len(total.Stratum) > 0 || warned(total, "person-periods") {
		t.Errorf("one year: %v, warnings %v", total.Stratum, total.Warnings)
	}
}

// TestFirstContactAlone: registers that name the first contact alone have people in different years, and never in two: warned where there is an estimate, and the years named where
// they leave no overlap.
func TestFirstContactAlone(t *testing.T) {
	var some, none [][5]string
	for p := range 60 {
		year := "2018"
		if p%4 == 0 {
			year = "2019"
		}
		id, who := fmt.Sprint(p), fmt.Sprint("p", p)
		if p%3 != 0 {
			none, some = append(none, [5]string{"a", id, "2018-02-01", "f", who}), append(some, [5]string{"a", id, "2018-02-01", "f", who})
		}
		if p%3 != 1 {
			none, some = append(none, [5]string{"b", id, "2019-02-01", "f", who}), append(some, [5]string{"b", id, year + "-02-01", "f", who})
		}
	}
	l := linkedStudy(t, "{by: [first_contact]}", nil, some)
	a, err := l.Job.Estimate(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range a.Results.Estimates {
		if e.Status != estimators.Refused {
			found = true
			if !warned(e, "one-period-each") {
				t.Errorf("%v: warnings %v", e.Stratum, e.Warnings)
			}
		}
	}
	if !found {
		t.Error("no estimate")
	}
	l = linkedStudy(t, "{by: [first_contact]}", nil, none)
	if a, err = l.Job.Estimate(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Results.Estimates {
		if e.Status != estimators.Refused || !strings.Contains(e.Reason.Text, "of 20 people on several registers 20 are never on two in the same one: leave first_contact out of estimate.by") {
			t.Errorf("%v: %s %v", e.Stratum, e.Status, e.Reason)
		}
	}
}

// TestAbsentByPeriod: c did not run in 2018; a person whom it saw in 2019 alone has no impossible history in 2018.
func TestAbsentByPeriod(t *testing.T) {
	l := linkedStudy(t, "{by: [first_contact]}", map[string]string{"c": ", absent: {first_contact: 2018}"}, [][5]string{
		{"a", "1", "2018-03-01", "f", "p1"}, {"b", "1", "2018-11-30", "f", "p1"}, {"c", "1", "2019-01-01", "f", "p1"},
		{"b", "2", "2018-03-01", "f", "p2"}, {"c", "2", "", "f", "p2"},
	})
	a, err := l.Job.Estimate(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[2018]2 1", "[2018]3 1", "[2018]4 0", "[2018]5 0", "[2018]6 0", "[2018]7 0", "[2019]4 1", "[]4 1"}
	if got := cells(a.Table); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestGroupsDisagree: of 30 people on both registers the records of three disagree about their sex, more than a twentieth.
func TestGroupsDisagree(t *testing.T) {
	for _, c := range []struct {
		differ int
		want   bool
	}{{3, true}, {1, false}} {
		var rows [][5]string
		for p := range 50 {
			id, who, sex := fmt.Sprint(p), fmt.Sprint("p", p), []string{"f", "m"}[p%2]
			if p < 40 {
				rows = append(rows, [5]string{"a", id, "2018-02-01", sex, who})
			}
			if p < c.differ {
				sex = []string{"m", "f"}[p%2]
			}
			if p < 30 || p >= 40 {
				rows = append(rows, [5]string{"b", id, "2018-02-01", sex, who})
			}
		}
		l := linkedStudy(t, "{by: [sex]}", nil, rows)
		a, err := l.Job.Estimate(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range a.Results.Estimates {
			if warned(e, "groups-disagree") != c.want {
				t.Errorf("%d disagree: %v: warnings %v", c.differ, e.Stratum, e.Warnings)
			}
			for _, w := range e.Warnings {
				if w.Code == "groups-disagree" && !strings.HasPrefix(w.Text, "sex: the records of 3 people disagree, of 30 of whom several registers say it") {
					t.Error(w.Text)
				}
			}
		}
	}
}
