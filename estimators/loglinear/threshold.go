package loglinear

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/chain"
	"darkfigure/internal/resample"
)

// ThresholdBayes estimates N by Bayesian thresholding of interactions (Silverman 2020, Journal of the Royal
// Statistical Society A 183:691, section 5).
//
// The intercept and the main effects have flat priors, every interaction a normal one with mean 0. The posterior of the
// model with all pairs of lists is sampled, and the pairs whose posterior mean is less than Threshold posterior standard
// deviations from zero are dropped. With MaxOrder 3 the interactions of three lists whose three pairs were all kept are then
// added, sampled and thresholded in the same way, the pairs staying in. The posterior of the model that is left, sampled anew, gives the answer.
//
// N is the number of people, n + n0, where n0 is drawn from the Poisson law with mean exp(β_∅) for every draw of
// the intercept β_∅. The estimate is its posterior median, and the credible interval has equal tails. Quantiles of
// n + exp(β_∅) alone, as in Silverman's program, leave out that Poisson variation; they differ when few are hidden.
//
// # When there is a posterior
//
// The posterior density is log-concave, and it is proper when it falls in every direction. Along a direction that changes an interaction
// with a normal prior it does, whatever the data. What is left are directions in the intercept and main effects alone, along
// which the likelihood behaves as that of independent lists: the posterior is proper exactly if the independence model
// has an ordinary maximum likelihood estimate that is determined (the criterion of Fienberg and Rinaldo 2012), whether or not the
// model with interactions has one. Otherwise the answer is a refusal, no-mle or not-identifiable. A list
// that holds nobody is such a case.
//
// E(exp(s·β_∅)) is finite for the same reason exactly if s is less than the number of repeats Σ n_i − n, when every
// pattern is possible: in the worst direction β_∅ grows and all main effects fall by as much, and n0 has the tail of a power law
// with that exponent. So N has a posterior standard deviation when there are three repeats or more. There is
// always a median, hence the choice.
//
// The zero value is Silverman's choice of prior, variance 1, and threshold, 2.
type ThresholdBayes struct {
	// As is the name the estimate goes by; "" is "threshold-bayes".
	As string
	// MaxOrder is 2 for pairs of lists, the default, or 3. The interaction of all lists is never considered.
	MaxOrder int
	// Threshold is the least ratio |mean|/sd of an interaction that is kept; 0 is 2, a negative value keeps all.
	Threshold float64
	// Variance is that of the prior of each interaction; 0 is 1.
	Variance float64
	// Flat gives the interactions flat priors too. Those whose lists share nobody are then at −∞ and stay in the model, and every
	// model that is sampled needs an extended maximum likelihood estimate that is determined; else there is a refusal.
	Flat bool
	// Chains is the number of chains, at least 2; 0 is 4.
	Chains int
	// Draws is the number of draws of each chain; 0 is 2,000. Up to four times as many are made when the chains do not agree yet
	// (R-hat above 1.01 or an effective sample size below 400 for any parameter), or when the Monte-Carlo error leaves open whether an
	// interaction is kept.
	Draws int
	// Seed sets the random streams; equal seeds give equal answers, whatever the order of the lists.
	Seed uint64
	// Workers is the number of goroutines; 0: as many as there are processors. It changes no answer.
	Workers int
	// Kind is the kind of interval: credible, also "".
	Kind estimators.IntervalKind
	// Levels of the intervals, the headline first; empty is 95 %.
	Levels []float64
}

var _ estimators.Estimator = ThresholdBayes{}

const (
	maxThresholdLists = 12 // the sampler visits all 2^k cells some 10⁵ times
	extension         = 4  // times as many draws, at most
	hopelessRHat      = 1.1
	hopelessESS       = 50
	unclear           = 3 // Monte-Carlo standard errors
)

// Name is the name the estimate goes by.
func (e ThresholdBayes) Name() string {
	if e.As == "" {
		return "threshold-bayes"
	}
	return e.As
}

// A ThresholdTerm is an interaction that was considered.
type ThresholdTerm struct {
	Term     estimators.Pattern
	Mean, SD float64 // posterior, in the model of all interactions considered at that stage; Mean is −Inf on the boundary
	Ratio    float64 // |Mean|/SD; +Inf on the boundary
	Kept     bool
	Unclear  bool // another seed might decide otherwise: Ratio is within three Monte-Carlo standard errors of the threshold
}

