package main

import (
	"github.com/urfave/cli/v2"
)

func (p *program) completionCommand(app *cli.App) *cli.Command {
	return &cli.Command{Name: "completion", ArgsUsage: "bash|zsh|fish", Usage: "a script that completes commands, flags and names with the Tab key"}
}
