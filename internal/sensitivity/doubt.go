package sensitivity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"darkfigure/estimators"
	"darkfigure/estimators/linkageerror"
)

// An Audit is a sample of the people on a list, of whom some proved not to be of the population: in another period, of another age, no victims.
type Audit struct {
	List  string
	Found int64 // not of the population
	Of    int64 // people in the sample
}

func (a Audit) check(lists []string) error {
	switch {
	case !slices.Contains(lists, a.List):
		return fmt.Errorf("an audit of %q, which is not one of the lists", a.List)
	case a.Of < 1 || a.Found < 0 || a.Found > a.Of:
		return fmt.Errorf("an audit of %s that found %d of %d: the sample must hold at least one person, and all that were found", a.List, a.Found, a.Of)
	}
	return nil
}

// shares are quantiles of the share that is not of the population: its law is Beta(found+½, of−found+½), Jeffreys' posterior.
func (a Audit) shares(level float64) [3]float64 {
	x, y := float64(a.Found)+0.5, float64(a.Of-a.Found)+0.5
	at := func(p float64) float64 { return mathext.InvRegIncBeta(x, y, p) }
	return [3]float64{at(0.5 - level/2), at(0.5), at(0.5 + level/2)}
}

// mostCells is the number of overlap cells that are changed by one person one by one.
const mostCells = 300

// doubt estimates from tables that would have been seen with other errors in the data.
func (r *run) doubt() {
	r.overlaps()
	r.links()
	r.overCoverage()
}

// overlaps changes each overlap by one person who is there or is not; a pattern that is impossible by design stays empty, and so do those of more than three
// lists that nobody is on. With many lists those patterns are
// left out that nobody has and that are of more than two lists.
func (r *run) overlaps() {
	k := r.table.K()
	counts := r.table.Counts()
	impossible := r.table.StructuralZeros()
	var cells []estimators.Pattern
	for p := estimators.Pattern(1); p <= estimators.FullPattern(k); p++ {
		if p.Size() >= 2 && !slices.Contains(impossible, p) {
			cells = append(cells, p)
		}
	}
	most := 3
	for p, n := range counts {
		if n > 0 {
			most = max(most, estimators.Pattern(p).Size())
		}
	}
	if all := len(cells); most < k {
		if cells = slices.DeleteFunc(cells, func(p estimators.Pattern) bool { return p.Size() > most }); len(cells) < all {
			r.note("one person more is not tried on more than %d lists at once, which nobody is on", most)
		}
	}
	if len(cells) > mostCells {
		cells = slices.DeleteFunc(cells, func(p estimators.Pattern) bool { return counts[p] == 0 && p.Size() > 2 })
		r.note("one person more is tried in the overlaps of two lists and in those where somebody is: there are too many others")
	}
	var out []*estimators.Alternative
	for _, amount := range []int64{-1, 1} {
		for _, p := range cells {
			if counts[p]+amount < 0 || r.table.Observed() >= estimators.MaxObserved {
				continue
			}
			changed := slices.Clone(counts)
			changed[p] += amount
			d := world{about: estimators.AboutOverlap, lists: names(r.table, p), amount: float64(amount), mild: true}
			out = append(out, r.again(d, r.Estimator, r.with(changed)))
		}
	}
	r.keep(out...)
}

func names(t *estimators.Table, p estimators.Pattern) (out []string) {
	all := t.Lists()
	for _, i := range p.Lists() {
		out = append(out, all[i])
	}
	return out
}

// with is the table with other counts.
func (r *run) with(counts []int64) *estimators.Table {
	var cells []estimators.Cell
	for p, n := range counts {
		if n > 0 {
			cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(p), Count: n})
		}
	}
	for _, p := range r.table.StructuralZeros() {
		cells = append(cells, estimators.Cell{Pattern: p, StructuralZero: true})
	}
	t, err := estimators.NewTable(r.table.Lists(), nil, cells)
	if err != nil {
		panic("sensitivity: a valid table gave an invalid one: " + err.Error())
	}
	return t.WithPeriod(r.table.Period())
}

// linkReplicates is the number of bootstrap replicates of a correction for errors of links.
const linkReplicates = 200

// links corrects for links that were missed, or are false, at the same rate between every pair of lists. The model is that of the base, as
// the package linkageerror explains; a method without a model is not corrected. What the base is multiplied by is the ratio of the estimate of that model with
// the errors taken away to the one with the rates 0, so that a base by another estimator of the same model, as Chapman's beside Lincoln and Petersen's, is
// compared with itself.
func (r *run) links() {
	if r.model == nil {
		r.note("errors of links are not tried: they need a log-linear model %s", r.modelless())
		return
	}
	if r.table.K() > crossedLists {
		r.note("errors of links are not tried: there are %d lists", r.table.K())
		return
	}
	var out []*estimators.Alternative
	for _, kind := range []struct {
		about string
		rates []float64
		mild  float64
	}{{estimators.AboutMissed, r.MissedLinks, mildMissed}, {estimators.AboutFalse, r.FalseLinks, mildFalse}} {
		for _, rate := range kind.rates {
			d := world{about: kind.about, amount: rate, mild: rate <= kind.mild}
			out = append(out, r.corrected(d, rate))
		}
	}
	r.keep(out...)
}

