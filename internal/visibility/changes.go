package visibility

import (
	"math"
	"slices"
	"strconv"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// normal is the two-sided quantile of the standard normal distribution, 1.96 for 0.95.
func normal(level float64) float64 { return math.Sqrt2 * math.Erfinv(level) }

// timeless are the rows without a period of which each period has a row too.
func (m *maker) timeless(years []string) []Row {
	if len(years) < 2 {
		return nil
	}
	var out []Row
	for _, g := range m.Rows {
		if !slices.ContainsFunc(g.Stratum, func(l estimators.Label) bool { return l.Name == m.Year }) {
			out = append(out, g)
		}
	}
	return out
}

// in is the row of a group in one period.
func (r *Result) in(g Row, year string) *Row {
	return r.row(append(slices.Clone(g.Stratum), estimators.Label{Name: r.Year, Level: year}))
}

// changes compares each period with the one before.
func (m *maker) changes(years []string) {
	for _, g := range m.timeless(years) {
		for k := 1; k < len(years); k++ {
			m.change(g.Stratum, m.in(g, years[k-1]), m.in(g, years[k]))
		}
		if len(years) > 2 {
			m.change(g.Stratum, m.in(g, years[0]), m.in(g, years[len(years)-1]))
		}
	}
}

func (m *maker) change(stratum []estimators.Label, a, b *Row) {
	if a == nil || b == nil || m.Lengths != nil && m.Lengths[a.Period] != m.Lengths[b.Period] {
		return
	}
	add := func(what string, l Limits) {
		c := Change{Stratum: stratum, What: what, From: a.Period, To: b.Period, Ratio: l}
		if c.Equal = what != Observed && m.equal(l, 1); c.Equal {
			c.Ratio = Limits{1, 1, 1}
		}
		c.Beyond = c.Ratio.Lower > 1 || c.Ratio.Upper < 1
		m.Changes = append(m.Changes, c)
	}
	if a.Observed > 0 && b.Observed > 0 {
		add(Observed, countRatio(b.Observed, a.Observed, m.Level))
	}
	if a.Status == estimators.Refused || b.Status == estimators.Refused || a.Population <= 0 || b.Population <= 0 {
		return
	}
	popA, seenA := m.sums(a)
	popB, seenB := m.sums(b)
	low, high := ratios(popB, popA)
	l := percentiles(low, high, m.Level)
	l.Value = b.Population / a.Population
	add(Population, l)
	low, high = differences(popB, popA)
	d := percentiles(low, high, m.Level)
	d.Value = b.Population - a.Population
	m.Changes[len(m.Changes)-1].Difference = &d
	if a.Observed == 0 || b.Observed == 0 {
		return
	}
	// n_b/N_b over n_a/N_a.
	for r := range popA {
		popA[r] /= seenA[r]
		popB[r] /= seenB[r]
	}
	low, high = ratios(popA, popB)
	model, replicates := m.alike(stratum)
	for r, alike := range replicates {
		if alike {
			low[r], high[r] = 1, 1
		}
	}
	l = percentiles(low, high, m.Level)
	if l.Value = b.Visibility.Value / a.Visibility.Value; model {
		l.Value = 1
	}
	add(Visibility, l)
}

// equal reports whether limits are those of a number that a model of all groups holds at a value.
func (m *maker) equal(l Limits, value float64) bool {
	at := func(x float64) bool { return math.Abs(x-value) < 1e-9 }
	return m.Model != "" && at(l.Value) && at(l.Lower) && at(l.Upper)
}

// alike reports whether the model of all groups has nothing by which people are more or less likely to be seen in one period than in another. The
// shares in view may differ a little all the same, where the periods are not fitted one by one.
func (m *maker) alike(stratum []estimators.Label) (model bool, replicates []bool) {
	if m.b.Chances == nil {
		return false, make([]bool, len(m.b.Hidden))
	}
	var given []string
	for _, l := range stratum {
		given = append(given, l.Name)
	}
	return m.b.Chances.Alike(m.Year, given)
}

// countRatio is the ratio of two Poisson counts with the interval of the share of the first among both (Wilson 1927).
func countRatio(b, a int64, level float64) Limits {
	w := wilson(b, a+b, level)
	odds := func(p float64) float64 {
		if p >= 1 {
			return math.Inf(1)
		}
		return p / (1 - p)
	}
	return Limits{float64(b) / float64(a), odds(w.Lower), odds(w.Upper)}
}

// ratios of replicates. Where neither number is known the ratio can be anything: it is 0 for the lower limit and +Inf for the upper one.
func ratios(top, bottom []float64) (low, high []float64) {
	low, high = make([]float64, len(top)), make([]float64, len(top))
	for r := range top {
		t, b := top[r], bottom[r]
		switch x := t / b; {
		case math.IsNaN(x):
			high[r] = math.Inf(1)
		default:
			low[r], high[r] = x, x
		}
	}
	return low, high
}

// differences of replicates. Where neither number is known the difference can be anything.
func differences(b, a []float64) (low, high []float64) {
	low, high = make([]float64, len(b)), make([]float64, len(b))
	for r := range b {
		low[r], high[r] = b[r]-a[r], b[r]-a[r]
		if math.IsNaN(low[r]) {
			low[r], high[r] = math.Inf(-1), math.Inf(1)
		}
	}
	return low, high
}

// trends fits a line through the logarithms of the years of a group.
func (m *maker) trends(years []string) {
	if len(years) < 3 || m.Lengths != nil {
		return
	}
	x := make([]float64, len(years))
	for k, y := range years {
		v, err := strconv.ParseFloat(y, 64)
		if from, to, ok := yearsOf(y); ok {
			v, err = float64(from+to)/2, nil
		}
		if err != nil {
			return // quarters and months have seasons
		}
		x[k] = v
	}
	for _, g := range m.timeless(years) {
		rows := make([]*Row, len(years))
		var reason, period string
		for k, y := range years {
			rows[k] = m.in(g, y)
			switch {
			case reason != "":
			case rows[k] == nil, rows[k].Observed == 0:
				reason, period = NobodySeen, y
			case rows[k].Status == estimators.Refused, !(rows[k].Population > 0):
				reason, period = NoEstimate, y
			}
		}
		for _, what := range []string{Population, Visibility} {
			if reason != "" {
				m.LeftOut = append(m.LeftOut, LeftOut{Stratum: g.Stratum, What: what, Reason: reason, Period: period})
				continue
			}
			point := make([]float64, len(years))
			replicates := make([][]float64, len(years))
			for k, row := range rows {
				population, observed := m.sums(row)
				point[k] = math.Log(row.Population)
				if what == Visibility {
					point[k] = math.Log(row.Visibility.Value)
				}
				for r := range population {
					if what == Visibility {
						population[r] = math.Log(observed[r] / population[r])
					} else {
						population[r] = math.Log(population[r])
					}
				}
				replicates[k] = population
			}
			level, flat := false, make([]bool, len(m.b.Hidden))
			if what == Visibility {
				level, flat = m.alike(g.Stratum)
			}
			t, out := line(x, point, replicates, level, flat, m.Level)
			if out.Reason != "" {
				out.Stratum, out.What = g.Stratum, what
				if out.Reason == SameReplicates {
					out.Period = years[out.at]
				}
				m.LeftOut = append(m.LeftOut, out)
				continue
			}
			t.Stratum, t.What, t.Years = g.Stratum, what, len(years)
			if t.Equal = m.equal(t.PerYear, 1); t.Equal {
				t.PerYear, t.Beyond = Limits{1, 1, 1}, false
			}
			m.Trends = append(m.Trends, t)
		}
	}
}

// mostWithout is the largest share of replicates without an estimate with which there is a trend.
const mostWithout = 0.05

// line is the weighted line through points, each weighted by the inverse variance of its replicates, and the same line through every
// replicate. A replicate without an estimate of some year takes no part in the weights, and counts at both ends of the interval.
// out has a reason when there are too many of them, or when the replicates of a year, whose index is kept in out.at, are all alike.
// The lines that are said to be flat are, whatever their points.
func line(x, point []float64, replicates [][]float64, model bool, flat []bool, level float64) (t Trend, out LeftOut) {
	var with []int
	for r := range replicates[0] {
		if !slices.ContainsFunc(replicates, func(reps []float64) bool { return math.IsInf(reps[r], 0) || math.IsNaN(reps[r]) }) {
			with = append(with, r)
		}
	}
	n := len(replicates[0])
	t.Without = n - len(with)
	if float64(t.Without) > mostWithout*float64(n) {
		return t, LeftOut{Reason: FewReplicates, Without: t.Without}
	}
	weight := make([]float64, len(x))
	sumW, mean := 0.0, 0.0
	for k, reps := range replicates {
		var known []float64
		for _, r := range with {
			known = append(known, reps[r])
		}
		v := resample.NormalVariance(known)
		if !(v > 0) {
			return t, LeftOut{Reason: SameReplicates, at: k}
		}
		weight[k] = 1 / v
		sumW += weight[k]
		mean += weight[k] * x[k]
	}
	mean /= sumW
	sxx := 0.0
	for k := range x {
		sxx += weight[k] * (x[k] - mean) * (x[k] - mean)
	}
	slope := func(y func(k int) float64) float64 {
		sxy := 0.0
		for k := range x {
			sxy += weight[k] * (x[k] - mean) * y(k)
		}
		return sxy / sxx
	}
	b := 0.0
	if !model {
		b = slope(func(k int) float64 { return point[k] })
	}
	level0 := 0.0
	for k := range x {
		level0 += weight[k] * point[k] / sumW
	}
	q := 0.0
	for k := range x {
		d := point[k] - level0 - b*(x[k]-mean)
		q += weight[k] * d * d
	}
	t.Overdispersion = math.Max(1, q/float64(len(x)-2))
	least, most := make([]float64, n), make([]float64, n)
	for r := range n {
		least[r], most[r] = math.Inf(-1), math.Inf(1)
	}
	for _, r := range with {
		least[r], most[r] = 0, 0
		if !flat[r] {
			least[r] = slope(func(k int) float64 { return replicates[k][r] })
			most[r] = least[r]
		}
	}
	l := percentiles(least, most, level)
	wide := math.Sqrt(t.Overdispersion)
	t.PerYear = Limits{math.Exp(b), math.Exp(b - wide*math.Max(b-l.Lower, 0)), math.Exp(b + wide*math.Max(l.Upper-b, 0))}
	t.Beyond = t.PerYear.Lower > 1 || t.PerYear.Upper < 1
	return t, out
}
