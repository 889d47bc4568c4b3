package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"darkfigure/internal/resample"
)

// A simulated study: persons are captured independently, and their records hold five fields with errors. A value
// is a number; a misspelling of it keeps the number and has another form.
type simStudy struct {
	few
	person  []int32
	value   [][simFields]simValue
	poorRec []bool
	bands   [simFields][]uint8 // by value: 0 rare, 1 common
}

type simValue struct{ value, form int32 } // value −1: missing

const simFields = 5 // given name, surname, birth date, sex, place

// simDesign is a design: the share of persons on each register, errors per field, and the share of poor records with
// three times the errors and missing values; the others have fewer, so that the mean remains.
type simDesign struct {
	name    string
	persons int
	capture []float64
	errors  float64
	missing float64
	poor    float64
}

var simDesigns = []simDesign{
	{"three registers at 30, 25, 20 %", 1300, []float64{.30, .25, .20}, .10, .05, .2},
	{"three registers at 54, 45, 36 %", 1300, []float64{.54, .45, .36}, .10, .05, .2},
	{"two registers at 45, 37.5 %", 1300, []float64{.45, .375}, .10, .05, .2},
	{"four registers at 30, 25, 20, 15 %", 1300, []float64{.30, .25, .20, .15}, .10, .05, .2},
	{"three registers at 30, 25, 20 %, 20 % errors", 1300, []float64{.30, .25, .20}, .20, .05, .2},
	{"three registers at 30, 25, 20 %, equal records", 1300, []float64{.30, .25, .20}, .10, .05, 0},
	{"seven registers at 15 %", 1300, []float64{.15, .15, .15, .15, .15, .15, .15}, .10, .05, .2},
	{"three registers at 6, 5, 4 %", 1300, []float64{.06, .05, .04}, .10, .05, .2},
}

// longTail draws from values 0…n−1 with probabilities ∝ 1/(rank+c).
func longTail(n int, c float64) []float64 {
	cum := make([]float64, n)
	sum := 0.0
	for i := range cum {
		sum += 1 / (float64(i) + c)
		cum[i] = sum
	}
	return cum
}

func pick(cum []float64, rng *rand.Rand) int32 {
	i, _ := slices.BinarySearch(cum, rng.Float64()*cum[len(cum)-1])
	return int32(min(i, len(cum)-1))
}

func (d simDesign) study(rng *rand.Rand) *simStudy {
	given, surname, place := longTail(400, 8), longTail(8000, 25), longTail(342, 3)
	fresh := func(f int) int32 {
		switch f {
		case 0:
			return pick(given, rng)
		case 1:
			return pick(surname, rng)
		case 2:
			return int32(rng.IntN(2190)) // six birth years
		case 3:
			return int32(rng.IntN(10) / 7) // 70 % girls
		}
		return pick(place, rng)
	}
	s := &simStudy{}
	s.registers = len(d.capture)
	for p := range d.persons {
		var truth [simFields]int32
		for f := range truth {
			truth[f] = fresh(f)
		}
		for r, share := range d.capture {
			if rng.Float64() >= share {
				continue
			}
			times := (1 - 3*d.poor) / (1 - d.poor)
			if rng.Float64() < d.poor {
				times = 3
			}
			var v [simFields]simValue
			for f := range v {
				v[f].value = truth[f]
				wrong := d.errors
				if f == 3 {
					wrong = .01
				}
				if rng.Float64() < wrong*times {
					// As often another value as is usual for the field, else a misspelling.
					other := [simFields]float64{.15, .10, .30, 1, 1}[f]
					if rng.Float64() < other {
						v[f].value = fresh(f)
					} else {
						v[f].form = 1 + int32(rng.IntN(1000))
					}
				}
				lost := [simFields]float64{d.missing, d.missing / 2, d.missing / 2, .01, 0}[f]
				if rng.Float64() < lost*times {
					v[f] = simValue{-1, 0}
				}
			}
			s.poorRec = append(s.poorRec, times == 3)
			s.person = append(s.person, int32(p))
			s.register = append(s.register, r)
			s.value = append(s.value, v)
		}
	}
	// Bands by pooled counts, as proportions of the records.
	for f := range s.bands {
		count := map[int32]int{}
		top := int32(0)
		for _, v := range s.value {
			count[v[f].value]++
			top = max(top, v[f].value)
		}
		s.bands[f] = make([]uint8, top+1)
		for v, n := range count {
			if v >= 0 && float64(n) > 3+.004*float64(len(s.value)) {
				s.bands[f][v] = 1
			}
		}
	}
	s.hash = make([]uint64, len(s.value))
	for i, v := range s.value {
		h := uint64(14695981039346656037)
		for _, x := range v {
			h = (h ^ uint64(uint32(x.value))) * 1099511628211
			h = (h ^ uint64(x.form)) * 1099511628211
		}
		s.hash[i] = h ^ h>>29
	}
	s.pattern = s.compare
	return s
}

