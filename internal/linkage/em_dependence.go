package linkage

import (
	"cmp"
	"math"
)

// FieldDependence is what two fields have to do with each other beyond what being of one person, or of two, explains. The model takes them for independent
// given that, unless Allowed.
type FieldDependence struct {
	A, B int // comparisons, neither a frequency
	// NonMatches and Matches are the mutual information of the levels of the two, in bits, among pairs of two persons and of one, by the probability that
	// each pair is a match. From the second what as many matches give by chance is taken, (r−1)(c−1)/(2n) nats with r and c levels in n matches (Miller 1955, Note on
	// the bias of information estimates, in Quastler, Information Theory in Psychology, 95–100); what lies within three standard deviations of it is 0. Matches is also 0 where blocking chose the pairs: matches
	// that agree on no rule are not among them, which makes fields dependent that are not.
	NonMatches, Matches float64
	// TogetherNonMatches and TogetherMatches are how many times as often both are equal as they would be if independent; 0 where fewer than 10 pairs are and would be.
	TogetherNonMatches, TogetherMatches float64
	Allowed                             bool // the model knows of it
}

// Twice are the bits by which the weight of a pair that is equal in both is too large, with the fields taken for independent: log2 of the ratio of the two, matches being as
// supposed where nothing is known of them; 0 where non-matches do not tell, or the model knows of it.
func (d FieldDependence) Twice() float64 {
	if d.Allowed || d.TogetherNonMatches == 0 {
		return 0
	}
	return math.Log2(d.TogetherNonMatches / cmp.Or(d.TogetherMatches, 1))
}

// leastTogether is the number of pairs that must be equal in both of two fields, or be expected to be, for their ratio to be said.
const leastTogether = 10

// levelTable counts pairs by the levels of two fields.
type levelTable [64]float64

// information is the mutual information of the two fields in bits; what chance gives in so many pairs, with its standard deviation, 2n times the information in nats being χ² with
// (r−1)(c−1) degrees of freedom; and how many times as often both are equal as by themselves.
func (t *levelTable) information() (bits, chance, spread, together float64) {
	var ra, rb [8]float64
	total := 0.0
	for at, c := range t {
		if at>>3 < Missing && at&7 < Missing {
			ra[at>>3] += c
			rb[at&7] += c
			total += c
		}
	}
	if total == 0 {
		return 0, 0, 0, 0
	}
	levels := func(n [8]float64) (k int) {
		for _, x := range n {
			if x >= 1 {
				k++
			}
		}
		return k
	}
	for at, c := range t {
		if at>>3 < Missing && at&7 < Missing && c > 0 {
			bits += c / total * math.Log2(c*total/(ra[at>>3]*rb[at&7]))
		}
	}
	df := float64(max(0, levels(ra)-1) * max(0, levels(rb)-1))
	nats := 2 * total * math.Ln2
	chance, spread = df/nats, math.Sqrt(2*df)/nats
	both := t[levelEqual<<3|levelEqual]
	if expected := ra[levelEqual] * rb[levelEqual] / total; expected > 0 && max(both, expected) >= leastTogether {
		together = both / expected
	}
	return bits, chance, spread, together
}

// dependences are those of all pairs of fields, in the order of the comparisons.
func (f *fitter) dependences() []FieldDependence {
	d := f.d
	var main []int
	for s, slot := range d.slots {
		if !slot.frequency {
			main = append(main, s)
		}
	}
	var of [2][MaxFields][MaxFields]levelTable // of pairs of two persons, and of one
	add := func(class int, p Pattern, n float64) {
		for x, a := range main {
			for _, b := range main[x+1:] {
				of[class][a][b][p.Level(a)<<3|p.Level(b)] += n
			}
		}
	}
	prior := f.priorOdds()
	for _, row := range d.rows {
		match := 1 / (1 + math.Exp(-f.ratio(row.pattern)-prior[row.typ]))
		if f.free {
			add(0, row.pattern, row.count*(1-match))
			add(1, row.pattern, row.count*match)
		}
	}
	if !f.free {
		for _, row := range d.random {
			add(0, row.pattern, row.count)
		}
	}
	var out []FieldDependence
	for x, a := range main {
		for _, b := range main[x+1:] {
			e := FieldDependence{A: a, B: b, Allowed: f.on[a] == b || f.on[b] == a}
			var chance, spread float64
			e.NonMatches, _, _, e.TogetherNonMatches = of[0][a][b].information()
			e.Matches, chance, spread, e.TogetherMatches = of[1][a][b].information()
			hidden := d.slots[a].hidden && d.slots[a].by == b || d.slots[b].hidden && d.slots[b].by == a // sex, which equal given names hide
			if e.Matches -= chance; e.Matches < 3*spread || hidden {
				e.Matches = 0
			}
			out = append(out, e)
		}
	}
	return out
}
