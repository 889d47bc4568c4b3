package study_test

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// The answers that are compared, in the order of the tables.
const (
	trueLinks = "true links"
	ignored50 = "doubt ignored, τ = .5"
	ignored95 = "doubt ignored, τ = .95"
	exactKey  = "exact key"
	rubin     = "pooled, Rubin"
	mixture   = "pooled, mixture"
)

var answers = []string{trueLinks, ignored50, ignored95, exactKey, rubin, mixture}

// An answer is an estimate of N with its interval; one that is refused is neither.
type answer struct {
	N       float64 `json:"n"`
	Lower   float64 `json:"lower"`
	Upper   float64 `json:"upper,omitempty"` // 0: without limit
	Refused string  `json:"refused,omitempty"`
}

func answerOf(e estimators.Estimate, kind estimators.IntervalKind) answer {
	if e.Status == estimators.Refused {
		return answer{Refused: e.Reason.Code}
	}
	for _, i := range e.Intervals {
		if kind == "" || i.Kind == kind {
			a := answer{N: e.Population, Lower: i.Lower, Upper: i.Upper}
			if i.Unbounded() {
				a.Upper = 0
			}
			return a
		}
	}
	return answer{Refused: "no-interval"}
}

// An outcome is what one study gave.
type outcome struct {
	Design  string            `json:"design"`
	Seed    uint64            `json:"seed"`
	People  int               `json:"people"`
	Answers map[string]answer `json:"answers"`

	// Of the point linkage at τ = .5, in pairs of records of two registers.
	Right, False, Missed int
	SaidFalse, SaidMiss  float64
	// Of the draws.
	OverlapTrue, OverlapDrawn float64 // sums over pairs of registers
	EM                        float64 // λ·pairs of EM, summed over pairs of registers
	Pairs                     int     // of records of one person in two registers
	Share                     float64 // of the variance due to the links
	RHat                      float64
	Agree, Converged          bool
	Seconds                   float64

	// What goes wrong: pairs by the number of fields that are not equal (missing included), and by
	// how many of the two records are poor.
	MatchesByFields, MissedByFields, FalseByFields [6]int
	MatchesByPoor, MissedByPoor                    [3]int
	// Pairs of records of one register: joined rightly, wrongly, and not joined.
	WithinRight, WithinFalse, WithinMissed int
}

// A summary of the outcomes of a design.
func summary(d design, all []outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n\n", d.name, d.what)
	fmt.Fprintf(&b, "%d studies, seeds %d to %d.\n\n", len(all), all[0].Seed, all[len(all)-1].Seed)
	b.WriteString("| answer | covers | below / above | bias | log width | refused | no limit |\n|---|---|---|---|---|---|---|\n")
	for _, name := range answers {
		s := scoreOf(name, all)
		fmt.Fprintf(&b, "| %s | %s | %d / %d | %+.4f ±%.4f | %.3f | %d | %d |\n", name, s.percent(), s.below, s.above, s.bias, s.biasSE, s.logWidth, s.refused, s.unbounded)
	}
	r := ratesOf(all)
	var truth, drawn, em, share, seconds float64
	var rhat []float64
	disagree, failed := 0, 0
	var byFields, missedFields, falseFields [6]int
	var byPoor, missedPoor [3]int
	var within [3]int
	for _, o := range all {
		n := float64(len(all))
		truth += o.OverlapTrue
		drawn += o.OverlapDrawn
		em += o.EM
		share += o.Share / n
		seconds += o.Seconds / n
		rhat = append(rhat, o.RHat)
		if !o.Agree {
			disagree++
		}
		if !o.Converged {
			failed++
		}
		for i := range byFields {
			byFields[i] += o.MatchesByFields[i]
			missedFields[i] += o.MissedByFields[i]
			falseFields[i] += o.FalseByFields[i]
		}
		for i := range byPoor {
			byPoor[i] += o.MatchesByPoor[i]
			missedPoor[i] += o.MissedByPoor[i]
		}
		within[0] += o.WithinRight
		within[1] += o.WithinFalse
		within[2] += o.WithinMissed
	}
	b.WriteString(beside(all))
	fmr, mmr := 1-r.precision(), 1-r.recall()
	fmt.Fprintf(&b, "\nPoint linkage τ = .5: precision %.4f, recall %.4f. False-match rate said %.4f, true %.4f (× %.2f); missed-match rate said %.4f, true %.4f (× %.2f). ",
		1-fmr, 1-mmr, r.saidFalse, fmr, r.saidFalse/fmr, r.saidMissed, mmr, r.saidMissed/mmr)
	fmt.Fprintf(&b, "Overlaps drawn / true %.4f. EM λ·pairs / true %.4f. Share of the variance due to links %.3f. ", drawn/truth, em/truth, share)
	slices.Sort(rhat)
	fmt.Fprintf(&b, "R̂ median %.3f, largest %.3f, %d studies where the chains disagree; %d where EM did not converge. %.2f seconds for a study.\n", rhat[len(rhat)/2], rhat[len(rhat)-1], disagree, failed, seconds)
	b.WriteString("\n| fields not equal | 0 | 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|---|\n")
	row := func(name string, f func(i int) string) {
		fmt.Fprintf(&b, "| %s |", name)
		for i := range byFields {
			fmt.Fprintf(&b, " %s |", f(i))
		}
		b.WriteByte('\n')
	}
	row("pairs of one person", func(i int) string { return fmt.Sprint(byFields[i]) })
	row("of which missed", func(i int) string {
		return fmt.Sprintf("%d (%.1f %%)", missedFields[i], 100*float64(missedFields[i])/math.Max(1, float64(byFields[i])))
	})
	row("false links", func(i int) string { return fmt.Sprint(falseFields[i]) })
	fmt.Fprintf(&b, "\nMissed where none, one, both of the records are poor: %.1f %%, %.1f %%, %.1f %% of the pairs of one person.\n",
		100*float64(missedPoor[0])/math.Max(1, float64(byPoor[0])), 100*float64(missedPoor[1])/math.Max(1, float64(byPoor[1])), 100*float64(missedPoor[2])/math.Max(1, float64(byPoor[2])))
	if within[0]+within[2] > 0 {
		fmt.Fprintf(&b, "Within registers: precision %.4f, recall %.4f.\n", float64(within[0])/float64(within[0]+within[1]), float64(within[0])/float64(within[0]+within[2]))
	}
	return b.String()
}

