package disclosure_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"darkfigure/internal/disclosure"
)

func suppress(t *testing.T, c disclosure.Counts) disclosure.Suppression {
	t.Helper()
	s, err := disclosure.Suppress(t.Context(), c)
	if err != nil {
		t.Fatalf("%v in %v", err, c)
	}
	return s
}

// released is what an attacker works with when a suppression is published, and the cells that he is not told.
func released(c disclosure.Counts, s disclosure.Suppression) (disclosure.Release, []bool) {
	r := c.Release()
	withheld := make([]bool, len(r.Cells))
	for m, w := range s.Withheld {
		copy(withheld[m*c.Cross.Size():], w)
	}
	return r, withheld
}

func TestOneSmallCell(t *testing.T) {
	// By hand: 3 is small. With the total it would follow from 40; one of the two others is withheld too, the smaller change being the
	// same, and no more than one.
	c := disclosure.Cross{3}
	values := []int64{3, 40, 50, 0}
	c.Fill(values)
	s := suppress(t, disclosure.Counts{Cross: c, People: values, Threshold: 5})
	if s.Primary != 1 || s.Complementary != 1 || !s.Withheld[0][0] || s.Withheld[0][3] {
		t.Errorf("withheld %v, want the first cell, one of the next two, and not the total", s.Withheld)
	}
}

func TestRectangle(t *testing.T) {
	// By hand: one small cell in a table of two classifications takes three others, in the corners of a rectangle.
	c := disclosure.Cross{3, 3}
	values := make([]int64, c.Size())
	for i := range values {
		values[i] = 20
	}
	values[c.Index([]int{1, 1})] = 2
	c.Fill(values)
	s := suppress(t, disclosure.Counts{Cross: c, People: values, Threshold: 5})
	if s.Primary != 1 || s.Complementary != 3 {
		t.Errorf("%d primary and %d complementary, want 1 and 3", s.Primary, s.Complementary)
	}
}

func TestTheSumOfTwoSmallCellsIsNotTold(t *testing.T) {
	// 2 and 1 hide each other only when their sum 3 is unknown too; it is small itself, and so on up to the total of 43.
	c := disclosure.Cross{2, 2}
	values := make([]int64, c.Size())
	values[c.Index([]int{0, 0})], values[c.Index([]int{0, 1})] = 2, 1
	values[c.Index([]int{1, 0})], values[c.Index([]int{1, 1})] = 20, 20
	c.Fill(values)
	s := suppress(t, disclosure.Counts{Cross: c, People: values, Threshold: 5})
	for _, at := range [][]int{{0, 0}, {0, 1}, {0, disclosure.All}, {1, disclosure.All}} {
		if !s.Withheld[0][c.Index(at)] {
			t.Errorf("%v is published", at)
		}
	}
	if s.Withheld[0][c.Index([]int{disclosure.All, disclosure.All})] {
		t.Error("the total is withheld, and need not be")
	}
}

func TestDifferencesBetweenPublishedCells(t *testing.T) {
	// 50 people, of whom 48 on a list and 12 on another: that 2 are not on the first follows, unless one of the numbers is withheld. All
	// are the total, which is dearer.
	c := disclosure.Counts{Cross: disclosure.Cross{}, People: []int64{50}, Lists: [][]int64{{48}, {12}}, Threshold: 5}
	r := c.Release()
	if exposed, err := disclosure.Exposed(t.Context(), r, make([]bool, len(r.Cells))); err != nil || !slices.Equal(exposed, []int{3}) {
		t.Errorf("exposed %v, %v: want the people not on the first list", exposed, err)
	}
	s := suppress(t, c)
	if s.Withheld[0][0] || !s.Withheld[1][0] || s.Withheld[2][0] {
		t.Errorf("withheld %v, want the first list", s.Withheld)
	}
}

func TestNothingElseToWithhold(t *testing.T) {
	// Alone in its table a small cell is withheld with its total, which is as small.
	c := disclosure.Cross{2}
	values := []int64{4, 0, 0}
	c.Fill(values)
	if s := suppress(t, disclosure.Counts{Cross: c, People: values, Threshold: 5}); !slices.Equal(s.Withheld[0], []bool{true, false, true}) {
		t.Errorf("withheld %v", s.Withheld)
	}
}