// A ThresholdFit is the posterior after thresholding. It is complete and immutable.
type ThresholdFit struct {
	Model      Model
	Observed   int64
	Population float64 // posterior median of N
	Hidden     float64 // Population − Observed
	SD         float64 // posterior standard deviation of N; 0 when HasSD is false
	HasSD      bool    // false when it is infinite, and for flat priors on interactions or impossible patterns, where no simple rule says whether it is

	Considered   []ThresholdTerm // pairs, then interactions of three lists
	Coefficients []estimators.Coefficient
	Infinite     []estimators.Pattern // at −∞; flat priors only

	Chains, DrawsPerChain int
	RHat                  float64 // the greatest of all parameters
	BulkESS, TailESS      float64 // the least of all parameters
	Divergences           int

	// Discrepancy is the posterior predictive p-value of the Freeman–Tukey statistic Σ(√n_ω − √μ_ω)²: how often a
	// table drawn from the model fits worse than the one observed (Gelman, Meng and Stern 1996, Statistica Sinica 6:733).
	Discrepancy float64

	options   ThresholdBayes
	problem   *problem
	terms     []estimators.Pattern
	draws     [][][]float64 // of the parameters, by term and chain
	hidden    [][]float64   // n0 by chain
	ascending []float64     // N
	residuals []estimators.Residual
}

// PosteriorDraws holds draws from a posterior, one chain after the other.
type PosteriorDraws struct {
	Terms      []estimators.Pattern // of Parameters; 0 is the intercept
	Chain      []int                // of every draw, from 0
	Parameters [][]float64          // one row a draw, in the order of Terms; finite parameters only
	HiddenMean []float64            // exp(β_∅)
	Hidden     []float64            // n0, a whole number; N is Observed + n0
}

// Draws returns all draws from the posterior of the final model.
func (f *ThresholdFit) Draws() PosteriorDraws {
	d := PosteriorDraws{Terms: slices.Clone(f.terms)}
	for c := range f.Chains {
		for i := range f.DrawsPerChain {
			row := make([]float64, len(f.terms))
			for j := range row {
				row[j] = f.draws[j][c][i]
			}
			d.Chain = append(d.Chain, c)
			d.Parameters = append(d.Parameters, row)
			d.HiddenMean = append(d.HiddenMean, math.Exp(f.draws[0][c][i]))
			d.Hidden = append(d.Hidden, f.hidden[c][i])
		}
	}
	return d
}

// Interval is the credible interval of N with equal tails.
func (f *ThresholdFit) Interval(level float64) estimators.Interval {
	return estimators.Interval{Kind: estimators.Credible, Level: level,
		Lower: resample.Quantile(f.ascending, 0.5-level/2, resample.Type7), Upper: resample.Quantile(f.ascending, 0.5+level/2, resample.Type7)}
}

func (e ThresholdBayes) withDefaults() (ThresholdBayes, error) {
	if e.MaxOrder == 0 {
		e.MaxOrder = 2
	}
	if e.Threshold == 0 {
		e.Threshold = 2
	}
	if e.Variance == 0 {
		e.Variance = 1
	}
	if e.Chains == 0 {
		e.Chains = 4
	}
	if e.Draws == 0 {
		e.Draws = 2000
	}
	e.Levels = estimators.Options{Levels: e.Levels}.LevelsOr95()
	switch {
	case e.MaxOrder != 2 && e.MaxOrder != 3:
		return e, fmt.Errorf("maximal order %d: thresholding is for interactions of 2 or 3 lists", e.MaxOrder)
	case math.IsNaN(e.Threshold) || math.IsInf(e.Threshold, 0):
		return e, fmt.Errorf("threshold %g is not a number of standard deviations", e.Threshold)
	case !(e.Variance > 0) || math.IsInf(e.Variance, 0):
		return e, fmt.Errorf("variance %g of the prior is not positive and finite", e.Variance)
	case e.Chains < 2:
		return e, fmt.Errorf("%d chains: two or more are needed to see whether they agree", e.Chains)
	case e.Draws < 100:
		return e, fmt.Errorf("%d draws of each chain: at least 100 are needed", e.Draws)
	case e.Kind != "" && e.Kind != estimators.Credible:
		return e, fmt.Errorf("thresholding has no %s interval: credible", e.Kind)
	}
	for _, l := range e.Levels {
		if !(l > 0 && l < 1) {
			return e, fmt.Errorf("level %g is not between 0 and 1", l)
		}
	}
	return e, nil
}

