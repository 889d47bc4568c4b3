package sensitivity

import (
	"context"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// posteriorDraws is the number of draws from the posterior of [Saturated].
const posteriorDraws = 4000

// Saturated varies the interaction of all lists without any model of the people observed: N is n + R·n/ξ with R = Π π̃_ω over the patterns of an odd number of lists
// divided by that over the patterns of an even number, π̃ being the shares of the patterns among the people observed. The point is that at the observed shares, n + (1/ξ)·Π n_odd/Π n_even. The
// interval is credible: π̃ is drawn from its Dirichlet posterior with a flat prior (one person more in every pattern), and the number hidden, given π_0 = R/(ξ+R), from the negative binomial
// law that the prior 1/N leads to (Aleshin-Guendel, Sadinle and Wakefield 2024, arXiv:2101.09304, their Dirichlet prior). A table with a pattern that nobody has, or that is
// impossible, is refused: the prior alone would say what that pattern stands for.
func Saturated(ctx context.Context, t *estimators.Table, seed uint64, o Options) (*Curve, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	t = t.Collapse()
	c := &Curve{Assumption: "saturated", Name: "ξ, the interaction of all lists, with no model of the people observed", Parameter: "ξ", Unit: "ratio", Kind: estimators.Credible,
		Meaning: "At ξ = ½ twice as many people are hidden as the counts alone extrapolate to, at ξ = 2 half as many; no data on these lists can show which."}
	if z := t.StructuralZeros(); len(z) > 0 {
		r := estimators.Refuse("impossible-patterns", "%d patterns are impossible by design, and this needs the counts of all", len(z))
		r.Cells = z
		return c.refused(r)
	}
	counts := t.Counts()
	n, log := float64(t.Observed()), 0.0
	var empty []estimators.Pattern
	for p := 1; p < len(counts); p++ {
		if counts[p] == 0 {
			empty = append(empty, estimators.Pattern(p))
			continue
		}
		log += sign(p) * math.Log(float64(counts[p]))
	}
	if len(empty) > 0 {
		r := estimators.Refuse("no-mle", "nobody is on exactly %s: without a model every pattern must have somebody", empty[0].Join(t.Lists(), "·"))
		r.Cells = empty
		return c.refused(r)
	}
	// The logarithm of R, and a draw each of two uniform laws for the number hidden, in every draw from the posterior: they are the same at all values of ξ.
	logs, gammas := make([]float64, posteriorDraws), make([]float64, posteriorDraws)
	var streams resample.Streams
	for i := range logs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rng := streams.At(seed, uint64(i))
		total := 0.0
		for p := 1; p < len(counts); p++ {
			x := distuv.Gamma{Alpha: float64(counts[p]) + 1, Beta: 1, Src: rng}.Rand()
			total += x
			logs[i] += sign(p) * math.Log(x)
		}
		logs[i] -= math.Log(total) // one more pattern is odd than even
		gammas[i] = distuv.Gamma{Alpha: n, Beta: 1, Src: rng}.Rand()
	}
	at := func(ctx context.Context, xi float64) (law, error) {
		if err := ctx.Err(); err != nil {
			return law{}, err
		}
		hidden := math.Exp(log) / xi
		sizes := make([]float64, posteriorDraws)
		for i := range sizes {
			// π_0/(1−π_0) = R/ξ; a negative binomial number is Poisson with a mean that is this times a gamma variable of n.
			mu := gammas[i] * math.Exp(logs[i]) / xi
			x := mu
			if mu < 1e9 { // beyond, the Poisson law is its mean
				x = distuv.Poisson{Lambda: mu, Src: streams.At(seed, uint64(posteriorDraws+i))}.Rand()
			}
			sizes[i] = x
		}
		sorted := resample.Sorted(sizes)
		quantile := func(p float64) float64 { return n + resample.Quantile(sorted, p, resample.Type7) }
		return law{hidden: hidden, lower: quantile(0.5 - o.level()/2), upper: quantile(0.5 + o.level()/2)}, nil
	}
	return o.draw(ctx, c, assumption{n: n, base: 1, at: at, accuracy: fine})
}

// sign of the logarithm of a pattern's count in that of R.
func sign(p int) float64 {
	if estimators.Pattern(p).Size()%2 == 1 {
		return 1
	}
	return -1
}
