package linkage

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// reviewCase is a made linkage of two registers: pairs with given probabilities, whose truth has the log odds
// shift + slope·logit P̂.
func reviewCase(rng *rand.Rand, pairs int, shift, slope float64) (madePersons, []ReviewCandidate, []bool) {
	p := madePersons{}
	var c []ReviewCandidate
	var truth []bool
	for i := range pairs {
		p.register = append(p.register, 0, 1)
		p.hash = append(p.hash, rng.Uint64(), rng.Uint64())
		said := float64(rng.IntN(61)) / 60
		switch u := rng.Float64(); {
		case u < .5:
			said = float64(rng.IntN(2)) / 60
		case u < .9:
			said = 1 - float64(rng.IntN(2))/60
		}
		x := logit((60*said + .5) / 61)
		truth = append(truth, rng.Float64() < 1/(1+math.Exp(-shift-slope*x)))
		c = append(c, ReviewCandidate{int32(2 * i), int32(2*i + 1), x / math.Ln2, said, said > .5})
	}
	return p, c, truth
}

func reviewNames(a int) string   { return []string{"care", "police"}[a] }
func reviewID(i int32) string    { return fmt.Sprint("r", i) }
func noBeyond(a, b int) float64  { return 0 }
func reviewPairOf(id string) int { var i int; fmt.Sscanf(id, "r%d", &i); return i / 2 }
func score(b bool) (text string) { return map[bool]string{true: "1", false: "0"}[b] }
func reviewed(t *testing.T, p madePersons, s *ReviewSample, truth []bool, second func(b bool) bool) *Reviewed {
	t.Helper()
	r := s.NewReviewed(p, reviewNames, reviewID)
	for k, row := range s.Rows(p, reviewNames, reviewID) {
		is := truth[reviewPairOf(row[1])]
		two := row[7]
		if two == "" && second != nil {
			two = score(second(is))
		}
		if err := r.Add(fmt.Sprintf("sample.csv:%d", k+2), append(slices.Clone(row[:4]), score(is), two)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestReviewSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	p, c, _ := reviewCase(rng, 3000, 0, 1)
	s, err := SampleForReview(p, c, 0, 7)
	if err != nil {
		t.Fatal(err)
	}
	var pairs int64
	sampled := make([]int, len(s.Strata))
	for _, x := range s.Pairs {
		st := s.Strata[x.Stratum]
		if x.Probability < st.Lower || x.Probability >= st.Upper && st.Upper < 1 || x.Accepted != st.Accepted {
			t.Errorf("%+v is in stratum %+v", x, st)
		}
		sampled[x.Stratum]++
	}
	for h, st := range s.Strata {
		pairs += st.Pairs
		if sampled[h] != st.Sampled || int64(st.Sampled) != min(20, st.Pairs) {
			t.Errorf("stratum %+v: %d sampled", st, sampled[h])
		}
	}
	if pairs != 3000 {
		t.Errorf("the strata have %d of 3000 pairs", pairs)
	}
	// Another order of records and candidates: the same pairs, in the same order.
	order := rng.Perm(6000)
	where := make([]int32, 6000)
	for i, j := range order {
		where[j] = int32(i)
	}
	q := p.permuted(order)
	var moved []ReviewCandidate
	for _, i := range rng.Perm(len(c)) {
		x := c[i]
		x.A, x.B = where[x.B], where[x.A]
		moved = append(moved, x)
	}
	other, err := SampleForReview(q, moved, 0, 7)
	if err != nil {
		t.Fatal(err)
	}
	a := s.Rows(p, reviewNames, reviewID)
	b := other.Rows(q, reviewNames, func(i int32) string { return reviewID(int32(order[i])) })
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("the sample depends on the order of the records")
	}
	if _, err := SampleForReview(p, c, 9, 7); err == nil {
		t.Error("9 pairs of a stratum: no error")
	}
}

// The estimates hold the true rates: of 25 reviews, limits of 95 % of at least 20.
func TestReviewRates(t *testing.T) {
	for _, shift := range []float64{0, 1} {
		rng := rand.New(rand.NewPCG(22, uint64(shift)))
		var falseIn, missedIn int
		const studies = 25
		for range studies {
			p, c, truth := reviewCase(rng, 2000, shift, 1)
			var accepted, wrong, all, missed float64
			for i, x := range c {
				if x.Accepted {
					accepted++
					if !truth[i] {
						wrong++
					}
				}
				if truth[i] {
					all++
					if !x.Accepted {
						missed++
					}
				}
			}
			s, err := SampleForReview(p, c, 0, 3)
			if err != nil {
				t.Fatal(err)
			}
			r, err := reviewed(t, p, s, truth, nil).Estimate(noBeyond, 1)
			if err != nil {
				t.Fatal(err)
			}
			if f := wrong / accepted; r.FalseMatch.Lower <= f && f <= r.FalseMatch.Upper {
				falseIn++
			}
			if m := missed / all; r.MissedMatch.Lower <= m && m <= r.MissedMatch.Upper {
				missedIn++
			}
			if len(r.Pairs) != 1 || r.Pairs[0].FalseMatch != r.FalseMatch {
				t.Fatalf("one pair of registers, rates %+v", r.Pairs)
			}
		}
		t.Logf("shift %v: false matches held in %d, missed in %d of %d", shift, falseIn, missedIn, studies)
		if falseIn < 20 || missedIn < 20 {
			t.Errorf("shift %v: false matches held in %d, missed in %d of %d", shift, falseIn, missedIn, studies)
		}
	}
}

// What people find among pairs of which the linkage is sure decides: of 60 links, as many false as they say. A review
// that only confirms leaves 50,000 unlikely pairs with the five matches that the linkage gives them, though but 20 were seen.
func TestReviewOfSurePairs(t *testing.T) {
	const unlikely = 50000
	for _, wrong := range [][3]int{{0, 0, 0}, {2, 2, 3}, {5, 5, 5}, {8, 9, 8}} {
		var bands []ReviewBand
		for h := range 3 {
			bands = append(bands,
				ReviewBand{ReviewStratum{RegisterA: h, Upper: .02, Pairs: unlikely, Mean: 1e-4}, 20, 0},
				ReviewBand{ReviewStratum{RegisterA: h, Lower: .2, Upper: .5, Pairs: 40, Mean: .35}, 20, 7},
				ReviewBand{ReviewStratum{RegisterA: h, Lower: .98, Upper: 1, Accepted: true, Pairs: 100, Mean: .998}, 20, 20 - wrong[h]})
		}
		r := newReviewShares(bands, 0)
		rng := rand.New(rand.NewPCG(26, 1))
		var falseIn, beyond []float64
		for range 4000 {
			share, _ := r.draw(rng)
			falseIn = append(falseIn, 1-(share[2]+share[5]+share[8])/3)
			beyond = append(beyond, unlikely*(share[0]+share[3]+share[6])/3)
		}
		got, more := rangeOf(reviewMean(falseIn), falseIn), rangeOf(reviewMean(beyond), beyond)
		t.Logf("%v of 20 false: %.4f, matches among unlikely pairs %.1f", wrong, got, more)
		if found := float64(wrong[0]+wrong[1]+wrong[2]) / 60; found == 0 && got.Upper > .01 || found > 0 && (math.Abs(got.Value-found) > .03 || got.Lower > found || got.Upper < found) {
			t.Errorf("%v of 20 links false: %+v", wrong, got)
		}
		if more.Value > 10 || more.Upper > 30 {
			t.Errorf("%v of 20 links false: %+v matches among unlikely pairs", wrong, more)
		}
	}
}

func TestReviewRecalibration(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 1))
	for _, want := range []struct {
		shift, slope float64
		needed       bool
	}{{0, 1, false}, {-1.5, 1, true}, {0, .5, true}} {
		p, c, truth := reviewCase(rng, 4000, want.shift, want.slope)
		s, err := SampleForReview(p, c, 150, 3)
		if err != nil {
			t.Fatal(err)
		}
		r, err := reviewed(t, p, s, truth, nil).Estimate(noBeyond, 1)
		if err != nil {
			t.Fatal(err)
		}
		c2 := r.Recalibration
		if math.Abs(c2.Shift-want.shift) > 3*c2.ShiftSE || math.Abs(c2.Slope-want.slope) > 3*c2.SlopeSE || c2.Needed != want.needed {
			t.Errorf("shift %v, slope %v: %+v", want.shift, want.slope, c2)
		}
		var sum, square float64
		const draws = 4000
		for d := range draws {
			a, b := c2.Draw(d)
			if again, _ := c2.Draw(d); again != a || b < .05 {
				t.Fatal("a draw is not the same twice")
			}
			sum += a
			square += a * a
		}
		mean := sum / draws
		if sd := math.Sqrt(square/draws - mean*mean); math.Abs(mean-c2.Shift) > 5*c2.ShiftSE/math.Sqrt(draws) || math.Abs(sd/c2.ShiftSE-1) > .06 {
			t.Errorf("draws of the shift: mean %v, sd %v; %+v", mean, sd, c2)
		}
	}
}

