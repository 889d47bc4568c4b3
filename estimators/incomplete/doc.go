// Package incomplete estimates how many people no list has seen when covariates are known for some of the people only: one that only one
// register records, one that two registers define differently, one that is missing for some of the people on a list; and when a
// list covers part of the population only.
//
// # What is estimated
//
// Everybody has a pattern of lists and a level of each covariate, and so stands in one cell of the complete table. The cells have
// Poisson counts whose means μ follow a hierarchical log-linear model of lists and covariates. What is observed is coarser: a row
// of the table says that so many people are in one of the cells compatible with it. The likelihood is
//
//	ℓ = Σ_rows n_r·log Σ_{cells of r} μ_c − Σ_{cells that can be seen} μ_c,
//
// and N = Σ μ over all cells, those of the people on no list included. A stratum of N is the sum over its cells.
//
// A covariate that two registers define differently is two covariates, each observed by its own register. A list that did not
// run somewhere (all its patterns are structural zeros there) is missing by design: who was seen there by the other lists may or may not be somebody it
// would have held, and the number of those who would have been on it alone is projected from where it ran (Sutherland 2003; Zwane, van der
// Pal-de Bruin & van der Heijden 2004). Other structural zeros are cells that hold nobody.
//
// # How
//
// The maximum is found by steps of EM, each one Newton step of its M-step (Lange 1995, JRSS-B 57:425), which become those of Newton on the observed
// likelihood as soon as its information is positive definite: where EM takes thousands of steps this takes ten. It stops when the
// next step is shorter than 1e-8 standard errors. Because the likelihood may have several maxima there are several starts.
//
// EM comes to rest on models that the data do not determine, at a number that depends on where it started. So identifiability is
// tested by the rank of the Jacobian of the means of the rows by the parameters: before the fit at an arbitrary point, and at the fit
// by the observed information. What is not determined is refused, and named.
//
// A coefficient at −∞ with finite hidden cells is an extended maximum likelihood estimate and is kept; hidden cells that run to infinity
// are refused.
//
// # What must be true
//
// Levels are missing at random: given the lists a person is on and what is recorded, whether the level is recorded does not depend on the level. The
// dependences that the model leaves out are not there; with two lists that is above all that they are independent given the covariates. A covariate that
// register B does not record can depend on B only by assumption: the model has to leave its product with B, or with the other
// list, out.
//
// # When not to trust it
//
// When a level is missing because of what it is: people who hide an age or nationality. When few people are in both registers: what is known of
// one covariate given the other rests on them alone. When the numbers are of people whose level nobody recorded for the most part: the column of
// those without a recorded level says how many.
//
// # References
//
// P. G. M. van der Heijden, P. A. Smith, M. Cruyff, B. Bakker (2018), An overview of population size estimation where linking registers
// results in incomplete covariates, with an application to mode of transport of serious road casualties, Journal of Official Statistics 34, 239–263.
//
// P. G. M. van der Heijden, M. Cruyff, P. A. Smith, C. Bycroft, P. Graham, N. Matheson-Dunning (2022), Multiple system estimation using covariates having missing
// values and measurement error: estimating the size of the Māori population in New Zealand, Journal of the Royal Statistical Society A 185, 156–177.
//
// E. N. Zwane, K. van der Pal-de Bruin, P. G. M. van der Heijden (2004), The multiple-record systems estimator when registrations refer to
// different but overlapping populations, Statistics in Medicine 23, 2267–2281.
package incomplete
