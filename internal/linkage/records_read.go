package linkage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"darkfigure/internal/linkage/text"
)

// A valueReader reads the values of a field from the texts of its columns.
type valueReader struct {
	field  Field
	names  map[string]int // surnames that stand by themselves, and in how many texts
	filter *text.FilterColumn
}

func newValueReader(f Field) *valueReader { return &valueReader{field: f} }

// look is shown all texts of a column before any is read.
func (v *valueReader) look(k int, texts []string) error {
	switch {
	case v.field.Kind == Surname && v.field.Columns[k].Part == Whole:
		v.names = map[string]int{}
		for _, s := range texts {
			for _, name := range text.Surname(s, "", nil).Names {
				v.names[name]++
			}
		}
	case v.field.Kind == Dice:
		var sample text.FilterSample
		for _, s := range texts {
			if s != "" {
				sample.Add(s)
			}
		}
		var err error
		if v.filter, err = sample.Decide(); err != nil {
			return fmt.Errorf("field %q: %w", v.field.Name, err)
		}
	}
	return nil
}

// read returns the value in the form in which it is compared; "" when it is missing. The ways to write one name are separated by |, keys
// by zero bytes, each behind the number of its column.
func (v *valueReader) read(parts []string) (string, error) {
	part := func(p Part) string {
		for k, c := range v.field.Columns {
			if c.Part == p {
				return parts[k]
			}
		}
		return ""
	}
	switch v.field.Kind {
	case Keys:
		return readKeys(parts), nil
	case Dice:
		s := strings.TrimSpace(parts[0])
		if _, why := v.filter.Parse(s); why != text.Kept {
			return "", nil
		}
		return s, nil
	case Number:
		return readNumber(parts[0]), nil
	case Postcode:
		return strings.ReplaceAll(text.Fold(parts[0]), " ", ""), nil
	case Sex:
		s, why := text.SexOf(parts[0])
		switch {
		case why == text.NotRead:
			return text.Fold(parts[0]), nil
		case why != text.Kept:
			return "", nil
		}
		return fmt.Sprint(s), nil
	case Place:
		s, why := text.Place(parts[0])
		if why == text.NotRead {
			s = text.Fold(parts[0])
		}
		return s, nil
	case Given:
		g := text.GivenName(part(Whole))
		first := strings.Join(append([]string{g.First}, g.Rest...), " ")
		if g.First == "" {
			initials := g.Initials
			if initials == "" {
				initials, _ = text.Initials(part(Initials))
			}
			if initials == "" {
				return "", nil
			}
			first = initials[:1]
		}
		return strings.Join(append([]string{first}, g.Alternatives...), "|"), nil
	case Surname:
		s := text.Surname(part(Whole), part(Prefix), func(name string) bool { return v.names[name] > 0 })
		return strings.Join(s.Names, "|"), nil
	}
	return text.Fold(parts[0]), nil
}

// shortestHash is the length from which words in a cell of keys are keys of their own: 64 bits in hexadecimal.
const shortestHash = 16

// readKeys takes the keys out of columns that each hold one or several, separated by ; or |, or by spaces or commas where that leaves words as long as
// hashes are. Keys of different columns are never equal: what is
// made in different ways may be equal by chance, or because something was empty.
func readKeys(parts []string) string {
	var keys []string
	for k, part := range parts {
		for _, several := range strings.FieldsFunc(part, func(r rune) bool { return r == ';' || r == '|' }) {
			words := strings.FieldsFunc(several, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
			if slices.ContainsFunc(words, func(w string) bool { return len(w) < shortestHash }) {
				words = []string{strings.TrimSpace(several)} // one key with a space in it
			}
			for _, key := range words {
				if key != "" {
					keys = append(keys, strconv.Itoa(k)+":"+key)
				}
			}
		}
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), "\x00")
}

// readNumber leaves a number as it is compared: 7.0 is 7, 007 and telephone numbers stay as they are but for what separates their digits.
func readNumber(raw string) string {
	s := strings.TrimSpace(raw)
	if x, err := strconv.ParseFloat(s, 64); err == nil && (s[0] != '0' || x < 1) && len(s) <= 15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strings.ReplaceAll(text.Fold(s), " ", "")
}

// date returns the parts of a date in one word; 0 when all are missing. Parts that no calendar has are kept, for a wrong digit
// is one digit wrong.
func (v *valueReader) date(parts []string) uint32 {
	var year, month, day int
	for k, c := range v.field.Columns {
		s := strings.TrimSpace(parts[k])
		switch c.Part {
		case Year:
			year = datePart(s, 9999)
		case Month:
			month = datePart(s, 15)
		case Day:
			day = datePart(s, 99)
		default:
			year, month, day = readDate(s)
		}
	}
	return packDate(year, month, day)
}

// readDate reads an ISO date, in which 00 is not known, one without hyphens, a year, and a date with the day in front.
func readDate(s string) (year, month, day int) {
	s, _, _ = strings.Cut(s, "T")
	s, _, _ = strings.Cut(s, " ")
	x := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	switch {
	case len(x) == 3 && len(x[2]) == 4:
		x[0], x[2] = x[2], x[0]
	case len(x) == 1 && len(s) == 8:
		x = []string{s[:4], s[4:6], s[6:]}
	case len(x) == 1 && len(s) == 4:
		x = append(x, "", "")
	}
	if len(x) != 3 || len(x[0]) != 4 {
		return 0, 0, 0
	}
	return datePart(x[0], 9999), datePart(x[1], 15), datePart(x[2], 99)
}

func datePart(s string, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0
	}
	return n
}

// Nicknames replaces the names that may be of one person; before [Builder.Records].
func (b *Builder) Nicknames(n text.Nicknames) { b.nicknames = n }

// appendForms adds the ways to write a name: of given names the first, its alternatives and those behind it; of surnames each; of
// other names the whole, without spaces.
func (c *column) appendForms(s string, sounds map[string]uint32) {
	if c.kind != Given && c.kind != Surname {
		c.forms = append(c.forms, newNameForm(strings.ReplaceAll(s, " ", ""), sounds))
		return
	}
	for _, name := range strings.Split(s, "|") {
		if c.kind == Surname {
			c.forms = append(c.forms, newNameForm(strings.ReplaceAll(name, " ", ""), sounds))
			continue
		}
		for i, word := range strings.Fields(name) {
			f := newNameForm(word, sounds)
			f.later = i > 0
			f.nick = len(c.nicknames.Of(word)) > 0
			c.forms = append(c.forms, f)
		}
	}
}

func newNumberValue(s string) numberValue {
	x, err := strconv.ParseFloat(s, 64)
	return numberValue{s, x, err == nil && x >= 0}
}

// filters of the values of a column.
func (v *valueReader) filters(values []string) [][]uint64 {
	out := make([][]uint64, len(values))
	for i, s := range values[1:] {
		out[i+1], _ = v.filter.Parse(s)
	}
	return out
}
