package linkage

import "math/bits"

// A sketch is what shows most pairs of names to be different without looking at the names: small enough
// for those of a whole block to lie side by side.
type sketch struct {
	mask  uint32 // letters that occur
	start uint32 // the first four bytes
	key   uint32 // of the sound
	n     uint8  // letters; 0: look at the names
	nick  bool   // there are other names for this one
}

// sketchLetters is the most letters that a name with a sketch has.
const sketchLetters = 24

// sketch of a value: of names written in one way, of more than one letter.
func (c *column) sketch(v uint32) sketch {
	if c.forms == nil || v == 0 || v&setBit != 0 || c.formAt[v+1]-c.formAt[v] != 1 {
		return sketch{}
	}
	f := &c.forms[c.formAt[v]]
	if f.short || len(f.s) > sketchLetters {
		return sketch{}
	}
	return sketch{f.mask, f.start, f.key, uint8(len(f.s)), f.nick}
}

// below says that two names are at no level of which the Jaro–Winkler similarity is at least that of the table. It
// says no when it is close.
func (x *sketch) below(y *sketch, least *leastCommon) bool {
	if x.n == 0 || y.n == 0 || x.key == y.key || x.nick && y.nick {
		return false
	}
	onlyX, onlyY := bits.OnesCount32(x.mask&^y.mask), bits.OnesCount32(y.mask&^x.mask)
	if onlyX+onlyY <= 2 {
		return false // may be one letter wrong
	}
	m := min(int(x.n)-onlyX, int(y.n)-onlyY)
	p := min(bits.TrailingZeros32(x.start^y.start)/8, int(x.n), int(y.n))
	return m < int(least[x.n][y.n][p])
}

// leastCommon is how many letters two names must have in common at the least to be as similar as asked, by their
// lengths and the length of their common start.
type leastCommon [sketchLetters + 1][sketchLetters + 1][5]uint8

var leastSimilar, leastNear = newLeastCommon(.8), newLeastCommon(.9)

func newLeastCommon(similarity float64) *leastCommon {
	t := new(leastCommon)
	for a := 1; a <= sketchLetters; a++ {
		for b := 1; b <= sketchLetters; b++ {
			for p := 0; p <= min(4, a, b); p++ {
				m := 0
				for m <= min(a, b) && fewLetters(m, a, b, p, similarity) {
					m++
				}
				t[a][b][p] = uint8(m)
			}
		}
	}
	return t
}

// fewLetters says that names of a and b letters with m in common at most, and a common start of p, have a Jaro–Winkler
// similarity J + p(1 − J)/10 below that asked: J ≤ (m/a + m/b + 1)/3.
func fewLetters(m, a, b, p int, similarity float64) bool {
	const rounding = 1e-9
	j := min(1, (float64(m)*(1/float64(a)+1/float64(b))+1)/3)
	return j+.1*float64(p)*(1-j) < similarity-rounding
}
