package estimators

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// byChance is the probability below which it is no accident that a level is missing of everybody on a list, or of nobody.
const byChance = 0.05

// Unrecorded says which of some covariates have people whose level is missing, as a warning missing-levels each. Covariates that the table
// does not have are left out.
func (t *Table) Unrecorded(names ...string) []Warning {
	var out []Warning
	for j, c := range t.covariates {
		if missing := t.missing(j); missing > 0 && slices.Contains(names, c.Name) {
			out = append(out, Warning{Code: "missing-levels", Text: fmt.Sprintf("%s is missing for %s, who are a group of their own here", c.Name, Persons(float64(missing)))})
		}
	}
	return out
}

// UnrecordedNotes says the same without the numbers, as plain facts about the table.
func (t *Table) UnrecordedNotes(names ...string) []string {
	var out []string
	for j, c := range t.covariates {
		if t.missing(j) > 0 && slices.Contains(names, c.Name) {
			out = append(out, c.Name+" is missing for some people, who are a group of their own; estimate --method incomplete divides them over the others")
		}
	}
	return out
}

// missing is how many people have no level of covariate j.
func (t *Table) missing(j int) int64 {
	n := int64(0)
	for _, cell := range t.cells {
		if cell.Levels[j] == "" {
			n += cell.Count
		}
	}
	return n
}

// RecordedByList refuses groups of a covariate whose level is known or missing according to the lists that people are on: of nobody who is
// on certain lists alone, since they do not record it, or of everybody on a certain list. People who are not seen by a list that records it then
// have no level, so that no group is a population of which every list sees a part. It is nil where there is no such
// covariate, and where it could be an accident: less than one chance in twenty, if lists and levels had nothing to do with each other,
// takes it for a rule. Covariates of which no level is missing, or every one, are never refused.
func (t *Table) RecordedByList(names ...string) *Refusal {
	n := float64(t.observed)
	totals := t.Totals()
	for j, c := range t.covariates {
		if !slices.Contains(names, c.Name) {
			continue
		}
		missing := float64(t.missing(j))
		only, onlyKnown := make([]float64, t.K()), make([]float64, t.K()) // people on one list alone
		with := make([]float64, t.K())                                    // people on a list whose level is missing
		for _, cell := range t.cells {
			gone, count := cell.Levels[j] == "", float64(cell.Count)
			for i := range t.lists {
				if !cell.Pattern.Has(i) {
					continue
				}
				if gone {
					with[i] += count
				}
				if cell.Pattern.Size() == 1 {
					if only[i] += count; !gone {
						onlyKnown[i] += count
					}
				}
			}
		}
		if missing == 0 || missing == n {
			continue
		}
		var without, by []string
		for i, name := range t.lists {
			if only[i] > 0 && onlyKnown[i] == 0 && math.Pow(missing/n, only[i]) < byChance {
				without = append(without, name)
			} else {
				by = append(by, name)
			}
		}
		if len(without) > 0 {
			text := fmt.Sprintf("%s is known of nobody who is on %s alone", c.Name, inWords(without, "or"))
			if len(by) == 1 {
				text = fmt.Sprintf("only %s records %s", by[0], c.Name)
			}
			r := Refuse("recorded-by-list", "%s: whom another list sees without it has no level, and the groups are no populations", text)
			r.Lists = by
			return r
		}
		for i, name := range t.lists {
			if totals[i] > 0 && with[i] == 0 && math.Pow(1-float64(totals[i])/n, missing) < byChance {
				r := Refuse("recorded-by-list", "%s is missing of nobody on %s, and of others: whether it is known depends on being on that list, and the groups are no populations", c.Name, name)
				r.Lists = []string{name}
				return r
			}
		}
	}
	return nil
}

// inWords joins names as in "A, B or C".
func inWords(names []string, and string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + and + " " + names[last]
}
