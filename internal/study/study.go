package study

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// A Study is what a study file says. Paths of files are relative to it.
type Study struct {
	Name       string
	Population Population
	Registers  []Register // in the order of the file
	Linking    Linking
	Estimate   Estimating
	Departures map[string][]string // what the page on sensitivity tries besides the usual, by Departures and in the words of the flags of darkfigure sensitivity; nil: nothing
	Folder     string              // for the results, relative to the study file; "" when the file does not say
	Publish    Publishing
	File       string // base name of the study file
	SHA256     string // of the study file

	lines map[string]int // of keys, by path
}

// Population says who is counted, and which records are of them. A rule that is not set
// leaves nothing out.
type Population struct {
	Definition string
	Period     Period
	Regions    []string
	AgeFrom    int // at the reference date, included
	AgeBelow   int // at the reference date, not included; 0: no limit
	Reference  Date
	// ExcludeUnknown leaves out the records of which age, date or region cannot be told; else they
	// are kept, and counted.
	ExcludeUnknown bool
}

// A Register is one organisation's file of records.
type Register struct {
	Name      string
	File      string   // with #Sheet behind it for another sheet of an Excel file
	ID        string   // column with the register's own number of a record; "" when the file is to tell
	Columns   []Column // fields and the columns they are in; empty: recognised by their names
	Missing   []string // values that mean that nothing is known
	Dates     string   // order of day, month and year: "dmy", "mdy", "ymd"; "" when it is to be recognised
	Include   Include
	Absent    []Absent // all of which hold where the register did not run
	Anonymous bool     // never linked; see Known
	Known     []Known  // answers to "who else knows you?"
	Someone   string   // column with the answer to "does anybody know?"; "" when it was not asked
	// SamePopulation says that the visitors of an anonymous register are of the population of the study:
	// the same period, region and definition of age.
	SamePopulation bool
}

// A Column of a file and the field that is in it.
type Column struct {
	Field  string // given_name, surname, birth_date, … or a free name
	Column string // as in the header of the file
	// More are further columns of a field of keys, any of which two records may have in common.
	More []string
}

// Include says which records of a register belong to the population.
type Include struct {
	Period string  // column with the date that must lie in the period
	Region string  // column with the region
	Where  []Where // further conditions, all of which must hold
}

// Where is a condition on a column: it has one of the values.
type Where struct {
	Column string
	Values []string
}

// Absent is a field of estimate.by, and the levels of it at which a register did not run, when it runs at others: nobody there can be on it, by design.
type Absent struct {
	Field  string
	Levels []string
}

// Known is a body that visitors of an anonymous register were asked about.
type Known struct {
	Body      string
	Column    string
	Registers []string // it is on the list of: the registers of the study that are the body's; empty for a body without one
}

// Linking says how records are compared and linked. Zero values are the defaults.
type Linking struct {
	Compare        []Compare  // empty: chosen from the columns
	Blocking       [][]string // rules in addition to the usual ones
	BlockingOnly   bool       // in place of the usual ones
	Threshold      float64    // match probability from which on the point linkage accepts a pair; default 0.5
	Draws          int        // default 60
	MaxPairs       int64      // default 500 million
	Municipalities string     // file with merged municipalities: old, new, year
	Nicknames      string     // file with given names that may be of one person, added to those that are built in
	Review         []string   // clerical samples that were filled in
	Linked         []string   // files of another program that has linked the registers
}

// Compare is a field and the way its values are compared.
type Compare struct {
	Field string
	Kind  string // one of Kinds
}

// Estimating says what is estimated from the linked registers.
type Estimating struct {
	By      []string   // the fields of all tables
	Tables  [][]string // the groups of each table, fields of By; none without By
	Methods []string   // empty: every method that applies
	Levels  []float64
	// Pool, Joint and Trends say that one model estimates all groups: with the interactions of lists in common and list effects shared,
	// shrunk or separate, or with terms for how lists and covariates go together, in which some enter as polynomials.
	Pool       loglinear.Pooling // "": none
	Joint      bool
	Covariates []string // of the joint model besides By
	Trends     []loglinear.Trend
}

