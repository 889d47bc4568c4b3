package estimators_test

import (
	"math"
	"testing"

	"darkfigure/estimators"
)

// By hand. Two independent lists with b and c people on one only: odds m/c and m/b, so that the ratio is
// (b+c)²/4bc, that of Chao's f1²/4f2 to bc/m. Three independent lists that hold each person with
// probability 1/2, 1/3 and 1/5 (odds 1, 1/2, 1/4): of 900 people 240 are hidden and 240, 120, 60, … are on the
// lists; the ratio is 2/3·(7/4)²/(2·7/8) = 7/6.
func TestUnequal(t *testing.T) {
	for _, c := range []struct {
		counts []int64
		want   float64
	}{
		{[]int64{0, 412, 233, 25}, 645. * 645 / (4 * 412 * 233)},
		{[]int64{0, 475, 25, 25}, 500. * 500 / (4 * 475 * 25)},
		{[]int64{0, 240, 120, 120, 60, 60, 30, 30}, 7. / 6},
		{[]int64{0, 30, 30, 5}, 1},
		{[]int64{0, 0, 0, 5}, 1},
		{[]int64{0, 10, 0, 5}, math.Inf(1)},
		{[]int64{0, 30, 10, 0}, 40. * 40 / (4 * 30 * 10)}, // no overlap: the sizes
	} {
		lists := []string{"A", "B", "C"}[:map[int]int{4: 2, 8: 3}[len(c.counts)]]
		table, err := estimators.FromCounts(lists, c.counts)
		if err != nil {
			t.Fatal(err)
		}
		if got := estimators.Unequal(table); got != c.want && math.Abs(got-c.want) > 1e-12*c.want {
			t.Errorf("%v: %v, want %v", c.counts, got, c.want)
		}
	}
}

func TestWordsForPeople(t *testing.T) {
	for x, want := range map[float64]string{1: "1 person", 0: "0 people", 3817480.4: "3,817,480 people"} {
		if got := estimators.Persons(x); got != want {
			t.Errorf("%v: %q", x, got)
		}
	}
	if got := (estimators.Interval{Lower: 1500.9, Upper: 2900.1}).Range(); got != "1,500 to 2,901" {
		t.Error(got)
	}
}
