package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
)

// Headings of flags in help texts.
const (
	aboutTable   = "What the table means"
	aboutMethod  = "Method and model"
	aboutAnswer  = "Intervals and groups"
	aboutBoot    = "Intervals that include the choice of the model"
	aboutPublish = "Safe to publish"
	aboutOutput  = "Output"
	aboutRunning = "Running"
)

func text(name, category, usage string) cli.Flag {
	return &cli.StringFlag{Name: name, Category: category, Usage: usage}
}

func several(name, category, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Category: category, Usage: usage}
}

func onOff(name, category, usage string) cli.Flag {
	return &cli.BoolFlag{Name: name, Category: category, Usage: usage}
}

// tableFlags say how to read the table where that is not recognised.
func tableFlags() []cli.Flag {
	return []cli.Flag{
		several("lists", aboutTable, "columns that are lists, `A,B,C`; other columns of 0 and 1 are then covariates"),
		text("count", aboutTable, "`COLUMN` that holds the number of persons"),
		several("ignore", aboutTable, "`COLUMNS` to leave out, A,B"),
		several("absent", aboutTable, "patterns impossible by design, `LISTS`: chat:year=2013, the list did not run there; 'care*chat', nobody can be on both (repeatable)"),
		several("collapse", aboutTable, "make one level of several, `COVARIATE`: 'nation:Surinam|Turkey=other' (repeatable)"),
		text("period", aboutTable, "what the counts are about, as in `2013`, to be printed with the answer"),
		definitionFlag(),
	}
}

func definitionFlag() cli.Flag {
	return text("definition", aboutTable, "who is counted, in `WORDS` to be printed with the answer")
}

func levelFlag() cli.Flag {
	return several("level", aboutAnswer, "`LEVEL` of the intervals, 0.95 or 95% (repeatable, the first is the headline; default 0.95)")
}

func intervalFlag(usage string) cli.Flag { return text("interval", aboutAnswer, usage) }

func byFlag() cli.Flag {
	return several("by", aboutAnswer, "estimate for each group of the covariates `A,B`; darkfigure visibility has their total")
}

// outputFlags are the flags of every command that has results.
func outputFlags() []cli.Flag {
	return []cli.Flag{
		text("format", aboutOutput, "`FORMAT` of the results: "+strings.Join(formatNames, ", ")+" (default: by the suffix of --output, else text)"),
		text("output", aboutOutput, "`FILE` to write to, complete or not at all, instead of standard output"),
		languageFlag("text, markdown and html"),
		onOff("quiet", aboutOutput, "no messages on standard error but errors"),
	}
}

// languageFlag is of commands that write what people read; --lang is the same.
func languageFlag(of string) cli.Flag {
	return &cli.StringFlag{Name: "language", Aliases: []string{"lang"}, Category: aboutOutput, Usage: "`en` or nl, for " + of + " (--lang is the same)"}
}

// runFlags are the flags of every command that computes.
func runFlags() []cli.Flag {
	return []cli.Flag{
		onOff("strict", aboutOutput, "exit status 1 when there is any warning (the results are still printed)"),
		text("seed", aboutRunning, "`NUMBER` that all random draws follow from (default 1)"),
		text("jobs", aboutRunning, "`N` computations at the same time (default: one per processor); never changes the answer"),
	}
}

func flags(groups ...[]cli.Flag) []cli.Flag { return slices.Concat(groups...) }

// kinds are the intervals that methods of this version have.
var kinds = []string{"profile", "lognormal", "wald", "waring", "sadinle", "exact", "midp", "penalised", "mixture", "bootstrap",
	"bca", "percentile", "basic", "studentised", "calibrated", "credible"}

// bootKinds are those that repeat the choice of the model in bootstrap replicates.
var bootKinds = []string{"bca", "percentile", "basic", "studentised", "calibrated"}

// modelKinds are those that models can list for every model.
var modelKinds = []string{"lognormal", "profile", "wald"}

