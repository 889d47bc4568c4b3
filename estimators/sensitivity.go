package estimators

import (
	"encoding/json"
	"math"
)

// A Sensitivity is what assumptions, lists, data and methods do to one estimate: the same people estimated again
// under one departure at a time. N is everywhere the number of people in the population, n of them observed.
type Sensitivity struct {
	Method string `json:"method"`
	// Base is the estimate that the others are compared with. Its interval is of the kind that all of them have, so that they can be
	// compared; it may be shorter than that of the headline, which repeats the choice of the model.
	Base Alternative `json:"base"`
	// Selected says that the model of the base was chosen from the data, and is chosen anew for every alternative; the interval of the base takes it for known. Otherwise
	// the method, or the model that was given, is the same throughout.
	Selected bool    `json:"selected"`
	Within   Range   `json:"within"`  // of every ratio of an assumption, which is 1 where nothing departs
	Summary  Summary `json:"summary"` // what the three sentences say
	Swings   []Swing `json:"swings"`  // the bars of the tornado chart, the widest first
	// Alternatives are all estimates made again, by About and then in the order of lists and amounts; those of Multiverse and of curves
	// are not among them.
	Alternatives []Alternative       `json:"alternatives"`
	Curves       []AssumptionCurve   `json:"curves,omitempty"`
	Bounds       []AssumptionBound   `json:"bounds,omitempty"`
	Influence    []ListInfluence     `json:"influence,omitempty"`
	Planned      []PlannedList       `json:"planned,omitempty"`
	Consistency  *Consistency        `json:"consistency,omitempty"`
	Multiverse   *Multiverse         `json:"multiverse,omitempty"`
	Changes      []ChangeOverPeriods `json:"changes,omitempty"`
	Notes        []string            `json:"notes,omitempty"`    // what was left out, and why
	Warnings     []Warning           `json:"warnings,omitempty"` // those of the base
}

// What an Alternative is about.
const (
	AboutBase         = "base"          // the estimate itself
	AboutDrop         = "drop"          // one list left out: the people on it alone are no longer observed
	AboutMerge        = "merge"         // two lists taken as one
	AboutLargest      = "largest"       // only the largest lists, Amount of them
	AboutPair         = "pair"          // two lists alone, by Lincoln and Petersen
	AboutOverlap      = "overlap"       // Amount persons more (or fewer) who are on exactly these lists
	AboutMissed       = "missed-links"  // a share Amount of the matches of every pair of lists was missed
	AboutFalse        = "false-links"   // a share Amount of the links between every pair of lists is false
	AboutOverCoverage = "over-coverage" // a share Amount of the list is not of the population
	AboutMisreported  = "misreported"   // what the visitors of the anonymous list say alone: a share Amount of those whom a body knows deny it, or, −Amount of those whom it does not know claim it
	AboutModel        = "model"         // another model that fits about as well
	AboutMethod       = "method"        // another method
	AboutAssumption   = "assumption"    // a value Amount of the parameter of an assumption
	AboutPlanned      = "planned"       // a list that there is not yet
)

// A Limit is a number of people that may be without bound: +Inf is null in JSON.
type Limit float64

// MarshalJSON writes +Inf as null.
func (l Limit) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(l), 1) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(l))
}

// UnmarshalJSON reads null as +Inf.
func (l *Limit) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*l = Limit(math.Inf(1))
		return nil
	}
	return json.Unmarshal(b, (*float64)(l))
}

// A Range lies between two numbers.
type Range struct {
	Lower float64 `json:"lower"`
	Upper Limit   `json:"upper"`
}

