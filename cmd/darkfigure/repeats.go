package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/truncated"
	"darkfigure/internal/formula"
	"darkfigure/internal/tableio"
)

func (p *program) repeatsCommand() *cli.Command {
	var kinds []string
	for _, k := range truncated.Kinds() {
		kinds = append(kinds, string(k))
	}
	return &cli.Command{
		Name: "repeats", ArgsUsage: "FILE", Usage: "one register with repeat contacts",
		Description: `Estimates how many people a single register has not seen, from how often it saw those it has. FILE has a row per person, or a row per kind of people with their number in a column of its own, and a column with the number of contacts of each.

Covariates come in by a formula: ~ sex + age, with : for a product and * for variables and product; names with blanks stand in backticks. Text is a factor, compared with its first level; factor(year) makes a factor of numbers. Families disagree more than their intervals say: give several, and publish the range. chao is a lower bound.`,
		UsageText: `darkfigure repeats contacts.csv --captures contacts
darkfigure repeats contacts.csv --captures contacts --count persons --formula '~ sex + age' --family ztpoisson,chao,ztgeom
darkfigure repeats contacts.csv --captures contacts --family oiztgeom --formula '~ sex' --boot 1000`,
		Flags: flags([]cli.Flag{
			text("captures", aboutTable, "`COLUMN` with the number of contacts of a person"),
			text("count", aboutTable, "`COLUMN` with the number of people of a row (default: each row is one person)"),
			onOff("persons", aboutTable, "each row is one person, though a column is called count, persons or the like"),
			text("period", aboutTable, "what the contacts are about, as in `2013`, to be printed with the answer"),
			definitionFlag(),
			several("family", aboutMethod, "`NAMES` of families (default ztpoisson); darkfigure methods lists them"),
			text("formula", aboutMethod, "`FORMULA` of the rate of contacts (default ~ 1)"),
			text("alpha-formula", aboutMethod, "`FORMULA` of the dispersion α in negative binomial families (default ~ 1)"),
			text("ones-formula", aboutMethod, "`FORMULA` of ω or π, for additional people seen once (default ~ 1)"),
			onOff("diagnostics", aboutAnswer, "add how often people were seen beside what the model expects, and the kinds of people who move the estimate most"),
			several("by", aboutAnswer, "totals for each group of the covariates `A,B` (default: for the levels of each factor in the formula)"),
			text("boot", aboutAnswer, "`N` bootstrap replicates, 0 for none (the default)"),
			text("scheme", aboutAnswer, "`SCHEME` of the replicates: "+strings.Join(truncated.Schemes(), ", ")+" (default semiparametric)"),
		}, []cli.Flag{levelFlag(), intervalFlag("`KIND` of interval: " + strings.Join(kinds, ", ") + " (default lognormal, with --boot percentile)")}, outputFlags(), runFlags()),
		Action: func(c *cli.Context) error { return p.repeats(c, kinds) },
	}
}

