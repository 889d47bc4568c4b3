package tableio

import (
	"encoding/binary"
	"slices"
)

// leastDistinct is how many persons must have values of their own before a column is taken to identify them.
const leastDistinct = 30

// full reports whether covariate i has no room for a value, and identifies persons: it is called so, or every row of the
// table, one person each, has had a value of its own.
func (t *tally) full(i int, v []byte) bool {
	if t.roles.count >= 0 || t.roles.kept[t.roles.covariates[i]] || len(t.levels[i].values) < maxLevels || i != t.roles.identity && !t.distinct(i, t.n-1) {
		return false
	}
	_, known := t.levels[i].index[string(v)]
	return !known
}

// distinct reports whether covariate i had a value of its own in each of so many rows.
func (t *tally) distinct(i int, rows int64) bool {
	return int64(len(t.levels[i].values)) == rows-t.outside
}

// identify finds columns that identify persons and takes them out of the covariates. It returns what the column that is
// called like an identifier, else the first of the others, says about persons in several rows.
func (t *tally) identify() *Identity {
	r := t.roles
	if r.count >= 0 {
		return nil
	}
	var found *Identity
	if i := r.identity; i >= 0 {
		persons := map[string]bool{} // with their covariates, whatever the lists
		for key := range t.index {
			if binary.LittleEndian.Uint16([]byte(key[4+2*i:6+2*i])) > 0 {
				persons[key[4:]] = true
			}
		}
		rows := t.n - t.outside - t.levels[i].missing
		found = &Identity{Column: r.labels[i], Again: rows - int64(len(t.levels[i].values)), Same: rows - int64(len(persons))}
		t.drop(i)
	}
	for i := 0; i < len(r.covariates); i++ {
		if t.n >= leastDistinct && !r.kept[r.covariates[i]] && t.levels[i].missing == 0 && t.distinct(i, t.n) {
			if found == nil {
				found = &Identity{Column: r.labels[i]}
			}
			t.drop(i)
			i--
		}
	}
	return found
}

// drop takes covariate i out, and adds up the cells that differ in it alone.
func (t *tally) drop(i int) {
	r := t.roles
	t.dropped = append(t.dropped, r.labels[i])
	r.covariates = slices.Delete(slices.Clone(r.covariates), i, i+1)
	r.labels = slices.Delete(slices.Clone(r.labels), i, i+1)
	t.levels = slices.Delete(t.levels, i, i+1)
	switch {
	case r.identity == i:
		r.identity = -1
	case r.identity > i:
		r.identity--
	}
	t.key = slices.Delete(t.key, 4+2*i, 6+2*i)
	index := map[string]int32{}
	var counts []int64
	var zeros []bool
	for key, at := range t.index {
		key = key[:4+2*i] + key[6+2*i:]
		to, ok := index[key]
		if !ok {
			to = int32(len(counts))
			index[key], counts, zeros = to, append(counts, 0), append(zeros, false)
		}
		counts[to] += t.counts[at] // at most as many as there are rows
		zeros[to] = zeros[to] || t.zeros[at]
	}
	t.index, t.counts, t.zeros = index, counts, zeros
}
