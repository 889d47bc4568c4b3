package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
)

// Constants of EM.
const (
	emPrior        = 40.0  // matches that the starting values of m are worth; with fewer EM takes what chance made alike for what a handful of matches look like
	emPriorU       = 0.5   // added to every level of u
	emIdle         = 1e-11 // a pattern whose odds of a match are below this is left out until the next look
	emLook         = 20    // iterations between looks at all patterns
	emStep         = 1e-7  // change of m and of log λ at the end
	emDistance     = 1e-5  // what is left to go at the end, by the rate of convergence
	emLimit        = 5000
	emFall         = 1e-9            // relative fall of the penalised log-likelihood that is rounding
	emOptimum      = 1e-6            // relative difference of log-likelihoods, and
	emDiffers      = 0.05            // of the number of matches, from which optima differ
	emFewest       = 20.0            // expected matches of a pair of registers below which there is a warning
	emNone         = 5.0             // and below which a register overlaps with no other
	emFields       = 3               // informative fields that two classes need to be told apart
	emBit          = 0.1             // log2 of m/u below which a level says nothing
	emUntrained    = 1.0             // expected matches on a level
	emDependent    = 50.0            // log-likelihood that a dependence must explain
	emInformation  = 0.02 * math.Ln2 // of two fields, above which there is a warning
	emRounds       = 4               // of finding dependences
	emDiffer       = 0.5             // share of the matches in which a field that says who somebody is may differ
	emDifferStrict = 0.25            // and where pairs that are not matches, such as brothers and sisters, were found in their place
	emAgree        = 0.7             // share of what would be matches in which a field must agree to be named as one that does
	emMerge        = 1.0             // bits by which the order of levels may be violated
)

var emStarts = []float64{0.3, 0.05, 0.8}

// A Fit says how EM ended.
type Fit struct {
	// Converged: m and λ stand still, and the rate at which they came to rest leaves nothing worth naming to go.
	Converged     bool
	Iterations    int
	LogLikelihood float64 // penalised, without constants
	Optima        []Optimum
	Warnings      []estimators.Warning
	Patterns      []PatternCount
	Dependences   []FieldDependence // of every two fields
	Plan          *Plan
}

// An Optimum is where EM came to rest from one start.
type Optimum struct {
	Start         float64 // share of the smaller register in the larger that it started from
	LogLikelihood float64
	Matches       []float64 // by pair type
	Converged     bool
	Rejected      string // why it is no answer; "" when it could be
}

// A PatternCount says how many compared pairs have a pattern.
type PatternCount struct {
	Pattern Pattern
	Type    int
	Count   int64
}

// emData is what EM learns from.
type emData struct {
	slots  []patternSlot
	types  []PairType
	most   []float64 // matches there can be of each type, when no register has duplicates
	rows   []emRow
	names  []string // of the registers
	within bool     // duplicates are searched
	// of blocked data:
	rules   [][]uint8   // by rule and slot: the levels that satisfy it, as bits; nil when all pairs were compared
	missing [][]float64 // by type and slot
	random  []emRow     // pairs taken at random
	exact   [][]float64 // by slot: u, where it is known exactly; nil
}

type emRow struct {
	pattern Pattern
	typ     int32
	count   float64
}

// emState holds the parameters.
type emState struct {
	m, u   [][]float64
	lambda []float64
}

// fitter runs EM from one start.
type fitter struct {
	d        *emData
	totals   [][]float64   // counts by slot and level, over all rows
	joint    [][64]float64 // by slot: counts by level of its parent and its own
	seen     []float64     // rows by type
	active   []int32
	state    *emState
	on       []int         // by slot: the field on which it depends among non-matches; −1
	cond     [][64]float64 // u by slot, level of its parent, and level
	logM     []float64     // by slot and level
	logU     [][64]float64
	w        [][]float64
	w2       [][64]float64
	links    []float64
	centre   [][]float64 // by slot: levels among all pairs; one such pair is the prior of u
	m0       [][]float64 // by slot: levels among pairs of one person; emPrior of them are the prior of m
	free     bool        // u is learnt from all pairs
	fixed    bool        // m and u stand: only λ is learnt
	strict   bool        // matches must say who somebody is better than usual, for others were found that do not
	families []string    // the fields that agree in those
}

