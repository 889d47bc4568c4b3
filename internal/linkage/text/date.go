package text

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// A Date of birth, or of anything else; a component that is not known is 0.
type Date struct {
	Year       uint16
	Month, Day uint8
}

// String is 2004-05-06, with 00 for what is not known; "" when nothing is.
func (d Date) String() string {
	if d == (Date{}) {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// ParseDate reads an ISO date, as the reference date of a study is written.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("the date %q is not written as year-month-day, such as 2020-07-01", s)
	}
	return Date{uint16(t.Year()), uint8(t.Month()), uint8(t.Day())}, nil
}

// A kind is how a date is written, as far as one value tells.
type kind uint8

const (
	plainDate kind = iota // year, month and day are known: ISO, a month by its name, a serial number
	longYear              // two numbers and a year of four digits
	shortYear             // three numbers of two digits
	sixDigits             // six digits without separators
	kinds
)

// A written date: three numbers in the order in which they stand, for plainDate year, month, day.
type written struct {
	kind    kind
	a, b, c int
	short   bool // a plainDate whose year has two digits
}

var months = map[string]int{}
var dateNoise = map[string]bool{"e": true, "de": true, "ste": true, "th": true, "st": true, "nd": true, "rd": true, "of": true, "t": true, "z": true}

func init() {
	for i, names := range []string{"jan januari january", "feb febr februari february", "mrt maa maart mar march", "apr april", "mei may", "jun juni june", "jul juli july",
		"aug augustus august", "sep sept september", "okt oktober oct october", "nov november", "dec december"} {
		for name := range strings.SplitSeq(names, " ") {
			months[name] = i + 1
		}
	}
	for d := range strings.SplitSeq("ma di wo do vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday", " ") {
		dateNoise[d] = true
	}
}

// A number of a date, or what stands for one that is not known (xx, ??).
type dateNumber struct{ value, width int }

// readDate finds the parts of a date. base is the day number 0 of spreadsheets.
func readDate(raw string, base time.Time) (written, Dropped) {
	if d := reject(raw); d != Kept {
		return written{}, d
	}
	s := strings.ToLower(unmark(strings.TrimSpace(raw)))
	if len(s) > 60 {
		return written{}, NotRead
	}
	if i := strings.IndexByte(s, ':'); i > 0 { // a time of day, or a time zone
		for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
			i--
		}
		s = strings.TrimRight(s[:i], " t+-,")
	}
	if whole, fraction, ok := strings.Cut(s, "."); ok && digitsOnly(whole) && digitsOnly(fraction) && (len(whole) == 5 || strings.Trim(fraction, "0") == "") {
		s = whole // a number from a database or a spreadsheet
	}
	var numbers []dateNumber
	month, monthAt := 0, 0
	for i := 0; i < len(s); {
		start := i
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			v := 0
			for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
				if v = v*10 + int(s[i]-'0'); i-start >= 14 {
					return written{}, NotRead
				}
			}
			numbers = append(numbers, dateNumber{v, i - start})
		case c == '?' || c == '*' || c == '_':
			for i < len(s) && s[i] == c {
				i++
			}
			numbers = append(numbers, dateNumber{0, i - start})
		case c >= 'a' && c <= 'z':
			for i < len(s) && s[i] >= 'a' && s[i] <= 'z' {
				i++
			}
			w := s[start:i]
			switch m := months[w]; {
			case m > 0 && month == 0:
				month, monthAt = m, len(numbers)
			case m > 0:
				return written{}, NotRead
			case strings.Trim(w, "x") == "":
				numbers = append(numbers, dateNumber{0, len(w)})
			case w == "onb" || w == "onbekend" || w == "nn":
				numbers = append(numbers, dateNumber{0, 2})
			case !dateNoise[w]:
				return written{}, NotRead
			}
		case c < 0x80 && !unicode.IsControl(rune(c)):
			i++
		default:
			return written{}, NotRead
		}
	}
	return arrange(numbers, month, monthAt, base)
}

