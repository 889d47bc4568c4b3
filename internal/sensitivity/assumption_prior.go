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

// integrate is the estimate when the parameter is the base times a draw from the prior: the law of the hidden number is a mixture of
// log-normal ones, each with the variance that it has at its value. Values without an estimate are left out, and their
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
	mean, sd := make([]float64, knots), make([]float64, knots) // of the logarithm of the hidden number
	var refusal *estimators.Refusal
	for i := range knots {
		l, err := a.at(ctx, base*math.Exp(low+float64(i)*step))
		switch {
		case errors.As(err, &refusal):
			mean[i] = math.NaN()
		case err != nil:
			return nil, err
		default:
			mean[i], sd[i] = math.Log(l.hidden), l.sd
		}
	}
	out := &Integrated{Prior: prior}
	mix := make([]part, 0, strips)
	for i, v := range x {
		j := min(int((v-low)/step), knots-2)
		u := (v - low - float64(j)*step) / step
		m, s := mean[j]+u*(mean[j+1]-mean[j]), sd[j]+u*(sd[j+1]-sd[j])
		if math.IsNaN(m) || math.IsInf(m, 0) || math.IsInf(s, 0) {
			out.Failed += weight[i]
			continue
		}
		mix = append(mix, part{weight[i], m, s})
	}
	if len(mix) == 0 {
		return nil, nil
	}
	at := func(q float64) float64 { return a.n + math.Exp(quantile(mix, q)) }
	out.Population = at(0.5)
	out.Interval = estimators.Interval{Kind: estimators.Mixture, Level: level, Lower: at(0.5 - level/2), Upper: at(0.5 + level/2)}
	return out, nil
}

// A part of a mixture of normal laws.
type part struct{ weight, mean, sd float64 }

// quantile of a mixture, by bisection.
func quantile(mix []part, q float64) float64 {
	low, high, total := math.Inf(1), math.Inf(-1), 0.0
	for _, p := range mix {
		low, high = math.Min(low, p.mean-10*p.sd-1e-9), math.Max(high, p.mean+10*p.sd+1e-9)
		total += p.weight
	}
	for high-low > 1e-10*(1+math.Abs(low)) {
		middle := (low + high) / 2
		below := 0.0
		for _, p := range mix {
			below += p.weight * distuv.UnitNormal.CDF((middle-p.mean)/math.Max(p.sd, 1e-12))
		}
		if below < q*total {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
