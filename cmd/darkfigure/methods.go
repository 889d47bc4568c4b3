package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
)

func (p *program) methodsCommand() *cli.Command {
	return &cli.Command{
		Name: "methods", ArgsUsage: "[NAME]", Usage: "what each method estimates, assumes, and when not to trust it",
		Description: `Lists the methods, or shows the card of one: what it estimates, what must be true, when not to trust it, and where it comes from. With --codes: every code of a warning or a refusal, what it means and what to do about it.`,
		UsageText: `darkfigure methods
darkfigure methods chapman
darkfigure methods --codes
darkfigure methods --format json`,
		Flags: []cli.Flag{
			onOff("codes", aboutMethod, "the codes of warnings and refusals, with what to do about each"),
			text("format", aboutOutput, "`FORMAT` text or json (default text)"),
			text("output", aboutOutput, "`FILE` to write to, complete or not at all, instead of standard output"),
			onOff("quiet", aboutOutput, "no messages on standard error but errors"),
		},
		Action: p.methods,
	}
}

func (p *program) methods(c *cli.Context) error {
	out, err := p.outputOf(c, "text", "json")
	if err != nil {
		return err
	}
	names := c.Args().Slice()
	if c.Bool("codes") {
		codes := estimators.Codes()
		if len(names) > 0 {
			if codes, err = chosenCodes(names, codes); err != nil {
				return err
			}
		}
		return out.put(c.Context, func(w io.Writer) error {
			if out.format == "json" {
				return writeCodesJSON(w, codes)
			}
			return writeCodes(w, codes, p.columns())
		})
	}
	all := described()
	if len(names) > 0 {
		if all, err = findAllAmong(all, names); err != nil {
			if _, known := estimators.LookupCode(names[0]); known {
				return usage("darkfigure methods --codes "+names[0], "%s is a code, not a method", names[0])
			}
			return err
		}
	}
	return out.put(c.Context, func(w io.Writer) error {
		switch {
		case out.format == "json":
			return writeMethodsJSON(w, all)
		case len(names) > 0:
			return writeCards(w, all, p.columns())
		}
		return writeMethods(w, all, p.columns())
	})
}

func chosenCodes(names []string, codes []estimators.Code) ([]estimators.Code, error) {
	var known []string
	for _, c := range codes {
		known = append(known, c.Code)
	}
	var out []estimators.Code
	for _, name := range splitAll(names) {
		i := slices.Index(known, name)
		if i < 0 {
			return nil, usage(didYouMean("", name, known, "darkfigure methods --codes lists them"), "there is no code %q", name)
		}
		out = append(out, codes[i])
	}
	return out, nil
}

// writeMethods lists the methods by family.
func writeMethods(w io.Writer, methods []estimators.Method, width int) error {
	var b strings.Builder
	longest := 0
	for _, m := range methods {
		longest = max(longest, len(m.Name))
	}
	family := ""
	for _, m := range methods {
		if m.Family != family {
			if family != "" {
				b.WriteByte('\n')
			}
			family = m.Family
			b.WriteString(family + "\n")
		}
		title := m.Title
		if m.LowerBound {
			title += " (at least)"
		}
		b.WriteString(hanging("  "+pad(m.Name, longest)+"  "+pad(listsOf(m), 5)+"  ", longest+11, title, width))
	}
	b.WriteByte('\n')
	b.WriteString(hanging("", 0, "The number is how many lists a method is for. darkfigure methods NAME shows what a method assumes and when not to trust it; --codes explains warnings and refusals.", width))
	_, err := io.WriteString(w, b.String())
	return err
}

// listsOf is how many lists a method is for: 2, 3+ or 2–4.
func listsOf(m estimators.Method) string {
	switch {
	case m.MaxLists == 0:
		return fmt.Sprintf("%d+", m.MinLists)
	case m.MaxLists == m.MinLists:
		return fmt.Sprint(m.MinLists)
	}
	return fmt.Sprintf("%d–%d", m.MinLists, m.MaxLists)
}