func digitsOnly(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// arrange decides what the numbers are by how long they are.
func arrange(n []dateNumber, month, monthAt int, base time.Time) (written, Dropped) {
	long := func(i int) bool { return n[i].width == 4 }
	small := func(i int) bool { return n[i].width <= 2 }
	switch {
	case month > 0 && len(n) == 1 && long(0):
		return written{a: n[0].value, b: month}, Kept
	case month > 0 && len(n) == 2 && long(1) && small(0):
		return written{a: n[1].value, b: month, c: n[0].value}, Kept
	case month > 0 && len(n) == 2 && long(0) && small(1):
		return written{a: n[0].value, b: month, c: n[1].value}, Kept
	case month > 0 && len(n) == 2 && small(0) && n[1].width == 2:
		if n[0].value > 31 && monthAt == 1 {
			n[0], n[1] = n[1], n[0]
		}
		return written{a: n[1].value, b: month, c: n[0].value, short: true}, Kept
	case month > 0:
		return written{}, NotRead
	case len(n) == 1:
		return compact(n[0], base)
	case len(n) == 2 && long(0) && small(1):
		return written{a: n[0].value, b: n[1].value}, Kept
	case len(n) == 2 && small(0) && long(1):
		return written{a: n[1].value, b: n[0].value}, Kept
	case len(n) == 3 && long(0) && small(1) && small(2):
		return written{a: n[0].value, b: n[1].value, c: n[2].value}, Kept
	case len(n) == 3 && small(0) && small(1) && long(2):
		return written{kind: longYear, a: n[0].value, b: n[1].value, c: n[2].value}, Kept
	case len(n) == 3 && small(0) && small(1) && n[2].width == 2:
		return written{kind: shortYear, a: n[0].value, b: n[1].value, c: n[2].value}, Kept
	}
	return written{}, NotRead
}

// compact reads a single number. Eight digits start or end with a year, never both: a month
// is not 19 or 20.
func compact(n dateNumber, base time.Time) (written, Dropped) {
	v := n.value
	if n.width == 14 || n.width == 12 { // with a time of day
		for ; n.width > 8; n.width-- {
			v /= 10
		}
	}
	switch n.width {
	case 4:
		return written{a: v}, Kept
	case 5:
		t := base.AddDate(0, 0, v)
		if v < 10000 {
			return written{}, NotRead
		}
		return written{a: t.Year(), b: int(t.Month()), c: t.Day()}, Kept
	case 6:
		return written{kind: sixDigits, a: v / 10000, b: v / 100 % 100, c: v % 100}, Kept
	case 7, 8: // with seven, a spreadsheet took the zero in front of the day or month
		if v == 0 {
			return written{}, Unknown
		}
		if y := v % 10000; v/10000 == 0 || n.width == 7 || (y >= 1800 && y <= 2200 || y == 9999) && v/1000000 <= 31 && v/10000%100 <= 31 {
			return written{kind: longYear, a: v / 1000000, b: v / 10000 % 100, c: y}, Kept
		}
		return written{a: v / 10000, b: v / 100 % 100, c: v % 100}, Kept
	}
	if v == 0 {
		return written{}, Unknown
	}
	return written{}, NotRead
}

// check makes a date of its components or says why not. It keeps the year of an impossible date.
func check(y, m, d int, reference Date) (Date, Dropped) {
	switch {
	case y == 0 && m == 0 && d == 0:
		return Date{}, Unknown
	case y >= 9000, m == 1 && d == 1 && (y == 1900 || y == 1 || y == 1753), y == 1899 && m == 12 && d >= 30, y == 1111:
		return Date{}, Placeholder // what databases and spreadsheets fill in
	case y != 0 && y < 1900:
		return Date{}, TooEarly
	case y > 2200 || reference.Year > 0 && after(y, m, d, reference):
		return Date{}, Future
	case m > 12 || d > daysIn(y, m):
		return Date{Year: uint16(y)}, Impossible
	}
	return Date{uint16(y), uint8(m), uint8(d)}, Kept
}

func after(y, m, d int, r Date) bool {
	switch {
	case y != int(r.Year):
		return y > int(r.Year)
	case m != int(r.Month):
		return r.Month > 0 && m > int(r.Month) && m <= 12
	}
	return r.Day > 0 && d > int(r.Day)
}

// daysIn is the number of days of a month, of any month when it is not known.
func daysIn(y, m int) int {
	switch m {
	case 2:
		if y == 0 || y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
