package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"darkfigure/internal/tableio"
)

func (p *program) reportCommand() *cli.Command {
	return &cli.Command{
		Name: "report", ArgsUsage: "RESULTS.json", Usage: "results as a page to read, print or put into a spreadsheet",
		Description: `Lays out what estimate, compare, models, sensitivity or describe wrote with --format json, without computing anything again: one self-contained HTML page, Markdown, an Excel file, or any other format.`,
		UsageText: `darkfigure compare uk5.csv --output results.json --sensitivity yes
darkfigure report results.json --output report.html
darkfigure report results.json --output rapport.md --language nl`,
		Flags: flags([]cli.Flag{
			text("period", aboutTable, "what the counts are about, as in `2013`, where the results do not say it"),
			text("definition", aboutTable, "who is counted, in `WORDS`, where the results do not say it"),
		}, outputFlags()),
		Action: p.reportFile,
	}
}

func (p *program) reportFile(c *cli.Context) error {
	out, err := p.outputOf(c, formatNames...)
	if err != nil {
		return err
	}
	path, err := oneFile(c, "results in JSON")
	if err != nil {
		return err
	}
	in := p.stdin
	if path == "-" {
		path = "standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return unreadable(err)
		}
		defer f.Close()
		in = f
	}
	r, err := tableio.ReadResults(&stopped{c.Context.Err, in})
	if err != nil {
		if c.Context.Err() != nil {
			return c.Context.Err()
		}
		var syntax *tableio.SyntaxError
		if errors.As(err, &syntax) {
			syntax.File = path
		} else {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return &failure{status: exitUsage, err: err, hint: "report reads what estimate, compare, models, sensitivity and describe write with --format json"}
	}
	for _, stamp := range []struct {
		flag string
		to   *string
	}{{"period", &r.Data.Period}, {"definition", &r.Data.Definition}} {
		given := c.String(stamp.flag)
		if given != "" && *stamp.to != "" && *stamp.to != given {
			return usage("compute again with another one, or leave it out", "--%s %s: these results are about %s", stamp.flag, given, *stamp.to)
		}
		if given != "" {
			*stamp.to = given
		}
	}
	return out.write(c.Context, r)
}

// stopped is a reader that ends when there is a reason to.
type stopped struct {
	why func() error
	r   io.Reader
}

func (s *stopped) Read(b []byte) (int, error) {
	if err := s.why(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}
