package sensitivity

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// changes asks of every specification whether N grew from the first period to the last and from each to the next: every method on the table as it is, every
// near-tied model of it, held, and the method of the base on every version of it. As among the alternatives, methods whose suppositions the data reject and lower bounds are not
// counted. The estimates of the periods are made apart, so that nothing is said here of chance.
func (r *run) changes() {
	if r.Period == "" {
		return
	}
	strata, err := r.whole.Stratify(r.Period)
	if err != nil {
		r.note("changes over %s are not shown: %s", r.Period, err)
		return
	}
	strata = slices.DeleteFunc(strata, func(s estimators.Stratum) bool {
		unknown := s.Labels[0].Level == ""
		if unknown {
			r.note("people whose %s is not known are in no period (%s)", r.Period, estimators.People(float64(s.Table.Observed())))
		}
		return unknown
	})
	if len(strata) < 2 {
		r.note("changes over %s are not shown: it has one level", r.Period)
		return
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
				return r.whereRan(c, asItIs(t))
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
	var tied []specification
	if l, ok := r.searchesTied(); ok {
		r.jobs = append(r.jobs, func(ctx context.Context) (err error) {
			tied, err = r.tiedInPeriods(ctx, l, strata)
			return err
		})
	}
	r.after = append(r.after, func() {
		all = append(all, tied...)
		against := map[string]bool{} // methods that the data reject for all periods together
		for _, a := range r.out.Alternatives {
			if a.About == estimators.AboutMethod && a.Against != "" {
				against[a.Method] = true
			}
		}
		last := len(strata) - 1
		compare := func(i, j int) {
			r.out.Changes = append(r.out.Changes, r.compare(all, against, i, j, estimators.ChangeOverPeriods{Covariate: r.Period, From: strata[i].Labels[0].Level, To: strata[j].Labels[0].Level}))
		}
		compare(0, last)
		for i := 0; i+1 <= last && last > 1; i++ {
			compare(i, i+1)
		}
	})
}

// A specification is one way to estimate every period.
type specification struct {
	world
	method, model string                    // the model when it is held
	sizes         []*estimators.Alternative // one for each period
}

// tiedInPeriods holds each of the models that fit the whole table about as well as that of the base, and estimates every period by it.
func (r *run) tiedInPeriods(ctx context.Context, l loglinear.LogLinear, strata []estimators.Stratum) (out []specification, err error) {
	var models []estimators.Alternative
	if err := r.nearTied(ctx, asItIs(r.table), l, &models); err != nil {
		return nil, err
	}
	for _, m := range models {
		if m.Model == r.base.Model {
			continue
		}
		held, err := loglinear.ParseModel(m.Model, r.table.Lists())
		if err != nil {
			return nil, err
		}
		l.Model = &held
		s := specification{world: world{about: estimators.AboutModel}, method: r.found.Method, model: m.Model}
		for _, x := range strata {
			e, t, why := r.ofThoseThatRan(contender{name: r.found.Method, estimator: l, least: 2}, asItIs(x.Table))
			a := refused(s.world, r.found.Method, t.Observed(), why)
			if why == nil {
				found, err := estimators.Run(ctx, e, t)
				if err != nil {
					return nil, err
				}
				a = r.alternative(s.world, found)
			}
			s.sizes = append(s.sizes, &a)
		}
		out = append(out, s)
	}
	return out, nil
}

// compare counts the specifications by which N grew from period i to period j. The first is the base.
func (r *run) compare(all []specification, against map[string]bool, i, j int, c estimators.ChangeOverPeriods) estimators.ChangeOverPeriods {
	base := all[0]
	rejected := func(s specification) bool {
		if fewerThan(*s.sizes[i], base.sizes[i].Observed) || fewerThan(*s.sizes[j], base.sizes[j].Observed) {
			return true
		}
		if s.about != estimators.AboutBase || s.method == base.method || r.base.Against != "" {
			return false
		}
		return against[s.method] || s.sizes[i].Against != "" && base.sizes[i].Against == "" || s.sizes[j].Against != "" && base.sizes[j].Against == ""
	}
	for at, s := range all {
		before, after := *s.sizes[i], *s.sizes[j]
		x := estimators.ChangeSpecification{About: s.about, Lists: s.lists, Method: s.method, Model: s.model}
		switch {
		case before.Status == estimators.Refused || after.Status == estimators.Refused || !(before.Population > 0):
			x.Refused, x.Reason = true, before.Reason
			if x.Reason == nil {
				x.Reason = after.Reason
			}
			c.Refused++
		default:
			x.Before, x.After, x.Ratio = before.Population, after.Population, after.Population/before.Population
			switch {
			case rejected(s):
				x.Rejected = true
				c.Rejected++
			case !r.comparable(before) || !r.comparable(after):
				x.AtLeast = true
				c.Bounds++
			case x.Ratio > 1:
				c.Up++
			case x.Ratio < 1:
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
	return c
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
	e, t, why := r.ofThoseThatRan(c, v)
	if why != nil {
		a := refused(v.world, c.name, t.Observed(), why)
		return &a
	}
	return r.again(v.world, e, t)
}

// ofThoseThatRan is a version of the lists of one period without those that did not run in it, and the method for it, or why it has none.
func (r *run) ofThoseThatRan(c contender, v version) (estimators.Estimator, *estimators.Table, *estimators.Refusal) {
	if keep := ran(v.table); keep != estimators.FullPattern(v.table.K()) && keep != 0 {
		inner, of := v.project, selecting(keep)
		v.table, v.project = v.table.Keep(keep), func(p estimators.Pattern) estimators.Pattern { return of(inner(p)) }
	}
	if !c.fits(v.table.K()) {
		return nil, v.table, estimators.Refuse("too-few-lists", "%d lists ran there", v.table.K())
	}
	e, err := over(c.estimator, v.table.K(), v.project)
	if err != nil {
		return nil, v.table, estimators.Refuse("not-identifiable", "%s", err)
	}
	return e, v.table, nil
}
