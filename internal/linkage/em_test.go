package linkage

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"darkfigure/estimators"
)

// emSlots are four fields of two to four levels.
func emSlots() []patternSlot {
	slot := func(name string, m ...float64) patternSlot {
		s := patternSlot{name: name, m0: m, exact: 1, levels: make([]string, len(m))}
		return s
	}
	return []patternSlot{slot("a", .8, .1, .1), slot("b", .8, .1, .05, .05), slot("c", .9, .1), slot("d", .8, .1, .1), slot("e", .9, .1)}
}

var (
	plantedM = [][]float64{{.85, .1, .05}, {.7, .15, .1, .05}, {.95, .05}, {.8, .1, .1}, {.9, .1}}
	plantedU = [][]float64{{.01, .05, .94}, {.02, .03, .05, .9}, {.1, .9}, {.05, .15, .8}, {.3, .7}}
)

// emPlanted draws pairs of which each is a match with probability λ. A tenth of the values of the second field are missing.
func emPlanted(seed uint64, n int, lambda float64) (*emData, int) {
	rng := rand.New(rand.NewPCG(seed, 3))
	draw := func(p []float64) int {
		x := rng.Float64()
		for l, q := range p {
			if x -= q; x < 0 {
				return l
			}
		}
		return len(p) - 1
	}
	d := &emData{slots: emSlots(), types: []PairType{{A: 0, B: 1, Possible: int64(n)}}, most: []float64{math.Sqrt(float64(n))}, names: []string{"x", "y"}}
	counts := map[Pattern]float64{}
	matches := 0
	for range n {
		p := plantedU
		if rng.Float64() < lambda {
			p = plantedM
			matches++
		}
		var pattern Pattern
		for s := range p {
			l := draw(p[s])
			if s == 1 && rng.Float64() < .1 {
				l = Missing
			}
			pattern = pattern.With(s, l)
		}
		counts[pattern]++
	}
	d.rows = emRows(counts)
	return d, matches
}

func emRows(counts map[Pattern]float64) []emRow {
	var rows []emRow
	for p, c := range counts {
		rows = append(rows, emRow{p, 0, c})
	}
	slices.SortFunc(rows, func(a, b emRow) int { return int(int64(a.pattern) - int64(b.pattern)) })
	return rows
}

