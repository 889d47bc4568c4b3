package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of a text in which it is compared: without accents, in lower case, its
// words of letters and digits separated by single blanks, and ij written y (dijk = dyk).
// Apostrophes within a word vanish. Letters of other scripts stay.
func Fold(raw string) string {
	var b strings.Builder
	between := false
	for _, r := range unmark(raw) {
		switch {
		case r == '\'':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if between && b.Len() > 0 {
				b.WriteByte(' ')
			}
			between = false
			b.WriteRune(unicode.ToLower(r))
		default:
			between = true
		}
	}
	return ijToY(b.String())
}

// ijToY writes ij as y, in lower case.
func ijToY(s string) string { return strings.ReplaceAll(s, "ij", "y") }

// letters that compatibility decomposition leaves, in both cases.
var plainLetters = map[rune]string{
	'ß': "ss", 'ẞ': "SS", 'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'ı': "i",
	'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'þ': "th", 'Þ': "TH", 'ŋ': "n", 'Ŋ': "N", 'ə': "e", 'Ə': "E", 'ħ': "h", 'Ħ': "H", 'ŧ': "t", 'Ŧ': "T",
}

// unmark drops accents and brings apostrophes, dashes and blanks to one form each; case and
// punctuation stay. ÿ and the digraph letter ĳ become y and ij, which are compared as equal.
func unmark(raw string) string {
	ascii := true
	for i := 0; i < len(raw) && ascii; i++ {
		ascii = raw[i] < 0x80 && raw[i] != '`'
	}
	if ascii {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw))
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(raw, "")) {
		if s, ok := plainLetters[r]; ok {
			b.WriteString(s)
			continue
		}
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || r == unicode.ReplacementChar:
		case strings.ContainsRune("`´‘’‛′ʹʻʼʽʾʿˈ", r):
			b.WriteByte('\'')
		case unicode.Is(unicode.Pd, r):
			b.WriteByte('-')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
