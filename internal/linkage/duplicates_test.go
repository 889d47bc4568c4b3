package linkage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// partitionsOf calls f with every partition of n records as the cluster of each, numbered by first record.
func partitionsOf(n int, f func(of []int32, clusters int)) {
	of := make([]int32, n)
	var visit func(i, clusters int)
	visit = func(i, clusters int) {
		if i == n {
			f(of, clusters)
			return
		}
		for c := range clusters + 1 {
			of[i] = int32(c)
			visit(i+1, max(clusters, c+1))
		}
	}
	visit(0, 0)
}

// duplicatePosterior is the log posterior of a partition with the rates integrated out, by definition:
// Π_s Γ(t_s + 2^(1−s)) (s!)^t_s · exp Σ score(C), for fewer than 16 records.
func duplicatePosterior(p Persons, odds *pairOdds, of []int32, clusters int) float64 {
	var log float64
	t := make([]int, len(of)+1)
	for _, members := range newMembers(p, of).each() {
		t[len(members)]++
		log += clusterScore(len(members), func(x, y int) float64 {
			return odds.weight(p.Pattern(int(members[x]), int(members[y])))
		})
	}
	for s := 1; s <= duplicateSizes; s++ {
		var n int
		if s < len(t) {
			n = t[s]
		}
		a, _ := math.Lgamma(float64(n) + math.Pow(2, float64(1-s)))
		b, _ := math.Lgamma(float64(s) + 1)
		log += a + float64(n)*b
	}
	return log
}

func partitionKey(of []int32) string {
	first := map[int32]int32{}
	out := make([]int32, len(of))
	for i, c := range of {
		if _, ok := first[c]; !ok {
			first[c] = int32(len(first))
		}
		out[i] = first[c]
	}
	return fmt.Sprint(out)
}

