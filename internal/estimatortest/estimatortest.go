// Package estimatortest holds every estimator to the same laws. It is used by tests
// only.
//
// The laws: an answer is never below what was observed and never NaN; intervals
// are intervals, name their kind and level, are nested by level, and those made from a
// likelihood contain the estimate; the order of rows, the order of lists and the
// number of workers change nothing; the table is left as it was; a cancelled context
// stops the work; and every table, however odd, gives an answer, a warning or a refusal,
// with codes from the catalogue of package estimators.
package estimatortest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"darkfigure/estimators"

	"pgregory.net/rapid"
)

// patience is how long one estimate may take before it counts as hanging. It is far
// above what any method needs, so that it never fails on a busy machine.
const patience = 2 * time.Minute

// Options say what the battery cannot find out from the estimator itself. The zero value
// asks for every law that needs nothing else.
type Options struct {
	// New makes the estimator from common options; with it, the battery also checks
	// that the number of workers changes nothing and that levels are respected.
	New func(estimators.Options) estimators.Estimator

	// OrderMatters marks methods that take the lists in a given order, such as those
	// with a behavioural response. Their answers may change when lists are exchanged.
	OrderMatters bool

	// MaxLists is the largest number of lists of the random tables; 0 means 5.
	MaxLists int
}

// Run holds an estimator to every law.
func Run(t *testing.T, e estimators.Estimator, o Options) {
	t.Helper()
	t.Run("named tables", func(t *testing.T) {
		for _, n := range Tables() {
			t.Run(n.Name, func(t *testing.T) {
				if testing.Short() && n.Table.K() > 6 {
					t.Skip("a search over many lists takes minutes under the race detector")
				}
				Check(t, e, n.Table)
			})
		}
	})
	t.Run("random tables", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { Check(t, e, Sparse(t, o.MaxLists)) })
	})
	t.Run("order of rows", func(t *testing.T) { sameForAll(t, e, e, Ordinary(), reverseRows, 0) })
	if !o.OrderMatters {
		t.Run("order of lists", func(t *testing.T) { sameForAll(t, e, e, Ordinary(), rotateLists, 1e-8) })
	}
	t.Run("same twice", func(t *testing.T) { sameForAll(t, e, e, Ordinary(), unchanged, 0) })
	t.Run("cancelled", func(t *testing.T) {
		for _, n := range Tables() {
			cancelled(t, e, n)
		}
	})
	if o.New == nil {
		return
	}
	t.Run("number of workers", func(t *testing.T) {
		one := o.New(estimators.Options{Seed: 7, Workers: 1})
		eight := o.New(estimators.Options{Seed: 7, Workers: 8})
		sameForAll(t, one, eight, Ordinary(), unchanged, 0)
	})
	t.Run("levels", func(t *testing.T) {
		levels := []float64{0.8, 0.95, 0.5}
		e := o.New(estimators.Options{Levels: levels})
		for _, n := range Ordinary() {
			est, err := answer(t, e, n.Table)
			if err != nil || est.Status == estimators.Refused || len(est.Intervals) == 0 {
				continue
			}
			if est.Intervals[0].Level != levels[0] {
				t.Errorf("%s: the headline interval has level %v, not the first of %v", n.Name, est.Intervals[0].Level, levels)
			}
			for _, l := range levels {
				if !slices.ContainsFunc(est.Intervals, func(i estimators.Interval) bool { return i.Level == l }) {
					t.Errorf("%s: no interval of level %v", n.Name, l)
				}
			}
			nested(t, est.Intervals)
		}
	})
}