// An Alternative is an estimate of the same population under one departure. Its numbers are 0 when it is
// refused.
type Alternative struct {
	About      string       `json:"about"`
	Lists      []string     `json:"lists,omitempty"` // those concerned
	Amount     float64      `json:"amount,omitempty"`
	Method     string       `json:"method,omitempty"`
	Model      string       `json:"model,omitempty"` // in brackets; "" for methods without one
	Observed   int64        `json:"observed"`
	Population float64      `json:"population"`
	Lower      float64      `json:"lower"`
	Upper      Limit        `json:"upper"`
	Kind       IntervalKind `json:"interval,omitempty"` // "": the method has none, and the limits are the estimate
	Level      float64      `json:"level,omitempty"`
	AtLeast    bool         `json:"at_least,omitempty"`  // the method estimates a lower bound
	Influence  float64      `json:"influence,omitempty"` // the logarithm of N over that of the base
	Mild       bool         `json:"mild,omitempty"`      // a departure that nobody could rule out
	// Against is the code of the warning by which the data reject what the method supposes, poor-fit or unequal-lists, or, of a specification of the multiverse, below-observed where
	// some of the lists give fewer people than all have seen; "" when they do not, or cannot say.
	Against string `json:"against,omitempty"`
	// Replicates and Failed are those of a bootstrap: a replicate without an estimate counts as the largest for the upper limit and as the smallest for the
	// lower one. Why is the code of the most frequent reason.
	Replicates int      `json:"replicates,omitempty"`
	Failed     int      `json:"failed,omitempty"`
	Why        string   `json:"why,omitempty"`
	Status     Status   `json:"status"`
	Reason     *Refusal `json:"reason,omitempty"`
}

// Interval is that of the alternative; ok is false when it has none.
func (a Alternative) Interval() (i Interval, ok bool) {
	return Interval{Kind: a.Kind, Level: a.Level, Lower: a.Lower, Upper: float64(a.Upper)}, a.Kind != "" && a.Status != Refused
}

// A Swing is all that was tried about one matter: from the alternative with the least estimate to that with the greatest.
type Swing struct {
	About      string      `json:"about"`
	Lists      []string    `json:"lists,omitempty"`     // of an assumption
	Parameter  string      `json:"parameter,omitempty"` // of an assumption, as in "odds ratio"
	Assumption string      `json:"assumption,omitempty"`
	From       float64     `json:"from,omitempty"` // of the parameter, over which it was varied
	To         float64     `json:"to,omitempty"`
	Low        Alternative `json:"low"`
	High       Alternative `json:"high"`
	Interval   Range       `json:"interval"` // the union of the intervals
	Tried      int         `json:"tried"`
	Refused    int         `json:"refused"`            // of those tried, how many have no estimate
	Endless    bool        `json:"endless,omitempty"`  // one of those refused has none because nothing bounds it from above: Interval has no upper limit
	Rejected   int         `json:"rejected,omitempty"` // methods that the data reject, which are not among those tried
	Mild       bool        `json:"mild,omitempty"`
}

// Width is how far a swing reaches: the logarithm of its greatest over its least estimate, to six digits, so that swings which differ by the rounding of
// the computation alone are as wide.
func (s Swing) Width() float64 {
	if !(s.Low.Population > 0) || !(s.High.Population > s.Low.Population) {
		return 0
	}
	w := math.Log(s.High.Population / s.Low.Population)
	if w < 1e-9 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(w))-5)
	return math.Round(w/unit) * unit
}

// A Summary is what the three sentences say.
type Summary struct {
	Depends string   `json:"depends"`           // About of the widest swing, sampling apart; "" when there is none
	Lists   []string `json:"lists,omitempty"`   // of an assumption
	AsMuch  int      `json:"as_much,omitempty"` // other swings that are as wide
	// Estimates is the range of the estimates under every mild departure, one at a time; Union is the union of their intervals at Level. It is not the
	// interval of an experiment: where a departure is real it contains N at least as often as the interval of that alternative does.
	Estimates Range   `json:"estimates"`
	Union     Range   `json:"union"`
	Level     float64 `json:"level"`
	// Within says that Estimates and Union are over the range of ratios that was given, and over nothing else.
	Within bool `json:"within,omitempty"`
	// Refused are the mild departures without an estimate. Where one of them has none because nothing bounds it from above, Estimates and Union have no
	// upper limit.
	Refused []Alternative `json:"refused,omitempty"`
	// Unlimited is the first mild departure whose interval has no upper limit, or the base; nil when all have one.
	Unlimited *Alternative `json:"unlimited,omitempty"`
	// Narrows are the data that would help, the most helpful first; a planned list comes last.
	Narrows []Narrowing `json:"narrows,omitempty"`
}

