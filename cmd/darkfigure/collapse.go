package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/internal/visibility"
)

// collapseLevels makes one level of several, as --collapse asks: 'nation:Surinam|Turkey=other'.
func (d *dataset) collapseLevels(c *cli.Context) error {
	for _, s := range c.StringSlice("collapse") {
		covariate, rest, ok := strings.Cut(s, ":")
		at := strings.LastIndexByte(rest, '=')
		if !ok || at < 0 {
			return usage("write 'nation:Surinam|Turkey=other'", "--collapse %s does not say which levels of what make one", s)
		}
		levels, into := strings.Split(rest[:at], "|"), strings.TrimSpace(rest[at+1:])
		for i := range levels {
			levels[i] = strings.TrimSpace(levels[i])
		}
		merged, lost, err := d.table.Merge(strings.TrimSpace(covariate), levels, into)
		if err != nil {
			return usage("write 'nation:Surinam|Turkey=other'", "--collapse %s: %s", s, err)
		}
		d.table, d.merged = merged, append(d.merged, visibility.Merged{Covariate: strings.TrimSpace(covariate), Levels: levels, Into: into})
		d.data.Notes = append(d.data.Notes, fmt.Sprintf("levels of %s made one: %s are %s", covariate, strings.Join(levels, ", "), into))
		if lost {
			d.warnings = append(d.warnings, estimators.Warning{Code: "collapsed-structural-zeros",
				Text: fmt.Sprintf("some patterns are impossible at part of the levels of %s that were made one, %s; they were counted as possible", covariate, into)})
		}
	}
	return nil
}
