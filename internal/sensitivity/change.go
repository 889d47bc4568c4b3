package sensitivity

import (
	"cmp"
	"slices"

	"darkfigure/estimators"
)

// changes asks of every specification whether N grew from the first period to the last and from each to the next: every method on the table as it is, and the
// method of the base on every version of it. The estimates of the periods are made apart, so that nothing is said here of chance.
func (r *run) changes() {
	if r.Period == "" {
		return
	}
	strata, err := r.whole.Stratify(r.Period)
	if err != nil {
		r.note("changes over %s are not shown: %s", r.Period, err)
		return
	}
	strata = slices.DeleteFunc(strata, func(s estimators.Stratum) bool { return s.Labels[0].Level == "" })
	if len(strata) < 2 {
		r.note("changes over %s are not shown: it has one level", r.Period)
		return
	}
	type specification struct {
		world
		method string
		sizes  []*estimators.Alternative // one for each period
	}
	var all []specification
	add := func(d world, method string, of func(t *estimators.Table) *estimators.Alternative) {
		s := specification{world: d, method: method}
		for _, x := range strata {
			s.sizes = append(s.sizes, of(x.Table))
		}
		all = append(all, s)
	}
	for _, c := range r.contenders() {
		if c.fits(r.table.K()) && !c.slow(r.table.K()) {
			add(world{about: estimators.AboutBase}, c.name, func(t *estimators.Table) *estimators.Alternative {
				return r.again(world{}, c.estimator, t)
			})
		}
	}
	if r.table.K() > 2 {
		for i, v := range versions(r.table) {
			add(v.world, r.found.Method, func(t *estimators.Table) *estimators.Alternative { return r.versionOf(versions(t)[i]) })
		}
	}
	r.after = append(r.after, func() {
		compare := func(i, j int) {
			c := estimators.ChangeOverPeriods{Covariate: r.Period, From: strata[i].Labels[0].Level, To: strata[j].Labels[0].Level}
			for at, s := range all {
				x := estimators.ChangeSpecification{About: s.about, Lists: s.lists, Method: s.method, Before: s.sizes[i].Population, After: s.sizes[j].Population}
				switch {
				case s.sizes[i].Status == estimators.Refused || s.sizes[j].Status == estimators.Refused || !(x.Before > 0):
					x = estimators.ChangeSpecification{About: s.about, Lists: s.lists, Method: s.method, Refused: true}
					c.Refused++
				default:
					x.Ratio = x.After / x.Before
					if x.Ratio > 1 {
						c.Up++
					} else if x.Ratio < 1 {
						c.Down++
					}
				}
				if at == 0 {
					c.Base = x
				}
				c.Specifications = append(c.Specifications, x)
			}
			slices.SortStableFunc(c.Specifications, func(a, b estimators.ChangeSpecification) int {
				if a.Refused != b.Refused {
					if a.Refused {
						return 1
					}
					return -1
				}
				return cmp.Compare(a.Ratio, b.Ratio)
			})
			r.out.Changes = append(r.out.Changes, c)
		}
		last := len(strata) - 1
		compare(0, last)
		for i := 0; i+1 <= last && last > 1; i++ {
			compare(i, i+1)
		}
	})
}