func newFitter(d *emData, on []int) *fitter {
	f := &fitter{d: d, free: d.rules == nil, on: on}
	n := len(d.slots)
	f.seen = make([]float64, len(d.types))
	f.joint, f.w2, f.cond, f.logU = make([][64]float64, n), make([][64]float64, n), make([][64]float64, n), make([][64]float64, n)
	for range d.slots {
		f.totals = append(f.totals, make([]float64, 8))
		f.w = append(f.w, make([]float64, 8))
	}
	rows := d.rows
	for _, row := range rows {
		f.seen[row.typ] += row.count
		for s, p := 0, row.pattern; s < n; s, p = s+1, p>>3 {
			f.totals[s][p&7] += row.count
			f.joint[s][f.parent(row.pattern, s)|int(p&7)] += row.count
		}
	}
	if !f.free {
		f.joint = make([][64]float64, n)
		for _, row := range d.random {
			for s := range n {
				f.joint[s][f.parent(row.pattern, s)|row.pattern.Level(s)] += row.count
			}
		}
		for s := range n {
			f.calibrate(s)
		}
	}
	for s, slot := range d.slots {
		centre := make([]float64, len(slot.m0))
		total := 0.0
		for at, c := range f.joint[s] {
			if l := at & 7; l < len(centre) {
				centre[l] += c
				total += c
			}
		}
		for l := range centre {
			centre[l] = (centre[l] + emPriorU) / (total + emPriorU*float64(len(centre)))
		}
		f.centre = append(f.centre, centre)
		f.m0 = append(f.m0, slot.expected(centre[0]))
	}
	f.logM = make([]float64, 8*n)
	f.links = make([]float64, len(d.types))
	return f
}

// expected is how often pairs of one person have the levels, before they speak: at least as often equal as all pairs are. A field that
// hardly differs between persons has hardly room for errors either, and one that never differs says nothing.
func (s *patternSlot) expected(equal float64) []float64 {
	m0 := slices.Clone(s.m0)
	if s.frequency || equal <= m0[0] {
		return m0
	}
	for l := range m0 {
		m0[l] *= (1 - equal) / (1 - s.m0[0])
	}
	m0[0] = equal
	return m0
}

// calibrate gives the levels of a slot among random pairs the frequencies that are known exactly, as they are spread over the levels of
// its parent at random.
func (f *fitter) calibrate(s int) {
	exact := f.d.exact[s]
	if exact == nil {
		return
	}
	joint := &f.joint[s]
	var parents [8]float64
	total := 0.0
	for at, c := range joint {
		if at&7 < len(exact) {
			parents[at>>3] += c
			total += c
		}
	}
	if total == 0 {
		return
	}
	for l, u := range exact {
		level := 1.0
		for q := range 8 {
			level += joint[q<<3|l]
		}
		for q := range 8 {
			joint[q<<3|l] = u * total * (joint[q<<3|l] + parents[q]/total) / level
		}
	}
}

// parent is the level of the field that slot s depends on, times eight; that of a missing one when it depends on none.
func (f *fitter) parent(p Pattern, s int) int {
	if f.on[s] < 0 {
		return Missing << 3
	}
	return p.Level(f.on[s]) << 3
}

// start sets the parameters to their starting values.
func (f *fitter) start(share float64) {
	f.state = &emState{lambda: make([]float64, len(f.d.types))}
	for t, p := range f.d.types {
		f.state.lambda[t] = min(.4, share*f.d.most[t]/float64(max(1, p.Possible)))
	}
	for s, slot := range f.d.slots {
		f.state.m = append(f.state.m, slices.Clone(f.m0[s]))
		f.state.u = append(f.state.u, make([]float64, len(slot.m0)))
	}
	f.setU(0)
}

