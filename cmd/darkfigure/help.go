package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/internal/study"
)

// overview is what darkfigure without a command shows.
func overview(app *cli.App, width int) string {
	var b strings.Builder
	b.WriteString(hanging("", 0, "darkfigure estimates how many people no register has seen.", width))
	b.WriteByte('\n')
	b.WriteString(hanging("", 0, `Several organisations each know part of a group of people. From how far their lists overlap it estimates how many are on no list, with an interval, with the other answers that fit as well, and with warnings. What cannot be estimated is refused, with the reason.`, width))
	b.WriteString("\nStart with\n\n  darkfigure run STUDY.yaml    from registers with names to the answer\n  darkfigure describe TABLE    who overlaps with whom\n  darkfigure estimate TABLE    how many people there are\n")
	b.WriteString("\nCommands\n\n")
	for _, c := range app.Commands {
		b.WriteString(hanging("  "+pad(c.Name, 12), 14, c.Usage, width))
	}
	b.WriteByte('\n')
	b.WriteString(hanging("", 0, "darkfigure COMMAND --help shows the flags and examples of a command; darkfigure help tables shows what a table looks like, help studies a study of registers, and help scenario what a scenario does.", width))
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
var helpTopics = []string{"tables", "studies", "scenario", "exit"}

func (p *program) helpCommand(app *cli.App) *cli.Command {
	return &cli.Command{
		Name: "help", ArgsUsage: "[COMMAND|tables|studies|scenario|exit]", Usage: "help on a command, a table, a study or scenario file, or the exit status",
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
			case topic == "studies":
				text = aboutStudies(p.columns())
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
		"One row per person, without a column of counts, is read as well. So are TRUE and FALSE, yes and no, lists whose names start with in_, and a column ch or history with strings such as 0101. The count column is called count, freq, frequency or n, or is the last one. Other columns are covariates, such as sex or year: they are summed over, unless --by names them; where one is not recorded it is empty or NA, and estimate --method incomplete uses what there is. Columns that identify persons are ignored.",
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

func aboutStudies(width int) string {
	entry := func(key, meaning string) string {
		return strings.TrimSuffix(hanging("  "+pad(key, 15)+"  ", 19, meaning, width), "\n")
	}
	list := func(lines ...string) string { return strings.Join(lines, "\n") }
	return laidOut(width,
		"A study file names registers, each with one row per record of a person, and says what is in their columns. darkfigure link shows which records are of the same person, and how sure that is; darkfigure run goes on to how many people no register has seen. The file is YAML; an unknown key is an error with its line. Files are named relative to it. Only registers is needed; what is chosen in place of the rest is printed.",
		"  study: minors-2020\n  population: {definition: minors exploited, period: 2020, region: NL,\n    age_below: 18, reference_date: 2020-07-01}\n  registers:\n    police: {file: police.csv, id: number, columns: {given_name: voornaam,\n      surname: achternaam, birth_date: geboren, sex: geslacht, place: plaats}}\n    care:\n      file: care.xlsx\n      id: dossier\n      columns: {given_name: naam, surname: achternaam, birth_date: geboortedatum}\n      missing: [onbekend, 9999]\n      include: {period: aanmelding, where: {type: [SG, CG]}}\n    chat: {file: chat.csv, anonymous: true, same_population: true,\n      known_to: {police: bekend_politie, care: bekend_zorg}}\n  linkage: {threshold: 0.5, draws: 60}\n  estimate: {by: [sex]}\n  output: {folder: results}",
		"population: who is counted",
		list(
			entry("definition", "in words, printed with the answer"),
			entry("period", "2020, 2015-2020, 2020-07 or 2020-04-01/2020-09-30; records are only left out by it where a register says include: {period: COLUMN}"),
			entry("region", "one or more, as in [NL, BES]; left out by include: {region: COLUMN}"),
			entry("age_below", "and age_from: ages in whole years on reference_date. Records that cannot be of such an age are left out"),
			entry("unknown", "keep (default) or exclude records of which age, period or region cannot be told; those kept are counted"),
		),
		"registers: each has a name, which becomes that of a list, and",
		list(
			entry("file", "CSV and its relatives, Excel, Parquet or Arrow; sheet names another sheet than the first"),
			entry("id", "the column with the register's own number of a record. Of rows with one number the fullest is used"),
			entry("columns", "FIELD: COLUMN. Fields with a known meaning are given_name, surname, prefix, initials, birth_date (or birth_year, birth_month, birth_day), age, sex, nationality, place, postcode and first_contact; any other name is a field of your own, such as phone. Without columns the names in the file decide"),
			entry("missing", "values that say that nothing is known"),
			entry("dates", "dmy, mdy or ymd, where the dates themselves do not tell"),
			entry("include", "records that belong to the population: period and region are columns, where has conditions as in {type: [SG, CG]}"),
			entry("absent", "where the register did not run and others did, by fields of estimate.by, as in {first_contact: [2015, 2016]} or {place: Amsterdam}; of several fields, where all hold. Nobody there can be on it, by design: its zeros there are no zeros, and the estimates of those groups are from the other registers"),
			entry("anonymous", "true for a register without names. It is never linked. known_to says in which column visitors answered whether a body knows them: {police: COLUMN}, or for a body that is several registers, or none, {police: {column: COLUMN, registers: [local, national]}}; known_to_anyone is the column of the answer whether anybody does. same_population: true declares that visitors are of the population of the study"),
		),
		"linkage: how records are compared and linked",
		list(
			entry("compare", "FIELD: KIND, for the fields to be compared and no others; kinds are "+strings.Join(study.Kinds, ", ")+". Without it every field is compared but nationality, first_contact, an age beside a date of birth, and your own fields named under estimate.by"),
			entry("blocking", "with many records only pairs are compared that agree on one of some rules, as in [[birth_date], [surname_sound, birth_year]]. Yours are added to the usual ones; {only: [[birth_date]]} replaces them, and is used however few pairs there are; of up to 50 million pairs all are then counted, which tells how many matches the rules lose"),
			entry("max_pairs", "how many pairs may be compared (default 500 million). When there are more pairs than this, or than 50 million, only those that agree on a rule of blocking are; rules that give more are an error"),
			entry("municipalities", "a file of merged ones: old,new,year"),
			entry("nicknames", "a file of given names that may be of one person, a line each: mohamed = mo, moos. They are added to those that are built in"),
			entry("review", "samples of link --clerical that people have judged; their error rates are printed, and the linkage follows them where its own probabilities are wrong"),
			entry("linked", "files of splink or fastLink in place of linking here: clusters (source_dataset, unique_id, cluster_id) or pairs (…_l, …_r, match_probability), drawn from and pooled in the same way"),
			entry("threshold", "the match probability from which on the best linkage accepts a pair (default 0.5). Estimates and intervals do not use it"),
			entry("draws", "how many linkages are drawn for the estimates (default 60)"),
		),
		"Instead of names: keys and Bloom filters, made by every register in the same way and with the same secret",
		list(
			entry("keys", "hashes, of which only equality means something. Several of one person are FIELD: [COLUMN, COLUMN], or one column with ; or | between them (or spaces, where hashes are all that they part), as in columns: {key: [key_1, key_2]} and compare: {key: keys, sex: sex, place: place, birth_date: date}. All keys of a study are one comparison: one in common, or none. A key is empty when something it is made of is not known. A wrong letter makes another key: people all of whose keys differ are missed, and the missed rate counts them only as far as the other fields show them. Keys alone are therefore refused: at least two other fields are compared with them, and more are better"),
			entry("dice", "a Bloom filter in hexadecimal or base64, as long in every record, compared by its Dice coefficient, which a wrong letter lowers a little. One field for each filter (given name, surname, date of birth), as in compare: {f_given: dice, f_surname: dice, f_birth: dice}; one filter of the whole record does not tell which fields agree, and alone is refused"),
			entry("weakness", "neither hides names: who has the secret, or counts how often values and bits occur, finds many of them. Keep the files as you keep names"),
		),
		"estimate: what is estimated",
		list(
			entry("by", "fields to estimate for each group of, as in [sex] or [year, sex], or several tables, as in [[year, sex], [year, place]], which are protected together when they are published. A date of contact, or a field called year or the like, says when: a person is then counted once in each year in which some record of theirs lies, and is on a register in the years of its records. Of records of one person that disagree about anything else the majority counts, and then the register named first"),
			entry("methods", "names of methods (darkfigure methods); without it all that apply, with the usual one as the answer"),
			entry("level", "of the intervals (default 0.95)"),
			entry("pool", "shared, shrunk or separate: one model for all groups of by, as visibility --pool; for groups too small for a model of their own"),
			entry("joint", "true: one model for all groups, with terms for how lists and covariates go together, as visibility --joint; covariates: [age] adds to those of by, trend: [year:2] makes one of them a polynomial"),
		),
		"Where some groups have no estimate, the total is that of all people taken as one, and says so.",
		"sensitivity: what the second page of the report tries besides the usual, as the flags of darkfigure sensitivity",
		list(
			entry("within", "the range of every odds ratio and of ξ that is plausible, as in 0.67:1.5; prior is their law, as in loguniform:0.5:2"),
			entry("claim", "what is to hold, as in ['population > 1000', 'visibility < 4%']: the departure at which it fails is looked for"),
			entry("dependence", "and capture: ranges of the odds ratio of two registers, and of the share of everybody that is on both, as in [police*care=1:5]"),
			entry("audit", "REGISTER=X/N: of N people sampled from the register X were not of the population. over_coverage is the share tried of the other registers (default 5%)"),
			entry("planned", "a register that there is not yet, as in ['coverage=10%', 'coverage=10%,with=police,odds=2']"),
			entry("missed_links", "and false_links: rates of errors in the links, as in [2%, 5%]"),
		),
		"output: folder is where run and link write, unless --output says where. publish: true writes nothing but what may be published, as run --publish does; threshold (default 5) and round (3 or 5) say how small counts are protected.",
		"A study of one register looks for records of the same person in it.")
}

// aboutExit says what the package comment says.
func aboutExit(width int) string {
	return hanging("", 0, "Exit status: 0 done; 1 failed, or warnings with --strict; 2 wrong usage or unreadable input; 3 nothing could be estimated; 130 interrupted with Ctrl-C; 143 terminated.", width)
}
