// Package loglinear estimates a population from two or more lists by log-linear models of
// the counts by capture history.
//
// # What is estimated
//
// The counts n_ω of the 2^k − 1 patterns ω that can be seen are taken as Poisson with
// means μ_ω and log μ_ω = Σ β_θ over the terms θ ⊆ ω of a hierarchical model (Fienberg
// 1972; Cormack 1989). The pattern nobody has seen has mean exp(β_∅), so that
// n̂0 = exp(β̂_∅) people are hidden and N̂ = n + n̂0. Its variance is
// n̂0 + n̂0² var β̂_∅ (Rivest and Lévesque 2001, equation 5).
//
// # What must be true
//
// The population is closed, people are recognised on every list, the interaction of all
// lists together is zero, which no data on the lists can show, and the interactions left out of the
// model are absent.
//
// # How it is done
//
//   - Interactions of lists that share nobody are at −∞ and their cells leave the fit (the
//     extended maximum likelihood estimate; Chan, Silverman and Vincent 2021). They count as
//     parameters in AIC and BIC.
//   - Before a model is fitted it is shown, in exact arithmetic, that its estimate exists
//     and is determined (Fienberg and Rinaldo 2012). Otherwise the answer is an
//     *estimators.Refusal that names the cells or terms in the way.
//   - Models are selected by exact search over all hierarchical models up to a given
//     order, by branch and bound; a greedy search misses the best model on well-known tables
//     and with it half the estimate. Stepwise selection by p-value is there as published.
//   - An estimate comes with every model that is nearly as good, what each would say, their
//     average, and the term that parts them.
//   - Intervals are profile likelihood intervals of the multinomial likelihood (Cormack
//     1992), with the upper limit declared absent when the likelihood never falls far enough.
//   - BIC uses the logarithm of the number of persons, AIC and BIC the full Poisson
//     likelihood with its constants, AICc the number of persons as sample size.
//
// What the data cannot show can be assumed otherwise: an [Offset] fixes the odds ratio of two lists, or multiplies
// the people hidden (Gerritse, van der Heijden and Bakker 2015; Aleshin-Guendel, Sadinle and Wakefield 2024).
//
// With covariates ([Joint]) the counts of the full cross of histories and levels are one model, with interactions of lists, of lists with
// covariates and of covariates; every combination of levels has a hidden number, and any part of the population is a sum of them.
// The search is the one published for the Dutch estimates of human trafficking: both ways by BIC, then forward by AIC and by one
// unit a parameter, with N at every step. Coefficients at −∞ are kept while the hidden numbers are finite; a model
// under which one of them runs to infinity, or is not determined, is refused. [Stratified] estimates each stratum by itself.
//
// The closed-population models M0, Mt, Mb, Mbh, Mh and Mth, and heterogeneity terms, are
// fitted as in Rivest and Baillargeon (2014) and Baillargeon and Rivest (2007).
//
// # When not to trust it
//
// The interval of one model is conditional on that model: with a selected model it is
// too narrow (coverage of 61 % for a nominal 95 % in Chan, Silverman and Vincent 2021, section
// 3.4). Look at the near-tied models, whose estimates may differ by a factor. On few overlaps
// every estimate rests on a handful of people.
//
// # References
//
//   - Aleshin-Guendel, Sadinle, Wakefield (2024) arXiv:2101.09304
//   - Baillargeon, Rivest (2007) Journal of Statistical Software 19(5), doi:10.18637/jss.v019.i05
//   - Chan, Silverman, Vincent (2021) Journal of the American Statistical Association 116:1297
//   - Cormack (1989) Biometrics 45:395
//   - Cormack (1992) Biometrics 48:567
//   - Fienberg (1972) Biometrika 59:591
//   - Fienberg, Rinaldo (2012) Annals of Statistics 40:996
//   - Gerritse, van der Heijden, Bakker (2015) Journal of Official Statistics 31:357
//   - Rivest, Lévesque (2001) Canadian Journal of Statistics 29:555
//   - Silverman, Chan, Vincent (2024) Statistics and Computing 34:44
//   - van Dijk, Cruyff, van der Heijden, Kragten-Heerdink (2017) Monitoring Target 16.2 of the Sustainable Development Goals: a multiple systems estimation of the numbers of presumed human trafficking victims in the Netherlands, UNODC
package loglinear