// A Narrowing is a piece of knowledge: which of the estimates of a swing is right, or a list that there is not yet.
type Narrowing struct {
	About    string   `json:"about"` // that of the swing it would settle, or AboutPlanned
	Lists    []string `json:"lists,omitempty"`
	Settles  Range    `json:"settles"`            // the estimates among which it would decide
	AsMuch   int      `json:"as_much,omitempty"`  // other swings that data would settle and that are as wide
	Coverage float64  `json:"coverage,omitempty"` // of a planned list
	Ratio    float64  `json:"width_ratio,omitempty"`
}

// A ListInfluence is what the estimate owes to one list.
type ListInfluence struct {
	List      string  `json:"list"`
	Total     int64   `json:"total"`     // people on it
	Only      int64   `json:"only"`      // people on no other
	Dropped   float64 `json:"dropped"`   // log of N without the list over N with it
	Refused   bool    `json:"refused"`   // there is no estimate without it
	Merged    float64 `json:"merged"`    // of the mergers with another list, that with the greatest influence
	With      string  `json:"with"`      // the list merged with there
	Remaining float64 `json:"remaining"` // width of the interval without the list over that with it, on the logarithmic scale
}

// A PlannedList is a list that there is not yet, and what it is expected to do, by simulation from the fitted model.
type PlannedList struct {
	Coverage   float64 `json:"coverage"`       // share of the population it would hold
	With       string  `json:"with,omitempty"` // the list it depends on
	Odds       float64 `json:"odds"`           // odds ratio of being on it and on that one; 1: independent
	Replicates int     `json:"replicates"`
	Failed     int     `json:"failed"` // replicates without an estimate, with or without the list; they are left out
	People     float64 `json:"people"` // N of the simulation: that of the fitted model
	// Medians over the replicates, without the list and with it: of N, and of the width of its interval on the logarithmic scale.
	Before      float64 `json:"before"`
	After       float64 `json:"after"`
	WidthBefore float64 `json:"width_before"`
	WidthAfter  float64 `json:"width_after"`
	Ratio       float64 `json:"width_ratio"` // the one over the other
	// Shares of the intervals that contain the N of the simulation.
	CoveredBefore float64 `json:"covered_before"`
	CoveredAfter  float64 `json:"covered_after"`
}

// mostFailed is the share of replicates without an estimate up to which the others say what a planned list would do.
const mostFailed = 0.05

// Unreliable reports whether so many replicates have no estimate that the others are not those that a new list would meet.
func (p PlannedList) Unreliable() bool { return float64(p.Failed) > mostFailed*float64(p.Replicates) }

// A Consistency is how well methods estimate what is known: the size of every list, from the people on it who are on
// others too (Binette and Steorts 2022, section 4).
type Consistency struct {
	Least  int64              `json:"least"`  // people on a list and on another, for the list to count in the scores
	Scores []ConsistencyScore `json:"scores"` // by RMSE, the least first
	Checks []ConsistencyCheck `json:"checks"`
}

