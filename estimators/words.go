package estimators

import (
	"math"
	"strconv"
)

// People writes a number of people for the text of a warning or refusal: rounded to a
// whole number, digits in groups of three, as in "34,083". Negative numbers and infinities are written as such.
func People(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "infinitely many"
	case math.IsNaN(x):
		return "an unknown number"
	}
	digits := strconv.FormatFloat(math.Abs(math.Round(x)), 'f', 0, 64)
	out := make([]byte, 0, len(digits)+len(digits)/3+1)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	if x < 0 && digits != "0" {
		return "−" + string(out)
	}
	return string(out)
}

// Persons is [People] with its noun: "1 person", "34,083 people".
func Persons(x float64) string {
	if math.Round(x) == 1 {
		return "1 person"
	}
	return People(x) + " people"
}

// Range writes an interval for the text of a warning, its limits rounded outwards: "187 to
// 5,310".
func (i Interval) Range() string {
	return People(math.Floor(i.Lower)) + " to " + People(math.Ceil(i.Upper))
}