// One parameter by hand: with x = 0 for all of n scores, Firth's penalty gives (s+½)/(n+1) (Firth 1993, section 3.2), so
// two groups at x = −1 and 1 have that share each, as the model with two parameters is saturated.
func TestFirthByHand(t *testing.T) {
	x := []float64{-1, -1, -1, -1, 1, 1, 1, 1, 1}
	y := []float64{0, 0, 0, 0, 1, 1, 1, 1, 0}
	r, err := firthLogistic(x, y)
	if err != nil {
		t.Fatal(err)
	}
	low, high := logit(.5/5), logit(4.5/6)
	if math.Abs(r.Shift-r.Slope-low) > 1e-8 || math.Abs(r.Shift+r.Slope-high) > 1e-8 {
		t.Errorf("logits %v and %v, want %v and %v", r.Shift-r.Slope, r.Shift+r.Slope, low, high)
	}
	if _, err := firthLogistic([]float64{1, 1}, []float64{0, 1}); err == nil {
		t.Error("one value of x: no error")
	}
}

// Cohen (1960, table 1 has proportions of three categories); for two, by hand: 20 and 15 agreements, 5 and 10
// disagreements: agreement .7, chance .5, κ = .4.
func TestKappa(t *testing.T) {
	if n, k := kappa([2][2]int{{15, 10}, {5, 20}}); n != 50 || math.Abs(k-.4) > 1e-12 {
		t.Errorf("κ = %v of %d", k, n)
	}
	if n, k := kappa([2][2]int{{0, 0}, {0, 3}}); n != 3 || k != 1 {
		t.Errorf("κ = %v of %d", k, n)
	}
}

