package incomplete_test

import (
	"context"
	"testing"

	"darkfigure/estimators/incomplete"
)

func BenchmarkFit(b *testing.B) {
	for _, name := range []string{"afghans", "newzealand3"} {
		data := table(b, name)
		b.Run("table="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fit(b, data, incomplete.Incomplete{})
			}
		})
	}
}

func BenchmarkBootstrap(b *testing.B) {
	data := table(b, "newzealand2")
	f := fit(b, data, incomplete.Incomplete{})
	b.Run("table=newzealand2/replicates=1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Bootstrap(context.Background(), incomplete.Bootstrap{Replicates: 1000, Seed: 1}, []string{"a"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
