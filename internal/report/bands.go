package report

import (
	"math"

	"darkfigure/estimators"
)

// A band is the part of a bar between two limits.
type band struct {
	level        float64
	lower, upper float64
}

// normal is the two-sided quantile of the standard normal distribution, 1.96 for 0.95.
func normal(level float64) float64 { return math.Sqrt2 * math.Erfinv(level) }

// bands are the limits at the headline's level, at 80 and at 50%, the widest first. Limits that were
// not computed follow from those of the headline: log-normal in the hidden number, each side
// apart. A side that reaches the number observed has no logarithm and is divided evenly; an unbounded
// side stays unbounded at every level.
func bands(population float64, observed int64, intervals []estimators.Interval) []band {
	if len(intervals) == 0 {
		return nil
	}
	head, n := intervals[0], float64(observed)
	out := []band{{head.Level, head.Lower, head.Upper}}
	for _, level := range []float64{.8, .5} {
		if level >= head.Level {
			continue
		}
		b := band{level: level}
		if i := given(intervals, head.Kind, level); i != nil {
			b.lower, b.upper = i.Lower, i.Upper
		} else {
			r := normal(level) / normal(head.Level)
			b.lower, b.upper = side(population-n, head.Lower-n, r)+n, side(population-n, head.Upper-n, r)+n
		}
		out = append(out, b)
	}
	return out
}

func given(intervals []estimators.Interval, kind estimators.IntervalKind, level float64) *estimators.Interval {
	for _, i := range intervals {
		if i.Kind == kind && math.Abs(i.Level-level) < 1e-9 {
			return &i
		}
	}
	return nil
}

// side is the limit of one side of a band, in hidden people: r is the ratio of its normal quantile to
// that of the limit known.
func side(hidden, limit, r float64) float64 {
	switch {
	case math.IsInf(limit, 1):
		return limit
	case hidden <= 0 || limit <= 0:
		return hidden + r*(limit-hidden)
	}
	return hidden * math.Pow(limit/hidden, r)
}

// bar draws stepped bands over a line that ends at the limits, with a mark for the estimate; what lies
// beyond the axis is cut, with an arrow.
func (p *page) bar(s scale, tone string, population float64, observed int64, intervals []estimators.Interval, middle, thick float64) {
	bs := bands(population, observed, intervals)
	beyond := population > s.max
	for i, b := range bs {
		beyond = beyond || b.upper > s.max
		if b.lower > s.max || math.IsInf(b.upper, 1) && i > 0 {
			continue
		}
		from, to := s.at(b.lower), s.at(b.upper)
		class := map[int]string{0: "b95", 1: "b80", 2: "b50"}[i]
		p.el("rect", at{"class", tone + " " + class, "x", pct(from), "width", pct(to - from), "y", px(middle - thick/2), "height", px(thick)})
	}
	if len(bs) > 0 && bs[0].lower <= s.max {
		from, to := s.at(bs[0].lower), s.at(bs[0].upper)
		p.el("rect", at{"class", tone, "x", pct(from), "width", pct(to - from), "y", px(middle - .75), "height", "1.5"})
	}
	if beyond {
		p.el("svg", at{"x", "100%", "y", px(middle), "overflow", "visible"}, func() {
			p.el("path", at{"class", tone, "d", "M-9,-6 L0,0 L-9,6 Z"})
		})
	}
	if population <= s.max {
		p.el("rect", at{"class", "pt", "x", pct(s.at(population)), "transform", "translate(-1.5,0)", "y", px(middle - thick/2 - 3), "width", "3", "height", px(thick + 6)})
	}
}

// row is a bar in a cell of a table, over the grid and the line of the people seen.
func (p *page) row(s scale, tone string, population float64, observed int64, intervals []estimators.Interval, height, thick float64) {
	p.hidden(p.barWords(population, intervals))
	p.graphic("row", "100%", height, func() {
		p.grid(s, 0, height)
		p.el("rect", at{"class", "seenline", "x", pct(s.at(float64(observed))), "y", "0", "width", "1", "height", px(height)})
		p.bar(s, tone, population, observed, intervals, height/2, thick)
	})
}

// barWords says what a bar shows.
func (v *view) barWords(population float64, intervals []estimators.Interval) prose {
	if len(intervals) == 0 {
		return v.say("no-interval")
	}
	return v.say("bar-words", v.level(intervals[0].Level), v.limits(intervals[0]))
}
