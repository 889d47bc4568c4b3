package loglinear

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// A Model is a hierarchical log-linear model: a set of interaction terms over k lists
// that with every term contains all its parts. The intercept and the k main effects are
// always in it. The zero value is not a model; use Independence, NewModel or ParseModel.
type Model struct {
	k     int
	terms []estimators.Pattern // all terms of two or more lists, in canonical order
}

// canonical order of terms: fewer lists first, then as their lists read: 12, 13, 23, 14 is
// written 12, 13, 14, 23.
func compareTerms(a, b estimators.Pattern) int {
	if c := a.Size() - b.Size(); c != 0 {
		return c
	}
	// Among terms of one size the one with the earlier list where they differ comes first.
	d := uint32(a ^ b)
	if d == 0 {
		return 0
	}
	if a.Has(bits.TrailingZeros32(d)) {
		return -1
	}
	return 1
}

// Independence is the model of k lists without interactions, known as M_t.
func Independence(k int) Model { return Model{k: k} }

// NewModel makes the smallest hierarchical model of k lists that contains the given
// terms. Terms of one list are allowed and add nothing.
func NewModel(k int, terms ...estimators.Pattern) (Model, error) {
	if k < 1 || k > estimators.MaxLists {
		return Model{}, fmt.Errorf("a model of %d lists: 1 to %d are possible", k, estimators.MaxLists)
	}
	set := map[estimators.Pattern]bool{}
	for _, t := range terms {
		if t == 0 || t&^estimators.FullPattern(k) != 0 {
			return Model{}, fmt.Errorf("term %b is not a set of the %d lists", t, k)
		}
		for s := t; s != 0; s = (s - 1) & t {
			if s.Size() > 1 {
				set[s] = true
			}
		}
	}
	m := Model{k: k}
	for t := range set {
		m.terms = append(m.terms, t)
	}
	slices.SortFunc(m.terms, compareTerms)
	return m, nil
}

// AllUpTo is the model of k lists with every interaction of at most the given order
// (2: pairs), the interaction of all k lists excepted, which the data cannot determine.
func AllUpTo(k, order int) Model {
	m := Model{k: k}
	for t := estimators.Pattern(1); t < estimators.FullPattern(k); t++ {
		if s := t.Size(); s >= 2 && s <= order {
			m.terms = append(m.terms, t)
		}
	}
	slices.SortFunc(m.terms, compareTerms)
	return m
}

// ParseModel reads a model written by its generators in brackets: list numbers from 1
// run together, as in [12,23], or names joined by *, as in [LA*NG,NG*PF]. Several
// brackets are read as one; the brackets may be left out. A generator of one list, and
// an empty bracket, add nothing. Names are compared first, so that lists called "1" and
// "12" are found; run-together numbers reach 9
// lists, more are written 10*11, and a bare number that could be read both ways is an error.
func ParseModel(s string, lists []string) (Model, error) {
	body := strings.TrimSpace(s)
	body = strings.NewReplacer("][", ",", "[", "", "]", "").Replace(strings.Join(strings.FieldsFunc(body, func(r rune) bool { return r == '\t' || r == '\n' }), ""))
	if open, shut := strings.Count(s, "["), strings.Count(s, "]"); open != shut {
		return Model{}, fmt.Errorf("model %q: %d opening and %d closing brackets", s, open, shut)
	}
	var terms []estimators.Pattern
	for g := range strings.SplitSeq(body, ",") {
		g = strings.TrimSpace(g)
		if g == "" {
			continue
		}
		t, err := parseGenerator(g, lists)
		if err != nil {
			return Model{}, fmt.Errorf("model %q: %w", s, err)
		}
		terms = append(terms, t)
	}
	m, err := NewModel(len(lists), terms...)
	if err != nil {
		return Model{}, fmt.Errorf("model %q: %w", s, err)
	}
	if len(lists) > 1 && slices.Contains(m.terms, estimators.FullPattern(len(lists))) {
		return Model{}, fmt.Errorf("model %q: the interaction of all %d lists cannot be estimated: nobody has seen the people it would need", s, len(lists))
	}
	return m, nil
}

