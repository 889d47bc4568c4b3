package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

func (p *program) estimateCommand() *cli.Command {
	return &cli.Command{
		Name: "estimate", ArgsUsage: "TABLE", Usage: "how many people no list has seen, with intervals and warnings",
		Description: `Estimates the number of people in the population, those on no list included, from a table of who is on which lists.

Without --method: with two lists Chapman's estimate and the generalised Waring interval; with three or more a log-linear model, selected by BIC among all models up to five lists and stepwise from six. The answer shows the models that fit about as well, and what they would say; when they disagree, publish the range.

--method incomplete estimates from covariates that are recorded for part of the people only: empty (or NA) in the others. Its model is one of lists and covariates, written as '[A*age,B*sex,age*sex]'; without --model it is every pair that the table determines. Totals of the levels of each covariate come from the same fit. A list that did not run for some (--absent) is taken as missing there.

--method huggins-t estimates from a table with a row per person and covariates of persons, numbers among them (--formula '~ sex + weight'): the conditional likelihood of Huggins and Alho. In huggins-h lists are alike; in huggins-b and huggins-tb people who were seen before have another chance, for lists that follow each other in time. Totals of groups (--by, or each factor of the formula) come from the same fit.`,
		UsageText: `darkfigure estimate uk5.csv
darkfigure estimate uk5.csv --output uk5.html
darkfigure estimate uk5.csv --method chapman --lists LA,NG
darkfigure estimate uk5.csv --model '[LA*NG,PFNCA*GO]' --interval lognormal --level 80% --level 95%
darkfigure estimate victims.csv --covariates year,sex --trend year:2
darkfigure estimate persons.xlsx --by sex --format csv --output by-sex.csv
darkfigure estimate table.csv --lists A,B --method incomplete --model '[A*age,B*sex,age*sex]'
darkfigure estimate persons.csv --lists A,B,C --method huggins-t --formula '~ sex + weight'
darkfigure estimate - --format json < uk5.csv`,
		Flags: flags([]cli.Flag{several("method", aboutMethod, "`NAME` of a method; darkfigure methods lists them (repeatable)")},
			formulaFlags(), selectionFlags(), covariateFlags(), []cli.Flag{ridgeFlag(), oddsRatioFlag(), poolFlag(), levelFlag(), intervalFlag("`KIND` of interval, one that the method has: " + strings.Join(kinds, ", ")), byFlag()},
			tableFlags(), outputFlags(), []cli.Flag{pageFlag("yes for html, no for other formats")}, runFlags()),
		Action: p.estimate,
	}
}

// A request is what estimate and compare were asked for.
type request struct {
	out     *output
	options estimators.Options
	model   modelFlags
	by      []string
	methods []estimators.Method // empty: the default
}

func (p *program) requestOf(c *cli.Context) (*request, error) {
	var r request
	var err error
	if r.out, err = p.outputOf(c, formatNames...); err != nil {
		return nil, err
	}
	if r.options, err = optionsOf(c, kinds); err != nil {
		return nil, err
	}
	if r.model, err = modelFlagsOf(c); err != nil {
		return nil, err
	}
	if r.methods, err = findMethods(c.StringSlice("method")); err != nil {
		return nil, err
	}
	if r.model.boot != nil {
		r.model.boot.Seed, r.model.boot.Workers = r.options.Seed, r.options.Workers
	}
	r.by = splitAll(c.StringSlice("by"))
	return &r, nil
}

// optionsOf reads the options that every method understands.
func optionsOf(c *cli.Context, kinds []string) (o estimators.Options, err error) {
	if o.Levels, err = parseLevels(c.StringSlice("level")); err != nil {
		return o, err
	}
	if o.Kind, err = parseKind(c.String("interval"), kinds); err != nil {
		return o, err
	}
	if o.Seed, err = seedOf(c); err != nil {
		return o, err
	}
	o.Workers, err = jobsOf(c)
	return o, err
}

func (p *program) estimate(c *cli.Context) error {
	ctx := c.Context
	if isIncomplete(c) {
		if err := noSecondPage(c); err != nil {
			return err
		}
		return p.estimateIncomplete(c)
	}
	if isConditional(c) {
		if err := noSecondPage(c); err != nil {
			return err
		}
		return p.estimateConditional(c)
	}
	if err := noFormula(c); err != nil {
		return err
	}
	r, err := p.requestOf(c)
	if err != nil {
		return err
	}
	how, err := poolingOf(c)
	if err != nil {
		return err
	}
	if how != "" {
		return p.estimatePooled(c, r, how)
	}
	e, err := joint(c)
	if err != nil {
		return err
	}
	if e != nil {
		if err := noSecondPage(c); err != nil {
			return err
		}
		return p.estimateJointly(c, r, e)
	}
	d, err := p.read(ctx, c, r.by)
	if err != nil {
		return err
	}
	d.apart(r.by)
	var why string
	if len(r.methods) == 0 {
		name := "loglinear"
		if d.table.K() == 2 && len(r.model.given) == 0 {
			name, why = "chapman", "chosen because there are two lists; their independence cannot be tested"
		}
		m, err := findMethod(name)
		if err != nil {
			return err
		}
		r.methods = []estimators.Method{m}
	}
	results := resultsOf(c, d, r.options)
	tasks, err := r.tasks(d)
	if err != nil {
		return err
	}
	end := r.watch(tasks)
	defer end()
	if results.Description, err = describe(ctx, d.table, r.options.Levels); err != nil {
		return err
	}
	if results.Estimates, err = runTasks(ctx, tasks, r.options.Workers); err != nil {
		return err
	}
	for i := range results.Estimates {
		e := &results.Estimates[i]
		if note := tasks[i].otherKind; note != "" {
			return usage(kindHint(tasks[i], e), "%s", note)
		}
		if why != "" && e.Status != estimators.Refused {
			e.Notes = append(e.Notes, why)
		}
	}
	results.Cards = r.cards()
	end()
	if err := p.secondPage(ctx, c, r, tasks, d, &results); err != nil {
		return err
	}
	return r.out.finish(ctx, results)
}