// Fit samples the posterior. Refusals: too-few-lists, too-large, empty-table, no-mle, not-identifiable, not-converged.
func (e ThresholdBayes) Fit(ctx context.Context, t *estimators.Table) (*ThresholdFit, error) {
	e, err := e.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := e.prepare(t)
	if err != nil {
		return nil, err
	}
	pairs := s.inner.optional(2)
	now, infinite, err := s.sample(ctx, 0, pairs, nil, 2)
	if err != nil {
		return nil, err
	}
	f := &ThresholdFit{Observed: t.Observed(), options: e, problem: s.outer}
	kept := s.threshold(f, now, infinite, 2)
	if e.MaxOrder == 3 {
		var eligible []uint32
		for _, u := range s.inner.optional(3) {
			if bitsOf(u) == 3 && partsIn(u, kept) {
				eligible = append(eligible, u)
			}
		}
		if len(eligible) > 0 {
			if now, infinite, err = s.sample(ctx, 1, slices.Concat(kept, eligible), infinite, 3); err != nil {
				return nil, err
			}
			kept = append(kept, s.threshold(f, now, infinite, 3)...)
		}
	}
	if len(kept) < len(now.terms)-1-s.inner.k {
		if now, _, err = s.sample(ctx, 2, kept, infinite, 0); err != nil {
			return nil, err
		}
	}
	return f, s.finish(f, now, infinite)
}

// A thresholding is one run of the method. The sampler works on a copy of the table with its lists in an order of their own, so that the
// draws do not depend on the order in which they were given.
type thresholding struct {
	ThresholdBayes
	outer, inner *problem
	at           []int // the place in outer of each list of inner
}

// prepare refuses tables without a proper posterior.
func (e ThresholdBayes) prepare(t *estimators.Table) (*thresholding, error) {
	if t.K() > maxThresholdLists {
		return nil, estimators.Refuse("too-large", "Bayesian thresholding of %d lists would take too long: at most %d", t.K(), maxThresholdLists)
	}
	outer, err := newProblem(t)
	if err != nil {
		return nil, err
	}
	independence := Independence(outer.k)
	if r := outer.refusal(independence); r != nil {
		r.Text = "the posterior under flat priors of the main effects is improper: " + r.Text
		return nil, r
	}
	if x := outer.fitter.Examine(outer.terms(independence)); len(x.Infinite) > 0 {
		r := estimators.Refuse("no-mle", "")
		for _, u := range x.Infinite {
			r.Lists = append(r.Lists, outer.people(estimators.Pattern(u)))
		}
		r.Text = "nobody is on " + strings.Join(r.Lists, " or ") + ", and the posterior under a flat prior of its main effect is improper; leave it out with --lists"
		return nil, r
	}
	s := &thresholding{ThresholdBayes: e, outer: outer, at: make([]int, outer.k)}
	totals := outer.table.Totals()
	for i := range s.at {
		s.at[i] = i
	}
	slices.SortFunc(s.at, func(a, b int) int {
		switch {
		case totals[a] > totals[b]:
			return -1
		case totals[a] < totals[b]:
			return 1
		}
		return strings.Compare(outer.lists[a], outer.lists[b])
	})
	names := make([]string, outer.k)
	for i, a := range s.at {
		names[i] = outer.lists[a]
	}
	cells := outer.table.Cells()
	for i := range cells {
		cells[i].Pattern = s.inside(cells[i].Pattern)
	}
	sorted, err := estimators.NewTable(names, nil, cells)
	if err != nil {
		return nil, err
	}
	s.inner, err = newProblem(sorted)
	return s, err
}

func (s *thresholding) inside(w estimators.Pattern) estimators.Pattern {
	var out estimators.Pattern
	for i, a := range s.at {
		if w.Has(a) {
			out |= 1 << uint(i)
		}
	}
	return out
}

