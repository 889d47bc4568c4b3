package main

import (
	"context"
	"fmt"
	"slices"
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
		Name: "multiplier", ArgsUsage: "[SOURCES]", Usage: "a benchmark divided by the share of a survey",
		Description: `Estimates how many people there are from the number that a service counted (the benchmark) and the share of a survey of the population who say that they are among them.

The survey must represent the population, and respondents must mean the very service that counted. A survey whose respondents led to each other, or were found in clusters, has a design effect above 1: say it with --deff. Some deny that they are known, or claim it: --sensitivity and --specificity say how often answers are right, best as counts of people of whom the truth is known.

Several services: repeat --source with KEY=VALUE pairs, or give a file SOURCES with a row for each and the same keys as columns: name, period, benchmark, share, respondents, deff, benchmark_fixed, sensitivity, specificity. What a source does not say is taken from the flags. Sources of one period are combined, with a variance between them; each one's own answer stands beside. Where they disagree by more than chance the answer is the range of the sources; a source that says fewer people than another one counted cannot be right, and stays out of it.

--known-elsewhere is for an anonymous service whose visitors said whether anybody knows them (key known_elsewhere, with chat for --chat). That is not the same as being in the register that is the benchmark: the quotient is then a lower bound, and is explained. --chat, the number of visitors, bounds how many are in view without dividing.`,
		UsageText: `darkfigure multiplier --benchmark 68 --share 0.35 --respondents 250
darkfigure multiplier --benchmark 68 --share 35% --respondents 250 --deff 1.5 --benchmark-fixed --interval fieller
darkfigure multiplier --benchmark 68 --share 35% --respondents 250 --sensitivity 45/50 --specificity 97/100
darkfigure multiplier --respondents 250 --source name=police,benchmark=68,share=35% --source name=care,benchmark=110,share=48%
darkfigure multiplier sources.csv --output sources.html
darkfigure multiplier --benchmark 68 --known-elsewhere 35% --respondents 250 --chat 150 --against 1300 --period 2020
darkfigure multiplier --known-elsewhere 35% --respondents 250 --source period=2020,benchmark=68,chat=150 --source period=2019-2023,benchmark=373,chat=600`,
		Flags: flags([]cli.Flag{
			text("benchmark", aboutMethod, "`COUNT` of different people whom the service counted"),
			text("share", aboutMethod, "`SHARE` of the respondents who say that they are among them, 0.35 or 35%"),
			text("respondents", aboutMethod, "`COUNT` of those who answered"),
			text("deff", aboutMethod, "design effect of the survey, a `FACTOR` of its variance (default 1)"),
			onOff("benchmark-fixed", aboutMethod, "the benchmark is exact; else it is a Poisson count"),
			text("sensitivity", aboutMethod, "of people in the benchmark, the `SHARE` who say so: 0.9, or 45/50 where so many of 50 known ones did (default 1)"),
			text("specificity", aboutMethod, "of people not in it, the `SHARE` who say so: 0.97, or 97/100 (default 1)"),
			several("source", aboutMethod, "one of several benchmarks, `KEY=VALUE,…` (repeatable)"),
			text("known-elsewhere", aboutMethod, "instead of --share: the `SHARE` of visitors of an anonymous service whom another body knows"),
			text("chat", aboutMethod, "`COUNT` of visitors of that service who belong to the population; bounds how many are in view"),
			text("against", aboutMethod, "another estimate of the population, a `COUNT` a year, to say how far the two are apart and why"),
			text("period", aboutTable, "what the counts are about, as in `2020` or 2019-2023, to be printed with the answer"),
			definitionFlag(),
		}, []cli.Flag{levelFlag(), intervalFlag("`KIND` of interval of a source: " + strings.Join(kinds, ", "))}, outputFlags(), runFlags()),
		Action: func(c *cli.Context) error { return p.multiplier(c, kinds) },
	}
}

func (p *program) multiplier(c *cli.Context, kinds []string) error {
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	o, err := optionsOf(c, kinds)
	if err != nil {
		return err
	}
	sources, about, err := p.sourcesOf(c, o)
	if err != nil {
		return err
	}
	largest := slices.MaxFunc(sources, func(a, b source) int { return int(a.benchmark - b.benchmark) })
	t, err := estimators.FromCounts([]string{"benchmark"}, []int64{0, largest.benchmark})
	if err != nil {
		return usage("", "--benchmark %d: %s", largest.benchmark, err)
	}
	about.describe(t)
	results := resultsOf(c, &dataset{table: t, data: about.data}, o)
	used := map[string]bool{}
	for _, group := range byPeriod(sources) {
		estimates, err := group.estimates(c.Context, o.Levels)
		if err != nil {
			return err
		}
		for i := range estimates {
			if len(group.label) > 0 {
				estimates[i].Stratum = group.label
			}
			used[estimates[i].Method] = true
		}
		results.Estimates = append(results.Estimates, estimates...)
	}
	for _, m := range multiplier.Methods() {
		if used[m.Name] {
			results.Cards = append(results.Cards, m)
		}
	}
	return out.finish(c.Context, results)
}

// A periodGroup is the sources of one period; it has a label when there are several periods.
type periodGroup struct {
	label   []estimators.Label
	sources []source
}

// byPeriod divides sources, which are sorted by period.
func byPeriod(sources []source) []periodGroup {
	var out []periodGroup
	for _, s := range sources {
		if n := len(out); n > 0 && out[n-1].sources[0].period == s.period {
			out[n-1].sources = append(out[n-1].sources, s)
			continue
		}
		out = append(out, periodGroup{sources: []source{s}})
	}
	if len(out) > 1 {
		for i := range out {
			out[i].label = []estimators.Label{{Name: "period", Level: out[i].sources[0].period}}
		}
	}
	return out
}

// estimates are those of each source, behind the one that combines them when there are several.
func (g periodGroup) estimates(ctx context.Context, levels []float64) ([]estimators.Estimate, error) {
	var each, together []estimators.Estimate
	for _, s := range g.sources {
		t, err := estimators.FromCounts([]string{"benchmark"}, []int64{0, s.benchmark})
		if err != nil {
			return nil, usage("", "%s %d: %s", s.named("benchmark"), s.benchmark, err)
		}
		e, err := estimators.Run(ctx, s.multiplier, t)
		if err != nil {
			return nil, err
		}
		if len(g.sources) > 1 {
			e.Model = s.multiplier.Source
		}
		each = append(each, e)
		if !s.multiplier.Elsewhere {
			together = append(together, e)
		}
	}
	multiplier.WarnBelow(each)
	if len(together) < 2 {
		return each, nil
	}
	e, err := multiplier.Combine(together, levels)
	if err != nil {
		if e, err = refusedAs(e, err); err != nil {
			return nil, err
		}
	}
	e.WarnFew()
	return append([]estimators.Estimate{e}, each...), nil
}

// refusedAs is a refusal as an estimate that stands beside others.
func refusedAs(e estimators.Estimate, err error) (estimators.Estimate, error) {
	r, ok := err.(*estimators.Refusal)
	if !ok {
		return e, fmt.Errorf("%s: %w", e.Method, err)
	}
	return estimators.Estimate{Method: e.Method, Observed: e.Observed, Status: estimators.Refused, Reason: r}, nil
}
