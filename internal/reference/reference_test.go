package reference_test

import (
	"math"
	"slices"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/reference"
)

// The numbers must belong to the tables of the same name: statistics that the other
// programs counted are counted again.
func TestTablesAreThoseOfTheOtherPrograms(t *testing.T) {
	for _, d := range reference.Descriptive(t, reference.Every) {
		tab := reference.Table(t, d.Table)
		var n, u, v []int64
		for i := range tab.K() {
			n = append(n, sum(tab, func(p estimators.Pattern) bool { return p.Has(i) }))
			u = append(u, sum(tab, func(p estimators.Pattern) bool { return p.Lists()[0] == i }))
			v = append(v, sum(tab, func(p estimators.Pattern) bool { return p.Lists()[p.Size()-1] == i }))
		}
		f := tab.Frequencies()
		for j, want := range d.F {
			if got := f.Seen(j + 1); got != want {
				t.Errorf("%s: %d persons seen %d times, want %d", d.Table, got, j+1, want)
			}
		}
		if tab.Observed() != d.Observed || !slices.Equal(n, d.N) || !slices.Equal(u, d.U) || !slices.Equal(v, d.V) {
			t.Errorf("%s: observed %d, n %v, u %v, v %v, want %+v", d.Table, tab.Observed(), n, u, v, d)
		}
	}
	for _, c := range reference.CARE1(t, reference.Every) {
		tab := reference.Table(t, c.Table)
		for i := range tab.K() {
			if got := sum(tab, func(p estimators.Pattern) bool { return p.Has(i) }); got != c.N[i] {
				t.Errorf("%s: %d persons on list %d, want %d", c.Table, got, i+1, c.N[i])
			}
			if got := sum(tab, func(p estimators.Pattern) bool { return p == 1<<uint(i) }); got != c.Singles[i] {
				t.Errorf("%s: %d persons on list %d alone, want %d", c.Table, got, i+1, c.Singles[i])
			}
		}
		for _, p := range c.Pairs {
			m := sum(tab, func(q estimators.Pattern) bool { return q.Contains(reference.Pair(p.Lists)) })
			// Petersen, n1·n2/m.
			if want := float64(c.N[p.Lists[0]-1]) * float64(c.N[p.Lists[1]-1]) / float64(m); m > 0 && !reference.Close(p.Petersen, want, 1e-12) {
				t.Errorf("%s lists %v: Petersen %v, want %v", c.Table, p.Lists, p.Petersen, want)
			}
		}
	}
	for _, e := range reference.Existence(t, reference.Every) {
		tab := reference.Table(t, e.Table)
		var empty [][2]int
		for j := 2; j <= tab.K(); j++ {
			for i := 1; i < j; i++ {
				pair := [2]int{i, j}
				if sum(tab, func(p estimators.Pattern) bool { return p.Contains(reference.Pair(pair)) }) == 0 {
					empty = append(empty, pair)
				}
			}
		}
		slices.SortFunc(e.Empty, func(a, b [2]int) int { return slices.Compare([]int{a[1], a[0]}, []int{b[1], b[0]}) })
		if !slices.Equal(empty, e.Empty) {
			t.Errorf("%s: pairs without overlap %v, want %v", e.Table, empty, e.Empty)
		}
	}
}

func sum(t *estimators.Table, in func(estimators.Pattern) bool) int64 {
	var n int64
	for _, c := range t.Cells() {
		if in(c.Pattern) {
			n += c.Count
		}
	}
	return n
}

// Numbers of hierarchical models: 8, 113 and 6,893 with the saturated one left out;
// the files hold all up to order 3, and of uk5 those of order 4 too.
func TestAllModels(t *testing.T) {
	for _, c := range []struct {
		table                      string
		models, accepted, rcapture int
	}{
		{"artificial3", 8, 4, 0}, {"hav", 8, 8, 8}, {"korea", 8, 6, 6}, {"hiv", 113, 111, 111}, {"kosovo", 113, 113, 113}, {"uk5", 6893, 6084, 6765},
	} {
		var models, accepted, rcapture int
		for _, m := range reference.AllModels(t, c.table) {
			models++
			if len(reference.Terms(t, m.Name)) == 0 {
				t.Errorf("%s: %q has no terms", c.table, m.Name)
			}
			if m.Rcapture != nil {
				rcapture++
			}
			if m.Status != 0 {
				continue
			}
			accepted++
			// The two programs agree where the extended MLE exists: their N to 1e-4, BIC to 5e-7.
			if r := m.Rcapture; r != nil && (!reference.Close(r.N, m.N, 1e-4) || !reference.Close(r.BIC, m.BIC, 5e-7)) {
				t.Errorf("%s %s: N %v and %v, BIC %v and %v", c.table, m.Name, m.N, r.N, m.BIC, r.BIC)
			}
		}
		if models != c.models || accepted != c.accepted || rcapture != c.rcapture {
			t.Errorf("%s: %d models, %d accepted, %d of Rcapture; want %+v", c.table, models, accepted, rcapture, c)
		}
	}
}

