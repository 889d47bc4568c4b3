package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/report"
	"darkfigure/internal/study"
	"darkfigure/internal/tableio"
	"darkfigure/internal/visibility"
)

func (p *program) visibilityCommand() *cli.Command {
	return &cli.Command{
		Name: "visibility", ArgsUsage: "TABLE", Usage: "who is in view: observed and estimated, by group, list and year",
		Description: `Says for every group, and for all sums of groups, how many people were seen, how many there are, and what share of them is in view, with intervals; how that changed from year to year, and whether the change is more than noise; and what share each subgroup has. Each group is estimated by itself, with a model of its own, or with --joint all groups by one model with covariates; sums, ratios and shares are those of the bootstrap replicates, so that the groups add up in every one of them.

Where some groups have no estimate, the total is that of all groups taken as one, and says so.

--publish protects what is written, in every format: small counts are withheld, and others from which they could be worked out, until for every count that is withheld two other sets of people fit what is published and differ in it by the threshold. The estimates themselves always come from the exact counts. Tables of the same people with other groups can be subtracted from each other: repeat --by for several tables, which are then protected together. Which counts are withheld, and what the others are rounded to, depends on the groups that are asked for: publish the tables of one run, and not beside those of another.`,
		UsageText: `darkfigure visibility persons.csv --by year
darkfigure visibility persons.csv --by year,sex --output visibility.html
darkfigure visibility persons.csv --by year,sex --joint --covariates age --trend year:2
darkfigure visibility persons.csv --by year,sex --publish --output visibility.csv
darkfigure visibility persons.csv --by year,sex --by year,region --publish --output visibility.html
darkfigure visibility persons.csv --by year,sex --population inhabitants.csv --definition 'minors sexually exploited'`,
		Flags: flags([]cli.Flag{
			several("by", aboutAnswer, "covariates `A,B` of the groups, at most four; the one called year, quarter or the like says when; once more for another table"),
			several("level", aboutAnswer, "`LEVEL` of the intervals, 0.95 or 95% (default 0.95)"),
			text("population", aboutAnswer, "`FILE` with how many people live where, for rates per 100,000: columns called as the covariates of --by, or some of them, and one called population; where people of several years are added up so are the inhabitants of each, and without a column of the year it has the same inhabitants in each"),
			text("population-column", aboutAnswer, "`COLUMN` of the table with how many people live in each group, the same in all its rows, for rates per 100,000"),
			onOff("publish", aboutPublish, "protect small counts in everything that is written"),
			text("threshold", aboutPublish, "withhold counts below `N`, zeros excepted (default 5)"),
			text("round", aboutPublish, "round the counts that are left to multiples of `N`, 3 or 5; groups still add up"),
			text("method", aboutMethod, "`NAME` of the method: loglinear, the only one here"),
			onOff("joint", aboutMethod, "one model for all groups, with terms for how lists and covariates go together: small groups are estimated from all people"),
			several("covariates", aboutMethod, "covariates `A,B` of the one model besides those of --by"),
			several("trend", aboutMethod, "a covariate of the one model that enters as a polynomial, `YEAR:2`, in place of a factor"),
			poolFlag(),
			text("select", aboutMethod, "how the model of each group is selected: `HOW` auto, bic, aic, aicc or stepwise (default auto: bic up to five lists, stepwise from six)"),
			text("max-order", aboutMethod, "the most lists in one interaction, `K` (default 3 up to five lists, 2 from six)"),
			text("boot", aboutBoot, "`N` bootstrap replicates (default 1000)"),
			text("boot-scheme", aboutBoot, "how replicates are drawn: `HOW` nonparametric (default: the people seen are fixed), semiparametric or parametric"),
		}, tableFlags(), outputFlags(), runFlags()),
		Action: p.visibility,
	}
}

