package sensitivity

import (
	"cmp"
	"context"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// ConsistencyLeast is the number of people on a list who are on another list too from which on the list counts in the scores (Binette and
// Steorts 2022: at least 30 observed).
const ConsistencyLeast = 30

// conditioned is the table of the people on list j, by the other lists: those on j alone are now seen by none, and the size of the population is known.
func conditioned(t *estimators.Table, j int) (table *estimators.Table, known int64) {
	bit := estimators.Pattern(1) << uint(j)
	v := without(t, j) // for the names and the mapping
	zero := map[estimators.Pattern]bool{}
	for _, p := range t.StructuralZeros() {
		zero[p] = true
	}
	var cells []estimators.Cell
	for p, n := range t.Counts() {
		q := estimators.Pattern(p)
		if !q.Has(j) {
			continue
		}
		known += n
		if q == bit {
			continue
		}
		if zero[q] || n > 0 {
			cells = append(cells, estimators.Cell{Pattern: v.project(q), Count: n, StructuralZero: zero[q]})
		}
	}
	table, err := estimators.NewTable(v.table.Lists(), nil, cells)
	if err != nil {
		panic("sensitivity: a valid table gave an invalid one: " + err.Error())
	}
	return table, known
}

// A contender is a method that is put to the test.
type contender struct {
	name      string
	estimator estimators.Estimator
	least     int // lists
	most      int // 0: no limit
}

// contenders are the base and the other methods, once each.
func (r *run) contenders() []contender {
	out := []contender{{name: r.found.Method, estimator: r.Estimator, least: 2}}
	for _, m := range r.Methods {
		if m.Name == r.found.Method {
			out[0].least, out[0].most = m.MinLists, m.MaxLists
			continue
		}
		e := r.plain(m.New(estimators.Options{Levels: []float64{r.Level}, Seed: r.Seed, Workers: 1}), r.table.K())
		out = append(out, contender{m.Name, e, m.MinLists, m.MaxLists})
	}
	return out
}

// slow reports whether a method takes as long as all others together: it draws chains, or searches models of many lists exactly. It is asked of the
// table as it is, not of every version of it.
func (c contender) slow(k int) bool {
	if _, ok := c.estimator.(loglinear.ThresholdBayes); ok {
		return true
	}
	l, ok := c.estimator.(loglinear.LogLinear)
	return ok && k > tiedLists && l.Model == nil && !l.Firth && l.Heterogeneity == "" && (l.Averaged || l.Select != loglinear.Stepwise)
}

// tooSlow reports whether a method is not even asked of the table as it is, which would take longer than all the rest.
func (c contender) tooSlow(k int) bool { return k > crossedLists && c.slow(k) }

func (c contender) fits(k int) bool { return k >= c.least && (c.most == 0 || k <= c.most) }

// consistency lets every method estimate the size of every list, which is known.
func (r *run) consistency() {
	k := r.table.K()
	if k < 3 {
		r.note("internal consistency needs three lists: the people on one are estimated from the others")
		return
	}
	var checks []*estimators.ConsistencyCheck
	for _, c := range r.contenders() {
		if !c.fits(k - 1) {
			continue
		}
		if c.slow(k) {
			if !c.tooSlow(k) { // of those the multiverse tells
				r.note("%s, which takes long, is asked of the table as it is and nothing else", r.title(c.name))
			}
			continue
		}
		for j, list := range r.table.Lists() {
			table, known := conditioned(r.table, j)
			checks = append(checks, r.check(c, list, table, known, selecting(estimators.FullPattern(k)&^(1<<uint(j)))))
		}
	}
	r.after = append(r.after, func() {
		x := &estimators.Consistency{Least: ConsistencyLeast}
		for _, c := range checks {
			x.Checks = append(x.Checks, *c)
		}
		x.Scores = scores(x.Checks, ConsistencyLeast)
		r.untested(x)
		r.out.Consistency = x
	})
}

// untested says why no method has a score.
func (r *run) untested(x *estimators.Consistency) {
	if slices.ContainsFunc(x.Scores, func(s estimators.ConsistencyScore) bool { return s.Lists > 0 }) {
		return
	}
	var most int64
	list := ""
	for _, c := range x.Checks {
		if c.Found.Observed > most {
			most, list = c.Found.Observed, c.List
		}
	}
	if list != "" && most < x.Least {
		r.note("no list puts the methods to the test: fewer than %d of the people on each are on another list too (at most %d, of %s)", x.Least, most, list)
		return
	}
	r.note("no method is put to the test: none has an estimate of the size of a list")
}

func (r *run) check(c contender, list string, table *estimators.Table, known int64, project func(estimators.Pattern) estimators.Pattern) *estimators.ConsistencyCheck {
	out := &estimators.ConsistencyCheck{List: list, Known: known}
	d := world{about: "consistency", lists: []string{list}}
	e, err := over(c.estimator, table.K(), project)
	if err != nil {
		out.Found = refused(d, c.name, table.Observed(), estimators.Refuse("not-identifiable", "%s", err))
		return out
	}
	r.jobs = append(r.jobs, func(ctx context.Context) error {
		est, err := estimators.Run(ctx, e, table)
		if err != nil {
			return err
		}
		out.Found = r.alternative(d, est)
		out.Found.Influence = 0 // it is of another population
		if known > 0 && out.Found.Population > 0 {
			out.LRB = math.Log(out.Found.Population / float64(known))
		}
		return nil
	})
	return out
}

// scores sums the checks up by method. Lists of which fewer than least people are on another list do not count. Where the interval ends is judged strictly, as in the
// publication: a limit that equals the known size does not contain it, except where both do.
func scores(checks []estimators.ConsistencyCheck, least int64) (out []estimators.ConsistencyScore) {
	var order []string
	of := map[string][]estimators.ConsistencyCheck{}
	for _, c := range checks {
		if c.Found.Observed < least {
			continue
		}
		if of[c.Found.Method] == nil {
			order = append(order, c.Found.Method)
		}
		of[c.Found.Method] = append(of[c.Found.Method], c)
	}
	for _, m := range order {
		s := estimators.ConsistencyScore{Method: m}
		var x []float64
		for _, c := range of[m] {
			if c.Found.Status == estimators.Refused {
				s.Refused++
				continue
			}
			x = append(x, c.LRB)
			i, ok := c.Found.Interval()
			if !ok {
				continue
			}
			s.Intervals++
			below, above := i.Lower < float64(c.Known), i.Upper > float64(c.Known)
			if i.Lower == float64(c.Known) && i.Upper == i.Lower {
				below, above = true, true
			}
			if below {
				s.Above++
			}
			if above {
				s.Below++
			}
			if below && above {
				s.Coverage++
			}
		}
		if s.Lists = len(x); s.Lists > 0 {
			sum, squares := 0.0, 0.0
			for _, v := range x {
				sum += v
				squares += v * v
			}
			n := float64(s.Lists)
			s.Mean, s.RMSE, s.Median = sum/n, math.Sqrt(squares/n), median(x)
			if s.Lists > 1 {
				variance := 0.0
				for _, v := range x {
					variance += (v - s.Mean) * (v - s.Mean)
				}
				s.SD = math.Sqrt(variance / (n - 1))
			}
		}
		if n := float64(s.Intervals); n > 0 {
			s.Coverage, s.Above, s.Below = s.Coverage/n, s.Above/n, s.Below/n
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b estimators.ConsistencyScore) int {
		if a.Lists == 0 || b.Lists == 0 {
			return cmp.Compare(b.Lists, a.Lists)
		}
		if c := cmp.Compare(a.RMSE, b.RMSE); c != 0 {
			return c
		}
		return cmp.Compare(a.Method, b.Method)
	})
	return out
}