// Every loader reads its file to the end, and its numbers hang together.
func TestLoaders(t *testing.T) {
	tables := func(name string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d results, want %d", name, got, want)
		}
	}
	observed := func(table string) int64 {
		if table == "immigrants" {
			return reference.Repeats(t, table).Observed()
		}
		return reference.Table(t, table).Observed()
	}
	fits := func(name string, fits []reference.Fit, want int) {
		t.Helper()
		tables(name, len(fits), want)
		for _, f := range fits {
			if f.Source.Program != "Rcapture" || f.Call == "" || f.Model == "" {
				t.Errorf("%s: %+v", name, f)
			}
			impossible := f.Table == "uk5" && f.Model == "Mb" || f.Table == "korea" && f.Model == "Mbh"
			if f.Error == "" && !impossible && f.N < float64(observed(f.Table)) {
				t.Errorf("%s %s %s: N %v is below the observed", name, f.Table, f.Model, f.N)
			}
			// BIC − AIC = p (log n − 2), with p = cells − df, for a fit of all histories.
			if name == "Closedp" {
				k := reference.Table(t, f.Table).K()
				p := float64(int(1)<<uint(k) - 1 - f.DF)
				if want := f.AIC + p*(math.Log(float64(observed(f.Table)))-2); !reference.Close(f.BIC, want, 1e-10) {
					t.Errorf("%s %s: BIC %v, want %v", f.Table, f.Model, f.BIC, want)
				}
			}
		}
	}
	fits("Closedp", reference.Closedp(t, reference.Every), 9*12)
	fits("Closedp0", reference.Closedp0(t, reference.Every), 10*5)
	fits("ClosedpNegative", reference.ClosedpNegative(t, reference.Every), 9*12)
	fits("Corrected", reference.Corrected(t, "korea"), 11)
	fits("Profiles", reference.Profiles(t, "korea"), 7)
	fits("Profiles0", reference.Profiles0(t, "immigrants"), 5)
	fits("Interactions", reference.Interactions(t, reference.Every), 10)
	tables("Stepwise", len(reference.Stepwise(t, reference.Every)), 11*6)
	tables("Pairs", len(reference.Pairs(t, "korea")), 2+2+3)
	resampled := map[string]reference.Resampled{}
	for _, r := range reference.Resamples(t, reference.Every) {
		resampled[r.Table] = r
		table := reference.Table(t, r.Table)
		if patterns := r.Patterns(t); len(patterns) != len(r.Jackknife) || len(r.Resamples) != 15 {
			t.Errorf("Resamples: %s has %d cells, %d jackknife values, %d resamples", r.Table, len(patterns), len(r.Jackknife), len(r.Resamples))
		} else if n := sum(table, func(p estimators.Pattern) bool { return slices.Contains(patterns, p) }); n != table.Observed() {
			t.Errorf("Resamples: %s has %d of %d persons in its cells", r.Table, n, table.Observed())
		}
		for i, s := range r.Resamples {
			if n := r.With(t, s.Counts).Observed(); n != table.Observed() || s.N <= float64(n) {
				t.Errorf("Resamples: %s %d has %d persons of %v", r.Table, i+1, n, s.N)
			}
		}
	}
	tables("Resamples", len(resampled), 6)
	bca := reference.BCaIntervals(t, reference.Every)
	tables("BCaIntervals", len(bca), 7)
	for _, b := range bca {
		// The two files come from different calls.
		if r, ok := resampled[b.Table]; ok && !reference.Close(b.Acceleration, r.Acceleration, 1e-12) {
			t.Errorf("BCaIntervals: %s has acceleration %v, and %v", b.Table, b.Acceleration, r.Acceleration)
		}
		if len(b.Replicates) < 300 || len(b.BCa) != 8 || len(b.Plain) != 11 || b.Call == "" {
			t.Errorf("BCaIntervals: %s has %d replicates, %d and %d quantiles", b.Table, len(b.Replicates), len(b.BCa), len(b.Plain))
		}
	}
	tables("BestModels", len(reference.BestModels(t, reference.Every)), 5*20)
	tables("BIC", len(reference.BIC(t, "artificial3")), 4)
	tables("MSEPoint", len(reference.MSEPoint(t, reference.Every)), 8+4)
	threshold := reference.Threshold(t, reference.Every)
	tables("Threshold", len(threshold), 7)
	for _, r := range threshold {
		if n := float64(observed(r.Table)); !(n < r.Lower95 && r.Lower95 < r.Lower80 && r.Lower80 < r.N && r.N < r.Upper80 && r.Upper80 < r.Upper95) || r.Call == "" || r.Source.Program == "" {
			t.Errorf("Threshold: %+v", r)
		}
	}
	tables("CARE1", len(reference.CARE1(t, reference.Every)), 8)
	tables("ModelCounts", len(reference.ModelCounts(t)), 8)
}
