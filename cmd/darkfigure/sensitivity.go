package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/internal/sensitivity"
	"darkfigure/internal/visibility"
)

// aboutSensitivity is a heading of flags.
const aboutSensitivity = "What is tried"

func (p *program) sensitivityCommand() *cli.Command {
	return &cli.Command{
		Name: "sensitivity", ArgsUsage: "TABLE", Usage: "what the assumptions do to the answer",
		Description: `Estimates the same population again and again under one departure at a time, and shows what moves the answer: assumptions that no data can test (the interaction of all lists, odds ratios of pairs), each list left out, every two merged, one person more or less in every overlap, links missed or false, people on a list who are not of the population, models that fit about as well, and every other method. It asks every method for the size of each list, which is known; simulates what a new list would do; and says in three sentences what the answer depends on most, within which range it stays, and which data would narrow it most. Where two lists each record a covariate that the other does not, the odds ratios of each list with its own covariate are varied too.

The page is also the second one of the report that estimate and compare write with --format html.`,
		UsageText: `darkfigure sensitivity uk5.csv
darkfigure sensitivity uk5.csv --output sensitivity.html
darkfigure sensitivity nl6.csv --method independence
darkfigure sensitivity uk5.csv --claim 'population > 10000' --claim 'visibility < 20%'
darkfigure sensitivity uk5.csv --within 0.67:1.5 --audit GO=3/100
darkfigure sensitivity uk5.csv --prior loguniform:0.5:2
darkfigure sensitivity uk5.csv --dependence LA*NG=1:5 --capture PFNCA*GO=0.5%:2%
darkfigure sensitivity afghans.csv --lists A,B --within 0.67:1.5
darkfigure sensitivity uk5.csv --planned 'coverage=10%,with=LA,odds=2'`,
		Flags: flags([]cli.Flag{
			text("method", aboutMethod, "`NAME` of the method that is examined (default as for estimate)"),
		}, modelChoiceFlags(), sensitivityFlags(), []cli.Flag{text("level", aboutAnswer, "`LEVEL` of all intervals, 0.95 or 95% (default 0.95)")}, tableFlags(), outputFlags(), runFlags()),
		Action: p.sensitivity,
	}
}

// modelChoiceFlags are those of selectionFlags that say which model is examined.
func modelChoiceFlags() []cli.Flag {
	keep := []string{"model", "heterogeneity", "firth", "select", "max-order", "pthresh"}
	return slices.DeleteFunc(selectionFlags(), func(f cli.Flag) bool { return !slices.Contains(keep, f.Names()[0]) })
}

// sensitivityFlags say what is tried.
func sensitivityFlags() []cli.Flag {
	return []cli.Flag{
		text("within", aboutSensitivity, "`A:B`, the range of every odds ratio and of ξ that is plausible, as in 0.67:1.5 (default: half to twice what the estimate takes for granted)"),
		text("prior", aboutSensitivity, "`LAW` of every odds ratio and of ξ, as a ratio to what the estimate takes for granted: loguniform:0.5:2, evenly between two ratios, or lognormal:0:0.35, with the mean and the standard deviation of the logarithm"),
		several("dependence", aboutSensitivity, "bound N by `A*B=FROM:TO`, a range of the odds ratio of two lists over everybody, as in chat*police=1:5 (repeatable: all hold)"),
		several("capture", aboutSensitivity, "bound N by `A*B=FROM:TO`, a range of the share of everybody that is on both lists, as in chat*police=1%:5% (repeatable: all hold)"),
		several("claim", aboutSensitivity, "look for the departure at which a `CLAIM` fails: 'population > 10000', 'visibility < 4%' (repeatable)"),
		text("missed-links", aboutSensitivity, "`RATES` at which links may have been missed (default 2%,5%,10%)"),
		text("false-links", aboutSensitivity, "`RATES` at which links may be false (default 1%,2%,5%)"),
		text("over-coverage", aboutSensitivity, "`SHARE` of each list that may not be of the population (default 5%; 0: not tried)"),
		several("audit", aboutSensitivity, "`LIST=X/N`: of N people sampled from the list X were not of the population (repeatable)"),
		several("planned", aboutSensitivity, "a list that there is not yet: `PLAN` coverage=10%, or coverage=10%,with=LIST,odds=2 when it depends on another (repeatable)"),
		text("over", aboutSensitivity, "`COVARIATE` whose levels follow each other in time: whether a change holds (default: one called year, period, … with calendar levels)"),
	}
}

