package visibility

import (
	"regexp"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// periods are names of covariates that say when.
var periods = []string{"year", "jaar", "period", "periode", "quarter", "kwartaal", "month", "maand"}

var calendar = regexp.MustCompile(`^(19\d\d|20\d\d|2100)(?:[-/. ]?(?:0?[1-9]|1[0-2])|[-/. ]?[QqKk][1-4])?$`)

// SaysWhen reports whether a covariate is called like a period and all its levels are calendar years, or parts of them.
func SaysWhen(c estimators.Covariate) bool {
	return slices.Contains(periods, strings.ToLower(c.Name)) && len(c.Levels) > 0 &&
		!slices.ContainsFunc(c.Levels, func(l string) bool { return !calendar.MatchString(l) })
}
