// Package report lays out [estimators.Results] for people: as text for a terminal,
// as Markdown, and as one self-contained HTML page.
//
// The answer with its doubt comes first, then what decides it, then the evidence, then
// the small print. Headline numbers have two significant figures and their intervals are
// rounded outward; tables give whole persons, so that they can be checked. No number of
// people is printed without the number seen and a range, and every interval is printed with
// its kind. What was refused is listed with its reason and with what to do instead.
//
// All words are in one catalogue, in English and in Dutch. Names that come from the data are
// inert in every form: they are never HTML, Markdown, a formula or a terminal command.
package report

import (
	"io"

	"darkfigure/estimators"
	"darkfigure/internal/visibility"
)

// Options say how results are laid out. The zero value is English, 100 columns wide, without colour.
type Options struct {
	Language string // "en" or "nl"; "": "en"
	Width    int    // columns of the terminal; 0: 100, and fewer than 76 count as 76. Text only
	Colour   bool   // use the colours of a terminal. Text only
	Title    string // what the results are about; "": the name of the source and its period. Markdown and HTML
	// Visibility is that of the groups, for its tables and charts, one for every table of groups. HTML only
	Visibility []*visibility.Result
	// Linked is the linkage that a published visibility comes from: the checklists say in words what was done, without its counts; nil: none
	Linked *estimators.Linkage
}

// Text writes results for a terminal.
//
// Error: an unknown language, or what w returns.
func Text(w io.Writer, r estimators.Results, opt Options) error {
	if opt.Width == 0 {
		opt.Width = 100
	}
	v, err := newView(r, opt)
	if err != nil {
		return err
	}
	t := &terminal{view: v, width: max(opt.Width, 76), colour: opt.Colour}
	t.results()
	_, err = io.WriteString(w, t.String())
	return err
}

// Markdown writes results as Markdown with pipe tables.
//
// Error: an unknown language, or what w returns.
func Markdown(w io.Writer, r estimators.Results, opt Options) error {
	v, err := newView(r, opt)
	if err != nil {
		return err
	}
	m := &markdown{view: v}
	m.results()
	_, err = io.WriteString(w, m.String())
	return err
}

// HTML writes results as one page with inline style and figures: no script, nothing
// fetched, and the same bytes for the same results.
//
// Error: an unknown language, or what w returns.
func HTML(w io.Writer, r estimators.Results, opt Options) error {
	v, err := newView(r, opt)
	if err != nil {
		return err
	}
	p := &page{view: v}
	for _, x := range opt.Visibility {
		p.groupsOf = append(p.groupsOf, &sight{view: v, v: x, several: len(opt.Visibility) > 1})
	}
	p.results()
	_, err = io.WriteString(w, p.String())
	return err
}
