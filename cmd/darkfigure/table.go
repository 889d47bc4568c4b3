package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"
	"darkfigure/internal/visibility"
)

// A dataset is a table with what was made of it.
type dataset struct {
	table    *estimators.Table
	asRead   *estimators.Table // before levels were made one
	merged   visibility.Merges
	data     estimators.Data
	warnings []estimators.Warning // of the data: they belong to every estimate from it
}

// ask runs an estimator on the table. What warns of the data warns of every estimate from them.
func (d *dataset) ask(ctx context.Context, e estimators.Estimator) (estimators.Estimate, error) {
	answer, err := estimators.Run(ctx, e, d.table)
	if err != nil {
		return answer, askedWrongly(err)
	}
	d.warn(&answer)
	return answer, nil
}

func (d *dataset) warn(e *estimators.Estimate) {
	if e.Status == estimators.Refused {
		return
	}
	for _, w := range d.warnings {
		e.Warn(w)
	}
}

// askedWrongly makes a mistake in the flags one of usage: the estimator knows the levels of covariates and the names of a model.
func askedWrongly(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	said := err
	if inner := errors.Unwrap(err); inner != nil {
		said = inner
	}
	if strings.HasPrefix(said.Error(), "internal error") {
		return err
	}
	return usage("", "%s", said)
}

// oneFile returns the only file of a command.
func oneFile(c *cli.Context, what string) (string, error) {
	switch c.Args().Len() {
	case 0:
		return "", usage("", "%s needs %s; - is standard input", c.Command.Name, what)
	case 1:
		return c.Args().First(), nil
	}
	return "", usage("", "%s takes one file, but %d are given: %s", c.Command.Name, c.Args().Len(), strings.Join(c.Args().Slice(), ", "))
}

// read reads the table of a command. by are the covariates that are not summed over.
func (p *program) read(ctx context.Context, c *cli.Context, by []string) (*dataset, error) {
	return p.readFor(ctx, c, by, "--by")
}

// readTogether reads a table whose covariates enter one model.
func (p *program) readTogether(ctx context.Context, c *cli.Context, covariates []string) (*dataset, error) {
	return p.readFor(ctx, c, covariates, "--covariates")
}

func (p *program) readFor(ctx context.Context, c *cli.Context, by []string, flag string) (*dataset, error) {
	path, err := oneFile(c, "a table")
	if err != nil {
		return nil, err
	}
	opts := tableio.Options{Lists: splitAll(c.StringSlice("lists")), Count: c.String("count"), Ignore: splitAll(c.StringSlice("ignore")),
		Absent: c.StringSlice("absent"), Period: c.String("period")}
	if flag == "--formula" { // numbers of persons are no identifiers, nor lists
		opts.Covariates = by
	}
	read, err := tableio.ReadTable(ctx, tableio.Source{Path: path, Stdin: p.stdin}, opts)
	if err != nil {
		return nil, unreadable(err)
	}
	d := &dataset{table: read.Table, asRead: read.Table}
	d.data.Notes = read.Notes
	if err := d.collapseLevels(c); err != nil {
		return nil, err
	}
	notes := d.data.Notes
	d.data = estimators.DataOf(d.table, read.Source)
	d.data.Notes, d.data.Definition = notes, c.String("definition")
	if d.data.Period == "" {
		d.data.Period = visibility.Span(d.table)
	}
	read.Table = d.table
	if err := checkGroups(read.Table, by, flag); err != nil {
		return nil, err
	}
	if err := checkPersons(read); err != nil {
		return nil, err
	}
	d.collapsed(by, read, flag == "--covariates")
	return d, nil
}

func checkGroups(t *estimators.Table, by []string, flag string) error {
	var names []string
	for _, c := range t.Covariates() {
		names = append(names, c.Name)
	}
	for i, name := range by {
		switch {
		case slices.Contains(by[:i], name):
			return usage("", "%s %s: the covariate is named twice", flag, name)
		case slices.Contains(names, name):
		case slices.Contains(t.Lists(), name):
			return usage("name the lists with --lists A,B,C when it is a covariate", "%s %s: this column is a list", flag, name)
		case len(names) == 0:
			return usage("", "%s %s: the table has no covariates", flag, name)
		default:
			return usage(didYouMean(flag+" ", name, names, "the covariates are "+strings.Join(names, ", ")), "%s %s: there is no such covariate", flag, name)
		}
	}
	return nil
}

// checkPersons refuses a table in which a person stands in several rows of one period: their lists would never be seen
// together.
func checkPersons(read *tableio.Read) error {
	id := read.Identity
	if id == nil || id.Again == 0 || id.Same == 0 && slices.ContainsFunc(read.Table.Covariates(), visibility.SaysWhen) {
		return nil
	}
	rows := id.Again
	if id.Same > 0 {
		rows = id.Same
	}
	return usage(fmt.Sprintf("put all lists of a person in one row; when %s does not tell persons apart, leave it out with --ignore %s", id.Column, id.Column),
		"%s: %d of the %d rows are of a person (%s) who stands in an earlier row", read.Source, rows, read.Rows, id.Column)
}

