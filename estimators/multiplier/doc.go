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
// # When not to trust it
//
// When the share is small: the estimate then rests on the few who said yes. When members were recruited at the service, or by people who were: the estimate is too low.
// When "known to some body" was asked and one body's register is the benchmark: far too low. With several benchmarks, look at the range of the
// estimates, not at their mean.
//
// # Interval
//
// Credible, the default: the share has the law Beta(x+½, m−x+½) after m answers of which x are yes (Jeffreys), the survey counting for m/D answers when its design
// effect is D; the benchmark is a Poisson count, the mean of which has the law Gamma(M+½, 1), or is exact. The quantiles of the
// quotient are computed, not drawn. Log-normal: (se log N)² = D(1−P)/(mP) + 1/M, without 1/M for an exact benchmark. Wald: N ± z·se.
// No limit lies below the benchmark.
//
// # References
//
//   - UNAIDS, WHO (2010). Guidelines on estimating the size of populations most at risk to HIV.
//   - E. Fearon, S. T. Chabata, J. A. Thompson, F. M. Cowan, J. R. Hargreaves (2017). Sample size calculations for population size
//     estimation studies using multiplier methods with respondent-driven sampling surveys. JMIR Public Health and
//     Surveillance 3, e59. doi:10.2196/publichealth.7909
package multiplier
