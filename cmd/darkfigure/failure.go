package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"darkfigure/internal/tableio"
)

// The exit statuses; the package comment says what they mean.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNothing = 3
)

// A failure is an error that knows the exit status and what to do next.
type failure struct {
	status int
	err    error
	hint   string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage is the error of somebody who typed something that cannot be done.
func usage(hint, format string, args ...any) error {
	return &failure{status: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// unreadable is the error of input that cannot be read.
func unreadable(err error) error {
	f := &failure{status: exitUsage, err: err, hint: "darkfigure help tables shows what a table looks like"}
	var syntax *tableio.SyntaxError
	var path *fs.PathError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &syntax):
	case errors.As(err, &path):
		f.err = fmt.Errorf("%s: %w", path.Path, path.Err)
		f.hint = "check the name and the folder; - reads standard input"
		if n, ok := nearestFile(path.Path); ok && errors.Is(err, fs.ErrNotExist) {
			f.hint = "did you mean " + n + "?"
		}
	}
	return f
}

// report prints an error, once, and returns the exit status.
func (p *program) report(command string, err error) int {
	if err == nil {
		return exitDone
	}
	f := &failure{status: exitFailed, err: err}
	errors.As(err, &f)
	if errors.Is(err, context.Canceled) {
		return exitFailed // said by start
	}
	text := strings.TrimPrefix(f.err.Error(), "darkfigure: ")
	fmt.Fprintf(p.stderr, "darkfigure: %s\n", text)
	hint := f.hint
	if hint == "" && f.status == exitUsage {
		hint = helpHint(command)
	}
	if hint != "" {
		fmt.Fprintf(p.stderr, "  %s\n", hint)
	}
	return f.status
}

func helpHint(command string) string {
	if command == "" {
		return "darkfigure --help lists the commands"
	}
	return "darkfigure " + command + " --help shows its flags and examples"
}

// say writes a message for a person, not a result.
func (p *program) say(format string, args ...any) {
	io.WriteString(p.stderr, fmt.Sprintf(format, args...)+"\n")
}
