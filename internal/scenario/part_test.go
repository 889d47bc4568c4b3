package scenario_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/scenario"
)

const partReplicates = 12

func partStudy() (*scenario.Study, scenario.Identity) {
	study := chapmanStudy(estimators.LogNormal, estimators.Sadinle)
	return study, scenario.Identity{Version: "v1", Source: "x.yaml", Name: "x", Population: study.Population, Methods: []string{"lognormal", "sadinle"}, Levels: []float64{0.95},
		Replicates: partReplicates, Seed: study.Seed}
}

// fill runs the shard into a file, and stops after so many replicates when most is not negative.
func fill(t *testing.T, path string, shard scenario.Shard, resume bool, workers, most int) []scenario.Replicate {
	t.Helper()
	study, id := partStudy()
	part, done, err := scenario.OpenPart(path, id, shard, resume)
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	stop := errors.New("stop")
	err = study.Run(t.Context(), shard.Indices(partReplicates, done), workers, func(r scenario.Replicate) error {
		if most == 0 {
			return stop
		}
		most--
		done = append(done, r)
		return part.Append(r)
	})
	if err != nil && !errors.Is(err, stop) {
		t.Fatal(err)
	}
	return scenario.InOrder(done)
}

// TestResume: whatever is left of the file after a kill, the study that continues ends as one that was never
// interrupted.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	want := fill(t, filepath.Join(dir, "whole"), scenario.Whole, false, 1, -1)
	src, err := os.ReadFile(filepath.Join(dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(src), "\n")
	cut := len(lines[0]) + len(lines[1]) // cut within and around the second replicate, and in the heading
	for _, n := range []int{0, 1, 20, len(lines[0]) - 1, len(lines[0]), cut - 1, cut, cut + 1, cut + 7, cut + 9, cut + 40, cut + len(lines[2]) - 1, cut + len(lines[2]), len(src) - 1, len(src)} {
		path := filepath.Join(dir, "cut")
		if err := os.WriteFile(path, src[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		if got := fill(t, path, scenario.Whole, true, 3, -1); !reflect.DeepEqual(got, want) {
			t.Errorf("resumed from %d of %d bytes, the replicates differ", n, len(src))
		}
		if id, merged, err := scenario.Merge([]string{path}); err != nil || !reflect.DeepEqual(merged, want) || id.Name != "x" {
			t.Errorf("the file resumed from %d bytes does not hold the study: %v", n, err)
		}
	}
}

// TestMerge: shards, one of them interrupted and resumed, are the same as one run.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	want := fill(t, filepath.Join(dir, "whole"), scenario.Whole, false, 1, -1)
	var paths []string
	for k := 1; k <= 3; k++ {
		path := filepath.Join(dir, string(rune('0'+k)))
		paths = append(paths, path)
		fill(t, path, scenario.Shard{Number: k, Of: 3}, false, 1, 2)
	}
	if _, _, err := scenario.Merge(paths); err == nil || !strings.Contains(err.Error(), "6 of 12 replicates are missing, the first of them 7") {
		t.Errorf("unfinished shards: %v", err)
	}
	for k, path := range paths {
		fill(t, path, scenario.Shard{Number: k + 1, Of: 3}, true, 1, -1)
	}
	id, got, err := scenario.Merge([]string{paths[2], paths[0], paths[1]})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("merged replicates differ: %v", err)
	}
	_, whole := partStudy()
	if id.SHA256() != whole.SHA256() {
		t.Error("the merged study is not the study")
	}
	if _, _, err := scenario.Merge([]string{paths[0], paths[0], paths[1], paths[2]}); err == nil || !strings.Contains(err.Error(), "give every shard once") {
		t.Errorf("a shard given twice: %v", err)
	}
}

// TestPartRefuses what does not belong together, or is damaged.
func TestPartRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "p")
	fill(t, path, scenario.Whole, false, 1, 3)
	_, id := partStudy()
	open := func(id scenario.Identity, shard scenario.Shard, resume bool) error {
		p, _, err := scenario.OpenPart(path, id, shard, resume)
		if err == nil {
			p.Close()
		}
		return err
	}
	if err := open(id, scenario.Whole, false); !errors.Is(err, scenario.ErrPartExists) {
		t.Errorf("completed replicates would be lost: %v", err)
	}
	other := id
	other.Seed++
	if err := open(other, scenario.Whole, true); err == nil || !strings.Contains(err.Error(), "its seed is 7, not 8") {
		t.Errorf("another seed: %v", err)
	}
	other = id
	other.Version = "v2"
	if err := open(other, scenario.Whole, true); err == nil || !strings.Contains(err.Error(), "version v1") {
		t.Errorf("another version: %v", err)
	}
	other = id
	other.Methods = []string{"lognormal", "wald"}
	if err := open(other, scenario.Whole, true); err == nil || !strings.Contains(err.Error(), "have changed") {
		t.Errorf("other methods: %v", err)
	}
	if err := open(id, scenario.Shard{Number: 1, Of: 2}, true); err == nil || !strings.Contains(err.Error(), "holds the shard 1/1") {
		t.Errorf("another shard: %v", err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.LastIndex(string(src[:len(src)-1]), "\n")
	src[i-30] ^= 1 // in the middle, not cut off
	if err := os.WriteFile(path, src, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := open(id, scenario.Whole, true); err == nil || !strings.Contains(err.Error(), "p:3: the line does not agree with its checksum") {
		t.Errorf("a damaged file: %v", err)
	}
	if err := os.WriteFile(path, []byte("lists,count\n1,2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := open(id, scenario.Whole, true); err == nil {
		t.Error("a table was taken for completed replicates")
	}
}

// TestCancel: a cancelled study returns the error of the context.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	study, _ := partStudy()
	err := study.Run(ctx, scenario.Whole.Indices(100000, nil), 2, func(r scenario.Replicate) error {
		if r.Index == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
