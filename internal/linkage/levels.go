package linkage

import (
	"math/bits"
	"strings"

	"darkfigure/internal/linkage/text"
)

// A level of a comparison.
type fieldLevel struct {
	meaning string
	m       float64 // how often pairs of one person have it, before the data speak; scaled to 1
	apart   bool    // it is another thing than those before it, not a weaker agreement
}

var kindLevels = [][]fieldLevel{
	Name:     {{"equal", .80, false}, {"sounds equal", .04, false}, {"one letter wrong", .05, false}, {"nearly equal", .02, false}, {"similar", .02, false}, {"different", .07, false}},
	Given:    {{"equal", .80, false}, {"sounds equal", .04, false}, {"one letter wrong", .05, false}, {"nearly equal", .02, false}, {"similar, or a nickname", .02, false}, {"initial agrees", .02, true}, {"different", .05, false}},
	Surname:  {{"equal", .80, false}, {"sounds equal", .04, false}, {"one letter wrong", .05, false}, {"nearly equal", .02, false}, {"similar", .02, false}, {"exchanged with the given name", .01, true}, {"different", .06, false}},
	Text:     {{"equal", .75, false}, {"one letter wrong", .08, false}, {"nearly equal", .04, false}, {"similar", .03, false}, {"somewhat similar", .02, false}, {"different", .08, false}},
	Date:     {{"equal", .85, false}, {"day and month exchanged", .02, true}, {"one digit of day or month wrong", .03, true}, {"year and day, or year and month equal", .03, true}, {"day and month equal", .03, true}, {"year equal", .01, true}, {"different", .03, false}},
	Exact:    {{"equal", .9, false}, {"different", .1, false}},
	Place:    {{"equal", .75, false}, {"sounds equal", .04, false}, {"one letter wrong", .04, false}, {"nearly equal", .02, false}, {"similar", .02, false}, {"different", .13, false}},
	Postcode: {{"equal", .78, false}, {"same area", .05, true}, {"one sign wrong", .05, true}, {"different", .12, false}},
	Sex:      {{"equal", .97, false}, {"different", .03, false}},
	Number:   {{"equal", .85, false}, {"one digit wrong", .05, false}, {"close", .02, true}, {"one digit of two wrong", .01, true}, {"different", .07, false}},
	Dice:     {{"Dice at least .95", .75, false}, {"Dice at least .87", .12, false}, {"Dice at least .75", .06, false}, {"different", .07, false}},
	Keys:     {{"a key equal", .85, false}, {"no key equal", .15, false}},
}

// Levels that rules and other code refer to.
const (
	levelEqual       = 0
	levelSound       = 1
	levelSimilar     = 4
	levelInitial     = 5 // of a given name
	levelSwapped     = 5 // of a surname
	levelDateSwapped = 1
	levelDateDigit   = 2
	levelDateHalf    = 3
	levelDayMonth    = 4
	levelYear        = 5
	levelOtherDate   = 6
	levelArea        = 1
)

// a form is one way to write a name: a value may have several.
type nameForm struct {
	s     string
	key   uint32 // of the sound: forms that sound equal have the same, not 0
	hash  uint64 // of the sound
	mask  uint32 // letters that occur
	start uint32 // the first four bytes
	short bool   // a single letter
	later bool   // a given name behind the first
	nick  bool   // there are other names for this one
}

func newNameForm(s string, sounds map[string]uint32) nameForm {
	f := nameForm{s: s, mask: letterMask(s), short: len(s) == 1}
	for i := range min(4, len(s)) {
		f.start |= uint32(s[i]) << (8 * i)
	}
	sound := text.Sound(s)
	if sound == "" || f.short {
		sound = "=" + s
	}
	id, ok := sounds[sound]
	if !ok {
		id = uint32(len(sounds) + 1)
		sounds[sound] = id
	}
	f.key, f.hash = id, hashText(sound)
	return f
}

func letterMask(s string) uint32 {
	var m uint32
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z':
			m |= 1 << (c - 'a')
		case c >= '0' && c <= '9':
			m |= 1 << 26
		default:
			m |= 1 << 27
		}
	}
	return m
}

// unlike says that two forms have a Jaro–Winkler similarity below .8, from their
// lengths, letters and common start only: of a at most |a| − #(letters of a that b lacks) letters can be matched.
// It is a quick look before the measure, and says no when it is close.
func (f *nameForm) unlike(g *nameForm) bool {
	la, lb := len(f.s), len(g.s)
	m := min(la-bits.OnesCount32(f.mask&^g.mask), lb-bits.OnesCount32(g.mask&^f.mask))
	return fewLetters(m, la, lb, min(bits.TrailingZeros32(f.start^g.start)/8, la, lb), .8)
}

