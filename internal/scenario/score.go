package scenario

import (
	"cmp"
	"math"
	"slices"

	"darkfigure/estimators"
)

// InOrder sorts replicates by their index.
func InOrder(rs []Replicate) []Replicate {
	out := slices.Clone(rs)
	slices.SortFunc(out, func(a, b Replicate) int { return cmp.Compare(a.Index, b.Index) })
	return out
}

// A Figure is a result of a simulation with its Monte-Carlo standard error. Of is the number of tables it rests
// on; when that is 0 there is no figure.
type Figure struct {
	Value float64
	SE    float64
	Of    int
}

// A Score says how well a method did.
type Score struct {
	Method   string
	Tables   int
	Refused  Figure  // share of the tables
	Reasons  []Count // codes of the refusals, most often first
	LogBias  Figure  // of log hidden number
	LogRMSE  Figure
	Bias     Figure // of N, in people
	RMSE     Figure
	Selected Figure // share of the answers whose model is the true one; Of is 0 when there is no true model or the method has no models

	Intervals []IntervalScore
}

// An IntervalScore says how well the intervals of one kind and level did.
type IntervalScore struct {
	Kind     estimators.IntervalKind
	Level    float64
	Coverage Figure // share of the answers whose interval holds N; one without an upper limit covers upwards
	Honest   Figure // share of all tables that were refused or covered
	Below    Figure // share of the answers whose interval lies below N: its upper limit misses
	Above    Figure // share of the answers whose interval lies above N: its lower limit misses
	// Unbounded is the share of the answers without an upper limit.
	Unbounded Figure
	Width     Figure  // mean of log(upper/lower), of those with an upper limit
	Median    float64 // of the same; 0 when Width.Of is 0
}

// A Count is how often a code occurred.
type Count struct {
	Code  string
	Count int
}

// Scores scores the replicates, a Score per method. The replicates are taken in the order of their index, so that
// the figures do not depend on who finished first.
func Scores(id Identity, replicates []Replicate) []Score {
	replicates = InOrder(replicates)
	out := make([]Score, len(id.Methods))
	for m, name := range id.Methods {
		out[m] = score(id, name, m, replicates)
	}
	return out
}

func score(id Identity, name string, m int, replicates []Replicate) Score {
	s := Score{Method: name, Tables: len(replicates)}
	truth := float64(id.Population.Size)
	var logError, err, selected, refused []float64
	reasons := map[string]int{}
	type key struct {
		kind  estimators.IntervalKind
		level float64
	}
	var keys []key
	for _, r := range replicates {
		for _, l := range r.Answers[m].Intervals {
			if k := (key{l.Kind, l.Level}); !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	models := false
	for _, r := range replicates {
		models = models || r.Answers[m].Model != "" && r.Answers[m].Status != estimators.Refused
	}
	for _, r := range replicates {
		a := r.Answers[m]
		refused = append(refused, indicator(a.Status == estimators.Refused))
		if a.Status == estimators.Refused {
			reasons[a.Reason]++
			continue
		}
		err = append(err, a.Population-truth)
		logError = append(logError, math.Log(atLeastHalf(a.Population-float64(r.Observed))/atLeastHalf(float64(r.Hidden))))
		if models && id.Population.Model != "" {
			selected = append(selected, indicator(a.Model == id.Population.Model))
		}
	}
	s.Refused = share(refused)
	s.LogBias, s.LogRMSE, s.Bias, s.RMSE = mean(logError), rms(logError), mean(err), rms(err)
	s.Selected = share(selected)
	for code, n := range reasons {
		s.Reasons = append(s.Reasons, Count{code, n})
	}
	slices.SortFunc(s.Reasons, func(a, b Count) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Code, b.Code)) })
	for _, k := range keys {
		s.Intervals = append(s.Intervals, scoreInterval(truth, k.kind, k.level, m, replicates))
	}
	return s
}

func scoreInterval(truth float64, kind estimators.IntervalKind, level float64, m int, replicates []Replicate) IntervalScore {
	var covered, honest, below, above, unbounded, width []float64
	for _, r := range replicates {
		a := r.Answers[m]
		at := slices.IndexFunc(a.Intervals, func(l Limits) bool { return l.Kind == kind && l.Level == level })
		if at < 0 {
			honest = append(honest, indicator(a.Status == estimators.Refused))
			continue
		}
		l := a.Intervals[at]
		covered = append(covered, indicator(l.Covers(truth)))
		honest = append(honest, indicator(l.Covers(truth)))
		above = append(above, indicator(truth < l.Lower))
		below = append(below, indicator(l.Upper != nil && *l.Upper < truth))
		unbounded = append(unbounded, indicator(l.Upper == nil))
		if l.Upper != nil && l.Lower > 0 {
			width = append(width, math.Log(*l.Upper/l.Lower))
		}
	}
	s := IntervalScore{Kind: kind, Level: level, Coverage: share(covered), Honest: share(honest), Below: share(below), Above: share(above),
		Unbounded: share(unbounded), Width: mean(width)}
	if len(width) > 0 {
		s.Median = median(width)
	}
	return s
}

func atLeastHalf(people float64) float64 { return math.Max(0.5, people) }

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// share is a proportion c with standard error √(c(1−c)/R).
func share(x []float64) Figure {
	f := mean(x)
	if f.Of > 0 {
		f.SE = math.Sqrt(f.Value * (1 - f.Value) / float64(f.Of))
	}
	return f
}

// mean is a mean with its standard error; 0 for a single number, about whose error nothing is known.
func mean(x []float64) Figure {
	n := float64(len(x))
	if n == 0 {
		return Figure{}
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	f := Figure{Value: sum / n, Of: len(x)}
	if len(x) > 1 {
		squares := 0.0
		for _, v := range x {
			squares += (v - f.Value) * (v - f.Value)
		}
		f.SE = math.Sqrt(squares / (n - 1) / n)
	}
	return f
}

// rms is a root mean square, with its standard error by the delta method.
func rms(x []float64) Figure {
	squares := make([]float64, len(x))
	for i, v := range x {
		squares[i] = v * v
	}
	f := mean(squares)
	if f.Of > 0 && f.Value > 0 {
		f.Value = math.Sqrt(f.Value)
		f.SE /= 2 * f.Value
	}
	return f
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	if n := len(x); n%2 == 0 {
		return (x[n/2-1] + x[n/2]) / 2
	}
	return x[len(x)/2]
}
