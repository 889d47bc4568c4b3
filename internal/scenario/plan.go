package scenario

import (
	"context"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// A Plan answers how much larger the capture shares of all lists would have to be for an interval of a given
// precision.
type Plan struct {
	Method     string
	Level      float64
	Precision  float64 // wanted: the interval reaches at most this part of N̂ below and above it
	Replicates int     // tables drawn for each factor
	Steps      []Step  // by factor, ascending
	Answer     int     // of Steps: the smallest factor tried that is precise enough; −1: none is
}

// A Step is a population whose capture shares are Factor times those of the scenario.
type Step struct {
	Factor     float64
	Population *Population
	Lists      []float64 // people expected on each list
	Overlap    float64   // people expected on two lists or more
	Refused    Figure
	Unbounded  Figure // of those answered
	Coverage   Figure // of those answered
	// HalfWidth is the median over all tables of the part of N̂ that the interval reaches below or above it, whichever
	// is more; a refusal or an interval without an upper limit is infinitely wide.
	HalfWidth float64
	Precise   Figure // share of all tables whose interval is precise enough
}

// growth is the ratio of one factor to the next while looking for one that is large enough, and halvings how often
// the last gap is then halved: the factor is found to within 4 %.
const (
	growth   = math.Sqrt2
	halvings = 3
)

// Plan looks for the least factor on all capture shares at which the interval of the first method, at the first level, is
// precise in the median. Every factor uses the same random streams. step, when not nil, is told of every factor done.
func (s *Scenario) Plan(ctx context.Context, m Models, method Method, precision float64, workers int, step func(Step)) (*Plan, error) {
	p := &Plan{Method: method.Name, Level: s.Levels[0], Precision: precision, Replicates: s.Replicates, Answer: -1}
	try := func(factor float64) (Step, error) {
		st, err := s.step(ctx, m, method, p, factor, workers)
		if err == nil {
			p.Steps = append(p.Steps, st)
			if step != nil {
				step(st)
			}
		}
		return st, err
	}
	good, bad := 0.0, 0.0
	for factor := 1.0; good == 0; factor *= growth {
		st, err := try(factor)
		if err != nil {
			return nil, err
		}
		switch {
		case st.HalfWidth <= precision:
			good = factor
		case slices.Min(st.Population.captured()) >= MostSeen-1e-9:
			good = math.Inf(1)
		default:
			bad = factor
		}
	}
	for range halvings {
		if bad == 0 || math.IsInf(good, 1) {
			break
		}
		st, err := try(math.Sqrt(good * bad))
		if err != nil {
			return nil, err
		}
		if st.HalfWidth <= precision {
			good = st.Factor
		} else {
			bad = st.Factor
		}
	}
	slices.SortFunc(p.Steps, func(a, b Step) int {
		if a.Factor < b.Factor {
			return -1
		}
		return 1
	})
	p.Answer = slices.IndexFunc(p.Steps, func(st Step) bool { return st.Factor == good })
	return p, nil
}

func (s *Scenario) step(ctx context.Context, m Models, method Method, p *Plan, factor float64, workers int) (Step, error) {
	pop, err := s.Population(ctx, m, factor)
	if err != nil {
		return Step{}, err
	}
	st := Step{Factor: factor, Population: pop}
	st.Lists, st.Overlap = pop.Expected()
	study := Study{Population: pop, Methods: []Method{method}, Seed: s.Seed}
	rs := make([]Replicate, s.Replicates)
	err = resample.Each(ctx, len(rs), workers, func(i int) (err error) {
		rs[i], err = study.Replicate(ctx, i)
		return err
	})
	if err != nil {
		return Step{}, err
	}
	var refused, unbounded, covered, precise, widths []float64
	for _, r := range rs {
		w := halfWidth(r.Answers[0], p.Level)
		widths = append(widths, w)
		precise = append(precise, indicator(w <= p.Precision))
		a := r.Answers[0]
		refused = append(refused, indicator(a.Status == estimators.Refused))
		if i := headline(a, p.Level); i >= 0 {
			unbounded = append(unbounded, indicator(a.Intervals[i].Upper == nil))
			covered = append(covered, indicator(a.Intervals[i].Covers(float64(pop.Size))))
		}
	}
	st.Refused, st.Unbounded, st.Coverage, st.Precise = share(refused), share(unbounded), share(covered), share(precise)
	slices.Sort(widths)
	st.HalfWidth = resample.Quantile(widths, 0.5, resample.Type7)
	return st, nil
}

// headline is the first interval of a level, or −1.
func headline(a Answer, level float64) int {
	return slices.IndexFunc(a.Intervals, func(l Limits) bool { return l.Level == level })
}

func halfWidth(a Answer, level float64) float64 {
	i := headline(a, level)
	if i < 0 || a.Intervals[i].Upper == nil || !(a.Population > 0) {
		return math.Inf(1)
	}
	l := a.Intervals[i]
	return math.Max(a.Population-l.Lower, *l.Upper-a.Population) / a.Population
}
