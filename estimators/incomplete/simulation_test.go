package incomplete_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/incomplete"
	"darkfigure/internal/resample"
)

// A study is a population of which A records x and B records y, each missing for some of the people there at random. Given x and y the registers are independent: people
// with y are on A more easily, and people with x on B. How many people of each kind there are is Poisson with the mean given.
type study struct {
	mean   [2][2]float64 // by x and y
	a      [2]float64    // chance to be on A, by y
	b      [2]float64    // chance to be on B, by x
	silent float64       // chance that a level is not recorded where it could be
}

func (s study) draw(t testing.TB, rng *rand.Rand) (data *estimators.Table, there [2][2]float64) {
	t.Helper()
	counts := map[estimators.Pattern]map[[2]string]int64{1: {}, 2: {}, 3: {}}
	for x := range 2 {
		for y := range 2 {
			n := poisson(s.mean[x][y], rng)
			there[x][y] = float64(n)
			for range n {
				var w estimators.Pattern
				if rng.Float64() < s.a[y] {
					w |= 1
				}
				if rng.Float64() < s.b[x] {
					w |= 2
				}
				if w == 0 {
					continue
				}
				levels := [2]string{string(rune('0' + x)), string(rune('0' + y))}
				if !w.Has(0) || rng.Float64() < s.silent {
					levels[0] = ""
				}
				if !w.Has(1) || rng.Float64() < s.silent {
					levels[1] = ""
				}
				counts[w][levels]++
			}
		}
	}
	var cells []estimators.Cell
	for w, by := range counts {
		for l, n := range by {
			cells = append(cells, estimators.Cell{Pattern: w, Levels: []string{l[0], l[1]}, Count: n})
		}
	}
	data, err := estimators.NewTable([]string{"A", "B"}, []string{"x", "y"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	return data, there
}

// poisson draws by a binomial of many trials, whose variance is a thousandth less.
func poisson(mean float64, rng *rand.Rand) int64 {
	n := 1000 * math.Ceil(mean)
	return resample.Binomial(int64(n), mean/n, rng)
}

// Intervals of 95 % hold the number of people there are, of all and of each stratum, or for random sizes its mean, in about 95 % of studies. With 1,000 studies of each kind and 200
// replicates it was 93.6 to 96.0 % for every interval here (standard error 0.7 %), and the bias of N 0.1 %, with few people 0.85 %; the test has fewer, and bounds of three standard errors.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	for _, c := range []struct {
		name  string
		study study
	}{
		{"recorded where it can be", study{mean: [2][2]float64{{1200, 500}, {300, 700}}, a: [2]float64{0.35, 0.55}, b: [2]float64{0.3, 0.45}}},
		{"a fifth missing besides", study{mean: [2][2]float64{{1200, 500}, {300, 700}}, a: [2]float64{0.35, 0.55}, b: [2]float64{0.3, 0.45}, silent: 0.2}},
		{"few people", study{mean: [2][2]float64{{220, 90}, {60, 130}}, a: [2]float64{0.35, 0.55}, b: [2]float64{0.3, 0.45}, silent: 0.1}},
	} {
		const studies = 200
		held := map[string]int{}
		bias := 0.0
		answered := 0
		for i := range studies {
			rng := resample.Stream(8, uint64(i))
			data, there := c.study.draw(t, rng)
			o := incomplete.Incomplete{Bootstrap: &incomplete.Bootstrap{Replicates: 150, Seed: uint64(i), Workers: 1}}
			e, err := o.Estimate(context.Background(), data)
			var refusal *estimators.Refusal
			if errors.As(err, &refusal) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			answered++
			total := there[0][0] + there[0][1] + there[1][0] + there[1][1]
			bias += (e.Population - total) / total / studies
			hold := func(name string, x estimators.Interval, truth float64) {
				if x.Lower <= truth && truth <= x.Upper {
					held[name]++
				}
			}
			hold("N, percentiles", e.Intervals[0], total)
			o.Bootstrap = nil
			if e, err = o.Estimate(context.Background(), data); err != nil {
				t.Fatal(err)
			}
			hold("N, log-normal", e.Intervals[0], total)
			x, mean := there[1][0]+there[1][1], c.study.mean[1][0]+c.study.mean[1][1]
			hold("x=1, size fixed", e.Groups[0].Totals[1].Intervals[0], x)
			hold("x=1, size random", e.Groups[0].Totals[1].Intervals[1], mean)
			y := there[0][1] + there[1][1]
			hold("y=1, size fixed", e.Groups[1].Totals[1].Intervals[0], y)
		}
		t.Logf("%s: %d of %d answered, bias %.2f %%", c.name, answered, studies, 100*bias)
		for _, name := range []string{"N, log-normal", "N, percentiles", "x=1, size fixed", "x=1, size random", "y=1, size fixed"} {
			share := float64(held[name]) / float64(answered)
			t.Logf("  %s: %.1f %%", name, 100*share)
			if share < 0.95-0.047 || share > 0.95+0.047 {
				t.Errorf("%s: %s holds the truth in %.1f %% of studies", c.name, name, 100*share)
			}
		}
	}
}
