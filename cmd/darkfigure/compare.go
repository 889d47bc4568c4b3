package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
)

func (p *program) compareCommand() *cli.Command {
	return &cli.Command{
		Name: "compare", ArgsUsage: "TABLE", Usage: "every method that applies, side by side",
		Description: `Estimates by every method that can use so many lists, and shows the answers in one table and one plot. Methods that cannot answer come last, with the reason. Each method has its own default kind of interval.

Agreement is not proof: methods that share an assumption share its error. Methods for lists that follow each other in time (Mb, Mbh) answer only with --ordered: for registers kept side by side, the order of the columns would decide the answer.`,
		UsageText: `darkfigure compare uk5.csv
darkfigure compare uk5.csv --output uk5.html
darkfigure compare hare.csv --ordered
darkfigure compare uk5.csv --method loglinear --method Mth-chao --method coverage-low`,
		Flags: flags([]cli.Flag{
			several("method", aboutMethod, "compare these methods only, by `NAME` (repeatable)"),
			onOff("ordered", aboutMethod, "the lists are surveys that follow each other in time, in the order of the columns"),
		}, selectionFlags(), []cli.Flag{levelFlag(), intervalFlag("`KIND` of interval for the methods that have it; the others say so"), byFlag()},
			tableFlags(), outputFlags(), []cli.Flag{pageFlag("yes for html, no for other formats")}, runFlags()),
		Action: p.compare,
	}
}

func (p *program) compare(c *cli.Context) error {
	ctx := c.Context
	r, err := p.requestOf(c)
	if err != nil {
		return err
	}
	if _, err := joint(c); err != nil { // --search both-ways
		return err
	}
	d, err := p.read(ctx, c, r.by)
	if err != nil {
		return err
	}
	d.apart(r.by)
	k := d.table.K()
	chosen := len(r.methods) > 0
	if !chosen {
		var left []string
		for _, m := range allMethods() {
			if fits(m, k) {
				r.methods = append(r.methods, m)
			} else {
				left = append(left, m.Name)
			}
		}
		if len(left) > 0 {
			d.data.Notes = append(d.data.Notes, fmt.Sprintf("left out, because they are not for %s: %s", countLists(k), strings.Join(left, ", ")))
		}
	}
	if len(r.methods) == 0 {
		m, err := findMethod("loglinear")
		if err != nil {
			return err
		}
		r.methods = []estimators.Method{m} // it says what is wrong
	}
	results := resultsOf(c, d, r.options)
	tasks, err := r.tasks(d)
	if err != nil {
		return err
	}
	ordered := false
	for _, t := range tasks {
		if !needsOrder(t.estimator) {
			continue
		}
		ordered = true
		if !chosen && !c.Bool("ordered") && t.refusal == nil {
			t.refusal = estimators.Refuse("lists-not-ordered", "%s takes the lists as surveys that follow each other in time; if they do, use --ordered", t.method.Name)
		}
	}
	if c.Bool("ordered") && !ordered {
		return usage("leave it out", "--ordered does not apply: none of the methods takes the lists as ordered in time")
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
		if note := tasks[i].otherKind; note != "" && e.Status != estimators.Refused {
			shown := ""
			if i, ok := e.Interval(); ok {
				shown = fmt.Sprintf("; the %s interval is shown", i.Kind)
			}
			e.Notes = append(e.Notes, note+shown)
		}
	}
	results.Cards = r.cards()
	end()
	if err := p.secondPage(ctx, c, r, tasks, d, &results); err != nil {
		return err
	}
	refusedLast(results.Estimates, r.by)
	return r.out.finish(ctx, results)
}

// refusedLast puts what was refused behind the answers, within each group.
func refusedLast(estimates []estimators.Estimate, by []string) {
	group := map[string]int{}
	at := func(e estimators.Estimate) int {
		key := fmt.Sprintf("%q", e.Stratum)
		if _, ok := group[key]; !ok {
			group[key] = len(group)
		}
		return group[key]
	}
	for _, e := range estimates {
		at(e)
	}
	slices.SortStableFunc(estimates, func(a, b estimators.Estimate) int {
		if c := cmp.Compare(at(a), at(b)); c != 0 {
			return c
		}
		refused := func(e estimators.Estimate) int {
			if e.Status == estimators.Refused {
				return 1
			}
			return 0
		}
		return refused(a) - refused(b)
	})
}

func countLists(k int) string {
	if k == 1 {
		return "one list"
	}
	return fmt.Sprintf("%d lists", k)
}
