package knownelsewhere_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/knownelsewhere"

	"pgregory.net/rapid"
)

var ctx = context.Background()

func table(t testing.TB, counts ...int64) *estimators.Table {
	t.Helper()
	names := []string{"police", "care", "youth"}
	k := 0
	for 1<<k < len(counts) {
		k++
	}
	out, err := estimators.FromCounts(names[:k], counts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %.10g, not %.10g", what, got, want)
	}
}

func refused(t testing.TB, what, code string, err error) {
	t.Helper()
	if !errors.Is(err, &estimators.Refusal{Code: code}) {
		t.Errorf("%s: %v, not refused as %s", what, err, code)
	}
	if _, ok := estimators.LookupCode(code); !ok {
		t.Errorf("the code %s is not known", code)
	}
}

func perfect(name string, lists estimators.Pattern) knownelsewhere.Body {
	return knownelsewhere.Body{Name: name, Lists: lists, Sensitivity: knownelsewhere.Perfect, Specificity: knownelsewhere.Perfect}
}

func row(t testing.TB, r *knownelsewhere.Result, kind, body string, ratio float64, own bool) knownelsewhere.Row {
	t.Helper()
	for _, x := range r.Rows {
		if x.Kind == kind && x.Body == body && (ratio == 0 || x.OddsRatio == ratio) && x.ListModel == own {
			return x
		}
	}
	t.Fatalf("no row %s %s %v", kind, body, own)
	return knownelsewhere.Row{}
}

// Minors in the Netherlands in 2020: 68 were registered with CoMensha, and the chat of Fier spoke with 250 victims, 150 of them minors, of whom 35 % were known to
// some body (CKM/Fier and CoMensha annual figures for 2020, as published). With all victims 0.35·250 = 87.5 would be registered, more than there are; with minors 52.5 ≤ 68 and N = 68/0.35 = 194.3,
// while at least 68 + 0.65·150 = 165.5 are known to somebody or nobody.
func TestDutch2020(t *testing.T) {
	data := knownelsewhere.Data{Table: table(t, 0, 68), Visitors: 250, Bodies: []knownelsewhere.Body{perfect("police", 1)}, Answers: knownelsewhere.Share(0, 200, 70), SamePopulation: true}
	r, err := knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{})
	refused(t, "all victims", "chat-shares-infeasible", err)
	if r != nil {
		t.Error("a result with a refusal")
	}
	t.Log(err)
	data.Visitors, data.Answers = 150, knownelsewhere.Share(0, 140, 49)
	data.Someone = &knownelsewhere.Someone{Asked: 140, Known: 49, Sensitivity: knownelsewhere.Perfect, Specificity: knownelsewhere.Perfect}
	if r, err = knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{}); err != nil {
		t.Fatal(err)
	}
	near(t, "expected", r.Bodies[0].Expected.Value, 52.5, 1e-12)
	near(t, "multiplier", r.Bodies[0].Multiplier, 194.2857142857, 1e-10)
	near(t, "N", row(t, r, knownelsewhere.Independent, "police", 1, false).Population.Value, 194.2857142857, 1e-6)
	near(t, "at least", r.Bounds.AtLeast.Value, 165.5, 1e-12)
	if b := r.Bounds; !(b.AtLeast.Lower < 165.5 && 165.5 < b.AtLeast.Upper) || b.OverlapMost > 68 || b.OverlapMost < 52.5 {
		t.Errorf("%+v", b)
	}
	data.SamePopulation = false
	_, err = knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{})
	refused(t, "not declared", "populations-not-declared", err)
}