func (s *thresholding) outside(w uint32) estimators.Pattern {
	var out estimators.Pattern
	for i, a := range s.at {
		if estimators.Pattern(w).Has(i) {
			out |= 1 << uint(a)
		}
	}
	return out
}

// sample draws from the posterior of a model; infinite interactions are in it too. decide is the order of the interactions
// that are going to be thresholded: there are more draws when it is not clear which of them are kept.
func (s *thresholding) sample(ctx context.Context, stage uint64, interactions, infinite []uint32, decide int) (*chains, []uint32, error) {
	if s.Flat {
		m, err := NewModel(s.outer.k)
		if err != nil {
			return nil, nil, err
		}
		for _, u := range slices.Concat(interactions, infinite) {
			m.terms = append(m.terms, s.outside(u))
		}
		slices.SortFunc(m.terms, compareTerms)
		if r := s.outer.refusal(m); r != nil {
			r.Text = "the posterior under flat priors is improper: " + r.Text
			return nil, nil, r
		}
		var finite []uint32
		for _, u := range interactions {
			if s.inner.fitter.Above(u) == 0 {
				infinite = append(infinite, u)
			} else {
				finite = append(finite, u)
			}
		}
		interactions = finite
	}
	precision := 1 / s.Variance
	if s.Flat {
		precision = 0
	}
	post := s.inner.newPosterior(interactions, infinite, precision)
	s.inner.fitter.Fit(s.inner.terms(Independence(s.inner.k)), nil)
	byMask := s.inner.fitter.Parameters(nil)
	start := make([]float64, len(post.terms))
	for i, u := range post.terms[:1+s.inner.k] {
		start[i] = byMask[u]
	}
	if !post.climb(start) {
		return nil, nil, estimators.Refuse("not-converged", "the mode of the posterior was not found")
	}
	stream := func(c uint64) *rand.Rand { return resample.Stream(s.Seed, stage<<32|c) }
	c, err := post.start(ctx, s.Chains, s.Workers, stream)
	if err != nil {
		return nil, nil, err
	}
	for made := 0; ; {
		more := max(s.Draws, made) // twice as many each time
		if err := c.extend(ctx, more, s.Workers); err != nil {
			return nil, nil, err
		}
		made += more
		if made >= extension*s.Draws || c.worst().Good() && !s.open(c, decide) {
			break
		}
	}
	if w := c.worst(); !(w.RHat <= hopelessRHat) || math.Min(w.BulkESS, w.TailESS) < hopelessESS {
		return nil, nil, estimators.Refuse("not-converged", "the %d chains do not agree after %d draws each (R-hat %.2f, effective sample size %.0f)",
			s.Chains, len(c.draws[0][0]), w.RHat, math.Min(w.BulkESS, w.TailESS))
	}
	return c, infinite, nil
}

// ratio is |mean|/sd of a parameter, and its Monte-Carlo standard error: that of the mean in standard deviations, and
// that of the standard deviation, by the effective sample size.
func (c *chains) ratio(j int) (mean, sd, ratio, se float64) {
	mean, sd = chain.Moments(c.draws[j])
	ratio = math.Abs(mean) / sd
	se = math.Sqrt((1 + ratio*ratio/2) / c.verdict[j].BulkESS)
	return mean, sd, ratio, se
}

// open reports whether it is unclear which interactions of an order are kept.
func (s *thresholding) open(c *chains, order int) bool {
	for j, u := range c.terms {
		if bitsOf(u) == order && order > 1 && s.Threshold > 0 {
			if _, _, ratio, se := c.ratio(j); math.Abs(ratio-s.Threshold) < unclear*se {
				return true
			}
		}
	}
	return false
}

