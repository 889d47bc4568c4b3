// Package ordinal tells from the names of levels in which order they stand, and how far apart.
package ordinal

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Scale is where levels stand.
type Scale struct {
	At    []float64 // of each level, in the order in which they were given
	Ranks bool      // the names say the order alone: At are 0, 1, …
}

// Order are the places of the levels from the first to the last.
func (s Scale) Order() []int {
	out := make([]int, len(s.At))
	for i := range out {
		out[i] = i
	}
	slices.SortFunc(out, func(a, b int) int { return cmp.Compare(s.At[a], s.At[b]) })
	return out
}

// Of reads levels that are all dates, months (also by their English or Dutch names), quarters, numbers, or ranges of one width, which stand as far
// apart as they are; or that begin or end with a number, as in 5-9, 10-14, 65+ or 1-before, 2-after, of which only the order is known. ok is false where the names do not
// say the order, or the same of two levels.
func Of(levels []string) (s Scale, ok bool) {
	for _, read := range []func(string) (float64, bool){date, month, quarter, number, named()} {
		if at, ok := each(levels, read); ok {
			return Scale{At: at}, true
		}
	}
	if at, ok := ranges(levels); ok {
		return Scale{At: at}, true
	}
	for _, read := range []func(string) (float64, bool){leading, trailing()} {
		if at, ok := each(levels, read); ok {
			s := Scale{At: at}
			ranks := make([]float64, len(at))
			for rank, i := range s.Order() {
				ranks[i] = float64(rank)
			}
			return Scale{At: ranks, Ranks: true}, true
		}
	}
	return Scale{}, false
}

// each reads all levels, of which no two may be the same.
func each(levels []string, read func(string) (float64, bool)) ([]float64, bool) {
	at := make([]float64, len(levels))
	for i, l := range levels {
		x, ok := read(strings.ToLower(strings.TrimSpace(l)))
		if !ok || slices.Contains(at[:i], x) {
			return nil, false
		}
		at[i] = x
	}
	return at, len(at) > 0
}

func date(l string) (float64, bool) {
	for _, layout := range []string{"2006-01-02", "2006/01/02", "20060102"} {
		if t, err := time.Parse(layout, l); err == nil && t.Year() >= 1800 {
			return float64(t.Unix() / 86400), true
		}
	}
	return 0, false
}

var (
	months   = regexp.MustCompile(`^(1[89]\d\d|20\d\d|2100)[-/. ]?(0[1-9]|1[0-2])$`)
	quarters = regexp.MustCompile(`^(1[89]\d\d|20\d\d|2100)[-/. ]?[qk]([1-4])$`)
)

func within(of *regexp.Regexp, l string, parts float64) (float64, bool) {
	m := of.FindStringSubmatch(l)
	if m == nil {
		return 0, false
	}
	year, _ := strconv.ParseFloat(m[1], 64)
	part, _ := strconv.ParseFloat(m[2], 64)
	return parts*year + part, true
}

func month(l string) (float64, bool)   { return within(months, l, 12) }
func quarter(l string) (float64, bool) { return within(quarters, l, 4) }

func number(l string) (float64, bool) {
	x, err := strconv.ParseFloat(l, 64)
	return x, err == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
}

// called are the months by the beginnings of their names, in English and in Dutch.
var called = [][]string{{"january", "januari"}, {"february", "februari"}, {"march", "maart", "mrt"}, {"april"}, {"may", "mei"}, {"june", "juni"},
	{"july", "juli"}, {"august", "augustus"}, {"september"}, {"october", "oktober"}, {"november"}, {"december"}}

var monthNames = regexp.MustCompile(`^([a-z]{3,9})\.?(?:[-/ ]?(1[89]\d\d|20\d\d|2100))?$`)

// named reads jan, maart, or apr 2020; all have a year, or none.
func named() func(string) (float64, bool) {
	years := 0
	return func(l string) (float64, bool) {
		m := monthNames.FindStringSubmatch(l)
		if m == nil || years != 0 && years != 1+len(m[2]) {
			return 0, false
		}
		years = 1 + len(m[2])
		for i, names := range called {
			if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, m[1]) }) {
				year, _ := strconv.ParseFloat("0"+m[2], 64)
				return 12*year + float64(i), true
			}
		}
		return 0, false
	}
}

var closed = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*(?:-|–|—|/|to|t/m|tot|tot en met)\s*(\d+(?:\.\d+)?)(\D*)$`)

// ranges reads 5-9 and 10-14 by their midpoints, where all are as wide and are followed by the same words.
func ranges(levels []string) ([]float64, bool) {
	width, words := 0.0, ""
	first := true
	return each(levels, func(l string) (float64, bool) {
		m := closed.FindStringSubmatch(l)
		if m == nil {
			return 0, false
		}
		a, _ := strconv.ParseFloat(m[1], 64)
		b, _ := strconv.ParseFloat(m[2], 64)
		if b < a && len(m[2]) == 2 && len(m[1]) == 4 { // 2018/19
			b += 100 * math.Floor(a/100)
		}
		if first {
			width, words, first = b-a, m[3], false
		}
		return (a + b) / 2, b > a && b-a == width && m[3] == words
	})
}

var leads = regexp.MustCompile(`^(<=?|>=?|≤|≥|under|below|onder|tot|up to|over|above|boven|vanaf|from)?\s*(\d+(?:\.\d+)?)`)

// leading reads the number that a level begins with. Levels below a number come just before those from it on, and those above it just after.
func leading(l string) (float64, bool) {
	m := leads.FindStringSubmatch(l)
	if m == nil {
		return 0, false
	}
	x, _ := strconv.ParseFloat(m[2], 64)
	switch m[1] {
	case "<", "under", "below", "onder", "tot", "up to", "≤", "<=":
		x = math.Nextafter(x, math.Inf(-1))
	case ">", "over", "above", "boven":
		x = math.Nextafter(x, math.Inf(1))
	}
	return x, true
}

var trails = regexp.MustCompile(`^(\D+)(\d+)$`)

// trailing reads the number behind words that all levels share, as in wave 1, wave 2.
func trailing() func(string) (float64, bool) {
	words := ""
	return func(l string) (float64, bool) {
		m := trails.FindStringSubmatch(l)
		if m == nil || words != "" && m[1] != words {
			return 0, false
		}
		words = m[1]
		return number(m[2])
	}
}