func (p *program) repeats(c *cli.Context, kinds []string) error {
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	o, err := optionsOf(c, kinds)
	if err != nil {
		return err
	}
	var base truncated.Model
	for _, f := range []struct {
		flag string
		to   *formula.Formula
	}{{"formula", &base.Formula}, {"alpha-formula", &base.Dispersion}, {"ones-formula", &base.Ones}} {
		if *f.to, err = formulaOf(c, f.flag); err != nil {
			return err
		}
	}
	names := splitAll(c.StringSlice("family"))
	if len(names) == 0 {
		names = []string{"ztpoisson"}
	}
	var models []truncated.Repeats
	dispersion, ones := false, false
	for _, name := range names {
		m := base
		if m.Family, err = truncated.FamilyNamed(name); err != nil {
			return usage(didYouMean("--family ", name, familyNames(), "darkfigure methods lists them"), "--family %s: there is no such family", name)
		}
		if slices.ContainsFunc(models, func(r truncated.Repeats) bool { return r.Model.Family == m.Family }) {
			return usage("", "--family %s is given twice", name)
		}
		if dispersion = dispersion || m.Family.HasDispersion(); !m.Family.HasDispersion() {
			m.Dispersion = formula.Formula{}
		}
		if ones = ones || m.Family.HasOnes(); !m.Family.HasOnes() {
			m.Ones = formula.Formula{}
		}
		models = append(models, truncated.Repeats{Model: m, Levels: o.Levels, Interval: o.Kind, Diagnostics: c.Bool("diagnostics")})
	}
	if c.IsSet("alpha-formula") && !dispersion {
		return usage("add a negative binomial family, such as ztnegbin", "--alpha-formula does not apply to %s", strings.Join(names, ", "))
	}
	if c.IsSet("ones-formula") && !ones {
		return usage("add a one-inflated or hurdle family, such as oiztpoisson", "--ones-formula does not apply to %s", strings.Join(names, ", "))
	}
	boot, given, err := wholeFlag(c, "boot", 0)
	if err != nil {
		return err
	}
	scheme, err := wordFlag(c, "scheme", truncated.Schemes()...)
	if err != nil {
		return err
	}
	switch {
	case given && boot == 1:
		return usage("", "--boot 1: an interval needs two replicates at least, and 1000 to be published")
	case boot == 0 && scheme != "":
		return usage("add --boot 1000", "--scheme %s does not apply without --boot", scheme)
	case boot == 0 && slices.Contains([]estimators.IntervalKind{estimators.Percentile, estimators.Basic, estimators.Bootstrap, estimators.BootWald}, o.Kind):
		return usage("add --boot 1000", "--interval %s needs bootstrap replicates", o.Kind)
	case boot > 0 && (o.Kind == estimators.Wald || o.Kind == estimators.LogNormal):
		return usage("leave out one of them", "--interval %s does not use the replicates of --boot", o.Kind)
	}
	by := splitAll(c.StringSlice("by"))
	d, data, err := p.readRepeats(c, models, by)
	if err != nil {
		return err
	}
	table, err := estimators.FromCounts([]string{"register"}, []int64{0, d.Observed()})
	if err != nil {
		return err
	}
	about := estimators.DataOf(table, data.Source)
	about.SHA256, about.Covariates, about.Notes, about.Period, about.Definition, about.Counts = d.SHA256(), d.Covariates(), data.Notes, c.String("period"), c.String("definition"), nil
	results := resultsOf(c, &dataset{table: table, data: about}, o)
	defer out.patience()()
	for _, r := range models {
		if boot > 0 {
			r.Bootstrap = &truncated.Bootstrap{Replicates: boot, Scheme: scheme, Seed: o.Seed, Workers: o.Workers}
		}
		if len(by) > 0 {
			r.By = [][]string{by}
		}
		e, err := r.Estimate(c.Context, d)
		if c.Context.Err() != nil {
			return c.Context.Err()
		}
		if err != nil {
			return usage("", "%s: %s", r.Model, err)
		}
		results.Estimates = append(results.Estimates, e)
		card := slices.IndexFunc(truncated.Methods(), func(m estimators.Method) bool { return m.Name == e.Method })
		results.Cards = append(results.Cards, truncated.Methods()[card])
	}
	truncated.WarnFamilies(results.Estimates)
	return out.finish(c.Context, results)
}

func familyNames() []string {
	var out []string
	for _, f := range truncated.Families() {
		out = append(out, f.Name())
	}
	return append(out, "chao", "zelterman")
}

func formulaOf(c *cli.Context, flag string) (formula.Formula, error) {
	if !c.IsSet(flag) {
		return formula.Formula{}, nil
	}
	f, err := formula.Parse(c.String(flag))
	if err != nil {
		return f, usage("write it as '~ sex + age'", "--%s: %s", flag, err)
	}
	return f, nil
}

// peopleColumns are names of columns that hold numbers of people in files as they are about.
var peopleColumns = []string{"count", "counts", "freq", "frequency", "persons", "people", "n", "aantal", "personen"}

