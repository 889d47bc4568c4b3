// Package lowerbound estimates the size of a population from how often its members were
// seen, or from how far lists overlap, without a model of who is seen how easily: the lower bounds of Chao
// and Turing and their relatives, and the sample coverage method of Chao and Tsay.
//
// # What is estimated
//
// With f_j the number of people seen exactly j times, the hidden number is f_0. People differ in
// how easily they are seen; whatever that distribution is, the Cauchy–Schwarz inequality gives
// f_0 ≥ f1²/(2f2) on average (Chao), (t−1)/t times that on t occasions. Turing's n/(1 − f1/S),
// S being all sightings, is a lower bound too, and exact when all are alike. IChao adds what those seen three
// and four times say, and remains a lower bound. Zelterman and Lanumteang–Böhning extrapolate:
// they may come out on either side.
//
// The sample coverage is the share of the population on the lists, each person weighted by
// how easily they are listed. It can be estimated well even when the hidden number
// cannot. Three estimates of N follow from it: for independent lists, for dependent ones with high
// coverage (55% or more), and a one-step form for low coverage, which is a lower bound when the dependence is
// positive.
//
// # What must be true
//
// The population is closed and matches are right. For the frequency methods, being seen once
// neither raises nor lowers the chance to be seen again, and the occasions are alike.
//
// "At least" holds for differences between people. Two other things break it:
//
//   - Lists of different sizes. If the lists of a table are independent but unequal, the occasions
//     are not alike and (t−1)/t·f1²/(2f2) is too large, by the factor (t−1)/t·(Σo_i)²/((Σo_i)² − Σo_i²) with o_i the odds
//     of being on list i. For two lists that hold 500 and 50 of 1000 people this is 5.26. Above 1.05 there is a
//     warning, and the estimate is not called a lower bound ([estimators.Unequal]).
//   - Lists that avoid each other, by rule or by choice, or matches that were missed: both make
//     f2 too small and the bound too high. So does a first sighting that takes people out of sight, by
//     help, arrest or expulsion (one-inflation; Böhning et al. 2019). Positive dependence between lists, such as referral, makes it
//     lower still, and leaves "at least" true.
//
// # When not to trust it
//
// When fewer than 7 people were seen twice (with fewer than 5 people at all, nobody seen twice, or everybody on every
// list there is no answer); when some patterns are impossible by design, which these
// methods cannot know (a serious warning); coverage-high on low coverage, where it varies
// wildly and is refused unless forced; and any of them as more than a bound when people are known to differ much.
//
// # Standard errors
//
// Frequency methods: the delta method with multinomial frequencies (Chao 1987), which
// for Zelterman is the formula of Böhning (2008) and for the bias-corrected Chao that of Rivest and Lévesque
// (2001). Coverage methods: a bootstrap of the estimated population, which is drawn in the same way whatever
// the order of the lists. Samples without an estimate are counted, reported, and left
// out. Intervals are log-normal in the hidden number.
//
// # References
//
//   - A. Chao (1987). Estimating the population size for capture–recapture data with unequal
//     catchability. Biometrics 43, 783–791. doi:10.2307/2531532
//   - D. Zelterman (1988). Robust estimation in truncated discrete distributions with application to
//     capture–recapture experiments. Journal of Statistical Planning and Inference 18, 225–237.
//   - D. Böhning (2008). A simple variance formula for population size estimators by conditioning.
//     Statistical Methodology 5, 410–423. doi:10.1016/j.stamet.2007.10.001
//   - D. Böhning (2010). Some general comparative points on Chao's and Zelterman's estimators of the
//     population size. Scandinavian Journal of Statistics 37, 221–236.
//   - I. J. Good (1953). The population frequencies of species and the estimation of population
//     parameters. Biometrika 40, 237–264.
//   - C.-H. Chiu, Y.-T. Wang, B. A. Walther, A. Chao (2014). An improved nonparametric lower bound of
//     species richness via a modified Good–Turing frequency formula. Biometrics 70, 671–682.
//     doi:10.1111/biom.12200
//   - K. Lanumteang, D. Böhning (2011). An extension of Chao's estimator of population size based on
//     the first three capture frequency counts. Computational Statistics & Data Analysis 55, 2302–2311.
//     doi:10.1016/j.csda.2011.01.017
//   - D. Böhning, P. Kaskasamkul, P. G. M. van der Heijden (2019). A modification of Chao's lower bound
//     estimator in the case of one-inflation. Metrika 82, 361–384.
//   - L.-P. Rivest, T. Lévesque (2001). Improved log-linear model estimators of abundance in
//     capture–recapture experiments. Canadian Journal of Statistics 29, 555–572.
//   - A. Chao, P. K. Tsay (1998). A sample coverage approach to multiple-system estimation with
//     application to census undercount. Journal of the American Statistical Association 93, 283–293.
//   - A. Chao, P. K. Tsay, S.-H. Lin, W.-Y. Shau, D.-Y. Chao (2001). The applications of
//     capture–recapture models to epidemiological data. Statistics in Medicine 20, 3123–3157.
package lowerbound
