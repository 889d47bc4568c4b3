package incomplete

import (
	"context"
	"slices"

	"darkfigure/estimators"
)

// Pairs is the model of a table of lists and covariates that takes least for granted without looking at counts: every product of two covariates, of a
// list and a covariate, and of two lists that the rows determine. Of two registers that record a covariate of their own it is the maximal
// model [A*X2,X1*X2,B*X1] of van der Heijden and others (2018). Pairs of covariates come first, then those of a list and a covariate, then those of lists: all of a group
// when they are determined together; else those that are determined each by itself, with the main effects, if these are together.
func Pairs(ctx context.Context, t *estimators.Table, absence Absence) (Model, error) {
	k := t.K()
	names := variablesOf(t)
	var m Model
	var groups [3][][]string
	for a := range names {
		for b := range a {
			group := 1
			switch {
			case a < k:
				group = 2
			case b >= k:
				group = 0
			}
			groups[group] = append(groups[group], []string{names[b], names[a]})
		}
	}
	determined := func(m Model) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		p, err := newProblem(t, m, absence, nil)
		if err != nil {
			return false, err
		}
		_, err = p.undetermined()
		return err == nil, nil
	}
	if ok, err := determined(m); err != nil || !ok {
		return m, err
	}
	for _, group := range groups {
		all := Model{slices.Concat(m.Generators, group)}
		ok, err := determined(all)
		if err != nil {
			return m, err
		}
		if ok {
			m = all
			continue
		}
		var alone [][]string
		for _, pair := range group {
			ok, err := determined(Model{[][]string{pair}})
			if err != nil {
				return m, err
			}
			if ok {
				alone = append(alone, pair)
			}
		}
		together := Model{slices.Concat(m.Generators, alone)}
		ok, err = determined(together)
		switch {
		case err != nil:
			return m, err
		case ok:
			m = together
		}
	}
	return m, nil
}
