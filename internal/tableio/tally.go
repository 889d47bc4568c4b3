package tableio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

const (
	// MaxCells is the largest number of distinct combinations of history and covariate levels
	// that a table may have.
	MaxCells = 1 << 21

	// maxLevels is the largest number of levels of a covariate: level numbers fit in two bytes,
	// 0 being the missing level.
	maxLevels = 1<<16 - 1
)

func itoa(i int) string { return strconv.Itoa(i) }

// A tally adds rows up into cells as they come.
type tally struct {
	rows     records
	roles    *roles
	names    []string // of all columns
	index    map[string]int32
	counts   []int64
	zeros    []bool // structural
	levels   []levels
	key      []byte
	n        int64    // rows
	merged   int64    // rows that repeat an earlier history
	repeated int      // row of the first of them
	nobody   int64    // rows of the history on no list with count 0
	outside  int64    // persons on none of the named lists, but on another
	dropped  []string // columns that were no covariates after all
	latin    bool
	inert    bool // the file is text, in which labels may have been made inert
}

// levels number the values of one covariate as they are met.
type levels struct {
	index    map[string]uint16
	values   []string // values[i] has number i+1
	last     []byte   // the value of the row before, and its number: sorted files repeat it
	lastCode uint16
	missing  int64
}

func newTally(rows records, r *roles) *tally {
	t := &tally{rows: rows, roles: r, names: rows.header(), index: map[string]int32{}, levels: make([]levels, len(r.covariates)), key: make([]byte, 4+2*len(r.covariates))}
	for i := range t.levels {
		t.levels[i].index = map[string]uint16{}
	}
	_, t.inert = rows.(*textReader)
	return t
}

// add counts one row.
func (t *tally) add(row int, values [][]byte, number func(int) bool) error {
	r := t.roles
	t.n++
	var p estimators.Pattern
	if r.history >= 0 {
		var err error
		if p, err = t.pattern(row, values[r.history], number); err != nil {
			return err
		}
	}
	for i, j := range r.lists {
		v := values[j]
		if len(v) == 1 && v[0]&^1 == '0' { // by far the most common
			p |= estimators.Pattern(v[0]&1) << uint(i)
			continue
		}
		on, _, ok := onList(v)
		if !ok {
			return t.notOnList(row, j, v)
		}
		if on {
			p |= 1 << uint(i)
		}
	}
	structural := false
	if r.structural >= 0 && !missing(values[r.structural]) {
		on, _, ok := onList(values[r.structural])
		if !ok {
			return t.rows.fail(row, r.structural, "%s does not say whether the pattern is a structural zero: write 1 or 0", quote(values[r.structural]))
		}
		structural = on
	}
	count := int64(1)
	switch {
	case r.count >= 0 && structural && missing(values[r.count]):
		count = 0
	case r.count >= 0:
		n, problem := wholeNumber(values[r.count])
		if problem != "" {
			return t.rows.fail(row, r.count, "%s is not a count: %s", quote(values[r.count]), problem)
		}
		if n < 0 {
			return t.rows.fail(row, r.count, "the count %d is negative: a count is a number of persons", n)
		}
		count = n
	case structural:
		count = 0
	}
	for _, j := range r.blank {
		if len(values[j]) > 0 {
			return t.rows.fail(row, j, "%s in a column without a name: name the column in the header, or remove it", quote(values[j]))
		}
	}
	if structural && count > 0 {
		return t.rows.fail(row, r.structural, "the history %s is declared impossible (a structural zero), but %d persons have it", p.History(len(r.names)), count)
	}
	for _, j := range r.left {
		if _, _, ok := onList(values[j]); !ok {
			return t.notOnList(row, j, values[j])
		}
	}
	if p == 0 && count > 0 {
		for _, j := range r.unlisted {
			if on, _, _ := onList(values[j]); on {
				t.outside += count
				return nil
			}
		}
		who := fmt.Sprintf("the history %s has count %d: nobody can have counted the people on no list; remove the row or set the count to 0", p.History(len(r.names)), count)
		if r.count < 0 {
			who = "the person is on no list: remove the row, or check the columns of the lists"
		}
		return t.rows.fail(row, -1, "%s", who)
	}
	if p == 0 {
		t.nobody++
	}
	binary.LittleEndian.PutUint32(t.key, uint32(p))
	for i := 0; i < len(r.covariates); i++ {
		j := r.covariates[i]
		if t.full(i, values[j]) {
			t.drop(i)
			i--
			continue
		}
		code, err := t.level(row, i, j, values[j])
		if err != nil {
			return err
		}
		binary.LittleEndian.PutUint16(t.key[4+2*i:], code)
	}
	cell, ok := t.index[string(t.key)]
	if !ok {
		if len(t.counts) == MaxCells {
			return t.tooManyCells(row)
		}
		cell = int32(len(t.counts))
		t.index[string(t.key)] = cell
		t.counts = append(t.counts, 0)
		t.zeros = append(t.zeros, false)
	} else if t.merged++; t.merged == 1 {
		t.repeated = row
	}
	if count > estimators.MaxObserved-t.counts[cell] {
		return t.rows.fail(row, r.count, "the counts of this history add up to more than %d persons", estimators.MaxObserved)
	}
	t.counts[cell] += count
	t.zeros[cell] = t.zeros[cell] || structural
	return nil
}

