package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/huggins"
)

// conditional reports whether a method is one of the conditional likelihood of Huggins and Alho. They stand by themselves: they use covariates, over which the
// other methods sum.
func conditional(name string) bool {
	return slices.ContainsFunc(huggins.Methods(), func(m estimators.Method) bool { return strings.EqualFold(m.Name, name) })
}

func isConditional(c *cli.Context) bool {
	names := splitAll(c.StringSlice("method"))
	return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !conditional(n) })
}

func formulaFlags() []cli.Flag {
	return []cli.Flag{
		text("formula", aboutMethod, "`FORMULA` of covariates of persons, ~ sex + weight, for huggins-h, -t, -b and -tb (default ~ 1)"),
		onOff("by-list", aboutMethod, "each covariate of --formula has an effect of its own on each list, for huggins-t and -tb"),
	}
}

// noFormula refuses the flags of the conditional likelihood beside another method.
func noFormula(c *cli.Context) error {
	for _, name := range []string{"formula", "by-list"} {
		if c.IsSet(name) {
			return usage("add --method huggins-t, or huggins-h, -b or -tb", "--%s is for the methods of Huggins and Alho", name)
		}
	}
	return nil
}

// estimateConditional is estimate --method huggins-t and the like.
func (p *program) estimateConditional(c *cli.Context) error {
	ctx := c.Context
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	o, err := optionsOf(c, kinds)
	if err != nil {
		return err
	}
	if o.Kind != "" && !slices.Contains(huggins.Kinds(), o.Kind) {
		return usage(fmt.Sprintf("choose one of %v, or leave it out", huggins.Kinds()), "the methods of Huggins and Alho have no %s interval", o.Kind)
	}
	for _, name := range append([]string{"trend", "ridge", "covariates", "pool"}, modelFlagNames...) {
		if c.IsSet(name) {
			return usage("leave it out", "--%s does not apply to the methods of Huggins and Alho", name)
		}
	}
	about, err := formulaOf(c, "formula")
	if err != nil {
		return err
	}
	methods, err := findAllAmong(huggins.Methods(), c.StringSlice("method"))
	if err != nil {
		return err
	}
	by := splitAll(c.StringSlice("by"))
	var models []huggins.Huggins
	for _, m := range methods {
		h := huggins.Huggins{Levels: o.Levels, Interval: o.Kind}
		h.Model, _ = huggins.Named(m.Name, about)
		if h.Model.ByList = c.Bool("by-list"); h.Model.ByList && !h.Model.Time {
			return usage("leave it out, or use huggins-t or huggins-tb", "--by-list does not apply to %s, in which lists are alike", m.Name)
		}
		if h.Model.ByList && len(about.Terms) == 0 {
			return usage("add --formula '~ sex'", "--by-list does not apply without covariates")
		}
		if len(by) > 0 {
			h.By = [][]string{by}
		}
		models = append(models, h)
	}
	d, err := p.readPersons(c, about.Names(), by)
	if err != nil {
		return err
	}
	results := resultsOf(c, d, o)
	defer out.patience()()
	if results.Description, err = describe(ctx, d.table, o.LevelsOr95()); err != nil {
		return err
	}
	for _, h := range models {
		e, err := d.ask(ctx, h)
		if err != nil {
			return err
		}
		results.Estimates = append(results.Estimates, e)
	}
	results.Cards = cards(methods)
	if err := p.leaveOut(c, out, &results, takesCovariates); err != nil {
		return err
	}
	return out.finish(ctx, results)
}

// readPersons reads a table of persons with the covariates of a formula and of --by; over others it is summed.
func (p *program) readPersons(c *cli.Context, names, by []string) (*dataset, error) {
	used := slices.Clone(names)
	for i, n := range by {
		if slices.Contains(by[:i], n) {
			return nil, usage("", "--by %s: the covariate is named twice", n)
		}
		if !slices.Contains(used, n) {
			used = append(used, n)
		}
	}
	d, err := p.readFor(c.Context, c, used, "--formula")
	if err != nil {
		return nil, err
	}
	// What is said of levels that are missing, and of groups, is about groups that are estimated by themselves.
	d.warnings = slices.DeleteFunc(d.warnings, func(w estimators.Warning) bool { return w.Code == "missing-levels" })
	d.data.Notes = slices.DeleteFunc(d.data.Notes, func(n string) bool {
		return strings.HasSuffix(n, "estimate --method incomplete divides them over the others")
	})
	if d.table, err = d.table.Over(used...); err != nil {
		return nil, err
	}
	return d, nil
}
