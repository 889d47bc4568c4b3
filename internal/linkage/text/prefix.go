package text

import (
	"slices"
	"strings"
)

// prefixes (tussenvoegsels) by their words, abbreviations included; 't is written het, and the
// d' and l' of d'Angelo are d and l.
var prefixes = func() map[string]bool {
	m := map[string]bool{}
	for _, p := range strings.Split(`van der,van den,van de,van het,v d,vd,vdr,v,van ter,van,von der,von dem,von den,von,de la,de las,de los,de le,de l,de,den,der,des,di,do,dos,da,das,du,del,della,d,`+
		`el,al,ben,bin,ibn,ait,ou,abu,abou,op de,op den,op het,op der,op,in het,in de,in der,in den,onder de,onder den,over de,over den,aan de,aan den,aan het,aan der,`+
		`by de,by den,by het,by,uit de,uit den,uit het,uit,ter,ten,te,thor,tot,toe,het,s,l,la,le,les,lo,los,zu,zum,zur,am,auf der,vom,vander,vanden,vande,vant`, ",") {
		m[p] = true
	}
	return m
}()

// beginsPrefix are the first words of prefixes.
var beginsPrefix = func() map[string]bool {
	m := map[string]bool{}
	for p := range prefixes {
		first, _, _ := strings.Cut(p, " ")
		m[first] = true
	}
	return m
}()

// longestPrefix is in words.
const longestPrefix = 2

// gluedPrefixes are written together with a name often enough to be looked for, longest first.
// Short ones such as la and el would be found in too many names.
var gluedPrefixes = func() []string {
	g := strings.Split("van der,van den,van de,van het,van t,van,von der,von dem,von den,von,vd,vdr,de la,de,den,der,op de,op den,op t,in t,onder de,over de,aan de,aan den,aan het,aan t,uit de,uit den,ter,ten,het,t", ",")
	slices.SortStableFunc(g, func(a, b string) int { return len(glue(b)) - len(glue(a)) })
	return g
}()

func glue(s string) string { return strings.ReplaceAll(s, " ", "") }

// isArticle tells the prefixes that are written as one word with the name as often as not: el idrissi, elidrissi.
func isArticle(word string) bool {
	switch word {
	case "el", "al", "ben", "bin", "ibn", "ait", "ou", "abu", "abou":
		return true
	}
	return false
}

// wholePrefix spells what stands in a column of prefixes.
func wholePrefix(raw string) string {
	if reject(raw) != Kept {
		return ""
	}
	words, _ := scan(raw)
	return spellPrefix(words)
}

// spellPrefix writes a prefix in one way: v.d. is vd, vander is van der, van 't is van het.
func spellPrefix(words []word) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = prefixWord(w)
	}
	return spellParts(parts)
}

func spellParts(parts []string) string {
	switch p := strings.Join(parts, " "); p {
	case "v d":
		return "vd"
	case "vander":
		return "van der"
	case "vanden":
		return "van den"
	case "vande":
		return "van de"
	case "vant":
		return "van het"
	default:
		return p
	}
}

func prefixWord(w word) string {
	if w.s == "t" {
		return "het"
	}
	return w.s
}

// prefixAt is the number of words of the longest prefix that starts at words[i] and ends before words[end].
func prefixAt(words []word, i, end int) int {
	if i >= end || !beginsPrefix[prefixWord(words[i])] {
		return 0
	}
	for n := min(longestPrefix, end-i); n > 0; n-- {
		p := prefixWord(words[i])
		if n == 2 {
			p += " " + prefixWord(words[i+1])
		}
		if prefixes[p] && (n > 1 || !shortWord(words[i])) {
			return n
		}
	}
	return 0
}

// shortWord tells a letter that is more likely an initial than a prefix: V. Berg, T Hart.
func shortWord(w word) bool {
	return len(w.s) == 1 && !w.mark && (w.s != "v" && w.stop || w.s != "v" && w.upper)
}

// A PrefixLevel says how two prefixes compare.
type PrefixLevel uint8

const (
	PrefixEqual     PrefixLevel = iota // the same, or neither has one
	PrefixNear                         // one abbreviates the other, or they differ in de, den, der: v.d. and van der
	PrefixMissing                      // one has none
	PrefixDifferent                    //
)

// NearPrefix compares two prefixes as [Surname] spells them. Within one family the spelling varies freely, so that a
// difference says little.
func NearPrefix(a, b string) PrefixLevel {
	switch {
	case a == b:
		return PrefixEqual
	case a == "" || b == "":
		return PrefixMissing
	case abbreviates(a, b) || abbreviates(b, a):
		return PrefixNear
	}
	return PrefixDifferent
}

// abbreviates reports whether a keeps of every word of b the first letter at least, in order,
// and no other letters; de, den and der are one word.
func abbreviates(a, b string) bool {
	a = glue(oneArticle(a))
	i := 0
	for word := range strings.SplitSeq(oneArticle(b), " ") {
		if i == len(a) || a[i] != word[0] {
			return false
		}
		for i++; i < len(a); i++ {
			j := strings.IndexByte(word[1:], a[i])
			if j < 0 {
				break
			}
			word = word[1+j:]
		}
	}
	return i == len(a)
}

func oneArticle(p string) string {
	words := strings.Split(p, " ")
	for i, w := range words {
		switch w {
		case "den", "der":
			words[i] = "de"
		case "vdr":
			words[i] = "vd"
		}
	}
	return strings.Join(words, " ")
}
