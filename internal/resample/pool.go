package resample

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Pooled is what K repeated analyses of one quantity say together. The analyses differ because something
// they take as given was itself drawn K times from what is known about it; the quantity should be on a scale on
// which it is about normal, such as a logarithm.
//
// Sources: D. B. Rubin (1987), Multiple imputation for nonresponse in surveys, Wiley, equations 3.1.2 to
// 3.1.6; J. Barnard, D. B. Rubin (1999), Small-sample degrees of freedom with multiple imputation, Biometrika
// 86, 948–955. doi:10.1093/biomet/86.4.948
type Pooled struct {
	Analyses int     // K
	Estimate float64 // Q̄, the mean of the K estimates
	Within   float64 // W̄, the mean of the K variances
	Between  float64 // B, the variance of the K estimates (divisor K−1); 0 for K = 1
	Total    float64 // T = W̄ + (1+1/K)·B
	Share    float64 // (1+1/K)·B/T, the share of T that is due to what was drawn; 0 when T is 0
	// DF are the degrees of freedom of (Q−Q̄)/√T, +Inf for a normal law. With λ = Share they are (K−1)/λ²; where an
	// analysis without anything drawn would have ν₀ of them,
	//
	//	1 / (λ²/(K−1) + 1/(ν₀·(ν₀+1)/(ν₀+3)·(1−λ))),
	//
	// the second part being left out when all variances are 0 (λ = 1), as there is then nothing ν₀ is about.
	DF float64
}

// Pool combines the estimates of K analyses and their variances by Rubin's rules. The degrees of freedom
// complete are those of one analysis, +Inf when its interval is a normal one. Analyses without an
// estimate are left out by the caller, who counts them.
//
// With one analysis nothing is known about B, which is taken as 0. ok is false, and there is no answer, when there
// is no analysis or when an estimate or variance is not finite: an estimate of −Inf, the logarithm of 0, has no place among normal
// ones, and [Mixture] takes it. Pool panics when the lengths differ, a variance is negative, or complete is not positive.
func Pool(estimates, variances []float64, complete float64) (p Pooled, ok bool) {
	if len(estimates) != len(variances) || !(complete > 0) {
		panic(fmt.Sprintf("resample: %d estimates, %d variances, %v degrees of freedom", len(estimates), len(variances), complete))
	}
	k := float64(len(estimates))
	p.Analyses = len(estimates)
	for d, q := range estimates {
		w := variances[d]
		if w < 0 {
			panic(fmt.Sprintf("resample: the negative variance %v", w))
		}
		if math.IsNaN(q) || math.IsInf(q, 0) || math.IsNaN(w) || math.IsInf(w, 0) {
			return Pooled{}, false
		}
		p.Estimate += q / k
		p.Within += w / k
	}
	if k == 0 {
		return Pooled{}, false
	}
	equal := true
	for _, q := range estimates {
		d := q - p.Estimate
		p.Between += d * d
		equal = equal && q == estimates[0]
	}
	if equal { // also K = 1; rounding of the mean is no variance
		p.Estimate, p.Between = estimates[0], 0
	} else {
		p.Between /= k - 1
	}
	added := (1 + 1/k) * p.Between
	p.Total = p.Within + added
	if p.Total > 0 {
		p.Share = added / p.Total
	}
	inverse := 0.0
	if p.Share > 0 {
		inverse = p.Share * p.Share / (k - 1)
	}
	if p.Within > 0 && !math.IsInf(complete, 1) {
		inverse += (complete + 3) / (complete * (complete + 1) * (p.Within / p.Total))
	}
	p.DF = 1 / inverse // +Inf for 0
	return p, true
}

// Limits are Q̄ ± t·√T, with t the quantile of Student's law with DF degrees of freedom that leaves (1−level)/2 above.
// It panics when level is not between 0 and 1.
func (p Pooled) Limits(level float64) (lower, upper float64) {
	if !(level > 0 && level < 1) {
		panic(fmt.Sprintf("resample: the level %v", level))
	}
	if p.Total == 0 {
		return p.Estimate, p.Estimate
	}
	half := student(0.5+level/2, p.DF) * math.Sqrt(p.Total)
	return p.Estimate - half, p.Estimate + half
}

// student is the quantile of Student's law for p > ½, by the expansion in 1/df about the normal quantile where
// that is the more accurate (Abramowitz and Stegun 26.7.5, of which the terms left out are below 10⁻¹⁰ here).
func student(p, df float64) float64 {
	if df < 1e4 {
		return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
	}
	z := distuv.UnitNormal.Quantile(p)
	z2 := z * z
	return z + z*(z2+1)/(4*df) + z*((5*z2+16)*z2+3)/(96*df*df)
}
