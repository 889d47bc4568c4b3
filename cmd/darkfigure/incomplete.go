package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/incomplete"
	"darkfigure/estimators/loglinear"
)

// incompleteName is the method that uses covariates which are recorded for part of the people. It stands by itself: the others sum over covariates.
const incompleteName = "incomplete"

func isIncomplete(c *cli.Context) bool {
	names := splitAll(c.StringSlice("method"))
	return len(names) == 1 && strings.EqualFold(names[0], incompleteName)
}

// estimateIncomplete is estimate --method incomplete.
func (p *program) estimateIncomplete(c *cli.Context) error {
	ctx := c.Context
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	o, err := optionsOf(c, kinds)
	if err != nil {
		return err
	}
	e := incomplete.Incomplete{Levels: o.Levels, Interval: o.Kind}
	if o.Kind != "" && !slices.Contains(incomplete.Kinds(), o.Kind) {
		return usage(fmt.Sprintf("choose one of %v, or leave it out", incomplete.Kinds()), "incomplete has no %s interval", o.Kind)
	}
	for _, name := range append([]string{"trend"}, modelFlagNames...) {
		if c.IsSet(name) && !slices.Contains([]string{"model", "boot", "boot-scheme", "odds-ratio"}, name) {
			return usage("leave it out", "--%s does not apply to incomplete", name)
		}
	}
	if e.Bootstrap, err = incompleteBoot(c, o); err != nil {
		return err
	}
	if e.OddsRatios, err = oddsRatiosOf(c); err != nil {
		return err
	}
	held, err := ridge(c.String("ridge"))
	if err != nil {
		return err
	}
	e.Ridge = incomplete.Ridge(held)
	by := splitAll(c.StringSlice("by"))
	names := splitAll(c.StringSlice("covariates"))
	d, err := p.readIncomplete(c, names, by)
	if err != nil {
		return err
	}
	covariates := namesOf(d.table)
	if c.IsSet("model") {
		m, err := incomplete.Parse(c.String("model"), d.table.Lists(), covariates)
		if err != nil {
			return usage(fmt.Sprintf("the lists are %s, the covariates %s; write [A*x,B*x]", strings.Join(d.table.Lists(), ", "), strings.Join(covariates, ", ")), "%s", err)
		}
		e.Model = &m
	}
	if len(by) > 0 {
		e.By = [][]string{by}
	}
	results := resultsOf(c, d, o)
	defer out.patience()()
	if results.Description, err = describe(ctx, d.table, o.LevelsOr95()); err != nil {
		return err
	}
	answer, err := d.ask(ctx, e)
	if err != nil {
		return err
	}
	results.Estimates = []estimators.Estimate{answer}
	results.Cards = cards(incomplete.Methods())
	if err := p.leaveOut(c, out, &results, takesCovariates); err != nil {
		return err
	}
	return out.finish(ctx, results)
}

// incompleteBoot reads --boot and --boot-scheme. Unlike that of log-linear models, the bootstrap has to be asked for: the model is not chosen.
func incompleteBoot(c *cli.Context, o estimators.Options) (*incomplete.Bootstrap, error) {
	n, given, err := wholeFlag(c, "boot", 0)
	if err != nil {
		return nil, err
	}
	scheme, err := wordFlag(c, "boot-scheme", incomplete.Schemes()...)
	if err != nil {
		return nil, err
	}
	if !given && (o.Kind == estimators.Percentile || scheme != "") {
		n = loglinear.DefaultReplicates
	}
	switch {
	case n == 1:
		return nil, usage("", "--boot 1: at least 2 replicates are needed, and 1000 for a 95%% interval")
	case n == 0 && o.Kind == estimators.Percentile:
		return nil, usage("leave out --boot 0", "--interval %s needs bootstrap replicates", o.Kind)
	case n == 0 && scheme != "":
		return nil, usage("leave out --boot 0, or add --boot 1000", "--boot-scheme needs bootstrap replicates")
	case n > 0 && (o.Kind == estimators.Wald || o.Kind == estimators.LogNormal):
		return nil, usage("leave out one of them", "--interval %s does not use the replicates of --boot", o.Kind)
	case n == 0:
		return nil, nil
	}
	return &incomplete.Bootstrap{Replicates: n, Scheme: scheme, Seed: o.Seed, Workers: o.Workers}, nil
}

func namesOf(t *estimators.Table) []string {
	var out []string
	for _, c := range t.Covariates() {
		out = append(out, c.Name)
	}
	return out
}

// readIncomplete reads the table over the covariates named, or over all of them, and says for how many people each is recorded.
func (p *program) readIncomplete(c *cli.Context, names, by []string) (*dataset, error) {
	d, err := p.read(c.Context, c, nil)
	if err != nil {
		return nil, err
	}
	all := namesOf(d.table)
	if len(all) == 0 {
		return nil, usage("use another method; when covariates were read as lists, name the lists with --lists A,B", "the table has no covariates, which incomplete is for")
	}
	for _, group := range []struct {
		flag  string
		names []string
	}{{"covariates", names}, {"by", by}} {
		for i, n := range group.names {
			switch {
			case slices.Contains(group.names[:i], n):
				return nil, usage("", "--%s %s: the covariate is named twice", group.flag, n)
			case slices.Contains(d.table.Lists(), n):
				return nil, usage("name the lists with --lists A,B when it is a covariate", "--%s %s: this column is a list", group.flag, n)
			case !slices.Contains(all, n):
				return nil, usage(didYouMean("--"+group.flag+" ", n, all, "the covariates are "+strings.Join(all, ", ")), "--%s %s: there is no such covariate", group.flag, n)
			case len(names) > 0 && !slices.Contains(names, n):
				return nil, usage("name it in --covariates too", "--by %s: the covariate is not in the model", n)
			}
		}
	}
	// What is said of covariates that are summed over is about those left out alone.
	about := func(code string) bool { return code == "collapsed" || code == "collapsed-structural-zeros" }
	d.warnings = slices.DeleteFunc(d.warnings, func(w estimators.Warning) bool { return about(w.Code) })
	d.data.Notes = slices.DeleteFunc(d.data.Notes, func(n string) bool { return strings.HasPrefix(n, "summed over ") })
	if len(names) > 0 {
		over := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(names, n) })
		if len(over) > 0 {
			text := strings.Join(over, ", ")
			d.data.Notes = append(d.data.Notes, "summed over "+text)
			d.warnings = append(d.warnings, estimators.Warning{Code: "collapsed", Text: "the counts were summed over " + text})
			if d.losesZeros(names) {
				d.warnings = append(d.warnings, estimators.Warning{Code: "collapsed-structural-zeros", Text: fmt.Sprintf("some patterns are impossible in part of the table only; summed over %s they were counted as possible", text)})
			}
		}
		if d.table, err = d.table.Over(names...); err != nil {
			return nil, err
		}
	}
	for j, v := range d.table.Covariates() {
		recorded := int64(0)
		for _, cell := range d.table.Cells() {
			if cell.Levels[j] != "" {
				recorded += cell.Count
			}
		}
		if missing := d.table.Observed() - recorded; missing > 0 {
			d.data.Notes = append(d.data.Notes, fmt.Sprintf("covariate %s is recorded for %s of the %s people seen", v.Name, estimators.People(float64(recorded)), estimators.People(float64(d.table.Observed()))))
		}
	}
	return d, nil
}
