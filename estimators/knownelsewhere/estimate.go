package knownelsewhere

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/resample"

	"gonum.org/v1/gonum/stat/distuv"
)

// Defaults of the options.
const (
	DefaultMixture = 200 // draws of rates and linkages at least
	mixtureValues  = 4000
)

// Options of the analysis; the zero value is the documented default.
type Options struct {
	Level float64 // of all intervals; 0: 0.95
	// OddsRatios of visiting and being known to one body, each of which gives a row per body: empty means ½, 1 and 2 for one body, and 1 (independence)
	// for several.
	OddsRatios []float64
	// ListModel is the model the lists have by themselves in the rows with it: independence and these interactions.
	ListModel []estimators.Pattern
	Mixture   int // draws at least; 0: DefaultMixture. Rounded up so that every linkage is drawn equally often
	Seed      uint64
	Workers   int // goroutines; 0: as many as there are processors. Never changes an answer
}

// Estimate says what the answers of visitors tell about the people on no list. Refusals: populations-not-declared; chat-shares-infeasible, when the
// visitors known to a body would be more than its lists hold; empty-table; too-large. What cannot be estimated under one assumption is refused in
// its row.
func Estimate(ctx context.Context, d Data, o Options) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return nil, fmt.Errorf("the level of an interval is %v, not between 0 and 1", o.Level)
	}
	for _, r := range o.OddsRatios {
		if !(r > 0) || math.IsInf(r, 1) {
			return nil, fmt.Errorf("the odds ratio %v is not a positive number", r)
		}
	}
	if o.Mixture < 0 {
		return nil, fmt.Errorf("a mixture of %d draws", o.Mixture)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	for _, t := range o.ListModel {
		if t&^estimators.FullPattern(d.Table.K()) != 0 {
			return nil, fmt.Errorf("the term %b of the model is not one of %d lists", t, d.Table.K())
		}
	}
	if !d.SamePopulation {
		return nil, estimators.Refuse("populations-not-declared", "it is not declared that the visitors and the people on lists are of the same population: the same period, region and definition, age at the visit against age at registration included")
	}
	if d.Table.Observed() == 0 {
		return nil, estimators.Refuse("empty-table", "nobody is in the table")
	}
	if d.Visitors == 0 {
		return nil, estimators.Refuse("empty-table", "there are no visitors")
	}
	a := newAnalysis(d, o)
	r := &Result{Observed: d.Table.Observed(), Visitors: a.visitorRange(), Level: o.Level, Linkages: max(1, len(d.Draws)), Jointly: a.jointly}
	for j := range d.Bodies {
		r.Bodies = append(r.Bodies, a.bodyShare(j))
	}
	if refusal := a.infeasible(r.Bodies); refusal != nil {
		return nil, refusal
	}
	r.Bounds, r.Unbound = a.bounds()
	r.Identified = a.statements()
	if len(a.bodies) > 0 {
		if err := a.fill(ctx, r); err != nil {
			return nil, err
		}
	}
	a.warn(r)
	return r, nil
}

// analysis is data and options made ready. Its bodies are those that have a list and were asked about, in the order of the data.
type analysis struct {
	d        Data
	o        Options
	bodies   []int
	lists    []estimators.Pattern
	answers  []Answers // over those bodies
	s, c     []Beta
	jointly  bool
	tables   []*estimators.Table // of the mixture
	observed float64             // mean over them
}

func newAnalysis(d Data, o Options) *analysis {
	a := &analysis{d: d, o: o, tables: d.Draws}
	if len(a.tables) == 0 {
		a.tables = []*estimators.Table{d.Table}
	}
	for _, t := range a.tables {
		a.observed += float64(t.Observed()) / float64(len(a.tables))
	}
	for j, b := range d.Bodies {
		if asked, _ := d.share(j); b.Lists != 0 && asked > 0 {
			a.bodies = append(a.bodies, j)
			a.lists = append(a.lists, b.Lists)
			a.s = append(a.s, b.Sensitivity.or(DefaultSensitivity))
			a.c = append(a.c, b.Specificity.or(DefaultSpecificity))
		}
	}
	for _, x := range d.Answers {
		y := Answers{Count: x.Count}
		for i, j := range a.bodies {
			y.Asked |= x.Asked >> uint(j) & 1 << uint(i)
			y.Known |= x.Known >> uint(j) & 1 << uint(i)
		}
		if y.Asked != 0 {
			a.answers = append(a.answers, y)
			a.jointly = a.jointly || y.Asked&(y.Asked-1) != 0 && y.Count > 0
		}
	}
	return a
}

