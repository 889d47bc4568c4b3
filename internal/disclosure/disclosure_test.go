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

// flat is a release of one table: costs grow with the number of inner cells of a margin, so that totals go last.
func flat(c disclosure.Cross, values []int64, threshold int64) disclosure.Release {
	r := disclosure.Release{Threshold: threshold, Relations: c.Relations(0)}
	for i, v := range values {
		r.Cells = append(r.Cells, disclosure.Cell{Value: v, Cost: float64(len(c.Parts(i)))})
	}
	return r
}

func suppress(t *testing.T, r disclosure.Release) disclosure.Suppression {
	t.Helper()
	s, err := disclosure.Suppress(t.Context(), r)
	if err != nil {
		t.Fatalf("%v in %v", err, r)
	}
	return s
}

func TestOneSmallCell(t *testing.T) {
	// By hand: 3 is small. With the total it would follow from 40; one of the two others is withheld too, the smaller change being the
	// same, and no more than one.
	c := disclosure.Cross{3}
	values := []int64{3, 40, 50, 0}
	c.Fill(values)
	s := suppress(t, flat(c, values, 5))
	if s.Primary != 1 || s.Complementary != 1 || !s.Withheld[0] || s.Withheld[3] {
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
	s := suppress(t, flat(c, values, 5))
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
	s := suppress(t, flat(c, values, 5))
	for _, at := range [][]int{{0, 0}, {0, 1}, {0, disclosure.All}, {1, disclosure.All}} {
		if !s.Withheld[c.Index(at)] {
			t.Errorf("%v is published", at)
		}
	}
	if s.Withheld[c.Index([]int{disclosure.All, disclosure.All})] {
		t.Error("the total is withheld, and need not be")
	}
}

func TestDifferencesBetweenPublishedCells(t *testing.T) {
	// 50 people, of whom 48 on a list: that 2 are not on it follows, unless one of the numbers is withheld.
	r := disclosure.Release{Threshold: 5, Cells: []disclosure.Cell{{Value: 50, Cost: 10}, {Value: 48, Cost: 1}, {Value: 2, Derived: true}},
		Relations: []disclosure.Relation{disclosure.Sum(0, 1, 2)}}
	if exposed, err := disclosure.Exposed(t.Context(), r, make([]bool, 3)); err != nil || !slices.Equal(exposed, []int{2}) {
		t.Errorf("exposed %v, %v: want the difference", exposed, err)
	}
	s := suppress(t, r)
	if !slices.Equal(s.Withheld, []bool{false, true, false}) {
		t.Errorf("withheld %v, want the cheaper of the two numbers", s.Withheld)
	}
}

func TestNothingElseToWithhold(t *testing.T) {
	// Alone in its table a small cell is withheld with its total, which is as small.
	c := disclosure.Cross{2}
	values := []int64{4, 0, 0}
	c.Fill(values)
	if s := suppress(t, flat(c, values, 5)); !slices.Equal(s.Withheld, []bool{true, false, true}) {
		t.Errorf("withheld %v", s.Withheld)
	}
}

func TestReleaseThatMakesNoSense(t *testing.T) {
	ok := disclosure.Cell{Value: 1}
	for name, r := range map[string]disclosure.Release{
		"threshold": {Threshold: 1}, "negative": {Threshold: 5, Cells: []disclosure.Cell{{Value: -1}}},
		"cost":     {Threshold: 5, Cells: []disclosure.Cell{{Cost: math.NaN()}}},
		"relation": {Threshold: 5, Cells: []disclosure.Cell{ok, ok, ok}, Relations: []disclosure.Relation{disclosure.Sum(0, 1, 2)}},
		"cell":     {Threshold: 5, Cells: []disclosure.Cell{ok}, Relations: []disclosure.Relation{disclosure.Sum(0, 1)}},
	} {
		if _, err := disclosure.Suppress(t.Context(), r); err == nil || errors.Is(err, disclosure.ErrUnprotected) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := disclosure.Release{Threshold: 5, Cells: []disclosure.Cell{ok}}
	if _, err := disclosure.Suppress(ctx, r); !errors.Is(err, context.Canceled) {
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

// lists adds to a table of persons those of three lists and what follows from them, as the visibility of groups is published: the
// people not on each list, and how often people were seen more than once.
func lists(r *rand.Rand, c disclosure.Cross, n []int64, threshold int64) disclosure.Release {
	k := 2 + r.IntN(2)
	out := flat(c, n, threshold)
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
	first := len(out.Cells)
	for j := range k {
		c.Fill(tables[j])
		out.Relations = append(out.Relations, c.Relations(first+j*len(n))...)
		for i, v := range tables[j] {
			out.Cells = append(out.Cells, disclosure.Cell{Value: v, Cost: float64(len(c.Parts(i))) / 2})
		}
	}
	for i := range n {
		again := disclosure.Relation{{Cell: i, Coefficient: -1}}
		for j := range k {
			out.Cells = append(out.Cells, disclosure.Cell{Value: n[i] - tables[j][i], Derived: true})
			out.Relations = append(out.Relations, disclosure.Sum(i, first+j*len(n)+i, len(out.Cells)-1))
			again = append(again, disclosure.Term{Cell: first + j*len(n) + i, Coefficient: 1})
		}
		e := -n[i]
		for j := range k {
			e += tables[j][i]
		}
		out.Cells = append(out.Cells, disclosure.Cell{Value: e, Derived: true})
		out.Relations = append(out.Relations, append(again, disclosure.Term{Cell: len(out.Cells) - 1, Coefficient: -1}))
	}
	return out
}

func TestNoCellCanBeRecovered(t *testing.T) {
	tables := 10_000
	if testing.Short() {
		tables = 500
	}
	small, more := 0, 0
	for seed := range tables {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		c, values := random(r)
		threshold := []int64{3, 5, 10}[r.IntN(3)]
		release := flat(c, values, threshold)
		if seed%250 == 0 {
			release = lists(r, c, values, threshold)
		}
		s, err := disclosure.Suppress(t.Context(), release)
		if err != nil {
			t.Fatalf("table %d of %v: %v", seed, c, err)
		}
		small, more = small+s.Primary, more+s.Complementary
		a, err := disclosure.NewAttacker(release, s.Withheld)
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range release.Cells {
			small := cell.Value > 0 && cell.Value < threshold
			if !small && !s.Withheld[i] {
				continue
			}
			b := a.Bounds(i)
			switch v := float64(cell.Value); {
			case b.Lower > v+1e-6 || b.Upper < v-1e-6:
				t.Fatalf("table %d, cell %d: the bounds %v leave out the true %v", seed, i, b, v)
			case !cell.Derived && s.Withheld[i] && cell.Value == 0:
				t.Fatalf("table %d, cell %d: a zero is withheld", seed, i)
			case !cell.Derived && s.Withheld[i] && b.Upper-b.Lower < 1-1e-6:
				t.Fatalf("table %d, cell %d of %v can be recovered: %v", seed, i, v, b)
			case small && (!cell.Derived && !s.Withheld[i] || b.Upper-b.Lower < float64(threshold)-1e-6):
				t.Fatalf("table %d, cell %d of %v: bounds %v", seed, i, v, b)
			}
		}
		// What is left adds up, as it did.
		for _, rel := range release.Relations {
			sum := int64(0)
			for _, term := range rel {
				if !release.Cells[term.Cell].Derived && s.Withheld[term.Cell] {
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
	t.Logf("%d tables: %d small counts, %d others withheld for their sake", tables, small, more)
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
		release := flat(c, values, 5)
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
