package scenario

import (
	"math"
	"strings"
	"testing"

	"darkfigure/internal/resample"
)

// A long tail: the listed surnames carry a third of the Dutch, the tail has as many names as asked for.
func TestNamesHaveALongTail(t *testing.T) {
	n := namesOf(8000)
	if n != namesOf(8000) {
		t.Error("the names are made again")
	}
	rng := resample.Stream(1, 1)
	count := map[int32]int{}
	const draws = 200_000
	named, listed := int32(len(strings.Fields(dutchSurnames))/2), 0
	for range draws {
		s := n.bySur[groupDutch].draw(rng)
		count[s]++
		if s < named {
			listed++
		}
	}
	if got := float64(listed) / draws; math.Abs(got-0.35) > 0.006 {
		t.Errorf("the listed surnames carry %.4f", got)
	}
	if len(count) < 7500 {
		t.Errorf("%d different surnames", len(count))
	}
	for _, tail := range []int{8000, 60000} {
		n := namesOf(tail)
		seen := map[surname]bool{}
		for g := range groups {
			here := map[string]bool{}
			for _, i := range n.bySur[g].value {
				if here[n.surnames[i].name] {
					t.Fatalf("the surname %v is there twice", n.surnames[i])
				}
				here[n.surnames[i].name], seen[n.surnames[i]] = true, true
			}
		}
		if want := tail + 3*(tail/4); len(seen) < want-tail/10 {
			t.Errorf("%d surnames instead of %d", len(seen), want)
		}
	}
}

func TestAliasDrawsByWeight(t *testing.T) {
	weight := []float64{5, 0, 1, 3, 1}
	a := newAlias(indices(5), weight)
	rng := resample.Stream(2, 2)
	count := make([]float64, 5)
	const draws = 100_000
	for range draws {
		count[a.draw(rng)]++
	}
	for i, w := range weight {
		if p := w / 10; math.Abs(count[i]-draws*p) > 4.5*math.Sqrt(draws*p*(1-p)) {
			t.Errorf("%d was drawn %.0f times", i, count[i])
		}
	}
}

func TestMisspeltIsAnotherName(t *testing.T) {
	rng := resample.Stream(3, 3)
	first := 0
	for i := range 50_000 {
		name := []string{"jansen", "li", "a", "el idrissi", "sudwest-fryslan"}[i%5]
		got := misspelt(name, rng)
		if got == name || got == "" {
			t.Fatalf("%q became %q", name, got)
		}
		if i%5 == 0 && got[0] != 'j' {
			first++
		}
	}
	// The first letter is hit half as often as another: about 1 in 11 of keyboard, deletion and insertion, and of
	// transposition a little more; spelling rules do not touch a j.
	if share := float64(first) / 10_000; share < 0.04 || share > 0.10 {
		t.Errorf("the first letter is wrong in %.3f", share)
	}
}

func TestPlaces(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range places {
		if p == "" || seen[p] {
			t.Errorf("%q is there twice", p)
		}
		seen[p] = true
	}
	if len(places) != 342 {
		t.Errorf("%d municipalities", len(places))
	}
}

func TestShuffledIsAPermutation(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 10, 257, 4096} {
		seen := make([]bool, n)
		for i := range n {
			j := shuffled(i, n, 7)
			if seen[j] {
				t.Fatalf("%d of %d comes twice", j, n)
			}
			seen[j] = true
		}
	}
}

func TestDates(t *testing.T) {
	rng := resample.Stream(4, 4)
	at := Date{2020, 2, 29}
	for range 20_000 {
		d := birthDate(at, 12, rng)
		years := at.Year - d.Year
		if at.Month < d.Month || at.Month == d.Month && at.Day < d.Day {
			years--
		}
		if years != 12 || !d.valid() {
			t.Fatalf("born on %v, and 12 on %v", d, at)
		}
		if m := misdated(d, rng); m == d || !m.valid() {
			t.Fatalf("%v became %v", d, m)
		}
	}
	if (Date{2019, 2, 29}).valid() || (Date{2020, 13, 1}).valid() || (Date{2020, 4, 31}).valid() {
		t.Error("the calendar has no such days")
	}
}