// With one body the four cells are n_C·κ and n_C(1−κ) visitors, n − n_C·κ others on the list, and ψ·n_C(1−κ)(n − n_Cκ)/(n_Cκ) on neither.
func TestOddsRatios(t *testing.T) {
	data := knownelsewhere.Data{Table: table(t, 0, 300), Visitors: 400, Bodies: []knownelsewhere.Body{perfect("police", 1)}, Answers: knownelsewhere.Share(0, 320, 80), SamePopulation: true}
	r, err := knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 3 || r.Identified[0].Code != "one-body" {
		t.Errorf("%d rows, %v", len(r.Rows), r.Identified)
	}
	for _, ratio := range []float64{.5, 1, 2} {
		kind := knownelsewhere.OddsGiven
		if ratio == 1 {
			kind = knownelsewhere.Independent
		}
		x := row(t, r, kind, "police", ratio, false)
		near(t, "N", x.Likeliest.Value, 300+300+ratio*300*200/100, 1e-6)
		if x.Population != x.Likeliest && math.Abs(x.Population.Value-x.Likeliest.Value) > 1e-6*x.Likeliest.Value {
			t.Errorf("with nothing in doubt the mixture gives %+v, the profile %+v", x.Population, x.Likeliest)
		}
		near(t, "lower", x.Population.Lower, x.Likeliest.Lower, 3e-3)
		near(t, "upper", x.Population.Upper, x.Likeliest.Upper, 3e-3)
	}
	// The profile interval of the share is that of a binomial, 80 of 320: −2 log L drops by 3.8415 at these κ (bisection by hand in a spreadsheet-like
	// loop below), and N = 300/κ.
	drop := func(k float64) float64 {
		return 2 * (80*math.Log(.25/k) + 240*math.Log(.75/(1-k)))
	}
	root := func(in, out float64) float64 {
		for range 100 {
			mid := (in + out) / 2
			if drop(mid) > 3.841458820694124 {
				out = mid
			} else {
				in = mid
			}
		}
		return in
	}
	x := row(t, r, knownelsewhere.Independent, "police", 1, false)
	near(t, "lower limit", x.Likeliest.Lower, 300/root(.25, .6), 1e-6)
	near(t, "upper limit", x.Likeliest.Upper, 300/root(.25, .05), 1e-6)
}

// Two bodies with answers per body. Where visiting does not depend on the police given care, those in care visit with p₂ = κ₂n_C/n₂ and others with p₀ =
// (κ₁n_C − p₂·t₁₁)/t₁₀, so that (1−κ₂)n_C = p₀·(t₁₀ + n₀): all by hand. It is the multiplier t₁./κ₁ only if t₁₁ is that of independent lists.
func TestSingleRestrictionByHand(t *testing.T) {
	data := knownelsewhere.Data{Table: table(t, 0, 200, 150, 60), Visitors: 240, SamePopulation: true,
		Bodies:  []knownelsewhere.Body{perfect("police", 0b01), perfect("care", 0b10)},
		Answers: append(knownelsewhere.Share(0, 240, 60), knownelsewhere.Share(1, 240, 72)...)}
	r, err := knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p2 := 72.0 / 210
	p0 := (60 - p2*60) / 200
	near(t, "given care", row(t, r, knownelsewhere.Independent, "police", 1, false).Likeliest.Value, 410+(240-72)/p0-200, 1e-6)
	p1 := 60.0 / 260
	p0 = (72 - p1*60) / 150
	near(t, "given police", row(t, r, knownelsewhere.Independent, "care", 1, false).Likeliest.Value, 410+(240-60)/p0-150, 1e-6)
	if r.Test == nil || r.Test.DF != 1 || r.Test.P <= 0 || r.Test.P >= 1 {
		t.Errorf("test %+v", r.Test)
	}
	// The joint restriction is two binomials with κ_j = n_j/N: its maximum by brute force over N.
	best, at := math.Inf(-1), 0.0
	for n := 411.0; n < 5000; n += 0.01 {
		k1, k2 := 260/n, 210/n
		if ll := 60*math.Log(k1) + 180*math.Log(1-k1) + 72*math.Log(k2) + 168*math.Log(1-k2); ll > best {
			best, at = ll, n
		}
	}
	joint := row(t, r, knownelsewhere.IndependentAll, "", 1, false)
	near(t, "joint", joint.Likeliest.Value, at, 1e-4)
	saturated := 60*math.Log(.25) + 180*math.Log(.75) + 72*math.Log(.3) + 168*math.Log(.7)
	near(t, "deviance", r.Test.Deviance, 2*(saturated-best), 1e-6)
	near(t, "share of the hidden", joint.VisitShare, 240/at, 1e-4)
	// The lists by themselves: independence, the profile of two lists, whose maximum is near Petersen's 260·210/60 = 910.
	alone := row(t, r, knownelsewhere.ListsAlone, "", 0, true)
	near(t, "lists alone", alone.Likeliest.Value, 910, 5e-3)
	both := row(t, r, knownelsewhere.IndependentAll, "", 1, true)
	if both.Agreement == nil || both.Agreement.DF != 1 {
		t.Errorf("%+v", both)
	}
	if !(math.Min(at, alone.Likeliest.Value) < both.Likeliest.Value && both.Likeliest.Value < math.Max(at, alone.Likeliest.Value)) {
		t.Errorf("together %v, apart %v and %v", both.Likeliest.Value, at, alone.Likeliest.Value)
	}
}