// TB is what the checks need of a *testing.T or a *rapid.T.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Check asks e about one table and fails unless it gives an answer, with or without
// warnings, or a refusal, that keeps every law.
func Check(t TB, e estimators.Estimator, table *estimators.Table) {
	t.Helper()
	before := table.SHA256()
	est, err := answer(t, e, table)
	if err != nil {
		t.Errorf("neither an answer nor a refusal: %v", err)
		return
	}
	if after := table.SHA256(); after != before {
		t.Errorf("the table was changed")
	}
	if est.Method != e.Name() {
		t.Errorf("the estimate is by %q, the estimator is %q", est.Method, e.Name())
	}
	if est.Observed != table.Observed() {
		t.Errorf("the estimate says %d observed, the table %d", est.Observed, table.Observed())
	}
	finite(t, reflect.ValueOf(est), "estimate")
	for _, w := range est.Warnings {
		if c, ok := estimators.LookupCode(w.Code); !ok || c.Refusal {
			t.Errorf("warning code %q is not in the catalogue", w.Code)
		}
		if strings.TrimSpace(w.Text) == "" {
			t.Errorf("warning %q has no text", w.Code)
		}
	}
	if est.Status == estimators.Refused {
		checkRefusal(t, est.Reason)
		return
	}
	if (est.Status == estimators.Warned) != (len(est.Warnings) > 0) {
		t.Errorf("status %q with %d warnings", est.Status, len(est.Warnings))
	}
	n := float64(est.Observed)
	if d := math.Abs(est.Population - n - est.Hidden); d > 1e-9*math.Max(1, est.Population) {
		t.Errorf("population %v is not observed %v plus hidden %v", est.Population, n, est.Hidden)
	}
	if est.Hidden < 0 {
		t.Errorf("hidden is %v", est.Hidden)
	}
	if est.SE < 0 || !est.HasSE && est.SE != 0 {
		t.Errorf("SE is %v, HasSE %v", est.SE, est.HasSE)
	}
	for _, i := range est.Intervals {
		if i.Kind == "" || !(i.Level > 0 && i.Level < 1) {
			t.Errorf("interval %+v has no kind or no level", i)
		}
		slack := 1e-9 * math.Max(1, est.Population)
		switch i.Kind {
		case estimators.Profile, estimators.Penalised:
			if i.Level >= 0.9 && (est.Population < i.Lower-slack || est.Population > i.Upper+slack) {
				t.Errorf("N = %v lies outside its %s interval %v to %v", est.Population, i.Kind, i.Lower, i.Upper)
			}
		}
		if i.Unbounded() && !slices.ContainsFunc(est.Warnings, func(w estimators.Warning) bool { return w.Code == "unbounded-upper" }) {
			t.Errorf("an interval without an upper limit comes without the warning unbounded-upper")
		}
	}
	nested(t, est.Intervals)
}

func checkRefusal(t TB, r *estimators.Refusal) {
	t.Helper()
	if r == nil {
		t.Errorf("refused without a reason")
		return
	}
	for code := range strings.SplitSeq(r.Code, ",") {
		if c, ok := estimators.LookupCode(code); !ok || !c.Refusal {
			t.Errorf("refusal code %q is not in the catalogue", code)
		}
	}
	if strings.TrimSpace(r.Text) == "" {
		t.Errorf("refusal %q has no text", r.Code)
	}
}

// nested demands that of two intervals of one kind the one of the higher level contains the other.
func nested(t TB, intervals []estimators.Interval) {
	t.Helper()
	for _, a := range intervals {
		for _, b := range intervals {
			if a.Kind == b.Kind && a.Level < b.Level && (b.Lower > a.Lower*(1+1e-9) || b.Upper < a.Upper*(1-1e-9)) {
				t.Errorf("the %v%% interval %v to %v sticks out of the %v%% one %v to %v", 100*a.Level, a.Lower, a.Upper, 100*b.Level, b.Lower, b.Upper)
			}
		}
	}
}

// finite walks through a value and fails on a NaN anywhere, and on an infinity anywhere
// but in an upper limit or in a coefficient on the boundary.
func finite(t TB, v reflect.Value, at string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Float64:
		x := v.Float()
		infinityAllowed := math.IsInf(x, 1) && strings.HasSuffix(at, ".Upper") ||
			strings.Contains(at, ".Coefficients[") && strings.HasSuffix(at, ".Estimate") || // on the boundary
			math.IsInf(x, -1) && strings.Contains(at, ".Signs[") ||
			math.IsInf(x, 1) && strings.Contains(at, ".Candidates[") && strings.HasSuffix(at, ".AICc") ||
			math.IsInf(x, 1) && strings.Contains(at, ".Bootstrap.Quantiles[") || // failed replicates
			strings.HasSuffix(at, ".Bootstrap.BiasCorrection") // all replicates on one side
		if math.IsNaN(x) || math.IsInf(x, 0) && !infinityAllowed {
			t.Errorf("%s is %v", at, x)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			finite(t, v.Field(i), at+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice:
		for i := range v.Len() {
			finite(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			finite(t, v.Elem(), at)
		}
	}
}

// answer runs an estimator, and fails when it panics or hangs.
func answer(t TB, e estimators.Estimator, table *estimators.Table) (estimators.Estimate, error) {
	t.Helper()
	return answerWithin(t, context.Background(), e, table)
}

func answerWithin(t TB, ctx context.Context, e estimators.Estimator, table *estimators.Table) (estimators.Estimate, error) {
	t.Helper()
	type result struct {
		est   estimators.Estimate
		err   error
		panic string
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.panic = fmt.Sprintf("%v\n%s", p, debug.Stack())
			}
			done <- r
		}()
		r.est, r.err = estimators.Run(ctx, e, table)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r := <-done:
		if r.panic != "" {
			t.Fatalf("panic: %s", r.panic)
		}
		return r.est, r.err
	case <-timer.C:
		t.Fatalf("no answer within %v", patience)
		return estimators.Estimate{}, nil
	}
}

