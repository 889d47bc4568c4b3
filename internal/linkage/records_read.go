package linkage

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// A valueReader reads the values of a field from the texts of its columns.
type valueReader struct {
	field Field
}

func newValueReader(f Field) *valueReader { return &valueReader{f} }

// read returns the value in the form in which it is compared; "" when it is missing.
func (v *valueReader) read(parts []string) (string, error) {
	switch v.field.Kind {
	case Keys:
		return strings.Trim(strings.Join(parts, "\x00"), " "), nil
	case Dice:
		s := strings.TrimSpace(parts[0])
		if s != "" && parseFilter(s) == nil {
			return "", fmt.Errorf("field %q: %.20q is neither hexadecimal nor base64", v.field.Name, s)
		}
		return s, nil
	case Number, Postcode:
		s := strings.ReplaceAll(textFold(parts[0]), " ", "")
		return s, nil
	case Given:
		for k, c := range v.field.Columns {
			if c.Part == Whole && parts[k] != "" {
				return textFold(parts[k]), nil
			}
		}
		return textFold(parts[0]), nil
	case Surname:
		for k, c := range v.field.Columns {
			if c.Part == Whole {
				return textFold(parts[k]), nil
			}
		}
	}
	return textFold(parts[0]), nil
}

// date returns the parts of a date in one word; 0 when all are missing.
func (v *valueReader) date(parts []string) uint32 {
	var year, month, day int
	for k, c := range v.field.Columns {
		s := strings.TrimSpace(parts[k])
		switch c.Part {
		case Year:
			year = datePart(s, 1, 9999)
		case Month:
			month = datePart(s, 1, 15)
		case Day:
			day = datePart(s, 1, 99)
		default:
			x := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' })
			switch {
			case len(x) == 3 && len(x[0]) == 4:
				year, month, day = datePart(x[0], 1, 9999), datePart(x[1], 1, 15), datePart(x[2], 1, 99)
			case len(x) == 3:
				year, month, day = datePart(x[2], 1, 9999), datePart(x[1], 1, 15), datePart(x[0], 1, 99)
			case len(s) == 8:
				year, month, day = datePart(s[:4], 1, 9999), datePart(s[4:6], 1, 15), datePart(s[6:], 1, 99)
			case len(s) == 4:
				year = datePart(s, 1, 9999)
			}
		}
	}
	return packDate(year, month, day)
}

func datePart(s string, low, high int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0
	}
	return n
}

// valueForms are the ways to write a name: of a given name its words, of a surname its alternatives, of other names the whole.
func valueForms(k Kind, s string) []string {
	switch k {
	case Given:
		return strings.Fields(s)
	case Surname:
		return []string{strings.ReplaceAll(s, " ", "")}
	}
	return []string{strings.ReplaceAll(s, " ", "")}
}

func newNumberValue(s string) numberValue {
	x, err := strconv.ParseFloat(s, 64)
	return numberValue{s, x, err == nil && x >= 0}
}

// parseFilter reads a Bloom filter; nil when it is none.
func parseFilter(s string) []uint64 {
	b, err := hex.DecodeString(s)
	if err != nil {
		if b, err = base64.StdEncoding.DecodeString(s); err != nil {
			return nil
		}
	}
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	out := make([]uint64, len(b)/8)
	for i := range out {
		out[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return out
}
