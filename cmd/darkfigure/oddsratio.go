package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators/incomplete"
	"darkfigure/estimators/loglinear"
)

// oddsRatioFlag assumes how much two lists go together, which models estimate, or take to be nothing.
func oddsRatioFlag() cli.Flag {
	return several("odds-ratio", aboutMethod, "assume the odds ratio of two lists, `A*B=2`, in place of estimating it or taking it to be 1; with --method incomplete also of a list and a covariate, and repeatable")
}

// oddsRatiosOf reads --odds-ratio.
func oddsRatiosOf(c *cli.Context) ([]incomplete.OddsRatio, error) {
	var out []incomplete.OddsRatio
	for _, s := range splitAll(c.StringSlice("odds-ratio")) {
		left, right, ok := strings.Cut(s, "=")
		value, err := strconv.ParseFloat(strings.TrimSpace(right), 64)
		if !ok || err != nil || !(value > 0) || math.IsInf(value, 0) {
			return nil, usage("write A*B=2: people on one list are so many times as likely, in odds, to be on the other", "--odds-ratio %s is not two names and a number above 0", s)
		}
		o := incomplete.OddsRatio{Value: value}
		for name := range strings.SplitSeq(left, "*") {
			o.Of = append(o.Of, strings.TrimSpace(name))
		}
		if len(o.Of) != 2 || o.Of[0] == o.Of[1] {
			return nil, usage("write A*B=2", "--odds-ratio %s does not name two", s)
		}
		out = append(out, o)
	}
	return out, nil
}

// offsetOf is the odds ratio of two lists that a log-linear model assumes.
func offsetOf(c *cli.Context) (func(lists []string) (loglinear.Offset, error), error) {
	all, err := oddsRatiosOf(c)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if len(all) > 1 {
		return nil, usage("assume one at a time", "a log-linear model has one assumed odds ratio, and --odds-ratio names %d", len(all))
	}
	return func(lists []string) (loglinear.Offset, error) {
		o := loglinear.Offset{LogOdds: math.Log(all[0].Value)}
		for _, name := range all[0].Of {
			i := slices.Index(lists, name)
			if i < 0 {
				return o, usage(didYouMean("", name, lists, "the lists are "+strings.Join(lists, ", ")), "--odds-ratio %s: there is no list %s", fmt.Sprintf("%s=%g", strings.Join(all[0].Of, "*"), all[0].Value), name)
			}
			o.Pair |= 1 << uint(i)
		}
		return o, nil
	}, nil
}
