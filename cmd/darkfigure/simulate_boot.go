package main

import (
	"fmt"
	"slices"
	"strconv"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// bootOf takes the flags of the bootstrap out of the words of a method.
func bootOf(words []string) (rest []string, b *loglinear.Bootstrap, kind estimators.IntervalKind, err error) {
	var set loglinear.Bootstrap
	for i := 0; i < len(words); i++ {
		w := words[i]
		value := func() string {
			i++
			if i < len(words) {
				return words[i]
			}
			return ""
		}
		whole := func() (n int) {
			v := value()
			if n, err = strconv.Atoi(v); err != nil {
				err = fmt.Errorf("%s %s is not a whole number", w, v)
			}
			return n
		}
		switch w {
		case "--boot":
			set.Replicates, b = whole(), &set
		case "--boot-inner":
			set.Inner = whole()
		case "--top-models":
			set.Top = whole()
		case "--boot-scheme":
			set.Scheme = loglinear.Scheme(value())
		case "--search":
			set.Downhill = value() == "downhill"
		case "--interval":
			v := value()
			if !slices.Contains([]string{"bca", "percentile", "basic", "studentised", "calibrated"}, v) {
				rest = append(rest, w, v)
				continue
			}
			kind = estimators.IntervalKind(v)
		default:
			rest = append(rest, w)
		}
		if err != nil {
			return nil, nil, "", err
		}
	}
	return rest, b, kind, nil
}
