package lowerbound

import "darkfigure/estimators"

// Methods describes the estimators of this package.
func Methods() []estimators.Method {
	const repeats, coverage = "From how often people were seen", "Sample coverage"
	frequencies := func(last ...string) []string {
		return append([]string{
			"The population is closed, and every match between the lists was found and is right.",
			"Being seen once does not change the chance to be seen again.",
			"The lists, or occasions, are alike; people may differ.",
		}, last...)
	}
	const positive = "People who are on one list are as likely as others, or more likely, to be on another: such positive dependence only lowers the bound."
	distrust := func(last ...string) []string {
		return append([]string{
			"The lists differ much in size: the number hidden then comes out too high, and \"at least\" is not warranted.",
			"People avoid a second list, cannot be on it, or were not recognised on it: the answer is then too high.",
			"Fewer than 7 people were seen twice.",
		}, last...)
	}
	const (
		chao1987 = "A. Chao (1987), Estimating the population size for capture–recapture data with unequal catchability, Biometrics 43, 783–791, doi:10.2307/2531532"
		rivest   = "L.-P. Rivest, T. Lévesque (2001), Improved log-linear model estimators of abundance in capture–recapture experiments, Canadian Journal of Statistics 29, 555–572"
		bohning  = "D. Böhning (2008), A simple variance formula for population size estimators by conditioning, Statistical Methodology 5, 410–423, doi:10.1016/j.stamet.2007.10.001"
		inflated = "D. Böhning, P. Kaskasamkul, P. G. M. van der Heijden (2019), A modification of Chao's lower bound estimator in the case of one-inflation, Metrika 82, 361–384"
		better   = "D. Böhning (2010), Some general comparative points on Chao's and Zelterman's estimators of the population size, Scandinavian Journal of Statistics 37, 221–236"
		tsay     = "A. Chao, P. K. Tsay (1998), A sample coverage approach to multiple-system estimation with application to census undercount, Journal of the American Statistical Association 93, 283–293"
		medicine = "A. Chao, P. K. Tsay, S.-H. Lin, W.-Y. Shau, D.-Y. Chao (2001), The applications of capture–recapture models to epidemiological data, Statistics in Medicine 20, 3123–3157"
	)
	overlap := []string{
		"The population is closed, and every match between the lists was found and is right.",
		"Every pattern of lists is possible.",
	}
	return []estimators.Method{
		{
			Name: "chao", Title: "Chao's lower bound", Family: repeats, LowerBound: true, MinLists: 2,
			Estimates:  "The least number of people that agrees with how many were seen once and twice, however people differ.",
			Assumes:    frequencies(positive),
			Distrust:   distrust("It is read as an estimate: when people differ much, the truth is far above it."),
			References: []string{chao1987, inflated},
			New:        func(o estimators.Options) estimators.Estimator { return Chao{Levels: o.Levels, Interval: o.Kind} },
		},
		{
			Name: "chao-bc", Title: "Chao's lower bound, bias-corrected", Family: repeats, LowerBound: true, MinLists: 2,
			Estimates:  "Chao's lower bound with the bias for few repeats taken off; defined even when nobody was seen exactly twice.",
			Assumes:    frequencies(positive),
			Distrust:   distrust("Hardly anybody was seen twice: the answer is then what the formula says, not the data."),
			References: []string{chao1987, rivest},
			New:        func(o estimators.Options) estimators.Estimator { return ChaoBC{Levels: o.Levels, Interval: o.Kind} },
		},
		{
			Name: "zelterman", Title: "Zelterman", Family: repeats, MinLists: 2,
			Estimates:  "The size of the population if those seen once and twice follow one Poisson or binomial law, whatever those seen more often do.",
			Assumes:    frequencies("People seen once or twice are alike."),
			Distrust:   distrust("It is read as \"at least\": when people differ it may exceed the truth."),
			References: []string{"D. Zelterman (1988), Robust estimation in truncated discrete distributions with application to capture–recapture experiments, Journal of Statistical Planning and Inference 18, 225–237", bohning, better},
			New:        func(o estimators.Options) estimators.Estimator { return Zelterman{Levels: o.Levels, Interval: o.Kind} },
		},
		{
			Name: "turing", Title: "Good–Turing", Family: repeats, LowerBound: true, MinLists: 2,
			Estimates:  "The size of the population if all people are alike; the least it can be if they differ.",
			Assumes:    frequencies(positive),
			Distrust:   distrust("It is read as an estimate: when people differ it lies below Chao's bound as a rule."),
			References: []string{"I. J. Good (1953), The population frequencies of species and the estimation of population parameters, Biometrika 40, 237–264", bohning},
			New:        func(o estimators.Options) estimators.Estimator { return Turing{Levels: o.Levels, Interval: o.Kind} },
		},
		{
			Name: "ichao", Title: "Improved Chao's lower bound", Family: repeats, LowerBound: true, MinLists: 4,
			Estimates:  "A lower bound that is at least Chao's, from how many were seen one, two, three and four times.",
			Assumes:    frequencies(positive),
			Distrust:   distrust("A handful of people were seen three or four times: what it adds to Chao's bound rests on them."),
			References: []string{"C.-H. Chiu, Y.-T. Wang, B. A. Walther, A. Chao (2014), An improved nonparametric lower bound of species richness via a modified Good–Turing frequency formula, Biometrics 70, 671–682, doi:10.1111/biom.12200"},
			New:        func(o estimators.Options) estimators.Estimator { return IChao{Levels: o.Levels, Interval: o.Kind} },
		},
		{
			Name: "lanumteang-bohning", Title: "Lanumteang–Böhning", Family: repeats, MinLists: 3,
			Estimates:  "The size of the population by carrying on the trend of the ratios of those seen once, twice and three times.",
			Assumes:    frequencies("The ratios of neighbouring frequencies change by a constant factor."),
			Distrust:   distrust("It is read as \"at least\": it extrapolates.", "A handful of people were seen three times."),
			References: []string{"K. Lanumteang, D. Böhning (2011), An extension of Chao's estimator of population size based on the first three capture frequency counts, Computational Statistics & Data Analysis 55, 2302–2311, doi:10.1016/j.csda.2011.01.017"},
			New: func(o estimators.Options) estimators.Estimator {
				return LanumteangBohning{Levels: o.Levels, Interval: o.Kind}
			},
		},
		{
			Name: "coverage-independence", Title: "Sample coverage, independent lists", Family: coverage, MinLists: 2,
			Estimates:  "The size of the population for lists that are independent, from the estimated sample coverage.",
			Assumes:    append([]string{"The lists are independent."}, overlap...),
			Distrust:   []string{"The lists depend on each other: too low when the same people tend to be on several, too high when lists avoid each other.", "Matches were missed: too high."},
			References: []string{tsay, medicine},
			New: func(o estimators.Options) estimators.Estimator {
				return CoverageIndependence{Levels: o.Levels, Interval: o.Kind, Seed: o.Seed, Workers: o.Workers}
			},
		},
		{
			Name: "coverage-high", Title: "Sample coverage, high coverage", Family: coverage, MinLists: 3,
			Estimates:  "The size of the population for dependent lists whose sample coverage is 55% or more.",
			Assumes:    append([]string{"The sample coverage is high; below 55% the method is refused.", "Dependence among three or more lists follows from that between pairs on average."}, overlap...),
			Distrust:   []string{"Its standard error is of the order of the estimate.", "Many bootstrap samples give no estimate."},
			References: []string{tsay, medicine},
			New: func(o estimators.Options) estimators.Estimator {
				return CoverageHigh{Levels: o.Levels, Interval: o.Kind, Seed: o.Seed, Workers: o.Workers}
			},
		},
		{
			Name: "coverage-low", Title: "Sample coverage, low coverage", Family: coverage, LowerBound: true, MinLists: 3,
			Estimates:  "The least size of the population for lists that depend positively on each other.",
			Assumes:    append([]string{"People who are on one list are on average more likely than others to be on another. When lists avoid each other it is not a lower bound."}, overlap...),
			Distrust:   []string{"Lists avoid each other, or matches were missed: the bound is then too high.", "It is read as an estimate when the sample coverage is low."},
			References: []string{tsay, medicine},
			New: func(o estimators.Options) estimators.Estimator {
				return CoverageLow{Levels: o.Levels, Interval: o.Kind, Seed: o.Seed, Workers: o.Workers}
			},
		},
	}
}