// Together reports whether one model estimates all groups.
func (e Estimating) Together() bool { return e.Pool != "" || e.Joint }

// Publishing says whether the results are to be published, and how small counts are then protected.
type Publishing struct {
	On        bool
	Threshold int64 // counts below it are withheld
	Base      int64 // counts are rounded to multiples of it; 0: they are exact
}

// DefaultSmall is the default threshold of what is published.
const DefaultSmall = 5

// The defaults of linking.
const (
	DefaultThreshold = 0.5
	DefaultDraws     = 60
	DefaultMaxPairs  = 500_000_000
)

// Kinds are the ways in which values are compared.
var Kinds = []string{"name", "given", "surname", "text", "date", "exact", "place", "postcode", "sex", "number", "dice", "keys"}

// Fields are those whose meaning is known; any other name is a free field, compared as it is.
var Fields = []string{"given_name", "surname", "prefix", "initials", "birth_date", "birth_year", "birth_month", "birth_day", "age", "sex",
	"nationality", "place", "postcode", "first_contact"}

// Parse reads a study file; name is for messages. Unknown and repeated keys, values of the wrong kind and
// what makes no sense are a [*SyntaxError] with the line.
func Parse(src []byte, name string) (s *Study, err error) {
	r := &reader{file: filepath.Base(name), anchors: anchored{}, lines: map[string]int{}}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *SyntaxError:
			s, err = nil, p
		default: // the YAML package panics on some files that are no YAML at all
			s, err = nil, &SyntaxError{File: r.file, Msg: "the file cannot be read as YAML"}
		}
	}()
	sum := sha256.Sum256(src)
	s = &Study{File: r.file, SHA256: hex.EncodeToString(sum[:]), lines: r.lines}
	top := r.group(r.document(src), "", "study", "population", "registers", "linkage", "estimate", "sensitivity", "output")
	if s.Name = top.text("study"); s.Name == "" {
		s.Name = strings.TrimSuffix(s.File, filepath.Ext(s.File))
	}
	s.population(top)
	s.registers(top)
	s.linkage(top)
	s.estimate(top)
	s.departures(top)
	if g := top.sub("output", "folder", "publish", "threshold", "round"); g != nil {
		s.Folder = g.text("folder")
		s.Publish = Publishing{On: g.flag("publish"), Threshold: g.whole("threshold", 1, 1_000_000, DefaultSmall), Base: g.whole("round", 3, 5, 0)}
		for _, key := range []string{"threshold", "round"} {
			if g.has(key) && !s.Publish.On {
				g.failAt(key, "this protects what is published: add publish: true")
			}
		}
		if b := s.Publish.Base; b != 0 && b != 3 && b != 5 {
			g.failAt("round", "%d is neither 3 nor 5", b)
		}
		if s.Publish.On && s.Publish.Threshold == 1 && s.Publish.Base == 0 {
			g.failAt("threshold", "1 withholds nothing: raise it, or add round: 3")
		}
	}
	return s, nil
}

// Fail is an error about a key of the study file, at its line; path leads to it, as in registers.police.file.
func (s *Study) Fail(path, msg string) error {
	line := 0
	for p := path; line == 0 && p != ""; {
		line = s.lines[p]
		i := strings.LastIndexByte(p, '.')
		p = p[:max(0, i)]
	}
	return &SyntaxError{File: s.File, Line: line, Msg: msg}
}

