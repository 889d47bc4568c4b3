package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

func (p *program) modelsCommand() *cli.Command {
	return &cli.Command{
		Name: "models", ArgsUsage: "TABLE", Usage: "every log-linear model, or the near-tied ones, with estimate and fit",
		Description: `Fits every hierarchical log-linear model up to an order of interaction, or finds the best ones by exact search, and lists what each says, best first. Models that have no estimate come last, with the reason. With --covariates it shows the path of a search through models of all groups, in its order. Weights are normalised over the models within --within, or over all that have an estimate.`,
		UsageText: `darkfigure models uk5.csv --within 6
darkfigure models uk5.csv --max-order 2 --output models.csv
darkfigure models victims.csv --covariates year,sex
darkfigure models uk6.csv --top 20 --criterion aic --interval profile`,
		Flags: flags([]cli.Flag{
			text("max-order", aboutMethod, "the most lists in one interaction, `K` (default 3 up to five lists, 2 from six)"),
			text("criterion", aboutMethod, "rank and weigh by `CRITERION` bic, aic or aicc (default bic)"),
			text("top", aboutMethod, "only the best `N` models, found by exact search"),
			text("within", aboutMethod, "only models within `D` units of the best, found by exact search"),
			levelFlag(), intervalFlag("`KIND` of interval: lognormal, wald or profile (default lognormal; profile takes longer)"),
		}, covariateFlags(), tableFlags(), outputFlags(), runFlags()),
		Action: p.models,
	}
}

func (p *program) models(c *cli.Context) error {
	ctx := c.Context
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	o, err := optionsOf(c, modelKinds)
	if err != nil {
		return err
	}
	e := loglinear.Enumeration{Kind: o.Kind, Levels: o.Levels}
	criterion, err := wordFlag(c, "criterion", "bic", "aic", "aicc")
	if err != nil {
		return err
	}
	whole, err := joint(c)
	if err != nil {
		return err
	}
	if whole != nil {
		return p.pathOf(c, out, o, whole)
	}
	if e.Criterion = loglinear.Criterion(criterion); criterion == "" {
		e.Criterion = loglinear.BIC
	}
	if e.MaxOrder, _, err = wholeFlag(c, "max-order", 1); err != nil {
		return err
	}
	if e.Top, _, err = wholeFlag(c, "top", 1); err != nil {
		return err
	}
	within, given, err := numberFlag(c, "within")
	if err != nil {
		return err
	}
	if given && within == 0 {
		return usage("for the best model alone: --top 1", "--within 0 would list the best model alone")
	}
	e.Within = within
	d, err := p.read(ctx, c, nil)
	if err != nil {
		return err
	}
	if most := max(1, d.table.K()-1); e.MaxOrder > most && d.table.K() > 1 {
		return usage("", "--max-order %d: from %d lists, interactions of at most %d can be estimated", e.MaxOrder, d.table.K(), most)
	}
	results := resultsOf(c, d, o)
	m, err := findMethod("loglinear")
	if err != nil {
		return err
	}
	results.Cards = cards([]estimators.Method{m})
	results.Ranking = string(e.Criterion)
	defer out.patience()()
	found, err := e.Run(ctx, d.table)
	var refusal *estimators.Refusal
	switch {
	case errors.As(err, &refusal):
		results.Models = []estimators.Estimate{{Method: m.Name, Observed: d.table.Observed(), Status: estimators.Refused, Reason: refusal}}
		results.Weights = []float64{0}
	case err != nil:
		return err
	default:
		results.Models, results.Weights, results.Ranking = found.Models, found.Weights, string(found.Ranking)
		results.Data.Notes = append(results.Data.Notes, countModels(e, found, d.table.K()))
		for i := range results.Models {
			d.warn(&results.Models[i])
		}
	}
	return out.finish(ctx, results)
}

// countModels says how many models there are and how many are shown.
func countModels(e loglinear.Enumeration, m *loglinear.Models, k int) string {
	order := e.MaxOrder
	if order == 0 {
		order = loglinear.DefaultMaxOrder(k)
	}
	class := "hierarchical models"
	if m.Considered > 0 {
		class = fmt.Sprintf("%.0f hierarchical models", m.Considered)
	}
	if e.Within == 0 && e.Top == 0 {
		return fmt.Sprintf("%s with interactions of at most %d lists, of which %d have no estimate", class, order, m.Refused)
	}
	return fmt.Sprintf("the best %d of the %s with interactions of at most %d lists, by exact search", len(m.Models), class, order)
}
