package scenario

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"darkfigure/estimators"
)

// Registers describes a population of known size and the registers that see it: who is on which,
// how often somebody is in one twice, and which errors the records have.
type Registers struct {
	Name, Description string
	Seed              uint64
	People            Crowd
	Errors            Errors
	Lists             []Register // in the order in which people come to them
	Referral          []Referral

	file syntax
}

// A Crowd is the population that registers see.
type Crowd struct {
	Size      int
	Female    float64   // share (default 0.7)
	Criminal  float64   // share exploited criminally rather than sexually (default 0.15)
	Ages      [2]int    // youngest and oldest at the reference date (default 10 and 17)
	AgeWeight []float64 // relative numbers by year of age; all the same when empty (ages 10 to 17 have weights of their own)
	Reference Date      // (default 2020-07-01)
	Surnames  int       // different Dutch surnames besides the frequent ones (default 8,000; a million people need 60,000)
	Classes   []float64 // shares of latent regional classes; none when empty
}

// Errors are how often records are wrong. They are rates for the mean record of a register whose factors are 1.
type Errors struct {
	Rate    float64 // of each of given name, surname and birth date (default 0.10); sex a tenth of it
	Missing float64 // of the given name; surname and birth date half of it (default 0.05), and half of it has a year of birth alone
	Poor    float64 // share of records that are poor (default 0.20)
	Times   float64 // how many times as often a poor record is wrong or incomplete; others so much less that the mean stays (default 3)
	Moved   float64 // share of records with another place (default 0.10)
}

// A Register is a list of records of people.
type Register struct {
	Name       string
	Share      float64 // of the people
	Odds       map[string]float64
	Duplicates float64 // mean number of further records of a person who has one (Poisson)
	Errors     float64 // how many times the common error rate (default 1)
	Missing    float64 // how many times the common missing rate (default 1)
	Layout     Layout

	Anonymous   bool
	KnownTo     []Question // what an anonymous register asks
	SaysKnown   float64    // share of "yes" among those the body knows (default 0.9)
	SaysUnknown float64    // share of "no" among those it does not know (default 0.95)
	Asked       float64    // share that is asked, each body on its own (default 1)
}

// A Question is a column of an anonymous register: whether its visitors are known to a register, or, without one, to any that has names.
type Question struct{ Register, Column string }

// A Referral makes the odds of being on register To so many times as high for those on From, which comes first.
type Referral struct {
	From, To  string
	OddsRatio float64
}

// A Date of which components may be unknown: they are 0.
type Date struct{ Year, Month, Day int }

// Limits of registers.
const (
	MaxRegisters = 16
	MaxPeople    = 100_000_000
	maxCells     = 1 << 24 // of the sum over people by which capture shares are met
)

// ageWeights of 10 to 17 years: older minors are seen, and exploited, more often. About as
// many different birth dates matter as in six full years.
var ageWeights = []float64{3, 5, 8, 11, 14, 17, 20, 22}

// Factors of capture: what Odds may name besides the classes class_2, class_3, ….
const (
	oddsSeverity = "severity" // per standard deviation of a latent normal variable
	oddsAge      = "age"      // per year
	oddsFemale   = "female"
	oddsCriminal = "criminal"
)

// A World is Registers made ready for drawing: the intercepts of capture are solved, the names are made. It does not
// change, and may be used by several goroutines.
type World struct {
	Design *Registers
	seed   uint64
	slots  uint64 // of a register: every person has two
	names  *names
	ages   alias
	place  alias
	class  alias
	lists  []capture
	wants  wants
	// Expected is the share of the people by the set of registers, in the order of the design, that they are on.
	Expected []float64
}

// wants says which factors of capture are used at all.
type wants struct{ severity, age, female, criminal, group, class bool }

// A capture is how a person comes on one register: with log-odds intercept + Σ effects + Σ referrals.
type capture struct {
	plain                           bool // the same for everybody
	share                           float64
	intercept                       float64
	severity, age, female, criminal float64
	group                           [groups]float64
	class                           []float64
	referred                        []float64 // by earlier register
}

