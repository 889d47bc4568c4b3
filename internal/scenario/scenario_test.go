package scenario_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/estimators/twolist"
	"darkfigure/internal/scenario"
	"darkfigure/internal/tableio"
)

// models fits the models of a test: log-linear, of tables that are given.
type models map[string]*estimators.Table

func (m models) FitTable(ctx context.Context, path, model, selection string) (*scenario.Fitted, error) {
	t := m[path]
	if t == nil {
		return nil, fmt.Errorf("there is no table %s", path)
	}
	e := loglinear.LogLinear{Select: loglinear.Criterion(selection), Window: -1}
	if model != "" {
		parsed, err := loglinear.ParseModel(model, t.Lists())
		if err != nil {
			return nil, err
		}
		e.Model = &parsed
	}
	est, err := e.Estimate(ctx, t)
	if err != nil {
		return nil, err
	}
	f := &scenario.Fitted{Lists: t.Lists(), Model: est.Model, Means: make([]float64, 1<<uint(t.K()))}
	for _, r := range est.Residuals {
		f.Means[r.Pattern] = r.Fitted
	}
	f.Means[0] = est.Hidden
	return f, nil
}

func (m models) Write(lists []string, terms []estimators.Pattern) (string, error) {
	model, err := loglinear.NewModel(len(lists), terms...)
	return model.Format(lists), err
}

const minors = `population:
  size: 1300
  lists: {chat: 0.12, police: 0.05, care: 0.08}
  dependence:
    - {between: [police, care], odds_ratio: 3}
methods:
  - --method chapman
`

