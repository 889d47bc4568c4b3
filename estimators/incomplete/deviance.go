package incomplete

import (
	"math"

	"darkfigure/estimators"

	"gonum.org/v1/gonum/stat/distuv"
)

// statistics compares the fit with the saturated model, in which the cells of every pattern have means of their own: DF is the number of means that the rows of the
// patterns determine, less the parameters. Where levels are missing for some people of a pattern the saturated
// means are those of EM. The p-value has its own degrees of freedom, which leave out cells that can only be fitted by 0 and parameters at −∞. Pearson's statistic takes what is recorded as recorded at random within a pattern.
func (f *Fit) statistics() (out *estimators.Fit, df int) {
	p, s := f.p, f.state
	all, infinite := f.Parameters()
	k, n := float64(all), p.total
	if p.penalty != nil {
		k = f.effective()
	}
	out = &estimators.Fit{Parameters: all, MinusInfinity: infinite, LogLik: f.LogLik, AIC: -2*f.LogLik + 2*k, BIC: -2*f.LogLik + k*math.Log(n)}
	if rest := n - k - 1; rest > 0 {
		out.AICc = out.AIC + 2*k*(k+1)/rest
	} else {
		out.AICcUndefined = true
	}
	shares := p.shares(s.counts)
	saturated, determined, left := 0.0, 0, 0
	fitted := 0.0
	byPattern := map[estimators.Pattern][]int{}
	var patterns []estimators.Pattern
	for i := range p.rows {
		w := p.rows[i].pattern
		if len(byPattern[w]) == 0 {
			patterns = append(patterns, w)
		}
		byPattern[w] = append(byPattern[w], i)
		if s.counts[i] > 0 {
			fitted += s.counts[i] * math.Log(s.sum[i])
		}
	}
	for i := range p.cells {
		if p.cells[i].seen != 0 {
			fitted -= s.mu[i]
		}
	}
	for _, w := range patterns {
		rows := byPattern[w]
		saturated += p.saturated(rows, s.counts)
		determined += p.rowRank(rows, nil)
		left += p.rowRank(rows, s.kept)
		for _, i := range rows {
			if mean := shares[i] * s.sum[i]; mean > 0 {
				out.Pearson += (s.counts[i] - mean) * (s.counts[i] - mean) / mean
			}
		}
	}
	out.Deviance = math.Max(0, 2*(saturated-fitted))
	out.DF = determined - all
	if df = left - (all - infinite); df > 0 && p.penalty == nil {
		out.GoodnessOfFit, out.HasGoodnessOfFit = distuv.ChiSquared{K: float64(df)}.Survival(out.Deviance), true
	}
	return out, df
}

// saturated is the largest log-likelihood of the rows of a pattern, without constants.
func (p *problem) saturated(rows []int, counts []float64) float64 {
	total, alone := 0.0, 0.0
	kinds := map[uint64]bool{}
	for _, i := range rows {
		kinds[p.rows[i].known] = true
		if n := counts[i]; n > 0 {
			total += n
			alone += n * math.Log(n)
		}
	}
	if len(kinds) == 1 { // the rows have no cell in common
		return alone - total
	}
	mu := map[int32]float64{}
	for _, i := range rows {
		for _, c := range p.rows[i].cells {
			mu[c] = 1
		}
	}
	next := make(map[int32]float64, len(mu))
	last := math.Inf(-1)
	for range 5000 {
		clear(next)
		ll := -total
		for _, i := range rows {
			if counts[i] == 0 {
				continue
			}
			sum := 0.0
			for _, c := range p.rows[i].cells {
				sum += mu[c]
			}
			ll += counts[i] * math.Log(sum)
			for _, c := range p.rows[i].cells {
				next[c] += counts[i] * mu[c] / sum
			}
		}
		mu, next = next, mu
		if !math.IsInf(last, -1) && ll-last < 1e-9 && ll >= last {
			break
		}
		last = ll
	}
	ll := -total
	for _, i := range rows {
		if counts[i] == 0 {
			continue
		}
		sum := 0.0
		for _, c := range p.rows[i].cells {
			sum += mu[c]
		}
		ll += counts[i] * math.Log(sum)
	}
	return ll
}

// rowRank is the number of means that the rows of a pattern determine, each a sum of cells, those kept only unless kept is nil.
func (p *problem) rowRank(rows []int, kept []bool) int {
	kinds := map[uint64]bool{}
	finest := 0
	every := uint64(1)<<uint(len(p.covariates)) - 1
	var use []int
	for _, i := range rows {
		any := false
		for _, c := range p.rows[i].cells {
			if kept == nil || kept[c] {
				any = true
			}
		}
		if any {
			use = append(use, i)
			kinds[p.rows[i].known] = true
			if p.rows[i].known == every {
				finest++
			}
		}
	}
	switch {
	case len(kinds) == 1:
		return len(use)
	case finest > 0: // the other rows are sums of these
		return finest
	}
	n := len(use)
	gram := make([]float64, n*n)
	in := map[int32][]int{}
	for a, i := range use {
		for _, c := range p.rows[i].cells {
			if kept == nil || kept[c] {
				in[c] = append(in[c], a)
			}
		}
	}
	for _, of := range in {
		for _, a := range of {
			for _, b := range of {
				gram[a*n+b]++
			}
		}
	}
	return len(spanOf(gram, n).live)
}
