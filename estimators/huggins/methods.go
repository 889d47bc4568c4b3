package huggins

import (
	"darkfigure/estimators"
	"darkfigure/internal/formula"
)

// Named returns the model of a form (huggins-h, huggins-t, huggins-b or huggins-tb) with a formula of covariates; ok is false when there is no such form.
func Named(name string, about formula.Formula) (m Model, ok bool) {
	for _, m := range []Model{{}, {Time: true}, {Behaviour: true}, {Time: true, Behaviour: true}} {
		if m.Name() == name {
			m.Formula = about
			return m, true
		}
	}
	return Model{}, false
}

// Methods describes the methods of this package.
func Methods() []estimators.Method {
	const family = "Covariates of persons"
	assumes := []string{
		"Everybody belongs to the population the whole time, and everybody can be on a list.",
		"Records of one person were found to be of one person.",
		"Given the covariates of the formula, being on one list says nothing about being on another.",
	}
	distrust := []string{
		"What makes people visible is not among the covariates: the estimate is too low.",
		"Somebody seen is of a kind that is hardly ever seen, and stands for many: look at the warning rarely-seen.",
		"Another formula that fits about as well gives another number.",
	}
	order := "Lists follow each other in time, in the order of the columns, and once seen people keep their new chance."
	references := []string{
		"R. M. Huggins (1989), On the statistical analysis of capture experiments, Biometrika 76, 133–140",
		"J. M. Alho (1990), Logistic regression in capture–recapture models, Biometrics 46, 623–635",
		"R. M. Huggins (1991), Some practical aspects of a conditional likelihood approach to capture experiments, Biometrics 47, 725–732",
		"T. W. Yee, J. Stoklosa, R. M. Huggins (2015), The VGAM package for capture–recapture data using the conditional likelihood, Journal of Statistical Software 65(5), 1–33",
	}
	method := func(name, title, estimates string, assumes, distrust []string) estimators.Method {
		return estimators.Method{Name: name, Title: title, Family: family, Estimates: estimates, Assumes: assumes, Distrust: distrust, References: references, MinLists: 2,
			New: func(o estimators.Options) estimators.Estimator {
				m, _ := Named(name, formula.Formula{})
				return Huggins{Model: m, Levels: o.Levels, Interval: o.Kind}
			}}
	}
	behaviour := append([]string{order}, assumes[:2]...)
	unsure := append([]string{"The lists are registers side by side: the order of their columns decides the answer."}, distrust...)
	return []estimators.Method{
		method("huggins-h", "Huggins–Alho, lists alike", "The size of the population, and of its groups, when the chance to be on a list depends on covariates of the person and is the same for all lists.",
			append(assumes[:3:3], "All lists see a person with the same chance."), distrust),
		method("huggins-t", "Huggins–Alho, lists differ", "The size of the population, and of its groups, when the chance to be on a list depends on the list and on covariates of the person.", assumes, distrust),
		method("huggins-b", "Huggins–Alho, behaviour", "The size of the population when people who were seen before are seen again with another chance, which depends on covariates of the person.", behaviour, unsure),
		method("huggins-tb", "Huggins–Alho, lists differ, behaviour", "The size of the population when lists differ, people who were seen before are seen again with another chance, and both depend on covariates of the person.", behaviour,
			append([]string{"There are no covariates, or few people: the model is then barely determined."}, unsure...)),
	}
}