func (s *Study) population(top *group) {
	g := top.sub("population", "definition", "period", "region", "age_from", "age_below", "reference_date", "unknown")
	if g == nil {
		return
	}
	p := &s.Population
	p.Definition = g.text("definition")
	p.Regions = g.list("region")
	var ok bool
	if g.has("period") {
		if p.Period, ok = ParsePeriod(g.text("period")); !ok {
			g.failAt("period", "%q is not a period: write 2020, 2015-2020, 2020-07 or 2020-04-01/2020-09-30", g.text("period"))
		}
	}
	if g.has("reference_date") {
		if p.Reference, ok = ParseDate(g.text("reference_date")); !ok {
			g.failAt("reference_date", "%q is not a date: write year-month-day, as in 2020-07-01", g.text("reference_date"))
		}
	}
	p.AgeFrom = int(g.whole("age_from", 1, 150, 0))
	p.AgeBelow = int(g.whole("age_below", 1, 150, 0))
	if p.AgeBelow > 0 && p.AgeFrom >= p.AgeBelow {
		g.failAt("age_from", "nobody is %d or older and below %d", p.AgeFrom, p.AgeBelow)
	}
	if p.limitsAge() && p.Reference.IsZero() {
		key := "age_below"
		if p.AgeBelow == 0 {
			key = "age_from"
		}
		g.failAt(key, "people have an age on a date: add reference_date, as in reference_date: 2020-07-01")
	}
	p.ExcludeUnknown = g.word("unknown", "keep", "exclude") == "exclude"
}

func (p Population) limitsAge() bool { return p.AgeFrom > 0 || p.AgeBelow > 0 }

// Words are those of the population in one line; "" when the study file says nothing.
func (p Population) Words() string {
	var parts []string
	for _, w := range []string{p.Definition, strings.Join(p.Regions, ", "), p.Period.String()} {
		if w != "" {
			parts = append(parts, w)
		}
	}
	return strings.Join(parts, "; ")
}

// registerName may stand in a table as the name of a list, in a model and on a command line.
var registerName = regexp.MustCompile(`^[\pL\pN_][\pL\pN_ .-]*$`)

func (s *Study) registers(top *group) {
	if !top.has("registers") {
		top.fail(top.line, "there are no registers: a study names its files under registers")
	}
	all := top.reader.group(top.values["registers"], "registers")
	for _, name := range all.keys {
		if !registerName.MatchString(name) || slices.Contains([]string{"count", "structural_zero"}, strings.ToLower(name)) {
			all.fail(all.lineOf[name], "%q cannot be the name of a register: use letters, digits, spaces, _ . and -", name)
		}
		for _, other := range s.Registers {
			if strings.EqualFold(other.Name, name) {
				all.fail(all.lineOf[name], "two registers are called %s", name)
			}
		}
		s.Registers = append(s.Registers, s.register(all, name))
	}
	linked := s.Linked()
	if len(linked) == 0 {
		all.fail(all.line, "all registers are anonymous: at least one has records that can be linked")
	}
	if len(linked) > estimators.MaxLists {
		all.fail(all.line, "there are %d registers: at most %d can be linked", len(linked), estimators.MaxLists)
	}
	var names []string
	for _, r := range linked {
		names = append(names, r.Name)
	}
	for _, r := range s.Registers {
		for _, k := range r.Known {
			for _, to := range k.Registers {
				if !slices.Contains(names, to) {
					path := "registers." + r.Name + ".known_to." + k.Body
					panic(s.Fail(path, path+": there is no register "+to+" that is linked"+suggestion(to, names)).(*SyntaxError))
				}
			}
		}
	}
}

// Linked are the registers that are linked: those that are not anonymous.
func (s *Study) Linked() []Register {
	return slices.DeleteFunc(slices.Clone(s.Registers), func(r Register) bool { return r.Anonymous })
}