// compare has the levels exact rare, exact common, near, near by less, different.
func (s *simStudy) compare(i, j int) Pattern {
	var p Pattern
	for f := range simFields {
		a, b := s.value[i][f], s.value[j][f]
		level := 4
		switch {
		case a.value < 0 || b.value < 0:
			level = Missing
		case a.value != b.value:
			// Different values look alike now and then.
			if f < 3 && (a.value*7+b.value*7)%97 == 0 {
				level = 3
			}
		case a.form == b.form:
			level = int(s.bands[f][a.value])
		case (a.form+b.form)%3 > 0:
			level = 2
		default:
			level = 3
		}
		p = p.With(f, level)
	}
	return p
}

// model fits m, u and λ to all pairs by EM, one kind of match, and keeps the pairs with λ·LR > 1e-4.
func (s *simStudy) model() (*Graph, *Model) {
	n, k := s.Len(), s.registers
	type cell struct {
		t int
		p Pattern
	}
	count := map[cell]float64{}
	m := &Model{}
	for a := range k {
		for b := a + 1; b < k; b++ {
			m.Types = append(m.Types, PairType{A: a, B: b, Lambda: .001})
		}
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			if s.register[i] != s.register[j] {
				t := m.Type(s.register[i], s.register[j])
				count[cell{t, s.compare(i, j)}]++
				m.Types[t].Possible++
			}
		}
	}
	var cells []cell
	for c := range count {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, func(a, b cell) int { return cmp.Or(a.t-b.t, cmp.Compare(a.p, b.p)) })
	start := []float64{.4, .4, .1, .05, .05}
	for range simFields {
		m.Comparisons = append(m.Comparisons, Comparison{M: slices.Clone(start), U: []float64{.01, .02, .01, .02, .94}, Exact: 2})
	}
	for range 300 {
		var ms, us [simFields][8]float64
		match := make([]float64, len(m.Types))
		for _, c := range cells {
			l := m.Types[c.t].Lambda
			odds := math.Log(l) - math.Log1p(-l) + simRatio(m, c.p)
			w := count[c] / (1 + math.Exp(-odds))
			match[c.t] += w
			for f := range simFields {
				ms[f][c.p.Level(f)] += w
				us[f][c.p.Level(f)] += count[c] - w
			}
		}
		for t := range match {
			m.Types[t].Lambda = match[t] / float64(m.Types[t].Possible)
		}
		for f := range m.Comparisons {
			a, b := 0.0, 0.0
			for l := range 5 {
				ms[f][l] += 5 * start[l]
				us[f][l] += .5
				a += ms[f][l]
				b += us[f][l]
			}
			for l := range 5 {
				m.Comparisons[f].M[l], m.Comparisons[f].U[l] = ms[f][l]/a, us[f][l]/b
			}
		}
	}
	g := &Graph{}
	for i := range n {
		for j := i + 1; j < n; j++ {
			if s.register[i] != s.register[j] {
				p := s.compare(i, j)
				if math.Exp(simRatio(m, p))*m.Types[m.Type(s.register[i], s.register[j])].Lambda > 1e-4 {
					g.Pairs = append(g.Pairs, Pair{int32(i), int32(j), p})
				}
			}
		}
	}
	return g, m
}