// A visibilityRequest is what visibility was asked for.
type visibilityRequest struct {
	out       *output
	options   estimators.Options
	model     loglinear.LogLinear
	joint     *loglinear.Joint  // one model for all groups; nil: each group has its own
	pooling   loglinear.Pooling // "": none
	by        []string          // of all tables
	tables    [][]string        // groups of each table
	publish   bool
	threshold int
	base      int
}

func (p *program) visibilityRequest(c *cli.Context) (*visibilityRequest, error) {
	r := &visibilityRequest{}
	var err error
	if err = r.groups(c.StringSlice("by")); err != nil {
		return nil, err
	}
	switch name := c.String("method"); {
	case strings.EqualFold(name, incompleteName):
		return nil, usage("darkfigure estimate TABLE --method incomplete --by A,B has the totals of the groups with their intervals", "--method incomplete: visibility needs to know the group of everybody who was seen, on every list")
	case name != "" && !strings.EqualFold(name, "loglinear"):
		return nil, usage("leave it out; estimate and compare have the others", "--method %s: groups, sums and changes need replicates, which come from loglinear here", name)
	}
	if r.out, err = p.outputOf(c, formatNames...); err != nil {
		return nil, err
	}
	if r.options, err = optionsOf(c, nil); err != nil {
		return nil, err
	}
	switch {
	case len(r.by) == 0:
		return nil, usage("add --by year or the like; without groups, darkfigure estimate has the answer", "--by is missing: the visibility of which groups?")
	case len(r.by) > 4:
		return nil, usage("leave some out", "--by has %d covariates: the sums over all of them are %d tables, and nobody reads more than 16", len(r.by), 1<<len(r.by))
	case len(r.tables) > 1 && c.IsSet("population"), len(r.tables) > 1 && c.IsSet("population-column"):
		return nil, usage("give --by once, or leave the population out", "rates per 100,000 are of one table, and there are %d", len(r.tables))
	case len(r.options.Levels) > 1:
		return nil, usage("", "--level is given twice: visibility has one")
	}
	b := &loglinear.Bootstrap{Replicates: loglinear.DefaultReplicates, Seed: r.options.Seed, Workers: r.options.Workers}
	if n, given, err := wholeFlag(c, "boot", 0); err != nil {
		return nil, err
	} else if given {
		if n < 2 {
			return nil, usage("leave it out, or use 1000", "--boot %d: sums and ratios of groups need replicates", n)
		}
		b.Replicates = n
	}
	scheme, err := wordFlag(c, "boot-scheme", string(loglinear.Nonparametric), string(loglinear.Semiparametric), string(loglinear.Parametric))
	if err != nil {
		return nil, err
	}
	b.Scheme = loglinear.Scheme(scheme)
	how, err := wordFlag(c, "select", "auto", "bic", "aic", "aicc", "stepwise")
	if err != nil {
		return nil, err
	}
	r.model = loglinear.LogLinear{Bootstrap: b, Levels: r.options.Levels, Window: -1}
	if how != "" && how != "auto" {
		r.model.Select = loglinear.Criterion(how)
	}
	if r.model.MaxOrder, _, err = wholeFlag(c, "max-order", 1); err != nil {
		return nil, err
	}
	if r.pooling, err = poolingOf(c); err != nil {
		return nil, err
	}
	if c.Bool("joint") {
		r.joint = &loglinear.Joint{Covariates: append(slices.Clone(r.by), splitAll(c.StringSlice("covariates"))...), Select: r.model.Select, Levels: r.options.Levels}
		for _, s := range splitAll(c.StringSlice("trend")) {
			t, err := trend(s, r.joint.Covariates)
			if err != nil {
				return nil, err
			}
			r.joint.Trends = append(r.joint.Trends, t)
		}
		switch {
		case how == "stepwise":
			return nil, usage("leave it out", "--select stepwise is for models without covariates: with --joint the search adds and drops terms anyway")
		case c.IsSet("max-order"):
			return nil, usage("leave it out", "--max-order does not apply with --joint, whose terms are pairs of lists and covariates")
		}
	}
	for _, name := range []string{"covariates", "trend"} {
		if c.IsSet(name) && r.joint == nil {
			return nil, usage("add --joint", "--%s is about the one model for all groups", name)
		}
	}
	r.publish = c.Bool("publish")
	if r.threshold, r.base, err = protectionOf(c); err != nil {
		return nil, err
	}
	for _, name := range []string{"threshold", "round"} {
		if c.IsSet(name) && !r.publish {
			return nil, usage("add --publish", "--%s protects what is published, and does not apply without --publish", name)
		}
	}
	if r.publish && r.threshold == 1 && r.base == 0 {
		return nil, usage("add --round 3, or raise it", "--threshold 1 withholds nothing: the counts would not be protected")
	}
	if c.IsSet("population") && c.IsSet("population-column") {
		return nil, usage("", "--population and --population-column contradict each other")
	}
	return r, nil
}

