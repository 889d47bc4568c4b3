package loglinear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
)

// Corrected is a closed-population model with its bias in small samples corrected
// (Rivest and Lévesque 2001, Canad. J. Statist. 29:555, section 4; formulas as in the
// documentation of Rcapture's closedp.bc). For most models small amounts δ, which add up to
// little, are added to counts before the fit, cut off at zero; f_j are the persons on j
// of t lists, u_i those met on list i for the first time:
//
//	M0            f₁ − ½, f₂ + 1
//	Mh, parametric f₁ − (1+c)/2, f₂ + 1 + c, f₃ + (1−c)/2 with c = (h₂−2h₁)/(h₃−2h₂+h₁), h the added column
//	Mh-chao       N = n + (t−1)·f₁(f₁−1)/(2t(f₂+1)), Chao's corrected bound
//	Mt            two lists: Chapman. Else (t+2)/(2t) is added to the size of each list and t/2 to n; N solves
//	              Π(1 − n_i/N) = 1 − n/N, less t/2, with Darroch's (1958) variance
//	Mth-chao      each history on one list + (t−2)/(2t), on two + 2/(t(t−1))
//	Mth-poisson   + (2t−5)/(4t), + 3/(t(t−1)), on three + 3/(2t(t−1)(t−2))
//	Mth-darroch   + (t−3)/(2t), + 4/(t(t−1))
//	Mb, Mbh       the u_i fall geometrically: u₁ + 2, u₂ − 1, u₃ − 1; for Mbh from the second list on
//
// No corrected version of Mth-gamma is known, and no likelihood belongs to corrected counts: intervals
// are log-normal (the default, and in place of profile, with a note) or Wald, and there are no fit statistics; whether the
// model fits is judged without the corrections.
type Corrected struct {
	Model    string                  // one of [CorrectedModels]
	Levels   []float64               // of the intervals, the headline first; empty: 0.95
	Interval estimators.IntervalKind // lognormal (the default) or wald
}

var _ estimators.Estimator = Corrected{}

var correctedModels = []string{"M0", "Mt", "Mb", "Mbh", "Mh-chao", "Mh-poisson", "Mh-darroch", "Mh-gamma", "Mth-chao", "Mth-poisson", "Mth-darroch"}

// CorrectedModels returns the models that have a corrected version.
func CorrectedModels() []string { return slices.Clone(correctedModels) }

// Name is that of the model followed by -bc.
func (c Corrected) Name() string { return c.Model + "-bc" }

// Estimate applies the corrected estimator to a table of two lists or more; Mb needs
// three, Mbh four, and heterogeneity other than Mh-chao three. Patterns that are impossible by
// design are refused, for the corrections count on every one; so are tables of fewer than 5 people, those in which nobody
// is on two lists, and those in which everybody is on all: the corrections would be all that is left.
func (c Corrected) Estimate(ctx context.Context, t *estimators.Table) (estimators.Estimate, error) {
	kind := c.Interval
	if kind == "" || kind == estimators.Profile {
		kind = estimators.LogNormal
	}
	if err := checkIntervals(c.Levels, kind, ""); err != nil {
		return estimators.Estimate{}, err
	}
	if !slices.Contains(correctedModels, c.Model) {
		return estimators.Estimate{}, fmt.Errorf("model %q has no corrected version; choose one of %s", c.Model, strings.Join(correctedModels, ", "))
	}
	if err := ctx.Err(); err != nil {
		return estimators.Estimate{}, err
	}
	t = t.Collapse()
	if err := checkLists(t, c.leastLists()); err != nil {
		return estimators.Estimate{}, err
	}
	if err := checkFewest(t); err != nil {
		return estimators.Estimate{}, err
	}
	if zeros := t.StructuralZeros(); len(zeros) > 0 {
		return estimators.Estimate{}, refuseImpossible(zeros)
	}
	hidden, variance, dropped, err := c.solve(ctx, t)
	if err != nil {
		return estimators.Estimate{}, err
	}
	n := float64(t.Observed())
	if !(hidden >= 0) || math.IsInf(hidden, 0) {
		return estimators.Estimate{}, estimators.Refuse("below-observed", "the formula gives no number of at least the %s observed", estimators.People(n))
	}
	if math.IsNaN(variance) || variance < 0 || math.IsInf(variance, 0) {
		return estimators.Estimate{}, estimators.Refuse("not-converged", "the variance of the estimate could not be computed")
	}
	e := estimators.Estimate{Method: c.Name(), Observed: t.Observed(), Hidden: hidden, Population: n + hidden, SE: math.Sqrt(variance), HasSE: variance > 0,
		LowerBound: strings.HasSuffix(c.Model, "chao"), Status: estimators.OK}
	for _, level := range (estimators.Options{Levels: c.Levels}).LevelsOr95() {
		i := Wald(n, hidden, e.SE, level)
		switch {
		case kind == estimators.LogNormal && hidden > 0:
			i = LogNormal(n, hidden, e.SE, level)
		case hidden == 0:
			// Nobody is estimated to be hidden: as many as a Poisson count of zero allows.
			i = estimators.Interval{Kind: kind, Level: level, Lower: n, Upper: n - math.Log((1-level)/2)}
		}
		e.Intervals = append(e.Intervals, i)
	}
	if c.Interval == estimators.Profile {
		e.Notes = append(e.Notes, "no likelihood belongs to corrected counts: the interval is log-normal, not a profile")
	}
	if len(dropped) > 0 {
		e.Warn(negativeTerms(dropped))
	}
	if strings.HasPrefix(c.Model, "Mb") {
		warnOrder(&e, t)
	}
	if c.Model == "M0" || strings.HasPrefix(c.Model, "Mh") {
		warnUnequal(&e, t)
	}
	if err := c.warnFit(ctx, &e, t); err != nil {
		return estimators.Estimate{}, err
	}
	warnOverlap(&e, t)
	warnInterval(&e, t)
	return e, nil
}