func parse(t *testing.T, src string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte(src), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParse(t *testing.T) {
	s := parse(t, minors)
	if s.Name != "test" || s.Replicates != scenario.DefaultReplicates || s.Seed != 1 || !slices.Equal(s.Levels, []float64{0.95}) {
		t.Errorf("defaults: %+v", s)
	}
	want := []scenario.Share{{List: "chat", Share: 0.12}, {List: "police", Share: 0.05}, {List: "care", Share: 0.08}}
	if !slices.Equal(s.People.Lists, want) {
		t.Errorf("lists %v, not in the order of the file %v", s.People.Lists, want)
	}
}

// TestParseErrors: every mistake is said with its line and what is wrong.
func TestParseErrors(t *testing.T) {
	const methods = "\nmethods: [--method chapman]\n"
	for _, c := range []struct{ src, want string }{
		{"", "test.yaml: the file is empty"},
		{"a: b: c", "test.yaml:1: "},
		{"- 1", "test.yaml"},
		{minors + "repliactes: 5\n", "test.yaml:8: unknown key \"repliactes\""},
		{minors + "seed: 1\nseed: 2\n", "test.yaml:9: "},
		{minors + "---\nseed: 1\n", "more than one YAML document"},
		{strings.Replace(minors, "odds_ratio", "odds", 1), "test.yaml:5: unknown key \"odds\""},
		{minors + "replicates: 0\n", "test.yaml:8: replicates is 0"},
		{"population: 5\n", `test.yaml:1: a group of "key: value" lines is expected here, not a number`},
		{minors + "replicates: many\n", "test.yaml:8: cannot read string"},
		{minors + "levels: [0.95, 95]\n", "test.yaml:8: level 95"},
		{minors + "levels: [0.9, 0.9]\n", "test.yaml:8: level 0.9"},
		{strings.Replace(minors, "0.05", "5", 1), "test.yaml:3: the capture share of police is 5"},
		{strings.Replace(minors, "0.05", "often", 1), "test.yaml:3: the capture share of police is often"},
		{strings.Replace(minors, "1300", "0", 1), "test.yaml:2: size is 0"},
		{strings.Replace(minors, "[police, care]", "[police, school]", 1), "test.yaml:5: there is no list \"school\""},
		{strings.Replace(minors, "[police, care]", "[police]", 1), "test.yaml:5: dependence is between two lists"},
		{strings.Replace(minors, "ratio: 3", "ratio: -3", 1), "test.yaml:5: odds_ratio is a number above 0"},
		{strings.Replace(minors, "ratio: 3}", "ratio: 3}\n    - {between: [care, police], odds_ratio: 2}", 1), "test.yaml:6: the dependence between care and police is given twice"},
		{strings.Replace(minors, "  - --method chapman", "  []", 1), "there are no methods"},
		{minors + "  - --method  chapman\n", "test.yaml:8: the method --method chapman is listed twice"},
		{"population: {size: 10}" + methods, "there are 0 lists"},
		{"population: {table: a.csv}" + methods, "test.yaml:1: a table needs the model"},
		{"population: {table: a.csv, model: '[12]', size: 4}" + methods, "leave one of them out"},
		{"population: {model: '[12]'}" + methods, "go with a table"},
		{"seed: 1" + methods, "there is no population"},
		{"population:\n  size: 10\n  lists: {a: 0.1, b: 0.2}\n  classes:\n    - {share: 0.5}\n    - {share: 0.4, lists: {a: 0.3}}" + methods, "add up to 0.9"},
		{"population:\n  size: 10\n  lists: {a: 0.1, b: 0.2}\n  classes:\n    - {share: 0.5}\n    - {share: 0.5, lists: {c: 0.3}}" + methods, "test.yaml:6: there is no list \"c\""},
	} {
		_, err := scenario.Parse([]byte(c.src), "dir/test.yaml")
		var syntax *scenario.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\ngot  %v\nwant %s", c.src, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minors))
	f.Add([]byte("population: {table: a.csv, select: bic}\nmethods: [--method chao]"))
	f.Add([]byte("population: &a {size: 1, lists: *a}\nmethods: [x]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := scenario.Parse(src, "fuzz.yaml")
		if err != nil || s.People.Table != "" {
			return
		}
		if len(s.People.Lists) > 6 {
			return
		}
		p, err := s.Population(t.Context(), models{}, 1)
		if err != nil {
			return
		}
		total := 0.0
		for _, x := range p.Share {
			total += x
			if !(x >= 0) {
				t.Fatalf("share %v", x)
			}
		}
		if math.Abs(total-1) > 1e-9 {
			t.Fatalf("shares add up to %v", total)
		}
	})
}

// TestDependence holds a population to what was asked: the capture share of every list, the odds ratio of every
// pair given any state of the other lists, and hence no interaction of three lists.
func TestDependence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 5).Draw(t, "lists")
		var b strings.Builder
		b.WriteString("population:\n  size: 100\n  lists:\n")
		margins := make([]float64, k)
		for i := range k {
			margins[i] = rapid.Float64Range(0.01, 0.9).Draw(t, "share")
			fmt.Fprintf(&b, "    l%d: %v\n", i, margins[i])
		}
		odds := map[[2]int]float64{}
		b.WriteString("  dependence:\n")
		for i := range k {
			for j := range i {
				odds[[2]int{j, i}] = 1
				if rapid.Bool().Draw(t, "dependent") {
					x := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log odds ratio"))
					odds[[2]int{j, i}] = x
					fmt.Fprintf(&b, "    - {between: [l%d, l%d], odds_ratio: %v}\n", i, j, x)
				}
			}
		}
		b.WriteString("methods: [--method chapman]\n")
		s, err := scenario.Parse([]byte(b.String()), "x.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		p, err := s.Population(context.Background(), models{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		near := func(what string, got, want float64) {
			if math.Abs(got/want-1) > 1e-9 {
				t.Errorf("%s is %v, want %v", what, got, want)
			}
		}
		for i, want := range margins {
			got := 0.0
			for w, x := range p.Share {
				if w>>i&1 == 1 {
					got += x
				}
			}
			near("a margin", got, want)
		}
		for pair, want := range odds {
			a, b := 1<<pair[0], 1<<pair[1]
			for w := range p.Share {
				if w&(a|b) == 0 {
					near("an odds ratio", p.Share[w]*p.Share[w|a|b]/(p.Share[w|a]*p.Share[w|b]), want)
				}
			}
		}
	})
}

