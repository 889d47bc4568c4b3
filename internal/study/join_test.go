package study

import (
	"slices"
	"testing"

	"darkfigure/estimators"
)

// Persons joined over periods: of two persons, what each is on in a period is one history, and no period is added or lost.
func TestJoinedOverPeriods(t *testing.T) {
	c := &crowd{lists: []string{"a", "b"}, by: []string{"year", "sex"}, when: []int{0}}
	of := func(on estimators.Pattern, histories ...personCell) person { return person{on, histories} }
	persons := func() []person {
		return []person{
			of(1, personCell{1, "2018\x00f"}, personCell{1, "2019\x00f"}),
			of(1, personCell{1, "2018\x00m"}),
			of(2, personCell{2, "2019\x00m"}),
			of(2, personCell{2, "2018\x00f"}),
			of(3, personCell{3, "2019\x00f"}), // all who are on both are so in one year
		}
	}
	beyond := make([]int64, 1)
	beyond[0] = 1
	for draw := range uint64(20) {
		all := c.join(persons(), beyond, 1, draw)
		if len(all) != 4 {
			t.Fatalf("%d persons, want 4", len(all))
		}
		var a, b []string // the years on each list
		for _, p := range all {
			var on estimators.Pattern
			for _, h := range p.histories {
				on |= h.pattern
				if h.pattern.Has(0) {
					a = append(a, h.levels[:4])
				}
				if h.pattern.Has(1) {
					b = append(b, h.levels[:4])
				}
			}
			if on != p.on {
				t.Fatalf("%v is on %d", p, p.on)
			}
		}
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, []string{"2018", "2018", "2019", "2019"}) || !slices.Equal(b, []string{"2018", "2019", "2019"}) {
			t.Fatalf("%q and %q", a, b)
		}
	}
	both, ok := c.merge(persons()[0], persons()[3])
	if want := []personCell{{3, "2018\x00f"}, {1, "2019\x00f"}}; !ok || both.on != 3 || !slices.Equal(both.histories, want) {
		t.Errorf("%v, want %v", both, want)
	}
	if !c.alike(persons()[0], persons()[3], true) || c.alike(persons()[0], persons()[3], false) || c.alike(persons()[0], persons()[2], true) || !c.alike(persons()[1], persons()[2], false) {
		t.Error("alike")
	}
}
