package multiplier

import "darkfigure/estimators"

// Methods describes the methods of this package. They have no entry in --method, because they need a survey beside the table.
func Methods() []estimators.Method {
	const family = "Benchmark and survey"
	unaids := "UNAIDS, WHO (2010), Guidelines on estimating the size of populations most at risk to HIV"
	return []estimators.Method{{
		Name: "multiplier", Title: "Multiplier", Family: family,
		Estimates: "The size of the population as the number a service counted, divided by the share of a survey who say that they are among them.",
		Assumes: []string{
			"Benchmark and survey are about the same people: definition, area, period and age.",
			"The service counted each person once, and respondents mean that very service.",
			"Everybody in the population can be in the survey, whether or not they used the service.",
		},
		Distrust: []string{
			"Respondents were found through the service, or through people who use it: the estimate is too low.",
			"The question was about any body, and the benchmark is the register of one: the estimate is far too low.",
			"The share is small: a few answers decide.",
			"People deny that they are known, or claim it: check some answers, and give the rates of wrong ones.",
		},
		References: []string{unaids,
			"E. Fearon, S. T. Chabata, J. A. Thompson, F. M. Cowan, J. R. Hargreaves (2017), Sample size calculations for population size estimation studies using multiplier methods with respondent-driven sampling surveys, JMIR Public Health and Surveillance 3, e59",
			"E. C. Fieller (1954), Some problems in interval estimation, Journal of the Royal Statistical Society B 16, 175–185",
			"W. J. Rogan, B. Gladen (1978), Estimating prevalence from the results of a screening test, American Journal of Epidemiology 107, 71–76",
		},
		MinLists: 1,
	}, {
		Name: CombinedName, Title: "Multipliers combined", Family: family,
		Estimates: "The size of the population from several benchmarks, each divided by its share of a survey: their mean on the logarithmic scale, with a variance between sources.",
		Assumes: []string{
			"Every source estimates the same people, and falls short of its assumptions in its own way: errors cancel out on average.",
			"Sources are independent of each other; shares from one survey are not quite.",
		},
		Distrust: []string{
			"All sources err to one side, as when nobody reaches the same part of the population.",
			"Sources disagree: publish the range of their estimates, and find out which of them means other people.",
			"There are two or three sources: how far they differ is then hardly known, and the interval is very wide for it.",
		},
		References: []string{unaids,
			"R. C. Paule, J. Mandel (1982), Consensus values and weighting factors, Journal of Research of the National Bureau of Standards 87, 377–385",
			"J. Hartung, G. Knapp (2001), On tests of the overall treatment effect in meta-analysis with normally distributed responses, Statistics in Medicine 20, 1771–1782",
			"C. Röver, G. Knapp, T. Friede (2015), Hartung–Knapp–Sidik–Jonkman approach and its modification for random-effects meta-analysis with few studies, BMC Medical Research Methodology 15, 99",
		},
		MinLists: 1,
	}}
}