func TestTwoReviewers(t *testing.T) {
	rng := rand.New(rand.NewPCG(24, 1))
	p, c, truth := reviewCase(rng, 3000, 0, 1)
	s, err := SampleForReview(p, c, 100, 3)
	if err != nil {
		t.Fatal(err)
	}
	agreed, err := reviewed(t, p, s, truth, func(b bool) bool { return b }).Estimate(noBeyond, 1)
	if err != nil {
		t.Fatal(err)
	}
	not, err := reviewed(t, p, s, truth, func(b bool) bool { return b != (rng.IntN(5) == 0) }).Estimate(noBeyond, 1)
	if err != nil {
		t.Fatal(err)
	}
	if agreed.Kappa != 1 || not.Kappa > .8 || agreed.Twice != not.Twice || agreed.Twice < 60 {
		t.Errorf("κ %v and %v of %d and %d", agreed.Kappa, not.Kappa, agreed.Twice, not.Twice)
	}
	if r := not.MissedMatch; r.Lower < 0 || r.Upper > 1 || r.Lower > r.Value || r.Value > r.Upper {
		t.Errorf("%+v", r)
	}
}

func TestReviewErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 1))
	p, c, _ := reviewCase(rng, 300, 0, 1)
	s, err := SampleForReview(p, c, 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	row := s.Rows(p, reviewNames, reviewID)[0]
	r := s.NewReviewed(p, reviewNames, reviewID)
	for _, bad := range []struct {
		values []string
		says   string
	}{
		{[]string{"care"}, "f.csv:2: 1 values"},
		{[]string{"care", "r9999", "police", "r1", "1"}, "f.csv:2: r9999 of care"},
		{append(slices.Clone(row[:4]), "yes"), `f.csv:2: clerical_match_score is "yes"`},
		{append(slices.Clone(row[:4]), "1"), "f.csv:2: the pair stands in two rows"},
	} {
		if err := r.Add("f.csv:2", bad.values); err == nil || !strings.HasPrefix(err.Error(), bad.says) {
			t.Errorf("%v: %v", bad.values, err)
		}
	}
	if _, err := r.Estimate(noBeyond, 1); err == nil || !strings.Contains(err.Error(), "has a score") {
		t.Errorf("nothing scored: %v", err)
	}
}

// A stratum of which people could tell no pair is left as the linkage has it; the others count, and that is said.
func TestReviewCannotTell(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 1))
	p, c, truth := reviewCase(rng, 300, 0, 1)
	s, err := SampleForReview(p, c, 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	review := func(unscored func(h int) bool) *Review {
		r := s.NewReviewed(p, reviewNames, reviewID)
		for i, row := range s.Rows(p, reviewNames, reviewID) {
			found := score(truth[reviewPairOf(row[1])])
			if unscored(s.Pairs[i].Stratum) {
				found = ""
			}
			if err := r.Add(fmt.Sprintf("f.csv:%d", i+2), append(slices.Clone(row[:4]), found)); err != nil {
				t.Fatal(err)
			}
		}
		out, err := r.Estimate(noBeyond, 1)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	last := len(s.Strata) - 1
	all, without := review(func(int) bool { return false }), review(func(h int) bool { return h == last })
	names, pairs := without.Unscored(reviewNames)
	if len(names) != 1 || pairs != s.Strata[last].Pairs || without.CannotTell != s.Strata[last].Sampled || without.Scored != all.Scored-s.Strata[last].Sampled {
		t.Errorf("%v with %d pairs; %d cannot tell, %d scored of %d", names, pairs, without.CannotTell, without.Scored, all.Scored)
	}
	if got := without.FalseMatch; got.Value > .1 || got.Lower > got.Value || got.Upper < got.Value {
		t.Errorf("%+v, %+v with all", got, all.FalseMatch)
	}
	for _, b := range without.Calibration() {
		if b.Said < 0 || b.Said > 1 || b.Found.Lower > b.Found.Value || b.Found.Upper < b.Found.Value {
			t.Errorf("%+v", b)
		}
	}
	only := review(func(h int) bool { return h != last }) // one stratum: the weights stay
	if only.Recalibration.Needed && only.Unchanged != "" {
		t.Errorf("%+v", only.Recalibration)
	}
}
