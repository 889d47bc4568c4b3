package linkage

import (
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// mostBins is the number of bars a histogram of match weights has at most.
const mostBins = 44

// Describe tells a linkage in the words that results and reports share. Registers have their names, numbers of records
// and persons, missing shares and duplicates; files, exclusions and what concerns the estimate are the caller's.
func (l *Linked) Describe(threshold float64) *estimators.Linkage {
	out := &estimators.Linkage{Threshold: threshold, Warnings: slices.Clone(l.Warnings)}
	if threshold == 0 {
		out.Threshold = .5
	}
	m := l.Model
	if m == nil {
		m = l.Within
	}
	l.describeRegisters(out, m)
	if m == nil {
		return out
	}
	for f, c := range m.Comparisons {
		kind := ""
		if f < len(l.Records.Fields()) {
			kind = l.Records.Fields()[f].Kind.String()
		}
		field := estimators.LinkField{Name: c.Field, Kind: kind}
		for v := range c.M {
			field.Levels = append(field.Levels, estimators.LinkLevel{Meaning: c.Levels[v], M: c.M[v], U: c.U[v], Weight: c.Weight(v), Untrained: v < len(c.Untrained) && c.Untrained[v]})
		}
		out.Fields = append(out.Fields, field)
	}
	for _, d := range m.Fit.Dependences {
		out.Together = append(out.Together, estimators.LinkTogether{A: m.Comparisons[d.A].Field, B: m.Comparisons[d.B].Field, NonMatches: d.NonMatches, Matches: d.Matches,
			EqualU: d.TogetherNonMatches, EqualM: d.TogetherMatches, Twice: d.Twice(), Allowed: d.Allowed})
	}
	if p := m.Fit.Plan; p != nil {
		out.Blocking = estimators.LinkBlocking{AllPairs: p.All, Possible: p.Possible, Missed: p.Missed.Model, MissedOverlap: p.Missed.Overlap, Counted: p.Missed.Counted}
		for _, r := range p.Rules {
			out.Blocking.Rules = append(out.Blocking.Rules, estimators.LinkRule{Rule: r.Name, Predicted: r.Predicted, New: r.New, Largest: r.Largest, Missing: r.Missing, Found: r.Found, Shared: r.Shared})
		}
	}
	for _, t := range m.Types {
		out.Blocking.Compared += t.Compared
	}
	l.describePairs(out)
	switch {
	case l.Graph != nil:
		var together []int64
		draws := 0
		if l.Draws != nil {
			together, draws = l.Draws.counts(), l.Draws.Len()
		}
		describeWeights(out, m, l.Units, l.Edges, l.Accepted, together, draws)
		l.describeOverlaps(out)
	case l.Repeats != nil: // one register
		describeWeights(out, m, l.Records, l.Repeats, l.Duplicates.Partition, l.repeated(), l.Duplicates.Draws())
	}
	return out
}

func (l *Linked) describeRegisters(out *estimators.Linkage, m *Model) {
	fields := len(l.Records.Fields())
	for a := range l.Records.Registers() {
		r := estimators.LinkRegister{Name: l.Records.RegisterName(a)}
		for i := range l.Records.Len() {
			if l.Records.Register(i) == a {
				r.Records++
			}
		}
		for i := range l.Persons.Len() {
			if l.Persons.Register(i) == a {
				r.Persons++
			}
		}
		r.Read = r.Records
		for f := range fields {
			r.Missing = append(r.Missing, l.Records.Missing(a, f))
		}
		repeats := float64(r.Records - r.Persons)
		r.Duplicates = estimators.LinkRange{Value: repeats, Lower: repeats, Upper: repeats}
		if l.Duplicates != nil && l.Duplicates.Draws() > 0 {
			r.Duplicates = l.Duplicates.Registers[a].Repeats
		}
		out.Registers = append(out.Registers, r)
	}
}

// describePairs tells the pairs of registers: one of each with itself when duplicates were searched.
func (l *Linked) describePairs(out *estimators.Linkage) {
	name := l.Records.RegisterName
	if l.Within != nil && l.Duplicates != nil {
		for _, t := range l.Within.Types {
			d := l.Duplicates.Registers[t.A]
			joined := int64(0)
			for _, p := range l.Duplicates.Links {
				if l.Records.Register(int(p.A)) == t.A {
					joined++
				}
			}
			out.Pairs = append(out.Pairs, estimators.LinkPair{A: name(t.A), B: name(t.B), Possible: t.Possible, Compared: t.Compared, EM: t.Lambda * float64(t.Possible),
				Accepted: joined, Links: estimators.LinkRange{Value: float64(joined), Lower: float64(joined), Upper: float64(joined)}, FalseMatch: d.False, MissedMatch: d.Missed, Beyond: t.Beyond, NotComparable: t.Aside})
		}
	}
	if l.Model == nil {
		return
	}
	k := l.Records.Registers()
	for _, t := range l.Model.Types {
		p := estimators.LinkPair{A: name(t.A), B: name(t.B), Possible: t.Possible, Compared: t.Compared, EM: t.Lambda * float64(t.Possible), Beyond: t.Beyond, NotComparable: t.Aside}
		at := RegisterPair(t.A, t.B, k)
		if l.Draws != nil {
			r := l.Rates.Pairs[at]
			p.Accepted, p.Links, p.FalseMatch, p.MissedMatch = r.Accepted, r.Links, r.FalseMatch, r.MissedMatch
			if at < len(l.Draws.Chains.RHat) && !math.IsInf(l.Draws.Chains.RHat[at], 0) {
				p.RHat = l.Draws.Chains.RHat[at]
			}
			if at < len(l.Draws.Chains.Trace) {
				p.Trace = thinned(l.Draws.Chains.Trace[at])
			}
		} else {
			for _, e := range l.Point.Links {
				if l.Persons.Register(int(e.A)) == t.A && l.Persons.Register(int(e.B)) == t.B || l.Persons.Register(int(e.A)) == t.B && l.Persons.Register(int(e.B)) == t.A {
					p.Accepted++
				}
			}
			n := float64(p.Accepted)
			p.Links = estimators.LinkRange{Value: n, Lower: n, Upper: n}
		}
		out.Pairs = append(out.Pairs, p)
	}
	if l.Draws != nil {
		c := l.Draws.Chains
		out.Chains = estimators.LinkChains{Draws: l.Draws.Len(), Chains: c.Chains, Sweeps: c.BurnIn, Thin: c.Thin, Extended: c.Extended}
		if worst := c.Worst(); !math.IsInf(worst, 0) {
			out.Chains.RHat = worst
		}
	}
}

// mostTraced is the number of sweeps of a chain that a picture of it shows.
const mostTraced = 100

func thinned(trace [][]float64) [][]int {
	out := make([][]int, len(trace))
	for c, values := range trace {
		step := max(1, (len(values)+mostTraced-1)/mostTraced)
		for i := 0; i < len(values); i += step {
			out[c] = append(out[c], int(values[i]))
		}
	}
	return out
}

// repeated are the numbers of draws in which the pairs within registers are of one person; nil without draws.
func (l *Linked) repeated() []int64 {
	k := l.Duplicates.Draws()
	if k == 0 {
		return nil
	}
	together := make([]int64, len(l.Repeats.Pairs))
	for d := range k {
		of := l.Duplicates.Draw(d)
		for i, e := range l.Repeats.Pairs {
			if of[e.A] == of[e.B] {
				together[i]++
			}
		}
	}
	return together
}

// describeWeights makes the histogram of the match weights of the edges; together counts the draws, of so many, in which each
// holds. Whole numbers have the same sum in every order of the edges.
func describeWeights(out *estimators.Linkage, m *Model, units *Records, graph *Graph, accepted []int32, together []int64, draws int) {
	edges := graph.Pairs
	if len(edges) == 0 {
		return
	}
	weight := make([]float64, len(edges))
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, e := range edges {
		w := m.MatchWeight(e.Pattern, m.Type(units.Register(int(e.A)), units.Register(int(e.B))))
		weight[i] = w
		lo, hi = math.Min(lo, w), math.Max(hi, w)
	}
	step := 1.0
	for (hi-lo)/step > mostBins-1 {
		step *= 2
	}
	lo = math.Floor(lo/step) * step
	bins := int((hi-lo)/step) + 1
	h := estimators.LinkHistogram{Edges: make([]float64, bins+1), Accepted: make([]int64, bins), Other: make([]int64, bins), Matches: make([]float64, bins)}
	for i := range h.Edges {
		h.Edges[i] = lo + step*float64(i)
	}
	matches := make([]int64, bins)
	for i, e := range edges {
		at := min(int((weight[i]-lo)/step), bins-1)
		if accepted[e.A] == accepted[e.B] {
			h.Accepted[at]++
		} else {
			h.Other[at]++
		}
		if together != nil {
			matches[at] += together[i]
		}
	}
	if together != nil {
		for at, n := range matches {
			h.Matches[at] = float64(n) / float64(draws)
		}
	}
	h.Threshold = math.Log2(out.Threshold) - math.Log2(1-out.Threshold)
	out.Weights = h
}

// describeOverlaps tells the number of persons by history, and in all.
func (l *Linked) describeOverlaps(out *estimators.Linkage) {
	point := l.Table()
	draws := func(f func(d int) float64, value float64) estimators.LinkRange {
		if l.Draws == nil {
			return estimators.LinkRange{Value: value, Lower: value, Upper: value}
		}
		return spread(l.Draws.Len(), f)
	}
	total := int64(0)
	for h, n := range point {
		total += n
		if h == 0 {
			continue
		}
		o := estimators.LinkOverlap{Point: n, Draws: draws(func(d int) float64 { return float64(l.Draws.Tables[d][h]) }, float64(n))}
		for r := range l.Records.Registers() {
			if h>>r&1 == 1 {
				o.Lists = append(o.Lists, l.Records.RegisterName(r))
			}
		}
		out.Overlaps = append(out.Overlaps, o)
	}
	out.Persons = draws(func(d int) float64 { return float64(l.Draws.Persons(d)) }, float64(total))
}

// spread is the mean of a number over draws with the range of 95 % of them.
func spread(draws int, f func(d int) float64) estimators.LinkRange {
	values := make([]float64, draws)
	sum := 0.0
	for d := range values {
		values[d] = f(d)
		sum += values[d]
	}
	slices.Sort(values)
	return estimators.LinkRange{Value: sum / float64(draws), Lower: resample.Quantile(values, (1-rateLevel)/2, resample.Type7), Upper: resample.Quantile(values, (1+rateLevel)/2, resample.Type7)}
}