// setU estimates u from the counts that are not of matches; overall is the share of matches among all pairs. It returns the log of the prior.
func (f *fitter) setU(overall float64) {
	for s, slot := range f.d.slots {
		k := len(slot.m0)
		var left [64]float64
		var known [2]float64 // pairs in which the field is known, and its parent is not, or is
		for at, c := range f.joint[s] {
			if at&7 < k {
				known[min(1, Missing-at>>3)] += c
			}
		}
		total := 0.0
		for at, c := range f.joint[s] {
			if at&7 >= k || c == 0 {
				continue
			}
			if f.free {
				left[at] = max(0, c-f.w2[s][at])
			} else {
				m := f.state.m[s][at&7]
				if q := f.on[s]; q >= 0 && at>>3 < len(f.state.m[q]) {
					m *= f.state.m[q][at>>3]
				}
				left[at] = max(c-overall*m*known[min(1, Missing-at>>3)], c*1e-3)
			}
			total += left[at]
		}
		u := f.state.u[s]
		clear(u)
		for at, c := range left {
			if at&7 < k {
				u[at&7] += c
			}
		}
		for l := range u {
			u[l] = (u[l] + emPriorU) / (total + emPriorU*float64(k))
		}
		for q := range 8 {
			sum := 0.0
			for l := range k {
				sum += left[q<<3|l]
			}
			for l := range k {
				f.cond[s][q<<3|l] = (left[q<<3|l] + f.centre[s][l]) / (sum + 1)
			}
		}
	}
}

func (f *fitter) tables() {
	for s := range f.d.slots {
		for l, m := range f.state.m[s] {
			f.logM[8*s+l] = math.Log(m)
		}
		k := len(f.state.m[s])
		for at := range f.logU[s] {
			if at&7 < k {
				f.logU[s][at] = math.Log(f.cond[s][at])
			}
		}
	}
}

func (f *fitter) ratio(p Pattern) float64 {
	sum := 0.0
	for s, q := 0, p; s < len(f.on); s, q = s+1, q>>3 {
		l := int(q & 7)
		at := Missing<<3 | l
		if f.on[s] >= 0 {
			at = int(p>>(3*f.on[s])&7)<<3 | l
		}
		sum += f.logM[8*s+l] - f.logU[s][at]
	}
	return sum
}

func (f *fitter) look() {
	f.active = f.active[:0]
	prior := f.priorOdds()
	least := math.Log(emIdle)
	for i, row := range f.d.rows {
		if f.ratio(row.pattern)+prior[row.typ] > least {
			f.active = append(f.active, int32(i))
		}
	}
}

func (f *fitter) priorOdds() []float64 {
	out := make([]float64, len(f.state.lambda))
	for t, l := range f.state.lambda {
		out[t] = math.Log(l) - math.Log1p(-l)
	}
	return out
}

