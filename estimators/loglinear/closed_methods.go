package loglinear

import (
	"strings"

	"darkfigure/estimators"
)

// References shared by cards.
const (
	otis           = "D. L. Otis, K. P. Burnham, G. C. White, D. R. Anderson (1978), Statistical inference from capture data on closed animal populations, Wildlife Monographs 62"
	cormack1989    = "R. M. Cormack (1989), Log-linear models for capture–recapture, Biometrics 45, 395–413"
	cormack1992    = "R. M. Cormack (1992), Interval estimation for mark–recapture studies of closed populations, Biometrics 48, 567–576 (the interval)"
	rivestLevesque = "L.-P. Rivest, T. Lévesque (2001), Improved log-linear model estimators of abundance in capture–recapture experiments, Canadian Journal of Statistics 29, 555–572"
	rivestChao     = "L.-P. Rivest, S. Baillargeon (2007), Applications and extensions of Chao's moment estimator for the size of a closed population, Biometrics 63, 999–1006"
	chao1987       = "A. Chao (1987), Estimating the population size for capture–recapture data with unequal catchability, Biometrics 43, 783–791"
	darroch1993    = "J. N. Darroch, S. E. Fienberg, G. F. V. Glonek, B. W. Junker (1993), A three-sample multiple-recapture approach to census population estimation with heterogeneous catchability, Journal of the American Statistical Association 88, 1137–1148"
	rcapture       = "S. Baillargeon, L.-P. Rivest (2007), Rcapture: loglinear models for capture–recapture in R, Journal of Statistical Software 19(5)"
	link2003       = "W. A. Link (2003), Nonidentifiability of population size from capture–recapture data with heterogeneous detection probabilities, Biometrics 59, 1123–1130"
)

