package tableio

import (
	"fmt"
	"math"
	"strings"

	"darkfigure/estimators"
)

// departures is a sensitivity analysis as one tidy table: a row for everything that was estimated again. The column analysis says by what:
// base, alternative, swing (with its least and greatest), summary, influence, curve, prior, tipping-point, bound (with what it says at the shares observed), planned-list,
// consistency, consistency-score, multiverse, multiverse-summary, change, note. Numbers of a score and of a summary that are no number of people stand in the column ratio.
func departures(r estimators.Results) *frame {
	f := &frame{}
	analysis, about, lists, amount := f.column("analysis", text), f.column("about", text), f.column("lists", text), f.column("amount", real)
	method, model := f.column("method", text), f.column("model", text)
	observed, population, lower, upper, level, interval := f.column("observed", whole), f.column("population", real), f.column("lower", real), f.column("upper", real), f.column("level", real), f.column("interval", text)
	influence, known, ratio, mild, bound := f.column("influence", real), f.column("known", whole), f.column("ratio", real), f.column("mild", text), f.column("bound", text)
	status, reason, seed := f.column("status", text), f.column("reason", text), f.column("seed", whole)
	of := originColumns(f, r.Data)
	end := func(s estimators.Status, why *estimators.Refusal) {
		status.putText(string(s))
		if why != nil {
			reason.putText(why.Code)
		}
		if r.Run.Seed <= math.MaxInt64 {
			seed.putWhole(int64(r.Run.Seed))
		}
		of.put(r.Data)
		f.end()
	}
	name := func(a, b string, l []string) {
		analysis.putText(a)
		about.putText(b)
		if len(l) > 0 {
			lists.putText(strings.Join(l, "*"))
		}
	}
	limits := func(low float64, high estimators.Limit, kind estimators.IntervalKind, at float64) {
		lower.putReal(low)
		if !math.IsInf(float64(high), 1) {
			upper.putReal(float64(high))
		}
		if at > 0 {
			level.putReal(at)
		}
		if kind != "" {
			interval.putText(string(kind))
		}
	}
	alternative := func(kind string, a estimators.Alternative) {
		name(kind, a.About, a.Lists)
		if a.Amount != 0 {
			amount.putReal(a.Amount)
		}
		if a.Method != "" {
			method.putText(a.Method)
		}
		if a.Model != "" {
			model.putText(a.Model)
		}
		observed.putWhole(a.Observed)
		if a.Status != estimators.Refused {
			population.putReal(a.Population)
			if i, ok := a.Interval(); ok {
				limits(i.Lower, estimators.Limit(i.Upper), i.Kind, i.Level)
			}
			if kind != "consistency" {
				influence.putReal(a.Influence)
			}
		}
		if a.Mild {
			mild.putText("yes")
		}
		if a.AtLeast {
			bound.putText("at least")
		}
	}
	s := r.Sensitivity
	people := func(kind, what string, n float64) {
		name(kind, what, nil)
		population.putReal(n)
		end(estimators.OK, nil)
	}
	number := func(kind, what, of string, x float64) {
		name(kind, what, nil)
		method.putText(of)
		ratio.putReal(x)
		end(estimators.OK, nil)
	}
	between := func(kind, what string, lists []string, v estimators.Range, as estimators.IntervalKind, at float64) {
		name(kind, what, lists)
		limits(v.Lower, v.Upper, as, at)
		end(estimators.OK, nil)
	}
	one := func(kind string, a estimators.Alternative) {
		alternative(kind, a)
		end(a.Status, a.Reason)
	}
	one("base", s.Base)
	for _, a := range s.Alternatives {
		one("alternative", a)
	}
	for _, w := range s.Swings {
		about := w.About
		if w.Assumption != "" {
			about += ": " + w.Assumption
		}
		name("swing", about, w.Lists)
		limits(w.Interval.Lower, w.Interval.Upper, estimators.Union, s.Base.Level)
		if w.Low.Population > 0 {
			ratio.putReal(w.High.Population / w.Low.Population)
		}
		if w.Mild {
			mild.putText("yes")
		}
		end(estimators.OK, nil)
		one("swing-least", w.Low)
		one("swing-greatest", w.High)
	}
	if m := s.Summary; m.Level > 0 {
		name("summary", "depends most on: "+m.Depends, m.Lists)
		end(estimators.OK, nil)
		under := "under mild departures"
		if m.Within {
			under = fmt.Sprintf("with every ratio from %.3g to %.3g", s.Within.Lower, float64(s.Within.Upper))
		}
		between("summary", "estimates "+under, nil, m.Estimates, "", 0)
		between("summary", "union "+under, nil, m.Union, estimators.Union, m.Level)
		for _, x := range m.Narrows {
			name("summary", "narrowed by knowing: "+x.About, x.Lists)
			limits(x.Settles.Lower, x.Settles.Upper, "", 0)
			if x.Coverage > 0 {
				amount.putReal(x.Coverage)
			}
			if x.Ratio > 0 {
				ratio.putReal(x.Ratio)
			}
			end(estimators.OK, nil)
		}
	}
	for _, l := range s.Influence {
		name("influence", "total", []string{l.List})
		observed.putWhole(l.Total)
		end(estimators.OK, nil)
		name("influence", "only", []string{l.List})
		observed.putWhole(l.Only)
		end(estimators.OK, nil)
		name("influence", estimators.AboutDrop, []string{l.List})
		if l.Refused {
			end(estimators.Refused, nil)
		} else {
			influence.putReal(l.Dropped)
			if l.Remaining > 0 {
				ratio.putReal(l.Remaining) // of the widths of the intervals
			}
			end(estimators.OK, nil)
		}
		if l.With != "" {
			name("influence", estimators.AboutMerge, []string{l.List, l.With})
			influence.putReal(l.Merged)
			end(estimators.OK, nil)
		}
	}
	for _, c := range s.Curves {
		if p := c.Prior; p != nil {
			name("prior", c.Assumption, c.Lists)
			population.putReal(p.Population)
			limits(p.Interval.Lower, p.Interval.Upper, estimators.Mixture, c.Level)
			end(estimators.OK, nil)
		}
		if c.Status == estimators.Refused {
			name("curve", c.Assumption, c.Lists)
			end(c.Status, c.Reason)
		}
		for _, p := range c.Points {
			name("curve", c.Assumption, c.Lists)
			if v := float64(p.Value); !math.IsInf(v, 1) {
				amount.putReal(v)
			}
			if p.Model != "" {
				model.putText(p.Model)
			}
			if p.Status != estimators.Refused {
				population.putReal(p.Population)
				limits(p.Lower, p.Upper, c.Kind, c.Level)
			}
			end(p.Status, p.Reason)
		}
		for _, t := range c.Tipping {
			name("tipping-point", c.Assumption+", "+t.Claim+" ("+t.Of+")", c.Lists)
			if t.State == "tips" {
				amount.putReal(t.Value)
				if t.Departure > 0 {
					ratio.putReal(t.Departure)
				}
			}
			end(estimators.Status(t.State), nil)
		}
	}
	for _, b := range s.Bounds {
		var lists []string
		for _, g := range b.Granted {
			lists = append(lists, g.Lists...)
		}
		if len(b.SetBy) > 0 {
			lists = b.SetBy
		}
		if b.Status != estimators.Refused && !b.Empty {
			between("bound-at-the-shares-observed", b.Assumption, lists, b.Estimates, "", 0)
		}
		name("bound", b.Assumption, lists)
		if b.Status != estimators.Refused {
			limits(b.Interval.Lower, b.Interval.Upper, b.Kind, b.Level)
		}
		end(b.Status, b.Reason)
	}
	for _, p := range s.Planned {
		var with []string
		if p.With != "" {
			with = []string{p.With}
		}
		for _, y := range []struct {
			what     string
			n, width float64
		}{{"without the list", p.Before, p.WidthBefore}, {"with the list", p.After, p.WidthAfter}} {
			name("planned-list", y.what, with)
			amount.putReal(p.Coverage)
			population.putReal(y.n)
			ratio.putReal(y.width) // the logarithm of the one limit over the other
			end(estimators.OK, nil)
		}
		name("planned-list", "simulated", with)
		amount.putReal(p.Coverage)
		population.putReal(p.People)
		end(estimators.OK, nil)
		name("planned-list", "share without an estimate", with)
		amount.putReal(p.Coverage)
		ratio.putReal(float64(p.Failed) / float64(max(1, p.Replicates)))
		end(estimators.OK, nil)
		name("planned-list", "width ratio", with)
		amount.putReal(p.Coverage)
		ratio.putReal(p.Ratio)
		end(estimators.OK, nil)
	}
	if c := s.Consistency; c != nil {
		for _, x := range c.Checks {
			alternative("consistency", x.Found)
			known.putWhole(x.Known)
			if x.Found.Status != estimators.Refused && x.Known > 0 {
				ratio.putReal(math.Exp(x.LRB))
			}
			end(x.Found.Status, x.Found.Reason)
		}
	}
	if c := s.Consistency; c != nil {
		for _, x := range c.Scores {
			for _, y := range []struct {
				what string
				n    float64
			}{{"lists", float64(x.Lists)}, {"refused", float64(x.Refused)}} {
				number("consistency-score", y.what, x.Method, y.n)
			}
			if x.Lists == 0 {
				continue
			}
			for _, y := range []struct {
				what string
				n    float64
			}{{"mean lrb", x.Mean}, {"sd lrb", x.SD}, {"rmse lrb", x.RMSE}, {"median lrb", x.Median}} {
				if y.what != "sd lrb" || x.Lists > 1 {
					number("consistency-score", y.what, x.Method, y.n)
				}
			}
			if x.Intervals > 0 {
				number("consistency-score", "coverage", x.Method, x.Coverage)
				number("consistency-score", "lower coverage", x.Method, x.Above)
				number("consistency-score", "upper coverage", x.Method, x.Below)
			}
		}
	}
	if m := s.Multiverse; m != nil && m.Counted > 0 {
		people("multiverse-summary", "least", m.Least)
		people("multiverse-summary", "5 %", m.Lower)
		people("multiverse-summary", "median", m.Median)
		people("multiverse-summary", "95 %", m.Upper)
		people("multiverse-summary", "greatest", m.Greatest)
	}
	if m := s.Multiverse; m != nil {
		for _, a := range m.Specifications {
			one("multiverse", a)
		}
	}
	for _, c := range s.Changes {
		for _, x := range c.Specifications {
			name("change", x.About+", "+c.Covariate+" "+c.From+" to "+c.To, x.Lists)
			method.putText(x.Method)
			if x.Model != "" {
				model.putText(x.Model)
			}
			if x.AtLeast {
				bound.putText("at least")
			}
			at := estimators.OK
			if x.Refused {
				at = estimators.Refused
			} else {
				population.putReal(x.After)
				ratio.putReal(x.Ratio)
			}
			end(at, x.Reason)
		}
	}
	for _, n := range s.Notes {
		name("note", n, nil)
		end(estimators.OK, nil)
	}
	return f
}

