package loglinear

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/lattice"
	"darkfigure/internal/ordinal"
)

// A Trend makes an ordered covariate enter by orthogonal polynomials, up to a degree, instead of by a parameter for each level. Levels
// that are numbers, dates, months, quarters or ranges of one width stand as far apart as they are; levels that begin or end with a number
// are taken in that order as equally far from each other. Names that say no order are an error, unless there are two of them.
type Trend struct {
	Covariate string
	Degree    int
}

// A pair is an interaction of two variables: lists come first, covariates after them.
type pair struct {
	a, b    int // a < b
	columns []int32
}

// mostCells bounds the cells of the full cross of covariates and histories.
const mostCells = 1 << 21

// crossProblem is a table with covariates made ready for the kernel: every combination of levels is a group, also those without
// people, which are evidence as much as others.
type crossProblem struct {
	lists      []string
	covariates []estimators.Covariate
	trends     []int           // degree of each covariate's polynomial; 0: a factor
	scales     []ordinal.Scale // of the covariates with a polynomial
	k, groups  int
	level      [][]int // of each covariate, by group
	observed   []int64 // by group
	y          []float64
	n          float64
	constant   float64 // Σ log y!
	gaps       bool    // there are structural zeros
	offset     Offset
	cross      *lattice.Cross
	names      []string // of columns
	main       []int32  // columns of the constant and the main effects
	pairs      []pair
}

// newCrossProblem checks what a model with covariates needs. Covariates that are not named are summed over.
func newCrossProblem(t *estimators.Table, names []string, trends []Trend, offset Offset) (*crossProblem, error) {
	p := &crossProblem{lists: t.Lists(), k: t.K(), n: float64(t.Observed()), groups: 1, offset: offset}
	if p.k < 2 {
		return nil, estimators.Refuse("too-few-lists", "the table has one list, %s: log-linear models need two or more", p.lists[0])
	}
	if p.n == 0 {
		return nil, estimators.Refuse("empty-table", "nobody is in the table")
	}
	all := t.Covariates()
	for i, name := range names {
		at := slices.IndexFunc(all, func(c estimators.Covariate) bool { return c.Name == name })
		switch {
		case at < 0:
			return nil, fmt.Errorf("no covariate %q in the table", name)
		case slices.Contains(names[:i], name):
			return nil, fmt.Errorf("the covariate %s is named twice", name)
		case len(all[at].Levels) < 2:
			return nil, fmt.Errorf("the covariate %s is the same everywhere: leave it out", name)
		}
		p.covariates = append(p.covariates, all[at])
		if p.groups *= len(all[at].Levels); p.groups<<uint(p.k) > mostCells {
			return nil, estimators.Refuse("too-large", "the full cross of %s has more than %d cells: leave out a covariate, or merge levels", strings.Join(names, ", "), mostCells)
		}
	}
	p.trends, p.scales = make([]int, len(names)), make([]ordinal.Scale, len(names))
	for _, trend := range trends {
		at := slices.Index(names, trend.Covariate)
		switch {
		case at < 0:
			return nil, fmt.Errorf("a trend of %s, which is not a covariate of the model", trend.Covariate)
		case p.trends[at] != 0:
			return nil, fmt.Errorf("two trends of %s", trend.Covariate)
		case trend.Degree < 1 || trend.Degree >= len(p.covariates[at].Levels):
			return nil, fmt.Errorf("a polynomial of degree %d of %s: its %d levels allow degrees 1 to %d", trend.Degree, trend.Covariate, len(p.covariates[at].Levels), len(p.covariates[at].Levels)-1)
		}
		p.trends[at] = trend.Degree
		scale, ok := ordinal.Of(p.covariates[at].Levels)
		switch levels := p.covariates[at].Levels; {
		case ok:
			p.scales[at] = scale
		case len(levels) == 2: // a line goes through both, whichever is first
			p.scales[at] = ordinal.Scale{At: []float64{0, 1}, Ranks: true}
		default:
			return nil, fmt.Errorf("a trend of %s: the names of its levels, %s, do not say their order; number them, as in 1-%s, or let %s be a factor", trend.Covariate, strings.Join(levels, ", "), levels[0], trend.Covariate)
		}
	}
	if err := p.count(t, names); err != nil {
		return nil, err
	}
	return p, nil
}