// step is one iteration: it returns the penalised log-likelihood at the old parameters and the largest change.
func (f *fitter) step() (loglik, change float64) {
	d, state := f.d, f.state
	prior := f.priorOdds()
	for s := range f.w {
		clear(f.w[s])
		clear(f.w2[s][:])
	}
	clear(f.links)
	for _, i := range f.active {
		row := &d.rows[i]
		odds := math.Exp(min(700, f.ratio(row.pattern)+prior[row.typ]))
		w := row.count * odds / (1 + odds)
		loglik += row.count * math.Log1p(odds)
		f.links[row.typ] += w
		for s, p := 0, row.pattern; s < len(f.w); s, p = s+1, p>>3 {
			f.w[s][p&7] += w
			f.w2[s][f.parent(row.pattern, s)|int(p&7)] += w
		}
	}
	for t := range d.types {
		loglik += f.seen[t] * math.Log1p(-state.lambda[t])
	}
	for s := range d.slots {
		for l := range state.m[s] {
			loglik += emPrior * f.m0[s][l] * math.Log(state.m[s][l])
		}
		for at, c := range f.joint[s] {
			if at&7 < len(state.m[s]) {
				loglik += (c + f.centre[s][at&7]) * f.logU[s][at]
			}
		}
	}
	if d.rules != nil {
		for t, p := range d.types {
			away := newAway(d, state.m, t)
			unseen := float64(p.Possible) - f.seen[t]
			if unseen <= 0 {
				continue
			}
			odds := math.Exp(prior[t]) * away.share
			missed := unseen * odds / (1 + odds)
			loglik += unseen * (math.Log1p(-state.lambda[t]) + math.Log1p(odds))
			f.links[t] += missed
			for s := range d.slots {
				away.spread(s, missed, f.w[s])
			}
		}
	}
	matches, possible := 0.0, 0.0
	for t, p := range d.types {
		if p.Possible == 0 {
			continue
		}
		// No λ is zero, and none above a half.
		l := min(.5, max(f.links[t], 1e-9)/float64(p.Possible))
		change = max(change, min(1, max(f.links[t], state.lambda[t]*float64(p.Possible)))*math.Abs(math.Log(l/state.lambda[t])))
		state.lambda[t] = l
		matches += f.links[t]
		possible += float64(p.Possible)
	}
	if f.fixed {
		return loglik, change
	}
	for s := range d.slots {
		total := 0.0
		m := state.m[s]
		for l := range m {
			total += emPrior*f.m0[s][l] + f.w[s][l]
		}
		for l := range m {
			x := (emPrior*f.m0[s][l] + f.w[s][l]) / total
			change = max(change, math.Abs(x-m[l]))
			m[l] = x
		}
	}
	f.setU(matches / max(1, possible))
	f.tables()
	return loglik, change
}

// fieldEdge is how much two fields hang together in pairs of two persons: their mutual information, in nats.
type fieldEdge struct {
	a, b int
	mi   float64
}

// dependent are the pairs of fields that depend on each other, in what the matches of the last fit leave, the most dependent first.
func (f *fitter) dependent() []fieldEdge {
	d := f.d
	var main []int
	for s, slot := range d.slots {
		if !slot.frequency {
			main = append(main, s)
		}
	}
	var joint [MaxFields][MaxFields][64]float64
	rows := d.rows
	if !f.free {
		rows = d.random
	}
	prior := []float64(nil)
	if f.state != nil {
		prior = f.priorOdds()
	}
	for _, row := range rows {
		c := row.count
		if prior != nil && f.free {
			c /= 1 + math.Exp(min(700, f.ratio(row.pattern)+prior[row.typ]))
		}
		for x, a := range main {
			la := row.pattern.Level(a)
			for _, b := range main[x+1:] {
				joint[a][b][la<<3|row.pattern.Level(b)] += c
			}
		}
	}
	var edges []fieldEdge
	for x, a := range main {
		for _, b := range main[x+1:] {
			var ra, rb [8]float64
			total := 0.0
			for at, c := range joint[a][b] {
				if at>>3 < Missing && at&7 < Missing {
					ra[at>>3] += c
					rb[at&7] += c
					total += c
				}
			}
			sum := 0.0
			for at, c := range joint[a][b] {
				if at>>3 < Missing && at&7 < Missing && c > 0 {
					sum += c * math.Log(c*total/(ra[at>>3]*rb[at&7]))
				}
			}
			if sum > emDependent {
				edges = append(edges, fieldEdge{a, b, sum / total})
			}
		}
	}
	slices.SortStableFunc(edges, func(x, y fieldEdge) int { return cmp.Compare(y.mi, x.mi) })
	return edges
}

