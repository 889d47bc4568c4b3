package linkage

// clusterScore is the evidence that n records are of one person, from the weights of their
// pairs, as at treeShare; n is not limited.
func clusterScore(n int, weight func(i, j int) float64) float64 {
	if n < 2 {
		return 0
	}
	var sum, tree float64
	inside := make([]bool, n)
	reach := make([]float64, n)
	inside[0] = true
	for j := 1; j < n; j++ {
		reach[j] = weight(0, j)
	}
	for range n - 1 {
		best := -1
		for j, in := range inside {
			if !in && (best < 0 || reach[j] > reach[best]) {
				best = j
			}
		}
		tree += reach[best]
		inside[best] = true
		for j, in := range inside {
			if !in {
				reach[j] = max(reach[j], weight(min(best, j), max(best, j)))
			}
		}
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			sum += weight(i, j)
		}
	}
	return treeShare*tree + (1-treeShare)*2/float64(n)*sum
}
