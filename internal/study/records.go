package study

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/linkage/text"
	"darkfigure/internal/tableio"
)

// An input is a register as it was read: rows of text under a header.
type input struct {
	name   string // base name of the file, for messages
	sha256 string // of the file
	header []string
	rows   [][]string
	lines  []int // of the rows: line of a text file, else row
	info   tableio.RegisterInfo
}

// Records are those of one register that belong to the population.
type Records struct {
	Register Register
	IDs      []string
	Values   [][]string // by record, in the order of Fields; "" is missing, dates are in ISO 8601 with 00 for what is not known
	Fields   []string
	Answers  [][]string // by record: of the columns of an anonymous register, first known_to, then known_to_anyone
	Flow     estimators.LinkRegister
	Remarks  []string // what a person who knows the register has to hear; no values of persons
	lines    []int
}

// The reasons for which records are left out, in the order in which they are looked at; a record is counted under the first.
var exclusions = []struct{ code, text string }{
	{"no-id", "no number of the record"},
	{"duplicate-id", "its number is also that of a record with more in it, which is used"},
	{"where", "left out by a condition of the study"},
	{"period", "outside the period"},
	{"region", "outside the region"},
	{"age", "outside the ages of the population"},
	{"unknown", "age, date or region not known"},
	{"no-field", "nothing recorded that could be compared"},
}

// shown is how many lines a remark names.
const shown = 5

// A tally counts what is remarkable about records, with the first lines.
type tally struct {
	count int64
	lines []int
}

func (t *tally) add(line int) {
	t.count++
	if len(t.lines) < shown {
		t.lines = append(t.lines, line)
	}
}

func (t tally) where(file string) string {
	slices.Sort(t.lines)
	var lines []string
	for _, l := range t.lines {
		lines = append(lines, fmt.Sprint(l))
	}
	more := ""
	if t.count > int64(len(t.lines)) {
		more = ", …"
	}
	word := "line"
	if t.count > 1 {
		word = "lines"
	}
	return fmt.Sprintf("%s %s %s%s", file, word, strings.Join(lines, ", "), more)
}

// admit finds the columns of a register and takes the records that belong to the population. The records do not depend on
// the order of the rows, but for their order.
func (s *Study) admit(reg Register, in *input, c *columns) (*Records, error) {
	a := &admission{study: s, in: in, columns: c, excluded: map[string]*tally{}, remarks: map[string]*tally{}, altered: map[alteration]int64{},
		out: &Records{Register: reg, Fields: c.fields, Flow: estimators.LinkRegister{Name: reg.Name, File: in.name, SHA256: in.sha256, Anonymous: reg.Anonymous, Read: int64(len(in.rows))}}}
	a.accents()
	if err := a.dates(); err != nil {
		return nil, err
	}
	if err := a.secondHeader(); err != nil {
		return nil, err
	}
	a.first()
	for i := range in.rows {
		a.row(i)
	}
	return a.finish(), nil
}

// columns are the places of what is needed in the rows of a register.
type columns struct {
	id      int // −1: none
	fields  []string
	at      []int   // of the fields
	more    [][]int // by field: its further columns; empty when columns were recognised
	period  int     // −1: none
	region  int
	where   []int
	answers []int
}

// A missingColumn is a column that the study file names and the register does not have.
type missingColumn struct{ err error }

func (e *missingColumn) Error() string { return e.err.Error() }

