package linkageerror

import (
	"context"
	"fmt"
	"math"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// DefaultReplicates is the number of bootstrap replicates when none is given.
const DefaultReplicates = 1000

// A Correction is an estimate corrected for linkage error, beside the same estimate without.
type Correction struct {
	Uncorrected float64   `json:"uncorrected"`         // N from the table as it is; 0 with HasUncorrected false
	HasPlain    bool      `json:"has_uncorrected"`     // false when the table as it is has no estimate
	Observed    float64   `json:"observed"`            // distinct people, estimated: the table counts some twice, and some pairs once
	Hidden      float64   `json:"hidden"`              // people on no list
	Population  float64   `json:"population"`          // Observed + Hidden
	Cells       []float64 `json:"cells"`               // corrected counts by pattern; that of pattern 0 is 0
	Detached    []float64 `json:"detached,omitempty"`  // per list, the share of records that come loose from their person; [Lists] only
	FalseLink   float64   `json:"false_link"`          // the probability that a record at risk is linked falsely; [TwoLists] only
	Intervals   []Limits  `json:"intervals,omitempty"` // the first is the headline
	Replicates  int       `json:"replicates"`
	// Failed are the replicates without an estimate. They count as the largest for the upper limit, and as the fewest people that the replicate
	// can hold for the lower one. Why is the code of the most frequent reason, the first of the alphabet among equals.
	Failed int    `json:"failed"`
	Why    string `json:"why,omitempty"`
}

// Limits of a bootstrap interval for N, by percentiles. Upper is 0 when there is no upper limit.
type Limits struct {
	Level     float64 `json:"level"`
	Lower     float64 `json:"lower"`
	Upper     float64 `json:"upper"`
	Unbounded bool    `json:"unbounded,omitempty"`
}

// Resampling is how often and from which streams the bootstrap draws.
type Resampling struct {
	Levels     []float64 // of the intervals, the headline first; empty: 0.95
	Replicates int       // 0: DefaultReplicates
	Seed       uint64
	Workers    int // goroutines; 0: as many as there are processors. Never changes an answer
}

// run draws tables of the size of the population (so that the number observed varies as it does when lists are made
// again) and lets again estimate each. again belongs to one worker and returns N; when there is no estimate,
// the code of a refusal and what stands for N at the lower limit: +Inf where nothing bounds N from above (no overlap is left, no more links than by chance, no limit of the fit),
// and else the fewest people possible. For the upper limit all of them are +Inf.
func (r Resampling) run(ctx context.Context, c *Correction, counts []int64, worker func() func(cells []int64, replicate int) (n float64, why string)) error {
	n := r.Replicates
	if n == 0 {
		n = DefaultReplicates
	}
	if n < 0 {
		return fmt.Errorf("%d bootstrap replicates", n)
	}
	levels := estimators.Options{Levels: r.Levels}.LevelsOr95()
	for _, l := range levels {
		if !(l > 0 && l < 1) {
			return fmt.Errorf("the level of an interval is %v, not between 0 and 1", l)
		}
	}
	law := make([]float64, len(counts))
	var total int64
	for w, k := range counts {
		law[w] = float64(k)
		total += k
	}
	law[0] = math.Min(c.Hidden, float64(estimators.MaxObserved)-float64(total))
	size := total + int64(math.Round(law[0]))
	values, least, why := make([]float64, n), make([]float64, n), make([]string, n)
	type scratch struct {
		cells []int64
		again func([]int64, int) (float64, string)
		draws resample.Streams
	}
	err := resample.EachWith(ctx, n, r.Workers, func() *scratch { return &scratch{cells: make([]int64, len(counts)), again: worker()} },
		func(s *scratch, i int) error {
			resample.Multinomial(s.cells, size, law, s.draws.At(r.Seed, uint64(2*i)))
			s.cells[0] = 0
			least[i], why[i] = s.again(s.cells, i)
			if values[i] = least[i]; why[i] != "" {
				values[i] = math.Inf(1)
			}
			return nil
		})
	if err != nil {
		return err
	}
	c.Replicates = n
	reasons := map[string]int{}
	for _, w := range why {
		if w == "" {
			continue
		}
		c.Failed++
		if reasons[w]++; reasons[w] > reasons[c.Why] || reasons[w] == reasons[c.Why] && w < c.Why {
			c.Why = w
		}
	}
	above, below := resample.NewMixture([][]float64{values}), resample.NewMixture([][]float64{least})
	for _, l := range levels {
		i := Limits{Level: l}
		i.Lower, _ = below.Interval(l)
		_, i.Upper = above.Interval(l)
		if math.IsInf(i.Lower, 1) || c.Failed == n {
			return estimators.Refuse("links-below-chance", "%s of %s bootstrap replicates have no corrected estimate: the table does not hold enough links to correct", estimators.People(float64(c.Failed)), estimators.People(float64(n)))
		}
		if math.IsInf(i.Upper, 1) {
			i.Upper, i.Unbounded = 0, true
		}
		c.Intervals = append(c.Intervals, i)
	}
	return nil
}

// streams of replicate i: 2i for the table, 2i+1 for the rates.
func (r Resampling) rates(replicate int) uint64 { return uint64(2*replicate + 1) }