func (a *analysis) name(i int) string { return a.d.Bodies[a.bodies[i]].Name }

// model is one set of assumptions.
type model struct {
	row   Row
	fixed []float64 // b
	free  []int
	alone bool // the model of the lists without visitors
}

// models are the rows to fill, the list model apart.
func (a *analysis) models() []model {
	k := len(a.bodies)
	ratios := a.o.OddsRatios
	if len(ratios) == 0 {
		ratios = []float64{1}
		if k == 1 {
			ratios = []float64{0.5, 1, 2}
		}
	}
	var out []model
	for i := range k {
		others := ""
		free := make([]int, 0, k-1)
		for j := range k {
			if j != i {
				free = append(free, j)
			}
		}
		if k > 1 {
			others = ", among people whom the same other bodies know"
		}
		for _, ratio := range ratios {
			m := model{row: Row{Kind: Independent, Body: a.name(i), OddsRatio: ratio}, fixed: make([]float64, k), free: free}
			m.fixed[i] = math.Log(ratio)
			m.row.Assumes = fmt.Sprintf("people whom %s knows visited neither more nor less than others%s", a.name(i), others)
			if ratio != 1 {
				m.row.Kind = OddsGiven
				m.row.Assumes = fmt.Sprintf("the odds of visiting are %g times as large for people whom %s knows%s", ratio, a.name(i), others)
			}
			out = append(out, m)
		}
	}
	if k > 1 {
		out = append(out, model{row: Row{Kind: IndependentAll, OddsRatio: 1, Assumes: "visiting does not depend on being known to any of the bodies"}, fixed: make([]float64, k)})
		if a.jointly {
			m := model{row: Row{Kind: DependentOnEach, Assumes: "people whom a body knows may visit more or less often than others, for each body in its own way; being known to several changes it by what each of them does, and no more"}, fixed: make([]float64, k)}
			for j := range k {
				m.free = append(m.free, j)
			}
			out = append(out, m)
		}
	}
	if a.d.Table.K() > 1 {
		what := "the lists are independent of each other"
		if len(a.o.ListModel) > 0 {
			names := make([]string, 0, len(a.o.ListModel))
			for _, t := range a.o.ListModel {
				names = append(names, t.Join(a.d.Table.Lists(), "*"))
			}
			what = "the lists depend on each other by " + strings.Join(names, ", ") + " only"
		}
		n := len(out)
		for _, m := range out[:n:n] {
			if m.row.Kind == OddsGiven {
				continue
			}
			m.row.ListModel = true
			m.row.Assumes += "; " + what
			out = append(out, m)
		}
		out = append(out, model{row: Row{Kind: ListsAlone, ListModel: true, Assumes: what}, alone: true})
	}
	return out
}

// setting is one draw of everything that is not known exactly.
type setting struct {
	table  *estimators.Table
	s, c   []float64
	repeat float64
}

func (a *analysis) means() setting {
	x := setting{table: a.d.Table, repeat: a.d.repeat()}
	for i := range a.bodies {
		x.s, x.c = append(x.s, a.s[i].Mean()), append(x.c, a.c[i].Mean())
	}
	return x
}

func (a *analysis) draw(i int) setting {
	rng := resample.Stream(a.o.Seed, uint64(i))
	x := setting{table: a.tables[i%len(a.tables)], repeat: a.d.repeat()}
	if a.d.Repeat != (Beta{}) {
		x.repeat = a.d.Repeat.draw(rng)
	}
	for j := range a.bodies {
		x.s, x.c = append(x.s, a.s[j].draw(rng)), append(x.c, a.c[j].draw(rng))
	}
	return x
}

