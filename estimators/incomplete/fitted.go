package incomplete

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// starts is how many random starts there are besides the even one when rows are incomplete.
const starts = 4

// A Cell is one of the complete table at the fit.
type Cell struct {
	Pattern  estimators.Pattern // the lists people in it are on, or by design would be on
	Levels   []string           // of all covariates
	Expected float64            // the people seen who are in it, given what was seen: the completed count
	Fitted   float64            // the mean
	Hidden   bool               // nobody can have seen these people
}

// A Fit is a model at its maximum likelihood estimate. Immutable.
type Fit struct {
	Model        string // in brackets
	Coefficients []estimators.Coefficient
	LogLik       float64 // Poisson, of the rows, with constants; what is recorded is taken as recorded at random within a pattern, in the shares met
	Observed     int64
	Population   float64
	Hidden       float64
	SE           float64 // of Population, the people there are being fixed
	SEPoisson    float64 // their number being Poisson
	// Lesser are the numbers of people at other maxima of the likelihood, which fit less well.
	Lesser []float64

	p         *problem
	whole     span
	state     *fitter
	covarying [][]float64 // the covariance of the columns in use
}

// Fit fits the model to a table, of which each cell is people with a pattern and the levels of covariates, "" where they are not recorded. A nil model
// is [Pairs]. It returns a [*estimators.Refusal] when there is no estimate: empty-table; too-few-lists; no-overlap; impossible-patterns; too-large; not-identifiable, with the terms that
// are not determined; no-mle, with the cells that let a hidden one run to infinity; not-converged. Any other error is a model or
// an odds ratio that does not suit the table.
func (o Incomplete) Fit(ctx context.Context, t *estimators.Table) (*Fit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m := o.Model
	if m == nil {
		pairs, err := Pairs(ctx, t, o.Absence)
		if err != nil {
			return nil, err
		}
		m = &pairs
	}
	p, err := newProblem(t, *m, o.Absence, o.OddsRatios)
	if err != nil {
		return nil, err
	}
	if err := p.penalise(o.Ridge); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(t.Cells(), func(c estimators.Cell) bool { return c.Count > 0 && c.Pattern.Size() > 1 }) {
		return nil, estimators.Refuse("no-overlap", "nobody is on two lists")
	}
	whole, err := p.undetermined()
	if err != nil {
		return nil, err
	}
	return p.fit(ctx, whole)
}

// fit goes up from several starts and takes the highest maximum.
func (p *problem) fit(ctx context.Context, whole span) (*Fit, error) {
	type end struct {
		state  *fitter
		logLik float64
		n      float64
	}
	var ends []end
	var failure error
	tries := 1
	if p.incomplete() {
		tries += starts
	}
	for i := range tries {
		rng := resample.Stream(1, uint64(i))
		weight := func(int) float64 { return 1 }
		if i > 0 {
			weight = func(int) float64 { return rng.ExpFloat64() }
			drawn := make([]float64, len(p.cells))
			for c := range drawn {
				drawn[c] = weight(c)
			}
			weight = func(c int) float64 { return drawn[c] }
		}
		s := newFitter(p)
		ll, err := s.climb(ctx, whole, weight, 5)
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			if failure == nil {
				failure = err
			}
			continue
		case err != nil:
			return nil, err
		}
		ends = append(ends, end{s, ll, s.population()})
	}
	if len(ends) == 0 {
		return nil, failure
	}
	best := ends[0]
	slack := func(a end) float64 { return 1e-7 + 1e-12*math.Abs(a.logLik) }
	for _, e := range ends[1:] {
		if e.logLik > best.logLik+slack(best) {
			best = e
		}
	}
	var lesser []float64
	for _, e := range ends {
		if math.Abs(e.n-best.n) <= 1e-5*best.n {
			continue
		}
		if e.logLik >= best.logLik-slack(best) {
			return nil, estimators.Refuse("not-identifiable", "the model fits equally well with %s and with %s people", estimators.People(math.Min(e.n, best.n)), estimators.People(math.Max(e.n, best.n)))
		}
		if !slices.ContainsFunc(lesser, func(n float64) bool { return math.Abs(e.n-n) <= 1e-3*n }) {
			lesser = append(lesser, e.n)
		}
	}
	slices.Sort(lesser)
	return p.fitted(whole, best.state, best.logLik+best.state.held(best.state.beta), lesser), nil
}

// shares are, of each row, the part of the people with its pattern of whom the same is recorded, or would be where nobody has the pattern.
func (p *problem) shares(counts []float64) []float64 {
	type kind struct {
		pattern estimators.Pattern
		known   uint64
	}
	people := map[kind]float64{}
	all := map[estimators.Pattern]float64{}
	for i, r := range p.rows {
		people[kind{r.pattern, r.known}] += counts[i]
		all[r.pattern] += counts[i]
	}
	least := map[estimators.Pattern]uint64{}
	for _, r := range p.rows {
		if known, ok := least[r.pattern]; !ok || r.known < known {
			least[r.pattern] = r.known
		}
	}
	out := make([]float64, len(p.rows))
	for i, r := range p.rows {
		switch {
		case all[r.pattern] > 0:
			out[i] = people[kind{r.pattern, r.known}] / all[r.pattern]
		case r.known == least[r.pattern]:
			out[i] = 1
		}
	}
	return out
}