func (s *Study) register(all *group, name string) Register {
	g := all.sub(name, "file", "id", "columns", "missing", "sheet", "dates", "include", "absent", "anonymous", "known_to", "known_to_anyone", "same_population")
	if g == nil {
		all.fail(all.lineOf[name], "registers.%s: give at least its file, as in %s: {file: %s.csv, id: number}", name, name, name)
	}
	out := Register{Name: name, File: g.text("file"), ID: g.text("id"), Anonymous: g.flag("anonymous")}
	if out.File == "" {
		g.failAt("file", "a register has a file")
	}
	if sheet := g.text("sheet"); sheet != "" {
		out.File += "#" + sheet
	}
	out.Dates = g.word("dates", "dmy", "mdy", "ymd")
	out.Missing = g.list("missing")
	if c := g.sub("columns"); c != nil {
		for _, field := range c.keys {
			named := c.list(field)
			if len(named) > 1 && slices.Contains(Fields, field) {
				c.failAt(field, "several columns are of a field that is compared by keys, which has a name of its own such as key; %s is in one column", field)
			}
			if len(named) == 0 {
				c.failAt(field, "no column is named")
			}
			for i, column := range named {
				for _, other := range out.Columns {
					if other.Column == column || slices.Contains(other.More, column) {
						c.failAt(field, "the column %q is %s already", column, other.Field)
					}
				}
				if slices.Contains(named[:i], column) {
					c.failAt(field, "the column %q is named twice", column)
				}
				if column == out.ID && out.ID != "" {
					c.failAt(field, "the column %q is the number of the record, and is not compared", column)
				}
			}
			if !fieldName.MatchString(field) {
				c.failAt(field, "a field is named in small letters, digits and _")
			}
			if near, ok := misspelt(field); ok {
				c.failAt(field, "unknown field: did you mean %s? A free field may have any other name", near)
			}
			out.Columns = append(out.Columns, Column{field, named[0], named[1:]})
		}
		both := func(a, b string) bool { return c.has(a) && c.has(b) }
		for _, part := range []string{"birth_year", "birth_month", "birth_day"} {
			if both("birth_date", part) {
				c.failAt(part, "the date of birth is in one column (birth_date) or in parts, not both")
			}
		}
	}
	if i := g.sub("include", "period", "region", "where"); i != nil {
		out.Include = Include{Period: i.text("period"), Region: i.text("region")}
		if out.Include.Period != "" && s.Population.Period.IsZero() {
			i.failAt("period", "the study has no period: add population: {period: 2020}")
		}
		if out.Include.Region != "" && len(s.Population.Regions) == 0 {
			i.failAt("region", "the study has no region: add population: {region: …}")
		}
		if w := i.sub("where"); w != nil {
			for _, column := range w.keys {
				values := w.list(column)
				if len(values) == 0 {
					w.failAt(column, "no value is allowed: every record would be left out")
				}
				out.Include.Where = append(out.Include.Where, Where{column, values})
			}
		}
	}
	if a := g.sub("absent"); a != nil {
		if out.Anonymous {
			g.failAt("absent", "this is for a register that is linked")
		}
		for _, field := range a.keys {
			levels := a.list(field)
			if len(levels) == 0 {
				a.failAt(field, "name the levels at which the register did not run, as in {first_contact: [2015, 2016]}")
			}
			out.Absent = append(out.Absent, Absent{field, levels})
		}
	}
	s.anonymous(g, &out)
	return out
}

var fieldName = regexp.MustCompile(`^[\p{Ll}_][\p{Ll}\pN_]*$`)

// misspelt recognises a free name that is almost that of a known field.
func misspelt(field string) (near string, ok bool) {
	if slices.Contains(Fields, field) {
		return "", false
	}
	flat := func(s string) string { return strings.ReplaceAll(s, "_", "") }
	for _, known := range Fields {
		if flat(known) == flat(field) || len(known) > 4 && oneLetterOff(flat(known), flat(field)) {
			return known, true
		}
	}
	return "", false
}

// oneLetterOff reports whether one letter inserted, deleted, replaced or swapped with the next makes b of a.
func oneLetterOff(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case len(a) == len(b) && len(a) > 0:
		return a[1:] == b[1:] || len(a) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
	case len(a) == len(b)+1:
		return a[1:] == b
	case len(b) == len(a)+1:
		return a == b[1:]
	}
	return false
}

