package scenario_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/internal/scenario"
)

// three independent registers, as in the designs that the linkage is judged by.
const three = `
population: {size: 1300}
registers:
  politie: {share: 0.30}
  zorg: {share: 0.25}
  jeugd: {share: 0.20}
`

// everything at once.
const dependent = `
population: {size: 40000, classes: [0.6, 0.3, 0.1]}
registers:
  chat: {share: 0.12, anonymous: true, odds: {severity: 1.3}, known_to: {politie: bekend_p, zorg: bekend_z}, says_known: 0.8, says_unknown: 0.95, asked: 0.7}
  politie: {share: 0.2, odds: {severity: 2, female: 0.5, criminal: 3, class_2: 2}, duplicates: 0.12, columns: {given_name: a, surname: b, birth_date: c, sex: d, place: e, nationality: f, age: g, form: h}, dates: dmy, sexes: [vrouw, man]}
  zorg: {share: 0.25, odds: {severity: 1.5, age: 0.9, dutch: 1.5}, missing: 2}
  jeugd: {share: 0.05, errors: 0.5, capitals: true}
referral:
  - {from: politie, to: zorg, odds_ratio: 3}
`

func world(t testing.TB, src string) *scenario.World {
	t.Helper()
	r, err := scenario.ParseRegisters([]byte(src), "registers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.World()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func sized(src, from, to string) string { return strings.Replace(src, from, to, 1) }

func TestRegistersHaveTheirSharesInExpectation(t *testing.T) {
	w := world(t, dependent)
	for k, l := range w.Design.Lists {
		sum, total := 0.0, 0.0
		for h, p := range w.Expected {
			total += p
			if h>>k&1 == 1 {
				sum += p
			}
		}
		if math.Abs(sum-l.Share) > 1e-9 || math.Abs(total-1) > 1e-9 {
			t.Errorf("%s has %.12f of the people, and all patterns together %.12f", l.Name, sum, total)
		}
	}
	// Police refer to care, and severity makes both likelier: more than by chance are on both.
	both := w.Expected[0b0110] + w.Expected[0b0111] + w.Expected[0b1110] + w.Expected[0b1111]
	if both < 0.2*0.25*1.2 {
		t.Errorf("%.4f are on both", both)
	}
	// Nobody's odds: independent exactly.
	if got := world(t, three).Expected; math.Abs(got[0b111]-0.3*0.25*0.2) > 1e-15 || math.Abs(got[0]-0.7*0.75*0.8) > 1e-15 {
		t.Errorf("independent registers have expected shares %v", got)
	}
}

// The people drawn are those expected, within what chance allows: 4.5 standard errors on each of 16 cells.
func TestPeopleAreCapturedAsExpected(t *testing.T) {
	w := world(t, dependent)
	truth, err := w.Truth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := float64(truth.Population)
	for _, c := range truth.Everything {
		h := 0
		for _, name := range c.On {
			h |= 1 << slices.IndexFunc(w.Design.Lists, func(l scenario.Register) bool { return l.Name == name })
		}
		p := w.Expected[h]
		if d := math.Abs(float64(c.Persons) - n*p); d > 4.5*math.Sqrt(n*p*(1-p))+1 {
			t.Errorf("%v: %d persons, expected %.1f", c.On, c.Persons, n*p)
		}
	}
	table := 0
	for _, c := range truth.Table {
		table += c.Persons
	}
	if table != truth.Observed || truth.Observed+truth.Hidden != truth.Population || slices.Contains(truth.Lists, "chat") {
		t.Errorf("the table holds %d, observed %d, hidden %d of %d", table, truth.Observed, truth.Hidden, truth.Population)
	}
	for k, r := range truth.Registers {
		s := w.Sheet(k)
		persons := slices.Compact(slices.Sorted(slices.Values(s.Person)))
		if len(s.Rows) != r.Records || len(persons) != r.Persons || len(s.Rows) != len(s.Person) {
			t.Errorf("%s has %d records of %d persons, in truth %d of %d", r.Name, len(s.Rows), len(persons), r.Records, r.Persons)
		}
		if want := float64(r.Persons) * w.Design.Lists[k].Duplicates; math.Abs(float64(r.Records-r.Persons)-want) > 4.5*math.Sqrt(want)+1e-9 {
			t.Errorf("%s has %d further records, expected %.0f", r.Name, r.Records-r.Persons, want)
		}
	}
}

func TestRecordsAreTheSameInParts(t *testing.T) {
	w := world(t, sized(dependent, "40000", "500"))
	for k := range w.Design.Lists {
		whole := w.Sheet(k)
		n := 0
		for from := 0; from < w.Slots(); from += 77 {
			err := w.Pen(k).Records(from, min(from+77, w.Slots()), func(r *scenario.Record) error {
				row := w.Design.Lists[k].Row(r, n+1, nil)
				if !slices.Equal(row, whole.Rows[n]) || r.Person != whole.Person[n] {
					t.Fatalf("record %d is %v of %d, not %v of %d", n, row, r.Person, whole.Rows[n], whole.Person[n])
				}
				n++
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if n != len(whole.Rows) {
			t.Errorf("%d records in parts, %d in one", n, len(whole.Rows))
		}
		if slices.IsSorted(whole.Person) {
			t.Errorf("the order of register %d tells who is who", k)
		}
	}
	stop := errors.New("stop")
	if err := w.Pen(1).Records(0, w.Slots(), func(*scenario.Record) error { return stop }); err != stop {
		t.Errorf("the error of f comes back as %v", err)
	}
}

func TestSeedsMakeOtherPeople(t *testing.T) {
	w := world(t, three)
	a, again, b := w.Sheet(0), w.At(1).Sheet(0), w.At(2).Sheet(0)
	same := func(x, y *scenario.Sheet) bool {
		return slices.EqualFunc(x.Rows, y.Rows, func(a, b []string) bool { return slices.Equal(a, b) })
	}
	if !same(a, again) || same(a, b) {
		t.Error("the seed decides who there is")
	}
}

// The rates of errors are those asked for, and poor records have their share of them.
func TestErrorsAreAsFrequentAsAsked(t *testing.T) {
	w := world(t, sized(three, "1300", "60000"))
	clean := world(t, sized(three, "1300", "60000")+"errors: {rate: 0, missing: 0, moved: 0}\n")
	true_ := map[int]scenario.Record{}
	for k := range 3 {
		clean.Pen(k).Records(0, clean.Slots(), func(r *scenario.Record) error { true_[r.Person] = *r; return nil })
	}
	var n, poor, given, surname, birth, sex, place, noGiven, noSurname, noBirth, yearOnly, initial, poorGiven, swapped, newYear float64
	for k := range 3 {
		w.Pen(k).Records(0, w.Slots(), func(r *scenario.Record) error {
			x, ok := true_[r.Person]
			if !ok {
				t.Fatalf("person %d is in a register with errors only", r.Person)
			}
			n++
			if r.Poor {
				poor++
			}
			switch {
			case r.Given == "":
				noGiven++
			case r.Given != x.Given:
				given++
				if len(r.Given) == 1 {
					initial++
				}
				if r.Poor {
					poorGiven++
				}
			}
			switch {
			case r.Surname == "":
				noSurname++
			case r.Surname != x.Surname && !strings.HasPrefix(r.Surname, x.Surname+", ") && !strings.HasSuffix(r.Surname, x.Surname):
				surname++
			}
			switch {
			case r.Birth.Year == 0:
				noBirth++
			case r.Birth.Month == 0:
				yearOnly++
			case r.Birth != x.Birth:
				birth++
				if r.Birth.Day == x.Birth.Month && r.Birth.Month == x.Birth.Day {
					swapped++
				}
				if r.Birth.Day == 1 && r.Birth.Month == 1 {
					newYear++
				}
			}
			if r.SexUnknown || r.Female != x.Female {
				sex++
			}
			if r.Place != x.Place {
				place++
			}
			return nil
		})
	}
	near := func(what string, got, want, of float64) {
		t.Helper()
		if math.Abs(got-want*of) > 4.5*math.Sqrt(of*want*(1-want)) {
			t.Errorf("%s: %.4f instead of %.4f", what, got/of, want)
		}
	}
	near("poor", poor, 0.20, n)
	// An error that is lost because the field is missing too: 0.2·0.3·0.15 + 0.8·0.05·0.025 = 0.01 of the records.
	near("given name wrong", given, 0.10-0.01, n)
	near("given name missing", noGiven, 0.05, n)
	near("surname missing", noSurname, 0.025, n)
	near("birth date missing", noBirth, 0.025, n)
	near("year alone", yearOnly, 0.025, n)
	near("birth date wrong", birth, 0.10-0.01, n)
	near("sex wrong or missing", sex, 0.02, n)
	near("initial alone", initial, 0.15, given)
	near("poor records among wrong names", poorGiven, 0.2*0.3*0.85/(0.2*0.3*0.85+0.8*0.05*0.975), given)
	if surname < 0.075*n || surname > 0.095*n { // an ending that is the whole of another name hides a few
		t.Errorf("surname wrong: %.4f", surname/n)
	}
	if swapped < 0.05*birth || swapped > 0.20*birth || newYear < 0.13*birth { // a swap is often no date: another error takes its place
		t.Errorf("swapped %.3f, 1 January %.3f of the wrong birth dates", swapped/birth, newYear/birth)
	}
	if place < 0.085*n || place > 0.1*n { // some move to where they were
		t.Errorf("moved: %.4f", place/n)
	}
}

// Visitors are asked whether anybody knows them: those on a register with names mostly say yes, others mostly no, and what was drawn before stays.
func TestKnownToAnyone(t *testing.T) {
	with := strings.Replace(dependent, "known_to: {politie: bekend_p, zorg: bekend_z},", "known_to: {politie: bekend_p, zorg: bekend_z}, known_to_anyone: bekend,", 1)
	if with == dependent {
		t.Fatal("the design has no such register")
	}
	w, before := world(t, with), world(t, dependent)
	named := map[int]bool{}
	for k := range w.Design.Lists {
		if !w.Design.Lists[k].Anonymous {
			for _, p := range w.Sheet(k).Person {
				named[p] = true
			}
		}
	}
	s, old := w.Sheet(0), before.Sheet(0)
	if s.Header[len(s.Header)-1] != "bekend" {
		t.Fatalf("the header is %v", s.Header)
	}
	counts := map[[2]bool]float64{} // known, says so
	for i, row := range s.Rows {
		if !slices.Equal(row[:len(row)-1], old.Rows[i]) {
			t.Fatalf("visitor %d is %v, without the question %v", i, row, old.Rows[i])
		}
		if says := row[len(row)-1]; says != "" {
			counts[[2]bool{named[s.Person[i]], says == "ja"}]++
		}
	}
	for known, want := range map[bool]float64{true: 0.8, false: 0.05} {
		n := counts[[2]bool{known, true}] + counts[[2]bool{known, false}]
		if got := counts[[2]bool{known, true}]; n < 20 || math.Abs(got-n*want) > 4.5*math.Sqrt(n*want*(1-want)) {
			t.Errorf("of %.0f visitors, known to somebody: %v, %.0f say so, expected a share of %.2f", n, known, got, want)
		}
	}
	if text, err := w.Design.StudyFile(); err != nil || !strings.Contains(text, "known_to_anyone: bekend") {
		t.Errorf("the study file does not name the question:\n%s", text)
	}
}

func TestAnswersOfTheAnonymous(t *testing.T) {
	w := world(t, dependent)
	police := map[int]bool{}
	for _, p := range w.Sheet(1).Person {
		police[p] = true
	}
	var asked, n, known, knownYes, unknown, unknownNo float64
	s := w.Sheet(0)
	if want := []string{"nummer", "datum", "leeftijd", "geslacht", "bekend_p", "bekend_z"}; !slices.Equal(s.Header, want) {
		t.Errorf("the header is %v", s.Header)
	}
	for i, row := range s.Rows {
		n++
		says := row[4]
		if says == "" {
			continue
		}
		asked++
		if police[s.Person[i]] {
			known++
			if says == "ja" {
				knownYes++
			}
		} else {
			unknown++
			if says == "nee" {
				unknownNo++
			}
		}
	}
	for _, x := range []struct {
		what          string
		got, of, want float64
	}{{"asked", asked, n, 0.7}, {"known say yes", knownYes, known, 0.8}, {"unknown say no", unknownNo, unknown, 0.95}} {
		if math.Abs(x.got-x.of*x.want) > 4.5*math.Sqrt(x.of*x.want*(1-x.want)) {
			t.Errorf("%s: %.0f of %.0f, not %.2f", x.what, x.got, x.of, x.want)
		}
	}
}

// Every mistake in a file is an error at its line.
func TestRegistersFileErrors(t *testing.T) {
	for _, x := range []struct{ from, to, line, says string }{
		{"size: 40000", "size: 0", "2", "size is 0"},
		{"size: 40000", "sise: 40000", "2", "unknown key"},
		{"0.6, 0.3, 0.1", "0.6, 0.3", "2", "add up to 0.9"},
		{"share: 0.2,", "share: 1.2,", "5", "lies between 0 and 1"},
		{"share: 0.2,", "shar: 0.2,", "5", "unknown key"},
		{"severity: 2", "sevrity: 2", "5", `odds by "sevrity"`},
		{"class_2: 2", "class_4: 2", "5", "class_4"},
		{"class_2: 2", "class_2: -2", "5", "number above 0"},
		{"dates: dmy", "dates: american", "5", "iso (2004-03-31)"},
		{"sexes: [vrouw, man]", "sexes: [vrouw]", "5", "female and male"},
		{"given_name: a", "name: a", "5", `the field "name"`},
		{"surname: b", "surname: a", "5", "two columns a"},
		{"duplicates: 0.12", "duplicates: -1", "5", "between 0 and 10"},
		{"duplicates: 0.12", "duplicates: many", "5", ""},
		{"politie: bekend_p", "politi: bekend_p", "4", "no register with names"},
		{"says_known: 0.8", "says_known: 1.8", "4", "between 0 and 1"},
		{"share: 0.12, anonymous", "share: 0.12, duplicates: 1, anonymous", "4", "a row for every visitor"},
		{"missing: 2", "missing: 2, asked: 1", "6", "is not anonymous"},
		{"from: politie, to: zorg", "from: zorg, to: politie", "9", "further down"},
		{"from: politie, to: zorg", "from: politie, to: zog", "9", `no register "zog"`},
		{"odds_ratio: 3", "odds_ratio: 0", "9", "above 0"},
	} {
		src := sized(dependent, x.from, x.to)
		if src == dependent {
			t.Fatalf("%s is not in the file", x.from)
		}
		_, err := scenario.ParseRegisters([]byte(src), "folder/registers.yaml")
		var syntax *scenario.SyntaxError
		if !errors.As(err, &syntax) || !strings.HasPrefix(err.Error(), "registers.yaml:"+x.line+": ") || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.to, err)
		}
	}
	for _, src := range []string{"", "registers: {}\npopulation: {size: 3}", "registers:\n  a: {share: 0.1}\npopulation: {size: 3}", dependent + "errors: {poor: 0.5, times: 3}", dependent + "erors: {}",
		dependent + "population: {size: 3}"} {
		if _, err := scenario.ParseRegisters([]byte(src), "x.yaml"); err == nil {
			t.Errorf("no error from %q", src)
		}
	}
}

func TestAreRegisters(t *testing.T) {
	if !scenario.AreRegisters([]byte(three)) || scenario.AreRegisters([]byte("population: {size: 3}\nmethods: []")) || scenario.AreRegisters([]byte("a: [")) {
		t.Error("a scenario of registers has the key registers")
	}
}

func FuzzParseRegisters(f *testing.F) {
	f.Add(three)
	f.Add(dependent)
	f.Add("registers: 3")
	f.Fuzz(func(t *testing.T, src string) {
		r, err := scenario.ParseRegisters([]byte(src), "x.yaml")
		if err != nil || r.People.Size > 1000 {
			return
		}
		w, err := r.World()
		if err != nil {
			return
		}
		for k := range r.Lists {
			w.Sheet(k)
		}
		if _, err := r.StudyFile(); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkRegisters(b *testing.B) {
	w := world(b, sized(sized(three, "1300", "1000000"), "0.30", "0.90"))
	b.Run("persons=1e6/share=0.9", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.Pen(0).Records(0, w.Slots(), func(r *scenario.Record) error { return nil })
		}
	})
	small := world(b, three)
	b.Run("persons=1300/registers=3", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for k := range 3 {
				small.Sheet(k)
			}
		}
	})
}
