package text

import "strings"

// soundRules of the Dutch sound key, tried longest first at every letter. Capitals are classes
// of vowels: E is ij, ei, ey, ai and y; O ou and au; U oe; Y ui and uy; Q eu; I ie and i.
// Behind a long vowel y is i, so that Kooij and Kooi sound the same.
var soundRules = byFirst([][]soundRule{
	{{"sch", "sg"}, {"ooy", "oI"}, {"ooi", "oI"}, {"aay", "aI"}, {"aai", "aI"}, {"oey", "UI"}, {"oei", "UI"}},
	{{"ei", "E"}, {"ey", "E"}, {"ai", "E"}, {"ay", "E"}, {"ou", "O"}, {"au", "O"}, {"oe", "U"}, {"ui", "Y"}, {"uy", "Y"}, {"eu", "Q"}, {"ie", "I"},
		{"ck", "k"}, {"ch", "g"}, {"gh", "g"}, {"ph", "f"}, {"th", "t"}, {"dt", "t"}, {"tz", "s"}, {"sz", "s"}, {"qu", "kw"},
		{"ae", "a"}, {"aa", "a"}, {"ee", "e"}, {"oo", "o"}, {"uu", "u"}, {"ce", "s"}, {"ci", "s"}, {"cy", "s"}},
	{{"x", "ks"}, {"y", "E"}, {"i", "I"}, {"z", "s"}, {"v", "f"}, {"c", "k"}, {"q", "k"}},
})

type soundRule struct{ from, to string }

func byFirst(rules [][]soundRule) (by [256][]soundRule) {
	for _, some := range rules {
		for _, r := range some {
			by[r.from[0]] = append(by[r.from[0]], r)
		}
	}
	return by
}

// Sound returns a key that Dutch spellings of one sound share: Meijer, Meyer and Meier;
// Jansen and Janssen; Schmidt and Smit do not. Vowel classes stay, as in the semi-phonetic forms of Bloothooft,
// because without them the blocks of short Dutch names are far too large. s is as [Fold] or the names of
// this package write it.
func Sound(s string) string {
	var out []byte
	for word := range strings.SplitSeq(ijToY(s), " ") {
		if len(out) > 0 {
			out = append(out, ' ')
		}
		start := len(out)
	letters:
		for i := 0; i < len(word); {
			for _, r := range soundRules[word[i]] {
				if !strings.HasPrefix(word[i:], r.from) {
					continue
				}
				out = append(out, r.to...)
				if i += len(r.from); r.to == "s" && r.from[0] == 'c' {
					i-- // the vowel may begin a longer sound: ceulen
				}
				continue letters
			}
			if word[i] != 'h' || i == 0 {
				out = append(out, word[i])
			}
			i++
		}
		if n := len(out); n > start {
			switch out[n-1] {
			case 'd':
				out[n-1] = 't'
			case 'b':
				out[n-1] = 'p'
			}
		}
		out = squeeze(out, start)
	}
	return string(out)
}

// squeeze leaves one of equal letters in a row, from start on.
func squeeze(b []byte, start int) []byte {
	w := start
	for i := start; i < len(b); i++ {
		if w == start || b[i] != b[w-1] {
			b[w] = b[i]
			w++
		}
	}
	return b[:w]
}

// SoundOther returns a second key, for names that come to Dutch registers from Arabic, Turkish and
// Slavic languages by way of French, English or Dutch spelling: Yusuf and Yousouf, Djemal and Cemal,
// Oualid and Walid, Şahin and Shahin, and all of Mohamed, Muhammad and Mehmet. It joins names that
// differ, and is for finding candidates only, never for comparing them.
func SoundOther(s string) string {
	out := make([]byte, 0, len(s))
	for word := range strings.SplitSeq(ijToY(s), " ") {
		if len(out) > 0 {
			out = append(out, ' ')
		}
		start := len(out)
		at := func(i int) byte {
			if i < len(word) {
				return word[i]
			}
			return 0
		}
		for i := 0; i < len(word); {
			c, next := word[i], at(i+1)
			n, to := 1, c
			switch c {
			case 's':
				to = 's'
				switch {
				case next == 'c' && at(i+2) == 'h':
					n = 3
				case next == 'h' || next == 'j' || next == 'z':
					n = 2
				}
			case 'z':
				if to = 's'; next == 'h' {
					n = 2
				}
			case 'c':
				switch {
				case next == 'h' && isVowel(at(i+2)), next == 'h' && i+2 == len(word), next == 'z':
					n, to = 2, 's'
				case next == 'h': // achmed
					n, to = 2, 'h'
				case next == 'k':
					n, to = 2, 'k'
				default:
					to = 'j'
				}
			case 'k', 'g':
				if next == 'h' {
					n, to = 2, 'h'
				}
			case 'd':
				switch next {
				case 'j':
					n, to = 2, 'j'
				case 'h':
					n = 2
				}
			case 't':
				if next == 'h' {
					n = 2
				}
			case 'p':
				if next == 'h' {
					n, to = 2, 'f'
				}
			case 'o', 'u':
				if to = 'u'; c == 'o' && next == 'e' {
					n = 2
				}
			case 'e', 'i', 'y':
				to = 'i'
			case 'w':
				if to = 'v'; isVowel(next) {
					to = 'u'
				}
			case 'q':
				to = 'k'
			case 'x':
				out = append(out, 'k')
				to = 's'
			}
			out = append(out, to)
			i += n
		}
		out = squeeze(out, start)
		if n := len(out); n > start+2 && out[n-1] == 'h' {
			out = out[:n-1]
		}
		if isMohammed(out[start:]) {
			out = append(out[:start], "MHMD"...)
		}
	}
	return string(out)
}

func isVowel(c byte) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}

// isMohammed reports whether the consonants of a word are m h m d, or m h m t as in Mehmet.
func isMohammed(b []byte) bool {
	var bones [4]byte
	n := 0
	for _, c := range b {
		if isVowel(c) {
			continue
		}
		if n == len(bones) {
			return false
		}
		bones[n] = c
		n++
	}
	return n == 4 && string(bones[:3]) == "mhm" && (bones[3] == 'd' || bones[3] == 't')
}
