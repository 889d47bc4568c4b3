package loglinear

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"darkfigure/estimators"
)

// Behaviour is the closed-population model in which being listed once changes how easily
// a person is listed again (Otis et al. 1978; in log-linear form Cormack 1989 and Rivest and
// Lévesque 2001). It takes the lists as occasions that follow each other in time, in
// the order of the table, and learns the number of hidden people from how fast new
// people run out: the u_i persons who are met on occasion i for the first time.
//
//	Mb    log μ = γ + β₁·(occasions before the first capture) + β₂·(captures after it)
//	Mbh   Mb + β₃·(not caught on the first occasion): a first occasion of its own
//
// With q = 1 + exp(β₂) and r = exp(β₁)/q, the ratio at which new people run out,
//
//	Mb    N = exp(γ)·q^(t−1)/(1 − r)
//	Mbh   N = exp(γ)·q^(t−1)·(1 + exp(β₃)·r/(1 − r))
//
// for t occasions; with r ≥ 1 new people do not run out, and the estimate is refused. The standard
// error is that of the delta method for a population of N people, Var = N²·g'I⁻¹g − N with
// g the gradient of log N.
//
// The profile interval is that of the multinomial likelihood of the first captures, which
// is all that speaks about N: recaptures only tell β₂.
//
// The zero value is Mb with a 95% profile likelihood interval.
type Behaviour struct {
	FirstDiffers bool                    // Mbh: the first occasion has a rate of its own
	Levels       []float64               // of the intervals, the headline first; empty: 0.95
	Interval     estimators.IntervalKind // profile (the default), lognormal or wald
}

var _ estimators.Estimator = Behaviour{}

// Name is "Mb" or "Mbh".
func (b Behaviour) Name() string {
	if b.FirstDiffers {
		return "Mbh"
	}
	return "Mb"
}

// Estimate fits the model to a table of two lists or more (Mbh: three). It is refused
// with below-observed when new people do not run out, and when patterns are impossible by
// design, because the formula needs every history.
func (b Behaviour) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	if err := checkIntervals(b.Levels, b.Interval, estimators.Profile); err != nil {
		return estimators.Estimate{}, err
	}
	t = t.Collapse()
	d, population, variance, err := b.fit(ctx, t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	e := d.common(b.Name(), "")
	e.Hidden, e.Population, e.SE = population-d.n, population, math.Sqrt(variance)
	kind := b.Interval
	if kind == "" {
		kind = estimators.Profile
	}
	if err := addIntervals(ctx, &e, b.removal(t, e.Hidden), b.Levels, kind); err != nil {
		return estimators.Estimate{}, err
	}
	b.warn(&e, d)
	return e, nil
}

func (b Behaviour) warn(e *estimators.Estimate, d *denseFit) {
	warnOrder(e, d.table)
	d.warnFit(e)
	warnInterval(e, d.table)
}

func warnOrder(e *estimators.Estimate, t *estimators.Table) {
	lists := t.Lists()
	e.Warn(estimators.Warning{Code: "order-matters", Lists: lists,
		Text: fmt.Sprintf("the lists are taken to follow each other in time, %s first and %s last", lists[0], lists[len(lists)-1])})
}

// fit returns the fitted model with N and its variance.
func (b Behaviour) fit(ctx context.Context, t *estimators.Table) (d *denseFit, population, variance float64, err error) {
	least := 2
	if b.FirstDiffers {
		least = 3
	}
	if err := checkLists(t, least); err != nil {
		return nil, 0, 0, err
	}
	if zeros := t.StructuralZeros(); len(zeros) > 0 {
		return nil, 0, 0, refuseImpossible(zeros)
	}
	k := t.K()
	d = newDense(t)
	d.key = func(p estimators.Pattern) int { return firstOf(p)*(k+1) + p.Size() }
	d.columns = []column{intercept(),
		{name: "before first", value: func(p estimators.Pattern) float64 { return float64(firstOf(p)) }},
		{name: "after first", value: func(p estimators.Pattern) float64 { return float64(p.Size() - 1) }}}
	if b.FirstDiffers {
		d.columns = append(d.columns, column{name: "not on " + t.Lists()[0], value: func(p estimators.Pattern) float64 {
			if p.Has(0) {
				return 0
			}
			return 1
		}})
	}
	if err := d.fit(ctx); err != nil {
		return nil, 0, 0, err
	}
	if math.Abs(1-runOut(d.beta[1], d.beta[2])) < smallestFall {
		return nil, 0, 0, refuseSteady()
	}
	population, gradient := b.population(d.beta, k)
	if !(population >= d.n) || math.IsInf(population, 0) {
		return nil, 0, 0, estimators.Refuse("below-observed", "people met for the first time do not become fewer from list to list, so that the formula gives no number of at least the %s observed", estimators.People(d.n))
	}
	for i, gi := range gradient {
		for j, gj := range gradient {
			variance += gi * gj * d.cov[i][j]
		}
	}
	variance = population*population*variance - population
	if !(variance > 0) || math.IsInf(variance, 0) {
		return nil, 0, 0, estimators.Refuse("not-converged", "the variance of the estimate could not be computed")
	}
	return d, population, variance, nil
}

