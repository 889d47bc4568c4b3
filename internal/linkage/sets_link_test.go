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

// TestSetLinks links the sets of TestSets as registers are linked, duplicates included, without draws, and counts all pairs of records.
func TestSetLinks(t *testing.T) {
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
		t.Run(strings.TrimSuffix(filepath.Base(file), ".csv"), func(t *testing.T) {
			set := readSet(t, file, without)
			start := time.Now()
			l, err := LinkRecords(context.Background(), set.records, LinkOptions{Draws: -1})
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range l.Warnings {
				t.Log(w)
			}
			r := set.records
			of := l.Clusters(-1)
			var within, across [3]int // said, right, true
			order := make([]int, r.Len())
			for i := range order {
				order[i] = i
			}
			count := func(key func(i int) string, what int) {
				groups := map[string][]int{}
				for _, i := range order {
					groups[key(i)] = append(groups[key(i)], i)
				}
				for _, g := range groups {
					for x, i := range g {
						for _, j := range g[x+1:] {
							to := &across
							if r.Register(i) == r.Register(j) {
								to = &within
							}
							to[what]++
							if what == 0 && set.truth[i] == set.truth[j] {
								to[1]++
							}
						}
					}
				}
			}
			count(func(i int) string { return fmt.Sprint(of[i]) }, 0)
			count(func(i int) string { return set.truth[i] }, 2)
			f1 := func(x [3]int) float64 { return ratio(2*float64(x[1]), float64(x[0]+x[2])) }
			all := [3]int{within[0] + across[0], within[1] + across[1], within[2] + across[2]}
			fmt.Printf("%-22s all P %.4f R %.4f F1 %.4f | within said %d right %d true %d F1 %.3f | across said %d right %d true %d F1 %.4f | %.1f s\n", filepath.Base(file),
				ratio(float64(all[1]), float64(all[0])), ratio(float64(all[1]), float64(all[2])), f1(all), within[0], within[1], within[2], f1(within),
				across[0], across[1], across[2], f1(across), time.Since(start).Seconds())
		})
	}
}
