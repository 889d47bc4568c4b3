package incomplete_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/incomplete"
	"darkfigure/internal/estimatortest"

	"pgregory.net/rapid"
)

func TestLaws(t *testing.T) {
	estimatortest.Run(t, incomplete.Incomplete{}, estimatortest.Options{MaxLists: 4, New: func(o estimators.Options) estimators.Estimator {
		return incomplete.Incomplete{Levels: o.Levels}
	}})
	main := incomplete.Model{}
	estimatortest.Run(t, incomplete.Incomplete{Model: &main}, estimatortest.Options{MaxLists: 4, New: func(o estimators.Options) estimators.Estimator {
		return incomplete.Incomplete{Model: &main, Levels: o.Levels, Bootstrap: &incomplete.Bootstrap{Replicates: 40, Seed: o.Seed, Workers: o.Workers}}
	}})
}

// Whatever is missing, impossible or empty, there is an answer or a refusal, and strata add up.
func TestAnyTable(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		k := rapid.IntRange(2, 3).Draw(r, "lists")
		levels := rapid.SliceOfN(rapid.IntRange(1, 3), 1, 2).Draw(r, "levels")
		names, covariates := []string{"A", "B", "C"}[:k], []string{"x", "y"}[:len(levels)]
		count := rapid.OneOf(rapid.Just[int64](0), rapid.Int64Range(0, 3), rapid.Int64Range(0, 200), rapid.Int64Range(0, 100000))
		recorded := rapid.IntRange(0, 3).Draw(r, "recorded")
		var cells []estimators.Cell
		var add func(w estimators.Pattern, at []string)
		add = func(w estimators.Pattern, at []string) {
			if j := len(at); j < len(levels) {
				switch {
				case recorded == 1 && !w.Has(j), recorded == 2 && rapid.Bool().Draw(r, "missing"):
					add(w, append(slices.Clone(at), ""))
					return
				case recorded == 3:
					add(w, append(slices.Clone(at), ""))
				}
				for l := range levels[j] {
					add(w, append(slices.Clone(at), fmt.Sprint(l)))
				}
				return
			}
			c := estimators.Cell{Pattern: w, Levels: at, Count: count.Draw(r, w.History(k))}
			c.StructuralZero = c.Count == 0 && rapid.IntRange(0, 8).Draw(r, "impossible") == 8
			cells = append(cells, c)
		}
		for w := estimators.Pattern(1); w <= estimators.FullPattern(k); w++ {
			add(w, nil)
		}
		data, err := estimators.NewTable(names, covariates, cells)
		if err != nil {
			r.Fatal(err)
		}
		o := incomplete.Incomplete{}
		if rapid.Bool().Draw(r, "given") {
			var m incomplete.Model
			for range rapid.IntRange(0, 3).Draw(r, "generators") {
				m.Generators = append(m.Generators, rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Concat(names, covariates)), 2, 2, rapid.ID[string]).Draw(r, "generator"))
			}
			o.Model = &m
		}
		if rapid.Bool().Draw(r, "as impossible") {
			o.Absence = incomplete.Impossible
		}
		if rapid.IntRange(0, 3).Draw(r, "bootstrap") == 3 {
			o.Bootstrap = &incomplete.Bootstrap{Replicates: 10, Seed: 1, Scheme: rapid.SampledFrom(incomplete.Schemes()).Draw(r, "scheme")}
		}
		estimatortest.Check(r, o, data)
		f, err := o.Fit(context.Background(), data)
		if err != nil {
			return
		}
		for _, name := range covariates {
			strata, _, err := f.Strata(name)
			if err != nil {
				r.Fatal(err)
			}
			sum, unplaced := 0.0, 0.0
			for _, s := range strata {
				sum += s.Population
				unplaced += s.Unrecorded + float64(s.Recorded)
			}
			if math.Abs(sum-f.Population) > 1e-6*f.Population || math.Abs(unplaced-float64(f.Observed)) > 1e-6*float64(f.Observed) {
				r.Errorf("strata of %s add up to %v of %v, those seen to %v of %v", name, sum, f.Population, unplaced, f.Observed)
			}
		}
	})
}

