package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/internal/sensitivity"
	"darkfigure/internal/study"
)

// departures are what is tried on the page on sensitivity, as they were written: by flags, or in a study file.
type departures struct {
	given  map[string][]string                                // by the names of the flags
	wrong  func(name, hint, format string, args ...any) error // about one of them
	before func(name string) string                           // what stands before the value where it is written
}

// one is that of which there is one at most; "" when it was not given.
func (d departures) one(name string) string {
	if v := d.given[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// departuresOf reads the flags of sensitivityFlags.
func departuresOf(c *cli.Context) departures {
	d := departures{given: map[string][]string{}, before: func(name string) string { return "--" + name + " " }}
	d.wrong = func(name, hint, format string, args ...any) error {
		return usage(hint, "%s", d.before(name)+fmt.Sprintf(format, args...))
	}
	for _, key := range study.Departures {
		name := strings.ReplaceAll(key, "_", "-")
		switch {
		case !c.IsSet(name):
		case slices.Contains(study.Single, key) || strings.HasSuffix(name, "-links"):
			d.given[name] = []string{c.String(name)}
		default:
			d.given[name] = c.StringSlice(name)
		}
	}
	return d
}

// departuresIn are those of a study file.
func departuresIn(s *study.Study) departures {
	d := departures{given: map[string][]string{}, before: func(string) string { return "" }}
	d.wrong = func(name, hint, format string, args ...any) error {
		path := "sensitivity." + strings.ReplaceAll(name, "-", "_")
		msg := path + ": " + fmt.Sprintf(format, args...)
		if hint != "" {
			msg += " (" + hint + ")"
		}
		return badStudy(s.Fail(path, msg))
	}
	for key, values := range s.Departures {
		d.given[strings.ReplaceAll(key, "_", "-")] = values
	}
	return d
}

// words reads what needs no table.
func (d departures) words(a *sensitivity.Analysis) (err error) {
	if s := d.one("within"); s != "" {
		low, high, ok := strings.Cut(s, ":")
		a.From, err = strconv.ParseFloat(strings.TrimSpace(low), 64)
		var err2 error
		a.To, err2 = strconv.ParseFloat(strings.TrimSpace(high), 64)
		if !ok || err != nil || err2 != nil || !(a.From >= 1e-6 && a.To > a.From && a.To <= 1e6) {
			return d.wrong("within", "write the smaller ratio first, as in 0.5:2", "%s is not a range of ratios", s)
		}
	}
	if s := d.one("prior"); s != "" {
		if a.Prior, err = d.prior(s); err != nil {
			return err
		}
	}
	for _, s := range d.given["claim"] {
		claim, err := d.claim(s)
		if err != nil {
			return err
		}
		a.Claims = append(a.Claims, claim)
	}
	if a.MissedLinks, err = d.rates("missed-links"); err != nil {
		return err
	}
	if a.FalseLinks, err = d.rates("false-links"); err != nil {
		return err
	}
	if _, ok := d.given["over-coverage"]; ok {
		s := d.one("over-coverage")
		x, err := parseShare(s)
		if err != nil || x >= 1 {
			return d.wrong("over-coverage", "write 0.05 or 5%", "%s is not a share below 1", s)
		}
		if a.OverCoverage = x; x == 0 {
			a.OverCoverage = -1
		}
	}
	for _, s := range d.given["audit"] {
		list, sample, ok := strings.Cut(s, "=")
		found, of, ok2 := strings.Cut(sample, "/")
		x, err := strconv.ParseInt(strings.TrimSpace(found), 10, 64)
		n, err2 := strconv.ParseInt(strings.TrimSpace(of), 10, 64)
		if !ok || !ok2 || err != nil || err2 != nil || x < 0 || n < 1 || x > n {
			return d.wrong("audit", "write LIST=3/100: of 100 people sampled from the list 3 were not of the population", "%s is not a sample of a list", s)
		}
		if slices.ContainsFunc(a.Audits, func(b sensitivity.Audit) bool { return b.List == list }) {
			return d.wrong("audit", "add the samples up", "%s: the list is audited twice", s)
		}
		a.Audits = append(a.Audits, sensitivity.Audit{List: list, Found: x, Of: n})
	}
	for _, s := range d.given["planned"] {
		plan, err := d.plan(s)
		if err != nil {
			return err
		}
		a.Planned = append(a.Planned, plan)
	}
	return nil
}

// prior reads loguniform:0.5:2 and lognormal:0:0.35.
func (d departures) prior(s string) (*sensitivity.Prior, error) {
	hint := "write loguniform:0.5:2 or lognormal:0:0.35"
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return nil, d.wrong("prior", hint, "%s is not a law with two numbers", s)
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(parts[1]), 64)
	y, err2 := strconv.ParseFloat(strings.TrimSpace(parts[2]), 64)
	law := sensitivity.Law(strings.ToLower(strings.TrimSpace(parts[0])))
	laws := []string{string(sensitivity.LogNormalLaw), string(sensitivity.LogUniformLaw)}
	switch {
	case !slices.Contains(laws, string(law)):
		return nil, d.wrong("prior", didYouMean(d.before("prior"), string(law), laws, hint), "%s: there is no law %q", s, law)
	case err != nil || err2 != nil:
		return nil, d.wrong("prior", hint, "%s is not a law with two numbers", s)
	case law == sensitivity.LogUniformLaw:
		if !(x >= 1e-6 && y > x && y <= 1e6) {
			return nil, d.wrong("prior", "write the smaller ratio first, as in loguniform:0.5:2", "%s: the ratios must lie between a millionth and a million", s)
		}
		return &sensitivity.Prior{Law: law, Lower: x, Upper: y}, nil
	}
	prior := sensitivity.LogNormal(x, y)
	if !(y > 0) || prior.Lower < 1e-6 || prior.Upper > 1e6 {
		return nil, d.wrong("prior", "lognormal:0:0.35 lies between half and twice with 95%", "%s: the standard deviation must be above 0, and the ratios lie between a millionth and a million", s)
	}
	return &prior, nil
}

// lists reads what is said of lists, whose names must be known.
func (d departures) lists(a *sensitivity.Analysis, lists []string) error {
	for _, x := range a.Audits {
		if !slices.Contains(lists, x.List) {
			return d.wrong("audit", didYouMean(d.before("audit"), x.List, lists, "the lists are "+strings.Join(lists, ", ")), "%s: there is no such list", x.List)
		}
	}
	for _, x := range a.Planned {
		if x.With != "" && !slices.Contains(lists, x.With) {
			return d.wrong("planned", didYouMean("with=", x.With, lists, "the lists are "+strings.Join(lists, ", ")), "with=%s: there is no such list", x.With)
		}
	}
	for _, flag := range []string{"dependence", "capture"} {
		for _, s := range d.given[flag] {
			hint := "write LIST*LIST=1:5"
			if flag == "capture" {
				hint = "write LIST*LIST=1%:5%"
			}
			at := strings.LastIndex(s, "=")
			if at < 0 {
				return d.wrong(flag, hint, "%s does not say between what it lies", s)
			}
			var pair estimators.Pattern
			for _, name := range strings.Split(s[:at], "*") {
				name = strings.TrimSpace(name)
				i := slices.Index(lists, name)
				if i < 0 {
					return d.wrong(flag, didYouMean("", name, lists, "the lists are "+strings.Join(lists, ", ")), "%s: there is no list %q", s, name)
				}
				pair |= 1 << uint(i)
			}
			low, high, ok := strings.Cut(s[at+1:], ":")
			if pair.Size() != 2 || !ok {
				return d.wrong(flag, hint, "%s is not a range of two lists", s)
			}
			if flag == "capture" {
				from, err := parseShare(low)
				to, err2 := parseShare(high)
				if err != nil || err2 != nil || !(from <= to && to > 0) {
					return d.wrong(flag, hint, "%s: two shares of everybody, the smaller first", s)
				}
				a.Capture = append(a.Capture, sensitivity.Capture{Lists: pair, Least: from, Most: to})
				continue
			}
			from, err := strconv.ParseFloat(strings.TrimSpace(low), 64)
			to := math.Inf(1)
			var err2 error
			if strings.TrimSpace(high) != "" {
				to, err2 = strconv.ParseFloat(strings.TrimSpace(high), 64)
			}
			if err != nil || err2 != nil || !(from >= 0 && to > 0 && from <= to) || math.IsInf(from, 1) {
				return d.wrong(flag, hint+", or 1: without an upper end", "%s: two odds ratios, the smaller first", s)
			}
			a.Dependence = append(a.Dependence, sensitivity.Dependence{Pair: pair, From: from, To: to})
		}
	}
	return nil
}

// claim reads 'population > 1000' and 'visibility < 4%'.
func (d departures) claim(s string) (sensitivity.Claim, error) {
	hint := "write 'population > 10000' or 'visibility < 4%'"
	var claim sensitivity.Claim
	at := strings.IndexAny(s, "<>")
	if at < 0 {
		return claim, d.wrong("claim", hint, "%s does not say more or less than what", s)
	}
	claim.Above = s[at] == '>'
	value := strings.TrimSpace(s[at+1:])
	switch word := strings.ToLower(strings.TrimSpace(s[:at])); word {
	case "population", "n":
		claim.Quantity = sensitivity.Population
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsInf(x, 0) || !(x > 0) {
			return claim, d.wrong("claim", hint, "%s: %q is not a number of people", s, value)
		}
		claim.Value = x
	case "visibility":
		claim.Quantity = sensitivity.Visibility
		x, err := parseShare(value)
		if err != nil || !(x > 0 && x < 1) {
			return claim, d.wrong("claim", hint, "%s: %q is not a share between 0 and 1", s, value)
		}
		claim.Value = x
	default:
		return claim, d.wrong("claim", didYouMean(d.before("claim"), word, []string{"population", "visibility"}, hint), "%s is about neither the population nor the visibility", s)
	}
	return claim, nil
}

// plan reads coverage=10%,with=LIST,odds=2.
func (d departures) plan(s string) (sensitivity.Plan, error) {
	hint := "write coverage=10%, or coverage=10%,with=LIST,odds=2"
	var plan sensitivity.Plan
	for _, item := range splitAll([]string{s}) {
		key, value, ok := strings.Cut(item, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		var err error
		switch {
		case !ok:
			return plan, d.wrong("planned", hint, "%s: %q is not KEY=VALUE", s, item)
		case key == "coverage":
			if plan.Coverage, err = parseShare(value); err != nil || !(plan.Coverage > 0 && plan.Coverage < 1) {
				return plan, d.wrong("planned", hint, "%s: %q is not a share between 0 and 1", s, value)
			}
		case key == "with":
			plan.With = value
		case key == "odds":
			if plan.Odds, err = strconv.ParseFloat(value, 64); err != nil || !(plan.Odds >= 1e-3 && plan.Odds <= 1e3) {
				return plan, d.wrong("planned", hint, "%s: %q is not an odds ratio from 0.001 to 1000", s, value)
			}
		default:
			return plan, d.wrong("planned", didYouMean("", key, []string{"coverage", "with", "odds"}, hint), "%s: there is no %q", s, key)
		}
	}
	switch {
	case plan.Coverage == 0:
		return plan, d.wrong("planned", hint, "%s does not say which share of the population the list would hold", s)
	case (plan.With == "") != (plan.Odds == 0):
		return plan, d.wrong("planned", hint, "%s: with and odds go together", s)
	}
	return plan, nil
}

// parseShare reads 0.05 and 5%.
func parseShare(s string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	number = strings.TrimSpace(number)
	if percent {
		number += "e-2"
	}
	x, err := strconv.ParseFloat(number, 64)
	if err == nil && !(x >= 0 && x <= 1) {
		err = fmt.Errorf("%s does not lie between 0 and 1", s)
	}
	return x, err
}

func (d departures) rates(name string) (out []float64, err error) {
	for _, s := range splitAll(d.given[name]) {
		x, err := parseShare(s)
		if err != nil || !(x > 0 && x < 1) {
			return nil, d.wrong(name, "write rates such as 0.02 or 2%,5%", "%q is not a rate between 0 and 1", s)
		}
		out = append(out, x)
	}
	return out, nil
}
