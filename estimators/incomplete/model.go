package incomplete

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// A Model is a hierarchical log-linear model of lists and covariates: with every term it contains all its parts. The constant
// and the main effects of all lists and covariates are always in it.
type Model struct {
	Generators [][]string // the largest terms, each a set of names of lists and covariates
}

// Parse reads a model written by its generators in brackets, names of lists and covariates joined by * as in [A*X2,X1*X2,B*X1]; lists may
// also be given by their numbers from 1 run together, as in [12,23]. Several brackets are read as one, and they may be left out. A
// generator of one name, and an empty bracket, add nothing.
func Parse(s string, lists, covariates []string) (Model, error) {
	if open, shut := strings.Count(s, "["), strings.Count(s, "]"); open != shut {
		return Model{}, fmt.Errorf("model %q: %d opening and %d closing brackets", s, open, shut)
	}
	names := slices.Concat(lists, covariates)
	body := strings.NewReplacer("][", ",", "[", "", "]", "", "\t", "", "\n", "").Replace(s)
	var m Model
	for g := range strings.SplitSeq(body, ",") {
		g = strings.TrimSpace(g)
		if g == "" {
			continue
		}
		set, err := generator(g, lists, names)
		if err != nil {
			return Model{}, fmt.Errorf("model %q: %w", s, err)
		}
		m.Generators = append(m.Generators, set)
	}
	return m, nil
}

func generator(g string, lists, names []string) ([]string, error) {
	if slices.Contains(names, g) {
		return []string{g}, nil
	}
	var out []string
	add := func(name string) error {
		if slices.Contains(out, name) {
			return fmt.Errorf("%s stands twice in %q", name, g)
		}
		out = append(out, name)
		return nil
	}
	if !strings.Contains(g, "*") {
		for _, r := range g {
			if r < '1' || r > '9' || int(r-'0') > len(lists) {
				return nil, fmt.Errorf("%q is neither one of %s nor list numbers from 1 to %d run together; join names with *", g, strings.Join(names, ", "), min(9, len(lists)))
			}
			if err := add(lists[r-'1']); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	for name := range strings.SplitSeq(g, "*") {
		name = strings.TrimSpace(name)
		if !slices.Contains(names, name) {
			n, err := strconv.Atoi(name)
			if err != nil || n < 1 || n > len(lists) {
				return nil, fmt.Errorf("%q is not one of %s", name, strings.Join(names, ", "))
			}
			name = lists[n-1]
		}
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// A term is a set of variables: bit i is list i, bit k+j covariate j.
type term uint64

// terms are all terms of the model but the constant, in canonical order: fewer variables first, then in the order of the variables.
func (m Model) terms(variables []string) ([]term, error) {
	set := map[term]bool{}
	for i := range variables {
		set[1<<uint(i)] = true
	}
	for _, g := range m.Generators {
		var t term
		for _, name := range g {
			i := slices.Index(variables, name)
			if i < 0 {
				return nil, fmt.Errorf("the model has a term of %q, which is neither a list nor a covariate of the table", name)
			}
			t |= 1 << uint(i)
		}
		if n := bits.OnesCount64(uint64(t)); n > 12 {
			return nil, fmt.Errorf("the model has a term of %d variables, which has more than four thousand parts", n)
		}
		for s := t; s != 0; s = (s - 1) & t {
			set[s] = true
		}
	}
	return canonical(set), nil
}

func canonical(set map[term]bool) []term {
	out := make([]term, 0, len(set))
	for t := range set {
		out = append(out, t)
	}
	slices.SortFunc(out, compare)
	return out
}

func compare(a, b term) int {
	if c := cmp.Compare(bits.OnesCount64(uint64(a)), bits.OnesCount64(uint64(b))); c != 0 {
		return c
	}
	// Of two terms of one size the one with the earlier variable where they differ comes first.
	return cmp.Compare(bits.Reverse64(uint64(b)), bits.Reverse64(uint64(a)))
}

// variables returns the indices of the variables of a term.
func (t term) variables() []int {
	var out []int
	for ; t != 0; t &= t - 1 {
		out = append(out, bits.TrailingZeros64(uint64(t)))
	}
	return out
}

func (t term) join(variables []string) string {
	var out []string
	for _, i := range t.variables() {
		out = append(out, variables[i])
	}
	return strings.Join(out, "*")
}

// write is the model by its largest terms, largest first, as in [A*X2,B*X1,X1*X2].
func write(terms []term, variables []string) string {
	var largest []term
	for _, t := range terms {
		if !slices.ContainsFunc(terms, func(u term) bool { return u != t && u&t == t }) {
			largest = append(largest, t)
		}
	}
	slices.SortStableFunc(largest, func(a, b term) int { return bits.OnesCount64(uint64(b)) - bits.OnesCount64(uint64(a)) })
	parts := make([]string, len(largest))
	for i, t := range largest {
		parts[i] = t.join(variables)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// String writes the generators as they were given.
func (m Model) String() string {
	parts := make([]string, len(m.Generators))
	for i, g := range m.Generators {
		parts[i] = strings.Join(g, "*")
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// variablesOf are the names of the lists and covariates of a table.
func variablesOf(t *estimators.Table) []string {
	out := t.Lists()
	for _, c := range t.Covariates() {
		out = append(out, c.Name)
	}
	return out
}
