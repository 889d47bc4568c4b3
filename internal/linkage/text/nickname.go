package text

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:embed nicknames.txt
var nicknameFile string

// NicknameVersion is that of the table that comes with the program.
const NicknameVersion = 1

// Nicknames tell which given names may be of one person: Johannes and Jan. The relation is
// symmetric and not transitive: Jan and Hans are two names.
type Nicknames struct{ of map[string][]string }

var defaultNicknames = sync.OnceValue(func() Nicknames {
	n, err := Nicknames{}.Extend(strings.NewReader(nicknameFile), "nicknames.txt")
	if err != nil {
		panic(err) // a test reads the file
	}
	return n
})

// DefaultNicknames are those that come with the program.
func DefaultNicknames() Nicknames { return defaultNicknames() }

// Extend adds the lines of a file: a name, = and one or more others separated by commas; # starts a comment. name is
// that of the file, for messages.
func (n Nicknames) Extend(r io.Reader, name string) (Nicknames, error) {
	more := Nicknames{map[string][]string{}}
	for k, v := range n.of {
		more.of[k] = slices.Clone(v)
	}
	lines := bufio.NewScanner(r)
	for at := 1; lines.Scan(); at++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff")); line == "" {
			continue
		}
		left, right, ok := strings.Cut(line, "=")
		if !ok {
			return Nicknames{}, fmt.Errorf("%s:%d: write name = other, other", name, at)
		}
		a := GivenName(left)
		for other := range strings.SplitSeq(right, ",") {
			b := GivenName(other)
			for _, g := range []Given{a, b} {
				if g.First == "" || len(g.Rest) > 0 {
					return Nicknames{}, fmt.Errorf("%s:%d: %q is not one given name on either side: write name = other, other", name, at, line)
				}
			}
			if a.First != b.First {
				more.add(a.First, b.First)
				more.add(b.First, a.First)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return Nicknames{}, fmt.Errorf("%s: %w", name, err)
	}
	return more, nil
}

func (n Nicknames) add(a, b string) {
	if i, ok := slices.BinarySearch(n.of[a], b); !ok {
		n.of[a] = slices.Insert(n.of[a], i, b)
	}
}

// Of returns the other names of a given name, in order. The caller does not change them.
func (n Nicknames) Of(given string) []string { return n.of[given] }

// Same reports whether two given names may be of one person, or are equal.
func (n Nicknames) Same(a, b string) bool { return a == b || slices.Contains(n.of[a], b) }