// The draws have the posterior distribution: by enumeration of all partitions, of groups that are drawn exactly and of
// one that is drawn by Gibbs, divisions and unions.
func TestDuplicateDrawsAgainstEnumeration(t *testing.T) {
	for _, n := range []int{4, 6} {
		for seed := range uint64(2) {
			rng := rand.New(rand.NewPCG(9, seed))
			p := randomPersons(rng, n, 1, 2)
			m := madeModel(2, 1, .3)
			odds := newPairOdds(m, 1)
			exact := map[string]float64{}
			top := math.Inf(-1)
			partitionsOf(n, func(of []int32, clusters int) {
				log := duplicatePosterior(p, odds, of, clusters)
				exact[partitionKey(of)] = log
				top = max(top, log)
			})
			var total float64
			for k, log := range exact {
				exact[k] = math.Exp(log - top)
				total += exact[k]
			}
			const draws = 8000
			d, err := Deduplicate(context.Background(), p, p.allPairs(true), m, DuplicateOptions{Draws: draws, Chains: 2, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]float64{}
			together := map[[2]int32]float64{}
			for k := range d.Draws() {
				of := d.Draw(k)
				found[partitionKey(of)] += 1 / float64(d.Draws())
			}
			partitionsOf(n, func(of []int32, clusters int) {
				share := exact[partitionKey(of)] / total
				for i := range n {
					for j := range n {
						if i != j && of[i] == of[j] {
							together[[2]int32{int32(i), int32(j)}] += share
						}
					}
				}
			})
			var distance, noise float64
			for k, w := range exact {
				share := w / total
				distance += math.Abs(share-found[k]) / 2
				noise += math.Sqrt(share*(1-share)/float64(draws)) / 2
			}
			if distance > .01+2*noise {
				t.Errorf("%d records, case %d: total variation %.4f from the exact posterior, noise %.4f", n, seed, distance, noise)
			}
			rank := ranks(hashOrder(p))
			for key, share := range together {
				r, s := rank[key[0]], rank[key[1]]
				if got := d.draws.together[[2]int32{min(r, s), max(r, s)}]; math.Abs(got-share) > .04 {
					t.Errorf("%d records, case %d: records %v together with probability %.4f, exactly %.4f", n, seed, key, got, share)
				}
			}
		}
	}
}

// Sixty draws of groups that are drawn whole are next to independent: what little fifteen of a chain say of its agreement with
// others is not said before they have run on.
func TestDuplicateChainsRunOn(t *testing.T) {
	p, g, m := doubtfulDuplicates(900)
	disagree := 0
	for seed := range uint64(40) {
		d, err := Deduplicate(context.Background(), p, g, m, DuplicateOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if d.RHat == 0 {
			t.Fatal("no draw differs")
		}
		if d.RHat > agreement {
			disagree++
		}
	}
	if disagree > 1 {
		t.Errorf("the chains of %d of 40 runs are said to disagree", disagree)
	}
}

func sameDuplicates(t *testing.T, a, b *Duplicates, order []int) {
	t.Helper()
	for i, j := range order {
		if b.Partition[i] != a.Partition[j] {
			t.Fatalf("record %d is in cluster %d, otherwise in %d", j, a.Partition[j], b.Partition[i])
		}
	}
	for k := range a.Draws() {
		x, y := a.Draw(k), b.Draw(k)
		for i, j := range order {
			if y[i] != x[j] {
				t.Fatalf("draw %d: record %d is in cluster %d, otherwise in %d", k, j, x[j], y[i])
			}
		}
	}
	for r := range a.Registers {
		if a.Registers[r] != b.Registers[r] {
			t.Fatalf("register %d: %+v, otherwise %+v", r, a.Registers[r], b.Registers[r])
		}
	}
}

func TestDuplicatesDoNotDependOnOrderOrWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 5 {
		n, k := 20+rng.IntN(15), 1+rng.IntN(3)
		p := randomPersons(rng, n, k, 3)
		m := madeModel(3, k, .05)
		o := DuplicateOptions{Draws: 9, Seed: 4, Workers: 1}
		a, err := Deduplicate(context.Background(), p, p.allPairs(true), m, o)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range a.Partition {
			for j, e := range a.Partition[:i] {
				if c == e && p.register[i] != p.register[j] {
					t.Fatal("a cluster holds records of two registers")
				}
			}
		}
		order := rng.Perm(n)
		q := p.permuted(order)
		o.Workers = 4
		b, err := Deduplicate(context.Background(), q, q.allPairs(true), m, o)
		if err != nil {
			t.Fatal(err)
		}
		sameDuplicates(t, a, b, order)
	}
}

// Records with one administrative key are together in everything, and bring their neighbours together.
func TestAdministrativeDuplicates(t *testing.T) {
	const no = Pattern(6 | 6<<3)
	same := [][2]int{{0, 1}, {3, 4}}
	p := madePersons{register: make([]int, 6), hash: []uint64{6, 1, 5, 2, 4, 3}, pattern: func(i, j int) Pattern {
		if slices.Contains(same, [2]int{i, j}) {
			return 0
		}
		return no
	}}
	m := madeModel(2, 1, .3)
	for f := range m.Comparisons { // strong evidence
		m.Comparisons[f].M[0], m.Comparisons[f].M[6] = 1e4, 1e-4
	}
	d, err := Deduplicate(context.Background(), p, p.allPairs(true), m, DuplicateOptions{Same: []int32{-1, 7, 7, -1, -1, -1}})
	if err != nil {
		t.Fatal(err)
	}
	// By hash: 1, 3, 5, 4, 2, 0.
	if want := []int32{0, 0, 0, 1, 1, 2}; !slices.Equal(d.Partition, want) {
		t.Errorf("clusters %v, want %v", d.Partition, want)
	}
	for k := range d.Draws() {
		if of := d.Draw(k); of[1] != of[2] {
			t.Fatalf("draw %d separates records with one key", k)
		}
	}
	r := d.Registers[0]
	if r.Records != 6 || r.Persons != 3 || r.Repeats.Value != 3 || r.False.Value > .01 || r.Missed.Value > .01 {
		t.Errorf("%+v", r)
	}
	p.register[2] = 1
	if _, err := Deduplicate(context.Background(), p, p.allPairs(true), madeModel(2, 2, .3), DuplicateOptions{Same: []int32{-1, 7, 7, -1, -1, -1}}); err == nil {
		t.Error("one key in two registers: no error")
	}
}

// Where nothing agrees nobody is a duplicate, and a record without any value is no reason to join it.
func TestNoDuplicates(t *testing.T) {
	p := madePersons{pattern: func(i, j int) Pattern {
		if i < 3 {
			return Missing | Missing<<3
		}
		return 6 | 6<<3
	}}
	for i := range 200 {
		p.register = append(p.register, 0)
		p.hash = append(p.hash, uint64(i)*7919)
	}
	d, err := Deduplicate(context.Background(), p, p.allPairs(true), madeModel(2, 1, 1e-3), DuplicateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := d.Registers[0]; r.Persons != 200 || r.Repeats.Lower > 0 || r.Repeats.Value > 1 || len(d.Links) != 0 {
		t.Errorf("%+v", r)
	}
}

// A register without a pair type of its own is left as it is.
func TestRegisterNotSearched(t *testing.T) {
	p := madePersons{register: []int{0, 0, 1, 1}, hash: []uint64{1, 2, 3, 4}, pattern: func(i, j int) Pattern { return 0 }}
	m := madeModel(2, 2, .5)
	m.Types = slices.DeleteFunc(m.Types, func(t PairType) bool { return t.A == 1 && t.B == 1 })
	m.Comparisons[0].M[0] = 1e6
	d, err := Deduplicate(context.Background(), p, p.allPairs(true), m, DuplicateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Registers[0].Persons != 1 || d.Registers[1].Persons != 2 {
		t.Errorf("%+v", d.Registers)
	}
}

func TestDuplicateErrors(t *testing.T) {
	p := madePersons{register: []int{0, 0}, hash: []uint64{1, 2}, pattern: func(i, j int) Pattern { return 0 }}
	m := madeModel(1, 1, .5)
	for _, o := range []DuplicateOptions{{Threshold: 1}, {Threshold: math.NaN()}, {Draws: -1}, {Chains: -1}, {Same: []int32{0}}} {
		if _, err := Deduplicate(context.Background(), p, p.allPairs(true), m, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Deduplicate(ctx, p, p.allPairs(true), m, DuplicateOptions{}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if d, err := Deduplicate(context.Background(), madePersons{}, &Graph{}, m, DuplicateOptions{}); err != nil || d.Clusters != 0 {
		t.Errorf("no records: %+v, %v", d, err)
	}
}

// doubtfulDuplicates are n records, a third of them in pairs of every degree of likeness.
func doubtfulDuplicates(n int) (madePersons, *Graph, *Model) {
	rng := rand.New(rand.NewPCG(13, 14))
	p := madePersons{register: make([]int, n)}
	for range n {
		p.hash = append(p.hash, rng.Uint64())
	}
	m := madeModel(5, 1, 1e-6)
	for f := range m.Comparisons {
		m.Comparisons[f].M[0] = 3e3 * float64(f+1)
	}
	random := func(i, j int) (pattern Pattern) {
		key := mix(p.hash[i] ^ mix(p.hash[j]))
		for f := range 5 {
			pattern = pattern.With(f, max(0, int(key>>(8*f)&15)-9))
		}
		return pattern
	}
	p.pattern = random
	g := &Graph{}
	for i := range n - 1 {
		if i%3 == 0 {
			j := i + 1
			if i%30 == 0 {
				j = i + 1 + rng.IntN(min(1000, n-i-1))
			}
			g.Pairs = append(g.Pairs, Pair{int32(i), int32(j), random(i, j)})
		}
	}
	return p, g, m
}

func BenchmarkDeduplicate(b *testing.B) {
	p, g, m := doubtfulDuplicates(300_000)
	b.Run("records=3e5", func(b *testing.B) {
		for range b.N {
			d, err := Deduplicate(context.Background(), p, g, m, DuplicateOptions{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(d.Links)), "links")
		}
	})
}
