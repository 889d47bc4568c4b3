package estimators

import (
	"fmt"
	"slices"
)

// Frequencies count persons by how often they were seen. Immutable.
type Frequencies struct {
	counts    []int64 // counts[j-1]: persons seen j times
	occasions int
	observed  int64
}

// NewFrequencies makes frequencies from counts[j-1], the persons seen exactly j
// times, and the number of occasions on which they could have been seen; 0 means
// continuous time, where the number of sightings has no limit.
func NewFrequencies(counts []int64, occasions int) (*Frequencies, error) {
	f := &Frequencies{occasions: occasions}
	if occasions < 0 {
		return nil, fmt.Errorf("%d occasions", occasions)
	}
	for j, n := range counts {
		if n < 0 {
			return nil, fmt.Errorf("the negative count %d of persons seen %d times", n, j+1)
		}
		if n > 0 && occasions > 0 && j+1 > occasions {
			return nil, fmt.Errorf("%d persons seen %d times on %d occasions", n, j+1, occasions)
		}
		if n > MaxObserved-f.observed {
			return nil, fmt.Errorf("more than %d persons", MaxObserved)
		}
		f.observed += n
	}
	size := len(counts)
	for size > 0 && counts[size-1] == 0 {
		size--
	}
	f.counts = slices.Clone(counts[:size])
	return f, nil
}

// Seen returns the number of persons seen exactly j times (j ≥ 1).
func (f *Frequencies) Seen(j int) int64 {
	if j < 1 || j > len(f.counts) {
		return 0
	}
	return f.counts[j-1]
}

// Most is the largest j with a person seen j times, 0 when there is nobody.
func (f *Frequencies) Most() int {
	for j := len(f.counts); j > 0; j-- {
		if f.counts[j-1] > 0 {
			return j
		}
	}
	return 0
}

// Occasions is the number of capture occasions, 0 for continuous time.
func (f *Frequencies) Occasions() int { return f.occasions }

// Observed is the number of persons seen at least once.
func (f *Frequencies) Observed() int64 { return f.observed }

// Sightings is the total number of sightings, Σ j·f_j.
func (f *Frequencies) Sightings() int64 {
	var s int64
	for j, n := range f.counts {
		s += int64(j+1) * n
	}
	return s
}
