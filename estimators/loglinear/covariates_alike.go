package loglinear

import "slices"

// chances is estimators.Chances of a model with covariates: in the graph of a model, whose edges are its pairs, no path leads from the
// covariate to a list without passing one of given (the global Markov property: Lauritzen 1996, Graphical Models, section 3.2). A pattern that
// is impossible in some groups makes them differ whatever the terms.
type chances struct {
	names  []string // of lists and covariates
	k      int
	pairs  []pair
	gaps   bool
	model  termSet
	models map[string]termSet // of replicates
	drawn  []string           // the model of each replicate; "" without an estimate
}

func (f *jointFit) chances(r *crossReplicates) (*chances, error) {
	p := f.problem
	out := &chances{names: p.variables(), k: p.k, pairs: p.pairs, gaps: p.gaps, model: f.set, models: map[string]termSet{}, drawn: r.names}
	for model := range r.models {
		set, err := p.parse(model)
		if err != nil {
			return nil, err
		}
		out.models[model] = set
	}
	return out, nil
}

// Alike is that of estimators.Chances.
func (c *chances) Alike(covariate string, given []string) (model bool, replicates []bool) {
	of := map[string]bool{}
	for model, s := range c.models {
		of[model] = c.apart(s, covariate, given)
	}
	replicates = make([]bool, len(c.drawn))
	for i, model := range c.drawn {
		replicates[i] = of[model]
	}
	return c.apart(c.model, covariate, given), replicates
}

// apart reports that no path of pairs leads from a covariate to a list without passing one that is given.
func (c *chances) apart(s termSet, covariate string, given []string) bool {
	from := slices.Index(c.names, covariate)
	if c.gaps || from < c.k {
		return false
	}
	met := make([]bool, len(c.names))
	met[from] = true
	for open := []int{from}; len(open) > 0; {
		v := open[0]
		open = open[1:]
		if v < c.k {
			return false
		}
		for t, in := range s {
			q := c.pairs[t]
			if !in || q.a != v && q.b != v {
				continue
			}
			if next := q.a + q.b - v; !met[next] && !slices.Contains(given, c.names[next]) {
				met[next] = true
				open = append(open, next)
			}
		}
	}
	return true
}
