package linkage

import (
	"cmp"
	"slices"
)

// A LinkedPair is a pair of records that may be of one person.
type LinkedPair struct {
	A, B        int     // records, in the order of their registers' names and their own numbers
	Weight      float64 // log2 of the odds that they are, by the pair alone
	Probability float64 // that belongs to the weight
	Together    float64 // share of the draws in which they are of one person; 0 without draws
	Gamma       []int   // by comparison of Comparisons: see [Comparison.Gamma]
}

// Comparisons are those that the columns of Gamma stand for.
func (l *Linked) Comparisons() []Comparison {
	switch {
	case l.Model != nil:
		return l.Model.Comparisons
	case l.Within != nil:
		return l.Within.Comparisons
	}
	return nil
}

// Pattern compares two records as the model that weighs them does: those of two registers with the frequencies of
// values among persons, those of one register with the frequencies among records.
func (l *Linked) Pattern(a, b int) Pattern {
	if l.Records.Register(a) == l.Records.Register(b) {
		return l.Records.Pattern(a, b)
	}
	return ungrouped{l.Records, l.Persons}.Pattern(a, b)
}

// Pairs are the pairs of records of different registers that the graph holds, and the duplicates within registers, in the order of
// their registers' names and numbers.
func (l *Linked) Pairs() []LinkedPair {
	var out []LinkedPair
	add := func(m *Model, e Pair, together float64) {
		a, b := int(e.A), int(e.B)
		if l.before(b, a) {
			a, b = b, a
		}
		typ := m.Type(l.Records.Register(a), l.Records.Register(b))
		p := LinkedPair{A: a, B: b, Weight: m.MatchWeight(e.Pattern, typ), Probability: m.MatchProbability(e.Pattern, typ), Together: together}
		for f := range m.Comparisons {
			p.Gamma = append(p.Gamma, m.Comparisons[f].Gamma(e.Pattern.Level(f)))
		}
		out = append(out, p)
	}
	if l.Graph != nil {
		var shares []float64
		if l.Draws != nil {
			shares = l.Draws.Shares()
		}
		for i, e := range l.Edges.Pairs {
			share := 0.0
			if shares != nil {
				share = shares[i]
			}
			if l.Units == l.Records {
				add(l.Model, e, share)
				continue
			}
			for _, a := range l.Persons.Rows(int(e.A)) {
				for _, b := range l.Persons.Rows(int(e.B)) {
					add(l.Model, Pair{A: a, B: b, Pattern: l.Pattern(int(a), int(b))}, share)
				}
			}
		}
	}
	if l.Duplicates != nil && l.Within != nil && len(l.Within.Types) > 0 {
		k := l.Duplicates.Draws()
		together := make([]int, len(l.Duplicates.Links))
		for d := range k {
			of := l.Duplicates.Draw(d)
			for i, e := range l.Duplicates.Links {
				if of[e.A] == of[e.B] {
					together[i]++
				}
			}
		}
		for i, e := range l.Duplicates.Links {
			if l.Within.Type(l.Records.Register(int(e.A)), l.Records.Register(int(e.B))) >= 0 {
				add(l.Within, e, float64(together[i])/float64(max(k, 1)))
			}
		}
	}
	slices.SortFunc(out, func(x, y LinkedPair) int {
		if x.A != y.A {
			return l.compare(x.A, y.A)
		}
		return l.compare(x.B, y.B)
	})
	return out
}

// compare orders records by the name of their register and their number there, as text.
func (l *Linked) compare(i, j int) int {
	r := l.Records
	return cmp.Or(cmp.Compare(r.RegisterName(r.Register(i)), r.RegisterName(r.Register(j))), cmp.Compare(r.ID(i), r.ID(j)))
}

func (l *Linked) before(i, j int) bool { return l.compare(i, j) < 0 }
