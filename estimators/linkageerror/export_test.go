package linkageerror

// Expect is the expected table F·D·μ under rates per pair of lists, by the code's own operators, and δ.
func Expect(k int, mu, missed, falsely []float64) (table, detached []float64) {
	x := newTransition(k)
	rates := func(shares []float64) []Rate {
		out := make([]Rate, len(shares))
		for i, s := range shares {
			out[i] = Rate{Mean: s}
		}
		return out
	}
	detached = x.rates(rates(missed), rates(falsely), func(r Rate) float64 { return r.Mean })
	copy(x.mu, mu)
	x.splitUp()
	// The number of false links is a share of the links there are, which F adds to.
	for range 200 {
		for i := range x.wanted {
			x.wanted[i] = 0
		}
		y := x.nu
		if x.anyFalse && x.expected[1]+x.expected[2] > 0 {
			y = x.expected
		}
		for w, v := range y {
			for a := range k {
				for b := a + 1; b < k; b++ {
					if w>>uint(a)&1 == 1 && w>>uint(b)&1 == 1 {
						x.wanted[pairIndex(a, b, k)] += v * x.falsely[pairIndex(a, b, k)]
					}
				}
			}
		}
		x.joinUp()
	}
	return append([]float64(nil), x.expected...), detached
}

// Invert is the table without linkage error.
func Invert(k int, y, missed, falsely []float64) ([]float64, bool) {
	x := newTransition(k)
	m, f := make([]Rate, len(missed)), make([]Rate, len(falsely))
	for i := range m {
		m[i], f[i] = Rate{Mean: missed[i]}, Rate{Mean: falsely[i]}
	}
	x.rates(m, f, func(r Rate) float64 { return r.Mean })
	mu, end := x.invert(y)
	return mu, end == inverted
}
