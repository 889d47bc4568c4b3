package sensitivity

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/resample"
)

// mostTied is the number of near-tied models of one version of the table that enter the multiverse, the best first.
const mostTied = 25

// tiedLists is the number of lists up to which near-tied models are looked for: with more of them the exact search may take minutes.
const tiedLists = 6

// crossedLists is the number of lists up to which every method is asked of every version of the lists, and errors of links are tried: with more of them
// there are too many versions, and too many cells.
const crossedLists = 8

// multiverse is every method, and every near-tied model of a log-linear estimate, on every version of the table.
func (r *run) multiverse() {
	all := append([]version{asItIs(r.table)}, versions(r.table)...)
	var out []*estimators.Alternative
	var tied []*[]estimators.Alternative
	l, selects := r.searchesTied()
	if searches(r.Estimator) && r.table.K() > tiedLists {
		r.note("models that fit about as well are not looked for: with %d lists the exact search may take minutes (darkfigure models --within 6)", r.table.K())
	}
	if r.table.K() > crossedLists {
		r.note("other methods are asked of the lists as they are alone: there are %d lists", r.table.K())
	}
	if selects {
		r.jobs = append(r.jobs, func(ctx context.Context) error { return r.decides(ctx, l) })
	}
	contenders := r.contenders()
	for i, c := range contenders {
		if i > 0 && c.fits(r.table.K()) && c.tooSlow(r.table.K()) {
			r.note("%s is not asked: with %d lists it takes minutes (darkfigure estimate --method %s)", r.title(c.name), r.table.K(), c.name)
		}
	}
	for _, v := range all {
		for i, c := range contenders {
			if !c.fits(v.table.K()) || i > 0 && c.tooSlow(r.table.K()) || v.about != estimators.AboutBase && (c.slow(r.table.K()) || i > 0 && r.table.K() > crossedLists) {
				continue
			}
			e, err := over(c.estimator, v.table.K(), v.project)
			if err != nil {
				a := refused(v.world, c.name, v.table.Observed(), estimators.Refuse("not-identifiable", "%s", err))
				out = append(out, &a)
				continue
			}
			out = append(out, r.again(v.world, e, v.table))
		}
		if selects && v.table.K() >= 3 {
			some := new([]estimators.Alternative)
			tied = append(tied, some)
			r.jobs = append(r.jobs, func(ctx context.Context) error { return r.nearTied(ctx, v, l, some) })
		}
	}
	r.after = append(r.after, func() { r.gather(out, tied) })
}

// searches reports whether an estimator searches the models.
func searches(e estimators.Estimator) bool {
	l, ok := e.(loglinear.LogLinear)
	return ok && l.Model == nil && !l.Firth && l.Heterogeneity == ""
}

// searchesTied is the estimator when it searches the models and those that fit about as well can be looked for.
func (r *run) searchesTied() (loglinear.LogLinear, bool) {
	l, ok := r.Estimator.(loglinear.LogLinear)
	return l, ok && searches(l) && r.table.K() >= 3 && r.table.K() <= tiedLists
}

// decides finds the term that separates the near-tied models into two groups.
func (r *run) decides(ctx context.Context, l loglinear.LogLinear) error {
	l.Window = loglinear.DefaultWindow
	e, err := estimators.Run(ctx, l, r.table)
	if err == nil && e.Selection != nil && e.Selection.Split != nil {
		r.deciding = names(r.table, e.Selection.Split.Term)
	}
	return err
}

// nearTied lists the models of a version within DefaultWindow of the best one's criterion.
func (r *run) nearTied(ctx context.Context, v version, l loglinear.LogLinear, out *[]estimators.Alternative) error {
	criterion := l.Select
	if criterion == loglinear.Stepwise {
		criterion = loglinear.BIC
	}
	e := loglinear.Enumeration{MaxOrder: max(1, min(l.MaxOrder, v.table.K()-1)), Criterion: criterion, Within: loglinear.DefaultWindow, Kind: estimators.LogNormal, Levels: []float64{r.Level}}
	got, err := e.Run(ctx, v.table)
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		return nil // the methods on this version say why
	}
	if err != nil {
		return err
	}
	for i, m := range got.Models {
		if i >= mostTied {
			break
		}
		d := v.world
		a := r.alternative(d, m)
		a.Method = "loglinear-tied"
		*out = append(*out, a)
	}
	return nil
}

// fewerThan reports whether an estimate from some of the lists is below the number of people whom all of them have seen, and so cannot be right.
func fewerThan(a estimators.Alternative, seen int64) bool {
	return a.About == estimators.AboutDrop && a.Status != estimators.Refused && math.Round(a.Population) < float64(seen)
}

// gather makes the specification curve. A near-tied model that is also the answer of a selection on the same version counts once, as that selection.
func (r *run) gather(methods []*estimators.Alternative, tied []*[]estimators.Alternative) {
	m := &estimators.Multiverse{}
	type key struct{ about, lists, model string }
	of := func(a estimators.Alternative) key {
		joined := ""
		for _, l := range a.Lists {
			joined += l + "\x00"
		}
		return key{a.About, joined, a.Model}
	}
	have := map[key]bool{}
	for _, a := range methods {
		m.Specifications = append(m.Specifications, *a)
		if a.Model != "" && a.Status != estimators.Refused {
			have[of(*a)] = true
		}
	}
	for _, some := range tied {
		for _, a := range *some {
			if !have[of(a)] {
				m.Specifications = append(m.Specifications, a)
			}
			if a.About == estimators.AboutBase && a.Model != r.base.Model {
				a.About, a.Method = estimators.AboutModel, r.base.Method
				r.out.Alternatives = append(r.out.Alternatives, a)
			}
		}
	}
	for _, a := range methods {
		if a.About == estimators.AboutBase && a.Method != r.base.Method {
			b := *a
			b.About = estimators.AboutMethod
			r.out.Alternatives = append(r.out.Alternatives, b)
		}
	}
	slices.SortStableFunc(m.Specifications, func(a, b estimators.Alternative) int {
		x, y := a.Status == estimators.Refused, b.Status == estimators.Refused
		switch {
		case x && y:
			return 0
		case x:
			return 1
		case y:
			return -1
		}
		return cmp.Compare(a.Population, b.Population)
	})
	var sizes []float64
	inside := 0
	for i := range m.Specifications {
		a := &m.Specifications[i]
		if a.Status == estimators.Refused {
			m.Refused++
			continue
		}
		m.Estimated++
		if a.Against == "" && fewerThan(*a, r.base.Observed) {
			a.Against = "below-observed"
		}
		if a.Against != "" {
			m.Rejected++ // drawn, and no opinion to be counted
			continue
		}
		if a.AtLeast {
			m.Bounds++ // a lower bound is no opinion about N
			continue
		}
		m.Counted++
		sizes = append(sizes, a.Population)
		if a.Population >= r.base.Lower && a.Population <= float64(r.base.Upper) {
			inside++
		}
	}
	if len(sizes) > 0 {
		at := func(p float64) float64 { return resample.Quantile(sizes, p, resample.Type7) }
		m.Least, m.Lower, m.Median, m.Upper, m.Greatest = sizes[0], at(0.05), at(0.5), at(0.95), sizes[len(sizes)-1]
		m.Inside = float64(inside) / float64(len(sizes))
	}
	r.out.Multiverse = m
}
