package text

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed nationalities.txt
var nationalityFile string

// nationalities by code of two or three letters in capitals, and by folded name.
var nationalities = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(nationalityFile) {
		codes, names, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || line[0] == '#' {
			continue
		}
		two, three, _ := strings.Cut(codes, " ")
		m[two], m[three] = two, two
		for name := range strings.SplitSeq(names, ", ") {
			m[Fold(name)] = two
		}
	}
	return m
})

// Nationality reads the nationalities of a person: ISO 3166-1 codes of two letters, in order; XX is
// stateless. It knows codes of two and three letters, names of countries and the usual adjectives in Dutch and
// English, and several of them separated by /, ; , + & or en. One that is not recognised makes the
// whole value missing. A missing nationality is not the Dutch one.
func Nationality(raw string) ([]string, Dropped) {
	if d := reject(raw); d != Kept {
		return nil, d
	}
	if one, ok := nationality(raw); ok {
		return []string{one}, Kept
	}
	var codes []string
	for part := range strings.FieldsFuncSeq(strings.NewReplacer(" en ", "/", " and ", "/", " of ", "/").Replace(raw), func(r rune) bool { return strings.ContainsRune("/;,+&|", r) }) {
		one, ok := nationality(part)
		if !ok {
			return nil, NotRead
		}
		codes = append(codes, one)
	}
	if len(codes) == 0 {
		return nil, NotRead
	}
	slices.Sort(codes)
	return slices.Compact(codes), Kept
}

func nationality(s string) (string, bool) {
	m := nationalities()
	s = strings.TrimSpace(s)
	if len(s) <= 3 {
		if code, ok := m[strings.ToUpper(s)]; ok {
			return code, true
		}
	}
	code, ok := m[Fold(s)]
	return code, ok
}
