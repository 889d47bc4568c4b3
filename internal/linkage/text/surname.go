package text

import (
	"slices"
	"strings"
)

// MaxSurnames is how many surnames one person may have for comparison: own, partner's, and a
// variant of spelling.
const MaxSurnames = 3

// Surnames is what a field of surnames says.
type Surnames struct {
	Prefix string // of the first surname with one, in one spelling: van der, vd, el
	// Names are at most [MaxSurnames]: those that stand there first, then other ways to write
	// them: elidrissi besides idrissi, vandenberg besides berg, jan besides jansz.
	Names    []string
	Initials string // that stand beside the surname: Jansen, J.P.
	Given    string // given names behind a comma, as written: Jansen, Pieter
	Digits   bool   // digits were left out
	Dropped  Dropped
}

// Surname reads a field of surnames and, when there is one, the column of prefixes that goes with
// it (tussenvoegsels; "" when there is none). Own and partner's names come apart at a hyphen, a slash, and marks such
// as e/v and geb.; a prefix stands in front, or behind a comma. A prefix that is written together with
// the name (vandenberg) is split off when known says that what remains (berg) is a surname;
// nil knows none.
func Surname(raw, prefixColumn string, known func(surname string) bool) Surnames {
	var s Surnames
	s.Prefix = wholePrefix(prefixColumn)
	if s.Dropped = reject(raw); s.Dropped != Kept {
		return s
	}
	words, digits := scan(raw)
	s.Digits = digits
	words = marked(words)

	var variants []string
	column := s.Prefix != ""
	prefix := func(p string) {
		if s.Prefix == "" {
			s.Prefix = p
		}
	}
	for start, end := 0, 0; start < len(words); start = end {
		for end = start + 1; end < len(words) && words[end].sep != ',' && words[end].sep != '('; end++ {
		}
		segment := words[start:end]
		switch {
		case start == 0 || segment[0].s == marker || segment[0].sep == '(':
			names, more, p, initials := family(segment, known)
			s.Names, variants = append(s.Names, names...), append(variants, more...)
			if p != "" {
				prefix(p)
			}
			s.Initials += initials
		case allPrefix(segment):
			prefix(spellPrefix(segment))
			if n := len(segment); isArticle(segment[n-1].s) && len(s.Names) > 0 {
				variants = append(variants, segment[n-1].s+s.Names[0])
			}
		default:
			// Initials and given names; after them perhaps the prefix: Berg, J. van den.
			for n := longestPrefix; n > 0; n-- {
				if i := len(segment) - n; i > 0 && trailingPrefix(segment) == n {
					prefix(spellPrefix(segment[i:]))
					segment = segment[:i]
					break
				}
			}
			var given []string
			for _, w := range segment {
				if w.initial() {
					s.Initials += w.initials()
				} else {
					given = append(given, w.s)
				}
			}
			if len(given) > 0 {
				s.Given = strings.TrimSpace(s.Given + " " + strings.Join(given, " "))
			}
		}
	}
	if column && len(s.Names) > 0 {
		// The name may repeat what the column says in one word: el beside idrissi.
		if last := s.Prefix[strings.LastIndexByte(s.Prefix, ' ')+1:]; isArticle(last) {
			variants = append(variants, last+s.Names[0])
		}
	}
	for _, n := range s.Names {
		if stem := patronymic(n); stem != "" {
			variants = append(variants, stem)
		}
	}
	s.Names = distinct(s.Names, variants)
	if len(s.Names) == 0 {
		s.Dropped = NotRead
	}
	return s
}