func parseGenerator(g string, lists []string) (estimators.Pattern, error) {
	if i := slices.Index(lists, g); i >= 0 {
		return 1 << uint(i), nil
	}
	var t estimators.Pattern
	if strings.Contains(g, "*") {
		for name := range strings.SplitSeq(g, "*") {
			name = strings.TrimSpace(name)
			i := slices.Index(lists, name)
			if i < 0 {
				if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(lists) {
					i = n - 1
				}
			}
			if i < 0 {
				return 0, fmt.Errorf("%q is not one of the lists %s", name, strings.Join(lists, ", "))
			}
			if t.Has(i) {
				return 0, fmt.Errorf("list %s stands twice in %q", lists[i], g)
			}
			t |= 1 << uint(i)
		}
		return t, nil
	}
	if n, err := strconv.Atoi(g); err == nil && n > 9 && n <= len(lists) {
		if d1, d2 := n/10, n%10; d2 == 0 || d1 == d2 {
			return 1 << uint(n-1), nil
		}
		return 0, fmt.Errorf("with %d lists %q could be list %s or lists %d and %d: write %d*%d, or the names", len(lists), g, g, n/10, n%10, n/10, n%10)
	}
	for _, r := range g {
		if r < '1' || r > '9' || int(r-'0') > len(lists) {
			return 0, fmt.Errorf("%q is neither one of the lists %s nor list numbers from 1 to %d run together; join names with *", g, strings.Join(lists, ", "), min(9, len(lists)))
		}
		i := int(r - '1')
		if t.Has(i) {
			return 0, fmt.Errorf("list %d stands twice in %q", i+1, g)
		}
		t |= 1 << uint(i)
	}
	return t, nil
}

// K is the number of lists.
func (m Model) K() int { return m.k }

// Terms returns the interactions: every term of two or more lists, fewer lists first.
func (m Model) Terms() []estimators.Pattern { return slices.Clone(m.terms) }

// Has reports whether the model contains the interaction t; main effects are always in.
func (m Model) Has(t estimators.Pattern) bool {
	return t.Size() < 2 || slices.Contains(m.terms, t)
}

// hasLarger reports whether t is part of a larger term of the model.
func (m Model) hasLarger(t estimators.Pattern) bool {
	return slices.ContainsFunc(m.terms, func(u estimators.Pattern) bool { return u != t && u.Contains(t) })
}

// Order is the number of lists in the largest interaction; 1 for independence.
func (m Model) Order() int {
	if len(m.terms) == 0 {
		return 1
	}
	return m.terms[len(m.terms)-1].Size()
}

// Parameters counts the intercept, the main effects and the interactions.
func (m Model) Parameters() int { return 1 + m.k + len(m.terms) }

// Generators returns the maximal terms, single lists included, largest first: the
// brackets of the usual notation.
func (m Model) Generators() []estimators.Pattern {
	all := make([]estimators.Pattern, 0, m.k+len(m.terms))
	for i := range m.k {
		all = append(all, 1<<uint(i))
	}
	all = append(all, m.terms...)
	var out []estimators.Pattern
	for _, t := range all {
		if !m.hasLarger(t) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b estimators.Pattern) int {
		if c := b.Size() - a.Size(); c != 0 {
			return c
		}
		return compareTerms(a, b)
	})
	return out
}

// Format writes the model with the names of the lists, as in [LA*NG,NG*PF,GO].
func (m Model) Format(lists []string) string {
	return write(m.Generators(), func(t estimators.Pattern) string { return t.Join(lists, "*") })
}

// String writes the model with list numbers from 1, as in [12,23,4]. With more than 9
// lists the numbers are joined by *, and single lists are left out.
func (m Model) String() string {
	if m.k > 9 {
		with := m.Generators()
		with = slices.DeleteFunc(with, func(t estimators.Pattern) bool { return t.Size() == 1 })
		return write(with, numbers("*"))
	}
	return write(m.Generators(), numbers(""))
}

func numbers(sep string) func(estimators.Pattern) string {
	return func(t estimators.Pattern) string {
		parts := make([]string, 0, 4)
		for _, i := range t.Lists() {
			parts = append(parts, strconv.Itoa(i+1))
		}
		return strings.Join(parts, sep)
	}
}

func write(generators []estimators.Pattern, name func(estimators.Pattern) string) string {
	parts := make([]string, len(generators))
	for i, g := range generators {
		parts[i] = name(g)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// Equal reports whether two models have the same lists and terms.
func (m Model) Equal(o Model) bool { return m.k == o.k && slices.Equal(m.terms, o.terms) }
