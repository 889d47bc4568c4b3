package linkage

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"darkfigure/internal/resample"
)

// ClusterNames are pseudonyms of clusters 0 … clusters−1 for linked output: c000001 and so on, in an order drawn from the seed,
// so that they tell neither the order of the input nor anything of the records, and other outputs of the
// same linkage with the same seed have the same ones.
func ClusterNames(clusters int, seed uint64) []string {
	width := max(6, len(fmt.Sprint(clusters)))
	names := make([]string, clusters)
	for c, n := range resample.Stream(seed, clusterStream).Perm(clusters) {
		names[c] = fmt.Sprintf("c%0*d", width, n+1)
	}
	return names
}

// Streams of random numbers, apart from those of chains and draws.
const (
	clusterStream = 1<<40 + iota
	reviewStream
)

// LinkedColumns name the columns of linked output; the rows are of [LinkedRow].
var LinkedColumns = []string{"source_dataset", "unique_id", "cluster_id", "match_probability"}

// A LinkedRow is a record of linked output.
type LinkedRow struct {
	Register    int
	Record      int32
	Cluster     int32   // number; see [ClusterNames] for its pseudonym
	Probability float64 // see [BelongProbabilities]
}

// LinkedRows are the rows of linked output for all records: by register and then in the order of their clusters' names, so that
// the order of the input does not show either.
func LinkedRows(rows Rows, of []int32, names []string, belong []float64) []LinkedRow {
	out := make([]LinkedRow, rows.Len())
	for i := range out {
		out[i] = LinkedRow{rows.Register(i), int32(i), of[i], belong[i]}
	}
	slices.SortFunc(out, func(a, b LinkedRow) int {
		return cmp.Or(cmp.Compare(a.Register, b.Register), cmp.Compare(names[a.Cluster], names[b.Cluster]),
			cmp.Compare(rows.Hash(int(a.Record)), rows.Hash(int(b.Record))), cmp.Compare(a.Record, b.Record))
	})
	return out
}

// BelongProbabilities gives for every record the probability that it belongs with the rest of its cluster: the share of
// draws in which it is with another record of it; 1 for a record that is alone, and without draws.
func BelongProbabilities(of []int32, draws int, draw func(d int) []int32) []float64 {
	out := make([]float64, len(of))
	groups := newMembers(nil, of)
	if draws == 0 {
		for i := range out {
			out[i] = 1
		}
		return out
	}
	for d := range draws {
		drawn := draw(d)
		for _, members := range groups.each() {
			for x, i := range members {
				for y, j := range members {
					if x != y && drawn[i] == drawn[j] {
						out[i]++
						break
					}
				}
			}
		}
	}
	for _, members := range groups.each() {
		for _, i := range members {
			out[i] /= float64(draws)
			if len(members) == 1 {
				out[i] = 1
			}
		}
	}
	return out
}

// A HardCluster is one about which the draws disagree.
type HardCluster struct {
	Cluster     int32
	Records     []int32 // by hash
	Probability float64 // share of draws that have exactly this cluster
	Entropy     float64 // bits: of the ways in which the draws divide its records and join them with others
}

// HardestClusters are those of a linkage with the highest entropy over the draws, at most n, the hardest first. Records
// that are alone are clusters too; clusters that all draws have are never among them.
func HardestClusters(rows Rows, of []int32, n, draws int, draw func(d int) []int32) []HardCluster {
	groups := newMembers(rows, of)
	contents := func(of []int32) []uint64 { // of each cluster: a sum that does not depend on an order
		sum := make([]uint64, len(of))
		for i, c := range of {
			sum[c] += mix(rows.Hash(i))
		}
		return sum
	}
	point := contents(of)
	other := make([]map[uint64]int, groups.len()) // by how the draw has it, for draws that differ
	for d := range draws {
		drawn := draw(d)
		content := contents(drawn)
		for c, members := range groups.each() {
			same := true
			var way uint64
			for _, i := range members {
				in := content[drawn[i]]
				same = same && in == point[c]
				way += mix(mix(rows.Hash(int(i))) ^ in)
			}
			if !same {
				if other[c] == nil {
					other[c] = make(map[uint64]int)
				}
				other[c][way]++
			}
		}
	}
	var out []HardCluster
	for c, ways := range other {
		if ways == nil {
			continue
		}
		h := HardCluster{Cluster: int32(c), Records: slices.Clone(groups.of(int32(c)))}
		slices.SortFunc(h.Records, func(a, b int32) int {
			return cmp.Or(cmp.Compare(rows.Hash(int(a)), rows.Hash(int(b))), cmp.Compare(a, b))
		})
		left := draws
		counts := make([]int, 0, len(ways)+1)
		for _, n := range ways {
			left -= n
			counts = append(counts, n)
		}
		slices.Sort(counts) // a sum of floats depends on its order
		h.Probability = float64(left) / float64(draws)
		for _, n := range append(counts, left) {
			if n > 0 {
				p := float64(n) / float64(draws)
				h.Entropy -= p * math.Log2(p)
			}
		}
		if h.Entropy > 0 || left == 0 {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b HardCluster) int {
		return cmp.Or(cmp.Compare(b.Entropy, a.Entropy), cmp.Compare(a.Probability, b.Probability), cmp.Compare(a.Cluster, b.Cluster))
	})
	return out[:min(n, len(out))]
}
