package sensitivity

import (
	"cmp"
	"slices"
	"strings"

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
	for _, s := range strata {
		if absent := names(s.Table, estimators.FullPattern(r.table.K())&^ran(s.Table)); len(absent) > 0 {
			list := strings.Join(absent, ", ")
			r.note("%s could hold nobody where %s is %s: there the other lists alone are used, and changes from or to it are also those of the lists (without %[1]s compares the same lists)", list, r.Period, s.Labels[0].Level)
		}
	}
	for _, c := range r.contenders() {
		if c.fits(r.table.K()) && !c.slow(r.table.K()) {
			add(world{about: estimators.AboutBase}, c.name, func(t *estimators.Table) *estimators.Alternative {
				return r.whereRan(c, version{table: t, project: func(p estimators.Pattern) estimators.Pattern { return p }})
			})
		}
	}
	if r.table.K() > 2 {
		for i, v := range versions(r.table) {
			add(v.world, r.found.Method, func(t *estimators.Table) *estimators.Alternative {
				return r.whereRan(r.contenders()[0], versions(t)[i])
			})
		}
	}
	r.after = append(r.after, func() {
		compare := func(i, j int) {
			c := estimators.ChangeOverPeriods{Covariate: r.Period, From: strata[i].Labels[0].Level, To: strata[j].Labels[0].Level}
			for at, s := range all {
				x := estimators.ChangeSpecification{About: s.about, Lists: s.lists, Method: s.method, Before: s.sizes[i].Population, After: s.sizes[j].Population}
				switch {
				case s.sizes[i].Status == estimators.Refused || s.sizes[j].Status == estimators.Refused || !(x.Before > 0):
					x = estimators.ChangeSpecification{About: s.about, Lists: s.lists, Method: s.method, Refused: true, Reason: s.sizes[i].Reason}
					if x.Reason == nil {
						x.Reason = s.sizes[j].Reason
					}
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

// ran are the lists that could hold somebody: the others did not run there, and all their patterns are impossible by design.
func ran(t *estimators.Table) (out estimators.Pattern) {
	all := estimators.FullPattern(t.K())
	impossible := map[estimators.Pattern]bool{}
	for _, p := range t.StructuralZeros() {
		impossible[p] = true
	}
	if len(impossible) == 0 {
		return all
	}
	for p := estimators.Pattern(1); p <= all; p++ {
		if !impossible[p] {
			out |= p
		}
	}
	return out
}

// whereRan lets a method estimate from a version of the lists of one period, by those that ran in it.
func (r *run) whereRan(c contender, v version) *estimators.Alternative {
	if keep := ran(v.table); keep != estimators.FullPattern(v.table.K()) && keep != 0 {
		inner, of := v.project, selecting(keep)
		v.table, v.project = v.table.Keep(keep), func(p estimators.Pattern) estimators.Pattern { return of(inner(p)) }
	}
	why := estimators.Refuse("too-few-lists", "%d lists ran there", v.table.K())
	if c.fits(v.table.K()) {
		e, err := over(c.estimator, v.table.K(), v.project)
		if err == nil {
			return r.again(v.world, e, v.table)
		}
		why = estimators.Refuse("not-identifiable", "%s", err)
	}
	a := refused(v.world, c.name, v.table.Observed(), why)
	return &a
}
