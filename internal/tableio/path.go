package tableio

import "darkfigure/estimators"

// stepJSON is a model on the path of a stepwise search.
type stepJSON struct {
	Phase      string      `json:"phase"`
	Term       string      `json:"term"` // "+ A*B"; "" where the path begins
	Model      string      `json:"model"`
	Hidden     *float64    `json:"hidden"`
	Population *float64    `json:"population"`
	SE         *float64    `json:"se"`
	Fit        fitJSON     `json:"fit"`
	Status     string      `json:"status"`
	Reason     *reasonJSON `json:"reason,omitempty"`
	Chosen     bool        `json:"chosen,omitempty"`
}

func (e encoder) path(steps []estimators.Step) []stepJSON {
	return each(steps, func(s estimators.Step) stepJSON {
		out := stepJSON{Phase: s.Phase, Term: s.Term, Model: s.Model, Fit: fit(s.Fit), Status: string(s.Status), Reason: e.refusal(s.Reason), Chosen: s.Chosen}
		if s.Status != estimators.Refused {
			out.Hidden, out.Population, out.SE = &s.Hidden, &s.Population, &s.SE
		}
		return out
	})
}

func (d *decoder) path(in []stepJSON) []estimators.Step {
	return each(in, func(s stepJSON) estimators.Step {
		out := estimators.Step{Phase: s.Phase, Term: s.Term, Model: s.Model, Fit: unfit(s.Fit), Reason: d.refusal(s.Reason), Chosen: s.Chosen}
		out.Status = d.status(s.Status, out.Reason)
		if out.Status == estimators.Refused {
			return out
		}
		if s.Hidden == nil || s.Population == nil || s.SE == nil {
			d.fail("the step %s of a path has no population", quote(s.Term))
			return out
		}
		out.Hidden, out.Population, out.SE = *s.Hidden, *s.Population, *s.SE
		return out
	})
}

func fit(f estimators.Fit) fitJSON {
	out := fitJSON{Parameters: f.Parameters, MinusInfinity: f.MinusInfinity, DF: f.DF, Deviance: f.Deviance, Pearson: f.Pearson, LogLik: f.LogLik, AIC: f.AIC, BIC: f.BIC}
	if !f.AICcUndefined {
		out.AICc = &f.AICc
	}
	if f.HasGoodnessOfFit {
		out.GoodnessOfFit = &f.GoodnessOfFit
	}
	return out
}

func unfit(f fitJSON) estimators.Fit {
	out := estimators.Fit{Parameters: f.Parameters, MinusInfinity: f.MinusInfinity, DF: f.DF, Deviance: f.Deviance, Pearson: f.Pearson, LogLik: f.LogLik, AIC: f.AIC, BIC: f.BIC, AICcUndefined: f.AICc == nil}
	if f.AICc != nil {
		out.AICc = *f.AICc
	}
	if f.GoodnessOfFit != nil {
		out.GoodnessOfFit, out.HasGoodnessOfFit = *f.GoodnessOfFit, true
	}
	return out
}