// closedMethods describes the closed-population family and its corrected versions.
func closedMethods() []estimators.Method {
	const family = "Closed-population models"
	assumes := func(more ...string) []string {
		return append([]string{
			"the population is closed: nobody enters or leaves it while the lists are made",
			"every match between the lists was found, and every one found is right",
		}, more...)
	}
	const given = "given how easy a person is to list, the lists are independent of each other: no organisation refers people to another"
	var out []estimators.Method
	add := func(m estimators.Method) {
		m.Family = family
		out = append(out, m)
	}
	closed := func(c Closed) func(estimators.Options) estimators.Estimator {
		return func(o estimators.Options) estimators.Estimator {
			with := c
			with.Levels, with.Interval = o.Levels, o.Kind
			return with
		}
	}
	add(estimators.Method{
		Name: "M0", Title: "M0: equal lists, equal people", MinLists: 2,
		Estimates:  "The population size if every person has the same chance to be on every list.",
		Assumes:    assumes("all lists have the same chance to hold a person", "all people are alike", "the lists are independent"),
		Distrust:   []string{"the lists differ in size: the estimate is then too high; use Mt", "people differ in how easily they are listed: the estimate is then too low"},
		References: []string{otis, cormack1989, cormack1992},
		New:        closed(Closed{}),
	})
	add(estimators.Method{
		Name: "Mt", Title: "Mt: independent lists", MinLists: 2,
		Estimates:  "The population size if the lists are independent and each has a chance of its own, the same for everybody. It is the log-linear model without interactions.",
		Assumes:    assumes("all people are alike", "the lists are independent"),
		Distrust:   []string{"organisations refer people to each other, or people differ in how easily they are listed: the estimate is then too low", "people use one service instead of another: the estimate is then too high"},
		References: []string{otis, cormack1989, cormack1992},
		New:        closed(Closed{Time: true}),
	})
	forms := []struct {
		h          Heterogeneity
		title      string
		how        string
		assumes    string
		distrust   string
		references []string
	}{
		{Chao, "Chao's lower bound", "At least how many people there are, whatever way people differ in how easily they are listed", "people may differ in any way", "it is a lower bound: the population can be much larger", []string{chao1987, rivestChao}},
		{Poisson, "Poisson heterogeneity", "The population size if the log-odds of being listed vary between people as a Poisson count does", "how people differ follows the form assumed (θ = 2)", "the form cannot be checked: other forms fit equally well and give quite other numbers", []string{rivestChao, link2003}},
		{Darroch, "Darroch's heterogeneity", "The population size if the log-odds of being listed vary between people as a normal law does among those not seen", "how people differ follows the form assumed", "the form cannot be checked: other forms fit equally well and give quite other numbers", []string{darroch1993, link2003}},
		{Gamma, "gamma heterogeneity", "The population size if some people are nearly impossible to list, the log-odds varying as minus a gamma law", "how people differ follows the form assumed (θ = 3.5)", "the form cannot be checked, and this one reaches far beyond the data: it gives the largest numbers and the widest intervals", []string{rivestChao, link2003}},
	}
	for _, time := range []bool{false, true} {
		for _, f := range forms {
			c := Closed{Time: time, Heterogeneity: f.h}
			m := estimators.Method{Name: c.Name(), MinLists: 3, LowerBound: f.h == Chao,
				Assumes:  assumes(given, f.assumes),
				Distrust: []string{f.distrust, "lists depend on each other for reasons other than the people on them: use log-linear models with interactions"},
				New:      closed(c)}
			if f.h == Chao {
				m.MinLists = 2
			}
			if time {
				m.Title, m.Estimates = "Mth: "+f.title+", lists differ", f.how+", and each list has a rate of its own."
			} else {
				m.Title, m.Estimates = "Mh: "+f.title+", equal lists", f.how+", and all lists have the same rate."
				m.Distrust = append(m.Distrust, "the lists differ in size: the estimate is then too high, and no lower bound; use the Mth model")
			}
			m.References = append(append([]string{}, f.references...), rcapture, cormack1992)
			add(m)
		}
	}
	behaviour := func(b Behaviour) func(estimators.Options) estimators.Estimator {
		return func(o estimators.Options) estimators.Estimator {
			with := b
			with.Levels, with.Interval = o.Levels, o.Kind
			return with
		}
	}
	distrustOrder := []string{
		"the lists are registers kept side by side, and not occasions one after the other: their order in the file then decides the answer",
		"people met for the first time do not become fewer from list to list: there is no estimate",
	}
	add(estimators.Method{
		Name: "Mb", Title: "Mb: listing changes behaviour", MinLists: 2,
		Estimates:  "The population size from how fast people run out who are met for the first time; being met once may change the chance of being met again.",
		Assumes:    assumes("the lists are repeated efforts of one kind, in the order given", "on every occasion, all people not met yet have the same chance to be met"),
		Distrust:   distrustOrder,
		References: []string{otis, cormack1989, "C. Zippin (1956), An evaluation of the removal method of estimating animal populations, Biometrics 12, 163–189 (the interval)"},
		New:        behaviour(Behaviour{}),
	})
	add(estimators.Method{
		Name: "Mbh", Title: "Mbh: listing changes behaviour, first list apart", MinLists: 3,
		Estimates:  "The same as Mb with a chance of its own on the first occasion, because people who are met easily are met then.",
		Assumes:    assumes("the lists are repeated efforts of one kind, in the order given", "from the second occasion on, all people not met yet have the same chance to be met"),
		Distrust:   distrustOrder,
		References: []string{otis, rivestLevesque},
		New:        behaviour(Behaviour{FirstDiffers: true}),
	})
	cards := map[string]estimators.Method{}
	for _, m := range out {
		cards[m.Name] = m
	}
	for _, name := range correctedModels {
		of := cards[name]
		c := Corrected{Model: name}
		m := estimators.Method{Name: c.Name(), Title: of.Title + ", bias-corrected", MinLists: c.leastLists(), LowerBound: of.LowerBound,
			Estimates:  strings.TrimSuffix(of.Estimates, ".") + ", with the bias in small samples corrected.",
			Assumes:    of.Assumes,
			Distrust:   append(append([]string{}, of.Distrust...), "the counts are large: the correction then changes nothing, and the interval without it is better"),
			References: []string{rivestLevesque, rcapture},
			New: func(o estimators.Options) estimators.Estimator {
				return Corrected{Model: name, Levels: o.Levels, Interval: o.Kind}
			}}
		add(m)
	}
	return out
}
