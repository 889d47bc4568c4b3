package linkage

import (
	"math"
	"slices"
	"testing"

	"darkfigure/internal/resample"
)

// Of the links of two registers, three quarters are kept: in every draw about that many fewer persons are on both, between each pair of
// registers, and the share of its own that each draw's partition shows is the one in its table.
func TestTakeApart(t *testing.T) {
	s := simSmall.study(resample.Stream(11, 0))
	g, m := s.model()
	links := func(kept func(d int, a, b int32) float64) (x [3]float64) {
		d := drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 100, Kept: kept})
		for i, l := range d.Linked {
			for at := range x {
				x[at] += float64(l[at])
			}
			persons := int64(slices.Max(d.Partition(i))) + 1
			for _, n := range d.Beyond[i] {
				persons -= n
			}
			if n := d.Persons(i); n < persons {
				t.Errorf("draw %d: %d persons in the table, at least %d by its clusters", i, n, persons)
			}
		}
		return x
	}
	all, same, some := links(nil), links(func(int, int32, int32) float64 { return 1 }), links(func(int, int32, int32) float64 { return .75 })
	if all != same {
		t.Errorf("all links kept: %v, were %v", same, all)
	}
	for at := range all {
		if ratio := some[at] / all[at]; math.Abs(ratio-.75) > .05 {
			t.Errorf("pair %d of registers: %.3f of the links are left, want .75", at, ratio)
		}
	}
}
