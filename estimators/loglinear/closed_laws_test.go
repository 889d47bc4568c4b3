package loglinear_test

import (
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
)

// closedFamily are the methods tested here.
var closedFamily = []string{"M0", "Mt", "Mh-chao", "Mh-poisson", "Mh-darroch", "Mh-gamma", "Mth-chao", "Mth-poisson", "Mth-darroch", "Mth-gamma", "Mb", "Mbh",
	"M0-bc", "Mt-bc", "Mb-bc", "Mbh-bc", "Mh-chao-bc", "Mh-poisson-bc", "Mh-darroch-bc", "Mh-gamma-bc", "Mth-chao-bc", "Mth-poisson-bc", "Mth-darroch-bc"}

func card(t testing.TB, name string) estimators.Method {
	t.Helper()
	for _, m := range loglinear.Methods() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no method %s", name)
	return estimators.Method{}
}

func TestClosedLaws(t *testing.T) {
	for _, name := range closedFamily {
		t.Run(name, func(t *testing.T) {
			m := card(t, name)
			order := name[:2] == "Mb"
			for _, kind := range []estimators.IntervalKind{"", estimators.LogNormal, estimators.Wald} {
				t.Run(string(kind), func(t *testing.T) {
					make := func(o estimators.Options) estimators.Estimator { o.Kind = kind; return m.New(o) }
					estimatortest.Run(t, make(estimators.Options{}), estimatortest.Options{New: make, OrderMatters: order})
				})
			}
		})
	}
}
