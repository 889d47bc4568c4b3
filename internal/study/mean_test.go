package study

import (
	"slices"
	"testing"

	"darkfigure/estimators"
)

func TestWholeNumbersAddUp(t *testing.T) {
	// By hand: 2.5 + 1.5 + 0.2 = 4.2, rounded 4; of the remainders 0.5, 0.5 and 0.2 the first is rounded up.
	if got := whole([]float64{2.5, 1.5, 0.2}, 4); !slices.Equal(got, []int64{3, 1, 0}) {
		t.Errorf("%v", got)
	}
	if got := whole([]float64{0.3, 0.4, 0.3}, 1); !slices.Equal(got, []int64{0, 1, 0}) {
		t.Errorf("%v", got)
	}
}

// Groups of the mean table add up to the mean number of people, however the draws divide them.
func TestMeanTable(t *testing.T) {
	table := func(f1, f3, m2 int64) *estimators.Table {
		out, err := estimators.NewTable([]string{"a", "b"}, []string{"sex"}, []estimators.Cell{
			{Pattern: 1, Levels: []string{"f"}, Count: f1}, {Pattern: 3, Levels: []string{"f"}, Count: f3}, {Pattern: 2, Levels: []string{"m"}, Count: m2}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	draws := []*estimators.Table{table(10, 4, 7), table(11, 3, 7), table(11, 4, 8)}
	// Means by hand: f 32/3 and 11/3, m 22/3; in all 65/3, rounded 22: of 14 1/3 and 7 1/3 the first is rounded up, to 15 = 11 + 4.
	mean, err := meanTable(draws[0], draws, []string{"sex"})
	if err != nil {
		t.Fatal(err)
	}
	strata, err := mean.Stratify("sex")
	if err != nil {
		t.Fatal(err)
	}
	if n := mean.Observed(); n != 22 || strata[0].Table.Observed() != 15 || strata[1].Table.Observed() != 7 || strata[0].Table.Overlap(3) != 4 {
		t.Errorf("%d people: %d, %d", n, strata[0].Table.Observed(), strata[1].Table.Observed())
	}
	if got := counted(draws[0], draws, "people"); got != "21 people were seen in the best linkage, and 22 on average over the linkages drawn (21 to 23): estimates, groups and their total count the latter, the table and the overlaps the former" {
		t.Error(got)
	}
	if got := counted(draws[0], draws[:1], "people"); got != "" {
		t.Error(got)
	}
}
