package report

import (
	"strings"

	"darkfigure/estimators"
)

// pathGrid is the path of a stepwise search: what each step added or took out, and what its model says.
func (v *view) pathGrid(steps []estimators.Step) grid {
	t := grid{title: v.say("path-title"), heads: []prose{v.say("path-step"), v.say("path-lowers"), v.say("deviance"), "df", "AIC", "AICc", "BIC", "N", v.say("status")}}
	for i, s := range steps {
		what := v.say("path-main")
		if s.Term != "" {
			what = name(s.Term)
		}
		what = prose(v.count(int64(i+1))) + "  " + what
		if s.Chosen {
			what += " ← " + v.say("path-chosen")
		}
		row := []prose{what, prose(s.Phase), prose(v.fixed(s.Fit.Deviance, 1)), prose(v.count(int64(s.Fit.DF))), prose(v.fixed(s.Fit.AIC, 1)), prose(v.fixed(s.Fit.AICc, 1)), prose(v.fixed(s.Fit.BIC, 1)), "", v.say("ok")}
		if s.Fit.AICcUndefined {
			row[5] = ""
		}
		if s.Phase == "bic" || s.Phase == "aic" {
			row[1] = prose(strings.ToUpper(s.Phase))
		}
		switch {
		case s.Reason != nil:
			row[8] = code(s.Reason.Code)
		case s.Fit.MinusInfinity > 0:
			row[7], row[8] = prose(v.whole(s.Population)), v.plural("path-infinite", s.Fit.MinusInfinity)
		default:
			row[7] = prose(v.whole(s.Population))
		}
		t.rows = append(t.rows, row)
	}
	for i, n := range v.pathNotes(steps) {
		if i == 0 {
			n = v.say("path-refused") + ". " + n
		}
		t.notes = append(t.notes, n)
	}
	return t
}

// pathNotes are the reasons for which steps were refused.
func (v *view) pathNotes(steps []estimators.Step) []prose {
	var out []prose
	for _, s := range steps {
		if s.Reason != nil {
			text := s.Reason.Text
			if _, after, ok := strings.Cut(text, s.Model+": "); ok {
				text = after
			}
			out = append(out, name(s.Term)+": "+v.said(text))
		}
	}
	return out
}
