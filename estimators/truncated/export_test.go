package truncated

// LogLikAt is the log-likelihood at other coefficients.
func (f *Fit) LogLikAt(beta []float64) float64 {
	n := newNewton(len(beta))
	n.derivatives(f.problem, beta)
	return n.logLik
}

// PopulationAt is N at other coefficients.
func (f *Fit) PopulationAt(beta []float64) float64 {
	return f.problem.population(beta, make([]float64, f.problem.groups))
}

// LogLikByCases is the same, from the log-probability of each number of contacts.
func (f *Fit) LogLikByCases(beta []float64) float64 {
	p, sum := f.problem, 0.0
	var eta [3]float64
	var at point
	for g := range p.groups {
		p.predict(g, beta, &eta)
		p.family.at(&eta, &at)
		for i := p.start[g]; i < p.start[g+1]; i++ {
			if p.family.enters(p.captures[i]) {
				sum += p.counts[i] * at.logProbability(p.captures[i]).v
			}
		}
	}
	return sum
}
