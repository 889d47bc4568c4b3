package scenario

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// FileName is the file of a register.
func (l *Register) FileName() string { return l.Name + ".csv" }

// StudyFile is a study file that reads the registers: what an analyst would write who has the files and does not
// know the truth.
func (r *Registers) StudyFile() (string, error) {
	var err error
	text := func(v any) string {
		b, e := yaml.MarshalWithOptions(v, yaml.Flow(true))
		if e != nil {
			err = e
		}
		return strings.TrimSpace(string(b))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Synthetic registers: none of these people exist. Made by darkfigure simulate from seed %d.\n", r.Seed)
	fmt.Fprintf(&b, "study: %s\n", text(r.Name))
	p := r.People
	if p.Ages[1] == 17 {
		fmt.Fprintf(&b, "population: {definition: \"minors sexually or criminally exploited (synthetic)\", period: %d, region: NL, age_below: 18, reference_date: %s}\n", p.Reference.Year, iso(p.Reference))
	} else {
		fmt.Fprintf(&b, "population: {definition: \"people aged %d to %d (synthetic)\", period: %d, region: NL, reference_date: %s}\n", p.Ages[0], p.Ages[1], p.Reference.Year, iso(p.Reference))
	}
	b.WriteString("registers:\n")
	pairs := func(n int, at func(i int) (string, string)) string {
		var parts []string
		for i := range n {
			k, v := at(i)
			parts = append(parts, text(k)+": "+text(v))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	for _, l := range r.Lists {
		fmt.Fprintf(&b, "  %s:\n    file: %s\n    id: %s\n", text(l.Name), text(l.FileName()), text(l.Layout.ID))
		if order := map[string]string{"iso": "ymd", "dmy": "dmy", "slash": "dmy"}[l.Layout.Dates]; !l.Anonymous {
			fmt.Fprintf(&b, "    dates: %s\n", order)
		}
		if l.Anonymous {
			b.WriteString("    anonymous: true\n    same_population: true\n")
			bodies := len(l.KnownTo)
			if bodies > 0 && l.KnownTo[bodies-1].Register == "" {
				bodies--
			}
			if bodies > 0 {
				fmt.Fprintf(&b, "    known_to: %s\n", pairs(bodies, func(i int) (string, string) { return l.KnownTo[i].Register, l.KnownTo[i].Column }))
			}
			if bodies < len(l.KnownTo) {
				fmt.Fprintf(&b, "    known_to_anyone: %s\n", text(l.KnownTo[bodies].Column))
			}
			continue
		}
		fmt.Fprintf(&b, "    columns: %s\n", pairs(len(l.Layout.Columns), func(i int) (string, string) { return l.Layout.Columns[i].Field, l.Layout.Columns[i].Name }))
	}
	return b.String(), err
}

func iso(d Date) string { return (&Layout{}).date(d) }
