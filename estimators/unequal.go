package estimators

import "math"

// Unequal is how much the unequal sizes of the lists alone inflate the number of hidden people under
// a method that takes lists to be alike: 1 for lists of one size, +Inf when a list holds everybody
// observed and another does not.
//
// Let the k lists be independent, o_i be the odds of being on list i, and n0 people be hidden. Then
// n0·Σo_i people are expected on one list and n0·Σ_{i<j} o_i·o_j on two, so that Chao's bound
// (k−1)/k·f1²/2f2 is n0 times (k−1)/k·(Σo)²/2Σ_{i<j} o_i·o_j, which is 1 or more (Maclaurin's
// inequality). The odds are n_i/(N−n_i), n_i being the size of the list and N the maximum likelihood
// estimate for independent lists, the root of Π(1−n_i/N) = 1−n/N (Darroch 1958, Biometrika 45:343).
// Without overlap N is infinite, and the sizes stand for the odds.
func Unequal(t *Table) float64 {
	n, largest := float64(t.Observed()), 0.0
	var sizes []float64
	total := 0.0
	for _, size := range t.Totals() {
		s := float64(size)
		sizes = append(sizes, s)
		total += s
		largest = math.Max(largest, s)
	}
	odds := sizes
	if total > n {
		hidden := independentHidden(sizes, n)
		odds = make([]float64, len(sizes))
		for i, s := range sizes {
			odds[i] = s / (n + hidden - s)
		}
	}
	var sum, squares float64
	for _, o := range odds {
		sum += o
		squares += o * o
	}
	k := float64(len(sizes))
	switch {
	case math.IsInf(sum, 1): // a list holds everybody
		for _, s := range sizes {
			if s != largest {
				return math.Inf(1)
			}
		}
		return 1
	case sum*sum <= squares: // one list holds everybody who is on any
		return math.Inf(1)
	}
	return math.Max(1, (k-1)/k*sum*sum/(sum*sum-squares))
}

// independentHidden solves x/(n+x) = Π(1−n_i/(n+x)) for the hidden number x, when Σn_i > n: 0 is the
// root when a list holds everybody, else there is one above 0.
func independentHidden(sizes []float64, n float64) float64 {
	excess := func(x float64) float64 { // of the logarithms; negative below the root
		e := math.Log(x) - math.Log(n+x)
		for _, s := range sizes {
			e -= math.Log((n - s + x) / (n + x))
		}
		return e
	}
	for _, s := range sizes {
		if s == n {
			return 0
		}
	}
	low, high := 0.0, n
	for excess(high) < 0 && high < 1e300 {
		low, high = high, 2*high
	}
	for range 200 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if excess(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
