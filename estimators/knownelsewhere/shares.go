package knownelsewhere

import (
	"fmt"
	"math"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

func (a *analysis) visitorRange() Range {
	n := a.d.distinct(a.d.repeat())
	r := Range{n, n, n, false}
	if b := a.d.Repeat; b != (Beta{}) && !b.known() {
		law := distuv.Beta{Alpha: b.A, Beta: b.B}
		r.Lower, r.Upper = a.d.distinct(law.Quantile(0.5+a.o.Level/2)), a.d.distinct(law.Quantile(0.5-a.o.Level/2))
	}
	return r
}

// trueShare is the share of those known among visitors of whom known of asked say so: (x − (1−c))/(s + c − 1) of Rogan and Gladen (1978,
// American Journal of Epidemiology 107, 71–76), within 0 and 1; its limits are those of Beta(x+½, a−x+½), corrected alike. They are
// starting values and checks: the likelihood keeps the share within its range by itself.
func trueShare(asked, known int64, s, c, level float64) Range {
	if asked == 0 {
		return Range{0, 0, 1, false}
	}
	correct := func(p float64) float64 {
		if s+c <= 1 { // answers that say nothing
			return p
		}
		return math.Max(0, math.Min(1, (p-(1-c))/(s+c-1)))
	}
	law := distuv.Beta{Alpha: float64(known) + 0.5, Beta: float64(asked-known) + 0.5}
	return Range{Value: correct(float64(known) / float64(asked)), Lower: correct(law.Quantile(0.5 - level/2)), Upper: correct(law.Quantile(0.5 + level/2))}
}

func (a *analysis) bodyShare(j int) BodyShare {
	b := a.d.Bodies[j]
	out := BodyShare{Name: b.Name, Lists: []string{}, Sensitivity: b.Sensitivity.or(DefaultSensitivity), Specificity: b.Specificity.or(DefaultSpecificity)}
	names := a.d.Table.Lists()
	for _, i := range b.Lists.Lists() {
		out.Lists = append(out.Lists, names[i])
	}
	out.Listed = listed(a.d.Table, b.Lists)
	out.Asked, out.Said = a.d.share(j)
	out.Share = trueShare(out.Asked, out.Said, out.Sensitivity.Mean(), out.Specificity.Mean(), a.o.Level)
	n := a.d.distinct(a.d.repeat())
	out.Expected = Range{n * out.Share.Value, n * out.Share.Lower, n * out.Share.Upper, false}
	if b.Lists != 0 && out.Share.Value > 0 {
		out.Multiplier = float64(out.Listed) / out.Share.Value
	}
	return out
}

// listed counts the people on any of the lists.
func listed(t *estimators.Table, lists estimators.Pattern) (n int64) {
	for w, count := range t.Counts() {
		if estimators.Pattern(w)&lists != 0 {
			n += count
		}
	}
	return n
}

// infeasible refuses shares that the lists cannot hold: more visitors known to a body, at the upper limit of their share, than people on its lists;
// or more known to several together, at the lower limit of their answers, than are on lists of all of them.
func (a *analysis) infeasible(shares []BodyShare) *estimators.Refusal {
	n := a.d.distinct(a.d.repeat())
	const cause = "the usual cause is that visitors mean a body, or people, that the list does not hold, or that the two figures are about different people or periods"
	for _, j := range a.bodies {
		s := shares[j]
		if upper := n * trueShare(s.Asked, s.Said, s.Sensitivity.Mean(), s.Specificity.Mean(), 0.95).Upper; upper > float64(s.Listed) {
			r := estimators.Refuse("chat-shares-infeasible", "%s of %s visitors asked say that %s knows them, which is %.1f of %s visitors (up to %.1f at the upper 97.5%% limit), but only %s on its lists; %s",
				estimators.People(float64(s.Said)), estimators.People(float64(s.Asked)), s.Name, s.Expected.Value, estimators.People(n), upper, are(s.Listed), cause)
			r.Lists = s.Lists
			return r
		}
	}
	together := map[uint][2]int64{} // by bodies: asked about all of them, known to all
	for _, x := range a.answers {
		for q := x.Asked; q > 0; q = (q - 1) & x.Asked {
			if q&(q-1) != 0 {
				t := together[q]
				t[0] += x.Count
				if x.Known&q == q {
					t[1] += x.Count
				}
				together[q] = t
			}
		}
	}
	for q := uint(1); q < 1<<uint(len(a.bodies)); q++ {
		t, ok := together[q]
		if !ok || t[1] == 0 {
			continue
		}
		held, names, wrong := 0.0, "", 0.0
		for u, people := range classes(a.d.Table, a.lists) {
			if uint(u)&q == q {
				held += people
			}
		}
		for i := range a.bodies {
			if q>>uint(i)&1 == 1 {
				if names != "" {
					names += " and "
				}
				names += a.name(i)
				wrong += 1 - a.c[i].Mean()
			}
		}
		// Whoever is not known to all of them says so wrongly about one at least: at most the sum of the wrong answers.
		lower := n * (distuv.Beta{Alpha: float64(t[1]) + 0.5, Beta: float64(t[0]-t[1]) + 0.5}.Quantile(0.025) - wrong)
		if lower > held {
			return estimators.Refuse("chat-shares-infeasible", "%s of %s visitors asked say that %s know them, at least %.1f of %s visitors, but only %s on lists of all of them; %s",
				estimators.People(float64(t[1])), estimators.People(float64(t[0])), names, lower, estimators.People(n), are(int64(held)), cause)
		}
	}
	return nil
}

func are(n int64) string {
	if n == 1 {
		return "1 person is"
	}
	return estimators.People(float64(n)) + " people are"
}

// contradicting is the chance from which on so many visitors who name a body and then say that nobody knows them are more than wrong answers make.
const contradicting = 0.025

// bounds are those of the question whether anybody knows; a reason why there are none when its answers contradict those about the bodies.
func (a *analysis) bounds() (*Bounds, *estimators.Refusal) {
	s := a.d.Someone
	if s == nil || s.Asked == 0 {
		return nil, nil
	}
	if wrong := (distuv.Binomial{N: float64(s.Named), P: 1 - s.Sensitivity.or(DefaultSensitivity).Mean()}); s.Denied > 0 && wrong.Survival(float64(s.Denied-1)) < contradicting {
		return nil, estimators.Refuse("chat-answers-contradict", "%s of %s visitors who said that a body knows them said that nobody knows them, too many for wrong answers: no bound rests on that question",
			estimators.People(float64(s.Denied)), estimators.People(float64(s.Named)))
	}
	b := &Bounds{Asked: s.Asked, Said: s.Known, Sensitivity: s.Sensitivity.or(DefaultSensitivity), Specificity: s.Specificity.or(DefaultSpecificity)}
	b.Share = trueShare(s.Asked, s.Known, b.Sensitivity.Mean(), b.Specificity.Mean(), a.o.Level)
	n, v := float64(a.d.Table.Observed()), a.visitorRange()
	// Linked lists of more or fewer people belong to the bound: its lower limit takes the fewest, its upper the most.
	least, most := n, n
	for _, t := range a.d.Draws {
		least, most = math.Min(least, float64(t.Observed())), math.Max(most, float64(t.Observed()))
	}
	b.AtLeast = Range{n + v.Value*(1-b.Share.Value), least + v.Lower*(1-b.Share.Upper), most + v.Upper*(1-b.Share.Lower), false}
	b.OverlapMost = math.Min(most, v.Upper*b.Share.Upper)
	return b, nil
}

// statements say what the data determine.
func (a *analysis) statements() []Statement {
	var out []Statement
	say := func(code, format string, args ...any) {
		out = append(out, Statement{code, fmt.Sprintf(format, args...)})
	}
	k := len(a.bodies)
	_, refused := a.bounds()
	denied := refused != nil
	for _, b := range a.d.Bodies {
		if b.Lists == 0 {
			say("body-without-list", "%s has no list among the registers: how many visitors it knows says nothing about people on no list, and is not used", b.Name)
		}
	}
	switch {
	case k == 0 && a.d.Someone != nil && !denied:
		say("someone-only", "visitors were only asked whether anybody knows them, which need not be a body with a list: the data give a lower bound, and neither an estimate nor an upper limit")
	case k == 0:
		say("someone-only", "visitors were not asked about any body with a list: they say nothing about people on no list")
	case k == 1:
		say("one-body", "with answers about %s only, the number of people is determined by the odds ratio of visiting and being known to it, which no data here determine; a ratio of 1 gives the people on its lists divided by the share of visitors it knows", a.name(0))
	case a.jointly:
		say("joint-answers", "answers about %s were recorded together for each visitor, so that the visitors are a list with known overlaps: visiting may depend on each body by itself, and the number of people is determined as long as being known to two of them changes it by what each of them does, and no more", a.names())
	default:
		say("lists-alone", "if visiting may depend on every body the answers fit any number of people: the number is then what the lists alone say, and the visitors tell what share of the hidden people visited")
		say("restrictions", "each assumption that visiting does not depend on one body, given the others, determines the number of people without any assumption about the lists; that it depends on none is more than enough, and is tested")
		say("ask-jointly", "record for each visitor the answers about all bodies together: that determines how visiting depends on the bodies, which answers per body cannot")
	}
	return out
}

func (a *analysis) warn(r *Result) {
	add := func(code, format string, args ...any) {
		r.Warnings = append(r.Warnings, estimators.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if len(a.bodies) > 0 {
		add("chat-assumption", "every number of this table rests on an assumption about who visits; if people known to a body visit more than others (a referral, a leaflet), the numbers are too low, and too high if less")
	}
	if t := r.Unbound; t != nil {
		add(t.Code, "%s", t.Text)
	} else if s := a.d.Someone; s != nil && s.Denied > 0 {
		add("chat-answers-contradict", "%s of %s visitors who said that a body knows them said that nobody knows them: as many as wrong answers make", estimators.People(float64(s.Denied)), estimators.People(float64(s.Named)))
	}
	if r.Fit != nil && r.Fit.P < Rejected {
		add("chat-answers-fit-none", "the answers fit none of the assumptions, not even that being known to several bodies changes visiting by what each of them does: deviance %.2f on %d degrees of freedom, p = %.3g", r.Fit.Deviance, r.Fit.DF, r.Fit.P)
	}
	for _, row := range r.Rows {
		if t := row.Test; t != nil && t.P < Rejected && row.Kind == Independent && !row.ListModel {
			add("chat-bodies-disagree", "that visiting does not depend on being known to %s does not fit the answers: deviance %.2f on %d degree of freedom, p = %.3g", row.Body, t.Deviance, t.DF, t.P)
		}
	}
	if r.Test != nil && r.Test.P < Rejected {
		add("chat-bodies-disagree", "that visiting depends on none of %s does not fit the answers: deviance %.2f on %d degrees of freedom, p = %.3g", a.names(), r.Test.Deviance, r.Test.DF, r.Test.P)
	}
	assumed := false
	for _, j := range a.bodies {
		b := a.d.Bodies[j]
		assumed = assumed || b.Sensitivity == (Beta{}) || b.Specificity == (Beta{})
	}
	if assumed {
		add("chat-answers-assumed", "no rates of wrong answers were given: assumed are %.0f%% of those known saying so (Beta(%g, %g)) and %.0f%% of the others saying not (Beta(%g, %g))",
			100*DefaultSensitivity.Mean(), DefaultSensitivity.A, DefaultSensitivity.B, 100*DefaultSpecificity.Mean(), DefaultSpecificity.A, DefaultSpecificity.B)
	}
}
