package linkage

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// valuePersons compare by equality of values, 0 for missing.
func valuePersons(register []int, values [][]int) madePersons {
	p := madePersons{register: register}
	for i := range register {
		p.hash = append(p.hash, uint64(i+1)*0x9e3779b97f4a7c15)
	}
	p.pattern = func(i, j int) (out Pattern) {
		for f, v := range values[i] {
			switch w := values[j][f]; {
			case v == 0 || w == 0:
				out = out.With(f, Missing)
			case v != w:
				out = out.With(f, 6)
			}
		}
		return out
	}
	return p
}

func TestThresholdCurve(t *testing.T) {
	p := valuePersons([]int{0, 0, 0, 1, 1, 1}, [][]int{{1, 1}, {2, 2}, {3, 3}, {1, 1}, {2, 9}, {4, 4}})
	m := madeModel(2, 2, .5)
	m.Comparisons[0].M[0], m.Comparisons[0].M[6] = 8, .1
	m.Comparisons[1].M[0], m.Comparisons[1].M[6] = 8, .5
	curve, err := ThresholdCurve(context.Background(), p, p.allPairs(false), m, []float64{.5, .9, .99})
	if err != nil {
		t.Fatal(err)
	}
	// Odds of the exact pair 64, of the half pair 4: probabilities .985 and .8.
	for k, want := range []CurvePoint{
		{.5, false, []int64{0, 1, 1, 2}}, {.9, false, []int64{0, 2, 2, 1}}, {.99, false, []int64{0, 3, 3, 0}}, {0, true, []int64{0, 2, 2, 1}},
	} {
		if got := curve[k]; got.Threshold != want.Threshold || got.Exact != want.Exact || !slices.Equal(got.Table, want.Table) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if n := len(CurveThresholds()); n != 20 {
		t.Errorf("%d thresholds", n)
	}
}

// Tables of a curve count the records of each register, and a higher threshold links no more pairs.
func TestThresholdCurveCounts(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	p := randomPersons(rng, 60, 2, 2)
	curve, err := ThresholdCurve(context.Background(), p, p.allPairs(false), madeModel(2, 2, .05), CurveThresholds())
	if err != nil {
		t.Fatal(err)
	}
	size := []int64{0, 0}
	for _, r := range p.register {
		size[r]++
	}
	last := int64(math.MaxInt64)
	for _, c := range curve {
		if c.Table[1]+c.Table[3] != size[0] || c.Table[2]+c.Table[3] != size[1] {
			t.Errorf("%+v of registers of %v", c, size)
		}
		if !c.Exact {
			if c.Table[3] > last {
				t.Errorf("%d links at %v, %d before", c.Table[3], c.Threshold, last)
			}
			last = c.Table[3]
		}
	}
}

// The second record of a key in a register goes with the second in the other; a field that most records have
// must be there, one that few have need not.
func TestExactKey(t *testing.T) {
	p := valuePersons([]int{0, 0, 1, 1, 1, 0, 1, 0}, [][]int{
		{1, 1, 0}, {1, 1, 0}, {1, 1, 0}, {1, 1, 0}, {1, 1, 0}, {2, 0, 0}, {2, 0, 0}, {3, 3, 3},
	})
	of, clusters := exactKey(p, p.allPairs(false), madeModel(3, 2, .5))
	if got := histories(p, of, clusters); !slices.Equal(got, []int64{0, 2, 2, 2}) {
		t.Errorf("table %v", got)
	}
}

func TestUnlinkable(t *testing.T) {
	p := valuePersons([]int{0, 0, 0, 1}, [][]int{{1, 1}, {1, 0}, {0, 0}, {1, 1}})
	m := madeModel(2, 2, .1)
	m.Comparisons[0].M[0], m.Comparisons[1].M[0] = 5, 5
	got, err := Unlinkable(p, m, 0)
	if err != nil || math.Abs(got[0]-2./3) > 1e-12 || got[1] != 0 { // odds 25/9, 5/9, 1/9
		t.Errorf("%v, %v", got, err)
	}
	if got, _ = Unlinkable(p, m, .9); got[1] != 1 {
		t.Errorf("%v at 0.9", got)
	}
	if _, err := Unlinkable(p, m, 2); err == nil {
		t.Error("threshold 2: no error")
	}
}