// population is Σ μ, from the people seen and the hidden cells.
func (f *fitter) population() float64 { return f.seen() + f.hidden() }

func (f *fitter) seen() float64 {
	n := 0.0
	for _, c := range f.counts {
		n += c
	}
	return n
}

func (f *fitter) hidden() float64 {
	n := 0.0
	for i := range f.p.cells {
		if f.p.cells[i].seen == 0 {
			n += f.mu[i]
		}
	}
	return n
}

// fitted is the result at the maximum where s stands, its information factorised.
func (p *problem) fitted(whole span, s *fitter, logLik float64, lesser []float64) *Fit {
	f := &Fit{Model: write(p.terms, p.variables), LogLik: logLik, Observed: p.table.Observed(), Lesser: lesser, p: p, whole: whole, state: s}
	shares := p.shares(s.counts)
	for i, n := range s.counts {
		if n > 0 {
			g, _ := math.Lgamma(n + 1)
			f.LogLik += n*math.Log(shares[i]) - g
		}
	}
	s.complete()
	s.information(0)
	n := len(s.live)
	f.covarying = make([][]float64, n)
	for a := range n {
		unit := make([]float64, n)
		unit[a] = 1
		f.covarying[a] = make([]float64, n)
		s.solve(f.covarying[a], unit)
	}
	f.Hidden = s.hidden()
	f.Population = p.total + f.Hidden
	all := f.stratum(func(*cell) bool { return true })
	f.SE, f.SEPoisson = math.Sqrt(all.variance), math.Sqrt(all.variance+f.Population)
	f.coefficients()
	return f
}

// coefficients are those that the cells kept determine, and those at −∞.
func (f *Fit) coefficients() {
	s := f.state
	open := make([]bool, len(f.p.columns))
	for _, null := range s.face.span.null {
		for j, v := range null {
			open[j] = open[j] || math.Abs(v) > 1e-6
		}
	}
	holds := make([]bool, len(f.p.columns))
	for i := range f.p.cells {
		if s.kept[i] {
			for _, j := range f.p.cells[i].columns {
				holds[j] = true
			}
		}
	}
	for j, name := range f.p.columns {
		switch a := s.at[j]; {
		case !open[j] && a >= 0:
			f.Coefficients = append(f.Coefficients, estimators.Coefficient{Name: name, Estimate: s.beta[a], SE: math.Sqrt(f.covarying[a][a])})
		case !holds[j] && slices.ContainsFunc(s.face.removed, func(i int) bool { return slices.Contains(f.p.cells[i].columns, int32(j)) }):
			f.Coefficients = append(f.Coefficients, estimators.Coefficient{Name: name, Estimate: math.Inf(-1)})
		}
	}
}

// Parameters counts the columns that the cells that can be seen tell apart, and how many of them are at −∞.
func (f *Fit) Parameters() (all, infinite int) {
	return len(f.whole.live), len(f.whole.live) - len(f.state.live)
}

// Cells returns the complete table, by levels and then by pattern; cells impossible by design are left out.
func (f *Fit) Cells() []Cell {
	var out []Cell
	for i := range f.p.cells {
		c := &f.p.cells[i]
		if c.impossible {
			continue
		}
		levels := make([]string, len(c.levels))
		for j, l := range c.levels {
			levels[j] = f.p.covariates[j].Levels[l]
		}
		out = append(out, Cell{Pattern: c.pattern, Levels: levels, Expected: f.state.full[i], Fitted: f.state.mu[i], Hidden: c.seen == 0})
	}
	return out
}

// A Stratum is the estimated number of people at certain levels of covariates.
type Stratum struct {
	Labels     []estimators.Label
	Recorded   int64   // people seen whose levels are recorded to be these
	Unrecorded float64 // people seen whose levels are not all recorded, expected to be these
	Hidden     float64
	Population float64 // the sum of the three
	// SE is that of the number of people of the stratum there are, which is fixed: the doubt about those not seen and those whose level was not recorded.
	SE float64
	// SEPoisson is that of the mean of a Poisson number of people: in a repetition there would be others.
	SEPoisson float64

	variance float64
	gradient []float64
}

