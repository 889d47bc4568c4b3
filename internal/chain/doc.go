// Package chain is a kernel for Markov chain Monte Carlo: it runs chains and judges them.
//
// [NUTS] draws from a density that is given up to a factor, with its gradient, by the
// no-U-turn sampler. It takes the coordinates as they are: the caller chooses them so that
// the density is roughly a standard normal one, for example by the mode and the curvature there. Each
// chain has a random stream of its own, so that several can be run anywhere and give the same
// draws.
//
// [Judge] says whether several chains of one quantity agree and how many independent draws they
// are worth. Draws should not be used unless R-hat is at most 1.01 and both effective sample sizes
// are at least 400 (Vehtari et al. 2021, section 4).
//
// # References
//
//   - Betancourt (2017) A conceptual introduction to Hamiltonian Monte Carlo, arXiv:1701.02434
//   - Geyer (1992) Practical Markov chain Monte Carlo, Statistical Science 7:473
//   - Hoffman, Gelman (2014) The No-U-Turn Sampler, Journal of Machine Learning Research 15:1593
//   - Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021) Rank-normalization, folding, and localization: an improved
//     R-hat for assessing convergence of MCMC, Bayesian Analysis 16:667, doi:10.1214/20-BA1221
package chain
