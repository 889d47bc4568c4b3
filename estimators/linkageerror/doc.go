// Package linkageerror corrects an estimate for false and missed links by the rates at which they occur. It is a
// check on the estimate that averages over drawn linkages, not a replacement for it.
//
// # What is estimated
//
// The lists were made into a table by links between their records. A missed link makes one person into two, so that
// overlaps are too small and the estimate too large; a false link makes two people into one, and does
// the opposite. What is estimated is the size of the population from the table as it would be with no such errors,
// whose expectation is found from that of the table there is.
//
// [TwoLists] needs the share of matches missed and either the share of links that are false or the probability that an
// unlinked record is linked falsely. The latter is the form of the literature: Ding and Fienberg let the records of one list
// be linked falsely to the other, Di Consiglio and Tuoto, and de Wolf, van der Laan and Zult, let those of both; they are one formula
// with another number of records at risk, the [Base]. [Lists] is for any number of lists: the expected counts are
// F·D·μ, where D takes records off their persons and F joins persons that are two, and μ is found by
// maximum likelihood (Richardson 1972, Lucy 1974). A log-linear model is then fitted to μ.
//
// # Real-valued cells
//
// Corrected counts are not whole. A table of this program holds whole numbers, and rounding μ, or multiplying it by a large number first,
// would change what every criterion, variance and existence test takes for evidence. The model is therefore
// fitted here, by the same kernel as that of other log-linear estimates, which takes counts as they are. The model is given, not
// selected anew: the question is what linkage error does to that estimate, and another choice of
// model is another question.
//
// # What must be true
//
// The rates are those of these lists: errors are equally frequent for every person on the same lists, and independent of
// each other. With three lists or more each record of a person comes loose with a probability of its register alone, so that
// a person whose records disagree in everything is not foreseen; and a false link joins two persons, not three.
// The assumptions of the model fitted must hold as well.
//
// # When not to trust it
//
// When the rates come from other registers, or from a threshold alone; when the links that there
// are do not exceed those that false links alone would give, which is refused; when
// poor records both miss their matches and belong to people who are seen rarely.
//
// # Interval
//
// Percentiles of a bootstrap in which the table is drawn anew (multinomial over the cells, the hidden cell included, so that the number
// observed varies as well) and the rates are drawn from their Beta laws. Replicates without an estimate count as the largest.
//
// # References
//
//   - Y. Ding, S. E. Fienberg (1994). Dual system estimation of census undercount in the presence of matching error.
//     Survey Methodology 20, 149–158.
//   - L. Di Consiglio, T. Tuoto (2015). Coverage evaluation on probabilistically linked data. Journal of Official
//     Statistics 31, 415–429. doi:10.1515/jos-2015-0025
//   - P.-P. de Wolf, J. van der Laan, D. Zult (2019). Connection correction methods for linkage error in
//     capture–recapture. Journal of Official Statistics 35, 577–597. doi:10.2478/jos-2019-0024
//   - D. Zult, P.-P. de Wolf, B. F. M. Bakker, P. van der Heijden (2021). A general framework for multiple-recapture estimation
//     that incorporates linkage error correction. Journal of Official Statistics 37, 699–718. doi:10.2478/jos-2021-0031
//   - W. H. Richardson (1972). Bayesian-based iterative method of image restoration. Journal of the Optical Society of America
//     62, 55–59. L. B. Lucy (1974). An iterative technique for the rectification of observed distributions. The
//     Astronomical Journal 79, 745–754.
package linkageerror