// forest joins the fields that depend most on each other to trees (Chow and Liu 1968), and returns for each slot the one it
// depends on, −1 for none. Three groups of fields stay independent of each other, for without them two classes are not identified
// (Allman, Matias and Rhodes 2009).
func (f *fitter) forest() []int {
	n := len(f.d.slots)
	var main []int
	for s, slot := range f.d.slots {
		if !slot.frequency {
			main = append(main, s)
		}
	}
	edges := f.dependent()
	group := make([]int, n)
	for s := range group {
		group[s] = s
	}
	neighbours := make([][]int, n)
	groups := len(main)
	for _, e := range edges {
		if groups <= emFields {
			break
		}
		ga, gb := group[e.a], group[e.b]
		if ga == gb {
			continue
		}
		for s := range group {
			if group[s] == gb {
				group[s] = ga
			}
		}
		neighbours[e.a] = append(neighbours[e.a], e.b)
		neighbours[e.b] = append(neighbours[e.b], e.a)
		groups--
	}
	on := slices.Repeat([]int{-1}, n)
	done := make([]bool, n)
	var hang func(s int)
	hang = func(s int) {
		done[s] = true
		for _, b := range neighbours[s] {
			if !done[b] {
				on[b] = s
				hang(b)
			}
		}
	}
	for _, s := range main {
		if !done[s] {
			hang(s)
		}
	}
	// People of one household have a rare name in common more often than two strangers of the same name: how frequent a value is follows the field
	// that the value depends on most.
	for s, slot := range f.d.slots {
		if slot.frequency && len(neighbours[slot.column]) > 0 {
			on[s] = neighbours[slot.column][0]
		}
	}
	return on
}

// run iterates to the end.
func (f *fitter) run(ctx context.Context) (Optimum, int, error) {
	var o Optimum
	f.tables()
	last, lastChange, fell := math.Inf(-1), 1.0, false
	for k := range emLimit {
		if k%emLook == 0 {
			if err := ctx.Err(); err != nil {
				return o, k, err
			}
			f.look()
		}
		loglik, change := f.step()
		// u follows the matches in blocked data, which is no step of EM: there the likelihood may fall by a hair.
		if f.free && loglik < last-emFall*math.Abs(last)-1e-9 && k%emLook != 0 {
			fell = true
		}
		last = loglik
		rate := min(change/lastChange, 0.99999)
		lastChange = change
		if change < emStep && change/(1-rate) < emDistance && k > 5 {
			o.Converged = !fell
			o.LogLikelihood = loglik
			f.finish(&o)
			return o, k + 1, nil
		}
	}
	o.LogLikelihood = last
	f.finish(&o)
	return o, emLimit, nil
}

func (f *fitter) finish(o *Optimum) {
	for t, p := range f.d.types {
		o.Matches = append(o.Matches, f.state.lambda[t]*float64(p.Possible))
	}
	o.Rejected = f.reject()
}

// reject says why the parameters cannot be of matches and non-matches.
func (f *fitter) reject() string {
	agree, n := 0.0, 0
	for s, slot := range f.d.slots {
		if slot.frequency {
			continue
		}
		known := 0.0
		for l := range slot.m0 {
			known += f.totals[s][l]
		}
		if known == 0 {
			continue
		}
		m, u := f.state.m[s], f.state.u[s]
		if m[0] < u[0] && u[0]-m[0] > .05 {
			return fmt.Sprintf("%s is equal more often in pairs of two persons", slot.name)
		}
		most := emDiffer
		if f.strict {
			most = emDifferStrict
		}
		if slot.identity && m[len(m)-1] > most {
			return fmt.Sprintf("%s differs in most of what would be matches", slot.name)
		}
		agree += 1 - m[len(m)-1]
		n++
	}
	if n > 0 && agree/float64(n) < .5 {
		return "most fields differ in what would be matches"
	}
	for t := range f.d.types {
		if f.state.lambda[t] >= .5 {
			return "more than half of all pairs would be matches"
		}
	}
	return ""
}

// agree are the fields that agree in most of what would be matches, whatever they are.
func (f *fitter) agree() []string {
	names := []string{}
	for s, slot := range f.d.slots {
		if m := f.state.m[s]; !slot.frequency && !slot.hidden && m[len(m)-1] < 1-emAgree {
			names = append(names, slot.name)
		}
	}
	return names
}

