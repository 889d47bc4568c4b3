package linkage

import "math"

// overlapPrior is the prior on partitions and the table it has learned from: with t_h clusters of
// history h (the set of registers with a record in the cluster) and n = Σ t_h,
//
//	p(Z) ∝ n!/Γ(n+α0) · Π_h Γ(t_h+1),   α0 = 2^k − 1.
//
// It is the distribution of a partition when n is uniform, the table given n is
// Dirichlet–multinomial with all parameters 1, and all partitions with one table are equally
// probable: of these there are Π_r size_r!/Π_h t_h!. The family is that of Aleshin-Guendel and Sadinle (2023),
// Multifile partitioning for record linkage and duplicate detection, JASA 118:1786,
// doi:10.1080/01621459.2021.2013242. The share of persons with each history is
// learned from the linkage itself; a flat prior over partitions is not a weak one: it
// prefers the tables that most partitions have, with large overlaps.
type overlapPrior struct {
	t      []int64 // clusters by history
	n      int64
	alpha0 float64
	logs   []float64 // log 0 (never used), log 1, log 2, …
	cells  int64
}

// newOverlapPrior starts from nobody; there will never be more than most clusters.
func newOverlapPrior(registers, most int) *overlapPrior {
	p := &overlapPrior{t: make([]int64, 1<<registers), cells: 1<<registers - 1}
	p.alpha0 = float64(p.cells)
	p.logs = make([]float64, int64(most)+p.cells+2)
	for i := range p.logs {
		p.logs[i] = math.Log(float64(i))
	}
	return p
}

// another is the same prior with a table of its own.
func (p *overlapPrior) another() *overlapPrior {
	q := *p
	q.t, q.n = make([]int64, len(p.t)), 0
	return &q
}

func (p *overlapPrior) add(history uint32) { p.t[history]++; p.n++ }

func (p *overlapPrior) remove(history uint32) { p.t[history]--; p.n-- }

// alone is the log prior weight of a record that joins nobody, given the others: history is its register.
func (p *overlapPrior) alone(history uint32) float64 {
	return p.logs[p.t[history]+1] + p.logs[p.n+1] - p.logs[p.n+p.cells]
}

// join is the log prior weight of a record of the given register that joins a cluster of the
// given history, on the same scale.
func (p *overlapPrior) join(history, register uint32) float64 {
	return p.logs[p.t[history|register]+1] - p.logs[p.t[history]]
}

// union is the log ratio of the prior after and before two clusters of the given histories become one.
func (p *overlapPrior) union(g, h uint32) float64 {
	return p.logs[p.t[g|h]+1] - p.logs[p.t[g]] - p.logs[p.t[h]] + p.logs[p.n+p.cells-1] - p.logs[p.n]
}

// log is log p(Z) of the table as it stands, up to a constant.
func (p *overlapPrior) log() float64 {
	n := float64(p.n)
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(n + p.alpha0)
	sum := a - b
	for _, t := range p.t {
		g, _ := math.Lgamma(float64(t) + 1)
		sum += g
	}
	return sum
}
