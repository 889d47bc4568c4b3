package study

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/resample"
	"darkfigure/internal/visibility"
)

// A breakdown gathers the pooled estimates of groups with the replicates of every drawn linkage, in which the groups are of the
// same linkage.
type breakdown struct {
	by         []string
	sizes      *estimators.Table // the people seen, in whole numbers that add up; see meanTable
	levels     []float64
	replicates int // within a draw
	strata     []estimators.Estimate
	hidden     [][]float64 // by group and replicate
	seen       [][]float64
}

// usual is the method whose estimates are added up: the one of the headline, or the first.
func (j *Job) usual(k int) string {
	name := "loglinear"
	if k == 2 && !j.Study.Estimate.Together() {
		name = "chapman"
	}
	if !slices.ContainsFunc(j.Methods, func(m estimators.Method) bool { return m.Name == name }) && len(j.Methods) > 0 {
		return j.Methods[0].Name
	}
	return name
}

// seedOf gives every group random numbers of its own; 0 for no group.
func seedOf(labels []estimators.Label) uint64 {
	if len(labels) == 0 {
		return 0
	}
	h := fnv.New64a()
	for _, l := range labels {
		fmt.Fprintf(h, "%q=%q,", l.Name, l.Level)
	}
	return h.Sum64()
}

// add adds a group: what each of its draws says about N. A linkage in which nobody is in the group hides nobody of it.
func (b *breakdown) add(e estimators.Estimate, draws []drawn) {
	var hidden, seen []float64
	for _, d := range draws {
		n := float64(d.Observed)
		for i := range b.replicates {
			x := math.Inf(1)
			switch {
			case d.Observed == 0:
				x = 0
			case d.Status != estimators.Refused && !math.IsInf(d.variance, 1):
				x = math.Max(d.values[i]-n, 0)
			}
			hidden, seen = append(hidden, x), append(seen, n)
		}
	}
	b.strata, b.hidden, b.seen = append(b.strata, e), append(b.hidden, hidden), append(b.seen, seen)
}

// size makes the people seen in a group those of the mean table, which is at most one off the rounded mean of the group alone.
func (b *breakdown) size(e *estimators.Estimate) {
	strata, err := b.sizes.Stratify(b.by...)
	if err != nil {
		return
	}
	n := int64(0)
	for _, s := range strata {
		if slices.Equal(s.Labels, e.Stratum) {
			n = s.Table.Observed()
		}
	}
	e.Observed = n
	if e.Status != estimators.Refused {
		e.Population = float64(n) + e.Hidden
		for i := range e.Intervals {
			x := &e.Intervals[i]
			x.Lower = math.Max(x.Lower, float64(n))
			x.Upper = math.Max(x.Upper, x.Lower)
		}
	}
}

// whole estimates all people as one in every drawn linkage, by the usual method. It is nil where some patterns are impossible in part of the
// groups only.
func (j *Job) whole(ctx context.Context, o Pooling, point *estimators.Table, draws []*estimators.Table, usual string) (*estimators.Estimate, error) {
	at := slices.IndexFunc(j.Methods, func(m estimators.Method) bool { return m.Name == usual })
	if at < 0 || point.PartialStructuralZeros() {
		return nil, nil
	}
	all := make([]*estimators.Table, len(draws))
	for d, t := range draws {
		all[d] = t.Collapse()
	}
	o.Seed = j.Seed
	e, _, err := o.pooled(ctx, all, j.Methods[at].New(estimators.Options{Levels: o.Levels, Seed: o.Seed, Workers: 1}))
	return &e, err
}

