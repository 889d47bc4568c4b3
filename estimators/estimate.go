package estimators

import (
	"fmt"
	"math"
	"strings"
)

// An IntervalKind names how an interval was made. Two intervals of different kinds
// around one estimate answer different questions, so the kind is always printed.
type IntervalKind string

// The kinds of interval.
const (
	Profile     IntervalKind = "profile"              // profile likelihood
	LogNormal   IntervalKind = "lognormal"            // log-normal in the hidden number (Chao 1987, Burnham)
	Wald        IntervalKind = "wald"                 // estimate ± z·SE, cut at the observed number
	Waring      IntervalKind = "waring"               // quantiles of a generalised Waring law (Rivest, Yauck)
	Sadinle     IntervalKind = "sadinle"              // transformed logit (Sadinle 2009)
	Exact       IntervalKind = "exact"                // inversion of the hypergeometric tests
	MidP        IntervalKind = "midp"                 // the same, with mid-p values
	Percentile  IntervalKind = "percentile"           // bootstrap percentiles
	Basic       IntervalKind = "basic"                // basic bootstrap
	Studentised IntervalKind = "studentised"          // bootstrap t
	BCa         IntervalKind = "bca"                  // bias-corrected and accelerated bootstrap
	Calibrated  IntervalKind = "calibrated"           // double bootstrap
	Mixture     IntervalKind = "mixture"              // mixture over models, by weight; of a pooled estimate, over the drawn linkages
	Rubin       IntervalKind = "rubin"                // pooled over drawn linkages: t limits for the log of the hidden number (Rubin 1987)
	Bootstrap   IntervalKind = "bootstrap"            // log-normal with a bootstrap standard error
	BootWald    IntervalKind = "bootstrap-wald"       // estimate ± z·bootstrap standard error, cut at the observed number
	Penalised   IntervalKind = "penalised"            // profile of a penalised likelihood
	Credible    IntervalKind = "credible"             // quantiles of a posterior, equal tails
	Union       IntervalKind = "union"                // of the intervals under every assumption in a range
	OneModel    IntervalKind = "percentile-one-model" // bootstrap percentiles under the selected model, as if it had been known beforehand
	RandomSize  IntervalKind = "random-size"          // of a stratum: log-normal for the mean of a Poisson number of people, who would be others in a repetition

	Fieller       IntervalKind = "fieller"        // of a ratio, by inverting the test of numerator − N·denominator (Fieller 1954); may have no upper limit
	RandomEffects IntervalKind = "random-effects" // combined over sources that differ: t limits for log N (Hartung and Knapp 2001)
)

// An Interval is a range for the population size N.
type Interval struct {
	Kind  IntervalKind
	Level float64 // nominal coverage, for example 0.95
	Lower float64
	Upper float64 // +Inf when the data set no upper limit
}

// Unbounded reports whether the interval has no upper limit.
func (i Interval) Unbounded() bool { return math.IsInf(i.Upper, 1) }

// AllowsForChoice reports whether the interval repeats, or averages over, the choice of a model rather than taking one
// for granted.
func (i Interval) AllowsForChoice() bool {
	switch i.Kind {
	case Percentile, Basic, Studentised, BCa, Calibrated, Mixture, Rubin:
		return true
	}
	return false
}

// Status says whether an estimate may be used.
type Status string

// The three states of an estimate.
const (
	OK      Status = "ok"
	Warned  Status = "warning"
	Refused Status = "refused"
)

// A Warning is part of an answer: something a reader has to know to use it. Its
// Code is one of [Codes], where what to do about it is written.
type Warning struct {
	Code  string    `json:"code"`
	Text  string    `json:"text"`            // one fact with its numbers
	Cells []Pattern `json:"-"`               // the cells concerned, if any
	Lists []string  `json:"lists,omitempty"` // the lists concerned, if any
}

// A Refusal is the error of an estimator that cannot answer. Code is one of [Codes], or several
// joined by commas, such as "no-mle,not-identifiable"; Text says why in plain words.
type Refusal struct {
	Code  string    `json:"code"`
	Text  string    `json:"text"`
	Cells []Pattern `json:"-"`
	Lists []string  `json:"lists,omitempty"`
}

// Error is the text of the refusal.
func (r *Refusal) Error() string { return r.Text }

// Refuse makes a Refusal.
func Refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Is makes errors.Is(err, &Refusal{Code: "no-overlap"}) ask for the code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	if !ok {
		return false
	}
	for c := range strings.SplitSeq(r.Code, ",") {
		if c == t.Code {
			return true
		}
	}
	return r.Code == t.Code
}

