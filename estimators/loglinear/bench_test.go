package loglinear_test

import (
	"testing"

	"darkfigure/estimators/loglinear"
	"darkfigure/internal/reference"
)

// All 6,893 hierarchical models of five lists: fitted, tested for existence, ranked.
func BenchmarkEveryModel(b *testing.B) {
	table := reference.Table(b, "uk5")
	b.Run("lists=5/models=6893", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			all, err := loglinear.Enumeration{MaxOrder: 4}.Run(b.Context(), table)
			if err != nil || len(all.Models) != 6893 {
				b.Fatal(len(all.Models), err)
			}
		}
	})
}

// The optimum over all 7,785,061 hierarchical models of six lists, and over those of pairs.
func BenchmarkExactSearch(b *testing.B) {
	for _, c := range []struct {
		name, table string
		order       int
	}{
		{"lists=6/order=5/uk6", "uk6", 5}, {"lists=6/order=5/nl6", "nl6", 5},
		{"lists=6/order=2/uk6", "uk6", 2}, {"lists=6/order=2/nl6", "nl6", 2}, {"lists=8/order=2/neworleans", "neworleans", 2},
	} {
		table := reference.Table(b, c.table)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := loglinear.LogLinear{Select: loglinear.BIC, MaxOrder: c.order, Window: -1}
				if _, err := e.Estimate(b.Context(), table); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// One estimate as the command line makes it: selection, near-tied models, profile intervals.
func BenchmarkEstimate(b *testing.B) {
	for _, name := range []string{"kosovo", "uk5", "uk6", "neworleans"} {
		table := reference.Table(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (loglinear.LogLinear{}).Estimate(b.Context(), table); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
