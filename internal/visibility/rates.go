package visibility

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Denominators are how many people live where, by the levels of some covariates.
type Denominators struct {
	By      []string
	Entries []Denominator
}

// A Denominator is the number of people at levels of all the covariates.
type Denominator struct {
	Levels  []string
	Persons float64
}

// per is the usual unit of rates (SDG 16.2.2).
const per = 100_000

// rates adds those of the rows whose groups the denominators tell apart. Over several periods the people add up to person-years.
func (m *maker) rates(d *Denominators) error {
	known := map[string]float64{}
	for _, e := range d.Entries {
		key := strings.Join(e.Levels, "\x00")
		if _, twice := known[key]; twice {
			return fmt.Errorf("the population of %s is given twice", strings.Join(e.Levels, ", "))
		}
		if !(e.Persons > 0) || math.IsInf(e.Persons, 1) {
			return fmt.Errorf("the population of %s is %v: it is a number above 0", strings.Join(e.Levels, ", "), e.Persons)
		}
		known[key] = e.Persons
	}
	for _, s := range m.b.Strata {
		levels := make([]string, len(d.By))
		for _, l := range s.Stratum {
			if k := slices.Index(d.By, l.Name); k >= 0 {
				levels[k] = l.Level
			}
		}
		if _, ok := known[strings.Join(levels, "\x00")]; !ok {
			return fmt.Errorf("no population is given for %s", named(labelled(d.By, levels)))
		}
	}
	for i := range m.Rows {
		g := &m.Rows[i]
		if slices.ContainsFunc(g.Stratum, func(l estimators.Label) bool { return !slices.Contains(d.By, l.Name) }) {
			continue
		}
		for _, e := range d.Entries {
			fits := true
			for _, l := range g.Stratum {
				fits = fits && e.Levels[slices.Index(d.By, l.Name)] == l.Level
			}
			if fits {
				g.Persons += e.Persons
			}
		}
		g.rate()
	}
	return nil
}

// rate fills in the rate of a row from what it has.
func (g *Row) rate() {
	if g.Persons == 0 || !g.Estimated() {
		g.Rate = Limits{}
		return
	}
	f := per / g.Persons
	g.Rate = Limits{f * g.Population, f * g.Interval.Lower, f * g.Interval.Upper}
}

func labelled(names, levels []string) []estimators.Label {
	out := make([]estimators.Label, len(names))
	for i, n := range names {
		out[i] = estimators.Label{Name: n, Level: levels[i]}
	}
	return out
}