func (s *Study) anonymous(g *group, out *Register) {
	out.Someone = g.text("known_to_anyone")
	out.SamePopulation = g.flag("same_population")
	if k := g.sub("known_to"); k != nil {
		for _, body := range k.keys {
			known := Known{Body: body, Registers: []string{body}}
			if isGroup(k.plain(k.values[body])) {
				b := k.sub(body, "column", "registers")
				if !b.has("column") {
					k.failAt(body, "name the column with the answer, as in %s: {column: known_to_%s}", body, body)
				}
				known.Column = b.text("column")
				if b.has("registers") {
					known.Registers = b.list("registers")
				}
			} else {
				known.Column = k.text(body)
			}
			out.Known = append(out.Known, known)
		}
	}
	if !out.Anonymous {
		for _, key := range []string{"known_to", "known_to_anyone", "same_population"} {
			if g.has(key) {
				g.failAt(key, "this is for a register with anonymous: true")
			}
		}
		return
	}
	if len(out.Known) == 0 && out.Someone == "" {
		g.failAt("anonymous", "an anonymous register needs known_to: which column says that the police, care, … know the visitor")
	}
}

func (s *Study) linkage(top *group) {
	l := &s.Linking
	l.Threshold, l.Draws, l.MaxPairs = DefaultThreshold, DefaultDraws, DefaultMaxPairs
	g := top.sub("linkage", "blocking", "compare", "threshold", "draws", "municipalities", "nicknames", "review", "max_pairs", "linked")
	if g == nil {
		return
	}
	l.Threshold = g.share("threshold", DefaultThreshold)
	l.Draws = int(g.whole("draws", 2, 10_000, DefaultDraws))
	l.MaxPairs = g.whole("max_pairs", 1, 1<<50, DefaultMaxPairs)
	l.Municipalities, l.Nicknames = g.text("municipalities"), g.text("nicknames")
	l.Review, l.Linked = g.list("review"), g.list("linked")
	if c := g.sub("compare"); c != nil {
		for _, field := range c.keys {
			kind := c.word(field, Kinds...)
			if !s.hasField(field) {
				c.failAt(field, "no register has the field %s%s", field, suggestion(field, s.fields()))
			}
			l.Compare = append(l.Compare, Compare{field, kind})
		}
		if len(l.Compare) == 0 {
			g.failAt("compare", "no field is compared")
		}
	}
	if g.has("blocking") {
		if isGroup(g.plain(g.values["blocking"])) {
			only := g.sub("blocking", "only")
			l.Blocking, l.BlockingOnly = only.lists("only"), true
		} else {
			l.Blocking = g.lists("blocking")
		}
	}
	if len(l.Linked) > 0 {
		for _, key := range []string{"blocking", "compare", "municipalities", "nicknames", "review", "max_pairs"} {
			if g.has(key) {
				g.failAt(key, "the registers are linked already (linkage.linked): leave it out")
			}
		}
	}
}

// fields are those of the registers that name their columns.
func (s *Study) fields() []string {
	var out []string
	for _, r := range s.Linked() {
		for _, c := range r.Columns {
			if !slices.Contains(out, c.Field) {
				out = append(out, c.Field)
			}
		}
	}
	return out
}

// hasField reports whether a register has the field, or may have it because it names no columns. The parts of
// a date of birth are compared as birth_date.
func (s *Study) hasField(field string) bool {
	for _, r := range s.Linked() {
		if len(r.Columns) == 0 {
			return true
		}
		for _, c := range r.Columns {
			if c.Field == field || field == "birth_date" && strings.HasPrefix(c.Field, "birth_") {
				return true
			}
		}
	}
	return false
}

func (s *Study) estimate(top *group) {
	s.Estimate.Levels = []float64{0.95}
	defer s.absences()
	g := top.sub("estimate", "by", "methods", "level", "pool", "joint", "covariates", "trend")
	if g == nil {
		return
	}
	s.groups(g)
	for _, m := range g.list("methods") {
		if m != "auto" {
			s.Estimate.Methods = append(s.Estimate.Methods, m)
		}
	}
	s.Estimate.Levels = []float64{g.share("level", 0.95)}
	s.together(g)
}

// Departures are the keys of the group sensitivity, and Single those of which there is one value.
var (
	Departures = []string{"within", "prior", "claim", "dependence", "capture", "audit", "planned", "missed_links", "false_links", "over_coverage"}
	Single     = []string{"within", "prior", "over_coverage"}
)

