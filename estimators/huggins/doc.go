// Package huggins estimates the size of a population from who is on which lists, with what is known of each person: the conditional
// likelihood of Huggins and Alho.
//
// # What is estimated
//
// Person i is on list j with probability p_ij, and logit p_ij is linear in the person's covariates. Of people on no list nothing is
// known, their covariates least of all; so the likelihood is that of the histories of those seen, given that they were seen, and
// N = Σ 1/π_i over them (Horvitz and Thompson), with π_i = 1 − Π_j (1 − p_ij) the probability of being on any list.
//
// # Forms
//
//   - M_h: lists are alike but for chance; the constant and the covariates are common to all.
//   - M_t: each list has a constant of its own ([Model.Time]); covariates are common, or have an effect on each list ([Model.ByList]).
//   - M_b: having been on an earlier list changes the chance of a later one ([Model.Behaviour]); p_ij in π_i is then that of people not seen before.
//     It needs lists that follow each other in time.
//   - M_tb: both.
//
// Without covariates in the formula these are M_0, M_t, M_b and M_tb.
//
// # What must be true
//
// Given the covariates, being on one list says nothing about being on another, but for the behaviour that is modelled; the population is closed; records
// of one person were found to be of one person; everybody could be on at least one list.
//
// # When not to trust it
//
// When what makes people visible is not among the covariates: the estimate is then too low, as without covariates. When somebody's π_i
// is small: one person then stands for very many. M_tb is barely determined without covariates: read its interval before its estimate.
//
// # Variance and intervals
//
// Newton's method; the covariance V of the coefficients is the inverse of the expected information, given that people were seen, which without
// behaviour is the observed one; Var N = g'Vg + Σ (1 − π)/π² with g = ∂N/∂θ. Intervals: log-normal in the hidden number (Chao 1987, Burnham),
// or normal cut at the number seen.
//
// # References
//
//   - R. M. Huggins (1989). On the statistical analysis of capture experiments. Biometrika 76, 133–140. doi:10.1093/biomet/76.1.133
//   - R. M. Huggins (1991). Some practical aspects of a conditional likelihood approach to capture experiments. Biometrics 47,
//     725–732. doi:10.2307/2532158
//   - J. M. Alho (1990). Logistic regression in capture–recapture models. Biometrics 46, 623–635. doi:10.2307/2532083
//   - T. W. Yee, J. Stoklosa, R. M. Huggins (2015). The VGAM package for capture–recapture data using the conditional likelihood.
//     Journal of Statistical Software 65(5), 1–33. doi:10.18637/jss.v065.i05
package huggins
