package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/estimators/lowerbound"
	"darkfigure/estimators/twolist"
)

func (p *program) describeCommand() *cli.Command {
	return &cli.Command{
		Name: "describe", ArgsUsage: "TABLE", Usage: "who overlaps with whom; what can and cannot be estimated",
		Description: `Shows what the table says before anything is estimated: the size of each list, who shares people with whom and how many they would share by chance, how often people were seen, what each pair of lists alone would estimate, overlaps that are empty, lists that carry no information, and which models have an estimate. Start here.`,
		UsageText: `darkfigure describe uk5.csv
darkfigure describe persons.xlsx --lists police,care,chat
darkfigure describe uk5.csv --output uk5.html`,
		Flags:  flags([]cli.Flag{text("level", aboutAnswer, "`LEVEL` of the intervals of pairs, 0.95 or 95% (default 0.95)")}, tableFlags(), outputFlags(), runFlags()),
		Action: p.describe,
	}
}

func (p *program) describe(c *cli.Context) error {
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	var given []string
	if c.IsSet("level") {
		given = []string{c.String("level")}
	}
	levels, err := parseLevels(given)
	if err != nil {
		return err
	}
	if len(levels) > 1 {
		return usage("", "--level %s: describe shows one level", c.String("level"))
	}
	seed, err := seedOf(c)
	if err != nil {
		return err
	}
	if _, err = jobsOf(c); err != nil {
		return err
	}
	d, err := p.read(c.Context, c, nil)
	if err != nil {
		return err
	}
	results := resultsOf(c, d, estimators.Options{Levels: levels, Seed: seed})
	defer out.patience()()
	if results.Description, err = describe(c.Context, d.table, levels); err != nil {
		return err
	}
	results.Description.Warnings = append(results.Description.Warnings, d.warnings...)
	return out.finish(c.Context, results)
}

// describe gathers what the packages say about a table.
func describe(ctx context.Context, t *estimators.Table, levels []float64) (*estimators.Description, error) {
	d := estimators.Describe(t)
	d.Pairs = twolist.Pairs(t, levels[0])
	chance := loglinear.ChanceOverlaps(t)
	for i, p := range d.Pairs {
		if chance != nil {
			d.Pairs[i].Expected = chance[1<<uint(p.A)|1<<uint(p.B)]
		}
	}
	if share, err := lowerbound.SampleCoverage(t); err == nil {
		d.Coverage = &estimators.Coverage{Share: share}
	}
	for _, q := range d.EmptyPairs {
		names := q.Join(t.Lists(), " and ")
		text := "nobody is on both " + names
		if chance != nil {
			text += fmt.Sprintf(" (%.1f expected by chance)", chance[q])
		}
		if t.K() == 2 {
			text += ": the population cannot be estimated from these two lists"
		} else {
			text += fmt.Sprintf(": a model with the term %s puts it at −infinity", q.Join(t.Lists(), "*"))
		}
		var lists []string
		for _, i := range q.Lists() {
			lists = append(lists, t.Lists()[i])
		}
		d.Warnings = append(d.Warnings, estimators.Warning{Code: "no-overlap-pair", Text: text, Cells: []estimators.Pattern{q}, Lists: lists})
	}
	var err error
	d.Estimable, err = loglinear.EstimableClasses(ctx, t)
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		d.Estimable = []estimators.Estimable{{Model: "every model", Status: estimators.Refused, Reason: refusal}}
		err = nil
	}
	return d, err
}
