package huggins

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/formula"

	"gonum.org/v1/gonum/stat/distuv"
)

// limits are those of n people seen out of a total with a standard error: N ± z·SE, cut at n; or n + n0/C to n + n0·C with C = exp(z·√log(1 + SE²/n0²)).
func limits(kind estimators.IntervalKind, level, n, total, se float64) estimators.Interval {
	z, hidden := distuv.UnitNormal.Quantile(0.5+level/2), total-n
	i := estimators.Interval{Kind: kind, Level: level, Lower: total - z*se, Upper: total + z*se}
	if kind == estimators.LogNormal {
		i.Lower, i.Upper = total, total
		if hidden > 0 {
			c := math.Exp(z * math.Sqrt(math.Log1p(se*se/(hidden*hidden))))
			i.Lower, i.Upper = n+hidden/c, n+hidden*c
		}
	}
	i.Lower = math.Max(i.Lower, n)
	i.Upper = math.Max(i.Upper, i.Lower)
	return i
}

// Totals are the estimated numbers of people by the levels of covariates, in natural order, without intervals, and their covariance: groups share coefficients, so
// that their estimates go up and down together. They add up to Population, and their covariances to the square of SE. Combinations that nobody seen has are left out.
func (f *Fit) Totals(by ...string) (estimators.Grouping, error) {
	l := f.likelihood
	g := estimators.Grouping{By: slices.Clone(by)}
	columns := make([]formula.Column, len(by))
	for j, name := range by {
		at := slices.Index(l.names, name)
		switch {
		case at < 0:
			return g, fmt.Errorf("there is no covariate %s", name)
		case slices.Contains(by[:j], name):
			return g, fmt.Errorf("the covariate %s is named twice", name)
		}
		values := make([]string, len(l.people))
		for i, p := range l.people {
			values[i] = p.Levels[at]
		}
		columns[j] = formula.NewColumn(name, values)
	}
	key := func(i int) []int {
		out := make([]int, len(columns))
		for j, c := range columns {
			out[j] = c.Index[i]
		}
		return out
	}
	var keys [][]int
	for i := range l.people {
		keys = append(keys, key(i))
	}
	slices.SortFunc(keys, slices.Compare[[]int])
	keys = slices.CompactFunc(keys, slices.Equal[[]int])
	parts := make([]likelihood, len(keys)) // the same likelihood, of some of the people
	for k := range parts {
		parts[k] = *l
		parts[k].people, parts[k].x = nil, nil
	}
	for i, p := range l.people {
		k, _ := slices.BinarySearchFunc(keys, key(i), slices.Compare[[]int])
		parts[k].people = append(parts[k].people, p)
		parts[k].x = append(parts[k].x, l.x[i*l.columns:(i+1)*l.columns]...)
	}
	theta := make([]float64, l.size)
	for i, c := range f.Coefficients {
		theta[i] = c.Estimate
	}
	sums := make([]horvitz, len(parts))
	for k := range parts {
		_, _, _, sums[k] = parts[k].derivatives(theta, false)
	}
	g.Covariance = make([][]float64, len(parts))
	for a := range parts {
		g.Covariance[a] = make([]float64, len(parts))
		for b := range parts {
			sum := 0.0
			for i := range l.size {
				for j := range l.size {
					sum += sums[a].gradient[i] * f.Covariance[i*l.size+j] * sums[b].gradient[j]
				}
			}
			if a == b {
				sum += sums[a].chance
			}
			g.Covariance[a][b] = sum
		}
		t := estimators.Subtotal{Population: sums[a].n, SE: math.Sqrt(g.Covariance[a][a])}
		for _, p := range parts[a].people {
			t.Observed += p.Count
		}
		t.Hidden = math.Max(0, t.Population-float64(t.Observed))
		t.Population = float64(t.Observed) + t.Hidden
		for j, c := range columns {
			t.Stratum = append(t.Stratum, estimators.Label{Name: by[j], Level: c.Levels[keys[a][j]]})
		}
		g.Totals = append(g.Totals, t)
	}
	return g, nil
}

// groups adds the totals of By, or of each factor of the formula.
func (h Huggins) groups(e *estimators.Estimate, f *Fit, kind estimators.IntervalKind) error {
	by := h.By
	if len(by) == 0 {
		for _, v := range f.likelihood.factors {
			by = append(by, []string{v.Name})
		}
	}
	for _, names := range by {
		g, err := f.Totals(names...)
		if err != nil {
			return err
		}
		for i := range g.Totals {
			t := &g.Totals[i]
			for _, level := range (estimators.Options{Levels: h.Levels}).LevelsOr95() {
				t.Intervals = append(t.Intervals, limits(kind, level, float64(t.Observed), t.Population, t.SE))
			}
		}
		e.Groups = append(e.Groups, g)
		var outside []string
		for _, n := range names {
			if !slices.Contains(h.Model.Formula.Names(), n) {
				outside = append(outside, n)
			}
		}
		if len(outside) > 0 {
			e.Warn(estimators.Warning{Code: "groups-alike", Text: fmt.Sprintf("the formula leaves out %s: people who differ in it only are taken to be seen with the same chances", strings.Join(outside, ", "))})
		}
	}
	return nil
}