// threshold decides on the interactions of an order, notes the decisions in the fit, and returns those that are kept.
func (s *thresholding) threshold(f *ThresholdFit, c *chains, infinite []uint32, order int) (kept []uint32) {
	from := len(f.Considered)
	for j, u := range c.terms {
		if bitsOf(u) != order {
			continue
		}
		t := ThresholdTerm{Term: s.outside(u)}
		var se float64
		t.Mean, t.SD, t.Ratio, se = c.ratio(j)
		t.Kept = t.Ratio >= s.Threshold
		t.Unclear = s.Threshold > 0 && math.Abs(t.Ratio-s.Threshold) < unclear*se
		if t.Kept {
			kept = append(kept, u)
		}
		f.Considered = append(f.Considered, t)
	}
	for _, u := range infinite {
		if bitsOf(u) == order {
			f.Considered = append(f.Considered, ThresholdTerm{Term: s.outside(u), Mean: math.Inf(-1), Ratio: math.Inf(1), Kept: true})
		}
	}
	slices.SortFunc(f.Considered[from:], func(a, b ThresholdTerm) int { return compareTerms(a.Term, b.Term) })
	return kept
}

// finish completes the fit with the posterior of the final model.
func (s *thresholding) finish(f *ThresholdFit, c *chains, infinite []uint32) error {
	f.Chains, f.DrawsPerChain = s.Chains, len(c.draws[0][0])
	w := c.worst()
	f.RHat, f.BulkESS, f.TailESS, f.Divergences = w.RHat, w.BulkESS, w.TailESS, c.divergences()
	var interactions []estimators.Pattern
	for _, u := range c.terms {
		f.terms = append(f.terms, s.outside(u))
		if bitsOf(u) > 1 {
			interactions = append(interactions, s.outside(u))
		}
	}
	for _, u := range infinite {
		f.Infinite = append(f.Infinite, s.outside(u))
	}
	slices.SortFunc(f.Infinite, compareTerms)
	m, err := NewModel(s.outer.k, slices.Concat(interactions, f.Infinite)...)
	if err != nil {
		return err
	}
	f.Model, f.draws = m, c.draws
	f.Coefficients = s.coefficients(f)

	n := float64(f.Observed)
	for i := range f.Chains {
		rng := resample.Stream(s.Seed, 3<<32|uint64(i))
		f.hidden = append(f.hidden, make([]float64, f.DrawsPerChain))
		for j, b := range c.draws[0][i] {
			hidden := poisson(math.Exp(b), rng)
			if math.IsInf(hidden, 0) {
				return estimators.Refuse("unbounded", "a draw of the hidden number from the posterior of %s is too large to write down", m.Format(s.outer.lists))
			}
			f.hidden[i][j] = hidden
			f.ascending = append(f.ascending, n+hidden)
		}
	}
	slices.Sort(f.ascending)
	f.Population = resample.Quantile(f.ascending, 0.5, resample.Type7)
	f.Hidden = f.Population - n
	repeats := -f.Observed
	for _, total := range s.outer.table.Totals() {
		repeats += total
	}
	if _, sd := chain.Moments([][]float64{f.ascending}); !s.Flat && len(s.outer.zeros) == 0 && repeats >= 3 && !math.IsInf(sd, 0) && !math.IsNaN(sd) {
		f.SD, f.HasSD = sd, true
	}
	s.compare(f, c)
	return nil
}

// coefficients lists intercept, main effects and interactions in the order of the table.
func (s *thresholding) coefficients(f *ThresholdFit) []estimators.Coefficient {
	terms := []estimators.Pattern{0}
	for i := range s.outer.k {
		terms = append(terms, 1<<uint(i))
	}
	var out []estimators.Coefficient
	for _, t := range append(terms, f.Model.terms...) {
		c := estimators.Coefficient{Name: "intercept", Estimate: math.Inf(-1)}
		if t != 0 {
			c.Name = t.Join(s.outer.lists, "*")
		}
		if j := slices.Index(f.terms, t); j >= 0 {
			c.Estimate, c.SE = chain.Moments(f.draws[j])
		}
		out = append(out, c)
	}
	return out
}

