package report

import (
	"math"

	"darkfigure/estimators"
)

// A spread is how the estimates of resampled tables are spread over possible totals.
type spread struct {
	finite   []float64 // quantiles in steps, up to the last that does not rest on a table without an estimate
	step     float64   // share of the tables between two quantiles
	failed   float64   // share of the tables without an estimate
	tables   int
	observed int64
}

// spreadOf reads a bootstrap; ok is false when it holds too few quantiles to draw.
func spreadOf(r *estimators.Resampling, observed int64) (s spread, ok bool) {
	if len(r.Quantiles) < 2 || r.Replicates < 1 {
		return spread{}, false
	}
	s = spread{step: 1 / float64(len(r.Quantiles)-1), failed: float64(r.Failed) / float64(r.Replicates), tables: r.Replicates, observed: observed}
	for _, q := range r.Quantiles {
		if math.IsInf(q, 1) {
			break
		}
		s.finite = append(s.finite, q)
	}
	return s, len(s.finite) > 1
}

// upTo is the share of all tables whose estimate is at most x: between two quantiles the tables count as
// evenly spread.
func (s spread) upTo(x float64) float64 {
	have := 1 - s.failed
	if x >= s.finite[len(s.finite)-1] {
		return have
	}
	share := 0.0
	for i, from := range s.finite[:len(s.finite)-1] {
		to := s.finite[i+1]
		if x < to {
			if x > from {
				share += s.step * (x - from) / (to - from)
			}
			break
		}
		share += s.step
	}
	return math.Min(share, have)
}

// bins are the shares of the tables in equal parts of the axis: about fifty, with an edge at every label.
func (s spread) bins(axis scale) []float64 {
	labels := int(math.Round(axis.max / axis.step))
	out := make([]float64, labels*max(50/labels, 1))
	below := 0.0
	for i := range out {
		to := s.upTo(axis.max * float64(i+1) / float64(len(out)))
		out[i] = to - below
		below = to
	}
	return out
}

// A hump is a peak of a spread.
type hump struct {
	peak float64 // people
	to   float64 // people: where the next hump begins
}

// Humps are only spoken of from so many tables on; each holds a fifth of them, all together nine tenths, and the
// valley between two is at most seven tenths as high as the lower one. Few tables, or estimates
// that take few values, make valleys of their own.
const (
	humpTables = 200
	humpShare  = .2
	humpAll    = .9
	humpValley = .7
)

// humps are the peaks of the density of the logarithm of the hidden number, with Gaussian kernels of the width of
// Silverman (1986, Density Estimation, eq. 3.31); nil when the tables do not say how many there are.
func (s spread) humps() []hump {
	if s.tables < humpTables {
		return nil
	}
	n := float64(s.observed)
	z := make([]float64, len(s.finite)-1)
	mean := 0.0
	for i := range z {
		z[i] = math.Log(math.Max((s.finite[i]+s.finite[i+1])/2-n, .5))
		mean += z[i] / float64(len(z))
	}
	variance := 0.0
	for _, x := range z {
		variance += (x - mean) * (x - mean) / float64(len(z))
	}
	quarters := z[3*len(z)/4] - z[len(z)/4]
	h := .9 * math.Min(math.Sqrt(variance), quarters/1.34) * math.Pow(float64(s.tables), -.2)
	if h <= 0 {
		return nil
	}
	const points = 400
	from, to := z[0]-3*h, z[len(z)-1]+3*h
	people := func(i int) float64 { return n + math.Exp(from+(to-from)*float64(i)/points) }
	density := make([]float64, points+1)
	total := 0.0
	for i := range density {
		x := from + (to-from)*float64(i)/points
		for _, c := range z {
			density[i] += math.Exp(-(x - c) * (x - c) / (2 * h * h))
		}
		total += density[i]
	}
	var out []hump
	all := 0.0
	for _, h := range hills(density) {
		if share := h.sum / total; share >= humpShare {
			out = append(out, hump{people(h.top), people(h.end)})
			all += share
		}
	}
	if all < humpAll {
		return nil
	}
	return out
}

// A hill is a part of a row of heights around one of its tops.
type hill struct {
	top, end int // the place of the top, and of the valley behind it
	sum      float64
}

// hills parts heights at their valleys, those that are too shallow left out.
func hills(heights []float64) []hill {
	lowest := func(from, to int) int {
		at := from
		for i := from; i <= to; i++ {
			if heights[i] < heights[at] {
				at = i
			}
		}
		return at
	}
	var out []hill
	last := len(heights) - 1
	for i, y := range heights {
		if y <= 0 || i > 0 && y <= heights[i-1] || i < last && y < heights[i+1] {
			continue
		}
		if k := len(out) - 1; k >= 0 {
			top := heights[out[k].top]
			if heights[lowest(out[k].top, i)] > humpValley*math.Min(top, y) {
				if y > top {
					out[k].top = i
				}
				continue
			}
		}
		out = append(out, hill{top: i})
	}
	from := 0
	for k := range out {
		out[k].end = last
		if k+1 < len(out) {
			out[k].end = lowest(out[k].top, out[k+1].top)
		}
		for i := from; i < out[k].end || i == last && k+1 == len(out); i++ {
			out[k].sum += heights[i]
		}
		from = out[k].end
	}
	return out
}

// ragged reports whether bars show several tops where there is said to be one hump, as they do when estimates take few values.
func ragged(bins []float64) bool {
	const speck = .05
	n := 0
	for _, h := range hills(bins) {
		if h.sum >= speck {
			n++
		}
	}
	return n > 1
}

// middleHalf is the first and the third quartile over all tables; ok is false when the latter rests on tables without
// an estimate.
func (s spread) middleHalf() (lower, upper float64, ok bool) {
	quarter := int(math.Round(.25 / s.step))
	if 3*quarter >= len(s.finite) {
		return 0, 0, false
	}
	return s.finite[quarter], s.finite[3*quarter], true
}

// A cut parts the estimates of resampled tables in two.
type cut struct {
	at           float64 // people, three significant figures
	fewer, more  float64 // shares of all tables
	betweenSplit bool    // halfway between the two groups of near-tied models, rather than where two humps part
}

// cutOf is where the tables part: halfway between the two groups of near-tied models, else between two humps; nil
// when there is neither.
func (s spread) cutOf(split *estimators.Split, humps []hump) *cut {
	c := cut{}
	switch {
	case split != nil && split.With.Lower > split.Without.Upper:
		c.at, c.betweenSplit = (split.With.Lower+split.Without.Upper)/2, true
	case split != nil && split.Without.Lower > split.With.Upper:
		c.at, c.betweenSplit = (split.Without.Lower+split.With.Upper)/2, true
	case len(humps) == 2:
		c.at = humps[0].to
	default:
		return nil
	}
	c.at = significant(c.at, 3, math.Round)
	c.fewer = s.upTo(c.at)
	c.more = 1 - s.failed - c.fewer
	return &c
}
