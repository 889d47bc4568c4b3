package linkage

import (
	"fmt"
	"math"

	"darkfigure/estimators"
)

// missedMost is the share of the matches that blocking may lose without a warning.
const missedMost = 0.01

// BlockingMissed says how many of the matches blocking loses, as far as this can be told from those it does not lose. Shares are of the matches of all pairs that were asked for; they are 0 where all pairs are compared.
//
// In six simulated studies of three registers in which a fifth of the records are poor, with the rules birth date, surname and birth year, and surname and given name by sound, the
// model said 3.4 to 5.8 % (mean 4.5), the overlap 2.9 to 6.3 % (4.8), and 5.4 to 10.3 % (7.7) were lost. Where records were all equally good, and a rule by birth date stood
// beside two by surname, the model said 6.0 %, the overlap 18.0 %, and 6.8 % were lost: the draws take the model's.
type BlockingMissed struct {
	// Model is the share of the matches that no rule finds, by the model of EM: see [PairType.Beyond], which has the cut besides. It is a lower bound, unless Counted: poor
	// records fail every rule together, and a model whose fields are independent given a match does not know it.
	Model float64
	// Counted: the patterns of all pairs were counted, and Model is the share of the expected matches among them that agree on no rule.
	Counted bool
	// Overlap is the same by how the rules overlap, the rules being captures: with f₁ and f₂ the expected matches that exactly one and exactly two of K rules
	// find, (K−1)/K·f₁(f₁−1)/(2(f₂+1)) are found by none (Chao 1987, Estimating the population size for
	// capture–recapture data with unequal catchability, Biometrics 43, 783–791, doi:10.2307/2531532). 0 with one rule. A check, and no bound: too
	// small where rules have fields in common, too large where one rule finds what the others cannot.
	Overlap float64
}

// lost is the share of the matches of each type among the patterns of all pairs that no kept pair can hold: those that agree on no rule, and those whose log odds are not above the cut.
func (c *comparing) lost(model *Model, res *joinResult, all []emRow, cut float64) []float64 {
	w := newPairWeights(model)
	matches, kept := make([]float64, len(model.Types)), make([]float64, len(model.Types))
	for _, row := range all {
		matches[row.typ] += row.count / (1 + math.Exp(-w.odds(row.pattern, int(row.typ))))
	}
	for _, p := range res.counts {
		if odds := w.odds(p.pattern, int(p.typ)); odds > cut {
			kept[p.typ] += float64(p.count) / (1 + math.Exp(-odds))
		}
	}
	out := make([]float64, len(model.Types))
	for t, n := range matches {
		if c.isWanted(t) && n > 0 {
			out[t] = min(1-1e-9, max(0, 1-kept[t]/n))
		}
	}
	return out
}

// missed fills in what the model and the compared pairs say of the matches that no rule finds.
func (c *comparing) missed(model *Model, d *emData, res *joinResult) {
	if c.plan.All {
		return
	}
	counts := res.counts
	var counted []float64
	if c.count {
		counted = c.lost(model, res, d.rows, math.Inf(-1))
	}
	var matches, lost float64
	for t, p := range model.Types {
		if c.isWanted(t) && !p.Aside {
			n := p.Lambda * float64(p.Possible)
			matches += n
			if c.count {
				lost += n * counted[t]
			} else {
				lost += n * beyond(model, d, t, math.Inf(-1))
			}
		}
	}
	rules := len(c.plan.Rules)
	with := *d
	with.rules = c.allowed()
	a := &away{d: &with}
	w := newPairWeights(model)
	found, shared := make([]float64, rules), make([]float64, rules)
	times := make([]float64, rules+1) // expected matches by how many rules find them
	for _, p := range counts {
		if !c.isWanted(int(p.typ)) || model.Types[p.typ].Aside {
			continue
		}
		by := 1<<rules - 1
		for s := range d.slots {
			if !d.slots[s].frequency {
				by &= a.satisfied(s, p.pattern.Level(s))
			}
		}
		n := float64(p.count) / (1 + math.Exp(-w.odds(p.pattern, int(p.typ))))
		k := 0
		for r := range rules {
			k += by >> r & 1
		}
		times[k] += n
		for r := range rules {
			if by>>r&1 == 1 {
				found[r] += n
				if k > 1 {
					shared[r] += n
				}
			}
		}
	}
	all := 0.0
	for k := 1; k <= rules; k++ {
		all += times[k]
	}
	m := &c.plan.Missed
	m.Counted = c.count
	if matches > 0 {
		m.Model = lost / matches
	}
	if rules > 1 && all > 0 {
		k := float64(rules)
		none := (k - 1) / k * times[1] * max(0, times[1]-1) / (2 * (times[2] + 1))
		m.Overlap = none / (all + none)
	}
	if !c.options.Within && m.Model > missedMost {
		text := fmt.Sprintf("of the matches between registers at least %.1f%% agree on no blocking rule; poor records fail every rule together, so that it may be two or three times as many. As a check, the way the rules overlap gives %.1f%%", 100*m.Model, 100*m.Overlap)
		if m.Counted {
			text = fmt.Sprintf("of the matches between registers %.1f%% agree on no blocking rule, by the patterns of all pairs; there are few enough pairs to compare them all, without rules", 100*m.Model)
		}
		model.Fit.Warnings = append(model.Fit.Warnings, estimators.Warning{Code: "blocking-misses", Text: text})
	}
	for r := range rules {
		if all > 0 {
			c.plan.Rules[r].Found = found[r] / all
		}
		if found[r] > 0 {
			c.plan.Rules[r].Shared = shared[r] / found[r]
		}
	}
}
