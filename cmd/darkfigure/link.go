package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/internal/study"
	"darkfigure/internal/tableio"
)

func (p *program) linkCommand() *cli.Command {
	return &cli.Command{
		Name: "link", ArgsUsage: "STUDY.yaml", Usage: "which records of several registers are of the same person, and how sure that is",
		Description: `Reads the registers that a study file names, leaves out what does not belong to the population and counts it, finds records of one person within a register and between registers, and says how many links are wrong and how many are missed.

Records are compared field by field; how often fields of one person agree is learnt from the comparisons, without examples. Beside the best linkage, linkages are drawn from all that the records allow: their spread is the doubt that run carries into the estimate. A study of one register looks for repeats in it. darkfigure help studies shows what a study file looks like.`,
		UsageText: `darkfigure link study.yaml
darkfigure link study.yaml --output linked --write-linked
darkfigure link study.yaml --explain police:P-00017 care:J-00098
darkfigure link study.yaml --clerical sample.csv`,
		Flags: []cli.Flag{
			several("explain", aboutAnswer, "show how the weight of a pair comes about; `RECORDS` are written register:number, as in --explain police:17 care:98"),
			text("clerical", aboutOutput, "write a sample of pairs to `FILE`, to be judged by people who look them up; name it under linkage.review when done"),
			text("output", aboutOutput, "`FOLDER` for linkage.json and manifest.json, complete or not at all"),
			onOff("write-linked", aboutOutput, "write linked.csv and pairs.csv too: the number of every record with its cluster, and every pair that may be of one person with its match weight; no names"),
			text("format", aboutOutput, "`FORMAT` of what is printed: text or json"),
			onOff("quiet", aboutOutput, "no messages on standard error but errors"),
			onOff("strict", aboutOutput, "exit status 1 when there is any warning (the results are still printed)"),
			text("seed", aboutRunning, "`NUMBER` that all random draws follow from (default 1)"),
			text("jobs", aboutRunning, "`N` computations at the same time (default: one per processor); never changes the answer"),
		},
		Action: p.link,
	}
}

// A studyRun is a study that is being linked, or run.
type studyRun struct {
	job    *study.Job
	out    *output
	folder string // for the results; "": none
}

// studyOf reads the flags that link and run have in common, and the study file; others are the words of the command line that are
// not the study file.
func (p *program) studyOf(c *cli.Context, path string) (*studyRun, error) {
	r := &studyRun{out: &output{program: p, quiet: c.Bool("quiet"), strict: c.Bool("strict")}}
	var err error
	if r.out.format, err = wordFlag(c, "format", "text", "json"); err != nil {
		return nil, err
	}
	if r.out.format == "" {
		r.out.format = "text"
	}
	seed, err := seedOf(c)
	if err != nil {
		return nil, err
	}
	jobs, err := jobsOf(c)
	if err != nil {
		return nil, err
	}
	var src []byte
	dir := "."
	if path == "-" {
		src, err = io.ReadAll(p.stdin)
	} else {
		src, err = os.ReadFile(path)
		dir = filepath.Dir(path)
	}
	if err != nil {
		return nil, unreadable(err)
	}
	s, err := study.Parse(src, path)
	if err != nil {
		return nil, badStudy(err)
	}
	if r.folder = c.String("output"); r.folder == "" && s.Folder != "" {
		r.folder = s.Folder
		if !filepath.IsAbs(r.folder) {
			r.folder = filepath.Join(dir, r.folder)
		}
	}
	linkage := c.Command.Name == "link"
	if linkage && !c.IsSet("output") && !c.Bool("write-linked") && r.folder != "" && study.CheckFolder(r.folder, false) == nil {
		if err := study.CheckFolder(r.folder, true); err != nil {
			if !r.out.quiet && len(c.StringSlice("explain")) == 0 {
				p.say("%s, so nothing is written there: --output FOLDER names another", err)
			}
			r.folder = ""
		}
	}
	if c.Bool("write-linked") && r.folder == "" {
		return nil, usage("add --output FOLDER", "--write-linked writes linked.csv and pairs.csv into the folder of the results, and there is none")
	}
	if r.folder != "" {
		if err := study.CheckFolder(r.folder, linkage); err != nil {
			return nil, usage("name another folder with --output", "%s", err)
		}
	}
	// Registers of millions of records are worth more collections of garbage than tables: half as much memory is spare.
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(50)
	}
	r.job = &study.Job{Study: s, Folder: dir, Seed: seed, Workers: jobs, WriteLinked: c.Bool("write-linked"), Flags: filesToo(c),
		Run: estimators.RunInfo{Version: c.App.Version, Command: canonical(c, []string{path}, nil), Seed: seed}}
	return r, nil
}

// filesToo are the flags that change what files there are, or their language, and no number.
func filesToo(c *cli.Context) (flags []string) {
	if language := c.String("language"); language != "" {
		flags = append(flags, "--language", language)
	}
	if c.Bool("write-linked") {
		flags = append(flags, "--write-linked")
	}
	return flags
}

