package study_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"darkfigure/internal/resample"
	"darkfigure/internal/study"
)

// folder makes a folder with a study file and registers, and reads them.
func folder(t *testing.T, files map[string]string) ([]*study.Records, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := study.Parse([]byte(files["study.yaml"]), "study.yaml")
	if err != nil {
		return nil, err
	}
	return s.Read(t.Context(), dir)
}

const rules = `population: {period: 2020, region: [NL, BES], age_below: 18, reference_date: 2020-07-01}
registers:
  police:
    file: police.csv
    id: nr
    columns: {given_name: voornaam, surname: achternaam, birth_date: geboren, sex: geslacht}
    missing: [onbekend]
    include: {period: datum, region: land, where: {soort: [SG, CG]}}
`

const police = `nr,voornaam,achternaam,geboren,geslacht,datum,land,soort
1,Anna,Bos,2004-05-06,v,2020-03-01,NL,SG
2,Piet,Vos,2001-05-06,m,2020-03-01,NL,SG
3,Anna,Mol,2004-02-31,v,2020-03-01,nl,sg
,Jan,Mol,2004-02-11,m,2020-03-01,NL,SG
5,Eva,Kok,2004-02-11,v,2019-12-31,NL,SG
6,Eva,Kok,2004-02-11,v,2020-12-31,BE,SG
7,Eva,Kok,2004-02-11,v,2020-12-31,BES,AG
8,onbekend,,,v,2020-12-31,NL,SG
9,Eva,Kok,,v,2020-12-31,NL,CG
9,,Kok,,v,2020-12-31,NL,CG
11,Kim,Tan,2002-07-01,v,2020-01-01,NL,SG
12,Kim,Tan,2002-07-02,v,2020-01-01,NL,SG
`

func TestFlow(t *testing.T) {
	all, err := folder(t, map[string]string{"study.yaml": rules, "police.csv": police})
	if err != nil {
		t.Fatal(err)
	}
	r := all[0]
	if !slices.Equal(r.IDs, []string{"1", "3", "9", "12"}) {
		t.Errorf("records %v", r.IDs)
	}
	want := map[string]int64{"no-id": 1, "duplicate-id": 1, "period": 1, "region": 1, "where": 1, "no-field": 1, "age": 2}
	sum := r.Flow.Records
	for _, e := range r.Flow.Excluded {
		if want[e.Reason] != e.Count {
			t.Errorf("%s: %d, want %d", e.Reason, e.Count, want[e.Reason])
		}
		delete(want, e.Reason)
		sum += e.Count
	}
	if len(want) > 0 || sum != r.Flow.Read || r.Flow.Read != 12 {
		t.Errorf("missing %v; %d of %d", want, sum, r.Flow.Read)
	}
	if got := r.Values[1]; !slices.Equal(got, []string{"Anna", "Mol", "2004-00-00", "v"}) {
		t.Errorf("an impossible date: %v", got)
	}
	remarks := strings.Join(r.Remarks, "\n")
	for _, want := range []string{"police: 1 record left out: outside the period (police.csv line 6)", "police: 2 records left out: outside the ages of the population (police.csv lines 3, 12)",
		"police: 1 record: birth_date is no date of the calendar: read as the year alone (police.csv line 4)",
		"police: 1 record: kept although it cannot be told whether the age is that of the population (police.csv line 10)"} {
		if !strings.Contains(remarks, want) {
			t.Errorf("%q is not in\n%s", want, remarks)
		}
	}
	altered := fmt.Sprint(r.Flow.Altered)
	for _, want := range []string{"{impossible-date birth_date is no date of the calendar: read as the year alone 1}", "{unknown  kept although it cannot be told whether the age is that of the population 1}"} {
		if !strings.Contains(altered, want) {
			t.Errorf("%q is not in %s", want, altered)
		}
	}
	for _, value := range []string{"Anna", "Bos", "2004", "Kok"} {
		if strings.Contains(remarks, value) {
			t.Errorf("the value %s of a person is in the remarks", value)
		}
	}
	excluded, err := folder(t, map[string]string{"study.yaml": strings.Replace(rules, "{period: 2020,", "{unknown: exclude, period: 2020,", 1), "police.csv": police})
	if err != nil {
		t.Fatal(err)
	}
	if got := excluded[0].IDs; !slices.Equal(got, []string{"1", "3", "12"}) {
		t.Errorf("without those that cannot be told: %v", got)
	}
}

