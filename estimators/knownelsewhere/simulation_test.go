package knownelsewhere_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/knownelsewhere"
	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
)

// studies is the number of simulated studies: few, unless DARKFIGURE_STUDIES says more.
func studies(few int) int {
	if n, err := strconv.Atoi(os.Getenv("DARKFIGURE_STUDIES")); err == nil && n > few {
		return n
	}
	return few
}

// aWorld is a population of 1,300 of whom two bodies know some, with the odds of being known to the second 1.5 times as large for those known to the
// first, and of whom each visits a chat with probability expit(−2.3 + b_1·known to 1 + b_2·known to 2). Every visitor answers, wrongly at rates drawn
// from the laws that the analysis assumes.
func aWorld(rng *rand.Rand, b []float64, sure bool) (d knownelsewhere.Data) {
	const people = 1300
	expit := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	s, c := make([]float64, 2), make([]float64, 2)
	d.Bodies = []knownelsewhere.Body{{Name: "police", Lists: 1}, {Name: "care", Lists: 2}}
	for j := range s {
		s[j] = distuv.Beta{Alpha: 18, Beta: 2, Src: rng}.Rand()
		c[j] = distuv.Beta{Alpha: 38, Beta: 2, Src: rng}.Rand()
		if sure {
			s[j], c[j] = 1, 1
			d.Bodies[j].Sensitivity, d.Bodies[j].Specificity = knownelsewhere.Perfect, knownelsewhere.Perfect
		}
	}
	counts := make([]int64, 4)
	said := make([]int64, 2)
	for range people {
		u := 0
		if rng.Float64() < .3 {
			u |= 1
		}
		if rng.Float64() < expit(-1.2+math.Log(1.5)*float64(u)) {
			u |= 2
		}
		counts[u]++
		eta := -2.3
		for j := range b {
			eta += b[j] * float64(u>>j&1)
		}
		if rng.Float64() > expit(eta) {
			continue
		}
		d.Visitors++
		for j := range said {
			p := 1 - c[j]
			if u>>j&1 == 1 {
				p = s[j]
			}
			if rng.Float64() < p {
				said[j]++
			}
		}
	}
	counts[0] = 0
	d.Table, _ = estimators.FromCounts([]string{"police", "care"}, counts)
	for j := range said {
		d.Answers = append(d.Answers, knownelsewhere.Share(j, d.Visitors, said[j])...)
	}
	d.SamePopulation = true
	return d
}

// The interval under a restriction that is true contains the population as often as it says. Where people known to the body visit twice as much, unmodelled, the
// estimate is too low; how much is printed, not tested closely.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	n := studies(40)
	for _, c := range []struct {
		what string
		b    []float64
		sure bool
		gate float64
	}{
		{"true restriction, answers in doubt", []float64{0, math.Log(1.5)}, false, .93},
		{"true restriction, answers right", []float64{0, math.Log(1.5)}, true, .93},
		{"odds 2 unmodelled, answers in doubt", []float64{math.Log(2), math.Log(1.5)}, false, 0},
		{"odds 2 unmodelled, answers right", []float64{math.Log(2), math.Log(1.5)}, true, 0},
	} {
		type outcome struct {
			n                  float64
			covered, unbounded bool
			refused            bool
		}
		out := make([]outcome, n)
		err := resample.Each(context.Background(), n, 0, func(i int) error {
			d := aWorld(resample.Stream(20, uint64(i)), c.b, c.sure)
			x, err := knownelsewhere.OneRow(ctx, d, knownelsewhere.Options{Mixture: 60, Seed: uint64(i), Workers: 1}, "police")
			var refusal *estimators.Refusal
			if errors.As(err, &refusal) {
				out[i].refused = true
				return nil
			} else if err != nil {
				return err
			}
			p := x.Population
			out[i] = outcome{p.Value, p.Lower <= 1300 && (p.Unbounded || 1300 <= p.Upper), p.Unbounded, x.Reason != nil}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		covered, unbounded, refused, bias := 0, 0, 0, 0.0
		for _, o := range out {
			switch {
			case o.refused:
				refused++
				continue
			case o.unbounded:
				unbounded++
			}
			if o.covered {
				covered++
			}
			bias += math.Log(o.n / 1300)
		}
		answered := float64(n - refused)
		share := float64(covered) / answered
		t.Logf("%s: %d studies, coverage %.3f, N %.3f of the truth (geometric mean), %d without upper limit, %d refused", c.what, n, share, math.Exp(bias/answered), unbounded, refused)
		// Two standard errors of the share are allowed for.
		if share < c.gate-2*math.Sqrt(.05*.95/answered) {
			t.Errorf("%s: coverage %.3f", c.what, share)
		}
		if c.gate == 0 && bias > -.1*answered {
			t.Errorf("%s: an unmodelled odds ratio of 2 should make the estimate too low", c.what)
		}
	}
}

// The joint test rejects what is true as rarely as it says, also when rates of wrong answers are known by their laws only.
func TestSize(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	n := studies(60)
	for _, sure := range []bool{true, false} {
		rejected := make([]bool, n)
		err := resample.Each(context.Background(), n, 0, func(i int) error {
			d := aWorld(resample.Stream(21, uint64(i)), []float64{0, 0}, sure)
			r, err := knownelsewhere.Estimate(ctx, d, knownelsewhere.Options{Mixture: 1, Workers: 1})
			if err == nil && r.Test != nil {
				rejected[i] = r.Test.P < .05
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		share := 0.0
		for _, x := range rejected {
			if x {
				share += 1 / float64(n)
			}
		}
		t.Logf("answers right %v: %.3f of %d true restrictions rejected at 0.05", sure, share, n)
		if share > .05+3*math.Sqrt(.05*.95/float64(n)) {
			t.Errorf("answers right %v: %.3f rejected", sure, share)
		}
	}
}
