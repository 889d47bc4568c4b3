package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// DateOptions say what is known about a column of dates before it is seen.
type DateOptions struct {
	// Format is "dmy", "mdy", "ymd", or "ym" (200405); "" decides from the column. It concerns dates that are
	// written in numbers and do not start with a year of four digits.
	Format string
	// Reference is the date that no value may lie after and that years of two digits are read by: 04 is 2004
	// when that is not after the reference year, else 1904. Zero: none, and years of two digits are refused.
	Reference Date
	// From1904 says that day numbers of a spreadsheet count from 1 January 1904, as old Macintosh files do.
	From1904 bool
}

// An order of the numbers of a date.
type order uint8

const (
	dmy order = iota
	mdy
	ymd
	ym
	orders
)

var orderNames = [orders]string{"dmy", "mdy", "ymd", "ym"}

// possible orders of a kind.
func (k kind) orders() []order {
	switch k {
	case longYear:
		return []order{dmy, mdy}
	case shortYear:
		return []order{dmy, mdy, ymd}
	case sixDigits:
		return []order{dmy, mdy, ymd, ym}
	}
	return nil
}

// read gives year, month and day in an order; short says that the year has two digits.
func (w written) read(o order) (y, m, d int, short bool) {
	switch {
	case w.kind == plainDate:
		return w.a, w.b, w.c, w.short
	case o == mdy:
		return w.c, w.a, w.b, w.kind != longYear
	case o == ymd:
		return w.a, w.b, w.c, true
	case o == ym:
		return w.a*100 + w.b, w.c, 0, false
	}
	return w.c, w.b, w.a, w.kind != longYear
}

// fits reports whether month and day can be what they are in an order.
func (w written) fits(o order) bool {
	y, m, d, short := w.read(o)
	if short {
		y = 0
	}
	if o == ym && (y < 1900 || y > 2099) {
		return false
	}
	return m <= 12 && d <= daysIn(y, m) && (m > 0 || d == 0)
}

// A DateSample is shown the values of a column of dates and decides how they are written. The zero value, with
// options, is ready for use.
type DateSample struct {
	DateOptions
	values, unread int64
	example        string // of an unread value
	short, six     string // examples of a year of two digits, and of six digits
	plain          [13][32]int64
	of             [kinds]struct {
		n       int64
		bad     [orders]int64         // impossible in this order, possible in another
		only    [orders]string        // an example that is impossible in another order
		day     [orders][13][32]int64 // how often each month and day
		differs string                // an example of a value whose readings differ
	}
}

// Add shows a value.
func (s *DateSample) Add(raw string) {
	w, why := readDate(raw, s.base())
	switch {
	case why == NotRead:
		s.values++
		s.unread++
		if s.example == "" {
			s.example = raw
		}
		return
	case why != Kept:
		return
	}
	s.values++
	if w.kind == plainDate {
		if w.short && s.short == "" {
			s.short = raw
		}
		if w.b <= 12 && w.c <= 31 {
			s.plain[w.b][w.c]++
		}
		return
	}
	k := &s.of[w.kind]
	k.n++
	switch {
	case w.kind == shortYear && s.short == "":
		s.short = raw
	case w.kind == sixDigits && s.six == "":
		s.six = raw
	}
	if w.kind == sixDigits && w.b >= 19 && w.b <= 20 { // it may be d m yyyy
		return
	}
	fit, first := 0, -1
	for _, o := range w.kind.orders() {
		if !w.fits(o) {
			continue
		}
		fit++
		_, m, d, _ := w.read(o)
		k.day[o][m][d]++
		if first < 0 {
			first = int(o)
		} else if k.differs == "" {
			y0, m0, d0, _ := w.read(order(first))
			if y, _, _, _ := w.read(o); y != y0 || m != m0 || d != d0 {
				k.differs = raw
			}
		}
	}
	if fit == 0 {
		return
	}
	for _, o := range w.kind.orders() {
		if !w.fits(o) {
			k.bad[o]++
		} else if fit < len(w.kind.orders()) && k.only[o] == "" {
			k.only[o] = raw
		}
	}
}

