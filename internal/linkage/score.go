package linkage

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Two numbers of the score of a cluster that were found by simulation; everything else follows from the model.
const (
	// treeShare is c in the score of a cluster C of records,
	//
	//	score(C) = c·tree + (1−c)·(2/|C|)·sum,
	//
	// where tree is the weight of the maximum spanning tree over its pairs and sum that of all pairs.
	// Weights of pairs that share a record are not independent: three records that agree in a value of frequency p carry
	// log 1/p², and their three pairs claim log 1/p³. The sum over all pairs therefore merges too much; 2/|C| of it
	// is exact for equal records and refuses a third record with one strong and one weak link; the tree accepts it, and is a little
	// too ready. With two registers all three are equal.
	treeShare = 0.75
	// matchClasses is how many kinds of match there are: good, and poor, where a record that is wrong in one field is
	// more often wrong in others.
	matchClasses = 2
)

// The prior of the parameters of matches. A worse poor match, or a poorPrior that holds it to that, finds more of the matches
// that records wrong in several fields hide, at the price of a few more false ones.
const (
	goodShare  = 0.85 // share of good matches where a chain starts
	goodBeta   = 8.0  // prior of that share: Beta(8, 2)
	poorBeta   = 2.0
	poorOdds   = 3.0  // odds of an error in a poor match over those in EM's, where a chain starts
	goodPrior  = 2.0  // matches that the m a chain starts from is worth
	poorPrior  = 5.0  // the same of poor matches
	levelLeast = 0.05 // added to every level
)

// scorer weighs pairs and clusters for one chain. Its parameters m are redrawn with every sweep; u stays
// as EM left it, for nearly all pairs are of two persons, and they are known well.
type scorer struct {
	classes  int
	fields   int
	levels   []int
	alike    []bool    // by field: m is the same in all classes
	logU     []float64 // field·8 + level
	prior    [matchClasses][]float64
	m        [matchClasses][]float64
	logM     [matchClasses][]float64 // log m/u; 0 for a missing level
	share    float64                 // of good matches
	joint    dependences             // what fields that depend on each other take from a weight
	patterns []Pattern
	weight   []float64               // of each pattern: log likelihood ratio of match and non-match
	class    [matchClasses][]float64 // log (share · likelihood ratio) of each class
	count    [matchClasses][]float64 // linked pairs by pattern
	sum      [matchClasses][]float64 // those by field and level
	index    map[Pattern]int32

	// score' = slope·score + shift per member beyond the first, from a review by people.
	slope, shift float64

	// scratch of cluster
	best [maxRegisters]float64
	in   [maxRegisters]bool
}

// checkModel refuses a model that cannot weigh a pair.
func checkModel(m *Model) error {
	if len(m.Comparisons) == 0 || len(m.Comparisons) > MaxFields {
		return fmt.Errorf("a model of %d fields: it must compare between 1 and %d", len(m.Comparisons), MaxFields)
	}
	for _, c := range m.Comparisons {
		if len(c.M) < 2 || len(c.M) > Missing || len(c.U) != len(c.M) {
			return fmt.Errorf("field %q: %d and %d probabilities of its levels, between 2 and %d of each are needed", c.Field, len(c.M), len(c.U), Missing)
		}
		for l := range c.M {
			for _, p := range []float64{c.M[l], c.U[l]} {
				if !(p > 0 && p <= 1) {
					return fmt.Errorf("field %q, level %d: a probability of %v; it must be positive, however small", c.Field, l, p)
				}
			}
		}
	}
	return nil
}

// newScorer starts from the model of one class: good matches have its m; among poor ones the odds of anything but
// full agreement are poorOdds times higher, spread as in the model. A comparison that knows nothing but full agreement, how
// frequent the value is on which records agree, has the same m in both. The patterns get their numbers in the order given.
func newScorer(model *Model, classes int, patterns []Pattern) *scorer {
	s := &scorer{joint: newDependences(model), classes: classes, fields: len(model.Comparisons), slope: 1, share: 1}
	if classes == matchClasses {
		s.share = goodShare
	}
	size := 8 * s.fields
	s.logU = make([]float64, size)
	for k := range classes {
		s.prior[k] = make([]float64, size)
		s.m[k] = make([]float64, size)
		s.logM[k] = make([]float64, size)
		s.sum[k] = make([]float64, size)
	}
	worth := [matchClasses]float64{goodPrior, poorPrior}
	for f, c := range model.Comparisons {
		s.levels = append(s.levels, len(c.M))
		s.alike = append(s.alike, c.Exact >= len(c.M))
		poor := poorLevels(&c)
		for l := range c.M {
			at := 8*f + l
			s.logU[at] = math.Log(c.U[l])
			for k := range classes {
				s.m[k][at] = c.M[l]
				if k > 0 {
					s.m[k][at] = poor[l]
				}
				s.prior[k][at] = worth[k]*s.m[k][at] + levelLeast
			}
		}
	}
	s.index = make(map[Pattern]int32, 2*len(patterns))
	for _, p := range patterns {
		s.intern(p)
	}
	s.weigh()
	return s
}

// poorLevels is m of the poor matches at the start.
func poorLevels(c *Comparison) []float64 {
	exact := max(1, c.Exact)
	if exact >= len(c.M) {
		return c.M
	}
	full, total := 0.0, 0.0
	for l, m := range c.M {
		total += m
		if l < exact {
			full += m
		}
	}
	wrong := (total - full) / total
	tilted := poorOdds * wrong / (1 - wrong + poorOdds*wrong)
	out := make([]float64, len(c.M))
	for l, m := range c.M {
		if l < exact {
			out[l] = m / full * (1 - tilted)
		} else {
			out[l] = m / (total - full) * tilted
		}
	}
	return out
}

