package text

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Bloom filters hide names behind bits and still compare by similarity. Filters of whole records
// that were made with few secrets can be traced back by the frequency of their patterns; they are
// personal data like the names.

// A FilterSample is shown the values of a column of Bloom filters and decides whether they are hexadecimal or
// base64, and how long. The zero value is ready for use.
type FilterSample struct {
	values, hex, base64 int64
	length              map[int]int64 // of the text
	example             string
}

// Add shows a value.
func (s *FilterSample) Add(raw string) {
	v := strings.TrimSpace(raw)
	if reject(v) != Kept {
		return
	}
	s.values++
	_, isHex := fromHex(v)
	_, isBase64 := fromBase64(v)
	if isHex {
		s.hex++
	}
	if isBase64 {
		s.base64++
	}
	if !isHex && !isBase64 && s.example == "" {
		s.example = raw
	}
	if s.length == nil {
		s.length = map[int]int64{}
	}
	if len(s.length) < 1000 {
		s.length[len(trimPadding(v))]++
	}
}

// Decide tells how to read the column. Text of which all is hexadecimal is not base64: the chance that
// a whole column of base64 looks so is nil.
func (s *FilterSample) Decide() (*FilterColumn, error) {
	c := &FilterColumn{}
	if s.values == 0 {
		return c, nil
	}
	best := int64(-1)
	length := 0
	for l, n := range s.length {
		if n > best || n == best && l > length {
			best, length = n, l
		}
	}
	// Damaged values, at most one in twenty, are counted when they are read.
	switch {
	case 20*s.hex >= 19*s.values:
		c.decode, c.bits = fromHex, 4*length
	case 20*s.base64 >= 19*s.values:
		c.decode, c.bits = fromBase64, length*6/8*8
	default:
		return nil, fmt.Errorf("%s is neither hexadecimal nor base64: a Bloom filter is written as one of them", strconv.Quote(cut(s.example)))
	}
	if 2*best <= s.values {
		return nil, fmt.Errorf("the Bloom filters are of %d different lengths: all of a column have one", len(s.length))
	}
	return c, nil
}

func cut(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// A FilterColumn reads the Bloom filters of one column.
type FilterColumn struct {
	decode func(string) ([]byte, bool)
	bits   int
}

// Bits is the length of the filters. Filters of two columns are comparable only when it is the same.
func (c *FilterColumn) Bits() int { return c.bits }

// Parse reads a filter into words of 64 bits.
func (c *FilterColumn) Parse(raw string) ([]uint64, Dropped) {
	v := strings.TrimSpace(raw)
	if d := reject(v); d != Kept {
		return nil, d
	}
	if c.decode == nil {
		return nil, NotRead
	}
	b, ok := c.decode(v)
	switch {
	case !ok:
		return nil, NotRead
	case len(b) != (c.bits+7)/8:
		return nil, OtherLength
	}
	words := make([]uint64, (len(b)+7)/8)
	any := false
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(b[8*i:])
		any = any || words[i] != 0
	}
	if !any {
		return nil, EmptyFilter
	}
	return words, Kept
}

func fromHex(s string) ([]byte, bool) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), `\x`)
	if len(s)%2 == 1 {
		s += "0"
	}
	b, err := hex.DecodeString(s)
	return b, err == nil && len(b) > 0
}

func trimPadding(s string) string {
	return strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(s, "0x"), `\x`), "=")
}

func fromBase64(s string) ([]byte, bool) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.DecodeString(s)
	return b, err == nil && len(b) > 0
}

// Dice returns twice the bits that two filters share over the bits that they have: 1 when they are
// equal, 0 when they share none. Filters of different lengths are not comparable: it panics.
func Dice(a, b []uint64) float64 {
	if len(a) != len(b) {
		panic("text.Dice: filters of different lengths")
	}
	both, all := 0, 0
	for i, x := range a {
		y := b[i]
		both += bits.OnesCount64(x & y)
		all += bits.OnesCount64(x) + bits.OnesCount64(y)
	}
	if all == 0 {
		return 0
	}
	return 2 * float64(both) / float64(all)
}