// A row of a table: lists, levels separated by commas ("" is missing), and a count, or "-" for a structural zero.
func newTable(t testing.TB, lists, covariates string, rows ...string) *estimators.Table {
	t.Helper()
	var cells []estimators.Cell
	for _, r := range rows {
		f := strings.Split(r, " ")
		p, err := estimators.ParseHistory(f[0])
		if err != nil {
			t.Fatal(err)
		}
		c := estimators.Cell{Pattern: p, StructuralZero: f[len(f)-1] == "-"}
		if covariates != "" {
			c.Levels = strings.Split(f[1], ",")
		}
		if !c.StructuralZero {
			if _, err := fmt.Sscan(f[len(f)-1], &c.Count); err != nil {
				t.Fatal(err)
			}
		}
		cells = append(cells, c)
	}
	out, err := estimators.NewTable(strings.Fields(lists), strings.Fields(covariates), cells)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// twoRegisters is a table in which X1 is recorded by A and X2 by B.
func twoRegisters(t testing.TB, both [][]int64, a, b []int64) *estimators.Table {
	t.Helper()
	var rows []string
	for k := range both {
		for l := range both[k] {
			rows = append(rows, fmt.Sprintf("11 %d,%d %d", k, l, both[k][l]))
		}
		rows = append(rows, fmt.Sprintf("10 %d, %d", k, a[k]))
	}
	for l := range both[0] {
		rows = append(rows, fmt.Sprintf("01 ,%d %d", l, b[l]))
	}
	return newTable(t, "A B", "X1 X2", rows...)
}

// The maximal model of two registers that record a covariate each has a closed form (van der Heijden and others 2018).
func TestClosedForm(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rows, columns := rapid.IntRange(2, 4).Draw(r, "levels of X1"), rapid.IntRange(2, 4).Draw(r, "levels of X2")
		count := rapid.OneOf(rapid.Int64Range(1, 9), rapid.Int64Range(1, 3000))
		both := make([][]int64, rows)
		var a, b []int64
		right, down := make([]float64, rows), make([]float64, columns)
		for k := range both {
			for l := range columns {
				both[k] = append(both[k], count.Draw(r, "both"))
				right[k] += float64(both[k][l])
				down[l] += float64(both[k][l])
			}
			a = append(a, count.Draw(r, "a"))
		}
		for range columns {
			b = append(b, count.Draw(r, "b"))
		}
		hidden := 0.0
		for k := range both {
			for l := range columns {
				hidden += float64(both[k][l]) * float64(a[k]) / right[k] * float64(b[l]) / down[l]
			}
		}
		data := twoRegisters(t, both, a, b)
		f, err := incomplete.Incomplete{}.Fit(context.Background(), data)
		if err != nil {
			r.Fatal(err)
		}
		if math.Abs(f.Hidden-hidden) > 1e-6*hidden {
			r.Errorf("%d hidden people, closed form %v", int(f.Hidden), hidden)
		}
	})
}

// With everything recorded and [A*X,B*X] the strata are those of Petersen: n1·n2/m in each.
func TestPetersen(t *testing.T) {
	data := newTable(t, "A B", "X", "10 u 40", "01 u 60", "11 u 12", "10 v 9", "01 v 31", "11 v 5", "10 w 70", "01 w 3", "11 w 1")
	f := fit(t, data, options(t, data, "[A*X,B*X]"))
	strata, _, err := f.Strata("X")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{52 * 72 / 12.0, 14 * 36 / 5.0, 71 * 4} {
		if math.Abs(strata[i].Population-want) > 1e-7*want {
			t.Errorf("%v: %v, want %v", strata[i].Labels, strata[i].Population, want)
		}
	}
	// Sekar and Deming's variance n1·n2·(n1−m)·(n2−m)/m³ is the delta method's, with sizes fixed.
	if want := math.Sqrt(52 * 72 * 40 * 60 / math.Pow(12, 3)); math.Abs(strata[0].SE-want) > 1e-7*want {
		t.Errorf("SE %v, want %v", strata[0].SE, want)
	}
}

