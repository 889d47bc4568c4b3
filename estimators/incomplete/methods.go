package incomplete

import "darkfigure/estimators"

// Methods describes the method of this package.
func Methods() []estimators.Method {
	return []estimators.Method{{
		Name: "incomplete", Title: "Log-linear, covariates partly recorded (EM)", Family: "Covariates that are recorded for part of the people",
		Estimates: "The size of the population, in total and by the levels of covariates that only some of the lists record, that are missing for some people, or that lists define differently; and when a list ran in part of the population only.",
		Assumes: []string{
			"Everybody belongs to the population the whole time, and everybody can be on a list.",
			"Records of one person were found to be of one person.",
			"Given the lists a person is on and what is recorded, whether a level is recorded does not depend on the level.",
			"The products of lists and covariates that the model leaves out do not exist. A covariate recorded by one register alone can be related to the other register only through what the model has.",
		},
		Distrust: []string{
			"A level is missing because of what it is, as when people hide their age.",
			"Few people are in both registers: what one covariate says of the other rests on them alone.",
			"Most of a group is there because the model put it there: read the column of those whose level was not recorded.",
			"Another model that is determined too gives another number: which dependence is left out is an assumption.",
		},
		References: []string{
			"P. G. M. van der Heijden, P. A. Smith, M. Cruyff, B. Bakker (2018), An overview of population size estimation where linking registers results in incomplete covariates, with an application to mode of transport of serious road casualties, Journal of Official Statistics 34, 239–263",
			"P. G. M. van der Heijden, M. Cruyff, P. A. Smith, C. Bycroft, P. Graham, N. Matheson-Dunning (2022), Multiple system estimation using covariates having missing values and measurement error: estimating the size of the Māori population in New Zealand, Journal of the Royal Statistical Society A 185, 156–177",
			"E. N. Zwane, K. van der Pal-de Bruin, P. G. M. van der Heijden (2004), The multiple-record systems estimator when registrations refer to different but overlapping populations, Statistics in Medicine 23, 2267–2281",
		},
		MinLists: 2,
		New: func(o estimators.Options) estimators.Estimator {
			return Incomplete{Levels: o.Levels, Interval: o.Kind}
		},
	}}
}
