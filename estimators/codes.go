package estimators

import "slices"

// Severity orders warnings for a reader.
type Severity int

// The severities, most serious first.
const (
	Serious Severity = iota
	TakeCare
	Note
)

// A Code is a kind of warning or refusal, with what to do about it.
type Code struct {
	Code     string
	Refusal  bool     // it explains why there is no estimate
	Severity Severity // of a warning
	Meaning  string
	Do       string // starts with a verb
}

// Codes lists every code of a Warning or a Refusal, refusals first, each group in
// alphabetical order.
func Codes() []Code { return slices.Clone(codes) }

// LookupCode returns the description of a code.
func LookupCode(code string) (Code, bool) {
	i := slices.IndexFunc(codes, func(c Code) bool { return c.Code == code })
	if i < 0 {
		return Code{}, false
	}
	return codes[i], true
}

var codes = []Code{
	// Refusals.
	{"below-observed", true, Serious, "the formula gives fewer people than were seen", "Do not use this method on these data: its assumption about how people come to be listed does not fit them."},
	{"benchmarks-contradict", true, Serious, "sources say fewer people than one of them counted", "Do not combine them: the shares, or the people they are about, differ; look at each source by itself."},
	{"bounds-contradict", true, TakeCare, "the assumptions bound N from both sides, and leave nothing between", "Widen the range: lists that avoid each other or feed each other do not keep to one range for all pairs. The pairs named show which assumption the data do not bear."},
	{"chat-answers-contradict", true, Serious, "visitors who named a body that knows them said that nobody knows them", "Find out how the question was asked and recorded: only of those who named nobody? is a blank a no? Until then use neither answer by itself."},
	{"chat-shares-infeasible", true, Serious, "more visitors are said to be known to a body than its lists hold", "Find out whom visitors meant, and whether both figures are about the same people and period; ask about each body by name. Until then use the bounds only."},
	{"empty-table", true, Serious, "nobody is in the table", "Check that the right file and the right lists were given."},
	{"equal-answers", true, Serious, "every respondent gave the same answer, and the formula of this interval then has no error", "Use the credible interval, or ask more people."},
	{"impossible-patterns", true, Serious, "the method needs every pattern to be possible, and some are impossible by design", "Use a log-linear model, which leaves impossible patterns out."},
	{"linkage-not-identified", true, Serious, "the comparisons of records do not fall into pairs of one person and pairs of two", "Compare on more fields, at least three that differ from person to person; check that the registers are of one population and their columns were recognised."},
	{"links-below-chance", true, Serious, "the links found are no more than false links alone would give", "Do not correct with these error rates: check that they are those of these lists, and review a sample of links by hand."},
	{"lists-not-ordered", true, Serious, "the method needs lists that follow each other in time", "Use it only for repeated surveys of one kind, in their order in time."},
	{"low-coverage", true, Serious, "too little of the population is covered for this form of the estimate", "Use the low-coverage form, as a lower bound."},
	{"misreports-infeasible", true, Serious, "the answers and the rates of wrong answers contradict each other", "Check that sensitivity and specificity are of this question and these people, and give the counts they were found from; do not take the nearest value that is possible."},
	{"missing-covariate", true, Serious, "a covariate of some people is not known", "Use --method incomplete, which takes these people in; or leave the covariate out, or take out the people in whom it is missing and say so. Check that the column was read rightly."},
	{"no-mle", true, Serious, "the maximum likelihood estimate does not exist: the data push some fitted counts to zero", "Use a simpler model without the term or covariate named; log-linear models of lists have --firth too (repeats and the methods of Huggins and Alho have not)."},
	{"no-overlap", true, Serious, "no person is on the lists together", "Use lists that overlap, or, where other lists overlap, a model of all; check the linkage first, because missed links look exactly like this."},
	{"no-repeats", true, Serious, "too few people were seen twice or more often", "Collect data with more overlap; from people seen once nothing about the hidden ones can be learnt."},
	{"no-spread", true, Serious, "the method says nothing about its own precision, without which answers from several linkages cannot be pooled", "Use a method with a standard error or an interval with an upper limit."},
	{"nobody-removed", true, Serious, "the share of the list comes to nobody, so that nothing would change", "Try a greater share with --over-coverage, or have a sample of the list checked (--audit)."},
	{"nobody-seen", true, Serious, "nobody of the group was seen, and the model gives it nobody, without any doubt", "Say that nobody was seen, and give no number for the group: a level that no list met says nothing about those who are hidden."},
	{"not-comparable", true, Serious, "a source cannot stand beside the others", "Combine estimates of one kind, with their standard errors; publish a lower bound by itself."},
	{"not-converged", true, Serious, "the fit did not converge", "Use a simpler model, and report the table that does this."},
	{"not-identifiable", true, Serious, "the data do not determine the parameters: several values fit equally well", "Use a simpler model without the terms named."},
	{"not-two-lists", true, Serious, "the method is for two lists", "Choose two lists with --lists A,B, or a method for more lists; describe shows every pair."},
	{"populations-not-declared", true, Serious, "it is not declared that an anonymous list and the other lists are about the same population", "Compare period, region, definition and age of both; where they are the same, declare it with same_population: true."},
	{"recorded-by-list", true, Serious, "whether a covariate is known depends on which lists a person is on", "Use estimate --method incomplete, which divides the people whose level is missing over the groups, by EM; or leave the covariate out of the groups."},
	{"saturated", true, Serious, "everybody is on every list, or the model has as many parameters as cells", "Check that no list is a copy of another; if none is, use a simpler model."},
	{"too-few-lists", true, Serious, "there are fewer lists than the method needs", "Add a list; with one register of repeat contacts use the methods for repeated counts."},
	{"too-few-sources", true, Serious, "fewer than two sources have an estimate", "Read the one that has; find another benchmark to hold it against."},
	{"too-few-strata", true, Serious, "there are fewer strata than the method needs", "Estimate the table as a whole, or name a covariate with more levels."},
	{"too-large", true, Serious, "the computation would be too large", "Lower --max-order, or name a model with --model."},
	{"unbounded", true, Serious, "the estimate is infinite", "Use a method with a finite estimate or report only a lower limit."},

	// Warnings.
	{"asymptotic-bias", false, Note, "the estimated bias of the usual approximation is more than a tenth of the estimate", "Prefer the profile interval, and read the estimate as rough."},
	{"avoiding-lists", false, TakeCare, "two lists share far fewer people than chance would give", "Check the linkage first: a missed match looks exactly like this."},
	{"below-benchmark", false, Serious, "a source says fewer people than another one counted, which cannot be", "Do not publish that source, and find out which assumption fails: its share is too high when respondents were met through that service, mean another one, or claim to be known; the larger count is too high when it holds people twice, or others than the survey is about."},
	{"below-in-view", false, Serious, "another figure of the population lies below the number of people who are in view", "Do not publish the other figure beside this one without saying so. Either it is too low, or it is about fewer people, or the number in view is too high: visitors counted twice, registered after all, or outside the definition."},
	{"blocking-misses", false, TakeCare, "more than one match in a hundred, or repeats within a register, are expected to agree on no blocking rule", "Add rules under linkage.blocking, or leave out only: to compare all pairs where there are few enough; the estimate is too high where matches are missed."},
	{"bloom-filters", false, TakeCare, "a field is compared by Bloom filters, which do not hide what they hold: frequencies and patterns of their bits give names away", "Keep the files as you keep names: they are personal data. One filter for each field links better than one for all."},
	{"boundary", false, TakeCare, "a parameter is at −infinity because no person is in its overlap", "Ask whether the two lists, or the list and the group, can share people at all; the estimate takes the empty overlap at face value."},
	{"chains-disagree", false, Serious, "the Markov chains that sample the posterior do not agree well enough", "Do not publish the estimate; compare those of other seeds and of a log-linear model."},
	{"chat-answers-assumed", false, TakeCare, "the rates at which visitors answer wrongly were assumed, not measured", "Ask some visitors twice, or those whose record is known, and give the rates."},
	{"chat-answers-fit-none", false, Serious, "the answers of visitors fit none of the assumptions about who visits", "Use no number of that table. Find out how the answers were recorded (one body at most for each visitor?), and whether the bodies share people as the lists do."},
	{"chat-assumption", false, TakeCare, "the estimate rests on an assumption about who visits the anonymous service, which the data cannot test", "Publish the table of assumptions, not one line of it, and ask who sends people to the service."},
	{"chat-bodies-disagree", false, Serious, "the answers about different bodies point at different numbers of people", "Do not publish the number under the joint assumption; find out which body sends its people to the service, or keeps them from it."},
	{"choice-not-repeated", false, Serious, "bootstrap replicates keep the selected model, so that the interval leaves out the choice", "Read the interval as too short; --search both-ways repeats the search in every replicate, however long it takes."},
	{"codings-disagree", false, Serious, "two codings of an ordered covariate disagree on whether the population grew", "Do not publish a trend; publish the levels under both codings."},
	{"collapsed", false, Note, "covariates were summed over", "Name covariates with darkfigure estimate --by to estimate per group, or in --formula with the methods of Huggins and Alho; groups that differ in how they are listed bias the total downwards."},
	{"collapsed-structural-zeros", false, Serious, "patterns impossible for some groups only were counted as possible when groups were summed", "Estimate per group with darkfigure estimate --by, where the impossible patterns are respected, or leave the list that did not run everywhere out with --lists."},
	{"covers-everybody", false, TakeCare, "a list holds every person observed", "Leave the list out of models with interactions: it says nothing about dependence."},
	{"duplicate-list", false, TakeCare, "two lists hold exactly the same persons", "Merge or leave out one: a copy is not a second look at the population."},
	{"em-disagrees", false, TakeCare, "the number of matches drawn differs by more than a twentieth from the one that EM finds alone", "Have a sample of links reviewed by hand: the comparisons, or the blocking, do not tell people apart as the model thinks."},
	{"empty-list", false, TakeCare, "a list holds nobody", "Leave the list out: it carries no information."},
	{"failed-replicates", false, TakeCare, "some bootstrap samples gave no estimate and were left out", "Read the interval as too short: the samples left out are the least informative ones."},
	{"families-among-pairs", false, TakeCare, "pairs of two people who have much in common, such as brothers and sisters, are about as many as matches", "Compare a field that tells them apart, such as the date of birth; see whether the answer stays without one of the fields they share; have a sample of links reviewed."},
	{"families-disagree", false, Serious, "families of the law of contacts give estimates outside the interval of the one given", "Publish the range of the families, not one of them: they fit those who were seen, and differ in those never seen. Leave out those that fit clearly worse (AIC, --diagnostics) or do not match how contacts come about."},
	{"family-at-limit", false, Note, "a parameter of the family is at its limit, and the answer is that of a simpler family", "Nothing to do; report the simpler family."},
	{"few-matches", false, TakeCare, "two registers are expected to share very few people", "Read the overlap with its range over the draws, and look at its pairs one by one."},
	{"few-persons", false, TakeCare, "very few people were observed", "Read every interval as approximate."},
	{"few-replicates", false, TakeCare, "the interval rests on few bootstrap replicates", "Use --boot 1000 or more for an interval that is published."},
	{"few-sources", false, TakeCare, "few sources were combined, and how far sources differ is hardly known from so few", "Publish the range of the sources beside the combined interval; look for further benchmarks."},
	{"fields-dependent", false, TakeCare, "two fields agree together more often in pairs of two persons than each alone would make them", "Leave one of them out, or read both as one field: their evidence counts double."},
	{"flat-likelihood", false, Serious, "the likelihood is so flat that the estimate lies outside its own profile interval, which was extended to hold it", "Do not publish this estimate; use a model with fewer terms."},
	{"given-names-differ", false, Serious, "links were accepted between records whose given names have nothing in common: they look like brothers, sisters or twins of one address", "Look at some of them (link --explain) and have a sample judged by people (link --clerical, linkage.review); compare a field that tells twins apart, such as a citizen or case number; until then take the false-match rate, and the estimate, for too low."},
	{"groups-alike", false, Serious, "groups share all chances to be seen, because the formula leaves their covariate out", "Put the covariate in the formula, as in --formula '~ year': without it groups are in view alike by assumption, and their estimates say nothing about how visible each is."},
	{"groups-disagree", false, Serious, "the records of more than a twentieth of the people on several registers disagree about what divides them into groups", "Find out which register has it right and take it from there, or leave it out of estimate.by: groups exchange people, look more alike than they are, and the overlaps within each are wrong."},
	{"hashed-keys", false, TakeCare, "records are compared by keys, which agree only when everything they are made of is written the same", "Read the missed rate as a least one: people all of whose keys differ are known to be missed only as far as the other fields show it, and the others raise the estimate. One Bloom filter each of given name, surname and date of birth finds misspelt ones too; else have a sample of known persons linked by name, and compare."},
	{"high-visibility", false, Note, "nearly everybody was seen", "Nothing to do; check that the lists really cover the whole population."},
	{"known-elsewhere", false, Serious, "respondents said whether any body knows them, which is not the same as being in the benchmark", "Publish the number in view, or \"at least\", and no total. Ask visitors which body knows them, one by one: each register is then a benchmark of its own."},
	{"linkage-chains-disagree", false, Serious, "the Markov chains that draw linkages do not agree well enough about the overlaps", "Do not publish the interval; ask for more draws, and compare the answers of other seeds."},
	{"linkage-not-converged", false, Serious, "EM did not come to rest: the weights of the comparisons are not those that fit best", "Do not use the links; compare on other fields, and report the data that do this."},
	{"links-without-doubt", false, Serious, "the links came without match probabilities, and were taken for certain", "Read the interval as too short; give pairs with their match probabilities, or let darkfigure link."},
	{"low-sample-coverage", false, TakeCare, "the lists cover little of the population", "Read estimates that say \"at least\" as that, and do not rely on the others. A further list that overlaps with the largest one would help most."},
	{"main-effects-penalised", false, Serious, "a penalty on main effects pulls the estimate down, whatever the data say", "Use --ridge without :all, which penalises interactions only; do not publish this number or its interval."},
	{"missing-levels", false, Serious, "the level of a covariate is missing for some people, who were taken as a group of their own", "Use --method incomplete, which finds out how they are divided over the groups that are recorded."},
	{"mostly-unrecorded", false, TakeCare, "a covariate is recorded for fewer than half of the people seen", "Read the totals of its levels as estimates for the people seen too; look at the numbers under another model that is determined."},
	{"multiplier-assumption", false, TakeCare, "the estimate rests on a survey that represents the population and on an answer about the very benchmark that was counted", "Ask how respondents were found and what they were asked; use several benchmarks, and publish the range of their estimates."},
	{"near-tied-models", false, Serious, "several models fit about as well and disagree", "Publish the range over the near-tied models, not one number; find out whether the dependence that separates them is real."},
	{"negative-terms", false, Note, "terms estimated as negative were set to zero, as the lower bound requires", "Nothing to do."},
	{"no-duplicates-found", false, Note, "duplicates within registers could not be told from different people, and every record was taken for a person", "Nothing to do where registers hold nobody twice; else name the column of an administrative key, or more fields."},
	{"no-overlap-pair", false, TakeCare, "two lists never share a person", "If nobody can be on both by design, declare it with --absent A*B; else check the linkage. The dependence between them cannot be estimated."},
	{"nobody-seen-once", false, Serious, "nobody was seen exactly once, which repeat contacts do not explain", "Do not publish the estimate. Ask whether people enter the register or the file only at their second contact, or whether every case is written down twice; with such a rule how often people are seen says nothing about those hidden."},
	{"one-inflation", false, Serious, "more people were seen exactly once than the model expects", "Ask whether people are kept from coming back: moved on, sent away, or trying a service once. If so, use an oizt or ztoi family; its estimate is much lower."},
	{"one-period-each", false, Serious, "people are on registers in different periods, and hardly any register holds anybody in more than one", "Where a file has one row for each contact, nothing: compare with a study of each year alone. Where its date is that of a first contact, or of a case that ran on, give a row for each period in which the register knew the person, or leave the date out of estimate.by."},
	{"order-matters", false, Serious, "the method takes the lists as ordered in time", "Use it only for repeated surveys of one kind, in their order in time."},
	{"other-maximum", false, TakeCare, "the likelihood has other maxima, which fit less well", "Publish with care: the data hardly tell these answers apart when the fits are close; a model with fewer terms may."},
	{"overdispersion", false, TakeCare, "people who are alike in what is known of them differ in how often they are seen", "Say \"at least\"; add covariates, or compare chao and a geometric family."},
	{"pairs-judged-by-others", false, Note, "what matches look like could not be learnt from the pairs of two registers, and was taken from the others", "Look at the links of these two registers one by one; check that they cover the same people."},
	{"person-periods", false, TakeCare, "the table covers several periods and counts a person once in each", "Where a person can be in several periods, read the estimate as person-periods, and divide by the number of periods for a yearly average."},
	{"pooling-moves-total", false, Serious, "what strata are taken to share moves their total out of its own interval", "Publish both totals; strata differ in how lists reach them, or their separate estimates are noise: look at the strata with few overlaps."},
	{"poor-fit", false, TakeCare, "the model does not fit the table", "Do not rely on this model alone; look at its residuals and at models with more dependence."},
	{"rarely-seen", false, TakeCare, "somebody seen is of a kind that is hardly ever seen, and stands for many", "Check their records by hand; look at the estimate without them, or without the covariate that makes them rare."},
	{"refused-draws", false, TakeCare, "some of the drawn linkages have no estimate and were left out", "Read the interval as too short: the linkages left out are those with the fewest overlaps."},
	{"register-alone", false, TakeCare, "a register shares hardly anyone with any other", "Check that its columns were read rightly and that it covers the same people; if so, its overlaps rest on a few pairs."},
	{"registers-not-comparable", false, Serious, "two registers have too few fields in common to tell which of their records are of one person", "Name more of their columns (names, date of birth, a number that both hold), or leave one of the registers out of the study."},
	{"repeats-not-compared", false, Serious, "the links came without any pair inside a register, and every record was taken for a person of its own", "Nothing to do where registers hold nobody twice; else compare within registers too (link_and_dedupe in splink), or remove repeats from each register first: each counts one person twice."},
	{"review-incomplete", false, TakeCare, "people who reviewed a sample scored too few pairs to judge all groups of them", "Have some pairs of each group scored, with more to go by than the registers hold where these do not tell (the case files, or who keeps them)."},
	{"review-takes-apart", false, TakeCare, "people who reviewed a sample found links to be false of which the linkage is sure, and the draws follow them", "Look at the pairs they found false: twins, families, a field read wrongly? A field that tells them apart is better than links taken apart at random. Check too that the reviewers took 1 for one person and 0 for two."},
	{"several-optima", false, TakeCare, "EM finds another number of matches from another start, though it fits less well", "Compare the number of matches with what is known of the registers; more fields or a clerical sample decide."},
	{"small-overlap", false, TakeCare, "the estimate rests on a handful of people seen twice", "Read the upper limit before the estimate, and check those records by hand."},
	{"source-left-out", false, Serious, "a source has no estimate and was left out of those combined", "Do not pass over it: the sources left out may be those that would say most."},
	{"sources-disagree", false, Serious, "sources differ by more than chance", "Publish the range of the sources, not their mean; find out which of them means other people, or has another share."},
	{"structural-zeros-ignored", false, Serious, "the method counts patterns that are impossible by design as possible", "Use a log-linear model, which leaves impossible patterns out."},
	{"term-on-few-people", false, Serious, "a term of the chosen model rests on a handful of people", "Check those records by hand, and look at the estimate without the term."},
	{"total-as-one", false, TakeCare, "some groups have no estimate, and the total is that of all people taken as one", "Do not add the groups up. Use --pool shrunk, which estimates small groups with the others, or merge groups; where groups differ in how they are listed, the total as one is too low as a rule."},
	{"unbounded-upper", false, Serious, "the data set no upper limit", "Say \"at least\" with the lower limit, and do not publish an upper one."},
	{"underdispersion", false, Serious, "people who are alike in what is known of them are seen more equally often than by chance", "Do not publish the estimate before the reason is known. Contacts at fixed times make it too high; contacts that follow from the first, such as appointments or a second record of each case, and people seen once who are missing from the file make it too low: ask how contacts come about, and count the independent ones."},
	{"unequal-lists", false, TakeCare, "the method takes all lists to be alike, but they differ in size", "Do not read this estimate as \"at least\"; Mth-chao lets lists differ, and is a lower bound where it fits."},
	{"unestimable-replicates", false, TakeCare, "some bootstrap replicates gave no estimate and count as the largest ones", "Say \"at least\" when the upper limit rests on them; the data are close to not being enough."},
	{"unknowing-field", false, Note, "a field is as often equal in pairs of one person as in others", "Leave it out, or look whether its column was read rightly."},
	{"unsteady-jackknife", false, Note, "leaving one person out can leave no estimate, so that the bootstrap interval is not accelerated", "Read the interval as the bias-corrected one without acceleration."},
	{"wide-interval", false, TakeCare, "the upper limit is more than ten times the lower one", "Publish the limits rather than the estimate."},
	{"zero-hidden", false, TakeCare, "the estimate says that nobody is hidden", "Do not report that nobody is hidden; where the upper limit lies above the number seen, report that limit."},
}