func simRatio(m *Model, p Pattern) float64 {
	w := 0.0
	for f, c := range m.Comparisons {
		if l := p.Level(f); l != Missing {
			w += math.Log(c.M[l] / c.U[l])
		}
	}
	return w
}

// truth is the true partition.
func (s *simStudy) truth() Partition {
	out := make(Partition, s.Len())
	copy(out, s.person)
	return out
}

// point joins greedily while a match is more probable than not.
func (s *simStudy) point(t testing.TB, g *Graph, m *Model) Partition {
	u, err := newUnitGraph(s, g, hashOrder(s), nil, asideFrom)
	if err != nil {
		t.Fatal(err)
	}
	c := newGibbs(s, u, newScorer(m, 1, u.patterns), newOverlapPrior(s.Registers(), s.Len()), resample.Stream(0, 0))
	c.greedy(m)
	out := make(Partition, s.Len())
	next := int32(len(c.mask))
	for i := range out {
		if x := u.unit[i]; x >= 0 {
			out[i] = c.cluster[x]
		} else {
			out[i] = next
			next++
		}
	}
	return out
}

// trueRates are the false and missed matches of a partition, and the numbers of pairs.
func (s *simStudy) trueRates(p Partition) (wrong, accepted, missed, matches float64) {
	newMembers(s, p).pairs(func(a, b int32, _ uint32) {
		accepted++
		if s.person[a] != s.person[b] {
			wrong++
		}
	})
	newMembers(s, s.truth()).pairs(func(a, b int32, _ uint32) {
		matches++
		if p[a] != p[b] {
			missed++
		}
	})
	return
}

// simScore adds up what studies of one design gave.
type simScore struct {
	studies                             int
	pairs, triples                      float64 // drawn over true, sums
	truePairs, trueTriples              float64
	fmrSaid, fmrTrue, accepted          float64
	mmrSaid, mmrTrue, matches, matches2 float64
	cover                               int // overlaps of pairs of registers within 95 % of the draws
	coverable                           int
	em                                  float64
	rhat                                []float64
	extended, disagree                  int
}

func (x *simScore) add(t testing.TB, d simDesign, seed uint64, o DrawOptions) {
	s := d.study(resample.Stream(seed, 0))
	g, m := s.model()
	o.Seed = seed
	draws, err := Draw(context.Background(), s, g, m, o)
	if err != nil {
		t.Fatal(err)
	}
	point := s.point(t, g, m)
	rates, err := draws.Rates(point, m)
	if err != nil {
		t.Fatal(err)
	}
	wrong, accepted, missed, matches := s.trueRates(point)
	x.studies++
	x.fmrTrue += wrong
	x.accepted += accepted
	x.mmrTrue += missed
	x.matches += matches
	x.fmrSaid += rates.Total.FalseMatch.Value * accepted
	x.mmrSaid += rates.Total.MissedMatch.Value * rates.Total.Matches
	x.matches2 += rates.Total.Matches
	table := make([]int64, 1<<s.registers)
	byPerson := map[int32]uint32{}
	for i, p := range s.person {
		byPerson[p] |= 1 << s.register[i]
	}
	for _, h := range byPerson {
		table[h]++
	}
	overlap := make([]int64, len(rates.Pairs))
	countOverlaps(overlap, table, s.registers)
	for i, p := range rates.Pairs {
		x.pairs += p.Links.Value
		x.truePairs += float64(overlap[i])
		x.em += p.EM
		x.coverable++
		if v := float64(overlap[i]); p.Links.Lower <= v && v <= p.Links.Upper {
			x.cover++
		}
	}
	for h, n := range table {
		if popcount(h) >= 3 {
			x.trueTriples += float64(n)
			for _, t := range draws.Tables {
				x.triples += float64(t[h]) / float64(len(draws.Tables))
			}
		}
	}
	x.rhat = append(x.rhat, draws.Chains.Worst())
	if draws.Chains.Extended {
		x.extended++
	}
	if !draws.Chains.Agree {
		x.disagree++
	}
}

func popcount(h int) (n int) {
	for ; h > 0; h &= h - 1 {
		n++
	}
	return n
}