// protectionOf reads --threshold, by default 5, and --round, 0 when it is not given.
func protectionOf(c *cli.Context) (threshold, base int, err error) {
	threshold, given, err := wholeFlag(c, "threshold", 1)
	if err != nil {
		return 0, 0, err
	} else if !given {
		threshold = study.DefaultSmall
	}
	switch s := c.String("round"); s {
	case "":
	case "3", "5":
		base, _ = strconv.Atoi(s)
	default:
		return 0, 0, usage("", "--round %s is neither 3 nor 5", s)
	}
	return threshold, base, nil
}

func (p *program) visibility(c *cli.Context) error {
	ctx := c.Context
	r, err := p.visibilityRequest(c)
	if err != nil {
		return err
	}
	keep := r.by
	if r.joint != nil {
		keep = slices.Clone(r.joint.Covariates)
	}
	column := c.String("population-column")
	if column != "" {
		keep = append(slices.Clone(keep), column)
	}
	d, err := p.read(ctx, c, keep)
	if err != nil {
		return err
	}
	if most := max(1, d.table.K()-1); r.model.MaxOrder > most {
		return usage("", "--max-order %d: from %s, interactions of at most %d can be estimated", r.model.MaxOrder, countLists(d.table.K()), most)
	}
	o := visibility.Options{Level: r.options.Levels[0], Definition: c.String("definition")}
	switch {
	case column != "" && slices.Contains(r.by, column):
		return usage("", "--population-column %s is among the groups of --by", column)
	case column != "":
		o.Persons, err = inhabitants(d, r.by, column)
	case c.IsSet("population"):
		o.Persons, err = p.readInhabitants(c, d, r.by)
	}
	if err != nil {
		return err
	}
	bars := r.out.progress()
	boot := *r.model.Bootstrap
	boot.Progress = bars.track("groups")
	r.model.Bootstrap = &boot
	var estimator visibility.Estimator = loglinear.Stratified{LogLinear: r.model}
	if r.joint != nil {
		r.joint.Bootstrap = &boot
		estimator = r.joint
	}
	if r.pooling != "" {
		estimator = loglinear.Pooled{Pooling: r.pooling, Levels: r.options.Levels, Bootstrap: &boot}
	}
	var all []*visibility.Result
	for _, by := range r.tables {
		b, err := estimator.Breakdown(ctx, d.table, by)
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			bars.end()
			return nothing(refusal)
		case err != nil:
			bars.end()
			return askedWrongly(err)
		}
		o.Year = ""
		for _, x := range d.table.Covariates() {
			if slices.Contains(by, x.Name) && visibility.SaysWhen(x) && o.Year == "" {
				o.Year = x.Name
			}
		}
		o.Lengths = d.merged.Lengths(d.asRead, o.Year)
		v, err := visibility.New(b, d.table, o)
		if err != nil {
			bars.end()
			return usage("", "%s", err)
		}
		all = append(all, v)
	}
	bars.end()
	boot.Progress = nil
	visibility.SamePeriod(all)
	for _, v := range all {
		if err := visibility.AsOne(ctx, r.model, d.table, v); err != nil {
			return err
		}
		warnOfData(v, d.warnings)
		if r.joint == nil && d.losesZeros(v.By) && !d.losesZeros(r.by) { // the table has it, and this one sums over it
			warnOfData(v, []estimators.Warning{{Code: "collapsed-structural-zeros", Text: "some patterns are impossible in part of the table only; summed over the groups of other tables they were counted as possible"}})
		}
		v.Data, v.Run = d.data, estimators.RunInfo{Version: c.App.Version, Command: canonical(c, c.Args().Slice(), r.options.Levels), Seed: r.options.Seed}
	}
	shown := all
	if r.publish {
		end := r.out.patience()
		defer end()
		if shown, err = visibility.Publish(ctx, d.table, all, int64(r.threshold), int64(r.base)); err != nil {
			return err
		}
	}
	if err := r.out.put(ctx, func(w io.Writer) error { return r.out.renderVisibility(w, shown, nil) }); err != nil {
		return err
	}
	return r.verdict(shown)
}