// readRepeats reads contacts and covariates.
func (p *program) readRepeats(c *cli.Context, models []truncated.Repeats, by []string) (*truncated.Data, tableio.RegisterInfo, error) {
	none := tableio.RegisterInfo{}
	path, err := oneFile(c, "a file of contacts")
	if err != nil {
		return nil, none, err
	}
	source := tableio.Source{Path: path}
	if path == "-" {
		all, err := io.ReadAll(p.stdin)
		if err != nil {
			return nil, none, err
		}
		source.Stdin = bytes.NewReader(all)
		defer func() { source.Stdin = nil }()
	}
	header, err := tableio.RegisterHeader(c.Context, source, tableio.Auto)
	if err != nil {
		return nil, none, unreadable(err)
	}
	if r, ok := source.Stdin.(*bytes.Reader); ok {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, none, err
		}
	}
	if !c.IsSet("captures") {
		return nil, none, usage("the columns are "+strings.Join(header, ", "), "--captures is missing: which column holds the number of contacts?")
	}
	columns := []string{c.String("captures")}
	counted := c.IsSet("count")
	switch i := slices.IndexFunc(header, func(n string) bool { return n != columns[0] && slices.Contains(peopleColumns, strings.ToLower(n)) }); {
	case counted && c.Bool("persons"):
		return nil, none, usage("", "--count and --persons contradict each other")
	case counted:
		columns = append(columns, c.String("count"))
	case i >= 0 && !c.Bool("persons"):
		return nil, none, usage("add --count "+header[i]+", or --persons if each row is one person", "there is a column %s: does it hold numbers of people?", header[i])
	}
	for _, n := range columns {
		if !slices.Contains(header, n) {
			return nil, none, usage(didYouMean("", n, header, "the columns are "+strings.Join(header, ", ")), "there is no column %q", n)
		}
	}
	first := len(columns)
	var covariates []string
	for _, r := range models {
		for _, f := range []formula.Formula{r.Model.Formula, r.Model.Dispersion, r.Model.Ones} {
			covariates = append(covariates, f.Names()...)
		}
	}
	for i, n := range by {
		if slices.Contains(by[:i], n) {
			return nil, none, usage("", "--by %s: the covariate is named twice", n)
		}
	}
	covariates = append(covariates, by...)
	seen := map[string]bool{}
	covariates = slices.DeleteFunc(covariates, func(n string) bool {
		again := seen[n]
		seen[n] = true
		return again
	})
	for _, n := range covariates {
		switch {
		case slices.Contains(columns[:first], n):
			return nil, none, usage("", "%s holds a number of contacts or people, and cannot be a covariate", n)
		case !slices.Contains(header, n):
			return nil, none, usage(didYouMean("", n, header, "the columns are "+strings.Join(header, ", ")), "there is no column %q for the formula or --by", n)
		}
		columns = append(columns, n)
	}
	where := func(line int) string {
		if path == "-" {
			return fmt.Sprintf("standard input, line %d", line)
		}
		return fmt.Sprintf("%s, line %d", filepath.Base(path), line)
	}
	var rows []truncated.Row
	info, err := tableio.ReadRegister(c.Context, source, tableio.RegisterOptions{Columns: columns, Missing: []string{"NA"}}, func(line int, values []string) error {
		row := truncated.Row{Count: 1, Values: slices.Clone(values[first:])}
		var err error
		if counted {
			if row.Count, err = strconv.ParseInt(values[1], 10, 64); err != nil || row.Count < 0 {
				return usage("", "%s: %q in column %s is not a number of people", where(line), values[1], columns[1])
			}
			if row.Count == 0 {
				return nil
			}
		}
		row.Captures, err = strconv.Atoi(values[0])
		switch {
		case err != nil || row.Captures < 0:
			return usage("", "%s: %q in column %s is not a number of contacts", where(line), values[0], columns[0])
		case row.Captures == 0:
			return usage("leave these people out: the estimate is about those who are not in the register", "%s: somebody with 0 contacts is not in the register", where(line))
		}
		rows = append(rows, row)
		return nil
	})
	var f *failure
	switch {
	case errors.As(err, &f):
		return nil, none, err
	case err != nil:
		return nil, none, unreadable(err)
	}
	d, err := truncated.NewData(covariates, rows)
	if err != nil {
		return nil, none, usage("", "%s: %s", info.Source, err)
	}
	for _, n := range covariates {
		if missing := d.Missing(n); missing > 0 {
			return nil, none, usage("fill it in, or write a word such as unknown, which is then a level", "%s is missing for %s", n, estimators.Persons(float64(missing)))
		}
	}
	note := fmt.Sprintf("%s holds the number of contacts of a person", columns[0])
	if counted {
		note += fmt.Sprintf(", %s the number of people of a row", columns[1])
	} else {
		note += ", and each row is one person"
	}
	info.Notes = append([]string{note}, info.Notes...)
	return d, info, nil
}