func TestClasses(t *testing.T) {
	s := parse(t, `population:
  size: 1000
  lists: {a: 0.1, b: 0.2}
  classes:
    - {share: 0.75}
    - {share: 0.25, lists: {a: 0.5}}
methods: [--method chapman]
`)
	p, err := s.Population(t.Context(), models{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	// By hand: a 0.75·0.1 + 0.25·0.5, b 0.2, both 0.2·0.2 (independent within both classes), neither 0.8·0.8.
	want := []float64{0.8 * 0.8, 0.8 * 0.2, 0.2 * 0.8, 0.2 * 0.2}
	for w, x := range want {
		if math.Abs(p.Share[w]-x) > 1e-12 {
			t.Errorf("pattern %d has share %v, want %v", w, p.Share[w], x)
		}
	}
	if p.Model != "" {
		t.Errorf("a mixture of classes has the model %s", p.Model)
	}
	lists, overlap := p.Expected()
	if math.Abs(lists[0]-200) > 1e-9 || math.Abs(lists[1]-200) > 1e-9 || math.Abs(overlap-40) > 1e-9 {
		t.Errorf("expected on lists %v, on both %v", lists, overlap)
	}
}

// published reads one of the published tables.
func published(t testing.TB, name string) *estimators.Table {
	t.Helper()
	r, err := tableio.ReadTable(t.Context(), tableio.Source{Path: filepath.Join("..", "..", "testdata", "tables", name+".csv")}, tableio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Table
}

// TestFittedPopulation: the truth of Chan, Silverman and Vincent (2021, section 3.4) is N = 11,313, the stepwise
// estimate from the five-list UK table, with the model [12,13,24,25,35,45].
func TestFittedPopulation(t *testing.T) {
	s := parse(t, "population: {table: uk5, select: stepwise}\nmethods: [--method stepwise]\n")
	m := models{"uk5": published(t, "uk5")}
	p, err := s.Population(t.Context(), m, 1)
	if err != nil {
		t.Fatal(err)
	}
	if p.Size != 11313 || p.Model != "[LA*NG,LA*PFNCA,NG*GO,NG*GP,PFNCA*GP,GO*GP]" {
		t.Errorf("%d people, model %s", p.Size, p.Model)
	}
	if math.Abs(p.Hidden()-8569) > 1 {
		t.Errorf("%v hidden", p.Hidden())
	}
	// Maximum likelihood fits the margin of every list exactly.
	lists, _ := p.Expected()
	for i, n := range published(t, "uk5").Totals() {
		if math.Abs(lists[i]-float64(n)) > 0.2 {
			t.Errorf("list %d: %v people expected, %d counted", i, lists[i], n)
		}
	}
	twice, err := s.Population(t.Context(), m, 2)
	if err != nil {
		t.Fatal(err)
	}
	doubled, _ := twice.Expected()
	for i := range lists {
		if math.Abs(doubled[i]/lists[i]-2) > 1e-9 {
			t.Errorf("list %d is %v times as large, not twice", i, doubled[i]/lists[i])
		}
	}
	a, b := p.Share, twice.Share
	if got, want := b[0]*b[3]/(b[1]*b[2]), a[0]*a[3]/(a[1]*a[2]); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("the odds ratio became %v from %v", got, want)
	}
}

// fixed is an estimator with the same answer to every table.
type fixed struct {
	estimate estimators.Estimate
	refusal  *estimators.Refusal
}

func (fixed) Name() string { return "fixed" }
func (f fixed) Estimate(context.Context, *estimators.Table) (estimators.Estimate, error) {
	if f.refusal != nil {
		return estimators.Estimate{}, f.refusal
	}
	return f.estimate, nil
}

func method(name string, e estimators.Estimator) scenario.Method {
	return scenario.Method{Name: name, New: func(uint64) (estimators.Estimator, error) { return e, nil }}
}

// TestScores checks the scores against figures worked out by hand.
func TestScores(t *testing.T) {
	inf := (*float64)(nil)
	at := func(x float64) *float64 { return &x }
	limits := func(lower float64, upper *float64) []scenario.Limits {
		return []scenario.Limits{{Kind: estimators.Profile, Level: 0.95, Lower: lower, Upper: upper}}
	}
	id := scenario.Identity{Population: &scenario.Population{Lists: []string{"a", "b"}, Size: 100, Share: make([]float64, 4), Model: "[a,b]"}, Methods: []string{"m"}}
	replicates := []scenario.Replicate{
		{Index: 3, Observed: 60, Hidden: 40, Answers: []scenario.Answer{{Status: estimators.Refused, Reason: "no-overlap"}}},
		{Index: 0, Observed: 60, Hidden: 40, Answers: []scenario.Answer{{Population: 140, Model: "[a,b]", Status: estimators.OK, Intervals: limits(90, at(180))}}},
		{Index: 1, Observed: 50, Hidden: 50, Answers: []scenario.Answer{{Population: 150, Model: "[a*b]", Status: estimators.OK, Intervals: limits(120, inf)}}},
		{Index: 2, Observed: 60, Hidden: 40, Answers: []scenario.Answer{{Population: 80, Model: "[a,b]", Status: estimators.OK, Intervals: limits(80, inf)}}},
		{Index: 4, Observed: 60, Hidden: 40, Answers: []scenario.Answer{{Population: 60, Model: "[a,b]", Status: estimators.OK, Intervals: limits(60, at(90))}}},
	}
	s := scenario.Scores(id, replicates)[0]
	same := func(what string, got scenario.Figure, value, se float64, of int) {
		t.Helper()
		if math.Abs(got.Value-value) > 1e-12 || math.Abs(got.SE-se) > 1e-12 || got.Of != of {
			t.Errorf("%s: %+v, want %v ± %v of %d", what, got, value, se, of)
		}
	}
	share := func(what string, got scenario.Figure, hits, of float64) {
		t.Helper()
		c := hits / of
		same(what, got, c, math.Sqrt(c*(1-c)/of), int(of))
	}
	share("refused", s.Refused, 1, 5)
	share("true model", s.Selected, 3, 4)
	i := s.Intervals[0]
	share("coverage", i.Coverage, 2, 4) // the first, and the third, which is unbounded
	share("covered or refused", i.Honest, 3, 5)
	share("too high", i.Above, 1, 4)
	share("too low", i.Below, 1, 4)
	share("unbounded", i.Unbounded, 2, 4)
	same("width", i.Width, (math.Log(2)+math.Log(1.5))/2, (math.Log(2)-math.Log(1.5))/2, 2)
	// Errors of N: 40, 50, −20, −40.
	same("bias", s.Bias, 7.5, math.Sqrt((32.5*32.5+42.5*42.5+27.5*27.5+47.5*47.5)/3/4), 4)
	rmse := math.Sqrt((1600 + 2500 + 400 + 1600) / 4.0)
	squares := math.Sqrt((75.*75+975*975+1125*1125+75*75)/3/4) / (2 * rmse)
	same("rmse", s.RMSE, rmse, squares, 4)
	// log n̂0/n0: log 2, log 2, log ½, and half a person of 40.
	logs := []float64{math.Log(2), math.Log(2), -math.Log(2), math.Log(0.5 / 40)}
	if want := (logs[0] + logs[1] + logs[2] + logs[3]) / 4; math.Abs(s.LogBias.Value-want) > 1e-12 {
		t.Errorf("log bias %v, want %v", s.LogBias.Value, want)
	}
	if len(s.Reasons) != 1 || s.Reasons[0] != (scenario.Count{Code: "no-overlap", Count: 1}) {
		t.Errorf("reasons %v", s.Reasons)
	}
	slices.Reverse(replicates)
	if again := scenario.Scores(id, replicates)[0]; again.LogBias != s.LogBias || again.Intervals[0] != s.Intervals[0] {
		t.Error("the scores depend on the order of the replicates")
	}
}

// TestRefusalAndFailure: a refusal is an answer, another error ends the study with the number of the replicate.
func TestRefusalAndFailure(t *testing.T) {
	p := &scenario.Population{Lists: []string{"a", "b"}, Size: 50, Share: []float64{0.4, 0.3, 0.2, 0.1}}
	study := &scenario.Study{Population: p, Seed: 1, Methods: []scenario.Method{method("refuses", fixed{refusal: estimators.Refuse("no-overlap", "none")})}}
	r, err := study.Replicate(t.Context(), 4)
	if err != nil || r.Answers[0].Status != estimators.Refused || r.Answers[0].Reason != "no-overlap" || r.Observed+r.Hidden != 50 {
		t.Errorf("%+v %v", r, err)
	}
	study.Methods = []scenario.Method{method("broken", fixed{estimate: estimators.Estimate{Population: math.NaN()}})}
	if _, err = study.Replicate(t.Context(), 4); err == nil || !strings.Contains(err.Error(), "replicate 5, broken: ") {
		t.Errorf("a failure became %v", err)
	}
}

// chapmanStudy is two independent lists of 20 % each of 100 people.
func chapmanStudy(kinds ...estimators.IntervalKind) *scenario.Study {
	s := &scenario.Study{Population: &scenario.Population{Lists: []string{"a", "b"}, Size: 100, Share: []float64{0.64, 0.16, 0.16, 0.04}}, Seed: 7}
	for _, k := range kinds {
		s.Methods = append(s.Methods, method(string(k), twolist.Methods()[1].New(estimators.Options{Kind: k})))
	}
	return s
}

// TestCoverageAgreesWithEnumeration: for N = 100 and two independent lists of 20 % the exact coverage, by enumeration of the multinomial, of the log-normal
// interval of Chapman's estimate is 0.905 and of Sadinle's 0.973 (mass of at least 0.999 enumerated).
func TestCoverageAgreesWithEnumeration(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	study := chapmanStudy(estimators.LogNormal, estimators.Sadinle)
	const n = 4000
	var all []scenario.Replicate
	if err := study.Run(t.Context(), scenario.Whole.Indices(n, nil), 0, func(r scenario.Replicate) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	scores := scenario.Scores(scenario.Identity{Population: study.Population, Methods: []string{"lognormal", "sadinle"}, Replicates: n}, all)
	for i, want := range []float64{0.905, 0.973} {
		c := scores[i].Intervals[0].Coverage
		if math.Abs(c.Value-want) > 4*c.SE+0.0005 {
			t.Errorf("%s covers %v ± %v, exactly %v", scores[i].Method, c.Value, c.SE, want)
		}
	}
}

// TestDraw: the same replicate is the same table, another is another, and their mean is the expectation.
func TestDraw(t *testing.T) {
	p := chapmanStudy().Population
	a, _, _ := p.Draw(1, 5)
	b, hidden, _ := p.Draw(1, 5)
	if a.SHA256() != b.SHA256() || b.Observed()+hidden != 100 {
		t.Error("a replicate is not reproducible")
	}
	c, _, _ := p.Draw(1, 6)
	d, _, _ := p.Draw(2, 5)
	if c.SHA256() == a.SHA256() || d.SHA256() == a.SHA256() {
		t.Error("replicates or seeds repeat each other")
	}
	sum := 0.0
	for i := range uint64(2000) {
		t, _, _ := p.Draw(3, i)
		sum += float64(t.Overlap(3))
	}
	if m := sum / 2000; math.Abs(m-4) > 4*math.Sqrt(4*0.96/2000) {
		t.Errorf("on both lists %v in the mean, expected 4", m)
	}
}

func ExampleScenario() {
	s, err := scenario.Parse([]byte(minors), "minors.yaml")
	if err != nil {
		panic(err)
	}
	p, err := s.Population(context.Background(), models{}, 1)
	if err != nil {
		panic(err)
	}
	lists, overlap := p.Expected()
	fmt.Printf("%d people, %.0f of them hidden, %.0f on lists, %.0f on two or more\n", p.Size, p.Hidden(), lists, overlap)
	// Output: 1300 people, 1006 of them hidden, [156 65 104] on lists, 30 on two or more
}
