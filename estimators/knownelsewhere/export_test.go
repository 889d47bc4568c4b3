package knownelsewhere

import (
	"context"

	"darkfigure/estimators"
)

// OneRow is the row of the restriction on one body without the list model, alone: what a simulation needs, without the time of the others.
func OneRow(ctx context.Context, d Data, o Options, body string) (Row, error) {
	o.Level = 0.95
	if err := d.check(); err != nil {
		return Row{}, err
	}
	a := newAnalysis(d, o)
	r := &Result{}
	for j := range d.Bodies {
		r.Bodies = append(r.Bodies, a.bodyShare(j))
	}
	if refusal := a.infeasible(r.Bodies); refusal != nil {
		return Row{}, refusal
	}
	var models []model
	for _, m := range a.models() {
		if m.row.Kind == Independent && m.row.Body == body && !m.row.ListModel {
			models = append(models, m)
		}
	}
	if _, _, err := a.likeliest(ctx, models); err != nil {
		return Row{}, err
	}
	err := a.mix(ctx, models, r)
	return models[0].row, err
}

// A Likelihood of answers given the sizes of classes, for tests.
type Likelihood struct{ v *visitors }

func NewLikelihood(size []float64, number float64, answers []Answers, s, c []float64) Likelihood {
	return Likelihood{newVisitors(size, number, answers, s, c)}
}

// Doubt makes the rates parameters, given as logits of s and then c behind b.
func (l Likelihood) Doubt(s, c []Beta) { l.v.doubt(s, c) }

// Parameters is their number.
func (l Likelihood) Parameters() int { return l.v.bodies + len(l.v.rates) }

func (l Likelihood) all(b []float64) []float64 {
	return append(append([]float64(nil), b...), make([]float64, 3*l.v.bodies-len(b))...)
}

func (l Likelihood) At(hidden float64, b []float64) float64 {
	l.v.size[0] = l.v.base + hidden
	return l.v.evaluate(l.all(b))
}

func (l Likelihood) Score(hidden float64, b []float64) []float64 {
	l.At(hidden, b)
	l.v.free = l.v.free[:0]
	for j := range b {
		if j < l.v.bodies || len(l.v.rates) > 0 {
			l.v.free = append(l.v.free, j)
		}
	}
	l.v.derive()
	return append([]float64(nil), l.v.grad...)
}

func (l Likelihood) Best(hidden float64, fixed []float64, free []int) (float64, []float64) {
	ll := l.v.fit(hidden, fixed, free)
	return ll, append([]float64(nil), l.v.at[:l.Parameters()]...)
}

// ListProfile is the profile log-likelihood of the lists by themselves.
func ListProfile(t *estimators.Table, model []estimators.Pattern) (func(hidden float64) float64, error) {
	o, err := newOwnLists(t, model)
	if err != nil {
		return nil, err
	}
	return o.at, nil
}

// CurveOf gives the maximum and the limits of any log-likelihood in the hidden number.
func CurveOf(ll func(float64) float64, least, scale, level float64) (best, lower, upper float64) {
	c := newCurve(ll, least, scale)
	lower, upper = c.limits(level)
	return c.hidden(0), lower, upper
}