func (p *program) sensitivity(c *cli.Context) error {
	ctx := c.Context
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	var given []string
	if c.IsSet("level") {
		given = []string{c.String("level")}
	}
	var o estimators.Options
	if o.Levels, err = parseLevels(given); err != nil {
		return err
	}
	if len(o.Levels) > 1 {
		return usage("", "--level %s: sensitivity has one level", c.String("level"))
	}
	if o.Seed, err = seedOf(c); err != nil {
		return err
	}
	if o.Workers, err = jobsOf(c); err != nil {
		return err
	}
	flags, err := choiceFlagsOf(c)
	if err != nil {
		return err
	}
	a := sensitivity.Analysis{Level: o.Levels[0], Seed: o.Seed, Workers: o.Workers}
	if err := sensitivityOf(c, &a); err != nil {
		return err
	}
	d, err := p.read(ctx, c, nil)
	if err != nil {
		return err
	}
	lists := d.table.Lists()
	for _, x := range a.Audits {
		if !slices.Contains(lists, x.List) {
			return usage(didYouMean("--audit ", x.List, lists, "the lists are "+strings.Join(lists, ", ")), "--audit %s: there is no such list", x.List)
		}
	}
	for _, x := range a.Planned {
		if x.With != "" && !slices.Contains(lists, x.With) {
			return usage(didYouMean("with=", x.With, lists, "the lists are "+strings.Join(lists, ", ")), "--planned with=%s: there is no such list", x.With)
		}
	}
	if err := boundsOf(c, &a, d.table); err != nil {
		return err
	}
	if a.Period, err = periodOf(c, d.table); err != nil {
		return err
	}
	name := c.String("method")
	if name == "" {
		name = usualMethod(d.table.K(), len(flags.given) > 0)
	}
	m, err := findMethod(name)
	if err != nil {
		return err
	}
	e, used, err := flags.apply(m.New(estimators.Options{Levels: o.Levels, Seed: o.Seed, Workers: 1}), lists)
	if err != nil {
		return err
	}
	all := map[string]bool{}
	for _, n := range used {
		all[n] = true
	}
	if err := flags.unused(all, []estimators.Method{m}); err != nil {
		return err
	}
	if needsOrder(e) {
		return usage("the other methods take the lists side by side", "%s takes the lists as surveys that follow each other in time: leaving one out or merging two has no meaning then", m.Name)
	}
	a.Estimator = e
	r := resultsOf(c, d, o)
	if r.Description, err = describe(ctx, d.table, o.Levels); err != nil {
		return err
	}
	r.Description.Warnings = append(r.Description.Warnings, d.warnings...)
	if err := p.analyse(ctx, out, a, d.table, &r); err != nil {
		var refusal *estimators.Refusal
		if errors.As(err, &refusal) {
			return nothing(refusal)
		}
		return err
	}
	return out.finish(ctx, r)
}

// pageFlag switches the second page of a report on or off.
func pageFlag(usual string) cli.Flag {
	return text("sensitivity", aboutOutput, "`yes` or no: add what the assumptions do to the answer, the second page of the report (default: "+usual+")")
}

// pageWanted reads pageFlag.
func pageWanted(c *cli.Context, usual bool) (bool, error) {
	s, err := wordFlag(c, "sensitivity", "yes", "no")
	if s == "" {
		return usual, err
	}
	return s == "yes", err
}

// noSecondPage is the error when the page is asked for with a method that has none.
func noSecondPage(c *cli.Context) error {
	wanted, err := pageWanted(c, false)
	if err == nil && wanted {
		err = usage("leave it out", "--sensitivity yes: %s", takesCovariates)
	}
	return err
}

