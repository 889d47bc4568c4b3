package disclosure

// A Cross is a table by several classifications, with all its margins: a cell for each choice of a level, or of all levels together,
// in each classification. Levels are numbered from 0; All stands for all of them.
type Cross []int // levels of each classification

// All is the place of the sum over a classification.
const All = -1

// Size is the number of cells, margins included.
func (c Cross) Size() int {
	n := 1
	for _, l := range c {
		n *= l + 1
	}
	return n
}

// At is the place of cell i in each classification.
func (c Cross) At(i int) []int {
	at := make([]int, len(c))
	for d := len(c) - 1; d >= 0; d-- {
		if at[d] = i % (c[d] + 1); at[d] == c[d] {
			at[d] = All
		}
		i /= c[d] + 1
	}
	return at
}

// Index is the number of the cell at a place.
func (c Cross) Index(at []int) int {
	i := 0
	for d, l := range c {
		x := at[d]
		if x == All {
			x = l
		}
		i = i*(l+1) + x
	}
	return i
}

// Inner are the cells that are no margins, in their order.
func (c Cross) Inner() []int {
	var out []int
	for i := range c.Size() {
		if c.inner(i) {
			out = append(out, i)
		}
	}
	return out
}

func (c Cross) inner(i int) bool {
	for _, x := range c.At(i) {
		if x == All {
			return false
		}
	}
	return true
}

// Parts are the inner cells that cell i is the sum of.
func (c Cross) Parts(i int) []int {
	want := c.At(i)
	var out []int
	for _, j := range c.Inner() {
		fits := true
		for d, x := range c.At(j) {
			fits = fits && (want[d] == All || want[d] == x)
		}
		if fits {
			out = append(out, j)
		}
	}
	return out
}

// Relations are those of a table whose cell 0 is cell first of a release: every margin is the sum over one of its classifications.
// The sums over the others follow.
func (c Cross) Relations(first int) []Relation {
	var out []Relation
	for i := range c.Size() {
		at := c.At(i)
		for d, x := range at {
			if x != All {
				continue
			}
			var parts []int
			for l := range c[d] {
				at[d] = l
				parts = append(parts, first+c.Index(at))
			}
			at[d] = All
			out = append(out, Sum(first+i, parts...))
			break
		}
	}
	return out
}

// Fill gives every margin the sum of its inner cells.
func (c Cross) Fill(values []int64) {
	for i := range values {
		if c.inner(i) {
			continue
		}
		values[i] = 0
		for _, j := range c.Parts(i) {
			values[i] += values[j]
		}
	}
}
