package main

import (
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/estimators/huggins"
	"darkfigure/estimators/incomplete"
	"darkfigure/estimators/loglinear"
	"darkfigure/estimators/lowerbound"
	"darkfigure/estimators/multiplier"
	"darkfigure/estimators/truncated"
	"darkfigure/estimators/twolist"
)

// allMethods are the methods --method knows, in the order in which they are shown.
func allMethods() []estimators.Method {
	return slices.Concat(twolist.Methods(), loglinear.Methods(), lowerbound.Methods())
}

// described are the methods that have a card: those of --method, and those with a command of their own or that stand by themselves.
func described() []estimators.Method {
	return slices.Concat(allMethods(), incomplete.Methods(), huggins.Methods(), truncated.Methods(), multiplier.Methods())
}

// findMethod returns a method by its name, whatever the case of its letters.
func findMethod(name string) (estimators.Method, error) { return findAmong(allMethods(), name) }

func findAmong(all []estimators.Method, name string) (estimators.Method, error) {
	var names []string
	for _, m := range all {
		if strings.EqualFold(m.Name, name) {
			return m, nil
		}
		names = append(names, m.Name)
	}
	if strings.EqualFold(name, incompleteName) {
		return estimators.Method{}, usage("darkfigure estimate TABLE --method "+incompleteName, "%s stands by itself: it uses covariates, over which the other methods sum", incompleteName)
	}
	if conditional(name) {
		return estimators.Method{}, usage("darkfigure estimate PERSONS --method "+name+" --formula '~ sex'", "%s stands by itself: it uses covariates of persons, over which the other methods sum", name)
	}
	names = append(names, incompleteName)
	for _, m := range huggins.Methods() {
		names = append(names, m.Name)
	}
	return estimators.Method{}, usage(didYouMean("", name, names, "darkfigure methods lists them"), "there is no method %q", name)
}

// findMethods reads --method.
func findMethods(values []string) ([]estimators.Method, error) {
	return findAllAmong(allMethods(), values)
}

func findAllAmong(all []estimators.Method, values []string) ([]estimators.Method, error) {
	var out []estimators.Method
	for _, name := range splitAll(values) {
		m, err := findAmong(all, name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o estimators.Method) bool { return o.Name == m.Name }) {
			return nil, usage("", "--method %s is given twice", m.Name)
		}
		out = append(out, m)
	}
	return out, nil
}

// fits reports whether a method can use so many lists.
func fits(m estimators.Method, lists int) bool {
	return lists >= m.MinLists && (m.MaxLists == 0 || lists <= m.MaxLists)
}

// needsOrder reports whether an estimator takes the lists as following each other in time.
func needsOrder(e estimators.Estimator) bool {
	switch e := e.(type) {
	case loglinear.Behaviour:
		return true
	case loglinear.Corrected:
		return e.Model == "Mb" || e.Model == "Mbh"
	}
	return false
}

// cards describe methods for the report.
func cards(methods []estimators.Method) []estimators.Method {
	out := slices.Clone(methods)
	for i := range out {
		out[i].New = nil
	}
	return out
}

// cards describe the methods of the request; a model that was given is not called selected.
func (r *request) cards() []estimators.Method {
	out := cards(r.methods)
	for i := range out {
		if title, ok := r.model.title(); ok && out[i].Name == "loglinear" {
			out[i].Title, out[i].Estimates = title, "How many people are on no list, if the way the lists share people follows the interactions of the model."
			out[i].LowerBound = r.model.heterogeneity == loglinear.Chao
		}
	}
	return out
}