// stratum adds up the cells of a part of the complete table. The variance of the estimate, given the people there are, is
//
//	Σ_r n_r·π_r(1 − π_r) + n0 + D'VD,
//
// with π_r the share of row r that is in the stratum, n0 its hidden people, V the covariance of the coefficients and D the derivative by them of
// Σ_r n_r·π_r + n0. It is that of the mean less the mean, G'VG − N with G = ∂N/∂β, when the model has the stratum as a margin; it is never negative.
func (f *Fit) stratum(in func(*cell) bool) Stratum {
	s, p := f.state, f.p
	out := Stratum{gradient: make([]float64, len(s.live))}
	add := func(i int, v float64) {
		for _, j := range p.cells[i].columns {
			if a := s.at[j]; a >= 0 {
				out.gradient[a] += v
			}
		}
	}
	for i := range p.rows {
		r := &p.rows[i]
		if s.counts[i] == 0 {
			continue
		}
		inside := 0
		share := 0.0
		for _, c := range r.cells {
			if in(&p.cells[c]) {
				inside++
				share += s.mu[c] / s.sum[i]
			}
		}
		switch inside {
		case 0:
		case len(r.cells):
			out.Recorded += int64(s.counts[i])
		default:
			share = math.Min(share, 1)
			out.Unrecorded += s.counts[i] * share
			out.variance += s.counts[i] * share * (1 - share)
			for _, c := range r.cells {
				weight := s.counts[i] * s.mu[c] / s.sum[i]
				if in(&p.cells[c]) {
					add(int(c), weight*(1-share))
				} else {
					add(int(c), -weight*share)
				}
			}
		}
	}
	for i := range p.cells {
		if c := &p.cells[i]; c.seen == 0 && s.kept[i] && in(c) {
			out.Hidden += s.mu[i]
			out.variance += s.mu[i]
			add(i, s.mu[i])
		}
	}
	out.variance += quadratic(out.gradient, f.covarying, out.gradient)
	out.Population = float64(out.Recorded) + out.Unrecorded + out.Hidden
	out.SE, out.SEPoisson = math.Sqrt(out.variance), math.Sqrt(out.variance+out.Population)
	return out
}

func quadratic(a []float64, v [][]float64, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		if x == 0 {
			continue
		}
		for j, y := range b {
			sum += x * v[i][j] * y
		}
	}
	return sum
}

// Strata are the numbers of people by the levels of covariates, which the model must have as a term together; they add up to the
// population. The covariance is that of the part that the coefficients are uncertain of, with SE² on the diagonal.
func (f *Fit) Strata(by ...string) (strata []Stratum, covariance [][]float64, err error) {
	at, err := f.p.margin(by)
	if err != nil {
		return nil, nil, err
	}
	for _, levels := range f.p.combinations(at) {
		s := f.stratum(func(c *cell) bool { return matches(c, at, levels) })
		for i, j := range at {
			s.Labels = append(s.Labels, estimators.Label{Name: f.p.covariates[j].Name, Level: f.p.covariates[j].Levels[levels[i]]})
		}
		strata = append(strata, s)
	}
	// Rows whose people are in several strata tie these together beyond the coefficients: multinomial.
	covariance = make([][]float64, len(strata))
	for a := range strata {
		covariance[a] = make([]float64, len(strata))
		for b := range a {
			v := quadratic(strata[a].gradient, f.covarying, strata[b].gradient)
			covariance[a][b], covariance[b][a] = v, v
		}
		covariance[a][a] = strata[a].variance
	}
	s := f.state
	index := f.p.strata(at)
	shares := make([]float64, len(strata))
	for i := range f.p.rows {
		r := &f.p.rows[i]
		if s.counts[i] == 0 || len(r.cells) == 1 {
			continue
		}
		clear(shares)
		for _, c := range r.cells {
			shares[index[c]] += s.mu[c] / s.sum[i]
		}
		for a := range shares {
			for b := range a {
				v := s.counts[i] * shares[a] * shares[b]
				covariance[a][b] -= v
				covariance[b][a] -= v
			}
		}
	}
	return strata, covariance, nil
}

// margin finds covariates, and demands that the model has their product.
func (p *problem) margin(by []string) (at []int, err error) {
	var t term
	for i, name := range by {
		j := slices.IndexFunc(p.covariates, func(c estimators.Covariate) bool { return c.Name == name })
		switch {
		case j < 0:
			return nil, fmt.Errorf("there is no covariate %q", name)
		case slices.Contains(by[:i], name):
			return nil, fmt.Errorf("the covariate %s is named twice", name)
		}
		at = append(at, j)
		t |= 1 << uint(p.table.K()+j)
	}
	if len(by) > 0 && !slices.Contains(p.terms, t) {
		return nil, fmt.Errorf("the model has no term %s, without which it says nothing about their combinations: add it", strings.Join(by, "*"))
	}
	return at, nil
}

// combinations are the levels of covariates, the last one fastest.
func (p *problem) combinations(at []int) [][]int {
	out := [][]int{nil}
	for _, j := range at {
		var next [][]int
		for _, levels := range out {
			for l := range p.covariates[j].Levels {
				next = append(next, append(slices.Clone(levels), l))
			}
		}
		out = next
	}
	return out
}

func matches(c *cell, at, levels []int) bool {
	for i, j := range at {
		if c.levels[j] != levels[i] {
			return false
		}
	}
	return true
}

// strata gives each cell the place of its combination of levels.
func (p *problem) strata(at []int) []int {
	out := make([]int, len(p.cells))
	for i := range p.cells {
		for _, j := range at {
			out[i] = out[i]*len(p.covariates[j].Levels) + p.cells[i].levels[j]
		}
	}
	return out
}
