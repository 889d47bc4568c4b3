package tableio

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"darkfigure/estimators"
)

// roles say what each column of a table is, by index; -1 is none.
type roles struct {
	lists      []int    // columns of lists, in the order of the table's lists
	names      []string // of the lists
	history    int      // column of histories such as 0101, instead of lists
	count      int
	guessed    bool // count was recognised by its position, not by its name
	structural int
	covariates []int
	labels     []string // names of the covariates
	prefixed   bool     // lists were recognised by the prefix in_
	blank      []int    // columns without a name that must stay empty
	unlisted   []int    // 0/1 columns that Options.Lists left out
	left       []int    // of these, lists by their name: no covariates either
	kept       []bool   // columns that Options.Covariates names
	identity   int      // covariate that tells persons apart, by its name
	notes      []string
}

// A spelling is a way to write whether somebody is on a list.
type spelling uint8

const (
	digits  spelling = 1 << iota // 0 1
	logical                      // TRUE FALSE T F
	words                        // yes no, also in Dutch
)

// onList reads a value of a list column. ok is false when it is none of the spellings.
func onList(b []byte) (on bool, how spelling, ok bool) {
	switch len(b) {
	case 1:
		switch b[0] {
		case '1':
			return true, digits, true
		case '0':
			return false, digits, true
		case 'T', 't':
			return true, logical, true
		case 'F', 'f':
			return false, logical, true
		case 'Y', 'y', 'J', 'j':
			return true, words, true
		case 'N', 'n':
			return false, words, true
		}
	case 2:
		switch {
		case bytes.EqualFold(b, []byte("no")):
			return false, words, true
		case bytes.EqualFold(b, []byte("ja")):
			return true, words, true
		}
	case 3:
		switch {
		case string(b) == "1.0":
			return true, digits, true
		case string(b) == "0.0":
			return false, digits, true
		case bytes.EqualFold(b, []byte("yes")):
			return true, words, true
		case bytes.EqualFold(b, []byte("nee")):
			return false, words, true
		}
	case 4:
		if bytes.EqualFold(b, []byte("true")) {
			return true, logical, true
		}
	case 5:
		if bytes.EqualFold(b, []byte("false")) {
			return false, logical, true
		}
	}
	return false, 0, false
}

// missing reports whether a value stands for "not known".
func missing(b []byte) bool {
	switch string(b) {
	case "", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", ".":
		return true
	}
	return false
}

// A profile is what the sampled rows hold in one column.
type profile struct {
	binary    int // values that can be read as on a list or not
	how       spelling
	single    bool // among them single letters, which are also codes of other things
	whole     int  // whole numbers other than 0 and 1
	missing   int
	other     int
	histories int // strings of at least two 0s and 1s
	firstGap  int // row of the first missing value
	firstOdd  int // row of the first value that is neither
	odd       string
}

func look(sample []sampled, j int) profile {
	var p profile
	for _, s := range sample {
		v := s.values[j]
		if h := bytes.TrimPrefix(v, []byte{'\''}); len(h) > 1 && len(bytes.Trim(h, "01")) == 0 {
			p.histories++
		}
		_, how, ok := onList(v)
		switch {
		case ok:
			p.binary++
			p.how |= how
			p.single = p.single || how != digits && len(v) == 1
			continue
		case missing(v):
			if p.missing++; p.missing == 1 {
				p.firstGap = s.row
			}
			continue
		}
		if _, problem := wholeNumber(v); problem == "" {
			p.whole++
		} else {
			p.other++
		}
		if p.firstOdd == 0 {
			p.firstOdd, p.odd = s.row, string(v)
		}
	}
	return p
}

// almost reports whether a column looks like a list with mistakes in it: mostly 0 and 1
// with a few other numbers, or mostly TRUE and FALSE (or yes and no) with something else.
func (p profile) almost() bool {
	if p.how == digits {
		return p.other == 0 && p.binary > p.whole
	}
	return !p.single && p.binary > p.whole+p.other
}