// refuseImpossible refuses structural zeros.
func refuseImpossible(zeros []estimators.Pattern) error {
	r := estimators.Refuse("impossible-patterns", "%d patterns are impossible by design, and the formula counts on every one", len(zeros))
	if len(zeros) == 1 {
		r.Text = "a pattern is impossible by design, and the formula counts on every one"
	}
	r.Cells = zeros
	return r
}

// smallestFall is how much the number of new people has to fall from one occasion to the
// next, as a share, for N to be told from rounding.
const smallestFall = 1e-9

// runOut is the ratio r of new people from one occasion to the next.
func runOut(before, after float64) float64 { return math.Exp(before - math.Log1p(math.Exp(after))) }

func refuseSteady() error {
	return estimators.Refuse("unbounded", "as many people are met for the first time on each list as on the one before, so that the formula has no finite value")
}

// firstOf is the number of occasions before the first capture.
func firstOf(p estimators.Pattern) int { return bits.TrailingZeros32(uint32(p)) }

// population is N and the gradient of log N in the parameters.
func (b Behaviour) population(beta []float64, t int) (n float64, gradient []float64) {
	recapture := math.Exp(beta[2])
	q := 1 + recapture
	before := math.Exp(beta[1])
	d := q - before // q(1 − r)
	times := float64(t)
	if !b.FirstDiffers {
		n = math.Exp(beta[0]+times*math.Log1p(recapture)) / d
		return n, []float64{1, before / d, recapture * (times/q - 1/d)}
	}
	rest := math.Exp(beta[3]) * before / d
	n = math.Exp(beta[0]+(times-1)*math.Log1p(recapture)) * (1 + rest)
	share := rest / (1 + rest)
	return n, []float64{1, share * (1 + before/d), (times-1)*recapture/q - share*recapture/d, share}
}

// A removal is the multinomial likelihood of the first captures u₁…u_t: on every occasion
// a person not yet met is met with probability p (Moran 1951, Biometrika 38:307; Zippin 1956,
// Biometrics 12:163). With p at its maximum for the given N, up to a constant,
//
//	ℓ(N) = log Γ(N+1) − log Γ(n0+1) + w·log w − (m+w)·log(m+w),  w = Σ (i−1)·u_i + t·n0,
//
// for m persons met, who with the hidden people waited w occasions. For Mbh the later occasions are
// such a removal from N − u₁ people, and the first one is binomial.
//
// Apart from Stirling's remainders this is a sum of terms c·x·log x with x linear in n0, and the
// terms are added up as differences from those at a reference, without cancellation.
type removal struct {
	n, reference float64
	terms        []removalTerm
}

type removalTerm struct{ c, at, slope float64 } // c·x·log x with x = at + slope·n0

func (b Behaviour) removal(t *estimators.Table, reference float64) removal {
	n := float64(t.Observed())
	var first, waiting float64
	for p, y := range t.Counts() {
		if p == 0 {
			continue
		}
		switch wait := firstOf(estimators.Pattern(p)); {
		case !b.FirstDiffers:
			waiting += float64(y) * float64(wait)
		case wait == 0:
			first += float64(y)
		default:
			waiting += float64(y) * float64(wait-1)
		}
	}
	occasions := float64(t.K())
	r := removal{n: n, reference: reference, terms: []removalTerm{{1, n, 1}, {-1, 0, 1}}}
	if b.FirstDiffers {
		occasions--
		r.terms = append(r.terms, removalTerm{1, n - first, 1}, removalTerm{-1, n, 1})
	}
	r.terms = append(r.terms, removalTerm{1, waiting, occasions}, removalTerm{-1, n - first + waiting, occasions})
	return r
}

// at is the profile relative to its value at the reference, Stirling's remainders apart.
func (r removal) at(ctx context.Context, n0 float64) (ll, slope float64, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, false, err
	}
	size := r.n + n0
	d := n0 - r.reference
	tilt := 0.0
	for _, t := range r.terms {
		before, now := t.at+t.slope*r.reference, t.at+t.slope*n0
		// y·log y − x·log x = (y−x)·log x + y·log(1 + (y−x)/x)
		tilt += t.c * t.slope * math.Log(before)
		ll += t.c * now * math.Log1p(t.slope*d/before)
		slope += t.c * t.slope * math.Log(now)
	}
	ll += tilt*d + stirlingExcess(size) - stirlingExcess(n0)
	slope += digammaLess(size) - digammaLess(n0)
	return ll, slope, !math.IsNaN(ll), nil
}
