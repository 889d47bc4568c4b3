package sensitivity

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
)

// LogNormal is the prior under which the logarithm of a ratio is normal with this mean and standard deviation.
func LogNormal(mean, sd float64) Prior {
	z := distuv.UnitNormal.Quantile(0.975)
	return Prior{Law: LogNormalLaw, Lower: math.Exp(mean - z*sd), Upper: math.Exp(mean + z*sd)}
}

func (p Prior) check() error {
	if p.Law != LogNormalLaw && p.Law != LogUniformLaw {
		return fmt.Errorf("no law of a prior is called %q: %s, %s", p.Law, LogNormalLaw, LogUniformLaw)
	}
	if !(p.Lower > 0 && p.Upper > p.Lower && p.Upper <= 1e6 && p.Lower >= 1e-6) {
		return fmt.Errorf("a prior from %g to %g: two numbers from a millionth to a million, the smaller first", p.Lower, p.Upper)
	}
	return nil
}

// nodes are values of the logarithm of the ratio, evenly spaced over all of the prior but two in a hundred thousand, and the weight of the
// stretch around each.
func (p Prior) nodes(count int) (x, weight []float64) {
	low, high := math.Log(p.Lower), math.Log(p.Upper)
	density := func(float64) float64 { return 1 }
	if p.Law == LogNormalLaw {
		normal := distuv.Normal{Mu: (low + high) / 2, Sigma: (high - low) / (2 * distuv.UnitNormal.Quantile(0.975))}
		low, high = normal.Mu-4.25*normal.Sigma, normal.Mu+4.25*normal.Sigma
		density = normal.Prob
	}
	total := 0.0
	for i := range count {
		v := low + (high-low)*(float64(i)+0.5)/float64(count)
		x, weight = append(x, v), append(weight, density(v))
		total += weight[i]
	}
	for i := range weight {
		weight[i] /= total
	}
	return x, weight
}

// The law of the hidden number is evaluated at a few values of the parameter, and taken as linear in its logarithm between them; the
// integral over the prior is a sum over many.
const (
	knots    = 17
	fewKnots = 9 // where each is a search for a model, or a bootstrap
	strips   = 401
)

// leastHidden stands for nobody where a logarithm is taken: a hundredth of a person.
const leastHidden = 0.01

// integrate is the estimate when the parameter is the base times a draw from the prior: the law of the hidden number is a mixture. The law at one value has
// half of itself on either side of the estimate, each half of a normal law of the logarithm, and the limits of the interval at that value as its quantiles: that the
// parameter is not known then never rests on narrower intervals than the curve has. Where the interval has no upper limit, nor has that half. Values without an estimate are left out, and their
// share is told.
func (a assumption) integrate(ctx context.Context, prior Prior, level float64) (*Integrated, error) {
	base := a.base
	if !(base > 0) || math.IsInf(base, 1) {
		base = 1
	}
	x, weight := prior.nodes(strips)
	low, high := x[0], x[strips-1]
	knots := knots
	if a.accuracy >= searched {
		knots = fewKnots
	}
	step := (high - low) / float64(knots-1)
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	at := make([]*part, knots) // nil: no estimate
	var refusal *estimators.Refusal
	for i := range knots {
		l, err := a.at(ctx, base*math.Exp(low+float64(i)*step))
		switch {
		case errors.As(err, &refusal):
		case err != nil:
			return nil, err
		default:
			log := func(hidden float64) float64 { return math.Log(math.Max(hidden, leastHidden)) }
			p := part{mean: log(l.hidden)}
			p.below, p.above = math.Max(0, p.mean-log(l.lower-a.n))/z, math.Max(0, log(l.upper-a.n)-p.mean)/z
			at[i] = &p
		}
	}
	out := &Integrated{Prior: prior}
	mix := make([]part, 0, strips)
	for i, v := range x {
		j := min(int((v-low)/step), knots-2)
		from, to := at[j], at[j+1]
		if from == nil || to == nil {
			out.Failed += weight[i]
			continue
		}
		u := (v - low - float64(j)*step) / step
		p := part{weight: weight[i], mean: from.mean + u*(to.mean-from.mean), below: from.below + u*(to.below-from.below), above: math.Inf(1)}
		if !math.IsInf(from.above, 1) && !math.IsInf(to.above, 1) {
			p.above = from.above + u*(to.above-from.above)
		}
		mix = append(mix, p)
	}
	if len(mix) == 0 {
		return nil, nil
	}
	quantile := func(q float64) float64 { return a.n + math.Exp(quantile(mix, q)) }
	out.Population = quantile(0.5)
	out.Interval = estimators.Interval{Kind: estimators.Mixture, Level: level, Lower: quantile(0.5 - level/2), Upper: quantile(0.5 + level/2)}
	return out, nil
}

// A part of a mixture: a law with its median at the mean of two normal ones, one for what is below it and one for what is above.
type part struct {
	weight, mean float64
	below, above float64 // standard deviations
}

// within is the probability below x.
func (p part) within(x float64) float64 {
	sd := p.above
	if x < p.mean {
		sd = p.below
	}
	return distuv.UnitNormal.CDF((x - p.mean) / math.Max(sd, 1e-12))
}

// quantile of a mixture, by bisection; +Inf where it has none.
func quantile(mix []part, q float64) float64 {
	low, high, total := math.Inf(1), math.Inf(-1), 0.0
	for _, p := range mix {
		low, total = math.Min(low, p.mean-10*p.below-1e-9), total+p.weight
		if high = math.Max(high, p.mean+1e-9); !math.IsInf(p.above, 1) {
			high = math.Max(high, p.mean+10*p.above+1e-9)
		}
	}
	below := func(x float64) (sum float64) {
		for _, p := range mix {
			sum += p.weight * p.within(x)
		}
		return sum
	}
	if below(high) < q*total*(1-1e-9) {
		return math.Inf(1)
	}
	for high-low > 1e-10*(1+math.Abs(low)) {
		if middle := (low + high) / 2; below(middle) < q*total {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
