// Package twolist estimates the size of a population from two lists of its members: the
// Lincoln–Petersen, Chapman and Bailey estimators, and the intervals that go with them.
//
// # What is estimated
//
// Of N people, n1 are on the first list, n2 on the second and m on both; b = n1 − m and
// c = n2 − m are on one only, and n = n1 + n2 − m are observed. If being on one list says nothing
// about being on the other, the share of the second list that is on the first, m/n2, estimates
// the share of the population that is, so that N ≈ n1·n2/m (Petersen) and the hidden
// number is bc/m. Chapman's (n1+1)(n2+1)/(m+1) − 1 removes nearly all of its bias; Bailey's
// n1(n2+1)/(m+1) is for a second list drawn with replacement.
//
// # What must be true
//
// Nobody enters or leaves the population between the lists. Every match between the lists has been found
// and every one found is right: a share x of matches missed multiplies the estimate by
// 1/(1−x). The lists are independent, and on at least one of them everybody has the same
// chance to be. Two lists cannot show whether this holds: people sent on from one
// register to the other, or more visible to both, make the estimate too low; people
// who use one instead of the other make it too high.
//
// # When not to trust it
//
// When one list is fed by the other; when some people can only be on one of them; when m is
// below 7, where Chapman's estimate may be 2% or more too low even if all is
// true (a warning says so); and when m = 0, where the data set no upper limit at all: Petersen is
// then refused, the others answer with a serious warning and intervals without an upper limit. Two lists that hold the
// same persons are refused.
//
// # Intervals
//
// All estimators take the same kinds of interval, but for Bailey's, which has no profile. Waring, Sadinle, exact, mid-p and profile
// depend on the counts alone; log-normal and Wald are built around the estimate with its
// standard error. The default of all three estimators is Waring: equal-tailed quantiles
// of the generalised Waring law of the hidden number with parameters (c+1, b+1; m+1).
//
// Without overlap no interval has an upper limit, also where its formula would give one: a log-normal limit
// would then rest on a standard error that is not in the data. The lower limits stand: the log-normal one, n + bc/3.48 at 95%,
// is close to n + bc/3.69, which is where P(m=0) = α/2 for large lists.
//
// The reason for Waring is coverage. Summed exactly over all outcomes for independent lists (a test in this
// package repeats it), nominal 95% intervals contain N with these probabilities; in
// brackets the mean of log(upper/lower) over the outcomes with overlap:
//
//	N, p1, p2        P(m=0)  Wald         log-normal   Sadinle      Waring       mid-p   exact   profile
//	 50, 0.1, 0.1    0.605   0.670 (1.11) 0.759 (1.30) 0.974 (2.33) 0.958 (2.32) 0.983   0.992   0.955
//	 50, 0.3, 0.3    0.009   0.827 (1.04) 0.915 (1.00) 0.977 (1.36) 0.958 (1.37) 0.958   0.978   0.935
//	100, 0.1, 0.2    0.133   0.735 (1.52) 0.867 (1.37) 0.972 (2.01) 0.965 (2.06) 0.972   0.987   0.927
//	100, 0.2, 0.2    0.017   0.819 (1.41) 0.905 (1.18) 0.973 (1.57) 0.956 (1.60) 0.958   0.977   0.938
//	100, 0.3, 0.5    0.000   0.904 (0.59) 0.940 (0.56) 0.958 (0.63) 0.955 (0.62) 0.954   0.969   0.944
//	200, 0.1, 0.1    0.134   0.736 (1.90) 0.863 (1.50) 0.959 (2.14) 0.963 (2.19) 0.974   0.987   0.927
//	200, 0.2, 0.3    0.000   0.896 (0.85) 0.936 (0.77) 0.959 (0.86) 0.953 (0.87) 0.953   0.968   0.946
//	200, 0.5, 0.5    0.000   0.936 (0.27) 0.948 (0.27) 0.954 (0.29) 0.954 (0.28) 0.951   0.963   0.948
//
// Wald and log-normal intervals around Chapman's estimate, which are what most programs print, contain N far too rarely
// when the overlap is small, because their upper limits are too low. Waring and
// Sadinle do not fall below 95% here.
//
// # References
//
//   - D. G. Chapman (1951). Some properties of the hypergeometric distribution with applications to
//     zoological sample censuses. University of California Publications in Statistics 1, 131–160.
//   - N. T. J. Bailey (1952). Improvements in the interpretation of recapture data. Journal of Animal
//     Ecology 21, 120–127.
//   - G. A. F. Seber (1970). The effects of trap response on tag recapture estimates. Biometrics 26,
//     13–22.
//   - J. T. Wittes (1972). On the bias and estimated variance of Chapman's two-sample capture–recapture population
//     estimate. Biometrics 28, 592–597.
//   - G. A. F. Seber (1982). The estimation of animal abundance and related parameters, 2nd edition. Griffin.
//   - A. Chao (1987). Estimating the population size for capture–recapture data with unequal
//     catchability. Biometrics 43, 783–791. doi:10.2307/2531532
//   - R. M. Cormack (1992). Interval estimation for mark–recapture studies of closed populations.
//     Biometrics 48, 567–576.
//   - M. Sadinle (2009). Transformed logit confidence intervals for small populations in single
//     capture–recapture estimation. Communications in Statistics – Simulation and Computation 38, 1909–1924.
//     doi:10.1080/03610910903168595
//   - L.-P. Rivest, M. Yauck (2023). Small sample inference for two-way capture–recapture experiments.
//     arXiv:2307.11705.
package twolist