// visible adds the groups up: the total comes first among the estimates, and the visibility of all groups is in the answer. Where some groups
// have no estimate, the total is that of all people as one.
func (j *Job) visible(a *Answer, b *breakdown, method string, whole *estimators.Estimate) error {
	out := estimators.Breakdown{By: b.by, Scheme: "drawn linkages", Strata: b.strata}
	for r := range b.hidden[0] {
		h, n := make([]float64, len(b.strata)), make([]float64, len(b.strata))
		for s := range b.strata {
			h[s], n[s] = b.hidden[s][r], b.seen[s][r]
		}
		out.Hidden, out.Seen = append(out.Hidden, h), append(out.Seen, n)
	}
	if out.Total = b.strata[0]; len(b.by) > 0 {
		out.Total = b.total(out, method, j.Study.Estimate.Together())
	}
	o := visibility.Options{Definition: j.Study.Population.Definition}
	if len(b.levels) > 0 {
		o.Level = b.levels[0]
	}
	for _, c := range a.Table.Covariates() {
		if slices.Contains(b.by, c.Name) && saysWhen(c.Name, slices.DeleteFunc(slices.Clone(c.Levels), func(l string) bool { return l == "" })) {
			o.Year = c.Name
		}
	}
	if j.Study.Estimate.Together() && len(b.strata) > 0 {
		out.Model = b.strata[0].Model
	}
	if at := slices.IndexFunc(j.Methods, func(m estimators.Method) bool { return m.Name == method }); at >= 0 && out.Model == "" {
		l, ok := j.Methods[at].New(estimators.Options{}).(loglinear.LogLinear)
		out.Chosen = ok && l.Chooses(a.Table.K())
	}
	v, err := visibility.New(out, b.sizes, o)
	if err != nil {
		return fmt.Errorf("estimate.by: %w", err)
	}
	a.Visibility = append(a.Visibility, v)
	if len(b.by) == 0 { // the estimate is there
		return nil
	}
	total := out.Total
	if whole != nil && whole.Status != estimators.Refused {
		v.Whole(*whole)
		if t := v.Total(); t.AsOne {
			total = *whole
			total.Observed, total.Hidden, total.Population, total.Stratum = t.Observed, t.Hidden, t.Population, nil
			total.Warnings = nil
			for _, w := range t.Warnings {
				total.Warn(w)
			}
		}
	}
	if said := a.said(b.by, nil); total.Status != estimators.Refused && len(said) > 0 {
		t := v.Total()
		t.Status, t.Warnings = estimators.Warned, slices.Concat(t.Warnings, said)
		for _, w := range said {
			total.Warn(w)
		}
	}
	first := !slices.ContainsFunc(a.Results.Estimates, func(e estimators.Estimate) bool { return len(e.Stratum) == 0 })
	if first && total.Status != estimators.Refused { // else the groups have their answers, and the visibility says why there is no total
		a.Results.Estimates = append([]estimators.Estimate{total}, a.Results.Estimates...)
	}
	return nil
}

// total is the sum of the groups, with the mixture over all replicates of their sums.
func (b *breakdown) total(of estimators.Breakdown, method string, together bool) estimators.Estimate {
	t := estimators.Estimate{Method: method, Status: estimators.OK, Notes: []string{"the sum of the groups, each estimated by itself in every drawn linkage"}}
	if together {
		t.Notes[0], t.Model = "the sum of the groups, which one model estimates in every drawn linkage", b.strata[0].Model
	}
	for _, s := range b.strata {
		t.Observed += s.Observed
		t.Hidden += s.Hidden
		if s.Status == estimators.Refused && t.Reason == nil {
			t.Status = estimators.Refused
			t.Reason = estimators.Refuse(s.Reason.Code, "there is no estimate for a group, and so none for the sum of all: %s", s.Reason.Text)
		}
		t.LowerBound = t.LowerBound || s.LowerBound
	}
	if t.Reason != nil {
		t.Hidden = 0
		return t
	}
	t.Population = float64(t.Observed) + t.Hidden
	values := make([]float64, len(of.Hidden))
	for r := range values {
		for s := range b.strata {
			values[r] += of.Hidden[r][s] + of.Seen[r][s]
		}
	}
	sorted := resample.Sorted(values)
	for _, level := range (estimators.Options{Levels: b.levels}).LevelsOr95() {
		i := estimators.Interval{Kind: estimators.Mixture, Level: level, Lower: resample.Quantile(sorted, 0.5-level/2, resample.Type8), Upper: resample.Quantile(sorted, 0.5+level/2, resample.Type8)}
		i.Lower = math.Min(math.Max(i.Lower, float64(t.Observed)), t.Population)
		i.Upper = math.Max(i.Upper, i.Lower)
		t.Intervals = append(t.Intervals, i)
	}
	if i, _ := t.Interval(); i.Unbounded() {
		t.Warn(estimators.Warning{Code: "unbounded-upper", Text: "too many replicates have no estimate for one of the groups: there is no upper limit"})
	}
	return t
}