// count fills the cells and the design.
func (p *crossProblem) count(t *estimators.Table, names []string) error {
	p.level = make([][]int, len(p.covariates))
	for j := range p.covariates {
		p.level[j] = make([]int, p.groups)
	}
	for g := range p.groups {
		rest := g
		for j := len(p.covariates) - 1; j >= 0; j-- {
			n := len(p.covariates[j].Levels)
			p.level[j][g] = rest % n
			rest /= n
		}
	}
	m := 1 << uint(p.k)
	p.y, p.observed = make([]float64, p.groups*m), make([]int64, p.groups)
	impossible := map[int]bool{}
	strata, err := t.Stratify(names...)
	if err != nil {
		return err
	}
	for _, s := range strata {
		g := 0
		for j, l := range s.Labels {
			at := slices.Index(p.covariates[j].Levels, l.Level)
			if at < 0 {
				return estimators.Refuse("missing-covariate", "%s of %s people is not known", l.Name, estimators.People(float64(s.Table.Observed())))
			}
			g = g*len(p.covariates[j].Levels) + at
		}
		for w, c := range s.Table.Counts() {
			p.y[g*m+w] = float64(c)
			p.observed[g] += c
			if c > 1 {
				lg, _ := math.Lgamma(float64(c) + 1)
				p.constant += lg
			}
		}
		for _, w := range s.Table.StructuralZeros() {
			impossible[g*m+int(w)] = true
		}
	}
	for _, w := range t.StructuralZeros() {
		for g := range p.groups {
			impossible[g*m+int(w)] = true
		}
	}
	p.gaps = len(impossible) > 0
	overlap := false
	for i, c := range p.y {
		overlap = overlap || c > 0 && (i%m)&(i%m-1) != 0
	}
	if !overlap {
		return estimators.Refuse("no-overlap", "none of the %s people is on two lists: from people seen once nothing can be learnt about those not seen", estimators.People(p.n))
	}
	p.design(func(g int, w uint32) bool { return impossible[g*m+int(w)] })
	return nil
}

// variables are the names of lists and covariates.
func (p *crossProblem) variables() []string {
	out := slices.Clone(p.lists)
	for _, c := range p.covariates {
		out = append(out, c.Name)
	}
	return out
}

// codes are the columns of a covariate's main effect, by group, with their names: treatment contrasts against the first
// level, or polynomials orthonormal over the levels.
func (p *crossProblem) codes(j int) (names []string, values [][]float64) {
	c := p.covariates[j]
	if d := p.trends[j]; d > 0 {
		for q, poly := range orthogonal(places(p.scales[j].At), d) {
			v := make([]float64, p.groups)
			for g := range v {
				v[g] = poly[p.level[j][g]]
			}
			names, values = append(names, fmt.Sprintf("%s^%d", c.Name, q+1)), append(values, v)
		}
		return names, values
	}
	for l := 1; l < len(c.Levels); l++ {
		v := make([]float64, p.groups)
		for g := range v {
			if p.level[j][g] == l {
				v[g] = 1
			}
		}
		names, values = append(names, c.Name+"="+c.Levels[l]), append(values, v)
	}
	return names, values
}

// places moves points to between 0 and n−1, where points that are equally far apart are exactly 0, …, n−1.
func places(at []float64) []float64 {
	low, wide := slices.Min(at), slices.Max(at)-slices.Min(at)
	out := make([]float64, len(at))
	for i, x := range at {
		out[i] = (x - low) / wide * float64(len(at)-1)
		if whole := math.Round(out[i]); math.Abs(out[i]-whole) < 1e-9 {
			out[i] = whole
		}
	}
	return out
}

// ordered are the levels of a covariate with a polynomial, from the first to the last.
func (p *crossProblem) ordered(j int) []string {
	var out []string
	for _, i := range p.scales[j].Order() {
		out = append(out, p.covariates[j].Levels[i])
	}
	return out
}

