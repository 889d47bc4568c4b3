package scenario

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

type registersDocument struct {
	Name        string                      `yaml:"name"`
	Description string                      `yaml:"description"`
	Seed        *uint64                     `yaml:"seed"`
	Population  crowdDocument               `yaml:"population"`
	Errors      errorsDocument              `yaml:"errors"`
	Registers   map[string]registerDocument `yaml:"registers"`
	Referral    []referralDocument          `yaml:"referral"`
}

type crowdDocument struct {
	Size       int       `yaml:"size"`
	Female     *float64  `yaml:"female"`
	Criminal   *float64  `yaml:"criminal"`
	Ages       []int     `yaml:"ages"`
	AgeWeights []float64 `yaml:"age_weights"`
	Reference  string    `yaml:"reference_date"`
	Surnames   *int      `yaml:"surnames"`
	Classes    []float64 `yaml:"classes"`
}

type errorsDocument struct {
	Rate    *float64 `yaml:"rate"`
	Missing *float64 `yaml:"missing"`
	Poor    *float64 `yaml:"poor"`
	Times   *float64 `yaml:"times"`
	Moved   *float64 `yaml:"moved"`
}

type registerDocument struct {
	Share       float64            `yaml:"share"`
	Odds        map[string]float64 `yaml:"odds"`
	Duplicates  float64            `yaml:"duplicates"`
	Errors      *float64           `yaml:"errors"`
	Missing     *float64           `yaml:"missing"`
	ID          string             `yaml:"id"`
	Columns     yaml.MapSlice      `yaml:"columns"`
	Dates       string             `yaml:"dates"`
	Capitals    bool               `yaml:"capitals"`
	Sexes       []string           `yaml:"sexes"`
	Anonymous   bool               `yaml:"anonymous"`
	KnownTo     yaml.MapSlice      `yaml:"known_to"`
	Anyone      string             `yaml:"known_to_anyone"`
	SaysKnown   *float64           `yaml:"says_known"`
	SaysUnknown *float64           `yaml:"says_unknown"`
	Asked       *float64           `yaml:"asked"`
}

type referralDocument struct {
	From      string   `yaml:"from"`
	To        string   `yaml:"to"`
	OddsRatio *float64 `yaml:"odds_ratio"`
}

// usual columns of a register, and of an anonymous one.
var (
	usualColumns = []Column{{"given_name", "voornaam"}, {"prefix", "tussenvoegsel"}, {"surname", "achternaam"}, {"birth_date", "geboortedatum"},
		{"sex", "geslacht"}, {"place", "woonplaats"}}
	anonymousColumns = []Column{{"first_contact", "datum"}, {"age", "leeftijd"}, {"sex", "geslacht"}}
	anonymousFields  = []string{"first_contact", "age", "sex", "form"}
)

// Defaults where a registers file says nothing.
var (
	DefaultCrowd  = Crowd{Female: 0.7, Criminal: 0.15, Ages: [2]int{10, 17}, Reference: Date{2020, 7, 1}, Surnames: 8000}
	DefaultErrors = Errors{Rate: 0.10, Missing: 0.05, Poor: 0.20, Times: 3, Moved: 0.10}
)

// AreRegisters reports whether a scenario file describes registers rather than tables: it has the key registers.
func AreRegisters(src []byte) (found bool) {
	defer func() { // the reader panics on some files that are no YAML at all
		if recover() != nil {
			found = false
		}
	}()
	var top yaml.MapSlice
	if yaml.Unmarshal(src, &top) != nil {
		return false
	}
	return slices.ContainsFunc(top, func(i yaml.MapItem) bool { return i.Key == "registers" })
}