// Fit holds the fit statistics of a likelihood method. Likelihood is the full Poisson
// log-likelihood of the observed cells with its constants; parameters at −infinity are
// counted; BIC uses the logarithm of the number of observed persons.
type Fit struct {
	Parameters       int
	MinusInfinity    int // of these, how many are at −infinity
	DF               int
	Deviance         float64
	Pearson          float64
	LogLik           float64
	AIC, AICc, BIC   float64
	AICcUndefined    bool // when n − p − 1 ≤ 0
	GoodnessOfFit    float64
	HasGoodnessOfFit bool // GoodnessOfFit is the χ² p-value of the deviance; not defined for df = 0
}

// A Coefficient is one parameter of a model on the scale it was fitted on.
type Coefficient struct {
	Name     string
	Estimate float64 // −Inf, or +Inf, for a parameter on the boundary
	SE       float64 // 0 when Estimate is infinite
}

// A Residual compares what was counted in a cell with what a model expects there.
type Residual struct {
	Pattern  Pattern
	Observed int64
	Fitted   float64
	Deviance float64 // deviance residual
	Pearson  float64
	Removed  bool // the cell was taken out of the fit: a structural zero, or an extended MLE fits it by exactly 0
}

// A Point is a point of a curve.
type Point struct{ X, Y float64 }

// A Candidate is a model that was considered.
type Candidate struct {
	Model      string    // in brackets, with the names of lists
	Terms      []Pattern // its interactions: every term of two or more lists
	Signs      []float64 // the coefficient of each of Terms, −Inf on the boundary; empty when not kept
	Population float64
	SE         float64
	Intervals  []Interval // the first is the 95% one when computed; empty when not
	BIC, AIC   float64
	AICc       float64 // +Inf when it is not defined
	Deviance   float64
	DF         int
	Parameters int
	Weight     float64 // normalised over the candidates; 0 when not part of the window
	Chosen     bool
	Profile    []Point // relative profile log-likelihood of N, when computed
	Residuals  []Residual
	Warnings   []Warning
}

// Selection is how a model was chosen and what was nearly chosen.
type Selection struct {
	Criterion  string  // "bic", "aic", "aicc", "stepwise", "fixed"
	Search     string  // "exact", "forward"
	MaxOrder   int     // highest order of interactions allowed
	Window     float64 // candidates are within this many units of the best by Ranking
	Ranking    string  // the criterion the candidates are ranked and weighted by
	Candidates []Candidate
	Considered float64 // models in the class that was searched (may exceed an int)
	Fitted     int     // models actually fitted
	Refused    int     // models met that have no estimate
	Why        string  // one sentence: what was chosen and why
	Averaged   *Average
	Split      *Split
	Path       []Step // of a search that adds and takes out terms; empty for others
}

// An Average is the estimate averaged over near-tied models by weight.
type Average struct {
	Population float64
	Intervals  []Interval
	Density    []Point // of N under the mixture, for drawing; Y integrates to 1
}

// A Split says that near-tied models fall into two groups that one term separates:
// it is in all models of one group and in none of the other.
type Split struct {
	Term    Pattern
	With    Group
	Without Group
}

// A Group is one side of a Split.
type Group struct {
	Models       int
	Weight       float64 // of the group, out of 1
	Lower, Upper float64 // the least and the greatest estimate of N among its models
	Density      []Point // of N in the group's part of the mixture; integrates to Weight
}

// A Resampling is what repeating an estimate on resampled tables showed, the choice of a model
// included.
type Resampling struct {
	Scheme     string // how tables were drawn: nonparametric, semiparametric, parametric
	Replicates int
	Failed     int // replicates without an estimate; they enter intervals as the largest values
	// Quantiles of N over replicates at 0, ½, 1, …, 100 %: 201 numbers, +Inf where they rest on failed replicates.
	Quantiles []float64
	Models    []Frequency // how often each model was chosen, most often first; at most 20
	Distinct  int         // models chosen at least once
	// WidthShare is the share of the width of the percentile interval, on the log scale of the hidden
	// number, that is due to the choice of the model; HasWidthShare is false for a fixed model.
	WidthShare    float64
	HasWidthShare bool
	// Bagged is the mean over replicates (Efron 2014), with its standard error; HasBagged is
	// false for other schemes than the nonparametric.
	Bagged, BaggedSE float64
	HasBagged        bool
	Acceleration     float64 // of the BCa interval
	BiasCorrection   float64 // z0 of the BCa interval; ±Inf when all replicates lie on one side
	Top              int     // each replicate chose among so many best models of the table; 0: among all
	Inner            int     // replicates within each replicate, for the calibrated interval
}

// A Frequency is how often a model was chosen.
type Frequency struct {
	Model string `json:"model"`
	Count int    `json:"count"`
}