// collapsed notes what is summed over and warns about what that hides.
func (d *dataset) collapsed(by []string, read *tableio.Read, together bool) {
	var over, when []string
	for _, c := range d.table.Covariates() {
		if len(c.Levels) < 2 || slices.Contains(by, c.Name) && !together {
			continue
		}
		if !slices.Contains(by, c.Name) {
			over = append(over, c.Name)
		}
		if visibility.SaysWhen(c) { // also where one model has every period: its total is of all
			when = append(when, fmt.Sprintf("%d levels of %s", len(c.Levels), c.Name))
		}
	}
	warn := func(code, format string, args ...any) {
		d.warnings = append(d.warnings, estimators.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if !together {
		d.warnings = append(d.warnings, d.table.Unrecorded(by...)...)
		d.data.Notes = append(d.data.Notes, d.table.UnrecordedNotes(by...)...) // where groups are refused nothing carries the warning
	}
	if len(over) > 0 {
		names := strings.Join(over, ", ")
		d.data.Notes = append(d.data.Notes, "summed over "+names)
		warn("collapsed", "the counts were summed over %s", names)
	}
	if d.losesZeros(by) {
		warn("collapsed-structural-zeros", "some patterns are impossible in part of the table only; summed over %s they were counted as possible", strings.Join(over, ", "))
	}
	if len(when) > 0 {
		sums := "the table sums over " + strings.Join(when, " and ")
		switch id := read.Identity; {
		case id == nil:
			warn("person-periods", "%s: if a person can be in several, the table counts them once in each", sums)
		case id.Again > 0:
			warn("person-periods", "%s, and counts a person once in each: %d of the %d rows are of a person (%s) who stands in an earlier row", sums, id.Again, read.Rows, id.Column)
		}
	}
	if from, to, ok := severalYears(d.table.Period()); ok && len(when) == 0 {
		warn("person-periods", "the table covers the years %s to %s: if a person can be in several, the table may count them once in each", from, to)
	}
}

// apart notes that groups are estimated by themselves.
func (d *dataset) apart(by []string) {
	if len(by) > 0 {
		d.data.Notes = append(d.data.Notes, "one estimate for each group of "+strings.Join(by, ", ")+"; darkfigure visibility gives their total")
	}
}

var yearRange = regexp.MustCompile(`(?:^|\D)([12]\d{3})\s*(?:[-–—/]|to|t/m|tot)\s*([12]\d{3})(?:\D|$)`)

// severalYears finds a range such as 2010-2015 in a period.
func severalYears(period string) (from, to string, ok bool) {
	m := yearRange.FindStringSubmatch(period)
	if m == nil || m[1] >= m[2] {
		return "", "", false
	}
	return m[1], m[2], true
}

// losesZeros reports whether summing within the groups of by forgets structural zeros.
func (d *dataset) losesZeros(by []string) bool {
	if len(by) == 0 {
		return d.table.PartialStructuralZeros()
	}
	var rest []int
	covariates := d.table.Covariates()
	for j, c := range covariates {
		if !slices.Contains(by, c.Name) {
			rest = append(rest, j)
		}
	}
	if len(rest) == 0 {
		return false
	}
	// Within one group the table is that of its cells alone.
	groups := map[string][]estimators.Cell{}
	for _, cell := range d.table.Cells() {
		key := strings.Builder{}
		for j, c := range covariates {
			if slices.Contains(by, c.Name) {
				fmt.Fprintf(&key, "%q,", cell.Levels[j])
			}
		}
		groups[key.String()] = append(groups[key.String()], cell)
	}
	var names []string
	for _, c := range covariates {
		names = append(names, c.Name)
	}
	for _, cells := range groups {
		t, err := estimators.NewTable(d.table.Lists(), names, cells)
		if err == nil && t.PartialStructuralZeros() {
			return true
		}
	}
	return false
}

// silent are the flags that change no result: where and how it is written, and what is printed beside it. The manifest of a study has those that
// change its files.
var silent = []string{"format", "output", "language", "quiet", "strict", "jobs", "truth", "explain", "clerical", "write-linked"}

// canonical is the command that makes the same results again: what was given, in a fixed order and
// with the base names of files, without what cannot change a number. Values stand as they were given, since two tables --by A --by B are
// not the table --by A,B; but levels as numbers.
func canonical(c *cli.Context, files []string, levels []float64) []string {
	out := []string{"darkfigure", c.Command.Name}
	for _, f := range files {
		if f != "-" {
			f = filepath.Base(f)
		}
		if len(f) > 1 && f[0] == '-' { // a file, and no flag
			f = "./" + f
		}
		out = append(out, f)
	}
	names := flagNames(c.Command)
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(silent, name) || !c.IsSet(name) {
			continue
		}
		var values []string
		f := findFlag([]*cli.Command{c.Command}, name)
		switch {
		case isSwitch(f):
			if c.Bool(name) {
				out = append(out, "--"+name)
			}
		case name == "population":
			values = []string{filepath.Base(c.String(name))}
		case name == "level":
			for _, l := range levels {
				values = append(values, fmt.Sprint(l))
			}
		case isRepeatable(f):
			values = c.StringSlice(name)
		default:
			values = []string{c.String(name)}
		}
		for _, v := range values {
			if strings.HasPrefix(v, "--") { // it would be read as a flag
				out = append(out, "--"+name+"="+v)
				continue
			}
			out = append(out, "--"+name, v)
		}
	}
	return out
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// sameFile reports whether two paths lead to one existing file. Excel files may have #Sheet behind them.
func sameFile(a, b string) bool {
	of, err := os.Stat(b)
	if err != nil || !of.Mode().IsRegular() {
		return false
	}
	for _, path := range []string{a, a[:max(0, strings.LastIndexByte(a, '#'))]} {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, of) {
			return true
		}
	}
	return false
}
