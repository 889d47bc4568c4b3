package scenario

import (
	"math"
	"math/rand/v2"
	"time"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// A person as drawn, with the registers they are on and how often.
type person struct {
	trait
	birth          Date
	given, surname int32
	place          int32
	on             estimators.Pattern
	records        [MaxRegisters]uint8
}

// draw makes person i. Everything about a person comes from one stream in a fixed order, so a person
// is the same whenever they are drawn.
func (w *World) draw(i uint64, s *resample.Streams, p *person) {
	rng := s.At(w.seed, mix(i))
	d := w.Design
	*p = person{}
	p.female = rng.Float64() < d.People.Female
	p.criminal = rng.Float64() < d.People.Criminal
	p.group = pick(rng, groupShares[:])
	p.age = int(w.ages.draw(rng))
	p.birth = birthDate(d.People.Reference, d.People.Ages[0]+p.age, rng)
	sex := 1
	if p.female {
		sex = 0
	}
	called := func() int {
		if rng.Float64() < ownNames {
			return p.group
		}
		return pick(rng, groupShares[:])
	}
	p.given = w.names.byGiven[called()][sex].draw(rng)
	p.surname = w.names.bySur[called()].draw(rng)
	p.place = w.place.draw(rng)
	if w.wants.class {
		p.class = int(w.class.draw(rng))
	}
	if w.wants.severity {
		p.z = rng.NormFloat64()
	}
	for k := range w.lists {
		c := &w.lists[k]
		share := c.share
		if !c.plain {
			share = logistic(c.logit(&p.trait, p.on))
		}
		if rng.Float64() >= share {
			continue
		}
		p.on |= 1 << k
		p.records[k] = 1
		if rho := d.Lists[k].Duplicates; rho > 0 {
			p.records[k] += poisson(rng, rho)
		}
	}
}

// pick draws an index by its share.
func pick(rng *rand.Rand, shares []float64) int {
	x := rng.Float64()
	for i, s := range shares {
		if x -= s; x < 0 {
			return i
		}
	}
	return len(shares) - 1
}

// poisson draws by inversion, at most 200; means are small here.
func poisson(rng *rand.Rand, mean float64) uint8 {
	x, p := rng.Float64(), math.Exp(-mean)
	for k := range uint8(200) {
		if x -= p; x < 0 {
			return k
		}
		p *= mean / float64(k+1)
	}
	return 200
}

// birthDate draws the birthday of somebody of that age at the reference date.
func birthDate(at Date, age int, rng *rand.Rand) Date {
	last := dayOf(Date{at.Year - age, at.Month, at.Day})
	first := dayOf(Date{at.Year - age - 1, at.Month, at.Day})
	return dateOf(last - rng.IntN(last-first))
}

// dayOf counts the days from 1 January 1970; a day beyond the end of its month is in the next one.
func dayOf(d Date) int {
	return int(time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func dateOf(day int) Date {
	t := time.Unix(int64(day)*86400, 0).UTC()
	return Date{t.Year(), int(t.Month()), t.Day()}
}

// valid reports whether the calendar has the date.
func (d Date) valid() bool {
	return d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && dateOf(dayOf(d)) == d
}
