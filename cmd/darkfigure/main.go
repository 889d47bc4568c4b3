// Command darkfigure estimates how many people no register has seen, from tables that say who
// stands on which of several lists. It reads flags, calls the packages that know something, and turns what
// they say into output and an exit status; there are no statistics here.
//
// # Exit status
//
//	0    done
//	1    something failed, or there are warnings and --strict was given
//	2    wrong usage, or input that cannot be read
//	3    nothing could be estimated; the reasons are in the results
//	130  interrupted with Ctrl-C (SIGINT)
//	143  terminated (SIGTERM)
//
// An interrupt leaves output files as they were before. The second one stops the program
// at once.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/vbauerster/mpb/v8/cwriter"
)

func main() { os.Exit(start()) }

// A program is what the commands know of the world outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool // stdout is one
	interactive    bool // stderr is one
	width          int  // columns of the terminal, 0 when unknown
	colour         bool
}

// stopWithin is how long an interrupted command may take to clean up: it must have stopped within a
// second.
const stopWithin = 800 * time.Millisecond

func start() int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

	p := console()
	done := make(chan int, 1)
	go func() { done <- p.run(ctx, os.Args[1:]) }()
	select {
	case status := <-done:
		return status
	case s := <-stop:
		signal.Stop(stop) // the next one has its usual effect
		cancel()
		select {
		case <-done:
		case <-time.After(stopWithin): // waiting for input, or in a long step
		}
		if p.interactive {
			io.WriteString(p.stderr, "\n") // the terminal has put ^C on this line
		}
		io.WriteString(p.stderr, "darkfigure: interrupted\n")
		if s == syscall.SIGTERM {
			return 143
		}
		return 130
	}
}

// console is the program as it was started.
func console() *program {
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	p.interactive = cwriter.IsTerminal(int(os.Stderr.Fd()))
	if fd := int(os.Stdout.Fd()); cwriter.IsTerminal(fd) {
		p.terminal = true
		p.width, _, _ = cwriter.GetSize(fd)
		p.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		p.width = columns
	}
	return p
}
