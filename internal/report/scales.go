package report

import (
	"math"

	"darkfigure/estimators"
)

// A scale is the axis of people: from 0, always, to a round maximum.
type scale struct {
	max  float64
	step float64 // between labels
}

// scale is the one axis for every figure about a group: it holds the headline, the near-tied
// models and, when they reach little further, the other methods. What lies beyond is cut and marked.
func (v *view) scale(g group, a answer) scale {
	top := float64(a.observed)
	take := func(x float64) {
		if !math.IsInf(x, 1) {
			top = math.Max(top, x)
		}
	}
	reach := func(population float64, is []estimators.Interval) {
		take(population)
		if len(is) > 0 && !is[0].Unbounded() {
			take(math.Min(is[0].Upper, 4*population))
		}
	}
	if a.estimate != nil {
		reach(a.estimate.Population, a.estimate.Intervals)
		if a.own == nil || a.own.Unbounded() {
			take(2 * a.estimate.Population)
		}
	}
	for _, c := range a.near {
		take(c.Population)
		if len(c.Intervals) > 0 && c.Weight >= 0.01 && !c.Intervals[0].Unbounded() {
			take(math.Min(c.Intervals[0].Upper, 2*c.Population))
		}
	}
	if a.averaged != nil {
		reach(a.averaged.Population, a.averaged.Intervals)
	}
	base := top
	if a.estimate == nil {
		base = math.Inf(1) // without a headline every method counts
	}
	for _, e := range g.estimates {
		if e.Status != estimators.Refused {
			take(math.Min(e.Population*1.05, 1.3*base))
			if i, ok := e.Interval(); ok && !i.Unbounded() {
				take(math.Min(math.Min(i.Upper, 4*e.Population), 1.3*base))
			}
		}
	}
	return roundScale(top)
}

// roundScale makes a scale with four to six labels that reaches at least to top.
func roundScale(top float64) scale {
	top = math.Max(top, 4)
	best := scale{max: math.Inf(1)}
	e := math.Pow(10, math.Floor(math.Log10(top))-1)
	for _, f := range []float64{1, 2, 2.5, 5, 10, 20, 25, 50} {
		step := f * e
		if step < 1 || step != math.Trunc(step) {
			continue
		}
		n := math.Ceil(top / step * (1 - 1e-9))
		if n >= 4 && n <= 6 && n*step < best.max {
			best = scale{max: n * step, step: step}
		}
	}
	if math.IsInf(best.max, 1) {
		step := math.Ceil(top / 4)
		best = scale{max: 4 * step, step: step}
	}
	return best
}

// ticks are the labelled places of the scale.
func (s scale) ticks() []float64 {
	var out []float64
	for i := 0; float64(i)*s.step <= s.max*(1+1e-9); i++ {
		out = append(out, float64(i)*s.step)
	}
	return out
}

// at is a place on the scale in per cent, within 0 and 100.
func (s scale) at(x float64) float64 { return math.Min(math.Max(100*x/s.max, 0), 100) }
