package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/visibility"
)

// covariateFlags say which covariates enter a log-linear model of the whole table.
func covariateFlags() []cli.Flag {
	return []cli.Flag{
		several("covariates", aboutMethod, "one log-linear model of all groups of the covariates `A,B`, which adds up: with interactions of lists, of lists with covariates and of covariates; for --method incomplete, those it uses (default: all)"),
		several("trend", aboutMethod, "an ordered covariate of the model as a polynomial, `YEAR:2`, instead of a parameter for each level (repeatable)"),
	}
}

// ridgeFlag is that of estimate alone: there is no path to show where no model is selected.
func ridgeFlag() cli.Flag {
	return text("ridge", aboutMethod, "with --covariates, fit all pairs, or --model, with a ridge penalty of `LAMBDA` on interactions, or on main effects too as in 5:all; also with --method incomplete")
}

// notWithCovariates are flags of log-linear models that a model with covariates does not have.
var notWithCovariates = []string{"heterogeneity", "firth", "max-order", "pthresh", "within", "boot-inner", "top-models"}

// joint reads the flags of a model with covariates; nil when there are none.
func joint(c *cli.Context) (*loglinear.Joint, error) {
	e := &loglinear.Joint{Covariates: splitAll(c.StringSlice("covariates"))}
	if len(e.Covariates) == 0 {
		for _, name := range []string{"trend", "ridge"} {
			if c.IsSet(name) {
				return nil, usage("add --covariates A,B", "--%s is about covariates of the model", name)
			}
		}
		if c.String("search") == "both-ways" {
			return nil, usage("without covariates models are searched exactly; or add --covariates A,B", "--search both-ways is for models with covariates")
		}
		return nil, nil
	}
	for _, name := range notWithCovariates {
		if c.IsSet(name) {
			return nil, usage("leave it out, or leave out --covariates", "--%s does not apply to models with covariates", name)
		}
	}
	for _, name := range splitAll(c.StringSlice("method")) {
		if !strings.EqualFold(name, "loglinear") {
			return nil, usage("leave out --method, or leave out --covariates and name groups with --by", "--covariates does not apply to %s", name)
		}
	}
	for _, s := range splitAll(c.StringSlice("trend")) {
		t, err := trend(s, e.Covariates)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(e.Trends, func(o loglinear.Trend) bool { return o.Covariate == t.Covariate }) {
			return nil, usage("", "--trend %s: the covariate has two trends", s)
		}
		e.Trends = append(e.Trends, t)
	}
	var err error
	if e.Ridge, err = ridge(c.String("ridge")); err != nil {
		return nil, err
	}
	e.Model = c.String("model")
	if e.Ridge.Lambda > 0 && c.IsSet("select") {
		return nil, usage("leave out --select", "--ridge holds all pairs back instead of selecting")
	}
	switch search := c.String("search"); search {
	case "", "both-ways":
	default:
		return nil, usage("leave it out, or --search both-ways to repeat the search in every replicate however long it takes", "--search %s is for models without covariates", search)
	}
	switch s := c.String("select"); s {
	case "", "auto":
	case "stepwise":
		return nil, usage("bic, aic or aicc choose from the path of a search both ways", "--select stepwise is for models without covariates")
	default:
		e.Select = loglinear.Criterion(s)
	}
	return e, nil
}

// trend reads YEAR:2.
func trend(s string, covariates []string) (loglinear.Trend, error) {
	at := strings.LastIndexByte(s, ':')
	if at < 1 {
		return loglinear.Trend{}, usage("write YEAR:1 for a straight line, YEAR:2 for a curve", "--trend %s has no degree", s)
	}
	name := s[:at]
	degree, err := strconv.Atoi(s[at+1:])
	if err != nil || degree < 1 {
		return loglinear.Trend{}, usage("write YEAR:1 for a straight line, YEAR:2 for a curve", "--trend %s: %q is not a degree", s, s[at+1:])
	}
	if !slices.Contains(covariates, name) {
		return loglinear.Trend{}, usage(didYouMean("--trend ", name, covariates, "add it to --covariates"), "--trend %s: %s is not among --covariates", s, name)
	}
	return loglinear.Trend{Covariate: name, Degree: degree}, nil
}

// ridge reads 5 and 5:all.
func ridge(s string) (loglinear.Ridge, error) {
	if s == "" {
		return loglinear.Ridge{}, nil
	}
	number, all := strings.CutSuffix(s, ":all")
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || !(x > 0) || math.IsInf(x, 0) {
		return loglinear.Ridge{}, usage("write a number above 0, and :all behind it to penalise main effects too", "--ridge %s is not a penalty", s)
	}
	return loglinear.Ridge{Lambda: x, MainEffects: all}, nil
}

