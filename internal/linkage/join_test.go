package linkage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// joinRecords are random records of few distinct values, so that blocks are large, with empty values.
func joinRecords(t testing.TB, seed uint64, sizes ...int) *Records {
	rng := rand.New(rand.NewPCG(seed, 0))
	registers := make([]string, len(sizes))
	for a := range sizes {
		registers[a] = string(rune('a' + a))
	}
	b, err := NewBuilder(FieldsFor([]string{"given_name", "surname", "birth_date", "place"}), registers)
	if err != nil {
		t.Fatal(err)
	}
	given := []string{"", "jan", "jans", "piet", "klaas", "kees", "anna", "hanna", "marie"}
	surname := []string{"", "jansen", "janssen", "de vries", "bakker", "backer", "visser", "jan", "piet"}
	place := []string{"", "delft", "leiden", "urk"}
	for a, n := range sizes {
		for i := range n {
			date := ""
			if rng.IntN(10) > 0 {
				date = fmt.Sprintf("%d-%02d-%02d", 2000+rng.IntN(4), 1+rng.IntN(12), 1+rng.IntN(28))
			}
			err := b.Add(a, strconv.Itoa(i), []string{given[rng.IntN(len(given))], surname[rng.IntN(len(surname))], date, place[rng.IntN(len(place))]})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	r, err := b.Records()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var joinRules = [][]string{{"surname_sound", "birth_year"}, {"birth_date"}, {"given_name_sound", "surname_sound"}}

// passAll runs a pass that keeps every pair.
func passAll(t *testing.T, c *comparing, workers int) *joinResult {
	t.Helper()
	j := joinPass{records: c.records, set: &c.wanted, rules: c.indexes, pilot: 1, workers: workers, keep: func(Pattern, int32) bool { return true }}
	res, err := j.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// bruteForce compares all pairs and keeps those whose pattern satisfies a rule.
func bruteForce(c *comparing, within bool) []Pair {
	var out []Pair
	r := c.records
	allowed := c.allowed()
	for i := range r.Len() {
		for j := i + 1; j < r.Len(); j++ {
			if (r.Register(i) == r.Register(j)) != within {
				continue
			}
			p := r.Pattern(i, j)
			if slices.ContainsFunc(allowed, func(levels []uint8) bool {
				for s, l := range levels {
					if l>>p.Level(s)&1 == 0 {
						return false
					}
				}
				return true
			}) {
				out = append(out, Pair{int32(i), int32(j), p})
			}
		}
	}
	return out
}

// The join finds the pairs whose patterns satisfy a rule, each once: a rule is a function of levels.
func TestJoinAgreesWithBruteForce(t *testing.T) {
	for _, within := range []bool{false, true} {
		for _, sizes := range [][]int{{700, 600}, {300, 1, 250, 200}, {2000, 2000}} {
			if testing.Short() && sizes[0] > 1000 {
				continue
			}
			r := joinRecords(t, 7, sizes...)
			c, err := planComparison(context.Background(), r, Options{Rules: joinRules, Only: true, Within: within})
			if err != nil {
				t.Fatal(err)
			}
			want := bruteForce(c, within)
			var first *joinResult
			for _, workers := range []int{1, 3} {
				got := passAll(t, c, workers)
				if !slices.Equal(got.pairs, want) {
					t.Fatalf("%v within %v: %d pairs, brute force finds %d", sizes, within, len(got.pairs), len(want))
				}
				if first == nil {
					first = got
				} else if !slices.Equal(first.counts, got.counts) || !slices.Equal(first.byRule, got.byRule) {
					t.Error("counts depend on the number of workers")
				}
				n := int64(0)
				for _, k := range got.counts {
					n += k.count
				}
				if n != int64(len(want)) {
					t.Errorf("%d pairs counted, %d kept", n, len(want))
				}
			}
		}
	}
}

// Persons with several values have several keys, and are still compared once.
func TestJoinOfPersons(t *testing.T) {
	base := joinRecords(t, 3, 500, 400)
	rng := rand.New(rand.NewPCG(5, 5))
	p := make(Partition, base.Len())
	n := int32(0)
	last := [2]int32{-1, -1}
	for i := range p {
		a := base.Register(i)
		if last[a] >= 0 && rng.IntN(3) == 0 {
			p[i] = last[a]
			continue
		}
		p[i], last[a] = n, n
		n++
	}
	r, err := base.Group(p)
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() != int(n) {
		t.Fatalf("%d persons of %d clusters", r.Len(), n)
	}
	c, err := planComparison(context.Background(), r, Options{Rules: joinRules, Only: true})
	if err != nil {
		t.Fatal(err)
	}
	// A pair may share a key by two values whose level is not the best: the join finds a few more than the patterns say, and none less.
	want, got := bruteForce(c, false), passAll(t, c, 2).pairs
	for k := 1; k < len(got); k++ {
		if got[k].A == got[k-1].A && got[k].B == got[k-1].B {
			t.Fatalf("pair %v was compared twice", got[k])
		}
	}
	for _, p := range want {
		if _, ok := slices.BinarySearchFunc(got, p, comparePairs); !ok {
			t.Fatalf("pair %v was not found", p)
		}
	}
	if len(got) > len(want)*102/100 {
		t.Errorf("%d pairs, brute force finds %d", len(got), len(want))
	}
	// The level of a field is the best over all records.
	for i := 0; i < r.Len(); i += 37 {
		for j := i + 1; j < r.Len(); j += 11 {
			best := slices.Repeat([]int{Missing}, len(r.columns))
			for _, x := range r.Rows(i) {
				for _, y := range r.Rows(j) {
					for s := range best {
						if s != r.given && s != r.surname {
							best[s] = min(best[s], base.Pattern(int(x), int(y)).Level(s))
						}
					}
				}
			}
			got := r.Pattern(i, j)
			for s := range best {
				if s != r.given && s != r.surname && got.Level(s) != best[s] {
					t.Fatalf("persons %d and %d, field %d: level %d, the best of their records is %d", i, j, s, got.Level(s), best[s])
				}
			}
		}
	}
}

// Records that share a key without sharing what it is made of are compared as well, once: keys that collide find more, never less and never twice.
func TestJoinWithCollidingKeys(t *testing.T) {
	r := joinRecords(t, 11, 300, 300)
	c, err := planComparison(context.Background(), r, Options{Rules: joinRules, Only: true})
	if err != nil {
		t.Fatal(err)
	}
	want := bruteForce(c, false)
	for _, x := range c.indexes {
		for i, k := range x.key {
			if k > manyKeys {
				x.key[i] = 2 + k%5
			}
		}
		x.sorted, x.blocks = nil, nil
		x.index(r, &c.set)
	}
	got := passAll(t, c, 2).pairs
	for k := 1; k < len(got); k++ {
		if got[k].A == got[k-1].A && got[k].B == got[k-1].B {
			t.Fatalf("pair %v was compared twice", got[k])
		}
	}
	for _, p := range want {
		if _, ok := slices.BinarySearchFunc(got, p, comparePairs); !ok {
			t.Fatalf("pair %v was not found", p)
		}
	}
}

// One block with everything in it is split over workers and found whole.
func TestJoinOfOneBlock(t *testing.T) {
	r := joinRecords(t, 2, 900, 1100)
	c, err := planComparison(context.Background(), r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !c.plan.All {
		t.Fatal("few pairs are compared all")
	}
	if got := len(passAll(t, c, 2).pairs); got != 900*1100 {
		t.Errorf("%d pairs", got)
	}
	if n := len(joinPlan(c.indexes, 1)); n < 8 {
		t.Errorf("one block of 990,000 pairs makes %d tasks", n)
	}
}

func TestJoinStops(t *testing.T) {
	r := joinRecords(t, 2, 3000, 3000)
	ctx, cancel := context.WithCancel(context.Background())
	start := time.Now()
	cancel()
	_, _, err := Compare(ctx, r, Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("stopped after %v", took)
	}
}

func TestSortKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 100, 5000} {
		keys := make([]sortKey, n)
		for i := range keys {
			keys[i] = sortKey{rng.Uint64N(50) << (rng.IntN(8) * 8), int32(i)}
		}
		want := slices.Clone(keys)
		slices.SortStableFunc(want, compareKeys)
		sortKeys(keys, nil)
		if !slices.Equal(keys, want) {
			t.Errorf("%d keys are not sorted", n)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	r := joinRecords(t, 2, 300, 300)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Rules: [][]string{{"achternaam"}}, Only: true}, "no key"},
		{Options{Rules: [][]string{{"place"}}, Only: true, MaxPairs: 100}, "have the key of record "},
	} {
		if _, err := NewPlan(context.Background(), r, c.o); err == nil {
			t.Errorf("%v: no error", c.o.Rules)
		}
	}
	plan, err := NewPlan(context.Background(), r, Options{Rules: joinRules, Only: true})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := planComparison(context.Background(), r, Options{Rules: joinRules[1:2], Only: true})
	if got, want := plan.Rules[1].Predicted, int64(len(bruteForce(c, false))); got != want {
		t.Errorf("%d pairs predicted, %d are there", got, want)
	}
	fresh := int64(0)
	for _, p := range plan.Rules {
		fresh += p.New
	}
	if c, _ = planComparison(context.Background(), r, Options{Rules: joinRules, Only: true}); fresh != int64(len(bruteForce(c, false))) {
		t.Errorf("%d new pairs over all rules, %d different pairs are there", fresh, len(bruteForce(c, false)))
	}
}
