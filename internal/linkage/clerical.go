package linkage

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// reviewBands are the limits of the shares of draws in which a pair is together, by which pairs are sampled for review.
var reviewBands = []float64{.02, .2, .5, .8, .98}

const (
	reviewSize    = 20 // pairs sampled of a stratum
	reviewLeast   = 10 // the fewest that may be asked for
	reviewTwice   = 5  // one pair in so many is for a second reviewer too
	reviewReplays = 4000

	reviewErrorDraws = 20 // draws of the error rate of reviewers among them
)

// A ReviewCandidate is a pair that can be sampled for review.
type ReviewCandidate struct {
	A, B        int32
	Weight      float64 // match weight, log2 of the odds of the pair by itself
	Probability float64 // share of draws in which it is together
	Accepted    bool    // by the point linkage
}

// ReviewCandidates are the pairs of the graph between registers.
func (d *Draws) ReviewCandidates(m *Model, accepted Partition) []ReviewCandidate {
	var out []ReviewCandidate
	shares := d.Shares()
	for e, p := range d.pairs {
		t := m.Type(d.rows.Register(int(p.A)), d.rows.Register(int(p.B)))
		if t < 0 || m.Types[t].A == m.Types[t].B {
			continue
		}
		out = append(out, ReviewCandidate{p.A, p.B, m.MatchWeight(p.Pattern, t), shares[e], accepted[p.A] == accepted[p.B]})
	}
	return out
}

// A ReviewStratum is the pairs of two registers in one band of probability, accepted or not.
type ReviewStratum struct {
	RegisterA, RegisterB int
	Lower, Upper         float64 // of the probability
	Accepted             bool
	Pairs                int64   // in the stratum
	Mean                 float64 // of their probabilities
	Sampled              int
}

// A ReviewPair is a pair of the sample.
type ReviewPair struct {
	ReviewCandidate
	Stratum int
	Twice   bool // a second reviewer is asked too
}

// A ReviewSample is a stratified sample of pairs for people to look at.
type ReviewSample struct {
	Strata []ReviewStratum
	sure   map[[2]int32]int // stratum of the accepted pairs of which the linkage is sure
	Pairs  []ReviewPair     // in an order drawn from the seed, so that reviewers do not see strata together
}