// secondPage adds the analysis of the headline's method to the results of estimate or compare, when it is wanted. By default it
// comes with a page to read; with --sensitivity yes it is in JSON too, from which report draws the page. Groups have none, which is said. The estimates stand in the order of
// the tasks.
func (p *program) secondPage(ctx context.Context, c *cli.Context, r *request, tasks []*task, d *dataset, results *estimators.Results) error {
	wanted, err := pageWanted(c, r.out.format == "html")
	if err != nil || !wanted {
		return err
	}
	if len(r.by) > 0 {
		return p.leaveOut(c, r.out, results, "it is made of one estimate for everybody, and --by gives one for each group")
	}
	at := -1
	for i, t := range tasks {
		if results.Estimates[i].Status != estimators.Refused && !needsOrder(t.estimator) && (at < 0 || t.method.Name == usualMethod(d.table.K(), false)) {
			at = i
		}
	}
	if at < 0 {
		return p.leaveOut(c, r.out, results, "it needs one estimate for everybody, from lists side by side")
	}
	a := sensitivity.Analysis{Estimator: tasks[at].estimator, Level: r.options.Levels[0], Seed: r.options.Seed, Workers: r.options.Workers}
	part := tasks[at].part.Table
	if a.Period, err = periodOf(c, d.table); err != nil {
		return err
	}
	if part.K() == d.table.K() {
		part = d.table // with its covariates
	} else {
		a.Period = ""
	}
	err = p.analyse(ctx, r.out, a, part, results)
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		return p.leaveOut(c, r.out, results, refusal.Text)
	}
	return err
}

// noPage is the beginning of the note that there is no second page.
const noPage = "the page on sensitivity is left out: "

// leaveOut says why there is no second page, where one is wanted: among the notes of the results, and on the terminal when they go to a page. The estimates stand without
// it.
func (p *program) leaveOut(c *cli.Context, out *output, r *estimators.Results, why string) error {
	wanted, err := pageWanted(c, out.format == "html")
	if err != nil || !wanted {
		return err
	}
	r.Data.Notes = append(r.Data.Notes, noPage+why)
	if out.format == "html" && !out.quiet {
		p.say("%s", noPage+why)
	}
	return nil
}

// takesCovariates is why methods that take more than lists have no second page.
const takesCovariates = "it is for methods that take lists alone, not covariates"

// usualMethod is that of estimate without --method.
func usualMethod(lists int, modelled bool) string {
	if lists == 2 && !modelled {
		return "chapman"
	}
	return "loglinear"
}

// choiceFlagsOf reads the flags of modelChoiceFlags.
func choiceFlagsOf(c *cli.Context) (modelFlags, error) {
	f, err := modelFlagsOf(c)
	f.boot = nil
	return f, err
}

// analyse adds the analysis to the results; a refusal leaves them as they are. Somebody who waits sees a bar.
func (p *program) analyse(ctx context.Context, out *output, a sensitivity.Analysis, t *estimators.Table, r *estimators.Results) error {
	for _, m := range allMethods() {
		if fits(m, 2) || fits(m, t.K()) || fits(m, t.K()-1) {
			if e := m.New(estimators.Options{}); !needsOrder(e) {
				a.Methods = append(a.Methods, m)
			}
		}
	}
	bars := out.progress()
	defer bars.end()
	a.Progress = bars.count("sensitivity: estimates")
	s, err := a.Run(ctx, t)
	if err != nil {
		return err
	}
	r.Sensitivity = s
	for _, card := range cards(a.Methods) {
		if !slices.ContainsFunc(r.Cards, func(m estimators.Method) bool { return m.Name == card.Name }) {
			r.Cards = append(r.Cards, card)
		}
	}
	return nil
}

