package linkage

import (
	"fmt"
	"math"
	"math/rand/v2"

	"darkfigure/internal/resample"
)

// A Recalibration says how the log odds of pairs have to be changed to agree with the people who reviewed some:
// logit P = Shift + Slope · logit P̂.
type Recalibration struct {
	Shift, Slope     float64
	ShiftSE, SlopeSE float64
	Correlation      float64
	// Needed when the shift is above 0.5 or the slope is more than 0.3 from 1, and that is not chance (p < 0.05).
	Needed bool
	seed   uint64
}

// Draw is the shift and slope of draw d from their posterior distribution, which is normal. A slope is not below 0.05.
func (r Recalibration) Draw(d int) (shift, slope float64) {
	rng := resample.Stream(r.seed, reviewStream+1+uint64(d))
	x, y := rng.NormFloat64(), rng.NormFloat64()
	shift = r.Shift + r.ShiftSE*x
	slope = r.Slope + r.SlopeSE*(r.Correlation*x+math.Sqrt(1-r.Correlation*r.Correlation)*y)
	return shift, max(.05, slope)
}

// The limits from which a recalibration is needed.
const (
	needShift = .5
	needSlope = .3
	needZ     = 1.959963984540054 // two-sided 5 % of the normal law
)

// recalibrate fits the scores on the log odds of their pairs by logistic regression with the penalty of Firth (1993, Bias
// reduction of maximum likelihood estimates, Biometrika 80, 27–38, doi:10.1093/biomet/80.1.27), which has a finite answer
// where scores and odds agree perfectly. The strata were sampled by the odds themselves, which the regression
// is conditional on, so that it needs no weights; those of the strata would give nearly all of it to the many pairs of which nobody doubts that
// they are of two persons. Sure links found wrong where they are taken apart say nothing of weights and are left out.
func (r *Reviewed) recalibrate(seed uint64, apart map[int][]float64) (Recalibration, error) {
	var x, y []float64
	for i, p := range r.sample.Pairs {
		if r.first[i] > 0 || r.first[i] == 0 && apart[p.Stratum] == nil {
			// A share of 0 or 1 of 60 draws is no certainty.
			x = append(x, logit((60*p.Probability+.5)/61))
			y = append(y, float64(r.first[i]))
		}
	}
	out, err := firthLogistic(x, y)
	out.seed = seed
	return out, err
}

// firthLogistic fits logit P(y = 1) = Shift + Slope·x by Newton's method on the penalised score
// Σ (y − π + h(½ − π))·(1, x), h the leverages.
func firthLogistic(x, y []float64) (Recalibration, error) {
	type state struct {
		score            [2]float64
		i00, i01, i11, d float64 // information and its determinant
		value            float64
	}
	at := func(a, b float64) (s state) {
		pi := make([]float64, len(x))
		for i := range x {
			eta := a + b*x[i]
			pi[i] = 1 / (1 + math.Exp(-eta))
			w := pi[i] * (1 - pi[i])
			s.i00 += w
			s.i01 += w * x[i]
			s.i11 += w * x[i] * x[i]
			s.value += y[i]*eta - softplus(eta)
		}
		s.d = s.i00*s.i11 - s.i01*s.i01
		s.value += math.Log(s.d) / 2
		for i := range x {
			w := pi[i] * (1 - pi[i])
			h := w * (s.i11 - 2*s.i01*x[i] + s.i00*x[i]*x[i]) / s.d
			g := y[i] - pi[i] + h*(.5-pi[i])
			s.score[0] += g
			s.score[1] += g * x[i]
		}
		return s
	}
	a, b := 0., 1.
	s := at(a, b)
	if !(s.d > 1e-12) {
		return Recalibration{}, fmt.Errorf("%d scored pairs of one and the same match probability: nothing can be recalibrated; review pairs of several bands", len(x))
	}
	for range 200 {
		da := (s.i11*s.score[0] - s.i01*s.score[1]) / s.d
		db := (s.i00*s.score[1] - s.i01*s.score[0]) / s.d
		if size := max(math.Abs(da), math.Abs(db)); size < 1e-9 {
			r := Recalibration{Shift: a, Slope: b, ShiftSE: math.Sqrt(s.i11 / s.d), SlopeSE: math.Sqrt(s.i00 / s.d)}
			r.Correlation = -s.i01 / math.Sqrt(s.i00*s.i11)
			r.Needed = math.Abs(a) > needShift && math.Abs(a) > needZ*r.ShiftSE ||
				math.Abs(b-1) > needSlope && math.Abs(b-1) > needZ*r.SlopeSE
			return r, nil
		} else if size > 2 {
			da, db = 2*da/size, 2*db/size
		}
		next := at(a+da, b+db)
		for k := 0; k < 40 && !(next.value >= s.value-1e-12 && next.d > 0); k++ {
			da, db = da/2, db/2
			next = at(a+da, b+db)
		}
		a, b, s = a+da, b+db, next
	}
	return Recalibration{}, fmt.Errorf("the recalibration of %d scored pairs did not converge", len(x))
}

// betaDraw draws from Beta(a, b); logGammaDraw allows for parameters near 0.
func betaDraw(a, b float64, rng *rand.Rand) float64 {
	if a <= 0 {
		return 0
	}
	if b <= 0 {
		return 1
	}
	return 1 / (1 + math.Exp(logGammaDraw(b, rng)-logGammaDraw(a, rng)))
}
