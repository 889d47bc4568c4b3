// Package multiplier estimates the size of a population from a benchmark, the number of its members that a service or register
// counted, and the share of a survey of the population who say that they are among them: the multiplier method.
//
// # What is estimated
//
// A service counted M different people in a period, and of m members of the population asked a share P say that they were among
// them. If the survey represents the population, M/P is its size. It is the Lincoln–Petersen estimate with the
// survey as the second list: n1 = M, n2 = m, and mP on both.
//
// # What must be true
//
// Benchmark and question are about the same people: the same definition, area, period and age, and the very service that counted
// them, not any like it. The count has each person once. Everybody in the population can be in the survey, and being in it does not depend on having used
// the service. Answers are true.
//
// # Known elsewhere is not in that register
//
// Visitors of an anonymous service who were asked whether any body knows them say more often yes than people are in any one register. The benchmark divided by that share
// ([Multiplier.Elsewhere]) is therefore at most the number of people, when visitors represent them: a lower bound. What needs no division is how many are in view
// at least ([Chat]): those registered, and the visitors whom nobody knew, when that was a first disclosure to anybody and the share holds for the visitors counted.
//
// # When not to trust it
//
// When the share is small: the estimate then rests on the few who said yes. When members were recruited at the service, or by people who were: the estimate is too low.
// When answers are wrong: people in the benchmark who deny it make it too high, others who claim it too low ([Rate], the correction of Rogan and Gladen).
//
// # Several sources
//
// [Combine] makes one estimate of several benchmarks, each with its share, by random effects on the logarithmic scale: sources differ by more than chance, since each
// falls short of its assumptions in its own way. A source that says fewer people than another one counted cannot be right ([WarnBelow]); beyond chance it is left out. It takes these errors to cancel out on average, which no number of sources can show. Look at the range
// of the sources before the mean, and at the mean without each. Shares from one survey are taken as independent, which they are not quite.
//
// # Intervals
//
// Credible, the default: the share has the law Beta(x+½, m−x+½) after m answers of which x are yes (Jeffreys), the survey counting for m/D answers when its design
// effect is D; the benchmark is a Poisson count, the mean of which has the law Gamma(M+½, 1), or is exact. The quantiles of the
// quotient are computed, not drawn. With wrong answers the share has the posterior law of its own prior, Beta(½, ½), and of Beta laws for the rates that were checked. Log-normal:
// (se log N)² = Var p/p² + 1/M, Var p = D·P(1−P)/m without wrong answers, without 1/M for an exact benchmark. Wald: N ± z·se. Fieller: the N with
// (M − N·p)² ≤ z²(M + N²·Var p), which have no upper limit when p does not differ from 0; then none is given. No limit lies below the benchmark.
//
// # References
//
//   - UNAIDS, WHO (2010). Guidelines on estimating the size of populations most at risk to HIV.
//   - E. Fearon, S. T. Chabata, J. A. Thompson, F. M. Cowan, J. R. Hargreaves (2017). Sample size calculations for population size
//     estimation studies using multiplier methods with respondent-driven sampling surveys. JMIR Public Health and
//     Surveillance 3, e59. doi:10.2196/publichealth.7909
//   - E. C. Fieller (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B 16, 175–185. doi:10.1111/j.2517-6161.1954.tb00159.x
//   - W. J. Rogan, B. Gladen (1978). Estimating prevalence from the results of a screening test. American Journal of Epidemiology 107, 71–76. doi:10.1093/oxfordjournals.aje.a112510
//   - R. C. Paule, J. Mandel (1982). Consensus values and weighting factors. Journal of Research of the National Bureau of Standards 87, 377–385. doi:10.6028/jres.087.022
//   - J. Hartung, G. Knapp (2001). On tests of the overall treatment effect in meta-analysis with normally distributed responses. Statistics in Medicine 20, 1771–1782. doi:10.1002/sim.791
//   - C. Röver, G. Knapp, T. Friede (2015). Hartung–Knapp–Sidik–Jonkman approach and its modification for random-effects meta-analysis with few studies. BMC Medical Research Methodology 15, 99. doi:10.1186/s12874-015-0091-1
package multiplier
