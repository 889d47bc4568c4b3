package report

import (
	"fmt"
	"strings"
	"unicode"

	"darkfigure/estimators"
)

// prose is text with marks for stress, code and names from the data. The marks are control
// characters, which clean takes out of everything that comes from outside, so that
// nothing in the data can pretend to be one.
type prose string

// The marks. A name is set apart so that its direction of writing stays its own.
const (
	boldOn, boldOff = "\x01", "\x02"
	codeOn, codeOff = "\x03", "\x04"
	nameOn, nameOff = "\x05", "\x06"
)

// A language is the words and numerals of one language.
type language struct {
	code      string
	thousands string
	decimal   string
	at        int      // its place in the catalogue
	numerals  []string // 0 to 12 spelled out
}

var languages = map[string]*language{
	"en": {code: "en", thousands: ",", decimal: ".", at: 0, numerals: strings.Fields("no one two three four five six seven eight nine ten eleven twelve")},
	"nl": {code: "nl", thousands: ".", decimal: ",", at: 1, numerals: strings.Fields("geen één twee drie vier vijf zes zeven acht negen tien elf twaalf")},
}

func languageOf(code string) (*language, error) {
	if code == "" {
		code = "en"
	}
	l, ok := languages[code]
	if !ok {
		return nil, fmt.Errorf("no language %q; there are en and nl", code)
	}
	return l, nil
}

// say gives the words of a key with its arguments, prose as it is and anything else cleaned,
// in the place of each %s, or of %1, %2 where their order differs. In the catalogue **stress**
// and `code` are marked as in Markdown.
func (l *language) say(key string, args ...any) prose {
	entry, ok := catalogue[key]
	if !ok {
		panic("report: no words for " + key)
	}
	format := pairs(pairs(entry[l.at], "**", boldOn, boldOff), "`", codeOn, codeOff)
	parts := make([]string, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case prose:
			parts[i] = string(a)
		case string:
			parts[i] = clean(a)
		case int:
			parts[i] = l.count(int64(a))
		default:
			panic(fmt.Sprintf("report: %q was given a %T", key, a))
		}
	}
	if strings.Count(format, "%s")+strings.Count(format, "%1")+strings.Count(format, "%2") != len(parts) {
		panic(fmt.Sprintf("report: %q was given %d arguments: %s", key, len(parts), entry[l.at]))
	}
	var b strings.Builder
	for next := 0; ; {
		i := strings.IndexByte(format, '%')
		if i < 0 || i+1 == len(format) {
			b.WriteString(format)
			return prose(b.String())
		}
		b.WriteString(format[:i])
		switch verb := format[i+1]; verb {
		case 's':
			b.WriteString(parts[next])
			next++
		case '1', '2':
			b.WriteString(parts[verb-'1'])
		default:
			b.WriteString(format[i : i+2])
		}
		format = format[i+2:]
	}
}

// plural says the key with ".one" for 1, else ".many"; n is the first argument.
func (l *language) plural(key string, n int, args ...any) prose {
	return l.say(key+form(n), append([]any{l.count(int64(n))}, args...)...)
}

// form is the ending of a key for one or for many.
func form(n int) string {
	if n == 1 {
		return ".one"
	}
	return ".many"
}

// spelled writes numbers up to twelve as words.
func (l *language) spelled(n int) string {
	if n >= 0 && n < len(l.numerals) {
		return l.numerals[n]
	}
	return l.count(int64(n))
}

func pairs(s, mark, on, off string) string {
	for i := 0; strings.Contains(s, mark); i++ {
		with := on
		if i%2 == 1 {
			with = off
		}
		s = strings.Replace(s, mark, with, 1)
	}
	return s
}

// join puts parts together with a separator.
func join(parts []prose, sep string) prose {
	s := make([]string, len(parts))
	for i, p := range parts {
		s[i] = string(p)
	}
	return prose(strings.Join(s, sep))
}

// and lists parts as "a, b and c".
func (l *language) and(parts []prose) prose {
	if len(parts) < 2 {
		return join(parts, "")
	}
	return join(parts[:len(parts)-1], ", ") + " " + l.say("and") + " " + parts[len(parts)-1]
}

func bold(p prose) prose { return boldOn + p + boldOff }

func code(s string) prose {
	if s == "" {
		return ""
	}
	return prose(codeOn + clean(s) + codeOff)
}

// name marks a name from the data.
func name(s string) prose {
	if s == "" {
		return ""
	}
	return prose(nameOn + clean(s) + nameOff)
}

// plain takes the marks out. Names written from right to left are isolated, so that they do not
// turn round what follows them.
func (p prose) plain() string {
	var b strings.Builder
	s := string(p)
	for s != "" {
		i := strings.IndexAny(s, "\x01\x02\x03\x04\x05\x06")
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		mark := s[i : i+1]
		s = s[i+1:]
		if mark == nameOn {
			end := strings.Index(s, nameOff)
			if end < 0 {
				continue
			}
			if rightToLeft(s[:end]) {
				b.WriteString("\u2068" + s[:end] + "\u2069")
			} else {
				b.WriteString(s[:end])
			}
			s = s[end+1:]
		}
	}
	return b.String()
}

func rightToLeft(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
	})
}

// clean makes text from outside inert: control characters, among them those that command a
// terminal, and those that turn the direction of writing become U+FFFD, line ends a space.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\u200E', r == '\u200F', r == '\u061C', r == '\uFEFF':
			return '\uFFFD'
		}
		return r
	}, s)
}

// sentence makes a fact a sentence: a capital and a full stop.
func sentence(p prose) prose {
	s := strings.TrimSpace(string(p))
	if s == "" {
		return ""
	}
	r := []rune(s)
	for i, c := range r {
		if c > 6 { // behind the marks
			if i == 0 || r[i-1] != 5 && r[i-1] != 3 { // names and code keep their letters
				r[i] = unicode.ToUpper(c)
			}
			break
		}
	}
	s = string(r)
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return prose(s)
}

// terms of a model and lists.

// term names an interaction by its lists, as in LA·NG.
func term(p estimators.Pattern, names []string) prose {
	parts := make([]prose, 0, p.Size())
	for _, i := range p.Lists() {
		if i < len(names) {
			parts = append(parts, name(names[i]))
		}
	}
	return join(parts, "·")
}
