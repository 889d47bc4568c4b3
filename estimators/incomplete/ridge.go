package incomplete

import "fmt"

// Ridge takes Lambda·Σβ² off the log-likelihood of what was observed, over the interactions: coefficients are drawn towards none, so that
// empty cells do not take any to infinity. It does not make up for what the rows cannot say: a model that is not identifiable is refused as
// without. The coefficients depend on the coding: treatment contrasts against the first level.
type Ridge struct {
	Lambda float64 // 0: no penalty
	// MainEffects penalises main effects too, and the constant alone is free, as the program MSEincomplete of Cruyff has it. How often people
	// are seen at all is then drawn towards one half, whatever the data say.
	MainEffects bool
}

// what the penalty is on.
func (r Ridge) what() string {
	if r.MainEffects {
		return "all coefficients but the constant"
	}
	return "interactions only"
}

// penalise sets the penalty of every column.
func (p *problem) penalise(r Ridge) error {
	if !(r.Lambda >= 0) || r.Lambda > 1e12 {
		return fmt.Errorf("a ridge penalty of %g: it is a number of at least 0", r.Lambda)
	}
	if r.Lambda == 0 {
		return nil
	}
	p.penalty = make([]float64, len(p.columns))
	for j, t := range p.of {
		if t != 0 && (r.MainEffects || len(t.variables()) > 1) {
			p.penalty[j] = r.Lambda
		}
	}
	return nil
}

// held is the penalty at coefficients of the columns in use.
func (f *fitter) held(beta []float64) float64 {
	sum := 0.0
	if f.p.penalty != nil {
		for a, j := range f.live {
			sum += f.p.penalty[j] * beta[a] * beta[a]
		}
	}
	return sum
}

// effective is the number of effective parameters, tr((I + 2Λ)⁻¹I); without a penalty that of all that are finite.
func (f *Fit) effective() float64 {
	edf := float64(len(f.state.live))
	if f.p.penalty != nil {
		for a, j := range f.state.live {
			edf -= 2 * f.p.penalty[j] * f.covarying[a][a]
		}
	}
	return edf
}
