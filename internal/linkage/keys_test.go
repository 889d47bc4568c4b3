package linkage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// A key in common is enough, in whatever place of the column; keys of different columns are never equal.
func TestKeysInCommon(t *testing.T) {
	b, err := NewBuilder([]Field{{"key", Keys, []Column{{0, Whole}, {1, Whole}}}}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range [][]string{{"k1;k2|k3", ""}, {"k9; k3", "x"}, {"", "k1"}, {"k4", "x"}, {" ; ", "|"}} {
		if err := b.Add(i%2, fmt.Sprint(i), v); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Records()
	if err != nil {
		t.Fatal(err)
	}
	c := r.columns[0]
	for _, want := range []struct{ a, b, level int }{{0, 0, 0}, {0, 1, 0}, {0, 2, 1}, {0, 3, 1}, {1, 3, 0}, {1, 2, 1}} {
		if got := c.level(c.value[want.a], c.value[want.b]); got != want.level {
			t.Errorf("records %d and %d: level %d, want %d", want.a, want.b, got, want.level)
		}
	}
	if c.value[4] != 0 {
		t.Error("a record without keys has some")
	}
	rule, err := r.rule([]string{"key"})
	if err != nil {
		t.Fatal(err)
	}
	x := r.indexRule(rule)
	for _, p := range []struct {
		a, b   int32
		shares bool
	}{{0, 1, true}, {1, 3, true}, {0, 3, false}, {0, 2, false}} {
		var one, other [1]uint64
		ka, kb := x.keys(p.a, &one), x.keys(p.b, &other)
		if got := slices.ContainsFunc(ka, func(k uint64) bool { return slices.Contains(kb, k) }); got != p.shares {
			t.Errorf("records %d and %d share a block: %v", p.a, p.b, got)
		}
	}
}

// Keys alone do not tell how many matches have no key in common: that is refused, and said to be so.
func TestKeysAlone(t *testing.T) {
	link := func(fields []Field) (*Linked, error) {
		registers := []string{"a", "b"}
		b, err := NewBuilder(fields, registers)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range compareRows(9, registers, 600) {
			g, s, d, sex := row.values[0], row.values[1], row.values[2], row.values[3]
			values := []string{g + s + d + ";" + s + d + sex + "|" + g + d + sex, d[:4], sex, s}
			if err := b.Add(slices.Index(registers, row.register), row.id, values); err != nil {
				t.Fatal(err)
			}
		}
		r, err := b.Records()
		if err != nil {
			t.Fatal(err)
		}
		return LinkRecords(context.Background(), r, LinkOptions{Draws: 4, Distinct: true, Seed: 1})
	}
	whole := func(name string, k Kind, at int) Field { return Field{name, k, []Column{{at, Whole}}} }
	key := whole("key", Keys, 0)
	for _, fields := range [][]Field{{key}, {key, whole("sex", Sex, 2)}} {
		_, err := link(fields)
		var refused *estimators.Refusal
		if !errors.As(err, &refused) || refused.Code != "linkage-not-identified" || !strings.Contains(refused.Text, "keys count as one comparison") {
			t.Errorf("%d fields: %v", len(fields), err)
		}
	}
	l, err := link([]Field{key, whole("birth_year", Exact, 1), whole("sex", Sex, 2), whole("place", Place, 3)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(l.Warnings, func(w estimators.Warning) bool { return w.Code == "hashed-keys" }) {
		t.Errorf("no warning that keys were compared: %v", l.Warnings)
	}
}

// Hashes may be separated by spaces or commas; a key that holds a space is one.
func TestKeysSeparated(t *testing.T) {
	const a, b = "556baa1925d56539", "d4eb3f5b3d77f7c5"
	for in, want := range map[string]string{
		a + " " + b: "0:" + a + "\x000:" + b, b + ", " + a: "0:" + a + "\x000:" + b, a + ";" + b: "0:" + a + "\x000:" + b, a + "  ": "0:" + a,
		"jansen 2004": "0:jansen 2004", a + " x": "0:" + a + " x", " ; ": "",
	} {
		if got := readKeys([]string{in}); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// The weakness of Bloom filters is stated with every linkage by them, above the notes that results leave out: all fields in one warning.
func TestBloomFiltersWarn(t *testing.T) {
	whole := func(name string, k Kind, at int) Field { return Field{name, k, []Column{{at, Whole}}} }
	b, err := NewBuilder([]Field{whole("given_filter", Dice, 0), whole("surname_filter", Dice, 1), whole("birth_date", Date, 2)}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	rng := resample.Stream(9, 0)
	for i := range 300 {
		p := []string{fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()), fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()), fmt.Sprintf("%d-%02d-%02d", 2003+rng.IntN(8), 1+rng.IntN(12), 1+rng.IntN(28))}
		for a := range 2 {
			if i%3 == a || i%3 == 2 {
				if err := b.Add(a, fmt.Sprint(i), p); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	r, err := b.Records()
	if err != nil {
		t.Fatal(err)
	}
	l, err := LinkRecords(t.Context(), r, LinkOptions{Draws: -1, Distinct: true})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, w := range l.Warnings {
		if c, _ := estimators.LookupCode(w.Code); w.Code == "bloom-filters" && c.Severity != estimators.Note && strings.Contains(w.Text, "given_filter, surname_filter. They hide nobody") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%v", l.Warnings)
	}
}
