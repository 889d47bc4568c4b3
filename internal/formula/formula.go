// Package formula is a kernel: it reads model formulas such as ~ sex + age + sex:age and turns named columns of values into the
// matrix of a linear predictor. It does not know what its rows stand for.
//
// A formula is a tilde and terms joined by +. A term is a variable, variables joined by : (their products), or variables joined
// by * (each of them and all their products). ~ 1 is the constant alone, which is always in. A name that is not made of letters,
// digits, dots and underscores stands in backticks. A column whose values are all numbers enters as a number, any other as a
// factor; factor(x) makes a factor of numbers. Factors have treatment contrasts: one column for each level but the first, in the natural order
// of levels (numbers by value, else as text). A product needs every variable of it as a term of its own, so that the order of
// terms never changes what a model is.
package formula

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Variable is a column as a formula uses it.
type Variable struct {
	Name   string
	Factor bool // written factor(name)
}

func (v Variable) String() string {
	name := v.Name
	if !plain(name) {
		name = "`" + name + "`"
	}
	if v.Factor {
		return "factor(" + name + ")"
	}
	return name
}

// plain reports whether a name needs no backticks.
func plain(name string) bool {
	for i, r := range name {
		if !letter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return name != ""
}

func letter(r rune) bool { return unicode.IsLetter(r) || r == '_' || r == '.' }

// A Formula is a list of terms, each of one variable or the product of several; the constant is always in and is not listed.
// The zero value is ~ 1.
type Formula struct{ Terms [][]Variable }

// String writes the formula as [Parse] reads it.
func (f Formula) String() string {
	if len(f.Terms) == 0 {
		return "~ 1"
	}
	terms := make([]string, len(f.Terms))
	for i, t := range f.Terms {
		names := make([]string, len(t))
		for j, v := range t {
			names[j] = v.String()
		}
		terms[i] = strings.Join(names, ":")
	}
	return "~ " + strings.Join(terms, " + ")
}

// Names are the columns that the formula uses, in the order in which they come first.
func (f Formula) Names() []string {
	var out []string
	for _, t := range f.Terms {
		for _, v := range t {
			if !slices.Contains(out, v.Name) {
				out = append(out, v.Name)
			}
		}
	}
	return out
}

// A SyntaxError says what is wrong with a formula, and where.
type SyntaxError struct {
	Formula string
	At      int // byte of the formula
	Msg     string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("the formula %q at position %d: %s", e.Formula, 1+utf8.RuneCountInString(e.Formula[:e.At]), e.Msg)
}

// most is the largest number of terms, after * is written out: a slip of the hand, not a model.
const most = 200

// Parse reads a formula. Its error is a [*SyntaxError].
func Parse(s string) (Formula, error) {
	p := &parser{s: s}
	f, ok := p.formula()
	if !ok {
		return Formula{}, p.err
	}
	return f, nil
}

type parser struct {
	s   string
	at  int
	err *SyntaxError
}

func (p *parser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{Formula: p.s, At: at, Msg: fmt.Sprintf(format, args...)}
	}
}

// next skips blanks and returns the character that follows, 0 at the end.
func (p *parser) next() rune {
	for p.at < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.at:])
		if r == utf8.RuneError && n == 1 {
			p.fail(p.at, "this is not UTF-8")
			return 0
		}
		if !unicode.IsSpace(r) {
			return r
		}
		p.at += n
	}
	return 0
}

func (p *parser) formula() (Formula, bool) {
	var f Formula
	switch r := p.next(); {
	case p.err != nil:
		return f, false
	case r != '~':
		p.fail(p.at, "a formula starts with ~, as in ~ sex + age")
		return f, false
	}
	p.at++
	for {
		start := p.at
		if !p.term(&f) {
			return f, false
		}
		if len(f.Terms) > most {
			p.fail(start, "more than %d terms", most)
			return f, false
		}
		switch r := p.next(); {
		case p.err != nil:
			return f, false
		case r == 0:
			return f, p.marginal(f)
		case r == '+':
			p.at++
		case r == '-':
			p.fail(p.at, "terms are added, not taken away; the constant is always in")
			return f, false
		default:
			p.fail(p.at, "%q stands between terms, where + should be", r)
			return f, false
		}
	}
}

