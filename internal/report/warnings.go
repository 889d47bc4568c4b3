package report

import (
	"slices"

	"darkfigure/estimators"
)

// A warning as it is shown: one code with its facts.
type warned struct {
	code  string
	facts []fact
}

// A fact is one sentence, and what it is about when that is not the headline.
type fact struct {
	text    prose
	foreign bool // English on a page in another language
	of      concerned
}

// english reports whether a fact of a warning is in English on a page in another language.
func (w warned) english() bool {
	return slices.ContainsFunc(w.facts, func(f fact) bool { return f.foreign })
}

// concerned is what a fact or a reason is about: methods by the group of people they were applied to.
type concerned []concern

type concern struct {
	group   prose // "" without strata
	methods []prose
}

// add takes in a method of a group of people; "" is the method of the headline.
func (c *concerned) add(group, method prose) {
	i := slices.IndexFunc(*c, func(x concern) bool { return x.group == group })
	if i < 0 {
		i = len(*c)
		*c = append(*c, concern{group: group})
	}
	if x := &(*c)[i]; method != "" && !slices.Contains(x.methods, method) {
		x.methods = append(x.methods, method)
	}
}

// words names what is concerned: "sex female: M0; Mt; sex male: M0", groups of the same methods together, or "" for the headline.
func (c concerned) words() prose {
	var out []prose
	done := make([]bool, len(c))
	for i, x := range c {
		if done[i] {
			continue
		}
		groups := []prose{x.group}
		for k := i + 1; k < len(c) && x.group != "" && len(x.methods) > 0; k++ { // other groups of the same methods
			if y := c[k]; y.group != "" && slices.Equal(x.methods, y.methods) {
				groups, done[k] = append(groups, y.group), true
			}
		}
		part := join(x.methods, "; ")
		if x.group != "" && part != "" {
			part = join(groups, "; ") + ": " + part
		} else if part == "" {
			part = x.group
		}
		if part != "" {
			out = append(out, part)
		}
	}
	return join(out, "; ")
}

// warnings gathers those of some groups of people, the most serious first, one entry for each code;
// what the headline warns of comes before what other methods do.
func (v *view) warnings(groups []group) []warned {
	var out []warned
	add := func(w estimators.Warning, group, method prose) {
		i := slices.IndexFunc(out, func(x warned) bool { return x.code == w.Code })
		if i < 0 {
			i = len(out)
			out = append(out, warned{code: w.Code})
		}
		said, foreign := v.fact(w.Text)
		if c, ok := estimators.LookupCode(w.Code); ok && c.Meaning == w.Text { // a published result has no more to say than the code
			if m, english := v.meaning(w.Code); !english {
				said, foreign = m, false
			}
		}
		text := sentence(said)
		j := slices.IndexFunc(out[i].facts, func(f fact) bool { return f.text == text })
		if j < 0 {
			j = len(out[i].facts)
			out[i].facts = append(out[i].facts, fact{text: text, foreign: foreign})
		} else if out[i].facts[j].of.words() == "" {
			return // it is about the headline already
		}
		out[i].facts[j].of.add(group, method)
	}
	for _, g := range groups {
		if e := g.main(); e != nil {
			for _, w := range e.Warnings {
				add(w, v.label(g), "")
			}
		}
	}
	if v.aboutSensitivity() {
		for _, w := range v.r.Sensitivity.Warnings {
			add(w, "", "")
		}
	}
	if d := v.r.Description; d != nil {
		for _, w := range d.Warnings {
			add(w, "", "")
		}
	}
	for _, g := range groups {
		for i, e := range g.estimates {
			if i == g.head {
				continue
			}
			for _, w := range e.Warnings {
				add(w, v.label(g), v.methodTitle(e))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b warned) int { return int(severityOf(a.code)) - int(severityOf(b.code)) })
	return out
}

// tag is the word for a severity.
func (v *view) tag(s estimators.Severity) prose {
	switch s {
	case estimators.Serious:
		return v.say("serious")
	case estimators.TakeCare:
		return v.say("take-care")
	}
	return v.say("note")
}

// A refusal as it is shown.
type refused struct {
	of    concerned
	model string
	code  string
	why   prose
	// foreign: why is English on a page in another language
	foreign bool
}

// refusals gathers the methods that have no estimate. What was refused for one reason stands together. What describe
// found that cannot be estimated stands in its own tables.
func (v *view) refusals(groups []group) []refused {
	var out []refused
	add := func(group, what prose, model string, r *estimators.Refusal) {
		if r == nil {
			return
		}
		said, foreign := v.fact(r.Text)
		why := sentence(said)
		i := slices.IndexFunc(out, func(x refused) bool { return x.code == r.Code && x.why == why && x.model == model })
		if i < 0 {
			i = len(out)
			out = append(out, refused{model: model, code: r.Code, why: why, foreign: foreign})
		}
		out[i].of.add(group, what)
	}
	for _, g := range groups {
		for _, e := range g.estimates {
			if e.Status == estimators.Refused {
				add(v.label(g), v.methodTitle(e), e.Model, e.Reason)
			}
		}
	}
	return out
}
