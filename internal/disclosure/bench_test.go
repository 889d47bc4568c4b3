package disclosure_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"darkfigure/internal/disclosure"
)

// study are counts like those of a study of several years: groups of very different sizes, and lists that reach some better than others.
func study(c disclosure.Cross, k int, people float64) disclosure.Counts {
	r := rand.New(rand.NewPCG(9, 9))
	out := disclosure.Counts{Cross: c, People: make([]int64, c.Size()), Threshold: 5}
	size := make([][]float64, len(c))
	all := 1.0
	for d, l := range c {
		size[d] = make([]float64, l)
		sum := 0.0
		for x := range l {
			size[d][x] = math.Exp(.8 * r.NormFloat64())
			sum += size[d][x]
		}
		all *= sum
	}
	reach := make([]float64, k)
	for j := range reach {
		out.Lists = append(out.Lists, make([]int64, c.Size()))
		reach[j] = .04 + .12*r.Float64()
	}
	for _, i := range c.Inner() {
		n := people / all
		for d, x := range c.At(i) {
			n *= size[d][x]
		}
		for range int(n * math.Exp(.4*r.NormFloat64())) {
			seen := false
			for j, p := range reach {
				if r.Float64() < p {
					out.Lists[j][i]++
					seen = true
				}
			}
			if seen {
				out.People[i]++
			}
		}
	}
	c.Fill(out.People)
	for _, l := range out.Lists {
		c.Fill(l)
	}
	return out
}

func BenchmarkSuppress(b *testing.B) {
	for _, x := range []struct {
		cross  disclosure.Cross
		tables [][]int
		people float64
	}{{disclosure.Cross{5, 2}, nil, 12_000}, {disclosure.Cross{5, 2, 6}, nil, 12_000}, {disclosure.Cross{5, 2, 6, 3}, nil, 12_000}, {disclosure.Cross{5, 2, 6, 3}, nil, 60_000},
		{disclosure.Cross{5, 2, 6, 3}, [][]int{{0, 1}, {0, 2}, {0, 3}}, 12_000}} {
		name := fmt.Sprintf("cross=%v/people=%g/tables=%d", x.cross, x.people, max(1, len(x.tables)))
		b.Run(name, func(b *testing.B) {
			counts := study(x.cross, 5, x.people)
			counts.Tables = x.tables
			for b.Loop() {
				s, err := disclosure.Suppress(b.Context(), counts)
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for i := range counts.People {
					if counts.Published(i) {
						n += 1 + len(counts.Lists)
					}
				}
				b.ReportMetric(float64(s.Primary)/float64(n), "small/count")
				b.ReportMetric(float64(s.Primary+s.Complementary)/float64(n), "withheld/count")
				b.ReportMetric(float64(s.Changed), "changed")
			}
		})
	}
}