// ParseRegisters reads a scenario file that describes registers; name is for messages. Unknown and repeated keys, values of the wrong
// kind and numbers that make no sense are a [*SyntaxError].
func ParseRegisters(src []byte, name string) (*Registers, error) {
	r := &Registers{file: syntax{name: filepath.Base(name)}}
	var d registersDocument
	if err := r.file.read(src, "a scenario of registers has population and registers", &d); err != nil {
		return nil, err
	}
	r.Name, r.Description = d.Name, strings.TrimSpace(d.Description)
	if r.Name == "" {
		r.Name = strings.TrimSuffix(r.file.name, filepath.Ext(r.file.name))
	}
	if r.Seed = 1; d.Seed != nil {
		r.Seed = *d.Seed
	}
	if err := r.crowd(d.Population); err != nil {
		return nil, err
	}
	if err := r.errorRates(d.Errors); err != nil {
		return nil, err
	}
	// The order of the registers is that of the file, which a map has lost.
	var top struct {
		Registers yaml.MapSlice `yaml:"registers"`
	}
	if err := yaml.Unmarshal(src, &top); err != nil {
		return nil, r.file.yaml(err)
	}
	for _, item := range top.Registers {
		name := fmt.Sprint(item.Key)
		l, err := r.register(name, d.Registers[name])
		if err != nil {
			return nil, err
		}
		r.Lists = append(r.Lists, *l)
	}
	linked := 0
	for _, l := range r.Lists {
		if !l.Anonymous {
			linked++
		}
	}
	if linked < 2 || len(r.Lists) > MaxRegisters {
		return nil, r.file.fail([]any{"registers"}, "there are %d registers, %d of them with names: at least two with names, and at most %d in all", len(r.Lists), linked, MaxRegisters)
	}
	if err := r.questions(d); err != nil {
		return nil, err
	}
	return r, r.referrals(d.Referral)
}

// part sets *to when it was given, which then lies from low to high.
func (r *Registers) part(to *float64, given *float64, low, high float64, at []any, what string) error {
	if given == nil {
		return nil
	}
	if !(*given >= low && *given <= high) {
		return r.file.fail(at, "%s is %g: it lies between %g and %g", what, *given, low, high)
	}
	*to = *given
	return nil
}

func (r *Registers) crowd(d crowdDocument) error {
	at := func(steps ...any) []any { return append([]any{"population"}, steps...) }
	p := &r.People
	*p = DefaultCrowd
	p.Size, p.AgeWeight, p.Classes = d.Size, d.AgeWeights, d.Classes
	if p.Size < 1 || p.Size > MaxPeople {
		return r.file.fail(at("size"), "size is %d: between 1 and %d people", p.Size, MaxPeople)
	}
	if err := r.part(&p.Female, d.Female, 0, 1, at("female"), "the share of girls and women"); err != nil {
		return err
	}
	if err := r.part(&p.Criminal, d.Criminal, 0, 1, at("criminal"), "the share exploited criminally"); err != nil {
		return err
	}
	if d.Ages != nil {
		if len(d.Ages) != 2 || d.Ages[0] < 0 || d.Ages[1] < d.Ages[0] || d.Ages[1] > 110 {
			return r.file.fail(at("ages"), "ages are the youngest and the oldest, such as [10, 17]")
		}
		p.Ages = [2]int(d.Ages)
	}
	if years := p.Ages[1] - p.Ages[0] + 1; len(p.AgeWeight) > 0 && len(p.AgeWeight) != years {
		return r.file.fail(at("age_weights"), "there are %d age weights for %d years of age", len(p.AgeWeight), years)
	}
	sum := 0.0
	for i, x := range p.AgeWeight {
		if !(x >= 0) || math.IsInf(x, 0) {
			return r.file.fail(at("age_weights", i), "an age weight is %g: it is a number of 0 or more", x)
		}
		sum += x
	}
	if len(p.AgeWeight) > 0 && sum == 0 {
		return r.file.fail(at("age_weights"), "the age weights are all 0")
	}
	if d.Reference != "" {
		t, err := time.Parse("2006-01-02", d.Reference)
		if err != nil || t.Year() < 1900 || t.Year() > 2200 {
			return r.file.fail(at("reference_date"), "reference_date is %s: write it as 2020-07-01", d.Reference)
		}
		p.Reference = Date{t.Year(), int(t.Month()), t.Day()}
	}
	if d.Surnames != nil {
		if p.Surnames = *d.Surnames; p.Surnames < 100 || p.Surnames > 60_000 {
			return r.file.fail(at("surnames"), "surnames is %d: between 100 and 60000 besides the frequent ones", p.Surnames)
		}
	}
	total := 0.0
	for i, s := range p.Classes {
		if !(s > 0 && s < 1) {
			return r.file.fail(at("classes", i), "the share of class %d is %g: it lies between 0 and 1", i+1, s)
		}
		total += s
	}
	if len(p.Classes) > 0 && math.Abs(total-1) > 1e-9 {
		return r.file.fail(at("classes"), "the shares of the classes add up to %.4g, not to 1", total)
	}
	return nil
}