// TestRowOrder: the same records whatever the order of the rows.
func TestRowOrder(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(police), "\n")
	var first []string
	for k := range 5 {
		rows := slices.Clone(lines[1:])
		if k > 0 {
			resample.Stream(4, uint64(k)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
		all, err := folder(t, map[string]string{"study.yaml": rules, "police.csv": lines[0] + "\n" + strings.Join(rows, "\n") + "\n"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, id := range all[0].IDs {
			got = append(got, fmt.Sprint(id, all[0].Values[i]))
		}
		slices.Sort(got)
		all[0].Flow.SHA256 = "" // of the file
		got = append(got, fmt.Sprint(all[0].Flow))
		if k == 0 {
			first = got
		} else if !slices.Equal(got, first) {
			t.Errorf("order %d: %v, want %v", k, got, first)
		}
	}
}

func TestBadRegisters(t *testing.T) {
	with := func(study, csv string) map[string]string {
		return map[string]string{"study.yaml": study, "police.csv": csv}
	}
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{with("registers:\n  a:\n    file: police.csv\n    id: nr\n    columns:\n      surname: Achternamen\n", police), `study.yaml:6: registers.a.columns.surname: police.csv has no column "Achternamen": did you mean achternaam?`},
		{with("registers:\n  a:\n    file: police.csv\n    id: number\n", police), `study.yaml:4: registers.a.id: police.csv has no column "number"`},
		{with("registers:\n  a:\n    file: police.csv\n    id: nr\n    columns: {surname: achternaam, given_name: voornaam}\n", "nr,voornaam,achternaam\nnr,voornaam,achternaam\n1,A,B\n"), "police.csv:2: the row repeats the names of the columns"},
		{with("registers:\n  a:\n    file: police.csv\n    id: nr\n    columns: {surname: achternaam, given_name: voornaam}\n", "Register 2020,,\nnr,voornaam,achternaam\n1,A,B\n"), "police.csv:2: the names of the columns stand here"},
		{with("registers:\n  a:\n    file: police.csv\n    id: nr\n    columns: {birth_date: d, sex: s}\n", "nr,d,s\n(number),(date),(m or v)\n1,2004-03-04,v\n2,2005-06-07,m\n"), "police.csv:2: the dates and the sex of the first row are none: is it a second header?"},
		{with("registers:\n  a:\n    file: police.csv\n    id: nr\n    columns: {birth_date: d}\n", "nr,d\n1,03-04-2004\n2,05-06-2005\n"), `such as "99-99-9999" (line 2): no day above 12 decides; give the format, dmy or mdy; 9 stands for a digit`},
	} {
		_, err := folder(t, c.files)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "2004") {
			t.Errorf("a value of a person: %v", err)
		}
	}
}

// TestRecognised: a register that names no columns is read by their names.
func TestRecognised(t *testing.T) {
	all, err := folder(t, map[string]string{"study.yaml": "registers: {a: {file: a.csv}}\n",
		"a.csv": "source,unique_id,true_id,fname_c1,fname_c2,lname_c1,lname_c2,by,bm,bd\nA,1,3606,FRANK,,MUELLER,,1967,9,27\n"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"given_name", "fname_c2", "surname", "lname_c2", "birth_year", "birth_month", "birth_day"}
	if got := all[0].Fields; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if all[0].IDs[0] != "1" || all[0].Values[0][4] != "1967" {
		t.Errorf("%+v", all[0])
	}
}

// The keys of a field in several columns are one value; those that are missing leave nothing.
func TestKeysInColumns(t *testing.T) {
	all, err := folder(t, map[string]string{"study.yaml": "registers: {a: {file: a.csv, id: nr, columns: {key: [k1, k2, k3], place: p}}}\n",
		"a.csv": "nr,k1,p,k2,k3\n1,aa,x,bb,cc\n2,,y,bb,\n3,aa|dd,z,,cc\n4,,x,,\n"})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"aa;bb;cc", "x"}, {"bb", "y"}, {"aa|dd;cc", "z"}, {"", "x"}}
	if !slices.EqualFunc(all[0].Values, want, slices.Equal) || !slices.Equal(all[0].Fields, []string{"key", "place"}) {
		t.Errorf("%v: %v, want %v", all[0].Fields, all[0].Values, want)
	}
	_, err = folder(t, map[string]string{"study.yaml": "registers: {a: {file: a.csv, id: nr, columns: {key: [k1, k4]}}}\n", "a.csv": "nr,k1\n1,aa\n"})
	if err == nil || !strings.Contains(err.Error(), `registers.a.columns.key: a.csv has no column "k4"`) {
		t.Errorf("a missing column: %v", err)
	}
}
