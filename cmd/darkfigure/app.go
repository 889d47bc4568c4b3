package main

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

// run is one call of the program; it returns the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	app := p.app()
	command, arranged, err := arrange(args, app.Commands)
	switch {
	case err != nil:
		return p.report(command, err)
	case arranged == nil && len(args) > 0:
		fmt.Fprint(p.stdout, overview(app, p.columns()))
		return exitDone
	case arranged == nil:
		fmt.Fprint(p.stderr, overview(app, p.columns()))
		return exitUsage
	}
	return p.report(command, app.RunContext(ctx, append([]string{app.Name}, arranged...)))
}

// app is the tree of commands, in the order in which they are listed.
func (p *program) app() *cli.App {
	app := &cli.App{
		Name: "darkfigure", Version: currentVersion(), HideHelpCommand: true, HideVersion: false,
		Writer: p.stdout, ErrWriter: p.stderr, DisableSliceFlagSeparator: true,
		ExitErrHandler: func(*cli.Context, error) {}, // exit statuses are ours
	}
	app.Commands = []*cli.Command{
		p.describeCommand(), p.estimateCommand(), p.compareCommand(), p.modelsCommand(), p.visibilityCommand(), p.sensitivityCommand(), p.repeatsCommand(), p.multiplierCommand(),
		p.linkCommand(), p.runCommand(), p.simulateCommand(), p.reportCommand(), p.methodsCommand(),
		p.completionCommand(app), p.helpCommand(app),
	}
	for _, c := range app.Commands {
		c.HideHelpCommand = true
		c.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return usage("", "%s", err) }
	}
	cli.HelpPrinter = func(w io.Writer, _ string, data any) {
		if c, ok := data.(*cli.Command); ok {
			io.WriteString(w, helpOf(c, p.columns()))
		}
	}
	cli.VersionPrinter = func(c *cli.Context) { fmt.Fprintf(c.App.Writer, "darkfigure %s\n", c.App.Version) }
	return app
}

// columns is the width that help is laid out in.
func (p *program) columns() int {
	if p.width == 0 {
		return 80
	}
	return min(max(p.width, 50), 100)
}