// draws is the size of the mixture: 1 when everything is known exactly.
func (a *analysis) draws() int {
	certain := len(a.tables) == 1 && (a.d.Repeat == (Beta{}) || a.d.Repeat.known())
	for j := range a.bodies {
		certain = certain && a.s[j].known() && a.c[j].known()
	}
	if certain {
		return 1
	}
	n := a.o.Mixture
	if n == 0 {
		n = DefaultMixture
	}
	return (n + len(a.tables) - 1) / len(a.tables) * len(a.tables)
}

// curve is the profile likelihood of a model at a setting, with the likelihood of the visitors it ended with. With doubt the rates of answers of the
// setting, those with a law, are parameters.
func (a *analysis) curve(m model, x setting, doubt bool) (*curve, *visitors, error) {
	scale := float64(x.table.Observed()) + float64(a.d.Visitors)
	var own *ownLists
	if m.row.ListModel {
		var err error
		if own, err = newOwnLists(x.table, a.o.ListModel); err != nil {
			return nil, nil, err
		}
		if m.alone {
			return newCurve(own.at, 0, scale), nil, nil
		}
	}
	number := a.d.distinct(x.repeat)
	v := newVisitors(classes(x.table, a.lists), number, a.answers, x.s, x.c)
	if doubt {
		v.doubt(a.s, a.c)
	}
	ll := func(hidden float64) float64 { return v.fit(hidden, m.fixed, m.free) }
	if own != nil {
		ll = func(hidden float64) float64 { return v.fit(hidden, m.fixed, m.free) + own.at(hidden) }
	}
	return newCurve(ll, math.Max(0, number-float64(x.table.Observed())), scale), v, nil
}

// refusal says why a curve has no best number; nil when it has.
func (c *curve) refusal() *estimators.Refusal {
	switch c.ending {
	case rising:
		return estimators.Refuse("unbounded", "the likelihood rises towards any number of people, however large: the answers are those to be expected if nobody on the lists visited, and set no upper limit")
	case flat:
		return estimators.Refuse("not-identifiable", "the answers say nothing about the number of hidden people under this assumption")
	case nowhere:
		return estimators.Refuse("chat-shares-infeasible", "no number of hidden people could have given these answers")
	}
	if _, upper := c.limits(determined); math.IsInf(upper, 1) {
		return estimators.Refuse("unbounded", "the likelihood is flat towards any number of people, however large: there it is %.2f below its top, where an interval of %.0f%% asks for %.2f", c.fall(), 100*determined, rootOf(determined)*rootOf(determined)/2)
	}
	return nil
}

// determined is the level of the interval that must have an upper limit where a number is given: its probable error. Where even that has none, the
// likeliest number is the place of a bump on a curve that stays flat to infinity, and depends on chance in the draws.
const determined = 0.5

func rootOf(level float64) float64 { return distuv.UnitNormal.Quantile(0.5 + level/2) }

// fill computes the rows and the joint test.
func (a *analysis) fill(ctx context.Context, r *Result) error {
	models := a.models()
	tops, usable, err := a.likeliest(ctx, models)
	if err != nil {
		return err
	}
	a.tests(r, models, tops, usable)
	a.restrictions(r, models, tops)
	if err := a.mix(ctx, models, r); err != nil {
		return err
	}
	for _, m := range models {
		r.Rows = append(r.Rows, m.row)
	}
	return nil
}

// likeliest fills in what holds with the links as in the table, rates of answers being parameters with their laws. It returns the largest log-likelihoods, and
// which of the models have a best number.
func (a *analysis) likeliest(ctx context.Context, models []model) (tops []float64, usable []bool, err error) {
	x := a.means()
	tops, usable = make([]float64, len(models)), make([]bool, len(models))
	for i := range models {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		m := &models[i]
		c, v, err := a.curve(*m, x, true)
		if err != nil {
			reason, ok := err.(*estimators.Refusal)
			if !ok {
				return nil, nil, err
			}
			m.row.Reason = reason
			continue
		}
		tops[i] = c.top
		m.row.Reason = c.refusal()
		usable[i] = c.ending == peaked
		if c.ending != peaked && c.ending != rising {
			continue
		}
		n := float64(x.table.Observed())
		lower, upper := c.limits(a.o.Level)
		if m.row.Reason != nil {
			m.row.Likeliest = limits(0, n+lower, math.Inf(1))
			continue
		}
		f := c.hidden(0)
		m.row.Likeliest = limits(n+f, n+lower, n+upper)
		if v != nil && f > 0 {
			v.fit(f, m.fixed, m.free)
			m.row.VisitShare = v.p[0]
		}
	}
	return tops, usable, nil
}