// onlyBinary reports whether all values in the sample are spellings of on or off a list.
func (p profile) onlyBinary() bool {
	return p.binary > 0 && p.whole == 0 && p.other == 0 && p.missing == 0
}

func (p profile) empty() bool { return p.binary+p.whole+p.other == 0 }

// countNames are names of count columns, lower case and in this order of preference.
var countNames = []string{"count", "counts", "freq", "frequency", "persons", "aantal", "n"}

// covariateNames are names of columns that are about a person: a 0/1 column called so is
// not taken for a list, nor a number for a count, without asking.
var covariateNames = []string{
	"age", "adult", "child", "female", "gender", "id", "male", "minor", "month", "nationality", "nr", "period", "quarter", "region", "sex", "weight", "year", "woman", "man",
	"leeftijd", "geslacht", "jaar", "jongen", "kwartaal", "maand", "meerderjarig", "meisje", "minderjarig", "nationaliteit", "periode", "regio", "volwassen", "vrouw",
}

func isCovariateName(name string) bool { return slices.Contains(covariateNames, strings.ToLower(name)) }

// identityNames are names of columns that tell persons apart.
var identityNames = []string{
	"id", "person", "person_id", "personid", "person id", "client", "client_id", "clientid", "victim_id", "case_id", "record_id", "pseudonym",
	"persoon", "persoonsnummer", "persoon_id", "clientnummer", "cliëntnummer", "dossier", "dossiernummer", "bsn", "rinpersoon", "pseudoniem",
}

// totalNames mark a row that holds the sums of the others.
var totalNames = []string{"total", "totals", "grand total", "subtotal", "sum", "totaal", "eindtotaal", "subtotaal", "som"}

func isTotal(v []byte) bool {
	return len(v) <= 12 && slices.Contains(totalNames, strings.ToLower(strings.TrimRight(string(v), ":")))
}

// pandasIndex is what pandas calls the row numbers that it writes to Parquet, and rowNames are what pandas and readr
// call a first column without a name.
const pandasIndex = "__index_level_0__"

var rowNames = []string{"Unnamed: 0", "...1"}

var historyNames = []string{"ch", "history", "histories", "capture_history", "capture.history", "capturehistory", "capture history"}

