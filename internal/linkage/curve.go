package linkage

import "context"

// A CurvePoint is what registers overlap by when the links at one threshold are taken as true.
type CurvePoint struct {
	Threshold float64 // 0 for the exact key
	Exact     bool
	Table     []int64 // persons by history: bit r of the index is register r; the first is 0
}

// CurveThresholds are those of a threshold curve: 0.05, 0.1, … 0.95, 0.99.
func CurveThresholds() []float64 {
	var t []float64
	for k := 1; k < 20; k++ {
		t = append(t, float64(k)/20)
	}
	return append(t, .99)
}

// ThresholdCurve links at each threshold, as [LinkPoint], and last by exact key: two records are linked when they agree
// fully in every field that most records have, and fully or by a missing value in the others. Each is one answer somebody might have
// taken as true; that they differ is what the curve shows.
func ThresholdCurve(ctx context.Context, persons Persons, g *Graph, m *Model, thresholds []float64) ([]CurvePoint, error) {
	var curve []CurvePoint
	for _, t := range thresholds {
		l, err := LinkPoint(ctx, persons, g, m, PointOptions{Threshold: t})
		if err != nil {
			return nil, err
		}
		curve = append(curve, CurvePoint{Threshold: t, Table: histories(persons, l.Partition, l.Clusters)})
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	of, clusters := exactKey(persons, g, m)
	return append(curve, CurvePoint{Exact: true, Table: histories(persons, of, clusters)}), nil
}

// histories counts the clusters by the registers of their records.
func histories(rows Rows, of []int32, clusters int) []int64 {
	mask := make([]uint32, clusters)
	for i, c := range of {
		mask[c] |= 1 << rows.Register(i)
	}
	t := make([]int64, 1<<rows.Registers())
	for _, h := range mask {
		t[h]++
	}
	return t
}

// exactKey joins records that agree in everything. Of more than one of a register the first by hash is joined with the
// first of another, the second with the second.
func exactKey(persons Persons, g *Graph, m *Model) ([]int32, int) {
	order := hashOrder(persons)
	rank := ranks(order)
	n := persons.Len()
	// A field is needed when most records have it: a record has what it agrees in with itself.
	have := make([]int, len(m.Comparisons))
	for i := range n {
		p := persons.Pattern(i, i)
		for f := range have {
			if p.Level(f) != Missing {
				have[f]++
			}
		}
	}
	agree := func(p Pattern) bool {
		fields := 0
		for f := range m.Comparisons {
			l, exact := p.Level(f), max(1, m.Comparisons[f].Exact)
			if l == Missing && 2*have[f] > n || l != Missing && l >= exact {
				return false
			}
			if l != Missing {
				fields++
			}
		}
		return fields > 0
	}
	equal := newDisjointSets(n)
	for _, x := range g.Pairs {
		if agree(x.Pattern) {
			equal.join(rank[x.A], rank[x.B])
		}
	}
	type place struct {
		set      int32
		register int
	}
	seen := make(map[place]int32)  // records so far
	named := make(map[place]int32) // cluster of the first, second, … of a set
	of := make([]int32, n)
	for r, i := range order {
		at := place{equal.find(int32(r)), persons.Register(int(i))}
		nth := seen[at]
		seen[at]++
		key := place{at.set, int(nth)}
		if _, ok := named[key]; !ok {
			named[key] = int32(r)
		}
		of[i] = named[key]
	}
	return numberedByHash(of, order)
}
