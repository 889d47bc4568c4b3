package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators/huggins"
	"darkfigure/estimators/multiplier"
)

var shells = []string{"bash", "zsh", "fish"}

func (p *program) completionCommand(app *cli.App) *cli.Command {
	return &cli.Command{
		Name: "completion", ArgsUsage: "bash|zsh|fish", Usage: "a script that completes commands, flags and names with the Tab key",
		Description: `Prints a script for a shell. It completes commands, flags, the values of flags, names of methods, and file names.`,
		UsageText: `source <(darkfigure completion bash)      # in ~/.bashrc
source <(darkfigure completion zsh)       # in ~/.zshrc, after compinit
darkfigure completion fish > ~/.config/fish/completions/darkfigure.fish`,
		Action: func(c *cli.Context) error {
			hint := "the shells are " + strings.Join(shells, ", ")
			if c.Args().Len() != 1 {
				return usage(hint, "completion needs the name of a shell")
			}
			var script string
			switch shell := c.Args().First(); shell {
			case "bash":
				script = bashCompletion(app)
			case "zsh":
				script = zshCompletion(app)
			case "fish":
				script = fishCompletion(app)
			default:
				return usage(didYouMean("", shell, shells, hint), "there is no completion for the shell %q", shell)
			}
			_, err := io.WriteString(p.stdout, script)
			return err
		},
	}
}

// valuesOf are the values a flag of a command can have; nil when they are not known beforehand.
func valuesOf(command, flag string) []string {
	switch flag {
	case "format":
		if slices.Contains([]string{"methods", "link", "run"}, command) {
			return []string{"text", "json"}
		}
		return formatNames
	case "interval":
		switch command {
		case "models":
			return modelKinds
		case "multiplier":
			var own []string
			for _, k := range multiplier.Kinds() {
				own = append(own, string(k))
			}
			return own
		}
		return kinds
	case "method":
		return methodNames()
	case "select":
		return []string{"auto", "bic", "aic", "aicc", "stepwise"}
	case "search":
		return []string{"exact", "downhill"}
	case "boot-scheme":
		return []string{"nonparametric", "semiparametric", "parametric"}
	case "criterion":
		return []string{"bic", "aic", "aicc"}
	case "heterogeneity":
		return []string{"chao", "poisson", "darroch", "gamma"}
	case "language":
		return []string{"en", "nl"}
	}
	return nil
}

// wordsOf are the arguments of a command that are not files.
func wordsOf(app *cli.App, command string) []string {
	switch command {
	case "methods":
		return methodNames()
	case "completion":
		return shells
	case "help":
		return append(commandNames(app), helpTopics...)
	}
	return nil
}

func methodNames() []string {
	var names []string
	for _, m := range allMethods() {
		names = append(names, m.Name)
	}
	names = append(names, incompleteName)
	for _, m := range huggins.Methods() {
		names = append(names, m.Name)
	}
	return names
}

func commandNames(app *cli.App) []string {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	return names
}

