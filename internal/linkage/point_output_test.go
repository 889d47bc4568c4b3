package linkage

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestClusterNames(t *testing.T) {
	a, b := ClusterNames(1000, 1), ClusterNames(1000, 2)
	if slices.Equal(a, b) || !slices.Equal(a, ClusterNames(1000, 1)) {
		t.Error("names do not follow the seed")
	}
	sorted := slices.Sorted(slices.Values(a))
	if len(slices.Compact(sorted)) != 1000 || sorted[0] != "c000001" || slices.IsSorted(a) {
		t.Errorf("%v …", a[:5])
	}
}

func drawnCases() (Rows, []int32, func(d int) []int32) {
	p := madePersons{register: []int{0, 1, 2, 0, 1, 0}, hash: []uint64{1, 2, 3, 4, 5, 6}, pattern: func(i, j int) Pattern { return 0 }}
	of := []int32{0, 0, 0, 1, 1, 2}
	draws := [][]int32{
		{0, 0, 0, 1, 1, 2}, {0, 0, 1, 2, 2, 3}, {0, 0, 1, 2, 2, 3}, {0, 1, 2, 3, 3, 4},
	}
	return p, of, func(d int) []int32 { return draws[d] }
}

func TestBelongProbabilities(t *testing.T) {
	_, of, draw := drawnCases()
	if got, want := BelongProbabilities(of, 4, draw), []float64{.75, .75, .25, 1, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := BelongProbabilities(of, 0, nil); slices.Min(got) != 1 {
		t.Errorf("without draws %v", got)
	}
}

func TestHardestClusters(t *testing.T) {
	p, of, draw := drawnCases()
	got := HardestClusters(p, of, 20, 4, draw)
	if len(got) != 1 || got[0].Cluster != 0 || got[0].Probability != .25 || math.Abs(got[0].Entropy-1.5) > 1e-12 || !slices.Equal(got[0].Records, []int32{0, 1, 2}) {
		t.Errorf("%+v", got)
	}
	if got := HardestClusters(p, of, 0, 4, draw); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestLinkedRows(t *testing.T) {
	p, of, draw := drawnCases()
	names := ClusterNames(3, 1)
	rows := LinkedRows(p, of, names, BelongProbabilities(of, 4, draw))
	for k, r := range rows {
		if k > 0 && (rows[k-1].Register > r.Register || rows[k-1].Register == r.Register && names[rows[k-1].Cluster] > names[r.Cluster]) {
			t.Errorf("%+v after %+v", r, rows[k-1])
		}
		if r.Cluster != of[r.Record] {
			t.Errorf("%+v", r)
		}
	}
	if len(rows) != 6 || len(LinkedColumns) != 4 {
		t.Error(fmt.Sprint(rows))
	}
}