// plainEM is the algorithm of the textbooks for binary variables: iterative proportional fitting of the completed table, in which people on no list are not counted. It is slow.
func plainEM(data *estimators.Table, terms [][]int, steps int) (hidden, change float64) {
	k := data.K()
	variables := k + len(data.Covariates())
	size := 1 << variables
	seen := func(c int) bool { return c&(1<<k-1) != 0 }
	type row struct {
		cells []int
		count float64
	}
	var rows []row
	for _, cell := range data.Cells() {
		r := row{count: float64(cell.Count)}
		for c := range size {
			ok := estimators.Pattern(c&(1<<k-1)) == cell.Pattern
			for j, l := range cell.Levels {
				ok = ok && (l == "" || l == fmt.Sprint(c>>(k+j)&1))
			}
			if ok {
				r.cells = append(r.cells, c)
			}
		}
		rows = append(rows, r)
	}
	mu := make([]float64, size)
	for c := range mu {
		mu[c] = 1
	}
	full := make([]float64, size)
	for range steps {
		clear(full)
		for _, r := range rows {
			sum := 0.0
			for _, c := range r.cells {
				sum += mu[c]
			}
			for _, c := range r.cells {
				full[c] += r.count * mu[c] / sum
			}
		}
		before := hidden
		for range 20 { // the M-step, nearly
			for _, term := range terms {
				key := func(c int) int {
					out := 0
					for i, v := range term {
						out |= c >> v & 1 << i
					}
					return out
				}
				want, have := make([]float64, 1<<len(term)), make([]float64, 1<<len(term))
				for c := range size {
					if seen(c) {
						want[key(c)] += full[c]
						have[key(c)] += mu[c]
					}
				}
				for c := range size {
					mu[c] *= want[key(c)] / have[key(c)]
				}
			}
		}
		hidden = 0
		for c := range size {
			if !seen(c) {
				hidden += mu[c]
			}
		}
		change = math.Abs(hidden - before)
	}
	return hidden, change
}

func TestPlainEM(t *testing.T) {
	agreed := 0
	rapid.Check(t, func(r *rapid.T) {
		count := rapid.Int64Range(5, 400)
		var rows []string
		for _, w := range []string{"11", "10", "01"} {
			for _, x := range []string{"0", "1", ""} {
				for _, y := range []string{"0", "1", ""} {
					if w == "10" && y != "" || w == "01" && x != "" {
						continue
					}
					rows = append(rows, fmt.Sprintf("%s %s,%s %d", w, x, y, count.Draw(r, w+x+y)))
				}
			}
		}
		data := newTable(t, "A B", "x y", rows...)
		f, err := incomplete.Incomplete{}.Fit(context.Background(), data)
		if err != nil {
			r.Fatal(err)
		}
		// The maximal model: A with y, B with x, x with y.
		hidden, change := plainEM(data, [][]int{{0, 3}, {1, 2}, {2, 3}}, 400)
		if change > 1e-9*hidden || len(f.Lesser) > 0 {
			return // EM is not there yet, or there is more than one place to come to rest
		}
		agreed++
		if math.Abs(f.Hidden-hidden) > 1e-5*hidden {
			r.Errorf("%v hidden people, EM %v", f.Hidden, hidden)
		}
	})
	if agreed < 5 {
		t.Errorf("EM came to rest on %d tables only", agreed)
	}
}

func refusal(t *testing.T, data *estimators.Table, o incomplete.Incomplete, code string, words ...string) {
	t.Helper()
	_, err := o.Fit(context.Background(), data)
	var r *estimators.Refusal
	if !errors.As(err, &r) || !errors.Is(err, &estimators.Refusal{Code: code}) {
		t.Errorf("%v is not %s", err, code)
		return
	}
	for _, w := range words {
		if !strings.Contains(r.Text, w) {
			t.Errorf("%q does not say %q", r.Text, w)
		}
	}
}