// pattern reads a history such as 0101.
func (t *tally) pattern(row int, v []byte, number func(int) bool) (estimators.Pattern, error) {
	j, k := t.roles.history, len(t.roles.names)
	const remedy = "keep the column as text (in Excel: format the cells as text before typing; from CSV: write '0101)"
	if number(j) {
		return 0, t.rows.fail(row, j, "the history %s is stored as a number, which has lost its leading zeros: %s", quote(v), remedy)
	}
	v = bytes.TrimPrefix(v, []byte{'\''})
	if missing(v) {
		return 0, t.rows.fail(row, j, "missing history")
	}
	if len(bytes.Trim(v, "01")) > 0 {
		return 0, t.rows.fail(row, j, "%s is not a history: it has one 0 or 1 for every list", quote(v))
	}
	if len(v) < k {
		return 0, t.rows.fail(row, j, "the history %s has %d lists where others have %d: it has probably lost its leading zeros by being treated as a number; %s", quote(v), len(v), k, remedy)
	}
	if len(v) > k {
		return 0, t.rows.fail(row, j, "the history %s has %d lists where the rows before it have %d: they have probably lost their leading zeros by being treated as numbers; %s", quote(v), len(v), k, remedy)
	}
	var p estimators.Pattern
	for i, c := range v {
		p |= estimators.Pattern(c-'0') << uint(i)
	}
	return p, nil
}

func (t *tally) notOnList(row, j int, v []byte) error {
	if isTotal(v) {
		return t.rows.fail(row, j, "%s: "+removeTotal, quote(v))
	}
	const covariate = "if the column is not a list, name the lists with --lists A,B,C"
	if missing(v) {
		return t.rows.fail(row, j, "missing value in the column of a list: write 0 for a person who is not on the list; %s", covariate)
	}
	return t.rows.fail(row, j, "%s in the column of a list, which holds 0 or 1; %s", quote(v), covariate)
}

