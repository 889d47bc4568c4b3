package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/internal/scenario"
)

const aboutParts = "Long runs"

// partSuffix is added to the name of an output file for the replicates completed so far.
const partSuffix = ".part"

func (p *program) simulateCommand() *cli.Command {
	return &cli.Command{
		Name: "simulate", ArgsUsage: "SCENARIO.yaml", Usage: "bias and coverage of estimates in a population of known size",
		Description: `Draws tables from a population that is known, because the scenario file describes it, runs estimators on each, and says how often they are right: bias and error of the estimate, coverage and width of every interval, how often it refuses or sets no upper limit.

A scenario file with registers in it makes files of records instead: what each register wrote down about the people it saw, with errors, duplicates and an anonymous list, a study file to run on them, and the truth in a folder of its own. All of it is synthetic. The folder is that of --output.

With --plan it answers how large the lists, or their overlaps, would have to be for a useful interval. While a run with --output goes on, the replicates completed are kept in FILE` + partSuffix + `; after an interruption --resume continues there.`,
		UsageText: `darkfigure simulate minors.yaml
darkfigure simulate minors.yaml --output minors.csv
darkfigure simulate minors.yaml --output minors.csv --resume
darkfigure simulate minors.yaml --shard 1/2 --output one.part
darkfigure simulate --merge one.part two.part --output minors.csv
darkfigure simulate minors.yaml --plan --replicates 200
darkfigure simulate registers.yaml --output study`,
		Flags: []cli.Flag{
			text("replicates", aboutRunning, "draw `N` tables, whatever the file says"),
			text("jobs", aboutRunning, "`N` computations at the same time (default: one per processor); never changes the answer"),
			onOff("plan", aboutAnswer, "say how large the lists would have to be for a precise interval of the first method"),
			text("precision", aboutAnswer, "what --plan aims at: the interval reaches at most this `PART` of the estimate above and below it (default 25%)"),
			onOff("resume", aboutParts, "continue an interrupted run with the same --output"),
			text("shard", aboutParts, "compute the part `K/N` of the replicates only, and write them to --output for --merge"),
			onOff("merge", aboutParts, "put shards together; the files are those of --shard"),
			text("format", aboutOutput, "`FORMAT`: text, markdown or json for the scores; csv, parquet, arrow or xlsx for every replicate (default: by the suffix of --output, else text)"),
			text("output", aboutOutput, "`FILE` to write to, complete or not at all; of registers the folder"),
			onOff("quiet", aboutOutput, "no messages on standard error but errors"),
		},
		Action: p.simulate,
	}
}

// formats of a simulation: those of its scores, and those of its replicates.
var (
	scoreFormats     = []string{"text", "markdown", "json"}
	replicateFormats = []string{"csv", "parquet", "arrow", "xlsx"}
)

func (p *program) simulate(c *cli.Context) error {
	for _, pair := range [][2]string{{"plan", "shard"}, {"plan", "merge"}, {"plan", "resume"}, {"merge", "shard"}, {"merge", "resume"}, {"merge", "replicates"}, {"merge", "jobs"}} {
		if c.IsSet(pair[0]) && c.IsSet(pair[1]) {
			return usage("", "--%s and --%s do not go together", pair[0], pair[1])
		}
	}
	if c.IsSet("precision") && !c.Bool("plan") {
		return usage("add --plan, or leave it out", "--precision says what --plan aims at")
	}
	if c.Bool("merge") {
		return p.merge(c)
	}
	path, src, err := p.scenarioFile(c)
	switch {
	case err != nil:
		return err
	case scenario.AreRegisters(src):
		return p.simulateRegisters(c, path, src)
	case c.Bool("plan"):
		return p.plan(c, path, src)
	}
	shard, err := shardOf(c.String("shard"))
	if err != nil {
		return err
	}
	out := &output{program: p, file: c.String("output"), quiet: c.Bool("quiet")}
	if !c.IsSet("shard") {
		if out, err = p.outputOf(c, slices.Concat(scoreFormats, replicateFormats)...); err != nil {
			return err
		}
	} else if out.file == "" || out.file == "-" || c.IsSet("format") {
		return usage("darkfigure simulate FILE --shard 1/2 --output one.part", "--shard writes completed replicates to the file named by --output, in a format of its own")
	}
	if c.Bool("resume") && out.file == "" {
		return usage("", "--resume continues the run of an --output file")
	}
	jobs, err := jobsOf(c)
	if err != nil {
		return err
	}
	s, err := p.scenario(c, path, src)
	if err != nil {
		return err
	}
	study, id, err := p.study(c, s)
	if err != nil {
		return err
	}
	replicates, part, err := p.replicates(c.Context, study, id, shard, out, c.IsSet("shard"), c.Bool("resume"), jobs)
	if err != nil || c.IsSet("shard") {
		return err
	}
	if err := p.writeSimulation(c.Context, out, id, replicates); err != nil {
		return err
	}
	if part != nil {
		return part.Remove()
	}
	return nil
}

// scenarioFile reads the scenario file, of whichever kind.
func (p *program) scenarioFile(c *cli.Context) (path string, src []byte, err error) {
	if path, err = oneFile(c, "a scenario"); err != nil {
		return "", nil, err
	}
	if path == "-" {
		src, err = io.ReadAll(p.stdin)
	} else {
		src, err = os.ReadFile(path)
	}
	if err != nil {
		return "", nil, unreadable(err)
	}
	return path, src, nil
}