// columnNamed is the place of a column; where no name is the same, that of the one name that differs in capitals alone. −1: none, or several.
func columnNamed(header []string, name string) int {
	if i := slices.Index(header, name); i >= 0 {
		return i
	}
	at := -1
	for i, h := range header {
		if strings.EqualFold(h, name) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// find looks up the columns that the study file names, or recognises them.
func (s *Study) find(reg Register, file string, header []string) (*columns, error) {
	path := func(keys ...string) string {
		return strings.Join(append([]string{"registers", reg.Name}, keys...), ".")
	}
	first, missing := "", []string(nil)
	column := func(name string, keys ...string) int {
		i := columnNamed(header, name)
		if i < 0 && first == "" {
			first = path(keys...)
		}
		if i < 0 && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
		return i
	}
	c := &columns{id: -1, period: -1, region: -1}
	if reg.ID != "" {
		c.id = column(reg.ID, "id")
	} else if c.id = slices.IndexFunc(header, isID); c.id < 0 && !reg.Anonymous {
		return nil, s.Fail(path(), fmt.Sprintf("%s: id: which column of %s has the number of the record? There are %s", path(), file, strings.Join(header, ", ")))
	}
	for _, f := range reg.Columns {
		c.fields, c.at = append(c.fields, f.Field), append(c.at, column(f.Column, "columns", f.Field))
		var more []int
		for _, name := range f.More {
			more = append(more, column(name, "columns", f.Field))
		}
		c.more = append(c.more, more)
	}
	if reg.Include.Period != "" {
		c.period = column(reg.Include.Period, "include", "period")
	}
	if reg.Include.Region != "" {
		c.region = column(reg.Include.Region, "include", "region")
	}
	for _, w := range reg.Include.Where {
		c.where = append(c.where, column(w.Column, "include", "where", w.Column))
	}
	for _, k := range reg.Known {
		c.answers = append(c.answers, column(k.Column, "known_to", k.Body))
	}
	if reg.Someone != "" {
		c.answers = append(c.answers, column(reg.Someone, "known_to_anyone"))
	}
	if len(missing) > 0 {
		text := fmt.Sprintf("%s: %s has no column %q", first, file, missing[0])
		for _, name := range missing[1:] {
			text += fmt.Sprintf(", nor %q", name)
		}
		return nil, &missingColumn{s.Fail(first, text+suggestion(missing[0], header))}
	}
	if len(reg.Columns) == 0 && !reg.Anonymous && len(s.Linking.Linked) == 0 {
		c.recognise(header, append([]int{c.id, c.period, c.region}, c.where...))
		if len(c.fields) == 0 {
			return nil, s.Fail(path(), fmt.Sprintf("%s: %s has no column that can be compared beside the number of the record", path(), file))
		}
	}
	return c, nil
}

// places are all columns, to be changed in place.
func (c *columns) places() []*int {
	out := []*int{&c.id, &c.period, &c.region}
	for _, at := range append([][]int{c.at, c.where, c.answers}, c.more...) {
		for i := range at {
			out = append(out, &at[i])
		}
	}
	return out
}

// names are the columns of a header that are needed, each once.
func (c *columns) names(header []string) []string {
	var out []string
	for _, at := range c.places() {
		if *at >= 0 && !slices.Contains(out, header[*at]) {
			out = append(out, header[*at])
		}
	}
	return out
}

// move turns places in one header into those in another.
func (c *columns) move(from, to []string) {
	for _, at := range c.places() {
		if *at >= 0 {
			*at = slices.Index(to, from[*at])
		}
	}
}

// idNames are usual names of the number of a record; ignored are columns about other linkages, never recognised as fields.
var (
	idNames = []string{"unique_id", "id", "record_id", "rec_id", "nr", "nummer", "number", "recordnummer", "dossier", "dossiernummer", "case_id"}
	ignored = []string{"source", "source_dataset", "true_id", "cluster_id", "cluster", "person_id", "match_probability", "match_weight"}
)

func isID(name string) bool {
	return slices.Contains(idNames, strings.ToLower(strings.TrimSpace(name)))
}

// An admission goes through the rows of one register.
type admission struct {
	study    *Study
	in       *input
	columns  *columns
	date     map[int]*text.DateColumn // by column
	keep     []bool                   // by row: not a repeat of another row's number
	excluded map[string]*tally
	remarks  map[string]*tally
	altered  map[alteration]int64
	out      *Records
}

// accents repairs columns whose accents were damaged on the way.
func (a *admission) accents() {
	for i, at := range a.columns.at {
		var sample text.AccentSample
		for _, row := range a.in.rows {
			sample.Add(row[at])
		}
		repair, n := sample.Decide(), int64(0)
		if !repair.Damaged {
			continue
		}
		for _, row := range a.in.rows {
			if v, changed := repair.Repair(row[at]); changed {
				row[at] = v
				n++
			}
		}
		a.altered[alteration{"accents", a.columns.fields[i], "damaged accents (UTF-8 read as Windows-1252) were repaired"}] += n
		a.out.Remarks = append(a.out.Remarks, fmt.Sprintf("%s: %s: damaged accents (UTF-8 read as Windows-1252) were repaired in %s", a.out.Register.Name, a.columns.fields[i], countRecords(n)))
	}
}

// dates decides how each column of dates is written.
func (a *admission) dates() error {
	a.date = map[int]*text.DateColumn{}
	c, reg := a.columns, a.out.Register
	reference := text.Date{}
	if r := a.study.Population.Reference; !r.IsZero() {
		reference = text.Date{Year: uint16(r.Year), Month: uint8(r.Month), Day: uint8(r.Day)}
	}
	column := func(at int, path string) error {
		if a.date[at] != nil {
			return nil
		}
		s := text.DateSample{DateOptions: text.DateOptions{Format: reg.Dates, Reference: reference, From1904: a.in.info.From1904}}
		if path != "columns.birth_date" && reference.Year > 0 { // a contact may lie after the date at which ages are taken
			s.Reference = text.Date{Year: uint16(max(int(reference.Year), a.study.Population.Period.To.Year) + 1)}
		}
		for _, row := range a.in.rows {
			s.Add(row[at])
		}
		d, err := s.Decide()
		if err != nil {
			key := "registers." + reg.Name + "." + path
			return a.study.Fail(key, fmt.Sprintf("%s: column %q of %s: %s (in the study file, registers.%s.dates)", key, a.in.header[at], a.in.name, a.masked(err.Error(), at), reg.Name))
		}
		a.date[at] = d
		if len(d.DefaultDays) > 0 && path == "columns.birth_date" {
			a.out.Remarks = append(a.out.Remarks, fmt.Sprintf("%s: %s: %s stands far more often than a day does, and is read as the year alone", reg.Name, a.in.header[at], strings.Join(d.DefaultDays, " and ")))
		}
		return nil
	}
	for i, f := range c.fields {
		if isDate(f) {
			if err := column(c.at[i], "columns."+f); err != nil {
				return err
			}
		}
	}
	if c.period >= 0 {
		return column(c.period, "include.period")
	}
	return nil
}

var (
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	digit  = regexp.MustCompile(`[0-9]`)
	letter = regexp.MustCompile(`\pL`)
)

// masked takes the values of a column that a message quotes out of it. What is left is how they are written, 9 for a digit and a for a letter, and
// the line of the first that is so.
func (a *admission) masked(msg string, at int) string {
	some := false
	msg = quoted.ReplaceAllStringFunc(msg, func(v string) string {
		out := letter.ReplaceAllString(digit.ReplaceAllString(v, "9"), "a")
		value, err := strconv.Unquote(v)
		i := slices.IndexFunc(a.in.rows, func(row []string) bool { return row[at] == value })
		if err != nil || i < 0 {
			return out
		}
		some = true
		return fmt.Sprintf("%s (line %d)", out, a.in.lines[i])
	})
	if some {
		msg += "; 9 stands for a digit, for values of persons are not shown"
	}
	return msg
}

func isDate(field string) bool {
	return field == "birth_date" || field == "first_contact" || strings.HasSuffix(field, "_date")
}

// secondHeader refuses a register whose first row is another header, with units or explanations: of its dates and the sex two at least are filled in, and
// none can be read.
func (a *admission) secondHeader() error {
	if len(a.in.rows) == 0 {
		return nil
	}
	row, strange := a.in.rows[0], 0
	for j, at := range a.columns.at {
		var why text.Dropped
		if d := a.date[at]; d != nil {
			_, why = d.Parse(row[at])
		} else if a.columns.fields[j] == "sex" {
			_, why = text.SexOf(row[at])
		} else {
			continue
		}
		switch why {
		case text.NotRead:
			strange++
		case text.Kept, text.Impossible, text.TooEarly, text.Future, text.DefaultDay:
			return nil
		}
	}
	if strange < 2 {
		return nil
	}
	return &tableio.SyntaxError{File: a.in.name, Line: a.in.lines[0], Msg: "the dates and the sex of the first row are none: is it a second header? Remove it, a register has one header"}
}

// first marks, of rows with one number, the one to keep: that with the most values, of these the first by its values.
func (a *admission) first() {
	a.keep = make([]bool, len(a.in.rows))
	best := map[string]int{}
	for i, row := range a.in.rows {
		if a.columns.id < 0 {
			a.keep[i] = true
			continue
		}
		id := row[a.columns.id]
		if j, again := best[id]; !again || better(row, a.in.rows[j]) {
			best[id] = i
		}
	}
	for _, i := range best {
		a.keep[i] = true
	}
}

func better(a, b []string) bool {
	filled := func(row []string) (n int) {
		for _, v := range row {
			if v != "" {
				n++
			}
		}
		return n
	}
	return cmp.Or(filled(b)-filled(a), slices.Compare(a, b)) < 0
}

func (a *admission) exclude(code string, i int) {
	if a.excluded[code] == nil {
		a.excluded[code] = &tally{}
	}
	a.excluded[code].add(a.in.lines[i])
}

// An alteration is one way in which a record was used otherwise than it is written, or without knowing that it belongs. It holds no value of a person.
type alteration struct{ reason, field, text string }

func (a *admission) remark(what string, i int) {
	if a.remarks[what] == nil {
		a.remarks[what] = &tally{}
	}
	a.remarks[what].add(a.in.lines[i])
}

// row takes a row or counts why not.
func (a *admission) row(i int) {
	row, c := a.in.rows[i], a.columns
	id := ""
	if c.id >= 0 {
		if id = row[c.id]; id == "" {
			a.exclude("no-id", i)
			return
		}
	}
	if !a.keep[i] {
		a.exclude("duplicate-id", i)
		return
	}
	for j, w := range a.out.Register.Include.Where {
		if !slices.ContainsFunc(w.Values, func(v string) bool { return strings.EqualFold(v, row[c.where[j]]) }) {
			a.exclude("where", i)
			return
		}
	}
	var unknown []string
	rules := []struct {
		code, what string
		in         answer
	}{{"period", "date", a.inPeriod(row)}, {"region", "region", a.inRegion(row)}, {"age", "age", a.ofAge(row)}}
	for _, r := range rules {
		if r.in == no {
			a.exclude(r.code, i)
			return
		}
		if r.in == cannotTell {
			unknown = append(unknown, r.what)
		}
	}
	if len(unknown) > 0 && a.study.Population.ExcludeUnknown {
		a.exclude("unknown", i)
		return
	}
	values, any := make([]string, len(c.at)), false
	dropped := make([]text.Dropped, len(c.at))
	for j, at := range c.at {
		v := row[at]
		if d := a.date[at]; d != nil {
			var date text.Date
			date, dropped[j] = d.Parse(v)
			v = date.String()
		}
		if j < len(c.more) {
			for _, at := range c.more[j] {
				if row[at] != "" {
					v += ";" + row[at]
				}
			}
			v = strings.TrimPrefix(v, ";")
		}
		values[j] = v
		any = any || v != "" && !slices.Contains(notEnough, c.fields[j])
	}
	if !any && !a.out.Register.Anonymous && len(a.study.Linking.Linked) == 0 {
		a.exclude("no-field", i)
		return
	}
	if len(unknown) > 0 {
		what := "kept although it cannot be told whether the " + strings.Join(unknown, " and the ") + " is that of the population"
		a.altered[alteration{"unknown", "", what}]++
		a.remark(what, i)
	}
	for j, why := range dropped {
		if what := badDate[why]; what != "" {
			a.altered[alteration{string(why), c.fields[j], what}]++
			a.remark(c.fields[j]+" "+what, i)
		}
		switch why {
		case text.DefaultDay:
			a.altered[alteration{string(why), c.fields[j], strings.Join(a.date[c.at[j]].DefaultDays, " or ") + " stands far more often than a day does: read as the year alone"}]++
		case text.Placeholder:
			a.altered[alteration{string(why), c.fields[j], "is a date filled in for want of one: read as missing"}]++
		}
	}
	a.out.IDs, a.out.Values, a.out.lines = append(a.out.IDs, id), append(a.out.Values, values), append(a.out.lines, a.in.lines[i])
	if len(c.answers) > 0 {
		answers := make([]string, len(c.answers))
		for j, at := range c.answers {
			answers[j] = row[at]
		}
		a.out.Answers = append(a.out.Answers, answers)
	}
}

// badDate says what became of a date that cannot be one.
var badDate = map[text.Dropped]string{
	text.Impossible: "is no date of the calendar: read as the year alone",
	text.TooEarly:   "lies before 1900: read as missing",
	text.Future:     "lies after the reference date: read as missing",
	text.NotRead:    "is no date: read as missing",
}

// notEnough are fields on which alone nobody can be recognised.
var notEnough = []string{"sex", "nationality", "age", "first_contact", "prefix"}

// An answer to the question whether a record meets a rule.
type answer int

const (
	yes answer = iota
	no
	cannotTell
)

func (a *admission) inPeriod(row []string) answer {
	if a.columns.period < 0 {
		return yes
	}
	p := a.study.Population.Period
	d, _ := a.date[a.columns.period].Parse(row[a.columns.period])
	return between(dateOf(d), p.From, p.To)
}

// between asks whether a date, of which parts may be missing, lies between two days.
func between(d, from, to Date) answer {
	switch {
	case d.IsZero():
		return cannotTell
	case d.last().before(from) || to.before(d.first()):
		return no
	case d.first().before(from) || to.before(d.last()):
		return cannotTell
	}
	return yes
}

func dateOf(d text.Date) Date {
	out := Date{int(d.Year), int(d.Month), int(d.Day)}
	if out.Month == 0 {
		out.Day = 0
	}
	return out
}

func (a *admission) inRegion(row []string) answer {
	if a.columns.region < 0 {
		return yes
	}
	v := row[a.columns.region]
	switch {
	case v == "":
		return cannotTell
	case slices.ContainsFunc(a.study.Population.Regions, func(r string) bool { return strings.EqualFold(r, v) }):
		return yes
	}
	return no
}

// ofAge asks whether the person is of the ages of the population on the reference date, by date or parts of it, else by the age recorded.
func (a *admission) ofAge(row []string) answer {
	p := a.study.Population
	if !p.limitsAge() {
		return yes
	}
	var born Date
	age0, known, has := 0, false, false
	for j, f := range a.columns.fields {
		at := a.columns.at[j]
		has = has || strings.HasPrefix(f, "birth_") || f == "age"
		switch f {
		case "birth_date":
			d, _ := a.date[at].Parse(row[at])
			born = dateOf(d)
		case "birth_year":
			born.Year = part(row[at], 1900, 2200)
		case "birth_month":
			born.Month = part(row[at], 1, 12)
		case "birth_day":
			born.Day = part(row[at], 1, 31)
		case "age":
			age0, known = years(row[at])
		}
	}
	if !has {
		return yes // the register does not say; the study file was warned about it
	}
	if born.Month == 0 {
		born.Day = 0
	}
	oldest, youngest := age0, age0
	switch {
	case !born.IsZero():
		oldest, youngest = age(born.first(), p.Reference), age(born.last(), p.Reference)
	case !known:
		return cannotTell
	}
	above := func(years int) bool { return p.AgeBelow > 0 && years >= p.AgeBelow }
	switch {
	case above(youngest) || oldest < p.AgeFrom:
		return no
	case above(oldest) || youngest < p.AgeFrom:
		return cannotTell
	}
	return yes
}

func part(s string, low, high int) int {
	n := 0
	if _, err := fmt.Sscanf(s, "%d", &n); err != nil || n < low || n > high {
		return 0
	}
	return n
}

// years reads an age such as 17 or 17 jaar.
func years(s string) (age int, ok bool) {
	from, to, why := text.BirthYears(s, text.Date{Year: 2000, Month: 12, Day: 31})
	if why != text.Kept || from != to {
		return 0, false
	}
	return 2000 - int(from), true
}

func (a *admission) finish() *Records {
	out := a.out
	out.Flow.Records = int64(len(out.IDs))
	for _, e := range exclusions {
		if t := a.excluded[e.code]; t != nil {
			out.Flow.Excluded = append(out.Flow.Excluded, estimators.LinkExcluded{Reason: e.code, Text: e.text, Count: t.count})
			out.Remarks = append(out.Remarks, fmt.Sprintf("%s: %s left out: %s (%s)", out.Register.Name, countRecords(t.count), e.text, t.where(a.in.name)))
		}
	}
	var whats []string
	for what := range a.remarks {
		whats = append(whats, what)
	}
	slices.Sort(whats)
	for _, what := range whats {
		t := a.remarks[what]
		out.Remarks = append(out.Remarks, fmt.Sprintf("%s: %s: %s (%s)", out.Register.Name, countRecords(t.count), what, t.where(a.in.name)))
	}
	for _, note := range a.in.info.Notes {
		out.Remarks = append(out.Remarks, fmt.Sprintf("%s: %s: %s", out.Register.Name, a.in.name, note))
	}
	if n := a.in.info.Decoded; n > 0 {
		a.altered[alteration{"encoding", "", "values that are not UTF-8, read as Windows-1252"}] += n
	}
	p := a.study.Population
	if p.limitsAge() && !out.Register.Anonymous && !slices.ContainsFunc(out.Fields, func(f string) bool { return strings.HasPrefix(f, "birth_") || f == "age" }) {
		out.Remarks = append(out.Remarks, fmt.Sprintf("%s: no field says how old people are: all are taken to be of the ages of the population", out.Register.Name))
		a.altered[alteration{"no-age", "", "no field says how old people are: taken to be of the ages of the population"}] += out.Flow.Records
	}
	for x, n := range a.altered {
		out.Flow.Altered = append(out.Flow.Altered, estimators.LinkAltered{Reason: x.reason, Field: x.field, Text: x.text, Count: n})
	}
	slices.SortFunc(out.Flow.Altered, func(a, b estimators.LinkAltered) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Text, b.Text))
	})
	return out
}

func countRecords(n int64) string {
	if n == 1 {
		return "1 record"
	}
	return estimators.People(float64(n)) + " records"
}