func (x *simScore) String() string {
	slices.Sort(x.rhat)
	return fmt.Sprintf("overlaps %.4f of true (EM %.4f), triples %.4f; FMR %.4f said, %.4f true (×%.2f); MMR %.4f said, %.4f true (×%.2f); "+
		"cover of overlaps %.3f; R-hat median %.3f, max %.3f, extended %d, disagree %d of %d",
		x.pairs/x.truePairs, x.em/x.truePairs, x.triples/max(x.trueTriples, 1), x.fmrSaid/x.accepted, x.fmrTrue/x.accepted, x.fmrTrue/x.accepted/(x.fmrSaid/x.accepted),
		x.mmrSaid/x.matches2, x.mmrTrue/x.matches, x.mmrTrue/x.matches/(x.mmrSaid/x.matches2),
		float64(x.cover)/float64(x.coverable), x.rhat[len(x.rhat)/2], x.rhat[len(x.rhat)-1], x.extended, x.disagree, x.studies)
}

// Simulated studies: the overlaps drawn are those that are true, and the error rates said are near the true ones. The few
// studies of a plain run only catch what is broken. LINKAGE_STUDIES=200 runs so many of every design, or of LINKAGE_DESIGN, from
// LINKAGE_SEED on.
func TestDrawsOfSimulatedStudies(t *testing.T) {
	if testing.Short() {
		t.Skip("simulation")
	}
	studies, first := 3, uint64(50_000)
	designs := []simDesign{simDesigns[0], simDesigns[2]}
	if v, err := strconv.Atoi(os.Getenv("LINKAGE_STUDIES")); err == nil {
		studies, designs = v, simDesigns
	}
	if v, err := strconv.ParseUint(os.Getenv("LINKAGE_SEED"), 10, 64); err == nil {
		first = v
	}
	for _, d := range designs {
		if only := os.Getenv("LINKAGE_DESIGN"); only != "" && only != d.name {
			continue
		}
		scores := make([]*simScore, studies)
		err := resample.Each(context.Background(), studies, 0, func(i int) error {
			scores[i] = &simScore{}
			scores[i].add(t, d, first+uint64(i), DrawOptions{Workers: 1})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		x := &simScore{}
		for _, s := range scores {
			x.merge(s)
		}
		t.Logf("%s, %d studies: %s", d.name, studies, x)
		// The posterior standard deviation of the overlaps of a study is about 1 % of them; that of the errors, a fifth.
		within := 0.01 + 3*0.01/math.Sqrt(float64(studies))
		if r := x.pairs / x.truePairs; d.capture[0] > .1 && d.errors <= .1 && math.Abs(r-1) > within {
			t.Errorf("%s: %.4f of the true overlaps", d.name, r)
		}
		if r := (x.mmrTrue / x.matches) / (x.mmrSaid / x.matches2); d.capture[0] > .1 && math.Abs(math.Log(r)) > math.Log(1.5)+3*0.2/math.Sqrt(float64(studies)) {
			t.Errorf("%s: the true rate of missed matches is %.2f times that said", d.name, r)
		}
	}
}

func (x *simScore) merge(y *simScore) {
	x.studies += y.studies
	x.pairs += y.pairs
	x.triples += y.triples
	x.truePairs += y.truePairs
	x.trueTriples += y.trueTriples
	x.fmrSaid += y.fmrSaid
	x.fmrTrue += y.fmrTrue
	x.accepted += y.accepted
	x.mmrSaid += y.mmrSaid
	x.mmrTrue += y.mmrTrue
	x.matches += y.matches
	x.matches2 += y.matches2
	x.cover += y.cover
	x.coverable += y.coverable
	x.em += y.em
	x.rhat = append(x.rhat, y.rhat...)
	x.extended += y.extended
	x.disagree += y.disagree
}

// BenchmarkDraw draws 60 linkages of a study.
func BenchmarkDraw(b *testing.B) {
	for _, d := range simDesigns[:4] {
		s := d.study(resample.Stream(1, 0))
		g, m := s.model()
		b.Run(fmt.Sprintf("records=%d/registers=%d/edges=%d", s.Len(), s.registers, len(g.Pairs)), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := Draw(context.Background(), s, g, m, DrawOptions{Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
