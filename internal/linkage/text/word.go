package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A word of a name, and how it stood there.
type word struct {
	s     string // lower case, ij as y
	stop  bool   // a full stop followed
	upper bool   // all capitals
	sep   byte   // what stood before: a blank, or one of - / , ( ; 0 for the first
	mark  bool   // an apostrophe made it a word of its own: 't, 's, d', l'
}

// initial reports whether a word is one or more initials.
func (w word) initial() bool {
	n := utf8.RuneCountInString(w.s)
	return !w.mark && (n == 1 || w.stop && n == 2 || w.upper && n <= 4 && !strings.ContainsAny(w.s, "aeiouy"))
}

// initials are the first letter, or all of them when they are capitals written together.
func (w word) initials() string {
	if w.upper && !strings.ContainsAny(w.s, "aeiouy") && len(w.s) > 1 && w.initial() {
		return w.s
	}
	_, n := utf8.DecodeRuneInString(w.s)
	return w.s[:n]
}

// scan splits a name into words; digits are dropped and reported.
func scan(raw string) (words []word, digits bool) {
	s := unmark(raw)
	if !strings.ContainsFunc(s, unicode.IsLetter) {
		return nil, strings.ContainsFunc(s, unicode.IsDigit)
	}
	var b strings.Builder
	lower, mark := false, false // of the word being read
	sep := byte(0)              // before it
	next := byte(' ')
	end := func(stop, trail bool) {
		if b.Len() == 0 {
			return
		}
		if len(words) == 0 {
			sep = 0
		}
		words = append(words, word{s: ijToY(b.String()), stop: stop, upper: !lower, sep: sep, mark: mark || trail})
		b.Reset()
		lower, mark, next = false, false, ' '
	}
	stronger := func(c byte) {
		const order = " -/,("
		if strings.IndexByte(order, c) > strings.IndexByte(order, next) {
			next = c
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case unicode.IsLetter(r):
			if b.Len() == 0 {
				sep = next
			}
			low := unicode.ToLower(r)
			lower = lower || low == r
			b.WriteRune(low)
		case unicode.IsDigit(r):
			digits = true
		case r == '.':
			end(true, false)
		case r == '\'':
			one := b.Len() == 1
			switch {
			case b.Len() == 0:
				mark = true
			case one && (b.String() == "d" || b.String() == "l"):
				end(false, true)
			case i+1 < len(runes) && unicode.ToLower(runes[i+1]) == 't' && (i+2 == len(runes) || !unicode.IsLetter(runes[i+2])): // van't
				end(false, false)
				mark = true
			}
		default:
			end(false, false)
			mark = false
			switch r {
			case '-', '/', ',', '(':
				stronger(byte(r))
			case ';', '&', '+', '|':
				stronger('/')
			case '"', ')':
				stronger('(')
			}
		}
	}
	end(false, false)
	for i := range words {
		// An apostrophe makes a word of its own of a few only; elsewhere it is a quote.
		if words[i].mark && words[i].s != "t" && words[i].s != "s" && words[i].s != "d" && words[i].s != "l" && words[i].s != "n" {
			words[i].mark = false
		}
	}
	return words, digits
}
