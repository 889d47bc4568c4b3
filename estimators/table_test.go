package estimators_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"darkfigure/estimators"
)

func mustTable(t *testing.T, lists, covariates []string, cells ...estimators.Cell) *estimators.Table {
	t.Helper()
	table, err := estimators.NewTable(lists, covariates, cells)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTableAddsUpCellsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 5).Draw(t, "lists")
		lists := []string{"A", "B", "C", "D", "E"}[:k]
		var cells []estimators.Cell
		sum := map[string]int64{}
		var n int64
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			c := estimators.Cell{Pattern: estimators.Pattern(rapid.IntRange(1, 1<<k-1).Draw(t, "pattern")),
				Levels: []string{rapid.SampledFrom([]string{"2019", "2020", ""}).Draw(t, "year")}, Count: int64(rapid.IntRange(0, 9).Draw(t, "count"))}
			cells = append(cells, c)
			sum[c.Pattern.History(k)] += c.Count
			n += c.Count
		}
		table, err := estimators.NewTable(lists, []string{"year"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		rng.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
		shuffled, err := estimators.NewTable(lists, []string{"year"}, cells)
		if err != nil {
			t.Fatal(err)
		}
		if table.SHA256() != shuffled.SHA256() {
			t.Fatal("the order of rows changes the hash")
		}
		if table.Observed() != n {
			t.Fatalf("%d observed, not %d", table.Observed(), n)
		}
		for p, c := range table.Counts() {
			if want := sum[estimators.Pattern(p).History(k)]; p > 0 && c != want {
				t.Fatalf("history %s: %d, not %d", estimators.Pattern(p).History(k), c, want)
			}
		}
		strata, err := table.Stratify("year")
		if err != nil {
			t.Fatal(err)
		}
		var parts int64
		for _, s := range strata {
			parts += s.Table.Observed()
		}
		if parts != n {
			t.Fatalf("strata add up to %d, not %d", parts, n)
		}
		f := table.Frequencies()
		if f.Observed() != n || f.Occasions() != k {
			t.Fatalf("frequencies of %d persons on %d occasions", f.Observed(), f.Occasions())
		}
	})
}

func TestTableRefusesWhatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		lists, covariates []string
		cells             []estimators.Cell
		want              string
	}{
		"no list":          {nil, nil, nil, "at least one list"},
		"same name":        {[]string{"A", "A"}, nil, nil, "used twice"},
		"empty name":       {[]string{"A", " "}, nil, nil, "empty name"},
		"nobody's history": {[]string{"A", "B"}, nil, []estimators.Cell{{Pattern: 0, Count: 3}}, "on no list"},
		"negative":         {[]string{"A", "B"}, nil, []estimators.Cell{{Pattern: 1, Count: -3}}, "negative count"},
		"outside":          {[]string{"A", "B"}, nil, []estimators.Cell{{Pattern: 4, Count: 3}}, "outside"},
		"impossible":       {[]string{"A", "B"}, nil, []estimators.Cell{{Pattern: 1, Count: 3}, {Pattern: 1, StructuralZero: true}}, "structural zero"},
		"too many":         {[]string{"A", "B"}, nil, []estimators.Cell{{Pattern: 1, Count: estimators.MaxObserved}, {Pattern: 2, Count: 1}}, "more than"},
		"levels":           {[]string{"A", "B"}, []string{"sex"}, []estimators.Cell{{Pattern: 1, Count: 3}}, "covariate levels"},
	} {
		if _, err := estimators.NewTable(c.lists, c.covariates, c.cells); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLevelsAreInTheirNaturalOrder(t *testing.T) {
	table := mustTable(t, []string{"A", "B"}, []string{"age"},
		estimators.Cell{Pattern: 1, Levels: []string{"10"}, Count: 1}, estimators.Cell{Pattern: 1, Levels: []string{"9"}, Count: 1},
		estimators.Cell{Pattern: 2, Levels: []string{""}, Count: 1})
	if got := table.Covariates()[0].Levels; !cmp.Equal(got, []string{"9", "10"}) {
		t.Errorf("levels %q", got)
	}
	strata, err := table.Stratify("age")
	if err != nil {
		t.Fatal(err)
	}
	if len(strata) != 3 || strata[2].Labels[0].Level != "" {
		t.Errorf("strata %v: the missing level is not last", strata)
	}
}

func TestStructuralZerosSurviveWhatTheyCan(t *testing.T) {
	table := mustTable(t, []string{"A", "B", "C"}, []string{"year"},
		estimators.Cell{Pattern: 1, Levels: []string{"1"}, Count: 5}, estimators.Cell{Pattern: 2, Levels: []string{"2"}, Count: 5}, estimators.Cell{Pattern: 4, Levels: []string{"2"}, Count: 5},
		estimators.Cell{Pattern: 3, Levels: []string{"1"}, StructuralZero: true}, estimators.Cell{Pattern: 3, Levels: []string{"2"}, StructuralZero: true},
		estimators.Cell{Pattern: 7, Levels: []string{"1"}, StructuralZero: true}, estimators.Cell{Pattern: 7, Levels: []string{"2"}, StructuralZero: true},
		estimators.Cell{Pattern: 4, Levels: []string{"1"}, StructuralZero: true})
	if got := table.StructuralZeros(); !cmp.Equal(got, []estimators.Pattern{3, 7}) {
		t.Errorf("structural zeros %v: only those of every year remain", got)
	}
	if !table.PartialStructuralZeros() {
		t.Error("the zero of one year is forgotten")
	}
	if got := table.Collapse().StructuralZeros(); !cmp.Equal(got, []estimators.Pattern{3, 7}) {
		t.Errorf("after collapsing: %v", got)
	}
	// Without C, nobody can be on A and B together.
	if got := table.Keep(3).StructuralZeros(); !cmp.Equal(got, []estimators.Pattern{3}) {
		t.Errorf("with A and B alone: %v", got)
	}
	// Without B, the pattern A and C is possible again: only ABC is impossible, not AC.
	if got := table.Keep(5).StructuralZeros(); len(got) != 0 {
		t.Errorf("with A and C alone: %v", got)
	}
}

func TestKeepForgetsPersonsOnOtherLists(t *testing.T) {
	table := mustTable(t, []string{"A", "B", "C"}, nil,
		estimators.Cell{Pattern: 1, Count: 1}, estimators.Cell{Pattern: 2, Count: 2}, estimators.Cell{Pattern: 3, Count: 4}, estimators.Cell{Pattern: 6, Count: 8}, estimators.Cell{Pattern: 5, Count: 16})
	got := table.Keep(5)
	if want := []int64{0, 1 + 4, 8, 16}; !cmp.Equal(got.Counts(), want) || !cmp.Equal(got.Lists(), []string{"A", "C"}) {
		t.Errorf("%v over %v", got.Counts(), got.Lists())
	}
	if table.Overlap(5) != 16 || !cmp.Equal(table.Totals(), []int64{21, 14, 24}) {
		t.Errorf("overlap %d, totals %v", table.Overlap(5), table.Totals())
	}
}

func TestOver(t *testing.T) {
	table := mustTable(t, []string{"A", "B"}, []string{"sex", "year"},
		estimators.Cell{Pattern: 1, Levels: []string{"f", "2019"}, Count: 4}, estimators.Cell{Pattern: 1, Levels: []string{"f", "2020"}, Count: 3},
		estimators.Cell{Pattern: 2, Levels: []string{"", "2020"}, Count: 5}, estimators.Cell{Pattern: 3, Levels: []string{"f", "2019"}, StructuralZero: true},
		estimators.Cell{Pattern: 3, Levels: []string{"f", "2020"}, StructuralZero: true}, estimators.Cell{Pattern: 3, Levels: []string{"m", "2019"}, StructuralZero: true},
		estimators.Cell{Pattern: 3, Levels: []string{"m", "2020"}, Count: 1})
	over, err := table.WithPeriod("2019-2020").Over("sex")
	if err != nil {
		t.Fatal(err)
	}
	want := []estimators.Cell{{Pattern: 1, Levels: []string{"f"}, Count: 7}, {Pattern: 3, Levels: []string{"f"}, StructuralZero: true},
		{Pattern: 3, Levels: []string{"m"}, Count: 1}, {Pattern: 2, Levels: []string{""}, Count: 5}}
	if d := cmp.Diff(want, over.Cells()); d != "" || over.Period() != "2019-2020" {
		t.Error(d)
	}
	if both, err := table.Over("sex", "year"); err != nil || both.SHA256() != table.SHA256() {
		t.Errorf("over all its covariates the table is another one (%v)", err)
	}
	if _, err := table.Over("age"); err == nil {
		t.Error("there is no covariate age")
	}
}

func TestHistories(t *testing.T) {
	p, err := estimators.ParseHistory("0101")
	if err != nil || p != 0b1010 || p.History(4) != "0101" || p.Join([]string{"w", "x", "y", "z"}, "*") != "x*z" {
		t.Errorf("%b %v", p, err)
	}
	for _, bad := range []string{"", "012", strings.Repeat("1", 21)} {
		if _, err := estimators.ParseHistory(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestFrequencies(t *testing.T) {
	if _, err := estimators.NewFrequencies([]int64{1, 2, 3}, 2); err == nil {
		t.Error("three sightings on two occasions")
	}
	f, err := estimators.NewFrequencies([]int64{10, 4, 1, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if f.Observed() != 15 || f.Sightings() != 21 || f.Most() != 3 || f.Seen(2) != 4 || f.Seen(9) != 0 {
		t.Errorf("%+v", f)
	}
}