// withValue are the flags of all commands that have a value behind them.
func withValue(app *cli.App) []string {
	var names []string
	for _, c := range app.Commands {
		for _, f := range c.Flags {
			if name := "--" + f.Names()[0]; !isSwitch(f) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func flagWords(c *cli.Command) string {
	words := []string{"--help"}
	for _, name := range flagNames(c) {
		words = append(words, "--"+name)
	}
	return strings.Join(words, " ")
}

// bashCompletion works in bash from 3.2, without the bash-completion package. bash
// breaks words at =, so that --format=json arrives as three of them.
func bashCompletion(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for darkfigure
_darkfigure() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words= i
  COMPREPLY=()
  if [[ $cur == "=" ]]; then
    cur=
  elif [[ $prev == "=" ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      %s) [[ ${COMP_WORDS[i+1]} == "=" ]] && ((i++)); ((i++)) ;;
      -*) ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command:$prev in
`, strings.Join(withValue(app), "|"))
	for _, c := range app.Commands {
		for _, f := range c.Flags {
			name := f.Names()[0]
			if values := valuesOf(c.Name, name); values != nil {
				fmt.Fprintf(&b, "    %s:--%s) words=%q ;;\n", c.Name, name, strings.Join(values, " "))
			}
		}
	}
	fmt.Fprintf(&b, "    *:%s) return ;; # a value of its own, or a file\n", strings.Join(withValue(app), "|*:"))
	b.WriteString("    *)\n      case $command:$cur in\n")
	fmt.Fprintf(&b, "        :-*) words=\"--help --version\" ;;\n        :*) words=%q ;;\n", strings.Join(commandNames(app), " "))
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "        %s:-*) words=%q ;;\n", c.Name, flagWords(c))
		if words := wordsOf(app, c.Name); words != nil {
			fmt.Fprintf(&b, "        %s:*) words=%q ;;\n", c.Name, strings.Join(words, " "))
		}
	}
	b.WriteString(`      esac ;;
  esac
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _darkfigure darkfigure
`)
	return b.String()
}

// zshCompletion can be sourced, or saved as _darkfigure in a folder of fpath.
func zshCompletion(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#compdef darkfigure
# zsh completion for darkfigure
_darkfigure() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] command= i
  local -a options
  if [[ $cur == --*=* ]]; then
    prev=${cur%%%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      %s) ((i++)) ;;
      -*) ;;
      *) command=$words[i]; break ;;
    esac
  done
  case $command:$prev in
`, strings.Join(withValue(app), "|"))
	for _, c := range app.Commands {
		for _, f := range c.Flags {
			name := f.Names()[0]
			if values := valuesOf(c.Name, name); values != nil {
				fmt.Fprintf(&b, "    %s:--%s) compadd -- %s; return ;;\n", c.Name, name, strings.Join(values, " "))
			}
		}
	}
	fmt.Fprintf(&b, "    *:%s) _files; return ;;\n", strings.Join(withValue(app), "|*:"))
	b.WriteString("  esac\n  case $command:$cur in\n")
	b.WriteString("    :-*) compadd -- --help --version ;;\n    :*)\n      options=(\n")
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "        %s\n", quoted(c.Name+":"+c.Usage))
	}
	b.WriteString("      )\n      _describe -t commands command options ;;\n")
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "    %s:-*)\n      options=(\n        '--help:what the command does, and examples'\n", c.Name)
		for _, f := range c.Flags {
			if !isHelp(f) {
				_, usage := placeholder(f)
				fmt.Fprintf(&b, "        %s\n", quoted("--"+f.Names()[0]+":"+strings.ReplaceAll(usage, ":", `\:`)))
			}
		}
		b.WriteString("      )\n      _describe -o -t options flag options ;;\n")
		if words := wordsOf(app, c.Name); words != nil {
			fmt.Fprintf(&b, "    %s:*) compadd -- %s ;;\n", c.Name, strings.Join(words, " "))
		}
	}
	b.WriteString(`    *) _files ;;
  esac
}
if [[ $funcstack[1] == _darkfigure ]]; then
  _darkfigure "$@"
else
  compdef _darkfigure darkfigure
fi
`)
	return b.String()
}

func fishCompletion(app *cli.App) string {
	var b strings.Builder
	b.WriteString("# fish completion for darkfigure\ncomplete -c darkfigure -n __fish_use_subcommand -f -l version -d 'the version'\n")
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "complete -c darkfigure -n __fish_use_subcommand -f -a %s -d %s\n", c.Name, fishQuoted(c.Usage))
	}
	for _, c := range app.Commands {
		on := fmt.Sprintf("complete -c darkfigure -n '__fish_seen_subcommand_from %s'", c.Name)
		if words := wordsOf(app, c.Name); words != nil {
			fmt.Fprintf(&b, "%s -f -a '%s'\n", on, strings.Join(words, " "))
		}
		fmt.Fprintf(&b, "%s -l help -d 'what the command does, and examples'\n", on)
		for _, f := range c.Flags {
			name := f.Names()[0]
			if isHelp(f) {
				continue
			}
			_, usage := placeholder(f)
			takes := ""
			if values := valuesOf(c.Name, name); values != nil {
				takes = " -x -a '" + strings.Join(values, " ") + "'"
			} else if name == "output" {
				takes = " -r -F"
			} else if !isSwitch(f) {
				takes = " -x"
			}
			fmt.Fprintf(&b, "%s -l %s%s -d %s\n", on, name, takes, fishQuoted(usage))
		}
	}
	return b.String()
}

// quoted is a word in single quotes for bash and zsh; fishQuoted for fish.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