// recognise decides the role of every column from the header, the sample and the options.
func recognise(rows records, sample []sampled, opts Options) (*roles, error) {
	names := rows.header()
	r := &roles{history: -1, count: -1, structural: -1, identity: -1}
	note := func(s string) { r.notes = append(r.notes, s) }

	profiles := make([]profile, len(names))
	for j := range names {
		profiles[j] = look(sample, j)
	}
	if err := checkHeader(rows, names, sample); err != nil {
		return nil, err
	}
	if len(opts.Lists) == 0 || opts.Count == "" {
		if err := checkResults(rows, names, sample); err != nil {
			return nil, err
		}
	}
	if err := checkTotals(rows, names, sample, opts); err != nil {
		return nil, err
	}

	// Columns that take no part.
	taken := make([]bool, len(names))
	column := func(what, name string) (int, error) {
		for j, n := range names {
			if n == name && n != "" {
				return j, nil
			}
		}
		if what == "list" { // without its prefix
			for j, n := range names {
				if stripped, ok := stripIn(n); ok && stripped == name {
					return j, nil
				}
			}
		}
		var candidates []string
		for _, n := range names {
			if n != "" {
				candidates = append(candidates, n)
			}
		}
		return -1, rows.fail(0, -1, "there is no column %s for the %s%s", quote(name), what, suggest(name, candidates))
	}
	for _, name := range opts.Ignore {
		j, err := column("columns to ignore", name)
		if err != nil {
			return nil, err
		}
		taken[j] = true
	}
	r.kept = make([]bool, len(names))
	for _, name := range opts.Covariates {
		j, err := column("covariates", name)
		if err != nil {
			return nil, err
		}
		if taken[j] {
			return nil, rows.fail(0, j, "the column is named as a covariate and also has another role, or is named twice")
		}
		taken[j], r.kept[j] = true, true
	}
	if len(opts.Ignore) > 0 {
		note("ignored as asked: " + strings.Join(opts.Ignore, ", "))
	}
	last := len(names) - 1
	for last >= 0 && names[last] == "" && profiles[last].empty() {
		taken[last] = true
		r.blank = append(r.blank, last)
		last--
	}
	for j, name := range names {
		switch {
		case !taken[j] && last > 0 && (name == pandasIndex || j == 0 && slices.Contains(rowNames, name)):
			taken[j] = true
			note("the column " + columnName(names, j) + " holds names or numbers of rows and was ignored")
		case name != "" || taken[j]:
		case j == 0 && last > 0:
			taken[0] = true
			note("the first column has no name: its values were taken as names of rows and ignored")
		case j == last && opts.Count == "":
			r.count = j
			taken[j] = true
			note("counts: the last column, which has no name")
		case profiles[j].empty():
			taken[j] = true
			r.blank = append(r.blank, j)
		default:
			return nil, rows.fail(0, j, "the column has no name: give it one in the header, or remove it")
		}
	}

	// Structural zeros and counts go by name.
	for j, name := range names {
		switch strings.ToLower(name) {
		case "structural_zero", "structural zero", "structuralzero":
			if !taken[j] {
				if r.structural >= 0 {
					return nil, rows.fail(0, j, "a second column of structural zeros: keep one")
				}
				r.structural = j
				taken[j] = true
			}
		}
	}
	if opts.Count != "" {
		j, err := column("count", opts.Count)
		if err != nil {
			return nil, err
		}
		if taken[j] {
			return nil, rows.fail(0, j, "the column is named as the count and also has another role")
		}
		r.count = j
		taken[j] = true
		note("counts: " + names[j])
	}
	listed := map[int]bool{}
	given := false // opts.Lists names columns
	for _, name := range opts.Lists {
		if j, err := column("list", name); err == nil && !taken[j] {
			listed[j] = true
			given = true
		}
	}
	if r.count < 0 {
		var found []int
		for j, name := range names {
			if !taken[j] && !listed[j] && (name == "n" || name != "N" && slices.Contains(countNames, strings.ToLower(name))) {
				found = append(found, j)
			}
		}
		if len(found) > 1 { // a list may be called n
			found = slices.DeleteFunc(found, func(j int) bool { return profiles[j].onlyBinary() })
		}
		switch {
		case len(found) > 1:
			return nil, rows.fail(0, -1, "both %s and %s could hold the counts: say which with --count", quote(names[found[0]]), quote(names[found[1]]))
		case len(found) == 1:
			r.count = found[0]
			taken[r.count] = true
			note("counts: " + names[r.count])
		}
	}

	// Lists.
	if !given {
		for j, name := range names {
			if !taken[j] && slices.Contains(historyNames, strings.ToLower(name)) && profiles[j].histories > 0 {
				if r.history >= 0 {
					return nil, rows.fail(0, j, "a second column of histories beside %s: keep one, or name it with --ignore", quote(names[r.history]))
				}
				r.history = j
				taken[j] = true
			}
		}
	}
	switch {
	case r.history >= 0:
		if err := r.listsOfHistory(rows, sample, opts); err != nil {
			return nil, err
		}
		note("lists: " + strings.Join(r.names, ", ") + " (from the histories in " + names[r.history] + ")")
	case len(opts.Lists) > 0:
		for _, name := range opts.Lists {
			j, err := column("list", name)
			if err != nil {
				return nil, err
			}
			if taken[j] {
				return nil, rows.fail(0, j, "the column is named as a list and also has another role, or is named twice")
			}
			taken[j] = true
			r.lists = append(r.lists, j)
		}
		for j, name := range names {
			p := profiles[j]
			if taken[j] || p.binary == 0 || p.whole+p.other > 0 {
				continue
			}
			if _, ok := stripIn(name); ok && p.missing == 0 {
				r.left = append(r.left, j)
				taken[j] = true
			}
			if taken[j] || p.how == digits {
				r.unlisted = append(r.unlisted, j)
			}
		}
	default:
		if err := r.listsByLooking(rows, sample, profiles, taken); err != nil {
			return nil, err
		}
	}
	if r.history < 0 {
		for _, j := range r.lists {
			name := names[j]
			if stripped, ok := stripIn(name); ok && !slices.Contains(names, stripped) {
				name = stripped
			}
			r.names = append(r.names, name)
		}
		what, why := "lists: ", ""
		switch {
		case len(opts.Lists) > 0:
			what = "lists as named: "
		case r.prefixed:
			why = " (taken as lists because their names start with in_)"
		default:
			why = " (taken as lists because these columns hold " + map[spelling]string{digits: "0 and 1", logical: "TRUE and FALSE", words: "yes and no"}[profiles[r.lists[0]].how] + " only)"
		}
		note(what + strings.Join(r.names, ", ") + why)
	}
	if len(r.names) > estimators.MaxLists {
		return nil, rows.fail(0, -1, "%d lists: at most %d can be estimated together; name fewer with --lists", len(r.names), estimators.MaxLists)
	}

	// A count by its position: the last column, when it is the only number other than 0/1.
	if r.count < 0 {
		candidate := -1
		for j := range names {
			if !taken[j] && profiles[j].whole > 0 && profiles[j].other == 0 {
				if candidate = j; j != last {
					candidate = -1
					break
				}
			}
		}
		if candidate >= 0 && !isCovariateName(names[candidate]) {
			r.count = candidate
			r.guessed = true
			taken[candidate] = true
			note("counts: " + names[candidate] + " (the last column, and the only one with numbers other than 0 and 1)")
		}
	}
	for j, name := range names {
		if !taken[j] || r.kept[j] {
			if !r.kept[j] && r.count < 0 && r.identity < 0 && slices.Contains(identityNames, strings.ToLower(name)) {
				r.identity = len(r.covariates)
			}
			r.covariates = append(r.covariates, j)
			r.labels = append(r.labels, name)
		}
	}
	for _, label := range r.labels {
		if slices.Contains(r.names, label) {
			return nil, rows.fail(0, -1, "the name %s is used for a list and for a covariate: rename one, or --ignore it", quote(label))
		}
	}
	return r, nil
}

