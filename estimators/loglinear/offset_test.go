package loglinear_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
	"darkfigure/internal/lattice"
	"darkfigure/internal/reference"
)

func assuming(pair estimators.Pattern, odds float64) loglinear.Offset {
	return loglinear.Offset{Pair: pair, LogOdds: math.Log(odds)}
}

// Kosovo without an interaction of all four lists, for five values of ξ. Aleshin-Guendel, Sadinle and Wakefield
// (2024), with the counts themselves in the place of their posterior: n̂0 = (1/ξ)·Π odd/Π even, by hand from Ball and
// others (2002), in R: 12541.88 hidden, N 16941.88 (SE 5937.58) at ξ = 1; N − n else.
func TestKosovoHighestOrder(t *testing.T) {
	table := reference.Table(t, "kosovo")
	m := loglinear.AllUpTo(4, 3)
	full := estimators.FullPattern(4)
	for _, c := range []struct{ xi, population float64 }{{1, 16941.88}, {0.5, 29483.76}, {2.0 / 3, 23212.82}, {1.5, 12761.25}, {2, 10670.94}} {
		f, err := loglinear.LogLinear{Model: &m, Offset: loglinear.Offset{LogHidden: -math.Log(c.xi)}}.Fit(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		nearAbs(t, "N", f.Population, c.population, 0.005)
		if c.xi == 1 {
			nearAbs(t, "hidden", f.Hidden, 12541.88, 0.005)
			nearAbs(t, "SE", f.SE, 5937.58, 0.005)
		}
		// With four lists the interaction of all of them is −log ξ: fixed in the cell of all lists it says the same.
		g, err := loglinear.LogLinear{Model: &m, Offset: assuming(full, 1/c.xi)}.Fit(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "by the cell of all lists", g.Hidden, f.Hidden, 1e-9)
	}
}

// Two lists: n̂0 = θ·bc/m, its variance n̂0 + n̂0²(1/b+1/c+1/m), and a profile likelihood that can be written down:
// with the odds ratio known, the multinomial likelihood at N is that of the four cells.
func TestTwoListsWithAnOddsRatio(t *testing.T) {
	table := estimatortest.Table("A B", "10:86 01:73 11:49")
	const b, c, m = 86.0, 73.0, 49.0
	for _, odds := range []float64{0.25, 0.5, 1, 1.5, 4} {
		e := loglinear.LogLinear{Offset: assuming(0b11, odds), Window: -1}
		est, err := e.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		hidden := odds * b * c / m
		near(t, "hidden", est.Hidden, hidden, 1e-12)
		near(t, "SE", est.SE, math.Sqrt(hidden+hidden*hidden*(1/b+1/c+1/m)), 1e-7)
		i, _ := est.Interval()
		// Of two lists the same is said by a factor of the people hidden.
		byHidden, err := loglinear.LogLinear{Offset: loglinear.Offset{LogHidden: math.Log(odds)}, Window: -1}.Estimate(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		j, _ := byHidden.Interval()
		near(t, "hidden, by the factor", byHidden.Hidden, hidden, 1e-12)
		near(t, "lower, by the factor", j.Lower, i.Lower, 1e-9)
		near(t, "upper, by the factor", j.Upper, i.Upper, 1e-9)
		ll := func(population float64) float64 { return oddsProfile(b, c, m, population-b-c-m, odds) }
		top := math.Inf(-1)
		for x := hidden / 2; x < hidden*2; x *= 1.0001 {
			top = math.Max(top, ll(208+x))
		}
		for _, limit := range []float64{i.Lower, i.Upper} {
			nearAbs(t, "log-likelihood at a limit", ll(limit), top-1.920729, 1e-4)
		}
	}
}

// oddsProfile is the multinomial log-likelihood of two lists at n0 = f hidden, maximised over the probabilities of
// the four patterns that have the odds ratio given, by a search along the first margin and the second.
func oddsProfile(b, c, m, f, odds float64) float64 {
	total := b + c + m + f
	// The maximum fits the margins: p11 solves p11·p00 = odds·p10·p01 with margins (b+m)/total and (c+m)/total.
	p, q := (b+m)/total, (c+m)/total
	low, high := math.Max(0, p+q-1), math.Min(p, q)
	for range 200 {
		x := (low + high) / 2
		if x*(1-p-q+x) < odds*(p-x)*(q-x) {
			low = x
		} else {
			high = x
		}
	}
	x := (low + high) / 2
	lg := func(z float64) float64 { v, _ := math.Lgamma(z + 1); return v }
	return lg(total) - lg(f) + m*math.Log(x) + b*math.Log(p-x) + c*math.Log(q-x) + f*math.Log(1-p-q+x)
}

// A model with an offset is the same by the regression kernel, which has a design matrix.
func TestOffsetByRegression(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := rapid.IntRange(2, 5).Draw(rt, "lists")
		var cells []estimators.Cell
		for w := estimators.Pattern(1); w <= estimators.FullPattern(k); w++ {
			cells = append(cells, estimators.Cell{Pattern: w, Count: rapid.Int64Range(1, 60).Draw(rt, "count")})
		}
		names := []string{"A", "B", "C", "D", "E"}[:k]
		table, err := estimators.NewTable(names, nil, cells)
		if err != nil {
			rt.Fatal(err)
		}
		pairs := loglinear.AllUpTo(k, 2).Terms()
		if k == 2 {
			pairs = []estimators.Pattern{0b11}
		}
		pair := rapid.SampledFrom(pairs).Draw(rt, "pair")
		o := loglinear.Offset{Pair: pair, LogOdds: rapid.Float64Range(-1.5, 1.5).Draw(rt, "log odds"), LogHidden: rapid.Float64Range(-1, 1).Draw(rt, "log hidden")}
		m, err := loglinear.NewModel(k, rapid.SliceOfN(rapid.SampledFrom(pairs), 0, 4).Draw(rt, "terms")...)
		if err != nil {
			rt.Fatal(err)
		}
		if k == 2 {
			m = loglinear.Independence(2)
		}
		f, err := loglinear.LogLinear{Model: &m, Offset: o}.Fit(t.Context(), table)
		if err != nil {
			rt.Fatal(err)
		}
		terms := []estimators.Pattern{0}
		for i := range k {
			terms = append(terms, 1<<uint(i))
		}
		for _, term := range m.Terms() {
			if term != pair {
				terms = append(terms, term)
			}
		}
		var x, y, offset []float64
		for w := estimators.Pattern(1); w <= estimators.FullPattern(k); w++ {
			for _, term := range terms {
				v := 0.0
				if w.Contains(term) {
					v = 1
				}
				x = append(x, v)
			}
			y = append(y, float64(table.Counts()[w]))
			v := 0.0
			if w.Contains(pair) {
				v = o.LogOdds
			}
			offset = append(offset, v)
		}
		r := lattice.NewRegression(x, len(terms), y, offset, nil)
		if status, err := r.Fit(t.Context()); err != nil || status != lattice.Fitted {
			rt.Fatal(status, err)
		}
		want := math.Exp(r.Beta(nil)[0] + o.LogHidden)
		if math.Abs(f.Hidden-want) > 1e-7*want {
			rt.Fatalf("hidden %v, by regression %v", f.Hidden, want)
		}
		if d := r.Deviance(); math.Abs(f.Fit.Deviance-d) > 1e-6*(1+d) {
			rt.Fatalf("deviance %v, by regression %v", f.Fit.Deviance, d)
		}
		if got := f.Interaction(pair); got != o.LogOdds {
			rt.Fatalf("the interaction is %v, not the one assumed, %v", got, o.LogOdds)
		}
	})
}

