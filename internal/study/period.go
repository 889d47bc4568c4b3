package study

import (
	"fmt"
	"strings"
	"time"
)

// A Date is a day of the calendar. The zero Date is no date. Month and Day are 0 when they
// are not known.
type Date struct{ Year, Month, Day int }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d.Year == 0 }

// String is the date in ISO 8601, as much of it as is known.
func (d Date) String() string {
	switch {
	case d.Year == 0:
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// first and last are the days the date can be when a part of it is not known.
func (d Date) first() Date { return Date{d.Year, max(d.Month, 1), max(d.Day, 1)} }

func (d Date) last() Date {
	if d.Month == 0 {
		d.Month = 12
	}
	if d.Day == 0 {
		d.Day = time.Date(d.Year, time.Month(d.Month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	}
	return d
}

func (d Date) before(e Date) bool {
	if d.Year != e.Year {
		return d.Year < e.Year
	}
	if d.Month != e.Month {
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// age in whole years of somebody born on a day, at another; negative before birth.
func age(born, at Date) int {
	years := at.Year - born.Year
	if at.Month < born.Month || at.Month == born.Month && at.Day < born.Day {
		years--
	}
	return years
}

// ParseDate reads year-month-day.
func ParseDate(s string) (Date, bool) {
	t, err := time.Parse("2006-01-02", strings.TrimSpace(s))
	if err != nil || t.Year() < 1 {
		return Date{}, false
	}
	return Date{t.Year(), int(t.Month()), t.Day()}, true
}

// A Period is a stretch of time, both days included.
type Period struct {
	From, To Date
	words    string
}

// IsZero reports whether there is no period.
func (p Period) IsZero() bool { return p.From.IsZero() }

// String is the period as it was written.
func (p Period) String() string { return p.words }

// ParsePeriod reads 2020, 2015-2020, 2020-07 (a month) or 2020-04-01/2020-09-30.
func ParsePeriod(s string) (Period, bool) {
	s = strings.TrimSpace(s)
	from, to, two := strings.Cut(s, "/")
	if !two {
		if a, b, ok := strings.Cut(s, "-"); ok && len(a) == 4 && len(b) == 4 {
			from, to, two = a, b, true
		}
	}
	if !two {
		to = from
	}
	a, ok := partDate(from)
	b, ok2 := partDate(to)
	p := Period{a.first(), b.last(), s}
	return p, ok && ok2 && !p.To.before(p.From)
}

// partDate reads a year, a month of a year or a day.
func partDate(s string) (Date, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2006", "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil && len(s) == len(layout) {
			d := Date{Year: t.Year()}
			if layout != "2006" {
				d.Month = int(t.Month())
			}
			return d, d.Year > 0
		}
	}
	return ParseDate(s)
}