func stripIn(name string) (string, bool) {
	if len(name) > 3 && strings.EqualFold(name[:3], "in_") {
		return name[3:], true
	}
	return name, false
}

// checkHeader refuses a header that is none: repeated names, or a row of numbers.
func checkHeader(rows records, names []string, sample []sampled) error {
	numbers := 0
	for _, name := range names {
		if !utf8.ValidString(name) || strings.IndexByte(name, 0) >= 0 {
			return rows.fail(0, -1, "the name of a column, %s, holds bytes that are not text: rename it", quote(name))
		}
		if _, problem := wholeNumber([]byte(name)); problem == "" {
			numbers++
		}
	}
	if numbers == len(names) {
		return rows.fail(1, -1, "the first line holds numbers, not names: add a header line with the names of the lists and, last, count")
	}
	seen := map[string]int{}
	for j, name := range names {
		if i, ok := seen[name]; ok && name != "" {
			return rows.fail(0, j, "the columns %d and %d have the same name: rename one", i+1, j+1)
		}
		seen[name] = j
	}
	return nil
}

const removeTotal = "this looks like a row of totals, which would count everybody twice: remove the total row"

// checkTotals refuses a row of totals among the first ones: by a word such as Total, or a number in a row that has nothing else.
func checkTotals(rows records, names []string, sample []sampled, opts Options) error {
	for _, s := range sample {
		filled, number := 0, false
		for j, v := range s.values {
			if isTotal(v) && !slices.Contains(opts.Ignore, names[j]) {
				return rows.fail(s.row, j, "%s: "+removeTotal, quote(v))
			}
			if !missing(v) {
				filled++
				n, problem := wholeNumber(v)
				number = number || problem == "" && n > 1
			}
		}
		if filled == 1 && number && len(names) > 2 {
			return rows.fail(s.row, -1, "the row has a number and nothing else; "+removeTotal)
		}
	}
	return nil
}