// The profile of two independent lists by themselves in closed form: log N! − log f! + Σ_i (N−n_i)·log(1−n_i/N) + n_i·log(n_i/N), up to a constant.
func TestListProfile(t *testing.T) {
	ll, err := knownelsewhere.ListProfile(table(t, 0, 200, 150, 60), nil)
	if err != nil {
		t.Fatal(err)
	}
	closed := func(f float64) float64 {
		n := 410 + f
		a, _ := math.Lgamma(n + 1)
		b, _ := math.Lgamma(f + 1)
		s := a - b
		for _, m := range []float64{260, 210} {
			s += (n-m)*math.Log(1-m/n) + m*math.Log(m/n)
		}
		return s
	}
	for _, f := range []float64{1e-6, 1, 30, 500, 1e4, 1e6} {
		near(t, "difference", ll(f)-ll(100), closed(f)-closed(100), 1e-6)
	}
}

// The score is the derivative of the log-likelihood, by finite differences; and the inner maximum is one.
func TestScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 3).Draw(t, "bodies")
		size := make([]float64, 1<<k)
		for u := range size {
			size[u] = rapid.Float64Range(10, 300).Draw(t, "size")
		}
		var answers []knownelsewhere.Answers
		for range rapid.IntRange(1, 6).Draw(t, "answers") {
			asked := uint(rapid.IntRange(1, 1<<k-1).Draw(t, "asked"))
			answers = append(answers, knownelsewhere.Answers{Asked: asked, Known: asked & uint(rapid.IntRange(0, 1<<k-1).Draw(t, "known")), Count: rapid.Int64Range(1, 40).Draw(t, "count")})
		}
		s, c, b := make([]float64, k), make([]float64, k), make([]float64, k)
		for j := range s {
			s[j], c[j] = rapid.Float64Range(.6, .99).Draw(t, "s"), rapid.Float64Range(.6, .99).Draw(t, "c")
			b[j] = rapid.Float64Range(-1.5, 1.5).Draw(t, "b")
		}
		l := knownelsewhere.NewLikelihood(size, 9, answers, s, c)
		if rapid.Bool().Draw(t, "doubt") {
			var laws [2][]knownelsewhere.Beta
			for i := range 2 * k {
				law := knownelsewhere.Beta{A: rapid.Float64Range(5, 60).Draw(t, "A"), B: rapid.Float64Range(1, 5).Draw(t, "B")}
				laws[i/k] = append(laws[i/k], law)
				b = append(b, math.Log(law.A/law.B)+rapid.Float64Range(-.5, .5).Draw(t, "logit"))
			}
			l.Doubt(laws[0], laws[1])
		}
		const hidden = 120
		score := l.Score(hidden, b)
		for j := range b {
			const h = 1e-5
			up, down := append([]float64(nil), b...), append([]float64(nil), b...)
			up[j] += h
			down[j] -= h
			numeric := (l.At(hidden, up) - l.At(hidden, down)) / (2 * h)
			if math.Abs(numeric-score[j]) > 1e-5*(1+math.Abs(numeric)) {
				t.Fatalf("b%d: score %v, numerically %v", j, score[j], numeric)
			}
		}
		free := make([]int, k)
		for j := range free {
			free[j] = j
		}
		top, at := l.Best(hidden, make([]float64, k), free)
		for j, x := range l.Score(hidden, at) {
			if math.Abs(x) > 1e-2 && math.Abs(at[j]) < 20 {
				t.Fatalf("at the maximum %v the score is %v", at, x)
			}
		}
		for range 30 {
			for j := range b {
				b[j] = at[j] + rapid.Float64Range(-1, 1).Draw(t, "step")
			}
			if other := l.At(hidden, b); other > top+1e-5 {
				t.Fatalf("%v at %v, more than the maximum %v at %v", other, b, top, at)
			}
		}
	})
}

