package lattice

import (
	"math"
	"slices"
)

// Promises are statistics that approximate the likelihood ratios of a model with models near it, from the information at its fit
// alone: Rao's score statistic for each set of columns that is not in it, Wald's for each that is. The columns of all sets are added
// to model to form the largest one. Empty are the cells that the model fits by zero. A set with a parameter at infinity, or whose columns
// carry no information, gets +Inf when it is not in the model and 0 when it is: nothing is known about it.
func (f *CrossFitter) Promises(model []int32, parameters []float64, empty []int32, sets [][]int32, unsure func(column int32) bool) []float64 {
	all := slices.Clone(model)
	in := map[int32]bool{}
	for _, j := range model {
		in[j] = true
	}
	for _, set := range sets {
		if !in[set[0]] {
			all = append(all, set...)
		}
	}
	slices.Sort(all)
	f.compile(all)
	if len(empty) > 0 {
		clear(f.drop)
		for _, i := range empty {
			f.drop[i] = true
		}
		f.keep(f.drop)
	}
	place := map[int32]int{}
	for i, j := range all {
		f.beta[i] = 0
		place[j] = i
		if in[j] {
			f.beta[i] = parameters[j]
		}
	}
	f.evaluate()
	f.assemble()
	p, s := len(all), len(model)
	at := make([]int, s)
	for i, j := range model {
		at[i] = place[j]
	}
	entry := func(a, b int) float64 {
		if a < b {
			a, b = b, a
		}
		return f.hess[a*p+b]
	}
	h := make([]float64, s*s)
	for i, a := range at {
		for j, b := range at[:i+1] {
			h[i*s+j] = entry(a, b)
		}
	}
	factorise(h, s, 1e-11)
	out := make([]float64, len(sets))
	half := func(v []float64) { // L⁻¹v
		for i := range v {
			row := h[i*s : i*s+i+1]
			x := v[i]
			for j, r := range row[:i] {
				x -= r * v[j]
			}
			v[i] = x * row[i]
		}
	}
	for n, set := range sets {
		d := len(set)
		vectors := make([][]float64, d)
		target := make([]float64, d)
		small := make([]float64, d*d)
		known := true
		for l, j := range set {
			v := make([]float64, s)
			if in[j] {
				i, _ := slices.BinarySearch(model, j)
				v[i] = 1
				target[l] = parameters[j]
				known = known && !unsure(j)
			} else {
				for i, a := range at {
					v[i] = entry(place[j], a)
				}
				target[l] = f.step[place[j]]
			}
			half(v)
			vectors[l] = v
		}
		member := in[set[0]]
		for l := range d {
			for r := range l + 1 {
				x := 0.0
				for i, v := range vectors[l] {
					x += v * vectors[r][i]
				}
				if !member {
					x = entry(place[set[l]], place[set[r]]) - x
				}
				small[l*d+r] = x
			}
		}
		if !known || factorise(small, d, 1e-9) > 0 {
			if !member {
				out[n] = math.Inf(1)
			}
			continue
		}
		out[n] = substitute(small, target)
	}
	return out
}
