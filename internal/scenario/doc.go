// Package scenario runs simulation studies: from a population whose size and cell probabilities
// are known, tables are drawn, estimators are run on each of them, and their answers are scored against the truth.
//
// A [Scenario] is read from a strict YAML file. Its [Population] is either a model fitted to a published table, taken
// as the truth, or is built from capture shares of the lists, odds ratios between them and latent classes of people.
//
// # Reproducible
//
// Replicate i draws its table from the random stream (seed, i), and the estimators get a seed that follows from
// (seed, i) too. Which process computes a replicate, when, and how many others it computes, changes nothing: a study that
// was interrupted and resumed, or split into shards and merged, gives the same bytes as one run.
//
// # How answers are scored
//
// An interval covers when lower ≤ N ≤ upper; one without an upper limit covers upwards. An estimator
// that refuses has not answered: the refusal is neither a hit nor a miss in [IntervalScore.Coverage], which
// is of those answered, and counts as an honest answer in [IntervalScore.Honest]. Both shares, the share refused and the share without an upper limit
// are to be read together: a method that always refuses is honest and useless.
//
// Bias and root mean square error are of the logarithm of the hidden number, log(N̂−n) − log(N−n), and of N, over the tables answered.
// A hidden number below half a person, estimated or true, counts as half a person on the log scale. The log width of an interval is log(upper/lower), over those with an
// upper limit. Every figure has its Monte-Carlo standard error.
//
// # References
//
//   - Chan, Silverman, Vincent (2021) Journal of the American Statistical Association 116:1297, sections 3.4 and 4.3
//   - Morris, White, Crowther (2019) Using simulation studies to evaluate statistical methods, Statistics in Medicine 38:2074
//   - Deming, Stephan (1940) Annals of Mathematical Statistics 11:427 (iterative proportional fitting)
//
// A second kind of scenario, [Registers], makes no tables but the records that registers would have of a
// population of known size; testdata/registers/README.md says what it is made of.
//
// The package knows estimators only by their interface, and writes no results.
package scenario
