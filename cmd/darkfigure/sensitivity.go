package main

import (
	"context"
	"errors"
	"slices"
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
	tried := departuresOf(c)
	if err := tried.words(&a); err != nil {
		return err
	}
	d, err := p.read(ctx, c, nil)
	if err != nil {
		return err
	}
	lists := d.table.Lists()
	if err := tried.lists(&a, lists); err != nil {
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
	r.Cards = (&request{methods: []estimators.Method{m}, model: flags}).cards()
	if r.Description, err = describe(ctx, d.table, o.Levels); err != nil {
		return err
	}
	r.Description.Warnings = append(r.Description.Warnings, d.warnings...)
	if err := p.analyse(ctx, out, a, d.table, &r); err != nil {
		var refusal *estimators.Refusal
		if !errors.As(err, &refusal) {
			return err
		}
		// As of estimate: the results say what is refused, and why.
		r.Estimates = []estimators.Estimate{{Method: m.Name, Observed: d.table.Observed(), Status: estimators.Refused, Reason: refusal}}
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
		out.tell("%s", noPage+why)
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
