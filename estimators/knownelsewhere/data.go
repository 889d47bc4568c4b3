package knownelsewhere

import (
	"fmt"
	"math"
	"math/rand/v2"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// MaxBodies bounds the bodies that are on a list: the answers have 2^MaxBodies patterns.
const MaxBodies = 8

// A Beta is the law of a share that is not known exactly, with mean A/(A+B). With B = 0 the share is exactly 1, with A = 0
// exactly 0; the zero value stands for a default where one is documented.
type Beta struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// The default laws of the answers: 90 % of those who are known to a body say so, 95 % of those who are not.
// They are assumptions, and part of every result.
var (
	DefaultSensitivity = Beta{18, 2}
	DefaultSpecificity = Beta{38, 2}
	Perfect            = Beta{1, 0} // everybody answers correctly
)

// Mean of the law.
func (b Beta) Mean() float64 { return b.A / (b.A + b.B) }

func (b Beta) known() bool { return b.A == 0 || b.B == 0 }

func (b Beta) draw(rng *rand.Rand) float64 {
	if b.known() {
		return b.Mean()
	}
	return distuv.Beta{Alpha: b.A, Beta: b.B, Src: rng}.Rand()
}

func (b Beta) or(standard Beta) Beta {
	if b == (Beta{}) {
		return standard
	}
	return b
}

func (b Beta) check(what string) error {
	if !(b.A >= 0 && b.B >= 0 && b.A+b.B >= 1) || math.IsInf(b.A+b.B, 0) {
		return fmt.Errorf("the law Beta(%v, %v) of %s is none: give two numbers that are not negative and add up to 1 or more", b.A, b.B, what)
	}
	return nil
}

// A Body is one that visitors were asked about: "do the police know about you?".
type Body struct {
	Name string
	// Lists of the table that are the body's: whoever is on any of them is known to it. 0 for a body without
	// a list, whose answers are counted and not used.
	Lists estimators.Pattern
	// Sensitivity is P(says known | known), Specificity P(says not known | not known). Zero values: the defaults.
	Sensitivity, Specificity Beta
}

// Answers are visitors who were asked about the same bodies and answered the same. Bit j of Asked and Known is body j of [Data.Bodies].
// Where answers are recorded per body only, every body has answers of its own with one bit in Asked (see [Share]); where they
// are recorded together per visitor, Asked has several.
type Answers struct {
	Asked, Known uint
	Count        int64
}

// Share is the answers about one body: so many visitors were asked, and so many of them said to be known to it.
func Share(body int, asked, known int64) []Answers {
	return []Answers{{1 << uint(body), 1 << uint(body), known}, {1 << uint(body), 0, asked - known}}
}

// Someone is what visitors answered to the question whether anybody knows, without saying who.
type Someone struct {
	Asked, Known int64
	// Named counts the visitors who named a body when asked about each, of those asked this too; Denied those of them who then said that nobody knows them.
	Named, Denied            int64
	Sensitivity, Specificity Beta // as of a Body
}

// Data are the linked lists and an anonymous list of visitors of another service.
type Data struct {
	// Table of the linked lists, and the tables of drawn linkages when their links are in doubt; the interval then is a
	// mixture over them. Covariates are summed over.
	Table *estimators.Table
	Draws []*estimators.Table
	// Visitors counts the contacts of the service with people of the population. Repeat is the share of them that come from somebody who is
	// counted already; the zero value: every contact is another person.
	Visitors int64
	Repeat   Beta
	Bodies   []Body
	Answers  []Answers
	Someone  *Someone // nil when it was not asked
	// SamePopulation declares that visitors and lists are of one population: the same period, region and definition, also of age (that at
	// the visit against that at registration). It cannot be seen in the numbers; without it the data are refused.
	SamePopulation bool
}

func (d *Data) check() error {
	if d.Table == nil {
		return fmt.Errorf("there is no table of linked lists")
	}
	if d.Visitors < 0 {
		return fmt.Errorf("%d visitors", d.Visitors)
	}
	if d.Repeat != (Beta{}) {
		if err := d.Repeat.check("the share of repeated contacts"); err != nil {
			return err
		}
		if d.Repeat.B == 0 {
			return fmt.Errorf("all contacts are said to be repeated ones")
		}
	}
	names := map[string]bool{}
	lists := map[estimators.Pattern]string{}
	modelled := 0
	for _, b := range d.Bodies {
		switch {
		case b.Name == "" || names[b.Name]:
			return fmt.Errorf("the name %q of a body is empty or used twice", b.Name)
		case b.Lists&^estimators.FullPattern(d.Table.K()) != 0:
			return fmt.Errorf("the lists %b of %s are not among the %d of the table", b.Lists, b.Name, d.Table.K())
		case b.Lists != 0 && lists[b.Lists] != "":
			return fmt.Errorf("%s and %s are on the same lists, so that their answers cannot be told apart: take them together", lists[b.Lists], b.Name)
		}
		names[b.Name], lists[b.Lists] = true, b.Name
		if b.Lists != 0 {
			modelled++
		}
		if err := b.Sensitivity.or(DefaultSensitivity).check("the answers of those whom " + b.Name + " knows"); err != nil {
			return err
		}
		if err := b.Specificity.or(DefaultSpecificity).check("the answers of those whom " + b.Name + " does not know"); err != nil {
			return err
		}
	}
	if modelled > MaxBodies {
		return estimators.Refuse("too-large", "%d bodies with a list: at most %d are modelled", modelled, MaxBodies)
	}
	for _, a := range d.Answers {
		if a.Asked == 0 || a.Asked>>uint(len(d.Bodies)) != 0 || a.Known&^a.Asked != 0 || a.Count < 0 {
			return fmt.Errorf("the answers %b of those asked %b about %d bodies, counted %d times, are none", a.Known, a.Asked, len(d.Bodies), a.Count)
		}
	}
	for j, b := range d.Bodies {
		if asked, _ := d.share(j); asked > d.Visitors {
			return fmt.Errorf("%d visitors were asked about %s, more than the %d there were", asked, b.Name, d.Visitors)
		}
	}
	if s := d.Someone; s != nil {
		if s.Denied < 0 || s.Denied > s.Named || s.Named > s.Asked || s.Denied > s.Asked-s.Known {
			return fmt.Errorf("%d visitors named a body and said that nobody knows them, of %d who named one, %d asked and %d known", s.Denied, s.Named, s.Asked, s.Known)
		}
		if s.Asked < 0 || s.Known < 0 || s.Known > s.Asked || s.Asked > d.Visitors {
			return fmt.Errorf("%d of %d visitors asked are known to someone, of %d visitors", s.Known, s.Asked, d.Visitors)
		}
		if err := s.Sensitivity.or(DefaultSensitivity).check("the answers of those whom someone knows"); err != nil {
			return err
		}
		if err := s.Specificity.or(DefaultSpecificity).check("the answers of those whom nobody knows"); err != nil {
			return err
		}
	}
	for i, t := range d.Draws {
		if t == nil || fmt.Sprint(t.Lists()) != fmt.Sprint(d.Table.Lists()) {
			return fmt.Errorf("drawn table %d does not have the lists of the table", i+1)
		}
	}
	return nil
}

// share of those asked about body j, alone or together with others, who said to be known to it.
func (d *Data) share(j int) (asked, known int64) {
	for _, a := range d.Answers {
		if a.Asked>>uint(j)&1 == 1 {
			asked += a.Count
			if a.Known>>uint(j)&1 == 1 {
				known += a.Count
			}
		}
	}
	return asked, known
}

// distinct visitors at a share of repeated contacts.
func (d *Data) distinct(repeat float64) float64 { return float64(d.Visitors) * (1 - repeat) }

func (d *Data) repeat() float64 {
	if d.Repeat == (Beta{}) {
		return 0
	}
	return d.Repeat.Mean()
}
