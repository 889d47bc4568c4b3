package loglinear

import (
	"context"
	"fmt"
	"math"
	"slices"

	"darkfigure/estimators"
)

// An Offset assumes numbers that a model would take to be 1, or estimate: known terms in the predictors, which are
// neither parameters nor data. The zero value assumes nothing.
//
// Reference: Gerritse, van der Heijden and Bakker (2015) Journal of Official Statistics 31:357.
type Offset struct {
	// Pair are two lists or more whose interaction is fixed at LogOdds instead of being absent or estimated: LogOdds is
	// added to the predictor of every pattern with all of them. For two lists it is the logarithm of their odds ratio
	// among people on no other list, and among all where the model has no larger interaction with both: 0 is
	// independence, positive numbers mean that they share people. Whether a model names the interaction makes no difference:
	// it is no parameter. Larger interactions may be in a model, or be selected, as if it were in. 0: none.
	Pair    estimators.Pattern
	LogOdds float64
	// LogHidden is the logarithm of the factor by which the people hidden are more than the model of the people observed says:
	// −log ξ of Aleshin-Guendel, Sadinle and Wakefield (2024). No data can show that it is not 0. The interaction of
	// all k lists, which every model takes to be 0, is then (−1)^k times it.
	LogHidden float64
}

// fixes reports whether a term is the one assumed.
func (o Offset) fixes(t estimators.Pattern) bool { return o.Pair != 0 && t == o.Pair }

// among is the offset for a table of some of the lists; of lists that are not all there nothing is assumed.
func (o Offset) among(lists, left []string) Offset {
	var pair estimators.Pattern
	for _, i := range o.Pair.Lists() {
		j := -1
		if i < len(lists) {
			j = slices.Index(left, lists[i])
		}
		if j < 0 {
			o.LogOdds = 0
			pair = 0
			break
		}
		pair |= 1 << uint(j)
	}
	o.Pair = pair
	return o
}

func (o Offset) check(k int) error {
	switch {
	case o.Pair == 0 && o.LogOdds != 0:
		return fmt.Errorf("an assumed odds ratio without the lists it is about")
	case o.Pair != 0 && (o.Pair.Size() < 2 || o.Pair&^estimators.FullPattern(k) != 0):
		return fmt.Errorf("an odds ratio is assumed of %b, which are not two or more of the %d lists", o.Pair, k)
	}
	for _, x := range []float64{o.LogOdds, o.LogHidden} {
		if !(math.Abs(x) <= maxLogOffset) {
			return fmt.Errorf("a factor of exp(%g) is assumed; factors from %.0e to %.0e can be", x, math.Exp(-maxLogOffset), math.Exp(maxLogOffset))
		}
	}
	return nil
}

// maxLogOffset is about a factor of a million million, far beyond anything that can be meant.
const maxLogOffset = 28

// vector is the offset by mask, nil when there is none.
func (o Offset) vector(k int) []float64 {
	if o.LogOdds == 0 && o.LogHidden == 0 {
		return nil
	}
	v := make([]float64, 1<<uint(k))
	v[0] = o.LogHidden
	if o.Pair != 0 {
		for w := range v {
			if estimators.Pattern(w).Contains(o.Pair) {
				v[w] = o.LogOdds
			}
		}
	}
	return v
}

// notes says what was assumed.
func (o Offset) notes(lists []string) (out []string) {
	switch pair := o.Pair.Lists(); {
	case len(pair) == len(lists) && len(pair) == 2:
		out = append(out, fmt.Sprintf("the odds ratio of %s and %s is assumed to be %.4g", lists[0], lists[1], math.Exp(o.LogOdds)))
	case len(pair) > 0:
		out = append(out, fmt.Sprintf("the odds ratio of %s, given the other lists, is assumed to be %.4g", o.Pair.Join(lists, "·"), math.Exp(o.LogOdds)))
	}
	if o.LogHidden != 0 {
		out = append(out, fmt.Sprintf("%.4g times as many people are assumed to be hidden as the model of the people observed says", math.Exp(o.LogHidden)))
	}
	return out
}

// ofTwo is the odds ratio assumed of the two lists of a table; 0 when there are more, or none is.
func (o Offset) ofTwo(k int) float64 {
	if k != 2 || o.Pair == 0 {
		return 0
	}
	return math.Exp(o.LogOdds)
}

// problem is the table with what is assumed of it.
func (e LogLinear) problem(t *estimators.Table) (*problem, error) {
	p, err := newProblem(t)
	if err != nil {
		return nil, err
	}
	p.offset = e.Offset
	p.fitter.SetOffset(e.Offset.vector(p.k))
	return p, nil
}

// Fit fits the model given, or selects one and fits it: what [LogLinear.Estimate] rests on, without intervals
// and near-tied models.
func (e LogLinear) Fit(ctx context.Context, t *estimators.Table) (*Fitted, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := e.check(t.K()); err != nil {
		return nil, err
	}
	if e.Heterogeneity != "" || e.Firth || e.Averaged {
		return nil, fmt.Errorf("a model with a heterogeneity term, a penalty or an average is no log-linear model by itself: use Estimate")
	}
	p, err := e.problem(t)
	if err != nil {
		return nil, err
	}
	m, _, err := e.model(ctx, p)
	if err != nil {
		return nil, err
	}
	return p.fit(m)
}

// Interaction is the fitted interaction of the lists of t in corner-point coding: for two lists the logarithm of their odds ratio
// given that a person is on no other list; 0 when the model has none, −Inf when nobody is on them together.
func (f *Fitted) Interaction(t estimators.Pattern) float64 {
	for _, u := range f.Infinite {
		if u == t {
			return math.Inf(-1)
		}
	}
	return f.parameter[t]
}