// level numbers the value of covariate i, which is in column j.
func (t *tally) level(row, i, j int, v []byte) (uint16, error) {
	l := &t.levels[i]
	if l.last != nil && bytes.Equal(v, l.last) {
		if l.lastCode == 0 {
			l.missing++
		}
		return l.lastCode, nil
	}
	code, ok := l.index[string(v)]
	if !ok {
		text, changed, valid := decodeLabel(v)
		if !valid {
			return 0, t.rows.fail(row, j, "the value holds bytes that are not text: save the table as CSV in UTF-8")
		}
		t.latin = t.latin || changed
		text = strings.TrimSpace(text)
		if t.inert {
			text = plain(text)
		}
		if text == "" || text == "NA" {
			code = 0
		} else if code, ok = l.index[text]; !ok {
			if isTotal(v) {
				return 0, t.rows.fail(row, j, "%s: "+removeTotal, quote(v))
			}
			if len(l.values) == maxLevels {
				return 0, t.rows.fail(row, j, "more than %d different values: this looks like an identifier or a measurement, not a covariate; leave it out with --ignore %s", maxLevels, t.names[j])
			}
			l.values = append(l.values, text)
			code = uint16(len(l.values))
			l.index[text] = code
		}
		if len(l.index) <= 2*maxLevels {
			l.index[string(v)] = code
		}
	}
	if code == 0 {
		l.missing++
	}
	l.last, l.lastCode = append(l.last[:0], v...), code
	return code, nil
}

// most returns the covariate with the most levels.
func (t *tally) most() int {
	most := -1
	for i := range t.levels {
		if most < 0 || len(t.levels[i].values) > len(t.levels[most].values) {
			most = i
		}
	}
	return most
}

func (t *tally) tooManyCells(row int) error {
	i := t.most()
	if i < 0 {
		return t.rows.fail(row, -1, "more than %d different histories", MaxCells)
	}
	j := t.roles.covariates[i]
	return t.rows.fail(row, j, "more than %d different combinations of history and covariates; this column has the most values, %d so far: leave it out with --ignore %s, or group its values", MaxCells, len(t.levels[i].values), t.names[j])
}

// finish makes the table.
func (t *tally) finish(opts Options) (*Read, error) {
	r := t.roles
	if r.guessed && t.merged > 0 {
		return nil, t.rows.fail(t.repeated, r.count, "the last column was taken for the counts because of its numbers, but this history stands in an earlier row too, as in a table with one row per person: say --count %s if it is the count, else name the lists with --lists", t.names[r.count])
	}
	identity := t.identify()
	cells := make([]estimators.Cell, len(t.counts))
	text := make([]string, len(t.counts)*len(t.levels))
	for key, at := range t.index {
		c := &cells[at]
		c.Pattern = estimators.Pattern(binary.LittleEndian.Uint32([]byte(key[:4])))
		c.Count, c.StructuralZero = t.counts[at], t.zeros[at]
		c.Levels = text[int(at)*len(t.levels) : (int(at)+1)*len(t.levels)]
		for i := range t.levels {
			if code := binary.LittleEndian.Uint16([]byte(key[4+2*i : 6+2*i])); code > 0 {
				c.Levels[i] = t.levels[i].values[code-1]
			}
		}
		if c.StructuralZero && c.Count > 0 {
			return nil, t.rows.fail(0, r.structural, "the history %s is declared impossible (a structural zero) in one row and has %d persons in another", c.Pattern.History(len(r.names)), c.Count)
		}
	}
	t.index = nil
	notes := slices.Clone(r.notes)
	if len(r.labels) > 0 {
		notes = append(notes, "covariates: "+strings.Join(r.labels, ", "))
	}
	if len(t.dropped) > 0 {
		notes = append(notes, fmt.Sprintf("ignored, as identifying persons: %s (a value of its own for every row or person)", strings.Join(t.dropped, ", ")))
	}
	if identity != nil && identity.Again > 0 {
		notes = append(notes, fmt.Sprintf("%d of the %d rows are of a person (%s) who stands in an earlier row too, and each row counts", identity.Again, t.n, identity.Column))
	}
	if r.count < 0 {
		notes = append(notes, fmt.Sprintf("no column of counts: each of the %d rows is one person", t.n))
	} else if t.merged > 0 {
		notes = append(notes, fmt.Sprintf("%d rows repeat the history of another row: their counts were added", t.merged))
	}
	if t.nobody > 0 {
		notes = append(notes, "the history on no list has count 0 and was ignored: it is what is to be estimated")
	}
	if len(r.left) > 0 {
		left := "lists left out, as --lists does not name them: " + strings.Join(namesOf(t.names, r.left), ", ")
		if t.outside == 0 {
			left += "; nobody was seen there only"
		}
		notes = append(notes, left)
	}
	if t.outside > 0 {
		notes = append(notes, fmt.Sprintf("%d persons are on none of the lists named, only on %s: they were left out, as people these lists have not seen", t.outside, strings.Join(namesOf(t.names, r.unlisted), " or ")))
	}
	declared, structural, err := t.absent(opts.Absent, cells)
	if err != nil {
		return nil, err
	}
	if r.structural >= 0 {
		if n := patterns(cells); n > 0 {
			notes = append(notes, t.impossible(n, "the column "+t.names[r.structural]))
		}
	}
	for i, d := range opts.Absent {
		notes = append(notes, t.impossible(declared[i], "--absent "+d))
	}
	if book, ok := t.rows.(interface{ sheetNote() string }); ok && book.sheetNote() != "" {
		notes = append(notes, book.sheetNote())
	}
	if latin, ok := t.rows.(interface{ latin1() bool }); t.latin || ok && latin.latin1() {
		notes = append(notes, "the text is not UTF-8 and was read as Windows-1252 (Latin-1)")
	}
	table, err := estimators.NewTable(r.names, r.labels, append(cells, structural...))
	if err != nil {
		return nil, t.rows.fail(0, -1, "%s", err.Error())
	}
	if opts.Period != "" {
		table = table.WithPeriod(opts.Period)
	}
	return &Read{Table: table, Persons: r.count < 0, Rows: t.n, Notes: notes, Identity: identity}, nil
}

