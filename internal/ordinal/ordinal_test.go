package ordinal_test

import (
	"slices"
	"testing"

	"darkfigure/internal/ordinal"
)

func TestOrderOfLevels(t *testing.T) {
	for _, c := range []struct {
		levels, want []string
		ranks        bool
		at           []float64 // from the first, as far as checked
	}{
		{[]string{"10-14", "15-19", "20-24", "5-9"}, []string{"5-9", "10-14", "15-19", "20-24"}, false, []float64{0, 5, 10, 15}},
		{[]string{"0-4", "5-11", "12-17", "18+"}, []string{"0-4", "5-11", "12-17", "18+"}, true, []float64{0, 1, 2, 3}},
		{[]string{"12-17 jaar", "18 en ouder", "<12"}, []string{"<12", "12-17 jaar", "18 en ouder"}, true, nil},
		{[]string{"over 65", "under 18", "18-65"}, []string{"under 18", "18-65", "over 65"}, true, nil},
		{[]string{"2010", "2011", "2015", "2020"}, []string{"2010", "2011", "2015", "2020"}, false, []float64{0, 1, 5, 10}},
		{[]string{"10", "9", "-1", "0.5"}, []string{"-1", "0.5", "9", "10"}, false, nil},
		{[]string{"apr", "feb", "jan", "mar"}, []string{"jan", "feb", "mar", "apr"}, false, []float64{0, 1, 2, 3}},
		{[]string{"April", "Mei", "Maart", "okt."}, []string{"Maart", "April", "Mei", "okt."}, false, []float64{0, 1, 2, 7}},
		{[]string{"dec 2019", "feb 2020", "jan 2020"}, []string{"dec 2019", "jan 2020", "feb 2020"}, false, []float64{0, 1, 2}},
		{[]string{"2019-12", "2020-01", "2020-04"}, []string{"2019-12", "2020-01", "2020-04"}, false, []float64{0, 1, 4}},
		{[]string{"201912", "202001"}, []string{"201912", "202001"}, false, []float64{0, 1}},
		{[]string{"2019-Q4", "2020-Q1", "2020K3"}, []string{"2019-Q4", "2020-Q1", "2020K3"}, false, []float64{0, 1, 3}},
		{[]string{"2020-01-03", "2019-12-31"}, []string{"2019-12-31", "2020-01-03"}, false, []float64{0, 3}},
		{[]string{"2018-2019", "2020-2021"}, []string{"2018-2019", "2020-2021"}, false, []float64{0, 2}},
		{[]string{"2018/19", "2019/20"}, []string{"2018/19", "2019/20"}, false, []float64{0, 1}},
		{[]string{"1-before", "3-after", "2-during"}, []string{"1-before", "2-during", "3-after"}, true, nil},
		{[]string{"wave 10", "wave 2"}, []string{"wave 2", "wave 10"}, true, []float64{0, 1}},
		{[]string{"Q2", "Q1"}, []string{"Q1", "Q2"}, true, nil},
	} {
		s, ok := ordinal.Of(c.levels)
		if !ok {
			t.Errorf("%q: no order", c.levels)
			continue
		}
		var got []string
		order := s.Order()
		for k, i := range order {
			got = append(got, c.levels[i])
			if c.at != nil && s.At[i]-s.At[order[0]] != c.at[k] {
				t.Errorf("%q: %v", c.levels, s.At)
			}
		}
		if !slices.Equal(got, c.want) || s.Ranks != c.ranks {
			t.Errorf("%q are %q, ranks %v", c.levels, got, s.Ranks)
		}
	}
	for _, levels := range [][]string{{"before", "during", "after"}, {"low", "high"}, {"5-9", "5-14"}, {"jan", "feb 2020"}, {"wave 1", "round 2"}, {"1", "1.0"}, {"a"}, nil} {
		if s, ok := ordinal.Of(levels); ok {
			t.Errorf("%q: %v", levels, s)
		}
	}
}