func parseKind(s string, allowed []string) (estimators.IntervalKind, error) {
	if s != "" && !slices.Contains(allowed, s) {
		list := "the kinds are " + strings.Join(allowed, ", ")
		return "", usage(didYouMean("--interval ", s, allowed, list), "--interval %s: there is no such kind of interval", s)
	}
	return estimators.IntervalKind(s), nil
}

// parseLevels reads levels such as 0.95 and 95%.
func parseLevels(values []string) ([]float64, error) {
	var out []float64
	for _, s := range splitAll(values) {
		number, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
		x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			return nil, usage("write 0.95 or 95%", "--level %s is not a number", s)
		}
		if percent {
			// Read the digits anew, two places further: 95% is then exactly 0.95.
			if x, err = strconv.ParseFloat(strings.TrimSpace(number)+"e-2", 64); err != nil {
				return nil, usage("write 0.95 or 95%", "--level %s is not a number", s)
			}
		}
		if !(x > 0 && x < 1) {
			hint := "write 0.95 or 95%"
			if !percent && x > 1 && x < 100 {
				hint = fmt.Sprintf("did you mean %s%%?", number)
			}
			return nil, usage(hint, "--level %s does not lie between 0 and 1", s)
		}
		if slices.Contains(out, x) {
			return nil, usage("", "--level %s is given twice", s)
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		out = []float64{0.95}
	}
	return out, nil
}

// splitAll reads lists such as A,B,C that may also be given by repeating the flag. A name with a
// comma in it stands in double quotes.
func splitAll(values []string) []string {
	var out []string
	for _, v := range values {
		for v != "" {
			var item string
			if strings.HasPrefix(v, `"`) {
				if end := strings.IndexByte(v[1:], '"'); end >= 0 && (end+2 == len(v) || v[end+2] == ',') {
					out = append(out, v[1:1+end])
					v = strings.TrimPrefix(v[end+2:], ",")
					continue
				}
			}
			item, v, _ = strings.Cut(v, ",")
			if item = strings.TrimSpace(item); item != "" {
				out = append(out, item)
			}
		}
	}
	return out
}

// wholeFlag reads a whole number of at least least; given is false when the flag is not there.
func wholeFlag(c *cli.Context, name string, least int) (value int, given bool, err error) {
	if !c.IsSet(name) {
		return 0, false, nil
	}
	n, err := strconv.Atoi(c.String(name))
	if err != nil || n < least {
		return 0, true, usage("", "--%s %s is not a whole number of at least %d", name, c.String(name), least)
	}
	return n, true, nil
}

// numberFlag reads a number of at least 0.
func numberFlag(c *cli.Context, name string) (value float64, given bool, err error) {
	if !c.IsSet(name) {
		return 0, false, nil
	}
	x, err := strconv.ParseFloat(c.String(name), 64)
	if err != nil || math.IsInf(x, 0) || !(x >= 0) {
		return 0, true, usage("", "--%s %s is not a number of at least 0", name, c.String(name))
	}
	return x, true, nil
}

func seedOf(c *cli.Context) (uint64, error) {
	if !c.IsSet("seed") {
		return 1, nil
	}
	seed, err := strconv.ParseUint(c.String("seed"), 10, 64)
	if err != nil {
		return 0, usage("", "--seed %s is not a whole number from 0 to 2^64−1", c.String("seed"))
	}
	return seed, nil
}

func jobsOf(c *cli.Context) (int, error) {
	n, given, err := wholeFlag(c, "jobs", 1)
	if !given {
		n = runtime.GOMAXPROCS(0)
	}
	return n, err
}

// criterionFlag reads one of the allowed words.
func wordFlag(c *cli.Context, name string, allowed ...string) (string, error) {
	s := c.String(name)
	if s != "" && !slices.Contains(allowed, s) {
		return "", usage(didYouMean("--"+name+" ", s, allowed, ""), "--%s %s is not one of %s", name, s, strings.Join(allowed, ", "))
	}
	return s, nil
}