// warnFit judges the fit of the model without corrections, to which alone a likelihood belongs. Where
// that has no estimate there is nothing to judge.
func (c Corrected) warnFit(ctx context.Context, e *estimators.Estimate, t *estimators.Table) error {
	var d *denseFit
	var err error
	switch name, form, _ := strings.Cut(c.Model, "-"); name {
	case "Mb", "Mbh":
		d, _, _, err = Behaviour{FirstDiffers: name == "Mbh"}.fit(ctx, t)
	default:
		d, err = Closed{Time: strings.HasPrefix(name, "Mt"), Heterogeneity: Heterogeneity(form)}.fit(ctx, t)
	}
	var refusal *estimators.Refusal
	switch {
	case errors.As(err, &refusal):
		return nil
	case err != nil:
		return err
	}
	d.warnFit(e)
	return nil
}

func (c Corrected) leastLists() int {
	switch c.Model {
	case "M0", "Mt", "Mh-chao":
		return 2
	case "Mbh":
		return 4
	}
	return 3
}

// solve returns the number of hidden people, the variance of N, and the names of terms
// set to zero.
func (c Corrected) solve(ctx context.Context, t *estimators.Table) (hidden, variance float64, dropped []string, err error) {
	switch c.Model {
	case "Mt":
		hidden, variance = correctedMt(t)
		return hidden, variance, nil, nil
	case "Mh-chao":
		hidden, variance = correctedChao(t)
		return hidden, variance, nil, nil
	case "Mb", "Mbh":
		hidden, variance, err = correctedRemoval(ctx, t, c.Model == "Mbh")
		return hidden, variance, nil, err
	}
	h, k := Homogeneous, t.K()
	if _, form, ok := strings.Cut(c.Model, "-"); ok {
		h = Heterogeneity(form)
	}
	theta, err := h.theta(0)
	if err != nil {
		return 0, 0, nil, err
	}
	d := newDense(t)
	if strings.HasPrefix(c.Model, "Mth") {
		delta := correctionMth(h, float64(k))
		d.columns = modelColumns(Independence(k), t.Lists())
		d.correction = func(p estimators.Pattern) float64 { return upToThree(delta, p.Size()) }
	} else {
		// The corrections are those of totals by number of lists, which stand in the cells of
		// the first lists: the fit only sees totals.
		delta := correctionMh(h, theta)
		f := t.Frequencies()
		d.key = estimators.Pattern.Size
		d.columns = []column{intercept(), captures()}
		d.correction = func(p estimators.Pattern) float64 {
			j := p.Size()
			total := 0.0
			if p == estimators.FullPattern(j) {
				total = math.Max(0, float64(f.Seen(j))+upToThree(delta, j))
			}
			return total - float64(d.counts[p])
		}
	}
	d.columns = append(d.columns, h.columns(k, theta)...)
	if err := d.fit(ctx); err != nil {
		return 0, 0, nil, err
	}
	return d.hidden, d.se * d.se, d.dropped, nil
}

func upToThree(delta [3]float64, j int) float64 {
	if j <= len(delta) {
		return delta[j-1]
	}
	return 0
}

// correctionMh is what M0 and the parametric Mh add to f₁, f₂ and f₃.
func correctionMh(h Heterogeneity, theta float64) [3]float64 {
	if h == Homogeneous {
		return [3]float64{-0.5, 1, 0}
	}
	h1, h2, h3 := h.value(1, theta), h.value(2, theta), h.value(3, theta)
	c := (h2 - 2*h1) / (h3 - 2*h2 + h1)
	return [3]float64{-(1 + c) / 2, 1 + c, (1 - c) / 2}
}

