package scenario

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// A Record is what a register has about a person. Names are in lower case.
type Record struct {
	Person                 int // from 0: who it is in truth
	Given, Prefix, Surname string
	Birth                  Date
	Female, SexUnknown     bool
	Place                  string
	Group                  int
	Criminal               bool
	Age                    int
	Poor                   bool
	First                  Date   // contact
	Says                   []int8 // of an anonymous register, by its KnownTo: 1 known, 0 not known, −1 not asked
}

// nationalities written for the people of a group.
var nationalities = [groups][3]string{{"NL", "NL", "NL"}, {"MA", "TR", "SR"}, {"PL", "RO", "BG"}, {"SO", "ER", "VN"}}

// A Layout is how a register writes its records.
type Layout struct {
	ID      string   // column of the record's number
	Columns []Column // in the order of the file
	Dates   string   // "iso" (2004-03-31), "dmy" (31-03-2004) or "slash" (31/03/2004)
	Upper   bool     // names in capitals
	Sexes   [2]string
}

// A Column holds a field: given_name, prefix, surname, birth_date, birth_year, sex, place, nationality, age, first_contact or form (of exploitation).
type Column struct{ Field, Name string }

// fields that a register can have.
var fields = []string{"given_name", "prefix", "surname", "birth_date", "birth_year", "sex", "place", "nationality", "age", "first_contact", "form"}

// A Pen draws the records of one register of a world. It belongs to one goroutine.
type Pen struct {
	w          *World
	k          int
	key        uint64
	good, poor chance
	people     resample.Streams
	streams    resample.Streams
	p          person
	r          Record
}

// Pen draws records of register k.
func (w *World) Pen(k int) *Pen {
	pen := &Pen{w: w, k: k, key: mix(w.seed ^ mix(uint64(k)+1))}
	pen.good, pen.poor = w.chances(k)
	if n := len(w.Design.Lists[k].KnownTo); n > 0 {
		pen.r.Says = make([]int8, n)
	}
	return pen
}

// Records calls f for every record in the slots from ≤ slot < to of a register, whose order of all [World.Slots] slots is the
// order of its file: random, and the same whatever the parts it is drawn in. The record is that of the pen: f copies what it keeps. No
// memory is needed but that of the misspelt names. Records stops at the first error of f.
func (pen *Pen) Records(from, to int, f func(*Record) error) error {
	n := uint64(pen.w.Design.People.Size)
	for slot := uint64(from); slot < uint64(to); slot++ {
		i := shuffled(slot, pen.w.slots, pen.key)
		further := i >= n
		if further {
			if pen.w.Design.Lists[pen.k].Duplicates == 0 {
				continue
			}
			i -= n
		}
		pen.w.draw(i, &pen.people, &pen.p)
		// A person's first record has one slot, all further ones another.
		first, last := 0, min(1, int(pen.p.records[pen.k]))
		if further {
			first, last = 1, int(pen.p.records[pen.k])
		}
		for copy := first; copy < last; copy++ {
			pen.write(i, copy)
			if err := f(&pen.r); err != nil {
				return err
			}
		}
	}
	return nil
}

// write makes one record.
func (pen *Pen) write(i uint64, copy int) {
	w, p := pen.w, &pen.p
	rng := pen.streams.At(pen.key+uint64(copy), mix(i))
	s := w.names.surnames[p.surname]
	pen.r = Record{Person: int(i), Given: w.names.given[p.given], Prefix: s.prefix, Surname: s.name, Birth: p.birth, Female: p.female, Place: places[p.place],
		Group: p.group, Criminal: p.criminal, Age: w.Design.People.Ages[0] + p.age, Says: pen.r.Says}
	c := pen.good
	if pen.r.Poor = rng.Float64() < w.Design.Errors.Poor; pen.r.Poor {
		c = pen.poor
	}
	w.spoil(&pen.r, c, p, rng)
	year := w.Design.People.Reference
	pen.r.First = dateOf(dayOf(Date{year.Year, 1, 1}) + rng.IntN(365))
	l := &w.Design.Lists[pen.k]
	for j, a := range l.KnownTo {
		known := a.Register != "" && p.on.Has(w.Design.index(a.Register))
		for k := range w.Design.Lists {
			known = known || a.Register == "" && !w.Design.Lists[k].Anonymous && p.on.Has(k)
		}
		says := l.SaysUnknown
		if known {
			says = l.SaysKnown
		}
		truthful := rng.Float64() < says
		switch {
		case rng.Float64() >= l.Asked:
			pen.r.Says[j] = -1
		case known == truthful:
			pen.r.Says[j] = 1
		default:
			pen.r.Says[j] = 0
		}
	}
}

// index of a register, −1 when there is none.
func (r *Registers) index(name string) int {
	for k := range r.Lists {
		if r.Lists[k].Name == name {
			return k
		}
	}
	return -1
}

// Header of the register's file.
func (l *Register) Header() []string {
	out := []string{l.Layout.ID}
	for _, c := range l.Layout.Columns {
		out = append(out, c.Name)
	}
	for _, a := range l.KnownTo {
		out = append(out, a.Column)
	}
	return out
}

