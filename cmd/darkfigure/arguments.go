package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts a command line into the order in which the cli package reads it: the command, its flags, and
// behind -- the files. That package stops reading flags at the first argument that is
// none, so that in `estimate a.csv --seed 9` the seed would be ignored without a word; people
// type both orders, and here flags may stand anywhere, also before the command.
//
// Read are --flag value, --flag=value, switches, - for standard input, and -- after which
// everything is a file. A flag that does not exist, belongs to other commands, lacks its value, or is
// given twice though it can have one value only, is an error.
func arrange(args []string, commands []*cli.Command) (command string, arranged []string, err error) {
	type given struct {
		name, value string
		joined      bool
	}
	var flags []given
	var words []string
	help := false
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			words = append(words, args[i+1:]...)
			break
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			words = append(words, arg)
			continue
		}
		g := given{}
		g.name, g.value, g.joined = strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if g.name == "help" || g.name == "h" {
			help = true
			continue
		}
		f := findFlag(commands, g.name)
		switch {
		case f == nil:
			flags = append(flags, g)
			continue // said below, when the command is known
		case isSwitch(f):
			if g.joined && g.value != "true" && g.value != "false" {
				return "", nil, usage("write --"+g.name+" alone", "--%s is a switch and takes no value", g.name)
			}
		case !g.joined:
			if i+1 == len(args) || isFlag(commands, args[i+1]) {
				return "", nil, usage("", "--%s needs a value behind it", g.name)
			}
			i++
			g.value = args[i]
		}
		if !isSwitch(f) && g.value == "" {
			return "", nil, usage("", "the value of --%s is empty", g.name)
		}
		flags = append(flags, g)
	}

	if len(words) > 0 {
		command = words[0]
		words = words[1:]
	}
	if command == "" {
		if len(flags) == 1 && (flags[0].name == "version" || flags[0].name == "v") {
			return "", []string{"--version"}, nil
		}
		if len(flags) > 0 {
			return "", nil, usage("a command comes first, as in: darkfigure estimate FILE", "--%s stands without a command", flags[0].name)
		}
		return "", nil, nil
	}
	at := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.Name == command })
	if at < 0 {
		return "", nil, unknownCommand(command, commands)
	}
	arranged = []string{command}
	if help {
		return command, append(arranged, "--help"), nil
	}
	own := commands[at : at+1]
	seen := map[string]bool{}
	for _, g := range flags {
		f := findFlag(own, g.name)
		if f == nil {
			return command, nil, unknownFlag(g.name, command, own[0], commands)
		}
		g.name = f.Names()[0] // an alias is the same flag
		if seen[g.name] && !isRepeatable(f) {
			return command, nil, usage("", "--%s is given twice", g.name)
		}
		seen[g.name] = true
		if isSwitch(f) && !g.joined {
			arranged = append(arranged, "--"+g.name)
		} else {
			arranged = append(arranged, "--"+g.name+"="+g.value)
		}
	}
	return command, append(append(arranged, "--"), words...), nil
}

// findFlag returns the flag of that name of the first command that has it, or nil.
func findFlag(commands []*cli.Command, name string) cli.Flag {
	for _, c := range commands {
		for _, f := range c.Flags {
			if slices.Contains(f.Names(), name) {
				return f
			}
		}
	}
	return nil
}

// isFlag reports whether an argument is a flag that exists, rather than a value that starts
// with a hyphen.
func isFlag(commands []*cli.Command, arg string) bool {
	if !strings.HasPrefix(arg, "--") {
		return false
	}
	name, _, _ := strings.Cut(arg[2:], "=")
	return name == "" || name == "help" || findFlag(commands, name) != nil
}

func isSwitch(f cli.Flag) bool {
	_, ok := f.(*cli.BoolFlag)
	return ok
}

func isRepeatable(f cli.Flag) bool {
	_, ok := f.(*cli.StringSliceFlag)
	return ok
}

// flagNames are the names of the flags of a command, without those that only cause help.
func flagNames(c *cli.Command) []string {
	var names []string
	for _, f := range c.Flags {
		if name := f.Names()[0]; name != "help" && name != "version" {
			names = append(names, name)
		}
	}
	return names
}

func unknownFlag(name, command string, own *cli.Command, commands []*cli.Command) error {
	var others []string
	for _, c := range commands {
		if findFlag([]*cli.Command{c}, name) != nil {
			others = append(others, c.Name)
		}
	}
	if len(others) > 0 {
		return usage("", "--%s is a flag of %s, not of %s", name, strings.Join(others, ", "), command)
	}
	dashes := "--"
	return usage(didYouMean(dashes, name, flagNames(own), helpHint(command)), "%s has no flag --%s", command, name)
}

func unknownCommand(name string, commands []*cli.Command) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	hint := didYouMean("darkfigure ", name, names, helpHint(""))
	if isFile(name) {
		hint = "to estimate from this table: darkfigure estimate " + name
	}
	return usage(hint, "there is no command %q", name)
}
