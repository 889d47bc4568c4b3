package visibility

import (
	"math"
	"slices"

	"darkfigure/estimators"
)

// shares are those of the levels of each covariate but the one that says when, among all and in each period.
func (m *maker) shares(years []string) {
	for _, name := range m.By {
		if name == m.Year {
			continue
		}
		for _, g := range m.Rows {
			if len(g.Stratum) != 1 || g.Stratum[0].Name != name {
				continue
			}
			of := g.Stratum[0]
			if total := m.Total(); total != nil {
				m.share(of, "", m.row([]estimators.Label{of}), total, nil, nil)
			}
			var before, beforeAll *Row
			for _, y := range years {
				when := estimators.Label{Name: m.Year, Level: y}
				part, all := m.row([]estimators.Label{of, when}), m.row([]estimators.Label{when})
				if all == nil || all.Observed == 0 {
					before, beforeAll = nil, nil
					continue
				}
				if part == nil { // nobody of the subgroup was seen
					before, beforeAll = nil, nil
					continue
				}
				m.share(of, y, part, all, before, beforeAll)
				before, beforeAll = part, all
			}
		}
	}
}

// estimated is the share of part in all, in every replicate; where all has no estimate it is 0 for the lower limit and 1 for the upper.
func (m *maker) estimated(part, all *Row) (low, high []float64) {
	p, _ := m.sums(part)
	a, _ := m.sums(all)
	low, high = make([]float64, len(p)), make([]float64, len(p))
	for r := range p {
		switch {
		case math.IsInf(p[r], 1) && math.IsInf(a[r], 1):
			// The subgroup can be almost all of them, and no less than if nobody more of it were hidden.
			high[r] = 1
		case math.IsInf(a[r], 1):
			high[r] = p[r] / math.Max(p[r], m.finite(all, r))
		default:
			low[r], high[r] = p[r]/a[r], p[r]/a[r]
		}
	}
	return low, high
}

// finite is the sum of the groups of a row that have an estimate in a replicate.
func (m *maker) finite(g *Row, r int) float64 {
	sum := 0.0
	for _, s := range g.strata {
		if x := m.b.Hidden[r][s] + m.b.Seen[r][s]; !math.IsInf(x, 1) {
			sum += x
		}
	}
	return sum
}

func (m *maker) share(of estimators.Label, period string, part, all, before, beforeAll *Row) {
	s := Share{Of: of, Period: period, Observed: wilson(part.Observed, all.Observed, m.Level)}
	s.Refused = part.Status == estimators.Refused || all.Status == estimators.Refused || !(all.Population > 0)
	var low, high []float64
	if !s.Refused {
		low, high = m.estimated(part, all)
		s.Estimated = percentiles(low, high, m.Level)
		s.Estimated.Value = part.Population / all.Population
	}
	if before != nil {
		c := &ShareChange{From: before.Period}
		c.Observed = newcombe(part.Observed, all.Observed, before.Observed, beforeAll.Observed, m.Level)
		c.ObservedBeyond = c.Observed.Lower > 0 || c.Observed.Upper < 0
		if !s.Refused && before.Status != estimators.Refused && beforeAll.Status != estimators.Refused && beforeAll.Population > 0 {
			lowB, highB := m.estimated(before, beforeAll)
			least, most := slices.Clone(low), slices.Clone(high)
			for r := range least {
				least[r] -= highB[r]
				most[r] -= lowB[r]
			}
			c.Estimated = percentiles(least, most, m.Level)
			c.Estimated.Value = s.Estimated.Value - before.Population/beforeAll.Population
			if c.Equal = m.equal(c.Estimated, 0) && part.Population > 0 && part.Population < all.Population; c.Equal {
				c.Estimated = Limits{}
			}
			c.EstimatedBeyond = c.Estimated.Lower > 0 || c.Estimated.Upper < 0
		}
		s.Since = c
	}
	m.Shares = append(m.Shares, s)
}

// wilson is the score interval of a proportion (Wilson 1927, JASA 22, 209–212, without continuity correction).
func wilson(k, n int64, level float64) Limits {
	if n == 0 {
		return Limits{0, 0, 1}
	}
	z, m := normal(level), float64(n)
	p := float64(k) / m
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	l := Limits{p, math.Max(0, centre-half), math.Min(1, centre+half)}
	if k == 0 {
		l.Lower = 0
	}
	if k == n {
		l.Upper = 1
	}
	return l
}

// newcombe is the hybrid score interval of the difference of two proportions, the first less the second (Newcombe 1998, Statistics in
// Medicine 17, 873–890, method 10).
func newcombe(k1, n1, k2, n2 int64, level float64) Limits {
	a, b := wilson(k1, n1, level), wilson(k2, n2, level)
	d := a.Value - b.Value
	return Limits{d, d - math.Hypot(a.Value-a.Lower, b.Upper-b.Value), d + math.Hypot(a.Upper-a.Value, b.Value-b.Lower)}
}
