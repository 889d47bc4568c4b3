package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// overview is what darkfigure without a command shows.
func overview(app *cli.App, width int) string {
	var b strings.Builder
	b.WriteString(hanging("", 0, "darkfigure estimates how many people no register has seen.", width))
	b.WriteByte('\n')
	b.WriteString(hanging("", 0, `Several organisations each know part of a group of people. From how far their lists overlap it estimates how many are on no list, with an interval, with the other answers that fit as well, and with warnings. What cannot be estimated is refused, with the reason.`, width))
	b.WriteString("\nStart with\n\n  darkfigure describe TABLE    who overlaps with whom\n  darkfigure estimate TABLE    how many people there are\n")
	b.WriteString("\nCommands\n\n")
	for _, c := range app.Commands {
		b.WriteString(hanging("  "+pad(c.Name, 12), 14, c.Usage, width))
	}
	b.WriteByte('\n')
	b.WriteString(hanging("", 0, "darkfigure COMMAND --help shows the flags and examples of a command; darkfigure help tables shows what a table looks like, and help scenario what a scenario does.", width))
	b.WriteString("\n" + aboutExit(width))
	return b.String()
}

// helpOf is the help of one command.
func helpOf(c *cli.Command, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "darkfigure %s: %s\n", c.Name, c.Usage)
	synopsis := "darkfigure " + c.Name
	if c.ArgsUsage != "" {
		synopsis += " " + c.ArgsUsage
	}
	if len(flagNames(c)) > 0 {
		synopsis += " [flags]"
	}
	b.WriteString("\n  " + synopsis + "\n")
	for para := range strings.SplitSeq(c.Description, "\n\n") {
		b.WriteByte('\n')
		b.WriteString(hanging("", 0, para, width))
	}
	if c.UsageText != "" {
		b.WriteString("\nExamples\n\n")
		for line := range strings.SplitSeq(c.UsageText, "\n") {
			b.WriteString("  " + line + "\n")
		}
	}
	longest := 0
	for _, f := range c.Flags {
		longest = max(longest, len(flagHead(f)))
	}
	category := ""
	for _, f := range c.Flags {
		if isHelp(f) {
			continue
		}
		if of := f.(cli.CategorizableFlag).GetCategory(); of != category {
			category = of
			b.WriteString("\n" + category + "\n\n")
		}
		_, usage := placeholder(f)
		b.WriteString(hanging("  "+pad(flagHead(f), longest)+"  ", longest+4, usage, width))
	}
	if longest > 0 {
		b.WriteByte('\n')
		b.WriteString(hanging("", 0, "Flags may stand before or after file names. A file name of - is standard input.", width))
	}
	return b.String()
}

func isHelp(f cli.Flag) bool { return f.Names()[0] == "help" }

func flagHead(f cli.Flag) string {
	if isHelp(f) {
		return ""
	}
	name, _ := placeholder(f)
	if name != "" {
		name = " " + name
	}
	return "--" + f.Names()[0] + name
}

// placeholder takes the word in backquotes out of a usage text: it stands for the value.
func placeholder(f cli.Flag) (name, usage string) {
	usage = f.(cli.DocGenerationFlag).GetUsage()
	_, rest, ok := strings.Cut(usage, "`")
	if !ok || isSwitch(f) {
		return "", usage
	}
	name, _, _ = strings.Cut(rest, "`")
	return name, strings.ReplaceAll(usage, "`", "")
}

// helpTopics are what help knows of besides commands.
var helpTopics = []string{"tables", "scenario", "exit"}

func (p *program) helpCommand(app *cli.App) *cli.Command {
	return &cli.Command{
		Name: "help", ArgsUsage: "[COMMAND|tables|scenario|exit]", Usage: "help on a command, a table, a scenario file or the exit status",
		Action: func(c *cli.Context) error {
			topics := slices.Clone(helpTopics)
			for _, command := range app.Commands {
				topics = append(topics, command.Name)
			}
			var text string
			switch topic := c.Args().First(); {
			case c.Args().Len() > 1:
				return usage("", "help takes one topic")
			case topic == "":
				text = overview(app, p.columns())
			case topic == "tables":
				text = aboutTables(p.columns())
			case topic == "scenario":
				text = aboutScenario(p.columns())
			case topic == "exit":
				text = aboutExit(p.columns())
			case app.Command(topic) != nil:
				text = helpOf(app.Command(topic), p.columns())
			default:
				return usage(didYouMean("darkfigure help ", topic, topics, helpHint("")), "there is no help on %q", topic)
			}
			_, err := io.WriteString(p.stdout, text)
			return err
		},
	}
}