func TestNotIdentifiable(t *testing.T) {
	data := table(t, "afghans")
	refusal(t, data, options(t, data, "[A*B]"), "not-identifiable", "A*B")
	refusal(t, data, options(t, data, "[A*X2,B*X1,X1*X2,A*X1]"), "not-identifiable", "A*X1")
	refusal(t, data, options(t, data, "[A*X2,B*X1,X1*X2,B*X2]"), "not-identifiable", "B*X2")
	refusal(t, data, options(t, data, "[A*X1]"), "not-identifiable", "A*X1")
	// EM comes to rest on it at once, at numbers that depend on its start: X is recorded by A alone, and by A of nobody that B has.
	one := newTable(t, "A B", "X", "10 0 40", "10 1 60", "11  30", "01  50")
	refusal(t, one, options(t, one, "[B*X]"), "not-identifiable", "B*X")
	// A covariate recorded for everybody in A, whose dependence on B is told by those in both.
	fit(t, newTable(t, "A B", "X", "10 0 40", "10 1 60", "11 0 10", "11 1 20", "01  50"), incomplete.Incomplete{})
	nobody := newTable(t, "A B", "X", "10  40", "11  30", "01  50")
	refusal(t, nobody, incomplete.Incomplete{}, "not-identifiable", "X")
}

func TestUnbounded(t *testing.T) {
	// Nobody with X=1 is in both: the number of people hidden there has no limit.
	data := newTable(t, "A B", "X", "10 0 40", "10 1 60", "11 0 10", "01 0 50", "01 1 20")
	refusal(t, data, options(t, data, "[A*X,B*X]"), "no-mle", "X=1")
	refusal(t, newTable(t, "A B", "", "10 40", "01 30"), incomplete.Incomplete{Model: &incomplete.Model{}}, "no-overlap")
}