func (r *Registers) errorRates(d errorsDocument) error {
	r.Errors = DefaultErrors
	e := &r.Errors
	for _, x := range []struct {
		to, given *float64
		high      float64
		key, what string
	}{
		{&e.Rate, d.Rate, 1, "rate", "the error rate"},
		{&e.Missing, d.Missing, 1, "missing", "the missing rate"},
		{&e.Poor, d.Poor, 1, "poor", "the share of poor records"},
		{&e.Times, d.Times, 100, "times", "the number of times that poor records are worse"},
		{&e.Moved, d.Moved, 1, "moved", "the share of records with another place"},
	} {
		if err := r.part(x.to, x.given, 0, x.high, []any{"errors", x.key}, x.what); err != nil {
			return err
		}
	}
	if e.Poor*e.Times > 1 {
		return r.file.fail([]any{"errors"}, "poor × times is %g: above 1 the other records would need negative error rates for the mean to stay", e.Poor*e.Times)
	}
	return nil
}

func (r *Registers) register(name string, d registerDocument) (*Register, error) {
	at := func(steps ...any) []any { return append([]any{"registers", name}, steps...) }
	l := &Register{Name: name, Share: d.Share, Odds: d.Odds, Duplicates: d.Duplicates, Errors: 1, Missing: 1, Anonymous: d.Anonymous, SaysKnown: 0.9, SaysUnknown: 0.95, Asked: 1}
	if name == "" || strings.ContainsAny(name, `/\: `) || strings.HasPrefix(name, ".") {
		return nil, r.file.fail(at(), "the register %q: a name is the name of its file too, without spaces, slashes and colons", name)
	}
	if !(l.Share > 0 && l.Share < 1) {
		return nil, r.file.fail(at("share"), "the capture share of %s is %g: it lies between 0 and 1, both left out", name, l.Share)
	}
	for _, key := range slices.Sorted(maps.Keys(l.Odds)) {
		if i := classNamed(key); !slices.Contains([]string{oddsSeverity, oddsAge, oddsFemale, oddsCriminal}, key) && groupNamed(key) < 0 && (i < 1 || i > len(r.People.Classes)) {
			return nil, r.file.fail(at("odds", key), "%s has odds by %q: they are by severity, age, female, criminal, %s, or class_1, class_2, … of the population's classes", name, key, strings.Join(groupNames[:], ", "))
		}
		if x := l.Odds[key]; !(x > 0) || math.IsInf(x, 0) {
			return nil, r.file.fail(at("odds", key), "the odds ratio of %s is %g: it is a number above 0", key, x)
		}
	}
	if !(l.Duplicates >= 0 && l.Duplicates <= 10) {
		return nil, r.file.fail(at("duplicates"), "duplicates is %g: the mean number of further records of a person lies between 0 and 10", l.Duplicates)
	}
	for _, x := range []struct {
		to, given *float64
		high      float64
		key, what string
	}{
		{&l.Errors, d.Errors, 100, "errors", "the number of times the common error rate"},
		{&l.Missing, d.Missing, 100, "missing", "the number of times the common missing rate"},
		{&l.SaysKnown, d.SaysKnown, 1, "says_known", "the share of yes among those known"},
		{&l.SaysUnknown, d.SaysUnknown, 1, "says_unknown", "the share of no among those not known"},
		{&l.Asked, d.Asked, 1, "asked", "the share asked"},
	} {
		if err := r.part(x.to, x.given, 0, x.high, at(x.key), x.what); err != nil {
			return nil, err
		}
	}
	return l, r.layout(l, d, at)
}

