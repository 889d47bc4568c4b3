package sensitivity_test

import (
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/sensitivity"
)

// afghans is the table of people from Afghanistan, Iran and Iraq in two Dutch registers, A and B, each with a covariate of its own, of van der Heijden, Smith,
// Cruyff and Bakker (2018), Journal of Official Statistics 34:239.
func afghans(t *testing.T) *estimators.Table {
	t.Helper()
	covariates := []string{"X1", "X2"}
	var cells []estimators.Cell
	add := func(p estimators.Pattern, x1, x2 string, y int64) {
		cells = append(cells, estimators.Cell{Pattern: p, Levels: []string{x1, x2}, Count: y})
	}
	add(0b11, "0", "0", 259)
	add(0b11, "0", "1", 539)
	add(0b11, "1", "0", 110)
	add(0b11, "1", "1", 177)
	add(0b01, "0", "", 13898)
	add(0b01, "1", "", 12356)
	add(0b10, "", "0", 91)
	add(0b10, "", "1", 164)
	table, err := estimators.NewTable([]string{"A", "B"}, covariates, cells)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Table 2 of the same article: people missed, and N, with one odds ratio fixed at 0.67 and at 1.5. 0.67 is 1/1.5 there: 6,175.9/1.5 = 4,117.
func TestPublishedOffsets(t *testing.T) {
	curves, err := sensitivity.Covariates(t.Context(), afghans(t), sensitivity.Options{From: 1 / 1.5, To: 1.5, Steps: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(curves) != 3 {
		t.Fatalf("%d curves", len(curves))
	}
	const n = 27594
	for i, c := range []struct{ below, above, belowN, aboveN float64 }{
		{4117, 9264, 31711, 36858},
		{6736, 5711, 34330, 33305},
		{6136, 6220, 33730, 33814},
	} {
		curve := curves[i]
		printed(t, curve.Name+", N at 1", at(t, curve, 1).Population, 33769.9, 0.1)
		low, high := at(t, curve, 1/1.5), at(t, curve, 1.5)
		printed(t, curve.Name+", missed at 0.67", low.Population-n, c.below, 1)
		printed(t, curve.Name+", missed at 1.5", high.Population-n, c.above, 1)
		printed(t, curve.Name+", N at 0.67", low.Population, c.belowN, 1)
		printed(t, curve.Name+", N at 1.5", high.Population, c.aboveN, 1)
	}
}

// With the covariates crossed and no dependence between them, N is that of two lists without covariates, and so is the standard error.
func TestCrossedWithoutDependence(t *testing.T) {
	covariates := []string{"X1", "X2"}
	var cells []estimators.Cell
	for _, c := range []struct {
		p      estimators.Pattern
		x1, x2 string
		y      int64
	}{{3, "a", "c", 60}, {3, "a", "d", 120}, {3, "b", "c", 20}, {3, "b", "d", 40}, {1, "a", "", 300}, {1, "b", "", 100}, {2, "", "c", 70}, {2, "", "d", 140}} {
		cells = append(cells, estimators.Cell{Pattern: c.p, Levels: []string{c.x1, c.x2}, Count: c.y})
	}
	table, err := estimators.NewTable([]string{"A", "B"}, covariates, cells)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := sensitivity.Covariates(t.Context(), table, sensitivity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := curves[0].Base
	hidden := 400.0 * 210 / 240
	near(t, "N", p.Population, 850+hidden, 1e-10)
	factor := math.Exp(1.959963985 * math.Sqrt(math.Log1p(1/hidden+1.0/400+1.0/210+1.0/240)))
	near(t, "lower", p.Lower, 850+hidden/factor, 1e-8)
	near(t, "upper", p.Upper, 850+hidden*factor, 1e-8)
}

// What is not such a table is refused, with the reason.
func TestCrossedRefused(t *testing.T) {
	plain := two(10, 20, 30)
	curves, err := sensitivity.Covariates(t.Context(), plain, sensitivity.Options{})
	if err != nil || len(curves) != 1 || curves[0].Reason == nil || curves[0].Reason.Code != "not-two-lists" {
		t.Errorf("%v %v", curves, err)
	}
	covariates := []string{"X1", "X2"}
	full, err := estimators.NewTable([]string{"A", "B"}, covariates, []estimators.Cell{{Pattern: 1, Levels: []string{"a", "c"}, Count: 5}, {Pattern: 3, Levels: []string{"a", "c"}, Count: 5}})
	if err != nil {
		t.Fatal(err)
	}
	if curves, err = sensitivity.Covariates(t.Context(), full, sensitivity.Options{}); err != nil || curves[0].Reason == nil || curves[0].Reason.Code != "not-identifiable" {
		t.Errorf("%v %v", curves, err)
	}
}
