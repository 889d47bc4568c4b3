package report_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/report"
)

// forms are the three forms of results in English, plain but for their marks.
func forms(t *testing.T, r estimators.Results, opt report.Options) map[string]string {
	t.Helper()
	var text, markdown, page bytes.Buffer
	if opt.Width == 0 {
		opt.Width = 200
	}
	for _, err := range []error{report.Text(&text, r, opt), report.Markdown(&markdown, r, opt), report.HTML(&page, r, opt)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	one := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return map[string]string{"text": one(text.String()), "markdown": one(markdown.String()), "page": one(page.String())}
}

func says(t *testing.T, in map[string]string, want ...string) {
	t.Helper()
	for form, s := range in {
		for _, w := range want {
			if !strings.Contains(s, w) {
				t.Errorf("%s does not say: %s", form, w)
			}
		}
	}
}

func neverSays(t *testing.T, in map[string]string, bad ...string) {
	t.Helper()
	for form, s := range in {
		for _, b := range bad {
			if strings.Contains(s, b) {
				t.Errorf("%s says: %s", form, b)
			}
		}
	}
}

// The range to publish holds the interval of the chosen model and every near-tied estimate, not only the interval of the average:
// 10,674 is the least estimate of the fixture, 36,138 the upper limit of its average, 9,000 a lower limit of its chosen model.
func TestRangeToPublishHoldsEverything(t *testing.T) {
	says(t, forms(t, uk5(), report.Options{}), "10,000 and 37,000", "(95% interval)", "--boot 1000", "Publish that range.")
	r := uk5()
	r.Estimates[0].Intervals[0].Lower = 9000
	in := forms(t, r, report.Options{})
	neverSays(t, in, "anything from", "10,674 to 36,138")
	for _, form := range []string{"text", "markdown"} {
		if !strings.Contains(in[form], "9,000 to 36,138") || !strings.Contains(in[form], "(7 to 31%)") {
			t.Errorf("%s does not recommend one range everywhere", form)
		}
	}
	boot := forms(t, uk5Boot(), report.Options{})
	neverSays(t, boot, "--boot 1000 , which", "compute the bootstrap interval")
}

// With a formula's limit only, there is an "at least" and no upper limit, for any method.
func TestNoUpperLimit(t *testing.T) {
	r := twoLists()
	e := &r.Estimates[0]
	e.Warn(estimators.Warning{Code: "unbounded-upper", Text: "nobody is on both Police and Care"})
	in := forms(t, r, report.Options{})
	says(t, in, "At least 190 people, of whom 106 were seen")
	neverSays(t, in, "412", "About 260")
}

// A given model is not one of the near-tied ones, and is not said to fit as well as they do.
func TestGivenModelIsNotCounted(t *testing.T) {
	r := uk5()
	e := &r.Estimates[0]
	s := e.Selection
	s.Criterion, s.Split = "fixed", nil
	s.Candidates = slices.Clone(s.Candidates[:3])
	s.Candidates[0].Weight = 0
	s.Candidates[1].Weight, s.Candidates[2].Weight = .5, .5
	in := forms(t, r, report.Options{})
	says(t, in, "at least two other models fit better")
	for _, form := range []string{"text", "markdown"} {
		if !strings.Contains(in[form], "fit about as well: 2 within 6 BIC of the best, estimates from 22,991 to 28,822") {
			t.Errorf("%s counts the given model", form)
		}
	}
	neverSays(t, in, "3 models within", "3 within", "← chosen", "25,311, chosen")
}

// A term whose two sides overlap in print does not decide.
func TestOverlappingSidesDoNotDecide(t *testing.T) {
	r := uk5()
	s := r.Estimates[0].Selection
	s.Split.With.Lower, s.Split.Without.Upper = 13320.4, 13319.6
	neverSays(t, forms(t, r, report.Options{}), "One dependence decides", "splits the field")
}

func TestEqualSidesAreNotPreferred(t *testing.T) {
	r := uk5()
	s := r.Estimates[0].Selection
	s.Split.With.Weight, s.Split.Without.Weight = .501, .499
	in := forms(t, r, report.Options{})
	says(t, in, "The data do not prefer either.")
	neverSays(t, in, "50 to 50")
}

func TestPoorFitIsSaidFirst(t *testing.T) {
	r := twoLists()
	r.Estimates[0].Warn(estimators.Warning{Code: "poor-fit", Text: "deviance 162 on 25 degrees of freedom"})
	for form, s := range forms(t, r, report.Options{}) {
		s = strings.NewReplacer("*", "", "<b>", "", "</b>", "").Replace(s)
		i, j := strings.Index(s, "The model does not fit the table: do not rely"), strings.Index(s, "Chapman (1951)")
		if i < 0 || j >= 0 && j < i {
			t.Errorf("%s does not begin with the poor fit", form)
		}
	}
}

// Pairs: how many times as many are shared as by chance; nothing is estimated from an empty overlap, nor coverage when nobody was
// seen twice.
func TestPairsInPlainWords(t *testing.T) {
	r := describeOnly()
	for i := range r.Description.Pairs {
		if p := &r.Description.Pairs[i]; p.Both == 0 {
			p.Status, p.Population, p.Interval = estimators.OK, 77777, estimators.Interval{Kind: estimators.Waring, Level: .95, Lower: 66666, Upper: 88888}
		}
	}
	in := forms(t, r, report.Options{})
	neverSays(t, in, "Odds ratio", "77,777", "88,888")
	says(t, in, "×4.4") // LA and NG share 15 + 1 + 1 + 1 people, 4.1 by chance in the fixture
	n := nothing()
	n.Estimates, n.Description = nil, &estimators.Description{Observed: 27, Coverage: &estimators.Coverage{}}
	in = forms(t, n, report.Options{})
	says(t, in, "cannot be estimated: nobody was seen twice")
	neverSays(t, in, "cover 0%")
	n.Description.Pairs = []estimators.Pair{{A: 0, B: 1, Both: 3, Population: 100, Status: estimators.OK}, {A: 0, B: 1, Both: 1, Population: 900, Status: estimators.OK}}
	neverSays(t, forms(t, n, report.Options{}), "A ratio above 1")
}

func TestOneModelInWholePersons(t *testing.T) {
	r := modelsOnly()
	r.Models, r.Weights = r.Models[:1], r.Weights[:1]
	r.Models[0].Population = 4510
	in := forms(t, r, report.Options{})
	says(t, in, "4,510 people")
	neverSays(t, in, "4,500 to 4,600")
}

// Fits are not said to be models, refusals are counted alike, and the table is named with its hash and its period everywhere.
func TestFormsAgree(t *testing.T) {
	r := uk5Compare()
	r.Estimates[0].Selection.Fitted = 7000
	in := forms(t, r, report.Options{Title: "Minors"})
	neverSays(t, in, "were fitted", "2 refusals", "3 refusals")
	says(t, in, "2013", "SHA-256 of the table", "BIC of the 6,893 hierarchical models with interactions of at most 3 lists")
	for _, form := range []string{"text", "page"} {
		if !strings.Contains(in[form], "1 refusal") {
			t.Errorf("%s counts refusals otherwise", form)
		}
	}
	says(t, forms(t, r, report.Options{Language: "nl"}), "van de 6.893 hiërarchische modellen")
}

func TestTwoListsAreNotTwoWitnesses(t *testing.T) {
	r := twoLists()
	other := r.Estimates[0]
	other.Method = "petersen"
	r.Estimates = append(r.Estimates, other)
	says(t, forms(t, r, report.Options{}), "all of them use the same three counts")
}

func TestOneOfEach(t *testing.T) {
	r := twoLists()
	r.Data = estimators.DataOf(tableOf([]string{"Police"}, map[string]int64{"1": 1}), "one.csv")
	e := &r.Estimates[0]
	e.Observed, e.Population, e.Hidden, e.Intervals = 1, 12, 11, interval(estimators.Waring, 3, math.Inf(1))
	in := forms(t, r, report.Options{})
	neverSays(t, in, "1 people", "one lists", "1 were")
}

// A narrow table of models keeps its intervals.
func TestModelsKeepIntervals(t *testing.T) {
	var b bytes.Buffer
	if err := report.Text(&b, modelsOnly(), report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "22,041 to 38,863") {
		t.Error("no interval at 80 columns")
	}
}

// The legend of the dots names both limits, and a share that rounds to nothing is under one per cent.
func TestSmallShares(t *testing.T) {
	r := twoLists()
	r.Estimates[0].Population, r.Estimates[0].Hidden, r.Estimates[0].Intervals = 900, 794, interval(estimators.Waring, 200, 90000)
	in := forms(t, r, report.Options{})
	says(t, in, "under 1% to 53%")
	if !strings.Contains(in["page"], "under 1, the lower 95% limit") {
		t.Error("the lower limit of the dots is not named")
	}
}

// The curve is not taken for the interval that reaches further.
func TestCurveSaysWhatItIs(t *testing.T) {
	if in := forms(t, uk5Boot(), report.Options{}); !strings.Contains(in["page"], "The curve takes these models for granted") {
		t.Error("the curve does not say what it takes for granted")
	}
}

// A number is not broken over two lines, and somebody seen is never nobody.
func TestHugeNumbers(t *testing.T) {
	in := forms(t, huge(), report.Options{Width: 80})
	if !strings.Contains(in["text"], "190,000,000,000 and 420,000,000,000") {
		t.Error("a number is broken over two lines")
	}
	neverSays(t, in, "About 0 in every")
	if !strings.Contains(in["page"], "Fewer than 1 in every 1,000,000 is in view") {
		t.Error("few are said to be none")
	}
}

// The heading, the legend and the share round alike: 117 of 200 people are 59 in every 100, not 58.
func TestOneRounding(t *testing.T) {
	r := twoLists()
	r.Estimates[0].Observed = 117
	r.Estimates[0].Population, r.Estimates[0].Hidden, r.Estimates[0].Intervals = 200, 83, interval(estimators.Waring, 150, 300)
	page := forms(t, r, report.Options{})["page"]
	if strings.Contains(page, "58 in every") || !strings.Contains(page, "59 in every 100") {
		t.Error("a share of 58.5% is not 59 in every 100 throughout")
	}
}
