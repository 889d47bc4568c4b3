package truncated

import "math"

// A Case is what the model says about people alike, and what they do to it.
type Case struct {
	Values   []string // of the covariates of the data
	Captures int
	Count    int64
	Mean     float64 // expected contacts of people in the fit
	Pearson  float64 // (contacts − mean)/standard deviation
	Deviance float64 // signed root of twice what the log-likelihood of the person is below its greatest value over λ
	Leverage float64 // of one person: trace of V·X'WX with the person's observed information W; all leverages add up to the number of parameters
	// DFBeta is what leaving one such person out does to each coefficient, times −1; DFN what it does to N, the person included. Both to
	// first order: V·s/(1 − leverage) with the person's score s.
	DFBeta []float64
	DFN    float64
}

// Cases are the diagnostics of everybody in the fit, one for each group and number of contacts, in the order of the data.
func (f *Fit) Cases() []Case {
	p := f.problem
	size := len(f.beta)
	_, _, gradient := f.totals(1, func(int) int { return 0 })
	var out []Case
	var eta [3]float64
	var at point
	greatest := map[int]float64{}
	constant := p.columns[1] <= 1 && p.columns[2] <= 1 // other parameters are the same for all groups
	x := make([]float64, size)
	for g := range p.groups {
		p.predict(g, f.beta, &eta)
		p.family.at(&eta, &at)
		mean, variance := at.moments()
		offset := [3]int{0, p.columns[0], p.columns[0] + p.columns[1]}
		for i := p.start[g]; i < p.start[g+1]; i++ {
			y := p.captures[i]
			if !p.family.enters(y) {
				continue
			}
			c := Case{Captures: y, Count: int64(p.counts[i]), Mean: mean, DFBeta: make([]float64, size)}
			for _, column := range f.data.columns {
				c.Values = append(c.Values, column.Levels[column.Index[g]])
			}
			if variance > 0 {
				c.Pearson = (float64(y) - mean) / math.Sqrt(variance)
			}
			l := at.logProbability(y)
			top, known := greatest[y]
			if !known || !constant {
				top = p.family.greatest(y, eta)
				greatest[y] = top
			}
			c.Deviance = math.Copysign(math.Sqrt(math.Max(0, 2*(top-l.v))), float64(y)-mean)
			clear(x)
			for k, n := range p.columns {
				for j, v := range p.x[k][g*n : (g+1)*n] {
					x[offset[k]+j] = v * l.g[k]
				}
			}
			predictor := func(a int) int {
				switch {
				case a < offset[1]:
					return 0
				case a < offset[2]:
					return 1
				}
				return 2
			}
			value := func(a int) float64 {
				k := predictor(a)
				return p.x[k][g*p.columns[k]+a-offset[k]]
			}
			for a := range size {
				for b := range size {
					c.Leverage -= f.Covariance[a*size+b] * value(a) * value(b) * l.h[place[predictor(a)][predictor(b)]]
				}
			}
			for a := range size {
				for b := range size {
					c.DFBeta[a] += f.Covariance[a*size+b] * x[b]
				}
				if c.Leverage < 1 {
					c.DFBeta[a] /= 1 - c.Leverage
				}
				c.DFN += gradient[a] * c.DFBeta[a]
			}
			if p.family.counts(y) {
				c.DFN += at.population().v
			} else {
				c.DFN++
			}
			out = append(out, c)
		}
	}
	return out
}

// place of the second derivative by two predictors.
var place = [3][3]int{{0, 1, 2}, {1, 3, 4}, {2, 4, 5}}

// greatest is the largest log-probability of y contacts over λ, the other parameters as they are.
func (f Family) greatest(y int, eta [3]float64) float64 {
	var at point
	switch {
	case y == 1 && f.form == hurdleAfter, y == 2 && f.form == hurdleAfter: // π, and 1 − π as λ goes to 0
		share := len(f.predictors()) - 1
		if y == 1 {
			return logShare(share, eta[share]).v
		}
		return logRest(share, eta[share]).v
	case f.binary(), y == f.least(), y == 1: // probabilities that tend to one
		return 0
	}
	value := func(x float64) float64 {
		eta[0] = x
		f.at(&eta, &at)
		return at.logProbability(y).v
	}
	// Golden section: the log-probability has one maximum in log λ.
	const golden = 0.6180339887498949
	low, high := -8.0, math.Log(float64(y))+2
	a, b := high-golden*(high-low), low+golden*(high-low)
	va, vb := value(a), value(b)
	for high-low > 1e-8 {
		if va < vb {
			low, a, va = a, b, vb
			b = low + golden*(high-low)
			vb = value(b)
		} else {
			high, b, vb = b, a, va
			a = high - golden*(high-low)
			va = value(a)
		}
	}
	return math.Max(va, vb)
}

// A Marginal is how many people were seen so many times, and how many the model expects.
type Marginal struct {
	Captures int
	Observed int64
	Expected float64
}

// Marginals compare counts of contacts of people in the fit with what the model expects, up to most contacts.
func (f *Fit) Marginals(most int) []Marginal {
	p := f.problem
	var out []Marginal
	first := 1
	if p.family.form == zeroOneTruncated {
		first = 2
	}
	if p.family.binary() {
		most = 2
	}
	for y := first; y <= most; y++ {
		out = append(out, Marginal{Captures: y})
	}
	var eta [3]float64
	var at point
	for g := range p.groups {
		p.predict(g, f.beta, &eta)
		p.family.at(&eta, &at)
		people := 0.0
		for i := p.start[g]; i < p.start[g+1]; i++ {
			if p.family.enters(p.captures[i]) {
				people += p.counts[i]
				if j := p.captures[i] - first; j < len(out) {
					out[j].Observed += int64(p.counts[i])
				}
			}
		}
		for j := range out {
			out[j].Expected += people * math.Exp(at.logProbability(out[j].Captures).v)
		}
	}
	return out
}