// Fixing a pair at what the model finds changes nothing, also below a larger term; and the table of any other value fits worse.
func TestOffsetAtTheEstimate(t *testing.T) {
	table := reference.Table(t, "kosovo")
	m, err := loglinear.ParseModel("[123,14,34]", table.Lists())
	if err != nil {
		t.Fatal(err)
	}
	free, err := loglinear.Fit(table, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range []estimators.Pattern{0b0011, 0b1001} {
		for _, factor := range []float64{0.8, 1, 1.25} {
			o := loglinear.Offset{Pair: pair, LogOdds: free.Interaction(pair) + math.Log(factor)}
			f, err := loglinear.LogLinear{Model: &m, Offset: o}.Fit(t.Context(), table)
			if err != nil {
				t.Fatal(err)
			}
			if factor == 1 {
				near(t, "hidden", f.Hidden, free.Hidden, 1e-9)
				nearAbs(t, "deviance", f.Fit.Deviance, free.Fit.Deviance, 1e-7)
				if f.Fit.Parameters != free.Fit.Parameters-1 {
					t.Errorf("%d parameters where one of %d is known", f.Fit.Parameters, free.Fit.Parameters)
				}
			} else if f.Fit.Deviance <= free.Fit.Deviance {
				t.Errorf("the deviance of another odds ratio is %v, of the estimate %v", f.Fit.Deviance, free.Fit.Deviance)
			}
		}
	}
}

// Selection under an offset finds the best of all models fitted one by one: those that have the pair, at the value assumed.
func TestSelectionUnderAnOffset(t *testing.T) {
	table := reference.Table(t, "kosovo")
	pair := estimators.Pattern(0b0011)
	for _, odds := range []float64{0.5, 1, 3} {
		e := loglinear.LogLinear{Offset: assuming(pair, odds), MaxOrder: 3}
		got, err := e.Fit(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		best := math.Inf(1)
		terms := loglinear.AllUpTo(4, 3).Terms()
		for set := range 1 << len(terms) {
			var chosen []estimators.Pattern
			for i, term := range terms {
				if set>>i&1 == 1 {
					chosen = append(chosen, term)
				}
			}
			m, err := loglinear.NewModel(4, append(chosen, pair)...)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Terms()) != len(chosen) {
				continue // not hierarchical, or without the pair
			}
			f, err := loglinear.LogLinear{Model: &m, Offset: e.Offset}.Fit(t.Context(), table)
			if err != nil {
				continue
			}
			best = math.Min(best, f.Fit.BIC)
		}
		nearAbs(t, "BIC", got.Fit.BIC, best, 1e-6)
	}
}

// The bootstrap repeats the estimate with the offset: of two lists, where people hidden are a multiple of those without, every
// replicate is.
func TestBootstrapUnderAnOffset(t *testing.T) {
	table := estimatortest.Table("A B", "10:86 01:73 11:49")
	b := loglinear.Bootstrap{Replicates: 50, Seed: 7}
	plain, err := b.Run(t.Context(), table, loglinear.LogLinear{})
	if err != nil {
		t.Fatal(err)
	}
	with, err := b.Run(t.Context(), table, loglinear.LogLinear{Offset: assuming(0b11, 1.5)})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range plain.Values {
		near(t, "replicate", with.Values[i]-208, 1.5*(v-208), 1e-9)
	}
}

// In strata where a list did not run the offset stays with the lists it is about, and goes when one of them is that list.
func TestOffsetInStrata(t *testing.T) {
	var cells []estimators.Cell
	counts := []int64{0, 90, 80, 30, 70, 25, 20, 9}
	for w := estimators.Pattern(1); w < 8; w++ {
		cells = append(cells, estimators.Cell{Pattern: w, Levels: []string{"all"}, Count: counts[w]})
		c := estimators.Cell{Pattern: w, Levels: []string{"without A"}, Count: counts[w]}
		if w.Has(0) {
			c.Count, c.StructuralZero = 0, true
		}
		cells = append(cells, c)
	}
	table, err := estimators.NewTable([]string{"A", "B", "C"}, []string{"year"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	for pair, factor := range map[estimators.Pattern]float64{0b110: 2, 0b011: 1} {
		e := loglinear.LogLinear{Select: loglinear.Stepwise, Threshold: -1, Window: -1, Offset: assuming(pair, 2)}
		b, err := loglinear.Stratified{LogLinear: e}.Breakdown(t.Context(), table, []string{"year"})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, s := range b.Strata {
			if s.Stratum[0].Level != "without A" {
				continue
			}
			found = true
			near(t, "hidden", s.Hidden, factor*80*70/20, 1e-9) // B alone 80, C alone 70, both 20
		}
		if !found {
			t.Error("no stratum without A")
		}
	}
}

func TestOffsetsRefused(t *testing.T) {
	table := reference.Table(t, "korea")
	m := loglinear.Independence(3)
	for name, e := range map[string]loglinear.LogLinear{
		"one list":          {Offset: loglinear.Offset{Pair: 0b1, LogOdds: 1}},
		"no such list":      {Offset: loglinear.Offset{Pair: 0b1001, LogOdds: 1}},
		"no lists":          {Offset: loglinear.Offset{LogOdds: 1}},
		"infinite":          {Offset: loglinear.Offset{Pair: 0b11, LogOdds: math.Inf(-1)}},
		"not a number":      {Offset: loglinear.Offset{LogHidden: math.NaN()}},
		"with a penalty":    {Offset: assuming(0b11, 2), Firth: true, Model: &m},
		"with heterogenity": {Offset: assuming(0b11, 2), Heterogeneity: "chao", Model: &m},
	} {
		if _, err := e.Estimate(t.Context(), table); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The laws hold for estimates under an offset.
func TestLawsUnderAnOffset(t *testing.T) {
	e := loglinear.LogLinear{Offset: loglinear.Offset{LogHidden: math.Log(1.5)}, Window: -1}
	estimatortest.Run(t, e, estimatortest.Options{New: func(o estimators.Options) estimators.Estimator {
		e := e
		e.Levels = o.Levels
		if o.Kind != "" {
			e.Kind = o.Kind
		}
		return e
	}})
}
