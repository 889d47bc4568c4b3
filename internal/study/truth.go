package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/tableio"
)

// Truth is what is known of synthetic registers: the answer that a study has to find. It is read after
// everything else is done, for comparison.
type Truth struct {
	Population, Observed, Hidden int64 // Population is 0 when only the persons are known
	Lists                        []string
	person                       map[[2]string]string // by register and number of the record
}

// ReadTruth reads the truth of synthetic registers from a folder: persons.csv (source_dataset, unique_id, person_id) and, for the size of the
// population, truth.json. A folder that holds a folder truth is as good.
func ReadTruth(ctx context.Context, folder string) (*Truth, error) {
	if _, err := os.Stat(filepath.Join(folder, "persons.csv")); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(folder, "truth", "persons.csv")); err == nil {
			folder = filepath.Join(folder, "truth")
		}
	}
	t := &Truth{person: map[[2]string]string{}}
	src, err := os.ReadFile(filepath.Join(folder, "truth.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		var known struct {
			Population int64    `json:"population"`
			Observed   int64    `json:"observed"`
			Hidden     int64    `json:"hidden"`
			Lists      []string `json:"lists"`
		}
		if err := json.Unmarshal(src, &known); err != nil {
			return nil, fmt.Errorf("truth.json in %s: %w", folder, err)
		}
		t.Population, t.Observed, t.Hidden, t.Lists = known.Population, known.Observed, known.Hidden, known.Lists
	}
	in, err := readInput(ctx, tableio.Source{Path: filepath.Join(folder, "persons.csv")}, []string{"source_dataset", "unique_id", "person_id"}, nil)
	if err != nil {
		return nil, err
	}
	for _, row := range in.rows {
		t.person[[2]string{row[0], row[1]}] = row[2]
	}
	return t, nil
}

// Knows refuses registers of which the truth names no record: persons seen there only would be taken for people not seen.
func (t *Truth) Knows(registers []Register) error {
	var known []string
	for k := range t.person {
		if !slices.Contains(known, k[0]) {
			known = append(known, k[0])
		}
	}
	slices.Sort(known)
	for _, r := range registers {
		if !slices.Contains(known, r.Name) {
			return fmt.Errorf("the truth knows no register %s, only %s: name the registers of the study as source_dataset in persons.csv does", r.Name, strings.Join(known, ", "))
		}
	}
	return nil
}

// A Score compares a linkage with the truth, by pairs of records.
type Score struct {
	Records           int64 // that the truth knows
	True, Found, Both int64 // pairs of one person; pairs linked; pairs that are both
}

// Precision is the share of the linked pairs that are of one person, 1 without any.
func (s Score) Precision() float64 { return part1(s.Both, s.Found) }

// Recall is the share of the pairs of one person that are linked, 1 without any.
func (s Score) Recall() float64 { return part1(s.Both, s.True) }

func part1(a, b int64) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// score compares a partition of all records with the truth.
func (t *Truth) score(all []*Records, p linkage.Partition) Score {
	var s Score
	type both struct {
		person  string
		cluster int32
	}
	persons, clusters, cells := map[string]int64{}, map[int32]int64{}, map[both]int64{}
	i := 0
	for _, r := range all {
		for _, id := range r.IDs {
			person, ok := t.person[[2]string{r.Register.Name, id}]
			if ok {
				s.Records++
				persons[person]++
				clusters[p[i]]++
				cells[both{person, p[i]}]++
			}
			i++
		}
	}
	pairs := func(n int64) int64 { return n * (n - 1) / 2 }
	for _, n := range persons {
		s.True += pairs(n)
	}
	for _, n := range clusters {
		s.Found += pairs(n)
	}
	for _, n := range cells {
		s.Both += pairs(n)
	}
	return s
}

// Beside is the truth beside what a study found.
type Beside struct {
	Method string // of the estimate; "" when none was compared
	Rows   []KnownRow
	Links  Score
}

// A KnownRow is one number: what is true and what was found.
type KnownRow struct {
	What      string
	True      int64
	Found     float64
	Lower     float64
	Upper     float64 // +Inf without limit
	HasLimits bool
}

// Compare puts the truth beside an estimate of everybody, that of the headline, and the linkage. Without an estimate (nil or refused), and where it is
// of person-periods, only the linkage is compared.
func (t *Truth) Compare(l *Linked, e *estimators.Estimate) Beside {
	k := Beside{Links: t.score(l.All, l.point)}
	persons := map[string]bool{}
	for _, rec := range l.All {
		for _, id := range rec.IDs {
			if p, ok := t.person[[2]string{rec.Register.Name, id}]; ok {
				persons[p] = true
			}
		}
	}
	n := l.Linkage.Persons
	if e != nil && e.Status != estimators.Refused && t.Population > 0 && l.spread.periods == l.spread.people {
		k.Method = e.Method
		all := KnownRow{What: "people", True: t.Population, Found: e.Population}
		hidden := KnownRow{What: "not seen", True: t.Population - int64(len(persons)), Found: e.Hidden}
		if i, ok := e.Interval(); ok {
			all.Lower, all.Upper, all.HasLimits = math.Floor(i.Lower), math.Ceil(i.Upper), true
			seen := float64(e.Observed)
			hidden.Lower, hidden.Upper, hidden.HasLimits = math.Floor(max(0, i.Lower-seen)), math.Ceil(i.Upper-seen), true
		}
		k.Rows = append(k.Rows, all, hidden)
	}
	k.Rows = append(k.Rows, KnownRow{What: "seen", True: int64(len(persons)), Found: n.Value, Lower: math.Floor(n.Lower), Upper: math.Ceil(n.Upper), HasLimits: true})
	return k
}
