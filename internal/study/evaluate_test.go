package study_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"darkfigure/internal/resample"
)

// firstSeed of the studies: none of these was looked at while the method was made.
const firstSeed = 5000

// The environment says how many studies of each design are made, of which designs, and where the outcomes are kept. With a folder, a
// run that was interrupted goes on where it was, and several runs with other seeds can share it:
//
//	DARKFIGURE_STUDIES=1000 DARKFIGURE_STUDIES_OF=T1,T2 DARKFIGURE_STUDIES_IN=folder go test ./internal/study -run Evaluation -timeout 0 -v
//
// DARKFIGURE_STUDIES_FROM is the first seed, 5000 when it is not given.
const (
	envStudies = "DARKFIGURE_STUDIES"
	envOf      = "DARKFIGURE_STUDIES_OF"
	envIn      = "DARKFIGURE_STUDIES_IN"
	envFrom    = "DARKFIGURE_STUDIES_FROM"
)

// gateStudies is how many studies of the designs with a gate the ordinary tests make.
const gateStudies = 4

// TestEvaluation runs the whole chain, from records to pooled intervals, on synthetic studies of which the truth is known. In the
// ordinary tests it makes a few of each of the main designs.
func TestEvaluation(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv(envStudies))
	full := err == nil
	if !full {
		if testing.Short() {
			t.Skip("studies take seconds each under the race detector")
		}
		n = gateStudies
	}
	of := strings.FieldsFunc(os.Getenv(envOf), func(r rune) bool { return r == ',' })
	from := uint64(firstSeed)
	if s, err := strconv.ParseUint(os.Getenv(envFrom), 10, 64); err == nil {
		from = s
	}
	for _, d := range designs {
		if len(of) > 0 && !slices.Contains(of, d.name) || !full && !d.gate && !d.duplicates {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			all := evaluate(t, d, from, n, os.Getenv(envIn))
			t.Logf("\n%s", summary(d, all))
			if d.gate && from == firstSeed {
				gate(t, d, all)
			}
		})
	}
}

// evaluate makes the studies that are not yet in the folder, and returns all by seed.
func evaluate(t *testing.T, d design, from uint64, n int, folder string) []outcome {
	t.Helper()
	done := map[uint64]outcome{}
	var kept *os.File
	if folder != "" {
		path := filepath.Join(folder, d.name+".jsonl")
		f, err := os.Open(path)
		if err == nil {
			lines := bufio.NewScanner(f)
			for lines.Scan() {
				var o outcome
				if json.Unmarshal(lines.Bytes(), &o) == nil { // the last line may have been cut off
					done[o.Seed] = o
				}
			}
			f.Close()
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if kept, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666); err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
	}
	var todo []uint64
	for i := range uint64(n) {
		if _, ok := done[from+i]; !ok {
			todo = append(todo, from+i)
		}
	}
	w := d.world(t)
	var mutex sync.Mutex
	err := resample.Each(t.Context(), len(todo), 0, func(i int) error {
		o, err := d.study(t.Context(), w.At(todo[i]), todo[i])
		if err != nil {
			return err
		}
		mutex.Lock()
		defer mutex.Unlock()
		done[o.Seed] = *o
		if kept != nil {
			line, err := json.Marshal(o)
			if err != nil {
				return err
			}
			_, err = kept.Write(append(line, '\n'))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []outcome
	for i := range uint64(n) {
		all = append(all, done[from+i])
	}
	return all
}