func (r *run) corrected(d world, rate float64) *estimators.Alternative {
	var rates []linkageerror.PairRates
	for _, q := range pairs(r.table.K()) {
		at := q.Lists()
		p := linkageerror.PairRates{A: at[0], B: at[1]}
		if d.about == estimators.AboutMissed {
			p.MissedMatch = linkageerror.Rate{Mean: rate}
		} else {
			p.FalseMatch = linkageerror.Rate{Mean: rate}
		}
		rates = append(rates, p)
	}
	e := linkageerror.Lists{Rates: rates, Model: r.model.Terms(),
		Resampling: linkageerror.Resampling{Levels: []float64{r.Level}, Replicates: linkReplicates, Seed: r.Seed, Workers: 1}}
	out := new(estimators.Alternative)
	r.jobs = append(r.jobs, func(ctx context.Context) error {
		c, err := e.Correct(ctx, r.table)
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			*out = refused(d, r.found.Method, r.table.Observed(), refusal)
			return nil
		case err != nil:
			return err
		case !c.HasPlain:
			*out = refused(d, r.found.Method, r.table.Observed(), estimators.Refuse("unbounded", "the model has no estimate with the links as they are, which the one without their errors could be compared with"))
			return nil
		}
		ratio := r.base.Population / c.Uncorrected
		n := ratio * c.Population
		a := estimators.Alternative{About: d.about, Amount: d.amount, Mild: d.mild, Method: r.found.Method, Model: r.model.Format(r.table.Lists()),
			Observed: r.table.Observed(), Population: n, Lower: n, Upper: estimators.Limit(n), AtLeast: r.base.AtLeast, Status: estimators.OK}
		if len(c.Intervals) > 0 {
			i := c.Intervals[0]
			a.Lower, a.Upper, a.Kind, a.Level = ratio*i.Lower, estimators.Limit(ratio*i.Upper), estimators.Percentile, i.Level
			if i.Unbounded {
				a.Upper = estimators.Limit(math.Inf(1))
			}
			a.Replicates, a.Failed, a.Why = c.Replicates, c.Failed, c.Why
		}
		*out = r.influenced(a)
		return nil
	})
	return out
}

// mildOverCoverage is the share of a list up to which nobody could rule out, without an audit, that it is not of the population.
const mildOverCoverage = 0.05

// nobodyRemoved is the code of a share of a list that comes to nobody. That the estimate would not change is no finding, so that the row is refused, and
// counts as not tried.
const nobodyRemoved = "nobody-removed"

// overCoverage takes people off each list who are not of the population: a share that is assumed, or, with an audit, the median
// and the limits of what the audit allows.
func (r *run) overCoverage() {
	var out []*estimators.Alternative
	for j, name := range r.table.Lists() {
		shares, audited := []float64{r.OverCoverage}, false
		if at := slices.IndexFunc(r.Audits, func(a Audit) bool { return a.List == name }); at >= 0 {
			s := r.Audits[at].shares(r.Level)
			shares, audited = s[:], true
		} else if r.OverCoverage < 0 {
			continue
		}
		for _, share := range shares {
			d := world{about: estimators.AboutOverCoverage, lists: []string{name}, amount: share, mild: audited || share <= mildOverCoverage}
			counts := thinned(r.table, j, share)
			if on := r.table.Totals()[j]; slices.Equal(counts, r.table.Counts()) {
				a := refused(d, r.found.Method, r.table.Observed(), estimators.Refuse(nobodyRemoved, "%.3g%% of the %s on %s is fewer than half a person", 100*share, estimators.Persons(float64(on)), name))
				out = append(out, &a)
				continue
			}
			out = append(out, r.again(d, r.Estimator, r.with(counts)))
		}
	}
	r.keep(out...)
}

// thinned takes a share of the people on list j away, to whole persons. Those whom no other list confirms go first; when there are too few of them the rest
// comes from the overlaps of the list, in proportion, by largest remainders and the smaller pattern first where they are equal.
func thinned(t *estimators.Table, j int, share float64) []int64 {
	counts := slices.Clone(t.Counts())
	alone := estimators.Pattern(1) << uint(j)
	gone := int64(math.Round(share * float64(t.Totals()[j])))
	first := min(gone, counts[alone])
	counts[alone] -= first
	gone -= first
	if gone == 0 {
		return counts
	}
	var shared int64
	var cells []estimators.Pattern
	for p, n := range counts {
		if q := estimators.Pattern(p); q.Has(j) && q != alone && n > 0 {
			cells, shared = append(cells, q), shared+n
		}
	}
	type part struct {
		cell estimators.Pattern
		rest float64
	}
	var parts []part
	left := gone
	for _, c := range cells {
		exact := float64(gone) * float64(counts[c]) / float64(shared)
		n := min(int64(exact), counts[c])
		counts[c] -= n
		left -= n
		parts = append(parts, part{c, exact - float64(n)})
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		switch {
		case a.rest > b.rest:
			return -1
		case a.rest < b.rest:
			return 1
		}
		return 0
	})
	for i := 0; left > 0 && i < len(parts); i++ {
		if counts[parts[i].cell] > 0 {
			counts[parts[i].cell]--
			left--
		}
	}
	return counts
}