// EM recovers the parameters by which the pairs were drawn, within three standard errors plus what the prior of five matches may move.
func TestEMRecovers(t *testing.T) {
	d, matches := emPlanted(1, 400_000, .002)
	model, err := fitEM(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if !model.Fit.Converged {
		t.Error("not converged")
	}
	n := float64(matches)
	if got := model.Types[0].Matches(); math.Abs(got-n) > 3*math.Sqrt(n)*.35 {
		t.Errorf("%.1f matches, %d are there", got, matches)
	}
	for s, c := range model.Comparisons {
		for l := range c.M {
			// What EM does not see, which pairs are matches, makes it a little less exact than a sample of n matches.
			se := 1.3 * math.Sqrt(plantedM[s][l]*(1-plantedM[s][l])/n)
			if math.Abs(c.M[l]-plantedM[s][l]) > 3*se+5/n {
				t.Errorf("m of %s, level %d: %.4f, planted %.4f, s.e. %.4f", c.Field, l, c.M[l], plantedM[s][l], se)
			}
			se = math.Sqrt(plantedU[s][l] * (1 - plantedU[s][l]) / 400_000)
			if math.Abs(c.U[l]-plantedU[s][l]) > 4*se {
				t.Errorf("u of %s, level %d: %.5f, planted %.5f", c.Field, l, c.U[l], plantedU[s][l])
			}
		}
	}
}

func TestEMIsMonotone(t *testing.T) {
	for seed := range uint64(5) {
		d, _ := emPlanted(seed, 20_000, .01)
		for _, share := range emStarts {
			f := newFitter(d, slices.Repeat([]int{-1}, len(d.slots)))
			f.start(share)
			f.tables()
			f.look()
			last := math.Inf(-1)
			for k := range 200 {
				loglik, _ := f.step()
				if loglik < last-emFall*math.Abs(last) {
					t.Fatalf("seed %d: the penalised log-likelihood falls from %.9f to %.9f in iteration %d", seed, last, loglik, k)
				}
				last = loglik
			}
		}
	}
}

// All starts end at one optimum, and so does one with m and u exchanged.
func TestEMStarts(t *testing.T) {
	d, _ := emPlanted(4, 100_000, .003)
	model, err := fitEM(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range model.Fit.Optima {
		if math.Abs(o.Matches[0]-model.Types[0].Matches()) > .01 {
			t.Errorf("start %v ends at %.3f matches instead of %.3f", o.Start, o.Matches[0], model.Types[0].Matches())
		}
	}
	f := newFitter(d, slices.Repeat([]int{-1}, len(d.slots)))
	f.start(.3)
	f.state.m, f.state.u = f.state.u, f.state.m
	o, _, err := f.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if o.Rejected == "" && math.Abs(o.Matches[0]-model.Types[0].Matches()) > .01 {
		t.Errorf("with m and u exchanged EM ends at %.3f matches and accepts it", o.Matches[0])
	}
}

// Two fields do not tell two classes apart, whatever the data.
func TestEMRefusesTwoFields(t *testing.T) {
	d, _ := emPlanted(1, 1000, .01)
	d.slots = d.slots[:2]
	counts := map[Pattern]float64{}
	for _, r := range d.rows {
		counts[r.pattern&63] += r.count
	}
	d.rows = emRows(counts)
	_, err := fitEM(context.Background(), d)
	var refusal *estimators.Refusal
	if !errors.As(err, &refusal) || refusal.Code != "linkage-not-identified" {
		t.Errorf("error %v", err)
	}
}

// With rules that every pair satisfies, EM of blocked data is EM of all pairs, u given.
func TestTruncatedEMOfEverything(t *testing.T) {
	d, _ := emPlanted(2, 200_000, .002)
	full, err := fitEM(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	blocked := *d
	blocked.rules = [][]uint8{slices.Repeat([]uint8{0xff}, len(d.slots))}
	blocked.missing = [][]float64{make([]float64, len(d.slots))}
	blocked.random = d.rows
	blocked.exact = make([][]float64, len(d.slots))
	model, err := fitEM(context.Background(), &blocked)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := full.Types[0].Matches(), model.Types[0].Matches(); math.Abs(a/b-1) > 1e-3 {
		t.Errorf("%.3f matches, and %.3f in blocks", a, b)
	}
	for s, c := range full.Comparisons {
		for l := range c.M {
			if math.Abs(c.M[l]-model.Comparisons[s].M[l]) > 1e-3 {
				t.Errorf("m of %s, level %d: %.5f, and %.5f in blocks", c.Field, l, c.M[l], model.Comparisons[s].M[l])
			}
		}
	}
}

// Pairs that no rule finds are made up for: λ, m and the share beyond the blocks are those of all pairs.
func TestTruncatedEM(t *testing.T) {
	d, matches := emPlanted(6, 1_000_000, .002)
	blocked := *d
	free := func() []uint8 { return slices.Repeat([]uint8{0xff}, len(d.slots)) }
	one, two := free(), free()
	one[0], one[2] = 1, 1
	two[3] = 1
	blocked.rules = [][]uint8{one, two}
	blocked.missing = [][]float64{{0, .1, 0, 0, 0}}
	blocked.random = d.rows
	blocked.exact = make([][]float64, len(d.slots))
	blocked.rows = nil
	for _, r := range d.rows {
		if r.pattern.Level(0) == 0 && r.pattern.Level(2) == 0 || r.pattern.Level(3) == 0 {
			blocked.rows = append(blocked.rows, r)
		}
	}
	model, err := fitEM(context.Background(), &blocked)
	if err != nil {
		t.Fatal(err)
	}
	if got := model.Types[0].Matches(); math.Abs(got/float64(matches)-1) > .05 {
		t.Errorf("%.1f matches, %d are there", got, matches)
	}
	for s, c := range model.Comparisons {
		for l := range c.M {
			if math.Abs(c.M[l]-plantedM[s][l]) > .04 {
				t.Errorf("m of %s, level %d: %.4f, planted %.4f", c.Field, l, c.M[l], plantedM[s][l])
			}
		}
	}
	// Planted: a match is found unless d differs, and a or c does: .2·(1 − .85·.95) = .0385.
	a := newAway(&blocked, plantedM, 0)
	if want := .2 * (1 - .85*.95); math.Abs(a.share-want) > 1e-12 {
		t.Errorf("share away %.6f, %.6f by hand", a.share, want)
	}
}

// The share of matches beyond the graph, by adding up all patterns.
func TestBeyondTheGraph(t *testing.T) {
	d, _ := emPlanted(6, 100_000, .002)
	model, err := fitEM(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	model.Types[0].Possible = 0 // λ goes below one match in all pairs, where the cut would no longer follow
	d.missing = [][]float64{{0, .1, 0, 0, 0}}
	one := slices.Repeat([]uint8{0xff}, len(d.slots))
	one[2] = 1
	for _, rules := range [][][]uint8{nil, {one}} {
		d.rules = rules
		w := newPairWeights(model)
		w.prior[0] -= 4 // so that something falls below the cut
		model.Types[0].Lambda = 1 / (1 + math.Exp(-w.prior[0]))
		want := 0.0
		var each func(s int, p Pattern, q float64)
		each = func(s int, p Pattern, q float64) {
			if s == len(d.slots) {
				if !(w.odds(p, 0) > math.Log(graphOdds)) || rules != nil && p.Level(2) != 0 {
					want += q
				}
				return
			}
			for l, m := range model.Comparisons[s].M {
				each(s+1, p.With(s, l), q*m*(1-d.missing[0][s]))
			}
			each(s+1, p.With(s, Missing), q*d.missing[0][s])
		}
		each(0, 0, 1)
		if got := beyond(model, d, 0, math.Log(graphOdds)); math.Abs(got-want) > .01*want+1e-4 {
			t.Errorf("rules %v: beyond %.5f, enumeration gives %.5f", rules, got, want)
		}
	}
}

// Levels out of order get one ratio, and m stays a distribution.
func TestMergeLevels(t *testing.T) {
	c := Comparison{M: []float64{.5, .05, .4, .05}, U: []float64{.01, .1, .1, .79}}
	mergeLevels(&c, nil)
	if sum := c.M[0] + c.M[1] + c.M[2] + c.M[3]; math.Abs(sum-1) > 1e-12 {
		t.Errorf("m adds up to %v", sum)
	}
	if a, b := c.M[1]/c.U[1], c.M[2]/c.U[2]; math.Abs(a/b-1) > 1e-12 || math.Abs(a-.45/.2) > 1e-12 {
		t.Errorf("ratios %v and %v, together .45/.2", a, b)
	}
}
