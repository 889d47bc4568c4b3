package text

import (
	"slices"
	"strings"
)

// exactMissing are how programs write a missing value, in this case only: Na and Nan are names.
var exactMissing = []string{"NA", "N/A", "n/a", "#N/A", "NULL", "null", "<NA>", "NaN", "nan", "None"}

// words that stand for a value in any field, after folding.
var rejected = map[string]Dropped{
	"onbekend": Unknown, "onbek": Unknown, "onb": Unknown, "nn": Unknown, "n n": Unknown, "unknown": Unknown, "unk": Unknown, "niet bekend": Unknown, "not known": Unknown,
	"x": Unknown, "xx": Unknown, "xxx": Unknown, "xxxx": Unknown, "anoniem": Unknown, "anonymous": Unknown,
	"geen": None, "nvt": None, "n v t": None, "niet van toepassing": None, "fnu": None, "lnu": None,
	"test": Placeholder, "testtest": Placeholder, "test test": Placeholder,
}

// rejectedGiven are words that stand for a given name. Jongen is a surname too.
var rejectedGiven = map[string]Dropped{"baby": Placeholder, "jongen": Placeholder, "meisje": Placeholder, "boy": Placeholder, "girl": Placeholder}

// reject says whether a value stands for a missing one, and why. Codes of one register (9999, -1) are those of the study.
func reject(raw string) Dropped {
	s := strings.TrimSpace(raw)
	if s == "" {
		return Empty
	}
	if slices.Contains(exactMissing, s) {
		return Unknown
	}
	if len(s) > 24 { // longer than any of the words
		return Kept
	}
	folded := Fold(s)
	if folded == "" {
		return Unknown // -, ?, ., ???
	}
	return rejected[folded]
}