func (r *Registers) layout(l *Register, d registerDocument, at func(...any) []any) error {
	y := &l.Layout
	*y = Layout{ID: d.ID, Dates: d.Dates, Upper: d.Capitals, Sexes: [2]string{"v", "m"}}
	if y.ID == "" {
		y.ID = "nummer"
	}
	if y.Dates == "" {
		y.Dates = "iso"
	}
	if !slices.Contains([]string{"iso", "dmy", "slash"}, y.Dates) {
		return r.file.fail(at("dates"), "dates are written iso (2004-03-31), dmy (31-03-2004) or slash (31/03/2004), not %s", y.Dates)
	}
	if d.Sexes != nil {
		if len(d.Sexes) != 2 || d.Sexes[0] == d.Sexes[1] {
			return r.file.fail(at("sexes"), "sexes are the words for female and male, such as [vrouw, man]")
		}
		y.Sexes = [2]string(d.Sexes)
	}
	known := fields
	if y.Columns = usualColumns; l.Anonymous {
		y.Columns, known = anonymousColumns, anonymousFields
	}
	if d.Columns != nil {
		y.Columns = nil
		for _, item := range d.Columns {
			field := fmt.Sprint(item.Key)
			column, ok := item.Value.(string)
			if !slices.Contains(known, field) {
				return r.file.fail(at("columns", field), "%s cannot have the field %q: it can have %s", l.Name, field, strings.Join(known, ", "))
			}
			if !ok || column == "" {
				return r.file.fail(at("columns", field), "the column of %s has no name", field)
			}
			y.Columns = append(y.Columns, Column{field, column})
		}
	}
	if len(y.Columns) == 0 {
		return r.file.fail(at("columns"), "%s has no columns", l.Name)
	}
	return nil
}

// questions reads what anonymous registers ask; it needs all registers.
func (r *Registers) questions(d registersDocument) error {
	for k := range r.Lists {
		l := &r.Lists[k]
		at := func(steps ...any) []any { return append([]any{"registers", l.Name}, steps...) }
		from := d.Registers[l.Name]
		if !l.Anonymous {
			if from.KnownTo != nil || from.Anyone != "" || from.SaysKnown != nil || from.SaysUnknown != nil || from.Asked != nil {
				return r.file.fail(at(), "%s is not anonymous: known_to, known_to_anyone, says_known, says_unknown and asked go with anonymous: true", l.Name)
			}
		} else if l.Duplicates > 0 {
			return r.file.fail(at("duplicates"), "%s is anonymous and has a row for every visitor: duplicates does not go with it", l.Name)
		}
		for _, item := range from.KnownTo {
			name := fmt.Sprint(item.Key)
			column, ok := item.Value.(string)
			j := r.index(name)
			if j < 0 || r.Lists[j].Anonymous {
				return r.file.fail(at("known_to", name), "%s asks about %q, which is no register with names", l.Name, name)
			}
			if !ok || column == "" {
				return r.file.fail(at("known_to", name), "the column of the answers about %s has no name", name)
			}
			l.KnownTo = append(l.KnownTo, Question{name, column})
		}
		if from.Anyone != "" {
			l.KnownTo = append(l.KnownTo, Question{"", from.Anyone})
		}
		seen := map[string]bool{}
		for _, column := range l.Header() {
			if seen[column] {
				return r.file.fail(at(), "%s has two columns %s", l.Name, column)
			}
			seen[column] = true
		}
	}
	return nil
}

func (r *Registers) referrals(ds []referralDocument) error {
	for i, x := range ds {
		where := []any{"referral", i}
		from, to := r.index(x.From), r.index(x.To)
		if from < 0 || to < 0 {
			missing := x.From
			if from >= 0 {
				missing = x.To
			}
			return r.file.fail(where, "there is no register %q", missing)
		}
		if from >= to {
			return r.file.fail(where, "people come to %s before they come to %s: registers refer to registers further down", x.To, x.From)
		}
		if x.OddsRatio == nil || !(*x.OddsRatio > 0) || math.IsInf(*x.OddsRatio, 0) {
			return r.file.fail(where, "odds_ratio is a number above 0: 1 is independence, 3 a register that refers people, 0.3 one that keeps them away")
		}
		if slices.ContainsFunc(r.Referral, func(f Referral) bool { return f.From == x.From && f.To == x.To }) {
			return r.file.fail(where, "the referral from %s to %s is given twice", x.From, x.To)
		}
		r.Referral = append(r.Referral, Referral{x.From, x.To, *x.OddsRatio})
	}
	return nil
}

// RegistersError is an error about the registers, at their line.
func (r *Registers) RegistersError(err error) error {
	return r.file.fail([]any{"registers"}, "the registers cannot be made: %s", err)
}
