package linkage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// madePersons are records whose pairs compare as given.
type madePersons struct {
	register []int
	hash     []uint64
	pattern  func(i, j int) Pattern
}

func (p madePersons) Len() int           { return len(p.register) }
func (p madePersons) Registers() int     { return slices.Max(append([]int{0}, p.register...)) + 1 }
func (p madePersons) Register(i int) int { return p.register[i] }
func (p madePersons) Hash(i int) uint64  { return p.hash[i] }
func (p madePersons) Pattern(i, j int) Pattern {
	return p.pattern(min(i, j), max(i, j))
}

// permuted presents the records in another order: record i is what record order[i] was.
func (p madePersons) permuted(order []int) madePersons {
	out := madePersons{pattern: func(i, j int) Pattern { return p.Pattern(order[i], order[j]) }}
	for _, i := range order {
		out.register = append(out.register, p.register[i])
		out.hash = append(out.hash, p.hash[i])
	}
	return out
}

// allPairs is the graph of every pair of different registers (or of the same when duplicates are sought).
func (p madePersons) allPairs(same bool) *Graph {
	g := &Graph{}
	for i := range p.register {
		for j := i + 1; j < len(p.register); j++ {
			if (p.register[i] == p.register[j]) == same {
				g.Pairs = append(g.Pairs, Pair{int32(i), int32(j), p.pattern(i, j)})
			}
		}
	}
	return g
}

// madeModel has fields of seven levels whose weights run from strong agreement to strong disagreement,
// different in every field so that sums of weights seldom tie.
func madeModel(fields, registers int, lambda float64) *Model {
	m := &Model{}
	for f := range fields {
		c := Comparison{Field: fmt.Sprint(f), Levels: make([]string, 7)}
		for l := range 7 {
			c.M = append(c.M, math.Exp(float64(3-l)*(1+.1*float64(f))/2))
			c.U = append(c.U, 1)
		}
		m.Comparisons = append(m.Comparisons, c)
	}
	for a := range registers {
		for b := a; b < registers; b++ {
			m.Types = append(m.Types, PairType{A: a, B: b, Lambda: lambda})
		}
	}
	return m
}

// randomPersons draws records of k registers with random patterns of f fields.
func randomPersons(rng *rand.Rand, n, k, f int) madePersons {
	p := madePersons{}
	table := make([]Pattern, n*n)
	for i := range n {
		p.register = append(p.register, rng.IntN(k))
		p.hash = append(p.hash, rng.Uint64())
		for j := range n {
			for x := range f {
				table[i*n+j] = table[i*n+j].With(x, rng.IntN(7))
			}
		}
	}
	if n > 0 {
		p.register[0] = k - 1 // so that the number of registers is k
	}
	p.pattern = func(i, j int) Pattern { return table[i*n+j] }
	return p
}

// bestPartition is the largest objective over all valid partitions, by enumeration.
func bestPartition(p madePersons, m *Model, shift float64) float64 {
	odds := newPairOdds(m, p.Registers())
	n := p.Len()
	of := make([]int, n)
	best := math.Inf(-1)
	var visit func(i, clusters int)
	visit = func(i, clusters int) {
		if i == n {
			var total float64
			for c := range clusters {
				var in []int
				for j := range n {
					if of[j] == c {
						in = append(in, j)
					}
				}
				total += clusterScore(len(in), func(x, y int) float64 {
					return odds.at(p.Pattern(in[x], in[y]), p.register[in[x]], p.register[in[y]]) - shift
				})
			}
			best = max(best, total)
			return
		}
	next:
		for c := range clusters + 1 {
			for j := range i {
				if of[j] == c && p.register[j] == p.register[i] {
					continue next
				}
			}
			of[i] = c
			visit(i+1, max(clusters, c+1))
		}
	}
	visit(0, 0)
	return best
}

func checkPartition(t interface{ Fatalf(string, ...any) }, p madePersons, l *PointLinkage) {
	seen := map[[2]int]bool{}
	for i, c := range l.Partition {
		key := [2]int{int(c), p.register[i]}
		if seen[key] {
			t.Fatalf("cluster %d holds two records of register %d", c, p.register[i])
		}
		seen[key] = true
	}
}

