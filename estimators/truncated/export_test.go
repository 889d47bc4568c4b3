package truncated

// LogLikAt is the log-likelihood at other coefficients.
func (f *Fit) LogLikAt(beta []float64) float64 {
	n := newNewton(len(beta))
	n.derivatives(f.problem, beta)
	return n.logLik
}

// PopulationAt is N at other coefficients.
func (f *Fit) PopulationAt(beta []float64) float64 { return f.problem.population(beta) }
