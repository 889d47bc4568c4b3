package text_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"darkfigure/internal/linkage/text"
)

var reference = text.Date{Year: 2020, Month: 7, Day: 1}

func dates(t *testing.T, o text.DateOptions, values ...string) *text.DateColumn {
	t.Helper()
	s := text.DateSample{DateOptions: o}
	for _, v := range values {
		s.Add(v)
	}
	c, err := s.Decide()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDates(t *testing.T) {
	c := dates(t, text.DateOptions{Reference: reference}, "31-12-2004", "31-12-04", "311204")
	for _, x := range []struct {
		raw  string
		want string
		why  text.Dropped
	}{
		{"2004-05-06", "2004-05-06", ""}, {"2004-05-06T00:00:00Z", "2004-05-06", ""}, {"2004-05-06 13:14:15.123", "2004-05-06", ""}, {"2004-05-06+02:00", "2004-05-06", ""}, {"2004/5/6", "2004-05-06", ""},
		{"6-5-2004", "2004-05-06", ""}, {"06/05/2004", "2004-05-06", ""}, {"06.05.2004", "2004-05-06", ""}, {"06 05 2004", "2004-05-06", ""}, {"6/5/2004 0:00", "2004-05-06", ""},
		{"06052004", "2004-05-06", ""}, {"6052004", "2004-05-06", ""}, {"20040506", "2004-05-06", ""}, {"20040506000000", "2004-05-06", ""}, {"060504", "2004-05-06", ""}, {"652004", "2004-05-06", ""},
		{"06-05-04", "2004-05-06", ""}, {"06-05-34", "1934-05-06", ""}, {"06-05-20", "2020-05-06", ""}, {"06-08-20", "", text.Future},
		{"6 mei 2004", "2004-05-06", ""}, {"6-mei-04", "2004-05-06", ""}, {"woensdag 6 mei 2004", "2004-05-06", ""}, {"May 6th, 2004", "2004-05-06", ""}, {"6 Mrt. 2004", "2004-03-06", ""}, {"2004 okt 6", "2004-10-06", ""},
		{"mei 2004", "2004-05-00", ""}, {"2004", "2004-00-00", ""}, {"2004.0", "2004-00-00", ""}, {"05-2004", "2004-05-00", ""}, {"2004-05", "2004-05-00", ""},
		{"38113", "2004-05-06", ""}, {"38113.5", "2004-05-06", ""}, {"38113.0", "2004-05-06", ""},
		{"00-00-2004", "2004-00-00", ""}, {"2004-00-00", "2004-00-00", ""}, {"20040000", "2004-00-00", ""}, {"xx-xx-2004", "2004-00-00", ""}, {"??-05-2004", "2004-05-00", ""}, {"00002004", "2004-00-00", ""}, {"06-05-0000", "0000-05-06", ""},
		{"0000-00-00", "", text.Unknown}, {"00-00-0000", "", text.Unknown}, {"00000000", "", text.Unknown}, {"0", "", text.Unknown}, {"onbekend", "", text.Unknown}, {"?", "", text.Unknown}, {"", "", text.Empty},
		{"1900-01-01", "", text.Placeholder}, {"01-01-1900", "", text.Placeholder}, {"9999-12-31", "", text.Placeholder}, {"9999", "", text.Placeholder}, {"0001-01-01", "", text.Placeholder},
		{"1899-05-06", "", text.TooEarly}, {"2020-07-02", "", text.Future}, {"2020-07-01", "2020-07-01", ""}, {"2021", "", text.Future},
		{"2004-02-30", "2004-00-00", text.Impossible}, {"31-04-2004", "2004-00-00", text.Impossible}, {"05-13-2004", "2004-00-00", text.Impossible}, {"29-02-2003", "2003-00-00", text.Impossible}, {"29-02-2004", "2004-02-29", ""}, {"20041332", "2004-00-00", text.Impossible},
		{"mei", "", text.NotRead}, {"abc", "", text.NotRead}, {"12", "", text.NotRead}, {"1-2-3-4", "", text.NotRead}, {"123456789012345678", "", text.NotRead}, {"2004-05-06-07", "", text.NotRead},
	} {
		d, why := c.Parse(x.raw)
		if d.String() != x.want || why != x.why {
			t.Errorf("%q is %q (%q), want %q (%q)", x.raw, d, why, x.want, x.why)
		}
		if why == text.Kept && d.Year > 0 {
			if again, why := c.Parse(d.String()); again != d || why != text.Kept {
				t.Errorf("%q is %v, and that %v, %q", x.raw, d, again, why)
			}
		}
	}
	for raw, want := range map[string]string{"05-13-2004": "2004-13-05", "19371233": "1937-12-33", "20049952": "2004-99-52", "2004-05-06": "2004-05-06", "1899-05-06": "", "abc": ""} {
		if got := c.Written(raw).String(); got != want {
			t.Errorf("%q is written %q, want %q", raw, got, want)
		}
	}
	c = dates(t, text.DateOptions{From1904: true})
	if d, _ := c.Parse("36651"); d.String() != "2004-05-06" { // 38113 − 1462 days
		t.Errorf("in the 1904 system: %v", d)
	}
}

func TestDateOrder(t *testing.T) {
	for _, x := range []struct {
		values  string
		format  string
		raw     string
		want    string
		message string
	}{
		{"03-04-2005 13-04-2005", "", "03-04-2005", "2005-04-03", ""},
		{"03/04/2005 04/13/2005", "", "03/04/2005", "2005-03-04", ""},
		{"03-04-2005 05-06-2007", "", "", "", `such as "03-04-2005": no day above 12 decides; give the format, dmy or mdy`},
		{"03-04-2005 05-06-2007", "mdy", "03-04-2005", "2005-03-04", ""},
		{"03-03-2005 05-05-2007", "", "03-03-2005", "2005-03-03", ""},
		{"13-04-2005 04-13-2005", "", "", "", `written in two ways: "13-04-2005" can only be dmy, "04-13-2005" only mdy`},
		{"13-04-2005 04-13-2005", "dmy", "13-04-2005", "2005-04-13", ""},
		{"98-04-13 99-05-06", "", "99-05-06", "1999-05-06", ""},
		{"13-04-98 06-05-99", "", "06-05-99", "1999-05-06", ""},
		{"05-11-23 06-05-11", "", "", "", "dmy or mdy or ymd"},
		{"13-04-2005 05-11-12", "", "05-11-12", "2012-11-05", ""},
		{"200405 200411", "", "", "", "dmy or ymd or ym"},
		{"200405 200411", "ym", "200405", "2004-05-00", ""},
		{"2004-05-06 2004-13-01", "", "2004-05-06", "2004-05-06", ""},
		{"Jansen Pietersen 2004", "", "", "", `2 of 3 values are not read as dates, such as "Jansen"`},
		{"13-04-2005", "iso", "", "", `the format of dates is dmy, mdy, ymd or ym, not "iso"`},
		{"05-06-2005", "ymd", "", "", `end with the year, such as "05-06-2005"`},
	} {
		s := text.DateSample{DateOptions: text.DateOptions{Format: x.format, Reference: reference}}
		for v := range strings.FieldsSeq(x.values) {
			s.Add(v)
		}
		c, err := s.Decide()
		if x.message != "" {
			if err == nil || !strings.Contains(err.Error(), x.message) {
				t.Errorf("%s: %v, want %q", x.values, err, x.message)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", x.values, err)
			continue
		}
		if d, _ := c.Parse(x.raw); d.String() != x.want {
			t.Errorf("%s: %s is %v, want %s", x.values, x.raw, d, x.want)
		}
	}
	s := text.DateSample{}
	s.Add("13-04-98")
	if _, err := s.Decide(); err == nil || !strings.Contains(err.Error(), "reference date") {
		t.Errorf("two digits without a reference date: %v", err)
	}
}

// One typing error among many does not make a column ambiguous, and is counted as impossible.
func TestDateOrderTolerates(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var values []string
	for range 400 {
		values = append(values, time.Date(2003, 1, 1+r.IntN(1500), 0, 0, 0, 0, time.UTC).Format("02-01-2006"))
	}
	c := dates(t, text.DateOptions{}, append(values, "02-14-2004")...)
	if d, why := c.Parse("02-14-2004"); d.String() != "2004-00-00" || why != text.Impossible {
		t.Errorf("%v, %q", d, why)
	}
}

func TestDefaultDays(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var values []string
	for range 1000 {
		values = append(values, time.Date(2003, 1, 1+r.IntN(1461), 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	c := dates(t, text.DateOptions{}, values...)
	if len(c.DefaultDays) > 0 {
		t.Errorf("of random days %v", c.DefaultDays)
	}
	for i := range 20 {
		values = append(values, fmt.Sprintf("01-01-%d", 2003+i%4))
	}
	c = dates(t, text.DateOptions{}, values...)
	if fmt.Sprint(c.DefaultDays) != "[01-01]" {
		t.Errorf("with 20 more on 1 January %v", c.DefaultDays)
	}
	for _, raw := range []string{"01-01-2004", "1 jan 2004", "2004-01-01"} {
		if d, why := c.Parse(raw); d != (text.Date{Year: 2004}) || why != text.DefaultDay {
			t.Errorf("%s is %v, %q", raw, d, why)
		}
	}
	if d, why := c.Parse("15-06-2004"); why != text.Kept || d.Day != 15 {
		t.Errorf("15 June is %v, %q", d, why)
	}
	// One child in fifty born on 1 January is chance.
	if c := dates(t, text.DateOptions{}, append(values[:50:50], "2004-01-01")...); len(c.DefaultDays) > 0 {
		t.Errorf("in a small register %v", c.DefaultDays)
	}
}

func TestBirthYears(t *testing.T) {
	for _, c := range []struct {
		age      string
		from, to uint16
		why      text.Dropped
	}{
		{"17", 2002, 2003, ""}, {"17 jaar", 2002, 2003, ""}, {"17.0", 2002, 2003, ""}, {"0", 2019, 2020, ""}, {"121", 0, 0, text.OutOfRange}, {"-1", 0, 0, text.OutOfRange}, {"999", 0, 0, text.OutOfRange},
		{"?", 0, 0, text.Unknown}, {"", 0, 0, text.Empty}, {"12-18", 0, 0, text.NotRead}, {"kind", 0, 0, text.NotRead}, {"17.5", 0, 0, text.NotRead},
	} {
		from, to, why := text.BirthYears(c.age, reference)
		if from != c.from || to != c.to || why != c.why {
			t.Errorf("%q: %d to %d, %q", c.age, from, to, why)
		}
	}
	if from, to, _ := text.BirthYears("17", text.Date{Year: 2020, Month: 12, Day: 31}); from != 2003 || to != 2003 {
		t.Errorf("at the end of the year: %d to %d", from, to)
	}
}

// Every day of two centuries, however it is written.
func TestDatesAreRead(t *testing.T) {
	c := dates(t, text.DateOptions{}, "31-12-2004")
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1901, 1, rapid.IntRange(1, 72000).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		layout := rapid.SampledFrom([]string{time.DateOnly, "02-01-2006", "2/1/2006", "20060102", "02012006", "2 Jan 2006", "Monday 2 January 2006", time.RFC3339, "2006-01-02 15:04:05"}).Draw(t, "layout")
		d, why := c.Parse(day.Format(layout))
		if d.String() != day.Format(time.DateOnly) || why != text.Kept {
			t.Fatalf("%s is %v, %q", day.Format(layout), d, why)
		}
	})
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{"31-12-2004 2004-05-06T00:00", "6 mei 04", "38113.5 x? 00-00-0000", "311204 200405", "9999999 ١٢-05-2004"} {
		f.Add(s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, raw string, format uint8) {
		for _, o := range []text.DateOptions{{}, {Reference: reference}, {Reference: reference, Format: []string{"dmy", "mdy", "ymd", "ym"}[format%4]}} {
			s := text.DateSample{DateOptions: o}
			values := strings.Fields(raw)
			values = append(values, raw)
			for _, v := range values {
				s.Add(v)
			}
			c, err := s.Decide()
			if err != nil {
				continue
			}
			for _, v := range values {
				d, why := c.Parse(v)
				if d == (text.Date{}) && why == text.Kept {
					t.Errorf("%q is nothing, for no reason", v)
				}
				if x := c.Written(v); why != text.Impossible && x != d || x.Year != d.Year || x.Month > 99 || x.Day > 99 {
					t.Errorf("%q is %v, and written %v", v, d, x)
				}
				if d.Month > 12 || d.Day > 31 || d.Year != 0 && d.Year < 1900 || o.Reference.Year > 0 && d.Year > o.Reference.Year {
					t.Errorf("%q is %v", v, d)
				}
				if d.Year > 0 && d.Month > 0 && d.Day > 0 {
					if x := time.Date(int(d.Year), time.Month(d.Month), int(d.Day), 0, 0, 0, 0, time.UTC); x.Day() != int(d.Day) {
						t.Errorf("%q is %v, which is no day", v, d)
					}
				}
			}
		}
	})
}
