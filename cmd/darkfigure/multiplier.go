package main

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/multiplier"
)

func (p *program) multiplierCommand() *cli.Command {
	var kinds []string
	for _, k := range multiplier.Kinds() {
		kinds = append(kinds, string(k))
	}
	return &cli.Command{
		Name: "multiplier", Usage: "a benchmark divided by the share of a survey",
		Description: `Estimates how many people there are from the number that a service counted (the benchmark) and the share of a survey of the population who say that they are among them.

The survey must represent the population, and respondents must mean the very service that counted. A survey whose respondents led to each other, or were found in clusters, has a design effect above 1: say it with --deff.`,
		UsageText: `darkfigure multiplier --benchmark 68 --share 0.35 --respondents 250
darkfigure multiplier --benchmark 68 --share 35% --respondents 250 --deff 1.5 --benchmark-fixed`,
		Flags: flags([]cli.Flag{
			text("benchmark", aboutMethod, "`COUNT` of different people whom the service counted"),
			text("share", aboutMethod, "`SHARE` of the respondents who say that they are among them, 0.35 or 35%"),
			text("respondents", aboutMethod, "`COUNT` of those who answered"),
			text("deff", aboutMethod, "design effect of the survey, a `FACTOR` of its variance (default 1)"),
			onOff("benchmark-fixed", aboutMethod, "the benchmark is exact; else it is a Poisson count"),
		}, []cli.Flag{levelFlag(), intervalFlag("`KIND` of interval: " + strings.Join(kinds, ", "))}, outputFlags(), runFlags()),
		Action: func(c *cli.Context) error { return p.multiplier(c, kinds) },
	}
}

func (p *program) multiplier(c *cli.Context, kinds []string) error {
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	if c.Args().Len() > 0 {
		return usage("give the numbers with --benchmark, --share and --respondents", "multiplier takes no file, but %s is given", c.Args().First())
	}
	o, err := optionsOf(c, kinds)
	if err != nil {
		return err
	}
	m := multiplier.Multiplier{Fixed: c.Bool("benchmark-fixed"), Levels: o.Levels, Interval: o.Kind}
	counted, err := countOf(c, "benchmark")
	if err != nil {
		return err
	}
	answered, err := countOf(c, "respondents")
	if err != nil {
		return err
	}
	if answered == 0 {
		return usage("", "--respondents 0: nobody answered")
	}
	m.Respondents = float64(answered)
	if m.Share, err = shareOf(c, "share"); err != nil {
		return err
	}
	if c.IsSet("deff") {
		if m.DesignEffect, err = strconv.ParseFloat(c.String("deff"), 64); err != nil || !(m.DesignEffect > 0) || m.DesignEffect > 1e6 {
			return usage("", "--deff %s is not a positive factor", c.String("deff"))
		}
	}
	t, err := estimators.FromCounts([]string{"benchmark"}, []int64{0, counted})
	if err != nil {
		return usage("", "--benchmark %d: %s", counted, err)
	}
	results := resultsOf(c, &dataset{table: t, data: estimators.DataOf(t, "benchmark")}, o)
	e, err := estimators.Run(c.Context, m, t)
	if err != nil {
		return err
	}
	results.Estimates, results.Cards = []estimators.Estimate{e}, []estimators.Method{multiplier.Card()}
	return out.finish(c.Context, results)
}

// countOf reads a flag that must be given, and is a whole number.
func countOf(c *cli.Context, name string) (int64, error) {
	if !c.IsSet(name) {
		return 0, usage("give --benchmark, --share and --respondents", "--%s is missing", name)
	}
	n, err := strconv.ParseInt(c.String(name), 10, 64)
	if err != nil || n < 0 || n > estimators.MaxObserved {
		return 0, usage("write the digits alone, such as 250", "--%s %s is not a count", name, c.String(name))
	}
	return n, nil
}

// shareOf reads a flag that must be given, and is a share such as 0.35 or 35%.
func shareOf(c *cli.Context, name string) (float64, error) {
	if !c.IsSet(name) {
		return 0, usage("give --benchmark, --share and --respondents", "--%s is missing", name)
	}
	s := strings.TrimSpace(c.String(name))
	digits, percent := strings.CutSuffix(s, "%")
	if percent {
		digits = strings.TrimSpace(digits) + "e-2"
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, usage("write 0.35 or 35%", "--%s %s is not a number", name, s)
	}
	if !(x >= 0 && x <= 1) {
		hint := "write 0.35 or 35%"
		if !percent && x > 1 && x <= 100 {
			hint = "did you mean " + s + "%?"
		}
		return 0, usage(hint, "--%s %s does not lie between 0 and 1", name, s)
	}
	return x, nil
}