func distinct(names, variants []string) []string {
	var out []string
	for _, n := range slices.Concat(names, variants) {
		if len(out) < MaxSurnames && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// marker stands for the words that join own and partner's name.
const marker = "|"

// marked replaces e/v, geb., gehuwd met, w.v. and the like by a marker, writes v/d as one
// word and leaves out forms of address and what follows a name (jr.).
func marked(words []word) []word {
	out := words[:0:0]
	for i := 0; i < len(words); i++ {
		w := words[i]
		next := word{}
		if i+1 < len(words) {
			next = words[i+1]
		}
		mark := 0
		switch w.s {
		case "e", "w":
			if next.s == "v" && (w.stop || next.sep == '/') {
				mark = 2
			}
		case "ev", "wv", "geb", "echtg":
			if w.stop {
				mark = 1
			}
		case "geboren", "gehuwd", "weduwe", "echtgenote", "wed", "geh":
			mark = 1
		case "nee", "born":
			if i > 0 && next.s != "" {
				mark = 1
			}
		case "v":
			if next.s == "d" && (next.sep == '/' || w.stop) && i+2 < len(words) {
				out = append(out, word{s: "vd", sep: w.sep})
				i++
				continue
			}
		case "dhr", "mevr", "mej", "mw":
			if i == 0 && next.s != "" {
				continue
			}
		case "jr", "sr", "junior", "senior":
			if i > 0 {
				continue
			}
		}
		if mark == 1 && (w.s == "echtg" || w.s == "echtgenote" || w.s == "weduwe" || w.s == "wed") && next.s == "van" ||
			mark == 1 && (w.s == "gehuwd" || w.s == "geh") && next.s == "met" {
			mark = 2
		}
		if mark > 0 && i+mark < len(words) {
			out = append(out, word{s: marker, sep: w.sep})
			i += mark - 1
			continue
		}
		out = append(out, w)
	}
	return out
}

func allPrefix(words []word) bool {
	for i := 0; i < len(words); {
		n := prefixAt(words, i, len(words))
		if n == 0 {
			return false
		}
		i += n
	}
	return len(words) > 0
}

// family reads own and partner's names: what lies between markers, slashes and hyphens.
func family(words []word, known func(string) bool) (names, variants []string, prefix, initials string) {
	var part []word
	flush := func() {
		if len(part) == 0 {
			return
		}
		n, v, p, in := surname(part, known)
		names, variants, initials = append(names, n...), append(variants, v...), initials+in
		if prefix == "" {
			prefix = p
		}
		part = nil
	}
	for _, w := range words {
		// A prefix written with hyphens, as in el-Idrissi, belongs to the name behind it.
		if w.s == marker || w.sep == '/' || w.sep == '-' && !allPrefix(part) {
			flush()
		}
		if w.s != marker {
			part = append(part, w)
		}
	}
	flush()
	return names, variants, prefix, initials
}

// surname reads one surname: initials, prefix, name.
func surname(words []word, known func(string) bool) (names, variants []string, prefix, initials string) {
	if len(words) == 2 && !words[0].stop && !words[1].stop && prefixAt(words, 0, 1) == 0 {
		variants = append(variants, words[0].s+words[1].s) // jans en is a name too
	}
	for len(words) > 1 && words[0].initial() && prefixAt(words, 0, len(words)-1) == 0 {
		initials += words[0].initials()
		words = words[1:]
	}
	for n := len(words); n > 1 && words[n-1].initial(); n-- {
		initials += words[n-1].initials()
		words = words[:n-1]
	}
	var parts []string
	var article []string
	for len(words) > 1 {
		n := prefixAt(words, 0, len(words)-1)
		if n == 0 {
			break
		}
		for _, w := range words[:n] {
			parts = append(parts, prefixWord(w))
			if isArticle(w.s) {
				article = append(article, w.s)
			}
		}
		words = words[n:]
	}
	prefix = spellParts(parts)
	for _, w := range words {
		names = append(names, w.s)
	}
	switch {
	case len(article) > 0:
		variants = append(variants, article[len(article)-1]+names[0])
	case len(words) == 1 && prefix == "" && known != nil:
		if p, rest := unglue(names[0], known); p != "" {
			return []string{rest}, append(variants, names...), p, initials
		}
	}
	return names, variants, prefix, initials
}

// unglue splits a prefix off a name when a known surname remains.
func unglue(name string, known func(string) bool) (prefix, rest string) {
	for _, p := range gluedPrefixes {
		if rest, ok := strings.CutPrefix(name, glue(p)); ok && len(rest) >= 3 && known(rest) {
			parts := strings.Split(p, " ")
			for i := range parts {
				parts[i] = prefixWord(word{s: parts[i]})
			}
			return spellParts(parts), rest
		}
	}
	return "", name
}

// patronymic is the father's name in Jansz, Janszoon, Jansdr and Jansdochter; "" when a name
// is none.
func patronymic(name string) string {
	for _, end := range []string{"sdochter", "szoon", "sdr", "sz"} {
		if stem, ok := strings.CutSuffix(name, end); ok && len(stem) >= 3 {
			return stem
		}
	}
	return ""
}