// compare sets the cells against their posterior means, and the table against a thousand tables drawn from the posterior.
func (s *thresholding) compare(f *ThresholdFit, c *chains) {
	rng := resample.Stream(s.Seed, 4<<32)
	beta, mu := make([]float64, len(c.terms)), make([]float64, len(c.cells))
	mean := make([]float64, len(c.cells))
	every := max(1, f.Chains*f.DrawsPerChain/1000)
	drawn, worse, i := 0, 0, 0
	for k := range f.Chains {
		for d := range f.DrawsPerChain {
			if i++; i%every != 0 {
				continue
			}
			for j := range beta {
				beta[j] = c.draws[j][k][d]
			}
			c.means(beta, mu)
			seen, fake := 0.0, 0.0
			for w, m := range mu {
				mean[w] += m
				a, b := math.Sqrt(c.y[w])-math.Sqrt(m), math.Sqrt(poisson(m, rng))-math.Sqrt(m)
				seen += a * a
				fake += b * b
			}
			drawn++
			if fake >= seen {
				worse++
			}
		}
	}
	f.Discrepancy = float64(worse) / float64(drawn)
	at := map[estimators.Pattern]int{}
	for w, u := range c.cells {
		at[s.outside(u)] = w
	}
	for w := estimators.Pattern(1); w <= estimators.FullPattern(s.outer.k); w++ {
		r := estimators.Residual{Pattern: w, Observed: s.outer.counts[w]}
		if i, ok := at[w]; ok {
			r.Fitted = mean[i] / float64(drawn)
			y := float64(r.Observed)
			r.Pearson = (y - r.Fitted) / math.Sqrt(r.Fitted)
			d := r.Fitted - y
			if y > 0 {
				d += y * math.Log(y/r.Fitted)
			}
			r.Deviance = math.Copysign(math.Sqrt(math.Max(0, 2*d)), y-r.Fitted)
		} else {
			r.Removed = true
		}
		f.residuals = append(f.residuals, r)
	}
}

// Estimate is [ThresholdBayes.Fit] in the common form: the posterior median of N, its posterior standard
// deviation where there is one, credible intervals, the final model, and as coefficients posterior means and standard deviations.
func (e ThresholdBayes) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	f, err := e.Fit(ctx, t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	return f.Estimate(), nil
}

// Estimate reduces the fit to the common form.
func (f *ThresholdFit) Estimate() estimators.Estimate {
	lists := f.problem.lists
	est := estimators.Estimate{Method: f.options.Name(), Model: f.Model.Format(lists), Observed: f.Observed, Hidden: f.Hidden, Population: f.Population,
		SE: f.SD, HasSE: f.HasSD, Status: estimators.OK, Coefficients: slices.Clone(f.Coefficients), Residuals: slices.Clone(f.residuals)}
	for _, level := range f.options.Levels {
		est.Intervals = append(est.Intervals, f.Interval(level))
	}
	prior := fmt.Sprintf("normal with mean 0 and variance %g", f.options.Variance)
	if f.options.Flat {
		prior = "flat"
	}
	est.Notes = append(est.Notes,
		"prior: flat on the intercept and the main effects, "+prior+" on interactions",
		"the estimate is the posterior median of the number of people")
	est.Notes = append(est.Notes, f.decisions()...)
	est.Notes = append(est.Notes, fmt.Sprintf("%d chains of %d draws (no-U-turn sampler): largest R-hat %.4f, least effective sample size %.0f in the bulk and %.0f in the tails",
		f.Chains, f.DrawsPerChain, f.RHat, f.BulkESS, f.TailESS))
	f.warn(&est)
	return est
}

// decisions says which interactions were kept, with their ratios.
func (f *ThresholdFit) decisions() (notes []string) {
	var kept, dropped, unclear []string
	for _, t := range f.Considered {
		name := t.Term.Join(f.problem.lists, "*")
		if !math.IsInf(t.Ratio, 1) {
			name += fmt.Sprintf(" (%.2f)", t.Ratio)
		}
		switch {
		case t.Kept:
			kept = append(kept, name)
		default:
			dropped = append(dropped, name)
		}
		if t.Unclear {
			unclear = append(unclear, name)
		}
	}
	say := func(format string, names []string) {
		if len(names) > 0 {
			notes = append(notes, fmt.Sprintf(format, strings.Join(names, ", ")))
		}
	}
	if f.options.Threshold < 0 {
		say("all interactions were kept: %s (posterior means in standard deviations from zero)", kept)
		return notes
	}
	say(fmt.Sprintf("kept, %g posterior standard deviations or more from zero: %%s", f.options.Threshold), kept)
	say("dropped: %s", dropped)
	say("so close to the threshold that another seed may decide otherwise: %s", unclear)
	return notes
}

