package knownelsewhere

import (
	"fmt"

	"darkfigure/estimators"
)

// A Result is what the answers of the visitors add to the lists, and what they cannot add. No number in it is NaN or infinite.
type Result struct {
	Observed int64 `json:"observed"` // people on the lists
	// Visitors is the number of different people among the contacts, with the limits of its law.
	Visitors   Range       `json:"visitors"`
	Bodies     []BodyShare `json:"bodies"`
	Jointly    bool        `json:"jointly"` // answers about several bodies were recorded together
	Identified []Statement `json:"identified"`
	Rows       []Row       `json:"rows"` // one for each set of assumptions
	Test       *Test       `json:"test,omitempty"`
	// Fit tests the least restricted row against the answers themselves, where they were recorded together about three bodies or more: when it fails, so do all rows.
	Fit      *Test                `json:"fit,omitempty"`
	Bounds   *Bounds              `json:"bounds,omitempty"`
	Unbound  *estimators.Refusal  `json:"bounds_reason,omitempty"` // why there are no bounds although it was asked whether anybody knows
	Level    float64              `json:"level"`
	Mixture  int                  `json:"mixture"` // draws of linkages and rates of answers behind the intervals
	Linkages int                  `json:"linkages"`
	Warnings []estimators.Warning `json:"warnings,omitempty"`
}

// A Range is a value with the limits of an interval at the level of the result. Upper is 0 when there is none.
type Range struct {
	Value     float64 `json:"value"`
	Lower     float64 `json:"lower"`
	Upper     float64 `json:"upper"`
	Unbounded bool    `json:"unbounded,omitempty"`
}

// A BodyShare is what is known of the visitors whom one body knows, and what was assumed about their answers.
type BodyShare struct {
	Name        string   `json:"name"`
	Lists       []string `json:"lists"`  // empty: a body without a list, which is not used
	Listed      int64    `json:"listed"` // people on any of them
	Asked       int64    `json:"asked"`
	Said        int64    `json:"said_known"`
	Sensitivity Beta     `json:"sensitivity"`
	Specificity Beta     `json:"specificity"`
	Share       Range    `json:"share"`      // of the visitors whom the body knows, answers corrected at the means of the rates (Rogan and Gladen 1978), Jeffreys limits
	Expected    Range    `json:"expected"`   // visitors on its lists: Share times the visitors
	Multiplier  float64  `json:"multiplier"` // Listed/Share; 0 when the share is 0 or the body has no list
}

// A Statement says what the data determine. Its code is for programs: one-body, lists-alone, restrictions, joint-answers, ask-jointly,
// body-without-list, someone-only.
type Statement struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// The kinds of assumption.
const (
	Independent    = "independent-of"     // visiting does not depend on being known to one body, given the others
	OddsGiven      = "odds-ratio"         // visiting depends on it by a given odds ratio
	IndependentAll = "independent-of-all" // visiting depends on none
	// It may depend on every body, each in its own way: being known to several changes the odds of visiting by the product of what each does.
	DependentOnEach = "dependent-on-each"
	ListsAlone      = "lists-alone" // visitors are not used: the model of the lists
)

// A Row is the estimate under one set of assumptions.
type Row struct {
	Kind      string  `json:"kind"`
	Body      string  `json:"body,omitempty"`
	OddsRatio float64 `json:"odds_ratio,omitempty"` // of visiting and being known to Body; 1 is independence
	ListModel bool    `json:"list_model"`           // the lists depend on each other as in the model only; else they may in any way
	Assumes   string  `json:"assumes"`
	// Estimates: the most likely number with the links as in the table, rates of answers being parameters with their laws, and its
	// profile interval; and the median and interval of the mixture over rates and linkages, which is the answer. Where even an interval of 50 %
	// has no upper limit the row is refused as unbounded, and has no value: the lower limit of Population stands.
	Likeliest  Range   `json:"likeliest"`
	Population Range   `json:"population"`
	Hidden     float64 `json:"hidden"`      // Population.Value less the mean number on lists
	VisitShare float64 `json:"visit_share"` // likeliest share of the hidden people who visited; 0 for ListsAlone
	// Fit: the drop of twice the log-likelihood against the row without the list model, for a row with it (do lists and visitors agree?).
	Agreement *Test `json:"agreement,omitempty"`
	// Test is of the restriction against the row in which visiting may depend on every body, with answers recorded together.
	Test   *Test               `json:"test,omitempty"`
	Failed int                 `json:"failed"` // draws without an estimate
	Reason *estimators.Refusal `json:"reason,omitempty"`
}

// Says is what visiting is supposed to be, in a few words that follow "if visiting is".
func (r Row) Says() string {
	switch r.Kind {
	case Independent:
		return "independent of " + r.Body
	case OddsGiven:
		return fmt.Sprintf("%g times the odds for %s", r.OddsRatio, r.Body)
	case IndependentAll:
		return "independent of all"
	case DependentOnEach:
		return "dependent on each by itself"
	}
	return "not used"
}

// A Test compares two deviances.
type Test struct {
	Null     string  `json:"null"`
	Deviance float64 `json:"deviance"`
	DF       int     `json:"df"`
	P        float64 `json:"p"`
}

// Rejected is the p-value below which the answers are said to contradict what is tested.
const Rejected = 0.05

// Contradicted is the test in which the answers contradict what a row supposes; nil when none does, or there is none.
func (r *Result) Contradicted(row Row) *Test {
	for _, t := range []*Test{r.Fit, row.Test} {
		if row.Kind != ListsAlone && t != nil && t.P < Rejected {
			return t
		}
	}
	return nil
}

// Bounds are what is left when visitors were only asked whether anybody knows them: no body's list need be meant, so that there is no estimate and
// no upper limit.
type Bounds struct {
	Asked       int64   `json:"asked"`
	Said        int64   `json:"said_known"`
	Sensitivity Beta    `json:"sensitivity"`
	Specificity Beta    `json:"specificity"`
	Share       Range   `json:"share"`           // of the visitors whom someone knows
	AtLeast     Range   `json:"at_least"`        // people on lists and visitors whom nobody knows; Lower is the bound to publish
	OverlapMost float64 `json:"overlap_at_most"` // visitors on lists: at most those whom someone knows, and those on lists
}
