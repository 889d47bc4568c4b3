package linkage

import (
	"math"
	"slices"
	"testing"

	"darkfigure/internal/resample"
)

// Small components drawn whole give the same probabilities of pairs, tables and parameters as walking on them.
func TestAsideDrawsAsWalkingDoes(t *testing.T) {
	s := simSmall.study(resample.Stream(31, 0))
	g, m := s.model()
	draws, shares := 2000, 0.02
	if testing.Short() {
		draws, shares = 400, 0.1 // draws of the share of good matches remember each other
	}
	o := DrawOptions{Draws: draws, Thin: 3, Seed: 5}
	walked := drawn1(t, s, g, m, o)
	o.aside = 1
	aside := drawn1(t, s, g, m, o)
	u, err := newUnitGraph(s, g, hashOrder(s), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	singles := 0
	for _, k := range u.aside.kinds {
		singles = max(singles, len(k.single))
	}
	if len(u.aside.components) < 5 || singles < 2 {
		t.Fatalf("%d components aside, %d single pairs of a kind at most: the test wants more", len(u.aside.components), singles)
	}
	// A share of draws has a standard error below ½/√draws; three times that for what chains remember, and four of them.
	most := 0.0
	a, b := aside.Shares(), walked.Shares()
	for e := range a {
		most = max(most, math.Abs(a[e]-b[e]))
	}
	if limit := 4 * 3 * math.Sqrt2 * 0.5 / math.Sqrt(float64(draws)); most > limit {
		t.Errorf("shares of pairs differ by %.3f, more than %.3f", most, limit)
	}
	sum := 0.0
	for e := range a {
		sum += a[e] - b[e]
	}
	if math.Abs(sum) > 0.01*float64(s.Len()) {
		t.Errorf("%.2f more links aside than walked", sum)
	}
	if d := meanShare(aside) - meanShare(walked); math.Abs(d) > shares {
		t.Errorf("the share of good matches differs by %.3f", d)
	}
}

func meanShare(d *Draws) float64 {
	sum := 0.0
	for _, p := range d.Parameters {
		sum += p.Share
	}
	return sum / float64(d.Len())
}

// The matchings of a path of four records are five; of a star of three pairs four; of a square seven.
func TestMatchingsOfShapes(t *testing.T) {
	for _, c := range []struct {
		ends []uint8
		want int
	}{
		{[]uint8{0x12, 0x23, 0x34}, 5},
		{[]uint8{0x12, 0x13, 0x14}, 4},
		{[]uint8{0x12, 0x23, 0x34, 0x14}, 7},
	} {
		got := asideMatchings(c.ends)
		if len(got) != c.want {
			t.Errorf("%x: %d matchings, want %d", c.ends, len(got), c.want)
		}
		var sets []uint8
		for i, m := range got {
			if i > 0 && got[m.than].pairs|1<<m.added != m.pairs {
				t.Errorf("%x: matching %d is not an earlier one and a pair", c.ends, i)
			}
			sets = append(sets, m.pairs)
		}
		slices.Sort(sets)
		if len(slices.Compact(sets)) != c.want {
			t.Errorf("%x: a matching is listed twice", c.ends)
		}
	}
}
