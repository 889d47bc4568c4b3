package scenario

import (
	"context"
	"fmt"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// A Method is an estimator with its options. New makes it for one table, with the seed of its own random
// draws; the answers must not depend on the number of its goroutines.
type Method struct {
	Name string // as it stands in the scenario
	New  func(seed uint64) (estimators.Estimator, error)
}

// A Study is a scenario ready to run.
type Study struct {
	Population *Population
	Methods    []Method
	Seed       uint64
}

// A Replicate is what the methods said about one table.
type Replicate struct {
	Index    int      `json:"i"` // from 0
	Observed int64    `json:"observed"`
	Hidden   int64    `json:"hidden"` // people on no list: the truth
	Answers  []Answer `json:"answers"`
}

// An Answer is that of one method to one table.
type Answer struct {
	Population float64           `json:"population"`
	SE         *float64          `json:"se"` // nil when the method has none
	Model      string            `json:"model,omitempty"`
	Status     estimators.Status `json:"status"`
	Reason     string            `json:"reason,omitempty"` // code of a refusal
	Intervals  []Limits          `json:"intervals,omitempty"`
}

// Limits are an interval; Upper is nil when there is no upper limit.
type Limits struct {
	Kind  estimators.IntervalKind `json:"kind"`
	Level float64                 `json:"level"`
	Lower float64                 `json:"lower"`
	Upper *float64                `json:"upper"`
}

// Covers reports whether the interval holds n.
func (l Limits) Covers(n float64) bool { return l.Lower <= n && (l.Upper == nil || n <= *l.Upper) }

// seedOf is the seed of the methods on replicate i. It is drawn from another stream than the table, so that a
// bootstrap does not repeat the numbers the table was drawn with; all methods get the same, which makes
// their differences more exact.
func (s *Study) seedOf(i int) uint64 {
	return resample.Stream(s.Seed^0x6a09e667f3bcc908, uint64(i)).Uint64()
}

// Replicate draws table i and asks every method. A refusal is an answer; any other error ends the study, because a
// failure that is passed over would flatter the method.
func (s *Study) Replicate(ctx context.Context, i int) (Replicate, error) {
	t, hidden, err := s.Population.Draw(s.Seed, uint64(i))
	if err != nil {
		return Replicate{}, err
	}
	r := Replicate{Index: i, Observed: t.Observed(), Hidden: hidden}
	for _, m := range s.Methods {
		e, err := m.New(s.seedOf(i))
		if err != nil {
			return Replicate{}, err
		}
		est, err := estimators.Run(ctx, e, t)
		if err != nil {
			if ctx.Err() != nil {
				return Replicate{}, ctx.Err()
			}
			return Replicate{}, fmt.Errorf("replicate %d, %s: %w", i+1, m.Name, err)
		}
		r.Answers = append(r.Answers, answer(est))
	}
	return r, nil
}

func answer(e estimators.Estimate) Answer {
	a := Answer{Status: e.Status, Model: e.Model}
	if e.Status == estimators.Refused {
		a.Reason = e.Reason.Code
		return a
	}
	a.Population = e.Population
	if e.HasSE {
		a.SE = &e.SE
	}
	for _, i := range e.Intervals {
		l := Limits{Kind: i.Kind, Level: i.Level, Lower: i.Lower}
		if !i.Unbounded() {
			l.Upper = &i.Upper
		}
		a.Intervals = append(a.Intervals, l)
	}
	return a
}

// Run computes the replicates named, so many at a time (0: one for each processor), and gives each to keep as soon as it is there, in
// any order and from one goroutine at a time. An error of keep ends the run.
func (s *Study) Run(ctx context.Context, indices []int, workers int, keep func(Replicate) error) error {
	keeping := make(chan struct{}, 1)
	return resample.Each(ctx, len(indices), workers, func(j int) error {
		r, err := s.Replicate(ctx, indices[j])
		if err != nil {
			return err
		}
		keeping <- struct{}{}
		defer func() { <-keeping }()
		return keep(r)
	})
}
