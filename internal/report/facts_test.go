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
		"the 95% interval runs from 1,234 to 12,345":                          "het 95%-interval loopt van 1.234 tot 12.345",
		"the estimated sample coverage is 12.5%":                              "de geschatte steekproefdekking is 12,5%",
		"summed over street people, A1.5":                                     "opgeteld over street people, A1.5",
		"the model says that nobody is hidden (so in 3 of 60 drawn linkages)": "het model zegt dat niemand verborgen is (zo in 3 van 60 getrokken koppelingen)",
		"Mth: gamma heterogeneity, lists differ, bias-corrected":              "Mth: gamma-heterogeniteit, lijsten verschillen, gecorrigeerd voor vertekening",
		"list A, B holds everybody observed (1,204 people)":                   "lijst A, B bevat iedereen die in beeld is (1.204 mensen)",
	} {
		if got, foreign := v.fact(english); foreign || got.plain() != dutch {
			t.Errorf("%q is %q, want %q", english, got.plain(), dutch)
		}
	}
	if got, foreign := v.fact("something new"); !foreign || got.plain() != "something new" {
		t.Errorf("an unknown sentence is %q, foreign %v", got.plain(), foreign)
	}
}