// A curve finds maximum and limits of a likelihood known in closed form: a normal one in the logarithm.
func TestCurve(t *testing.T) {
	best, lower, upper := knownelsewhere.CurveOf(func(f float64) float64 {
		d := (math.Log(f-50) - 6) / .3
		return 7 - d*d/2
	}, 50, 1000, .95)
	near(t, "best", best, 50+math.Exp(6), 1e-6)
	near(t, "lower", lower, 50+math.Exp(6-.3*1.959963984540054), 1e-6)
	near(t, "upper", upper, 50+math.Exp(6+.3*1.959963984540054), 1e-6)
}

// Answers recorded together identify the number with every dependence free: expected counts of a world with b = (log 2, −log 1.5) give N back, also with wrong
// answers of known rates, while each single restriction does not.
func TestJointAnswers(t *testing.T) {
	const hidden = 3000
	sizes := []float64{hidden, 500, 400, 150}
	b := []float64{math.Log(2), -math.Log(1.5)}
	const a = -2.2
	s, c := []float64{.9, .85}, []float64{.96, .95}
	visitors := make([]float64, 4)
	number := 0.0
	for u := range visitors {
		eta := a
		for j := range b {
			if u>>j&1 == 1 {
				eta += b[j]
			}
		}
		visitors[u] = sizes[u] / (1 + math.Exp(-eta))
		number += visitors[u]
	}
	const many = 1000 // so that rounding does not matter
	var answers []knownelsewhere.Answers
	for v := range uint(4) {
		n := 0.0
		for u, x := range visitors {
			for j := range b {
				switch is, says := u>>j&1 == 1, v>>j&1 == 1; {
				case is && says:
					x *= s[j]
				case is:
					x *= 1 - s[j]
				case says:
					x *= 1 - c[j]
				default:
					x *= c[j]
				}
			}
			n += x
		}
		answers = append(answers, knownelsewhere.Answers{Asked: 3, Known: v, Count: int64(math.Round(n * many))})
	}
	data := knownelsewhere.Data{Table: table(t, 0, 500*many, 400*many, 150*many), Visitors: int64(math.Round(number * many)), SamePopulation: true, Answers: answers,
		Bodies: []knownelsewhere.Body{
			{Name: "police", Lists: 1, Sensitivity: knownelsewhere.Beta{A: s[0] * 1e9, B: (1 - s[0]) * 1e9}, Specificity: knownelsewhere.Beta{A: c[0] * 1e9, B: (1 - c[0]) * 1e9}},
			{Name: "care", Lists: 2, Sensitivity: knownelsewhere.Beta{A: s[1] * 1e9, B: (1 - s[1]) * 1e9}, Specificity: knownelsewhere.Beta{A: c[1] * 1e9, B: (1 - c[1]) * 1e9}},
		}}
	if extra := int64(0); true {
		for _, x := range answers {
			extra += x.Count
		}
		data.Visitors = max(data.Visitors, extra)
	}
	r, err := knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{Mixture: 4})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Jointly || r.Test.DF != 2 || r.Test.P > 1e-6 {
		t.Errorf("%+v", r.Test)
	}
	for _, body := range []string{"police", "care"} { // each restriction is tested by itself, and both are wrong
		x := row(t, r, knownelsewhere.Independent, body, 1, false)
		if x.Test == nil || x.Test.DF != 1 || x.Test.P > 1e-6 || r.Contradicted(x) != x.Test {
			t.Errorf("independence of %s: %+v", body, x.Test)
		}
	}
	if x := row(t, r, knownelsewhere.DependentOnEach, "", 0, false); r.Contradicted(x) != nil {
		t.Errorf("the true row is contradicted: %+v", r.Contradicted(x))
	}
	near(t, "N", row(t, r, knownelsewhere.DependentOnEach, "", 0, false).Likeliest.Value/many, hidden+1050, 2e-4)
	if x := row(t, r, knownelsewhere.Independent, "police", 1, false).Likeliest.Value / many; math.Abs(x-hidden-1050) < 300 {
		t.Errorf("independence of the police gives %v, which is right although it is not so", x)
	}
}

