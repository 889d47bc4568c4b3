package linkage

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Compare compares records, learns from the comparisons by EM, and keeps the pairs that may be matches: those whose odds are
// above 10⁻⁴.
//
// Pairs are compared twice: the first pass counts patterns, for EM, the second keeps pairs. Of many blocked pairs the
// first is a pilot of one key in up to 32, whose model, with some slack, says what the second keeps.
//
// Where rules replace the comparison of all pairs although these are few, patterns of all pairs are counted for EM, and the rules only say which pairs are kept: so it is known
// how many matches they lose.
//
// When duplicates are searched, EM learns from pairs of different registers as well: what makes two records one
// person is the same there, and a register may have too few duplicates, or none, to learn it from.
func Compare(ctx context.Context, r *Records, o Options) (*Graph, *Model, error) {
	c, err := planComparison(ctx, r, o)
	if err != nil {
		return nil, nil, err
	}
	d := &emData{slots: r.slots, types: c.types, most: c.most, names: r.registers, missing: c.missing(), within: o.Within}
	pass := func(step string, set *pairSet, indexes []*ruleIndex, pilot uint64, keep func(Pattern, int32) bool) (*joinResult, error) {
		j := joinPass{records: r, set: set, rules: indexes, pilot: pilot, keep: keep, workers: o.Workers}
		if o.Progress != nil {
			j.progress = func(done, total int64) { o.Progress(step, done, total) }
		}
		return j.run(ctx)
	}
	pilot, slack := c.pilot(), 0.0
	counted := c.indexes
	switch {
	case c.count:
		counted = []*ruleIndex{c.everything()}
	case !c.plan.All:
		d.rules = c.allowed()
		d.random, d.exact = c.random()
	}
	if pilot > 1 {
		slack = pilotSlack
	}
	first, err := pass("counting patterns", &c.set, counted, pilot, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range first.counts {
		d.rows = append(d.rows, emRow{p.pattern, p.typ, float64(pilot) * float64(p.count)})
	}
	model, err := fitEM(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	for {
		bound := math.Log(graphOdds) - slack
		w := newPairWeights(model)
		res, err := pass("comparing", &c.wanted, c.indexes, 1, func(p Pattern, typ int32) bool { return w.odds(p, int(typ)) > bound })
		if err != nil {
			return nil, nil, err
		}
		if pilot > 1 {
			d.rows = slices.DeleteFunc(d.rows, func(x emRow) bool { return c.isWanted(int(x.typ)) })
			for _, p := range res.counts {
				d.rows = append(d.rows, emRow{p.pattern, p.typ, float64(p.count)})
			}
			slices.SortFunc(d.rows, func(a, b emRow) int {
				return cmp.Or(cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.typ, b.typ))
			})
			if model, err = fitEM(ctx, d); err != nil {
				return nil, nil, err
			}
			// The final model may want pairs that the pilot's did not: then once more, by the final one.
			final := newPairWeights(model)
			if slack > 0 && slices.ContainsFunc(res.counts, func(p patternCount) bool {
				return final.odds(p.pattern, int(p.typ)) > math.Log(graphOdds) && !(w.odds(p.pattern, int(p.typ)) > bound)
			}) {
				slack = 0
				continue
			}
			w = final
		}
		g := &Graph{}
		for _, p := range res.pairs {
			a, b := r.Register(int(p.A)), r.Register(int(p.B))
			t := c.set.typ[min(a, b)*c.set.registers+max(a, b)]
			if w.odds(p.Pattern, int(t)) > math.Log(graphOdds) {
				g.Pairs = append(g.Pairs, p)
			}
		}
		c.finish(model, res, d)
		return g, model, nil
	}
}

// isWanted: pairs of the type are asked for, not only learnt from.
func (c *comparing) isWanted(t int) bool { return (c.types[t].A == c.types[t].B) == c.options.Within }

// finish adds to the model what only the full pass knows.
func (c *comparing) finish(model *Model, res *joinResult, d *emData) {
	var lost []float64
	if c.count {
		lost = c.lost(model, res, d.rows, math.Log(graphOdds))
	}
	for t := range model.Types {
		model.Types[t].Compared = 0
		if model.Types[t].Aside {
			continue
		}
		model.Types[t].Beyond = beyond(model, d, t, math.Log(graphOdds)) // with all patterns counted, what is below the cut alone
		if c.count {
			model.Types[t].Beyond = max(model.Types[t].Beyond, lost[t])
		}
	}
	for _, p := range res.counts {
		model.Types[p.typ].Compared += p.count
		model.Fit.Patterns = append(model.Fit.Patterns, PatternCount{p.pattern, int(p.typ), p.count})
	}
	c.missed(model, d, res)
	// Types that only EM learnt from are left out.
	to := make([]int, len(model.Types))
	var wanted []PairType
	for t := range model.Types {
		to[t] = len(wanted)
		if c.isWanted(t) {
			wanted = append(wanted, model.Types[t])
		}
	}
	model.Types = wanted
	for i := range model.Fit.Patterns {
		model.Fit.Patterns[i].Type = to[model.Fit.Patterns[i].Type]
	}
	for k := range c.plan.Rules {
		c.plan.Rules[k].New = res.byRule[k]
	}
	model.Fit.Plan = &c.plan
}

// pairWeights are the log ratios of a model, by slot and level.
type pairWeights struct {
	joint dependences
	table []float64
	prior []float64
}

func newPairWeights(m *Model) *pairWeights {
	w := &pairWeights{joint: newDependences(m), table: make([]float64, 8*len(m.Comparisons))}
	for s, c := range m.Comparisons {
		for l := range c.M {
			w.table[8*s+l] = math.Log(c.M[l] / c.U[l])
		}
	}
	for _, t := range m.Types {
		if t.Aside {
			w.prior = append(w.prior, math.Inf(-1))
			continue
		}
		// Where EM finds no match the pairs are kept that would be one if there were one: few matches are not none.
		l := t.Lambda
		if t.Possible > 1 {
			l = max(l, 1/float64(t.Possible))
		}
		w.prior = append(w.prior, math.Log(l)-math.Log1p(-l))
	}
	return w
}

// odds of a match of a pattern of a pair type: the logarithm.
func (w *pairWeights) odds(p Pattern, typ int) float64 {
	sum := w.prior[typ] + w.joint.at(p)
	for at := 0; at < len(w.table); at, p = at+8, p>>3 {
		sum += w.table[at+int(p&7)]
	}
	return sum
}