// sensitivityOf reads the flags of sensitivityFlags, but for those that need the table.
func sensitivityOf(c *cli.Context, a *sensitivity.Analysis) (err error) {
	if s := c.String("within"); s != "" {
		low, high, ok := strings.Cut(s, ":")
		a.From, err = strconv.ParseFloat(strings.TrimSpace(low), 64)
		var err2 error
		a.To, err2 = strconv.ParseFloat(strings.TrimSpace(high), 64)
		if !ok || err != nil || err2 != nil || !(a.From >= 1e-6 && a.To > a.From && a.To <= 1e6) {
			return usage("write the smaller ratio first, as in 0.5:2", "--within %s is not a range of ratios", s)
		}
	}
	if s := c.String("prior"); s != "" {
		if a.Prior, err = parsePrior(s); err != nil {
			return err
		}
	}
	for _, s := range c.StringSlice("claim") {
		claim, err := parseClaim(s)
		if err != nil {
			return err
		}
		a.Claims = append(a.Claims, claim)
	}
	if a.MissedLinks, err = ratesOf(c, "missed-links"); err != nil {
		return err
	}
	if a.FalseLinks, err = ratesOf(c, "false-links"); err != nil {
		return err
	}
	if c.IsSet("over-coverage") {
		x, err := parseShare(c.String("over-coverage"))
		if err != nil || x >= 1 {
			return usage("write 0.05 or 5%", "--over-coverage %s is not a share below 1", c.String("over-coverage"))
		}
		if a.OverCoverage = x; x == 0 {
			a.OverCoverage = -1
		}
	}
	for _, s := range c.StringSlice("audit") {
		list, sample, ok := strings.Cut(s, "=")
		found, of, ok2 := strings.Cut(sample, "/")
		x, err := strconv.ParseInt(strings.TrimSpace(found), 10, 64)
		n, err2 := strconv.ParseInt(strings.TrimSpace(of), 10, 64)
		if !ok || !ok2 || err != nil || err2 != nil || x < 0 || n < 1 || x > n {
			return usage("write LIST=3/100: of 100 people sampled from the list 3 were not of the population", "--audit %s is not a sample of a list", s)
		}
		if slices.ContainsFunc(a.Audits, func(b sensitivity.Audit) bool { return b.List == list }) {
			return usage("add the samples up", "--audit %s: the list is audited twice", s)
		}
		a.Audits = append(a.Audits, sensitivity.Audit{List: list, Found: x, Of: n})
	}
	for _, s := range c.StringSlice("planned") {
		plan, err := parsePlan(s)
		if err != nil {
			return err
		}
		a.Planned = append(a.Planned, plan)
	}
	return nil
}

// parsePrior reads loguniform:0.5:2 and lognormal:0:0.35.
func parsePrior(s string) (*sensitivity.Prior, error) {
	hint := "write loguniform:0.5:2 or lognormal:0:0.35"
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return nil, usage(hint, "--prior %s is not a law with two numbers", s)
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(parts[1]), 64)
	y, err2 := strconv.ParseFloat(strings.TrimSpace(parts[2]), 64)
	law := sensitivity.Law(strings.ToLower(strings.TrimSpace(parts[0])))
	laws := []string{string(sensitivity.LogNormalLaw), string(sensitivity.LogUniformLaw)}
	switch {
	case !slices.Contains(laws, string(law)):
		return nil, usage(didYouMean("--prior ", string(law), laws, hint), "--prior %s: there is no law %q", s, law)
	case err != nil || err2 != nil:
		return nil, usage(hint, "--prior %s is not a law with two numbers", s)
	case law == sensitivity.LogUniformLaw:
		if !(x >= 1e-6 && y > x && y <= 1e6) {
			return nil, usage("write the smaller ratio first, as in loguniform:0.5:2", "--prior %s: the ratios must lie between a millionth and a million", s)
		}
		return &sensitivity.Prior{Law: law, Lower: x, Upper: y}, nil
	}
	prior := sensitivity.LogNormal(x, y)
	if !(y > 0) || prior.Lower < 1e-6 || prior.Upper > 1e6 {
		return nil, usage("lognormal:0:0.35 lies between half and twice with 95%", "--prior %s: the standard deviation must be above 0, and the ratios lie between a millionth and a million", s)
	}
	return &prior, nil
}