// versus are the other codings that an answer is compared with: a factor for each trend, a polynomial for a calendar covariate
// without one.
func versus(e *loglinear.Joint, t *estimators.Table) (out []loglinear.Trend) {
	for _, c := range t.Covariates() {
		switch {
		case !slices.Contains(e.Covariates, c.Name):
		case slices.ContainsFunc(e.Trends, func(t loglinear.Trend) bool { return t.Covariate == c.Name }):
			out = append(out, loglinear.Trend{Covariate: c.Name})
		case visibility.SaysWhen(c) && len(c.Levels) > 2 && e.Model == "":
			out = append(out, loglinear.Trend{Covariate: c.Name, Degree: min(2, len(c.Levels)-2)})
		}
	}
	return out
}

// estimateJointly is estimate with --covariates.
func (p *program) estimateJointly(c *cli.Context, r *request, e *loglinear.Joint) error {
	ctx := c.Context
	for _, name := range r.by {
		if !slices.Contains(e.Covariates, name) {
			return usage("add it to --covariates", "--by %s is not among --covariates", name)
		}
	}
	d, err := p.readTogether(ctx, c, e.Covariates)
	if err != nil {
		return err
	}
	m, err := findMethod("loglinear")
	if err != nil {
		return err
	}
	r.methods = []estimators.Method{m}
	switch r.options.Kind {
	case "", estimators.LogNormal, estimators.Wald, estimators.Percentile:
	default:
		return usage("lognormal, wald, or percentile", "--interval %s: models with covariates have no such interval", r.options.Kind)
	}
	e.Kind, e.Levels, e.Versus, e.By = r.options.Kind, r.options.Levels, versus(e, d.table), r.by
	if r.model.odds != nil {
		if e.Offset, err = r.model.odds(d.table.Lists()); err != nil {
			return err
		}
	}
	if b := r.model.boot; b != nil {
		own := *b
		own.Exact, own.Downhill = c.String("search") == "both-ways", false
		e.Bootstrap = &own
	}
	results := resultsOf(c, d, r.options)
	if results.Description, err = describe(ctx, d.table, r.options.Levels); err != nil {
		return err
	}
	bar := r.out.progress()
	defer bar.end()
	if e.Bootstrap != nil {
		e.Bootstrap.Progress = bar.track(m.Name)
	}
	est, err := d.ask(ctx, e)
	if err != nil {
		return err
	}
	results.Estimates = []estimators.Estimate{est}
	r.model.ridge = e.Ridge.Lambda > 0
	results.Cards = r.cards()
	if err := p.leaveOut(c, r.out, &results, takesCovariates); err != nil {
		return err
	}
	return r.out.finish(ctx, results)
}

// pathOf is models with --covariates: the path of the search.
func (p *program) pathOf(c *cli.Context, out *output, o estimators.Options, e *loglinear.Joint) error {
	ctx := c.Context
	for _, name := range []string{"max-order", "top", "within"} {
		if c.IsSet(name) {
			return usage("leave it out: the path has all models that were met", "--%s does not apply to models with covariates", name)
		}
	}
	d, err := p.readTogether(ctx, c, e.Covariates)
	if err != nil {
		return err
	}
	m, err := findMethod("loglinear")
	if err != nil {
		return err
	}
	if o.Kind == estimators.Profile {
		return usage("lognormal or wald", "--interval profile: models with covariates have no such interval")
	}
	e.Kind, e.Levels = o.Kind, o.Levels
	e.Bootstrap = &loglinear.Bootstrap{Workers: o.Workers}
	results := resultsOf(c, d, o)
	results.Cards = cards([]estimators.Method{m})
	if results.Ranking = c.String("criterion"); results.Ranking == "" {
		results.Ranking = string(loglinear.BIC)
	}
	e.Select = loglinear.Criterion(results.Ranking)
	defer out.patience()()
	models, path, err := e.Models(ctx, d.table)
	var refusal *estimators.Refusal
	switch {
	case errors.As(err, &refusal):
		results.Models = []estimators.Estimate{{Method: m.Name, Observed: d.table.Observed(), Status: estimators.Refused, Reason: refusal}}
		results.Weights = []float64{0}
		return out.finish(ctx, results)
	case err != nil:
		return askedWrongly(err)
	}
	results.Models, results.Path, results.Weights = models, path, pathWeights(models, results.Ranking)
	results.Data.Notes = append(results.Data.Notes, fmt.Sprintf("the path of a search both ways by BIC, then forward by AIC and by one unit a parameter: %d models in the order in which they were met", len(models)))
	for i := range results.Models {
		d.warn(&results.Models[i])
	}
	return out.finish(ctx, results)
}

// pathWeights are exp(−½·difference from the best), out of 1.
func pathWeights(models []estimators.Estimate, criterion string) []float64 {
	value := func(f *estimators.Fit) float64 {
		switch {
		case criterion == "aic":
			return f.AIC
		case criterion == "aicc" && f.AICcUndefined:
			return math.Inf(1)
		case criterion == "aicc":
			return f.AICc
		}
		return f.BIC
	}
	best := math.Inf(1)
	for _, m := range models {
		if m.Status != estimators.Refused {
			best = math.Min(best, value(m.Fit))
		}
	}
	out, sum := make([]float64, len(models)), 0.0
	for i, m := range models {
		if m.Status != estimators.Refused {
			out[i] = math.Exp((best - value(m.Fit)) / 2)
			sum += out[i]
		}
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
