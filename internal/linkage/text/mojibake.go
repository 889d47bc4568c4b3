package text

import (
	"strings"
	"unicode/utf8"
)

// An AccentSample is shown the values of a column of text and decides whether its accents were
// damaged by reading UTF-8 as Windows-1252 (ZoÃ« for Zoë). One value never tells: JOÃO is
// a name. The zero value is ready for use.
type AccentSample struct {
	Damaged int64 // values with accents that all read back
	Intact  int64 // values with accents that do not
}

// Add shows a value.
func (s *AccentSample) Add(raw string) {
	if ascii(raw) {
		return
	}
	if _, ok := readBack(raw); ok {
		s.Damaged++
	} else {
		s.Intact++
	}
}

// Decide tells whether the column is to be repaired: nineteen in twenty of its values with accents
// read back.
func (s *AccentSample) Decide() Accents {
	return Accents{s.Damaged > 0 && s.Damaged >= 19*s.Intact}
}

// Accents repair the values of a column whose accents were damaged.
type Accents struct{ Damaged bool }

// Repair returns a value with its accents, and whether it was changed.
func (a Accents) Repair(raw string) (string, bool) {
	if !a.Damaged || ascii(raw) {
		return raw, false
	}
	if s, ok := readBack(raw); ok {
		return s, true
	}
	return raw, false
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// readBack writes a value as Windows-1252 and reads that as UTF-8.
func readBack(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch i := strings.IndexRune(windows1252, r); {
		case r == utf8.RuneError:
			return "", false
		case r < 0x100: // the five bytes without a character often stand for themselves
			out = append(out, byte(r))
		case i >= 0:
			out = append(out, 0x80+byte(utf8.RuneCountInString(windows1252[:i])))
		default:
			return "", false
		}
	}
	return string(out), utf8.Valid(out)
}

// windows1252 are the characters of the bytes from 0x80 to 0x9f.
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
