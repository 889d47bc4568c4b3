package resample_test

import (
	"testing"

	"darkfigure/internal/resample"
)

func TestStreamsAreThoseOfStream(t *testing.T) {
	var s resample.Streams
	for _, at := range [][2]uint64{{0, 0}, {1, 7}, {1, 7}, {1 << 63, 3}} {
		want, got := resample.Stream(at[0], at[1]), s.At(at[0], at[1])
		for range 5 {
			if a, b := want.Float64(), got.Float64(); a != b {
				t.Fatalf("stream %v: %v, not %v", at, b, a)
			}
			if a, b := want.NormFloat64(), got.NormFloat64(); a != b {
				t.Fatalf("stream %v: %v, not %v", at, b, a)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { s.At(1, 2).Uint64() }); n != 0 {
		t.Errorf("%v allocations per stream", n)
	}
}
