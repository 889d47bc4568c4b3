package linkage

import (
	"math"
	"testing"
)

// By hand: two fields of two levels, equal together in 40 of 100 pairs and different together in 40. Information is 0.8·log2(0.4/0.25) + 0.2·log2(0.1/0.25)
// = 0.2780719 bits; both are equal 0.4/0.25 times as often as if independent; by chance 100 pairs give 1/(200 ln 2) bits, with standard deviation √2 times that.
func TestInformation(t *testing.T) {
	var x levelTable
	at := func(a, b int) int { return a<<3 | b }
	x[at(0, 0)], x[at(0, 1)], x[at(1, 0)], x[at(1, 1)] = 40, 10, 10, 40
	x[at(0, Missing)], x[at(Missing, 0)] = 500, 300 // say nothing
	bits, chance, spread, together := x.information()
	for _, c := range []struct{ got, want float64 }{{bits, 0.2780719}, {chance, 0.0072135}, {spread, 0.0102014}, {together, 1.6}} {
		if math.Abs(c.got-c.want) > 1e-7 {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
	if bits, chance, spread, together = new(levelTable).information(); bits != 0 || chance != 0 || spread != 0 || together != 0 {
		t.Error("no pair says something")
	}
}

func TestTwice(t *testing.T) {
	for _, c := range []struct {
		d    FieldDependence
		want float64
	}{
		{FieldDependence{TogetherNonMatches: 8, TogetherMatches: 2}, 2},
		{FieldDependence{TogetherNonMatches: 8}, 3},
		{FieldDependence{TogetherMatches: 2}, 0},
		{FieldDependence{TogetherNonMatches: 8, TogetherMatches: 2, Allowed: true}, 0},
	} {
		if got := c.d.Twice(); got != c.want {
			t.Errorf("%+v: %v, want %v", c.d, got, c.want)
		}
	}
}

// 9 of 10 give (0.59585, 0.98212), by hand: centre (0.9 + 3.8415/20)/1.38415, half 1.95996·√(0.09/10 + 3.8415/400)/1.38415.
func TestWilson(t *testing.T) {
	got := wilson(.9, 10)
	if got.Value != .9 || math.Abs(got.Lower-.59585) > 1e-5 || math.Abs(got.Upper-.98212) > 1e-5 {
		t.Errorf("%+v", got)
	}
	if got = wilson(1, 3); got.Upper != 1 || got.Lower > 1 {
		t.Errorf("%+v", got)
	}
}