// groups reads the tables of --by, and the covariates of all of them.
func (r *visibilityRequest) groups(by []string) error {
	for _, s := range by {
		table := splitAll([]string{s})
		if len(table) == 0 {
			continue
		}
		sorted := slices.Sorted(slices.Values(table))
		for _, other := range r.tables {
			if slices.Equal(sorted, slices.Sorted(slices.Values(other))) {
				return usage("", "--by %s is given twice", s)
			}
		}
		r.tables = append(r.tables, table)
		for i, n := range table {
			if slices.Contains(table[:i], n) {
				return usage("", "--by %s: the covariate %s is named twice", s, n)
			}
			if !slices.Contains(r.by, n) {
				r.by = append(r.by, n)
			}
		}
	}
	return nil
}

// warnOfData puts warnings of the data on the total, or, where there is none, on the groups that have an estimate.
func warnOfData(v *visibility.Result, warnings []estimators.Warning) {
	of := 0
	if slices.ContainsFunc(v.Rows, func(g visibility.Row) bool { return len(g.Stratum) == 0 && g.Status == estimators.Refused }) {
		of = 1
	}
	for i := range v.Rows {
		if g := &v.Rows[i]; g.Status != estimators.Refused && len(g.Stratum) == of && len(warnings) > 0 {
			g.Status, g.Warnings = estimators.Warned, slices.Concat(g.Warnings, warnings)
		}
	}
}

// renderVisibility writes the visibility of one or several tables in the format of the output; linked is the linkage they come from, nil: none.
func (o *output) renderVisibility(w io.Writer, all []*visibility.Result, linked *estimators.Linkage) error {
	opt := report.Options{Language: o.language, Linked: linked}
	v, more := all[0], all[1:]
	switch o.format {
	case "json":
		return visibility.JSON(w, all)
	case "text":
		if o.file == "" && o.program.terminal {
			opt.Colour = o.program.colour
			if o.program.width > 0 {
				opt.Width = min(max(o.program.width, 60), 160)
			}
		}
		return report.VisibilityText(w, v, opt, more...)
	case "markdown":
		return report.VisibilityMarkdown(w, v, opt, more...)
	case "html":
		return report.VisibilityHTML(w, v, opt, more...)
	}
	return visibility.Write(w, tableio.Format(o.format), all)
}

// verdict says what the exit status has to be: nothing could be estimated, or there are warnings and they count.
func (r *visibilityRequest) verdict(all []*visibility.Result) error {
	var codes []string
	var reason *estimators.Refusal
	answered := false
	for _, v := range all {
		answered = answered || v.Protection != nil // what is withheld is not told from what could not be estimated
		for _, g := range v.Rows {
			answered = answered || g.Estimated()
			if g.Reason != nil && reason == nil {
				reason = g.Reason
			}
			for _, w := range g.Warnings {
				if !slices.Contains(codes, w.Code) {
					codes = append(codes, w.Code)
				}
			}
		}
	}
	if !answered {
		return nothing(reason)
	}
	if slices.Sort(codes); r.out.strict && len(codes) > 0 {
		return &failure{status: exitFailed, err: fmt.Errorf("there are warnings, and --strict was given: %s", strings.Join(codes, ", ")),
			hint: "darkfigure methods --codes says what to do about each"}
	}
	return nil
}