// A body that is two lists counts their union; one without a list changes nothing; and people on lists nobody was asked about are no visitors' class of their own.
func TestBodies(t *testing.T) {
	tab := table(t, 0, 40, 50, 10, 60, 12, 8, 4) // police, care, youth
	one := knownelsewhere.Data{Table: tab, Visitors: 90, SamePopulation: true, Bodies: []knownelsewhere.Body{perfect("authorities", 0b101)}, Answers: knownelsewhere.Share(0, 80, 20)}
	r, err := knownelsewhere.Estimate(ctx, one, knownelsewhere.Options{})
	if err != nil {
		t.Fatal(err)
	}
	union := 40 + 10 + 60 + 12 + 8 + 4.0
	near(t, "N", row(t, r, knownelsewhere.Independent, "authorities", 1, false).Likeliest.Value, union/.25, 1e-6)
	two := one
	two.Bodies = append([]knownelsewhere.Body{perfect("school", 0)}, one.Bodies...)
	two.Answers = append(knownelsewhere.Share(0, 80, 70), knownelsewhere.Share(1, 80, 20)...)
	again, err := knownelsewhere.Estimate(ctx, two, knownelsewhere.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.Rows, again.Rows) || again.Identified[0].Code != "body-without-list" {
		t.Errorf("a body without a list changes the rows: %+v", again.Identified)
	}
}

// Doubt about links and answers widens the interval, and whatever is asked comes out whole.
func TestMixture(t *testing.T) {
	data := knownelsewhere.Data{Table: table(t, 0, 200, 150, 60), Visitors: 240, SamePopulation: true,
		Bodies:  []knownelsewhere.Body{perfect("police", 0b01), perfect("care", 0b10)},
		Answers: append(knownelsewhere.Share(0, 240, 60), knownelsewhere.Share(1, 240, 72)...)}
	width := func(d knownelsewhere.Data) float64 {
		r, err := knownelsewhere.Estimate(ctx, d, knownelsewhere.Options{Seed: 3, Mixture: 60})
		if err != nil {
			t.Fatal(err)
		}
		p := row(t, r, knownelsewhere.IndependentAll, "", 1, false).Population
		if p.Unbounded {
			t.Fatalf("%+v", p)
		}
		return math.Log(p.Upper / p.Lower)
	}
	sure := width(data)
	linked := data
	linked.Draws = []*estimators.Table{table(t, 0, 185, 135, 75), table(t, 0, 215, 165, 45), data.Table}
	answered := data
	answered.Bodies = []knownelsewhere.Body{{Name: "police", Lists: 1}, {Name: "care", Lists: 2}}
	repeated := data
	repeated.Visitors, repeated.Repeat = 300, knownelsewhere.Beta{A: 20, B: 80}
	if a, b := width(linked), width(answered); a < sure || b < 1.3*sure {
		t.Errorf("widths %v sure, %v with links in doubt, %v with answers in doubt", sure, a, b)
	}
	if c := width(repeated); math.Abs(c-sure) > .2*sure { // the number of visitors hardly matters without dependence
		t.Errorf("widths %v sure, %v with repeated contacts", sure, c)
	}
	for _, workers := range []int{1, 3} {
		a, err := knownelsewhere.Estimate(ctx, answered, knownelsewhere.Options{Workers: workers, Mixture: 20, OddsRatios: []float64{1, 1.5}})
		b, other := knownelsewhere.Estimate(ctx, answered, knownelsewhere.Options{Workers: 2, Mixture: 20, OddsRatios: []float64{1, 1.5}})
		if err != nil || other != nil || !reflect.DeepEqual(a, b) {
			t.Error("the number of workers changes the result", err, other)
		}
	}
}