func (f *ThresholdFit) warn(est *estimators.Estimate) {
	p := f.problem
	if v := (chain.Verdict{RHat: f.RHat, BulkESS: f.BulkESS, TailESS: f.TailESS}); !v.Good() {
		est.Warn(estimators.Warning{Code: "chains-disagree", Text: fmt.Sprintf("after %d draws each the %d chains have R-hat %.3f and effective sample sizes of %.0f in the bulk and %.0f in the tails",
			f.DrawsPerChain, f.Chains, f.RHat, f.BulkESS, f.TailESS)})
	}
	if i, ok := est.Interval(); ok && i.Upper > 10*i.Lower {
		est.Warn(estimators.Warning{Code: "wide-interval", Text: fmt.Sprintf("the %.0f%% interval runs from %.0f to %.0f", 100*i.Level, math.Floor(i.Lower), math.Ceil(i.Upper))})
	}
	for _, t := range f.Model.terms {
		n := p.fitter.Above(uint32(t))
		w := estimators.Warning{Cells: []estimators.Pattern{t}, Lists: strings.Split(t.Join(p.lists, ","), ",")}
		switch {
		case slices.Contains(f.Infinite, t):
			w.Code, w.Text = "boundary", fmt.Sprintf("nobody is on %s together, and the model takes that at face value", p.people(t))
		case n <= fewPeople && !f.Model.hasLarger(t):
			w.Code, w.Text = "term-on-few-people", fmt.Sprintf("the term %s of the model rests on %.0f %s", p.people(t), n, people(n))
		default:
			continue
		}
		est.Warn(w)
	}
	repeats := int64(0)
	for w, c := range p.counts {
		if estimators.Pattern(w).Size() > 1 {
			repeats += c
		}
	}
	if repeats < fewRepeats {
		est.Warn(estimators.Warning{Code: "small-overlap", Text: fmt.Sprintf("only %d %s on two lists or more", repeats, map[bool]string{true: "person is", false: "people are"}[repeats == 1])})
	}
	if f.Discrepancy < poorFit {
		est.Warn(estimators.Warning{Code: "poor-fit", Text: fmt.Sprintf("of tables drawn from the posterior only %.1f%% fit the model as badly as this one", 100*f.Discrepancy)})
	}
	if f.Hidden < 0.5 {
		est.Warn(estimators.Warning{Code: "zero-hidden", Text: "the model says that nobody is hidden"})
	}
}

func bitsOf(u uint32) int { return estimators.Pattern(u).Size() }

// partsIn reports whether all pairs inside a term are among the given ones.
func partsIn(u uint32, pairs []uint32) bool {
	for _, s := range estimators.Pattern(u).Lists() {
		if without := u &^ (1 << uint(s)); bitsOf(without) == 2 && !slices.Contains(pairs, without) {
			return false
		}
	}
	return true
}

// thresholdMethods describes Bayesian thresholding.
func thresholdMethods() []estimators.Method {
	return []estimators.Method{{
		Name: "threshold-bayes", Title: "Bayesian thresholding of interactions", Family: family, MinLists: 2, MaxLists: maxThresholdLists,
		Estimates: "How many people are on no list: the posterior median, after pairs of lists whose dependence is less than two posterior standard deviations from zero were taken as independent.",
		Assumes: []string{
			"as for the log-linear model",
			"dependence is between pairs of lists only",
			"before seeing the data, the log odds ratio of each pair of lists is about as likely positive as negative, and hardly ever beyond ±2: a normal prior with mean 0 and variance 1",
		},
		Distrust: []string{
			"a ratio lies close to the threshold of 2: the estimate may jump when it is kept or dropped",
			"lists share few people: the prior then decides how dependent they may be",
			"the interval is that of the interactions kept, as if they had been known beforehand: it leaves out the choice",
		},
		References: []string{
			"Silverman (2020) Journal of the Royal Statistical Society A 183:691",
			"Fienberg and Rinaldo (2012) Annals of Statistics 40:996",
			"Forster (2010) Statistical Methodology 7:210",
			"Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021) Bayesian Analysis 16:667",
		},
		New: func(o estimators.Options) estimators.Estimator {
			return ThresholdBayes{Kind: o.Kind, Levels: o.Levels, Seed: o.Seed, Workers: o.Workers}
		},
	}}
}
