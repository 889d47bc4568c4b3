package tableio

import (
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// about is the second sheet of an Excel file of results: the warnings and refusals with what to do about them, what was
// made of the table, and how the results were made.
func about(r estimators.Results) *frame {
	f := &frame{}
	what, code, method, said, do := f.column("what", text), f.column("code", text), f.column("method", text), f.column("text", text), f.column("what_to_do", text)
	row := func(kind, c, from, sentence string) {
		what.putText(kind)
		if c != "" {
			code.putText(c)
		}
		if from != "" {
			method.putText(from)
		}
		said.putText(sentence)
		var todo []string
		for one := range strings.SplitSeq(c, ",") {
			if known, ok := estimators.LookupCode(one); ok {
				todo = append(todo, known.Do)
			}
		}
		if len(todo) > 0 {
			do.putText(strings.Join(todo, " "))
		}
		f.end()
	}
	for _, e := range slices.Concat(r.Estimates, r.Models) {
		from := e.Method
		if r.Models != nil && e.Model != "" {
			from += " " + e.Model
		}
		for _, l := range e.Stratum {
			from += ", " + l.Name + " " + l.Level
		}
		for _, w := range e.Warnings {
			row("warning", w.Code, from, w.Text)
		}
		if e.Reason != nil {
			row("refusal", e.Reason.Code, from, e.Reason.Text)
		}
	}
	if r.Description != nil {
		for _, w := range r.Description.Warnings {
			row("warning", w.Code, "", w.Text)
		}
	}
	for _, n := range r.Data.Notes {
		row("note", "", "", n)
	}
	row("source", "", "", r.Data.Source)
	row("sha256", "", "", r.Data.SHA256)
	row("command", "", "", strings.Join(r.Run.Command, " "))
	row("version", "", "", r.Run.Version)
	row("seed", "", "", strconv.FormatUint(r.Run.Seed, 10))
	return f
}