// laidOut wraps paragraphs, with a blank line between them; one that starts with a space is kept as it is.
func laidOut(width int, paragraphs ...string) string {
	var b strings.Builder
	for i, s := range paragraphs {
		if i > 0 {
			b.WriteByte('\n')
		}
		if strings.HasPrefix(s, " ") {
			b.WriteString(s + "\n")
			continue
		}
		b.WriteString(hanging("", 0, s, width))
	}
	return b.String()
}

func aboutTables(width int) string {
	return laidOut(width,
		"A table says how many people are on which lists: one row for each combination of lists, with 0 or 1 in a column per list and a column of counts. Combinations that are not there have nobody.",
		"  police,care,chat,count\n  1,0,0,450\n  0,1,0,310\n  1,1,0,24\n  0,0,1,150\n  1,0,1,9",
		"One row per person, without a column of counts, is read as well. So are TRUE and FALSE, yes and no, lists whose names start with in_, and a column ch or history with strings such as 0101. The count column is called count, freq, frequency or n, or is the last one. Other columns are covariates, such as sex or year: they are summed over, unless --by names them. Columns that identify persons are ignored.",
		"Files are CSV and its relatives (any delimiter, as saved by Excel, R or a database), Excel (.xlsx; FILE.xlsx#SHEET is another than the first sheet), Parquet, Arrow, and .inp of program MARK.",
		"A combination that was impossible by design has 1 in a column structural_zero, or is declared with --absent. When a list did not run somewhere: --absent 'chat:year=2013'. When nobody can be on two lists, because one takes only people the other does not: --absent 'care*chat', which makes every combination with both impossible.",
		"What was recognised is printed with the answer. When it is wrong, say what is right with --lists, --count and --ignore.")
}

func aboutScenario(width int) string {
	entry := func(key, meaning string) string {
		return strings.TrimSuffix(hanging("  "+pad(key, 12)+"  ", 16, meaning, width), "\n")
	}
	return laidOut(width, append([]string{
		"A scenario describes a population of known size, and the methods that are tried on tables drawn from it (darkfigure simulate). It is a file in YAML; an unknown key is an error with its line.",
		"  name: Minors\n  population:\n    size: 1300\n    lists: {chat: 0.12, police: 0.03, care: 0.05}\n    dependence:\n      - {between: [police, care], odds_ratio: 3}\n  methods:\n    - --method loglinear\n    - --method chao\n  replicates: 500",
		"The population is described in words, as here, or taken from a table.",
		strings.Join([]string{
			entry("size", "how many people there are"),
			entry("lists", "the share of them that each list holds, between 0 and 1"),
			entry("dependence", "pairs of lists, with the odds ratio given all other lists: the odds of being on one list are so many times as high for people on the other; 1 when a pair is not named"),
			entry("classes", "parts of the people with shares of their own, as in {share: 0.1, lists: {chat: 0.4}}; the shares of the classes add up to 1"),
			entry("table", "instead of all these: a table, its path relative to the scenario, with model ('[12,13]') or select (auto, bic, aic, aicc or stepwise). The model fitted to it is the truth"),
		}, "\n"),
		"Beside population stand",
		strings.Join([]string{
			entry("methods", "one line for each: the flags of estimate, without those that name a table, a level or a seed"),
			entry("replicates", "how many tables are drawn (default 500)"),
			entry("seed", "that all draws follow from (default 1)"),
			entry("levels", "of the intervals (default [0.95])"),
			entry("name", "and description: words for the heading"),
		}, "\n"),
	}, aboutRegisters(width)...)...)
}

// aboutExit says what the package comment says.
func aboutExit(width int) string {
	return hanging("", 0, "Exit status: 0 done; 1 failed, or warnings with --strict; 2 wrong usage or unreadable input; 3 nothing could be estimated; 130 interrupted with Ctrl-C; 143 terminated.", width)
}
