package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// poolFlag says what groups too small for a model of their own have in common.
func poolFlag() cli.Flag {
	return text("pool", aboutMethod, "for small groups of --by: one model in which the interactions of lists are common to all groups, and how well each list reaches a group is `HOW` shared, shrunk (drawn towards the average as far as groups are alike) or separate")
}

// poolingOf reads --pool; "" is none.
func poolingOf(c *cli.Context) (loglinear.Pooling, error) {
	how, err := wordFlag(c, "pool", string(loglinear.Shared), string(loglinear.Shrunk), string(loglinear.Separate))
	if err != nil || how == "" {
		return "", err
	}
	if len(splitAll(c.StringSlice("by"))) == 0 {
		return "", usage("add --by A,B", "--pool is about groups")
	}
	for _, name := range []string{"covariates", "trend", "ridge", "joint", "select", "max-order", "pthresh", "within", "heterogeneity", "firth", "boot-inner", "top-models", "search", "method", "odds-ratio"} {
		if c.IsSet(name) {
			return "", usage("leave out one of them", "--pool and --%s do not go together", name)
		}
	}
	return loglinear.Pooling(how), nil
}

// byGroups is a Pooled for the groups of --by.
type byGroups struct {
	loglinear.Pooled
	by []string
}

// Estimate is the total of the groups, which stand in its Groups.
func (e byGroups) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	b, err := e.Breakdown(ctx, t, e.by)
	return b.Total, err
}

// estimatePooled is estimate with --pool.
func (p *program) estimatePooled(c *cli.Context, r *request, how loglinear.Pooling) error {
	ctx := c.Context
	if r.options.Kind != "" {
		return usage("leave it out: bootstrap percentiles come with log-normal limits", "--pool and --interval do not go together")
	}
	d, err := p.read(ctx, c, r.by)
	if err != nil {
		return err
	}
	e := byGroups{loglinear.Pooled{Pooling: how, Levels: r.options.Levels, Bootstrap: &loglinear.Bootstrap{Seed: r.options.Seed, Workers: r.options.Workers}}, r.by}
	if b := r.model.boot; b != nil {
		e.Bootstrap.Replicates, e.Bootstrap.Scheme = b.Replicates, b.Scheme
	} else {
		return usage("leave out --boot 0", "--pool has intervals of groups and of their sum from replicates")
	}
	if r.model.model != "" {
		m, err := loglinear.ParseModel(r.model.model, d.table.Lists())
		if err != nil {
			return usage("the lists are "+strings.Join(d.table.Lists(), ", "), "%s", err)
		}
		if m.Order() > 2 {
			return usage("leave it out", "--model %s: pooled groups share interactions of two lists", r.model.model)
		}
		e.Model = &m
	}
	m, err := findMethod("loglinear")
	if err != nil {
		return err
	}
	r.methods = []estimators.Method{m}
	results := resultsOf(c, d, r.options)
	if results.Description, err = describe(ctx, d.table, r.options.Levels); err != nil {
		return err
	}
	bars := r.out.progress()
	defer bars.end()
	e.Bootstrap.Progress = bars.track(m.Name)
	est := estimators.Estimate{Method: m.Name, Observed: d.table.Observed(), Status: estimators.Refused, Reason: d.table.RecordedByList(r.by...)}
	if est.Reason == nil {
		if est, err = d.ask(ctx, e); err != nil {
			return err
		}
	}
	results.Estimates = []estimators.Estimate{est}
	results.Cards = r.cards()
	for i := range results.Cards {
		results.Cards[i].Title, results.Cards[i].Estimates = pooledTitle(how), pooledEstimates
	}
	if err := p.leaveOut(c, r.out, &results, "it is made of one estimate for everybody, and --pool gives one for each group"); err != nil {
		return err
	}
	return r.out.finish(ctx, results)
}

const pooledEstimates = "How many people of each group are on no list, if the way the lists share people is the same in all groups."

func pooledTitle(how loglinear.Pooling) string {
	names := []string{"Log-linear, list effects shared by groups", "Log-linear, list effects of groups shrunk", "Log-linear, list effects of groups separate"}
	return names[slices.Index([]loglinear.Pooling{loglinear.Shared, loglinear.Shrunk, loglinear.Separate}, how)]
}