// term reads 1, a, a:b or a*b.
func (p *parser) term(f *Formula) bool {
	start := p.at
	if p.next() == '1' {
		p.at++
		return true
	}
	var groups [][]Variable // joined by *; within one by :
	for {
		v, ok := p.variable()
		if !ok {
			return false
		}
		if len(groups) == 0 {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], v)
		switch p.next() {
		case ':':
			p.at++
		case '*':
			p.at++
			groups = append(groups, nil)
		default:
			if len(groups) > 7 {
				p.fail(start, "a product of more than 7 variables written with *")
				return false
			}
			// Every subset of the groups, small ones first, in the order in which they are written.
			for size := 1; size <= len(groups); size++ {
				for set := 1; set < 1<<len(groups); set++ {
					var t []Variable
					chosen := 0
					for g := range groups {
						if set>>g&1 == 1 {
							chosen++
							t = append(t, groups[g]...)
						}
					}
					if chosen == size {
						f.add(t)
					}
				}
			}
			return p.err == nil
		}
	}
}

// add puts a term into the formula once; a:a is a.
func (f *Formula) add(t []Variable) {
	var unique []Variable
	for _, v := range t {
		if !slices.Contains(unique, v) {
			unique = append(unique, v)
		}
	}
	if !slices.ContainsFunc(f.Terms, func(o []Variable) bool { return sameSet(o, unique) }) {
		f.Terms = append(f.Terms, unique)
	}
}

func sameSet(a, b []Variable) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(v Variable) bool { return !slices.Contains(b, v) })
}

func (p *parser) variable() (Variable, bool) {
	r := p.next()
	start := p.at
	switch {
	case p.err != nil:
		return Variable{}, false
	case r == '`':
		end := strings.IndexByte(p.s[p.at+1:], '`')
		if end <= 0 {
			p.fail(start, "a name in backticks is empty or has no end")
			return Variable{}, false
		}
		name := p.s[p.at+1 : p.at+1+end]
		if !utf8.ValidString(name) {
			p.fail(start, "this is not UTF-8")
			return Variable{}, false
		}
		p.at += end + 2
		return Variable{Name: name}, true
	case r == 0:
		p.fail(start, "a variable is missing at the end")
		return Variable{}, false
	case !letter(r):
		p.fail(start, "%q where a variable should be; a name with such characters stands in backticks", r)
		return Variable{}, false
	}
	for p.at < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.at:])
		if !letter(r) && !unicode.IsDigit(r) {
			break
		}
		p.at += n
	}
	name := p.s[start:p.at]
	if p.next() != '(' {
		return Variable{Name: name}, p.err == nil
	}
	if name != "factor" {
		p.fail(start, "%s(…) is no function here: make the column beforehand; only factor(…) is known", name)
		return Variable{}, false
	}
	p.at++
	v, ok := p.variable()
	if !ok {
		return v, false
	}
	if v.Factor || p.next() != ')' {
		p.fail(p.at, "factor( needs one column and a closing parenthesis")
		return v, false
	}
	p.at++
	v.Factor = true
	return v, true
}

// marginal checks that every variable of a product is a term of its own, and that no column is both number and factor.
func (p *parser) marginal(f Formula) bool {
	for _, t := range f.Terms {
		for _, v := range t {
			alone := []Variable{v}
			if len(t) > 1 && !slices.ContainsFunc(f.Terms, func(o []Variable) bool { return sameSet(o, alone) }) {
				p.fail(0, "the product %s needs %s as a term of its own: write * instead of :", Formula{Terms: [][]Variable{t}}.String()[2:], v)
				return false
			}
			other := []Variable{{Name: v.Name, Factor: !v.Factor}}
			if slices.ContainsFunc(f.Terms, func(o []Variable) bool { return sameSet(o, other) }) {
				p.fail(0, "%s is used both as it is and as a factor", v.Name)
				return false
			}
		}
	}
	return true
}
