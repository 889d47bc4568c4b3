package visibility

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Denominators are how many people live where, by the levels of some covariates. Where these leave out the one that says when, they are
// the inhabitants of each single period.
type Denominators struct {
	By      []string
	Entries []Denominator
	Same    []string // covariates that say when, in every level of which the same people are taken to live
	LeftOut []string // whose inhabitants are not counted, since the table has nothing of them
}

// A Denominator is the number of people at levels of all the covariates.
type Denominator struct {
	Levels  []string
	Persons float64
	Unknown string // a part of it whose inhabitants are not known, so that there is no sum; "" when all are
}

// Reasons why there is no rate.
const (
	MoreThanInhabitants = "more-than-inhabitants" // people are estimated than live there
	InhabitantsUnknown  = "inhabitants-unknown"   // of part of the group
)

// per is the usual unit of rates (SDG 16.2.2).
const per = 100_000

// rates adds those of the rows whose groups the denominators tell apart. Over several periods the people add up to person-years.
func (m *maker) rates(d *Denominators) error {
	if m.Year != "" && !slices.Contains(d.By, m.Year) {
		return fmt.Errorf("the population is not given for each %s", m.Year)
	}
	known := map[string]bool{}
	for _, e := range d.Entries {
		key := strings.Join(e.Levels, "\x00")
		if known[key] {
			return fmt.Errorf("the population of %s is given twice", strings.Join(e.Levels, ", "))
		}
		if !(e.Persons >= 0) || math.IsInf(e.Persons, 1) {
			return fmt.Errorf("the population of %s is %v: it is a number of people", strings.Join(e.Levels, ", "), e.Persons)
		}
		known[key] = e.Persons > 0 || e.Unknown != ""
	}
	for _, s := range m.b.Strata {
		levels := make([]string, len(d.By))
		for _, l := range s.Stratum {
			if k := slices.Index(d.By, l.Name); k >= 0 {
				levels[k] = l.Level
			}
		}
		if !known[strings.Join(levels, "\x00")] {
			return fmt.Errorf("no population is given for %s", named(labelled(d.By, levels)))
		}
	}
	m.Same, m.NotCounted = d.Same, d.LeftOut
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
				if e.Unknown != "" && g.Unknown == "" {
					g.Unknown = e.Unknown
				}
			}
		}
		if g.Unknown != "" {
			g.Persons = 0
		}
		g.rate()
	}
	return nil
}

// rate fills in the rate of a row from what it has. Nobody is counted twice in a period, so that there is no rate above 100,000 per 100,000:
// the people estimated are others than those who live there, or of other periods.
func (g *Row) rate() {
	g.Rate, g.NoRate = Limits{}, ""
	switch {
	case g.Unknown != "":
		g.NoRate = InhabitantsUnknown
	case g.Persons == 0 || !g.Estimated():
	case g.Population > g.Persons:
		g.NoRate = MoreThanInhabitants
	default:
		f := per / g.Persons
		g.Rate = Limits{f * g.Population, f * g.Interval.Lower, f * g.Interval.Upper}
		if g.Rate.Upper > per && !math.IsInf(g.Rate.Upper, 1) {
			g.Rate.Upper = per
		}
	}
}

func labelled(names, levels []string) []estimators.Label {
	out := make([]estimators.Label, len(names))
	for i, n := range names {
		out[i] = estimators.Label{Name: n, Level: levels[i]}
	}
	return out
}