// A trait is what capture depends on.
type trait struct {
	z        float64
	age      int // years above the youngest
	female   bool
	criminal bool
	group    int
	class    int
}

func (c *capture) logit(t *trait, on estimators.Pattern) float64 {
	x := c.intercept + c.severity*t.z + c.age*float64(t.age) + c.group[t.group]
	if t.female {
		x += c.female
	}
	if t.criminal {
		x += c.criminal
	}
	if c.class != nil {
		x += c.class[t.class]
	}
	for k, r := range c.referred {
		if r != 0 && on.Has(k) {
			x += r
		}
	}
	return x
}

// World solves the intercepts, so that every register has its share of the people in expectation.
func (r *Registers) World() (*World, error) {
	w := &World{Design: r, seed: r.Seed, slots: 2 * uint64(r.People.Size), names: namesOf(r.People.Surnames)}
	w.ages = newAlias(indices(len(r.ageShares())), r.ageShares())
	w.class = newAlias(indices(len(r.classes())), r.classes())
	weight := make([]float64, len(places))
	for i := range weight {
		weight[i] = 1 / float64(i+4)
	}
	w.place = newAlias(indices(len(weight)), weight)
	at := map[string]int{}
	for k, l := range r.Lists {
		at[l.Name] = k
		c := capture{share: l.Share, referred: make([]float64, k)}
		for name, ratio := range l.Odds {
			b := math.Log(ratio)
			if b == 0 {
				continue
			}
			switch name {
			case oddsSeverity:
				c.severity, w.wants.severity = b, true
			case oddsAge:
				c.age, w.wants.age = b, true
			case oddsFemale:
				c.female, w.wants.female = b, true
			case oddsCriminal:
				c.criminal, w.wants.criminal = b, true
			default:
				if i := classNamed(name); i > 0 {
					if c.class == nil {
						c.class = make([]float64, len(r.People.Classes))
					}
					c.class[i-1], w.wants.class = b, true
				} else {
					c.group[groupNamed(name)], w.wants.group = b, true
				}
			}
		}
		w.lists = append(w.lists, c)
	}
	for _, f := range r.Referral {
		w.lists[at[f.To]].referred[at[f.From]] = math.Log(f.OddsRatio)
	}
	return w, w.solve()
}

// At is the same world with another seed: other people, the same registers and names.
func (w *World) At(seed uint64) *World {
	other := *w
	other.seed = seed
	return &other
}

// Slots is the number of places for records that each register has, see [World.Records].
func (w *World) Slots() int { return int(w.slots) }

