package report

import (
	"math"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// minus is the sign of negative numbers in print.
const minus = "\u2212"

// meaningless is a number of people that no method can mean: its digits say nothing.
const meaningless = 1e18

// whole writes a number of persons to the nearest person, grouped from four digits.
func (l *language) whole(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "∞"
	case x >= meaningless:
		return string(l.say("over-meaningless"))
	}
	return l.grouped(strconv.FormatFloat(math.Round(x), 'f', 0, 64))
}

// count writes an integer, grouped from four digits.
func (l *language) count(n int64) string { return l.grouped(strconv.FormatInt(n, 10)) }

// people writes a number of persons seen with its verb: "1 person was seen" or "27 people were seen".
func (l *language) people(n int64) prose {
	return l.say("people-seen"+form(int(min(n, 2))), l.count(n))
}

// persons writes a number of persons: "1 person" or "27 people".
func (l *language) persons(n int64) prose { return l.say("persons"+form(int(min(n, 2))), l.count(n)) }

// fixed writes a number with a fixed number of decimals.
func (l *language) fixed(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	sign := ""
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		s, sign = rest, minus // here, because the whole part of −0.97 is 0
	}
	whole, frac, has := strings.Cut(s, ".")
	out := sign + l.grouped(whole)
	if has {
		out += l.decimal + frac
	}
	return out
}

func (l *language) grouped(digits string) string {
	sign := ""
	if rest, neg := strings.CutPrefix(digits, "-"); neg {
		digits = rest
		if digits != "0" {
			sign = minus
		}
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + l.thousands + digits[i:]
	}
	return sign + digits
}

// percent writes a share: whole per cent, one decimal under one per cent.
func (l *language) percent(share float64) string {
	switch {
	case share > 0 && share < 0.0005:
		return "<" + l.fixed(0.1, 1) + "%"
	case share > 0 && share < 0.01:
		return l.fixed(100*share, 1) + "%"
	case share > 0.995 && share < 1:
		return ">99%"
	}
	return l.fixed(math.Round(100*share), 0) + "%"
}

// percentRange writes the range of a share, rounded outward to whole per cent (to a
// tenth when the upper limit lies under one per cent).
func (l *language) percentRange(lower, upper float64) string {
	decimals, unit := 0, 100.0
	if upper < 0.01 {
		decimals, unit = 1, 1000.0
	}
	lo := math.Floor(lower*unit+1e-9) / unit
	hi := math.Min(1, math.Ceil(upper*unit-1e-9)/unit)
	from := l.fixed(100*lo, decimals)
	if lo == 0 && lower > 0 {
		from = string(l.say("under", l.fixed(100/unit, decimals)+"%"))
	}
	return from + " " + string(l.say("to")) + " " + l.fixed(100*hi, decimals) + "%"
}

// pvalue writes a probability.
func (l *language) pvalue(p float64) string {
	if p < 0.001 {
		return "p < " + l.fixed(0.001, 3)
	}
	if p < 0.1 {
		return "p = " + l.fixed(p, 3)
	}
	return "p = " + l.fixed(p, 2)
}

// level writes the level of an interval, such as 95%.
func (l *language) level(level float64) string {
	s := strconv.FormatFloat(math.Round(level*1e6)/1e4, 'f', -1, 64)
	return strings.Replace(s, ".", l.decimal, 1) + "%"
}

// limits writes an interval to whole persons, the lower limit rounded down and the upper one up, without its
// kind. One without an upper limit is "at least" its lower one. A limit within a millionth of a person of a whole number is that number.
func (l *language) limits(i estimators.Interval) string {
	lower := l.whole(math.Floor(i.Lower + 1e-6))
	if i.Unbounded() {
		return string(l.say("at-least", lower))
	}
	return lower + " " + string(l.say("to")) + " " + l.whole(math.Ceil(i.Upper-1e-6))
}

// kind names how an interval was made, with its level.
func (l *language) kind(i estimators.Interval) string {
	if i.Kind == recommended {
		return l.kindName(i.Kind) // it holds intervals, and has no level of its own
	}
	return l.level(i.Level) + ", " + l.kindName(i.Kind)
}

// kindName names the kind of an interval in the language.
func (l *language) kindName(k estimators.IntervalKind) string {
	key := "interval-" + string(k)
	if _, ok := catalogue[key]; ok {
		return string(l.say(key))
	}
	return clean(string(k))
}

// significant rounds x > 0 to a number of significant digits with the given rounding.
func significant(x float64, digits int, round func(float64) float64) float64 {
	if x <= 0 || math.IsInf(x, 0) {
		return x
	}
	e := math.Floor(math.Log10(x)) - float64(digits-1)
	if e <= 0 {
		return round(x)
	}
	unit := math.Pow(10, e)
	return round(x/unit) * unit
}

// about rounds an estimate to two significant figures, and to more where two would change the
// number of hidden people by more than a tenth.
func about(x float64, observed int64) float64 { return near(x, 2, observed, math.Round) }

// downward and upward round limits outward in the same way, to some digits at least; a lower
// limit never falls below the number observed.
func downward(x float64, digits int, observed int64) float64 {
	return near(x, digits, observed, math.Floor)
}
func upward(x float64, digits int, observed int64) float64 {
	return near(x, digits, observed, math.Ceil)
}

func near(x float64, digits int, observed int64, round func(float64) float64) float64 {
	n := float64(observed)
	if math.IsInf(x, 1) {
		return x
	}
	for ; digits < 17; digits++ {
		if r := significant(x, digits, round); r >= n && math.Abs(r-x) <= .1*(x-n)+1 {
			return r
		}
	}
	return math.Max(round(x), n)
}

// outward rounds an interval outward.
func outward(i estimators.Interval, observed int64) estimators.Interval {
	i.Lower, i.Upper = downward(i.Lower, 2, observed), upward(i.Upper, 2, observed)
	return i
}