func (o DateOptions) base() time.Time {
	if o.From1904 {
		return time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
}

// A DateColumn reads the dates of one column.
type DateColumn struct {
	options  DateOptions
	order    [kinds]order
	defaults map[[2]uint8]bool // month and day
	// DefaultDays are the days that occur far too often to be birthdays, as month-day (01-01), and Mean how often a day
	// occurs on average; such dates are read as their year.
	DefaultDays []string
	Mean        float64
}

// Decide tells how the dates of the column are written. The order of day and month is decided by the days above 12: an
// order that more than one in twenty of the telling values contradicts is none, and what remains open is an error
// that asks for the format. So is a column in which most values are no dates.
//
// 1 January, 15 June and 1 July are what registers write for a day that is not known. Each is taken for that when it occurs
// more than three times as often as a day does on average, and more often than chance would have it once in a
// thousand columns (Poisson).
func (s *DateSample) Decide() (*DateColumn, error) {
	c := &DateColumn{options: s.DateOptions}
	if 2*s.unread > s.values {
		return nil, fmt.Errorf("%d of %d values are not read as dates, such as %s: is this the right column?", s.unread, s.values, strconv.Quote(s.example))
	}
	switch f := s.Format; f {
	case "":
		if err := s.order(c); err != nil {
			return nil, err
		}
	default:
		found := false
		for o := range orders {
			if orderNames[o] == f {
				c.order, found = [kinds]order{o, o, o, o}, true
			}
		}
		if !found {
			return nil, fmt.Errorf("the format of dates is dmy, mdy, ymd or ym, not %s", strconv.Quote(f))
		}
		if c.order[longYear] > mdy {
			c.order[longYear] = dmy
			if k := s.of[longYear]; k.differs != "" {
				return nil, fmt.Errorf("the format of the dates is given as %s, but there are dates that end with the year, such as %s", f, strconv.Quote(k.differs))
			}
		}
		if c.order[shortYear] == ym {
			c.order[shortYear] = dmy
			if k := s.of[shortYear]; k.n > 0 {
				return nil, fmt.Errorf("the format of the dates is given as ym, but there are dates of three numbers, such as %s", strconv.Quote(s.short))
			}
		}
	}
	short := s.short
	if short == "" && c.order[sixDigits] != ym {
		short = s.six
	}
	if short != "" && s.Reference.Year == 0 {
		return nil, fmt.Errorf("years of two digits, such as in %s, cannot be read without the reference date of the study", strconv.Quote(short))
	}
	s.defaultDays(c)
	return c, nil
}

// order decides the order of each kind.
func (s *DateSample) order(c *DateColumn) error {
	var left [kinds][]order // that are not excluded
	for k := longYear; k < kinds; k++ {
		of := &s.of[k]
		best := k.orders()[0]
		for _, o := range k.orders() {
			if of.bad[o] < of.bad[best] {
				best = o
			}
		}
		for _, o := range k.orders() {
			if o == best || of.bad[o] == 0 || of.bad[o] < 20*of.bad[best] {
				left[k] = append(left[k], o)
			}
		}
		if of.bad[best] > 0 && len(left[k]) > 1 {
			return fmt.Errorf("the dates are written in two ways: %s can only be %s, %s only %s; correct them, or give the format by which the others count as impossible dates",
				strconv.Quote(of.only[left[k][0]]), orderNames[left[k][0]], strconv.Quote(of.only[left[k][1]]), orderNames[left[k][1]])
		}
	}
	for k := longYear; k < kinds; k++ {
		of := &s.of[k]
		c.order[k] = left[k][0]
		if of.n == 0 || len(left[k]) == 1 || of.differs == "" {
			continue
		}
		// The other ways of writing in the column may tell.
		settled := false
		for other := longYear; other < kinds; other++ {
			if s.of[other].n > 0 && len(left[other]) == 1 {
				for _, o := range left[k] {
					if o == left[other][0] {
						c.order[k], settled = o, true
					}
				}
			}
		}
		if !settled {
			names := ""
			for i, o := range left[k] {
				if i > 0 {
					names += " or "
				}
				names += orderNames[o]
			}
			return fmt.Errorf("the order of day, month and year cannot be told from the dates, such as %s: no day above 12 decides; give the format, %s", strconv.Quote(of.differs), names)
		}
	}
	return nil
}

// Candidates for a day that stands for one that is not known.
var defaultDays = [...][2]uint8{{1, 1}, {6, 15}, {7, 1}}

func (s *DateSample) defaultDays(c *DateColumn) {
	count := s.plain
	for k := longYear; k < kinds; k++ {
		for m := range count {
			for d := range count[m] {
				count[m][d] += s.of[k].day[c.order[k]][m][d]
			}
		}
	}
	total := int64(0)
	for m := 1; m <= 12; m++ {
		for d := 1; d <= 31; d++ {
			total += count[m][d]
		}
	}
	c.Mean = float64(total) / 365.25
	for _, day := range defaultDays {
		n := count[day[0]][day[1]]
		if float64(n) > 3*c.Mean && poissonAbove(n, c.Mean) < .001 {
			if c.defaults == nil {
				c.defaults = map[[2]uint8]bool{}
			}
			c.defaults[day] = true
			c.DefaultDays = append(c.DefaultDays, fmt.Sprintf("%02d-%02d", day[0], day[1]))
		}
	}
}

// poissonAbove is the probability of n or more events where mean are expected.
func poissonAbove(n int64, mean float64) float64 {
	if mean <= 0 {
		return 0
	}
	if mean > 50 && float64(n) > 3*mean { // below 1e-25, and the sum would underflow
		return 0
	}
	below, p := 0., math.Exp(-mean)
	for i := int64(0); i < n; i++ {
		below += p
		p *= mean / float64(i+1)
	}
	return max(0, 1-below)
}

// Order is how dates that end with a year of four digits are read: dmy or mdy.
func (c *DateColumn) Order() string { return orderNames[c.order[longYear]] }

// Parse reads a value. Of a date with a default day, and of an impossible one, the year is kept and
// the reason given.
func (c *DateColumn) Parse(raw string) (Date, Dropped) {
	y, m, d, why := c.parts(raw)
	if why != Kept {
		return Date{}, why
	}
	date, why := check(y, m, d, c.options.Reference)
	if why == Kept && date.Year > 0 && c.defaults[[2]uint8{date.Month, date.Day}] {
		return Date{Year: date.Year}, DefaultDay
	}
	return date, why
}

// Written is the value as it is compared digit by digit: that of Parse, but of an impossible date all that is written,
// months and days up to 99. A wrong digit is one digit wrong, and a month 13 may be a day that was swapped.
func (c *DateColumn) Written(raw string) Date {
	date, why := c.Parse(raw)
	if why == Impossible {
		_, m, d, _ := c.parts(raw)
		date.Month, date.Day = uint8(m), uint8(d)
	}
	return date
}

// parts are year, month and day in the order of the column, possible or not.
func (c *DateColumn) parts(raw string) (y, m, d int, why Dropped) {
	w, why := readDate(raw, c.options.base())
	if why != Kept {
		return 0, 0, 0, why
	}
	o := c.order[w.kind]
	y, m, d, short := w.read(o)
	if w.kind == sixDigits && o != ym && !w.fits(o) && o != mdy {
		// d m yyyy, each without a zero in front
		if v := w.b*100 + w.c; v >= 1900 && v <= 2099 {
			y, m, d, short = v, w.a%10, w.a/10, false
		}
	}
	if short {
		if c.options.Reference.Year == 0 {
			return 0, 0, 0, NotRead
		}
		y = c.century(y)
	}
	return y, m, d, Kept
}

// century of a year of two digits: the last one that is not after the reference year.
func (c *DateColumn) century(y int) int {
	r := int(c.options.Reference.Year)
	full := r - r%100 + y
	if full > r {
		full -= 100
	}
	return full
}

// BirthYears is the interval of years in which a person of an age was born, at a date: of two
// years, unless the date is the last of its year. An age is written in whole years, with or without a
// word behind it: 17 jaar.
func BirthYears(age string, at Date) (from, to uint16, why Dropped) {
	if d := reject(age); d != Kept {
		return 0, 0, d
	}
	age = strings.TrimSpace(age)
	words := Fold(age)
	n, i := 0, 0
	for ; i < len(words) && words[i] >= '0' && words[i] <= '9' && i < 4; i++ {
		n = n*10 + int(words[i]-'0')
	}
	switch rest := words[i:]; {
	case i == 0 || at.Year == 0:
		return 0, 0, NotRead
	case age[0] == '-':
		return 0, 0, OutOfRange
	case rest != "" && rest != " 0" && rest != " jaar" && rest != " jr" && rest != "jr" && rest != "jaar" && rest != " years" && rest != " year" && rest != " j" && rest != "j":
		return 0, 0, NotRead
	case n > 120:
		return 0, 0, OutOfRange
	}
	to = at.Year - uint16(n)
	from = to - 1
	if at.Month == 12 && at.Day == 31 {
		from = to
	}
	return from, to, Kept
}