// badStudy is the error of a study file or a register that cannot be used.
func badStudy(err error) error {
	var syntax *study.SyntaxError
	var table *tableio.SyntaxError
	var path *fs.PathError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &syntax):
		return usage("darkfigure help studies shows what a study file looks like", "%s", syntax)
	case errors.As(err, &table):
		return usage("", "%s", table)
	case errors.As(err, &path):
		return unreadable(err)
	}
	return err
}

// watch shows what is being done, and for how long it will go on: with bars on a terminal, else by a line when nothing was said for a while.
// The function it returns ends that.
func (r *studyRun) watch() (end func()) {
	p := r.out.program
	if r.out.quiet {
		return func() {}
	}
	in := spoken(r.out.language)
	r.job.Tell = func(line string) { p.say("%s", oneLine(in.told(line))) }
	bars := r.out.progress()
	if bars == nil {
		signs := newSigns(signsEvery, func(line string) { p.say("%s", line) })
		r.job.Tell = func(line string) { signs.say(oneLine(in.told(line))) }
		r.job.Progress = signs.step
		return signs.end
	}
	shown := map[string]func(done, total int){}
	r.job.Progress = func(step string, done, total int64) {
		bars.mu.Lock()
		show := shown[step]
		if show == nil {
			show = bars.count(step)
			shown[step] = show
		}
		bars.mu.Unlock()
		show(int(done), int(total))
	}
	return bars.end
}

// studyAndRest tells the study file from the other words: with --explain, one of two records may stand there.
func studyAndRest(c *cli.Context) (path string, explain []string, err error) {
	words, explain := c.Args().Slice(), c.StringSlice("explain")
	if len(explain) > 0 && len(explain)+len(words) == 3 && len(words) == 2 {
		at := slices.IndexFunc(words, isFile)
		if at < 0 {
			at = 0
		}
		explain = append(explain, words[1-at])
		words = words[at : at+1]
	}
	if len(explain) != 0 && len(explain) != 2 {
		return "", nil, usage("darkfigure link STUDY.yaml --explain police:17 care:98", "--explain takes two records")
	}
	switch len(words) {
	case 0:
		return "", nil, usage("darkfigure help studies shows what a study file looks like", "%s needs a study file", c.Command.Name)
	case 1:
		return words[0], explain, nil
	}
	return "", nil, usage("", "%s takes one study file, but %d words are given: %s", c.Command.Name, len(words), strings.Join(words, ", "))
}

func (p *program) link(c *cli.Context) error {
	path, explain, err := studyAndRest(c)
	if err != nil {
		return err
	}
	r, err := p.studyOf(c, path)
	if err != nil {
		return err
	}
	ctx := c.Context
	end := r.watch()
	l, err := r.job.Link(ctx)
	end()
	if err != nil {
		return r.failed(err)
	}
	if len(explain) > 0 {
		e, err := l.Explain(explain[0], explain[1])
		if err != nil {
			return usage("records are written register:number, as in police:17", "%s", err)
		}
		return r.out.put(ctx, func(w io.Writer) error {
			if r.out.format == "json" {
				return study.WriteJSON(w, e)
			}
			return writeExplained(w, e, p.columns())
		})
	}
	if file := c.String("clerical"); file != "" {
		sample := &output{program: p, file: file, quiet: r.out.quiet}
		if err := sample.put(ctx, l.WriteSample); err != nil {
			return err
		}
	}
	files, err := r.job.LinkFiles(l)
	if err != nil {
		return err
	}
	if err := r.write(ctx, files); err != nil {
		return err
	}
	if err := r.out.put(ctx, func(w io.Writer) error {
		if r.out.format == "json" {
			return l.Write(w)
		}
		return writeLinkage(w, l.Linkage, p.columns())
	}); err != nil {
		return err
	}
	return r.out.verdict(estimators.Results{Linkage: l.Linkage, Description: &estimators.Description{Warnings: l.Linkage.Warnings}, Data: estimators.Data{Lists: []string{"", ""}}})
}

// failed turns what went wrong in a study into what the program says: bad input, or nothing that could be done.
func (r *studyRun) failed(err error) error {
	var refusal *estimators.Refusal
	if errors.As(err, &refusal) {
		return nothing(refusal)
	}
	return badStudy(err)
}

// write puts the files into the folder, if there is one.
func (r *studyRun) write(ctx context.Context, files []study.File) error {
	if r.folder == "" {
		return nil
	}
	if err := study.WriteFolder(ctx, r.folder, files); err != nil {
		var folder *study.FolderError
		if errors.As(err, &folder) {
			return &failure{status: exitFailed, err: err, hint: "name another folder with --output"}
		}
		return err
	}
	if !r.out.quiet {
		var names []string
		for _, f := range files {
			names = append(names, f.Name)
		}
		slices.Sort(names)
		r.out.tell("wrote %s in %s", strings.Join(names, ", "), r.folder)
	}
	return nil
}
