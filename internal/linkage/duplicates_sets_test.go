package linkage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Clusters of the sets of TestSets: precision, recall and F1 over pairs, and what the draws say of false and missed ones.
func TestSetClusters(t *testing.T) {
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
		t.Run(strings.TrimSuffix(filepath.Base(file), ".csv"), func(t *testing.T) { clusterSet(t, file, without) })
	}
}

func clusterSet(t *testing.T, file string, without []string) {
	set := readSet(t, file, without)
	ctx := context.Background()
	graph, model, err := Compare(ctx, set.records, Options{Within: set.within})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var links []Pair
	var falseRate, missedRate float64
	if set.within {
		d, err := Deduplicate(ctx, set.records, graph, model, DuplicateOptions{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		links = d.Links
		r := d.Registers[0]
		falseRate, missedRate = r.False.Value, r.Missed.Value
		persons := map[string]bool{}
		for _, x := range set.truth {
			persons[x] = true
		}
		t.Logf("repeats %.1f (%.0f to %.0f), true %d; R-hat %.3f", r.Repeats.Value, r.Repeats.Lower, r.Repeats.Upper, r.Records-len(persons), d.RHat)
	} else {
		l, err := LinkPoint(ctx, set.records, graph, model, PointOptions{})
		if err != nil {
			t.Fatal(err)
		}
		links = l.Links
	}
	right := 0
	for _, x := range links {
		if set.truth[x.A] == set.truth[x.B] {
			right++
		}
	}
	said := len(links)
	fmt.Printf("%-24s P %.4f R %.4f F1 %.4f | false %.4f said %.4f, missed %.4f said %.4f | %d true, %d false, %d missed | %.2f s\n", filepath.Base(file),
		ratio(float64(right), float64(said)), ratio(float64(right), float64(set.pairs)), ratio(2*float64(right), float64(said+set.pairs)),
		ratio(float64(said-right), float64(said)), falseRate, ratio(float64(set.pairs-right), float64(set.pairs)), missedRate,
		right, said-right, set.pairs-right, time.Since(start).Seconds())
}
