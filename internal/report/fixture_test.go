package report_test

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// The counts of the five-list table of potential victims of trafficking in the United
// Kingdom, 2013 (Silverman 2020, JRSS-A 183:691), by history.
var uk5Counts = map[string]int64{
	"10000": 54, "01000": 463, "00100": 995, "00010": 695, "00001": 316, "11000": 15, "10100": 19, "10010": 3,
	"01100": 62, "01010": 19, "01001": 1, "00110": 76, "00101": 11, "00011": 8, "11100": 1, "11010": 1, "01110": 4, "11110": 1,
}

// The models within 6 BIC of the best for that table, with 95% profile limits rounded to
// persons: layout fixtures, not reference values. A term with a minus has a negative coefficient.
var uk5Models = []struct {
	n, lower, upper, bic float64
	weight               float64
	terms                string
}{
	{25311, 19389, 34111, 195.9, .25, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA -LA*NG*PFNCA -NG*GP"},
	{28822, 22041, 38863, 196.3, .20, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA -LA*NG*PFNCA"},
	{22991, 17991, 30142, 196.5, .18, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA -NG*GP"},
	{12262, 10789, 14046, 197.5, .11, "LA*NG LA*PFNCA -NG*GP -PFNCA*GP -GO*GP"},
	{25978, 20305, 34061, 198.3, .07, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA"},
	{11313, 9889, 13063, 198.6, .06, "LA*NG LA*PFNCA -NG*GO -NG*GP -PFNCA*GP -GO*GP"},
	{34083, 24596, 48955, 200.5, .02, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA NG*GO -LA*NG*PFNCA"},
	{12142, 10685, 13906, 201.3, .02, "LA*NG LA*PFNCA -NG*GP -PFNCA*GP -GO*GP -LA*GP"},
	{19956, 15230, 27033, 201.3, .02, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA -NG*GP -PFNCA*GP"},
	{10674, 9417, 12198, 201.4, .02, "LA*NG -NG*GO -NG*GP -PFNCA*GP -GO*GP"},
	{13101, 11533, 14993, 201.4, .02, "LA*NG LA*PFNCA -NG*GP -PFNCA*GP"},
	{24753, 18976, 33334, 201.6, .01, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA -LA*NG*PFNCA -NG*GP -LA*GP"},
	{28957, 20802, 41916, 201.8, .01, "PFNCA*GO NG*PFNCA LA*NG LA*PFNCA NG*GO -LA*NG*PFNCA -NG*GP"},
	{13346, 11387, 15831, 201.9, .01, "NG*PFNCA LA*NG LA*PFNCA -NG*GP -PFNCA*GP -GO*GP"},
}

// Deviance residuals of the first, second and fourth of these models, and what the first expects.
var uk5Residuals = []struct {
	history string
	fitted  float64
	r       [3]float64
}{
	{"00110", 74.0, [3]float64{.2, .2, .4}}, {"01100", 61.3, [3]float64{.1, .2, 1.8}}, {"10100", 17.4, [3]float64{.4, .4, .8}},
	{"01010", 14.5, [3]float64{1.1, 1.7, -2.7}}, {"11000", 15.5, [3]float64{-.1, -.1, .5}}, {"00101", 13.6, [3]float64{-.7, -.2, .1}},
	{"00011", 9.6, [3]float64{-.5, -.1, .1}}, {"01110", 4.6, [3]float64{-.3, -.2, .2}}, {"10010", 1.7, [3]float64{.9, 1.1, -.4}},
	{"01001", .8, [3]float64{.2, -2.4, .1}}, {"11100", 1.9, [3]float64{-.7, -.7, -1.7}}, {"11010", .5, [3]float64{.7, .8, .1}},
	{"11110", .1, [3]float64{1.5, 1.5, 1.1}}, {"10001", .7, [3]float64{-1.2, -1.1, -1.9}}, {"10110", 1.3, [3]float64{-1.6, -1.6, -1.5}},
	{"00111", 1.0, [3]float64{-1.4, -1.3, -.7}},
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func tableOf(lists []string, counts map[string]int64) *estimators.Table {
	var cells []estimators.Cell
	for h, n := range counts {
		cells = append(cells, estimators.Cell{Pattern: must(estimators.ParseHistory(h)), Count: n})
	}
	return must(estimators.NewTable(lists, nil, cells))
}

// interval makes a 95% interval.
func interval(kind estimators.IntervalKind, lower, upper float64) []estimators.Interval {
	return []estimators.Interval{{Kind: kind, Level: .95, Lower: lower, Upper: upper}}
}

// hump is log-normal in the hidden number, each side apart: a stand-in for a profile likelihood
// (height 1) in the fixtures.
func hump(x, n, estimate, lower, upper float64) float64 {
	if x <= n {
		return 0
	}
	s := math.Log((upper-n)/(estimate-n)) / 1.96
	if x < estimate {
		s = math.Log((estimate-n)/(lower-n)) / 1.96
	}
	z := math.Log((x-n)/(estimate-n)) / s
	return math.Exp(-z * z / 2)
}

func profileOf(n, estimate, lower, upper float64) []estimators.Point {
	var out []estimators.Point
	from, to := n+.4*(lower-n), n+2.2*(upper-n)
	for i := range 161 {
		x := from + (to-from)*float64(i)/160
		out = append(out, estimators.Point{X: x, Y: math.Log(math.Max(hump(x, n, estimate, lower, upper), 1e-300))})
	}
	return out
}

func uk5Lists() []string { return []string{"LA", "NG", "PFNCA", "GO", "GP"} }

// uk5Candidates are the near-tied models for lists of any five names.
func uk5Candidates(lists []string) []estimators.Candidate {
	const n = 2744
	index := map[string]int{}
	for i, l := range uk5Lists() {
		index[l] = i
	}
	var out []estimators.Candidate
	for i, m := range uk5Models {
		c := estimators.Candidate{Population: m.n, SE: (m.upper - m.lower) / 4, Intervals: interval(estimators.Profile, m.lower, m.upper),
			BIC: m.bic, AIC: m.bic - 60, AICc: m.bic - 59, Deviance: 13.6 + float64(i), DF: 19, Parameters: 12, Weight: m.weight, Chosen: i == 0}
		for t := range strings.FieldsSeq(m.terms) {
			sign := 1.0
			if rest, neg := strings.CutPrefix(t, "-"); neg {
				t, sign = rest, -1
			}
			var p estimators.Pattern
			for l := range strings.SplitSeq(t, "*") {
				p |= 1 << uint(index[l])
			}
			c.Terms, c.Signs = append(c.Terms, p), append(c.Signs, sign)
		}
		var generators []string
		for _, t := range c.Terms {
			if !slices.ContainsFunc(c.Terms, func(u estimators.Pattern) bool { return u != t && u.Contains(t) }) {
				generators = append(generators, t.Join(lists, "*"))
			}
		}
		c.Model = "[" + strings.Join(generators, ",") + "]"
		if at := slices.Index([]int{0, 1, 3}, i); at >= 0 {
			c.Profile = profileOf(n, m.n, m.lower, m.upper)
			for _, r := range uk5Residuals {
				c.Residuals = append(c.Residuals, estimators.Residual{Pattern: must(estimators.ParseHistory(r.history)), Observed: uk5Counts[r.history], Fitted: r.fitted, Deviance: r.r[at], Pearson: r.r[at]})
			}
		}
		out = append(out, c)
	}
	return out
}

// density of the mixture over some candidates.
func density(cs []estimators.Candidate, keep func(estimators.Candidate) bool) []estimators.Point {
	const n = 2744
	var out []estimators.Point
	for i := range 241 {
		x := n + 250*float64(i)
		y := 0.0
		for _, c := range cs {
			if keep(c) {
				iv := c.Intervals[0]
				width := (math.Log((iv.Upper-n)/(iv.Lower-n)) / 3.92) * (c.Population - n) * 2.5066
				y += c.Weight * hump(x, n, c.Population, iv.Lower, iv.Upper) / width
			}
		}
		out = append(out, estimators.Point{X: x, Y: y})
	}
	return out
}

const pfncaGO = estimators.Pattern(12)

func uk5Selection(lists []string) *estimators.Selection {
	cs := uk5Candidates(lists)
	with := func(c estimators.Candidate) bool { return slices.Contains(c.Terms, pfncaGO) }
	return &estimators.Selection{Criterion: "bic", Search: "exact", MaxOrder: 3, Window: 6, Ranking: "bic", Candidates: cs, Considered: 6893, Fitted: 6084, Refused: 128,
		Why:      "the lowest BIC of all 6,893 hierarchical models up to order 3",
		Averaged: &estimators.Average{Population: 22689, Intervals: interval(estimators.Mixture, 10714, 36138), Density: density(cs, func(estimators.Candidate) bool { return true })},
		Split: &estimators.Split{Term: pfncaGO,
			With:    estimators.Group{Models: 8, Weight: .77, Lower: 19956, Upper: 34083, Density: density(cs, with)},
			Without: estimators.Group{Models: 6, Weight: .23, Lower: 10674, Upper: 13346, Density: density(cs, func(c estimators.Candidate) bool { return !with(c) })}}}
}

// uk5Estimate is what `estimate` finds on the table.
func uk5Estimate(lists []string) estimators.Estimate {
	s := uk5Selection(lists)
	c := s.Candidates[0]
	e := estimators.Estimate{Method: "loglinear", Model: c.Model, Observed: 2744, Hidden: 22567, Population: 25311, SE: 3741, HasSE: true,
		Intervals: interval(estimators.Profile, 19389, 34111), Status: estimators.OK, Profile: c.Profile, Residuals: c.Residuals, Selection: s,
		Fit: &estimators.Fit{Parameters: 12, DF: 19, Deviance: 13.6, LogLik: -50.4, AIC: 124.8, BIC: 195.9, GoodnessOfFit: .806, HasGoodnessOfFit: true}}
	e.Bootstrap = &estimators.Resampling{Scheme: "nonparametric", Replicates: 1000, Failed: 3, Distinct: 84, WidthShare: .62, HasWidthShare: true, Bagged: 20212, BaggedSE: 6120, HasBagged: true,
		Models: []estimators.Frequency{{Model: c.Model, Count: 212}, {Model: s.Candidates[1].Model, Count: 190}, {Model: s.Candidates[3].Model, Count: 77}}}
	e.Warn(estimators.Warning{Code: "near-tied-models", Text: "14 models fit about as well and disagree by a factor of three"})
	e.Warn(estimators.Warning{Code: "term-on-few-people", Text: "the term " + estimators.Pattern(7).Join(lists, "*") + " of the chosen model rests on 2 people"})
	e.Warn(estimators.Warning{Code: "avoiding-lists", Text: lists[1] + " and " + lists[4] + " share 1 person; chance alone would give about 14"})
	return e
}

func dataOf(lists []string) estimators.Data {
	d := estimators.DataOf(tableOf(lists, uk5Counts), "uk5.csv")
	d.Period = "2013"
	return d
}

func description(lists []string) *estimators.Description {
	d := &estimators.Description{Observed: 2744, Coverage: &estimators.Coverage{Share: .19}, EmptyPairs: []estimators.Pattern{17}}
	t := tableOf(lists, uk5Counts)
	for i, total := range t.Totals() {
		var only int64
		for _, c := range t.Cells() {
			if c.Pattern == 1<<uint(i) {
				only = c.Count
			}
		}
		d.Lists = append(d.Lists, estimators.ListSummary{Name: lists[i], Total: total, Only: only, Shared: total - only, Of: float64(total) / 2744})
		d.Captures = append(d.Captures, estimators.CaptureRow{I: int64(i + 1), F: t.Frequencies().Seen(i + 1), U: total - int64(i), V: total - int64(i), N: total})
	}
	expected := []float64{4.1, 8.4, 5.8, 2.4, 49.3, 34, 14.2, 70, 29.2, 20.2}
	chapman := []float64{2839, 5051, 12792, 0, 9630, 17651, 95707, 11528, 32857, 30254}
	at := 0
	for a := range 5 {
		for b := a + 1; b < 5; b++ {
			q := estimators.Pattern(1)<<uint(a) | estimators.Pattern(1)<<uint(b)
			p := estimators.Pair{A: a, B: b, Both: t.Overlap(q), Expected: expected[at], OddsRatio: .1, HasOdds: true, Population: chapman[at], SE: chapman[at] / 5, Status: estimators.OK,
				Interval: estimators.Interval{Kind: estimators.Waring, Level: .95, Lower: chapman[at] * .7, Upper: chapman[at] * 1.5}}
			if p.Both == 0 {
				p = estimators.Pair{A: a, B: b, Expected: expected[at], Status: estimators.Refused, Reason: estimators.Refuse("no-overlap", "no person is on both %s and %s", lists[a], lists[b])}
			}
			d.Pairs = append(d.Pairs, p)
			at++
		}
	}
	d.Warnings = []estimators.Warning{
		{Code: "no-overlap-pair", Text: lists[0] + " and " + lists[4] + " never share a person; chance alone would give 2.4", Cells: []estimators.Pattern{17}},
		{Code: "low-sample-coverage", Text: "estimated sample coverage is 19%"},
	}
	d.Estimable = []estimators.Estimable{{Model: "independence", Status: estimators.OK}, {Model: "all pairs", Status: estimators.OK},
		{Model: "all triples", Status: estimators.Refused, Reason: estimators.Refuse("no-mle,not-identifiable", "the cells %s and %s can only be fitted by zero", estimators.Pattern(22).Join(lists, "*"), estimators.Pattern(26).Join(lists, "*"))}}
	return d
}

func uk5Cards() []estimators.Method {
	return []estimators.Method{
		{Name: "loglinear", Title: "Log-linear, chosen by BIC", Family: "Log-linear models", Estimates: "How many are on no list, if the way lists share people follows the terms of the model.",
			Assumes: []string{"a closed population", "perfect linkage", "no dependence of the highest order"}, Distrust: []string{"several models tie and disagree", "a term rests on a handful of people"},
			References: []string{"Fienberg, S. E. (1972). The multiple recapture census for closed populations and incomplete 2^k contingency tables. Biometrika 59:591–603. https://doi.org/10.1093/biomet/59.3.591"}, MinLists: 3},
		{Name: "independence", Title: "Independence (Mt)", Family: "Log-linear models", Estimates: "The total if all lists are independent.", Assumes: []string{"independent lists"}, Distrust: []string{"it does not fit"}, References: []string{"Darroch, J. N. (1958)"}},
		{Name: "Mth-chao", Title: "Mth Chao", Family: "People differ in how easily they are seen", Estimates: "The least number consistent with people differing in how easily they are seen.", Assumes: []string{"lists independent for each single person"}, Distrust: []string{"lists avoid each other: then it is not a lower bound"}, References: []string{"Chao (1987)"}, LowerBound: true},
		{Name: "Mth-gamma", Title: "Mth Gamma", Family: "People differ in how easily they are seen", Estimates: "The total if ease of being seen follows a Gamma curve.", Assumes: []string{"the curve is right"}, Distrust: []string{"other curves give other numbers"}, References: []string{"Rivest and Baillargeon (2007)"}},
		{Name: "coverage-low", Title: "Sample coverage, low", Family: "Sample coverage", Estimates: "The total from the share of it that the lists cover.", Assumes: []string{"mild dependence"}, Distrust: []string{"coverage is below 55%: only at least"}, References: []string{"Chao and Tsay (1998)"}, LowerBound: true},
		{Name: "Mb", Title: "Behaviour (Mb)", Family: "Closed populations", Estimates: "The total if being seen once changes the chance to be seen again.", Assumes: []string{"lists in their order in time"}, Distrust: []string{"the lists have no order"}},
	}
}

func run(command ...string) estimators.RunInfo {
	return estimators.RunInfo{Version: "0.1.0", Command: append([]string{"darkfigure"}, command...), Seed: 1}
}

// uk5 is what `estimate` finds on the table of 2013.
func uk5() estimators.Results { return uk5Named(uk5Lists()) }

func uk5Named(lists []string) estimators.Results {
	return estimators.Results{Data: dataOf(lists), Description: description(lists), Estimates: []estimators.Estimate{uk5Estimate(lists)}, Cards: uk5Cards()[:1], Run: run("estimate", "uk5.csv")}
}

// uk5Compare is what `compare` finds.
func uk5Compare() estimators.Results { return uk5CompareNamed(uk5Lists()) }

func uk5CompareNamed(lists []string) estimators.Results {
	r := uk5Named(lists)
	r.Run, r.Cards = run("compare", "uk5.csv"), uk5Cards()
	fit := func(d float64, df int) *estimators.Fit {
		return &estimators.Fit{DF: df, Deviance: d, AIC: d + 111, BIC: d + 180, HasGoodnessOfFit: true, GoodnessOfFit: .0001}
	}
	step := estimators.Estimate{Method: "stepwise", Model: "[LA*NG,LA*PFNCA,NG*GO,NG*GP,PFNCA*GP,GO*GP]", Observed: 2744, Population: 11313, Hidden: 8569, SE: 811, HasSE: true, Intervals: interval(estimators.BCa, 8785, 14701), Status: estimators.OK}
	mt := estimators.Estimate{Method: "independence", Observed: 2744, Population: 13444, Hidden: 10700, SE: 810, HasSE: true, Intervals: interval(estimators.Profile, 11985, 15166), Fit: fit(162, 25)}
	mt.Warn(estimators.Warning{Code: "poor-fit", Text: "the model does not fit: deviance 162 on 25 degrees of freedom"})
	chao := estimators.Estimate{Method: "Mth-chao", Observed: 2744, Population: 13570, Hidden: 10826, LowerBound: true, Intervals: interval(estimators.Profile, 12086, 15323), Status: estimators.OK}
	gamma := estimators.Estimate{Method: "Mth-gamma", Observed: 2744, Population: 14715, Hidden: 11971, Intervals: interval(estimators.Profile, 6077, math.Inf(1))}
	gamma.Warn(estimators.Warning{Code: "unbounded-upper", Text: "the profile likelihood stays above its 95% cut for every larger total"})
	coverage := estimators.Estimate{Method: "coverage-low", Observed: 2744, Population: 11746, Hidden: 9002, LowerBound: true, Intervals: interval(estimators.Bootstrap, 9812, 14210), Status: estimators.OK}
	mb := estimators.Estimate{Method: "Mb", Observed: 2744, Status: estimators.Refused, Reason: estimators.Refuse("below-observed", "the best fit is −3,763 people, fewer than the 2,744 seen")}
	r.Estimates = append(r.Estimates, step, mt, chao, gamma, coverage, mb)
	return r
}

// uk5Models6 is what `models` finds: the near-tied ones, others, and a refused one.
func modelsOnly() estimators.Results {
	r := estimators.Results{Data: dataOf(uk5Lists()), Ranking: "bic", Run: run("models", "uk5.csv")}
	for i, c := range uk5Candidates(uk5Lists()) {
		r.Models = append(r.Models, estimators.Estimate{Method: "loglinear", Model: c.Model, Observed: 2744, Population: c.Population, Hidden: c.Population - 2744, SE: c.SE, HasSE: true,
			Intervals: c.Intervals[:i%2], Fit: &estimators.Fit{DF: c.DF, Deviance: c.Deviance, AIC: c.AIC, BIC: c.BIC, Parameters: c.Parameters}, Status: estimators.OK})
		r.Weights = append(r.Weights, c.Weight)
	}
	for i := range 60 {
		x := float64(i*i*37%27000) + 9000
		r.Models = append(r.Models, estimators.Estimate{Method: "loglinear", Model: fmt.Sprintf("[LA*NG,model %d]", i), Observed: 2744, Population: x, Hidden: x - 2744, SE: 900, HasSE: true,
			Fit: &estimators.Fit{DF: 20, Deviance: 20 + float64(i)/4, AIC: 142 + float64(i)/4, BIC: 202 + float64(i)/4}, Status: estimators.OK})
		r.Weights = append(r.Weights, 0)
	}
	r.Models = append(r.Models, estimators.Estimate{Method: "loglinear", Model: "[LA*GP]", Observed: 2744, Status: estimators.Refused, Reason: estimators.Refuse("no-mle", "the cell LA*GP can only be fitted by zero")})
	r.Weights = append(r.Weights, 0)
	return r
}

func describeOnly() estimators.Results {
	return estimators.Results{Data: dataOf(uk5Lists()), Description: description(uk5Lists()), Run: run("describe", "uk5.csv")}
}

// twoLists is a small two-list table with Chapman's estimate. The counts are invented.
func twoLists() estimators.Results {
	t := tableOf([]string{"Police", "Care"}, map[string]int64{"10": 52, "01": 41, "11": 13})
	e := estimators.Estimate{Method: "chapman", Observed: 106, Population: 258.9, Hidden: 152.9, SE: 46.1, HasSE: true, Intervals: interval(estimators.Waring, 196, 412), Status: estimators.OK}
	return estimators.Results{Data: estimators.DataOf(t, "two.csv"), Estimates: []estimators.Estimate{e}, Run: run("estimate", "two.csv"),
		Cards: []estimators.Method{{Name: "chapman", Title: "Chapman", Family: "Two lists", Estimates: "The total from two lists.", Assumes: []string{"independent lists"}, Distrust: []string{"few people are on both"}, References: []string{"Chapman (1951)"}}}}
}

// nothing is a table of which nothing can be estimated. The counts are invented.
func nothing() estimators.Results {
	t := tableOf([]string{"Police", "Care"}, map[string]int64{"10": 15, "01": 12})
	refuse := func(m string) estimators.Estimate {
		return estimators.Estimate{Method: m, Observed: 27, Status: estimators.Refused, Reason: &estimators.Refusal{Code: "no-overlap", Text: "no person is on both Police and Care", Lists: []string{"Police", "Care"}}}
	}
	return estimators.Results{Data: estimators.DataOf(t, "none.csv"), Estimates: []estimators.Estimate{refuse("chapman"), refuse("petersen")}, Run: run("compare", "none.csv")}
}

// usualRefused is a comparison in which the log-linear model has no estimate but other methods do.
func usualRefused() estimators.Results {
	r := uk5Compare()
	r.Estimates[0] = estimators.Estimate{Method: "loglinear", Observed: 2744, Status: estimators.Refused, Reason: estimators.Refuse("no-mle", "none of the models has an estimate; the cell LA·GP can only be fitted by zero")}
	return r
}

// noModels is what models finds when there are too many to list.
func noModels() estimators.Results {
	r := modelsOnly()
	r.Models = []estimators.Estimate{{Method: "loglinear", Observed: 2744, Status: estimators.Refused, Reason: estimators.Refuse("too-large", "there are more than 1000000 models: list the best with --within 6")}}
	r.Weights = []float64{0}
	return r
}

// between makes 201 quantiles out of those at 0, 5, 10, … 100%: a layout fixture.
func between(twentieths ...float64) []float64 {
	out := []float64{twentieths[0]}
	for i, to := range twentieths[1:] {
		for j := range 10 {
			out = append(out, twentieths[i]+(to-twentieths[i])*float64(j+1)/10)
		}
	}
	return out
}

// uk5Boot is the five-list table with an interval that repeats the choice of the model, which has two humps.
func uk5Boot() estimators.Results {
	r := uk5()
	e := &r.Estimates[0]
	e.Intervals = append(interval(estimators.BCa, 11144, 60906), e.Intervals...)
	e.Bootstrap.Failed = 0
	e.Bootstrap.Quantiles = between(5093, 10339, 11039, 11546, 11955, 12448, 13000, 13977, 15797, 21205, 22924, 23974, 24978, 25730, 26663, 28254, 30188, 31920, 33771, 36540, 143875)
	r.Run.Command = append(r.Run.Command, "--boot", "1000")
	return r
}

// failing is the same when the models do not part, the average over them is the wider range, and one table in eight has no estimate.
func failing() estimators.Results {
	r := uk5Boot()
	e := &r.Estimates[0]
	e.Intervals[0] = interval(estimators.BCa, 12000, 34000)[0]
	e.Selection.Split = nil
	e.Bootstrap.Failed = 125
	for i := 176; i < 201; i++ {
		e.Bootstrap.Quantiles[i] = math.Inf(1)
	}
	return r
}

// unbounded is an estimate without an upper limit.
func unbounded() estimators.Results {
	r := uk5()
	e := &r.Estimates[0]
	e.Selection = nil
	e.Intervals = interval(estimators.Profile, 8785, math.Inf(1))
	e.Profile = profileOf(2744, 25311, 8785, 90000)
	for i, q := range e.Profile {
		if q.X > 25311 {
			e.Profile[i].Y = math.Max(q.Y, -.9)
		}
	}
	e.Warnings = nil
	e.Warn(estimators.Warning{Code: "unbounded-upper", Text: "the profile likelihood stays above its 95% cut for every larger total"})
	return r
}

// strata is one estimate for each of three groups, one of them refused.
func strata() estimators.Results {
	r := uk5()
	sex := func(level string) []estimators.Label { return []estimators.Label{{Name: "sex", Level: level}} }
	a, b, c := r.Estimates[0], twoLists().Estimates[0], nothing().Estimates[0]
	a.Stratum, b.Stratum, c.Stratum = sex("female"), sex("male"), sex("")
	r.Estimates = []estimators.Estimate{a, b, c}
	r.Run = run("estimate", "uk5.csv", "--by", "sex")
	r.Data.Covariates = []estimators.Covariate{{Name: "sex", Levels: []string{"female", "male"}}}
	return r
}

// huge has the longest numbers, for the room they take: two methods, and a pair of lists.
func huge() estimators.Results {
	r := twoLists()
	e := &r.Estimates[0]
	e.Population, e.Hidden, e.SE, e.Intervals = 258912345678, 258912345572, 4612345678, interval(estimators.Waring, 196123456789, 412123456789)
	other := *e
	other.Method = "petersen"
	r.Estimates = append(r.Estimates, other)
	p := estimators.Pair{B: 1, Both: 13, Expected: 1234.5, Population: e.Population, Interval: e.Intervals[0], Status: estimators.OK}
	r.Description = &estimators.Description{Observed: 106, Pairs: []estimators.Pair{p, p}}
	return r
}

// hostile has names that try to be something else.
func hostile() estimators.Results {
	r := uk5CompareNamed([]string{"<script>alert(1)</script>", "=cmd()", strings.Repeat("x", 60), "قائمة الشرطة", "Ærø \x1b[31m| *b*\n# h"})
	r.Data.Source = "a\"b'<i>&.csv"
	r.Data.Period = "javascript:alert(2)"
	r.Run.Command = append(r.Run.Command, "--title", "it's $(rm -rf) </code>")
	return r
}

// tenLists has as many patterns as ten lists allow. The counts are invented.
func tenLists() estimators.Results {
	var lists []string
	for i := range 10 {
		lists = append(lists, fmt.Sprintf("Register %d", i+1))
	}
	var cells []estimators.Cell
	for p := 1; p < 1024; p++ {
		pattern := estimators.Pattern(p)
		if n := int64(float64(6000-500*(p%11)) / math.Pow(6, float64(pattern.Size()))); n > 0 || p%7 == 0 {
			cells = append(cells, estimators.Cell{Pattern: pattern, Count: n + int64(p%3)})
		}
	}
	t := must(estimators.NewTable(lists, nil, cells))
	n := float64(t.Observed())
	s := &estimators.Selection{Criterion: "stepwise", Search: "forward", MaxOrder: 2, Window: 6, Ranking: "bic", Considered: math.Pow(2, 45), Fitted: 300, Why: "forward stepwise selection, p < 0.02"}
	for m := range 46 {
		// Each differs from the second, the chosen one, in one term.
		c := estimators.Candidate{Population: n * (1.9 + float64(m%7)/20), BIC: 800 + float64(m)/10, Weight: math.Exp(-float64(m)/20) / 20, Chosen: m == 1}
		pair := -1
		for a := range 10 {
			for b := a + 1; b < 10; b++ {
				pair++
				if in := (a*7+b*3)%3 == 0; in != (m != 1 && pair == max(m-1, 0)) {
					c.Terms = append(c.Terms, 1<<uint(a)|1<<uint(b))
				}
			}
		}
		var gens []string
		for _, t := range c.Terms {
			gens = append(gens, t.Join(lists, "*"))
		}
		c.Model = "[" + strings.Join(gens, ",") + "]"
		s.Candidates = append(s.Candidates, c)
	}
	c := s.Candidates[1]
	e := estimators.Estimate{Method: "loglinear", Model: c.Model, Observed: t.Observed(), Population: c.Population, Hidden: c.Population - n, Intervals: interval(estimators.Profile, c.Population*.9, c.Population*1.2), Selection: s, Status: estimators.OK,
		Fit: &estimators.Fit{DF: 900, Deviance: 1020.4, AIC: 2001, BIC: 2100, HasGoodnessOfFit: true, GoodnessOfFit: .01}}
	return estimators.Results{Data: estimators.DataOf(t, "ten.csv"), Estimates: []estimators.Estimate{e}, Run: run("estimate", "ten.csv")}
}

// fixtures are all of them by name, in order.
func fixtures() []struct {
	name string
	r    estimators.Results
} {
	return []struct {
		name string
		r    estimators.Results
	}{
		{"uk5", uk5()}, {"uk5-compare", uk5Compare()}, {"uk5-boot", uk5Boot()}, {"failing", failing()}, {"models", modelsOnly()}, {"describe", describeOnly()}, {"two-lists", twoLists()}, {"nothing", nothing()}, {"usual-refused", usualRefused()}, {"no-models", noModels()},
		{"unbounded", unbounded()}, {"strata", strata()}, {"hostile", hostile()}, {"huge", huge()}, {"ten-lists", tenLists()}, {"linked", linked()}, {"empty", estimators.Results{}},
	}
}

// linked is the answer of a study of three registers and an anonymous one: a layout fixture.
func linked() estimators.Results {
	lists := []string{"police", "care", "youth protection"}
	t := tableOf(lists, map[string]int64{"100": 214, "010": 190, "001": 133, "110": 71, "101": 48, "011": 55, "111": 21})
	q := &estimators.Pooled{Draws: 60, Refused: 1, Share: .16, DF: 2304, Observed: estimators.LinkRange{Value: 732, Lower: 724, Upper: 741}, Models: []estimators.Frequency{{Model: "[police,care,youth protection]", Count: 51}, {Model: "[police*care,youth protection]", Count: 8}}}
	for i := range 59 {
		n := 1290 + 4.3*float64((i*37)%59-29)
		q.Each = append(q.Each, estimators.Drawn{Observed: 732, Population: n, Lower: n * .91, Upper: n * 1.13})
	}
	e := estimators.Estimate{Method: "loglinear", Observed: 732, Population: 1291, Hidden: 559, SE: 74, HasSE: true, Status: estimators.OK, Pooled: q,
		Intervals: []estimators.Interval{{Kind: estimators.Mixture, Level: .95, Lower: 1149, Upper: 1468}, {Kind: estimators.Rubin, Level: .95, Lower: 1152, Upper: 1460}}}
	levels := func(names []string, m, u []float64) (out []estimators.LinkLevel) {
		for i := range names {
			out = append(out, estimators.LinkLevel{Meaning: names[i], M: m[i], U: u[i], Weight: math.Log2(m[i] / u[i]), Untrained: i == 2})
		}
		return out
	}
	r := func(v, lo, hi float64) estimators.LinkRange {
		return estimators.LinkRange{Value: v, Lower: lo, Upper: hi}
	}
	l := &estimators.Linkage{Study: "minors", Target: "minors sexually exploited, the Netherlands, 2020", Threshold: .5, Persons: r(732, 724, 741),
		Registers: []estimators.LinkRegister{
			{Name: "police", File: "police.csv", Read: 412, Excluded: []estimators.LinkExcluded{{Reason: "age", Text: "18 or older on 1 July 2020", Count: 21}, {Reason: "no-fields", Text: "no field that is compared", Count: 4}}, Altered: []estimators.LinkAltered{{Reason: "default-day", Field: "birth_date", Text: "01-01 stands far more often than a day does: read as the year alone", Count: 34}, {Reason: "unknown", Text: "kept although it cannot be told whether the age is that of the population", Count: 7}}, Records: 387, Persons: 354, Unlinkable: .021},
			{Name: "care", File: "care.csv", Read: 361, Records: 361, Persons: 337, Unlinkable: .034},
			{Name: "youth protection", File: "youth.csv", Read: 270, Records: 270, Persons: 257, Unlinkable: .012},
			{Name: "helpline", File: "helpline.csv", Anonymous: true, Read: 150, Records: 150},
		},
		Fields: []estimators.LinkField{
			{Name: "given_name", Kind: "name", Levels: levels([]string{"equal, rare", "equal, common", "sounds equal", "different"}, []float64{.3, .5, .1, .1}, []float64{.0002, .004, .01, .9858})},
			{Name: "birth_date", Kind: "date", Levels: levels([]string{"equal", "day and month exchanged", "same year", "different"}, []float64{.86, .03, .08, .03}, []float64{.0004, .0003, .14, .8593})},
		},
		Blocking: estimators.LinkBlocking{Possible: 310412, Compared: 4211, Rules: []estimators.LinkRule{{Rule: "surname_sound & birth_year", Predicted: 2310, New: 2310, Largest: 44, Missing: .06}, {Rule: "birth_date", Predicted: 2101, New: 1901, Largest: 31, Missing: .04}}},
		Pairs: []estimators.LinkPair{
			{A: "police", B: "care", Possible: 119298, Compared: 119298, EM: 93.4, Accepted: 91, Links: r(92, 87, 97), FalseMatch: r(.011, 0, .03), MissedMatch: r(.022, .01, .06), Trace: [][]int{{90, 93, 92, 91, 95, 92, 90}, {92, 91, 93, 90, 89, 94, 93}}},
			{A: "police", B: "youth protection", Possible: 90978, EM: 70.1, Accepted: 68, Links: r(69, 66, 73), FalseMatch: r(.009, 0, .03), MissedMatch: r(.031, .01, .07), Trace: [][]int{{68, 69, 71, 70, 70, 69, 68}, {70, 69, 69, 68, 70, 71, 69}}},
		},
		Weights: estimators.LinkHistogram{Edges: []float64{-10, -6, -2, 2, 6, 10, 14, 18, 22}, Accepted: []int64{0, 0, 0, 3, 11, 42, 90, 60}, Other: []int64{412, 80, 21, 6, 1, 0, 0, 0}, Matches: []float64{.1, .4, 2, 6, 11, 42, 90, 60}, Threshold: 2.4},
		Overlaps: []estimators.LinkOverlap{
			{Lists: []string{"police"}, Point: 214, Draws: r(213, 207, 220)},
			{Lists: []string{"police", "care"}, Point: 71, Draws: r(70.4, 66, 75)},
			{Lists: []string{"police", "youth protection"}, Point: 48, Draws: r(48.2, 45, 52)},
			{Lists: []string{"care", "youth protection"}, Point: 55, Draws: r(55.8, 52, 60)},
			{Lists: []string{"police", "care", "youth protection"}, Point: 21, Draws: r(20.6, 18, 23)},
		},
		Chains:  estimators.LinkChains{Draws: 60, Chains: 4, Sweeps: 100, Thin: 5, RHat: 1.012},
		Checks:  []estimators.LinkCheck{{Name: "transition", Text: "corrects the table for the estimated error rates", Population: 1302, Lower: 1150, Upper: 1490}, {Name: "Ding-Fienberg", Text: "two lists", Reason: estimators.Refuse("no-overlap", "fewer links than false ones are expected")}, {Name: "linkage-error", Model: "[police*care]", Population: 1301}, {Name: "em", Population: 1299}, {Name: "independent-of", Register: "chat", Body: "police", Population: 1290}, {Name: "odds-ratio", Register: "chat", Body: "police", OddsRatio: 2, Model: "[police*care]", Population: 1290}, {Name: "dependent-on-each", Register: "chat", Population: 1250}, {Name: "anonymous", Register: "chat", Reason: estimators.Refuse("populations-not-declared", "not declared")}},
		Hardest: []estimators.LinkCluster{{Cluster: "p00412", Registers: []string{"police", "care"}, Probability: .51, Entropy: 1}},
		Review:  &estimators.LinkReview{Reviewed: 120, FalseMatch: r(.01, 0, .03), MissedMatch: r(.03, .01, .06)},
	}
	for i, n := range []float64{1190, 1240, 1275, 1291, 1305, 1330, 1362, 1410} {
		l.Curve = append(l.Curve, estimators.LinkCurve{Threshold: []float64{.05, .1, .25, .4, .5, .75, .9, .99}[i], Observed: 730, Population: n, Lower: n * .9, Upper: n * 1.1})
	}
	l.Curve = append(l.Curve, estimators.LinkCurve{Exact: true, Observed: 861, Population: 2950, Lower: 2500, Upper: 3600})
	return estimators.Results{Data: estimators.DataOf(t, "minors"), Estimates: []estimators.Estimate{e}, Linkage: l, Run: run("run", "study.yaml")}
}
