package loglinear

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// DefaultWindow is how many units above the least criterion a model still counts as
// near-tied. A difference of 6 is a weight of about 1 to 20 (Raftery 1995).
const DefaultWindow = 6

// windowLimit is the largest number of near-tied models that is listed.
const windowLimit = 5000

// window finds every model within delta of the best by a criterion, exactly, and fills
// the selection with them: refitted, weighted and, for the profiled ones (none in outline), with profile intervals. The
// chosen model is marked; it is added after the others when it is outside the window.
func (p *problem) window(ctx context.Context, sel *estimators.Selection, c Criterion, order int, delta float64, chosen *Fitted, levels []float64, fits int, outline bool) error {
	found, s, err := p.search(ctx, c, order, delta, windowLimit, fits)
	if err != nil {
		return err
	}
	sel.Window, sel.Ranking, sel.MaxOrder = delta, string(c), order
	sel.Fitted += s.Fits()
	sel.Considered = max(0, countModels(s.Space))
	weights := akaike(found)
	inWindow := false
	for i, m := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := p.fit(modelOf(s.Space, m.Set))
		if err != nil {
			return err
		}
		isChosen := chosen != nil && f.Model.Equal(chosen.Model)
		inWindow = inWindow || isChosen
		candidate, err := f.candidate(ctx, weights[i], isChosen, levels, i < detailed && !outline, (i < drawn || isChosen) && !outline)
		if err != nil {
			return err
		}
		sel.Candidates = append(sel.Candidates, candidate)
	}
	if chosen != nil && !inWindow {
		candidate, err := chosen.candidate(ctx, 0, true, levels, !outline, !outline)
		if err != nil {
			return err
		}
		sel.Candidates = append(sel.Candidates, candidate)
	}
	sel.Averaged = average(sel.Candidates, p.n, levels)
	if sel.Split = split(sel.Candidates, p.n); sel.Split == nil || outline {
		return nil
	}
	// The best model on each side of the split is drawn.
	for _, with := range []bool{true, false} {
		i := slices.IndexFunc(sel.Candidates, func(c estimators.Candidate) bool {
			return c.Weight > 0 && slices.Contains(c.Terms, sel.Split.Term) == with
		})
		if c := &sel.Candidates[i]; c.Profile == nil {
			m, err := NewModel(p.k, c.Terms...)
			if err != nil {
				return err
			}
			f, err := p.fit(m)
			if err != nil {
				return err
			}
			if *c, err = f.candidate(ctx, c.Weight, c.Chosen, levels, true, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// How many candidates get profile intervals, and how many curves and residuals; the others get log-normal intervals.
const (
	detailed = 100
	drawn    = 3
)

// akaike turns criteria into weights proportional to exp(−½·difference to the best).
func akaike(ms []lattice.Model) []float64 {
	w := make([]float64, len(ms))
	sum := 0.0
	for i, m := range ms {
		w[i] = math.Exp(-(m.Criterion - ms[0].Criterion) / 2)
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

func (f *Fitted) candidate(ctx context.Context, weight float64, chosen bool, levels []float64, profiled, drawn bool) (estimators.Candidate, error) {
	c := estimators.Candidate{Model: f.Model.Format(f.problem.lists), Terms: f.Model.Terms(), Population: f.Population, SE: f.SE,
		BIC: f.Fit.BIC, AIC: f.Fit.AIC, AICc: f.Fit.AICc, Deviance: f.Fit.Deviance, DF: f.Fit.DF, Parameters: f.Fit.Parameters,
		Weight: weight, Chosen: chosen}
	if f.Fit.AICcUndefined {
		c.AICc = math.Inf(1)
	}
	for _, t := range f.Model.terms {
		if slices.Contains(f.Infinite, t) {
			c.Signs = append(c.Signs, math.Inf(-1))
		} else {
			c.Signs = append(c.Signs, f.parameter[t])
		}
	}
	if drawn {
		c.Residuals = f.worthShowing()
	}
	if !profiled {
		for _, l := range levels {
			c.Intervals = append(c.Intervals, LogNormal(f.problem.n, f.Hidden, f.SE, l))
		}
		return c, nil
	}
	e := estimators.Estimate{Observed: f.Observed, Hidden: f.Hidden, Population: f.Population, SE: f.SE}
	if err := addIntervals(ctx, &e, f.likelihood(), levels, estimators.Profile); err != nil {
		return c, err
	}
	c.Intervals = e.Intervals
	if drawn {
		c.Profile = e.Profile
	}
	return c, nil
}

// worthShowing returns the residuals of cells with people or with at least half a person expected.
func (f *Fitted) worthShowing() []estimators.Residual {
	var out []estimators.Residual
	for _, r := range f.residuals {
		if r.Observed > 0 || r.Fitted >= 0.5 {
			out = append(out, r)
		}
	}
	return out
}

// component is one model of a mixture: log n0 is normal with this mean and deviation.
type component struct{ weight, mean, sd float64 }

// components turns candidates with weight into a mixture. The deviation on the log scale holds
// both the doubt about the expected hidden number and its Poisson variation, SE/n̂0.
func components(cs []estimators.Candidate, n float64) []component {
	var out []component
	for _, c := range cs {
		if c.Weight == 0 {
			continue
		}
		hidden := math.Max(c.Population-n, 1e-9)
		out = append(out, component{c.Weight, math.Log(hidden), math.Sqrt(math.Log1p(c.SE * c.SE / (hidden * hidden)))})
	}
	return out
}

// average is the estimate averaged over near-tied models: the weighted mean of their N, and the equal-tailed
// interval of the mixture of log-normal laws of the hidden number, one per model (the
// large-sample form of Bayesian model averaging; Hoeting and others 1999; Draper 1995).
func average(cs []estimators.Candidate, n float64, levels []float64) *estimators.Average {
	mix := components(cs, n)
	if len(mix) == 0 {
		return nil
	}
	a := &estimators.Average{}
	for _, c := range cs {
		a.Population += c.Weight * c.Population
	}
	for _, l := range levels {
		a.Intervals = append(a.Intervals, estimators.Interval{Kind: estimators.Mixture, Level: l,
			Lower: n + math.Exp(quantile(mix, 0.5-l/2)), Upper: n + math.Exp(quantile(mix, 0.5+l/2))})
	}
	a.Density = density(mix, n, grid(mix))
	return a
}

// variance of N under the mixture.
func mixtureVariance(cs []estimators.Candidate, mean float64) float64 {
	v := 0.0
	for _, c := range cs {
		v += c.Weight * (c.SE*c.SE + (c.Population-mean)*(c.Population-mean))
	}
	return v
}

// quantile of log n0 under a mixture, by bisection.
func quantile(mix []component, q float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	total := 0.0
	for _, c := range mix {
		lo, hi = math.Min(lo, c.mean-10*c.sd-1e-9), math.Max(hi, c.mean+10*c.sd+1e-9)
		total += c.weight
	}
	for range 200 {
		mid := (lo + hi) / 2
		if mid == lo || mid == hi {
			break
		}
		f := 0.0
		for _, c := range mix {
			f += c.weight * distuv.UnitNormal.CDF((mid-c.mean)/c.sd)
		}
		if f < q*total {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// grid covers the middle 99.8 % of a mixture in log n0.
func grid(mix []component) []float64 {
	lo, hi := quantile(mix, 0.001), quantile(mix, 0.999)
	const points = 241
	out := make([]float64, points)
	for i := range out {
		out[i] = lo + (hi-lo)*float64(i)/(points-1)
	}
	return out
}

// density of N at n + exp(grid).
func density(mix []component, n float64, grid []float64) []estimators.Point {
	out := make([]estimators.Point, len(grid))
	for i, g := range grid {
		y := 0.0
		for _, c := range mix {
			y += c.weight * distuv.UnitNormal.Prob((g-c.mean)/c.sd) / c.sd
		}
		out[i] = estimators.Point{X: n + math.Exp(g), Y: y * math.Exp(-g)}
	}
	return out
}

// split looks for a term that parts the near-tied models into two groups whose estimates do
// not overlap, each with at least a twentieth of the weight; of several the one with the
// widest gap on the log scale of the hidden number, then the first in canonical order.
func split(cs []estimators.Candidate, n float64) *estimators.Split {
	var terms []estimators.Pattern
	for _, c := range cs {
		if c.Weight == 0 {
			continue
		}
		for _, t := range c.Terms {
			if !slices.Contains(terms, t) {
				terms = append(terms, t)
			}
		}
	}
	slices.SortFunc(terms, compareTerms)
	const share, least = 0.05, 0.223 // weight of a group; gap, a quarter of the hidden number
	var best *estimators.Split
	widest := least
	for _, t := range terms {
		var with, without estimators.Group
		for _, c := range cs {
			if c.Weight == 0 {
				continue
			}
			g := &without
			if slices.Contains(c.Terms, t) {
				g = &with
			}
			if g.Models == 0 {
				g.Lower, g.Upper = c.Population, c.Population
			}
			g.Models++
			g.Weight += c.Weight
			g.Lower, g.Upper = math.Min(g.Lower, c.Population), math.Max(g.Upper, c.Population)
		}
		if with.Weight < share || without.Weight < share {
			continue
		}
		gap := math.Max(logRatio(with.Lower-n, without.Upper-n), logRatio(without.Lower-n, with.Upper-n))
		if gap > widest {
			widest = gap
			best = &estimators.Split{Term: t, With: with, Without: without}
		}
	}
	if best == nil {
		return nil
	}
	g := grid(components(cs, n))
	part := func(in bool) []estimators.Point {
		own := slices.DeleteFunc(slices.Clone(cs), func(c estimators.Candidate) bool {
			return slices.Contains(c.Terms, best.Term) != in
		})
		return density(components(own, n), n, g)
	}
	best.With.Density, best.Without.Density = part(true), part(false)
	return best
}

func logRatio(a, b float64) float64 {
	if a <= 0 || b <= 0 {
		return math.Inf(-1)
	}
	return math.Log(a / b)
}

// spread is the least and the greatest estimate among candidates with weight.
func spread(cs []estimators.Candidate) (lower, upper float64) {
	in := slices.DeleteFunc(slices.Clone(cs), func(c estimators.Candidate) bool { return c.Weight == 0 })
	if len(in) == 0 {
		return 0, 0
	}
	byN := func(a, b estimators.Candidate) int { return cmp.Compare(a.Population, b.Population) }
	return slices.MinFunc(in, byN).Population, slices.MaxFunc(in, byN).Population
}