// A ConsistencyScore sums up the checks of a method. LRB is the log relative bias, the logarithm of the estimate over the
// size that is known.
type ConsistencyScore struct {
	Method  string  `json:"method"`
	Lists   int     `json:"lists"`   // with an estimate
	Refused int     `json:"refused"` // without
	Mean    float64 `json:"mean_lrb"`
	SD      float64 `json:"sd_lrb"` // 0 for fewer than two lists
	RMSE    float64 `json:"rmse_lrb"`
	Median  float64 `json:"median_lrb"`
	// Shares of the intervals that contain the known size, that begin below it, and that end above it.
	Intervals int     `json:"intervals"` // lists with an interval
	Coverage  float64 `json:"coverage"`
	Above     float64 `json:"lower_coverage"`
	Below     float64 `json:"upper_coverage"`
}

// A ConsistencyCheck is the size of a list as one method estimates it.
type ConsistencyCheck struct {
	List  string      `json:"list"`
	Known int64       `json:"known"` // people on the list
	LRB   float64     `json:"lrb"`
	Found Alternative `json:"found"` // Observed: those of them who are on another list too
}

// A Multiverse is every combination of a method or a near-tied model with a change of the lists.
type Multiverse struct {
	Specifications []Alternative `json:"specifications"` // by N, the least first; those refused last
	Estimated      int           `json:"estimated"`
	Refused        int           `json:"refused"`
	Rejected       int           `json:"rejected"` // of those estimated, how many the data reject
	Bounds         int           `json:"bounds"`   // of the others, how many are lower bounds
	Counted        int           `json:"counted"`  // what remains: the quantiles are of these
	// Least, Lower, Median, Upper and Greatest are quantiles of N over the specifications counted: 0, 5, 50, 95 and 100 %. They are no
	// probabilities: the specifications are neither equally good nor independent.
	Least    float64 `json:"least"`
	Lower    float64 `json:"lower"`
	Median   float64 `json:"median"`
	Upper    float64 `json:"upper"`
	Greatest float64 `json:"greatest"`
	// Inside is the share of the specifications whose N lies within the interval of the base.
	Inside float64 `json:"inside_base"`
}

// A ChangeOverPeriods asks of every specification whether there were more people in one period than in another.
type ChangeOverPeriods struct {
	Covariate      string                `json:"covariate"`
	From           string                `json:"from"`
	To             string                `json:"to"`
	Base           ChangeSpecification   `json:"base"`
	Specifications []ChangeSpecification `json:"specifications"` // by Ratio; those refused last
	Up             int                   `json:"up"`             // of those counted, N grew
	Down           int                   `json:"down"`
	Refused        int                   `json:"refused"`  // no estimate of one of the periods
	Rejected       int                   `json:"rejected"` // not counted: methods that the data reject, and estimates below the number seen
	Bounds         int                   `json:"bounds"`   // not counted: lower bounds, of which one may grow while N does not
}

// A ChangeSpecification is the change by one specification.
type ChangeSpecification struct {
	About    string   `json:"about"` // base, model, drop or merge
	Lists    []string `json:"lists,omitempty"`
	Method   string   `json:"method"`
	Model    string   `json:"model,omitempty"` // the near-tied one that is held
	Before   float64  `json:"before"`          // N in the first period
	After    float64  `json:"after"`
	Ratio    float64  `json:"ratio"` // of after to before; 0 when refused
	Refused  bool     `json:"refused,omitempty"`
	Rejected bool     `json:"rejected,omitempty"` // by the data, in one of the periods or in all together
	AtLeast  bool     `json:"at_least,omitempty"` // a lower bound, of which the base is none
	Reason   *Refusal `json:"reason,omitempty"`   // of the first period that has no estimate
}