// inOrder sorts the groups of a covariate with a polynomial.
func (p *crossProblem) inOrder(j int, g *estimators.Grouping) {
	if p.trends[j] == 0 {
		return
	}
	order := p.ordered(j)
	from := make([]int, len(g.Totals))
	for i := range from {
		from[i] = i
	}
	slices.SortFunc(from, func(a, b int) int {
		return cmp.Compare(slices.Index(order, g.Totals[a].Stratum[0].Level), slices.Index(order, g.Totals[b].Stratum[0].Level))
	})
	sums := slices.Clone(g.Totals)
	covariance := make([][]float64, len(g.Covariance))
	for a, i := range from {
		sums[a] = g.Totals[i]
		if len(covariance) > 0 {
			covariance[a] = make([]float64, len(from))
			for b, k := range from {
				covariance[a][b] = g.Covariance[i][k]
			}
		}
	}
	g.Totals = sums
	if len(covariance) > 0 {
		g.Covariance = covariance
	}
}

// trendNotes say in which order the levels of polynomials stand, and how far apart.
func (p *crossProblem) trendNotes() []string {
	var out []string
	for j, d := range p.trends {
		switch {
		case d > 0 && p.scales[j].Ranks:
			out = append(out, fmt.Sprintf("the polynomial of %s takes its levels in this order, equally far apart: %s", p.covariates[j].Name, strings.Join(p.ordered(j), ", ")))
		case d > 0:
			out = append(out, fmt.Sprintf("the polynomial of %s takes its levels in this order, as far apart as they are: %s", p.covariates[j].Name, strings.Join(p.ordered(j), ", ")))
		}
	}
	return out
}

// orthogonal are polynomials of degree 1 to d at n points, each of length one and orthogonal to those before and to the
// constant (Gram–Schmidt, twice for accuracy). The coefficient of the highest power is positive.
func orthogonal(at []float64, d int) [][]float64 {
	n := len(at)
	basis := make([][]float64, d+1)
	for q := range basis {
		v := make([]float64, n)
		for i := range v {
			v[i] = math.Pow(at[i]-float64(n-1)/2, float64(q))
		}
		for range 2 {
			for _, b := range basis[:q] {
				dot := 0.0
				for i := range v {
					dot += v[i] * b[i]
				}
				for i := range v {
					v[i] -= dot * b[i]
				}
			}
		}
		length := 0.0
		for _, x := range v {
			length += x * x
		}
		for i := range v {
			v[i] /= math.Sqrt(length)
		}
		basis[q] = v
	}
	return basis[1:]
}

// design makes the columns of every main effect and pair.
func (p *crossProblem) design(excluded func(g int, w uint32) bool) {
	type column struct {
		lattice.CrossColumn
		name string
		pair int // −1: main effect
	}
	ones := make([]float64, p.groups)
	for g := range ones {
		ones[g] = 1
	}
	columns := []column{{lattice.CrossColumn{Value: ones}, "intercept", -1}}
	codeNames, codes := make([][]string, len(p.covariates)), make([][][]float64, len(p.covariates))
	for i, name := range p.lists {
		columns = append(columns, column{lattice.CrossColumn{Mask: 1 << uint(i), Value: ones}, name, -1})
	}
	for j := range p.covariates {
		codeNames[j], codes[j] = p.codes(j)
		for l, v := range codes[j] {
			columns = append(columns, column{lattice.CrossColumn{Value: v}, codeNames[j][l], -1})
		}
	}
	for a := range p.k + len(p.covariates) {
		for b := a + 1; b < p.k+len(p.covariates); b++ {
			if p.k == 2 && b == 1 || b < p.k && p.offset.fixes(1<<uint(a)|1<<uint(b)) {
				continue // the interaction of all lists, or one that is assumed
			}
			at := len(p.pairs)
			p.pairs = append(p.pairs, pair{a: a, b: b})
			switch {
			case b < p.k:
				columns = append(columns, column{lattice.CrossColumn{Mask: 1<<uint(a) | 1<<uint(b), Value: ones}, p.lists[a] + "*" + p.lists[b], at})
			case a < p.k:
				for l, v := range codes[b-p.k] {
					columns = append(columns, column{lattice.CrossColumn{Mask: 1 << uint(a), Value: v}, p.lists[a] + "*" + codeNames[b-p.k][l], at})
				}
			default:
				for l, v := range codes[a-p.k] {
					for r, u := range codes[b-p.k] {
						both := make([]float64, p.groups)
						for g := range both {
							both[g] = v[g] * u[g]
						}
						columns = append(columns, column{lattice.CrossColumn{Value: both}, codeNames[a-p.k][l] + "*" + codeNames[b-p.k][r], at})
					}
				}
			}
		}
	}
	slices.SortStableFunc(columns, func(x, y column) int { return cmp.Compare(x.Mask, y.Mask) })
	kernel := make([]lattice.CrossColumn, len(columns))
	for i, c := range columns {
		kernel[i] = c.CrossColumn
		p.names = append(p.names, c.name)
		if c.pair < 0 {
			p.main = append(p.main, int32(i))
		} else {
			p.pairs[c.pair].columns = append(p.pairs[c.pair].columns, int32(i))
		}
	}
	p.cross = lattice.NewCross(p.k, p.groups, kernel, excluded)
}

