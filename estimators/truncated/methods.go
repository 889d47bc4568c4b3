package truncated

import "darkfigure/estimators"

// Methods describes the families. They have no entry in --method, because they are about counts of contacts and not about lists.
func Methods() []estimators.Method {
	base := []string{
		"The population is closed in the period: nobody enters or leaves it.",
		"A contact makes the next one neither more nor less likely.",
		"Everybody can be met, and records of one person were found to be of one person.",
	}
	distrust := []string{
		"A contact ends contacts (deportation, referral), or begets others: the estimate is too high, or too low.",
		"A kind of people has a handful of repeats, on which its whole number rests.",
		"Other families fit about as well and give another number: publish the range.",
	}
	laws := []struct{ title, assumes string }{
		poisson:   {"Poisson", "People alike in the covariates have the same rate of contacts: where they differ, the estimate is too low."},
		geometric: {"geometric", "Among people alike in the covariates rates differ as in an exponential law: many are hardly ever met."},
		negbin:    {"negative binomial", "Among people alike in the covariates rates differ as in a gamma law, whose spread is estimated too; the data often leave it open."},
	}
	about := map[form][2]string{
		zeroTruncated:     {"The size of the population from how often people of each kind were seen.", ""},
		zeroOneTruncated:  {"The size of the population from how often people seen twice or more were seen; those seen once count as seen only.", "How often people were seen who were seen again says how many were never seen; those seen once may be of all kinds."},
		oneInflatedBefore: {"The size of the population when a share of it is seen exactly once, whatever happens.", "Those additional people seen once are all in the register: they have no unseen counterpart."},
		oneInflatedAfter:  {"The size of the population when a share of those seen would have been seen again but for what the first contact did.", "Those additional people seen once have unseen counterparts like everybody else."},
		hurdleBefore:      {"The size of the population when being seen exactly once has a probability of its own.", "People who are not seen exactly once are seen as the law says."},
		hurdleAfter:       {"The size of the population when being seen exactly once, among those seen, has a probability of its own.", "How often people were seen who were seen again says how many were never seen."},
	}
	const heijden = "P. G. M. van der Heijden, R. Bustami, M. Cruyff, G. Engbersen, H. C. van Houwelingen (2003), Point and interval estimation of the population size using the truncated Poisson regression model, Statistical Modelling 3, 305–322"
	var out []estimators.Method
	for _, f := range Families() {
		m := estimators.Method{Name: f.Name(), Family: "One register with repeat contacts (darkfigure repeats --family)", Distrust: distrust, MinLists: 1, MaxLists: 1, LowerBound: f.LowerBound()}
		switch {
		case f.form == onlyOnesAndTwos:
			m.Title = "Chao's lower bound with covariates"
			m.Estimates = "At least how many people there are, from those seen once and twice of each kind."
			m.Assumes = base
			m.References = []string{"D. Böhning, A. Vidal-Diez, R. Lerdsuwansri, C. Viwatwongkasem, M. Arnold (2013), A generalization of Chao's estimator for covariate information, Biometrics 69, 1033–1042"}
		case f.form == onesAndTwosForAll:
			m.Title = "Zelterman with covariates"
			m.Estimates = "The size of the population with the rate of those seen once and twice of each kind."
			m.Assumes = append(base[:len(base):len(base)], "Those never seen have the rate of those seen once or twice.")
			m.References = []string{"D. Böhning, P. G. M. van der Heijden (2009), A covariate adjustment for zero-truncated approaches to estimating the size of hidden and elusive populations, Annals of Applied Statistics 3, 595–610"}
		default:
			m.Title = forms[f.form].title + " " + laws[f.law].title
			m.Estimates = about[f.form][0]
			m.Assumes = append(base[:len(base):len(base)], laws[f.law].assumes)
			if s := about[f.form][1]; s != "" {
				m.Assumes = append(m.Assumes, s)
			}
			m.References = []string{heijden}
			if f.ones() || f.form == zeroOneTruncated {
				m.References = append(m.References, "D. Böhning, H. Friedl (2024), One-inflation and zero-truncation count data modelling revisited with a view on Horvitz–Thompson estimation of population size, International Statistical Review")
			}
		}
		out = append(out, m)
	}
	return out
}
