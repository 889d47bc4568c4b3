package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// meanTable holds the mean numbers of persons over the drawn linkages, in whole persons that add up: the total is the rounded mean; of the
// groups, and of the patterns within a group, those with the largest remainders are rounded up. It is what groups and their
// total are made from, so that they count the same people. Groups are those of the point linkage, which the draws may divide otherwise.
func meanTable(point *estimators.Table, draws []*estimators.Table, by []string) (*estimators.Table, error) {
	groups, err := point.Stratify(by...)
	if err != nil {
		return nil, err
	}
	k := point.K()
	means := make([][]float64, len(groups))
	for g := range means {
		means[g] = make([]float64, 1<<k)
	}
	for _, t := range draws {
		parts, err := t.Stratify(by...)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			g := slices.IndexFunc(groups, func(s estimators.Stratum) bool { return slices.Equal(s.Labels, p.Labels) })
			if g < 0 {
				continue
			}
			for _, c := range p.Table.Cells() {
				means[g][c.Pattern] += float64(c.Count) / float64(len(draws))
			}
		}
	}
	sums, total := make([]float64, len(groups)), 0.0
	for g, m := range means {
		for _, x := range m {
			sums[g] += x
		}
		total += sums[g]
	}
	sizes := whole(sums, int64(math.Round(total)))
	var cells []estimators.Cell
	for g, s := range groups {
		levels := make([]string, len(by))
		for i, l := range s.Labels {
			levels[i] = l.Level
		}
		for _, p := range s.Table.StructuralZeros() {
			cells = append(cells, estimators.Cell{Pattern: p, Levels: levels, StructuralZero: true})
		}
		for p, n := range whole(means[g], sizes[g]) {
			if n > 0 {
				cells = append(cells, estimators.Cell{Pattern: estimators.Pattern(p), Levels: levels, Count: n})
			}
		}
	}
	t, err := estimators.NewTable(point.Lists(), by, cells)
	if err != nil {
		return nil, err
	}
	return t.WithPeriod(point.Period()), nil
}

// whole rounds numbers to whole ones with a sum: those with the largest remainders up (Hamilton's method), of equal ones the first.
func whole(x []float64, sum int64) []int64 {
	out, order := make([]int64, len(x)), make([]int, len(x))
	rest := sum
	for i, v := range x {
		out[i], order[i] = int64(math.Floor(v+1e-9)), i
		rest -= out[i]
	}
	remainder := func(i int) float64 { return math.Round(1e9 * (x[i] - float64(out[i]))) } // means are equal but for rounding errors
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder(b), remainder(a)) })
	for _, i := range order {
		switch {
		case rest > 0:
			out[i]++
			rest--
		case rest < 0 && out[i] > 0: // a mean that is whole but for rounding errors
			out[i]--
			rest++
		}
	}
	return out
}

// counted is a remark where the best linkage has not as many people, or what they are called, as the drawn ones have on average; "" where it has.
func counted(point *estimators.Table, draws []*estimators.Table, people string) string {
	var n []float64
	mean := 0.0
	for _, t := range draws {
		x := float64(t.Observed())
		n = append(n, x)
		mean += x / float64(len(draws))
	}
	if int64(math.Round(mean)) == point.Observed() {
		return ""
	}
	n = resample.Sorted(n)
	return fmt.Sprintf("%s %s were seen in the best linkage, and %s on average over the linkages drawn (%s to %s): estimates, groups and their total count the latter, the table and the overlaps the former",
		estimators.People(float64(point.Observed())), people, estimators.People(mean), estimators.People(n[0]), estimators.People(n[len(n)-1]))
}