// Any data give a result that can be written as JSON, or a refusal with a known code.
func TestWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 2).Draw(t, "lists")
		counts := make([]int64, 1<<k)
		for w := 1; w < len(counts); w++ {
			counts[w] = rapid.Int64Range(0, 120).Draw(t, "count")
		}
		tab, err := estimators.FromCounts([]string{"police", "care"}[:k], counts)
		if err != nil {
			t.Fatal(err)
		}
		d := knownelsewhere.Data{Table: tab, Visitors: rapid.Int64Range(0, 200).Draw(t, "visitors"), SamePopulation: true}
		for j := range k {
			d.Bodies = append(d.Bodies, knownelsewhere.Body{Name: []string{"police", "care"}[j], Lists: 1 << uint(j)})
			asked := rapid.Int64Range(0, d.Visitors/int64(k)).Draw(t, "asked")
			d.Answers = append(d.Answers, knownelsewhere.Share(j, asked, rapid.Int64Range(0, asked).Draw(t, "known"))...)
		}
		if rapid.Bool().Draw(t, "jointly") && k == 2 && d.Visitors > 3 {
			for v := range uint(4) {
				d.Answers = append(d.Answers, knownelsewhere.Answers{Asked: 3, Known: v, Count: rapid.Int64Range(0, d.Visitors/8).Draw(t, "count")})
			}
		}
		if rapid.Bool().Draw(t, "someone") {
			asked := rapid.Int64Range(0, d.Visitors).Draw(t, "asked")
			d.Someone = &knownelsewhere.Someone{Asked: asked, Known: rapid.Int64Range(0, asked).Draw(t, "known")}
		}
		r, err := knownelsewhere.Estimate(ctx, d, knownelsewhere.Options{Mixture: 3})
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			if _, ok := estimators.LookupCode(refusal.Code); !ok {
				t.Fatalf("the code %s is not known", refusal.Code)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Rows {
			if x.Reason != nil {
				if x.Population.Value != 0 {
					t.Fatalf("refused with a number: %+v", x)
				}
				continue
			}
			p := x.Population
			if p.Lower < float64(r.Observed)-1e-6 || p.Value < p.Lower || !p.Unbounded && p.Upper < p.Value {
				t.Fatalf("%+v", x)
			}
		}
		for _, w := range r.Warnings {
			if _, ok := estimators.LookupCode(w.Code); !ok {
				t.Fatalf("the code %s is not known", w.Code)
			}
		}
	})
}

