package text

import "slices"

// Given is what a field of given names says.
type Given struct {
	First    string   // the first name that is more than an initial
	Rest     []string // the others
	Initials string   // of all of them, or those that stand there alone: jp
	// Alternatives are other names the person may be known by: a call name in brackets or quotes, two names
	// in one word (Anne Marie, Anne-Marie), and the name behind a prefix, for a surname that stands among the given names.
	Alternatives []string
	Prefix       string // a prefix of the surname that stands behind the given names: Jan van der
	Digits       bool   // digits were left out
	Dropped      Dropped
}

// GivenName reads a field of given names, of a call name, or of both as in Johannes (Jan). Letters
// with a full stop and two to four capitals without a vowel are initials.
func GivenName(raw string) Given {
	var g Given
	if g.Dropped = reject(raw); g.Dropped != Kept {
		return g
	}
	words, digits := scan(raw)
	g.Digits = digits
	if n := trailingPrefix(words); n > 0 {
		g.Prefix = spellPrefix(words[len(words)-n:])
		words = words[:len(words)-n]
	}
	words = joined(words)
	if n := prefixAt(words, 0, len(words)-1); n > 0 {
		g.Alternatives = append(g.Alternatives, words[n].s)
	}
	if len(words) == 2 && words[1].sep != '(' && !words[0].stop && !words[1].stop {
		g.Alternatives = append(g.Alternatives, words[0].s+words[1].s) // hayd en is a name too
	}
	var initials []byte
	aside, before := false, -1 // before: the name just before, when it ends in a hyphen
	for i, w := range words {
		if w.sep == '(' && i > 0 {
			aside = true
		} else if w.sep != ' ' && w.sep != '-' {
			aside = false
		}
		switch {
		case w.initial():
			if !aside {
				initials = append(initials, w.initials()...)
			}
			before = -1
			continue
		case rejectedGiven[w.s] != Kept && len(words) == 1:
			g.Dropped = rejectedGiven[w.s]
			return g
		case aside:
			g.Alternatives = append(g.Alternatives, w.s)
			before = -1
			continue
		case g.First == "":
			g.First = w.s
		default:
			g.Rest = append(g.Rest, w.s)
			if w.sep == '-' && before >= 0 {
				g.Alternatives = append(g.Alternatives, words[before].s+w.s)
			}
		}
		initials = append(initials, w.initials()...)
		before = i
	}
	g.Initials = string(initials)
	if g.First == "" && len(initials) > 0 {
		g.Alternatives = nil // of two initials
	}
	seen := []string{g.First}
	g.Alternatives = slices.DeleteFunc(g.Alternatives, func(a string) bool {
		again := slices.Contains(seen, a)
		seen = append(seen, a)
		return again
	})
	if len(g.Alternatives) == 0 {
		g.Alternatives = nil
	}
	if g.First == "" && len(g.Alternatives) > 0 {
		g.First, g.Alternatives = g.Alternatives[0], g.Alternatives[1:]
	}
	if g.First == "" && g.Initials == "" {
		g.Dropped = NotRead
	}
	return g
}

// Initials reads a field of initials: J.P., JP, j p, Th. J. In such a field all letters of a word of
// capitals, or of small letters alone, are initials.
func Initials(raw string) (string, Dropped) {
	if d := reject(raw); d != Kept && glue(Fold(raw)) != "x" && glue(Fold(raw)) != "nn" { // which are initials here
		return "", d
	}
	words, _ := scan(raw)
	var out []byte
	mixed := slices.ContainsFunc(words, func(w word) bool { return len(w.s) > 1 && !w.upper && w.stop })
	for _, w := range words {
		if len(w.s) <= 5 && !mixed && (w.upper || isLower(raw)) && w.s != "th" && w.s != "ch" && w.s != "y" {
			out = append(out, w.s...)
		} else {
			out = append(out, w.initials()...)
		}
	}
	if len(out) == 0 {
		return "", NotRead
	}
	return string(out), Kept
}

// joined puts the d' of d'Arcy before the name.
func joined(words []word) []word {
	for i := 0; i+1 < len(words); i++ {
		if w := words[i]; w.mark && len(w.s) == 1 && words[i+1].sep != '(' {
			words[i+1].s, words[i+1].sep = w.s+words[i+1].s, w.sep
			words = slices.Delete(words, i, i+1)
		}
	}
	return words
}

func isLower(s string) bool {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// trailingPrefix is the number of words at the end that are a Dutch prefix and no given name.
func trailingPrefix(words []word) int {
	for n := longestPrefix; n > 0; n-- {
		i := len(words) - n
		if i < 1 || words[i].sep == '(' {
			continue
		}
		switch words[i].s {
		case "van", "von", "de", "den", "der", "ter", "ten", "vd", "vdr", "op", "aan", "uit", "onder", "over", "in", "by", "v":
			if prefixAt(words, i, len(words)) == n && !(n == 1 && len(words[i].s) == 1) {
				return n
			}
		}
	}
	return 0
}