func indices(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func (r *Registers) ageShares() []float64 {
	years := r.People.Ages[1] - r.People.Ages[0] + 1
	switch {
	case len(r.People.AgeWeight) > 0:
		return r.People.AgeWeight
	case r.People.Ages == [2]int{10, 17}:
		return ageWeights
	}
	out := make([]float64, years)
	for i := range out {
		out[i] = 1
	}
	return out
}

func (r *Registers) classes() []float64 {
	if len(r.People.Classes) == 0 {
		return []float64{1}
	}
	return r.People.Classes
}

// classNamed is the number of the class in class_2, or 0.
func classNamed(name string) int {
	var i int
	if n, err := fmt.Sscanf(name, "class_%d", &i); n == 1 && err == nil && name == fmt.Sprintf("class_%d", i) && i > 0 {
		return i
	}
	return 0
}

func groupNamed(name string) int {
	for g, known := range groupNames {
		if name == known {
			return g
		}
	}
	return -1
}

// solve finds the intercepts one register after the other. The people are a sum over the values of what
// capture depends on, with the latent severity on a grid of its quantiles, each with the sets of
// earlier registers they may be on; the share of a register grows with its intercept, so bisection finds it. The same
// sum gives the expected table.
func (w *World) solve() error {
	type cell struct {
		weight float64
		trait  trait
		on     estimators.Pattern
	}
	cells := []cell{{weight: 1}}
	cross := func(shares []float64, set func(t *trait, i int)) {
		sum := 0.0
		for _, s := range shares {
			sum += s
		}
		next := make([]cell, 0, len(cells)*len(shares))
		for _, c := range cells {
			for i, s := range shares {
				d := c
				d.weight *= s / sum
				set(&d.trait, i)
				next = append(next, d)
			}
		}
		cells = next
	}
	r := w.Design
	if w.wants.severity {
		z, weight := normalGrid()
		cross(weight, func(t *trait, i int) { t.z = z[i] })
	}
	if w.wants.age {
		cross(r.ageShares(), func(t *trait, i int) { t.age = i })
	}
	if w.wants.female {
		cross([]float64{1 - r.People.Female, r.People.Female}, func(t *trait, i int) { t.female = i == 1 })
	}
	if w.wants.criminal {
		cross([]float64{1 - r.People.Criminal, r.People.Criminal}, func(t *trait, i int) { t.criminal = i == 1 })
	}
	if w.wants.group {
		cross(groupShares[:], func(t *trait, i int) { t.group = i })
	}
	if w.wants.class {
		cross(r.People.Classes, func(t *trait, i int) { t.class = i })
	}
	if len(cells)<<len(w.lists) > maxCells {
		return fmt.Errorf("there are too many registers for so many factors of capture: leave out the odds of some")
	}
	for k := range w.lists {
		c := &w.lists[k]
		c.plain = len(r.Lists[k].Odds) == 0
		for _, x := range c.referred {
			c.plain = c.plain && x == 0
		}
		if c.plain {
			c.intercept = math.Log(c.share / (1 - c.share))
		} else {
			base := make([]float64, len(cells))
			for i := range cells {
				base[i] = c.logit(&cells[i].trait, cells[i].on)
			}
			low, high := -60.0, 60.0
			for range 80 {
				mid, share := (low+high)/2, 0.0
				for i := range cells {
					share += cells[i].weight * logistic(mid+base[i])
				}
				if share < c.share {
					low = mid
				} else {
					high = mid
				}
			}
			c.intercept = (low + high) / 2
		}
		next := make([]cell, 0, 2*len(cells))
		for _, x := range cells {
			p := c.share
			if !c.plain {
				p = logistic(c.logit(&x.trait, x.on))
			}
			off, on := x, x
			off.weight *= 1 - p
			on.weight *= p
			on.on |= 1 << k
			next = append(next, off, on)
		}
		cells = next
	}
	w.Expected = make([]float64, 1<<len(w.lists))
	for _, x := range cells {
		w.Expected[x.on] += x.weight
	}
	return nil
}

// normalGrid is a standard normal distribution on 81 points: the trapezoidal rule, whose error for such smooth
// integrands is far below any Monte-Carlo error.
func normalGrid() (z, weight []float64) {
	for i := -40; i <= 40; i++ {
		x := float64(i) / 7.5
		z = append(z, x)
		weight = append(weight, math.Exp(-x*x/2))
	}
	return z, weight
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// mix scrambles 64 bits (the finaliser of SplitMix64: Steele, Lea, Flood 2014), so that
// neighbouring numbers become unrelated keys of streams.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// shuffled is the place of i in a fixed random order of 0 … n−1, found without making the order: a Feistel
// network on the least even number of bits that holds n, walked until it is below n (Black and Rogaway 2002).
func shuffled(i, n, key uint64) uint64 {
	half := uint(bits.Len64(n-1)+1) / 2
	mask := uint64(1)<<half - 1
	for {
		l, r := i>>half, i&mask
		for round := range uint64(4) {
			l, r = r, l^(mix(r^mix(key+round))&mask)
		}
		if i = l<<half | r; i < n {
			return i
		}
	}
}

// Groups are the names of the groups of nationality.
func Groups() []string { return slices.Clone(groupNames[:]) }