// checkResults refuses the results of this program where a table is expected.
func checkResults(rows records, names []string, sample []sampled) error {
	has := func(columns ...string) bool {
		return !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(names, c) })
	}
	if !has("method", "model", "observed", "hidden", "population", "status") && !has("what", "list", "other", "persons", "share_of_observed") {
		return nil
	}
	table := "the table they were made from"
	if j := slices.Index(names, "source"); j >= 0 && len(sample[0].values[j]) > 0 {
		table += ", " + string(sample[0].values[j])
	}
	return rows.fail(0, -1, "this is a file of results, not a table: give %s; to lay out results again, write them with --format json and use darkfigure report", strings.ToValidUTF8(table, "�"))
}

// listsOfHistory takes the number of lists from the histories, and their names from the
// options or as L1, L2, ….
func (r *roles) listsOfHistory(rows records, sample []sampled, opts Options) error {
	width := 0
	for _, s := range sample {
		width = max(width, len(bytes.TrimPrefix(s.values[r.history], []byte{'\''})))
	}
	if width > estimators.MaxLists {
		return rows.fail(0, r.history, "the histories have %d lists: at most %d can be estimated together", width, estimators.MaxLists)
	}
	if len(opts.Lists) > 0 && len(opts.Lists) != width {
		return rows.fail(0, r.history, "--lists names %d lists, the histories have %d", len(opts.Lists), width)
	}
	r.names = slices.Clone(opts.Lists)
	for i := len(r.names); i < width; i++ {
		r.names = append(r.names, "L"+itoa(i+1))
	}
	return nil
}

// listsByLooking takes the columns with the prefix in_, else those that hold 0 and 1 only,
// and refuses what is not clear.
func (r *roles) listsByLooking(rows records, sample []sampled, profiles []profile, taken []bool) error {
	names := rows.header()
	prefixed := 0
	for j, name := range names {
		if _, ok := stripIn(name); ok && !taken[j] {
			prefixed++
		}
	}
	var all spelling
	for j, name := range names {
		if taken[j] {
			continue
		}
		p := profiles[j]
		if prefixed > 0 {
			if _, ok := stripIn(name); ok {
				r.lists = append(r.lists, j)
			}
			continue
		}
		switch {
		case p.onlyBinary():
			if isCovariateName(name) {
				return rows.fail(0, j, "the column holds 0 and 1 like a list, but its name is that of a covariate: say which columns are lists with --lists A,B,C")
			}
			r.lists = append(r.lists, j)
			all |= p.how
		case p.binary > 0 && p.missing > 0 && (p.almost() || p.whole+p.other == 0):
			return rows.fail(p.firstGap, j, "missing value in a column of 0 and 1: a list column has 0 for a person who is not on the list; if this is a covariate, say which columns are lists with --lists A,B,C")
		case p.binary > 0 && p.almost() && !isCovariateName(name) && !(r.count < 0 && j == len(names)-1):
			return rows.fail(p.firstOdd, j, "%s in a column of 0 and 1: a list column holds 0 or 1; if this is a covariate, say which columns are lists with --lists A,B,C", quote(p.odd))
		}
	}
	if all != 0 && all&(all-1) != 0 {
		first, other := -1, -1
		for _, j := range r.lists {
			if first < 0 {
				first = j
			} else if profiles[j].how != profiles[first].how {
				other = j
			}
		}
		if other < 0 {
			return rows.fail(0, first, "the column mixes spellings such as 1 and TRUE: use one")
		}
		return rows.fail(0, -1, "the columns %s and %s both look like lists but are not written the same way (such as 0/1 and yes/no), so one may be a covariate: say which columns are lists with --lists A,B,C", quote(names[first]), quote(names[other]))
	}
	r.prefixed = prefixed > 0
	for _, j := range r.lists {
		taken[j] = true
	}
	if len(r.lists) == 0 && !r.prefixed {
		return rows.fail(0, -1, "no column holds only 0 and 1, so none is recognised as a list: a table has one column per list with 0 or 1 in every row; name them with --lists A,B,C to see what is wrong with them")
	}
	return nil
}