func listRange(m estimators.Method) string {
	switch {
	case m.MaxLists == m.MinLists:
		return fmt.Sprintf("%d lists", m.MinLists)
	case m.MaxLists > 0:
		return fmt.Sprintf("%d to %d lists", m.MinLists, m.MaxLists)
	}
	return fmt.Sprintf("%d or more lists", m.MinLists)
}

// writeCards shows all about some methods.
func writeCards(w io.Writer, methods []estimators.Method, width int) error {
	var b strings.Builder
	for i, m := range methods {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s (%s)\n%s; %s\n\n", m.Title, m.Name, m.Family, listRange(m))
		b.WriteString(hanging("", 0, sentence(m.Estimates), width))
		if m.LowerBound {
			b.WriteString(hanging("", 0, "It is a lower bound: read it as \"at least\".", width))
		}
		for _, part := range []struct {
			head  string
			items []string
		}{{"What must be true", m.Assumes}, {"When not to trust it", m.Distrust}, {"References", m.References}} {
			if len(part.items) == 0 {
				continue
			}
			b.WriteString("\n" + part.head + "\n")
			for _, item := range part.items {
				b.WriteString(hanging("  - ", 4, sentence(item), width))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeCodes lists codes: refusals, then warnings by how serious they are.
func writeCodes(w io.Writer, codes []estimators.Code, width int) error {
	var b strings.Builder
	groups := []struct {
		head string
		in   func(estimators.Code) bool
	}{
		{"Refusals: why there is no estimate", func(c estimators.Code) bool { return c.Refusal }},
		{"Serious warnings", func(c estimators.Code) bool { return !c.Refusal && c.Severity == estimators.Serious }},
		{"Warnings to take care of", func(c estimators.Code) bool { return !c.Refusal && c.Severity == estimators.TakeCare }},
		{"Notes", func(c estimators.Code) bool { return !c.Refusal && c.Severity == estimators.Note }},
	}
	for _, g := range groups {
		first := true
		for _, c := range codes {
			if !g.in(c) {
				continue
			}
			if first {
				if b.Len() > 0 {
					b.WriteByte('\n')
				}
				b.WriteString(g.head + "\n")
				first = false
			}
			b.WriteString("\n  " + c.Code + "\n")
			b.WriteString(hanging("    ", 4, sentence(c.Meaning), width))
			b.WriteString(hanging("    What to do: ", 4, sentence(c.Do), width))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type methodJSON struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	Family     string   `json:"family"`
	Estimates  string   `json:"estimates"`
	Assumes    []string `json:"assumes"`
	Distrust   []string `json:"distrust"`
	References []string `json:"references"`
	MinLists   int      `json:"min_lists"`
	MaxLists   int      `json:"max_lists"` // 0: no limit
	LowerBound bool     `json:"lower_bound"`
}

func writeMethodsJSON(w io.Writer, methods []estimators.Method) error {
	out := struct {
		Schema  string       `json:"schema"`
		Methods []methodJSON `json:"methods"`
	}{Schema: "darkfigure/methods/v1", Methods: []methodJSON{}}
	for _, m := range methods {
		out.Methods = append(out.Methods, methodJSON{m.Name, m.Title, m.Family, m.Estimates, m.Assumes, m.Distrust, m.References, m.MinLists, m.MaxLists, m.LowerBound})
	}
	return writeJSON(w, out)
}

type codeJSON struct {
	Code     string `json:"code"`
	Refusal  bool   `json:"refusal"`
	Severity string `json:"severity"`
	Meaning  string `json:"meaning"`
	Do       string `json:"do"`
}

func writeCodesJSON(w io.Writer, codes []estimators.Code) error {
	out := struct {
		Schema string     `json:"schema"`
		Codes  []codeJSON `json:"codes"`
	}{Schema: "darkfigure/codes/v1", Codes: []codeJSON{}}
	severities := map[estimators.Severity]string{estimators.Serious: "serious", estimators.TakeCare: "take-care", estimators.Note: "note"}
	for _, c := range codes {
		out.Codes = append(out.Codes, codeJSON{c.Code, c.Refusal, severities[c.Severity], c.Meaning, c.Do})
	}
	return writeJSON(w, out)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