func TestPointIsTheBestPartition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for try := range 300 {
		n, k := 2+rng.IntN(7), 2+rng.IntN(3)
		p := randomPersons(rng, n, k, 2)
		m := madeModel(2, k, .5)
		for _, tau := range []float64{.5, .8} {
			l, err := LinkPoint(context.Background(), p, p.allPairs(false), m, PointOptions{Threshold: tau})
			if err != nil {
				t.Fatal(err)
			}
			checkPartition(t, p, l)
			want := bestPartition(p, m, logit(tau))
			if math.Abs(l.Objective-want) > 1e-9 {
				t.Fatalf("case %d (%d records, %d registers, threshold %v): objective %v, best %v", try, n, k, tau, l.Objective, want)
			}
			var sum float64
			for c, members := range newMembers(p, l.Partition).each() {
				if len(members) == 0 {
					t.Fatalf("cluster %d is empty", c)
				}
				odds := newPairOdds(m, k)
				sum += clusterScore(len(members), func(x, y int) float64 {
					i, j := int(members[x]), int(members[y])
					return odds.at(p.Pattern(i, j), p.register[i], p.register[j]) - logit(tau)
				})
			}
			if math.Abs(sum-l.Objective) > 1e-9 {
				t.Fatalf("the clusters score %v, the objective is %v", sum, l.Objective)
			}
		}
	}
}

// The local search need not find the best, but it must not be below the greedy linkage, and on small
// cases it is nearly always there.
func TestLocalSearchAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var found, tried int
	for range 60 {
		p := randomPersons(rng, 9, 3, 2)
		m := madeModel(2, 3, .5)
		l, err := LinkPoint(context.Background(), p, p.allPairs(false), m, PointOptions{})
		if err != nil {
			t.Fatal(err)
		}
		checkPartition(t, p, l)
		if l.Local == 0 {
			continue
		}
		tried++
		want := bestPartition(p, m, 0)
		if l.Objective > want+1e-9 {
			t.Fatalf("objective %v above the best %v", l.Objective, want)
		}
		if l.Objective > want-1e-9 {
			found++
		}
	}
	t.Logf("local search found the best in %d of %d", found, tried)
	if tried < 30 || found*10 < tried*7 {
		t.Errorf("local search found the best in %d of %d cases", found, tried)
	}
}

func TestAssignmentAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, k := rapid.IntRange(0, 6).Draw(t, "rows"), rapid.IntRange(0, 6).Draw(t, "columns")
		rows := make([][]assignmentEdge, n)
		for i := range rows {
			for j := range k {
				if rapid.Bool().Draw(t, "edge") {
					rows[i] = append(rows[i], assignmentEdge{int32(j), float64(rapid.IntRange(-3, 9).Draw(t, "weight"))})
				}
			}
		}
		var best func(i int, taken uint) float64
		best = func(i int, taken uint) float64 {
			if i == n {
				return 0
			}
			top := best(i+1, taken)
			for _, e := range rows[i] {
				if taken>>e.column&1 == 0 {
					top = max(top, e.weight+best(i+1, taken|1<<e.column))
				}
			}
			return top
		}
		var sum float64
		var taken uint
		for i, j := range assign(rows, k) {
			if j < 0 {
				continue
			}
			if taken>>j&1 == 1 {
				t.Fatalf("column %d given twice", j)
			}
			taken |= 1 << j
			at := slices.IndexFunc(rows[i], func(e assignmentEdge) bool { return e.column == j })
			if at < 0 {
				t.Fatalf("row %d has no edge to column %d", i, j)
			}
			sum += rows[i][at].weight
		}
		if want := best(0, 0); sum != want {
			t.Fatalf("weight %v, best %v", sum, want)
		}
	})
}

func TestPointDoesNotDependOnOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		n, k := 5+rng.IntN(40), 2+rng.IntN(3)
		p := randomPersons(rng, n, k, 1) // one field: many ties
		m := madeModel(1, k, .3)
		a, err := LinkPoint(context.Background(), p, p.allPairs(false), m, PointOptions{})
		if err != nil {
			t.Fatal(err)
		}
		order := rng.Perm(n)
		q := p.permuted(order)
		b, err := LinkPoint(context.Background(), q, q.allPairs(false), m, PointOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if a.Objective != b.Objective && math.Abs(a.Objective-b.Objective) > 1e-9 || a.Ties != b.Ties {
			t.Fatalf("objective %v and %v, ties %d and %d", a.Objective, b.Objective, a.Ties, b.Ties)
		}
		for i, j := range order {
			if b.Partition[i] != a.Partition[j] {
				t.Fatalf("record %d is in cluster %d, in another order in %d", j, a.Partition[j], b.Partition[i])
			}
		}
	}
}

// Two records of one register fit one of another equally well: one tie, decided by hash.
func TestPointTies(t *testing.T) {
	p := madePersons{register: []int{0, 1, 1}, hash: []uint64{5, 9, 3}, pattern: func(i, j int) Pattern { return 0 }}
	l, err := LinkPoint(context.Background(), p, p.allPairs(false), madeModel(1, 2, .5), PointOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if l.Ties != 1 || l.Clusters != 2 || !slices.Equal(l.Partition, Partition{0, 1, 0}) || len(l.Links) != 1 {
		t.Errorf("%+v", l)
	}
}

func TestPointErrors(t *testing.T) {
	p := madePersons{register: []int{0, 1}, hash: []uint64{1, 2}, pattern: func(i, j int) Pattern { return 0 }}
	for _, tau := range []float64{-1, 1, 2, math.NaN()} {
		if _, err := LinkPoint(context.Background(), p, &Graph{}, madeModel(1, 2, .5), PointOptions{Threshold: tau}); err == nil {
			t.Errorf("threshold %v: no error", tau)
		}
	}
	p.register[1] = 64
	if _, err := LinkPoint(context.Background(), p, &Graph{}, madeModel(1, 2, .5), PointOptions{}); err == nil {
		t.Error("65 registers: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.register[1] = 1
	if _, err := LinkPoint(ctx, p, p.allPairs(false), madeModel(1, 2, .5), PointOptions{}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	l, err := LinkPoint(context.Background(), madePersons{}, &Graph{}, madeModel(1, 1, .5), PointOptions{})
	if err != nil || l.Clusters != 0 {
		t.Errorf("no records: %+v, %v", l, err)
	}
}

func BenchmarkLinkPoint(b *testing.B) {
	const n = 1_000_000
	rng := rand.New(rand.NewPCG(7, 8))
	p := madePersons{}
	for i := range 2 * n {
		p.register = append(p.register, i/n)
		p.hash = append(p.hash, rng.Uint64())
	}
	m := madeModel(5, 2, 1e-6)
	for f := range m.Comparisons {
		m.Comparisons[f].M[0] = 3e3 * float64(f+1)
	}
	g := &Graph{}
	p.pattern = func(i, j int) Pattern { return 0x1234 }
	for i := range n {
		var pattern Pattern
		for f := range 5 {
			pattern = pattern.With(f, max(0, rng.IntN(12)-5))
		}
		if i%10 < 7 {
			for x := range 5 {
				pattern = pattern.With(rng.IntN(5), x)
			}
		}
		g.Pairs = append(g.Pairs, Pair{int32(i), int32(n + i), pattern})
		for range 2 {
			var pattern Pattern
			for f := range 5 {
				pattern = pattern.With(f, rng.IntN(7))
			}
			g.Pairs = append(g.Pairs, Pair{int32(i), int32(n + rng.IntN(n)), pattern})
		}
	}
	b.Run("pairs=3e6", func(b *testing.B) {
		for range b.N {
			l, err := LinkPoint(context.Background(), p, g, m, PointOptions{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(l.Links)), "links")
			b.ReportMetric(float64(l.Largest), "largest")
		}
	})
}
