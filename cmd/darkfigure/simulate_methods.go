package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/scenario"
	"darkfigure/internal/tableio"
)

// notSimulated are the flags of estimate that a scenario decides itself, or that concern a file.
var notSimulated = []string{"level", "seed", "jobs", "by", "output", "format", "language", "quiet", "strict", "lists", "count", "ignore", "absent", "collapse", "period", "definition"}

// simulatedMethod reads the flags of estimate that make up one method of a scenario.
func (p *program) simulatedMethod(ctx context.Context, line string, levels []float64, lists []string) (scenario.Method, error) {
	words, err := splitWords(line)
	if err != nil {
		return scenario.Method{}, err
	}
	command := p.estimateCommand()
	var r *request
	command.Action = func(c *cli.Context) error {
		for _, name := range notSimulated {
			if c.IsSet(name) {
				return usage("", "--%s is not for a method of a scenario", name)
			}
		}
		if c.Args().Len() > 0 {
			return usage("", "%s is no flag: a method is written as the flags of estimate, without a table", c.Args().First())
		}
		var err error
		r, err = p.requestOf(c)
		return err
	}
	app := &cli.App{Name: "darkfigure", Writer: p.stdout, ErrWriter: p.stderr, HideHelpCommand: true, DisableSliceFlagSeparator: true,
		ExitErrHandler: func(*cli.Context, error) {}, Commands: []*cli.Command{command}}
	command.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return err }
	_, arranged, err := arrange(append([]string{command.Name}, words...), app.Commands)
	if err != nil {
		return scenario.Method{}, err
	}
	if slices.Contains(arranged, "--help") {
		return scenario.Method{}, errors.New("--help is not for a method of a scenario")
	}
	if err := app.RunContext(ctx, append([]string{app.Name}, arranged...)); err != nil {
		return scenario.Method{}, err
	}
	switch len(r.methods) {
	case 0:
		m, err := findMethod("loglinear")
		if err != nil {
			return scenario.Method{}, err
		}
		r.methods = []estimators.Method{m}
	case 1:
	default:
		return scenario.Method{}, errors.New("one method stands in each entry")
	}
	r.options.Levels, r.options.Workers = levels, 1
	d := &dataset{data: estimators.Data{Lists: lists}}
	if d.table, err = estimators.FromCounts(lists, make([]int64, 1<<uint(len(lists)))); err != nil {
		return scenario.Method{}, err
	}
	build := func(seed uint64) (estimators.Estimator, error) {
		q := *r
		q.options.Seed = seed
		tasks, err := q.tasks(d)
		if err != nil {
			return nil, err
		}
		e := tasks[0].estimator
		if l, ok := e.(loglinear.LogLinear); ok && !l.Averaged {
			l.Window = -1 // near-tied models change no number that is scored
			if l.Bootstrap != nil {
				b := *l.Bootstrap
				b.Seed, b.Workers, b.Progress = seed, 1, nil // the tables are what is computed side by side
				l.Bootstrap = &b
			}
			e = l
		}
		return e, nil
	}
	_, err = build(0)
	return scenario.Method{Name: label(line), New: build}, err
}

// label is what a method goes by in results: its flags, the name first.
func label(line string) string {
	if name, ok := strings.CutPrefix(line, "--method "); ok {
		return name
	}
	if strings.Contains(line, "--method") {
		return line
	}
	return "loglinear " + line
}

// splitWords splits a line at blanks; what stands in quotes stays together.
func splitWords(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote rune
	in := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, in = r, true
		case quote == 0 && r == ' ':
			if in {
				out = append(out, word.String())
			}
			word.Reset()
			in = false
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quotation mark is not closed")
	}
	if in {
		out = append(out, word.String())
	}
	return out, nil
}

// tableModels fits the models that a scenario takes as the truth. Tables are found relative to the folder of the scenario.
type tableModels struct {
	p      *program
	folder string
}

var _ scenario.Models = tableModels{}

func (m tableModels) FitTable(ctx context.Context, path, model, selection string) (*scenario.Fitted, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(m.folder, path)
	}
	read, err := tableio.ReadTable(ctx, tableio.Source{Path: path}, tableio.Options{})
	if err != nil {
		return nil, err
	}
	t := read.Table
	e := loglinear.LogLinear{Window: -1}
	if model != "" {
		parsed, err := loglinear.ParseModel(model, t.Lists())
		if err != nil {
			return nil, err
		}
		e.Model = &parsed
	} else if selection != "auto" {
		e.Select = loglinear.Criterion(selection)
	}
	est, err := e.Estimate(ctx, t)
	if err != nil {
		return nil, err
	}
	f := &scenario.Fitted{Lists: t.Lists(), Model: est.Model, Means: make([]float64, 1<<uint(t.K()))}
	for _, r := range est.Residuals {
		f.Means[r.Pattern] = r.Fitted
	}
	f.Means[0] = est.Hidden
	return f, nil
}

func (m tableModels) Write(lists []string, terms []estimators.Pattern) (string, error) {
	model, err := loglinear.NewModel(len(lists), terms...)
	if err != nil {
		return "", err
	}
	return model.Format(lists), nil
}
