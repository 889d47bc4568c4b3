package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/internal/report"
	"darkfigure/internal/tableio"
)

// formatNames are the formats of results.
var formatNames = []string{"text", "json", "csv", "markdown", "parquet", "arrow", "xlsx", "html"}

// suffixes say which format the name of a file stands for.
var suffixes = map[string]string{
	".txt": "text", ".json": "json", ".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".parquet": "parquet", ".pq": "parquet",
	".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow", ".xlsx": "xlsx", ".html": "html", ".htm": "html",
}

// An output is where results go and in what form.
type output struct {
	program  *program
	format   string
	file     string // "": standard output
	language string
	quiet    bool
	strict   bool
}

// outputOf reads the output flags; allowed are the formats of the command.
func (p *program) outputOf(c *cli.Context, allowed ...string) (*output, error) {
	o := &output{program: p, format: c.String("format"), file: c.String("output"), quiet: c.Bool("quiet"), strict: c.Bool("strict")}
	if o.file == "-" {
		o.file = ""
	}
	of, known := suffixes[strings.ToLower(filepath.Ext(o.file))]
	list := "the formats are " + strings.Join(allowed, ", ")
	switch {
	case o.format != "" && !slices.Contains(allowed, o.format):
		return nil, usage(didYouMean("--format ", o.format, allowed, list), "--format %s: there is no such format", o.format)
	case o.format != "" && o.file != "" && known && of != o.format && of != "text":
		return nil, usage("leave out --format, or give the file another suffix", "--format %s and --output %s contradict each other", o.format, o.file)
	case o.format != "":
	case o.file != "" && !known:
		return nil, usage("add --format, or use one of .txt .json .csv .md .parquet .arrow .xlsx .html", "--output %s: the suffix does not say which format", o.file)
	case o.file != "":
		o.format = of
	default:
		o.format = "text"
	}
	if !slices.Contains(allowed, o.format) {
		return nil, usage(list, "%s is not a format of this command", o.format)
	}
	if input := c.Args().First(); o.file != "" && sameFile(input, o.file) {
		return nil, usage("give the results another name", "--output %s would overwrite the input", o.file)
	}
	var err error
	if o.language, err = wordFlag(c, "language", "en", "nl"); err != nil {
		return nil, err
	}
	if o.language != "" && !o.inWords() {
		return nil, usage("", "--language does not apply to --format %s, which is the same in all languages", o.format)
	}
	if o.file == "" && p.terminal && slices.Contains([]string{"parquet", "arrow", "xlsx"}, o.format) {
		return nil, usage("add --output FILE, or send it to a file with > FILE", "%s is not for a terminal", o.format)
	}
	return o, nil
}

// inWords reports whether the results are written for readers.
func (o *output) inWords() bool {
	return slices.Contains([]string{"text", "markdown", "html"}, o.format)
}

// tell is a message on standard error, in the language of the output.
func (o *output) tell(format string, args ...any) {
	o.program.say("%s", spoken(o.language).told(fmt.Sprintf(format, args...)))
}

// patience tells somebody at a terminal who has waited for two seconds that the program is at work. The function it
// returns ends that.
func (o *output) patience() (end func()) {
	if o.quiet || !o.program.interactive {
		return func() {}
	}
	t := time.AfterFunc(2*time.Second, func() { o.tell("still computing; Ctrl-C stops it") })
	return func() { t.Stop() }
}

// write puts the results where they belong: complete, or not at all.
func (o *output) write(ctx context.Context, r estimators.Results) error {
	return o.put(ctx, func(w io.Writer) error { return o.render(w, r) })
}

