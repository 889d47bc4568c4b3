package text

import "strings"

// A Sex as a register records it.
type Sex uint8

const (
	SexUnknown Sex = iota
	Male
	Female
)

var sexes = map[string]Sex{
	"m": Male, "man": Male, "mannelyk": Male, "jongen": Male, "jongetje": Male, "male": Male, "boy": Male, "heer": Male, "dhr": Male, "1": Male,
	"v": Female, "f": Female, "vrouw": Female, "vrouwelyk": Female, "meisje": Female, "female": Female, "woman": Female, "girl": Female, "mevrouw": Female, "mevr": Female, "mw": Female, "w": Female, "2": Female,
}

// SexOf reads a sex: m or v, man or vrouw, jongen or meisje, male or female, 1 or 2 (ISO/IEC 5218; its 0 and 9,
// and o and x, are unknown).
func SexOf(raw string) (Sex, Dropped) {
	folded := Fold(strings.TrimSuffix(strings.TrimSpace(raw), ".0"))
	if s, ok := sexes[folded]; ok {
		return s, Kept
	}
	switch folded {
	case "0", "9", "o":
		return SexUnknown, Unknown
	}
	if d := reject(raw); d != Kept {
		return SexUnknown, d
	}
	return SexUnknown, NotRead
}