// A Subtotal is the estimated number of people of one kind: those seen who are known to be of it, those seen of whom it is not recorded, and the hidden ones.
type Subtotal struct {
	Stratum    []Label
	Observed   int64
	Unrecorded float64 // 0 where covariates are recorded for everybody seen
	Hidden     float64
	Population float64
	SE         float64
	Intervals  []Interval // of each level asked for; there may be a second kind behind them, with as many
}

// A Completed is a cell of the table of all lists and covariates, as a model completes it from rows in which levels are missing.
type Completed struct {
	Pattern  Pattern
	Levels   []Label
	Expected float64 // the people seen who are in it, given what was recorded of them
	Fitted   float64 // the mean of the model
	Hidden   bool    // nobody can have seen these people
}

// Contacts are the diagnostics of a model of how often people are seen.
type Contacts struct {
	// Seen are how many people were seen once, twice and so on, and how many the model expects; the last may be open.
	Seen []ContactClass
	// ChiSquared and G compare them, with classes in which fewer than five are expected merged (Pearson; likelihood ratio). P is the
	// tail of the first on Classes − 1 degrees of freedom, which is too large where parameters were estimated: it is at most this.
	ChiSquared, G, P float64
	Classes          int
	// Influence are the kinds of people who matter most to the estimate, the most influential first.
	Influence []ContactCase
}

// A ContactClass is the people seen so many times, or at least so many.
type ContactClass struct {
	Contacts int
	OrMore   bool
	Observed int64
	Expected float64
}

// A ContactCase is people alike, seen equally often.
type ContactCase struct {
	Stratum  []Label
	Contacts int
	Count    int64
	Mean     float64 // expected contacts of those who were seen
	Pearson  float64 // residual
	Leverage float64 // of one of them
	Change   float64 // of N, were one of them not in the data: to first order
}

// A Grouping divides an estimate over the levels of covariates: its totals add up to the estimate. Covariance is that of the totals, which come
// from one fit and go up and down together.
type Grouping struct {
	By         []string
	Totals     []Subtotal
	Covariance [][]float64
}

// An Estimate is the answer of one method to one table, in the form all methods share.
// Population is N, Hidden is N − Observed; both are finite when Status is not Refused.
type Estimate struct {
	Method     string
	Model      string // in brackets with the names of lists; "" for methods without a model
	Stratum    []Label
	Observed   int64
	Hidden     float64
	Population float64
	SE         float64
	HasSE      bool // false when the method has no standard error; SE is then 0
	LowerBound bool // the method estimates a lower bound: say "at least"
	// OddsRatio is that of two lists, where one was assumed in place of their independence; 0: none was.
	OddsRatio float64
	Intervals []Interval
	Fit       *Fit
	Status    Status
	Warnings  []Warning
	Reason    *Refusal // set when Status is Refused

	// What a report draws; empty when the method has no such thing.
	Coefficients []Coefficient
	Groups       []Grouping
	Completed    []Completed // of a model of partly recorded covariates
	Contacts     *Contacts   // of a model of repeat contacts, when its diagnostics were asked for
	Residuals    []Residual
	Profile      []Point // N against the profile log-likelihood relative to its maximum (≤ 0)
	Selection    *Selection
	Bootstrap    *Resampling
	Pooled       *Pooled  // set when the estimate is pooled over drawn linkages
	Notes        []string // plain facts about how the answer was made, for example which occasions factor

	Multiplied  *Multiplied  // of a multiplier
	Combination *Combination // of several multipliers
	InView      *InView      // what a register and an anonymous service bound together
}

// Interval returns the headline interval, the first; ok is false when there is none.
func (e Estimate) Interval() (Interval, bool) {
	if len(e.Intervals) == 0 {
		return Interval{}, false
	}
	return e.Intervals[0], true
}

// Visibility is the observed share n/N and its limits from the headline interval. ok is
// false for a refused estimate.
func (e Estimate) Visibility() (share, lower, upper float64, ok bool) {
	if e.Status == Refused || e.Population <= 0 {
		return 0, 0, 0, false
	}
	n := float64(e.Observed)
	share, lower, upper = n/e.Population, 0, 1
	if i, has := e.Interval(); has {
		lower = n / i.Upper // 0 when unbounded
		if i.Lower > 0 {
			upper = math.Min(1, n/i.Lower)
		}
	}
	return share, lower, upper, true
}

// Warn adds a warning and sets the status.
func (e *Estimate) Warn(w Warning) {
	e.Warnings = append(e.Warnings, w)
	if e.Status == OK || e.Status == "" {
		e.Status = Warned
	}
}
