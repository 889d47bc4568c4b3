// Package lattice is the numerical kernel for hierarchical log-linear models on the
// lattice of subsets of k items. It knows vectors indexed by bit masks and nothing
// about what they stand for.
//
// A vector of length 2^k holds a number for every mask. A hierarchical model is a set
// of masks, its terms, that with every mask contains all its submasks. With corner-point
// coding the linear predictor of cell w is the sum of the parameters of the terms that
// are submasks of w, so that
//
//   - all predictors come from one sum over submasks ([SumSubsets]),
//   - all score components come from one sum over supermasks ([SumSupersets]),
//   - the information of terms s and t is an entry of that same sum: the total of the
//     means over the supermasks of s|t.
//
// No design matrix is ever built, and a fit allocates nothing.
//
// Cell 0 is special: it is not observed, and its mean, the exponential of the
// intercept, is what is wanted.
//
// The existence of the maximum likelihood estimate is decided exactly, in integer
// arithmetic, before anything is fitted; see [Fitter.Examine].
package lattice

// SumSubsets replaces a[w], for every mask w of k bits, by the sum of a over the
// submasks of w. len(a) must be 2^k.
func SumSubsets(a []float64, k int) {
	m := 1 << uint(k)
	a = a[:m]
	for bit := 1; bit < m; bit <<= 1 {
		for base := 0; base < m; base += bit << 1 {
			lo, hi := a[base:base+bit], a[base+bit:base+bit<<1]
			hi = hi[:len(lo)]
			for j, v := range lo {
				hi[j] += v
			}
		}
	}
}

// SumSupersets replaces a[w], for every mask w of k bits, by the sum of a over the
// supermasks of w. len(a) must be 2^k.
func SumSupersets(a []float64, k int) {
	m := 1 << uint(k)
	a = a[:m]
	for bit := 1; bit < m; bit <<= 1 {
		for base := 0; base < m; base += bit << 1 {
			lo, hi := a[base:base+bit], a[base+bit:base+bit<<1]
			hi = hi[:len(lo)]
			for j := range lo {
				lo[j] += hi[j]
			}
		}
	}
}

// Differences undoes SumSubsets (Möbius inversion).
func Differences(a []float64, k int) {
	m := 1 << uint(k)
	for bit := 1; bit < m; bit <<= 1 {
		for base := 0; base < m; base += bit << 1 {
			for j := base; j < base+bit; j++ {
				a[j+bit] -= a[j]
			}
		}
	}
}
