// Package truncated estimates how many people a single register has not seen, from how often it saw those it has: zero-truncated
// regressions of repeat contacts.
//
// # What is estimated
//
// Each person has a number of contacts with one register in a period; those with none are not in it. A family says how contacts are
// distributed, covariates how often people of each kind are met: log λ = x'β. The probability p of being seen at
// all follows, and N = Σ 1/p over the people seen (Horvitz and Thompson), in total and for each kind of people.
//
// # Families
//
//   - ztpoisson, ztgeom, ztnegbin: contacts follow the Poisson, geometric or negative binomial law; those without a contact are cut off.
//   - zotpoisson and so on: people seen once are taken as seen and left out of the fit; the others tell how many were never seen.
//   - oiztpoisson and so on: a share ω of the population is seen exactly once (one-inflation); of the others those never seen are
//     cut off: P(0) = (1 − ω)p0.
//   - ztoipoisson and so on: those never seen are cut off first; then a share ω of the seen is seen exactly once: P(0) = p0. Without
//     covariates the likelihood is that of the oizt form, and N is larger: which is right is not in the data but in why people do not come back.
//   - Hurdleztpoisson, ztHurdlepoisson and so on: being seen exactly once has a probability π of its own, before or after cutting off.
//   - chao, zelterman: logistic regression of being seen twice rather than once, log(λ/2) = x'β. Only the rarely seen enter, who are
//     nearest to those never seen. Chao's N = Σ 1 + 1/(λ + λ²/2), the sum's second part over people seen once or twice, is a lower bound when rates differ; Zelterman's is
//     Σ 1/(1 − e^−λ).
//
// The names, and the order of one-inflation and cutting off in them, are those of the R package singleRcapture.
//
// # What must be true
//
// The population is closed in the period. A contact does not make the next one more or less likely: nobody is moved on, put off,
// or called back because of it. Everybody can be met. People alike in the covariates have the rate that the family gives them. Records of one person
// have been found to be of one person.
//
// # When not to trust it
//
// When a contact ends contacts (deportation, referral) or a first one begets others. When rates differ for reasons that are not
// recorded: zero-truncated Poisson then says too few. When a kind of people has a handful of repeats: its number rests on them. When families that fit
// equally well disagree: the number of people never seen is then a matter of the family.
//
// # Existence
//
// People of a kind of whom nobody was seen twice would be fitted by a rate of 0 and an infinite number: refused, with their kind, before
// anything is fitted. A negative binomial family whose fit gets better the more unequal rates are has no upper limit: refused. Where ω or
// α is 0 at the maximum the answer is that of the simpler family, and says so.
//
// # Variance and intervals
//
// Newton's method with exact second derivatives; the covariance V of the coefficients is the inverse of the observed information, and
// Var N = g'Vg + Σ(1 − p)/p² with g = ∂N/∂β. Intervals: log-normal in the hidden number, or normal cut at the number seen. Bootstrap: parametric,
// semi-parametric and nonparametric replicates; one without an estimate counts as the largest. The semi-parametric one, the default, draws how many people are seen
// and then who, without trusting the law of contacts. Subgroup totals come with their covariance, and intervals of the kind
// of the total's, from the same replicates.
//
// # References
//
//   - P. G. M. van der Heijden, R. Bustami, M. Cruyff, G. Engbersen, H. C. van Houwelingen (2003). Point and interval estimation of
//     the population size using the truncated Poisson regression model. Statistical Modelling 3, 305–322. doi:10.1191/1471082X03st057oa
//   - P. G. M. van der Heijden, M. Cruyff, H. C. van Houwelingen (2003). Estimating the size of a criminal population from police
//     records using the truncated Poisson regression model. Statistica Neerlandica 57, 289–304.
//   - D. Böhning, A. Vidal-Diez, R. Lerdsuwansri, C. Viwatwongkasem, M. Arnold (2013). A generalization of Chao's estimator for
//     covariate information. Biometrics 69, 1033–1042. doi:10.1111/biom.12082
//   - D. Böhning, P. G. M. van der Heijden (2009). A covariate adjustment for zero-truncated approaches to estimating the size of hidden
//     and elusive populations. Annals of Applied Statistics 3, 595–610. doi:10.1214/08-AOAS214
//   - R. T. Godwin, D. Böhning (2017). Estimation of the population size by using the one-inflated positive Poisson model. Applied
//     Statistics 66, 425–448. doi:10.1111/rssc.12192
//   - D. Böhning, H. Friedl (2024). One-inflation and zero-truncation count data modelling revisited with a view on
//     Horvitz–Thompson estimation of population size. International Statistical Review.
//   - S. Gurmu (1991). Tests for detecting overdispersion in the positive Poisson regression model. Journal of Business and Economic
//     Statistics 9, 215–222.
//   - E. N. Zwane, P. G. M. van der Heijden (2003). Implementing the parametric bootstrap in capture–recapture models with continuous
//     covariates. Statistics and Probability Letters 65, 121–125.
package truncated
