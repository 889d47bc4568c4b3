package visibility

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/ordinal"
)

// periods are names of covariates that say when.
var periods = []string{"year", "jaar", "period", "periode", "quarter", "kwartaal", "month", "maand"}

var calendar = regexp.MustCompile(`^(19\d\d|20\d\d|2100)(?:[-/. ]?(?:0?[1-9]|1[0-2])|[-/. ]?[QqKk][1-4])?$`)

// several are years made one period, as in 2018-2019, 2018/19 or 2018 t/m 2020.
var several = regexp.MustCompile(`^(19\d\d|20\d\d)\s*(?:-|–|/|to|t/m|tot)\s*((?:19|20)?\d\d)$`)

// yearsOf are the first and the last year of a period of several.
func yearsOf(level string) (from, to int, ok bool) {
	m := several.FindStringSubmatch(level)
	if m == nil || calendar.MatchString(level) {
		return 0, 0, false
	}
	from, _ = strconv.Atoi(m[1])
	to, _ = strconv.Atoi(m[2])
	if len(m[2]) == 2 {
		to += from / 100 * 100
	}
	return from, to, to > from
}

// SaysWhen reports whether a covariate is called like a period and all its levels are calendar years, parts of them or several of them, or all
// whole numbers, such as the first and the second year of a study.
func SaysWhen(c estimators.Covariate) bool {
	return called(c.Name) && saysWhen(c.Levels)
}

func called(name string) bool { return slices.Contains(periods, strings.ToLower(name)) }

func saysWhen(levels []string) bool {
	if len(levels) == 0 {
		return false
	}
	if all(levels, calendar.MatchString) || all(levels, isWhole) {
		return true
	}
	_, ordered := ordinal.Of(levels)
	return ordered && all(levels, func(l string) bool {
		_, _, ok := yearsOf(l)
		return ok || calendar.MatchString(l)
	})
}

// NotWhen is the first of the covariates of groups that is called like a period, or has the levels of one, and yet is not taken to say when; "" for none.
func NotWhen(t *estimators.Table, by []string) string {
	for _, c := range t.Covariates() {
		years := len(c.Levels) > 1 && saysWhen(c.Levels) && !all(c.Levels, isWhole) || len(c.Levels) > 1 && all(c.Levels, calendar.MatchString)
		if slices.Contains(by, c.Name) && !SaysWhen(c) && (called(c.Name) || years) {
			return c.Name
		}
	}
	return ""
}

// Lengths are how many periods of the table as it was read each level of a covariate has, after merging; a level such as 2018-2019 counts each year.
func (m Merges) Lengths(read *estimators.Table, covariate string) map[string]int {
	out := map[string]int{}
	for _, c := range read.Covariates() {
		if c.Name != covariate {
			continue
		}
		for _, l := range c.Levels {
			out[m.Of(covariate, l)] += length(l)
		}
	}
	return out
}

func length(level string) int {
	if from, to, ok := yearsOf(level); ok {
		return to - from + 1
	}
	return 1
}

func isWhole(level string) bool {
	_, err := strconv.Atoi(level)
	return err == nil
}

func all(levels []string, is func(string) bool) bool {
	return !slices.ContainsFunc(levels, func(l string) bool { return !is(l) })
}

// inOrder sorts periods: numbers by size; years, quarters and months are written so that they stand in their order.
func inOrder(levels []string) {
	if !all(levels, isWhole) {
		slices.Sort(levels)
		return
	}
	slices.SortFunc(levels, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Compare(x, y)
	})
}

// Span is the calendar period that the covariates of a table say, as in 2010-2015, and "" where they say none.
func Span(t *estimators.Table) string {
	for _, c := range t.Covariates() {
		if SaysWhen(c) && !all(c.Levels, func(l string) bool { return isWhole(l) && !calendar.MatchString(l) }) {
			levels := slices.Clone(c.Levels)
			inOrder(levels)
			return span(levels)
		}
	}
	return ""
}
