package truncated

import (
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Total is the estimated number of people of one kind.
type Total struct {
	Stratum    []estimators.Label // empty: everybody
	Observed   int64
	Population float64 // Σ 1/P(seen) over the people seen (Horvitz and Thompson)
	SE         float64
}

// Hidden is Population − Observed.
func (t Total) Hidden() float64 { return t.Population - float64(t.Observed) }

// Interval is the normal ([estimators.Wald]) or log-normal interval of a total: N ± z·SE, cut at the observed number; or
// n + n0/C to n + n0·C with C = exp(z·√log(1 + SE²/n0²)) (Chao 1987).
func (t Total) Interval(kind estimators.IntervalKind, level float64) (estimators.Interval, error) {
	if !(level > 0 && level < 1) {
		return estimators.Interval{}, fmt.Errorf("the level of an interval is %v, not between 0 and 1", level)
	}
	z, n := distuv.UnitNormal.Quantile(0.5+level/2), float64(t.Observed)
	i := estimators.Interval{Kind: kind, Level: level, Lower: t.Population, Upper: t.Population}
	switch kind {
	case estimators.Wald:
		i.Lower, i.Upper = math.Max(n, t.Population-z*t.SE), t.Population+z*t.SE
	case estimators.LogNormal:
		if t.Hidden() > 0 {
			c := math.Exp(z * math.Sqrt(math.Log1p(t.SE*t.SE/(t.Hidden()*t.Hidden()))))
			i.Lower, i.Upper = n+t.Hidden()/c, n+t.Hidden()*c
		}
	default:
		return i, fmt.Errorf("there is no %s interval of a total", kind)
	}
	i.Lower = math.Max(i.Lower, n)
	i.Upper = math.Max(i.Upper, i.Lower)
	return i, nil
}

// Population estimates how many people there are.
//
// The variance has two parts (van der Heijden and others 2003): g'Vg with the covariance V of the
// coefficients and g = ∂N/∂β, and the chance by which people are seen, Σ (1 − p)/p².
func (f *Fit) Population() Total {
	totals, _, _ := f.totals(1, func(int) int { return 0 })
	return totals[0]
}

// Totals are the estimated numbers of people by the levels of covariates, in natural order, and the covariance of these numbers: groups
// share coefficients, so that their estimates go up and down together. Combinations that nobody seen has are left out.
func (f *Fit) Totals(by ...string) (totals []Total, covariance [][]float64, err error) {
	of, keys, err := f.parts(by)
	if err != nil {
		return nil, nil, err
	}
	totals, covariance, _ = f.totals(len(keys), func(g int) int { return of[g] })
	for k := range totals {
		totals[k].Stratum = keys[k]
	}
	return totals, covariance, nil
}

// parts are the levels of covariates that somebody has, in natural order, and for each group of the data which of them it has.
func (f *Fit) parts(by []string) (of []int, labels [][]estimators.Label, err error) {
	columns := make([]int, len(by))
	for j, name := range by {
		columns[j] = slices.IndexFunc(f.data.names, func(n string) bool { return n == name })
		if columns[j] < 0 {
			return nil, nil, fmt.Errorf("there is no covariate %s", name)
		}
		if slices.Contains(by[:j], name) {
			return nil, nil, fmt.Errorf("the covariate %s is named twice", name)
		}
	}
	var keys [][]int
	of = make([]int, f.data.Groups())
	key := func(g int) []int {
		out := make([]int, len(columns))
		for j, c := range columns {
			out[j] = f.data.columns[c].Index[g]
		}
		return out
	}
	for g := range of {
		keys = append(keys, key(g))
	}
	slices.SortFunc(keys, slices.Compare[[]int])
	keys = slices.CompactFunc(keys, slices.Equal[[]int])
	for g := range of {
		of[g], _ = slices.BinarySearchFunc(keys, key(g), slices.Compare[[]int])
	}
	labels = make([][]estimators.Label, len(keys))
	for k := range labels {
		for j, c := range columns {
			labels[k] = append(labels[k], estimators.Label{Name: by[j], Level: f.data.columns[c].Levels[keys[k][j]]})
		}
	}
	return of, labels, nil
}

// totals adds people up by the part of groups; gradient holds the derivatives of each total by the coefficients.
func (f *Fit) totals(parts int, part func(g int) int) (out []Total, covariance [][]float64, gradient []float64) {
	size := len(f.beta)
	out = make([]Total, parts)
	gradient = make([]float64, parts*size)
	chance := make([]float64, parts)
	p := f.problem
	var eta [3]float64
	var at point
	for g := range p.groups {
		k := part(g)
		p.predict(g, f.beta, &eta)
		p.family.at(&eta, &at)
		for i := p.start[g]; i < p.start[g+1]; i++ {
			c := p.counts[i]
			out[k].Observed += int64(c)
			if !p.family.counts(p.captures[i]) {
				out[k].Population += c
				continue
			}
			weight := at.population()
			out[k].Population += c * weight.v
			chance[k] += c * at.sampling()
			offset := 0
			for j, n := range p.columns {
				for a, x := range p.x[j][g*n : (g+1)*n] {
					gradient[k*size+offset+a] += c * x * weight.g[j]
				}
				offset += n
			}
		}
	}
	covariance = make([][]float64, parts)
	for a := range covariance {
		covariance[a] = make([]float64, parts)
		for b := range parts {
			sum := 0.0
			for i := range size {
				for j := range size {
					sum += gradient[a*size+i] * f.Covariance[i*size+j] * gradient[b*size+j]
				}
			}
			if a == b {
				sum += chance[a]
			}
			covariance[a][b] = sum
		}
		out[a].SE = math.Sqrt(covariance[a][a])
	}
	return out, covariance, gradient
}

// population is the estimate alone, of a problem with other counts at other coefficients; each is filled with the people of each group.
func (p *problem) population(beta, each []float64) float64 {
	var eta [3]float64
	var at point
	sum := 0.0
	for g := range p.groups {
		each[g] = 0
		if p.start[g] == p.start[g+1] {
			continue
		}
		p.predict(g, beta, &eta)
		p.family.at(&eta, &at)
		weight := at.population().v
		for i := p.start[g]; i < p.start[g+1]; i++ {
			if p.family.counts(p.captures[i]) {
				each[g] += p.counts[i] * weight
			} else {
				each[g] += p.counts[i]
			}
		}
		sum += each[g]
	}
	return sum
}
