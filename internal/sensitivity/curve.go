// Package sensitivity shows what the assumptions that no data can test do to an estimate: how N moves
// when an assumption is not quite true, where a claim about N stops holding, and what is left of an
// estimate when only a bound on the departure is granted.
package sensitivity

import (
	"fmt"
	"math"

	"darkfigure/estimators"
)

// A Point is N under one value of an assumption's parameter.
type Point struct {
	Value      float64 // of the parameter
	Population float64 // 0 when refused
	Lower      float64 // limits of the interval of Curve.Kind at Curve.Level; 0 when refused
	Upper      float64 // +Inf when there is no upper limit
	Status     estimators.Status
	Model      string              // in brackets, where the method has a model
	Reason     *estimators.Refusal // set when Status is Refused
	// Against is the p-value of the likelihood-ratio test of this value against leaving the parameter free, where the
	// data can speak about it at all; HasAgainst says whether they can. Status is Warned below 0.05.
	Against    float64
	HasAgainst bool
}

// A Curve is N as a function of an assumption that the data cannot test, or were not asked.
type Curve struct {
	Assumption string   // "highest-order", "marginal", "pair", "odds-ratio", "risk-ratio", "covariate"
	Lists      []string // those concerned; empty: all of them
	Name       string   // for a reader: "odds ratio between LA and NG"
	Parameter  string   // "ξ", "odds ratio", "risk ratio"
	Unit       string   // what the values are: "ratio"; 1 changes nothing where Base is 1
	Model      string   // the model of Base, in brackets; "" where there is none
	Reselected bool     // the model was chosen again at every value
	Base       Point    // what the estimate takes for granted, or found, and the estimate itself; where it found it, Points take it for known there
	Points     []Point  // ascending by Value, from From to To, both included
	From, To   float64  // the range of the assumption that was asked about
	Kind       estimators.IntervalKind
	Level      float64
	Union      *Bound         // what is left of the estimate when all of From to To is granted; nil when the whole curve is refused
	Prior      *Integrated    // the estimate with the parameter drawn from a prior; nil when not asked for
	Tipping    []TippingPoint // one of the estimate and one of the interval, for each claim
	Meaning    string         // one sentence: what a value of the parameter means
	Status     estimators.Status
	Reason     *estimators.Refusal // set when Status is Refused: there is no curve
}

// A Bound is what is left of an estimate when an assumption is replaced by a weaker one, under which N is not
// determined even by unlimited data.
type Bound struct {
	// Assumption is "within", "highest-order", "pair-dependence", "pair-capture", "positive-dependence",
	// "positive-dependence-somewhere" or "worst-case".
	Assumption   string
	Name         string  // for a reader
	Lower, Upper float64 // N at the observed shares; Upper is +Inf where the assumption sets no upper limit
	// Empty says that no N satisfies the assumption at the observed shares, and some do within sampling error: there is an
	// Interval and no Lower and Upper.
	Empty bool
	// Interval holds N with the stated probability whatever the truth within the assumption is: the union of the intervals
	// over the range, or test limits. Its Upper is +Inf where the assumption sets no upper limit, which is then no matter of more
	// data.
	Interval estimators.Interval
	Granted  []estimators.Granted
	SetBy    []string // of positive dependence: the pair with the greatest lower limit
	// Exclusive are the pairs that are left out because nobody can be on both by design: what is granted is not true of them.
	Exclusive [][]string
	Shared    int64 // people on both
	Meaning   string
	Status    estimators.Status
	Reason    *estimators.Refusal
}

// An Integrated is an estimate over a prior of the parameter of an assumption.
type Integrated struct {
	Prior      Prior
	Population float64 // the median
	Interval   estimators.Interval
	Failed     float64 // the share of the prior under which there is no estimate; it is left out
}

// A Law is the shape of a prior.
type Law string

// The laws. Both are symmetric on the scale of the logarithm.
const (
	LogNormalLaw  Law = "lognormal"  // 95 % between the limits
	LogUniformLaw Law = "loguniform" // all of it between the limits, evenly in the logarithm
)

// A Prior says how far from 1 a ratio is thought to lie.
type Prior struct {
	Law          Law
	Lower, Upper float64
}

// A Quantity is what a claim is about.
type Quantity string

// The quantities.
const (
	Population Quantity = "population" // N
	Visibility Quantity = "visibility" // n/N, the share in view
)

// A Claim is a statement about N that somebody wants to make: "more than 1,000 people", "below 4 % in view".
type Claim struct {
	Quantity Quantity
	Above    bool    // more than Value; else less than Value
	Value    float64 // people, or a share between 0 and 1
}

// threshold is the claim as one about N: N above (or below) it.
func (c Claim) threshold(observed float64) (n float64, above bool) {
	if c.Quantity == Visibility {
		return observed / c.Value, !c.Above
	}
	return c.Value, c.Above
}

// Check says what is wrong with a claim.
func (c Claim) Check() error {
	switch {
	case c.Quantity == Population && c.Value > 0 && !math.IsInf(c.Value, 1):
		return nil
	case c.Quantity == Visibility && c.Value > 0 && c.Value < 1:
		return nil
	case c.Quantity == Population:
		return fmt.Errorf("a claim about %g people: the number must be above 0", c.Value)
	case c.Quantity == Visibility:
		return fmt.Errorf("a claim about a share of %g in view: the share must lie between 0 and 1", c.Value)
	}
	return fmt.Errorf("a claim is about the population or the visibility, not about %q", c.Quantity)
}

// Holds reports whether a claim is true of N when so many people are observed.
func (c Claim) Holds(observed, n float64) bool {
	t, above := c.threshold(observed)
	if above {
		return n > t
	}
	return n < t
}

// String writes the claim: "more than 1,000 people", "below 4 % in view".
func (c Claim) String() string {
	if c.Quantity == Visibility {
		word := "below"
		if c.Above {
			word = "above"
		}
		return fmt.Sprintf("%s %.4g %% in view", word, 100*c.Value)
	}
	word := "fewer than"
	if c.Above {
		word = "more than"
	}
	return word + " " + estimators.Persons(c.Value)
}

// Of says of what a tipping point is.
type Of string

// A claim is made by the estimate, or, more strongly, by the limit of the interval on the side of the claim.
const (
	OfEstimate Of = "estimate"
	OfInterval Of = "interval"
)

// A TippingPoint is the smallest departure from an assumption at which a claim fails.
type TippingPoint struct {
	Claim Claim
	Of    Of
	State TippingState
	Value float64 // of the parameter, where State is Tips
	// Departure is how far Value lies from the base as a factor, 1 or more: 1.5 is a parameter of 1.5 or of ⅔ of its base.
	// It is +Inf where the base is 0.
	Departure float64
	Beyond    bool    // Value lies farther from the base than the range of the curve reaches
	From, To  float64 // where State is NeverTips, the values searched, between which the claim holds
}

// A TippingState says whether a claim fails, within the range of a curve or beyond.
type TippingState string

// The states.
const (
	Tips        TippingState = "tips"        // it holds at the base and fails at Value
	NeverTips   TippingState = "never"       // it holds at all values searched, From to To
	FailsAtBase TippingState = "not-at-base" // it does not hold even at the base
	NoBase      TippingState = "no-base"     // there is no estimate at the base
)