// SampleForReview draws size pairs (0: 20, at least 10) of every stratum, all of those that have fewer. Which ones depends on
// the seed and the contents of the records only.
func SampleForReview(rows Rows, candidates []ReviewCandidate, size int, seed uint64) (*ReviewSample, error) {
	size = cmp.Or(size, reviewSize)
	if size < reviewLeast {
		return nil, fmt.Errorf("%d pairs of each stratum to review: %d at least", size, reviewLeast)
	}
	type drawn struct {
		ReviewCandidate
		key uint64
	}
	strata := map[ReviewStratum][]drawn{}
	secret := mix(seed + reviewStream)
	for _, c := range candidates {
		a, b := rows.Register(int(c.A)), rows.Register(int(c.B))
		if a > b {
			c.A, c.B, a, b = c.B, c.A, b, a
		}
		band := 0
		for band < len(reviewBands) && c.Probability >= reviewBands[band] {
			band++
		}
		s := ReviewStratum{RegisterA: a, RegisterB: b, Upper: 1, Accepted: c.Accepted}
		if band > 0 {
			s.Lower = reviewBands[band-1]
		}
		if band < len(reviewBands) {
			s.Upper = reviewBands[band]
		}
		key := mix(mix(secret^rows.Hash(int(c.A))) ^ rows.Hash(int(c.B)))
		strata[s] = append(strata[s], drawn{c, key})
	}
	out := &ReviewSample{}
	for s := range strata {
		out.Strata = append(out.Strata, s)
	}
	slices.SortFunc(out.Strata, func(x, y ReviewStratum) int {
		order := cmp.Or(cmp.Compare(x.RegisterA, y.RegisterA), cmp.Compare(x.RegisterB, y.RegisterB), cmp.Compare(x.Lower, y.Lower))
		if order == 0 && x.Accepted != y.Accepted {
			order = 1
			if y.Accepted {
				order = -1
			}
		}
		return order
	})
	keys := map[[2]int32]uint64{}
	out.sure = map[[2]int32]int{}
	for h := range out.Strata {
		s := &out.Strata[h]
		pairs := strata[*s]
		slices.SortFunc(pairs, func(x, y drawn) int {
			return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
		})
		s.Pairs = int64(len(pairs))
		for _, p := range pairs {
			if s.Accepted && s.Lower >= sureFrom {
				out.sure[[2]int32{min(p.A, p.B), max(p.A, p.B)}] = h
			}
			s.Mean += p.Probability / float64(len(pairs))
		}
		s.Sampled = min(size, len(pairs))
		for k, p := range pairs[:s.Sampled] {
			keys[[2]int32{p.A, p.B}] = mix(p.key)
			out.Pairs = append(out.Pairs, ReviewPair{p.ReviewCandidate, h, k%reviewTwice == 0})
		}
	}
	slices.SortFunc(out.Pairs, func(x, y ReviewPair) int {
		return cmp.Or(cmp.Compare(keys[[2]int32{x.A, x.B}], keys[[2]int32{y.A, y.B}]), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	return out, nil
}

// ReviewColumns name the columns of the file to be reviewed. A reviewer writes 1 for one person, 0 for two, and nothing
// when it cannot be told. A second reviewer does so in the last column where it is empty; elsewhere it holds a dash.
var ReviewColumns = []string{"source_dataset_l", "unique_id_l", "source_dataset_r", "unique_id_r", "match_weight", "match_probability", "clerical_match_score", "clerical_match_score_2"}

// Rows are the rows of the file. register and id name a register and a record.
func (s *ReviewSample) Rows(rows Rows, register func(a int) string, id func(i int32) string) [][]string {
	var out [][]string
	for _, p := range s.Pairs {
		twice := "-"
		if p.Twice {
			twice = ""
		}
		out = append(out, []string{register(rows.Register(int(p.A))), id(p.A), register(rows.Register(int(p.B))), id(p.B),
			strconv.FormatFloat(p.Weight, 'f', 2, 64), strconv.FormatFloat(p.Probability, 'f', 4, 64), "", twice})
	}
	return out
}

// Reviewed are the scores of a sample.
type Reviewed struct {
	sample *ReviewSample
	first  []int8 // by pair: 1 one person, 0 two, −1 cannot tell or not seen
	second []int8
	seen   []string // where the row of each pair stands
	find   map[[4]string]int
}

// NewReviewed begins to read the scores of the sample, named as in [ReviewSample.Rows].
func (s *ReviewSample) NewReviewed(rows Rows, register func(a int) string, id func(i int32) string) *Reviewed {
	r := &Reviewed{sample: s, find: make(map[[4]string]int), seen: make([]string, len(s.Pairs))}
	for i, row := range s.Rows(rows, register, id) {
		r.find[[4]string(row[:4])] = i
		r.find[[4]string{row[2], row[3], row[0], row[1]}] = i
		r.first = append(r.first, -1)
		r.second = append(r.second, -1)
	}
	return r
}

// Add reads a row with the values of the columns source_dataset_l, unique_id_l, source_dataset_r, unique_id_r, clerical_match_score
// and, if the file has it, clerical_match_score_2. where says where it stands and begins the text of every error.
func (r *Reviewed) Add(where string, values []string) error {
	if len(values) < 5 {
		return fmt.Errorf("%s: %d values of a reviewed pair, at least 5 are needed", where, len(values))
	}
	key := [4]string(values[:4])
	i, ok := r.find[key]
	if !ok {
		return fmt.Errorf("%s: %s of %s and %s of %s are not in the sample that this linkage gives: the file was made from other registers or settings, with another seed, or by another version of the program; write a new sample with link --clerical and have that reviewed", where, key[1], key[0], key[3], key[2])
	}
	if r.seen[i] != "" {
		return fmt.Errorf("%s: the pair stands in two rows; the first is %s", where, r.seen[i])
	}
	r.seen[i] = where
	for k, score := range values[4:min(len(values), 6)] {
		into := []*int8{&r.first[i], &r.second[i]}[k]
		switch strings.TrimSpace(score) {
		case "1", "1.0":
			*into = 1
		case "0", "0.0":
			*into = 0
		case "":
		default:
			if k == 1 && strings.TrimSpace(score) == "-" {
				continue
			}
			return fmt.Errorf("%s: %s is %q: write 1 for one person, 0 for two, nothing when it cannot be told", where, ReviewColumns[6+k], score)
		}
	}
	return nil
}

// A Review is what the scores say of the linkage.
type Review struct {
	Scored, CannotTell, NotSeen int
	Twice                       int     // scored by two reviewers
	Kappa                       float64 // their agreement beyond chance (Cohen 1960, doi:10.1177/001316446002000104); 1 when both gave all pairs one and the same score
	FalseMatch, MissedMatch     estimators.LinkRange
	Pairs                       []ReviewRates // by pair of registers, ascending
	Bands                       []ReviewBand
	Recalibration               Recalibration
	Unchanged                   string // why nothing can be said about the weights, from so few scores; else ""

	sure  map[[2]int32]int
	apart map[int][]float64 // by stratum: shares of its links that hold
}

// Calibration are the strata joined by band of probability: what was said of their pairs and what was found, in the strata where a pair has a score.
func (r *Review) Calibration() []estimators.LinkBand {
	var out []estimators.LinkBand
	judged := map[float64]float64{} // pairs of the strata with scores, by band
	for _, b := range r.Bands {
		i := slices.IndexFunc(out, func(o estimators.LinkBand) bool { return o.Lower == b.Lower })
		if i < 0 {
			i = len(out)
			out = append(out, estimators.LinkBand{Lower: b.Lower, Upper: b.Upper})
		}
		o := &out[i]
		o.Pairs += b.Pairs
		o.Reviewed += int64(b.Scored)
		o.Said += float64(b.Pairs) * b.Mean
		if b.Scored > 0 {
			judged[b.Lower] += float64(b.Pairs)
			o.Found.Value += float64(b.Pairs) * float64(b.Matches) / float64(b.Scored)
		}
	}
	slices.SortFunc(out, func(a, b estimators.LinkBand) int { return cmp.Compare(a.Lower, b.Lower) })
	for i := range out {
		o := &out[i]
		o.Said /= float64(o.Pairs)
		if o.Reviewed > 0 {
			o.Found = wilson(o.Found.Value/judged[o.Lower], float64(o.Reviewed))
		}
	}
	return out
}

// wilson is a share of n with its 95 % score interval (Wilson 1927, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
// Association 22, 209–212, doi:10.1080/01621459.1927.10502953).
func wilson(p, n float64) estimators.LinkRange {
	z2 := needZ * needZ
	centre := (p + z2/(2*n)) / (1 + z2/n)
	half := needZ / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return estimators.LinkRange{Value: p, Lower: min(p, max(0, centre-half)), Upper: max(p, min(1, centre+half))}
}

// ReviewRates are those of a pair of registers.
type ReviewRates struct {
	RegisterA, RegisterB    int
	FalseMatch, MissedMatch estimators.LinkRange
}

// A ReviewBand is what was said and what was found of a stratum: the picture of how well the probabilities are calibrated.
type ReviewBand struct {
	ReviewStratum
	Scored, Matches int
}

// Estimate estimates error rates from the scores. With N_h pairs in stratum h and p_h the share of them that are of one person,
//
//	false matches  = Σ_A N_h (1−p_h) / Σ_A N_h,             A the strata that were accepted,
//	missed matches = 1 − Σ_A N_h p_h / (Σ N_h p_h + out),   out(a, b) the matches beyond the graph.
//
// logit p_h is normal with standard deviation ½ around the logit of the mean probability of the stratum plus a shift
// that all strata share, and this is normal around 0 with standard deviation 1½: if the linkage is too sure where
// doubtful pairs are, it is so where there are many of which few were seen. With a Beta(½, ½) prior for each p_h by itself
// a stratum of 50,000 unlikely pairs would be estimated to hold a thousand matches when none is found in twenty of them.
// That prior alone would explain away what people find among pairs of which the linkage is sure, twins for example. So
// with probability 0.02, for the accepted strata together and for the others, the linkage is not to be trusted, and every
// second stratum has that Beta(½, ½) prior (one in 1,000 where it is trusted): what is found then decides.
// A reviewer errs at a rate e in either direction, which the disagreements of two of them tell: their share d is 2e(1−e), and
// has a Beta(½, ½) prior. Without second scores e is 0. Limits hold 95 % of draws
// from the posterior, values are its means.
//
// A stratum none of whose pairs has a score is taken to be as the linkage says, without doubt, in these rates; weights are recalibrated by what the others tell.
//
// Errors: no pair has a score.
func (r *Reviewed) Estimate(beyond func(a, b int) float64, seed uint64) (*Review, error) {
	s := r.sample
	out := &Review{}
	scored, matches := make([]int, len(s.Strata)), make([]int, len(s.Strata))
	var both [2][2]int
	var judged []ReviewBand // those with scores
	for i, p := range s.Pairs {
		switch {
		case r.seen[i] == "":
			out.NotSeen++
		case r.first[i] < 0:
			out.CannotTell++
		default:
			out.Scored++
			scored[p.Stratum]++
			matches[p.Stratum] += int(r.first[i])
			if r.second[i] >= 0 {
				both[r.first[i]][r.second[i]]++
			}
		}
	}
	for h, st := range s.Strata {
		out.Bands = append(out.Bands, ReviewBand{st, scored[h], matches[h]})
		if scored[h] > 0 {
			judged = append(judged, out.Bands[h])
		}
	}
	if out.Scored == 0 {
		return nil, fmt.Errorf("none of the %d sampled pairs has a score: write 1 for one person and 0 for two into the column %s", len(s.Pairs), ReviewColumns[6])
	}
	out.Twice, out.Kappa = kappa(both)

	types := [][2]int{{-1, -1}} // all first
	for _, st := range s.Strata {
		if t := [2]int{st.RegisterA, st.RegisterB}; t != types[len(types)-1] {
			types = append(types, t)
		}
	}
	wrong, missed := make([][]float64, len(types)), make([][]float64, len(types))
	rng := resample.Stream(seed, reviewStream)
	var shares reviewShares
	held, alone := make([][]float64, len(s.Strata)), make([]int, len(s.Strata))
	for k := range reviewReplays {
		if k%(reviewReplays/reviewErrorDraws) == 0 {
			var e float64
			if disagree := both[0][1] + both[1][0]; out.Twice > 0 {
				e = reviewerError(betaDraw(float64(disagree)+.5, float64(out.Twice-disagree)+.5, rng))
			}
			shares = newReviewShares(judged, e)
		}
		drawn, alien := shares.draw(rng)
		share, own := make([]float64, len(s.Strata)), make([]bool, len(s.Strata))
		for h, at := 0, 0; h < len(s.Strata); h++ {
			if share[h] = s.Strata[h].Mean; scored[h] > 0 {
				share[h], own[h] = drawn[at], alien[at]
				at++
			}
		}
		for h := range s.Strata {
			held[h] = append(held[h], min(1, share[h]/s.Strata[h].Mean))
			if own[h] {
				alone[h]++
			}
		}
		for t, pair := range types {
			var accepted, right, all float64
			seen := map[[2]int]bool{}
			for h, st := range s.Strata {
				of := [2]int{st.RegisterA, st.RegisterB}
				if t > 0 && of != pair {
					continue
				}
				if !seen[of] {
					seen[of] = true
					all += beyond(of[0], of[1])
				}
				n := float64(st.Pairs)
				all += n * share[h]
				if st.Accepted {
					accepted += n
					right += n * share[h]
				}
			}
			wrong[t] = append(wrong[t], ratio(accepted-right, accepted))
			missed[t] = append(missed[t], ratio(all-right, all))
		}
	}
	for t, pair := range types {
		w, m := rangeOf(reviewMean(wrong[t]), wrong[t]), rangeOf(reviewMean(missed[t]), missed[t])
		if t == 0 {
			out.FalseMatch, out.MissedMatch = w, m
			continue
		}
		out.Pairs = append(out.Pairs, ReviewRates{pair[0], pair[1], w, m})
	}
	out.sure, out.apart = s.sure, map[int][]float64{}
	for h, st := range s.Strata {
		if st.Accepted && st.Lower >= sureFrom && alone[h] > reviewReplays/2 && out.Bands[h].Matches < out.Bands[h].Scored {
			out.apart[h] = held[h]
		}
	}
	var err error
	if out.Recalibration, err = r.recalibrate(seed, out.apart); err != nil {
		out.Recalibration = Recalibration{Slope: 1}
		if !out.Apart() { // sure links apart, too little is left to change weights by
			out.Unchanged = err.Error()
		}
	}
	return out, nil
}

// Unscored names the strata none of whose sampled pairs has a score, with the number of their pairs.
func (r *Review) Unscored(register func(a int) string) (strata []string, pairs int64) {
	for _, b := range r.Bands {
		if b.Scored == 0 {
			strata = append(strata, fmt.Sprintf("%s and %s, probability %v to %v", register(b.RegisterA), register(b.RegisterB), b.Lower, b.Upper))
			pairs += b.Pairs
		}
	}
	return strata, pairs
}

func reviewMean(values []float64) (mean float64) {
	for _, x := range values {
		mean += x / float64(len(values))
	}
	return mean
}

const (
	reviewShiftSD = 1.5 // of the shift of logits that the strata share
	reviewLocalSD = .5  // of that of each around it
	reviewReach   = 6   // of the grid of logits around those of the linkage
	reviewStep    = .1

	reviewDoubt  = .02  // prior probability that the linkage is not to be trusted on a side, accepted or not
	reviewOdd    = .5   // share of the strata that then are of their own
	reviewAngles = 1000 // places of the grid of those
)

// reviewAlone are the prior probabilities that a stratum is of its own, where the linkage is trusted and where it is not.
var reviewAlone = [2]float64{.001, reviewOdd}

// reviewShares is the posterior distribution of the shares of matches in the strata, on a grid of logits. A stratum of
// its own has places on a grid of angles: where p = sin²θ has the law Beta(½, ½), θ is uniform.
type reviewShares struct {
	accepted   []bool      // by stratum
	centre     []float64   // of each stratum: the logit of its mean
	likelihood [][]float64 // by stratum and place on the grid
	near       [][]float64 // by stratum and shift: the likelihood over places
	own        [][]float64 // by stratum: cumulative likelihood of places where it is of its own
	shift      []float64   // cumulative posterior of the shift
	weight     []float64   // of the places around a shift of 0
	scratch    []float64
}

func reviewGrid(k int) float64 { return float64(k)*reviewStep - reviewReach }

func reviewAngle(k int) float64 {
	x := math.Sin((float64(k) + .5) / reviewAngles * math.Pi / 2)
	return x * x
}

const reviewPlaces = int(2*reviewReach/reviewStep) + 1

func newReviewShares(bands []ReviewBand, e float64) (r reviewShares) {
	var whole float64
	for k := range 2*reviewPlaces - 1 {
		z := float64(k-reviewPlaces+1) * reviewStep / reviewLocalSD
		r.weight = append(r.weight, math.Exp(-z*z/2))
		whole += r.weight[k]
	}
	for _, b := range bands {
		n := float64(60 * b.Pairs) // a mean of 0 or 1 over draws is no certainty
		centre := logit((n*b.Mean + .5) / (n + 1))
		found := float64(b.Matches) / float64(b.Scored)
		log := func(q float64) (sum float64) {
			if b.Matches > 0 {
				sum += float64(b.Matches) * math.Log(q/found)
			}
			if b.Matches < b.Scored {
				sum += float64(b.Scored-b.Matches) * math.Log((1-q)/(1-found))
			}
			return sum
		}
		l := make([]float64, reviewPlaces)
		for k := range l {
			p := 1 / (1 + math.Exp(-centre-reviewGrid(k)))
			l[k] = math.Exp(log(p*(1-e) + (1-p)*e))
		}
		near := make([]float64, reviewPlaces)
		for a := range near {
			for k, x := range l {
				near[a] += x * r.weight[k-a+reviewPlaces-1] / whole
			}
		}
		own := make([]float64, reviewAngles)
		var total float64
		for k := range own {
			p := reviewAngle(k)
			total += math.Exp(log(p*(1-e)+(1-p)*e)) / reviewAngles
			own[k] = total
		}
		r.accepted = append(r.accepted, b.Accepted)
		r.centre = append(r.centre, centre)
		r.likelihood = append(r.likelihood, l)
		r.near = append(r.near, near)
		r.own = append(r.own, own)
	}
	log := make([]float64, reviewPlaces)
	for a := range log {
		z := reviewGrid(a) / reviewShiftSD
		log[a] = -z * z / 2
		for _, side := range []bool{false, true} {
			trusted, not := r.side(a, side)
			top := max(trusted, not)
			log[a] += top + math.Log(math.Exp(trusted-top)+math.Exp(not-top))
		}
	}
	var total float64
	top := slices.Max(log)
	for _, x := range log {
		total += math.Exp(x - top)
		r.shift = append(r.shift, total)
	}
	r.scratch = make([]float64, reviewPlaces)
	return r
}

// side is the logarithm of the probability of the scores on one side, given the shift, with the linkage trusted and not.
func (r *reviewShares) side(a int, accepted bool) (trusted, not float64) {
	log := [2]float64{math.Log1p(-reviewDoubt), math.Log(reviewDoubt)}
	for h, near := range r.near {
		if r.accepted[h] == accepted {
			own := r.own[h][reviewAngles-1]
			for k, alone := range reviewAlone {
				log[k] += math.Log((1-alone)*near[a] + alone*own)
			}
		}
	}
	return log[0], log[1]
}

// draw draws the share of matches in every stratum, and which strata are of their own.
func (r *reviewShares) draw(rng *rand.Rand) (share []float64, own []bool) {
	a := drawCumulative(r.shift, rng)
	alone := map[bool]float64{}
	for _, side := range []bool{false, true} {
		trusted, not := r.side(a, side)
		alone[side] = reviewAlone[0]
		if rng.Float64() < 1/(1+math.Exp(trusted-not)) {
			alone[side] = reviewAlone[1]
		}
	}
	share, own = make([]float64, len(r.centre)), make([]bool, len(r.centre))
	for h, l := range r.likelihood {
		x := alone[r.accepted[h]] * r.own[h][reviewAngles-1]
		y := (1 - alone[r.accepted[h]]) * r.near[h][a]
		if own[h] = rng.Float64()*(x+y) < x; own[h] {
			share[h] = reviewAngle(drawCumulative(r.own[h], rng))
			continue
		}
		var total float64
		for k, x := range l {
			total += x * r.weight[k-a+reviewPlaces-1]
			r.scratch[k] = total
		}
		share[h] = 1 / (1 + math.Exp(-r.centre[h]-reviewGrid(drawCumulative(r.scratch, rng))))
	}
	return share, own
}

// drawCumulative draws a place from the cumulative sums of its weights.
func drawCumulative(sums []float64, rng *rand.Rand) int {
	last := len(sums) - 1
	k, _ := slices.BinarySearch(sums[:last], rng.Float64()*sums[last])
	return k
}

// reviewerError is e in d = 2e(1−e), the share of pairs on which two reviewers who err at rate e disagree. As many
// disagreements as by tossing coins say nothing; scores are then taken as barely better.
func reviewerError(disagree float64) float64 {
	return (1 - math.Sqrt(max(.01, 1-2*disagree))) / 2
}

// kappa is Cohen's for the scores of two reviewers.
func kappa(both [2][2]int) (n int, k float64) {
	n = both[0][0] + both[0][1] + both[1][0] + both[1][1]
	if n == 0 {
		return 0, 0
	}
	total := float64(n)
	agree := float64(both[0][0]+both[1][1]) / total
	first, second := float64(both[1][0]+both[1][1])/total, float64(both[0][1]+both[1][1])/total
	chance := first*second + (1-first)*(1-second)
	if chance == 1 {
		return n, 1
	}
	return n, (agree - chance) / (1 - chance)
}