func limits(value, lower, upper float64) Range {
	r := Range{Value: value, Lower: lower, Upper: upper}
	if math.IsInf(upper, 1) {
		r.Upper, r.Unbounded = 0, true
	}
	return r
}

// tests compares the joint restriction with none, and rows with and without the list model.
func (a *analysis) tests(r *Result, models []model, tops []float64, usable []bool) {
	find := func(kind, body string, own bool) int {
		return slices.IndexFunc(models, func(m model) bool {
			return m.row.Kind == kind && m.row.Body == body && m.row.ListModel == own
		})
	}
	alone := find(ListsAlone, "", true)
	for i, m := range models {
		if !m.row.ListModel || m.alone || !usable[i] || alone < 0 || !usable[alone] {
			continue
		}
		if j := find(m.row.Kind, m.row.Body, false); j >= 0 && usable[j] {
			models[i].row.Agreement = chiSquared("the lists by themselves and the visitors point at the same number of people", 2*(tops[j]+tops[alone]-tops[i]), 1)
		}
	}
	if len(a.bodies) < 2 {
		return
	}
	joint := find(IndependentAll, "", false)
	if !usable[joint] {
		return
	}
	// Against the answers when visiting may depend on every body: with answers per body only, they are then fitted exactly and the number of people is
	// not determined, which takes one parameter less.
	all := model{fixed: make([]float64, len(a.bodies))}
	for j := range a.bodies {
		all.free = append(all.free, j)
	}
	df := len(a.bodies) - 1
	if a.jointly {
		df++
	}
	c, _, err := a.curve(all, a.means(), true)
	if err != nil || math.IsInf(c.top, -1) {
		return
	}
	r.Test = chiSquared("visiting does not depend on being known to any of "+a.names(), 2*(c.top-tops[joint]), df)
}

// restrictions tests each restriction by itself, which answers recorded together can: against visiting that may depend on every body; and that against the answers as they are.
func (a *analysis) restrictions(r *Result, models []model, tops []float64) {
	each := slices.IndexFunc(models, func(m model) bool { return m.row.Kind == DependentOnEach && !m.row.ListModel })
	if each < 0 || math.IsInf(tops[each], -1) || models[each].row.Reason != nil && models[each].row.Reason.Code != "unbounded" {
		return
	}
	tests := map[string]*Test{}
	for i, m := range models {
		if m.row.Kind == Independent && !m.row.ListModel && (m.row.Reason == nil || m.row.Reason.Code == "unbounded") {
			tests[m.row.Body] = chiSquared("visiting does not depend on being known to "+m.row.Body+", among people whom the same other bodies know", 2*(tops[each]-tops[i]), 1)
		}
	}
	for i := range models {
		switch row := &models[i].row; row.Kind {
		case Independent:
			row.Test = tests[row.Body]
		case IndependentAll:
			row.Test = r.Test
		}
	}
	// The answers themselves: of every question as many shares as answers but one. The rates of wrong answers are parameters with laws, which count as data.
	best, df := 0.0, -len(a.bodies)-1
	asked, given := map[uint]int64{}, map[[2]uint]int64{}
	for _, x := range a.answers {
		asked[x.Asked] += x.Count
		given[[2]uint{x.Asked, x.Known}] += x.Count
	}
	for q, n := range asked {
		if n > 0 {
			df += 1<<bits.OnesCount(q) - 1
		}
	}
	for _, x := range slices.SortedFunc(maps.Keys(given), func(x, y [2]uint) int { return slices.Compare(x[:], y[:]) }) {
		if n := float64(given[x]); n > 0 {
			best += n * math.Log(n/float64(asked[x[0]]))
		}
	}
	if df > 0 {
		r.Fit = chiSquared("being known to several bodies changes visiting by what each of them does, and no more", 2*(best-tops[each]), df)
	}
}