// boundsOf reads --dependence and --capture.
func boundsOf(c *cli.Context, a *sensitivity.Analysis, t *estimators.Table) error {
	lists := t.Lists()
	for _, flag := range []string{"dependence", "capture"} {
		for _, s := range c.StringSlice(flag) {
			hint := "write LIST*LIST=1:5"
			if flag == "capture" {
				hint = "write LIST*LIST=1%:5%"
			}
			at := strings.LastIndex(s, "=")
			if at < 0 {
				return usage(hint, "--%s %s does not say between what it lies", flag, s)
			}
			var pair estimators.Pattern
			for _, name := range strings.Split(s[:at], "*") {
				name = strings.TrimSpace(name)
				i := slices.Index(lists, name)
				if i < 0 {
					return usage(didYouMean("", name, lists, "the lists are "+strings.Join(lists, ", ")), "--%s %s: there is no list %q", flag, s, name)
				}
				pair |= 1 << uint(i)
			}
			low, high, ok := strings.Cut(s[at+1:], ":")
			if pair.Size() != 2 || !ok {
				return usage(hint, "--%s %s is not a range of two lists", flag, s)
			}
			if flag == "capture" {
				from, err := parseShare(low)
				to, err2 := parseShare(high)
				if err != nil || err2 != nil || !(from <= to && to > 0) {
					return usage(hint, "--capture %s: two shares of everybody, the smaller first", s)
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
				return usage(hint+", or 1: without an upper end", "--dependence %s: two odds ratios, the smaller first", s)
			}
			a.Dependence = append(a.Dependence, sensitivity.Dependence{Pair: pair, From: from, To: to})
		}
	}
	return nil
}

// parseClaim reads 'population > 1000' and 'visibility < 4%'.
func parseClaim(s string) (sensitivity.Claim, error) {
	hint := "write 'population > 10000' or 'visibility < 4%'"
	var claim sensitivity.Claim
	at := strings.IndexAny(s, "<>")
	if at < 0 {
		return claim, usage(hint, "--claim %s does not say more or less than what", s)
	}
	claim.Above = s[at] == '>'
	value := strings.TrimSpace(s[at+1:])
	switch word := strings.ToLower(strings.TrimSpace(s[:at])); word {
	case "population", "n":
		claim.Quantity = sensitivity.Population
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsInf(x, 0) || !(x > 0) {
			return claim, usage(hint, "--claim %s: %q is not a number of people", s, value)
		}
		claim.Value = x
	case "visibility":
		claim.Quantity = sensitivity.Visibility
		x, err := parseShare(value)
		if err != nil || !(x > 0 && x < 1) {
			return claim, usage(hint, "--claim %s: %q is not a share between 0 and 1", s, value)
		}
		claim.Value = x
	default:
		return claim, usage(didYouMean("--claim ", word, []string{"population", "visibility"}, hint), "--claim %s is about neither the population nor the visibility", s)
	}
	return claim, nil
}

// parsePlan reads coverage=10%,with=LIST,odds=2.
func parsePlan(s string) (sensitivity.Plan, error) {
	hint := "write coverage=10%, or coverage=10%,with=LIST,odds=2"
	var plan sensitivity.Plan
	for _, item := range splitAll([]string{s}) {
		key, value, ok := strings.Cut(item, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		var err error
		switch {
		case !ok:
			return plan, usage(hint, "--planned %s: %q is not KEY=VALUE", s, item)
		case key == "coverage":
			if plan.Coverage, err = parseShare(value); err != nil || !(plan.Coverage > 0 && plan.Coverage < 1) {
				return plan, usage(hint, "--planned %s: %q is not a share between 0 and 1", s, value)
			}
		case key == "with":
			plan.With = value
		case key == "odds":
			if plan.Odds, err = strconv.ParseFloat(value, 64); err != nil || !(plan.Odds >= 1e-3 && plan.Odds <= 1e3) {
				return plan, usage(hint, "--planned %s: %q is not an odds ratio from 0.001 to 1000", s, value)
			}
		default:
			return plan, usage(didYouMean("", key, []string{"coverage", "with", "odds"}, hint), "--planned %s: there is no %q", s, key)
		}
	}
	switch {
	case plan.Coverage == 0:
		return plan, usage(hint, "--planned %s does not say which share of the population the list would hold", s)
	case (plan.With == "") != (plan.Odds == 0):
		return plan, usage(hint, "--planned %s: with and odds go together", s)
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

func ratesOf(c *cli.Context, flag string) (out []float64, err error) {
	for _, s := range splitAll([]string{c.String(flag)}) {
		x, err := parseShare(s)
		if err != nil || !(x > 0 && x < 1) {
			return nil, usage("write rates such as 0.02 or 2%,5%", "--%s: %q is not a rate between 0 and 1", flag, s)
		}
		out = append(out, x)
	}
	return out, nil
}

// periodOf is the covariate of --over, or the only one that is called like a period.
func periodOf(c *cli.Context, t *estimators.Table) (string, error) {
	var names, when []string
	for _, x := range t.Covariates() {
		names = append(names, x.Name)
		if visibility.SaysWhen(x) && len(x.Levels) > 1 {
			when = append(when, x.Name)
		}
	}
	if name := c.String("over"); name != "" {
		if !slices.Contains(names, name) {
			if len(names) == 0 {
				return "", usage("", "--over %s: the table has no covariates", name)
			}
			return "", usage(didYouMean("--over ", name, names, "the covariates are "+strings.Join(names, ", ")), "--over %s: there is no such covariate", name)
		}
		return name, nil
	}
	if len(when) == 1 {
		return when[0], nil
	}
	return "", nil
}
