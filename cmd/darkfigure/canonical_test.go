package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// asked is what a command line says: its files, and the flags that a result depends on.
func asked(t *testing.T, args ...string) (command []string, files []string, flags map[string]any) {
	t.Helper()
	app := (&program{}).app()
	for _, c := range app.Commands {
		c.Action = func(c *cli.Context) error {
			given := c.StringSlice("level")
			if given == nil && c.IsSet("level") {
				given = []string{c.String("level")}
			}
			levels, err := parseLevels(given)
			if err != nil {
				return err
			}
			files, flags = c.Args().Slice(), map[string]any{}
			for _, f := range c.Command.Flags {
				switch name := f.Names()[0]; {
				case slices.Contains(silent, name) || !c.IsSet(name):
				case name == "level":
					flags[name] = levels
				default:
					flags[name] = fmt.Sprintf("%q", c.Value(name))
					if isRepeatable(f) {
						flags[name] = c.StringSlice(name)
					}
				}
			}
			command = canonical(c, files, levels)
			return nil
		}
	}
	_, arranged, err := arrange(args, app.Commands)
	if err == nil {
		err = app.RunContext(t.Context(), append([]string{app.Name}, arranged...))
	}
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return command, files, flags
}

// TestCanonicalAsksTheSame: the recorded command has the flags of the one that was given, with their values, for every flag of every command.
func TestCanonicalAsksTheSame(t *testing.T) {
	for _, c := range (&program{}).app().Commands {
		if slices.Contains([]string{"help", "completion", "methods", "report", "simulate"}, c.Name) {
			continue // these have no results of their own, or (simulate) a command of the scenario
		}
		args := []string{c.Name, "a b.csv"}
		for _, f := range c.Flags {
			name := f.Names()[0]
			switch {
			case name == "help":
			case isSwitch(f):
				args = append(args, "--"+name)
			case name == "level":
				args = append(args, "--level", "90%")
				if isRepeatable(f) {
					args = append(args, "--level", "0.8,50%")
				}
			case isRepeatable(f):
				args = append(args, "--"+name, "A,B", "--"+name, `"x, y",z`, "--"+name, "C:d=-1,e=2", "--"+name+"=--by")
			default:
				args = append(args, "--"+name+"=--"+name+" 3,4")
			}
		}
		command, files, flags := asked(t, args...)
		if len(flags) == 0 {
			t.Errorf("%s: only %v were read", c.Name, flags)
		}
		again, same, repeated := asked(t, command[1:]...)
		if !reflect.DeepEqual(flags, repeated) || !slices.Equal(files, same) {
			t.Errorf("%s is recorded as %q, which says\n%v\nin place of\n%v", c.Name, command, repeated, flags)
		}
		if !slices.Equal(command, again) {
			t.Errorf("%q is recorded as %q", command, again)
		}
	}
}

func TestCanonicalCommands(t *testing.T) {
	for given, want := range map[string]string{
		"visibility a/t.csv --by Region,Gender":                         "visibility t.csv --by Region,Gender",
		"visibility t.csv --by Region,Gender --by Age --quiet":          "visibility t.csv --by Region,Gender --by Age",
		"visibility t.csv --round 3 --by a --publish --threshold 10":    "visibility t.csv --by a --publish --round 3 --threshold 10",
		"run s/study.yaml --publish --threshold 10 --round 5 --jobs 2":  "run study.yaml --publish --round 5 --threshold 10",
		"run study.yaml --truth truth --sensitivity no --language nl":   "run study.yaml --sensitivity no",
		"link study.yaml --seed 7 --write-linked --output o":            "link study.yaml --seed 7",
		"sensitivity t.csv --planned coverage=10%,with=A,odds=2":        "sensitivity t.csv --planned coverage=10%,with=A,odds=2",
		"estimate ./-t.csv --level 90% --by=--lists":                    "estimate ./-t.csv --by=--lists --level 0.9",
		"multiplier --source name=a,share=1% --source name=b,share=2% ": "multiplier --source name=a,share=1% --source name=b,share=2%",
	} {
		if command, _, _ := asked(t, strings.Fields(given)...); strings.Join(command[1:], " ") != want {
			t.Errorf("%s is recorded as %q", given, command)
		}
	}
}
