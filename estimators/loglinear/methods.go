package loglinear

import (
	"slices"

	"darkfigure/estimators"
)

const family = "Log-linear models"

// Methods describes the log-linear methods and the closed-population family.
func Methods() []estimators.Method {
	of := func(make func(e LogLinear) LogLinear) func(estimators.Options) estimators.Estimator {
		return func(o estimators.Options) estimators.Estimator {
			return make(LogLinear{Kind: o.Kind, Levels: o.Levels})
		}
	}
	return append([]estimators.Method{
		{
			Name: "loglinear", Title: "Log-linear, selected model", Family: family, MinLists: 2,
			Estimates: "How many people are on no list, if the way the lists share people follows the interactions of the selected model.",
			Assumes: []string{
				"the population is closed: nobody enters or leaves while the lists are made",
				"each person is recognised on every list (perfect linkage)",
				"there is no interaction of the highest order, of all lists together: the data cannot test this",
				"the interactions left out are really absent",
			},
			Distrust: []string{
				"several models fit about as well and disagree: look at the near-tied models and publish their range",
				"a term of the model rests on a handful of people",
				"with --boot 0 the interval is that of the chosen model as if it had been known beforehand: it leaves out the choice",
			},
			References: []string{
				"Fienberg (1972) Biometrika 59:591",
				"Cormack (1989) Biometrics 45:395",
				"Chan, Silverman and Vincent (2021) Journal of the American Statistical Association 116:1297",
				"Silverman, Chan and Vincent (2024) Statistics and Computing 34:44",
			},
			New: of(func(e LogLinear) LogLinear { return e }),
		},
		{
			Name: "loglinear-aic", Title: "Log-linear, selected by AIC", Family: family, MinLists: 2,
			Estimates: "The same, with the model of least AIC, which takes in more interactions than BIC does.",
			Assumes:   []string{"as for the log-linear model"},
			Distrust:  []string{"the table is sparse: AIC then tends to models with terms on a handful of people"},
			References: []string{"Akaike (1974) IEEE Transactions on Automatic Control 19:716",
				"Hook and Regal (1997) American Journal of Epidemiology 145:1138"},
			New: of(func(e LogLinear) LogLinear { e.As, e.Select = "loglinear-aic", AIC; return e }),
		},
		{
			Name: "stepwise", Title: "Log-linear, stepwise", Family: family, MinLists: 2,
			Estimates:  "The same, with pairs of lists added one at a time while the smallest p-value is below 0.02.",
			Assumes:    []string{"as for the log-linear model", "dependence is between pairs of lists only"},
			Distrust:   []string{"the pairs that were added depend on the threshold", "a forward search does not look back: a better model may be out of its reach"},
			References: []string{"Chan, Silverman and Vincent (2021) Journal of the American Statistical Association 116:1297, section 2.3"},
			New:        of(func(e LogLinear) LogLinear { e.As, e.Select = "stepwise", Stepwise; return e }),
		},
		{
			Name: "loglinear-averaged", Title: "Average over near-tied models", Family: family, MinLists: 3,
			Estimates:  "The same, averaged over all models within 6 BIC units of the best, each weighted by exp(−ΔBIC/2); the interval is that of the mixture.",
			Assumes:    []string{"one of the models within 6 BIC units of the best is about right"},
			Distrust:   []string{"all near-tied models share a wrong assumption", "the mixture has two humps: then no single number describes it"},
			References: []string{"Draper (1995) Journal of the Royal Statistical Society B 57:45", "Hoeting, Madigan, Raftery and Volinsky (1999) Statistical Science 14:382"},
			New: func(o estimators.Options) estimators.Estimator {
				e := LogLinear{As: "loglinear-averaged", Averaged: true, Levels: o.Levels}
				if o.Kind == estimators.Mixture {
					e.Kind = o.Kind
				}
				return e
			},
		},
		{
			Name: "independence", Title: "Independence of the lists", Family: family, MinLists: 2,
			Estimates:  "How many people are on no list if being on one list says nothing about being on another.",
			Assumes:    []string{"as for the log-linear model", "the lists are independent, and all people are equally likely to be on a given list"},
			Distrust:   []string{"the deviance shows a poor fit: organisations that refer people to each other bias the estimate downwards, organisations that divide people among themselves upwards"},
			References: []string{"Fienberg (1972) Biometrika 59:591", "Darroch (1958) Biometrika 45:343"},
			New: func(o estimators.Options) estimators.Estimator {
				return fixedFor{name: "independence", kind: o.Kind, levels: o.Levels, model: Independence}
			},
		},
		{
			Name: "all-pairs", Title: "All pairs of lists dependent", Family: family, MinLists: 3,
			Estimates:  "How many people are on no list if every pair of lists may share or avoid people and nothing of a higher order does.",
			Assumes:    []string{"as for the log-linear model", "there is no interaction of three lists or more"},
			Distrust:   []string{"some pairs share almost nobody: the interval is then very wide, or there is no estimate at all"},
			References: []string{"Fienberg (1972) Biometrika 59:591"},
			New: func(o estimators.Options) estimators.Estimator {
				return fixedFor{name: "all-pairs", kind: o.Kind, levels: o.Levels, model: func(k int) Model { return AllUpTo(k, 2) }, least: 3}
			},
		},
	}, slices.Concat(thresholdMethods(), closedMethods())...)
}