// Row is a record as it stands in the file; row is reused. n is its number in the file, from 1.
func (l *Register) Row(r *Record, n int, row []string) []string {
	row = append(row[:0], l.RecordID(n))
	name := words
	if l.Layout.Upper {
		name = strings.ToUpper
	}
	ownColumn := false
	for _, c := range l.Layout.Columns {
		ownColumn = ownColumn || c.Field == "prefix"
	}
	for _, c := range l.Layout.Columns {
		v := ""
		switch c.Field {
		case "given_name":
			if v = name(r.Given); len(v) == 1 {
				v += "."
			}
		case "prefix":
			v = r.Prefix
		case "surname":
			if v = name(r.Surname); r.Prefix != "" && !ownColumn {
				v = r.Prefix + " " + v
			}
		case "birth_date":
			v = l.Layout.date(r.Birth)
		case "birth_year":
			if r.Birth.Year > 0 {
				v = strconv.Itoa(r.Birth.Year)
			}
		case "sex":
			if !r.SexUnknown {
				v = l.Layout.Sexes[1]
				if r.Female {
					v = l.Layout.Sexes[0]
				}
			}
		case "place":
			v = r.Place
		case "nationality":
			v = nationalities[r.Group][mix(uint64(r.Person))%3]
		case "age":
			v = strconv.Itoa(r.Age)
		case "first_contact":
			v = l.Layout.date(r.First)
		case "form":
			v = "seksueel"
			if r.Criminal {
				v = "crimineel"
			}
		}
		row = append(row, v)
	}
	for _, says := range r.Says {
		row = append(row, [...]string{"", "nee", "ja"}[says+1])
	}
	return row
}

// RecordID is the number that the n-th record of the file has there.
func (l *Register) RecordID(n int) string {
	return fmt.Sprintf("%s-%05d", strings.ToUpper(l.Name[:1]), n)
}

// date as the register writes it; unknown days and months are 0.
func (l *Layout) date(d Date) string {
	switch {
	case d.Year == 0:
		return ""
	case l.Dates == "dmy":
		return fmt.Sprintf("%02d-%02d-%04d", d.Day, d.Month, d.Year)
	case l.Dates == "slash":
		return fmt.Sprintf("%02d/%02d/%04d", d.Day, d.Month, d.Year)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// A Sheet is a register in memory: the rows of its file without the header, and who each is in truth.
type Sheet struct {
	Register *Register
	Header   []string
	Rows     [][]string
	Person   []int
}

// Sheet makes register k.
func (w *World) Sheet(k int) *Sheet {
	l := &w.Design.Lists[k]
	s := &Sheet{Register: l, Header: l.Header()}
	w.Pen(k).Records(0, w.Slots(), func(r *Record) error {
		s.Rows = append(s.Rows, l.Row(r, len(s.Rows)+1, nil))
		s.Person = append(s.Person, r.Person)
		return nil
	})
	return s
}

// A Truth is what really is the case in a world.
type Truth struct {
	Schema     string          `json:"schema"`
	Note       string          `json:"note"`
	Name       string          `json:"name"`
	Seed       uint64          `json:"seed"`
	Population int             `json:"population"` // persons
	Observed   int             `json:"observed"`   // persons on at least one register that is linked
	Hidden     int             `json:"hidden"`     // persons on none of these
	Registers  []RegisterTruth `json:"registers"`
	Lists      []string        `json:"lists"` // the registers that are linked
	Table      []CellTruth     `json:"table"` // of these
	Everything []CellTruth     `json:"everything"`
}

// RegisterTruth is about one register.
type RegisterTruth struct {
	Name      string  `json:"name"`
	Anonymous bool    `json:"anonymous,omitempty"`
	Share     float64 `json:"share"` // wanted
	Persons   int     `json:"persons"`
	Records   int     `json:"records"`
}

// CellTruth is the number of persons who are on exactly these registers.
type CellTruth struct {
	On      []string `json:"on"`
	Persons int      `json:"persons"`
}

// TruthSchema names the form of a [Truth].
const TruthSchema = "darkfigure/truth/v1"

// Truth counts everybody.
func (w *World) Truth(ctx context.Context) (*Truth, error) {
	d := w.Design
	t := &Truth{Schema: TruthSchema, Note: "synthetic: none of these people exist", Name: d.Name, Seed: w.seed, Population: d.People.Size}
	var linked estimators.Pattern
	for k, l := range d.Lists {
		t.Registers = append(t.Registers, RegisterTruth{Name: l.Name, Anonymous: l.Anonymous, Share: l.Share})
		if !l.Anonymous {
			linked |= 1 << k
			t.Lists = append(t.Lists, l.Name)
		}
	}
	all, table := make([]int, 1<<len(d.Lists)), make([]int, 1<<len(d.Lists))
	var s resample.Streams
	var p person
	for i := range uint64(d.People.Size) {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		w.draw(i, &s, &p)
		all[p.on]++
		table[p.on&linked]++
		for k := range d.Lists {
			t.Registers[k].Records += int(p.records[k])
			t.Registers[k].Persons += int(min(1, p.records[k]))
		}
	}
	t.Hidden = table[0]
	t.Observed = t.Population - t.Hidden
	cells := func(counts []int) (out []CellTruth) {
		for h, n := range counts {
			if n > 0 && h > 0 {
				c := CellTruth{Persons: n}
				for k, l := range d.Lists {
					if estimators.Pattern(h).Has(k) {
						c.On = append(c.On, l.Name)
					}
				}
				out = append(out, c)
			}
		}
		return out
	}
	t.Table = cells(table)
	if len(t.Lists) < len(d.Lists) {
		t.Everything = cells(all)
	}
	return t, nil
}