func TestBadData(t *testing.T) {
	good := knownelsewhere.Data{Table: table(t, 0, 200, 150, 60), Visitors: 240, SamePopulation: true,
		Bodies: []knownelsewhere.Body{perfect("police", 0b01), perfect("care", 0b10)}, Answers: knownelsewhere.Share(0, 240, 60)}
	for what, spoil := range map[string]func(d *knownelsewhere.Data, o *knownelsewhere.Options){
		"no table": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) { d.Table = nil },
		"a list outside": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) {
			d.Bodies = []knownelsewhere.Body{perfect("x", 4)}
		},
		"two of one name": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) {
			d.Bodies = []knownelsewhere.Body{perfect("x", 1), perfect("x", 2)}
		},
		"two on one list": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) {
			d.Bodies = []knownelsewhere.Body{perfect("x", 1), perfect("y", 1)}
		},
		"more asked than are": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) { d.Answers = knownelsewhere.Share(0, 241, 60) },
		"more known than asked": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) {
			d.Answers = knownelsewhere.Share(0, 24, 60)
		},
		"a body not there": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) { d.Answers = knownelsewhere.Share(2, 24, 6) },
		"no law": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) {
			d.Bodies[0].Sensitivity = knownelsewhere.Beta{A: -1, B: 3}
		},
		"other lists":  func(d *knownelsewhere.Data, _ *knownelsewhere.Options) { d.Draws = []*estimators.Table{table(t, 0, 5)} },
		"odds ratio":   func(_ *knownelsewhere.Data, o *knownelsewhere.Options) { o.OddsRatios = []float64{0} },
		"level":        func(_ *knownelsewhere.Data, o *knownelsewhere.Options) { o.Level = 95 },
		"all repeated": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) { d.Repeat = knownelsewhere.Perfect },
		"someone": func(d *knownelsewhere.Data, _ *knownelsewhere.Options) {
			d.Someone = &knownelsewhere.Someone{Asked: 5, Known: 6}
		},
	} {
		d, o := good, knownelsewhere.Options{}
		d.Bodies = append([]knownelsewhere.Body(nil), good.Bodies...)
		spoil(&d, &o)
		var r *estimators.Refusal
		if _, err := knownelsewhere.Estimate(ctx, d, o); err == nil || errors.As(err, &r) {
			t.Errorf("%s: %v", what, err)
		}
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := knownelsewhere.Estimate(stopped, good, knownelsewhere.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// One body with a list of 300, of whose visitors few say that it knows them while one in twenty of the others says so by mistake. With one of a hundred the median of
// the mixture was once 25,306,661: a likelihood that is flat towards infinity gives no number, only a lower limit. Where twice as many say so as mistakes would, there is one.
func TestUnbounded(t *testing.T) {
	tab, err := estimators.FromCounts([]string{"police"}, []int64{0, 300})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		visitors, known int64
		number          bool
	}{{4, 0, false}, {4, 1, true}, {10, 1, false}, {20, 1, false}, {30, 2, false}, {40, 1, false}, {60, 3, false}, {100, 1, false}, {100, 5, false}, {100, 10, true}, {100, 20, true}} {
		r, err := knownelsewhere.Estimate(ctx, knownelsewhere.Data{Table: tab, Visitors: c.visitors, SamePopulation: true,
			Bodies: []knownelsewhere.Body{{Name: "police", Lists: 1}}, Answers: knownelsewhere.Share(0, c.visitors, c.known)}, knownelsewhere.Options{OddsRatios: []float64{1}})
		if err != nil {
			t.Fatal(err)
		}
		x := r.Rows[0]
		if c.number != (x.Reason == nil) {
			t.Errorf("%d of %d: %+v", c.known, c.visitors, x)
			continue
		}
		if c.number {
			if x.Population.Value < 300 || x.Population.Value > 6000 || x.Likeliest.Value < 300 {
				t.Errorf("%d of %d: %+v", c.known, c.visitors, x)
			}
			continue
		}
		if x.Reason.Code != "unbounded" || x.Population.Value != 0 || !x.Population.Unbounded || x.Population.Lower < 300 || x.Likeliest.Value != 0 || x.Hidden != 0 {
			t.Errorf("%d of %d: %+v, %v", c.known, c.visitors, x, x.Reason)
		}
	}
}

// Two bodies, asked apart, of 81 and 80 visitors of whom 17 and 18 said yes: whether there is an upper limit was once a matter of the seed, and
// where there was one it was anything from 16,624 to 6,540,173,656.
func TestLimitsDoNotHangOnTheSeed(t *testing.T) {
	tab, err := estimators.FromCounts([]string{"police", "care"}, []int64{0, 208, 266, 103})
	if err != nil {
		t.Fatal(err)
	}
	d := knownelsewhere.Data{Table: tab, Visitors: 161, SamePopulation: true, Bodies: []knownelsewhere.Body{{Name: "police", Lists: 1}, {Name: "care", Lists: 2}},
		Answers: append(knownelsewhere.Share(0, 81, 17), knownelsewhere.Share(1, 80, 18)...)}
	for seed := range uint64(3) {
		r, err := knownelsewhere.Estimate(ctx, d, knownelsewhere.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"police", "care"} {
			x := row(t, r, knownelsewhere.Independent, body, 1, false)
			if x.Reason != nil || !x.Population.Unbounded || x.Population.Upper != 0 || x.Population.Lower < 900 || x.Population.Value > 2000 || !x.Likeliest.Unbounded {
				t.Errorf("seed %d, %s: %+v", seed, body, x)
			}
		}
		if x := row(t, r, knownelsewhere.IndependentAll, "", 1, false); x.Population.Unbounded || x.Population.Upper > 4000 {
			t.Errorf("seed %d, all: %+v", seed, x)
		}
	}
}

// Visitors each of whom one body of three knows, and never two or none: no assumption about visiting fits, and every row says so.
func TestAnswersThatFitNothing(t *testing.T) {
	answers := []knownelsewhere.Answers{{Asked: 7, Known: 1, Count: 54}, {Asked: 7, Known: 2, Count: 54}, {Asked: 7, Known: 4, Count: 53}}
	data := knownelsewhere.Data{Table: table(t, 0, 200, 230, 40, 180, 70, 40, 36), Visitors: 161, SamePopulation: true, Answers: answers,
		Bodies: []knownelsewhere.Body{{Name: "police", Lists: 1}, {Name: "care", Lists: 2}, {Name: "youth", Lists: 4}}}
	r, err := knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{Mixture: 4})
	if err != nil {
		t.Fatal(err)
	}
	if r.Fit == nil || r.Fit.DF != 3 || r.Fit.P > 1e-3 {
		t.Fatalf("%+v", r.Fit)
	}
	for _, x := range r.Rows {
		if x.Kind != knownelsewhere.ListsAlone && r.Contradicted(x) == nil {
			t.Errorf("%s is not contradicted", x.Says())
		}
	}
}

// No bound rests on the question whether anybody knows when those who named a body deny it; a few may be mistakes.
func TestAnswersThatContradict(t *testing.T) {
	for denied, bound := range map[int64]bool{0: true, 5: true, 40: false} {
		data := knownelsewhere.Data{Table: table(t, 0, 300, 250, 60), Visitors: 160, SamePopulation: true, Answers: knownelsewhere.Share(0, 160, 60),
			Bodies: []knownelsewhere.Body{{Name: "police", Lists: 1}}, Someone: &knownelsewhere.Someone{Asked: 160, Known: 80 - denied, Named: 60, Denied: denied}}
		r, err := knownelsewhere.Estimate(ctx, data, knownelsewhere.Options{Mixture: 4})
		if err != nil {
			t.Fatal(err)
		}
		warned := slices.ContainsFunc(r.Warnings, func(w estimators.Warning) bool { return w.Code == "chat-answers-contradict" })
		if (r.Bounds != nil) != bound || (r.Unbound == nil) != bound || warned != (denied > 0) {
			t.Errorf("%d of 60 deny: bounds %v, reason %v, warned %v", denied, r.Bounds, r.Unbound, warned)
		}
	}
}
