package sensitivity

import (
	"context"
	"fmt"
	"math"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// A crossed is a table of two lists, each of which records a covariate that the other does not: X1 is known of everybody
// on A, X2 of everybody on B. The largest model in which N is determined is [A·X2][X1·X2][B·X1]: the odds
// ratios of A and B, of A and X1, and of B and X2, given the rest, are taken to be 1, and no data can show that they are
// (van der Heijden, Smith, Cruyff and Bakker 2018, Journal of Official Statistics 34:239).
type crossed struct {
	lists    []string
	names    [2]string // of X1 and X2
	levels   [2][]string
	both     [][]float64 // by level of X1 and of X2
	onlyA    []float64   // by level of X1
	onlyB    []float64   // by level of X2
	n        float64
	twoByTwo bool
}

// crossedOf reads a table of two lists and two covariates; which covariate is whose follows from where it is missing.
func crossedOf(t *estimators.Table) (*crossed, error) {
	covariates := t.Covariates()
	if t.K() != 2 || len(covariates) != 2 {
		return nil, estimators.Refuse("not-two-lists", "the table has %d lists and %d covariates; this assumption is about two lists, each with a covariate of its own", t.K(), len(covariates))
	}
	for _, swap := range []bool{false, true} {
		first := 0
		if swap {
			first = 1
		}
		if d := crossedAs(t, first); d != nil {
			for k := range d.both {
				for l, y := range d.both[k] {
					if y == 0 {
						return nil, estimators.Refuse("no-overlap", "nobody with %s %s and %s %s is on both lists, so that the hidden people of that kind cannot be estimated",
							d.names[0], d.levels[0][k], d.names[1], d.levels[1][l])
					}
				}
			}
			return d, nil
		}
	}
	return nil, estimators.Refuse("not-identifiable", "neither %s nor %s is known of everybody on one list and nobody else", covariates[0].Name, covariates[1].Name)
}

// crossedAs reads the table with the covariate of this index as that of list A; nil when it is not.
func crossedAs(t *estimators.Table, first int) *crossed {
	covariates := t.Covariates()
	d := &crossed{lists: t.Lists(), n: float64(t.Observed())}
	var index [2]map[string]int
	for i, c := range []estimators.Covariate{covariates[first], covariates[1-first]} {
		d.names[i] = c.Name
		index[i] = map[string]int{}
		for _, level := range c.Levels {
			if level != "" {
				index[i][level] = len(d.levels[i])
				d.levels[i] = append(d.levels[i], level)
			}
		}
	}
	d.both = make([][]float64, len(d.levels[0]))
	for k := range d.both {
		d.both[k] = make([]float64, len(d.levels[1]))
	}
	d.onlyA, d.onlyB = make([]float64, len(d.levels[0])), make([]float64, len(d.levels[1]))
	d.twoByTwo = len(d.onlyA) == 2 && len(d.onlyB) == 2
	for _, c := range t.Cells() {
		if c.Count == 0 && !c.StructuralZero {
			continue
		}
		x1, x2 := c.Levels[first], c.Levels[1-first]
		k, knows1 := index[0][x1]
		l, knows2 := index[1][x2]
		y := float64(c.Count)
		switch {
		case c.StructuralZero:
			return nil
		case c.Pattern == 0b11 && knows1 && knows2:
			d.both[k][l] += y
		case c.Pattern == 0b01 && knows1 && !knows2:
			d.onlyA[k] += y
		case c.Pattern == 0b10 && !knows1 && knows2:
			d.onlyB[l] += y
		default:
			return nil
		}
	}
	return d
}

// odds are the odds ratios that the model takes to be 1: of A and B, and of A and B with the second level of the covariate that each
// records, given the rest.
type odds struct{ ab, ax1, bx2 float64 }

// hidden is the number of people on neither list, and the variance of its logarithm, for odds ratios that are known. People on
// both are fitted by their own counts; those on A only, whose X2 is unknown, are divided over its levels as those on
// both are, with weights 1/θ for the second level where θ is the odds ratio of B and X2; likewise those on B only; and m00 = θ·m10·m01/m11 in
// every cell. As one formula, with R and C the weighted margins of the people on both,
//
//	m00(k,l) = θ_AB · n11(k,l)·w(l)·v(k)·n10(k)·n01(l) / (R(k)·C(l)).
func (d *crossed) hidden(o odds) (total, logVariance float64) {
	w := func(l int) float64 {
		if l == 1 {
			return 1 / o.bx2
		}
		return 1
	}
	v := func(k int) float64 {
		if k == 1 {
			return 1 / o.ax1
		}
		return 1
	}
	row, column := make([]float64, len(d.onlyA)), make([]float64, len(d.onlyB))
	for k := range d.both {
		for l, y := range d.both[k] {
			row[k] += y * w(l)
			column[l] += y * v(k)
		}
	}
	byRow, byColumn := make([]float64, len(row)), make([]float64, len(column))
	cells := make([][]float64, len(row))
	for k := range d.both {
		cells[k] = make([]float64, len(column))
		for l, y := range d.both[k] {
			f := o.ab * y * w(l) * v(k) * (d.onlyA[k] / row[k]) * (d.onlyB[l] / column[l])
			cells[k][l] = f
			byRow[k] += f
			byColumn[l] += f
			total += f
		}
	}
	// The delta method: the derivative of the logarithm of the total by every count, squared, times the count.
	add := func(count, derivative float64) {
		if count > 0 {
			logVariance += count * (derivative / total) * (derivative / total)
		}
	}
	for k, y := range d.onlyA {
		add(y, byRow[k]/math.Max(y, 1))
	}
	for l, y := range d.onlyB {
		add(y, byColumn[l]/math.Max(y, 1))
	}
	for k := range d.both {
		for l, y := range d.both[k] {
			add(y, cells[k][l]/y-w(l)*byRow[k]/row[k]-v(k)*byColumn[l]/column[l])
		}
	}
	return total, logVariance
}

// Covariates varies what is assumed where two lists each record a covariate that the other does not: the odds ratio of
// the lists, and, for covariates of two levels, those of each list with the covariate that it records itself (the second level against the
// first). Intervals are log-normal, with the variance of the delta method.
func Covariates(ctx context.Context, t *estimators.Table, o Options) ([]*Curve, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	d, err := crossedOf(t)
	if err != nil {
		c, err := (&Curve{Assumption: "covariate", Name: "odds ratios of two lists with covariates", Lists: t.Lists(), Parameter: "odds ratio", Unit: "ratio", Kind: estimators.LogNormal}).refused(err)
		return []*Curve{c}, err
	}
	type varied struct {
		of            []string
		name, meaning string
		set           func(v float64) odds
	}
	all := []varied{{d.lists,
		"odds ratio of " + d.lists[0] + " and " + d.lists[1],
		fmt.Sprintf("At an odds ratio of 2 being on %s doubles the odds of being on %s among people alike in %s and %s.", d.lists[0], d.lists[1], d.names[0], d.names[1]),
		func(v float64) odds { return odds{v, 1, 1} },
	}}
	if d.twoByTwo {
		all = append(all,
			varied{[]string{d.lists[0], d.names[0]}, "odds ratio of " + d.lists[0] + " and " + d.names[0],
				fmt.Sprintf("At an odds ratio of 2 people with %s %s have twice the odds of being on %s that others have, given %s.", d.names[0], d.levels[0][1], d.lists[0], d.names[1]),
				func(v float64) odds { return odds{1, v, 1} }},
			varied{[]string{d.lists[1], d.names[1]}, "odds ratio of " + d.lists[1] + " and " + d.names[1],
				fmt.Sprintf("At an odds ratio of 2 people with %s %s have twice the odds of being on %s that others have, given %s.", d.names[1], d.levels[1][1], d.lists[1], d.names[0]),
				func(v float64) odds { return odds{1, 1, v} }})
	}
	model := fmt.Sprintf("[%s*%s,%s*%s,%s*%s]", d.lists[0], d.names[1], d.names[0], d.names[1], d.lists[1], d.names[0])
	var out []*Curve
	for _, x := range all {
		c := &Curve{Assumption: "covariate", Lists: x.of, Name: x.name, Parameter: "odds ratio", Unit: "ratio", Kind: estimators.LogNormal, Model: model, Meaning: x.meaning}
		c, err := o.draw(ctx, c, assumption{n: d.n, base: 1, accuracy: exact, at: func(_ context.Context, v float64) (law, error) {
			f, variance := d.hidden(x.set(v))
			if !(f > 0) {
				return law{}, estimators.Refuse("saturated", "one of the lists holds nobody whom the other does not, so that nobody is hidden")
			}
			se := math.Sqrt(f + f*f*variance)
			i := loglinear.LogNormal(d.n, f, se, o.level())
			return law{hidden: f, lower: i.Lower, upper: i.Upper, model: model}, nil
		}})
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