// resultsOf is what is known before anything is computed.
func resultsOf(c *cli.Context, d *dataset, o estimators.Options) estimators.Results {
	return estimators.Results{Data: d.data, Run: estimators.RunInfo{Version: c.App.Version, Command: canonical(c, c.Args().Slice(), o.Levels), Seed: o.Seed}}
}

// A task is one method on one table.
type task struct {
	method    estimators.Method
	estimator estimators.Estimator
	plain     estimators.Estimator // the same with its default kind of interval; nil when none was asked for
	part      estimators.Part
	stratum   []estimators.Label
	warnings  []estimators.Warning // of the data
	kind      estimators.IntervalKind
	refusal   *estimators.Refusal // known without asking the estimator
	otherKind string              // set by run: the estimator does not have the kind asked for, and the answer has its default
}

// tasks are the methods of the request for every group.
func (r *request) tasks(d *dataset) ([]*task, error) {
	strata := []estimators.Stratum{{Table: d.table}}
	if len(r.by) > 0 {
		var err error
		if strata, err = d.table.Stratify(r.by...); err != nil {
			return nil, err
		}
	}
	if r.model.odds != nil {
		if _, err := r.model.odds(d.table.Lists()); err != nil {
			return nil, err
		}
	}
	refused := d.table.RecordedByList(r.by...)
	var out []*task
	used := map[string]bool{}
	for _, s := range strata {
		p := estimators.Part{Table: s.Table}
		if r.model.model == "" { // a given model is about all lists
			p = estimators.PartOf(s.Table)
		}
		for _, m := range r.methods {
			t := &task{method: m, part: p, stratum: s.Labels, warnings: d.warnings, kind: r.options.Kind, refusal: refused}
			var names []string
			var err error
			if t.estimator, names, err = r.model.apply(m.New(r.options), p.Table.Lists()); err != nil {
				return nil, err
			}
			for _, n := range names {
				used[n] = true
			}
			if t.kind != "" {
				plain := r.options
				plain.Kind = ""
				if t.plain, _, err = r.model.apply(m.New(plain), p.Table.Lists()); err != nil {
					return nil, err
				}
			}
			out = append(out, t)
		}
	}
	return out, r.model.unused(used, r.methods)
}

// watch shows a waiting person how far the tasks are. The function it returns ends that.
func (r *request) watch(tasks []*task) (end func()) {
	if r.model.boot == nil {
		return r.out.patience()
	}
	p := r.out.progress()
	for _, t := range tasks {
		if l, ok := t.estimator.(loglinear.LogLinear); ok && l.Bootstrap != nil {
			b := *l.Bootstrap
			b.Progress = p.track(t.method.Name)
			l.Bootstrap = &b
			t.estimator = l
		}
	}
	return p.end
}

// run asks the estimator. An estimator that does not have the kind of interval that was asked for says so, or
// answers with its own; the answer is then that with its default, and otherKind says it.
func (t *task) run(ctx context.Context) (estimators.Estimate, error) {
	if t.refusal != nil {
		return estimators.Estimate{Method: t.method.Name, Stratum: t.stratum, Observed: t.part.Table.Observed(), Status: estimators.Refused, Reason: t.refusal}, nil
	}
	e, err := estimators.Run(ctx, t.estimator, t.part.Table)
	switch {
	case err != nil && t.plain != nil && ctx.Err() == nil:
		said := err
		if e, err = estimators.Run(ctx, t.plain, t.part.Table); err != nil {
			return e, err
		}
		t.otherKind = errors.Unwrap(said).Error()
	case err != nil:
		return e, err
	}
	if i, ok := e.Interval(); ok && t.kind != "" && i.Kind != t.kind && t.otherKind == "" {
		t.otherKind = fmt.Sprintf("%s has no %s interval", t.method.Name, t.kind)
	}
	e.Stratum = t.stratum
	t.part.Restore(&e)
	if e.Status != estimators.Refused {
		for _, w := range t.warnings {
			e.Warn(w)
		}
	}
	return e, nil
}

func kindHint(t *task, e *estimators.Estimate) string {
	if i, ok := e.Interval(); ok {
		return fmt.Sprintf("leave out --interval for the %s interval", i.Kind)
	}
	return "leave out --interval"
}

// runTasks runs the tasks, so many at a time, and returns their estimates in order.
func runTasks(ctx context.Context, tasks []*task, workers int) ([]estimators.Estimate, error) {
	out := make([]estimators.Estimate, len(tasks))
	failed := make([]error, len(tasks))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan int)
	done := make(chan bool)
	for range min(max(workers, 1), len(tasks)) {
		go func() {
			for i := range next {
				if out[i], failed[i] = tasks[i].run(ctx); failed[i] != nil {
					cancel()
				}
			}
			done <- true
		}()
	}
	for i := range tasks {
		next <- i
	}
	close(next)
	for range min(max(workers, 1), len(tasks)) {
		<-done
	}
	// The first failure that is not the echo of another one.
	i := slices.IndexFunc(failed, func(err error) bool { return err != nil && !errors.Is(err, context.Canceled) })
	if i < 0 {
		i = slices.IndexFunc(failed, func(err error) bool { return err != nil })
	}
	if i >= 0 {
		return nil, failed[i]
	}
	return out, nil
}