// Everybody on B is on A: the model can only say that nobody is hidden, of the one level and of all.
func TestNobodyHidden(t *testing.T) {
	data := newTable(t, "A B", "X", "10 0 40", "11 0 10", "10 1 30", "11 1 9")
	refusal(t, data, options(t, data, "[A*X,B*X]"), "no-mle", "nobody is hidden")
	data = newTable(t, "A B", "X", "10 0 40", "11 0 10", "10 1 30", "11 1 9", "01 1 8")
	e, err := options(t, data, "[A*X,B*X]").Estimate(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	if want := 39.0 * 17 / 9; math.Abs(e.Groups[0].Totals[1].Population-want) > 1e-6 || e.Groups[0].Totals[0].Hidden != 0 {
		t.Errorf("%v; want %v with X=1", e.Groups[0].Totals, want)
	}
	if !slices.ContainsFunc(e.Warnings, func(w estimators.Warning) bool { return w.Code == "zero-hidden" && strings.Contains(w.Text, "X=0") }) {
		t.Errorf("no warning about X=0: %v", e.Warnings)
	}
	if zero, one := e.Groups[0].Totals[0].Intervals[0], e.Groups[0].Totals[1].Intervals[0]; !zero.Unbounded() || one.Unbounded() {
		t.Errorf("intervals %v and %v: nobody hidden at the boundary has no upper limit", zero, one)
	}
}

// An extended estimate: nobody is both on A and of X=1, and the model has that pair: no hidden cell depends on it.
func TestBoundary(t *testing.T) {
	data := newTable(t, "A B C", "X", "100 0 40", "010 0 50", "001 0 60", "110 0 9", "101 0 12", "011 0 14", "111 0 3", "010 1 30", "001 1 20", "011 1 6")
	o := options(t, data, "[A*X]")
	e, err := o.Estimate(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(e.Coefficients, func(c estimators.Coefficient) bool { return c.Name == "A*X=1" })
	if i < 0 || !math.IsInf(e.Coefficients[i].Estimate, -1) {
		t.Errorf("A*X=1 is not at −∞: %v", e.Coefficients)
	}
	if !slices.ContainsFunc(e.Warnings, func(w estimators.Warning) bool { return w.Code == "boundary" }) {
		t.Errorf("no warning: %v", e.Warnings)
	}
	if e.Fit.MinusInfinity != 1 {
		t.Errorf("%d parameters at −∞", e.Fit.MinusInfinity)
	}
	// Where A was not possible by design the number is that of the same people.
	absent := newTable(t, "A B C", "X", "100 0 40", "010 0 50", "001 0 60", "110 0 9", "101 0 12", "011 0 14", "111 0 3", "010 1 30", "001 1 20", "011 1 6",
		"100 1 -", "110 1 -", "101 1 -", "111 1 -")
	p := options(t, absent, "[]")
	p.Absence = incomplete.Impossible
	if f := fit(t, absent, p); math.Abs(f.Population-e.Population) > 1e-6 {
		t.Errorf("%v people with A impossible, %v with a term at −∞", f.Population, e.Population)
	}
}

// The totals of levels add up, and so do their covariances.
func TestStrataAddUp(t *testing.T) {
	for _, name := range []string{"afghans", "road2000", "road2010", "newzealand2", "newzealand3", "threeyears"} {
		data := table(t, name)
		f := fit(t, data, options(t, data, ""))
		for _, by := range [][]string{covariates(data)[:1], covariates(data)[:min(2, len(covariates(data)))]} {
			strata, covariance, err := f.Strata(by...)
			if err != nil {
				t.Errorf("%s %v: %v", name, by, err)
				continue
			}
			n, v := 0.0, 0.0
			for a, s := range strata {
				n += s.Population
				for _, x := range covariance[a] {
					v += x
				}
			}
			if math.Abs(n-f.Population) > 1e-9*n || math.Abs(v-f.SE*f.SE) > 1e-6*v {
				t.Errorf("%s by %v: %v and variance %v, in all %v and %v", name, by, n, v, f.Population, f.SE*f.SE)
			}
		}
	}
	data := table(t, "afghans")
	if _, _, err := fit(t, data, options(t, data, "[A*X2,B*X1]")).Strata("X1", "X2"); err == nil {
		t.Error("strata that the model does not have are given")
	}
}

// A list that did not run in one of three years. The truth that the table was simulated from is 4,200, 4,800 and 5,600; zeros in its place say 3,388 in the first year.
func TestMissingByDesign(t *testing.T) {
	data := table(t, "threeyears")
	o := options(t, data, "[LA*NG,NG*PFNCA,GO*GP,LA*year,NG*year,PFNCA*year,GO*year]")
	f := fit(t, data, o)
	years, _, err := f.Strata("year")
	if err != nil {
		t.Fatal(err)
	}
	for i, truth := range []float64{4200, 4800, 5600} {
		if math.Abs(years[i].Population-truth) > 3*years[i].SE {
			t.Errorf("%v: %.0f ± %.0f, simulated from %v", years[i].Labels, years[i].Population, years[i].SE, truth)
		}
	}
	everywhere := options(t, data, "[GP*year]")
	refusal(t, data, everywhere, "not-identifiable", "GP*year")
}

func TestWorkersAndOrder(t *testing.T) {
	data := table(t, "newzealand2")
	cells := data.Cells()
	slices.Reverse(cells)
	turned, err := estimators.NewTable(data.Lists(), covariates(data), cells)
	if err != nil {
		t.Fatal(err)
	}
	var answers []estimators.Estimate
	for i, d := range []*estimators.Table{data, turned, data} {
		for _, s := range incomplete.Schemes() {
			e, err := incomplete.Incomplete{Bootstrap: &incomplete.Bootstrap{Replicates: 60, Scheme: s, Seed: 4, Workers: 1 + 3*i}}.Estimate(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, e)
		}
	}
	for i, e := range answers[3:] {
		if !reflect.DeepEqual(e, answers[i%3]) {
			t.Errorf("answer %d differs", i)
		}
	}
}

func TestBreakdown(t *testing.T) {
	data := table(t, "road2000")
	b, err := incomplete.Incomplete{Bootstrap: &incomplete.Bootstrap{Replicates: 50, Seed: 1}}.Breakdown(context.Background(), data, []string{"X1", "X2"})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Strata) != 4 || len(b.Hidden) != 50 {
		t.Fatalf("%d strata, %d replicates", len(b.Strata), len(b.Hidden))
	}
	sum := 0.0
	for _, s := range b.Strata {
		sum += s.Population
	}
	if math.Abs(sum-b.Total.Population) > 1e-6*sum {
		t.Errorf("strata add up to %v, not %v", sum, b.Total.Population)
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"[A*x,B*x]": "[A*x,B*x]", "[12,x*y]": "[A*B,x*y]", "": "[]", "[]": "[]", "[A][B*y]": "[A,B*y]", "[1*y, B * x]": "[A*y,B*x]",
	} {
		m, err := incomplete.Parse(in, []string{"A", "B"}, []string{"x", "y"})
		if err != nil || m.String() != want {
			t.Errorf("%s: %s, %v; want %s", in, m, err, want)
		}
	}
	for in, want := range map[string]string{
		"[A*z]": `"z" is not one of A, B, x, y`, "[A*A]": "twice", "[13]": "run together", "[A*x": "brackets", "[A x]": "join names with *",
	} {
		if _, err := incomplete.Parse(in, []string{"A", "B"}, []string{"x", "y"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", in, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"[A*x,B*x]", "[12]", "[]", "[A**x]", "[1*2*x],[", "A,,B"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := incomplete.Parse(s, []string{"A", "B"}, []string{"x", "y"})
		if err != nil {
			return
		}
		again, err := incomplete.Parse(m.String(), []string{"A", "B"}, []string{"x", "y"})
		if err != nil || again.String() != m.String() {
			t.Errorf("%q reads as %s, and that as %s, %v", s, m, again, err)
		}
	})
}

func ExampleIncomplete() {
	// Afghans, Iranians and Iraqis in two Dutch registers: A is the population register, B the police's. X1 (0 or 1) is recorded by A only, X2 by B only (van der Heijden
	// and others 2018).
	data, err := estimators.NewTable([]string{"A", "B"}, []string{"X1", "X2"}, []estimators.Cell{
		{Pattern: 3, Levels: []string{"0", "0"}, Count: 259}, {Pattern: 3, Levels: []string{"0", "1"}, Count: 539},
		{Pattern: 3, Levels: []string{"1", "0"}, Count: 110}, {Pattern: 3, Levels: []string{"1", "1"}, Count: 177},
		{Pattern: 1, Levels: []string{"0", ""}, Count: 13898}, {Pattern: 1, Levels: []string{"1", ""}, Count: 12356},
		{Pattern: 2, Levels: []string{"", "0"}, Count: 91}, {Pattern: 2, Levels: []string{"", "1"}, Count: 164},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := incomplete.Incomplete{}.Estimate(context.Background(), data)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %.1f people, %s\n", e.Model, e.Population, e.Intervals[0].Range())
	for _, s := range e.Groups[1].Totals {
		fmt.Printf("%s=%s: %d recorded, %.0f seen otherwise, %.0f hidden\n", s.Stratum[0].Name, s.Stratum[0].Level, s.Observed, s.Unrecorded, s.Hidden)
	}
	// Output:
	// [A*X2,B*X1,X1*X2]: 33769.9 people, 32,968 to 34,692
	// X2=0: 460 recorded, 9247 seen otherwise, 2280 hidden
	// X2=1: 880 recorded, 17007 seen otherwise, 3896 hidden
}