// newFitter makes a fitter of the counts, with what is assumed.
func (p *crossProblem) newFitter() *lattice.CrossFitter {
	f := p.cross.NewFitter(p.y)
	f.SetOffset(p.offset.vector(p.k))
	return f
}

// A termSet says which pairs are in a model.
type termSet []bool

func (s termSet) with(t int, in bool) termSet {
	out := slices.Clone(s)
	out[t] = in
	return out
}

// columns lists the columns of a model, ascending.
func (p *crossProblem) columns(s termSet) []int32 {
	out := slices.Clone(p.main)
	for t, in := range s {
		if in {
			out = append(out, p.pairs[t].columns...)
		}
	}
	slices.Sort(out)
	return out
}

func (p *crossProblem) termName(t int) string {
	v := p.variables()
	return v[p.pairs[t].a] + "*" + v[p.pairs[t].b]
}

// format writes a model by its generators, as in [R1*X1,R2*R4,R3]; a covariate that enters as a polynomial has its degree behind
// it, as in YEAR:2.
func (p *crossProblem) format(s termSet) string {
	names := p.variables()
	for j, d := range p.trends {
		if d > 0 {
			names[p.k+j] += fmt.Sprintf(":%d", d)
		}
	}
	alone := make([]bool, len(names))
	for i := range alone {
		alone[i] = true
	}
	var parts []string
	for t, in := range s {
		if in {
			q := p.pairs[t]
			parts = append(parts, names[q.a]+"*"+names[q.b])
			alone[q.a], alone[q.b] = false, false
		}
	}
	for i, name := range names {
		if alone[i] {
			parts = append(parts, name)
		}
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// parse reads a model of pairs of names joined by *, as in [R1*X1,R2*R4]. A single name adds nothing; main effects are always in.
func (p *crossProblem) parse(model string) (termSet, error) {
	out := make(termSet, len(p.pairs))
	names := p.variables()
	body := strings.NewReplacer("][", ",", "[", "", "]", "").Replace(model)
	for g := range strings.SplitSeq(body, ",") {
		g = strings.TrimSpace(g)
		if g == "" || slices.Contains(names, g) {
			continue
		}
		parts := strings.Split(g, "*")
		var at []int
		for _, name := range parts {
			name = strings.TrimSpace(name)
			i := slices.Index(names, name)
			if i < 0 {
				if head, _, ok := strings.Cut(name, ":"); ok {
					i = slices.Index(names, head) // the degree of a trend
				}
			}
			if i < 0 {
				return nil, fmt.Errorf("model %q: %q is neither a list nor a covariate of the model: %s", model, name, strings.Join(names, ", "))
			}
			at = append(at, i)
		}
		if len(at) == 1 {
			continue
		}
		if len(at) != 2 || at[0] == at[1] {
			return nil, fmt.Errorf("model %q: %s is not an interaction of two: models with covariates have pairs", model, g)
		}
		t := slices.IndexFunc(p.pairs, func(q pair) bool { return q.a == min(at[0], at[1]) && q.b == max(at[0], at[1]) })
		if t < 0 && p.offset.fixes(1<<uint(at[0])|1<<uint(at[1])) {
			continue // assumed: no parameter
		}
		if t < 0 {
			return nil, fmt.Errorf("model %q: the interaction of both lists cannot be estimated: nobody has seen the people it would need", model)
		}
		out[t] = true
	}
	return out, nil
}

// labels are the levels of a group, of the covariates named by their places.
func (p *crossProblem) labels(g int, of []int) []estimators.Label {
	out := make([]estimators.Label, len(of))
	for i, j := range of {
		out[i] = estimators.Label{Name: p.covariates[j].Name, Level: p.covariates[j].Levels[p.level[j][g]]}
	}
	return out
}
