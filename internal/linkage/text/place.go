package text

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

var placeNames = map[string]string{
	"s gravenhage": "den haag", "sgravenhage": "den haag", "gravenhage": "den haag", "the hague": "den haag", "haag": "den haag", "dh": "den haag",
	"s hertogenbosch": "den bosch", "shertogenbosch": "den bosch", "hertogenbosch": "den bosch",
	"adam": "amsterdam", "a dam": "amsterdam", "asd": "amsterdam", "rdam": "rotterdam", "r dam": "rotterdam", "rtd": "rotterdam",
	"ljouwert": "leeuwarden",
}

// Place returns the name of a municipality or town as it is compared, without its province in brackets. A code
// of a municipality (0363, GM0363) becomes gm0363.
func Place(raw string) (string, Dropped) {
	if d := reject(raw); d != Kept {
		return "", d
	}
	s := raw
	if i := strings.IndexByte(s, '('); i > 0 {
		s = s[:i]
	}
	if code := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "gm"); len(code) == 4 && digitsOnly(code) {
		return "gm" + code, Kept
	}
	s = Fold(s)
	s = strings.TrimPrefix(s, "gemeente ")
	if name, ok := placeNames[s]; ok {
		return name, Kept
	}
	if s == "" || digitsOnly(glue(s)) {
		return "", NotRead
	}
	return s, Kept
}

// Merges tell which municipality a former one became part of, and in which year.
type Merges struct{ into map[string]merge }

type merge struct {
	name string
	year int
}

// ReadMerges reads a table of municipalities: lines of old,new,year, with or without a header. name is that of
// the file, for messages.
func ReadMerges(r io.Reader, name string) (Merges, error) {
	m := Merges{map[string]merge{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, ",")
		if len(parts) != 3 {
			return Merges{}, fmt.Errorf("%s:%d: a line has three values, old,new,year, not %d", name, n, len(parts))
		}
		year, err := strconv.Atoi(strings.TrimSpace(parts[2]))
		if err != nil && n == 1 {
			continue // a header
		}
		if err != nil || year < 1800 || year > 2200 {
			return Merges{}, fmt.Errorf("%s:%d: the year %q is not a year of four digits", name, n, parts[2])
		}
		from, why1 := Place(parts[0])
		to, why2 := Place(parts[1])
		if why1 != Kept || why2 != Kept {
			return Merges{}, fmt.Errorf("%s:%d: the name of a municipality is missing", name, n)
		}
		if old, ok := m.into[from]; ok && old != (merge{to, year}) {
			return Merges{}, fmt.Errorf("%s:%d: %s has another line, by which it became %s in %d", name, n, parts[0], old.name, old.year)
		}
		m.into[from] = merge{to, year}
	}
	if err := lines.Err(); err != nil {
		return Merges{}, fmt.Errorf("%s: %w", name, err)
	}
	for from := range m.into {
		at := from
		for steps := 0; ; steps++ {
			next, ok := m.into[at]
			if !ok {
				break
			}
			if at = next.name; steps > len(m.into) {
				return Merges{}, fmt.Errorf("%s: %s becomes part of itself", name, from)
			}
		}
	}
	return m, nil
}

// Current returns the municipality that a place, as [Place] writes it, belongs to at the end of a year; 0 is
// after all merges.
func (m Merges) Current(place string, year int) string {
	for {
		next, ok := m.into[place]
		if !ok || year > 0 && next.year > year {
			return place
		}
		place = next.name
	}
}

// Postcode reads a Dutch postcode: its four digits, and with its letters (1234AB) when they are there.
func Postcode(raw string) (pc4, pc6 string, why Dropped) {
	if d := reject(raw); d != Kept {
		return "", "", d
	}
	s := strings.ToUpper(glue(Fold(strings.TrimSuffix(strings.TrimSpace(raw), ".0"))))
	// An ij among the letters was folded; Y is issued, IJ is not a letter.
	if len(s) != 4 && len(s) != 6 || !digitsOnly(s[:4]) {
		return "", "", NotRead
	}
	if s[0] == '0' {
		return "", "", Unknown // no postcode starts with 0
	}
	if len(s) == 4 {
		return s, "", Kept
	}
	if s[4] < 'A' || s[4] > 'Z' || s[5] < 'A' || s[5] > 'Z' {
		return "", "", NotRead
	}
	return s[:4], s, Kept
}