// put writes what render makes to the file or to standard output.
func (o *output) put(ctx context.Context, render func(io.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.file == "" {
		var b bytes.Buffer
		if err := render(&b); err != nil {
			return err
		}
		_, err := b.WriteTo(o.program.stdout)
		return err
	}
	err := tableio.WriteFileAtomic(o.file, func(w io.Writer) error {
		if err := render(w); err != nil {
			return err
		}
		return ctx.Err()
	})
	var path *fs.PathError
	switch {
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return &failure{status: exitFailed, err: fmt.Errorf("cannot write %s: there is no folder %s", o.file, filepath.Dir(o.file)), hint: "make the folder first, or name another one"}
	case errors.As(err, &path):
		return fmt.Errorf("cannot write %s: %w", o.file, path.Err)
	case err != nil:
		return fmt.Errorf("cannot write %s: %w", o.file, err)
	}
	if !o.quiet {
		o.tell("wrote %s", o.file)
	}
	return nil
}

func (o *output) render(w io.Writer, r estimators.Results) error {
	opt := report.Options{Language: o.language}
	switch o.format {
	case "text":
		if o.file == "" && o.program.terminal {
			opt.Colour = o.program.colour
			if o.program.width > 0 {
				opt.Width = min(max(o.program.width, 60), 160)
			}
		}
		return report.Text(w, r, opt)
	case "markdown":
		return report.Markdown(w, r, opt)
	case "html":
		return report.HTML(w, r, opt)
	}
	return tableio.WriteResults(w, tableio.Format(o.format), r)
}

// finish writes the results and says what the exit status has to be: nothing could be
// estimated, or there are warnings and they count.
func (o *output) finish(ctx context.Context, r estimators.Results) error {
	if err := o.write(ctx, r); err != nil {
		return err
	}
	if !o.quiet && slices.Contains([]string{"csv", "parquet", "arrow", "xlsx"}, o.format) {
		o.sayWarnings(r)
	}
	return o.verdict(r)
}

func (o *output) verdict(r estimators.Results) error {
	answers := slices.Concat(r.Estimates, r.Models)
	if n := len(answers); n > 0 {
		refused := slices.DeleteFunc(slices.Clone(answers), func(e estimators.Estimate) bool { return e.Status != estimators.Refused })
		if len(refused) == n {
			return nothing(refused[0].Reason)
		}
	} else if r.Description != nil && len(r.Data.Lists) < 2 {
		return nothing(estimators.Refuse("too-few-lists", "the table has one list: from it alone nothing can be estimated"))
	}
	if !o.strict {
		return nil
	}
	if codes := warningCodes(r); len(codes) > 0 {
		return &failure{status: exitFailed, err: fmt.Errorf("there are warnings, and --strict was given: %s", strings.Join(codes, ", ")),
			hint: "darkfigure methods --codes says what to do about each"}
	}
	return nil
}

// nothing is the error when nothing could be estimated.
func nothing(reason *estimators.Refusal) error {
	f := &failure{status: exitNothing, err: fmt.Errorf("nothing could be estimated: %s", reason.Text)}
	for code := range strings.SplitSeq(reason.Code, ",") {
		if c, ok := estimators.LookupCode(code); ok && f.hint == "" {
			f.hint = c.Do
		}
	}
	return f
}

// warned calls f for every warning with the method that gave it and the group it is about.
func warned(r estimators.Results, f func(who string, w estimators.Warning)) {
	for _, e := range slices.Concat(r.Estimates, r.Models) {
		who := []string{e.Method}
		for _, l := range e.Stratum {
			level := l.Level
			if level == "" {
				level = "missing"
			}
			who = append(who, l.Name+" "+level)
		}
		for _, w := range e.Warnings {
			f(strings.Join(who, ", "), w)
		}
	}
	if r.Description != nil {
		for _, w := range r.Description.Warnings {
			f("", w)
		}
	}
}

func warningCodes(r estimators.Results) []string {
	var codes []string
	warned(r, func(_ string, w estimators.Warning) {
		if !slices.Contains(codes, w.Code) {
			codes = append(codes, w.Code)
		}
	})
	slices.Sort(codes)
	return codes
}

// sayWarnings prints warnings that the format has only the codes of, one line per code.
func (o *output) sayWarnings(r estimators.Results) {
	first, more := map[string]string{}, map[string][]string{}
	var order []string
	warned(r, func(who string, w estimators.Warning) {
		if _, ok := first[w.Code]; ok {
			more[w.Code] = append(more[w.Code], who)
			return
		}
		order = append(order, w.Code)
		if who != "" {
			who += ": "
		}
		first[w.Code] = who + w.Text
	})
	for _, code := range order {
		line := "warning " + code + ": " + first[code]
		if others := more[code]; len(others) > 0 {
			line += fmt.Sprintf(" (and %d more of this kind", len(others))
			if named := slices.Compact(slices.DeleteFunc(slices.Clone(others), func(who string) bool { return who == "" })); len(named) > 0 && len(named) <= 6 {
				line += ": " + strings.Join(named, "; ")
			}
			line += ")"
		}
		o.program.say("%s", oneLine(line))
	}
}

// oneLine takes control characters out of text that may hold names from the data.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
