package multiplier

import (
	"fmt"
	"strconv"

	"darkfigure/estimators"
)

// A Chat is an anonymous service whose visitors said whether another body knows them.
type Chat struct {
	Visitors int64   // of the population, each counted once
	Years    int     // in the period; 0: it is not several years
	Against  float64 // another estimate of the population, a year, that the division is held against; 0: none
}

// inView adds those whom no body knows to the register. The two have nobody in common when the share is of first disclosures, to anybody, and
// holds for the visitors counted: then at least so many people are in view, whoever visits the chat. The limits are those of the credible law of the share.
func (m Multiplier) inView(e *estimators.Estimate, a answers) *estimators.InView {
	years := max(m.Chat.Years, 1)
	v := &estimators.InView{Registered: e.Observed, Visitors: m.Chat.Visitors, Known: a.p, New: float64(m.Chat.Visitors) - a.p*float64(m.Chat.Visitors), Level: e.Intervals[0].Level, Years: m.Chat.Years, Against: m.Chat.Against}
	v.AtLeast = float64(v.Registered) + v.New
	v.PerYear = v.AtLeast / float64(years)
	law := m.share(a)
	limit := func(level float64) float64 {
		return float64(v.Registered) + (1-law.Quantile(1-level))*float64(v.Visitors)
	}
	v.Lower, v.Upper = limit(0.5-v.Level/2), limit(0.5+v.Level/2)
	if v.Against > 0 {
		v.Needed = v.Against * float64(years) * a.p
		v.Held = float64(v.Registered) / v.Needed
		if v.Against < v.PerYear {
			least := strconv.FormatFloat(v.PerYear, 'f', 1, 64)
			if v.Against < v.Lower/float64(years) {
				e.Warn(estimators.Warning{Code: "below-in-view", Text: fmt.Sprintf("the other figure, %s, lies below the %s in view at least: both cannot be right", estimators.People(v.Against), least)})
			} else {
				e.Warn(estimators.Warning{Code: "below-in-view", Text: fmt.Sprintf("the other figure, %s, lies below the %s in view at least, which chance in the share may explain", estimators.People(v.Against), least)})
			}
		}
	}
	return v
}
