package linkage

import (
	"context"
	"math"
)

// Compare compares records, learns from the comparisons by EM, and keeps the pairs that may be matches: those whose odds are
// above 10⁻⁴. All are compared twice: the first pass counts patterns, for EM, the
// second keeps pairs. Of many blocked pairs the first is a pilot of one key in up to 32, whose model, with some slack, says what to keep.
func Compare(ctx context.Context, r *Records, o Options) (*Graph, *Model, error) {
	c, err := planComparison(ctx, r, o)
	if err != nil {
		return nil, nil, err
	}
	d := &emData{slots: r.slots, types: c.types, most: c.most, names: r.registers, missing: c.missing()}
	pass := func(step string, pilot uint64, keep func(Pattern, int32) bool) (*joinResult, error) {
		j := joinPass{records: r, set: &c.set, rules: c.indexes, pilot: pilot, keep: keep, workers: o.Workers}
		if o.Progress != nil {
			j.progress = func(done, total int64) { o.Progress(step, done, total) }
		}
		return j.run(ctx)
	}
	learn := func(res *joinResult, scale float64) (*Model, error) {
		d.rows = d.rows[:0]
		for _, p := range res.counts {
			d.rows = append(d.rows, emRow{p.pattern, p.typ, scale * float64(p.count)})
		}
		return fitEM(ctx, d)
	}
	var pilot uint64 = 1
	if !c.plan.All {
		d.rules, d.random = c.allowed(), c.random()
		total := int64(0)
		for _, p := range c.plan.Rules {
			total += p.Predicted
		}
		pilot = uint64(min(pilotShare, max(1, total/pilotLeast)))
	}
	first, err := pass("counting patterns", pilot, nil)
	if err != nil {
		return nil, nil, err
	}
	model, err := learn(first, float64(pilot))
	if err != nil {
		return nil, nil, err
	}
	slack := pilotSlack
	if pilot == 1 {
		slack = 0
	}
	for {
		bound := math.Log(graphOdds) - slack
		w := newPairWeights(model)
		res, err := pass("comparing", 1, func(p Pattern, typ int32) bool { return w.odds(p, int(typ)) > bound })
		if err != nil {
			return nil, nil, err
		}
		if pilot > 1 {
			if model, err = learn(res, 1); err != nil {
				return nil, nil, err
			}
			// The final model may want pairs that the pilot's did not: then once more, by the final one.
			final, lost := newPairWeights(model), false
			for _, p := range res.counts {
				if final.odds(p.pattern, int(p.typ)) > math.Log(graphOdds) && !(w.odds(p.pattern, int(p.typ)) > bound) {
					lost = true
					break
				}
			}
			if lost && slack > 0 {
				slack = 0
				continue
			}
			w = final
		}
		c.finish(model, res, d)
		g := &Graph{}
		for _, p := range res.pairs {
			a, b := r.Register(int(p.A)), r.Register(int(p.B))
			t := c.set.typ[min(a, b)*c.set.registers+max(a, b)]
			if w.odds(p.Pattern, int(t)) > math.Log(graphOdds) {
				g.Pairs = append(g.Pairs, p)
			}
		}
		return g, model, nil
	}
}

// finish adds to the model what only the full pass knows.
func (c *comparing) finish(model *Model, res *joinResult, d *emData) {
	for t := range model.Types {
		model.Types[t].Compared = 0
		model.Types[t].Beyond = beyond(model, d, t)
	}
	for _, p := range res.counts {
		model.Types[p.typ].Compared += p.count
		model.Fit.Patterns = append(model.Fit.Patterns, PatternCount{p.pattern, int(p.typ), p.count})
	}
	for k := range c.plan.Rules {
		c.plan.Rules[k].New = res.byRule[k]
	}
	model.Fit.Plan = &c.plan
}

// pairWeights are the log ratios of a model, by slot and level.
type pairWeights struct {
	table []float64
	prior []float64
}

func newPairWeights(m *Model) *pairWeights {
	w := &pairWeights{table: make([]float64, 8*len(m.Comparisons))}
	for s, c := range m.Comparisons {
		for l := range c.M {
			w.table[8*s+l] = math.Log(c.M[l] / c.U[l])
		}
	}
	for _, t := range m.Types {
		w.prior = append(w.prior, math.Log(t.Lambda)-math.Log1p(-t.Lambda))
	}
	return w
}

// odds of a match of a pattern of a pair type: the logarithm.
func (w *pairWeights) odds(p Pattern, typ int) float64 {
	sum := w.prior[typ]
	for at := 0; at < len(w.table); at, p = at+8, p>>3 {
		sum += w.table[at+int(p&7)]
	}
	return sum
}
