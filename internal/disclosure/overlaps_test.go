package disclosure_test

import (
	"math/rand/v2"
	"testing"

	"darkfigure/internal/disclosure"
)

// Nobody publishes how many people are on two lists together, but they are not to be found out either. Of three lists: the attacker knows
// that people and lists are sums over the seven sets of lists that a person can be on, in every group, and looks for the numbers of
// those on two lists. Where he can tell that there is anybody, he cannot tell that there are few.
func TestOverlapsCannotBeRecovered(t *testing.T) {
	tables := 150
	if testing.Short() {
		tables = 30
	}
	attacked := 0
	for seed := range tables {
		r := rand.New(rand.NewPCG(uint64(seed), 11))
		c := disclosure.Cross{2 + r.IntN(2), 2}
		on := make([][]int64, 8) // people by the set of lists that they are on
		for s := range on {
			on[s] = make([]int64, c.Size())
		}
		for _, i := range c.Inner() {
			for s := 1; s < 8; s++ {
				most := 40
				if s != 1 && s != 2 && s != 4 {
					most = 8
				}
				on[s][i] = int64(r.IntN(most))
			}
		}
		counts := disclosure.Counts{Cross: c, People: make([]int64, c.Size()), Lists: [][]int64{make([]int64, c.Size()), make([]int64, c.Size()), make([]int64, c.Size())}, Threshold: 5}
		for s := range on {
			c.Fill(on[s])
			for i, n := range on[s] {
				counts.People[i] += n
				for j := range 3 {
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
		for s := 1; s < 8; s++ {
			for i := range size {
				if x := add(on[s][i]); s == 1 && i == 0 {
					first = x
				}
			}
		}
		at := func(s, i int) int { return first + (s-1)*size + i }
		for s := 1; s < 8; s++ {
			release.Relations = append(release.Relations, c.Relations(at(s, 0))...)
		}
		type overlap struct {
			cell int
			n    int64
		}
		var overlaps []overlap
		for i := range size {
			for q := range 4 { // the people, and the lists
				var parts []int
				for s := 1; s < 8; s++ {
					if q == 0 || s>>(q-1)&1 == 1 {
						parts = append(parts, at(s, i))
					}
				}
				release.Relations = append(release.Relations, disclosure.Sum(q*size+i, parts...))
			}
			for _, s := range []int{3, 5, 6} {
				n := on[s][i] + on[7][i]
				x := add(n)
				release.Relations = append(release.Relations, disclosure.Sum(x, at(s, i), at(7, i)))
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
				t.Errorf("table %d: of %d people on two lists the attacker knows that they are %v to %v", seed, o.n, b.Lower, b.Upper)
			}
		}
	}
	if attacked < tables {
		t.Errorf("only %d overlaps", attacked)
	}
}