// intern gives the number of a pattern.
func (s *scorer) intern(p Pattern) int32 {
	if i, ok := s.index[p]; ok {
		return i
	}
	i := int32(len(s.patterns))
	s.index[p] = i
	s.patterns = append(s.patterns, p)
	s.weight = append(s.weight, 0)
	for k := range s.classes {
		s.class[k] = append(s.class[k], 0)
		s.count[k] = append(s.count[k], 0)
	}
	s.weighOne(int(i))
	return i
}

// weigh recomputes the weights of all patterns.
func (s *scorer) weigh() {
	for k := range s.classes {
		for f, n := range s.levels {
			for l := range n {
				s.logM[k][8*f+l] = math.Log(s.m[k][8*f+l]) - s.logU[8*f+l]
			}
		}
	}
	for i := range s.patterns {
		s.weighOne(i)
	}
}

func (s *scorer) weighOne(i int) {
	good := s.joint.at(s.patterns[i])
	poor := good
	for f, p := 0, s.patterns[i]; f < s.fields; f, p = f+1, p>>3 {
		at := 8*f + int(p&7)
		good += s.logM[0][at]
		if s.classes > 1 {
			poor += s.logM[1][at]
		}
	}
	if s.classes == 1 {
		s.class[0][i], s.weight[i] = good, good
		return
	}
	good += math.Log(s.share)
	poor += math.Log(1 - s.share)
	s.class[0][i], s.class[1][i] = good, poor
	high, low := max(good, poor), min(good, poor)
	s.weight[i] = high + math.Log1p(math.Exp(low-high))
}

// cluster is the score of a cluster of n records from the weights of its pairs: weight(a, b) for a < b < n. Prim's
// algorithm finds the tree.
func (s *scorer) cluster(n int, weight *[maxRegisters][maxRegisters]float64) float64 {
	var raw float64
	switch n {
	case 0, 1:
		return 0
	case 2:
		raw = weight[0][1]
	case 3:
		a, b, c := weight[0][1], weight[0][2], weight[1][2]
		sum := a + b + c
		raw = treeShare*(sum-min(a, b, c)) + (1-treeShare)*2/3*sum
	default:
		sum, tree := 0.0, 0.0
		for i := range n {
			s.in[i], s.best[i] = false, math.Inf(-1)
			for j := i + 1; j < n; j++ {
				sum += weight[i][j]
			}
		}
		last := 0
		s.in[0] = true
		for range n - 1 {
			next := -1
			for j := range n {
				if s.in[j] {
					continue
				}
				s.best[j] = max(s.best[j], weight[min(last, j)][max(last, j)])
				if next < 0 || s.best[j] > s.best[next] {
					next = j
				}
			}
			tree += s.best[next]
			s.in[next] = true
			last = next
		}
		raw = treeShare*tree + (1-treeShare)*2/float64(n)*sum
	}
	return s.slope*raw + s.shift*float64(n-1)
}

// forget clears the counts of linked pairs.
func (s *scorer) forget() {
	for k := range s.classes {
		clear(s.count[k])
	}
}

// learn counts a linked pair of the given pattern and weight: as a good or a poor match, drawn with their
// probabilities.
func (s *scorer) learn(pattern int32, weight float64, rng *rand.Rand) {
	k := 0
	if s.classes > 1 && rng.Float64() >= math.Exp(s.class[0][pattern]-s.weight[pattern]) {
		k = 1
	}
	s.count[k][pattern] += weight
}

// redraw draws m of every class and their shares given the pairs counted:
//
//	m_f ~ Dirichlet(5·m_start + 0.05 + counts of field f),   share of good ones ~ Beta(8 + good, 2 + poor).
//
// A missing level counts for nothing.
func (s *scorer) redraw(rng *rand.Rand) {
	var pairs [matchClasses]float64
	for k := range s.classes {
		clear(s.sum[k])
		for i, c := range s.count[k] {
			if c == 0 {
				continue
			}
			pairs[k] += c
			for f, p := 0, s.patterns[i]; f < s.fields; f, p = f+1, p>>3 {
				s.sum[k][8*f+int(p&7)] += c
			}
		}
	}
	for f, n := range s.levels {
		if s.alike[f] && s.classes > 1 {
			for at := 8 * f; at < 8*f+n; at++ {
				s.sum[0][at] += s.sum[1][at]
			}
			s.redrawField(0, f, n, rng)
			copy(s.m[1][8*f:8*f+n], s.m[0][8*f:8*f+n])
			continue
		}
		for k := range s.classes {
			s.redrawField(k, f, n, rng)
		}
	}
	if s.classes > 1 {
		a, b := gammaDraw(goodBeta+pairs[0], rng), gammaDraw(poorBeta+pairs[1], rng)
		s.share = min(max(a/(a+b), 1e-12), 1-1e-12)
	}
	s.weigh()
}

// redrawField draws m of one field in one class.
func (s *scorer) redrawField(k, f, n int, rng *rand.Rand) {
	sum := 0.0
	for at := 8 * f; at < 8*f+n; at++ {
		s.m[k][at] = gammaDraw(s.prior[k][at]+s.sum[k][at], rng)
		sum += s.m[k][at]
	}
	for at := 8 * f; at < 8*f+n; at++ {
		// A gamma draw of small shape may be 0 in floating point; its logarithm must not be infinite.
		s.m[k][at] = max(s.m[k][at]/sum, 1e-12)
	}
}

// gammaDraw draws from the gamma law of the given shape and scale 1 (Marsaglia and Tsang 2000, A simple method for generating
// gamma variables, ACM Trans. Math. Softw. 26:363); shapes below 1 by their boost, U^(1/shape).
func gammaDraw(shape float64, rng *rand.Rand) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(1-rng.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-rng.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return boost * d * v
		}
	}
}
