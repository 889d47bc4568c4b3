package report

import (
	"math"

	"darkfigure/estimators"
)

// resampledLine says what repeating the estimate on resampled tables showed.
func (v *view) resampledLine(r *estimators.Resampling, model string) prose {
	out := []prose{v.say("resampled", v.count(int64(r.Replicates)), v.scheme(r.Scheme))}
	if r.Top > 0 {
		out = append(out, v.say("resampled-top", v.count(int64(r.Top))))
	}
	if r.Failed > 0 {
		out = append(out, v.plural("resampled-failed", r.Failed))
	}
	if r.Distinct > 1 {
		share := 0.0
		for _, m := range r.Models {
			if m.Model == model {
				share = float64(m.Count) / math.Max(float64(r.Replicates), 1)
			}
		}
		out = append(out, v.say("resampled-models", v.count(int64(r.Distinct)), v.percent(share)))
	}
	if r.HasWidthShare {
		out = append(out, v.say("resampled-width", v.percent(math.Min(math.Max(r.WidthShare, 0), 1))))
	}
	if r.HasBagged {
		out = append(out, v.say("resampled-mean", v.whole(r.Bagged), v.whole(r.BaggedSE)))
	}
	return join(out, " ")
}

// scheme names how tables were drawn.
func (v *view) scheme(s string) prose {
	if _, ok := catalogue["scheme-"+s]; ok {
		return v.say("scheme-" + s)
	}
	return prose(clean(s))
}

// mostChosen is how many models the figure of resampled tables shows.
const mostChosen = 10

// resampledFigure shows how often each model was chosen when the choice was repeated.
func (p *page) resampledFigure(r *estimators.Resampling, model string) {
	finding := p.say("resampled-finding")
	p.figure("", finding, p.resampledLine(r, model), func() {
		shown := r.Models[:min(len(r.Models), mostChosen)]
		if len(shown) < 2 {
			return
		}
		most := float64(shown[0].Count)
		p.el("table", at{"class", "plain chosen"}, func() {
			p.el("thead", nil, func() {
				p.el("tr", nil, func() {
					p.el("th", at{"scope", "col"}, p.say("model"))
					p.el("th", at{"scope", "col"}, p.say("chosen-in"))
				})
			})
			p.el("tbody", nil, func() {
				for _, m := range shown {
					p.el("tr", nil, func() {
						p.el("th", at{"scope", "row"}, func() { p.el("code", nil, p.model(m.Model)) })
						p.el("td", nil, func() {
							class := "bar"
							if m.Model == model {
								class = "bar own"
							}
							p.el("span", at{"class", class, "style", "--w:" + px(math.Round(1e4*float64(m.Count)/most)/1e4)})
							p.el("span", nil, p.percent(float64(m.Count)/math.Max(float64(r.Replicates), 1)))
						})
					})
				}
			})
		})
		if n := r.Distinct - len(shown); n > 0 {
			p.p("foot", sentence(p.plural("models-left-out", n)))
		}
	})
}