// fitEM fits the model from several starts and keeps the best that can be of matches. Pair types from which it cannot be learnt are judged by
// what the others teach.
func fitEM(ctx context.Context, d *emData) (*Model, error) {
	if err := informative(d); err != nil {
		return nil, err
	}
	common := d.common()
	keep := d.teaching(common)
	if err := informative(d.only(keep)); err != nil {
		keep = slices.Repeat([]bool{true}, len(d.types))
	}
	l, err := learn(ctx, d.only(keep))
	if err != nil {
		return nil, err
	}
	if l.best == nil {
		first := l
		if keep, l, err = d.learnable(ctx, keep); err != nil {
			return nil, err
		}
		if l == nil {
			return nil, first.refusal()
		}
	}
	if slices.Contains(keep, false) {
		if l.best, err = l.best.extend(ctx, d, common, keep); err != nil {
			return nil, err
		}
	}
	return l.best.model(l.fit, common, keep), nil
}

// learn runs EM from several starts.
func learn(ctx context.Context, d *emData) (*learnt, error) {
	l := &learnt{fit: Fit{LogLikelihood: math.Inf(-1)}}
	fit := &l.fit
	// try runs EM and keeps the best of what can be of matches.
	try := func(f *fitter, share float64) error {
		o, iterations, err := f.run(ctx)
		if err != nil {
			return err
		}
		o.Start = share
		fit.Optima = append(fit.Optima, o)
		if l.agree == nil {
			l.agree = f.agree()
		}
		if f.strict {
			f.families = l.agree
		}
		if o.Rejected == "" && (l.best == nil || o.LogLikelihood > fit.LogLikelihood+emFall*math.Abs(fit.LogLikelihood)) {
			l.best, fit.LogLikelihood, fit.Iterations, fit.Converged = f, o.LogLikelihood, iterations, o.Converged
		}
		return nil
	}
	// All fields independent.
	none := slices.Repeat([]int{-1}, len(d.slots))
	for _, share := range emStarts {
		f := newFitter(d, none)
		f.start(share)
		if err := try(f, share); err != nil {
			return nil, err
		}
	}
	// Fields that hang together, such as town and postcode, can pass for the two classes, and the matches go under. Then their
	// dependence is learnt too. It is not the first choice, for it also takes the matches of poor records, which err in
	// several fields, for dependence.
	first := newFitter(d, none).forest()
	on := first
	for round := 0; l.best == nil && round < emRounds && !slices.Equal(on, none); round++ {
		f := newFitter(d, on)
		f.start(emStarts[0])
		f.strict = true
		if err := try(f, emStarts[0]); err != nil {
			return nil, err
		}
		next := f.forest()
		if slices.Equal(next, on) {
			break
		}
		on = next
	}
	for _, share := range emStarts[1:] {
		if l.best != nil || slices.Equal(first, none) {
			break
		}
		f := newFitter(d, first)
		f.start(share)
		f.strict = true
		if err := try(f, share); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// informative refuses data whose fields cannot tell two classes apart.
func informative(d *emData) error {
	f := newFitter(d, slices.Repeat([]int{-1}, len(d.slots)))
	var names, same []string
	for s, slot := range d.slots {
		if slot.frequency {
			continue
		}
		levels := 0
		for l := range slot.m0 {
			if f.totals[s][l] > 0 {
				levels++
			}
		}
		switch {
		case levels > 1:
			names = append(names, slot.name)
		case levels == 1:
			same = append(same, slot.name+" (one level of agreement in all pairs)")
		default:
			same = append(same, slot.name+" (missing in one record or both of all pairs)")
		}
	}
	if len(names) >= emFields {
		return nil
	}
	what := "no field agrees in some of the compared pairs and differs in others"
	if len(names) > 0 {
		what = "only " + strings.Join(names, " and ") + map[bool]string{true: " agrees", false: " agree"}[len(names) == 1] + " in some of the compared pairs and " +
			map[bool]string{true: "differs", false: "differ"}[len(names) == 1] + " in others"
	}
	if len(same) > 0 {
		what += "; no help are " + strings.Join(same, ", ")
	}
	return estimators.Refuse("linkage-not-identified", "%s: %d such fields are needed to tell pairs of one person from others", what, emFields)
}

// model makes the result.
func (f *fitter) model(fit Fit, common [][]int, keep []bool) *Model {
	d := f.d
	model := &Model{Types: slices.Clone(d.types)}
	for t := range model.Types {
		model.Types[t].Lambda = f.state.lambda[t]
	}
	warn := func(code, format string, args ...any) {
		fit.Warnings = append(fit.Warnings, estimators.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if !fit.Converged {
		warn("linkage-not-converged", "EM did not come to rest within %d iterations", emLimit)
	}
	for _, o := range fit.Optima {
		if o.Rejected != "" || fit.LogLikelihood-o.LogLikelihood <= emOptimum*math.Abs(fit.LogLikelihood) {
			continue
		}
		for t, n := range o.Matches {
			if len(o.Matches) != len(d.types) { // of some pairs of registers only
				break
			}
			if here := f.state.lambda[t] * float64(d.types[t].Possible); math.Abs(n-here) > emDiffers*max(here, 1) {
				warn("several-optima", "from another start EM finds %.1f matches instead of %.1f, and fits less well", n, here)
				break
			}
		}
	}
	f.apart(common, keep, model.Types, func(lists []string, code, format string, args ...any) {
		warn(code, format, args...)
		fit.Warnings[len(fit.Warnings)-1].Lists = lists
	})
	f.fewMatches(model.Types, warn)
	for _, e := range f.dependent() {
		if e.mi > emInformation && f.on[e.a] != e.b && f.on[e.b] != e.a {
			warn("fields-dependent", "%s and %s hang together in pairs of two persons: mutual information %.3f bits", d.slots[e.a].name, d.slots[e.b].name, e.mi/math.Ln2)
		}
	}
	fit.Dependences = f.dependences()
	for s, slot := range d.slots {
		c := Comparison{Field: slot.name, Levels: slot.levels, M: f.state.m[s], U: f.state.u[s], Exact: slot.exact}
		c.Untrained = make([]bool, len(c.M))
		says := false
		for l := range c.M {
			c.Untrained[l] = f.w[s][l] < emUntrained
			says = says || math.Abs(math.Log2(c.M[l]/c.U[l])) >= emBit
		}
		if !slot.frequency && !says {
			warn("unknowing-field", "%s says nothing: its levels are as frequent in pairs of one person as in others", slot.name)
		}
		mergeLevels(&c, slot.apart)
		model.Comparisons = append(model.Comparisons, c)
	}
	if len(f.families) > 1 {
		warn("families-among-pairs", "pairs of two people agree together on %s about as often as matches do, as families: matches are told from them by the other fields, and how often fields of one person agree is held as EM found it", strings.Join(f.families, " and "))
	}
	for s, q := range f.on {
		if q < 0 {
			continue
		}
		dep := Dependence{Field: s, On: q, U: make([][]float64, Missing+1)}
		for l := range dep.U {
			dep.U[l] = slices.Clone(f.cond[s][l<<3 : l<<3+len(f.state.m[s])])
		}
		model.Dependent = append(model.Dependent, dep)
	}
	model.Fit = fit
	return model
}

// fewMatches warns of pairs of registers with few matches, and of registers with hardly any. Registers searched for
// duplicates may well have none.
func (f *fitter) fewMatches(types []PairType, warn func(code, format string, args ...any)) {
	if f.d.within {
		return
	}
	most := map[int]float64{}
	for t, p := range f.d.types {
		if types[t].Aside {
			continue
		}
		n := f.state.lambda[t] * float64(p.Possible)
		most[p.A], most[p.B] = max(most[p.A], n), max(most[p.B], n)
		if n < emFewest {
			warn("few-matches", "%s and %s: %.1f matches are expected", f.d.names[p.A], f.d.names[p.B], n)
		}
	}
	for a, name := range f.d.names {
		if n, ok := most[a]; ok && n < emNone {
			warn("register-alone", "%s: at most %.1f matches are expected with any other register", name, n)
		}
	}
}

// mergeLevels gives neighbours the same ratio m/u where a weaker agreement has a larger one, by more than emMerge bits: it
// pools adjacent violators, u as weights. Nearly always the weaker level is too rare to be known on its own. Levels
// that are something else than a weaker agreement (a day exchanged with the month) stand apart.
func mergeLevels(c *Comparison, apart []bool) {
	type pool struct {
		m, u   float64
		levels []int
	}
	var pools []pool
	for l := range c.M {
		if apart != nil && apart[l] {
			continue
		}
		pools = append(pools, pool{c.M[l], c.U[l], []int{l}})
		for k := len(pools) - 1; k > 0; k = len(pools) - 1 {
			a, b := pools[k-1], pools[k]
			if math.Log2(b.m/b.u)-math.Log2(a.m/a.u) <= emMerge {
				break
			}
			pools[k-1] = pool{a.m + b.m, a.u + b.u, append(a.levels, b.levels...)}
			pools = pools[:k]
		}
	}
	m := slices.Clone(c.M)
	for _, p := range pools {
		if len(p.levels) == 1 {
			continue
		}
		for _, l := range p.levels {
			m[l] = c.U[l] * p.m / p.u
		}
	}
	c.M = m
}

// away is the distribution of the patterns of matches that no blocking rule finds, by a recursion over fields on the set of rules
// that are still satisfied.
type away struct {
	d        *emData
	m        [][]float64
	missing  []float64
	fields   []int // slots that some rule asks for
	forward  [][]float64
	backward [][]float64
	share    float64
}

func newAway(d *emData, m [][]float64, typ int) *away {
	a := &away{d: d, m: m, missing: d.missing[typ]}
	for s := range d.slots {
		if slices.ContainsFunc(d.rules, func(r []uint8) bool { return r[s] != 0xff }) {
			a.fields = append(a.fields, s)
		}
	}
	states := 1 << len(d.rules)
	a.forward = append(a.forward, make([]float64, states))
	a.forward[0][states-1] = 1
	for k, s := range a.fields {
		next := make([]float64, states)
		for state, p := range a.forward[k] {
			if p > 0 {
				a.each(s, func(l int, q float64) { next[state&a.satisfied(s, l)] += p * q })
			}
		}
		a.forward = append(a.forward, next)
	}
	a.share = a.forward[len(a.fields)][0]
	a.backward = make([][]float64, len(a.fields)+1)
	a.backward[len(a.fields)] = make([]float64, states)
	a.backward[len(a.fields)][0] = 1
	for k := len(a.fields) - 1; k >= 0; k-- {
		a.backward[k] = make([]float64, states)
		for state := range states {
			a.each(a.fields[k], func(l int, q float64) {
				a.backward[k][state] += q * a.backward[k+1][state&a.satisfied(a.fields[k], l)]
			})
		}
	}
	return a
}

// each level of a slot with its probability in a match, missing included.
func (a *away) each(s int, f func(l int, p float64)) {
	for l, p := range a.m[s] {
		f(l, p*(1-a.missing[s]))
	}
	if a.missing[s] > 0 {
		f(Missing, a.missing[s])
	}
}

// satisfied are the rules that a level satisfies, as bits.
func (a *away) satisfied(s, l int) int {
	out := 0
	for r, levels := range a.d.rules {
		if levels[s]>>l&1 == 1 {
			out |= 1 << r
		}
	}
	return out
}

// spread adds the levels of a slot in so many matches that no rule finds.
func (a *away) spread(s int, matches float64, into []float64) {
	if slot := a.d.slots[s]; slot.hidden {
		matches *= 1 - a.m[slot.by][0]*(1-a.missing[slot.by])
	}
	k := slices.Index(a.fields, s)
	if k < 0 {
		if a.d.slots[s].frequency { // known when its field is equal
			return
		}
		a.each(s, func(l int, p float64) { into[l] += matches * p })
		return
	}
	if a.share <= 0 {
		return
	}
	a.each(s, func(l int, p float64) {
		sum := 0.0
		keep := a.satisfied(s, l)
		for state, q := range a.forward[k] {
			if q > 0 {
				sum += q * a.backward[k+1][state&keep]
			}
		}
		into[l] += matches * p * sum / a.share
	})
}
