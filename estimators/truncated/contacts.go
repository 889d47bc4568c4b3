package truncated

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
)

const (
	leastExpected = 5  // people in a class of a χ² test
	mostInfluence = 10 // kinds of people that a report shows
)

// contacts are the diagnostics that a report shows: how often people were seen beside what the model expects, with a test, and the kinds of
// people who matter most.
func (f *Fit) contacts() *estimators.Contacts {
	out := &estimators.Contacts{}
	most := 1
	for _, y := range f.problem.captures {
		most = max(most, y)
	}
	left := 0.0
	for _, c := range f.Cases() {
		left += float64(c.Count)
		one := estimators.ContactCase{Contacts: c.Captures, Count: c.Count, Mean: c.Mean, Pearson: c.Pearson, Leverage: c.Leverage, Change: -c.DFN}
		for i, name := range f.data.names {
			one.Stratum = append(one.Stratum, estimators.Label{Name: name, Level: c.Values[i]})
		}
		out.Influence = append(out.Influence, one)
	}
	slices.SortStableFunc(out.Influence, func(a, b estimators.ContactCase) int { return cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)) })
	out.Influence = out.Influence[:min(mostInfluence, len(out.Influence))]
	for _, m := range f.Marginals(most) {
		left -= m.Expected
		out.Seen = append(out.Seen, estimators.ContactClass{Contacts: m.Captures, Observed: m.Observed, Expected: m.Expected})
	}
	if !f.problem.family.binary() {
		last := out.Seen[len(out.Seen)-1]
		out.Seen = append(out.Seen, estimators.ContactClass{Contacts: last.Contacts + 1, OrMore: true, Expected: math.Max(0, left)})
	}
	out.ChiSquared, out.G, out.Classes = compareClasses(out.Seen)
	out.P = 1
	if out.Classes > 1 {
		out.P = distuv.ChiSquared{K: float64(out.Classes - 1)}.Survival(out.ChiSquared)
	}
	return out
}

// compareClasses are Pearson's X² and the likelihood ratio G of classes, those in which fewer than five are expected taken together with the
// class before them, from the last one on.
func compareClasses(classes []estimators.ContactClass) (chiSquared, g float64, n int) {
	var observed, expected []float64
	o, e := 0.0, 0.0
	for i, c := range slices.Backward(classes) {
		o, e = o+float64(c.Observed), e+c.Expected
		if e >= leastExpected || i == 0 {
			observed, expected = append(observed, o), append(expected, e)
			o, e = 0, 0
		}
	}
	for i, x := range expected {
		if x > 0 {
			chiSquared += (observed[i] - x) * (observed[i] - x) / x
		}
		if observed[i] > 0 && x > 0 {
			g += 2 * observed[i] * math.Log(observed[i]/x)
		}
	}
	return chiSquared, g, len(expected)
}
