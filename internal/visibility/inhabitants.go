package visibility

import (
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Merged are levels of a covariate that were made one.
type Merged struct {
	Covariate string
	Levels    []string
	Into      string
}

// Merges are made one after another.
type Merges []Merged

// Of is the level that a level of the table as it was read has become.
func (m Merges) Of(covariate, level string) string {
	for _, x := range m {
		if x.Covariate == covariate && slices.Contains(x.Levels, level) {
			level = x.Into
		}
	}
	return level
}

// Moments are the covariates of a table that say when.
func Moments(t *estimators.Table) []string {
	var out []string
	for _, c := range t.Covariates() {
		if SaysWhen(c) {
			out = append(out, c.Name)
		}
	}
	return out
}

// Fit makes denominators those of the groups by, after levels of the table were merged and others summed over. People count once in
// every period, and so do inhabitants: those of merged levels and of all periods are added up, whether the periods are among the groups or not, and
// inhabitants that are given without the period live there in each.
//
// Errors: inhabitants given twice, of a merged period as a whole, or not at all for a group in which people were seen.
func (d *Denominators) Fit(read *estimators.Table, by []string, merged Merges) (*Denominators, error) {
	names, out := slices.Clone(d.By), &Denominators{}
	moments := Moments(read)
	for _, n := range moments {
		if !slices.Contains(names, n) {
			names, out.Same = append(names, n), append(out.Same, n)
		}
	}
	strata, err := read.Stratify(names...)
	if err != nil {
		return nil, err
	}
	levels := make([][]string, len(names))
	for _, c := range read.Covariates() {
		if j := slices.Index(names, c.Name); j >= 0 {
			levels[j] = c.Levels
		}
	}
	met := map[string]bool{} // periods, which with years and months are not all their combinations
	when := func(key []string) string {
		var of []string
		for j, n := range names {
			if slices.Contains(moments, n) {
				of = append(of, key[j])
			}
		}
		return strings.Join(of, "\x00")
	}
	for _, s := range strata {
		key := make([]string, len(names))
		for j, l := range s.Labels {
			if key[j] = l.Level; !slices.Contains(levels[j], l.Level) { // not known
				levels[j] = append(slices.Clone(levels[j]), l.Level)
			}
		}
		met[when(key)] = true
	}

	persons := map[string]float64{}
	for _, e := range d.Entries {
		sets := make([][]string, len(names))
		counts := true
		for j, n := range names {
			switch {
			case j >= len(d.By):
				sets[j] = levels[j]
				continue
			case slices.Contains(levels[j], e.Levels[j]):
				sets[j] = []string{e.Levels[j]}
				continue
			}
			for _, l := range levels[j] {
				if merged.Of(n, l) == e.Levels[j] {
					sets[j] = append(sets[j], l)
				}
			}
			switch {
			case len(sets[j]) == 0:
				counts = false
				if x := named(labelled(names[j:j+1], e.Levels[j:j+1])); !slices.Contains(out.LeftOut, x) {
					out.LeftOut = append(out.LeftOut, x)
				}
			case slices.Contains(moments, n):
				return nil, fmt.Errorf("give the population of each %s that was made one, %s, and not of %s", n, strings.Join(sets[j], ", "), e.Levels[j])
			}
		}
		if !counts {
			continue
		}
		first := map[string]bool{} // of merged levels that are given as one
		cross(sets, func(key []string) {
			k := strings.Join(key, "\x00")
			if _, twice := persons[k]; twice && err == nil {
				err = fmt.Errorf("the population of %s is given twice", named(labelled(d.By, key[:len(d.By)])))
			}
			if w := when(key); first[w] {
				persons[k] = 0
			} else {
				first[w], persons[k] = true, e.Persons
			}
		})
	}
	if err != nil {
		return nil, err
	}
	for _, s := range strata {
		key := make([]string, len(names))
		for j, l := range s.Labels {
			key[j] = l.Level
		}
		if _, ok := persons[strings.Join(key, "\x00")]; !ok {
			return nil, fmt.Errorf("no population is given for %s", named(s.Labels[:len(d.By)]))
		}
	}

	var keep []int
	for j, n := range names {
		if slices.Contains(by, n) {
			keep, out.By = append(keep, j), append(out.By, n)
		}
	}
	at := map[string]int{}
	cross(levels, func(key []string) {
		if len(moments) > 1 && !met[when(key)] {
			return
		}
		of := make([]string, len(keep))
		for i, j := range keep {
			of[i] = merged.Of(names[j], key[j])
		}
		k := strings.Join(of, "\x00")
		if _, ok := at[k]; !ok {
			at[k] = len(out.Entries)
			out.Entries = append(out.Entries, Denominator{Levels: of})
		}
		e := &out.Entries[at[k]]
		n, ok := persons[strings.Join(key, "\x00")]
		if e.Persons += n; !ok && !slices.Contains(key, "") && e.Unknown == "" {
			e.Unknown = named(labelled(names, key))
		}
	})
	return out, nil
}

// cross visits every combination of one level of each set. The combination is overwritten by the next.
func cross(sets [][]string, visit func(key []string)) {
	key := make([]string, len(sets))
	var next func(j int)
	next = func(j int) {
		if j == len(sets) {
			visit(key)
			return
		}
		for _, l := range sets[j] {
			key[j] = l
			next(j + 1)
		}
	}
	next(0)
}