// scenario is what a scenario file of tables says.
func (p *program) scenario(c *cli.Context, path string, src []byte) (*scenario.Scenario, error) {
	s, err := scenario.Parse(src, path)
	if err != nil {
		return nil, badScenario(err)
	}
	n, given, err := wholeFlag(c, "replicates", 1)
	if err != nil {
		return nil, err
	}
	if n > scenario.MaxReplicates {
		return nil, usage("", "--replicates %d: at most %d", n, scenario.MaxReplicates)
	}
	if given {
		s.Replicates = n
	}
	return s, nil
}

func badScenario(err error) error {
	return usage("darkfigure help scenario shows what a scenario file looks like", "%s", err)
}

// study makes everything ready, and says what the numbers will follow from.
func (p *program) study(c *cli.Context, s *scenario.Scenario) (*scenario.Study, scenario.Identity, error) {
	source := c.Args().First()
	pop, err := s.Population(c.Context, tableModels{p, filepath.Dir(source)}, 1)
	if err != nil {
		if c.Context.Err() != nil {
			return nil, scenario.Identity{}, c.Context.Err()
		}
		return nil, scenario.Identity{}, badScenario(s.PopulationError(err))
	}
	study := &scenario.Study{Population: pop, Seed: s.Seed}
	var names []string
	for i, line := range s.Methods {
		m, err := p.simulatedMethod(c.Context, line, s.Levels, pop.Lists)
		if err != nil {
			return nil, scenario.Identity{}, badScenario(s.MethodError(i, err))
		}
		study.Methods = append(study.Methods, m)
		names = append(names, m.Name)
	}
	if source != "-" {
		source = filepath.Base(source)
	}
	command := []string{"darkfigure", "simulate", source}
	if c.IsSet("replicates") {
		command = append(command, "--replicates", strconv.Itoa(s.Replicates))
	}
	return study, scenario.Identity{Version: c.App.Version, Command: command, Source: source, Name: s.Name, Description: s.Description,
		Population: pop, Methods: names, Levels: s.Levels, Replicates: s.Replicates, Seed: s.Seed}, nil
}

// shardOf reads K/N.
func shardOf(text string) (scenario.Shard, error) {
	if text == "" {
		return scenario.Whole, nil
	}
	k, n, ok := strings.Cut(text, "/")
	number, err := strconv.Atoi(k)
	of, err2 := strconv.Atoi(n)
	if !ok || err != nil || err2 != nil || number < 1 || of < number || of > scenario.MaxReplicates {
		return scenario.Shard{}, usage("", "--shard %s is not K/N, such as 2/4 for the second of four parts", text)
	}
	return scenario.Shard{Number: number, Of: of}, nil
}

// replicates computes what is not yet done. With an output file, completed replicates are kept in a file: the output itself
// of a shard, else one beside it, which is returned for removal.
func (p *program) replicates(ctx context.Context, study *scenario.Study, id scenario.Identity, shard scenario.Shard, out *output, isShard, resume bool, jobs int) ([]scenario.Replicate, *scenario.Part, error) {
	var part *scenario.Part
	var done []scenario.Replicate
	path := out.file
	if path != "" {
		if !isShard {
			path += partSuffix
		}
		var err error
		if part, done, err = scenario.OpenPart(path, id, shard, resume); err != nil {
			var name *fs.PathError
			switch {
			case errors.Is(err, scenario.ErrPartExists):
				return nil, nil, usage("add --resume to continue, or remove the file to begin anew", "%s: %s", path, err)
			case errors.As(err, &name):
				return nil, nil, fmt.Errorf("cannot write %s: %w", path, name.Err)
			}
			return nil, nil, usage("name another --output, or remove the file to begin anew", "%s", err)
		}
	}
	todo := shard.Indices(id.Replicates, done)
	if len(done) > 0 && !out.quiet {
		p.say("%d of %d replicates are in %s", len(done), len(done)+len(todo), path)
	}
	bars := out.progress()
	show, total := bars.track(id.Name), len(done)+len(todo)
	err := study.Run(ctx, todo, jobs, func(r scenario.Replicate) error {
		done = append(done, r)
		if show != nil {
			show(len(done), total)
		}
		if part == nil {
			return nil
		}
		return part.Append(r)
	})
	bars.end()
	if err != nil {
		if part != nil {
			err = errors.Join(err, part.Close())
			if !out.quiet && len(done) > 0 {
				p.say("%d replicates are kept in %s: --resume continues with them", len(done), path)
			}
		}
		return nil, nil, err
	}
	if part != nil && isShard {
		if !out.quiet {
			p.say("wrote %s", path)
		}
		return nil, nil, part.Close()
	}
	return done, part, nil
}

// merge puts shards together.
func (p *program) merge(c *cli.Context) error {
	out, err := p.outputOf(c, slices.Concat(scoreFormats, replicateFormats)...)
	if err != nil {
		return err
	}
	if c.Args().Len() == 0 {
		return usage("", "--merge needs the files that --shard wrote")
	}
	id, replicates, err := scenario.Merge(c.Args().Slice())
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return unreadable(err)
	case err != nil:
		return usage("", "%s", err)
	}
	return p.writeSimulation(c.Context, out, id, replicates)
}
