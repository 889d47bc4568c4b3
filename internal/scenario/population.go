package scenario

import (
	"context"
	"fmt"
	"math"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// A Population is a number of people of whom it is known how they come to be on lists: each has, independently of the
// others, pattern w with probability Share[w].
type Population struct {
	Lists []string  `json:"lists"`
	Size  int64     `json:"size"`
	Share []float64 `json:"share"` // by pattern, of length 2^k; Share[0] is the hidden part
	// Model is the log-linear model that the shares follow, as estimators write it; "" when there is none, as with latent classes.
	Model string `json:"model,omitempty"`
}

// Fitted is a model fitted to a table.
type Fitted struct {
	Lists []string
	Model string
	Means []float64 // fitted number of people by pattern; Means[0] is the hidden number
}

// Models is what a population needs to know of log-linear models.
type Models interface {
	// FitTable fits the model, or the one that is selected, to the table in a file. The path is that of the scenario file.
	FitTable(ctx context.Context, path, model, selection string) (*Fitted, error)
	// Write writes the model with these interactions as estimators do.
	Write(lists []string, terms []estimators.Pattern) (string, error)
}

// Population works out the shares. With factor other than 1 every capture share is that many times
// as large, at most [MostSeen]; odds ratios stay as they are.
func (s *Scenario) Population(ctx context.Context, m Models, factor float64) (*Population, error) {
	if s.People.Table != "" {
		return s.fitted(ctx, m, factor)
	}
	p := &Population{Size: s.People.Size}
	at := map[string]int{}
	for i, l := range s.People.Lists {
		at[l.List] = i
		p.Lists = append(p.Lists, l.List)
	}
	k := len(p.Lists)
	classes := s.People.Classes
	if len(classes) == 0 {
		classes = []Class{{Share: 1}}
	}
	p.Share = make([]float64, 1<<uint(k))
	for _, c := range classes {
		margins := make([]float64, k)
		for i, l := range s.People.Lists {
			margins[i] = enlarged(l.Share, factor)
		}
		for _, l := range c.Lists {
			margins[at[l.List]] = enlarged(l.Share, factor)
		}
		q := make([]float64, len(p.Share))
		for w := range q {
			q[w] = 1
			for _, d := range s.People.Dependence {
				if estimators.Pattern(w).Has(at[d.Between[0]]) && estimators.Pattern(w).Has(at[d.Between[1]]) {
					q[w] *= d.OddsRatio
				}
			}
		}
		if err := fitMargins(q, margins); err != nil {
			return nil, err
		}
		for w, x := range q {
			p.Share[w] += c.Share * x
		}
	}
	if len(classes) == 1 {
		var terms []estimators.Pattern
		for _, d := range s.People.Dependence {
			if d.OddsRatio != 1 {
				terms = append(terms, 1<<uint(at[d.Between[0]])|1<<uint(at[d.Between[1]]))
			}
		}
		var err error
		if p.Model, err = m.Write(p.Lists, terms); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// fitted takes a fitted model as the truth: N is N̂ rounded, the shares are the fitted means over N̂.
func (s *Scenario) fitted(ctx context.Context, m Models, factor float64) (*Population, error) {
	f, err := m.FitTable(ctx, s.People.Table, s.People.Model, s.People.Select)
	if err != nil {
		return nil, err
	}
	k, total := len(f.Lists), 0.0
	if k < 2 || k > MaxLists {
		return nil, fmt.Errorf("the table has %d lists: between 2 and %d can be simulated", k, MaxLists)
	}
	for _, x := range f.Means {
		total += x
	}
	if total > MaxSize {
		return nil, fmt.Errorf("the model %s gives %s people: at most %d can be simulated", f.Model, estimators.People(total), MaxSize)
	}
	p := &Population{Lists: f.Lists, Model: f.Model, Size: int64(math.Round(total)), Share: make([]float64, len(f.Means))}
	for w, x := range f.Means {
		p.Share[w] = x / total
	}
	if factor == 1 {
		return p, nil
	}
	margins := p.captured()
	for i := range margins {
		margins[i] = enlarged(margins[i], factor)
	}
	return p, fitMargins(p.Share, margins)
}

// MostSeen is the largest capture share that a planning factor may lead to.
const MostSeen = 0.95

func enlarged(share, factor float64) float64 {
	if factor == 1 {
		return share
	}
	return math.Min(MostSeen, share*factor)
}

// captured are the parts of the people on each list.
func (p *Population) captured() []float64 {
	out := make([]float64, len(p.Lists))
	for w, x := range p.Share {
		for _, i := range estimators.Pattern(w).Lists() {
			out[i] += x
		}
	}
	return out
}

// Hidden is the number of people expected on no list.
func (p *Population) Hidden() float64 { return float64(p.Size) * p.Share[0] }

// Expected are the numbers of people expected on each list, and on two lists or more.
func (p *Population) Expected() (lists []float64, overlap float64) {
	lists = p.captured()
	for i := range lists {
		lists[i] *= float64(p.Size)
	}
	for w, x := range p.Share {
		if estimators.Pattern(w).Size() > 1 {
			overlap += float64(p.Size) * x
		}
	}
	return lists, overlap
}

// Draw draws the table of replicate i; the people on no list are hidden.
func (p *Population) Draw(seed, i uint64) (t *estimators.Table, hidden int64, err error) {
	counts := make([]int64, len(p.Share))
	resample.Multinomial(counts, p.Size, p.Share, resample.Stream(seed, i))
	hidden, counts[0] = counts[0], 0
	t, err = estimators.FromCounts(p.Lists, counts)
	return t, hidden, err
}

// Iterative proportional fitting stops when no margin is further than this from its target.
const (
	marginTolerance = 1e-13
	marginRounds    = 100_000
)

// fitMargins scales the cells of a 2^k table so that they add up to 1 and the part of them with list i is
// margins[i]. Scaling by one list at a time changes no odds ratio of two lists given the others, and no interaction of
// higher order (Deming and Stephan 1940): those that q starts with are kept. A q that is a product of one factor
// for some of the pairs thus gets exactly these conditional odds ratios, 1 for the other pairs, and no interaction
// of three lists.
func fitMargins(q, margins []float64) error {
	for range marginRounds {
		worst := 0.0
		for i, target := range margins {
			var on, off float64
			for w, x := range q {
				if w>>uint(i)&1 == 1 {
					on += x
				} else {
					off += x
				}
			}
			if !(on > 0 && off > 0) || math.IsInf(on+off, 0) {
				return fmt.Errorf("the capture share of list %d cannot be %g: its cells are empty or out of range; use less extreme odds ratios", i+1, target)
			}
			worst = math.Max(worst, math.Max(math.Abs(on-target), math.Abs(off-(1-target))))
			for w := range q {
				if w>>uint(i)&1 == 1 {
					q[w] *= target / on
				} else {
					q[w] *= (1 - target) / off
				}
			}
		}
		if worst < marginTolerance {
			return nil
		}
	}
	return fmt.Errorf("no population has these capture shares and odds ratios to within %g: use less extreme ones", marginTolerance)
}
