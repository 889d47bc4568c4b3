package resample_test

import (
	"math"
	"testing"

	"darkfigure/internal/resample"
)

func TestNormalVariance(t *testing.T) {
	rng := resample.Stream(1, 0)
	values := make([]float64, 100_000)
	for i := range values {
		values[i] = 5 + 2*rng.NormFloat64()
	}
	if got := resample.NormalVariance(values); math.Abs(got-4) > 0.08 { // four standard errors
		t.Errorf("%v, want 4", got)
	}
	few := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	tails := []float64{math.Inf(-1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, math.Inf(1)}
	if a, b := resample.NormalVariance(few), resample.NormalVariance(tails); a != b {
		t.Errorf("tails change %v to %v", a, b)
	}
	if got := resample.NormalVariance([]float64{1, math.Inf(1), math.Inf(1)}); !math.IsInf(got, 1) {
		t.Error(got)
	}
}
