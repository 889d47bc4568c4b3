package multiplier

import "math"

// fieller inverts the test of b − N·p = 0: the N with (b − N·p)² ≤ z²(Var b + N²·Var p), b and p being independent (Fieller 1954). The set has no
// upper limit, +Inf, when p does not differ from 0, p² ≤ z²·Var p; its lower limit is 0 when b does not.
func fieller(b, vb, p, vp, z float64) (lower, upper float64) {
	a, c := p*p-z*z*vp, b*b-z*z*vb
	root := math.Sqrt(max(b*b*p*p-a*c, 0)) // negative only when both differ from 0 too little, and every N is in the set
	upper = math.Inf(1)
	if a > 0 {
		upper = (b*p + root) / a
	}
	if c > 0 {
		lower = c / (b*p + root)
	}
	return lower, upper
}
