package disclosure_test

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"darkfigure/internal/disclosure"
)

// Nobody publishes how many people are on two lists together, but they are not to be found out either. Of three to six lists: the attacker
// knows that people and lists are sums over the sets of lists that a person can be on, 63 of six, in every group, and looks for the numbers of
// those on two lists. Where he can tell that there is anybody, he cannot tell that there are few.
func TestOverlapsCannotBeRecovered(t *testing.T) {
	tables := map[int]int{3: 300, 4: 200, 5: 100, 6: 40}
	if testing.Short() {
		tables = map[int]int{3: 30, 4: 10, 5: 5, 6: 2}
	}
	for k, n := range tables {
		overlaps(t, k, n)
	}
}

func overlaps(t *testing.T, k, tables int) {
	attacked := 0
	for seed := range tables {
		r := rand.New(rand.NewPCG(uint64(seed), uint64(8+k)))
		c := disclosure.Cross{2 + r.IntN(2), 2}
		on := make([][]int64, 1<<k) // people by the set of lists that they are on
		for s := range on {
			on[s] = make([]int64, c.Size())
		}
		for _, i := range c.Inner() {
			for s := 1; s < 1<<k; s++ {
				most := 40
				if bits.OnesCount(uint(s)) > 1 {
					most = max(8>>(k-3), 2)
				}
				on[s][i] = int64(r.IntN(most))
			}
		}
		counts := disclosure.Counts{Cross: c, People: make([]int64, c.Size()), Threshold: 5}
		for range k {
			counts.Lists = append(counts.Lists, make([]int64, c.Size()))
		}
		for s := range on {
			c.Fill(on[s])
			for i, n := range on[s] {
				counts.People[i] += n
				for j := range k {
					counts.Lists[j][i] += n * int64(s>>j&1)
				}
			}
		}
		release, withheld := released(counts, suppress(t, counts))
		size := c.Size()
		add := func(v int64) int {
			release.Cells = append(release.Cells, disclosure.Cell{Value: v, Derived: true})
			withheld = append(withheld, false)
			return len(release.Cells) - 1
		}
		var first int
		for s := 1; s < 1<<k; s++ {
			for i := range size {
				if x := add(on[s][i]); s == 1 && i == 0 {
					first = x
				}
			}
		}
		at := func(s, i int) int { return first + (s-1)*size + i }
		for s := 1; s < 1<<k; s++ {
			release.Relations = append(release.Relations, c.Relations(at(s, 0))...)
		}
		type overlap struct {
			cell int
			n    int64
		}
		var overlaps []overlap
		for i := range size {
			for q := range 1 + k { // the people, and the lists
				var parts []int
				for s := 1; s < 1<<k; s++ {
					if q == 0 || s>>(q-1)&1 == 1 {
						parts = append(parts, at(s, i))
					}
				}
				release.Relations = append(release.Relations, disclosure.Sum(q*size+i, parts...))
			}
			for pair := 1; pair < 1<<k; pair++ {
				if bits.OnesCount(uint(pair)) != 2 {
					continue
				}
				n, parts := int64(0), []int{}
				for s := 1; s < 1<<k; s++ {
					if s&pair == pair {
						n, parts = n+on[s][i], append(parts, at(s, i))
					}
				}
				x := add(n)
				release.Relations = append(release.Relations, disclosure.Sum(x, parts...))
				if n > 0 && n < counts.Threshold {
					overlaps = append(overlaps, overlap{x, n})
				}
			}
		}
		a, err := disclosure.NewAttacker(release, withheld)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range overlaps {
			attacked++
			if b := a.Bounds(o.cell); b.Lower > 1e-6 && b.Upper-b.Lower < float64(counts.Threshold)-1e-6 {
				t.Errorf("%d lists, table %d: of %d people on two lists the attacker knows that they are %v to %v", k, seed, o.n, b.Lower, b.Upper)
			}
		}
	}
	if attacked < tables {
		t.Errorf("%d lists: only %d overlaps", k, attacked)
	}
}