// cancelled asks with a context that is already cancelled: a method that has nothing to
// wait for may answer, any other returns the error of the context.
func cancelled(t *testing.T, e estimators.Estimator, n Named) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := answerWithin(t, ctx, e, n.Table); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("%s: cancelled context, but the error is %v", n.Name, err)
	}
}

func sameForAll(t *testing.T, a, b estimators.Estimator, tables []Named, change func(*testing.T, *estimators.Table) *estimators.Table, tolerance float64) {
	t.Helper()
	for _, n := range tables {
		x, errX := answer(t, a, n.Table)
		y, errY := answer(t, b, change(t, n.Table))
		if errX != nil || errY != nil {
			t.Errorf("%s: errors %v and %v", n.Name, errX, errY)
			continue
		}
		if tolerance == 0 {
			if !reflect.DeepEqual(x, y) {
				t.Errorf("%s: the answers differ:\n%+v\n%+v", n.Name, x, y)
			}
			continue
		}
		closeTo(t, n.Name, x, y, tolerance)
	}
}

// closeTo compares the numbers of two estimates; their words may name lists in another order.
func closeTo(t *testing.T, name string, x, y estimators.Estimate, tolerance float64) {
	t.Helper()
	if x.Status != y.Status || len(x.Intervals) != len(y.Intervals) || len(x.Warnings) != len(y.Warnings) {
		t.Errorf("%s: status %s and %s, %d and %d intervals, %d and %d warnings", name, x.Status, y.Status, len(x.Intervals), len(y.Intervals), len(x.Warnings), len(y.Warnings))
		return
	}
	compare := func(what string, a, b float64) {
		t.Helper()
		if a != b && !(math.Abs(a-b) <= tolerance*math.Max(math.Abs(a), math.Abs(b))) {
			t.Errorf("%s: %s is %v and %v", name, what, a, b)
		}
	}
	compare("population", x.Population, y.Population)
	compare("SE", x.SE, y.SE)
	for i := range x.Intervals {
		compare(fmt.Sprintf("lower limit %d", i), x.Intervals[i].Lower, y.Intervals[i].Lower)
		compare(fmt.Sprintf("upper limit %d", i), x.Intervals[i].Upper, y.Intervals[i].Upper)
	}
	if x.Fit != nil && y.Fit != nil {
		compare("log-likelihood", x.Fit.LogLik, y.Fit.LogLik)
		compare("BIC", x.Fit.BIC, y.Fit.BIC)
	}
}

func unchanged(_ *testing.T, table *estimators.Table) *estimators.Table { return table }

func reverseRows(t *testing.T, table *estimators.Table) *estimators.Table {
	t.Helper()
	cells := table.Cells()
	slices.Reverse(cells)
	return rebuild(t, table, table.Lists(), cells)
}

// rotateLists moves the first list to the end.
func rotateLists(t *testing.T, table *estimators.Table) *estimators.Table {
	t.Helper()
	k := table.K()
	cells := table.Cells()
	for i := range cells {
		p := cells[i].Pattern
		cells[i].Pattern = p>>1 | p&1<<uint(k-1)
	}
	lists := table.Lists()
	return rebuild(t, table, append(lists[1:], lists[0]), cells)
}

func rebuild(t *testing.T, table *estimators.Table, lists []string, cells []estimators.Cell) *estimators.Table {
	t.Helper()
	var covariates []string
	for _, c := range table.Covariates() {
		covariates = append(covariates, c.Name)
	}
	out, err := estimators.NewTable(lists, covariates, cells)
	if err != nil {
		t.Fatal(err)
	}
	return out.WithPeriod(table.Period())
}
