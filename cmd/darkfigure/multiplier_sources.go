package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/multiplier"
	"darkfigure/internal/tableio"
)

// A source is a benchmark with the answers about it.
type source struct {
	words      words
	period     string
	benchmark  int64
	multiplier multiplier.Multiplier
}

// sourceKeys are what can be said of a source, in --source and as columns of a file; the flags of these names hold where a source does not say it.
var sourceKeys = []string{"name", "period", "benchmark", "share", "known_elsewhere", "respondents", "deff", "benchmark_fixed", "sensitivity", "specificity", "chat"}

// words are what is said of a source, and where.
type words struct {
	where string // before the name of a key, as in "sources.csv:3: "; empty for flags
	said  map[string]string
	c     *cli.Context
}

func (w words) get(key string) (value string, ok bool) {
	if v, ok := w.said[key]; ok {
		return v, true
	}
	flag := strings.ReplaceAll(key, "_", "-")
	switch {
	case key == "name", !w.c.IsSet(flag):
		return "", false
	case key == "benchmark_fixed":
		return "yes", w.c.Bool(flag)
	case key == "share" && w.said["known_elsewhere"] != "", key == "known_elsewhere" && w.said["share"] != "":
		return "", false // the source says what was asked
	}
	return w.c.String(flag), true
}

// named is how a message names a key.
func (w words) named(key string) string {
	if _, ok := w.said[key]; ok || w.where != "" {
		return w.where + key
	}
	return "--" + strings.ReplaceAll(key, "_", "-")
}

func (s source) named(key string) string { return s.words.named(key) }

// aboutSources is what the results are about.
type aboutSources struct {
	data    estimators.Data
	several bool
	sources []source
}

// sourcesOf reads the sources of a command, sorted by period and name: the order in which they were given changes nothing.
func (p *program) sourcesOf(c *cli.Context, o estimators.Options) ([]source, aboutSources, error) {
	about := aboutSources{data: estimators.Data{Source: "benchmark", Period: c.String("period"), Definition: c.String("definition")}}
	var all []words
	switch n := c.Args().Len(); {
	case n > 1:
		return nil, about, usage("", "multiplier takes one file of sources, but %s is given too", c.Args().Get(1))
	case n == 1 && c.IsSet("source"):
		return nil, about, usage("", "sources are given both by %s and by --source", c.Args().First())
	case n == 1:
		read, info, err := p.readSources(c)
		if err != nil {
			return nil, about, err
		}
		all, about.data.Source, about.data.Notes = read, info.Source, info.Notes
	}
	for i, text := range c.StringSlice("source") {
		w, err := sourceFlag(c, i, text)
		if err != nil {
			return nil, about, err
		}
		all = append(all, w)
	}
	about.several = len(all) > 0
	if about.several {
		for _, flag := range []string{"benchmark", "chat"} {
			if c.IsSet(flag) {
				return nil, about, usage("write it in each --source, or as a column", "--%s does not apply beside several sources", flag)
			}
		}
	} else {
		all = []words{{c: c}}
	}
	against, err := againstOf(c)
	if err != nil {
		return nil, about, err
	}
	chats := false
	for _, w := range all {
		s, err := w.source(o, against)
		if err != nil {
			return nil, about, err
		}
		chats = chats || s.multiplier.Chat != nil
		about.sources = append(about.sources, s)
	}
	if against > 0 && !chats {
		return nil, about, usage("add --known-elsewhere and --chat", "--against is held against a share of people known elsewhere and the visitors who said so")
	}
	slices.SortStableFunc(about.sources, func(a, b source) int {
		return cmp.Or(strings.Compare(a.period, b.period), strings.Compare(a.multiplier.Source, b.multiplier.Source), cmp.Compare(a.benchmark, b.benchmark))
	})
	for _, g := range byPeriod(about.sources) {
		for i, s := range g.sources {
			switch name := s.multiplier.Source; {
			case len(g.sources) == 1:
			case name == "":
				return nil, about, usage("add name=police, or a column name", "%sthere are several sources of one period, and this one has no name", s.words.where)
			case i > 0 && name == g.sources[i-1].multiplier.Source:
				return nil, about, usage("", "%sthere are two sources called %s", s.words.where, name)
			}
		}
	}
	return about.sources, about, nil
}

