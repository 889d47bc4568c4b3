package loglinear

import "slices"

// alike is estimators.Breakdown.Alike: in the graph of a model, whose edges are its pairs, no path leads from the covariate to a list without
// passing one of given (the global Markov property: Lauritzen 1996, Graphical Models, section 3.2). A pattern that is impossible in some
// groups makes them differ whatever the terms.
func (f *jointFit) alike(r *crossReplicates) (func(covariate string, given []string) (bool, []bool), error) {
	p := f.problem
	sets := map[string]termSet{}
	for model := range r.models {
		set, err := p.parse(model)
		if err != nil {
			return nil, err
		}
		sets[model] = set
	}
	return func(covariate string, given []string) (bool, []bool) {
		names := p.variables()
		from := slices.Index(names, covariate)
		apart := func(s termSet) bool {
			return !p.gaps && from >= p.k && !p.reaches(s, from, func(v int) bool { return slices.Contains(given, names[v]) })
		}
		of := map[string]bool{}
		for model, s := range sets {
			of[model] = apart(s)
		}
		replicates := make([]bool, len(r.names))
		for i, model := range r.names {
			replicates[i] = of[model]
		}
		return apart(f.set), replicates
	}, nil
}

// reaches reports whether a path of pairs leads from a variable to a list without passing one that is closed.
func (p *crossProblem) reaches(s termSet, from int, closed func(v int) bool) bool {
	met := make([]bool, p.k+len(p.covariates))
	met[from] = true
	for open := []int{from}; len(open) > 0; {
		v := open[0]
		open = open[1:]
		if v < p.k {
			return true
		}
		for t, in := range s {
			q := p.pairs[t]
			if !in || q.a != v && q.b != v {
				continue
			}
			if next := q.a + q.b - v; !met[next] && !closed(next) {
				met[next] = true
				open = append(open, next)
			}
		}
	}
	return false
}