// groupsOfInhabitants are the covariates by which inhabitants may be given: those of the groups, and those that say when.
func groupsOfInhabitants(t *estimators.Table, by []string) []string {
	out := slices.Clone(by)
	for _, n := range visibility.Moments(t) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// inhabitants takes the people who live in each group, in each period, from a column of the table.
func inhabitants(data *dataset, by []string, column string) (*visibility.Denominators, error) {
	groups := groupsOfInhabitants(data.asRead, by)
	strata, err := data.asRead.Stratify(append(groups, column)...)
	if err != nil {
		return nil, err
	}
	d := &visibility.Denominators{By: groups}
	seen := map[string]string{}
	for _, s := range strata {
		n := len(s.Labels) - 1
		var levels []string
		for _, l := range s.Labels[:n] {
			levels = append(levels, l.Level)
		}
		value, key := s.Labels[n].Level, strings.Join(levels, "\x00")
		if first, ok := seen[key]; ok {
			return nil, usage("", "--population-column %s: %s has both %s and %s people", column, strings.Join(levels, ", "), first, value)
		}
		seen[key] = value
		x, err := peopleOf(value)
		if err != nil {
			return nil, usage("", "--population-column %s: %q for %s is not a number of people", column, value, strings.Join(levels, ", "))
		}
		d.Entries = append(d.Entries, visibility.Denominator{Levels: levels, Persons: x})
	}
	if d, err = d.Fit(data.asRead, by, data.merged); err != nil {
		return nil, usage("", "--population-column %s: %s", column, err)
	}
	return d, nil
}

func peopleOf(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x > 0) || math.IsInf(x, 1) {
		return 0, fmt.Errorf("not a number of people")
	}
	return x, nil
}

// readInhabitants reads a file of the people who live in each group, or in each level of some of the covariates.
func (p *program) readInhabitants(c *cli.Context, data *dataset, by []string) (*visibility.Denominators, error) {
	path := c.String("population")
	header, err := tableio.RegisterHeader(c.Context, tableio.Source{Path: path}, tableio.Auto)
	if err != nil {
		return nil, unreadable(err)
	}
	d := &visibility.Denominators{}
	columns := []string{"population"}
	for _, n := range groupsOfInhabitants(data.asRead, by) {
		if slices.Contains(header, n) {
			d.By = append(d.By, n)
			columns = append(columns, n)
		}
	}
	if !slices.Contains(header, "population") {
		return nil, usage("the columns are "+strings.Join(header, ", "), "--population %s: there is no column called population", path)
	}
	for _, n := range header {
		if !slices.Contains(columns, n) {
			return nil, usage("leave it out, or add the people up", "--population %s: the column %s is not among the groups of --by", path, n)
		}
	}
	var failed error
	_, err = tableio.ReadRegister(c.Context, tableio.Source{Path: path}, tableio.RegisterOptions{Columns: columns, Missing: []string{"NA"}}, func(line int, values []string) error {
		x, err := peopleOf(values[0])
		if err != nil && strings.TrimSpace(values[0]) != "0" { // where nobody lives
			failed = usage("write it in digits, such as 513600", "%s, line %d: %q is not a number of people", path, line, values[0])
			return failed
		}
		d.Entries = append(d.Entries, visibility.Denominator{Levels: slices.Clone(values[1:]), Persons: x})
		return nil
	})
	switch {
	case failed != nil:
		return nil, failed
	case err != nil:
		return nil, unreadable(err)
	}
	if d, err = d.Fit(data.asRead, by, data.merged); err != nil {
		return nil, usage("", "--population %s: %s", path, err)
	}
	return d, nil
}