// correctionMth is what Mth adds to every history on one, two and three of t lists.
func correctionMth(h Heterogeneity, t float64) [3]float64 {
	switch h {
	case Chao:
		return [3]float64{(t - 2) / (2 * t), 2 / (t * (t - 1)), 0}
	case Poisson:
		return [3]float64{(2*t - 5) / (4 * t), 3 / (t * (t - 1)), 3 / (2 * t * (t - 1) * (t - 2))}
	}
	return [3]float64{(t - 3) / (2 * t), 4 / (t * (t - 1)), 0}
}

// correctedMt solves Π(1 − n_i/N) = 1 − n/N for the enlarged totals.
func correctedMt(t *estimators.Table) (hidden, variance float64) {
	totals := t.Totals()
	k, n := float64(len(totals)), float64(t.Observed())
	if len(totals) == 2 {
		n1, n2 := float64(totals[0]), float64(totals[1])
		m := n1 + n2 - n
		b, c := n1-m, n2-m
		hidden = b / (m + 1) * c
		return hidden, hidden * ((n1 + 1) / (m + 1)) * ((n2 + 1) / (m + 2))
	}
	// In x = N − n − t/2 > 0 the equation is x/N = Π(1 − n_i/N); its difference is
	// negative at 0 and positive for large x, with one root between.
	seen := n + k/2
	sizes := make([]float64, len(totals))
	for i, s := range totals {
		sizes[i] = float64(s) + (k+2)/(2*k)
	}
	excess := func(x float64) float64 {
		e := math.Log(x) - math.Log(x+seen)
		for _, s := range sizes {
			e -= math.Log((x + seen - s) / (x + seen))
		}
		return e
	}
	low, high := 0.0, seen
	for excess(high) < 0 && !math.IsInf(high, 0) {
		low, high = high, 2*high
	}
	for range 2000 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if excess(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	population := high + seen
	// Darroch (1958, Biometrika 45:343): Var N = N/(1/Π(1−p_i) + t − 1 − Σ 1/(1−p_i)).
	inverse, sum := 1.0, k-1
	for _, s := range sizes {
		q := 1 - s/population
		inverse /= q
		sum -= 1 / q
	}
	return high, population / (inverse + sum)
}

// correctedChao is Chao's bias-corrected bound with its variance (Chao 1987; the
// variance as in Chao and Shen's SPADE for t occasions).
func correctedChao(t *estimators.Table) (hidden, variance float64) {
	f := t.Frequencies()
	k, f1, f2 := float64(t.K()), float64(f.Seen(1)), float64(f.Seen(2))
	hidden = (k - 1) / k * f1 / (f2 + 1) * (f1 - 1) / 2
	variance = hidden + (hidden/k)*((k-1)/(f2+1))*((f1*f1+4*f1*f2+3*f1-6*f2-6)/(f2+2))/2
	return hidden, variance
}

// correctedRemoval fits a geometric fall to the corrected first captures: with E u_i =
// exp(α + β·i), i from 0, N = exp(α)/(1 − exp(β)), and the variance of the delta method.
func correctedRemoval(ctx context.Context, t *estimators.Table, firstDiffers bool) (hidden, variance float64, err error) {
	u := make([]float64, t.K())
	for p, y := range t.Counts() {
		if y > 0 {
			u[firstOf(estimators.Pattern(p))] += float64(y)
		}
	}
	met := 0.0
	if firstDiffers {
		met, u = u[0], u[1:]
	}
	left := float64(t.Observed()) - met
	design := make([]float64, 0, 2*len(u))
	for i := range u {
		if i < 3 {
			u[i] = math.Max(0, u[i]+[3]float64{2, -1, -1}[i])
		}
		design = append(design, 1, float64(i))
	}
	r := lattice.NewRegression(design, 2, u, nil, nil)
	x, err := r.Examine(ctx)
	if err != nil {
		return 0, 0, err
	}
	if x.Status != lattice.Fitted {
		return 0, 0, estimators.Refuse(x.Status.String(), "people were first met on too few of the lists to see how fast new people run out")
	}
	status, err := r.Fit(ctx)
	if err != nil {
		return 0, 0, err
	}
	if status != lattice.Fitted {
		return 0, 0, estimators.Refuse("not-converged", "the fit did not converge")
	}
	beta, cov := r.Beta(nil), r.Covariance()
	if math.Abs(beta[1]) < smallestFall {
		return 0, 0, refuseSteady()
	}
	ratio := math.Exp(beta[1])
	n := math.Exp(beta[0]) / -math.Expm1(beta[1])
	g := ratio / (1 - ratio)
	return n - left, n*n*(cov[0][0]+2*g*cov[0][1]+g*g*cov[1][1]) - n, nil
}
