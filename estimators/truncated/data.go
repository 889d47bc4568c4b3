package truncated

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"darkfigure/estimators"
	"darkfigure/internal/formula"
)

// MaxCaptures is the largest number of contacts of one person: above it a count is an amount of something else.
const MaxCaptures = 1_000_000

// A Row is a number of people who were seen equally often and are alike.
type Row struct {
	Captures int      // contacts of each, at least 1
	Count    int64    // people
	Values   []string // of each covariate; "" is missing
}

// Data are the people of one register, grouped: those with equal covariates together, and in each group a count of people for
// each number of contacts. Immutable, and the same whatever the order of rows.
type Data struct {
	names    []string
	columns  []formula.Column // a row for each group
	start    []int            // cells of group g are start[g] to start[g+1]
	captures []int
	counts   []float64
	observed int64
	most     int
}

// NewData groups rows. Errors: no row; contacts outside 1 to [MaxCaptures]; a negative count; another number of values than of
// covariates; more than [estimators.MaxObserved] people.
func NewData(covariates []string, rows []Row) (*Data, error) {
	d := &Data{names: slices.Clone(covariates)}
	for i, n := range covariates {
		if n == "" || slices.Contains(covariates[:i], n) {
			return nil, fmt.Errorf("the covariate %q is empty or named twice", n)
		}
	}
	type key struct {
		group    int
		captures int
	}
	groups := map[string]int{}
	var values [][]string
	counts := map[key]int64{}
	var buffer []byte
	for _, r := range rows {
		switch {
		case r.Captures < 1 || r.Captures > MaxCaptures:
			return nil, fmt.Errorf("%d contacts: a person in a register has 1 to %d", r.Captures, MaxCaptures)
		case r.Count < 0:
			return nil, fmt.Errorf("a negative count %d of people", r.Count)
		case len(r.Values) != len(covariates):
			return nil, fmt.Errorf("%d values for %d covariates", len(r.Values), len(covariates))
		case r.Count > estimators.MaxObserved-d.observed:
			return nil, fmt.Errorf("more than %d people", estimators.MaxObserved)
		case r.Count == 0:
			continue
		}
		d.observed += r.Count
		d.most = max(d.most, r.Captures)
		buffer = buffer[:0]
		for _, v := range r.Values {
			buffer = strconv.AppendInt(buffer, int64(len(v)), 36)
			buffer = append(append(buffer, ':'), v...)
		}
		g, ok := groups[string(buffer)]
		if !ok {
			g = len(values)
			groups[string(buffer)] = g
			values = append(values, slices.Clone(r.Values))
		}
		counts[key{g, r.Captures}] += r.Count
	}
	// Columns put levels in their natural order, and groups follow them, so that the order of rows leaves no trace.
	columns := make([]formula.Column, len(covariates))
	column := make([]string, len(values))
	for j, name := range covariates {
		for g := range values {
			column[g] = values[g][j]
		}
		columns[j] = formula.NewColumn(name, column)
	}
	order := make([]int, len(values))
	for g := range order {
		order[g] = g
	}
	slices.SortFunc(order, func(a, b int) int {
		for _, c := range columns {
			if o := cmp.Compare(c.Index[a], c.Index[b]); o != 0 {
				return o
			}
		}
		return 0
	})
	place := make([]int, len(order))
	for to, g := range order {
		place[g] = to
	}
	for j := range columns {
		index := make([]int, len(order))
		for to, g := range order {
			index[to] = columns[j].Index[g]
		}
		columns[j].Index = index
	}
	d.columns = columns
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b key) int {
		return cmp.Or(cmp.Compare(place[a.group], place[b.group]), cmp.Compare(a.captures, b.captures))
	})
	d.start = make([]int, len(order)+1)
	for _, k := range keys {
		d.captures = append(d.captures, k.captures)
		d.counts = append(d.counts, float64(counts[k]))
		d.start[place[k.group]+1] = len(d.captures)
	}
	return d, nil
}

// Groups is the number of groups of people alike.
func (d *Data) Groups() int { return len(d.start) - 1 }

// Observed is the number of people.
func (d *Data) Observed() int64 { return d.observed }

// Covariates are the names of the covariates with their levels in natural order; a missing value is no level.
func (d *Data) Covariates() []estimators.Covariate {
	var out []estimators.Covariate
	for _, c := range d.columns {
		levels := slices.DeleteFunc(slices.Clone(c.Levels), func(l string) bool { return l == "" })
		out = append(out, estimators.Covariate{Name: c.Name, Levels: levels})
	}
	return out
}

// Frequencies count people by how often they were seen, whatever their covariates.
func (d *Data) Frequencies() map[int]int64 {
	out := map[int]int64{}
	for i, y := range d.captures {
		out[y] += int64(d.counts[i])
	}
	return out
}

// Missing is the number of people without a value of a covariate.
func (d *Data) Missing(covariate string) int64 {
	var n float64
	for _, c := range d.columns {
		if c.Name != covariate {
			continue
		}
		for g, l := range c.Index {
			if c.Levels[l] == "" {
				n += d.people(g)
			}
		}
	}
	return int64(n)
}

// people is the number of people of a group.
func (d *Data) people(g int) float64 {
	n := 0.0
	for i := d.start[g]; i < d.start[g+1]; i++ {
		n += d.counts[i]
	}
	return n
}

// SHA256 identifies the data, whatever file they came from.
func (d *Data) SHA256() string {
	h := sha256.New()
	fmt.Fprintf(h, "repeat contacts %q\n", d.names)
	for g := range d.Groups() {
		for i := d.start[g]; i < d.start[g+1]; i++ {
			for _, c := range d.columns {
				fmt.Fprintf(h, "%q,", c.Levels[c.Index[g]])
			}
			fmt.Fprintf(h, "%d,%s\n", d.captures[i], strconv.FormatFloat(d.counts[i], 'f', -1, 64))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// leastOnce is the number of people expected to be seen once at the least, however their rates differ: for any mixture of Poisson laws
// y·f(y)/f(y−1) does not fall with y, and so f(1) ≥ 2f(2)²/3f(3). Where nobody was seen three times one is put in their place.
func (d *Data) leastOnce() float64 {
	f := d.Frequencies()
	return 2 * float64(f[2]) * float64(f[2]) / (3 * float64(max(f[3], 1)))
}

// repeats is the number of people seen more than once.
func (d *Data) repeats() int64 {
	n := 0.0
	for i, y := range d.captures {
		if y > 1 {
			n += d.counts[i]
		}
	}
	return int64(math.Round(n))
}