func (a *analysis) names() string {
	names := make([]string, len(a.bodies))
	for i := range names {
		names[i] = a.name(i)
	}
	return strings.Join(names, ", ")
}

func chiSquared(null string, deviance float64, df int) *Test {
	deviance = math.Max(0, deviance)
	return &Test{Null: null, Deviance: deviance, DF: df, P: distuv.ChiSquared{K: float64(df)}.Survival(deviance)}
}

// endless is the share of the values of draws that are infinite, and two standard errors of its mean over the draws.
func endless(draws [][]float64) float64 {
	n, sum, squares := 0.0, 0.0, 0.0
	for _, values := range draws {
		if len(values) == 0 {
			continue
		}
		infinite := 0.0
		for _, v := range values {
			if math.IsInf(v, 1) {
				infinite++
			}
		}
		share := infinite / float64(len(values))
		n, sum, squares = n+1, sum+share, squares+share*share
	}
	if n < 2 {
		return sum
	}
	mean := sum / n
	return mean + 2*math.Sqrt(math.Max(0, squares/n-mean*mean)/(n-1))
}

// mostFailed is the share of draws without an estimate from which on a row has no interval.
const mostFailed = 0.05

// mix makes the intervals: for every draw the curve of each model gives as many values, evenly over its law.
func (a *analysis) mix(ctx context.Context, models []model, r *Result) error {
	draws := a.draws()
	r.Mixture = draws
	each := max(41, mixtureValues/draws|1) // odd: of one draw alone the middle one is the most likely number
	values := make([][][]float64, len(models))
	for i := range values {
		values[i] = make([][]float64, draws)
	}
	err := resample.Each(ctx, draws, a.o.Workers, func(d int) error {
		x := a.means()
		if draws > 1 {
			x = a.draw(d)
		}
		n := float64(x.table.Observed())
		// Levels evenly apart, and shifted from draw to draw, so that draws that agree fill each other's gaps.
		_, shift := math.Modf(0.5 + float64(d)*(math.Sqrt(5)-1)/2)
		z := make([]float64, each)
		for i := range z {
			z[i] = distuv.UnitNormal.Quantile((float64(i) + shift) / float64(each))
		}
		for i, m := range models {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			c, _, err := a.curve(m, x, false)
			if err != nil {
				if _, ok := err.(*estimators.Refusal); ok {
					continue
				}
				return err
			}
			if c.ending == flat || c.ending == nowhere {
				continue
			}
			for _, q := range z {
				values[i][d] = append(values[i][d], n+c.hidden(q))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range models {
		row := &models[i].row
		m := resample.NewMixture(values[i])
		row.Failed = m.Empty()
		if row.Reason != nil && row.Reason.Code != "unbounded" {
			continue
		}
		if float64(m.Empty()) > mostFailed*float64(draws) {
			row.Reason = estimators.Refuse("not-identifiable", "%d of %d draws of linkages and rates of answers have no estimate", m.Empty(), draws)
			continue
		}
		middle := m.Quantile(0.5)
		lower, upper := m.Interval(a.o.Level)
		// Whether there is a limit must not hang on which rates happened to be drawn: all but a tail of the law must have a number beyond the
		// error of the draws, and the likelihood in which the rates are parameters must have a limit as well.
		endless := endless(values[i])
		if row.Likeliest.Unbounded || endless > (1-a.o.Level)/2 {
			upper = math.Inf(1)
		}
		if row.Reason != nil || endless > (1-determined)/2 {
			if row.Reason == nil {
				row.Reason = estimators.Refuse("unbounded", "the likelihood is flat towards any number of people, however large: with the rates of wrong answers in doubt even an interval of %.0f%% has no upper limit, for what visitors said could mostly be mistakes", 100*determined)
			}
			if !math.IsInf(lower, 1) {
				row.Population = limits(0, lower, upper)
			}
			continue
		}
		row.Population = limits(middle, lower, upper)
		row.Hidden = math.Max(0, middle-a.observed)
	}
	return nil
}
