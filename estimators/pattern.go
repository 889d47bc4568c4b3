package estimators

import (
	"fmt"
	"math/bits"
	"strings"
)

// MaxLists is the largest number of lists a Table may have. Log-linear methods
// work on the lattice of all 2^k patterns, and 2^20 cells are the most that still
// make sense to hold densely.
const MaxLists = 20

// A Pattern is a capture history, or any other set of lists: bit i is set when the
// list with index i (from 0, in the order of [Table.Lists]) belongs to it.
// Pattern 0 is the history nobody has seen.
type Pattern uint32

// Has reports whether list i (from 0) is in the pattern.
func (p Pattern) Has(i int) bool { return p>>uint(i)&1 == 1 }

// Size is the number of lists in the pattern.
func (p Pattern) Size() int { return bits.OnesCount32(uint32(p)) }

// Contains reports whether every list of q is in p.
func (p Pattern) Contains(q Pattern) bool { return p&q == q }

// Lists returns the indices of the lists in the pattern, ascending.
func (p Pattern) Lists() []int {
	out := make([]int, 0, p.Size())
	for q := p; q != 0; q &= q - 1 {
		out = append(out, bits.TrailingZeros32(uint32(q)))
	}
	return out
}

// History writes the pattern over k lists as 0s and 1s, the first list leftmost, as
// in "0101".
func (p Pattern) History(k int) string {
	var b strings.Builder
	for i := range k {
		if p.Has(i) {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}

// Join writes the names of the lists in the pattern with sep between them, as in
// "LA*NG". The empty pattern is "".
func (p Pattern) Join(lists []string, sep string) string {
	names := make([]string, 0, p.Size())
	for _, i := range p.Lists() {
		names = append(names, lists[i])
	}
	return strings.Join(names, sep)
}

// ParseHistory reads a history such as "0101" over any number of lists up to
// MaxLists, the first list leftmost.
func ParseHistory(s string) (Pattern, error) {
	if len(s) == 0 || len(s) > MaxLists {
		return 0, fmt.Errorf("history %q has %d lists, not 1 to %d", s, len(s), MaxLists)
	}
	var p Pattern
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '0':
		case '1':
			p |= 1 << uint(i)
		default:
			return 0, fmt.Errorf("history %q has %q at position %d, not 0 or 1", s, s[i], i+1)
		}
	}
	return p, nil
}

// FullPattern is the pattern with all of k lists.
func FullPattern(k int) Pattern { return Pattern(1)<<uint(k) - 1 }