func (s *Study) departures(top *group) {
	g := top.sub("sensitivity", Departures...)
	if g == nil {
		return
	}
	if len(s.Estimate.By) > 0 {
		g.fail(g.line, "sensitivity: the page is made of one estimate for everybody, and estimate.by gives one for each group: leave out one of them")
	}
	s.Departures = map[string][]string{}
	for _, key := range g.keys {
		values := g.list(key)
		if len(values) == 0 || len(values) > 1 && slices.Contains(Single, key) {
			g.failAt(key, "one value is expected here, and there are %d", len(values))
		}
		s.Departures[key] = values
	}
}

// groups reads by: [year, sex], the groups of one table, or [[year, sex], [year, region]], those of several.
func (s *Study) groups(g *group) {
	e := &s.Estimate
	e.Tables = g.tables("by")
	for i, table := range e.Tables {
		sorted := slices.Sorted(slices.Values(table))
		for _, other := range e.Tables[:i] {
			if slices.Equal(sorted, slices.Sorted(slices.Values(other))) {
				g.failAt("by", "two tables are by %s", strings.Join(table, ", "))
			}
		}
		for k, name := range table {
			if slices.Contains(table[:k], name) {
				g.failAt("by", "%s is named twice", name)
			}
			if !slices.Contains(e.By, name) {
				e.By = append(e.By, name)
			}
		}
	}
}

// together reads what one model for all groups is like.
func (s *Study) together(g *group) {
	e := &s.Estimate
	e.Pool = loglinear.Pooling(g.word("pool", string(loglinear.Shared), string(loglinear.Shrunk), string(loglinear.Separate)))
	e.Joint, e.Covariates = g.flag("joint"), g.list("covariates")
	for _, t := range g.list("trend") {
		name, degree, _ := strings.Cut(t, ":")
		n, err := strconv.Atoi(degree)
		if err != nil || n < 1 {
			g.failAt("trend", "%q has no degree: write year:1 for a straight line, year:2 for a curve", t)
		}
		if !slices.Contains(e.By, name) && !slices.Contains(e.Covariates, name) {
			g.failAt("trend", "%s is neither in by nor in covariates", name)
		}
		e.Trends = append(e.Trends, loglinear.Trend{Covariate: name, Degree: n})
	}
	switch {
	case e.Together() && len(e.By) == 0:
		g.fail(g.line, "estimate: pool and joint are about groups: add by: [sex] or the like")
	case e.Pool != "" && e.Joint:
		g.failAt("pool", "pool and joint are two models for all groups: leave one of them out")
	case !e.Joint && len(e.Covariates) > 0:
		g.failAt("covariates", "this is about the one model for all groups: add joint: true")
	case !e.Joint && len(e.Trends) > 0:
		g.failAt("trend", "this is about the one model for all groups: add joint: true")
	case e.Together() && len(e.Methods) > 0 && !slices.Contains(e.Methods, "loglinear"):
		g.failAt("methods", "pool and joint are log-linear models: add loglinear to the methods")
	}
	for _, c := range e.Covariates {
		if slices.Contains(e.By, c) {
			g.failAt("covariates", "%s is in by already", c)
		}
	}
}

// absences holds the fields of absent to those of estimate.by: which people could not be on a register is known by group.
func (s *Study) absences() {
	for _, r := range s.Registers {
		for _, a := range r.Absent {
			path := "registers." + r.Name + ".absent." + a.Field
			if !slices.Contains(s.Estimate.By, a.Field) {
				panic(s.Fail(path, fmt.Sprintf("%s: where a register did not run is taken into account by group: add estimate: {by: [%s]}", path, a.Field)).(*SyntaxError))
			}
			for _, table := range s.Estimate.Tables {
				if !slices.Contains(table, a.Field) && !s.Estimate.Joint {
					panic(s.Fail(path, fmt.Sprintf("%s: where a register did not run is taken into account by group: add %s to the table by %s too", path, a.Field, strings.Join(table, ", "))).(*SyntaxError))
				}
			}
		}
	}
}