func namesOf(names []string, at []int) []string {
	out := make([]string, len(at))
	for i, j := range at {
		out[i] = names[j]
	}
	return out
}

// fits reports whether levels are those asked for; "" asks for nothing.
func fits(levels, asked []string) bool {
	for i, a := range asked {
		if a != "" && levels[i] != a {
			return false
		}
	}
	return true
}

// wholeNumber reads a count: digits, with an exponent or a fraction only where the number
// is whole all the same (R writes 1e+05, databases write 40.0). problem says what
// is wrong and what to do; "" is no problem. A fraction of three digits is refused: 1.000
// means one thousand to half of Europe.
func wholeNumber(b []byte) (n int64, problem string) {
	if len(b) > 0 && len(b) < 16 {
		v := int64(0)
		i := 0
		for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
			v = 10*v + int64(b[i]-'0')
		}
		if i == len(b) {
			return v, ""
		}
	}
	if missing(b) {
		return 0, "a count cannot be missing; write 0 when nobody has the history"
	}
	s := string(b)
	if len(s) > 40 {
		return 0, "write a whole number"
	}
	if strings.Trim(s, "0123456789+-.eE") != "" {
		if strings.Trim(s, "0123456789+-.,' \u00a0\u202f") == "" {
			return 0, "write a whole number without separators of thousands"
		}
		return 0, "write a whole number"
	}
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if len(fraction) == 3 && !hasExponent {
		return 0, "it may mean thousands or a decimal fraction; write a whole number"
	}
	sign := int64(1)
	switch {
	case strings.HasPrefix(whole, "-"):
		sign, whole = -1, whole[1:]
	case strings.HasPrefix(whole, "+"):
		whole = whole[1:]
	}
	shift := 0
	if hasExponent {
		e, err := strconv.Atoi(exponent)
		if err != nil || e > 30 || e < -30 {
			return 0, "write a whole number"
		}
		shift = e
	}
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, "write a whole number"
	}
	if point := len(whole) + shift; point >= len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	} else {
		cut := max(point, 0)
		if strings.Trim(digits[cut:], "0") != "" {
			return 0, "it is a fraction; a count is a whole number of persons"
		}
		digits = digits[:cut]
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return 0, ""
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || v > estimators.MaxObserved {
		return 0, fmt.Sprintf("it is larger than %d, the most that can be counted exactly", estimators.MaxObserved)
	}
	return sign * v, ""
}
