package linkage

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Sets with known truth, when DARKFIGURE_LINKAGE_SETS names a folder of files source,unique_id,true_id,<fields>: two records are one
// person if and only if their true_id is equal. Fields come from the names of the columns alone; those in
// DARKFIGURE_LINKAGE_WITHOUT (names separated by commas) are left out.
func TestSets(t *testing.T) {
	folder := os.Getenv("DARKFIGURE_LINKAGE_SETS")
	if folder == "" {
		t.Skip("DARKFIGURE_LINKAGE_SETS names no folder")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	without := strings.Split(os.Getenv("DARKFIGURE_LINKAGE_WITHOUT"), ",")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".csv"), func(t *testing.T) { runSet(t, file, without) })
	}
}

type truthSet struct {
	records *Records
	truth   []string // by record
	pairs   int      // true pairs of those compared
	within  bool
}

func readSet(t *testing.T, file string, without []string) truthSet {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head := slices.Clone(rows[0])
	for i, h := range head {
		if i < 3 || slices.Contains(without, h) {
			head[i] = ""
		}
	}
	var registers []string
	for _, row := range rows[1:] {
		if !slices.Contains(registers, row[0]) {
			registers = append(registers, row[0])
		}
	}
	fields := FieldsFor(head)
	b, err := NewBuilder(fields, registers)
	if err != nil {
		t.Fatal(err)
	}
	var set truthSet
	count := map[[2]string]int{}
	all := map[string]int{}
	for _, row := range rows[1:] {
		if err := b.Add(slices.Index(registers, row[0]), row[1], row); err != nil {
			t.Fatal(err)
		}
		set.truth = append(set.truth, row[2])
		count[[2]string{row[0], row[2]}]++
		all[row[2]]++
	}
	set.within = len(registers) == 1
	for _, n := range all {
		set.pairs += n * (n - 1) / 2
	}
	if !set.within {
		for _, n := range count {
			set.pairs -= n * (n - 1) / 2
		}
	}
	for _, f := range fields {
		t.Logf("field %s: %v", f.Name, f.Kind)
	}
	if set.records, err = b.Records(); err != nil {
		t.Fatal(err)
	}
	return set
}

func runSet(t *testing.T, file string, without []string) {
	set := readSet(t, file, without)
	start := time.Now()
	graph, model, err := Compare(context.Background(), set.records, Options{Within: set.within})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	for _, o := range model.Fit.Optima {
		t.Logf("optimum from %v: %.2f, matches %.1f, converged %v %s", o.Start, o.LogLikelihood, o.Matches, o.Converged, o.Rejected)
	}
	for _, w := range model.Fit.Warnings {
		t.Log(w)
	}
	for _, c := range model.Comparisons {
		var b strings.Builder
		for l := range c.M {
			fmt.Fprintf(&b, "  %s %.4f/%.2g", c.Levels[l], c.M[l], c.U[l])
		}
		t.Logf("%s:%s", c.Field, b.String())
	}
	w := newPairWeights(model)
	right, said, expected := 0, 0, 0.0
	curve := map[int][2]int{}
	for _, p := range graph.Pairs {
		typ := model.Type(set.records.Register(int(p.A)), set.records.Register(int(p.B)))
		odds := w.odds(p.Pattern, typ)
		same := set.truth[p.A] == set.truth[p.B]
		for k := -9; k < 15; k++ {
			if odds > float64(k) {
				c := curve[k]
				c[0]++
				if same {
					c[1]++
				}
				curve[k] = c
			}
		}
		if odds > 0 {
			said++
			if same {
				right++
			}
			expected++
		}
	}
	best, at := 0.0, 0
	for k := -9; k < 15; k++ {
		f := 2 * float64(curve[k][1]) / float64(curve[k][0]+set.pairs)
		if f > best {
			best, at = f, k
		}
	}
	precision, recall := float64(right)/float64(max(1, said)), float64(right)/float64(set.pairs)
	fmt.Printf("%-24s pairs P %.4f R %.4f F1 %.4f | best F1 %.4f at log odds %d | %d true, graph %d, %d rows, %.1f s, iterations %d\n", filepath.Base(file), precision, recall,
		2*float64(right)/float64(said+set.pairs), best, at, set.pairs, len(graph.Pairs), len(model.Fit.Patterns), took.Seconds(), model.Fit.Iterations)
}