// sensitivity takes what was read when it is what it says: numbers that a page can draw.
func (d *decoder) sensitivity(s *estimators.Sensitivity) *estimators.Sensitivity {
	if s == nil {
		return nil
	}
	check := func(a *estimators.Alternative) {
		switch n := float64(a.Observed); {
		case a.Observed < 0:
			d.fail("a sensitivity analysis has a negative number of people observed")
		case a.Status == estimators.Refused:
			a.Upper = 0 // null, which a limit reads as infinite
		case a.Population < n*(1-1e-9) && a.About != estimators.AboutMissed && a.About != estimators.AboutFalse:
			d.fail("a sensitivity analysis has the estimate %g below the %d observed", a.Population, a.Observed)
		case a.Lower < 0 || float64(a.Upper) < a.Lower:
			d.fail("a sensitivity analysis has limits from %g to %g", a.Lower, float64(a.Upper))
		}
	}
	if s.Base.Status == estimators.Refused || !(s.Base.Population >= 0) {
		d.fail("a sensitivity analysis without an estimate to begin with")
	}
	check(&s.Base)
	all := func(as []estimators.Alternative) {
		for i := range as {
			check(&as[i])
		}
	}
	all(s.Alternatives)
	all(s.Summary.Refused)
	for i := range s.Swings {
		check(&s.Swings[i].Low)
		check(&s.Swings[i].High)
	}
	if s.Multiverse != nil {
		all(s.Multiverse.Specifications)
	}
	if s.Consistency != nil {
		for i := range s.Consistency.Checks {
			check(&s.Consistency.Checks[i].Found)
		}
	}
	point := func(p *estimators.AssumptionPoint) {
		if p.Status == estimators.Refused {
			p.Upper = 0
		}
	}
	for i := range s.Curves {
		point(&s.Curves[i].Base)
		for j := range s.Curves[i].Points {
			point(&s.Curves[i].Points[j])
		}
	}
	return s
}
