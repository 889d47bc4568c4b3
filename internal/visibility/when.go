package visibility

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// periods are names of covariates that say when.
var periods = []string{"year", "jaar", "period", "periode", "quarter", "kwartaal", "month", "maand"}

var calendar = regexp.MustCompile(`^(19\d\d|20\d\d|2100)(?:[-/. ]?(?:0?[1-9]|1[0-2])|[-/. ]?[QqKk][1-4])?$`)

// SaysWhen reports whether a covariate is called like a period and all its levels are calendar years or parts of them, or all whole
// numbers, such as the first and the second year of a study.
func SaysWhen(c estimators.Covariate) bool {
	if !slices.Contains(periods, strings.ToLower(c.Name)) || len(c.Levels) == 0 {
		return false
	}
	return all(c.Levels, calendar.MatchString) || all(c.Levels, isWhole)
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
		if SaysWhen(c) && all(c.Levels, calendar.MatchString) {
			levels := slices.Clone(c.Levels)
			inOrder(levels)
			return span(levels)
		}
	}
	return ""
}
