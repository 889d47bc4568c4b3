package loglinear

import (
	"testing"

	"darkfigure/internal/reference"
	"darkfigure/internal/resample"
)

// Replicates screen the candidates of a step by score and Wald statistics; the path must be that of the search that fits every
// candidate.
func TestScreenedSearchTakesTheSamePath(t *testing.T) {
	tables, lists := []string{"scotland", "spina-ethnicity"}, []int{4, 3}
	draws := 150
	if testing.Short() {
		draws = 15
	}
	for i, name := range tables {
		table := reference.WithCovariates(t, name, lists[i])
		p, err := newCrossProblem(table, Joint{}.covariates(table), nil, Offset{})
		if err != nil {
			t.Fatal(err)
		}
		whole := &walk{problem: p, fitter: p.cross.NewFitter(p.y)}
		if _, err := whole.run(t.Context(), p.phases()[:1]); err != nil {
			t.Fatal(err)
		}
		c, _, err := p.fitOn(t.Context(), whole.fitter, whole.sets[len(whole.sets)-1], nil)
		if err != nil {
			t.Fatal(err)
		}
		c.complete(whole.fitter)
		d, err := c.draws(Semiparametric)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int64, len(d.cells))
		fewer, all := 0, 0
		for r := range draws {
			resample.Multinomial(counts, d.total, d.p, resample.Stream(31, uint64(r)))
			y := make([]float64, len(p.y))
			for j, at := range d.cells {
				if at%(1<<uint(p.k)) != 0 {
					y[at] = float64(counts[j])
				}
			}
			q := p.drawn(y)
			full, screened := &walk{problem: q, fitter: p.cross.NewFitter(y)}, &walk{problem: q, fitter: p.cross.NewFitter(y), screened: true}
			_, errFull := full.run(t.Context(), q.phases())
			_, errScreened := screened.run(t.Context(), q.phases())
			if (errFull == nil) != (errScreened == nil) {
				t.Fatalf("%s, replicate %d: %v and %v", name, r, errFull, errScreened)
			}
			all, fewer = all+full.fits, fewer+screened.fits
			taken := 0
			for _, s := range full.steps {
				if s.Reason != nil {
					continue // shown, not taken
				}
				if taken >= len(screened.steps) || screened.steps[taken].Model != s.Model {
					t.Fatalf("%s, replicate %d, step %d: %s, screened otherwise", name, r, taken, s.Term)
				}
				taken++
			}
			if taken != len(screened.steps) {
				t.Fatalf("%s, replicate %d: %d steps and %d", name, r, taken, len(screened.steps))
			}
		}
		if fewer >= all {
			t.Errorf("%s: screening leaves %d of %d fits", name, fewer, all)
		}
	}
}

// The model of least BIC on the whole path is the one that ends its first phase: where only the choice is shown, the search can end there. And
// the model that ends a phase is not fitted with its neighbours again: forgetting them changes nothing on the path.
func TestSearchForTheChoiceAlone(t *testing.T) {
	for name, lists := range map[string]int{"scotland": 4, "spina-ethnicity": 3, "simdat": 4} {
		table := reference.WithCovariates(t, name, lists)
		p, err := newCrossProblem(table, Joint{}.covariates(table), nil, Offset{})
		if err != nil {
			t.Fatal(err)
		}
		whole, alone := &walk{problem: p, fitter: p.newFitter()}, &walk{problem: p, fitter: p.newFitter()}
		if _, err := whole.run(t.Context(), p.phases()); err != nil {
			t.Fatal(err)
		}
		if _, err := alone.run(t.Context(), p.choosing(BIC)); err != nil {
			t.Fatal(err)
		}
		a, b := whole.steps[chosenStep(whole.steps, BIC)], alone.steps[chosenStep(alone.steps, BIC)]
		if a.Model != b.Model || a.Population != b.Population || a.Fit.BIC != b.Fit.BIC {
			t.Errorf("%s: %s with %v of the whole path, %s with %v of its first phase", name, a.Model, a.Population, b.Model, b.Population)
		}
		ends := whole.aroundOf
		known := len(whole.around)
		whole.aroundOf = nil
		for _, ph := range p.phases() {
			if next, term, err := whole.step(t.Context(), ends, phase{ph.name, ph.cost, false}); err != nil || next != nil {
				t.Errorf("%s: after the path, %s by %s, %v", name, term, ph.name, err)
			}
		}
		if len(whole.around) != known {
			t.Errorf("%s: %d neighbours, and %d when they are fitted again", name, known, len(whole.around))
		}
	}
}