func TestCountsThatMakeNoSense(t *testing.T) {
	one := disclosure.Cross{1}
	for name, c := range map[string]disclosure.Counts{
		"threshold": {Cross: one, People: []int64{1, 1}, Threshold: 1},
		"negative":  {Cross: one, People: []int64{-1, -1}, Threshold: 5},
		"sum":       {Cross: one, People: []int64{1, 2}, Threshold: 5},
		"cells":     {Cross: one, People: []int64{1}, Threshold: 5},
		"table":     {Cross: one, People: []int64{1, 1}, Threshold: 5, Tables: [][]int{{1}}},
		"list":      {Cross: one, People: []int64{1, 1}, Threshold: 5, Lists: [][]int64{{2, 2}}},
		"no list":   {Cross: one, People: []int64{3, 3}, Threshold: 5, Lists: [][]int64{{1, 1}, {1, 1}}},
	} {
		if _, err := disclosure.Suppress(t.Context(), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, r := range map[string]disclosure.Release{
		"threshold": {Threshold: 1}, "negative": {Threshold: 5, Cells: []disclosure.Cell{{Value: -1}}},
		"relation": {Threshold: 5, Cells: []disclosure.Cell{{Value: 1}, {Value: 1}, {Value: 1}}, Relations: []disclosure.Relation{disclosure.Sum(0, 1, 2)}},
		"cell":     {Threshold: 5, Cells: []disclosure.Cell{{Value: 1}}, Relations: []disclosure.Relation{disclosure.Sum(0, 1)}},
	} {
		if _, err := disclosure.NewAttacker(r, make([]bool, len(r.Cells))); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := disclosure.Suppress(ctx, disclosure.Counts{Cross: one, People: []int64{1, 1}, Threshold: 5}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// random tables: of one to three classifications, with many zeros and small counts.
func random(r *rand.Rand) (disclosure.Cross, []int64) {
	c := make(disclosure.Cross, 1+r.IntN(3))
	for d := range c {
		c[d] = 2 + r.IntN(3)
	}
	values := make([]int64, c.Size())
	for i := range values {
		switch r.IntN(4) {
		case 0:
			values[i] = 0
		case 1:
			values[i] = int64(1 + r.IntN(6))
		case 2:
			values[i] = int64(r.IntN(30))
		default:
			values[i] = int64(r.IntN(300))
		}
	}
	c.Fill(values)
	return c, values
}

// lists are random tables of persons on so many lists, in the groups of a table.
func lists(r *rand.Rand, c disclosure.Cross, n []int64, k int) [][]int64 {
	tables := make([][]int64, k)
	for j := range tables {
		tables[j] = make([]int64, len(n))
	}
	for _, i := range c.Inner() {
		for range n[i] {
			on := 1 + r.IntN(1<<k-1)
			if r.IntN(8) > 0 {
				on = 1 << r.IntN(k)
			}
			for j := range k {
				tables[j][i] += int64(on >> j & 1)
			}
		}
	}
	for j := range k {
		c.Fill(tables[j])
	}
	return tables
}

// publication is what a random table is published as: most alone, some as several linked tables, some with their lists.
func publication(r *rand.Rand, seed int) disclosure.Counts {
	c, values := random(r)
	out := disclosure.Counts{Cross: c, People: values, Threshold: []int64{3, 5, 10}[r.IntN(3)]}
	if seed%50 == 1 {
		out.Lists = lists(r, c, values, 2+r.IntN(2))
	}
	if len(c) > 1 && seed%50 < 5 && seed%50 > 0 {
		out.Tables = [][]int{{0}, {1}}
		if len(c) > 2 {
			out.Tables = [][][]int{{{0, 1}, {1, 2}}, {{0, 1}, {2}}, {{0, 1}, {0, 2}, {1, 2}}}[r.IntN(3)]
		}
	}
	return out
}

func TestNoCellCanBeRecovered(t *testing.T) {
	tables := 10_000
	if testing.Short() {
		tables = 500
	}
	small, more, linked, changed := 0, 0, 0, 0
	for seed := range tables {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		counts := publication(r, seed)
		s := suppress(t, counts)
		if counts.Tables != nil {
			linked++
		}
		if counts.Tables == nil && counts.Lists == nil {
			small, more, changed = small+s.Primary, more+s.Complementary, changed+s.Changed
		}
		release, withheld := released(counts, s)
		exposed, err := disclosure.Exposed(t.Context(), release, withheld)
		if err != nil || len(exposed) > 0 {
			t.Fatalf("table %d: cells %v can be narrowed down; %v", seed, exposed, err)
		}
		for i, cell := range release.Cells {
			if small := cell.Value > 0 && cell.Value < counts.Threshold; withheld[i] && (cell.Value == 0 || cell.Derived) || small && !cell.Derived && !withheld[i] {
				t.Fatalf("table %d, cell %d: %d is withheld: %v", seed, i, cell.Value, withheld[i])
			}
		}
		// What is left adds up, as it did.
		for _, rel := range release.Relations {
			sum := int64(0)
			for _, term := range rel {
				if release.Cells[term.Cell].Derived || withheld[term.Cell] {
					sum = 0
					break
				}
				sum += int64(term.Coefficient) * release.Cells[term.Cell].Value
			}
			if sum != 0 {
				t.Fatalf("table %d: published cells do not add up", seed)
			}
		}
	}
	t.Logf("%d tables, %d of them linked: of tables alone %d small counts, %d others withheld for their sake, %d of them in margins for the sake of groups", tables, linked, small, more, changed)
}

// A margin published alone shows what it shows in a table with more classifications, unless it is said to differ: else one could be
// subtracted from the other.
func TestMarginsDependOnThemselves(t *testing.T) {
	same := 0
	for seed := range 1_000 {
		r := rand.New(rand.NewPCG(uint64(seed), 8))
		c, values := random(r)
		s := suppress(t, disclosure.Counts{Cross: c, People: values, Threshold: 3})
		if len(c) < 2 || s.Changed > 0 {
			continue
		}
		same++
		for d := range c {
			margin := disclosure.Cross{c[d]}
			at := slices.Repeat([]int{disclosure.All}, len(c))
			var place []int
			var counts []int64
			for x := range c[d] + 1 {
				if at[d] = x; x == c[d] {
					at[d] = disclosure.All
				}
				place, counts = append(place, c.Index(at)), append(counts, values[c.Index(at)])
			}
			alone := suppress(t, disclosure.Counts{Cross: margin, People: counts, Threshold: 3})
			for x, i := range place {
				if alone.Withheld[0][x] != s.Withheld[0][i] {
					t.Fatalf("table %d of %v: cell %d of margin %d is withheld alone: %v, in the table: %v", seed, c, x, d, alone.Withheld[0][x], s.Withheld[0][i])
				}
			}
		}
	}
	if same < 100 {
		t.Errorf("only %d tables", same)
	}
}

// The bounds of the attacker against all whole tables that fit, enumerated: never narrower, and for two classifications the same, because
// the corners of a transportation polytope are whole.
func TestBoundsAgainstEnumeration(t *testing.T) {
	for seed := range 200 {
		r := rand.New(rand.NewPCG(uint64(seed), 6))
		c := disclosure.Cross{2 + r.IntN(2), 2 + r.IntN(2)}
		values := make([]int64, c.Size())
		for i := range values {
			values[i] = int64(r.IntN(5))
		}
		c.Fill(values)
		release := disclosure.Counts{Cross: c, People: values, Threshold: 5}.Release()
		withheld := make([]bool, len(values))
		var hidden []int
		for _, i := range c.Inner() {
			if values[i] > 0 && r.IntN(4) > 0 {
				withheld[i] = true
				hidden = append(hidden, i)
			}
		}
		a, err := disclosure.NewAttacker(release, withheld)
		if err != nil {
			t.Fatal(err)
		}
		least, most := slices.Clone(values), slices.Clone(values)
		try := slices.Clone(values)
		var walk func(k int)
		walk = func(k int) {
			if k == len(hidden) {
				for _, rel := range release.Relations {
					sum := int64(0)
					for _, term := range rel {
						sum += int64(term.Coefficient) * try[term.Cell]
					}
					if sum != 0 {
						return
					}
				}
				for i, v := range try {
					least[i], most[i] = min(least[i], v), max(most[i], v)
				}
				return
			}
			for v := int64(1); v <= values[len(values)-1]; v++ {
				try[hidden[k]] = v
				if fits(c, values, try, hidden[k], hidden[k+1:]) {
					walk(k + 1)
				}
			}
			try[hidden[k]] = values[hidden[k]]
		}
		walk(0)
		for _, i := range hidden {
			b := a.Bounds(i)
			if b.Lower > float64(least[i])+1e-6 || b.Upper < float64(most[i])-1e-6 {
				t.Errorf("table %d, cell %d: bounds %v, whole tables from %d to %d", seed, i, b, least[i], most[i])
			}
			if math.Abs(b.Lower-float64(least[i])) > 1e-6 || math.Abs(b.Upper-float64(most[i])) > 1e-6 {
				t.Errorf("table %d, cell %d: bounds %v, but whole tables reach from %d to %d", seed, i, b, least[i], most[i])
			}
		}
	}
}

// fits cuts the enumeration: no row or column may exceed its sum.
func fits(c disclosure.Cross, values, try []int64, at int, later []int) bool {
	place := c.At(at)
	for d := range c {
		margin := slices.Clone(place)
		margin[1-d] = disclosure.All
		i := c.Index(margin)
		sum := int64(0)
		for _, p := range c.Parts(i) {
			if !slices.Contains(later, p) {
				sum += try[p]
			}
		}
		if sum > values[i] {
			return false
		}
	}
	return true
}

func TestRound(t *testing.T) {
	for _, base := range []int64{3, 5} {
		worst := int64(0)
		tables := 5_000
		if testing.Short() {
			tables = 500
		}
		for seed := range tables {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			c, values := random(r)
			inner := c.Inner()
			var cells []int64
			where := map[int]int{}
			for k, i := range inner {
				cells = append(cells, values[i])
				where[i] = k
			}
			var margins [][]int
			var truth []int64
			for i := range values {
				if _, ok := where[i]; ok {
					continue
				}
				var parts []int
				for _, p := range c.Parts(i) {
					parts = append(parts, where[p])
				}
				margins = append(margins, parts)
				truth = append(truth, values[i])
			}
			out, err := disclosure.Round(cells, margins, base)
			if err != nil {
				t.Fatal(err)
			}
			for k, x := range out.Cells {
				if d := x - cells[k]; x%base != 0 || d >= base || -d >= base || cells[k]%base == 0 && d != 0 {
					t.Fatalf("table %d: %d was rounded to %d", seed, cells[k], x)
				}
			}
			for m, x := range out.Margins {
				sum := int64(0)
				for _, k := range margins[m] {
					sum += out.Cells[k]
				}
				d := max(x-truth[m], truth[m]-x)
				if sum != x || d > out.Off {
					t.Fatalf("table %d: margin %d is %d, its cells add up to %d", seed, truth[m], x, sum)
				}
			}
			if len(c) < 3 && out.Off >= base {
				t.Errorf("table %d of %v: a margin is %d off at base %d", seed, c, out.Off, base)
			}
			worst = max(worst, out.Off)
		}
		t.Logf("base %d: no margin more than %d off", base, worst)
		if worst > 2*base {
			t.Errorf("base %d: a margin is %d off", base, worst)
		}
	}
	if _, err := disclosure.Round([]int64{1}, nil, 1); err == nil {
		t.Error("base 1 is taken")
	}
	if _, err := disclosure.Round([]int64{-1}, nil, 3); err == nil {
		t.Error("a negative count is taken")
	}
	if _, err := disclosure.Round([]int64{1}, [][]int{{1}}, 3); err == nil {
		t.Error("a margin of nothing is taken")
	}
}

func TestOutward(t *testing.T) {
	for _, c := range []struct {
		lower, upper float64
		figures      int
		a, b         float64
	}{
		{19389, 34111, 2, 19000, 35000}, {19000, 35000, 2, 19000, 35000}, {0.0211, 0.0689, 2, 0.021, 0.069}, {0.3, 0.7, 2, 0.3, 0.7},
		{0, math.Inf(1), 2, 0, math.Inf(1)}, {7, 9.5, 2, 7, 9.5}, {99.1, 100.2, 2, 99, 110},
	} {
		if a, b := disclosure.Outward(c.lower, c.upper, c.figures); a != c.a || b != c.b {
			t.Errorf("Outward(%v, %v) = %v, %v, want %v, %v", c.lower, c.upper, a, b, c.a, c.b)
		}
	}
	if x := disclosure.Figures(11312.99, 2); x != 11000 {
		t.Errorf("Figures: %v", x)
	}
}