// describe fills in what is known of the data from the table of the largest benchmark and all sources.
func (a *aboutSources) describe(t *estimators.Table) {
	d := estimators.DataOf(t, a.data.Source)
	d.Period, d.Definition, d.Notes = a.data.Period, a.data.Definition, a.data.Notes
	if one := byPeriod(a.sources); d.Period == "" && len(one) == 1 {
		d.Period = one[0].sources[0].period
	}
	d.Counts = nil // of who overlaps with whom nothing is known
	if a.several {
		var canonical strings.Builder
		for _, s := range a.sources {
			for _, key := range sourceKeys {
				v, _ := s.words.get(key)
				fmt.Fprintf(&canonical, "%q,", v)
			}
			canonical.WriteByte('\n')
		}
		sum := sha256.Sum256([]byte(canonical.String()))
		d.SHA256 = hex.EncodeToString(sum[:])
	}
	a.data = d
}

// sourceFlag reads KEY=VALUE,KEY=VALUE.
func sourceFlag(c *cli.Context, i int, text string) (words, error) {
	w := words{where: fmt.Sprintf("--source %d: ", i+1), said: map[string]string{}, c: c}
	for _, pair := range splitAll([]string{text}) {
		key, value, ok := strings.Cut(pair, "=")
		key, value = keyOf(key), strings.TrimSpace(value)
		switch {
		case !ok || value == "":
			return w, usage("write name=police,benchmark=68,share=35%", "%s%s is no KEY=VALUE", w.where, pair)
		case !slices.Contains(sourceKeys, key):
			return w, usage(didYouMean("", key, sourceKeys, "the keys are "+strings.Join(sourceKeys, ", ")), "%sthere is no key %s", w.where, key)
		case w.said[key] != "":
			return w, usage("", "%s%s is given twice", w.where, key)
		}
		w.said[key] = value
	}
	if len(w.said) == 0 {
		return w, usage("write name=police,benchmark=68,share=35%", "%sthere is nothing in it", w.where)
	}
	return w, nil
}

