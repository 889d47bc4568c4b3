package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/internal/scenario"
	"darkfigure/internal/tableio"
)

// Names in a folder of synthetic registers.
const (
	studyFile   = "study.yaml"
	truthFolder = "truth"
	truthFile   = "truth.json"
	personsFile = "persons.csv"
)

// simulateRegisters writes registers, a study file and the truth. The study file comes last: where
// it stands, the rest is whole.
func (p *program) simulateRegisters(c *cli.Context, path string, src []byte) error {
	for _, flag := range []string{"replicates", "jobs", "plan", "precision", "resume", "shard", "format"} {
		if c.IsSet(flag) {
			return usage("", "--%s is for scenarios of tables; %s describes registers", flag, filepath.Base(path))
		}
	}
	folder := c.String("output")
	if folder == "" || folder == "-" {
		return usage("darkfigure simulate "+filepath.Base(path)+" --output FOLDER", "registers are several files: name a folder for them with --output")
	}
	d, err := scenario.ParseRegisters(src, path)
	if err != nil {
		return badScenario(err)
	}
	w, err := d.World()
	if err != nil {
		return badScenario(d.RegistersError(err))
	}
	study, err := d.StudyFile()
	if err != nil {
		return err
	}
	out := &output{program: p, quiet: c.Bool("quiet")}
	bars := out.progress()
	defer bars.end()
	put := func(name string, write func(io.Writer) error) error {
		file := filepath.Join(folder, name)
		err := tableio.WriteFileAtomic(file, write)
		var at *fs.PathError
		if errors.As(err, &at) {
			return fmt.Errorf("cannot write %s: %w", file, at.Err)
		}
		return err
	}
	if err := os.MkdirAll(filepath.Join(folder, truthFolder), 0o777); err != nil {
		return usage("name another folder with --output", "%s cannot be made: %s", folder, reasonOf(err))
	}
	if err := os.Remove(filepath.Join(folder, studyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot replace %s: %s", filepath.Join(folder, studyFile), reasonOf(err))
	}
	err = put(filepath.Join(truthFolder, personsFile), func(persons io.Writer) error {
		truth := csv.NewWriter(persons)
		if err := truth.Write([]string{"source_dataset", "unique_id", "person_id"}); err != nil {
			return err
		}
		for k := range d.Lists {
			l := &d.Lists[k]
			show := bars.count("writing " + l.FileName())
			err := put(l.FileName(), func(f io.Writer) error { return writeRegister(c.Context, w, k, f, truth, show) })
			if err != nil {
				return err
			}
		}
		truth.Flush()
		return truth.Error()
	})
	if err != nil {
		return err
	}
	truth, err := w.Truth(c.Context)
	if err != nil {
		return err
	}
	err = put(filepath.Join(truthFolder, truthFile), func(f io.Writer) error {
		e := json.NewEncoder(f)
		e.SetIndent("", "  ")
		return e.Encode(truth)
	})
	if err == nil {
		err = put(studyFile, func(f io.Writer) error { _, err := io.WriteString(f, study); return err })
	}
	if err == nil && !out.quiet {
		records := 0
		for _, r := range truth.Registers {
			records += r.Records
		}
		p.say("wrote %d records of %d synthetic people in %d registers to %s", records, truth.Observed, len(truth.Registers), folder)
		p.say("next: darkfigure run %s --truth %s", filepath.Join(folder, studyFile), filepath.Join(folder, truthFolder))
	}
	return err
}

// writeRegister writes one register as CSV, and to truth who is who in it.
func writeRegister(ctx context.Context, w *scenario.World, k int, file io.Writer, truth *csv.Writer, show func(done, total int)) error {
	buffered := bufio.NewWriterSize(file, 1<<16)
	out := csv.NewWriter(buffered)
	l := &w.Design.Lists[k]
	if err := out.Write(l.Header()); err != nil {
		return err
	}
	pen, n := w.Pen(k), 0
	var row []string
	const step = 1 << 14
	for from := 0; from < w.Slots(); from += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(from+step, w.Slots())
		err := pen.Records(from, to, func(r *scenario.Record) error {
			n++
			row = l.Row(r, n, row)
			if err := out.Write(row); err != nil {
				return err
			}
			return truth.Write([]string{l.Name, row[0], strconv.Itoa(r.Person + 1)})
		})
		if err != nil {
			return err
		}
		if show != nil {
			show(to, w.Slots())
		}
	}
	out.Flush()
	return errors.Join(out.Error(), buffered.Flush())
}

// reasonOf is an error of the file system without its path.
func reasonOf(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// aboutRegisters is the part of the help on scenarios that is about registers.
func aboutRegisters(width int) []string {
	entry := func(key, meaning string) string {
		return strings.TrimSuffix(hanging("  "+pad(key, 12)+"  ", 16, meaning, width), "\n")
	}
	return []string{
		"A scenario with registers in it makes synthetic files of records, a study file and the truth, in the folder of --output.",
		"  population: {size: 1300}\n  registers:\n    police: {share: 0.2, odds: {severity: 1.5}}\n    care: {share: 0.25, duplicates: 0.1, dates: dmy}\n    chat: {share: 0.1, anonymous: true, known_to: {police: knows_police}}\n  referral:\n    - {from: police, to: care, odds_ratio: 3}\n  errors: {rate: 0.1, missing: 0.05, poor: 0.2, times: 3}",
		strings.Join([]string{
			entry("population", "size; female (default 0.7), criminal (0.15: exploited criminally, the others sexually), ages ([10, 17]), age_weights, reference_date (2020-07-01), surnames (8000 in the tail), classes (shares of regional classes)"),
			entry("registers", "in the order in which people come to them. share: of the people; odds: how the odds of being on it go with severity (per standard deviation), age (per year), female, criminal, "+strings.Join(scenario.Groups(), ", ")+", class_2, …; duplicates: mean number of further records; errors, missing: times the common rates"),
			entry("", "as written: id, columns (field: column), dates (iso, dmy or slash), capitals, sexes ([v, m])"),
			entry("", "anonymous: true: a row for every visitor without a name; known_to: which registers it asks about, with their columns; known_to_anyone: the column of the question whether any does; says_known (0.9), says_unknown (0.95): truthful shares of yes and of no; asked (1)"),
			entry("referral", "from a register to one further down, with the odds ratio"),
			entry("errors", "rate of wrong names and birth dates, missing, poor: share of records with times as many, moved: share with another place"),
			entry("seed", "name and description, as above"),
		}, "\n"),
	}
}
