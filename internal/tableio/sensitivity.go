package tableio

import (
	"math"
	"strings"

	"darkfigure/estimators"
)

// departures is a sensitivity analysis as one tidy table: a row for everything that was estimated again. The column analysis says by what:
// base, alternative, curve, bound, tipping-point, consistency, multiverse, change, planned-list.
func departures(r estimators.Results) *frame {
	f := &frame{}
	analysis, about, lists, amount := f.column("analysis", text), f.column("about", text), f.column("lists", text), f.column("amount", real)
	method, model := f.column("method", text), f.column("model", text)
	observed, population, lower, upper, level, interval := f.column("observed", whole), f.column("population", real), f.column("lower", real), f.column("upper", real), f.column("level", real), f.column("interval", text)
	influence, known, ratio, mild, bound := f.column("influence", real), f.column("known", whole), f.column("ratio", real), f.column("mild", text), f.column("bound", text)
	status, reason, seed := f.column("status", text), f.column("reason", text), f.column("seed", whole)
	of := originColumns(f)
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
	one := func(kind string, a estimators.Alternative) {
		alternative(kind, a)
		end(a.Status, a.Reason)
	}
	one("base", s.Base)
	for _, a := range s.Alternatives {
		one("alternative", a)
	}
	for _, c := range s.Curves {
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
		name("bound", b.Assumption, nil)
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
		name("planned-list", "planned", with)
		amount.putReal(p.Coverage)
		population.putReal(p.After)
		ratio.putReal(p.Ratio)
		end(estimators.OK, nil)
	}
	if c := s.Consistency; c != nil {
		for _, x := range c.Checks {
			alternative("consistency", x.Found)
			known.putWhole(x.Known)
			if x.Found.Status != estimators.Refused {
				ratio.putReal(math.Exp(x.LRB))
			}
			end(x.Found.Status, x.Found.Reason)
		}
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
			at := estimators.OK
			if x.Refused {
				at = estimators.Refused
			} else {
				population.putReal(x.After)
				ratio.putReal(x.Ratio)
			}
			end(at, nil)
		}
	}
	return f
}

// sensitivity takes what was read when it is what it says: numbers that a page can draw.
func (d *decoder) sensitivity(s *estimators.Sensitivity) *estimators.Sensitivity {
	if s == nil {
		return nil
	}
	check := func(a estimators.Alternative) {
		switch n := float64(a.Observed); {
		case a.Observed < 0:
			d.fail("a sensitivity analysis has a negative number of people observed")
		case a.Status == estimators.Refused:
		case a.Population < n*(1-1e-9) && a.About != estimators.AboutMissed && a.About != estimators.AboutFalse:
			d.fail("a sensitivity analysis has the estimate %g below the %d observed", a.Population, a.Observed)
		case a.Lower < 0 || float64(a.Upper) < a.Lower:
			d.fail("a sensitivity analysis has limits from %g to %g", a.Lower, float64(a.Upper))
		}
	}
	if s.Base.Status == estimators.Refused || !(s.Base.Population >= 0) {
		d.fail("a sensitivity analysis without an estimate to begin with")
	}
	check(s.Base)
	for _, a := range s.Alternatives {
		check(a)
	}
	for _, w := range s.Swings {
		check(w.Low)
		check(w.High)
	}
	if s.Multiverse != nil {
		for _, a := range s.Multiverse.Specifications {
			check(a)
		}
	}
	return s
}
