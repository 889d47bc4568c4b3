// Package knownelsewhere uses an anonymous list, such as the visitors of a chat line, who cannot be linked to other lists but said
// which bodies know them.
//
// # What is estimated
//
// The size of the population of which the linked lists hold t_ω people with history ω, and the anonymous list n_C. Body j knows whoever is on any of its
// lists A_j; people are thus of classes u, the set of bodies that know them, of which the sizes T_u are known but for that of the
// class known to none, which holds the hidden people. A person of class u visits with probability p_u,
//
//	logit p_u = a + Σ_{j∈u} b_j,
//
// so that visitors are of class u in the shares κ_u = T_u·p_u / n_C, with a such that Σ T_u·p_u = n_C. Of those whom body j knows a share s_j say so,
// and of those whom it does not know a share c_j say not; the answers v to the questions q are multinomial with
// probabilities Σ_u κ_u·Π_{j∈q} P(v_j | u_j). Answers recorded per body are questions about one body each.
//
// The likelihood of the answers is that given the people on the lists: visitors come from these very people, so that the sizes T_u are not estimated anew. What the
// lists say about the hidden number by themselves is another factor, which enters rows that take a model of the lists
// as well. (Treating table and visitors as independent Poisson counts of expected sizes, the other way to write it, counts the chance in the table
// twice: with 30 % of the people on a list and 10 % visiting, its standard error is √(0.8/0.7) times as large.)
//
// # What is identified
//
// With one body the number N is a function of the odds ratio ψ of visiting and being known to it, about which there are no data; ψ = 1
// is N = |A|/κ, the multiplier. With several bodies and answers per body there are as many shares as parameters b_j: if all are free any N fits, and the lists alone decide.
// Each restriction b_j = 0 determines N, without any assumption on how lists depend on each other. It says that visiting does not depend on
// body j among people whom the same other bodies know, and is the multiplier |A_j|/κ_j itself only where
// the lists are independent, or with one body. All b_j = 0 is tested. With answers recorded together per visitor the
// anonymous list has known overlaps, and N is determined with all b_j free, if no two bodies act together.
//
// Where visitors were asked only whether anybody knows them, there are bounds: at least the people on lists and the visitors whom nobody knows.
//
// # What must be true
//
// Visitors and lists are of one population: the same period, region, definition and age (at the visit, or at registration). This must be declared.
// A body's lists hold everybody it knows: "the police know me" said by somebody who talked to an officer and is in no file makes N too small. The rates of
// wrong answers are those assumed; they come with Beta laws that are part of the result, because without
// them, and with flat ones, shares are not identified.
//
// # When not to trust it
//
// When more visitors are known to a body than its lists hold, the figures are of different people: this is refused. When it is not, they still may be. People who are
// sent on to the chat by a body, or who visit because nobody helps them, make b_j positive or negative: N is then too small by about the
// odds ratio, or too large, and nothing in the data shows it.
//
// # Interval
//
// Profile likelihood, in which the rates of wrong answers are parameters and their laws a factor, at the links of the table and the mean number of visitors; tests are
// made so too, because at fixed rates they would reject what is true: in simulated studies with the default laws 14 % at a level of 5 %, and 3 % so. And, as the answer, the mixture over draws of
// linkages, rates and repeated contacts: in every draw the profile likelihood at its rates is turned into a law by its signed root.
//
// Where the likelihood stays so close to its top, however many people there are, that even an interval of 50 % has no upper limit, no number is given: with ten
// visitors of whom one is known to a body, and one answer in twenty wrong, that one may be a mistake. Such a row is refused as unbounded, with its lower limit.
//
// An upper limit is given under the same condition: where the likelihood in which rates are parameters has none at the level of the interval, or more of the
// law than its tail, two standard errors of the draws allowed for, lies where more people cannot be told from infinitely many, there is only a lower one.
//
// In 2,000 simulated studies (a test of this package repeats them: 1,300 people, two bodies that know 30 and 26 % of them, 130 visitors) the mixture for the true
// restriction contained the number in 96.9 % with answers in doubt, where 31 % of intervals had no upper limit, and 96.7 % with right answers. Where people known to the
// body were twice as likely to visit and the restriction denied it, estimates were 0.69 of the truth, and 36 and 3 % of intervals contained it.
//
// # References
//
//   - W. J. Rogan, B. Gladen (1978). Estimating prevalence from the results of a screening test. American Journal of
//     Epidemiology 107, 71–76. doi:10.1093/oxfordjournals.aje.a112510
//   - R. M. Cormack (1992). Interval estimation for mark–recapture studies of closed populations. Biometrics 48, 567–576.
//   - E. Fearon, S. T. Chabata, J. A. Thompson, F. M. Cowan, J. R. Hargreaves (2017). Sample size calculations for population size
//     estimation studies using multiplier methods with respondent-driven sampling surveys. JMIR Public Health and
//     Surveillance 3, e59. doi:10.2196/publichealth.7909
package knownelsewhere
