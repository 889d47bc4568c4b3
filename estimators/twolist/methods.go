package twolist

import "darkfigure/estimators"

// Methods describes the estimators of this package.
func Methods() []estimators.Method {
	const family = "Two lists"
	assumes := func(last ...string) []string {
		return append([]string{
			"Both lists are about the same closed population: nobody enters or leaves it between them.",
			"Every match between the lists was found, and every one found is right.",
			"Being on one list says nothing about being on the other.",
			"On at least one of the lists everybody has the same chance to be; nobody is excluded by design.",
		}, last...)
	}
	distrust := func(last ...string) []string {
		return append([]string{
			"One list refers people to the other, or the same people are more visible to both: the estimate is too low.",
			"People use one service instead of the other: the estimate is too high.",
			"Matches were missed, for want of names or birth dates: the estimate is too high, by 25% when a fifth is missed.",
			"Fewer than 7 people are on both lists.",
		}, last...)
	}
	waring := "L.-P. Rivest, M. Yauck (2023), Small sample inference for two-way capture–recapture experiments, arXiv:2307.11705 (the interval)"
	return []estimators.Method{
		{
			Name: "petersen", Title: "Lincoln–Petersen", Family: family,
			Estimates:  "The size of the population as n1·n2/m, the maximum likelihood estimate for two independent lists.",
			Assumes:    assumes(),
			Distrust:   distrust("It is biased upwards when the overlap is small; Chapman's form removes that."),
			References: []string{"G. A. F. Seber (1982), The estimation of animal abundance and related parameters, 2nd edition, Griffin", waring},
			MinLists:   2, MaxLists: 2,
			New: func(o estimators.Options) estimators.Estimator { return Petersen{Levels: o.Levels, Interval: o.Kind} },
		},
		{
			Name: "chapman", Title: "Chapman", Family: family,
			Estimates: "The size of the population as (n1+1)(n2+1)/(m+1) − 1, nearly without bias for two independent lists.",
			Assumes:   assumes(),
			Distrust:  distrust("Nobody is on both lists: the number is then what the formula says, not the data; only the lower limit stands."),
			References: []string{
				"D. G. Chapman (1951), Some properties of the hypergeometric distribution with applications to zoological sample censuses, University of California Publications in Statistics 1, 131–160",
				"G. A. F. Seber (1970), The effects of trap response on tag recapture estimates, Biometrics 26, 13–22 (the variance)",
				waring,
			},
			MinLists: 2, MaxLists: 2,
			New: func(o estimators.Options) estimators.Estimator { return Chapman{Levels: o.Levels, Interval: o.Kind} },
		},
		{
			Name: "bailey", Title: "Bailey", Family: family,
			Estimates: "The size of the population as n1(n2+1)/(m+1), for a second list drawn with replacement.",
			Assumes:   assumes("The second list is a sample of contacts in which a person can be met again; the first list is the marked group, so that the order of the lists matters."),
			Distrust:  distrust("Both lists hold each person once: use Chapman.", "Everybody on the first list is also on the second: the formula then lies below the number observed."),
			References: []string{
				"N. T. J. Bailey (1952), Improvements in the interpretation of recapture data, Journal of Animal Ecology 21, 120–127",
				waring,
			},
			MinLists: 2, MaxLists: 2,
			New: func(o estimators.Options) estimators.Estimator { return Bailey{Levels: o.Levels, Interval: o.Kind} },
		},
	}
}
