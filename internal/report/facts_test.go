package report

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"darkfigure/estimators"
)

// Each sentence is found by its own English, and names in it stay as they are.
func TestFactsAreFound(t *testing.T) {
	v, err := newView(estimators.Results{}, Options{Language: "nl"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range slices.Concat(dutchFacts, dutchLinkFacts, dutchMultiplierFacts) {
		english, dutch := f[0], f[1]
		for i := 1; strings.Contains(english, "{}"); i++ {
			piece := "name" + strconv.Itoa(i)
			english = strings.Replace(english, "{}", piece, 1)
			dutch = strings.ReplaceAll(dutch, "$"+strconv.Itoa(i), piece)
		}
		if strings.Contains(dutch, "$") {
			t.Errorf("%q has more arguments in Dutch than in English", f[0])
		}
		forms := []string{english}
		if !strings.HasPrefix(f[0], "{}") {
			forms = append(forms, strings.ToUpper(english[:1])+english[1:]+".")
		}
		for _, s := range forms {
			if got, foreign := v.fact(s); foreign || got.plain() != v.text(dutch).plain() {
				t.Errorf("%q is %q, foreign %v; want %q", s, got.plain(), foreign, dutch)
			}
		}
	}
}

func TestNumbersInFacts(t *testing.T) {
	v, err := newView(estimators.Results{}, Options{Language: "nl"})
	if err != nil {
		t.Fatal(err)
	}
	for english, dutch := range map[string]string{
		"the 95% interval runs from 1,234 to 12,345": "het 95%-interval loopt van 1.234 tot 12.345",
		"the estimated sample coverage is 12.5%":     "de geschatte steekproefdekking is 12,5%",
		"summed over street people, A1.5":            "opgeteld over street people, A1.5",
		"the model says that nobody is hidden (so in 5 of 60 drawn linkages, with the figures of the first of them)":                                                                           "het model zegt dat niemand verborgen is (zo in 5 van 60 getrokken koppelingen, met de cijfers van de eerste daarvan)",
		"the model says that nobody is hidden (so in 3 of 60 drawn linkages)":                                                                                                                  "het model zegt dat niemand verborgen is (zo in 3 van 60 getrokken koppelingen)",
		"Mth: gamma heterogeneity, lists differ, bias-corrected":                                                                                                                               "Mth: gamma-heterogeniteit, lijsten verschillen, gecorrigeerd voor vertekening",
		"list A, B holds everybody observed (1,204 people)":                                                                                                                                    "lijst A, B bevat iedereen die in beeld is (1.204 mensen)",
		"year as a factor: BIC 541.0, N 13,944 (1: 4,128; 2: 4,725); as a polynomial of degree 1: BIC 535.5, N 13,887 (1: 3,941; 2: 4,776)":                                                    "year als factor: BIC 541,0, N 13.944 (1: 4.128; 2: 4.725); als polynoom van graad 1: BIC 535,5, N 13.887 (1: 3.941; 2: 4.776)",
		"from year 2018 to 2020 the estimate goes from 5,655 to 1,835 with year as a polynomial of degree 2, and from 1,517 to 3,127 with it as a factor":                                      "van year 2018 tot 2020 gaat de schatting van 5.655 naar 1.835 met year als polynoom van graad 2, en van 1.517 naar 3.127 als factor",
		"with list effects separate by stratum the total is 3,445; effects that all strata share fit worse (likelihood ratio 91.3 on 6 degrees of freedom, p below 0.0001)":                    "met lijsteffecten apart per groep is het totaal 3.445; effecten die alle groepen delen passen slechter (likelihoodratio 91,3 bij 6 vrijheidsgraden, p onder 0,0001)",
		"[b*c,b*d]: no maximum likelihood estimate exists, because the cell c·d can only be fitted by zero":                                                                                    "[b*c,b*d]: er is geen grootste-aannemelijkheidsschatting, omdat bij de cel c·d alleen nul past",
		"the hidden number of people of X4 2 (32 of 96 combinations of covariates) grows without limit as the likelihood does: what was seen of them fits best when nobody is ever seen twice": "het verborgen aantal van mensen met X4 2 (32 van 96 combinaties van kenmerken) groeit onbegrensd mee met de aannemelijkheid: wat van hen is gezien past het best als nooit iemand twee keer wordt gezien",
		"the asymptotic bias of the estimate is about −678 people":                                                                                                                             "de asymptotische vertekening van de schatting is ongeveer −678 mensen",
	} {
		if got, foreign := v.fact(english); foreign || got.plain() != dutch {
			t.Errorf("%q is %q, want %q", english, got.plain(), dutch)
		}
	}
	if got, foreign := v.fact("something new"); !foreign || got.plain() != "something new" {
		t.Errorf("an unknown sentence is %q, foreign %v", got.plain(), foreign)
	}
}