// An AssumptionCurve is N against the parameter of an assumption that the data cannot test.
type AssumptionCurve struct {
	Assumption string            `json:"assumption"`
	Lists      []string          `json:"lists,omitempty"`
	Name       string            `json:"name"`
	Parameter  string            `json:"parameter"`
	Model      string            `json:"model,omitempty"`
	Meaning    string            `json:"meaning,omitempty"`
	Reselected bool              `json:"reselected,omitempty"`
	Base       AssumptionPoint   `json:"base"`
	Points     []AssumptionPoint `json:"points"`
	From       float64           `json:"from"`
	To         float64           `json:"to"`
	Kind       IntervalKind      `json:"interval,omitempty"`
	Level      float64           `json:"level"`
	Union      *Range            `json:"union,omitempty"` // of the intervals over From to To
	Tipping    []Tipping         `json:"tipping,omitempty"`
	Prior      *AssumptionPrior  `json:"prior,omitempty"`
	Status     Status            `json:"status"`
	Reason     *Refusal          `json:"reason,omitempty"`
}

// An AssumptionPrior is an estimate in which the parameter of an assumption is not known, but thought to lie about the value that the estimate takes for granted, or
// found: a mixture over the prior.
type AssumptionPrior struct {
	Law        string  `json:"law"`   // "lognormal", 95 % of it between Lower and Upper, or "loguniform", all of it
	Lower      float64 `json:"lower"` // of the ratio to the value of the base
	Upper      float64 `json:"upper"`
	Population float64 `json:"population"` // the median
	Interval   Range   `json:"limits"`
	Failed     float64 `json:"failed,omitempty"` // share of the prior under which there is no estimate, left out
}

// An AssumptionPoint is N at one value of the parameter. Its numbers are 0 when it is refused.
type AssumptionPoint struct {
	Value      Limit    `json:"value"`
	Population float64  `json:"population"`
	Lower      float64  `json:"lower"`
	Upper      Limit    `json:"upper"`
	Model      string   `json:"model,omitempty"`
	Status     Status   `json:"status"`
	Reason     *Refusal `json:"reason,omitempty"`
	PValue     *float64 `json:"p_value,omitempty"` // of the test of this value, where the data can speak about it
}

// A Tipping is the smallest departure at which a claim fails.
type Tipping struct {
	Claim     string  `json:"claim"`    // in words
	Quantity  string  `json:"quantity"` // "population" or "visibility"
	Above     bool    `json:"above"`    // more than Threshold; else less
	Threshold float64 `json:"threshold"`
	Of        string  `json:"of"`    // "estimate", or "interval": its limit on the side of the claim
	State     string  `json:"state"` // "tips", "never", "not-at-base" and others
	Value     float64 `json:"value,omitempty"`
	Departure float64 `json:"departure,omitempty"` // as a factor, 1 or more
	Beyond    bool    `json:"beyond,omitempty"`    // farther from the base than the range of the curve reaches
	From      float64 `json:"from,omitempty"`      // of the values searched, where it never fails
	To        Limit   `json:"to,omitempty"`
}

// An AssumptionBound is what is left of an estimate when an assumption is replaced by a weaker one.
type AssumptionBound struct {
	Assumption string       `json:"assumption"`
	Name       string       `json:"name"`
	Granted    []Granted    `json:"granted,omitempty"`   // what is bounded
	SetBy      []string     `json:"set_by,omitempty"`    // the two lists that set a bound by positive dependence
	Shared     int64        `json:"shared,omitempty"`    // people on both
	Exclusive  [][]string   `json:"exclusive,omitempty"` // pairs left out because nobody can be on both by design
	Empty      bool         `json:"empty,omitempty"`     // no N satisfies it at the shares observed: there are no estimates
	Estimates  Range        `json:"estimates"`
	Interval   Range        `json:"interval"`
	Kind       IntervalKind `json:"kind,omitempty"`
	Level      float64      `json:"level,omitempty"`
	Meaning    string       `json:"meaning,omitempty"`
	Status     Status       `json:"status"`
	Reason     *Refusal     `json:"reason,omitempty"`
}

// A Granted is what a bound grants of some lists: between what values their odds ratio, or the share of everybody that is on them, lies.
type Granted struct {
	Lists []string `json:"lists,omitempty"` // empty: every pair
	From  float64  `json:"from"`
	To    Limit    `json:"to"`
}
