package tableio

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the candidate that is most like name, for a message such as `did you mean
// "NG"`. The distance is the number of letters to insert, delete, replace or swap with their
// neighbour (optimal string alignment), whatever their case; ok is false when no
// candidate is closer than half the length of the longer of the two (half, in names of up to four letters), and none of four letters or more is a part of the name, or
// has it as a part: "naam" for "achternaam", rather than "voornaam".
func Nearest(name string, candidates []string) (nearest string, ok bool) {
	const longest = 200 // names beyond it are not worth the quadratic work
	best := 0
	for _, c := range candidates {
		if len(c) > longest || len(name) > longest {
			continue
		}
		a, b := strings.ToLower(name), strings.ToLower(c)
		d := distance([]rune(a), []rune(b))
		part := min(len(a), len(b)) >= 4 && (strings.Contains(a, b) || strings.Contains(b, a))
		longer := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
		if (2*d > longer || 2*d == longer && d > 2) && !part {
			continue
		}
		if !ok || d < best {
			nearest, best, ok = c, d, true
		}
	}
	return nearest, ok
}

// distance is the optimal string alignment distance, by dynamic programming over three rows.
func distance(a, b []rune) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		next[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

// suggest is the end of a message about an unknown name: the nearest valid one, else all
// of them.
func suggest(name string, candidates []string) string {
	if n, ok := Nearest(name, candidates); ok {
		return "; did you mean " + quote(n) + "?"
	}
	if len(candidates) == 0 {
		return ""
	}
	shown := candidates
	if len(shown) > 12 {
		shown = shown[:12]
	}
	quoted := make([]string, len(shown))
	for i, c := range shown {
		quoted[i] = quote(c)
	}
	if len(shown) < len(candidates) {
		quoted = append(quoted, "…")
	}
	return "; there are " + strings.Join(quoted, ", ")
}
