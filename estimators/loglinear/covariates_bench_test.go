package loglinear_test

import (
	"fmt"
	"testing"

	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
)

// The model of 119 parameters on six lists and 1,200 combinations of covariates, from which the table was drawn.
const sixListsModel = "[L1*L2,L2*L3,L4*L5,L1*L6,L1*year,L4*year,L2*sex,L3*sex,L5*sex,L1*age,L6*age,L2*nat,L3*nat,L1*form,L2*form,L4*form,sex*form,age*form,nat*form,year*form]"

func BenchmarkJointFit(b *testing.B) {
	table := reference.WithCovariates(b, "six-lists", 6)
	b.Run("lists=6/patterns=1200/parameters=119", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := (loglinear.Joint{Model: sixListsModel}).Estimate(b.Context(), table); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkJointPath(b *testing.B) {
	for name, e := range map[string]loglinear.Joint{"simdat": {Trends: []loglinear.Trend{{Covariate: "Y", Degree: 2}}}, "six-lists": {}} {
		lists := listsOf[name]
		table := reference.WithCovariates(b, name, lists)
		b.Run(fmt.Sprintf("table=%s/lists=%d", name, lists), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Estimate(b.Context(), table); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkJointBootstrap(b *testing.B) {
	for _, c := range []struct {
		table string
		e     loglinear.Joint
	}{{"six-lists", loglinear.Joint{Model: sixListsModel}}, {"scotland", loglinear.Joint{}}} {
		table := reference.WithCovariates(b, c.table, listsOf[c.table])
		how := "search"
		if c.e.Model != "" {
			how = "model"
		}
		c.e.Bootstrap = &loglinear.Bootstrap{Replicates: 1000}
		b.Run(fmt.Sprintf("table=%s/lists=%d/%s/replicates=1000", c.table, listsOf[c.table], how), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.e.Estimate(b.Context(), table); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