// keyOf writes a key as it is known: in small letters, with underscores.
func keyOf(s string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// readSources reads a file with a row for each source.
func (p *program) readSources(c *cli.Context) ([]words, tableio.RegisterInfo, error) {
	path := c.Args().First()
	src := tableio.Source{Path: path}
	var stdin []byte
	if path == "-" {
		var err error
		if stdin, err = io.ReadAll(p.stdin); err != nil {
			return nil, tableio.RegisterInfo{}, err
		}
		src.Stdin = bytes.NewReader(stdin)
	}
	columns, err := tableio.RegisterHeader(c.Context, src, tableio.Auto)
	if err != nil {
		return nil, tableio.RegisterInfo{}, unreadable(err)
	}
	if path == "-" {
		src.Stdin = bytes.NewReader(stdin)
	}
	keys := make([]string, len(columns))
	for i, n := range columns {
		if keys[i] = keyOf(n); !slices.Contains(sourceKeys, keys[i]) {
			return nil, tableio.RegisterInfo{}, usage(didYouMean("", keys[i], sourceKeys, "the columns can be "+strings.Join(sourceKeys, ", ")), "%s has a column %q, which is none of a source", path, n)
		}
		if slices.Contains(keys[:i], keys[i]) {
			return nil, tableio.RegisterInfo{}, usage("", "%s has two columns %s", path, keys[i])
		}
	}
	var out []words
	info, err := tableio.ReadRegister(c.Context, src, tableio.RegisterOptions{Columns: columns, Missing: []string{"NA"}}, func(line int, values []string) error {
		w := words{said: map[string]string{}, c: c}
		for i, v := range values {
			if v != "" {
				w.said[keys[i]] = v
			}
		}
		w.where = strconv.Itoa(line) // the name of the file goes before it when that is known
		out = append(out, w)
		return nil
	})
	var f *failure
	if errors.As(err, &f) {
		return nil, info, err
	} else if err != nil {
		return nil, info, unreadable(err)
	}
	for i := range out {
		line, _ := strconv.Atoi(out[i].where)
		out[i].where = info.Where(line) + ": "
	}
	return out, info, nil
}

// source makes a source of what was said.
func (w words) source(o estimators.Options, against float64) (s source, err error) {
	m := multiplier.Multiplier{Levels: o.Levels, Interval: o.Kind}
	m.Source, _ = w.get("name")
	s.words = w
	s.period, _ = w.get("period")
	if s.benchmark, err = w.count("benchmark"); err != nil {
		return s, err
	}
	answered, err := w.count("respondents")
	if err != nil {
		return s, err
	}
	if answered == 0 {
		return s, usage("", "%s 0: nobody answered", w.named("respondents"))
	}
	m.Respondents = float64(answered)
	share := "share"
	_, shared := w.get("share")
	if _, m.Elsewhere = w.get("known_elsewhere"); m.Elsewhere {
		share = "known_elsewhere"
	}
	if shared && m.Elsewhere {
		return s, usage("known-elsewhere is for people who said that some body knows them, share for the very benchmark", "%s and %s contradict each other", w.named("share"), w.named("known_elsewhere"))
	}
	if m.Share, err = w.share(share); err != nil {
		return s, err
	}
	if v, ok := w.get("deff"); ok {
		if m.DesignEffect, err = strconv.ParseFloat(v, 64); err != nil || !(m.DesignEffect > 0) || m.DesignEffect > 1e6 {
			return s, usage("", "%s %s is not a positive factor", w.named("deff"), v)
		}
	}
	if v, ok := w.get("benchmark_fixed"); ok {
		switch strings.ToLower(v) {
		case "yes", "true", "1", "ja":
			m.Fixed = true
		case "no", "false", "0", "nee":
		default:
			return s, usage("", "%s %s is neither yes nor no", w.named("benchmark_fixed"), v)
		}
	}
	if m.Sensitivity, err = w.rate("sensitivity"); err != nil {
		return s, err
	}
	if m.Specificity, err = w.rate("specificity"); err != nil {
		return s, err
	}
	if _, ok := w.get("chat"); ok {
		if !m.Elsewhere {
			return s, usage("give the share of visitors whom another body knows with known-elsewhere", "%s needs visitors who said who knows them", w.named("chat"))
		}
		m.Chat = &multiplier.Chat{Against: against}
		if m.Chat.Visitors, err = w.count("chat"); err != nil {
			return s, err
		}
		if from, to, ok := severalYears(s.period); ok {
			a, _ := strconv.Atoi(from)
			b, _ := strconv.Atoi(to)
			m.Chat.Years = b - a + 1
		}
	}
	s.multiplier = m
	return s, nil
}

// count reads what must be given, and is a whole number.
func (w words) count(key string) (int64, error) {
	v, ok := w.get(key)
	if !ok {
		return 0, usage("give --benchmark, --share and --respondents", "%s is missing", w.named(key))
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 || n > estimators.MaxObserved {
		return 0, usage("write the digits alone, such as 250", "%s %s is not a count", w.named(key), v)
	}
	return n, nil
}

// share reads what must be given, and is a share such as 0.35 or 35%.
func (w words) share(key string) (float64, error) {
	v, ok := w.get(key)
	if !ok {
		return 0, usage("give --benchmark, --share and --respondents", "%s is missing", w.named(key))
	}
	return shareIn(w.named(key), v)
}

// shareIn reads a share such as 0.35 or 35%.
func shareIn(named, s string) (float64, error) {
	s = strings.TrimSpace(s)
	digits, percent := strings.CutSuffix(s, "%")
	if percent {
		digits = strings.TrimSpace(digits) + "e-2"
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, usage("write 0.35 or 35%", "%s %s is not a number", named, s)
	}
	if !(x >= 0 && x <= 1) {
		hint := "write 0.35 or 35%"
		if !percent && x > 1 && x <= 100 {
			hint = "did you mean " + s + "%?"
		}
		return 0, usage(hint, "%s %s does not lie between 0 and 1", named, s)
	}
	return x, nil
}

// rate reads 0.9, 90% or 45/50; nil when it is not given.
func (w words) rate(key string) (*multiplier.Rate, error) {
	v, ok := w.get(key)
	if !ok {
		return nil, nil
	}
	right, of, counts := strings.Cut(v, "/")
	if !counts {
		x, err := shareIn(w.named(key), v)
		return &multiplier.Rate{Right: x}, err
	}
	a, err := strconv.ParseInt(strings.TrimSpace(right), 10, 64)
	b, wrong := strconv.ParseInt(strings.TrimSpace(of), 10, 64)
	if err != nil || wrong != nil || a < 0 || b < 1 || a > b || b > estimators.MaxObserved {
		return nil, usage("write 0.9, or 45/50 where 45 of 50 people answered rightly", "%s %s is neither a share nor so many of so many", w.named(key), v)
	}
	return &multiplier.Rate{Right: float64(a) / float64(b), Checked: float64(b)}, nil
}

// againstOf reads --against; 0 when it is not given.
func againstOf(c *cli.Context) (float64, error) {
	x, given, err := numberFlag(c, "against")
	if given && err == nil && x == 0 {
		err = usage("", "--against 0 is no estimate")
	}
	return x, err
}
