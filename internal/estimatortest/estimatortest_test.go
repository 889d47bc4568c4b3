package estimatortest_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/estimatortest"
)

// half says that as many people are hidden as were observed: no law forbids it.
type half struct{ levels []float64 }

func (half) Name() string { return "half" }

func (h half) Estimate(_ context.Context, t *estimators.Table) (estimators.Estimate, error) {
	n := float64(t.Observed())
	if n == 0 {
		return estimators.Estimate{}, estimators.Refuse("empty-table", "nobody is in the table")
	}
	e := estimators.Estimate{Method: "half", Observed: t.Observed(), Hidden: n, Population: 2 * n, SE: 1, HasSE: true}
	for _, l := range (estimators.Options{Levels: h.levels}).LevelsOr95() {
		e.Intervals = append(e.Intervals, estimators.Interval{Kind: estimators.Wald, Level: l, Lower: 2*n - n*l, Upper: 2*n + n*l})
	}
	return e, nil
}

func TestLawfulEstimatorPasses(t *testing.T) {
	estimatortest.Run(t, half{}, estimatortest.Options{New: func(o estimators.Options) estimators.Estimator { return half{o.Levels} }})
}

// broken answers with whatever it holds.
type broken struct {
	answer func(t *estimators.Table) (estimators.Estimate, error)
}

func (broken) Name() string { return "broken" }
func (b broken) Estimate(_ context.Context, t *estimators.Table) (estimators.Estimate, error) {
	return b.answer(t)
}

// recorder notes failures instead of failing.
type recorder struct{ failed int }

func (*recorder) Helper()                     {}
func (r *recorder) Errorf(string, ...any)     { r.failed++ }
func (r *recorder) Fatalf(f string, a ...any) { r.failed++; panic(fmt.Sprintf(f, a...)) }

func TestUnlawfulAnswersAreCaught(t *testing.T) {
	table := estimatortest.Table("A B", "10:4 01:3 11:2")
	good := func() estimators.Estimate {
		return estimators.Estimate{Method: "broken", Observed: 9, Hidden: 6, Population: 15,
			Intervals: []estimators.Interval{{Kind: estimators.Profile, Level: 0.95, Lower: 10, Upper: 40}}}
	}
	answers := map[string]func(*estimators.Estimate){
		"NaN":               func(e *estimators.Estimate) { e.Population = math.NaN() },
		"below observed":    func(e *estimators.Estimate) { e.Population, e.Hidden = 8, -1 },
		"does not add up":   func(e *estimators.Estimate) { e.Hidden = 5 },
		"lower below n":     func(e *estimators.Estimate) { e.Intervals[0].Lower = 8 },
		"crossed limits":    func(e *estimators.Estimate) { e.Intervals[0].Upper = 9.5 },
		"outside":           func(e *estimators.Estimate) { e.Intervals[0].Upper = 14 },
		"no kind":           func(e *estimators.Estimate) { e.Intervals[0].Kind = "" },
		"no level":          func(e *estimators.Estimate) { e.Intervals[0].Level = 0 },
		"unknown warning":   func(e *estimators.Estimate) { e.Warn(estimators.Warning{Code: "odd", Text: "odd"}) },
		"silent infinity":   func(e *estimators.Estimate) { e.Intervals[0].Upper = math.Inf(1) },
		"NaN deep inside":   func(e *estimators.Estimate) { e.Profile = []estimators.Point{{X: 1, Y: math.NaN()}} },
		"refusal as status": func(e *estimators.Estimate) { e.Warn(estimators.Warning{Code: "no-mle", Text: "x"}) },
		"not nested": func(e *estimators.Estimate) {
			e.Intervals = append(e.Intervals, estimators.Interval{Kind: estimators.Profile, Level: 0.8, Lower: 9, Upper: 20})
		},
	}
	for name, spoil := range answers {
		r := &recorder{}
		estimatortest.Check(r, broken{func(*estimators.Table) (estimators.Estimate, error) {
			e := good()
			spoil(&e)
			return e, nil
		}}, table)
		if r.failed == 0 {
			t.Errorf("%s: not caught", name)
		}
	}
	r := &recorder{}
	estimatortest.Check(r, broken{func(*estimators.Table) (estimators.Estimate, error) { return good(), nil }}, table)
	if r.failed > 0 {
		t.Error("the lawful answer was not accepted")
	}
	r = &recorder{}
	estimatortest.Check(r, broken{func(*estimators.Table) (estimators.Estimate, error) {
		return estimators.Estimate{}, estimators.Refuse("because", "because")
	}}, table)
	if r.failed == 0 {
		t.Error("an unknown refusal code was not caught")
	}
}
