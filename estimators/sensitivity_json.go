package estimators

import "encoding/json"

// What was not estimated is null in JSON, as the population of a refused estimate is: a 0 would be read as a number of people, or as no influence. Reading null leaves a number as it
// is, but for a Limit, which becomes +Inf.

// known is a number that is null where it is not known.
func known(x float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &x
}

// MarshalJSON writes the numbers of a refused alternative as null.
func (a Alternative) MarshalJSON() ([]byte, error) {
	type plain Alternative
	if a.Status != Refused {
		return json.Marshal(plain(a))
	}
	return json.Marshal(struct {
		plain
		Population *float64 `json:"population"`
		Lower      *float64 `json:"lower"`
		Upper      *Limit   `json:"upper"`
	}{plain: plain(a)})
}

// MarshalJSON writes the numbers of a refused point as null.
func (p AssumptionPoint) MarshalJSON() ([]byte, error) {
	type plain AssumptionPoint
	if p.Status != Refused {
		return json.Marshal(plain(p))
	}
	return json.Marshal(struct {
		plain
		Population *float64 `json:"population"`
		Lower      *float64 `json:"lower"`
		Upper      *Limit   `json:"upper"`
	}{plain: plain(p)})
}

// MarshalJSON writes the base and the range of a refused curve as null, unless they were found.
func (c AssumptionCurve) MarshalJSON() ([]byte, error) {
	type plain AssumptionCurve
	if c.Status != Refused || c.Base.Status != "" {
		return json.Marshal(plain(c))
	}
	return json.Marshal(struct {
		plain
		Base  *AssumptionPoint `json:"base"`
		From  *float64         `json:"from"`
		To    *float64         `json:"to"`
		Level *float64         `json:"level"`
	}{plain(c), nil, known(c.From, c.From > 0), known(c.To, c.To > 0), known(c.Level, c.Level > 0)})
}

// MarshalJSON writes the ranges of a refused bound as null, and the estimates where no N satisfies it at the shares observed.
func (b AssumptionBound) MarshalJSON() ([]byte, error) {
	type plain AssumptionBound
	if b.Status != Refused && !b.Empty {
		return json.Marshal(plain(b))
	}
	out := struct {
		plain
		Estimates *Range `json:"estimates"`
		Interval  *Range `json:"interval"`
	}{plain: plain(b)}
	if b.Status != Refused {
		out.Interval = &b.Interval
	}
	return json.Marshal(out)
}

// MarshalJSON writes as null what is not known of the list: without an estimate when it is dropped, merged with none, or without an interval.
func (l ListInfluence) MarshalJSON() ([]byte, error) {
	type plain ListInfluence
	return json.Marshal(struct {
		plain
		Dropped   *float64 `json:"dropped"`
		Merged    *float64 `json:"merged"`
		Remaining *float64 `json:"remaining"`
	}{plain(l), known(l.Dropped, !l.Refused), known(l.Merged, l.With != ""), known(l.Remaining, l.Remaining > 0)})
}

// MarshalJSON writes the bias of what has no estimate, or of a list that nobody is on, as null.
func (c ConsistencyCheck) MarshalJSON() ([]byte, error) {
	type plain ConsistencyCheck
	return json.Marshal(struct {
		plain
		LRB *float64 `json:"lrb"`
	}{plain(c), known(c.LRB, c.Found.Status != Refused && c.Known > 0)})
}

// MarshalJSON writes as null what has too few lists or intervals.
func (s ConsistencyScore) MarshalJSON() ([]byte, error) {
	type plain ConsistencyScore
	return json.Marshal(struct {
		plain
		Mean     *float64 `json:"mean_lrb"`
		SD       *float64 `json:"sd_lrb"`
		RMSE     *float64 `json:"rmse_lrb"`
		Median   *float64 `json:"median_lrb"`
		Coverage *float64 `json:"coverage"`
		Above    *float64 `json:"lower_coverage"`
		Below    *float64 `json:"upper_coverage"`
	}{plain(s), known(s.Mean, s.Lists > 0), known(s.SD, s.Lists > 1), known(s.RMSE, s.Lists > 0), known(s.Median, s.Lists > 0),
		known(s.Coverage, s.Intervals > 0), known(s.Above, s.Intervals > 0), known(s.Below, s.Intervals > 0)})
}

// MarshalJSON writes the quantiles of no specifications as null.
func (m Multiverse) MarshalJSON() ([]byte, error) {
	type plain Multiverse
	if m.Counted > 0 {
		return json.Marshal(plain(m))
	}
	return json.Marshal(struct {
		plain
		Least    *float64 `json:"least"`
		Lower    *float64 `json:"lower"`
		Median   *float64 `json:"median"`
		Upper    *float64 `json:"upper"`
		Greatest *float64 `json:"greatest"`
		Inside   *float64 `json:"inside_base"`
	}{plain: plain(m)})
}

// MarshalJSON writes the numbers of a refused change as null.
func (c ChangeSpecification) MarshalJSON() ([]byte, error) {
	type plain ChangeSpecification
	if !c.Refused {
		return json.Marshal(plain(c))
	}
	return json.Marshal(struct {
		plain
		Before *float64 `json:"before"`
		After  *float64 `json:"after"`
		Ratio  *float64 `json:"ratio"`
	}{plain: plain(c)})
}