// beside compares the pooled answer with that of the true links, study by study: what the doubt about links costs, free of most
// of the sampling error.
func beside(all []outcome) string {
	var diff []float64
	lost, won := 0, 0
	for _, o := range all {
		p, q := o.Answers[mixture], o.Answers[trueLinks]
		if p.Refused != "" || q.Refused != "" {
			continue
		}
		n := float64(o.People)
		covers := func(a answer) bool { return a.Lower <= n && (a.Upper == 0 || a.Upper >= n) }
		diff = append(diff, p.N/q.N-1)
		switch {
		case covers(q) && !covers(p):
			lost++
		case covers(p) && !covers(q):
			won++
		}
	}
	mean, square := 0.0, 0.0
	for _, x := range diff {
		mean += x / float64(len(diff))
	}
	for _, x := range diff {
		square += (x - mean) * (x - mean)
	}
	return fmt.Sprintf("\nPooled beside true links: estimates differ by %+.4f ±%.4f in the mean; %d studies are covered with true links only, %d with the pooled mixture only.\n",
		mean, math.Sqrt(square)/math.Max(1, float64(len(diff))), lost, won)
}

// rates of the point linkage at τ = .5 over all studies, and the means of what the program says they are.
type rates struct{ right, wrong, missed, saidFalse, saidMissed float64 }

func (r rates) precision() float64 { return r.right / (r.right + r.wrong) }
func (r rates) recall() float64    { return r.right / (r.right + r.missed) }

func ratesOf(all []outcome) rates {
	var r rates
	for _, o := range all {
		r.right += float64(o.Right)
		r.wrong += float64(o.False)
		r.missed += float64(o.Missed)
		r.saidFalse += o.SaidFalse / float64(len(all))
		r.saidMissed += o.SaidMiss / float64(len(all))
	}
	return r
}

type scored struct {
	n, covered, below, above, refused, unbounded int
	bias, biasSE, logWidth                       float64
}

func (s scored) coverage() float64 { return float64(s.covered) / float64(max(1, s.n)) }

func (s scored) percent() string {
	p := s.coverage()
	return fmt.Sprintf("%.1f ±%.1f %%", 100*p, 100*math.Sqrt(p*(1-p)/float64(max(1, s.n))))
}

// scoreOf scores one kind of answer; studies where it is refused are counted and left out.
func scoreOf(name string, all []outcome) scored {
	var s scored
	var biases []float64
	widths := 0
	for _, o := range all {
		a, ok := o.Answers[name]
		if !ok || a.Refused != "" {
			s.refused++
			continue
		}
		s.n++
		n := float64(o.People)
		switch {
		case a.Upper != 0 && a.Upper < n:
			s.below++
		case a.Lower > n:
			s.above++
		default:
			s.covered++
		}
		biases = append(biases, a.N/n-1)
		if a.Upper == 0 {
			s.unbounded++
		} else {
			widths++
			s.logWidth += math.Log(a.Upper / a.Lower)
		}
	}
	for _, x := range biases {
		s.bias += x / float64(len(biases))
	}
	for _, x := range biases {
		s.biasSE += (x - s.bias) * (x - s.bias)
	}
	s.biasSE = math.Sqrt(s.biasSE) / math.Max(1, float64(len(biases)))
	s.logWidth /= math.Max(1, float64(widths))
	return s
}