// nameLevel compares two forms of a name: 1 sounds equal, 2 one letter wrong, 3 Jaro–Winkler at least .90, 4 at least .80, −1 less.
func nameLevel(f, g *nameForm) int {
	if f.key == g.key {
		return levelSound
	}
	if f.short || g.short {
		return -1
	}
	if d := len(f.s) - len(g.s); d >= -1 && d <= 1 && bits.OnesCount32(f.mask^g.mask) <= 2 && len(f.s)+len(g.s) >= 7 && oneEdit(f.s, g.s) {
		return 2
	}
	if f.unlike(g) {
		return -1
	}
	a, b := f.s, g.s
	if a > b { // the measure may depend on the order of its arguments
		a, b = b, a
	}
	switch jw := text.JaroWinkler(a, b); {
	case jw >= .9:
		return 3
	case jw >= .8:
		return 4
	}
	return -1
}

// oneEdit says whether one insertion, deletion, substitution or exchange of neighbours makes a of b.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return true
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// textSign is what comparing a text needs: a set of its pairs of letters, hashed to 256 bits.
type textSign struct {
	bits  [4]uint64
	n     int32
	plain uint32 // texts equal but for spaces and the order of words have the same
	s     string // without spaces
}

func newTextSign(s string, plains map[string]uint32) textSign {
	compact := strings.ReplaceAll(s, " ", "")
	t := textSign{s: compact}
	id, ok := plains[compact]
	if !ok {
		id = uint32(len(plains) + 1)
		plains[compact] = id
	}
	t.plain = id
	for _, w := range strings.Fields(s) {
		w = "_" + w + "_"
		for i := 0; i+1 < len(w); i++ {
			h := (uint32(w[i])*257 + uint32(w[i+1])) * 2654435761 >> 24
			t.bits[h>>6] |= 1 << (h & 63)
		}
	}
	for _, x := range t.bits {
		t.n += int32(bits.OnesCount64(x))
	}
	return t
}

func textLevel(a, b *textSign) int {
	if a.plain == b.plain {
		return 1
	}
	both := 0
	for i := range a.bits {
		both += bits.OnesCount64(a.bits[i] & b.bits[i])
	}
	dice := 2 * float64(both) / float64(a.n+b.n)
	if dice < .4 && len(a.s) > 5 {
		return 5
	}
	if len(a.s)+len(b.s) >= 7 && oneEdit(a.s, b.s) {
		return 1
	}
	switch {
	case dice >= .8:
		return 2
	case dice >= .6:
		return 3
	case dice >= .4:
		return 4
	}
	return 5
}

// Dates are kept in one word: year, month, day, each 0 when it is not known.
func packDate(year, month, day int) uint32 { return uint32(year)<<11 | uint32(month)<<7 | uint32(day) }

func unpackDate(d uint32) (year, month, day uint32) { return d >> 11, d >> 7 & 15, d & 127 }

func dateLevel(a, b uint32) int {
	if a == b && a>>11 != 0 && a>>7&15 != 0 && a&127 != 0 {
		return levelEqual
	}
	ya, ma, da := unpackDate(a)
	yb, mb, db := unpackDate(b)
	if ya != 0 && ya == yb {
		sameMonth, sameDay := ma != 0 && ma == mb, da != 0 && da == db
		known := ma != 0 && mb != 0 && da != 0 && db != 0
		switch {
		case known && ma == db && da == mb:
			return levelDateSwapped
		case known && sameMonth && oneDigit(da, db), known && sameDay && oneDigit(ma, mb):
			return levelDateDigit
		case sameMonth, sameDay:
			return levelDateHalf
		}
		return levelYear
	}
	if ma != 0 && da != 0 && ma == mb && da == db {
		return levelDayMonth
	}
	return levelOtherDate
}

// oneDigit says whether two numbers below 100, written with two digits, differ in one of them, or have them exchanged.
func oneDigit(a, b uint32) bool {
	return a/10 == b/10 || a%10 == b%10 || a/10 == b%10 && a%10 == b/10
}

type numberValue struct {
	s     string
	x     float64
	known bool // s is a number
}

func numberLevel(a, b *numberValue) int {
	long := max(len(a.s), len(b.s)) >= 3
	edit := oneEdit(a.s, b.s)
	switch {
	case long && edit:
		return 1
	case a.known && b.known && numberGap(a.x, b.x) <= max(1, .05*max(a.x, b.x)) && len(a.s) <= 5:
		return 2
	case edit:
		return 3
	}
	return 4
}

func numberGap(a, b float64) float64 {
	if a > b {
		return a - b
	}
	return b - a
}

func postcodeLevel(a, b string) int {
	if x := postcodeArea(a); x != "" && x == postcodeArea(b) {
		return levelArea
	}
	if oneEdit(a, b) {
		return 2
	}
	return 3
}

// postcodeArea is the part of a postcode that names an area: the digits of a Dutch one, the first half of a British one, all but the last
// two signs of another.
func postcodeArea(s string) string {
	if len(s) == 6 && allDigits(s[:4]) && !allDigits(s[4:]) {
		return s[:4]
	}
	if n := len(s); n >= 5 && !allDigits(s) {
		return s[:n-3]
	}
	if len(s) < 3 {
		return ""
	}
	return s[:len(s)-2]
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func diceLevel(a, b []uint64) int {
	switch d := text.Dice(a, b); {
	case d >= .95:
		return 0
	case d >= .87:
		return 1
	case d >= .75:
		return 2
	}
	return 3
}
